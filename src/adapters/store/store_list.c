#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapters/store/store_index.h"

static int compare_days(const void *a, const void *b)
{
    const struct store_day *x = a, *y = b;
    int symbol = strcmp(x->underlying, y->underlying);
    return symbol ? symbol : (x->day > y->day) - (x->day < y->day);
}

bool chain_name_is(const char *name)
{
    return str_ends_with(str_from(name), STR(CHAIN_SUFFIX));
}

/* That a chain file lies where its header says it belongs. */
enum err chain_check_place(const struct column_file *file, const char *name)
{
    char want[STORE_NAME_BYTES];
    chain_file_name(want, file->about.symbol, file->about.day);
    if (strcmp(want, name) == 0)
        return ERR_OK;
    return err_set(ERR_CORRUPT, "%s: holds %s of %d; was it renamed?", name, file->about.symbol,
                   (int)file->about.day);
}

static bool is_in_commit(const struct store *store, const char *name)
{
    char path[STORE_NAME_BYTES];
    snprintf(path, sizeof path, STORE_COMMIT_FOLDER "/%s", name);
    return faccessat(store->folder, path, F_OK, 0) == 0;
}

static enum err list_one(struct store_day *out, const struct store *store, const char *name)
{
    struct column_file file;
    enum err err = store_file_peek(&file, store, name);
    if (!err)
        err = chain_check_place(&file, name);
    return err ? err : chain_day_counts(&file, out);
}

struct listing {
    const struct store *store;
    struct arena *arena;
    bool has_commit; /* some files may not be in their places yet */
    size_t damaged;
};

/* How many files a reader may have to look into before it writes down what it saw. */
enum { LOOKED_INTO_MAX = 16 };

/* The days of one underlying: names[] are its files, in order. */
static size_t list_underlying(struct listing *l, struct store_day *list, char *const *names,
                              size_t count, const char *underlying)
{
    const struct store *store = l->store;
    struct store_index index;
    store_index_read(&index, store, l->arena, underlying);
    struct index_entry *entries = arena_array(l->arena, struct index_entry, count);
    size_t listed = 0, settled = 0, looked_into = 0;
    for (size_t i = 0; i < count; i++) {
        struct index_entry *e = &entries[settled];
        const struct store_day *known = NULL;
        /* A file still in .commit is not in its place, or not the one that is. */
        bool in_place = !(l->has_commit && is_in_commit(store, names[i])) &&
                        file_state_get(&e->state, store, names[i]);
        if (in_place)
            known = store_index_find(&index, chain_file_day(strrchr(names[i], '/') + 1), &e->state);
        if (!known) {
            looked_into++;
            if (list_one(&list[listed], store, names[i])) {
                l->damaged++;
                continue;
            }
        } else {
            list[listed] = *known;
        }
        e->day = list[listed++];
        settled += in_place;
    }
    bool is_worth_it = store->lock >= 0 ? looked_into > 0 || settled != index.count
                                        : looked_into > LOOKED_INTO_MAX;
    if (is_worth_it && settled)
        store_index_write(store, underlying, entries, settled);
    return listed;
}

enum err store_list(const struct store *store, struct arena *arena, struct store_day **days,
                    size_t *count, size_t *damaged)
{
    char **names;
    size_t name_count, listed = 0;
    struct listing l = { .store = store, .arena = arena };
    l.has_commit = faccessat(store->folder, STORE_COMMIT_FOLDER, F_OK, 0) == 0;
    *days = NULL;
    *count = 0;
    enum err err = store_all_names(store, arena, &names, &name_count);
    if (err)
        return err_add(err, "store %s", store->path);
    struct store_day *list = arena_array(arena, struct store_day, name_count);
    for (size_t i = 0, n; i < name_count; i += n) {
        n = 1;
        if (!chain_name_is(names[i]))
            continue;
        size_t folder = (size_t)(strrchr(names[i], '/') - names[i]) + 1;
        while (i + n < name_count && strncmp(names[i], names[i + n], folder) == 0)
            n++;
        const char *slash = strchr(names[i], '/') + 1;
        char *underlying = arena_strndup(arena, slash, folder - 1 - (size_t)(slash - names[i]));
        listed += list_underlying(&l, list + listed, names + i, n, underlying);
    }
    if (listed)
        qsort(list, listed, sizeof *list, compare_days);
    *days = list;
    *count = listed;
    if (damaged)
        *damaged = l.damaged;
    return ERR_OK;
}

enum err store_days_check(const struct store *store, const char *underlying, int32_t from,
                          int32_t to)
{
    struct arena arena;
    char **names, folder[STORE_NAME_BYTES];
    size_t count;
    arena_init(&arena, "days", 0);
    int len = snprintf(folder, sizeof folder, "chains/%s/", underlying);
    enum err err = store_all_names(store, &arena, &names, &count);
    if (err)
        err_add(err, "store %s", store->path);
    for (size_t i = 0; i < count && !err; i++) {
        if (!chain_name_is(names[i]) || strncmp(names[i], folder, (size_t)len) != 0)
            continue;
        int32_t day = chain_file_day(names[i] + len);
        struct store_day out;
        if (day < from || (to && day > to) || !(err = list_one(&out, store, names[i])))
            continue;
        const char *why = arena_strdup(&arena, err_detail());
        err = err_set(err,
                      "store %s: %s; ironfly data check --store %s lists what is damaged: import "
                      "those days again, or leave them out with ironfly data repair",
                      store->path, why, store->path);
    }
    arena_clear(&arena);
    return err;
}

void store_index_refresh(const struct store *store)
{
    struct arena arena;
    arena_init(&arena, "index", 0);
    struct store_day *days;
    size_t count;
    /* Closing a store comes after errors that somebody still wants to show. */
    const char *told = arena_strdup(&arena, err_detail());
    (void)!store_list(store, &arena, &days, &count, NULL); /* else readers look for themselves */
    (void)!err_set(ERR_IO, "%s", told);
    arena_clear(&arena);
}
