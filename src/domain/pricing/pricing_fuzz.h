/* What pricing_fuzz.c and american_fuzz.c share: an input of doubles, and what every answer must
 * be. */
#ifndef DOMAIN_PRICING_PRICING_FUZZ_H
#define DOMAIN_PRICING_PRICING_FUZZ_H

#include <math.h>

#include "domain/pricing/pricing.h"

enum { NUMBERS = 20 };

struct input {
    double at[NUMBERS];
    int8_t sign[4];
};

static double columns[6][4];
static uint8_t status[4];
static const struct pricing_greeks out = { columns[0], columns[1], columns[2], columns[3],
                                           columns[4], columns[5], status };

static inline void check_greeks(size_t bad, size_t count)
{
    size_t counted = 0;
    for (size_t i = 0; i < count; i++) {
        MUST(status[i] < PRICING_STATUS_COUNT);
        counted += status[i] != PRICING_OK;
        for (size_t k = 0; k < ARRAY_COUNT(columns); k++) {
            MUST(!isinf(columns[k][i]));
            MUST(!isnan(columns[k][i]) || status[i] != PRICING_OK);
        }
        MUST(isnan(columns[0][i]) || columns[0][i] >= 0.0);
    }
    MUST(counted == bad);
}

static inline void check_vols(const double *sigma, size_t bad, size_t count)
{
    size_t counted = 0;
    for (size_t i = 0; i < count; i++) {
        MUST(status[i] < PRICING_STATUS_COUNT);
        MUST(status[i] != PRICING_NOT_CONVERGED);
        counted += status[i] != PRICING_OK;
        MUST(status[i] == PRICING_OK ? sigma[i] > 0.0 && isfinite(sigma[i]) : isnan(sigma[i]));
    }
    MUST(counted == bad);
}

#endif
