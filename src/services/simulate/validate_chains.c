#include <math.h>
#include <stdlib.h>

#include "base/zone.h"
#include "domain/pricing/european.h"
#include "domain/pricing/portable.h"
#include "services/simulate/chain.h"
#include "services/simulate/validate_int.h"

const struct real_chain real_chains[CHAIN_BUCKETS] = {
#define CHAIN(from, to, t5, t50, t95, s5, s50, s95, d95, d90, d75, d25, d10, d5, near, out, far)   \
    { from,                                                                                        \
      to,                                                                                          \
      { t5, t50, t95 },                                                                            \
      { s5, s50, s95 },                                                                            \
      { d95, d90, d75, d25, d10, d5 },                                                             \
      { near, out, far } },
#include "services/simulate/real_chains.def"
};

/* The square root of the variance still to come, of the mean of 51 days' half-hour shares: 5m of
 * real.def. */
const double real_straddle_left[HALF_HOURS] = { 0.8810, 0.7965, 0.7207, 0.6585, 0.6129,
                                                0.5742, 0.5345, 0.4793, 0.4345, 0.3884,
                                                0.3345, 0.2606, 0.0 };

/* VIX on the days of the real chains. */
static const double VIX_LOW = 12.0, VIX_HIGH = 20.6;
enum { SAMPLES_MAX = 4096, GRID = 121 };

struct samples {
    size_t count;
    double value[SAMPLES_MAX];
};

struct gathering {
    struct samples term[CHAIN_BUCKETS], skew[CHAIN_BUCKETS];
    struct samples smile[CHAIN_BUCKETS][SMILE_POINTS], spread[CHAIN_BUCKETS][SPREAD_POINTS];
};

static void take(struct samples *s, double value)
{
    if (s->count < SAMPLES_MAX)
        s->value[s->count++] = value;
}

static double median(struct samples *s)
{
    return s->count ? stat_quantile(s->value, s->count, 0.5) : NAN;
}

static double inside(const struct samples *s, const double real[3])
{
    size_t in = 0;
    for (size_t i = 0; i < s->count; i++)
        in += s->value[i] >= real[0] && s->value[i] <= real[2];
    return s->count ? (double)in / (double)s->count : NAN;
}

struct smile_grid { /* one expiry over a range of strikes: vols, call deltas, call and put worths */
    double strike[GRID], vol[GRID], delta[GRID], call[GRID], put[GRID], at_money;
};

static void fill_grid(struct smile_grid *g, const struct fair_expiry *fair)
{
    int8_t sign[GRID];
    double sd = sqrt(fair->slice.theta), put_delta[GRID];
    for (int i = 0; i < GRID; i++) {
        double k = (-4.2 + 7.0 * i / (GRID - 1)) * sd;
        g->strike[i] = fair->forward * portable_exp(k);
        g->vol[i] = sqrt(slice_variance(&fair->slice, k) / fair->years);
        sign[i] = OPTION_SIGN_CALL;
    }
    g->at_money = sqrt(slice_variance(&fair->slice, 0.0) / fair->years);
    struct black76_expiry terms = { .forward = fair->forward,
                                    .discount = fair->discount,
                                    .years = fair->years };
    struct pricing_greeks calls = { .price = g->call, .delta = g->delta };
    black76_chain(&terms, GRID, g->strike, sign, g->vol, &calls);
    for (int i = 0; i < GRID; i++) {
        g->delta[i] /= fair->discount;
        sign[i] = OPTION_SIGN_PUT;
    }
    struct pricing_greeks puts = { .price = g->put, .delta = put_delta };
    black76_chain(&terms, GRID, g->strike, sign, g->vol, &puts);
}

static double vol_at(const struct smile_grid *g, double delta)
{
    for (int i = 1; i < GRID; i++)
        if (g->delta[i] <= delta)
            return g->vol[i - 1] + (g->vol[i] - g->vol[i - 1]) * (g->delta[i - 1] - delta) /
                                       (g->delta[i - 1] - g->delta[i]);
    return NAN;
}

static void take_spreads(struct samples spread[SPREAD_POINTS], const struct smile_grid *g,
                         const struct fair_expiry *fair, const struct quote_mood *mood,
                         const struct product *product, struct rng *rng)
{
    static const double low[SPREAD_POINTS] = { 0.35, 0.15, 0.08 },
                        high[SPREAD_POINTS] = { 0.65, 0.35, 0.15 };
    for (int i = 0; i < GRID; i += 3) {
        bool is_call = g->strike[i] >= fair->forward;
        double worth = is_call ? g->call[i] : g->put[i],
               size = is_call ? g->delta[i] : 1.0 - g->delta[i];
        struct quote q = quote_make(mood, product, worth, 0.0, rng);
        for (int p = 0; p < SPREAD_POINTS; p++)
            if (size >= low[p] && size < high[p] && q.bid > 0)
                take(&spread[p], 100.0 * (double)(q.ask - q.bid) / (0.5 * (double)(q.ask + q.bid)));
    }
}

static double at_money_vol(const struct surface *surface, const struct ladder *ladder, int day,
                           int64_t ts, double level)
{
    struct fair_expiry fair;
    if (!fair_expiry(&fair, surface, ladder, day, ts, level))
        return NAN;
    return sqrt(fair.slice.theta / fair.years);
}

/* Ladders without their strikes: the grid has its own. */
static int list(struct ladder *ladders, const struct sim_path *path, int day)
{
    struct ladder_expiry expiries[LADDER_EXPIRIES_MAX];
    int count = ladder_expiries(path, SIM_SPX, day, expiries), kept = 0;
    for (int e = 0; e < count; e++)
        if (ladder_fill(&ladders[kept], path, SIM_SPX, day, &expiries[e]) == ERR_OK)
            kept++;
    return kept;
}

static void take_day(struct gathering *all, const struct sim_path *path, int day, double vix,
                     struct ladder *ladders)
{
    static const double deltas[SMILE_POINTS] = { 0.95, 0.90, 0.75, 0.25, 0.10, 0.05 };
    struct surface surface;
    surface_init(&surface, path, SIM_SPX, sim_close(path, day), sim_clock(path, day, SIM_STEPS));
    double level = sim_level(sim_close(path, day), SIM_SPX);
    int64_t ts = sim_close_ts(path, day);
    int count = list(ladders, path, day), month = 0;
    for (int e = 0; e < count; e++)
        if (labs(date_diff(ladders[e].base.expiry, path->days[day].date) - 30) <
            labs(date_diff(ladders[month].base.expiry, path->days[day].date) - 30))
            month = e;
    double of_month = at_money_vol(&surface, &ladders[month], day, ts, level);
    struct product product;
    MUST(product_get(&product, STR("SPX"), path->days[day].date) == ERR_OK);
    struct rng rng;
    rng_init(&rng, path->seed, (uint32_t)day, SIM_QUOTE);
    for (int e = 0; e < count; e++) {
        int days = date_diff(ladders[e].base.expiry, path->days[day].date), bucket = -1;
        for (int b = 0; b < CHAIN_BUCKETS; b++)
            if (days >= real_chains[b].from && days <= real_chains[b].to)
                bucket = b;
        struct fair_expiry fair;
        if (bucket < 0 || !fair_expiry(&fair, &surface, &ladders[e], day, ts, level))
            continue;
        struct smile_grid grid;
        fill_grid(&grid, &fair);
        take(&all->term[bucket], grid.at_money / of_month);
        take(&all->skew[bucket], (vol_at(&grid, 0.75) - vol_at(&grid, 0.25)) / grid.at_money);
        for (int i = 0; i < SMILE_POINTS; i++)
            take(&all->smile[bucket][i], vol_at(&grid, deltas[i]) / grid.at_money);
        struct quote_mood mood = {
            .level = level, .spread = 1.0, .stress = vix, .days = fair.years * 365.0
        };
        take_spreads(all->spread[bucket], &grid, &fair, &mood, &product, &rng);
    }
}

int validate_chains(const struct sim_path *path, int from, int to, int stride,
                    struct chain_figures out[CHAIN_BUCKETS])
{
    struct arena arena;
    arena_init(&arena, "validate chains", 1 << 20);
    struct gathering *all = arena_new(&arena, struct gathering);
    struct ladder *ladders = arena_array(&arena, struct ladder, LADDER_EXPIRIES_MAX);
    int days = 0;
    for (int d = from; d < to; d += stride) {
        double vix = sim_vix(path, d, sim_close(path, d), sim_clock(path, d, SIM_STEPS));
        if (vix < VIX_LOW || vix > VIX_HIGH)
            continue;
        take_day(all, path, d, vix, ladders);
        days++;
    }
    for (int b = 0; b < CHAIN_BUCKETS; b++) {
        out[b] =
            (struct chain_figures){ .term_inside = inside(&all->term[b], real_chains[b].term),
                                    .skew_inside = inside(&all->skew[b], real_chains[b].skew) };
        out[b].term = median(&all->term[b]);
        out[b].skew = median(&all->skew[b]);
        for (int i = 0; i < SMILE_POINTS; i++)
            out[b].smile[i] = median(&all->smile[b][i]);
        for (int i = 0; i < SPREAD_POINTS; i++)
            out[b].spread[i] = median(&all->spread[b][i]);
    }
    arena_clear(&arena);
    return days;
}

/* At-the-money straddle worth over the forward: 2 (2 N(sd / 2) - 1), by Black at total variance
 * theta. */
static double straddle(const struct sim_path *path, int day, int step)
{
    struct surface surface;
    surface_init(&surface, path, SIM_SPX, &path->days[day].step[step].state,
                 sim_clock(path, day, step));
    struct slice slice = surface_slice(&surface, settle_clock(path, day, false), 0);
    double strike = 1.0, sigma = sqrt(slice.theta), price;
    int8_t sign = OPTION_SIGN_CALL;
    struct black76_expiry terms = { .forward = 1.0, .discount = 1.0, .years = 1.0 };
    struct pricing_greeks out = { .price = &price };
    black76_chain(&terms, 1, &strike, &sign, &sigma, &out);
    return 2.0 * price;
}

void validate_straddle(const struct sim_path *path, int from, int to, int stride,
                       double left[HALF_HOURS])
{
    int days = 0;
    for (int i = 0; i < HALF_HOURS; i++)
        left[i] = 0;
    for (int d = from; d < to; d += stride) {
        if (path->days[d].steps != SIM_STEPS)
            continue;
        double first = straddle(path, d, 0);
        for (int i = 0; i < HALF_HOURS - 1; i++)
            left[i] += straddle(path, d, i + 1) / first;
        days++;
    }
    for (int i = 0; i < HALF_HOURS; i++)
        left[i] /= days > 0 ? days : 1;
}
