/*
 * The sample's underlying: one path of level and variance, sampled at the snapshots of each day.
 */
#ifndef SERVICES_SAMPLE_MARKET_PATH_H
#define SERVICES_SAMPLE_MARKET_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"

enum { PATH_SNAPSHOTS = 14 };

struct market_path {
    struct rng rng;
    double level;    /* SPX points */
    double variance; /* per year */
};

struct path_day {
    double open, high, low, close;
    double variance_open, variance_close;
    double level[PATH_SNAPSHOTS]; /* the last one is the close */
    double variance[PATH_SNAPSHOTS];
};

/* New York seconds of the day of each snapshot: 09:45, 10:15 ... 15:45, 16:00. */
extern const int32_t path_times[PATH_SNAPSHOTS];

/*
 * Variance time, in years, from a snapshot of a day to a settlement: 252 trading days make a year,
 * and each spends its variance as the path does. sessions: trading days after the day up to the
 * expiry; at_open: it settles on that day's opening (AM) rather than its close.
 */
double path_variance_years(int snapshot, int sessions, bool at_open);

void market_path_init(struct market_path *path, uint64_t seed);
void market_path_day(struct market_path *path, struct path_day *day);

/* At-the-money vol for an expiry in (variance) years, from the variance now: mean-reverting
 * expectation. */
double path_atm_vol(double variance, double years);

/* Vol at log-moneyness k = ln(strike / forward): the SSVI slice with this at-the-money vol. */
double path_vol(double atm_vol, double years, double k);

#endif
