#include <math.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "domain/types/money.h"
#include "services/report/terminal_int.h"

enum {
    WIDTH_MIN = 60,
    WIDTH_MAX = 400,
    LABEL_COLUMNS = 12,
    TRADES_LISTED = 12,
    REJECTS_LISTED = 6
};

static bool says_utf8(const char *locale)
{
    return strcasestr(locale, "utf-8") || strcasestr(locale, "utf8");
}

/* The first of these that is set decides, as in setlocale(3). */
static bool locale_is_utf8(void)
{
    static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return says_utf8(value);
    }
    return false;
}

struct report_term report_term_of(FILE *out)
{
    struct report_term term = { .width = 80, .utf8 = locale_is_utf8() };
    const char *columns = getenv("COLUMNS"), *kind = getenv("TERM"), *plain = getenv("NO_COLOR");
    int64_t asked;
    struct winsize size;
    if (columns && str_to_int64(str_from(columns), &asked) && asked >= WIDTH_MIN &&
        asked <= WIDTH_MAX)
        term.width = (int)asked;
    if (!isatty(fileno(out)))
        return term;
    if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        term.width = size.ws_col;
    term.colour = !(plain && *plain) && kind && strcmp(kind, "dumb") != 0;
    return term;
}

static void put_title(struct sheet *sheet, const struct backtest_result *result)
{
    const char *name = text_or(result->strategy_name, "unnamed strategy");
    const char *program = text_or(result->program, "");
    int name_columns = sheet_columns(sheet, name), program_columns = sheet_columns(sheet, program);
    sheet_newline(sheet);
    if (2 + name_columns + 3 + program_columns > sheet->term.width) {
        sheet_wrap(sheet, STYLE_TITLE, 2, name);
        sheet_wrap(sheet, STYLE_DIM, 2, program);
    } else {
        sheet_space(sheet, 2);
        sheet_put(sheet, STYLE_TITLE, name);
        sheet_space(sheet, sheet->term.width - 2 - name_columns - program_columns);
        sheet_put(sheet, STYLE_DIM, program);
        sheet_newline(sheet);
    }
    if (result->strategy_description && *result->strategy_description)
        sheet_wrap(sheet, STYLE_DIM, 2, result->strategy_description);
}

static void put_field(struct sheet *sheet, const char *label, const char *text)
{
    sheet_space(sheet, 2);
    sheet_put_left(sheet, STYLE_DIM, label, LABEL_COLUMNS);
    sheet_wrap_here(sheet, STYLE_PLAIN, 2 + LABEL_COLUMNS, text);
}

static void put_dates(struct sheet *sheet, const struct backtest_result *result)
{
    struct buf line = { 0 };
    char from[TEXT_BYTES], to[TEXT_BYTES];
    text_date(from, result->from);
    text_date(to, result->to);
    buf_printf(&line, "asked %s to %s; ", result->from ? from : "the first day",
               result->to ? to : "the last day");
    text_date(from, result->first_day);
    text_date(to, result->last_day);
    if (result->first_day)
        buf_printf(&line, "found %s to %s", from, to);
    else
        buf_puts(&line, "found none");
    put_field(sheet, "Dates", line.ptr);
    buf_free(&line);
}

static void put_run(struct sheet *sheet, const struct backtest_result *result)
{
    struct buf line = { 0 };
    char days[TEXT_BYTES], snapshots[TEXT_BYTES], quotes[TEXT_BYTES], cash[TEXT_BYTES];
    text_count(days, result->stats.days);
    text_count(snapshots, result->stats.snapshots);
    text_count(quotes, result->stats.quotes > 0 ? (uint64_t)result->stats.quotes : 0);
    text_money(cash, result->start_cash);
    sheet_newline(sheet);
    buf_puts(&line, text_or(result->strategy_path, "built in"));
    if (result->strategy_hash && *result->strategy_hash)
        buf_printf(&line, "  (%.12s)", result->strategy_hash);
    put_field(sheet, "Strategy", line.ptr);
    buf_clear(&line);
    for (size_t i = 0; i < result->param_count; i++)
        buf_printf(&line, "%s%s = %.10g", i ? ", " : "", text_or(result->params[i].name, "?"),
                   result->params[i].value);
    if (result->param_count)
        put_field(sheet, "Parameters", line.ptr);
    buf_clear(&line);
    buf_printf(&line, "%s from %s", text_or(result->underlying, "n/a"),
               text_or(result->store, "n/a"));
    put_field(sheet, "Market", line.ptr);
    put_dates(sheet, result);
    buf_clear(&line);
    buf_printf(&line, "%s day%s, %s snapshot%s, %s quotes read", days,
               result->stats.days == 1 ? "" : "s", snapshots,
               result->stats.snapshots == 1 ? "" : "s", quotes);
    put_field(sheet, "Data", line.ptr);
    buf_clear(&line);
    buf_printf(&line, "%s: %s", text_or(result->fill_model, "n/a"),
               text_or(result->fill_text, "no description"));
    put_field(sheet, "Fills", line.ptr);
    buf_clear(&line);
    buf_printf(&line, "%s: %s", text_or(result->fee_schedule, "n/a"),
               text_or(result->fee_text, "no description"));
    put_field(sheet, "Fees", line.ptr);
    buf_clear(&line);
    buf_printf(&line, "%s USD; seed %llu", cash, (unsigned long long)result->seed);
    put_field(sheet, "Start", line.ptr);
    buf_free(&line);
}

/* Money and percents are coloured by their sign, counts are not. */
static enum style style_of(double value)
{
    return value > 0 ? STYLE_GAIN : value < 0 ? STYLE_LOSS : STYLE_PLAIN;
}

struct cell {
    const char *label, *unit;
    enum style style;
    char text[TEXT_BYTES];
};

static struct cell money_cell(const char *label, int64_t micros, bool by_sign)
{
    struct cell cell = { .label = label, .unit = micros == PRICE_NONE ? "" : "USD" };
    cell.style = by_sign ? style_of(money_to_dollars(micros)) : STYLE_PLAIN;
    if (by_sign)
        text_money_plus(cell.text, micros);
    else
        text_money(cell.text, micros);
    return cell;
}

static struct cell number_cell(const char *label, double value, const char *unit)
{
    struct cell cell = { .label = label, .unit = isfinite(value) ? unit : "" };
    text_number(cell.text, *unit == '%' ? value * 100 : value, 2);
    return cell;
}

static struct cell count_cell(const char *label, size_t count)
{
    struct cell cell = { .label = label, .unit = "" };
    text_count(cell.text, count);
    return cell;
}

static size_t fill_cells(struct cell cells[24], const struct backtest_result *result)
{
    const struct result_stats *stats = &result->stats;
    size_t n = 0;
    cells[n++] = money_cell("End equity", result->end_equity, false);
    cells[n++] = money_cell("Profit and loss", stats->pnl, true);
    cells[n++] = number_cell("Total return", stats->total_return, "%");
    cells[n - 1].style = style_of(stats->total_return);
    cells[n++] = number_cell("Annual return", stats->annual_return, "%");
    cells[n++] = number_cell("Annual volatility", stats->annual_volatility, "%");
    cells[n++] = number_cell("Sharpe ratio", stats->sharpe, "");
    cells[n++] = number_cell("Sortino ratio", stats->sortino, "");
    cells[n++] = number_cell("Max drawdown", stats->max_drawdown, "%");
    cells[n++] = money_cell("Max drawdown", stats->max_drawdown_micros, false);
    cells[n++] = count_cell("Trades", stats->trades);
    cells[n++] = count_cell("  still open", stats->open_trades);
    cells[n++] = count_cell("  won", stats->wins);
    cells[n++] = count_cell("  lost", stats->losses);
    cells[n++] = number_cell("Win rate", stats->win_rate, "%");
    cells[n++] = number_cell("Profit factor", stats->profit_factor, "");
    cells[n++] = number_cell("Average win", stats->average_win, "USD");
    cells[n++] = number_cell("Average loss", stats->average_loss, "USD");
    cells[n++] = number_cell("Time in market", stats->exposure, "%");
    return n;
}

static void put_cell(struct sheet *sheet, const struct cell *cell, int label, int value)
{
    sheet_put_left(sheet, STYLE_DIM, cell->label, label);
    sheet_put_right(sheet, cell->style, cell->text, value);
    sheet_space(sheet, 1);
    sheet_put_left(sheet, STYLE_DIM, cell->unit, 3);
}

static void put_headline(struct sheet *sheet, const struct backtest_result *result)
{
    enum { LABEL = 18, GAP = 4 };
    struct cell cells[24];
    size_t count = fill_cells(cells, result);
    struct buf verdict = { 0 };
    int value = 12;
    for (size_t i = 0; i < count; i++)
        value = strlen(cells[i].text) > (size_t)value ? (int)strlen(cells[i].text) : value;
    int block = LABEL + value + 4;
    size_t columns = sheet->term.width >= 2 + 3 * block + 2 * GAP ? 3
                     : sheet->term.width >= 2 + 2 * block + GAP   ? 2
                                                                  : 1;
    size_t rows = (count + columns - 1) / columns;
    sheet_heading(sheet, "Result");
    text_verdict(&verdict, result);
    sheet_wrap(sheet, STYLE_PLAIN, 2, verdict.ptr);
    buf_clear(&verdict);
    text_warnings(&verdict, result);
    if (verdict.len)
        sheet_wrap(sheet, STYLE_WARNING, 2, verdict.ptr);
    buf_free(&verdict);
    sheet_newline(sheet);
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < columns; column++) {
            size_t i = column * rows + row;
            sheet_space(sheet, column ? GAP : 2);
            if (i < count)
                put_cell(sheet, &cells[i], LABEL, value);
        }
        sheet_newline(sheet);
    }
}

static void put_costs(struct sheet *sheet, const struct backtest_result *result)
{
    const struct result_stats *stats = &result->stats;
    const struct {
        const char *label;
        int64_t micros;
    } rows[] = {
        { "Commissions", stats->commissions },
        { "Exchange fees", stats->exchange_fees },
        { "Regulatory fees", stats->regulatory_fees },
        { "Spread, in the fills", stats->spread_cost },
    };
    int64_t most = 1;
    sheet_heading(sheet, "Costs, USD");
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        most = rows[i].micros > most ? rows[i].micros : most;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char text[TEXT_BYTES];
        text_money(text, rows[i].micros);
        sheet_space(sheet, 2);
        sheet_put_left(sheet, STYLE_DIM, rows[i].label, 22);
        sheet_put_right(sheet, STYLE_PLAIN, text, 14);
        sheet_space(sheet, 2);
        sheet_bar(sheet, (double)rows[i].micros / (double)most, sheet->term.width - 41);
        sheet_newline(sheet);
    }
}

static void put_exits(struct sheet *sheet, const struct backtest_result *result)
{
    struct reason_row rows[CLOSE_REASON_COUNT];
    if (result->trade_count == 0)
        return;
    derive_reasons(result, rows);
    sheet_heading(sheet, "Exits by reason");
    sheet_space(sheet, 2);
    sheet_put_left(sheet, STYLE_DIM, "", 12);
    sheet_put_right(sheet, STYLE_DIM, "trades", 9);
    sheet_put_right(sheet, STYLE_DIM, "won", 9);
    sheet_put_right(sheet, STYLE_DIM, "P&L, USD", 18);
    sheet_newline(sheet);
    for (int reason = 0; reason < CLOSE_REASON_COUNT; reason++) {
        char trades[TEXT_BYTES], wins[TEXT_BYTES], pnl[TEXT_BYTES];
        if (rows[reason].trades == 0)
            continue;
        text_count(trades, rows[reason].trades);
        text_count(wins, rows[reason].wins);
        text_money_plus(pnl, rows[reason].pnl);
        sheet_space(sheet, 2);
        sheet_put_left(sheet, STYLE_PLAIN, text_reason((enum close_reason)reason), 12);
        sheet_put_right(sheet, STYLE_PLAIN, trades, 9);
        sheet_put_right(sheet, STYLE_PLAIN, wins, 9);
        sheet_put_right(sheet, style_of(money_to_dollars(rows[reason].pnl)), pnl, 18);
        sheet_newline(sheet);
    }
}

static void put_rejects(struct sheet *sheet, const struct backtest_result *result)
{
    struct reject_row rows[REJECTS_MAX];
    size_t count = derive_rejects(result, rows);
    if (count == 0)
        return;
    sheet_heading(sheet, "Rejected orders");
    for (size_t i = 0; i < count && i < REJECTS_LISTED; i++) {
        char times[TEXT_BYTES];
        text_count(times, rows[i].count);
        sheet_put_right(sheet, STYLE_WARNING, times, 8);
        sheet_put(sheet, STYLE_DIM, " x ");
        sheet_wrap_here(sheet, STYLE_PLAIN, 11, rows[i].reason);
    }
    if (count > REJECTS_LISTED) {
        struct buf line = { 0 };
        buf_printf(&line, "and %zu reasons more; --json and --report have all",
                   count - REJECTS_LISTED);
        sheet_wrap(sheet, STYLE_DIM, 2, line.ptr);
        buf_free(&line);
    }
}

static void put_notes(struct sheet *sheet, const struct backtest_result *result)
{
    if (result->note_count)
        sheet_heading(sheet, "Notes");
    for (int warnings = 1; warnings >= 0; warnings--) {
        for (size_t i = 0; i < result->note_count; i++) {
            const struct result_note *note = &result->notes[i];
            struct buf line = { 0 };
            char count[TEXT_BYTES];
            if (note->warning != (bool)warnings)
                continue;
            text_count(count, note->count);
            if (note->count > 1)
                buf_printf(&line, "%s times: ", count);
            buf_puts(&line, text_or(note->text, "?"));
            sheet_put(sheet, warnings ? STYLE_WARNING : STYLE_DIM, warnings ? "  ! " : "  - ");
            sheet_wrap_here(sheet, warnings ? STYLE_WARNING : STYLE_PLAIN, 4, line.ptr);
            buf_free(&line);
        }
    }
}

static void put_hashes(struct sheet *sheet, const struct backtest_result *result)
{
    struct buf line = { 0 };
    if (!result->events_hash && !result->effects_hash)
        return;
    buf_printf(&line, "Reproducible: events in %.16s, effects out %.16s",
               text_or(result->events_hash, "n/a"), text_or(result->effects_hash, "n/a"));
    sheet_newline(sheet);
    sheet_wrap(sheet, STYLE_DIM, 2, line.ptr);
    buf_free(&line);
}

void report_terminal_text(struct buf *out, const struct backtest_result *result,
                          struct report_term term)
{
    struct sheet sheet = { .out = out, .term = term };
    if (sheet.term.width < WIDTH_MIN)
        sheet.term.width = WIDTH_MIN;
    if (sheet.term.width > WIDTH_MAX)
        sheet.term.width = WIDTH_MAX;
    if (sheet.term.trades <= 0)
        sheet.term.trades = TRADES_LISTED;
    put_title(&sheet, result);
    put_run(&sheet, result);
    put_headline(&sheet, result);
    terminal_strategies(&sheet, result);
    terminal_equity(&sheet, result);
    terminal_trades(&sheet, result);
    put_costs(&sheet, result);
    terminal_margin(&sheet, result);
    put_exits(&sheet, result);
    put_rejects(&sheet, result);
    put_notes(&sheet, result);
    put_hashes(&sheet, result);
    sheet_newline(&sheet);
}

enum err report_terminal(FILE *out, const struct backtest_result *result, struct report_term term)
{
    struct buf text = { 0 };
    report_terminal_text(&text, result, term);
    bool written = fwrite(text.ptr, 1, text.len, out) == text.len && fflush(out) == 0;
    buf_free(&text);
    return written ? ERR_OK
                   : err_set(ERR_IO,
                             "the summary cannot be written: is the disk full or the reader gone");
}
