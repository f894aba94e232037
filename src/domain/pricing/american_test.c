#include "domain/pricing/american_int.h"

#include "base/rng.h"
#include "domain/pricing/american_golden_test.h"
#include "domain/pricing/lanes.h"

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
    FOR_EACH (c, cases) {
        struct answer a = price_of(&c->option, false);
        CHECK_EQ(a.status, PRICING_OK);
        CHECK_NEAR(a.price, c->price, 5e-7 * fmax(c->option.spot, c->option.strike));
        CHECK_NEAR(a.delta, c->delta, 2e-5);
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct spread {
    double p99, most, rms;
};

static struct spread spread_of(double *off, int count)
{
    double squares = 0.0;
    qsort(off, (size_t)count, sizeof *off, by_size);
    for (int i = 0; i < count; i++)
        squares += off[i] * off[i];
    return (struct spread){ off[count * 99 / 100], off[count - 1], sqrt(squares / count) };
}

/* What american.h says of each accuracy and set: dollars per 100 of the larger of spot and strike,
 * then delta. */
static const struct {
    const char *name;
    struct {
        double p99, most, rms, delta;
    } limit[AMERICAN_GOLDEN_SETS];
} accuracies[] = {
    [AMERICAN_STANDARD] = { "standard",
                            { { 6e-6, 2e-5, 1e-6, 2e-6 },
                              { 6e-6, 2e-5, 1e-6, 2e-6 },
                              { 1e-4, 2e-4, 1e-5, 2e-4 } } },
    [AMERICAN_FAST] = { "fast",
                        { { 7e-5, 3e-4, 2e-5, 3e-5 },
                          { 7e-5, 3e-4, 2e-5, 3e-5 },
                          { 5e-3, 6e-3, 7e-4, 4e-4 } } },
    [AMERICAN_HIGH] = { "high",
                        { { 3e-7, 5e-7, 3e-8, 1e-7 },
                          { 3e-7, 5e-7, 3e-8, 1e-7 },
                          { 5e-7, 7e-7, 5e-8, 1e-6 } } },
};

static void check_accuracy(const struct american_golden *rows, enum american_accuracy accuracy)
{
    static double price[AMERICAN_GOLDEN_ROWS], delta[AMERICAN_GOLDEN_ROWS],
        gamma[AMERICAN_GOLDEN_ROWS], boundary[AMERICAN_GOLDEN_ROWS];
    static double off[AMERICAN_GOLDEN_SETS][AMERICAN_GOLDEN_ROWS],
        delta_off[AMERICAN_GOLDEN_SETS][AMERICAN_GOLDEN_ROWS],
        gamma_off[AMERICAN_GOLDEN_SETS][AMERICAN_GOLDEN_ROWS];
    struct black_scholes_terms terms = american_golden_terms(rows);
    int count[AMERICAN_GOLDEN_SETS] = { 0 }, worst = 0;
    double most = 0.0;
    CHECK_EQ(
        american_columns(AMERICAN_GOLDEN_ROWS, &terms, accuracy,
                         &(struct pricing_greeks){ .price = price, .delta = delta, .gamma = gamma },
                         boundary),
        0);
    for (int i = 0; i < AMERICAN_GOLDEN_ROWS; i++) {
        int set = rows->set[i], k = count[set]++;
        off[set][k] =
            fabs(price[i] - rows->price[i]) * 100.0 / fmax(rows->spot[i], rows->strike[i]);
        delta_off[set][k] = fabs(delta[i] - rows->delta[i]);
        gamma_off[set][k] =
            fabs(gamma[i] - rows->gamma[i]) / (fabs(rows->gamma[i]) + 0.01 / rows->spot[i]);
        CHECK(off[set][k] >= 0.0); /* not NaN */
        CHECK(isnan(boundary[i]) || boundary[i] > 0.0);
        if (off[set][k] > most) {
            most = off[set][k];
            worst = i;
        }
    }
    for (int k = 0; k < AMERICAN_GOLDEN_SETS; k++) {
        struct spread p = spread_of(off[k], count[k]), d = spread_of(delta_off[k], count[k]);
        struct spread g = spread_of(gamma_off[k], count[k]);
        print_message(
            "american %s, %s: %d prices off by %.1e (p99), %.1e (most), %.1e (rms) per 100; "
            "delta %.1e, gamma %.1e\n",
            accuracies[accuracy].name, american_golden_sets[k], count[k], p.p99, p.most, p.rms,
            d.most, g.most);
        if (!(p.p99 <= accuracies[accuracy].limit[k].p99 &&
              p.most <= accuracies[accuracy].limit[k].most &&
              p.rms <= accuracies[accuracy].limit[k].rms &&
              d.most <= accuracies[accuracy].limit[k].delta))
            fail_msg("beyond what is stated; the worst price is row %d, %.12g for %.12g", worst + 2,
                     price[worst], rows->price[worst]);
    }
}

TEST(american, stays_within_the_error_it_states_on_every_golden_row)
{
    NEED_SHARED("golden/american.csv");
    static struct american_golden rows;
    american_golden_read(&rows);
    check_accuracy(&rows, AMERICAN_FAST);
    check_accuracy(&rows, AMERICAN_STANDARD);
    check_accuracy(&rows, AMERICAN_HIGH);
}

TEST(american, knows_the_boundary)
{
    NEED_SHARED("golden/american.csv");
    static struct american_golden rows;
    static double boundary[AMERICAN_GOLDEN_ROWS];
    american_golden_read(&rows);
    struct black_scholes_terms terms = american_golden_terms(&rows);
    american_columns(AMERICAN_GOLDEN_ROWS, &terms, AMERICAN_HIGH,
                     &(struct pricing_greeks){ .price = NULL }, boundary);
    for (int i = 0; i < AMERICAN_GOLDEN_ROWS; i++) {
        CHECK(isnan(boundary[i]) == isnan(rows.boundary[i]));
        if (rows.set[i] == 2 || isnan(boundary[i]))
            continue; /* the edges: where rate and yield nearly agree it has not settled */
        double unit = rows.sigma[i] * sqrt(rows.years[i]) * rows.boundary[i];
        CHECK_NEAR(boundary[i], rows.boundary[i], 1e-7 * rows.boundary[i] + 2e-4 * unit);
    }
}

TEST(american, every_width_gives_the_same_bits)
{
    NEED_SHARED("golden/american.csv");
    static struct american_golden rows;
    static double columns[LANES_LEVEL_COUNT][8][AMERICAN_GOLDEN_ROWS];
    american_golden_read(&rows);
    struct black_scholes_terms terms = american_golden_terms(&rows);
    enum lanes_level before = lanes_level();
    for (int level = 0; level < LANES_LEVEL_COUNT; level++) {
        double(*c)[AMERICAN_GOLDEN_ROWS] = columns[level];
        if (!lanes_has((enum lanes_level)level))
            continue;
        lanes_use((enum lanes_level)level);
        american_columns(AMERICAN_GOLDEN_ROWS, &terms, AMERICAN_FAST,
                         &(struct pricing_greeks){ c[0], c[1], c[2], c[3], c[4], c[5], NULL },
                         c[6]);
        american_implied_vol(AMERICAN_GOLDEN_ROWS, &terms, AMERICAN_FAST, rows.price, c[7], NULL);
        CHECK(memcmp(columns[level], columns[0], sizeof columns[0]) == 0);
    }
    lanes_use(before);
}

static uint64_t mix(uint64_t hash, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (hash ^ bits) * UINT64_C(1099511628211);
}

/*
 * The bits of every number, so that no machine, compiler or C library can differ unseen. A change
 * of method changes the hash: then replace it, and say so in the commit and the change log.
 */
TEST(american, bits_are_the_same_everywhere)
{
    struct rng rng;
    rng_init(&rng, 6, 0, 1);
    uint64_t american = UINT64_C(14695981039346656037);
    for (int i = 0; i < 50; i++) {
        double spot = 50.0 + 500.0 * rng_uniform(&rng), years = 0.001 + rng_uniform(&rng);
        double strike = spot * (0.6 + 0.8 * rng_uniform(&rng)), sigma = 0.05 + rng_uniform(&rng);
        double v[6], paid_at = 0.5 * years, paid = 1.0;
        int8_t sign = i % 2 ? OPTION_SIGN_CALL : OPTION_SIGN_PUT;
        struct pricing_greeks out = { v, v + 1, v + 2, v + 3, v + 4, v + 5, NULL };
        struct american_expiry early = { .spot = spot,
                                         .years = years,
                                         .rate = 0.04,
                                         .yield = 0.02,
                                         .dividend_count = i % 10 == 0,
                                         .dividend_years = &paid_at,
                                         .dividend_dollars = &paid };
        american_chain(&early, 1, &strike, &sign, &sigma, &out);
        for (int k = 0; k < 6; k++)
            american = mix(american, v[k]);
    }
    if (american != UINT64_C(0x7c058fd52abb0de9))
        fail_msg("the hash is 0x%016llx", (unsigned long long)american);
}

TEST(american, holds_what_must_hold_for_any_option)
{
    enum { ROWS = 4096, ROUNDS = 4 };
    static double c[6][ROWS], price[3][ROWS], delta[ROWS], gamma[ROWS], boundary[ROWS];
    static int8_t sign[ROWS], other[ROWS];
    struct rng rng;
    rng_init(&rng, 21, 0, 1);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < ROWS; i++) {
            c[0][i] = 100.0;
            c[2][i] = exp(16.0 * rng_uniform(&rng) - 14.0);
            c[3][i] = exp(6.0 * rng_uniform(&rng) - 4.5);
            double reach = fmin(4.0 * c[3][i] * sqrt(c[2][i]), 4.0);
            c[1][i] = 100.0 * exp(reach * (2.0 * rng_uniform(&rng) - 1.0));
            c[4][i] = rng_below(&rng, 8) ? 0.12 * rng_uniform(&rng) : 0.0;
            c[5][i] = rng_below(&rng, 8) ? 0.12 * rng_uniform(&rng) : c[4][i];
            sign[i] = rng_below(&rng, 2) ? OPTION_SIGN_CALL : OPTION_SIGN_PUT;
            other[i] = (int8_t)-sign[i];
        }
        struct black_scholes_terms terms = { c[0], c[1], c[2], c[3], c[4], c[5], sign };
        /* A put is a call with spot and strike, rate and yield exchanged. */
        struct black_scholes_terms mirror = { c[1], c[0], c[2], c[3], c[5], c[4], other };
        struct pricing_greeks out = { .price = price[0], .delta = delta, .gamma = gamma };
        CHECK_EQ(american_columns(ROWS, &terms, AMERICAN_FAST, &out, boundary), 0);
        american_columns(ROWS, &mirror, AMERICAN_FAST,
                         &(struct pricing_greeks){ .price = price[1] }, NULL);
        black_scholes(ROWS, &terms, &(struct pricing_greeks){ .price = price[2] });
        for (int i = 0; i < ROWS; i++) {
            double unit = fmax(c[0][i], c[1][i]), payoff = sign[i] * (c[0][i] - c[1][i]);
            bool is_good = isfinite(price[0][i] + delta[i] + gamma[i]) &&
                           price[0][i] >= price[2][i] - 1e-13 * unit && price[0][i] >= payoff &&
                           price[0][i] <= (sign[i] > 0 ? c[0][i] : c[1][i]) * (1.0 + 1e-4) &&
                           fabs(price[0][i] - price[1][i]) <= 1e-7 * unit &&
                           sign[i] * delta[i] >= -1e-3 && sign[i] * delta[i] <= 1.001 &&
                           gamma[i] >= -1e-3 / c[0][i];
            if (!is_good)
                fail_msg("sign %d K %.17g T %.17g sigma %.17g r %.17g q %.17g: price %.12g, mirror "
                         "%.12g, European %.12g, delta %g, gamma %g",
                         sign[i], c[1][i], c[2][i], c[3][i], c[4][i], c[5][i], price[0][i],
                         price[1][i], price[2][i], delta[i], gamma[i]);
        }
    }
}

TEST(american, a_row_does_not_see_its_neighbours)
{
    /* 23 rows of every route, together and one by one: the same bits. */
    enum { ROWS = 23 };
    double spot[ROWS], strike[ROWS], years[ROWS], sigma[ROWS], rate[ROWS], yield[ROWS];
    double together[6][ROWS], alone[6];
    int8_t sign[ROWS];
    for (int i = 0; i < ROWS; i++) {
        spot[i] = i == 5 ? NAN : 90.0 + i;
        strike[i] = i == 7 ? -1.0 : 100.0;
        years[i] = i == 9 ? 0.0 : 0.1 * (i + 1);
        sigma[i] = i == 11 ? 0.0 : i == 12 ? 1e-9 : 0.1 + 0.02 * i;
        rate[i] = i == 13 ? -0.02 : 0.01 * (i % 6);
        yield[i] = i == 13 ? -0.03 : 0.01 * (i % 5);
        sign[i] = i % 2 ? OPTION_SIGN_CALL : OPTION_SIGN_PUT;
    }
    american(ROWS, &(struct black_scholes_terms){ spot, strike, years, sigma, rate, yield, sign },
             &(struct pricing_greeks){ together[0], together[1], together[2], together[3],
                                       together[4], together[5], NULL });
    for (int i = 0; i < ROWS; i++) {
        american(1,
                 &(struct black_scholes_terms){ spot + i, strike + i, years + i, sigma + i,
                                                rate + i, yield + i, sign + i },
                 &(struct pricing_greeks){ alone, alone + 1, alone + 2, alone + 3, alone + 4,
                                           alone + 5, NULL });
        for (int k = 0; k < 6; k++)
            CHECK(memcmp(&alone[k], &together[k][i], sizeof(double)) == 0);
    }
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

TEST(american, quadrature_prices_cash_dividends_to_a_millionth)
{
    NEED_SHARED("golden/discrete_dividends_spot_model.csv");
    struct golden g;
    golden_open(&g, "golden/discrete_dividends_spot_model.csv");
    double worst = 0.0;
    while (golden_next(&g)) {
        double years[2] = { golden_number(&g, "t1"), golden_number(&g, "t2") };
        double dollars[2] = { golden_number(&g, "D1"), golden_number(&g, "D2") };
        double strike = golden_number(&g, "K"), sigma = golden_number(&g, "sigma"), price, delta;
        double want = golden_number(&g, "price");
        int8_t sign = (int8_t)golden_number(&g, "cp");
        struct american_expiry expiry = { .spot = golden_number(&g, "S"),
                                          .years = golden_number(&g, "T"),
                                          .rate = golden_number(&g, "r"),
                                          .dividend_count = isnan(dollars[1]) ? 1 : 2,
                                          .dividend_years = years,
                                          .dividend_dollars = dollars };
        struct pricing_greeks out = { .price = &price, .delta = &delta };
        if (str_is(golden_text(&g, "exercise"), "american"))
            CHECK_EQ(american_chain(&expiry, 1, &strike, &sign, &sigma, &out), 0);
        else
            CHECK_EQ(european_chain_with_dividends(&expiry, 1, &strike, &sign, &sigma, &out), 0);
        if (!(fabs(price - want) <= 1e-8))
            fail_msg("row %d: %.12g is not %.12g", g.row, price, want);
        worst = fmax(worst, fabs(price - want));
    }
    CHECK_EQ(g.row, 104);
    print_message("american: cash dividends by quadrature: off by %.1e at most\n", worst);
}

TEST(american, grid_and_integral_equation_agree)
{
    static const struct option options[] = {
        { 100, 100, 0.25, 0.2, 0.05, 0.01, -1 }, { 100, 105, 1.0, 0.3, 0.03, 0.06, 1 },
        { 100, 90, 0.5, 0.4, 0.04, 0.04, -1 },   { 100, 110, 0.02, 0.25, 0.05, 0.0, -1 },
        { 100, 95, 2.0, 0.15, 0.01, 0.05, 1 },
    };
    FOR_EACH (o, options) {
        struct american_option same = { .spot = o->spot,
                                        .strike = o->strike,
                                        .years = o->years,
                                        .sigma = o->sigma,
                                        .rate = o->rate,
                                        .yield = o->yield,
                                        .sign = o->sign };
        struct american_value grid;
        struct answer a = price_of(o, false);
        /* By the grid with its control: a dividend of next to nothing, priced fast, asks for it. */
        double when = 0.5 * o->years, paid = 1e-12;
        same.is_fast = true;
        same.dividend_count = 1;
        same.dividend_years = &when;
        same.dividend_dollars = &paid;
        CHECK_EQ(american_price_one(&same, &grid), PRICING_OK);
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
    FOR_EACH (o, options) {
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

TEST(american, a_rate_of_zero_is_priced_on_vectors_as_by_the_method_of_two_boundaries)
{
    /* Puts without interest that gain by a negative yield, and the calls that mirror them. */
    static const double limit[] = {
        [AMERICAN_STANDARD] = 2e-5, [AMERICAN_FAST] = 1e-3, [AMERICAN_HIGH] = 1e-7
    };
    static const double yields[] = { -1e-5, -1e-3, -0.02, -0.15 },
                        moves[] = { -2.0, -0.5, 0.0, 1.5 };
    double worst[3] = { 0.0 };
    for (size_t i = 0; i < 32; i++) {
        bool is_put = i % 2;
        double yield = yields[i / 2 % 4], years = i % 3 ? 0.3 : 1.5, sigma = i % 5 ? 0.25 : 0.7,
               nothing = 0.0;
        double strike = 100.0, spot = 100.0 * exp(moves[i / 8] * sigma * sqrt(years));
        struct american_option o = { .spot = is_put ? spot : strike,
                                     .strike = is_put ? strike : spot,
                                     .years = years,
                                     .sigma = sigma,
                                     .rate = is_put ? 0.0 : yield,
                                     .yield = is_put ? yield : 0.0,
                                     .sign = is_put ? -1 : 1 };
        int8_t sign = (int8_t)o.sign;
        struct black_scholes_terms terms = { &o.spot, &o.strike, &o.years, &o.sigma,
                                             &o.rate, &o.yield,  &sign };
        struct american_value want;
        CHECK(american_two(&o, &want));
        for (int accuracy = AMERICAN_STANDARD; accuracy <= AMERICAN_HIGH; accuracy++) {
            double price, rho[3], boundary;
            uint8_t status;
            struct pricing_greeks out = { .price = &price, .rho = &rho[0], .status = &status };
            CHECK_EQ(american_columns(1, &terms, (enum american_accuracy)accuracy, &out, &boundary),
                     0);
            worst[accuracy] = fmax(worst[accuracy], fabs(price - want.price));
            CHECK_NEAR(price, want.price, limit[accuracy]);
            if (accuracy != AMERICAN_HIGH || !is_put || want.is_exercised)
                continue;
            CHECK_NEAR(boundary, want.boundary, 1e-5 * want.boundary);
            /* The slope upwards, which is the only one: below a rate of 0 the method is another. */
            double up = 1e-3 * -yield;
            for (int k = 1; k <= 2; k++) {
                double raised = k * up;
                terms.rate = &raised;
                american_columns(1, &terms, AMERICAN_HIGH,
                                 &(struct pricing_greeks){ .price = &rho[k] }, NULL);
            }
            terms.rate = &nothing;
            CHECK_NEAR(rho[0], (4.0 * rho[1] - rho[2] - 3.0 * price) / (2.0 * up),
                       0.02 * (1.0 + fabs(rho[0])));
        }
    }
    print_message(
        "american: at a rate of 0 off by %.1e (standard), %.1e (fast), %.1e (high) per 100\n",
        worst[AMERICAN_STANDARD], worst[AMERICAN_FAST], worst[AMERICAN_HIGH]);
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
