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

/* One underlying and its chain. */
struct part {
    char underlying[INSTRUMENT_SYMBOL_BYTES];
    uint32_t underlying_id;     /* INSTRUMENT_NONE before its first price */
    struct contract *contracts; /* of the session, sorted */
    uint32_t *open_interest;    /* of each, SIZE_NONE */
    uint32_t contract_count;
    struct dated_feed dated;
    struct settling *settling; /* of the day, by time */
    uint32_t settle_count, settle_next;
    bool has_session;
    int32_t day;
    int64_t day_end_ns;
    int64_t last;           /* of the underlying: trade or level; PRICE_NONE */
    int64_t level;          /* the same, or the mid */
    struct record_quote of; /* its quote */
};

struct kernel_feed {
    struct arena arena;
    struct live *live;
    struct ring ring;
    struct replay_clock clock;
    struct part parts[KERNEL_FEED_PARTS];
    uint32_t part_count;
    double rate;
    uint32_t capacity;
    uint32_t *index_of;           /* instrument id -> index of its chain's session; NONE */
    struct market_record pending; /* waits until the events before it are given */
    bool has_pending, is_over;
    bool is_line;            /* nothing is known ahead, and it never ends: a vendor's line */
    bool has_skipped;        /* records before skip_ns; what they told is to be told once more */
    bool is_doubted;         /* as the kernel was told last */
    uint32_t doubt_next;     /* the part that hears of the pending switch or doubt next */
    int64_t now_ns, skip_ns; /* of the last record; up to which they are left out */
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

/* The part that an instrument belongs to, as the underlying or one of its options; NONE. */
static uint32_t part_of(const struct kernel_feed *f, uint32_t id)
{
    const struct instrument *i = &f->live->instruments.rows[id];
    if (i->class == INSTRUMENT_OPTION)
        i = &f->live->instruments.rows[i->underlying];
    for (uint32_t p = 0; p < f->part_count; p++)
        if (strncmp(i->symbol, f->parts[p].underlying, INSTRUMENT_SYMBOL_BYTES) == 0)
            return p;
    return NONE;
}

static bool is_option_of(const struct kernel_feed *f, uint32_t id, uint32_t part)
{
    return f->live->instruments.rows[id].class == INSTRUMENT_OPTION && part_of(f, id) == part;
}

/* Index of a contract in the sorted table. */
static uint32_t find_contract(const struct part *part, const struct contract *c)
{
    const struct contract *found =
        part->contract_count
            ? bsearch(c, part->contracts, part->contract_count, sizeof *c, compare_contracts)
            : NULL;
    return found ? (uint32_t)(found - part->contracts) : NONE;
}

static void add_settling(const struct kernel_feed *f, struct part *part, const struct contract *c)
{
    struct settling *last = part->settle_count ? &part->settling[part->settle_count - 1] : NULL;
    int64_t ts;
    if ((last && last->expiry == c->expiry && last->settle == c->settle) ||
        contract_settle_ts(c, calendar_us(), &ts) != ERR_OK || ts < f->now_ns ||
        ts >= part->day_end_ns)
        return;
    part->settling[part->settle_count++] = (struct settling){ c->expiry, c->settle, ts };
}

/* What a source told of it before the session. */
static uint32_t open_interest(const struct live *live, uint32_t id)
{
    for (uint32_t i = 0; i < live->source_count; i++)
        if (live->sources[i]->quotes.slots[id].open_interest != SIZE_NONE)
            return live->sources[i]->quotes.slots[id].open_interest;
    return SIZE_NONE;
}

/* Its table: all that is defined and has not settled. */
static void list_contracts(struct kernel_feed *f, uint32_t index)
{
    const struct instruments *all = &f->live->instruments;
    struct part *part = &f->parts[index];
    part->contract_count = part->settle_count = part->settle_next = 0;
    for (uint32_t id = 0; id < all->count; id++)
        if (is_option_of(f, id, index) && all->rows[id].contract.expiry >= part->day)
            part->contracts[part->contract_count++] = all->rows[id].contract;
    if (part->contract_count)
        qsort(part->contracts, part->contract_count, sizeof *part->contracts, compare_contracts);
    for (uint32_t id = 0; id < all->count; id++) {
        if (!is_option_of(f, id, index))
            continue;
        uint32_t row = f->index_of[id] = find_contract(part, &all->rows[id].contract);
        if (row != NONE)
            part->open_interest[row] = open_interest(f->live, id);
    }
    for (uint32_t i = 0; i < part->contract_count; i++)
        add_settling(f, part, &part->contracts[i]);
    if (part->settle_count)
        qsort(part->settling, part->settle_count, sizeof *part->settling, compare_settling);
}

static void begin_session(struct kernel_feed *f, uint32_t index, struct event *out)
{
    struct part *part = &f->parts[index];
    part->day = zone_date(ZONE_NEW_YORK, f->now_ns);
    part->day_end_ns = zone_to_ts(ZONE_NEW_YORK, date_add(part->day, 1), 0);
    list_contracts(f, index);
    part->has_session = true;
    f->counts.sessions++;
    *out = (struct event){ .ts_ns = f->now_ns, .kind = EVENT_SESSION, .underlying = index };
    struct event_session *s = &out->of.session;
    *s = (struct event_session){ .day = part->day,
                                 .contracts = part->contracts,
                                 .contract_count = part->contract_count,
                                 .rate = f->rate,
                                 .open_interest = part->open_interest };
    /* The rules let no price through on a day without a session. */
    MUST(calendar_session(calendar_us(), part->day, SESSION_EQUITY, &s->open_ns, &s->close_ns) ==
         ERR_OK);
}

/* When a part's next settlement or end of day is; INT64_MAX: none. */
static int64_t part_due_ns(const struct part *part)
{
    if (!part->has_session)
        return INT64_MAX;
    return part->settle_next < part->settle_count ? part->settling[part->settle_next].ts_ns
                                                  : part->day_end_ns - 1;
}

/* What became known of scheduled events, up to a moment, or before what falls due next. */
static bool give_dated(struct kernel_feed *f, int64_t until_ns, struct event *out)
{
    for (uint32_t p = 0; p < f->part_count; p++) {
        struct part *part = &f->parts[p];
        int64_t due = part_due_ns(part), before = until_ns < due ? until_ns : due;
        const struct dated_word *word =
            part->has_session ? dated_feed_next(&part->dated, before) : NULL;
        if (!word)
            continue;
        f->now_ns = word->ts_ns > f->now_ns ? word->ts_ns : f->now_ns;
        *out = (struct event){
            .ts_ns = f->now_ns, .kind = EVENT_DATED, .underlying = p, .of.dated = word->dated
        };
        return true;
    }
    return false;
}

/* What falls due before a moment: settlements, and the end of the day. */
static bool give_due(struct kernel_feed *f, int64_t until_ns, struct event *out)
{
    if (give_dated(f, until_ns, out))
        return true;
    uint32_t first = NONE;
    for (uint32_t p = 0; p < f->part_count; p++)
        if (part_due_ns(&f->parts[p]) < until_ns &&
            (first == NONE || part_due_ns(&f->parts[p]) < part_due_ns(&f->parts[first])))
            first = p;
    if (first == NONE)
        return false;
    struct part *part = &f->parts[first];
    *out = (struct event){ .ts_ns = part_due_ns(part), .kind = EVENT_DAY_END, .underlying = first };
    if (part->settle_next == part->settle_count) {
        part->has_session = false;
        return true;
    }
    const struct settling *s = &part->settling[part->settle_next++];
    out->kind = EVENT_SETTLE;
    out->of.settle = (struct event_settle){
        .expiry = s->expiry, .settle = s->settle, .price = part->level, .source = PRICE_LAST_LEVEL
    };
    return true;
}

/* ---- records ---- */

static bool has_price(const struct market_record *r)
{
    return r->kind == RECORD_QUOTE || r->kind == RECORD_TRADE || r->kind == RECORD_LEVEL;
}

/* Shares or contracts; an index trades none. */
static uint32_t traded_of(const struct market_record *r)
{
    return r->kind == RECORD_TRADE && r->of.trade.size != SIZE_NONE ? r->of.trade.size : 0;
}

static void take_underlying(struct part *part, const struct market_record *r)
{
    if (r->kind == RECORD_QUOTE)
        part->of = r->of.quote;
    else
        part->last = r->kind == RECORD_TRADE ? r->of.trade.price : r->of.level.value;
    int64_t mid = record_quote_mid(&part->of);
    if (part->last != PRICE_NONE || mid != PRICE_NONE)
        part->level = part->last != PRICE_NONE ? part->last : mid;
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
static bool make_feed_event(struct kernel_feed *f, const struct market_record *r, uint32_t index,
                            struct event *out)
{
    struct event_feed *feed = &out->of.feed;
    *out = (struct event){ .ts_ns = f->now_ns, .kind = EVENT_FEED, .underlying = index };
    *feed =
        (struct event_feed){ .is_doubted = f->is_doubted, .here = PRICE_NONE, .there = PRICE_NONE };
    if (r->kind == RECORD_SWITCH) {
        put_switch(feed->why, sizeof feed->why, &r->of.change);
        return r->of.change.reason != SWITCH_START;
    }
    const struct record_doubt *doubt = &r->of.doubt;
    const struct instruments *all = &f->live->instruments;
    const char *on = r->instrument < all->count ? all->rows[r->instrument].symbol : "";
    f->is_doubted = feed->is_doubted = doubt->doubt != DOUBT_NONE;
    if (doubt->doubt == DOUBT_DISPUTED) /* whatever it is that they disagree on */
        failover_mids(&f->live->failover, f->parts[index].underlying_id, &feed->here, &feed->there);
    if (!doubt->is_repeated)
        snprintf(feed->why, sizeof feed->why, "in doubt: %s%s%.15s",
                 feed_doubt_name((enum feed_doubt)doubt->doubt), on[0] ? " on " : "", on);
    if (!doubt->is_repeated && !feed->is_doubted)
        snprintf(feed->why, sizeof feed->why, "no doubt any more");
    return true;
}

static void quote_underlying(struct part *part, const struct market_record *r, struct event *out)
{
    part->underlying_id = r->instrument;
    take_underlying(part, r);
    out->of.quote = (struct event_quote){ .contract = QUOTE_UNDERLYING,
                                          .bid = part->of.bid,
                                          .ask = part->of.ask,
                                          .bid_size = part->of.bid_size,
                                          .ask_size = part->of.ask_size,
                                          .last = part->level,
                                          .traded = traded_of(r) };
}

/*
 * The events of a record: of a level that is a market too both, the level first. *again: the same
 * record has more. False when it is none of these chains'.
 */
static bool make_event(struct kernel_feed *f, const struct market_record *r, struct event *out,
                       bool *again)
{
    *again = false;
    if (!has_price(r)) {
        bool is_news = make_feed_event(f, r, f->doubt_next, out);
        *again = ++f->doubt_next < f->part_count;
        return is_news;
    }
    const struct instrument *i = &f->live->instruments.rows[r->instrument];
    uint32_t index = part_of(f, r->instrument);
    *out = (struct event){ .ts_ns = f->now_ns,
                           .kind = EVENT_QUOTE,
                           .underlying = index == NONE ? 0 : index };
    bool is_level = i->class == INSTRUMENT_INDEX && r->kind == RECORD_LEVEL;
    if (is_level && (index == NONE || (index > 0 && !f->doubt_next))) {
        *again = index != NONE;
        f->doubt_next = 1;
        out->kind = EVENT_LEVEL;
        out->underlying = 0;
        out->of.level = (struct event_level){ .value = r->of.level.value };
        memcpy(out->of.level.symbol, i->symbol, sizeof out->of.level.symbol);
        return true;
    }
    if (index != NONE && i->class != INSTRUMENT_OPTION) {
        quote_underlying(&f->parts[index], r, out);
        return true;
    }
    uint32_t row = f->index_of[r->instrument];
    if (index == NONE || row == NONE)
        return false;
    const struct quote_slot *s = &live_quotes(f->live)->slots[r->instrument];
    bool is_quote = r->kind == RECORD_QUOTE;
    out->of.quote = (struct event_quote){ .contract = row,
                                          .bid = is_quote ? r->of.quote.bid : s->bid,
                                          .ask = is_quote ? r->of.quote.ask : s->ask,
                                          .bid_size = is_quote ? r->of.quote.bid_size : s->bid_size,
                                          .ask_size = is_quote ? r->of.quote.ask_size : s->ask_size,
                                          .last = is_quote ? PRICE_NONE : r->of.trade.price,
                                          .traded = traded_of(r) };
    return true;
}

/* Is there one that has a price, or says where prices come from? Takes it from the ring. */
static bool pop_record(struct kernel_feed *f)
{
    struct market_record *r = &f->pending;
    while (ring_pop(&f->ring, r)) {
        bool is_wanted = has_price(r) ? r->instrument < f->capacity
                                      : r->kind == RECORD_SWITCH || r->kind == RECORD_DOUBT;
        if (is_wanted && r->recv_ns > f->skip_ns) {
            if (f->has_skipped) /* what stood when it was left off, of tapes that are wound forward
                                 */
                live_say_again(f->live);
            f->has_skipped = false;
            return f->has_pending = true;
        }
        f->has_skipped |= is_wanted;
    }
    return false;
}

/* The next record, as fast as the tapes go; false at the end. */
static enum err next_record(struct kernel_feed *f, bool *more)
{
    for (;;) {
        *more = pop_record(f);
        if (*more)
            return ERR_OK;
        *more = !live_is_over(f->live);
        if (!*more)
            return ERR_OK;
        int64_t now = replay_clock_now(&f->clock, 0, live_next_ns(f->live));
        enum err err = live_step(f->live, now, STEP_BATCHES, NULL);
        if (err)
            return err;
    }
}

/* The pending record's next event, or its chain's session before it; false when it is spent. */
static bool give_pending(struct kernel_feed *f, struct event *out)
{
    const struct market_record *r = &f->pending;
    if (r->recv_ns > f->now_ns)
        f->now_ns = r->recv_ns;
    uint32_t index = has_price(r) ? part_of(f, r->instrument) : NONE;
    if (index != NONE && !f->parts[index].has_session) { /* a line may be lost on any day */
        begin_session(f, index, out);
        return true;
    }
    bool again = true;
    while (again) {
        bool is_event = make_event(f, r, out, &again);
        if (!again) {
            f->has_pending = false;
            f->doubt_next = 0;
        }
        if (is_event)
            return true;
    }
    f->counts.others++;
    return false;
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
        *more = true;
        if (give_due(f, f->is_over ? INT64_MAX : f->pending.recv_ns, out))
            break;
        *more = f->has_pending;
        if (!*more)
            return ERR_OK;
        if (give_pending(f, out))
            break;
    }
    f->counts.events++;
    return ERR_OK;
}

enum err kernel_feed_take(struct feed *feed, int64_t now_ns, struct event *out, bool *found)
{
    struct kernel_feed *f = feed->self;
    *found = true;
    for (;;) {
        if (!f->has_pending && !pop_record(f)) {
            enum err err = f->is_over ? ERR_OK : live_step(f->live, now_ns, STEP_BATCHES, NULL);
            if (err && !f->is_line) /* of a line the doubt comes next, and its source says why */
                return err;
            pop_record(f);
            f->is_over = !f->is_line && !f->has_pending && live_is_over(f->live);
        }
        int64_t until = f->has_pending ? f->pending.recv_ns : f->is_over ? INT64_MAX : now_ns;
        if (give_due(f, until, out))
            break;
        *found = f->has_pending;
        if (!*found)
            return ERR_OK;
        if (give_pending(f, out))
            break;
    }
    if (out->ts_ns > f->now_ns)
        f->now_ns = out->ts_ns;
    f->counts.events++;
    return ERR_OK;
}

void kernel_feed_skip(struct feed *feed, int64_t until_ns)
{
    struct kernel_feed *f = feed->self;
    f->skip_ns = f->now_ns = until_ns;
}

bool kernel_feed_is_line(const struct feed *feed)
{
    return ((const struct kernel_feed *)feed->self)->is_line;
}

bool kernel_feed_is_over(const struct feed *feed)
{
    const struct kernel_feed *f = feed->self;
    bool waits = f->has_pending;
    for (uint32_t p = 0; p < f->part_count; p++)
        waits |= f->parts[p].has_session;
    return f->is_over && !waits;
}

static void feed_close(void *self)
{
    struct kernel_feed *f = self;
    live_feed(f->live, NULL);
    arena_clear(&f->arena);
    mem_free(f);
}

static const struct feed_ops ops = { .name = "live", .next = feed_next, .close = feed_close };

static enum err add_part(struct kernel_feed *f, const char *underlying)
{
    size_t len = strlen(underlying);
    if (len == 0 || len >= INSTRUMENT_SYMBOL_BYTES)
        return err_set(ERR_PARSE, "\"%s\" is no symbol: it has 1 to %d characters", underlying,
                       INSTRUMENT_SYMBOL_BYTES - 1);
    if (f->part_count == KERNEL_FEED_PARTS)
        return err_set(ERR_FULL, "more than %d underlyings", KERNEL_FEED_PARTS);
    struct part *part = &f->parts[f->part_count++];
    *part = (struct part){ .underlying_id = INSTRUMENT_NONE,
                           .last = PRICE_NONE,
                           .level = PRICE_NONE,
                           .of = { PRICE_NONE, PRICE_NONE, SIZE_NONE, SIZE_NONE, 0, 0 },
                           .contracts = arena_array(&f->arena, struct contract, f->capacity),
                           .open_interest = arena_array(&f->arena, uint32_t, f->capacity),
                           .settling = arena_array(&f->arena, struct settling, f->capacity) };
    memcpy(part->underlying, underlying, len);
    return ERR_OK;
}

enum err kernel_feed_open_all(struct feed *out, struct live *live, const char *const underlyings[],
                              uint32_t count, double rate)
{
    struct kernel_feed *f = mem_alloc(sizeof *f);
    arena_init(&f->arena, "kernel feed", 0);
    f->live = live;
    f->rate = rate;
    f->now_ns = f->skip_ns = INT64_MIN;
    f->capacity = live->options.instruments;
    for (uint32_t i = 0; i < live->source_count; i++)
        f->is_line |=
            live->sources[i]->source.ops->next_ns(live->sources[i]->source.self) == INT64_MIN;
    f->index_of = arena_array(&f->arena, uint32_t, f->capacity);
    memset(f->index_of, 0xff, f->capacity * sizeof *f->index_of); /* NONE */
    enum err err = ERR_OK;
    for (uint32_t i = 0; !err && i < count; i++)
        err = add_part(f, underlyings[i]);
    if (err) {
        arena_clear(&f->arena);
        mem_free(f);
        return err;
    }
    ring_init(&f->ring, &f->arena, RING_RECORDS, sizeof(struct market_record));
    live_feed(live, &f->ring);
    replay_clock_init(&f->clock, live->now_ns, 0, REPLAY_MAX);
    *out = (struct feed){ &ops, f };
    return ERR_OK;
}

enum err kernel_feed_open(struct feed *out, struct live *live, const char *underlying, double rate)
{
    return kernel_feed_open_all(out, live, &underlying, 1, rate);
}

enum err kernel_feed_dated(struct feed *feed, const struct store *store)
{
    struct kernel_feed *f = feed->self;
    enum err err = ERR_OK;
    for (uint32_t p = 0; !err && p < f->part_count; p++)
        err = dated_feed_open(&f->parts[p].dated, store, &f->arena, f->parts[p].underlying);
    return err;
}

const struct kernel_feed_counts *kernel_feed_counts(const struct feed *feed)
{
    return &((const struct kernel_feed *)feed->self)->counts;
}
