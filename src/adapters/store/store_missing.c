#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/store/store_int.h"
#include "base/date.h"
#include "domain/types/calendar.h"

struct report {
    void (*line)(void *context, const char *text);
    void *context;
    size_t count;
};

static void say(struct report *report, const char *text)
{
    report->count++;
    if (report->line)
        report->line(report->context, text);
}

/* Sessions from the one after `after` up to the one before `before`, as one line. */
static void say_gap(struct report *report, const struct store_day *last,
                    const struct store_day *next, struct arena *arena)
{
    const struct calendar *cal = calendar_us();
    if (last->day < cal->first || next->day > cal->last)
        return; /* not known which days had a session */
    int32_t from = calendar_next(cal, last->day), to = calendar_previous(cal, next->day);
    if (from == 0 || to == 0 || from >= next->day || to <= last->day)
        return;
    int sessions = 0;
    for (int32_t day = from; day && day <= to; day = calendar_next(cal, day))
        sessions++;
    char first[DATE_TEXT_BYTES], end[DATE_TEXT_BYTES];
    date_format(first, from);
    date_format(end, to);
    say(report, sessions == 1 ? arena_printf(arena, "%s: no chains on %s", last->underlying, first)
                              : arena_printf(arena, "%s: no chains from %s to %s, %d sessions",
                                             last->underlying, first, end, sessions));
}

/* The data files below a hidden folder, as one line. */
static enum err say_folder(struct report *report, const struct store *store, struct arena *arena,
                           const char *folder, const char *what)
{
    char **names;
    size_t count;
    enum err err = store_names(store, folder, arena, &names, &count);
    if (!err && count)
        say(report,
            arena_printf(arena, "%zu file%s %s: %s%s%s", count, count == 1 ? "" : "s", what,
                         names[0], count == 1 ? "" : " to ", count == 1 ? "" : names[count - 1]));
    return err;
}

/* A process of the number in the folder's name is there: most likely its writer. */
static bool is_alive(const char *staging)
{
    long pid = strtol(staging + strlen(STORE_STAGING_START), NULL, 10);
    return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

static enum err say_staging(struct report *report, const struct store *store, struct arena *arena)
{
    char **names;
    size_t count;
    enum err err = folder_names(store->folder, ".", true, arena, &names, &count);
    for (size_t i = 0; i < count && !err; i++) {
        if (!str_starts_with(str_from(names[i]), STR(STORE_STAGING_START)))
            continue;
        const char *what = is_alive(names[i])
                               ? "being written and not decided yet"
                               : "of a transaction that was cut short and is not in the store; do "
                                 "it again";
        err = say_folder(report, store, arena, names[i], what);
    }
    return err;
}

enum err store_missing(const struct store *store, void (*line)(void *context, const char *text),
                       void *context, size_t *count)
{
    struct report report = { .line = line, .context = context };
    struct arena arena;
    arena_init(&arena, "missing", 0);
    struct store_day *days;
    size_t n;
    enum err err = store_list(store, &arena, &days, &n, NULL);
    for (size_t i = 1; i < n && !err; i++)
        if (strcmp(days[i - 1].underlying, days[i].underlying) == 0)
            say_gap(&report, &days[i - 1], &days[i], &arena);
    if (!err)
        err = say_staging(&report, store, &arena);
    if (!err)
        err = say_folder(&report, store, &arena, STORE_DAMAGED_FOLDER,
                         "set aside by a repair; import them again");
    arena_clear(&arena);
    if (count)
        *count = report.count;
    return err;
}
