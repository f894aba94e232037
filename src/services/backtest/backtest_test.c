/* Whole runs on small made stores. */
#include "services/backtest/backtest.h"

#include <math.h>

#include "adapters/store/store.h"
#include "base/zone.h"
#include "domain/types/product.h"
#include "tests/testing.h"

struct quoted {
    int32_t day;
    const char *time;
    double level, bid, ask;
};

/* A store with one put of 2024-01-19 at 4700; returns its path. */
static const char *make_store(const struct quoted *quotes, int count)
{
    const char *path = testing_folder();
    struct store *store;
    CHECK_OK(zone_init());
    CHECK_OK(store_open_writer(&store, path));
    CHECK_OK(store_begin(store));
    struct occ_symbol symbol = {
        .root = "SPXW", .expiry = 20240119, .right = 'P', .strike_mills = 4700000
    };
    struct contract put;
    CHECK_OK(product_contract(&put, &symbol));
    for (int i = 0; i < count;) {
        struct day_writer *writer;
        int32_t day = quotes[i].day;
        CHECK_OK(day_writer_open(&writer, store, "SPX", day, "test"));
        for (; i < count && quotes[i].day == day; i++) {
            int64_t nanos;
            CHECK(time_of_day_parse(str_from(quotes[i].time), &nanos));
            int64_t ts = zone_to_ts(ZONE_NEW_YORK, day, nanos);
            day_writer_underlying(writer, ts, money_from_dollars(quotes[i].level), PRICE_NONE,
                                  PRICE_NONE, 0);
            struct quote quote = QUOTE_EMPTY;
            quote.bid = money_from_dollars(quotes[i].bid);
            quote.ask = money_from_dollars(quotes[i].ask);
            day_writer_quote(writer, ts, day_writer_contract(writer, &put), &quote);
        }
        CHECK_OK(day_writer_finish(writer, NULL));
    }
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    store_close(store);
    return path;
}

static void run(struct backtest_result *result, struct arena *arena, const char *store,
                const char *yaml)
{
    const char *path = testing_file(testing_folder(), "s.yaml", yaml, strlen(yaml));
    struct backtest_options options = {
        .strategy = path, .store = store, .fill = "natural", .fees = "none"
    };
    CHECK_OK(backtest_run(result, arena, &options));
}

static const char SHORT_PUT[] = "ironfly: 1\nname: put\nunderlying: SPX\n"
                                "legs: {p: {sell: put, expiry: 2024-01-19, strike: 4700}}\n"
                                "entry: {every: once}\n";

TEST(backtest, counts_what_the_first_fill_costs_as_drawdown)
{
    static const struct quoted quotes[] = {
        { 20240117, "10:00", 4750, 10, 14 }, /* sold at 10, worth 12: 200 down at once */
        { 20240117, "15:45", 4750, 10, 12 },
        { 20240119, "15:45", 4750, 0, 0.10 },
    };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result r;
    run(&r, &arena, make_store(quotes, 3), SHORT_PUT);
    CHECK_EQ(r.end_equity, 101000 * MICROS_PER_DOLLAR);
    CHECK_EQ(r.stats.max_drawdown_micros, 200 * MICROS_PER_DOLLAR);
    CHECK_NEAR(r.stats.max_drawdown, 0.002, 1e-12);
    CHECK_EQ(r.stats.max_drawdown_from_ns, r.stats.max_drawdown_to_ns);
    CHECK_EQ(r.trade_count, 1);
    CHECK_EQ(r.trades[0].reason, CLOSE_EXPIRED);
    CHECK_EQ(r.trades[0].pnl, 1000 * MICROS_PER_DOLLAR);
    CHECK_EQ(r.stats.spread_cost, 200 * MICROS_PER_DOLLAR);
    CHECK_NEAR(r.stats.exposure, 1, 0);
    arena_clear(&arena);
}

TEST(backtest, marks_what_is_open_at_the_end)
{
    static const struct quoted quotes[] = {
        { 20240117, "10:00", 4750, 10, 12 },
        { 20240118, "15:45", 4740, 14, 16 },
    };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result r;
    run(&r, &arena, make_store(quotes, 2), SHORT_PUT);
    CHECK_EQ(r.end_equity, (100000 + 1000 - 1500) * MICROS_PER_DOLLAR);
    CHECK_EQ(r.stats.open_trades, 1);
    CHECK_EQ(r.trades[0].closed_ns, 0);
    CHECK_EQ(r.trades[0].pnl, -500 * MICROS_PER_DOLLAR);
    CHECK_EQ(r.stats.days, 2);
    CHECK_EQ(r.point_count, 2);
    CHECK(r.points[0].day_end && r.points[1].day_end);
    arena_clear(&arena);
}

TEST(backtest, has_no_trade_whose_best_is_below_its_end)
{
    static const struct quoted quotes[] = { { 20240119, "15:45", 4750, 10, 12 } };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result r;
    run(&r, &arena, make_store(quotes, 1), SHORT_PUT);
    CHECK_EQ(r.trade_count, 1);
    CHECK_EQ(r.trades[0].pnl, 1000 * MICROS_PER_DOLLAR); /* expired worthless */
    CHECK_EQ(r.trades[0].best, r.trades[0].pnl);
    CHECK(r.trades[0].worst < 0); /* the half-spread, at its only snapshot */
    arena_clear(&arena);
}

static const char *file_of(const char *yaml)
{
    return testing_file(testing_folder(), "s.yaml", yaml, strlen(yaml));
}

/* One kernel, one account, and each strategy by itself as it would have been alone. */
TEST(backtest, of_several_strategies_has_the_account_and_each_by_itself)
{
    static const struct quoted quotes[] = {
        { 20240117, "10:00", 4750, 10, 12 },
        { 20240117, "15:45", 4740, 14, 16 },
        { 20240118, "15:45", 4730, 20, 22 },
        { 20240119, "15:45", 4750, 0, 0.10 },
    };
    static const char LONG_PUT[] =
        "ironfly: 1\nname: long\nunderlying: SPX\nparameters: {n: {default: 1}}\n"
        "legs: {p: {buy: put, expiry: 2024-01-19, strike: 4700}}\n"
        "entry: {every: once}\nexit: {profit: 50%}\nsize: {contracts: n}\n";
    struct arena arena;
    arena_init(&arena, "test", 0);
    const char *store = make_store(quotes, 4), *others[] = { file_of(LONG_PUT) };
    struct strategy_override two = { "n", 2 };
    struct backtest_options options = { .strategy = file_of(SHORT_PUT),
                                        .others = others,
                                        .other_count = 1,
                                        .overrides = &two,
                                        .override_count = 1,
                                        .store = store,
                                        .fill = "natural",
                                        .fees = "ibkr-tiered",
                                        .margin = "none" };
    struct backtest_result all, again, alone;
    CHECK_OK(backtest_run(&all, &arena, &options));
    CHECK_OK(backtest_run(&again, &arena, &options));
    CHECK_STR(all.effects_hash, again.effects_hash);
    CHECK_EQ(all.strategy_count, 2);
    CHECK_STR(all.strategy_name, "put + long");
    CHECK_STR(all.strategies[1].strategy_name, "long");
    CHECK_EQ(all.trade_count, 2);
    CHECK_EQ(all.strategies[0].stats.pnl + all.strategies[1].stats.pnl, all.stats.pnl);
    CHECK_EQ(all.strategies[0].stats.costs + all.strategies[1].stats.costs, all.stats.costs);
    CHECK_EQ(all.strategies[0].order_count + all.strategies[1].order_count, all.order_count);
    CHECK_EQ(all.strategies[1].trades[0].units, 2);
    CHECK_EQ(all.stats.days, 3);
    for (int i = 0; i < 2; i++) {
        const struct backtest_result *own = &all.strategies[i];
        options = (struct backtest_options){ .strategy = i ? others[0] : file_of(SHORT_PUT),
                                             .overrides = &two,
                                             .override_count = i,
                                             .store = store,
                                             .fill = "natural",
                                             .fees = "ibkr-tiered",
                                             .margin = "none" };
        CHECK_OK(backtest_run(&alone, &arena, &options));
        CHECK_EQ(alone.strategy_count, 0);
        CHECK_EQ(own->end_equity, alone.end_equity);
        CHECK_EQ(own->stats.max_drawdown_micros, alone.stats.max_drawdown_micros);
        CHECK_NEAR(own->stats.sharpe, alone.stats.sharpe, 1e-12);
        CHECK_EQ(own->point_count, alone.point_count);
        for (size_t p = 0; p < own->point_count; p++)
            CHECK_EQ(own->points[p].equity, alone.points[p].equity);
    }
    arena_clear(&arena);
}

TEST(backtest, of_several_strategies_that_disagree_about_the_account_is_refused)
{
    static const struct quoted quotes[] = { { 20240117, "10:00", 4750, 10, 12 } };
    static const char RICH[] = "ironfly: 1\nname: rich\nunderlying: SPX\naccount: {cash: 500000}\n"
                               "legs: {p: {sell: put, expiry: 2024-01-19, strike: 4700}}\n";
    static const char POOR[] = "ironfly: 1\nname: poor\nunderlying: SPX\naccount: {cash: 5000}\n"
                               "legs: {p: {sell: put, expiry: 2024-01-19, strike: 4700}}\n";
    struct arena arena;
    arena_init(&arena, "test", 0);
    const char *others[] = { file_of(POOR) };
    struct strategy_override unknown = { "n", 2 };
    struct backtest_options options = { .strategy = file_of(RICH),
                                        .others = others,
                                        .other_count = 1,
                                        .store = make_store(quotes, 1) };
    struct backtest_result result;
    CHECK_EQ(backtest_run(&result, &arena, &options), ERR_USAGE);
    CHECK_HAS(err_detail(), "rich and poor say different things of account.cash");
    CHECK_HAS(err_detail(), "--cash");
    options.cash = 70000 * MICROS_PER_DOLLAR;
    CHECK_OK(backtest_run(&result, &arena, &options));
    CHECK_EQ(result.strategies[1].start_cash, 70000 * MICROS_PER_DOLLAR);
    options.overrides = &unknown;
    options.override_count = 1;
    CHECK_EQ(backtest_run(&result, &arena, &options), ERR_USAGE);
    CHECK_HAS(err_detail(), "none of the 2 strategies has a parameter \"n\"");
    arena_clear(&arena);
}

TEST(backtest, says_the_same_twice)
{
    static const struct quoted quotes[] = { { 20240117, "10:00", 4750, 10, 12 },
                                            { 20240118, "10:00", 4750, 10, 12 } };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result a, b;
    const char *store = make_store(quotes, 2);
    run(&a, &arena, store, SHORT_PUT);
    run(&b, &arena, store, SHORT_PUT);
    CHECK_STR(a.events_hash, b.events_hash);
    CHECK_STR(a.effects_hash, b.effects_hash);
    arena_clear(&arena);
}

/* ---- margin ---------------------------------------------------------------------------------- */

static const char SHORT_PUTS[] =
    "ironfly: 1\nname: puts\nunderlying: SPX\naccount: {cash: $700000}\n"
    "legs: {p: {sell: put, expiry: 2024-01-19, strike: 4700}}\n"
    "entry: {every: once}\nsize: {contracts: 10}\n";

TEST(backtest, refuses_what_the_account_could_not_carry_and_says_so)
{
    static const struct quoted quotes[] = { { 20240117, "10:00", 4750, 10, 12 },
                                            { 20240118, "10:00", 4750, 10, 12 } };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result r;
    const char *store = make_store(quotes, 2);
    run(&r, &arena, store,
        "ironfly: 1\nname: put\nunderlying: SPX\naccount: {cash: $50000}\n"
        "legs: {p: {sell: put, expiry: 2024-01-19, strike: 4700}}\nentry: {every: once}\n");
    CHECK_EQ(r.trade_count, 0);
    CHECK_EQ(r.refusal_count, 1);
    CHECK_STR(r.refusals[0].rule, "margin_use");
    CHECK_HAS(r.refusals[0].text, "the limit is 50,000.00 dollars");
    CHECK_STR(r.margin.rules, "reg-t");
    run(&r, &arena, store,
        "ironfly: 1\nname: put\nunderlying: SPX\naccount: {cash: $50000, margin: none}\n"
        "legs: {p: {sell: put, expiry: 2024-01-19, strike: 4700}}\nentry: {every: once}\n");
    CHECK_EQ(r.trade_count, 1);
    CHECK_EQ(r.refusal_count, 0);
    CHECK(!r.margin.is_asked);
    arena_clear(&arena);
}

TEST(backtest, reports_margin_used_and_closes_out_a_deficit)
{
    static const struct quoted quotes[] = {
        { 20240117, "10:00", 4750, 10, 12 },
        { 20240117, "15:45", 4750, 10, 12 },
        { 20240118, "10:00", 4650, 90,
          94 }, /* ten puts lose 81,000 and need 15 % and their premium */
        { 20240118, "15:45", 4650, 90, 94 },
    };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result r;
    run(&r, &arena, make_store(quotes, 4), SHORT_PUTS);
    /* Ten times 15 % of 465,000, and equity is some 618,000. */
    CHECK_EQ(r.margin.calls, 1);
    CHECK(r.liquidation_count >= 1);
    for (size_t i = 0; i < r.liquidation_count; i++) {
        CHECK(r.liquidations[i].after < r.liquidations[i].before);
        CHECK(r.liquidations[i].before > r.liquidations[i].equity_before);
    }
    CHECK(r.liquidations[r.liquidation_count - 1].after <=
          r.liquidations[r.liquidation_count - 1].equity_after);
    CHECK_EQ(r.trades[r.trade_count - 1].reason, CLOSE_MARGIN);
    CHECK(r.margin.most > 0 && r.margin.mean > 0 && r.margin.most >= r.margin.mean);
    int64_t sum = 0;
    for (size_t i = 0; i < r.trade_count; i++)
        sum += r.trades[i].pnl;
    CHECK_EQ(r.end_equity, 700000 * MICROS_PER_DOLLAR + sum);
    arena_clear(&arena);
}

TEST(backtest, says_when_no_snapshot_lies_in_the_hours_of_entry)
{
    static const struct quoted quotes[] = {
        { 20240117, "15:45", 4750, 10, 12 },
        { 20240118, "15:45", 4740, 14, 16 },
    };
    static const char head[] = "ironfly: 1\nname: put\nunderlying: SPX\n"
                               "legs: {p: {sell: put, expiry: 2024-01-19, strike: 4700}}\n";
    static const struct {
        const char *entry, *says;
    } cases[] = {
        { "entry: {every: time, times: [\"10:00\", \"13:30\"]}\n",
          "could never enter: its times are 10:00, 13:30, each for 30 minutes, and the snapshots "
          "of SPX are at 15:45 (New York)" },
        { "entry: {every: time, times: [\"10:00\", \"15:30\"]}\n", NULL },
        { "entry: {every: once}\n", NULL },
    };
    const char *store = make_store(quotes, 2);
    FOR_EACH (c, cases) {
        struct arena arena;
        struct backtest_result r;
        char yaml[512];
        arena_init(&arena, "test", 0);
        snprintf(yaml, sizeof yaml, "%s%s", head, c->entry);
        run(&r, &arena, store, yaml);
        const char *said = NULL;
        for (size_t i = 0; i < r.note_count; i++)
            if (strstr(r.notes[i].text, "could never enter"))
                said = r.notes[i].text;
        CHECK_EQ(said != NULL, c->says != NULL);
        if (c->says) {
            CHECK_HAS(said, c->says);
            CHECK_EQ(r.trade_count, 0);
        }
        arena_clear(&arena);
    }
}
