#include "domain/pricing/american_int.h"

#include "domain/pricing/golden_test.h"

struct option {
    double spot, strike, years, sigma, rate, yield;
    int8_t sign;
};

struct answer {
    double price, delta, gamma, vega, theta, rho;
    uint8_t status;
};

static struct american_expiry expiry_of(const struct option *o)
{
    return (struct american_expiry){
        .spot = o->spot, .years = o->years, .rate = o->rate, .yield = o->yield
    };
}

/* Price, delta, gamma and theta; vega and rho too when asked, at five times the cost. */
static struct answer price_of(const struct option *o, bool with_slopes)
{
    struct american_expiry expiry = expiry_of(o);
    struct answer a;
    struct pricing_greeks out = { .price = &a.price,
                                  .delta = &a.delta,
                                  .gamma = &a.gamma,
                                  .theta = &a.theta,
                                  .status = &a.status };
    if (with_slopes) {
        out.vega = &a.vega;
        out.rho = &a.rho;
    }
    american_chain(&expiry, 1, &o->strike, &o->sign, &o->sigma, &out);
    return a;
}

static double european_of(const struct option *o)
{
    double price;
    black_scholes(1,
                  &(struct black_scholes_terms){ &o->spot, &o->strike, &o->years, &o->sigma,
                                                 &o->rate, &o->yield, &o->sign },
                  &(struct pricing_greeks){ .price = &price });
    return price;
}

TEST(american, agrees_with_published_values)
{
    /* Andersen, Lake, Offengenden (2015): the premium of the one-year put at the money, and of rate
     * 7.5 %; then prices of 12 digits of options of their benchmark portfolio and of index funds,
     * which two independent programs agree on. */
    static const struct option half = { 100, 100, 1.0, 0.25, 0.05, 0.05, -1 };
    static const struct option more = { 100, 100, 1.0, 0.25, 0.075, 0.05, -1 };
    CHECK_NEAR(price_of(&half, false).price - european_of(&half), 0.10695270275, 1e-6);
    CHECK_NEAR(price_of(&more, false).price - european_of(&more), 0.367111141, 5e-6);
    static const struct {
        struct option option;
        double price, delta;
    } cases[] = {
        { { 100, 100, 0.0821917808219178, 0.1, 0.02, 0.0, -1 }, 1.073732418631, -0.4781456848 },
        { { 100, 100, 0.0821917808219178, 0.3, 0.02, 0.0, -1 }, 3.355049353949, -0.4770077523 },
        { { 100, 100, 0.0821917808219178, 0.2, 0.10, 0.08, -1 }, 2.202911670474, -0.4780475373 },
        { { 110, 100, 0.0821917808219178, 0.2, 0.10, 0.08, -1 }, 0.1118934875815, -0.04261593033 },
        { { 90, 100, 0.2493150684931507, 0.2, 0.10, 0.0, -1 }, 10.00185639507, -0.9848365668 },
        { { 100, 100, 0.2493150684931507, 0.2, 0.10, 0.0, -1 }, 3.066953153781, -0.4280763049 },
        { { 120, 100, 0.2493150684931507, 0.2, 0.10, 0.0, -1 }, 0.07748880072634, -0.01749487194 },
        { { 50, 100, 0.0821917808219178, 0.3, 0.02, 0.0, -1 }, 50.0, -1.0 },
        { { 100, 100.2, 1.9025875190258754e-05, 0.3, 0.001, 0.05, 1 },
          0.003603897773489,
          0.06339149887 },
        { { 100, 96.67, 1.0, 0.01, 0.001, 0.05, -1 }, 1.477684559836, -0.8886958202 },
        { { 100, 349.1, 1.0, 2.0, 0.05, 0.001, -1 }, 286.1511755163, -0.3761513971 },
    };
    FOR_EACH(c, cases)
    {
        struct answer a = price_of(&c->option, false);
        CHECK_EQ(a.status, PRICING_OK);
        CHECK_NEAR(a.price, c->price, 5e-7 * fmax(c->option.spot, c->option.strike));
        CHECK_NEAR(a.delta, c->delta, 2e-5);
    }
}

TEST(american, stays_within_the_error_it_states_on_every_golden_row)
{
    NEED_SHARED("golden/american.csv");
    struct golden g;
    golden_open(&g, "golden/american.csv");
    struct {
        const char *name;
        double price, delta, squares;
        int count;
    } sets[] = { { .name = "ALO" }, { .name = "ETF" }, { .name = "EDGE" } };
    while (golden_next(&g)) {
        struct option o = { golden_number(&g, "S"),         golden_number(&g, "K"),
                            golden_number(&g, "T"),         golden_number(&g, "sigma"),
                            golden_number(&g, "r"),         golden_number(&g, "q"),
                            (int8_t)golden_number(&g, "cp") };
        struct answer a = price_of(&o, false);
        CHECK_EQ(a.status, PRICING_OK);
        double off = fabs(a.price - golden_number(&g, "price")) * 100.0 / fmax(o.spot, o.strike);
        double delta_off = fabs(a.delta - golden_number(&g, "delta"));
        if (!(off <= 5e-5) || !(delta_off <= 1e-4))
            fail_msg("row %d: price %.12g, delta %.12g are off by %g per 100 and %g", g.row,
                     a.price, a.delta, off, delta_off);
        for (size_t i = 0; i < ARRAY_COUNT(sets); i++)
            if (str_is(golden_text(&g, "set"), sets[i].name)) {
                sets[i].price = fmax(sets[i].price, off);
                sets[i].delta = fmax(sets[i].delta, delta_off);
                sets[i].squares += off * off;
                sets[i].count++;
            }
    }
    CHECK_EQ(g.row, 1646);
    FOR_EACH(s, sets)
    print_message("american: %s: %d prices off by %.1e per 100 at most, %.1e rms; delta %.1e\n",
                  s->name, s->count, s->price, sqrt(s->squares / s->count), s->delta);
}

TEST(american, agrees_with_published_corner_cases)
{
    NEED_SHARED("golden/published_vanilla.csv");
    struct golden g;
    golden_open(&g, "golden/published_vanilla.csv");
    int count = 0;
    while (golden_next(&g)) {
        struct option o = { golden_number(&g, "S"),         golden_number(&g, "K"),
                            golden_number(&g, "T"),         golden_number(&g, "sigma"),
                            golden_number(&g, "r"),         golden_number(&g, "q"),
                            (int8_t)golden_number(&g, "cp") };
        if (!str_is(golden_text(&g, "style"), "american"))
            continue;
        struct answer a = price_of(&o, false);
        if (o.spot == 0.0 || o.strike == 0.0) {
            CHECK_EQ(a.status, PRICING_BAD_INPUT); /* by design: such an option does not exist */
            CHECK(isnan(a.price));
            continue;
        }
        CHECK_EQ(a.status, o.sigma == 0.0 ? PRICING_NO_VOLATILITY : PRICING_OK);
        double tolerance = fmax(golden_number(&g, "tolerance"), 1e-6);
        CHECK_NEAR(a.price, golden_number(&g, "value"), tolerance);
        count++;
    }
    CHECK(count >= 12);
}

TEST(american, grid_prices_cash_dividends_in_the_spot_model)
{
    NEED_SHARED("golden/discrete_dividends_spot_model.csv");
    struct golden g;
    golden_open(&g, "golden/discrete_dividends_spot_model.csv");
    double worst = 0.0;
    while (golden_next(&g)) {
        double years[2] = { golden_number(&g, "t1"), golden_number(&g, "t2") };
        double dollars[2] = { golden_number(&g, "D1"), golden_number(&g, "D2") };
        struct american_option o = { .spot = golden_number(&g, "S"),
                                     .strike = golden_number(&g, "K"),
                                     .years = golden_number(&g, "T"),
                                     .sigma = golden_number(&g, "sigma"),
                                     .rate = golden_number(&g, "r"),
                                     .sign = (int)golden_number(&g, "cp"),
                                     .dividend_count = isnan(dollars[1]) ? 1 : 2,
                                     .dividend_years = years,
                                     .dividend_dollars = dollars };
        struct american_value value;
        CHECK(american_grid(&o, str_is(golden_text(&g, "exercise"), "american"), &value));
        double off = fabs(value.price - golden_number(&g, "price")) * 100 / fmax(o.spot, o.strike);
        if (!(off <= 5e-3))
            fail_msg("row %d: %.12g is off by %g per 100", g.row, value.price, off);
        worst = fmax(worst, off);
    }
    CHECK_EQ(g.row, 104);
    print_message("american: cash dividends: off by %.1e per 100 at most\n", worst);
}

TEST(american, grid_and_integral_equation_agree)
{
    static const struct option options[] = {
        { 100, 100, 0.25, 0.2, 0.05, 0.01, -1 }, { 100, 105, 1.0, 0.3, 0.03, 0.06, 1 },
        { 100, 90, 0.5, 0.4, 0.04, 0.04, -1 },   { 100, 110, 0.02, 0.25, 0.05, 0.0, -1 },
        { 100, 95, 2.0, 0.15, 0.01, 0.05, 1 },
    };
    FOR_EACH(o, options)
    {
        struct american_option same = { .spot = o->spot,
                                        .strike = o->strike,
                                        .years = o->years,
                                        .sigma = o->sigma,
                                        .rate = o->rate,
                                        .yield = o->yield,
                                        .sign = o->sign };
        struct american_value grid;
        struct answer a = price_of(o, false);
        CHECK(american_grid(&same, true, &grid));
        CHECK_NEAR(grid.price, a.price, 5e-4);
        CHECK_NEAR(grid.delta, a.delta, 2e-4);
        CHECK_NEAR(grid.gamma, a.gamma, 2e-3 * (a.gamma + 0.01));
    }
}

TEST(american, a_dividend_makes_a_call_worth_exercising)
{
    double years = 0.1, dollars = 2.0, strike = 80.0, sigma = 0.2, with, without, european;
    int8_t call = OPTION_SIGN_CALL;
    struct american_expiry expiry = { .spot = 100.0, .years = 0.25, .rate = 0.02 };
    american_chain(&expiry, 1, &strike, &call, &sigma,
                   &(struct pricing_greeks){ .price = &without });
    expiry.dividend_count = 1;
    expiry.dividend_years = &years;
    expiry.dividend_dollars = &dollars;
    american_chain(&expiry, 1, &strike, &call, &sigma, &(struct pricing_greeks){ .price = &with });
    struct option later = { 98.0, 80.0, 0.25, 0.2, 0.02, 0.0, 1 };
    european = european_of(&later);
    /* Exercised just before the ex-date: the payoff and the interest on the strike till then. */
    CHECK_NEAR(with, 20.0 + 80.0 * (1.0 - exp(-0.002)), 0.01);
    CHECK(with < without);
    CHECK(with > european + 1.0);
    dollars = -1.0;
    uint8_t status;
    CHECK_EQ(american_chain(&expiry, 1, &strike, &call, &sigma,
                            &(struct pricing_greeks){ .status = &status }),
             1);
    CHECK_EQ(status, PRICING_BAD_INPUT);
}

TEST(american, greeks_are_the_slopes_of_the_price)
{
    static const struct option options[] = {
        { 100, 100, 0.25, 0.2, 0.05, 0.01, -1 },
        { 100, 105, 1.0, 0.3, 0.03, 0.06, 1 },
        { 100, 90, 0.5, 0.4, 0.04, 0.04, -1 },
        { 520, 500, 0.1, 0.15, 0.05, 0.012, 1 },
    };
    FOR_EACH(o, options)
    {
        struct answer a = price_of(o, true);
        CHECK_EQ(a.status, PRICING_OK);
        struct option up = *o, down = *o;
        up.spot *= 1.001;
        down.spot *= 0.999;
        double above = price_of(&up, false).price, below = price_of(&down, false).price;
        double h = 0.001 * o->spot;
        CHECK_NEAR(a.delta, (above - below) / (2 * h), 2e-5);
        CHECK_NEAR(a.gamma, (above - 2 * a.price + below) / (h * h), 2e-3 * a.gamma);
        up = down = *o;
        up.years += 1e-3;
        down.years -= 1e-3;
        double decay = (price_of(&down, false).price - price_of(&up, false).price) / 2e-3;
        CHECK_NEAR(a.theta, decay, 2e-3 * fabs(decay));
        up = down = *o;
        up.sigma += 1e-3;
        down.sigma -= 1e-3;
        CHECK_NEAR(a.vega, (price_of(&up, false).price - price_of(&down, false).price) / 2e-3,
                   1e-3 * a.vega);
        up = down = *o;
        up.rate += 1e-3;
        down.rate -= 1e-3;
        CHECK_NEAR(a.rho, (price_of(&up, false).price - price_of(&down, false).price) / 2e-3,
                   5e-3 * fabs(a.rho));
    }
}

TEST(american, two_clocks_fold_into_the_vol)
{
    double strike = 100.0, sigma = 0.3, price, vega, same, same_vega, back;
    int8_t put = OPTION_SIGN_PUT;
    struct american_expiry slow = {
        .spot = 98.0, .years = 0.1, .variance_years = 0.05, .rate = 0.04
    };
    american_chain(&slow, 1, &strike, &put, &sigma,
                   &(struct pricing_greeks){ .price = &price, .vega = &vega });
    struct option o = { 98.0, 100.0, 0.1, 0.3 * sqrt(0.5), 0.04, 0.0, -1 };
    struct answer a = price_of(&o, true);
    same = a.price;
    same_vega = a.vega;
    CHECK_NEAR(price, same, 1e-12);
    CHECK_NEAR(vega, same_vega * sqrt(0.5), 1e-9);
    CHECK_EQ(american_implied_vol_chain(&slow, 1, &strike, &put, &price, &back, NULL), 0);
    CHECK_NEAR(back, sigma, 1e-7);
}

TEST(american, implied_vol_finds_the_vol_where_the_price_tells_it)
{
    NEED_SHARED("golden/american.csv");
    struct golden g;
    golden_open(&g, "golden/american.csv");
    double worst = 0.0;
    int solved = 0, classified = 0;
    while (golden_next(&g)) {
        if (g.row % 4)
            continue; /* a sample: ten prices for each vol */
        struct option o = { golden_number(&g, "S"),         golden_number(&g, "K"),
                            golden_number(&g, "T"),         golden_number(&g, "sigma"),
                            golden_number(&g, "r"),         golden_number(&g, "q"),
                            (int8_t)golden_number(&g, "cp") };
        struct american_expiry expiry = expiry_of(&o);
        double price = golden_number(&g, "price"), sigma;
        uint8_t status;
        american_implied_vol_chain(&expiry, 1, &o.strike, &o.sign, &price, &sigma, &status);
        CHECK(isnan(sigma) == (status != PRICING_OK));
        CHECK(status != PRICING_NOT_CONVERGED);
        if (golden_number(&g, "iv_informative") != 1.0) {
            classified += status != PRICING_OK;
            continue;
        }
        CHECK_EQ(status, PRICING_OK);
        /* As good as the pricer's error, 5e-5 per 100, over the vega; flat options are left out. */
        struct option up = o;
        up.sigma *= 1.001;
        double vega = (price_of(&up, false).price - price_of(&o, false).price) / (0.001 * o.sigma);
        double allowed = 1e-6 * o.sigma + 5e-7 * fmax(o.spot, o.strike) / fmax(vega, 1e-300);
        if (!(fabs(sigma - o.sigma) <= allowed))
            fail_msg("row %d: vol %.10g is not %.10g within %g", g.row, sigma, o.sigma, allowed);
        worst = fmax(worst, fabs(sigma - o.sigma));
        solved++;
    }
    CHECK(solved > 150);
    print_message("american: implied vol: %d solved, off by %.1e at most; %d without information\n",
                  solved, worst, classified);
}

TEST(american, implied_vol_classifies_what_has_no_vol)
{
    struct american_expiry expiry = { .spot = 100.0, .years = 0.5, .rate = 0.05 };
    const double strike[] = { 120, 120, 120, 120, 80, 120, 80, 120, 120, -1 };
    const int8_t sign[] = { -1, -1, -1, -1, -1, -1, 1, -1, 0, -1 };
    const double price[] = { 20, 19.5, 120, NAN, 0, INFINITY, 20.5, 20.00001, 21, 21 };
    static const uint8_t want[] = {
        PRICING_AT_INTRINSIC,    PRICING_BELOW_INTRINSIC, PRICING_ABOVE_MAX,
        PRICING_NO_PRICE,        PRICING_ZERO_PRICE,      PRICING_BAD_INPUT,
        PRICING_BELOW_INTRINSIC, PRICING_NO_INFORMATION,  PRICING_BAD_INPUT,
        PRICING_BAD_INPUT,
    };
    double sigma[ARRAY_COUNT(want)];
    uint8_t status[ARRAY_COUNT(want)];
    CHECK_EQ(
        american_implied_vol_chain(&expiry, ARRAY_COUNT(want), strike, sign, price, sigma, status),
        ARRAY_COUNT(want));
    for (size_t i = 0; i < ARRAY_COUNT(want); i++) {
        CHECK_STR(pricing_status_name(status[i]), pricing_status_name(want[i]));
        CHECK(isnan(sigma[i]));
    }
}
