/*
 * Pin risk: how uncertain it is which shares an expiry leaves behind.
 *
 * Close to a strike nobody knows whether the option will be exercised: the price moves until the
 * holder's deadline at 17:30, after the close at which the position can still be changed. The
 * measure lets the price walk (lognormal, no drift) until then and counts the shares of each
 * outcome, of all lines together: a short call and the long call above it are uncertain as a
 * package. Cash-settled lines leave no shares and do not count.
 */
#ifndef DOMAIN_LIFE_PIN_H
#define DOMAIN_LIFE_PIN_H

#include "domain/life/expiry.h"

enum { PIN_LINES_MAX = 64 };

struct pin_risk {
    int64_t shares_now; /* of the outcome at this spot */
    double other;       /* probability that it comes out differently */
    double shares_mean, shares_sd;
    int64_t shares_low, shares_high; /* extremes among outcomes of at least PIN_OUTCOME_MIN */
    double dollars_sd;               /* shares_sd at this spot */
    double distance; /* of the nearest strike, in standard deviations; infinite: none */
};

#define PIN_OUTCOME_MIN 0.01

/*
 *   spot    dollars, > 0       sigma   per year, > 0: of the hours to come, not of the option
 *   years   to the deadline, ACT/365, > 0
 * Errors: ERR_RANGE when an input is not so, or there are more than PIN_LINES_MAX lines.
 */
NODISCARD enum err pin_measure(struct pin_risk *out, const struct expiring *lines, size_t count,
                               double spot, double sigma, double years);

#endif
