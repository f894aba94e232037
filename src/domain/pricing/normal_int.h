/*
 * The normal distribution in the forms that pricing needs: nothing cancels, nothing overflows.
 */
#ifndef DOMAIN_PRICING_NORMAL_INT_H
#define DOMAIN_PRICING_NORMAL_INT_H

#include "domain/pricing/lanes.h"

/* 1 / sqrt(2 pi). */
#define NORMAL_DENSITY_AT_0 0.39894228040143267794

/*
 * Phi(z), within 6 units of the last place (3 on the golden rows) down to 1e-307, below that 0; and
 * phi(z). NaN for NaN.
 */
double normal_cdf(double z);
double normal_density(double z);

/* Phi of a column, the bits of normal_cdf() at several times its speed. */
void normal_cdf_column(size_t count, const double *x, double *cdf);

/* Its vectors; count is a multiple of LANES_ROWS. */
LANES_DECLARE(void, normal_cdf_kernel, size_t count, const double *x, double *cdf);
LANES_DECLARE(double, normal_cdf_one, double x);

/* exp(growth + vol z) and phi(z); count is a multiple of LANES_ROWS. */
LANES_DECLARE(void, lognormal_kernel, size_t count, const double *z, double growth, double vol,
              double *then, double *density);

/* The Mills ratio M(a) = Phi(-a) / phi(a), and 1 - a M(a), both for a >= 0: 4 rounding units. */
double normal_mills(double a);
double normal_mills_complement(double a);

/*
 * The out-of-the-money Black price over sqrt(forward strike) discount, for total vol s > 0 and
 * x = |ln(forward / strike)| >= 0, and its derivative to s.
 */
struct normalised_black {
    double price;   /* b(s) */
    double slope;   /* b'(s) = phi(x/s) exp(-s^2/8) */
    double ratio;   /* b / b': finite and exact where both underflow */
    double missing; /* exp(-x/2) - b, without cancellation */
};
struct normalised_black normalised_black(double x, double s);

/* ln(a / b) for positive a and b, exact near 1 and safe when a / b overflows. */
double log_ratio(double a, double b);

#endif
