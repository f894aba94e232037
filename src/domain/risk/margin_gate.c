#include "domain/risk/margin_gate.h"

#include <string.h>

#include "domain/risk/risk_int.h"

static enum err ask(const struct risk_margin *m, const struct margin_order *one, int64_t quantity,
                    struct margin_what_if *out)
{
    struct margin_line legs[RISK_LEGS_MAX];
    struct margin_order order = { .legs = legs, .leg_count = one->leg_count };
    bool fits = money_try_mul(one->debit, quantity, &order.debit) &&
                money_try_mul(one->fees, quantity, &order.fees);
    for (size_t i = 0; i < one->leg_count && fits; i++) {
        legs[i] = one->legs[i];
        fits = money_try_mul(one->legs[i].quantity, quantity, &legs[i].quantity);
    }
    if (!fits)
        return err_set(ERR_RANGE, "margin: an order of %lld packages is too large to count",
                       (long long)quantity);
    return margin_what_if(m->work, m->book, m->terms, m->when, m->working, m->working_count, &order,
                          out);
}

/* What equity must not fall below: needed cash, and what there is beyond cash. */
static bool needed(const struct risk_margin *m, const struct risk_account *account, int64_t worst,
                   int64_t *out)
{
    int64_t beyond;
    return !__builtin_sub_overflow(account->equity, m->cash, &beyond) &&
           !__builtin_add_overflow(worst, beyond, out);
}

/* Beyond the limit an order must not need more than before: than what is proven to be needed, so
 * that it does not pass on a pairing that was not found. Nobody is locked in by that: what reduces
 * is compared with what is asked. */
static bool passes(const struct risk_margin *m, const struct risk_account *account,
                   const struct margin_what_if *what_if, int64_t bound, int64_t *number)
{
    int64_t before;
    if (!needed(m, account, what_if->worst_after, number) ||
        !needed(m, account, m->reduces ? what_if->worst_before : what_if->floor_before, &before))
        return false;
    return *number <= bound || *number <= before;
}

enum err risk_margin_check(const struct risk_margin *m, const struct risk_account *account,
                           const struct risk_limits *limits, const struct margin_order *one,
                           int64_t quantity, struct margin_what_if *what_if,
                           struct risk_verdict *out)
{
    memset(what_if, 0, sizeof *what_if);
    *out = (struct risk_verdict){ .rule = RISK_MARGIN_USE,
                                  .scenario = -1,
                                  .price_max = PRICE_NONE,
                                  .equity = risk_equity(account) };
    if (quantity < 1 || one->leg_count > RISK_LEGS_MAX)
        return err_set(ERR_RANGE, "margin: an order of %lld packages of %zu legs",
                       (long long)quantity, one->leg_count);
    enum err err = ask(m, one, quantity, what_if);
    if (err)
        return err;
    if (out->equity == PRICE_NONE) {
        out->rule = RISK_UNKNOWN;
        out->number = 1;
        return ERR_OK;
    }
    int64_t bound = risk_limit_bound(account, limits, RISK_MARGIN_USE);
    out->limit = bound;
    out->is_allowed = passes(m, account, what_if, bound, &out->number);
    if (out->is_allowed) {
        out->quantity_max = quantity;
        return ERR_OK;
    }
    int64_t good = 0, bad = quantity;
    while (bad - good > 1) {
        struct margin_what_if less;
        int64_t number, middle = good + (bad - good) / 2;
        err = ask(m, one, middle, &less);
        if (err)
            return err;
        if (passes(m, account, &less, bound, &number))
            good = middle;
        else
            bad = middle;
    }
    out->quantity_max = good;
    return ERR_OK;
}
