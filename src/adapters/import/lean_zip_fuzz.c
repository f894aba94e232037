/* Any bytes as a zip of quotes: every entry is unpacked, its name read, its rows read as whatever
 * the name says. What a name says can be written and reads back the same. */
#include <stddef.h>
#include <stdint.h>

#include "adapters/import/lean_row.h"
#include "adapters/import/lean_zip.h"
#include "domain/types/money.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_name(struct str text, struct lean_path *path)
{
    struct lean_entry_name name, again;
    if (lean_entry_parse(&name, text))
        return;
    struct buf written = { 0 };
    lean_entry_format(&written, &name);
    MUST(lean_entry_parse(&again, buf_str(&written)) == ERR_OK);
    MUST(again.strike_e4 == name.strike_e4);
    MUST(again.expiry == name.expiry);
    MUST(again.day == name.day);
    buf_free(&written);
    path->tick = name.tick;
    path->resolution = name.day ? LEAN_MINUTE : LEAN_DAILY;
    path->day = name.day;
}

static void read_rows(const struct lean_entry *entry, const struct lean_path *path)
{
    struct lean_rows rows;
    struct lean_bar bar;
    struct lean_universe_row row;
    bool more = true;
    int64_t last = INT64_MIN;
    lean_rows_init(&rows, entry->file, entry->name, entry->text, path);
    while (lean_rows_next(&rows, &bar, &more) == ERR_OK && more) {
        MUST(bar.start >= 0);
        int64_t stamp = rows.last_stamp;
        MUST(stamp >= last);
        last = stamp;
        if (rows.tick == LEAN_QUOTE)
            MUST(bar.bid.close == PRICE_NONE || bar.bid.close >= 0);
    }
    if (lean_universe_init(&rows, entry->file, entry->text))
        return;
    more = true;
    while (lean_universe_next(&rows, &row, &more) == ERR_OK && more)
        MUST(row.is_underlying || row.strike_micros > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lean_zip *zip;
    struct lean_entry entry;
    struct lean_path path = { .security = LEAN_OPTION, .tick = LEAN_QUOTE, .day = 20151224 };

    /* The bytes as rows too: the fuzzer cannot easily write valid checksums. */
    for (int tick = 0; tick < LEAN_TICK_COUNT; tick++)
        for (int resolution = 0; resolution <= LEAN_HOUR; resolution++) {
            entry = (struct lean_entry){ "x.zip", STR("y.csv"), { (const char *)data, size } };
            path.tick = (enum lean_tick)tick;
            path.resolution = (enum lean_resolution)resolution;
            read_rows(&entry, &path);
        }
    if (lean_zip_open_bytes(&zip, data, size, "x.zip"))
        return 0;
    uint64_t count = lean_zip_count(zip);
    for (uint64_t i = 0; i < count && i < 16; i++) {
        if (lean_zip_read(zip, i, &entry))
            continue;
        read_name(entry.name, &path);
        read_rows(&entry, &path);
    }
    lean_zip_close(zip);
    return 0;
}
