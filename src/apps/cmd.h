/*
 * The commands of the program: each reads its words, does its work, and returns the exit status.
 *
 * 0 done, 1 refused or failed (one line on stderr says why), 2 wrong usage. These words and
 * statuses are what outsiders rely on: docs/cli.md.
 */
#ifndef APPS_CMD_H
#define APPS_CMD_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/err.h"
#include "base/mem.h"

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

int cmd_data(int argc, char **argv);
int cmd_backtest(int argc, char **argv);
int cmd_strategies(int argc, char **argv);
int cmd_paper(int argc, char **argv);
int cmd_journal(int argc, char **argv);
int cmd_price(int argc, char **argv);
int cmd_iv(int argc, char **argv);
int cmd_chain(int argc, char **argv);
int cmd_surface(int argc, char **argv);
int cmd_feed(int argc, char **argv);
int cmd_settings_show(int argc, char **argv);
int cmd_completion(int argc, char **argv);
int cmd_manual(int argc, char **argv);

/* "ironfly: err_detail()" on stderr; the exit status that goes with the error. */
int cmd_fail(enum err err);

/* "ironfly: message; see: ironfly WORDS --help" on stderr; EXIT_USAGE. */
int cmd_usage(const char *words, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * getopt_long() with errors in our own words: the option's val, -1 at the end, '?' after a message
 * was printed. words is what --help belongs to: "data import".
 */
int cmd_option(int argc, char **argv, const struct option *options, const char *words);

/* Values of options. Each prints its own message and returns false. */
bool cmd_date(const char *words, const char *option, const char *text, int32_t *out);
bool cmd_seed(const char *words, const char *option, const char *text, uint64_t *out);

/*
 * The settings (ironfly.yaml, IRONFLY_*), with the log set up as they say. Prints its own message.
 * False: end with EXIT_REFUSED.
 */
bool cmd_settings(struct config *out, struct arena *arena);

/* The store to use: the flag's, else one that the settings name; NULL after a message when there is
 * neither. */
const char *cmd_store(const char *words, const char *flag, const struct config *config);

/* True once the user pressed Ctrl-C; the second press ends the program at once. */
void cmd_watch_interrupt(void);
bool cmd_interrupted(void);

#endif
