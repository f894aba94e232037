/* Margin before an order leaves, and the account's margin now. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "domain/risk/margin_gate.h"
#include "kernel/guard.h"

struct margin_view {
    struct margin_underlying underlyings[MARGIN_UNDERLYINGS_MAX];
    size_t count;
    uint16_t row_of[MARGIN_UNDERLYINGS_MAX]; /* market -> row; UINT16_MAX: not in the book */
    struct margin_book book;
    int64_t worth; /* of the lines at their marks */
};

/* The row of a market, made when it is the first time; false when its level is unknown or it is one too many. */
static bool row_of(const struct kernel *k, struct margin_view *view, uint32_t market, uint16_t *out)
{
    if (market >= MARGIN_UNDERLYINGS_MAX)
        return false;
    const struct market *m = &k->markets[market];
    if (view->row_of[market] == UINT16_MAX) {
        if (m->book.underlying == PRICE_NONE || m->book.underlying <= 0)
            return false;
        struct margin_underlying *u = &view->underlyings[view->count];
        *u = (struct margin_underlying){ .class = margin_class_of(m->symbol),
                                         .level = m->book.underlying,
                                         .rate = isnan(m->book.rate) ? 0 : m->book.rate };
        memcpy(u->name, m->symbol, strnlen(m->symbol, sizeof u->name - 1));
        view->row_of[market] = (uint16_t)view->count++;
    }
    *out = view->row_of[market];
    return true;
}

static bool add_line(struct kernel *k, struct margin_view *view, const struct trade *trade, const struct trade_leg *leg)
{
    struct margin_line *lines = k->guard->lines;
    uint16_t row;
    if (!row_of(k, view, (uint32_t)(trade_market(k, trade) - k->markets), &row) || leg->mark == PRICE_NONE)
        return false;
    view->worth += money_mul(leg->mark, leg->quantity * leg_multiplier(leg));
    for (size_t i = 0; i < view->book.line_count; i++) {
        struct margin_line *line = &lines[i];
        if (line->underlying == row && line->is_stock == leg->is_stock &&
            (leg->is_stock || contract_compare(&line->contract, &leg->contract) == 0)) {
            line->quantity += leg->quantity;
            return true;
        }
    }
    if (view->book.line_count == MARGIN_LINES_MAX)
        return false;
    lines[view->book.line_count++] = (struct margin_line){ .underlying = row,
                                                           .is_stock = leg->is_stock,
                                                           .contract = leg->contract,
                                                           .quantity = leg->quantity,
                                                           .mark = leg->is_stock ? 0 : leg->mark };
    return true;
}

/* The account as a margin book; false when a position has no mark, a market no level, or there are too many. */
static bool view_build(struct kernel *k, struct margin_view *view)
{
    memset(view, 0, sizeof *view);
    memset(view->row_of, 0xff, sizeof view->row_of);
    for (uint32_t i = 0; i < k->trade_high; i++) {
        const struct trade *trade = &k->trades[i];
        for (int j = 0; trade->state != TRADE_FREE && j < trade->leg_count; j++)
            if (trade->legs[j].quantity && !add_line(k, view, trade, &trade->legs[j]))
                return false;
    }
    view->book.date = k->day;
    view->book.underlyings = view->underlyings;
    view->book.lines = k->guard->lines;
    return true;
}

struct margin_ask { /* an order as domain/margin wants to see it, for one package or all of it */
    struct margin_order order;
    struct margin_line legs[RISK_LEGS_MAX];
};

static bool ask_build(const struct kernel *k, struct margin_view *view, const struct order_terms *terms, int64_t packages,
                      struct margin_ask *out)
{
    uint16_t row;
    int64_t net = terms->edit.net_price != PRICE_NONE ? terms->edit.net_price : package_net_far(terms);
    memset(out, 0, sizeof *out);
    if (net == PRICE_NONE || !row_of(k, view, terms->underlying_index, &row))
        return false;
    for (int i = 0; i < terms->leg_count; i++) {
        const struct package_leg *leg = &terms->legs[i];
        int64_t mid = quote_mid(leg->bid, leg->ask);
        out->legs[i] = (struct margin_line){ .underlying = row,
                                             .is_stock = leg->is_stock,
                                             .contract = leg->contract,
                                             .quantity = leg->ratio * packages,
                                             .mark = leg->is_stock || mid == PRICE_NONE ? 0 : mid };
    }
    out->order = (struct margin_order){ .legs = out->legs,
                                        .leg_count = (size_t)terms->leg_count,
                                        .debit = money_mul(net, order_terms_multiplier(terms)) };
    return money_try_mul(out->order.debit, packages, &out->order.debit);
}

bool guard_margin(struct kernel *k, const struct order_terms *terms, uint64_t id, char why[RISK_TEXT_BYTES])
{
    struct guard *g = k->guard;
    struct margin_view view;
    struct margin_ask working[MARGIN_WORKING_EXACT], one;
    struct margin_order orders[MARGIN_WORKING_EXACT];
    size_t count = 0;
    bool reduces = terms->flags & ORDER_REDUCES, is_known = view_build(k, &view) && ask_build(k, &view, terms, 1, &one);
    for (const struct order_state *o = order_set_first_open(k->orders); o && is_known; o = order_set_next(k->orders, o)) {
        if (o->id == id || !order_status_is_sent(o->phase))
            continue;
        is_known = count < MARGIN_WORKING_EXACT && ask_build(k, &view, &o->terms, order_state_remaining(o), &working[count]);
        if (is_known) {
            orders[count] = working[count].order;
            orders[count].legs = working[count].legs;
            count++;
        }
    }
    if (!is_known) { /* nobody is locked in by what the gate does not know */
        snprintf(why, RISK_TEXT_BYTES, "margin: a mark, a level or a price is unknown, or more than %d orders work; "
                 "what only reduces would pass", (int)MARGIN_WORKING_EXACT);
        return reduces;
    }
    view.book.underlying_count = view.count;
    struct risk_margin margin = { .work = g->margin_work,
                                  .book = &view.book,
                                  .terms = k->config.margin,
                                  .when = MARGIN_INITIAL,
                                  .working = orders,
                                  .working_count = count,
                                  .cash = ledger_equity(k) - view.worth };
    struct margin_what_if what_if;
    struct risk_verdict verdict;
    g->account.equity = ledger_equity(k);
    if (risk_margin_check(&margin, &g->account, &g->limits, &one.order, terms->edit.quantity, &what_if, &verdict)) {
        snprintf(why, RISK_TEXT_BYTES, "margin: %.200s", err_detail());
        return reduces;
    }
    if (!verdict.is_allowed)
        risk_verdict_text(why, &verdict, "");
    return verdict.is_allowed;
}

enum err kernel_margin(struct kernel *k, struct margin_answer *out)
{
    struct margin_view view;
    memset(out, 0, sizeof *out);
    if (!k->guard || !k->guard->margin_work)
        return err_set(ERR_NOT_FOUND, "the account was opened without margin terms");
    if (!view_build(k, &view))
        return err_set(ERR_NOT_FOUND, "margin: a position has no mark, an underlying no level, or there are more than %d lines",
                       (int)MARGIN_LINES_MAX);
    view.book.underlying_count = view.count;
    return margin_strategy(k->guard->margin_work, &view.book, k->config.margin, out);
}
