/* Nanoseconds per option, one thread, on a set like an index chain: 10 minutes to 2 years, vol 5 %
 * to 150 %, strikes mostly within 3.5 standard deviations. Guess: 100 for price and Greeks, 500 for
 * a vol, 100,000 for an American price. */
#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "base/rng.h"
#include "domain/pricing/american.h"
#include "domain/pricing/european.h"
#include "domain/pricing/forward.h"
#include "domain/pricing/implied_vol.h"

#include <math.h>

enum { COUNT = 4096, SLOW = 256, REPEATS = 9 };

struct options {
    double spot[COUNT], strike[COUNT], years[COUNT], sigma[COUNT], rate[COUNT], yield[COUNT];
    double forward[COUNT], discount[COUNT], price[COUNT], back[COUNT];
    double delta[COUNT], gamma[COUNT], vega[COUNT], theta[COUNT], rho[COUNT];
    int8_t sign[COUNT];
    uint8_t status[COUNT];
};

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void make_options(struct options *o)
{
    struct rng rng;
    rng_init(&rng, 1, 0, 1);
    for (int i = 0; i < COUNT; i++) {
        o->spot[i] = 99.0 + 2.0 * rng_uniform(&rng);
        o->years[i] = exp(log(2e-5) + rng_uniform(&rng) * log(1e5));
        o->sigma[i] = exp(log(0.05) + rng_uniform(&rng) * log(30.0));
        o->rate[i] = 0.06 * rng_uniform(&rng);
        o->yield[i] = 0.03 * rng_uniform(&rng);
        double reach = 3.5 * o->sigma[i] * sqrt(o->years[i]);
        o->strike[i] = o->spot[i] * exp(reach * (2.0 * rng_uniform(&rng) - 1.0));
        o->sign[i] = rng_below(&rng, 2) ? OPTION_SIGN_CALL : OPTION_SIGN_PUT;
        o->forward[i] = o->spot[i] * exp((o->rate[i] - o->yield[i]) * o->years[i]);
        o->discount[i] = exp(-o->rate[i] * o->years[i]);
    }
}

static void run_black_scholes(struct options *o)
{
    black_scholes(COUNT,
                  &(struct black_scholes_terms){ o->spot, o->strike, o->years, o->sigma, o->rate,
                                                 o->yield, o->sign },
                  &(struct pricing_greeks){ o->price, o->delta, o->gamma, o->vega, o->theta, o->rho,
                                            o->status });
}

static const struct black76_expiry month = {
    .forward = 100.2, .discount = 0.996, .years = 0.08, .spot = 100.0
};

static void run_chain(struct options *o)
{
    black76_chain(&month, COUNT, o->strike, o->sign, o->sigma,
                  &(struct pricing_greeks){ o->price, o->delta, o->gamma, o->vega, o->theta, o->rho,
                                            o->status });
}

static void run_implied_vol(struct options *o)
{
    implied_vol(
        COUNT,
        &(struct black76_terms){ o->forward, o->strike, o->discount, o->years, NULL, o->sign },
        o->price, o->back, o->status);
}

static void run_implied_vol_chain(struct options *o)
{
    implied_vol_chain(&month, COUNT, o->strike, o->sign, o->price, o->back, o->status);
}

static void run_american(struct options *o)
{
    american(SLOW,
             &(struct black_scholes_terms){ o->spot, o->strike, o->years, o->sigma, o->rate,
                                            o->yield, o->sign },
             &(struct pricing_greeks){ .price = o->price, .delta = o->delta, .gamma = o->gamma });
}

static const double dividend_years = 0.04, dividend_dollars = 0.5;
static const struct american_expiry plain = { .spot = 100.0, .years = 0.08, .rate = 0.05 };
static const struct american_expiry paying = { .spot = 100.0,
                                               .years = 0.08,
                                               .rate = 0.05,
                                               .dividend_count = 1,
                                               .dividend_years = &dividend_years,
                                               .dividend_dollars = &dividend_dollars };

static void run_american_chain(struct options *o)
{
    american_chain(&plain, SLOW, o->strike, o->sign, o->sigma,
                   &(struct pricing_greeks){ .price = o->price, .delta = o->delta });
}

static void run_american_implied_vol(struct options *o)
{
    american_implied_vol_chain(&plain, SLOW, o->strike, o->sign, o->price, o->back, o->status);
}

static void run_american_dividends(struct options *o)
{
    american_chain(&paying, SLOW / 8, o->strike, o->sign, o->sigma,
                   &(struct pricing_greeks){ .price = o->price, .delta = o->delta });
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(struct options *);
        int count;
    } rows[] = {
        { "european price and greeks, general", run_black_scholes, COUNT },
        { "implied vol, general", run_implied_vol, COUNT },
        { "european price and greeks, chain", run_chain, COUNT },
        { "implied vol, chain", run_implied_vol_chain, COUNT },
        { "american price, delta, gamma", run_american, SLOW },
        { "american price, delta, chain", run_american_chain, SLOW },
        { "american implied vol, chain", run_american_implied_vol, SLOW },
        { "american, one cash dividend", run_american_dividends, SLOW / 8 },
    };
    struct options *options = mem_alloc(sizeof *options);
    make_options(options);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        double best = INFINITY;
        for (int repeat = 0; repeat < (rows[i].count < COUNT ? 2 : REPEATS); repeat++) {
            double start = now_ns();
            rows[i].run(options);
            best = fmin(best, (now_ns() - start) / rows[i].count);
        }
        printf("pricing: %-36s %10.0f ns per option\n", rows[i].name, best);
    }
    mem_free(options);
    return 0;
}
