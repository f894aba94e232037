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
 *
 * What a last step leaves is its size times what the slope is wrong by, and a slope taken between
 * two vols is wrong by about their distance: the product of the two says when to stop. A price that
 * early exercise adds nothing to has the European vol, and is done after one look.
 */
enum { STEPS_MAX = 120, BISECT = 12 };

/* Below it the spot is as good as certain. */
static const double total_vol_least = 1e-5;

/* Relative. Vols closer than this tell no slope but that of rounding; a first step smaller than
 * that is none. */
static const double chord_least = 1e-7, first_step_least = 4e-9, bracket_least = 1e-8;

/* The longest last step, and the most of its product with the chord: to find a start, and the end.
 */
struct tolerance {
    double step, product;
};
static const struct tolerance near_enough = { 2e-3, 1e-5 }, good_enough = { 1e-3, 3e-8 };

/* One search. All that a row needs between rounds, so that rows leave the block when they are done.
 */
struct search {
    size_t row;             /* of the caller's columns */
    double slope;           /* of the price to sigma, the last one known; 0 before */
    double chord;           /* how far apart, relative, the vols were that it was taken between */
    double lowest, highest; /* vols where the search ends */
    double target, sigma, error, last_sigma, last_error;
    double low, high, low_error, high_error;
    bool is_low_known, is_high_known; /* the price there was seen to be on its side of the target */
    bool is_european;                 /* early exercise adds nothing that could be seen */
};

struct searches {
    const struct american_block *rows;    /* what the rows are; their prices are not used */
    const struct american_expiry *expiry; /* with cash dividends; else NULL */
    const struct american_dividends *dividends;
    const struct american_scheme *scheme;
    bool is_fast; /* with cash dividends: by the fast method */
    struct tolerance enough;
    size_t count;
    struct search search[AMERICAN_BLOCK];
};

static struct american_option option_at(const struct searches *s, size_t row)
{
    const struct american_block *b = s->rows;
    struct american_option o = { .spot = b->spot[row],
                                 .strike = b->strike[row],
                                 .years = b->years[row],
                                 .rate = b->rate[row],
                                 .yield = b->yield[row],
                                 .sign = b->sign[row],
                                 .is_fast = s->is_fast };
    if (s->expiry) {
        o.dividend_count = s->dividends->count;
        o.dividend_years = s->dividends->years;
        o.dividend_dollars = s->dividends->dollars;
    }
    return o;
}

/*
 * An American option is worth at least the European one, so the European vol of the price, where
 * there is one, is an upper end.
 */
static void european_vols(const struct searches *s, const double *price, double *sigma)
{
    const struct american_block *b = s->rows;
    double forward[AMERICAN_BLOCK], discount[AMERICAN_BLOCK];
    for (size_t i = 0; i < b->count; i++) {
        double paid = 0.0, drift = b->rate[i] - b->yield[i];
        for (size_t k = 0; s->expiry && k < s->dividends->count; k++)
            paid += s->dividends->dollars[k] * portable_exp(-drift * s->dividends->years[k]);
        forward[i] = (b->spot[i] - paid) * portable_exp(drift * b->years[i]);
        discount[i] = portable_exp(-b->rate[i] * b->years[i]);
    }
    implied_vol(b->count,
                &(struct black76_terms){ forward, b->strike, discount, b->years, NULL, b->sign },
                price, sigma, NULL);
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
    double unit = fmax(o->spot, o->strike);
    if (price - least < (least > 0.0 ? 1e-6 : 1e-8) * unit)
        return PRICING_NO_INFORMATION;
    return PRICING_OK;
}

/* Prices at the searches' sigma, and the vega without early exercise. */
static void price_all(const struct searches *s, struct american_block *b)
{
    const struct american_block *in = s->rows;
    b->count = s->count;
    for (size_t k = 0; k < s->count; k++) {
        size_t row = s->search[k].row;
        b->spot[k] = in->spot[row];
        b->strike[k] = in->strike[row];
        b->years[k] = in->years[row];
        b->sigma[k] = s->search[k].sigma;
        b->rate[k] = in->rate[row];
        b->yield[k] = in->yield[row];
        b->sign[k] = in->sign[row];
    }
    if (!s->expiry) {
        american_block_price(b, s->scheme, AMERICAN_WANT_VEGA_EUROPEAN);
        return;
    }
    for (size_t k = 0; k < s->count; k++) {
        struct american_option o = option_at(s, s->search[k].row);
        struct american_value value;
        o.sigma = s->search[k].sigma;
        b->status[k] = american_price_one(&o, &value);
        b->price[k] = value.price;
        b->vega[k] = NAN;
    }
}

/* The slope to step by: between the last two vols, else what is known. 0 when nothing is. */
static void take_slope(struct search *at, int step, double vega)
{
    double chord = fabs(at->sigma - at->last_sigma) / at->sigma;
    if (step > 0 && chord > chord_least) {
        at->slope = (at->error - at->last_error) / (at->sigma - at->last_sigma);
        at->chord = chord;
    } else if (step == 0 && at->slope == 0.0 && vega > 0.0) {
        at->slope = vega;
        at->chord = 1.0;
    }
}

/* The next vol to try, strictly inside the bracket; a vol at its end when there is no better. */
static double next_sigma(const struct search *at, int step)
{
    double newton = at->sigma - at->error / at->slope;
    if (step == 0 && at->slope == 0.0) /* look near by for a slope */
        newton = at->sigma * (at->error > 0.0 ? 0.99 : 1.01);
    if (step < BISECT && newton > at->low && newton < at->high)
        return newton;
    if (!at->is_low_known && at->error > 0.0)
        return step < BISECT ? fmax(0.25 * at->sigma, at->lowest) : at->lowest;
    if (!at->is_high_known)
        return step < BISECT ? fmin(2.0 * at->sigma, at->highest) : at->highest;
    /* Where the price bends away from a slope, the two ends tell more; not always, so take turns.
     */
    if (at->is_low_known && step < BISECT && step % 2)
        return at->high - at->high_error * (at->high - at->low) / (at->high_error - at->low_error);
    /* Ends far apart are halved by their logarithms: with years of 1e-300 vols go to 1e150. */
    return at->high > 1024.0 * at->low ? sqrt(at->low) * sqrt(at->high)
                                       : 0.5 * (at->low + at->high);
}

/* The bracket is as narrow as a vol can matter (a price that jumps lets nothing else narrow it), or
 * the next vol is one of its ends. */
static bool is_closed(const struct search *at, double next)
{
    if (!at->is_low_known || !at->is_high_known)
        return at->is_high_known && at->high - at->low <= bracket_least * at->high;
    return at->high - at->low <= bracket_least * at->high ||
           fmin(next - at->low, at->high - next) <= 1e-12 * next;
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
    if (error > 0.0 && at->sigma <= at->lowest)
        return PRICING_NO_INFORMATION;
    if (error >= 0.0) {
        at->high = at->sigma;
        at->high_error = error;
        at->is_high_known = true;
    } else {
        if (at->sigma >= at->highest)
            return PRICING_ABOVE_MAX;
        at->low = at->sigma;
        at->low_error = error;
        at->is_low_known = true;
    }
    if (error == 0.0)
        return PRICING_OK;
    bool is_first = step == 0 && at->slope == 0.0;
    take_slope(at, step, vega);
    double next = next_sigma(at, step), moved = fabs(next - at->sigma) / next;
    at->last_sigma = at->sigma;
    at->last_error = at->error;
    at->sigma = next;
    at->is_european = is_first && at->slope > 0.0 && moved <= first_step_least;
    bool is_settled = at->is_european || (!is_first && moved <= s->enough.step &&
                                          moved * at->chord <= s->enough.product);
    if ((is_settled && step < BISECT) || (step > 0 && is_closed(at, next)))
        return PRICING_OK;
    return step < STEPS_MAX - 1 ? PRICING_STATUS_COUNT : PRICING_NOT_CONVERGED;
}

/* Runs the searches to their ends; found[] gets those that ended well, and how many is returned. */
static size_t search_all(struct searches *s, uint8_t *status, struct search *found)
{
    struct american_block b;
    size_t found_count = 0;
    for (int step = 0; s->count > 0; step++) {
        price_all(s, &b);
        size_t left = 0;
        for (size_t k = 0; k < s->count; k++) {
            struct search *at = &s->search[k];
            uint8_t end = advance(s, at, step, b.price[k], b.status[k], b.vega[k]);
            if (end == PRICING_STATUS_COUNT) {
                s->search[left++] = *at;
                continue;
            }
            if (end == PRICING_OK && !is_positive(at->sigma))
                end = PRICING_NO_INFORMATION;
            status[at->row] = end;
            if (end == PRICING_OK)
                found[found_count++] = *at;
        }
        s->count = left;
    }
    return found_count;
}

/* From the European vol, with an open bracket. */
static struct search search_from(const struct search *at, double start)
{
    bool is_good = start > at->lowest && start < at->highest;
    return (struct search){ .row = at->row,
                            .lowest = at->lowest,
                            .highest = at->highest,
                            .low = at->lowest,
                            .target = at->target,
                            .sigma = is_good ? start * (1.0 + 1e-9) : fmin(1.0, 0.5 * at->highest),
                            .high = INFINITY };
}

/* The rows of the block, whose status is PRICING_OK where the terms are good. */
static void solve_block(struct searches *s, const double *price,
                        const struct american_scheme *coarse, double *sigma, uint8_t *status)
{
    double european[AMERICAN_BLOCK];
    s->count = 0;
    for (size_t i = 0; i < s->rows->count; i++) {
        sigma[i] = NAN;
        struct american_option o = option_at(s, i);
        if (status[i] == PRICING_OK)
            status[i] = check_price(&o, price[i]);
        if (status[i] == PRICING_OK)
            s->search[s->count++] =
                (struct search){ .row = i,
                                 .lowest = total_vol_least / sqrt(o.years),
                                 .highest = AMERICAN_TOTAL_VOL_MAX / sqrt(o.years),
                                 .target = price[i] };
    }
    if (s->count == 0)
        return;
    european_vols(s, price, european);
    for (size_t k = 0; k < s->count; k++)
        s->search[k] = search_from(&s->search[k], european[s->search[k].row]);
    struct search found[AMERICAN_BLOCK];
    const struct american_scheme *asked = s->scheme;
    bool is_coarse_first = coarse != NULL;
    s->is_fast = true;
    if (is_coarse_first) {
        struct search all[AMERICAN_BLOCK];
        size_t all_count = s->count, k = 0;
        const struct search *by_row[AMERICAN_BLOCK] = { NULL };
        memcpy(all, s->search, all_count * sizeof *all);
        s->scheme = coarse;
        s->enough = near_enough;
        size_t found_count = search_all(s, status, found);
        for (k = 0; k < found_count; k++)
            by_row[found[k].row] = &found[k];
        /* Where the fast prices have no vol, nor have the others; where they failed, try those. */
        size_t left = 0;
        for (k = 0; k < all_count; k++) {
            const struct search *from = by_row[all[k].row];
            uint8_t end = status[all[k].row];
            if (!s->expiry && (end == PRICING_NO_INFORMATION || end == PRICING_ABOVE_MAX))
                continue;
            if (from && from->is_european) {
                sigma[from->row] = from->sigma;
                continue;
            }
            if (from) {
                all[k].sigma = from->sigma;
                all[k].slope = from->slope;
                /* Fast prices with dividends are too rough for one step to be the last. */
                all[k].chord = s->expiry ? 1.0 : from->chord;
            }
            all[left++] = all[k];
        }
        all_count = left;
        memcpy(s->search, all, all_count * sizeof *all);
        s->count = all_count;
    }
    s->scheme = asked;
    s->is_fast = !is_coarse_first;
    s->enough = good_enough;
    size_t found_count = search_all(s, status, found);
    for (size_t k = 0; k < found_count; k++)
        sigma[found[k].row] = found[k].sigma;
}

/* Both schemes of a search; the coarse one only where it helps. */
struct schemes {
    struct american_scheme asked, coarse;
    const struct american_scheme *first;
};

static void schemes_init(struct schemes *s, enum american_accuracy accuracy)
{
    american_scheme_init(&s->asked, accuracy);
    s->first = NULL;
    if (accuracy == AMERICAN_FAST)
        return;
    american_scheme_init(&s->coarse, AMERICAN_FAST);
    s->first = &s->coarse;
}

size_t american_implied_vol_chain(const struct american_expiry *expiry, size_t count,
                                  const double *strike, const int8_t *sign, const double *price,
                                  double *sigma, uint8_t *status)
{
    struct american_dividends dividends;
    struct schemes schemes;
    struct american_block rows;
    bool is_good = american_read_expiry(expiry, &dividends);
    struct searches s = { .rows = &rows,
                          .expiry = is_good && dividends.count > 0 ? expiry : NULL,
                          .dividends = &dividends,
                          .scheme = &schemes.asked };
    double clock = american_clock_factor(expiry);
    size_t bad = 0;
    schemes_init(&schemes, is_good ? expiry->accuracy : AMERICAN_FAST);
    for (size_t from = 0; from < count; from += rows.count) {
        uint8_t ends[AMERICAN_BLOCK];
        size_t left = count - from;
        american_block_fill(&rows, expiry, left < AMERICAN_BLOCK ? left : AMERICAN_BLOCK,
                            strike + from, sign + from, NULL);
        for (size_t i = 0; i < rows.count; i++) {
            struct american_option o;
            bool is_option = is_good && american_option_of(expiry, &dividends, strike[from + i],
                                                           sign[from + i], 0.0, &o);
            ends[i] = is_option ? PRICING_OK : PRICING_BAD_INPUT;
        }
        solve_block(&s, price + from, schemes.first, sigma + from, ends);
        for (size_t i = 0; i < rows.count; i++) {
            sigma[from + i] = ends[i] == PRICING_OK ? sigma[from + i] / clock : NAN;
            if (status)
                status[from + i] = ends[i];
            bad += ends[i] != PRICING_OK;
        }
    }
    return bad;
}

size_t american_implied_vol(size_t count, const struct black_scholes_terms *terms,
                            enum american_accuracy accuracy, const double *price, double *sigma,
                            uint8_t *status)
{
    struct schemes schemes;
    struct american_block rows;
    struct searches s = { .rows = &rows, .scheme = &schemes.asked };
    size_t bad = 0;
    schemes_init(&schemes, accuracy);
    for (size_t from = 0; from < count; from += rows.count) {
        uint8_t ends[AMERICAN_BLOCK];
        rows.count = count - from < AMERICAN_BLOCK ? count - from : AMERICAN_BLOCK;
        american_block_copy(&rows, terms, from);
        for (size_t i = 0; i < rows.count; i++) {
            struct american_dividends none;
            struct american_option o;
            struct american_expiry expiry = { .spot = rows.spot[i],
                                              .years = rows.years[i],
                                              .rate = rows.rate[i],
                                              .yield = rows.yield[i] };
            bool is_option =
                american_read_expiry(&expiry, &none) &&
                american_option_of(&expiry, &none, rows.strike[i], rows.sign[i], 0.0, &o);
            ends[i] = is_option ? PRICING_OK : PRICING_BAD_INPUT;
        }
        solve_block(&s, price + from, schemes.first, sigma + from, ends);
        for (size_t i = 0; i < rows.count; i++) {
            if (ends[i] != PRICING_OK)
                sigma[from + i] = NAN;
            if (status)
                status[from + i] = ends[i];
            bad += ends[i] != PRICING_OK;
        }
    }
    return bad;
}
