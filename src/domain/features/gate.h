/*
 * What every feature here shares: the door that values come in by.
 *
 * A feature is a struct that the caller owns: x_init(), then x_update(ts, ...) with each thing that
 * became known, then x_value(). No feature can look ahead: it holds only what it was given, and
 * what is given carries the instant at which it was known (ts, nanoseconds of UTC since 1970),
 * which never goes back. A value that is late, not finite or impossible is refused: update()
 * answers false, counts it in gate.refused and leaves everything else as it was.
 *
 * A feature that is not known yet, or does not exist for this data, is NaN: during the warm-up,
 * for a range of zero, without quotes. There is never a guess in its place.
 *
 * Prices are dollars (or index points); vols per year, 0.20 is 20 %; sizes contracts or shares.
 * Memory is taken from an arena by init() alone, and only by features with a window. Values have
 * the same bits on every machine (pricing/portable.h, -ffp-contract=off).
 */
#ifndef DOMAIN_FEATURES_GATE_H
#define DOMAIN_FEATURES_GATE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* Sizes beyond these are errors of the source; within, sums and squares cannot overflow. */
#define FEATURE_PRICE_MAX 1e12
#define FEATURE_VALUE_MAX 1e100
/* Moments beyond the year 2116 are none: differences of two cannot overflow. */
#define FEATURE_TS_MAX (INT64_MAX / 2)

struct feature_gate {
    int64_t ts_ns;    /* of the last update taken; INT64_MIN before the first */
    uint64_t taken;   /* updates */
    uint64_t refused; /* late, or not usable */
};

static inline void feature_gate_init(struct feature_gate *gate)
{
    *gate = (struct feature_gate){ .ts_ns = INT64_MIN };
}

/* Whether an update may come in; counts it. usable: the caller's verdict on the values. */
static inline bool feature_gate_pass(struct feature_gate *gate, int64_t ts_ns, bool usable)
{
    if (!usable || ts_ns < gate->ts_ns || ts_ns < -FEATURE_TS_MAX || ts_ns > FEATURE_TS_MAX) {
        gate->refused++;
        return false;
    }
    gate->ts_ns = ts_ns;
    gate->taken++;
    return true;
}

/* Comparisons with NaN are false, so these refuse it. */
static inline bool feature_is_price(double price)
{
    return price > 1e-12 && price < FEATURE_PRICE_MAX;
}
static inline bool feature_is_value(double value)
{
    return fabs(value) < FEATURE_VALUE_MAX;
}

#endif
