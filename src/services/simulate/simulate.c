#include "services/simulate/simulate.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "base/progress.h"
#include "base/zone.h"
#include "services/simulate/run_int.h"

enum { THREADS_MAX = 64, MODEL_VERSION = 2, ERROR_BYTES = 512 };

/* ---- words
 * ------------------------------------------------------------------------------------------ */

const char *simulate_symbol(size_t index)
{
    return index < SIM_SYMBOL_COUNT ? sim_name((enum sim_symbol)index) : NULL;
}

static const char *const grid_names[] = { "eod", "1m", "1s", "tick" };

enum err simulate_grid_parse(const char *text, enum simulate_grid *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(grid_names); i++)
        if (strcmp(text, grid_names[i]) == 0) {
            *out = (enum simulate_grid)i;
            return ERR_OK;
        }
    return err_set(ERR_USAGE, "grid \"%s\" is none of eod, 1m, 1s, tick", text);
}

static enum err symbols_parse(const char *text, uint32_t *out)
{
    struct str rest = str_from(text), name;
    *out = 0;
    while (str_cut(&rest, ',', &name) ||
           (name = rest, rest = (struct str){ NULL, 0 }, name.len > 0)) {
        name = str_trim(name);
        int found = -1;
        for (int s = 0; s < SIM_SYMBOL_COUNT; s++)
            if (str_is(name, sim_name(s)))
                found = s;
        if (found < 0) {
            struct buf known = { 0 };
            for (int s = 0; s < SIM_SYMBOL_COUNT; s++)
                buf_printf(&known, "%s%s", s ? ", " : "", sim_name(s));
            enum err err = err_set(ERR_USAGE, "symbol \"%.*s\" is not simulated; there are %s",
                                   STR_ARG(name), known.ptr);
            buf_free(&known);
            return err;
        }
        *out |= 1u << found;
    }
    return *out ? ERR_OK : err_set(ERR_USAGE, "no symbol is named");
}

/* ---- a month of chains, by several threads
 * ------------------------------------------------------------ */

struct job {
    enum sim_symbol symbol;
    int day;
};

struct crew {
    const struct simulate_options *options;
    const struct sim_path *path;
    struct store *store;
    struct simulate_summary *summary;
    struct progress bar;
    uint64_t bar_done;
    char source[24];

    pthread_mutex_t lock; /* of all below, and of the store: it takes one writer at a time */
    const struct job *jobs;
    size_t job_count, job_next;
    enum err err; /* the first; workers stop then */
    char detail[ERROR_BYTES];
};

static void crew_fail(struct crew *c, enum err err)
{
    if (c->err)
        return;
    c->err = err;
    snprintf(c->detail, sizeof c->detail, "%s", err_detail());
}

/* Minutes of a session that are made; the bar counts them, or days at the end of the day. */
static int job_minutes(const struct crew *c, int day)
{
    if (c->options->grid == GRID_EOD)
        return 1;
    int all = (c->path->days[day].steps - 1) * SIM_STEP_MINUTES;
    return c->options->minutes && c->options->minutes < all ? c->options->minutes : all;
}

static bool keep_on(const struct crew *c)
{
    return !c->options->keep_on || c->options->keep_on();
}

static bool on_minute(void *context)
{
    struct crew *c = context;
    pthread_mutex_lock(&c->lock);
    progress_set(&c->bar, ++c->bar_done);
    bool stop = c->err != ERR_OK;
    pthread_mutex_unlock(&c->lock);
    return !stop && (c->options->grid <= GRID_MINUTE || keep_on(c));
}

static enum err make_one(struct crew *c, const struct job *job)
{
    struct day_writer *writer;
    pthread_mutex_lock(&c->lock);
    enum err err = day_writer_open(&writer, c->store, sim_name(job->symbol),
                                   c->path->days[job->day].date, c->source);
    pthread_mutex_unlock(&c->lock);
    if (err)
        return err;
    struct chain_job chain = { .path = c->path,
                               .symbol = job->symbol,
                               .day = job->day,
                               .grid = c->options->grid,
                               .minutes = c->options->minutes,
                               .store = c->options->store,
                               .on_minute = on_minute,
                               .context = c };
    err = chain_make(&chain, writer);
    if (err) {
        day_writer_drop(writer);
        return err;
    }
    pthread_mutex_lock(&c->lock);
    struct day_written written;
    err = day_writer_finish_counted(writer, &written);
    c->summary->quotes += written.quotes;
    c->summary->days += !err;
    pthread_mutex_unlock(&c->lock);
    return err;
}

static void *crew_work(void *context)
{
    struct crew *c = context;
    for (;;) {
        pthread_mutex_lock(&c->lock);
        bool stop = c->err || c->job_next == c->job_count;
        struct job job = stop ? (struct job){ 0 } : c->jobs[c->job_next++];
        pthread_mutex_unlock(&c->lock);
        if (stop)
            return NULL;
        enum err err = keep_on(c) ? make_one(c, &job) : err_set(ERR_CANCELLED, "cancelled");
        if (err) {
            pthread_mutex_lock(&c->lock);
            crew_fail(c, err);
            pthread_mutex_unlock(&c->lock);
        }
    }
}

static enum err crew_run(struct crew *c, const struct job *jobs, size_t count)
{
    c->jobs = jobs;
    c->job_count = count;
    c->job_next = 0;
    pthread_t threads[THREADS_MAX];
    int started = 0;
    while (started + 1 < c->options->threads && (size_t)started + 1 < count &&
           pthread_create(&threads[started], NULL, crew_work, c) == 0)
        started++;
    crew_work(c);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return c->err ? err_set(c->err, "%s", c->detail) : ERR_OK;
}

/* ---- months
 * ------------------------------------------------------------------------------------------- */

struct run {
    struct crew crew;
    uint32_t symbols;
    int from, to; /* sessions */
    struct arena arena;
    struct store_day *stored;
    size_t stored_count;
};

static bool is_stored(const struct run *run, enum sim_symbol symbol, int32_t date)
{
    for (size_t low = 0, high = run->stored_count; low < high;) {
        size_t middle = (low + high) / 2;
        const struct store_day *at = &run->stored[middle];
        int order = strcmp(at->underlying, sim_name(symbol));
        order = order ? order : (at->day > date) - (at->day < date);
        if (order == 0)
            return strcmp(at->source, run->crew.source) == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static enum err make_month(struct run *run, int from, int to)
{
    struct crew *c = &run->crew;
    struct job *jobs =
        arena_array(&run->arena, struct job, (size_t)(to - from + 1) * SIM_SYMBOL_COUNT);
    size_t count = 0, kept = 0;
    for (int d = from; d <= to; d++)
        for (int s = 0; s < SIM_SYMBOL_COUNT; s++) {
            if (!(run->symbols & 1u << s))
                continue;
            if (!is_stored(run, s, c->path->days[d].date)) {
                jobs[count++] = (struct job){ s, d };
                continue;
            }
            kept++;
            c->bar_done += (uint64_t)job_minutes(c, d);
        }
    c->summary->kept += kept;
    enum err err = store_begin(c->store);
    if (!err)
        err = crew_run(c, jobs, count);
    int first = from > run->from || from <= HISTORY_DAYS ? from : from - HISTORY_DAYS;
    for (int s = 0; !err && s < SIM_SYMBOL_COUNT; s++)
        if (run->symbols & 1u << s)
            err = series_make(c->store, c->path, s, first, from, to);
    if (!err)
        err = series_make_rates(c->store, c->path, first, to);
    if (err) {
        store_abort(c->store);
        return err;
    }
    return store_commit(c->store, NULL, NULL, NULL);
}

static enum err make_months(struct run *run)
{
    const struct sim_path *path = run->crew.path;
    for (int from = run->from; from <= run->to;) {
        int to = from;
        while (to < run->to && path->days[to + 1].date / 100 == path->days[from].date / 100)
            to++;
        enum err err = make_month(run, from, to);
        if (err == ERR_CANCELLED && from == run->from)
            return err_set(err, "cancelled; the store is as it was");
        if (err == ERR_CANCELLED)
            return err_set(
                err,
                "cancelled; the store holds the months to %d, the same command goes on from there",
                (int)path->days[from - 1].date);
        if (err)
            return err;
        from = to + 1;
    }
    return ERR_OK;
}

static enum err find_sessions(struct run *run, const struct simulate_options *options)
{
    const struct sim_path *path = run->crew.path;
    if (!date_is_valid(options->from) || !date_is_valid(options->to) || options->from > options->to)
        return err_set(ERR_RANGE, "from %d to %d is not a span of dates", (int)options->from,
                       (int)options->to);
    enum err err = calendar_covers(path->cal, options->from, date_add(options->to, 400));
    if (err)
        return err_add(err, "options listed on %d", (int)options->to);
    run->from = sim_path_find(path, date_add(options->from, -1)) + 1;
    run->to = sim_path_find(path, options->to);
    if (run->from > run->to)
        return err_set(ERR_RANGE, "there is no session from %d to %d", (int)options->from,
                       (int)options->to);
    struct ladder_expiry expiries[LADDER_EXPIRIES_MAX];
    for (int s = 0; s < SIM_SYMBOL_COUNT; s++)
        if (run->symbols & 1u << s && ladder_expiries(path, s, run->from, expiries) == 0)
            return err_set(ERR_RANGE, "%s has no listed options on %d yet", sim_name(s),
                           (int)path->days[run->from].date);
    return ERR_OK;
}

/* Bars and rates are one table for all of a store: two markets in it would be neither. */
static enum err check_unmixed(const struct run *run)
{
    const char *market = strrchr(run->crew.source, ' ');
    for (size_t i = 0; i < run->stored_count; i++) {
        const struct store_day *day = &run->stored[i];
        const char *theirs = strrchr(day->source, ' ');
        if (strncmp(day->source, "simulated ", 10) != 0 || strcmp(theirs, market) != 0)
            return err_set(ERR_EXISTS,
                           "store %s holds %s of %d from \"%s\", and a seed's market would mix "
                           "with it: choose another "
                           "store",
                           run->crew.options->store, day->underlying, (int)day->day, day->source);
    }
    return ERR_OK;
}

static enum err make_all(struct run *run)
{
    struct crew *c = &run->crew;
    uint64_t state = c->options->seed * 64 + MODEL_VERSION + ((uint64_t)c->options->minutes << 48);
    snprintf(c->source, sizeof c->source, "simulated %s %08" PRIx32, grid_names[c->options->grid],
             (uint32_t)(rng_splitmix64(&state) >> 32));
    enum err err = store_open_writer(&c->store, c->options->store);
    if (!err)
        err = store_list(c->store, &run->arena, &run->stored, &run->stored_count, NULL);
    if (!err)
        err = check_unmixed(run);
    uint64_t minutes = 0;
    for (int d = run->from; d <= run->to; d++)
        minutes += (uint64_t)(job_minutes(c, d) * __builtin_popcount(run->symbols));
    progress_begin(&c->bar, c->options->progress ? stderr : NULL, "simulating",
                   c->options->grid == GRID_EOD ? "days" : "minutes", minutes);
    if (!err)
        err = make_months(run);
    progress_end(&c->bar);
    store_close(c->store); /* NULL when it did not open */
    return err ? err : truth_write(c->options->store, c->path, run->symbols, run->from, run->to);
}

enum err simulate_run(const struct simulate_options *options, struct simulate_summary *summary)
{
    *summary = (struct simulate_summary){ 0 };
    if (options->threads < 1 || options->threads > THREADS_MAX)
        return err_set(ERR_USAGE, "%d threads; 1 to %d", options->threads, THREADS_MAX);
    if (options->minutes < 0 || options->minutes > SIM_MINUTES)
        return err_set(ERR_USAGE, "%d minutes of a session; 1 to %d", options->minutes,
                       SIM_MINUTES);
    if (options->minutes && options->grid == GRID_EOD)
        return err_set(ERR_USAGE, "minutes of a session, of the grid that has only its close");
    struct run run = { .crew = { .options = options, .summary = summary } };
    enum err err = symbols_parse(options->symbols, &run.symbols);
    if (!err)
        err = zone_init();
    if (err)
        return err;
    struct sim_path path;
    sim_path_make(&path, options->seed);
    run.crew.path = &path;
    arena_init(&run.arena, "simulate", 0);
    pthread_mutex_init(&run.crew.lock, NULL);
    err = find_sessions(&run, options);
    if (!err)
        err = make_all(&run);
    pthread_mutex_destroy(&run.crew.lock);
    arena_clear(&run.arena);
    sim_path_clear(&path);
    return err;
}
