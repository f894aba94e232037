/*
 * One point of a slice, for the other files of this folder.
 */
#ifndef DOMAIN_PRICING_SVI_INT_H
#define DOMAIN_PRICING_SVI_INT_H

#include <math.h>

#include "domain/pricing/european_int.h"
#include "domain/pricing/svi.h"

struct svi_point {
    double w, slope, curvature;
};

static inline struct svi_point svi_at(const struct svi *s, double k)
{
    double x = k - s->m, root = sqrt(x * x + s->sigma * s->sigma), ratio = s->sigma / root;
    return (struct svi_point){ s->a + s->b * (s->rho * x + root), s->b * (s->rho + x / root),
                               s->b * ratio * ratio / root };
}

static inline double svi_w(const struct svi *s, double k)
{
    double x = k - s->m;
    return s->a + s->b * (s->rho * x + sqrt(x * x + s->sigma * s->sigma));
}

/* What a fit takes: numbers of a market, so that squares and sums stay finite. */
static inline bool svi_is_quote(double k, double w, double weight)
{
    return fabs(k) < 1e3 && w > 1e-12 && w < 1e4 && weight > 1e-100 && weight < 1e100;
}

/* Durrleman's g: the density over that of the lognormal with the same total variance. */
static inline double svi_g(double k, struct svi_point p)
{
    double u = 1.0 - 0.5 * k * p.slope / p.w;
    return u * u - 0.25 * p.slope * p.slope * (1.0 / p.w + 0.25) + 0.5 * p.curvature;
}

/* The least total variance of the slice, over all k. */
static inline double svi_least(const struct svi *s)
{
    return s->a + s->b * s->sigma * sqrt((1.0 - s->rho) * (1.0 + s->rho));
}

/* Write a row of what follows from w at k; PRICING_OUT_OF_RANGE, and NaN, where it is not finite.
 */
uint8_t svi_store(const struct svi_columns *out, size_t i, double k, struct svi_point at);

#endif
