#include "domain/pricing/forward_american.h"

#include <stdlib.h>

#include "domain/pricing/european_int.h"
#include "domain/pricing/normal_int.h"
#include "domain/pricing/portable_int.h"

enum { PAIRS_MAX = FORWARD_AMERICAN_PAIRS_MAX };

struct pair {
    double strike, call, put; /* mids */
    double width;             /* both spreads */
    double weight;
    double vol; /* mean of both sides; NaN where there is none */
    double gap; /* dollars by which the market's call less put exceeds the model's */
};

struct pairs {
    struct pair at[PAIRS_MAX];
    size_t count;
};

static bool is_quoted(double bid, double ask)
{
    return is_positive(bid) && is_positive(ask) && ask >= bid;
}

static void collect(struct pairs *pairs, const struct forward_quotes *q, size_t count, double spot)
{
    pairs->count = 0;
    for (size_t i = 0; i < count; i++) {
        double strike = q->strike[i];
        if (!is_positive(strike) || !is_quoted(q->call_bid[i], q->call_ask[i]) ||
            !is_quoted(q->put_bid[i], q->put_ask[i]))
            continue;
        struct pair pair = { .strike = strike,
                             .call = 0.5 * q->call_bid[i] + 0.5 * q->call_ask[i],
                             .put = 0.5 * q->put_bid[i] + 0.5 * q->put_ask[i],
                             .width = (q->call_ask[i] - q->call_bid[i]) +
                                      (q->put_ask[i] - q->put_bid[i]) };
        /* Keep them by distance from the spot: insert, and let the farthest fall out. */
        size_t at = pairs->count;
        while (at > 0 && fabs(pairs->at[at - 1].strike - spot) > fabs(strike - spot))
            at--;
        if (at == PAIRS_MAX)
            continue;
        pairs->count += pairs->count < PAIRS_MAX;
        for (size_t j = pairs->count - 1; j > at; j--)
            pairs->at[j] = pairs->at[j - 1];
        pairs->at[at] = pair;
    }
}

/* The tightest quotes count most, but no pair is taken as tighter than half the median. */
static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void weigh(struct pairs *pairs, double spot)
{
    double width[PAIRS_MAX];
    for (size_t i = 0; i < pairs->count; i++)
        width[i] = pairs->at[i].width;
    qsort(width, pairs->count, sizeof width[0], compare);
    double floor = fmax(0.5 * width[pairs->count / 2], 1e-9 * spot);
    for (size_t i = 0; i < pairs->count; i++) {
        struct pair *pair = &pairs->at[i];
        pair->width = fmax(pair->width, floor);
        pair->weight = floor / pair->width * (floor / pair->width);
    }
}

/* Where half of the weight is reached; the weights of pairs without a value are 0. */
static double weighted_median(const struct pairs *pairs, const double *value, const double *weight)
{
    size_t order[PAIRS_MAX];
    double total = 0.0, sum = 0.0;
    for (size_t i = 0; i < pairs->count; i++) {
        size_t at = i;
        for (; at > 0 && value[order[at - 1]] > value[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
        total += weight[i];
    }
    for (size_t i = 0; i < pairs->count; i++) {
        sum += weight[order[i]];
        if (sum >= 0.5 * total)
            return value[order[i]];
    }
    return value[order[pairs->count - 1]];
}

static double forward_of(const struct american_expiry *e, double yield)
{
    double forward = e->spot * portable_exp((e->rate - yield) * e->years);
    for (size_t i = 0; i < e->dividend_count; i++) {
        double t = e->dividend_years[i];
        if (t > 0.0 && t < e->years)
            forward -= e->dividend_dollars[i] * portable_exp((e->rate - yield) * (e->years - t));
    }
    return forward;
}

/* How many dollars the forward loses per unit of yield, by a small step. */
static double forward_per_yield(const struct american_expiry *e, double yield)
{
    const double h = 1e-4;
    return (forward_of(e, yield - h) - forward_of(e, yield + h)) / (2.0 * h);
}

/* Vols and gap of every pair at this yield; returns how many have both vols. */
static size_t look(struct pairs *pairs, const struct american_expiry *expiry, double yield)
{
    struct american_expiry at = *expiry;
    double discount = portable_exp(-at.rate * at.years), forward = forward_of(expiry, yield);
    double time = at.variance_years > 0.0 ? at.variance_years : at.years;
    size_t found = 0;
    at.yield = yield;
    for (size_t i = 0; i < pairs->count; i++) {
        struct pair *pair = &pairs->at[i];
        const double strike[2] = { pair->strike, pair->strike },
                     price[2] = { pair->call, pair->put };
        static const int8_t sign[2] = { OPTION_SIGN_CALL, OPTION_SIGN_PUT };
        double vol[2];
        pair->vol = pair->gap = NAN;
        if (american_implied_vol_chain(&at, 2, strike, sign, price, vol, NULL) > 0 ||
            !(forward > 0.0))
            continue;
        double middle = 0.5 * (vol[0] + vol[1]), v = middle * sqrt(time);
        double d1 = log_ratio(forward, pair->strike) / v + 0.5 * v;
        double vega = discount * forward * normal_density(d1) * sqrt(time);
        pair->vol = middle;
        pair->gap = (vol[0] - vol[1]) * vega;
        found++;
    }
    return found;
}

static double median_gap(const struct pairs *pairs)
{
    double value[PAIRS_MAX], weight[PAIRS_MAX];
    for (size_t i = 0; i < pairs->count; i++) {
        bool has_vol = isfinite(pairs->at[i].gap);
        value[i] = has_vol ? pairs->at[i].gap : 0.0;
        weight[i] = has_vol ? pairs->at[i].weight : 0.0;
    }
    return weighted_median(pairs, value, weight);
}

/* Which pairs allow the answer, and how far apart they are; returns their share of the weight. */
static double measure(const struct pairs *pairs, double discount, struct forward_yield_fit *fit)
{
    double used = 0.0, total = 0.0, distance[PAIRS_MAX], vol[PAIRS_MAX];
    size_t count = 0;
    fit->pairs_seen = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        const struct pair *pair = &pairs->at[i];
        if (!isfinite(pair->gap))
            continue;
        fit->pairs_seen++;
        total += pair->weight;
        if (fabs(pair->gap) > 0.5 * pair->width)
            continue;
        used += pair->weight;
        distance[count] = fabs(pair->gap) / discount;
        vol[count++] = pair->vol;
    }
    fit->pairs_used = (uint32_t)count;
    if (count) {
        qsort(distance, count, sizeof distance[0], compare);
        qsort(vol, count, sizeof vol[0], compare);
        fit->residual = distance[count / 2];
        fit->vol = vol[count / 2];
    }
    return used / total;
}

uint8_t forward_imply_yield(const struct forward_quotes *quotes, size_t count,
                            const struct american_expiry *expiry, struct forward_yield_fit *fit)
{
    enum { ROUNDS_MAX = 12 };
    struct pairs pairs;
    struct forward_fit raw;
    *fit = (struct forward_yield_fit){ NAN, NAN, NAN, NAN, NAN, 0, 0, 0 };
    if (!is_positive(expiry->spot) || !is_positive(expiry->years) || !isfinite(expiry->rate) ||
        expiry->dividend_count > AMERICAN_DIVIDENDS_MAX)
        return PRICING_BAD_INPUT;
    double discount = portable_exp(-expiry->rate * expiry->years);
    collect(&pairs, quotes, count, expiry->spot);
    if (pairs.count == 0)
        return PRICING_TOO_FEW_QUOTES;
    weigh(&pairs, expiry->spot);
    uint8_t status = forward_imply(quotes, count, discount, &raw);
    if (!is_positive(raw.forward))
        return status;
    /* The yield that explains raw parity; then Newton on the gap in dollars. */
    double slope = forward_per_yield(expiry, 0.0);
    double yield = (forward_of(expiry, 0.0) - raw.forward) / slope;
    const double yield_max = 3.0;
    yield = fmin(fmax(yield, -yield_max), yield_max);
    while (fit->rounds++ < ROUNDS_MAX) {
        if (look(&pairs, expiry, yield) == 0)
            return PRICING_NO_INFORMATION;
        double step = -median_gap(&pairs) / (discount * forward_per_yield(expiry, yield));
        if (!isfinite(step))
            return PRICING_OUT_OF_RANGE;
        if (fabs(step) * slope <= 1e-6 * expiry->spot)
            break;
        yield = fmin(fmax(yield + step, -yield_max), yield_max);
    }
    fit->yield = yield;
    fit->forward = forward_of(expiry, yield);
    fit->premium = raw.forward - fit->forward;
    return measure(&pairs, discount, fit) >= 0.5 ? PRICING_OK : PRICING_INCONSISTENT;
}
