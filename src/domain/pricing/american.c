#include "domain/pricing/american_int.h"

#include <math.h>

#include "domain/pricing/implied_vol.h"
#include "domain/pricing/normal_int.h"
#include "domain/pricing/portable_int.h"

/* Below the first the spot is as good as certain. Below the second the quadratures would look at
 * steps; then the better of waiting till expiry and of certainty is within a thousandth of a cent.
 */
static const double total_vol_min = 1e-12, total_vol_small = 1e-5;

static const struct european_value nothing = EUROPEAN_NOTHING;

/* The dividends between now and expiry, checked. */
struct dividends {
    size_t count;
    double years[AMERICAN_DIVIDENDS_MAX], dollars[AMERICAN_DIVIDENDS_MAX];
};

static bool read_expiry(const struct american_expiry *e, struct dividends *dividends)
{
    dividends->count = 0;
    if (!is_positive(e->spot) || !is_not_negative(e->years) ||
        !is_not_negative(e->variance_years) || !isfinite(e->rate) || !isfinite(e->yield) ||
        e->dividend_count > AMERICAN_DIVIDENDS_MAX)
        return false;
    for (size_t i = 0; i < e->dividend_count; i++) {
        double years = e->dividend_years[i], dollars = e->dividend_dollars[i];
        if (!isfinite(years) || !is_not_negative(dollars) ||
            (i > 0 && years < e->dividend_years[i - 1]))
            return false;
        if (years > 0.0 && years < e->years && dollars > 0.0) {
            dividends->years[dividends->count] = years;
            dividends->dollars[dividends->count++] = dollars;
        }
    }
    return true;
}

/* The clock of vol runs evenly: fold it into sigma, so that the methods know one time only. */
static double clock_factor(const struct american_expiry *e)
{
    return e->variance_years > 0.0 && e->years > 0.0 ? sqrt(e->variance_years / e->years) : 1.0;
}

static bool option_of(const struct american_expiry *e, const struct dividends *dividends,
                      double strike, int sign, double sigma, struct american_option *option)
{
    if (!is_positive(strike) || !is_not_negative(sigma) ||
        (sign != OPTION_SIGN_CALL && sign != OPTION_SIGN_PUT))
        return false;
    *option = (struct american_option){ .spot = e->spot,
                                        .strike = strike,
                                        .years = e->years,
                                        .sigma = sigma * clock_factor(e),
                                        .rate = e->rate,
                                        .yield = e->yield,
                                        .sign = sign,
                                        .dividend_count = dividends->count,
                                        .dividend_years = dividends->years,
                                        .dividend_dollars = dividends->dollars };
    return true;
}

/* No time or no vol left: the best payoff on the way, and how it moves with the spot. */
static uint8_t price_certain(const struct american_option *o, uint8_t status,
                             struct american_value *value)
{
    double bump = 1e-6 * o->spot;
    double up = american_least_value(o, 0.0, o->spot + bump);
    double down = american_least_value(o, 0.0, o->spot - bump);
    *value = (struct american_value){ .price = american_least_value(o, 0.0, o->spot),
                                      .delta = (up - down) / (2.0 * bump),
                                      .gamma = NAN };
    return isfinite(value->price) && isfinite(value->delta) ? status : PRICING_OUT_OF_RANGE;
}

static void price_nearly_certain(const struct american_option *o,
                                 const struct european_value *european,
                                 struct american_value *value)
{
    *value = (struct american_value){ european->price, european->delta, european->gamma, false };
    struct american_value certain;
    if (price_certain(o, PRICING_OK, &certain) != PRICING_OK || certain.price < european->price)
        return;
    *value = certain;
    value->gamma = 0.0;
    value->is_exercised = certain.price == o->sign * (o->spot - o->strike);
}

static uint8_t price_one(const struct american_option *o, struct american_value *value)
{
    if (o->years == 0.0)
        return price_certain(o, PRICING_EXPIRED, value);
    if (!(o->sigma * sqrt(o->years) > total_vol_min))
        return price_certain(o, PRICING_NO_VOLATILITY, value);
    bool is_nearly_certain = o->sigma * sqrt(o->years) < total_vol_small;
    if (!american_boundary_covers(o)) {
        if (is_nearly_certain) {
            uint8_t status = price_certain(o, PRICING_OK, value);
            value->gamma = 0.0;
            return status;
        }
        return american_grid(o, true, value) ? PRICING_OK : PRICING_OUT_OF_RANGE;
    }
    struct european_terms terms;
    struct european_value european;
    if (!european_terms_of_spot(&terms, o->spot, o->strike, o->years, o->rate, o->yield))
        return PRICING_BAD_INPUT;
    uint8_t status = european_price(&terms, o->sign, o->sigma, &european);
    if (status != PRICING_OK)
        return status;
    if (is_nearly_certain) {
        price_nearly_certain(o, &european, value);
        return PRICING_OK;
    }
    return american_boundary(o, &european, value) ? PRICING_OK : PRICING_NOT_CONVERGED;
}

/* Slope of the price between two options; NaN when either has none. */
static double slope_between(const struct american_option *low, const struct american_option *high,
                            double distance)
{
    struct american_value below, above;
    if (price_one(low, &below) != PRICING_OK || price_one(high, &above) != PRICING_OK)
        return NAN;
    return (above.price - below.price) / distance;
}

static double vega_of(const struct american_option *o)
{
    struct american_option low = *o, high = *o;
    low.sigma *= 0.99;
    high.sigma *= 1.01;
    return slope_between(&low, &high, 0.02 * o->sigma);
}

static double rho_of(const struct american_option *o)
{
    struct american_option low = *o, high = *o;
    low.rate -= 1e-4;
    high.rate += 1e-4;
    return slope_between(&low, &high, 2e-4);
}

/* `clock` turns the method's sigma back into the caller's. */
static uint8_t value_one(const struct american_option *o, double clock,
                         const struct pricing_greeks *out, struct european_value *all)
{
    struct american_value value;
    *all = nothing;
    uint8_t status = price_one(o, &value);
    if (status == PRICING_EXPIRED || status == PRICING_NO_VOLATILITY) {
        all->price = value.price;
        all->delta = value.delta;
        return status;
    }
    if (status != PRICING_OK)
        return status;
    *all =
        (struct european_value){ .price = value.price, .delta = value.delta, .gamma = value.gamma };
    if (value.is_exercised)
        return status;
    double variance = o->sigma * o->sigma * o->spot * o->spot;
    all->theta = o->rate * value.price - (o->rate - o->yield) * o->spot * value.delta -
                 0.5 * variance * value.gamma;
    if (out->vega)
        all->vega = vega_of(o) * clock;
    if (out->rho)
        all->rho = rho_of(o);
    if (isfinite(all->theta + all->vega + all->rho))
        return status;
    *all = nothing;
    return PRICING_OUT_OF_RANGE;
}

size_t american_chain(const struct american_expiry *expiry, size_t count, const double *strike,
                      const int8_t *sign, const double *sigma, const struct pricing_greeks *out)
{
    struct dividends dividends;
    bool is_good = read_expiry(expiry, &dividends);
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        struct american_option option;
        struct european_value value = nothing;
        uint8_t status = PRICING_BAD_INPUT;
        if (is_good && option_of(expiry, &dividends, strike[i], sign[i], sigma[i], &option))
            status = value_one(&option, clock_factor(expiry), out, &value);
        bad += european_store(out, i, &value, status);
    }
    return bad;
}

size_t american(size_t count, const struct black_scholes_terms *terms,
                const struct pricing_greeks *out)
{
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        struct american_expiry expiry = { .spot = terms->spot[i],
                                          .years = terms->years[i],
                                          .rate = terms->rate[i],
                                          .yield = terms->yield[i] };
        struct dividends none;
        struct american_option option;
        struct european_value value = nothing;
        uint8_t status = PRICING_BAD_INPUT;
        if (read_expiry(&expiry, &none) &&
            option_of(&expiry, &none, terms->strike[i], terms->sign[i], terms->sigma[i], &option))
            status = value_one(&option, 1.0, out, &value);
        bad += european_store(out, i, &value, status);
    }
    return bad;
}

/* price(sigma) - target; false when there is no price. */
static bool price_error(const struct american_option *o, double sigma, double target, double *error)
{
    struct american_option option = *o;
    struct american_value value;
    option.sigma = sigma;
    uint8_t status = price_one(&option, &value);
    *error = value.price - target;
    return (status == PRICING_OK || status == PRICING_NO_VOLATILITY) && isfinite(*error);
}

/*
 * An American option is worth at least the European one, so the European vol of the price, where
 * there is one, is an upper end.
 */
static double european_vol(const struct american_option *o, double target)
{
    double growth = portable_exp((o->rate - o->yield) * o->years), paid = 0.0;
    for (size_t i = 0; i < o->dividend_count; i++)
        paid += o->dividend_dollars[i] * portable_exp(-(o->rate - o->yield) * o->dividend_years[i]);
    struct black76_expiry expiry = { .forward = (o->spot - paid) * growth,
                                     .discount = portable_exp(-o->rate * o->years),
                                     .years = o->years };
    int8_t sign = (int8_t)o->sign;
    double sigma;
    implied_vol_chain(&expiry, 1, &o->strike, &sign, &target, &sigma, NULL);
    return sigma;
}

/* Vols with a price below (or at) the target and above (or at) it, and by how much. */
struct bracket {
    double low, high, low_error, high_error;
};

static uint8_t find_bracket(const struct american_option *o, double target, struct bracket *b)
{
    double highest = AMERICAN_TOTAL_VOL_MAX / sqrt(o->years);
    b->low = 0.0;
    b->high = european_vol(o, target);
    if (!(b->high > 0.0 && b->high < highest))
        b->high = fmin(1.0, 0.5 * highest);
    /* The European vol is a bound in theory and, by the pricer's last digits, not in practice. */
    b->high *= 1.0 + 1e-6;
    for (;;) {
        if (!price_error(o, b->high, target, &b->high_error))
            return PRICING_OUT_OF_RANGE;
        if (b->high_error >= 0.0)
            break;
        if (b->high >= highest)
            return PRICING_ABOVE_MAX;
        b->low = b->high;
        b->high = fmin(2.0 * b->high, highest);
    }
    /* Most often the European vol is close: look just below it first. */
    for (double step = 1e-3;; step *= 8.0) {
        double vol = fmax(b->high * (1.0 - step), b->low), error;
        if (!price_error(o, vol, target, &error))
            return PRICING_OUT_OF_RANGE;
        if (error < 0.0 || vol <= b->low) {
            b->low = vol;
            b->low_error = error;
            return PRICING_OK;
        }
        b->high = vol;
        b->high_error = error;
    }
}

/*
 * A bracketed secant search that halves the weight of an end that stays (Illinois). The price is
 * flat in the vol until the option lives, so no slope is trusted.
 */
static uint8_t search_vol(const struct american_option *o, double target, double *sigma)
{
    enum { STEPS_MAX = 100 };
    static const double close = 1e-10;
    struct bracket b;
    uint8_t status = find_bracket(o, target, &b);
    int kept = 0; /* +1: the high end moved last, -1: the low end */
    for (int i = 0; status == PRICING_OK && i < STEPS_MAX; i++) {
        double error,
            next = b.high - b.high_error * (b.high - b.low) / (b.high_error - b.low_error);
        if (!(next > b.low && next < b.high))
            next = 0.5 * (b.low + b.high);
        if (!price_error(o, next, target, &error))
            return PRICING_OUT_OF_RANGE;
        *sigma = next;
        bool is_high = error > 0.0;
        double moved = is_high ? b.high - next : next - b.low;
        if (error == 0.0 || b.high - b.low <= 10.0 * close * b.high ||
            (moved <= close * next && kept == (is_high ? 1 : -1)))
            return PRICING_OK;
        if (is_high) {
            b.high = next;
            b.high_error = error;
            b.low_error *= kept == 1 ? 0.5 : 1.0;
        } else {
            b.low = next;
            b.low_error = error;
            b.high_error *= kept == -1 ? 0.5 : 1.0;
        }
        kept = is_high ? 1 : -1;
    }
    return status == PRICING_OK ? PRICING_NOT_CONVERGED : status;
}

static uint8_t implied_one(const struct american_option *o, double price, double *sigma)
{
    double payoff = o->sign * (o->spot - o->strike), most = o->sign > 0 ? o->spot : o->strike;
    if (isnan(price))
        return PRICING_NO_PRICE;
    if (isinf(price))
        return PRICING_BAD_INPUT;
    if (o->years == 0.0)
        return PRICING_EXPIRED;
    double least = american_least_value(o, 0.0, o->spot);
    if (!isfinite(least))
        return PRICING_OUT_OF_RANGE;
    if (price < 0.0 || price < payoff)
        return PRICING_BELOW_INTRINSIC;
    if (price == 0.0)
        return least > 0.0 ? PRICING_BELOW_INTRINSIC : PRICING_ZERO_PRICE;
    if (price == payoff)
        return PRICING_AT_INTRINSIC;
    if (price < least)
        return PRICING_BELOW_INTRINSIC;
    if (price >= most && o->rate >= 0.0 && o->yield >= 0.0)
        return PRICING_ABOVE_MAX;
    if (least > 0.0 && price - least < 1e-6 * fmax(o->spot, o->strike))
        return PRICING_NO_INFORMATION;
    uint8_t status = search_vol(o, price, sigma);
    if (status != PRICING_OK || !is_positive(*sigma))
        *sigma = NAN;
    return status == PRICING_OK && isnan(*sigma) ? PRICING_NO_INFORMATION : status;
}

size_t american_implied_vol_chain(const struct american_expiry *expiry, size_t count,
                                  const double *strike, const int8_t *sign, const double *price,
                                  double *sigma, uint8_t *status)
{
    struct dividends dividends;
    bool is_good = read_expiry(expiry, &dividends);
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        struct american_option option;
        uint8_t row = PRICING_BAD_INPUT;
        sigma[i] = NAN;
        if (is_good && option_of(expiry, &dividends, strike[i], sign[i], 0.0, &option))
            row = implied_one(&option, price[i], &sigma[i]);
        sigma[i] /= clock_factor(expiry);
        if (status)
            status[i] = row;
        bad += row != PRICING_OK;
    }
    return bad;
}
