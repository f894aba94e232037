#include "domain/pricing/european_int.h"

#include <math.h>

#include "domain/pricing/normal_int.h"
#include "domain/pricing/portable_int.h"

bool european_terms_of_spot(struct european_terms *terms, double spot, double strike, double years,
                            double rate, double yield)
{
    if (!is_positive(spot) || !is_positive(strike) || !is_not_negative(years) || !isfinite(rate) ||
        !isfinite(yield))
        return false;
    *terms = (struct european_terms){
        .spot = spot,
        .spot_discounted = spot * portable_exp(-yield * years),
        .strike_discounted = strike * portable_exp(-rate * years),
        .log_moneyness = log_ratio(spot, strike) + (rate - yield) * years,
        .years = years,
        .variance_years = years,
        .rate = rate,
        .yield = yield,
    };
    return true;
}

bool european_terms_of_expiry(struct european_terms *terms, const struct black76_expiry *e)
{
    if (!is_positive(e->forward) || !is_positive(e->discount) || !is_not_negative(e->years) ||
        !is_not_negative(e->variance_years) || !is_not_negative(e->spot))
        return false;
    bool about_forward = e->spot == 0.0;
    double rate = e->years > 0.0 ? -portable_log(e->discount) / e->years : 0.0;
    double carry =
        about_forward || e->years == 0.0 ? 0.0 : log_ratio(e->forward, e->spot) / e->years;
    *terms = (struct european_terms){
        .spot = about_forward ? e->forward : e->spot,
        .spot_discounted = e->forward * e->discount,
        .years = e->years,
        .variance_years = e->variance_years > 0.0 ? e->variance_years : e->years,
        .rate = rate,
        .yield = rate - carry,
        .about_forward = about_forward,
    };
    return true;
}

bool european_terms_at(struct european_terms *terms, const struct black76_expiry *expiry,
                       double strike)
{
    if (!is_positive(strike))
        return false;
    terms->strike_discounted = strike * expiry->discount;
    terms->log_moneyness = log_ratio(expiry->forward, strike);
    return true;
}

static const struct european_value nothing = EUROPEAN_NOTHING;

/* No time or no vol: the payoff, and its slope where it has one. */
static uint8_t price_payoff(const struct european_terms *terms, int sign, uint8_t status,
                            struct european_value *value)
{
    double moneyness = sign * terms->log_moneyness;
    double exercised = moneyness > 0.0 ? 1.0 : moneyness == 0.0 ? 0.5 : 0.0;
    double gain = sign * (terms->spot_discounted - terms->strike_discounted);
    *value = nothing;
    value->price = gain > 0.0 ? gain : 0.0;
    value->delta = sign * exercised * (terms->spot_discounted / terms->spot);
    return isfinite(value->price) && isfinite(value->delta) ? status : PRICING_OUT_OF_RANGE;
}

uint8_t european_price(const struct european_terms *terms, int sign, double sigma,
                       struct european_value *value)
{
    if ((sign != OPTION_SIGN_CALL && sign != OPTION_SIGN_PUT) || !is_not_negative(sigma)) {
        *value = nothing;
        return PRICING_BAD_INPUT;
    }
    double total_vol = sigma * sqrt(terms->variance_years);
    double x = terms->log_moneyness;
    uint8_t status = PRICING_OK;
    if (terms->years == 0.0) {
        status = price_payoff(terms, sign, PRICING_EXPIRED, value);
    } else if (!(total_vol > 1e-300)) {
        status = price_payoff(terms, sign, PRICING_NO_VOLATILITY, value);
    } else {
        /* The out-of-the-money side never cancels; the other side adds the discounted payoff. */
        struct normalised_black black = normalised_black(fabs(x), total_vol);
        double scale = sqrt(terms->spot_discounted) * sqrt(terms->strike_discounted);
        double gain = sign * (terms->spot_discounted - terms->strike_discounted);
        double d1 = x / total_vol + 0.5 * total_vol, d2 = x / total_vol - 0.5 * total_vol;
        double vega_unit = scale * black.slope; /* spot discounted x phi(d1) */
        double owned = sign * normal_cdf(sign * d1) * terms->spot_discounted;
        double owed = sign * normal_cdf(sign * d2) * terms->strike_discounted;
        /* ln(forward / strike) and the gain may round to different sides of nothing. */
        value->price = scale * black.price + (sign * x > 0.0 ? fmax(gain, 0.0) : 0.0);
        value->delta = owned / terms->spot;
        value->gamma = vega_unit / terms->spot / terms->spot / total_vol;
        value->vega = vega_unit * sqrt(terms->variance_years);
        value->theta =
            -0.5 * vega_unit * total_vol / terms->years + terms->yield * owned - terms->rate * owed;
        value->rho = terms->about_forward ? -terms->years * value->price : terms->years * owed;
        if (!isfinite(value->price + value->delta + value->gamma) ||
            !isfinite(value->vega + value->theta + value->rho))
            status = PRICING_OUT_OF_RANGE;
    }
    if (status == PRICING_OUT_OF_RANGE)
        *value = nothing;
    return status;
}

size_t european_store(const struct pricing_greeks *out, size_t i,
                      const struct european_value *value, uint8_t status)
{
    double *const columns[] = {
        out->price, out->delta, out->gamma, out->vega, out->theta, out->rho
    };
    const double values[] = { value->price, value->delta, value->gamma,
                              value->vega,  value->theta, value->rho };
    for (size_t k = 0; k < ARRAY_COUNT(columns); k++)
        if (columns[k])
            columns[k][i] = values[k];
    if (out->status)
        out->status[i] = status;
    return status != PRICING_OK;
}

size_t black76_chain(const struct black76_expiry *expiry, size_t count, const double *strike,
                     const int8_t *sign, const double *sigma, const struct pricing_greeks *out)
{
    struct european_terms terms;
    bool is_good = european_terms_of_expiry(&terms, expiry);
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        struct european_value value = nothing;
        uint8_t status = PRICING_BAD_INPUT;
        if (is_good && european_terms_at(&terms, expiry, strike[i]))
            status = european_price(&terms, sign[i], sigma[i], &value);
        bad += european_store(out, i, &value, status);
    }
    return bad;
}

size_t black76(size_t count, const struct black76_terms *terms, const struct pricing_greeks *out)
{
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        struct black76_expiry expiry = { .forward = terms->forward[i],
                                         .discount = terms->discount[i],
                                         .years = terms->years[i] };
        struct european_terms one;
        struct european_value value = nothing;
        uint8_t status = PRICING_BAD_INPUT;
        if (european_terms_of_expiry(&one, &expiry) &&
            european_terms_at(&one, &expiry, terms->strike[i]))
            status = european_price(&one, terms->sign[i], terms->sigma[i], &value);
        bad += european_store(out, i, &value, status);
    }
    return bad;
}

size_t black_scholes(size_t count, const struct black_scholes_terms *terms,
                     const struct pricing_greeks *out)
{
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        struct european_terms one;
        struct european_value value = nothing;
        uint8_t status = PRICING_BAD_INPUT;
        if (european_terms_of_spot(&one, terms->spot[i], terms->strike[i], terms->years[i],
                                   terms->rate[i], terms->yield[i]))
            status = european_price(&one, terms->sign[i], terms->sigma[i], &value);
        bad += european_store(out, i, &value, status);
    }
    return bad;
}
