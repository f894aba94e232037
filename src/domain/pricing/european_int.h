/*
 * One European option, for the other files of this folder.
 */
#ifndef DOMAIN_PRICING_EUROPEAN_INT_H
#define DOMAIN_PRICING_EUROPEAN_INT_H

#include "domain/pricing/european.h"

#include <math.h>
#include <stdbool.h>

/* spot exp(-yield years) = forward discount, strike exp(-rate years) = strike discount. */
struct european_terms {
    double spot;
    double spot_discounted;
    double strike_discounted;
    double strike;
    double log_moneyness; /* ln(forward / strike) */
    double years;
    double variance_years;
    double rate;
    double yield;
    bool about_forward; /* rho holds the forward, not the spot, fixed */
};

struct european_value {
    double price, delta, gamma, vega, theta, rho;
};

#define EUROPEAN_NOTHING                                                                           \
    {                                                                                              \
        NAN, NAN, NAN, NAN, NAN, NAN                                                               \
    }

/* Write a row to the wanted columns; returns 1 when it is not PRICING_OK. */
size_t european_store(const struct pricing_greeks *out, size_t i,
                      const struct european_value *value, uint8_t status);

/* The Greeks beyond the first; NaN where `value` is NaN. */
struct european_higher {
    double phi, dual_delta, vanna, charm, vomma, speed, zomma, color, veta;
};

/* terms must be in range; sign and sigma are checked. Returns the status. */
uint8_t european_price(const struct european_terms *terms, int sign, double sigma,
                       struct european_value *value);
uint8_t european_price_all(const struct european_terms *terms, int sign, double sigma,
                           struct european_value *value, struct european_higher *higher);

/*
 * Fill terms from spot, rate and yield, or from an expiry; false on bad input. An expiry's terms
 * serve all its strikes: set each with european_terms_at(), which refuses a bad one.
 */
bool european_terms_of_spot(struct european_terms *terms, double spot, double strike, double years,
                            double rate, double yield);
bool european_terms_of_expiry(struct european_terms *terms, const struct black76_expiry *expiry);
bool european_terms_at(struct european_terms *terms, const struct black76_expiry *expiry,
                       double strike);

static inline bool is_positive(double value)
{
    return value > 0.0 && isfinite(value);
}

static inline bool is_not_negative(double value)
{
    return value >= 0.0 && isfinite(value);
}

#endif
