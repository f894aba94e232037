#include <math.h>
#include <string.h>

#include "domain/pricing/american_int.h"
#include "domain/pricing/american_lanes_int.h"
#include "domain/pricing/implied_vol.h"
#include "domain/pricing/portable_int.h"

/*
 * A secant search in a bracket that only shrinks; from BISECT on it halves the bracket instead.
 * Twice: to the vol of the fast prices, then, most often in one step with the slope known by then,
 * to that of the prices asked for.
 */
enum { STEPS_MAX = 120, BISECT = 14 };

/* One search. All that a row needs between rounds, so that rows leave the block when they are done.
 */
struct search {
    size_t row;   /* of the caller's columns */
    double slope; /* of the price to sigma, from a search before; 0 when not known */
    double target, low, high, sigma, error, last_sigma, last_error;
    bool is_high_known; /* the price at high was seen to be above the target */
};

struct searches {
    const struct american_expiry *expiry;
    const struct american_dividends *dividends;
    const struct american_scheme *scheme;
    double highest;      /* vol where the search ends */
    double close_enough; /* a last step that small, relative, leaves an error far below it */
    size_t count;
    struct search search[AMERICAN_BLOCK];
};

/*
 * An American option is worth at least the European one, so the European vol of the price, where
 * there is one, is an upper end.
 */
static void european_vols(const struct american_option *o, size_t count, const double *strike,
                          const int8_t *sign, const double *price, double *sigma)
{
    double growth = portable_exp((o->rate - o->yield) * o->years), paid = 0.0;
    for (size_t i = 0; i < o->dividend_count; i++)
        paid += o->dividend_dollars[i] * portable_exp(-(o->rate - o->yield) * o->dividend_years[i]);
    struct black76_expiry expiry = { .forward = (o->spot - paid) * growth,
                                     .discount = portable_exp(-o->rate * o->years),
                                     .years = o->years };
    implied_vol_chain(&expiry, count, strike, sign, price, sigma, NULL);
}

/* PRICING_OK where there is something to search for. */
static uint8_t check_price(const struct american_option *o, double price)
{
    double payoff = o->sign * (o->spot - o->strike), most = o->sign > 0 ? o->spot : o->strike;
    if (isnan(price))
        return PRICING_NO_PRICE;
    if (isinf(price))
        return PRICING_BAD_INPUT;
    if (o->years == 0.0)
        return PRICING_EXPIRED;
    double least = american_least_value(o, 0.0, o->spot);
    if (!isfinite(least))
        return PRICING_OUT_OF_RANGE;
    if (price < 0.0 || price < payoff)
        return PRICING_BELOW_INTRINSIC;
    if (price == 0.0)
        return least > 0.0 ? PRICING_BELOW_INTRINSIC : PRICING_ZERO_PRICE;
    if (price == payoff)
        return PRICING_AT_INTRINSIC;
    if (price < least)
        return PRICING_BELOW_INTRINSIC;
    if (price >= most && o->rate >= 0.0 && o->yield >= 0.0)
        return PRICING_ABOVE_MAX;
    if (least > 0.0 && price - least < 1e-6 * fmax(o->spot, o->strike))
        return PRICING_NO_INFORMATION;
    return PRICING_OK;
}

/* Prices at the searches' sigma, and the vega without early exercise. */
static void price_all(const struct searches *s, const double *strike, const int8_t *sign,
                      struct american_block *b)
{
    double at[AMERICAN_BLOCK], sigma[AMERICAN_BLOCK];
    int8_t which[AMERICAN_BLOCK];
    for (size_t k = 0; k < s->count; k++) {
        at[k] = strike[s->search[k].row];
        which[k] = sign[s->search[k].row];
        sigma[k] = s->search[k].sigma;
    }
    american_block_fill(b, s->expiry, s->count, at, which, NULL);
    for (size_t k = 0; k < s->count; k++)
        b->sigma[k] = sigma[k];
    if (s->dividends->count == 0) {
        american_block_price(b, s->scheme, AMERICAN_WANT_VEGA_EUROPEAN);
        return;
    }
    for (size_t k = 0; k < s->count; k++) {
        struct american_option o;
        struct american_value value = { .price = NAN };
        b->status[k] = PRICING_BAD_INPUT;
        b->vega[k] = NAN;
        if (american_option_of(s->expiry, s->dividends, at[k], which[k], 0.0, &o)) {
            o.sigma = sigma[k];
            b->status[k] = american_price_one(&o, &value);
        }
        b->price[k] = value.price;
    }
}

/* The next vol to try, strictly inside the bracket; a vol at its end when there is no better. */
static double next_sigma(const struct searches *s, const struct search *at, int step, double vega)
{
    double newton = at->sigma - at->error / vega;
    if (step == 0 && at->slope > 0.0)
        newton = at->sigma - at->error / at->slope;
    else if (!(vega > 0.0)) /* not known: look near by for a slope */
        newton = at->sigma * (at->error > 0.0 ? 0.99 : 1.01);
    if (step > 0)
        newton =
            at->sigma - at->error * (at->sigma - at->last_sigma) / (at->error - at->last_error);
    if (step < BISECT && newton > at->low && newton < at->high)
        return newton;
    if (!at->is_high_known)
        return fmin(2.0 * at->sigma, s->highest);
    return 0.5 * (at->low + at->high);
}

/* One search after its price is known: PRICING_STATUS_COUNT to go on, else how it ended. */
static uint8_t advance(const struct searches *s, struct search *at, int step, double price,
                       uint8_t status, double vega)
{
    double error = price - at->target;
    if ((status != PRICING_OK && status != PRICING_NO_VOLATILITY) || !isfinite(error))
        return PRICING_OUT_OF_RANGE;
    if (step > 0 && at->sigma == at->last_sigma)
        return PRICING_OK;
    at->error = error;
    if (error >= 0.0) {
        at->high = at->sigma;
        at->is_high_known = true;
    } else {
        if (at->sigma >= s->highest)
            return PRICING_ABOVE_MAX;
        at->low = at->sigma;
    }
    if (error == 0.0)
        return PRICING_OK;
    double next = next_sigma(s, at, step, vega);
    double moved = fabs(next - at->sigma);
    at->last_sigma = at->sigma;
    at->last_error = at->error;
    at->sigma = next;
    bool has_slope = step > 0 || at->slope > 0.0;
    bool is_settled = has_slope && step < BISECT && moved <= s->close_enough * next;
    if (is_settled || (at->is_high_known && at->high - at->low <= 1e-11 * at->high))
        return PRICING_OK;
    return step < STEPS_MAX - 1 ? PRICING_STATUS_COUNT : PRICING_NOT_CONVERGED;
}

/* Runs the searches to their ends; found[] gets those that ended well, and how many is returned. */
static size_t search_all(struct searches *s, const double *strike, const int8_t *sign,
                         uint8_t *status, struct search *found)
{
    struct american_block b;
    size_t found_count = 0;
    for (int step = 0; s->count > 0; step++) {
        price_all(s, strike, sign, &b);
        size_t left = 0;
        for (size_t k = 0; k < s->count; k++) {
            struct search *at = &s->search[k];
            double before = at->last_sigma, error_before = at->last_error;
            uint8_t end = advance(s, at, step, b.price[k], b.status[k], b.vega[k]);
            if (end == PRICING_STATUS_COUNT) {
                s->search[left++] = *at;
                continue;
            }
            if (end == PRICING_OK && !is_positive(at->sigma))
                end = PRICING_NO_INFORMATION;
            status[at->row] = end;
            if (end != PRICING_OK)
                continue;
            if (step > 0)
                at->slope = (at->last_error - error_before) / (at->last_sigma - before);
            found[found_count++] = *at;
        }
        s->count = left;
    }
    return found_count;
}

/* The European vol, and an open bracket. */
static struct search search_from(const struct searches *s, const struct search *at, double start)
{
    bool is_good = start > 0.0 && start < s->highest;
    return (struct search){ .row = at->row,
                            .target = at->target,
                            .sigma = is_good ? start * (1.0 + 1e-9) : fmin(1.0, 0.5 * s->highest),
                            .high = INFINITY };
}

/* Rows of one block; all columns begin at its first. */
static void solve_block(struct searches *s, size_t count, const double *strike, const int8_t *sign,
                        const double *price, const struct american_scheme *coarse, double *sigma,
                        uint8_t *status)
{
    struct american_option o;
    double european[AMERICAN_BLOCK];
    s->count = 0;
    for (size_t i = 0; i < count; i++) {
        sigma[i] = NAN;
        status[i] = PRICING_BAD_INPUT;
        if (!american_option_of(s->expiry, s->dividends, strike[i], sign[i], 0.0, &o))
            continue;
        status[i] = check_price(&o, price[i]);
        if (status[i] == PRICING_OK)
            s->search[s->count++] = (struct search){ .row = i, .target = price[i] };
    }
    if (s->count == 0)
        return;
    european_vols(&o, count, strike, sign, price, european);
    s->highest = AMERICAN_TOTAL_VOL_MAX / sqrt(s->expiry->years);
    for (size_t k = 0; k < s->count; k++)
        s->search[k] = search_from(s, &s->search[k], european[s->search[k].row]);
    struct search found[AMERICAN_BLOCK];
    const struct american_scheme *asked = s->scheme;
    bool is_coarse_first = coarse && s->dividends->count == 0;
    if (is_coarse_first) {
        struct search all[AMERICAN_BLOCK];
        size_t all_count = s->count;
        memcpy(all, s->search, all_count * sizeof *all);
        s->scheme = coarse;
        s->close_enough = 1e-3;
        size_t found_count = search_all(s, strike, sign, status, found);
        /* Where the fast prices found none, the others look for themselves. */
        for (size_t k = 0; k < all_count; k++)
            for (size_t j = 0; j < found_count; j++)
                if (found[j].row == all[k].row) {
                    all[k].sigma = found[j].sigma;
                    all[k].slope = found[j].slope;
                }
        memcpy(s->search, all, all_count * sizeof *all);
        s->count = all_count;
    }
    s->scheme = asked;
    s->close_enough = is_coarse_first ? 1e-5 : 1e-7;
    size_t count_found = search_all(s, strike, sign, status, found);
    for (size_t k = 0; k < count_found; k++)
        sigma[found[k].row] = found[k].sigma;
}

size_t american_implied_vol_chain(const struct american_expiry *expiry, size_t count,
                                  const double *strike, const int8_t *sign, const double *price,
                                  double *sigma, uint8_t *status)
{
    struct american_dividends dividends;
    struct american_scheme scheme, coarse;
    const struct american_scheme *first = NULL;
    struct searches s = { .expiry = expiry, .dividends = &dividends, .scheme = &scheme };
    bool is_good = american_read_expiry(expiry, &dividends);
    double clock = american_clock_factor(expiry);
    size_t bad = 0;
    if (is_good)
        american_scheme_init(&scheme, expiry->accuracy);
    if (is_good && expiry->accuracy != AMERICAN_FAST) {
        american_scheme_init(&coarse, AMERICAN_FAST);
        first = &coarse;
    }
    for (size_t from = 0, rows; from < count; from += rows) {
        uint8_t ends[AMERICAN_BLOCK];
        rows = count - from < AMERICAN_BLOCK ? count - from : AMERICAN_BLOCK;
        if (is_good)
            solve_block(&s, rows, strike + from, sign + from, price + from, first, sigma + from,
                        ends);
        for (size_t i = 0; i < rows; i++) {
            if (!is_good)
                ends[i] = PRICING_BAD_INPUT;
            sigma[from + i] = ends[i] == PRICING_OK ? sigma[from + i] / clock : NAN;
            if (status)
                status[from + i] = ends[i];
            bad += ends[i] != PRICING_OK;
        }
    }
    return bad;
}
