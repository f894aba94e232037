#include "adapters/dbn/dbn_dump.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "adapters/dbn/dbn_symbols.h"
#include "base/date.h"

/* One line being written: the header of a CSV, or the values of a record. */
struct line {
    struct buf text;
    enum { HEADER, CSV, JSON } mode;
    bool iso_times;
    bool first; /* no column before this one */
    int level;  /* CSV: number of the book level, -1 outside */
};

void dbn_price_format(char out[DBN_PRICE_TEXT_BYTES], int64_t price)
{
    out[0] = 0;
    if (price == DBN_PRICE_NONE)
        return;
    uint64_t size = price < 0 ? -(uint64_t)price : (uint64_t)price;
    uint64_t fraction = size % 1000000000;
    int len = snprintf(out, DBN_PRICE_TEXT_BYTES, "%s%" PRIu64 ".%09" PRIu64, price < 0 ? "-" : "",
                       size / 1000000000, fraction);
    if (fraction == 0)
        len -= 9; /* and the point, below */
    while (out[len - 1] == '0' && fraction)
        len--;
    out[fraction ? len : len - 1] = 0;
}

void dbn_time_format(char out[DBN_TIME_TEXT_BYTES], uint64_t time)
{
    out[0] = 0;
    if (time == DBN_TIME_NONE)
        return;
    uint64_t second = time / 1000000000, day = second / 86400;
    unsigned in_day = (unsigned)(second % 86400);
    char date[DATE_TEXT_BYTES];
    if ((int64_t)day > date_to_days(21991231)) { /* no calendar that far: the bare number */
        snprintf(out, DBN_TIME_TEXT_BYTES, "%" PRIu64, time);
        return;
    }
    date_format(date, date_from_days((int32_t)day));
    snprintf(out, DBN_TIME_TEXT_BYTES, "%sT%02u:%02u:%02u.%09" PRIu64 "Z", date, in_day / 3600,
             in_day / 60 % 60, in_day % 60, time % 1000000000);
}

/* ---- columns ---- */

/* Text in quotes. CSV doubles a quote; JSON escapes, and shows what is not UTF-8 byte by byte. */
static void put_quoted(struct buf *out, const char *text, size_t len, bool json)
{
    bool utf8 = str_is_utf8((struct str){ text, len });
    buf_putc(out, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (!json && c == '"')
            buf_puts(out, "\"\"");
        else if (json && (c == '"' || c == '\\'))
            buf_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7F || (c >= 0x80 && !utf8))
            buf_printf(out, "\\u%04x", c);
        else
            buf_putc(out, (char)c);
    }
    buf_putc(out, '"');
}

static bool needs_quotes(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] > 0x7E || text[i] == '"' ||
            text[i] == ',')
            return true;
    return len && (text[0] == ' ' || text[len - 1] == ' ');
}

/* Start a column; false when its value is not wanted. */
static bool column(struct line *line, const char *name, const char *suffix)
{
    if (!line->first)
        buf_putc(&line->text, ',');
    line->first = false;
    if (line->mode == JSON)
        buf_printf(&line->text, "\"%s%s\":", name, suffix);
    if (line->mode == HEADER)
        buf_printf(&line->text, "%s%s", name, suffix);
    if (line->mode == HEADER && line->level >= 0)
        buf_printf(&line->text, "_%02d", line->level);
    return line->mode != HEADER;
}

static void put_null(struct line *line)
{
    if (line->mode == JSON)
        buf_puts(&line->text, "null");
}

static void put_text(struct line *line, const char *text, size_t len)
{
    if (!text)
        put_null(line);
    else if (line->mode == JSON || needs_quotes(text, len))
        put_quoted(&line->text, text, len, line->mode == JSON);
    else
        buf_append(&line->text, text, len);
}

static void text_column(struct line *line, const char *name, const char *suffix, const char *text)
{
    if (column(line, name, suffix))
        put_text(line, text, text ? strlen(text) : 0);
}

static void time_column(struct line *line, const char *name, uint64_t time)
{
    if (!column(line, name, ""))
        return;
    if (time == DBN_TIME_NONE) {
        put_null(line);
    } else if (line->iso_times) {
        char text[DBN_TIME_TEXT_BYTES];
        dbn_time_format(text, time);
        put_text(line, text, strlen(text));
    } else {
        buf_printf(&line->text, "%" PRIu64, time);
    }
}

static void number_column(struct line *line, const struct dbn_field *field, int64_t value)
{
    if (!column(line, field->name, ""))
        return;
    if (dbn_field_is_none(field, value)) {
        put_null(line);
    } else if (field->meaning == DBN_PRICE) {
        char text[DBN_PRICE_TEXT_BYTES];
        dbn_price_format(text, value);
        buf_puts(&line->text, text);
    } else if (field->meaning == DBN_CHAR) {
        put_text(line, (char[]){ (char)value }, 1);
    } else if (field->is_signed) {
        buf_printf(&line->text, "%" PRId64, value);
    } else {
        buf_printf(&line->text, "%" PRIu64, (uint64_t)value);
    }
}

static bool has_names(const struct dbn_field *field)
{
    return field->meaning >= DBN_STYPE && field->meaning <= DBN_PUBLISHER;
}

static void put_fields(struct line *line, const struct dbn_field *fields, size_t count,
                       const uint8_t *bytes);

static void put_levels(struct line *line, const struct dbn_field *field, const uint8_t *bytes)
{
    if (line->mode == JSON) {
        column(line, field->name, "");
        buf_putc(&line->text, '[');
    }
    for (int level = 0; level < field->count; level++) {
        if (line->mode == JSON) {
            buf_puts(&line->text, level ? ",{" : "{");
            line->first = true;
        }
        line->level = level;
        put_fields(line, field->level_fields, field->level_field_count,
                   bytes + field->offset + level * field->bytes);
        if (line->mode == JSON)
            buf_putc(&line->text, '}');
    }
    line->level = -1;
    line->first = false;
    if (line->mode == JSON)
        buf_putc(&line->text, ']');
}

static void put_fields(struct line *line, const struct dbn_field *fields, size_t count,
                       const uint8_t *bytes)
{
    for (size_t i = 0; i < count; i++) {
        const struct dbn_field *field = &fields[i];
        if (field->meaning == DBN_GAP) {
            continue;
        } else if (field->meaning == DBN_LEVELS) {
            put_levels(line, field, bytes);
        } else if (field->meaning == DBN_TEXT) {
            const char *text = (const char *)bytes + field->offset;
            if (column(line, field->name, ""))
                put_text(line, text, strnlen(text, field->bytes));
        } else {
            int64_t value = dbn_field_get(field, bytes);
            if (field->meaning == DBN_TIME)
                time_column(line, field->name, (uint64_t)value);
            else
                number_column(line, field, value);
            if (has_names(field))
                text_column(line, field->name, "_name",
                            dbn_name((enum dbn_meaning)field->meaning, (uint32_t)value));
        }
    }
}

/* ---- records ---- */

struct dump {
    struct dbn_dump_options options;
    const struct dbn_metadata *metadata; /* NULL for a fragment */
    bool has_ts_out;
    struct dbn_symbols symbols;
    struct line line;
    const struct dbn_layout *header_layout; /* CSV: of the header last written */
    const char *header_name;
};

/* The schema where the type alone does not tell it. */
static const char *record_name(const struct dbn_metadata *metadata, uint8_t rtype)
{
    const char *name = dbn_rtype_name(rtype);
    const char *schema = metadata ? dbn_name(DBN_SCHEMA, metadata->schema) : NULL;
    if (schema && rtype == DBN_RTYPE_MBP1 && strcmp(schema, "tbbo") == 0)
        return schema;
    if (schema && rtype == DBN_RTYPE_OHLCV_OLD && strncmp(schema, "ohlcv", 5) == 0)
        return schema;
    return name;
}

static void put_record(struct dump *dump, const struct dbn_record *rec, const char *name)
{
    struct line *line = &dump->line;
    line->first = true;
    line->level = -1;
    if (line->mode == JSON)
        buf_putc(&line->text, '{');
    if (column(line, "rtype", ""))
        buf_printf(&line->text, "%u", rec->hd.rtype);
    text_column(line, "record", "", name);
    if (column(line, "publisher_id", ""))
        buf_printf(&line->text, "%u", rec->hd.publisher_id);
    text_column(line, "publisher", "", dbn_name(DBN_PUBLISHER, rec->hd.publisher_id));
    if (column(line, "instrument_id", ""))
        buf_printf(&line->text, "%" PRIu32, rec->hd.instrument_id);
    text_column(line, "symbol", "",
                dbn_symbols_find(&dump->symbols, rec->hd.instrument_id, dbn_record_time(rec)));
    time_column(line, "ts_event", rec->hd.ts_event);
    put_fields(line, rec->layout->fields, rec->layout->field_count, rec->bytes);
    if (dump->has_ts_out)
        time_column(line, "ts_out", rec->ts_out);
    buf_puts(&line->text, line->mode == JSON ? "}\n" : "\n");
}

static void put_line(struct dump *dump, const struct dbn_record *rec, const char *name)
{
    struct line *line = &dump->line;
    buf_clear(&line->text);
    bool new_header = rec->layout != dump->header_layout || name != dump->header_name;
    if (dump->options.format == DBN_DUMP_CSV && new_header) {
        if (dump->header_layout)
            buf_putc(&line->text, '\n');
        line->mode = HEADER;
        put_record(dump, rec, name);
        dump->header_layout = rec->layout;
        dump->header_name = name;
    }
    line->mode = dump->options.format == DBN_DUMP_CSV ? CSV : JSON;
    put_record(dump, rec, name);
}

static enum err check_only(const char *only)
{
    if (!only || strcmp(only, "tbbo") == 0)
        return ERR_OK;
    for (int rtype = 0; rtype < 256; rtype++) {
        const char *name = dbn_rtype_name((uint8_t)rtype);
        if (name && strcmp(name, only) == 0)
            return ERR_OK;
    }
    return err_set(ERR_USAGE, "\"%s\" is no kind of DBN record; such are trades, definition, mbp-1",
                   only);
}

static enum err dump_records(struct dump *dump, struct dbn_reader *reader, FILE *out,
                             uint64_t *written)
{
    const struct dbn_dump_options *options = &dump->options;
    while (!options->limit || *written < options->limit) {
        const struct dbn_record *rec;
        enum err err = dbn_reader_next(reader, &rec);
        if (err || !rec)
            return err;
        if (rec->layout->kind == DBN_KIND_SYMBOL_MAPPING) {
            union dbn_any any;
            dbn_record_get(rec, &any);
            dbn_symbols_learn(&dump->symbols, &any.symbol_mapping);
        }
        const char *name = record_name(dump->metadata, rec->hd.rtype);
        if (options->only && strcmp(options->only, name) != 0)
            continue;
        put_line(dump, rec, name);
        if (fwrite(dump->line.text.ptr, 1, dump->line.text.len, out) != dump->line.text.len)
            return err_set(ERR_IO, "the dump cannot be written: %s", strerror(errno));
        (*written)++;
    }
    return ERR_OK;
}

enum err dbn_dump_reader(struct dbn_reader *reader, const struct dbn_dump_options *options,
                         FILE *out, struct dbn_dump_summary *summary)
{
    struct dump dump = { .metadata = dbn_reader_metadata(reader) };
    if (options)
        dump.options = *options;
    dump.line.iso_times = dump.options.iso_times;
    dump.has_ts_out = dump.metadata ? dump.metadata->ts_out : dump.options.fragment.ts_out;
    dbn_symbols_init(&dump.symbols, dump.metadata);

    uint64_t written = 0;
    enum err err = check_only(dump.options.only);
    if (!err)
        err = dump_records(&dump, reader, out, &written);
    if (!err && fflush(out) != 0)
        err = err_set(ERR_IO, "the dump cannot be written: %s", strerror(errno));
    if (summary)
        *summary = (struct dbn_dump_summary){ .records = written,
                                              .unknown = dbn_reader_unknown(reader),
                                              .version = dbn_reader_version(reader) };
    dbn_symbols_clear(&dump.symbols);
    buf_free(&dump.line.text);
    return err;
}

enum err dbn_dump(const char *path, const struct dbn_dump_options *options, FILE *out,
                  struct dbn_dump_summary *summary)
{
    struct dbn_reader *reader;
    if (summary)
        *summary = (struct dbn_dump_summary){ 0 };
    enum err err = dbn_reader_open(&reader, path, options ? &options->fragment : NULL);
    if (err)
        return err;
    err = dbn_dump_reader(reader, options, out, summary);
    dbn_reader_close(reader);
    return err;
}

/* ---- metadata ---- */

static void put_symbols(struct line *line, const char *name, const char **symbols, size_t count)
{
    column(line, name, "");
    buf_putc(&line->text, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_putc(&line->text, ',');
        put_text(line, symbols[i], strlen(symbols[i]));
    }
    buf_putc(&line->text, ']');
}

static void put_mapping(struct line *line, const struct dbn_mapping *mapping)
{
    line->first = true;
    buf_putc(&line->text, '{');
    text_column(line, "raw_symbol", "", mapping->raw_symbol);
    column(line, "intervals", "");
    buf_putc(&line->text, '[');
    for (size_t i = 0; i < mapping->interval_count; i++) {
        char date[DATE_TEXT_BYTES];
        line->first = true;
        buf_puts(&line->text, i ? ",{" : "{");
        date_format(date, mapping->intervals[i].start_date);
        text_column(line, "start_date", "", date);
        date_format(date, mapping->intervals[i].end_date);
        text_column(line, "end_date", "", date);
        text_column(line, "symbol", "", mapping->intervals[i].symbol);
        buf_putc(&line->text, '}');
    }
    buf_puts(&line->text, "]}");
}

static void optional_column(struct line *line, const char *name, uint64_t value, uint64_t none)
{
    column(line, name, "");
    if (value == none)
        put_null(line);
    else
        buf_printf(&line->text, "%" PRIu64, value);
}

void dbn_dump_metadata(const struct dbn_metadata *metadata, FILE *out)
{
    struct line line = { .mode = JSON, .first = true, .level = -1 };
    buf_putc(&line.text, '{');
    if (metadata) {
        column(&line, "version", "");
        buf_printf(&line.text, "%d", metadata->version);
        text_column(&line, "dataset", "", metadata->dataset);
        text_column(&line, "schema", "", dbn_name(DBN_SCHEMA, metadata->schema));
        time_column(&line, "start", metadata->start);
        time_column(&line, "end", metadata->end);
        optional_column(&line, "limit", metadata->limit, 0);
        optional_column(&line, "record_count", metadata->record_count, UINT64_MAX);
        text_column(&line, "stype_in", "", dbn_name(DBN_STYPE, metadata->stype_in));
        text_column(&line, "stype_out", "", dbn_name(DBN_STYPE, metadata->stype_out));
        column(&line, "ts_out", "");
        buf_puts(&line.text, metadata->ts_out ? "true" : "false");
        put_symbols(&line, "symbols", metadata->symbols, metadata->symbol_count);
        put_symbols(&line, "partial", metadata->partial, metadata->partial_count);
        put_symbols(&line, "not_found", metadata->not_found, metadata->not_found_count);
        column(&line, "mappings", "");
        buf_putc(&line.text, '[');
        for (size_t i = 0; i < metadata->mapping_count; i++) {
            if (i)
                buf_putc(&line.text, ',');
            put_mapping(&line, &metadata->mappings[i]);
        }
        buf_putc(&line.text, ']');
    }
    buf_puts(&line.text, "}\n");
    fwrite(line.text.ptr, 1, line.text.len, out);
    buf_free(&line.text);
}
