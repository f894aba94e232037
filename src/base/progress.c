#include "base/clock.h"
#include "base/progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR_COLUMNS = 20, DRAW_EVERY_NS = 100000000 };

void progress_begin(struct progress *progress, FILE *out, const char *label, const char *unit,
                    uint64_t total)
{
    const char *term = getenv("TERM");
    bool can_draw = out && isatty(fileno(out)) && term && strcmp(term, "dumb") != 0;
    *progress = (struct progress){ .out = can_draw ? out : NULL,
                                   .label = label,
                                   .unit = unit,
                                   .total = total,
                                   .begin_ns = clock_steady_ns() };
}

static void add_count(struct buf *out, double value)
{
    if (value >= 1e6)
        buf_printf(out, "%.1fM", value / 1e6);
    else if (value >= 1e4)
        buf_printf(out, "%.0fk", value / 1e3);
    else if (value >= 100)
        buf_printf(out, "%.0f", value);
    else
        buf_printf(out, "%.1f", value);
}

static void add_duration(struct buf *out, double seconds)
{
    if (seconds < 100)
        buf_printf(out, "%.0f s", seconds);
    else if (seconds < 6000)
        buf_printf(out, "%.0f min", seconds / 60);
    else
        buf_printf(out, "%.1f h", seconds / 3600);
}

void progress_format(struct buf *out, const struct progress *progress, uint64_t done,
                     double elapsed_s, int width)
{
    size_t begin = out->len;
    uint64_t total = progress->total;
    double rate = elapsed_s > 0 ? (double)done / elapsed_s : 0;
    buf_printf(out, "%s  ", progress->label);
    if (total) {
        double share = done < total ? (double)done / (double)total : 1;
        int filled = (int)(share * BAR_COLUMNS);
        buf_putc(out, '[');
        for (int i = 0; i < BAR_COLUMNS; i++)
            buf_putc(out, i < filled ? '#' : '.');
        buf_printf(out, "] %3d%%  %" PRIu64 "/%" PRIu64, (int)(share * 100), done, total);
    } else {
        buf_printf(out, "%" PRIu64, done);
    }
    buf_printf(out, " %s", progress->unit);
    if (rate > 0) {
        buf_puts(out, "  ");
        add_count(out, rate);
        buf_puts(out, "/s");
    }
    if (rate > 0 && total && done < total) {
        buf_puts(out, "  ");
        add_duration(out, (double)(total - done) / rate);
        buf_puts(out, " left");
    }
    if (width > 0 && out->len - begin > (size_t)width) {
        out->len = begin + (size_t)width;
        out->ptr[out->len] = '\0';
    }
}

static int terminal_width(FILE *out)
{
    struct winsize size;
    return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1 : 79;
}

void progress_set(struct progress *progress, uint64_t done)
{
    if (!progress->out)
        return;
    int64_t now = clock_steady_ns();
    if (progress->is_drawn && now - progress->drawn_ns < DRAW_EVERY_NS)
        return;
    progress->drawn_ns = now;
    progress->is_drawn = true;
    struct buf line = { 0 };
    buf_putc(&line, '\r');
    progress_format(&line, progress, done, (double)(now - progress->begin_ns) / 1e9,
                    terminal_width(progress->out) - 1);
    buf_puts(&line, "\033[K");
    fwrite(line.ptr, 1, line.len, progress->out);
    fflush(progress->out);
    buf_free(&line);
}

void progress_end(struct progress *progress)
{
    if (progress->out && progress->is_drawn) {
        fputs("\r\033[K", progress->out);
        fflush(progress->out);
    }
    progress->out = NULL;
}
