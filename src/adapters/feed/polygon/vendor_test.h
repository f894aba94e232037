/*
 * A stand-in for Polygon's WebSocket server, on a socket of this machine, in a thread of its own:
 * lets in who has the key, on the clusters options and stocks, hears what is subscribed to and
 * says what the test wants.
 */
#ifndef ADAPTERS_FEED_POLYGON_VENDOR_TEST_H
#define ADAPTERS_FEED_POLYGON_VENDOR_TEST_H

#include <pthread.h>

#include "base/str.h"
#include "net/http.h"
#include "tests/testing.h"

#define VENDOR_KEY "unittestKEY12345"

enum vendor_cluster { VENDOR_OPTIONS, VENDOR_STOCKS, VENDOR_CLUSTERS };
enum { VENDOR_SAID_MAX = 16, VENDOR_TEXT_BYTES = 4096 };

struct vendor;
struct vendor_line {
    struct vendor *vendor;
    struct http_stream *stream; /* NULL: nobody is connected */
    struct buf heard;           /* all that the client said */
    char queue[VENDOR_SAID_MAX][VENDOR_TEXT_BYTES];
    size_t said, sent; /* of this connection; a ring */
};

struct vendor {
    struct http_server *server;
    pthread_t io;
    pthread_mutex_t lock; /* of all below */
    struct vendor_line lines[VENDOR_CLUSTERS];
    int logins;
    bool hang_up, is_stopped;
};

/* With the lock held. */
static inline void vendor_queue(struct vendor_line *line, const char *text)
{
    CHECK(line->said - line->sent < VENDOR_SAID_MAX);
    snprintf(line->queue[line->said++ % VENDOR_SAID_MAX], VENDOR_TEXT_BYTES, "%s", text);
}

static inline bool vendor_next_frame(void *app, struct buf *out, bool *is_binary)
{
    struct vendor_line *line = app;
    pthread_mutex_lock(&line->vendor->lock);
    bool more = line->sent < line->said;
    if (more)
        buf_puts(out, line->queue[line->sent++ % VENDOR_SAID_MAX]);
    *is_binary = false;
    pthread_mutex_unlock(&line->vendor->lock);
    return more;
}

static inline bool vendor_take_message(void *app, struct str text, UNUSED bool is_binary)
{
    struct vendor_line *line = app;
    char login[96];
    snprintf(login, sizeof login, "{\"action\":\"auth\",\"params\":\"%s\"}", VENDOR_KEY);
    pthread_mutex_lock(&line->vendor->lock);
    buf_append(&line->heard, text.ptr, text.len);
    buf_putc(&line->heard, '\n');
    if (str_is(text, login)) {
        line->vendor->logins++;
        vendor_queue(
            line,
            "[{\"ev\":\"status\",\"status\":\"auth_success\",\"message\":\"authenticated\"}]");
    } else if (str_starts_with(text, STR("{\"action\":\"auth\""))) {
        vendor_queue(
            line,
            "[{\"ev\":\"status\",\"status\":\"auth_failed\",\"message\":\"authentication failed\"}]");
    }
    pthread_mutex_unlock(&line->vendor->lock);
    http_stream_ready(line->stream);
    return true;
}

static inline void vendor_on_closed(void *app)
{
    struct vendor_line *line = app;
    pthread_mutex_lock(&line->vendor->lock);
    line->stream = NULL;
    pthread_mutex_unlock(&line->vendor->lock);
}

static const struct http_stream_ops vendor_stream_ops = { vendor_next_frame, vendor_take_message,
                                                          vendor_on_closed };

static inline int vendor_on_socket(void *app, const struct http_request *request,
                                   struct http_stream *stream, const struct http_stream_ops **ops,
                                   void **stream_app)
{
    struct vendor *v = app;
    bool is_options = str_is(request->path, "/options");
    if (!is_options && !str_is(request->path, "/stocks"))
        return 404;
    struct vendor_line *line = &v->lines[is_options ? VENDOR_OPTIONS : VENDOR_STOCKS];
    pthread_mutex_lock(&v->lock);
    line->stream = stream;
    line->said = line->sent = 0;
    vendor_queue(
        line,
        "[{\"ev\":\"status\",\"status\":\"connected\",\"message\":\"Connected Successfully\"}]");
    pthread_mutex_unlock(&v->lock);
    *ops = &vendor_stream_ops;
    *stream_app = line;
    http_stream_ready(stream);
    return 0;
}

static inline void vendor_on_tick(void *app)
{
    struct vendor *v = app;
    struct http_stream *streams[VENDOR_CLUSTERS];
    pthread_mutex_lock(&v->lock);
    for (int i = 0; i < VENDOR_CLUSTERS; i++)
        streams[i] = v->lines[i].stream;
    bool hang_up = v->hang_up;
    v->hang_up = false;
    pthread_mutex_unlock(&v->lock);
    for (int i = 0; i < VENDOR_CLUSTERS; i++)
        if (streams[i] && hang_up)
            http_stream_end(streams[i], 1001, "bye");
        else if (streams[i])
            http_stream_ready(streams[i]);
}

static inline void vendor_refuse(UNUSED void *app, struct http_exchange *exchange)
{
    exchange->response.status = 404;
    http_answer(exchange);
}

static inline void *vendor_serve(void *app)
{
    http_run(((struct vendor *)app)->server, 1);
    return NULL;
}

static inline void vendor_open(struct vendor *v)
{
    struct http_options http = { .bind = "127.0.0.1",
                                 .app = v,
                                 .on_request = vendor_refuse,
                                 .on_socket = vendor_on_socket,
                                 .on_tick = vendor_on_tick };
    memset(v, 0, sizeof *v);
    for (int i = 0; i < VENDOR_CLUSTERS; i++)
        v->lines[i].vendor = v;
    pthread_mutex_init(&v->lock, NULL);
    CHECK_OK(http_open(&v->server, &http));
    CHECK(pthread_create(&v->io, NULL, vendor_serve, v) == 0);
}

/* The server goes away, with all its connections. */
static inline void vendor_stop(struct vendor *v)
{
    if (v->is_stopped)
        return;
    http_stop(v->server);
    pthread_join(v->io, NULL);
    http_close(v->server);
    v->is_stopped = true;
}

static inline void vendor_free(struct vendor *v)
{
    for (int i = 0; i < VENDOR_CLUSTERS; i++)
        buf_free(&v->lines[i].heard);
    pthread_mutex_destroy(&v->lock);
}

static inline void vendor_close(struct vendor *v)
{
    vendor_stop(v);
    vendor_free(v);
}

static inline bool vendor_has_heard(struct vendor *v, enum vendor_cluster cluster, const char *part)
{
    pthread_mutex_lock(&v->lock);
    const char *heard = v->lines[cluster].heard.ptr;
    bool has = heard && strstr(heard, part);
    pthread_mutex_unlock(&v->lock);
    return has;
}

static inline int vendor_logins(struct vendor *v)
{
    pthread_mutex_lock(&v->lock);
    int logins = v->logins;
    pthread_mutex_unlock(&v->lock);
    return logins;
}

static inline void vendor_say(struct vendor *v, enum vendor_cluster cluster, const char *text)
{
    pthread_mutex_lock(&v->lock);
    vendor_queue(&v->lines[cluster], text);
    pthread_mutex_unlock(&v->lock);
    http_wake(v->server);
}

/* Close all connections, and forget what was heard. */
static inline void vendor_hang_up(struct vendor *v)
{
    pthread_mutex_lock(&v->lock);
    v->hang_up = true;
    for (int i = 0; i < VENDOR_CLUSTERS; i++)
        buf_clear(&v->lines[i].heard);
    pthread_mutex_unlock(&v->lock);
    http_wake(v->server);
}

#endif
