/*
 * European options: Black-76 on the forward and Black-Scholes-Merton on the spot.
 *
 * black76_chain() is what a desk uses: one expiry shares forward, discount and time, so a chain is
 * three columns (strike, sign, vol). Take forward and discount from forward.h. The general forms
 * black76() and black_scholes() take every term as a column.
 *
 * Sources: F. Black, The pricing of commodity contracts, J. Financial Economics 3 (1976);
 * R. Merton, Theory of rational option pricing, Bell J. (1973), section 7.
 * Accuracy: 2 rounding units of max(spot, strike) absolute, and a few units times (1 + |d1 d2|)
 * relative, for the smallest out-of-the-money price too. Tested against values in 60 digits.
 *
 * Statuses
 *   PRICING_EXPIRED        years is 0: price is the payoff, delta its slope (half at the strike)
 *   PRICING_NO_VOLATILITY  sigma is 0 (or too small to count): price is the discounted payoff of
 * the forward, delta its slope, the other Greeks NaN PRICING_BAD_INPUT      forward, spot, strike
 * or discount not finite and above 0; years or sigma not finite or below 0; rate or yield not
 * finite; sign not +1 or -1 PRICING_OUT_OF_RANGE   a result overflows
 */
#ifndef DOMAIN_PRICING_EUROPEAN_H
#define DOMAIN_PRICING_EUROPEAN_H

#include "domain/pricing/pricing.h"

/*
 * What the options of one expiry share.
 *
 * Two clocks: `years` discounts and carries, `variance_years` is what vol is counted in (trading
 * time, weighted events). 0 there takes `years`. Theta lets variance time run at its average speed
 * variance_years / years.
 *
 * `spot` says what delta, gamma, theta and rho move. With spot set, the underlying is the spot,
 * which carries the forward with it: forward / spot and the yield stay fixed, so these are the
 * Black-Scholes-Merton Greeks with rate -ln(discount) / years and the yield that explains the
 * forward. With spot 0 the underlying is the forward itself (a future): theta and rho hold it
 * fixed.
 */
struct black76_expiry {
    double forward;        /* dollars, > 0 */
    double discount;       /* value today of 1 dollar at expiry, > 0 */
    double years;          /* to expiry, >= 0 */
    double variance_years; /* >= 0; 0 means the same as years */
    double spot;           /* dollars, > 0; 0 for Greeks about the forward */
};

/*
 * One expiry: count options on strike[], sign[], sigma[]. Returns how many are not PRICING_OK; an
 * expiry that is bad input makes every row so.
 */
size_t black76_chain(const struct black76_expiry *expiry, size_t count, const double *strike,
                     const int8_t *sign, const double *sigma, const struct pricing_greeks *out);

/* Black-76, every term a column. Greeks are about the forward. */
struct black76_terms {
    const double *forward;
    const double *strike;
    const double *discount;
    const double *years;
    const double *sigma;
    const int8_t *sign;
};
size_t black76(size_t count, const struct black76_terms *terms, const struct pricing_greeks *out);

/* Black-Scholes-Merton, every term a column. Greeks are about the spot, rate and yield fixed. */
struct black_scholes_terms {
    const double *spot;
    const double *strike;
    const double *years;
    const double *sigma;
    const double *rate;
    const double *yield;
    const int8_t *sign;
};
size_t black_scholes(size_t count, const struct black_scholes_terms *terms,
                     const struct pricing_greeks *out);

/*
 * All Greeks. Beside the first ones, per year, per 1.00 of vol, rate and yield, per dollar:
 *   phi         dV/dq                      charm  -d2V/dS dT    speed  d3V/dS3
 *   dual_delta  dV/dK                      color  -d3V/dS2 dT   zomma  d3V/dS2 dsigma
 *   vanna       d2V/dS dsigma              veta   -d2V/dsigma dT
 *   vomma       d2V/dsigma2
 * Phi is NaN where the Greeks are about the forward: there is no yield then.
 */
struct european_greeks {
    struct pricing_greeks first;
    double *phi;
    double *dual_delta;
    double *vanna;
    double *charm;
    double *vomma;
    double *speed;
    double *zomma;
    double *color;
    double *veta;
};
size_t black76_chain_all(const struct black76_expiry *expiry, size_t count, const double *strike,
                         const int8_t *sign, const double *sigma,
                         const struct european_greeks *out);

/*
 * variance_years: a column with the clock that vol is counted in, as in struct black76_expiry, so
 * that total variance is sigma^2 x variance_years; NULL takes years.
 */
size_t black_scholes_all(size_t count, const struct black_scholes_terms *terms,
                         const double *variance_years, const struct european_greeks *out);

#endif
