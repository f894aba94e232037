#include "kernel/ports/ports.h"

#include <string.h>

const char *event_kind_name(enum event_kind kind)
{
    static const char *const names[] = {
#define EVENT(id, name, priority, text) name,
#include "kernel/ports/events.def"
#undef EVENT
    };
    MUST((unsigned)kind < EVENT_KIND_COUNT);
    return names[kind];
}

int event_priority(enum event_kind kind)
{
    static const int priorities[] = {
#define EVENT(id, name, priority, text) priority,
#include "kernel/ports/events.def"
#undef EVENT
    };
    MUST((unsigned)kind < EVENT_KIND_COUNT);
    return priorities[kind];
}

const char *order_purpose_name(enum order_purpose purpose)
{
    static const char *const names[] = { "open", "close", "roll", "hedge", "stock" };
    MUST((unsigned)purpose < ARRAY_COUNT(names));
    return names[purpose];
}

void order_number(char out[ORDER_NUMBER_BYTES], uint64_t id)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    memset(out, '0', ORDER_NUMBER_BYTES - 1);
    out[ORDER_NUMBER_BYTES - 1] = '\0';
    memcpy(out, "if", 2);
    for (int at = ORDER_NUMBER_BYTES - 2; id && at >= 2; at--, id /= 36)
        out[at] = digits[id % 36];
}

/* A share of stock counts 1/multiplier of a contract, so that a covered call nets per share. */
static int64_t per_share(const struct order *order, const struct order_leg *leg, int64_t price)
{
    int64_t multiplier = 100;
    for (int i = 0; i < order->leg_count; i++)
        if (!order->legs[i].is_stock)
            multiplier = order->legs[i].contract.multiplier;
    int64_t value = money_mul(price, leg->ratio);
    return leg->is_stock && order->leg_count > 1 ? value / multiplier
           : leg->is_stock                       ? price * (leg->ratio > 0 ? 1 : -1)
                                                 : value;
}

int64_t order_net(const struct order *order, const struct fill_leg *legs)
{
    int64_t net = 0;
    for (int i = 0; i < order->leg_count; i++)
        net = money_add(net, per_share(order, &order->legs[i], legs[i].price));
    return net;
}

int64_t order_net_mid(const struct order *order)
{
    struct fill_leg mids[ORDER_LEGS_MAX];
    for (int i = 0; i < order->leg_count; i++) {
        mids[i].price = quote_mid(order->legs[i].bid, order->legs[i].ask);
        if (mids[i].price == PRICE_NONE)
            return PRICE_NONE;
    }
    return order_net(order, mids);
}
