/* What each of several strategies brought to the account. */
#include "services/report/terminal_int.h"

static void put_money(struct sheet *sheet, int64_t micros, int columns, bool is_signed)
{
    char text[TEXT_BYTES];
    (is_signed ? text_money_plus : text_money)(text, micros);
    enum style style = !is_signed || !micros ? STYLE_PLAIN : micros > 0 ? STYLE_GAIN : STYLE_LOSS;
    sheet_put_right(sheet, style, text, columns);
}

void terminal_strategies(struct sheet *sheet, const struct backtest_result *result)
{
    static const struct {
        const char *text;
        int columns;
    } heads[] = { { "Trades", 8 }, { "Won", 10 },      { "P&L", 14 },
                  { "Costs", 12 }, { "Drawdown", 11 }, { "Sharpe", 9 } };
    if (!result->strategy_count)
        return;
    int name = sheet->term.width - 2 - 64 > 12 ? sheet->term.width - 2 - 64 : 12;
    sheet_heading(sheet, "Strategies, USD");
    sheet_space(sheet, 2);
    sheet_put_left(sheet, STYLE_DIM, "", name);
    for (size_t i = 0; i < ARRAY_COUNT(heads); i++)
        sheet_put_right(sheet, STYLE_DIM, heads[i].text, heads[i].columns);
    sheet_newline(sheet);
    for (size_t i = 0; i < result->strategy_count; i++) {
        const struct backtest_result *own = &result->strategies[i];
        char text[TEXT_BYTES];
        sheet_space(sheet, 2);
        if (sheet_columns(sheet, own->strategy_name) >= name) { /* a line of its own */
            sheet_wrap_here(sheet, STYLE_PLAIN, 2, own->strategy_name);
            sheet_space(sheet, 2 + name);
        } else {
            sheet_put_left(sheet, STYLE_PLAIN, own->strategy_name, name);
        }
        text_count(text, own->stats.trades);
        sheet_put_right(sheet, STYLE_PLAIN, text, heads[0].columns);
        text_percent(text, own->stats.win_rate);
        sheet_put_right(sheet, STYLE_PLAIN, text, heads[1].columns);
        put_money(sheet, own->stats.pnl, heads[2].columns, true);
        put_money(sheet, own->stats.costs, heads[3].columns, false);
        text_percent(text, own->stats.max_drawdown);
        sheet_put_right(sheet, STYLE_PLAIN, text, heads[4].columns);
        text_number(text, own->stats.sharpe, 2);
        sheet_put_right(sheet, STYLE_PLAIN, text, heads[5].columns);
        sheet_newline(sheet);
    }
    sheet_wrap(sheet, STYLE_DIM, 2,
               "Each as if the starting cash were its own; --json and --report have all of each.");
}
