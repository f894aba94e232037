/*
 * The journal: a chain of records in one SQLite file, durable before anything follows from them.
 *
 *     journal_open(&journal, "desk.journal", &options)    finds the last whole record
 *     journal_append(journal, &record)                    any number, in memory
 *     journal_commit(journal)                             all of them, in one transaction: durable
 *     journal_close(journal)
 *
 * SQLite in WAL mode with synchronous=FULL: a commit that returned survives a crash of the program
 * or of the machine; one that did not is there whole or not at all. A commit that fails (a full
 * disk) leaves the file as it was and keeps the records in memory: it can be tried again, and
 * nothing may follow from them until it succeeded.
 *
 * Records are chained by hash (chain.h). Opening reads the whole chain and stops with ERR_CORRUPT
 * at the first record that does not fit, naming it; with set_aside the damaged files are kept
 * beside the journal (NAME.broken-1, ...) and it goes on after the last whole record.
 *
 * One writer: a second one is refused while the first holds the lock. Readers (read_only) may look
 * while a desk writes. A journal belongs to one thread at a time.
 */
#ifndef ADAPTERS_JOURNAL_JOURNAL_H
#define ADAPTERS_JOURNAL_JOURNAL_H

#include <stdbool.h>

#include "adapters/journal/chain.h"
#include "base/err.h"
#include "base/str.h"

#define JOURNAL_BODY_MAX (1U << 20)
#define JOURNAL_SNAPSHOT_MAX (1U << 30)
enum { JOURNAL_TROUBLE_BYTES = 240, JOURNAL_FORMAT_BYTES = 64 };

struct journal;

struct journal_options {
    bool read_only;  /* must exist; else it is made when it does not */
    bool set_aside;  /* go on after the last whole record, keeping what is damaged beside */
    const char *vfs; /* a SQLite VFS, for tests; NULL: the system's, with a lock file */
};

/* Where the chain stands. */
struct journal_state {
    uint64_t records;
    uint64_t sequence; /* of the last record, 0 without one */
    int64_t ts_ns;
    struct chain_hash hash;
};

/*
 * Errors: ERR_NOT_FOUND without a file to read; ERR_EXISTS when another desk writes it;
 * ERR_UNSUPPORTED for a file that is no journal, or of a later version; ERR_CORRUPT as above;
 * ERR_IO.
 */
NODISCARD enum err journal_open(struct journal **out, const char *path,
                                const struct journal_options *options);

/* What was not committed is gone. NULL is allowed. */
void journal_close(struct journal *journal);

/* What opening found and did about it, "" when all was well. */
const char *journal_trouble(const struct journal *journal);

/* With what was appended; what is durable; records appended and not yet durable. */
struct journal_state journal_state(const struct journal *journal);
struct journal_state journal_durable(const struct journal *journal);
size_t journal_pending(const struct journal *journal);

/*
 * Add a record, copied; its `record` number is given here. Errors: ERR_RANGE when it is beyond
 * JOURNAL_BODY_MAX or its sequence or time lies before the last one's.
 */
NODISCARD enum err journal_append(struct journal *journal, struct chain_record *record);

/* Make all that was appended durable. Errors: ERR_FULL when the disk is, ERR_IO; try again or stop.
 */
NODISCARD enum err journal_commit(struct journal *journal);

/* ---- reading --------------------------------------------------------------------------------- */

/* Durable records from `from` (1 is the first) on, in order, their hashes checked. body is valid
 * until the next call. One cursor at a time; journal_commit() may be called between two steps. */
NODISCARD enum err journal_seek(struct journal *journal, uint64_t from);
/* ERR_OK with *more false at the end; ERR_CORRUPT names the record. */
NODISCARD enum err journal_next(struct journal *journal, struct chain_record *out,
                                struct chain_hash *hash, bool *more);

/* A reader's: see what the desk has committed since it was opened or last looked. Errors: ERR_IO,
 * ERR_CORRUPT when the journal has become shorter. */
NODISCARD enum err journal_look(struct journal *journal);

/* ---- snapshots ------------------------------------------------------------------------------- */

/*
 * Keep state as of the last durable record; nothing may be pending. format says what wrote the
 * bytes: only the same format reads them again. Older snapshots but the last two are dropped.
 */
NODISCARD enum err journal_snapshot_put(struct journal *journal, const char *format,
                                        const uint8_t *body, size_t len);
/* The newest whole one of this format at or before record `upto`, appended to body; false: none. */
NODISCARD enum err journal_snapshot_get(struct journal *journal, const char *format, uint64_t upto,
                                        struct journal_state *at, struct buf *body, bool *found);

/* Of the newest one of any format, whole or not: what wrote it, and the record it is of; "" and 0
 * without one. */
NODISCARD enum err journal_snapshot_newest(struct journal *journal,
                                           char format[JOURNAL_FORMAT_BYTES], uint64_t *record);

/* ---- verification ---------------------------------------------------------------------------- */

struct journal_verdict {
    struct journal_state whole; /* up to here every hash holds */
    uint64_t broken;            /* the first record that does not fit; 0: none */
    uint64_t expected;          /* records that the file says it has */
    bool head_broken;           /* what the file says of its end does not fit */
    uint32_t snapshots, snapshots_broken;
    uint64_t lost_commits;               /* in a damaged write-ahead log, at least */
    int64_t first_ts_ns;                 /* of the first record that has a time */
    char trouble[JOURNAL_TROUBLE_BYTES]; /* "" when all is well */
};

/* Read everything and change nothing. ERR_OK also when it is damaged: the verdict says so. */
NODISCARD enum err journal_verify(struct journal_verdict *out, const char *path, const char *vfs);

#endif
