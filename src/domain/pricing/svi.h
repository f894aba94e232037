/*
 * One expiry's smile as five numbers: the raw SVI slice, its relatives, and its arbitrage.
 *
 *     w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2))
 *
 * w is the total variance (vol^2 x variance years), k = ln(strike / forward). No time is inside: a
 * slice is told its years only where a form is defined per year (jump-wings). A value type.
 *
 * A slice is valid when all five are finite, b >= 0, |rho| < 1, sigma > 0 and w > 0 everywhere.
 * Statuses: PRICING_BAD_INPUT for a slice that is not valid or a k that is not finite;
 * PRICING_ARBITRAGE from the two checks.
 *
 * Sources: J. Gatheral, A. Jacquier, Arbitrage-free SVI volatility surfaces, Quantitative Finance
 * 14 (2014), arXiv:1204.0646; C. Martini, A. Mingone, No arbitrage SVI, arXiv:2005.03340.
 * Fitting one to quotes: svi_fit.h. Several expiries: surface.h.
 */
#ifndef DOMAIN_PRICING_SVI_H
#define DOMAIN_PRICING_SVI_H

#include <stdbool.h>

#include "domain/pricing/pricing.h"

struct svi {
    double a, b, rho, m, sigma;
};

bool svi_is_valid(const struct svi *slice);

/*
 * What is read off a slice at k[]. Columns may be NULL.
 *   w, slope, curvature   total variance, dw/dk, d2w/dk2
 *   g                     Durrleman's function: below 0 the density is, which is butterfly
 * arbitrage density               risk-neutral density of ln(S / forward) at k; integrates to 1
 *   below                 risk-neutral probability of ending below k
 * Returns how many rows are not PRICING_OK.
 */
struct svi_columns {
    double *w, *slope, *curvature, *g, *density, *below;
    uint8_t *status;
};
size_t svi_slice(const struct svi *slice, size_t count, const double *k,
                 const struct svi_columns *out);

/* The k below which the risk-neutral probability is p[i], 0 < p < 1, of a slice free of butterfly
 * arbitrage. NaN and PRICING_BAD_INPUT otherwise; status may be NULL. */
size_t svi_quantile(const struct svi *slice, size_t count, const double *p, double *k,
                    uint8_t *status);

/*
 * Is the slice free of butterfly arbitrage at every k, not only where quotes are? PRICING_OK when
 * it is; PRICING_ARBITRAGE with a k where g < 0 in *where (may be NULL; infinite when only the
 * limit fails: a wing steeper than 2).
 *
 * Proven, not sampled: with k = m + sigma (t - 1/t) / 2 the square root goes away and g has the
 * sign of a polynomial of degree 10 in t, whose Bernstein coefficients bound it from below.
 */
uint8_t svi_butterfly(const struct svi *slice, double *where);

/*
 * Is far, the later expiry, at or above near at every k? PRICING_OK, or PRICING_ARBITRAGE with a k
 * where it is not. Proven the same way: a polynomial of degree 4.
 */
uint8_t svi_calendar(const struct svi *near, const struct svi *far, double *where);

/*
 * Jump-wings: what a trader reads off a smile, per year.
 *   v      at-the-money variance            psi    at-the-money skew: sqrt(years) dvol/dk
 *   p, c   slopes of the put and call wing  v_min  least variance
 * svi_from_jw() takes years > 0; PRICING_OUT_OF_RANGE where no slice or more than one has these
 * numbers (v = v_min with the least variance at the money), and *slice is then untouched.
 */
struct svi_jw {
    double v, psi, p, c, v_min;
};
uint8_t svi_to_jw(const struct svi *slice, double years, struct svi_jw *jw);
uint8_t svi_from_jw(const struct svi_jw *jw, double years, struct svi *slice);

/* Natural: w = delta + omega/2 (1 + zeta rho (k - mu) + sqrt((zeta (k - mu) + rho)^2 + 1 - rho^2))
 */
struct svi_natural {
    double delta, mu, rho, omega, zeta;
};
uint8_t svi_to_natural(const struct svi *slice, struct svi_natural *natural);
uint8_t svi_from_natural(const struct svi_natural *natural, struct svi *slice);

/*
 * An SSVI slice: w = theta/2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2)), phi = psi /
 * theta. theta is the at-the-money total variance. Free of butterfly arbitrage when psi (1 + |rho|)
 * < 4 and psi^2 (1 + |rho|) <= 4 theta (Gatheral-Jacquier, theorem 4.2); svi_from_ssvi() does not
 * ask.
 */
struct ssvi {
    double theta, rho, psi;
};
uint8_t svi_from_ssvi(const struct ssvi *ssvi, struct svi *slice);

/*
 * Two ways to make a slice free of butterfly arbitrage that keep its at-the-money variance, skew
 * and put wing (Gatheral-Jacquier, section 5.1); a free one is left as it is.
 *   svi_repair_closed  call wing and least variance of the SSVI slice with the same v, psi, p. It
 *                      may not exist (p + 2 psi <= 0) or not be free: PRICING_ARBITRAGE
 *   svi_repair_wing    the steepest call wing (least change of the slice) that leaves no arbitrage,
 *                      least variance kept; PRICING_ARBITRAGE when there is none
 * years only carries the units of the jump-wings: any > 0 gives the same slice.
 */
uint8_t svi_repair_closed(const struct svi *slice, double years, struct svi *repaired);
uint8_t svi_repair_wing(const struct svi *slice, double years, struct svi *repaired);

#endif
