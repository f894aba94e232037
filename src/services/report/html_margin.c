/* Margin, refusals and liquidations, as tables. */
#include "services/report/html_int.h"

static void put_facts(struct buf *out, const struct result_margin *m)
{
    char most[TEXT_BYTES], equity[TEXT_BYTES], when[TEXT_BYTES], mean[TEXT_BYTES],
        calls[TEXT_BYTES];
    text_money(most, m->most);
    text_money(mean, m->mean);
    text_count(calls, m->calls);
    buf_puts(out, "<p>");
    html_text(out, m->rules);
    if (m->most_ns) {
        text_money(equity, m->most_equity);
        text_when(when, m->most_ns);
        buf_printf(
            out,
            ": at most %s USD of %s USD equity, %s; on average %s USD at the end of a day; margin calls: %s.",
            most, equity, when, mean, calls);
    }
    buf_puts(out, "</p>\n");
}

static void put_refusals(struct buf *out, const struct backtest_result *result)
{
    static const struct html_head heads[] = { { "Refused", NULL, false },
                                              { "Rule", NULL, true },
                                              { "The first", NULL, true } };
    if (!result->refusal_count)
        return;
    buf_puts(out, "<div class=\"scroll\"><table>");
    html_heads(out, heads, ARRAY_COUNT(heads));
    buf_puts(out, "<tbody>\n");
    for (size_t i = 0; i < result->refusal_count; i++) {
        char text[TEXT_BYTES];
        text_count(text, result->refusals[i].count);
        buf_puts(out, "<tr>");
        html_number_cell(out, text);
        html_element(out, "td", NULL, NULL, result->refusals[i].rule);
        html_element(out, "td", "full", NULL, result->refusals[i].text);
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out, "</tbody></table></div>\n");
}

static void put_liquidations(struct buf *out, const struct backtest_result *result)
{
    static const struct html_head heads[] = { { "Closed to need less margin", NULL, true },
                                              { "Packages", NULL, false },
                                              { "Margin before", NULL, false },
                                              { "After", NULL, false },
                                              { "Equity after", NULL, false },
                                              { "Order", NULL, true } };
    if (!result->liquidation_count)
        return;
    buf_puts(out, "<div class=\"scroll\"><table>");
    html_heads(out, heads, ARRAY_COUNT(heads));
    buf_puts(out, "<tbody>\n");
    for (size_t i = 0; i < result->liquidation_count; i++) {
        const struct result_liquidation *row = &result->liquidations[i];
        char text[TEXT_BYTES];
        text_when(text, row->ts_ns);
        buf_puts(out, "<tr>");
        html_element(out, "td", NULL, NULL, text);
        text_count(text, (uint64_t)row->quantity);
        html_number_cell(out, text);
        html_money_cell(out, row->before);
        html_money_cell(out, row->after);
        html_money_cell(out, row->equity_after);
        html_element(out, "td", "full", NULL, row->text);
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out, "</tbody></table></div>\n");
}

void html_margin(struct page *page)
{
    const struct backtest_result *result = page->result;
    if (!result->margin.is_asked && !result->refusal_count)
        return;
    html_section_begin(page->out, "margin", "Margin",
                       "What the account had to hold, and what the gates refused.");
    if (result->margin.is_asked)
        put_facts(page->out, &result->margin);
    put_refusals(page->out, result);
    put_liquidations(page->out, result);
    html_section_end(page->out);
}
