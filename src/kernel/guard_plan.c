/* What the account's limits have the kernel do by itself: close everything, or what cures a margin
 * call, in an order that never raises the deposit, and hedge. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"
#include "domain/risk/loss.h"
#include "domain/risk/plan.h"
#include "kernel/guard.h"

void guard_plan_open(struct kernel *k, struct arena *arena)
{
    if (!k->guard || !k->guard->margin_work)
        return;
    k->guard->plan_work = plan_work_new(arena);
    k->guard->plan = arena_new(arena, struct liquidation);
    k->guard->groups = arena_array(arena, uint32_t, MARGIN_LINES_MAX);
    k->guard->legs = arena_array(arena, uint8_t, MARGIN_LINES_MAX);
    k->guard->is_kept = arena_array(arena, bool, MARGIN_LINES_MAX);
}

/* ---- liquidation ----------------------------------------------------------------------------- */

/* Every leg a line, every trade a group; false when that is not known or too much. */
static bool group_lines(struct kernel *k, struct margin_underlying *underlyings,
                        struct margin_book *book)
{
    struct guard *g = k->guard;
    size_t count = 0;
    for (uint32_t i = 0; i < k->market_count; i++) {
        const struct market *m = &k->markets[i];
        if (i >= MARGIN_UNDERLYINGS_MAX || m->book.underlying == PRICE_NONE)
            return false;
        underlyings[i] =
            (struct margin_underlying){ .class = margin_class_of(m->symbol),
                                        .level = m->book.underlying,
                                        .rate = isnan(m->book.rate) ? 0 : m->book.rate };
        memcpy(underlyings[i].name, m->symbol, strnlen(m->symbol, sizeof underlyings[i].name - 1));
    }
    for (uint32_t slot = 0; slot < k->trade_high; slot++) {
        const struct trade *trade = &k->trades[slot];
        for (int j = 0; trade->state != TRADE_FREE && j < trade->leg_count; j++) {
            const struct trade_leg *leg = &trade->legs[j];
            if (!leg->quantity)
                continue;
            if (leg->mark == PRICE_NONE || count == MARGIN_LINES_MAX)
                return false;
            g->groups[count] = slot;
            g->legs[count] = (uint8_t)j;
            g->is_kept[count] = trade->state != TRADE_OPEN || trade->working;
            g->lines[count++] =
                (struct margin_line){ .underlying = (uint16_t)k->hosts[trade->host].market,
                                      .is_stock = leg->is_stock,
                                      .contract = leg->contract,
                                      .quantity = leg->quantity,
                                      .mark = leg->is_stock ? 0 : leg->mark };
        }
    }
    *book = (struct margin_book){ .date = k->day,
                                  .underlyings = underlyings,
                                  .underlying_count = k->market_count,
                                  .lines = g->lines,
                                  .line_count = count };
    return count > 0;
}

/* The way to flat, or with a target what cures a margin call; what works already is left to its
 * orders. */
static bool plan(struct kernel *k, int64_t target)
{
    struct guard *g = k->guard;
    struct margin_underlying underlyings[MARGIN_UNDERLYINGS_MAX];
    struct margin_book book;
    struct liquidation_terms terms = { .margin = k->config.margin,
                                       .legs_max = PLAN_LEGS_MAX,
                                       .groups = g->groups,
                                       .is_kept = g->is_kept };
    if (!g->plan_work || !group_lines(k, underlyings, &book))
        return false;
    enum err err =
        target < 0 ? liquidation_plan(g->plan_work, g->margin_work, &book, &terms, g->plan)
                   : liquidation_cure(g->plan_work, g->margin_work, &book, &terms, target, g->plan);
    return err == ERR_OK;
}

/* Whether the step closes all that its trade holds. */
static bool is_whole(const struct kernel *k, const struct plan_step *step)
{
    const struct guard *g = k->guard;
    if (step->group == PLAN_ACROSS)
        return false;
    const struct trade *trade = &k->trades[step->group];
    for (int j = 0; j < trade->leg_count; j++) {
        int64_t left = trade->legs[j].quantity;
        for (uint32_t i = 0; i < step->leg_count; i++)
            if (g->legs[step->legs[i].line] == j)
                left += step->legs[i].quantity;
        if (left)
            return false;
    }
    return true;
}

/* What a trade is after lots of it left. */
static void shrink(struct kernel *k, struct trade *trade)
{
    struct payoff_leg legs[TRADE_LEGS_MAX];
    const struct structure *s = trade_structure(k, trade);
    int64_t units = 0;
    for (int j = 0; j < trade->leg_count; j++) {
        const struct trade_leg *leg = &trade->legs[j];
        int64_t ratio = s && leg->spec >= 0 ? s->legs[leg->spec].ratio : 1;
        if (leg->quantity && !leg->is_stock)
            units = common_divisor(units, leg->quantity / ratio);
    }
    trade->units = units > 0 ? units : 1;
    trade->max_loss = payoff_max_loss(legs, trade_payoff_legs(trade, legs), trade->flows);
    trade_revalue(k, trade);
    if (!trade_is_empty(trade)) {
        trade_bounds(k, trade);
        return;
    }
    trade->reason = CLOSE_MARGIN;
    trade_end(k, trade, trade_market(k, trade)->book.underlying);
}

/* A step of parts, or across trades, becomes a trade of its own, which is closed whole: its slot,
 * NONE when that cannot be. No cash moves, and each trade's result stays what it is. */
static uint32_t take_over(struct kernel *k, const struct plan_step *step)
{
    const struct guard *g = k->guard;
    struct trade *first = &k->trades[g->groups[step->legs[0].line]];
    for (uint32_t i = 1; i < step->leg_count; i++)
        if (trade_market(k, &k->trades[g->groups[step->legs[i].line]]) != trade_market(k, first))
            return NONE;
    uint32_t slot = trade_slot_take(k, trade_host(k, first));
    if (slot == NONE)
        return NONE;
    struct trade *taken = &k->trades[slot];
    int64_t units = 0;
    taken->structure = STRUCTURE_LIQUIDATED;
    taken->state = TRADE_OPEN;
    for (uint32_t i = 0; i < step->leg_count; i++) { /* at most PLAN_LEGS_MAX: they have room */
        uint16_t line = step->legs[i].line;
        MUST(trade_move_lots(k, &k->trades[g->groups[line]], g->legs[line], -step->legs[i].quantity,
                             taken));
        units = common_divisor(units, step->legs[i].quantity);
    }
    taken->units = units;
    trade_opened(k, taken);
    for (uint32_t i = 0; i < step->leg_count; i++) {
        struct trade *from = &k->trades[g->groups[step->legs[i].line]];
        bool is_first = true;
        for (uint32_t j = 0; j < i; j++)
            is_first &= g->groups[step->legs[j].line] != g->groups[step->legs[i].line];
        if (is_first)
            shrink(k, from);
    }
    k->changes++;
    return slot;
}

static bool is_working(const struct kernel *k)
{
    for (uint32_t slot = 0; slot < k->trade_high; slot++)
        if (k->trades[slot].state != TRADE_FREE && k->trades[slot].working)
            return true;
    return false;
}

/* Closed in the order of the plan: packages whole; what must go in parts or across trades when all
 * before it has filled. The margin gate holds back what would raise the deposit until what goes
 * first has filled. */
void guard_flatten(struct kernel *k)
{
    const struct guard *g = k->guard;
    bool is_planned = g && plan(k, -1);
    k->by_planner = true;
    for (uint32_t slot = 0; slot < k->trade_high; slot++) {
        const struct trade *trade = &k->trades[slot];
        bool waits = trade->working || trade->state == TRADE_REMNANT;
        if (trade->state != TRADE_FREE && (waits || !is_planned))
            trade_manage(k, slot);
    }
    for (size_t i = 0; is_planned && i < g->plan->step_count; i++) {
        const struct plan_step *step = &g->plan->steps[i];
        uint32_t slot = step->group;
        if (!is_whole(k, step)) {
            if (is_working(k))
                break; /* and planned again then */
            slot = take_over(k, step);
        }
        if (slot != NONE && k->trades[slot].state == TRADE_OPEN && !k->trades[slot].working)
            trade_manage(k, slot);
        if (slot != step->group)
            break; /* lines of the plan are others now */
    }
    k->by_planner = false;
}

/* ---- margin calls ---------------------------------------------------------------------------- */

/* What all trades can owe at expiry: while cash is more, no deposit of theirs is beyond equity. */
static int64_t owed_at_expiry(struct kernel *k)
{
    struct guard *g = k->guard;
    if (g->owed_changes == k->changes + 1)
        return g->owed;
    g->owed = 0;
    for (uint32_t slot = 0; slot < k->trade_high && g->owed != RISK_OFF; slot++) {
        const struct trade *trade = &k->trades[slot];
        struct loss_leg legs[TRADE_LEGS_MAX];
        bool has_stock = false;
        if (trade->state == TRADE_FREE)
            continue;
        for (int j = 0; j < trade->leg_count; j++) {
            legs[j] = (struct loss_leg){ trade->legs[j].is_stock ? NULL : &trade->legs[j].contract,
                                         trade->legs[j].quantity };
            has_stock |= trade->legs[j].is_stock && trade->legs[j].quantity;
        }
        int64_t loss = loss_at_expiry(legs, (size_t)trade->leg_count, 0, MICROS_PER_DOLLAR, 0);
        bool is_known = !has_stock && loss != RISK_OFF && loss != PRICE_NONE;
        g->owed = is_known ? money_add(g->owed, loss) : RISK_OFF;
    }
    g->owed_changes = k->changes + 1;
    return g->owed;
}

/* Counting margin takes a while: not while it cannot be short, and then when something changed or
 * time passed. */
static bool is_due(struct kernel *k)
{
    struct guard *g = k->guard;
    static const int64_t EVERY_NS = 60 * NANOS_PER_SECOND;
    bool is_plain = !k->config.margin->is_portfolio &&
                    k->config.margin->type == MARGIN_ACCOUNT_MARGIN &&
                    !k->config.margin->house.uncovered_ppm && !k->config.margin->house.stock_ppm;
    if (is_plain && guard_limit(k, RISK_MARGIN_CALL) >= 1000000 && owed_at_expiry(k) <= k->cash)
        return g->is_called;
    int64_t equity = ledger_equity(k), room = g->called_equity - g->called_deposit;
    return g->is_called || g->called_changes != k->changes ||
           k->now_ns - g->called_ns >= EVERY_NS || equity < g->called_equity - room / 4;
}

static void call_begins(struct kernel *k, int64_t deposit, int64_t bound)
{
    struct risk_alarm alarm = { ALARM_REDUCE, RISK_MARGIN_CALL, deposit, bound };
    char text[RISK_TEXT_BYTES];
    risk_alarm_text(text, &alarm, "");
    note(k, NOTE_MARGIN_CALL, "%s", text);
    k->guard->is_called = true;
    orders_make_way(k, 0, true);
}

static void call_ends(struct kernel *k)
{
    note(k, NOTE_MARGIN_CALL, "the margin call is met");
    k->guard->is_called = false;
    if (k->reduced_by_call && k->state == RISK_REDUCING)
        k->state = RISK_NORMAL;
    k->reduced_by_call = false;
}

/* The next package of the cure. */
static void close_package(struct kernel *k, int64_t deposit, int64_t bound)
{
    struct guard *g = k->guard;
    if (!plan(k, bound > 0 ? bound : 0) || !g->plan->step_count)
        return;
    struct plan_step step = g->plan->steps[0];
    const struct trade *of = &k->trades[g->groups[step.legs[0].line]];
    char before[MONEY_TEXT_BYTES], after[MONEY_TEXT_BYTES], equity[MONEY_TEXT_BYTES], name[32];
    uint64_t id = of->id;
    bool whole = is_whole(k, &step);
    snprintf(name, sizeof name, "%s", structure_name(k, of));
    uint32_t slot = whole ? step.group : take_over(k, &step);
    money_format_people(before, deposit);
    money_format_people(after, step.deposit);
    money_format_people(equity, ledger_equity(k));
    k->by_planner = true;
    bool is_sent = slot != NONE && trade_close(k, slot, CLOSE_MARGIN);
    k->by_planner = false;
    if (!is_sent)
        return;
    note(k, NOTE_LIQUIDATES,
         "margin call: %s %.30s of trade %llu%s is closed as %llu: deposit %s, then %s; equity %s",
         whole ? "all of" : "a part of", name, (unsigned long long)id,
         step.group == PLAN_ACROSS ? " with another's long" : "",
         (unsigned long long)k->trades[slot].id, before, after, equity);
}

void guard_call(struct kernel *k)
{
    struct guard *g = k->guard;
    int64_t deposit;
    if (!g || !g->margin_work || k->flattening || guard_limit(k, RISK_MARGIN_CALL) == RISK_OFF ||
        !is_due(k) || !guard_deposit(k, &deposit))
        return;
    int64_t equity = ledger_equity(k);
    int64_t bound =
        equity <= 0 ? 0
                    : (int64_t)((double)equity * ((double)guard_limit(k, RISK_MARGIN_CALL) / 1e6));
    g->called_changes = k->changes;
    g->called_ns = k->now_ns;
    g->called_equity = equity;
    g->called_deposit = deposit;
    g->has_filled &= is_working(k); /* filled in part: the next package when the rest is over */
    if (deposit <= bound || deposit <= 0) {
        if (g->is_called)
            call_ends(k);
        return;
    }
    if (!g->is_called)
        call_begins(k, deposit, bound);
    if (k->state == RISK_NORMAL) { /* as it is after a person's resume */
        k->state = RISK_REDUCING;
        k->reduced_by_call = true;
    }
    bool is_stopped =
        k->state == RISK_HALTED || k->state == RISK_KILLED; /* then a person decides */
    if (is_stopped)
        return;
    if (is_working(k))
        orders_make_way(k, 0, true); /* a person's exit that rests would hold the call up */
    else
        close_package(k, deposit, bound);
}

void guard_filled(struct kernel *k, const struct trade *trade)
{
    if (k->guard && trade->reason == CLOSE_MARGIN)
        k->guard->has_filled = true;
}

void guard_answered(struct kernel *k)
{
    if (k->guard && k->guard->is_called && k->guard->has_filled)
        guard_call(k);
}

/* ---- hedge ----------------------------------------------------------------------------------- */

static double market_delta(struct kernel *k, uint32_t market, int64_t *shares)
{
    double delta = 0;
    *shares = 0;
    for (uint32_t slot = 0; slot < k->trade_high; slot++) {
        const struct trade *trade = &k->trades[slot];
        if (trade->state == TRADE_FREE || k->hosts[trade->host].market != market)
            continue;
        delta += trade_delta_shares(k, trade);
        for (int j = 0; j < trade->leg_count; j++)
            *shares += trade->legs[j].is_stock ? trade->legs[j].quantity : 0;
    }
    return delta;
}

static void hedge_market(struct kernel *k, uint32_t market, int64_t shares)
{
    uint32_t slot = trade_slot_take(k, &k->hosts[k->host_room + market]);
    if (slot == NONE)
        return;
    struct draft draft;
    k->trades[slot].structure = STRUCTURE_MANUAL;
    draft_init(k, &draft, slot, PURPOSE_HEDGE);
    if (!draft_add_stock(k, &draft, shares > 0 ? 1 : -1, -1, -1) ||
        !draft_send(k, &draft, llabs(shares), 0))
        trade_slot_give(k, slot);
}

void guard_hedge(struct kernel *k)
{
    enum { ROWS_MAX = 64 };
    struct hedge_row rows[ROWS_MAX] = { 0 };
    int64_t quantity[ROWS_MAX] = { 0 };
    size_t count = k->market_count < ROWS_MAX ? k->market_count : ROWS_MAX;
    for (uint32_t i = 0; i < count; i++) {
        const struct book *book = &k->markets[i].book;
        bool is_index = book->contract_count && book->contracts[0].delivery == DELIVERY_CASH;
        rows[i] = (struct hedge_row){ .spot = book->underlying == PRICE_NONE
                                                  ? 0
                                                  : money_to_dollars(book->underlying),
                                      .beta = k->markets[i].beta,
                                      .can_trade = !is_index && book->underlying != PRICE_NONE,
                                      .can_short = true };
        rows[i].delta_shares = market_delta(k, i, &rows[i].held);
    }
    double index_spot = rows[0].spot;
    /* What can be hedged is, even where something else cannot. */
    if (hedge_plan(count, rows, HEDGE_UNDERLYING, 0, index_spot, 0, quantity, NULL))
        note(k, NOTE_HALTED, "the hedge is not whole: %.150s", err_detail());
    for (uint32_t i = 0; i < count; i++)
        if (quantity[i])
            hedge_market(k, i, quantity[i]);
}
