/*
 * LEAN's rows whose quotes are not among its samples here: the prices that its results tell of are
 * typed as a table of quotes, and the rest of the way is the product's: import, fill, fees,
 * settlement in the morning and at the close, exercise into shares and their sale. Source as in
 * lean_test.c. docs/parity.md.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "domain/types/money.h"
#include "tests/parity/parity.h"
#include "tests/testing.h"

static const char quotes_map[] =
    "kind: quotes\n"
    "columns: { underlying: underlying, symbol: symbol, date: date, bid: bid, ask: ask, "
    "underlying_price: level }\n"
    "time: \"09:31\"\n";
static const char settlement_map[] =
    "kind: settlement\ncolumns: { symbol: symbol, date: date, value: value, close: close }\n";

/* An empty bid is none. Levels of the underlying on days that only open or expire are made up:
 * nothing rests on them. */
static const char quotes[] = "underlying,symbol,date,bid,ask,level\n"
                             "SPX,SPX210115P03200000,2021-01-04,3.40,3.60,3700.65\n"
                             "SPX,SPX210115C03200000,2021-01-14,615.50,620.40,3812\n"
                             "SPX,SPX210115C04250000,2021-01-14,,0.05,3812\n"
                             "SPX,SPX210115P03200000,2021-01-14,,0.10,3812\n"
                             "SPX,SPX210115P04200000,2021-01-14,379.60,384.50,3812\n"
                             "SPX,SPXW230630C04445000,2023-06-26,1.10,1.20,4340\n"
                             "SPX,SPXW230703C04445000,2023-06-26,1.80,1.95,4340\n"
                             "TWX,TWX140621C00042500,2014-06-05,28.00,29.80,71.50\n"
                             "TWX,TWX140719C00042500,2014-06-20,25.00,27.00,68.50\n"
                             "TWX,TWX140719C00042500,2014-06-23,25.00,27.00,68.40\n";
static const char settlement[] = "symbol,date,value,close\n"
                                 "SPX,2021-01-15,3795.54,\n"
                                 "SPX,2023-06-30,,4449.81\n"
                                 "SPX,2023-07-03,,4455.06\n";

struct row {
    const char *algorithm, *underlying, *cash, *legs, *day;
    const char *fill; /* natural, or lean where LEAN sells without a bid */
    const char *equity, *fees;
    int lean_orders; /* as LEAN counts: expiries too */
};

static const struct row rows[] = {
    { "IndexOptionCallITMExpiryRegressionAlgorithm", "SPX", "100000",
      "{a: {buy: call, expiry: 2021-01-15, strike: 3200}}", "2021-01-14", "natural", "97514",
      "0.00", 2 },
    { "IndexOptionCallOTMExpiryRegressionAlgorithm", "SPX", "100000",
      "{a: {buy: call, expiry: 2021-01-15, strike: 4250}}", "2021-01-14", "natural", "99995",
      "0.00", 2 },
    { "IndexOptionPutITMExpiryRegressionAlgorithm", "SPX", "100000",
      "{a: {buy: put, expiry: 2021-01-15, strike: 4200}}", "2021-01-14", "natural", "101996",
      "0.00", 2 },
    { "IndexOptionPutOTMExpiryRegressionAlgorithm", "SPX", "100000",
      "{a: {buy: put, expiry: 2021-01-15, strike: 3200}}", "2021-01-14", "natural", "99990", "0.00",
      2 },
    { "IndexOptionShortCallITMExpiryRegressionAlgorithm", "SPX", "1000000",
      "{a: {sell: call, expiry: 2021-01-15, strike: 3200}}", "2021-01-14", "natural", "1001996",
      "0.00", 2 },
    { "IndexOptionShortPutITMExpiryRegressionAlgorithm", "SPX", "1000000",
      "{a: {sell: put, expiry: 2021-01-15, strike: 4200}}", "2021-01-14", "natural", "997514",
      "0.00", 2 },
    { "IndexOptionShortCallOTMExpiryRegressionAlgorithm", "SPX", "100000",
      "{a: {sell: call, expiry: 2021-01-15, strike: 4250}}", "2021-01-14", "lean", "100005", "0.00",
      2 },
    { "IndexOptionShortPutOTMExpiryRegressionAlgorithm", "SPX", "100000",
      "{a: {sell: put, expiry: 2021-01-15, strike: 3200}}", "2021-01-14", "lean", "100340", "0.00",
      2 },
    { "OptionExerciseOnExpiryAndNonTradableDateRegressionAlgorithm", "SPX", "100000",
      "{a: {buy: call, expiry: 2023-06-30, strike: 4445}, b: {buy: call, expiry: 2023-07-03, strike: 4445}}",
      "2023-06-26", "natural", "101172", "0.00", 4 },
    { "AddOptionContractExpiresRegressionAlgorithm", "TWX", "100000",
      "{a: {buy: call, expiry: 2014-06-21, strike: 42.5}}", "2014-06-05", "natural", "99608",
      "2.00", 3 },
};

static int64_t micros(const char *dollars)
{
    int64_t out = 0;
    MUST(money_parse(str_from(dollars), &out));
    return out;
}

static const char *store_of_prices(void)
{
    static const char *store;
    if (store)
        return store;
    store = testing_folder();
    parity_import_table(store, quotes_map, quotes);
    parity_import_table(store, settlement_map, settlement);
    return store;
}

static const char *strategy_of(const struct row *row)
{
    char text[700], name[80];
    static int count;
    int len = snprintf(
        text, sizeof text,
        "ironfly: 1\nname: %.60s\nunderlying: %s\naccount: {cash: %s, fees: ibkr-lean}\nlegs: %s\n"
        "entry: {dates: [%s], orders: separate, every: once}\nsize: {contracts: 1}\n",
        row->algorithm, row->underlying, row->cash, row->legs, row->day);
    MUST(len > 0 && (size_t)len < sizeof text);
    snprintf(name, sizeof name, "row%d.yaml", count++);
    return testing_file(testing_folder(), name, text, (size_t)len);
}

TEST(lean_prices, lead_to_the_pinned_equity_and_fees)
{
    FOR_EACH (row, rows) {
        struct arena arena;
        arena_init(&arena, "run", 0);
        struct backtest_result r;
        int32_t to = row->underlying[0] == 'T' ? 20140630 : 20230710;
        parity_run_filled(&r, &arena, strategy_of(row), store_of_prices(), 0, to, row->fill);
        if (r.end_equity != micros(row->equity) || r.stats.costs != micros(row->fees) ||
            r.stats.rejects)
            fail_msg("%s ends at %.2f with %.2f of fees and %zu rejects, not at %s with %s",
                     row->algorithm, money_to_dollars(r.end_equity),
                     money_to_dollars(r.stats.costs), r.stats.rejects, row->equity, row->fees);
        arena_clear(&arena);
    }
}

/* The same two sales with the model that people use: nobody bids, nothing is sold. */
TEST(lean_prices, without_a_bid_only_the_model_of_lean_sells)
{
    FOR_EACH (row, rows) {
        if (strcmp(row->fill, "lean") != 0)
            continue;
        struct arena arena;
        arena_init(&arena, "run", 0);
        struct backtest_result r;
        parity_run_filled(&r, &arena, strategy_of(row), store_of_prices(), 0, 20210131, "natural");
        CHECK(r.order_count > 0);
        CHECK_HAS(r.orders[0].reason, "no bid to sell at");
        CHECK_EQ(r.end_equity, micros(row->cash));
        arena_clear(&arena);
    }
}

/* As published; and with the rows of lean_test.c every verified one is here. */
TEST(lean_prices, pins_are_typed_as_published)
{
    NEED_SHARED("golden/lean_pins.csv");
    FILE *file = fopen(testing_shared("golden/lean_pins.csv"), "r");
    CHECK(file != NULL);
    char *line = NULL;
    size_t room = 0, found = 0, missing = 0;
    while (getline(&line, &room, file) > 0) {
        bool is_verified = strstr(line, ",verified") || strstr(line, ",\"verified"),
             is_typed = false;
        FOR_EACH (row, rows) {
            char start[120], figures[64];
            snprintf(start, sizeof start, "%s,", row->algorithm);
            if (strncmp(line, start, strlen(start)) != 0)
                continue;
            snprintf(figures, sizeof figures, ",%s,%s,%d,", row->equity, row->fees,
                     row->lean_orders);
            CHECK_HAS(line, figures);
            is_typed = true;
            found++;
        }
        missing += is_verified && !is_typed && strstr(line, ",no (files");
    }
    free(line);
    fclose(file);
    CHECK_EQ(found, ARRAY_COUNT(rows));
    CHECK_EQ(missing, 0);
}
