#include "services/live/kernel_feed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/feed/dated_feed.h"
#include "adapters/feed/replay_clock.h"
#include "base/zone.h"
#include "domain/types/calendar.h"
#include "domain/types/product.h"

#define NONE UINT32_MAX
enum { RING_RECORDS = 4096, STEP_BATCHES = 8 };

struct settling {
    int32_t expiry;
    char settle;
    int64_t ts_ns;
};

struct kernel_feed {
    struct arena arena;
    struct live *live;
    struct ring ring;
    struct replay_clock clock;
    char underlying[INSTRUMENT_SYMBOL_BYTES];
    uint32_t underlying_id; /* INSTRUMENT_NONE before its first price */
    double rate;
    uint32_t capacity;
    struct contract *contracts; /* of the session, sorted */
    uint32_t contract_count;
    uint32_t *index_of; /* instrument id -> index of the session; NONE */
    struct dated_feed dated;
    struct settling *settling; /* of the day, by time */
    uint32_t settle_count, settle_next;
    struct market_record pending; /* waits until the events before it are given */
    bool has_pending, has_session, is_over;
    bool is_doubted; /* as the kernel was told last */
    int32_t day;
    int64_t day_end_ns, now_ns;
    int64_t last;           /* of the underlying: trade or level; PRICE_NONE */
    int64_t level;          /* the same, or the mid */
    struct record_quote of; /* its quote */
    struct kernel_feed_counts counts;
};

/* ---- a session ---- */

static int compare_contracts(const void *left, const void *right)
{
    return contract_compare(left, right);
}

static int compare_settling(const void *left, const void *right)
{
    const struct settling *a = left, *b = right;
    return a->ts_ns != b->ts_ns ? (a->ts_ns > b->ts_ns) - (a->ts_ns < b->ts_ns)
                                : a->expiry - b->expiry;
}

static bool is_ours(const struct kernel_feed *f, const struct instrument *i)
{
    return i->class == INSTRUMENT_OPTION &&
           strncmp(f->live->instruments.rows[i->underlying].symbol, f->underlying,
                   INSTRUMENT_SYMBOL_BYTES) == 0;
}

/* Index of a contract in the sorted table. */
static uint32_t find_contract(const struct kernel_feed *f, const struct contract *c)
{
    const struct contract *found = f->contract_count
                                       ? bsearch(c, f->contracts, f->contract_count, sizeof *c,
                                                 compare_contracts)
                                       : NULL;
    return found ? (uint32_t)(found - f->contracts) : NONE;
}

static void add_settling(struct kernel_feed *f, const struct contract *c)
{
    struct settling *last = f->settle_count ? &f->settling[f->settle_count - 1] : NULL;
    int64_t ts;
    if ((last && last->expiry == c->expiry && last->settle == c->settle) ||
        contract_settle_ts(c, calendar_us(), &ts) != ERR_OK || ts < f->now_ns || ts >= f->day_end_ns)
        return;
    f->settling[f->settle_count++] = (struct settling){ c->expiry, c->settle, ts };
}

/* What trades on the day of now: all that is defined and has not settled. */
static void begin_session(struct kernel_feed *f, struct event *out)
{
    const struct instruments *all = &f->live->instruments;
    f->day = zone_date(ZONE_NEW_YORK, f->now_ns);
    f->day_end_ns = zone_to_ts(ZONE_NEW_YORK, date_add(f->day, 1), 0);
    f->contract_count = f->settle_count = f->settle_next = 0;
    for (uint32_t id = 0; id < all->count; id++)
        if (is_ours(f, &all->rows[id]) && all->rows[id].contract.expiry >= f->day)
            f->contracts[f->contract_count++] = all->rows[id].contract;
    if (f->contract_count)
        qsort(f->contracts, f->contract_count, sizeof *f->contracts, compare_contracts);
    for (uint32_t id = 0; id < f->capacity; id++)
        f->index_of[id] = id < all->count && is_ours(f, &all->rows[id])
                              ? find_contract(f, &all->rows[id].contract)
                              : NONE;
    for (uint32_t i = 0; i < f->contract_count; i++)
        add_settling(f, &f->contracts[i]);
    if (f->settle_count)
        qsort(f->settling, f->settle_count, sizeof *f->settling, compare_settling);
    f->has_session = true;
    f->counts.sessions++;
    *out = (struct event){ .ts_ns = f->now_ns, .kind = EVENT_SESSION };
    struct event_session *s = &out->of.session;
    *s = (struct event_session){ .day = f->day,
                                 .contracts = f->contracts,
                                 .contract_count = f->contract_count,
                                 .rate = f->rate };
    /* The rules let no price through on a day without a session. */
    MUST(calendar_session(calendar_us(), f->day, SESSION_EQUITY, &s->open_ns, &s->close_ns) ==
         ERR_OK);
}

/* What falls due before a moment: settlements, and the end of the day. */
static bool give_due(struct kernel_feed *f, int64_t until_ns, struct event *out)
{
    if (!f->has_session)
        return false;
    /* Up to now, or before what falls due next. */
    const struct settling *first = f->settle_next < f->settle_count ? &f->settling[f->settle_next] : NULL;
    int64_t before = until_ns < f->day_end_ns ? until_ns : f->day_end_ns - 1;
    before = first && first->ts_ns < before ? first->ts_ns : before;
    const struct dated_word *word = dated_feed_next(&f->dated, before);
    if (word) {
        f->now_ns = word->ts_ns > f->now_ns ? word->ts_ns : f->now_ns;
        *out = (struct event){ .ts_ns = f->now_ns, .kind = EVENT_DATED, .of.dated = word->dated };
        return true;
    }
    if (f->settle_next < f->settle_count && f->settling[f->settle_next].ts_ns < until_ns) {
        const struct settling *s = &f->settling[f->settle_next++];
        *out = (struct event){ .ts_ns = s->ts_ns, .kind = EVENT_SETTLE };
        out->of.settle = (struct event_settle){ .expiry = s->expiry,
                                                .settle = s->settle,
                                                .price = f->level,
                                                .source = PRICE_LAST_LEVEL };
        return true;
    }
    if (until_ns < f->day_end_ns)
        return false;
    *out = (struct event){ .ts_ns = f->day_end_ns - 1, .kind = EVENT_DAY_END };
    f->has_session = false;
    return true;
}

/* ---- records ---- */

static bool has_price(const struct market_record *r)
{
    return r->kind == RECORD_QUOTE || r->kind == RECORD_TRADE || r->kind == RECORD_LEVEL;
}

static bool is_underlying(const struct kernel_feed *f, const struct instrument *i)
{
    return i->class != INSTRUMENT_OPTION &&
           strncmp(i->symbol, f->underlying, INSTRUMENT_SYMBOL_BYTES) == 0;
}

/* Shares; an index trades none. */
static uint32_t traded_of(const struct market_record *r)
{
    return r->kind == RECORD_TRADE && r->of.trade.size != SIZE_NONE ? r->of.trade.size : 0;
}

static void take_underlying(struct kernel_feed *f, const struct market_record *r)
{
    if (r->kind == RECORD_QUOTE)
        f->of = r->of.quote;
    else
        f->last = r->kind == RECORD_TRADE ? r->of.trade.price : r->of.level.value;
    int64_t mid = record_quote_mid(&f->of);
    if (f->last != PRICE_NONE || mid != PRICE_NONE)
        f->level = f->last != PRICE_NONE ? f->last : mid;
}

static const char *source_word(uint8_t source)
{
    return source == 0 ? "primary" : "backup";
}

static void put_switch(char *out, size_t bytes, const struct record_switch *change)
{
    const char *reason = switch_reason_name((enum switch_reason)change->reason);
    int len = snprintf(out, bytes, "to the %s: %s", source_word(change->to), reason);
    if (len < 0 || (size_t)len >= bytes || !change->amount)
        return;
    if (change->reason == SWITCH_DISAGREES)
        snprintf(out + len, bytes - (size_t)len, ", %.2f apart", money_to_dollars(change->amount));
    else
        snprintf(out + len, bytes - (size_t)len, ", %.2f s late", (double)change->amount * 1e-9);
}

/* Which source, and whether it may be acted on; false when it is no news for this chain. */
static bool make_feed_event(struct kernel_feed *f, const struct market_record *r, struct event *out)
{
    struct event_feed *feed = &out->of.feed;
    *out = (struct event){ .ts_ns = f->now_ns, .kind = EVENT_FEED };
    *feed = (struct event_feed){ .is_doubted = f->is_doubted, .here = PRICE_NONE, .there = PRICE_NONE };
    if (r->kind == RECORD_SWITCH) {
        put_switch(feed->why, sizeof feed->why, &r->of.change);
        return r->of.change.reason != SWITCH_START;
    }
    const struct record_doubt *doubt = &r->of.doubt;
    const struct instruments *all = &f->live->instruments;
    const char *on = r->instrument < all->count ? all->rows[r->instrument].symbol : "";
    f->is_doubted = feed->is_doubted = doubt->doubt != DOUBT_NONE;
    if (doubt->doubt == DOUBT_DISPUTED) /* whatever it is that they disagree on */
        failover_mids(&f->live->failover, f->underlying_id, &feed->here, &feed->there);
    if (!doubt->is_repeated)
        snprintf(feed->why, sizeof feed->why, "in doubt: %s%s%.15s", feed_doubt_name((enum feed_doubt)doubt->doubt),
                 on[0] ? " on " : "", on);
    if (!doubt->is_repeated && !feed->is_doubted)
        snprintf(feed->why, sizeof feed->why, "no doubt any more");
    return true;
}

/* The event of a record; false when it is none of this chain's. */
static bool make_event(struct kernel_feed *f, const struct market_record *r, struct event *out)
{
    if (!has_price(r))
        return make_feed_event(f, r, out);
    const struct instrument *i = &f->live->instruments.rows[r->instrument];
    *out = (struct event){ .ts_ns = f->now_ns, .kind = EVENT_QUOTE };
    if (is_underlying(f, i)) {
        f->underlying_id = r->instrument;
        take_underlying(f, r);
        out->of.quote = (struct event_quote){ .contract = QUOTE_UNDERLYING,
                                              .bid = f->of.bid,
                                              .ask = f->of.ask,
                                              .bid_size = f->of.bid_size,
                                              .ask_size = f->of.ask_size,
                                              .last = f->level,
                                              .traded = traded_of(r) };
        return true;
    }
    if (i->class == INSTRUMENT_INDEX && r->kind == RECORD_LEVEL) {
        out->kind = EVENT_LEVEL;
        out->of.level = (struct event_level){ .value = r->of.level.value };
        memcpy(out->of.level.symbol, i->symbol, sizeof out->of.level.symbol);
        return true;
    }
    uint32_t index = f->index_of[r->instrument];
    if (index == NONE)
        return false;
    const struct quote_slot *s = &live_quotes(f->live)->slots[r->instrument];
    bool is_quote = r->kind == RECORD_QUOTE;
    out->of.quote = (struct event_quote){ .contract = index,
                                          .bid = is_quote ? r->of.quote.bid : s->bid,
                                          .ask = is_quote ? r->of.quote.ask : s->ask,
                                          .bid_size = is_quote ? r->of.quote.bid_size : s->bid_size,
                                          .ask_size = is_quote ? r->of.quote.ask_size : s->ask_size,
                                          .last = is_quote ? PRICE_NONE : r->of.trade.price };
    return true;
}

/* The next record with a price, or that says where prices come from; false at the end. */
static enum err next_record(struct kernel_feed *f, bool *more)
{
    struct market_record *r = &f->pending;
    for (;;) {
        while (ring_pop(&f->ring, r)) {
            if (has_price(r) ? r->instrument >= f->capacity
                             : r->kind != RECORD_SWITCH && r->kind != RECORD_DOUBT)
                continue;
            f->has_pending = *more = true;
            return ERR_OK;
        }
        *more = !live_is_over(f->live);
        if (!*more)
            return ERR_OK;
        int64_t now = replay_clock_now(&f->clock, 0, live_next_ns(f->live));
        enum err err = live_step(f->live, now, STEP_BATCHES, NULL);
        if (err)
            return err;
    }
}

static enum err feed_next(void *self, struct event *out, bool *more)
{
    struct kernel_feed *f = self;
    for (;;) {
        *more = true;
        if (!f->has_pending && !f->is_over) {
            enum err err = next_record(f, more);
            if (err)
                return err;
            f->is_over = !*more;
        }
        int64_t until = f->is_over ? INT64_MAX : f->pending.recv_ns;
        *more = true;
        if (give_due(f, until, out))
            break;
        *more = f->has_pending;
        if (!*more)
            return ERR_OK;
        if (f->pending.recv_ns > f->now_ns)
            f->now_ns = f->pending.recv_ns;
        if (!f->has_session && has_price(&f->pending)) { /* a line may be lost on any day */
            begin_session(f, out);
            break;
        }
        f->has_pending = false;
        if (make_event(f, &f->pending, out))
            break;
        f->counts.others++;
    }
    f->counts.events++;
    return ERR_OK;
}

static void feed_close(void *self)
{
    struct kernel_feed *f = self;
    live_feed(f->live, NULL);
    arena_clear(&f->arena);
    mem_free(f);
}

static const struct feed_ops ops = { .name = "live", .next = feed_next, .close = feed_close };

enum err kernel_feed_open(struct feed *out, struct live *live, const char *underlying, double rate)
{
    size_t len = strlen(underlying);
    if (len == 0 || len >= INSTRUMENT_SYMBOL_BYTES)
        return err_set(ERR_PARSE, "\"%s\" is no symbol: it has 1 to %d characters", underlying,
                       INSTRUMENT_SYMBOL_BYTES - 1);
    struct kernel_feed *f = mem_alloc(sizeof *f);
    arena_init(&f->arena, "kernel feed", 0);
    f->live = live;
    memcpy(f->underlying, underlying, len);
    f->underlying_id = INSTRUMENT_NONE;
    f->rate = rate;
    f->last = f->level = PRICE_NONE;
    f->of = (struct record_quote){ PRICE_NONE, PRICE_NONE, SIZE_NONE, SIZE_NONE, 0, 0 };
    f->now_ns = INT64_MIN;
    f->capacity = live->options.instruments;
    f->contracts = arena_array(&f->arena, struct contract, f->capacity);
    f->index_of = arena_array(&f->arena, uint32_t, f->capacity);
    f->settling = arena_array(&f->arena, struct settling, f->capacity);
    ring_init(&f->ring, &f->arena, RING_RECORDS, sizeof(struct market_record));
    live_feed(live, &f->ring);
    replay_clock_init(&f->clock, live->now_ns, 0, REPLAY_MAX);
    *out = (struct feed){ &ops, f };
    return ERR_OK;
}

enum err kernel_feed_dated(struct feed *feed, const struct store *store)
{
    struct kernel_feed *f = feed->self;
    return dated_feed_open(&f->dated, store, &f->arena, f->underlying);
}

const struct kernel_feed_counts *kernel_feed_counts(const struct feed *feed)
{
    return &((const struct kernel_feed *)feed->self)->counts;
}
