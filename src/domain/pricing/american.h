/*
 * American options: exercise at any moment up to expiry.
 *
 * Without cash dividends the price is the European price plus the early-exercise premium, from the
 * integral equation of the exercise boundary (L. Andersen, M. Lake, D. Offengenden, High
 * performance American option pricing, J. Computational Finance 20, 2016), many options at once on
 * vectors. Where rates below 0 make two boundaries, or one against the other side, each is solved
 * by itself, a row at a time, some ms (L. Andersen, M. Lake, Fast American option pricing: the
 * double-boundary case, Wilmott, 2021).
 *
 * With cash dividends a row takes some ms too: expectations from ex-date to ex-date by quadrature,
 * and between ex-dates, where exercise may be due, a boundary in each interval (P. Goettsche, M.
 * Vellekoop, The early exercise premium for the American put under discrete dividends,
 * Mathematical Finance 21, 2011). AMERICAN_FAST takes finite differences there, with the European
 * value as control; so do, at any accuracy, options that may have two boundaries between ex-dates
 * (puts while yield < 0 or yield < rate <= 0; calls while rate < 0 and yield < 0), and the few
 * whose boundary does not settle.
 *
 * Cash dividends follow the spot model: lognormal between ex-dates; on each the spot falls by the
 * smaller of the dividend and itself. Whoever exercises just before an ex-date gets the old spot.
 *
 * Accuracy, in dollars per 100 of the larger of spot and strike, against values of 12 digits: the
 * most and the rms on 1369 ordinary options (10 minutes to 3 years, vol 5 % to 70 %), and the most
 * on 276 corners (1 minute to 5 years, vol 1 % to 500 %, rates that nearly agree):
 *
 *   AMERICAN_FAST       2e-4 most, 1e-5 rms, 5e-3 corners; delta 2e-5, corners 2e-4
 *   AMERICAN_STANDARD   1e-5 most, 7e-7 rms, 8e-5 corners; delta 5e-7, corners 2e-4
 *   AMERICAN_HIGH       2e-7 most, 7e-9 rms, 3e-7 corners; delta 3e-8, corners 4e-7
 *   quadrature          4e-10 of a dollar on 103 values of 9 to 18 digits: no exercise in between
 *   row by row          boundaries between ex-dates, two boundaries: 3e-6 most, mostly 1e-8; 1e-4
 *                       where a boundary has hardly begun on an ex-date; delta 3e-5
 *   finite differences  1e-3 or so, 1e-2 for total vols near 1
 *
 * Greeks: delta and gamma come with the price, next to the boundary too; vega and rho are the
 * European ones and central differences of the premium (vol +- 0.1 % of itself, rate +- 1 basis
 * point) and cost four more premiums: pass NULL when not wanted. Theta follows from the pricing
 * equation, so it is the decay of the next instant. An option that is to be exercised now has price
 * = payoff, delta = sign, and gamma, vega, theta, rho truly 0.
 *
 * Statuses are those of european.h, and PRICING_NOT_CONVERGED.
 */
#ifndef DOMAIN_PRICING_AMERICAN_H
#define DOMAIN_PRICING_AMERICAN_H

#include "domain/pricing/european.h"
#include "domain/pricing/pricing.h"

enum { AMERICAN_DIVIDENDS_MAX = 64 };

enum american_accuracy { AMERICAN_STANDARD, AMERICAN_FAST, AMERICAN_HIGH };

/* What the options of one expiry share. */
struct american_expiry {
    double spot;           /* dollars, > 0 */
    double years;          /* to expiry, >= 0 */
    double variance_years; /* the clock of vol, as in struct black76_expiry; 0 means years */
    double rate;
    double yield; /* continuous, beside the cash dividends */
    enum american_accuracy accuracy;

    /* Cash dividends in ascending time; those not strictly between now and expiry are left out. */
    size_t dividend_count; /* <= AMERICAN_DIVIDENDS_MAX; 0 without any */
    const double *dividend_years;
    const double *dividend_dollars; /* >= 0 */
};

/*
 * One expiry: count options on strike[], sign[], sigma[]. Greeks are about the spot. An expiry that
 * is bad input makes every row so. Returns how many rows are not PRICING_OK.
 */
size_t american_chain(const struct american_expiry *expiry, size_t count, const double *strike,
                      const int8_t *sign, const double *sigma, const struct pricing_greeks *out);

/*
 * The same, and the boundary: the spot at or below which (put) or at or above which (call)
 * exercise is due now; of two the one next to the strike. NaN where there is none, or it is not
 * known (finite differences). boundary[count] may be NULL.
 */
size_t american_chain_boundary(const struct american_expiry *expiry, size_t count,
                               const double *strike, const int8_t *sign, const double *sigma,
                               const struct pricing_greeks *out, double *boundary);

/*
 * European options in the same model of cash dividends. PRICING_OUT_OF_RANGE beside the statuses of
 * european.h where the quadrature does not reach: total vol above 5 or, to a first dividend, below
 * 1e-5.
 */
size_t european_chain_with_dividends(const struct american_expiry *expiry, size_t count,
                                     const double *strike, const int8_t *sign, const double *sigma,
                                     const struct pricing_greeks *out);

/* Every term a column, no cash dividends. boundary[count] may be NULL. */
size_t american_columns(size_t count, const struct black_scholes_terms *terms,
                        enum american_accuracy accuracy, const struct pricing_greeks *out,
                        double *boundary);

/* At standard accuracy. */
size_t american(size_t count, const struct black_scholes_terms *terms,
                const struct pricing_greeks *out);

/*
 * The vol at which the American price is price[]: as good as the error of the accuracy chosen, over
 * vega (standard: 3e-6 at most on 1006 options whose price tells the vol). sigma[count] is written
 * for every row, NaN unless PRICING_OK; status may be NULL. Statuses beside those of implied_vol.h:
 *   PRICING_BELOW_INTRINSIC  below the payoff of exercise now, or of the best moment without vol
 *   PRICING_AT_INTRINSIC     equal to it: every vol up to some level gives this price
 *   PRICING_NO_INFORMATION   less than a millionth of max(spot, strike) above it where it is above
 *                            0, than 1e-8 of it else, or nothing that a total vol of 1e-5 lacks
 *   PRICING_ABOVE_MAX        at or above spot (call) or strike (put), or not reached at a total vol
 *                            of AMERICAN_TOTAL_VOL_MAX
 */
#define AMERICAN_TOTAL_VOL_MAX 10.0
size_t american_implied_vol_chain(const struct american_expiry *expiry, size_t count,
                                  const double *strike, const int8_t *sign, const double *price,
                                  double *sigma, uint8_t *status);

/* Every term a column, no cash dividends; terms->sigma is not used and may be NULL. */
size_t american_implied_vol(size_t count, const struct black_scholes_terms *terms,
                            enum american_accuracy accuracy, const double *price, double *sigma,
                            uint8_t *status);

#endif
