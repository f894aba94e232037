/*
 * Probabilities that options imply: of ending somewhere, of touching a level, of a profit, and how
 * far the market expects to move.
 *
 * These are risk-neutral: prices of bets, not forecasts. Ending probabilities read the smile with
 * its skew (svi_slice() and surface_smile() give density and distribution point by point). Touching
 * depends on the path, of which a smile says nothing: it is that of a lognormal walk with the
 * variance given.
 */
#ifndef DOMAIN_PRICING_DENSITY_H
#define DOMAIN_PRICING_DENSITY_H

#include "domain/pricing/surface.h"

/*
 * Probability that a lognormal walk from spot to a horizon, whose mean there is forward and whose
 * total variance is w, touches the barrier on its way. A barrier at the spot is touched: 1.
 *     P = Phi((-h + u) / v) + exp(2 u h / v^2) Phi((-h - u) / v)
 * h = |ln(barrier / spot)|, v = sqrt(w), u the drift of the log towards the barrier:
 * +-(ln(forward / spot) - w / 2). By the reflection principle (Merton 1973; Rubinstein and Reiner
 * 1991). spot, barrier, forward > 0 and w > 0, or NaN and PRICING_BAD_INPUT; status may be NULL.
 */
struct touch_terms {
    const double *spot, *barrier, *forward, *w;
};
size_t density_touch(size_t count, const struct touch_terms *terms, double *probability,
                     uint8_t *status);

/* Legs of one expiry and underlying: quantity x max(sign (S - strike), 0), or x S for sign 0. */
struct payoff {
    size_t count; /* <= PAYOFF_LEGS_MAX */
    const double *strike;
    const int8_t *sign; /* OPTION_SIGN_*, 0 for the underlying itself */
    const double *quantity;
};
enum { PAYOFF_LEGS_MAX = 64, PAYOFF_BREAKS_MAX = 2 * PAYOFF_LEGS_MAX + 2 };

struct payoff_odds {
    double profit;      /* probability that payoff > cost */
    double expected;    /* of the payoff, dollars at expiry */
    double best, worst; /* of payoff - cost; infinite where it has no bound */
    uint32_t break_count;
    double breaks[PAYOFF_BREAKS_MAX]; /* where payoff = cost, rising */
};

/*
 * At expiry, against what was paid: cost in dollars at expiry (a premium over the discount;
 * negative for a credit). PRICING_BAD_INPUT for a slice without a valid base or forward, or bad
 * legs.
 */
uint8_t density_payoff(const struct surface_slice *slice, const struct payoff *payoff, double cost,
                       struct payoff_odds *odds);

/* How far until expiry, in dollars from the forward. */
struct expected_move {
    double deviation; /* forward x at-the-money total vol: the rule of thumb */
    double straddle;  /* E |S - forward|: the undiscounted price of the straddle there */
    double low, high; /* between them S ends with probability share, as often below as above */
};
uint8_t density_expected_move(const struct surface_slice *slice, double share,
                              struct expected_move *move);

#endif
