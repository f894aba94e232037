/* What people and agents ask: halts, orders of their own, signatures. Each passes the same gates.
 */
#include "kernel/kernel_int.h"

#include <stdio.h>

#include <stdlib.h>
#include <string.h>

static void cannot(struct kernel *k, const struct event_command *command, const char *why)
{
    note(k, NOTE_COMMAND, "%s by %.31s could not be done: %s", command_kind_name(command->kind),
         command->who, why);
}

/* ---- states ---------------------------------------------------------------------------------- */

/* States only get stricter but by resume. */
static void set_state(struct kernel *k, const struct event_command *command, enum risk_state state)
{
    if (state >= k->state)
        k->reduced_by_loss = k->reduced_by_call = false; /* now it is a person's */
    if (state > k->state)
        k->state = state;
    note(k, NOTE_HALTED, "trading is %s by %.31s: %.63s", risk_state_name(k->state), command->who,
         command->why);
}

static void resume(struct kernel *k, const struct event_command *command)
{
    if (k->state == RISK_KILLED && command->role != BY_OWNER) {
        cannot(
            k, command,
            "role: not the owner's; the limit is the owner's after a kill; the owner's would pass");
        return;
    }
    if (command->role == BY_AGENT) { /* it may stop trading, and not begin it again */
        cannot(k, command,
               "role: an agent's; the limit is a person's; a person's resume would pass");
        return;
    }
    k->state = RISK_NORMAL;
    k->flattening = k->reduced_by_loss = k->reduced_by_call = false;
}

/* ---- orders ---------------------------------------------------------------------------------- */

static void place(struct kernel *k, const struct event_command *command)
{
    const struct order_terms *asked = command->terms;
    if (!asked || asked->underlying_index >= k->market_count) {
        cannot(k, command, "there is no such underlying");
        return;
    }
    uint32_t slot = command->trade_id ? trade_find(k, command->trade_id) : NONE;
    bool is_new = slot == NONE;
    if (command->trade_id &&
        (is_new || trade_market(k, &k->trades[slot]) != &k->markets[asked->underlying_index])) {
        cannot(k, command, "there is no such trade on that underlying");
        return;
    }
    if (is_new)
        slot = trade_slot_take(k, &k->hosts[k->host_room + asked->underlying_index]);
    if (slot == NONE) {
        char why[96];
        snprintf(why, sizeof why,
                 "trades: %u are open; the limit is %u; this would pass when one is over",
                 k->config.limits.trades, k->config.limits.trades);
        cannot(k, command, why);
        return;
    }
    struct trade *trade = &k->trades[slot];
    if (is_new)
        trade->structure = STRUCTURE_MANUAL;
    struct draft draft;
    int64_t max_loss;
    const struct order_exits *exits = command->exits;
    char why[BRACKET_WHY_BYTES] = "a leg is not listed today";
    bool is_made = draft_manual(k, &draft, slot, asked, &max_loss) &&
                   (!exits || bracket_begin(k, &draft, exits, why));
    for (int i = 0; is_made && i < draft.terms.leg_count; i++)
        if (draft.terms.legs[i].is_stock)
            draft_note_stock(k, &draft);
    if (is_made && draft_send(k, &draft, asked->edit.quantity, max_loss)) {
        if (exits)
            bracket_stage(k, &draft, exits);
        return;
    }
    if (!is_made)
        cannot(k, command, why);
    if (is_new)
        trade_slot_give(k, slot);
}

static void on_order(struct kernel *k, const struct event_command *command)
{
    const struct order_state *order = order_set_find(k->orders, command->order_id);
    bool is_waiting = order && order->phase == ORDER_AWAITING_SIGNATURE;
    if (!order || order_status_is_done(order->phase)) {
        cannot(k, command, "there is no such order, or it is over");
    } else if (command->kind == COMMAND_CANCEL) {
        order_cancel(k, order);
    } else if (command->kind == COMMAND_REPLACE) {
        if (command->edit)
            order_replace(k, order, command->edit);
    } else if (!is_waiting) {
        cannot(k, command, "the order waits for no signature");
    } else if (command->role == BY_AGENT) {
        cannot(k, command,
               "role: an agent's; the limit is a person's; a person's signature would pass");
    } else {
        order_sign(k, order, command->kind == COMMAND_APPROVE, command->who);
    }
}

static void close_one(struct kernel *k, const struct event_command *command)
{
    uint32_t slot = trade_find(k, command->trade_id);
    if (slot == NONE || k->trades[slot].state != TRADE_OPEN)
        cannot(k, command, "there is no such open trade");
    else if (k->trades[slot].working)
        cannot(k, command, "orders of the trade are still working: cancel them first");
    else
        trade_close(k, slot, CLOSE_COMMAND);
}

/* ---- strategies ------------------------------------------------------------------------------ */

static void enlist(struct kernel *k, const struct event_command *command)
{
    const char *why = "";
    if (!command->strategy)
        cannot(k, command, "no strategy is given");
    else if (!host_enlist(k, command->strategy, command->value != 0, &why))
        cannot(k, command, why);
}

static void on_host(struct kernel *k, const struct event_command *command)
{
    if (command->host >= k->host_count)
        cannot(k, command, "there is no such strategy");
    else if (command->kind == COMMAND_CONFIDENCE)
        k->hosts[command->host].confidence = (double)command->value / 1e6;
    else
        k->hosts[command->host].is_armed = command->kind == COMMAND_ARM;
}

void on_command(struct kernel *k, const struct event_command *command)
{
    switch (command->kind) {
    case COMMAND_REDUCE:
        set_state(k, command, RISK_REDUCING);
        return;
    case COMMAND_HALT:
        set_state(k, command, RISK_HALTED);
        return;
    case COMMAND_FLATTEN:
        k->flattening = true;
        set_state(k, command, RISK_LIQUIDATING);
        return;
    case COMMAND_KILL:
        set_state(k, command, RISK_KILLED);
        orders_cancel_all(k, false);
        return;
    case COMMAND_OVERRIDE:
    case COMMAND_REVOKE: {
        char why[RISK_TEXT_BYTES];
        if (!guard_override(k, command, why))
            cannot(k, command, why);
        return;
    }
    case COMMAND_FAULT:
        note(k, NOTE_FAULT, "an error of the program: %.63s", command->why);
        guard_fault(k);
        return;
    case COMMAND_RESUME:
        resume(k, command);
        return;
    case COMMAND_PLACE:
        place(k, command);
        return;
    case COMMAND_CANCEL:
    case COMMAND_REPLACE:
    case COMMAND_APPROVE:
    case COMMAND_DENY:
        on_order(k, command);
        return;
    case COMMAND_CLOSE:
        close_one(k, command);
        return;
    case COMMAND_ARM:
    case COMMAND_DISARM:
    case COMMAND_CONFIDENCE:
        on_host(k, command);
        return;
    case COMMAND_ENLIST:
        enlist(k, command);
        return;
    case COMMAND_KIND_COUNT:
        break;
    }
    must_fail("a command of unknown kind", __FILE__, __LINE__);
}
