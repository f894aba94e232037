#include "adapters/import/import.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zip.h>

#include "adapters/store/store.h"
#include "base/zone.h"
#include "domain/types/money.h"
#include "tests/testing.h"

/* ---- importing and looking ------------------------------------------------------------------- */

struct run {
    struct import_summary summary;
    struct store *store;
    enum err err;
};

static struct run run_import(const char *path, const char *symbol, int32_t from, int32_t to,
                             const char *resolution)
{
    struct run run = { 0 };
    const char *folder = testing_folder();
    struct import_options options = { .store = folder,
                                      .format = "lean",
                                      .paths = &path,
                                      .path_count = 1,
                                      .symbols = &symbol,
                                      .symbol_count = symbol ? 1 : 0,
                                      .from = from,
                                      .to = to,
                                      .resolution = resolution };
    run.err = import_run(&options, &run.summary);
    if (!run.err)
        CHECK_OK(store_open(&run.store, folder));
    return run;
}

static void run_clear(struct run *run)
{
    import_summary_clear(&run->summary);
    store_close(run->store);
}

static bool has_remark(const struct run *run, const char *part)
{
    for (size_t i = 0; i < run->summary.remark_count; i++)
        if (strstr(run->summary.remarks[i], part))
            return true;
    return false;
}

static const char *shared_path(const char *below)
{
    static char path[512];
    const char *root = testing_shared("data/lean");
    snprintf(path, sizeof path, "%s%s%s", root, below[0] ? "/" : "", below);
    return path;
}

static uint32_t find_contract(const struct chain_day *day, const char *root, int32_t expiry,
                              char right, int32_t strike_mills)
{
    for (uint32_t i = 0; i < day->contract_count; i++) {
        const struct contract *c = &day->contracts[i];
        if (strcmp(c->root, root) == 0 && c->expiry == expiry && c->right == right &&
            c->strike_mills == strike_mills)
            return i;
    }
    fail_msg("no contract %s %d %c %d", root, expiry, right, strike_mills);
    return UINT32_MAX;
}

/* The row that holds at a moment: the contract's last one not after it. -1: none. */
static int64_t row_at(const struct chain_day *day, uint32_t contract, int64_t ts)
{
    int64_t found = -1;
    for (uint32_t s = 0; s < day->snapshot_count && day->snapshots[s].ts_ns <= ts; s++)
        for (uint32_t i = 0; i < day->snapshots[s].row_count; i++)
            if (day->rows.contract[day->snapshots[s].row_first + i] == contract)
                found = day->snapshots[s].row_first + i;
    return found;
}

static const struct chain_snapshot *snapshot_at(const struct chain_day *day, int64_t ts)
{
    const struct chain_snapshot *found = NULL;
    for (uint32_t s = 0; s < day->snapshot_count && day->snapshots[s].ts_ns <= ts; s++)
        found = &day->snapshots[s];
    MUST(found);
    return found;
}

static int64_t new_york(int32_t day, int hour, int minute)
{
    return zone_to_ts(ZONE_NEW_YORK, day, TIME_OF_DAY(hour, minute));
}

/* ---- the sample data ------------------------------------------------------------------------- */

TEST(lean_import, goog_of_christmas_eve_2015_has_the_first_bars_at_931)
{
    static const struct {
        char right;
        int32_t strike;
        int64_t bid, ask;
    } first_bars[] = { { 'P', 745000, 11000000, 12200000 },
                       { 'P', 747500, 12000000, 13200000 },
                       { 'C', 750000, 12900000, 14200000 },
                       { 'C', 752500, 11700000, 12800000 } };
    NEED_SHARED("data/lean");
    struct run run =
        run_import(shared_path("option/usa/minute/goog"), "GOOG", 20151224, 20151224, NULL);
    struct chain_day day;
    CHECK_OK(run.err);
    CHECK_OK(chain_day_open(&day, run.store, "GOOG", 20151224, true));
    CHECK_EQ(day.contract_count, 2192);
    CHECK_EQ(day.snapshots[0].ts_ns, new_york(20151224, 9, 31));
    CHECK_EQ(day.snapshots[0].underlying, 748540000);
    FOR_EACH (bar, first_bars) {
        uint32_t contract = find_contract(&day, "GOOG", 20160115, bar->right, bar->strike);
        int64_t row = row_at(&day, contract, new_york(20151224, 9, 31));
        CHECK(row >= 0);
        CHECK_EQ(day.rows.bid[row], bar->bid);
        CHECK_EQ(day.rows.ask[row], bar->ask);
        CHECK_EQ(day.contracts[contract].style, STYLE_AMERICAN);
        CHECK_EQ(day.contracts[contract].multiplier, 100);
    }
    /* The early close: the last bar is 12:59, the stock's last trade 748.40. */
    const struct chain_snapshot *last = &day.snapshots[day.snapshot_count - 1];
    CHECK_EQ(last->ts_ns, new_york(20151224, 13, 0));
    CHECK_EQ(last->underlying, 748400000);
    CHECK_EQ(last->underlying_bid, 748100000);
    CHECK_EQ(last->underlying_ask, 748380000);
    CHECK(run.summary.found[FOUND_OUTSIDE_SESSION].count > 0);
    chain_day_close(&day);
    run_clear(&run);
}

/*
 * The pinned strategy of the data's origin: long 745P, short 747.5P, short 750C, long 752.5C of
 * 2016-01-15, ten lots, bought at the ask and sold at the bid of 09:31, marked at the last mids,
 * ends at 197,524.00 of 200,000 after 26.00 of fees.
 */
TEST(lean_import, the_pinned_iron_condor_comes_out_to_the_cent)
{
    static const struct {
        int side;
        char right;
        int32_t strike;
    } legs[] = { { 1, 'P', 745000 }, { -1, 'P', 747500 }, { -1, 'C', 750000 }, { 1, 'C', 752500 } };
    NEED_SHARED("data/lean");
    struct run run = run_import(shared_path("option/usa/minute/goog/20151224_quote_american.zip"),
                                NULL, 0, 0, NULL);
    struct chain_day day;
    CHECK_OK(run.err);
    CHECK_OK(chain_day_open(&day, run.store, "GOOG", 20151224, true));
    int64_t equity = 200000 * MICROS_PER_DOLLAR - 26 * MICROS_PER_DOLLAR;
    FOR_EACH (leg, legs) {
        uint32_t contract = find_contract(&day, "GOOG", 20160115, leg->right, leg->strike);
        int64_t entry = row_at(&day, contract, new_york(20151224, 9, 31));
        int64_t last = row_at(&day, contract, new_york(20151224, 13, 0));
        int64_t paid = leg->side > 0 ? day.rows.ask[entry] : day.rows.bid[entry];
        int64_t twice_mid = day.rows.bid[last] + day.rows.ask[last];
        equity += leg->side * (twice_mid - 2 * paid) * 1000 / 2;
    }
    CHECK_EQ(equity, 197524 * MICROS_PER_DOLLAR);
    /* The trades of the day are part of it, though only its quotes were named. */
    CHECK(day.rows.last);
    CHECK(day.rows.volume);
    CHECK(day.rows.open_interest);
    chain_day_close(&day);
    run_clear(&run);
}

TEST(lean_import, spx_and_spxw_are_one_day_that_ends_with_the_official_close)
{
    NEED_SHARED("data/lean");
    struct run run =
        run_import(shared_path("indexoption/usa/minute/spxw"), "SPX", 20210104, 20210104, NULL);
    struct chain_day day;
    CHECK_OK(run.err);
    CHECK_OK(chain_day_open(&day, run.store, "SPX", 20210104, true));
    uint32_t spxw = find_contract(&day, "SPXW", 20210104, 'C', 3700000);
    uint32_t spx = find_contract(&day, "SPX", 20210115, 'C', 3700000);
    CHECK_EQ(day.contracts[spxw].settle, SETTLE_PM);
    CHECK_EQ(day.contracts[spx].settle, SETTLE_AM);
    CHECK_EQ(day.contracts[spxw].style, STYLE_EUROPEAN);
    int64_t row = row_at(&day, spxw, new_york(20210104, 16, 0));
    CHECK_EQ(day.rows.bid[row], 550000);
    CHECK_EQ(day.rows.ask[row], 1350000);
    /* 09:31 New York is 08:31 Chicago: the clock of the index. */
    CHECK_EQ(snapshot_at(&day, new_york(20210104, 9, 31))->underlying, 3766630000);

    uint32_t closes = 0;
    for (uint32_t s = 0; s < day.snapshot_count; s++)
        if (day.snapshots[s].flags & SNAPSHOT_CLOSE) {
            closes++;
            CHECK_EQ(day.snapshots[s].underlying, 3700650000);
            CHECK_EQ(contract_intrinsic(&day.contracts[spxw], day.snapshots[s].underlying), 650000);
        }
    CHECK_EQ(closes, 1);
    chain_day_close(&day);
    run_clear(&run);
}

TEST(lean_import, minutes_of_an_index_give_its_daily_bar_and_settlement)
{
    NEED_SHARED("data/lean");
    struct run run = run_import(shared_path("index/usa/minute/spx"), NULL, 0, 0, NULL);
    struct arena arena;
    struct series series;
    arena_init(&arena, "test", 0);
    CHECK_OK(run.err);
    CHECK_OK(series_read(&series, run.store, &arena, "SPX", SERIES_BARS));
    const struct series_row *bar = series_on(&series, 20210104);
    CHECK(bar);
    CHECK_EQ(bar->open, 3764610000);
    CHECK_EQ(bar->high, 3769990000);
    CHECK_EQ(bar->low, 3662710000);
    CHECK_EQ(bar->close, 3700650000);
    CHECK_OK(series_read(&series, run.store, &arena, "SPX", SERIES_SETTLEMENT));
    CHECK_EQ(series_on(&series, 20210104)->close, 3700650000);
    CHECK(series_on(&series, 20210104)->value == PRICE_NONE); /* the opening value is not in LEAN */
    /* The files of 2023 end at 16:00, before the index shows its close: nothing is made up. */
    CHECK(!series_on(&series, 20230626));
    CHECK(has_remark(&run, "SPX 20230626: the index ends before its closing value"));
    arena_clear(&arena);
    run_clear(&run);
}

TEST(lean_import, a_day_without_quote_file_keeps_its_trades_and_says_so)
{
    NEED_SHARED("data/lean");
    struct run run =
        run_import(shared_path("option/usa/minute/aapl"), NULL, 20140606, 20140606, NULL);
    struct chain_day day;
    CHECK_OK(run.err);
    CHECK(has_remark(&run, "AAPL 20140606: no quote file"));
    CHECK_OK(chain_day_open(&day, run.store, "AAPL", 20140606, true));
    CHECK(day.contract_count <= 1185);
    for (uint32_t i = 0; i < day.rows.count; i++) {
        CHECK(day.rows.bid[i] == PRICE_NONE);
        CHECK(day.rows.last[i] != PRICE_NONE);
    }
    CHECK(run.summary.found[FOUND_NO_ROWS].count > 0);
    CHECK(run.summary.found[FOUND_OUTSIDE_SESSION].count > 0);
    chain_day_close(&day);
    run_clear(&run);
}

TEST(lean_import, daily_bars_are_known_at_the_close)
{
    NEED_SHARED("data/lean");
    struct run run = run_import(shared_path("option/usa/daily/aapl_2015_quote_american.zip"), NULL,
                                0, 0, "daily");
    struct chain_day day;
    CHECK_OK(run.err);
    CHECK_EQ(run.summary.days, 250);
    CHECK_EQ(run.summary.contracts, 1);
    CHECK_OK(chain_day_open(&day, run.store, "AAPL", 20150102, true));
    CHECK_EQ(day.snapshot_count, 1);
    CHECK_EQ(day.snapshots[0].ts_ns, new_york(20150102, 16, 0));
    CHECK_EQ(day.rows.bid[0], 17550000);
    CHECK_EQ(day.rows.ask[0], 17750000);
    CHECK(day.snapshots[0].flags & SNAPSHOT_CLOSE);
    chain_day_close(&day);
    run_clear(&run);
}

TEST(lean_import, hours_end_with_the_session)
{
    NEED_SHARED("data/lean");
    struct run run = run_import(shared_path("option/usa/hour"), "GOOG", 20151224, 20151224, "hour");
    struct chain_day day;
    CHECK_OK(run.err);
    CHECK_EQ(run.summary.days, 1);
    CHECK_OK(chain_day_open(&day, run.store, "GOOG", 20151224, true));
    CHECK_EQ(day.snapshots[0].ts_ns, new_york(20151224, 10, 0));
    CHECK_EQ(day.snapshots[day.snapshot_count - 1].ts_ns, new_york(20151224, 13, 0));
    chain_day_close(&day);
    run_clear(&run);
}

TEST(lean_import, a_universe_has_closes_but_neither_quotes_nor_the_underlying)
{
    NEED_SHARED("data/lean");
    struct run run =
        run_import(shared_path("option/usa/universes/aapl/20151211.csv"), NULL, 0, 0, "universe");
    struct chain_day day;
    CHECK_OK(run.err);
    CHECK_OK(chain_day_open(&day, run.store, "AAPL", 20151211, true));
    CHECK_EQ(day.rows.count, 1);
    CHECK(day.rows.bid[0] == PRICE_NONE);
    CHECK_EQ(day.rows.last[0], 13250000);
    CHECK_EQ(day.rows.open_interest[0], 87309);
    CHECK_NEAR((double)day.rows.vendor_iv[0], 0.3670779, 1e-6);
    CHECK(day.snapshots[0].underlying == PRICE_NONE);
    chain_day_close(&day);
    run_clear(&run);
}

TEST(lean_import, tables_become_series)
{
    NEED_SHARED("data/lean");
    struct run run = run_import(shared_path("equity/usa"), NULL, 0, 0, NULL);
    struct arena arena;
    struct series series;
    arena_init(&arena, "test", 0);
    CHECK_OK(run.err);
    CHECK_OK(series_read(&series, run.store, &arena, "SPY", SERIES_BARS));
    CHECK_EQ(series.count, 5849);
    CHECK_EQ(series.rows[0].date, 19980102);
    CHECK_EQ(series.rows[0].close, 97360000);
    CHECK_EQ(series.rows[5848].date, 20210331);
    CHECK_OK(series_read(&series, run.store, &arena, "SPY", SERIES_DIVIDENDS));
    CHECK_EQ(series_on(&series, 20201218)->value, 1580000);
    CHECK_OK(series_read(&series, run.store, &arena, "AAPL", SERIES_SPLITS));
    CHECK_EQ(series.count, 4);
    CHECK_EQ(series_on(&series, 20140609)->value, 7000000);
    CHECK_EQ(series_on(&series, 20200831)->value, 4000000);
    /* The shares were named NWSA until 2013-06-28, FOXA from the next session on. */
    CHECK_OK(series_read(&series, run.store, &arena, "FOXA", SERIES_DIVIDENDS));
    CHECK(series_on(&series, 20130909));
    CHECK_OK(series_read(&series, run.store, &arena, "NWSA", SERIES_DIVIDENDS));
    CHECK(series_on(&series, 20130311));
    arena_clear(&arena);
    run_clear(&run);
}

TEST(lean_import, the_interest_rate_is_continuous)
{
    NEED_SHARED("data/lean");
    struct run run = run_import(shared_path("alternative"), NULL, 0, 0, NULL);
    struct arena arena;
    struct series series;
    arena_init(&arena, "test", 0);
    CHECK_OK(run.err);
    CHECK_OK(series_read(&series, run.store, &arena, "USD", SERIES_RATES));
    CHECK_EQ(series.rows[0].date, 20030109);
    CHECK_EQ(series.rows[0].value, 22250609); /* ln 1.0225 */
    CHECK_EQ(series.rows[series.count - 1].date, 20230727);
    arena_clear(&arena);
    run_clear(&run);
}

TEST(lean_import, futures_are_counted_and_not_stored)
{
    NEED_SHARED("data/lean");
    struct run run = run_import(shared_path("futureoption"), NULL, 0, 0, NULL);
    CHECK_EQ(run.err, ERR_NOT_FOUND);
    CHECK(run.summary.found[FOUND_NOT_STORED].count > 0);
    run_clear(&run);
}

/* ---- made folders ---------------------------------------------------------------------------- */

static void make_folders(char *path)
{
    for (char *at = path + 1; *at; at++)
        if (*at == '/') {
            *at = '\0';
            mkdir(path, 0700);
            *at = '/';
        }
}

struct made_entry {
    const char *name, *text;
};

static const char *make_zip(const char *folder, const char *below, const struct made_entry *entries,
                            size_t count)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, below);
    make_folders(path);
    int code;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    MUST(zip);
    for (size_t i = 0; i < count; i++)
        MUST(zip_file_add(zip, entries[i].name,
                          zip_source_buffer(zip, entries[i].text, strlen(entries[i].text), 0),
                          0) >= 0);
    MUST(zip_close(zip) == 0);
    return path;
}

TEST(lean_import, a_trade_repeats_the_quote_and_the_open_interest_of_its_contract)
{
    const char *folder = testing_folder();
    const struct made_entry quotes[] = {
        { "20151224_goog_minute_quote_american_call_7450000_20160115.csv",
          "34200000,10000,10000,10000,10000,5,12000,12000,12000,12000,6\n34320000,,,,,0,13000,"
          "13000,13000,13000,7" },
    };
    const struct made_entry trades[] = {
        { "20151224_goog_minute_trade_american_call_7450000_20160115.csv",
          "34260000,11000,11000,11000,11000,3\n34320000,11500,11500,11500,11500,4" },
    };
    const struct made_entry interest[] = {
        { "20151224_goog_minute_openinterest_american_call_7450000_20160115.csv", "23400000,77" },
        { "20151224_goog_minute_openinterest_american_put_7450000_20160115.csv", "23400000,78" },
    };
    make_zip(folder, "option/usa/minute/goog/20151224_trade_american.zip", trades, 1);
    make_zip(folder, "option/usa/minute/goog/20151224_openinterest_american.zip", interest, 2);
    make_zip(folder, "option/usa/minute/goog/20151224_quote_american.zip", quotes, 1);
    struct run run = run_import(folder, NULL, 0, 0, NULL);
    struct chain_day day;
    CHECK_OK(run.err);
    CHECK_OK(chain_day_open(&day, run.store, "GOOG", 20151224, true));
    CHECK_EQ(day.contract_count, 1);
    CHECK_EQ(run.summary.found[FOUND_NO_ROWS].count, 1); /* the put */
    CHECK_EQ(day.rows.count, 3);
    static const struct {
        int64_t bid, ask, last;
        uint32_t volume;
    } want[] = { { 1000000, 1200000, PRICE_NONE, 0 },
                 { 1000000, 1200000, 1100000, 3 },
                 { PRICE_NONE, 1300000, 1150000, 7 } };
    for (uint32_t i = 0; i < 3; i++) {
        CHECK_EQ(day.snapshots[i].ts_ns, new_york(20151224, 9, 31) + i * NANOS_PER_MINUTE);
        CHECK_EQ(day.rows.bid[i], want[i].bid);
        CHECK_EQ(day.rows.ask[i], want[i].ask);
        CHECK_EQ(day.rows.last[i], want[i].last);
        CHECK_EQ(day.rows.volume[i], want[i].volume);
        CHECK_EQ(day.rows.open_interest[i], 77);
    }
    CHECK(has_remark(&run, "GOOG 20151224: no minutes of the underlying"));
    chain_day_close(&day);
    run_clear(&run);
}

TEST(lean_import, a_strike_finer_than_a_mill_is_left_out_and_counted)
{
    const char *folder = testing_folder();
    const struct made_entry quotes[] = {
        { "20140609_aapl_minute_quote_american_call_285714_20140621.csv",
          "34200000,1,1,1,1,5,2,2,2,2,6" },
        { "20140609_aapl_minute_quote_american_call_285700_20140621.csv",
          "34200000,1,1,1,1,5,2,2,2,2,6" },
    };
    make_zip(folder, "option/usa/minute/aapl/20140609_quote_american.zip", quotes, 2);
    struct run run = run_import(folder, NULL, 0, 0, NULL);
    CHECK_OK(run.err);
    CHECK_EQ(run.summary.contracts, 1);
    CHECK_EQ(run.summary.found[FOUND_ROUNDED_STRIKE].count, 1);
    CHECK_HAS(run.summary.found[FOUND_ROUNDED_STRIKE].first, "285714");
    run_clear(&run);
}

TEST(lean_import, a_file_of_a_holiday_is_reported_and_left_out)
{
    const char *folder = testing_folder();
    const struct made_entry quotes[] = {
        { "20151225_goog_minute_quote_american_call_7450000_20160115.csv",
          "34200000,1,1,1,1,5,2,2,2,2,6" },
    };
    make_zip(folder, "option/usa/minute/goog/20151225_quote_american.zip", quotes, 1);
    struct run run = run_import(folder, NULL, 0, 0, NULL);
    CHECK_OK(run.err);
    CHECK(has_remark(&run, "GOOG 20151225: the exchange was closed"));
    CHECK_EQ(run.summary.days, 0);
    run_clear(&run);
}

TEST(lean_import, bad_files_get_one_clear_line_and_leave_nothing)
{
    static const struct {
        const char *name, *text, *why;
    } cases[] = {
        { "20151224_goog_minute_quote_american_call_7450000_20160115.csv",
          "34200000,1,1,1,x,5,2,2,2,2,6", "row 1: column 5 (bid close): \"x\" is not a price" },
        { "readme.txt", "hello", "readme.txt" },
        { "20151223_goog_minute_quote_american_call_7450000_20160115.csv",
          "34200000,1,1,1,1,5,2,2,2,2,6", "is of another day than the file" },
        { "20151224_aapl_minute_quote_american_call_7450000_20160115.csv",
          "34200000,1,1,1,1,5,2,2,2,2,6", "is of another ticker than the file" },
    };
    FOR_EACH (c, cases) {
        const char *folder = testing_folder();
        const struct made_entry entry = { c->name, c->text };
        const char *path =
            make_zip(folder, "option/usa/minute/goog/20151224_quote_american.zip", &entry, 1);
        struct run run = run_import(path, NULL, 0, 0, NULL);
        CHECK(run.err != ERR_OK);
        CHECK_HAS(err_detail(), "20151224_quote_american.zip");
        CHECK_HAS(err_detail(), c->why);
        CHECK(!strchr(err_detail(), '\n'));
        run_clear(&run);
    }
}

TEST(lean_import, the_format_is_recognised_by_its_folders)
{
    NEED_SHARED("data/lean");
    const char *path = shared_path("option/usa/minute/foxa");
    struct import_options options = { .store = testing_folder(), .paths = &path, .path_count = 1 };
    struct import_summary summary;
    CHECK_OK(import_run(&options, &summary));
    CHECK_STR(summary.format, "lean");
    import_summary_clear(&summary);
}

TEST(lean_import, refuses_an_unknown_resolution_and_a_folder_that_is_not_lean)
{
    const char *folder = testing_folder();
    testing_file(folder, "x.csv", "a,b\n", 4);
    struct run run = run_import(folder, NULL, 0, 0, NULL);
    CHECK_EQ(run.err, ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "no file of a LEAN data folder");
    run_clear(&run);
    run = run_import(folder, NULL, 0, 0, "weekly");
    CHECK_EQ(run.err, ERR_USAGE);
    CHECK_HAS(err_detail(), "minute, hour, daily or universe");
    run_clear(&run);
}
