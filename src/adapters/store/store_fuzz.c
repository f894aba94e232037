/* Any bytes as a chain day or a series file: refused or safe to read in full. */
#include <stdint.h>
#include <string.h>

#include "adapters/store/store_index.h"
#include "adapters/store/xxh64.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Offsets as in docs/store-format.md. */
enum {
    AT_FILE_BYTES = 16,
    AT_COLUMN_COUNT = 24,
    AT_HEADER_BYTES = 28,
    AT_CHECKSUM = 120,
    HEADER = 128,
    ENTRY = 64,
    BLOCKS_HEADER = 16,
    AT_BLOCKS_CHECKSUM = 8
};

static void read_all(const struct chain_day *day)
{
    uint64_t sum = 0;
    uint32_t next = 0;
    for (uint32_t s = 0; s < day->snapshot_count; s++) {
        MUST(day->snapshots[s].row_first == next);
        for (uint32_t r = next; r < next + day->snapshots[s].row_count; r++) {
            const struct quote_rows *rows = &day->rows;
            MUST(rows->contract[r] < day->contract_count);
            sum += (uint64_t)rows->bid[r] ^ (uint64_t)rows->ask[r];
            sum += rows->last ? (uint64_t)rows->last[r] : 0;
            sum += rows->bid_size ? rows->bid_size[r] : 0;
            sum += rows->ask_size ? rows->ask_size[r] : 0;
            sum += rows->volume ? rows->volume[r] : 0;
            sum += rows->open_interest ? rows->open_interest[r] : 0;
            sum += rows->vendor_iv ? rows->vendor_iv[r] > 1 : 0;
            sum += rows->vendor_delta ? rows->vendor_delta[r] > 1 : 0;
        }
        next += day->snapshots[s].row_count;
    }
    MUST(next == day->rows.count);
    for (uint32_t c = 1; c < day->contract_count; c++)
        MUST(contract_compare(&day->contracts[c - 1], &day->contracts[c]) < 0);
    MUST(sum != 1 || next > 0);
}

/* Block by block, as a cursor does: the good ones are read though others are not. */
static void unpack_each(const struct column_file *file)
{
    struct chain_day day;
    struct packed_day packed;
    if (!chain_is_packed(file) || chain_tables_decode(&day, file))
        return;
    if (packed_day_init(&packed, &day, file)) {
        chain_day_close(&day);
        return;
    }
    struct block_codec *codec = block_codec_new();
    void *column[QUOTE_COLUMN_COUNT] = { NULL };
    void *memory = packed_day_room(&packed, column);
    for (uint32_t i = 0; i < day.snapshot_count; i++)
        if (day.snapshots[i].row_count)
            MUST(packed_day_block_of(&packed, i) < packed.block_count);
    for (uint32_t b = 0; b < packed.block_count; b++) {
        if (packed_day_decode(&packed, codec, b, column))
            continue;
        const uint32_t *contract = column[QUOTE_contract];
        for (uint32_t r = 0; r < packed_day_rows(&packed, b); r++)
            MUST(contract[r] < day.contract_count);
    }
    mem_free(memory);
    block_codec_free(codec);
    packed_day_clear(&packed);
    chain_day_close(&day);
}

static void read_index(const uint8_t *bytes, size_t size)
{
    struct arena arena;
    struct store_index index;
    arena_init(&arena, "fuzz", 0);
    if (store_index_parse(&index, &arena, "SPX", bytes, size))
        for (size_t i = 0; i < index.count; i++)
            MUST(store_index_find(&index, index.entries[i].day.day, &index.entries[i].state) ==
                 &index.entries[i].day);
    arena_clear(&arena);
}

static void open_both(const uint8_t *bytes, size_t size)
{
    struct column_file file;
    read_index(bytes, size);
    if (column_file_parse(&file, bytes, size, "fuzz"))
        return;
    for (int verify = 0; verify < 2; verify++) {
        struct chain_day day;
        if (chain_day_decode(&day, &file, verify))
            continue;
        read_all(&day);
        chain_day_close(&day);
    }
    unpack_each(&file);
    struct arena arena;
    struct series series;
    arena_init(&arena, "fuzz", 0);
    if (!series_decode(&series, &file, &arena))
        for (size_t i = 0; i < series.count; i++)
            MUST(series_on(&series, series.rows[i].date) == &series.rows[i]);
    arena_clear(&arena);
}

/* Make the directory of a column in blocks and the blocks' checksums right: the last one ends where
 * the column does. */
static void mend_blocks(uint8_t *bytes, uint64_t size)
{
    uint32_t count;
    if (size < BLOCKS_HEADER)
        return;
    memcpy(&count, bytes, sizeof count);
    count %= 5;
    uint64_t at = BLOCKS_HEADER + count * sizeof(struct column_block);
    if (at > size)
        return;
    memset(bytes, 0, BLOCKS_HEADER);
    memcpy(bytes, &count, sizeof count);
    for (uint32_t b = 0; b < count; b++) {
        struct column_block block;
        uint8_t *entry = bytes + BLOCKS_HEADER + b * sizeof block;
        memcpy(&block, entry, sizeof block);
        if (block.bytes > size - at || b + 1 == count)
            block.bytes = (uint32_t)(size - at);
        block.checksum = xxh64(bytes + at, block.bytes, 0);
        memcpy(entry, &block, sizeof block);
        at += block.bytes;
    }
    uint64_t sum = xxh64(bytes + BLOCKS_HEADER, count * sizeof(struct column_block), count);
    memcpy(bytes + AT_BLOCKS_CHECKSUM, &sum, sizeof sum);
}

/* Make lengths, places and checksums right, so that what lies behind them is reached. */
static void mend(uint8_t *bytes, size_t size)
{
    uint64_t file_bytes = size, none = 0;
    uint32_t count;
    memcpy(&count, bytes + AT_COLUMN_COUNT, sizeof count);
    count = count % COLUMN_COUNT_MAX;
    uint32_t header_bytes = HEADER + count * ENTRY;
    if (header_bytes > size)
        return;
    memcpy(bytes + AT_COLUMN_COUNT, &count, sizeof count);
    memcpy(bytes + AT_FILE_BYTES, &file_bytes, sizeof file_bytes);
    memcpy(bytes + AT_HEADER_BYTES, &header_bytes, sizeof header_bytes);
    uint64_t at = header_bytes;
    for (uint32_t c = 0; c < count; c++) {
        struct column_entry e;
        memcpy(&e, bytes + HEADER + c * ENTRY, sizeof e);
        at = (at + COLUMN_ALIGN - 1) / COLUMN_ALIGN * COLUMN_ALIGN;
        e.offset = at;
        if (at <= size && e.bytes <= size - at) {
            if (e.encoding == COLUMN_BLOCKS)
                mend_blocks(bytes + at, e.bytes);
            e.checksum = xxh64(bytes + at, e.bytes, 0);
        }
        at += e.bytes;
        memcpy(bytes + HEADER + c * ENTRY, &e, sizeof e);
    }
    memcpy(bytes + AT_CHECKSUM, &none, sizeof none);
    uint64_t checksum = xxh64(bytes, header_bytes, 0);
    memcpy(bytes + AT_CHECKSUM, &checksum, sizeof checksum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *bytes = mem_alloc(size); /* aligned, and ends where size says */
    if (size)
        memcpy(bytes, data, size);
    open_both(bytes, size);
    if (size >= HEADER) {
        mend(bytes, size);
        open_both(bytes, size);
    }
    mem_free(bytes);
    return 0;
}
