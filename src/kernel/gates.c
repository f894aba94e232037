/*
 * The three gates every order passes, in this order: may you, is it safe, who signs. There is no other
 * road to a venue: order_send() is the only caller of EFFECT_SUBMIT.
 *
 * Orders that only reduce what is held pass the safety limits even while trading is halted: a halt
 * must never lock somebody into a position.
 */
#include "kernel/kernel_int.h"

#include <math.h>

static bool reduces(const struct order *order)
{
    return order->purpose == PURPOSE_CLOSE || order->purpose == PURPOSE_STOCK;
}

static const char *may_you(const struct kernel *k)
{
    return k->config.may_trade ? NULL : "the owner's role may not send orders";
}

static const char *is_sane(const struct order *order)
{
    if (order->units <= 0 || order->leg_count <= 0)
        return "the order has no quantity";
    for (int i = 0; i < order->leg_count; i++) {
        int64_t quantity;
        if (order->legs[i].ratio == 0 ||
            !money_try_mul(order->legs[i].ratio, order->units, &quantity) ||
            quantity > INT32_MAX || quantity < -INT32_MAX)
            return "a leg's quantity is zero or beyond 2,147,483,647";
    }
    return NULL;
}

static const char *is_safe(const struct kernel *k, const struct order *order, int64_t max_loss)
{
    const char *insane = is_sane(order);
    if (insane || reduces(order))
        return insane;
    if (k->halted)
        return "trading is halted";
    const struct strategy *s = k->strategy;
    bool is_index = k->book.contract_count && k->book.contracts[0].delivery == DELIVERY_CASH;
    for (int i = 0; i < order->leg_count; i++) {
        const struct order_leg *leg = &order->legs[i];
        int64_t quantity = order->units * (leg->ratio < 0 ? -leg->ratio : leg->ratio);
        if (leg->is_stock && is_index)
            return "an index cannot be bought or sold as stock";
        if (!leg->is_stock && s->max_contracts && quantity > s->max_contracts)
            return "more contracts in one leg than limits.max_contracts allows";
    }
    if (order->purpose == PURPOSE_HEDGE)
        return NULL;
    if (!isnan(s->max_loss_dollars) &&
        (max_loss == INT64_MAX || (double)max_loss > s->max_loss_dollars * 1e6))
        return max_loss == INT64_MAX ? "the worst loss at expiry is unbounded; limits.max_loss is set"
                                     : "the worst loss at expiry is above limits.max_loss";
    return NULL;
}

static const char *who_signs(const struct kernel *k, const struct order *order, int64_t max_loss)
{
    if (reduces(order) || order->purpose == PURPOSE_HEDGE || max_loss <= k->config.sign_above)
        return NULL;
    return "the worst loss needs a second person's signature";
}

const char *gates_check(struct kernel *k, const struct order *order, int64_t max_loss)
{
    const char *refusal = may_you(k);
    if (!refusal)
        refusal = is_safe(k, order, max_loss);
    if (!refusal)
        refusal = who_signs(k, order, max_loss);
    return refusal;
}
