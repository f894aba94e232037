/* The server itself, its people, its trail. */
#include <gnu/libc-version.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "services/server/server_int.h"

int api_healthz(struct call *call)
{
    buf_puts(&call->response->body, "alive\n");
    return 200;
}

int api_readyz(struct call *call)
{
    bool is_recovering;
    char why[DESK_TEXT_BYTES];
    if (call->server->live && !live_desk_get(call->server->live, why, &is_recovering) &&
        is_recovering) {
        buf_puts(&call->response->body, "recovering\n");
        return 503;
    }
    if (server_is_ready(call->server, call->db)) {
        log_error("server", "not ready: %s", err_detail());
        buf_puts(&call->response->body, "not ready\n");
        return 503;
    }
    buf_puts(&call->response->body, "ready\n");
    return 200;
}

int api_metrics(struct call *call)
{
    metrics_write(&call->response->body, call->server);
    return 200;
}

int api_openapi(struct call *call)
{
    buf_append(&call->response->body, call->server->openapi.ptr, call->server->openapi.len);
    return 200;
}

int api_stream(struct call *call)
{
    return problem(call, 426, "upgrade", "this path is a WebSocket");
}

int api_events(struct call *call)
{
    return problem(call, 500, "internal", "event streams are answered elsewhere");
}

static void write_queues(struct json_writer *json, struct server *server)
{
    const struct {
        const char *name;
        struct pool *pool;
    } pools[] = { { "normal", &server->normal },
                  { "slow", &server->slow },
                  { "desk", &server->desk } };
    json_key(json, "queues");
    json_array_begin(json);
    for (size_t i = 0; i < ARRAY_COUNT(pools); i++) {
        json_object_begin(json);
        json_key_cstr(json, "name", pools[i].name);
        json_key_int(json, "waiting", (int64_t)pool_waiting(pools[i].pool));
        json_key_int(json, "max", (int64_t)pools[i].pool->max);
        json_key_int(json, "threads", pools[i].pool->thread_count);
        json_object_end(json);
    }
    json_array_end(json);
    json_key_int(json, "busy", (int64_t)atomic_load(&server->metrics.rejected_busy));
}

static void write_desk_figures(struct json_writer *json, struct server *server)
{
    struct desk_figures f;
    struct desk_rows *rows = server->live ? live_desk_rows(server->live) : NULL;
    bool has = rows && live_desk_figures(server->live, &f);
    uint64_t record = has ? desk_rows_record(rows) : 0;
    json_key_double(json, "feed_age_ms", has ? f.quote_age_ms : NAN);
    if (has)
        json_key_int(json, "rows_behind", f.records > record ? (int64_t)(f.records - record) : 0);
    else
        json_key_null(json, "rows_behind");
}

static void write_process(struct json_writer *json)
{
    struct rusage usage = { 0 };
    getrusage(RUSAGE_SELF, &usage);
    json_key_int(json, "memory_bytes", (int64_t)metrics_resident_bytes());
    json_key_int(json, "open_files", (int64_t)metrics_open_files());
    json_key_double(json, "processor_seconds",
                    (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                        (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}

/* As they run, which may be others than it was built with. */
static void write_versions(struct call *call)
{
    const struct {
        const char *name, *version;
    } versions[] = {
        { "Ironfly", IRONFLY_VERSION },
        { "store", arena_printf(call->arena, "schema %d", db_schema_version()) },
        { "SQLite", db_library_version() },
        { "libwebsockets", http_library_version() },
        { "libsodium", sodium_version_string() },
        { "jansson", jansson_version_str() },
        { "glibc", gnu_get_libc_version() },
    };
    json_key(&call->json, "versions");
    json_array_begin(&call->json);
    for (size_t i = 0; i < ARRAY_COUNT(versions); i++) {
        json_object_begin(&call->json);
        json_key_cstr(&call->json, "name", versions[i].name);
        json_key_cstr(&call->json, "version", versions[i].version);
        json_object_end(&call->json);
    }
    json_array_end(&call->json);
}

int api_system(struct call *call)
{
    struct server *server = call->server;
    struct http_counts counts = http_counts(server->http);
    struct statvfs st = { 0 };
    int64_t waiting = 0, running = 0;
    enum err err = db_job_count_state(call->db, "waiting", &waiting);
    if (!err)
        err = db_job_count_state(call->db, "running", &running);
    if (err)
        return problem_of(call, err);
    statvfs(server->options.data, &st);
    struct json_writer *json = &call->json;
    json_object_begin(json);
    json_key_cstr(json, "version", IRONFLY_VERSION);
    json_key_int(json, "now_ns", call->now_ns);
    json_key_int(json, "started_ns", server->started_ns);
    json_key_cstr(json, "mode", "paper");
    json_key_cstr(json, "feed", server->options.feed ? server->options.feed : "off");
    json_key_int(json, "requests", (int64_t)counts.requests);
    json_key_int(json, "streams", (int64_t)counts.streams_open);
    json_key_int(json, "disk_free_bytes", (int64_t)(st.f_bavail * st.f_frsize));
    json_key_int(json, "jobs_waiting", waiting);
    json_key_int(json, "jobs_running", running);
    write_queues(json, server);
    write_desk_figures(json, server);
    write_process(json);
    write_versions(call);
    json_object_end(json);
    return 200;
}

/* ---- people ---------------------------------------------------------------------------------- */

static void write_user(struct call *call, const struct db_user *u)
{
    struct json_writer *json = &call->json;
    json_object_begin(json);
    json_key_cstr(json, "id", u->id);
    json_key_cstr(json, "login", u->login);
    json_key_cstr(json, "role", u->role);
    json_key_bool(json, "disabled", u->disabled_ns != 0);
    json_key_bool(json, "second_factor", u->totp_confirmed);
    json_key_int(json, "created_ns", u->created_ns);
    json_object_end(json);
}

int api_users(struct call *call)
{
    struct db_user *users;
    size_t count;
    enum err err = db_user_list(call->db, call->arena, call_page(call), &users, &count);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    for (size_t i = 0; i < count; i++)
        write_user(call, &users[i]);
    return list_end(call, list_next(call, count, count ? users[count - 1].id : NULL));
}

static int answer_user(struct call *call, const char *id, int status)
{
    struct db_user user;
    enum err err = db_user_get(call->db, call->arena, id, &user);
    if (err)
        return problem_of(call, err);
    write_user(call, &user);
    return status;
}

int api_user_add(struct call *call)
{
    char id[DB_ID_BYTES];
    struct str role = call_text(call->body, "role");
    enum err err = accounts_add_user(
        &call->server->accounts, call->db, &call->actor, call_text(call->body, "login"),
        call_text(call->body, "password"), arena_strndup(call->arena, role.ptr, role.len), id);
    return err ? problem_of(call, err) : answer_user(call, id, 201);
}

int api_user_change(struct call *call)
{
    struct accounts *a = &call->server->accounts;
    const char *id = call_path(call, 0);
    struct str role = call_text(call->body, "role"), password = call_text(call->body, "password");
    struct db_user user;
    if (json_object_size(call->body) != 1) /* each is a transaction: half of two would be neither */
        return problem(call, 422, "one", "change one thing at a time");
    enum err err = db_user_get(call->db, call->arena, id, &user);
    if (!err && password.ptr)
        err = accounts_set_password(a, call->db, &call->actor, id, password, "");
    if (!err && role.ptr)
        err = accounts_set_role(a, call->db, &call->actor, id,
                                arena_strndup(call->arena, role.ptr, role.len));
    if (!err && json_object_get(call->body, "disabled"))
        err = accounts_set_disabled(a, call->db, &call->actor, id,
                                    call_bool(call->body, "disabled", false));
    if (!err && call_bool(call->body, "clear_second_factor", false))
        err = accounts_clear_totp(a, call->db, &call->actor, id);
    return err ? problem_of(call, err) : answer_user(call, id, 200);
}

int api_roles(struct call *call)
{
    struct db_role *roles;
    size_t count;
    enum err err = db_role_list(call->db, call->arena, &roles, &count);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    for (size_t i = 0; i < count; i++) {
        const char **names;
        size_t name_count = 0;
        if (db_role_permissions(call->db, call->arena, roles[i].name, &names, &name_count))
            name_count = 0;
        json_object_begin(&call->json);
        json_key_cstr(&call->json, "name", roles[i].name);
        json_key_cstr(&call->json, "text", roles[i].text);
        json_key(&call->json, "permissions");
        json_array_begin(&call->json);
        for (size_t k = 0; k < name_count; k++)
            json_cstr(&call->json, names[k]);
        json_array_end(&call->json);
        json_object_end(&call->json);
    }
    return list_end(call, NULL);
}

/* ---- what the page keeps --------------------------------------------------------------------- */

enum { SETTINGS_MAX = 100, SETTING_BYTES_MAX = 64 * 1024, KEY_BYTES_MAX = 64 };

static bool is_key(struct str key)
{
    for (size_t i = 0; i < key.len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-",
                    key.ptr[i]))
            return false;
    return key.len > 0 && key.len <= KEY_BYTES_MAX;
}

int api_setting(struct call *call)
{
    struct str value;
    if (!is_key(call->path_args[0]))
        return problem(call, 422, "key", "a key is 1 to %d of letters, digits and ._-",
                       KEY_BYTES_MAX);
    enum err err =
        db_setting_get(call->db, call->arena, call->who.user_id, call_path(call, 0), &value);
    if (err == ERR_NOT_FOUND) /* nothing kept is no fault: a page that asks for the first time is
                                 told so */
        value = str_from("null");
    else if (err)
        return problem_of(call, err);
    json_object_begin(&call->json);
    json_key(&call->json, "value");
    json_raw(&call->json, value);
    json_object_end(&call->json);
    return 200;
}

int api_setting_put(struct call *call)
{
    int64_t count = 0;
    if (!is_key(call->path_args[0]))
        return problem(call, 422, "key", "a key is 1 to %d of letters, digits and ._-",
                       KEY_BYTES_MAX);
    struct str old;
    char *text = json_dumps(json_object_get(call->body, "value"), JSON_COMPACT | JSON_ENCODE_ANY);
    struct str value = str_from(text);
    int status = 204;
    enum err err = db_setting_count(call->db, call->who.user_id, &count);
    if (!text || value.len > SETTING_BYTES_MAX)
        status = problem(call, 422, "size", "a setting is at most %d bytes", SETTING_BYTES_MAX);
    else if (!err && count >= SETTINGS_MAX &&
             db_setting_get(call->db, call->arena, call->who.user_id, call_path(call, 0), &old))
        status =
            problem(call, 429, "limit", "at most %d settings are kept for one user", SETTINGS_MAX);
    else if (!err)
        err = db_setting_put(call->db, call->who.user_id, call_path(call, 0), value, call->now_ns);
    free(text);
    return err ? problem_of(call, err) : status;
}
