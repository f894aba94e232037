/* Margin before an order leaves, and the account's margin now. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernel/guard.h"

/* Of one search for an order that opens: some 20 ms, where a search that does not end takes
 * seconds. What it has not proven by then it is on the safe side of. An order that reduces is
 * searched to the end: nobody is locked in. */
enum { BRANCHES_OPENING = 300 };

struct margin_view {
    struct margin_underlying underlyings[MARGIN_UNDERLYINGS_MAX];
    size_t count;
    uint16_t row_of[MARGIN_UNDERLYINGS_MAX]; /* market -> row; UINT16_MAX: not in the book */
    struct margin_book book;
    int64_t worth; /* of the lines at their marks */
    int64_t mark_ns[MARGIN_LINES_MAX];
};

/* The row of a market, made when it is the first time; false when its level is unknown or it is one
 * too many. */
static bool row_of(const struct kernel *k, struct margin_view *view, uint32_t market, uint16_t *out)
{
    if (market >= MARGIN_UNDERLYINGS_MAX)
        return false;
    const struct market *m = &k->markets[market];
    if (view->row_of[market] == UINT16_MAX) {
        /* Of several markets one is quoted first in the morning: the others stand where they
         * closed. */
        int64_t level = m->book.underlying != PRICE_NONE ? m->book.underlying : m->book.prev_close;
        if (level == PRICE_NONE || level <= 0)
            return false;
        struct margin_underlying *u = &view->underlyings[view->count];
        *u = (struct margin_underlying){ .class = margin_class_of(m->symbol),
                                         .level = level,
                                         .rate = isnan(m->book.rate) ? 0 : m->book.rate };
        memcpy(u->name, m->symbol, strnlen(m->symbol, sizeof u->name - 1));
        view->row_of[market] = (uint16_t)view->count++;
    }
    *out = view->row_of[market];
    return true;
}

static bool add_line(struct kernel *k, struct margin_view *view, const struct trade *trade,
                     const struct trade_leg *leg)
{
    struct margin_line *lines = k->guard->lines;
    uint16_t row;
    if (!row_of(k, view, (uint32_t)(trade_market(k, trade) - k->markets), &row) ||
        leg->mark == PRICE_NONE)
        return false;
    view->worth += money_mul(leg->mark, leg->quantity * leg_multiplier(leg));
    for (size_t i = 0; i < view->book.line_count; i++) {
        struct margin_line *line = &lines[i];
        if (line->underlying == row && line->is_stock == leg->is_stock &&
            (leg->is_stock || contract_compare(&line->contract, &leg->contract) == 0)) {
            line->quantity += leg->quantity;
            if (!leg->is_stock &&
                leg->mark_ns > view->mark_ns[i]) { /* two trades: the newer word on the price */
                line->mark = leg->mark;
                view->mark_ns[i] = leg->mark_ns;
            }
            return true;
        }
    }
    if (view->book.line_count == MARGIN_LINES_MAX)
        return false;
    view->mark_ns[view->book.line_count] = leg->mark_ns;
    lines[view->book.line_count++] = (struct margin_line){ .underlying = row,
                                                           .is_stock = leg->is_stock,
                                                           .contract = leg->contract,
                                                           .quantity = leg->quantity,
                                                           .mark = leg->is_stock ? 0 : leg->mark };
    return true;
}

/* The account as a margin book; false when a position has no mark, a market no level, or there are
 * too many. */
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

/* At its limit, else at the far sides; what nobody bids for brings nothing. PRICE_NONE: nobody
 * offers what it buys. */
static int64_t net_at_worst(const struct order_terms *terms)
{
    int64_t prices[PACKAGE_LEGS_MAX];
    if (terms->edit.net_price != PRICE_NONE)
        return terms->edit.net_price;
    for (int i = 0; i < terms->leg_count; i++) {
        const struct package_leg *leg = &terms->legs[i];
        bool buys = leg->ratio > 0;
        prices[i] = buys ? leg->ask : leg->bid == PRICE_NONE || leg->bid < 0 ? 0 : leg->bid;
        if (prices[i] == PRICE_NONE || prices[i] < 0 || (buys && prices[i] == 0))
            return PRICE_NONE;
    }
    return package_net(terms, prices);
}

static bool ask_build(const struct kernel *k, struct margin_view *view,
                      const struct order_terms *terms, int64_t packages, struct margin_ask *out)
{
    uint16_t row;
    int64_t net = net_at_worst(terms);
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

/* All that may still fill, the order itself left out; false when one cannot be known, or there are
 * too many. */
static bool build_working(struct kernel *k, struct margin_view *view, uint64_t but, size_t *count)
{
    struct guard *g = k->guard;
    *count = 0;
    for (const struct order_state *o = order_next_exposed(k, NULL); o;
         o = order_next_exposed(k, o)) {
        struct order_terms terms;
        if (order_is_or_excludes(k, o, but))
            continue;
        order_terms_at_worst(k, o, &terms);
        if (*count == MARGIN_WORKING_MAX ||
            !ask_build(k, view, &terms, order_exposed(o), &g->working[*count]))
            return false;
        g->orders[*count] = g->working[*count].order;
        g->orders[*count].legs = g->working[*count].legs;
        (*count)++;
    }
    return true;
}

/* What is not known locks nobody in, and lets nobody in. */
static bool is_unknown(const struct gate_ask *ask, struct gate_talk *talk, const char *what)
{
    struct gate_verdict v = { .gate = GATE_IS_SAFE,
                              .rule = "margin_use",
                              .word = ask->reduces ? GATE_NOT_ASKED : GATE_SAYS_NO,
                              .number = NAN,
                              .limit = NAN,
                              .unit = "dollars",
                              .would_pass = "what only reduces would pass" };
    snprintf(v.text, sizeof v.text, "margin_use: unknown; the limit is a known one; %s (%.150s)",
             v.would_pass, what);
    if (talk->all)
        snprintf(talk->all->margin_reason, sizeof talk->all->margin_reason, "%s", what);
    return gate_says(talk, &v);
}

/* What equity must not fall below: needed cash, and what the book is worth. */
static int64_t deposit(int64_t cash, const struct margin_view *view)
{
    return money_add(cash, view->worth);
}

static void show(struct order_preview *out, const struct margin_what_if *w,
                 const struct margin_view *view, int64_t paid, int64_t equity)
{
    out->margin_before = deposit(w->before, view);
    out->margin_after = deposit(money_add(w->after, paid), view);
    out->margin_worst = deposit(w->worst_after, view);
    out->buying_power_after = money_sub(equity, out->margin_after);
}

/* A bound is on the safe side, and may refuse what the least would let pass: then the refusal says
 * so. */
static void tell_bound(struct gate_verdict *said)
{
    size_t len = strlen(said->text);
    if (said->word == GATE_SAYS_NO)
        snprintf(said->text + len, sizeof said->text - len,
                 "; an upper bound, as not everything was tried");
}

bool guard_margin(struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk)
{
    struct guard *g = k->guard;
    struct margin_view view;
    struct margin_ask one;
    size_t count = 0;
    if (!view_build(k, &view))
        return is_unknown(
            ask, talk,
            "a position has no mark, its underlying no level, or there are more than 256 lines");
    if (!ask_build(k, &view, ask->terms, 1, &one))
        return is_unknown(
            ask, talk,
            "the underlying has no level, or nobody offers what is bought: a limit price would do");
    if (!build_working(k, &view, ask->id, &count))
        return is_unknown(ask, talk,
                          count == MARGIN_WORKING_MAX
                              ? "64 orders work already: when one is over or canceled it is known"
                              : "the price of an order that works is not known");
    view.book.underlying_count = view.count;
    struct risk_margin margin = { .work = g->margin_work,
                                  .book = &view.book,
                                  .terms = k->config.margin,
                                  .when = MARGIN_INITIAL,
                                  .working = g->orders,
                                  .working_count = count,
                                  .cash = ledger_equity(k) - view.worth,
                                  .reduces = ask->reduces };
    struct margin_what_if what_if;
    struct risk_verdict verdict;
    struct gate_verdict said;
    g->account.equity = ledger_equity(k);
    g->account.equity_start = k->day_start_equity;
    one.order.legs = one.legs;
    margin_work_branches(g->margin_work, ask->reduces ? MARGIN_BRANCHES_MAX : BRANCHES_OPENING);
    enum err err = risk_margin_check(&margin, &g->account, &g->limits, &one.order,
                                     ask->terms->edit.quantity, &what_if, &verdict);
    margin_work_branches(g->margin_work, MARGIN_BRANCHES_MAX);
    if (err)
        return is_unknown(ask, talk, err_detail());
    if (talk->all)
        show(talk->all, &what_if, &view, money_mul(one.order.debit, ask->terms->edit.quantity),
             g->account.equity);
    guard_verdict(k, ask->terms, &verdict, verdict.limit != RISK_OFF, &said);
    if (!what_if.is_exact)
        tell_bound(&said);
    return gate_says(talk, &said);
}

bool guard_deposit(struct kernel *k, int64_t *out)
{
    struct guard *g = k->guard;
    struct margin_view view;
    if (!view_build(k, &view))
        return false;
    view.book.underlying_count = view.count;
    if (k->config.margin->is_portfolio) {
        enum err err = margin_portfolio(&view.book, g->portfolio);
        *out = g->portfolio->requirement;
        return !err;
    }
    enum err err = margin_strategy_plan(g->margin_work, &view.book, k->config.margin,
                                        MARGIN_MAINTENANCE, g->margin_plan);
    *out = g->margin_plan->deposit;
    return !err;
}

enum err kernel_deposit(struct kernel *k, int64_t *out)
{
    if (!k->guard || !k->guard->margin_work)
        return err_set(ERR_NOT_FOUND, "the account was opened without margin terms");
    return guard_deposit(k, out) ? ERR_OK
                                 : err_set(ERR_RANGE, "margin: a mark or a level is not known");
}

/* What both of them ask; ERR_NOT_FOUND when it cannot be known. */
static enum err build_known(struct kernel *k, struct margin_view *view)
{
    if (!k->guard || !k->guard->margin_work)
        return err_set(ERR_NOT_FOUND, "the account was opened without margin terms");
    if (!view_build(k, view))
        return err_set(
            ERR_NOT_FOUND,
            "margin: a position has no mark, an underlying no level, or there are more than %d lines",
            (int)MARGIN_LINES_MAX);
    view->book.underlying_count = view->count;
    return ERR_OK;
}

enum err kernel_margin(struct kernel *k, struct margin_answer *out)
{
    struct margin_view view;
    memset(out, 0, sizeof *out);
    enum err err = build_known(k, &view);
    return err ? err : margin_strategy(k->guard->margin_work, &view.book, k->config.margin, out);
}

enum err kernel_margin_book(struct kernel *k, struct kernel_margin_book *out)
{
    struct margin_view view;
    memset(out, 0, sizeof *out);
    enum err err = build_known(k, &view);
    if (err)
        return err;
    uint16_t row;
    for (uint32_t i = 0; i < k->market_count; i++)
        (void)row_of(k, &view, i, &row); /* one without a level is left out */
    out->terms = *k->config.margin;
    memcpy(out->underlyings, view.underlyings, sizeof out->underlyings);
    memcpy(out->lines, view.book.lines, view.book.line_count * sizeof out->lines[0]);
    out->book = (struct margin_book){ .date = view.book.date,
                                      .underlyings = out->underlyings,
                                      .underlying_count = view.count,
                                      .lines = out->lines,
                                      .line_count = view.book.line_count };
    return ERR_OK;
}
