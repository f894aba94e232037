/*
 * Small charts as SVG text: one plot rectangle with a value axis on the left, and below a value
 * axis or the days of a run; lines with gaps, areas, bars, bands, marks and hover texts.
 *
 *     struct chart chart;
 *     chart_begin(&chart, out, (struct chart_spec){ .width = 880, .height = 300, ... });
 *     chart_line(&chart, "c1", count, x, y);
 *     chart_end(&chart);
 *
 * Colours come from the page: an element only names its class ("c1", "gain", "grid" ...). Values
 * are doubles in the unit of the axis (dollars; percents as 5 for 5 %); NaN is a gap. Text given
 * here is escaped here. The same calls give the same bytes.
 */
#ifndef SERVICES_REPORT_SVG_CHART_H
#define SERVICES_REPORT_SVG_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"

enum chart_unit { CHART_NUMBER, CHART_DOLLARS, CHART_PERCENT, CHART_NO_AXIS };

/*
 * The days of a run, side by side: nights, weekends and days without data take no room. A moment is
 * at its day's number (0, 1, ...) plus how far the day has gone between the earliest and the latest
 * time of day of all moments (0.5 when there is but one); several days keep a gap for the night.
 */
struct time_axis {
    const int32_t *days; /* ascending */
    size_t day_count;
    int64_t first_nanos, last_nanos; /* time of day, New York */
};

/* Moments ascending; those that are none are left out. The axis lives in arena. */
struct time_axis time_axis_make(struct arena *arena, const int64_t *ts_ns, size_t count);
double time_axis_x(const struct time_axis *axis, int64_t ts_ns); /* NaN when its day is not there */

struct chart_spec {
    double width, height;
    const char *label;    /* what the chart shows, for readers who do not see it */
    double x_low, x_high; /* of a value axis */
    double y_low, y_high; /* of the data: widened to the next ticks unless y_exact */
    enum chart_unit x_unit, y_unit;
    const struct time_axis *time; /* in place of x_low, x_high, x_unit */
    bool x_whole, y_whole;        /* ticks at whole numbers alone */
    bool x_hidden;                /* grid lines, but no labels below: another chart has them */
};

struct chart {
    struct buf *out;
    double width, height;
    double left, right, top, bottom; /* the plot rectangle, in the SVG's own units */
    double x_low, x_high, y_low, y_high;
};

/* A range without width, or none at all (NaN), is widened to something that can be drawn. */
void chart_begin(struct chart *chart, struct buf *out, struct chart_spec spec);
void chart_end(struct chart *chart);

double chart_x(const struct chart *chart, double x); /* clamped to a little beyond the plot */
double chart_y(const struct chart *chart, double y);

/* Points ascending in x. More than the plot has columns are thinned so that no peak is lost. */
void chart_line(struct chart *chart, const char *class_name, size_t count, const double *x,
                const double *y);
void chart_area(struct chart *chart, const char *class_name, size_t count, const double *x,
                const double *y, double base);

/* title: shown while the pointer is over it, NULL none. */
void chart_bar(struct chart *chart, const char *class_name, double x0, double x1, double y0,
               double y1, const char *title);
void chart_band(struct chart *chart, const char *class_name, double x0, double x1);
void chart_level(struct chart *chart, const char *class_name, double y);
void chart_mark(struct chart *chart, const char *class_name, double x);
void chart_dot(struct chart *chart, const char *class_name, double x, double y, const char *title);

/* Text near a place in the plot, dx and dy units away; kept inside the plot. */
void chart_text(struct chart *chart, const char *class_name, double x, double y, double dx,
                double dy, const char *text);

/* An unseen column from x0 to x1 over the whole height that shows title. */
void chart_hover(struct chart *chart, double x0, double x1, const char *title);

/*
 * Steps of 1, 2, 2.5 or 5 times a power of ten (whole: at least 1) that cut low to high into about
 * count pieces. *decimals is how many a label needs.
 */
double nice_step(double low, double high, int count, bool whole, int *decimals);

struct time_tick {
    double x;
    char text[16];
};
enum { TIME_TICKS_MAX = 32 };

/* At most count labelled ticks: times of one day, days, weeks, months, quarters or years. */
size_t time_ticks(const struct time_axis *axis, size_t count,
                  struct time_tick ticks[TIME_TICKS_MAX]);

#endif
