#include "services/backtest/track.h"

#include <math.h>
#include <string.h>

#include "base/zone.h"
#include "services/backtest/recorder.h"

enum { POINTS_MAX = 20000 };

static struct result_point *add(struct track_points *list)
{
    list->at = mem_grow(list->at, &list->capacity, list->count + 1, sizeof *list->at);
    return &list->at[list->count++];
}

void track_open(struct track *t, int64_t start)
{
    *t = (struct track){ .thin = 1, .peak = start };
}

static void track_drawdown(struct track *t, const struct result_point *p)
{
    /* The starting cash counts as a peak: what the first fills cost is lost from it. */
    if (!t->has_last)
        t->peak_ns = p->ts_ns;
    if (p->equity > t->peak) {
        t->peak = p->equity;
        t->peak_ns = p->ts_ns;
    }
    if (t->peak > 0 && (double)(t->peak - p->equity) / (double)t->peak > t->drawdown) {
        t->drawdown = (double)(t->peak - p->equity) / (double)t->peak;
        t->drawdown_micros = t->peak - p->equity;
        t->drawdown_from_ns = t->peak_ns;
        t->drawdown_to_ns = p->ts_ns;
    }
}

/* Keep every second of what there is, day ends always. */
static void thin_points(struct track *t)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->points.count; i++)
        if (i % 2 == 0 || t->points.at[i].day_end)
            t->points.at[kept++] = t->points.at[i];
    t->points.count = kept;
    t->thin *= 2;
}

void track_point(struct track *t, const struct result_point *point, bool is_snapshot)
{
    track_drawdown(t, point);
    t->last = *point;
    t->has_last = true;
    if (!is_snapshot)
        return;
    t->exposed += point->open_trades > 0;
    if (t->snapshots++ % t->thin == 0)
        *add(&t->points) = *point;
    if (t->points.count >= POINTS_MAX - 1)
        thin_points(t);
}

static int32_t day_of(const struct result_point *point)
{
    int32_t day;
    int64_t nanos;
    zone_from_ts(ZONE_NEW_YORK, point->ts_ns, &day, &nanos);
    return day;
}

void track_day_end(struct track *t)
{
    if (!t->has_last)
        return;
    /* Of several underlyings each has its day's end: the last of them is the account's. */
    size_t days = t->day_ends.count, n = t->points.count;
    bool is_again = days && day_of(&t->day_ends.at[days - 1]) == day_of(&t->last);
    if (is_again && n && t->points.at[n - 1].day_end &&
        day_of(&t->points.at[n - 1]) == day_of(&t->last))
        t->points.at[n - 1].day_end = false;
    t->last.day_end = true;
    *(is_again ? &t->day_ends.at[days - 1] : add(&t->day_ends)) = t->last;
    *(n && t->points.at[n - 1].ts_ns == t->last.ts_ns ? &t->points.at[n - 1] : add(&t->points)) =
        t->last;
}

void track_finish(struct track *t, struct arena *arena, struct backtest_result *result,
                  int64_t quotes)
{
    struct result_point *points = arena_array(arena, struct result_point, t->points.count);
    if (t->points.count)
        memcpy(points, t->points.at, t->points.count * sizeof *points);
    result->points = points;
    result->point_count = t->points.count;
    result->end_equity = t->has_last ? t->last.equity : result->start_cash;
    result->stats =
        (struct result_stats){ .max_drawdown = t->drawdown,
                               .max_drawdown_micros = t->drawdown_micros,
                               .max_drawdown_from_ns = t->drawdown_from_ns,
                               .max_drawdown_to_ns = t->drawdown_to_ns,
                               .snapshots = t->snapshots,
                               .quotes = quotes,
                               .exposure =
                                   t->snapshots ? (double)t->exposed / (double)t->snapshots : NAN };
    stats_compute(result, t->day_ends.at, t->day_ends.count);
    mem_free(t->points.at);
    mem_free(t->day_ends.at);
    *t = (struct track){ .thin = 1 };
}
