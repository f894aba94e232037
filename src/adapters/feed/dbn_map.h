/*
 * DBN records as market records: for tapes and for a live Databento line alike.
 *
 *   definition, symbol-mapping   RECORD_DEFINITION; the vendor's number is learned
 *   mbp-1, mbp-10, cmbp-1, tbbo, tcbbo
 *                                RECORD_QUOTE, then RECORD_TRADE when the record is one (action T)
 *   bbo-*, cbbo-*                RECORD_QUOTE as of the end of the interval
 *   trades                       RECORD_TRADE
 *   statistics                   RECORD_INTEREST (open interest); the other kinds are not used
 *   status                       RECORD_STATUS
 *   system                       RECORD_HEARTBEAT; "slow reader" and a skip are RECORD_GAP
 *   error                        RECORD_GAP when records were skipped; else left to the line
 *   mbo, ohlcv, imbalance        not used, counted
 *
 * Vendor numbers stand for other instruments on other days: names are looked up anew on each UTC
 * day for which the metadata has intervals. Spreads and other combinations are left out and
 * counted.
 */
#ifndef ADAPTERS_FEED_DBN_MAP_H
#define ADAPTERS_FEED_DBN_MAP_H

#include "adapters/dbn/dbn.h"
#include "adapters/dbn/dbn_symbols.h"
#include "domain/market/instruments.h"
#include "domain/market/record.h"

enum { DBN_MAP_RECORDS_MAX = 3 }; /* that one DBN record can become */

struct dbn_map {
    struct instruments *instruments; /* not owned */
    struct dbn_symbols symbols;      /* of the metadata */
    struct id_map ids;
    bool has_intervals;
    uint64_t utc_day;     /* that ids hold for */
    int64_t recv_ns;      /* of the last record: it never goes back */
    uint8_t plain_class;  /* enum instrument_class of what is no option, by the dataset */
    uint64_t unused;      /* records of a kind that is not used */
    uint64_t unsupported; /* records of spreads and other instruments that have no id here */
};

/* metadata may be NULL (a live line); else it must outlive the map. */
void dbn_map_init(struct dbn_map *map, struct arena *arena, struct instruments *instruments,
                  const struct dbn_metadata *metadata);
void dbn_map_clear(struct dbn_map *map);

/*
 * A live line's new connection numbers its instruments anew: forget the numbers.
 */
void dbn_map_forget(struct dbn_map *map);

/*
 * What rec says, 0 to DBN_MAP_RECORDS_MAX records into out[]. recv_ns is the tape's ts_recv (its
 * event time where it has none); a live line overwrites it with its own clock.
 * Errors: ERR_FULL when the instrument table is.
 */
NODISCARD enum err dbn_map_record(struct dbn_map *map, const struct dbn_record *rec,
                                  struct market_record out[DBN_MAP_RECORDS_MAX], size_t *count);

#endif
