#include "domain/pricing/density.h"

#include "base/rng.h"
#include "domain/pricing/normal_int.h"
#include "domain/pricing/surface_int.h"
#include "tests/testing.h"

static const struct surface_slice flat = { .years = 0.25,
                                           .variance_years = 0.25,
                                           .forward = 100.0,
                                           .discount = 0.99,
                                           .base = { 0.01, 0.0, 0.0, 0.0, 0.1 } };
static const struct surface_slice skewed = { .years = 0.25,
                                             .variance_years = 0.25,
                                             .forward = 100.0,
                                             .discount = 0.99,
                                             .base = { 0.004, 0.05, -0.6, 0.02, 0.1 } };

static double touch_once(double spot, double barrier, double forward, double w)
{
    double p;
    uint8_t status;
    struct touch_terms terms = { &spot, &barrier, &forward, &w };
    CHECK_EQ(density_touch(1, &terms, &p, &status), 0);
    CHECK_EQ(status, PRICING_OK);
    return p;
}

/* The time of the first touch is inverse Gaussian: integrate its density. */
static double touch_by_quadrature(double spot, double barrier, double forward, double w)
{
    enum { STEPS = 200000 };
    double h = fabs(log(barrier / spot)), drift = log(forward / spot) - 0.5 * w, sum = 0.0;
    double u = barrier > spot ? drift : -drift;
    for (int i = 0; i < STEPS; i++) {
        double t = (i + 0.5) / STEPS, z = h - u * t;
        sum += h / sqrt(2.0 * M_PI * w * t * t * t) * exp(-0.5 * z * z / (w * t)) / STEPS;
    }
    return sum;
}

TEST(density, touching_agrees_with_the_first_passage_density)
{
    static const double cases[][4] = {
        { 100, 110, 100, 0.04 },  { 100, 90, 100, 0.04 },    { 100, 105, 108, 0.01 },
        { 100, 95, 103, 0.0025 }, { 100, 140, 90, 0.09 },    { 3000, 2900, 3004, 0.0004 },
        { 100, 60, 130, 0.25 },   { 100, 100.5, 100, 1e-4 },
    };
    FOR_EACH (c, cases) {
        double p = touch_once((*c)[0], (*c)[1], (*c)[2], (*c)[3]);
        CHECK_NEAR(p, touch_by_quadrature((*c)[0], (*c)[1], (*c)[2], (*c)[3]), 1e-7);
    }
    /* Without drift of the log, twice the chance of ending beyond. */
    double w = 0.04;
    CHECK_NEAR(touch_once(100.0, 120.0, 100.0 * exp(0.5 * w), w), 2.0 * normal_cdf(-log(1.2) / 0.2),
               1e-14);
    CHECK_NEAR(touch_once(100.0, 100.0, 101.0, w), 1.0, 0.0);
}

TEST(density, touching_stays_a_probability_whatever_the_terms)
{
    struct rng rng;
    rng_init(&rng, 51, 0, 1);
    for (int i = 0; i < 20000; i++) {
        double spot = exp(10.0 * rng_normal(&rng)), barrier = spot * exp(rng_normal(&rng));
        double forward = spot * exp(3.0 * rng_normal(&rng)), w = exp(8.0 * rng_normal(&rng));
        double p = touch_once(spot, barrier, forward, w);
        CHECK(p >= 0.0 && p <= 1.0);
        /* No path ends beyond without touching. */
        double side = barrier > spot ? 1.0 : -1.0;
        double beyond = normal_cdf(side * (log(forward / barrier) - 0.5 * w) / sqrt(w));
        CHECK(p >= beyond - 1e-12);
    }
    double zero = 0.0, one = 1.0, p;
    uint8_t status;
    struct touch_terms terms = { &one, &zero, &one, &one };
    CHECK_EQ(density_touch(1, &terms, &p, &status), 1);
    CHECK_EQ(status, PRICING_BAD_INPUT);
    CHECK(isnan(p));
}

TEST(density, a_calls_odds_are_those_of_the_lognormal_on_a_flat_smile)
{
    double strike = 105.0, quantity = 2.0, cost = 3.0;
    int8_t sign = 1;
    struct payoff call = { 1, &strike, &sign, &quantity };
    struct payoff_odds odds;
    CHECK_EQ(density_payoff(&flat, &call, cost, &odds), PRICING_OK);
    CHECK_EQ(odds.break_count, 1);
    CHECK_NEAR(odds.breaks[0], 106.5, 1e-12);
    CHECK_NEAR(odds.profit, normal_cdf(-log(106.5 / 100.0) / 0.1 - 0.05), 1e-14);
    CHECK_NEAR(odds.worst, -3.0, 0.0);
    CHECK(isinf(odds.best));
    /* Black's call at total vol 10 %. */
    double d1 = log(100.0 / 105.0) / 0.1 + 0.05;
    CHECK_NEAR(odds.expected, 2.0 * (100.0 * normal_cdf(d1) - 105.0 * normal_cdf(d1 - 0.1)), 1e-12);
}

TEST(density, an_iron_condor_wins_between_its_breaks)
{
    double strike[4] = { 85.0, 92.0, 108.0, 115.0 }, quantity[4] = { 1.0, -1.0, -1.0, 1.0 };
    int8_t sign[4] = { -1, -1, 1, 1 };
    struct payoff condor = { 4, strike, sign, quantity };
    struct payoff_odds odds;
    CHECK_EQ(density_payoff(&skewed, &condor, -1.5, &odds), PRICING_OK);
    CHECK_EQ(odds.break_count, 2);
    CHECK_NEAR(odds.breaks[0], 90.5, 1e-12);
    CHECK_NEAR(odds.breaks[1], 109.5, 1e-12);
    CHECK_NEAR(odds.best, 1.5, 1e-12);
    CHECK_NEAR(odds.worst, -5.5, 1e-12);
    double k[2] = { log(0.905), log(1.095) }, below[2];
    svi_slice(&skewed.base, 2, k, &(struct svi_columns){ .below = below });
    CHECK_NEAR(odds.profit, below[1] - below[0], 1e-13);
    /* A payoff that is never above its cost, and one that always is. */
    CHECK_EQ(density_payoff(&skewed, &condor, 1.0, &odds), PRICING_OK);
    CHECK_NEAR(odds.profit, 0.0, 0.0);
    CHECK_EQ(density_payoff(&skewed, &condor, -8.0, &odds), PRICING_OK);
    CHECK_NEAR(odds.profit, 1.0, 1e-15);
    CHECK_EQ(odds.break_count, 0);
}

TEST(density, payoffs_agree_with_a_sum_over_the_density)
{
    struct rng rng;
    rng_init(&rng, 52, 0, 1);
    for (int round = 0; round < 50; round++) {
        enum { LEGS = 5, STEPS = 40000 };
        double strike[LEGS], quantity[LEGS], profit = 0.0, expected = 0.0;
        int8_t sign[LEGS];
        for (int i = 0; i < LEGS; i++) {
            strike[i] = 80.0 + 5.0 * (double)rng_below(&rng, 9);
            quantity[i] = (double)rng_below(&rng, 7) - 3.0;
            sign[i] = (int8_t)((int)rng_below(&rng, 3) - 1);
        }
        struct payoff payoff = { LEGS, strike, sign, quantity };
        struct payoff_odds odds;
        double cost = 6.0 * rng_normal(&rng);
        CHECK_EQ(density_payoff(&skewed, &payoff, cost, &odds), PRICING_OK);
        for (int i = 0; i < STEPS; i++) {
            double width = 6.0 / STEPS, k = -3.0 + width * (i + 0.5), density,
                   spot = 100.0 * exp(k);
            svi_slice(&skewed.base, 1, &k, &(struct svi_columns){ .density = &density });
            double gain = 0.0;
            for (int j = 0; j < LEGS; j++)
                gain += quantity[j] * (sign[j] ? fmax(sign[j] * (spot - strike[j]), 0.0) : spot);
            expected += gain * density * width;
            profit += gain > cost ? density * width : 0.0;
        }
        CHECK_NEAR(odds.profit, profit, 2e-3);
        CHECK_NEAR(odds.expected, expected, 2e-3);
    }
}

TEST(density, expected_moves_by_hand)
{
    struct expected_move move;
    CHECK_EQ(density_expected_move(&flat, 0.6826894921370859, &move), PRICING_OK);
    CHECK_NEAR(move.deviation, 10.0, 1e-12);
    CHECK_NEAR(move.straddle, 200.0 * (2.0 * normal_cdf(0.05) - 1.0), 1e-12);
    /* One deviation of ln S about its mean, -w / 2. */
    CHECK_NEAR(move.low, 100.0 * exp(-0.005 - 0.1), 1e-10);
    CHECK_NEAR(move.high, 100.0 * exp(-0.005 + 0.1), 1e-10);
    CHECK_EQ(density_expected_move(&flat, 1.0, &move), PRICING_BAD_INPUT);
    CHECK(isnan(move.low));
    struct surface_slice none = { .forward = 100.0 };
    CHECK_EQ(density_expected_move(&none, 0.5, &move), PRICING_BAD_INPUT);
}
