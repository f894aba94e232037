#include "adapters/feed/store_feed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/feed/dated_feed.h"
#include "base/date.h"
#include "base/zone.h"
#include "domain/types/calendar.h"
#include "domain/types/product.h"

/* An expiry that was listed and has not settled yet. */
struct pending {
    int32_t expiry;
    int32_t settle_day;
    int64_t settle_ns;
    char settle;
};

struct item { /* one event of the day, before it is made */
    int64_t ts_ns;
    enum event_kind kind;
    uint32_t index; /* of the snapshot, or of the pending settlement */
};

struct store_feed {
    const struct store *store;
    char underlying[STORE_SYMBOL_BYTES];
    const struct store_day *days;
    size_t day_count, next_day;
    struct series bars, dividends, splits, settlement, vix, rates;
    struct dated_feed dated;
    struct dated_word *words; /* of it, those of today */
    size_t word_count, word_capacity;

    struct chain_cursor *cursor;
    const struct chain_day *day; /* the cursor's; NULL before the first */
    struct item *items;
    size_t item_count, item_capacity, next_item;
    struct pending *pending;
    size_t pending_count, pending_capacity;
    struct pending *due; /* of today, in the order of items */
    size_t due_count, due_capacity;
    int64_t last_level; /* of an earlier day */
    int32_t to;         /* as asked; 0: as far as the store goes */
    bool is_past_days;
    unsigned columns; /* enum cursor_columns */
};

enum { VIX_DAYS_MAX = 7 }; /* a long weekend and a day that the source lacks */

static enum err read_series(struct series *out, const struct store *store, struct arena *arena,
                            const char *symbol, enum series_kind kind)
{
    enum err err = series_read(out, store, arena, symbol, kind);
    if (err == ERR_NOT_FOUND) {
        *out = (struct series){ .kind = kind };
        return ERR_OK;
    }
    return err;
}

/* ---- what settles when, and at which price --------------------------------------------------- */

static enum err add_pending(struct store_feed *f, const struct contract *c, int64_t after_ns)
{
    for (size_t i = f->pending_count; i > 0; i--)
        if (f->pending[i - 1].expiry == c->expiry && f->pending[i - 1].settle == c->settle)
            return ERR_OK;
    struct pending p = { .expiry = c->expiry, .settle = c->settle };
    enum err err = contract_settle_ts(c, calendar_us(), &p.settle_ns);
    if (!err)
        err = contract_settle_day(c, calendar_us(), &p.settle_day);
    if (err == ERR_RANGE)
        return ERR_OK; /* beyond the exchange calendar: years away, and never traded */
    if (err)
        return err;
    if (p.settle_ns < after_ns)
        return ERR_OK; /* listed after it settled: a stale row of the source */
    f->pending = mem_grow(f->pending, &f->pending_capacity, f->pending_count + 1, sizeof p);
    f->pending[f->pending_count++] = p;
    return ERR_OK;
}

static enum err add_listed(struct store_feed *f, int64_t after_ns)
{
    const struct contract *before = NULL;
    for (uint32_t i = 0; i < f->day->contract_count; i++) {
        const struct contract *c = &f->day->contracts[i];
        if (before && before->expiry == c->expiry && before->settle == c->settle)
            continue;
        enum err err = add_pending(f, c, after_ns);
        if (err)
            return err;
        before = c;
    }
    return ERR_OK;
}

/* Settlement values have cents; sources that kept their prices as floats have 2945.830078. */
static bool known(int64_t price, enum price_source source, struct event_settle *out)
{
    if (price == PRICE_NONE || price <= 0)
        return false;
    out->price = money_round(price, MICROS_PER_CENT);
    out->source = source;
    return true;
}

static int64_t level_on_day(const struct store_feed *f, const struct pending *p, bool first,
                            uint32_t flags)
{
    int64_t level = PRICE_NONE;
    if (!f->day || f->day->day != p->settle_day)
        return level;
    for (uint32_t i = 0; i < f->day->snapshot_count; i++) {
        const struct chain_snapshot *s = &f->day->snapshots[i];
        if (s->underlying == PRICE_NONE || (s->flags & flags) != flags)
            continue;
        if (!first && !flags && s->ts_ns > p->settle_ns)
            break;
        level = s->underlying;
        if (first)
            break;
    }
    return level;
}

/* The best price there is, best source first; false and PRICE_NONE when nothing at all is known. */
static bool settle_price(const struct store_feed *f, const struct pending *p,
                         struct event_settle *out)
{
    *out = (struct event_settle){ .expiry = p->expiry, .settle = p->settle, .price = PRICE_NONE };
    bool am = p->settle == SETTLE_AM;
    const struct series_row *official = series_on(&f->settlement, p->settle_day);
    const struct series_row *bar = series_on(&f->bars, p->settle_day);
    return (official && known(am ? official->value : official->close, PRICE_OFFICIAL, out)) ||
           (!am && known(level_on_day(f, p, false, SNAPSHOT_CLOSE), PRICE_CLOSE_MARK, out)) ||
           (bar && known(am ? bar->open : bar->close, PRICE_DAILY_BAR, out)) ||
           (am && known(level_on_day(f, p, true, 0), PRICE_FIRST_LEVEL, out)) ||
           (!am && known(level_on_day(f, p, false, 0), PRICE_LAST_LEVEL, out)) ||
           known(f->last_level, PRICE_STALE_LEVEL, out);
}

/* ---- a day ----------------------------------------------------------------------------------- */

static void add_item(struct store_feed *f, int64_t ts_ns, enum event_kind kind, uint32_t index)
{
    f->items = mem_grow(f->items, &f->item_capacity, f->item_count + 1, sizeof *f->items);
    f->items[f->item_count++] = (struct item){ ts_ns, kind, index };
}

static int item_compare(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    if (a->ts_ns != b->ts_ns)
        return a->ts_ns < b->ts_ns ? -1 : 1;
    int order = event_priority(a->kind) - event_priority(b->kind);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

static int pending_compare(const void *left, const void *right)
{
    const struct pending *a = left, *b = right;
    if (a->settle_ns != b->settle_ns)
        return a->settle_ns < b->settle_ns ? -1 : 1;
    return a->expiry != b->expiry ? (a->expiry < b->expiry ? -1 : 1) : a->settle - b->settle;
}

/* Move what settles up to until_ns from pending to due, in order. */
static void take_due(struct store_feed *f, int64_t until_ns)
{
    size_t kept = 0;
    f->due_count = 0;
    for (size_t i = 0; i < f->pending_count; i++) {
        if (f->pending[i].settle_ns > until_ns) {
            f->pending[kept++] = f->pending[i];
            continue;
        }
        f->due = mem_grow(f->due, &f->due_capacity, f->due_count + 1, sizeof *f->due);
        f->due[f->due_count++] = f->pending[i];
    }
    f->pending_count = kept;
    if (f->due_count)
        qsort(f->due, f->due_count, sizeof *f->due, pending_compare);
}

/* Each dividend on its own ex day, those without data too: shares that came later have no right to
 * it. */
static void add_dividends(struct store_feed *f, int32_t after, int32_t day, int64_t start_ns)
{
    for (size_t i = 0; i < f->dividends.count; i++) {
        int32_t date = f->dividends.rows[i].date;
        if (date <= after || date > day || f->dividends.rows[i].value == PRICE_NONE)
            continue;
        int64_t ts = date == day ? start_ns : zone_to_ts(ZONE_NEW_YORK, date, TIME_OF_DAY(9, 30));
        add_item(f, ts, EVENT_DIVIDEND, (uint32_t)i);
    }
}

/* Before the session, whose contracts are the adjusted ones. */
static void add_splits(struct store_feed *f, int32_t after, int32_t day, int64_t start_ns)
{
    for (size_t i = 0; i < f->splits.count && f->next_day; i++) {
        const struct series_row *row = &f->splits.rows[i];
        if (row->date > after && row->date <= day && row->value > 0 && row->value <= INT32_MAX)
            add_item(f, start_ns, EVENT_SPLIT, (uint32_t)i);
    }
}

/* The next dividend, once it is near: declared weeks before, so nobody knows it too early. */
static void add_declared(struct store_feed *f, int32_t day, int64_t start_ns)
{
    enum { DAYS_AHEAD = 10 };
    for (size_t i = 0; i < f->dividends.count; i++) {
        const struct series_row *row = &f->dividends.rows[i];
        if (row->date <= day || row->value == PRICE_NONE)
            continue;
        if (date_diff(row->date, day) <= DAYS_AHEAD)
            add_item(f, start_ns, EVENT_DECLARE, (uint32_t)i);
        return;
    }
}

/* What becomes known of scheduled events until the day ends; what did since the last session, as it
 * begins. */
static void add_dated(struct store_feed *f, int64_t start_ns, int64_t end_ns)
{
    const struct dated_word *word;
    f->word_count = 0;
    for (int pass = 0; pass < 2; pass++) /* the first begins where the data does */
        while ((word = dated_feed_next(&f->dated, pass ? end_ns : start_ns)) != NULL) {
            f->words = mem_grow(f->words, &f->word_capacity, f->word_count + 1, sizeof *f->words);
            f->words[f->word_count] = *word;
            add_item(f, word->ts_ns > start_ns ? word->ts_ns : start_ns, EVENT_DATED,
                     (uint32_t)f->word_count++);
        }
}

/* The VIX close of the session before; an older one says nothing about today. NULL when there is
 * none. */
static const struct series_row *vix_before(const struct store_feed *f, int32_t day)
{
    const struct series_row *row = series_at(&f->vix, date_add(day, -1));
    return row && row->close != PRICE_NONE && date_diff(day, row->date) <= VIX_DAYS_MAX ? row
                                                                                        : NULL;
}

static enum err begin_day(struct store_feed *f)
{
    const struct store_day *entry = &f->days[f->next_day];
    if (f->day) {
        for (uint32_t i = 0; i < f->day->snapshot_count; i++)
            if (f->day->snapshots[i].underlying != PRICE_NONE)
                f->last_level = f->day->snapshots[i].underlying;
        f->day = NULL;
    }
    enum err err = f->cursor ? chain_cursor_turn(f->cursor, entry->day)
                             : chain_cursor_open_columns(&f->cursor, f->store, f->underlying,
                                                         entry->day, f->columns);
    if (err)
        return err;
    f->day = chain_cursor_day(f->cursor);
    f->item_count = f->next_item = 0;

    int64_t open_ns, close_ns;
    err = calendar_session(calendar_us(), entry->day, SESSION_EQUITY, &open_ns, &close_ns);
    if (err)
        return err_add(err, "store %s, %s", store_path(f->store), f->underlying);
    int64_t start_ns = open_ns;
    if (f->day->snapshot_count && f->day->snapshots[0].ts_ns < start_ns)
        start_ns = f->day->snapshots[0].ts_ns;
    int64_t midnight = zone_to_ts(ZONE_NEW_YORK, entry->day, 0);
    err = add_listed(f, midnight);
    if (err)
        return err;
    int64_t end_ns = zone_to_ts(ZONE_NEW_YORK, entry->day, 24 * NANOS_PER_HOUR) - 1;
    take_due(f, end_ns);

    int32_t before = f->next_day ? f->days[f->next_day - 1].day : entry->day - 1;
    add_item(f, start_ns, EVENT_SESSION, 0);
    add_splits(f, before, entry->day, start_ns);
    add_dividends(f, before, entry->day, start_ns);
    add_declared(f, entry->day, start_ns);
    add_dated(f, start_ns, end_ns);
    if (f->vix.count)
        add_item(f, start_ns, EVENT_LEVEL, 0);
    for (uint32_t i = 0; i < f->due_count; i++)
        add_item(f, f->due[i].settle_ns, EVENT_SETTLE, i);
    for (uint32_t i = 0; i < f->day->snapshot_count; i++)
        add_item(f, f->day->snapshots[i].ts_ns, EVENT_MARKET, i);
    add_item(f, end_ns, EVENT_DAY_END, 0);
    qsort(f->items, f->item_count, sizeof *f->items, item_compare);
    f->next_day++;
    return ERR_OK;
}

/* After the last stored day: what expires until the end asked for settles when its price is stored.
 * Without one it stays open, at its last mark: no level of the past stands in for the future. */
static void begin_tail(struct store_feed *f)
{
    f->is_past_days = true;
    f->item_count = f->next_item = 0;
    if (!f->to)
        return;
    take_due(f, zone_to_ts(ZONE_NEW_YORK, f->to, 24 * NANOS_PER_HOUR) - 1);
    for (uint32_t i = 0; i < f->due_count; i++) {
        struct event_settle settle;
        if (settle_price(f, &f->due[i], &settle) && settle.source <= PRICE_DAILY_BAR)
            add_item(f, f->due[i].settle_ns, EVENT_SETTLE, i);
    }
    if (f->item_count)
        add_item(f, f->items[f->item_count - 1].ts_ns, EVENT_DAY_END, 0);
}

/* ---- events ---------------------------------------------------------------------------------- */

static void make_session(const struct store_feed *f, struct event *out)
{
    struct event_session *s = &out->of.session;
    *s = (struct event_session){ .day = f->day->day,
                                 .contracts = f->day->contracts,
                                 .contract_count = f->day->contract_count,
                                 .rate = NAN };
    MUST(calendar_session(calendar_us(), s->day, SESSION_EQUITY, &s->open_ns, &s->close_ns) ==
         ERR_OK);
    const struct series_row *rate = series_at(&f->rates, s->day);
    if (rate)
        s->rate = (double)rate->value * 1e-9;
}

static enum err make_market(const struct store_feed *f, uint32_t index, struct event *out)
{
    const struct chain_snapshot *s = &f->day->snapshots[index];
    struct quote_rows rows;
    enum err err = chain_cursor_rows(f->cursor, index, &rows);
    if (err)
        return err_add(err, "store %s", store_path(f->store));
    out->of.market = (struct event_market){ .underlying = s->underlying,
                                            .bid = s->underlying_bid,
                                            .ask = s->underlying_ask,
                                            .flags = s->flags,
                                            .traded = s->traded,
                                            .traded_price = s->traded_price,
                                            .rows = { .count = rows.count,
                                                      .contract = rows.contract,
                                                      .bid = rows.bid,
                                                      .ask = rows.ask,
                                                      .bid_size = rows.bid_size,
                                                      .ask_size = rows.ask_size,
                                                      .last = rows.last,
                                                      .volume = rows.volume,
                                                      .open_interest = rows.open_interest } };
    return ERR_OK;
}

/* The store has new shares for each old one, times a million: 4000000, 1500000, 100000. */
static struct event_split split_of(int64_t millionths)
{
    int64_t a = millionths, b = 1000000;
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return (struct event_split){ (int32_t)(millionths / a), (int32_t)(1000000 / a) };
}

static enum err make_event(const struct store_feed *f, const struct item *item, struct event *out)
{
    *out = (struct event){ .ts_ns = item->ts_ns, .kind = item->kind };
    switch (item->kind) {
    case EVENT_SESSION:
        make_session(f, out);
        return ERR_OK;
    case EVENT_DIVIDEND:
        out->of.dividend.amount = f->dividends.rows[item->index].value;
        return ERR_OK;
    case EVENT_DECLARE:
        out->of.declare = (struct event_declare){ f->dividends.rows[item->index].date,
                                                  f->dividends.rows[item->index].value };
        return ERR_OK;
    case EVENT_DATED:
        out->of.dated = f->words[item->index].dated;
        return ERR_OK;
    case EVENT_SPLIT:
        out->of.split = split_of(f->splits.rows[item->index].value);
        return ERR_OK;
    case EVENT_LEVEL: {
        memcpy(out->of.level.symbol, "VIX", 4);
        const struct series_row *vix = vix_before(f, f->day->day);
        out->of.level.value = vix ? vix->close : PRICE_NONE;
        return ERR_OK;
    }
    case EVENT_SETTLE:
        if (!settle_price(f, &f->due[item->index], &out->of.settle))
            out->of.settle.source = PRICE_STALE_LEVEL; /* the kernel says so, should it hold one */
        return ERR_OK;
    case EVENT_MARKET:
        return make_market(f, item->index, out);
    case EVENT_DAY_END:
        return ERR_OK;
    case EVENT_ASSIGN:
    case EVENT_REPORT:
    case EVENT_QUOTE:
    case EVENT_TIMER:
    case EVENT_COMMAND:
    case EVENT_FEED:
    case EVENT_KIND_COUNT:
        break;
    }
    must_fail("a feed makes no such event", __FILE__, __LINE__);
}

static enum err feed_next(void *self, struct event *out, bool *more)
{
    struct store_feed *f = self;
    for (;;) {
        if (f->next_item == f->item_count) {
            *more = f->next_day < f->day_count || !f->is_past_days;
            if (!*more)
                return ERR_OK;
            enum err err = ERR_OK;
            if (f->next_day < f->day_count)
                err = begin_day(f);
            else
                begin_tail(f);
            if (err)
                return err;
            continue;
        }
        *more = true;
        return make_event(f, &f->items[f->next_item++], out);
    }
}

static void feed_close(void *self)
{
    struct store_feed *f = self;
    chain_cursor_close(f->cursor);
    mem_free(f->items);
    mem_free(f->pending);
    mem_free(f->due);
    mem_free(f->words);
}

void store_feed_without_flow(struct feed *feed)
{
    ((struct store_feed *)feed->self)->columns &= ~(unsigned)CURSOR_FLOW;
}

size_t store_feed_days_done(const struct feed *feed)
{
    return ((const struct store_feed *)feed->self)->next_day;
}

static enum err choose_days(struct store_feed *f, struct store_feed_info *info, struct arena *arena,
                            int32_t from, int32_t to)
{
    struct store_day *all;
    size_t count, damaged;
    enum err err = store_list(f->store, arena, &all, &count, &damaged);
    if (!err && damaged) /* a day that is left out without a word is a wrong result */
        err = store_days_check(f->store, f->underlying, from, to);
    if (err)
        return err;
    struct store_day *kept = arena_array(arena, struct store_day, count);
    int32_t first = 0, last = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].underlying, f->underlying) != 0)
            continue;
        first = first ? first : all[i].day;
        last = all[i].day;
        if (all[i].day < from || (to && all[i].day > to))
            continue;
        kept[f->day_count++] = all[i];
        info->quotes += all[i].quotes;
        info->snapshots += all[i].snapshots;
        if (all[i].contracts > info->contracts_max)
            info->contracts_max = all[i].contracts;
    }
    f->days = kept;
    info->days = f->day_count;
    if (f->day_count) {
        info->first_day = kept[0].day;
        info->last_day = kept[f->day_count - 1].day;
        return ERR_OK;
    }
    if (!first)
        return err_set(ERR_NOT_FOUND, "store %s has no day of %s; see: ironfly data ls --store %s",
                       store_path(f->store), f->underlying, store_path(f->store));
    char has[2][DATE_TEXT_BYTES], asked[2][DATE_TEXT_BYTES];
    date_format(has[0], first);
    date_format(has[1], last);
    date_format(asked[0], from ? from : first);
    date_format(asked[1], to);
    return err_set(ERR_NOT_FOUND, "store %s has %s from %s to %s, and nothing %s%s%s%s",
                   store_path(f->store), f->underlying, has[0], has[1], from ? "from " : "until ",
                   asked[from ? 0 : 1], from && to ? " to " : "", from && to ? asked[1] : "");
}

enum err store_feed_open(struct feed *out, struct store_feed_info *info, struct arena *arena,
                         const struct store *store, const char *underlying, int32_t from,
                         int32_t to)
{
    static const struct feed_ops ops = { "store", feed_next, feed_close };
    struct store_feed *f = arena_new(arena, struct store_feed);
    *info = (struct store_feed_info){ 0 };
    f->store = store;
    f->last_level = PRICE_NONE;
    f->columns = CURSOR_SIZES | CURSOR_LAST | CURSOR_FLOW;
    f->to = to;
    if (strlen(underlying) >= sizeof f->underlying)
        return err_set(ERR_RANGE, "underlying \"%s\" is longer than %zu characters", underlying,
                       sizeof f->underlying - 1);
    memcpy(f->underlying, underlying, strlen(underlying) + 1);
    enum err err = choose_days(f, info, arena, from, to);
    if (!err)
        err = read_series(&f->splits, store, arena, underlying, SERIES_SPLITS);
    if (!err)
        err = read_series(&f->bars, store, arena, underlying, SERIES_BARS);
    if (!err)
        err = read_series(&f->dividends, store, arena, underlying, SERIES_DIVIDENDS);
    if (!err)
        err = read_series(&f->settlement, store, arena, underlying, SERIES_SETTLEMENT);
    if (!err)
        err = read_series(&f->vix, store, arena, "VIX", SERIES_BARS);
    if (!err)
        err = read_series(&f->rates, store, arena, "USD", SERIES_RATES);
    if (!err)
        err = dated_feed_open(&f->dated, store, arena, underlying);
    info->has_rates = f->rates.count > 0;
    *out = (struct feed){ &ops, f };
    return err;
}
