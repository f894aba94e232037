#include <math.h>

#include "domain/types/money.h"
#include "services/report/html_int.h"

/* Beyond these a page is no longer opened with ease; it says what it leaves out. */
enum { TRADES_MAX = 1000, ORDERS_MAX = 2000 };

static const struct html_head trade_heads[] = {
    { "#", "Number of the trade, in order of opening", false },
    { "Opened", "New York time of the entry fill", true },
    { "Closed", "New York time of the exit fill or settlement", true },
    { "Exit", "What closed the trade; times rolled", true },
    { "Units", "How many of the structure", false },
    { "Entry", "Cash received (+) or paid (-) at entry, before costs, USD", false },
    { "Exit cash",
      "The same at exit, settlement included; of an open trade the value of its mark, USD", false },
    { "Costs", "Commissions and fees, USD", false },
    { "P&L, USD", "Entry + exit - costs, with hedges and dividends", false },
    { "Best / worst", "Highest and lowest P&L at a snapshot while open, USD", false },
    { "Max loss", "Worst value at expiry as of the entry, USD", false },
    { "Underlying", "At entry, and at exit", false },
};

static const struct html_head leg_heads[] = {
    { "Leg", "Its name in the strategy file", true },
    { "Contract", "Root, expiry, strike, call or put", true },
    { "Quantity", "Contracts or shares as filled at entry: long +, short -", false },
    { "Fill", "Price of the entry fill, USD a share", false },
    { "Bid", "At entry, USD a share", false },
    { "Ask", "At entry, USD a share", false },
    { "IV", "Implied volatility at entry, a year", false },
    { "Delta", "At entry, of one long option, a share", false },
    { "Out", "Exit fill, settlement, or last mark while open, USD a share", false },
};

static void put_pair(struct buf *out, const char *first, const char *second)
{
    buf_puts(out, "<td class=\"n\">");
    html_text(out, first);
    html_element(out, "small", NULL, NULL, second);
    buf_puts(out, "</td>");
}

static void put_when(struct buf *out, int64_t ts_ns)
{
    char day[TEXT_BYTES], clock[TEXT_BYTES];
    text_date(day, ts_day(ts_ns));
    text_time(clock, ts_ns);
    buf_puts(out, "<td class=\"t\">");
    html_text(out, day);
    html_element(out, "small", NULL, NULL, clock);
    buf_puts(out, "</td>");
}

static void put_exit(struct buf *out, const struct result_trade *trade)
{
    buf_puts(out, "<td class=\"t\">");
    html_text(out, trade->closed_ns ? text_reason(trade->reason) : "still open");
    if (trade->rolls)
        buf_printf(out, "<small>%d roll%s</small>", trade->rolls, trade->rolls == 1 ? "" : "s");
    buf_puts(out, "</td>");
}

static void put_leg(struct buf *out, const struct result_leg *leg)
{
    struct buf name = { 0 };
    char text[TEXT_BYTES], strike[MONEY_TEXT_BYTES];
    buf_puts(out, "<tr>");
    html_cell(out, text_or(leg->leg_name, "-"));
    if (leg->is_stock) {
        buf_puts(&name, "shares");
    } else {
        text_date(text, leg->contract.expiry);
        money_format(strike, contract_strike_micros(&leg->contract), 0);
        buf_printf(&name, "%.*s %s %s %s", CONTRACT_ROOT_BYTES, leg->contract.root, text, strike,
                   leg->contract.right == OPTION_PUT ? "put" : "call");
    }
    html_element(out, "td", "t", NULL, name.ptr);
    buf_free(&name);
    snprintf(text, sizeof text, "%+lld", (long long)leg->quantity);
    html_number_cell(out, text);
    text_price(text, leg->entry_price);
    html_number_cell(out, text);
    text_price(text, leg->entry_bid);
    html_number_cell(out, text);
    text_price(text, leg->entry_ask);
    html_number_cell(out, text);
    text_percent(text, leg->entry_iv);
    html_number_cell(out, leg->is_stock ? "" : text);
    text_number(text, leg->entry_delta, 3);
    html_number_cell(out, text);
    text_price(text, leg->exit_price != PRICE_NONE ? leg->exit_price : leg->mark_price);
    html_number_cell(out, text);
    buf_puts(out, "</tr>\n");
}

static void put_legs(struct buf *out, const struct result_trade *trade)
{
    struct buf summary = { 0 };
    text_legs(&summary, trade, ' ', ' ');
    buf_printf(out, "<tr class=\"legs\"><td></td><td colspan=\"%zu\"><details><summary>",
               ARRAY_COUNT(trade_heads) - 1);
    html_text(out, text_or(trade->structure, "trade"));
    buf_puts(out, ": ");
    html_text(out, text_or(summary.ptr, "no legs"));
    buf_puts(out, "</summary><table>");
    html_heads(out, leg_heads, ARRAY_COUNT(leg_heads));
    buf_puts(out, "<tbody>\n");
    for (size_t i = 0; i < trade->leg_count; i++)
        put_leg(out, &trade->legs[i]);
    buf_puts(out, "</tbody></table></details></td></tr>\n");
    buf_free(&summary);
}

static void put_trade(struct buf *out, const struct result_trade *trade)
{
    char text[TEXT_BYTES], second[TEXT_BYTES];
    buf_puts(out, "<tr class=\"first\">");
    snprintf(text, sizeof text, "%llu", (unsigned long long)trade->id);
    html_number_cell(out, text);
    put_when(out, trade->opened_ns);
    if (trade->closed_ns)
        put_when(out, trade->closed_ns);
    else
        html_cell(out, "-");
    put_exit(out, trade);
    snprintf(text, sizeof text, "%lld", (long long)trade->units);
    html_number_cell(out, text);
    text_money_plus(text, trade->entry_cash);
    html_number_cell(out, text);
    text_money_plus(text, trade->exit_cash);
    html_number_cell(out, text);
    html_money_cell(out, trade->costs);
    html_signed_cell(out, trade->pnl);
    text_money_plus(text, trade->best);
    text_money_plus(second, trade->worst);
    put_pair(out, text, second);
    text_max_loss(text, trade->max_loss);
    html_number_cell(out, text);
    text_money(text, trade->underlying_entry);
    text_money(second, trade->underlying_exit);
    put_pair(out, text, trade->closed_ns ? second : "");
    buf_puts(out, "</tr>\n");
    put_legs(out, trade);
}

/* Says how many rows of a long table were left out in front. */
static void put_left_out(struct buf *out, size_t left_out, const char *what)
{
    char text[TEXT_BYTES];
    if (left_out == 0)
        return;
    text_count(text, left_out);
    buf_printf(out,
               "<p class=\"lead warn\">The first %s %s are left out here, as a page with all would "
               "be slow; "
               "the JSON has them.</p>\n",
               text, what);
}

void html_trades(struct page *page)
{
    struct buf *out = page->out;
    size_t count = page->result->trade_count, first = count > TRADES_MAX ? count - TRADES_MAX : 0;
    buf_puts(out, "<section id=\"trades\" class=\"long\">\n<h2>Trades</h2>\n");
    if (count == 0) {
        html_nothing(out, "No trade was opened. Rejected orders and notes below may say why.");
        html_section_end(out);
        return;
    }
    html_element(out, "p", "lead", NULL,
                 "Open a row for its legs. Money is in USD, prices are in USD a share.");
    put_left_out(out, first, "trades");
    buf_puts(out, "<div class=\"scroll\"><table>");
    html_heads(out, trade_heads, ARRAY_COUNT(trade_heads));
    buf_puts(out, "<tbody>\n");
    for (size_t i = first; i < count; i++)
        put_trade(out, &page->result->trades[i]);
    buf_puts(out, "</tbody></table></div>\n");
    html_section_end(out);
}

static const struct html_head order_heads[] = {
    { "#", "Number of the order", false },
    { "Time", "New York", true },
    { "Trade", "Number of the trade it belongs to", false },
    { "For", "What it was sent for", true },
    { "Order", "Legs and fills; below, its number at the broker", true },
    { "Units", "How many of the structure", false },
    { "Net", "Price of one unit, USD a share: debit +, credit -", false },
    { "Mid", "Middle of the quotes then, same sign", false },
    { "Costs", "Commission and fees, USD", false },
    { "Status", "Filled, or rejected and why", true },
};

static void put_order(struct buf *out, const struct result_order *order)
{
    char text[TEXT_BYTES];
    bool rejected = order->status && strcmp(order->status, "rejected") == 0;
    buf_puts(out, "<tr>");
    snprintf(text, sizeof text, "%llu", (unsigned long long)order->id);
    html_number_cell(out, text);
    put_when(out, order->ts_ns);
    snprintf(text, sizeof text, "%llu", (unsigned long long)order->trade_id);
    html_number_cell(out, order->trade_id ? text : "-");
    html_cell(out, order_purpose_name(order->purpose));
    buf_puts(out, "<td>");
    html_text(out, text_or(order->text, "-"));
    html_element(out, "small", NULL, NULL, text_or(order->number, ""));
    buf_puts(out, "</td>");
    snprintf(text, sizeof text, "%lld", (long long)order->quantity);
    html_number_cell(out, text);
    text_price(text, order->net_price);
    html_number_cell(out, text);
    text_price(text, order->mid_price);
    html_number_cell(out, text);
    html_money_cell(out, sum_or_none(sum_or_none(order->commission, order->exchange_fees),
                                     order->regulatory_fees));
    buf_puts(out, rejected ? "<td class=\"loss\">" : "<td>");
    html_text(out, text_or(order->status, "?"));
    if (order->reason && *order->reason)
        html_element(out, "small", NULL, NULL, order->reason);
    buf_puts(out, "</td></tr>\n");
}

static void put_rejects(struct buf *out, const struct backtest_result *result)
{
    static const struct html_head heads[] = { { "Orders", NULL, false },
                                              { "Rejected because", NULL, true } };
    struct reject_row rows[REJECTS_MAX];
    size_t count = derive_rejects(result, rows);
    if (count == 0)
        return;
    buf_puts(out, "<div class=\"scroll\"><table>");
    html_heads(out, heads, ARRAY_COUNT(heads));
    buf_puts(out, "<tbody>\n");
    for (size_t i = 0; i < count; i++) {
        char text[TEXT_BYTES];
        text_count(text, rows[i].count);
        buf_puts(out, "<tr>");
        html_number_cell(out, text);
        html_element(out, "td", "full", NULL, rows[i].reason);
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out, "</tbody></table></div>\n");
}

void html_orders(struct page *page)
{
    struct buf *out = page->out;
    size_t count = page->result->order_count, first = count > ORDERS_MAX ? count - ORDERS_MAX : 0;
    char text[TEXT_BYTES];
    buf_puts(out, "<section id=\"orders\" class=\"long\">\n<h2>Orders</h2>\n");
    if (count == 0) {
        html_nothing(out, "No order was sent.");
        html_section_end(out);
        return;
    }
    put_rejects(out, page->result);
    put_left_out(out, first, "orders");
    text_count(text, count - first);
    buf_printf(out, "<details><summary>All %s orders</summary><div class=\"scroll\"><table>", text);
    html_heads(out, order_heads, ARRAY_COUNT(order_heads));
    buf_puts(out, "<tbody>\n");
    for (size_t i = first; i < count; i++)
        put_order(out, &page->result->orders[i]);
    buf_puts(out, "</tbody></table></div></details>\n");
    html_section_end(out);
}
