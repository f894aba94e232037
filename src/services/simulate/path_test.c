#include "services/simulate/smile.h"
#include "services/simulate/validate_int.h"
#include "tests/testing.h"

TEST(path, a_seed_is_one_market_and_every_seed_passes_the_anchor)
{
    struct sim_path a, b, c;
    sim_path_make(&a, 7);
    sim_path_make(&b, 7);
    sim_path_make(&c, 8);
    CHECK_EQ(memcmp(a.days, b.days, (size_t)a.count * sizeof *a.days), 0);
    CHECK(memcmp(a.days, c.days, (size_t)a.count * sizeof *a.days) != 0);
    int anchor = sim_path_find(&a, 20231229);
    for (int s = 0; s < SIM_PRICED; s++) {
        CHECK_NEAR(sim_level(sim_close(&a, anchor), s), sim_terms(s)->level,
                   1e-9 * sim_terms(s)->level);
        CHECK_NEAR(sim_level(sim_close(&c, anchor), s), sim_terms(s)->level,
                   1e-9 * sim_terms(s)->level);
    }
    sim_path_clear(&a);
    sim_path_clear(&b);
    sim_path_clear(&c);
}

TEST(path, sessions_are_the_calendar_s_and_half_days_end_at_one)
{
    struct sim_path p;
    sim_path_make(&p, 1);
    CHECK_EQ(p.days[sim_path_find(&p, 20240705)].date, 20240705);
    CHECK_EQ(p.days[sim_path_find(&p, 20240704)].date, 20240703);
    CHECK(p.days[sim_path_find(&p, 20240703)].is_half);
    CHECK_EQ(p.days[sim_path_find(&p, 20240703)].steps, 8);
    CHECK_EQ(sim_path_find(&p, 19000101), -1);
    sim_path_clear(&p);
}

TEST(path, minutes_end_where_the_half_hours_do_and_are_as_volatile)
{
    struct sim_path p;
    sim_path_make(&p, 3);
    struct sim_minutes *minutes = mem_alloc(sizeof *minutes);
    const struct sim_state *states = minutes->state;
    const double *clock = minutes->clock;
    double squares = 0, expected = 0;
    for (int d = 5000; d < 5120; d++) {
        sim_minutes_make(minutes, &p, d);
        int n = minutes->count;
        CHECK_EQ(n, (p.days[d].steps - 1) * SIM_STEP_MINUTES);
        CHECK_NEAR(clock[n - 1], sim_clock(&p, d, SIM_STEPS), 1e-9);
        CHECK_EQ(memcmp(&states[n - 1], sim_close(&p, d), sizeof *states), 0);
        const struct sim_state *last = sim_open(&p, d);
        for (int i = 0; i < n; i++) {
            double move = states[i].log_level[SIM_SPY] - last->log_level[SIM_SPY];
            squares += move * move;
            double vol = sim_fair_vol(last, SIM_SPY),
                   step = clock[i] - (i ? clock[i - 1] : sim_clock(&p, d, 0));
            expected += vol * vol * step / 252.0;
            last = &states[i];
        }
    }
    CHECK_NEAR(squares / expected, 1.0, 0.15); /* jumps and sampling */
    mem_free(minutes);
    sim_path_clear(&p);
}

TEST(path, seconds_pass_through_the_minutes_and_are_as_volatile)
{
    struct sim_path p;
    sim_path_make(&p, 3);
    struct sim_minutes *minutes = mem_alloc(sizeof *minutes);
    struct sim_state states[SIM_SECONDS];
    double clock[SIM_SECONDS], squares[2] = { 0 }, expected = 0, product = 0;
    for (int d = 5000; d < 5010; d++) {
        sim_minutes_make(minutes, &p, d);
        const struct sim_state *last = sim_open(&p, d);
        double before = sim_clock(&p, d, 0);
        struct sim_state minute;
        for (int m = 0; m < minutes->count; m++) {
            sim_seconds_make(minutes, m, states, clock);
            CHECK_EQ(memcmp(&states[SIM_SECONDS - 1], &minutes->state[m], sizeof *states), 0);
            CHECK(clock[SIM_SECONDS - 1] == minutes->clock[m]);
            for (int i = 0; i < SIM_SECONDS; i++) {
                double spy = states[i].log_level[SIM_SPY] - last->log_level[SIM_SPY];
                double qqq = states[i].log_level[SIM_QQQ] - last->log_level[SIM_QQQ];
                double vol = sim_fair_vol(last, SIM_SPY);
                if (!minutes->jump[m]) {
                    squares[0] += spy * spy;
                    squares[1] += qqq * qqq;
                    product += spy * qqq;
                    expected += vol * vol * (clock[i] - before) / 252.0;
                }
                before = clock[i];
                minute = states[i];
                last = &states[i];
            }
            last = &minute;
        }
    }
    CHECK_NEAR(squares[0] / expected, 1.0, 0.05);
    /* The factors have bridges of their own, so correlations hold within the minute too. */
    CHECK_NEAR(product / sqrt(squares[0] * squares[1]), 0.92, 0.06);
    mem_free(minutes);
    sim_path_clear(&p);
}

TEST(path, dividends_take_the_level_down_and_are_known_before)
{
    struct sim_path p;
    sim_path_make(&p, 2);
    int seen = 0;
    for (int d = 5000; d < 5600; d++) {
        if (!(p.days[d].ex & 1u << SIM_SPY))
            continue;
        seen++;
        double amount = p.days[d].dividend[SIM_SPY];
        CHECK(amount > 0);
        CHECK_EQ(amount == p.days[d - 1].dividend[SIM_SPY] &&
                     amount == p.days[d - 20].dividend[SIM_SPY],
                 1);
        /* SPX has no dividend: SPY falls behind it by the amount. */
        double ratio =
            sim_level(sim_open(&p, d), SIM_SPY) / sim_level(sim_close(&p, d - 1), SIM_SPY) /
            (sim_level(sim_open(&p, d), SIM_SPX) / sim_level(sim_close(&p, d - 1), SIM_SPX));
        CHECK_NEAR(1.0 - ratio, amount / sim_level(sim_close(&p, d - 1), SIM_SPY), 2e-4);
    }
    CHECK_EQ(seen, 10);
    sim_path_clear(&p);
}

TEST(path, a_split_divides_the_price_and_leaves_the_return)
{
    struct sim_path p;
    sim_path_make(&p, 1);
    int splits = 0;
    for (int s = SIM_NVDA; s < SIM_PRICED; s++)
        for (int d = 1; d < p.count; d++) {
            double move = sim_open(&p, d)->log_level[s] - sim_close(&p, d - 1)->log_level[s];
            double ratio = sim_split_between(&p, s, d - 1, d);
            CHECK(fabs(move + log(ratio)) < 0.8);
            splits += ratio > 1.0;
        }
    CHECK(splits > 0);
    sim_path_clear(&p);
}

TEST(path, reports_move_the_price_more_than_other_nights)
{
    double squares[2] = { 0 }, count[2] = { 0 };
    struct sim_path p;
    sim_path_make(&p, 4);
    for (int d = 1; d < p.count; d++) {
        int is_report = (p.days[d].earnings & 1u << SIM_AAPL) != 0;
        double move = sim_open(&p, d)->log_level[SIM_AAPL] -
                      sim_close(&p, d - 1)->log_level[SIM_AAPL] +
                      log(sim_split_between(&p, SIM_AAPL, d - 1, d));
        squares[is_report] += move * move;
        count[is_report]++;
    }
    CHECK(count[1] > 4 * 30);
    CHECK(squares[1] / count[1] > 4.0 * squares[0] / count[0]);
    sim_path_clear(&p);
}

TEST(path, twenty_years_are_like_the_real_ones)
{
    /* One market; the medians of twelve are what --validate prints. Bounds are wide for kurtosis
     * and clustering, which one crisis more or less decides. */
    struct sim_path p;
    sim_path_make(&p, 1);
    double row[ROW_COUNT];
    validate_days(&p, 0, 5036, row);
    CHECK_NEAR(row[ROW_SPY_VOL], 19.56, 0.20 * 19.56);
    CHECK(row[ROW_SPY_KURTOSIS] > 3.0);
    CHECK_NEAR(row[ROW_SPY_ACF1], 0.28, 0.10);
    CHECK_NEAR(row[ROW_VIX_MEAN], 19.45, 0.20 * 19.45);
    CHECK_NEAR(row[ROW_VIX_P5], 11.39, 0.20 * 11.39);
    CHECK_NEAR(row[ROW_VIX_P95], 33.10, 0.25 * 33.10);
    CHECK_NEAR(row[ROW_VIX_HALF_LIFE], 35.7, 0.35 * 35.7);
    CHECK_NEAR(row[ROW_SPOT_VOL], -0.807, 0.08);
    CHECK_NEAR(row[ROW_SPY_QQQ], 0.92, 0.07);
    sim_path_clear(&p);
}
