/* Jobs, what backtests found, and alerts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "domain/types/money.h"
#include "services/server/desk_call.h"

void write_job(struct json_writer *json, const struct db_job *job)
{
    json_object_begin(json);
    json_key_cstr(json, "id", job->id);
    json_key_cstr(json, "kind", job->kind);
    json_key_cstr(json, "state", job->state);
    json_key_cstr(json, "owner_id", job->owner_id);
    json_key_double(json, "progress", job->progress);
    json_key_cstr(json, "text", job->text);
    json_key_cstr(json, "error", job->error);
    json_key_int(json, "tries", job->tries);
    json_key_int(json, "created_ns", job->created_ns);
    json_key_ns(json, "started_ns", job->started_ns);
    json_key_ns(json, "ended_ns", job->ended_ns);
    json_key(json, "spec");
    json_raw(json, str_from(job->spec));
    json_object_end(json);
}

/* In whatever thread a job changes: everybody who watches learns of it. */
void on_job_changed(void *context, const struct db_job *job)
{
    struct server *server = context;
    struct buf text = { 0 };
    struct json_writer json = { .out = &text };
    write_job(&json, job);
    hub_put(server->hub, TOPIC_JOBS, job->id, job->owner_id, buf_str(&text));
    buf_free(&text);
}

static bool sees_all(const struct call *call)
{
    return call->who.permissions & PERMISSION_BIT(MAY_MANAGE_USERS);
}

/* A job of the caller's; somebody else's is not there for them. 0 to go on. */
static int find_job(struct call *call, const char *id, struct db_job *out)
{
    enum err err = db_job_get(call->db, call->arena, id, out);
    if (!err && !sees_all(call) && strcmp(out->owner_id, call->who.user_id) != 0)
        err = err_set(ERR_NOT_FOUND, "there is no such row");
    return err ? problem_of(call, err) : 0;
}

static int answer_job(struct call *call, const char *id, int status)
{
    struct db_job job;
    int found = find_job(call, id, &job);
    if (found)
        return found;
    write_job(&call->json, &job);
    return status;
}

int api_jobs(struct call *call)
{
    struct db_job *jobs;
    size_t count;
    enum err err = db_job_list(call->db, call->arena, sees_all(call) ? NULL : call->who.user_id,
                               call_page(call), &jobs, &count);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    for (size_t i = 0; i < count; i++)
        write_job(&call->json, &jobs[i]);
    return list_end(call, list_next(call, count, count ? jobs[count - 1].id : NULL));
}

int api_job(struct call *call)
{
    return answer_job(call, call_path(call, 0), 200);
}

int api_job_cancel(struct call *call)
{
    struct db_job job;
    int status = find_job(call, call_path(call, 0), &job);
    if (status)
        return status;
    enum err err = jobs_cancel(call->server->jobs, call->db, job.id);
    if (err == ERR_NOT_FOUND)
        return problem(call, 409, "ended", "%s", err_detail());
    return err ? problem_of(call, err) : answer_job(call, job.id, 202);
}

/* ---- starting -------------------------------------------------------------------------------- */

/* asked: the body as it came, where something was put into it. */
static int submit(struct call *call, enum job_kind kind, const char *asked)
{
    enum { KEY_BYTES_MAX = 100 };
    char id[DB_ID_BYTES];
    struct str key = call->request->headers[HTTP_IDEMPOTENCY_KEY];
    if (key.len > KEY_BYTES_MAX)
        return problem(call, 422, "idempotency_key", "an Idempotency-Key is at most %d bytes",
                       KEY_BYTES_MAX);
    char *spec = json_dumps(call->body, JSON_COMPACT);
    enum err err = jobs_submit(
        call->server->jobs, call->db, call->who.user_id, kind, spec, asked ? asked : spec,
        key.len ? arena_strndup(call->arena, key.ptr, key.len) : NULL, call->now_ns, id);
    free(spec);
    if (err == ERR_EXISTS)
        return problem(call, 422, "idempotency_mismatch",
                       "this Idempotency-Key belongs to job %s, which was asked for with another "
                       "body; what is new needs a new key",
                       id);
    if (err)
        return problem_of(call, err);
    char place[64];
    snprintf(place, sizeof place, "/api/v1/jobs/%s", id);
    http_header_add(call->response, "Location", place);
    return answer_job(call, id, 202);
}

/* A strategy of the catalogue is a name and never a path: the process would read any file. */
bool is_strategy_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", name.ptr[i]))
            return false;
    return name.len > 0 && name.len <= 64;
}

int api_backtest_add(struct call *call)
{
    struct str name = call_text(call->body, "strategy"), id = call_text(call->body, "strategy_id");
    struct db_strategy s;
    char *asked = NULL;
    if (!name.ptr == !id.ptr)
        return problem(call, 422, "strategy",
                       "name either strategy (of the catalogue) or strategy_id (a saved one)");
    if (name.ptr && !is_strategy_name(name))
        return problem(call, 422, "strategy",
                       "strategy is not a name of the catalogue: see /api/v1/catalogue");
    if (id.ptr) {
        int64_t version = call_whole(call->body, "version", 0);
        enum err err = version ? db_strategy_get_version(call->db, call->arena, id.ptr, version, &s)
                               : db_strategy_get(call->db, call->arena, id.ptr, &s);
        if (err == ERR_NOT_FOUND)
            return problem(call, 422, "strategy",
                           "there is no such saved strategy, or not this version of it");
        if (err)
            return problem_of(call, err);
        asked = json_dumps(call->body, JSON_COMPACT);
        /* The version of now, also when the job runs later. */
        json_object_set_new(call->body, "version", json_integer(s.version));
    }
    int32_t from = call_day(call->body, "from"), to = call_day(call->body, "to");
    int status = from && to && from > to ? problem(call, 422, "days", "from is after to")
                                         : submit(call, JOB_BACKTEST, asked);
    free(asked);
    return status;
}

int api_simulation_add(struct call *call)
{
    if (call_day(call->body, "from") > call_day(call->body, "to"))
        return problem(call, 422, "days", "from is after to");
    return submit(call, JOB_SIMULATE, NULL);
}

int api_import_add(struct call *call)
{
    struct str path = call_text(call->body, "path"), part, rest = path;
    bool ok = path.len && path.ptr[0] != '/';
    while (ok && str_cut(&rest, '/', &part))
        ok = part.len > 0 && part.ptr[0] != '.';
    if (!ok)
        return problem(
            call, 422, "path",
            "path is within the server's inbox folder: no leading slash, no part that begins with a dot");
    return submit(call, JOB_IMPORT, NULL);
}

/* ---- what backtests found -------------------------------------------------------------------- */

static void write_run(struct json_writer *json, const struct db_run *run)
{
    json_object_begin(json);
    json_key_cstr(json, "id", run->id);
    json_key_cstr(json, "owner_id", run->owner_id);
    json_key_cstr(json, "strategy", run->strategy);
    json_key_cstr(json, "strategy_hash", run->strategy_hash);
    json_key_cstr(json, "underlying", run->underlying);
    json_key_date(json, "first_day", run->first_day);
    json_key_date(json, "last_day", run->last_day);
    json_key_int(json, "trades", run->trades);
    json_key_int(json, "pnl_micros", run->pnl_micros);
    json_key_int(json, "end_equity_micros", run->end_equity_micros);
    json_key_double(json, "total_return", run->total_return);
    json_key_double(json, "sharpe", run->sharpe);
    json_key_double(json, "max_drawdown", run->max_drawdown);
    json_key_int(json, "created_ns", run->created_ns);
    json_object_end(json);
}

int api_backtests(struct call *call)
{
    struct db_run *runs;
    size_t count;
    enum err err = db_run_list(call->db, call->arena, NULL, call_page(call), &runs, &count);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    for (size_t i = 0; i < count; i++)
        write_run(&call->json, &runs[i]);
    return list_end(call, list_next(call, count, count ? runs[count - 1].id : NULL));
}

int api_backtest(struct call *call)
{
    struct db_run run;
    enum err err = db_run_get(call->db, call->arena, call_path(call, 0), &run);
    if (err)
        return problem_of(call, err);
    write_run(&call->json, &run);
    return 200;
}

int api_backtest_result(struct call *call)
{
    struct str text;
    enum err err = db_run_result(call->db, call->arena, call_path(call, 0), &text);
    if (err)
        return problem_of(call, err);
    buf_append(&call->response->body, text.ptr, text.len);
    return 200;
}

int api_backtest_delete(struct call *call)
{
    struct db_run run;
    enum err err = db_run_get(call->db, call->arena, call_path(call, 0), &run);
    if (err)
        return problem_of(call, err);
    if (!sees_all(call) && strcmp(run.owner_id, call->who.user_id) != 0)
        return problem(call, 403, "not_yours", "this run is somebody else's");
    err = db_run_delete(call->db, run.id);
    return err ? problem_of(call, err) : 204;
}

/* ---- alerts ---------------------------------------------------------------------------------- */

int api_alerts(struct call *call)
{
    struct db_alert *alerts;
    size_t count;
    enum err err =
        db_alert_list(call->db, call->arena, call->who.user_id, call_page(call), &alerts, &count);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    for (size_t i = 0; i < count; i++) {
        struct json_writer *json = &call->json;
        json_object_begin(json);
        json_key_cstr(json, "id", alerts[i].id);
        json_key_cstr(json, "level", alerts[i].level);
        json_key_cstr(json, "source", alerts[i].source);
        json_key_cstr(json, "text", alerts[i].text);
        json_key_int(json, "created_ns", alerts[i].created_ns);
        json_key_ns(json, "seen_ns", alerts[i].seen_ns);
        json_object_end(json);
    }
    return list_end(call, list_next(call, count, count ? alerts[count - 1].id : NULL));
}

int api_alert_seen(struct call *call)
{
    enum err err = db_alert_seen(call->db, call_path(call, 0), call->who.user_id, call->now_ns);
    return err ? problem_of(call, err) : 204;
}
