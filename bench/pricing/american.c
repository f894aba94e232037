/* American prices, vols, and whole books re-marked, beside QuantLib's QdFp engine. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "bench/pricing/bench.h"
#include "domain/pricing/american.h"
#include "domain/pricing/american_cache.h"
#include "domain/pricing/lanes.h"

enum { ROWS = 512, SLOW_ROWS = 64 };

struct work {
    enum lanes_level level;
    enum american_accuracy accuracy;
    struct bench_american peer; /* options and results */
};

static struct bench_options options;
static double reference[BENCH_ROWS], vol_price[BENCH_ROWS];

/* Whole days, as QuantLib's dates ask for. */
static void make_options(void)
{
    bench_make_options(&options, 3);
    for (size_t i = 0; i < BENCH_ROWS; i++)
        options.years[i] = fmax(1.0, round(options.years[i] * 365.0)) / 365.0;
}

static struct black_scholes_terms terms(void)
{
    return (struct black_scholes_terms){ options.spot, options.strike, options.years, options.sigma,
                                         options.rate, options.yield,  options.sign };
}

static void run_price(void *self)
{
    struct work *w = self;
    struct black_scholes_terms t = terms();
    lanes_use(w->level);
    american_columns(w->peer.rows, &t, w->accuracy,
                     &(struct pricing_greeks){ .price = w->peer.out }, NULL);
}

static void run_vol(void *self)
{
    struct work *w = self;
    struct black_scholes_terms t = terms();
    lanes_use(w->level);
    american_implied_vol(w->peer.rows, &t, w->accuracy, vol_price, w->peer.out, NULL);
}

static void run_peer_price(void *self)
{
    struct work *w = self;
    bench_quantlib_american(&w->peer);
}

static void run_peer_vol(void *self)
{
    struct work *w = self;
    bench_quantlib_american_vol(&w->peer);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void state_error(struct bench_contender *c, const double *want, const double *weight)
{
    struct work *w = c->self;
    double off[BENCH_ROWS], squares = 0.0;
    size_t count = 0;
    c->run(c->self);
    for (size_t i = 0; i < w->peer.rows; i++) {
        if (weight && !(weight[i] > 0.0))
            continue;
        off[count] = fabs(w->peer.out[i] - want[i]);
        squares += off[count] * off[count];
        count++;
    }
    qsort(off, count, sizeof *off, by_size);
    snprintf(c->error, sizeof c->error, "p99 %.1e, most %.1e, rms %.1e", off[count * 99 / 100],
             off[count - 1], sqrt(squares / (double)count));
}

static struct work *new_work(size_t rows, enum american_accuracy accuracy, enum lanes_level level,
                             bool is_accurate)
{
    struct work *w = mem_alloc(sizeof *w);
    *w = (struct work){ .level = level,
                        .accuracy = accuracy,
                        .peer = { .options = &options,
                                  .price = vol_price,
                                  .rows = rows,
                                  .is_accurate = is_accurate } };
    return w;
}

static void add(struct bench_contender *c, size_t *count, const char *name, void (*run)(void *),
                struct work *w, const double *want, const double *weight)
{
    c[*count] =
        (struct bench_contender){ .name = name, .run = run, .self = w, .rows = w->peer.rows };
    state_error(&c[(*count)++], want, weight);
}

static void race_prices(enum lanes_level best)
{
    struct bench_contender c[BENCH_CONTENDERS_MAX];
    size_t count = 0, bases[2] = { 0, 1 }, base_count = bench_has_quantlib() ? 2 : 0;
    if (base_count) {
        add(c, &count, "QuantLib QdFp fast (7,2,7)-27", run_peer_price,
            new_work(ROWS, AMERICAN_FAST, best, false), reference, NULL);
        add(c, &count, "QuantLib QdFp accurate (25,5,13)-1e-8", run_peer_price,
            new_work(SLOW_ROWS, AMERICAN_FAST, best, true), reference, NULL);
    }
    size_t ours = count;
    add(c, &count, "ironfly fast (5,2,6)-15", run_price, new_work(ROWS, AMERICAN_FAST, best, false),
        reference, NULL);
    add(c, &count, "ironfly standard (9,4,10)-25", run_price,
        new_work(ROWS, AMERICAN_STANDARD, best, false), reference, NULL);
    add(c, &count, "ironfly high (24,10,24)-64", run_price,
        new_work(SLOW_ROWS, AMERICAN_HIGH, best, false), reference, NULL);
    if (best > LANES_AVX2) {
        add(c, &count, "ironfly fast, AVX2", run_price,
            new_work(ROWS, AMERICAN_FAST, LANES_AVX2, false), reference, NULL);
        add(c, &count, "ironfly standard, AVX2", run_price,
            new_work(ROWS, AMERICAN_STANDARD, LANES_AVX2, false), reference, NULL);
    }
    bench_race(c, count);
    bench_print(
        "American price, whole days, every term a column (error per 100, against ironfly high)", c,
        count, bases, base_count);
    bench_goal("QdFp fast", 25.0, base_count ? c[0].ns / c[ours].ns : NAN);
    bench_goal("QdFp accurate", 80.0, base_count ? c[1].ns / c[ours + 1].ns : NAN);
    for (size_t i = 0; i < count; i++)
        mem_free(c[i].self);
}

static void race_vols(enum lanes_level best, const double *is_informative)
{
    struct bench_contender c[BENCH_CONTENDERS_MAX];
    size_t count = 0, bases[1] = { 0 }, base_count = bench_has_quantlib() ? 1 : 0;
    if (base_count)
        add(c, &count, "QuantLib Brent 1e-7 on QdFp fast", run_peer_vol,
            new_work(SLOW_ROWS, AMERICAN_FAST, best, false), options.sigma, is_informative);
    size_t ours = count;
    add(c, &count, "ironfly standard", run_vol, new_work(ROWS, AMERICAN_STANDARD, best, false),
        options.sigma, is_informative);
    add(c, &count, "ironfly fast", run_vol, new_work(ROWS, AMERICAN_FAST, best, false),
        options.sigma, is_informative);
    if (best > LANES_AVX2)
        add(c, &count, "ironfly standard, AVX2", run_vol,
            new_work(ROWS, AMERICAN_STANDARD, LANES_AVX2, false), options.sigma, is_informative);
    bench_race(c, count);
    bench_print("American implied vol (error in vol, where vega is above 0.1 cent a point)", c,
                count, bases, base_count);
    bench_goal("Brent on QdFp fast", 50.0, base_count ? c[0].ns / c[ours].ns : NAN);
    for (size_t i = 0; i < count; i++)
        mem_free(c[i].self);
}

/* A book of chains: 25,000 contracts, 50 expiries to two years, 250 strikes, calls and puts. */
enum { EXPIRIES = 50, STRIKES = 500, BOOK = EXPIRIES * STRIKES };

struct book {
    struct american_expiry expiry[EXPIRIES];
    double strike[BOOK], price[BOOK], moved[BOOK], sigma[BOOK], cold[BOOK], vol[BOOK];
    double delta[BOOK], gamma[BOOK], vega[BOOK], theta[BOOK];
    double kept[BOOK], premium[BOOK], by_spot[BOOK], by_spot2[BOOK], by_sigma[BOOK];
    double by_spot_sigma[BOOK], by_sigma2[BOOK], share[BOOK];
    int8_t sign[BOOK];
    uint8_t status[BOOK];
    bool is_stale[BOOK];
    struct american_cache cache[EXPIRIES];
};

static void price_book(struct book *b, double *price)
{
    for (size_t i = 0; i < EXPIRIES; i++) {
        size_t at = i * STRIKES;
        american_chain(&b->expiry[i], STRIKES, b->strike + at, b->sign + at, b->vol + at,
                       &(struct pricing_greeks){ .price = price + at });
    }
}

static void make_book(struct book *b)
{
    struct rng rng;
    rng_init(&rng, 4, 0, 1);
    for (size_t i = 0; i < EXPIRIES; i++) {
        double years = (1.0 + 729.0 * (double)(i * i) / (EXPIRIES * EXPIRIES)) / 365.0;
        b->expiry[i] = (struct american_expiry){
            .spot = 100.0, .years = years, .rate = 0.043, .yield = 0.013, .accuracy = AMERICAN_FAST
        };
        for (size_t k = 0; k < STRIKES; k++) {
            size_t at = i * STRIKES + k;
            double reach = 5.0 * ((double)(k / 2) / (STRIKES / 2 - 1) - 0.5);
            b->vol[at] = 0.2 * (1.0 + 0.1 * reach * reach - 0.1 * reach);
            b->strike[at] = 100.0 * exp(reach * 0.2 * sqrt(years));
            b->sign[at] = k % 2 ? 1 : -1;
            b->cache[i] = (struct american_cache){
                0.0,
                b->kept + i * STRIKES,
                b->premium + i * STRIKES,
                b->by_spot + i * STRIKES,
                b->by_spot2 + i * STRIKES,
                b->by_sigma + i * STRIKES,
                b->by_spot_sigma + i * STRIKES,
                b->by_sigma2 + i * STRIKES,
                b->share + i * STRIKES,
            };
        }
    }
    price_book(b, b->price);
}

static struct pricing_greeks greeks_at(struct book *b, size_t at)
{
    return (struct pricing_greeks){ .delta = b->delta + at,
                                    .gamma = b->gamma + at,
                                    .vega = b->vega + at,
                                    .theta = b->theta + at,
                                    .status = b->status + at };
}

static void run_cold(void *self)
{
    struct book *b = self;
    for (size_t i = 0; i < EXPIRIES; i++) {
        size_t at = i * STRIKES;
        struct pricing_greeks out = greeks_at(b, at);
        american_implied_vol_chain(&b->expiry[i], STRIKES, b->strike + at, b->sign + at,
                                   b->moved + at, b->cold + at, NULL);
        american_chain(&b->expiry[i], STRIKES, b->strike + at, b->sign + at, b->cold + at, &out);
    }
}

static void run_cached(void *self)
{
    struct book *b = self;
    for (size_t i = 0; i < EXPIRIES; i++) {
        size_t at = i * STRIKES;
        struct pricing_greeks out = greeks_at(b, at);
        american_cache_remark(&b->cache[i], &b->expiry[i], STRIKES, b->strike + at, b->sign + at,
                              b->moved + at, b->sigma + at, &out, b->is_stale + at);
    }
}

static void race_books(enum lanes_level best)
{
    struct book *b = mem_alloc(sizeof *b);
    lanes_use(best);
    make_book(b);
    for (size_t i = 0; i < EXPIRIES; i++) {
        size_t at = i * STRIKES;
        american_cache_fill(&b->cache[i], &b->expiry[i], STRIKES, b->strike + at, b->sign + at,
                            b->price + at, NULL);
        b->expiry[i].spot *= 1.001;
    }
    price_book(b, b->moved);
    struct bench_contender c[] = {
        { .name = "cold: vol and four Greeks", .run = run_cold, .self = b, .rows = BOOK },
        { .name = "cached premium, spot moved by 0.1 %",
          .run = run_cached,
          .self = b,
          .rows = BOOK },
    };
    bench_race(c, 2);
    double worst = 0.0;
    size_t count = 0, stale = 0;
    for (size_t i = 0; i < BOOK; i++) {
        if (isnan(b->cold[i]) || !(b->vega[i] > 0.1))
            continue;
        stale += b->is_stale[i];
        if (!b->is_stale[i]) {
            worst = fmax(worst, fabs(b->sigma[i] - b->cold[i]));
            count++;
        }
    }
    snprintf(c[0].error, sizeof c[0].error, "%.1f ms", 1e-6 * c[0].ns * BOOK);
    snprintf(c[1].error, sizeof c[1].error, "%.2f ms; %zu vols within %.0e of cold, %zu stale",
             1e-6 * c[1].ns * BOOK, count, worst, stale);
    bench_print("25,000 American contracts re-marked", c, 2, NULL, 0);
    printf("  goals 70 ms cold and 1 ms cached: %s, %s\n",
           c[0].ns * BOOK <= 70e6 ? "met" : "missed", c[1].ns * BOOK <= 1e6 ? "met" : "missed");
    mem_free(b);
}

static double informative[BENCH_ROWS]; /* 1 where the price tells the vol */

static void make_reference(void)
{
    static double vega[BENCH_ROWS];
    make_options();
    struct black_scholes_terms t = terms();
    american_columns(ROWS, &t, AMERICAN_HIGH,
                     &(struct pricing_greeks){ .price = reference, .vega = vega }, NULL);
    for (size_t i = 0; i < ROWS; i++) {
        vol_price[i] = reference[i];
        informative[i] = vega[i] > 0.1 ? 1.0 : 0.0;
    }
}

void bench_american(void)
{
    enum lanes_level best = lanes_level();
    make_reference();
    race_prices(best);
    lanes_use(best);
}

void bench_american_vol(void)
{
    enum lanes_level best = lanes_level();
    make_reference();
    race_vols(best, informative);
    lanes_use(best);
}

void bench_book(void)
{
    race_books(lanes_level());
}
