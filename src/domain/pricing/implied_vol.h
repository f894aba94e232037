/*
 * Implied volatility of European options: the vol at which Black-76 gives the price.
 *
 * Solved to the last digits the price holds: within 8 units of (1 + condition) x 2.2e-16 relative,
 * where condition is the relative error of the vol per relative error of the price. Tested against
 * solutions in 60 digits, prices down to 1e-290.
 *
 * Statuses (vol is NaN in all but PRICING_OK)
 *   PRICING_NO_PRICE         price is NaN
 *   PRICING_ZERO_PRICE       price is exactly 0
 *   PRICING_BELOW_INTRINSIC  price below discount x max(sign (forward - strike), 0), or negative
 *   PRICING_AT_INTRINSIC     price equal to it
 *   PRICING_ABOVE_MAX        price at or above discount x forward (call), discount x strike (put)
 *   PRICING_EXPIRED          no time is left
 *   PRICING_NO_INFORMATION   so far out or so near its maximum that no double vol fits
 *   PRICING_BAD_INPUT        as european.h, or an infinite price
 *
 * Method, written from the papers: fold to the out-of-the-money side (P. Jaeckel, Let's Be
 * Rational, Wilmott 2015), then third-order Householder steps on the logarithm of the price inside
 * a bracket that can only shrink. The log price is concave in the vol (J. Choi, J. Huh, N. Su,
 * arXiv:2302.08758), so steps cannot run away.
 */
#ifndef DOMAIN_PRICING_IMPLIED_VOL_H
#define DOMAIN_PRICING_IMPLIED_VOL_H

#include "domain/pricing/european.h"
#include "domain/pricing/pricing.h"

/*
 * One expiry: the vol of price[] for strike[] and sign[]. expiry->spot is not used; the vol is per
 * year of variance_years. sigma[count] and status[count] are written for every row, status may be
 * NULL. Returns how many are not PRICING_OK.
 */
size_t implied_vol_chain(const struct black76_expiry *expiry, size_t count, const double *strike,
                         const int8_t *sign, const double *price, double *sigma, uint8_t *status);

/* Every term a column; terms->sigma is not used and may be NULL. */
size_t implied_vol(size_t count, const struct black76_terms *terms, const double *price,
                   double *sigma, uint8_t *status);

/*
 * The normalised form: total vol s = sigma sqrt(T) at which an out-of-the-money option with
 * |ln(forward / strike)| = x >= 0 is worth beta = price / (discount sqrt(forward strike)).
 * 0 < beta < exp(-x / 2) has exactly one solution; otherwise PRICING_ZERO_PRICE, PRICING_ABOVE_MAX
 * or PRICING_BAD_INPUT, and *total_vol is NaN.
 */
uint8_t implied_total_vol(double x, double beta, double *total_vol);

#endif
