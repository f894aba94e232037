/*
 * The gate. Every limit proposes how many packages it would let pass; the least of them decides, so
 * that a refusal can say what would pass. Divisions are made only when a limit is reached.
 */
#include "domain/risk/risk.h"

#include <stdio.h>
#include <string.h>

#include "domain/risk/risk_int.h"

struct asking {
    const struct risk_account *account;
    const struct risk_limits *limits;
    const struct risk_order *order;
    struct risk_verdict *verdict;
    struct risk_range one; /* of a single package */
    int64_t reducing;      /* packages that only reduce */
    bool is_hedge;         /* the planner's, and it leaves less delta */
};

static int64_t magnitude(int64_t value)
{
    return value < 0 ? -value : value;
}

static int64_t clip(int128 value)
{
    return value > INT64_MAX ? INT64_MAX : value < -INT64_MAX ? -INT64_MAX : (int64_t)value;
}

/* A limit lets `quantity` packages pass. True when it is the least so far, and now stands. */
static bool refuse(struct asking *a, enum risk_limit rule, int64_t quantity, int64_t number,
                   int64_t limit)
{
    struct risk_verdict *v = a->verdict;
    if (!v->is_allowed && v->quantity_max <= quantity)
        return false;
    v->is_allowed = false;
    v->rule = rule;
    v->quantity_max = quantity;
    v->number = number;
    v->limit = limit;
    v->scenario = -1;
    v->key = 0;
    v->price_max = PRICE_NONE;
    return true;
}

/* before + quantity x each <= bound for the order? sign is that of the number to show. True when it
 * was refused for this. An order that adds nothing is not asked. */
static bool ask_linear(struct asking *a, enum risk_limit rule, int128 before, int64_t each,
                       int64_t bound, int sign)
{
    if (each <= 0 || bound == RISK_OFF)
        return false;
    int128 after = before + (int128)each * a->order->quantity;
    if (after <= bound)
        return false;
    int128 room = before < bound ? (bound - before) / each : 0;
    return refuse(a, rule, clip(room), clip(sign * after), bound);
}

/* Packages that leave every leg no further from flat, whatever else fills. */
static int64_t reducing_quantity(const struct risk_order *order)
{
    int64_t most = INT64_MAX;
    for (size_t i = 0; i < order->leg_count; i++) {
        const struct risk_leg *l = &order->legs[i];
        if (!l->ratio)
            continue;
        bool is_buy = l->ratio > 0;
        int128 open =
            is_buy ? -(int128)l->held - l->working_buys : (int128)l->held - l->working_sells;
        int128 room = open > 0 ? open / magnitude(l->ratio) : 0;
        if (room < most)
            most = clip(room);
    }
    return most;
}

bool risk_order_reduces(const struct risk_order *order)
{
    return reducing_quantity(order) >= order->quantity;
}

static bool leaves_less_delta(const struct asking *a)
{
    if (a->order->origin != RISK_BY_PLANNER)
        return false;
    int128 before = a->account->held.at[MEASURE_DELTA_SHARES];
    int64_t each = a->one.up.at[MEASURE_DELTA_SHARES] + a->one.down.at[MEASURE_DELTA_SHARES];
    int128 after = before + (int128)each * a->order->quantity;
    return (after < 0 ? -after : after) < (before < 0 ? -before : before);
}

static void ask_state(struct asking *a)
{
    enum risk_state state = a->account->state;
    enum risk_origin origin = a->order->origin;
    bool is_by_hand = origin == RISK_BY_PERSON || origin == RISK_BY_PLANNER;
    if (state == RISK_REDUCING && !a->is_hedge && a->reducing < a->order->quantity)
        refuse(a, RISK_ONLY_REDUCE, a->reducing, 1, 0);
    if (state == RISK_NORMAL || state == RISK_REDUCING)
        return;
    int64_t most = is_by_hand ? a->reducing : 0;
    if (most < a->order->quantity)
        refuse(a, RISK_HALT, most, 1, 0);
}

static void ask_price(struct asking *a)
{
    const struct risk_order *order = a->order;
    int64_t limit = a->limits->at[RISK_PRICE_AWAY];
    if (limit == RISK_OFF || order->price == PRICE_NONE || order->fair == PRICE_NONE ||
        order->gross == PRICE_NONE || order->price <= order->fair)
        return;
    int128 away = (int128)order->price - order->fair;
    int128 room = (int128)magnitude(order->gross) * limit / 1000000;
    if (away <= room)
        return;
    int128 part = order->gross ? away * 1000000 / magnitude(order->gross) : INT64_MAX;
    if (refuse(a, RISK_PRICE_AWAY, 0, clip(part), limit))
        a->verdict->price_max = clip(order->fair + room);
}

static void ask_order(struct asking *a)
{
    const struct risk_order *order = a->order;
    for (size_t i = 0; i < order->leg_count; i++) {
        int64_t scale = order->legs[i].is_stock ? 100 : 1;
        int64_t bound = a->limits->at[RISK_ORDER_CONTRACTS];
        if (bound < INT64_MAX / 100)
            bound *= scale;
        if (ask_linear(a, RISK_ORDER_CONTRACTS, 0, magnitude(order->legs[i].ratio), bound, 1)) {
            a->verdict->key = (uint32_t)i;
            a->verdict->number = (a->verdict->number + scale - 1) / scale;
            a->verdict->limit /= scale;
        }
    }
    ask_price(a);
    int64_t rate = a->limits->at[RISK_ORDER_RATE];
    if (order->origin != RISK_BY_PLANNER && a->account->recent_orders >= rate)
        refuse(a, RISK_ORDER_RATE, 0, a->account->recent_orders + 1, rate);
}

static void ask_series(struct asking *a)
{
    for (size_t i = 0; i < a->order->leg_count; i++) {
        const struct risk_leg *l = &a->order->legs[i];
        if (l->is_stock)
            continue;
        int sign = l->ratio > 0 ? 1 : -1;
        int128 before =
            sign > 0 ? (int128)l->held + l->working_buys : -(int128)l->held + l->working_sells;
        if (ask_linear(a, RISK_SERIES_CONTRACTS, before, magnitude(l->ratio),
                       a->limits->at[RISK_SERIES_CONTRACTS], sign))
            a->verdict->key = (uint32_t)i;
    }
}

static void ask_pot(struct asking *a, enum risk_limit rule, const struct risk_pot *pots,
                    size_t count, uint32_t index)
{
    if (index == RISK_NO_POT)
        return;
    MUST(index < count);
    int128 before = (int128)pots[index].held + pots[index].working;
    if (ask_linear(a, rule, before, a->order->loss_each,
                   risk_limit_bound(a->account, a->limits, rule), 1))
        a->verdict->key = index;
}

static void ask_losses(struct asking *a)
{
    const struct risk_account *account = a->account;
    int64_t each = a->order->loss_each;
    int64_t bound = risk_limit_bound(account, a->limits, RISK_TRADE_LOSS);
    if (each == PRICE_NONE || each < 0) {
        refuse(a, RISK_UNKNOWN, 0, 1, 0);
        return;
    }
    ask_linear(a, RISK_TRADE_LOSS, 0, each, bound, 1);
    ask_pot(a, RISK_UNDERLYING_LOSS, account->underlyings, account->underlying_count,
            a->order->underlying);
    ask_pot(a, RISK_STRATEGY_LOSS, account->strategies, account->strategy_count,
            a->order->strategy);
}

/* The usual case in 64 bits: false when it does not hold, or does not fit; then it is asked in
 * full. */
static bool passes_quickly(int64_t held, int64_t working, int64_t each, int64_t quantity,
                           int64_t bound)
{
    int64_t more, before, after;
    return !__builtin_mul_overflow(each, quantity, &more) &&
           !__builtin_add_overflow(held, working, &before) &&
           !__builtin_add_overflow(before, more, &after) && after <= bound && after >= -bound;
}

/* Both ends of what adds up, of one unit of the vectors. */
static void ask_ends(struct asking *a, size_t unit, enum risk_limit rule)
{
    const struct risk_account *account = a->account;
    int64_t bound = risk_limit_bound(account, a->limits, rule);
    int64_t held = account->held.at[unit], quantity = a->order->quantity;
    int64_t up = account->working.up.at[unit], down = account->working.down.at[unit];
    if (passes_quickly(held, up, a->one.up.at[unit], quantity, bound) &&
        passes_quickly(held, down, a->one.down.at[unit], quantity, bound))
        return;
    ask_linear(a, rule, (int128)held + up, a->one.up.at[unit], bound, 1);
    ask_linear(a, rule, -((int128)held + down), -a->one.down.at[unit], bound, -1);
}

static void ask_greeks(struct asking *a)
{
    static const enum risk_limit rules[] = {
#define RISK_MEASURE(name, word, limit) limit,
#include "domain/risk/measures.def"
#undef RISK_MEASURE
    };
    for (size_t i = 0; i < RISK_MEASURE_COUNT; i++)
        ask_ends(a, i, rules[i]);
}

/* A profit in a scenario has no limit: only the low end is asked. */
static void ask_stress(struct asking *a)
{
    const struct risk_account *account = a->account;
    int64_t grid = risk_limit_bound(account, a->limits, RISK_STRESS_LOSS);
    int64_t shock = risk_limit_bound(account, a->limits, RISK_SHOCK_LOSS);
    MUST(account->scenario_count <= RISK_SCENARIOS_MAX);
    for (size_t s = 0; s < account->scenario_count; s++) {
        size_t unit = RISK_MEASURE_COUNT + s;
        bool is_grid = s < account->grid_count;
        int64_t held = account->held.at[unit], down = account->working.down.at[unit];
        if (passes_quickly(held, down, a->one.down.at[unit], a->order->quantity,
                           is_grid ? grid : shock))
            continue;
        int128 before = -((int128)held + down);
        if (ask_linear(a, is_grid ? RISK_STRESS_LOSS : RISK_SHOCK_LOSS, before,
                       -a->one.down.at[unit], is_grid ? grid : shock, 1))
            a->verdict->scenario = (int)s;
    }
}

static void ask_account(struct asking *a)
{
    const struct risk_account *account = a->account;
    int64_t profit = risk_day_profit(account);
    int64_t bound = risk_limit_bound(account, a->limits, RISK_DAY_LOSS);
    uint32_t unpriced = account->unpriced + account->working.unpriced;
    if (risk_equity(account) == PRICE_NONE || profit == PRICE_NONE || account->is_overflow ||
        a->one.unpriced > 0 || a->one.is_overflow) {
        refuse(a, RISK_UNKNOWN, 0, 1, 0);
        return;
    }
    if (unpriced > a->limits->at[RISK_UNPRICED])
        refuse(a, RISK_UNPRICED, 0, unpriced, a->limits->at[RISK_UNPRICED]);
    if (bound != RISK_OFF && -profit > bound)
        refuse(a, RISK_DAY_LOSS, 0, -profit, bound);
    bound = risk_limit_bound(account, a->limits, RISK_VAR);
    if (account->var != PRICE_NONE && bound != RISK_OFF && account->var > bound)
        refuse(a, RISK_VAR, 0, account->var, bound);
    bound = risk_limit_bound(account, a->limits, RISK_SHORTFALL);
    if (account->shortfall != PRICE_NONE && bound != RISK_OFF && account->shortfall > bound)
        refuse(a, RISK_SHORTFALL, 0, account->shortfall, bound);
}

/* What binds an order that only reduces. */
static void ask_reducing(struct asking *a)
{
    ask_state(a);
    ask_order(a);
    if (!a->account->is_overflow && !a->one.is_overflow && risk_equity(a->account) != PRICE_NONE)
        ask_stress(a);
}

static void ask_opening(struct asking *a)
{
    ask_state(a);
    ask_account(a);
    ask_order(a);
    ask_series(a);
    if (!a->is_hedge)
        ask_losses(a);
    if (!a->verdict->is_allowed && a->verdict->rule == RISK_UNKNOWN)
        return;
    ask_greeks(a);
    ask_stress(a);
}

void risk_check(const struct risk_account *account, const struct risk_limits *limits,
                const struct risk_order *order, struct risk_verdict *out)
{
    MUST(order->quantity > 0);
    *out = (struct risk_verdict){ .is_allowed = true,
                                  .quantity_max = order->quantity,
                                  .scenario = -1,
                                  .price_max = PRICE_NONE,
                                  .equity = risk_equity(account) };
    struct asking a = { .account = account, .limits = limits, .order = order, .verdict = out };
    risk_order_range(order, 1, &a.one);
    a.reducing = reducing_quantity(order);
    a.is_hedge = leaves_less_delta(&a);
    if (a.reducing >= order->quantity) {
        ask_reducing(&a);
        return;
    }
    ask_opening(&a);
    if (out->is_allowed || a.reducing <= out->quantity_max)
        return;
    /* Fewer packages would only reduce, and more of them pass than may open. */
    struct risk_order less = *order;
    struct risk_verdict verdict = *out;
    less.quantity = a.reducing;
    verdict.is_allowed = true;
    verdict.quantity_max = a.reducing;
    a.order = &less;
    a.verdict = &verdict;
    ask_reducing(&a);
    if (verdict.quantity_max > out->quantity_max)
        out->quantity_max = verdict.quantity_max;
}

void risk_value_text(char out[RISK_VALUE_BYTES], enum risk_limit rule, int64_t value)
{
    char money[MONEY_TEXT_BYTES];
    enum risk_unit unit = risk_limit_row(rule)->unit;
    if (value == RISK_OFF) {
        snprintf(out, RISK_VALUE_BYTES, "no bound");
        return;
    }
    if (unit != RISK_PPM_EQUITY && unit != RISK_MICROS) {
        risk_limit_format(out, rule, value);
        return;
    }
    money_format_people(money, value);
    snprintf(out, RISK_VALUE_BYTES, "%s dollars", money);
}

void risk_verdict_text(char out[RISK_TEXT_BYTES], const struct risk_verdict *v, const char *name)
{
    if (v->is_allowed) {
        snprintf(out, RISK_TEXT_BYTES, "passes");
        return;
    }
    const struct risk_limit_row *row = risk_limit_row(v->rule);
    char number[RISK_VALUE_BYTES], limit[RISK_VALUE_BYTES], pass[80];
    risk_value_text(number, v->rule, v->number);
    risk_value_text(limit, v->rule, v->limit);
    if (v->price_max != PRICE_NONE) {
        char price[MONEY_TEXT_BYTES];
        money_format(price, v->price_max, 2);
        snprintf(pass, sizeof pass, "a price to %s would pass", price);
    } else if (v->quantity_max > 0) {
        snprintf(pass, sizeof pass, "%lld would pass", (long long)v->quantity_max);
    } else {
        snprintf(pass, sizeof pass, "none would pass");
    }
    snprintf(out, RISK_TEXT_BYTES, "%s%s%s: %s; the limit is %s; %s (%s)", row->word,
             name[0] ? " " : "", name, number, limit, pass, row->help);
}
