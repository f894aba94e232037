#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/store/store_int.h"

static int compare_days(const void *a, const void *b)
{
    const struct store_day *x = a, *y = b;
    int symbol = strcmp(x->underlying, y->underlying);
    return symbol ? symbol : (x->day > y->day) - (x->day < y->day);
}

static bool is_chain_name(const char *name)
{
    return str_ends_with(str_from(name), STR(CHAIN_SUFFIX));
}

/* That a chain file lies where its header says it belongs. */
static enum err check_place(const struct column_file *file, const char *name)
{
    char want[STORE_NAME_BYTES];
    chain_file_name(want, file->about.symbol, file->about.day);
    if (strcmp(want, name) == 0)
        return ERR_OK;
    return err_set(ERR_CORRUPT, "%s: holds %s of %d; was it renamed?", name, file->about.symbol,
                   (int)file->about.day);
}

static enum err list_one(struct store_day *out, const struct store *store, const char *name)
{
    struct column_file file;
    enum err err = store_file_peek(&file, store, name);
    if (!err)
        err = check_place(&file, name);
    return err ? err : chain_day_counts(&file, out);
}

enum err store_list(const struct store *store, struct arena *arena, struct store_day **days,
                    size_t *count, size_t *damaged)
{
    char **names;
    size_t name_count, bad = 0;
    *days = NULL;
    *count = 0;
    enum err err = store_all_names(store, arena, &names, &name_count);
    if (err)
        return err_add(err, "store %s", store->path);
    struct store_day *list = arena_array(arena, struct store_day, name_count);
    for (size_t i = 0; i < name_count; i++) {
        if (!is_chain_name(names[i]))
            continue;
        if (list_one(&list[*count], store, names[i]))
            bad++;
        else
            (*count)++;
    }
    if (*count)
        qsort(list, *count, sizeof *list, compare_days);
    *days = list;
    if (damaged)
        *damaged = bad;
    return ERR_OK;
}

/* ---- checking -------------------------------------------------------------------------------- */

struct check {
    void (*report)(void *context, const char *text);
    void *context;
    size_t findings;
};

/* Count an error as a finding and pass its text on; true when there was one. */
static bool found(struct check *check, enum err err)
{
    if (!err)
        return false;
    check->findings++;
    if (check->report)
        check->report(check->context, err_detail());
    return true;
}

static void check_file(struct check *check, const struct store *store, const char *name)
{
    struct column_file file;
    if (found(check, store_file_open(&file, store, name)))
        return;
    size_t before = check->findings;
    for (uint32_t i = 0; i < file.column_count; i++)
        found(check, column_file_verify_column(&file, i));
    if (is_chain_name(name)) {
        found(check, check_place(&file, name));
        struct chain_day day;
        if (check->findings == before && !found(check, chain_day_decode(&day, &file, true)))
            chain_day_close(&day);
    } else {
        struct arena arena;
        arena_init(&arena, "check", 0);
        struct series series;
        char want[STORE_NAME_BYTES];
        if (check->findings == before && !found(check, series_decode(&series, &file, &arena))) {
            series_file_name(want, series.symbol, series.kind);
            if (strcmp(want, name) != 0)
                found(check, err_set(ERR_CORRUPT, "%s: holds %s of %s; was it renamed?", name,
                                     series_kind_name(series.kind), series.symbol));
        }
        arena_clear(&arena);
    }
    column_file_close(&file);
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
