/*
 * How two series move together, and whether that has just changed.
 *
 * Values are returns of the same interval, known at the same instant. "Break scores" are z-values:
 * beyond 3 in size is our alarm. Heavy tails make them up to half too large: confirm with a block
 * bootstrap.
 */
#ifndef DOMAIN_FEATURES_CORRELATION_H
#define DOMAIN_FEATURES_CORRELATION_H

#include <stddef.h>

#include "domain/features/gate.h"
#include "domain/features/window.h"

/*
 * Fisher's z = atanh(r), standard error 1 / sqrt(n - 3). Source: R. Fisher, Metron 1 (1921).
 * NaN for |r| >= 1 or n <= 3.
 */
double fisher_z(double r);
double fisher_z_inverse(double z);
double fisher_error(double n);
/* The two-sided interval at a quantile of the normal: 1.959963984540054 is 95 %. */
void fisher_interval(double r, double n, double quantile, double *low, double *high);
/* (z1 - z2) / sqrt(1 / (n1 - 3) + 1 / (n2 - 3)): two samples that do not overlap. */
double fisher_difference(double r1, double n1, double r2, double n2);
/* The probability of a z at least as far from 0: 0.0027 at 3. */
double two_sided_p(double z);

/* Holm (1979): adjusted p-values of a family, such as the three pairs of SPY, QQQ, IWM; an
 * alarm at level a is adjusted[i] <= a. A p that is NaN is no member. count <= HOLM_MAX. */
enum { HOLM_MAX = 128 }; /* sixteen names have 120 pairs */
void holm_adjust(size_t count, const double *p, double *adjusted);

/* Pearson's correlation of the last n pairs. */
struct rolling_correlation {
    struct feature_gate gate;
    struct window x, y;
};
void rolling_correlation_init(struct rolling_correlation *c, struct arena *arena, uint32_t n);
bool rolling_correlation_update(struct rolling_correlation *c, int64_t ts_ns, double x, double y);
double rolling_correlation_value(
    const struct rolling_correlation *c); /* NaN: warm-up, or one stands still */

/*
 * Break score of a pair: Fisher's z of the last n_recent pairs against the n_before pairs just
 * before them (which they do not overlap). Positive: less correlated than before.
 */
struct correlation_break {
    struct feature_gate gate;
    struct window x, y;
    uint32_t n_recent, n_before;
};
void correlation_break_init(struct correlation_break *b, struct arena *arena, uint32_t n_before,
                            uint32_t n_recent); /* both >= 4 */
bool correlation_break_update(struct correlation_break *b, int64_t ts_ns, double x, double y);
double correlation_break_value(const struct correlation_break *b);

/*
 * Exponentially weighted moments about zero: cov = lambda cov + (1 - lambda) x y, variances alike.
 * Known from the effective number of observations (1 + lambda) / (1 - lambda) on. 0.94 for days.
 * Source: J.P. Morgan/Reuters, RiskMetrics Technical Document, 4th ed. (1996).
 */
struct ewma_pair {
    struct feature_gate gate;
    double lambda, cov, var_x, var_y;
};
void ewma_pair_init(struct ewma_pair *pair, double lambda); /* 0 < lambda < 1 */
bool ewma_pair_update(struct ewma_pair *pair, int64_t ts_ns, double x, double y);
double ewma_pair_correlation(const struct ewma_pair *pair);
double ewma_pair_vol_x(const struct ewma_pair *pair); /* sqrt of the variance, per update */
double ewma_pair_vol_y(const struct ewma_pair *pair);
double ewma_pair_beta(const struct ewma_pair *pair); /* of y on x */
double ewma_effective_count(double lambda);
/* After how many updates the weight left is tolerance: ln(tolerance) / ln(lambda). */
double ewma_memory(double lambda, double tolerance);

/*
 * The fast detector: a fast EWMA (0.90 on minutes) against a slow one (0.99), Fisher's z of
 * their difference with effective counts. The alarm rings after `bars` updates in a row beyond
 * `limit` (3 and 3). Their memories overlap, so the score is no exact normal: calibrate alarms a
 * day on permuted data.
 */
struct ewma_break {
    struct ewma_pair fast, slow;
    double limit;
    uint32_t bars, streak;
};
void ewma_break_init(struct ewma_break *b, double lambda_fast, double lambda_slow, double limit,
                     uint32_t bars);
bool ewma_break_update(struct ewma_break *b, int64_t ts_ns, double x, double y);
double ewma_break_value(const struct ewma_break *b); /* positive: less correlated than usual */
bool ewma_break_is_alarm(const struct ewma_break *b);

/*
 * The beta-neutral spread of a pair, which moves before the correlation does: with beta of y's log
 * returns on x's over the last n, the z-score of the last value of s = ln y - beta ln x among the n
 * before it.
 */
struct pair_spread {
    struct feature_gate gate;
    struct window x, y; /* logs of prices, n + 1 */
};
void pair_spread_init(struct pair_spread *spread, struct arena *arena, uint32_t n); /* n >= 4 */
bool pair_spread_update(struct pair_spread *spread, int64_t ts_ns, double x_price, double y_price);
double pair_spread_value(const struct pair_spread *spread);
double pair_spread_beta(const struct pair_spread *spread);

/*
 * Dynamic conditional correlation of two GARCH-standardised residuals:
 *   Q = (1 - a - b) Qbar + a z z' + b Q,  rho = q12 / sqrt(q11 q22), Q starts at Qbar
 * Source: R. Engle, J. Business and Economic Statistics 20 (2002).
 */
struct dcc {
    struct feature_gate gate;
    double a, b, bar11, bar12, bar22, q11, q12, q22;
};
/* a, b >= 0, a + b < 1; Qbar with ones (or variances) bar11, bar22 and covariance bar12. */
void dcc_init(struct dcc *dcc, double a, double b, double bar11, double bar12, double bar22);
bool dcc_update(struct dcc *dcc, int64_t ts_ns, double z1, double z2);
double dcc_value(const struct dcc *dcc); /* for the next observation; NaN before the first */

#endif
