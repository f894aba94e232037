/* What expires after the last stored day: settled only when its price is known and the end asks for
 * it. */
#include "base/str.h"
#include "domain/types/money.h"
#include "tests/parity/parity.h"
#include "tests/testing.h"

static const char quotes_map[] =
    "kind: quotes\n"
    "underlying: SPX\n"
    "columns: { symbol: symbol, date: date, bid: bid, ask: ask, underlying_price: level }\n"
    "time: close\n";
static const char quotes[] = "symbol,date,bid,ask,level\n"
                             "SPX190621C02900000,2019-06-20,50.0,52.0,2950\n"
                             "SPX190621P02900000,2019-06-20,1.0,1.2,2950\n"
                             "SPX190719C02900000,2019-06-20,70.0,72.0,2950\n";
static const char settlement_map[] =
    "kind: settlement\ncolumns: { symbol: symbol, date: date, value: value }\n";
static const char settlement[] = "symbol,date,value\nSPX,2019-06-21,2962.5\n";
static const char strategy[] = "ironfly: 1\n"
                               "name: two calls\n"
                               "underlying: SPX\n"
                               "account: {cash: 100000, fill: natural, fees: none}\n"
                               "legs:\n"
                               "  near: {buy: call, expiry: 2019-06-21, strike: 2900}\n"
                               "  far: {buy: call, expiry: 2019-07-19, strike: 2900}\n"
                               "entry: {every: once}\n";

TEST(settle, after_the_last_stored_day_only_at_a_stored_price_and_when_asked)
{
    const char *store = testing_folder(), *folder = testing_folder();
    const char *file = testing_file(folder, "two.yaml", strategy, strlen(strategy));
    parity_import_table(store, quotes_map, quotes);
    parity_import_table(store, settlement_map, settlement);
    struct arena arena;
    arena_init(&arena, "run", 0);
    struct backtest_result r;

    /* The end of the data: both calls are open, at their mids. */
    parity_run(&r, &arena, file, store, 0, 0);
    CHECK_EQ(r.trades[0].legs[0].mark_price, money_from_dollars(51));
    CHECK_EQ(r.end_equity, money_from_dollars(100000 - 100 - 100));

    /* Asked for until July: June settles at its opening value, July has none and stays open. */
    parity_run(&r, &arena, file, store, 0, 20190731);
    CHECK_EQ(r.trades[0].legs[0].exit_price, money_from_dollars(62.5));
    CHECK_EQ(r.trades[0].legs[1].exit_price, PRICE_NONE);
    CHECK_EQ(r.trades[0].legs[1].mark_price, money_from_dollars(71));
    CHECK_EQ(r.end_equity, money_from_dollars(100000 - 5200 + 6250 - 100));

    /* The day before the settlement is too early. */
    parity_run(&r, &arena, file, store, 0, 20190620);
    CHECK_EQ(r.trades[0].legs[0].exit_price, PRICE_NONE);
    arena_clear(&arena);
}

/* Daily bars printed from 32-bit floats: 2945.830078125 is 2945.83. */
TEST(settle, at_values_with_cents)
{
    static const char bars_map[] =
        "kind: bars\ncolumns: { symbol: symbol, date: date, open: open, close: close }\n";
    static const char bars[] =
        "symbol,date,open,close\nSPX,2019-06-21,2962.5100097656,2950.4599609375\n";
    const char *store = testing_folder(), *folder = testing_folder();
    const char *file = testing_file(folder, "two.yaml", strategy, strlen(strategy));
    parity_import_table(store, quotes_map, quotes);
    parity_import_table(store, bars_map, bars);
    struct arena arena;
    arena_init(&arena, "run", 0);
    struct backtest_result r;
    parity_run(&r, &arena, file, store, 0, 20190621);
    CHECK_EQ(r.trades[0].legs[0].exit_price, money_from_dollars(62.51)); /* AM: the open */
    CHECK(parity_has_note(&r, "daily bar"));
    arena_clear(&arena);
}
