/* Rows of the golden statistics (var_backtest.json): Kupiec's printed regions, Basel's table,
 * formulas. */
#include "domain/risk/tail.h"

#include <math.h>

#include "base/mem.h"
#include "base/rng.h"
#include "domain/risk/var_backtest.h"
#include "tests/testing.h"

TEST(var_backtest, kupiec_regions_are_those_printed)
{
    static const struct {
        double rate;
        int64_t days, least, most;
    } rows[] = {
        { 0.01, 255, 0, 6 },     { 0.01, 510, 2, 10 },   { 0.025, 510, 7, 20 },
        { 0.025, 1000, 16, 35 }, { 0.05, 255, 7, 20 },   { 0.05, 510, 17, 35 },
        { 0.05, 1000, 38, 64 },  { 0.075, 255, 12, 27 }, { 0.075, 510, 28, 50 },
        { 0.075, 1000, 60, 91 }, { 0.1, 510, 39, 64 },
    };
    FOR_EACH (row, rows) {
        int64_t least, most;
        kupiec_region(row->days, row->rate, 0.05, &least, &most);
        CHECK_EQ(least, row->least);
        CHECK_EQ(most, row->most);
    }
}

TEST(var_backtest, kupiec_ratios_with_none_or_all_exceeded_too)
{
    static const struct {
        int64_t days, exceedances;
        double rate, value, p;
    } rows[] = {
        { 224, 7, 0.01, 6.53499065653, 0.0105772780111 },
        { 250, 0, 0.01, 5.02516792675, 0.0249815030534 },
        { 500, 25, 0.05, 0.0, 1.0 },
        { 1000, 3, 0.01, 6.82554187945, 0.00898632873818 },
        { 250, 250, 0.01, 2302.58509299, 0.0 },
    };
    FOR_EACH (row, rows) {
        struct likelihood_ratio got = kupiec(row->days, row->exceedances, row->rate);
        CHECK_NEAR(got.value, row->value, 1e-9 + 1e-10 * row->value);
        CHECK_NEAR(got.p, row->p, 1e-10);
    }
    CHECK(isnan(kupiec(0, 0, 0.01).value));
    CHECK(isnan(kupiec(10, 11, 0.01).value));
}

struct run {
    bool is_exceeded;
    int count;
};

static size_t spread_runs(const struct run *runs, size_t count, bool *days)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < runs[i].count; k++)
            days[n++] = runs[i].is_exceeded;
    return n;
}

static void check_christoffersen(const struct run *runs, size_t count, double rate,
                                 const int64_t n[4], double lr_ind, double lr_uc, double lr_cc,
                                 double p_ind, double p_cc)
{
    bool days[400];
    struct christoffersen got;
    christoffersen(spread_runs(runs, count, days), days, rate, &got);
    CHECK_EQ(got.n00, n[0]);
    CHECK_EQ(got.n01, n[1]);
    CHECK_EQ(got.n10, n[2]);
    CHECK_EQ(got.n11, n[3]);
    CHECK_NEAR(got.independence.value, lr_ind, 1e-9);
    CHECK_NEAR(got.unconditional.value, lr_uc, 1e-9);
    CHECK_NEAR(got.conditional.value, lr_cc, 1e-9);
    CHECK_NEAR(got.independence.p, p_ind, 1e-9);
    CHECK_NEAR(got.conditional.p, p_cc, 1e-9);
}

TEST(var_backtest, christoffersen_tells_clusters_from_single_days)
{
    static const struct run runs_0[] = {
        { false, 50 }, { true, 3 }, { false, 100 }, { true, 2 }, { false, 95 }
    };
    static const int64_t n_0[] = { 242, 2, 2, 3 };
    check_christoffersen(runs_0, ARRAY_COUNT(runs_0), 0.01, n_0, 19.0493069409, 1.95680978823,
                         21.0061167291, 1.2738402845e-05, 2.74523615e-05);
    static const struct run runs_1[] = { { false, 24 }, { true, 1 }, { false, 24 }, { true, 1 },
                                         { false, 24 }, { true, 1 }, { false, 24 }, { true, 1 },
                                         { false, 24 }, { true, 1 }, { false, 24 }, { true, 1 },
                                         { false, 24 }, { true, 1 }, { false, 24 }, { true, 1 },
                                         { false, 24 }, { true, 1 }, { false, 24 }, { true, 1 } };
    static const int64_t n_1[] = { 230, 10, 9, 0 };
    check_christoffersen(runs_1, ARRAY_COUNT(runs_1), 0.05, n_1, 0.751763516676, 0.563352910018,
                         1.31511642669, 0.385918464711, 0.518114917254);
    static const struct run runs_2[] = { { false, 250 } };
    static const int64_t n_2[] = { 249, 0, 0, 0 };
    check_christoffersen(runs_2, ARRAY_COUNT(runs_2), 0.01, n_2, 0.0, 5.02516792675, 5.02516792675,
                         1.0, 0.0810585161622);
}

TEST(var_backtest, basel_zones_and_plus_factors)
{
    static const double cumulative[] = { 8.11,  28.58, 54.32, 75.81, 89.22, 95.88,
                                         98.63, 99.6,  99.89, 99.97, 99.99 };
    static const double plus[] = { 0, 0, 0, 0, 0, 0.4, 0.5, 0.65, 0.75, 0.85, 1.0 };
    static const enum traffic_zone zone[] = { ZONE_GREEN,  ZONE_GREEN,  ZONE_GREEN,  ZONE_GREEN,
                                              ZONE_GREEN,  ZONE_YELLOW, ZONE_YELLOW, ZONE_YELLOW,
                                              ZONE_YELLOW, ZONE_YELLOW, ZONE_RED };
    for (int i = 0; i <= 10; i++) {
        struct traffic_light got = traffic_light(250, i, 0.01);
        CHECK_NEAR(100.0 * got.cumulative, cumulative[i],
                   0.0051); /* printed cut, not rounded, at 9 */
        CHECK_EQ(got.zone, zone[i]);
        CHECK_NEAR(got.plus_factor, plus[i], 1e-12);
    }
    CHECK(isnan(traffic_light(500, 3, 0.01).plus_factor));
}

TEST(var_backtest, acerbi_szekely_on_the_golden_draws)
{
    double profit[250], var[250], shortfall[250];
    uint64_t seed = 99;
    for (int i = 0; i < 250; i++) {
        double u1 = (double)(rng_splitmix64(&seed) >> 11) * 0x1p-53;
        double u2 = (double)(rng_splitmix64(&seed) >> 11) * 0x1p-53;
        double normal = sqrt(-2.0 * log(1.0 - u1)) * cos(2.0 * 3.14159265358979323846 * u2);
        profit[i] = round((-0.0002 + 0.012 * normal) * 1e6) / 1e6;
        var[i] = 0.0196;
        shortfall[i] = 0.0246;
    }
    int64_t exceedances;
    CHECK_NEAR(acerbi_szekely(250, profit, var, shortfall, 0.025, &exceedances), -1.51730731707,
               1e-9);
    CHECK_EQ(exceedances, 17);
}

TEST(tail, closed_forms)
{

    CHECK_NEAR(tail_normal(0.0, 0.01, 0.95).var, 0.0164485362695, 1e-9);
    CHECK_NEAR(tail_normal(0.0, 0.01, 0.95).shortfall, 0.0206271280751, 1e-9);
    CHECK_NEAR(tail_student(0.01, 4.0, 0.95).var, 0.0150744331553, 1e-9);
    CHECK_NEAR(tail_student(0.01, 4.0, 0.95).shortfall, 0.0226477138904, 1e-9);
    CHECK_NEAR(tail_normal(0.0, 0.01, 0.99).var, 0.0232634787404, 1e-9);
    CHECK_NEAR(tail_normal(0.0, 0.01, 0.99).shortfall, 0.0266521422035, 1e-9);
    CHECK_NEAR(tail_student(0.01, 4.0, 0.99).var, 0.0264949190679, 1e-9);
    CHECK_NEAR(tail_student(0.01, 4.0, 0.99).shortfall, 0.0369151048568, 1e-9);
}

TEST(tail, of_a_sample_is_type_7_and_says_when_it_is_too_short)
{
    double profit[101];
    for (int i = 0; i <= 100; i++)
        profit[i] = (double)((i * 37) % 101) - 50.0; /* -50 to 50, shuffled */
    struct tail got;
    CHECK_OK(tail_of_sample(101, profit, 0.95, &got));
    CHECK_NEAR(got.var, 45.0, 1e-9);       /* the sixth worst of 101 */
    CHECK_NEAR(got.shortfall, 47.5, 1e-9); /* -50 to -45 */
    CHECK_EQ(tail_of_sample(50, profit, 0.99, &got), ERR_NOT_FOUND);
    CHECK(isnan(got.var));
    profit[3] = NAN;
    CHECK_EQ(tail_of_sample(101, profit, 0.95, &got), ERR_RANGE);
}

/* A hundred shares: the sample's tail is the distribution's. */
TEST(tail, simulated_moves_have_the_tail_of_their_distribution)
{
    enum { N = 20000 };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct stress_move *moves = arena_array(&arena, struct stress_move, 2 * N);
    double *profit = arena_array(&arena, double, N);
    const struct tail_model model = { 0.01, 4.0, 0.06, -0.8, 1.0 / 252.0 };
    const struct tail_name names[] = { { 1.0, 0.0 }, { 1.5, 0.01 } };
    CHECK_OK(tail_simulate(&model, 7, 2, names, N, moves));
    double vol = 0.0, together = 0.0, square = 0.0;
    for (size_t i = 0; i < N; i++) {
        profit[i] = moves[i].move;
        vol += log(moves[i].vol_factor) * log(moves[i].vol_factor) / N;
        together += log(moves[i].vol_factor) * moves[i].move / N;
        square += moves[N + i].move * moves[N + i].move / N;
    }
    struct tail got, want = tail_student(0.01, 4.0, 0.99);
    CHECK_OK(tail_of_sample(N, profit, 0.99, &got));
    CHECK_NEAR(got.var / want.var, 1.0, 0.05);
    CHECK_NEAR(got.shortfall / want.shortfall, 1.0, 0.10);
    CHECK_NEAR(sqrt(vol), 0.06, 0.003);
    CHECK_NEAR(together / (0.06 * 0.01), -0.8, 0.06);
    CHECK_NEAR(square, 1.5 * 1.5 * 1e-4 + 1e-4, 3e-5);
    struct stress_move again[2];
    CHECK_OK(tail_simulate(&model, 7, 1, names, 2, again));
    CHECK(again[1].move == moves[1].move); /* of its number, not of how many there are */
    arena_clear(&arena);
}

TEST(tail, filtered_history_is_rescaled_to_the_vol_of_today)
{
    double moves[220];
    struct stress_move out[220];
    for (int i = 0; i < 220; i++) /* calm, then four times as wild */
        moves[i] = (i % 2 ? 1.0 : -1.0) * (i < 120 ? 0.005 : 0.02);
    CHECK_EQ(tail_history(220, moves, NULL, 0.0, 0.004, out), 220);
    CHECK_NEAR(out[50].move, -0.005, 1e-15);
    CHECK_EQ(tail_history(220, moves, NULL, 0.94, 0.004, out), 200);
    CHECK_NEAR(fabs(out[50].move), 0.02, 1e-4); /* a calm day, as it would be now */
    CHECK_NEAR(out[50].vol_factor, 1.0, 0.0);
}

/* The book is short 100 of something: one more order must not carry it over the limit. */
TEST(tail, check_finds_how_much_of_an_order_passes)
{
    enum { N = 400 };
    double book[N], order[N], room[N];
    for (int i = 0; i < N; i++) {
        book[i] = -10.0 * i;
        order[i] = -1.0 * i;
    }
    struct risk_limits limits;
    struct risk_verdict verdict;
    risk_limits_default(&limits);
    limits.at[RISK_SHORTFALL] = RISK_OFF;
    struct risk_account account = { .equity = 100000 * MICROS_PER_DOLLAR,
                                    .equity_start = 100000 * MICROS_PER_DOLLAR };
    /* VaR 99 % of (10 + q) i is (10 + q) x 395.01; the limit is 5,000 */
    CHECK_OK(tail_check(&account, &limits, N, book, order, 10, room, &verdict));
    CHECK(!verdict.is_allowed);
    CHECK_EQ(verdict.rule, RISK_VAR);
    CHECK_EQ(verdict.quantity_max, 2);
    CHECK_OK(tail_check(&account, &limits, N, book, order, 2, room, &verdict));
    CHECK(verdict.is_allowed);
    for (int i = 0; i < N; i++)
        order[i] = 1.0 * i;
    limits.at[RISK_VAR] = 1000; /* passed already; the order brings it down */
    CHECK_OK(tail_check(&account, &limits, N, book, order, 1, room, &verdict));
    CHECK(verdict.is_allowed);
}
