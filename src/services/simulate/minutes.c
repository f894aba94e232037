#include <math.h>

#include "services/simulate/model_int.h"
#include "services/simulate/simulate_int.h"

enum { BRIDGES = 1 + OWN_COUNT, POINTS_MAX = SIM_SECONDS };
_Static_assert((int)SIM_STEP_MINUTES <= (int)POINTS_MAX, "a half hour in minutes fits");

/* A stretch of time between two known states, to be filled in. */
struct stretch {
    const struct sim_state *from, *to;
    double weight; /* variance days */
    double jump;   /* of the market within it, log */
    int points;
};

/*
 * Brownian bridges from start to end, one for the market, each factor and each name, so that the
 * correlations hold inside; the jump, if any, falls into one point, which is returned.
 */
static int fill(const struct stretch *s, struct rng *rng, struct sim_state *out)
{
    double root = sqrt(s->weight / DAYS_PER_YEAR / s->points);
    double bridge[BRIDGES][POINTS_MAX + 1] = { { 0 } };
    for (int i = 0; i <= OWN_COUNT; i++) {
        double vol = i == 0
                         ? sqrt(sim_market_variance(s->from))
                         : sqrt(sim_own_variance(s->from, i - 1)) *
                               (i <= OWN_STOCKS ? sqrt(MARKET_VARIANCE)
                                                : sim_terms(SIM_NVDA + i - 1 - OWN_STOCKS)->idio);
        for (int m = 1; m <= s->points; m++)
            bridge[i][m] = bridge[i][m - 1] + vol * root * rng_normal(rng);
        double end = bridge[i][s->points];
        for (int m = 1; m <= s->points; m++)
            bridge[i][m] -= end * m / s->points;
    }
    int jump_point = (int)rng_below(rng, (uint64_t)s->points) + 1;
    for (int m = 1; m <= s->points; m++) {
        double part = (double)m / s->points;
        const struct sim_state *from = s->from, *to = s->to;
        struct sim_state *o = &out[m - 1];
        o->fast = from->fast + part * (to->fast - from->fast);
        o->slow = from->slow + part * (to->slow - from->slow);
        o->skew = from->skew + part * (to->skew - from->skew);
        for (int i = 0; i < OWN_COUNT; i++)
            o->own[i] = from->own[i] + part * (to->own[i] - from->own[i]);
        double jump = (m >= jump_point ? 1.0 : 0.0) - part; /* beside the straight line */
        for (int k = 0; k < SIM_PRICED; k++) {
            const struct sim_terms *t = sim_terms(k);
            o->log_level[k] = from->log_level[k] + part * (to->log_level[k] - from->log_level[k]) +
                              t->beta * (bridge[0][m] + jump * s->jump) +
                              t->tech * bridge[1 + OWN_TECH][m] +
                              t->small * bridge[1 + OWN_SMALL][m];
            if (t->kind == SIM_STOCK)
                o->log_level[k] += bridge[1 + OWN_STOCKS + k - SIM_NVDA][m];
        }
    }
    out[s->points - 1] = *s->to; /* without the rounding of the bridge */
    return jump_point - 1;
}

void sim_minutes_make(struct sim_minutes *out, const struct sim_path *path, int d)
{
    const struct sim_day *day = &path->days[d];
    struct rng rng;
    rng_init(&rng, path->seed, (uint32_t)d, SIM_MINUTE);
    *out = (struct sim_minutes){ .path = path, .day = d };
    double at = sim_clock(path, d, 0);
    for (int step = 1; step < day->steps; step++) {
        struct stretch s = { .from = &day->step[step - 1].state,
                             .to = &day->step[step].state,
                             .weight = day->weight[step],
                             .jump = day->step[step].jump,
                             .points = SIM_STEP_MINUTES };
        int jump = fill(&s, &rng, &out->state[out->count]);
        out->jump[out->count + jump] = 1;
        for (int m = 1; m <= SIM_STEP_MINUTES; m++)
            out->clock[out->count++] = at + day->weight[step] * m / SIM_STEP_MINUTES;
        at += day->weight[step];
    }
}

void sim_seconds_make(const struct sim_minutes *minutes, int minute,
                      struct sim_state states[SIM_SECONDS], double clock[SIM_SECONDS])
{
    MUST(minute >= 0 && minute < minutes->count);
    const struct sim_path *path = minutes->path;
    const struct sim_day *day = &path->days[minutes->day];
    int step = minute / SIM_STEP_MINUTES + 1;
    struct stretch s = { .from =
                             minute ? &minutes->state[minute - 1] : sim_open(path, minutes->day),
                         .to = &minutes->state[minute],
                         .weight = day->weight[step] / SIM_STEP_MINUTES,
                         .jump = minutes->jump[minute] ? day->step[step].jump : 0.0,
                         .points = SIM_SECONDS };
    struct rng rng;
    rng_init(&rng, path->seed, (uint32_t)minutes->day, SIM_SECOND + 1024u * (uint32_t)minute);
    fill(&s, &rng, states);
    double end = minutes->clock[minute], begin = end - s.weight;
    for (int i = 1; i <= SIM_SECONDS; i++)
        clock[i - 1] = i < SIM_SECONDS ? begin + s.weight * i / SIM_SECONDS : end;
}
