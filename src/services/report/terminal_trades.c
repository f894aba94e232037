#include "domain/types/money.h"
#include "services/report/terminal_int.h"

enum { OPENED = 13, CLOSED = 7, EXIT = 9, GAP = 2, LEGS_MIN = 8, WIDE = 104 };

struct layout {
    int id, legs, units, entry, pnl; /* columns; units and entry are 0 on a narrow terminal */
};

static int at_least(int columns, const char *text)
{
    int len = (int)strlen(text);
    return len > columns ? len : columns;
}

static struct layout lay_out(const struct sheet *sheet, const struct backtest_result *result,
                             size_t first)
{
    struct layout layout = { .id = 1, .pnl = 8 };
    char text[TEXT_BYTES];
    if (sheet->term.width >= WIDE)
        layout.units = 5, layout.entry = 9;
    for (size_t i = first; i < result->trade_count; i++) {
        const struct result_trade *trade = &result->trades[i];
        snprintf(text, sizeof text, "%llu", (unsigned long long)trade->id);
        layout.id = at_least(layout.id, text);
        text_money_plus(text, trade->pnl);
        layout.pnl = at_least(layout.pnl, text);
        if (layout.entry) {
            text_money_plus(text, trade->entry_cash);
            layout.entry = at_least(layout.entry, text);
            snprintf(text, sizeof text, "%lld", (long long)trade->units);
            layout.units = at_least(layout.units, text);
        }
    }
    int others = 2 + layout.id + GAP + OPENED + GAP + CLOSED + GAP + layout.pnl + GAP + EXIT + GAP;
    if (layout.entry)
        others += layout.units + GAP + layout.entry + GAP;
    layout.legs = sheet->term.width - others;
    layout.legs = layout.legs < LEGS_MIN ? LEGS_MIN : layout.legs;
    return layout;
}

static void put_line(struct sheet *sheet, const struct layout *layout, enum style style,
                     enum style pnl_style, const char *const text[8])
{
    sheet_space(sheet, 2);
    sheet_put_right(sheet, STYLE_DIM, text[0], layout->id);
    sheet_space(sheet, GAP);
    sheet_put_left(sheet, style, text[1], OPENED + GAP);
    sheet_put_left(sheet, style, text[2], CLOSED + GAP);
    sheet_put_left(sheet, style, text[3], layout->legs + GAP);
    if (layout->entry) {
        sheet_put_right(sheet, style, text[4], layout->units);
        sheet_space(sheet, GAP);
        sheet_put_right(sheet, style, text[5], layout->entry);
        sheet_space(sheet, GAP);
    }
    sheet_put_right(sheet, pnl_style, text[6], layout->pnl);
    sheet_space(sheet, GAP);
    sheet_put(sheet, style, text[7]);
    sheet_newline(sheet);
}

static void put_trade(struct sheet *sheet, const struct layout *layout,
                      const struct result_trade *trade)
{
    char id[TEXT_BYTES], opened[TEXT_BYTES], closed[TEXT_BYTES], units[TEXT_BYTES],
        entry[TEXT_BYTES], pnl[TEXT_BYTES];
    snprintf(id, sizeof id, "%llu", (unsigned long long)trade->id);
    snprintf(units, sizeof units, "%lld", (long long)trade->units);
    text_when_short(opened, trade->opened_ns);
    if (trade->closed_ns == 0)
        snprintf(closed, sizeof closed, "-");
    else if (ts_day(trade->closed_ns) == ts_day(trade->opened_ns))
        text_time(closed, trade->closed_ns);
    else
        text_day(closed, ts_day(trade->closed_ns));
    text_money_plus(entry, trade->entry_cash);
    text_money_plus(pnl, trade->pnl);

    /* Legs wrap between "-1 C2900" and its neighbours only: '_' stands for the space inside. */
    struct buf legs = { 0 }, piece = { 0 };
    struct str line;
    text_legs(&legs, trade, '_', ' ');
    if (trade->leg_count == 0)
        buf_puts(&legs, "no legs");
    const char *text[8] = { id, opened, closed, "", units, entry, pnl, text_reason(trade->reason) };
    enum style pnl_style = trade->pnl > 0 ? STYLE_GAIN : trade->pnl < 0 ? STYLE_LOSS : STYLE_PLAIN;
    for (size_t at = 0; wrap_line(buf_str(&legs), &at, layout->legs, &line);) {
        buf_clear(&piece);
        buf_append(&piece, line.ptr, line.len);
        for (size_t i = 0; i < piece.len; i++)
            if (piece.ptr[i] == '_')
                piece.ptr[i] = ' ';
        text[3] = piece.ptr;
        put_line(sheet, layout, STYLE_PLAIN, pnl_style, text);
        for (size_t i = 0; i < ARRAY_COUNT(text); i++)
            text[i] = "";
    }
    buf_free(&legs);
    buf_free(&piece);
}

void terminal_trades(struct sheet *sheet, const struct backtest_result *result)
{
    static const char *const head[8] = { "#",     "Opened", "Closed",   "Legs",
                                         "Units", "Entry",  "P&L, USD", "Exit" };
    size_t shown = (size_t)sheet->term.trades, count = result->trade_count;
    size_t first = count > shown ? count - shown : 0;
    sheet_heading(sheet, "Trades");
    if (count == 0) {
        sheet_wrap(sheet, STYLE_DIM, 2, "none");
        return;
    }
    struct layout layout = lay_out(sheet, result, first);
    put_line(sheet, &layout, STYLE_DIM, STYLE_DIM, head);
    for (size_t i = first; i < count; i++)
        put_trade(sheet, &layout, &result->trades[i]);
    if (first > 0) {
        struct buf line = { 0 };
        char last[TEXT_BYTES], all[TEXT_BYTES];
        text_count(last, shown);
        text_count(all, count);
        buf_printf(&line, "the last %s of %s trades; --json and --report list all", last, all);
        sheet_wrap(sheet, STYLE_DIM, 2, line.ptr);
        buf_free(&line);
    }
}
