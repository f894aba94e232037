/*
 * The simulated market as a feed: each second's ticks among what the calendar brings, day after
 * day.
 *
 * A day: sessions with their contracts at the opening, dividends, the VIX of the day before,
 * settlements at their official prices, the end of the day at midnight. VIX itself is a level that
 * conditions read and, when it is one of the symbols, a market with options.
 */
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"
#include "domain/types/calendar.h"
#include "domain/types/product.h"
#include "services/desk/feeds.h"
#include "services/simulate/stream.h"

struct item { /* of the day's calendar */
    int64_t ts_ns;
    enum event_kind kind;
    uint32_t market;
    struct event_settle settle;
    struct event_dated dated;
};

struct feed_simulated {
    struct sim_stream *stream;
    struct sim_morning mornings[DESK_MARKETS_MAX];
    uint32_t count;
    struct arena arena;
    struct sim_known *known[DESK_MARKETS_MAX]; /* what is scheduled, by when it is known */
    size_t known_count[DESK_MARKETS_MAX];
    int32_t from; /* the day to begin with; 0: one is under way */
    size_t days;  /* begun */
    struct item *items;
    size_t item_count, item_capacity, item_next;
    const struct sim_tick *ticks;
    size_t tick_count, tick_next;
    bool is_closed;    /* the session has no more seconds */
    bool has_quote;    /* after a level comes the quote of the same tick */
    bool is_past_open; /* an event of this day was given */
};

/* ---- the calendar of a day ------------------------------------------------------------------- */

static struct item *add_item(struct feed_simulated *f, int64_t ts_ns, enum event_kind kind,
                             uint32_t market)
{
    f->items = mem_grow(f->items, &f->item_capacity, f->item_count + 1, sizeof *f->items);
    struct item *item = &f->items[f->item_count++];
    *item = (struct item){ .ts_ns = ts_ns, .kind = kind, .market = market };
    return item;
}

static int compare_items(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    if (a->ts_ns != b->ts_ns)
        return a->ts_ns < b->ts_ns ? -1 : 1;
    int order = event_priority(a->kind) - event_priority(b->kind);
    if (!order)
        order = (a->market > b->market) - (a->market < b->market);
    if (!order)
        order = (a->dated.happens_ns > b->dated.happens_ns) -
                (a->dated.happens_ns < b->dated.happens_ns);
    if (!order)
        order = (int)a->dated.kind - (int)b->dated.kind;
    if (!order)
        order = (a->settle.expiry > b->settle.expiry) - (a->settle.expiry < b->settle.expiry);
    return order ? order : a->settle.settle - b->settle.settle;
}

static void add_settlements(struct feed_simulated *f, uint32_t market, int64_t from_ns,
                            int64_t until_ns)
{
    const struct sim_morning *m = &f->mornings[market];
    for (uint32_t i = 0; i < m->count; i++) {
        const struct contract *c = &m->contracts[i], *before = i ? c - 1 : NULL;
        int64_t ts;
        if ((before && before->expiry == c->expiry && before->settle == c->settle) ||
            contract_settle_ts(c, calendar_us(), &ts) != ERR_OK || ts < from_ns || ts > until_ns)
            continue;
        /* Roots with the same expiry and moment settle as one. */
        bool is_known = false;
        for (size_t k = 0; k < f->item_count; k++)
            is_known |= f->items[k].kind == EVENT_SETTLE && f->items[k].market == market &&
                        f->items[k].settle.expiry == c->expiry &&
                        f->items[k].settle.settle == c->settle;
        if (is_known)
            continue;
        struct item *item = add_item(f, ts, EVENT_SETTLE, market);
        item->settle =
            (struct event_settle){ .expiry = c->expiry,
                                   .settle = c->settle,
                                   .price = c->settle == SETTLE_AM ? m->open_level : m->close_level,
                                   .source = PRICE_OFFICIAL };
    }
}

/* Since the session before; as the first one begins, all that is still to come and what was in the
 * last half year. */
static void add_dated(struct feed_simulated *f, uint32_t market, int64_t open_ns, int64_t end_ns)
{
    enum { OVER_DAYS = 183 };
    bool is_first = f->days == 1;
    int64_t before = is_first ? INT64_MIN : sim_stream_eve_ns(f->stream);
    for (size_t i = 0; i < f->known_count[market]; i++) {
        const struct sim_known *k = &f->known[market][i];
        if (k->known_ns <= before || k->known_ns > end_ns ||
            k->happens_ns < open_ns - OVER_DAYS * NANOS_PER_DAY)
            continue;
        struct item *item =
            add_item(f, k->known_ns > open_ns ? k->known_ns : open_ns, EVENT_DATED, market);
        item->dated = (struct event_dated){ .kind = k->kind, .happens_ns = k->happens_ns };
    }
}

static void lay_day(struct feed_simulated *f)
{
    int64_t open_ns = sim_stream_open_ns(f->stream);
    int32_t day = sim_stream_date(f->stream);
    int64_t end_ns = zone_to_ts(ZONE_NEW_YORK, day, 24 * NANOS_PER_HOUR) - 1;
    f->item_count = f->item_next = f->tick_count = f->tick_next = 0;
    f->is_closed = f->has_quote = f->is_past_open = false;
    f->days++;
    for (uint32_t i = 0; i < f->count; i++) {
        struct sim_morning *m = &f->mornings[i];
        sim_stream_morning(f->stream, i, m);
        if (m->split_to && f->days > 1)
            add_item(f, open_ns, EVENT_SPLIT, i);
        add_item(f, open_ns, EVENT_SESSION, i);
        if (m->dividend)
            add_item(f, open_ns, EVENT_DIVIDEND, i);
        if (m->next_ex)
            add_item(f, open_ns, EVENT_DECLARE, i);
        add_dated(f, i, open_ns, end_ns);
        add_settlements(f, i, open_ns, end_ns);
        add_item(f, end_ns, EVENT_DAY_END, i);
    }
    add_item(f, open_ns, EVENT_LEVEL, 0);
    qsort(f->items, f->item_count, sizeof *f->items, compare_items);
}

/* ---- events ---------------------------------------------------------------------------------- */

static enum err begin_day(struct feed_simulated *f)
{
    enum err err = sim_stream_day(f->stream, f->from);
    if (err)
        return err;
    f->from = 0;
    lay_day(f);
    return ERR_OK;
}

/* Have the next tick ready, if the session still has one. */
static enum err fill(struct feed_simulated *f)
{
    enum err err = ERR_OK;
    if (f->from)
        err = begin_day(f);
    while (!err) {
        if (f->tick_next < f->tick_count || (f->is_closed && f->item_next < f->item_count))
            return ERR_OK;
        if (f->is_closed) { /* the day is over */
            f->from = date_add(sim_stream_date(f->stream), 1);
            err = begin_day(f);
            continue;
        }
        bool more;
        f->tick_next = 0;
        err = sim_stream_second(f->stream, &f->ticks, &f->tick_count, &more);
        f->is_closed = !more;
    }
    return err;
}

static bool item_is_next(const struct feed_simulated *f)
{
    if (f->item_next == f->item_count)
        return false;
    return f->tick_next == f->tick_count ||
           f->items[f->item_next].ts_ns <= f->ticks[f->tick_next].ts_ns;
}

static enum err simulated_next_ns(void *self, int64_t *ts_ns)
{
    struct feed_simulated *f = self;
    enum err err = fill(f);
    if (!err)
        *ts_ns = item_is_next(f) ? f->items[f->item_next].ts_ns : f->ticks[f->tick_next].ts_ns;
    return err;
}

static void give_item(struct feed_simulated *f, const struct item *item, struct event *out)
{
    const struct sim_morning *m = &f->mornings[item->market];
    *out = (struct event){ .ts_ns = item->ts_ns, .kind = item->kind, .underlying = item->market };
    switch (item->kind) {
    case EVENT_SESSION:
        out->of.session =
            (struct event_session){ .day = sim_stream_date(f->stream),
                                    .open_ns = sim_stream_open_ns(f->stream),
                                    .close_ns = sim_stream_close_ns(f->stream),
                                    .contracts = m->contracts,
                                    .contract_count = m->count,
                                    .rate = sim_stream_rate(f->stream),
                                    .open_interest = m->open_interest,
                                    /* Nobody saw the day before the first; later the book did. */
                                    .previous_close = f->days == 1 ? m->previous_close : 0 };
        break;
    case EVENT_DIVIDEND:
        out->of.dividend.amount = m->dividend;
        break;
    case EVENT_DECLARE:
        out->of.declare = (struct event_declare){ m->next_ex, m->next_dividend };
        break;
    case EVENT_DATED:
        out->of.dated = item->dated;
        break;
    case EVENT_SPLIT:
        out->of.split = (struct event_split){ m->split_to, m->split_from };
        break;
    case EVENT_LEVEL:
        memcpy(out->of.level.symbol, "VIX", 4);
        out->of.level.value = sim_stream_vix_before(f->stream);
        break;
    case EVENT_SETTLE:
        out->of.settle = item->settle;
        break;
    default:
        MUST(item->kind == EVENT_DAY_END);
    }
}

static bool is_vix(const struct feed_simulated *f, const struct sim_tick *tick)
{
    return tick->contract == SIM_UNDERLYING &&
           strcmp(sim_stream_symbol(f->stream, tick->symbol), "VIX") == 0;
}

static void give_tick(struct feed_simulated *f, const struct sim_tick *tick, struct event *out)
{
    *out = (struct event){ .ts_ns = tick->ts_ns, .kind = EVENT_QUOTE, .underlying = tick->symbol };
    if (is_vix(f, tick) && !f->has_quote) {
        out->kind = EVENT_LEVEL;
        out->underlying = 0;
        memcpy(out->of.level.symbol, "VIX", 4);
        out->of.level.value = tick->price;
        f->has_quote = true;
        return;
    }
    f->has_quote = false;
    f->tick_next++;
    bool is_underlying = tick->contract == SIM_UNDERLYING;
    int64_t last = tick->price;
    if (is_underlying && !tick->is_trade)
        last = tick->bid + (tick->ask - tick->bid) / 2;
    out->of.quote =
        (struct event_quote){ .contract = is_underlying ? QUOTE_UNDERLYING : tick->contract,
                              .bid = tick->bid,
                              .ask = tick->ask,
                              .bid_size = tick->bid_size,
                              .ask_size = tick->ask_size,
                              .last = last,
                              .traded =
                                  tick->is_trade && tick->size != SIZE_NONE ? tick->size : 0 };
}

static enum err simulated_next(void *self, struct event *out, bool *found)
{
    struct feed_simulated *f = self;
    enum err err = fill(f);
    *found = !err;
    if (err)
        return err;
    f->is_past_open = true;
    if (item_is_next(f))
        give_item(f, &f->items[f->item_next++], out);
    else
        give_tick(f, &f->ticks[f->tick_next], out);
    return ERR_OK;
}

/* ---- where it is ----------------------------------------------------------------------------- */

/* Between two seconds: what is made of one comes at one go. */
static bool simulated_can_save(void *self)
{
    const struct feed_simulated *f = self;
    return f->from || (f->tick_next == f->tick_count && !f->has_quote);
}

static void simulated_save(void *self, struct buf *out)
{
    const struct feed_simulated *f = self;
    const uint64_t head[4] = { (uint64_t)f->from, f->days, f->item_next, f->is_closed };
    buf_append(out, head, sizeof head);
    if (!f->from)
        sim_stream_save(f->stream, out);
}

static enum err simulated_load(void *self, const uint8_t *bytes, size_t len)
{
    struct feed_simulated *f = self;
    uint64_t head[4];
    if (len < sizeof head)
        return err_set(ERR_CORRUPT, "the place kept in the simulated market is cut off");
    memcpy(head, bytes, sizeof head);
    f->days = head[1];
    f->from = (int32_t)head[0];
    if (f->from)
        return date_is_valid(f->from)
                   ? ERR_OK
                   : err_set(ERR_CORRUPT, "the place kept in the simulated market has no day");
    enum err err = sim_stream_load(f->stream, bytes + sizeof head, len - sizeof head);
    if (err)
        return err;
    f->days--;
    lay_day(f);
    if (head[2] > f->item_count || head[3] > 1)
        return err_set(ERR_CORRUPT, "the place kept in the simulated market does not fit its day");
    f->item_next = head[2];
    f->is_closed = head[3] == 1;
    return ERR_OK;
}

static size_t simulated_days_done(void *self)
{
    return ((const struct feed_simulated *)self)->days;
}

static void simulated_close(void *self)
{
    struct feed_simulated *f = self;
    sim_stream_close(f->stream);
    mem_free(f->items);
    arena_clear(&f->arena);
    mem_free(f);
}

enum err feed_simulated_open(struct desk_source *out, const char *symbols, uint64_t seed,
                             int32_t from)
{
    static const struct desk_feed_ops ops = { .name = "simulated",
                                              .next_ns = simulated_next_ns,
                                              .next = simulated_next,
                                              .can_save = simulated_can_save,
                                              .save = simulated_save,
                                              .load = simulated_load,
                                              .days_done = simulated_days_done,
                                              .close = simulated_close };
    enum { CONTRACTS_MAX = 16384 };
    struct sim_stream *stream;
    enum err err = sim_stream_open(&stream, symbols, seed);
    if (err)
        return err;
    struct feed_simulated *f = mem_alloc(sizeof *f);
    f->stream = stream;
    f->from = from;
    f->count = (uint32_t)sim_stream_count(stream);
    arena_init(&f->arena, "simulated feed", 0);
    for (uint32_t i = 0; i < f->count; i++)
        f->known_count[i] = sim_stream_dated(stream, i, &f->arena, &f->known[i]);
    *out = (struct desk_source){ .ops = &ops, .self = f, .contracts_max = CONTRACTS_MAX };
    return ERR_OK;
}
