#include "net/ws_client.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <libwebsockets.h>

#include "base/mem.h"
#include "net/resolve.h"

enum { PATH_BYTES = 256, WHY_BYTES = 64, CA_BYTES = 512, RX_BYTES = 64 * 1024 };
#define MESSAGE_BYTES_MAX ((size_t)16 << 20)

struct ws_client {
    struct resolve resolve;
    struct lws_context *context;
    struct lws *wsi;
    enum ws_state state;
    char why[WHY_BYTES];
    char host[RESOLVE_HOST_BYTES], path[PATH_BYTES], ca_file[CA_BYTES];
    int port;
    bool is_plain, is_dialled;
    size_t message_max;
    struct buf message; /* arriving */
    struct buf ready;   /* whole messages: a length of 8 bytes, then the text */
    size_t ready_at;
    struct buf sending; /* the same, with room before each text for the library's header */
    size_t sending_at;
};

static void go_down(struct ws_client *ws, const char *why)
{
    if (ws->state == WS_DOWN)
        return;
    ws->state = WS_DOWN;
    snprintf(ws->why, sizeof ws->why, "%s", why);
}

/* ---- queues of messages: each begins with its length ----------------------------------------- */

static void put(struct buf *queue, size_t room_before, const void *text, size_t len)
{
    static const char zero[LWS_PRE];
    uint64_t bytes = len;
    buf_append(queue, &bytes, sizeof bytes);
    buf_append(queue, zero, room_before);
    buf_append(queue, text, len);
}

static bool take(struct buf *queue, size_t *at, size_t room_before, struct str *text)
{
    uint64_t bytes;
    if (*at == queue->len) {
        buf_clear(queue);
        *at = 0;
        return false;
    }
    memcpy(&bytes, queue->ptr + *at, sizeof bytes);
    *text = (struct str){ queue->ptr + *at + sizeof bytes + room_before, (size_t)bytes };
    *at += sizeof bytes + room_before + (size_t)bytes;
    return true;
}

/* ---- the library ---- */

static int receive(struct ws_client *ws, struct lws *wsi, const void *in, size_t len)
{
    if (ws->message.len + len > ws->message_max) {
        go_down(ws, "a message is too long");
        return -1;
    }
    if (len)
        buf_append(&ws->message, in, len);
    if (lws_is_final_fragment(wsi) && !lws_remaining_packet_payload(wsi)) {
        put(&ws->ready, 0, ws->message.ptr, ws->message.len);
        buf_clear(&ws->message);
    }
    return 0;
}

static int send_queued(struct ws_client *ws, struct lws *wsi)
{
    struct str text;
    while (!lws_send_pipe_choked(wsi) && take(&ws->sending, &ws->sending_at, LWS_PRE, &text))
        if (lws_write(wsi, (unsigned char *)(uintptr_t)text.ptr, text.len, LWS_WRITE_TEXT) <
            (int)text.len) {
            go_down(ws, "cannot be written to");
            return -1;
        }
    if (ws->sending.len)
        lws_callback_on_writable(wsi);
    return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user UNUSED, void *in,
                    size_t len)
{
    struct ws_client *ws = lws_context_user(lws_get_context(wsi));
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        ws->state = WS_UP;
        lws_callback_on_writable(wsi);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return receive(ws, wsi, in, len);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return send_queued(ws, wsi);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        go_down(ws, in && len ? (const char *)in : "cannot connect");
        ws->wsi = NULL;
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        go_down(ws, "closed by the server");
        ws->wsi = NULL;
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    { .name = "feed", .callback = on_event, .rx_buffer_size = RX_BYTES },
    { .name = NULL },
};

static void dial(struct ws_client *ws)
{
    char address[INET6_ADDRSTRLEN];
    const struct addrinfo *first = ws->resolve.addresses;
    ws->is_dialled = true;
    if (getnameinfo(first->ai_addr, first->ai_addrlen, address, sizeof address, NULL, 0,
                    NI_NUMERICHOST) != 0) {
        go_down(ws, "no address");
        return;
    }
    struct lws_client_connect_info info = {
        .context = ws->context,
        .address = address, /* the library itself would wait for a name's look-up */
        .port = ws->port,
        .path = ws->path,
        .host = ws->host,
        .origin = ws->host,
        .ssl_connection = ws->is_plain ? 0 : LCCSCF_USE_SSL,
        .local_protocol_name = protocols[0].name,
        .pwsi = &ws->wsi,
    };
    if (!lws_client_connect_via_info(&info))
        go_down(ws, "cannot connect");
}

enum err ws_open(struct ws_client **out, const struct ws_options *options)
{
    *out = NULL;
    if (!options->host[0] || strlen(options->host) >= RESOLVE_HOST_BYTES)
        return err_set(ERR_USAGE, "host \"%s\" is empty or too long", options->host);
    if (options->port < 1 || options->port > 65535)
        return err_set(ERR_USAGE, "port %d; it is 1 to 65535", options->port);
    if (options->path[0] != '/' || strlen(options->path) >= PATH_BYTES)
        return err_set(ERR_USAGE, "path \"%s\" does not begin with / or is too long",
                       options->path);
    if (options->ca_file && strlen(options->ca_file) >= CA_BYTES)
        return err_set(ERR_USAGE, "the path of the certificates is too long");
    struct ws_client *ws = mem_alloc(sizeof *ws);
    ws->port = options->port;
    ws->is_plain = options->is_plain;
    ws->message_max = options->message_bytes_max ? options->message_bytes_max : MESSAGE_BYTES_MAX;
    snprintf(ws->host, sizeof ws->host, "%s", options->host);
    snprintf(ws->path, sizeof ws->path, "%s", options->path);
    if (options->ca_file)
        snprintf(ws->ca_file, sizeof ws->ca_file, "%s", options->ca_file);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_VALIDATE_UTF8 |
                   (ws->is_plain ? 0 : LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT),
        .client_ssl_ca_filepath = ws->ca_file[0] ? ws->ca_file : NULL,
        .user = ws,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
    };
    lws_set_log_level(0, NULL);
    ws->context = lws_create_context(&info);
    if (!ws->context) {
        mem_free(ws);
        return err_set(ERR_IO, "a WebSocket cannot be opened%s",
                       options->ca_file ? ": can the file of certificates be read?" : "");
    }
    resolve_begin(&ws->resolve, ws->host, ws->port);
    *out = ws;
    return ERR_OK;
}

void ws_poll(struct ws_client *ws)
{
    if (!ws->is_dialled && ws->state == WS_CONNECTING) {
        enum resolve_state state = resolve_poll(&ws->resolve);
        if (state == RESOLVE_FAILED)
            go_down(ws, "host name not found");
        else if (state == RESOLVE_DONE)
            dial(ws);
    }
    if (ws->wsi && ws->state == WS_UP && ws->sending.len)
        lws_callback_on_writable(ws->wsi);
    lws_service(ws->context, -1); /* -1: without waiting */
}

enum ws_state ws_state(const struct ws_client *ws)
{
    return ws->state;
}

const char *ws_why(const struct ws_client *ws)
{
    return ws->why;
}

bool ws_next(struct ws_client *ws, struct str *message)
{
    return take(&ws->ready, &ws->ready_at, 0, message);
}

void ws_send(struct ws_client *ws, struct str text)
{
    put(&ws->sending, LWS_PRE, text.ptr, text.len);
}

void ws_close(struct ws_client *ws)
{
    if (!ws)
        return;
    lws_context_destroy(ws->context);
    resolve_clear(&ws->resolve);
    buf_free(&ws->message);
    buf_free(&ws->ready);
    buf_free(&ws->sending);
    mem_free(ws);
}
