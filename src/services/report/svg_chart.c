#include "services/report/svg_chart.h"

#include <math.h>

#include "services/report/html_int.h"

enum { LEFT = 76, RIGHT = 14, TOP = 12, BOTTOM = 28, VALUE_ROOM = 78, DAY_ROOM = 60 };

double chart_x(const struct chart *chart, double x)
{
    double share = (x - chart->x_low) / (chart->x_high - chart->x_low);
    share = share < -0.1 ? -0.1 : share > 1.1 ? 1.1 : share;
    return chart->left + share * (chart->right - chart->left);
}

double chart_y(const struct chart *chart, double y)
{
    double share = (y - chart->y_low) / (chart->y_high - chart->y_low);
    share = share < -0.1 ? -0.1 : share > 1.1 ? 1.1 : share;
    return chart->bottom - share * (chart->bottom - chart->top);
}

static void widen(double *low, double *high)
{
    if (!isfinite(*low) || !isfinite(*high) || *low > *high) {
        *low = 0;
        *high = 1;
    }
    /* Closer than doubles can tell apart with room for ticks. */
    double least = fmax(fabs(*low), fabs(*high)) * 1e-9;
    if (*high - *low <= least) {
        double room = *low == 0 ? 1 : fabs(*low) * 0.01;
        *low -= room;
        *high += room;
    }
}

static void tick_text(char out[TEXT_BYTES], double value, enum chart_unit unit, double step,
                      int decimals)
{
    char text[TEXT_BYTES];
    if (fabs(value) < step / 1e6)
        value = 0;
    bool millions = unit != CHART_PERCENT && step >= 1e5;
    text_number(text, millions ? value / 1e6 : value, millions ? step >= 1e6 ? 0 : 1 : decimals);
    snprintf(out, TEXT_BYTES, "%.40s%s", text,
             unit == CHART_PERCENT    ? " %"
             : millions && value != 0 ? "M"
                                      : "");
}

static void put_line(struct chart *chart, const char *class_name, double x0, double y0, double x1,
                     double y1)
{
    buf_printf(chart->out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
               class_name, x0, y0, x1, y1);
}

static void put_label(struct chart *chart, const char *anchor, double x, double y, const char *text)
{
    buf_printf(chart->out, "<text class=\"tick\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">", anchor,
               x, y);
    html_text(chart->out, text);
    buf_puts(chart->out, "</text>");
}

static void put_y_axis(struct chart *chart, enum chart_unit unit, double step, int decimals)
{
    double first = ceil(chart->y_low / step - 1e-9);
    for (int i = 0; i < 40; i++) {
        double value = (first + i) * step;
        char text[TEXT_BYTES];
        if (value > chart->y_high + step * 1e-6)
            break;
        double y = chart_y(chart, value);
        put_line(chart, fabs(value) < step / 1e6 ? "zero" : "grid", chart->left, y, chart->right,
                 y);
        tick_text(text, value, unit, step, decimals);
        put_label(chart, "end", chart->left - 8, y + 4, text);
    }
}

/* Centred below its tick, but never cut off at the edges. */
static void put_x_label(struct chart *chart, double x, const char *text)
{
    double half = 3.4 * (double)strlen(text);
    x = fmin(fmax(x, half), chart->width - half - 1);
    put_label(chart, "middle", x, chart->bottom + 18, text);
}

static void put_x_values(struct chart *chart, const struct chart_spec *spec)
{
    int decimals, count = (int)((chart->right - chart->left) / VALUE_ROOM);
    double step =
        nice_step(chart->x_low, chart->x_high, count < 2 ? 2 : count, spec->x_whole, &decimals);
    double first = ceil(chart->x_low / step - 1e-9);
    for (int i = 0; i < 40; i++) {
        double value = (first + i) * step;
        char text[TEXT_BYTES];
        if (value > chart->x_high + step * 1e-6)
            break;
        double x = chart_x(chart, value);
        put_line(chart, "axis", x, chart->bottom, x, chart->bottom + 4);
        tick_text(text, value, spec->x_unit, step, decimals);
        put_x_label(chart, x, text);
    }
}

static void put_x_days(struct chart *chart, const struct chart_spec *spec)
{
    struct time_tick ticks[TIME_TICKS_MAX];
    size_t most = (size_t)((chart->right - chart->left) / DAY_ROOM);
    size_t count = time_ticks(spec->time, most, ticks);
    for (size_t i = 0; i < count; i++) {
        double x = chart_x(chart, ticks[i].x);
        put_line(chart, "grid", x, chart->top, x, chart->bottom);
        if (spec->x_hidden)
            continue;
        put_line(chart, "axis", x, chart->bottom, x, chart->bottom + 4);
        put_x_label(chart, x, ticks[i].text);
    }
}

void chart_begin(struct chart *chart, struct buf *out, struct chart_spec spec)
{
    *chart = (struct chart){
        .out = out,
        .width = spec.width,
        .height = spec.height,
        .left = spec.y_unit == CHART_NO_AXIS ? 8 : LEFT,
        .right = spec.width - RIGHT,
        .top = TOP,
        .bottom = spec.height -
                  (spec.x_hidden || (!spec.time && spec.x_unit == CHART_NO_AXIS) ? 8 : BOTTOM)
    };
    if (spec.time) {
        spec.x_low = 0;
        spec.x_high = spec.time->day_count ? (double)spec.time->day_count : 1;
    }
    widen(&spec.x_low, &spec.x_high);
    widen(&spec.y_low, &spec.y_high);
    int decimals = 0, count = (int)((chart->bottom - chart->top) / 42);
    double step =
        nice_step(spec.y_low, spec.y_high, count < 2 ? 2 : count, spec.y_whole, &decimals);
    chart->x_low = spec.x_low;
    chart->x_high = spec.x_high;
    chart->y_low = floor(spec.y_low / step + 1e-9) * step;
    chart->y_high = ceil(spec.y_high / step - 1e-9) * step;
    buf_printf(out, "<svg class=\"chart\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"",
               spec.width, spec.height);
    html_text(out, spec.label);
    buf_puts(out, "\">");
    if (spec.y_unit != CHART_NO_AXIS)
        put_y_axis(chart, spec.y_unit, step, decimals);
    if (spec.time)
        put_x_days(chart, &spec);
    else if (spec.x_unit != CHART_NO_AXIS)
        put_x_values(chart, &spec);
    if (spec.y_unit != CHART_NO_AXIS)
        put_line(chart, "axis", chart->left, chart->top, chart->left, chart->bottom);
}

void chart_end(struct chart *chart)
{
    buf_puts(chart->out, "</svg>\n");
}

static void put_point(struct buf *out, bool *started, double x, double y)
{
    buf_printf(out, "%c%.1f %.1f", *started ? 'L' : 'M', x, y);
    *started = true;
}

/* One stroke of a line without gaps. Of the points that share half a unit of width the first, the
 * lowest, the highest and the last are kept, in their order: the picture is the same as with all.
 */
static void put_stroke(struct chart *chart, struct buf *out, size_t count, const double *x,
                       const double *y, bool *started)
{
    for (size_t i = 0; i < count;) {
        double cell = floor(chart_x(chart, x[i]) * 2);
        size_t low = i, high = i, end = i;
        while (end < count && floor(chart_x(chart, x[end]) * 2) == cell) {
            low = y[end] < y[low] ? end : low;
            high = y[end] > y[high] ? end : high;
            end++;
        }
        size_t keep[4] = { i, low < high ? low : high, low < high ? high : low, end - 1 };
        for (int k = 0; k < 4; k++)
            if (k == 0 || keep[k] > keep[k - 1])
                put_point(out, started, chart_x(chart, x[keep[k]]), chart_y(chart, y[keep[k]]));
        i = end;
    }
}

/* The next run of points that are numbers: from *at on; its length, 0 when there is none. */
static size_t next_run(size_t count, const double *x, const double *y, size_t *at)
{
    while (*at < count && !(isfinite(x[*at]) && isfinite(y[*at])))
        ++*at;
    size_t end = *at;
    while (end < count && isfinite(x[end]) && isfinite(y[end]))
        end++;
    return end - *at;
}

void chart_line(struct chart *chart, const char *class_name, size_t count, const double *x,
                const double *y)
{
    for (size_t at = 0, run; (run = next_run(count, x, y, &at)) > 0; at += run) {
        bool started = false;
        if (run == 1) {
            chart_dot(chart, class_name, x[at], y[at], NULL);
            continue;
        }
        buf_printf(chart->out, "<path class=\"line %s\" d=\"", class_name);
        put_stroke(chart, chart->out, run, x + at, y + at, &started);
        buf_puts(chart->out, "\"/>");
    }
}

void chart_area(struct chart *chart, const char *class_name, size_t count, const double *x,
                const double *y, double base)
{
    double floor_y = chart_y(chart, fmax(fmin(base, chart->y_high), chart->y_low));
    for (size_t at = 0, run; (run = next_run(count, x, y, &at)) > 0; at += run) {
        bool started = false;
        buf_printf(chart->out, "<path class=\"area %s\" d=\"", class_name);
        put_point(chart->out, &started, chart_x(chart, x[at]), floor_y);
        put_stroke(chart, chart->out, run, x + at, y + at, &started);
        put_point(chart->out, &started, chart_x(chart, x[at + run - 1]), floor_y);
        buf_puts(chart->out, "Z\"/>");
    }
}

static void put_title(struct chart *chart, const char *title)
{
    if (!title)
        return;
    buf_puts(chart->out, "<title>");
    html_text(chart->out, title);
    buf_puts(chart->out, "</title>");
}

static void put_rect(struct chart *chart, const char *class_name, double x0, double y0, double x1,
                     double y1, const char *title)
{
    buf_printf(chart->out,
               "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">",
               class_name, fmin(x0, x1), fmin(y0, y1), fabs(x1 - x0), fabs(y1 - y0));
    put_title(chart, title);
    buf_puts(chart->out, "</rect>");
}

void chart_bar(struct chart *chart, const char *class_name, double x0, double x1, double y0,
               double y1, const char *title)
{
    double top = chart_y(chart, y1), bottom = chart_y(chart, y0);
    if (fabs(top - bottom) < 1) /* a bar of nothing is still seen */
        top = bottom - (y1 < y0 ? -1 : 1);
    put_rect(chart, class_name, chart_x(chart, x0), bottom, chart_x(chart, x1), top, title);
}

void chart_band(struct chart *chart, const char *class_name, double x0, double x1)
{
    put_rect(chart, class_name, chart_x(chart, x0), chart->top, chart_x(chart, x1), chart->bottom,
             NULL);
}

void chart_level(struct chart *chart, const char *class_name, double y)
{
    if (y >= chart->y_low && y <= chart->y_high)
        put_line(chart, class_name, chart->left, chart_y(chart, y), chart->right,
                 chart_y(chart, y));
}

void chart_mark(struct chart *chart, const char *class_name, double x)
{
    if (x >= chart->x_low && x <= chart->x_high)
        put_line(chart, class_name, chart_x(chart, x), chart->top, chart_x(chart, x),
                 chart->bottom);
}

void chart_dot(struct chart *chart, const char *class_name, double x, double y, const char *title)
{
    buf_printf(chart->out, "<circle class=\"dot %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\">",
               class_name, chart_x(chart, x), chart_y(chart, y));
    put_title(chart, title);
    buf_puts(chart->out, "</circle>");
}

void chart_text(struct chart *chart, const char *class_name, double x, double y, double dx,
                double dy, const char *text)
{
    /* Digits and letters of the page's font are about 6.4 units wide at this size. */
    double half = 3.3 * (double)strlen(text), at = chart_x(chart, x) + dx;
    double height = chart_y(chart, y) + dy;
    at = fmin(fmax(at, chart->left + half + 2), chart->right - half - 2);
    height = fmin(fmax(height, chart->top + 10), chart->bottom - 4);
    buf_printf(chart->out, "<text class=\"%s\" text-anchor=\"middle\" x=\"%.1f\" y=\"%.1f\">",
               class_name, at, height);
    html_text(chart->out, text);
    buf_puts(chart->out, "</text>");
}

void chart_hover(struct chart *chart, double x0, double x1, const char *title)
{
    put_rect(chart, "hover", chart_x(chart, x0), chart->top, chart_x(chart, x1), chart->bottom,
             title);
}
