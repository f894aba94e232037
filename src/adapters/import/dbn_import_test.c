#include <unistd.h>

#include "adapters/dbn/dbn.h"
#include "adapters/import/import.h"
#include "adapters/store/store.h"
#include "base/zone.h"
#include "tests/testing.h"

#define DAY                                                                                        \
    UINT64_C(1740009600000000000) /* 2025-02-20 00:00 UTC; New York is five hours behind           \
                                   */
#define AT(hour, minute, second)                                                                   \
    (DAY + (((uint64_t)(hour) + 5) * 3600 + (uint64_t)(minute)*60 + (uint64_t)(second)) *          \
               UINT64_C(1000000000))
#define SPXW_CALL "SPXW  250221C06000000"
#define SPXW_PUT "SPXW  250220P06100000" /* expires that day */

static enum err import_paths(const char *store, const char *const *paths, size_t count,
                             struct import_summary *summary)
{
    struct import_options options = {
        .store = store, .format = "dbn", .paths = paths, .path_count = count
    };
    return import_run(&options, summary);
}

static uint64_t found(const struct import_summary *summary, enum import_finding finding)
{
    return summary->found[finding].count;
}

/* The row of a contract at an instant of a stored day; fails the test when there is none. */
static uint32_t row_at(const struct chain_day *day, uint64_t ts, uint32_t contract)
{
    for (uint32_t i = 0; i < day->snapshot_count; i++) {
        const struct chain_snapshot *snapshot = &day->snapshots[i];
        for (uint32_t r = snapshot->row_first; r < snapshot->row_first + snapshot->row_count; r++)
            if (snapshot->ts_ns == (int64_t)ts && day->rows.contract[r] == contract)
                return r;
    }
    fail_msg("no row of contract %u at %llu", contract, (unsigned long long)ts);
    return 0;
}

static uint32_t size_at(const uint32_t *column, uint32_t row)
{
    return column ? column[row] : SIZE_NONE;
}

/* ---- the vendor's own files ---- */

TEST(dbn_import, real_opra_files_complete_one_another)
{
    NEED_SHARED("data/databento-dbn/python-tests/OPRA.PILLAR");
    const char *path = testing_shared("data/databento-dbn/python-tests/OPRA.PILLAR");
    const char *folder = testing_folder();
    struct import_summary summary;
    struct store *store;
    struct chain_day day;
    CHECK_OK(import_paths(folder, &path, 1, &summary));
    CHECK_EQ(summary.files, 11);
    CHECK_EQ(summary.rows, 41);
    CHECK_EQ(summary.contracts, 1);
    CHECK_EQ(summary.first_day, 20250220);
    CHECK_EQ(summary.quotes, 10);
    CHECK_EQ(found(&summary, FOUND_CONFLICT), 0);
    CHECK_EQ(found(&summary, FOUND_DUPLICATE), 0);
    CHECK_EQ(found(&summary, FOUND_NO_QUOTE), 2); /* 08:00:01 and 08:01, before the opening */
    CHECK_EQ(summary.remark_count, 1);
    CHECK_HAS(summary.remarks[0], "11 files");
    import_summary_clear(&summary);

    CHECK_OK(store_open(&store, folder));
    CHECK_OK(chain_day_open(&day, store, "AAPL", 20250220, true));
    CHECK_STR(day.source, "dbn");
    CHECK_EQ(day.contract_count, 1);
    CHECK_EQ(day.contracts[0].expiry, 20250221);
    CHECK_EQ(day.contracts[0].strike_mills, 250000);
    CHECK_EQ(day.contracts[0].right, OPTION_CALL);
    CHECK_EQ(day.contracts[0].multiplier, 100);
    uint32_t row = row_at(&day, AT(9, 30, 1), 0);
    CHECK_EQ(day.rows.bid[row], 100000); /* the golden values of cbbo-1s and statistics */
    CHECK_EQ(day.rows.ask[row], 250000);
    CHECK_EQ(size_at(day.rows.bid_size, row), 1);
    CHECK_EQ(size_at(day.rows.ask_size, row), 4);
    CHECK_EQ(day.rows.last[row], 240000);
    CHECK_EQ(size_at(day.rows.open_interest, row), 57924);
    row = row_at(&day, AT(9, 31, 0), 0); /* cbbo-1m, with the volume of the four trades before */
    CHECK_EQ(day.rows.bid[row], 320000);
    CHECK_EQ(day.rows.ask[row], 340000);
    CHECK_EQ(day.rows.last[row], 340000);
    CHECK_EQ(size_at(day.rows.volume, row), 1 + 2 + 1 + 4);
    chain_day_close(&day);
    store_close(store);
}

TEST(dbn_import, each_real_opra_file_alone_and_of_version_2_too)
{
    NEED_SHARED("data/databento-dbn/python-tests-history/OPRA.PILLAR-2025-04-14");
    static const struct {
        const char *schema;
        uint64_t quotes;
    } cases[] = { { "cbbo-1s", 4 },  { "cbbo-1m", 4 },    { "trades", 1 },    { "tbbo", 1 },
                  { "mbp-1", 1 },    { "ohlcv-1s", 1 },   { "ohlcv-1m", 1 },  { "ohlcv-1h", 1 },
                  { "ohlcv-1d", 1 }, { "statistics", 0 }, { "definition", 0 } };
    static const char *const folders[] = {
        "data/databento-dbn/python-tests/OPRA.PILLAR",
        "data/databento-dbn/python-tests-history/OPRA.PILLAR-2025-04-14",
    };
    FOR_EACH (folder, folders) {
        FOR_EACH (c, cases) {
            char path[256];
            struct import_summary summary;
            snprintf(path, sizeof path, "%s/test_data.%s.dbn.zst", *folder, c->schema);
            const char *file = testing_shared(path);
            enum err err = import_paths(testing_folder(), &file, 1, &summary);
            CHECK_EQ(err, c->quotes ? ERR_OK : ERR_NOT_FOUND);
            CHECK_EQ(summary.quotes, c->quotes);
            import_summary_clear(&summary);
        }
    }
}

TEST(dbn_import, daily_bars_of_stocks_become_a_series)
{
    NEED_SHARED("data/databento-dbn/python-tests/EQUS.MINI");
    const char *path = testing_shared("data/databento-dbn/python-tests/EQUS.MINI");
    const char *folder = testing_folder();
    struct import_summary summary;
    struct store *store;
    struct series series;
    struct arena arena;
    arena_init(&arena, "test", 0);
    CHECK_OK(import_paths(folder, &path, 1, &summary));
    CHECK_EQ(summary.quotes, 0);
    CHECK_EQ(summary.series_rows, 1);
    import_summary_clear(&summary);
    CHECK_OK(store_open(&store, folder));
    CHECK_OK(series_read(&series, store, &arena, "QQQ", SERIES_BARS));
    CHECK_EQ(series.count, 1);
    CHECK_EQ(series.rows[0].date, 20230328);
    CHECK_EQ(series.rows[0].open, 307830000);
    CHECK_EQ(series.rows[0].high, 308600000);
    CHECK_EQ(series.rows[0].low, 304780000);
    CHECK_EQ(series.rows[0].close, 307500000);
    CHECK_EQ(series.rows[0].volume, 3309022);
    store_close(store);
    arena_clear(&arena);
}

/* ---- files made by our own encoder ---- */

static struct dbn_writer *open_file(const char *path, const char *dataset, const char *symbol,
                                    const char *id)
{
    struct dbn_metadata metadata;
    struct dbn_writer *writer;
    struct dbn_interval interval = { 20250220, 20250221, id };
    struct dbn_mapping mapping = { symbol, 1, &interval };
    dbn_metadata_init(&metadata);
    memcpy(metadata.dataset, dataset, strlen(dataset));
    if (symbol) {
        metadata.mapping_count = 1;
        metadata.mappings = &mapping;
    }
    CHECK_OK(dbn_writer_open(&writer, path, &metadata, true));
    return writer;
}

static void add_sample(struct dbn_writer *writer, uint32_t id, uint64_t ts, int64_t bid,
                       int64_t ask)
{
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_CBBO_1M);
    any.hd.instrument_id = id;
    any.hd.publisher_id = DBN_PUBLISHER_OPRA;
    any.cbbo.ts_recv = ts;
    any.cbbo.levels[0].bid_px = bid;
    any.cbbo.levels[0].ask_px = ask;
    any.cbbo.levels[0].bid_sz = any.cbbo.levels[0].ask_sz = 10;
    CHECK_OK(dbn_writer_append(writer, &any, 0));
}

static void add_trade(struct dbn_writer *writer, uint32_t id, uint64_t ts, int64_t price,
                      uint32_t size)
{
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_TRADE);
    any.hd.instrument_id = id;
    any.hd.publisher_id = 22;
    any.hd.ts_event = any.trade.ts_recv = ts;
    any.trade.price = price;
    any.trade.size = size;
    any.trade.action = 'T';
    CHECK_OK(dbn_writer_append(writer, &any, 0));
}

static void add_definition(struct dbn_writer *writer, uint32_t id, uint64_t ts, const char *symbol,
                           int64_t strike, int32_t multiplier)
{
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_DEFINITION);
    any.hd.instrument_id = id;
    any.hd.publisher_id = DBN_PUBLISHER_OPRA;
    any.definition.ts_recv = ts;
    memcpy(any.definition.raw_symbol, symbol, strlen(symbol));
    any.definition.strike_price = strike;
    any.definition.contract_multiplier = multiplier;
    any.definition.instrument_class = symbol[12];
    CHECK_OK(dbn_writer_append(writer, &any, 0));
}

static const char *path_in(const char *folder, const char *name)
{
    return testing_file(folder, name, "", 0);
}

TEST(dbn_import, merges_schemas_by_time_and_samples_events_at_minutes)
{
    const char *folder = testing_folder(), *data = testing_folder();
    const char *paths[] = { path_in(data, "a-trades.dbn.zst"), path_in(data, "b-stock.dbn.zst"),
                            path_in(data, "c-tcbbo.dbn.zst"), path_in(data, "d-quotes.dbn.zst") };
    struct import_summary summary;
    union dbn_any any;

    struct dbn_writer *writer = open_file(paths[0], "OPRA.PILLAR", "AAPL  250221C00250000", "7");
    add_trade(writer, 7, AT(9, 31, 10), 1100000000, 3);
    add_trade(writer, 7, AT(9, 31, 50), 1200000000, 4);
    add_trade(writer, 7, AT(9, 32, 0), 1300000000, 1); /* known by 09:32 */
    CHECK_OK(dbn_writer_close(writer));

    writer = open_file(paths[1], "EQUS.MINI", "AAPL", "7"); /* the same id in another dataset */
    add_trade(writer, 7, AT(9, 30, 30), 245000000000, 100);
    add_trade(writer, 7, AT(9, 31, 59), 246500000000, 100);
    CHECK_OK(dbn_writer_close(writer));

    writer = open_file(paths[2], "OPRA.PILLAR", "AAPL  250221C00250000", "7");
    dbn_any_init(&any, DBN_RTYPE_TCBBO);
    any.hd.instrument_id = 7;
    any.cmbp1.action = 'T';
    any.cmbp1.ts_recv = AT(9, 33, 20);
    any.cmbp1.price = 1400000000;
    any.cmbp1.size = 5;
    any.cmbp1.levels[0].bid_px = 1350000000;
    any.cmbp1.levels[0].ask_px = 1450000000;
    any.cmbp1.levels[0].bid_sz = any.cmbp1.levels[0].ask_sz = 2;
    CHECK_OK(dbn_writer_append(writer, &any, 0));
    CHECK_OK(dbn_writer_close(writer));

    writer = open_file(paths[3], "OPRA.PILLAR", "AAPL  250221C00250000", "7");
    add_sample(writer, 7, AT(9, 31, 0), 1000000000, 1200000000);
    add_sample(writer, 7, AT(9, 33, 0), 1250000000, DBN_PRICE_NONE);
    CHECK_OK(dbn_writer_close(writer));

    CHECK_OK(import_paths(folder, paths, 4, &summary));
    CHECK_EQ(summary.quotes, 4); /* 09:31, 09:32, 09:33, 09:34 */
    CHECK_EQ(found(&summary, FOUND_CONFLICT), 0);
    import_summary_clear(&summary);

    struct store *store;
    struct chain_day day;
    CHECK_OK(store_open(&store, folder));
    CHECK_OK(chain_day_open(&day, store, "AAPL", 20250220, true));
    CHECK_EQ(day.snapshot_count, 4);
    CHECK_EQ(day.snapshots[0].underlying, 245000000);
    CHECK_EQ(day.snapshots[1].underlying, 246500000);
    uint32_t row = row_at(&day, AT(9, 31, 0), 0);
    CHECK_EQ(day.rows.bid[row], 1000000);
    CHECK_EQ(day.rows.last[row], PRICE_NONE);
    CHECK_EQ(size_at(day.rows.volume, row), SIZE_NONE);
    row = row_at(&day, AT(9, 32, 0), 0); /* trades do not wipe the quote that stood */
    CHECK_EQ(day.rows.bid[row], 1000000);
    CHECK_EQ(day.rows.ask[row], 1200000);
    CHECK_EQ(day.rows.last[row], 1300000);
    CHECK_EQ(size_at(day.rows.volume, row), 8);
    row = row_at(&day, AT(9, 33, 0), 0);
    CHECK_EQ(day.rows.bid[row], 1250000);
    CHECK_EQ(day.rows.ask[row], PRICE_NONE);
    CHECK_EQ(size_at(day.rows.ask_size, row), SIZE_NONE);
    row = row_at(&day, AT(9, 34, 0), 0);
    CHECK_EQ(day.rows.bid[row], 1350000);
    CHECK_EQ(day.rows.last[row], 1400000);
    CHECK_EQ(size_at(day.rows.volume, row), 8); /* the trades are counted from trades alone */
    chain_day_close(&day);
    store_close(store);
}

TEST(dbn_import, definitions_name_the_ids_of_files_without_mappings)
{
    const char *folder = testing_folder(), *data = testing_folder();
    const char *paths[] = { path_in(data, "a.dbn.zst"), path_in(data, "b.dbn.zst") };
    struct import_summary summary;
    struct dbn_writer *writer = open_file(paths[0], "OPRA.PILLAR", NULL, NULL);
    add_sample(writer, 1, AT(9, 31, 0), 5000000000, 5100000000);
    add_sample(writer, 2, AT(9, 31, 0), 100000000, 200000000);
    add_sample(writer, 3, AT(9, 31, 0), 100000000, 200000000); /* adjusted */
    add_sample(writer, 4, AT(9, 31, 0), 100000000, 200000000); /* nobody knows who that is */
    add_sample(writer, 1, AT(9, 30, 0), 100000000, 200000000); /* out of order */
    add_sample(writer, 2, AT(16, 0, 0), 120000000, 200000000);
    add_sample(writer, 2, AT(16, 1, 0), 990000000, 999000000); /* settled a minute ago */
    CHECK_OK(dbn_writer_close(writer));
    writer = open_file(paths[1], "OPRA.PILLAR", NULL, NULL);
    add_definition(writer, 1, AT(6, 0, 0), SPXW_CALL, 6000000000000, INT32_MAX);
    add_definition(writer, 2, AT(6, 0, 0), SPXW_PUT, DBN_PRICE_NONE, 100);
    add_definition(writer, 3, AT(6, 0, 0), "AAPL  250221C00260000", 260000000000, 150);
    CHECK_OK(dbn_writer_close(writer));

    CHECK_OK(import_paths(folder, paths, 2, &summary));
    CHECK_EQ(summary.quotes, 3);
    CHECK_EQ(found(&summary, FOUND_NOT_STANDARD), 1);
    CHECK_EQ(found(&summary, FOUND_NO_SYMBOL), 1);
    CHECK_EQ(found(&summary, FOUND_OUT_OF_ORDER), 1);
    CHECK_HAS(summary.found[FOUND_OUT_OF_ORDER].first, "a.dbn.zst:5");
    CHECK_EQ(found(&summary, FOUND_EXPIRED), 1);
    import_summary_clear(&summary);

    struct store *store;
    struct chain_day day;
    CHECK_OK(store_open(&store, folder));
    CHECK_OK(chain_day_open(&day, store, "SPX", 20250220, true));
    CHECK_EQ(day.contract_count, 2);
    CHECK_EQ(day.contracts[0].expiry, 20250220);
    CHECK_EQ(day.contracts[0].settle, SETTLE_PM);
    CHECK_EQ(day.rows.bid[row_at(&day, AT(16, 0, 0), 0)], 120000);
    CHECK_EQ(day.rows.ask[row_at(&day, AT(9, 31, 0), 1)], 5100000);
    chain_day_close(&day);
    store_close(store);
}

TEST(dbn_import, daily_bars_lie_at_the_close_with_the_volume_of_all_venues)
{
    const char *folder = testing_folder();
    const char *path = path_in(testing_folder(), "bars.dbn.zst");
    struct import_summary summary;
    struct dbn_writer *writer = open_file(path, "OPRA.PILLAR", "AAPL  250221C00250000", "7");
    static const struct {
        uint16_t publisher;
        int64_t close;
        uint64_t volume;
    } bars[] = { { 20, 110000000, 30 }, { 22, 120000000, 80 }, { 23, 130000000, 5 } };
    FOR_EACH (bar, bars) {
        union dbn_any any;
        dbn_any_init(&any, DBN_RTYPE_OHLCV_1D);
        any.hd.instrument_id = 7;
        any.hd.publisher_id = bar->publisher;
        any.hd.ts_event = DAY;
        any.ohlcv.close = bar->close;
        any.ohlcv.volume = bar->volume;
        CHECK_OK(dbn_writer_append(writer, &any, 0));
    }
    CHECK_OK(dbn_writer_close(writer));
    CHECK_OK(import_paths(folder, &path, 1, &summary));
    import_summary_clear(&summary);
    struct store *store;
    struct chain_day day;
    CHECK_OK(store_open(&store, folder));
    CHECK_OK(chain_day_open(&day, store, "AAPL", 20250220, true));
    uint32_t row = row_at(&day, AT(16, 15, 0), 0);
    CHECK_EQ(day.rows.last[row], 120000);
    CHECK_EQ(size_at(day.rows.volume, row), 115);
    CHECK_EQ(day.rows.bid[row], PRICE_NONE);
    chain_day_close(&day);
    store_close(store);
}

TEST(dbn_import, bad_files_leave_the_store_as_it_was)
{
    const char *folder = testing_folder(), *data = testing_folder();
    const char *paths[] = { path_in(data, "good.dbn.zst"), path_in(data, "bad.dbn.zst") };
    struct import_summary summary;
    struct dbn_writer *writer = open_file(paths[0], "OPRA.PILLAR", "AAPL  250221C00250000", "7");
    add_sample(writer, 7, AT(9, 31, 0), 1000000000, 1200000000);
    CHECK_OK(dbn_writer_close(writer));

    writer = open_file(paths[1], "OPRA.PILLAR", NULL, NULL);
    add_definition(writer, 1, AT(6, 0, 0), SPXW_CALL, 6100000000000, INT32_MAX);
    CHECK_OK(dbn_writer_close(writer));
    CHECK_EQ(import_paths(folder, paths, 2, &summary), ERR_PARSE);
    CHECK_HAS(err_detail(), "bad.dbn.zst:1: the strike of " SPXW_CALL " is 6100.000");
    import_summary_clear(&summary);

    CHECK_EQ(truncate(paths[1], 100), 0);
    CHECK_EQ(import_paths(folder, paths, 2, &summary), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "bad.dbn.zst");
    CHECK_HAS(err_detail(), "cut off");
    import_summary_clear(&summary);

    struct store *store;
    struct store_day *days;
    struct arena arena;
    size_t count;
    arena_init(&arena, "test", 0);
    CHECK_OK(store_open(&store, folder));
    CHECK_OK(store_list(store, &arena, &days, &count, NULL));
    CHECK_EQ(count, 0);
    store_close(store);
    arena_clear(&arena);
    CHECK_OK(import_paths(folder, paths, 1, &summary));
    CHECK_EQ(summary.quotes, 1);
    import_summary_clear(&summary);
}
