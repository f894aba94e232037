/* What the files of the server share: routes, calls, pools. */
#ifndef SERVICES_SERVER_SERVER_INT_H
#define SERVICES_SERVER_SERVER_INT_H

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#include "adapters/db/db.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "net/http.h"
#include "services/accounts/accounts.h"
#include "services/jobs/jobs.h"
#include "services/server/live_desk.h"
#include "services/server/picture.h"
#include "services/server/schema.h"
#include "services/server/server.h"
#include "services/server/topics.h"

/* ---- routes ---------------------------------------------------------------------------------- */

enum route_flag {
    ROUTE_SLOW = 1,
    ROUTE_PROVED = 2,
    ROUTE_LIST = 4,
    ROUTE_RAW = 8,
    ROUTE_STREAM = 16,
    ROUTE_DESK = 32,
    ROUTE_WHAT_IF = 64,
};
enum { ANYONE = -2, LOGGED_IN = -1 }; /* else a permission */
enum { PATH_ARGS_MAX = 2, PROVED_SECONDS = 900 };

struct call;
struct route {
    const char *id;
    enum http_method method;
    const char *path;
    int access;
    unsigned flags;
    const char *query, *body, *answer;
    int status;
    const char *text;
    int (*run)(struct call *call); /* the status; its body is written */
};
extern const struct route routes[];
extern const size_t route_count;

#define ROUTE(id, method, path, access, flags, query, body, answer, status, text)                  \
    int api_##id(struct call *call);
#include "services/server/routes.def"
#undef ROUTE

/* The route of a request, and what stands in its {places}. NULL with *allowed 0: no such path;
 * else the methods (bits) that the path has. */
const struct route *route_find(enum http_method method, struct str path,
                               struct str args[PATH_ARGS_MAX], unsigned *allowed);

/* ---- a call ---------------------------------------------------------------------------------- */

struct call {
    struct server *server;
    struct http_exchange *exchange;
    const struct http_request *request;
    struct http_response *response;
    const struct route *route;
    struct arena *arena; /* of the exchange */
    struct db *db;       /* of the thread */
    int64_t now_ns;
    struct identity who; /* zeroes when nobody is logged in */
    bool is_known;
    struct actor actor;
    struct str path_args[PATH_ARGS_MAX];
    json_t *query, *body;
    struct json_writer json; /* writes the answer */
    int retry_after_s;       /* for the next problem; 0: it says nothing of when */
};

/* Write a problem and return its status. code is a word for programs. */
int problem(struct call *call, int status, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* The problem that comes next may be tried again then: in its header and its body. */
void retry_after(struct call *call, int seconds);
/* What asks for a proof is not for a personal token: there is nobody behind it to give one. */
int problem_token(struct call *call);
/* The problem that an error is; what is the server's own fault goes to the log, not to the client.
 */
int problem_of(struct call *call, enum err err);

/* Members of body and query; the schema has checked them. */
struct str call_text(const json_t *object, const char *name); /* ptr NULL when not there */
int64_t call_whole(const json_t *object, const char *name, int64_t fallback);
bool call_bool(const json_t *object, const char *name, bool fallback);
int32_t call_day(const json_t *object, const char *name);  /* 0 when not there */
const char *call_path(const struct call *call, int index); /* NUL-terminated */
struct db_page call_page(const struct call *call);

/* {"items":[ ... ],"next":...}: begin, write count items, end. next: of the last item; NULL: no
 * more. */
void list_begin(struct call *call);
int list_end(struct call *call, const char *next);
/* What the next page begins behind: the last identity where the page is full. */
const char *list_next(const struct call *call, size_t count, const char *last_id);

void json_key_ns(struct json_writer *json, const char *key, int64_t ns); /* 0, TS_NONE: null */
void json_key_micros(struct json_writer *json, const char *key,
                     int64_t micros); /* PRICE_NONE is null */

/* ---- the server ------------------------------------------------------------------------------ */

struct pool {
    struct server *server;
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct http_exchange *queue[512]; /* a ring */
    size_t first, count, max;
    bool is_stopping;
    pthread_t threads[16];
    int thread_count;
};
void pool_open(struct pool *pool, struct server *server, int threads, size_t max);
/* False when too many wait: answer 503. */
bool pool_push(struct pool *pool, struct http_exchange *exchange);
size_t pool_waiting(struct pool *pool); /* any thread */
void pool_close(struct pool *pool);     /* answers what waits, then ends */

struct asset;
struct assets {
    struct arena arena;
    struct asset *items;
    size_t count;
};
/* All files below folder in memory, packed. NULL folder: none. ERR_IO, ERR_FULL. */
NODISCARD enum err assets_load(struct assets *assets, const char *folder);
void assets_free(struct assets *assets);
/* Answer with the file of a path, or with index.html for a place within the page; false: none. */
bool assets_answer(const struct assets *assets, const struct http_request *request,
                   struct http_response *response);

enum { BUCKETS = 12 };
struct metrics {
    atomic_ullong by_route[128][6]; /* status class */
    atomic_ullong buckets[BUCKETS], duration_ns, answered;
    atomic_ullong logins_failed, rejected_busy;
    atomic_ullong frames, resyncs; /* of streams: sent; asked for by clients that missed a number */
};
void metrics_count(struct metrics *m, size_t route, int status, int64_t duration_ns);
void metrics_write(struct buf *out, struct server *server);
unsigned long long metrics_resident_bytes(void), metrics_open_files(void); /* of this process */

struct server {
    struct server_options options;
    struct arena arena; /* copies of the options */
    const char *store, *db_path;
    int lock;
    struct http_server *http;
    struct accounts accounts;
    struct db *db; /* of the thread of the sockets */
    struct pool normal, slow, desk;
    struct jobs *jobs;
    struct hub *hub;
    struct live_desk *live; /* NULL: no desk runs */
    struct pictures *pictures;
    atomic_ullong asked_sequence; /* of the last event that somebody was answered about */
    struct assets assets;
    struct buf openapi;
    struct metrics metrics;
    int64_t started_ns;
    pthread_mutex_t setup_lock;
    char setup_token[KEYS_TOKEN_BYTES]; /* "" when there is an admin */
    struct watcher *watchers;           /* of the thread of the sockets */
    int64_t checked_ns, pruned_ns;
};

/* Does the host of a request name us? Else a page of somebody else's could speak with our cookies.
 */
bool host_is_ours(const struct server *server, struct str host);
/* Is the origin (may be missing) the one that our page is served from? */
bool origin_is_ours(const struct http_request *request);
/* The address that a request comes from, behind a proxy too. */
const char *peer_of(const struct server *server, const struct http_request *request,
                    struct arena *arena);
/* "__Host-if_session" with TLS, "if_session" without. */
const char *cookie_name(const struct server *server, const char *name, char out[48]);
/* Who asks, by bearer token or cookie; ERR_REFUSED: nobody. */
NODISCARD enum err request_identify(struct server *server, struct db *db,
                                    const struct http_request *request, int64_t now_ns,
                                    struct identity *out);
/* Headers that every answer has. */
void add_security_headers(const struct server *server, struct http_response *response);
/* Answer a call in a pool's thread. */
void call_run(struct server *server, struct db *db, struct http_exchange *exchange);

/* The state that /metrics, /readyz and /api/v1/system tell. */
NODISCARD enum err server_is_ready(struct server *server, struct db *db);

/* stream.c: WebSockets and event streams over topics. */
int stream_open_socket(void *app, const struct http_request *request, struct http_stream *stream,
                       const struct http_stream_ops **ops, void **stream_app);
void stream_open_events(struct server *server, struct http_exchange *exchange);
void stream_tick(struct server *server); /* send what is due; end what is not allowed any more */

/* The view that a query names: of the desk when it names no moment, else of the store. 0 to go on.
 */
int read_view(struct call *call, bool all_expiries, struct view *view);

/* Write a job, for answers and for its topic. */
void write_job(struct json_writer *json, const struct db_job *job);
void on_job_changed(void *context, const struct db_job *job);

#endif
