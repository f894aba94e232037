/*
 * A server for HTTP/1.1, WebSocket and server-sent events, with TLS: our face of libwebsockets,
 * which no other folder sees.
 *
 *     struct http_options options = { .bind = "127.0.0.1", .port = 8080, .app = &app,
 *                                     .on_request = answer };
 *     http_open(&server, &options);  http_run(server);  http_close(server);
 *
 * One thread calls http_run() and owns every socket. It hands each whole, well-formed request to
 * on_request(), which answers at once or later, from any thread, with http_answer(). Requests that
 * could mean two things (two lengths, a transfer coding, no or two hosts) are refused here, before
 * anybody sees them, and so are those over the limits or slower than the time-outs.
 *
 * A stream (a WebSocket, or an event stream) is pulled, not pushed: when its socket takes more,
 * the server asks next_frame(). A slow reader is asked less often, so the owner of a stream
 * decides what to leave out, and nothing piles up. All stream calls happen in the thread of
 * http_run().
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_METHOD_COUNT
};
const char *http_method_name(enum http_method method); /* "GET" */

/* Headers that a request is asked for; what else it holds is not kept. */
enum http_header {
#define HTTP_HEADER(id, name) id,
#include "net/http_headers.def"
#undef HTTP_HEADER
    HTTP_HEADER_COUNT
};

struct http_arg {
    struct str name, value; /* decoded */
};

enum { HTTP_ID_BYTES = 24, HTTP_PEER_BYTES = 64, HTTP_ARGS_MAX = 32 };

struct http_request {
    char id[HTTP_ID_BYTES]; /* of this request, in answers and logs */
    enum http_method method;
    struct str path; /* decoded, begins with '/', UTF-8 without control characters, no ".." */
    struct http_arg args[HTTP_ARGS_MAX];
    size_t arg_count;
    struct str headers[HTTP_HEADER_COUNT]; /* ptr NULL when not sent; text without CR, LF, NUL */
    struct str body;
    char peer[HTTP_PEER_BYTES]; /* the address at the other end of the socket */
    bool is_tls;
    int64_t begin_ns; /* monotonic */
};

struct http_response {
    int status;         /* 0: not answered yet */
    const char *type;   /* media type; NULL without a body */
    struct buf headers; /* "Name: value\r\n" each; values must come from the program */
    struct buf body;
    struct str fixed; /* in place of body: bytes that outlive the exchange */
    bool close;       /* end the connection after it */
};

/* One request and its answer. memory lives until the answer is sent. */
struct http_exchange {
    struct http_request request;
    struct http_response response;
    struct arena memory;
    void *app; /* the user's own */
};

struct http_server;
struct http_stream;

struct http_stream_ops {
    /* The next frame into out, which is empty; false when there is none now. */
    bool (*next_frame)(void *stream_app, struct buf *out, bool *is_binary);
    /* A message of the client (never of an event stream); false ends the stream. */
    bool (*message)(void *stream_app, struct str text, bool is_binary);
    /* Once, after which stream_app is not used any more. */
    void (*closed)(void *stream_app);
};

struct http_options {
    const char *bind;               /* an address: "127.0.0.1", "0.0.0.0", "::1" */
    int port;                       /* 0 takes any that is free: http_port() */
    const char *tls_cert, *tls_key; /* PEM files; both or neither */

    size_t body_bytes_max;    /* 0: 1 MiB */
    size_t message_bytes_max; /* of a stream's client; 0: 64 KiB */
    int header_seconds;       /* a request's head arrives within this; 0: 10 */
    int body_seconds;         /* and its body within this; 0: 30 */
    int idle_seconds;         /* a kept connection without a request; 0: 60 */
    size_t connections_max;   /* 0: 2048 */

    void *app;
    /* In the thread of http_run(); leads to one http_answer(), http_answer_stream() or neither only
     * when the server is closed first. */
    void (*on_request)(void *app, struct http_exchange *exchange);
    /*
     * A client asks for a WebSocket: 0 takes it and gives ops and stream_app; else an HTTP status.
     * The request has no body and is gone after the call.
     */
    int (*on_socket)(void *app, const struct http_request *request, struct http_stream *stream,
                     const struct http_stream_ops **ops, void **stream_app);
    void (*on_tick)(void *app); /* every 50 ms, and after http_wake(); may be NULL */
};

/*
 * Take the port. Errors: ERR_EXISTS when it is taken, ERR_REFUSED when the system does not let us,
 * ERR_NOT_FOUND for a certificate that cannot be read, ERR_USAGE for an address that is none.
 */
NODISCARD enum err http_open(struct http_server **out, const struct http_options *options);
int http_port(const struct http_server *server);

/* Serve until http_stop(): then no new connection is taken, streams get their close frame, answers
 * under way are sent, for at most drain_seconds. */
void http_run(struct http_server *server, int drain_seconds);
void http_stop(struct http_server *server); /* any thread, or a signal handler */
void http_wake(struct http_server *server); /* any thread: on_tick() soon */

/* NULL is fine. Exchanges that other threads still hold must have been answered. */
void http_close(struct http_server *server);

/* Any thread. The exchange belongs to the server from here on. */
void http_answer(struct http_exchange *exchange);

/* In the thread of http_run(), inside on_request(): answer with an event stream. next_frame() then
 * writes whole events ("data: ...\n\n"). response.headers are sent with it. */
void http_answer_stream(struct http_exchange *exchange, const struct http_stream_ops *ops,
                        void *stream_app, struct http_stream **out);

/* In the thread of http_run(): there may be a frame; or end it, with a WebSocket close code. */
void http_stream_ready(struct http_stream *stream);
void http_stream_end(struct http_stream *stream, int code, const char *reason);

/* What goes on, for metrics; any thread. */
struct http_counts {
    uint64_t connections, requests, refused; /* since the start; refused before on_request() */
    uint64_t streams_open, exchanges_open;   /* now */
    uint64_t bytes_out;
};
struct http_counts http_counts(const struct http_server *server);
const char *http_library_version(void); /* of libwebsockets */

/* Add a header to an answer. A value that holds CR, LF or NUL is a fault of the program. */
void http_header_add(struct http_response *response, const char *name, const char *value);

/* The value of an argument, or NULL when it was not given. */
const struct http_arg *http_arg_find(const struct http_request *request, const char *name);

/* The value of a cookie in a Cookie header; an empty view with ptr NULL when it is not there, or
 * there twice, which no browser of ours sends. */
struct str http_cookie(struct str header, const char *name);

#endif
