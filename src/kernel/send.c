#include "kernel/kernel_int.h"

#include <stdio.h>
#include <string.h>

struct working_order *order_begin(struct kernel *k, uint32_t trade, enum order_purpose purpose)
{
    for (uint32_t i = 0; i < k->config.limits.orders; i++) {
        struct working_order *working = &k->orders[i];
        if (working->in_use)
            continue;
        *working = (struct working_order){ .trade = trade, .roll_to = UINT32_MAX, .in_use = true };
        working->order = (struct order){ .id = ++k->next_order_id,
                                         .trade_id = k->trades[trade].id,
                                         .ts_ns = k->now_ns,
                                         .day = k->book.day,
                                         .purpose = purpose };
        memcpy(working->order.underlying, k->strategy->underlying,
               sizeof working->order.underlying);
        return working;
    }
    note(k, NOTE_NO_ROOM, "all %u places for working orders are taken; one waits for the next snapshot",
         k->config.limits.orders);
    return NULL;
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
    const struct book *book = &k->book;
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
    if (!to)
        return false;
    *to = (struct order_leg){ .is_stock = true,
                              .ratio = ratio,
                              .bid = k->book.underlying_bid,
                              .ask = k->book.underlying_ask,
                              .bid_size = SIZE_NONE,
                              .ask_size = SIZE_NONE };
    if (to->bid == PRICE_NONE || to->ask == PRICE_NONE) {
        to->bid = to->ask = k->book.underlying;
        if (to->bid != PRICE_NONE)
            note(k, NOTE_STOCK_NO_QUOTE, "%s stock was traded at its last price, as no bid and ask is stored",
                 k->strategy->underlying);
    }
    return true;
}

void order_drop(struct working_order *working)
{
    working->in_use = false;
}

bool order_send(struct kernel *k, struct working_order *working, int64_t units, int64_t max_loss)
{
    working->order.units = units;
    const char *refusal = gates_check(k, &working->order, max_loss);
    struct effect *effect = effect_add(k, refusal ? EFFECT_ORDER : EFFECT_SUBMIT);
    effect->of.order.order = working->order;
    if (refusal) {
        struct event_answer *answer = &effect->of.order.answer;
        answer->order_id = working->order.id;
        answer->status = ANSWER_REJECTED;
        snprintf(answer->reason, sizeof answer->reason, "%s", refusal);
        note(k, NOTE_GATE, "refused by a gate: %s", refusal);
        order_drop(working);
        return false;
    }
    k->trades[working->trade].working++;
    return true;
}
