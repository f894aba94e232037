#include "domain/life/pin.h"

#include "tests/testing.h"

static struct expiring line(char right, int strike_mills, int64_t quantity)
{
    struct expiring out = { .contract = { .root = "SPY",
                                          .expiry = 20260717,
                                          .strike_mills = strike_mills,
                                          .multiplier = 100,
                                          .right = right,
                                          .style = STYLE_AMERICAN,
                                          .settle = SETTLE_PM,
                                          .delivery = DELIVERY_PHYSICAL },
                            .quantity = quantity };
    out.deliverable = deliverable_standard(&out.contract);
    return out;
}

TEST(pin, is_greatest_at_the_strike)
{
    struct expiring call[] = { line(OPTION_CALL, 600000, -10) };
    struct pin_risk at, near, far;
    double years = 1.75 / 24 / 365;
    CHECK_OK(pin_measure(&at, call, 1, 600, 0.15, years));
    CHECK_NEAR(at.other, 0.5, 0.01);
    CHECK_NEAR(at.shares_sd, 500, 1);
    CHECK_NEAR(at.distance, 0, 1e-12);
    CHECK_EQ(at.shares_low, -1000);
    CHECK_EQ(at.shares_high, 0);
    CHECK_OK(pin_measure(&near, call, 1, 601, 0.15, years));
    CHECK(near.other < at.other && near.other > 0.05);
    CHECK_EQ(near.shares_now, -1000);
    CHECK_OK(pin_measure(&far, call, 1, 620, 0.15, years));
    CHECK(far.other < 1e-9);
    CHECK_EQ(far.shares_low, -1000);
    CHECK_EQ(far.shares_high, -1000);
    CHECK_NEAR(far.shares_mean, -1000, 1e-6);
}

TEST(pin, is_the_normal_chance_of_crossing)
{
    /* ln(606/600) / (0.3 sqrt(1/252)) standard deviations away. */
    struct expiring put[] = { line(OPTION_PUT, 600000, -1) };
    struct pin_risk risk;
    double years = 1 / 252.0, sd = 0.3 * sqrt(years);
    CHECK_OK(pin_measure(&risk, put, 1, 606, 0.3, years));
    double d2 = log(606 / 600.0) / sd - sd / 2;
    CHECK_NEAR(risk.other, 0.5 * erfc(d2 / sqrt(2)), 1e-12);
    CHECK_NEAR(risk.distance, log(606 / 600.0) / sd, 1e-12);
    CHECK_NEAR(risk.shares_mean, 100 * risk.other, 1e-9);
}

TEST(pin, counts_the_package_not_the_legs)
{
    /* A vertical far in the money leaves nothing, between its strikes 100 shares. */
    struct expiring spread[] = { line(OPTION_CALL, 600000, -1), line(OPTION_CALL, 605000, 1) };
    struct pin_risk risk;
    CHECK_OK(pin_measure(&risk, spread, 2, 640, 0.15, 0.001));
    CHECK_EQ(risk.shares_now, 0);
    CHECK_NEAR(risk.other, 0, 1e-9);
    CHECK_OK(pin_measure(&risk, spread, 2, 603, 0.15, 0.001));
    CHECK_EQ(risk.shares_now, -100);
    CHECK(risk.other > 0.3);
    /* Cash leaves no shares. */
    spread[0].contract.delivery = spread[1].contract.delivery = DELIVERY_CASH;
    CHECK_OK(pin_measure(&risk, spread, 2, 603, 0.15, 0.001));
    CHECK_NEAR(risk.other + risk.shares_sd, 0, 0);
    CHECK(isinf(risk.distance));
}

TEST(pin, refuses_what_is_no_market)
{
    struct expiring call[] = { line(OPTION_CALL, 600000, -1) };
    struct pin_risk risk;
    CHECK_EQ(pin_measure(&risk, call, 1, 0, 0.1, 0.1), ERR_RANGE);
    CHECK_EQ(pin_measure(&risk, call, 1, 600, NAN, 0.1), ERR_RANGE);
    CHECK_EQ(pin_measure(&risk, call, 1, 600, 0.1, 0), ERR_RANGE);
}
