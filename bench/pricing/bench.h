/*
 * Measuring pricing against its peers: what the files of this folder share.
 *
 * Each topic (european.c, ...) fills a list of contenders that do the same work on the same rows
 * and hands it to bench_race(): rounds go over all contenders in turn, so that a busy machine is
 * busy for all, the clock is this thread's CPU time, and the fastest round counts. Ratios of one
 * race are what to quote.
 */
#ifndef BENCH_PRICING_BENCH_H
#define BENCH_PRICING_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENCH_ROWS = 4096, BENCH_CONTENDERS_MAX = 16, BENCH_TEXT_BYTES = 96 };

struct bench_contender {
    const char *name;
    void (*run)(void *self);
    void *self;
    size_t rows;                  /* priced by one run */
    double ns;                    /* per row; bench_race() fills it */
    char error[BENCH_TEXT_BYTES]; /* printed beside the speed */
};

/* Measure all, about bench_seconds of CPU time in sum; every one at least five times. */
extern double bench_seconds;
void bench_race(struct bench_contender *contenders, size_t count);

/* The table: ns, M/s, error, and how many times faster than each of the `base` contenders. */
void bench_print(const char *title, const struct bench_contender *contenders, size_t count,
                 const size_t *bases, size_t base_count);

/* "goal 45x QuantLib: 51x, met" */
void bench_goal(const char *text, double goal, double got);

double bench_now(void);

/*
 * The option set: S 99 to 101; strikes 70 % within 3.5 standard deviations, the rest 70 to 130; T
 * 35 % 10 minutes to a session, 15 % 1 to 7 days, 20 % 7 to 45, 15 % 45 to 180, 15 % 180 to 730;
 * vol 5 % to 150 % on a log scale, r 0 to 6 %, q 0 to 3 %, half of them puts.
 */
struct bench_options {
    double spot[BENCH_ROWS], strike[BENCH_ROWS], years[BENCH_ROWS], sigma[BENCH_ROWS];
    double rate[BENCH_ROWS], yield[BENCH_ROWS], forward[BENCH_ROWS], discount[BENCH_ROWS];
    double price[BENCH_ROWS]; /* in 64-bit mantissas, rounded once */
    int8_t sign[BENCH_ROWS];
};
void bench_make_options(struct bench_options *options, uint64_t seed);

/* Black's price in long double; x87 or better, else it is no reference. */
long double bench_black(int sign, long double forward, long double strike, long double total_vol,
                        long double discount);

/* ns per multiplication of eight doubles, fastest of many; NaN without AVX-512. In plain.c. */
double bench_multiply_ns(void);

/* The topics, in the words of main.c. */
void bench_european(void);
void bench_chain(void);
void bench_threads(void);
void bench_implied_vol(void);
void bench_svi(void);
void bench_american(void);
void bench_american_vol(void);
void bench_book(void);

/* peers_quantlib.cpp, or stubs that say no. Each prices `rows` options of columns like those above.
 */
struct bench_columns {
    const struct bench_options *options;
    size_t rows;
    double *out[6]; /* price, delta, gamma, vega, theta, rho; or one vol */
};
bool bench_has_quantlib(void);
void bench_quantlib_black_calculator(void *columns);
void bench_quantlib_lirs(void *columns); /* accuracy 1e-12; NaN where it throws */

struct bench_american {
    const struct bench_options *options; /* years are whole days */
    const double *price;                 /* for vols */
    size_t rows;
    bool is_accurate;
    double out[BENCH_ROWS];
};
void bench_quantlib_american(struct bench_american *work);
void bench_quantlib_american_vol(struct bench_american *work); /* NaN where it throws */

enum { BENCH_SVI_QUOTES = 31 };
struct bench_svi_quotes {
    double years, k[BENCH_SVI_QUOTES], w[BENCH_SVI_QUOTES]; /* forward 100 */
    double strike[BENCH_SVI_QUOTES], vol[BENCH_SVI_QUOTES]; /* the same */
    double start[5];                                        /* a, b, sigma, rho, m */
};
bool bench_quantlib_svi(const struct bench_svi_quotes *quotes,
                        double found[5]); /* false: it threw */

#endif
