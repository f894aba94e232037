#include "net/http_client.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <libwebsockets.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/resolve.h"

enum { PATH_BYTES = 2048, READ_BYTES = 16 * 1024, WRITE_BYTES = 16 * 1024, HEADER_BYTES_MAX = 200 };
#define BODY_BYTES_MAX ((size_t)64 << 20)

struct exchange {
    const struct http_call *call;
    struct http_reply *reply;
    struct lws_context *context;
    struct lws *wsi;
    size_t body_max, sent;
    bool is_tls, is_done, has_answer;
    int port;
    char host[RESOLVE_HOST_BYTES], path[PATH_BYTES], why[128];
};

static void give_up(struct exchange *x, const char *why)
{
    if (!x->is_done)
        snprintf(x->why, sizeof x->why, "%s", why);
    x->is_done = true;
}

/* ---- the library ----------------------------------------------------------------------------- */

static int add_header(struct lws *wsi, const char *name, const char *value, unsigned char **at,
                      unsigned char *end)
{
    return lws_add_http_header_by_name(wsi, (const unsigned char *)name,
                                       (const unsigned char *)value, (int)strlen(value), at, end);
}

static int add_headers(struct exchange *x, struct lws *wsi, unsigned char **at, unsigned char *end)
{
    const struct http_call *c = x->call;
    char text[HEADER_BYTES_MAX + 16];
    int bad = add_header(wsi, "accept:", "application/json", at, end);
    if (c->bearer) {
        snprintf(text, sizeof text, "Bearer %s", c->bearer);
        bad |= add_header(wsi, "authorization:", text, at, end);
    }
    if (c->once)
        bad |= add_header(wsi, "idempotency-key:", c->once, at, end);
    bool has_body = c->body.ptr != NULL;
    if (has_body || (c->method && strcmp(c->method, "GET") != 0)) {
        snprintf(text, sizeof text, "%zu", c->body.len);
        bad |= add_header(wsi, "content-length:", text, at, end);
    }
    if (has_body) {
        bad |= add_header(wsi, "content-type:", "application/json", at, end);
        lws_client_http_body_pending(wsi, 1);
        lws_callback_on_writable(wsi);
    }
    return bad;
}

static int send_body(struct exchange *x, struct lws *wsi)
{
    unsigned char part[LWS_PRE + WRITE_BYTES];
    size_t left = x->call->body.len - x->sent, len = left < WRITE_BYTES ? left : WRITE_BYTES;
    if (!x->call->body.ptr || !left)
        return 0;
    memcpy(part + LWS_PRE, x->call->body.ptr + x->sent, len);
    if (lws_write(wsi, part + LWS_PRE, len, len == left ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) <
        (int)len) {
        give_up(x, "it takes no more of the request");
        return -1;
    }
    x->sent += len;
    if (len == left)
        lws_client_http_body_pending(wsi, 0);
    else
        lws_callback_on_writable(wsi);
    return 0;
}

static int begin_answer(struct exchange *x, struct lws *wsi)
{
    x->reply->status = (int)lws_http_client_http_response(wsi);
    x->has_answer = true;
    if (lws_hdr_copy(wsi, x->reply->type, sizeof x->reply->type, WSI_TOKEN_HTTP_CONTENT_TYPE) < 0)
        x->reply->type[0] = '\0';
    x->reply->type[strcspn(x->reply->type, ";")] = '\0';
    if (x->reply->status == 204 || x->reply->status == 304) { /* these have no body to wait for */
        x->is_done = true;
        return -1;
    }
    return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user UNUSED, void *in,
                    size_t len)
{
    struct exchange *x = lws_context_user(lws_get_context(wsi));
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: {
        unsigned char **at = in;
        return add_headers(x, wsi, at, *at + len) ? -1 : 0;
    }
    case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
        return send_body(x, wsi);
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        return begin_answer(x, wsi);
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP: {
        char room[LWS_PRE + READ_BYTES], *at = room + LWS_PRE;
        int room_len = READ_BYTES;
        return lws_http_client_read(wsi, &at, &room_len) < 0 ? -1 : 0;
    }
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
        if (x->reply->body.len + len > x->body_max) {
            give_up(x, "its answer is too long");
            return -1;
        }
        buf_append(&x->reply->body, in, len);
        return 0;
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
        x->is_done = true;
        return -1;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        give_up(x, in && len ? (const char *)in : "it cannot be reached");
        x->wsi = NULL;
        return 0;
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
        give_up(x, "the connection broke off");
        x->wsi = NULL;
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    { .name = "http", .callback = on_event, .rx_buffer_size = READ_BYTES },
    { .name = NULL },
};

/* ---- what is asked --------------------------------------------------------------------------- */

/* A value that ends a header would begin another one. */
static bool is_header_value(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] > '~')
            return false;
    return len > 0 && len <= HEADER_BYTES_MAX;
}

static enum err read_url(struct exchange *x, const char *url)
{
    struct str rest = str_from(url), host;
    if (str_starts_with(rest, STR("http://")))
        rest = str_slice(rest, 7, rest.len);
    else if (str_starts_with(rest, STR("https://")))
        rest = str_slice(rest, 8, rest.len), x->is_tls = true;
    else
        return err_set(ERR_USAGE, "\"%s\" does not begin with http:// or https://", url);
    size_t slash = 0;
    while (slash < rest.len && rest.ptr[slash] != '/')
        slash++;
    struct str place = str_slice(rest, 0, slash), path = str_slice(rest, slash, rest.len);
    int64_t port = x->is_tls ? 443 : 80;
    if (place.len && place.ptr[0] == '[') { /* [::1]:8080 */
        place = str_slice(place, 1, place.len);
        if (!memchr(place.ptr, ']', place.len) || !str_cut(&place, ']', &host) ||
            (place.len && place.ptr[0] != ':'))
            return err_set(ERR_USAGE, "the address in \"%s\" has no ]", url);
        place = str_slice(place, 1, place.len);
    } else {
        str_cut(&place, ':', &host);
    }
    if (place.len && (!str_to_int64(place, &port) || port < 1 || port > 65535))
        return err_set(ERR_USAGE, "the port in \"%s\" is not 1 to 65535", url);
    if (!host.len || host.len >= sizeof x->host || path.len >= sizeof x->path)
        return err_set(ERR_USAGE, "the host in \"%s\" is missing, or it is too long", url);
    for (size_t i = 0; i < path.len; i++)
        if ((unsigned char)path.ptr[i] <= ' ' || (unsigned char)path.ptr[i] > '~')
            return err_set(ERR_USAGE, "\"%s\" holds a space or a control character", url);
    x->port = (int)port;
    snprintf(x->host, sizeof x->host, "%.*s", STR_ARG(host));
    snprintf(x->path, sizeof x->path, "%s%.*s", path.len ? "" : "/", STR_ARG(path));
    return ERR_OK;
}

static void dial(struct exchange *x, const struct addrinfo *first)
{
    char address[INET6_ADDRSTRLEN], host[RESOLVE_HOST_BYTES + 16];
    bool is_v6 = strchr(x->host, ':') != NULL;
    snprintf(host, sizeof host, "%s%s%s:%d", is_v6 ? "[" : "", x->host, is_v6 ? "]" : "", x->port);
    if (getnameinfo(first->ai_addr, first->ai_addrlen, address, sizeof address, NULL, 0,
                    NI_NUMERICHOST) != 0) {
        give_up(x, "it has no address");
        return;
    }
    struct lws_client_connect_info info = {
        .context = x->context,
        .address = address,
        .port = x->port,
        .path = x->path,
        .host = x->is_tls ? x->host : host, /* TLS checks the certificate against it */
        .method = x->call->method ? x->call->method : "GET",
        .alpn = "http/1.1",
        .ssl_connection = (x->is_tls ? LCCSCF_USE_SSL : 0) | LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
        .local_protocol_name = protocols[0].name,
        .pwsi = &x->wsi,
    };
    if (!lws_client_connect_via_info(&info))
        give_up(x, "it cannot be reached");
}

static int64_t steady_ms(void)
{
    return clock_steady_ns() / 1000000;
}

static void serve_until_done(struct exchange *x)
{
    int64_t end = steady_ms() + 1000 * (x->call->seconds ? x->call->seconds : 30);
    struct resolve resolve = { 0 };
    bool is_dialled = false;
    resolve_begin(&resolve, x->host, x->port);
    while (!x->is_done) {
        if (!is_dialled) {
            enum resolve_state state = resolve_poll(&resolve);
            if (state == RESOLVE_FAILED)
                give_up(x, "there is no such host");
            if (state == RESOLVE_DONE)
                dial(x, resolve.addresses);
            is_dialled = state == RESOLVE_DONE;
        }
        lws_service(x->context, -1); /* -1: without waiting */
        if (!x->is_done && steady_ms() > end)
            give_up(x, "it does not answer in time");
        nanosleep(&(struct timespec){ .tv_nsec = x->is_done ? 0 : 500000 }, NULL);
    }
    resolve_clear(&resolve);
}

enum err http_call(struct http_reply *out, const struct http_call *call)
{
    struct exchange x = { .call = call,
                          .reply = out,
                          .body_max =
                              call->body_bytes_max ? call->body_bytes_max : BODY_BYTES_MAX };
    *out = (struct http_reply){ 0 };
    enum err err = read_url(&x, call->url);
    if (err)
        return err;
    if ((call->bearer && !is_header_value(call->bearer)) ||
        (call->once && !is_header_value(call->once)))
        return err_set(ERR_USAGE, "the %s holds a space or a control character, or is too long",
                       call->bearer && !is_header_value(call->bearer) ? "token" : "key");
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .options = x.is_tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0,
        .client_ssl_ca_filepath = x.is_tls ? call->ca_file : NULL,
        .user = &x,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
    };
    lws_set_log_level(0, NULL);
    x.context = lws_create_context(&info);
    if (!x.context)
        return err_set(ERR_IO, "no request can be sent%s",
                       x.is_tls && call->ca_file ? ": can the file of certificates be read?" : "");
    serve_until_done(&x);
    lws_context_destroy(x.context);
    if (!x.why[0] && x.has_answer)
        return ERR_OK;
    http_reply_free(out);
    return err_set(x.has_answer ? ERR_IO : ERR_NOT_FOUND, "%s:%d: %s", x.host, x.port,
                   x.why[0] ? x.why : "it does not answer");
}

void http_reply_free(struct http_reply *reply)
{
    buf_free(&reply->body);
    *reply = (struct http_reply){ 0 };
}
