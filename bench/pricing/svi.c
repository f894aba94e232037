/* A slice of 31 quotes, from a good start: ours (free of arbitrage) beside QuantLib's
 * SviInterpolation. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "bench/pricing/bench.h"
#include "domain/pricing/svi_fit.h"
#include "domain/pricing/svi_int.h"

enum { SLICES = 256 };

struct svi_bench {
    struct bench_svi_quotes quotes[SLICES];
    double weight[BENCH_SVI_QUOTES];
    struct svi start[SLICES], found[SLICES];
    double rms;
    int failed, repaired;
    bool is_cold;
};

static double between(struct rng *rng, double low, double high)
{
    return low + (high - low) * rng_uniform(rng);
}

/* 1 day to 2 years, vol 8 % to 58 %, quotes in error by 0.2 % of total variance. */
static void make_slice(struct rng *rng, struct bench_svi_quotes *q, struct svi *start)
{
    struct svi s;
    double w, root;
    do {
        q->years = exp(log(1.0 / 365.0) + rng_uniform(rng) * log(730.0));
        w = q->years * pow(between(rng, 0.08, 0.58), 2.0);
        root = sqrt(w);
        s = (struct svi){ .b = root * between(rng, 0.1, 0.7),
                          .rho = between(rng, -0.8, 0.3),
                          .m = root * between(rng, -0.3, 0.3),
                          .sigma = root * between(rng, 0.4, 1.9) };
        s.a = w * between(rng, 0.5, 0.9) - s.b * s.sigma * sqrt(1.0 - s.rho * s.rho);
        *start =
            (struct svi){ 1.1 * s.a, 0.9 * s.b, 0.9 * s.rho, s.m + 0.05 * root, 1.15 * s.sigma };
    } while (svi_butterfly(&s, NULL) || !svi_is_valid(start));
    for (int i = 0; i < BENCH_SVI_QUOTES; i++) {
        q->k[i] = 3.5 * root * (i - 18) / 15.0;
        q->w[i] = svi_w(&s, q->k[i]) * (1.0 + 0.002 * rng_normal(rng));
        q->strike[i] = 100.0 * exp(q->k[i]);
        q->vol[i] = sqrt(q->w[i] / q->years);
    }
    memcpy(q->start, (double[5]){ start->a, start->b, start->sigma, start->rho, start->m },
           sizeof q->start);
}

/* Mean over the slices of rms vol-squared error, so that short and long ones count alike. */
static double rms_of(const struct svi_bench *b, int i, const struct svi *s)
{
    double sum = 0.0;
    const struct bench_svi_quotes *q = &b->quotes[i];
    for (int j = 0; j < BENCH_SVI_QUOTES; j++) {
        double off = (svi_w(s, q->k[j]) - q->w[j]) / q->years;
        sum += off * off;
    }
    return sqrt(sum / BENCH_SVI_QUOTES);
}

static void run_ours(void *self)
{
    struct svi_bench *b = self;
    b->rms = 0.0;
    b->failed = b->repaired = 0;
    for (int i = 0; i < SLICES; i++) {
        struct svi_fit fit;
        struct svi_quotes quotes = { BENCH_SVI_QUOTES, b->quotes[i].k, b->quotes[i].w, b->weight };
        struct svi_hints hints = { .start = b->is_cold ? NULL : &b->start[i] };
        b->failed += svi_fit(&quotes, &hints, &fit) != PRICING_OK;
        b->repaired += fit.repairs > 0;
        b->found[i] = fit.slice;
    }
}

static void run_quantlib(void *self)
{
    struct svi_bench *b = self;
    b->failed = 0;
    for (int i = 0; i < SLICES; i++) {
        double found[5] = { 0.0 };
        b->failed += !bench_quantlib_svi(&b->quotes[i], found);
        b->found[i] = (struct svi){ found[0], found[1], found[3], found[4], found[2] };
    }
}

static void describe(struct bench_contender *contender)
{
    struct svi_bench *b = contender->self;
    double sum = 0.0;
    for (int i = 0; i < SLICES; i++)
        sum += rms_of(b, i, &b->found[i]) / (SLICES - b->failed);
    snprintf(contender->error, sizeof contender->error, "rms %.3e, failed %d of %d", sum, b->failed,
             SLICES);
}

void bench_svi(void)
{
    static struct svi_bench ours, cold, peer;
    struct bench_contender contenders[3] = {
        { .name = "QuantLib SviInterpolation", .run = run_quantlib, .self = &peer, .rows = SLICES },
        { .name = "own, warm start, free of arbitrage",
          .run = run_ours,
          .self = &ours,
          .rows = SLICES },
        { .name = "own, no start", .run = run_ours, .self = &cold, .rows = SLICES },
    };
    struct rng rng;
    rng_init(&rng, 5, 0, 1);
    for (int i = 0; i < SLICES; i++)
        make_slice(&rng, &ours.quotes[i], &ours.start[i]);
    for (int i = 0; i < BENCH_SVI_QUOTES; i++)
        ours.weight[i] = 1.0;
    cold = peer = ours;
    cold.is_cold = true;
    size_t first = bench_has_quantlib() ? 0 : 1, base = 0;
    bench_race(contenders + first, 3 - first);
    for (size_t i = first; i < 3; i++)
        describe(&contenders[i]);
    bench_print("SVI slice of 31 quotes", contenders + first, 3 - first, &base, 1 - first);
    if (first == 0)
        bench_goal("QuantLib, SVI slice from a good start", 8.0,
                   contenders[0].ns / contenders[1].ns);
}
