/*
 * The commands of the program as a table, and the pages that they print on --help.
 *
 * A page is written once, by its command. The manual and the shells' completions are made from it,
 * so they cannot say anything else. What is read out of a page: its usage lines, and the lines of
 * options,
 *
 *     usage: ironfly data ls --store DIR [--json]
 *       --from D, --to D     first and last day
 *       --fill share|mid     how orders fill
 *
 * where a value in capitals or with bars between tells what may follow.
 */
#ifndef APPS_PAGES_H
#define APPS_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *verbs;            /* with spaces between, or "" */
    bool own_pages;               /* each verb has a page */
    const char *arguments, *text; /* of the line in ironfly --help; text "": not shown */
};
extern const struct command commands[];
extern const size_t command_count;

const struct command *command_find(const char *name); /* NULL: there is none */

/* Append what `ironfly NAME [VERB] --help` prints. verb may be NULL. The command runs in a process
 * of its own, as it may end there. Errors: ERR_IO. */
NODISCARD enum err page_read(struct buf *out, const struct command *command, const char *verb);

/* Go through the pages of all commands, those that are not for people left out. words: "data ls".
 */
NODISCARD enum err pages_each(void (*visit)(void *context, const struct command *command,
                                            const char *words, struct str page),
                              void *context);

enum { PAGE_OPTIONS_MAX = 64, OPTION_NAME_BYTES = 32, OPTION_VALUE_BYTES = 96 };
struct page_option {
    char name[OPTION_NAME_BYTES];   /* "--store" */
    char value[OPTION_VALUE_BYTES]; /* "DIR", "share|mid|natural"; "": takes none */
    struct str text;                /* what it is for, the first line; empty in a usage line */
};
/* The options that a page names, each once, in its order. */
size_t page_options(struct str page, struct page_option out[PAGE_OPTIONS_MAX]);

/* What ironfly --help prints. */
void pages_overview(struct buf *out);

#endif
