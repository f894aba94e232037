/* Price and five Greeks of European options. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "bench/pricing/bench.h"
#include "bench/pricing/plain.h"
#include "domain/pricing/european.h"
#include "domain/pricing/lanes.h"

struct work {
    struct bench_options options;
    struct black76_expiry expiry;
    enum lanes_level level;
    double out[6][BENCH_ROWS];
    uint8_t status[BENCH_ROWS];
    struct bench_columns columns;
};

static struct pricing_greeks outputs(struct work *w)
{
    return (struct pricing_greeks){ w->out[0], w->out[1], w->out[2], w->out[3],
                                    w->out[4], w->out[5], w->status };
}

static void run_general(void *self)
{
    struct work *w = self;
    const struct bench_options *o = &w->options;
    struct pricing_greeks out = outputs(w);
    lanes_use(w->level);
    black_scholes(BENCH_ROWS,
                  &(struct black_scholes_terms){ o->spot, o->strike, o->years, o->sigma, o->rate,
                                                 o->yield, o->sign },
                  &out);
}

static void run_price_only(void *self)
{
    struct work *w = self;
    const struct bench_options *o = &w->options;
    lanes_use(w->level);
    black_scholes(BENCH_ROWS,
                  &(struct black_scholes_terms){ o->spot, o->strike, o->years, o->sigma, o->rate,
                                                 o->yield, o->sign },
                  &(struct pricing_greeks){ .price = w->out[0], .status = w->status });
}

static void run_chain(void *self)
{
    struct work *w = self;
    struct pricing_greeks out = outputs(w);
    lanes_use(w->level);
    black76_chain(&w->expiry, BENCH_ROWS, w->options.strike, w->options.sign, w->options.sigma,
                  &out);
}

static void run_plain(void *self)
{
    struct work *w = self;
    plain_black_scholes(&w->columns);
}

static void run_quantlib(void *self)
{
    struct work *w = self;
    bench_quantlib_black_calculator(&w->columns);
}

static void state_error(struct bench_contender *c)
{
    struct work *w = c->self;
    const struct bench_options *o = &w->options;
    double worst = 0.0, worst_relative = 0.0;
    c->run(w);
    for (size_t i = 0; i < BENCH_ROWS; i++) {
        double error = fabs(w->out[0][i] - o->price[i]);
        worst = fmax(worst, error / fmax(o->spot[i], o->strike[i]));
        if (o->price[i] > 1e-4)
            worst_relative = fmax(worst_relative, error / o->price[i]);
    }
    snprintf(c->error, sizeof c->error, "%.1e x max(S,K), %.1e of prices > 1e-4", worst,
             worst_relative);
}

/* An expiry's columns, where every row has the same spot, time and rates. */
static void share_expiry(struct work *w)
{
    struct bench_options *o = &w->options;
    w->expiry = (struct black76_expiry){ .years = 30.0 / 365.0, .spot = 100.0 };
    w->expiry.forward = 100.0 * exp((0.04 - 0.013) * w->expiry.years);
    w->expiry.discount = exp(-0.04 * w->expiry.years);
    for (size_t i = 0; i < BENCH_ROWS; i++) {
        o->spot[i] = 100.0;
        o->years[i] = w->expiry.years;
        o->rate[i] = 0.04;
        o->yield[i] = 0.013;
        o->price[i] = (double)bench_black(o->sign[i], w->expiry.forward, o->strike[i],
                                          o->sigma[i] * sqrtl(w->expiry.years), w->expiry.discount);
    }
}

static struct work *new_work(uint64_t seed, enum lanes_level level)
{
    struct work *w = mem_alloc(sizeof *w);
    bench_make_options(&w->options, seed);
    w->level = level;
    w->columns = (struct bench_columns){ &w->options, BENCH_ROWS, { 0 } };
    for (int k = 0; k < 6; k++)
        w->columns.out[k] = w->out[k];
    return w;
}

static void *run_many(void *self)
{
    for (int i = 0; i < 3000; i++)
        run_general(self);
    return NULL;
}

/* Two threads on two cores against one; says nothing on a machine that is busy. */
static void race_threads(enum lanes_level level)
{
    struct work *work[2] = { new_work(1, level), new_work(2, level) };
    double best = 0.0;
    cpu_set_t all;
    for (int repeat = 0; repeat < 7; repeat++) {
        pthread_t threads[2];
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        CPU_ZERO(&all);
        for (unsigned core = 0; core < 2; core++)
            CPU_SET(core, &all);
        pthread_attr_setaffinity_np(&attributes, sizeof all, &all);
        double start = bench_now();
        pthread_create(&threads[0], &attributes, run_many, work[0]);
        pthread_join(threads[0], NULL);
        double alone = bench_now() - start;
        start = bench_now();
        for (int k = 0; k < 2; k++)
            pthread_create(&threads[k], &attributes, run_many, work[k]);
        for (int k = 0; k < 2; k++)
            pthread_join(threads[k], NULL);
        best = fmax(best, 2.0 * alone / (bench_now() - start));
        pthread_attr_destroy(&attributes);
    }
    printf("  two threads do %.2f times the work of one (wall clock, best of 7)\n", best);
    mem_free(work[0]);
    mem_free(work[1]);
}

static void race(const char *title, bool is_chain, struct work *w[LANES_LEVEL_COUNT])
{
    struct bench_contender c[BENCH_CONTENDERS_MAX];
    size_t count = 0, bases[2], base_count = 0, plain, widest = 0;
    enum lanes_level best = w[LANES_AVX512]->level;
    plain = count;
    c[count++] =
        (struct bench_contender){ .name = "plain C, libm", .run = run_plain, .self = w[0] };
    bases[base_count++] = plain;
    if (bench_has_quantlib()) {
        bases[base_count++] = count;
        c[count++] = (struct bench_contender){ .name = "QuantLib BlackCalculator",
                                               .run = run_quantlib,
                                               .self = w[0] };
    }
    for (int level = LANES_PORTABLE; level <= (int)best; level++) {
        static const char *const names[] = { "ironfly portable", "ironfly AVX2",
                                             "ironfly AVX-512" };
        widest = count;
        c[count++] = (struct bench_contender){ .name = names[level],
                                               .run = is_chain ? run_chain : run_general,
                                               .self = w[level] };
    }
    if (!is_chain)
        c[count++] = (struct bench_contender){ .name = "ironfly, price only",
                                               .run = run_price_only,
                                               .self = w[best] };
    for (size_t i = 0; i < count; i++) {
        c[i].rows = BENCH_ROWS;
        state_error(&c[i]);
    }
    bench_race(c, count);
    bench_print(title, c, count, bases, base_count);
    if (is_chain) {
        bench_goal("plain C", 20.0, c[plain].ns / c[widest].ns);
    } else {
        bench_goal("QuantLib BlackCalculator", 45.0,
                   base_count > 1 ? c[bases[1]].ns / c[widest].ns : NAN);
        bench_goal("plain C", 13.0, c[plain].ns / c[widest].ns);
    }
}

static void race_set(const char *title, bool is_chain)
{
    enum lanes_level best = lanes_level();
    struct work *w[LANES_LEVEL_COUNT];
    for (int level = 0; level < LANES_LEVEL_COUNT; level++) {
        w[level] = new_work(1, level < (int)best ? (enum lanes_level)level : best);
        if (is_chain)
            share_expiry(w[level]);
    }
    race(title, is_chain, w);
    for (int level = 0; level < LANES_LEVEL_COUNT; level++)
        mem_free(w[level]);
    lanes_use(best);
}

void bench_european(void)
{
    race_set("European price and five Greeks, every term a column", false);
}

void bench_chain(void)
{
    race_set("European price and five Greeks, one expiry", true);
}

void bench_threads(void)
{
    puts("\nTwo threads, each its own columns");
    race_threads(lanes_level());
}
