/* Any bytes as a chain day or a series file: refused or safe to read in full. */
#include <stdint.h>
#include <string.h>

#include "adapters/store/store_int.h"
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
    ENTRY = 64
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

static void open_both(const uint8_t *bytes, size_t size)
{
    struct column_file file;
    if (column_file_parse(&file, bytes, size, "fuzz"))
        return;
    for (int verify = 0; verify < 2; verify++) {
        struct chain_day day;
        if (chain_day_decode(&day, &file, verify))
            continue;
        read_all(&day);
        chain_day_close(&day);
    }
    struct arena arena;
    struct series series;
    arena_init(&arena, "fuzz", 0);
    if (!series_decode(&series, &file, &arena))
        for (size_t i = 0; i < series.count; i++)
            MUST(series_on(&series, series.rows[i].date) == &series.rows[i]);
    arena_clear(&arena);
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
        if (at <= size && e.bytes <= size - at)
            e.checksum = xxh64(bytes + at, e.bytes, 0);
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
