/* An order that opens and brings its way out along: orders that close what it fills, waiting until
 * it does. */
#include "kernel/kernel_int.h"

#include <stdio.h>

#include "base/zone.h"
#include "domain/orders/capability.h"
#include "domain/types/money.h"

/* Closing one package at less than it was opened for is a profit: the target lies below that price,
 * the stop above. */
static bool check_prices(const struct order_exits *exits, int64_t opened_at,
                         char why[BRACKET_WHY_BYTES])
{
    char target[MONEY_TEXT_BYTES], stop[MONEY_TEXT_BYTES], even[MONEY_TEXT_BYTES];
    money_format(target, exits->target, 2);
    money_format(stop, exits->stop, 2);
    if (exits->target != PRICE_NONE && exits->stop != PRICE_NONE && exits->target >= exits->stop) {
        snprintf(why, BRACKET_WHY_BYTES,
                 "exits: to close for the target costs %s; the limit is less than at the stop, %s",
                 target, stop);
        return false;
    }
    if (opened_at == PRICE_NONE)
        return true;
    money_format(even, -opened_at, 2);
    if (exits->target != PRICE_NONE && exits->target >= -opened_at) {
        snprintf(
            why, BRACKET_WHY_BYTES,
            "exits: to close for the target costs %s, no profit; the limit is less than %s, at which it breaks even",
            target, even);
        return false;
    }
    if (exits->stop != PRICE_NONE && exits->stop <= -opened_at) {
        snprintf(
            why, BRACKET_WHY_BYTES,
            "exits: to close at the stop costs %s, no loss; the limit is more than %s, at which it breaks even",
            stop, even);
        return false;
    }
    return true;
}

/* The same legs turned round. */
static void exit_terms(struct order_terms *out, const struct order_terms *parent,
                       uint64_t parent_id, const struct order_exits *exits, enum group_role role)
{
    *out = *parent;
    for (int i = 0; i < out->leg_count; i++) {
        out->legs[i].ratio = -out->legs[i].ratio;
        out->legs[i].effect = LEG_CLOSE;
    }
    out->flags = ORDER_REDUCES;
    out->display_quantity = 0;
    out->links = (struct order_links){
        .group = parent_id, .parent = parent_id, .kind = GROUP_BRACKET, .role = role
    };
    bool is_stop = role == ROLE_STOP, sells_one = out->leg_count == 1 && out->legs[0].ratio < 0;
    out->edit = (struct order_edit){ .quantity = parent->edit.quantity,
                                     .type = is_stop ? ORDER_STOP : ORDER_LIMIT,
                                     .net_price = is_stop ? PRICE_NONE : exits->target,
                                     .stop_price = !is_stop    ? PRICE_NONE
                                                   : sells_one ? -exits->stop
                                                               : exits->stop,
                                     .tif = ORDER_GTC };
}

static bool has_exit(const struct order_exits *exits, enum group_role role)
{
    return (role == ROLE_PROFIT ? exits->target : exits->stop) != PRICE_NONE;
}

/* A leg that takes from what its trade holds has no way out of its own. */
static bool opens_with_every_leg(const struct kernel *k, const struct order_terms *terms)
{
    uint32_t slot = trade_find(k, terms->trade_id);
    for (int i = 0; i < terms->leg_count; i++) {
        int64_t held = slot == NONE ? 0 : trade_held(&k->trades[slot], &terms->legs[i]);
        if (terms->legs[i].effect == LEG_CLOSE ||
            (held && (held > 0) != (terms->legs[i].ratio > 0)))
            return false;
    }
    return true;
}

static bool check_exit(const struct order_terms *exit, char why[BRACKET_WHY_BYTES])
{
    bool is_stop = exit->edit.net_price == PRICE_NONE;
    int64_t price = is_stop ? exit->edit.stop_price : exit->edit.net_price;
    if (order_terms_check(exit)) {
        snprintf(why, BRACKET_WHY_BYTES, "exits: %.150s", err_detail());
        return false;
    }
    if (order_price_fit(exit, price) == price)
        return true;
    char text[MONEY_TEXT_BYTES], unit[MONEY_TEXT_BYTES];
    money_format(text, price, 2);
    money_format(unit, order_price_step(exit, price), 2);
    snprintf(why, BRACKET_WHY_BYTES, "exits: the %s %s; the limit is in steps of %s dollars",
             is_stop ? "stop" : "target", text, unit);
    return false;
}

bool bracket_begin(struct kernel *k, struct draft *parent, const struct order_exits *exits,
                   char why[BRACKET_WHY_BYTES])
{
    struct draft whole = *parent;
    draft_set_quantity(&whole, parent->terms.edit.quantity);
    struct order_terms *terms = &parent->terms, exit;
    uint64_t id = k->next_order_id + 1;
    uint32_t open = order_set_open_count(k->orders), wanted = 1;
    if (terms->links.group || terms->flags & ORDER_REDUCES || !opens_with_every_leg(k, terms)) {
        snprintf(why, BRACKET_WHY_BYTES,
                 "exits: the order %s; the limit is one that opens and stands alone",
                 terms->links.group             ? "is one of a group"
                 : terms->flags & ORDER_REDUCES ? "only closes"
                                                : "closes with a leg");
        return false;
    }
    for (enum group_role role = ROLE_PROFIT; role <= ROLE_STOP; role++) {
        if (!has_exit(exits, role))
            continue;
        wanted++;
        exit_terms(&exit, &whole.terms, id, exits, role);
        if (!check_exit(&exit, why))
            return false;
    }
    if (wanted == 1) {
        snprintf(why, BRACKET_WHY_BYTES,
                 "exits: neither a target nor a stop; the limit is one of them at least");
        return false;
    }
    if (!check_prices(exits, terms->edit.net_price, why))
        return false;
    if (open + wanted > k->config.limits.orders) {
        snprintf(
            why, BRACKET_WHY_BYTES,
            "orders: %u work already and this makes %u more; the limit is %u; this would pass when some are over",
            open, wanted, k->config.limits.orders);
        return false;
    }
    terms->links = (struct order_links){ .group = id, .kind = GROUP_BRACKET, .role = ROLE_PARENT };
    return true;
}

void bracket_stage(struct kernel *k, const struct draft *parent, const struct order_exits *exits)
{
    const struct order_state *order = order_set_find(k->orders, parent->ticket.order_id), *exit;
    for (enum group_role role = ROLE_PROFIT; role <= ROLE_STOP; role++) {
        struct order_terms terms;
        if (!has_exit(exits, role))
            continue;
        exit_terms(&terms, &order->terms, order->id, exits, role);
        uint64_t id = ++k->next_order_id;
        if (order_set_stage(k->orders, id, &terms, k->now_ns,
                            &exit)) { /* no place for its versions: said, as the order has left */
            note(k, NOTE_UNGUARDED, "order %llu has no %s: %.150s", (unsigned long long)order->id,
                 role == ROLE_PROFIT ? "target" : "stop", err_detail());
            continue;
        }
        struct ticket *ticket = &k->tickets[exit->slot];
        *ticket = parent->ticket;
        ticket->order_id = id;
        ticket->max_loss = 0;
        ticket->judged = terms.edit.quantity;
        ticket->judged_price = terms.edit.net_price;
        k->trades[ticket->trade].working++;
        k->changes++;
        effect_add(k, EFFECT_STAGE)->of.order.state = exit;
    }
}

/* ---- what stands unguarded ------------------------------------------------------------------- */

static const char *exit_name(const struct order_state *exit)
{
    return exit->terms.links.role == ROLE_STOP ? "stop" : "target";
}

void bracket_told(struct kernel *k, const struct order_state *order,
                  const struct order_report *report, bool is_news)
{
    const struct order_links *links = &order->terms.links;
    unsigned long long id = order->id, parent = links->parent;
    if (links->kind != GROUP_BRACKET)
        return;
    bool is_taken_back = report->what == ORDER_SAID_BUST || report->what == ORDER_SAID_CORRECT;
    if (links->role == ROLE_PARENT && is_news && !is_taken_back &&
        !order_set_group_guards(k->orders, order->id))
        note(k, NOTE_UNGUARDED,
             "order %llu filled when its exits were over: nothing closes this by itself", id);
    else if (parent && is_taken_back)
        note(k, NOTE_UNGUARDED,
             "a fill of order %llu, the %s of order %llu, was taken back: see what closes it now",
             id, exit_name(order), parent);
    else if (parent && report->what == ORDER_SAID_REPLACE_REFUSED)
        bracket_stays(k, order);
}

void bracket_stays(struct kernel *k, const struct order_state *order)
{
    unsigned long long id = order->id, parent = order->terms.links.parent;
    if (parent && !order_status_is_done(order->phase))
        note(k, NOTE_UNGUARDED,
             "order %llu, the %s of order %llu, could not be changed and stands for %lld packages",
             id, exit_name(order), parent, (long long)order->edit.quantity);
}

void bracket_ended(struct kernel *k, const struct order_state *order)
{
    unsigned long long id = order->id, parent = order->terms.links.parent;
    uint32_t slot = trade_find(k, order->terms.trade_id);
    if (!parent || order->phase == ORDER_FILLED || order_ticket(k, order)->is_called_back ||
        slot == NONE || trade_is_empty(&k->trades[slot]))
        return;
    note(k, NOTE_UNGUARDED,
         "order %llu, the %s of order %llu, is over (%s%s%.100s) and closes nothing", id,
         exit_name(order), parent, order_status_name(order->phase),
         order->reason_text[0] ? ": " : "", order->reason_text);
}

void bracket_lapses(struct kernel *k, const struct order_state *order)
{
    if (order->terms.links.parent)
        note(
            k, NOTE_UNGUARDED,
            "order %llu, the %s of order %llu, ends with the contracts as they were: what they became is not closed by itself",
            (unsigned long long)order->id, exit_name(order),
            (unsigned long long)order->terms.links.parent);
}
