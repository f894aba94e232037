#include "domain/life/exercise.h"

#include "domain/pricing/american.h"
#include "tests/testing.h"

static struct contract option(char right, int strike_mills)
{
    return (struct contract){ .root = "XYZ",
                              .expiry = 20260717,
                              .strike_mills = strike_mills,
                              .multiplier = 100,
                              .right = right,
                              .style = STYLE_AMERICAN,
                              .settle = SETTLE_PM,
                              .delivery = DELIVERY_PHYSICAL };
}

/* Golden statistics, exercise: auto_call_itm_1c, auto_put_itm_1c, auto_put_otm, auto_call_sub_cent.
 */
TEST(exercise, is_automatic_from_one_cent_in_the_money)
{
    static const struct {
        char right;
        int64_t close;
        bool due;
    } cases[] = { { OPTION_CALL, 50010000, true },  { OPTION_PUT, 49990000, true },
                  { OPTION_PUT, 50010000, false },  { OPTION_CALL, 50004000, false },
                  { OPTION_CALL, 50000000, false }, { OPTION_PUT, 49990001, false } };
    FOR_EACH (c, cases) {
        struct contract contract = option(c->right, 50000);
        CHECK_EQ(exercise_is_due(&contract, c->close, EXERCISE_BY_EXCEPTION), c->due);
        CHECK_EQ(exercise_is_due(&contract, c->close, EXERCISE_ANYWAY), true);
        CHECK_EQ(exercise_is_due(&contract, c->close, EXERCISE_NOT), false);
    }
}

TEST(exercise, no_instruction_changes_what_settles_in_cash)
{
    struct contract index = option(OPTION_CALL, 50000);
    index.delivery = DELIVERY_CASH;
    CHECK(exercise_is_due(&index, 51000000, EXERCISE_NOT));
    CHECK(!exercise_is_due(&index, 49000000, EXERCISE_ANYWAY));
}

TEST(exercise, news_after_the_close_makes_contrary_instructions)
{
    struct contract call = option(OPTION_CALL, 50000);
    /* Closed a nickel out of the money, then rallied: exercised all the same. */
    CHECK_EQ(exercise_instruct(&call, 49950000, 50500000, 20000), EXERCISE_ANYWAY);
    CHECK_EQ(exercise_instruct(&call, 49950000, 50010000, 20000),
             EXERCISE_BY_EXCEPTION); /* not worth its cost */
    CHECK_EQ(exercise_instruct(&call, 50050000, 49000000, 0), EXERCISE_NOT);
    CHECK_EQ(exercise_instruct(&call, 50050000, 50100000, 0), EXERCISE_BY_EXCEPTION);
    CHECK_EQ(exercise_instruct(&call, 50050000, PRICE_NONE, 0), EXERCISE_BY_EXCEPTION);
}

/* Golden statistics, exercise: dividend_tasty_example, dividend_no_incentive, put_interest_yes,
 * _no. */
TEST(exercise, follows_the_rules_of_thumb_where_no_vol_is_known)
{
    CHECK_NEAR(exercise_dividend_gain(0.25, 0.10), 0.15, 1e-9);
    CHECK_NEAR(exercise_dividend_gain(0.25, 0.60), -0.35, 1e-9);
    CHECK_NEAR(exercise_interest(100, 0.05, 30 / 365.0), 0.41011562358, 1e-9);
    CHECK_NEAR(exercise_interest_gain(100, 0.05, 30 / 365.0, 0.02), 0.39011562358, 1e-9);
    CHECK_NEAR(exercise_interest(100, 0.05, 3 / 365.0), 0.0410874472066, 1e-9);
    CHECK_NEAR(exercise_interest_gain(100, 0.05, 3 / 365.0, 0.2), -0.158912552793, 1e-9);

    struct contract call = option(OPTION_CALL, 50000), put = option(OPTION_PUT, 100000);
    struct exercise_view view = { .spot = 55,
                                  .years = 20 / 365.0,
                                  .rate = NAN,
                                  .sigma = NAN,
                                  .extrinsic = 0.10,
                                  .dividend_next = 0.25 };
    struct exercise_decision d = exercise_decide(&call, &view);
    CHECK(d.is_due);
    CHECK_STR(exercise_basis_name(d.basis), "dividend");
    CHECK_NEAR(d.gain, 0.15, 1e-9);
    view.extrinsic = 0.60;
    d = exercise_decide(&call, &view);
    CHECK(!d.is_due);
    CHECK_NEAR(d.gain, -0.35, 1e-9);

    view = (struct exercise_view){
        .spot = 80, .years = 30 / 365.0, .rate = 0.05, .sigma = NAN, .extrinsic = 0.02
    };
    d = exercise_decide(&put, &view);
    CHECK(d.is_due);
    CHECK_STR(exercise_basis_name(d.basis), "interest");
    CHECK_NEAR(d.gain, 0.39011562358, 1e-9);
    view.years = 3 / 365.0;
    view.extrinsic = 0.2;
    d = exercise_decide(&put, &view);
    CHECK(!d.is_due);
    CHECK_NEAR(d.gain, -0.158912552793, 1e-9);

    /* A dividend in two weeks is lost to whoever exercises the put now. */
    const double years[] = { 14 / 365.0 }, dollars[] = { 0.50 };
    view = (struct exercise_view){ .spot = 80,
                                   .years = 30 / 365.0,
                                   .rate = 0.05,
                                   .sigma = NAN,
                                   .extrinsic = 0.02,
                                   .dividend_count = 1,
                                   .dividend_years = years,
                                   .dividend_dollars = dollars };
    CHECK(!exercise_decide(&put, &view).is_due);
}

TEST(exercise, says_nothing_where_nothing_is_known)
{
    struct contract call = option(OPTION_CALL, 50000);
    struct exercise_view view = {
        .spot = 55, .years = 0.1, .rate = NAN, .sigma = NAN, .extrinsic = NAN, .dividend_next = 1
    };
    struct exercise_decision d = exercise_decide(&call, &view);
    CHECK(!d.is_due);
    CHECK_EQ(d.basis, EXERCISE_BASIS_NONE);
    CHECK(isnan(d.gain));
    CHECK_NEAR(d.payoff, 5, 0);
}

TEST(exercise, european_and_out_of_the_money_options_wait)
{
    struct contract call = option(OPTION_CALL, 50000);
    struct exercise_view view = {
        .spot = 49, .years = 0.1, .rate = 0.05, .sigma = 0.2, .dividend_next = 1
    };
    CHECK(!exercise_decide(&call, &view).is_due);
    view.spot = 90;
    view.dividend_next = 2;
    CHECK(exercise_decide(&call, &view).is_due);
    call.style = STYLE_EUROPEAN;
    CHECK(!exercise_decide(&call, &view).is_due);
}

TEST(exercise, of_puts_is_due_at_or_below_the_boundary)
{
    struct contract put = option(OPTION_PUT, 100000);
    for (int days = 5; days <= 365; days *= 3) {
        double spot = 100, strike = 100, sigma = 0.25, rate = 0.05, yield = 0, boundary = NAN,
               price;
        double years = days / 365.0;
        int8_t sign = OPTION_SIGN_PUT;
        struct black_scholes_terms terms = { &spot, &strike, &years, &sigma, &rate, &yield, &sign };
        struct pricing_greeks out = { .price = &price };
        american_columns(1, &terms, AMERICAN_HIGH, &out, &boundary);
        CHECK(boundary > 50 && boundary < 100);
        struct exercise_view view = {
            .years = years, .rate = rate, .sigma = sigma, .extrinsic = NAN
        };
        view.spot = boundary * 0.999;
        struct exercise_decision d = exercise_decide(&put, &view);
        CHECK(d.is_due);
        CHECK_EQ(d.basis, EXERCISE_BASIS_BOUNDARY);
        view.spot = boundary * 1.002;
        CHECK(!exercise_decide(&put, &view).is_due);
    }
}

TEST(exercise, of_calls_without_dividends_never_pays_at_rates_above_zero)
{
    struct contract call = option(OPTION_CALL, 50000);
    for (int spot = 51; spot < 500; spot += 37) {
        struct exercise_view view = {
            .spot = spot, .years = 0.25, .rate = 0.03, .sigma = 0.3, .extrinsic = NAN
        };
        CHECK(!exercise_decide(&call, &view).is_due);
        /* Borrowed dear, the same call is due once it is deep enough. */
        view.yield = 0.60;
        CHECK_EQ(exercise_decide(&call, &view).is_due, spot > 70);
    }
}

TEST(exercise, before_a_dividend_agrees_with_the_put_of_the_same_strike)
{
    /* Holding the call through the ex-date keeps the put and the interest on the strike: exercise
     * is due exactly when dividend > put + interest (European values after the ex-date). */
    struct contract call = option(OPTION_CALL, 100000);
    double strike = 100, sigma = 0.22, rate = 0.04, yield = 0, years = 25 / 365.0, dividend = 1.1;
    int8_t sign = OPTION_SIGN_PUT;
    int due = 0;
    for (int i = 0; i < 60; i++) {
        double spot = 100.5 + 0.25 * i, after = spot - dividend, put;
        struct black_scholes_terms terms = {
            &after, &strike, &years, &sigma, &rate, &yield, &sign
        };
        struct pricing_greeks out = { .price = &put };
        black_scholes(1, &terms, &out);
        double margin = dividend - put - exercise_interest(strike, rate, years);
        struct exercise_view view = { .spot = spot,
                                      .years = years,
                                      .rate = rate,
                                      .sigma = sigma,
                                      .extrinsic = NAN,
                                      .dividend_next = dividend };
        struct exercise_decision d = exercise_decide(&call, &view);
        if (fabs(margin) > 1e-4)
            CHECK_EQ(d.is_due, margin > 0);
        CHECK_NEAR(d.gain, margin, 1e-4);
        due += d.is_due;
        view.cost = 0.05;
        CHECK(exercise_decide(&call, &view).is_due <= d.is_due);
    }
    CHECK(due > 10 && due < 50);
}

TEST(exercise, nobody_exercises_a_put_the_day_before_a_dividend)
{
    struct contract put = option(OPTION_PUT, 100000);
    struct exercise_view view = {
        .spot = 60, .years = 30 / 365.0, .rate = 0.05, .sigma = 0.2, .extrinsic = NAN
    };
    CHECK(exercise_decide(&put, &view).is_due);
    view.dividend_next = 1.5;
    CHECK(!exercise_decide(&put, &view).is_due);
}

TEST(exercise, a_dividend_that_takes_all_is_taken)
{
    struct contract call = option(OPTION_CALL, 10000);
    struct exercise_view view = {
        .spot = 12, .years = 0.1, .rate = 0.01, .sigma = 0.5, .extrinsic = NAN, .dividend_next = 12
    };
    struct exercise_decision d = exercise_decide(&call, &view);
    CHECK(d.is_due);
    CHECK_NEAR(d.hold, 0, 0);
    CHECK_NEAR(d.gain, 2, 1e-12);
}
