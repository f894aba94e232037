/* The journal's parts, for the files of this folder. */
#ifndef ADAPTERS_JOURNAL_JOURNAL_INT_H
#define ADAPTERS_JOURNAL_JOURNAL_INT_H

#include <sqlite3.h>

#include "adapters/journal/journal.h"
#include "base/mem.h"

enum {
    JOURNAL_APPLICATION = 0x49464a31 /* "IFJ1" */,
    JOURNAL_VERSION = 1,
    JOURNAL_PATH_MAX = 4000
};

struct pending_record {
    struct chain_record record; /* body: offset into bodies */
    size_t body_at;
    struct chain_hash hash;
};

struct journal {
    sqlite3 *db;
    sqlite3_stmt *insert, *head, *read;
    char *path;
    int lock; /* file descriptor, -1 none */
    bool read_only, is_whole;
    struct journal_state durable, appended;
    struct pending_record *pending;
    size_t pending_count, pending_capacity;
    struct buf bodies;
    struct journal_state cursor; /* hash and record before the next one to read */
    char trouble[JOURNAL_TROUBLE_BYTES];
};

/* SQLite's last error as ours: ERR_FULL, ERR_EXISTS (busy), ERR_CORRUPT or ERR_IO, with what and
 * the path. */
enum err journal_sql_error(sqlite3 *db, const char *path, const char *what);
NODISCARD enum err journal_sql(sqlite3 *db, const char *path, const char *sql);

/* A connection with our settings; makes the tables when the file is new and create is set. */
NODISCARD enum err journal_connect(sqlite3 **out, const char *path, const char *vfs, bool read_only,
                                   bool create);
NODISCARD enum err journal_prepare(sqlite3 *db, const char *path, const char *sql,
                                   sqlite3_stmt **out);

/* Bind, step and reset one record's row. */
NODISCARD enum err journal_insert(sqlite3 *db, const char *path, sqlite3_stmt *insert,
                                  const struct chain_record *record, const struct chain_hash *hash);
NODISCARD enum err journal_set_head(sqlite3 *db, const char *path, sqlite3_stmt *head,
                                    const struct journal_state *state, uint64_t expected);

/* The next row of a statement over (record, sequence, ts_ns, kind, body, hash), checked against
 * `before`, which moves on. ERR_CORRUPT names the record. */
NODISCARD enum err journal_step(sqlite3 *db, const char *path, sqlite3_stmt *read,
                                struct journal_state *before, struct chain_record *out, bool *more);

/* verify.c: walk the chain of an open connection. */
void journal_walk(struct journal_verdict *out, sqlite3 *db, const char *path);
/* What the write-ahead log hides, into lost_commits and trouble. */
void journal_scan_log(struct journal_verdict *out, const char *path);

/* rebuild.c: keep the damaged files beside and leave a journal that ends at `whole`. */
NODISCARD enum err journal_set_aside(const char *path, const struct journal_state *whole);

#define JOURNAL_READ_SQL                                                                           \
    "SELECT record, sequence, ts_ns, kind, body, hash FROM record WHERE record >= ?1 ORDER BY "    \
    "record"

#endif
