#include "domain/pricing/american_int.h"

#include <math.h>
#include <string.h>

#include "domain/pricing/american_lanes_int.h"

/* Below the first the spot is as good as certain. Below the second the quadratures would look at
 * steps; then the better of waiting till expiry and of certainty is within a thousandth of a cent.
 */
static const double total_vol_min = 1e-12, total_vol_small = 1e-5;

static const struct european_value nothing = EUROPEAN_NOTHING;

bool american_read_expiry(const struct american_expiry *e, struct american_dividends *dividends)
{
    dividends->count = 0;
    if (!is_positive(e->spot) || !is_not_negative(e->years) ||
        !is_not_negative(e->variance_years) || !isfinite(e->rate) || !isfinite(e->yield) ||
        (unsigned)e->accuracy > AMERICAN_HIGH || e->dividend_count > AMERICAN_DIVIDENDS_MAX)
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
double american_clock_factor(const struct american_expiry *e)
{
    return e->variance_years > 0.0 && e->years > 0.0 ? sqrt(e->variance_years / e->years) : 1.0;
}

bool american_option_of(const struct american_expiry *e, const struct american_dividends *dividends,
                        double strike, int sign, double sigma, struct american_option *option)
{
    if (!is_positive(strike) || !is_not_negative(sigma) ||
        (sign != OPTION_SIGN_CALL && sign != OPTION_SIGN_PUT))
        return false;
    *option = (struct american_option){ .spot = e->spot,
                                        .strike = strike,
                                        .years = e->years,
                                        .sigma = sigma * american_clock_factor(e),
                                        .rate = e->rate,
                                        .yield = e->yield,
                                        .sign = sign,
                                        .is_fast = e->accuracy == AMERICAN_FAST,
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
    *value = (struct american_value){ .price = european->price,
                                      .delta = european->delta,
                                      .gamma = european->gamma };
    struct american_value certain;
    if (price_certain(o, PRICING_OK, &certain) != PRICING_OK || certain.price < european->price)
        return;
    *value = certain;
    value->gamma = 0.0;
    value->is_exercised = certain.price == o->sign * (o->spot - o->strike);
}

/* The same option without early exercise, by a method that is exact but for rounding. */
static bool price_european(const struct american_option *o, struct american_value *value)
{
    struct european_terms terms;
    struct european_value european;
    if (o->dividend_count > 0)
        return american_dates_cover(o, false) && american_dates(o, false, value);
    if (!european_terms_of_spot(&terms, o->spot, o->strike, o->years, o->rate, o->yield) ||
        european_price(&terms, o->sign, o->sigma, &european) != PRICING_OK)
        return false;
    *value = (struct american_value){ .price = european.price,
                                      .delta = european.delta,
                                      .gamma = european.gamma };
    return true;
}

/*
 * Finite differences with a control: what the grid gets wrong in the European value, it gets wrong
 * in the American one.
 */
static bool price_on_grid(const struct american_option *o, struct american_value *value)
{
    struct american_value exact, same;
    if (!american_grid(o, true, value))
        return false;
    double payoff = o->sign * (o->spot - o->strike);
    if (value->is_exercised || !price_european(o, &exact) || !american_grid(o, false, &same))
        return true;
    struct american_value better = { .price = value->price + exact.price - same.price,
                                     .delta = value->delta + exact.delta - same.delta,
                                     .gamma = value->gamma + exact.gamma - same.gamma };
    if (!isfinite(better.price + better.delta + better.gamma))
        return true;
    *value = better;
    if (value->price <= payoff)
        *value = (struct american_value){ .price = payoff, .delta = o->sign, .is_exercised = true };
    return true;
}

static uint8_t price_one(const struct american_option *o, struct american_value *value)
{
    if (o->years == 0.0)
        return price_certain(o, PRICING_EXPIRED, value);
    double total_vol = o->sigma * sqrt(o->years);
    if (!(total_vol > total_vol_min))
        return price_certain(o, PRICING_NO_VOLATILITY, value);
    if (total_vol >= total_vol_small && american_dates_cover(o, true) &&
        american_dates(o, true, value))
        return PRICING_OK;
    if (total_vol >= total_vol_small && american_two_cover(o) && american_two(o, value))
        return PRICING_OK;
    if (total_vol >= total_vol_small)
        return price_on_grid(o, value) ? PRICING_OK : PRICING_OUT_OF_RANGE;
    struct european_terms terms;
    struct european_value european;
    if (o->dividend_count == 0 &&
        european_terms_of_spot(&terms, o->spot, o->strike, o->years, o->rate, o->yield) &&
        european_price(&terms, o->sign, o->sigma, &european) == PRICING_OK) {
        price_nearly_certain(o, &european, value);
        return PRICING_OK;
    }
    uint8_t status = price_certain(o, PRICING_OK, value);
    value->gamma = 0.0;
    return status;
}

uint8_t american_price_one(const struct american_option *o, struct american_value *value)
{
    *value = (struct american_value){ .price = NAN, .delta = NAN, .gamma = NAN, .boundary = NAN };
    uint8_t status = price_one(o, value);
    if (value->price < 0.0)
        value->price = 0.0; /* rounding, and what the control of a grid overdoes */
    if (!(value->boundary > 0.0))
        value->boundary = NAN;
    return status;
}

/* Slope of the price between two options; NaN when either has none. */
static double slope_between(const struct american_option *low, const struct american_option *high,
                            double distance)
{
    struct american_value below, above;
    if (american_price_one(low, &below) != PRICING_OK ||
        american_price_one(high, &above) != PRICING_OK)
        return NAN;
    return (above.price - below.price) / distance;
}

double american_theta(const struct american_option *o, const struct american_value *value)
{
    double variance = o->sigma * o->sigma * o->spot * o->spot;
    if (value->is_exercised)
        return 0.0;
    return o->rate * value->price - (o->rate - o->yield) * o->spot * value->delta -
           0.5 * variance * value->gamma;
}

void american_slopes_one(const struct american_option *o, const struct american_value *value,
                         double *vega, double *theta, double *rho)
{
    *vega = *theta = *rho = 0.0;
    if (value->is_exercised)
        return;
    struct american_option low = *o, high = *o;
    low.sigma *= 0.99;
    high.sigma *= 1.01;
    *vega = slope_between(&low, &high, 0.02 * o->sigma);
    low = high = *o;
    low.rate -= 1e-4;
    high.rate += 1e-4;
    *rho = slope_between(&low, &high, 2e-4);
    *theta = american_theta(o, value);
}

/* What a caller asks for. */
struct request {
    const struct pricing_greeks *out;
    double *boundary; /* may be NULL */
    unsigned want;
};

static unsigned want_of(const struct pricing_greeks *out)
{
    unsigned want = AMERICAN_WANT_PRICE;
    if (out->delta || out->gamma || out->theta)
        want |= AMERICAN_WANT_GREEKS;
    if (out->vega)
        want |= AMERICAN_WANT_VEGA;
    if (out->rho)
        want |= AMERICAN_WANT_RHO;
    return want;
}

/* Row i of the block becomes row `at` of the columns. clock: the method's sigma over the caller's.
 */
static size_t store(const struct request *request, const struct american_block *b, size_t i,
                    size_t at, double clock)
{
    const struct pricing_greeks *out = request->out;
    struct european_value all = { .price = b->price[i], .delta = 0.0 };
    uint8_t status = b->status[i];
    bool is_ok = status == PRICING_OK,
         has_price = is_ok || status == PRICING_EXPIRED || status == PRICING_NO_VOLATILITY;
    bool has_first = request->want & AMERICAN_WANT_GREEKS;
    all.delta = has_first ? b->delta[i] : 0.0;
    all.gamma = !is_ok ? NAN : has_first ? b->gamma[i] : 0.0;
    all.theta = !is_ok ? NAN : has_first ? b->theta[i] : 0.0;
    all.vega = !is_ok ? NAN : request->want & AMERICAN_WANT_VEGA ? b->vega[i] * clock : 0.0;
    all.rho = !is_ok ? NAN : request->want & AMERICAN_WANT_RHO ? b->rho[i] : 0.0;
    if (is_ok && !isfinite(all.price + all.delta + all.gamma + all.vega + all.theta + all.rho)) {
        status = PRICING_OUT_OF_RANGE;
        has_price = false;
    }
    if (!has_price)
        all = nothing;
    if (request->boundary)
        request->boundary[at] = status == PRICING_OK ? b->boundary[i] : NAN;
    return european_store(out, at, &all, status);
}

void american_block_copy(struct american_block *b, const struct black_scholes_terms *terms,
                         size_t from)
{
    size_t bytes = b->count * sizeof(double);
    memcpy(b->spot, terms->spot + from, bytes);
    memcpy(b->strike, terms->strike + from, bytes);
    memcpy(b->years, terms->years + from, bytes);
    memcpy(b->rate, terms->rate + from, bytes);
    memcpy(b->yield, terms->yield + from, bytes);
    memcpy(b->sign, terms->sign + from, b->count);
    if (terms->sigma)
        memcpy(b->sigma, terms->sigma + from, bytes);
}

size_t american_columns(size_t count, const struct black_scholes_terms *terms,
                        enum american_accuracy accuracy, const struct pricing_greeks *out,
                        double *boundary)
{
    struct american_scheme scheme;
    struct request request = { out, boundary, want_of(out) };
    struct american_block b;
    size_t bad = 0;
    american_scheme_init(&scheme, accuracy);
    for (size_t from = 0; from < count; from += b.count) {
        b.count = count - from < AMERICAN_BLOCK ? count - from : AMERICAN_BLOCK;
        american_block_copy(&b, terms, from);
        american_block_price(&b, &scheme, request.want);
        for (size_t i = 0; i < b.count; i++)
            bad += store(&request, &b, i, from + i, 1.0);
    }
    return bad;
}

size_t american(size_t count, const struct black_scholes_terms *terms,
                const struct pricing_greeks *out)
{
    return american_columns(count, terms, AMERICAN_STANDARD, out, NULL);
}

/* A row with cash dividends, into place i of the block. */
static void price_with_dividends(const struct american_expiry *e,
                                 const struct american_dividends *dividends, double strike,
                                 int8_t sign, double sigma, unsigned want, struct american_block *b,
                                 size_t i)
{
    struct american_option o;
    struct american_value value = { .price = NAN, .boundary = NAN };
    b->status[i] = PRICING_BAD_INPUT;
    b->vega[i] = b->theta[i] = b->rho[i] = b->boundary[i] = NAN;
    if (american_option_of(e, dividends, strike, sign, sigma, &o))
        b->status[i] = american_price_one(&o, &value);
    b->price[i] = value.price;
    b->delta[i] = value.delta;
    b->gamma[i] = value.gamma;
    b->boundary[i] = value.boundary;
    if (b->status[i] != PRICING_OK)
        return;
    if (want & (AMERICAN_WANT_VEGA | AMERICAN_WANT_RHO))
        american_slopes_one(&o, &value, &b->vega[i], &b->theta[i], &b->rho[i]);
    else
        b->theta[i] = american_theta(&o, &value);
}

void american_block_fill(struct american_block *b, const struct american_expiry *e, size_t count,
                         const double *strike, const int8_t *sign, const double *sigma)
{
    double clock = american_clock_factor(e);
    b->count = count;
    for (size_t i = 0; i < count; i++) {
        b->spot[i] = e->spot;
        b->strike[i] = strike[i];
        b->years[i] = e->years;
        b->sigma[i] = sigma ? sigma[i] * clock : 0.0;
        b->rate[i] = e->rate;
        b->yield[i] = e->yield;
        b->sign[i] = sign[i];
    }
}

size_t american_chain(const struct american_expiry *expiry, size_t count, const double *strike,
                      const int8_t *sign, const double *sigma, const struct pricing_greeks *out)
{
    return american_chain_boundary(expiry, count, strike, sign, sigma, out, NULL);
}

size_t american_chain_boundary(const struct american_expiry *expiry, size_t count,
                               const double *strike, const int8_t *sign, const double *sigma,
                               const struct pricing_greeks *out, double *boundary)
{
    struct american_dividends dividends;
    struct request request = { out, boundary, want_of(out) };
    bool is_good = american_read_expiry(expiry, &dividends);
    bool has_cash = is_good && dividends.count > 0;
    double clock = american_clock_factor(expiry);
    struct american_scheme scheme;
    struct american_block b;
    size_t bad = 0;
    if (is_good)
        american_scheme_init(&scheme, expiry->accuracy);
    for (size_t from = 0; from < count; from += b.count) {
        size_t rows = count - from < AMERICAN_BLOCK ? count - from : AMERICAN_BLOCK;
        american_block_fill(&b, expiry, rows, strike + from, sign + from, sigma + from);
        for (size_t i = 0; i < rows; i++)
            b.status[i] = PRICING_BAD_INPUT;
        if (has_cash)
            for (size_t i = 0; i < rows; i++)
                price_with_dividends(expiry, &dividends, strike[from + i], sign[from + i],
                                     sigma[from + i], request.want, &b, i);
        else if (is_good)
            american_block_price(&b, &scheme, request.want);
        for (size_t i = 0; i < rows; i++)
            bad += store(&request, &b, i, from + i, clock);
    }
    return bad;
}

/* Slopes of the European value by differences of it; delta and gamma come with it. */
static bool european_slopes(const struct american_option *o, const struct american_value *value,
                            struct european_value *all)
{
    struct american_option near[4] = { *o, *o, *o, *o };
    double price[4];
    near[0].sigma *= 0.999;
    near[1].sigma *= 1.001;
    near[2].rate -= 1e-4;
    near[3].rate += 1e-4;
    for (int k = 0; k < 4; k++) {
        struct american_value other;
        if (!american_dates_cover(&near[k], false) || !american_dates(&near[k], false, &other))
            return false;
        price[k] = other.price;
    }
    *all = (struct european_value){ .price = value->price,
                                    .delta = value->delta,
                                    .gamma = value->gamma,
                                    .vega = (price[1] - price[0]) / (0.002 * o->sigma),
                                    .theta = american_theta(o, value),
                                    .rho = (price[3] - price[2]) / 2e-4 };
    return isfinite(all->vega + all->rho + all->theta);
}

size_t european_chain_with_dividends(const struct american_expiry *expiry, size_t count,
                                     const double *strike, const int8_t *sign, const double *sigma,
                                     const struct pricing_greeks *out)
{
    struct american_dividends dividends;
    bool is_good = american_read_expiry(expiry, &dividends);
    double clock = american_clock_factor(expiry);
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        struct american_option o;
        struct american_value value;
        struct european_terms terms;
        struct european_value all = nothing;
        uint8_t status = PRICING_BAD_INPUT;
        if (is_good && american_option_of(expiry, &dividends, strike[i], sign[i], sigma[i], &o)) {
            status = PRICING_OUT_OF_RANGE;
            if (dividends.count == 0 &&
                european_terms_of_spot(&terms, o.spot, o.strike, o.years, o.rate, o.yield))
                status = european_price(&terms, o.sign, o.sigma, &all);
            else if (american_dates_cover(&o, false) && american_dates(&o, false, &value) &&
                     european_slopes(&o, &value, &all))
                status = PRICING_OK;
            if (status != PRICING_OK && dividends.count > 0)
                all = nothing;
            all.vega *= clock;
        }
        bad += european_store(out, i, &all, status);
    }
    return bad;
}
