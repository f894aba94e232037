/*
 * The account's own limits: domain/risk asked before each order, and watched as time goes by.
 *
 * What the gate knows of the account is counted anew from trades and working orders when something
 * has changed since it was last asked: then it cannot drift. Between two quotes of an underlying a
 * second apart, and fills, it stays.
 */
#include "kernel/guard.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/risk/loss.h"

/* A loss without bound is counted as if the underlying rose so far: the regulators' 15 %. */
static const int64_t RISE_PPM = 1150000;

void guard_open(struct kernel *k, struct arena *arena)
{
    if (!k->config.risk)
        return;
    struct guard *g = k->guard = arena_new(arena, struct guard);
    g->base = *k->config.risk;
    g->limits = g->base;
    g->limits_until_ns = INT64_MIN;
    g->account.underlyings = arena_array(arena, struct risk_pot, k->market_count);
    g->account.strategies = arena_array(arena, struct risk_pot, k->host_total);
    g->account.underlying_count = k->market_count;
    g->account.strategy_count = k->host_total;
    if (k->config.margin) {
        g->margin_work = margin_work_new(arena);
        g->lines = arena_array(arena, struct margin_line, MARGIN_LINES_MAX);
        g->margin_plan = arena_new(arena, struct margin_plan);
        g->portfolio = arena_new(arena, struct margin_portfolio);
        g->working = arena_array(arena, struct margin_ask, MARGIN_WORKING_MAX);
        g->orders = arena_array(arena, struct margin_order, MARGIN_WORKING_MAX);
        guard_plan_open(k, arena);
    }
    guard_exposure_open(k, arena);
}

static void refresh_limits(struct kernel *k)
{
    struct guard *g = k->guard;
    if (k->now_ns < g->limits_until_ns)
        return;
    g->limits_until_ns = risk_limits_in_force(&g->base, &g->overrides, k->now_ns, &g->limits);
    guard_needs(g);
    g->is_built = false;
}

int64_t guard_limit(struct kernel *k, enum risk_limit limit)
{
    refresh_limits(k);
    return k->guard->limits.at[limit];
}

/* ---- exposure -------------------------------------------------------------------------------- */

/* Of that series in all trades, signed. */
static int64_t held_of(const struct kernel *k, const struct market *market, bool is_stock,
                       uint32_t id)
{
    int64_t held = 0;
    uint32_t at = is_stock ? market->stock_holders : id == OPTION_NONE ? NONE : market->holders[id];
    for (; at != NONE; at = k->holdings[at].next)
        held += k->trades[k->holdings[at].trade].legs[k->holdings[at].leg].quantity;
    return held;
}

static void add_working(const struct kernel *k, const struct package_leg *leg, uint32_t underlying,
                        uint64_t but, struct risk_leg *out)
{
    for (const struct order_state *o = order_next_exposed(k, NULL); o;
         o = order_next_exposed(k, o)) {
        if (o->terms.underlying_index != underlying || order_is_or_excludes(k, o, but))
            continue;
        for (int i = 0; i < o->terms.leg_count; i++) {
            const struct package_leg *other = &o->terms.legs[i];
            if (other->is_stock != leg->is_stock ||
                (!leg->is_stock && contract_compare(&other->contract, &leg->contract)))
                continue;
            int64_t quantity = other->ratio * order_exposed(o);
            *(quantity > 0 ? &out->working_buys : &out->working_sells) += llabs(quantity);
        }
    }
}

struct asked { /* an order as domain/risk wants to see it */
    struct risk_order order;
    struct risk_leg legs[RISK_LEGS_MAX];
    struct risk_vector vectors[RISK_LEGS_MAX];
};

static void describe(struct kernel *k, const struct gate_ask *ask, bool with_working,
                     struct asked *out)
{
    const struct order_terms *terms = ask->terms;
    struct market *market = &k->markets[terms->underlying_index];
    int64_t quantity = terms->edit.quantity, gross = 0;
    memset(out, 0, sizeof *out);
    for (int i = 0; i < terms->leg_count; i++) {
        const struct package_leg *leg = &terms->legs[i];
        uint32_t id = leg->is_stock ? OPTION_NONE : book_find(&market->book, &leg->contract);
        int64_t mid = quote_mid(leg->bid, leg->ask);
        struct risk_leg *to = &out->legs[i];
        *to = (struct risk_leg){ .ratio = leg->ratio,
                                 .held = held_of(k, market, leg->is_stock, id),
                                 .is_stock = leg->is_stock };
        if (guard_vector(k, market, leg->is_stock, id, &out->vectors[i]))
            to->each = &out->vectors[i];
        if (with_working)
            add_working(k, leg, terms->underlying_index, ask->id, to);
        gross =
            mid == PRICE_NONE || gross == PRICE_NONE ? PRICE_NONE : gross + mid * llabs(leg->ratio);
    }
    int64_t loss =
        ask->max_loss == INT64_MAX ? RISK_OFF : (ask->max_loss + quantity - 1) / quantity;
    bool is_hedge = terms->purpose == PURPOSE_HEDGE;
    out->order = (struct risk_order){ .legs = out->legs,
                                      .leg_count = (size_t)terms->leg_count,
                                      .quantity = quantity,
                                      .is_package = true,
                                      .origin = terms->host >= k->host_room ||
                                                        terms->purpose == PURPOSE_MANUAL
                                                    ? RISK_BY_PERSON
                                                : k->flattening || k->by_planner ? RISK_BY_PLANNER
                                                                                 : RISK_BY_STRATEGY,
                                      .effect = ask->reduces ? RISK_CLOSES_TRADE
                                                : is_hedge   ? RISK_AS_ACCOUNT
                                                             : RISK_OPENS_TRADE,
                                      .underlying = terms->underlying_index,
                                      .strategy = terms->host,
                                      .loss_each = ask->reduces || is_hedge ? 0 : loss,
                                      .price = terms->edit.net_price,
                                      .fair = package_net_mid(terms),
                                      .gross = gross };
}

/* What a trade can lose at expiry, as a number even where there is no bound. */
static int64_t trade_risk(const struct kernel *k, const struct trade *trade)
{
    if (trade->max_loss != INT64_MAX)
        return trade->max_loss;
    struct loss_leg legs[TRADE_LEGS_MAX];
    for (int i = 0; i < trade->leg_count; i++)
        legs[i] = (struct loss_leg){ trade->legs[i].is_stock ? NULL : &trade->legs[i].contract,
                                     trade->legs[i].quantity };
    int64_t level = trade_market(k, trade)->book.underlying;
    int64_t loss = level == PRICE_NONE ? PRICE_NONE
                                       : loss_at_expiry(legs, (size_t)trade->leg_count,
                                                        -trade->flows, level, RISE_PPM);
    return loss == PRICE_NONE || loss == RISK_OFF ? INT64_MAX / 1000000 : loss;
}

static void build_held(struct kernel *k, struct risk_account *account)
{
    for (uint32_t i = 0; i < k->trade_high; i++) {
        const struct trade *trade = &k->trades[i];
        if (trade->state == TRADE_FREE)
            continue;
        struct market *market = trade_market(k, trade);
        bool holds = false;
        for (int j = 0; j < trade->leg_count; j++) {
            const struct trade_leg *leg = &trade->legs[j];
            struct risk_vector each;
            if (!leg->quantity)
                continue;
            holds = true;
            if (guard_vector(k, market, leg->is_stock, leg->id, &each))
                risk_account_hold(account, &each, leg->quantity);
            else
                account->unpriced++;
            guard_tail_hold(k, market, leg->is_stock, leg->id, leg->quantity);
        }
        int64_t risk = holds ? trade_risk(k, trade) : 0;
        account->underlyings[market - k->markets].held += risk;
        account->strategies[trade->host].held += risk;
    }
}

static void build_working(struct kernel *k, struct risk_account *account, uint64_t but)
{
    for (const struct order_state *o = order_next_exposed(k, NULL); o;
         o = order_next_exposed(k, o)) {
        int64_t remaining = order_exposed(o);
        if (order_is_or_excludes(k, o, but))
            continue;
        struct asked asked;
        struct risk_range range;
        struct order_terms terms;
        order_terms_at_worst(k, o, &terms);
        struct gate_ask ask = { .terms = &terms,
                                .max_loss = order_ticket(k, o)->max_loss,
                                .id = o->id,
                                .reduces = (o->terms.flags & ORDER_REDUCES) &&
                                           !order_ticket(k, o)->max_loss };
        describe(k, &ask, false, &asked);
        risk_order_range(&asked.order, remaining, &range);
        risk_account_work(account, &range, 1);
        guard_tail_work(k, &o->terms, remaining);
        int64_t loss;
        if (asked.order.loss_each == RISK_OFF ||
            !money_try_mul(asked.order.loss_each, remaining, &loss))
            loss = INT64_MAX / 1000000;
        account->underlyings[asked.order.underlying].working += loss;
        account->strategies[asked.order.strategy].working += loss;
    }
}

static uint64_t generation(const struct kernel *k)
{
    uint64_t sum = k->changes;
    for (uint32_t i = 0; i < k->market_count; i++)
        sum += k->markets[i].book.stamp << 20;
    return sum;
}

static struct risk_account *account_now(struct kernel *k, uint64_t but)
{
    struct guard *g = k->guard;
    struct risk_account *account = &g->account;
    uint64_t now = generation(k);
    account->state = k->state;
    account->equity = ledger_equity(k);
    account->equity_start = k->day_start_equity;
    account->var = account->shortfall = PRICE_NONE;
    account->recent_orders =
        risk_window_count(&g->watch.orders, k->now_ns, g->limits.at[RISK_RATE_WINDOW]);
    if (g->is_built && g->built == now && g->built_but == but)
        return account;
    memset(&account->held, 0, sizeof account->held);
    memset(&account->working, 0, sizeof account->working);
    memset(account->underlyings, 0, account->underlying_count * sizeof *account->underlyings);
    memset(account->strategies, 0, account->strategy_count * sizeof *account->strategies);
    account->unpriced = 0;
    account->is_overflow = false;
    account->is_without_index = !guard_has_index(k);
    guard_moves(k);
    build_held(k, account);
    build_working(k, account, but);
    g->is_built = true;
    g->built = now;
    g->built_but = but;
    return account;
}

/* ---- the gate -------------------------------------------------------------------------------- */

static const char *key_name(const struct kernel *k, const struct order_terms *terms,
                            const struct risk_verdict *v, char out[64])
{
    out[0] = '\0';
    if (v->rule == RISK_UNDERLYING_LOSS)
        snprintf(out, 64, "%s", k->markets[terms->underlying_index].symbol);
    else if (v->rule == RISK_STRATEGY_LOSS && k->hosts[terms->host].strategy)
        snprintf(out, 64, "%s", k->hosts[terms->host].strategy->name);
    return out;
}

/* What is not about orders: settings, and what stops trading by itself. */
static bool is_of_orders(enum risk_limit limit)
{
    enum risk_level level = risk_limit_row(limit)->level;
    return level != RISK_LEVEL_SETTING && level != RISK_LEVEL_EMERGENCY;
}

void guard_verdict(const struct kernel *k, const struct order_terms *terms,
                   const struct risk_verdict *v, bool is_asked, struct gate_verdict *out)
{
    const struct risk_limit_row *row = risk_limit_row(v->rule);
    char name[64];
    double scale = 1;
    *out = (struct gate_verdict){ .gate = GATE_IS_SAFE,
                                  .word = !is_asked       ? GATE_NOT_ASKED
                                          : v->is_allowed ? GATE_SAYS_YES
                                                          : GATE_SAYS_NO,
                                  .number = NAN,
                                  .limit = NAN,
                                  .quantity_max = v->quantity_max };
    snprintf(out->rule, sizeof out->rule, "%s", row->word);
    snprintf(out->unit, sizeof out->unit, "%s", risk_unit_text(v->rule, &scale));
    if (!is_asked)
        return;
    out->number = v->number == RISK_OFF ? INFINITY : (double)v->number / scale;
    out->limit = v->limit == RISK_OFF ? INFINITY : (double)v->limit / scale;
    if (v->is_allowed)
        return;
    risk_pass_text(out->would_pass, v);
    risk_verdict_text(out->text, v, key_name(k, terms, v, name));
}

static bool ask_each(struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk,
                     const struct risk_account *account, const struct risk_order *order)
{
    struct risk_word words[RISK_LIMIT_COUNT];
    struct risk_verdict least;
    struct gate_verdict said;
    risk_check_each(account, &k->guard->limits, order, words, &least);
    for (int i = 0; i < RISK_LIMIT_COUNT; i++) {
        words[i].verdict.rule = (enum risk_limit)i;
        if (!is_of_orders((enum risk_limit)i) || i == RISK_MARGIN_USE || i == RISK_VAR ||
            i == RISK_SHORTFALL)
            continue; /* asked apart */
        guard_verdict(k, ask->terms, &words[i].verdict, words[i].is_asked, &said);
        gate_says(talk, &said);
    }
    return true;
}

/* Quotes that are too old to open on: of an order that comes before the timer that would halt, or
 * after a resume. */
static bool is_fresh(struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk)
{
    const struct book *book = &k->markets[ask->terms->underlying_index].book;
    struct gate_verdict said;
    struct risk_verdict v = { .rule = RISK_QUOTE_AGE,
                              .limit = k->guard->limits.at[RISK_QUOTE_AGE],
                              .scenario = -1,
                              .price_max = PRICE_NONE,
                              .is_allowed = true,
                              .quantity_max = ask->terms->edit.quantity };
    bool is_asked = v.limit != RISK_OFF && book->open_ns && k->now_ns >= book->open_ns &&
                    k->now_ns <= book->close_ns;
    if (is_asked) {
        v.number = k->now_ns - (book->now_ns > book->open_ns ? book->now_ns : book->open_ns);
        v.is_allowed = v.number <= v.limit || ask->reduces;
        v.quantity_max = v.is_allowed ? v.quantity_max : 0;
    }
    if (v.is_allowed && !talk->all)
        return true;
    guard_verdict(k, ask->terms, &v, is_asked, &said);
    return gate_says(talk, &said);
}

void guard_standing(struct kernel *k, struct kernel_standing *out)
{
    struct guard *g = k->guard;
    struct tail tail;
    refresh_limits(k);
    (void)account_now(k, 0);
    out->limits = g->limits;
    if (guard_tail_now(g, &tail)) {
        out->var = tail.var;
        out->shortfall = tail.shortfall;
    }
}

bool guard_allows(struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk)
{
    struct guard *g = k->guard;
    if (!g || ask->terms->edit.quantity <= 0) /* a preview of nonsense: others said so */
        return true;
    refresh_limits(k);
    if (!is_fresh(k, ask, talk))
        return false;
    struct asked asked;
    struct risk_verdict verdict;
    struct gate_verdict said;
    struct risk_account *account = account_now(k, ask->id);
    describe(k, ask, true, &asked);
    if (talk->all) {
        ask_each(k, ask, talk, account, &asked.order);
    } else {
        risk_check(account, &g->limits, &asked.order, &verdict);
        guard_verdict(k, ask->terms, &verdict, true, &said);
        if (!gate_says(talk, &said))
            return false;
    }
    return guard_tail(k, ask, talk) && (!g->margin_work || guard_margin(k, ask, talk));
}

void guard_sent(struct kernel *k)
{
    if (k->guard)
        risk_window_add(&k->guard->watch.orders, k->now_ns);
}

/* ---- what stops trading by itself ------------------------------------------------------------ */

static void obey(struct kernel *k, const struct risk_alarm *alarm, const char *name)
{
    static const enum risk_state to[] = { [ALARM_HALT] = RISK_HALTED,
                                          [ALARM_REDUCE] = RISK_REDUCING,
                                          [ALARM_LIQUIDATE] = RISK_LIQUIDATING };
    if (alarm->kind == ALARM_NONE)
        return;
    char text[RISK_TEXT_BYTES];
    risk_alarm_text(text, alarm, name);
    note(k, NOTE_HALTED, "%s", text);
    if (alarm->kind == ALARM_HEDGE) {
        guard_hedge(k);
        return;
    }
    if (to[alarm->kind] > k->state)
        k->state = to[alarm->kind];
    k->flattening |= alarm->kind == ALARM_LIQUIDATE;
    k->reduced_by_loss |= alarm->kind == ALARM_REDUCE;
    if (alarm->kind == ALARM_HALT)
        orders_cancel_all(k, true);
}

void guard_rejected(struct kernel *k)
{
    struct guard *g = k->guard;
    if (!g)
        return;
    refresh_limits(k);
    struct risk_alarm alarm = risk_watch_reject(&g->watch, &g->limits, k->now_ns);
    obey(k, &alarm, "");
}

void guard_fault(struct kernel *k)
{
    struct guard *g = k->guard;
    if (!g)
        return;
    refresh_limits(k);
    struct risk_alarm alarm = risk_watch_error(&g->watch, &g->limits, k->now_ns);
    obey(k, &alarm, "");
}

void guard_loss(struct kernel *k)
{
    struct guard *g = k->guard;
    if (!g)
        return;
    refresh_limits(k);
    g->account.state = k->state;
    g->account.equity = ledger_equity(k);
    g->account.equity_start = k->day_start_equity;
    struct risk_alarm alarm = risk_watch_loss(&g->watch, &g->limits, &g->account);
    obey(k, &alarm, "");
}

void guard_timer(struct kernel *k, const struct event_timer *timer)
{
    struct guard *g = k->guard;
    if (!g)
        return;
    refresh_limits(k);
    guard_loss(k);
    if (timer->steady_ns) {
        struct risk_alarm alarm =
            risk_watch_clocks(&g->watch, &g->limits, timer->wall_ns, timer->steady_ns);
        obey(k, &alarm, "");
    }
    for (uint32_t i = 0; i < k->market_count && k->state < RISK_HALTED; i++) {
        const struct book *book = &k->markets[i].book;
        if (!book->open_ns || k->now_ns < book->open_ns || k->now_ns > book->close_ns)
            continue;
        int64_t last = book->now_ns >= book->open_ns ? book->now_ns : 0;
        struct risk_alarm alarm = risk_watch_quote(&g->limits, last, book->open_ns, k->now_ns);
        obey(k, &alarm, k->markets[i].symbol);
    }
}

void guard_feeds(struct kernel *k, struct market *market, const struct event_feed *feed)
{
    struct guard *g = k->guard;
    if (!g)
        return;
    refresh_limits(k);
    struct risk_alarm alarm =
        risk_watch_feeds(&g->limits, feed->here, feed->there, k->now_ns, &market->apart_since_ns);
    if (k->state < RISK_HALTED)
        obey(k, &alarm, market->symbol);
}

void guard_new_day(struct kernel *k)
{
    if (k->guard)
        risk_watch_new_day(&k->guard->watch);
    /* What the day's loss had stopped may go on; what a person or worse had stopped may not. */
    if (k->state == RISK_REDUCING && k->reduced_by_loss)
        k->reduced_by_call = k->guard && k->guard->is_called; /* then it ends with the call */
    if (k->state == RISK_REDUCING && k->reduced_by_loss && !k->reduced_by_call)
        k->state = RISK_NORMAL;
    k->reduced_by_loss = false;
}

/* ---- overrides ------------------------------------------------------------------------------- */

bool guard_override(struct kernel *k, const struct event_command *command,
                    char why[RISK_TEXT_BYTES])
{
    static const enum risk_role roles[] = { [BY_AGENT] = RISK_ROLE_TRADER,
                                            [BY_TRADER] = RISK_ROLE_TRADER,
                                            [BY_RISK] = RISK_ROLE_RISK,
                                            [BY_OWNER] = RISK_ROLE_OWNER };
    struct guard *g = k->guard;
    enum err err;
    if (!g) {
        snprintf(why, RISK_TEXT_BYTES, "the account has no limits to override");
        return false;
    }
    if (command->role == BY_AGENT || command->limit >= RISK_LIMIT_COUNT) {
        snprintf(why, RISK_TEXT_BYTES,
                 "role: an agent's; the limit is a person's; a person's override would pass");
        return false;
    }
    if (command->kind == COMMAND_REVOKE) {
        err = risk_override_revoke(&g->overrides, (enum risk_limit)command->limit, k->now_ns);
    } else {
        struct risk_override grant = { .limit = (enum risk_limit)command->limit,
                                       .value = command->value,
                                       .role = roles[command->role],
                                       .expires_ts_ns = command->until_ns };
        snprintf(grant.by, sizeof grant.by, "%s", command->who);
        snprintf(grant.reason, sizeof grant.reason, "%s", command->why);
        err = risk_override_grant(&g->overrides, &grant, k->now_ns);
    }
    g->limits_until_ns = INT64_MIN;
    if (err)
        snprintf(why, RISK_TEXT_BYTES, "%s", err_detail());
    return !err;
}
