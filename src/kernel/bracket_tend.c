/*
 * Exits follow what is held: a close by hand, an assignment, a bust or another fill may have left
 * less than they stand for, and they would open. Each is told once; one that a venue leaves as
 * large as it was is called back a second later.
 */
#include "kernel/kernel_int.h"

#include <stdlib.h>

#include "base/zone.h"

static bool is_at_work(const struct order_state *order)
{
    return order->terms.links.kind == GROUP_BRACKET && order->terms.links.parent &&
           order_status_is_sent(order->phase);
}

/* Contracts of a leg told of a package that is not whole yet: the trade has them no more, the order
 * still counts them. */
static int64_t begun(const struct order_state *exit, int leg)
{
    return exit->filled_leg[leg] -
           (exit->filled - exit->filled_package) * llabs(exit->terms.legs[leg].ratio);
}

/* Contracts of the same kind and side as a leg that an exit will still take. */
static int64_t takes(const struct kernel *k, const struct order_state *exit,
                     const struct package_leg *leg)
{
    int64_t sum = 0;
    for (int i = 0; i < exit->terms.leg_count; i++) {
        const struct package_leg *own = &exit->terms.legs[i];
        bool same = own->is_stock == leg->is_stock &&
                    (leg->is_stock || contract_compare(&own->contract, &leg->contract) == 0);
        if (same && (own->ratio > 0) == (leg->ratio > 0))
            sum += order_set_group_left(k->orders, exit) * llabs(own->ratio) - begun(exit, i);
    }
    return sum;
}

/* Of a target and a stop the one that takes more; the first of both that work asks for both. */
static int64_t group_takes(const struct kernel *k, const struct order_state *exit,
                           const struct package_leg *leg)
{
    int64_t most = takes(k, exit, leg);
    for (const struct order_state *o = order_set_group_next(k->orders, exit); o != exit;
         o = order_set_group_next(k->orders, o)) {
        if (!is_at_work(o))
            continue;
        if (o->id < exit->id)
            return 0;
        int64_t its = takes(k, o, leg);
        most = its > most ? its : most;
    }
    return most;
}

/* Packages that an exit may stand for: what its trade holds of each leg, less what the exits of
 * earlier orders will take. */
static int64_t packages_left(const struct kernel *k, const struct trade *trade,
                             const struct order_state *exit)
{
    int64_t least = INT64_MAX;
    for (int i = 0; i < exit->terms.leg_count; i++) {
        const struct package_leg *leg = &exit->terms.legs[i];
        int64_t held = trade_held(trade, leg);
        held = (held > 0) == (leg->ratio > 0) ? 0 : llabs(held);
        held += begun(exit, i);
        for (const struct order_state *o = order_set_first_open(k->orders); o;
             o = order_set_next(k->orders, o))
            if (o->terms.trade_id == exit->terms.trade_id &&
                o->terms.links.parent < exit->terms.links.parent && is_at_work(o))
                held -= group_takes(k, o, leg);
        int64_t packages = held <= 0 ? 0 : held / llabs(leg->ratio);
        least = packages < least ? packages : least;
    }
    return least;
}

static void tend(struct kernel *k, const struct trade *trade, const struct order_state *exit)
{
    struct ticket *ticket = order_ticket(k, exit);
    int64_t left = packages_left(k, trade, exit), wanted = exit->filled + left;
    struct order_step step;
    if (left >= order_state_remaining(exit)) {
        ticket->told = 0;
        return;
    }
    bool was_told = ticket->told == wanted || (left <= 0 && ticket->told < 0),
         is_soon = k->now_ns - ticket->stepped_ns < NANOS_PER_SECOND;
    if (was_told && is_soon)
        return;
    bool can_shrink =
        left > 0 && !was_told && order_step_find(exit->phase, ORDER_ASK_REPLACE, &step);
    if (left > 0 && !was_told && !can_shrink)
        return; /* it is on its way: its venue's first word comes back here */
    ticket->told = left > 0 ? wanted : -1;
    ticket->stepped_ns = k->now_ns;
    struct order_edit edit = exit->edit;
    edit.quantity = wanted;
    if (can_shrink && order_replace(k, exit, &edit))
        return;
    if (left > 0)
        bracket_stays(k, exit); /* too large is worse than none */
    order_cancel(k, exit);
}

static void tend_trade(struct kernel *k, const struct trade *trade)
{
    for (const struct order_state *o = order_set_first_open(k->orders), *next; o; o = next) {
        next = order_set_next(k->orders, o);
        if (o->terms.trade_id == trade->id && is_at_work(o) && !o->cancel_asked &&
            !o->replace_asked)
            tend(k, trade, o);
    }
}

void bracket_tend_order(struct kernel *k, uint64_t id)
{
    const struct order_state *order = order_set_find(k->orders, id);
    if (!order)
        return;
    const struct trade *trade = &k->trades[order_ticket(k, order)->trade];
    struct trade gone = { .id = order->terms.trade_id };
    tend_trade(k, trade->id == order->terms.trade_id ? trade : &gone);
}

void bracket_tend_all(struct kernel *k, bool but_told)
{
    for (const struct order_state *o = order_set_first_open(k->orders), *next; o; o = next) {
        next = order_set_next(k->orders, o);
        if (!is_at_work(o) || o->cancel_asked || o->replace_asked ||
            (but_told && !order_ticket(k, o)->told))
            continue;
        const struct trade *trade = &k->trades[order_ticket(k, o)->trade];
        struct trade gone = { .id = o->terms.trade_id };
        tend(k, trade->id == o->terms.trade_id ? trade : &gone, o);
    }
}
