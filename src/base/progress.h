/*
 * A progress bar on a terminal; nothing at all elsewhere.
 *
 *     importing  [########............]  41%  17/42 files  8.3/s  3 s left
 *
 *     struct progress bar;
 *     progress_begin(&bar, stderr, "importing", "files", count);
 *     for (...) progress_set(&bar, i);
 *     progress_end(&bar);
 *
 * Calls are cheap: it draws at most ten times a second. progress_end() wipes the line, so that what
 * is printed next stands alone.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

struct progress {
    FILE *out; /* NULL: silent */
    const char *label, *unit;
    uint64_t total; /* 0: unknown; then there is no bar, only the count and the rate */
    int64_t begin_ns, drawn_ns;
    bool is_drawn;
};

/* label and unit must outlive it. Silent when out is no terminal, or TERM is "dumb". */
void progress_begin(struct progress *progress, FILE *out, const char *label, const char *unit,
                    uint64_t total);
void progress_set(struct progress *progress, uint64_t done);
void progress_end(struct progress *progress);

/* The line of progress_set(), without control characters, cut to width columns. */
void progress_format(struct buf *out, const struct progress *progress, uint64_t done,
                     double elapsed_s, int width);

#endif
