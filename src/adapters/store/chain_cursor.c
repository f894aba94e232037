#include <string.h>
#include <sys/mman.h>

#include "adapters/store/store_int.h"

struct chain_cursor {
    const struct store *store;
    char underlying[STORE_SYMBOL_BYTES];
    struct column_file file;
    struct chain_day day;
    uint32_t next;

    struct quote_rows raw; /* all rows, in the mapping */
    uint32_t *checked;     /* a bit a snapshot: its rows are proved */

    bool is_packed;
    struct packed_day packed;
    struct block_codec *codec;
    uint32_t block; /* that is unpacked; UINT32_MAX when none is */
    struct quote_rows unpacked;
    void *column[QUOTE_COLUMN_COUNT]; /* into memory */
    void *memory;
    size_t memory_bytes;

    unsigned columns;             /* enum cursor_columns: which are wanted */
    uint64_t touched, mapped_max; /* bytes of the mapping since it was last let go */
};

static void close_day(struct chain_cursor *c)
{
    packed_day_clear(&c->packed);
    mem_free(c->checked);
    c->checked = NULL;
    chain_day_close(&c->day);
    column_file_close(&c->file);
    c->next = 0;
    c->touched = 0;
}

/* The memory of the day before, unless it is too small. */
static void make_room(struct chain_cursor *c)
{
    size_t bytes = packed_day_room_bytes(&c->packed);
    if (bytes > c->memory_bytes) {
        mem_free(c->memory);
        c->memory = mem_alloc(bytes);
        c->memory_bytes = bytes;
    }
    packed_day_place(&c->packed, c->memory, c->column);
    if (!c->codec)
        c->codec = block_codec_new();
    c->block = UINT32_MAX;
}

static unsigned group_of(int column)
{
    switch (column) {
    case QUOTE_bid_size:
    case QUOTE_ask_size:
        return CURSOR_SIZES;
    case QUOTE_last:
        return CURSOR_LAST;
    case QUOTE_volume:
    case QUOTE_open_interest:
        return CURSOR_FLOW;
    case QUOTE_vendor_iv:
    case QUOTE_vendor_delta:
        return CURSOR_VENDOR;
    default:
        return CURSOR_ALL; /* contract, bid, ask */
    }
}

static bool is_wanted(const struct chain_cursor *c, int column)
{
    unsigned group = group_of(column);
    return group == CURSOR_ALL || (c->columns & group);
}

/* What close_day() gives back is zero before. */
static enum err open_day(struct chain_cursor *c, int32_t day)
{
    enum err err = chain_file_open(&c->file, c->store, c->underlying, day);
    if (err)
        return err;
    err = chain_tables_decode(&c->day, &c->file);
    c->is_packed = !err && chain_is_packed(&c->file);
    if (c->is_packed) {
        unsigned without = 0;
        for (int k = 0; k < QUOTE_COLUMN_COUNT; k++)
            without |= is_wanted(c, k) ? 0 : 1u << k;
        err = packed_day_init_without(&c->packed, &c->day, &c->file, without);
        if (!err)
            make_room(c);
    } else if (!err) {
        err = chain_rows_raw(&c->raw, c->day.rows.count, &c->file);
#define QUOTE_COLUMN(field, ctype, type, kind, needed)                                             \
    if (!is_wanted(c, QUOTE_##field))                                                              \
        c->raw.field = NULL;
#include "adapters/store/columns.def"
        c->checked = mem_alloc((c->day.snapshot_count / 32 + 1u) * sizeof *c->checked);
    }
    if (!err)
        return ERR_OK;
    close_day(c);
    return err_add(err, "store %s", c->store->path);
}

enum err chain_cursor_open(struct chain_cursor **out, const struct store *store,
                           const char *underlying, int32_t day)
{
    return chain_cursor_open_columns(out, store, underlying, day, CURSOR_ALL);
}

enum err chain_cursor_open_columns(struct chain_cursor **out, const struct store *store,
                                   const char *underlying, int32_t day, unsigned columns)
{
    enum err err = store_symbol_check(underlying);
    if (err)
        return err;
    struct chain_cursor *c = mem_alloc(sizeof *c);
    c->columns = columns;
    c->store = store;
    c->mapped_max = store->mapped_max;
    memcpy(c->underlying, underlying, strlen(underlying));
    err = open_day(c, day);
    if (err)
        mem_free(c);
    else
        *out = c;
    return err;
}

enum err chain_cursor_turn(struct chain_cursor *c, int32_t day)
{
    close_day(c);
    return open_day(c, day);
}

void chain_cursor_close(struct chain_cursor *c)
{
    if (!c)
        return;
    close_day(c);
    block_codec_free(c->codec);
    mem_free(c->memory);
    mem_free(c);
}

const struct chain_day *chain_cursor_day(const struct chain_cursor *cursor)
{
    return &cursor->day;
}

size_t chain_cursor_bytes(const struct chain_cursor *c)
{
    return sizeof *c + c->memory_bytes + (c->codec ? block_codec_bytes(c->codec) : 0) +
           c->day.snapshot_count * sizeof *c->day.snapshots +
           c->day.contract_count * sizeof *c->day.contracts;
}

/* Pages of a mapped file come back from the disk or its cache when they are needed again. */
static void let_go(struct chain_cursor *c, uint64_t bytes)
{
    c->touched += bytes;
    if (c->touched <= c->mapped_max)
        return;
    (void)madvise((void *)c->file.bytes, c->file.size, MADV_DONTNEED);
    c->touched = bytes;
}

#define FIELD_AT(field) (all->field ? all->field + first : NULL)

static void slice(struct quote_rows *rows, const struct quote_rows *all, uint32_t first,
                  uint32_t count)
{
    *rows = (struct quote_rows){ .count = count, .contract = all->contract + first };
#define QUOTE_COLUMN(field, ctype, type, kind, needed) rows->field = FIELD_AT(field);
#include "adapters/store/columns.def"
}

static uint64_t bytes_of_rows(const struct quote_rows *rows)
{
    uint64_t width = sizeof *rows->contract;
#define QUOTE_COLUMN(field, ctype, type, kind, needed) width += rows->field ? sizeof(ctype) : 0;
#include "adapters/store/columns.def"
    return width * rows->count;
}

static enum err rows_raw(struct chain_cursor *c, uint32_t i, struct quote_rows *rows)
{
    const struct chain_snapshot *s = &c->day.snapshots[i];
    struct quote_rows found;
    slice(&found, &c->raw, s->row_first, s->row_count);
    let_go(c, bytes_of_rows(&found));
    if (!(c->checked[i / 32] >> i % 32 & 1)) {
        enum err err = chain_check_rows(&c->day, &found, i, c->file.name);
        if (err)
            return err;
        c->checked[i / 32] |= UINT32_C(1) << i % 32;
    }
    *rows = found;
    return ERR_OK;
}

static enum err rows_packed(struct chain_cursor *c, uint32_t i, struct quote_rows *rows)
{
    const struct packed_day *p = &c->packed;
    uint32_t b = packed_day_block_of(p, i);
    if (b != c->block) {
        uint64_t bytes = 0;
        for (int k = 0; k < QUOTE_COLUMN_COUNT; k++)
            bytes += p->at[k] ? p->column[k].block[b].bytes : 0;
        let_go(c, bytes);
        c->block = UINT32_MAX;
        enum err err = packed_day_decode(p, c->codec, b, c->column);
        if (err)
            return err;
        quote_rows_from(&c->unpacked, packed_day_rows(p, b), (const void *const *)c->column);
        c->block = b;
    }
    const struct chain_snapshot *s = &c->day.snapshots[i];
    slice(rows, &c->unpacked, s->row_first - p->first_row[b], s->row_count);
    return ERR_OK;
}

enum err chain_cursor_rows(struct chain_cursor *c, uint32_t index, struct quote_rows *rows)
{
    MUST(index < c->day.snapshot_count);
    *rows = (struct quote_rows){ 0 };
    if (c->day.snapshots[index].row_count == 0)
        return ERR_OK;
    return c->is_packed ? rows_packed(c, index, rows) : rows_raw(c, index, rows);
}

enum err chain_cursor_next(struct chain_cursor *c, const struct chain_snapshot **snapshot,
                           struct quote_rows *rows)
{
    *snapshot = NULL;
    *rows = (struct quote_rows){ 0 };
    if (c->next == c->day.snapshot_count)
        return ERR_OK;
    uint32_t i = c->next++;
    enum err err = chain_cursor_rows(c, i, rows);
    if (!err)
        *snapshot = &c->day.snapshots[i];
    return err;
}
