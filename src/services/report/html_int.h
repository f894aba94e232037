/*
 * Pieces of the page. Each section writes itself whole, or a sentence why there is nothing to show.
 */
#ifndef SERVICES_REPORT_HTML_INT_H
#define SERVICES_REPORT_HTML_INT_H

#include "services/report/page.h"
#include "services/report/report_int.h"
#include "services/report/svg_chart.h"

/* Money in cells: coloured by sign where its sign matters. */
void html_money_cell(struct buf *out, int64_t micros);
void html_signed_cell(struct buf *out, int64_t micros);

/* Lines up to a NULL. */
extern const char *const html_style[];
extern const char *const html_script[];

struct page {
    struct buf *out;
    const struct backtest_result *result;
    struct arena *arena; /* of the page */
    struct time_axis time;
    const double *x;          /* of each point on the time axis */
    const char *const *links; /* to the pages of several strategies; NULL: they have none */
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
void html_strategies(struct page *page); /* writes nothing of one alone */
void html_margin(struct page *page);     /* writes nothing where margin was not asked */

#endif
