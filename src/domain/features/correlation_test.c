/* Fisher, RiskMetrics, DCC and Holm by published values; breaks on series that break. */
#include "base/rng.h"
#include "domain/features/correlation.h"
#include "tests/testing.h"

static struct arena arena = { .name = "test" };

TEST(correlation, fisher_intervals_are_the_golden_ones)
{
    /* golden-stats/correlation.json, Fisher (1921), 95 % */
    static const struct {
        double r, n, z, se, low, high;
    } cases[] = {
        { 0.5, 28, 0.549306144334, 0.2, 0.156028362529, 0.735818479444 },
        { 0.9, 50, 1.47221948958, 0.145864991498, 0.829436984554, 0.942291498589 },
        { -0.35, 63, -0.365443754271, 0.129099444874, -0.550064657097, -0.111942357853 },
    };
    FOR_EACH (c, cases) {
        double low, high;
        fisher_interval(c->r, c->n, 1.959963984540054, &low, &high);
        CHECK_NEAR(fisher_z(c->r), c->z, 1e-9);
        CHECK_NEAR(fisher_error(c->n), c->se, 1e-9);
        CHECK_NEAR(low, c->low, 1e-9);
        CHECK_NEAR(high, c->high, 1e-9);
        CHECK_NEAR(fisher_z_inverse(fisher_z(c->r)), c->r, 1e-15);
    }
    CHECK(isnan(fisher_z(1)) && isnan(fisher_z(-1.5)) && isnan(fisher_z(NAN)) &&
          isnan(fisher_error(3)));
}

TEST(correlation, breaks_between_two_samples_are_the_golden_ones)
{
    static const struct {
        double r1, n1, r2, n2, z, p;
    } cases[] = {
        { 0.85, 60, 0.4, 20, 3.01253634966, 0.00259074406833 },
        { 0.6, 60, 0.5, 20, 0.520509705335, 0.602708365199 },
        { 0.7, 120, -0.2, 30, 5.0117658403, 5.3932809098e-07 },
        { 0.5, 103, 0.3, 103, 1.69554688564, 0.0899717238679 },
    };
    FOR_EACH (c, cases) {
        double z = fisher_difference(c->r1, c->n1, c->r2, c->n2);
        CHECK_NEAR(z, c->z, 1e-9);
        CHECK_NEAR(two_sided_p(z), c->p, 1e-9);
        CHECK_NEAR(fisher_difference(c->r2, c->n2, c->r1, c->n1), -c->z, 1e-9);
    }
}

TEST(correlation, ewma_remembers_as_long_as_riskmetrics_prints)
{
    static const struct {
        double lambda, tolerance, days, printed;
    } cases[] = {
        { 0.94, 1e-5, 186.066268229, 186 }, { 0.94, 1e-4, 148.853014583, 149 },
        { 0.94, 0.01, 74.4265072915, 74 },  { 0.97, 1e-4, 302.382797602, 302 },
        { 0.97, 1e-3, 226.787098202, 227 },
    };
    FOR_EACH (c, cases) {
        CHECK_NEAR(ewma_memory(c->lambda, c->tolerance), c->days, 1e-9);
        CHECK_NEAR(ewma_memory(c->lambda, c->tolerance), c->printed, 0.6);
    }
    CHECK_NEAR(ewma_effective_count(0.90), 19, 1e-12);
    CHECK_NEAR(ewma_effective_count(0.99), 199, 1e-10);
}

TEST(correlation, dcc_steps_are_the_golden_ones)
{
    static const double z[5][2] = {
        { 1.2, 0.8 }, { -0.5, -0.9 }, { 2.1, -1.7 }, { 0.3, 0.2 }, { -1.9, 1.5 }
    };
    static const struct {
        double a, b, rho[5], q11, q12, q22;
    } cases[] = {
        { 0.05,
          0.93,
          { 0.616889365146, 0.622722447941, 0.359934876966, 0.366219382483, 0.199908761296 },
          1.22194420672,
          0.22949060868,
          1.07848672232 },
        { 0.15,
          0.8,
          { 0.651258759686, 0.664361339568, -0.00667322115656, 0.0281492659607, -0.268357445421 },
          1.5790936,
          -0.3720216,
          1.2170296 },
    };
    FOR_EACH (c, cases) {
        struct dcc dcc;
        dcc_init(&dcc, c->a, c->b, 1, 0.6, 1);
        CHECK(isnan(dcc_value(&dcc)));
        for (int i = 0; i < 5; i++) {
            CHECK(dcc_update(&dcc, i, z[i][0], z[i][1]));
            CHECK_NEAR(dcc_value(&dcc), c->rho[i], 1e-9);
        }
        CHECK_NEAR(dcc.q11, c->q11, 1e-9);
        CHECK_NEAR(dcc.q12, c->q12, 1e-9);
        CHECK_NEAR(dcc.q22, c->q22, 1e-9);
    }
}

TEST(correlation, holm_steps_down)
{
    /* By hand: 3 x 0.01, then the larger of it and 2 x 0.02, then of that and 0.04. */
    static const double p[] = { 0.04, 0.01, NAN, 0.02 };
    double adjusted[4];
    holm_adjust(4, p, adjusted);
    CHECK_NEAR(adjusted[1], 0.03, 1e-15);
    CHECK_NEAR(adjusted[3], 0.04, 1e-15);
    CHECK_NEAR(adjusted[0], 0.04, 1e-15);
    CHECK(isnan(adjusted[2]));
    holm_adjust(2, (const double[]){ 0.9, 0.8 }, adjusted);
    CHECK(adjusted[0] == 1 && adjusted[1] == 1);
}

/* Two series of unit variance with correlation rho. */
static void pair(struct rng *rng, double rho, double *x, double *y)
{
    *x = rng_normal(rng);
    *y = rho * *x + sqrt(1 - rho * rho) * rng_normal(rng);
}

TEST(correlation, rolling_is_pearson_of_the_window_alone)
{
    struct rolling_correlation c;
    rolling_correlation_init(&c, &arena, 60);
    struct rng rng;
    rng_init(&rng, 2, 0, 0);
    double xs[400], ys[400];
    for (int i = 0; i < 400; i++) {
        pair(&rng, 0.7, &xs[i], &ys[i]);
        ys[i] = 1e6 + 3 * ys[i]; /* shift and scale change nothing */
        CHECK(rolling_correlation_update(&c, i, xs[i], ys[i]));
        CHECK_EQ(isnan(rolling_correlation_value(&c)), i < 59);
        if (i < 59)
            continue;
        long double mx = 0, my = 0, xx = 0, xy = 0, yy = 0;
        for (int k = i - 59; k <= i; k++) {
            mx += xs[k] / 60;
            my += ys[k] / 60;
        }
        for (int k = i - 59; k <= i; k++) {
            xx += (xs[k] - mx) * (xs[k] - mx);
            xy += (xs[k] - mx) * (ys[k] - my);
            yy += (ys[k] - my) * (ys[k] - my);
        }
        CHECK_NEAR(rolling_correlation_value(&c), (double)(xy / sqrtl(xx * yy)), 1e-10);
    }
    for (int i = 0; i < 60; i++)
        CHECK(rolling_correlation_update(&c, 400, 1, i)); /* x stands still */
    CHECK(isnan(rolling_correlation_value(&c)));
    CHECK(!rolling_correlation_update(&c, 401, NAN, 1) && !rolling_correlation_update(&c, 0, 1, 1));
    arena_clear(&arena);
}

TEST(correlation, ewma_is_the_recursion_and_its_vol_has_no_bias_from_the_start)
{
    struct ewma_pair c;
    ewma_pair_init(&c, 0.94);
    struct rng rng;
    rng_init(&rng, 8, 0, 0);
    for (int i = 0; i < 33; i++) {
        CHECK_EQ(isnan(ewma_pair_correlation(&c)), i < 33);
        CHECK(ewma_pair_update(&c, i, i % 2 ? 0.01 : -0.01, i % 2 ? 0.02 : -0.02));
    }
    CHECK_NEAR(ewma_pair_correlation(&c), 1, 1e-15);
    CHECK_NEAR(ewma_pair_vol_x(&c), 0.01, 1e-15);
    CHECK_NEAR(ewma_pair_vol_y(&c), 0.02, 1e-15);
    CHECK_NEAR(ewma_pair_beta(&c), 2, 1e-13);
    ewma_pair_init(&c, 0.94);
    double x, y, mean = 0;
    for (int i = 0; i < 5000; i++) {
        pair(&rng, -0.4, &x, &y);
        CHECK(ewma_pair_update(&c, i, x, y));
        if (i >= 1000)
            mean += ewma_pair_correlation(&c) / 4000;
    }
    CHECK_NEAR(mean, -0.4, 0.05);
}

TEST(correlation, detectors_ring_after_a_break_and_seldom_without)
{
    struct ewma_break fast;
    struct correlation_break windows;
    int false_alarms = 0, found = 0, found_windows = 0, false_windows = 0;
    for (uint32_t trial = 0; trial < 40; trial++) {
        ewma_break_init(&fast, 0.90, 0.99, 3, 3);
        correlation_break_init(&windows, &arena, 120, 30);
        struct rng rng;
        rng_init(&rng, 21, trial, 0);
        double x, y;
        bool before = false, after = false;
        for (int i = 0; i < 700; i++) {
            pair(&rng, i < 600 ? 0.9 : 0.0, &x, &y);
            CHECK(ewma_break_update(&fast, i, x, y) && correlation_break_update(&windows, i, x, y));
            CHECK_EQ(isnan(ewma_break_value(&fast)), i < 198);
            CHECK_EQ(isnan(correlation_break_value(&windows)), i < 149);
            *(i < 600 ? &before : &after) |= ewma_break_is_alarm(&fast);
            if (i == 599)
                false_windows += correlation_break_value(&windows) > 3;
            if (i == 629)
                found_windows += correlation_break_value(&windows) > 3;
        }
        false_alarms += before;
        found += after;
        arena_clear(&arena);
    }
    CHECK(found >= 36 && found_windows >= 36);
    CHECK(false_windows <= 2);
    CHECK(false_alarms <= 20); /* in 400 bars each: why the header asks to calibrate */
}

TEST(correlation, the_neutral_spread_sees_one_leg_leave)
{
    struct pair_spread spread;
    pair_spread_init(&spread, &arena, 60);
    struct rng rng;
    rng_init(&rng, 31, 0, 0);
    double x = 0, noise = 0;
    for (int i = 0; i < 300; i++) {
        x += 0.01 * rng_normal(&rng);
        noise = 0.9 * noise + 0.0005 * rng_normal(&rng);
        CHECK(pair_spread_update(&spread, i, 100 * exp(x), 50 * exp(1.5 * x + noise)));
        CHECK_EQ(isnan(pair_spread_value(&spread)), i < 60);
    }
    CHECK_NEAR(pair_spread_beta(&spread), 1.5, 0.05);
    CHECK(fabs(pair_spread_value(&spread)) < 4);
    CHECK(pair_spread_update(&spread, 300, 100 * exp(x), 50 * exp(1.5 * x - 0.02)));
    CHECK(pair_spread_value(&spread) < -5);
    CHECK(!pair_spread_update(&spread, 301, 0, 50));
    arena_clear(&arena);
}
