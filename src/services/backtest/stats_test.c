/* The figures of a run, computed by hand. */
#include <math.h>

#include "services/backtest/recorder.h"
#include "tests/testing.h"

static const int64_t D = MICROS_PER_DOLLAR;

static void compute(struct backtest_result *r, const int64_t *equity, size_t n)
{
    struct result_point days[8] = { 0 };
    for (size_t i = 0; i < n; i++)
        days[i].equity = equity[i];
    stats_compute(r, days, n);
}

TEST(stats, are_of_day_end_equity_against_the_starting_cash)
{
    struct backtest_result r = { .start_cash = 100000 * D,
                                 .end_equity = 103000 * D,
                                 .first_day = 20240102,
                                 .last_day = 20240105 };
    static const int64_t equity[] = { 101000 * D, 100000 * D, 103000 * D };
    compute(&r, equity, 3);
    /* Returns 0.01, -1/101, 0.03: mean, deviation (ddof 1), downside deviation. */
    double x[] = { 0.01, 100.0 / 101 - 1, 0.03 };
    double mean = (x[0] + x[1] + x[2]) / 3;
    double sd = sqrt(((x[0] - mean) * (x[0] - mean) + (x[1] - mean) * (x[1] - mean) +
                      (x[2] - mean) * (x[2] - mean)) /
                     2);
    CHECK_EQ(r.stats.days, 3);
    CHECK_EQ(r.stats.pnl, 3000 * D);
    CHECK_NEAR(r.stats.total_return, 0.03, 1e-15);
    CHECK_NEAR(r.stats.annual_return, pow(1.03, 365.0 / 3) - 1, 1e-9);
    CHECK_NEAR(sd, 0.0199999, 1e-4); /* so that the formula above is no copy of a mistake */
    CHECK_NEAR(r.stats.annual_volatility, sd * sqrt(252), 1e-12);
    CHECK_NEAR(r.stats.sharpe, mean / sd * sqrt(252), 1e-12);
    CHECK_NEAR(r.stats.sortino, mean / (1.0 / 101 / sqrt(3)) * sqrt(252), 1e-9);
}

TEST(stats, are_unknown_where_there_is_nothing_to_compute)
{
    struct backtest_result r = { .start_cash = 100000 * D,
                                 .end_equity = 100000 * D,
                                 .first_day = 20240102,
                                 .last_day = 20240102 };
    static const int64_t one[] = { 100000 * D };
    compute(&r, one, 1);
    CHECK_NEAR(r.stats.total_return, 0, 0);
    CHECK(isnan(r.stats.annual_return));
    CHECK(isnan(r.stats.annual_volatility) && isnan(r.stats.sharpe) && isnan(r.stats.sortino));
    CHECK(isnan(r.stats.win_rate) && isnan(r.stats.profit_factor));
    static const int64_t flat[] = { 100000 * D, 100000 * D };
    compute(&r, flat, 2);
    CHECK_NEAR(r.stats.annual_volatility, 0, 0);
    CHECK(isnan(r.stats.sharpe) && isnan(r.stats.sortino));
    static const int64_t ruin[] = { -5 * D, -10 * D }; /* a return on nothing is none */
    r.end_equity = -10 * D;
    compute(&r, ruin, 2);
    CHECK(isnan(r.stats.annual_return) && isnan(r.stats.annual_volatility) &&
          isnan(r.stats.sharpe));
    CHECK(r.stats.total_return < -1);
}

TEST(stats, count_closed_trades_and_every_order)
{
    struct result_trade trades[] = { { .closed_ns = 1, .pnl = 300 * D, .spread_cost = 5 * D },
                                     { .closed_ns = 1, .pnl = 100 * D, .spread_cost = 5 * D },
                                     { .closed_ns = 1, .pnl = -200 * D, .spread_cost = -1 * D },
                                     { .closed_ns = 0, .pnl = -900 * D, .spread_cost = 2 * D } };
    struct result_order orders[] = {
        { .net_price = D, .commission = 3, .exchange_fees = 2, .regulatory_fees = 1 },
        { .net_price = 0, .commission = 30 },
        { .net_price = PRICE_NONE }
    };
    struct backtest_result r = {
        .start_cash = 1, .trades = trades, .trade_count = 4, .orders = orders, .order_count = 3
    };
    compute(&r, NULL, 0);
    CHECK_EQ(r.stats.trades, 4);
    CHECK_EQ(r.stats.open_trades, 1);
    CHECK_EQ(r.stats.wins, 2);
    CHECK_EQ(r.stats.losses, 1);
    CHECK_NEAR(r.stats.win_rate, 2.0 / 3, 1e-15);
    CHECK_NEAR(r.stats.profit_factor, 2, 1e-15);
    CHECK_NEAR(r.stats.average_win, 200, 1e-12);
    CHECK_NEAR(r.stats.average_loss, 200, 1e-12);
    CHECK_EQ(r.stats.spread_cost, 11 * D);
    CHECK_EQ(r.stats.costs, 36);
    CHECK_EQ(r.stats.commissions, 33);
    CHECK_EQ(r.stats.orders, 3);
    CHECK_EQ(r.stats.fills, 2);
    CHECK_EQ(r.stats.rejects, 1);
}
