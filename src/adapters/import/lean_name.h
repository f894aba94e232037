/*
 * The names of a LEAN data folder: which file is where, and what an entry of a zip is.
 *
 *     option/usa/minute/goog/20151224_quote_american.zip
 *         20151224_goog_minute_quote_american_call_7450000_20160115.csv
 *     option/usa/daily/goog_2015_quote_american.zip
 *         goog_quote_american_call_7450000_20160115.csv
 *
 * Names are lower case; ".zip.zip", which the origin has in places, is read as ".zip".
 */
#ifndef ADAPTERS_IMPORT_LEAN_NAME_H
#define ADAPTERS_IMPORT_LEAN_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "domain/types/contract.h"

#define LEAN_SYMBOL_BYTES 16

enum lean_security {
    LEAN_EQUITY,
    LEAN_INDEX,
    LEAN_OPTION,
    LEAN_INDEX_OPTION,
    LEAN_FUTURE,
    LEAN_FUTURE_OPTION,
    LEAN_SECURITY_COUNT
};
enum lean_resolution { LEAN_MINUTE, LEAN_HOUR, LEAN_DAILY, LEAN_RESOLUTION_COUNT };
enum lean_tick { LEAN_TRADE, LEAN_QUOTE, LEAN_OPEN_INTEREST, LEAN_TICK_COUNT };

enum lean_kind {
    LEAN_FILE_OTHER,    /* not something this importer reads */
    LEAN_FILE_FUTURES,  /* futures and their options: outside the store's option model */
    LEAN_FILE_BARS,     /* security, resolution, symbol and, by these, tick, style, day or year */
    LEAN_FILE_UNIVERSE, /* an end-of-day chain: security, symbol, day */
    LEAN_FILE_FACTORS,  /* splits and dividends: symbol */
    LEAN_FILE_MAP,      /* ticker changes: symbol */
    LEAN_FILE_RATES
};

struct lean_path {
    enum lean_kind kind;
    enum lean_security security;
    enum lean_resolution resolution;
    enum lean_tick tick;
    char style;                     /* enum option_style of options */
    int32_t day;                    /* minute files and universes; else 0 */
    int32_t year;                   /* hour and daily files of options; else 0 */
    char symbol[LEAN_SYMBOL_BYTES]; /* as written: lower case */
};

const char *lean_security_name(enum lean_security security);       /* "indexoption" */
const char *lean_resolution_name(enum lean_resolution resolution); /* "minute" */
const char *lean_tick_name(enum lean_tick tick);                   /* "openinterest" */

/*
 * What the file at a path relative to the data root is. A file that is none of ours is
 * LEAN_FILE_OTHER. Errors: ERR_PARSE for a file in one of our folders whose name cannot be read.
 */
NODISCARD enum err lean_path_parse(struct lean_path *out, struct str relative);

/*
 * The same for any path that leads into a data folder, by its words alone: the root is the part of
 * path before root_len ("" for a path relative to it). LEAN_FILE_OTHER when there is no such part.
 */
NODISCARD enum err lean_path_locate(struct lean_path *out, struct str path, size_t *root_len);

struct lean_entry_name {
    int32_t day; /* minute entries; else 0 */
    enum lean_tick tick;
    char symbol[LEAN_SYMBOL_BYTES]; /* as written: lower case */
    char style;                     /* enum option_style */
    char right;                     /* enum option_right */
    int64_t strike_e4;              /* dollars times 10000, > 0 */
    int32_t expiry;
};

/* The name of an option's entry. Errors: ERR_PARSE, saying which part; *out is then untouched. */
NODISCARD enum err lean_entry_parse(struct lean_entry_name *out, struct str name);
/* The name again: of a minute entry when day is not 0. */
void lean_entry_format(struct buf *out, const struct lean_entry_name *name);

/* "goog" to "GOOG". */
void lean_symbol_upper(char out[LEAN_SYMBOL_BYTES], const char *symbol);

#endif
