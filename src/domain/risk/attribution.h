/*
 * Where the profit came from: terms of one step, and what they leave unexplained.
 *
 *   dV = delta dS + gamma dS^2/2 + theta dt + vega ds + vanna dS ds + volga ds^2/2 + charm dS dt
 *        + rho dr + quote + residual
 * Greeks are those at the start of the step, each option with its own vol (Black-Scholes-Merton,
 * Haug, chapter 2). Terms and residual add up to the actual change; the residual is always shown.
 * Steps should be short: a 0DTE straddle over six hours leaves a sixth of its loss unexplained in
 * one step and nothing to speak of in 72. attribution_add() sums steps up.
 *
 * Within half an hour of expiry, or when asked, Greeks say little: then inputs are moved one at a
 * time, spot, time, vol, rate, in this order, each priced in full; delta is then the whole of the
 * spot's part, theta of time's, vega of vol's, rho of the rate's, and the residual is what the
 * order leaves: zero.
 *
 * quote: what marks changed by beyond what the model says of changed inputs. Dividends, fees,
 * financing, exercise and new trades are lines of their own, of the caller.
 */
#ifndef DOMAIN_RISK_ATTRIBUTION_H
#define DOMAIN_RISK_ATTRIBUTION_H

#include "base/attr.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct attribution {
    double delta, gamma, theta, vega, vanna, volga, charm, rho;
    double quote;
    double explained; /* sum of the above */
    double actual, residual;
};

struct attribution_leg {
    int8_t sign;     /* OPTION_SIGN_*; 0: the underlying */
    double strike;   /* dollars */
    double quantity; /* long > 0, multiplier counted in */
    double years;    /* to expiry at the start */
    double vol_from, vol_to;
    double mark_from, mark_to; /* a share; NaN: the model's own */
};

struct attribution_step {
    double spot_from, spot_to, rate_from, rate_to, yield, years; /* years that pass */
    bool by_moving; /* one input at a time for all legs */
};

/* Errors: ERR_RANGE naming the first leg that cannot be priced; *out is then all NaN. */
NODISCARD enum err attribution_of_step(const struct attribution_step *step, size_t leg_count,
                                       const struct attribution_leg *legs, struct attribution *out);
void attribution_add(struct attribution *sum, const struct attribution *step);
/* |residual| against the gross of the terms: 0.05 is the bar of a good day. 0 when nothing moved.
 */
double attribution_quality(const struct attribution *a);

#endif
