/*
 * The sample's underlying: one path of level and variance, sampled at the snapshots of each day.
 */
#ifndef SERVICES_SAMPLE_MARKET_PATH_H
#define SERVICES_SAMPLE_MARKET_PATH_H

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

void market_path_init(struct market_path *path, uint64_t seed);
void market_path_day(struct market_path *path, struct path_day *day);

/* At-the-money vol for an expiry in years, from the variance now: mean-reverting expectation. */
double path_atm_vol(double variance, double years);

/* Vol at log-moneyness k = ln(strike / forward): the SSVI slice with this at-the-money vol. */
double path_vol(double atm_vol, double years, double k);

#endif
