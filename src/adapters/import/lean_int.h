/*
 * The parts of the LEAN importer: a plan made from the files, then one job after the other.
 *
 *     lean_import.c    the front: what is asked for, the order of jobs
 *     lean_plan.c      which days, years and tables there are
 *     lean_events.c    rows of one contract and day become quotes of the store
 *     lean_minute.c    a day of minute bars        lean_long.c      a year of hour or daily bars
 *     lean_universe.c  an end-of-day chain         lean_series.c    daily bars, factors, rates
 */
#ifndef ADAPTERS_IMPORT_LEAN_INT_H
#define ADAPTERS_IMPORT_LEAN_INT_H

#include "adapters/import/import_int.h"
#include "adapters/import/lean_name.h"
#include "adapters/import/lean_row.h"
#include "adapters/import/lean_zip.h"
#include "domain/types/calendar.h"
#include "domain/types/money.h"
#include "domain/types/product.h"

/* One thing to read. Jobs are done in ascending order of these fields. */
struct lean_job {
    enum lean_kind kind;
    enum lean_security security;
    char underlying[STORE_SYMBOL_BYTES]; /* "SPX"; of series the symbol */
    int32_t day;                         /* minute, universe */
    int32_t year;                        /* hour, daily */
    const char *path;                    /* the first file that led to it */
};

enum lean_asked { LEAN_ASKED_MINUTE, LEAN_ASKED_HOUR, LEAN_ASKED_DAILY, LEAN_ASKED_UNIVERSE };

struct lean {
    struct import *import;
    const struct calendar *calendar;
    enum lean_asked asked;
    const char *root; /* of the data folder, with the '/' at its end; "" is the working folder */
    struct lean_job *jobs;
    size_t job_count;
    /* Option roots with a folder or file of their own, lower case. */
    struct lean_root {
        enum lean_security security;
        char symbol[LEAN_SYMBOL_BYTES];
        char underlying[STORE_SYMBOL_BYTES];
    } * roots;
    size_t root_count;
};

bool lean_wants_symbol(const struct lean *lean, const char *underlying);
bool lean_wants_day(const struct lean *lean, int32_t day);

/* ---- lean_plan.c ---- */

/* Sort the files into jobs. Errors: ERR_NOT_FOUND, ERR_USAGE (two roots), ERR_PARSE (a name). */
NODISCARD enum err lean_plan(struct lean *lean);

/* ROOT/..., in arena; NULL when there is no such file. Both ".zip" and ".zip.zip" are tried. */
const char *lean_find(const struct lean *lean, const char *format, ...) PRINTF_LIKE(2, 3);
/* A file is read: for the summary and the bar. */
void lean_count_file(struct lean *lean, const char *path);
/* path without the root, for messages. */
const char *lean_short(const struct lean *lean, const char *path);

/* ---- lean_events.c ---- */

/* A row of one contract, known at ts. */
struct lean_event_row {
    const struct contract *contract;
    int64_t ts;
    int64_t bid, ask;  /* quote; of a trade: bid is the close, ask the volume */
    uint32_t bid_size; /* of open interest: the contracts */
    uint32_t ask_size;
    int32_t day;
    enum lean_tick tick;
};

struct lean_events {
    struct lean_event_row *rows;
    size_t count, capacity;
};

struct lean_event_row *lean_events_add(struct lean_events *events);
/* By day, contract, moment; trades before quotes of the same moment. */
void lean_events_sort(struct lean_events *events);
void lean_events_free(struct lean_events *events);

/* When a day trades: a bar that ends after open and starts before close belongs to it. */
struct lean_session {
    int32_t day;
    int64_t open, close; /* of the product */
    int64_t official;    /* 16:00, 13:00 on half days: from here on an index shows its close */
};
NODISCARD enum err lean_session(struct lean_session *out, const struct lean *lean,
                                const char *root_upper, int32_t day);

/* When a bar becomes known: its end, at most the close. false: not of the session. */
bool lean_bar_ts(const struct lean_session *session, enum zone zone, const struct lean_bar *bar,
                 int64_t bar_nanos, int64_t *out_ts);

/* The bars of a zip with one entry: open, take from rows with lean_rows_next(), close. */
struct lean_only {
    struct lean_zip *zip;
    struct lean_path file;
    struct lean_rows rows;
};
/* Errors: of the name, the zip, or more than one entry; nothing is open then. */
NODISCARD enum err lean_only_open(struct lean_only *only, const struct lean *lean,
                                  const char *path);
void lean_only_close(struct lean_only *only);

/*
 * The contract an entry is about, in arena, and NULL when its strike has no place in the store: the
 * caller then reports lean_found_strike() once. Errors: ERR_CORRUPT when the entry does not belong
 * into the file.
 */
NODISCARD enum err lean_entry_contract(struct arena *arena, const struct lean_entry *entry,
                                       const struct lean_path *file, const struct contract **out);

void lean_found_strike(const struct lean *lean, const struct lean_entry *entry);

/* Turn a bar into an event of a contract; counts and leaves out what is outside the session. */
void lean_event_from_bar(struct lean *lean, struct lean_events *events,
                         const struct lean_session *session, const struct contract *contract,
                         enum lean_tick tick, const struct lean_bar *bar, int64_t bar_nanos,
                         struct import_place place);

/* The underlying through a day, by minute of its session. */
enum { LEAN_MINUTES_MAX = 8 * 60 };
struct lean_levels {
    const struct lean_session *session;
    struct lean_level {
        int64_t level, bid, ask;
        bool has_level, has_quote, has_rows; /* a trade; a quote; a row of an option */
        uint32_t flags;
    } at[LEAN_MINUTES_MAX + 1], before; /* before the open */
};
void lean_levels_init(struct lean_levels *levels, const struct lean_session *session);
/* A bar of the underlying (LEAN_TRADE or LEAN_QUOTE). */
void lean_levels_bar(struct lean_levels *levels, enum zone zone, const struct lean_bar *bar,
                     enum lean_tick tick, int64_t bar_nanos);
/* The level of the last bar that starts at the official close or later becomes SNAPSHOT_CLOSE;
 * PRICE_NONE when there is none. */
int64_t lean_levels_mark_close(struct lean_levels *levels);
/* Hand over the underlying at every moment that has one or has rows, the last known value. */
NODISCARD enum err lean_levels_flush(struct lean *lean, const struct lean_levels *levels,
                                     const char *underlying, struct import_place place);

/*
 * Hand over the rows of one contract and day, events[n] in order of time. Each row holds the whole
 * state then: the quote, the last trade and the volume so far. False in *any when there were none
 * (open interest alone). trades_known: without a trade the volume is 0, not unknown.
 */
NODISCARD enum err lean_emit(struct lean *lean, struct lean_levels *levels, const char *underlying,
                             const struct lean_event_row *events, size_t n, bool trades_known,
                             struct import_place place, bool *any);

/* ---- jobs ---- */

NODISCARD enum err lean_minute_day(struct lean *lean, const struct lean_job *job);
NODISCARD enum err lean_index_minutes(struct lean *lean, const struct lean_job *job);
NODISCARD enum err lean_long_year(struct lean *lean, const struct lean_job *job);
NODISCARD enum err lean_universe_day(struct lean *lean, const struct lean_job *job);
NODISCARD enum err lean_daily_bars(struct lean *lean, const struct lean_job *job);
NODISCARD enum err lean_factor_file(struct lean *lean, const struct lean_job *job);
NODISCARD enum err lean_rate_file(struct lean *lean, const struct lean_job *job);

/* The text of a small file, at most 64 MiB, in arena. */
NODISCARD enum err lean_read_text(struct arena *arena, const char *path, struct str *out);

#endif
