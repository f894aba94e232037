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
double stat_sd(const double *x, size_t n);       /* ddof 1 */
double stat_kurtosis(const double *x, size_t n); /* population, excess */
double stat_correlation(const double *x, const double *y, size_t n);
double stat_autocorrelation(const double *x, size_t n, size_t lag);
double stat_quantile(double *x, size_t n, double p); /* type 7; sorts x */

/* The rows of real.def for the sessions from..to-1 of a path. scratch arena of the caller. */
void validate_days(const struct sim_path *path, int from, int to, double out[ROW_COUNT]);

/* ---- chains
 * ------------------------------------------------------------------------------------------ */

enum { SMILE_POINTS = 6, SPREAD_POINTS = 3, HALF_HOURS = 13 };

struct real_chain {
    int from, to; /* days to expiry */
    double term[3], skew[3];
    double smile[SMILE_POINTS];
    double spread[SPREAD_POINTS];
};
enum {
#define CHAIN(from, ...) CHAIN_BUCKET_##from,
#include "services/simulate/real_chains.def"
    CHAIN_BUCKETS
};
extern const struct real_chain real_chains[CHAIN_BUCKETS];

struct chain_figures { /* medians, and the share of simulated values inside the real 5th to 95th
                          percentile */
    double term, skew, term_inside, skew_inside;
    double smile[SMILE_POINTS], spread[SPREAD_POINTS];
};

/* SPX chains of every stride-th session whose VIX is like that of the real chains; how many there
 * were. */
int validate_chains(const struct sim_path *path, int from, int to, int stride,
                    struct chain_figures out[CHAIN_BUCKETS]);

/* Share of the 0DTE straddle's value at 09:30 that is left at the end of each half hour; real from
 * the variance of five-minute bars, simulated from chains of every stride-th full session. */
extern const double real_straddle_left[HALF_HOURS];
void validate_straddle(const struct sim_path *path, int from, int to, int stride,
                       double left[HALF_HOURS]);

#endif
