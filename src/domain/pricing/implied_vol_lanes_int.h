/*
 * What implied_vol.c asks of the vectors: blocks of rows, every column padded.
 */
#ifndef DOMAIN_PRICING_IMPLIED_VOL_LANES_INT_H
#define DOMAIN_PRICING_IMPLIED_VOL_LANES_INT_H

#include <stdbool.h>

#include "domain/pricing/lanes.h"

struct implied_vol_job {
    bool is_chain; /* forward, discount and root are shared; else columns */
    size_t count;  /* a multiple of LANES_ROWS */
    double shared_forward, shared_discount;
    double shared_root; /* sqrt of the variance clock */
    const double *forward, *discount, *years, *strike, *price;
    const int8_t *sign;
    double *sigma;
    uint8_t *odd; /* set to 1 where the row is not solved; zeroed by the caller */
};

/* Returns how many rows are odd: without a vol, or too far out for two quick steps. */
LANES_DECLARE(size_t, implied_vol_kernel, const struct implied_vol_job *job);

#endif
