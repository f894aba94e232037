#include "services/server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "services/server/server_int.h"

enum {
    API_THREADS = 4,
    SLOW_THREADS = 2,
    DESK_THREADS = 8,
    QUEUE_MAX = 512,
    SLOW_MAX = 64,
    DRAIN_SECONDS = 5,
    SESSION_DAYS = 14
};
static const uint64_t FREE_BYTES_MIN = 64 << 20;

/* ---- the data folder ------------------------------------------------------------------------- */

enum err data_lock(const char *folder, int *lock)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return err_set(errno == ENOSPC ? ERR_IO : ERR_REFUSED,
                       "the data folder %s cannot be made: %s", folder, strerror(errno));
    struct buf path = { 0 };
    buf_printf(&path, "%s/lock", folder);
    int fd = open(path.ptr, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    enum err err = ERR_OK;
    char text[32] = "";
    if (fd < 0)
        err = err_set(errno == ENOSPC ? ERR_IO : ERR_REFUSED,
                      "the data folder %s cannot be written: %s; check who owns it", folder,
                      strerror(errno));
    else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        ssize_t len = pread(fd, text, sizeof text - 1, 0);
        err = err_set(ERR_EXISTS,
                      "the data folder %s is used by another ironfly%s%.*s; stop it first", folder,
                      len > 0 ? ", process " : "", len > 0 ? (int)strcspn(text, "\n") : 0, text);
    } else {
        int len = snprintf(text, sizeof text, "%d\n", (int)getpid());
        if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len)
            err = err_set(ERR_IO, "%s cannot be written: %s; is there room on its disk?", path.ptr,
                          strerror(errno));
    }
    if (err && fd >= 0)
        close(fd);
    *lock = err ? -1 : fd;
    buf_free(&path);
    return err;
}

void data_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}

static enum err check_room(const char *folder)
{
    struct statvfs st;
    if (statvfs(folder, &st) != 0)
        return err_set(ERR_IO, "%s: %s", folder, strerror(errno));
    uint64_t free_bytes = (uint64_t)st.f_bavail * st.f_frsize;
    return free_bytes >= FREE_BYTES_MIN
               ? ERR_OK
               : err_set(
                     ERR_IO,
                     "only %llu MiB are free for the data folder %s; make room for at least %llu",
                     (unsigned long long)(free_bytes >> 20), folder,
                     (unsigned long long)(FREE_BYTES_MIN >> 20));
}

/* ---- requests -------------------------------------------------------------------------------- */

/* An answer that needs no thread of a pool. */
static void answer_now(struct server *server, struct http_exchange *x, int status, const char *code,
                       const char *detail)
{
    struct route none = { .id = "none" };
    struct call call = { .server = server,
                         .exchange = x,
                         .request = &x->request,
                         .response = &x->response,
                         .route = &none };
    x->response.status = problem(&call, status, code, "%s", detail);
    add_security_headers(server, &x->response);
    http_header_add(&x->response, "Cache-Control", "no-store");
    http_answer(x);
}

static bool answer_page(struct server *server, struct http_exchange *x)
{
    if (x->request.method != HTTP_GET && x->request.method != HTTP_HEAD)
        return false;
    if (!assets_answer(&server->assets, &x->request, &x->response))
        return false;
    add_security_headers(server, &x->response);
    http_answer(x);
    return true;
}

static void refuse_method(struct server *server, struct http_exchange *x, unsigned allowed)
{
    char text[80] = "";
    for (int m = 0; m < HTTP_METHOD_COUNT; m++)
        if (allowed & (1U << m))
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", *text ? ", " : "",
                     http_method_name((enum http_method)m));
    http_header_add(&x->response, "Allow", text);
    answer_now(server, x, 405, "method", "this path is not served with this method");
}

static void on_request(void *app, struct http_exchange *x)
{
    struct server *server = app;
    struct str args[PATH_ARGS_MAX];
    unsigned allowed;
    if (!host_is_ours(server, x->request.headers[HTTP_HOST])) {
        answer_now(server, x, 421, "host",
                   "this server is not reached by this name: start it with --host NAME");
        return;
    }
    const struct route *route = route_find(x->request.method, x->request.path, args, &allowed);
    if (!route && !allowed && answer_page(server, x))
        return;
    /* Strangers learn nothing of the interface but what its document says. */
    struct identity who;
    if (!route && str_starts_with(x->request.path, STR("/api/")) &&
        request_identify(server, server->db, &x->request, clock_wall_ns(), &who)) {
        answer_now(server, x, 401, "unauthenticated",
                   "log in, or send a token that has not run out");
        return;
    }
    if (!route && !allowed) {
        answer_now(server, x, 404, "not_found",
                   "there is nothing at this path: see /api/v1/openapi.json");
        return;
    }
    if (!route) {
        refuse_method(server, x, allowed);
        return;
    }
    if (strcmp(route->id, "events") == 0) {
        stream_open_events(server, x);
        return;
    }
    struct pool *pool = route->flags & ROUTE_SLOW   ? &server->slow
                        : route->flags & ROUTE_DESK ? &server->desk
                                                    : &server->normal;
    if (!pool_push(pool, x)) {
        atomic_fetch_add(&server->metrics.rejected_busy, 1);
        http_header_add(&x->response, "Retry-After", "1");
        answer_now(server, x, 503, "busy", "too many requests wait; try again in a second");
    }
}

static void on_tick(void *app)
{
    stream_tick(app);
}

static void on_change(void *context)
{
    struct server *server = context;
    if (server->http)
        http_wake(server->http);
}

/* ---- opening --------------------------------------------------------------------------------- */

static const char *copy(struct server *server, const char *text)
{
    return text ? arena_strdup(&server->arena, text) : NULL;
}

static void copy_options(struct server *server, const struct server_options *o)
{
    struct server_options *to = &server->options;
    *to = *o;
    to->data = copy(server, o->data);
    to->bind = copy(server, o->bind);
    to->tls_cert = copy(server, o->tls_cert);
    to->tls_key = copy(server, o->tls_key);
    to->feed = copy(server, o->feed);
    to->symbols = copy(server, o->symbols);
    to->web = copy(server, o->web);
    to->program = copy(server, o->program ? o->program : "/proc/self/exe");
    const char **hosts = arena_array(&server->arena, const char *, o->host_count + 1);
    for (size_t i = 0; i < o->host_count; i++)
        hosts[i] = copy(server, o->hosts[i]);
    to->hosts = hosts;
    if (!to->cost.bytes)
        to->cost = password_cost_default;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (to->workers < 1)
        to->workers = processors > 2 ? (int)(processors / 2) : 1;
    if (to->workers > 16)
        to->workers = 16;
    server->store =
        o->store ? copy(server, o->store) : arena_printf(&server->arena, "%s/store", o->data);
    server->db_path = arena_printf(&server->arena, "%s/ironfly.db", o->data);
}

static enum err open_store(struct server *server)
{
    int64_t people = 0;
    enum err err = check_room(server->options.data);
    if (!err)
        err = db_open(&server->db, server->db_path);
    if (!err)
        err = accounts_open(&server->accounts, server->db, server->options.data,
                            server->options.cost);
    if (!err)
        err = db_user_count(server->db, &people);
    if (!err)
        db_set_patience(server->db, 50); /* from here on it is the sockets' */
    if (!err && people == 0)
        keys_random_token(server->setup_token, 32);
    return err;
}

static enum err open_jobs(struct server *server)
{
    struct jobs_options o = {
        .db_path = server->db_path,
        .folder = arena_printf(&server->arena, "%s/jobs", server->options.data),
        .store = server->store,
        .inbox = arena_printf(&server->arena, "%s/inbox", server->options.data),
        .program = server->options.program,
        .workers = server->options.workers,
        .changed = on_job_changed,
        .context = server,
    };
    return jobs_open(&server->jobs, &o);
}

static enum err open_desk(struct server *server)
{
    struct live_desk_options o = {
        .folder = arena_printf(&server->arena, "%s/desk", server->options.data),
        .db_path = server->db_path,
        .feed = server->options.feed,
        .symbols = server->options.symbols,
        .store = server->store,
        .lines = server->options.lines,
        .speed = server->options.speed,
        .seed = server->options.seed,
        .cash = server->options.cash_micros,
        .keys = &server->accounts.keys,
        .hub = server->hub,
        .woken = on_change,
        .context = server,
    };
    return server->options.feed ? live_desk_open(&server->live, &o) : ERR_OK;
}

static void open_pictures(struct server *server)
{
    struct pictures_options o = {
        .db_path = server->db_path,
        .journal = arena_printf(&server->arena, "%s/desk/journal", server->options.data),
        .scratch = arena_printf(&server->arena, "%s/picture.db", server->options.data),
        .keys = &server->accounts.keys
    };
    pictures_open(&server->pictures, &o);
}

static enum err open_http(struct server *server)
{
    const struct server_options *o = &server->options;
    struct http_options http = { .bind = o->bind,
                                 .port = o->port,
                                 .tls_cert = o->tls_cert,
                                 .tls_key = o->tls_key,
                                 .app = server,
                                 .on_request = on_request,
                                 .on_socket = stream_open_socket,
                                 .on_tick = on_tick };
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max < 8192 ? files.rlim_max : 8192;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    return http_open(&server->http, &http);
}

static void announce(const struct server *server, const char *line)
{
    log_info("server", "%s", line);
    if (server->options.announce)
        server->options.announce(server->options.announce_context, line);
}

static void announce_all(struct server *server)
{
    const struct server_options *o = &server->options;
    bool is_any = strcmp(o->bind, "0.0.0.0") == 0 || strcmp(o->bind, "::") == 0;
    bool is_local = str_starts_with(str_from(o->bind), STR("127.")) || strcmp(o->bind, "::1") == 0;
    const char *host = is_any                 ? "127.0.0.1"
                       : strchr(o->bind, ':') ? arena_printf(&server->arena, "[%s]", o->bind)
                                              : o->bind;
    char line[512];
    snprintf(line, sizeof line, "ironfly serves http%s://%s:%d (paper money, data in %s)",
             o->tls_cert ? "s" : "", host, http_port(server->http), o->data);
    announce(server, line);
    if (!is_local && !o->tls_cert && !o->behind_proxy)
        announce(
            server,
            "warning: passwords and sessions travel in clear over the network; give --tls-cert and --tls-key, or put "
            "a TLS proxy in front and say --behind-proxy");
    if (!server->setup_token[0])
        return;
    snprintf(line, sizeof line,
             "first start: make the admin at http%s://%s:%d/setup#%s (once, until the next start)",
             o->tls_cert ? "s" : "", host, http_port(server->http), server->setup_token);
    announce(server, line);
}

enum err server_open(struct server **out, const struct server_options *options)
{
    struct server *server = mem_alloc(sizeof *server);
    server->lock = -1;
    server->started_ns = clock_wall_ns();
    arena_init(&server->arena, "run", 4096);
    pthread_mutex_init(&server->setup_lock, NULL);
    copy_options(server, options);
    enum err err = data_lock(server->options.data, &server->lock);
    if (!err)
        err = open_store(server);
    if (!err)
        err = assets_load(&server->assets, server->options.web);
    if (!err)
        err = open_http(server);
    if (!err) {
        server->hub = hub_open(on_change, server);
        err = open_jobs(server);
    }
    if (!err)
        err = open_desk(server);
    if (err) {
        server_close(server);
        return err;
    }
    open_pictures(server);
    openapi_write(&server->openapi);
    pool_open(&server->normal, server, API_THREADS, QUEUE_MAX);
    pool_open(&server->slow, server, SLOW_THREADS, SLOW_MAX);
    pool_open(&server->desk, server, DESK_THREADS, QUEUE_MAX);
    announce_all(server);
    *out = server;
    return ERR_OK;
}

int server_port(const struct server *server)
{
    return http_port(server->http);
}

void server_run(struct server *server)
{
    http_run(server->http, DRAIN_SECONDS);
}

void server_stop(struct server *server)
{
    http_stop(server->http);
}

void server_close(struct server *server)
{
    if (!server)
        return;
    pool_close(&server->normal);
    pool_close(&server->slow);
    pool_close(&server->desk);
    pictures_close(server->pictures);
    live_desk_close(server->live);
    jobs_close(server->jobs);
    http_close(server->http);
    hub_close(server->hub);
    db_close(server->db);
    keys_forget(&server->accounts.keys);
    assets_free(&server->assets);
    buf_free(&server->openapi);
    pthread_mutex_destroy(&server->setup_lock);
    data_unlock(server->lock);
    arena_clear(&server->arena);
    mem_free(server);
}

enum err server_is_ready(struct server *server, struct db *db)
{
    int64_t people = 0;
    char why[DESK_TEXT_BYTES];
    bool is_recovering;
    enum err err = db_user_count(db, &people);
    if (!err)
        err = check_room(server->options.data);
    if (!err && server->live && !live_desk_get(server->live, why, &is_recovering))
        err = err_set(ERR_REFUSED, "%s", why);
    return err;
}
