#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/store/store_int.h"
#include "base/date.h"

/* An end-of-day source gives one snapshot, some give one before the close too. */
enum { DAILY_SNAPSHOTS_MAX = 2 };

struct prune {
    struct store *store;
    const struct store_retention *rule;
    bool dry_run;
    void (*report)(void *context, const char *text);
    void *context;
    struct arena arena;
    struct store_pruned sum;
};

static void say(struct prune *p, const char *text)
{
    if (p->report)
        p->report(p->context, text);
}

static bool is_meant(const struct prune *p, const char *symbol)
{
    return !p->rule->symbol || strcmp(p->rule->symbol, symbol) == 0;
}

/* The first date that is kept when newest is the last one there is. */
static int32_t cutoff(const struct prune *p, int32_t newest)
{
    int32_t today = p->rule->today ? p->rule->today : newest;
    int64_t days = (int64_t)date_to_days(today) - p->rule->keep_days + 1;
    int64_t first = date_to_days(19000101);
    return date_from_days((int32_t)(days > first ? days : first));
}

static bool is_of_kind(const struct prune *p, const struct store_day *day)
{
    bool daily = day->snapshots <= DAILY_SNAPSHOTS_MAX;
    return daily == (p->rule->data == STORE_DATA_DAILY);
}

static enum err remove_day(const struct prune *p, const struct store_day *day)
{
    char name[STORE_NAME_BYTES];
    chain_file_name(name, day->underlying, day->day);
    if (unlinkat(p->store->folder, name, 0) == 0 || errno == ENOENT)
        return ERR_OK;
    return err_set(ERR_IO, "store %s: %s: cannot remove: %s", p->store->path, name,
                   strerror(errno));
}

/* The days of one underlying, ascending. */
static enum err prune_underlying(struct prune *p, const struct store_day *days, size_t count)
{
    int32_t newest = 0;
    for (size_t i = 0; i < count; i++)
        newest = is_of_kind(p, &days[i]) ? days[i].day : newest;
    if (!newest || !is_meant(p, days[0].underlying))
        return ERR_OK;
    int32_t from = cutoff(p, newest), first = 0, last = 0;
    size_t removed = 0;
    uint64_t bytes = 0;
    enum err err = ERR_OK;
    for (size_t i = 0; i < count && !err; i++) {
        if (!is_of_kind(p, &days[i]) || days[i].day >= from)
            continue;
        if (!p->dry_run)
            err = remove_day(p, &days[i]);
        if (err)
            break;
        first = first ? first : days[i].day;
        last = days[i].day;
        bytes += days[i].bytes;
        removed++;
    }
    p->sum.days += removed;
    p->sum.bytes += bytes;
    if (removed && !p->dry_run) {
        enum err failed =
            folder_sync(p->store->folder, arena_printf(&p->arena, "chains/%s", days[0].underlying));
        p->store->has_news = true;
        err = err ? err : failed;
    }
    if (removed)
        say(p, arena_printf(&p->arena, "%s: %zu %s day%s, %d to %d, %.1f MB %s", days[0].underlying,
                            removed, p->rule->data == STORE_DATA_DAILY ? "daily" : "intraday",
                            removed == 1 ? "" : "s", (int)first, (int)last, (double)bytes / 1e6,
                            p->dry_run ? "would go" : "removed"));
    return err;
}

static enum err prune_chains(struct prune *p)
{
    struct store_day *days;
    size_t count;
    enum err err = store_list(p->store, &p->arena, &days, &count, NULL);
    for (size_t i = 0, n; i < count && !err; i += n) {
        n = 1;
        while (i + n < count && strcmp(days[i].underlying, days[i + n].underlying) == 0)
            n++;
        err = prune_underlying(p, days + i, n);
    }
    return err;
}

/* ---- tapes ----------------------------------------------------------------------------------- */

/* The day that a file of a tape is named after; 0 for what else may lie there. */
static int32_t tape_day(const char *name)
{
    return strlen(name) > 9 && name[8] == '.' ? date_parse((struct str){ name, 8 }) : 0;
}

static enum err remove_tape(struct prune *p, const char *path)
{
    struct stat about;
    if (fstatat(p->store->folder, path, &about, 0) == 0)
        p->sum.bytes += (uint64_t)about.st_size;
    if (p->dry_run || unlinkat(p->store->folder, path, 0) == 0 || errno == ENOENT)
        return ERR_OK;
    return err_set(ERR_IO, "store %s: %s: cannot remove: %s", p->store->path, path,
                   strerror(errno));
}

static enum err prune_tape(struct prune *p, const char *symbol)
{
    char **names;
    size_t count;
    const char *folder = arena_printf(&p->arena, "tape/%s", symbol);
    enum err err = folder_names(p->store->folder, folder, false, &p->arena, &names, &count);
    int32_t newest = 0, last = 0;
    for (size_t i = 0; i < count; i++)
        newest = tape_day(names[i]) > newest ? tape_day(names[i]) : newest;
    if (err || !newest)
        return err;
    int32_t from = cutoff(p, newest);
    uint64_t before = p->sum.bytes;
    size_t days = 0;
    for (size_t i = 0; i < count && !err; i++) {
        int32_t day = tape_day(names[i]);
        if (!day || day >= from)
            continue;
        days += day != last; /* names come sorted */
        last = day;
        err = remove_tape(p, arena_printf(&p->arena, "%s/%s", folder, names[i]));
    }
    p->sum.days += days;
    if (days)
        say(p, arena_printf(&p->arena, "%s: tapes of %zu day%s to %d, %.1f MB %s", symbol, days,
                            days == 1 ? "" : "s", (int)last, (double)(p->sum.bytes - before) / 1e6,
                            p->dry_run ? "would go" : "removed"));
    return err;
}

static enum err prune_tapes(struct prune *p)
{
    char **symbols;
    size_t count;
    enum err err = folder_names(p->store->folder, "tape", false, &p->arena, &symbols, &count);
    for (size_t i = 0; i < count && !err; i++)
        if (is_meant(p, symbols[i]))
            err = prune_tape(p, symbols[i]);
    return err;
}

/* ---- series ---------------------------------------------------------------------------------- */

/* What is left of a series after the cut is staged; one that would be empty keeps its last row. */
static enum err cut_series(struct prune *p, const char *symbol)
{
    struct series series;
    enum err err = series_read(&series, p->store, &p->arena, symbol, p->rule->kind);
    if (err == ERR_CORRUPT) {
        say(p, arena_printf(&p->arena, "%s: left as it is: %s", symbol, err_detail()));
        return ERR_OK;
    }
    if (err || series.count == 0)
        return err;
    int32_t from = cutoff(p, series.rows[series.count - 1].date);
    size_t old = 0;
    while (old + 1 < series.count && series.rows[old].date < from)
        old++;
    /* A rate holds from its date on: the one in force on the first day kept stays. */
    if (p->rule->kind == SERIES_RATES && old > 0 && series.rows[old].date > from)
        old--;
    if (old == 0)
        return ERR_OK;
    say(p,
        arena_printf(&p->arena, "%s: %zu row%s of %s, %d to %d %s", symbol, old,
                     old == 1 ? "" : "s", series_kind_name(p->rule->kind), (int)series.rows[0].date,
                     (int)series.rows[old - 1].date, p->dry_run ? "would go" : "removed"));
    p->sum.rows += old;
    series.rows += old;
    series.count -= old;
    return p->dry_run ? ERR_OK : series_replace(p->store, &series);
}

static enum err prune_series(struct prune *p)
{
    char **symbols;
    size_t count;
    enum err err = series_list(p->store, &p->arena, p->rule->kind, &symbols, &count);
    if (!err && !p->dry_run)
        err = store_begin(p->store);
    for (size_t i = 0; i < count && !err; i++)
        if (is_meant(p, symbols[i]))
            err = cut_series(p, symbols[i]);
    if (p->dry_run)
        return err;
    if (!err)
        return store_commit(p->store, NULL, NULL, NULL);
    store_abort(p->store);
    return err;
}

enum err store_prune(struct store *store, const struct store_retention *rule, bool dry_run,
                     void (*report)(void *context, const char *text), void *context,
                     struct store_pruned *out)
{
    MUST(dry_run || store->lock >= 0);
    *out = (struct store_pruned){ 0 };
    if (rule->keep_days < 1)
        return err_set(ERR_RANGE, "keeping %d days is keeping nothing; 1 is the least",
                       (int)rule->keep_days);
    if (rule->today && !date_is_valid(rule->today))
        return err_set(ERR_RANGE, "%d is not a day", (int)rule->today);
    struct prune p = {
        .store = store, .rule = rule, .dry_run = dry_run, .report = report, .context = context
    };
    arena_init(&p.arena, "prune", 0);
    enum err err = rule->data == STORE_DATA_SERIES ? prune_series(&p)
                   : rule->data == STORE_DATA_TAPE ? prune_tapes(&p)
                                                   : prune_chains(&p);
    arena_clear(&p.arena);
    *out = p.sum;
    return err;
}
