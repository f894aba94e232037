/*
 * The days that an import is writing: one writer for each underlying and date, a bounded number of
 * them open at a time. Also where closed days and stale copies of whole days are noticed.
 * For import.c and quote.c alone.
 */
#ifndef ADAPTERS_IMPORT_DAYS_H
#define ADAPTERS_IMPORT_DAYS_H

#include "adapters/import/import_int.h"
#include "adapters/import/levels.h"

/* What import_underlying() was last told for an instant. */
struct level_note {
    int64_t ts_ns, level, bid, ask;
    uint32_t flags;
};

enum { LEVEL_NOTES = 4 };

struct open_day {
    char underlying[STORE_SYMBOL_BYTES];
    int32_t day;
    bool is_closed;            /* no session: rows are counted, not kept */
    struct day_writer *writer; /* NULL when closed */
    uint64_t rows;
    uint64_t last_use;
    uint64_t fingerprint; /* of all quotes without their time; the same in any order */
    uint32_t contract_count;
    int64_t level;            /* last known of the underlying */
    struct day_levels levels; /* as the rows of a table repeat them */
    struct level_note notes[LEVEL_NOTES];
    unsigned note_next;
    struct open_day *next; /* in its bucket */
};

/* Of one quote; a day's is the sum of its quotes'. quote.c */
uint64_t quote_fingerprint(const struct contract *contract, const struct quote *quote);

NODISCARD enum err days_init(struct import *import);
void days_clear(struct import *import); /* drops what is open */

/* The day, opened when it is not. ERR_RANGE beyond the calendar, ERR_FULL when already written. */
NODISCARD enum err days_get(struct import *import, struct import_place place,
                            const char *underlying, int32_t day, struct open_day **out);

/* Count a contract that is new to a day. */
void days_new_contract(struct import *import, uint64_t contract_hash);

/* Count a quote handed to a day; writes days out when too much is open. */
NODISCARD enum err days_added(struct import *import, struct open_day *open);

/* Write everything that is open and sum up into the summary. */
NODISCARD enum err days_finish(struct import *import);

#endif
