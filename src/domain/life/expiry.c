#include "domain/life/expiry.h"

#include <stdio.h>
#include <string.h>

#include "domain/life/exercise.h"

static enum err no_fit(const struct contract *contract, int64_t exercised)
{
    return err_set(ERR_RANGE, "exercise of %lld contracts of %.8s moves more money than fits",
                   (long long)exercised, contract->root);
}

/* What one contract brings beside whole shares: fixed cash, and the fraction of a share. */
static bool cash_beside(const struct deliverable *deliverable, int64_t price, int64_t *out)
{
    int64_t fraction = 0;
    if (deliverable->fraction_ppm && !money_try_mul(price, deliverable->fraction_ppm, &fraction))
        return false;
    return money_try_add(deliverable->cash, fraction / 1000000, out);
}

enum err exercise_flow_of(struct exercise_flow *out, const struct contract *contract,
                          const struct deliverable *deliverable, int64_t exercised, int64_t price)
{
    int64_t cash;
    if (contract->delivery == DELIVERY_CASH) {
        if (!money_try_mul(contract_intrinsic(contract, price), contract->multiplier, &cash) ||
            !money_try_mul(cash, exercised, &cash))
            return no_fit(contract, exercised);
        *out = (struct exercise_flow){ .cash = cash };
        return ERR_OK;
    }
    struct deliverable standard = deliverable_standard(contract);
    const struct deliverable *d = deliverable ? deliverable : &standard;
    int64_t side = contract->right == OPTION_CALL ? 1 : -1, shares, beside;
    if (!money_try_mul(contract_strike_micros(contract), -(int64_t)contract->multiplier, &cash) ||
        !cash_beside(d, price, &beside) || !money_try_add(cash, beside, &cash) ||
        !money_try_mul(cash, side, &cash) || !money_try_mul(cash, exercised, &cash) ||
        !money_try_mul(exercised, side * d->shares, &shares))
        return no_fit(contract, exercised);
    *out = (struct exercise_flow){ .cash = cash, .shares = shares };
    return ERR_OK;
}

int64_t exercise_payoff(const struct contract *contract, const struct deliverable *deliverable,
                        int64_t price)
{
    if (!deliverable || contract->delivery == DELIVERY_CASH ||
        deliverable_is_standard(contract, deliverable))
        return contract_intrinsic(contract, price);
    int64_t brings, beside, costs, gain;
    if (!money_try_mul(price, deliverable->shares, &brings) ||
        !cash_beside(deliverable, price, &beside) || !money_try_add(brings, beside, &brings) ||
        !money_try_mul(contract_strike_micros(contract), contract->multiplier, &costs) ||
        !money_try_add(brings, -costs, &gain))
        return PRICE_NONE;
    gain = (contract->right == OPTION_CALL ? gain : -gain) / contract->multiplier;
    return gain > 0 ? gain : 0;
}

bool exercise_delivers(const struct contract *contract, const struct deliverable *deliverable,
                       int64_t price)
{
    int64_t payoff = exercise_payoff(contract, deliverable, price);
    return payoff != PRICE_NONE && payoff >= EXERCISE_THRESHOLD;
}

enum err exercise_flow_at(struct exercise_flow *out, const struct expiring *lines, size_t count,
                          int64_t price)
{
    struct exercise_flow sum = { 0 };
    for (size_t i = 0; i < count; i++) {
        const struct expiring *line = &lines[i];
        if (!exercise_delivers(&line->contract, &line->deliverable, price))
            continue;
        struct exercise_flow flow;
        enum err err =
            exercise_flow_of(&flow, &line->contract, &line->deliverable, line->quantity, price);
        if (err)
            return err;
        if (!money_try_add(sum.cash, flow.cash, &sum.cash) ||
            !money_try_add(sum.shares, flow.shares, &sum.shares))
            return no_fit(&line->contract, line->quantity);
    }
    *out = sum;
    return ERR_OK;
}

/* SEC Rule 15c6-1: from when on a trade in shares settles after how many business days. */
static const struct {
    int32_t from, days;
} stock_cycles[] = { { 20240528, 1 }, { 20170905, 2 }, { 19950607, 3 } };

int32_t settlement_stock_day(const struct calendar *cal, int32_t day)
{
    for (size_t i = 0; i < ARRAY_COUNT(stock_cycles); i++)
        if (day >= stock_cycles[i].from)
            return calendar_add(cal, day, stock_cycles[i].days);
    return 0;
}

static void describe_value(char out[SETTLEMENT_VALUE_BYTES], const struct contract *contract)
{
    static const struct {
        const char *underlying, *ticker;
    } openings[] = { { "SPX", "SET" }, { "VIX", "VRO" } };
    char underlying[CONTRACT_ROOT_BYTES];
    product_underlying(
        underlying, (struct str){ contract->root, strnlen(contract->root, CONTRACT_ROOT_BYTES) });
    if (contract->settle == SETTLE_AM) {
        snprintf(out, SETTLEMENT_VALUE_BYTES, "SOQ of %.8s", underlying);
        for (size_t i = 0; i < ARRAY_COUNT(openings); i++)
            if (strcmp(underlying, openings[i].underlying) == 0)
                snprintf(out, SETTLEMENT_VALUE_BYTES, "SOQ (%s)", openings[i].ticker);
    } else {
        snprintf(out, SETTLEMENT_VALUE_BYTES, "%s%.8s close",
                 contract->delivery == DELIVERY_CASH ? "official " : "", underlying);
    }
}

enum err settlement_of(struct settlement *out, const struct contract *contract,
                       const struct calendar *cal)
{
    struct settlement s = { .time = (enum settle_time)contract->settle,
                            .style = (enum option_style)contract->style,
                            .delivery = (enum delivery)contract->delivery };
    enum err err = contract_settle_day(contract, cal, &s.settle_day);
    if (!err)
        err = contract_settle_ts(contract, cal, &s.settle_ts);
    if (!err)
        err = contract_last_trade_ts(contract, cal, &s.last_trade_ts);
    if (err)
        return err;
    s.deliver_day = contract->delivery == DELIVERY_CASH ? calendar_next(cal, s.settle_day)
                                                        : settlement_stock_day(cal, s.settle_day);
    if (!s.deliver_day)
        return err_set(ERR_RANGE,
                       "the day after %d, on which %.8s is delivered, is not in the calendar",
                       s.settle_day, contract->root);
    describe_value(s.value, contract);
    *out = s;
    return ERR_OK;
}
