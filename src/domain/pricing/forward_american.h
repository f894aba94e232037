/*
 * The carry of an underlying, from American options: the yield (dividends and borrow in one number,
 * beside known cash dividends) at which the call and the put of a strike have the same vol.
 *
 * For European options that is put-call parity, and forward.h finds it without a model. American
 * prices hold premiums for early exercise, larger in the put than in the call or the other way
 * round, and parity read off them is wrong by the difference: the vols of the American prices are
 * net of it. From the parity of the raw prices, each round takes the vols of both sides of the
 * strikes nearest the money, and moves the yield by the weighted median of what separates them.
 */
#ifndef DOMAIN_PRICING_FORWARD_AMERICAN_H
#define DOMAIN_PRICING_FORWARD_AMERICAN_H

#include "domain/pricing/american.h"
#include "domain/pricing/forward.h"

/* At most this many strikes are used: the nearest to the money with quotes on all four sides. */
enum { FORWARD_AMERICAN_PAIRS_MAX = 12 };

struct forward_yield_fit {
    double yield;        /* per year; NaN unless the status is PRICING_OK or PRICING_INCONSISTENT */
    double forward;      /* dollars, with that yield and the cash dividends */
    double vol;          /* median of the used strikes */
    double premium;      /* how far raw parity is off: dollars of forward */
    double residual;     /* median distance of the strikes' own forwards, dollars */
    uint32_t pairs_seen; /* strikes with vols on both sides */
    uint32_t pairs_used; /* of these, the ones whose spreads allow the answer */
    uint32_t rounds;
};

/*
 * expiry: spot, times, rate and cash dividends as american.h; its yield is not read.
 *   PRICING_TOO_FEW_QUOTES  no strike with four usable quotes
 *   PRICING_NO_INFORMATION  no strike whose prices tell a vol on both sides
 *   PRICING_INCONSISTENT    less than half of the weight agrees with the answer: treat as a guess
 *   PRICING_BAD_INPUT       an expiry that american.h refuses, or without time
 */
uint8_t forward_imply_yield(const struct forward_quotes *quotes, size_t count,
                            const struct american_expiry *expiry, struct forward_yield_fit *fit);

#endif
