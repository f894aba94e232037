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

/* What a leg is worth at most, at its strike or its quote. */
static double leg_value(const struct order_leg *leg, int64_t units)
{
    int64_t each = leg->is_stock ? 0 : contract_strike_micros(&leg->contract);
    each = leg->bid > each ? leg->bid : each;
    each = leg->ask > each ? leg->ask : each;
    double count = fabs((double)leg->ratio) * (double)units;
    return (double)each * count * (leg->is_stock ? 1.0 : leg->contract.multiplier);
}

/* What is held, at strikes and stock at its mark. */
static double held_value(const struct kernel *k)
{
    double sum = 0;
    for (uint32_t i = 0; i < k->trade_high; i++) {
        const struct trade *trade = &k->trades[i];
        for (int j = 0; trade->state != TRADE_FREE && j < trade->leg_count; j++) {
            const struct trade_leg *leg = &trade->legs[j];
            int64_t each = leg->is_stock ? leg->mark : contract_strike_micros(&leg->contract);
            if (leg->quantity && each != PRICE_NONE)
                sum += fabs((double)leg->quantity) * (double)leg_multiplier(leg) * (double)each;
        }
    }
    return sum;
}

/* Money is counted in 64 bits: orders end well before it does. Closing may go further than opening. */
static const char *is_countable(const struct kernel *k, const struct order *order)
{
    static const double LEG_MAX = 1e16, ALL_MAX = 1e18, CLOSE_MAX = 2e18;
    double sum = 0;
    for (int i = 0; i < order->leg_count; i++) {
        double value = leg_value(&order->legs[i], order->units);
        if (value > (reduces(order) ? CLOSE_MAX : LEG_MAX))
            return "a leg is worth more than 10 billion dollars";
        sum += value;
    }
    if (!reduces(order) && sum + held_value(k) > ALL_MAX)
        return "all that is held would be worth more than 1,000 billion dollars";
    return NULL;
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

static const char *is_safe(const struct kernel *k, const struct working_order *working, int64_t max_loss)
{
    const struct order *order = &working->order;
    const char *insane = is_sane(order);
    if (!insane)
        insane = is_countable(k, order);
    if (insane || reduces(order))
        return insane;
    if (k->halted)
        return "trading is halted";
    const struct strategy *s = trade_host(k, &k->trades[working->trade])->strategy;
    const struct book *book = &k->markets[working->market].book;
    bool is_index = book->contract_count && book->contracts[0].delivery == DELIVERY_CASH;
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

const char *gates_check(struct kernel *k, const struct working_order *working, int64_t max_loss)
{
    const char *refusal = may_you(k);
    if (!refusal)
        refusal = is_safe(k, working, max_loss);
    if (!refusal)
        refusal = who_signs(k, &working->order, max_loss);
    return refusal;
}
