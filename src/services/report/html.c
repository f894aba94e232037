#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "services/report/html_int.h"

static void put_lines(struct buf *out, const char *const *lines)
{
    for (; *lines; lines++)
        buf_puts(out, *lines);
}

static void put_head(struct page *page)
{
    struct buf *out = page->out;
    buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                  /* Nothing is ever fetched, whatever a name may try. */
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "style-src 'unsafe-inline'; script-src 'unsafe-inline'\"/>\n<title>");
    html_text(out, text_or(page->result->strategy_name, "backtest"));
    buf_puts(out, " - backtest</title>\n<style>\n");
    put_lines(out, html_style);
    buf_puts(
        out,
        "</style>\n</head>\n<body>\n"
        "<svg width=\"0\" height=\"0\" style=\"position:absolute\" "
        "aria-hidden=\"true\"><defs><pattern id=\"hatch\" "
        "width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
        "<path d=\"M0 0V5\"/></pattern></defs></svg>\n<main>\n");
}

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
    buf_puts(out, "</code></p></footer>\n</main>\n<script>\n");
    put_lines(out, html_script);
    buf_puts(out, "</script>\n</body>\n</html>\n");
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
        html_costs,  html_trades,     html_orders,       html_notes,
    };
    struct arena arena;
    arena_init(&arena, "report page", 0);
    struct page page = { .out = out, .result = result, .arena = &arena };
    lay_out_time(&page);
    put_head(&page);
    for (size_t i = 0; i < ARRAY_COUNT(sections); i++)
        sections[i](&page);
    put_foot(&page);
    arena_clear(&arena);
}

/* Whole on the disk, with the rights a new file of this user has. */
static bool write_whole(int fd, struct str text)
{
    mode_t mask = umask(0);
    umask(mask);
    while (text.len > 0) {
        ssize_t written = write(fd, text.ptr, text.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text = (struct str){ text.ptr + written, text.len - (size_t)written };
    }
    return fchmod(fd, 0666 & ~mask) == 0 && fsync(fd) == 0;
}

enum err report_html(const char *path, const struct backtest_result *result)
{
    struct arena arena;
    struct buf text = { 0 };
    enum err err = ERR_OK;
    arena_init(&arena, "report path", 1024);
    char *temporary = arena_printf(&arena, "%s.XXXXXX", path);
    int fd = mkstemp(temporary);
    if (fd < 0) {
        err = err_set(ERR_IO, "report %s cannot be written: %s", path, strerror(errno));
        arena_clear(&arena);
        return err;
    }
    report_html_text(&text, result);
    bool done = write_whole(fd, buf_str(&text));
    int why = errno;
    if (close(fd) != 0 && done) {
        done = false;
        why = errno;
    }
    if (done && rename(temporary, path) != 0) {
        done = false;
        why = errno;
    }
    if (!done) {
        unlink(temporary);
        err = err_set(ERR_IO, "report %s cannot be written: %s", path, strerror(why));
    }
    buf_free(&text);
    arena_clear(&arena);
    return err;
}
