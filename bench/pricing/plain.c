/* What a careful C programmer writes with the C library: the yardstick, never used elsewhere. */
#include "bench/pricing/plain.h"

#include <math.h>

static double cdf(double z)
{
    return 0.5 * erfc(-z * M_SQRT1_2);
}

void plain_black_scholes(const struct bench_columns *c)
{
    const struct bench_options *o = c->options;
    for (size_t i = 0; i < c->rows; i++) {
        double s = o->spot[i], k = o->strike[i], t = o->years[i], r = o->rate[i], q = o->yield[i];
        double root = sqrt(t), v = o->sigma[i] * root;
        double d1 = (log(s / k) + (r - q) * t) / v + 0.5 * v, d2 = d1 - v;
        double dq = exp(-q * t), dr = exp(-r * t), sign = o->sign[i];
        double owned = sign * dq * cdf(sign * d1), owed = sign * k * dr * cdf(sign * d2);
        double density = dq * 0.39894228040143267794 * exp(-0.5 * d1 * d1);
        c->out[0][i] = s * owned - owed;
        c->out[1][i] = owned;
        c->out[2][i] = density / (s * v);
        c->out[3][i] = s * density * root;
        c->out[4][i] = -s * density * o->sigma[i] / (2.0 * root) + q * s * owned - r * owed;
        c->out[5][i] = t * owed;
    }
}

/*
 * What the core has left for wide arithmetic right now: a neighbour on the same physical core takes
 * half of it and more, which slows vectors much more than code that waits for its own results.
 */
double bench_multiply_ns(void)
{
#if defined(__AVX512F__)
    typedef double wide __attribute__((vector_size(64)));
    wide factor = (wide){ 0 } + 0.999, a = factor, b = factor, c = factor, d = factor, e = factor,
         f = factor, g = factor, h = factor;
    double best = INFINITY;
    for (int round = 0; round < 400; round++) {
        double start = bench_now();
        for (int k = 0; k < 5000; k++) {
            a *= factor, b *= factor, c *= factor, d *= factor, e *= factor, f *= factor,
                g *= factor, h *= factor;
            __asm__ volatile(""
                             : "+v"(a), "+v"(b), "+v"(c), "+v"(d), "+v"(e), "+v"(f), "+v"(g),
                               "+v"(h));
        }
        best = fmin(best, (bench_now() - start) / (5000.0 * 8.0) * 1e9);
    }
    return best;
#else
    return NAN;
#endif
}
