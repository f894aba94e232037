#include "services/report/fake_result.h"

#include <math.h>

#include "base/date.h"
#include "base/zone.h"
#include "domain/types/money.h"

#define DOLLARS(x) ((int64_t)((x)*1e6))

struct dice {
    uint64_t state;
};

/* Uniform in (0, 1): a small generator of the tests' own, so that pictures stay the same. */
static double roll(struct dice *dice)
{
    dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(dice->state >> 40) + 0.5) / (double)(1 << 24);
}

static double bell(struct dice *dice)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += roll(dice);
    return sum;
}

static int32_t next_weekday(int32_t date)
{
    do
        date = date_add(date, 1);
    while (date_weekday(date) == SATURDAY || date_weekday(date) == SUNDAY);
    return date;
}

static int64_t cents(double dollars)
{
    return llround(dollars * 100) * MICROS_PER_CENT;
}

static struct result_leg make_leg(const char *name, char right, int quantity, double strike,
                                  int32_t expiry, double price, double iv, double delta)
{
    struct result_leg leg = { .leg_name = name, .quantity = quantity };
    leg.contract = (struct contract){ .root = "SPXW",
                                      .expiry = expiry,
                                      .multiplier = 100,
                                      .strike_mills = (int32_t)(strike * 1000),
                                      .right = right,
                                      .style = STYLE_EUROPEAN,
                                      .settle = SETTLE_PM,
                                      .delivery = DELIVERY_CASH };
    leg.entry_price = cents(price);
    leg.entry_bid = cents(price * 0.97);
    leg.entry_ask = cents(price * 1.03);
    leg.entry_iv = iv;
    leg.entry_delta = delta;
    leg.exit_price = leg.mark_price = PRICE_NONE;
    return leg;
}

static void make_trade(struct arena *arena, struct result_trade *trade, uint64_t id, int64_t opened,
                       int64_t closed, double spot, struct dice *dice)
{
    int32_t expiry = date_add(zone_date(ZONE_NEW_YORK, opened), 45);
    struct result_leg *legs = arena_array(arena, struct result_leg, 4);
    double centre = floor(spot / 5) * 5;
    legs[0] = make_leg("put wing", OPTION_PUT, 1, centre - 225, expiry, 6.1, 0.214, -0.07);
    legs[1] = make_leg("short put", OPTION_PUT, -1, centre - 175, expiry, 11.4, 0.191, -0.16);
    legs[2] = make_leg("short call", OPTION_CALL, -1, centre + 110, expiry, 8.3, 0.118, 0.16);
    legs[3] = make_leg("call wing", OPTION_CALL, 1, centre + 160, expiry, 2.9, 0.109, 0.06);
    double result = bell(dice) * 700 + 260;
    enum close_reason reason = result > 450 ? CLOSE_PROFIT : result < -900 ? CLOSE_LOSS : CLOSE_DTE;
    if (result > 450)
        result = 535 + 40 * roll(dice);
    *trade = (struct result_trade){ .id = id,
                                    .structure = "iron condor",
                                    .opened_ns = opened,
                                    .closed_ns = closed,
                                    .units = 1,
                                    .entry_cash = DOLLARS(1070),
                                    .costs = DOLLARS(8.96),
                                    .spread_cost = DOLLARS(21.5),
                                    .max_loss = DOLLARS(3938.96),
                                    .reason = reason,
                                    .legs = legs,
                                    .leg_count = 4,
                                    .underlying_entry = cents(spot),
                                    .underlying_exit = cents(spot * 1.01) };
    trade->pnl = cents(result);
    trade->exit_cash = trade->pnl + trade->costs - trade->entry_cash;
    trade->best = trade->pnl > 0 ? trade->pnl + DOLLARS(60) : DOLLARS(120);
    trade->worst = trade->pnl < 0 ? trade->pnl - DOLLARS(35) : DOLLARS(-310);
    for (int i = 0; i < 4; i++)
        *(closed ? &legs[i].exit_price : &legs[i].mark_price) =
            cents(money_to_dollars(legs[i].entry_price) * 0.55);
    if (!closed)
        trade->reason = CLOSE_NONE, trade->underlying_exit = PRICE_NONE;
}

static void make_order(struct arena *arena, struct result_order *order, uint64_t id,
                       const struct result_trade *trade, enum order_purpose purpose, bool rejected)
{
    *order = (struct result_order){ .id = id,
                                    .trade_id = trade->id,
                                    .purpose = purpose,
                                    .quantity = 1,
                                    .ts_ns = purpose == PURPOSE_OPEN ? trade->opened_ns
                                                                     : trade->closed_ns,
                                    .status = rejected ? "rejected" : "filled",
                                    .reason = rejected ? "no bid on SPXW 190621P02525000" : "",
                                    .text = "+1 SPXW 190621P02525000; -1 SPXW 190621P02575000; ...",
                                    .net_price = rejected ? PRICE_NONE : DOLLARS(-10.7),
                                    .mid_price = DOLLARS(-10.91) };
    order->number = arena_printf(arena, "if01%016llu", (unsigned long long)id);
    if (!rejected) {
        order->commission = DOLLARS(2.6);
        order->exchange_fees = DOLLARS(1.8);
        order->regulatory_fees = DOLLARS(0.08);
    }
}

static const struct result_note notes[] = {
    { true, 3, "the day 2019-05-27 is a holiday copy of the day before and was left out" },
    { true, 14,
      "implied volatility of a deep in-the-money option could not be computed; its Greeks count as "
      "unknown" },
    { false, 1, "interest on cash is not credited" },
    { false, 1, "settlement uses the last underlying of the day in the store" },
};

/* Statistics that fit the rows roughly: the reports only print them. */
static void fill_stats(struct backtest_result *r)
{
    struct result_stats *s = &r->stats;
    int64_t peak = r->start_cash, peak_ns = r->points[0].ts_ns;
    double gain = 0, loss = 0;
    for (size_t i = 0; i < r->point_count; i++) {
        const struct result_point *p = &r->points[i];
        s->days += p->day_end;
        if (p->equity > peak)
            peak = p->equity, peak_ns = p->ts_ns;
        if (peak - p->equity > s->max_drawdown_micros) {
            s->max_drawdown_micros = peak - p->equity;
            s->max_drawdown = (double)(peak - p->equity) / (double)peak;
            s->max_drawdown_from_ns = peak_ns;
            s->max_drawdown_to_ns = p->ts_ns;
        }
    }
    for (size_t i = 0; i < r->trade_count; i++) {
        const struct result_trade *t = &r->trades[i];
        s->costs += t->costs;
        s->spread_cost += t->spread_cost;
        s->open_trades += t->closed_ns == 0;
        if (t->closed_ns == 0)
            continue;
        s->wins += t->pnl > 0;
        s->losses += t->pnl <= 0;
        *(t->pnl > 0 ? &gain : &loss) += money_to_dollars(t->pnl);
    }
    s->trades = r->trade_count;
    s->snapshots = r->point_count;
    s->quotes = (int64_t)r->point_count * 5120;
    s->pnl = r->end_equity - r->start_cash;
    s->commissions = s->costs * 58 / 100;
    s->exchange_fees = s->costs * 40 / 100;
    s->regulatory_fees = s->costs - s->commissions - s->exchange_fees;
    s->total_return = (double)s->pnl / (double)r->start_cash;
    s->annual_return = pow(1 + s->total_return, 252.0 / (double)s->days) - 1;
    s->annual_volatility = 0.0623;
    s->sharpe = s->annual_return / s->annual_volatility;
    s->sortino = s->sharpe * 1.3;
    s->win_rate = s->wins + s->losses ? (double)s->wins / (double)(s->wins + s->losses) : NAN;
    s->profit_factor = loss < 0 ? -gain / loss : NAN;
    s->average_win = s->wins ? gain / (double)s->wins : NAN;
    s->average_loss = s->losses ? -loss / (double)s->losses : NAN;
    s->exposure = r->trade_count ? 0.93 : 0;
    s->orders = s->fills = r->order_count;
}

static void fill_head(struct backtest_result *r)
{
    r->program = "ironfly 0.1.0";
    r->strategy_name = "SPX iron condor, 45 days, 16 delta";
    r->strategy_path = "strategies/iron_condor.yaml";
    r->strategy_hash = "9d1c0f5be2a3774c1d0e5f6a7b8c9d0e";
    r->strategy_description =
        "Sells a 16-delta strangle with 50-point wings every week and closes at half the "
        "credit, at twice the credit lost, or 21 days before expiry.";
    r->underlying = "SPX";
    r->store = "data/store";
    r->fill_model = "share";
    r->fill_text = "packages fill at the mid less 35 % of the summed half-spreads of four legs, "
                   "capped by displayed "
                   "size; no fill on a missing, zero or crossed quote";
    r->fee_schedule = "ibkr-tiered";
    r->fee_text =
        "0.65 USD a contract, 1.00 at least an order; exchange and regulatory fees as of each day";
    r->seed = 1;
    r->from = 20190101;
    r->to = 20191231;
    r->start_cash = r->end_equity = DOLLARS(100000);
    r->params[0].name = "short_delta";
    r->params[0].value = 0.16;
    r->params[1].name = "days_to_expiry";
    r->params[1].value = 45;
    r->param_count = 2;
    r->events_hash = "51f7f6c2b3d0aa41";
    r->effects_hash = "0e77ab5d19c3f8e2";
}

struct backtest_result *fake_result(struct arena *arena, struct fake_ask ask)
{
    struct backtest_result *r = arena_new(arena, struct backtest_result);
    struct dice dice = { 20190102 };
    size_t points = (size_t)ask.days * (size_t)ask.snapshots_a_day;
    struct result_point *point = arena_array(arena, struct result_point, points);
    struct result_trade *trades = arena_array(arena, struct result_trade, (size_t)ask.days);
    struct result_order *orders = arena_array(arena, struct result_order, (size_t)ask.days * 3);
    double spot = 2510, profit = 0;
    int32_t date = 20190102;
    fill_head(r);
    for (int day = 0; day < ask.days; day++, date = next_weekday(date)) {
        for (int i = 0; i < ask.snapshots_a_day; i++) {
            struct result_point *p = &point[r->point_count++];
            double move = bell(&dice) * 11 / sqrt(ask.snapshots_a_day);
            spot += move + 0.8 / ask.snapshots_a_day;
            if (ask.trade_every_days)
                profit += 34.0 / ask.snapshots_a_day - fabs(move) * 1.1 +
                          bell(&dice) * 60 / sqrt(ask.snapshots_a_day);
            p->ts_ns = zone_to_ts(ZONE_NEW_YORK, date,
                                  TIME_OF_DAY(9, 45) +
                                      (int64_t)i * 370 * NANOS_PER_MINUTE / ask.snapshots_a_day);
            p->equity = r->start_cash + cents(profit);
            p->options = ask.trade_every_days ? cents(-2400 + profit / 4) : 0;
            p->cash = p->equity - p->options;
            p->underlying = cents(spot);
            bool known = day % 37 != 20 && ask.trade_every_days;
            p->delta = known ? -14 * sin(day * 0.4) - move : NAN;
            p->gamma = known ? -0.9 : NAN;
            p->vega = known ? -310 - 120 * cos(day * 0.22) : NAN;
            p->theta = known ? 61 + 19 * cos(day * 0.22) : NAN;
            p->open_trades = ask.trade_every_days ? 4 : 0;
            p->day_end = i + 1 == ask.snapshots_a_day;
        }
        if (ask.trade_every_days && day % ask.trade_every_days == 0) {
            struct result_trade *trade = &trades[r->trade_count];
            int64_t opened = point[r->point_count - 1].ts_ns, closed = opened + 24 * NANOS_PER_DAY;
            bool open = day + 17 >= ask.days;
            make_trade(arena, trade, ++r->trade_count, opened, open ? 0 : closed, spot, &dice);
            if (r->trade_count % 9 == 4)
                make_order(arena, &orders[r->order_count], r->order_count + 1, trade, PURPOSE_OPEN,
                           true),
                    r->order_count++;
            make_order(arena, &orders[r->order_count], r->order_count + 1, trade, PURPOSE_OPEN,
                       false),
                r->order_count++;
            if (!open)
                make_order(arena, &orders[r->order_count], r->order_count + 1, trade, PURPOSE_CLOSE,
                           false),
                    r->order_count++;
        }
        r->first_day = r->first_day ? r->first_day : date;
        r->last_day = date;
    }
    r->points = point;
    r->trades = trades;
    r->orders = orders;
    r->end_equity = point[points - 1].equity;
    r->notes = notes;
    r->note_count = ARRAY_COUNT(notes);
    fill_stats(r);
    for (size_t i = 0; i < r->order_count; i++)
        r->stats.rejects += *orders[i].status == 'r';
    r->stats.fills -= r->stats.rejects;
    return r;
}

struct backtest_result *fake_empty(struct arena *arena)
{
    struct backtest_result *r = arena_new(arena, struct backtest_result);
    struct result_stats *s = &r->stats;
    fill_head(r);
    s->total_return = s->annual_return = s->annual_volatility = s->sharpe = s->sortino = NAN;
    s->max_drawdown = s->win_rate = s->profit_factor = s->average_win = s->average_loss =
        s->exposure = NAN;
    return r;
}
