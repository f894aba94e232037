/* Pieces of any size give what the whole gives. */
#include "adapters/dbn/dbn_stream.h"

#include "adapters/dbn/dbn_test.h"
#include "base/rng.h"

static void make_stream(struct buf *out, int count, bool zstd)
{
    struct dbn_metadata metadata;
    struct dbn_writer *writer;
    dbn_metadata_init(&metadata);
    snprintf(metadata.dataset, sizeof metadata.dataset, "OPRA.PILLAR");
    metadata.schema = DBN_SCHEMA_MIXED;
    metadata.ts_out = true;
    CHECK_OK(dbn_writer_open_memory(&writer, out, &metadata, zstd));
    for (int i = 0; i < count; i++) {
        union dbn_any any;
        dbn_any_init(&any, i % 3 ? DBN_RTYPE_TRADE : DBN_RTYPE_DEFINITION);
        any.hd.instrument_id = (uint32_t)i;
        CHECK_OK(dbn_writer_append(writer, &any, 99 + (uint64_t)i));
    }
    CHECK_OK(dbn_writer_close(writer));
}

/* The records of a stream pushed in pieces of 1 to most bytes: their bytes, one after another. */
static enum err take(const struct buf *bytes, bool zstd, uint64_t most, struct buf *records)
{
    struct dbn_stream stream;
    struct rng rng;
    enum err err = ERR_OK;
    rng_init(&rng, most, 0, 0);
    dbn_stream_init(&stream, "line", zstd);
    for (size_t at = 0; at < bytes->len && !err;) {
        size_t len = 1 + rng_below(&rng, most);
        len = len < bytes->len - at ? len : bytes->len - at;
        dbn_stream_push(&stream, bytes->ptr + at, len);
        at += len;
        const struct dbn_record *rec;
        while (!(err = dbn_stream_next(&stream, &rec)) && rec)
            buf_append(records, rec->bytes, rec->size);
    }
    if (err) {
        const struct dbn_record *rec;
        char why[256];
        snprintf(why, sizeof why, "%s", err_detail());
        CHECK_EQ(dbn_stream_next(&stream, &rec), ERR_CORRUPT); /* for good */
        err_set(err, "%s", why);
    } else {
        CHECK_EQ(dbn_stream_left(&stream), 0);
    }
    dbn_stream_clear(&stream);
    return err;
}

/* The same from the reader of files. */
static void read_all(const struct buf *bytes, struct buf *records)
{
    struct dbn_reader *reader;
    const struct dbn_record *rec;
    CHECK_OK(dbn_reader_open_memory(&reader, "file", bytes->ptr, bytes->len, NULL));
    for (;;) {
        CHECK_OK(dbn_reader_next(reader, &rec));
        if (!rec)
            break;
        buf_append(records, rec->bytes, rec->size);
    }
    dbn_reader_close(reader);
}

TEST(dbn_stream, gives_the_same_records_whatever_the_pieces_are)
{
    for (int zstd = 0; zstd < 2; zstd++) {
        struct buf bytes = { 0 }, want = { 0 };
        make_stream(&bytes, 2000, zstd);
        read_all(&bytes, &want);
        static const uint64_t most[] = { 1, 2, 17, 1000, 100000, 10000000 };
        FOR_EACH (m, most) {
            struct buf got = { 0 };
            CHECK_OK(take(&bytes, zstd, *m, &got));
            CHECK_EQ(got.len, want.len);
            CHECK(memcmp(got.ptr, want.ptr, got.len) == 0);
            buf_free(&got);
        }
        buf_free(&bytes);
        buf_free(&want);
    }
}

TEST(dbn_stream, reads_real_files_of_every_version)
{
    static const char *const files[] = { "test_data.definition.v1.dbn", "test_data.cmbp-1.v1.dbn",
                                         "test_data.trades.v1.dbn", "test_data.statistics.v1.dbn",
                                         "test_data.mbo.v1.dbn" };
    NEED_SHARED("fixtures/databento/cpp-v1");
    FOR_EACH (file, files) {
        char path[128];
        struct buf bytes = { 0 }, want = { 0 }, got = { 0 };
        snprintf(path, sizeof path, "fixtures/databento/cpp-v1/%s", *file);
        load(testing_shared(path), &bytes);
        read_all(&bytes, &want);
        CHECK_OK(take(&bytes, false, 7, &got));
        CHECK(got.len > 0);
        CHECK_EQ(got.len, want.len);
        CHECK(memcmp(got.ptr, want.ptr, got.len) == 0);
        buf_free(&bytes);
        buf_free(&want);
        buf_free(&got);
    }
}

TEST(dbn_stream, says_where_a_stream_is_damaged)
{
    struct buf bytes = { 0 }, got = { 0 };
    make_stream(&bytes, 3, false);
    bytes.ptr[0] = 'X';
    CHECK_EQ(take(&bytes, false, 100, &got), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "begins with 58 42 4E, not with DBN metadata");
    bytes.ptr[0] = 'D';

    uint32_t length;
    memcpy(&length, bytes.ptr + 4, 4);
    bytes.ptr[8 + length] = 3; /* the first record claims 12 bytes */
    CHECK_EQ(take(&bytes, false, 100, &got), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "shorter than its header of 16");
    bytes.ptr[8 + length] = 40; /* a definition of 160 bytes */
    CHECK_EQ(take(&bytes, false, 100, &got), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "a definition record of 160 bytes; it needs 528");

    memcpy(bytes.ptr + 4, "\xff\xff\xff\x7f", 4);
    CHECK_EQ(take(&bytes, false, 100, &got), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "metadata of 2147483647 bytes");
    buf_free(&bytes);
    buf_free(&got);

    make_stream(&bytes, 3, true);
    bytes.ptr[bytes.len / 2] ^= 0x55;
    CHECK_EQ(take(&bytes, true, 100, &got), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "line");
    buf_free(&bytes);
    buf_free(&got);
}

TEST(dbn_stream, keeps_no_more_than_what_is_not_whole)
{
    struct buf bytes = { 0 };
    struct dbn_stream stream;
    const struct dbn_record *rec;
    make_stream(&bytes, 20000, false);
    dbn_stream_init(&stream, "line", false);
    for (size_t at = 0; at < bytes.len; at += 1000) {
        dbn_stream_push(&stream, bytes.ptr + at, bytes.len - at < 1000 ? bytes.len - at : 1000);
        do
            CHECK_OK(dbn_stream_next(&stream, &rec));
        while (rec);
        CHECK(stream.plain.capacity <= 256 * 1024);
    }
    CHECK_EQ(stream.records, 20000);
    dbn_stream_clear(&stream);
    buf_free(&bytes);
}
