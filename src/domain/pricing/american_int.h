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
    size_t dividend_count; /* all strictly between now and expiry */
    const double *dividend_years;
    const double *dividend_dollars;
};

struct american_value {
    double price, delta, gamma;
    bool is_exercised; /* now: price is the payoff */
};

/*
 * The least value: without vol the spot moves at its carry, and the best moment to exercise is
 * known. The option as seen at `now` years with this spot; discounted to now.
 */
double american_least_value(const struct american_option *option, double now, double spot);

/* True where the integral equation covers the rates (one boundary, or none) and no cash is paid. */
bool american_boundary_covers(const struct american_option *option);

/*
 * By the integral equation of the exercise boundary. European is the same option without early
 * exercise. False when it did not settle; the value is then not to be used.
 */
bool american_boundary(const struct american_option *option, const struct european_value *european,
                       struct american_value *value);

/* By finite differences: any rates, cash dividends. is_american false: exercise at expiry only. */
bool american_grid(const struct american_option *option, bool is_american,
                   struct american_value *value);

#endif
