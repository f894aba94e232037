/* Which days, years and tables the files of an import make. A job is looked up in the whole data
 * folder once it is known, so that naming one quote file brings the trades and the stock too. */
#include "adapters/import/lean_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct plan {
    struct lean *lean;
    size_t job_capacity, root_capacity;
    uint64_t other_resolutions, futures, not_lean;
    const char *first_other, *first_future;
    size_t root_len;
};

bool lean_wants_symbol(const struct lean *lean, const char *underlying)
{
    const struct import_options *options = lean->import->options;
    for (size_t i = 0; i < options->symbol_count; i++)
        if (str_equal_nocase(str_from(options->symbols[i]), str_from(underlying)))
            return true;
    return options->symbol_count == 0;
}

bool lean_wants_day(const struct lean *lean, int32_t day)
{
    const struct import_options *options = lean->import->options;
    return (!options->from || day >= options->from) && (!options->to || day <= options->to);
}

static bool wants_year(const struct lean *lean, int32_t year)
{
    const struct import_options *options = lean->import->options;
    return (!options->from || year >= date_year(options->from)) &&
           (!options->to || year <= date_year(options->to));
}

const char *lean_short(const struct lean *lean, const char *path)
{
    size_t len = strlen(lean->root);
    return strncmp(path, lean->root, len) == 0 ? path + len : path;
}

const char *lean_find(const struct lean *lean, const char *format, ...)
{
    static const char *const endings[] = { "", ".zip" };
    char name[512];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(name, sizeof name, format, args);
    va_end(args);
    MUST(len >= 0);
    if ((size_t)len >= sizeof name)
        return NULL;
    for (size_t i = 0; i < ARRAY_COUNT(endings); i++) {
        const char *path =
            arena_printf(lean->import->arena, "%s%s%s", lean->root, name, endings[i]);
        if (access(path, F_OK) == 0)
            return path;
    }
    return NULL;
}

void lean_count_file(struct lean *lean, const char *path)
{
    struct stat file;
    lean->import->summary->files++;
    if (stat(path, &file) == 0 && file.st_size > 0)
        import_count_bytes(lean->import, (uint64_t)file.st_size);
}

/* The option root "spxw" as in contracts, "SPXW", and its underlying: a dot has no place there. */
static void underlying_of(const char *symbol, char out[STORE_SYMBOL_BYTES])
{
    char upper[LEAN_SYMBOL_BYTES], root[CONTRACT_ROOT_BYTES];
    lean_symbol_upper(upper, symbol);
    product_underlying(root, str_from(upper));
    memset(out, 0, STORE_SYMBOL_BYTES);
    snprintf(out, STORE_SYMBOL_BYTES, "%s", root[0] ? root : upper);
}

static void add_root(struct plan *plan, enum lean_security security, const char *symbol)
{
    struct lean *lean = plan->lean;
    for (size_t i = 0; i < lean->root_count; i++)
        if (lean->roots[i].security == security && strcmp(lean->roots[i].symbol, symbol) == 0)
            return;
    lean->roots =
        mem_grow(lean->roots, &plan->root_capacity, lean->root_count + 1, sizeof *lean->roots);
    struct lean_root *root = &lean->roots[lean->root_count++];
    memset(root, 0, sizeof *root);
    root->security = security;
    memcpy(root->symbol, symbol, sizeof root->symbol - 1);
    underlying_of(symbol, root->underlying);
}

static struct lean_job *add_job(struct plan *plan, enum lean_kind kind,
                                const struct lean_path *file, const char *path)
{
    struct lean *lean = plan->lean;
    lean->jobs = mem_grow(lean->jobs, &plan->job_capacity, lean->job_count + 1, sizeof *lean->jobs);
    struct lean_job *job = &lean->jobs[lean->job_count++];
    *job = (struct lean_job){ .kind = kind, .security = file->security, .path = path };
    return job;
}

static bool is_option(enum lean_security security)
{
    return security == LEAN_OPTION || security == LEAN_INDEX_OPTION;
}

static enum lean_asked asked_of(const struct lean_path *file)
{
    if (file->kind == LEAN_FILE_UNIVERSE)
        return LEAN_ASKED_UNIVERSE;
    return file->resolution == LEAN_MINUTE ? LEAN_ASKED_MINUTE
           : file->resolution == LEAN_HOUR ? LEAN_ASKED_HOUR
                                           : LEAN_ASKED_DAILY;
}

/* Options at the resolution that is asked for, by day or by year. */
static void plan_option(struct plan *plan, const struct lean_path *file, const char *path)
{
    char underlying[STORE_SYMBOL_BYTES];
    underlying_of(file->symbol, underlying);
    if (!lean_wants_symbol(plan->lean, underlying))
        return;
    if (asked_of(file) != plan->lean->asked) {
        if (!plan->other_resolutions++)
            plan->first_other = path;
        return;
    }
    if (file->day ? !lean_wants_day(plan->lean, file->day) : !wants_year(plan->lean, file->year))
        return;
    add_root(plan, file->security, file->symbol);
    struct lean_job *job = add_job(plan, file->kind, file, path);
    memcpy(job->underlying, underlying, sizeof job->underlying);
    job->day = file->day;
    job->year = file->year;
}

/* What options are on: daily bars and the closes of an index are series; the rest is read beside
 * the options of its day. */
static void plan_underlying(struct plan *plan, const struct lean_path *file, const char *path)
{
    char symbol[STORE_SYMBOL_BYTES];
    lean_symbol_upper(symbol, file->symbol);
    if (!lean_wants_symbol(plan->lean, symbol))
        return;
    bool index_day = file->security == LEAN_INDEX && file->resolution == LEAN_MINUTE &&
                     file->tick == LEAN_TRADE && lean_wants_day(plan->lean, file->day);
    if (file->resolution != LEAN_DAILY && !index_day)
        return;
    struct lean_job *job = add_job(plan, LEAN_FILE_BARS, file, path);
    memcpy(job->underlying, symbol, sizeof job->underlying);
    job->day = file->day;
}

static void plan_file(struct plan *plan, const struct lean_path *file, const char *path)
{
    switch (file->kind) {
    case LEAN_FILE_OTHER:
        plan->not_lean++;
        break;
    case LEAN_FILE_FUTURES:
        if (!plan->futures++)
            plan->first_future = path;
        break;
    case LEAN_FILE_BARS:
    case LEAN_FILE_UNIVERSE:
        if (is_option(file->security))
            plan_option(plan, file, path);
        else
            plan_underlying(plan, file, path);
        break;
    case LEAN_FILE_FACTORS: {
        struct lean_job *job = add_job(plan, file->kind, file, path);
        memcpy(job->underlying, file->symbol, sizeof job->underlying);
        break;
    }
    case LEAN_FILE_RATES:
        add_job(plan, file->kind, file, path);
        break;
    case LEAN_FILE_MAP: /* read beside the factor file of its name */
        break;
    }
}

static int compare_jobs(const void *left, const void *right)
{
    const struct lean_job *a = left, *b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int order = strcmp(a->underlying, b->underlying);
    if (order)
        return order;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    if (a->year != b->year)
        return a->year < b->year ? -1 : 1;
    /* Daily bars of an index come after those made of its minutes: they win. */
    if (a->security != b->security)
        return a->security < b->security ? -1 : 1;
    return strcmp(a->path, b->path);
}

/* The quote, trade and open interest files of a day, of one or two roots, are one job. */
static bool is_same_job(const struct lean_job *a, const struct lean_job *b)
{
    return a->kind == b->kind && strcmp(a->underlying, b->underlying) == 0 && a->day == b->day &&
           a->year == b->year && a->security == b->security && (a->day || a->year) &&
           a->kind != LEAN_FILE_UNIVERSE;
}

static void sort_jobs(struct lean *lean)
{
    size_t kept = 0;
    if (lean->job_count)
        qsort(lean->jobs, lean->job_count, sizeof *lean->jobs, compare_jobs);
    for (size_t i = 0; i < lean->job_count; i++)
        if (kept == 0 || !is_same_job(&lean->jobs[kept - 1], &lean->jobs[i]))
            lean->jobs[kept++] = lean->jobs[i];
    lean->job_count = kept;
}

/*
 * A day of SPX lies in two folders, spx and spxw. When one of them was named, the other is part of
 * the day all the same: half a chain would not be the day.
 */
static void add_sister_roots(struct plan *plan)
{
    struct lean *lean = plan->lean;
    size_t known = lean->root_count;
    for (size_t i = 0; i < known; i++) {
        const char *roots[32];
        char underlying[STORE_SYMBOL_BYTES];
        enum lean_security security = lean->roots[i].security;
        memcpy(underlying, lean->roots[i].underlying, sizeof underlying);
        size_t count = product_roots(underlying, roots, ARRAY_COUNT(roots));
        for (size_t k = 0; k < count && k < ARRAY_COUNT(roots); k++) {
            char lower[LEAN_SYMBOL_BYTES] = "";
            for (size_t c = 0; roots[k][c] && c + 1 < sizeof lower; c++)
                lower[c] = (char)(roots[k][c] >= 'A' && roots[k][c] <= 'Z' ? roots[k][c] + 32
                                                                           : roots[k][c]);
            add_root(plan, security, lower);
        }
    }
}

static enum err locate(struct plan *plan, const struct import_file *file, struct lean_path *out)
{
    struct lean *lean = plan->lean;
    size_t root_len;
    enum err err = lean_path_locate(out, str_from(file->path), &root_len);
    if (err || out->kind == LEAN_FILE_OTHER)
        return err;
    if (!lean->root) {
        lean->root = arena_strndup(lean->import->arena, file->path, root_len);
        plan->root_len = root_len;
    } else if (root_len != plan->root_len || strncmp(lean->root, file->path, root_len) != 0) {
        return err_set(ERR_USAGE,
                       "two LEAN data folders in one import, %s and %.*s: import one at a time",
                       lean->root[0] ? lean->root : ".", (int)root_len, file->path);
    }
    return ERR_OK;
}

static void remark_what_was_left(const struct plan *plan)
{
    struct lean *lean = plan->lean;
    if (plan->other_resolutions)
        import_remark(lean->import,
                      "%llu files of options at another resolution, such as %s: ask for them with "
                      "--resolution minute, hour, daily or universe",
                      (unsigned long long)plan->other_resolutions,
                      lean_short(lean, plan->first_other));
    if (plan->futures)
        import_found_many(lean->import, FOUND_NOT_STORED, plan->futures,
                          (struct import_place){ .file = lean_short(lean, plan->first_future) },
                          "files of futures and their options");
    lean->import->summary->files_left += plan->not_lean;
}

enum err lean_plan(struct lean *lean)
{
    struct plan plan = { .lean = lean };
    struct import *import = lean->import;
    for (size_t i = 0; i < import->file_count; i++) {
        /* A relative path may begin inside the folder, as after cd lean/option. */
        struct import_file file = import->files[i];
        char *whole = realpath(file.path, NULL);
        if (!whole)
            return err_set(ERR_NOT_FOUND, "%s: no such file", file.path);
        file.path = arena_strdup(import->arena, whole);
        free(whole);
        struct lean_path path;
        enum err err = locate(&plan, &file, &path);
        if (err)
            return err;
        plan_file(&plan, &path, file.path);
    }
    if (!lean->root)
        return err_set(ERR_NOT_FOUND,
                       "no file of a LEAN data folder under what was named: name the "
                       "folder that holds option/, equity/ and the like, or one in it");
    sort_jobs(lean);
    add_sister_roots(&plan);
    remark_what_was_left(&plan);
    return ERR_OK;
}
