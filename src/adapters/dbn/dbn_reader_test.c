/* Streams of every shape, and damage: one clear error that names the file and the byte. */
#include "adapters/dbn/dbn_test.h"

#include <zstd.h>

#include "adapters/dbn/dbn_symbols.h"

static void make_trade(union dbn_any *any, int number)
{
    dbn_any_init(any, DBN_RTYPE_TRADE);
    any->hd.instrument_id = 7;
    any->hd.ts_event = 1740061800000000000 + (uint64_t)number;
    any->trade.ts_recv = any->hd.ts_event + 1;
    any->trade.price = 2400000000 + number;
    any->trade.action = 'T';
}

/* A version 3 stream of count trades, made by our own writer. */
static void make_stream(struct buf *out, int count, bool zstd, bool ts_out)
{
    static const char *symbols[] = { "AAPL  250221C00250000" };
    static struct dbn_interval interval = { 20250220, 20250221, "7" };
    static struct dbn_mapping mapping = { "AAPL  250221C00250000", 1, &interval };
    struct dbn_metadata metadata;
    struct dbn_writer *writer;
    dbn_metadata_init(&metadata);
    memcpy(metadata.dataset, "OPRA.PILLAR", 12);
    metadata.schema = 4;
    metadata.ts_out = ts_out;
    metadata.symbol_count = metadata.mapping_count = 1;
    metadata.symbols = symbols;
    metadata.mappings = &mapping;
    CHECK_OK(dbn_writer_open_memory(&writer, out, &metadata, zstd));
    for (int i = 0; i < count; i++) {
        union dbn_any any;
        make_trade(&any, i);
        CHECK_OK(dbn_writer_append(writer, &any, 99 + (uint64_t)i));
    }
    CHECK_OK(dbn_writer_close(writer));
}

/* Read all; returns the records read before the end or the error in *err. */
static int count_records(const void *bytes, size_t len, enum err *err)
{
    struct dbn_reader *reader;
    const struct dbn_record *rec = NULL;
    int count = 0;
    *err = dbn_reader_open_memory(&reader, "t.dbn", bytes, len, NULL);
    while (!*err && !(*err = dbn_reader_next(reader, &rec)) && rec)
        count++;
    if (*err && reader) /* an error is for good */
        CHECK_EQ(dbn_reader_next(reader, &rec), ERR_CORRUPT);
    dbn_reader_close(reader);
    return count;
}

enum { METADATA_BYTES = 360 }; /* of make_stream() */

TEST(dbn_reader, streams_far_more_than_its_buffer)
{
    struct buf plain = { 0 }, packed = { 0 };
    enum err err;
    make_stream(&plain, 20000, false, false);
    make_stream(&packed, 20000, true, false);
    CHECK_EQ(plain.len, METADATA_BYTES + 20000 * 48);
    CHECK_EQ(count_records(plain.ptr, plain.len, &err), 20000);
    CHECK_OK(err);
    CHECK_EQ(count_records(packed.ptr, packed.len, &err), 20000);
    CHECK_OK(err);
    /* The frame carries a checksum of its content: bit 2 of the frame header descriptor. */
    CHECK(packed.ptr[4] & 4);
    buf_free(&plain);
    buf_free(&packed);
}

TEST(dbn_reader, gives_the_send_time_that_follows_each_record)
{
    struct buf bytes = { 0 };
    struct dbn_reader *reader;
    const struct dbn_record *rec;
    make_stream(&bytes, 2, false, true);
    CHECK_OK(dbn_reader_open_memory(&reader, "t.dbn", bytes.ptr, bytes.len, NULL));
    for (uint64_t i = 0; i < 2; i++) {
        union dbn_any any;
        CHECK_OK(dbn_reader_next(reader, &rec));
        CHECK_EQ(rec->size, 56);
        CHECK_EQ(rec->ts_out, 99 + i);
        dbn_record_get(rec, &any);
        CHECK_EQ(any.hd.length, 12);
        CHECK_EQ(any.trade.price, 2400000000 + i);
    }
    dbn_reader_close(reader);

    /* As a fragment, it must be told. */
    enum err err;
    CHECK_EQ(count_records(bytes.ptr + METADATA_BYTES, 112, &err), 0);
    CHECK_EQ(err, ERR_PARSE);
    struct dbn_reader_options options = { .ts_out = true };
    CHECK_OK(dbn_reader_open_memory(&reader, "t.frag", bytes.ptr + METADATA_BYTES, 112, &options));
    CHECK_OK(dbn_reader_next(reader, &rec));
    CHECK_EQ(rec->ts_out, 99);
    dbn_reader_close(reader);
    buf_free(&bytes);
}

static void append_frame(struct buf *out, const void *bytes, size_t len)
{
    char frame[1 << 16];
    size_t size = ZSTD_compress(frame, sizeof frame, bytes, len, 1);
    CHECK(!ZSTD_isError(size));
    buf_append(out, frame, size);
}

TEST(dbn_reader, reads_on_across_frames_and_over_skippable_ones)
{
    struct buf plain = { 0 }, frames = { 0 };
    enum err err;
    make_stream(&plain, 100, false, false);
    buf_append(&frames, "\x5A\x2A\x4D\x18\x03\0\0\0abc", 11);
    append_frame(&frames, plain.ptr, 100); /* the metadata is cut by a frame's end */
    append_frame(&frames, "", 0);
    append_frame(&frames, plain.ptr + 100, 401);
    buf_append(&frames, "\x50\x2A\x4D\x18\0\0\0\0", 8);
    append_frame(&frames, plain.ptr + 501, plain.len - 501);
    buf_append(&frames, "\x5F\x2A\x4D\x18\x01\0\0\0z", 9);
    CHECK_EQ(count_records(frames.ptr, frames.len, &err), 100);
    CHECK_OK(err);
    buf_free(&plain);
    buf_free(&frames);
}

TEST(dbn_reader, skips_and_counts_records_of_unknown_type)
{
    struct buf bytes = { 0 };
    struct dbn_reader *reader;
    const struct dbn_record *rec;
    make_stream(&bytes, 3, false, false);
    bytes.ptr[METADATA_BYTES + 48 + 1] = 0x77;
    CHECK_OK(dbn_reader_open_memory(&reader, "t.dbn", bytes.ptr, bytes.len, NULL));
    for (;;) {
        CHECK_OK(dbn_reader_next(reader, &rec));
        if (!rec)
            break;
    }
    CHECK_EQ(dbn_reader_records(reader), 2);
    CHECK_EQ(dbn_reader_unknown(reader), 1);
    dbn_reader_close(reader);
    buf_free(&bytes);
}

TEST(dbn_reader, takes_the_known_part_of_a_longer_record)
{
    uint8_t bytes[64];
    union dbn_any any;
    struct dbn_reader *reader;
    const struct dbn_record *rec;
    struct dbn_reader_options options = { .version = 3 };
    make_trade(&any, 5);
    memset(bytes, 0xAB, sizeof bytes);
    memcpy(bytes, &any, 48);
    bytes[0] = sizeof bytes / 4;
    CHECK_OK(dbn_reader_open_memory(&reader, "t.frag", bytes, sizeof bytes, &options));
    CHECK_OK(dbn_reader_next(reader, &rec));
    CHECK_EQ(rec->size, 64);
    union dbn_any again;
    memset(&again, 0, sizeof again);
    dbn_record_get(rec, &again);
    CHECK(memcmp(&again, &any, 48) == 0);
    dbn_reader_close(reader);
}

TEST(dbn_reader, tells_a_cut_file_wherever_it_is_cut)
{
    struct buf plain = { 0 }, packed = { 0 };
    make_stream(&plain, 3, false, false);
    make_stream(&packed, 3, true, false);
    for (size_t len = 0; len < plain.len; len++) {
        enum err err;
        int count = count_records(plain.ptr, len, &err);
        bool at_border = len >= METADATA_BYTES && (len - METADATA_BYTES) % 48 == 0;
        if ((err == ERR_OK) != at_border)
            fail_msg("cut after %zu bytes: %s", len, err_detail());
        CHECK_EQ(count, len < METADATA_BYTES ? 0 : (len - METADATA_BYTES) / 48);
    }
    for (size_t len = 0; len < packed.len; len++) {
        enum err err;
        count_records(packed.ptr, len, &err);
        CHECK(err != ERR_OK);
        CHECK_HAS(err_detail(), "t.dbn");
    }
    buf_free(&plain);
    buf_free(&packed);
}

/* Change bytes of a stream of two trades; the error must say all of these. */
static void check_damage(size_t at, const void *bytes, size_t len, enum err want, const char *part)
{
    struct buf stream = { 0 };
    enum err err;
    make_stream(&stream, 2, false, false);
    memcpy(stream.ptr + at, bytes, len);
    count_records(stream.ptr, stream.len, &err);
    CHECK_EQ(err, want);
    buf_free(&stream);

    struct dbn_reader *reader;
    const struct dbn_record *rec = NULL;
    make_stream(&stream, 2, false, false);
    memcpy(stream.ptr + at, bytes, len);
    err = dbn_reader_open_memory(&reader, "t.dbn", stream.ptr, stream.len, NULL);
    while (!err && !(err = dbn_reader_next(reader, &rec)) && rec) {
    }
    CHECK_EQ(err, want);
    CHECK_HAS(err_detail(), "t.dbn: ");
    CHECK_HAS(err_detail(), part);
    CHECK(!strchr(err_detail(), '\n'));
    dbn_reader_close(reader);
    buf_free(&stream);
}

TEST(dbn_reader, names_the_file_the_byte_and_the_damage)
{
    check_damage(3, "\x04", 1, ERR_UNSUPPORTED, "DBN version 4; this program reads 1 to 3");
    check_damage(3, "\x00", 1, ERR_UNSUPPORTED, "DBN version 0");
    check_damage(4, "\x10\0\0\0", 4, ERR_CORRUPT, "metadata of 16 bytes");
    check_damage(4, "\xFF\xFF\xFF\xFF", 4, ERR_CORRUPT, "byte 4: metadata of 4294967295 bytes");
    check_damage(4, "\xFF\xFF\xFF\x0F", 4, ERR_CORRUPT, "ends inside the metadata");
    check_damage(53, "\0\0", 2, ERR_CORRUPT, "symbols of 0 bytes");
    check_damage(108, "\x01\0\0\0", 4, ERR_UNSUPPORTED, "metadata byte 108");
    check_damage(112, "\xFF\xFF\xFF\xFF", 4, ERR_CORRUPT, "metadata byte 112: 4294967295 symbols");
    check_damage(112, "\x02\0\0\0", 4, ERR_CORRUPT, "metadata byte 270: 90 bytes are left over");
    check_damage(195, "\xFF\xFF\xFF\x7F", 4, ERR_CORRUPT, "symbol mappings cannot fit");
    check_damage(274, "\x01\x01\0\0", 4, ERR_CORRUPT, "257 is not a date");
    check_damage(METADATA_BYTES, "\x00", 1, ERR_CORRUPT, "byte 360: a record of 0 bytes");
    check_damage(METADATA_BYTES, "\x03", 1, ERR_CORRUPT, "byte 360: a record of 12 bytes");
    check_damage(METADATA_BYTES + 48, "\xFF", 1, ERR_CORRUPT, "byte 408: a record of 1020 bytes");
    check_damage(METADATA_BYTES + 49, "\x13", 1, ERR_CORRUPT,
                 "byte 408: a definition record of 48 bytes; it needs 520");
}

TEST(dbn_reader, notices_damage_in_packed_bytes)
{
    struct buf packed = { 0 };
    enum err err;
    make_stream(&packed, 100, true, false);
    packed.ptr[packed.len - 6] ^= 0x10;
    count_records(packed.ptr, packed.len, &err);
    CHECK_EQ(err, ERR_CORRUPT);
    CHECK_HAS(err_detail(), "t.dbn");
    buf_clear(&packed);
    make_stream(&packed, 100, true, false);
    packed.ptr[packed.len - 1] ^= 0x10; /* the checksum alone */
    count_records(packed.ptr, packed.len, &err);
    CHECK_EQ(err, ERR_CORRUPT);
    buf_puts(&packed, "trailing text");
    count_records(packed.ptr, packed.len, &err);
    CHECK_EQ(err, ERR_CORRUPT);
    buf_free(&packed);
}

TEST(dbn_reader, refuses_what_is_not_dbn)
{
    static const char csv[] = "date,open,high,low,close\n2019-05-21,1,2,3,4\n";
    enum err err;
    count_records("", 0, &err);
    CHECK_EQ(err, ERR_PARSE);
    CHECK_HAS(err_detail(), "t.dbn: the file is empty");
    count_records(csv, sizeof csv, &err);
    CHECK_EQ(err, ERR_PARSE);
    CHECK_HAS(err_detail(), "it starts with 64 61 74 65 2C 6F 70 65");
    CHECK_HAS(err_detail(), "--dbn-version 1 to 3");
    count_records("DB", 2, &err);
    CHECK_EQ(err, ERR_PARSE);

    struct dbn_reader *reader;
    CHECK_EQ(dbn_reader_open(&reader, "/no/such/file.dbn", NULL), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "/no/such/file.dbn");
    CHECK(reader == NULL);
    CHECK_EQ(dbn_reader_open(&reader, testing_folder(), NULL), ERR_IO);
    CHECK_HAS(err_detail(), "directory");
}

TEST(dbn_reader, learns_the_version_of_a_fragment_and_refuses_a_mix)
{
    union dbn_any any;
    struct buf bytes = { 0 };
    struct dbn_reader *reader;
    const struct dbn_record *rec;
    make_trade(&any, 0);
    buf_append(&bytes, &any, 48);
    dbn_any_init(&any, DBN_RTYPE_STAT);
    buf_append(&bytes, &any, 80);
    uint8_t old[80] = { 20, DBN_RTYPE_SYSTEM };
    buf_append(&bytes, old, sizeof old);
    CHECK_OK(dbn_reader_open_memory(&reader, "t.frag", bytes.ptr, bytes.len, NULL));
    CHECK(dbn_reader_metadata(reader) == NULL);
    CHECK_OK(dbn_reader_next(reader, &rec));
    CHECK_EQ(dbn_reader_version(reader), 0); /* a trade lies alike in all */
    CHECK_OK(dbn_reader_next(reader, &rec));
    CHECK_EQ(dbn_reader_version(reader), 3);
    CHECK_EQ(dbn_reader_next(reader, &rec), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "t.frag: byte 128: a system record of 80 bytes");
    CHECK_HAS(err_detail(), "give --dbn-version 1 to 3");
    dbn_reader_close(reader);

    /* Told that it is version 3, the old record is taken for what its size says. */
    struct dbn_reader_options options = { .version = 3 };
    CHECK_OK(dbn_reader_open_memory(&reader, "t.frag", bytes.ptr, bytes.len, &options));
    for (int i = 0; i < 3; i++)
        CHECK_OK(dbn_reader_next(reader, &rec));
    CHECK_STR(rec->layout->name, "system_v1");
    dbn_reader_close(reader);
    options.version = 4;
    CHECK_EQ(dbn_reader_open_memory(&reader, "t.frag", bytes.ptr, bytes.len, &options), ERR_USAGE);
    buf_free(&bytes);
}

TEST(dbn_reader, tells_a_cut_legacy_file)
{
    NEED_SHARED(DBN_TESTS "test_data.trades.dbz");
    struct buf bytes = { 0 };
    load(testing_shared(DBN_TESTS "test_data.trades.dbz"), &bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        enum err err;
        count_records(bytes.ptr, len, &err);
        CHECK((err == ERR_OK) ==
              (len == 8 + 144)); /* there the metadata ends, and no frame began */
        if (err)
            CHECK_HAS(err_detail(), "t.dbn");
    }
    bytes.ptr[11] = 2;
    enum err err;
    count_records(bytes.ptr, bytes.len, &err);
    CHECK_EQ(err, ERR_UNSUPPORTED);
    buf_free(&bytes);
}

/* ---- symbols ---- */

TEST(dbn_symbols, follow_an_id_from_day_to_day)
{
    NEED_SHARED(DBN_TESTS "test_data.definition.dbz");
    struct dbn_reader *reader;
    struct dbn_symbols symbols;
    const uint64_t day = UINT64_C(86400000000000);
    const uint64_t december_5 = UINT64_C(1670198400000000000); /* 2022 */
    CHECK_OK(dbn_reader_open(&reader, testing_shared(DBN_TESTS "test_data.definition.dbz"), NULL));
    dbn_symbols_init(&symbols, dbn_reader_metadata(reader));
    CHECK_STR(dbn_symbols_find(&symbols, 7236, december_5), "MSFT");
    CHECK(dbn_symbols_find(&symbols, 7236, december_5 - 1) == NULL);
    CHECK(dbn_symbols_find(&symbols, 7236, december_5 + day) == NULL);
    CHECK_STR(dbn_symbols_find(&symbols, 7236, december_5 + 2 * day), "MSFT"); /* used again */
    CHECK_STR(dbn_symbols_find(&symbols, 7358, december_5 - 1), "MSFT");
    CHECK(dbn_symbols_find(&symbols, 1, december_5) == NULL);
    CHECK(dbn_symbols_find(&symbols, 7236, DBN_TIME_NONE) == NULL);
    dbn_symbols_clear(&symbols);
    dbn_reader_close(reader);
}

TEST(dbn_symbols, learn_from_live_streams_and_follow_a_change)
{
    struct dbn_symbols symbols;
    union dbn_any any;
    dbn_symbols_init(&symbols, NULL);
    for (uint32_t id = 0; id < 1000; id++) {
        dbn_any_init(&any, DBN_RTYPE_SYMBOL_MAPPING);
        any.hd.instrument_id = id * 64;
        snprintf(any.symbol_mapping.stype_out_symbol, 71, "S%u", id);
        dbn_symbols_learn(&symbols, &any.symbol_mapping);
    }
    CHECK_STR(dbn_symbols_find(&symbols, 999 * 64, 0), "S999");
    memcpy(any.symbol_mapping.stype_out_symbol, "NEW", 4);
    dbn_symbols_learn(&symbols, &any.symbol_mapping);
    CHECK_STR(dbn_symbols_find(&symbols, 999 * 64, 0), "NEW");
    CHECK_STR(dbn_symbols_find(&symbols, 998 * 64, 0), "S998");
    CHECK_EQ(symbols.learned_count, 1000);
    dbn_symbols_clear(&symbols);
}

TEST(dbn_symbols, take_the_other_side_when_ids_were_asked_for)
{
    struct dbn_metadata metadata;
    struct dbn_interval interval = { 20250220, 20250221, "AAPL" };
    struct dbn_mapping mapping = { "38", 1, &interval };
    struct dbn_symbols symbols;
    dbn_metadata_init(&metadata);
    metadata.stype_in = DBN_STYPE_INSTRUMENT_ID;
    metadata.stype_out = DBN_STYPE_RAW_SYMBOL;
    metadata.mapping_count = 1;
    metadata.mappings = &mapping;
    dbn_symbols_init(&symbols, &metadata);
    CHECK_STR(dbn_symbols_find(&symbols, 38, UINT64_C(1740061800000000000)), "AAPL");
    dbn_symbols_clear(&symbols);
}
