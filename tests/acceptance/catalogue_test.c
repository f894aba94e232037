/*
 * Every strategy of the catalogue trades on the sample market, and its first entry is what its file
 * says: each leg's contract, quotes, fill and fees, computed apart (oracle.h).
 *
 * The table below says in other words what strategies/NAME.yaml says. A new strategy needs a row
 * here.
 */
#include <dirent.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/str.h"
#include "base/zone.h"
#include "domain/types/money.h"
#include "tests/acceptance/acceptance.h"
#include "tests/acceptance/oracle.h"
#include "tests/testing.h"

enum { LEGS = 4, LAST_DAY = 20240216 };

enum units { ONE, TWO, CASH_SECURED, PREMIUM_5_PERCENT };

struct want {
    const char *name, *underlying;
    struct want_leg legs[LEGS];
    enum units units;
    double cash;      /* of the account, dollars; 0: 100,000 */
    int hour, minute; /* entries only from here on */
    int trade;        /* which trade is meant: the first but for the second structure of a file */
    bool on_third_friday;
};

#define STOCK(n)                                                                                   \
    {                                                                                              \
        "shares", n, 'S', 0, 0, 0, -1, false, false, NULL, PICK_STOCK, 0, -1                       \
    }
#define OPTION(name, n, right, days, lo, hi, pick, value)                                          \
    {                                                                                              \
        name, n, right, days, lo, hi, -1, false, false, NULL, pick, value, -1                      \
    }
/* In the expiry of leg number `of`; strike measured from leg `from`. */
#define BESIDE(name, n, right, of, pick, value, from)                                              \
    {                                                                                              \
        name, n, right, 0, 0, 0, of, false, false, NULL, pick, value, from                         \
    }

static const struct want wants[] = {
    { "bear_call_spread", "SPX",
      .legs = { OPTION("short_call", -1, 'C', 45, 25, 70, PICK_DELTA, 0.20),
                BESIDE("long_call", 1, 'C', 0, PICK_OFFSET, 50, 0) } },
    { "bear_put_spread", "SPX",
      .legs = { OPTION("long_put", 1, 'P', 45, 25, 70, PICK_DELTA, 0.50),
                BESIDE("short_put", -1, 'P', 0, PICK_OFFSET, -50, 0) } },
    { "box", "SPX",
      .legs = { OPTION("lower_call", 1, 'C', 60, 25, 400, PICK_OFFSET, -50),
                BESIDE("lower_put", -1, 'P', 0, PICK_SAME, 0, 0),
                BESIDE("upper_call", -1, 'C', 0, PICK_OFFSET, 100, 0),
                BESIDE("upper_put", 1, 'P', 0, PICK_SAME, 0, 2) } },
    { "broken_wing_butterfly", "SPX",
      .legs = { OPTION("short_puts", -2, 'P', 40, 25, 60, PICK_DELTA, 0.25),
                BESIDE("upper_put", 1, 'P', 0, PICK_OFFSET, 25, 0),
                BESIDE("lower_put", 1, 'P', 0, PICK_OFFSET, -75, 0) } },
    { "bull_call_spread", "SPX",
      .legs = { OPTION("long_call", 1, 'C', 45, 25, 70, PICK_DELTA, 0.50),
                BESIDE("short_call", -1, 'C', 0, PICK_OFFSET, 50, 0) } },
    { "bull_put_spread", "SPX",
      .legs = { OPTION("short_put", -1, 'P', 45, 25, 70, PICK_DELTA, 0.25),
                BESIDE("long_put", 1, 'P', 0, PICK_OFFSET, -50, 0) } },
    { "calendar", "SPX",
      .legs = { OPTION("long_call", 1, 'C', 56, 42, 100, PICK_ATM, 0),
                { "short_call", -1, 'C', 28, 12, 41, -1, false, false, NULL, PICK_SAME, 0, 0 } } },
    { "call_backspread", "SPX",
      .legs = { OPTION("short_call", -1, 'C', 45, 30, 70, PICK_DELTA, 0.50),
                BESIDE("long_calls", 2, 'C', 0, PICK_DELTA, 0.30, -1) } },
    { "call_butterfly", "SPX",
      .legs = { OPTION("middle", -2, 'C', 30, 10, 70, PICK_ATM, 0),
                BESIDE("lower", 1, 'C', 0, PICK_OFFSET, -50, 0),
                BESIDE("upper", 1, 'C', 0, PICK_OFFSET, 50, 0) } },
    { "call_ratio_spread", "SPX",
      .legs = { OPTION("long_call", 1, 'C', 45, 30, 60, PICK_DELTA, 0.40),
                BESIDE("short_calls", -2, 'C', 0, PICK_DELTA, 0.20, -1) } },
    { "cash_secured_put", "SPY",
      .legs = { OPTION("short_put", -1, 'P', 35, 14, 75, PICK_DELTA, 0.30) },
      .units = CASH_SECURED },
    { "collar", "SPY",
      .legs = { STOCK(100), OPTION("long_put", 1, 'P', 45, 25, 75, PICK_DELTA, 0.25),
                BESIDE("short_call", -1, 'C', 1, PICK_DELTA, 0.25, -1) } },
    { "covered_call", "SPY",
      .legs = { STOCK(100), OPTION("short_call", -1, 'C', 30, 14, 75, PICK_DELTA, 0.30) } },
    { "diagonal", "SPY",
      .legs = { OPTION("short_call", -1, 'C', 21, 14, 35, PICK_DELTA, 0.30),
                { "long_call", 1, 'C', 35, 14, 60, 0, true, false, NULL, PICK_DELTA, 0.60, -1 } } },
    { "double_calendar", "SPX",
      .legs = { OPTION("long_put", 1, 'P', 49, 37, 100, PICK_PERCENT, -2),
                BESIDE("long_call", 1, 'C', 0, PICK_PERCENT, 2, -1),
                { "short_put", -1, 'P', 21, 12, 36, -1, false, false, NULL, PICK_SAME, 0, 0 },
                BESIDE("short_call", -1, 'C', 2, PICK_SAME, 0, 1) } },
    { "gamma_trade", "SPY",
      .legs = { OPTION("long_put", 1, 'P', 30, 14, 70, PICK_ATM, 0),
                BESIDE("long_call", 1, 'C', 0, PICK_SAME, 0, 0) },
      .units = TWO },
    { "iron_butterfly_0dte", "SPX",
      .legs = { { "short_put", -1, 'P', 0, 0, 0, -1, false, false, "SPXW", PICK_ATM, 0, -1 },
                BESIDE("short_call", -1, 'C', 0, PICK_SAME, 0, 0),
                BESIDE("long_put", 1, 'P', 0, PICK_OFFSET, -30, 0),
                BESIDE("long_call", 1, 'C', 0, PICK_OFFSET, 30, 0) } },
    { "iron_condor", "SPX",
      .legs = { OPTION("short_put", -1, 'P', 45, 30, 60, PICK_DELTA, 0.16),
                BESIDE("long_put", 1, 'P', 0, PICK_OFFSET, -50, 0),
                BESIDE("short_call", -1, 'C', 0, PICK_DELTA, 0.16, -1),
                BESIDE("long_call", 1, 'C', 0, PICK_OFFSET, 50, 2) } },
    { "jade_lizard", "SPX",
      .legs = { OPTION("short_put", -1, 'P', 45, 30, 60, PICK_DELTA, 0.25),
                BESIDE("short_call", -1, 'C', 0, PICK_DELTA, 0.25, -1),
                BESIDE("long_call", 1, 'C', 0, PICK_OFFSET, 25, 1) } },
    { "jelly_roll", "SPX",
      .legs = { OPTION("far_call", 1, 'C', 56, 42, 100, PICK_ATM, 0),
                BESIDE("far_put", -1, 'P', 0, PICK_SAME, 0, 0),
                { "near_call", -1, 'C', 28, 12, 41, -1, false, false, NULL, PICK_SAME, 0, 0 },
                BESIDE("near_put", 1, 'P', 2, PICK_SAME, 0, 0) } },
    { "long_straddle", "SPY",
      .legs = { OPTION("long_put", 1, 'P', 30, 10, 70, PICK_ATM, 0),
                BESIDE("long_call", 1, 'C', 0, PICK_SAME, 0, 0) },
      .units = PREMIUM_5_PERCENT },
    { "meic", "SPX",
      .legs = { { "short_put", -1, 'P', 0, 0, 0, -1, false, false, "SPXW", PICK_DELTA, 0.10, -1 },
                BESIDE("long_put", 1, 'P', 0, PICK_OFFSET, -30, 0) },
      .hour = 10 },
    { "meic", "SPX",
      .legs = { { "short_call", -1, 'C', 0, 0, 0, -1, false, false, "SPXW", PICK_DELTA, 0.10, -1 },
                BESIDE("long_call", 1, 'C', 0, PICK_OFFSET, 30, 0) },
      .hour = 10, .trade = 1 },
    { "poor_mans_covered_call", "SPY",
      .legs = { OPTION("long_call", 1, 'C', 90, 65, 500, PICK_DELTA, 0.80),
                OPTION("short_call", -1, 'C', 28, 18, 45, PICK_DELTA, 0.25) } },
    { "protective_put", "SPY",
      .legs = { STOCK(100), OPTION("long_put", 1, 'P', 60, 30, 90, PICK_PERCENT_DOWN, -5) } },
    { "put_backspread", "SPX",
      .legs = { OPTION("short_put", -1, 'P', 45, 30, 70, PICK_DELTA, 0.35),
                BESIDE("long_puts", 2, 'P', 0, PICK_DELTA, 0.18, -1) } },
    { "put_butterfly", "SPX",
      .legs = { OPTION("middle", -2, 'P', 30, 10, 70, PICK_PERCENT, -1),
                BESIDE("lower", 1, 'P', 0, PICK_OFFSET, -50, 0),
                BESIDE("upper", 1, 'P', 0, PICK_OFFSET, 50, 0) } },
    { "put_ratio_spread", "SPX",
      .legs = { OPTION("long_put", 1, 'P', 45, 30, 60, PICK_DELTA, 0.35),
                BESIDE("short_puts", -2, 'P', 0, PICK_DELTA, 0.18, -1) } },
    { "put_write", "SPX",
      .legs = { { "short_put", -1, 'P', 0, 0, 0, -1, false, true, "SPX", PICK_ATM_DOWN, 0, -1 } },
      .units = CASH_SECURED, .cash = 1000000, .on_third_friday = true },
    { "short_straddle", "SPX",
      .legs = { OPTION("short_put", -1, 'P', 45, 25, 70, PICK_ATM, 0),
                BESIDE("short_call", -1, 'C', 0, PICK_SAME, 0, 0) } },
    { "short_strangle", "SPX",
      .legs = { OPTION("short_put", -1, 'P', 45, 30, 60, PICK_DELTA, 0.16),
                BESIDE("short_call", -1, 'C', 0, PICK_DELTA, 0.16, -1) } },
    { "synthetic_long", "SPX",
      .legs = { OPTION("long_call", 1, 'C', 45, 14, 100, PICK_ATM, 0),
                BESIDE("short_put", -1, 'P', 0, PICK_SAME, 0, 0) } },
    { "wheel", "SPY", .legs = { OPTION("short_put", -1, 'P', 7, 2, 60, PICK_DELTA, 0.30) },
      .units = CASH_SECURED },
};

static int leg_count(const struct want *want)
{
    int count = 0;
    while (count < LEGS && want->legs[count].name)
        count++;
    return count;
}

static int64_t units_of(const struct want *want, const struct oracle_leg *legs, int count)
{
    double cash = want->cash > 0 ? want->cash : 100000;
    int64_t asked = want->units == TWO ? 2 : 1;
    if (want->units == CASH_SECURED)
        asked = (int64_t)(cash / (legs[0].contract->strike_mills / 10.0));
    else if (want->units == PREMIUM_5_PERCENT)
        asked = (int64_t)(0.05 * cash / fabs(oracle_debit(want->legs, legs, count)));
    return oracle_units(want->legs, legs, count, asked);
}

static bool is_time(const struct want *want, const struct oracle *o)
{
    const struct chain_snapshot *s = &o->day.snapshots[o->snapshot];
    return s->ts_ns >= zone_to_ts(ZONE_NEW_YORK, o->day.day, TIME_OF_DAY(want->hour, want->minute));
}

/* The first instant of the sample at which the strategy should enter; o stays open there. */
static bool find_entry(const struct want *want, const struct store *store, struct arena *arena,
                       const int32_t *prefer, struct oracle *o, struct oracle_leg *legs)
{
    struct store_day *days;
    struct series rates;
    size_t count;
    CHECK_OK(store_list(store, arena, &days, &count, NULL));
    CHECK_OK(series_read(&rates, store, arena, "USD", SERIES_RATES));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(days[i].underlying, want->underlying) != 0 ||
            (want->on_third_friday && !oracle_is_third_friday(days[i].day)))
            continue;
        oracle_open(o, store, want->underlying, days[i].day,
                    (double)series_at(&rates, days[i].day)->value * 1e-9);
        while (oracle_next(o))
            if (is_time(want, o) && oracle_choose(o, want->legs, leg_count(want), prefer, legs))
                return true;
        oracle_close(o);
    }
    return false;
}

static void check_leg(const char *name, const struct want_leg *want,
                      const struct oracle_leg *should, const struct result_leg *is, int64_t units)
{
    CHECK_STR(is->leg_name, want->name);
    CHECK_EQ(is->is_stock, want->right == 'S');
    if (should->contract && contract_compare(should->contract, &is->contract) != 0)
        fail_msg("%s, %s: %s %d %c %g was chosen, not %s %d %g (delta %.4f and %.4f)", name,
                 want->name, is->contract.root, is->contract.expiry, is->contract.right,
                 is->contract.strike_mills / 1000.0, should->contract->root,
                 should->contract->expiry, should->contract->strike_mills / 1000.0, is->entry_delta,
                 should->delta);
    CHECK_EQ(is->quantity, want->quantity * units);
    CHECK_EQ(is->entry_bid, should->bid);
    CHECK_EQ(is->entry_ask, should->ask);
    CHECK_EQ(is->entry_price, should->price);
    if (should->contract && !isnan(should->iv)) {
        CHECK_NEAR(is->entry_delta, should->delta, 0.002);
        CHECK_NEAR(is->entry_iv, should->iv, 0.002);
    }
}

static void check_first_entry(const struct want *want, const struct backtest_result *r,
                              const struct store *store, struct arena *arena)
{
    const struct result_trade *trade = &r->trades[want->trade];
    int count = leg_count(want);
    int32_t prefer[LEGS] = { 0 };
    for (int i = 0; i < count && (size_t)i < trade->leg_count; i++)
        prefer[i] = trade->legs[i].is_stock ? 0 : trade->legs[i].contract.strike_mills;
    struct oracle o;
    struct oracle_leg legs[LEGS];
    CHECK(find_entry(want, store, arena, prefer, &o, legs));
    CHECK_EQ(trade->opened_ns, o.day.snapshots[o.snapshot].ts_ns);
    CHECK_EQ(trade->underlying_entry, o.day.snapshots[o.snapshot].underlying);
    CHECK(trade->leg_count >= (size_t)count); /* a hedge adds its stock */
    int64_t units = units_of(want, legs, count), cash = 0;
    CHECK(units > 0);
    CHECK_EQ(trade->units, units);
    for (int i = 0; i < count; i++) {
        check_leg(want->name, &want->legs[i], &legs[i], &trade->legs[i], units);
        cash -= legs[i].price * want->legs[i].quantity * units * (legs[i].contract ? 100 : 1);
    }
    CHECK_EQ(trade->entry_cash, cash);
    const struct result_order *order = &r->orders[want->trade];
    CHECK_STR(order->status, "filled");
    CHECK_EQ(order->commission + order->exchange_fees + order->regulatory_fees,
             oracle_fees(want->legs, legs, count, units));
    oracle_close(&o);
}

/* The account is the sum of its trades, and every fee is in one order and in one trade. */
static void check_books(const char *name, const struct backtest_result *r)
{
    int64_t pnl = 0, of_trades = 0, of_orders = 0;
    for (size_t i = 0; i < r->trade_count; i++) {
        pnl += r->trades[i].pnl;
        of_trades += r->trades[i].costs;
    }
    for (size_t i = 0; i < r->order_count; i++)
        of_orders +=
            r->orders[i].commission + r->orders[i].exchange_fees + r->orders[i].regulatory_fees;
    CHECK_EQ(of_trades, of_orders);
    CHECK_EQ(r->stats.costs, of_orders);
    /* Shares that the wheel keeps between its trades belong to none of them. */
    if (strcmp(name, "wheel") != 0 && r->end_equity != r->start_cash + pnl)
        fail_msg("%s ends at %.2f, its trades made %.2f", name, money_to_dollars(r->end_equity),
                 money_to_dollars(pnl));
    for (size_t i = 0; i < r->point_count; i++)
        CHECK_EQ(r->points[i].equity,
                 r->points[i].cash + r->points[i].options + r->points[i].stock);
}

TEST(catalogue, each_first_entry_is_what_the_file_says)
{
    struct store *store;
    CHECK_OK(store_open(&store, acceptance_sample_store()));
    FOR_EACH (want, wants) {
        struct arena arena;
        struct backtest_result r;
        arena_init(&arena, "run", 0);
        char path[128];
        snprintf(path, sizeof path, "strategies/%s.yaml", want->name);
        parity_run(&r, &arena, parity_file(path), acceptance_sample_store(), 0, LAST_DAY);
        if (r.trade_count <= (size_t)want->trade)
            fail_msg("%s never trades", want->name);
        CHECK_STR(r.underlying, want->underlying);
        CHECK_STR(r.fill_model, "share");
        CHECK_STR(r.fee_schedule, "ibkr-tiered");
        check_first_entry(want, &r, store, &arena);
        check_books(want->name, &r);
        arena_clear(&arena);
    }
    store_close(store);
}

TEST(catalogue, every_file_has_a_row_above)
{
    DIR *dir = opendir(parity_file("strategies"));
    CHECK(dir != NULL);
    size_t files = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *end = strstr(entry->d_name, ".yaml");
        if (!end)
            continue;
        files++;
        *end = '\0';
        bool found = false;
        FOR_EACH (want, wants)
            found |= strcmp(want->name, entry->d_name) == 0;
        if (!found)
            fail_msg("strategies/%s.yaml has no row in catalogue_test.c", entry->d_name);
    }
    closedir(dir);
    size_t rows = 0;
    FOR_EACH (want, wants)
        rows += want->trade == 0;
    CHECK_EQ(files, rows);
}
