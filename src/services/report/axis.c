#include <math.h>
#include <stdio.h>

#include "base/date.h"
#include "base/zone.h"
#include "services/report/svg_chart.h"

double nice_step(double low, double high, int count, bool whole, int *decimals)
{
    static const double steps[] = { 1, 2, 2.5, 5, 10 };
    double rough = (high - low) / count;
    double power = pow(10, floor(log10(rough)));
    size_t at = 0;
    while (at + 1 < ARRAY_COUNT(steps) && steps[at] * power < rough * (1 - 1e-9))
        at++;
    double step = steps[at] * power;
    if (whole && step < 1)
        step = 1;
    if (whole)
        step = ceil(step - 1e-9);
    int places = (int)-floor(log10(step) + 1e-9);
    if (steps[at] == 2.5 && !whole)
        places++;
    *decimals = places < 0 ? 0 : places > 9 ? 9 : places;
    return step;
}

struct time_axis time_axis_make(struct arena *arena, const int64_t *ts_ns, size_t count)
{
    struct time_axis axis = { .first_nanos = INT64_MAX, .last_nanos = INT64_MIN };
    int32_t *days = arena_array(arena, int32_t, count);
    for (size_t i = 0; i < count; i++) {
        int32_t day;
        int64_t nanos;
        if (ts_ns[i] <= 0)
            continue;
        zone_from_ts(ZONE_NEW_YORK, ts_ns[i], &day, &nanos);
        if (axis.day_count == 0 || day > days[axis.day_count - 1])
            days[axis.day_count++] = day;
        axis.first_nanos = nanos < axis.first_nanos ? nanos : axis.first_nanos;
        axis.last_nanos = nanos > axis.last_nanos ? nanos : axis.last_nanos;
    }
    axis.days = days;
    return axis;
}

double time_axis_x(const struct time_axis *axis, int64_t ts_ns)
{
    int32_t day;
    int64_t nanos;
    if (ts_ns <= 0 || axis->day_count == 0)
        return NAN;
    zone_from_ts(ZONE_NEW_YORK, ts_ns, &day, &nanos);
    size_t low = 0, high = axis->day_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (axis->days[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == axis->day_count || axis->days[low] != day)
        return NAN;
    if (axis->last_nanos <= axis->first_nanos)
        return (double)low + 0.5;
    double share =
        (double)(nanos - axis->first_nanos) / (double)(axis->last_nanos - axis->first_nanos);
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    /* Several days keep a gap for the night: a jump over it is not one instant. */
    return (double)low + (axis->day_count > 1 ? 0.1 + 0.8 * share : share);
}

static const char *month_name(int32_t day)
{
    static const char names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    return names[date_month(day) - 1];
}

/* Days are cut into ever longer periods; a tick stands where a period begins. */
enum period {
    EACH_DAY,
    WEEK,
    TWO_WEEKS,
    MONTH,
    QUARTER,
    HALF_YEAR,
    YEAR,
    TWO_YEARS,
    FIVE_YEARS,
    TEN_YEARS,
    CENTURY,
    PERIOD_COUNT
};

static int32_t period_of(enum period period, int32_t day)
{
    int32_t months = date_year(day) * 12 + date_month(day) - 1;
    int32_t weeks = (date_to_days(day) + 3) / 7; /* 1970-01-01 was a Thursday */
    switch (period) {
    case EACH_DAY:
        return day;
    case WEEK:
        return weeks;
    case TWO_WEEKS:
        return weeks / 2;
    case MONTH:
        return months;
    case QUARTER:
        return months / 3;
    case HALF_YEAR:
        return months / 6;
    case YEAR:
        return date_year(day);
    case TWO_YEARS:
        return date_year(day) / 2;
    case FIVE_YEARS:
        return date_year(day) / 5;
    case TEN_YEARS:
        return date_year(day) / 10;
    default:
        return 0;
    }
}

static void label_tick(struct time_tick *tick, enum period period, int32_t day, bool first)
{
    if (period <= TWO_WEEKS)
        snprintf(tick->text, sizeof tick->text, "%d %s", date_day(day), month_name(day));
    else if (period >= YEAR)
        snprintf(tick->text, sizeof tick->text, "%d", date_year(day));
    else if (first || date_month(day) == 1)
        snprintf(tick->text, sizeof tick->text, "%s %d", month_name(day), date_year(day));
    else
        snprintf(tick->text, sizeof tick->text, "%s", month_name(day));
}

static size_t hour_ticks(const struct time_axis *axis, size_t count, struct time_tick *ticks)
{
    static const int steps[] = { 1, 2, 5, 10, 15, 30, 60, 120, 180, 360 };
    int64_t range = axis->last_nanos - axis->first_nanos, step = 0;
    size_t n = 0;
    if (range <= 0) {
        label_tick(&ticks[0], EACH_DAY, axis->days[0], true);
        ticks[0].x = 0.5;
        return 1;
    }
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        step = steps[i] * NANOS_PER_MINUTE;
        if (range / step < (int64_t)count)
            break;
    }
    int64_t at = (axis->first_nanos + step - 1) / step * step;
    for (; at <= axis->last_nanos && n < count; at += step, n++) {
        char text[TIME_OF_DAY_TEXT_BYTES];
        time_of_day_format(text, at);
        ticks[n].x = (double)(at - axis->first_nanos) / (double)range;
        snprintf(ticks[n].text, sizeof ticks[n].text, "%s", text);
    }
    return n;
}

size_t time_ticks(const struct time_axis *axis, size_t count,
                  struct time_tick ticks[TIME_TICKS_MAX])
{
    count = count > TIME_TICKS_MAX ? TIME_TICKS_MAX : count < 1 ? 1 : count;
    if (axis->day_count == 0)
        return 0;
    if (axis->day_count == 1)
        return hour_ticks(axis, count, ticks);
    for (enum period period = EACH_DAY; period < PERIOD_COUNT; period++) {
        size_t n = 0;
        double closest = INFINITY;
        for (size_t i = 0; i < axis->day_count; i++) {
            /* The first day begins no period, unless days themselves are labelled. */
            if (i == 0 ? period != EACH_DAY
                       : period_of(period, axis->days[i]) == period_of(period, axis->days[i - 1]))
                continue;
            if (n < count) {
                ticks[n].x = (double)i + (period == EACH_DAY ? 0.5 : 0);
                if (n > 0 && ticks[n].x - ticks[n - 1].x < closest)
                    closest = ticks[n].x - ticks[n - 1].x;
                label_tick(&ticks[n], period, axis->days[i], n == 0);
            }
            n++;
        }
        /* A week cut short must not push two labels into each other. */
        bool wide = n < 2 || closest * (double)count >= (double)axis->day_count * 0.8;
        if (n <= count && wide)
            return n;
    }
    return 0;
}
