/* What the account's limits have the kernel do by itself: close everything in an order that never raises the
 * deposit, and hedge. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "domain/risk/plan.h"
#include "kernel/guard.h"

void guard_plan_open(struct kernel *k, struct arena *arena)
{
    if (!k->guard || !k->guard->margin_work)
        return;
    k->guard->plan_work = plan_work_new(arena);
    k->guard->plan = arena_new(arena, struct liquidation);
    k->guard->groups = arena_array(arena, uint32_t, MARGIN_LINES_MAX);
}

/* ---- liquidation ------------------------------------------------------------------------------------- */

/* Every leg a line, every trade a group; false when that is not known or too much. */
static bool group_lines(struct kernel *k, struct margin_underlying *underlyings, struct margin_book *book)
{
    struct guard *g = k->guard;
    size_t count = 0;
    for (uint32_t i = 0; i < k->market_count; i++) {
        const struct market *m = &k->markets[i];
        if (i >= MARGIN_UNDERLYINGS_MAX || m->book.underlying == PRICE_NONE)
            return false;
        underlyings[i] = (struct margin_underlying){ .class = margin_class_of(m->symbol), .level = m->book.underlying };
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
            g->lines[count++] = (struct margin_line){ .underlying = (uint16_t)k->hosts[trade->host].market,
                                                      .is_stock = leg->is_stock,
                                                      .contract = leg->contract,
                                                      .quantity = leg->quantity,
                                                      .mark = leg->is_stock ? 0 : leg->mark };
        }
    }
    *book = (struct margin_book){ .date = k->day, .underlyings = underlyings, .underlying_count = k->market_count,
                                  .lines = g->lines, .line_count = count };
    return count > 0;
}

static bool plan(struct kernel *k)
{
    struct guard *g = k->guard;
    struct margin_underlying underlyings[MARGIN_UNDERLYINGS_MAX];
    struct margin_book book;
    struct liquidation_terms terms = { .margin = k->config.margin, .legs_max = PLAN_LEGS_MAX, .groups = g->groups };
    return g->plan_work && group_lines(k, underlyings, &book) &&
           liquidation_plan(g->plan_work, g->margin_work, &book, &terms, g->plan) == ERR_OK;
}

/* Trades are closed whole, as packages, in the order of the plan; the margin gate holds back what would raise
 * the deposit until what goes first has filled. */
void guard_flatten(struct kernel *k)
{
    const struct guard *g = k->guard;
    bool is_planned = g && plan(k);
    for (uint32_t slot = 0; slot < k->trade_high; slot++) {
        const struct trade *trade = &k->trades[slot];
        bool waits = trade->working || trade->state == TRADE_REMNANT;
        if (trade->state != TRADE_FREE && (waits || !is_planned))
            trade_manage(k, slot);
    }
    for (size_t i = 0; is_planned && i < g->plan->step_count; i++) {
        const struct plan_step *step = &g->plan->steps[i];
        uint32_t slot = step->group == PLAN_ACROSS ? g->groups[step->legs[0].line] : step->group;
        if (k->trades[slot].state == TRADE_OPEN && !k->trades[slot].working)
            trade_manage(k, slot);
    }
}

/* ---- hedge ------------------------------------------------------------------------------------------- */

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
    if (!draft_add_stock(k, &draft, shares > 0 ? 1 : -1, -1, -1) || !draft_send(k, &draft, llabs(shares), 0))
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
        rows[i] = (struct hedge_row){ .spot = book->underlying == PRICE_NONE ? 0 : money_to_dollars(book->underlying),
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
