/* A year of hour or daily bars: one file holds all days of all contracts, so a large one is read
 * several times, for some weeks of the year each. */
#include "adapters/import/lean_int.h"

#include <stdio.h>

/* Text read for one slice of the year: some two million rows, 120 MB in memory. */
#define SLICE_BYTES (UINT64_C(128) << 20)

struct year {
    struct lean *lean;
    const struct lean_job *job;
    enum lean_resolution resolution;
    int64_t bar_nanos;
    const char **paths; /* its files, in the arena of the import */
    size_t path_count, path_capacity;
    uint64_t bytes;   /* of their text */
    int32_t from, to; /* the days being read */
    bool trades_known;
    bool is_again; /* files are counted in the first slice */
    struct arena arena;
    struct lean_events events;
    struct lean_bar *underlying; /* of the whole year, in order of time */
    size_t underlying_count, underlying_capacity;
    struct lean_session session; /* of the day seen last */
    struct lean_levels *levels;
};

/* A day with a session; closed days are counted and left out. */
static enum err session_of(struct year *year, int32_t day, const char *file, bool *is_open)
{
    enum err err = calendar_covers(year->lean->calendar, day, day);
    if (err)
        return err_add(err, "%s", file);
    *is_open = calendar_is_open(year->lean->calendar, day);
    if (!*is_open || year->session.day == day)
        return ERR_OK;
    return lean_session(&year->session, year->lean, year->job->underlying, day);
}

/* ---- the underlying ---- */

static enum err read_underlying(struct year *year)
{
    struct lean *lean = year->lean;
    bool is_index = year->job->security == LEAN_INDEX_OPTION;
    char symbol[STORE_SYMBOL_BYTES] = "";
    for (size_t i = 0; year->job->underlying[i] && i + 1 < sizeof symbol; i++) {
        char c = year->job->underlying[i];
        symbol[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    const char *path = lean_find(lean, "%s/usa/%s/%s.zip", is_index ? "index" : "equity",
                                 lean_resolution_name(year->resolution), symbol);
    if (!path) {
        import_remark(lean->import, "%s %d: no %s bars of the underlying: its column is empty",
                      year->job->underlying, year->job->year,
                      lean_resolution_name(year->resolution));
        return ERR_OK;
    }
    struct lean_only only;
    enum err err = lean_only_open(&only, lean, path);
    if (err)
        return err;
    struct lean_bar bar;
    bool more;
    while (!(err = lean_rows_next(&only.rows, &bar, &more)) && more) {
        if (date_year(bar.day) != year->job->year)
            continue;
        year->underlying = mem_grow(year->underlying, &year->underlying_capacity,
                                    year->underlying_count + 1, sizeof *year->underlying);
        year->underlying[year->underlying_count++] = bar;
    }
    lean_only_close(&only);
    lean_count_file(lean, path);
    return err;
}

/* A daily bar is known at the official close: its close is what the day is settled with. */
static void levels_of_day(struct year *year)
{
    bool is_index = year->job->security == LEAN_INDEX_OPTION;
    enum zone zone = is_index ? ZONE_CHICAGO : ZONE_NEW_YORK;
    lean_levels_init(year->levels, &year->session);
    for (size_t i = 0; i < year->underlying_count; i++) {
        const struct lean_bar *bar = &year->underlying[i];
        if (bar->day != year->session.day)
            continue;
        if (year->resolution == LEAN_HOUR) {
            lean_levels_bar(year->levels, zone, bar, LEAN_TRADE, year->bar_nanos);
            continue;
        }
        size_t minute = (size_t)((year->session.official - year->session.open) / NANOS_PER_MINUTE);
        year->levels->at[minute].level = bar->trade.close;
        year->levels->at[minute].has_level = true;
        year->levels->at[minute].flags = SNAPSHOT_CLOSE;
    }
    if (is_index && year->resolution == LEAN_HOUR)
        lean_levels_mark_close(year->levels);
}

/* ---- options ---- */

static enum err add_bar(struct year *year, const struct contract *contract, enum lean_tick tick,
                        const struct lean_bar *bar, struct import_place place)
{
    bool is_open = false;
    if (bar->day < year->from || bar->day > year->to || !lean_wants_day(year->lean, bar->day))
        return ERR_OK;
    enum err err = session_of(year, bar->day, place.file, &is_open);
    if (err)
        return err;
    if (!is_open) {
        import_found(year->lean->import, FOUND_HOLIDAY, place, NULL);
        return ERR_OK;
    }
    lean_event_from_bar(year->lean, &year->events, &year->session, contract, tick, bar,
                        year->bar_nanos, place);
    /* A daily bar spans midnight to midnight, so it is never outside, and is known at the close. */
    if (year->resolution == LEAN_DAILY && tick != LEAN_OPEN_INTEREST)
        year->events.rows[year->events.count - 1].ts = year->session.official;
    return ERR_OK;
}

static enum err read_entry(struct year *year, const struct lean_entry *entry,
                           const struct lean_path *file, const struct contract *contract)
{
    struct lean_rows rows;
    struct lean_bar bar;
    bool more;
    enum err err;
    struct import_place place = { .file = lean_short(year->lean, entry->file) };
    lean_rows_init(&rows, entry->file, entry->name, entry->text, file);
    while (!(err = lean_rows_next(&rows, &bar, &more)) && more) {
        place.row = rows.row;
        if ((err = add_bar(year, contract, file->tick, &bar, place)))
            return err;
    }
    if (!year->is_again)
        import_count_rows(year->lean->import, rows.row);
    return err;
}

static enum err read_file(struct year *year, const char *path)
{
    struct lean_path file;
    struct lean_zip *zip;
    enum err err = lean_path_parse(&file, str_from(lean_short(year->lean, path)));
    if (err || (err = lean_zip_open(&zip, path)))
        return err;
    year->trades_known |= file.tick == LEAN_TRADE;
    for (uint64_t i = 0; i < lean_zip_count(zip) && !err; i++) {
        struct lean_entry entry;
        const struct contract *contract;
        err = lean_zip_read(zip, i, &entry);
        if (!err)
            err = lean_entry_contract(&year->arena, &entry, &file, &contract);
        if (!err && contract)
            err = read_entry(year, &entry, &file, contract);
        else if (!err && !year->is_again)
            lean_found_strike(year->lean, &entry);
    }
    lean_zip_close(zip);
    if (!year->is_again)
        lean_count_file(year->lean, path);
    return err;
}

/* The files of all roots of the underlying, and how much text they hold. */
static enum err find_files(struct year *year)
{
    static const char *const styles[] = { "american", "european" };
    const struct lean *lean = year->lean;
    for (size_t i = 0; i < lean->root_count * LEAN_TICK_COUNT * ARRAY_COUNT(styles); i++) {
        const struct lean_root *root = &lean->roots[i / ARRAY_COUNT(styles) / LEAN_TICK_COUNT];
        enum lean_tick tick = (enum lean_tick)(i / ARRAY_COUNT(styles) % LEAN_TICK_COUNT);
        if (root->security != year->job->security ||
            strcmp(root->underlying, year->job->underlying) != 0)
            continue;
        const char *path =
            lean_find(lean, "%s/usa/%s/%s_%d_%s_%s.zip", lean_security_name(root->security),
                      lean_resolution_name(year->resolution), root->symbol, year->job->year,
                      lean_tick_name(tick), styles[i % ARRAY_COUNT(styles)]);
        if (!path)
            continue;
        struct lean_zip *zip;
        enum err err = lean_zip_open(&zip, path);
        if (err)
            return err;
        year->bytes += lean_zip_bytes(zip);
        lean_zip_close(zip);
        year->paths =
            mem_grow(year->paths, &year->path_capacity, year->path_count + 1, sizeof *year->paths);
        year->paths[year->path_count++] = path;
    }
    return ERR_OK;
}

/* ---- days ---- */

static enum err emit_day(struct year *year, size_t from, size_t to)
{
    const struct lean_event_row *rows = year->events.rows;
    /* A row is made of up to three files: name what they have in common. */
    char name[64];
    snprintf(name, sizeof name, "%s %s bars of %d", year->job->underlying,
             lean_resolution_name(year->resolution), rows[from].day);
    struct import_place place = { .file = name };
    enum err err = lean_session(&year->session, year->lean, year->job->underlying, rows[from].day);
    if (err)
        return err;
    levels_of_day(year);
    for (size_t first = from; first < to && !err;) {
        size_t end = first + 1;
        bool any;
        while (end < to && contract_compare(rows[end].contract, rows[first].contract) == 0)
            end++;
        err = lean_emit(year->lean, year->levels, year->job->underlying, rows + first, end - first,
                        year->trades_known, place, &any);
        if (!err && !any)
            import_found(year->lean->import, FOUND_NO_ROWS, place, NULL);
        first = end;
    }
    return err ? err : lean_levels_flush(year->lean, year->levels, year->job->underlying, place);
}

static enum err emit_days(struct year *year)
{
    enum err err = ERR_OK;
    lean_events_sort(&year->events);
    for (size_t first = 0; first < year->events.count && !err;) {
        size_t end = first + 1;
        while (end < year->events.count &&
               year->events.rows[end].day == year->events.rows[first].day)
            end++;
        err = emit_day(year, first, end);
        first = end;
    }
    return err;
}

static enum err read_slice(struct year *year, int32_t from, int32_t to)
{
    year->from = from;
    year->to = to;
    year->events.count = 0;
    arena_clear(&year->arena);
    for (size_t i = 0; i < year->path_count; i++) {
        enum err err = read_file(year, year->paths[i]);
        if (err)
            return err;
    }
    year->is_again = true;
    return emit_days(year);
}

/* Slices of as many days each as fit, on average, into SLICE_BYTES. */
static enum err read_slices(struct year *year)
{
    int32_t first = date_make(year->job->year, 1, 1), last = date_make(year->job->year, 12, 31);
    uint64_t slices = year->bytes / SLICE_BYTES + 1;
    int32_t days = slices < 366 ? 366 / (int32_t)slices : 1;
    for (int32_t from = first; from <= last; from = date_add(from, days)) {
        int32_t to = date_add(from, days - 1);
        enum err err = read_slice(year, from, to < last ? to : last);
        if (err)
            return err;
    }
    return ERR_OK;
}

enum err lean_long_year(struct lean *lean, const struct lean_job *job)
{
    bool is_hour = lean->asked == LEAN_ASKED_HOUR;
    struct year year = { .lean = lean,
                         .job = job,
                         .resolution = is_hour ? LEAN_HOUR : LEAN_DAILY,
                         .bar_nanos = is_hour ? NANOS_PER_HOUR : NANOS_PER_DAY };
    year.levels = mem_alloc(sizeof *year.levels);
    arena_init(&year.arena, "lean year", 0);
    enum err err = read_underlying(&year);
    if (!err)
        err = find_files(&year);
    if (!err)
        err = read_slices(&year);
    arena_clear(&year.arena);
    mem_free(year.paths);
    lean_events_free(&year.events);
    mem_free(year.underlying);
    mem_free(year.levels);
    return err;
}
