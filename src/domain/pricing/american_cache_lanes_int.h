/*
 * The end of a re-mark on vectors: what american_cache.c hands to american_cache_lanes.c.
 */
#ifndef DOMAIN_PRICING_AMERICAN_CACHE_LANES_INT_H
#define DOMAIN_PRICING_AMERICAN_CACHE_LANES_INT_H

#include "domain/pricing/lanes.h"

/* LANES_ROWS rows or a multiple of them; price, delta, gamma, vega come in European at sigma. */
struct american_remark {
    size_t count;
    double move; /* of the spot since the cache was filled; NaN where it went too far */
    double spot, rate, yield;
    double variance_share; /* variance years by years */
    const double *kept, *premium, *by_spot, *by_spot2, *by_sigma, *by_spot_sigma, *by_sigma2;
    const double *quoted;                                 /* the option's price */
    double *sigma, *price, *delta, *gamma, *vega, *theta; /* out: American, NaN where stale */
    uint8_t *is_stale;                                    /* 0, 1 */
};

LANES_DECLARE(void, american_remark_kernel, const struct american_remark *r);

#endif
