#include "services/server/chain_at.h"

#include <math.h>
#include <string.h>

#include "base/zone.h"
#include "domain/pricing/european.h"
#include "domain/pricing/forward.h"
#include "domain/pricing/implied_vol.h"
#include "domain/types/calendar.h"
#include "domain/types/product.h"

static void take_row(struct chain_quote *q, const struct quote_rows *rows, uint32_t i)
{
    *q = (struct chain_quote){
        .has = true,
        .bid = rows->bid[i],
        .ask = rows->ask[i],
        .last = rows->last ? rows->last[i] : PRICE_NONE,
        .bid_size = rows->bid_size ? rows->bid_size[i] : SIZE_NONE,
        .ask_size = rows->ask_size ? rows->ask_size[i] : SIZE_NONE,
        .volume = rows->volume ? rows->volume[i] : SIZE_NONE,
        .open_interest = rows->open_interest ? rows->open_interest[i] : SIZE_NONE,
    };
}

/* Play the day up to the moment: a contract without a row keeps the quote it had. */
static enum err play(struct chain_at *out, struct chain_cursor *cursor, struct chain_quote *quotes, int64_t at_ns)
{
    const struct chain_snapshot *snapshot;
    struct quote_rows rows;
    enum err err;
    out->ts_ns = TS_NONE;
    while (!(err = chain_cursor_next(cursor, &snapshot, &rows)) && snapshot) {
        if (at_ns != TS_NONE && snapshot->ts_ns > at_ns)
            break;
        for (uint32_t i = 0; i < rows.count; i++)
            take_row(&quotes[rows.contract[i]], &rows, i);
        out->ts_ns = snapshot->ts_ns;
        if (snapshot->underlying != PRICE_NONE)
            out->underlying_micros = snapshot->underlying;
    }
    if (!err && out->ts_ns == TS_NONE)
        err = err_set(ERR_NOT_FOUND, "the first quotes of %s on that day are later than the moment asked for", out->underlying);
    return err;
}

static bool same_slice(const struct contract *a, const struct contract *b)
{
    return a->expiry == b->expiry && strncmp(a->root, b->root, CONTRACT_ROOT_BYTES) == 0;
}

/* Contracts ascend by expiry, root, strike, right: a slice is a run of them. */
static enum err make_slice(struct chain_at *out, struct arena *arena, const struct contract *contracts,
                           const struct chain_quote *quotes, size_t count)
{
    struct chain_slice s = { .first = contracts[0], .forward = NAN, .discount = NAN, .atm_vol = NAN };
    int64_t *strikes = arena_array(arena, int64_t, count), settles = 0;
    s.quotes[0] = arena_array(arena, struct chain_quote, count);
    s.quotes[1] = arena_array(arena, struct chain_quote, count);
    for (size_t i = 0; i < count; i++) {
        int64_t strike = contract_strike_micros(&contracts[i]);
        if (!quotes[i].has)
            continue;
        if (!s.count || strikes[s.count - 1] != strike)
            strikes[s.count++] = strike;
        s.quotes[contracts[i].right == OPTION_PUT][s.count - 1] = quotes[i];
    }
    if (!s.count)
        return ERR_OK;
    s.strikes = strikes;
    enum err err = contract_settle_ts(&s.first, calendar_us(), &settles);
    s.days = (double)(settles - out->ts_ns) / 86400e9;
    if (!err)
        out->slices[out->slice_count++] = s;
    return err;
}

static double read_rate(const struct store *store, struct arena *arena, int32_t day)
{
    struct series series;
    if (series_read(&series, store, arena, "USD", SERIES_RATES))
        return 0;
    const struct series_row *row = series_at(&series, day);
    return row ? (double)row->value / 1e9 : 0;
}

enum err chain_at_read(struct chain_at *out, struct arena *arena, const struct store *store, const char *underlying,
                       int32_t day, int64_t at_ns)
{
    struct chain_cursor *cursor = NULL;
    *out = (struct chain_at){ .day = day, .underlying_micros = PRICE_NONE };
    strncpy(out->underlying, underlying, sizeof out->underlying - 1);
    enum err err = chain_cursor_open(&cursor, store, underlying, day);
    if (err)
        return err;
    const struct chain_day *d = chain_cursor_day(cursor);
    struct chain_quote *quotes = arena_array(arena, struct chain_quote, d->contract_count);
    err = play(out, cursor, quotes, at_ns);
    out->slices = arena_array(arena, struct chain_slice, d->contract_count);
    for (uint32_t i = 0, n; !err && i < d->contract_count; i += n) {
        for (n = 1; i + n < d->contract_count && same_slice(&d->contracts[i], &d->contracts[i + n]); n++)
            continue;
        err = make_slice(out, arena, &d->contracts[i], &quotes[i], n);
    }
    chain_cursor_close(cursor);
    if (!err)
        out->rate = read_rate(store, arena, day);
    return err;
}

/* ---- pricing -------------------------------------------------------------------------------- */

static double dollars(int64_t micros)
{
    return micros == PRICE_NONE ? NAN : money_to_dollars(micros);
}

static double mid(const struct chain_quote *q)
{
    return q->has && q->bid != PRICE_NONE && q->ask != PRICE_NONE && q->ask >= q->bid ? (dollars(q->bid) + dollars(q->ask)) / 2
                                                                                      : NAN;
}

static double *column(struct arena *arena, size_t count)
{
    double *out = arena_array(arena, double, count);
    for (size_t i = 0; i < count; i++)
        out[i] = NAN;
    return out;
}

static void imply_forward(const struct chain_at *chain, struct chain_slice *s, struct arena *arena, const double *strikes)
{
    double *sides[4];
    for (int i = 0; i < 4; i++)
        sides[i] = column(arena, s->count);
    for (size_t i = 0; i < s->count; i++) {
        for (int right = 0; right < 2; right++) {
            const struct chain_quote *q = &s->quotes[right][i];
            sides[2 * right][i] = q->has ? dollars(q->bid) : NAN;
            sides[2 * right + 1][i] = q->has ? dollars(q->ask) : NAN;
        }
    }
    struct forward_quotes quotes = { strikes, sides[0], sides[1], sides[2], sides[3] };
    struct forward_fit fit;
    double years = s->days / 365;
    s->forward_status = forward_of_expiry(&quotes, s->count, years, chain->rate, &fit);
    if (s->forward_status == PRICING_OK || s->forward_status == PRICING_INCONSISTENT) {
        s->forward = fit.forward;
        s->discount = fit.discount;
    } else if (chain->underlying_micros != PRICE_NONE) {
        s->discount = exp(-chain->rate * years);
        s->forward = dollars(chain->underlying_micros) / s->discount;
    }
}

static void price_side(const struct chain_at *chain, struct chain_slice *s, struct arena *arena, const double *strikes, int right)
{
    struct black76_expiry terms = { .forward = s->forward, .discount = s->discount, .years = s->days / 365 };
    double *prices = column(arena, s->count), *fair = column(arena, s->count), *rho = column(arena, s->count);
    int8_t *signs = arena_array(arena, int8_t, s->count);
    uint8_t *ignored = arena_array(arena, uint8_t, s->count);
    if (chain->underlying_micros != PRICE_NONE)
        terms.spot = dollars(chain->underlying_micros);
    for (size_t i = 0; i < s->count; i++) {
        prices[i] = mid(&s->quotes[right][i]);
        signs[i] = right ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
    }
    implied_vol_chain(&terms, s->count, strikes, signs, prices, s->vol[right], s->status[right]);
    struct pricing_greeks out = { fair, s->delta[right], s->gamma[right], s->vega[right], s->theta[right], rho, ignored };
    black76_chain(&terms, s->count, strikes, signs, s->vol[right], &out);
}

/* The mean of both rights' vols at the strike nearest the forward that has one. */
static double vol_at_the_money(const struct chain_slice *s, const double *strikes)
{
    double best = INFINITY, vol = NAN;
    for (size_t i = 0; i < s->count; i++) {
        double call = s->vol[0][i], put = s->vol[1][i], here = isnan(call) ? put : isnan(put) ? call : (call + put) / 2;
        double distance = fabs(strikes[i] - s->forward);
        if (!isnan(here) && distance < best) {
            best = distance;
            vol = here;
        }
    }
    return vol;
}

void chain_slice_price(const struct chain_at *chain, struct chain_slice *s, struct arena *arena)
{
    double *strikes = column(arena, s->count);
    for (size_t i = 0; i < s->count; i++)
        strikes[i] = dollars(s->strikes[i]);
    for (int right = 0; right < 2; right++) {
        double **columns[] = { &s->vol[right], &s->delta[right], &s->gamma[right], &s->vega[right], &s->theta[right] };
        for (size_t k = 0; k < ARRAY_COUNT(columns); k++)
            *columns[k] = column(arena, s->count);
        s->status[right] = arena_array(arena, uint8_t, s->count);
        memset(s->status[right], s->days > 0 ? PRICING_TOO_FEW_QUOTES : PRICING_EXPIRED, s->count);
    }
    if (!(s->days > 0))
        return;
    imply_forward(chain, s, arena, strikes);
    for (int right = 0; right < 2 && !isnan(s->forward); right++)
        price_side(chain, s, arena, strikes, right);
    s->atm_vol = vol_at_the_money(s, strikes);
}
