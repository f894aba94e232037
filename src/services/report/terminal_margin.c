/* Margin: what the account had to hold, what the gates refused, and what was closed to need less.
 */
#include "services/report/terminal_int.h"

enum { REFUSALS_LISTED = 8, LIQUIDATIONS_LISTED = 40 };

static void put_line(struct sheet *sheet, const char *label, const char *text)
{
    sheet_space(sheet, 2);
    sheet_put_left(sheet, STYLE_DIM, label, 14);
    sheet_wrap_here(sheet, STYLE_PLAIN, 16, text);
}

static void put_margin(struct sheet *sheet, const struct result_margin *m)
{
    struct buf line = { 0 };
    char most[TEXT_BYTES], equity[TEXT_BYTES], when[TEXT_BYTES], mean[TEXT_BYTES],
        count[TEXT_BYTES];
    if (!m->is_asked)
        return;
    sheet_heading(sheet, "Margin, USD");
    put_line(sheet, "Rules", m->rules);
    if (m->most_ns) {
        text_money(most, m->most);
        text_money(equity, m->most_equity);
        text_when(when, m->most_ns);
        buf_printf(&line, "%s of %s equity, %s", most, equity, when);
        put_line(sheet, "Most used", line.ptr);
        buf_clear(&line);
    }
    if (m->mean != PRICE_NONE) {
        text_money(mean, m->mean);
        buf_printf(&line, "%s at the end of a day", mean);
        put_line(sheet, "Mean", line.ptr);
        buf_clear(&line);
    }
    text_count(count, m->calls);
    put_line(sheet, "Margin calls", count);
    if (m->unknown) {
        text_count(count, m->unknown);
        buf_printf(&line, "%s times it could not be counted: a mark or a level was not known",
                   count);
        put_line(sheet, "", line.ptr);
    }
    buf_free(&line);
}

static void put_refusals(struct sheet *sheet, const struct backtest_result *result)
{
    if (!result->refusal_count)
        return;
    sheet_heading(sheet, "Refused by a gate");
    for (size_t i = 0; i < result->refusal_count && i < REFUSALS_LISTED; i++) {
        char times[TEXT_BYTES];
        text_count(times, result->refusals[i].count);
        sheet_put_right(sheet, STYLE_WARNING, times, 8);
        sheet_put(sheet, STYLE_DIM, " x ");
        sheet_wrap_here(sheet, STYLE_PLAIN, 11, result->refusals[i].text);
    }
}

static void put_money(struct sheet *sheet, int64_t micros, int columns)
{
    char text[TEXT_BYTES];
    text_money(text, micros);
    sheet_put_right(sheet, STYLE_PLAIN, text, columns);
}

static void put_liquidations(struct sheet *sheet, const struct backtest_result *result)
{
    size_t raised = 0;
    struct buf line = { 0 };
    if (!result->liquidation_count)
        return;
    sheet_heading(sheet, "Closed to need less margin");
    sheet_space(sheet, 2);
    sheet_put_left(sheet, STYLE_DIM, "When", 14);
    sheet_put_right(sheet, STYLE_DIM, "packages", 9);
    sheet_put_right(sheet, STYLE_DIM, "margin before", 16);
    sheet_put_right(sheet, STYLE_DIM, "after", 16);
    sheet_put_right(sheet, STYLE_DIM, "equity after", 16);
    sheet_newline(sheet);
    for (size_t i = 0; i < result->liquidation_count; i++) {
        const struct result_liquidation *row = &result->liquidations[i];
        char when[TEXT_BYTES], count[TEXT_BYTES];
        raised += row->after != PRICE_NONE && row->before != PRICE_NONE && row->after > row->before;
        if (i >= LIQUIDATIONS_LISTED)
            continue;
        text_when_short(when, row->ts_ns);
        text_count(count, (uint64_t)row->quantity);
        sheet_space(sheet, 2);
        sheet_put_left(sheet, STYLE_PLAIN, when, 14);
        sheet_put_right(sheet, STYLE_PLAIN, count, 9);
        put_money(sheet, row->before, 16);
        put_money(sheet, row->after, 16);
        put_money(sheet, row->equity_after, 16);
        sheet_newline(sheet);
        sheet_space(sheet, 4);
        sheet_wrap_here(sheet, STYLE_DIM, 4, row->text);
    }
    if (result->liquidation_count > LIQUIDATIONS_LISTED)
        buf_printf(&line, "and %zu more; --json has all. ",
                   result->liquidation_count - LIQUIDATIONS_LISTED);
    if (raised)
        buf_printf(&line, "%zu of %zu steps raised the margin", raised, result->liquidation_count);
    else
        buf_printf(&line, "None of the %zu steps raised the margin.", result->liquidation_count);
    sheet_wrap(sheet, raised ? STYLE_WARNING : STYLE_PLAIN, 2, line.ptr);
    buf_free(&line);
}

void terminal_margin(struct sheet *sheet, const struct backtest_result *result)
{
    put_margin(sheet, &result->margin);
    put_refusals(sheet, result);
    put_liquidations(sheet, result);
}
