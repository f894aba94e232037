/*
 * Least squares of one slice under penalties: what svi_fit.c steers and svi_solve.c does.
 *
 * The coordinates are w = a + up (r + x) / 2 + down (r - x) / 2, x = k - m, r = sqrt(x^2 +
 * sigma^2): linear in a and the two wing slopes, and their bounds are |rho| <= 1, Lee's 2 and the
 * wings of the expiry before.
 */
#ifndef DOMAIN_PRICING_SVI_FIT_INT_H
#define DOMAIN_PRICING_SVI_FIT_INT_H

#include "domain/pricing/svi_fit.h"
#include "domain/pricing/svi_int.h"

enum { SVI_A, SVI_UP, SVI_DOWN, SVI_M, SVI_SIGMA, SVI_DIMENSIONS };
enum { SVI_HINGES_MAX = 96 };

struct svi_vector {
    double at[SVI_DIMENSIONS];
};

struct svi_problem {
    size_t count;  /* quotes, usable ones only */
    size_t padded; /* with rows of weight 0, to whole blocks of LANES_ROWS */
    double k[SVI_QUOTES_MAX], w[SVI_QUOTES_MAX];
    double weight[SVI_QUOTES_MAX]; /* times scale: the cost is the mean squared relative error */
    double scale;
    double level; /* a typical w */
    double width; /* a typical distance of k */
    double low[SVI_DIMENSIONS], high[SVI_DIMENSIONS];

    /* Where g >= g_least, and w at or above that of near, are asked for, with what force. */
    const struct svi *near;
    size_t hinge_count;
    double hinge_k[SVI_HINGES_MAX];
    double force;
    double g_least;
};

struct svi svi_of_vector(const struct svi_vector *v);
struct svi_vector svi_to_vector(const struct svi *slice);

/* Sum of squares of the quotes alone. */
double svi_cost(const struct svi_problem *problem, const struct svi_vector *v);

/* Two first guesses from the quotes, with the bend in different places: the better one first. */
void svi_guess(const struct svi_problem *problem, struct svi_vector guess[2]);

/* Descend from *v; returns the number of steps. */
uint32_t svi_descend(const struct svi_problem *problem, struct svi_vector *v, uint32_t steps_max);

#endif
