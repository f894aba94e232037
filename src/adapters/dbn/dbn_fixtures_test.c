/* Every real file: it decodes to its end, and its metadata encodes to the same bytes. */
#include "adapters/dbn/dbn_test.h"

enum what { WHOLE, FRAGMENT, LEGACY };

static const struct fixture {
    const char *path;
    enum what what;
    int version, records;
} fixtures[] = {
#define FIXTURE(folder, name, what, version, records) { folder name, what, version, records },
#include "adapters/dbn/dbn_fixtures.def"
#undef FIXTURE
};

static void check_fixture(const struct fixture *fixture)
{
    struct dbn_reader *reader;
    const struct dbn_record *rec;
    uint64_t last_offset = 0, total;
    CHECK_OK(dbn_reader_open(&reader, testing_shared(fixture->path), NULL));
    CHECK((dbn_reader_metadata(reader) == NULL) == (fixture->what == FRAGMENT));
    for (int i = 0; i < fixture->records; i++) {
        CHECK_OK(dbn_reader_next(reader, &rec));
        CHECK(rec != NULL);
        CHECK_EQ(rec->size, rec->layout->bytes);
        CHECK(rec->layout->first_version <= fixture->version || fixture->version == 0);
        CHECK(fixture->version <= rec->layout->last_version || fixture->version == 0);
        CHECK(rec->offset >= last_offset);
        last_offset = rec->offset + rec->size;
    }
    CHECK_OK(dbn_reader_next(reader, &rec));
    CHECK(rec == NULL);
    CHECK_EQ(dbn_reader_records(reader), fixture->records);
    CHECK_EQ(dbn_reader_unknown(reader), 0);
    CHECK_EQ(dbn_reader_version(reader), fixture->version);
    CHECK_EQ(dbn_reader_file_bytes(reader, &total), total);
    dbn_reader_close(reader);
}

TEST(dbn, reads_every_real_file_to_its_end)
{
    NEED_SHARED("data/databento-dbn");
    NEED_SHARED("fixtures/databento");
    int whole = 0, fragments = 0, legacy = 0;
    FOR_EACH (fixture, fixtures) {
        check_fixture(fixture);
        whole += fixture->what == WHOLE;
        fragments += fixture->what == FRAGMENT;
        legacy += fixture->what == LEGACY;
    }
    CHECK_EQ(whole, 112);
    CHECK_EQ(fragments, 7);
    CHECK_EQ(legacy, 6);
}

TEST(dbn, encodes_the_metadata_of_every_whole_file_to_the_same_bytes)
{
    NEED_SHARED("data/databento-dbn");
    NEED_SHARED("fixtures/databento");
    struct buf bytes = { 0 }, again = { 0 };
    FOR_EACH (fixture, fixtures) {
        if (fixture->what != WHOLE)
            continue;
        struct arena arena;
        struct dbn_metadata metadata;
        size_t used_bytes;
        arena_init(&arena, "test", 0);
        load(testing_shared(fixture->path), &bytes);
        CHECK_OK(dbn_metadata_decode(&metadata, &arena, (const uint8_t *)bytes.ptr, bytes.len,
                                     &used_bytes));
        buf_clear(&again);
        CHECK_OK(dbn_metadata_encode(&metadata, &again));
        CHECK_EQ(again.len, used_bytes);
        if (memcmp(again.ptr, bytes.ptr, used_bytes) != 0)
            fail_msg("%s: the metadata encodes to other bytes", fixture->path);
        arena_clear(&arena);
    }
    buf_free(&bytes);
    buf_free(&again);
}

/* Nothing but what venues leave in reserved bytes is lost: those files are told apart by name. */
static bool has_reserved_junk(const char *path)
{
    return strstr(path, "OPRA.PILLAR/test_data.cbbo") || strstr(path, "EQUS.MINI/test_data.bbo");
}

TEST(dbn, writes_version_3_files_back_to_the_same_bytes)
{
    NEED_SHARED("data/databento-dbn");
    int same = 0, junk = 0;
    struct buf bytes = { 0 }, again = { 0 };
    FOR_EACH (fixture, fixtures) {
        if (fixture->what != WHOLE || fixture->version != 3)
            continue;
        struct dbn_reader *reader;
        struct dbn_writer *writer;
        const struct dbn_record *rec;
        load(testing_shared(fixture->path), &bytes);
        buf_clear(&again);
        CHECK_OK(dbn_reader_open(&reader, testing_shared(fixture->path), NULL));
        CHECK_OK(dbn_writer_open_memory(&writer, &again, dbn_reader_metadata(reader), false));
        for (;;) {
            union dbn_any any;
            CHECK_OK(dbn_reader_next(reader, &rec));
            if (!rec)
                break;
            dbn_record_get(rec, &any);
            CHECK_OK(dbn_writer_append(writer, &any, rec->ts_out));
        }
        CHECK_OK(dbn_writer_close(writer));
        dbn_reader_close(reader);
        CHECK_EQ(again.len, bytes.len);
        bool equal = memcmp(again.ptr, bytes.ptr, bytes.len) == 0;
        if (equal == has_reserved_junk(fixture->path))
            fail_msg("%s: equal is %d", fixture->path, equal);
        same += equal;
        junk += !equal;
    }
    CHECK_EQ(same, 55);
    CHECK_EQ(junk, 4);
    buf_free(&bytes);
    buf_free(&again);
}

TEST(dbn, knows_what_legacy_metadata_says)
{
    NEED_SHARED(DBN_TESTS "test_data.definition.dbz");
    struct dbn_reader *reader;
    CHECK_OK(dbn_reader_open(&reader, testing_shared(DBN_TESTS "test_data.definition.dbz"), NULL));
    const struct dbn_metadata *metadata = dbn_reader_metadata(reader);
    CHECK_EQ(metadata->version, 0);
    CHECK_STR(metadata->dataset, "XNAS.ITCH");
    CHECK_STR(dbn_name(DBN_SCHEMA, metadata->schema), "definition");
    CHECK_EQ(metadata->start, 1664841600000000000);
    CHECK_EQ(metadata->end, 1672790400000000000);
    CHECK_EQ(metadata->limit, 0);
    CHECK_EQ(metadata->record_count, 2);
    CHECK_STR(dbn_name(DBN_STYPE, metadata->stype_in), "raw_symbol");
    CHECK_STR(dbn_name(DBN_STYPE, metadata->stype_out), "instrument_id");
    CHECK_EQ(metadata->symbol_count, 1);
    CHECK_STR(metadata->symbols[0], "MSFT");
    CHECK_EQ(metadata->mapping_count, 1);
    CHECK_EQ(metadata->mappings[0].interval_count, 20);
    CHECK_EQ(metadata->mappings[0].intervals[1].start_date, 20221205);
    CHECK_STR(metadata->mappings[0].intervals[1].symbol, "7236");
    dbn_reader_close(reader);

    CHECK_OK(dbn_reader_open(&reader, testing_shared(DBN_TESTS "test_data.ohlcv-1d.dbz"), NULL));
    CHECK_EQ(dbn_reader_metadata(reader)->limit, 2);
    CHECK_EQ(dbn_reader_metadata(reader)->record_count, 0);
    dbn_reader_close(reader);
}

/* The .dbz, .v1 and .v3 files of a schema are the same request, packed at different times. */
TEST(dbn, reads_the_same_records_from_legacy_files)
{
    static const char *const schemas[] = { "mbo", "mbp-1", "trades" };
    NEED_SHARED(DBN_TESTS "test_data.mbo.dbz");
    FOR_EACH (schema, schemas) {
        char path[128];
        for (int i = 0; i < 2; i++) {
            union dbn_any old, new;
            memset(&old, 0, sizeof old);
            memset(&new, 0, sizeof new);
            snprintf(path, sizeof path, DBN_TESTS "test_data.%s.dbz", *schema);
            read_record(testing_shared(path), i, &old);
            snprintf(path, sizeof path, DBN_TESTS "test_data.%s.v1.dbn.zst", *schema);
            read_record(testing_shared(path), i, &new);
            CHECK(memcmp(&old, &new, sizeof old) == 0);
        }
    }
    union dbn_any any;
    read_record(testing_shared(DBN_TESTS "test_data.definition.dbz"), 0, &any);
    CHECK_EQ(any.hd.instrument_id, 7236);
    CHECK_STR(any.definition.raw_symbol, "MSFT");
    CHECK_STR(any.definition.group, "disp");
    CHECK_EQ(any.definition.min_lot_size_round_lot, 100);
    CHECK_EQ(any.definition.strike_price, DBN_PRICE_NONE); /* zero bytes there are no strike */
}

TEST(dbn, reads_a_record_alike_from_all_versions)
{
    static const struct {
        const char *schema;
        int records;
    } cases[] = { { "definition", 2 }, { "statistics", 2 }, { "mbo", 2 },
                  { "trades", 2 },     { "ohlcv-1m", 2 },   { "mbp-1", 2 } };
    NEED_SHARED(DBN_TESTS "test_data.definition.v3.dbn.zst");
    FOR_EACH (c, cases) {
        for (int i = 0; i < c->records; i++) {
            union dbn_any as[3];
            memset(as, 0, sizeof as);
            for (int version = 1; version <= 3; version++) {
                char path[128];
                snprintf(path, sizeof path, DBN_TESTS "test_data.%s.v%d.dbn.zst", c->schema,
                         version);
                read_record(testing_shared(path), i, &as[version - 1]);
            }
            CHECK(memcmp(&as[0], &as[2], sizeof as[0]) == 0);
            CHECK(memcmp(&as[1], &as[2], sizeof as[1]) == 0);
        }
    }
}
