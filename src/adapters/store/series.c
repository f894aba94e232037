#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/store/store_int.h"
#include "base/date.h"

const char *series_kind_name(enum series_kind kind)
{
    static const char *const names[SERIES_KIND_COUNT] = {
        [SERIES_BARS] = "bars",
        [SERIES_DIVIDENDS] = "dividends",
        [SERIES_SPLITS] = "splits",
        [SERIES_RATES] = "rates",
        [SERIES_SETTLEMENT] = "settlement",
        [SERIES_EARNINGS] = "earnings",
        [SERIES_FOMC] = "fomc",
        [SERIES_CPI] = "cpi",
    };
    MUST((unsigned)kind < SERIES_KIND_COUNT);
    return names[kind];
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum err read_kind(const struct column_file *file, enum series_kind *kind)
{
    for (int k = 0; k < SERIES_KIND_COUNT; k++)
        if (strcmp(file->about.kind, series_kind_name((enum series_kind)k)) == 0) {
            *kind = (enum series_kind)k;
            return ERR_OK;
        }
    return err_set(ERR_CORRUPT, "%s: is a file of \"%s\", not a series", file->name,
                   file->about.kind);
}

static enum err decode_rows(struct series_row *rows, uint64_t count, const struct column_file *file)
{
    const void *data;
    enum err err = column_file_get(file, "date", COLUMN_I32, count, &data);
    if (err)
        return err;
    for (uint64_t i = 0; i < count; i++)
        rows[i].date = ((const int32_t *)data)[i];
#define SERIES_COLUMN(field, ctype, type, missing)                                                 \
    if ((err = column_file_get_optional(file, #field, type, count, &data)))                        \
        return err;                                                                                \
    for (uint64_t i = 0; i < count; i++)                                                           \
        rows[i].field = data ? ((const ctype *)data)[i] : (missing);
#include "adapters/store/columns.def"

    for (uint64_t i = 0; i < count; i++)
        if (!date_is_valid(rows[i].date) || (i > 0 && rows[i].date <= rows[i - 1].date))
            return err_set(ERR_CORRUPT, "%s: column date: row %llu is no date or out of order",
                           file->name, (unsigned long long)i);
    return ERR_OK;
}

enum err series_decode(struct series *out, const struct column_file *file, struct arena *arena)
{
    struct series series = { 0 };
    enum err err = read_kind(file, &series.kind);
    if (!err && !store_symbol_is_valid(file->about.symbol))
        err = err_set(ERR_CORRUPT, "%s: symbol \"%s\" is not a possible one", file->name,
                      file->about.symbol);
    /* Small and read once: always proved whole. */
    if (!err)
        err = column_file_verify(file);
    const struct column_entry *date = column_file_find(file, "date");
    if (!err && !date)
        err = err_set(ERR_CORRUPT, "%s: column date is missing", file->name);
    if (err)
        return err;
    struct series_row *rows = arena_array(arena, struct series_row, date->count);
    err = decode_rows(rows, date->count, file);
    if (err)
        return err;
    memcpy(series.symbol, file->about.symbol, sizeof series.symbol);
    series.count = date->count;
    series.rows = rows;
    *out = series;
    return ERR_OK;
}

static enum err take_series(struct series *out, struct column_file *file, struct arena *arena,
                            const char *symbol, enum series_kind kind)
{
    struct series series;
    enum err err = series_decode(&series, file, arena);
    if (!err && (strcmp(series.symbol, symbol) != 0 || series.kind != kind))
        err = err_set(ERR_CORRUPT, "%s: holds %s of %s; was it renamed?", file->name,
                      series_kind_name(series.kind), series.symbol);
    column_file_close(file);
    if (!err)
        *out = series;
    return err;
}

enum err series_read(struct series *out, const struct store *store, struct arena *arena,
                     const char *symbol, enum series_kind kind)
{
    enum err err = store_symbol_check(symbol);
    if (err)
        return err;
    char name[STORE_NAME_BYTES];
    struct column_file file;
    series_file_name(name, symbol, kind);
    err = store_file_open(&file, store, name);
    if (err == ERR_NOT_FOUND)
        return err_set(err, "store %s has no %s of %s", store->path, series_kind_name(kind),
                       symbol);
    if (!err)
        err = take_series(out, &file, arena, symbol, kind);
    return err ? err_add(err, "store %s", store->path) : ERR_OK;
}

static const struct series_row *last_until(const struct series *series, int32_t date)
{
    size_t low = 0, high = series->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (series->rows[middle].date <= date)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &series->rows[low - 1] : NULL;
}

const struct series_row *series_at(const struct series *series, int32_t date)
{
    return last_until(series, date);
}

const struct series_row *series_on(const struct series *series, int32_t date)
{
    const struct series_row *row = last_until(series, date);
    return row && row->date == date ? row : NULL;
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum err series_list(const struct store *store, struct arena *arena, enum series_kind kind,
                     char ***symbols, size_t *count)
{
    char **names;
    size_t name_count;
    *symbols = NULL;
    *count = 0;
    enum err err = store_all_names(store, arena, &names, &name_count);
    if (err)
        return err_add(err, "store %s", store->path);
    char **list = arena_array(arena, char *, name_count);
    for (size_t i = 0; i < name_count; i++) {
        char symbol[STORE_SYMBOL_BYTES];
        enum series_kind found;
        if (series_file_split(strrchr(names[i], '/') + 1, symbol, &found) && found == kind)
            list[(*count)++] = arena_strdup(arena, symbol);
    }
    if (*count)
        qsort(list, *count, sizeof *list, compare_text);
    *symbols = list;
    return ERR_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* What this transaction staged before, else what is stored, else nothing. */
static enum err read_old(struct series *out, const struct store *store, struct arena *arena,
                         const char *staged, const char *symbol, enum series_kind kind)
{
    struct column_file file;
    enum err err = column_file_open(&file, store->folder, staged);
    if (!err)
        return take_series(out, &file, arena, symbol, kind);
    if (err == ERR_NOT_FOUND)
        err = series_read(out, store, arena, symbol, kind);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static const int64_t SERIES_SECONDS_MAX = INT64_C(253402300799); /* the end of the year 9999 */

static enum err check_row(const struct series_row *row, const char *symbol, enum series_kind kind)
{
    bool possible = store_price_is_possible(row->open) && store_price_is_possible(row->high) &&
                    store_price_is_possible(row->low) && store_price_is_possible(row->close) &&
                    store_price_is_possible(row->value) && row->volume >= -1;
    if (!date_is_valid(row->date))
        return err_set(ERR_RANGE, "%s of %s: %d is not a date", series_kind_name(kind), symbol,
                       (int)row->date);
    bool is_in_order = row->happens_s >= 0 && row->known_s >= 0 && row->withdrawn_s >= 0 &&
                       row->happens_s <= SERIES_SECONDS_MAX &&
                       row->withdrawn_s <= SERIES_SECONDS_MAX &&
                       (!row->happens_s || row->known_s <= row->happens_s) &&
                       (!row->withdrawn_s || row->known_s <= row->withdrawn_s);
    if (!is_in_order)
        return err_set(ERR_RANGE,
                       "%s of %s on %d: it is known before it happens, and before it is withdrawn",
                       series_kind_name(kind), symbol, (int)row->date);
    if (!possible)
        return err_set(ERR_RANGE,
                       "%s of %s on %d: a value is beyond a billion dollars or the "
                       "volume is negative",
                       series_kind_name(kind), symbol, (int)row->date);
    return ERR_OK;
}

static int compare_dates(const void *a, const void *b, void *rows)
{
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    const struct series_row *r = rows;
    if (r[i].date != r[k].date)
        return r[i].date < r[k].date ? -1 : 1;
    return (i > k) - (i < k); /* the later given stands later, and wins */
}

/* Sort by date and fold the rows of a date into one; returns how many there are. */
static size_t merge_rows(struct series_row *out, struct series_row *rows, size_t count,
                         struct arena *arena)
{
    uint32_t *at = arena_array(arena, uint32_t, count);
    for (uint32_t i = 0; i < count; i++)
        at[i] = i;
    if (count)
        qsort_r(at, count, sizeof *at, compare_dates, rows);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct series_row *row = &rows[at[i]];
        if (n == 0 || out[n - 1].date != row->date) {
            out[n++] = *row;
            continue;
        }
#define SERIES_COLUMN(field, ctype, type, missing)                                                 \
    if (row->field != (missing))                                                                   \
        out[n - 1].field = row->field;
#include "adapters/store/columns.def"
    }
    return n;
}

/* Write the columns that hold something; with file NULL only count them. */
static enum err write_columns(struct column_writer *file, const struct series_row *rows,
                              size_t count, void *scratch, uint32_t *columns)
{
    enum err err = ERR_OK;
    *columns = 1;
    for (size_t i = 0; i < count; i++)
        ((int32_t *)scratch)[i] = rows[i].date;
    if (file)
        err = column_writer_add(file, "date", COLUMN_I32, scratch, count);
    bool is_filled;
#define SERIES_COLUMN(field, ctype, type, missing)                                                 \
    is_filled = false;                                                                             \
    for (size_t i = 0; i < count; i++) {                                                           \
        ((ctype *)scratch)[i] = rows[i].field;                                                     \
        is_filled = is_filled || rows[i].field != (missing);                                       \
    }                                                                                              \
    *columns += is_filled;                                                                         \
    if (is_filled && file && !err)                                                                 \
        err = column_writer_add(file, #field, type, scratch, count);
#include "adapters/store/columns.def"
    return err;
}

static enum err write_series(struct store *store, const char *staged, const char *name,
                             const char *symbol, enum series_kind kind,
                             const struct series_row *rows, size_t count, struct arena *arena)
{
    struct column_about about = { 0 };
    snprintf(about.kind, sizeof about.kind, "%s", series_kind_name(kind));
    snprintf(about.symbol, sizeof about.symbol, "%s", symbol);
    void *scratch = arena_array(arena, int64_t, count);
    uint32_t columns;
    enum err err = write_columns(NULL, rows, count, scratch, &columns);
    char path[STORE_NAME_BYTES];
    if (!err)
        err = store_stage(store, name, path);
    struct column_writer file;
    if (!err)
        err = column_writer_open(&file, store->folder, staged, &about, columns);
    if (err)
        return err_add(err, "store %s", store->path);
    err = write_columns(&file, rows, count, scratch, &columns);
    return store_stage_end(store, &file, err);
}

enum err series_write(struct store *store, const char *symbol, enum series_kind kind,
                      const struct series_row *rows, size_t count)
{
    MUST(store->in_transaction);
    enum err err = store_symbol_check(symbol);
    for (size_t i = 0; i < count && !err; i++)
        err = check_row(&rows[i], symbol, kind);
    if (err || count == 0)
        return err;

    struct arena arena;
    arena_init(&arena, "series_write", 0);
    char name[STORE_NAME_BYTES];
    series_file_name(name, symbol, kind);
    const char *staged = arena_printf(&arena, "%s/%s", store->staging, name);
    struct series old = { 0 };
    err = read_old(&old, store, &arena, staged, symbol, kind);
    if (!err && count >= UINT32_MAX - old.count)
        err = err_set(ERR_FULL, "%s of %s: too many rows", series_kind_name(kind), symbol);
    if (!err) {
        size_t total = old.count + count;
        struct series_row *all = arena_array(&arena, struct series_row, total);
        struct series_row *merged = arena_array(&arena, struct series_row, total);
        if (old.count)
            memcpy(all, old.rows, old.count * sizeof *all);
        memcpy(all + old.count, rows, count * sizeof *all);
        size_t merged_count = merge_rows(merged, all, total, &arena);
        err = write_series(store, staged, name, symbol, kind, merged, merged_count, &arena);
    }
    arena_clear(&arena);
    return err;
}

enum err series_replace(struct store *store, const struct series *series)
{
    MUST(store->in_transaction);
    MUST(series->count > 0);
    struct arena arena;
    arena_init(&arena, "series_replace", 0);
    char name[STORE_NAME_BYTES];
    series_file_name(name, series->symbol, series->kind);
    const char *staged = arena_printf(&arena, "%s/%s", store->staging, name);
    enum err err = write_series(store, staged, name, series->symbol, series->kind, series->rows,
                                series->count, &arena);
    arena_clear(&arena);
    return err;
}
