/*
 * HAR-RV: tomorrow's realised variance from that of the day, the week and the month; and the day's
 * realised variance itself, from prices on a grid.
 *
 *   f(RV[t+1]) = b0 + bd f(RV[t]) + bw f(mean of 5 to t) + bm f(mean of 22 to t) + e
 *
 * by ordinary least squares over the history held, refitted at each value(); the means include the
 * latest day and are taken before f. Forms: f is the identity, the square root or the logarithm.
 * Standard errors after Newey and West (1987), 5 lags, Bartlett weights. Source: F. Corsi, A simple
 * approximate long-memory model of realized volatility, J. Financial Econometrics 7 (2009), eq.
 * 7, 8.
 */
#ifndef DOMAIN_FEATURES_HAR_H
#define DOMAIN_FEATURES_HAR_H

#include "domain/features/gate.h"
#include "domain/features/window.h"

enum har_form { HAR_LEVEL, HAR_SQRT, HAR_LOG };
enum { HAR_LAGS_MONTH = 22, HAR_ROWS_MIN = 60 };

struct har {
    struct feature_gate gate;
    enum har_form form;
    struct window rv;
};

/* history: most days of variance held, at least HAR_LAGS_MONTH + HAR_ROWS_MIN; 1,000 is four years.
 */
void har_init(struct har *har, struct arena *arena, enum har_form form, uint32_t history);

/* The realised variance of a day that is over (not per year): >= 0, the log form > 0. */
bool har_update(struct har *har, int64_t ts_ns, double rv);

struct har_fit {
    double beta[4], error[4]; /* constant, day, week, month; Newey-West standard errors */
    double r2;
    double residual_variance; /* of e, over the rows */
    uint32_t rows;
    double forecast; /* f(RV) of the next day */
    double variance; /* the next day's RV: forecast, forecast^2 + s^2, exp(forecast + s^2 / 2) */
};

/* False, and all NaN, with fewer than HAR_ROWS_MIN rows or a history that does not tell the terms
 * apart. Costs about 0.2 ms on 600 days: ask once a day. */
bool har_fit(const struct har *har, struct har_fit *fit);

/* The next day's vol per year, sqrt(per_year x variance); NaN when unknown or the variance is < 0.
 */
double har_value(const struct har *har, double per_year);

/*
 * Realised variance of a session so far: the last price at or before each grid instant, squared log
 * returns between them. Bipower variation leaves jumps out: their share is the difference.
 *   rv        sum r_i^2
 *   bipower   pi / 2 x n / (n - 1) x sum |r_i| |r_i-1|, of n returns      (both not per year)
 * Source: O. Barndorff-Nielsen, N. Shephard, J. Financial Econometrics 2 (2004).
 */
struct session_variance {
    struct feature_gate gate;
    int64_t step_ns, next_ns; /* the grid instant that is not over yet */
    double price;             /* the latest; NaN before the first */
    double grid_price;        /* at the last grid instant */
    double last_return;       /* NaN before the first */
    struct compensated_sum squares, products;
    uint64_t returns;
};

/* A session that begins at open; step > 0: 5 minutes is the usual one. */
void session_variance_begin(struct session_variance *v, int64_t open_ns, int64_t step_ns);
bool session_variance_update(struct session_variance *v, int64_t ts_ns, double price);
/* The session is over at ts: grid instants up to there count. */
void session_variance_end(struct session_variance *v, int64_t ts_ns);
double session_variance_rv(const struct session_variance *v);      /* NaN before the first return */
double session_variance_bipower(const struct session_variance *v); /* NaN before the second */

#endif
