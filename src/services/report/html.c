#include <string.h>

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

static void put_page(struct buf *out, const struct backtest_result *result,
                     const char *const *links)
{
    static void (*const sections[])(struct page *) = {
        html_header, html_run,        html_strategies,   html_equity, html_figures,   html_months,
        html_payoff, html_trade_bars, html_distribution, html_exits,  html_exposures, html_costs,
        html_margin, html_trades,     html_orders,       html_notes,
    };
    struct arena arena;
    arena_init(&arena, "report page", 0);
    struct page page = { .out = out, .result = result, .arena = &arena, .links = links };
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

void report_html_text(struct buf *out, const struct backtest_result *result)
{
    put_page(out, result, NULL);
}

static enum err write_page(const char *path, const struct backtest_result *result,
                           const char *const *links)
{
    struct buf text = { 0 };
    put_page(&text, result, links);
    enum err err = page_write(path, buf_str(&text));
    buf_free(&text);
    return err;
}

/* "run.html" -> "run-2-put_write.html": beside it, in letters that every file system takes. */
static const char *page_of(struct arena *arena, const char *path, size_t number, const char *name)
{
    struct buf out = { 0 };
    size_t len = strlen(path);
    bool is_html = len > 5 && strcmp(path + len - 5, ".html") == 0;
    buf_printf(&out, "%.*s-%zu-", (int)(is_html ? len - 5 : len), path, number);
    for (size_t i = 0; i < 40 && name[i]; i++) {
        char c = name[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        buf_putc(&out, plain ? c : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : '_');
    }
    buf_puts(&out, ".html");
    const char *text = arena_strndup(arena, out.ptr, out.len);
    buf_free(&out);
    return text;
}

enum err report_html(const char *path, const struct backtest_result *result)
{
    struct arena arena;
    arena_init(&arena, "report pages", 0);
    const char **links = arena_array(&arena, const char *, result->strategy_count);
    enum err err = ERR_OK;
    for (size_t i = 0; i < result->strategy_count && !err; i++) {
        const struct backtest_result *own = &result->strategies[i];
        const char *page = page_of(&arena, path, i + 1, text_or(own->strategy_name, "strategy"));
        const char *slash = strrchr(page, '/');
        links[i] = slash ? slash + 1 : page;
        err = write_page(page, own, NULL);
    }
    if (!err)
        err = write_page(path, result, result->strategy_count ? links : NULL);
    arena_clear(&arena);
    return err;
}
