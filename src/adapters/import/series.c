/* Series rows are few: they are kept in memory by symbol and kind, and written at the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/import/series.h"
#include "base/date.h"

enum { SERIES_ROWS_MAX = 10 * 1000 * 1000 };

struct series_part {
    char symbol[STORE_SYMBOL_BYTES];
    enum series_kind kind;
    struct series_row *rows;
    size_t count, capacity;
};

struct import_series {
    struct series_part *parts;
    size_t count, capacity, last;
    size_t rows;
};

static struct series_part *find(struct import_series *all, const char *symbol,
                                enum series_kind kind)
{
    /* The part of the row before first: symbols come in runs. */
    for (size_t i = 0; i < all->count; i++) {
        size_t at = (all->last + i) % all->count;
        if (all->parts[at].kind == kind && !strcmp(all->parts[at].symbol, symbol)) {
            all->last = at;
            return &all->parts[at];
        }
    }
    all->parts = mem_grow(all->parts, &all->capacity, all->count + 1, sizeof *all->parts);
    struct series_part *part = &all->parts[all->count++];
    *part = (struct series_part){ .kind = kind };
    snprintf(part->symbol, sizeof part->symbol, "%s", symbol);
    return part;
}

enum err import_series_row(struct import *import, const char *symbol, enum series_kind kind,
                           const struct series_row *row)
{
    if (!import->series)
        import->series = mem_alloc(sizeof *import->series);
    if (++import->series->rows > SERIES_ROWS_MAX)
        return err_set(ERR_FULL, "more than %d series rows in one import: import in parts",
                       SERIES_ROWS_MAX);
    if (!symbol[0] || strlen(symbol) >= STORE_SYMBOL_BYTES)
        return err_set(ERR_RANGE, "series symbol \"%.40s\" is not 1 to %d characters", symbol,
                       STORE_SYMBOL_BYTES - 1);
    struct series_part *part = find(import->series, symbol, kind);
    part->rows = mem_grow(part->rows, &part->capacity, part->count + 1, sizeof *part->rows);
    part->rows[part->count++] = *row;
    return ERR_OK;
}

struct dated_row {
    int32_t date;
    uint32_t index; /* as they came */
};

static int by_date(const void *left, const void *right)
{
    const struct dated_row *a = left, *b = right;
    if (a->date != b->date)
        return a->date < b->date ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

/* Fold a row into what is known of its date, as the store does; true when it takes a value back. */
static bool fold(struct series_row *known, const struct series_row *row)
{
    bool differs = false;
#define SERIES_COLUMN(field, ctype, type, missing)                                                 \
    differs |= row->field != (missing) && known->field != (missing) && row->field != known->field; \
    if (row->field != (missing))                                                                   \
        known->field = row->field;
#include "adapters/store/columns.def"
    return differs;
}

/* How many dates there are; a date that comes twice is a finding. */
static size_t count_dates(struct import *import, const struct series_part *part)
{
    struct dated_row *rows = mem_alloc((part->count + 1) * sizeof *rows);
    for (size_t i = 0; i < part->count; i++)
        rows[i] = (struct dated_row){ part->rows[i].date, (uint32_t)i };
    qsort(rows, part->count, sizeof *rows, by_date);
    struct series_row known = { 0 };
    size_t dates = 0;
    for (size_t i = 0; i < part->count; i++) {
        const struct series_row *row = &part->rows[rows[i].index];
        if (i == 0 || row->date != known.date) {
            known = *row;
            dates++;
            continue;
        }
        bool is_repeat = memcmp(&known, row, sizeof known) == 0;
        if (!fold(&known, row) && !is_repeat)
            continue; /* the one has what the other lacks */
        char day[DATE_TEXT_BYTES], where[64];
        date_format(day, row->date);
        snprintf(where, sizeof where, "%s %s %s", part->symbol, series_kind_name(part->kind), day);
        import_found(import, is_repeat ? FOUND_DUPLICATE : FOUND_DATE_CONFLICT,
                     (struct import_place){ 0 }, where);
    }
    mem_free(rows);
    return dates;
}

enum err series_finish(struct import *import)
{
    struct import_series *all = import->series;
    for (size_t i = 0; all && i < all->count; i++) {
        const struct series_part *part = &all->parts[i];
        enum err err =
            series_write(import->store, part->symbol, part->kind, part->rows, part->count);
        if (err)
            return err_add(err, "series %s %s", part->symbol, series_kind_name(part->kind));
        size_t dates = count_dates(import, part);
        import->summary->series_rows += dates;
        import_remark(import, "%s: %zu %s of %s", part->symbol, dates, dates == 1 ? "row" : "rows",
                      series_kind_name(part->kind));
    }
    return ERR_OK;
}

void series_clear(struct import *import)
{
    struct import_series *all = import->series;
    for (size_t i = 0; all && i < all->count; i++)
        mem_free(all->parts[i].rows);
    if (all)
        mem_free(all->parts);
    mem_free(all);
    import->series = NULL;
}
