/* The table of fields against the format's description, and kinds for which no real file exists. */
#include "adapters/dbn/dbn_test.h"
#include "base/str.h"

/* Read one record of version from hand-made bytes. */
static void read_bytes(const void *bytes, size_t len, int version, union dbn_any *out)
{
    struct dbn_reader *reader;
    const struct dbn_record *rec;
    struct dbn_reader_options options = { .version = version };
    CHECK_OK(dbn_reader_open_memory(&reader, "bytes", bytes, len, &options));
    CHECK_OK(dbn_reader_next(reader, &rec));
    CHECK(rec != NULL);
    CHECK_EQ(rec->size, rec->layout->bytes);
    dbn_record_get(rec, out);
    CHECK_OK(dbn_reader_next(reader, &rec));
    CHECK(rec == NULL);
    dbn_reader_close(reader);
}

static void poke_header(uint8_t *bytes, size_t len, uint8_t rtype)
{
    memset(bytes, 0, len);
    bytes[0] = (uint8_t)(len / 4);
    bytes[1] = rtype;
    poke(bytes, 2, 30, 2);
    poke(bytes, 4, 16783963, 4);
    poke(bytes, 8, 1740061800817657088, 8);
}

static void check_header(const union dbn_any *any, uint8_t rtype)
{
    CHECK_EQ(any->hd.rtype, rtype);
    CHECK_EQ(any->hd.publisher_id, 30);
    CHECK_EQ(any->hd.instrument_id, 16783963);
    CHECK_EQ(any->hd.ts_event, 1740061800817657088);
    CHECK_EQ(any->hd.length * 4, dbn_layout_find(rtype, 3)->bytes);
}

TEST(dbn_record, tcbbo_lies_as_described)
{
    uint8_t bytes[80];
    union dbn_any any;
    poke_header(bytes, sizeof bytes, 0xC2);
    poke(bytes, 16, 240000000, 8);
    poke(bytes, 24, 7, 4);
    bytes[28] = 'T', bytes[29] = 'N', bytes[30] = 0xC2;
    bytes[31] = 0x41; /* reserved: whatever lies there is ignored */
    poke(bytes, 32, 1740061800817866523, 8);
    poke(bytes, 40, (uint64_t)-5, 4);
    poke(bytes, 48, 240000000, 8);
    poke(bytes, 56, 250000000, 8);
    poke(bytes, 64, 1, 4);
    poke(bytes, 68, 4, 4);
    poke(bytes, 72, 23, 2);
    poke(bytes, 76, 26, 2);
    for (int version = 1; version <= 3; version++) {
        read_bytes(bytes, sizeof bytes, version, &any);
        check_header(&any, DBN_RTYPE_TCBBO);
        CHECK_EQ(any.cmbp1.price, 240000000);
        CHECK_EQ(any.cmbp1.size, 7);
        CHECK_EQ(any.cmbp1.action, 'T');
        CHECK_EQ(any.cmbp1.side, 'N');
        CHECK_EQ(any.cmbp1.flags, 0xC2);
        CHECK_EQ(any.cmbp1.ts_recv, 1740061800817866523);
        CHECK_EQ(any.cmbp1.ts_in_delta, -5);
        CHECK_EQ(any.cmbp1.levels[0].bid_px, 240000000);
        CHECK_EQ(any.cmbp1.levels[0].ask_px, 250000000);
        CHECK_EQ(any.cmbp1.levels[0].bid_sz, 1);
        CHECK_EQ(any.cmbp1.levels[0].ask_sz, 4);
        CHECK_EQ(any.cmbp1.levels[0].bid_pb, 23);
        CHECK_EQ(any.cmbp1.levels[0].ask_pb, 26);
    }
}

TEST(dbn_record, symbol_mapping_lies_as_described)
{
    uint8_t bytes[176], old[80];
    union dbn_any any;
    poke_header(bytes, sizeof bytes, 0x16);
    bytes[16] = 4;
    memcpy(bytes + 17, "SPX.OPT", 7);
    bytes[88] = 1;
    memcpy(bytes + 89, "SPXW  250221C06000000", 21);
    poke(bytes, 160, 1740009600000000000, 8);
    poke(bytes, 168, UINT64_MAX, 8);
    for (int version = 2; version <= 3; version++) {
        read_bytes(bytes, sizeof bytes, version, &any);
        check_header(&any, DBN_RTYPE_SYMBOL_MAPPING);
        CHECK_EQ(any.symbol_mapping.stype_in, 4);
        CHECK_STR(any.symbol_mapping.stype_in_symbol, "SPX.OPT");
        CHECK_EQ(any.symbol_mapping.stype_out, 1);
        CHECK_STR(any.symbol_mapping.stype_out_symbol, "SPXW  250221C06000000");
        CHECK_EQ(any.symbol_mapping.start_ts, 1740009600000000000);
        CHECK_EQ(any.symbol_mapping.end_ts, DBN_TIME_NONE);
    }

    poke_header(old, sizeof old, 0x16);
    memcpy(old + 16, "SPX.OPT", 7);
    memcpy(old + 38, "SPXW  250221C06000000", 21);
    poke(old, 64, 1740009600000000000, 8);
    poke(old, 72, UINT64_MAX, 8);
    read_bytes(old, sizeof old, 1, &any);
    check_header(&any, DBN_RTYPE_SYMBOL_MAPPING);
    CHECK_EQ(any.symbol_mapping.stype_in, 255); /* version 1 did not say */
    CHECK_EQ(any.symbol_mapping.stype_out, 255);
    CHECK_STR(any.symbol_mapping.stype_in_symbol, "SPX.OPT");
    CHECK_STR(any.symbol_mapping.stype_out_symbol, "SPXW  250221C06000000");
    CHECK_EQ(any.symbol_mapping.start_ts, 1740009600000000000);
}

TEST(dbn_record, error_and_system_lie_as_described)
{
    uint8_t bytes[320], old[80];
    union dbn_any any;
    poke_header(bytes, sizeof bytes, 0x15);
    memset(bytes + 16, 'e', 301);
    bytes[318] = 3, bytes[319] = 1;
    read_bytes(bytes, sizeof bytes, 2, &any);
    check_header(&any, DBN_RTYPE_ERROR);
    CHECK_EQ(strnlen(any.error.err, sizeof any.error.err), 301);
    CHECK_EQ(any.error.code, 3);
    CHECK_EQ(any.error.is_last, 1);

    poke_header(bytes, sizeof bytes, 0x17);
    memset(bytes + 16, 's', 302);
    bytes[319] = 2;
    read_bytes(bytes, sizeof bytes, 3, &any);
    check_header(&any, DBN_RTYPE_SYSTEM);
    CHECK_EQ(strnlen(any.system.msg, sizeof any.system.msg), 302);
    CHECK_EQ(any.system.code, 2);
    CHECK_STR(dbn_name(DBN_SYSTEM_CODE, any.system.code), "slow reader");

    static const uint8_t rtypes[] = { 0x15, 0x17 };
    FOR_EACH (rtype, rtypes) {
        poke_header(old, sizeof old, *rtype);
        memset(old + 16, 'x', 64); /* full, without a NUL */
        read_bytes(old, sizeof old, 1, &any);
        check_header(&any, *rtype);
        CHECK_EQ(strnlen(any.system.msg, sizeof any.system.msg), 64);
        CHECK_EQ(*rtype == 0x15 ? any.error.code : any.system.code, 255);
    }
}

TEST(dbn_record, eod_bars_and_minute_quotes_are_known)
{
    uint8_t bar[56], quote[80];
    union dbn_any any;
    poke_header(bar, sizeof bar, 0x24);
    for (int i = 0; i < 5; i++)
        poke(bar, 16 + 8 * (size_t)i, 100 + (uint64_t)i, 8);
    read_bytes(bar, sizeof bar, 3, &any);
    check_header(&any, DBN_RTYPE_OHLCV_EOD);
    CHECK_EQ(any.ohlcv.open, 100);
    CHECK_EQ(any.ohlcv.high, 101);
    CHECK_EQ(any.ohlcv.low, 102);
    CHECK_EQ(any.ohlcv.close, 103);
    CHECK_EQ(any.ohlcv.volume, 104);

    poke_header(quote, sizeof quote, 0xC1);
    poke(quote, 32, 42, 8);
    poke(quote, 56, 250000000, 8);
    poke(quote, 76, 35, 2);
    read_bytes(quote, sizeof quote, 3, &any);
    check_header(&any, DBN_RTYPE_CBBO_1M);
    CHECK_EQ(any.cbbo.ts_recv, 42);
    CHECK_EQ(any.cbbo.levels[0].ask_px, 250000000);
    CHECK_STR(dbn_name(DBN_PUBLISHER, any.cbbo.levels[0].ask_pb), "OPRA.PILLAR.XPHL");
}

TEST(dbn_record, none_of_quantity_widens)
{
    uint8_t old[64];
    union dbn_any any;
    poke_header(old, sizeof old, 0x18);
    poke(old, 40, INT32_MAX, 4);
    read_bytes(old, sizeof old, 2, &any);
    CHECK_EQ(any.stat.quantity, DBN_QUANTITY_NONE);
    poke(old, 40, (uint64_t)-3, 4);
    read_bytes(old, sizeof old, 2, &any);
    CHECK_EQ(any.stat.quantity, -3);
}

/* ---- the table ---- */

static const struct dbn_layout *layout_named(const char *name)
{
    for (size_t i = 0; i < dbn_layout_count; i++)
        if (strcmp(dbn_layouts[i].name, name) == 0)
            return &dbn_layouts[i];
    return NULL;
}

static size_t check_covered(const struct dbn_field *fields, size_t count, size_t at)
{
    for (size_t i = 0; i < count; i++) {
        const struct dbn_field *field = &fields[i];
        CHECK_EQ(field->offset, at);
        if (field->meaning == DBN_LEVELS)
            CHECK_EQ(check_covered(field->level_fields, field->level_field_count, 0), field->bytes);
        at += (size_t)field->bytes * field->count;
    }
    return at;
}

TEST(dbn_record, fields_cover_every_byte_once)
{
    for (size_t i = 0; i < dbn_layout_count; i++) {
        const struct dbn_layout *layout = &dbn_layouts[i];
        size_t end = check_covered(layout->fields, layout->field_count, sizeof(struct dbn_header));
        CHECK_EQ(end, layout->bytes);
        CHECK(layout->bytes % 4 == 0);
        CHECK(layout->bytes <= DBN_RECORD_BYTES_MAX);
    }
    for (int rtype = 0; rtype < 256; rtype++)
        for (int version = 0; version <= DBN_VERSION_MAX; version++)
            CHECK((dbn_rtype_name((uint8_t)rtype) != NULL) ==
                  (dbn_layout_find((uint8_t)rtype, version) != NULL));
}

/* "| 16 | 8 | i64 | price | ... |" of the description: cell number index, from 0. */
static struct str cell(struct str row, int index)
{
    struct str field = { 0 };
    for (int i = -1; i <= index; i++)
        if (!str_cut(&row, '|', &field))
            return (struct str){ 0 };
    return str_trim(field);
}

/* Whether one row of the description is in the table; rows of padding only need to be a gap. */
static void check_row(const struct dbn_layout *layout, struct str row)
{
    int64_t offset, bytes;
    struct str type = cell(row, 2), name = cell(row, 3);
    CHECK(str_to_int64(cell(row, 0), &offset));
    CHECK(str_to_int64(cell(row, 1), &bytes));
    if (str_is(name, "hd"))
        return;
    for (size_t i = 0; i < layout->field_count; i++) {
        const struct dbn_field *field = &layout->fields[i];
        if (field->offset != offset)
            continue;
        CHECK_EQ((int64_t)field->bytes * field->count, bytes);
        if (name.ptr[0] == '_') {
            CHECK_EQ(field->meaning, DBN_GAP);
            return;
        }
        if (!str_is(name, field->name))
            fail_msg("%s byte %d is %s, not %.*s", layout->name, (int)offset, field->name,
                     STR_ARG(name));
        CHECK_EQ(field->is_signed || field->meaning == DBN_CHAR || field->meaning == DBN_TEXT,
                 str_starts_with(type, STR("i")) || str_starts_with(type, STR("char")));
        return;
    }
    fail_msg("%s lacks %.*s at byte %d", layout->name, STR_ARG(name), (int)offset);
}

TEST(dbn_record, table_is_as_the_format_is_described)
{
    static const struct {
        const char *section, *name;
    } cases[] = {
        { "### 2.3 ", "trade" },
        { "### 2.4 ", "mbp1" },
        { "### 2.5 ", "mbp10" },
        { "### 2.6 ", "bbo" },
        { "### 2.7 ", "cmbp1" },
        { "### 2.8 ", "cbbo" },
        { "### 2.9 ", "ohlcv" },
        { "### 2.10 ", "mbo" },
        { "### 2.11 ", "stat" },
        { "### 2.12 ", "stat_v1" },
        { "### 2.13 ", "status" },
        { "### 2.14 ", "definition" },
        { "### 2.15 ", "definition_v2" },
        { "### 2.16 ", "definition_v1" },
        { "### 2.17 ", "imbalance" },
        { "### 2.18 ", "symbol_mapping" },
        { "### 2.19 ", "symbol_mapping_v1" },
        { "### 2.20 ", "error" },
        { "### 2.21 ", "error_v1" },
        { "### 2.22 ", "system" },
        { "### 2.23 ", "system_v1" },
    };
    NEED_SHARED("specs/dbn.md");
    struct buf text = { 0 };
    load(testing_shared("specs/dbn.md"), &text);
    struct str rest = buf_str(&text), line;
    const struct dbn_layout *layout = NULL;
    int rows = 0;
    while (str_cut(&rest, '\n', &line)) {
        if (str_starts_with(line, STR("#"))) {
            layout = NULL;
            FOR_EACH (c, cases)
                if (str_starts_with(line, str_from(c->section)))
                    layout = layout_named(c->name);
        }
        int64_t offset;
        if (layout && str_to_int64(cell(line, 0), &offset)) {
            check_row(layout, line);
            rows++;
        }
    }
    CHECK_EQ(rows, 359);
    buf_free(&text);
}

TEST(dbn_record, empty_records_hold_none_where_there_is_such_a_value)
{
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_TCBBO);
    CHECK_EQ(any.hd.length, 20);
    CHECK_EQ(any.hd.ts_event, DBN_TIME_NONE);
    CHECK_EQ(any.cmbp1.price, DBN_PRICE_NONE);
    CHECK_EQ(any.cmbp1.size, DBN_SIZE_NONE);
    CHECK_EQ(any.cmbp1.levels[0].ask_px, DBN_PRICE_NONE);
    CHECK_EQ(any.cmbp1.levels[0].bid_pb, 0);
    dbn_any_init(&any, DBN_RTYPE_DEFINITION);
    CHECK_EQ(any.definition.strike_price, DBN_PRICE_NONE);
    CHECK_EQ(any.definition.contract_multiplier, INT32_MAX);
    CHECK_EQ(any.definition.contract_multiplier_unit, INT8_MAX);
    CHECK_EQ(any.definition.leg_count, 0);
    CHECK_STR(any.definition.raw_symbol, "");
}
