#include "domain/life/exercise.h"

#include <math.h>

#include "base/attr.h"
#include "domain/pricing/american.h"
#include "domain/pricing/portable.h"

bool exercise_is_due(const struct contract *contract, int64_t price,
                     enum exercise_instruction instruction)
{
    bool in_the_money = contract_intrinsic(contract, price) >= EXERCISE_THRESHOLD;
    if (contract->delivery == DELIVERY_CASH || instruction == EXERCISE_BY_EXCEPTION)
        return in_the_money;
    return instruction == EXERCISE_ANYWAY;
}

enum exercise_instruction exercise_instruct(const struct contract *contract, int64_t close,
                                            int64_t late, int64_t cost)
{
    if (late == PRICE_NONE || contract->delivery == DELIVERY_CASH)
        return EXERCISE_BY_EXCEPTION;
    bool pays = contract_intrinsic(contract, late) > cost;
    if (pays == exercise_is_due(contract, close, EXERCISE_BY_EXCEPTION))
        return EXERCISE_BY_EXCEPTION;
    return pays ? EXERCISE_ANYWAY : EXERCISE_NOT;
}

double exercise_dividend_gain(double dividend, double extrinsic)
{
    return dividend - extrinsic;
}

double exercise_interest(double strike, double rate, double years)
{
    return -strike * portable_expm1(-rate * years);
}

double exercise_interest_gain(double strike, double rate, double years, double extrinsic)
{
    return exercise_interest(strike, rate, years) - extrinsic;
}

/* What the option is worth to one who does not exercise now: NaN when it cannot be priced. */
static double hold_value(const struct exercise_view *view, double strike, int8_t sign)
{
    double spot = view->spot - view->dividend_next;
    if (spot <= 0)
        return sign == OPTION_SIGN_CALL ? 0 : strike; /* the dividend takes all there is */
    const struct american_expiry expiry = { .spot = spot,
                                            .years = view->years,
                                            .rate = view->rate,
                                            .yield = view->yield,
                                            .dividend_count = view->dividend_count,
                                            .dividend_years = view->dividend_years,
                                            .dividend_dollars = view->dividend_dollars };
    double price = NAN;
    uint8_t status = PRICING_BAD_INPUT;
    const struct pricing_greeks out = { .price = &price, .status = &status };
    american_chain(&expiry, 1, &strike, &sign, &view->sigma, &out);
    return status == PRICING_OK || status == PRICING_NO_VOLATILITY ? price : NAN;
}

/* By a model of the whole future: exercise is worth no less than holding on. */
static bool decide_by_boundary(struct exercise_decision *d, const struct exercise_view *view,
                               double strike, int8_t sign)
{
    if (isnan(view->sigma) || isnan(view->rate))
        return false;
    double hold = hold_value(view, strike, sign);
    if (isnan(hold))
        return false;
    d->basis = EXERCISE_BASIS_BOUNDARY;
    d->hold = hold;
    d->gain = d->payoff - hold - view->cost;
    /* Holding is never worth less than exercise at once. So without a dividend in the night
     * equality says that exercise is due, and a cost is compared with nothing: it is paid sooner or
     * later. */
    d->is_due = view->dividend_next > 0 ? d->gain > 0 : hold <= d->payoff;
    return true;
}

static void decide_by_rule(struct exercise_decision *d, const struct exercise_view *view,
                           double strike, int8_t sign)
{
    if (isnan(view->extrinsic))
        return;
    if (sign == OPTION_SIGN_CALL && view->dividend_next > 0) {
        d->basis = EXERCISE_BASIS_DIVIDEND;
        d->gain = exercise_dividend_gain(view->dividend_next, view->extrinsic) - view->cost;
    } else if (sign == OPTION_SIGN_PUT && !(view->dividend_next > 0) && !isnan(view->rate)) {
        /* Dividends still to come are the put holder's: he gives them up by exercising. */
        double later = 0;
        for (size_t i = 0; i < view->dividend_count; i++)
            if (view->dividend_years[i] > 0 && view->dividend_years[i] < view->years)
                later += view->dividend_dollars[i];
        d->basis = EXERCISE_BASIS_INTEREST;
        d->gain = exercise_interest_gain(strike, view->rate, view->years, view->extrinsic) - later -
                  view->cost;
    }
    d->is_due = d->gain > 0;
}

struct exercise_decision exercise_decide(const struct contract *contract,
                                         const struct exercise_view *view)
{
    MUST(view->dividend_count <= EXERCISE_DIVIDENDS_MAX);
    struct exercise_decision d = { .hold = NAN, .gain = NAN };
    double strike = money_to_dollars(contract_strike_micros(contract));
    int8_t sign = contract->right == OPTION_CALL ? OPTION_SIGN_CALL : OPTION_SIGN_PUT;
    d.payoff = sign * (view->spot - strike);
    bool can = contract->style == STYLE_AMERICAN && view->years > 0 && view->spot > 0;
    if (!can || !(d.payoff > view->cost)) {
        d.payoff = d.payoff > 0 ? d.payoff : 0;
        return d;
    }
    if (!decide_by_boundary(&d, view, strike, sign))
        decide_by_rule(&d, view, strike, sign);
    return d;
}

const char *exercise_basis_name(enum exercise_basis basis)
{
    static const char *const names[] = { "none", "boundary", "dividend", "interest" };
    MUST((unsigned)basis < ARRAY_COUNT(names));
    return names[basis];
}
