/* Sums of exposure. Integers, so that taking away undoes adding, to the bit. */
#include <math.h>
#include <string.h>

#include "domain/risk/risk.h"
#include "domain/risk/risk_int.h"

/* A thousand million dollars, or index shares, of one contract: beyond is nonsense, not exposure.
 */
#define UNIT_MAX 1e15

static bool to_unit(double value, int64_t *out)
{
    if (!(fabs(value) <= UNIT_MAX))
        return false;
    *out = (int64_t)llround(value);
    return true;
}

int risk_index_scale(const char *symbol)
{
    static const struct {
        const char *symbol;
        int scale;
    } rows[] = { { "SPX", 1 }, { "XSP", 10 }, { "SPY", 10 } };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (strcmp(symbol, rows[i].symbol) == 0)
            return rows[i].scale;
    return 0;
}

double risk_usual_beta(const char *symbol)
{
    return strcmp(symbol, "VIX") == 0 ? (-2.990 + -4.493) / 2 : 1;
}

bool risk_vector_greeks(struct risk_vector *out, const struct risk_greeks *g)
{
    double share = g->beta * g->spot / g->index_spot;
    double delta = g->multiplier * g->delta * share;
    double gamma = g->multiplier * g->gamma * share * share;
    int64_t at[RISK_MEASURE_COUNT];
    bool is_known =
        g->spot > 0.0 && g->index_spot > 0.0 && to_unit(delta * 1e6, &at[MEASURE_DELTA_SHARES]) &&
        to_unit(delta * g->index_spot * 1e6, &at[MEASURE_DELTA_MICROS]) &&
        to_unit(gamma * 1e6, &at[MEASURE_GAMMA_SHARES]) &&
        to_unit(gamma * g->index_spot * g->index_spot * 1e4, &at[MEASURE_GAMMA_MICROS]) &&
        to_unit(g->multiplier * g->vega * 1e4, &at[MEASURE_VEGA_MICROS]) &&
        to_unit(g->multiplier * g->theta / 365.0 * 1e6, &at[MEASURE_THETA_MICROS]);
    if (is_known)
        memcpy(out->at, at, sizeof at);
    return is_known;
}

bool risk_add_product(int64_t *sum, int64_t each, int64_t count)
{
    int64_t product;
    return !__builtin_mul_overflow(each, count, &product) &&
           !__builtin_add_overflow(*sum, product, sum);
}

void risk_account_hold(struct risk_account *account, const struct risk_vector *each,
                       int64_t quantity)
{
    bool fits = true;
    for (size_t i = 0; i < RISK_VECTOR_MAX; i++)
        fits &= risk_add_product(&account->held.at[i], each->at[i], quantity);
    account->is_overflow |= !fits;
}

void risk_account_hold_unpriced(struct risk_account *account, bool was_flat, bool is_flat)
{
    if (was_flat && !is_flat)
        account->unpriced++;
    if (!was_flat && is_flat) {
        MUST(account->unpriced > 0);
        account->unpriced--;
    }
}

void risk_account_work(struct risk_account *account, const struct risk_range *range, int sign)
{
    MUST(sign == 1 || sign == -1);
    struct risk_range *working = &account->working;
    bool fits = !range->is_overflow;
    for (size_t i = 0; i < RISK_VECTOR_MAX; i++) {
        fits &= risk_add_product(&working->up.at[i], range->up.at[i], sign);
        fits &= risk_add_product(&working->down.at[i], range->down.at[i], sign);
    }
    MUST(sign > 0 || working->unpriced >= range->unpriced);
    working->unpriced += sign > 0 ? range->unpriced : -range->unpriced;
    account->is_overflow |= !fits;
}

void risk_account_build(struct risk_account *account, size_t position_count,
                        const struct risk_position *positions, size_t working_count,
                        const struct risk_range *working)
{
    memset(&account->held, 0, sizeof account->held);
    memset(&account->working, 0, sizeof account->working);
    account->unpriced = 0;
    account->is_overflow = false;
    for (size_t i = 0; i < position_count; i++)
        if (positions[i].each)
            risk_account_hold(account, positions[i].each, positions[i].quantity);
        else
            risk_account_hold_unpriced(account, true, positions[i].quantity == 0);
    for (size_t i = 0; i < working_count; i++)
        risk_account_work(account, &working[i], 1);
}

int64_t risk_day_profit(const struct risk_account *account)
{
    int64_t profit;
    if (account->equity == PRICE_NONE || account->equity_start == PRICE_NONE ||
        __builtin_sub_overflow(account->equity, account->equity_start, &profit) ||
        __builtin_sub_overflow(profit, account->flows, &profit))
        return PRICE_NONE;
    return profit;
}

/* Per cents are of the lesser of now and the morning: a gain of the day is not yet to be staked. */
int64_t risk_equity(const struct risk_account *account)
{
    if (account->equity == PRICE_NONE || account->equity_start == PRICE_NONE)
        return PRICE_NONE;
    return account->equity < account->equity_start ? account->equity : account->equity_start;
}

int64_t risk_limit_bound(const struct risk_account *account, const struct risk_limits *limits,
                         enum risk_limit limit)
{
    int64_t value = limits->at[limit];
    if (value == RISK_OFF || risk_limit_row(limit)->unit != RISK_PPM_EQUITY)
        return value;
    bool is_of_day = risk_limit_row(limit)->level == RISK_LEVEL_EMERGENCY || limit == RISK_DAY_LOSS;
    int64_t equity = is_of_day ? account->equity_start : risk_equity(account);
    if (equity == PRICE_NONE || equity <= 0)
        return 0;
    int64_t product;
    if (!__builtin_mul_overflow(equity, value, &product))
        return product / 1000000; /* a division by a constant, of 64 bits: the gate asks often */
    int128 bound = (int128)equity * value / 1000000;
    return bound < INT64_MAX ? (int64_t)bound : INT64_MAX - 1;
}

/* Of all vectors made here; sums of a few legs of them cannot overflow while counts are small. */
#define SMALL_UNIT (INT64_C(1) << 50)
#define SMALL_COUNT (INT64_C(1) << 9)

static bool is_small(const struct risk_vector *each, int64_t count)
{
    uint64_t beyond = 0;
    for (size_t i = 0; i < RISK_VECTOR_MAX; i++)
        beyond |= ((uint64_t)each->at[i] + (uint64_t)SMALL_UNIT) & ~(uint64_t)(2 * SMALL_UNIT - 1);
    return beyond == 0 && count <= SMALL_COUNT && count >= -SMALL_COUNT;
}

/* A package fills as one: what it comes to is at one end only. */
static bool add_whole(struct risk_range *out, const struct risk_vector *each, int64_t count)
{
    bool fits = true;
    if (is_small(each, count)) {
        for (size_t i = 0; i < RISK_VECTOR_MAX; i++)
            out->up.at[i] += each->at[i] * count;
        return true;
    }
    for (size_t i = 0; i < RISK_VECTOR_MAX; i++)
        fits &= risk_add_product(&out->up.at[i], each->at[i], count);
    return fits;
}

static bool add_leg(struct risk_range *out, const struct risk_vector *each, int64_t count)
{
    bool fits = true;
    for (size_t i = 0; i < RISK_VECTOR_MAX; i++) {
        bool is_up = (each->at[i] > 0) == (count > 0);
        fits &= risk_add_product(is_up ? &out->up.at[i] : &out->down.at[i], each->at[i], count);
    }
    return fits;
}

void risk_order_range(const struct risk_order *order, int64_t open_quantity, struct risk_range *out)
{
    MUST(order->leg_count >= 1);
    MUST(order->leg_count <= RISK_LEGS_MAX);
    MUST(open_quantity >= 0);
    memset(out, 0, sizeof *out);
    bool fits = true;
    for (size_t leg = 0; leg < order->leg_count; leg++) {
        const struct risk_leg *l = &order->legs[leg];
        int64_t count;
        out->unpriced += !l->each;
        if (!l->each || __builtin_mul_overflow(l->ratio, open_quantity, &count)) {
            fits &= !l->each;
            continue;
        }
        fits &= order->is_package ? add_whole(out, l->each, count) : add_leg(out, l->each, count);
    }
    for (size_t i = 0; i < RISK_VECTOR_MAX && order->is_package; i++) {
        int64_t sum = out->up.at[i];
        out->up.at[i] = sum > 0 ? sum : 0;
        out->down.at[i] = sum < 0 ? sum : 0;
    }
    out->is_overflow = !fits;
}

void risk_range_either(struct risk_range *into, const struct risk_range *other)
{
    for (size_t i = 0; i < RISK_VECTOR_MAX; i++) {
        if (other->up.at[i] > into->up.at[i])
            into->up.at[i] = other->up.at[i];
        if (other->down.at[i] < into->down.at[i])
            into->down.at[i] = other->down.at[i];
    }
    if (other->unpriced > into->unpriced)
        into->unpriced = other->unpriced;
    into->is_overflow |= other->is_overflow;
}
