/*
 * The rows of LEAN's bars: one entry of a zip, line by line.
 *
 *     trade         time, open, high, low, close, volume
 *     quote         time, bid open, high, low, close, last size, ask open, high, low, close, last
 * size openinterest  time, contracts
 *
 * time is milliseconds since midnight in minute files, YYYYMMDD HH:MM in hour and daily ones; both
 * are the START of the bar, on the wall clock of the data. A side of a quote without prices is a
 * side without a quote. Lines end with LF or CR LF; the last may lack it.
 */
#ifndef ADAPTERS_IMPORT_LEAN_ROW_H
#define ADAPTERS_IMPORT_LEAN_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "adapters/import/lean_name.h"
#include "base/err.h"
#include "base/str.h"

struct lean_rows {
    const char *file; /* for messages */
    struct str entry; /* for messages */
    struct str rest;
    uint32_t row; /* of the line read last; 1 is the first */
    enum lean_tick tick;
    bool is_minute;      /* first column is milliseconds; day_of_file is the date */
    bool is_decimal;     /* prices in dollars or points (indices), else in 1/10000 dollar */
    int32_t day_of_file; /* of minute files */
    int64_t last_stamp;  /* the bar before: time may not run backwards */
    uint64_t rounded;    /* rows with a price of more than six decimals, rounded to the micro */
};

struct lean_side {
    int64_t open, high, low, close; /* micros; PRICE_NONE when the side has no quote */
    uint32_t size;                  /* the last one */
};

struct lean_bar {
    int32_t day;
    int64_t start;             /* of the bar: nanoseconds since midnight, wall clock of the data */
    struct lean_side bid, ask; /* quote */
    struct lean_side trade;    /* trade: size is 0 */
    int64_t volume;            /* trade, open interest: contracts or shares, >= 0 */
};

/* Read entry of a file at this resolution; the texts are not copied. */
void lean_rows_init(struct lean_rows *rows, const char *file, struct str entry, struct str text,
                    const struct lean_path *path);

/*
 * The next row; *more is false past the last.
 * Errors: ERR_PARSE "file: entry: row 3: column 5 (bid close): "x" is not a price".
 */
NODISCARD enum err lean_rows_next(struct lean_rows *rows, struct lean_bar *out, bool *more);

/* One row of a universe file (an end-of-day chain), or of the underlying in it. */
struct lean_universe_row {
    bool is_underlying; /* only close is given */
    int32_t expiry;
    int64_t strike_micros;
    char right;
    int64_t close; /* micros; the bar's close: mid of quotes where there was no trade */
    int64_t volume;
    int64_t open_interest; /* -1: not given */
    double iv;             /* per year, NaN: not computed */
    double delta;          /* NaN: not computed */
};

/* The same for a universe: rows is started by lean_universe_init(), which checks the header. */
NODISCARD enum err lean_universe_init(struct lean_rows *rows, const char *file, struct str text);
NODISCARD enum err lean_universe_next(struct lean_rows *rows, struct lean_universe_row *out,
                                      bool *more);

#endif
