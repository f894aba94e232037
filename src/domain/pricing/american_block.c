#include "domain/pricing/american_int.h"

#include <math.h>

#include "domain/pricing/american_lanes_int.h"
#include "domain/pricing/portable_int.h"

/* Where the vectors may be used; all else goes the slow way, a row at a time. */
static const double total_vol_least = 1e-5, total_vol_most = 100.0, ratio_most = 1e100;

/*
 * A put without interest that gains by a negative yield has one boundary like any other (the lower
 * one of two lies at 0), but the method divides by the rate: it gets this one, which is worth
 * 1e-13 of the strike a year.
 */
static const double rate_least = 1e-13;

/* Steps of the slopes that are differences of the premium: relative for vol, absolute for rate. */
static const double vol_step = 1e-3, rate_step = 1e-4;

enum { VARIANTS = 5, ROWS_MAX = VARIANTS * AMERICAN_BLOCK };

/* The rows that have a premium, as puts of strike 1, with up to four neighbours for the slopes. */
struct early {
    size_t count; /* of all, a multiple of LANES_ROWS once padded */
    size_t row_count;
    size_t row[AMERICAN_BLOCK]; /* in the block */
    double
        steps[AMERICAN_BLOCK]; /* of the rate; below 0: two steps up, as there is nothing below */
    double spot[ROWS_MAX], years[ROWS_MAX], sigma[ROWS_MAX], rate[ROWS_MAX], yield[ROWS_MAX];
    double by_value[ROWS_MAX];
    double premium[ROWS_MAX], delta[ROWS_MAX], gamma[ROWS_MAX], log_boundary[ROWS_MAX];
};

enum route { ROUTE_DONE, ROUTE_EARLY, ROUTE_SLOW };

static enum route route_of(const struct american_block *b, size_t i)
{
    double total_vol = b->sigma[i] * sqrt(b->years[i]), ratio = b->spot[i] / b->strike[i];
    bool is_put = b->sign[i] < 0;
    double rate = is_put ? b->rate[i] : b->yield[i], yield = is_put ? b->yield[i] : b->rate[i];
    if (b->status[i] == PRICING_BAD_INPUT)
        return ROUTE_DONE;
    if (b->status[i] != PRICING_OK || !(total_vol >= total_vol_least))
        return ROUTE_SLOW;
    if (rate <= 0.0 && yield >= rate)
        return ROUTE_DONE; /* waiting costs nothing: never exercised early */
    if (rate == 0.0)
        rate = rate_least;
    bool is_moderate = total_vol <= total_vol_most && ratio < ratio_most &&
                       ratio > 1.0 / ratio_most && rate * b->years[i] <= AMERICAN_GROWTH_MAX &&
                       fabs(yield) * b->years[i] <= AMERICAN_GROWTH_MAX &&
                       rate > yield / ratio_most;
    return rate > 0.0 && is_moderate ? ROUTE_EARLY : ROUTE_SLOW;
}

static void add_early(struct early *e, const struct american_block *b, size_t i, double vol_change,
                      double rate_change)
{
    size_t k = e->count++;
    bool is_put = b->sign[i] < 0;
    double rate = is_put ? b->rate[i] : b->yield[i], yield = is_put ? b->yield[i] : b->rate[i];
    e->spot[k] = is_put ? b->spot[i] / b->strike[i] : b->strike[i] / b->spot[i];
    e->years[k] = b->years[i];
    e->sigma[k] = b->sigma[i] * (1.0 + vol_change);
    e->rate[k] = fmax(rate + (is_put ? rate_change : 0.0), rate_least);
    e->yield[k] = yield + (is_put ? 0.0 : rate_change);
    /* Neighbours use the same equation, or the difference would be that of the equations. */
    e->by_value[k] = b->sigma[i] < (rate - yield) * sqrt(b->years[i]);
}

static void add_neighbours(struct early *e, const struct american_block *b, unsigned want)
{
    for (size_t k = 0; k < e->row_count; k++) {
        size_t i = e->row[k];
        if (want & AMERICAN_WANT_VEGA) {
            add_early(e, b, i, vol_step, 0.0);
            add_early(e, b, i, -vol_step, 0.0);
        }
        if (want & AMERICAN_WANT_RHO) {
            bool is_put = b->sign[i] < 0, is_least = is_put && b->rate[i] == 0.0;
            double room = is_least ? -0.25 * b->yield[i] : is_put ? 0.5 * b->rate[i] : rate_step;
            double step = fmin(rate_step, room);
            e->steps[k] = is_least ? -step : step;
            add_early(e, b, i, 0.0, step);
            add_early(e, b, i, 0.0, is_least ? 2.0 * step : -step);
        }
    }
}

static void pad(struct early *e)
{
    while (e->count % LANES_ROWS) {
        size_t k = e->count++;
        e->spot[k] = e->spot[k - 1];
        e->years[k] = e->years[k - 1];
        e->sigma[k] = e->sigma[k - 1];
        e->rate[k] = e->rate[k - 1];
        e->yield[k] = e->yield[k - 1];
        e->by_value[k] = e->by_value[k - 1];
    }
}

static void set_slow(struct american_block *b, size_t i, unsigned want)
{
    struct american_option o = { .spot = b->spot[i],
                                 .strike = b->strike[i],
                                 .years = b->years[i],
                                 .sigma = b->sigma[i],
                                 .rate = b->rate[i],
                                 .yield = b->yield[i],
                                 .sign = b->sign[i] };
    struct american_value value;
    b->status[i] = american_price_one(&o, &value);
    b->price[i] = value.price;
    b->delta[i] = value.delta;
    b->gamma[i] = value.gamma;
    b->is_exercised[i] = value.is_exercised;
    b->boundary[i] = value.boundary;
    b->vega[i] = b->theta[i] = b->rho[i] = b->premium[i] = NAN;
    if (b->status[i] != PRICING_OK)
        return;
    if (want & (AMERICAN_WANT_VEGA | AMERICAN_WANT_RHO))
        american_slopes_one(&o, &value, &b->vega[i], &b->theta[i], &b->rho[i]);
    else
        b->theta[i] = american_theta(&o, &value);
}

static void set_exercised(struct american_block *b, size_t i)
{
    b->premium[i] += b->sign[i] * (b->spot[i] - b->strike[i]) - b->price[i];
    b->price[i] = b->sign[i] * (b->spot[i] - b->strike[i]);
    b->delta[i] = b->sign[i];
    b->gamma[i] = b->vega[i] = b->rho[i] = b->theta[i] = 0.0;
    b->is_exercised[i] = true;
}

/* Row k of the early ones: back from the put of strike 1. A call is spot x put(strike / spot). */
static bool set_early(struct american_block *b, const struct early *e, size_t k, size_t *neighbour,
                      unsigned want)
{
    size_t i = e->row[k];
    double spot = b->spot[i], strike = b->strike[i], premium = e->premium[k];
    double unit = b->sign[i] < 0 ? strike : spot, payoff = b->sign[i] * (spot - strike);
    double european = b->price[i];
    bool has_delta = want & (AMERICAN_WANT_GREEKS | AMERICAN_WANT_PREMIUM);
    double vega = 0.0, rho = 0.0;
    size_t up = *neighbour, down = up + 1; /* in vol */
    double step = vol_step * b->sigma[i];
    if (want & AMERICAN_WANT_VEGA) {
        vega = unit * (e->premium[up] - e->premium[down]) / (2.0 * step);
        *neighbour += 2;
    }
    if (want & AMERICAN_WANT_RHO) {
        double first = e->premium[*neighbour], second = e->premium[*neighbour + 1],
               size = e->steps[k];
        rho = unit * (size > 0.0 ? first - second : 4.0 * first - second - 3.0 * premium) /
              (2.0 * fabs(size));
        *neighbour += 2;
    }
    if (!isfinite(premium + e->log_boundary[k] + vega + rho) ||
        (has_delta && !isfinite(e->delta[k] + e->gamma[k])))
        return false;
    b->boundary[i] =
        strike * portable_exp(b->sign[i] < 0 ? e->log_boundary[k] : -e->log_boundary[k]);
    /* Rounding and the last of the quadrature's error must not break the bounds. */
    b->premium[i] = fmax(fmax(unit * premium, payoff - european), 0.0);
    b->price[i] = european + b->premium[i];
    if (has_delta) {
        double ratio = strike / spot, delta = e->delta[k], gamma = e->gamma[k];
        b->premium_delta[i] = b->sign[i] < 0 ? delta : premium - ratio * delta;
        b->premium_gamma[i] = b->sign[i] < 0 ? gamma / strike : ratio * ratio * gamma / spot;
        b->delta[i] += b->premium_delta[i];
        b->gamma[i] += b->premium_gamma[i];
        double variance = b->sigma[i] * b->sigma[i] * spot * spot;
        b->theta[i] = b->rate[i] * b->price[i] - (b->rate[i] - b->yield[i]) * spot * b->delta[i] -
                      0.5 * variance * b->gamma[i];
    }
    if (want & AMERICAN_WANT_VEGA && want & AMERICAN_WANT_PREMIUM) {
        double ratio = strike / spot, vanna = (e->delta[up] - e->delta[down]) / (2.0 * step);
        b->premium_vanna[i] = b->sign[i] < 0 ? vanna : vega / unit - ratio * vanna;
        b->premium_vomma[i] =
            unit * (e->premium[up] - 2.0 * premium + e->premium[down]) / (step * step);
    }
    b->premium_vega[i] = vega;
    if (want & AMERICAN_WANT_VEGA)
        b->vega[i] += vega;
    b->rho[i] += rho;
    if (b->sign[i] < 0 ? spot <= b->boundary[i] : spot >= b->boundary[i])
        set_exercised(b, i);
    return true;
}

static void price_european(struct american_block *b, unsigned want)
{
    bool all = want & (AMERICAN_WANT_GREEKS | AMERICAN_WANT_RHO);
    struct pricing_greeks out = { .price = b->price, .status = b->status };
    if (want & (AMERICAN_WANT_VEGA | AMERICAN_WANT_VEGA_EUROPEAN))
        out.vega = b->vega;
    if (all) {
        out.delta = b->delta;
        out.gamma = b->gamma;
        out.theta = b->theta;
        out.rho = b->rho;
    }
    black_scholes(b->count,
                  &(struct black_scholes_terms){ b->spot, b->strike, b->years, b->sigma, b->rate,
                                                 b->yield, b->sign },
                  &out);
}

void american_block_price(struct american_block *b, const struct american_scheme *scheme,
                          unsigned want)
{
    struct early e;
    e.count = 0;
    price_european(b, want);
    for (size_t i = 0; i < b->count; i++) {
        b->premium[i] = b->premium_delta[i] = b->premium_gamma[i] = b->premium_vega[i] = 0.0;
        b->premium_vanna[i] = b->premium_vomma[i] = 0.0;
        b->boundary[i] = NAN;
        b->is_exercised[i] = false;
        enum route route = route_of(b, i);
        if (route == ROUTE_SLOW)
            set_slow(b, i, want);
        if (route != ROUTE_EARLY)
            continue;
        e.row[e.count] = i;
        add_early(&e, b, i, 0.0, 0.0);
    }
    e.row_count = e.count;
    if (e.row_count == 0)
        return;
    add_neighbours(&e, b, want);
    pad(&e);
    bool has_delta = want & (AMERICAN_WANT_GREEKS | AMERICAN_WANT_PREMIUM);
    struct american_job job = { .scheme = scheme,
                                .count = e.count,
                                .spot = e.spot,
                                .years = e.years,
                                .sigma = e.sigma,
                                .rate = e.rate,
                                .yield = e.yield,
                                .by_value = e.by_value,
                                .premium = e.premium,
                                .delta = has_delta ? e.delta : NULL,
                                .gamma = has_delta ? e.gamma : NULL,
                                .log_boundary = e.log_boundary };
    LANES_PICK(american_premiums)(&job);
    size_t neighbour = e.row_count;
    for (size_t k = 0; k < e.row_count; k++)
        if (!set_early(b, &e, k, &neighbour, want))
            set_slow(b, e.row[k], want);
}
