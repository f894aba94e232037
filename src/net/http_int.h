/* What http.c, http_request.c and http_stream.c share. */
#ifndef NET_HTTP_INT_H
#define NET_HTTP_INT_H

#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>

#include "net/http.h"

enum { HEAD_BYTES_MAX = 16 * 1024, TICK_MS = 50 };

/* The public exchange and what only the io thread may touch. */
struct exchange {
    struct http_exchange public; /* first: http_answer() gets back from it */
    struct http_server *server;
    struct lws *wsi; /* NULL: the client went away, or a stream took over */
    struct buf body;
    size_t body_bytes; /* announced */
    size_t sent;
    bool is_dispatched, head_sent;
    bool is_taken;              /* answered, and out of the list of answered ones */
    struct http_stream *stream; /* what it becomes, when it becomes one */
    struct exchange *next;      /* in that list */
};

struct http_stream {
    struct http_server *server;
    struct lws *wsi;
    const struct http_stream_ops *ops;
    void *app;
    bool is_socket; /* else an event stream */
    bool is_ending;
    int close_code;
    char close_reason[100];
    struct buf message; /* of several fragments */
    struct buf frame;   /* LWS_PRE bytes, then what is being sent */
    struct http_stream *next, *previous;
};

struct connection { /* what libwebsockets keeps for us beside each socket */
    struct exchange *exchange;
    struct http_stream *stream;
};

struct http_server {
    struct http_options options;
    struct lws_context *context;
    struct ssl_ctx_st
        *no_calls; /* TLS: what the library would call others with; NULL without TLS */
    struct lws_vhost *vhost;
    struct lws_protocols protocols[2];
    struct http_stream *streams;
    lws_sorted_usec_list_t tick;
    bool is_draining;
    atomic_bool is_stopping;
    pthread_mutex_t lock; /* guards answered */
    struct exchange *answered;
    atomic_ullong connections, requests, refused, streams_open, exchanges_open, bytes_out;
    unsigned open_now;
};

/*
 * Read the head of a request out of libwebsockets. Returns 0, or the status to refuse it with and a
 * sentence in *why; some of what could be read is then in *out. Texts are in arena.
 */
int request_read(struct http_request *out, size_t *body_bytes, struct arena *arena, struct lws *wsi,
                 const struct http_options *options, const char **why);

/* http_stream.c: one that is not linked yet is freed with mem_free(). */
struct http_stream *stream_new(struct http_server *server, struct lws *wsi, bool is_socket);
void stream_link(struct http_stream *stream);
void stream_free(struct http_stream *stream);
/* Send what there is as long as the socket takes it; a piece of a message came. What libwebsockets
 * wants to hear. */
int stream_send(struct http_server *server, struct http_stream *stream, struct lws *wsi);
int stream_message(struct http_server *server, struct http_stream *stream, struct lws *wsi,
                   const void *bytes, size_t len);

#endif
