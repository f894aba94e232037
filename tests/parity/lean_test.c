/*
 * LEAN parity: what LEAN's regression algorithms must end with, Ironfly ends with too.
 *
 * Source of the pinned figures: github QuantConnect/Lean, folder Algorithm.CSharp, commit
 * 24863901deffa9ec7985e21ef8fbdb0258efb9e4 (Apache-2.0), ExpectedStatistics: facts only. The market
 * data are LEAN's samples of the same commit. docs/parity.md has the table, and the rows that
 * differ.
 */
#include <stdlib.h>

#include "base/str.h"
#include "domain/types/money.h"
#include "tests/parity/parity.h"
#include "tests/testing.h"

enum lean_store { GOOG, SPX_MINUTE, SPX_HOUR, SPX_DAILY, LEAN_STORES };

struct pin {
    const char *file, *algorithm;
    enum lean_store store;
    const char *equity, *fees; /* dollars, as LEAN writes them */
    int orders;                /* LEAN's count */
    int settled;               /* of these, expiries and assignments: Ironfly's are not orders */
};

static const struct pin pins[] = {
    { "bear_call_ladder", "OptionEquityBearCallLadderRegressionAlgorithm", GOOG, "198540.25",
      "9.75", 3, 0 },
    { "bear_put_ladder", "OptionEquityBearPutLadderRegressionAlgorithm", GOOG, "198940.25", "9.75",
      3, 0 },
    { "bear_put_spread", "OptionEquityBearPutSpreadRegressionAlgorithm", GOOG, "198787", "13.00", 2,
      0 },
    { "box_spread", "OptionEquityBoxSpreadRegressionAlgorithm", GOOG, "197624", "26.00", 4, 0 },
    { "bull_call_ladder", "OptionEquityBullCallLadderRegressionAlgorithm", GOOG, "199790.25",
      "9.75", 3, 0 },
    { "bull_call_spread", "OptionEquityBullCallSpreadRegressionAlgorithm", GOOG, "199145.5", "4.50",
      2, 0 },
    { "bull_put_ladder", "OptionEquityBullPutLadderRegressionAlgorithm", GOOG, "199290.25", "9.75",
      3, 0 },
    { "bull_put_spread", "OptionEquityBullPutSpreadRegressionAlgorithm", GOOG, "198887", "13.00", 2,
      0 },
    { "call_backspread", "OptionEquityCallBackspreadRegressionAlgorithm", GOOG, "198565.25", "9.75",
      2, 0 },
    { "call_butterfly", "OptionEquityCallButterflyRegressionAlgorithm", GOOG, "198024", "26.00", 3,
      0 },
    { "call_calendar_spread", "OptionEquityCallCalendarSpreadRegressionAlgorithm", GOOG, "199287",
      "13.00", 2, 0 },
    { "covered_call", "OptionEquityCoveredCallRegressionAlgorithm", GOOG, "199479.25", "5.75", 2,
      0 },
    { "covered_put", "OptionEquityCoveredPutRegressionAlgorithm", GOOG, "199628.5", "11.50", 2, 0 },
    { "iron_condor", "OptionEquityIronCondorRegressionAlgorithm", GOOG, "197524", "26.00", 4, 0 },
    { "jelly_roll", "OptionEquityJellyRollRegressionAlgorithm", GOOG, "199731", "4.00", 4, 0 },
    { "overlapping_bull_call_spreads", "OptionEquityOverlappingBullCallSpreadsRegressionAlgorithm",
      GOOG, "199756", "4.00", 4, 0 },
    { "protective_collar", "OptionEquityProtectiveCollarRegressionAlgorithm", GOOG, "199859",
      "3.00", 3, 0 },
    { "put_butterfly", "OptionEquityPutButterflyRegressionAlgorithm", GOOG, "197124", "26.00", 3,
      0 },
    { "put_calendar_spread", "OptionEquityPutCalendarSpreadRegressionAlgorithm", GOOG, "199137",
      "13.00", 2, 0 },
    { "short_butterfly_call", "OptionEquityShortButterflyCallRegressionAlgorithm", GOOG, "197624",
      "26.00", 3, 0 },
    { "short_butterfly_put", "OptionEquityShortButterflyPutRegressionAlgorithm", GOOG, "198124",
      "26.00", 3, 0 },
    { "short_iron_butterfly", "OptionEquityShortIronButterflyRegressionAlgorithm", GOOG, "197174",
      "26.00", 4, 0 },
    { "straddle", "OptionEquityStraddleRegressionAlgorithm", GOOG, "197787", "13.00", 2, 0 },
    { "strangle", "OptionEquityStrangleRegressionAlgorithm", GOOG, "197937", "13.00", 2, 0 },
    { "basic_template_options", "BasicTemplateOptionsAlgorithm", GOOG, "99718", "2.00", 2, 0 },
    { "option_assignment", "NullOptionAssignmentRegressionAlgorithm", GOOG, "99538", "2.00", 4, 2 },
    { "option_assignment", "CustomOptionAssignmentRegressionAlgorithm", GOOG, "99538", "2.00", 4,
      2 },
    { "option_exercise_assign", "OptionExerciseAssignRegressionAlgorithm", GOOG, "99648", "2.00", 4,
      2 },
    { "index_call_itm_expiry_daily", "IndexOptionCallITMExpiryDailyRegressionAlgorithm", SPX_DAILY,
      "110274", "0.00", 2, 1 },
    { "european_options_not_exercised_early",
      "EuropeanOptionsCannotBeExercisedBeforeExpiryRegressionAlgorithm", SPX_HOUR, "204384", "0.00",
      2, 1 },
    { "delisted_index_option_divested", "DelistedIndexOptionDivestedRegression", SPX_MINUTE,
      "73985", "0.00", 2, 1 },
};

/* LEAN settles the SPX options of 2021-01-15 at the last level it has, 3795.54 of the day before;
 * the true opening settlement was another. Given as the settlement value, it is ours as well. */
static const char settlement_map[] =
    "kind: settlement\ncolumns: { symbol: symbol, date: date, value: value }\n";
static const char settlement_of_lean[] = "symbol,date,value\nSPX,2021-01-15,3795.54\n";

/* Import once for all tests of this file: the day of a GOOG chain is most of their time. */
static const char *lean_store(enum lean_store which)
{
    static const char *stores[LEAN_STORES];
    static const char *const paths[] = { "data/lean/option/usa/minute/goog", "data/lean",
                                         "data/lean", "data/lean" };
    static const char *const resolutions[] = { NULL, NULL, "hour", "daily" };
    if (stores[which])
        return stores[which];
    static const char *const spx = "SPX";
    struct import_options more = { .symbols = &spx,
                                   .symbol_count = which != GOOG,
                                   .to = 20211231,
                                   .resolution = resolutions[which] };
    const char *store = testing_folder();
    parity_import(store, "lean", testing_shared(paths[which]), &more, NULL);
    if (which != GOOG)
        parity_import_table(store, settlement_map, settlement_of_lean);
    return stores[which] = store;
}

static int64_t micros(const char *dollars)
{
    int64_t out = 0;
    MUST(money_parse(str_from(dollars), &out));
    return out;
}

/* The GOOG rows of one day are marked before the next: LEAN's run ends on 2015-12-24. */
static void run_lean(struct backtest_result *result, struct arena *arena, const char *file,
                     enum lean_store which)
{
    char path[160];
    snprintf(path, sizeof path, "tests/parity/lean/%s.yaml", file);
    parity_run(result, arena, parity_file(path), lean_store(which), 0,
               which == GOOG ? 20151228 : 20210131);
}

TEST(lean, ends_at_the_pinned_equity_fees_and_orders_to_the_cent)
{
    NEED_SHARED("data/lean/option/usa/minute/goog");
    FOR_EACH (pin, pins) {
        struct arena arena;
        arena_init(&arena, "run", 0);
        struct backtest_result r;
        run_lean(&r, &arena, pin->file, pin->store);
        if (r.end_equity != micros(pin->equity) || r.stats.costs != micros(pin->fees))
            fail_msg("%s ends at %.2f with %.2f of fees, not at %s with %s", pin->file,
                     money_to_dollars(r.end_equity), money_to_dollars(r.stats.costs), pin->equity,
                     pin->fees);
        CHECK_EQ(r.order_count, pin->orders - pin->settled);
        CHECK_EQ(r.stats.rejects, 0);
        CHECK_STR(r.fill_model, "natural");
        CHECK_STR(r.fee_schedule, "ibkr-lean");
        arena_clear(&arena);
    }
}

/* The figures typed above are those of the list of pins, and no verified row of the day is missing.
 */
TEST(lean, pins_are_typed_as_published)
{
    NEED_SHARED("golden/lean_pins.csv");
    FILE *file = fopen(testing_shared("golden/lean_pins.csv"), "r");
    CHECK(file != NULL);
    char *line = NULL;
    size_t room = 0, found = 0, verified = 0;
    while (getline(&line, &room, file) > 0) {
        const char *comma = strchr(line, ',');
        bool is_verified = strstr(line, ",verified") || strstr(line, ",\"verified");
        verified += is_verified && !strstr(line, ",no (files"); /* those are lean_prices_test.c's */
        FOR_EACH (pin, pins) {
            if (!comma || strlen(pin->algorithm) != (size_t)(comma - line) ||
                strncmp(line, pin->algorithm, (size_t)(comma - line)) != 0)
                continue;
            char figures[64];
            snprintf(figures, sizeof figures, ",%s,%s,%d,", pin->equity, pin->fees, pin->orders);
            CHECK_HAS(line, figures);
            found++;
        }
    }
    free(line);
    fclose(file);
    CHECK_EQ(found, ARRAY_COUNT(pins));
    CHECK_EQ(verified,
             ARRAY_COUNT(pins) + 1); /* and the one below, which needs a fill without a bid */
}

/* LEAN sells where nobody bids, at the ask or at a bid of ten days before. A venue would not. */
TEST(lean, fills_on_a_side_without_a_quote_are_refused_but_by_its_own_model)
{
    NEED_SHARED("data/lean/option/usa/minute/goog");
    static const struct {
        const char *file;
        enum lean_store store;
        const char *why;
    } rows[] = {
        { "bear_call_spread_set_holdings", GOOG, "no bid to sell at" },
        { "index_short_call_otm_expiry", SPX_DAILY, "no bid to sell at" },
        { "index_short_put_otm_expiry", SPX_DAILY, "crossed" },
    };
    FOR_EACH (row, rows) {
        struct arena arena;
        arena_init(&arena, "run", 0);
        struct backtest_result r;
        run_lean(&r, &arena, row->file, row->store);
        CHECK(r.order_count > 0);
        CHECK_STR(r.orders[0].status, "rejected");
        CHECK_HAS(r.orders[0].reason, row->why);
        CHECK_EQ(r.orders[0].net_price, PRICE_NONE);
        arena_clear(&arena);
    }
    /* To the cent with the model that fills as LEAN does. */
    struct arena arena;
    arena_init(&arena, "run", 0);
    struct backtest_result r;
    parity_run_filled(&r, &arena,
                      parity_file("tests/parity/lean/bear_call_spread_set_holdings.yaml"),
                      lean_store(GOOG), 0, 20151228, "lean");
    CHECK_EQ(r.end_equity, micros("998807.85"));
    CHECK_EQ(r.stats.costs, micros("7.15"));
    CHECK_EQ(r.order_count, 2);
    CHECK_STR(r.fill_model, "lean");
    arena_clear(&arena);
}

TEST(lean, the_spxw_3700_call_of_20210104_settles_at_65_cents)
{
    NEED_SHARED("data/lean/indexoption/usa/minute/spxw");
    struct arena arena;
    arena_init(&arena, "run", 0);
    struct backtest_result r;
    run_lean(&r, &arena, "spxw_0dte_call", SPX_MINUTE);
    CHECK_EQ(r.trade_count, 1);
    const struct result_trade *trade = &r.trades[0];
    CHECK_STR(trade->legs[0].contract.root, "SPXW");
    CHECK_EQ(trade->reason, CLOSE_EXPIRED);
    CHECK_EQ(trade->underlying_exit, micros("3700.65"));
    CHECK_EQ(trade->legs[0].exit_price, micros("0.65"));
    /* Bought at the ask of 15:00, 3.70; LEAN's fees on index options are nothing. */
    CHECK_EQ(r.end_equity, micros("100000") - micros("370") + micros("65"));
    CHECK(!parity_has_note(&r, "no official value is stored"));
    arena_clear(&arena);
}
