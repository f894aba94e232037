#include "domain/risk/stress.h"

#include <math.h>

#include "domain/pricing/portable.h"
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
