/* Rows of the golden statistics, pnl_attribution.json. */
#include "domain/risk/attribution.h"

#include <math.h>

#include "tests/testing.h"

TEST(attribution, of_a_short_straddle_over_two_hours_of_its_last_four)
{
    const struct attribution_leg legs[] = {
        { 1, 5000.0, -100.0, 0.00045662100456621003, 0.12, 0.13, NAN, NAN },
        { -1, 5000.0, -100.0, 0.00045662100456621003, 0.12, 0.13, NAN, NAN },
    };
    const struct attribution_step step = { 5000.0, 5012.0, 0.04,
                                           0.04,   0.013,  0.00022831050228310502,
                                           false };
    struct attribution got;
    CHECK_OK(attribution_of_step(&step, 2, legs, &got));
    CHECK_NEAR(got.delta, -5.83094369152, 1e-6);
    CHECK_NEAR(got.gamma, -448.056449558, 1e-6);
    CHECK_NEAR(got.theta, 255.745617042, 1e-6);
    CHECK_NEAR(got.vega, -85.2466608748, 1e-6);
    CHECK_NEAR(got.vanna, 0.281313980887, 1e-6);
    CHECK_NEAR(got.volga, -7.62694868272e-05, 1e-6);
    CHECK_NEAR(got.charm, 1.45770059451, 1e-6);
    CHECK_NEAR(got.rho, 0.0, 1e-6);
    CHECK_NEAR(got.explained, -281.649498776, 1e-6);
    CHECK_NEAR(got.actual, -285.216616215, 1e-6);
    CHECK_NEAR(got.residual, -3.56711743876, 1e-6);
    CHECK_NEAR(got.explained + got.residual, got.actual, 1e-9);
}

TEST(attribution, of_long_puts_with_a_change_of_rates)
{
    const struct attribution_leg leg = { -1, 400.0, 500.0, 1.0, 0.22, 0.23, NAN, NAN };
    const struct attribution_step step = { 420.0, 415.0, 0.045, 0.05, 0.01, 0.019178082191780823,
                                           false };
    struct attribution got;
    CHECK_OK(attribution_of_step(&step, 1, &leg, &got));
    CHECK_NEAR(got.delta, 771.647773349, 1e-6);
    CHECK_NEAR(got.gamma, 23.6839430439, 1e-6);
    CHECK_NEAR(got.theta, -102.660330593, 1e-6);
    CHECK_NEAR(got.vega, 735.301169317, 1e-6);
    CHECK_NEAR(got.vanna, 10.7774295045, 1e-6);
    CHECK_NEAR(got.volga, 2.22190763744, 1e-6);
    CHECK_NEAR(got.charm, 0.545162651978, 1e-6);
    CHECK_NEAR(got.rho, -375.943782193, 1e-6);
    CHECK_NEAR(got.explained, 1065.57327272, 1e-6);
    CHECK_NEAR(got.actual, 1042.31004402, 1e-6);
    CHECK_NEAR(got.residual, -23.2632287006, 1e-6);
}

static struct attribution over_the_day(int steps, bool by_moving)
{
    static const double year = 365.0 * 24.0;
    struct attribution sum = { .delta = 0.0 }, one;
    for (int i = 0; i < steps; i++) {
        double u0 = (double)i / steps, u1 = (double)(i + 1) / steps;
        double left = (6.5 - 6.0 * u0) / year;
        const struct attribution_leg legs[] = {
            { 1, 5000.0, -100.0, left, 0.12 + 0.02 * u0, 0.12 + 0.02 * u1, NAN, NAN },
            { -1, 5000.0, -100.0, left, 0.12 + 0.02 * u0, 0.12 + 0.02 * u1, NAN, NAN },
        };
        const struct attribution_step step = { 5000.0 + 30.0 * sin(2.5 * u0),
                                               5000.0 + 30.0 * sin(2.5 * u1),
                                               0.04,
                                               0.04,
                                               0.013,
                                               6.0 / steps / year,
                                               by_moving };
        CHECK_OK(attribution_of_step(&step, 2, legs, &one));
        attribution_add(&sum, &one);
    }
    return sum;
}

TEST(attribution, steps_along_the_path_explain_what_one_step_cannot)
{
    static const struct {
        int steps;
        double residual;
    } rows[] = { { 1, -85.041557108 },
                 { 6, 42.5722534183 },
                 { 24, 3.33774133895 },
                 { 72, 0.307246315472 },
                 { 360, -0.00793910946073 } };
    FOR_EACH (row, rows) {
        struct attribution sum = over_the_day(row->steps, false);
        CHECK_NEAR(sum.actual, -492.227628174, 1e-5);
        CHECK_NEAR(sum.residual, row->residual, 1e-5);
    }
    CHECK_NEAR(over_the_day(3, true).residual, 0.0, 1e-9); /* inputs moved one by one leave none */
    CHECK(attribution_quality(
              &(struct attribution){ .delta = 10.0, .theta = -9.0, .residual = 1.0 }) > 0.05);
}

TEST(attribution, marks_beyond_the_model_are_quotes_and_a_leg_without_a_price_is_named)
{
    struct attribution_leg legs[] = { { 1, 100.0, 10.0, 0.5, 0.2, 0.2, 5.0, 5.3 },
                                      { 0, 0.0, -4.0, 0.0, 0.0, 0.0, NAN, NAN } };
    const struct attribution_step step = { 100.0, 100.0, 0.0, 0.0, 0.0, 0.0, false };
    struct attribution got;
    CHECK_OK(attribution_of_step(&step, 2, legs, &got));
    CHECK_NEAR(got.actual, 3.0, 1e-12); /* nothing moved but the quote */
    CHECK_NEAR(got.quote, 3.0, 1e-12);
    CHECK_NEAR(got.residual, 0.0, 1e-12);
    legs[0].vol_from = NAN;
    CHECK_EQ(attribution_of_step(&step, 2, legs, &got), ERR_RANGE);
    CHECK_HAS(err_detail(), "leg 0");
    CHECK(isnan(got.actual));
}
