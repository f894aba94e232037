/*
 * The early-exercise premium on vectors: what american.c hands to american_lanes.c.
 */
#ifndef DOMAIN_PRICING_AMERICAN_LANES_INT_H
#define DOMAIN_PRICING_AMERICAN_LANES_INT_H

#include "domain/pricing/american.h"
#include "domain/pricing/lanes.h"

enum { AMERICAN_NODES_MAX = 24, AMERICAN_POINTS_MAX = 24, AMERICAN_PRICES_MAX = 64 };

/*
 * Integrals over u in (0, tau) are taken in the angle with u = tau sine^2: the boundary is smooth
 * in sqrt(u), the kernel in sqrt(tau - u), and so the integrand is smooth at both ends.
 * Gauss-Legendre points of the angle; the weights include its range, pi / 2.
 */
struct american_point {
    double sine, cosine, weight;
};

/* The finest tables, for american_curve.c too: 24 and 64 points, and cos(pi i / 24) for any i >= 0.
 */
enum { AMERICAN_COSINES = 24 };
const struct american_point *american_points_24(void);
const struct american_point *american_points_64(void);
double american_cosine(int i);

/* The same for the integral up to one node, in units of the time and the total vol to expiry. */
struct american_part {
    double passed, left;       /* u and tau - u */
    double vol, inverse_vol;   /* of tau - u */
    double by_slope, by_value; /* weights of the two equations */
};

/*
 * How fine a boundary is solved and a price integrated. All is a fixed fraction of the time to
 * expiry, so that one scheme serves every option: the Chebyshev interpolation of
 * (ln(boundary / limit))^2 in sqrt(tau) becomes a sum of node values with constant weights.
 */
struct american_scheme {
    int nodes;  /* beside the one at expiry, where the square is 0 */
    int points; /* of each integral on the way to the boundary */
    int prices; /* of the integral of the price */
    int starts; /* steps of the first guess, for each node */
    int rounds; /* of the fixed point */
    bool is_fine;
    struct american_part part[AMERICAN_NODES_MAX * AMERICAN_POINTS_MAX];
    struct american_part price[AMERICAN_PRICES_MAX];
    double at[AMERICAN_NODES_MAX + 1]; /* sqrt(tau / years) of the nodes, ascending from 0 */
    double slope[AMERICAN_NODES_MAX];  /* of the interpolant at years, to sqrt(tau / years) */
    double point_weight[AMERICAN_NODES_MAX * AMERICAN_POINTS_MAX * AMERICAN_NODES_MAX];
    double price_weight[AMERICAN_PRICES_MAX * AMERICAN_NODES_MAX];
};

void american_scheme_init(struct american_scheme *scheme, enum american_accuracy accuracy);

/*
 * Puts of strike 1 with one boundary: rate > 0, |rate| and |yield| times years at most
 * AMERICAN_GROWTH_MAX, total vol from 1e-5 to AMERICAN_TOTAL_VOL_MAX or so. Results that did not
 * settle are not finite. count is a multiple of LANES_ROWS.
 */
#define AMERICAN_GROWTH_MAX 100.0
struct american_job {
    const struct american_scheme *scheme;
    size_t count;
    const double *spot, *years, *sigma, *rate, *yield;
    const double *by_value; /* 1: match the value at the boundary (equation B), 0: the slope (A) */
    double *premium;        /* over the European price */
    double *delta, *gamma;  /* of the premium; both NULL when not wanted */
    double *log_boundary;   /* now */
};

LANES_DECLARE(void, american_premiums, const struct american_job *job);

#endif
