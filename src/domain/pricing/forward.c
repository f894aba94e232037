#include "domain/pricing/forward.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "domain/pricing/european_int.h"
#include "domain/pricing/portable_int.h"

struct pair {
    double strike;
    double gap;   /* call mid - put mid */
    double width; /* both spreads: parity holds within half of it */
    double weight;
    double value; /* what is being sorted or averaged */
    bool is_used;
};

struct pairs {
    struct pair at[FORWARD_PAIRS_MAX];
    size_t count, seen;
};

static int compare_widths(const void *a, const void *b)
{
    double x = ((const struct pair *)a)->width, y = ((const struct pair *)b)->width;
    double s = ((const struct pair *)a)->strike, t = ((const struct pair *)b)->strike;
    return x != y ? (x > y) - (x < y) : (s > t) - (s < t);
}

static int compare_strikes(const void *a, const void *b)
{
    double s = ((const struct pair *)a)->strike, t = ((const struct pair *)b)->strike;
    return (s > t) - (s < t);
}

static int compare_values(const void *a, const void *b)
{
    double x = ((const struct pair *)a)->value, y = ((const struct pair *)b)->value;
    return x != y ? (x > y) - (x < y) : compare_strikes(a, b);
}

static bool is_quoted(double bid, double ask)
{
    return is_positive(bid) && is_positive(ask) && ask >= bid;
}

static void add_pair(struct pairs *pairs, const struct pair *pair)
{
    if (pairs->count < FORWARD_PAIRS_MAX) {
        pairs->at[pairs->count++] = *pair;
        return;
    }
    size_t widest = 0;
    for (size_t i = 1; i < pairs->count; i++)
        if (compare_widths(&pairs->at[i], &pairs->at[widest]) > 0)
            widest = i;
    if (compare_widths(pair, &pairs->at[widest]) < 0)
        pairs->at[widest] = *pair;
}

static void collect(struct pairs *pairs, const struct forward_quotes *q, size_t count)
{
    pairs->count = pairs->seen = 0;
    for (size_t i = 0; i < count; i++) {
        double strike = q->strike[i], cb = q->call_bid[i], ca = q->call_ask[i];
        double pb = q->put_bid[i], pa = q->put_ask[i];
        if (!is_positive(strike) || !is_quoted(cb, ca) || !is_quoted(pb, pa))
            continue;
        struct pair pair = { .strike = strike,
                             .gap = 0.5 * (cb - pa) + 0.5 * (ca - pb),
                             .width = (ca - cb) + (pa - pb) };
        if (!isfinite(pair.gap) || !isfinite(pair.width))
            continue;
        pairs->seen++;
        add_pair(pairs, &pair);
    }
    if (!pairs->count)
        return;
    /* One locked quote must not outweigh the rest: no pair is tighter than half the median. */
    qsort(pairs->at, pairs->count, sizeof pairs->at[0], compare_widths);
    double floor = fmax(0.5 * pairs->at[pairs->count / 2].width, 1e-9 * pairs->at[0].strike);
    floor = fmax(floor, DBL_MIN);
    for (size_t i = 0; i < pairs->count; i++) {
        struct pair *pair = &pairs->at[i];
        pair->width = fmax(pair->width, floor);
        /* Relative to the floor, so that the square of no width overflows. */
        pair->weight = floor / pair->width * (floor / pair->width);
    }
}

/* The value at which half of the weight is reached. Sorts the pairs by value. */
static double weighted_median(struct pair *pairs, size_t count)
{
    double total = 0.0, sum = 0.0;
    qsort(pairs, count, sizeof *pairs, compare_values);
    for (size_t i = 0; i < count; i++)
        total += pairs[i].weight;
    for (size_t i = 0; i < count; i++) {
        sum += pairs[i].weight;
        if (sum >= 0.5 * total)
            return pairs[i].value;
    }
    return pairs[count - 1].value;
}

/* Mark the pairs whose own quotes allow this forward; returns their share of the weight. */
static double mark_used(struct pairs *pairs, double forward, double discount)
{
    double used = 0.0, total = 0.0;
    for (size_t i = 0; i < pairs->count; i++) {
        struct pair *pair = &pairs->at[i];
        double error = pair->gap - discount * (forward - pair->strike);
        pair->is_used = fabs(error) <= 0.5 * pair->width;
        total += pair->weight;
        used += pair->is_used ? pair->weight : 0.0;
    }
    return used / total;
}

static void median_forward(struct pairs *pairs, double discount, struct forward_fit *fit)
{
    for (size_t i = 0; i < pairs->count; i++)
        pairs->at[i].value = pairs->at[i].strike + pairs->at[i].gap / discount;
    fit->forward = weighted_median(pairs->at, pairs->count);
}

static double mean_forward(const struct pairs *pairs, double discount)
{
    double sum = 0.0, weight = 0.0, origin = pairs->at[0].strike;
    for (size_t i = 0; i < pairs->count; i++) {
        const struct pair *pair = &pairs->at[i];
        if (pair->is_used) {
            sum += pair->weight * (pair->strike - origin + pair->gap / discount);
            weight += pair->weight;
        }
    }
    return origin + sum / weight;
}

/* Fill in how well the used pairs agree. */
static void measure(struct pairs *pairs, struct forward_fit *fit)
{
    struct pair used[FORWARD_PAIRS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        struct pair *pair = &pairs->at[i];
        if (!pair->is_used)
            continue;
        double distance = fabs(pair->strike + pair->gap / fit->discount - fit->forward);
        used[count] = *pair;
        used[count].value = distance;
        used[count++].weight = 1.0;
        fit->residual_max = fmax(fit->residual_max, distance);
    }
    fit->pairs_used = (uint32_t)count;
    fit->residual = weighted_median(used, count);
}

static uint8_t finish(struct pairs *pairs, struct forward_fit *fit)
{
    if (!is_positive(fit->forward) || !is_positive(fit->discount)) {
        fit->forward = NAN;
        return PRICING_OUT_OF_RANGE;
    }
    double share = mark_used(pairs, fit->forward, fit->discount);
    if (!(share >= 0.5)) {
        for (size_t i = 0; i < pairs->count; i++)
            pairs->at[i].is_used = true; /* to show how far they are apart */
        measure(pairs, fit);
        return PRICING_INCONSISTENT;
    }
    double mean = mean_forward(pairs, fit->discount);
    if (is_positive(mean))
        fit->forward = mean;
    measure(pairs, fit);
    return PRICING_OK;
}

uint8_t forward_imply(const struct forward_quotes *quotes, size_t count, double discount,
                      struct forward_fit *fit)
{
    struct pairs pairs;
    *fit = (struct forward_fit){ .forward = NAN, .discount = discount };
    if (!is_positive(discount))
        return PRICING_BAD_INPUT;
    collect(&pairs, quotes, count);
    fit->pairs_seen = (uint32_t)pairs.seen;
    if (!pairs.count)
        return PRICING_TOO_FEW_QUOTES;
    median_forward(&pairs, discount, fit);
    return finish(&pairs, fit);
}

/*
 * A first discount that bad quotes cannot move: the weighted median of the slopes between strikes
 * half the chain apart, so that each is over a long distance.
 */
static double median_discount(struct pairs *pairs)
{
    struct pair slopes[FORWARD_PAIRS_MAX];
    size_t half = pairs->count / 2, count = 0;
    qsort(pairs->at, pairs->count, sizeof pairs->at[0], compare_strikes);
    for (size_t i = 0; i + half < pairs->count; i++) {
        const struct pair *a = &pairs->at[i], *b = &pairs->at[i + half];
        if (!(b->strike > a->strike))
            continue;
        double reach = (b->strike - a->strike) / pairs->at[pairs->count - 1].strike;
        slopes[count] = *a;
        slopes[count].value = (a->gap - b->gap) / (b->strike - a->strike);
        slopes[count++].weight = reach * reach / (1.0 / a->weight + 1.0 / b->weight);
    }
    return count ? weighted_median(slopes, count) : NAN;
}

/* The weighted line through the used pairs. */
static void fit_line(const struct pairs *pairs, struct forward_fit *fit)
{
    double weight = 0.0, strike = 0.0, gap = 0.0, kk = 0.0, kg = 0.0, error = 0.0;
    size_t used = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        const struct pair *pair = &pairs->at[i];
        double w = pair->is_used ? pair->weight : 0.0;
        used += pair->is_used;
        weight += w;
        strike += w * pair->strike;
        gap += w * pair->gap;
    }
    strike /= weight;
    gap /= weight;
    for (size_t i = 0; i < pairs->count; i++) {
        const struct pair *pair = &pairs->at[i];
        double w = pair->is_used ? pair->weight : 0.0;
        kk += w * (pair->strike - strike) * (pair->strike - strike);
        kg += w * (pair->strike - strike) * (pair->gap - gap);
    }
    if (used < 3 || !(kk > 0.0))
        return;
    fit->discount = -kg / kk;
    fit->forward = strike + gap / fit->discount;
    for (size_t i = 0; i < pairs->count; i++) {
        const struct pair *pair = &pairs->at[i];
        double off = pair->gap - fit->discount * (fit->forward - pair->strike);
        error += pair->is_used ? pair->weight * off * off : 0.0;
    }
    fit->discount_error = sqrt(error / (double)(used - 2) / kk);
}

uint8_t forward_imply_discount(const struct forward_quotes *quotes, size_t count, double error_max,
                               struct forward_fit *fit)
{
    enum { PAIRS_MIN = 8, ROUNDS = 3 };
    struct pairs pairs;
    *fit = (struct forward_fit){ .forward = NAN, .discount = NAN, .discount_error = NAN };
    if (!is_positive(error_max))
        return PRICING_BAD_INPUT;
    collect(&pairs, quotes, count);
    fit->pairs_seen = (uint32_t)pairs.seen;
    if (pairs.count < PAIRS_MIN)
        return PRICING_TOO_FEW_QUOTES;
    fit->discount = median_discount(&pairs);
    if (!is_positive(fit->discount))
        return PRICING_INCONSISTENT;
    median_forward(&pairs, fit->discount, fit);
    for (int i = 0; i < ROUNDS; i++) {
        mark_used(&pairs, fit->forward, fit->discount);
        fit_line(&pairs, fit);
    }
    if (!(fit->discount_error <= error_max)) {
        fit->forward = NAN;
        return PRICING_NO_INFORMATION;
    }
    return finish(&pairs, fit);
}

uint8_t forward_of_expiry(const struct forward_quotes *quotes, size_t count, double years,
                          double rate, struct forward_fit *fit)
{
    static const double rate_error_max = 0.0005, rate_distance_max = 0.05;
    if (!is_positive(years) || !isfinite(rate)) {
        *fit = (struct forward_fit){ .forward = NAN, .discount = NAN };
        return PRICING_BAD_INPUT;
    }
    if (forward_imply_discount(quotes, count, rate_error_max * years, fit) == PRICING_OK &&
        fabs(-portable_log(fit->discount) / years - rate) <= rate_distance_max)
        return PRICING_OK;
    return forward_imply(quotes, count, portable_exp(-rate * years), fit);
}
