/* The strategy host, second half: exits, rolls, hedges, and stock that assignment brought. */
#include <math.h>
#include <stdlib.h>

#include "base/zone.h"
#include "kernel/kernel_int.h"

/* On a day that closes early, a time that comes after the close counts back from it as it does from
 * 16:00: 15:45 is a quarter of an hour before. */
static int32_t exit_second(const struct book *book, int32_t second)
{
    enum { USUAL_CLOSE = 16 * 3600 };
    int64_t nanos;
    zone_from_ts(ZONE_NEW_YORK, book->close_ns, NULL, &nanos);
    int32_t close = (int32_t)(nanos / NANOS_PER_SECOND);
    if (close >= USUAL_CLOSE || second <= close)
        return second;
    int32_t before = second < USUAL_CLOSE ? USUAL_CLOSE - second : 0;
    return close - before;
}

/* Whether enough looks in a row agreed on leaving. Between snapshots a look counts once in
 * look_ns, so that a burst of quotes is one opinion. */
static bool is_confirmed(const struct kernel *k, struct trade *trade, bool stop, int needed)
{
    if (!stop) {
        trade->confirm = 0;
        return false;
    }
    if (!trade->confirm || k->in_snapshot || k->now_ns - trade->confirm_ns >= k->config.look_ns) {
        trade->confirm++;
        trade->confirm_ns = k->now_ns;
    }
    return trade->confirm >= needed;
}

/* The trail: of the best profit so far, once that was enough, so much has been given back. */
static bool is_trailed(const struct exit_spec *exit, const struct trade *trade)
{
    double base = fabs((double)trade->entry_cash) / 100.0, best = (double)trade->best;
    double from =
        fmin(exit->trail_from_dollars * 1e6, exit->trail_from_percent * base); /* fmin skips NaN */
    double given = fmin(exit->trail_dollars * 1e6, exit->trail_percent * base);
    bool is_on = isnan(from) ? best > 0 : best >= from;
    return is_on && best - (double)trade_pnl(trade) >= given; /* NaN: false */
}

/* The underlying stands at, beyond or near a short strike on its bad side. */
static bool is_breached(const struct kernel *k, const struct exit_spec *exit,
                        const struct trade *trade)
{
    int64_t underlying = trade_market(k, trade)->book.underlying;
    if (isnan(exit->breach) || underlying == PRICE_NONE)
        return false;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        if (leg->is_stock || leg->quantity >= 0)
            continue;
        double beyond = money_to_dollars(underlying - contract_strike_micros(&leg->contract));
        if ((leg->contract.right == OPTION_CALL ? beyond : -beyond) >= exit->breach)
            return true;
    }
    return false;
}

static enum close_reason exit_reason(struct kernel *k, struct trade *trade,
                                     const double features[FEATURE_COUNT])
{
    const struct exit_spec *exit = &trade_structure(k, trade)->exit;
    const struct book *book = &trade_market(k, trade)->book;
    double percent = features[FEATURE_PNL_PERCENT], pnl = features[FEATURE_PNL];
    int32_t dte = isnan(features[FEATURE_DTE]) ? INT32_MAX : (int32_t)features[FEATURE_DTE];
    bool stop = percent <= -exit->loss_percent || pnl <= -exit->loss_dollars; /* NaN: false */
    bool trail = is_trailed(exit, trade), breach = is_breached(k, exit, trade);
    if (is_confirmed(k, trade, stop || trail || breach, exit->confirm))
        return stop ? CLOSE_LOSS : trail ? CLOSE_TRAIL : CLOSE_BREACH;
    if (percent >= exit->profit_percent || pnl >= exit->profit_dollars)
        return CLOSE_PROFIT;
    if (features[FEATURE_MAX_SHORT_DELTA] >= exit->short_delta)
        return CLOSE_DELTA;
    if (exit->time >= 0 && features[FEATURE_TIME] >= exit_second(book, exit->time) &&
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

/* A bound is early by what rounding may do: exit_reason() decides. */
static int64_t bound(double micros, int64_t none)
{
    return isnan(micros) || fabs(micros) > 9e18 ? none : (int64_t)micros + (none > 0 ? -2 : 2);
}

void trade_bounds(const struct kernel *k, struct trade *trade)
{
    const struct structure *s = trade_structure(k, trade);
    trade->look_low = INT64_MIN;
    trade->look_high = INT64_MAX;
    if (!s || trade->state != TRADE_OPEN)
        return;
    /* Percent are of what was received or paid and before costs. */
    double percent = fabs((double)trade->entry_cash) / 100.0, costs = (double)trade->costs;
    double low = fmax(-s->exit.loss_dollars * 1e6, -s->exit.loss_percent * percent - costs);
    double best = (double)trade->best,
           given = fmin(s->exit.trail_dollars * 1e6, s->exit.trail_percent * percent);
    if (best > 0)
        low = fmax(low, best - given);
    double high = fmin(s->exit.profit_dollars * 1e6, s->exit.profit_percent * percent - costs);
    trade->look_low = bound(low, INT64_MIN); /* fmax and fmin skip what is not asked */
    trade->look_high = bound(high, INT64_MAX);
}

static bool has_bid(const struct book *book, const struct trade_leg *leg)
{
    uint32_t row = book->row_of[leg->id];
    int64_t bid = book->bid[book_side(&leg->contract)][row];
    return bid != PRICE_NONE && bid > 0;
}

static bool can_trade(const struct book *book, const struct trade_leg *leg)
{
    if (leg->is_stock)
        return book->underlying != PRICE_NONE;
    if (leg->id == OPTION_NONE)
        return false;
    return book_is_trading(book, &book->slices[book->slice_of[book->row_of[leg->id]]]);
}

/* Nobody bids for it: it is left to expire. */
static bool is_unwanted(const struct book *book, const struct trade_leg *leg)
{
    return !leg->is_stock && leg->quantity > 0 && leg->id != OPTION_NONE && !has_bid(book, leg);
}

/* Whether the size displayed now takes all of an option leg at once. */
static bool is_displayed(const struct book *book, const struct trade_leg *leg)
{
    if (leg->id == OPTION_NONE)
        return true;
    uint32_t row = book->row_of[leg->id];
    int side = book_side(&leg->contract);
    uint32_t size = leg->quantity > 0 ? book->bid_size[side][row] : book->ask_size[side][row];
    return size == SIZE_NONE || size >= llabs(leg->quantity);
}

/* As many equal units as what is held makes: the units of the trade, or, after a part was closed,
 * as many as divide every leg, so that a rest can go in parts as well. A hedge hardly ever
 * divides. When the whole is too large for what is displayed, it goes along by whole shares a
 * unit, and what is left of it is sold when the options are gone; not where stock is kept, as it
 * would be too. */
static int64_t closing_units(const struct kernel *k, const struct trade *trade)
{
    const struct book *book = &trade_market(k, trade)->book;
    int64_t options = 0, all = 0;
    bool whole = true, in_parts = false;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        whole &= leg->quantity % trade->units == 0;
        if (is_unwanted(book, leg))
            continue;
        all = common_divisor(all, leg->quantity);
        if (leg->is_stock)
            continue;
        options = common_divisor(options, leg->quantity);
        in_parts |= !is_displayed(book, leg);
    }
    if (whole)
        return trade->units;
    const struct strategy *s =
        trade_host(k, trade)->strategy; /* NULL: a person's, taken over by the planner */
    return in_parts && s && s->assigned == ASSIGNED_SELL ? options : all ? all : 1;
}

/* Units of the structure that a roll moves: what every leg still held says alike, 0 when they
 * differ. */
static int64_t rolling_units(const struct kernel *k, const struct trade *trade)
{
    const struct structure *s = trade_structure(k, trade);
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
        if (trade->legs[i].quantity % units &&
            trade_host(k, trade)->strategy->assigned == ASSIGNED_KEEP)
            return 0; /* see closing_units() */
    return units > 0 ? units : 0;
}

static bool is_moved(const struct ticket *ticket, int leg)
{
    for (int i = 0; i < ticket->moved_count; i++)
        if (ticket->moved_from[i] == leg)
            return true;
    return false;
}

/* Add what closes the trade, but for the legs that a roll moves; a long option without a bid is
 * left to expire. False when a leg cannot be traded now. */
static bool add_closing_legs(struct kernel *k, struct draft *draft, const struct trade *trade,
                             int64_t units)
{
    const struct book *book = &trade_market(k, trade)->book;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        if (!leg->quantity || is_moved(&draft->ticket, i))
            continue;
        if (!can_trade(book, leg))
            return false;
        int64_t ratio = -leg->quantity / units;
        if (is_unwanted(book, leg) || ratio == 0)
            continue;
        bool ok = leg->is_stock ? draft_add_stock(k, draft, ratio, i, leg->spec)
                                : draft_add_option(k, draft, leg->id, ratio, i, leg->spec);
        if (!ok)
            return false;
    }
    return true;
}

bool trade_close(struct kernel *k, uint32_t slot, enum close_reason reason)
{
    struct trade *trade = &k->trades[slot];
    struct draft draft;
    draft_init(k, &draft, slot, PURPOSE_CLOSE);
    int64_t units = closing_units(k, trade);
    if (!add_closing_legs(k, &draft, trade, units) || !draft.terms.leg_count) {
        note(
            k, NOTE_CANNOT_CLOSE,
            "structure %s: a trade could not be closed: a leg is not listed that day, or nobody bids",
            structure_name(k, trade));
        return false;
    }
    if (!draft_send(k, &draft, units, 0))
        return false;
    trade->reason = reason;
    return true;
}

/* ---- stock from assignment ------------------------------------------------------------------- */

static bool structure_has_stock(const struct kernel *k, const struct trade *trade)
{
    const struct structure *s = trade_structure(k, trade);
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
        if (trade_market(k, trade)->book.underlying == PRICE_NONE ||
            trade_host(k, trade)->strategy->assigned == ASSIGNED_KEEP)
            return false;
        struct draft draft;
        draft_init(k, &draft, slot, PURPOSE_STOCK);
        MUST(draft_add_stock(k, &draft, leg->quantity > 0 ? -1 : 1, i, leg->spec));
        return draft_send(k, &draft, llabs(leg->quantity), 0);
    }
    return false;
}

/* ---- rolls ----------------------------------------------------------------------------------- */

static bool wants_roll(struct kernel *k, const struct trade *trade,
                       const double features[FEATURE_COUNT])
{
    const struct roll_spec *roll = &trade_structure(k, trade)->roll;
    if (!roll->wanted || trade->rolls >= roll->max_rolls || isnan(features[FEATURE_DTE]))
        return false;
    return (roll->dte >= 0 && features[FEATURE_DTE] <= roll->dte) ||
           features[FEATURE_MAX_SHORT_DELTA] >= roll->short_delta ||
           (roll->when && expr_eval_bool(roll->when, features));
}

/* The leg of the trade that already is what the new structure asks for, -1 when none is: it moves
 * to the new trade as it stands. */
static int find_unchanged(const struct trade *trade, const struct ticket *ticket,
                          const struct leg_spec *spec, uint32_t id, int64_t units)
{
    int64_t quantity = (int64_t)spec->side * spec->ratio * units;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        bool same = spec->kind == LEG_STOCK ? leg->is_stock && leg->spec >= 0
                                            : !leg->is_stock && leg->id == id;
        if (same && leg->quantity == quantity && !is_moved(ticket, i))
            return i;
    }
    return -1;
}

/* A roll keeps its structure, or makes another of it: a butterfly becomes a condor. */
static int roll_target(const struct kernel *k, const struct trade *trade)
{
    int to = trade_structure(k, trade)->roll.to;
    return to < 0 ? trade->structure : to;
}

static bool add_roll_legs(struct kernel *k, struct draft *draft, const struct trade *trade,
                          const struct entry_plan *plan, int64_t units)
{
    const struct structure *s = &trade_host(k, trade)->strategy->structures[roll_target(k, trade)];
    struct ticket *ticket = &draft->ticket;
    bool moves[STRATEGY_LEGS_MAX] = { false };
    for (int i = 0; i < s->leg_count; i++) {
        int from = find_unchanged(trade, ticket, &s->legs[i], plan->chosen[i].id, units);
        if (from < 0)
            continue;
        ticket->moved_from[ticket->moved_count] = (int8_t)from;
        ticket->moved_to[ticket->moved_count++] = (int8_t)i;
        moves[i] = true;
    }
    if (!add_closing_legs(k, draft, trade, units))
        return false;
    ticket->split = draft->terms.leg_count;
    for (int i = 0; i < s->leg_count; i++) {
        const struct leg_spec *spec = &s->legs[i];
        int64_t ratio = (int64_t)spec->side * spec->ratio;
        if (moves[i])
            continue;
        if (!(spec->kind == LEG_STOCK
                  ? draft_add_stock(k, draft, ratio, -1, i)
                  : draft_add_option(k, draft, plan->chosen[i].id, ratio, -1, i)))
            return false;
    }
    return draft->terms.leg_count > 0; /* else it is what the rules ask for already */
}

/* True when a roll order went out. */
static bool roll_trade(struct kernel *k, uint32_t slot)
{
    struct trade *trade = &k->trades[slot];
    const struct roll_spec *roll = &trade_structure(k, trade)->roll;
    struct entry_plan plan = { 0 };
    char why[200] = "";
    int64_t units = rolling_units(k, trade);
    if (!units)
        return false;
    if (!entry_plan_make(k, trade_host(k, trade), roll_target(k, trade), units, &plan, why,
                         sizeof why)) {
        note(k, NOTE_NO_LEGS, "a roll found no legs: %s", why);
        return false;
    }
    struct draft draft;
    draft_init(k, &draft, slot, PURPOSE_ROLL);
    if (!add_roll_legs(k, &draft, trade, &plan, units))
        return false;
    int64_t net = package_net_mid(&draft.terms);
    if (!isnan(roll->min_credit) &&
        (net == PRICE_NONE || -money_to_dollars(net) < roll->min_credit)) {
        note(k, NOTE_NOT_ASKED_PRICE, "a roll would bring less than %g a share", roll->min_credit);
        return false;
    }
    uint32_t next = entry_trade_begin(k, trade_host(k, trade), roll_target(k, trade), &plan);
    if (next == NONE)
        return false;
    draft.ticket.roll_to = next;
    draft.ticket.roll_id = k->trades[next].id;
    if (draft_send(k, &draft, units, plan.max_loss))
        return true;
    trade_slot_give(k, next);
    return false;
}

/* ---- hedges ---------------------------------------------------------------------------------- */

/* Units of the structure still held: of the leg that has most of them left, at least one. */
static int64_t units_held(const struct kernel *k, const struct trade *trade)
{
    const struct structure *s = trade_structure(k, trade);
    int64_t most = 1;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        int64_t units = leg->spec < 0 ? 0 : llabs(leg->quantity) / s->legs[leg->spec].ratio;
        most = units > most ? units : most;
    }
    return most;
}

static void hedge_trade(struct kernel *k, uint32_t slot)
{
    struct trade *trade = &k->trades[slot];
    const struct hedge_spec *hedge = &trade_structure(k, trade)->hedge;
    if (!hedge->wanted || (trade->hedged_ns && k->now_ns - trade->hedged_ns <
                                                   (int64_t)hedge->every_seconds * 1000000000))
        return;
    double delta = trade_delta_shares(k, trade);
    if (!(fabs(delta) > hedge->band_shares * (double)units_held(k, trade)))
        return; /* NaN: what is not known is not hedged */
    int64_t shares = llround(-delta);
    if (!shares)
        return;
    struct draft draft;
    draft_init(k, &draft, slot, PURPOSE_HEDGE);
    MUST(draft_add_stock(k, &draft, shares > 0 ? 1 : -1, -1, -1));
    if (draft_send(k, &draft, llabs(shares), 0))
        trade->hedged_ns = k->now_ns;
}

/* Orders of the trade that are not over are worked or, when it should be closed, called back. */
static void manage_working(struct kernel *k, uint32_t slot)
{
    struct trade *trade = &k->trades[slot];
    const struct structure *s = trade_structure(k, trade);
    bool leaves = k->flattening;
    if (!leaves && s && trade->state == TRADE_OPEN) {
        double features[FEATURE_COUNT];
        features_host(k, trade_host(k, trade));
        features_trade(k, trade, features);
        leaves = trade->reason == CLOSE_NONE && exit_reason(k, trade, features) != CLOSE_NONE;
    }
    if (leaves)
        orders_make_way(k, trade->id, k->flattening); /* who lets an exit rest at a strategy's trade
                                                         has taken its exit over */
    if (s && s->work.wanted)
        work_step(k, slot);
}

void trade_manage(struct kernel *k, uint32_t slot)
{
    struct trade *trade = &k->trades[slot];
    if (trade->working) {
        manage_working(k, slot);
        return;
    }
    bool is_held = trade->state == TRADE_OPEN || trade->state == TRADE_REMNANT;
    bool is_managed = trade->structure >= 0;
    /* A remnant may be exercised after all: its shares are sold like any. */
    if (!is_held || (is_managed && sell_assigned_stock(k, slot)) || trade->state == TRADE_REMNANT)
        return;
    if (k->flattening || trade->structure == STRUCTURE_LIQUIDATED) {
        trade_close(k, slot,
                    trade->structure == STRUCTURE_LIQUIDATED ? CLOSE_MARGIN : CLOSE_COMMAND);
        return;
    }
    if (!is_managed)
        return;
    double features[FEATURE_COUNT];
    features_host(k, trade_host(k, trade));
    features_trade(k, trade, features);
    if (wants_roll(k, trade, features) && roll_trade(k, slot))
        return;
    enum close_reason reason = exit_reason(k, trade, features);
    if (reason != CLOSE_NONE)
        trade_close(k, slot, reason);
    else
        hedge_trade(k, slot);
}

void host_manage(struct kernel *k, struct host *host)
{
    if (k->flattening)
        return; /* guard_flatten() does it, for all in its order */
    for (uint32_t i = host->first_trade, next; i != NONE; i = next) {
        next = k->trade_next[i];
        trade_manage(k, i);
    }
}
