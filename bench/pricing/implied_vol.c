/* Implied vols of raw quotes. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "bench/pricing/bench.h"
#include "domain/pricing/implied_vol.h"
#include "domain/pricing/lanes.h"

struct work {
    struct bench_options options;
    enum lanes_level level;
    double vol[BENCH_ROWS];
    uint8_t status[BENCH_ROWS];
    struct bench_columns columns;
};

static void run_own(void *self)
{
    struct work *w = self;
    const struct bench_options *o = &w->options;
    lanes_use(w->level);
    implied_vol(
        BENCH_ROWS,
        &(struct black76_terms){ o->forward, o->strike, o->discount, o->years, NULL, o->sign },
        o->price, w->vol, w->status);
}

static void run_lirs(void *self)
{
    struct work *w = self;
    bench_quantlib_lirs(&w->columns);
}

static long double out_of_the_money(const struct bench_options *o, size_t i)
{
    long double gain = o->sign[i] * ((long double)o->forward[i] - o->strike[i]) * o->discount[i];
    return gain > 0.0L ? o->price[i] - gain : (long double)o->price[i];
}

/*
 * The market set: out of the money worth at least 1e-5 sqrt(F K). Rows outside it are replaced by
 * rows within, so that the columns stay full.
 */
static void keep_market(struct bench_options *o)
{
    size_t kept = 0;
    for (size_t i = 0; i < BENCH_ROWS; i++) {
        o->price[i] =
            (double)bench_black(o->sign[i], o->forward[i], o->strike[i],
                                (long double)o->sigma[i] * sqrtl(o->years[i]), o->discount[i]);
        if (out_of_the_money(o, i) / o->discount[i] <
            1e-5L * sqrtl((long double)o->forward[i] * o->strike[i]))
            continue;
        double *const columns[] = { o->spot,  o->strike,  o->years,    o->sigma, o->rate,
                                    o->yield, o->forward, o->discount, o->price };
        for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++)
            columns[k][kept] = columns[k][i];
        o->sign[kept++] = o->sign[i];
    }
    for (size_t i = kept; i < BENCH_ROWS; i++) {
        size_t from = i - kept;
        double *const columns[] = { o->spot,  o->strike,  o->years,    o->sigma, o->rate,
                                    o->yield, o->forward, o->discount, o->price };
        for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++)
            columns[k][i] = columns[k][from];
        o->sign[i] = o->sign[from];
    }
}

/* The vol of the price as rounded, by Newton in long double from the vol that made it. */
static long double exact_vol(const struct bench_options *o, size_t i, long double *unit)
{
    long double root = sqrtl(o->years[i]), v = o->sigma[i] * root;
    long double f = o->forward[i], k = o->strike[i], vega = 1.0L;
    int side = f <= k ? 1 : -1;
    for (int step = 0; step < 4; step++) {
        long double d1 = logl(f / k) / v + 0.5L * v;
        vega = o->discount[i] * f * 0.398942280401432677939946L * expl(-0.5L * d1 * d1);
        v -= (bench_black(side, f, k, v, o->discount[i]) - out_of_the_money(o, i)) / vega;
    }
    long double d1 = logl(f / k) / v + 0.5L * v;
    long double delta = 0.5L * erfcl(-o->sign[i] * d1 * 0.70710678118654752440L);
    *unit =
        (1.0L + o->price[i] / (v * vega) + delta * f * o->discount[i] / (v * vega)) * DBL_EPSILON;
    return v / root;
}

static void state_error(struct bench_contender *c)
{
    struct work *w = c->self;
    long double worst = 0.0L, worst_units = 0.0L;
    size_t failed = 0;
    c->run(w);
    for (size_t i = 0; i < BENCH_ROWS; i++) {
        long double unit, want = exact_vol(&w->options, i, &unit);
        if (!(w->vol[i] > 0.0)) {
            failed++;
            continue;
        }
        long double error = fabsl(w->vol[i] / want - 1.0L);
        worst = fmaxl(worst, error);
        worst_units = fmaxl(worst_units, error / unit);
    }
    snprintf(c->error, sizeof c->error, "%.1Le relative, %.3Lg attainable units, %zu failed", worst,
             worst_units, failed);
}

void bench_implied_vol(void)
{
    static const char *const names[] = { "ironfly portable", "ironfly AVX2", "ironfly AVX-512" };
    struct bench_contender c[BENCH_CONTENDERS_MAX];
    struct work *work[BENCH_CONTENDERS_MAX];
    size_t count = 0, base = 0;
    enum lanes_level best = lanes_level();
    bool has_peer = bench_has_quantlib();
    if (has_peer)
        c[count++] =
            (struct bench_contender){ .name = "QuantLib LiRS, accuracy 1e-12", .run = run_lirs };
    for (int level = 0; level <= (int)best; level++)
        c[count++] = (struct bench_contender){ .name = names[level], .run = run_own };
    for (size_t i = 0; i < count; i++) {
        struct work *w = work[i] = mem_alloc(sizeof *w);
        bench_make_options(&w->options, 1);
        keep_market(&w->options);
        w->level = (enum lanes_level)(has_peer ? (i ? i - 1 : 0) : i);
        w->columns = (struct bench_columns){ &w->options, BENCH_ROWS, { w->vol } };
        c[i].self = w;
        c[i].rows = BENCH_ROWS;
        state_error(&c[i]);
    }
    bench_race(c, count);
    bench_print("Implied vol of raw quotes, market set, every term a column", c, count, &base,
                has_peer);
    bench_goal("QuantLib LiRS at 1e-12", 40.0, has_peer ? c[0].ns / c[count - 1].ns : NAN);
    for (size_t i = 0; i < count; i++)
        mem_free(work[i]);
    lanes_use(best);
}
