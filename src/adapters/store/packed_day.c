#include <string.h>

#include "adapters/store/store_int.h"
#include "adapters/store/xxh64.h"

/* Enough rows to pack well, few enough to stay in the processor's cache while they are unpacked;
 * and enough snapshots that the first, which has none before it to be told from, weighs little. */
enum { CUT_ROWS = 16384, CUT_SNAPSHOTS = 32 };

uint32_t packed_day_cut(const struct chain_snapshot *snapshots, uint32_t count, uint32_t s,
                        uint32_t *taken)
{
    uint32_t n = 0, rows = 0;
    for (; s + n < count && (rows < CUT_ROWS || n < CUT_SNAPSHOTS); n++) {
        uint32_t more = snapshots[s + n].row_count;
        if (more > BLOCK_ROWS_MAX - rows)
            break;
        rows += more;
    }
    MUST(n > 0);
    *taken = n;
    return rows;
}

static enum err get_column(struct packed_day *p, int c, const struct column_file *file)
{
    const struct quote_column_info *info = &quote_columns[c];
    const struct column_entry *e = column_file_find(file, info->name);
    if (!e)
        return info->needed
                   ? err_set(ERR_CORRUPT, "%s: column %s is missing", file->name, info->name)
                   : ERR_OK;
    if (e->type != info->type)
        return err_set(ERR_CORRUPT, "%s: column %s has type %u, not %u", file->name, info->name,
                       e->type, info->type);
    if (e->count != p->day->rows.count)
        return err_set(ERR_CORRUPT, "%s: column %s has %llu values where others have %u",
                       file->name, info->name, (unsigned long long)e->count, p->day->rows.count);
    struct column_blocks *blocks = &p->column[c];
    enum err err = column_blocks_get(blocks, file, e);
    if (err)
        return err;
    const struct column_blocks *lead = &p->column[QUOTE_contract];
    bool same = blocks->count == lead->count;
    for (uint32_t b = 0; same && b < blocks->count; b++)
        same = blocks->block[b].values == lead->block[b].values;
    if (!same)
        return err_set(ERR_CORRUPT, "%s: column %s is cut into other blocks than quote.contract",
                       file->name, info->name);
    p->at[c] = mem_alloc(blocks->count * sizeof *p->at[c]);
    for (uint32_t b = 1; b < blocks->count; b++)
        p->at[c][b] = p->at[c][b - 1] + blocks->block[b - 1].bytes;
    return ERR_OK;
}

/* Blocks begin and end with snapshots. One without rows belongs to the block it stands before. */
static enum err place_blocks(struct packed_day *p)
{
    const struct column_blocks *lead = &p->column[QUOTE_contract];
    const struct chain_snapshot *snapshots = p->day->snapshots;
    uint32_t s = 0, row = 0;
    p->block_count = lead->count;
    p->first_row = mem_alloc((lead->count + 1u) * sizeof *p->first_row);
    p->first_snapshot = mem_alloc((lead->count + 1u) * sizeof *p->first_snapshot);
    for (uint32_t b = 0; b < lead->count; b++) {
        uint32_t rows = lead->block[b].values, taken = 0;
        p->first_row[b] = row;
        p->first_snapshot[b] = s;
        while (s < p->day->snapshot_count && taken < rows)
            taken += snapshots[s++].row_count;
        if (taken != rows || rows > BLOCK_ROWS_MAX)
            return err_set(ERR_CORRUPT,
                           "%s: column quote.contract: block %u does not end with a "
                           "snapshot",
                           p->name, b);
        p->rows_max = rows > p->rows_max ? rows : p->rows_max;
        row += rows;
    }
    p->first_row[lead->count] = row;
    p->first_snapshot[lead->count] = p->day->snapshot_count;
    return ERR_OK;
}

enum err packed_day_init_without(struct packed_day *out, const struct chain_day *day,
                                 const struct column_file *file, unsigned without)
{
    struct packed_day p = { .day = day, .name = file->name };
    enum err err = ERR_OK;
    for (int c = 0; c < QUOTE_COLUMN_COUNT && !err; c++)
        if (!(without >> c & 1))
            err = get_column(&p, c, file);
    if (!err)
        err = place_blocks(&p);
    if (err)
        packed_day_clear(&p);
    else
        *out = p;
    return err;
}

enum err packed_day_init(struct packed_day *out, const struct chain_day *day,
                         const struct column_file *file)
{
    return packed_day_init_without(out, day, file, 0);
}

void packed_day_clear(struct packed_day *p)
{
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++)
        mem_free(p->at[c]);
    mem_free(p->first_row);
    mem_free(p->first_snapshot);
    *p = (struct packed_day){ 0 };
}

/* What goes in front of a block's error: "block 3 of 8 (snapshots 162 to 215 of 390)". */
static enum err name_block(enum err err, const struct packed_day *p, int c, uint32_t b)
{
    return err_add(err, "%s: column %s: block %u of %u (snapshots %u to %u of %u)", p->name,
                   quote_columns[c].name, b + 1, p->block_count, p->first_snapshot[b] + 1,
                   p->first_snapshot[b + 1], p->day->snapshot_count);
}

enum err packed_day_verify(const struct packed_day *p, int c, uint32_t b)
{
    MUST(p->at[c] != NULL);
    MUST(b < p->block_count);
    const struct column_block *block = &p->column[c].block[b];
    if (xxh64(p->column[c].payload + p->at[c][b], block->bytes, 0) == block->checksum)
        return ERR_OK;
    return name_block(err_set(ERR_CORRUPT, "checksum is wrong; repair the store or import the day "
                                           "again"),
                      p, c, b);
}

enum err packed_day_decode(const struct packed_day *p, struct block_codec *codec, uint32_t b,
                           void *const to[QUOTE_COLUMN_COUNT])
{
    struct block_shape shape = {
        .row_count = packed_day_rows(p, b),
        .contract_count = p->day->contract_count,
        .snapshot_count = p->first_snapshot[b + 1] - p->first_snapshot[b],
        .snapshots = p->day->snapshots + p->first_snapshot[b],
    };
    const uint32_t *contract = to[QUOTE_contract];
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++) {
        if (!to[c])
            continue;
        enum err err = packed_day_verify(p, c, b);
        if (err)
            return err;
        const uint8_t *payload = p->column[c].payload + p->at[c][b];
        size_t bytes = p->column[c].block[b].bytes;
        err = c == QUOTE_contract
                  ? block_decode_contracts(codec, &shape, payload, bytes, to[c])
                  : block_decode_values(codec, &shape, contract, quote_columns[c].type, payload,
                                        bytes, quote_columns[c].role, to[c]);
        if (err)
            return name_block(err, p, c, b);
    }
    return ERR_OK;
}

size_t packed_day_room_bytes(const struct packed_day *p)
{
    size_t room = block_room(p->rows_max), bytes = 0;
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++)
        bytes += p->at[c] ? room * column_type_bytes(quote_columns[c].type) : 0;
    return bytes;
}

void packed_day_place(const struct packed_day *p, void *memory, void *column[QUOTE_COLUMN_COUNT])
{
    size_t room = block_room(p->rows_max);
    char *next = memory;
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++) {
        column[c] = p->at[c] ? next : NULL;
        next += p->at[c] ? room * column_type_bytes(quote_columns[c].type) : 0;
    }
}

void *packed_day_room(const struct packed_day *p, void *column[QUOTE_COLUMN_COUNT])
{
    void *memory = mem_alloc(packed_day_room_bytes(p));
    packed_day_place(p, memory, column);
    return memory;
}

uint32_t packed_day_block_of(const struct packed_day *p, uint32_t i)
{
    uint32_t low = 0, high = p->block_count - 1;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (i < p->first_snapshot[mid + 1])
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

/* ---- writing --------------------------------------------------------------------------------- */

void packed_writer_init(struct packed_writer *w, uint32_t contract_count)
{
    *w = (struct packed_writer){ .contract_count = contract_count, .codec = block_codec_new() };
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++)
        w->unit[c] = 1;
}

static void add_block(struct packed_writer *w, int c, uint32_t rows, size_t from)
{
    const struct buf *payload = &w->payload[c];
    size_t bytes = payload->len - from;
    w->block[c] =
        mem_grow(w->block[c], &w->block_capacity[c], w->block_count + 1u, sizeof *w->block[c]);
    w->block[c][w->block_count] = (struct column_block){
        .values = rows, .bytes = (uint32_t)bytes, .checksum = xxh64(payload->ptr + from, bytes, 0)
    };
}

void packed_writer_block(struct packed_writer *w, const struct chain_snapshot *snapshots,
                         uint32_t count, uint32_t rows,
                         const void *const column[QUOTE_COLUMN_COUNT])
{
    struct block_shape shape = { rows, w->contract_count, count, snapshots };
    if (rows == 0)
        return; /* snapshots without rows at the end: they belong to the block before */
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++) {
        if (!column[c])
            continue;
        size_t from = w->payload[c].len;
        if (c == QUOTE_contract)
            block_encode_contracts(w->codec, &shape, column[c], &w->payload[c]);
        else
            block_encode_values(w->codec, &shape, column[QUOTE_contract], quote_columns[c].type,
                                column[c], w->unit[c], quote_columns[c].role, &w->payload[c]);
        add_block(w, c, rows, from);
    }
    w->block_count++;
}

enum err packed_writer_finish(struct packed_writer *w, struct column_writer *file)
{
    enum err err = ERR_OK;
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++) {
        if (w->block[c] && !err)
            err = column_writer_add_blocks(file, quote_columns[c].name, quote_columns[c].type,
                                           w->block[c], w->block_count, w->payload[c].ptr);
        buf_free(&w->payload[c]);
        mem_free(w->block[c]);
    }
    block_codec_free(w->codec);
    return err;
}
