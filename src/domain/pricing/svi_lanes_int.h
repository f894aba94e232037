/*
 * What svi_solve.c asks of the vectors: the normal equations of all quotes at one slice.
 */
#ifndef DOMAIN_PRICING_SVI_LANES_INT_H
#define DOMAIN_PRICING_SVI_LANES_INT_H

#include "domain/pricing/lanes.h"

enum { SVI_SUMS = 21 }; /* 15 of the lower triangle by rows, 5 of the slope, the cost */

struct svi_job {
    size_t count; /* a multiple of LANES_ROWS; padding has weight 0 */
    const double *k, *w, *weight;
    double a, half_up, half_down, m, sigma;
    double sums[SVI_SUMS];
};

LANES_DECLARE(void, svi_sums, struct svi_job *job);

#endif
