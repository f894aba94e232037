/* Cash dividends with exercise between ex-dates, and rates below 0: boundaries by collocation. */
#include <math.h>

#include "base/rng.h"
#include "domain/pricing/american.h"
#include "domain/pricing/american_int.h"
#include "tests/testing.h"

struct reference {
    int8_t sign;
    double spot, strike;
    int days;
    double sigma, rate, yield;
    size_t count;
    int ex[3];
    double dollars[3];
    double coarse, middle, fine; /* QuantLib's grids */
};

/*
 * QuantLib 1.29, FdBlackScholesVanillaEngine, Crank-Nicolson, spot model, on 500 x 1000, 1000 x
 * 2000 and 2000 x 4000 points; its error falls with the step, so that the limit is known to 2e-5
 * per 100 or so.
 */
static const struct reference references[] = {
    { -1,
      100,
      100,
      365,
      0.20,
      0.05,
      0.00,
      1,
      { 182 },
      { 2.0 },
      6.92240231,
      6.92299549,
      6.92328596 },
    { -1,
      100,
      110,
      365,
      0.20,
      0.05,
      0.00,
      1,
      { 182 },
      { 2.0 },
      12.93323148,
      12.93387024,
      12.93418321 },
    { -1,
      100,
      100,
      365,
      0.30,
      0.05,
      0.01,
      3,
      { 91, 182, 273 },
      { 1.0, 1.0, 1.0 },
      11.40796699,
      11.40847472,
      11.40872150 },
    { -1,
      100,
      105,
      180,
      0.15,
      0.045,
      0.00,
      2,
      { 30, 121 },
      { 0.4, 0.4 },
      6.61002894,
      6.61038530,
      6.61056398 },
    { -1,
      400,
      420,
      250,
      0.18,
      0.05,
      0.00,
      2,
      { 60, 151 },
      { 1.6, 1.6 },
      30.88035965,
      30.88242362,
      30.88344203 },
    { -1,
      100,
      90,
      500,
      0.40,
      0.03,
      0.02,
      1,
      { 250 },
      { 5.0 },
      14.30206242,
      14.30247903,
      14.30266820 },
    { +1,
      100,
      100,
      365,
      0.20,
      0.03,
      0.05,
      1,
      { 182 },
      { 2.0 },
      6.37731881,
      6.37770025,
      6.37788363 },
    { +1,
      100,
      90,
      365,
      0.25,
      0.02,
      0.04,
      2,
      { 91, 273 },
      { 1.0, 1.5 },
      13.25763433,
      13.25809537,
      13.25832206 },
    { +1,
      100,
      100,
      365,
      0.20,
      -0.01,
      0.00,
      1,
      { 182 },
      { 1.0 },
      7.17189789,
      7.17210305,
      7.17219847 },
    /* two boundaries, which meet before expiry in the fourth; with a rate of 0 one */
    { -1, 100, 100, 730, 0.15, -0.01, -0.03, 0, { 0 }, { 0 }, 7.12067053, 7.12123120, 7.12149641 },
    { -1, 100, 95, 365, 0.10, -0.005, -0.01, 0, { 0 }, { 0 }, 1.76698739, 1.76706580, 1.76710075 },
    { -1, 100, 100, 3650, 0.10, -0.01, -0.04, 0, { 0 }, { 0 }, 5.85792599, 5.86054580, 5.86185365 },
    { -1,
      100,
      100,
      1825,
      0.25,
      -0.01,
      -0.02,
      0,
      { 0 },
      { 0 },
      21.16821555,
      21.16890228,
      21.16920892 },
    { +1, 100, 100, 365, 0.20, -0.03, -0.01, 0, { 0 }, { 0 }, 7.25644726, 7.25680307, 7.25696581 },
    { -1, 100, 105, 365, 0.20, 0.00, -0.03, 0, { 0 }, { 0 }, 9.63656002, 9.63711683, 9.63738032 },
    { +1, 100, 95, 365, 0.20, -0.02, 0.00, 0, { 0 }, { 0 }, 9.67380081, 9.67420454, 9.67439138 },
};

TEST(american_dividends, boundaries_agree_with_the_limit_of_quantlibs_grids)
{
    double worst = 0.0;
    FOR_EACH (r, references) {
        double years[3], price;
        for (size_t k = 0; k < r->count; k++)
            years[k] = r->ex[k] / 365.0;
        struct american_expiry expiry = { .spot = r->spot,
                                          .years = r->days / 365.0,
                                          .rate = r->rate,
                                          .yield = r->yield,
                                          .dividend_count = r->count,
                                          .dividend_years = years,
                                          .dividend_dollars = r->dollars };
        CHECK_EQ(american_chain(&expiry, 1, &r->strike, &r->sign, &r->sigma,
                                &(struct pricing_greeks){ .price = &price }),
                 0);
        double first = 2.0 * r->middle - r->coarse, second = 2.0 * r->fine - r->middle;
        double limit = second + (second - first) / 3.0,
               off = fabs(price - limit) * 100.0 / r->strike;
        if (!(off <= 4e-5))
            fail_msg("strike %g, %d days: %.8f is not %.8f", r->strike, r->days, price, limit);
        worst = fmax(worst, off);
    }
    print_message("american_dividends: off by %.1e per 100 from QuantLib's limit at most\n", worst);
}

struct numbers {
    double price, delta, gamma, boundary;
};

static struct numbers numbers_of(const struct american_expiry *expiry, double strike, int8_t sign,
                                 double sigma)
{
    struct numbers n;
    CHECK_EQ(american_chain_boundary(expiry, 1, &strike, &sign, &sigma,
                                     &(struct pricing_greeks){
                                         .price = &n.price, .delta = &n.delta, .gamma = &n.gamma },
                                     &n.boundary),
             0);
    return n;
}

TEST(american_dividends, a_dividend_of_nothing_changes_nothing)
{
    static const double shares[] = { 0.001, 0.1, 0.5, 0.9, 0.999 };
    double worst = 0.0, paid = 1e-10;
    FOR_EACH (share, shares)
        for (int i = 0; i < 10; i++) {
            double strike = 80.0 + 5.0 * i, when = *share;
            int8_t sign = i % 2 ? OPTION_SIGN_CALL : OPTION_SIGN_PUT;
            struct american_expiry expiry = { .spot = 100.0,
                                              .years = 1.0,
                                              .rate = i % 3 ? 0.05 : 0.02,
                                              .yield = i % 4 == 1 ? 0.06 : 0.01,
                                              .accuracy = AMERICAN_HIGH,
                                              .dividend_years = &when,
                                              .dividend_dollars = &paid };
            struct numbers plain = numbers_of(&expiry, strike, sign, 0.22);
            expiry.dividend_count = 1;
            struct numbers same = numbers_of(&expiry, strike, sign, 0.22);
            worst = fmax(worst, fabs(same.price - plain.price));
            CHECK_NEAR(same.price, plain.price, 1e-6);
            CHECK_NEAR(same.delta, plain.delta, 1e-6);
            CHECK_NEAR(same.gamma, plain.gamma, 2e-5 * plain.gamma + 1e-9);
            if (!isnan(same.boundary))
                CHECK_NEAR(same.boundary, plain.boundary, 1e-4 * plain.boundary);
        }
    print_message("american_dividends: with a dividend of nothing off by %.1e at most\n", worst);
}

TEST(american_dividends, a_date_without_a_dividend_may_lie_anywhere)
{
    static const double nothing_at[] = { 0.02, 0.05, 0.1, 0.2, 0.3, 0.48, 0.6, 0.8 };
    static const double strikes[] = { 90.0, 100.0, 115.0 };
    double worst = 0.0, at = 0.5, paid = 1.5;
    FOR_EACH (strike, strikes) {
        struct american_expiry one = { .spot = 100.0,
                                       .years = 1.0,
                                       .rate = 0.05,
                                       .dividend_count = 1,
                                       .dividend_years = &at,
                                       .dividend_dollars = &paid };
        struct numbers want = numbers_of(&one, *strike, OPTION_SIGN_PUT, 0.2);
        FOR_EACH (when, nothing_at) {
            double years[2] = { fmin(*when, at), fmax(*when, at) };
            double dollars[2] = { *when < at ? 1e-10 : paid, *when < at ? paid : 1e-10 };
            struct american_expiry two = one;
            two.dividend_count = 2;
            two.dividend_years = years;
            two.dividend_dollars = dollars;
            struct numbers got = numbers_of(&two, *strike, OPTION_SIGN_PUT, 0.2);
            worst = fmax(worst, fabs(got.price - want.price));
            /* Hardest is a date where the boundary has only just begun to come up, here 0.2. */
            CHECK_NEAR(got.price, want.price, *when == 0.2 ? 1e-4 : 1e-5);
            CHECK_NEAR(got.delta, want.delta, 3e-5);
        }
    }
    print_message("american_dividends: a second date moves the price by %.1e at most\n", worst);
}

TEST(american_dividends, dividends_help_puts_and_harm_calls_and_none_beats_its_bounds)
{
    struct rng rng;
    rng_init(&rng, 21, 0, 1);
    for (int i = 0; i < testing_share(40); i++) {
        double years[2] = { 0.1 + 0.2 * rng_uniform(&rng), 0.4 + 0.1 * rng_uniform(&rng) };
        double dollars[2] = { 2.0 * rng_uniform(&rng), 2.0 * rng_uniform(&rng) },
               more[2] = { dollars[0] + 0.5, dollars[1] };
        double strike = 80.0 + 40.0 * rng_uniform(&rng), sigma = 0.1 + 0.4 * rng_uniform(&rng),
               european, delta;
        int8_t sign = i % 4 == 0 ? OPTION_SIGN_CALL : OPTION_SIGN_PUT;
        struct american_expiry expiry = { .spot = 100.0,
                                          .years = 0.6,
                                          .rate = 0.06 * rng_uniform(&rng),
                                          .yield = i % 2 ? 0.0 : 0.03 * rng_uniform(&rng),
                                          .dividend_count = 2,
                                          .dividend_years = years,
                                          .dividend_dollars = dollars };
        struct numbers n = numbers_of(&expiry, strike, sign, sigma);
        CHECK_EQ(european_chain_with_dividends(
                     &expiry, 1, &strike, &sign, &sigma,
                     &(struct pricing_greeks){ .price = &european, .delta = &delta }),
                 0);
        CHECK(n.price >= european - 1e-7);
        CHECK(n.price >= sign * (100.0 - strike));
        CHECK(sign * n.delta >= 0.0 && sign * n.delta <= 1.0 + 1e-9);
        CHECK(n.gamma >= -1e-9);
        expiry.dividend_dollars = more;
        CHECK(sign * (numbers_of(&expiry, strike, sign, sigma).price - n.price) <= 1e-6);
        struct american_expiry rough = expiry;
        rough.accuracy = AMERICAN_FAST;
        CHECK_NEAR(numbers_of(&rough, strike, sign, sigma).price,
                   numbers_of(&expiry, strike, sign, sigma).price, 1e-2);
    }
}

TEST(american_dividends, two_boundaries_meet_the_payoff_and_a_put_mirrors_a_call)
{
    struct american_expiry expiry = { .spot = 100.0, .years = 2.0, .rate = -0.01, .yield = -0.03 };
    struct numbers now = numbers_of(&expiry, 100.0, OPTION_SIGN_PUT, 0.15);
    CHECK(now.boundary > 100.0 / 3.0 && now.boundary < 100.0);
    for (int side = -1; side <= 1; side += 2) {
        expiry.spot = now.boundary * (1.0 + side * 1e-7);
        struct numbers there = numbers_of(&expiry, 100.0, OPTION_SIGN_PUT, 0.15);
        CHECK_NEAR(there.price, 100.0 - expiry.spot, 2e-6);
        CHECK_NEAR(there.delta, -1.0, 1e-4);
    }
    /* Below the lower one it is worth more than the payoff again. */
    expiry.spot = 30.0;
    struct numbers low = numbers_of(&expiry, 100.0, OPTION_SIGN_PUT, 0.15);
    CHECK(low.price > 70.0 + 0.1);
    CHECK(low.delta < -1.0);
    struct american_expiry mirrored = {
        .spot = 100.0, .years = 2.0, .rate = -0.03, .yield = -0.01
    };
    expiry.spot = 92.0;
    struct numbers put = numbers_of(&expiry, 100.0, OPTION_SIGN_PUT, 0.15);
    struct numbers call = numbers_of(&mirrored, 92.0, OPTION_SIGN_CALL, 0.15);
    CHECK_NEAR(put.price, call.price, 1e-9);
}

TEST(american_dividends, implied_vol_comes_back)
{
    double years[2] = { 0.15, 0.4 }, dollars[2] = { 0.6, 0.6 }, strike[6], sigma[6], price[6],
           back[6];
    int8_t sign[6];
    struct american_expiry expiry = { .spot = 100.0,
                                      .years = 0.6,
                                      .rate = 0.05,
                                      .dividend_count = 2,
                                      .dividend_years = years,
                                      .dividend_dollars = dollars };
    for (int i = 0; i < 6; i++) {
        strike[i] = 85.0 + 5.0 * i;
        sigma[i] = 0.35 - 0.02 * i;
        sign[i] = i == 3 ? OPTION_SIGN_CALL : OPTION_SIGN_PUT;
    }
    CHECK_EQ(
        american_chain(&expiry, 6, strike, sign, sigma, &(struct pricing_greeks){ .price = price }),
        0);
    CHECK_EQ(american_implied_vol_chain(&expiry, 6, strike, sign, price, back, NULL), 0);
    for (int i = 0; i < 6; i++)
        CHECK_NEAR(back[i], sigma[i], 2e-5);
}
