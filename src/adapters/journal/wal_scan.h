/*
 * SQLite's write-ahead log, read for one question: does damage hide commits that were durable?
 *
 * SQLite takes the frames of a log up to the first whose checksum fails, and calls the rest the
 * trace of a crash. That is right for a torn last commit. But a flipped byte further in front hides
 * every commit behind it without a word. Two commit frames at or after the bad one, written for the
 * same log (same salts), cannot be one torn commit: then durable records were there. Source:
 * sqlite.org, "Database File Format", section 4.
 */
#ifndef ADAPTERS_JOURNAL_WAL_SCAN_H
#define ADAPTERS_JOURNAL_WAL_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wal_scan {
    uint64_t frames, commits; /* that SQLite will take */
    uint64_t lost;            /* commit frames behind the first bad one, itself included */
    bool is_damaged;          /* lost > 1 */
};

/* Any bytes; an empty log is whole. */
struct wal_scan wal_scan(const uint8_t *bytes, size_t len);

#endif
