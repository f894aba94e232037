/* What each of several strategies brought to the account, with the way to its own page. */
#include "services/report/html_int.h"

void html_strategies(struct page *page)
{
    static const struct html_head heads[] = {
        { "Strategy", NULL, true }, { "Trades", NULL, false }, { "Won", NULL, false },
        { "P&L", NULL, false },     { "Costs", NULL, false },  { "Max drawdown", NULL, false },
        { "Sharpe", NULL, false }
    };
    const struct backtest_result *result = page->result;
    struct buf *out = page->out;
    if (!result->strategy_count)
        return;
    html_section_begin(
        out, "strategies", "Strategies",
        "Each by itself, as if the starting cash were its own and the others did nothing. Margin and interest are "
        "the account's.");
    buf_puts(out, "<div class=\"scroll\"><table>");
    html_heads(out, heads, ARRAY_COUNT(heads));
    buf_puts(out, "<tbody>\n");
    for (size_t i = 0; i < result->strategy_count; i++) {
        const struct backtest_result *own = &result->strategies[i];
        char text[TEXT_BYTES];
        buf_puts(out, "<tr>");
        if (page->links) {
            buf_puts(out, "<td><a href=\"");
            html_text(out, page->links[i]);
            buf_puts(out, "\">");
            html_text(out, text_or(own->strategy_name, "unnamed strategy"));
            buf_puts(out, "</a></td>");
        } else {
            html_element(out, "td", NULL, NULL, text_or(own->strategy_name, "unnamed strategy"));
        }
        text_count(text, own->stats.trades);
        html_number_cell(out, text);
        text_percent(text, own->stats.win_rate);
        html_number_cell(out, text);
        html_signed_cell(out, own->stats.pnl);
        html_money_cell(out, own->stats.costs);
        text_percent(text, own->stats.max_drawdown);
        html_number_cell(out, text);
        text_number(text, own->stats.sharpe, 2);
        html_number_cell(out, text);
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out, "</tbody></table></div>\n");
    html_section_end(out);
}
