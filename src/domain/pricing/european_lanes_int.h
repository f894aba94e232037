/*
 * What european.c asks of the vectors: blocks of rows, every pointer set, every column padded.
 */
#ifndef DOMAIN_PRICING_EUROPEAN_LANES_INT_H
#define DOMAIN_PRICING_EUROPEAN_LANES_INT_H

#include <stdbool.h>

#include "domain/pricing/lanes.h"

enum european_form {
    EUROPEAN_SPOT,    /* spot, strike, years, sigma, rate, yield */
    EUROPEAN_FORWARD, /* forward (in spot), strike, years, sigma, discount */
    EUROPEAN_CHAIN,   /* strike, sigma; the rest is shared */
};

/* Which columns are wanted: the first, the first six, all. */
enum european_set {
    EUROPEAN_ONLY_PRICE,
    EUROPEAN_FIRST_ORDER,
    EUROPEAN_EVERYTHING,
    EUROPEAN_SET_COUNT
};

enum european_column {
    EUROPEAN_PRICE,
    EUROPEAN_DELTA,
    EUROPEAN_GAMMA,
    EUROPEAN_VEGA,
    EUROPEAN_THETA,
    EUROPEAN_RHO,
    EUROPEAN_PHI,
    EUROPEAN_DUAL_DELTA,
    EUROPEAN_VANNA,
    EUROPEAN_CHARM,
    EUROPEAN_VOMMA,
    EUROPEAN_SPEED,
    EUROPEAN_ZOMMA,
    EUROPEAN_COLOR,
    EUROPEAN_VETA,
    EUROPEAN_COLUMN_COUNT
};

/* In range: european.c sees to it before it asks for a chain. */
struct european_shared {
    double forward, spot, inverse_spot, discount, years, rate, yield;
    double root;            /* sqrt of the variance clock */
    double half_over_years; /* 1 / (2 years) */
};

struct european_job {
    enum european_form form;
    enum european_set set;
    bool is_about_forward; /* rho holds the forward fixed */
    size_t count;          /* a multiple of LANES_ROWS */
    struct european_shared shared;
    const double *spot, *strike, *years, *variance_years, *sigma, *rate, *yield, *discount;
    const int8_t *sign;
    double *out[EUROPEAN_COLUMN_COUNT];
    uint8_t *odd; /* set to 1 where the row is not covered; zeroed by the caller */
};

/* Returns 0 when no row is odd. */
LANES_DECLARE(size_t, european_kernel, const struct european_job *job);

#endif
