#include "adapters/import/import.h"

#include <stdarg.h>
#include <string.h>

#include "adapters/import/days.h"
#include "adapters/import/files.h"
#include "adapters/import/series.h"
#include "base/clock.h"

enum { REMARKS_MAX = 100, PLACE_BYTES = 512, PROBES_MAX = 100, BAR_BYTES = 1024 };

/* ---- what importers report ------------------------------------------------------------------- */

/* "x.csv:12" or what of it is known. */
static const char *place_text(char out[PLACE_BYTES], struct import_place place)
{
    if (place.row)
        snprintf(out, PLACE_BYTES, "%s:%llu", place.file, (unsigned long long)place.row);
    else
        snprintf(out, PLACE_BYTES, "%s", place.file ? place.file : "");
    return out;
}

void import_found_many(struct import *import, enum import_finding finding, uint64_t count,
                       struct import_place place, const char *detail)
{
    MUST((unsigned)finding < FINDING_COUNT);
    struct import_summary *summary = import->summary;
    struct import_found *found = &summary->found[finding];
    if (!found->count) {
        char where[PLACE_BYTES];
        bool both = place.file && detail && detail[0];
        found->first = arena_printf(&summary->arena, "%s%s%s", place_text(where, place),
                                    both ? " " : "", detail ? detail : "");
    }
    found->count += count;
}

void import_found(struct import *import, enum import_finding finding, struct import_place place,
                  const char *detail)
{
    import_found_many(import, finding, 1, place, detail);
}

void import_remark(struct import *import, const char *format, ...)
{
    struct import_summary *summary = import->summary;
    if (summary->remark_count >= REMARKS_MAX)
        return;
    char text[PLACE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    summary->remarks = mem_grow(summary->remarks, &summary->remark_capacity,
                                summary->remark_count + 1, sizeof *summary->remarks);
    summary->remarks[summary->remark_count++] = arena_strdup(&summary->arena, text);
}

enum err import_bad_row(struct import *import, struct import_place place, const char *format, ...)
{
    char text[PLACE_BYTES], where[PLACE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (import->options->skip_bad_rows) {
        import_found(import, FOUND_BAD_ROW, place, text);
        return ERR_OK;
    }
    place_text(where, place);
    if (place.column)
        return err_set(ERR_PARSE, "%s: column \"%s\": %s", where, place.column, text);
    return err_set(ERR_PARSE, "%s: %s", where, text);
}

void import_count_rows(struct import *import, uint64_t rows)
{
    import->summary->rows += rows;
}

void import_count_bytes(struct import *import, uint64_t bytes)
{
    import->summary->bytes += bytes;
    progress_set(&import->bar, import->summary->bytes / BAR_BYTES);
}

/* ---- the run --------------------------------------------------------------------------------- */

static enum err check_options(const struct import_options *options,
                              const struct import_format **format, struct arena *arena)
{
    *format = NULL;
    if (!options->store || !options->store[0])
        return err_set(ERR_USAGE, "no store is named: say where the data shall go, --store FOLDER");
    if (!options->path_count)
        return err_set(ERR_USAGE, "no file or folder to import is named");
    if (options->format && !(*format = format_find(options->format)))
        return err_set(ERR_USAGE, "unknown format \"%s\": one of %s", options->format,
                       format_names(arena));
    if (options->has_time && (options->time_of_day < 0 || options->time_of_day >= NANOS_PER_DAY))
        return err_set(ERR_USAGE, "the time of day is not between 00:00 and 23:59");
    return zone_init();
}

static enum err walk(struct import *import, const struct import_format *format)
{
    const struct import_options *options = import->options;
    return files_walk(import->arena, options->paths, options->path_count,
                      format ? format->suffixes : NULL, &import->files, &import->file_count,
                      &import->summary->files_left);
}

/* No format is named: the first file that one of them recognises decides. */
static enum err find_format(struct import *import, const struct import_format **format)
{
    enum err err = walk(import, NULL);
    if (err)
        return err;
    for (size_t i = 0; i < import->file_count && i < PROBES_MAX && !*format; i++) {
        struct import_probe probe;
        files_probe(import->arena, import->files[i].path, &probe);
        *format = files_recognise(&probe);
    }
    if (!*format)
        return err_set(ERR_USAGE, "%s: the format is not recognised: name it, --format one of %s",
                       import->options->paths[0], format_names(import->arena));
    return ERR_OK;
}

/* A file of another layout is told at once, rather than by the first column that is missing. */
static enum err check_format(struct import *import, const struct import_format *asked)
{
    struct import_probe probe;
    files_probe(import->arena, import->files[0].path, &probe);
    if (!probe.head.len || asked->recognise(&probe))
        return ERR_OK;
    const struct import_format *found = files_recognise(&probe);
    if (!found)
        return ERR_OK;
    return err_set(ERR_PARSE, "%s: is no %s file: it looks like %s, try --format %s",
                   import->files[0].path, asked->name, found->name, found->name);
}

/* The reason that most rows were left out for says what is wrong with the file. */
static enum err nothing_stored(const struct import *import)
{
    const struct import_summary *summary = import->summary;
    int most = -1;
    for (int i = 0; i < FINDING_COUNT; i++)
        if (import_finding_verdict((enum import_finding)i) == DROPPED && summary->found[i].count &&
            (most < 0 || summary->found[i].count > summary->found[most].count))
            most = i;
    if (most < 0)
        return err_set(ERR_NOT_FOUND, "%s: %llu rows were read, and none of them can be stored",
                       import->files[0].path, (unsigned long long)summary->rows);
    return err_set(ERR_NOT_FOUND,
                   "%s: %llu rows were read, and none of them can be stored: %s (%llu, first: %s)",
                   import->files[0].path, (unsigned long long)summary->rows,
                   import_finding_text((enum import_finding)most),
                   (unsigned long long)summary->found[most].count, summary->found[most].first);
}

static enum err read_all(struct import *import, const struct import_format *format)
{
    struct import_summary *summary = import->summary;
    enum err err = store_begin(import->store);
    if (err)
        return err;
    err = days_init(import);
    if (!err)
        err = format->run(import);
    if (!err)
        err = days_finish(import);
    if (!err)
        err = series_finish(import);
    if (!err && !summary->quotes && !summary->series_rows && !summary->found[FOUND_HOLIDAY].count &&
        !summary->found[FOUND_STALE_COPY].count)
        err = nothing_stored(import);
    days_clear(import);
    series_clear(import);
    if (!err)
        return store_commit(import->store, &summary->files_added, &summary->files_replaced,
                            &summary->files_unchanged);
    store_abort(import->store);
    return err;
}

static enum err run(struct import *import)
{
    const struct import_options *options = import->options;
    struct import_summary *summary = import->summary;
    const struct import_format *format;
    enum err err = check_options(options, &format, import->arena);
    if (!err && !format)
        err = find_format(import, &format);
    if (!err)
        err = walk(import, format);
    if (!err && !options->mapping)
        err = check_format(import, format);
    if (err)
        return err;
    summary->format = import->source = format->name;
    if ((err = store_open_writer(&import->store, options->store)))
        return err;

    uint64_t bytes = 0;
    for (size_t i = 0; i < import->file_count; i++)
        bytes += import->files[i].bytes;
    progress_begin(&import->bar, options->progress ? stderr : NULL, "importing", "KiB",
                   bytes / BAR_BYTES);
    err = read_all(import, format);
    progress_end(&import->bar);
    store_close(import->store);
    return err;
}

static double seconds_now(void)
{
    return (double)clock_steady_ns() / 1e9;
}

enum err import_run(const struct import_options *options, struct import_summary *summary)
{
    double start = seconds_now();
    memset(summary, 0, sizeof *summary);
    arena_init(&summary->arena, "import summary", 0);
    summary->store = arena_strdup(&summary->arena, options->store ? options->store : "");
    struct arena arena;
    arena_init(&arena, "import", 0);
    struct import import = { .options = options, .summary = summary, .arena = &arena };
    enum err err = run(&import);
    arena_clear(&arena);
    summary->seconds = seconds_now() - start;
    return err;
}
