/*
 * The methods behind american.h, for one option in range: years and total vol above 0, sign
 * checked, dividends ascending.
 */
#ifndef DOMAIN_PRICING_AMERICAN_INT_H
#define DOMAIN_PRICING_AMERICAN_INT_H

#include <stdbool.h>

#include "domain/pricing/american.h"
#include "domain/pricing/european_int.h"

struct american_option {
    double spot, strike, years, sigma, rate, yield;
    int sign;
    bool is_fast;          /* AMERICAN_FAST: no boundaries between ex-dates */
    size_t dividend_count; /* all strictly between now and expiry */
    const double *dividend_years;
    const double *dividend_dollars;
};

struct american_value {
    double price, delta, gamma;
    bool is_exercised; /* now: price is the payoff */
    double
        boundary; /* spot to exercise at now; not above 0 when there is none or it is not known */
};

/*
 * The least value: without vol the spot moves at its carry, and the best moment to exercise is
 * known. The option as seen at `now` years with this spot; discounted to now.
 */
double american_least_value(const struct american_option *option, double now, double spot);

/*
 * Options without cash dividends, every term a column, priced together. Rows are checked; a bad one
 * leaves its neighbours alone.
 */
enum { AMERICAN_BLOCK = 256 };

enum american_want {
    AMERICAN_WANT_PRICE = 0,
    AMERICAN_WANT_VEGA_EUROPEAN = 1, /* of the same option without early exercise */
    AMERICAN_WANT_GREEKS = 2,        /* delta, gamma, theta */
    AMERICAN_WANT_VEGA = 4,
    AMERICAN_WANT_RHO = 8,
    AMERICAN_WANT_PREMIUM = 16, /* premium, and its slopes, to vol too with VEGA */
};

struct american_block {
    size_t count;
    double spot[AMERICAN_BLOCK], strike[AMERICAN_BLOCK], years[AMERICAN_BLOCK];
    double sigma[AMERICAN_BLOCK], rate[AMERICAN_BLOCK], yield[AMERICAN_BLOCK];
    int8_t sign[AMERICAN_BLOCK];

    double price[AMERICAN_BLOCK], delta[AMERICAN_BLOCK], gamma[AMERICAN_BLOCK];
    double vega[AMERICAN_BLOCK], theta[AMERICAN_BLOCK], rho[AMERICAN_BLOCK];
    double premium[AMERICAN_BLOCK], premium_delta[AMERICAN_BLOCK], premium_gamma[AMERICAN_BLOCK];
    double premium_vega[AMERICAN_BLOCK], premium_vanna[AMERICAN_BLOCK],
        premium_vomma[AMERICAN_BLOCK];
    double boundary[AMERICAN_BLOCK]; /* spot to exercise at now; NaN when there is none */
    bool is_exercised[AMERICAN_BLOCK];
    uint8_t status[AMERICAN_BLOCK];
};

struct american_scheme;
void american_block_price(struct american_block *block, const struct american_scheme *scheme,
                          unsigned want);

/* Any option in range, one at a time, the slow way; cash dividends too. */
uint8_t american_price_one(const struct american_option *option, struct american_value *value);

/* Vega, theta and rho of that option, by differences and the pricing equation. */
void american_slopes_one(const struct american_option *option, const struct american_value *value,
                         double *vega, double *theta, double *rho);
double american_theta(const struct american_option *option, const struct american_value *value);

/* The inputs of a block from a chain; sigma NULL leaves it 0. */
void american_block_fill(struct american_block *block, const struct american_expiry *expiry,
                         size_t count, const double *strike, const int8_t *sign,
                         const double *sigma);

/* The inputs of block->count rows of columns, from row `from` on; terms->sigma may be NULL. */
void american_block_copy(struct american_block *block, const struct black_scholes_terms *terms,
                         size_t from);

/* The dividends between now and expiry, checked; false on an expiry that is bad input. */
struct american_dividends {
    size_t count;
    double years[AMERICAN_DIVIDENDS_MAX], dollars[AMERICAN_DIVIDENDS_MAX];
};
bool american_read_expiry(const struct american_expiry *expiry,
                          struct american_dividends *dividends);

/* False on bad input. The clock of vol is folded into sigma. */
bool american_option_of(const struct american_expiry *expiry,
                        const struct american_dividends *dividends, double strike, int sign,
                        double sigma, struct american_option *option);

/* sigma of the methods = factor x sigma of the caller. */
double american_clock_factor(const struct american_expiry *expiry);

/*
 * Cash dividends by quadrature before each ex-date, European (is_american false) or American with
 * at most one boundary between ex-dates; false where that does not settle.
 */
bool american_dates_cover(const struct american_option *option, bool is_american);
bool american_dates(const struct american_option *option, bool is_american,
                    struct american_value *value);

/*
 * Without cash dividends, where holding the strike costs: rates of 0 and below, with two boundaries
 * or one. Its boundary is the one next to the strike.
 */
bool american_two_cover(const struct american_option *option);
bool american_two(const struct american_option *option, struct american_value *value);

/* By finite differences: any rates, cash dividends. is_american false: exercise at expiry only. */
bool american_grid(const struct american_option *option, bool is_american,
                   struct american_value *value);

#endif
