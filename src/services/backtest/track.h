/*
 * An equity curve as it grows: points, day ends, drawdown. The account has one, and each of
 * several strategies.
 */
#ifndef SERVICES_BACKTEST_TRACK_H
#define SERVICES_BACKTEST_TRACK_H

#include "base/mem.h"
#include "services/backtest/result.h"

struct track_points {
    struct result_point *at;
    size_t count, capacity;
};

struct track {
    struct track_points points, day_ends;
    size_t thin; /* every thin-th snapshot is kept as a point */
    size_t snapshots, exposed;
    int64_t peak, peak_ns, drawdown_micros, drawdown_from_ns, drawdown_to_ns;
    double drawdown;
    struct result_point last; /* the newest */
    bool has_last;
};

void track_open(struct track *track, int64_t start);
/* is_snapshot: of quotes; else a settlement, which only counts for the drawdown and the day's end.
 */
void track_point(struct track *track, const struct result_point *point, bool is_snapshot);
/* The last point is that of its day's end, until one of the same day comes later. */
void track_day_end(struct track *track);
/* Points, end equity and figures into a result whose trades, orders and start are set. The track is
 * gone afterwards. */
void track_finish(struct track *track, struct arena *arena, struct backtest_result *result,
                  int64_t quotes);

#endif
