/* The importers on real files of their kind, with the counts that the files' own text gives. */
#include "adapters/import/import.h"
#include "adapters/store/store.h"
#include "base/zone.h"
#include "domain/types/occ_symbol.h"
#include "tests/testing.h"

/* Import one shared path into a fresh store, which *store then is. */
static enum err import_one(const char *format, const char *path, struct import_summary *summary,
                           const char **store)
{
    *store = testing_folder();
    struct import_options options = {
        .store = *store, .format = format, .paths = &path, .path_count = 1
    };
    return import_run(&options, summary);
}

#define MAPPING(name) IRONFLY_SOURCE_ROOT "/docs/examples/import-" name ".yaml"

static enum err import_mapped(const char *mapping, const char *path, struct import_summary *summary,
                              const char *store)
{
    struct import_options options = {
        .store = store, .format = "csv", .mapping = mapping, .paths = &path, .path_count = 1
    };
    return import_run(&options, summary);
}

/* What a store holds of one contract in a snapshot. */
struct seen {
    struct quote quote;
    struct contract contract;
    struct chain_snapshot snapshot;
    uint32_t snapshots, quotes;
};

static float value_at(const float *column, uint32_t row)
{
    return column ? column[row] : NAN;
}

static uint32_t size_at(const uint32_t *column, uint32_t row)
{
    return column ? column[row] : SIZE_NONE;
}

static bool find_in(const struct chain_day *day, uint32_t snapshot, const char *symbol,
                    struct seen *seen)
{
    struct occ_symbol want;
    CHECK_OK(occ_symbol_parse(&want, str_from(symbol)));
    const struct chain_snapshot *shot = &day->snapshots[snapshot];
    for (uint32_t row = shot->row_first; row < shot->row_first + shot->row_count; row++) {
        const struct quote_rows *rows = &day->rows;
        const struct contract *contract = &day->contracts[rows->contract[row]];
        struct occ_symbol have = occ_symbol_of(contract);
        if (!occ_symbol_equal(&have, &want))
            continue;
        *seen = (struct seen){
            .contract = *contract,
            .snapshot = *shot,
            .snapshots = day->snapshot_count,
            .quotes = day->rows.count,
            .quote = { .bid = rows->bid[row],
                       .ask = rows->ask[row],
                       .last = rows->last ? rows->last[row] : PRICE_NONE,
                       .bid_size = size_at(rows->bid_size, row),
                       .ask_size = size_at(rows->ask_size, row),
                       .volume = size_at(rows->volume, row),
                       .open_interest = size_at(rows->open_interest, row),
                       .vendor_iv = value_at(rows->vendor_iv, row),
                       .vendor_delta = value_at(rows->vendor_delta, row) },
        };
        return true;
    }
    return false;
}

static struct seen look(const char *path, const char *underlying, int32_t date, uint32_t snapshot,
                        const char *symbol)
{
    struct store *store;
    struct chain_day day;
    struct seen seen = { 0 };
    CHECK_OK(store_open(&store, path));
    CHECK_OK(chain_day_open(&day, store, underlying, date, true));
    CHECK(snapshot < day.snapshot_count);
    CHECK(find_in(&day, snapshot, symbol, &seen));
    chain_day_close(&day);
    store_close(store);
    return seen;
}

/* A row of a series; aborts the test when there is none. */
static struct series_row look_series(const char *path, const char *symbol, enum series_kind kind,
                                     int32_t date, size_t *count)
{
    struct store *store;
    struct arena arena;
    struct series series;
    arena_init(&arena, "test", 0);
    CHECK_OK(store_open(&store, path));
    CHECK_OK(series_read(&series, store, &arena, symbol, kind));
    const struct series_row *row = series_on(&series, date);
    CHECK(row != NULL);
    struct series_row copy = *row;
    *count = series.count;
    arena_clear(&arena);
    store_close(store);
    return copy;
}

static int64_t new_york(int32_t date, int hour, int minute)
{
    return zone_to_ts(ZONE_NEW_YORK, date, TIME_OF_DAY(hour, minute));
}

static uint64_t found(const struct import_summary *summary, enum import_finding finding)
{
    return summary->found[finding].count;
}

TEST(import, all_spx_files_of_2019_give_41_days_and_a_holiday_copy)
{
    NEED_SHARED("data/cboe-spx-chain-2019");
    struct import_summary summary;
    const char *store;
    CHECK_OK(import_one("cboe-spx", testing_shared("data/cboe-spx-chain-2019"), &summary, &store));
    CHECK_EQ(summary.files, 42);
    CHECK_EQ(summary.rows, 582508);
    CHECK_EQ(summary.days, 41);
    CHECK_EQ(summary.quotes, 582508 - 13324 - 562);
    CHECK_EQ(found(&summary, FOUND_HOLIDAY), 13324);
    CHECK_EQ(found(&summary, FOUND_EXPIRED), 562); /* SPX of 2019-06-21 settled that morning */
    CHECK_EQ(found(&summary, FOUND_CROSSED), 0);
    CHECK_EQ(found(&summary, FOUND_NO_ASK), 0);
    CHECK_EQ(found(&summary, FOUND_DUPLICATE), 0);
    CHECK_EQ(summary.remark_count, 1);
    CHECK_HAS(summary.remarks[0], "2019-05-27: holiday copy of 2019-05-24");
    import_summary_clear(&summary);

    /* The first row of SPX_20190425.csv. */
    struct seen deep = look(store, "SPX", 20190425, 0, "SPXW190426C00800000");
    CHECK_EQ(deep.quote.bid, 2109900000);
    CHECK_EQ(deep.quote.ask, 2128200000);
    CHECK_EQ(deep.quote.last, PRICE_NONE);
    CHECK_EQ(deep.quote.volume, 0);
    CHECK_EQ(deep.quote.open_interest, 2);
    CHECK_EQ(deep.quote.bid_size, SIZE_NONE);
    CHECK_NEAR(deep.quote.vendor_iv, 7.9432, 1e-6);
    CHECK_NEAR(deep.quote.vendor_delta, 0.9985, 1e-7);
    CHECK_EQ(deep.contract.settle, SETTLE_PM);
    CHECK_EQ(deep.quotes, 13340);
    CHECK_EQ(deep.snapshots, 1);
    CHECK_EQ(deep.snapshot.underlying, 2919040000);
    CHECK_EQ(deep.snapshot.ts_ns, new_york(20190425, 15, 45));
    CHECK_EQ(deep.snapshot.flags, SNAPSHOT_TIME_ASSUMED);
}

TEST(import, a_time_that_is_given_is_not_an_assumption)
{
    NEED_SHARED("data/cboe-spx-chain-2019");
    struct import_summary summary;
    const char *path = testing_shared("data/cboe-spx-chain-2019/SPX_20190521.csv.zst");
    struct import_options options = { .store = testing_folder(),
                                      .format = "cboe-spx",
                                      .paths = &path,
                                      .path_count = 1,
                                      .has_time = true,
                                      .time_of_day = TIME_OF_DAY(16, 0) };
    CHECK_OK(import_run(&options, &summary));
    CHECK_EQ(found(&summary, FOUND_TIME_ASSUMED), 0);
    import_summary_clear(&summary);
    struct store *store;
    struct chain_day day;
    CHECK_OK(store_open(&store, options.store));
    CHECK_OK(chain_day_open(&day, store, "SPX", 20190521, true));
    CHECK_EQ(day.rows.count, 13522);
    CHECK_EQ(day.snapshots[0].ts_ns, new_york(20190521, 16, 0));
    CHECK_EQ(day.snapshots[0].flags, 0);
    chain_day_close(&day);
    store_close(store);
}

TEST(import, the_three_hod_headers_are_read)
{
    NEED_SHARED("data/hod-options");
    struct import_summary summary;
    const char *store;
    CHECK_OK(import_one("hod", testing_shared("data/hod-options"), &summary, &store));
    CHECK_EQ(summary.files, 4);
    CHECK_EQ(summary.rows, 208 + 7588 + 17004 + 392);
    CHECK_EQ(summary.quotes, summary.rows - 6);
    CHECK_EQ(found(&summary, FOUND_EXPIRED), 6); /* SPX of 2017-03-17, quoted on that day */
    CHECK_EQ(found(&summary, FOUND_NO_QUOTE), 1);
    CHECK_EQ(found(&summary, FOUND_CROSSED), 0);
    CHECK_EQ(summary.underlyings, 3); /* SPXW files are of SPX */
    CHECK_EQ(summary.files_left, 1);
    import_summary_clear(&summary);

    struct seen spxw = look(store, "SPX", 20180102, 0, "SPXW180131C01200000");
    CHECK_EQ(spxw.quote.bid, 1483600000);
    CHECK_EQ(spxw.quote.ask, 1503200000);
    CHECK_EQ(spxw.quote.last, 1395460000);
    CHECK_EQ(spxw.quote.open_interest, 6007);
    CHECK_EQ(spxw.snapshot.underlying, 2695790000);
    CHECK_EQ(spxw.snapshot.ts_ns, new_york(20180102, 16, 0));
    CHECK_EQ(spxw.snapshot.flags, 0);

    struct seen agilent = look(store, "A", 20160105, 0, "A160115C00040000");
    CHECK_EQ(agilent.quote.bid, 1030000);
    CHECK_EQ(agilent.quote.volume, 29);
    CHECK_EQ(agilent.quote.open_interest, 30812);
    CHECK_NEAR(agilent.quote.vendor_iv, 0.3053, 1e-7);
    CHECK_EQ(agilent.snapshot.underlying, 40550000);
    CHECK_EQ(agilent.contract.style, STYLE_AMERICAN);
}

TEST(import, datashop_rows_are_two_snapshots)
{
    NEED_SHARED("data/cboe-datashop-sample");
    struct import_summary summary;
    const char *store;
    CHECK_OK(import_one("datashop", testing_shared("data/cboe-datashop-sample"), &summary, &store));
    CHECK_EQ(summary.rows, 882);
    /* 158 rows are binaries (BVZ) and 76 expired in the morning; each would be two quotes. */
    CHECK_EQ(found(&summary, FOUND_NOT_STANDARD), 2 * 158);
    CHECK_EQ(found(&summary, FOUND_EXPIRED), 2 * 76);
    CHECK_EQ(summary.quotes, 2 * (882 - 158 - 76));
    import_summary_clear(&summary);

    struct seen at1545 = look(store, "VIX", 20160601, 0, "VIX160615C00015000");
    CHECK_EQ(at1545.quotes, 1296);
    CHECK_EQ(at1545.snapshot.ts_ns, new_york(20160601, 15, 45));
    CHECK_EQ(at1545.snapshot.underlying, 14575000);
    CHECK_EQ(at1545.quote.bid, 850000);
    CHECK_EQ(at1545.quote.ask, 950000);
    CHECK_EQ(at1545.quote.bid_size, 19170);
    CHECK_EQ(at1545.quote.ask_size, 9252);
    CHECK_EQ(at1545.quote.volume, SIZE_NONE); /* of the whole day: not known at 15:45 */
    CHECK_EQ(at1545.quote.last, PRICE_NONE);
    struct seen at_end = look(store, "VIX", 20160601, 1, "VIX160615C00015000");
    CHECK_EQ(at_end.snapshot.ts_ns, new_york(20160601, 16, 15));
    CHECK_EQ(at_end.snapshot.underlying, 14650000);
    CHECK_EQ(at_end.quote.bid, 900000);
    CHECK_EQ(at_end.quote.bid_size, SIZE_NONE); /* 0 in the file beside a bid: not given */
    CHECK_EQ(at_end.quote.last, 950000);
    CHECK_EQ(at_end.quote.volume, 4360);
    CHECK_EQ(at_end.quote.open_interest, 37945);
    struct seen wing = look(store, "VIX", 20160601, 1, "VIX160615C00030000");
    CHECK_EQ(wing.quote.bid, 0); /* a bid of zero under an offer stays one */
    CHECK_EQ(wing.quote.ask, 50000);
}

TEST(import, a_mapping_reads_the_spy_chains_of_2021)
{
    NEED_SHARED("data/spy-options-2021");
    struct import_summary summary;
    const char *store = testing_folder();
    CHECK_OK(import_mapped(MAPPING("options-eod"),
                           testing_shared("data/spy-options-2021/spy_options_202101_202108.csv"),
                           &summary, store));
    CHECK_EQ(summary.rows, 3340);
    CHECK_EQ(summary.quotes, 3340);
    CHECK_EQ(summary.days, 167);
    CHECK_EQ(summary.contracts, 931);
    CHECK_EQ(found(&summary, FOUND_CROSSED), 0); /* the year's 17 crossed quotes come later */
    import_summary_clear(&summary);
    struct seen put = look(store, "SPY", 20210104, 0, "SPY210129P00355000");
    CHECK_EQ(put.quote.bid, 4270000);
    CHECK_EQ(put.quote.ask, 4300000);
    CHECK_EQ(put.quote.last, 4360000);
    CHECK_EQ(put.quote.volume, 9954);
    CHECK_NEAR(put.quote.vendor_delta, -0.27509, 1e-7);
    CHECK_EQ(put.snapshot.underlying, 368790000);
    CHECK_EQ(put.snapshot.flags, SNAPSHOT_CLOSE);
    CHECK_EQ(put.snapshot.ts_ns, new_york(20210104, 16, 0));

    CHECK_OK(import_mapped(MAPPING("dividends"),
                           testing_shared("data/spy-options-2021/spy_stock_202101_202108.csv"),
                           &summary, store));
    CHECK_EQ(summary.series_rows, 2);
    import_summary_clear(&summary);
    size_t count;
    CHECK_EQ(look_series(store, "SPY", SERIES_DIVIDENDS, 20210319, &count).value, 1277800);
    CHECK_EQ(count, 2);
}

TEST(import, a_mapping_reads_bars_and_bill_rates)
{
    NEED_SHARED("data/index-daily");
    struct import_summary summary;
    const char *store = testing_folder();
    size_t count;
    CHECK_OK(
        import_mapped(MAPPING("bars-daily"), testing_shared("data/index-daily"), &summary, store));
    CHECK_EQ(summary.files, 8);
    CHECK_EQ(found(&summary, FOUND_HOLIDAY), 43); /* VIX prints on closed days */
    import_summary_clear(&summary);
    struct series_row spx = look_series(store, "SPX", SERIES_BARS, 19950103, &count);
    CHECK_EQ(spx.open, 459209991);
    CHECK_EQ(spx.close, 459109985);
    CHECK_EQ(spx.volume, 262450000);
    struct series_row vix = look_series(store, "VIX", SERIES_BARS, 19900102, &count);
    CHECK_EQ(vix.close, 17240000);
    CHECK_EQ(vix.volume, -1);

    CHECK_OK(import_mapped(MAPPING("rates-tb3ms"), testing_shared("data/rates/TB3MS_1998_2026.csv"),
                           &summary, store));
    import_summary_clear(&summary);
    /* 5.04 % discount: -ln(1 - 0.0504 * 91 / 360) * 365 / 91 */
    CHECK_EQ(look_series(store, "USD", SERIES_RATES, 19980101, &count).value, 51428298);
    CHECK_EQ(count, 341);
}
