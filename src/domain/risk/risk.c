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
    struct risk_range one;   /* of a single package */
    int64_t reducing;        /* packages that only reduce */
    bool is_hedge;           /* the planner's, and it leaves less delta */
    struct risk_word *words; /* of each limit; NULL: only the least is wanted */
};

static int64_t magnitude(int64_t value)
{
    return value < 0 ? -value : value;
}

static int64_t clip(int128 value)
{
    return value > INT64_MAX ? INT64_MAX : value < -INT64_MAX ? -INT64_MAX : (int64_t)value;
}

/* What one limit says: of several legs or scenarios the one that leaves least, else the greatest
 * number. */
static void tell(struct asking *a, enum risk_limit rule, bool passes, int64_t quantity,
                 int64_t number, int64_t limit)
{
    if (!a->words)
        return;
    struct risk_word *w = &a->words[rule];
    bool is_less = w->verdict.is_allowed
                       ? !passes || magnitude(number) > magnitude(w->verdict.number)
                       : !passes && quantity < w->verdict.quantity_max;
    if (w->is_asked && !is_less)
        return;
    *w = (struct risk_word){ true,
                             { .is_allowed = passes,
                               .rule = rule,
                               .number = number,
                               .limit = limit,
                               .quantity_max = quantity,
                               .price_max = PRICE_NONE,
                               .equity = a->verdict->equity,
                               .scenario = -1 } };
}

/* A limit lets `quantity` packages pass. True when it is the least so far, and now stands. */
static bool refuse(struct asking *a, enum risk_limit rule, int64_t quantity, int64_t number,
                   int64_t limit)
{
    struct risk_verdict *v = a->verdict;
    tell(a, rule, false, quantity, number, limit);
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

static void pass(struct asking *a, enum risk_limit rule, int64_t number, int64_t limit)
{
    tell(a, rule, true, a->order->quantity, number, limit);
}

/* before + quantity x each <= bound for the order? sign is that of the number to show. True when it
 * was refused for this. An order that adds nothing is not asked. */
static bool ask_linear(struct asking *a, enum risk_limit rule, int128 before, int64_t each,
                       int64_t bound, int sign)
{
    if (bound == RISK_OFF || (each <= 0 && !a->words))
        return false;
    int128 after = before + (int128)each * a->order->quantity;
    if (each <= 0 || after <= bound) {
        pass(a, rule, clip(sign * after), bound);
        return false;
    }
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
    return order->effect != RISK_OPENS_TRADE && reducing_quantity(order) >= order->quantity;
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
    int64_t reducing = a->order->effect == RISK_CLOSES_TRADE ? a->order->quantity : a->reducing;
    if (state == RISK_REDUCING && !a->is_hedge && reducing < a->order->quantity)
        refuse(a, RISK_ONLY_REDUCE, reducing, 1, 0);
    else
        pass(a, RISK_ONLY_REDUCE, 0, 0);
    int64_t most = is_by_hand ? reducing : 0;
    if (state != RISK_NORMAL && state != RISK_REDUCING && most < a->order->quantity)
        refuse(a, RISK_HALT, most, 1, 0);
    else
        pass(a, RISK_HALT, 0, 0);
}

static void ask_price(struct asking *a)
{
    const struct risk_order *order = a->order;
    int64_t limit = a->limits->at[RISK_PRICE_AWAY];
    if (limit == RISK_OFF || order->price == PRICE_NONE || order->fair == PRICE_NONE ||
        order->gross == PRICE_NONE || (order->price <= order->fair && !a->words))
        return;
    int128 away = order->price > order->fair ? (int128)order->price - order->fair : 0;
    int128 room = (int128)magnitude(order->gross) * limit / 1000000;
    int128 part = order->gross ? away * 1000000 / magnitude(order->gross)
                  : away > 0   ? INT64_MAX
                               : 0;
    if (away <= room) {
        pass(a, RISK_PRICE_AWAY, clip(part), limit);
        return;
    }
    if (refuse(a, RISK_PRICE_AWAY, 0, clip(part), limit))
        a->verdict->price_max = clip(order->fair + room);
    if (a->words)
        a->words[RISK_PRICE_AWAY].verdict.price_max = clip(order->fair + room);
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
    if (a->words &&
        a->words[RISK_ORDER_CONTRACTS].is_asked) { /* of stock as hundreds, in its word too */
        struct risk_verdict *v = &a->words[RISK_ORDER_CONTRACTS].verdict;
        int64_t scale = v->limit > a->limits->at[RISK_ORDER_CONTRACTS] ? 100 : 1;
        v->number = (v->number + scale - 1) / scale;
        v->limit /= scale;
    }
    ask_price(a);
    int64_t rate = a->limits->at[RISK_ORDER_RATE];
    if (order->origin != RISK_BY_PLANNER && a->account->recent_orders >= rate)
        refuse(a, RISK_ORDER_RATE, 0, a->account->recent_orders + 1, rate);
    else if (rate != RISK_OFF)
        pass(a, RISK_ORDER_RATE, a->account->recent_orders + 1, rate);
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
    if (!a->words && passes_quickly(held, up, a->one.up.at[unit], quantity, bound) &&
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
        if (!a->account->is_without_index || risk_limit_row(rules[i])->unit != RISK_MICRO_SHARES)
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
        if (!a->words && passes_quickly(held, down, a->one.down.at[unit], a->order->quantity,
                                        is_grid ? grid : shock))
            continue;
        int128 before = -((int128)held + down);
        enum risk_limit rule = is_grid ? RISK_STRESS_LOSS : RISK_SHOCK_LOSS;
        if (ask_linear(a, rule, before, -a->one.down.at[unit], is_grid ? grid : shock, 1))
            a->verdict->scenario = (int)s;
        if (a->words && a->words[rule].verdict.number ==
                            clip(before - (int128)a->one.down.at[unit] * a->order->quantity))
            a->words[rule].verdict.scenario = (int)s;
    }
}

/* A number that the order's size does not change. */
static void ask_number(struct asking *a, enum risk_limit rule, int64_t number, int64_t bound)
{
    if (bound == RISK_OFF)
        return;
    if (number > bound)
        refuse(a, rule, 0, number, bound);
    else
        pass(a, rule, number, bound);
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
    pass(a, RISK_UNKNOWN, 0, 0);
    ask_number(a, RISK_UNPRICED, unpriced, a->limits->at[RISK_UNPRICED]);
    ask_number(a, RISK_DAY_LOSS, -profit, bound);
    if (account->var != PRICE_NONE)
        ask_number(a, RISK_VAR, account->var, risk_limit_bound(account, a->limits, RISK_VAR));
    if (account->shortfall != PRICE_NONE)
        ask_number(a, RISK_SHORTFALL, account->shortfall,
                   risk_limit_bound(account, a->limits, RISK_SHORTFALL));
}

/* What binds an order that only reduces. */
static void ask_reducing(struct asking *a)
{
    ask_state(a);
    ask_order(a);
    if (!a->account->is_overflow && !a->one.is_overflow && risk_equity(a->account) != PRICE_NONE)
        ask_stress(a);
}

/* It closes its trade, and opens at the broker. What passed is not asked again, and what is not
 * known locks nobody in. */
static void ask_unwinding(struct asking *a)
{
    ask_reducing(a);
    ask_series(a);
    if (!a->account->is_overflow && !a->one.is_overflow && risk_equity(a->account) != PRICE_NONE)
        ask_greeks(a);
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

static void check(const struct risk_account *account, const struct risk_limits *limits,
                  const struct risk_order *order, struct risk_word *words, struct risk_verdict *out)
{
    MUST(order->quantity > 0);
    *out = (struct risk_verdict){ .is_allowed = true,
                                  .quantity_max = order->quantity,
                                  .scenario = -1,
                                  .price_max = PRICE_NONE,
                                  .equity = risk_equity(account) };
    struct asking a = {
        .account = account, .limits = limits, .order = order, .verdict = out, .words = words
    };
    risk_order_range(order, 1, &a.one);
    a.reducing = order->effect == RISK_OPENS_TRADE ? 0 : reducing_quantity(order);
    a.is_hedge = leaves_less_delta(&a);
    if (a.reducing >= order->quantity) {
        ask_reducing(&a);
        return;
    }
    if (order->effect == RISK_CLOSES_TRADE) {
        ask_unwinding(&a);
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
    a.words = NULL;
    ask_reducing(&a);
    if (verdict.quantity_max > out->quantity_max)
        out->quantity_max = verdict.quantity_max;
}

void risk_check(const struct risk_account *account, const struct risk_limits *limits,
                const struct risk_order *order, struct risk_verdict *out)
{
    check(account, limits, order, NULL, out);
}

void risk_check_each(const struct risk_account *account, const struct risk_limits *limits,
                     const struct risk_order *order, struct risk_word words[RISK_LIMIT_COUNT],
                     struct risk_verdict *out)
{
    memset(words, 0, RISK_LIMIT_COUNT * sizeof *words);
    check(account, limits, order, words, out);
}

void risk_value_text(char out[RISK_VALUE_BYTES], enum risk_limit rule, int64_t value)
{
    char money[MONEY_TEXT_BYTES], number[RISK_VALUE_BYTES];
    enum risk_unit unit = risk_limit_row(rule)->unit;
    if (value == RISK_OFF) {
        snprintf(out, RISK_VALUE_BYTES, "no bound");
        return;
    }
    if (unit != RISK_PPM_EQUITY && unit != RISK_MICROS) {
        const char *word = unit == RISK_MICRO_SHARES  ? " index shares"
                           : unit == RISK_NANOSECONDS ? " seconds"
                                                      : "";
        risk_limit_format(number, rule, value);
        snprintf(out, RISK_VALUE_BYTES, "%.30s%s", number, word);
        return;
    }
    money_format_people(money, value);
    snprintf(out, RISK_VALUE_BYTES, "%s dollars", money);
}

/* What has to change, where no smaller order passes. */
static const char *other_way(enum risk_limit rule)
{
    switch (rule) {
    case RISK_ORDER_RATE:
        return "it would pass when the window is over";
    case RISK_TRADE_LOSS:
    case RISK_PRICE_AWAY:
        return "none would pass";
    default:
        return "what only reduces would pass";
    }
}

void risk_pass_text(char out[RISK_PASS_BYTES], const struct risk_verdict *v)
{
    if (v->price_max != PRICE_NONE) {
        char price[MONEY_TEXT_BYTES];
        money_format(price, v->price_max, 2);
        snprintf(out, RISK_PASS_BYTES, "a price to %s would pass", price);
    } else if (v->quantity_max > 0) {
        snprintf(out, RISK_PASS_BYTES, "%lld would pass", (long long)v->quantity_max);
    } else {
        snprintf(out, RISK_PASS_BYTES, "%s", other_way(v->rule));
    }
}

void risk_verdict_text(char out[RISK_TEXT_BYTES], const struct risk_verdict *v, const char *name)
{
    if (v->is_allowed) {
        snprintf(out, RISK_TEXT_BYTES, "passes");
        return;
    }
    const struct risk_limit_row *row = risk_limit_row(v->rule);
    char number[RISK_VALUE_BYTES], limit[RISK_VALUE_BYTES], pass_text[RISK_PASS_BYTES];
    risk_value_text(number, v->rule, v->number);
    risk_value_text(limit, v->rule, v->limit);
    risk_pass_text(pass_text, v);
    snprintf(out, RISK_TEXT_BYTES, "%s%s%s: %s; the limit is %s; %s (%s)", row->word,
             name[0] ? " " : "", name, number, limit, pass_text, row->help);
}
