/*
 * What is known of each instrument while Databento records go by in order of time: the state that
 * rows of the store are made from. For dbn_import.c.
 *
 * A line is an option contract or a stock; what it says of the day is forgotten when the next day
 * begins. Rows are written
 *   at once            for quotes that are samples themselves (cbbo-1s, bbo-1m, ...),
 *   at the minute's end for everything that changed by events (trades, book updates, short bars),
 *   at 16:15           for daily bars (13:15 on half days), or when the contract settles before,
 * each with all that is known of the contract by then, so that files of several schemas complete
 * one another rather than overwrite.
 */
#ifndef ADAPTERS_IMPORT_DBN_LINES_H
#define ADAPTERS_IMPORT_DBN_LINES_H

#include "adapters/dbn/dbn.h"
#include "adapters/import/import_int.h"

__extension__ typedef __int128 int128;

struct dbn_line {
    char name[24]; /* "AAPL  250221C00250000", or a stock's "AAPL" */
    bool is_option;
    bool is_standard; /* options: the deliverable is the ordinary one */
    struct contract contract;
    char underlying[STORE_SYMBOL_BYTES];
    int64_t settles_ts;            /* INT64_MAX beyond the calendar */
    struct dbn_line *next, *stock; /* in its bucket; of the underlying, once known */

    int32_t day; /* in New York: everything below is of this day */
    struct quote quote;
    uint16_t quote_publisher; /* venue whose quotes are taken, where they are not consolidated */
    uint8_t volume_rtype;     /* kind of record that the volume is counted from */
    int64_t bar_end_ts;       /* of the last bar, and the volume of its venue */
    uint64_t bar_volume;
    int64_t shares; /* of a stock in the regular session, since the last row */
    int128 share_value;
    bool has_trade; /* last is a trade or a sample's: bars know no better */
    bool is_dirty, is_at_close, has_row;
    struct import_place place; /* of the last record */
};

struct dbn_lines {
    struct import *import;
    struct dbn_line **slots;
    size_t slot_count, line_count;
    struct dbn_line **dirty;
    size_t dirty_count, dirty_capacity;
    int64_t boundary;         /* when the dirty lines are written */
    int64_t day_from, day_to; /* the New York day last asked for */
    int32_t day;
    int64_t session_from, session_to; /* of that day, the regular one of stocks */
};

void dbn_lines_init(struct dbn_lines *lines, struct import *import);
void dbn_lines_clear(struct dbn_lines *lines);

/*
 * The line of a symbol of a dataset, made when it is new; *line is NULL when the store has no place
 * for such instruments (futures, indices of other kinds).
 */
NODISCARD enum err dbn_lines_get(struct dbn_lines *lines, struct import_place place,
                                 struct str symbol, struct str dataset, struct dbn_line **line);

/* Time has come to ts: rows that were due before are written. */
NODISCARD enum err dbn_lines_advance(struct dbn_lines *lines, int64_t ts);

/* A record of the line at ts: begins a new day where needed. */
void dbn_lines_touch(struct dbn_lines *lines, struct dbn_line *line, struct import_place place,
                     int64_t ts);

/*
 * Write the line's row at ts; at the end of ts's minute; at the close of the line's day. A row at
 * the end of a minute waits for all that is known by then, so that there is one.
 */
NODISCARD enum err dbn_lines_row_now(struct dbn_lines *lines, struct dbn_line *line, int64_t ts);
void dbn_lines_row_soon(struct dbn_lines *lines, struct dbn_line *line, int64_t ts);
void dbn_lines_row_at_close(struct dbn_lines *lines, struct dbn_line *line, int64_t ts);

/* Shares of a stock traded at ts; those out of the regular session are left out. */
void dbn_lines_traded(struct dbn_lines *lines, struct dbn_line *line, int64_t ts, int64_t price,
                      uint64_t shares);

/* Write what is due and count what was never written. */
NODISCARD enum err dbn_lines_finish(struct dbn_lines *lines);

/* When the options' session of a day ends, the late one: 16:15, 13:15 on half days. */
int64_t dbn_lines_close_ts(int32_t day);

#endif
