#include "adapters/dbn/dbn.h"

#include <inttypes.h>
#include <string.h>

#include "adapters/dbn/dbn_source.h"
#include "base/date.h"

/* The words before the dataset: "DBN", version, and how many bytes follow. */
enum { PRELUDE_BYTES = 8, FIXED_BYTES = 100, COUNTS_BYTES = 5 * 4, DBZ_FIXED_BYTES = 96 };

void dbn_metadata_init(struct dbn_metadata *metadata)
{
    *metadata = (struct dbn_metadata){ .version = DBN_VERSION_MAX,
                                       .schema = DBN_SCHEMA_MIXED,
                                       .end = DBN_TIME_NONE,
                                       .record_count = UINT64_MAX,
                                       .stype_in = DBN_STYPE_RAW_SYMBOL,
                                       .stype_out = DBN_STYPE_INSTRUMENT_ID,
                                       .symbol_bytes = DBN_SYMBOL_BYTES };
}

/* ---- decode ---- */

/* Bytes being taken apart. The first failure sticks and everything after it reads as zero. */
struct cursor {
    struct arena *arena;
    const char *bytes; /* a copy in the arena: symbols stay where they are, NUL included */
    size_t at, len;
    size_t origin; /* offset of bytes[0], for messages */
    enum err err;
};

static const char *take(struct cursor *in, size_t len, const char *what)
{
    if (!in->err && len > in->len - in->at)
        in->err = err_set(ERR_CORRUPT, "metadata byte %zu: %s needs %zu bytes and %zu are left",
                          in->origin + in->at, what, len, in->len - in->at);
    if (in->err)
        return NULL;
    in->at += len;
    return in->bytes + in->at - len;
}

static uint64_t take_number(struct cursor *in, size_t bytes, const char *what)
{
    uint64_t number = 0;
    const char *from = take(in, bytes, what);
    if (from)
        memcpy(&number, from, bytes);
    return number;
}

static const char *take_symbol(struct cursor *in, size_t symbol_bytes)
{
    const char *symbol = take(in, symbol_bytes, "a symbol");
    if (symbol && !memchr(symbol, 0, symbol_bytes)) {
        in->err = err_set(ERR_CORRUPT, "metadata byte %zu: a symbol without an end",
                          in->origin + in->at - symbol_bytes);
        return NULL;
    }
    return symbol;
}

/* A count, believed only if that many elements of at least element_bytes can still follow. */
static size_t take_count(struct cursor *in, size_t element_bytes, const char *what)
{
    size_t count = (size_t)take_number(in, 4, what);
    if (!in->err && count > (in->len - in->at) / element_bytes)
        in->err = err_set(ERR_CORRUPT, "metadata byte %zu: %zu %s cannot fit in %zu bytes",
                          in->origin + in->at - 4, count, what, in->len - in->at);
    return in->err ? 0 : count;
}

static const char **take_symbols(struct cursor *in, size_t symbol_bytes, const char *what,
                                 size_t *count)
{
    size_t number = take_count(in, symbol_bytes, what);
    const char **symbols = arena_array(in->arena, const char *, number);
    for (size_t i = 0; i < number && !in->err; i++)
        symbols[i] = take_symbol(in, symbol_bytes);
    *count = in->err ? 0 : number;
    return symbols;
}

static int32_t take_date(struct cursor *in)
{
    uint64_t date = take_number(in, 4, "a date");
    if (!in->err && (date > INT32_MAX || !date_is_valid((int32_t)date)))
        in->err = err_set(ERR_CORRUPT, "metadata byte %zu: %" PRIu64 " is not a date YYYYMMDD",
                          in->origin + in->at - 4, date);
    return in->err ? 0 : (int32_t)date;
}

static void take_mappings(struct cursor *in, struct dbn_metadata *out)
{
    size_t symbol_bytes = out->symbol_bytes;
    size_t count = take_count(in, symbol_bytes + 4, "symbol mappings");
    out->mappings = arena_array(in->arena, struct dbn_mapping, count);
    for (size_t i = 0; i < count && !in->err; i++) {
        struct dbn_mapping *mapping = &out->mappings[i];
        mapping->raw_symbol = take_symbol(in, symbol_bytes);
        mapping->interval_count = take_count(in, 8 + symbol_bytes, "intervals of a symbol");
        mapping->intervals = arena_array(in->arena, struct dbn_interval, mapping->interval_count);
        for (size_t k = 0; k < mapping->interval_count && !in->err; k++) {
            mapping->intervals[k].start_date = take_date(in);
            mapping->intervals[k].end_date = take_date(in);
            mapping->intervals[k].symbol = take_symbol(in, symbol_bytes);
        }
    }
    out->mapping_count = in->err ? 0 : count;
}

/* What follows the fixed part; the same in DBZ and in every version. */
static void take_symbology(struct cursor *in, struct dbn_metadata *out)
{
    if (take_number(in, 4, "the schema definition length") != 0 && !in->err)
        in->err = err_set(ERR_UNSUPPORTED, "metadata byte %zu: it holds a schema definition",
                          in->origin + in->at - 4);
    if (!in->err && out->symbol_bytes == 0)
        in->err = err_set(ERR_CORRUPT, "metadata: symbols of 0 bytes");
    if (in->err)
        return;
    out->symbols = take_symbols(in, out->symbol_bytes, "symbols", &out->symbol_count);
    out->partial = take_symbols(in, out->symbol_bytes, "partial symbols", &out->partial_count);
    out->not_found = take_symbols(in, out->symbol_bytes, "missing symbols", &out->not_found_count);
    take_mappings(in, out);
    size_t left = in->len - in->at, padding_max = out->version == 3 ? 7 : 0;
    if (!in->err && left > padding_max)
        in->err = err_set(ERR_CORRUPT, "metadata byte %zu: %zu bytes are left over",
                          in->origin + in->at, left);
}

static void take_times(struct cursor *in, struct dbn_metadata *out)
{
    const char *dataset = take(in, DBN_DATASET_BYTES, "the dataset");
    if (dataset)
        memcpy(out->dataset, dataset, DBN_DATASET_BYTES);
    out->schema = (uint16_t)take_number(in, 2, "the schema");
    out->start = take_number(in, 8, "the start");
    out->end = take_number(in, 8, "the end");
    out->limit = take_number(in, 8, "the limit");
}

enum err dbn_metadata_decode(struct dbn_metadata *out, struct arena *arena, const uint8_t *bytes,
                             size_t len, size_t *used_bytes)
{
    if (len < PRELUDE_BYTES || memcmp(bytes, "DBN", 3) != 0)
        return err_set(ERR_PARSE, "it does not start with DBN metadata");
    int version = bytes[3];
    if (version < 1 || version > DBN_VERSION_MAX)
        return err_set(ERR_UNSUPPORTED, "DBN version %d; this program reads 1 to %d", version,
                       DBN_VERSION_MAX);
    uint32_t length;
    memcpy(&length, bytes + 4, sizeof length);
    if (length < FIXED_BYTES + COUNTS_BYTES)
        return err_set(ERR_CORRUPT, "metadata of %" PRIu32 " bytes; at least %d are needed", length,
                       FIXED_BYTES + COUNTS_BYTES);
    if (length > len - PRELUDE_BYTES)
        return err_set(ERR_CORRUPT, "metadata of %" PRIu32 " bytes, but only %zu follow", length,
                       len - PRELUDE_BYTES);

    struct cursor in = { .arena = arena,
                         .bytes = arena_strndup(arena, (const char *)bytes + PRELUDE_BYTES, length),
                         .len = length,
                         .origin = PRELUDE_BYTES };
    dbn_metadata_init(out);
    out->version = version;
    take_times(&in, out);
    if (version == 1)
        out->record_count = take_number(&in, 8, "the record count");
    out->stype_in = (uint8_t)take_number(&in, 1, "stype_in");
    out->stype_out = (uint8_t)take_number(&in, 1, "stype_out");
    out->ts_out = take_number(&in, 1, "ts_out") != 0;
    out->symbol_bytes =
        version == 1 ? DBN_SYMBOL_BYTES_V1 : (uint16_t)take_number(&in, 2, "the symbol length");
    take(&in, FIXED_BYTES - in.at, "the reserved bytes");
    take_symbology(&in, out);
    if (!in.err)
        *used_bytes = PRELUDE_BYTES + (size_t)length;
    return in.err;
}

enum err dbn_metadata_decode_dbz(struct dbn_metadata *out, struct arena *arena,
                                 const uint8_t *content, size_t len)
{
    if (len < DBZ_FIXED_BYTES || memcmp(content, "DBZ", 3) != 0)
        return err_set(ERR_CORRUPT, "legacy DBZ metadata of %zu bytes; at least %d are needed", len,
                       DBZ_FIXED_BYTES);
    if (content[3] != 1)
        return err_set(ERR_UNSUPPORTED, "DBZ version %d; this program reads 1", content[3]);

    struct cursor in = { .arena = arena,
                         .bytes = arena_strndup(arena, (const char *)content, DBZ_FIXED_BYTES),
                         .len = DBZ_FIXED_BYTES,
                         .at = 4 };
    dbn_metadata_init(out);
    out->version = 0;
    take_times(&in, out);
    out->record_count = take_number(&in, 8, "the record count");
    take(&in, 1, "the compression"); /* always zstd */
    out->stype_in = (uint8_t)take_number(&in, 1, "stype_in");
    out->stype_out = (uint8_t)take_number(&in, 1, "stype_out");
    out->symbol_bytes = DBN_SYMBOL_BYTES_V1;
    MUST(in.err == ERR_OK);

    struct buf symbols = { 0 };
    enum err err = dbn_unpack(content + DBZ_FIXED_BYTES, len - DBZ_FIXED_BYTES,
                              DBN_METADATA_BYTES_MAX, &symbols);
    if (err)
        err_add(err, "the packed symbols of the metadata");
    else {
        in = (struct cursor){ .arena = arena,
                              .bytes = arena_strndup(arena, symbols.ptr, symbols.len),
                              .len = symbols.len };
        take_symbology(&in, out);
        err = in.err;
    }
    buf_free(&symbols);
    return err;
}

/* ---- encode ---- */

static void put_number(struct buf *out, uint64_t number, size_t bytes)
{
    buf_append(out, &number, bytes);
}

static void put_zeros(struct buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_putc(out, 0);
}

static enum err put_symbol(struct buf *out, const char *symbol, size_t symbol_bytes)
{
    size_t len = strlen(symbol);
    if (len >= symbol_bytes)
        return err_set(ERR_RANGE, "symbol \"%s\" is longer than %zu characters", symbol,
                       symbol_bytes - 1);
    buf_append(out, symbol, len);
    put_zeros(out, symbol_bytes - len);
    return ERR_OK;
}

static enum err put_symbols(struct buf *out, const char **symbols, size_t count,
                            size_t symbol_bytes)
{
    put_number(out, count, 4);
    enum err err = ERR_OK;
    for (size_t i = 0; i < count && !err; i++)
        err = put_symbol(out, symbols[i], symbol_bytes);
    return err;
}

static enum err put_mapping(struct buf *out, const struct dbn_mapping *mapping, size_t symbol_bytes)
{
    enum err err = put_symbol(out, mapping->raw_symbol, symbol_bytes);
    put_number(out, mapping->interval_count, 4);
    for (size_t i = 0; i < mapping->interval_count && !err; i++) {
        put_number(out, (uint32_t)mapping->intervals[i].start_date, 4);
        put_number(out, (uint32_t)mapping->intervals[i].end_date, 4);
        err = put_symbol(out, mapping->intervals[i].symbol, symbol_bytes);
    }
    return err;
}

static void put_fixed(struct buf *out, const struct dbn_metadata *metadata)
{
    size_t start = out->len;
    char dataset[DBN_DATASET_BYTES] = { 0 };
    memcpy(dataset, metadata->dataset, strnlen(metadata->dataset, sizeof dataset));
    buf_append(out, dataset, sizeof dataset);
    put_number(out, metadata->schema, 2);
    put_number(out, metadata->start, 8);
    put_number(out, metadata->end, 8);
    put_number(out, metadata->limit, 8);
    if (metadata->version == 1)
        put_number(out, metadata->record_count, 8);
    put_number(out, metadata->stype_in, 1);
    put_number(out, metadata->stype_out, 1);
    put_number(out, metadata->ts_out, 1);
    if (metadata->version > 1)
        put_number(out, metadata->symbol_bytes, 2);
    put_zeros(out, FIXED_BYTES - (out->len - start));
}

enum err dbn_metadata_encode(const struct dbn_metadata *metadata, struct buf *out)
{
    int version = metadata->version;
    size_t start = out->len;
    size_t symbol_bytes = version == 1 ? DBN_SYMBOL_BYTES_V1 : metadata->symbol_bytes;
    if (version < 1 || version > DBN_VERSION_MAX)
        return err_set(ERR_UNSUPPORTED, "DBN version %d cannot be written", version);
    MUST(symbol_bytes > 0);

    buf_append(out, "DBN", 3);
    put_number(out, (uint64_t)version, 1);
    put_number(out, 0, 4); /* the length, once known */
    put_fixed(out, metadata);
    put_number(out, 0, 4); /* no schema definition */
    enum err err = put_symbols(out, metadata->symbols, metadata->symbol_count, symbol_bytes);
    if (!err)
        err = put_symbols(out, metadata->partial, metadata->partial_count, symbol_bytes);
    if (!err)
        err = put_symbols(out, metadata->not_found, metadata->not_found_count, symbol_bytes);
    put_number(out, metadata->mapping_count, 4);
    for (size_t i = 0; i < metadata->mapping_count && !err; i++)
        err = put_mapping(out, &metadata->mappings[i], symbol_bytes);
    if (!err && out->len - start - PRELUDE_BYTES > DBN_METADATA_BYTES_MAX)
        err = err_set(ERR_RANGE, "metadata of more than %zu bytes", DBN_METADATA_BYTES_MAX);
    if (err) {
        out->len = start;
        return err;
    }
    if (version == 3)
        put_zeros(out, -(out->len - start - PRELUDE_BYTES) % 8);
    uint32_t length = (uint32_t)(out->len - start - PRELUDE_BYTES);
    memcpy(out->ptr + start + 4, &length, sizeof length);
    return ERR_OK;
}
