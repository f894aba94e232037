/*
 * A feed from the store: days of one underlying as events, in order of time.
 *
 * What is scheduled is told when its date became known (dated_feed.h).
 *
 * Each day gives its splits, its session (contracts, rate), dividends, the next one declared, the
 * VIX close of the session before (PRICE_NONE when it is more than a week old), the settlements
 * that fall on it, its snapshots, and its end. Expiries and dividends on days without data come
 * too, at their own time, before the next session. An expiry settles at the best price the store
 * has: enum price_source says which; PRICE_NONE when it has none.
 */
#ifndef ADAPTERS_FEED_STORE_FEED_H
#define ADAPTERS_FEED_STORE_FEED_H

#include "adapters/store/store.h"
#include "base/mem.h"
#include "kernel/ports/ports.h"

struct store_feed_info {
    size_t days;
    int32_t first_day, last_day;
    uint32_t contracts_max; /* of a day */
    uint64_t quotes, snapshots;
    bool has_rates;
};

/*
 * underlying's days in [from, to]; to 0 is as far as the store goes. With a to beyond the last
 * day, what expires until then settles too, if the store has its settlement value or daily bar;
 * the rest stays open. The store outlives the feed; index memory comes from arena.
 * Errors: ERR_NOT_FOUND when there is no day, saying what the store has.
 */
NODISCARD enum err store_feed_open(struct feed *out, struct store_feed_info *info,
                                   struct arena *arena, const struct store *store,
                                   const char *underlying, int32_t from, int32_t to);

/* Before the first event: nobody reads volume and open interest; unpacking them is spared. */
void store_feed_without_flow(struct feed *feed);

/* How many days were begun so far: for progress. */
size_t store_feed_days_done(const struct feed *feed);

#endif
