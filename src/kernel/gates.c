/*
 * The three gates every order passes, in this order: may you, is it safe, who signs. There is no other
 * road to a venue: pass_gates() in orders.c is the only place that makes EFFECT_SUBMIT.
 *
 * A refusal says the rule, the number, the limit and what would pass. Orders that only reduce what is held
 * pass limits of size: nobody is locked into a position.
 */
#include "kernel/kernel_int.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool reduces(const struct order_terms *terms)
{
    return terms->flags & ORDER_REDUCES;
}

static bool is_person(const struct kernel *k, const struct order_terms *terms)
{
    return terms->host >= k->host_count || terms->purpose == PURPOSE_MANUAL;
}

static bool refuse(char why[RISK_TEXT_BYTES], const char *format, ...) PRINTF_LIKE(2, 3);
static bool refuse(char why[RISK_TEXT_BYTES], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, RISK_TEXT_BYTES, format, args);
    va_end(args);
    return false;
}

/* ---- may you --------------------------------------------------------------------------------------- */

static bool may_you(const struct kernel *k, char why[RISK_TEXT_BYTES])
{
    return k->config.may_trade || refuse(why, "role: the owner's role may not send orders; a trader's may");
}

/* ---- is it safe ------------------------------------------------------------------------------------ */

/* What a leg is worth at most, at its strike or its quote. */
static double leg_value(const struct package_leg *leg, int64_t packages)
{
    int64_t each = leg->is_stock ? 0 : contract_strike_micros(&leg->contract);
    each = leg->bid > each ? leg->bid : each;
    each = leg->ask > each ? leg->ask : each;
    return (double)each * fabs((double)leg->ratio) * (double)packages * (double)package_leg_multiplier(leg);
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
static bool is_countable(const struct kernel *k, const struct order_terms *terms, char why[RISK_TEXT_BYTES])
{
    static const double LEG_MAX = 1e16, ALL_MAX = 1e18, CLOSE_MAX = 2e18;
    double sum = 0, most = reduces(terms) ? CLOSE_MAX : LEG_MAX;
    for (int i = 0; i < terms->leg_count; i++) {
        double value = leg_value(&terms->legs[i], terms->edit.quantity);
        if (value > most)
            return refuse(why, "leg value: %.3g billion dollars, at most %.3g; %lld packages would pass", value / 1e15,
                          most / 1e15, (long long)((double)terms->edit.quantity * most / value));
        sum += value;
    }
    if (!reduces(terms) && sum > ALL_MAX - held_value(k))
        return refuse(why, "value held: more than 1,000 billion dollars with this order; a smaller one would pass");
    return true;
}

static bool is_sane(const struct order_terms *terms, char why[RISK_TEXT_BYTES])
{
    if (terms->edit.quantity <= 0 || terms->edit.quantity > ORDER_QUANTITY_MAX)
        return refuse(why, "quantity: %lld packages, 1 to %d would pass", (long long)terms->edit.quantity,
                      (int)ORDER_QUANTITY_MAX);
    for (int i = 0; i < terms->leg_count; i++) {
        int64_t quantity;
        if (!money_try_mul(terms->legs[i].ratio, terms->edit.quantity, &quantity) || llabs(quantity) > INT32_MAX)
            return refuse(why, "leg quantity: beyond %d; a smaller order would pass", INT32_MAX);
    }
    return true;
}

static bool state_allows(const struct kernel *k, const struct order_terms *terms, char why[RISK_TEXT_BYTES])
{
    if (k->state == RISK_NORMAL)
        return true;
    if (!reduces(terms))
        return refuse(why, "%s: opens a position, trading is %s; what only reduces would pass",
                      risk_state_name(k->state), risk_state_name(k->state));
    bool is_stopped = k->state == RISK_HALTED || k->state == RISK_KILLED;
    if (is_stopped && !is_person(k, terms))
        return refuse(why, "%s: a strategy's order; a person's that reduces would pass", risk_state_name(k->state));
    return true;
}

/* Quotes that nobody stands behind are good enough to get out on, not to get in. */
static bool feed_allows(const struct kernel *k, const struct order_terms *terms, char why[RISK_TEXT_BYTES])
{
    const struct market *market = &k->markets[terms->underlying_index];
    return !market->is_doubted || reduces(terms) ||
           refuse(why, "feed: quotes of %s are in doubt; what only reduces would pass", market->symbol);
}

/* The limits that the strategy's own file sets. */
static bool strategy_allows(const struct strategy *s, const struct order_terms *terms, int64_t max_loss,
                            char why[RISK_TEXT_BYTES])
{
    for (int i = 0; i < terms->leg_count; i++) {
        const struct package_leg *leg = &terms->legs[i];
        int64_t each = llabs(leg->ratio), quantity = terms->edit.quantity * each;
        if (!leg->is_stock && s->max_contracts && quantity > s->max_contracts)
            return refuse(why, "limits.max_contracts: %lld in one leg, at most %d; %lld packages would pass",
                          (long long)quantity, s->max_contracts, (long long)(s->max_contracts / each));
    }
    if (terms->purpose == PURPOSE_HEDGE || isnan(s->max_loss_dollars))
        return true;
    if (max_loss == INT64_MAX)
        return refuse(why, "limits.max_loss: the worst loss at expiry is unbounded or unknown, at most %.0f dollars",
                      s->max_loss_dollars);
    double loss = (double)max_loss / 1e6;
    if (loss > s->max_loss_dollars)
        return refuse(why, "limits.max_loss: %.2f dollars at expiry, at most %.2f; %lld packages would pass", loss,
                      s->max_loss_dollars, (long long)((double)terms->edit.quantity * s->max_loss_dollars / loss));
    return true;
}

static bool is_safe(const struct kernel *k, const struct order_terms *terms, int64_t max_loss, char why[RISK_TEXT_BYTES])
{
    if (!is_countable(k, terms, why) || !is_sane(terms, why) || !state_allows(k, terms, why) ||
        !feed_allows(k, terms, why))
        return false;
    const struct book *book = &k->markets[terms->underlying_index].book;
    bool is_index = book->contract_count && book->contracts[0].delivery == DELIVERY_CASH;
    for (int i = 0; i < terms->leg_count; i++)
        if (terms->legs[i].is_stock && is_index)
            return refuse(why, "stock: %s is an index, which cannot be bought or sold; its options would pass",
                          terms->underlying);
    const struct strategy *s = k->hosts[terms->host].strategy;
    return reduces(terms) || !s || strategy_allows(s, terms, max_loss, why);
}

/* ---- who signs --------------------------------------------------------------------------------------- */

static bool needs_signature(const struct kernel *k, const struct order_terms *terms, int64_t max_loss,
                            char why[RISK_TEXT_BYTES])
{
    if (reduces(terms) || terms->purpose == PURPOSE_HEDGE || max_loss <= k->config.sign_above)
        return false;
    if (max_loss == INT64_MAX)
        refuse(why, "signature: the worst loss is unbounded; up to %.2f dollars needs none",
               (double)k->config.sign_above / 1e6);
    else
        refuse(why, "signature: the worst loss is %.2f dollars; up to %.2f needs none", (double)max_loss / 1e6,
               (double)k->config.sign_above / 1e6);
    return true;
}

enum gate gates_check(struct kernel *k, const struct order_terms *terms, int64_t max_loss, uint64_t id, bool is_signed,
                      char why[RISK_TEXT_BYTES])
{
    if (!may_you(k, why) || !is_safe(k, terms, max_loss, why) || !guard_allows(k, terms, max_loss, id, why))
        return GATE_REFUSE;
    return !is_signed && needs_signature(k, terms, max_loss, why) ? GATE_SIGN : GATE_PASS;
}
