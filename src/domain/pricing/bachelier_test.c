#include "domain/pricing/bachelier.h"

#include <float.h>

#include "base/rng.h"
#include "tests/testing.h"

struct one {
    double price, delta, gamma, vega, theta, rho;
    uint8_t status;
};

static struct one value_of(int8_t sign, double forward, double strike, double discount,
                           double years, double sigma)
{
    struct one v;
    bachelier(1, &(struct black76_terms){ &forward, &strike, &discount, &years, &sigma, &sign },
              &(struct pricing_greeks){ &v.price, &v.delta, &v.gamma, &v.vega, &v.theta, &v.rho,
                                        &v.status });
    return v;
}

TEST(bachelier, agrees_with_forty_digits)
{
    static const struct {
        int8_t sign;
        double forward, strike, discount, years, sigma, price, delta;
    } cases[] = {
        { 1, -5.0, 3.0, 0.98, 0.25, 20.0, 1.1780308921687008, 0.207618290611728748 },
        { -1, -5.0, 3.0, 0.98, 0.25, 20.0, 9.01803089216870066, -0.772381709388271234 },
        { 1, 37.63, 37.0, 1.0, 0.02, 4.5, 0.684044219651160145, 0.838900596918710216 },
        { -1, 100.0, 60.0, 0.95, 1.0, 6.0, 1.07321726090590657e-11, -1.24297284517503733e-11 },
        { 1, 0.0, 0.0, 1.0, 2.0, 0.5, 0.282094791773878143, 0.5 },
    };
    FOR_EACH (c, cases) {
        struct one v = value_of(c->sign, c->forward, c->strike, c->discount, c->years, c->sigma);
        CHECK_EQ(v.status, PRICING_OK);
        CHECK_NEAR(v.price, c->price, 32.0 * DBL_EPSILON * c->price);
        CHECK_NEAR(v.delta, c->delta, 32.0 * DBL_EPSILON * fabs(c->delta));
    }
}

TEST(bachelier, obeys_parity_and_its_greeks_are_slopes)
{
    struct rng rng;
    rng_init(&rng, 14, 0, 1);
    for (int i = 0; i < 20000; i++) {
        double f = 200.0 * rng_uniform(&rng) - 100.0, sigma = 1.0 + 30.0 * rng_uniform(&rng);
        double t = 0.01 + rng_uniform(&rng), v = sigma * sqrt(t), h = 1e-4 * v;
        double k = f + v * (6.0 * rng_uniform(&rng) - 3.0), r = 0.05, discount = exp(-r * t);
        struct one call = value_of(1, f, k, discount, t, sigma),
                   put = value_of(-1, f, k, discount, t, sigma);
        CHECK_NEAR(call.price - put.price, discount * (f - k),
                   8.0 * DBL_EPSILON * (v + fabs(f - k)));
        struct one up = value_of(1, f + h, k, discount, t, sigma),
                   down = value_of(1, f - h, k, discount, t, sigma);
        CHECK_NEAR(call.delta, (up.price - down.price) / (2.0 * h), 1e-7);
        CHECK_NEAR(call.gamma, (up.delta - down.delta) / (2.0 * h), 1e-6 / v);
        up = value_of(1, f, k, discount, t, sigma + h);
        down = value_of(1, f, k, discount, t, sigma - h);
        CHECK_NEAR(call.vega, (up.price - down.price) / (2.0 * h), 1e-6);
        up = value_of(1, f, k, exp(-r * (t + 1e-6)), t + 1e-6, sigma);
        down = value_of(1, f, k, exp(-r * (t - 1e-6)), t - 1e-6, sigma);
        CHECK_NEAR(call.theta, -(up.price - down.price) / 2e-6, 1e-4 * (1.0 + fabs(call.theta)));
    }
}

TEST(bachelier, says_what_is_wrong)
{
    CHECK_EQ(value_of(1, NAN, 1, 1, 1, 1).status, PRICING_BAD_INPUT);
    CHECK_EQ(value_of(1, 1, INFINITY, 1, 1, 1).status, PRICING_BAD_INPUT);
    CHECK_EQ(value_of(1, 1, 1, 0, 1, 1).status, PRICING_BAD_INPUT);
    CHECK_EQ(value_of(2, 1, 1, 1, 1, 1).status, PRICING_BAD_INPUT);
    CHECK_EQ(value_of(1, 1, 1, 1, 1, -1).status, PRICING_BAD_INPUT);
    struct one gone = value_of(1, -2, -5, 1, 0, 1);
    CHECK_EQ(gone.status, PRICING_EXPIRED);
    CHECK_NEAR(gone.price, 3.0, 0.0);
    struct one still = value_of(-1, -2, -5, 0.9, 1, 0);
    CHECK_EQ(still.status, PRICING_NO_VOLATILITY);
    CHECK(still.price == 0.0);
    CHECK(isnan(still.gamma));
    /* Far out the rows of both roads meet: nothing left, and no NaN. */
    struct one far = value_of(1, -1e90, 1e90, 1, 1, 1);
    CHECK_EQ(far.status, PRICING_OK);
    CHECK(far.price == 0.0);
}
