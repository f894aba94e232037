#include "services/report/html_int.h"

static void put_foot(struct page *page)
{
    struct buf *out = page->out;
    buf_puts(out, "<footer><p>");
    html_text(out, text_or(page->result->program, "ironfly"));
    buf_puts(out, ". Times are those of New York. Money is in US dollars. A past result, and more "
                  "so a simulated "
                  "one, does not tell the future.</p><p>Reproducible: events in <code>");
    html_text(out, text_or(page->result->events_hash, "n/a"));
    buf_puts(out, "</code>, effects out <code>");
    html_text(out, text_or(page->result->effects_hash, "n/a"));
    buf_puts(out, "</code></p></footer>\n");
    page_end(out);
}

static void lay_out_time(struct page *page)
{
    size_t count = page->result->point_count;
    int64_t *ts_ns = arena_array(page->arena, int64_t, count);
    double *x = arena_array(page->arena, double, count);
    for (size_t i = 0; i < count; i++)
        ts_ns[i] = ts_day(page->result->points[i].ts_ns) ? page->result->points[i].ts_ns : 0;
    page->time = time_axis_make(page->arena, ts_ns, count);
    for (size_t i = 0; i < count; i++)
        x[i] = time_axis_x(&page->time, ts_ns[i]);
    page->x = x;
}

void report_html_text(struct buf *out, const struct backtest_result *result)
{
    static void (*const sections[])(struct page *) = {
        html_header, html_run,        html_equity,       html_figures, html_months,
        html_payoff, html_trade_bars, html_distribution, html_exits,   html_exposures,
        html_costs,  html_margin,     html_trades,       html_orders, html_notes,
    };
    struct arena arena;
    arena_init(&arena, "report page", 0);
    struct page page = { .out = out, .result = result, .arena = &arena };
    lay_out_time(&page);
    struct buf title = { 0 };
    buf_printf(&title, "%s - backtest", text_or(result->strategy_name, "backtest"));
    page_begin(out, title.ptr, NULL);
    buf_free(&title);
    for (size_t i = 0; i < ARRAY_COUNT(sections); i++)
        sections[i](&page);
    put_foot(&page);
    arena_clear(&arena);
}

enum err report_html(const char *path, const struct backtest_result *result)
{
    struct buf text = { 0 };
    report_html_text(&text, result);
    enum err err = page_write(path, buf_str(&text));
    buf_free(&text);
    return err;
}
