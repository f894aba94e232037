/* The figures of a run. Formulas as in result.h; docs/report.md explains them to users. */
#include <math.h>

#include "base/date.h"
#include "services/backtest/recorder.h"

static const double SESSIONS_PER_YEAR = 252.0;

/* Daily returns of day-end equity, the first against the starting cash. */
static double day_return(const struct backtest_result *r, const struct result_point *days, size_t i)
{
    int64_t before = i ? days[i - 1].equity : r->start_cash;
    return before > 0 ? (double)days[i].equity / (double)before - 1.0 : NAN;
}

static void ratios(struct backtest_result *r, const struct result_point *days, size_t n)
{
    struct result_stats *s = &r->stats;
    s->annual_volatility = s->sharpe = s->sortino = NAN;
    if (n < 2)
        return;
    double mean = 0, squares = 0, downside = 0;
    for (size_t i = 0; i < n; i++)
        mean += day_return(r, days, i) / (double)n;
    for (size_t i = 0; i < n; i++) {
        double x = day_return(r, days, i);
        squares += (x - mean) * (x - mean);
        downside += x < 0 ? x * x : 0;
    }
    double sd = sqrt(squares / (double)(n - 1)), down = sqrt(downside / (double)n);
    s->annual_volatility = sd * sqrt(SESSIONS_PER_YEAR);
    if (sd > 0)
        s->sharpe = mean / sd * sqrt(SESSIONS_PER_YEAR);
    if (down > 0)
        s->sortino = mean / down * sqrt(SESSIONS_PER_YEAR);
}

static void growth(struct backtest_result *r)
{
    struct result_stats *s = &r->stats;
    s->pnl = r->end_equity - r->start_cash;
    s->total_return = s->annual_return = NAN;
    if (r->start_cash <= 0)
        return;
    s->total_return = (double)s->pnl / (double)r->start_cash;
    int days = r->first_day && r->last_day ? date_diff(r->last_day, r->first_day) : 0;
    if (days >= 1 && s->total_return > -1.0)
        s->annual_return = pow(1.0 + s->total_return, 365.0 / days) - 1.0;
}

static void trades(struct backtest_result *r)
{
    struct result_stats *s = &r->stats;
    int64_t won = 0, lost = 0;
    for (size_t i = 0; i < r->trade_count; i++) {
        const struct result_trade *t = &r->trades[i];
        s->spread_cost += t->spread_cost;
        if (!t->closed_ns) {
            s->open_trades++;
            continue;
        }
        if (t->pnl > 0) {
            s->wins++;
            won += t->pnl;
        } else if (t->pnl < 0) {
            s->losses++;
            lost -= t->pnl;
        } /* breaking even is neither */
    }
    s->trades = r->trade_count;
    size_t closed = s->trades - s->open_trades;
    s->win_rate = closed ? (double)s->wins / (double)closed : NAN;
    s->profit_factor = lost > 0 ? (double)won / (double)lost : NAN;
    s->average_win = s->wins ? (double)won / 1e6 / (double)s->wins : NAN;
    s->average_loss = s->losses ? (double)lost / 1e6 / (double)s->losses : NAN;
}

static void orders(struct backtest_result *r)
{
    struct result_stats *s = &r->stats;
    s->orders = r->order_count;
    for (size_t i = 0; i < r->order_count; i++) {
        const struct result_order *o = &r->orders[i];
        s->commissions += o->commission;
        s->exchange_fees += o->exchange_fees;
        s->regulatory_fees += o->regulatory_fees;
        if (o->net_price == PRICE_NONE)
            s->rejects++;
        else
            s->fills++;
    }
    s->costs = s->commissions + s->exchange_fees + s->regulatory_fees;
}

void stats_compute(struct backtest_result *r, const struct result_point *days, size_t n)
{
    growth(r);
    ratios(r, days, n);
    trades(r);
    orders(r);
    r->stats.days = n;
}
