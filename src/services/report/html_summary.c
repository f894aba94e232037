#include <math.h>

#include "base/date.h"
#include "domain/types/money.h"
#include "services/report/html_int.h"

static const char *sign_class(double value)
{
    return value > 0 ? "gain" : value < 0 ? "loss" : "";
}

static void put_card(struct buf *out, const char *label, const char *class_name, const char *value,
                     const char *below, const char *title)
{
    buf_puts(out, "<div class=\"card\" title=\"");
    html_text(out, title);
    buf_puts(out, "\">");
    html_element(out, "span", NULL, NULL, label);
    html_element(out, "b", class_name, NULL, value);
    html_element(out, "span", NULL, NULL, below);
    buf_puts(out, "</div>\n");
}

static void put_cards(struct page *page)
{
    const struct result_stats *stats = &page->result->stats;
    struct buf *out = page->out;
    char value[TEXT_BYTES], part[TEXT_BYTES], more[TEXT_BYTES];
    struct buf below = { 0 };
    buf_puts(out, "<div class=\"cards\">\n");

    text_money_plus(value, stats->pnl);
    text_money(part, page->result->start_cash);
    buf_printf(&below, "USD on %s", part);
    put_card(
        out, "Profit and loss", sign_class(money_to_dollars(stats->pnl)), value, below.ptr,
        "End equity less starting cash, in US dollars: all costs deducted, open positions marked");

    buf_clear(&below);
    text_percent(value, stats->total_return);
    text_percent(part, stats->annual_return);
    buf_printf(&below, "%s a year", part);
    put_card(out, "Total return", isnan(stats->total_return) ? "" : sign_class(stats->total_return),
             value, below.ptr,
             "End equity / starting cash - 1; a year: compounded over calendar days / 365");

    buf_clear(&below);
    text_percent(value, stats->max_drawdown);
    text_money(part, stats->max_drawdown_micros);
    buf_printf(&below, "%s USD", part);
    put_card(out, "Largest drawdown", "", value, below.ptr,
             "The deepest fall of equity from its highest value before, over all snapshots");

    buf_clear(&below);
    text_number(value, stats->sharpe, 2);
    text_percent(part, stats->annual_volatility);
    buf_printf(&below, "volatility %s", part);
    put_card(
        out, "Sharpe ratio", "", value, below.ptr,
        "Mean / standard deviation of daily returns, times the root of 252; no cash rate deducted");

    buf_clear(&below);
    text_percent(value, stats->win_rate);
    text_count(part, stats->wins);
    text_count(more, stats->wins + stats->losses);
    buf_printf(&below, "%s of %s closed", part, more);
    put_card(out, "Win rate", "", value, below.ptr,
             "Closed trades with a profit after costs / closed trades");

    buf_clear(&below);
    text_money(value, stats->costs);
    text_money(part, stats->spread_cost);
    buf_printf(&below, "USD; spread %s", part);
    put_card(out, "Costs", "", value, below.ptr,
             "Commissions, exchange and regulatory fees; the spread is what fills gave up against "
             "the mid, in the prices already");
    buf_puts(out, "</div>\n");
    buf_free(&below);
}

void html_header(struct page *page)
{
    const struct backtest_result *result = page->result;
    struct buf *out = page->out;
    struct buf verdict = { 0 };
    char from[TEXT_BYTES], to[TEXT_BYTES];
    text_date(from, result->first_day);
    text_date(to, result->last_day);
    buf_puts(out, "<header>\n<p class=\"kicker\">Backtest on ");
    html_text(out, text_or(result->underlying, "n/a"));
    if (result->first_day)
        buf_printf(out, ", %s to %s", from, to);
    buf_puts(out, "</p>\n");
    html_element(out, "h1", NULL, NULL, text_or(result->strategy_name, "unnamed strategy"));
    if (result->strategy_description && *result->strategy_description)
        html_element(out, "p", "about", NULL, result->strategy_description);
    text_verdict(&verdict, result);
    html_element(out, "p", "verdict", NULL, verdict.ptr);
    buf_clear(&verdict);
    text_warnings(&verdict, result);
    if (verdict.len) {
        buf_puts(out, "\n<p class=\"caution\"><a href=\"#notes\">");
        html_text(out, verdict.ptr);
        buf_puts(out, "</a></p>");
    }
    buf_puts(out, "\n</header>\n");
    buf_free(&verdict);
    put_cards(page);
}

static void put_fact(struct buf *out, const char *name, const char *text)
{
    html_element(out, "dt", NULL, NULL, name);
    html_element(out, "dd", NULL, NULL, text);
    buf_putc(out, '\n');
}

static void put_params(struct buf *out, const struct backtest_result *result)
{
    struct buf line = { 0 };
    for (size_t i = 0; i < result->param_count; i++)
        buf_printf(&line, "%s%s = %.10g", i ? ", " : "", text_or(result->params[i].name, "?"),
                   result->params[i].value);
    if (result->param_count)
        put_fact(out, "Parameters", line.ptr);
    buf_free(&line);
}

void html_run(struct page *page)
{
    const struct backtest_result *result = page->result;
    struct buf *out = page->out;
    struct buf line = { 0 };
    char a[TEXT_BYTES], b[TEXT_BYTES], c[TEXT_BYTES];
    html_section_begin(out, "run", "What was run", NULL);
    buf_puts(out, "<dl class=\"run\">\n");
    buf_printf(&line, "%s", text_or(result->strategy_path, "built in"));
    if (result->strategy_hash && *result->strategy_hash)
        buf_printf(&line, " (hash %s)", result->strategy_hash);
    put_fact(out, "Strategy", line.ptr);
    put_params(out, result);
    buf_clear(&line);
    buf_printf(&line, "%s from %s", text_or(result->underlying, "n/a"),
               text_or(result->store, "n/a"));
    put_fact(out, "Market", line.ptr);
    buf_clear(&line);
    text_date(a, result->from);
    text_date(b, result->to);
    buf_printf(&line, "%s to %s", result->from ? a : "the first day",
               result->to ? b : "the last day");
    put_fact(out, "Dates asked", line.ptr);
    buf_clear(&line);
    text_date(a, result->first_day);
    text_date(b, result->last_day);
    text_count(c, result->stats.days);
    if (result->first_day)
        buf_printf(&line, "%s to %s: %s day%s, ", a, b, c, result->stats.days == 1 ? "" : "s");
    else
        buf_puts(&line, "none, ");
    text_count(a, result->stats.snapshots);
    text_count(b, result->stats.quotes > 0 ? (uint64_t)result->stats.quotes : 0);
    buf_printf(&line, "%s snapshots, %s quotes", a, b);
    put_fact(out, "Data found", line.ptr);
    buf_clear(&line);
    buf_printf(&line, "%s: %s", text_or(result->fill_model, "n/a"),
               text_or(result->fill_text, "no description"));
    put_fact(out, "Fills", line.ptr);
    buf_clear(&line);
    buf_printf(&line, "%s: %s", text_or(result->fee_schedule, "n/a"),
               text_or(result->fee_text, "no description"));
    put_fact(out, "Fees", line.ptr);
    buf_clear(&line);
    text_money(a, result->start_cash);
    buf_printf(&line, "%s USD", a);
    put_fact(out, "Starting cash", line.ptr);
    buf_clear(&line);
    buf_printf(&line, "%llu", (unsigned long long)result->seed);
    put_fact(out, "Seed", line.ptr);
    buf_puts(out, "</dl>\n");
    html_section_end(out);
    buf_free(&line);
}

enum figure_kind {
    FIGURE_MONEY,
    FIGURE_SIGNED,
    FIGURE_DOLLARS,
    FIGURE_PERCENT,
    FIGURE_RATIO,
    FIGURE_COUNT
};
struct figure {
    const char *name, *how;
    enum figure_kind kind;
    int64_t micros;
    double value;
    size_t count;
};

static void format_figure(char out[TEXT_BYTES], const struct figure *figure)
{
    char text[TEXT_BYTES];
    switch (figure->kind) {
    case FIGURE_MONEY:
    case FIGURE_SIGNED:
        if (figure->kind == FIGURE_SIGNED)
            text_money_plus(text, figure->micros);
        else
            text_money(text, figure->micros);
        snprintf(out, TEXT_BYTES, "%.40s%s", text, figure->micros == PRICE_NONE ? "" : " USD");
        break;
    case FIGURE_DOLLARS:
        text_number(text, figure->value, 2);
        snprintf(out, TEXT_BYTES, "%.40s%s", text, isfinite(figure->value) ? " USD" : "");
        break;
    case FIGURE_PERCENT:
        text_percent(out, figure->value);
        break;
    case FIGURE_RATIO:
        text_number(out, figure->value, 2);
        break;
    case FIGURE_COUNT:
        text_count(out, figure->count);
        break;
    }
}

static size_t fill_figures(struct figure figures[32], const struct backtest_result *result)
{
    const struct result_stats *s = &result->stats;
    const struct figure all[] = {
        { "End equity",
          "Cash + options + stock at the last snapshot, open positions marked to market.",
          FIGURE_MONEY, .micros = result->end_equity },
        { "Profit and loss", "End equity less starting cash. All costs are deducted.",
          FIGURE_SIGNED, .micros = s->pnl },
        { "Total return", "End equity / starting cash - 1.", FIGURE_PERCENT,
          .value = s->total_return },
        { "Annual return",
          "(1 + total return) ^ (365 / calendar days) - 1. Of a short run it says little.",
          FIGURE_PERCENT, .value = s->annual_return },
        { "Annual volatility",
          "Standard deviation of daily returns (n - 1) times the root of 252. Daily returns are of "
          "day-end equity.",
          FIGURE_PERCENT, .value = s->annual_volatility },
        { "Sharpe ratio",
          "Mean / standard deviation of daily returns, times the root of 252. The cash rate is not "
          "deducted.",
          FIGURE_RATIO, .value = s->sharpe },
        { "Sortino ratio",
          "Mean of daily returns / their downside deviation below 0, times the root of 252.",
          FIGURE_RATIO, .value = s->sortino },
        { "Largest drawdown",
          "The deepest fall of equity, of every snapshot, as a share of its highest value before.",
          FIGURE_PERCENT, .value = s->max_drawdown },
        { "Largest drawdown, money", "The same fall in dollars.", FIGURE_MONEY,
          .micros = s->max_drawdown_micros },
        { "Time in the market", "Snapshots with an open trade / all snapshots.", FIGURE_PERCENT,
          .value = s->exposure },
        { "Trades", "Structures opened, rolled ones counted once.", FIGURE_COUNT,
          .count = s->trades },
        { "Still open",
          "Trades open at the last snapshot: marked to market in every figure, but neither won nor "
          "lost.",
          FIGURE_COUNT, .count = s->open_trades },
        { "Won", "Closed trades with a profit after costs.", FIGURE_COUNT, .count = s->wins },
        { "Lost", "Closed trades without a profit after costs.", FIGURE_COUNT, .count = s->losses },
        { "Win rate", "Won / closed trades.", FIGURE_PERCENT, .value = s->win_rate },
        { "Profit factor", "Sum of the won / sum of the lost, closed trades.", FIGURE_RATIO,
          .value = s->profit_factor },
        { "Average win", "Mean profit of the won trades.", FIGURE_DOLLARS,
          .value = s->average_win },
        { "Average loss", "Mean loss of the lost trades, without its sign.", FIGURE_DOLLARS,
          .value = s->average_loss },
        { "Orders", "Orders sent, filled and rejected.", FIGURE_COUNT, .count = s->orders },
        { "Filled", "Orders filled.", FIGURE_COUNT, .count = s->fills },
        { "Rejected", "Orders that could not be filled; the reasons stand below.", FIGURE_COUNT,
          .count = s->rejects },
        { "Costs", "Commissions + exchange fees + regulatory fees.", FIGURE_MONEY,
          .micros = s->costs },
    };
    memcpy(figures, all, sizeof all);
    return ARRAY_COUNT(all);
}

void html_figures(struct page *page)
{
    struct buf *out = page->out;
    struct figure figures[32];
    size_t count = fill_figures(figures, page->result);
    html_section_begin(out, "figures", "Figures", NULL);
    buf_puts(out, "<dl class=\"figures\">\n");
    for (size_t i = 0; i < count; i++) {
        char text[TEXT_BYTES];
        format_figure(text, &figures[i]);
        buf_puts(out, "<div>");
        html_element(out, "dt", NULL, figures[i].how, figures[i].name);
        html_element(out, "dd",
                     figures[i].kind == FIGURE_SIGNED ? sign_class((double)figures[i].micros)
                                                      : NULL,
                     NULL, text);
        buf_puts(out, "</div>\n");
    }
    buf_puts(
        out,
        "</dl>\n<details><summary>How each figure is computed</summary><dl class=\"explain\">\n");
    for (size_t i = 0; i < count; i++) {
        html_element(out, "dt", NULL, NULL, figures[i].name);
        html_element(out, "dd", NULL, NULL, figures[i].how);
    }
    buf_puts(out, "</dl></details>\n");
    html_section_end(out);
}

void html_notes(struct page *page)
{
    const struct backtest_result *result = page->result;
    struct buf *out = page->out;
    html_section_begin(out, "notes", "Notes and warnings",
                       "What one must know to trust the figures.");
    if (result->note_count == 0)
        html_nothing(out, "none");
    else
        buf_puts(out, "<ul class=\"notes\">\n");
    for (int warnings = 1; warnings >= 0; warnings--) {
        for (size_t i = 0; i < result->note_count; i++) {
            const struct result_note *note = &result->notes[i];
            char count[TEXT_BYTES];
            if (note->warning != (bool)warnings)
                continue;
            buf_puts(out,
                     warnings ? "<li class=\"w\"><span class=\"warn\">Warning</span>: " : "<li>");
            text_count(count, note->count);
            html_text(out, text_or(note->text, "?"));
            if (note->count > 1)
                buf_printf(out, " (%s times)", count);
            buf_puts(out, "</li>\n");
        }
    }
    if (result->note_count)
        buf_puts(out, "</ul>\n");
    html_section_end(out);
}

void html_exits(struct page *page)
{
    static const struct html_head heads[] = {
        { "Exit", "What closed the trade", true },
        { "Trades", NULL, false },
        { "Won", "With a profit after costs", false },
        { "Costs, USD", "Commissions and fees", false },
        { "P&L, USD", "After costs; open trades marked to market", false },
    };
    struct reason_row rows[CLOSE_REASON_COUNT];
    struct buf *out = page->out;
    if (page->result->trade_count == 0)
        return;
    derive_reasons(page->result, rows);
    html_section_begin(out, "exits", "Exits by reason", NULL);
    buf_puts(out, "<div class=\"scroll\"><table>");
    html_heads(out, heads, ARRAY_COUNT(heads));
    buf_puts(out, "<tbody>\n");
    for (int reason = 0; reason < CLOSE_REASON_COUNT; reason++) {
        char text[TEXT_BYTES];
        if (rows[reason].trades == 0)
            continue;
        buf_puts(out, "<tr>");
        html_cell(out,
                  reason == CLOSE_NONE ? "still open" : text_reason((enum close_reason)reason));
        text_count(text, rows[reason].trades);
        html_number_cell(out, text);
        text_count(text, rows[reason].wins);
        html_number_cell(out, text);
        html_money_cell(out, rows[reason].costs);
        html_signed_cell(out, rows[reason].pnl);
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out, "</tbody></table></div>\n");
    html_section_end(out);
}
