/* The process of a job: one envelope in, lines of progress out. */
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "adapters/import/import.h"
#include "base/date.h"
#include "base/json_writer.h"
#include "services/backtest/backtest.h"
#include "services/jobs/jobs.h"
#include "services/report/report.h"
#include "services/simulate/simulate.h"

enum { ENVELOPE_BYTES_MAX = 1 << 20 };

struct work {
    const json_t *envelope, *spec;
    FILE *out;
    struct arena arena;
};

static atomic_int is_stopped; /* set by a signal */

static void on_signal(UNUSED int number)
{
    is_stopped = 1;
}

static bool keep_on(void)
{
    return !is_stopped;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static int32_t day_of(const json_t *object, const char *name)
{
    const char *text = text_of(object, name);
    return text ? date_parse(str_from(text)) : 0;
}

static void send_line(FILE *out, const struct buf *line)
{
    fwrite(line->ptr, 1, line->len, out);
    fputc('\n', out);
    fflush(out);
}

static void send_progress(struct work *w, double progress, const char *text)
{
    struct buf line = { 0 };
    struct json_writer json = { .out = &line };
    json_object_begin(&json);
    json_key_double(&json, "progress", progress);
    json_key_cstr(&json, "text", text);
    json_object_end(&json);
    send_line(w->out, &line);
    buf_free(&line);
}

/* ---- backtest -------------------------------------------------------------------------------- */

static bool on_days(void *context, size_t done, size_t days)
{
    struct work *w = context;
    char text[64];
    snprintf(text, sizeof text, "%zu of %zu days", done, days);
    send_progress(w, days ? (double)done / (double)days : NAN, text);
    return keep_on();
}

static enum err write_whole(const char *path, const struct buf *text)
{
    FILE *file = fopen(path, "wb");
    bool ok = file && fwrite(text->ptr, 1, text->len, file) == text->len;
    ok = file && fclose(file) == 0 && ok;
    return ok ? ERR_OK : err_set(ERR_IO, "%s cannot be written; is there room on its disk?", path);
}

static void send_summary(struct work *w, const struct backtest_result *r)
{
    struct buf line = { 0 };
    struct json_writer json = { .out = &line };
    json_object_begin(&json);
    json_key(&json, "summary");
    json_object_begin(&json);
    json_key_cstr(&json, "strategy", r->strategy_name);
    json_key_cstr(&json, "strategy_hash", r->strategy_hash);
    json_key_cstr(&json, "underlying", r->underlying);
    json_key_int(&json, "first_day", r->first_day);
    json_key_int(&json, "last_day", r->last_day);
    json_key_int(&json, "trades", (int64_t)r->stats.trades);
    json_key_int(&json, "pnl_micros", r->stats.pnl);
    json_key_int(&json, "end_equity_micros", r->end_equity);
    json_key_double(&json, "total_return", r->stats.total_return);
    json_key_double(&json, "sharpe", r->stats.sharpe);
    json_key_double(&json, "max_drawdown", r->stats.max_drawdown);
    json_object_end(&json);
    json_object_end(&json);
    send_line(w->out, &line);
    buf_free(&line);
}

static size_t read_overrides(struct work *w, struct strategy_override *out)
{
    const char *key;
    json_t *value;
    size_t count = 0;
    json_object_foreach (json_object_get(w->spec, "parameters"), key, value) {
        if (count < STRATEGY_PARAMS_MAX)
            out[count++] = (struct strategy_override){ key, json_number_value(value) };
    }
    return count;
}

/* 1 where none is said, as on the command line. */
static uint64_t seed_of(const struct work *w)
{
    const json_t *seed = json_object_get(w->spec, "seed");
    return seed ? (uint64_t)json_integer_value(seed) : 1;
}

static enum err run_backtest(struct work *w)
{
    struct strategy_override overrides[STRATEGY_PARAMS_MAX];
    struct backtest_result result;
    struct backtest_options o = {
        .strategy = text_of(w->envelope, "strategy"),
        .overrides = overrides,
        .override_count = read_overrides(w, overrides),
        .store = text_of(w->envelope, "store"),
        .from = day_of(w->spec, "from"),
        .to = day_of(w->spec, "to"),
        .fill = text_of(w->spec, "fill"),
        .fees = text_of(w->spec, "fees"),
        .margin = text_of(w->spec, "margin"),
        .cash = json_integer_value(json_object_get(w->spec, "cash_micros")),
        .seed = seed_of(w),
        .progress = on_days,
        .progress_context = w,
    };
    if (!o.strategy || !o.store)
        return err_set(ERR_USAGE, "the job names no strategy or no store");
    enum err err = backtest_run(&result, &w->arena, &o);
    if (err)
        return err;
    struct buf text = { 0 };
    report_json(&text, &result);
    err = write_whole(text_of(w->envelope, "result"), &text);
    buf_free(&text);
    if (!err)
        send_summary(w, &result);
    return err;
}

/* ---- simulation, import ---------------------------------------------------------------------- */

static enum err run_simulate(struct work *w)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const char *grid = text_of(w->spec, "grid"), *symbols = text_of(w->spec, "symbols");
    struct simulate_options o = { .store = text_of(w->envelope, "store"),
                                  .symbols = symbols ? symbols : "SPX,SPY,VIX",
                                  .from = day_of(w->spec, "from"),
                                  .to = day_of(w->spec, "to"),
                                  .seed = seed_of(w),
                                  .threads = processors > 1
                                                 ? (int)(processors < 8 ? processors / 2 : 4)
                                                 : 1,
                                  .keep_on = keep_on };
    struct simulate_summary summary;
    enum err err = simulate_grid_parse(grid ? grid : "eod", &o.grid);
    send_progress(w, NAN, "making a synthetic market");
    if (!err)
        err = simulate_run(&o, &summary);
    if (!err)
        send_progress(
            w, 1, arena_printf(&w->arena, "%zu chains made, %zu kept", summary.days, summary.kept));
    return err;
}

static enum err run_import(struct work *w)
{
    const char *path = text_of(w->spec, "path");
    const char *full =
        arena_printf(&w->arena, "%s/%s", text_of(w->envelope, "inbox"), path ? path : "");
    struct import_options o = { .store = text_of(w->envelope, "store"),
                                .format = text_of(w->spec, "format"),
                                .paths = &full,
                                .path_count = 1,
                                .keep_on = keep_on };
    struct import_summary summary;
    send_progress(w, NAN, "importing");
    enum err err = import_run(&o, &summary);
    if (!err)
        send_progress(w, 1,
                      arena_printf(&w->arena, "%llu quotes on %llu days",
                                   (unsigned long long)summary.quotes,
                                   (unsigned long long)summary.days));
    import_summary_clear(&summary);
    return err;
}

/* ---- the process ----------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum err (*run)(struct work *work);
} kinds[JOB_KIND_COUNT] = {
    [JOB_BACKTEST] = { "backtest", run_backtest },
    [JOB_SIMULATE] = { "simulate", run_simulate },
    [JOB_IMPORT] = { "import", run_import },
};

const char *job_kind_name(enum job_kind kind)
{
    MUST((unsigned)kind < JOB_KIND_COUNT);
    return kinds[kind].name;
}

bool job_kind_parse(struct str name, enum job_kind *out)
{
    for (int i = 0; i < JOB_KIND_COUNT; i++) {
        if (str_is(name, kinds[i].name)) {
            *out = (enum job_kind)i;
            return true;
        }
    }
    return false;
}

static enum err run(struct work *w)
{
    enum job_kind kind;
    const char *name = text_of(w->envelope, "kind");
    w->spec = json_object_get(w->envelope, "spec");
    if (!name || !job_kind_parse(str_from(name), &kind) || !json_is_object(w->spec))
        return err_set(ERR_USAGE,
                       "this is no envelope of a job: the server writes them, not people");
    return kinds[kind].run(w);
}

int job_worker(FILE *in, FILE *out)
{
    /* The server is gone: nobody waits for this any more. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGTERM, &action, NULL);
    signal(SIGINT, SIG_IGN); /* Ctrl-C reaches the whole group: the server decides for its jobs */
    struct work w = { .out = out };
    arena_init(&w.arena, "run", 1 << 20);
    char *text = arena_alloc(&w.arena, ENVELOPE_BYTES_MAX);
    size_t len = fread(text, 1, ENVELOPE_BYTES_MAX, in);
    json_error_t at;
    json_t *envelope = json_loadb(text, len, JSON_REJECT_DUPLICATES, &at);
    w.envelope = envelope;
    enum err err = run(&w);
    if (err) {
        struct buf line = { 0 };
        struct json_writer json = { .out = &line };
        json_object_begin(&json);
        json_key_cstr(&json, "error", err_detail());
        json_object_end(&json);
        send_line(out, &line);
        buf_free(&line);
    }
    json_decref(envelope);
    arena_clear(&w.arena);
    return err ? 1 : 0;
}
