/*
 * Talking to a running server: what order, positions, jobs, desk and strategies share.
 *
 *     struct remote r;
 *     int stop = remote_parse(&r, words, help, argc, argv, own, on_option, context);
 *         --server, --token-file and --json are read
 *     if (stop) return stop - 1;
 *     err = remote_get(&r, "/api/v1/desk", &json);       json lives until remote_close()
 *     return remote_close(&r, err);
 *
 * The server is --server, else server.url of the settings; the token IRONFLY_SERVER_TOKEN, else of
 * --token-file, else of the settings. A problem that the server answers with becomes one line:
 * what, where, what to do.
 */
#ifndef APPS_REMOTE_H
#define APPS_REMOTE_H

#include <getopt.h>
#include <stdbool.h>

#include <jansson.h>

#include "base/config.h"
#include "base/err.h"
#include "base/mem.h"

enum { REMOTE_WORDS_MAX = 32, REMOTE_KEPT_MAX = 64 };

struct remote {
    struct arena arena;
    const char *words; /* "order place" */
    const char *server, *token, *token_file, *ca_file;
    bool json, yes;
    int64_t last;                  /* --last N: so many of a list; 0: not said */
    char *names[REMOTE_WORDS_MAX]; /* what is no option */
    int name_count;
    json_t *kept[REMOTE_KEPT_MAX];
    size_t kept_count;
};

/*
 * Read the command line. own: the command's options besides those of all of them, with vals from
 * 1000 on, ended by a zero row; on_option() takes each and returns false after a message. 0 to go
 * on, else the exit status + 1.
 */
int remote_parse(struct remote *r, const char *words, const char *help, int argc, char **argv,
                 const struct option *own,
                 bool (*on_option)(void *context, int option, const char *value), void *context);
/* The end of every help text: the options that all of them have. */
#define REMOTE_OPTIONS_HELP                                                                         \
    "  --server URL       the server (default: the setting server.url, http://127.0.0.1:8080)\n"    \
    "  --token-file FILE  a personal token (default: IRONFLY_SERVER_TOKEN, or server.token_file)\n" \
    "  --json             what the server answers, as JSON\n"

/* A request. body is taken over; NULL: none. once: an Idempotency-Key or NULL. *out may be NULL;
 * what it gets lives until remote_close(), NULL for an answer without a body. */
NODISCARD enum err remote_send(struct remote *r, const char *method, const char *path, json_t *body,
                               const char *once, const json_t **out);
NODISCARD enum err remote_get(struct remote *r, const char *path, const json_t **out);
/* Of a list so many items as were asked for (--last, else `most`), page by page, as a JSON array.
 */
NODISCARD enum err remote_list(struct remote *r, const char *path, int64_t most,
                               const json_t **out);

void remote_print(const json_t *value); /* on one line, for --json */
/* "yes" on the terminal, or --yes. False after a message. */
bool remote_confirm(const struct remote *r, const char *question);
/* Ends everything; the exit status that goes with err, after its message. */
int remote_close(struct remote *r, enum err err);

/* ---- members of answers; "-" or NAN-like none where there is none ---------------------------- */

const char *remote_text(const json_t *object, const char *key); /* "" when it is not there */
int64_t remote_whole(const json_t *object, const char *key);    /* 0 when it is not there */
bool remote_has(const json_t *object, const char *key);         /* and is not null */
/* As a text in the arena, "-" for null: micro-dollars with cents, numbers with so many decimals,
 * New York time. */
const char *remote_money(struct remote *r, const json_t *object, const char *key);
const char *remote_number(struct remote *r, const json_t *object, const char *key, int decimals);
const char *remote_time(struct remote *r, const json_t *object, const char *key);

/* ---- tables ---------------------------------------------------------------------------------- */

enum { TABLE_COLUMNS_MAX = 16 };
struct table {
    struct arena *arena;
    int columns;
    const char *titles[TABLE_COLUMNS_MAX]; /* '>' in front: to the right */
    const char **cells;
    size_t count, capacity; /* of cells */
};
/* table_row() takes as many texts as there are titles; they must outlive the table. */
void table_begin(struct table *t, struct arena *arena, int columns, const char *const titles[]);
void table_row(struct table *t, const char *const cells[]);
/* none: what to say when there is no row. */
void table_print(struct table *t, const char *none);

/* A list of the server's: as JSON with --json, else as a table, a row an item. */
struct remote_view {
    const char *path;
    int64_t most; /* items, when --last does not say */
    int columns;
    const char *const *titles;
    const char *none; /* to say when there is no row */
    /* The cells of an item, as many as there are columns; false leaves it out. */
    bool (*row)(struct remote *r, const json_t *item, const void *context, const char *cells[]);
    const void *context;
};
NODISCARD enum err remote_table(struct remote *r, const struct remote_view *view);
/* The same of items that are there already. */
void remote_table_of(struct remote *r, const struct remote_view *view, const json_t *items);
/* "42", in the arena. */
const char *remote_count(struct remote *r, const json_t *object, const char *key);

#endif
