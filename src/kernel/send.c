#include "kernel/kernel_int.h"

#include <stdio.h>
#include <string.h>

void orders_open(struct kernel *k, struct arena *arena)
{
    uint32_t n = k->config.limits.orders;
    k->orders = arena_array(arena, struct working_order, n);
    k->free_orders = arena_array(arena, uint32_t, n);
    k->done_orders = arena_array(arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        k->free_orders[i] = n - 1 - i;
    k->free_order_count = n;
}

void orders_reap(struct kernel *k)
{
    for (uint32_t i = 0; i < k->done_order_count; i++)
        k->free_orders[k->free_order_count++] = k->done_orders[i];
    k->done_order_count = 0;
}

struct working_order *order_begin(struct kernel *k, uint32_t slot, enum order_purpose purpose)
{
    if (!k->free_order_count) {
        note(k, NOTE_NO_ROOM, "all %u places for working orders are taken; one waits for the next snapshot",
             k->config.limits.orders);
        return NULL;
    }
    uint32_t at = k->free_orders[--k->free_order_count];
    const struct trade *trade = &k->trades[slot];
    const struct market *market = trade_market(k, trade);
    struct working_order *working = &k->orders[at];
    *working = (struct working_order){ .trade = slot,
                                       .market = (uint32_t)(market - k->markets),
                                       .roll_to = NONE,
                                       .in_use = true };
    working->order = (struct order){ .id = ++k->next_order_id,
                                     .trade_id = trade->id,
                                     .ts_ns = k->now_ns,
                                     .day = market->book.day,
                                     .purpose = purpose };
    memcpy(working->order.underlying, market->symbol, sizeof working->order.underlying);
    if (at >= k->order_high)
        k->order_high = at + 1;
    return working;
}

void order_drop(struct kernel *k, struct working_order *working)
{
    MUST(working->in_use);
    working->in_use = false;
    k->free_orders[k->free_order_count++] = (uint32_t)(working - k->orders);
}

void order_done(struct kernel *k, struct working_order *working)
{
    MUST(working->in_use);
    working->in_use = false;
    k->done_orders[k->done_order_count++] = (uint32_t)(working - k->orders);
}

static struct order_leg *next_leg(struct working_order *working, int8_t leg)
{
    struct order *order = &working->order;
    if (order->leg_count == ORDER_LEGS_MAX)
        return NULL;
    working->leg_of[order->leg_count] = leg;
    return &order->legs[order->leg_count++];
}

bool order_add_option(struct kernel *k, struct working_order *working, uint32_t id, int64_t ratio,
                      int8_t leg, bool closes)
{
    struct order_leg *to = next_leg(working, leg);
    if (!to || id == OPTION_NONE)
        return false;
    const struct book *book = &k->markets[working->market].book;
    uint32_t row = book->row_of[id];
    int side = book_side(&book->contracts[id]);
    *to = (struct order_leg){ .closes = closes,
                              .contract = book->contracts[id],
                              .ratio = ratio,
                              .bid = book->bid[side][row],
                              .ask = book->ask[side][row],
                              .bid_size = book->bid_size[side][row],
                              .ask_size = book->ask_size[side][row] };
    return true;
}

bool order_add_stock(struct kernel *k, struct working_order *working, int64_t ratio, int8_t leg)
{
    struct order_leg *to = next_leg(working, leg);
    const struct market *market = &k->markets[working->market];
    const struct book *book = &market->book;
    if (!to)
        return false;
    *to = (struct order_leg){ .is_stock = true,
                              .ratio = ratio,
                              .bid = book->underlying_bid,
                              .ask = book->underlying_ask,
                              .bid_size = SIZE_NONE,
                              .ask_size = SIZE_NONE };
    if (to->bid == PRICE_NONE || to->ask == PRICE_NONE) {
        to->bid = to->ask = book->underlying;
        if (to->bid != PRICE_NONE)
            note(k, NOTE_STOCK_NO_QUOTE, "%s stock was traded at its last price, as no bid and ask is stored",
                 market->symbol);
    }
    return true;
}

bool order_send(struct kernel *k, struct working_order *working, int64_t units, int64_t max_loss)
{
    working->order.units = units;
    const char *refusal = gates_check(k, working, max_loss);
    struct effect *effect = effect_add(k, refusal ? EFFECT_ORDER : EFFECT_SUBMIT);
    effect->of.order.order = &working->order;
    if (refusal) {
        struct event_answer *answer = &working->refusal;
        answer->order_id = working->order.id;
        answer->status = ANSWER_REJECTED;
        snprintf(answer->reason, sizeof answer->reason, "%s", refusal);
        effect->of.order.answer = answer;
        note(k, NOTE_GATE, "refused by a gate: %s", refusal);
        order_done(k, working);
        return false;
    }
    k->trades[working->trade].working++;
    return true;
}
