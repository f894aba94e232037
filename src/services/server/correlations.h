/*
 * How two series of prices have moved together: from closes to correlations and a break score.
 *
 * Only what both have counts: a return goes from one moment that both know to the next. The
 * measures are those of domain/features/correlation.h; here is what stands before them: splits and
 * dividends taken out, moments brought together.
 */
#ifndef SERVICES_SERVER_CORRELATIONS_H
#define SERVICES_SERVER_CORRELATIONS_H

#include "adapters/store/store.h"

struct price_series {
    size_t count;
    const int64_t *at_ns; /* ascending */
    const double *price;  /* dollars, or any multiple of them; > 0 */
};

/*
 * Closes of the days before a day, in the arena, as if splits had never been and dividends were
 * kept: what the holder of one share has, in dollars. splits and dividends may be empty. A bar
 * without a close is left out.
 */
struct price_series price_series_of_days(struct arena *arena, const struct series *bars,
                                         const struct series *splits,
                                         const struct series *dividends, int32_t before);

struct pair_reading {
    size_t n;                     /* returns in common */
    double recent, before, score; /* NaN: too few, or one stands still */
};

/* Of the last n_recent returns against the n_before just before them; both >= 4. A return over more
 * than a week is none. */
struct pair_reading pair_read_days(struct arena *arena, const struct price_series *x,
                                   const struct price_series *y, uint32_t n_recent,
                                   uint32_t n_before);

/* Of minutes: a fast exponentially weighted correlation against a slow one. Only minutes that
 * follow one another count. Both weigh the newest minutes: the score takes that into its standard
 * error. */
#define PAIR_FAST 0.90
#define PAIR_SLOW 0.99
struct pair_reading pair_read_minutes(struct arena *arena, const struct price_series *x,
                                      const struct price_series *y);

/* The header of correlation.h: beyond this, in size, a score is an alarm. */
#define PAIR_ALARM 3.0

#endif
