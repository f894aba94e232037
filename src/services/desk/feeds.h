/*
 * Where a desk's market events come from, for the files of this folder: one interface, three feeds.
 *
 * What next() gives is the same each time, whatever the pace: a replay of the journal takes the
 * same events again. save() and load() keep the place, so that recovery need not begin at the
 * beginning.
 */
#ifndef SERVICES_DESK_FEEDS_H
#define SERVICES_DESK_FEEDS_H

#include "adapters/store/store.h"
#include "base/str.h"
#include "kernel/ports/ports.h"
#include "services/desk/desk.h"

enum { DESK_MARKETS_MAX = 16, DESK_SYMBOL_BYTES = 16 };

struct desk_feed_ops {
    const char *name;
    /* When the next event is due: INT64_MAX at the end; INT64_MIN: a live source, ask again. The
     * next call of next() gives it. */
    enum err (*next_ns)(void *self, int64_t *ts_ns);
    /* The next event, views valid until the next call of any function; *found false: none, now or
     * ever. */
    enum err (*next)(void *self, struct event *out, bool *found);
    /* Of live lines, NULL of others: look what there is at now_ns; is the market's clock the
     * wall's? */
    enum err (*poll)(void *self, int64_t now_ns);
    bool (*is_wall)(void *self);
    const struct live *(*sources)(const void *self);
    /* Of a feed that keeps a tape, NULL of others: an event was taken, its number is given; make
     * the tape durable; what is journaled was caught up with, listen from now on. */
    enum err (*took)(void *self, const struct event *event);
    enum err (*sync)(void *self);
    void (*caught_up)(void *self);
    /* May the place be kept now? Not in the middle of what is made at one go. */
    bool (*can_save)(void *self);
    void (*save)(void *self, struct buf *out);
    enum err (*load)(void *self, const uint8_t *bytes, size_t len);
    size_t (*days_done)(void *self);
    void (*close)(void *self);
};

struct desk_source {
    const struct desk_feed_ops *ops; /* NULL: not open */
    void *self;
    /* What it says of itself. */
    size_t days;            /* in all; 0: it does not end */
    uint32_t contracts_max; /* of a market's day */
};

/* "SPY,QQQ" -> names; ERR_USAGE for none, more than DESK_MARKETS_MAX, or one that is too long. */
NODISCARD enum err desk_symbols_parse(char out[DESK_MARKETS_MAX][DESK_SYMBOL_BYTES],
                                      uint32_t *count, const char *symbols);

NODISCARD enum err feed_stored_open(struct desk_source *out, const struct store *store,
                                    const char *symbols, int32_t from, int32_t to);
/* Of options: journal, and, with use DESK_RUN, connect, listened, live, calendar, context. */
NODISCARD enum err feed_live_open(struct desk_source *out, const char *symbols,
                                  const struct desk_options *options);
NODISCARD enum err feed_simulated_open(struct desk_source *out, const char *symbols, uint64_t seed,
                                       int32_t from);

#endif
