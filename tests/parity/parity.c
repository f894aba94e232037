#include "tests/parity/parity.h"

#include "tests/testing.h"

static struct arena paths = { .name = "parity paths", .chunk_bytes = 4096 };

const char *parity_file(const char *relative)
{
    return arena_printf(&paths, "%s/%s", IRONFLY_SOURCE_ROOT, relative);
}

void parity_import(const char *store, const char *format, const char *path,
                   const struct import_options *more, struct import_summary *summary)
{
    struct import_options options = more ? *more : (struct import_options){ 0 };
    options.store = store;
    options.format = format;
    options.paths = &path;
    options.path_count = 1;
    struct import_summary unwanted, *to = summary ? summary : &unwanted;
    CHECK_OK(import_run(&options, to));
    if (!summary)
        import_summary_clear(&unwanted);
}

void parity_import_table(const char *store, const char *mapping, const char *table)
{
    const char *folder = testing_folder();
    struct import_options more = { .mapping =
                                       testing_file(folder, "map.yaml", mapping, strlen(mapping)) };
    parity_import(store, "csv", testing_file(folder, "table.csv", table, strlen(table)), &more,
                  NULL);
}

void parity_run_filled(struct backtest_result *result, struct arena *arena, const char *strategy,
                       const char *store, int32_t from, int32_t to, const char *fill)
{
    struct backtest_options options = {
        .strategy = strategy, .store = store, .from = from, .to = to, .fill = fill
    };
    CHECK_OK(backtest_run(result, arena, &options));
}

void parity_run(struct backtest_result *result, struct arena *arena, const char *strategy,
                const char *store, int32_t from, int32_t to)
{
    parity_run_filled(result, arena, strategy, store, from, to, NULL);
}

bool parity_has_note(const struct backtest_result *result, const char *part)
{
    for (size_t i = 0; i < result->note_count; i++)
        if (strstr(result->notes[i].text, part))
            return true;
    return false;
}
