#include "services/simulate/simulate_int.h"

const char *sim_regime_name(enum sim_regime regime)
{
    static const char *const names[REGIME_COUNT] = { "calm", "normal", "elevated", "crisis" };
    return names[regime];
}

const char *sim_trend_name(enum sim_trend trend)
{
    static const char *const names[TREND_COUNT] = { "sideways", "up", "down" };
    return names[trend];
}

double sim_regime_target(enum sim_regime regime)
{
    static const double target[REGIME_COUNT] = { -0.87, -0.33, 0.77, 2.75 };
    return target[regime];
}

/* The chance a day of leaving each regime for each other one: calm lasts 125 sessions on average, a
 * crisis 31. Crises come out of tension, hardly ever out of calm. */
static const double leave[REGIME_COUNT][REGIME_COUNT] = {
    { 0, 0.0072, 0.0007, 0.0001 },
    { 0.0052, 0, 0.0048, 0.0006 },
    { 0.0004, 0.0120, 0, 0.0032 },
    { 0, 0.0050, 0.0270, 0 },
};

static enum sim_regime next_regime(enum sim_regime now, double u)
{
    for (int to = 0; to < REGIME_COUNT; to++) {
        if (u < leave[now][to])
            return to;
        u -= leave[now][to];
    }
    return now;
}

/* A trend lasts about 40 sessions; falling ones belong to the two tense regimes. */
static enum sim_trend next_trend(enum sim_trend now, enum sim_regime regime, double leave_draw,
                                 double u)
{
    if (leave_draw > 1.0 / 40.0)
        return now;
    bool tense = regime >= REGIME_ELEVATED;
    double up = tense ? 0.20 : 0.45, down = tense ? 0.45 : 0.12;
    return u < up ? TREND_UP : u < up + down ? TREND_DOWN : TREND_SIDEWAYS;
}

/* Some four breaks a year; most are over within the day, some take a week. */
static void mark_break(struct sim_path *path, int d, struct rng *rng)
{
    double chance = rng_uniform(rng), which = rng_uniform(rng), side = rng_uniform(rng),
           length = rng_uniform(rng);
    int first = (int)rng_below(rng, 12);
    if (chance > 4.0 / 252.0 || path->days[d].gap.side)
        return;
    int days = length < 0.6 ? 1 : length < 0.85 ? 3 : 7;
    for (int i = 0; i < days && d + i < path->count; i++)
        path->days[d + i].gap = (struct sim_break){ .side = side < 0.5 ? -1 : 1,
                                                    .which = which < 0.5 ? OWN_TECH : OWN_SMALL,
                                                    .starts = i == 0,
                                                    .step_first = (int16_t)(i == 0 ? first : 0) };
}

void sim_regimes(struct sim_path *path)
{
    enum sim_regime regime = REGIME_NORMAL;
    enum sim_trend trend = TREND_UP;
    for (int d = 0; d < path->count; d++) {
        struct rng rng;
        rng_init(&rng, path->seed, (uint32_t)d, SIM_REGIME);
        regime = next_regime(regime, rng_uniform(&rng));
        double leave_draw = rng_uniform(&rng);
        trend = next_trend(trend, regime, leave_draw, rng_uniform(&rng));
        path->days[d].regime = (uint8_t)regime;
        path->days[d].trend = (uint8_t)trend;
        mark_break(path, d, &rng);
    }
}
