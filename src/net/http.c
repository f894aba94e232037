#include "net/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "net/http_int.h"

enum { CHUNK_BYTES = 64 * 1024, HEADERS_BYTES_MAX = 8 * 1024, SEND_SECONDS = 30 };

/* ---- exchanges ------------------------------------------------------------------------------- */

static struct exchange *exchange_new(struct http_server *server, struct lws *wsi)
{
    struct exchange *x = mem_alloc(sizeof *x);
    x->server = server;
    x->wsi = wsi;
    arena_init(&x->public.memory, "step", 16 * 1024);
    x->public.request.begin_ns = clock_steady_ns();
    uint64_t random = 0;
    MUST(getrandom(&random, sizeof random, 0) == (ssize_t)sizeof random);
    snprintf(x->public.request.id, HTTP_ID_BYTES, "%016llx", (unsigned long long)random);
    atomic_fetch_add(&server->exchanges_open, 1);
    return x;
}

static void exchange_free(struct exchange *x)
{
    atomic_fetch_sub(&x->server->exchanges_open, 1);
    arena_clear(&x->public.memory);
    buf_free(&x->public.response.headers);
    buf_free(&x->public.response.body);
    buf_free(&x->body);
    mem_free(x);
}

void http_answer(struct http_exchange *exchange)
{
    struct exchange *x = (struct exchange *)exchange;
    MUST(exchange->response.status >= 100);
    MUST(exchange->response.status <= 599);
    struct http_server *server = x->server;
    pthread_mutex_lock(&server->lock);
    x->next = server->answered;
    server->answered = x;
    pthread_mutex_unlock(&server->lock);
    lws_cancel_service(server->context);
}

static void take_answers(struct http_server *server)
{
    pthread_mutex_lock(&server->lock);
    struct exchange *list = server->answered;
    server->answered = NULL;
    pthread_mutex_unlock(&server->lock);
    while (list) {
        struct exchange *x = list;
        list = x->next;
        x->is_taken = true;
        if (x->wsi)
            lws_callback_on_writable(x->wsi);
        else
            exchange_free(x);
    }
}

/* The client is gone: what a worker still holds is freed when it answers, in take_answers(). */
static void connection_drop_exchange(struct connection *c)
{
    struct exchange *x = c->exchange;
    if (!x)
        return;
    c->exchange = NULL;
    x->wsi = NULL;
    if (!x->is_dispatched || x->is_taken)
        exchange_free(x);
}

/* ---- sending --------------------------------------------------------------------------------- */

static struct str body_of(const struct http_response *response)
{
    return response->fixed.ptr ? response->fixed : buf_str(&response->body);
}

static bool add_header(struct lws *wsi, struct str line, unsigned char **p, unsigned char *end)
{
    struct str name;
    str_cut(&line, ':', &name);
    line = str_trim(line);
    char key[64];
    MUST(name.len + 2 <= sizeof key);
    memcpy(key, name.ptr, name.len);
    memcpy(key + name.len, ":", 2);
    return lws_add_http_header_by_name(wsi, (const unsigned char *)key,
                                       (const unsigned char *)line.ptr, (int)line.len, p, end) == 0;
}

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        { 200, "OK" },
        { 201, "Created" },
        { 202, "Accepted" },
        { 204, "No Content" },
        { 304, "Not Modified" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 408, "Request Timeout" },
        { 409, "Conflict" },
        { 413, "Content Too Large" },
        { 415, "Unsupported Media Type" },
        { 421, "Misdirected Request" },
        { 422, "Unprocessable Content" },
        { 426, "Upgrade Required" },
        { 429, "Too Many Requests" },
        { 500, "Internal Server Error" },
        { 501, "Not Implemented" },
        { 503, "Service Unavailable" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Other";
}

static bool send_head(struct lws *wsi, const struct http_request *request,
                      const struct http_response *response, bool has_length)
{
    unsigned char space[LWS_PRE + HEADERS_BYTES_MAX], *start = space + LWS_PRE, *p = start,
                                                      *end = space + sizeof space - 1;
    /* Our own: the library calls a request 1.0 as long as it has not looked at all of it. */
    p += snprintf((char *)p, (size_t)(end - p), "HTTP/1.1 %d %s\r\n", response->status,
                  reason_of(response->status));
    bool ok = true;
    struct str rest = buf_str(&response->headers), line;
    while (ok && rest.len && str_cut(&rest, '\n', &line))
        ok = str_trim(line).len == 0 || add_header(wsi, line, &p, end);
    char text[HTTP_ID_BYTES + 128];
    if (ok && response->type) {
        int len = snprintf(text, sizeof text, "content-type: %s", response->type);
        ok = add_header(wsi, (struct str){ text, (size_t)len }, &p, end);
    }
    int len = snprintf(text, sizeof text, "x-request-id: %s", request->id);
    ok = ok && add_header(wsi, (struct str){ text, (size_t)len }, &p, end);
    if (ok && (response->close || !has_length))
        ok = add_header(wsi, STR("connection: close"), &p, end);
    if (ok && has_length && response->status != 204 && response->status != 304)
        ok = lws_add_http_header_content_length(wsi, body_of(response).len, &p, end) == 0;
    return ok && lws_finalize_write_http_header(wsi, start, &p, end) == 0;
}

/* One piece of the body; the kernel takes it whole or libwebsockets keeps the rest. */
static bool send_piece(struct http_server *server, struct lws *wsi, struct str piece, bool is_last)
{
    unsigned char space[LWS_PRE + CHUNK_BYTES];
    memcpy(space + LWS_PRE, piece.ptr, piece.len);
    atomic_fetch_add(&server->bytes_out, piece.len);
    return lws_write(wsi, space + LWS_PRE, piece.len,
                     is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) >= (int)piece.len;
}

/* The next piece of an answer: 0 to go on, -1 to close the connection. */
static int send_answer(struct connection *c, struct lws *wsi)
{
    struct exchange *x = c->exchange;
    const struct http_response *response = &x->public.response;
    struct str body = body_of(response);
    if (x->public.request.method == HTTP_HEAD || response->status == 204 || response->status == 304)
        body.len = 0;
    lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, SEND_SECONDS);
    if (!x->head_sent) {
        x->head_sent = true;
        if (!send_head(wsi, &x->public.request, response, true))
            return -1;
        if (body.len) {
            lws_callback_on_writable(wsi);
            return 0;
        }
    }
    if (body.len) {
        size_t left = body.len - x->sent, len = left > CHUNK_BYTES ? CHUNK_BYTES : left;
        if (!send_piece(x->server, wsi, str_slice(body, x->sent, len), len == left))
            return -1;
        x->sent += len;
        if (x->sent < body.len) {
            lws_callback_on_writable(wsi);
            return 0;
        }
    }
    bool close = response->close || x->server->is_draining;
    c->exchange = NULL;
    exchange_free(x);
    return close || lws_http_transaction_completed(wsi) ? -1 : 0;
}

/* Refuse in the middle of reading, when nobody above has seen the request: answer now and close. */
static int refuse(struct http_server *server, struct lws *wsi, struct exchange *x, int status,
                  const char *why)
{
    struct http_response *response = &x->public.response;
    struct json_writer json = { .out = &response->body };
    atomic_fetch_add(&server->refused, 1);
    json_object_begin(&json);
    json_key_cstr(&json, "type", "about:blank");
    json_key_cstr(&json, "title", "Refused");
    json_key_int(&json, "status", status);
    json_key_cstr(&json, "detail", why);
    json_key_cstr(&json, "request_id", x->public.request.id);
    json_object_end(&json);
    response->status = status;
    response->type = "application/problem+json";
    response->close = true;
    http_header_add(response, "X-Content-Type-Options", "nosniff");
    http_header_add(response, "Cache-Control", "no-store");
    if (send_head(wsi, &x->public.request, response, true) && x->public.request.method != HTTP_HEAD)
        (void)!send_piece(server, wsi, buf_str(&response->body), true);
    exchange_free(x);
    return -1;
}

/* ---- requests -------------------------------------------------------------------------------- */

static void dispatch(struct http_server *server, struct lws *wsi, struct exchange *x)
{
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0); /* the time is ours now */
    x->is_dispatched = true;
    x->public.request.body = buf_str(&x->body);
    atomic_fetch_add(&server->requests, 1);
    server->options.on_request(server->options.app, &x->public);
}

static int on_head(struct http_server *server, struct lws *wsi, struct connection *c)
{
    if (c->exchange) /* a request before the last one was answered: the library never does that */
        return -1;
    struct exchange *x = exchange_new(server, wsi);
    const char *why = "";
    int status = request_read(&x->public.request, &x->body_bytes, &x->public.memory, wsi,
                              &server->options, &why);
    if (status)
        return refuse(server, wsi, x, status, why);
    c->exchange = x;
    if (x->body_bytes)
        lws_set_timer_usecs(wsi, (lws_usec_t)server->options.body_seconds * LWS_US_PER_SEC);
    else
        dispatch(server, wsi, x);
    return 0;
}

static int on_body(struct connection *c, const void *bytes, size_t len)
{
    struct exchange *x = c->exchange;
    if (!x || x->is_dispatched)
        return 0;
    if (len > x->body_bytes - x->body.len)
        return -1;
    buf_append(&x->body, bytes, len);
    return 0;
}

static int on_body_end(struct http_server *server, struct lws *wsi, struct connection *c)
{
    struct exchange *x = c->exchange;
    if (!x || x->is_dispatched)
        return 0;
    lws_set_timer_usecs(wsi, LWS_SET_TIMER_USEC_CANCEL);
    if (x->body.len != x->body_bytes)
        return -1;
    dispatch(server, wsi, x);
    return 0;
}

static int on_body_late(struct http_server *server, struct lws *wsi, struct connection *c)
{
    struct exchange *x = c->exchange;
    if (!x || x->is_dispatched)
        return 0;
    c->exchange = NULL;
    return refuse(server, wsi, x, 408, "the body took too long to arrive");
}

static int on_upgrade(struct http_server *server, struct lws *wsi, struct connection *c)
{
    struct exchange *x = exchange_new(server, wsi);
    const char *why = "";
    size_t body_bytes = 0;
    int status = request_read(&x->public.request, &body_bytes, &x->public.memory, wsi,
                              &server->options, &why);
    if (!status && (body_bytes || x->public.request.method != HTTP_GET || !c)) {
        status = 400;
        why = "a WebSocket begins with a GET without a body";
    }
    struct http_stream *s = NULL;
    if (!status) {
        s = stream_new(server, wsi, true);
        why = "no WebSocket for this request: it needs a login and our own origin";
        status = server->options.on_socket
                     ? server->options.on_socket(server->options.app, &x->public.request, s,
                                                 &s->ops, &s->app)
                     : 404;
    }
    if (status) {
        mem_free(s);
        refuse(server, wsi, x, status, why);
        return 1;
    }
    exchange_free(x);
    c->stream = s;
    stream_link(s);
    return 0;
}

/* ---- what libwebsockets calls ---------------------------------------------------------------- */

static int on_writable(struct http_server *server, struct lws *wsi, struct connection *c)
{
    if (c->stream)
        return stream_send(server, c->stream, wsi);
    struct exchange *x = c->exchange;
    if (!x || !x->is_taken)
        return 0;
    if (!x->stream)
        return send_answer(c, wsi);
    if (!send_head(wsi, &x->public.request, &x->public.response, false))
        return -1;
    c->stream = x->stream;
    c->exchange = NULL;
    exchange_free(x);
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
    lws_callback_on_writable(wsi);
    return 0;
}

static void on_gone(struct connection *c)
{
    if (!c)
        return;
    if (c->exchange && c->exchange->stream)
        c->stream = c->exchange->stream; /* ended before its head was sent */
    connection_drop_exchange(c);
    if (c->stream)
        stream_free(c->stream);
    c->stream = NULL;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    struct http_server *server = lws_context_user(lws_get_context(wsi));
    struct connection *c = user;
    switch (reason) {
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
        return server->is_draining || server->open_now >= server->options.connections_max ? -1 : 0;
    case LWS_CALLBACK_WSI_CREATE:
        server->open_now++;
        atomic_fetch_add(&server->connections, 1);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        server->open_now--;
        on_gone(c);
        return 0;
    case LWS_CALLBACK_HTTP:
        return on_head(server, wsi, c);
    case LWS_CALLBACK_HTTP_BODY:
        return on_body(c, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return on_body_end(server, wsi, c);
    case LWS_CALLBACK_TIMER:
        return on_body_late(server, wsi, c);
    case LWS_CALLBACK_HTTP_WRITEABLE:
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return on_writable(server, wsi, c);
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_CLOSED:
        on_gone(c);
        return 0;
    /* No upgrade but to a WebSocket: HTTP/2 in clear would go around what is checked above. */
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return strcmp(in, "websocket") == 0 ? 0 : -1;
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return on_upgrade(server, wsi, c);
    case LWS_CALLBACK_RECEIVE:
        return stream_message(server, c->stream, wsi, in, len);
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        take_answers(server);
        if (server->options.on_tick)
            server->options.on_tick(server->options.app);
        return 0;
    default:
        return 0;
    }
}

static void on_tick(lws_sorted_usec_list_t *timer)
{
    struct http_server *server = lws_container_of(timer, struct http_server, tick);
    if (server->options.on_tick)
        server->options.on_tick(server->options.app);
    lws_sul_schedule(server->context, 0, &server->tick, on_tick, TICK_MS * LWS_US_PER_MS);
}

/* The library's own words: for whoever looks into the wire, not for the log of every day. */
static void library_log(UNUSED int level, const char *line)
{
    log_debug("net", "%s", line);
}

/* ---- opening and running --------------------------------------------------------------------- */

/* The library says little when the port cannot be had, so ask the system first. */
static enum err probe_port(const struct http_options *o)
{
    char port[16];
    snprintf(port, sizeof port, "%d", o->port);
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM },
                    *found;
    if (getaddrinfo(o->bind, port, &hints, &found) != 0)
        return err_set(ERR_USAGE,
                       "\"%s\" is not an address to listen on; write it in numbers, as 127.0.0.1",
                       o->bind);
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
              bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, 1) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    freeaddrinfo(found);
    if (ok)
        return ERR_OK;
    if (why == EADDRINUSE)
        return err_set(
            ERR_EXISTS,
            "port %d of %s is taken by another program; stop it, or choose another with --port",
            o->port, o->bind);
    if (why == EACCES)
        return err_set(
            ERR_REFUSED,
            "port %d needs a permission that this user does not have; choose one above 1023 with --port",
            o->port);
    return err_set(ERR_IO, "cannot listen on %s port %d: %s", o->bind, o->port, strerror(why));
}

static enum err check_tls(const struct http_options *o)
{
    if (!o->tls_cert != !o->tls_key)
        return err_set(ERR_USAGE, "a TLS certificate needs its key, and a key its certificate");
    const char *files[] = { o->tls_cert, o->tls_key };
    for (size_t i = 0; o->tls_cert && i < ARRAY_COUNT(files); i++)
        if (access(files[i], R_OK) != 0)
            return err_set(ERR_NOT_FOUND, "%s cannot be read: %s", files[i], strerror(errno));
    return ERR_OK;
}

static void fill_defaults(struct http_options *o)
{
    o->body_bytes_max = o->body_bytes_max ? o->body_bytes_max : 1 << 20;
    o->message_bytes_max = o->message_bytes_max ? o->message_bytes_max : 64 * 1024;
    o->header_seconds = o->header_seconds ? o->header_seconds : 10;
    o->body_seconds = o->body_seconds ? o->body_seconds : 30;
    o->idle_seconds = o->idle_seconds ? o->idle_seconds : 60;
    o->connections_max = o->connections_max ? o->connections_max : 2048;
}

static const lws_retry_bo_t pings = { .secs_since_valid_ping = 30, .secs_since_valid_hangup = 45 };

static enum err create_context(struct http_server *server)
{
    const struct http_options *o = &server->options;
    bool any = strcmp(o->bind, "0.0.0.0") == 0 || strcmp(o->bind, "::") == 0;
    struct lws_context_creation_info info = {
        .port = o->port,
        .iface = any ? NULL : o->bind,
        .protocols = server->protocols,
        .options = LWS_SERVER_OPTION_VALIDATE_UTF8 | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND |
                   (strchr(o->bind, ':') ? 0 : LWS_SERVER_OPTION_DISABLE_IPV6),
        .user = server,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .timeout_secs = (unsigned)o->header_seconds,
        .timeout_secs_ah_idle = (unsigned)o->header_seconds,
        .keepalive_timeout = o->idle_seconds,
        .max_http_header_data = HEAD_BYTES_MAX,
        .max_http_header_pool = 1024,
        .pt_serv_buf_size = 16 * 1024,
        .retry_and_idle_policy = &pings,
        .alpn = "http/1.1",
        .vhost_name = "ironfly",
    };
    if (o->tls_cert) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = o->tls_cert;
        info.ssl_private_key_filepath = o->tls_key;
        info.ssl_options_set = SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1;
    }
    /* It calls nobody. Left alone the library reads all authorities of the system for its calls,
     * and keeps them. */
    server->no_calls = o->tls_cert ? SSL_CTX_new(TLS_client_method()) : NULL;
    info.provided_client_ssl_ctx = server->no_calls;
    lws_set_log_level(log_is_on(LOG_DEBUG) ? LLL_ERR | LLL_WARN | LLL_NOTICE : 0, library_log);
    server->context = lws_create_context(&info);
    server->vhost = server->context ? lws_get_vhost_by_name(server->context, "ironfly") : NULL;
    if (server->vhost)
        return ERR_OK;
    if (server->context)
        lws_context_destroy(server->context);
    SSL_CTX_free(server->no_calls);
    return o->tls_cert ? err_set(ERR_PARSE, "%s and %s are not a certificate and its key in PEM",
                                 o->tls_cert, o->tls_key)
                       : err_set(ERR_IO, "cannot listen on %s port %d", o->bind, o->port);
}

enum err http_open(struct http_server **out, const struct http_options *options)
{
    enum err err = check_tls(options);
    if (!err)
        err = probe_port(options);
    if (err)
        return err;
    struct http_server *server = mem_alloc(sizeof *server);
    server->options = *options;
    fill_defaults(&server->options);
    server->protocols[0] =
        (struct lws_protocols){ .name = "ironfly.v1",
                                .callback = callback,
                                .per_session_data_size = sizeof(struct connection),
                                .rx_buffer_size = 16 * 1024 };
    pthread_mutex_init(&server->lock, NULL);
    err = create_context(server);
    if (err) {
        pthread_mutex_destroy(&server->lock);
        mem_free(server);
        return err;
    }
    *out = server;
    return ERR_OK;
}

int http_port(const struct http_server *server)
{
    return lws_get_vhost_listen_port(server->vhost);
}

void http_stop(struct http_server *server)
{
    atomic_store(&server->is_stopping, true);
    lws_cancel_service(server->context);
}

void http_wake(struct http_server *server)
{
    lws_cancel_service(server->context);
}

static void begin_drain(struct http_server *server)
{
    server->is_draining = true;
    for (struct http_stream *s = server->streams; s; s = s->next)
        http_stream_end(s, LWS_CLOSE_STATUS_GOINGAWAY, "the server is stopping");
}

void http_run(struct http_server *server, int drain_seconds)
{
    int64_t deadline = 0;
    lws_sul_schedule(server->context, 0, &server->tick, on_tick, TICK_MS * LWS_US_PER_MS);
    for (;;) {
        if (lws_service(server->context, 0) < 0)
            break;
        if (!server->is_draining && atomic_load(&server->is_stopping)) {
            begin_drain(server);
            deadline = clock_steady_ns() + drain_seconds * INT64_C(1000000000);
        }
        bool is_idle = !server->streams && atomic_load(&server->exchanges_open) == 0;
        if (server->is_draining && (is_idle || clock_steady_ns() >= deadline))
            break;
    }
    lws_sul_schedule(server->context, 0, &server->tick, on_tick, LWS_SET_TIMER_USEC_CANCEL);
}

void http_close(struct http_server *server)
{
    if (!server)
        return;
    take_answers(server);
    lws_context_destroy(server->context);
    SSL_CTX_free(server->no_calls);
    take_answers(server); /* those whose client the line above took away */
    pthread_mutex_destroy(&server->lock);
    mem_free(server);
}

const char *http_library_version(void)
{
    return lws_get_library_version();
}

struct http_counts http_counts(const struct http_server *server)
{
    struct http_server *s = (struct http_server *)server; /* atomics are read through it alone */
    return (struct http_counts){
        .connections = atomic_load(&s->connections),
        .requests = atomic_load(&s->requests),
        .refused = atomic_load(&s->refused),
        .streams_open = atomic_load(&s->streams_open),
        .exchanges_open = atomic_load(&s->exchanges_open),
        .bytes_out = atomic_load(&s->bytes_out),
    };
}
