/* Streams: WebSockets and event streams, pulled when their socket takes more. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "net/http_int.h"

enum { FRAMES_AT_ONCE = 16, SEND_BUFFER_BYTES = 128 * 1024 };

struct http_stream *stream_new(struct http_server *server, struct lws *wsi, bool is_socket)
{
    struct http_stream *s = mem_alloc(sizeof *s);
    s->server = server;
    s->wsi = wsi;
    s->is_socket = is_socket;
    /* What lies in the system's buffers grows old: a slow reader gets little of it, and then what
     * is newest. */
    int bytes = SEND_BUFFER_BYTES;
    if (setsockopt(lws_get_socket_fd(wsi), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) != 0)
        log_warn("http", "a stream keeps its send buffer: %s", strerror(errno));
    return s;
}

void stream_link(struct http_stream *s)
{
    s->next = s->server->streams;
    if (s->next)
        s->next->previous = s;
    s->server->streams = s;
    atomic_fetch_add(&s->server->streams_open, 1);
}

void stream_free(struct http_stream *s)
{
    if (s->previous)
        s->previous->next = s->next;
    else
        s->server->streams = s->next;
    if (s->next)
        s->next->previous = s->previous;
    atomic_fetch_sub(&s->server->streams_open, 1);
    s->ops->closed(s->app);
    buf_free(&s->message);
    buf_free(&s->frame);
    mem_free(s);
}

void http_answer_stream(struct http_exchange *exchange, const struct http_stream_ops *ops,
                        void *stream_app, struct http_stream **out)
{
    struct exchange *x = (struct exchange *)exchange;
    struct http_stream *s = stream_new(x->server, x->wsi, false);
    s->ops = ops;
    s->app = stream_app;
    x->stream = s;
    x->is_taken = true; /* no http_answer() follows */
    stream_link(s);
    *out = s;
    exchange->response.status = 200;
    exchange->response.type = "text/event-stream";
    lws_callback_on_writable(x->wsi);
}

void http_stream_ready(struct http_stream *stream)
{
    lws_callback_on_writable(stream->wsi);
}

void http_stream_end(struct http_stream *stream, int code, const char *reason)
{
    if (stream->is_ending)
        return;
    stream->is_ending = true;
    stream->close_code = code;
    snprintf(stream->close_reason, sizeof stream->close_reason, "%s", reason);
    lws_callback_on_writable(stream->wsi);
    /* One whose socket takes nothing any more is cut. */
    lws_set_timeout(stream->wsi, PENDING_TIMEOUT_USER_REASON_BASE, 3);
}

static int end_stream(struct http_stream *s, struct lws *wsi)
{
    if (s->is_socket)
        lws_close_reason(wsi, (enum lws_close_status)s->close_code,
                         (unsigned char *)s->close_reason, strlen(s->close_reason));
    return -1;
}

int stream_send(struct http_server *server, struct http_stream *s, struct lws *wsi)
{
    if (s->is_ending)
        return end_stream(s, wsi);
    static const char pre[LWS_PRE];
    for (int i = 0; i < FRAMES_AT_ONCE; i++) {
        if (lws_send_pipe_choked(wsi))
            break;
        bool is_binary = false;
        struct buf payload = { 0 };
        /* The library writes its frame head in front of what we give it. */
        buf_clear(&s->frame);
        if (!s->ops->next_frame(s->app, &payload, &is_binary)) {
            buf_free(&payload);
            return s->is_ending ? end_stream(s, wsi) : 0;
        }
        buf_append(&s->frame, pre, LWS_PRE);
        buf_append(&s->frame, payload.ptr, payload.len);
        size_t len = payload.len;
        buf_free(&payload);
        atomic_fetch_add(&server->bytes_out, len);
        enum lws_write_protocol as = !s->is_socket ? LWS_WRITE_HTTP
                                     : is_binary   ? LWS_WRITE_BINARY
                                                   : LWS_WRITE_TEXT;
        if (lws_write(wsi, (unsigned char *)s->frame.ptr + LWS_PRE, len, as) < (int)len)
            return -1;
    }
    lws_callback_on_writable(wsi);
    return 0;
}

int stream_message(struct http_server *server, struct http_stream *s, struct lws *wsi,
                   const void *bytes, size_t len)
{
    if (!s || s->is_ending)
        return 0;
    if (s->message.len + len > server->options.message_bytes_max) {
        http_stream_end(s, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "message too large");
        return 0;
    }
    buf_append(&s->message, bytes, len);
    if (lws_remaining_packet_payload(wsi) || !lws_is_final_fragment(wsi))
        return 0;
    bool go_on = s->ops->message(s->app, buf_str(&s->message), lws_frame_is_binary(wsi) != 0);
    buf_clear(&s->message);
    if (!go_on)
        http_stream_end(s, LWS_CLOSE_STATUS_POLICY_VIOLATION, "message not understood");
    return 0;
}
