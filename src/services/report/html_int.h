/*
 * Pieces of the page. Each section writes itself whole, or a sentence why there is nothing to show.
 */
#ifndef SERVICES_REPORT_HTML_INT_H
#define SERVICES_REPORT_HTML_INT_H

#include "services/report/report_int.h"
#include "services/report/svg_chart.h"

enum { PAGE_WIDE = 900, PAGE_HALF = 440 };

/* Text from anywhere, safe between tags and inside a quoted attribute. NULL writes nothing. */
void html_text(struct buf *out, const char *text);

/* <tag class="class_name" title="title">text</tag>; class_name and title may be NULL. */
void html_element(struct buf *out, const char *tag, const char *class_name, const char *title,
                  const char *text);

/* Table cells: a figure stands right, coloured by sign where its sign matters. */
void html_cell(struct buf *out, const char *text);
void html_number_cell(struct buf *out, const char *text);
void html_money_cell(struct buf *out, int64_t micros);
void html_signed_cell(struct buf *out, int64_t micros);
struct html_head {
    const char *text, *title;
    bool is_text; /* stands left */
};
void html_heads(struct buf *out, const struct html_head heads[], size_t count);

void html_section_begin(struct buf *out, const char *id, const char *heading, const char *lead);
void html_section_end(struct buf *out);
void html_figure_begin(struct buf *out, const char *heading, const char *explanation);
void html_figure_end(struct buf *out);
void html_nothing(struct buf *out, const char *why);

/* Lines up to a NULL. */
extern const char *const html_style[];
extern const char *const html_script[];

struct page {
    struct buf *out;
    const struct backtest_result *result;
    struct arena *arena; /* of the page */
    struct time_axis time;
    const double *x; /* of each point on the time axis */
};

void html_header(struct page *page);
void html_run(struct page *page);
void html_figures(struct page *page);
void html_notes(struct page *page);
void html_months(struct page *page);
void html_exits(struct page *page);

void html_equity(struct page *page);
void html_exposures(struct page *page);
void html_trade_bars(struct page *page);
void html_distribution(struct page *page);
void html_costs(struct page *page);
void html_payoff(struct page *page);

void html_trades(struct page *page);
void html_orders(struct page *page);

#endif
