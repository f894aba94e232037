#include "adapters/dbn/dbn_dump.h"

#include <unistd.h>

#include "adapters/dbn/dbn_test.h"

/* Dump a file to text. */
static enum err dump(const char *path, const struct dbn_dump_options *options, struct buf *out,
                     struct dbn_dump_summary *summary)
{
    FILE *file = tmpfile();
    char piece[4096];
    size_t len;
    MUST(file != NULL);
    buf_clear(out);
    enum err err = dbn_dump(path, options, file, summary);
    rewind(file);
    while ((len = fread(piece, 1, sizeof piece, file)) > 0)
        buf_append(out, piece, len);
    fclose(file);
    buf_putc(out, 0);
    return err;
}

/* A tcbbo file made by our own writer: none exists among the vendor's samples. */
static const char *make_tcbbo(const char *folder, bool zstd)
{
    const char *path = testing_file(folder, zstd ? "tcbbo.dbn.zst" : "tcbbo.dbn", "old", 3);
    const char *symbols[] = { "AAPL  250221C00250000" };
    struct dbn_interval interval = { 20250220, 20250221, "16783963" };
    struct dbn_mapping mapping = { "AAPL  250221C00250000", 1, &interval };
    struct dbn_metadata metadata;
    struct dbn_writer *writer;
    union dbn_any any;
    dbn_metadata_init(&metadata);
    memcpy(metadata.dataset, "OPRA.PILLAR", 12);
    metadata.schema = 17;
    metadata.start = UINT64_C(1740009600000000000);
    metadata.symbol_count = metadata.mapping_count = 1;
    metadata.symbols = symbols;
    metadata.mappings = &mapping;
    CHECK_OK(dbn_writer_open(&writer, path, &metadata, zstd));

    dbn_any_init(&any, DBN_RTYPE_TCBBO);
    any.hd.publisher_id = 23;
    any.hd.instrument_id = 16783963;
    any.hd.ts_event = UINT64_C(1740061800817657088);
    any.cmbp1.ts_recv = UINT64_C(1740061800817866523);
    any.cmbp1.price = 240000000;
    any.cmbp1.size = 1;
    any.cmbp1.action = 'T';
    any.cmbp1.side = 'N';
    any.cmbp1.flags = DBN_FLAG_LAST | DBN_FLAG_TOP_OF_BOOK | DBN_FLAG_PUBLISHER;
    any.cmbp1.levels[0].bid_px = 230000000;
    any.cmbp1.levels[0].bid_sz = 12;
    any.cmbp1.levels[0].bid_pb = 22;
    any.cmbp1.levels[0].ask_sz = 0;
    memset(any.cmbp1.gap44, 0xAA, sizeof any.cmbp1.gap44);
    memset(any.cmbp1.levels[0].gap26, 0xAA, sizeof any.cmbp1.levels[0].gap26);
    CHECK_OK(dbn_writer_append(writer, &any, DBN_TIME_NONE));
    CHECK_OK(dbn_writer_close(writer));
    return path;
}

TEST(dbn_dump, shows_a_tcbbo_as_json)
{
    struct buf text = { 0 };
    const char *folder = testing_folder();
    for (int zstd = 0; zstd < 2; zstd++) {
        const char *path = make_tcbbo(folder, zstd);
        struct dbn_dump_summary summary;
        CHECK_OK(dump(path, NULL, &text, &summary));
        CHECK_STR(text.ptr,
                  "{\"rtype\":194,\"record\":\"tcbbo\",\"publisher_id\":23,"
                  "\"publisher\":\"OPRA.PILLAR.EMLD\",\"instrument_id\":16783963,"
                  "\"symbol\":\"AAPL  250221C00250000\",\"ts_event\":1740061800817657088,"
                  "\"price\":0.24,\"size\":1,\"action\":\"T\",\"side\":\"N\",\"flags\":194,"
                  "\"ts_recv\":1740061800817866523,\"ts_in_delta\":0,\"levels\":[{"
                  "\"bid_px\":0.23,\"ask_px\":null,\"bid_sz\":12,\"ask_sz\":0,\"bid_pb\":22,"
                  "\"bid_pb_name\":\"OPRA.PILLAR.XCBO\",\"ask_pb\":0,\"ask_pb_name\":null}]}\n");
        CHECK_EQ(summary.records, 1);
        CHECK_EQ(summary.unknown, 0);
        CHECK_EQ(summary.version, 3);
    }
    buf_free(&text);
}

TEST(dbn_dump, shows_a_tcbbo_as_csv_with_iso_times)
{
    struct buf text = { 0 };
    struct dbn_dump_options options = { .format = DBN_DUMP_CSV, .iso_times = true };
    CHECK_OK(dump(make_tcbbo(testing_folder(), true), &options, &text, NULL));
    CHECK_STR(text.ptr,
              "rtype,record,publisher_id,publisher,instrument_id,symbol,ts_event,price,size,action,"
              "side,flags,ts_recv,ts_in_delta,bid_px_00,ask_px_00,bid_sz_00,ask_sz_00,bid_pb_00,"
              "bid_pb_name_00,ask_pb_00,ask_pb_name_00\n"
              "194,tcbbo,23,OPRA.PILLAR.EMLD,16783963,AAPL  250221C00250000,"
              "2025-02-20T14:30:00.817657088Z,0.24,1,T,N,194,2025-02-20T14:30:00.817866523Z,0,"
              "0.23,,12,0,22,OPRA.PILLAR.XCBO,0,\n");
    buf_free(&text);
}

static int count_char(const char *text, char c)
{
    int count = 0;
    for (; *text; text++)
        count += *text == c;
    return count;
}

TEST(dbn_dump, starts_a_new_header_when_a_stream_changes_kind)
{
    NEED_SHARED(PYTHON_TESTS "LIVE/test_data.live.dbn.zst");
    const char *path = testing_shared(PYTHON_TESTS "LIVE/test_data.live.dbn.zst");
    struct buf text = { 0 };
    struct dbn_dump_options options = { .format = DBN_DUMP_JSON };
    CHECK_OK(dump(path, &options, &text, NULL));
    CHECK_EQ(count_char(text.ptr, '\n'), 46);
    CHECK_HAS(text.ptr,
              "\"record\":\"ohlcv-1s\",\"publisher_id\":1,\"publisher\":\"GLBX.MDP3.GLBX\","
              "\"instrument_id\":183748,\"symbol\":\"ESZ4\"");

    options.format = DBN_DUMP_CSV;
    CHECK_OK(dump(path, &options, &text, NULL));
    struct str rest = { text.ptr, text.len - 1 }, line;
    int rows = 0, headers = 0, blanks = 0, commas = 0;
    while (str_cut(&rest, '\n', &line)) {
        char row[4096];
        snprintf(row, sizeof row, "%.*s", STR_ARG(line));
        if (line.len == 0) {
            blanks++;
        } else if (str_starts_with(line, STR("rtype,"))) {
            headers++;
            commas = count_char(row, ',');
        } else {
            rows++;
            CHECK_EQ(count_char(row, ','), commas); /* no value of this file holds a comma */
        }
    }
    CHECK_EQ(rows, 46);
    CHECK_EQ(blanks, headers); /* one before each but the first, one after the last line's end */

    options.only = "statistics";
    struct dbn_dump_summary summary;
    CHECK_OK(dump(path, &options, &text, &summary));
    CHECK_EQ(summary.records, 9);
    CHECK_EQ(count_char(text.ptr, '\n'), 10);
    options.limit = 2;
    CHECK_OK(dump(path, &options, &text, &summary));
    CHECK_EQ(summary.records, 2);
    options.only = "quotes";
    CHECK_EQ(dump(path, &options, &text, NULL), ERR_USAGE);
    CHECK_HAS(err_detail(), "quotes");
    buf_free(&text);
}

TEST(dbn_dump, names_the_schema_behind_a_shared_record_type)
{
    NEED_SHARED(OPRA "test_data.tbbo.dbn.zst");
    struct buf text = { 0 };
    CHECK_OK(dump(testing_shared(OPRA "test_data.tbbo.dbn.zst"), NULL, &text, NULL));
    CHECK_HAS(text.ptr, "{\"rtype\":1,\"record\":\"tbbo\",");
    CHECK_OK(dump(testing_shared(DBN_TESTS "test_data.ohlcv-1m.dbz"), NULL, &text, NULL));
    CHECK_HAS(text.ptr, "{\"rtype\":17,\"record\":\"ohlcv-1m\",");
    CHECK_OK(dump(testing_shared(OPRA "test_data.statistics.dbn.zst"), NULL, &text, NULL));
    CHECK_HAS(text.ptr, "\"price\":null,\"quantity\":57924");
    CHECK_HAS(text.ptr, "\"stat_type\":9,\"stat_type_name\":\"open interest\"");
    CHECK_OK(dump(testing_shared(DBN_TESTS "test_data.definition.dbz"), NULL, &text, NULL));
    CHECK(!strstr(text.ptr, "strike_price\"")); /* it had none, and its zeros are not one */
    buf_free(&text);
}

TEST(dbn_dump, escapes_text_and_bytes_that_are_none)
{
    struct buf text = { 0 };
    union dbn_any any;
    const char *folder = testing_folder();
    dbn_any_init(&any, DBN_RTYPE_SYSTEM);
    memcpy(any.system.msg, "a \"b\"\\\n\x01 \xC3\xA9, c", 14);
    any.system.code = 1;
    const char *path = testing_file(folder, "one.frag", &any, sizeof any.system);
    CHECK_OK(dump(path, NULL, &text, NULL));
    CHECK_HAS(text.ptr, "\"msg\":\"a \\\"b\\\"\\\\\\u000a\\u0001 \xC3\xA9, c\",\"code\":1,"
                        "\"code_name\":\"subscription ack\"}");
    struct dbn_dump_options csv = { .format = DBN_DUMP_CSV };
    CHECK_OK(dump(path, &csv, &text, NULL));
    CHECK_HAS(text.ptr, ",\"a \"\"b\"\"\\\\u000a\\u0001 \xC3\xA9, c\",1,subscription ack\n");
    memcpy(any.system.msg, "caf\xE9", 5);
    path = testing_file(folder, "two.frag", &any, sizeof any.system);
    CHECK_OK(dump(path, NULL, &text, NULL));
    CHECK_HAS(text.ptr, "\"msg\":\"caf\\u00e9\"");
    buf_free(&text);
}

TEST(dbn_dump, prices_are_exact_and_none_is_nothing)
{
    static const struct {
        int64_t price;
        const char *text;
    } cases[] = {
        { 3720250000000, "3720.25" },
        { 240000000, "0.24" },
        { 5000000000, "5" },
        { 0, "0" },
        { 1, "0.000000001" },
        { -500000000, "-0.5" },
        { -100000000000, "-100" },
        { INT64_MIN, "-9223372036.854775808" },
        { INT64_MAX - 1, "9223372036.854775806" },
        { DBN_PRICE_NONE, "" },
    };
    FOR_EACH (c, cases) {
        char text[DBN_PRICE_TEXT_BYTES];
        dbn_price_format(text, c->price);
        CHECK_STR(text, c->text);
    }
}

TEST(dbn_dump, times_are_utc_to_the_nanosecond)
{
    char text[DBN_TIME_TEXT_BYTES];
    dbn_time_format(text, 0);
    CHECK_STR(text, "1970-01-01T00:00:00.000000000Z");
    dbn_time_format(text, UINT64_C(1709251199999999999));
    CHECK_STR(text, "2024-02-29T23:59:59.999999999Z");
    dbn_time_format(text, UINT64_MAX - 1); /* beyond the calendar */
    CHECK_STR(text, "18446744073709551614");
    dbn_time_format(text, DBN_TIME_NONE);
    CHECK_STR(text, "");
}

TEST(dbn_dump, shows_metadata_as_one_line)
{
    struct dbn_reader *reader;
    char text[1024] = "";
    CHECK_OK(dbn_reader_open(&reader, make_tcbbo(testing_folder(), false), NULL));
    FILE *file = tmpfile();
    dbn_dump_metadata(dbn_reader_metadata(reader), file);
    rewind(file);
    CHECK(fgets(text, sizeof text, file) != NULL);
    fclose(file);
    dbn_reader_close(reader);
    CHECK_STR(text, "{\"version\":3,\"dataset\":\"OPRA.PILLAR\",\"schema\":\"tcbbo\","
                    "\"start\":1740009600000000000,\"end\":null,\"limit\":null,"
                    "\"record_count\":null,\"stype_in\":\"raw_symbol\","
                    "\"stype_out\":\"instrument_id\",\"ts_out\":false,"
                    "\"symbols\":[\"AAPL  250221C00250000\"],\"partial\":[],\"not_found\":[],"
                    "\"mappings\":[{\"raw_symbol\":\"AAPL  250221C00250000\",\"intervals\":[{"
                    "\"start_date\":\"2025-02-20\",\"end_date\":\"2025-02-21\","
                    "\"symbol\":\"16783963\"}]}]}\n");
}

TEST(dbn_dump, says_when_it_cannot_write)
{
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip();
    CHECK_EQ(dbn_dump(make_tcbbo(testing_folder(), false), NULL, full, NULL), ERR_IO);
    CHECK_HAS(err_detail(), "cannot be written");
    fclose(full);
}

/* ---- the writer's promises about files ---- */

TEST(dbn_writer, leaves_no_part_of_a_file)
{
    const char *folder = testing_folder();
    const char *path = testing_file(folder, "kept.dbn", "old", 3);
    struct dbn_metadata metadata;
    struct dbn_writer *writer;
    struct buf text = { 0 };
    dbn_metadata_init(&metadata);
    CHECK_OK(dbn_writer_open(&writer, path, &metadata, false));
    load(path, &text);
    CHECK_EQ(text.len, 3); /* the old file stays until the new one is whole */
    dbn_writer_discard(writer);
    char part[256];
    snprintf(part, sizeof part, "%s.part", path);
    CHECK(access(part, F_OK) != 0);
    CHECK_OK(dbn_writer_open(&writer, path, &metadata, false));
    CHECK_OK(dbn_writer_close(writer));
    load(path, &text);
    CHECK_EQ(text.len, 128);
    CHECK(access(part, F_OK) != 0);
    CHECK_EQ(dbn_writer_open(&writer, "/no/such/folder/x.dbn", &metadata, false), ERR_IO);
    CHECK(writer == NULL);
    buf_free(&text);
}

TEST(dbn_writer, refuses_a_symbol_that_does_not_fit)
{
    char symbol[DBN_SYMBOL_BYTES + 1];
    const char *symbols[] = { symbol };
    struct dbn_metadata metadata;
    struct dbn_writer *writer;
    struct buf out = { 0 };
    memset(symbol, 'A', DBN_SYMBOL_BYTES);
    symbol[DBN_SYMBOL_BYTES] = 0;
    dbn_metadata_init(&metadata);
    metadata.symbol_count = 1;
    metadata.symbols = symbols;
    CHECK_EQ(dbn_writer_open_memory(&writer, &out, &metadata, false), ERR_RANGE);
    CHECK_HAS(err_detail(), "longer than 70 characters");
    CHECK_EQ(out.len, 0);
    symbol[DBN_SYMBOL_BYTES - 1] = 0;
    CHECK_OK(dbn_writer_open_memory(&writer, &out, &metadata, false));
    CHECK_OK(dbn_writer_close(writer));
    buf_free(&out);
}
