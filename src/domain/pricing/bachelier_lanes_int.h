/*
 * What bachelier.c asks of the vectors: LANES_ROWS rows, sane or not.
 */
#ifndef DOMAIN_PRICING_BACHELIER_LANES_INT_H
#define DOMAIN_PRICING_BACHELIER_LANES_INT_H

#include "domain/pricing/lanes.h"

struct bachelier_block {
    double forward[LANES_ROWS], strike[LANES_ROWS], discount[LANES_ROWS], years[LANES_ROWS];
    double sigma[LANES_ROWS];
    int8_t sign[LANES_ROWS];
    double out[6][LANES_ROWS]; /* price, delta, gamma, vega, theta, rho */
    uint8_t odd[LANES_ROWS];   /* 1: not covered, out holds some numbers */
};

LANES_DECLARE(void, bachelier_kernel, struct bachelier_block *block);

#endif
