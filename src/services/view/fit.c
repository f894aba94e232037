#include <math.h>

#include "domain/pricing/european.h"
#include "services/view/view_int.h"

const double smile_deltas[SMILE_DELTAS] = { 0.90, 0.75, 0.50, 0.25, 0.10 };
const char *const smile_delta_names[SMILE_DELTAS] = { "put 10", "put 25", "50", "call 25",
                                                      "call 10" };

double slice_vol(const struct surface_slice *slice, double k)
{
    double w;
    struct svi_columns out = { .w = &w };
    return surface_smile(slice, 1, &k, &out) || !(w > 0) ? NAN : sqrt(w / slice->variance_years);
}

static double call_delta(const struct surface_slice *slice, double k)
{
    double strike = slice->forward * exp(k), sigma = slice_vol(slice, k), delta = NAN;
    int8_t sign = OPTION_SIGN_CALL;
    struct black76_expiry terms = { .forward = slice->forward,
                                    .discount = 1.0,
                                    .years = slice->variance_years };
    struct pricing_greeks out = { .delta = &delta };
    return black76_chain(&terms, 1, &strike, &sign, &sigma, &out) ? NAN : delta;
}

/* Along a smile without arbitrage the call's delta falls with the strike. */
static double k_of_delta(const struct surface_slice *slice, double delta)
{
    double sd = slice_vol(slice, 0.0) * sqrt(slice->variance_years);
    double low = -8 * sd, high = 8 * sd;
    if (!(call_delta(slice, low) > delta) || !(call_delta(slice, high) < delta))
        return NAN;
    for (int i = 0; i < 60; i++) {
        double at = 0.5 * (low + high);
        if (call_delta(slice, at) > delta)
            low = at;
        else
            high = at;
    }
    return 0.5 * (low + high);
}

void slice_vols(const struct surface_slice *slice, double vols[SMILE_DELTAS])
{
    for (int i = 0; i < SMILE_DELTAS; i++) {
        double k = k_of_delta(slice, smile_deltas[i]);
        vols[i] = isnan(k) ? NAN : slice_vol(slice, k);
    }
}

/* ---- fitting --------------------------------------------------------------------------------- */

/*
 * The fit reads European prices. What an American option's vol would make of a European one is
 * given in its place, so that both kinds go the same way.
 */
static void european_prices(const struct view_expiry *e, bool is_put, const double *strike,
                            const double *sigma, int8_t *sign, double *price)
{
    struct black76_expiry terms = { .forward = e->forward,
                                    .discount = e->discount,
                                    .years = e->years };
    struct pricing_greeks out = { .price = price };
    for (size_t i = 0; i < e->count; i++)
        sign[i] = is_put ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
    black76_chain(&terms, e->count, strike, sign, sigma, &out);
    for (size_t i = 0; i < e->count; i++)
        if (isnan(sigma[i]))
            price[i] = NAN;
}

static void fill_expiry(struct surface_expiry *out, const struct view_expiry *e,
                        struct arena *arena)
{
    size_t n = e->count;
    *out = (struct surface_expiry){ .years = e->years,
                                    .variance_years = e->years,
                                    .forward = e->forward,
                                    .discount = e->discount };
    double *strike = arena_array(arena, double, n), *sigma = arena_array(arena, double, n);
    double *price[4];
    int8_t *sign = arena_array(arena, int8_t, n);
    for (size_t i = 0; i < n; i++)
        strike[i] = e->strikes[i].strike_mills / 1000.0;
    for (int column = 0; column < 4; column++) {
        bool is_put = column >= 2, is_ask = column % 2;
        price[column] = arena_array(arena, double, n);
        for (size_t i = 0; i < n; i++) {
            const struct view_side *s = is_put ? &e->strikes[i].put : &e->strikes[i].call;
            sigma[i] = is_ask ? s->iv_ask : s->iv_bid;
        }
        european_prices(e, is_put, strike, sigma, sign, price[column]);
    }
    struct surface_chain chain = { n, strike, price[0], price[1], price[2], price[3] };
    struct surface_quote_columns columns = { arena_array(arena, double, n),
                                             arena_array(arena, double, n),
                                             arena_array(arena, double, n), NULL };
    surface_quotes(out, &chain, &columns);
    out->quotes =
        (struct svi_quotes){ .count = n, .k = columns.k, .w = columns.w, .weight = columns.weight };
}

struct view_fit *view_surface(const struct view *view, struct arena *arena)
{
    struct view_fit *fit = arena_new(arena, struct view_fit);
    struct surface_expiry *expiries = arena_array(arena, struct surface_expiry, view->count);
    for (size_t i = 0; i < view->count && fit->count < SURFACE_EXPIRIES_MAX; i++) {
        const struct view_expiry *e = &view->expiries[i];
        if (isnan(e->forward) || isnan(e->discount))
            continue;
        bool repeats = fit->count && fit->expiry[fit->count - 1]->years >= e->years;
        if (repeats && fit->expiry[fit->count - 1]->count >= e->count)
            continue;
        size_t at = repeats ? fit->count - 1 : fit->count++;
        fit->expiry[at] = e;
        fill_expiry(&expiries[at], e, arena);
    }
    fit->status = fit->count ? surface_fit(expiries, fit->count, NULL, &fit->surface, fit->report)
                             : PRICING_TOO_FEW_QUOTES;
    /* Those that could not be used are not among the surface's slices. */
    size_t kept = 0;
    for (size_t i = 0; i < fit->count && !fit->status; i++)
        if (fit->report[i].status != PRICING_TOO_FEW_QUOTES) {
            fit->expiry[kept] = fit->expiry[i];
            fit->report[kept++] = fit->report[i];
        }
    fit->count = fit->status ? 0 : kept;
    return fit;
}
