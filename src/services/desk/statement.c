#include "services/desk/statement.h"

#include <stdio.h>
#include <string.h>

static size_t count_orders(const struct order_set *set, const struct order_state *first,
                           size_t *fills)
{
    size_t count = 0;
    for (const struct order_state *o = first; o; o = order_set_next(set, o), count++)
        *fills += o->fill_count;
    return count;
}

static void add_positions(struct statement *out, struct arena *arena, const struct kernel *kernel)
{
    size_t slots, legs = 0;
    const struct trade *trades = kernel_trades(kernel, &slots);
    for (size_t i = 0; i < slots; i++)
        legs += trades[i].state == TRADE_FREE ? 0 : (size_t)trades[i].leg_count;
    struct statement_position *positions = arena_array(arena, struct statement_position, legs);
    for (size_t i = 0; i < slots; i++) {
        for (int k = 0; trades[i].state != TRADE_FREE && k < trades[i].leg_count; k++) {
            const struct trade_leg *leg = &trades[i].legs[k];
            if (!leg->quantity)
                continue;
            struct statement_position *p = &positions[out->position_count++];
            *p = (struct statement_position){ .is_stock = leg->is_stock,
                                              .contract = leg->contract,
                                              .quantity = leg->quantity,
                                              .trade_id = trades[i].id };
            snprintf(p->underlying, sizeof p->underlying, "%s",
                     kernel_underlying(kernel, &trades[i]));
        }
    }
    out->positions = positions;
}

static void add_fills(struct statement *out, struct statement_fill *fills,
                      const struct order_set *set, const struct order_state *order)
{
    for (const struct order_fill *f = order_set_first_fill(set, order); f;
         f = order_set_next_fill(set, f)) {
        struct statement_fill *to = &fills[out->fill_count++];
        *to = (struct statement_fill){ .exec = f->exec, .order_id = order->id, .price = f->price };
        memcpy(to->underlying, order->terms.underlying, sizeof to->underlying);
        if (f->leg < 0)
            continue;
        const struct package_leg *leg = &order->terms.legs[f->leg];
        to->is_stock = leg->is_stock;
        to->contract = leg->contract;
        to->quantity = leg->ratio > 0 ? f->quantity : -f->quantity;
    }
}

static void add_orders(struct statement *out, struct arena *arena, const struct order_set *set)
{
    size_t fills = 0;
    size_t open = count_orders(set, order_set_first_open(set), &fills);
    count_orders(set, order_set_first_done(set), &fills);
    struct statement_order *orders = arena_array(arena, struct statement_order, open);
    struct statement_fill *told = arena_array(arena, struct statement_fill, fills);
    for (const struct order_state *o = order_set_first_open(set); o; o = order_set_next(set, o)) {
        add_fills(out, told, set, o);
        if (!order_status_is_sent(o->phase))
            continue; /* waits here for a signature or its time: the broker has not seen it */
        struct statement_order *to = &orders[out->order_count++];
        *to = (struct statement_order){ .order_id = o->id,
                                        .quantity = o->edit.quantity,
                                        .filled = o->filled,
                                        .net_price = o->edit.net_price };
        memcpy(to->broker_id, o->broker_id, sizeof to->broker_id);
    }
    for (const struct order_state *o = order_set_first_done(set); o; o = order_set_next(set, o))
        add_fills(out, told, set, o);
    out->orders = orders;
    out->fills = told;
}

void statement_of_kernel(struct statement *out, struct arena *arena, struct kernel *kernel,
                         int32_t day)
{
    struct account account;
    kernel_account(kernel, &account);
    *out = (struct statement){ .day = day, .cash = account.cash };
    add_positions(out, arena, kernel);
    add_orders(out, arena, kernel_orders(kernel));
}

/* The leg of an order that an execution was of; -1: none. */
static int leg_of(const struct order_terms *terms, const struct statement_fill *fill)
{
    for (int i = 0; i < terms->leg_count; i++) {
        const struct package_leg *leg = &terms->legs[i];
        bool same = leg->is_stock
                        ? fill->is_stock
                        : !fill->is_stock && contract_compare(&leg->contract, &fill->contract) == 0;
        if (same && (leg->ratio > 0) == (fill->quantity > 0))
            return i;
    }
    return -1;
}

bool report_of_difference(struct order_report *out, const struct kernel *kernel,
                          const struct difference *diff, int64_t ts_ns)
{
    *out = (struct order_report){ .ts_ns = ts_ns };
    if (diff->kind == DIFF_ORDER_GONE) {
        out->what = ORDER_SAID_NOT_FOUND;
        out->order_id = diff->order->order_id;
        return true;
    }
    if (diff->kind != DIFF_FILL_MISSED)
        return false;
    const struct order_state *order = order_set_find(kernel_orders(kernel), diff->fill->order_id);
    int leg = order ? leg_of(&order->terms, diff->fill) : -1;
    if (leg < 0)
        return false;
    out->what = ORDER_SAID_FILL;
    out->order_id = order->id;
    out->fill_count = 1;
    int64_t quantity = diff->fill->quantity;
    out->fills[0] = (struct report_fill){ .exec = diff->fill->exec,
                                          .leg = leg,
                                          .quantity = quantity < 0 ? -quantity : quantity,
                                          .price = diff->fill->price,
                                          .costs = diff->fill->costs };
    return true;
}
