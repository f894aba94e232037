/*
 * The forward (and the discount factor) of one expiry, implied by its calls and puts.
 *
 * Parity of European options says call - put = discount (forward - strike) at every strike. Take
 * the forward from here rather than from spot and a flat rate: with a wrong forward, calls and puts
 * of one strike show different vols by whole points. American pairs hold early-exercise premiums
 * and do not obey parity: for them the forward here is a first guess near the money.
 *
 * A pair is used when both options have a bid above 0 and an ask not below it. Pairs are weighted
 * by how tight their quotes are (1 / width^2, width = the sum of both spreads); a first answer is
 * the weighted median, which no minority of stale or wide quotes can move; pairs that contradict it
 * by more than their own quotes allow are dropped, and the rest is averaged.
 */
#ifndef DOMAIN_PRICING_FORWARD_H
#define DOMAIN_PRICING_FORWARD_H

#include "domain/pricing/pricing.h"

/* At most this many pairs are used: the tightest. */
enum { FORWARD_PAIRS_MAX = 256 };

/* One row per strike, in any order; dollars, NaN where there is no quote. */
struct forward_quotes {
    const double *strike;
    const double *call_bid;
    const double *call_ask;
    const double *put_bid;
    const double *put_ask;
};

struct forward_fit {
    double forward;  /* dollars; NaN unless the status is PRICING_OK or PRICING_INCONSISTENT */
    double discount; /* as given, or implied */
    double discount_error; /* standard error of an implied discount; 0 when it was given */
    double residual;       /* median distance of the used pairs' own forwards, dollars */
    double residual_max;   /* the largest distance among the used pairs */
    uint32_t pairs_seen;   /* pairs with usable quotes on all four sides */
    uint32_t pairs_used;   /* of these, the ones in the answer */
};

/*
 * The forward, with the discount factor given (> 0, exp(-rate years)). One pair is enough.
 * Returns
 *   PRICING_TOO_FEW_QUOTES  no usable pair
 *   PRICING_INCONSISTENT    less than half of the weight agrees with the answer: treat as a guess
 *   PRICING_BAD_INPUT       discount not finite and above 0
 */
uint8_t forward_imply(const struct forward_quotes *quotes, size_t count, double discount,
                      struct forward_fit *fit);

/*
 * Forward and discount factor together, from a weighted straight line through call - put against
 * strike. Needs at least 8 pairs, and a standard error of the discount below error_max (0.0005 is
 * 5 basis points of price, 0.6 % of rate at one month): otherwise PRICING_NO_INFORMATION, with the
 * discount and its error filled in for the caller to judge. Use it for expiries months away with
 * many strikes; take a rate for the others.
 */
uint8_t forward_imply_discount(const struct forward_quotes *quotes, size_t count, double error_max,
                               struct forward_fit *fit);

/*
 * What most callers want: the discount from the strikes where they tell it, else from rate (per
 * year, continuously compounded, finite). They tell it when the standard error of the implied rate
 * is below 5 basis points a year and the implied rate within 5 points of the given one: on SPX from
 * about a month on. fit->discount_error above 0 shows that it was implied. years > 0; statuses as
 * forward_imply().
 */
uint8_t forward_of_expiry(const struct forward_quotes *quotes, size_t count, double years,
                          double rate, struct forward_fit *fit);

#endif
