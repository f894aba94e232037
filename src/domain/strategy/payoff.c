#include "domain/strategy/payoff.h"

#include "domain/types/money.h"

__extension__ typedef __int128 wide; /* quantity x multiplier x price cannot leave it */

static bool is_option(const struct payoff_leg *leg)
{
    return leg->kind != LEG_STOCK;
}

static int64_t strike_micros(const struct payoff_leg *leg)
{
    return (int64_t)leg->strike_mills * MICROS_PER_MILL;
}

/* A long option that is gone before the last short one of its right settles: it covers nothing. */
static bool expires_too_early(const struct payoff_leg *legs, size_t count,
                              const struct payoff_leg *leg)
{
    if (!is_option(leg) || leg->quantity <= 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (legs[i].kind == leg->kind && legs[i].quantity < 0 && legs[i].expiry > leg->expiry)
            return true;
    return false;
}

static wide value_at(const struct payoff_leg *legs, size_t count, int64_t cash, int64_t underlying)
{
    wide sum = cash;
    for (size_t i = 0; i < count; i++) {
        const struct payoff_leg *leg = &legs[i];
        if (expires_too_early(legs, count, leg))
            continue;
        int64_t each = underlying;
        if (leg->kind == LEG_CALL)
            each = underlying > strike_micros(leg) ? underlying - strike_micros(leg) : 0;
        else if (leg->kind == LEG_PUT)
            each = underlying < strike_micros(leg) ? strike_micros(leg) - underlying : 0;
        sum += (wide)leg->quantity * leg->multiplier * each;
    }
    return sum;
}

/* Change of value per micro of the underlying above the highest strike. */
static wide slope_above(const struct payoff_leg *legs, size_t count)
{
    wide slope = 0;
    for (size_t i = 0; i < count; i++)
        if (legs[i].kind != LEG_PUT && !expires_too_early(legs, count, &legs[i]))
            slope += (wide)legs[i].quantity * legs[i].multiplier;
    return slope;
}

static bool fits(wide value)
{
    return value > INT64_MIN && value < INT64_MAX;
}

static enum err check_legs(const struct payoff_leg *legs, size_t count)
{
    if (count > PAYOFF_LEGS_MAX)
        return err_set(ERR_RANGE, "%zu legs are more than the %d that a payoff can hold", count,
                       PAYOFF_LEGS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (legs[i].multiplier <= 0)
            return err_set(ERR_RANGE, "leg %zu: multiplier %d is not above zero", i + 1,
                           legs[i].multiplier);
        if (is_option(&legs[i]) && legs[i].strike_mills <= 0)
            return err_set(ERR_RANGE, "leg %zu: strike %d mills is not above zero", i + 1,
                           legs[i].strike_mills);
    }
    return ERR_OK;
}

enum err payoff_range(struct payoff_range *out, const struct payoff_leg *legs, size_t count,
                      int64_t cash)
{
    enum err err = check_legs(legs, count);
    if (err)
        return err;
    wide worst = value_at(legs, count, cash, 0), best = worst;
    struct payoff_range range = { 0 };
    for (size_t i = 0; i < count; i++) {
        if (!is_option(&legs[i]))
            continue;
        wide value = value_at(legs, count, cash, strike_micros(&legs[i]));
        if (value < worst) {
            worst = value;
            range.worst_at = strike_micros(&legs[i]);
        }
        if (value > best) {
            best = value;
            range.best_at = strike_micros(&legs[i]);
        }
    }
    if (!fits(worst) || !fits(best))
        return err_set(ERR_RANGE, "the payoff of these legs is larger than money can be counted");
    range.worst = (int64_t)worst;
    range.best = (int64_t)best;
    wide slope = slope_above(legs, count);
    if (slope < 0) {
        range.worst_unbounded = true;
        range.worst = INT64_MIN;
        range.worst_at = -1;
    } else if (slope > 0) {
        range.best_unbounded = true;
        range.best = INT64_MAX;
        range.best_at = -1;
    }
    *out = range;
    return ERR_OK;
}

int64_t payoff_max_loss(const struct payoff_leg *legs, size_t count, int64_t cash)
{
    struct payoff_range range;
    if (payoff_range(&range, legs, count, cash) || range.worst_unbounded)
        return INT64_MAX;
    return range.worst < 0 ? -range.worst : 0;
}

bool payoff_at(const struct payoff_leg *legs, size_t count, int64_t cash, int64_t underlying,
               int64_t *out)
{
    wide value = value_at(legs, count, cash, underlying);
    if (!fits(value))
        return false;
    *out = (int64_t)value;
    return true;
}
