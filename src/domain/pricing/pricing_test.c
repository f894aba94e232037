/*
 * Statuses: an input for each, and none that lies. NOT_CONVERGED is no answer but a defect: it is
 * looked for, and must not come.
 */
#include "domain/pricing/pricing.h"

#include "base/rng.h"
#include "domain/pricing/american.h"
#include "domain/pricing/bachelier.h"
#include "domain/pricing/european_int.h"
#include "domain/pricing/forward.h"
#include "domain/pricing/implied_vol.h"
#include "domain/pricing/svi.h"
#include "domain/pricing/svi_fit.h"
#include "tests/testing.h"

struct row {
    double spot, strike, years, sigma, rate, yield;
    int8_t sign;
};

struct answer {
    double price, delta, gamma, vega, theta, rho;
    uint8_t status;
};

static struct black_scholes_terms terms_of(const struct row *r)
{
    return (struct black_scholes_terms){ &r->spot, &r->strike, &r->years, &r->sigma,
                                         &r->rate, &r->yield,  &r->sign };
}

static struct pricing_greeks outputs(struct answer *a)
{
    return (struct pricing_greeks){ &a->price, &a->delta, &a->gamma, &a->vega,
                                    &a->theta, &a->rho,   &a->status };
}

static struct answer european(const struct row *r)
{
    struct answer a;
    struct black_scholes_terms terms = terms_of(r);
    struct pricing_greeks out = outputs(&a);
    CHECK_EQ(black_scholes(1, &terms, &out), a.status != PRICING_OK);
    return a;
}

static struct answer american_at(const struct row *r, enum american_accuracy accuracy)
{
    struct answer a;
    struct black_scholes_terms terms = terms_of(r);
    struct pricing_greeks out = outputs(&a);
    CHECK_EQ(american_columns(1, &terms, accuracy, &out, NULL), a.status != PRICING_OK);
    return a;
}

/* Forward, no rates: the terms of european.h's general Black-76 form. */
static struct answer normal(const struct row *r)
{
    struct answer a;
    double discount = 1.0;
    struct black76_terms terms = {
        &r->spot, &r->strike, &discount, &r->years, &r->sigma, &r->sign
    };
    struct pricing_greeks out = outputs(&a);
    CHECK_EQ(bachelier(1, &terms, &out), a.status != PRICING_OK);
    return a;
}

/* What a status promises about the numbers beside it. */
static void check_numbers(const struct answer *a)
{
    bool all = isfinite(a->price + a->delta + a->gamma) && isfinite(a->vega + a->theta + a->rho);
    switch (a->status) {
    case PRICING_OK:
        CHECK(all);
        break;
    case PRICING_EXPIRED:
    case PRICING_NO_VOLATILITY:
        CHECK(isfinite(a->price) && a->price >= 0.0 && isnan(a->gamma));
        break;
    default:
        CHECK(isnan(a->price) && isnan(a->delta) && isnan(a->gamma) && isnan(a->vega) &&
              isnan(a->theta) && isnan(a->rho));
    }
}

TEST(pricing_status, every_status_of_a_price_has_an_input)
{
    static const struct {
        struct row row;
        uint8_t european, american;
    } cases[] = {
        { { 100, 100, 0.5, 0.2, 0.04, 0.01, 1 }, PRICING_OK, PRICING_OK },
        { { 100, 90, 0.0, 0.2, 0.04, 0.01, 1 }, PRICING_EXPIRED, PRICING_EXPIRED },
        { { 100, 90, 0.5, 0.0, 0.04, 0.01, -1 }, PRICING_NO_VOLATILITY, PRICING_NO_VOLATILITY },
        { { 0, 90, 0.5, 0.2, 0.04, 0.01, 1 }, PRICING_BAD_INPUT, PRICING_BAD_INPUT },
        { { 100, -1, 0.5, 0.2, 0.04, 0.01, 1 }, PRICING_BAD_INPUT, PRICING_BAD_INPUT },
        { { 100, 90, -0.1, 0.2, 0.04, 0.01, 1 }, PRICING_BAD_INPUT, PRICING_BAD_INPUT },
        { { 100, 90, 0.5, -0.2, 0.04, 0.01, 1 }, PRICING_BAD_INPUT, PRICING_BAD_INPUT },
        { { 100, 90, 0.5, 0.2, NAN, 0.01, 1 }, PRICING_BAD_INPUT, PRICING_BAD_INPUT },
        { { 100, 90, 0.5, 0.2, 0.04, INFINITY, 1 }, PRICING_BAD_INPUT, PRICING_BAD_INPUT },
        { { 100, 90, 0.5, 0.2, 0.04, 0.01, 0 }, PRICING_BAD_INPUT, PRICING_BAD_INPUT },
        { { 100, 90, 0.5, 0.2, -1e4, 0.01, -1 }, PRICING_OUT_OF_RANGE, PRICING_OUT_OF_RANGE },
    };
    FOR_EACH (c, cases) {
        struct answer a = european(&c->row);
        CHECK_STR(pricing_status_name(a.status), pricing_status_name(c->european));
        check_numbers(&a);
        for (int accuracy = AMERICAN_STANDARD; accuracy <= AMERICAN_HIGH; accuracy++) {
            a = american_at(&c->row, (enum american_accuracy)accuracy);
            CHECK_STR(pricing_status_name(a.status), pricing_status_name(c->american));
            check_numbers(&a);
        }
    }
    struct answer a = normal(&(struct row){ -3, 2, 0.5, 5.0, 0, 0, -1 });
    CHECK_EQ(a.status, PRICING_OK);
    a = normal(&(struct row){ -3, 2, 0.0, 5.0, 0, 0, -1 });
    CHECK_EQ(a.status, PRICING_EXPIRED);
    a = normal(&(struct row){ -3, 2, 0.5, 0.0, 0, 0, -1 });
    CHECK_EQ(a.status, PRICING_NO_VOLATILITY);
    a = normal(&(struct row){ NAN, 2, 0.5, 1.0, 0, 0, -1 });
    CHECK_EQ(a.status, PRICING_BAD_INPUT);
}

TEST(pricing_status, every_status_of_a_vol_has_an_input)
{
    static const struct {
        double forward, strike, years, discount, price;
        int8_t sign;
        uint8_t want;
    } cases[] = {
        { 100, 80, 0.5, 1, 20.5, 1, PRICING_OK },
        { 100, 80, 0.5, 1, 20, 1, PRICING_AT_INTRINSIC },
        { 100, 80, 0.5, 1, 19, 1, PRICING_BELOW_INTRINSIC },
        { 100, 80, 0.5, 1, 100, 1, PRICING_ABOVE_MAX },
        { 100, 120, 0.5, 1, 0, 1, PRICING_ZERO_PRICE },
        { 100, 120, 0.5, 1, NAN, 1, PRICING_NO_PRICE },
        { 100, 120, 0, 1, 1, 1, PRICING_EXPIRED },
        { 100, 120, 0.5, 1, 1, 5, PRICING_BAD_INPUT },
        { 100, 120, 0.5, 1e10, 5e-324, 1, PRICING_NO_INFORMATION },
    };
    FOR_EACH (c, cases) {
        double sigma;
        uint8_t status;
        struct black76_terms terms = { &c->forward, &c->strike, &c->discount,
                                       &c->years,   NULL,       &c->sign };
        CHECK_EQ(implied_vol(1, &terms, &c->price, &sigma, &status), c->want != PRICING_OK);
        CHECK_STR(pricing_status_name(status), pricing_status_name(c->want));
        CHECK(isnan(sigma) == (c->want != PRICING_OK));
        /* The American vol of the same, where no rate makes early exercise worth while. */
        double none = 0.0;
        struct black_scholes_terms same = { &c->forward, &c->strike, &c->years, NULL,
                                            &none,       &none,      &c->sign };
        american_implied_vol(1, &same, AMERICAN_STANDARD, &c->price, &sigma, &status);
        CHECK_STR(pricing_status_name(status), pricing_status_name(c->want));
        CHECK(isnan(sigma) == (c->want != PRICING_OK));
    }
    /* Beyond what a double can tell, but on the way only: rates that no market has. */
    double spot = 100, strike = 100, years = 1, rate = -1e4, yield = 0.0, price = 200, sigma;
    int8_t put = -1;
    uint8_t status;
    struct black_scholes_terms terms = { &spot, &strike, &years, NULL, &rate, &yield, &put };
    american_implied_vol(1, &terms, AMERICAN_STANDARD, &price, &sigma, &status);
    CHECK_EQ(status, PRICING_OUT_OF_RANGE);
    CHECK(isnan(sigma));
}

TEST(pricing_status, what_is_fitted_says_what_it_lacks)
{
    double strike[4] = { 90, 95, 105, 110 }, bid[2][4], ask[2][4], strange[2][4];
    for (int i = 0; i < 4; i++)
        for (int side = 0; side < 2; side++) {
            double mid = 5.0 + (side ? 0.5 : -0.5) * (strike[i] - 100.0);
            bid[side][i] = mid - 0.01;
            ask[side][i] = mid + 0.01;
            strange[side][i] =
                mid + (side ? 0.0 : 20.0 * i * i); /* every pair tells another story */
        }
    struct forward_fit fit;
    struct forward_quotes quotes = { strike, bid[0], ask[0], bid[1], ask[1] };
    CHECK_EQ(forward_imply(&quotes, 4, 1.0, &fit), PRICING_OK);
    CHECK_NEAR(fit.forward, 100.0, 0.02);
    CHECK_EQ(forward_imply(&quotes, 0, 1.0, &fit), PRICING_TOO_FEW_QUOTES);
    CHECK_EQ(forward_imply(&quotes, 4, -1.0, &fit), PRICING_BAD_INPUT);
    quotes = (struct forward_quotes){ strike, strange[0], strange[0], strange[1], strange[1] };
    CHECK_EQ(forward_imply(&quotes, 4, 1.0, &fit), PRICING_INCONSISTENT);
    /* Axel Vogt's smile: its density is below 0 in places (Gatheral, Jacquier, 2014, example 3.1).
     */
    struct svi vogt = { .a = -0.0410, .b = 0.1331, .rho = 0.3060, .m = 0.3586, .sigma = 0.4153 };
    CHECK_EQ(svi_butterfly(&vogt, NULL), PRICING_ARBITRAGE);
}

static double some(struct rng *rng, double usual)
{
    static const double odd[] = { 0.0,    -0.0,   -1.0,   NAN,   INFINITY,
                                  5e-324, 1e-310, 1e-160, 1e160, 1e308 };
    return rng_below(rng, 12) == 0 ? odd[rng_below(rng, 10)]
                                   : usual * exp(2.0 * rng_uniform(rng) - 1.0);
}

TEST(pricing_status, none_lies_on_random_rows_of_which_half_are_odd)
{
    struct rng rng;
    int seen[PRICING_STATUS_COUNT] = { 0 };
    rng_init(&rng, 31, 0, 1);
    for (int i = 0; i < 30000; i++) {
        struct row r = { some(&rng, 100),
                         some(&rng, 100),
                         some(&rng, 0.3),
                         some(&rng, 0.3),
                         some(&rng, 0.03),
                         some(&rng, 0.02),
                         1 };
        r.sign = rng_below(&rng, 20) ? (rng_below(&rng, 2) ? 1 : -1)
                                     : (int8_t)(rng_below(&rng, 256) - 128);
        bool is_bad = !(r.spot > 0.0) || !(r.strike > 0.0) || !(r.years >= 0.0) ||
                      !(r.sigma >= 0.0) || !isfinite(r.spot) || !isfinite(r.strike) ||
                      !isfinite(r.years) || !isfinite(r.sigma) || !isfinite(r.rate) ||
                      !isfinite(r.yield) || (r.sign != 1 && r.sign != -1);
        struct answer a = european(&r);
        check_numbers(&a);
        CHECK_EQ(a.status == PRICING_BAD_INPUT, is_bad);
        if (a.status == PRICING_EXPIRED)
            CHECK(r.years == 0.0);
        if (a.status == PRICING_NO_VOLATILITY)
            CHECK(r.sigma * sqrt(r.years) <= 1e-300);
        if (a.status == PRICING_OK)
            CHECK(r.years > 0.0 && r.sigma > 0.0 && a.price >= 0.0);
        seen[a.status]++;
        /* The vol of that price: given back, or a status that is true of it. */
        double forward = r.spot * exp((r.rate - r.yield) * r.years),
               discount = exp(-r.rate * r.years), sigma;
        uint8_t status;
        struct black76_terms terms = { &forward, &r.strike, &discount, &r.years, NULL, &r.sign };
        implied_vol(1, &terms, &a.price, &sigma, &status);
        CHECK(isnan(sigma) == (status != PRICING_OK));
        CHECK(status != PRICING_NOT_CONVERGED);
        double most = discount * (r.sign > 0 ? forward : r.strike);
        if (status == PRICING_ABOVE_MAX)
            CHECK(a.price >= most);
        if (status == PRICING_ZERO_PRICE)
            CHECK(a.price == 0.0);
        if (status == PRICING_BELOW_INTRINSIC)
            CHECK(a.price <= discount * r.sign * (forward - r.strike) + 1e-12 * most);
        seen[status]++;
    }
    CHECK(seen[PRICING_OK] > 10000);
    CHECK(seen[PRICING_BAD_INPUT] > 1000);
    CHECK(seen[PRICING_EXPIRED] > 100);
    CHECK(seen[PRICING_NO_PRICE] > 100);
}
