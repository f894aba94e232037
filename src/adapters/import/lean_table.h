/*
 * LEAN's small tables: factor files (splits and dividends), map files (tickers), interest rates.
 */
#ifndef ADAPTERS_IMPORT_LEAN_TABLE_H
#define ADAPTERS_IMPORT_LEAN_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "adapters/import/lean_name.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

/* A row applies to the days after the row before it, up to and including its date. */
struct lean_factor {
    int32_t date;
    double price; /* for dividends */
    double split;
    double reference; /* close of that day, dollars */
};

/* What happened between two rows, on the session after the first of them. */
struct lean_event {
    int32_t after;           /* the row's date */
    int64_t dividend_micros; /* a share; PRICE_NONE: none; -1: one without a reference price */
    int64_t split_e6;        /* new shares per old times 1e6; 0: none */
};

/* "ticker is valid up to and including date". */
struct lean_ticker {
    int32_t date;
    char ticker[LEAN_SYMBOL_BYTES]; /* lower case */
};

struct lean_rate {
    int32_t date;
    double percent; /* a year */
};

/* Rows in ascending dates, in arena. Errors: ERR_PARSE with file, row and column. */
NODISCARD enum err lean_factors_parse(struct arena *arena, const char *file, struct str text,
                                      struct lean_factor **rows, size_t *count);
NODISCARD enum err lean_map_parse(struct arena *arena, const char *file, struct str text,
                                  struct lean_ticker **rows, size_t *count);
NODISCARD enum err lean_rates_parse(struct arena *arena, const char *file, struct str text,
                                    struct lean_rate **rows, size_t *count);

/*
 * The dividend and split between two neighbouring rows.
 *     dividend = reference(a) x (1 - price(a) / price(b)), split = split(b) / split(a)
 * The factors are rounded to seven decimals, the reference price to cents, so the result is only
 * known within an error; it is given as the number with the fewest decimals (at least cents) inside
 * that error, and a split as the fraction of small whole numbers inside it or 1e-5. Where none
 * fits, the result is rounded to 1e-6.
 */
struct lean_event lean_factor_event(const struct lean_factor *a, const struct lean_factor *b);

/* The ticker on a day: of the first row whose date is not before it; NULL after the last. */
const char *lean_map_ticker(const struct lean_ticker *rows, size_t count, int32_t day);

/* Percent a year as quoted to continuous compounding times 1e9: ln(1 + p/100). */
int64_t lean_rate_continuous_e9(double percent);

#endif
