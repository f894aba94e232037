/*
 * Ironfly's option pricing as a library: prices, Greeks, implied vols, American options.
 *
 *     double price, delta;
 *     struct ironfly_terms terms = { &spot, &strike, &years, &sigma, &rate, &yield, &sign };
 *     struct ironfly_greeks out = { .price = &price, .delta = &delta };
 *     size_t bad = ironfly_black_scholes(1, &terms, &out);
 *
 *     cc app.c $(pkg-config --cflags --libs ironfly)
 *
 * Columns in, columns out, one status per element. Dollars or index points per share; sigma, rate,
 * yield per year and continuously compounded, 0.05 is 5 %; time in years of whatever day count the
 * caller likes; sign +1 call, -1 put. Every output column may be NULL when it is not wanted. A row
 * that is not IRONFLY_OK holds NaN in each number that does not exist, never a made-up zero.
 *
 * Functions return how many rows are not IRONFLY_OK. They allocate nothing, keep no state, may be
 * called from any thread, and give the same bits on every machine, vector width and compiler.
 * Inputs and outputs must not overlap. IRONFLY_SIMD=avx512|avx2|portable in the environment
 * overrides the vector width, which otherwise is the widest the machine has.
 *
 * Formulas, sources, domains and errors: docs/pricing.md. Symbols carry the version IRONFLY_0: they
 * keep their meaning as long as the library is named libironfly.so.0.
 */
#ifndef IRONFLY_H
#define IRONFLY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0"; "avx512", "avx2" or "portable". */
const char *ironfly_version(void);
const char *ironfly_simd(void);

enum ironfly_status {
    IRONFLY_OK,
    IRONFLY_EXPIRED,         /* no time is left: the price is the payoff, there is no vol */
    IRONFLY_NO_VOLATILITY,   /* the vol is zero: the price holds, some Greeks do not exist */
    IRONFLY_AT_INTRINSIC,    /* the price has no time value, so no vol */
    IRONFLY_BELOW_INTRINSIC, /* the price is below its lowest fair value */
    IRONFLY_ABOVE_MAX,       /* the price is at or above its highest fair value */
    IRONFLY_ZERO_PRICE,      /* the price is zero, so no vol */
    IRONFLY_NO_PRICE,        /* there is no price (NaN) */
    IRONFLY_NO_INFORMATION,  /* the price moves too little with the vol to tell it */
    IRONFLY_BAD_INPUT,       /* an input is NaN, infinite, or of the wrong sign */
    IRONFLY_OUT_OF_RANGE,    /* the result does not fit a double */
    IRONFLY_NOT_CONVERGED    /* the method did not settle: a defect, report it */
};
/* "at_intrinsic", and what it means in a few words. */
const char *ironfly_status_name(uint8_t status);
const char *ironfly_status_meaning(uint8_t status);

/* Per share of one option held long; theta, charm, color, veta per year that passes, -d/dT. */
struct ironfly_greeks {
    double *price;
    double *delta;      /* dV/dS */
    double *gamma;      /* d2V/dS2 */
    double *vega;       /* dV/dsigma, per 1.00 */
    double *theta;      /* -dV/dT */
    double *rho;        /* dV/dr, per 1.00 */
    double *phi;        /* dV/dq, per 1.00 */
    double *dual_delta; /* dV/dK */
    double *vanna;      /* d2V/dS dsigma */
    double *charm;      /* -d2V/dS dT */
    double *vomma;      /* d2V/dsigma2 */
    double *speed;      /* d3V/dS3 */
    double *zomma;      /* d3V/dS2 dsigma */
    double *color;      /* -d3V/dS2 dT */
    double *veta;       /* -d2V/dsigma dT */
    uint8_t *status;
};

/* European, Black-Scholes-Merton: every term a column. */
struct ironfly_terms {
    const double *spot;
    const double *strike;
    const double *years;
    const double *sigma;
    const double *rate;
    const double *yield;
    const int8_t *sign;
    const double *variance_years; /* the clock that vol is counted in; NULL: years */
};
size_t ironfly_black_scholes(size_t count, const struct ironfly_terms *terms,
                             const struct ironfly_greeks *out);

/*
 * European, Black-76, one expiry: strike, sign and sigma are columns. With spot set the Greeks are
 * about the spot, which carries the forward with it; with 0 about the forward, and phi is NaN.
 */
struct ironfly_expiry {
    double forward;
    double discount; /* value today of 1 dollar at expiry */
    double years;
    double variance_years; /* the clock of vol; 0: years */
    double spot;           /* 0: Greeks about the forward */
};
size_t ironfly_black76_chain(const struct ironfly_expiry *expiry, size_t count,
                             const double *strike, const int8_t *sign, const double *sigma,
                             const struct ironfly_greeks *out);

/*
 * European, Bachelier: the forward itself is normal and may be at or below 0; sigma is in dollars
 * per root of a year. Price, delta, gamma, vega, theta, rho about the forward; the rest is left
 * alone.
 */
struct ironfly_normal_terms {
    const double *forward;
    const double *strike;
    const double *discount;
    const double *years;
    const double *sigma;
    const int8_t *sign;
};
size_t ironfly_bachelier(size_t count, const struct ironfly_normal_terms *terms,
                         const struct ironfly_greeks *out);

/*
 * Implied vol of European prices to the last digits they hold; NaN unless IRONFLY_OK. status may be
 * NULL.
 */
size_t ironfly_implied_vol_chain(const struct ironfly_expiry *expiry, size_t count,
                                 const double *strike, const int8_t *sign, const double *price,
                                 double *sigma, uint8_t *status);
struct ironfly_quotes {
    const double *forward;
    const double *strike;
    const double *discount;
    const double *years;
    const double *price;
    const int8_t *sign;
};
size_t ironfly_implied_vol(size_t count, const struct ironfly_quotes *quotes, double *sigma,
                           uint8_t *status);

/* American: exercise at any moment. Price, delta, gamma, vega, theta, rho; the rest is left alone.
 */
enum ironfly_accuracy { IRONFLY_STANDARD, IRONFLY_FAST, IRONFLY_HIGH };

/*
 * boundary[count], which may be NULL, gets the spot at or below which (put) or at or above which
 * (call) exercise is due now, of two the one next to the strike; NaN where there is none.
 * terms->variance_years is not read.
 */
size_t ironfly_american(size_t count, const struct ironfly_terms *terms,
                        enum ironfly_accuracy accuracy, const struct ironfly_greeks *out,
                        double *boundary);

/* One expiry, with cash dividends: on each ex-date the spot falls by it, or to 0. */
struct ironfly_american_expiry {
    double spot;
    double years;
    double variance_years; /* 0: years */
    double rate;
    double yield; /* continuous, beside the cash dividends */
    enum ironfly_accuracy accuracy;
    size_t dividend_count;        /* at most 64 */
    const double *dividend_years; /* ascending */
    const double *dividend_dollars;
};
size_t ironfly_american_chain(const struct ironfly_american_expiry *expiry, size_t count,
                              const double *strike, const int8_t *sign, const double *sigma,
                              const struct ironfly_greeks *out, double *boundary);
size_t ironfly_american_implied_vol_chain(const struct ironfly_american_expiry *expiry,
                                          size_t count, const double *strike, const int8_t *sign,
                                          const double *price, double *sigma, uint8_t *status);

/* The normal distribution function, within 6 units of the last place; NaN for NaN. */
void ironfly_normal_cdf(size_t count, const double *x, double *cdf);

#ifdef __cplusplus
}
#endif

#endif
