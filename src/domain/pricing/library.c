/* The names of the installed library, over those of this folder. */
#include "ironfly.h"

#include "domain/pricing/american.h"
#include "domain/pricing/bachelier.h"
#include "domain/pricing/european.h"
#include "domain/pricing/implied_vol.h"
#include "domain/pricing/lanes.h"
#include "domain/pricing/normal_int.h"

#define SAME(public, own) _Static_assert((int)(public) == (int)(own), #public)
SAME(IRONFLY_OK, PRICING_OK);
SAME(IRONFLY_EXPIRED, PRICING_EXPIRED);
SAME(IRONFLY_NO_VOLATILITY, PRICING_NO_VOLATILITY);
SAME(IRONFLY_AT_INTRINSIC, PRICING_AT_INTRINSIC);
SAME(IRONFLY_BELOW_INTRINSIC, PRICING_BELOW_INTRINSIC);
SAME(IRONFLY_ABOVE_MAX, PRICING_ABOVE_MAX);
SAME(IRONFLY_ZERO_PRICE, PRICING_ZERO_PRICE);
SAME(IRONFLY_NO_PRICE, PRICING_NO_PRICE);
SAME(IRONFLY_NO_INFORMATION, PRICING_NO_INFORMATION);
SAME(IRONFLY_BAD_INPUT, PRICING_BAD_INPUT);
SAME(IRONFLY_OUT_OF_RANGE, PRICING_OUT_OF_RANGE);
SAME(IRONFLY_NOT_CONVERGED, PRICING_NOT_CONVERGED);
SAME(IRONFLY_STANDARD, AMERICAN_STANDARD);
SAME(IRONFLY_FAST, AMERICAN_FAST);
SAME(IRONFLY_HIGH, AMERICAN_HIGH);

const char *ironfly_version(void)
{
    return IRONFLY_VERSION;
}

const char *ironfly_simd(void)
{
    return lanes_level_name(lanes_level());
}

const char *ironfly_status_name(uint8_t status)
{
    return pricing_status_name(status);
}

const char *ironfly_status_meaning(uint8_t status)
{
    return pricing_status_meaning(status);
}

static struct pricing_greeks first_of(const struct ironfly_greeks *out)
{
    return (struct pricing_greeks){ out->price, out->delta, out->gamma, out->vega,
                                    out->theta, out->rho,   out->status };
}

static struct european_greeks all_of(const struct ironfly_greeks *out)
{
    return (struct european_greeks){ .first = first_of(out),
                                     .phi = out->phi,
                                     .dual_delta = out->dual_delta,
                                     .vanna = out->vanna,
                                     .charm = out->charm,
                                     .vomma = out->vomma,
                                     .speed = out->speed,
                                     .zomma = out->zomma,
                                     .color = out->color,
                                     .veta = out->veta };
}

static struct black_scholes_terms terms_of(const struct ironfly_terms *terms)
{
    return (struct black_scholes_terms){ terms->spot, terms->strike, terms->years, terms->sigma,
                                         terms->rate, terms->yield,  terms->sign };
}

static struct black76_expiry expiry_of(const struct ironfly_expiry *expiry)
{
    return (struct black76_expiry){ .forward = expiry->forward,
                                    .discount = expiry->discount,
                                    .years = expiry->years,
                                    .variance_years = expiry->variance_years,
                                    .spot = expiry->spot };
}

static struct american_expiry american_of(const struct ironfly_american_expiry *expiry)
{
    return (struct american_expiry){ .spot = expiry->spot,
                                     .years = expiry->years,
                                     .variance_years = expiry->variance_years,
                                     .rate = expiry->rate,
                                     .yield = expiry->yield,
                                     .accuracy = (enum american_accuracy)expiry->accuracy,
                                     .dividend_count = expiry->dividend_count,
                                     .dividend_years = expiry->dividend_years,
                                     .dividend_dollars = expiry->dividend_dollars };
}

size_t ironfly_black_scholes(size_t count, const struct ironfly_terms *terms,
                             const struct ironfly_greeks *out)
{
    struct black_scholes_terms own = terms_of(terms);
    struct european_greeks all = all_of(out);
    return black_scholes_all(count, &own, terms->variance_years, &all);
}

size_t ironfly_black76_chain(const struct ironfly_expiry *expiry, size_t count,
                             const double *strike, const int8_t *sign, const double *sigma,
                             const struct ironfly_greeks *out)
{
    struct black76_expiry own = expiry_of(expiry);
    struct european_greeks all = all_of(out);
    return black76_chain_all(&own, count, strike, sign, sigma, &all);
}

size_t ironfly_implied_vol_chain(const struct ironfly_expiry *expiry, size_t count,
                                 const double *strike, const int8_t *sign, const double *price,
                                 double *sigma, uint8_t *status)
{
    struct black76_expiry own = expiry_of(expiry);
    return implied_vol_chain(&own, count, strike, sign, price, sigma, status);
}

size_t ironfly_implied_vol(size_t count, const struct ironfly_quotes *quotes, double *sigma,
                           uint8_t *status)
{
    struct black76_terms own = { quotes->forward, quotes->strike, quotes->discount,
                                 quotes->years,   NULL,           quotes->sign };
    return implied_vol(count, &own, quotes->price, sigma, status);
}

size_t ironfly_american(size_t count, const struct ironfly_terms *terms,
                        enum ironfly_accuracy accuracy, const struct ironfly_greeks *out,
                        double *boundary)
{
    struct black_scholes_terms own = terms_of(terms);
    struct pricing_greeks first = first_of(out);
    return american_columns(count, &own, (enum american_accuracy)accuracy, &first, boundary);
}

size_t ironfly_american_chain(const struct ironfly_american_expiry *expiry, size_t count,
                              const double *strike, const int8_t *sign, const double *sigma,
                              const struct ironfly_greeks *out, double *boundary)
{
    struct american_expiry own = american_of(expiry);
    struct pricing_greeks first = first_of(out);
    return american_chain_boundary(&own, count, strike, sign, sigma, &first, boundary);
}

size_t ironfly_american_implied_vol_chain(const struct ironfly_american_expiry *expiry,
                                          size_t count, const double *strike, const int8_t *sign,
                                          const double *price, double *sigma, uint8_t *status)
{
    struct american_expiry own = american_of(expiry);
    return american_implied_vol_chain(&own, count, strike, sign, price, sigma, status);
}

size_t ironfly_bachelier(size_t count, const struct ironfly_normal_terms *terms,
                         const struct ironfly_greeks *out)
{
    struct pricing_greeks first = first_of(out);
    return bachelier(count,
                     &(struct black76_terms){ terms->forward, terms->strike, terms->discount,
                                              terms->years, terms->sigma, terms->sign },
                     &first);
}

void ironfly_normal_cdf(size_t count, const double *x, double *cdf)
{
    normal_cdf_column(count, x, cdf);
}
