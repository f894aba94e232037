/*
 * Databento DBN: quotes, trades, bars, open interest and definitions of options, and prices of the
 * stocks under them, from any number of files of any schema and version.
 *
 * All files are read side by side in order of time, so that the row of a contract says what all of
 * them know of it. What becomes what:
 *
 *   cbbo-1s, cbbo-1m, bbo-*   bid, ask and last trade: a row at the end of each interval
 *   cmbp-1, tcbbo             the same at the end of the minute; trades add to the volume
 *   mbp-1, mbp-10             the best level. On OPRA these hold a record per venue and one for all
 *                             of them (publisher 30): that one is taken; elsewhere the first venue
 * met trades, tbbo              last and volume. The book of tbbo is one venue's and is left alone
 *   ohlcv-*                   volume over all venues; last, of the venue with the most volume,
 * where no trade or sample says it statistics                open interest definition which
 * contract an id is, where a file has no mappings
 *
 * A day's volume of a contract is counted from one kind of record, the first that came. For stocks,
 * quotes and trades give the underlying's level in the rows of its options, and daily bars become
 * the series of bars. A trade's condition is not in DBN: late and spread prints count as trades.
 */
#include <string.h>

#include "adapters/dbn/dbn_symbols.h"
#include "adapters/import/dbn_lines.h"
#include "domain/types/calendar.h"

enum { READERS_MAX = 256, BYTES_EVERY_ROWS = 4096, ID_SLOTS_MIN = 64 };

/* Which line an id of a file is, and for which days that answer holds. */
struct known_id {
    uint32_t id;
    bool is_used;
    int32_t utc_day; /* days since 1970 */
    struct dbn_line *line;
};

/* One file while it is read. */
struct stream {
    const struct import_file *file;
    struct dbn_reader *reader;
    struct dbn_symbols symbols;
    const struct dbn_record *rec; /* the next record, and when it was known */
    int64_t ts;
    int64_t interval; /* of deprecated bars, by the file's schema; 0 when not of that kind */
    int64_t last_ts;
    uint64_t row, bytes_told;
    size_t order;
    bool has_mappings;
    struct known_id *ids;
    size_t id_slots, id_count;
};

struct merge {
    struct import *import;
    struct dbn_lines lines;
    struct stream *streams;
    size_t stream_count;
    size_t *heap; /* indices of streams with a record, earliest first */
    size_t heap_count;
    const char *limited; /* the first file that was asked for with a limit of records */
    size_t limited_count;
    struct dbn_symbols defined; /* OPRA ids by the definitions met, for files without mappings */
};

static struct import_place place_of(const struct stream *stream)
{
    return (struct import_place){ stream->file->name, stream->row, NULL };
}

/* ---- time ------------------------------------------------------------------------------------ */

static int64_t bar_interval(const struct stream *stream, uint8_t rtype)
{
    switch (rtype) {
    case DBN_RTYPE_OHLCV_1S:
        return NANOS_PER_SECOND;
    case DBN_RTYPE_OHLCV_1M:
        return NANOS_PER_MINUTE;
    case DBN_RTYPE_OHLCV_1H:
        return NANOS_PER_HOUR;
    case DBN_RTYPE_OHLCV_OLD:
        return stream->interval;
    default:
        return NANOS_PER_DAY;
    }
}

/* When a record was known: bars when they end, daily ones at the day's close. TS_NONE: it says not.
 */
static int64_t known_at(const struct stream *stream, const struct dbn_record *rec)
{
    uint64_t time = dbn_record_time(rec);
    if (time >= INT64_MAX - (uint64_t)NANOS_PER_DAY)
        return TS_NONE;
    int64_t ts = (int64_t)time;
    if (rec->layout->kind != DBN_KIND_OHLCV)
        return ts;
    int64_t interval = bar_interval(stream, rec->hd.rtype);
    if (interval < NANOS_PER_DAY)
        return ts + interval;
    int32_t date = zone_date(ZONE_UTC, ts);
    return calendar_day(calendar_us(), date) == DAY_UNKNOWN ? ts : dbn_lines_close_ts(date);
}

static int64_t interval_of_schema(const struct dbn_metadata *metadata)
{
    static const char *const names[] = { "ohlcv-1s", "ohlcv-1m", "ohlcv-1h", "ohlcv-1d" };
    static const int64_t intervals[] = { NANOS_PER_SECOND, NANOS_PER_MINUTE, NANOS_PER_HOUR,
                                         NANOS_PER_DAY };
    const char *schema = metadata ? dbn_name(DBN_SCHEMA, metadata->schema) : NULL;
    for (size_t i = 0; schema && i < ARRAY_COUNT(names); i++)
        if (strcmp(schema, names[i]) == 0)
            return intervals[i];
    return NANOS_PER_DAY;
}

/* ---- files ----------------------------------------------------------------------------------- */

static void tell_bytes(struct merge *merge, struct stream *stream)
{
    uint64_t total, taken = dbn_reader_file_bytes(stream->reader, &total);
    import_count_bytes(merge->import, taken - stream->bytes_told);
    stream->bytes_told = taken;
}

static void close_stream(struct merge *merge, struct stream *stream)
{
    if (!stream->reader)
        return;
    tell_bytes(merge, stream);
    if (dbn_reader_unknown(stream->reader))
        import_remark(merge->import, "%s: %llu records of a type that is not known, left out",
                      stream->file->name, (unsigned long long)dbn_reader_unknown(stream->reader));
    dbn_symbols_clear(&stream->symbols);
    dbn_reader_close(stream->reader);
    mem_free(stream->ids);
    stream->reader = NULL;
    stream->ids = NULL;
}

/* The next record that has its time and is not older than the one before; rec is NULL at the end.
 */
static enum err next_record(struct merge *merge, struct stream *stream)
{
    for (;;) {
        enum err err = dbn_reader_next(stream->reader, &stream->rec);
        if (err || !stream->rec)
            return err;
        stream->row++;
        import_count_rows(merge->import, 1);
        if (stream->row % BYTES_EVERY_ROWS == 0)
            tell_bytes(merge, stream);
        stream->ts = known_at(stream, stream->rec);
        if (stream->ts == TS_NONE) {
            err = import_bad_row(merge->import, place_of(stream), "a %s record without a time",
                                 dbn_rtype_name(stream->rec->hd.rtype));
            if (err)
                return err;
            continue;
        }
        /* These only name instruments: in live streams of replayed data their clock is another. */
        bool names = stream->rec->layout->kind == DBN_KIND_SYMBOL_MAPPING ||
                     stream->rec->layout->kind == DBN_KIND_DEFINITION;
        if (stream->rec->layout->kind == DBN_KIND_SYMBOL_MAPPING ||
            (names && stream->ts < stream->last_ts))
            stream->ts = stream->last_ts;
        if (stream->ts >= stream->last_ts) {
            if (!names)
                stream->last_ts = stream->ts;
            return ERR_OK;
        }
        import_found(merge->import, FOUND_OUT_OF_ORDER, place_of(stream), NULL);
    }
}

static enum err open_stream(struct merge *merge, struct stream *stream)
{
    struct import *import = merge->import;
    struct dbn_reader_options options = { .version = import->options->dbn_version };
    enum err err = dbn_reader_open(&stream->reader, stream->file->path, &options);
    if (err)
        return err;
    const struct dbn_metadata *metadata = dbn_reader_metadata(stream->reader);
    dbn_symbols_init(&stream->symbols, metadata);
    stream->interval = interval_of_schema(metadata);
    stream->has_mappings = metadata && metadata->mapping_count;
    stream->last_ts = INT64_MIN;
    if (metadata && metadata->limit && !merge->limited_count++)
        merge->limited = stream->file->name;
    import->summary->files++;
    return next_record(merge, stream);
}

/* ---- instruments ----------------------------------------------------------------------------- */

static struct str dataset_of(const struct stream *stream, const struct dbn_header *hd)
{
    const struct dbn_metadata *metadata = dbn_reader_metadata(stream->reader);
    if (metadata && metadata->dataset[0])
        return str_from(metadata->dataset);
    const char *publisher = dbn_name(DBN_PUBLISHER, hd->publisher_id);
    return str_from(publisher ? publisher : "");
}

static bool is_opra(const struct stream *stream, const struct dbn_header *hd)
{
    return str_starts_with(dataset_of(stream, hd), STR("OPRA."));
}

static struct known_id *id_slot(struct stream *stream, uint32_t id)
{
    if (stream->id_count * 2 >= stream->id_slots) {
        struct known_id *old = stream->ids;
        size_t old_slots = stream->id_slots;
        stream->id_slots = old_slots ? old_slots * 2 : ID_SLOTS_MIN;
        stream->ids = mem_alloc(stream->id_slots * sizeof *stream->ids);
        stream->id_count = 0;
        for (size_t i = 0; i < old_slots; i++)
            if (old[i].is_used)
                *id_slot(stream, old[i].id) = old[i];
        mem_free(old);
    }
    size_t at = (id * UINT32_C(2654435769)) & (stream->id_slots - 1);
    while (stream->ids[at].is_used && stream->ids[at].id != id)
        at = (at + 1) & (stream->id_slots - 1);
    if (!stream->ids[at].is_used) {
        stream->ids[at] = (struct known_id){ .id = id, .is_used = true, .utc_day = INT32_MIN };
        stream->id_count++;
    }
    return &stream->ids[at];
}

/* The line of a record, by its id on its day; NULL when it has none. */
static enum err line_of(struct merge *merge, struct stream *stream, const struct dbn_header *hd,
                        struct dbn_line **line)
{
    uint64_t time = dbn_record_time(stream->rec);
    struct known_id *known = id_slot(stream, hd->instrument_id);
    int32_t utc_day = (int32_t)(time / (uint64_t)NANOS_PER_DAY);
    *line = known->line;
    if (known->utc_day == utc_day && known->line)
        return ERR_OK;
    const char *symbol = dbn_symbols_find(&stream->symbols, hd->instrument_id, time);
    if (!symbol && !stream->has_mappings && is_opra(stream, hd))
        symbol = dbn_symbols_find(&merge->defined, hd->instrument_id, time);
    if (!symbol) {
        *line = NULL;
        import_found(merge->import, FOUND_NO_SYMBOL, place_of(stream), NULL);
        return ERR_OK;
    }
    enum err err = dbn_lines_get(&merge->lines, place_of(stream), str_from(symbol),
                                 dataset_of(stream, hd), line);
    if (!err && !*line)
        import_found(merge->import, FOUND_NOT_STORED, place_of(stream), symbol);
    known->utc_day = utc_day;
    known->line = *line;
    return err;
}

/* A definition names an id from here on. Mappings know better: they have dates. */
static void learn(struct merge *merge, struct stream *stream, const struct dbn_definition *from)
{
    struct dbn_symbol_mapping mapping = { .hd.instrument_id = from->hd.instrument_id };
    memcpy(mapping.stype_out_symbol, from->raw_symbol, sizeof mapping.stype_out_symbol);
    if (!stream->has_mappings) {
        dbn_symbols_learn(&stream->symbols, &mapping);
        id_slot(stream, from->hd.instrument_id)->line = NULL;
    }
    if (is_opra(stream, &from->hd))
        dbn_symbols_learn(&merge->defined, &mapping);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* A price in micros; one beyond what the store holds is a row that cannot be read. */
static enum err read_price(struct merge *merge, const struct stream *stream, int64_t nanos,
                           int64_t *micros)
{
    *micros = PRICE_NONE;
    if (nanos == DBN_PRICE_NONE)
        return ERR_OK;
    int64_t price;
    if (!money_from_nanos(nanos, &price)) {
        price = nanos / 1000 + (nanos % 1000 >= 500) - (nanos % 1000 <= -500);
        import_found(merge->import, FOUND_ROUNDED, place_of(stream), NULL);
    }
    if (price > STORE_PRICE_MAX || price < -STORE_PRICE_MAX)
        return import_bad_row(merge->import, place_of(stream),
                              "a price of %lld.%06lld is beyond all reason",
                              (long long)(price / 1000000), (long long)(price % 1000000));
    *micros = price;
    return ERR_OK;
}

static void note_flags(struct merge *merge, const struct stream *stream, uint8_t flags)
{
    if (flags & DBN_FLAG_BAD_BOOK)
        import_found(merge->import, FOUND_BAD_BOOK, place_of(stream), NULL);
}

static enum err set_quote(struct merge *merge, const struct stream *stream, struct dbn_line *line,
                          int64_t bid, int64_t ask, uint32_t bid_size, uint32_t ask_size)
{
    int64_t bid_micros, ask_micros;
    enum err err = read_price(merge, stream, bid, &bid_micros);
    if (!err)
        err = read_price(merge, stream, ask, &ask_micros);
    if (err)
        return err;
    line->quote.bid = bid_micros;
    line->quote.ask = ask_micros;
    line->quote.bid_size = bid_micros == PRICE_NONE ? SIZE_NONE : bid_size;
    line->quote.ask_size = ask_micros == PRICE_NONE ? SIZE_NONE : ask_size;
    return ERR_OK;
}

static enum err set_last(struct merge *merge, const struct stream *stream, struct dbn_line *line,
                         int64_t price)
{
    int64_t micros;
    enum err err = read_price(merge, stream, price, &micros);
    if (!err && micros != PRICE_NONE) {
        line->quote.last = micros;
        line->has_trade = true;
    }
    return err;
}

/* Trades and bars tell the same volume: one kind of record counts for a contract's day. */
static void add_volume(struct dbn_line *line, uint8_t rtype, uint64_t size)
{
    if (line->quote.volume == SIZE_NONE) {
        line->quote.volume = 0;
        line->volume_rtype = rtype;
    }
    if (line->volume_rtype != rtype)
        return;
    uint64_t room = SIZE_NONE - 1 - line->quote.volume;
    line->quote.volume += (uint32_t)(size < room ? size : room);
}

static enum err add_trade(struct merge *merge, const struct stream *stream, struct dbn_line *line,
                          int64_t price, uint32_t size)
{
    if (size != DBN_SIZE_NONE)
        add_volume(line, stream->rec->hd.rtype, size);
    enum err err = set_last(merge, stream, line, price);
    if (!err && price != DBN_PRICE_NONE && size != DBN_SIZE_NONE &&
        line->volume_rtype == stream->rec->hd.rtype)
        dbn_lines_traded(&merge->lines, line, stream->ts, line->quote.last, size);
    return err;
}

/* Is this venue's book the one to follow? */
static bool follows(const struct stream *stream, struct dbn_line *line, const struct dbn_header *hd)
{
    if (is_opra(stream, hd))
        return hd->publisher_id == DBN_PUBLISHER_OPRA;
    if (!line->quote_publisher)
        line->quote_publisher = hd->publisher_id;
    return line->quote_publisher == hd->publisher_id;
}

/* ---- records --------------------------------------------------------------------------------- */

static enum err on_book(struct merge *merge, struct stream *stream, struct dbn_line *line,
                        const struct dbn_mbp1 *book)
{
    enum err err = ERR_OK;
    if (book->action == 'T')
        err = add_trade(merge, stream, line, book->price, book->size);
    else if (!follows(stream, line, &book->hd))
        return ERR_OK;
    else
        err = set_quote(merge, stream, line, book->levels[0].bid_px, book->levels[0].ask_px,
                        book->levels[0].bid_sz, book->levels[0].ask_sz);
    note_flags(merge, stream, book->flags);
    dbn_lines_row_soon(&merge->lines, line, stream->ts);
    return err;
}

static enum err on_consolidated_book(struct merge *merge, struct stream *stream,
                                     struct dbn_line *line, const struct dbn_cmbp1 *book)
{
    enum err err = set_quote(merge, stream, line, book->levels[0].bid_px, book->levels[0].ask_px,
                             book->levels[0].bid_sz, book->levels[0].ask_sz);
    if (!err && book->action == 'T')
        err = add_trade(merge, stream, line, book->price, book->size);
    note_flags(merge, stream, book->flags);
    dbn_lines_row_soon(&merge->lines, line, stream->ts);
    return err;
}

static enum err on_sample(struct merge *merge, struct stream *stream, struct dbn_line *line,
                          const union dbn_any *any)
{
    /* Both kinds have the same bytes but for the venues of the levels. */
    const struct dbn_bbo *sample = &any->bbo;
    if (stream->rec->layout->kind == DBN_KIND_BBO && !follows(stream, line, &sample->hd))
        return ERR_OK;
    enum err err =
        set_quote(merge, stream, line, sample->levels[0].bid_px, sample->levels[0].ask_px,
                  sample->levels[0].bid_sz, sample->levels[0].ask_sz);
    if (!err)
        err = set_last(merge, stream, line, sample->price);
    note_flags(merge, stream, sample->flags);
    return err ? err : dbn_lines_row_now(&merge->lines, line, stream->ts);
}

static enum err on_stock_day(struct merge *merge, struct stream *stream,
                             const struct dbn_line *line, const struct dbn_ohlcv *bar)
{
    struct series_row row = { .date = zone_date(ZONE_UTC, (int64_t)bar->hd.ts_event),
                              .value = PRICE_NONE,
                              .volume = (int64_t)(bar->volume < INT64_MAX ? bar->volume : 0) };
    enum err err = read_price(merge, stream, bar->open, &row.open);
    if (!err)
        err = read_price(merge, stream, bar->high, &row.high);
    if (!err)
        err = read_price(merge, stream, bar->low, &row.low);
    if (!err)
        err = read_price(merge, stream, bar->close, &row.close);
    return err ? err : import_series_row(merge->import, line->name, SERIES_BARS, &row);
}

/* Of a bar, in micros: the mean of its high, low and close. */
static int64_t typical_price(const struct dbn_ohlcv *bar)
{
    if (bar->high == DBN_PRICE_NONE || bar->low == DBN_PRICE_NONE || bar->close == DBN_PRICE_NONE)
        return PRICE_NONE;
    int64_t price = (int64_t)(((int128)bar->high + bar->low + bar->close) / 3000);
    return price > 0 && price <= STORE_PRICE_MAX ? price : PRICE_NONE;
}

static enum err on_bar(struct merge *merge, struct stream *stream, struct dbn_line *line,
                       const struct dbn_ohlcv *bar)
{
    bool is_daily = bar_interval(stream, bar->hd.rtype) == NANOS_PER_DAY;
    if (!line->is_option && is_daily)
        return on_stock_day(merge, stream, line, bar);
    add_volume(line, bar->hd.rtype, bar->volume);
    if (!line->is_option && line->volume_rtype == bar->hd.rtype)
        dbn_lines_traded(&merge->lines, line, stream->ts, typical_price(bar), bar->volume);
    /* Of the bars of one interval, one a venue, the largest says what the last price was. */
    enum err err = ERR_OK;
    bool is_larger = line->bar_end_ts != stream->ts || bar->volume > line->bar_volume;
    if (!line->has_trade && is_larger) {
        line->bar_end_ts = stream->ts;
        line->bar_volume = bar->volume;
        err = read_price(merge, stream, bar->close, &line->quote.last);
    }
    if (is_daily)
        dbn_lines_row_at_close(&merge->lines, line, stream->ts);
    else
        dbn_lines_row_soon(&merge->lines, line, stream->ts);
    return err;
}

static enum err on_stat(struct merge *merge, struct stream *stream, struct dbn_line *line,
                        const struct dbn_stat *stat)
{
    if (stat->stat_type != DBN_STAT_OPEN_INTEREST || !line->is_option) {
        const char *name = dbn_name(DBN_STAT_TYPE, stat->stat_type);
        import_found(merge->import, FOUND_NOT_STORED, place_of(stream), name);
        return ERR_OK;
    }
    if (stat->quantity == DBN_QUANTITY_NONE)
        return ERR_OK;
    if (stat->quantity < 0 || stat->quantity >= SIZE_NONE)
        return import_bad_row(merge->import, place_of(stream), "an open interest of %lld",
                              (long long)stat->quantity);
    line->quote.open_interest = (uint32_t)stat->quantity;
    return ERR_OK;
}

static enum err on_definition(struct merge *merge, struct stream *stream,
                              const struct dbn_definition *definition)
{
    struct dbn_line *line;
    char text[sizeof definition->raw_symbol + 1] = "";
    memcpy(text, definition->raw_symbol, sizeof definition->raw_symbol);
    learn(merge, stream, definition);
    enum err err = dbn_lines_get(&merge->lines, place_of(stream), str_from(text),
                                 dataset_of(stream, &definition->hd), &line);
    if (err || !line) {
        if (!err)
            import_found(merge->import, FOUND_NOT_STORED, place_of(stream), text);
        return err;
    }
    if (!line->is_option)
        return ERR_OK;
    if (definition->strike_price != DBN_PRICE_NONE &&
        definition->strike_price != (int64_t)line->contract.strike_mills * 1000000)
        return import_bad_row(merge->import, place_of(stream),
                              "the strike of %s is %lld.%03lld in its definition", line->name,
                              (long long)(definition->strike_price / 1000000000),
                              (long long)(definition->strike_price / 1000000 % 1000));
    if (definition->contract_multiplier != INT32_MAX && definition->contract_multiplier > 0 &&
        definition->contract_multiplier != line->contract.multiplier)
        line->is_standard = false;
    return ERR_OK;
}

static enum err on_line(struct merge *merge, struct stream *stream, struct dbn_line *line,
                        const union dbn_any *any)
{
    enum dbn_kind kind = stream->rec->layout->kind;
    if (line->is_option && stream->ts > line->settles_ts && kind != DBN_KIND_OHLCV) {
        import_found(merge->import, FOUND_EXPIRED, place_of(stream), line->name);
        return ERR_OK;
    }
    dbn_lines_touch(&merge->lines, line, place_of(stream), stream->ts);
    switch (kind) {
    case DBN_KIND_TRADE:
        dbn_lines_row_soon(&merge->lines, line, stream->ts);
        return add_trade(merge, stream, line, any->trade.price, any->trade.size);
    case DBN_KIND_MBP1:
    case DBN_KIND_MBP10: /* starts with the same bytes, its best level first */
        return on_book(merge, stream, line, &any->mbp1);
    case DBN_KIND_CMBP1:
        return on_consolidated_book(merge, stream, line, &any->cmbp1);
    case DBN_KIND_BBO:
    case DBN_KIND_CBBO:
        return on_sample(merge, stream, line, any);
    case DBN_KIND_OHLCV:
        return on_bar(merge, stream, line, &any->ohlcv);
    case DBN_KIND_STAT:
        return on_stat(merge, stream, line, &any->stat);
    default:
        MUST(false); /* on_record() lets no other kind through */
    }
}

static enum err on_record(struct merge *merge, struct stream *stream)
{
    union dbn_any any;
    dbn_record_get(stream->rec, &any);
    switch (stream->rec->layout->kind) {
    case DBN_KIND_DEFINITION:
        return on_definition(merge, stream, &any.definition);
    case DBN_KIND_SYMBOL_MAPPING:
        dbn_symbols_learn(&stream->symbols, &any.symbol_mapping);
        id_slot(stream, any.hd.instrument_id)->line = NULL;
        return ERR_OK;
    case DBN_KIND_MBO:
    case DBN_KIND_STATUS:
    case DBN_KIND_IMBALANCE:
    case DBN_KIND_ERROR:
    case DBN_KIND_SYSTEM:
        import_found(merge->import, FOUND_NOT_STORED, place_of(stream),
                     dbn_rtype_name(any.hd.rtype));
        return ERR_OK;
    default:
        break;
    }
    struct dbn_line *line;
    enum err err = line_of(merge, stream, &any.hd, &line);
    return err || !line ? err : on_line(merge, stream, line, &any);
}

/* ---- all files in order of time -------------------------------------------------------------- */

/* What names and counts comes before what is priced; then by file, so that the order is fixed. */
static bool comes_before(const struct merge *merge, size_t a, size_t b)
{
    const struct stream *left = &merge->streams[a], *right = &merge->streams[b];
    if (left->ts != right->ts)
        return left->ts < right->ts;
    bool left_names = left->rec->layout->kind == DBN_KIND_DEFINITION;
    bool right_names = right->rec->layout->kind == DBN_KIND_DEFINITION;
    if (left_names != right_names)
        return left_names;
    return left->order < right->order;
}

static void sift_down(struct merge *merge, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < merge->heap_count; child++)
            if (comes_before(merge, merge->heap[child], merge->heap[least]))
                least = child;
        if (least == at)
            return;
        size_t swap = merge->heap[at];
        merge->heap[at] = merge->heap[least];
        merge->heap[least] = swap;
        at = least;
    }
}

static enum err run(struct merge *merge)
{
    struct import *import = merge->import;
    enum err err = ERR_OK;
    for (size_t i = 0; i < merge->stream_count && !err; i++) {
        struct stream *stream = &merge->streams[i];
        stream->file = &import->files[i];
        stream->order = i;
        err = open_stream(merge, stream);
        if (!err && stream->rec)
            merge->heap[merge->heap_count++] = i;
        else if (!err)
            close_stream(merge, stream);
    }
    for (size_t i = merge->heap_count; i-- > 0 && !err;)
        sift_down(merge, i);
    while (merge->heap_count && !err) {
        struct stream *stream = &merge->streams[merge->heap[0]];
        err = dbn_lines_advance(&merge->lines, stream->ts);
        if (!err)
            err = on_record(merge, stream);
        if (!err)
            err = next_record(merge, stream);
        if (!err && !stream->rec) {
            close_stream(merge, stream);
            merge->heap[0] = merge->heap[--merge->heap_count];
        }
        if (!err && merge->heap_count)
            sift_down(merge, 0);
    }
    if (merge->limited_count)
        import_remark(import,
                      "%s%s: asked of the vendor with a limit of records, and may be cut short "
                      "(%zu file%s)",
                      merge->limited, merge->limited_count > 1 ? " and others" : "",
                      merge->limited_count, merge->limited_count > 1 ? "s" : "");
    return err ? err : dbn_lines_finish(&merge->lines);
}

enum err import_dbn(struct import *import)
{
    if (import->file_count > READERS_MAX)
        return err_set(ERR_FULL,
                       "%zu DBN files at once: they are read side by side, at most %d; import in "
                       "parts, all files of a day together",
                       import->file_count, READERS_MAX);
    struct merge merge = { .import = import,
                           .streams = mem_alloc(import->file_count * sizeof *merge.streams),
                           .stream_count = import->file_count,
                           .heap = mem_alloc(import->file_count * sizeof *merge.heap) };
    dbn_lines_init(&merge.lines, import);
    dbn_symbols_init(&merge.defined, NULL);
    enum err err = run(&merge);
    for (size_t i = 0; i < merge.stream_count; i++)
        close_stream(&merge, &merge.streams[i]);
    dbn_symbols_clear(&merge.defined);
    dbn_lines_clear(&merge.lines);
    mem_free(merge.streams);
    mem_free(merge.heap);
    return err;
}

bool import_dbn_recognise(const struct import_probe *probe)
{
    struct str path = str_from(probe->path);
    return str_starts_with(probe->head, STR("DBN\x01")) ||
           str_starts_with(probe->head, STR("DBN\x02")) ||
           str_starts_with(probe->head, STR("DBN\x03")) || str_ends_with(path, STR(".dbz")) ||
           str_ends_with(path, STR(".frag")) || str_ends_with(path, STR(".frag.zst"));
}
