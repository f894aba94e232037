/* Values of real records, from an independent decoder (the DBN notes of 2025, section 5). */
#include "adapters/dbn/dbn_test.h"

/* The first record of a file, and where it lies. */
static void first(const char *path, uint64_t offset, uint64_t file_bytes, union dbn_any *out)
{
    struct dbn_reader *reader;
    const struct dbn_record *rec, *next;
    struct dbn_record copy;
    CHECK_OK(dbn_reader_open(&reader, testing_shared(path), NULL));
    CHECK_OK(dbn_reader_next(reader, &rec));
    CHECK(rec != NULL);
    CHECK_EQ(rec->offset, offset);
    dbn_record_get(rec, out);
    uint64_t end = 0;
    do {
        copy = *rec;
        end = copy.offset + copy.size;
        CHECK_OK(dbn_reader_next(reader, &next));
        rec = next;
    } while (next);
    if (file_bytes)
        CHECK_EQ(end, file_bytes);
    dbn_reader_close(reader);
}

TEST(dbn, golden_mbo)
{
    NEED_SHARED(DBN_TESTS "test_data.mbo.v3.dbn");
    static const struct {
        const char *path;
        uint64_t offset, bytes;
    } files[] = { { DBN_TESTS "test_data.mbo.v3.dbn", 360, 472 },
                  { DBN_TESTS "test_data.mbo.v1.dbn.zst", 206, 318 } };
    FOR_EACH (file, files) {
        union dbn_any any;
        first(file->path, file->offset, file->bytes, &any);
        CHECK_EQ(any.hd.rtype, DBN_RTYPE_MBO);
        CHECK_EQ(any.hd.publisher_id, 1);
        CHECK_EQ(any.hd.instrument_id, 5482);
        CHECK_EQ(any.hd.ts_event, 1609160400000429831);
        CHECK_EQ(any.mbo.order_id, 647784973705);
        CHECK_EQ(any.mbo.price, 3722750000000);
        CHECK_EQ(any.mbo.size, 1);
        CHECK_EQ(any.mbo.flags, 128);
        CHECK_EQ(any.mbo.channel_id, 0);
        CHECK_EQ(any.mbo.action, 'C');
        CHECK_EQ(any.mbo.side, 'A');
        CHECK_EQ(any.mbo.ts_recv, 1609160400000704060);
        CHECK_EQ(any.mbo.ts_in_delta, 22993);
        CHECK_EQ(any.mbo.sequence, 1170352);
    }
}

TEST(dbn, golden_trades)
{
    NEED_SHARED(DBN_TESTS "test_data.trades.v1.dbn.zst");
    union dbn_any any;
    first(DBN_TESTS "test_data.trades.v1.dbn.zst", 206, 302, &any);
    CHECK_EQ(any.hd.rtype, DBN_RTYPE_TRADE);
    CHECK_EQ(any.trade.price, 3720250000000);
    CHECK_EQ(any.trade.size, 5);
    CHECK_EQ(any.trade.action, 'T');
    CHECK_EQ(any.trade.side, 'A');
    CHECK_EQ(any.trade.flags, 129);
    CHECK_EQ(any.trade.sequence, 1170380);

    first(OPRA "test_data.trades.dbn.zst", 360, 0, &any);
    CHECK_EQ(any.hd.publisher_id, 23);
    CHECK_EQ(any.trade.price, 240000000);
    CHECK_EQ(any.trade.size, 1);
    CHECK_EQ(any.trade.side, 'N');
    CHECK_EQ(any.trade.flags, 194);
}

TEST(dbn, golden_mbp_1_and_tbbo)
{
    NEED_SHARED(DBN_TESTS "test_data.mbp-1.v3.dbn.zst");
    union dbn_any any;
    first(DBN_TESTS "test_data.mbp-1.v3.dbn.zst", 360, 520, &any);
    CHECK_EQ(any.hd.rtype, DBN_RTYPE_MBP1);
    CHECK_EQ(any.mbp1.price, 3720500000000);
    CHECK_EQ(any.mbp1.levels[0].bid_px, 3720250000000);
    CHECK_EQ(any.mbp1.levels[0].bid_sz, 24);
    CHECK_EQ(any.mbp1.levels[0].bid_ct, 15);
    CHECK_EQ(any.mbp1.levels[0].ask_px, 3720500000000);
    CHECK_EQ(any.mbp1.levels[0].ask_sz, 11);
    CHECK_EQ(any.mbp1.levels[0].ask_ct, 9);

    first(OPRA "test_data.tbbo.dbn.zst", 360, 0, &any);
    CHECK_EQ(any.hd.publisher_id, 23);
    CHECK_EQ(any.mbp1.price, 240000000);
    CHECK_EQ(any.mbp1.action, 'T');
    CHECK_EQ(any.mbp1.levels[0].bid_px, 240000000);
    CHECK_EQ(any.mbp1.levels[0].bid_sz, 1);
    CHECK_EQ(any.mbp1.levels[0].ask_px, 250000000);
    CHECK_EQ(any.mbp1.levels[0].ask_sz, 4);
}

/* Each value also read from the bytes at the offset of the format's description. */
TEST(dbn, golden_mbp_10)
{
    NEED_SHARED(PYTHON_TESTS "GLBX.MDP3/test_data.mbp-10.dbn.zst");
    union dbn_any any;
    struct buf bytes = { 0 };
    load(testing_shared(PYTHON_TESTS "GLBX.MDP3/test_data.mbp-10.dbn.zst"), &bytes);
    first(PYTHON_TESTS "GLBX.MDP3/test_data.mbp-10.dbn.zst", 360, bytes.len, &any);
    CHECK_EQ(bytes.len, 360 + 4 * 368);
    CHECK_EQ(any.hd.rtype, DBN_RTYPE_MBP10);
    CHECK_EQ(any.mbp10.price, 3702250000000);
    CHECK_EQ(any.mbp10.sequence, 145805);
    CHECK_EQ(any.mbp10.levels[0].bid_px, 3702250000000);
    CHECK_EQ(any.mbp10.levels[9].bid_px, 3700000000000);
    CHECK_EQ(any.mbp10.levels[9].ask_px, 3705000000000);
    CHECK_EQ(any.mbp10.levels[9].bid_sz, 38);
    CHECK_EQ(any.mbp10.levels[9].ask_ct, 27);
    CHECK(memcmp(&any.mbp10.levels[9].ask_px, bytes.ptr + 360 + 48 + 9 * 32 + 8, 8) == 0);
    CHECK(memcmp(&any.mbp10.levels[9].ask_ct, bytes.ptr + 360 + 48 + 9 * 32 + 28, 4) == 0);
    buf_free(&bytes);
}

TEST(dbn, golden_cmbp_1)
{
    NEED_SHARED(DBN_TESTS "test_data.cmbp-1.v3.dbn.zst");
    union dbn_any any;
    first(DBN_TESTS "test_data.cmbp-1.v3.dbn.zst", 360, 520, &any);
    CHECK_EQ(any.hd.rtype, DBN_RTYPE_CMBP1);
    CHECK_EQ(any.cmbp1.price, 3720500000000);
    CHECK_EQ(any.cmbp1.levels[0].bid_px, 3720250000000);
    CHECK_EQ(any.cmbp1.levels[0].ask_px, 3720500000000);
    CHECK_EQ(any.cmbp1.levels[0].bid_pb, 1);
    CHECK_EQ(any.cmbp1.levels[0].ask_pb, 1);
}

TEST(dbn, golden_bbo_and_cbbo)
{
    NEED_SHARED(DBN_TESTS "test_data.bbo-1m.v3.dbn.zst");
    union dbn_any any;
    first(DBN_TESTS "test_data.bbo-1m.v3.dbn.zst", 360, 680, &any);
    CHECK_EQ(any.hd.rtype, DBN_RTYPE_BBO_1M);
    CHECK_EQ(any.bbo.ts_recv, 1609113600000000000);
    CHECK_EQ(any.bbo.price, 3702500000000);
    CHECK_EQ(any.bbo.sequence, 145799);
    CHECK_EQ(any.bbo.levels[0].bid_px, 3702250000000);
    read_record(testing_shared(PYTHON_TESTS "GLBX.MDP3/test_data.bbo-1s.dbn.zst"), 0, &any);
    CHECK_EQ(any.hd.rtype, DBN_RTYPE_BBO_1S);

    first(OPRA "test_data.cbbo-1s.dbn.zst", 360, 0, &any);
    CHECK_EQ(any.hd.rtype, DBN_RTYPE_CBBO_1S);
    CHECK_EQ(any.hd.ts_event, DBN_TIME_NONE);
    CHECK_EQ(any.cbbo.levels[0].bid_px, DBN_PRICE_NONE);
    CHECK_EQ(any.cbbo.levels[0].ask_px, DBN_PRICE_NONE);
    read_record(testing_shared(OPRA "test_data.cbbo-1s.dbn.zst"), 1, &any);
    CHECK_EQ(any.cbbo.levels[0].bid_px, 100000000);
    CHECK_EQ(any.cbbo.levels[0].bid_pb, 23);
    CHECK_EQ(any.cbbo.levels[0].ask_px, 250000000);
    CHECK_EQ(any.cbbo.levels[0].ask_pb, 23);
}

TEST(dbn, golden_ohlcv)
{
    NEED_SHARED(DBN_TESTS "test_data.ohlcv-1m.v2.dbn.zst");
    union dbn_any any;
    first(DBN_TESTS "test_data.ohlcv-1m.v2.dbn.zst", 353, 465, &any);
    CHECK_EQ(any.hd.rtype, DBN_RTYPE_OHLCV_1M);
    CHECK_EQ(any.hd.ts_event, 1609160400000000000);
    CHECK_EQ(any.ohlcv.open, 372025000000000); /* the vendor's file is 100 times too high */
    CHECK_EQ(any.ohlcv.high, 372150000000000);
    CHECK_EQ(any.ohlcv.low, 372025000000000);
    CHECK_EQ(any.ohlcv.close, 372100000000000);
    CHECK_EQ(any.ohlcv.volume, 353);
    read_record(testing_shared(DBN_TESTS "test_data.ohlcv-1m.dbz"), 0, &any);
    CHECK_EQ(any.hd.rtype, DBN_RTYPE_OHLCV_OLD);
    CHECK_EQ(any.ohlcv.open, 372025000000000);
}

TEST(dbn, golden_definition)
{
    NEED_SHARED(DBN_TESTS "test_data.definition.v1.dbn.zst");
    static const struct {
        const char *path;
        uint64_t offset, bytes;
    } files[] = { { DBN_TESTS "test_data.definition.v1.dbn.zst", 2036, 2756 },
                  { DBN_TESTS "test_data.definition.v3.dbn.zst", 5176, 6216 } };
    union dbn_any any;
    FOR_EACH (file, files) {
        first(file->path, file->offset, file->bytes, &any);
        CHECK_EQ(any.hd.length, 130);
        CHECK_STR(any.definition.raw_symbol, "MSFT");
        CHECK_EQ(any.definition.instrument_class, 'K');
        CHECK_EQ(any.definition.min_lot_size_round_lot, 100);
        CHECK_EQ(any.definition.strike_price, DBN_PRICE_NONE);
    }
    first(OPRA "test_data.definition.dbn.zst", 360, 0, &any);
    CHECK_STR(any.definition.raw_symbol, "AAPL  250221C00250000");
    CHECK_EQ(any.hd.instrument_id, 16783963);
    CHECK_EQ(any.definition.strike_price, 250000000000);
    CHECK_EQ(any.definition.instrument_class, 'C');
    CHECK_EQ(any.definition.expiration, 1740096000000000000);
    CHECK_STR(any.definition.underlying, "AAPL");
    CHECK_STR(any.definition.exchange, "OPRA");
    CHECK_STR(any.definition.asset, "AAPL");
    CHECK_STR(any.definition.security_type, "OPT");
    CHECK_EQ(any.definition.underlying_id, 30);
    CHECK_EQ(any.definition.contract_multiplier, INT32_MAX);
    CHECK_EQ(any.definition.leg_count, 0);
    CHECK_EQ(any.definition.leg_side, 'N');
    CHECK_EQ(any.definition.min_price_increment, DBN_PRICE_NONE);
}

TEST(dbn, golden_statistics)
{
    NEED_SHARED(DBN_TESTS "test_data.statistics.v1.dbn.zst");
    static const struct {
        const char *path;
        uint64_t bytes;
    } files[] = { { DBN_TESTS "test_data.statistics.v1.dbn.zst", 256 },
                  { DBN_TESTS "test_data.statistics.v3.dbn.zst", 288 } };
    union dbn_any any;
    FOR_EACH (file, files) {
        first(file->path, 128, file->bytes, &any);
        CHECK_EQ(any.stat.price, 100000000000);
        CHECK_EQ(any.stat.stat_type, 7);
        CHECK_EQ(any.stat.quantity, DBN_QUANTITY_NONE);
        CHECK_EQ(any.stat.stat_flags, 255);
        CHECK_EQ(any.stat.ts_ref, DBN_TIME_NONE);
    }
    first(OPRA "test_data.statistics.dbn.zst", 360, 0, &any);
    CHECK_EQ(any.stat.stat_type, DBN_STAT_OPEN_INTEREST);
    CHECK_EQ(any.stat.quantity, 57924);
    CHECK_EQ(any.stat.price, DBN_PRICE_NONE);
}

TEST(dbn, golden_status)
{
    NEED_SHARED(DBN_TESTS "test_data.status.v3.dbn.zst");
    union dbn_any any;
    first(DBN_TESTS "test_data.status.v3.dbn.zst", 360, 520, &any);
    CHECK_EQ(any.status.action, 7);
    CHECK_EQ(any.status.reason, 1);
    CHECK_EQ(any.status.is_trading, 'Y');
    CHECK_EQ(any.status.is_short_sell_restricted, '~');
}

TEST(dbn, golden_imbalance)
{
    NEED_SHARED(PYTHON_TESTS "XNAS.ITCH/test_data.imbalance.dbn.zst");
    union dbn_any any;
    struct buf bytes = { 0 };
    load(testing_shared(PYTHON_TESTS "XNAS.ITCH/test_data.imbalance.dbn.zst"), &bytes);
    first(PYTHON_TESTS "XNAS.ITCH/test_data.imbalance.dbn.zst", 360, 360 + 4 * 112, &any);
    CHECK_EQ(any.imbalance.ref_price, 522510000000);
    CHECK_EQ(any.imbalance.cont_book_clr_price, 522200000000);
    CHECK_EQ(any.imbalance.paired_qty, 70526);
    CHECK_EQ(any.imbalance.total_imbalance_qty, 6981);
    CHECK_EQ(any.imbalance.auction_type, 'O');
    CHECK_EQ(any.imbalance.side, 'A');
    CHECK_EQ(any.imbalance.significant_imbalance, 'L');
    CHECK(memcmp(&any.imbalance.paired_qty, bytes.ptr + 360 + 88, 4) == 0);
    CHECK_EQ(bytes.ptr[360 + 110], 'L');
    buf_free(&bytes);
}

TEST(dbn, golden_live_stream)
{
    NEED_SHARED(PYTHON_TESTS "LIVE/test_data.live.dbn.zst");
    struct dbn_reader *reader;
    const struct dbn_record *rec;
    int counts[DBN_KIND_COUNT] = { 0 };
    CHECK_OK(
        dbn_reader_open(&reader, testing_shared(PYTHON_TESTS "LIVE/test_data.live.dbn.zst"), NULL));
    CHECK_EQ(dbn_reader_metadata(reader)->schema, DBN_SCHEMA_MIXED);
    CHECK_EQ(dbn_reader_metadata(reader)->stype_in, DBN_STYPE_MIXED);
    for (bool begun = false;; begun = true) {
        CHECK_OK(dbn_reader_next(reader, &rec));
        if (!rec)
            break;
        if (!begun)
            CHECK_EQ(rec->offset, 128);
        counts[rec->layout->kind]++;
        union dbn_any any;
        dbn_record_get(rec, &any);
        if (rec->layout->kind == DBN_KIND_SYMBOL_MAPPING) {
            CHECK_STR(any.symbol_mapping.stype_in_symbol, "ESZ4");
            CHECK_STR(any.symbol_mapping.stype_out_symbol, "ESZ4");
            CHECK_EQ(any.symbol_mapping.stype_in, 255);
            CHECK_EQ(any.symbol_mapping.stype_out, 255);
        }
    }
    CHECK_EQ(counts[DBN_KIND_SYMBOL_MAPPING], 20);
    CHECK_EQ(counts[DBN_KIND_STAT], 9);
    CHECK_EQ(counts[DBN_KIND_MBO], 5);
    CHECK_EQ(counts[DBN_KIND_OHLCV], 4);
    CHECK_EQ(counts[DBN_KIND_DEFINITION], 2);
    CHECK_EQ(counts[DBN_KIND_MBP10], 2);
    dbn_reader_close(reader);
}
