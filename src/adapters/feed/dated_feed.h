/*
 * What a store knows of scheduled events, told as time goes by: each date when it became known,
 * and when it was taken back. For feeds of the kernel, stored and live alike.
 *
 * From the series earnings and dividends of a symbol, and fomc and cpi of "USD" (store.h). A row
 * without known_s: a dividend is known ten days ahead, as declared at least so early; anything
 * else only when it happens.
 */
#ifndef ADAPTERS_FEED_DATED_FEED_H
#define ADAPTERS_FEED_DATED_FEED_H

#include "adapters/store/store.h"
#include "kernel/ports/event.h"

struct dated_word { /* at ts_ns, this is said */
    int64_t ts_ns;
    struct event_dated dated;
};

struct dated_feed {
    struct dated_word *words; /* rising */
    size_t count, next;
    bool has_begun;
};

/* All that the store has of a symbol, in arena; none of it is no error. */
NODISCARD enum err dated_feed_open(struct dated_feed *out, const struct store *store,
                                   struct arena *arena, const char *symbol);

/*
 * The next thing that is known by now_ns; NULL: none. What lies before the first call's now_ns is
 * told too, but for what was taken back and what is over for longer than half a year.
 */
const struct dated_word *dated_feed_next(struct dated_feed *feed, int64_t now_ns);

#endif
