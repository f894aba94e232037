/* What really happened: counted at the exchange, apart from everything the desk counts for itself. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

void sim_fail(struct sim *sim, const char *invariant, const char *format, ...)
{
    if (sim->has_failed)
        return;
    sim->has_failed = true;
    snprintf(sim->invariant, sizeof sim->invariant, "%s", invariant);
    va_list args;
    va_start(args, format);
    vsnprintf(sim->why, sizeof sim->why, format, args);
    va_end(args);
}

static int64_t *position(struct sim *sim, const struct contract *contract)
{
    struct truth *t = &sim->truth;
    for (uint32_t i = 0; i < t->position_count; i++)
        if (contract_compare(&t->positions[i].contract, contract) == 0)
            return &t->positions[i].quantity;
    MUST(t->position_count < ARRAY_COUNT(t->positions));
    t->positions[t->position_count].contract = *contract;
    return &t->positions[t->position_count++].quantity;
}

static int64_t known(int64_t cost)
{
    return cost == PRICE_NONE ? 0 : cost;
}

void truth_report(struct sim *sim, const struct order_report *report)
{
    struct truth *t = &sim->truth;
    if (report->what != ORDER_SAID_FILL)
        return;
    struct truth_order *order = &t->orders[report->order_id % SIM_ORDERS];
    SIM_CHECK(sim, "no order past a gate", order->submitted, "order %llu filled, and no gate has seen it",
              (unsigned long long)report->order_id);
    for (int i = 0; i < report->fill_count; i++) {
        const struct report_fill *fill = &report->fills[i];
        bool seen = false;
        for (uint32_t e = t->execution_count; e-- > 0 && !seen;)
            seen = exec_id_equal(t->executions[e], fill->exec);
        if (seen)
            continue;
        MUST(t->execution_count < SIM_EXECUTIONS);
        t->executions[t->execution_count++] = fill->exec;
        const struct package_leg *leg = &order->terms.legs[fill->leg];
        int64_t quantity = leg->ratio > 0 ? fill->quantity : -fill->quantity;
        t->cash -= fill->price * quantity * package_leg_multiplier(leg);
        t->cash -= known(fill->costs.commission) + known(fill->costs.exchange) + known(fill->costs.regulatory);
        *position(sim, &leg->contract) += quantity;
        if (fill->leg == 0)
            order->packages += fill->quantity / llabs(leg->ratio);
        t->fills++;
    }
}

void truth_settle(struct sim *sim, int32_t expiry, int64_t price)
{
    struct truth *t = &sim->truth;
    for (uint32_t i = 0; i < t->position_count; i++) {
        const struct contract *c = &t->positions[i].contract;
        if (c->expiry != expiry)
            continue;
        t->cash += t->positions[i].quantity * c->multiplier * contract_intrinsic(c, price);
        t->positions[i].quantity = 0;
    }
}

/* ---- commands and gates */

void truth_command(struct sim *sim, const struct event_command *command)
{
    struct truth *t = &sim->truth;
    t->commands++;
    enum risk_state strict = RISK_NORMAL;
    switch (command->kind) {
    case COMMAND_REDUCE: strict = RISK_REDUCING; break;
    case COMMAND_FLATTEN: strict = RISK_LIQUIDATING; break;
    case COMMAND_HALT: strict = RISK_HALTED; break;
    case COMMAND_KILL: strict = RISK_KILLED; break;
    case COMMAND_RESUME:
        if (t->state != RISK_KILLED || command->role == BY_OWNER)
            t->state = RISK_NORMAL;
        break;
    case COMMAND_APPROVE:
        if (command->role != BY_AGENT)
            t->orders[command->order_id % SIM_ORDERS].is_approved = true;
        break;
    default: break;
    }
    t->state = strict > t->state ? strict : t->state;
}

static void check_signature(struct sim *sim, const struct order_state *order)
{
    const struct order_terms *terms = &order->terms;
    bool reduces = terms->flags & ORDER_REDUCES, is_manual = terms->host >= sim->strategy_count;
    if (reduces || !is_manual || sim->truth.orders[order->id].is_approved)
        return;
    int64_t net = terms->edit.net_price != PRICE_NONE ? terms->edit.net_price : package_net_far(terms);
    int64_t loss = net == PRICE_NONE ? INT64_MAX : limits_worst_loss(terms, net);
    bool same = terms->leg_count == 1 || terms->legs[0].contract.expiry == terms->legs[1].contract.expiry;
    SIM_CHECK(sim, "no order past a gate", !same || loss <= sim->sign_above,
              "order %llu left unsigned; it can lose %lld micros, and %lld need a signature",
              (unsigned long long)order->id, (long long)loss, (long long)sim->sign_above);
}

void truth_submit(struct sim *sim, const struct order_state *order)
{
    struct truth *t = &sim->truth;
    MUST(order->id < SIM_ORDERS);
    struct truth_order *known_order = &t->orders[order->id];
    SIM_CHECK(sim, "no order past a gate", !known_order->submitted, "order %llu left twice", (unsigned long long)order->id);
    known_order->submitted = true;
    known_order->terms = order->terms;
    t->submits++;
    const struct order_terms *terms = &order->terms;
    bool reduces = terms->flags & ORDER_REDUCES, is_strategy = terms->host < sim->strategy_count;
    SIM_CHECK(sim, "halt holds", t->state == RISK_NORMAL || reduces, "order %llu opens while trading is %s",
              (unsigned long long)order->id, risk_state_name(t->state));
    bool is_stopped = t->state == RISK_HALTED || t->state == RISK_KILLED;
    SIM_CHECK(sim, "halt holds", !is_stopped || !is_strategy || terms->purpose == PURPOSE_MANUAL,
              "order %llu of a strategy while trading is %s", (unsigned long long)order->id, risk_state_name(t->state));
    if (is_strategy && !reduces && terms->purpose == PURPOSE_OPEN) {
        int most = sim->strategies[terms->host].max_contracts;
        for (int i = 0; i < terms->leg_count; i++)
            SIM_CHECK(sim, "limits never passed", !most || llabs(terms->legs[i].ratio) * terms->edit.quantity <= most,
                      "order %llu has %lld contracts in a leg, at most %d are allowed", (unsigned long long)order->id,
                      (long long)(llabs(terms->legs[i].ratio) * terms->edit.quantity), most);
    }
    check_signature(sim, order);
}

void truth_order_shown(struct sim *sim, const struct effect *effect)
{
    const struct order_state *order = effect->of.order.state;
    struct truth_order *t = &sim->truth.orders[order->id % SIM_ORDERS];
    bool was_done = t->known && order_status_is_done(t->last);
    SIM_CHECK(sim, "an end is an end", !was_done || order_status_is_done(effect->of.order.to),
              "order %llu was %s and is %s", (unsigned long long)order->id, order_status_name(t->last),
              order_status_name(effect->of.order.to));
    SIM_CHECK(sim, "no fill lost or doubled", !(effect->of.order.alarms & (ORDER_ALARM_OVERFILL | ORDER_ALARM_CONFLICT)),
              "order %llu raised alarms %x", (unsigned long long)order->id, effect->of.order.alarms);
    t->known = true;
    t->last = effect->of.order.to;
}

/* ---- agreement */

static int64_t held_in_all(struct sim *sim)
{
    size_t slots;
    const struct trade *trades = kernel_trades(desk_kernel(sim->desk), &slots);
    int64_t sum = 0;
    for (size_t i = 0; i < slots; i++)
        for (int j = 0; trades[i].state != TRADE_FREE && j < trades[i].leg_count; j++)
            sum += llabs(trades[i].legs[j].quantity);
    return sum;
}

void truth_agree(struct sim *sim, const char *when)
{
    struct truth *t = &sim->truth;
    struct kernel *kernel = desk_kernel(sim->desk);
    for (uint64_t id = 1; id < SIM_ORDERS; id++) {
        const struct order_state *order = order_set_find(kernel_orders(kernel), id);
        if (order && t->orders[id].submitted)
            SIM_CHECK(sim, "no fill lost or doubled", order->filled == t->orders[id].packages,
                      "%s: order %llu has %lld packages filled, the exchange filled %lld", when, (unsigned long long)id,
                      (long long)order->filled, (long long)t->orders[id].packages);
    }
    int64_t open = 0;
    for (uint32_t i = 0; i < t->position_count; i++) {
        const struct contract *c = &t->positions[i].contract;
        int64_t quantity = limits_held(sim, c, NULL);
        open += llabs(quantity);
        SIM_CHECK(sim, "positions equal fills", quantity == t->positions[i].quantity,
                  "%s: %lld of %d %d%c are held, the exchange says %lld", when, (long long)quantity, c->expiry,
                  c->strike_mills / 1000, c->right, (long long)t->positions[i].quantity);
    }
    SIM_CHECK(sim, "positions equal fills", sim->has_failed || open <= held_in_all(sim), "%s: something is held twice", when);
    limits_margin_agrees(sim, when);
    struct account account;
    kernel_account(kernel, &account);
    SIM_CHECK(sim, "cash equals the sum of fills", account.cash == t->cash,
              "%s: cash is %lld micros, fills, costs and settlements make %lld", when, (long long)account.cash,
              (long long)t->cash);
}
