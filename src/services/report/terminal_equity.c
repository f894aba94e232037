#include <math.h>

#include "domain/types/money.h"
#include "services/report/terminal_int.h"

enum { ROWS = 6, PLOT_MAX = 200 };

struct column {
    int64_t equity; /* the last of the column's snapshots */
    bool falling;   /* inside the largest drawdown */
};

/* Snapshots share the columns evenly; few snapshots take several columns each. */
static void fill_columns(struct column *columns, int count, const struct backtest_result *result)
{
    const struct result_stats *stats = &result->stats;
    for (int i = 0; i < count; i++) {
        size_t first = (size_t)i * result->point_count / (size_t)count;
        size_t end = (size_t)(i + 1) * result->point_count / (size_t)count;
        size_t last = end > first ? end - 1 : first;
        columns[i].equity = result->points[last].equity;
        for (size_t p = first; p <= last; p++) {
            int64_t ts_ns = result->points[p].ts_ns;
            if (stats->max_drawdown_micros > 0 && ts_ns >= stats->max_drawdown_from_ns &&
                ts_ns <= stats->max_drawdown_to_ns)
                columns[i].falling = true;
        }
    }
}

/* Eighths of a character cell that the value fills in this row; row 0 is the lowest. */
static int eighths_in_row(double share, int row)
{
    int filled = 1 + (int)lround(share * (ROWS * 8 - 1)) - row * 8;
    return filled < 0 ? 0 : filled > 8 ? 8 : filled;
}

static const char *cell_text(bool utf8, int eighths)
{
    static const char *const blocks[] = { " ",      "\u2581", "\u2582", "\u2583", "\u2584",
                                          "\u2585", "\u2586", "\u2587", "\u2588" };
    static const char *const plain[] = { " ", ".", ".", ".", ":", ":", ":", "#", "#" };
    return utf8 ? blocks[eighths] : plain[eighths];
}

static void put_row(struct sheet *sheet, const struct column *columns, int count, int row,
                    int64_t low, int64_t high)
{
    double range = (double)high - (double)low;
    for (int i = 0; i < count;) {
        /* One style for a run of columns keeps the escapes few. */
        bool falling = columns[i].falling;
        struct buf run = { 0 };
        for (; i < count && columns[i].falling == falling; i++) {
            double share = range > 0 ? ((double)columns[i].equity - (double)low) / range : 0;
            buf_puts(&run, cell_text(sheet->term.utf8, eighths_in_row(share, row)));
        }
        sheet_put(sheet, falling ? STYLE_LOSS : STYLE_GAIN, run.ptr);
        buf_free(&run);
    }
}

static void put_drawdown(struct sheet *sheet, const struct column *columns, int count, int indent,
                         const struct backtest_result *result)
{
    const struct result_stats *stats = &result->stats;
    char percent[TEXT_BYTES], money[TEXT_BYTES], from[TEXT_BYTES], to[TEXT_BYTES];
    int first = 0, last = count - 1;
    while (first < count && !columns[first].falling)
        first++;
    while (last >= 0 && !columns[last].falling)
        last--;
    if (first >= count)
        return;
    struct buf line = { 0 };
    for (int i = first; i <= last; i++) {
        const char *tick = i == first ? "\u2514" : i == last ? "\u2518" : "\u2500";
        buf_puts(&line, sheet->term.utf8 ? tick : i == first || i == last ? "'" : "-");
    }
    sheet_space(sheet, indent + first);
    sheet_put(sheet, STYLE_LOSS, line.ptr);
    sheet_newline(sheet);
    text_percent(percent, stats->max_drawdown);
    text_money(money, stats->max_drawdown_micros);
    text_when(from, stats->max_drawdown_from_ns);
    text_when(to, stats->max_drawdown_to_ns);
    buf_clear(&line);
    buf_printf(&line, "largest drawdown %s (%s USD), %s to %s", percent, money, from, to);
    sheet_wrap(sheet, STYLE_LOSS, 2, line.ptr);
    buf_free(&line);
}

void terminal_equity(struct sheet *sheet, const struct backtest_result *result)
{
    char top[TEXT_BYTES], bottom[TEXT_BYTES], first[TEXT_BYTES], last[TEXT_BYTES];
    struct column columns[PLOT_MAX] = { 0 };
    sheet_heading(sheet, "Equity, USD");
    if (result->point_count == 0) {
        sheet_wrap(sheet, STYLE_DIM, 2, "no snapshots, so there is nothing to draw");
        return;
    }
    int64_t low = result->points[0].equity, high = low;
    for (size_t i = 0; i < result->point_count; i++) {
        low = result->points[i].equity < low ? result->points[i].equity : low;
        high = result->points[i].equity > high ? result->points[i].equity : high;
    }
    text_money(top, high);
    text_money(bottom, low);
    int label = (int)(strlen(top) > strlen(bottom) ? strlen(top) : strlen(bottom));
    int indent = 2 + label + 2, count = sheet->term.width - indent;
    count = count > PLOT_MAX ? PLOT_MAX : count < 10 ? 10 : count;
    fill_columns(columns, count, result);
    for (int row = ROWS - 1; row >= 0; row--) {
        sheet_space(sheet, 2);
        sheet_put_right(sheet, STYLE_DIM, row == ROWS - 1 ? top : row == 0 ? bottom : "", label);
        sheet_put(sheet, STYLE_DIM, sheet->term.utf8 ? " \u2502" : " |");
        put_row(sheet, columns, count, row, low, high);
        sheet_newline(sheet);
    }
    text_date(first, ts_day(result->points[0].ts_ns));
    text_date(last, ts_day(result->points[result->point_count - 1].ts_ns));
    sheet_space(sheet, indent);
    sheet_put_left(sheet, STYLE_DIM, first, count - sheet_columns(sheet, last));
    sheet_put(sheet, STYLE_DIM, last);
    sheet_newline(sheet);
    put_drawdown(sheet, columns, count, indent, result);
}
