/*
 * Tables of options in and out: a CSV whose columns are found by name, worked on in batches,
 * written back with columns added. For `ironfly price` and `ironfly iv`.
 *
 * Input columns that no output column replaces are carried through as they are. A number that is
 * empty or no number is NaN, for the status to tell. Numbers go out with 17 digits, so they read
 * back exactly; NaN goes out as an empty field.
 */
#ifndef APPS_PRICE_STREAM_H
#define APPS_PRICE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The columns that are read, by name; upper and lower case differ (t1 is a time, T another). */
enum price_column {
    PRICE_CP,
    PRICE_S,
    PRICE_K,
    PRICE_T,
    PRICE_SIGMA,
    PRICE_R,
    PRICE_Q,
    PRICE_F,
    PRICE_D,
    PRICE_PRICE,
    PRICE_T1,
    PRICE_D1,
    PRICE_T2,
    PRICE_D2,
    PRICE_COLUMN_COUNT
};
const char *price_column_name(enum price_column column);

enum { PRICE_BATCH_ROWS = 1024, PRICE_OUT_MAX = 16 };

struct price_batch {
    size_t count;
    bool has[PRICE_COLUMN_COUNT]; /* is the column there? q that is not counts as 0 */
    double in[PRICE_COLUMN_COUNT][PRICE_BATCH_ROWS];
    int8_t sign[PRICE_BATCH_ROWS];               /* cp, 0 where it is neither 1 nor -1 */
    bool is_finite[PRICE_BATCH_ROWS];            /* every needed number is there */
    double out[PRICE_OUT_MAX][PRICE_BATCH_ROWS]; /* to fill */
    const char *status[PRICE_BATCH_ROWS];        /* to fill */
};

struct price_work {
    const char *const *outputs; /* names of the number columns; "status" follows by itself */
    size_t output_count;
    const enum price_column *needs; /* besides those: q, t1, D1, t2, D2 are read where they are */
    size_t need_count;
    void (*run)(void *context, struct price_batch *batch);
    void *context;
};

/*
 * in, out: a path, or "-" for standard input or output. text: read this in place of `in` where it
 * is not NULL. A file that is written appears whole or not at all.
 * Errors: ERR_NOT_FOUND, ERR_IO; ERR_PARSE for a file that is no table or lacks a column.
 */
NODISCARD enum err price_stream(const struct price_work *work, const char *in, const char *text,
                                const char *out);

#endif
