#include "domain/risk/loss.h"

#include "domain/risk/risk_int.h"

struct legs {
    const struct loss_leg *at;
    size_t count;
};

/* A long lives as long as the last short of its right, or it covers nothing. */
static bool counts(const struct legs *legs, const struct loss_leg *leg)
{
    if (!leg->contract || leg->quantity <= 0)
        return true;
    for (size_t i = 0; i < legs->count; i++) {
        const struct loss_leg *other = &legs->at[i];
        if (other->contract && other->quantity < 0 &&
            other->contract->right == leg->contract->right &&
            other->contract->expiry > leg->contract->expiry)
            return false;
    }
    return true;
}

/* What the package is worth at a price; false when it does not fit. */
static bool value_at(const struct legs *legs, int64_t price, int64_t *out)
{
    int128 sum = 0;
    for (size_t i = 0; i < legs->count; i++) {
        const struct loss_leg *leg = &legs->at[i];
        if (!counts(legs, leg))
            continue;
        int128 each = leg->contract ? (int128)contract_intrinsic(leg->contract, price) *
                                          leg->contract->multiplier
                                    : price;
        sum += each * leg->quantity;
    }
    if (sum > INT64_MAX || sum < -INT64_MAX)
        return false;
    *out = (int64_t)sum;
    return true;
}

/* How the value changes for a dollar above all strikes, in shares. */
static int128 slope_above(const struct legs *legs)
{
    int128 slope = 0;
    for (size_t i = 0; i < legs->count; i++) {
        const struct loss_leg *leg = &legs->at[i];
        if (!counts(legs, leg) || (leg->contract && leg->contract->right == OPTION_PUT))
            continue;
        slope += (int128)leg->quantity * (leg->contract ? leg->contract->multiplier : 1);
    }
    return slope;
}

int64_t loss_at_expiry(const struct loss_leg *legs, size_t leg_count, int64_t debit, int64_t level,
                       int64_t rise_ppm)
{
    struct legs all = { legs, leg_count };
    if (leg_count > LOSS_LEGS_MAX || level <= 0 || debit == PRICE_NONE)
        return PRICE_NONE;
    int128 top128 = (int128)level * rise_ppm / 1000000;
    int64_t top = top128 > INT64_MAX ? INT64_MAX : (int64_t)top128;
    if (rise_ppm == 0 && slope_above(&all) < 0)
        return RISK_OFF;
    int64_t least;
    if (!value_at(&all, 0, &least))
        return PRICE_NONE;
    for (size_t i = 0; i <= leg_count; i++) {
        bool is_top = i == leg_count;
        if (is_top ? rise_ppm == 0 : !legs[i].contract)
            continue;
        int64_t value, price = is_top ? top : contract_strike_micros(legs[i].contract);
        if (!is_top && rise_ppm > 0 && price > top)
            continue;
        if (!value_at(&all, price, &value))
            return PRICE_NONE;
        least = value < least ? value : least;
    }
    int64_t loss;
    if (__builtin_sub_overflow(debit, least, &loss) || loss == RISK_OFF)
        return PRICE_NONE;
    return loss > 0 ? loss : 0;
}
