#include "domain/pricing/implied_vol.h"

#include <float.h>

#include "base/rng.h"
#include "domain/pricing/golden_test.h"

TEST(implied_vol, solves_the_normalised_form_to_its_last_digits)
{
    NEED_SHARED("golden/implied_vol_normalised.csv");
    struct golden g;
    golden_open(&g, "golden/implied_vol_normalised.csv");
    double worst = 0.0;
    while (golden_next(&g)) {
        double x = golden_number(&g, "abs_ln_F_over_K"), beta = golden_number(&g, "beta");
        double want = golden_number(&g, "s"), got;
        double unit = (1.0 + golden_number(&g, "cond")) * DBL_EPSILON * want;
        CHECK_EQ(implied_total_vol(x, beta, &got), PRICING_OK);
        if (!(fabs(got - want) <= 8.0 * unit))
            fail_msg("row %d: %.17g is not %.17g (%.1f units)", g.row, got, want,
                     fabs(got - want) / unit);
        worst = fmax(worst, fabs(got - want) / unit);
    }
    CHECK_EQ(g.row, 486);
    print_message("implied_vol: worst normalised error is %.2f units\n", worst);
}

TEST(implied_vol, solves_or_classifies_every_golden_row)
{
    NEED_SHARED("golden/implied_vol.csv");
    struct golden g;
    golden_open(&g, "golden/implied_vol.csv");
    double worst = 0.0;
    while (golden_next(&g)) {
        struct black76_expiry expiry = { .forward = golden_number(&g, "F"),
                                         .discount = golden_number(&g, "D"),
                                         .years = golden_number(&g, "T") };
        double strike = golden_number(&g, "K"), price = golden_number(&g, "price"), got;
        int8_t sign = (int8_t)golden_number(&g, "cp");
        uint8_t status;
        size_t bad = implied_vol_chain(&expiry, 1, &strike, &sign, &price, &got, &status);
        struct str want_status = golden_text(&g, "status");
        if (!str_is(want_status, pricing_status_name(status)))
            fail_msg("row %d: status is %s, not %.*s", g.row, pricing_status_name(status),
                     STR_ARG(want_status));
        CHECK_EQ(bad, status != PRICING_OK);
        if (status != PRICING_OK) {
            CHECK(isnan(got));
            continue;
        }
        double want = golden_number(&g, "sigma");
        double unit =
            (1.0 + golden_number(&g, "cond") + golden_number(&g, "cond_F")) * DBL_EPSILON * want;
        if (!(fabs(got - want) <= 8.0 * unit))
            fail_msg("row %d: %.17g is not %.17g (%.1f units)", g.row, got, want,
                     fabs(got - want) / unit);
        worst = fmax(worst, fabs(got - want) / unit);
    }
    CHECK_EQ(g.row, 918);
    print_message("implied_vol: worst error is %.2f units\n", worst);
}

TEST(implied_vol, agrees_with_sixty_digits)
{
    /* The exact vol of the price as rounded, and its condition to price and forward. */
    static const struct {
        int8_t sign;
        double forward, strike, years, discount, price, sigma, condition;
    } cases[] = {
        { -1, 100, 99, 1.902587519025875e-06, 1.0, 9.782882174055082e-51, 0.5, 99.0 },
        { 1, 100, 221.84, 0.0001885508769101836, 1.0, 9.066778498519323e-266, 1.670229, 1.3 },
        { 1, 100, 101, 0.0004979971169467511, 0.99, 0.013156246814104607, 0.273587, 80.2 },
        { 1, 100, 99.5, 0.0007420091324200912, 0.95, 0.7719309394506718, 0.484437, 73.2 },
        { -1, 100, 105, 0.0821917808219178, 0.8, 16.048607830812806, 1.5, 4.3 },
        { 1, 100, 110, 0.2465753424657534, 0.99, 51.65652035151212, 3.0, 2.7 },
        { -1, 100, 10, 2.0, 0.8, 5.644312998002699, 2.254087, 0.9 },
        { 1, 100, 150, 10.0, 0.95, 45.79499445033146, 0.5, 2.2 },
        { -1, 100, 80, 10.0, 0.8, 63.99984967200503, 2.999999999999998405534560947, 18175.0 },
    };
    FOR_EACH (c, cases) {
        double sigma;
        uint8_t status;
        CHECK_EQ(implied_vol(1,
                             &(struct black76_terms){ &c->forward, &c->strike, &c->discount,
                                                      &c->years, NULL, &c->sign },
                             &c->price, &sigma, &status),
                 0);
        CHECK_EQ(status, PRICING_OK);
        CHECK_NEAR(sigma, c->sigma, 8.0 * (1.0 + c->condition) * DBL_EPSILON * c->sigma);
    }
}

TEST(implied_vol, says_why_there_is_none)
{
    static const struct {
        int8_t sign;
        double forward, strike, years, discount, price;
        uint8_t status;
    } cases[] = {
        { 1, 100, 80, 0.5, 1.0, 20.0, PRICING_AT_INTRINSIC },
        { 1, 100, 80, 0.5, 1.0, 19.5, PRICING_BELOW_INTRINSIC },
        { -1, 100, 120, 0.5, 0.95, 18.9, PRICING_BELOW_INTRINSIC },
        { 1, 100, 80, 0.5, 1.0, 100.0, PRICING_ABOVE_MAX },
        { -1, 100, 120, 0.5, 0.9, 110.0, PRICING_ABOVE_MAX },
        { -1, 100, 80, 0.5, 1.0, 0.0, PRICING_ZERO_PRICE },
        { 1, 100, 120, 0.5, 1.0, -0.01, PRICING_BELOW_INTRINSIC },
        { 1, 100, 100, 0.0, 1.0, 1.0, PRICING_EXPIRED },
        { 1, 100, 100, 0.5, 1.0, NAN, PRICING_NO_PRICE },
        { 1, 100, 100, 0.5, 1.0, INFINITY, PRICING_BAD_INPUT },
        { 2, 100, 100, 0.5, 1.0, 5.0, PRICING_BAD_INPUT },
        { 1, NAN, 100, 0.5, 1.0, 5.0, PRICING_BAD_INPUT },
    };
    FOR_EACH (c, cases) {
        struct black76_expiry expiry = { .forward = c->forward,
                                         .discount = c->discount,
                                         .years = c->years };
        double sigma;
        uint8_t status;
        CHECK_EQ(implied_vol_chain(&expiry, 1, &c->strike, &c->sign, &c->price, &sigma, &status),
                 1);
        CHECK_STR(pricing_status_name(status), pricing_status_name(c->status));
        CHECK(isnan(sigma));
    }
}

TEST(implied_vol, gives_back_the_vol_of_random_prices)
{
    struct rng rng;
    rng_init(&rng, 4, 0, 1);
    int solved = 0;
    for (int i = 0; i < testing_share(100000); i++) {
        double sigma = exp(log(0.01) + rng_uniform(&rng) * log(500.0)), price, vega, delta, back;
        struct black76_expiry expiry = { .forward = 50.0 + 4000.0 * rng_uniform(&rng),
                                         .discount = 0.8 + 0.2 * rng_uniform(&rng),
                                         .years = exp(log(2e-6) + rng_uniform(&rng) * log(5e6)) };
        double total_vol = sigma * sqrt(expiry.years);
        double strike = expiry.forward * exp(12.0 * total_vol * (rng_uniform(&rng) - 0.5));
        int8_t sign = rng_below(&rng, 2) ? OPTION_SIGN_CALL : OPTION_SIGN_PUT;
        uint8_t status;
        if (black76_chain(
                &expiry, 1, &strike, &sign, &sigma,
                &(struct pricing_greeks){ .price = &price, .delta = &delta, .vega = &vega }) > 0)
            continue;
        implied_vol_chain(&expiry, 1, &strike, &sign, &price, &back, &status);
        /* What a rounding of the price, the forward or ln(forward / strike) does to the vol. */
        double condition = (price + fabs(delta) * expiry.forward) / (sigma * vega);
        CHECK(status != PRICING_NOT_CONVERGED);
        if (!(condition < 1e12))
            continue; /* deep in the money: rounding took the vol away, any status will do */
        CHECK_EQ(status, PRICING_OK);
        double far = 1.0 + fabs(log(strike / expiry.forward)) / total_vol;
        CHECK_NEAR(back, sigma, 16.0 * DBL_EPSILON * sigma * (1.0 + condition * far * far));
        solved++;
    }
    CHECK(solved > 4 * (testing_share(100000) / 5));
}
