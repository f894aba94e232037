#include <stdio.h>
#include <string.h>

#include "adapters/store/store_int.h"

struct check {
    void (*report)(void *context, const char *text);
    void *context;
    size_t findings;
    enum err first; /* what the first one was */
};

/* Count an error as a finding and pass its text on; true when there was one. */
static bool found(struct check *check, enum err err)
{
    if (!err)
        return false;
    check->first = check->findings++ ? check->first : err;
    if (check->report)
        check->report(check->context, err_detail());
    return true;
}

/* Each damaged block by its name; the columns' own checksums then add nothing. */
static void check_blocks(struct check *check, const struct packed_day *packed)
{
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++)
        for (uint32_t b = 0; packed->at[c] && b < packed->block_count; b++)
            found(check, packed_day_verify(packed, c, b));
}

/* What the checksums cannot tell: that the blocks unpack, and to possible prices. */
static enum err check_unpacked(const struct packed_day *packed)
{
    void *column[QUOTE_COLUMN_COUNT] = { NULL };
    void *memory = packed_day_room(packed, column);
    struct block_codec *codec = block_codec_new();
    enum err err = ERR_OK;
    for (uint32_t b = 0; b < packed->block_count && !err; b++) {
        struct quote_rows rows;
        err = packed_day_decode(packed, codec, b, column);
        quote_rows_from(&rows, packed_day_rows(packed, b), (const void *const *)column);
        if (!err)
            err = chain_check_prices(&rows, packed->first_row[b], packed->name);
    }
    block_codec_free(codec);
    mem_free(memory);
    return err;
}

static void check_packed(struct check *check, const struct column_file *file)
{
    struct chain_day day;
    struct packed_day packed;
    size_t before = check->findings;
    if (found(check, chain_tables_decode(&day, file)))
        return;
    if (!found(check, packed_day_init(&packed, &day, file))) {
        check_blocks(check, &packed);
        if (check->findings == before)
            found(check, check_unpacked(&packed));
        if (check->findings == before)
            found(check, chain_check_levels(&day, file->name));
        packed_day_clear(&packed);
    }
    chain_day_close(&day);
}

static void check_series(struct check *check, const struct column_file *file, const char *name)
{
    struct arena arena;
    arena_init(&arena, "check", 0);
    struct series series;
    char want[STORE_NAME_BYTES];
    if (!found(check, series_decode(&series, file, &arena))) {
        series_file_name(want, series.symbol, series.kind);
        if (strcmp(want, name) != 0)
            found(check, err_set(ERR_CORRUPT, "%s: holds %s of %s; was it renamed?", name,
                                 series_kind_name(series.kind), series.symbol));
    }
    arena_clear(&arena);
}

static void check_file(struct check *check, const struct store *store, const char *name)
{
    struct column_file file;
    if (found(check, store_file_open(&file, store, name)))
        return;
    size_t before = check->findings;
    bool is_chain = chain_name_is(name), is_packed = is_chain && chain_is_packed(&file);
    for (uint32_t i = 0; i < file.column_count; i++)
        if (!is_packed || file.columns[i].encoding == COLUMN_RAW)
            found(check, column_file_verify_column(&file, i));
    if (is_chain)
        found(check, chain_check_place(&file, name));
    struct chain_day day;
    if (is_packed && check->findings == before) {
        check_packed(check, &file);
        /* What lies between directory and blocks, and behind them. */
        for (uint32_t i = 0; i < file.column_count && check->findings == before; i++)
            found(check, column_file_verify_column(&file, i));
    } else if (is_chain && check->findings == before) {
        if (!found(check, chain_day_decode(&day, &file, true)))
            chain_day_close(&day);
    } else if (check->findings == before) {
        check_series(check, &file, name);
    }
    column_file_close(&file);
}

enum err store_check_file(const struct store *store, const char *name)
{
    struct check check = { 0 };
    check_file(&check, store, name);
    return check.first;
}

enum err store_check(const struct store *store, void (*report)(void *context, const char *text),
                     void *context, size_t *files)
{
    struct arena arena;
    arena_init(&arena, "check", 0);
    struct check check = { .report = report, .context = context };
    char **names;
    size_t count;
    enum err err = store_all_names(store, &arena, &names, &count);
    for (size_t i = 0; i < count && !err; i++)
        check_file(&check, store, names[i]);
    arena_clear(&arena);
    if (files)
        *files = count;
    if (err)
        return err_add(err, "store %s", store->path);
    if (check.findings)
        return err_set(ERR_CORRUPT, "store %s: %zu damage%s found", store->path, check.findings,
                       check.findings == 1 ? "" : "s");
    return ERR_OK;
}
