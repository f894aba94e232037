#include "domain/pricing/scenario.h"

#include "domain/pricing/american.h"
#include "domain/pricing/european.h"
#include "domain/pricing/portfolio.h"
#include "domain/pricing/surface_int.h"
#include "tests/testing.h"

static const struct scenario_rule sticky_strike = { .rule = SURFACE_STICKY_STRIKE };
static const struct scenario_point now = { 0.0, 1.0, 0.0, 0.0 };

/* Spot 100, rate 4 %, yield 1 %; one slice flat at 20 %, one with a skew. */
static struct surface two_slices(void)
{
    struct surface s = { .count = 2 };
    for (int i = 0; i < 2; i++) {
        double years = i ? 0.5 : 0.25;
        s.slice[i] = (struct surface_slice){ .years = years,
                                             .variance_years = years,
                                             .forward = 100.0 * exp(0.03 * years),
                                             .discount = exp(-0.04 * years) };
    }
    s.slice[0].base = (struct svi){ 0.04 * 0.25, 0.0, 0.0, 0.0, 0.1 };
    s.slice[1].base = (struct svi){ 0.012, 0.08, -0.5, 0.02, 0.12 };
    return s;
}

static struct scenario_totals mark_once(const struct surface *s, const struct scenario_book *book,
                                        const struct scenario_rule *rule,
                                        struct scenario_point point)
{
    struct scenario_totals totals;
    CHECK_EQ(scenario_mark(s, 100.0, book, rule, 1, &point, &totals), 0);
    CHECK_EQ(totals.unpriced, 0);
    return totals;
}

TEST(scenario, marks_a_book_as_black_scholes_does)
{
    struct surface s = two_slices();
    uint32_t slice[3] = { 0, 0, 0 };
    double strike[3] = { 95.0, 110.0, 0.0 }, quantity[3] = { -200.0, 100.0, 50.0 };
    int8_t sign[3] = { -1, 1, 0 };
    struct scenario_book book = { 3, slice, strike, sign, quantity, false };
    struct scenario_totals got =
        mark_once(&s, &book, &sticky_strike, (struct scenario_point){ -0.03, 1.5, 0.1, 0.1 });

    double moved = 100.0 * exp(-0.03), spot[2] = { moved, moved }, years[2] = { 0.15, 0.15 };
    double sigma[2] = { 0.3, 0.3 }, rate[2] = { 0.04, 0.04 }, yield[2] = { 0.01, 0.01 };
    double price[2], delta[2], gamma[2], vega[2], theta[2], rho[2];
    CHECK_EQ(black_scholes(
                 2, &(struct black_scholes_terms){ spot, strike, years, sigma, rate, yield, sign },
                 &(struct pricing_greeks){ .price = price,
                                           .delta = delta,
                                           .gamma = gamma,
                                           .vega = vega,
                                           .theta = theta,
                                           .rho = rho }),
             0);
    CHECK_NEAR(got.value, -200.0 * price[0] + 100.0 * price[1] + 50.0 * moved, 1e-10);
    CHECK_NEAR(got.delta, -200.0 * delta[0] + 100.0 * delta[1] + 50.0, 1e-10);
    CHECK_NEAR(got.gamma, -200.0 * gamma[0] + 100.0 * gamma[1], 1e-10);
    CHECK_NEAR(got.vega, -200.0 * vega[0] + 100.0 * vega[1], 1e-9);
    CHECK_NEAR(got.theta, -200.0 * theta[0] + 100.0 * theta[1], 1e-9);
    CHECK_NEAR(got.rho, -200.0 * rho[0] + 100.0 * rho[1], 1e-9);
}

TEST(scenario, greeks_are_the_slopes_of_the_grid_when_strikes_keep_their_vols)
{
    struct surface s = two_slices();
    enum { ROWS = 600 };
    static uint32_t slice[ROWS];
    static double strike[ROWS], quantity[ROWS];
    static int8_t sign[ROWS];
    for (int i = 0; i < ROWS; i++) {
        slice[i] = i >= ROWS / 2;
        strike[i] = 80.0 + (i % 41);
        sign[i] = i % 3 ? 1 : -1;
        quantity[i] = (i * 7 % 11) - 5.0;
    }
    struct scenario_book book = { ROWS, slice, strike, sign, quantity, false };
    double h = 1e-4, moves[3] = { log(1.0 - h), 0.0, log(1.0 + h) }, one = 1.0, zero = 0.0;
    struct scenario_point point[3];
    struct scenario_totals got[3];
    CHECK_EQ(scenario_grid(&(struct scenario_axes){ 3, 1, 1, moves, &one, &zero, &zero }, point),
             3);
    CHECK_EQ(scenario_mark(&s, 100.0, &book, &sticky_strike, 3, point, got), 0);
    double step = 100.0 * h, scale = fabs(got[1].delta) + 100.0;
    CHECK_NEAR((got[2].value - got[0].value) / (2.0 * step), got[1].delta, 1e-5 * scale);
    CHECK_NEAR((got[2].value - 2.0 * got[1].value + got[0].value) / (step * step), got[1].gamma,
               1e-3 * (fabs(got[1].gamma) + 1.0));
    struct scenario_totals later =
        mark_once(&s, &book, &sticky_strike, (struct scenario_point){ 0.0, 1.0, 1e-5, 1e-5 });
    CHECK_NEAR((later.value - got[1].value) / 1e-5, got[1].theta,
               1e-2 * (fabs(got[1].theta) + 1.0));
}

TEST(scenario, rules_differ_as_they_should)
{
    struct surface s = two_slices();
    uint32_t slice = 1;
    double strike = 100.0, quantity = 1.0;
    int8_t sign = 1;
    struct scenario_book book = { 1, &slice, &strike, &sign, &quantity, false };
    struct scenario_point fall = { -0.05, 1.0, 0.0, 0.0 };
    struct scenario_rule delta = { .rule = SURFACE_STICKY_DELTA };
    struct scenario_rule response = { SURFACE_SPOT_VOL, 1.0, 1.0, 0.0 };
    double by_delta = mark_once(&s, &book, &delta, fall).value;
    double by_strike = mark_once(&s, &book, &sticky_strike, fall).value;
    double by_response = mark_once(&s, &book, &response, fall).value;
    /* The strike ends above the money: lower vol when the smile moves along, higher when it lifts.
     */
    CHECK(by_delta < by_strike);
    CHECK(by_strike < by_response);
}

TEST(scenario, expired_options_are_worth_their_payoff)
{
    struct surface s = two_slices();
    uint32_t slice[2] = { 0, 1 };
    double strike[2] = { 95.0, 95.0 }, quantity[2] = { 10.0, -10.0 };
    int8_t sign[2] = { 1, 1 };
    struct scenario_book book = { 2, slice, strike, sign, quantity, false };
    struct scenario_point at_expiry = { 0.1, 1.0, 0.25, 0.25 };
    struct scenario_totals got = mark_once(&s, &book, &sticky_strike, at_expiry);
    struct scenario_book far = { 1, slice + 1, strike + 1, sign + 1, quantity + 1, false };
    struct scenario_totals rest = mark_once(&s, &far, &sticky_strike, at_expiry);
    CHECK_NEAR(got.value - rest.value, 10.0 * (100.0 * exp(0.1) - 95.0), 1e-10);
    CHECK_NEAR(got.delta - rest.delta, 10.0, 1e-12);
    CHECK_NEAR(got.gamma, rest.gamma, 0.0);
}

TEST(scenario, american_books_are_marked_by_the_american_pricer)
{
    struct surface s = two_slices();
    uint32_t slice[2] = { 1, 1 };
    double strike[2] = { 100.0, 130.0 }, quantity[2] = { 1.0, 1.0 }, sigma[2], price[2];
    int8_t sign[2] = { -1, -1 };
    struct scenario_book book = { 2, slice, strike, sign, quantity, true };
    struct scenario_totals got = mark_once(&s, &book, &sticky_strike, now);
    for (int i = 0; i < 2; i++)
        sigma[i] = sqrt(svi_w(&s.slice[1].base, log(strike[i] / s.slice[1].forward)) / 0.5);
    struct american_expiry expiry = { .spot = 100.0, .years = 0.5, .rate = 0.04, .yield = 0.01 };
    CHECK_EQ(
        american_chain(&expiry, 2, strike, sign, sigma, &(struct pricing_greeks){ .price = price }),
        0);
    CHECK_NEAR(got.value, price[0] + price[1], 1e-8);
    book.is_american = false;
    CHECK(mark_once(&s, &book, &sticky_strike, now).value < got.value);
}

TEST(scenario, says_when_a_row_has_no_price_and_adds_up_nothing_then)
{
    struct surface s = two_slices();
    uint32_t slice[2] = { 0, 1 };
    double strike[2] = { 95.0, NAN }, quantity[2] = { 1.0, 1.0 };
    int8_t sign[2] = { 1, 1 };
    struct scenario_book book = { 2, slice, strike, sign, quantity, false };
    struct scenario_totals got[2];
    struct scenario_point point[2] = { now, { 0.0, -1.0, 0.0, 0.0 } };
    CHECK_EQ(scenario_mark(&s, 100.0, &book, &sticky_strike, 2, point, got), 2);
    CHECK_EQ(got[0].unpriced, 1);
    CHECK(isnan(got[0].value) && isnan(got[0].vega));
    CHECK_EQ(got[1].unpriced, 2);
    strike[1] = 95.0;
    slice[0] = 2; /* not there, and not in order */
    CHECK_EQ(scenario_mark(&s, 100.0, &book, &sticky_strike, 1, &now, got), 1);
}

TEST(portfolio, greeks_in_dollars_and_index_shares_by_hand)
{
    struct scenario_totals t[2] = { { 1000.0, 50.0, 2.0, 300.0, -730.0, 400.0, 0 },
                                    { -200.0, -10.0, 1.0, 100.0, -365.0, 100.0, 0 } };
    struct dollar_greeks d = portfolio_dollars(&t[0], 200.0);
    CHECK_NEAR(d.delta, 10000.0, 1e-9);
    CHECK_NEAR(d.delta_1pct, 100.0, 1e-9);
    CHECK_NEAR(d.gamma_1pct, 2.0 * 2.0 * 200.0,
               1e-9); /* 2 dollars of spot, 2 shares each, at 200 */
    CHECK_NEAR(d.vega_point, 3.0, 1e-12);
    CHECK_NEAR(d.theta_day, -2.0, 1e-12);
    CHECK_NEAR(d.rho_bp, 0.04, 1e-12);
    double spot[2] = { 200.0, 50.0 }, beta[2] = { 1.2, 0.8 };
    struct scenario_totals sum;
    CHECK_EQ(portfolio_beta_weighted(2, t, spot, beta, 400.0, &sum), PRICING_OK);
    CHECK_NEAR(sum.delta, 50.0 * 0.6 - 10.0 * 0.1, 1e-12);
    CHECK_NEAR(sum.gamma, 2.0 * 0.36 + 1.0 * 0.01, 1e-12);
    CHECK_NEAR(sum.value, 800.0, 1e-12);
    CHECK_NEAR(sum.vega, 400.0, 1e-12);
    t[1].unpriced = 1;
    CHECK_EQ(portfolio_beta_weighted(2, t, spot, beta, 400.0, &sum), PRICING_BAD_INPUT);
    CHECK(isnan(sum.delta));
}

TEST(scenario, values_of_rows_add_up_to_the_mark_of_the_book)
{
    struct surface s = two_slices();
    uint32_t slice[4] = { 0, 0, 0, 1 };
    double strike[4] = { 95.0, 110.0, 0.0, 100.0 }, quantity[4] = { -200.0, 100.0, 50.0, 300.0 };
    int8_t sign[4] = { -1, 1, 0, 1 };
    struct scenario_book book = { 4, slice, strike, sign, quantity, false };
    const struct scenario_point points[2] = { { -0.2, 1.5, 0.0, 0.0 }, { 0.05, 0.8, 0.3, 0.3 } };
    const struct scenario_rule rule = { .rule = SURFACE_STICKY_DELTA, .tenor_years = 30.0 / 365.0 };
    struct scenario_totals totals[2];
    double value[8];
    CHECK_EQ(scenario_mark(&s, 100.0, &book, &rule, 2, points, totals), 0);
    CHECK_EQ(scenario_values(&s, 100.0, &book, &rule, 2, points, value), 0);
    for (int p = 0; p < 2; p++) {
        double sum = 0.0;
        for (int i = 0; i < 4; i++)
            sum += quantity[i] * value[4 * p + i];
        CHECK_NEAR(sum, totals[p].value, 1e-9);
    }
    strike[1] = NAN;
    CHECK_EQ(scenario_values(&s, 100.0, &book, &rule, 2, points, value), 2);
    CHECK(isnan(value[1]) && isfinite(value[0]) && isfinite(value[2]));
}

/* 1.5 at 30 days is 1 + 0.5 sqrt(30 / 91.25) at a quarter of a year, and the reciprocal when it
 * falls. */
TEST(scenario, vols_answer_by_the_square_root_of_their_tenor)
{
    struct surface s = two_slices();
    uint32_t slice = 0;
    double strike = 100.0, quantity = 1.0, one, want;
    int8_t sign = 1;
    struct scenario_book book = { 1, &slice, &strike, &sign, &quantity, false };
    const struct scenario_rule by_tenor = { .rule = SURFACE_STICKY_STRIKE,
                                            .tenor_years = 30.0 / 365.0 };
    double answer = 0.5 * sqrt(30.0 / 91.25);
    struct scenario_point up = { 0.0, 1.5, 0.0, 0.0 }, all_up = { 0.0, 1.0 + answer, 0.0, 0.0 };
    scenario_values(&s, 100.0, &book, &by_tenor, 1, &up, &one);
    scenario_values(&s, 100.0, &book, &sticky_strike, 1, &all_up, &want);
    CHECK_NEAR(one, want, 1e-9);
    up.vol_factor = 1.0 / 1.5;
    all_up.vol_factor = 1.0 / (1.0 + answer);
    scenario_values(&s, 100.0, &book, &by_tenor, 1, &up, &one);
    scenario_values(&s, 100.0, &book, &sticky_strike, 1, &all_up, &want);
    CHECK_NEAR(one, want, 1e-9);
}
