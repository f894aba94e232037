/* A day of minute bars: the options of all roots of an underlying, joined with the underlying. */
#include "adapters/import/lean_int.h"

#include <stdio.h>

struct day {
    struct lean *lean;
    const struct lean_job *job;
    struct lean_session session;
    struct lean_levels *levels;
    struct arena arena;        /* contracts */
    struct lean_events others; /* trades and open interest, before the quotes are read */
    struct lean_events events; /* of the entry at hand */
    struct group {
        size_t first, count;
        bool used;
    } * groups; /* of others, by contract */
    size_t group_count;
    bool trades_known;
    uint32_t quote_files, trade_files;
};

/* ---- the underlying ---- */

static enum err read_underlying(struct lean *lean, struct lean_levels *levels, const char *path,
                                enum zone zone)
{
    struct lean_only only;
    enum err err = lean_only_open(&only, lean, path);
    if (err)
        return err;
    struct lean_bar bar;
    bool more;
    while (!(err = lean_rows_next(&only.rows, &bar, &more)) && more)
        lean_levels_bar(levels, zone, &bar, only.file.tick, NANOS_PER_MINUTE);
    import_count_rows(lean->import, only.rows.row);
    if (!err && only.rows.rounded)
        import_found_many(lean->import, FOUND_ROUNDED, only.rows.rounded,
                          (struct import_place){ .file = lean_short(lean, path) }, NULL);
    lean_only_close(&only);
    lean_count_file(lean, path);
    return err;
}

/* Where the options of a folder have what they are on, and whose clock it shows. */
static enum err read_underlyings(struct day *day)
{
    struct lean *lean = day->lean;
    bool is_index = day->job->security == LEAN_INDEX_OPTION;
    char symbol[STORE_SYMBOL_BYTES] = "";
    for (size_t i = 0; day->job->underlying[i] && i + 1 < sizeof symbol; i++) {
        char c = day->job->underlying[i];
        symbol[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    bool any = false;
    for (int tick = LEAN_TRADE; tick <= LEAN_QUOTE; tick++) {
        const char *path =
            lean_find(lean, "%s/usa/minute/%s/%d_%s.zip", is_index ? "index" : "equity", symbol,
                      day->job->day, lean_tick_name((enum lean_tick)tick));
        if (!path)
            continue;
        any = true;
        enum err err =
            read_underlying(lean, day->levels, path, is_index ? ZONE_CHICAGO : ZONE_NEW_YORK);
        if (err)
            return err;
    }
    if (!any)
        import_remark(lean->import, "%s %d: no minutes of the underlying: its column is empty",
                      day->job->underlying, day->job->day);
    if (is_index && any && lean_levels_mark_close(day->levels) == PRICE_NONE)
        import_remark(lean->import,
                      "%s %d: the index ends before its closing value: no official close that day",
                      day->job->underlying, day->job->day);
    return ERR_OK;
}

/* ---- options ---- */

static enum err read_entry(struct day *day, const struct lean_entry *entry,
                           const struct lean_path *file, const struct contract *contract,
                           struct lean_events *events)
{
    struct lean_rows rows;
    struct lean_bar bar;
    bool more;
    enum err err;
    struct import_place place = { .file = lean_short(day->lean, entry->file) };
    lean_rows_init(&rows, entry->file, entry->name, entry->text, file);
    while (!(err = lean_rows_next(&rows, &bar, &more)) && more) {
        place.row = rows.row;
        lean_event_from_bar(day->lean, events, &day->session, contract, file->tick, &bar,
                            NANOS_PER_MINUTE, place);
    }
    import_count_rows(day->lean->import, rows.row);
    if (rows.rounded)
        import_found_many(day->lean->import, FOUND_ROUNDED, rows.rounded, place, NULL);
    return err;
}

static int compare_group(const struct day *day, const struct group *group,
                         const struct contract *contract)
{
    return contract_compare(day->others.rows[group->first].contract, contract);
}

static struct group *find_group(const struct day *day, const struct contract *contract)
{
    size_t low = 0, high = day->group_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_group(day, &day->groups[middle], contract);
        if (order == 0)
            return &day->groups[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static enum err emit(struct day *day, struct import_place place, bool *any)
{
    return lean_emit(day->lean, day->levels, day->job->underlying, day->events.rows,
                     day->events.count, day->trades_known, place, any);
}

static void take_group(struct day *day, struct group *group)
{
    for (size_t i = 0; i < group->count; i++)
        *lean_events_add(&day->events) = day->others.rows[group->first + i];
    group->used = true;
}

static enum err quote_entry(struct day *day, const struct lean_entry *entry,
                            const struct lean_path *file, const struct contract *contract)
{
    bool any;
    day->events.count = 0;
    enum err err = read_entry(day, entry, file, contract, &day->events);
    if (err)
        return err;
    struct group *group = find_group(day, contract);
    if (group && !group->used)
        take_group(day, group);
    lean_events_sort(&day->events);
    return emit(day, (struct import_place){ .file = lean_short(day->lean, entry->file) }, &any);
}

static enum err read_options(struct day *day, const char *path)
{
    struct lean *lean = day->lean;
    struct lean_path file;
    struct lean_zip *zip;
    enum err err = lean_path_parse(&file, str_from(lean_short(lean, path)));
    if (err || (err = lean_zip_open(&zip, path)))
        return err;
    for (uint64_t i = 0; i < lean_zip_count(zip) && !err; i++) {
        struct lean_entry entry;
        const struct contract *contract;
        err = lean_zip_read(zip, i, &entry);
        if (!err)
            err = lean_entry_contract(&day->arena, &entry, &file, &contract);
        if (!err && !contract)
            lean_found_strike(lean, &entry);
        if (err || !contract)
            continue;
        err = file.tick == LEAN_QUOTE ? quote_entry(day, &entry, &file, contract)
                                      : read_entry(day, &entry, &file, contract, &day->others);
    }
    lean_zip_close(zip);
    lean_count_file(lean, path);
    day->trade_files += file.tick == LEAN_TRADE;
    day->quote_files += file.tick == LEAN_QUOTE;
    return err;
}

/* The files of one kind, of all roots of the underlying. */
static enum err read_kind(struct day *day, enum lean_tick tick)
{
    static const char *const styles[] = { "american", "european" };
    const struct lean *lean = day->lean;
    for (size_t i = 0; i < lean->root_count; i++) {
        const struct lean_root *root = &lean->roots[i];
        if (root->security != day->job->security ||
            strcmp(root->underlying, day->job->underlying) != 0)
            continue;
        for (size_t s = 0; s < ARRAY_COUNT(styles); s++) {
            const char *path =
                lean_find(lean, "%s/usa/minute/%s/%d_%s_%s.zip", lean_security_name(root->security),
                          root->symbol, day->job->day, lean_tick_name(tick), styles[s]);
            enum err err = path ? read_options(day, path) : ERR_OK;
            if (err)
                return err;
        }
    }
    return ERR_OK;
}

static void group_others(struct day *day)
{
    size_t capacity = 0;
    lean_events_sort(&day->others);
    for (size_t i = 0; i < day->others.count; i++) {
        struct group *last = day->group_count ? &day->groups[day->group_count - 1] : NULL;
        if (last && compare_group(day, last, day->others.rows[i].contract) == 0) {
            last->count++;
            continue;
        }
        day->groups = mem_grow(day->groups, &capacity, day->group_count + 1, sizeof *day->groups);
        day->groups[day->group_count++] = (struct group){ i, 1, false };
    }
}

/* Contracts that traded without a quote file, and those of which only open interest is known. */
static enum err emit_unquoted(struct day *day)
{
    char name[64];
    snprintf(name, sizeof name, "%s %d, trades and open interest", day->job->underlying,
             day->job->day);
    struct import_place place = { .file = name };
    for (size_t i = 0; i < day->group_count; i++) {
        bool any;
        if (day->groups[i].used)
            continue;
        day->events.count = 0;
        take_group(day, &day->groups[i]);
        enum err err = emit(day, place, &any);
        if (err)
            return err;
        if (!any)
            import_found(day->lean->import, FOUND_NO_ROWS, place, NULL);
    }
    return ERR_OK;
}

static enum err read_day(struct day *day)
{
    enum err err = read_underlyings(day);
    if (!err)
        err = read_kind(day, LEAN_TRADE);
    day->trades_known = day->trade_files > 0;
    if (!err)
        err = read_kind(day, LEAN_OPEN_INTEREST);
    if (err)
        return err;
    group_others(day);
    err = read_kind(day, LEAN_QUOTE);
    if (!err)
        err = emit_unquoted(day);
    if (err)
        return err;
    if (!day->quote_files)
        import_remark(
            day->lean->import,
            "%s %d: no quote file: its trades and open interest are stored without bid and ask",
            day->job->underlying, day->job->day);
    return lean_levels_flush(
        day->lean, day->levels, day->job->underlying,
        (struct import_place){ .file = lean_short(day->lean, day->job->path) });
}

enum err lean_minute_day(struct lean *lean, const struct lean_job *job)
{
    struct day day = { .lean = lean, .job = job };
    enum err err = lean_session(&day.session, lean, job->underlying, job->day);
    if (err)
        return err_add(err, "%s", job->path);
    day.levels = mem_alloc(sizeof *day.levels);
    lean_levels_init(day.levels, &day.session);
    arena_init(&day.arena, "lean day", 0);
    err = read_day(&day);
    arena_clear(&day.arena);
    lean_events_free(&day.others);
    lean_events_free(&day.events);
    mem_free(day.groups);
    mem_free(day.levels);
    return err;
}

/* ---- the daily bar of an index ---- */

/* Open of the first minute, close as the index shows it after the session, both ends inside. */
static enum err bar_of_minutes(struct lean *lean, const struct lean_job *job,
                               const struct lean_session *session, struct series_row *out)
{
    struct lean_only only;
    enum err err = lean_only_open(&only, lean, job->path);
    if (err)
        return err;
    struct lean_bar bar;
    bool more;
    int64_t ts;
    while (!(err = lean_rows_next(&only.rows, &bar, &more)) && more) {
        if (!lean_bar_ts(session, ZONE_CHICAGO, &bar, NANOS_PER_MINUTE, &ts))
            continue;
        if (out->open == PRICE_NONE) {
            out->open = bar.trade.open;
            out->high = bar.trade.high;
            out->low = bar.trade.low;
        }
        out->high = bar.trade.high > out->high ? bar.trade.high : out->high;
        out->low = bar.trade.low < out->low ? bar.trade.low : out->low;
        if (ts > session->official)
            out->close = bar.trade.close;
    }
    lean_only_close(&only);
    return err;
}

enum err lean_index_minutes(struct lean *lean, const struct lean_job *job)
{
    struct lean_session session;
    struct series_row bar = { .date = job->day,
                              .value = PRICE_NONE,
                              .open = PRICE_NONE,
                              .high = PRICE_NONE,
                              .low = PRICE_NONE,
                              .close = PRICE_NONE,
                              .volume = -1 };
    struct series_row settlement = bar;
    /* All indices here tick until 16:15 in LEAN's files, as SPX does. */
    enum err err = lean_session(&session, lean, "SPX", job->day);
    if (!err)
        err = bar_of_minutes(lean, job, &session, &bar);
    if (err)
        return err_add(err, "%s %d", job->underlying, job->day);
    if (bar.close == PRICE_NONE) {
        import_remark(
            lean->import,
            "%s %d: the index ends before its closing value: no daily bar and no settlement",
            job->underlying, job->day);
        return ERR_OK;
    }
    settlement.close = bar.close;
    err = import_series_row(lean->import, job->underlying, SERIES_BARS, &bar);
    if (!err)
        err = import_series_row(lean->import, job->underlying, SERIES_SETTLEMENT, &settlement);
    return err;
}
