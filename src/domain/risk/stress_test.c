#include "domain/risk/stress.h"

#include <math.h>

#include "domain/pricing/american.h"
#include "domain/pricing/portable.h"
#include "domain/risk/tail.h"
#include "tests/testing.h"

/* SPX-like: 5,000, 20 % flat at a month and at half a year, no carry. */
static struct surface two_months(void)
{
    struct surface s = { .count = 2 };
    const double years[] = { 30.0 / 365.0, 0.5 };
    for (int i = 0; i < 2; i++)
        s.slice[i] = (struct surface_slice){ .years = years[i],
                                             .variance_years = years[i],
                                             .forward = 5000.0,
                                             .discount = 1.0,
                                             .base = { 0.04 * years[i], 0.0, 0.0, 0.0, 0.1 } };
    return s;
}

TEST(stress, the_default_set_has_a_grid_and_the_named_days)
{
    struct stress_set set;
    stress_set_default(&set);
    CHECK_EQ(set.grid_count, 24);
    CHECK_EQ(set.count, 31);
    CHECK_STR(set.at[0].name, "spot -15 %, vol -25 %");
    CHECK_STR(set.at[24].name, "1987-10-19");
    CHECK_NEAR(exp(set.at[24].move) - 1.0, -0.2047, 1e-4); /* -20.47 %, as everybody knows */
    CHECK_NEAR(exp(set.at[29].move) - 1.0, -0.1198, 1e-4); /* 16 March 2020: -11.98 % */
    CHECK_NEAR(set.at[30].vol_factor, 65.73 / 23.39, 1e-12);
    for (size_t i = 0; i < set.count; i++)
        CHECK(set.at[i].name[0] != '\0');
    static const double many[RISK_SCENARIOS_MAX];
    CHECK_EQ(stress_set_grid(&set, 8, many, 8, many), ERR_FULL);
    CHECK_EQ(stress_set_grid(&set, 1, many, 1, many), ERR_RANGE); /* a factor of 0 */
}

TEST(stress, vectors_are_the_profits_of_full_revaluation)
{
    struct surface s = two_months();
    const uint32_t slice[] = { 0, 0, 1, 1 };
    const double strike[] = { 4500.0, 5000.0, 5500.0, 0.0 };
    const int8_t sign[] = { -1, -1, 1, 0 };
    const double multiplier[] = { 100.0, 100.0, 100.0, 1.0 };
    const struct stress_under under = { .surface = &s,
                                        .spot = 5000.0,
                                        .beta = 1.0,
                                        .count = 4,
                                        .slice = slice,
                                        .strike = strike,
                                        .sign = sign,
                                        .multiplier = multiplier };
    struct stress_set set;
    stress_set_default(&set);
    struct risk_vector vectors[4] = { 0 },
                       *at[] = { &vectors[0], &vectors[1], &vectors[2], &vectors[3] };
    double room[4 * (RISK_SCENARIOS_MAX + 1)], profit[RISK_SCENARIOS_MAX] = { 0.0 }, small[4];
    bool is_known[4];
    CHECK_EQ(stress_vectors(&under, &set, room, at, is_known), 0);
    /* The share: 5,000 x (0.85 - 1). */
    CHECK_EQ(vectors[3].at[RISK_MEASURE_COUNT], -750 * MICROS_PER_DOLLAR);
    /* A put in 1987 loses at least what it goes into the money for whoever is short of it. */
    CHECK((double)vectors[0].at[RISK_MEASURE_COUNT + 24] >
          (4500.0 - 5000.0 * 0.796) * 100.0 * 1e6 * 0.9);
    static const double quantity[] = { -3.0, 2.0, 5.0, -40.0 };
    struct stress_move moves[RISK_SCENARIOS_MAX];
    for (size_t i = 0; i < set.count; i++)
        moves[i] = (struct stress_move){ set.at[i].move, set.at[i].vol_factor, 0.0 };
    CHECK_EQ(stress_profit(&under, quantity, set.count, moves, small, profit), 0);
    for (size_t i = 0; i < set.count; i++) {
        double sum = 0.0;
        for (int k = 0; k < 4; k++)
            sum += quantity[k] * (double)vectors[k].at[RISK_MEASURE_COUNT + i] * 1e-6;
        CHECK_NEAR(sum, profit[i], 1e-4);
    }
    /* Half the beta, half the move. */
    struct stress_under half = under;
    half.beta = 0.5;
    CHECK_EQ(stress_vectors(&half, &set, room, at, is_known), 0);
    CHECK_NEAR((double)vectors[3].at[RISK_MEASURE_COUNT] * 1e-6,
               5000.0 * (portable_exp(0.5 * set.at[0].move) - 1.0), 1e-5);
}

TEST(stress, a_row_without_a_price_is_unknown_and_leaves_its_neighbours_alone)
{
    struct surface s = two_months();
    const uint32_t slice[] = { 0, 0 };
    const double strike[] = { NAN, 5000.0 }, multiplier[] = { 100.0, 100.0 };
    const int8_t sign[] = { -1, -1 };
    const struct stress_under under = { .surface = &s,
                                        .spot = 5000.0,
                                        .beta = 1.0,
                                        .count = 2,
                                        .slice = slice,
                                        .strike = strike,
                                        .sign = sign,
                                        .multiplier = multiplier };
    struct stress_set set;
    stress_set_default(&set);
    struct risk_vector vectors[2] = { { { 7 } }, { { 7 } } }, *at[] = { &vectors[0], &vectors[1] };
    double room[2 * (RISK_SCENARIOS_MAX + 1)];
    bool is_known[2];
    CHECK_EQ(stress_vectors(&under, &set, room, at, is_known), 1);
    CHECK(!is_known[0] && is_known[1]);
    CHECK_EQ(vectors[0].at[RISK_MEASURE_COUNT], 0);
    CHECK(vectors[1].at[RISK_MEASURE_COUNT] > 0);
    CHECK_EQ(vectors[1].at[0], 7); /* Greeks are not ours to write */
}

/* On a flat surface a contract's own vol is the surface's: the same profits. */
TEST(stress, of_one_contract_with_its_own_vol_is_that_of_a_flat_surface)
{
    struct surface s = two_months();
    const uint32_t slice[] = { 1 };
    const double strike[] = { 4800.0 }, multiplier[] = { 100.0 };
    const int8_t sign[] = { -1 };
    const struct stress_under under = { .surface = &s,
                                        .spot = 5000.0,
                                        .beta = 1.2,
                                        .count = 1,
                                        .slice = slice,
                                        .strike = strike,
                                        .sign = sign,
                                        .multiplier = multiplier };
    struct stress_option option = { .spot = 5000.0,
                                    .beta = 1.2,
                                    .strike = 4800.0,
                                    .years = 0.5,
                                    .vol = 0.2,
                                    .multiplier = 100.0,
                                    .sign = -1 };
    struct stress_set set;
    stress_set_default(&set);
    struct risk_vector a = { { 0 } }, b = { { 0 } }, *at[] = { &a };
    double room[RISK_SCENARIOS_MAX + 1];
    bool is_known;
    CHECK_EQ(stress_vectors(&under, &set, room, at, &is_known), 0);
    CHECK(stress_vector_option(&option, &set, &b));
    for (size_t i = 0; i < set.count; i++)
        CHECK_NEAR((double)a.at[RISK_MEASURE_COUNT + i], (double)b.at[RISK_MEASURE_COUNT + i], 2.0);
    option.is_american = true;
    option.rate = 0.05;
    CHECK(stress_vector_option(&option, &set, &a)); /* at 4,250 and below it is exercised */
    CHECK(a.at[RISK_MEASURE_COUNT] > 0);
    option.vol = NAN;
    CHECK(!stress_vector_option(&option, &set, &b));
    option = (struct stress_option){ .spot = 100.0, .beta = 1.0, .multiplier = 1.0 };
    CHECK(stress_vector_option(&option, &set, &b));
    CHECK_EQ(b.at[RISK_MEASURE_COUNT], -15 * MICROS_PER_DOLLAR);
}

static double american_of(const struct stress_option *o, double spot, double vol, double years)
{
    double price;
    uint8_t status;
    const struct black_scholes_terms terms = { &spot,    &o->strike, &years,  &vol,
                                               &o->rate, &o->yield,  &o->sign };
    const struct pricing_greeks out = { .price = &price, .status = &status };
    american_columns(1, &terms, AMERICAN_FAST, &out, NULL);
    CHECK(status == PRICING_OK);
    return price;
}

/* What early exercise adds is read off between nodes: close to the price in each move by itself. */
TEST(stress, american_options_are_worth_their_early_exercise_in_each_move)
{
    enum { MOVES = 500 };
    static const struct tail_name index = { .beta = 1 };
    static const struct tail_model model = {
        .sigma = 1, .nu = 4, .vol_sigma = 0.07, .correlation = -0.75, .years = 1.0 / 365
    };
    static struct stress_move moves[MOVES];
    static double profit[MOVES], plain[MOVES];
    static const double strikes[] = { 80, 95, 100, 105, 130 };
    const struct scenario_rule rule = { .rule = SURFACE_STICKY_DELTA, .tenor_years = 30.0 / 365.0 };
    double most_off = 0, most_moved = 0;
    CHECK_OK(tail_simulate(&model, 7, 1, &index, MOVES, moves));
    for (int n = 0; n < 20; n++) {
        struct stress_option o = { .spot = 100,
                                   .beta = 1,
                                   .strike = strikes[n % 5],
                                   .years = n < 10 ? 0.6 : 0.05,
                                   .vol = 0.2,
                                   .rate = 0.05,
                                   .yield = 0.01,
                                   .multiplier = 100,
                                   .sign = n % 2 ? -1 : 1,
                                   .is_american = true };
        double sigma = n / 5 % 2 ? 0.008 : 0.03, now = american_of(&o, o.spot, o.vol, o.years);
        CHECK(stress_profits_option(&o, MOVES, moves, sigma, profit));
        for (int i = 0; i < MOVES; i += 3) {
            double spot = o.spot * portable_exp(moves[i].move * sigma);
            double vol = o.vol * scenario_vol_factor(&rule, moves[i].vol_factor, o.years);
            double want =
                (american_of(&o, spot, vol, o.years - moves[i].years) - now) * o.multiplier;
            most_off = fmax(most_off, fabs(profit[i] - want));
        }
        o.is_american = false;
        CHECK(stress_profits_option(&o, MOVES, moves, sigma, plain));
        for (int i = 0; i < MOVES; i++)
            most_moved = fmax(most_moved, fabs(profit[i] - plain[i]));
    }
    CHECK(most_off < 3);    /* three cents a share */
    CHECK(most_moved > 50); /* it matters */
}
