/*
 * A source of market records: a tape, a stored day, the simulator, a vendor's live line.
 *
 * The one interface that the desk's market data comes through (services/live/live.h merges, checks
 * and fails over). Records are those of domain/market/record.h, instruments the dense ids of the
 * table that the source is opened with.
 *
 * Rules every source keeps:
 *   - It reads no clock. poll() is told what time it is; what a tape holds for later stays there.
 *   - poll() never waits. It gives what there is, at most room records, and comes back at once. A
 *     source with a thread of its own hands over through a ring of base/ring.h.
 *   - Records come in the source's own order; recv_ns never goes back. Nothing is dropped, merged
 *     or corrected on the way: crossed, stale and impossible quotes are passed on as they came and
 *     are judged in one place, domain/market/quotes.h.
 *   - RECORD_DEFINITION comes before an instrument's first other record, and again when it changes.
 *     A quote or trade of something unknown is passed with INSTRUMENT_NONE, so that it is counted.
 *   - A price with more than six decimals is rounded and flagged RECORD_ROUNDED.
 *   - Losing the line is no error: RECORD_LINK with LINK_DOWN and the reason, then LINK_CONNECTING,
 *     LINK_UP as it comes back by itself (with a back-off); RECORD_GAP when records were lost in
 *     between. What a repetition (intraday replay, snapshot) gives is flagged RECORD_SNAPSHOT.
 *   - RECORD_HEARTBEAT whenever the vendor says that it is alive and has nothing to say.
 *   - At its end (a tape) it gives LINK_ENDED once, and nothing after.
 *   - An error from poll() is for what trying again will not mend: a damaged tape, a refused key.
 *     err_detail() names the source; it is not polled again.
 *   - All of a source's functions are called from one thread, the one that owns the instruments.
 *
 * To write one: fill a static const struct source_ops, give a function
 *     enum err x_open(struct source *out, ..., struct instruments *instruments)
 * and see replay_dbn.c for a whole one. DBN records become market records in dbn_map.h: a Databento
 * gateway needs only the line, not the mapping.
 */
#ifndef ADAPTERS_FEED_SOURCE_H
#define ADAPTERS_FEED_SOURCE_H

#include <stddef.h>

#include "base/err.h"
#include "domain/market/instruments.h"
#include "domain/market/record.h"

/* What to listen to. Views: the source copies what it keeps. */
struct source_wish {
    const char *symbol;               /* "SPY": an underlying */
    bool with_chain;                  /* all its listed options too */
    const struct contract *contracts; /* or these options alone */
    size_t contract_count;
    uint32_t kinds; /* 1 << RECORD_QUOTE | ...; 0: whatever the source has */
};

struct source_ops {
    const char *name; /* "databento": in messages and events */

    /*
     * Up to room records known by now_ns into out[]; *count says how many, 0 when there are none.
     * Errors: above. What came before the error is given first.
     */
    enum err (*poll)(void *self, int64_t now_ns, struct market_record *out, size_t room,
                     size_t *count);

    /* recv_ns of the next record when it is known ahead (tapes), INT64_MAX after the end; a live
     * source says INT64_MIN: ask again, or wait on wait_fd(). */
    int64_t (*next_ns)(void *self);

    /* A descriptor to poll(2) for reading while there is nothing, -1 when there is none. NULL:
     * none. */
    int (*wait_fd)(void *self);

    /*
     * Add to what is listened to; before the first poll or later. Errors: ERR_UNSUPPORTED when the
     * source cannot (NULL: a tape plays what it holds), ERR_FULL beyond the vendor's limit: nothing
     * of this wish is then subscribed. A refusal that the vendor answers later is a RECORD_GAP.
     */
    enum err (*subscribe)(void *self, const struct source_wish *wish);

    void (*close)(void *self); /* self is gone afterwards */
};

struct source {
    const struct source_ops *ops; /* NULL: not open */
    void *self;
};

static inline enum err source_poll(const struct source *source, int64_t now_ns,
                                   struct market_record *out, size_t room, size_t *count)
{
    return source->ops->poll(source->self, now_ns, out, room, count);
}

static inline void source_close(struct source *source)
{
    if (source->ops)
        source->ops->close(source->self);
    *source = (struct source){ 0 };
}

#endif
