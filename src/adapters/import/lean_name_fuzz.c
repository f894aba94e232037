/* Any text as a path, an entry's name and a small table. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/import/lean_name.h"
#include "adapters/import/lean_table.h"
#include "base/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_tables(struct str text)
{
    struct arena arena;
    struct lean_factor *factors;
    struct lean_ticker *tickers;
    struct lean_rate *rates;
    size_t count;
    arena_init(&arena, "fuzz", 0);
    if (lean_factors_parse(&arena, "x.csv", text, &factors, &count) == ERR_OK)
        for (size_t i = 0; i + 1 < count; i++) {
            struct lean_event event = lean_factor_event(&factors[i], &factors[i + 1]);
            MUST(event.split_e6 >= 0);
            MUST(event.dividend_micros >= -1 || event.dividend_micros == INT64_MIN);
        }
    if (lean_map_parse(&arena, "x.csv", text, &tickers, &count) == ERR_OK && count)
        MUST(lean_map_ticker(tickers, count, tickers[0].date));
    if (lean_rates_parse(&arena, "x.csv", text, &rates, &count) == ERR_OK && count)
        MUST(lean_rate_continuous_e9(rates[0].percent) < INT64_C(3000000000));
    arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = { (const char *)data, size };
    struct lean_path path;
    struct lean_entry_name name, again;
    size_t root_len;
    if (lean_path_locate(&path, text, &root_len) == ERR_OK)
        MUST(root_len <= size);
    if (lean_path_parse(&path, text) == ERR_OK && path.day)
        MUST(date_is_valid(path.day));
    if (lean_entry_parse(&name, text) == ERR_OK) {
        struct buf written = { 0 };
        lean_entry_format(&written, &name);
        MUST(lean_entry_parse(&again, buf_str(&written)) == ERR_OK);
        MUST(again.strike_e4 == name.strike_e4);
        buf_free(&written);
    }
    read_tables(text);
    return 0;
}
