/*
 * Re-marking American options at the speed of ticks: the early-exercise premium moves slowly, so it
 * is kept with its slopes, and a tick costs one European implied vol and one round of European
 * Greeks.
 *
 *     american_cache_fill()    the slow part: once a minute, or when a row turns stale
 *     american_cache_remark()  every tick: vols and Greeks of all rows from new prices and spot
 *
 * What it promises: while the spot is within AMERICAN_CACHE_SPOT_MOVE of where the cache was
 * filled, and the vol it finds within AMERICAN_CACHE_VOL_MOVE, the vol is within 5e-5 of a full
 * search where the price tells it (most seen in the tests: see american_cache_test.c). Rows for
 * which that does not hold come back PRICING_NO_INFORMATION with is_stale set: fill those again.
 *
 * Method: premium(S, sigma) is expanded to second order in both about where the cache was filled.
 * The European vol of price - premium is corrected for the vol's own part in the premium, then by a
 * Newton step with the Greeks that are computed anyway.
 */
#ifndef DOMAIN_PRICING_AMERICAN_CACHE_H
#define DOMAIN_PRICING_AMERICAN_CACHE_H

#include <stdbool.h>

#include "domain/pricing/american.h"

#define AMERICAN_CACHE_SPOT_MOVE 0.001
#define AMERICAN_CACHE_VOL_MOVE 0.02

/* Columns that the caller owns, one row for each option; `spot` is where they were filled. */
struct american_cache {
    double spot;
    double *sigma;   /* NaN in rows that hold nothing */
    double *premium; /* dollars over the European price */
    double *by_spot, *by_spot2, *by_sigma, *by_spot_sigma, *by_sigma2;
    double *share; /* of the American vega that is the premium's */
};

/*
 * Vols of price[] by a full search, and the premium with its slopes there. No cash dividends: with
 * those every row is PRICING_BAD_INPUT. status as american_implied_vol_chain(), may be NULL.
 * Returns how many rows hold nothing.
 */
size_t american_cache_fill(struct american_cache *cache, const struct american_expiry *expiry,
                           size_t count, const double *strike, const int8_t *sign,
                           const double *price, uint8_t *status);

/*
 * Vols of price[] at the spot of expiry, which otherwise is that of the fill (time may have passed
 * as little as a minute). sigma[count] is written for every row, NaN unless PRICING_OK; so are the
 * wanted columns of out: price is as given, theta from the pricing equation, rho is not offered and
 * must be NULL. is_stale may be NULL. Returns how many are not PRICING_OK.
 */
size_t american_cache_remark(const struct american_cache *cache,
                             const struct american_expiry *expiry, size_t count,
                             const double *strike, const int8_t *sign, const double *price,
                             double *sigma, const struct pricing_greeks *out, bool *is_stale);

#endif
