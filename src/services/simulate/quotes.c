#include "services/simulate/quotes.h"

#include <math.h>

#include "base/date.h"
#include "domain/pricing/portable.h"

/* The index level and VIX at which the constants below were fitted. */
static const double FITTED_LEVEL = 2850.0, FITTED_VIX = 15.5;

static double interpolate(const double x[], const double y[], int n, double at)
{
    if (at <= x[0])
        return y[0];
    for (int i = 1; i < n; i++)
        if (at <= x[i])
            return y[i - 1] + (y[i] - y[i - 1]) * (at - x[i - 1]) / (x[i] - x[i - 1]);
    return y[n - 1];
}

double quote_half_spread(const struct quote_mood *mood, double worth, double intrinsic)
{
    /* Points of an index at FITTED_LEVEL, per square root of a point of the price. */
    static const double days[] = { 1, 4, 10, 30, 75, 140, 300 };
    static const double root[] = { 0.070, 0.068, 0.051, 0.058, 0.056, 0.082, 0.100 };
    double scale = mood->level / FITTED_LEVEL, price = worth / scale, inside = intrinsic / scale;
    double points = 0.03 + interpolate(days, root, (int)ARRAY_COUNT(days), mood->days) *
                               sqrt(fmax(0.0, price - inside));
    if (inside > 0)
        points += 1.0 * inside / (inside + 8.0) + 0.006 * inside;
    double stress = mood->stress / FITTED_VIX;
    stress = stress > 1.0 ? stress : 0.7 + 0.3 * stress;
    double rush = 1.0 + 0.6 * mood->opening + (mood->last_minutes ? 0.6 : 0.0);
    return 0.5 * points * scale * mood->spread * stress * rush;
}

static uint32_t lot(struct rng *rng, double usual)
{
    double size = usual * portable_exp(0.8 * rng_normal(rng));
    return (uint32_t)(size < 1.0 ? 1.0 : size > 5000.0 ? 5000.0 : size);
}

struct quote quote_make(const struct quote_mood *mood, const struct product *product, double worth,
                        double intrinsic, struct rng *rng)
{
    struct quote q = QUOTE_EMPTY;
    int64_t tick = product_tick(product, worth > 0.01 ? money_from_dollars(worth) : 1);
    /* Rounding outward to ticks adds a tick on average: leave it off first. */
    double half =
        fmax(0.0, quote_half_spread(mood, worth, intrinsic) - 0.5 * money_to_dollars(tick));
    /* The middle wanders a little within the spread; the worth stays inside. */
    double middle = worth + 0.15 * half * (2.0 * rng_uniform(rng) - 1.0);
    double low = fmin(worth, middle - half), high = fmax(worth, middle + half);
    q.bid = low > 0 ? money_floor(money_from_dollars(low), tick) : 0;
    q.ask = money_ceil(money_from_dollars(high), tick);
    if (q.ask <= q.bid)
        q.ask = q.bid + tick;
    double usual = 60.0 * fmin(1.5, FITTED_VIX / mood->stress) * (mood->last_minutes ? 0.5 : 1.0) /
                   (1.0 + 4.0 * intrinsic / mood->level * 10.0);
    q.bid_size = lot(rng, usual);
    q.ask_size = lot(rng, usual);
    if (q.bid == 0)
        q.bid_size = 0;
    return q;
}

/* ---- volume and open interest
 * --------------------------------------------------------------------- */

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t state = a ^ b * 0x9E3779B97F4A7C15u;
    return rng_splitmix64(&state);
}

/* A normal number that belongs to a key, the same whenever it is asked for. */
static double normal_of(uint64_t key)
{
    uint64_t state = key;
    double p = ((double)(rng_splitmix64(&state) >> 11) + 0.5) * 0x1p-53;
    return rng_normal_quantile(p);
}

static double hump(double x, double width)
{
    return portable_exp(-0.5 * x * x / (width * width));
}

static double roundness(int32_t strike_mills, double level)
{
    int32_t big = level > 2000 ? 100000 : level > 100 ? 10000 : 5000;
    return strike_mills % big == 0         ? 2.6
           : strike_mills % (big / 2) == 0 ? 1.5
           : strike_mills % (big / 4) == 0 ? 1.0
                                           : 0.5;
}

void interest_of(const struct interest *about, int32_t strike_mills, enum option_right right,
                 uint32_t *volume, uint32_t *open)
{
    const struct ladder *l = about->ladder;
    double side = right == OPTION_CALL ? 1.0 : -1.0;
    uint64_t key =
        mix(mix(about->seed, (uint64_t)l->base.expiry << 32 | (uint32_t)l->base.strike_mills),
            (uint64_t)strike_mills << 1 | (right == OPTION_CALL));
    key = mix(key, (uint64_t)(unsigned char)l->base.root[0] << 8 | (unsigned char)l->base.root[3]);
    double strike = strike_mills / 1000.0, k = portable_log(strike / about->level) / about->sd;
    double k_slow = portable_log(strike / about->slow_level) / about->slow_sd;
    double days = (double)(l->settle_day - about->day);
    double age = (double)(about->day - l->list_day);

    /* Out-of-the-money options, a third of a sd from the money, carry most; today's expiry leads.
     */
    double tenor = 1.0 / (1.0 + days * (0.8 + 0.25 * days)) +
                   (l->is_monthly ? 0.008 : 0.0) / (1.0 + 0.01 * days);
    double busy = about->flow * 1000.0 * (about->is_weekly ? 0.024 : 0.0075) * tenor *
                  hump(side * k - 0.35, side * k > 0.35 ? 1.0 : 0.45) *
                  roundness(strike_mills, about->level) *
                  portable_exp(1.1 * normal_of(mix(key, (uint64_t)about->day)) - 0.6);
    double built = age <= 0 ? 0.0 : 1.0 - portable_exp(-age / 15.0);
    /* Where more is traded, more of it is closed within the day: open interest grows with the root.
     */
    double held = sqrt(about->flow * 1000.0) * 1000.0 * (l->is_monthly ? 0.0037 : 0.0008) * built *
                  hump(side * k_slow - 0.5, 1.2) * roundness(strike_mills, about->level) *
                  portable_exp(1.2 * normal_of(mix(key, 7)) - 0.7);
    *volume = (uint32_t)fmin(busy, 4e6);
    *open = (uint32_t)fmin(held, 4e6);
}
