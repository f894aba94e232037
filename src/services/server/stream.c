/*
 * Watchers: WebSockets and event streams over the hub's topics, in the thread of the sockets.
 *
 *     {"op":"subscribe","topic":"jobs","resume":"..."}   {"op":"unsubscribe","topic":"jobs"}
 *     {"op":"subscribe","topic":"chain:SPX:2026-11-20"}  binary frames: chain_board.h
 *     {"op":"resync","topic":"jobs"}
 *     {"op":"ping","id":1}                               answered with {"op":"pong","id":1}
 *
 * What is wrong with a message is told in {"op":"error",...}; one that is no message ends the
 * stream.
 */

#include "services/server/server_int.h"

#include "base/clock.h"

enum {
    CHAINS_MAX = 16,
    WATCHERS_MAX = 1000,
    REPLIES_BYTES_MAX = 16 * 1024,
    CHECK_SECONDS = 1,
    PRUNE_SECONDS = 3600
};

struct watcher {
    struct server *server;
    struct http_stream *stream;
    struct subscriber subscriber;
    struct chain_watch chains[CHAINS_MAX]; /* board NULL: free */
    uint32_t chain_numbers;                /* given so far */
    int chain_next; /* chains take turns, with one another and with the other topics */
    bool chains_first;
    struct buf replies; /* of whole frames, each with its length in front */
    size_t replies_read;
    bool is_socket;
    struct watcher *next, *previous;
};

static bool take_reply(struct watcher *w, struct buf *out)
{
    size_t len;
    if (w->replies_read == w->replies.len)
        return false;
    memcpy(&len, w->replies.ptr + w->replies_read, sizeof len);
    buf_append(out, w->replies.ptr + w->replies_read + sizeof len, len);
    w->replies_read += sizeof len + len;
    if (w->replies_read == w->replies.len) {
        buf_clear(&w->replies);
        w->replies_read = 0;
    }
    return true;
}

static bool next_chain(struct watcher *w, struct buf *out, bool *is_binary)
{
    int64_t steady = clock_steady_ns();
    for (int i = 0; i < CHAINS_MAX; i++) {
        struct chain_watch *c = &w->chains[(w->chain_next + i) % CHAINS_MAX];
        if (c->board && chain_watch_next(c, steady, clock_wall_ns(), out, is_binary)) {
            w->chain_next = (w->chain_next + i + 1) % CHAINS_MAX;
            return true;
        }
    }
    return false;
}

static bool find_frame(struct watcher *w, struct buf *out, bool *is_binary)
{
    struct buf text = { 0 };
    *is_binary = false;
    w->chains_first = !w->chains_first;
    if (w->chains_first && w->replies_read == w->replies.len && next_chain(w, out, is_binary))
        return true;
    bool found = take_reply(w, &text) || subscriber_next(&w->subscriber, clock_steady_ns(), &text);
    if (!found)
        return !w->chains_first && next_chain(w, out, is_binary);
    if (found && w->is_socket)
        buf_append(out, text.ptr, text.len);
    else if (found)
        buf_printf(out, "data: %.*s\n\n", STR_ARG(buf_str(&text)));
    buf_free(&text);
    return found;
}

static bool next_frame(void *app, struct buf *out, bool *is_binary)
{
    struct watcher *w = app;
    bool found = find_frame(w, out, is_binary);
    if (found)
        atomic_fetch_add(&w->server->metrics.frames, 1);
    return found;
}

/* ---- messages -------------------------------------------------------------------------------- */

static bool reply(struct watcher *w, const struct buf *text)
{
    /* Who asks and never reads asks no more. */
    if (w->replies.len - w->replies_read > REPLIES_BYTES_MAX)
        return false;
    size_t len = text->len;
    buf_append(&w->replies, &len, sizeof len);
    buf_append(&w->replies, text->ptr, len);
    http_stream_ready(w->stream);
    return true;
}

static bool reply_error(struct watcher *w, const char *code, const char *detail)
{
    struct buf text = { 0 };
    struct json_writer json = { .out = &text };
    json_object_begin(&json);
    json_key_cstr(&json, "op", "error");
    json_key_cstr(&json, "code", code);
    json_key_cstr(&json, "detail", detail);
    json_object_end(&json);
    bool ok = reply(w, &text);
    buf_free(&text);
    return ok;
}

static bool pong(struct watcher *w, const json_t *message)
{
    struct buf text = { 0 };
    struct json_writer json = { .out = &text };
    json_object_begin(&json);
    json_key_cstr(&json, "op", "pong");
    json_key_int(&json, "id", call_whole(message, "id", 0));
    json_key_int(&json, "now_ns", clock_wall_ns());
    json_object_end(&json);
    bool ok = reply(w, &text);
    buf_free(&text);
    return ok;
}

static struct chain_watch *find_chain(struct watcher *w, const struct chain_board *board,
                                      int32_t expiry)
{
    for (int i = 0; i < CHAINS_MAX; i++)
        if (w->chains[i].board == board && (!board || w->chains[i].expiry == expiry))
            return &w->chains[i];
    return NULL;
}

static bool obey_chain(struct watcher *w, struct str op, const json_t *message, struct str symbol,
                       int32_t expiry)
{
    if (!(w->subscriber.who.permissions & PERMISSION_BIT(MAY_READ_MARKET)))
        return reply_error(w, "forbidden", permission_name(MAY_READ_MARKET));
    struct chain_board *board = w->server->live ? live_desk_board(w->server->live, symbol) : NULL;
    if (!board)
        return reply_error(w, "topic", "the desk has no such chain now");
    struct chain_watch *watch = find_chain(w, board, expiry);
    if (str_is(op, "unsubscribe") || str_is(op, "resync")) {
        if (watch && str_is(op, "resync"))
            chain_watch_resync(watch);
        else if (watch)
            *watch = (struct chain_watch){ 0 };
    } else {
        watch = watch ? watch : find_chain(w, NULL, 0);
        if (!watch)
            return reply_error(w, "limit", "at most 16 chains on one connection");
        chain_watch_on(watch, board, ++w->chain_numbers, expiry, call_text(message, "resume"));
    }
    http_stream_ready(w->stream);
    return true;
}

static bool obey(struct watcher *w, const json_t *message)
{
    struct str op = call_text(message, "op");
    enum topic topic;
    if (str_is(op, "ping"))
        return pong(w, message);
    if (!str_is(op, "subscribe") && !str_is(op, "unsubscribe") && !str_is(op, "resync"))
        return reply_error(w, "op", "op is none of subscribe, unsubscribe, resync, ping");
    if (str_is(op, "resync"))
        atomic_fetch_add(&w->server->metrics.resyncs, 1);
    struct str symbol, name = call_text(message, "topic");
    int32_t expiry;
    if (name.ptr && chain_topic_parse(name, &symbol, &expiry))
        return obey_chain(w, op, message, symbol, expiry);
    if (!topic_parse(name, &topic))
        return reply_error(w, "topic", "there is no such topic");
    if (str_is(op, "unsubscribe")) {
        subscriber_off(&w->subscriber, topic);
        return true;
    }
    struct str resume =
        str_is(op, "subscribe") ? call_text(message, "resume") : (struct str){ NULL, 0 };
    if (!subscriber_on(&w->subscriber, topic, resume))
        return reply_error(w, "forbidden", permission_name(topic_permission(topic)));
    http_stream_ready(w->stream);
    return true;
}

static bool on_message(void *app, struct str text, bool is_binary)
{
    struct watcher *w = app;
    json_error_t at;
    json_t *message =
        is_binary ? NULL
                  : json_loadb(text.ptr ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES, &at);
    bool go_on = json_is_object(message) && obey(w, message);
    json_decref(message);
    return go_on;
}

/* ---- coming and going ------------------------------------------------------------------------ */

static void on_closed(void *app)
{
    struct watcher *w = app;
    if (w->previous)
        w->previous->next = w->next;
    else
        w->server->watchers = w->next;
    if (w->next)
        w->next->previous = w->previous;
    buf_free(&w->replies);
    mem_free(w);
}

static const struct http_stream_ops ops = { next_frame, on_message, on_closed };

static struct watcher *watcher_new(struct server *server, const struct identity *who,
                                   bool is_socket)
{
    struct watcher *w = mem_alloc(sizeof *w);
    w->server = server;
    w->is_socket = is_socket;
    w->subscriber.hub = server->hub;
    w->subscriber.who = *who;
    w->next = server->watchers;
    if (w->next)
        w->next->previous = w;
    server->watchers = w;
    return w;
}

/* 0, or the HTTP status to refuse with. */
static int may_watch(struct server *server, const struct http_request *request,
                     struct identity *who)
{
    if (!host_is_ours(server, request->headers[HTTP_HOST]))
        return 421;
    /* Browsers send cookies with a WebSocket of any page: the origin is what tells them apart. */
    if (!request->headers[HTTP_AUTHORIZATION].ptr && !origin_is_ours(request))
        return 403;
    if (request_identify(server, server->db, request, clock_wall_ns(), who))
        return 401;
    return http_counts(server->http).streams_open >= WATCHERS_MAX ? 503 : 0;
}

int stream_open_socket(void *app, const struct http_request *request, struct http_stream *stream,
                       const struct http_stream_ops **out_ops, void **stream_app)
{
    struct server *server = app;
    struct identity who;
    if (!str_is(request->path, "/api/v1/stream"))
        return 404;
    int status = may_watch(server, request, &who);
    if (status)
        return status;
    struct watcher *w = watcher_new(server, &who, true);
    w->stream = stream;
    *out_ops = &ops;
    *stream_app = w;
    return 0;
}

static void refuse_events(struct http_exchange *exchange, int status, const char *code,
                          const char *detail)
{
    struct json_writer json = { .out = &exchange->response.body };
    json_object_begin(&json);
    json_key_cstr(&json, "type", "about:blank");
    json_key_cstr(&json, "title", "Refused");
    json_key_int(&json, "status", status);
    json_key_cstr(&json, "code", code);
    json_key_cstr(&json, "detail", detail);
    json_key_cstr(&json, "request_id", exchange->request.id);
    json_object_end(&json);
    exchange->response.type = "application/problem+json";
    exchange->response.status = status;
    http_answer(exchange);
}

/* 0; else the status to refuse with, and why. */
static int check_topic(const struct identity *who, struct str name, enum topic *topic,
                       char text[200])
{
    int shown = name.len < 40 ? (int)name.len : 40;
    struct str symbol;
    int32_t expiry;
    if (chain_topic_parse(name, &symbol, &expiry)) {
        snprintf(text, 200, "topic %.*s: chains are told over the WebSocket alone", shown,
                 name.ptr);
        return 422;
    }
    if (!topic_parse(name, topic)) {
        snprintf(text, 200, "there is no topic \"%.*s\"", shown, name.ptr);
        return 422;
    }
    if (who->permissions & PERMISSION_BIT(topic_permission(*topic)))
        return 0;
    snprintf(text, 200, "topic %s needs the permission %s", topic_name(*topic),
             permission_name(topic_permission(*topic)));
    return 403;
}

void stream_open_events(struct server *server, struct http_exchange *exchange)
{
    const struct http_request *request = &exchange->request;
    struct identity who;
    bool wanted[TOPIC_COUNT] = { false };
    enum topic topic;
    size_t count = 0;
    int status = may_watch(server, request, &who);
    add_security_headers(server, &exchange->response);
    http_header_add(&exchange->response, "Cache-Control", "no-store");
    if (status) {
        refuse_events(exchange, status,
                      status == 503   ? "busy"
                      : status == 401 ? "unauthenticated"
                                      : "foreign_origin",
                      "log in, and ask from our own page or with a token");
        return;
    }
    const struct http_arg *arg = http_arg_find(request, "topics");
    struct str list = arg ? arg->value : (struct str){ NULL, 0 }, name;
    char text[200];
    while (list.len && str_cut(&list, ',', &name)) {
        status = check_topic(&who, name, &topic, text);
        if (status) {
            refuse_events(exchange, status, status == 403 ? "forbidden" : "topic", text);
            return;
        }
        wanted[topic] = true;
        count++;
    }
    if (!count) {
        refuse_events(exchange, 422, "topic", "topics names none: ?topics=jobs,alerts");
        return;
    }
    struct watcher *w = watcher_new(server, &who, false);
    for (int i = 0; i < TOPIC_COUNT; i++)
        if (wanted[i])
            (void)!subscriber_on(&w->subscriber, (enum topic)i, (struct str){ NULL, 0 });
    http_answer_stream(exchange, &ops, w, &w->stream);
}

static bool has_chain_due(const struct watcher *w, int64_t steady_ns)
{
    for (int i = 0; i < CHAINS_MAX; i++)
        if (w->chains[i].board && chain_watch_is_due(&w->chains[i], steady_ns))
            return true;
    return false;
}

/* ---- every 50 ms ----------------------------------------------------------------------------- */

void stream_tick(struct server *server)
{
    int64_t now = clock_steady_ns();
    bool check = now - server->checked_ns > CHECK_SECONDS * INT64_C(1000000000);
    if (check)
        server->checked_ns = now;
    for (struct watcher *w = server->watchers; w; w = w->next) {
        /* A session that has ended ends its streams within a second. */
        if (check &&
            accounts_still(&server->accounts, server->db, clock_wall_ns(), &w->subscriber.who))
            http_stream_end(w->stream, 4401, "the login has ended");
        else if (subscriber_is_due(&w->subscriber, now) || has_chain_due(w, now))
            http_stream_ready(w->stream);
    }
    if (now - server->pruned_ns > PRUNE_SECONDS * INT64_C(1000000000)) {
        server->pruned_ns = now;
        if (db_prune(server->db, clock_wall_ns() - 86400 * INT64_C(1000000000)))
            log_warn("server", "letting go of old sessions: %s", err_detail());
    }
}
