#include "domain/market/quotes.h"

#include <string.h>

#include "base/zone.h"
#include "domain/types/calendar.h"
#include "domain/types/product.h"

struct quote_terms {
    int64_t most; /* the highest worth that is known beforehand: a put's strike; INT64_MAX */
    int64_t last_trade_ns;  /* INT64_MAX for what does not expire */
    uint32_t underlying;    /* of a call: its worth is bounded by it; else INSTRUMENT_NONE */
    bool is_known, is_late; /* defined; trades 15 minutes longer */
};

const struct quote_limits quote_limits_default = { .stale_ns = 2 * NANOS_PER_SECOND,
                                                   .future_ns = NANOS_PER_SECOND,
                                                   .bound_slack = 0.01 };

static const struct {
    const char *name, *text;
    enum rule_action action;
} rules[] = {
#define RULE(id, name, action, text) { name, text, RULE_##action },
#include "domain/market/rules.def"
#undef RULE
};

const char *rule_name(enum rule rule)
{
    return rule < RULE_COUNT ? rules[rule].name : "unknown";
}

const char *rule_text(enum rule rule)
{
    return rule < RULE_COUNT ? rules[rule].text : "";
}

enum rule_action rule_action(enum rule rule)
{
    MUST(rule < RULE_COUNT);
    return rules[rule].action;
}

void quotes_init(struct quotes *quotes, struct arena *arena, uint32_t capacity,
                 const struct quote_limits *limits)
{
    *quotes = (struct quotes){ .limits = limits ? *limits : quote_limits_default,
                               .capacity = capacity,
                               .status = MARKET_UNKNOWN,
                               .recv_ns = TS_NONE,
                               .whole_ns = TS_NONE,
                               .progress_ns = TS_NONE,
                               .day_from_ns = INT64_MAX,
                               .day_to_ns = INT64_MIN };
    quotes->slots = arena_array(arena, struct quote_slot, capacity);
    quotes->terms = arena_array(arena, struct quote_terms, capacity);
    for (uint32_t id = 0; id < capacity; id++)
        quotes->slots[id] = (struct quote_slot){ .bid = PRICE_NONE,
                                                 .ask = PRICE_NONE,
                                                 .bid_size = SIZE_NONE,
                                                 .ask_size = SIZE_NONE,
                                                 .ts_ns = TS_NONE,
                                                 .quoted_ns = TS_NONE,
                                                 .last = PRICE_NONE,
                                                 .open_interest = SIZE_NONE,
                                                 .rule = RULE_UNKNOWN };
}

/* ---- what an instrument is, and when it trades ---- */

static void define(struct quotes *q, const struct market_record *r)
{
    if (r->instrument >= q->capacity)
        return;
    const struct record_definition *d = &r->of.definition;
    struct quote_terms *terms = &q->terms[r->instrument];
    *terms = (struct quote_terms){ .most = INT64_MAX,
                                   .last_trade_ns = INT64_MAX,
                                   .underlying = INSTRUMENT_NONE,
                                   .is_known = !d->is_deleted };
    if (d->class != INSTRUMENT_OPTION) {
        terms->is_late = d->class == INSTRUMENT_INDEX;
        return;
    }
    const struct contract *c = &d->of.contract;
    struct product product;
    struct str root = { c->root, strnlen(c->root, OCC_ROOT_MAX) };
    bool has_terms = product_get(&product, root, c->expiry) == ERR_OK;
    terms->is_late = has_terms && product.session == SESSION_INDEX_OPTION;
    if (contract_last_trade_ts(c, calendar_us(), &terms->last_trade_ns) != ERR_OK)
        terms->last_trade_ns = INT64_MAX; /* years away, beyond the calendar */
    if (!has_terms || product.is_adjusted)
        return; /* what it delivers is not known, so neither is what it can be worth */
    if (c->right == OPTION_PUT)
        terms->most = contract_strike_micros(c);
    else
        terms->underlying = d->underlying;
}

/* The session of the New York day that a moment lies in. */
static void turn_day(struct quotes *q, int64_t ts_ns)
{
    int32_t date = zone_date(ZONE_NEW_YORK, ts_ns);
    q->day_from_ns = zone_to_ts(ZONE_NEW_YORK, date, 0);
    q->day_to_ns = zone_to_ts(ZONE_NEW_YORK, date_add(date, 1), 0);
    q->open_ns = INT64_MAX;
    q->close_ns = q->late_close_ns = INT64_MIN;
    const struct calendar *cal = calendar_us();
    enum day_kind kind = calendar_day(cal, date);
    if (kind == DAY_UNKNOWN || kind == DAY_CLOSED)
        return;
    MUST(calendar_session(cal, date, SESSION_EQUITY, &q->open_ns, &q->close_ns) == ERR_OK);
    MUST(calendar_session(cal, date, SESSION_INDEX_OPTION, NULL, &q->late_close_ns) == ERR_OK);
}

static bool is_in_session(struct quotes *q, const struct quote_terms *terms, int64_t ts_ns)
{
    static const int64_t MOST =
        INT64_C(7257945600) * NANOS_PER_SECOND; /* 2199-12-30: dates end with that year */
    if (ts_ns < 0 || ts_ns > MOST)
        return false;
    if (ts_ns < q->day_from_ns || ts_ns >= q->day_to_ns)
        turn_day(q, ts_ns);
    return ts_ns >= q->open_ns && ts_ns <= (terms->is_late ? q->late_close_ns : q->close_ns) &&
           ts_ns <= terms->last_trade_ns;
}

/* ---- rules ---- */

static bool is_same(const struct quote_slot *s, const struct market_record *r)
{
    if (r->kind == RECORD_QUOTE)
        return s->bid == r->of.quote.bid && s->ask == r->of.quote.ask &&
               s->bid_size == r->of.quote.bid_size && s->ask_size == r->of.quote.ask_size;
    return s->last == r->of.level.value;
}

static bool is_late(const struct quotes *q, const struct market_record *r)
{
    return r->recv_ns > r->ts_ns && r->recv_ns - r->ts_ns > q->limits.stale_ns;
}

/* Is it where it should be in the stream? */
static enum rule check_order(struct quotes *q, const struct quote_slot *s,
                             const struct market_record *r)
{
    /* Trades come from every exchange in its own order: only quotes and levels are lined up. */
    if (r->kind != RECORD_TRADE && s->ts_ns != TS_NONE && s->publisher == r->publisher) {
        bool is_numbered = s->sequence && r->sequence;
        if (r->ts_ns < s->ts_ns || (is_numbered && (int32_t)(r->sequence - s->sequence) < 0))
            return RULE_OUT_OF_SEQUENCE;
        if (is_numbered && r->sequence == s->sequence && r->ts_ns == s->ts_ns && is_same(s, r))
            return RULE_DUPLICATE;
    }
    if (r->ts_ns > r->recv_ns && r->ts_ns - r->recv_ns > q->limits.future_ns)
        return RULE_FUTURE;
    if (!is_in_session(q, &q->terms[r->instrument], r->ts_ns))
        return RULE_SESSION;
    if (is_late(q, r) && !(r->flags & RECORD_SNAPSHOT))
        return RULE_STALE;
    if (r->flags & (RECORD_BAD_BOOK | RECORD_ROUNDED)) {
        if (r->flags & RECORD_BAD_BOOK)
            return RULE_BAD_BOOK;
        if (r->kind != RECORD_LEVEL) /* an index may have any number of decimals */
            return RULE_ROUNDED;
    }
    return RULE_NONE;
}

/* A price without anybody behind it is no price; a bid of zero is what "no bid" looks like. */
static bool is_possible(int64_t price, uint32_t size, bool may_be_zero)
{
    if (price == PRICE_NONE)
        return true;
    return price <= QUOTE_PRICE_MAX && (price > 0 ? size != 0 : price == 0 && may_be_zero);
}

/* The bid that nobody could be willing to pay. */
static bool is_above_bound(const struct quotes *q, const struct market_record *r, int64_t bid)
{
    const struct quote_terms *terms = &q->terms[r->instrument];
    if (bid > terms->most)
        return true;
    if (terms->underlying >= q->capacity)
        return false;
    const struct quote_slot *u = &q->slots[terms->underlying];
    int64_t level = u->rule == RULE_NONE && u->ask != PRICE_NONE ? u->ask : u->last;
    return level != PRICE_NONE && (double)bid > (double)level * (1 + q->limits.bound_slack);
}

static enum rule check_quote(const struct quotes *q, const struct market_record *r)
{
    const struct record_quote *v = &r->of.quote;
    if (!is_possible(v->bid, v->bid_size, true) || !is_possible(v->ask, v->ask_size, false))
        return RULE_IMPOSSIBLE;
    if (v->bid == PRICE_NONE)
        return RULE_NONE;
    if (is_above_bound(q, r, v->bid))
        return RULE_BOUND;
    if (v->ask == PRICE_NONE || v->bid < v->ask)
        return RULE_NONE;
    return v->bid > v->ask ? RULE_CROSSED : RULE_LOCKED;
}

static enum rule check_value(const struct market_record *r)
{
    int64_t price = r->kind == RECORD_TRADE ? r->of.trade.price : r->of.level.value;
    bool is_sized = r->kind == RECORD_LEVEL || r->of.trade.size != 0;
    return price > 0 && price <= QUOTE_PRICE_MAX && is_sized ? RULE_NONE : RULE_IMPOSSIBLE;
}

static enum rule judge(struct quotes *q, const struct market_record *r)
{
    if (r->instrument >= q->capacity || !q->terms[r->instrument].is_known)
        return RULE_UNKNOWN;
    enum rule rule = check_order(q, &q->slots[r->instrument], r);
    if (rule != RULE_NONE)
        return rule;
    return r->kind == RECORD_QUOTE ? check_quote(q, r) : check_value(r);
}

static void line_up(struct quote_slot *s, const struct market_record *r)
{
    s->ts_ns = r->ts_ns;
    s->sequence = r->sequence;
    s->publisher = r->publisher;
    s->quoted_ns = r->recv_ns;
}

static void quarantine(struct quotes *q, const struct market_record *r, enum rule rule)
{
    q->hits[rule]++;
    q->quarantine[q->quarantine_count++ % QUARANTINE] = (struct quarantined){ *r, rule };
    if (rule_action(rule) != RULE_VOID)
        return;
    struct quote_slot *s = &q->slots[r->instrument];
    if (r->kind != RECORD_TRADE) /* a bad trade says nothing about the quote */
        line_up(s, r);
    if (r->kind != RECORD_QUOTE)
        return;
    s->bid = s->ask = PRICE_NONE;
    s->bid_size = s->ask_size = SIZE_NONE;
    s->rule = (uint8_t)rule;
}

static enum rule take_price(struct quotes *q, const struct market_record *r)
{
    enum rule rule = judge(q, r);
    if (rule != RULE_NONE) {
        quarantine(q, r, rule);
        return rule;
    }
    struct quote_slot *s = &q->slots[r->instrument];
    if (r->kind != RECORD_TRADE)
        line_up(s, r);
    if (r->kind == RECORD_QUOTE) {
        s->bid = r->of.quote.bid;
        s->ask = r->of.quote.ask;
        s->bid_size = r->of.quote.bid_size;
        s->ask_size = r->of.quote.ask_size;
        s->rule = RULE_NONE;
    } else {
        s->last = r->kind == RECORD_TRADE ? r->of.trade.price : r->of.level.value;
    }
    q->taken++;
    q->is_behind = is_late(q, r); /* only what is repeated can be late and get here */
    if (r->ts_ns > q->progress_ns)
        q->progress_ns = r->ts_ns;
    return RULE_NONE;
}

enum rule quotes_take(struct quotes *q, const struct market_record *r)
{
    MUST(r->kind < RECORD_KIND_COUNT);
    if (r->recv_ns > q->recv_ns)
        q->recv_ns = r->recv_ns;
    switch ((enum record_kind)r->kind) {
    case RECORD_QUOTE:
    case RECORD_TRADE:
    case RECORD_LEVEL:
        return take_price(q, r);
    case RECORD_DEFINITION:
        define(q, r);
        return RULE_NONE;
    case RECORD_INTEREST:
        if (r->instrument < q->capacity && r->of.interest.open_interest != SIZE_NONE)
            q->slots[r->instrument].open_interest = r->of.interest.open_interest;
        return RULE_NONE;
    case RECORD_STATUS:
        if (r->instrument == INSTRUMENT_NONE)
            q->status = r->of.status.status;
        else if (r->instrument < q->capacity)
            q->slots[r->instrument].status = r->of.status.status;
        return RULE_NONE;
    case RECORD_GAP:
        q->whole_ns = r->recv_ns;
        return RULE_NONE;
    case RECORD_LINK:
        if (r->of.link.state == LINK_DOWN)
            q->whole_ns = r->recv_ns;
        return RULE_NONE;
    case RECORD_HEARTBEAT:
    case RECORD_SWITCH:
    case RECORD_DOUBT:
    case RECORD_KIND_COUNT:
        break;
    }
    return RULE_NONE;
}

static bool is_open(uint8_t status)
{
    return status == MARKET_OPEN || status == MARKET_UNKNOWN;
}

enum rule quotes_tradable(struct quotes *q, uint32_t id, int64_t now_ns)
{
    if (id >= q->capacity || !q->terms[id].is_known)
        return RULE_UNKNOWN;
    const struct quote_slot *s = &q->slots[id];
    if (s->rule != RULE_NONE)
        return (enum rule)s->rule;
    if (s->bid == PRICE_NONE || s->ask == PRICE_NONE)
        return RULE_UNKNOWN;
    if (q->is_behind || !quotes_is_whole(q, id))
        return RULE_STALE;
    if (!is_open(q->status) || !is_open(s->status) || !is_in_session(q, &q->terms[id], now_ns))
        return RULE_SESSION;
    return RULE_NONE;
}

void quotes_adopt(struct quotes *q, const struct quotes *other, uint32_t id, int64_t now_ns)
{
    MUST(id < q->capacity);
    MUST(id < other->capacity);
    struct quote_slot *s = &q->slots[id];
    const struct quote_slot *from = &other->slots[id];
    s->bid = from->bid;
    s->ask = from->ask;
    s->bid_size = from->bid_size;
    s->ask_size = from->ask_size;
    s->last = from->last;
    s->rule = from->rule;
    s->ts_ns = from->ts_ns;
    s->quoted_ns = now_ns;
    s->sequence = 0; /* the other's numbers mean nothing here */
}

struct market_record quotes_record(const struct quotes *q, uint32_t id)
{
    MUST(id < q->capacity);
    const struct quote_slot *s = &q->slots[id];
    return (struct market_record){ .ts_ns = s->ts_ns,
                                   .recv_ns = s->quoted_ns,
                                   .instrument = id,
                                   .sequence = s->sequence,
                                   .publisher = s->publisher,
                                   .kind = RECORD_QUOTE,
                                   .flags = s->rule == RULE_NONE ? 0 : RECORD_VOID,
                                   .of.quote = { .bid = s->bid,
                                                 .ask = s->ask,
                                                 .bid_size = s->bid_size,
                                                 .ask_size = s->ask_size } };
}
