/*
 * A day of option quotes as columns: what importers write, the store keeps and feeds deliver.
 *
 * Snapshots are instants in ascending time; each carries the underlying and the rows of the
 * contracts that changed then. A contract without a row keeps its last quote of the same day; at
 * the start of a day nothing has a quote. An end-of-day source is a day with one snapshot.
 */
#ifndef DOMAIN_TYPES_CHAIN_H
#define DOMAIN_TYPES_CHAIN_H

#include <stdint.h>

#include "domain/types/money.h"

/* Parallel columns, count rows each. A NULL column is one that the source does not give. */
struct quote_rows {
    uint32_t count;
    const uint32_t *contract; /* index into the day's contract table; ascending in a snapshot */
    const int64_t *bid;       /* micro-dollars a share; PRICE_NONE: no quote on this side */
    const int64_t *ask;       /* never NULL, as bid and contract */
    const uint32_t *bid_size; /* contracts; SIZE_NONE: not given */
    const uint32_t *ask_size;
    const int64_t *last;           /* PRICE_NONE: no trade known */
    const uint32_t *volume;        /* contracts so far this day */
    const uint32_t *open_interest; /* as of the morning */
    const float *vendor_iv; /* per year, 0.20 is 20 %; NaN: not given. Never used to trade. */
    const float *vendor_delta;
};

enum snapshot_flags {
    SNAPSHOT_TIME_ASSUMED = 1, /* the source does not say when; the importer's assumption */
    SNAPSHOT_CLOSE = 2,        /* the underlying's official close of the day */
};

struct chain_snapshot {
    int64_t ts_ns;      /* when the quotes were known: the END of a bar */
    int64_t underlying; /* last trade or level, micros; PRICE_NONE when unknown */
    int64_t underlying_bid;
    int64_t underlying_ask;
    uint32_t row_first; /* into the day's quote_rows */
    uint32_t row_count;
    uint32_t flags; /* enum snapshot_flags */
    uint32_t reserved;
    int64_t traded; /* shares of the underlying since the snapshot before; 0: none, or not given */
    int64_t traded_price; /* their mean price, weighted by size, micros; 0 when there are none */
};

#endif
