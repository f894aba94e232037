/* The strategy host, second half: exits, rolls, hedges, and stock that assignment brought. */
#include <math.h>
#include <stdlib.h>

#include "base/zone.h"
#include "kernel/kernel_int.h"

enum { ROLL_LEG = 64 }; /* leg_of of a roll's opening legs: spec index + this */

/* On a day that closes early, a time that comes after the close counts back from it as it does from
 * 16:00: 15:45 is a quarter of an hour before. */
static int32_t exit_second(const struct kernel *k, int32_t second)
{
    enum { USUAL_CLOSE = 16 * 3600 };
    int64_t nanos;
    zone_from_ts(ZONE_NEW_YORK, k->book.close_ns, NULL, &nanos);
    int32_t close = (int32_t)(nanos / NANOS_PER_SECOND);
    if (close >= USUAL_CLOSE || second <= close)
        return second;
    int32_t before = second < USUAL_CLOSE ? USUAL_CLOSE - second : 0;
    return close - before;
}

static enum close_reason exit_reason(struct kernel *k, struct trade *trade,
                                     const double features[FEATURE_COUNT])
{
    const struct exit_spec *exit = &k->strategy->structures[trade->structure].exit;
    double percent = features[FEATURE_PNL_PERCENT], pnl = features[FEATURE_PNL];
    int32_t dte = isnan(features[FEATURE_DTE]) ? INT32_MAX : (int32_t)features[FEATURE_DTE];
    bool stop = percent <= -exit->loss_percent || pnl <= -exit->loss_dollars; /* NaN: false */
    trade->confirm = stop ? trade->confirm + 1 : 0;
    if (stop && trade->confirm >= exit->confirm)
        return CLOSE_LOSS;
    if (percent >= exit->profit_percent || pnl >= exit->profit_dollars)
        return CLOSE_PROFIT;
    if (features[FEATURE_MAX_SHORT_DELTA] >= exit->short_delta)
        return CLOSE_DELTA;
    if (exit->time >= 0 && features[FEATURE_TIME] >= exit_second(k, exit->time) &&
        (exit->on_dte < 0 || dte <= exit->on_dte))
        return CLOSE_TIME;
    if (exit->dte >= 0 && dte <= exit->dte)
        return CLOSE_DTE;
    if (exit->days_held >= 0 && features[FEATURE_DAYS_HELD] >= exit->days_held)
        return CLOSE_DAYS_HELD;
    if (exit->when && expr_eval_bool(exit->when, features))
        return CLOSE_CONDITION;
    return CLOSE_NONE;
}

static bool has_bid(const struct kernel *k, const struct trade_leg *leg)
{
    uint32_t row = k->book.row_of[leg->id];
    int64_t bid = k->book.bid[book_side(&leg->contract)][row];
    return bid != PRICE_NONE && bid > 0;
}

static bool can_trade(const struct kernel *k, const struct trade_leg *leg)
{
    if (leg->is_stock)
        return k->book.underlying != PRICE_NONE;
    if (leg->id == OPTION_NONE)
        return false;
    return book_is_trading(&k->book, &k->book.slices[k->book.slice_of[k->book.row_of[leg->id]]]);
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return llabs(a);
}

/* Nobody bids for it: it is left to expire. */
static bool is_unwanted(const struct kernel *k, const struct trade_leg *leg)
{
    return !leg->is_stock && leg->quantity > 0 && leg->id != OPTION_NONE && !has_bid(k, leg);
}

/* Whether the size displayed now takes all of an option leg at once. */
static bool is_displayed(const struct kernel *k, const struct trade_leg *leg)
{
    if (leg->id == OPTION_NONE)
        return true;
    uint32_t row = k->book.row_of[leg->id];
    int side = book_side(&leg->contract);
    uint32_t size = leg->quantity > 0 ? k->book.bid_size[side][row] : k->book.ask_size[side][row];
    return size == SIZE_NONE || size >= llabs(leg->quantity);
}

/* As many equal units as what is held makes: the units of the trade, or, after a part was closed, as
 * many as divide every leg, so that a rest can go in parts as well. A hedge hardly ever divides. When the
 * whole is too large for what is displayed, it goes along by whole shares a unit, and what is left of it is
 * sold when the options are gone; not where stock is kept, as it would be too. */
static int64_t closing_units(const struct kernel *k, const struct trade *trade)
{
    int64_t options = 0, all = 0;
    bool whole = true, in_parts = false;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        whole &= leg->quantity % trade->units == 0;
        if (is_unwanted(k, leg))
            continue;
        all = common_divisor(all, leg->quantity);
        if (leg->is_stock)
            continue;
        options = common_divisor(options, leg->quantity);
        in_parts |= !is_displayed(k, leg);
    }
    if (whole)
        return trade->units;
    return in_parts && k->strategy->assigned == ASSIGNED_SELL ? options : all ? all : 1;
}

/* Units of the structure that a roll moves: what every leg still held says alike, 0 when they differ. */
static int64_t rolling_units(const struct kernel *k, const struct trade *trade)
{
    const struct structure *s = &k->strategy->structures[trade->structure];
    int64_t units = 0;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        if (!leg->quantity || leg->spec < 0)
            continue;
        int64_t ratio = (int64_t)s->legs[leg->spec].side * s->legs[leg->spec].ratio;
        if (leg->quantity % ratio || (units && leg->quantity / ratio != units))
            return 0;
        units = leg->quantity / ratio;
    }
    for (int i = 0; i < trade->leg_count && units > 0; i++)
        if (trade->legs[i].quantity % units && k->strategy->assigned == ASSIGNED_KEEP)
            return 0; /* see closing_units() */
    return units > 0 ? units : 0;
}

/* Add what closes the trade; a long option without a bid is left to expire. False when a leg cannot be traded now
 * or nothing is left to trade. */
static bool add_closing_legs(struct kernel *k, struct working_order *working,
                             const struct trade *trade, int64_t units)
{
    int added = 0;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        if (!leg->quantity)
            continue;
        if (!can_trade(k, leg))
            return false;
        int64_t ratio = -leg->quantity / units;
        if (is_unwanted(k, leg) || ratio == 0)
            continue;
        bool ok = leg->is_stock ? order_add_stock(k, working, ratio, (int8_t)i)
                                : order_add_option(k, working, leg->id, ratio, (int8_t)i, true);
        if (!ok)
            return false;
        added++;
    }
    return added > 0;
}

static void close_trade(struct kernel *k, uint32_t slot, enum close_reason reason)
{
    struct trade *trade = &k->trades[slot];
    struct working_order *working = order_begin(k, slot, PURPOSE_CLOSE);
    if (!working)
        return;
    int64_t units = closing_units(k, trade);
    if (!add_closing_legs(k, working, trade, units)) {
        order_drop(working);
        note(k, NOTE_CANNOT_CLOSE, "structure %s: a trade could not be closed: a leg is not listed that day, or nobody bids",
             k->strategy->structures[trade->structure].name);
        return;
    }
    if (order_send(k, working, units, 0))
        trade->reason = reason;
}

/* ---- stock from assignment ------------------------------------------------------------------- */

static bool structure_has_stock(const struct kernel *k, const struct trade *trade)
{
    const struct structure *s = &k->strategy->structures[trade->structure];
    for (int i = 0; i < s->leg_count; i++)
        if (s->legs[i].kind == LEG_STOCK)
            return true;
    return s->hedge.wanted;
}

static bool sell_assigned_stock(struct kernel *k, uint32_t slot)
{
    struct trade *trade = &k->trades[slot];
    bool options = trade_has_options(trade);
    for (int i = 0; i < trade->leg_count; i++) {
        struct trade_leg *leg = &trade->legs[i];
        if (!leg->is_stock || !leg->quantity || (options && structure_has_stock(k, trade)))
            continue;
        if (options && !leg->from_assignment)
            continue;
        if (k->book.underlying == PRICE_NONE || k->strategy->assigned == ASSIGNED_KEEP)
            return false;
        struct working_order *working = order_begin(k, slot, PURPOSE_STOCK);
        if (!working)
            return false;
        MUST(order_add_stock(k, working, leg->quantity > 0 ? -1 : 1, (int8_t)i));
        return order_send(k, working, llabs(leg->quantity), 0);
    }
    return false;
}

/* ---- rolls ----------------------------------------------------------------------------------- */

static bool wants_roll(struct kernel *k, const struct trade *trade,
                       const double features[FEATURE_COUNT])
{
    const struct roll_spec *roll = &k->strategy->structures[trade->structure].roll;
    if (!roll->wanted || trade->rolls >= roll->max_rolls || isnan(features[FEATURE_DTE]))
        return false;
    return (roll->dte >= 0 && features[FEATURE_DTE] <= roll->dte) ||
           features[FEATURE_MAX_SHORT_DELTA] >= roll->short_delta ||
           (roll->when && expr_eval_bool(roll->when, features));
}

static bool same_contracts(const struct kernel *k, const struct trade *trade,
                           const struct entry_plan *plan)
{
    const struct structure *s = &k->strategy->structures[trade->structure];
    for (int i = 0; i < s->leg_count; i++) {
        bool found = s->legs[i].kind == LEG_STOCK;
        for (int j = 0; j < trade->leg_count && !found; j++)
            found = trade->legs[j].quantity && trade->legs[j].id == plan->chosen[i].id;
        if (!found)
            return false;
    }
    return true;
}

static bool add_roll_legs(struct kernel *k, struct working_order *working,
                          const struct trade *trade, const struct entry_plan *plan, int64_t units)
{
    if (!add_closing_legs(k, working, trade, units))
        return false;
    const struct structure *s = &k->strategy->structures[trade->structure];
    for (int i = 0; i < s->leg_count; i++) {
        const struct leg_spec *spec = &s->legs[i];
        int64_t ratio = (int64_t)spec->side * spec->ratio;
        int8_t index = (int8_t)(i + ROLL_LEG);
        if (!(spec->kind == LEG_STOCK ? order_add_stock(k, working, ratio, index)
                                      : order_add_option(k, working, plan->chosen[i].id, ratio, index, false)))
            return false;
    }
    return true;
}

/* True when a roll order went out. */
static bool roll_trade(struct kernel *k, uint32_t slot)
{
    struct trade *trade = &k->trades[slot];
    const struct roll_spec *roll = &k->strategy->structures[trade->structure].roll;
    struct entry_plan plan = { 0 };
    char why[200] = "";
    int64_t units = rolling_units(k, trade);
    if (!units)
        return false;
    if (!entry_plan_make(k, trade->structure, units, &plan, why, sizeof why)) {
        note(k, NOTE_NO_LEGS, "a roll found no legs: %s", why);
        return false;
    }
    if (same_contracts(k, trade, &plan))
        return false;
    struct working_order *working = order_begin(k, slot, PURPOSE_ROLL);
    if (!working)
        return false;
    if (!add_roll_legs(k, working, trade, &plan, units)) {
        order_drop(working);
        return false;
    }
    int64_t net = order_net_mid(&working->order);
    if (!isnan(roll->min_credit) &&
        (net == PRICE_NONE || -money_to_dollars(net) < roll->min_credit)) {
        order_drop(working);
        note(k, NOTE_NOT_ASKED_PRICE, "a roll would bring less than %g a share", roll->min_credit);
        return false;
    }
    uint32_t next = entry_trade_begin(k, trade->structure, &plan);
    working->roll_to = next;
    if (next == UINT32_MAX) {
        order_drop(working);
        return false;
    }
    if (order_send(k, working, units, plan.max_loss))
        return true;
    k->trades[next].state = TRADE_FREE;
    return false;
}

/* ---- hedges ---------------------------------------------------------------------------------- */

static void hedge_trade(struct kernel *k, uint32_t slot)
{
    struct trade *trade = &k->trades[slot];
    const struct hedge_spec *hedge = &k->strategy->structures[trade->structure].hedge;
    if (!hedge->wanted || (trade->hedged_ns && k->now_ns - trade->hedged_ns <
                                                   (int64_t)hedge->every_seconds * 1000000000))
        return;
    double delta = trade_delta_shares(k, trade);
    if (!(fabs(delta) > hedge->band_shares * (double)trade->units))
        return; /* NaN: what is not known is not hedged */
    int64_t shares = llround(-delta);
    struct working_order *working = shares ? order_begin(k, slot, PURPOSE_HEDGE) : NULL;
    if (!working)
        return;
    MUST(order_add_stock(k, working, shares > 0 ? 1 : -1, -1));
    if (order_send(k, working, llabs(shares), 0))
        trade->hedged_ns = k->now_ns;
}

void host_manage(struct kernel *k)
{
    for (uint32_t i = 0; i < k->trade_high; i++) {
        struct trade *trade = &k->trades[i];
        bool is_held = trade->state == TRADE_OPEN || trade->state == TRADE_REMNANT;
        /* A remnant may be exercised after all: its shares are sold like any. */
        if (!is_held || trade->working || sell_assigned_stock(k, i) || trade->state == TRADE_REMNANT)
            continue;
        if (k->flattening) {
            close_trade(k, i, CLOSE_COMMAND);
            continue;
        }
        double features[FEATURE_COUNT];
        features_trade(k, trade, features);
        if (wants_roll(k, trade, features) && roll_trade(k, i))
            continue;
        enum close_reason reason = exit_reason(k, trade, features);
        if (reason != CLOSE_NONE)
            close_trade(k, i, reason);
        else
            hedge_trade(k, i);
    }
}
