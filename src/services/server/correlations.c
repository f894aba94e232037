#include "services/server/correlations.h"

#include <math.h>

#include "base/date.h"
#include "base/zone.h"
#include "domain/features/correlation.h"
#include "domain/pricing/portable.h"
#include "domain/types/money.h"

static const int64_t CLOSE_NS = 16 * 3600 * NANOS_PER_SECOND; /* of a day: it only orders them */

/* The factor of a holder's share since the row before: what happened after that day, up to this
 * one. */
static double holder_factor(const struct series *splits, const struct series *dividends,
                            int32_t after, int32_t until, double close)
{
    double factor = 1;
    for (size_t i = 0; i < dividends->count; i++) {
        const struct series_row *row = &dividends->rows[i];
        if (row->date > after && row->date <= until && row->value > 0)
            factor *= 1 + money_to_dollars(row->value) / close;
    }
    for (size_t i = 0; i < splits->count; i++) {
        const struct series_row *row = &splits->rows[i];
        if (row->date > after && row->date <= until && row->value > 0)
            factor *= (double)row->value / 1e6;
    }
    return factor;
}

struct price_series price_series_of_days(struct arena *arena, const struct series *bars,
                                         const struct series *splits,
                                         const struct series *dividends, int32_t before)
{
    int64_t *at = arena_array(arena, int64_t, bars->count);
    double *price = arena_array(arena, double, bars->count), shares = 1;
    struct price_series out = { .at_ns = at, .price = price };
    int32_t last = 0;
    for (size_t i = 0; i < bars->count && bars->rows[i].date < before; i++) {
        const struct series_row *row = &bars->rows[i];
        if (row->close == PRICE_NONE || row->close <= 0)
            continue;
        double close = money_to_dollars(row->close);
        if (out.count)
            shares *= holder_factor(splits, dividends, last, row->date, close);
        at[out.count] = zone_to_ts(ZONE_NEW_YORK, row->date, CLOSE_NS);
        price[out.count++] = shares * close;
        last = row->date;
    }
    return out;
}

/* The next moment that both know; false: there is none. */
static bool next_common(const struct price_series *x, const struct price_series *y, size_t *i,
                        size_t *k)
{
    while (*i < x->count && *k < y->count && x->at_ns[*i] != y->at_ns[*k])
        ++*(x->at_ns[*i] < y->at_ns[*k] ? i : k);
    return *i < x->count && *k < y->count;
}

struct returns {
    size_t count;
    int64_t *at_ns;
    double *x, *y;
};

/* Log returns between moments that both know, those over more than gap_ns left out. */
static struct returns returns_of(struct arena *arena, const struct price_series *x,
                                 const struct price_series *y, int64_t gap_ns)
{
    size_t most = x->count < y->count ? x->count : y->count, i = 0, k = 0, last_i = 0, last_k = 0;
    struct returns out = { 0, arena_array(arena, int64_t, most), arena_array(arena, double, most),
                           arena_array(arena, double, most) };
    for (bool is_first = true; next_common(x, y, &i, &k);
         is_first = false, last_i = i++, last_k = k++) {
        if (is_first || x->at_ns[i] - x->at_ns[last_i] > gap_ns)
            continue;
        out.at_ns[out.count] = x->at_ns[i];
        out.x[out.count] = portable_log(x->price[i] / x->price[last_i]);
        out.y[out.count++] = portable_log(y->price[k] / y->price[last_k]);
    }
    return out;
}

/* Of a correlation of exactly 1 in size, as of an underlying and its double, z is infinite: here it
 * is that of nearly 1. */
static double z_of(double r)
{
    static const double most = 1 - 1e-9; /* z = 10.7 */
    return fisher_z(isnan(r) ? r : fmax(-most, fmin(most, r)));
}

struct pair_reading pair_read_days(struct arena *arena, const struct price_series *x,
                                   const struct price_series *y, uint32_t n_recent,
                                   uint32_t n_before)
{
    struct returns r =
        returns_of(arena, x, y,
                   7 * NANOS_PER_DAY + 3600 * NANOS_PER_SECOND); /* clocks may have been changed */
    struct rolling_correlation recent, before;
    rolling_correlation_init(&recent, arena, n_recent);
    rolling_correlation_init(&before, arena, n_before);
    for (size_t i = 0; i < r.count; i++) {
        rolling_correlation_update(&recent, r.at_ns[i], r.x[i], r.y[i]);
        if (i + n_recent < r.count)
            rolling_correlation_update(&before, r.at_ns[i], r.x[i], r.y[i]);
    }
    double r1 = rolling_correlation_value(&before), r2 = rolling_correlation_value(&recent);
    double error = hypot(fisher_error(n_before), fisher_error(n_recent));
    return (struct pair_reading){ r.count, r2, r1, (z_of(r1) - z_of(r2)) / error };
}

/*
 * The standard error of the difference of two EWMA correlations, as Fisher's z.
 *
 * An EWMA about zero is a mean with weights w_k = (1 - l) l^k, and r's z has the spread of a mean
 * of independent values with those weights: sum w_k^2 = (1 - l) / (1 + l) = 1 / n effective. (The
 * -3 of n - 3 is for means that are taken out and for equal weights.) Fast and slow weigh the same
 * minutes, so their means go together:
 *     cov = sum wf_k ws_k = (1 - lf)(1 - ls) sum (lf ls)^k = (1 - lf)(1 - ls) / (1 - lf ls)
 *     var(slow - fast) = 1 / nf + 1 / ns - 2 cov
 * As if they were apart, the score's spread was 0.78; with this it is 1.00 to 1.02, simulated.
 */
static double minutes_error(void)
{
    double cov = (1 - PAIR_FAST) * (1 - PAIR_SLOW) / (1 - PAIR_FAST * PAIR_SLOW);
    return sqrt(1 / ewma_effective_count(PAIR_FAST) + 1 / ewma_effective_count(PAIR_SLOW) -
                2 * cov);
}

struct pair_reading pair_read_minutes(struct arena *arena, const struct price_series *x,
                                      const struct price_series *y)
{
    struct returns r = returns_of(arena, x, y, 60 * NANOS_PER_SECOND);
    struct ewma_pair fast, slow;
    ewma_pair_init(&fast, PAIR_FAST);
    ewma_pair_init(&slow, PAIR_SLOW);
    for (size_t i = 0; i < r.count; i++) {
        ewma_pair_update(&fast, r.at_ns[i], r.x[i], r.y[i]);
        ewma_pair_update(&slow, r.at_ns[i], r.x[i], r.y[i]);
    }
    double recent = ewma_pair_correlation(&fast), before = ewma_pair_correlation(&slow);
    return (struct pair_reading){ r.count, recent, before,
                                  (z_of(before) - z_of(recent)) / minutes_error() };
}
