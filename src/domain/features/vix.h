/*
 * A volatility index from the options of one expiry, as Cboe computes VIX; and the regime of one.
 *
 *   sigma^2 = 2 / T sum dK / K^2 e^(rT) Q(K) - 1 / T (F / K0 - 1)^2
 *
 * F = K + e^(rT) (call - put) at the strike where |call - put| of the mids is smallest, K0 the
 * highest strike at or below F, Q the mid of puts below K0, of calls above, of both at K0. Going
 * outward, an option with no bid is left out, and two of them in a row end the strip. dK is half
 * the distance between the neighbours used, at the ends the whole. Indices of a constant maturity
 * interpolate the total variance of the two expiries around it, in minutes. Source: Cboe, The CBOE
 * Volatility Index - VIX (white paper, 2009 and later editions).
 */
#ifndef DOMAIN_FEATURES_VIX_H
#define DOMAIN_FEATURES_VIX_H

#include "domain/features/gate.h"
#include "domain/pricing/forward.h"

#define VIX_MINUTES_PER_YEAR 525600.0
#define VIX_MINUTES_30_DAYS 43200.0

enum vix_status {
    VIX_OK,
    VIX_NO_FORWARD,  /* no strike has a call and a put with a quote */
    VIX_FEW_STRIKES, /* fewer than two options on a side of K0 */
    VIX_BAD_INPUT,   /* minutes or rate out of range, strikes not ascending */
};

struct vix_strip {
    double forward, k0;
    double variance;      /* sigma^2 per year; 100 sqrt of it is the index of this expiry */
    uint32_t puts, calls; /* used below and above K0 */
    uint32_t options;     /* puts + calls + 1: K0 counts once */
    enum vix_status status;
};

/*
 * quotes: one row per strike, strictly ascending; a bid or ask that is NaN is no quote, and a bid
 * of zero counts as no bid. minutes >= 1e-9 to settlement; rate per year, continuous. Everything
 * is NaN unless the status is VIX_OK.
 */
enum vix_status vix_variance(const struct forward_quotes *quotes, size_t count, double minutes,
                             double rate, struct vix_strip *strip);

/* 100 x the vol at target_minutes from two expiries, near < next. NaN when a variance is not there
 * or the interpolated one is not positive. Cboe extrapolates too when both lie beyond; so does
 * this. */
double vix_interpolate(double near_minutes, double near_variance, double next_minutes,
                       double next_variance, double target_minutes);

/*
 * The regime of a vol index: calm below 13, normal below 18, elevated below 25, stressed below 35,
 * then crisis. Our convention, there is no official one. A regime is left only when two closes in
 * a row lie on the same side outside it by more than `margin` points; then the latest close says
 * which comes next.
 */
enum { VIX_REGIMES = 5 };
enum vix_regime {
    VIX_CALM,
    VIX_NORMAL,
    VIX_ELEVATED,
    VIX_STRESSED,
    VIX_CRISIS,
    VIX_REGIME_UNKNOWN
};

struct vix_regime_state {
    struct feature_gate gate;
    double bounds[VIX_REGIMES - 1]; /* ascending */
    double margin;
    enum vix_regime regime;
    int outside;  /* closes in a row above (+) or below (-) it */
    uint32_t age; /* closes since the regime began */
};

/* NULL bounds: 13, 18, 25, 35. margin in points, 1 is ours. */
void vix_regime_init(struct vix_regime_state *state, const double bounds[VIX_REGIMES - 1],
                     double margin);
bool vix_regime_update(struct vix_regime_state *state, int64_t ts_ns, double close);
enum vix_regime vix_regime_value(const struct vix_regime_state *state);
/* Without memory: the band that a level lies in. */
enum vix_regime vix_regime_of(const struct vix_regime_state *state, double level);
const char *vix_regime_name(enum vix_regime regime);

#endif
