/* The front of the LEAN importer; its parts are listed in lean_int.h, its rules in
 * docs/import-lean.md. */
#include "adapters/import/lean_int.h"

static enum err read_resolution(const char *text, enum lean_asked *out)
{
    static const char *const names[] = { "minute", "hour", "daily", "universe" };
    *out = LEAN_ASKED_MINUTE;
    if (!text)
        return ERR_OK;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (strcmp(text, names[i]) == 0) {
            *out = (enum lean_asked)i;
            return ERR_OK;
        }
    return err_set(ERR_USAGE, "resolution \"%s\" is not minute, hour, daily or universe", text);
}

/* Vendors copy files over holidays; that is noticed, and no reason to stop. */
static bool is_closed(struct lean *lean, const struct lean_job *job)
{
    if (!job->day || calendar_day(lean->calendar, job->day) != DAY_CLOSED)
        return false;
    import_remark(lean->import, "%s %d: the exchange was closed (%s): %s is left out",
                  job->underlying, job->day, calendar_why(lean->calendar, job->day),
                  lean_short(lean, job->path));
    import_found(lean->import, FOUND_HOLIDAY,
                 (struct import_place){ .file = lean_short(lean, job->path) }, "a whole file");
    return true;
}

static enum err do_job(struct lean *lean, const struct lean_job *job)
{
    bool is_option = job->security == LEAN_OPTION || job->security == LEAN_INDEX_OPTION;
    if (is_closed(lean, job))
        return ERR_OK;
    switch (job->kind) {
    case LEAN_FILE_BARS:
        if (is_option)
            return job->day ? lean_minute_day(lean, job) : lean_long_year(lean, job);
        return job->day ? lean_index_minutes(lean, job) : lean_daily_bars(lean, job);
    case LEAN_FILE_UNIVERSE:
        return lean_universe_day(lean, job);
    case LEAN_FILE_FACTORS:
        return lean_factor_file(lean, job);
    case LEAN_FILE_RATES:
        return lean_rate_file(lean, job);
    case LEAN_FILE_MAP:
    case LEAN_FILE_FUTURES:
    case LEAN_FILE_OTHER:
        break;
    }
    return ERR_OK;
}

enum err import_lean(struct import *import)
{
    struct lean lean = { .import = import, .calendar = calendar_us() };
    enum err err = read_resolution(import->options->resolution, &lean.asked);
    if (!err)
        err = lean_plan(&lean);
    for (size_t i = 0; i < lean.job_count && !err; i++)
        err = do_job(&lean, &lean.jobs[i]);
    mem_free(lean.jobs);
    mem_free(lean.roots);
    return err;
}

bool import_lean_recognise(const struct import_probe *probe)
{
    struct lean_path path;
    size_t root_len;
    return lean_path_locate(&path, str_from(probe->path), &root_len) == ERR_OK &&
           path.kind != LEAN_FILE_OTHER;
}
