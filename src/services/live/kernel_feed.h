/*
 * The live path as a feed of the kernel: what is published, as events of underlyings and their
 * chains.
 *
 *   session    of each before its first price of a day, with the contracts defined until then,
 *              sorted, and the open interest that was told of them; a contract that is listed later
 *              waits for the next session and is counted
 *   quote      every published quote of the underlying and its options; void ones without prices.
 *              last: of the underlying its latest trade or level, else the mid; of options a trade,
 *              with its size
 *   level      of other indices, such as VIX; of one that is an underlying too (but the first),
 *              beside its quote
 *   dated      what a store knows of scheduled events, when it became known (kernel_feed_dated())
 *   settle     each expiry of the day at its moment, at the underlying's last price
 *              (PRICE_LAST_LEVEL)
 *   day_end    at midnight, or when the sources are over
 *   feed       each switch with its reason, but for the first; and when what is published may not
 *              be acted on any more (RECORD_DOUBT), or may again: the kernel opens nothing in
 *              between. While two sources disagree on the underlying, both mids once a second
 *
 * Markets are numbered as the underlyings are given. Times are recv_ns: when it was known. next()
 * steps the live path as fast as its tapes go, so a desk over a tape gets the same events every
 * time.
 */
#ifndef SERVICES_LIVE_KERNEL_FEED_H
#define SERVICES_LIVE_KERNEL_FEED_H

#include "adapters/store/store.h"
#include "kernel/ports/ports.h"
#include "services/live/live.h"

struct kernel_feed_counts {
    uint64_t events;
    uint64_t others; /* records of other chains, and of contracts listed after the session began */
    uint32_t sessions;
};

/*
 * live, with its sources added, must outlive the feed, and is stepped by it alone. rate: per year,
 * NaN unknown. Errors: ERR_PARSE for a symbol that is none.
 */
NODISCARD enum err kernel_feed_open(struct feed *out, struct live *live, const char *underlying,
                                    double rate);
/* The same of several, at most KERNEL_FEED_PARTS (ERR_FULL). */
enum { KERNEL_FEED_PARTS = 16 };
NODISCARD enum err kernel_feed_open_all(struct feed *out, struct live *live,
                                        const char *const underlyings[], uint32_t count,
                                        double rate);

/*
 * By the clock: the next event that is known at now_ns (never less than before), in place of
 * next(). *found false: there is none yet, or (kernel_feed_is_over()) none any more. Of lines
 * (kernel_feed_is_line(): one of the sources knows nothing ahead) there is always more to come,
 * and one that fails for good is no error: a doubt is given, and the source keeps why.
 */
NODISCARD enum err kernel_feed_take(struct feed *feed, int64_t now_ns, struct event *out,
                                    bool *found);
bool kernel_feed_is_over(const struct feed *feed);
bool kernel_feed_is_line(const struct feed *feed);
/* Leave out what was received up to a moment: it was taken before a restart. Sessions begin anew,
 * with what stood then. */
void kernel_feed_skip(struct feed *feed, int64_t until_ns);

/* Before the first event: tell of earnings, dividends, FOMC and CPI what the store knows. Errors: a
 * damaged series. */
NODISCARD enum err kernel_feed_dated(struct feed *feed, const struct store *store);

const struct kernel_feed_counts *kernel_feed_counts(const struct feed *feed);

#endif
