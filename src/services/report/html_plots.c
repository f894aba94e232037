#include <math.h>

#include "domain/types/money.h"
#include "services/report/html_int.h"

enum { HOVER_COLUMNS = 220, BARS_MAX = 360, BINS_MAX = 40 };

static double low_of(size_t count, const double *y)
{
    double low = NAN;
    for (size_t i = 0; i < count; i++)
        low = fmin(low, y[i]);
    return low;
}

static double high_of(size_t count, const double *y)
{
    double high = NAN;
    for (size_t i = 0; i < count; i++)
        high = fmax(high, y[i]);
    return high;
}

/* Call write for about HOVER_COLUMNS snapshots, each with the stretch of the plot that is its own.
 */
static void put_hovers(struct page *page, struct chart *chart,
                       void (*write)(struct buf *text, const struct page *page, size_t point,
                                     double value),
                       const double *values)
{
    size_t count = page->result->point_count;
    struct buf text = { 0 };
    double edge = chart->x_low;
    size_t stride = (count + HOVER_COLUMNS - 1) / HOVER_COLUMNS;
    for (size_t i = stride ? (stride - 1) / 2 : 0; i < count; i += stride) {
        size_t next = i + stride < count ? i + stride : i;
        double end = next == i ? chart->x_high : (page->x[i] + page->x[next]) / 2;
        if (!isfinite(end) || !isfinite(page->x[i]))
            continue;
        buf_clear(&text);
        write(&text, page, i, values[i]);
        chart_hover(chart, edge, end, text.ptr);
        edge = end;
    }
    buf_free(&text);
}

static void write_equity(struct buf *text, const struct page *page, size_t i, double drawdown)
{
    const struct result_point *point = &page->result->points[i];
    char when[TEXT_BYTES], equity[TEXT_BYTES], fall[TEXT_BYTES], spot[TEXT_BYTES];
    text_when(when, point->ts_ns);
    text_money(equity, point->equity);
    text_percent(fall, drawdown / 100);
    text_money(spot, point->underlying);
    buf_printf(text, "%s: equity %s USD, drawdown %s, %s at %s, %u open", when, equity, fall,
               text_or(page->result->underlying, "underlying"), spot, point->open_trades);
}

static double *make_drawdown(struct page *page)
{
    size_t count = page->result->point_count;
    double *fall = arena_array(page->arena, double, count);
    double peak = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        double equity = money_to_dollars(page->result->points[i].equity);
        peak = fmax(peak, equity);
        fall[i] = peak > 0 ? -100 * (peak - equity) / peak : NAN;
    }
    return fall;
}

/* The stretch of the largest drawdown; false when there was none. */
static bool drawdown_band(const struct page *page, double *x0, double *x1)
{
    const struct result_stats *stats = &page->result->stats;
    if (stats->max_drawdown_micros <= 0)
        return false;
    *x0 = ts_day(stats->max_drawdown_from_ns)
              ? time_axis_x(&page->time, stats->max_drawdown_from_ns)
              : NAN;
    *x1 = ts_day(stats->max_drawdown_to_ns) ? time_axis_x(&page->time, stats->max_drawdown_to_ns)
                                            : NAN;
    return isfinite(*x0) && isfinite(*x1);
}

static void put_equity_chart(struct page *page, const double *equity, const double *fall)
{
    const struct backtest_result *result = page->result;
    size_t count = result->point_count;
    double start = money_to_dollars(result->start_cash), x0, x1;
    double low = fmin(low_of(count, equity), start), high = fmax(high_of(count, equity), start);
    char percent[TEXT_BYTES], label[TEXT_BYTES * 2];
    struct chart chart;
    html_figure_begin(page->out, "Equity, USD",
                      "Cash + options + stock at each snapshot, open positions marked to market. "
                      "Dashed: starting cash. "
                      "Shaded: the largest drawdown.");
    chart_begin(&chart, page->out,
                (struct chart_spec){ .width = PAGE_WIDE,
                                     .height = 300,
                                     .label = "Equity through time",
                                     .y_low = low,
                                     .y_high = high,
                                     .y_unit = CHART_DOLLARS,
                                     .time = &page->time });
    bool has_band = drawdown_band(page, &x0, &x1);
    if (has_band)
        chart_band(&chart, "band", x0, x1);
    chart_area(&chart, "c1", count, page->x, equity, chart.y_low);
    chart_level(&chart, "start", start);
    chart_line(&chart, "c1", count, page->x, equity);
    if (has_band) {
        text_percent(percent, -result->stats.max_drawdown);
        snprintf(label, sizeof label, "largest drawdown %s", percent);
        chart_text(&chart, "loss", (x0 + x1) / 2, chart.y_low, 0, -8, label);
    }
    put_hovers(page, &chart, write_equity, fall);
    chart_end(&chart);
    html_figure_end(page->out);
}

static void put_drawdown_chart(struct page *page, const double *fall)
{
    size_t count = page->result->point_count;
    struct chart chart;
    html_figure_begin(page->out, "Drawdown, %",
                      "Equity / its highest value at a snapshot before - 1.");
    chart_begin(&chart, page->out,
                (struct chart_spec){ .width = PAGE_WIDE,
                                     .height = 150,
                                     .label = "Drawdown through time",
                                     .y_low = low_of(count, fall),
                                     .y_high = 0,
                                     .y_unit = CHART_PERCENT,
                                     .time = &page->time });
    chart_area(&chart, "loss", count, page->x, fall, 0);
    chart_line(&chart, "loss", count, page->x, fall);
    put_hovers(page, &chart, write_equity, fall);
    chart_end(&chart);
    html_figure_end(page->out);
}

void html_equity(struct page *page)
{
    const struct backtest_result *result = page->result;
    size_t count = result->point_count;
    double *equity = arena_array(page->arena, double, count);
    for (size_t i = 0; i < count; i++)
        equity[i] = money_to_dollars(result->points[i].equity);
    html_section_begin(
        page->out, "equity", "Equity and drawdown",
        "Trading days stand side by side: nights, weekends and days without data take no room.");
    if (count == 0) {
        html_nothing(page->out, "No snapshots, so there is nothing to draw.");
    } else {
        const double *fall = make_drawdown(page);
        buf_puts(page->out, "<div class=\"wide\">\n");
        put_equity_chart(page, equity, fall);
        put_drawdown_chart(page, fall);
        buf_puts(page->out, "</div>\n");
    }
    html_section_end(page->out);
}

static const struct exposure {
    const char *name, *how, *unit;
    size_t offset;
} exposures[] = {
    { "Delta, shares", "Change of the account in dollars when the underlying rises 1 dollar.",
      "shares", offsetof(struct result_point, delta) },
    { "Vega, USD a vol point",
      "Change when every implied volatility rises by 1 point (0.20 to 0.21).", "USD a vol point",
      offsetof(struct result_point, vega) },
    { "Theta, USD a day", "Change when a calendar day passes and nothing else moves.", "USD a day",
      offsetof(struct result_point, theta) },
    { "Gamma, shares a dollar", "Change of delta when the underlying rises 1 dollar.",
      "shares a dollar", offsetof(struct result_point, gamma) },
};

static double exposure_at(const struct result_point *point, const struct exposure *exposure)
{
    double value;
    memcpy(&value, (const char *)point + exposure->offset, sizeof value);
    return isfinite(value) ? value : NAN;
}

static void write_exposure(struct buf *text, const struct page *page, size_t i, double value)
{
    char when[TEXT_BYTES], number[TEXT_BYTES];
    text_when(when, page->result->points[i].ts_ns);
    text_number(number, value, 2);
    buf_printf(text, "%s: %s", when, isnan(value) ? "unknown" : number);
}

static void put_exposure(struct page *page, const struct exposure *exposure)
{
    size_t count = page->result->point_count;
    double *y = arena_array(page->arena, double, count);
    struct chart chart;
    for (size_t i = 0; i < count; i++)
        y[i] = exposure_at(&page->result->points[i], exposure);
    html_figure_begin(page->out, exposure->name, exposure->how);
    if (isnan(low_of(count, y))) {
        html_nothing(page->out, "Unknown at every snapshot.");
    } else {
        chart_begin(&chart, page->out,
                    (struct chart_spec){ .width = PAGE_HALF,
                                         .height = 190,
                                         .label = exposure->name,
                                         .y_low = fmin(0, low_of(count, y)),
                                         .y_high = fmax(0, high_of(count, y)),
                                         .time = &page->time });
        chart_line(&chart, "c1", count, page->x, y);
        put_hovers(page, &chart, write_exposure, y);
        chart_end(&chart);
    }
    html_figure_end(page->out);
}

void html_exposures(struct page *page)
{
    if (page->result->point_count == 0)
        return;
    html_section_begin(page->out, "exposures", "Exposures through time",
                       "Of the whole account at each snapshot. A gap means that a Greek of an open "
                       "position could not be computed then.");
    buf_puts(page->out, "<div class=\"two half\">\n");
    for (size_t i = 0; i < ARRAY_COUNT(exposures); i++)
        put_exposure(page, &exposures[i]);
    buf_puts(page->out, "</div>\n");
    html_section_end(page->out);
}

static const char *bar_class(const struct result_trade *trade)
{
    return trade->closed_ns == 0 ? "open" : trade->pnl > 0 ? "bar gain" : "bar loss";
}

static void write_trade(struct buf *text, const struct result_trade *trade)
{
    char opened[TEXT_BYTES], closed[TEXT_BYTES], pnl[TEXT_BYTES];
    text_when(opened, trade->opened_ns);
    text_when(closed, trade->closed_ns);
    text_money_plus(pnl, trade->pnl);
    buf_printf(text, "Trade %llu: ", (unsigned long long)trade->id);
    text_legs(text, trade, ' ', ' ');
    buf_printf(text, ": %s USD, opened %s, %s", pnl, opened,
               trade->closed_ns ? text_reason(trade->reason) : "still open");
    if (trade->closed_ns)
        buf_printf(text, " %s", closed);
}

static void write_group(struct buf *text, const struct result_trade *trades, size_t count,
                        double sum)
{
    char pnl[TEXT_BYTES];
    text_number(pnl, sum, 2);
    buf_printf(text, "Trades %llu to %llu together: %s USD", (unsigned long long)trades[0].id,
               (unsigned long long)trades[count - 1].id, pnl);
}

/* More trades than bars have room: neighbours share one, and the heading says so. */
static void put_bars(struct page *page, size_t share)
{
    const struct backtest_result *result = page->result;
    size_t bars = (result->trade_count + share - 1) / share;
    double *sums = arena_array(page->arena, double, bars);
    /* Few bars stay slim. */
    double gap = bars > 150 ? 0.05 : bars < 12 ? 0.5 - 0.03 * (double)bars : 0.12;
    struct buf text = { 0 };
    struct chart chart;
    for (size_t i = 0; i < result->trade_count; i++)
        sums[i / share] += money_to_dollars(result->trades[i].pnl);
    chart_begin(&chart, page->out,
                (struct chart_spec){ .width = PAGE_WIDE,
                                     .height = 240,
                                     .label = "Profit and loss of each trade",
                                     .x_low = 0.5,
                                     .x_high = (double)(bars * share) + 0.5,
                                     .x_whole = true,
                                     .y_low = fmin(0, low_of(bars, sums)),
                                     .y_high = fmax(0, high_of(bars, sums)),
                                     .y_unit = CHART_DOLLARS });
    for (size_t i = 0; i < bars; i++) {
        const struct result_trade *trades = &result->trades[i * share];
        size_t count =
            i * share + share <= result->trade_count ? share : result->trade_count - i * share;
        double x = 0.5 + (double)(i * share), width = (double)share;
        buf_clear(&text);
        if (share == 1)
            write_trade(&text, trades);
        else
            write_group(&text, trades, count, sums[i]);
        const char *class_name = share == 1    ? bar_class(trades)
                                 : sums[i] > 0 ? "bar gain"
                                               : "bar loss";
        chart_bar(&chart, class_name, x + gap * width, x + (1 - gap) * width, 0, sums[i], text.ptr);
    }
    chart_end(&chart);
    buf_free(&text);
}

void html_trade_bars(struct page *page)
{
    struct buf *out = page->out;
    size_t count = page->result->trade_count, share = (count + BARS_MAX - 1) / BARS_MAX;
    if (count == 0)
        return;
    html_section_begin(out, "results", "Profit and loss of each trade, USD", NULL);
    buf_puts(out, "<p class=\"lead\">In order of opening, after costs. <span class=\"key "
                  "gain\"></span>profit "
                  "<span class=\"key loss\"></span>loss <span class=\"key open\"></span>still "
                  "open, marked to market.");
    if (share > 1)
        buf_printf(out, " There are many: each bar is the sum of %zu trades in a row.", share);
    buf_puts(out, "</p>\n<div class=\"scroll wide\">");
    put_bars(page, share);
    buf_puts(out, "</div>\n");
    html_section_end(out);
}

void html_distribution(struct page *page)
{
    const struct backtest_result *result = page->result;
    size_t count = result->trade_count, bins[BINS_MAX + 2] = { 0 }, most = 0;
    double *pnl = arena_array(page->arena, double, count);
    struct chart chart;
    int decimals;
    if (count < 2)
        return;
    for (size_t i = 0; i < count; i++)
        pnl[i] = money_to_dollars(result->trades[i].pnl);
    double low = fmin(0, low_of(count, pnl)), high = fmax(0, high_of(count, pnl));
    double step =
        nice_step(low, high > low ? high : low + 1, count > 60 ? 30 : 16, false, &decimals);
    double first = floor(low / step), last = floor(high / step) + 1;
    size_t used = (size_t)(last - first);
    MUST(used <= BINS_MAX + 2);
    for (size_t i = 0; i < count; i++) {
        size_t bin = (size_t)(floor(pnl[i] / step) - first);
        most = ++bins[bin] > most ? bins[bin] : most;
    }
    html_section_begin(page->out, "distribution", "Distribution of profit and loss",
                       "How many trades ended in each range of profit and loss, USD after costs. "
                       "Open trades count with their mark.");
    buf_puts(page->out, "<div class=\"scroll wide\">");
    chart_begin(&chart, page->out,
                (struct chart_spec){ .width = PAGE_WIDE,
                                     .height = 220,
                                     .label = "Distribution of profit and loss",
                                     .x_low = first * step,
                                     .x_high = last * step,
                                     .x_unit = CHART_DOLLARS,
                                     .y_high = (double)most,
                                     .y_whole = true });
    for (size_t i = 0; i < used; i++) {
        double from = (first + (double)i) * step;
        char a[TEXT_BYTES], b[TEXT_BYTES], title[TEXT_BYTES * 4];
        if (bins[i] == 0)
            continue;
        text_number(a, from, decimals);
        text_number(b, from + step, decimals);
        snprintf(title, sizeof title, "%zu trade%s from %s to %s USD", bins[i],
                 bins[i] == 1 ? "" : "s", a, b);
        chart_bar(&chart, from >= 0 ? "bar gain" : "bar loss", from + 0.04 * step,
                  from + 0.96 * step, 0, (double)bins[i], title);
    }
    chart_mark(&chart, "zero", 0);
    chart_end(&chart);
    buf_puts(page->out, "</div>\n");
    html_section_end(page->out);
}

struct cost {
    const char *name, *how;
    int64_t micros;
};

static void put_cost_bar(struct buf *out, const struct cost *cost, double most, double y)
{
    enum { FROM = 150, TO = 690 };
    double size = money_to_dollars(cost->micros);
    double width = most > 0 && size > 0 ? size / most * (TO - FROM) : 0;
    char text[TEXT_BYTES];
    text_money(text, cost->micros);
    buf_printf(out, "<text x=\"%d\" y=\"%.0f\" text-anchor=\"end\">", FROM - 10, y + 16);
    html_text(out, cost->name);
    buf_printf(out,
               "</text><rect class=\"bar\" x=\"%d\" y=\"%.0f\" width=\"%.1f\" height=\"22\" "
               "rx=\"2\"><title>",
               FROM, y, width);
    html_text(out, cost->how);
    buf_printf(out, "</title></rect><text class=\"note\" x=\"%.1f\" y=\"%.0f\">%s USD</text>",
               FROM + width + 8, y + 16, text);
}

void html_costs(struct page *page)
{
    const struct result_stats *stats = &page->result->stats;
    const struct cost costs[] = {
        { "Commissions", "What the broker takes for each contract", stats->commissions },
        { "Exchange fees", "What the exchange takes for each contract", stats->exchange_fees },
        { "Regulatory fees", "ORF, TAF, SEC and clearing fees as of each day",
          stats->regulatory_fees },
        { "Spread, in the fills",
          "What the fills gave up against the mid: in the prices already, not in the costs",
          stats->spread_cost },
    };
    double most = 0;
    char total[TEXT_BYTES], label[TEXT_BYTES * 2];
    for (size_t i = 0; i < ARRAY_COUNT(costs); i++)
        most = fmax(most, money_to_dollars(costs[i].micros));
    html_section_begin(page->out, "costs", "Costs, USD",
                       "The spread is what fills gave up against the mid: it is in the prices "
                       "already and no part of the costs that were deducted.");
    text_money(total, stats->costs);
    snprintf(label, sizeof label, "Costs by kind; %s USD deducted in all", total);
    buf_printf(page->out,
               "<div class=\"scroll wide\"><svg class=\"chart\" viewBox=\"0 0 %d 124\" "
               "role=\"img\" aria-label=\"",
               PAGE_WIDE);
    html_text(page->out, label);
    buf_puts(page->out, "\">");
    for (size_t i = 0; i < ARRAY_COUNT(costs); i++)
        put_cost_bar(page->out, &costs[i], most, 4 + 30 * (double)i);
    buf_puts(page->out, "</svg></div>\n");
    html_section_end(page->out);
}
