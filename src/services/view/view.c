#include "services/view/view.h"

#include <math.h>
#include <string.h>

#include "base/date.h"
#include "base/zone.h"
#include "domain/features/term.h"
#include "domain/pricing/european.h"
#include "domain/pricing/forward_american.h"
#include "domain/pricing/implied_vol.h"
#include "domain/types/calendar.h"
#include "domain/types/product.h"
#include "services/view/view_int.h"

static const double NS_PER_YEAR = 365.0 * 86400.0 * 1e9;
static const double ATM_GAP_MAX = 0.10;

static double dollars(int64_t micros)
{
    return micros == PRICE_NONE ? NAN : money_to_dollars(micros);
}

static double middle(const struct quote *quote)
{
    bool is_two_sided = quote->bid != PRICE_NONE && quote->ask != PRICE_NONE && quote->bid > 0 &&
                        quote->ask >= quote->bid;
    return is_two_sided ? 0.5 * (dollars(quote->bid) + dollars(quote->ask)) : NAN;
}

/* ---- which day ------------------------------------------------------------------------------- */

enum err view_when_parse(const char *text, int64_t *out)
{
    int32_t date = date_parse(str_from(text));
    if (date) {
        *out = zone_to_ts(ZONE_NEW_YORK, date, NANOS_PER_DAY) - 1;
        return ERR_OK;
    }
    enum err err = ts_parse_iso(str_from(text), ZONE_NEW_YORK, out);
    return err ? err_set(ERR_PARSE, "\"%s\" is not a moment written 2024-06-17 or 2024-06-17T15:45",
                         text)
               : ERR_OK;
}

static enum err no_symbol(const struct store *store, const struct store_day *days, size_t count,
                          const char *symbol)
{
    struct buf known = { 0 };
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(days[i].underlying, days[i - 1].underlying) != 0)
            buf_printf(&known, "%s%s", i ? ", " : "", days[i].underlying);
    enum err err = err_set(ERR_NOT_FOUND, "%s has no chains of \"%s\"; it has %s",
                           store_path(store), symbol, count ? known.ptr : "none at all");
    buf_free(&known);
    return err;
}

/* The last stored day whose beginning is not after the moment. */
static enum err find_day(const struct store *store, struct arena *arena, const char *symbol,
                         int64_t at, const struct store_day **out)
{
    struct store_day *days;
    size_t count;
    enum err err = store_list(store, arena, &days, &count, NULL);
    if (err)
        return err;
    int32_t date = at == TS_NONE ? INT32_MAX : zone_date(ZONE_NEW_YORK, at), first = 0;
    *out = NULL;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(days[i].underlying, symbol) != 0)
            continue;
        first = first ? first : days[i].day;
        if (days[i].day <= date)
            *out = &days[i];
    }
    if (*out)
        return ERR_OK;
    if (!first)
        return no_symbol(store, days, count, symbol);
    char day[DATE_TEXT_BYTES];
    date_format(day, first);
    return err_set(ERR_NOT_FOUND, "%s has no chain of %s so early; the first is of %s",
                   store_path(store), symbol, day);
}

/* ---- quotes of the moment -------------------------------------------------------------------- */

struct fold {
    struct quote *quotes; /* by contract */
    int64_t *ts;
};

static void fold_rows(struct fold *fold, const struct quote_rows *rows, int64_t ts)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        struct quote *q = &fold->quotes[rows->contract[i]];
        fold->ts[rows->contract[i]] = ts;
        q->bid = rows->bid[i];
        q->ask = rows->ask[i];
        q->bid_size = rows->bid_size ? rows->bid_size[i] : SIZE_NONE;
        q->ask_size = rows->ask_size ? rows->ask_size[i] : SIZE_NONE;
        q->last = rows->last ? rows->last[i] : PRICE_NONE;
        q->volume = rows->volume ? rows->volume[i] : SIZE_NONE;
        q->open_interest = rows->open_interest ? rows->open_interest[i] : SIZE_NONE;
        q->vendor_iv = rows->vendor_iv ? rows->vendor_iv[i] : NAN;
        q->vendor_delta = rows->vendor_delta ? rows->vendor_delta[i] : NAN;
    }
}

static enum err fold_day(struct view *view, struct fold *fold, struct chain_cursor *cursor,
                         int64_t at)
{
    const struct chain_snapshot *snapshot;
    struct quote_rows rows;
    enum err err;
    view->ts_ns = TS_NONE;
    while (!(err = chain_cursor_next(cursor, &snapshot, &rows)) && snapshot) {
        if (at != TS_NONE && snapshot->ts_ns > at)
            break;
        fold_rows(fold, &rows, snapshot->ts_ns);
        view->ts_ns = snapshot->ts_ns;
        view->underlying = snapshot->underlying;
        view->underlying_bid = snapshot->underlying_bid;
        view->underlying_ask = snapshot->underlying_ask;
    }
    return err;
}

/* ---- expiries -------------------------------------------------------------------------------- */

static int64_t settles_at(const struct contract *c)
{
    int64_t ts;
    if (contract_settle_ts(c, calendar_us(), &ts)) /* beyond the calendar */
        ts = zone_to_ts(ZONE_NEW_YORK, c->expiry,
                        c->settle == SETTLE_AM ? TIME_OF_DAY(9, 30) : TIME_OF_DAY(16, 0));
    return ts;
}

static bool is_same_expiry(const struct contract *a, const struct contract *b)
{
    return a->expiry == b->expiry && strncmp(a->root, b->root, sizeof a->root) == 0;
}

static struct view_side empty_side(void)
{
    return (struct view_side){ .quote = QUOTE_EMPTY,
                               .quoted_ts = TS_NONE,
                               .iv = NAN,
                               .delta = NAN,
                               .gamma = NAN,
                               .vega = NAN,
                               .theta = NAN,
                               .iv_bid = NAN,
                               .iv_ask = NAN };
}

static void add_contract(struct view_expiry *e, const struct contract *c, const struct quote *quote,
                         int64_t ts)
{
    if (!e->count || e->strikes[e->count - 1].strike_mills != c->strike_mills)
        e->strikes[e->count++] = (struct view_strike){ .strike_mills = c->strike_mills,
                                                       .call = empty_side(),
                                                       .put = empty_side() };
    struct view_strike *strike = &e->strikes[e->count - 1];
    struct view_side *side = c->right == OPTION_CALL ? &strike->call : &strike->put;
    side->is_listed = true;
    side->quote = *quote;
    side->quoted_ts = ts;
    if (quote->volume != SIZE_NONE) {
        e->volume += quote->volume;
        e->has_volume = true;
    }
    if (quote->open_interest != SIZE_NONE) {
        e->open_interest += quote->open_interest;
        e->has_open_interest = true;
    }
}

static void add_expiries(struct view *view, struct arena *arena, const struct contract *c,
                         uint32_t n, const struct fold *fold)
{
    view->expiries = arena_array(arena, struct view_expiry, n);
    for (uint32_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && is_same_expiry(&c[to], &c[from]);)
            to++;
        int64_t settles = settles_at(&c[from]);
        if (settles <= view->ts_ns)
            continue;
        struct view_expiry *e = &view->expiries[view->count++];
        *e = (struct view_expiry){ .date = c[from].expiry,
                                   .days = date_diff(c[from].expiry, view->day),
                                   .style = c[from].style,
                                   .settle = c[from].settle,
                                   .years = (double)(settles - view->ts_ns) / NS_PER_YEAR,
                                   .forward = NAN,
                                   .discount = NAN,
                                   .atm_vol = NAN,
                                   .skew = NAN,
                                   .straddle = NAN };
        memcpy(e->root, c[from].root, sizeof e->root);
        e->strikes = arena_array(arena, struct view_strike, to - from);
        for (uint32_t i = from; i < to; i++)
            add_contract(e, &c[i], &fold->quotes[i], fold->ts[i]);
        view->contracts += to - from;
    }
}

/* ---- vols and Greeks ------------------------------------------------------------------------- */

/* The columns of one expiry, strike by strike. */
struct columns {
    size_t n;
    double *strike, *call_bid, *call_ask, *put_bid, *put_ask;
    double *price, *sigma, *delta, *gamma, *vega, *theta;
    int8_t *sign;
};

static struct columns make_columns(struct arena *arena, const struct view_expiry *e)
{
    struct columns c = { .n = e->count };
    double **all[] = { &c.strike, &c.call_bid, &c.call_ask, &c.put_bid, &c.put_ask, &c.price,
                       &c.sigma,  &c.delta,    &c.gamma,    &c.vega,    &c.theta };
    for (size_t i = 0; i < ARRAY_COUNT(all); i++)
        *all[i] = arena_array(arena, double, c.n);
    c.sign = arena_array(arena, int8_t, c.n);
    for (size_t i = 0; i < c.n; i++) {
        const struct view_strike *s = &e->strikes[i];
        c.strike[i] = s->strike_mills / 1000.0;
        c.call_bid[i] = dollars(s->call.quote.bid);
        c.call_ask[i] = dollars(s->call.quote.ask);
        c.put_bid[i] = dollars(s->put.quote.bid);
        c.put_ask[i] = dollars(s->put.quote.ask);
    }
    return c;
}

static void find_forward(struct view_expiry *e, const struct view *view, const struct columns *c)
{
    struct forward_quotes quotes = { c->strike, c->call_bid, c->call_ask, c->put_bid, c->put_ask };
    struct forward_fit fit;
    uint8_t status = forward_of_expiry(&quotes, c->n, e->years, view->rate, &fit);
    e->is_forward_implied = status == PRICING_OK || status == PRICING_INCONSISTENT;
    if (e->is_forward_implied) {
        e->forward = fit.forward;
        e->discount = fit.discount;
    } else if (!isnan(view->spot)) {
        e->discount = exp(-view->rate * e->years);
        e->forward = view->spot / e->discount;
    }
}

/* American terms: the yield at which calls and puts of a strike agree. */
static struct american_expiry find_yield(struct view_expiry *e, const struct view *view,
                                         const struct columns *c)
{
    struct american_expiry terms = { .spot = view->spot, .years = e->years, .rate = view->rate };
    struct forward_quotes quotes = { c->strike, c->call_bid, c->call_ask, c->put_bid, c->put_ask };
    struct forward_yield_fit fit;
    uint8_t status = forward_imply_yield(&quotes, c->n, &terms, &fit);
    if (status == PRICING_OK || status == PRICING_INCONSISTENT) {
        terms.yield = fit.yield;
        e->forward = fit.forward;
        e->is_forward_implied = true;
    }
    e->discount = exp(-view->rate * e->years);
    return terms;
}

struct terms {
    bool is_american;
    struct black76_expiry european;
    struct american_expiry american;
};

static void vols_of(const struct terms *terms, const struct columns *c, const double *price)
{
    if (terms->is_american)
        american_implied_vol_chain(&terms->american, c->n, c->strike, c->sign, price, c->sigma,
                                   NULL);
    else
        implied_vol_chain(&terms->european, c->n, c->strike, c->sign, price, c->sigma, NULL);
}

static struct view_side *side_of(struct view_expiry *e, size_t i, int side)
{
    return side ? &e->strikes[i].put : &e->strikes[i].call;
}

static void fill_vols(struct view_expiry *e, const struct terms *terms, const struct columns *c,
                      int side)
{
    for (size_t i = 0; i < c->n; i++) {
        c->sign[i] = side ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
        c->price[i] = middle(&side_of(e, i, side)->quote);
    }
    vols_of(terms, c, c->price);
    for (size_t i = 0; i < c->n; i++)
        side_of(e, i, side)->iv = c->sigma[i];
    vols_of(terms, c, side ? c->put_bid : c->call_bid);
    for (size_t i = 0; i < c->n; i++)
        side_of(e, i, side)->iv_bid = c->sigma[i];
    vols_of(terms, c, side ? c->put_ask : c->call_ask);
    for (size_t i = 0; i < c->n; i++)
        side_of(e, i, side)->iv_ask = c->sigma[i];
}

static void fill_greeks(struct view_expiry *e, const struct terms *terms, const struct columns *c,
                        int side)
{
    for (size_t i = 0; i < c->n; i++) {
        /* Deep in the money the other side's quotes tell the vol better. */
        double own = side_of(e, i, side)->iv, other = side_of(e, i, !side)->iv;
        c->sign[i] = side ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
        c->sigma[i] = isnan(own) ? other : own;
    }
    struct pricing_greeks out = {
        .delta = c->delta, .gamma = c->gamma, .vega = c->vega, .theta = c->theta
    };
    if (terms->is_american)
        american_chain(&terms->american, c->n, c->strike, c->sign, c->sigma, &out);
    else
        black76_chain(&terms->european, c->n, c->strike, c->sign, c->sigma, &out);
    for (size_t i = 0; i < c->n; i++) {
        struct view_side *s = side_of(e, i, side);
        if (!s->is_listed)
            continue;
        s->delta = c->delta[i];
        s->gamma = c->gamma[i];
        s->vega = c->vega[i] / 100.0;
        s->theta = c->theta[i] / 365.0;
    }
}

static void sum_up(struct view_expiry *e, const struct columns *c)
{
    /* Out of the money tells the smile. */
    for (size_t i = 0; i < c->n; i++) {
        const struct view_strike *s = &e->strikes[i];
        const struct view_side *out = c->strike[i] < e->forward ? &s->put : &s->call;
        c->sigma[i] = isnan(out->iv) ? (out == &s->put ? s->call.iv : s->put.iv) : out->iv;
    }
    e->atm_vol = smile_atm(c->n, c->strike, c->sigma, e->forward, ATM_GAP_MAX);
    double wing[2];
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < c->n; i++) {
            c->delta[i] = side_of(e, i, side)->delta;
            c->sigma[i] = side_of(e, i, side)->iv;
        }
        wing[side] = smile_at_delta(c->n, c->delta, c->sigma, 0.25);
    }
    e->skew = wing[1] - wing[0];
    size_t at = view_nearest(e);
    if (at != SIZE_MAX)
        e->straddle = middle(&e->strikes[at].call.quote) + middle(&e->strikes[at].put.quote);
}

static void price_expiry(struct view *view, struct view_expiry *e)
{
    struct arena arena;
    arena_init(&arena, "view columns", 1 << 18);
    struct columns c = make_columns(&arena, e);
    find_forward(e, view, &c);
    /* Without a rate nobody gains by exercising a put early: the European price will do. */
    struct terms terms = { .is_american =
                               e->style == STYLE_AMERICAN && !isnan(view->spot) && view->rate > 0 };
    if (terms.is_american)
        terms.american = find_yield(e, view, &c);
    if (!isnan(e->forward)) {
        terms.european = (struct black76_expiry){ .forward = e->forward,
                                                  .discount = e->discount,
                                                  .years = e->years,
                                                  .spot = isnan(view->spot) ? 0.0 : view->spot };
        for (int side = 0; side < 2; side++)
            fill_vols(e, &terms, &c, side);
        for (int side = 0; side < 2; side++)
            fill_greeks(e, &terms, &c, side);
        sum_up(e, &c);
    }
    arena_clear(&arena);
}

static void read_rate(struct view *view, const struct store *store, struct arena *arena)
{
    struct series rates;
    const struct series_row *row;
    if (series_read(&rates, store, arena, "USD", SERIES_RATES) == ERR_OK &&
        (row = series_at(&rates, view->day)) != NULL) {
        view->rate = (double)row->value / 1e9;
        view->has_rate = true;
    }
}

static double spot_of(const struct view *view)
{
    if (view->underlying != PRICE_NONE)
        return dollars(view->underlying);
    return 0.5 * (dollars(view->underlying_bid) + dollars(view->underlying_ask));
}

static enum err load_day(struct view *view, struct arena *arena, const struct store *store,
                         const struct store_day *about, int64_t at)
{
    struct chain_cursor *cursor;
    enum err err = chain_cursor_open(&cursor, store, about->underlying, about->day);
    if (err)
        return err;
    const struct chain_day *day = chain_cursor_day(cursor);
    struct fold fold = { arena_array(arena, struct quote, day->contract_count),
                         arena_array(arena, int64_t, day->contract_count) };
    for (uint32_t i = 0; i < day->contract_count; i++) {
        fold.quotes[i] = QUOTE_EMPTY;
        fold.ts[i] = TS_NONE;
    }
    view->underlying = view->underlying_bid = view->underlying_ask = PRICE_NONE;
    err = fold_day(view, &fold, cursor, at);
    if (!err && view->ts_ns != TS_NONE) {
        view->spot = spot_of(view);
        read_rate(view, store, arena);
        add_expiries(view, arena, day->contracts, day->contract_count, &fold);
    }
    chain_cursor_close(cursor);
    return err;
}

enum err view_load(struct view *out, struct arena *arena, const struct store *store,
                   const char *symbol, int64_t at)
{
    const struct store_day *about;
    enum err err = find_day(store, arena, symbol, at, &about);
    if (err)
        return err;
    *out = (struct view){ .symbol = about->underlying, .source = about->source, .day = about->day };
    err = load_day(out, arena, store, about, at);
    if (!err && out->ts_ns == TS_NONE) { /* before the day's first snapshot: the day before */
        int64_t eve = zone_to_ts(ZONE_NEW_YORK, about->day, 0) - 1;
        return view_load(out, arena, store, symbol, eve);
    }
    for (size_t i = 0; !err && i < out->count; i++)
        price_expiry(out, &out->expiries[i]);
    return err;
}

void view_make(struct view *view, struct arena *arena, const struct contract *contracts,
               uint32_t count, struct quote *quotes, int64_t *quoted_ts)
{
    struct fold fold = { quotes, quoted_ts };
    view->spot = spot_of(view);
    view->count = view->contracts = 0;
    add_expiries(view, arena, contracts, count, &fold);
    for (size_t i = 0; i < view->count; i++)
        price_expiry(view, &view->expiries[i]);
}

/* ---- finding --------------------------------------------------------------------------------- */

const struct view_expiry *view_find(const struct view *view, int32_t expiry)
{
    const struct view_expiry *best = NULL;
    for (size_t i = 0; i < view->count; i++)
        if (view->expiries[i].date == expiry && (!best || view->expiries[i].count > best->count))
            best = &view->expiries[i];
    return best;
}

const struct view_expiry *view_front(const struct view *view)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->expiries[i].days > 0)
            return view_find(view, view->expiries[i].date);
    return view->count ? &view->expiries[0] : NULL;
}

size_t view_nearest(const struct view_expiry *e)
{
    size_t best = SIZE_MAX;
    double distance = INFINITY;
    for (size_t i = 0; i < e->count; i++) {
        double off = fabs(e->strikes[i].strike_mills / 1000.0 - e->forward);
        if (off < distance) {
            distance = off;
            best = i;
        }
    }
    return best;
}

void view_window(const struct view_expiry *e, size_t strikes, size_t *from, size_t *to)
{
    size_t at = view_nearest(e);
    *from = 0;
    *to = e->count;
    if (!strikes || strikes >= e->count)
        return;
    at = at == SIZE_MAX ? e->count / 2 : at;
    *from = at > strikes / 2 ? at - strikes / 2 : 0;
    if (*from + strikes > e->count)
        *from = e->count - strikes;
    *to = *from + strikes;
}

enum err view_choose(const struct view *view, const struct view_show *show,
                     const struct view_expiry **out)
{
    *out = show->expiry ? view_find(view, show->expiry) : view_front(view);
    if (*out)
        return ERR_OK;
    struct buf known = { 0 };
    int32_t last = 0;
    for (size_t i = 0; i < view->count; i++) {
        char date[DATE_TEXT_BYTES];
        date_format(date, view->expiries[i].date);
        if (view->expiries[i].date != last)
            buf_printf(&known, "%s%s", last ? ", " : "", date);
        last = view->expiries[i].date;
    }
    char date[DATE_TEXT_BYTES] = "";
    if (show->expiry)
        date_format(date, show->expiry);
    enum err err = err_set(ERR_NOT_FOUND, "%s has no expiry %s; it has %s", view->symbol, date,
                           known.len ? known.ptr : "none");
    buf_free(&known);
    return err;
}
