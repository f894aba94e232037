#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/rng.h"
#include "bench/pricing/bench.h"

/* Wall time: a busy machine then shows itself in every figure, and the least of many runs forgives
 * it. */
double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double bench_seconds = 4.0;

void bench_race(struct bench_contender *c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        c[i].run(c[i].self);
        c[i].ns = INFINITY;
    }
    double start = bench_now();
    for (int round = 0; round < 5 || bench_now() - start < bench_seconds; round++)
        for (size_t i = 0; i < count; i++) {
            /* Quick ones several times, so that each gets its share of the quiet moments. */
            int runs = c[i].ns * (double)c[i].rows < 2e5 ? 16 : 1;
            for (int k = 0; k < runs; k++) {
                double before = bench_now();
                c[i].run(c[i].self);
                c[i].ns = fmin(c[i].ns, 1e9 * (bench_now() - before) / (double)c[i].rows);
            }
        }
}

void bench_print(const char *title, const struct bench_contender *c, size_t count,
                 const size_t *bases, size_t base_count)
{
    printf("\n%s\n", title);
    for (size_t i = 0; i < count; i++) {
        printf("  %-52s %9.2f ns %9.2f M/s", c[i].name, c[i].ns, 1e3 / c[i].ns);
        for (size_t b = 0; b < base_count; b++)
            printf("  %6.1fx", c[bases[b]].ns / c[i].ns);
        printf("  %s\n", c[i].error);
    }
    if (base_count > 0)
        printf("  (x: times the speed of");
    for (size_t b = 0; b < base_count; b++)
        printf("%s %s", b ? ", of" : "", c[bases[b]].name);
    puts(base_count ? ")" : "");
}

void bench_goal(const char *text, double goal, double got)
{
    if (!isfinite(got))
        printf("  goal %gx %s: no peer here to compare with\n", goal, text);
    else if (got >= goal)
        printf("  goal %gx %s: %.1fx, met\n", goal, text, got);
    else
        printf("  goal %gx %s: %.1fx, missed by %.0f %%\n", goal, text, got,
               100.0 * (1.0 - got / goal));
}

static double between(struct rng *rng, double low, double high)
{
    return low + (high - low) * rng_uniform(rng);
}

static double some_years(struct rng *rng)
{
    double pick = rng_uniform(rng), day = 1.0 / 365.0;
    if (pick < 0.35)
        return between(rng, 10.0, 390.0) / 525600.0;
    if (pick < 0.50)
        return between(rng, 1.0, 7.0) * day;
    if (pick < 0.70)
        return between(rng, 7.0, 45.0) * day;
    if (pick < 0.85)
        return between(rng, 45.0, 180.0) * day;
    return between(rng, 180.0, 730.0) * day;
}

static long double cdf(long double z)
{
    return 0.5L * erfcl(-z * 0.707106781186547524400844362104849039L);
}

long double bench_black(int sign, long double f, long double k, long double v, long double discount)
{
    long double d1 = logl(f / k) / v + 0.5L * v, d2 = logl(f / k) / v - 0.5L * v;
    return discount * sign * (f * cdf(sign * d1) - k * cdf(sign * d2));
}

void bench_make_options(struct bench_options *o, uint64_t seed)
{
    struct rng rng;
    rng_init(&rng, seed, 0, 1);
    for (size_t i = 0; i < BENCH_ROWS; i++) {
        o->spot[i] = between(&rng, 99.0, 101.0);
        o->years[i] = some_years(&rng);
        o->sigma[i] = exp(between(&rng, log(0.05), log(1.5)));
        o->rate[i] = between(&rng, 0.0, 0.06);
        o->yield[i] = between(&rng, 0.0, 0.03);
        double reach = 3.5 * o->sigma[i] * sqrt(o->years[i]);
        if (rng_uniform(&rng) < 0.7)
            o->strike[i] = o->spot[i] * exp(between(&rng, -reach, reach));
        else
            o->strike[i] = between(&rng, 70.0, 130.0);
        o->strike[i] = fmin(fmax(o->strike[i], 70.0), 130.0);
        o->sign[i] = rng_below(&rng, 2) ? 1 : -1;
        o->forward[i] = o->spot[i] * exp((o->rate[i] - o->yield[i]) * o->years[i]);
        o->discount[i] = exp(-o->rate[i] * o->years[i]);
        long double carry = expl(((long double)o->rate[i] - o->yield[i]) * o->years[i]);
        long double discount = expl(-(long double)o->rate[i] * o->years[i]);
        o->price[i] = (double)bench_black(o->sign[i], o->spot[i] * carry, o->strike[i],
                                          o->sigma[i] * sqrtl(o->years[i]), discount);
    }
}
