/*
 * What every pricing function shares: columns in, columns out, one status per element.
 *
 * Numbers here are double: prices, strikes and spots in dollars (or index points) per share; vol
 * per year, 0.20 is 20 %; rates and yields per year, continuously compounded, 0.05 is 5 %; time in
 * years. Which day count makes the years is the caller's choice: nothing here knows a calendar.
 *
 * `sign` is the right of the option: +1 call, -1 put (OPTION_SIGN_*), anything else is bad input.
 *
 * Every output column may be NULL when it is not wanted, except where a function says otherwise. A
 * row that is not PRICING_OK holds NaN in each number that does not exist, never a made-up zero.
 * Functions return how many rows are not PRICING_OK. They allocate nothing, hold no state, never
 * fail as a whole: bad rows say so in their status and leave their neighbours alone. Inputs and
 * outputs must not overlap.
 *
 * Start with european.h (prices and Greeks), implied_vol.h, american.h, forward.h, surface.h.
 */
#ifndef DOMAIN_PRICING_PRICING_H
#define DOMAIN_PRICING_PRICING_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum pricing_status {
#define PRICING_STATUS(name, text, meaning) name,
#include "domain/pricing/pricing_status.def"
#undef PRICING_STATUS
    PRICING_STATUS_COUNT
};

enum { OPTION_SIGN_PUT = -1, OPTION_SIGN_CALL = 1 };

/* "at_intrinsic", and what it means in a few words; "unknown" for a number that is no status. */
const char *pricing_status_name(uint8_t status);
const char *pricing_status_meaning(uint8_t status);

/*
 * Prices and first-order Greeks, written for every row. Per share of one option held long:
 *   price   dollars
 *   delta   dollars per dollar of the underlying
 *   gamma   change of delta per dollar of the underlying
 *   vega    dollars per 1.00 of vol: divide by 100 for a vol point
 *   theta   dollars per year that passes, -dV/dT: divide by 365 for a calendar day
 *   rho     dollars per 1.00 of the rate: divide by 10,000 for a basis point
 * What "the underlying" is, and what stays fixed, is said by each function.
 */
struct pricing_greeks {
    double *price;
    double *delta;
    double *gamma;
    double *vega;
    double *theta;
    double *rho;
    uint8_t *status;
};

#endif
