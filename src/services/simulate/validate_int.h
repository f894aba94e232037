/*
 * What the parts of --validate share: rows of figures, and plain statistics.
 */
#ifndef SERVICES_SIMULATE_VALIDATE_INT_H
#define SERVICES_SIMULATE_VALIDATE_INT_H

#include <stddef.h>

#include "services/simulate/simulate_int.h"

enum real_row {
#define REAL(id, unit, value, tolerance, text, source) ROW_##id,
#include "services/simulate/real.def"
    ROW_COUNT
};

double stat_mean(const double *x, size_t n);
double stat_sd(const double *x, size_t n); /* ddof 1 */
double stat_kurtosis(const double *x, size_t n); /* population, excess */
double stat_correlation(const double *x, const double *y, size_t n);
double stat_autocorrelation(const double *x, size_t n, size_t lag);
double stat_quantile(double *x, size_t n, double p); /* type 7; sorts x */

/* The rows of real.def for the sessions from..to-1 of a path. scratch arena of the caller. */
void validate_days(const struct sim_path *path, int from, int to, double out[ROW_COUNT]);

#endif
