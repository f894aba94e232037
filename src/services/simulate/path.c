#include "services/simulate/simulate_int.h"

#include <math.h>

#include "domain/pricing/portable.h"
#include "services/simulate/model_int.h"

static const struct sim_terms terms[SIM_PRICED] = {
#define SIM_SYMBOL(name, ...) { #name, __VA_ARGS__ },
#include "services/simulate/symbols.def"
};

enum { ANCHOR_DAY = 20231229 }; /* every seed closes at symbols.def's levels here */

static const double MARKET_DRIFT = 0.150; /* of the price with dividends, per year, before jumps */
static const double TREND_DRIFT[TREND_COUNT] = { 0.0, 0.12, -0.22 };
static const double SIDEWAYS_PULL = 0.035; /* a day, back to the mean of the last month */
static const double INFORMED_DRIFT = 0.35; /* sd a day, for five sessions */
enum { INFORMED_DAYS = 5 };

const struct sim_terms *sim_terms(enum sim_symbol symbol)
{
    MUST((int)symbol < SIM_PRICED);
    return &terms[symbol];
}

const char *sim_name(enum sim_symbol symbol)
{
    return symbol == SIM_VIX ? "VIX" : sim_terms(symbol)->name;
}

double sim_split_ratio(enum sim_symbol symbol)
{
    return symbol == SIM_NVDA ? 10.0 : symbol == SIM_TSLA ? 3.0 : 4.0;
}

/* ---- one step -------------------------------------------------------------------------------- */

struct walk {
    struct sim_path *path;
    struct sim_state now;
    double month_mean;          /* of the market's log level */
    double last_ex[SIM_PRICED]; /* log level at the last ex day */
    int flow_next;
    double informed[SIM_PRICED]; /* sessions left, signed */
};

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

double sim_market_variance(const struct sim_state *state)
{
    return MARKET_VARIANCE * portable_exp(clamp(LOG_MEAN + state->fast + state->slow, -4.0, 3.4));
}

/* Of factor or name, relative to its mean. */
double sim_own_variance(const struct sim_state *state, int own)
{
    return portable_exp(clamp(SHARED_LOG_MEAN + OWN_LOG_MEAN +
                                  SHARED * (state->fast + state->slow) + state->own[own],
                              -3.5, 3.0));
}

struct draws {
    double market, fast, slow, skew, own_vol[OWN_COUNT], own[OWN_COUNT], jump_chance, jump;
};

static void draw(struct rng *rng, struct draws *z)
{
    z->market = rng_normal(rng);
    z->fast = rng_normal(rng);
    z->slow = rng_normal(rng);
    z->skew = rng_normal(rng);
    for (int i = 0; i < OWN_COUNT; i++)
        z->own_vol[i] = rng_normal(rng);
    for (int i = 0; i < OWN_COUNT; i++)
        z->own[i] = rng_normal(rng);
    z->jump_chance = rng_uniform(rng);
    z->jump = rng_normal(rng);
}

static double correlate(double rho, double with, double own)
{
    return rho * with + sqrt(1.0 - rho * rho) * own;
}

/* Log returns of the market's two factors and of each name's own part over one step. */
static void own_returns(const struct walk *walk, const struct sim_day *day, int step,
                        const struct draws *z, double root, double out[OWN_COUNT])
{
    for (int i = 0; i < OWN_COUNT; i++) {
        double vol = i < OWN_STOCKS ? sqrt(MARKET_VARIANCE) : terms[SIM_NVDA + i - OWN_STOCKS].idio;
        double sd = vol * sqrt(sim_own_variance(&walk->now, i)) * root;
        bool broken = day->gap.side && day->gap.which == i && step >= day->gap.step_first;
        out[i] = sd * z->own[i] * (broken ? sqrt(BREAK_HIDDEN) : 1.0);
        if (broken) /* drift is per day, spread over its steps by their root weights */
            out[i] += sd * root * sqrt(DAYS_PER_YEAR) * BREAK_DRIFT * day->gap.side;
    }
}

static void step_levels(struct walk *walk, const struct sim_day *day, double weight,
                        double variance, double market, const double own[OWN_COUNT])
{
    double years = weight / DAYS_PER_YEAR, day_sd = sqrt(variance / DAYS_PER_YEAR);
    double drift = (MARKET_DRIFT + TREND_DRIFT[day->trend] - 0.5 * variance) * years;
    if (day->trend == TREND_SIDEWAYS)
        drift -= SIDEWAYS_PULL * weight * (walk->now.log_level[SIM_SPX] - walk->month_mean);
    double index_informed = walk->informed[SIM_SPX] + walk->informed[SIM_SPY];
    drift += weight * INFORMED_DRIFT * day_sd *
             (index_informed > 0   ? 1
              : index_informed < 0 ? -1
                                   : 0);
    for (int s = 0; s < SIM_PRICED; s++) {
        const struct sim_terms *t = &terms[s];
        double move =
            t->beta * (drift + market) + t->tech * own[OWN_TECH] + t->small * own[OWN_SMALL];
        if (t->kind == SIM_STOCK)
            move += own[OWN_STOCKS + s - SIM_NVDA];
        if (s > SIM_SPY && walk->informed[s] != 0)
            move += weight * INFORMED_DRIFT * (day_sd + t->idio / sqrt(DAYS_PER_YEAR)) *
                    (walk->informed[s] > 0 ? 1 : -1);
        walk->now.log_level[s] += move;
    }
}

static void step_factors(struct sim_state *now, const struct sim_day *day, double weight,
                         const struct draws *z, double jump_sd)
{
    double root = sqrt(weight);
    now->fast += -FAST_SPEED * weight * now->fast +
                 FAST_VOL * root * correlate(LEVERAGE_FAST, z->market, z->fast);
    now->slow += SLOW_SPEED * weight * (sim_regime_target(day->regime) - now->slow) +
                 SLOW_VOL * root * correlate(LEVERAGE_SLOW, z->market, z->slow);
    now->skew += -SKEW_SPEED * weight * now->skew +
                 SKEW_VOL * root * correlate(LEVERAGE_SKEW, z->market, z->skew);
    for (int i = 0; i < OWN_COUNT; i++)
        now->own[i] += -OWN_SPEED * weight * now->own[i] + OWN_VOL * root * z->own_vol[i];
    if (jump_sd < 0)
        now->fast -= JUMP_FAST * jump_sd;
}

static void make_step(struct walk *walk, struct sim_day *day, int step, struct rng *rng)
{
    struct draws z;
    draw(rng, &z);
    double weight = day->weight[step], root = sqrt(weight / DAYS_PER_YEAR);
    double variance = sim_market_variance(&walk->now);
    double jump_sd = 0;
    if (z.jump_chance < JUMPS_PER_DAY * weight * sqrt(variance / MARKET_VARIANCE))
        jump_sd = JUMP_MEAN + JUMP_SD * z.jump;
    double jump = jump_sd * sqrt(variance / DAYS_PER_YEAR);
    double own[OWN_COUNT];
    own_returns(walk, day, step, &z, root, own);
    step_levels(walk, day, weight, variance, sqrt(variance) * root * z.market + jump, own);
    if (day->gap.side && day->gap.starts && step == day->gap.step_first)
        walk->now.own[day->gap.which] += BREAK_OWN;
    step_factors(&walk->now, day, weight, &z, jump_sd);
    day->step[step] = (struct sim_step){ .state = walk->now, .jump = jump };
}

/* ---- one day --------------------------------------------------------------------------------- */

/* What happens to single names over the night: reports and rumours. Drawn for all, so that streams
 * keep their place. */
static void night_jumps(struct walk *walk, const struct sim_day *day, struct rng *rng)
{
    for (int s = SIM_NVDA; s < SIM_PRICED; s++) {
        double z = rng_normal(rng), own = rng_normal(rng), chance = rng_uniform(rng),
               fat = rng_uniform(rng);
        if (day->earnings & 1u << s)
            walk->now.log_level[s] +=
                terms[s].earnings * clamp(z, -3.0, 3.0) * (fat < 0.15 ? 1.9 : 0.75);
        if (chance < terms[s].jumps / DAYS_PER_YEAR)
            walk->now.log_level[s] += own * 0.12 * terms[s].idio;
    }
}

/* Prices gain the yield day by day and lose it on the ex day. The amount is set a quarter ahead. */
static void pay_dividends(struct walk *walk, struct sim_day *day, int closed_days)
{
    for (int s = 0; s < SIM_PRICED; s++) {
        if (terms[s].yield <= 0 || terms[s].kind == SIM_INDEX)
            continue;
        double *level = &walk->now.log_level[s];
        *level += terms[s].yield * (1 + closed_days) / 365.0;
        double amount =
            terms[s].yield / 4.0 * portable_exp(walk->last_ex[s] - *level); /* of the level */
        if (day->ex & 1u << s) {
            *level += portable_log(1.0 - clamp(amount, 0.0, 0.2));
            day->dividend[s] = amount; /* made dollars by finish_levels() */
            walk->last_ex[s] = *level;
        }
    }
}

static void begin_informed(struct walk *walk, int d)
{
    const struct sim_path *path = walk->path;
    for (int s = 0; s < SIM_PRICED; s++)
        if (walk->informed[s] != 0)
            walk->informed[s] -= walk->informed[s] > 0 ? 1 : -1;
    /* Flow of yesterday moves today and the four sessions after. */
    for (; walk->flow_next < path->flow_count && path->flows[walk->flow_next].day_index < d;
         walk->flow_next++) {
        const struct sim_flow *flow = &path->flows[walk->flow_next];
        if (flow->informed)
            walk->informed[flow->symbol] = flow->sign * (double)INFORMED_DAYS;
    }
}

static void make_day(struct walk *walk, int d)
{
    struct sim_day *day = &walk->path->days[d];
    struct rng rng;
    rng_init(&rng, walk->path->seed, (uint32_t)d, SIM_PATH);
    begin_informed(walk, d);
    pay_dividends(walk, day, d ? date_diff(day->date, walk->path->days[d - 1].date) - 1 : 0);
    night_jumps(walk, day, &rng);
    for (int step = 0; step < SIM_STEPS; step++) {
        if (step < day->steps) {
            make_step(walk, day, step, &rng);
        } else {
            struct draws unused;
            draw(&rng, &unused);
        }
    }
    walk->month_mean += (walk->now.log_level[SIM_SPX] - walk->month_mean) / 21.0;
}

/* ---- levels as people see them
 * -------------------------------------------------------------------- */

static void shift(struct sim_path *path, int symbol, int from, int to, double by)
{
    for (int d = from; d < to; d++)
        for (int s = 0; s < path->days[d].steps; s++)
            path->days[d].step[s].state.log_level[symbol] += by;
}

/* A share that has become dear is split some days later, going forward; going backward from the
 * anchor, one that has become cheap was dear before a split. */
static void place_splits(struct sim_path *path, int symbol, int anchor)
{
    double ratio = sim_split_ratio(symbol), by = portable_log(ratio);
    double dear = portable_log(900.0), cheap = portable_log(50.0);
    for (int d = anchor + 1; d + 10 < path->count; d++)
        if (sim_close(path, d)->log_level[symbol] > dear) {
            d += 10;
            path->days[d].split |= (uint16_t)(1u << symbol);
            shift(path, symbol, d, path->count, -by);
        }
    for (int d = anchor; d > 10; d--)
        if (sim_open(path, d)->log_level[symbol] < cheap) {
            path->days[d].split |= (uint16_t)(1u << symbol);
            shift(path, symbol, 0, d, by);
        }
}

/* The next dividend in dollars of each day: known since the last ex day, restated by splits
 * between. */
static void finish_dividends(struct sim_path *path, int symbol)
{
    double next = 0;
    for (int d = path->count - 1; d >= 0; d--) {
        struct sim_day *day = &path->days[d];
        if (day->ex & 1u << symbol) {
            /* amount was of the level before the drop */
            double amount = day->dividend[symbol],
                   before = portable_exp(d ? sim_close(path, d - 1)->log_level[symbol]
                                           : day->step[0].state.log_level[symbol]);
            if (day->split & 1u << symbol)
                before /= sim_split_ratio(symbol);
            next = (double)(int64_t)(amount * before * 100.0 + 0.5) / 100.0;
        }
        if (next <= 0) /* after the last ex day of the calendar: as before */
            next = 0;
        day->dividend[symbol] = next;
        if (day->split & 1u << symbol)
            next *= sim_split_ratio(symbol);
    }
}

static void finish_levels(struct sim_path *path)
{
    int anchor = sim_path_find(path, ANCHOR_DAY);
    MUST(anchor >= 0);
    for (int s = 0; s < SIM_PRICED; s++) {
        shift(path, s, 0, path->count,
              portable_log(terms[s].level) - sim_close(path, anchor)->log_level[s]);
        if (terms[s].kind == SIM_STOCK)
            place_splits(path, s, anchor);
        finish_dividends(path, s);
    }
}

/* ---- the whole
 * ------------------------------------------------------------------------------------ */

void sim_path_make(struct sim_path *path, uint64_t seed)
{
    *path = (struct sim_path){ .seed = seed, .cal = calendar_us() };
    arena_init(&path->arena, "simulated path", 1 << 20);
    sim_schedule(path);
    sim_schedule_flows(path);
    sim_regimes(path);
    struct walk walk = { .path = path };
    for (int d = 0; d < path->count; d++)
        make_day(&walk, d);
    finish_levels(path);
}

void sim_path_clear(struct sim_path *path)
{
    arena_clear(&path->arena);
    *path = (struct sim_path){ 0 };
}

int sim_path_find(const struct sim_path *path, int32_t date)
{
    int low = 0, high = path->count; /* days before low are <= date */
    while (low < high) {
        int middle = (low + high) / 2;
        if (path->days[middle].date <= date)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

const struct sim_state *sim_open(const struct sim_path *path, int day)
{
    return &path->days[day].step[0].state;
}

const struct sim_state *sim_close(const struct sim_path *path, int day)
{
    return &path->days[day].step[path->days[day].steps - 1].state;
}

double sim_level(const struct sim_state *state, enum sim_symbol symbol)
{
    return portable_exp(state->log_level[symbol]);
}

double sim_clock(const struct sim_path *path, int day, int step)
{
    double clock = path->days[day].clock;
    for (int s = 0; s <= step && s < path->days[day].steps; s++)
        clock += path->days[day].weight[s];
    return clock;
}

double sim_split_between(const struct sim_path *path, enum sim_symbol symbol, int from, int to)
{
    double ratio = 1.0;
    if ((int)symbol < SIM_NVDA || (int)symbol >= SIM_PRICED)
        return ratio;
    for (int d = from + 1; d <= to; d++)
        if (path->days[d].split & 1u << symbol)
            ratio *= sim_split_ratio(symbol);
    return ratio;
}

double sim_fair_vol(const struct sim_state *state, enum sim_symbol symbol)
{
    const struct sim_terms *t = &terms[symbol];
    double variance = t->beta * t->beta * sim_market_variance(state) +
                      t->tech * t->tech * MARKET_VARIANCE * sim_own_variance(state, OWN_TECH) +
                      t->small * t->small * MARKET_VARIANCE * sim_own_variance(state, OWN_SMALL);
    if (t->kind == SIM_STOCK)
        variance +=
            t->idio * t->idio * sim_own_variance(state, OWN_STOCKS + (int)symbol - SIM_NVDA);
    return sqrt(variance);
}
