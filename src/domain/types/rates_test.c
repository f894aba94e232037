#include "tests/testing.h"

#include "domain/types/rates.h"

TEST(rates, hold_until_the_next_and_not_before_the_first)
{
    static const struct rate_step steps[] = { { 20190401, 0.0238 }, { 20190501, 0.0235 } };
    struct rate_curve curve;
    double rate = 7;
    CHECK_OK(rate_curve_init(&curve, steps, 2));
    CHECK_EQ(rate_curve_at(&curve, 20190331, &rate), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "20190401");
    CHECK_NEAR(rate, 7, 0);
    CHECK_OK(rate_curve_at(&curve, 20190401, &rate));
    CHECK_NEAR(rate, 0.0238, 0);
    CHECK_OK(rate_curve_at(&curve, 20190430, &rate));
    CHECK_NEAR(rate, 0.0238, 0);
    CHECK_OK(rate_curve_at(&curve, 20301231, &rate));
    CHECK_NEAR(rate, 0.0235, 0);
    struct rate_curve none;
    CHECK_OK(rate_curve_init(&none, NULL, 0));
    CHECK_EQ(rate_curve_at(&none, 20190401, &rate), ERR_NOT_FOUND);
}

TEST(rates, refuse_steps_in_disorder)
{
    static const struct rate_step bad[][2] = {
        { { 20190501, 0.02 }, { 20190401, 0.02 } },
        { { 20190501, 0.02 }, { 20190501, 0.02 } },
        { { 20190229, 0.02 }, { 20190501, 0.02 } },
        { { 20190401, 2.35 }, { 20190501, 0.02 } }, /* percent by mistake */
        { { 20190401, NAN }, { 20190501, 0.02 } },
    };
    FOR_EACH (steps, bad) {
        struct rate_curve curve = { NULL, 77 };
        CHECK_EQ(rate_curve_init(&curve, *steps, 2), ERR_RANGE);
        CHECK_EQ(curve.count, 77);
    }
}

TEST(rates, convert_quoted_rates_so_that_a_dollar_stays_a_dollar)
{
    double rate = 7;
    CHECK_OK(rate_from_discount(0.0235, 91, &rate));
    /* the bill costs 1 - 0.0235 * 91 / 360, and grows to 1 at the continuous rate */
    CHECK_NEAR(rate_discount_factor(rate, 91), 1 - 0.0235 * 91 / 360, 1e-15);
    CHECK_NEAR(rate, 0.023897, 1e-6);
    CHECK_OK(rate_from_simple(0.05, 360, &rate));
    CHECK_NEAR(1 / rate_discount_factor(rate, 360), 1.05, 1e-15);
    CHECK_OK(rate_from_annual(0.05, &rate));
    CHECK_NEAR(1 / rate_discount_factor(rate, 365), 1.05, 1e-15);
    rate = 7;
    CHECK_EQ(rate_from_discount(5, 91, &rate), ERR_RANGE);
    CHECK_EQ(rate_from_annual(-1, &rate), ERR_RANGE);
    CHECK_EQ(rate_from_simple(NAN, 30, &rate), ERR_RANGE);
    CHECK_NEAR(rate, 7, 0);
}
