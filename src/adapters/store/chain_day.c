#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "adapters/store/store_int.h"
#include "base/date.h"

enum { PAGE_BYTES = 4096 }; /* the least there is; a mapping begins at a multiple of the real one */

/* A time stamp may be on the evening before the day (overnight sessions, long weekends) or, in UTC,
 * on the one after; further off the unit or the day is wrong. */
enum { DAYS_BEFORE = 4, DAYS_AFTER = 2 };

bool chain_ts_fits(int64_t ts_ns, int32_t day)
{
    const int64_t ns_per_day = INT64_C(86400000000000);
    int64_t midnight = date_to_days(day) * ns_per_day;
    return ts_ns >= midnight - DAYS_BEFORE * ns_per_day &&
           ts_ns < midnight + DAYS_AFTER * ns_per_day;
}

/* Printable, 1 to 7 characters, NUL-padded. */
static bool root_is_clean(const char root[CONTRACT_ROOT_BYTES])
{
    size_t len = strnlen(root, CONTRACT_ROOT_BYTES);
    for (size_t i = 0; i < CONTRACT_ROOT_BYTES; i++)
        if (i < len ? root[i] <= ' ' || root[i] > '~' : root[i] != '\0')
            return false;
    return len > 0 && len < CONTRACT_ROOT_BYTES;
}

bool chain_contract_is_complete(const struct contract *c)
{
    return root_is_clean(c->root) && date_is_valid(c->expiry) && c->strike_mills > 0 &&
           c->multiplier > 0 && (c->right == OPTION_CALL || c->right == OPTION_PUT) &&
           (c->style == STYLE_AMERICAN || c->style == STYLE_EUROPEAN) &&
           (c->settle == SETTLE_AM || c->settle == SETTLE_PM) &&
           (c->delivery == DELIVERY_CASH || c->delivery == DELIVERY_PHYSICAL);
}

static enum err decode_contracts(struct contract *contracts, uint32_t count,
                                 const struct column_file *file)
{
    const void *data;
    enum err err = column_file_get(file, "contract.root", COLUMN_TEXT8, count, &data);
    if (err)
        return err;
    for (uint32_t i = 0; i < count; i++)
        memcpy(contracts[i].root, (const char *)data + (size_t)i * CONTRACT_ROOT_BYTES,
               CONTRACT_ROOT_BYTES);
#define CONTRACT_COLUMN(field, ctype, type)                                                        \
    if ((err = column_file_get(file, "contract." #field, type, count, &data)))                     \
        return err;                                                                                \
    for (uint32_t i = 0; i < count; i++)                                                           \
        contracts[i].field = ((const ctype *)data)[i];
#include "adapters/store/columns.def"

    for (uint32_t i = 0; i < count; i++) {
        if (!chain_contract_is_complete(&contracts[i]))
            return err_set(ERR_CORRUPT, "%s: contract %u is not a possible one", file->name, i);
        if (i > 0 && contract_compare(&contracts[i - 1], &contracts[i]) >= 0)
            return err_set(ERR_CORRUPT, "%s: contract %u is out of order", file->name, i);
    }
    return ERR_OK;
}

static enum err decode_snapshots(struct chain_snapshot *snapshots, uint32_t count, uint32_t rows,
                                 const struct column_file *file)
{
    const void *data;
    enum err err;
#define SNAPSHOT_COLUMN(field, ctype, type)                                                        \
    if ((err = column_file_get(file, "snapshot." #field, type, count, &data)))                     \
        return err;                                                                                \
    for (uint32_t i = 0; i < count; i++)                                                           \
        snapshots[i].field = ((const ctype *)data)[i];
#define SNAPSHOT_MAYBE(field, ctype, type)                                                         \
    if ((err = column_file_get_optional(file, "snapshot." #field, type, count, &data)))            \
        return err;                                                                                \
    for (uint32_t i = 0; i < count; i++)                                                           \
        snapshots[i].field = data ? ((const ctype *)data)[i] : 0;
#include "adapters/store/columns.def"

    uint64_t first = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct chain_snapshot *s = &snapshots[i];
        if (!chain_ts_fits(s->ts_ns, file->about.day))
            return err_set(ERR_CORRUPT, "%s: column snapshot.ts_ns: snapshot %u is not of the day",
                           file->name, i);
        if (i > 0 && s->ts_ns <= snapshots[i - 1].ts_ns)
            return err_set(ERR_CORRUPT, "%s: column snapshot.ts_ns: snapshot %u is out of order",
                           file->name, i);
        if (s->row_count > rows - first)
            return err_set(ERR_CORRUPT,
                           "%s: column snapshot.row_count: more rows than there are "
                           "at snapshot %u",
                           file->name, i);
        s->row_first = (uint32_t)first;
        first += s->row_count;
    }
    if (first != rows)
        return err_set(ERR_CORRUPT, "%s: column snapshot.row_count: %llu rows in all, not %u",
                       file->name, (unsigned long long)first, rows);
    return ERR_OK;
}

const struct quote_column_info quote_columns[QUOTE_COLUMN_COUNT] = {
    [QUOTE_contract] = { "quote.contract", COLUMN_U32, true, BLOCK_ALONE },
#define QUOTE_COLUMN(field, ctype, type, kind, needed)                                             \
    [QUOTE_##field] = { "quote." #field, type, needed,                                             \
                        QUOTE_##field == QUOTE_bid   ? BLOCK_LEADS                                 \
                        : QUOTE_##field == QUOTE_ask ? BLOCK_FOLLOWS                               \
                                                     : BLOCK_ALONE },
#include "adapters/store/columns.def"
};

void quote_rows_from(struct quote_rows *rows, uint32_t count,
                     const void *const column[QUOTE_COLUMN_COUNT])
{
    rows->count = count;
    rows->contract = column[QUOTE_contract];
#define QUOTE_COLUMN(field, ctype, type, kind, needed) rows->field = column[QUOTE_##field];
#include "adapters/store/columns.def"
}

/* Contracts ascend within a snapshot, so the last one bounds them all. */
enum err chain_check_rows(const struct chain_day *day, const struct quote_rows *rows, uint32_t i,
                          const char *name)
{
    const uint32_t *contract = rows->contract;
    uint32_t bad = 0;
    for (uint32_t k = 1; k < rows->count; k++)
        bad |= contract[k] <= contract[k - 1];
    if (bad || (rows->count && contract[rows->count - 1] >= day->contract_count))
        return err_set(ERR_CORRUPT,
                       "%s: column quote.contract: rows of snapshot %u are out of order or name no "
                       "contract",
                       name, i);
    return ERR_OK;
}

static enum err check_prices(const int64_t *prices, uint32_t count, uint32_t first,
                             const char *column, const char *name)
{
    for (uint32_t i = 0; prices && i < count; i++)
        if (!store_price_is_possible(prices[i]))
            return err_set(ERR_CORRUPT, "%s: column %s: row %u is not a possible price", name,
                           column, first + i);
    return ERR_OK;
}

/* Beyond the checksums: a writer that lost its mind wrote valid sums too. */
enum err chain_check_prices(const struct quote_rows *rows, uint32_t first, const char *name)
{
    enum err err = check_prices(rows->bid, rows->count, first, "quote.bid", name);
    if (!err)
        err = check_prices(rows->ask, rows->count, first, "quote.ask", name);
    if (!err)
        err = check_prices(rows->last, rows->count, first, "quote.last", name);
    return err;
}

enum err chain_check_levels(const struct chain_day *day, const char *name)
{
    for (uint32_t i = 0; i < day->snapshot_count; i++) {
        const struct chain_snapshot *s = &day->snapshots[i];
        if (!store_price_is_possible(s->underlying) ||
            !store_price_is_possible(s->underlying_bid) ||
            !store_price_is_possible(s->underlying_ask))
            return err_set(ERR_CORRUPT,
                           "%s: column snapshot.underlying: snapshot %u has no possible price",
                           name, i);
        if (!chain_traded_is_possible(s->traded, s->traded_price))
            return err_set(
                ERR_CORRUPT,
                "%s: column snapshot.traded: snapshot %u has no possible volume or price", name, i);
    }
    return ERR_OK;
}

bool chain_is_packed(const struct column_file *file)
{
    const struct column_entry *e = column_file_find(file, quote_columns[QUOTE_contract].name);
    return e && e->encoding != COLUMN_RAW;
}

enum err chain_rows_raw(struct quote_rows *rows, uint32_t count, const struct column_file *file)
{
    const void *column[QUOTE_COLUMN_COUNT];
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++) {
        const struct quote_column_info *info = &quote_columns[c];
        enum err err =
            info->needed
                ? column_file_get(file, info->name, info->type, count, &column[c])
                : column_file_get_optional(file, info->name, info->type, count, &column[c]);
        if (err)
            return err;
    }
    quote_rows_from(rows, count, column);
    return ERR_OK;
}

/* How many values the column has that gives a table its length. */
static enum err table_count(const struct column_file *file, const char *name, uint32_t *count)
{
    const struct column_entry *e = column_file_find(file, name);
    if (!e)
        return err_set(ERR_CORRUPT, "%s: column %s is missing", file->name, name);
    if (e->count == 0 || e->count >= UINT32_MAX)
        return err_set(ERR_CORRUPT, "%s: column %s has %llu values", file->name, name,
                       (unsigned long long)e->count);
    *count = (uint32_t)e->count;
    return ERR_OK;
}

enum err chain_day_counts(const struct column_file *file, struct store_day *out)
{
    uint32_t rows;
    if (strcmp(file->about.kind, CHAIN_KIND) != 0)
        return err_set(ERR_CORRUPT, "%s: is a file of \"%s\", not a chain day", file->name,
                       file->about.kind);
    if (!store_symbol_is_valid(file->about.symbol) || !date_is_valid(file->about.day))
        return err_set(ERR_CORRUPT, "%s: symbol \"%s\" or day %d is not a possible one", file->name,
                       file->about.symbol, (int)file->about.day);
    *out = (struct store_day){ .day = file->about.day, .bytes = file->size };
    memcpy(out->underlying, file->about.symbol, sizeof out->underlying);
    memcpy(out->source, file->about.source, sizeof out->source);
    enum err err = table_count(file, "contract.strike_mills", &out->contracts);
    if (!err)
        err = table_count(file, "snapshot.ts_ns", &out->snapshots);
    if (!err)
        err = table_count(file, "quote.contract", &rows);
    out->quotes = err ? 0 : rows;
    return err;
}

enum err chain_tables_decode(struct chain_day *out, const struct column_file *file)
{
    struct store_day counts;
    enum err err = chain_day_counts(file, &counts);
    if (err)
        return err;
    struct chain_day day = {
        .day = counts.day,
        .contract_count = counts.contracts,
        .snapshot_count = counts.snapshots,
        .rows.count = (uint32_t)counts.quotes,
    };
    memcpy(day.underlying, counts.underlying, sizeof day.underlying);
    memcpy(day.source, counts.source, sizeof day.source);

    /* Both counts are backed by raw columns in the file, so this asks for no more than its size
     * allows. */
    const void *data;
    err = column_file_get(file, "contract.root", COLUMN_TEXT8, counts.contracts, &data);
    if (!err)
        err = column_file_get(file, "snapshot.ts_ns", COLUMN_I64, counts.snapshots, &data);
    if (err)
        return err;
    size_t snapshot_bytes = counts.snapshots * sizeof(struct chain_snapshot);
    day.tables = mem_alloc(snapshot_bytes + counts.contracts * sizeof(struct contract));
    struct chain_snapshot *snapshots = day.tables;
    struct contract *contracts = (struct contract *)((char *)day.tables + snapshot_bytes);
    day.snapshots = snapshots;
    day.contracts = contracts;
    err = decode_contracts(contracts, counts.contracts, file);
    if (!err)
        err = decode_snapshots(snapshots, counts.snapshots, day.rows.count, file);
    if (err)
        mem_free(day.tables);
    else
        *out = day;
    return err;
}

static enum err decode_raw(struct chain_day *day, const struct column_file *file)
{
    struct quote_rows all;
    enum err err = chain_rows_raw(&all, day->rows.count, file);
    for (uint32_t i = 0; i < day->snapshot_count && !err; i++) {
        struct quote_rows rows = { .count = day->snapshots[i].row_count,
                                   .contract = all.contract + day->snapshots[i].row_first };
        err = chain_check_rows(day, &rows, i, file->name);
    }
    if (!err)
        day->rows = all;
    return err;
}

/* A directory can promise more rows than memory holds in a few bytes, so there is a bound; a cursor
 * needs none. */
enum { UNPACK_ROWS_MAX = 1 << 26 };

/* All columns in one piece of memory. */
static enum err unpack(struct chain_day *day, const struct packed_day *packed)
{
    uint32_t rows = day->rows.count;
    if (rows > UNPACK_ROWS_MAX)
        return err_set(ERR_FULL, "%s: has %u rows, too many to read at once: use a cursor",
                       packed->name, rows);
    /* Blocks are written in whole groups: each over the end of the one before. */
    size_t room = block_room(rows) + block_room(1), bytes = 0;
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++)
        bytes += packed->at[c] ? room * column_type_bytes(quote_columns[c].type) : 0;
    char *memory = mem_alloc(bytes), *next = memory;
    void *column[QUOTE_COLUMN_COUNT] = { NULL }, *to[QUOTE_COLUMN_COUNT] = { NULL };
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++) {
        if (!packed->at[c])
            continue;
        column[c] = next;
        next += room * column_type_bytes(quote_columns[c].type);
    }
    struct block_codec *codec = block_codec_new();
    enum err err = ERR_OK;
    for (uint32_t b = 0; b < packed->block_count && !err; b++) {
        for (int c = 0; c < QUOTE_COLUMN_COUNT; c++)
            if (column[c])
                to[c] = (char *)column[c] +
                        packed->first_row[b] * column_type_bytes(quote_columns[c].type);
        err = packed_day_decode(packed, codec, b, to);
    }
    block_codec_free(codec);
    if (err) {
        mem_free(memory);
        return err;
    }
    day->unpacked = memory;
    quote_rows_from(&day->rows, rows, (const void *const *)column);
    return ERR_OK;
}

static enum err decode_packed(struct chain_day *day, const struct column_file *file)
{
    struct packed_day packed;
    enum err err = packed_day_init(&packed, day, file);
    if (err)
        return err;
    err = unpack(day, &packed);
    packed_day_clear(&packed);
    return err;
}

enum err chain_day_decode(struct chain_day *out, struct column_file *file, bool verify)
{
    struct chain_day day;
    enum err err = verify ? column_file_verify(file) : ERR_OK;
    if (!err)
        err = chain_tables_decode(&day, file);
    if (err)
        return err;
    bool is_packed = chain_is_packed(file);
    err = is_packed ? decode_packed(&day, file) : decode_raw(&day, file);
    if (!err && verify)
        err = chain_check_prices(&day.rows, 0, file->name);
    if (!err && verify)
        err = chain_check_levels(&day, file->name);
    if (err) {
        chain_day_close(&day);
        return err;
    }
    if (file->is_mapped && !is_packed) {
        day.map = (void *)file->bytes;
        day.map_bytes = file->size;
        file->is_mapped = false;
    }
    *out = day;
    return ERR_OK;
}

/* The file of a day, its header checked. */
enum err chain_file_open(struct column_file *out, const struct store *store, const char *underlying,
                         int32_t day)
{
    enum err err = store_symbol_check(underlying);
    if (!err && !date_is_valid(day))
        err = err_set(ERR_RANGE, "%d is not a day", (int)day);
    if (err)
        return err;
    char name[STORE_NAME_BYTES];
    struct column_file file;
    chain_file_name(name, underlying, day);
    err = store_file_open(&file, store, name);
    if (err == ERR_NOT_FOUND)
        return err_set(err, "store %s has no chains of %s on %d", store->path, underlying,
                       (int)day);
    if (err)
        return err_add(err, "store %s", store->path);
    if (strcmp(file.about.symbol, underlying) != 0 || file.about.day != day) {
        err = err_set(ERR_CORRUPT, "store %s: %s: holds %s of %d; was it renamed?", store->path,
                      name, file.about.symbol, (int)file.about.day);
        column_file_close(&file);
        return err;
    }
    *out = file;
    return ERR_OK;
}

enum err chain_day_open(struct chain_day *out, const struct store *store, const char *underlying,
                        int32_t day, bool verify)
{
    struct column_file file;
    enum err err = chain_file_open(&file, store, underlying, day);
    if (err)
        return err;
    err = chain_day_decode(out, &file, verify);
    column_file_close(&file);
    return err ? err_add(err, "store %s", store->path) : ERR_OK;
}

void chain_day_close(struct chain_day *day)
{
    mem_free(day->tables);
    mem_free(day->unpacked);
    if (day->map)
        munmap(day->map, day->map_bytes);
    *day = (struct chain_day){ 0 };
}

void chain_day_expect(const struct chain_day *day, const void *column, size_t bytes)
{
#ifdef MADV_POPULATE_READ
    uintptr_t map = (uintptr_t)day->map, from = (uintptr_t)column & ~(uintptr_t)(PAGE_BYTES - 1);
    bool is_mapped = day->map && from >= map && (uintptr_t)column + bytes <= map + day->map_bytes;
    if (is_mapped && bytes)
        (void)madvise((void *)from, (uintptr_t)column + bytes - from, MADV_POPULATE_READ);
#else
    (void)day;
    (void)column;
    (void)bytes;
#endif
}
