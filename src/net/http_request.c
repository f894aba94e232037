/* The head of a request, from libwebsockets' tables into our struct: refuses what is ambiguous. */
#include <stdio.h>
#include <string.h>

#include "net/http_int.h"

/* Where libwebsockets keeps each header; CUSTOM are those it does not know by number. */
enum { CUSTOM = -1 };
static const struct {
    enum http_header header;
    int token;
    const char *custom; /* with the colon */
    bool once;          /* twice is an attack or a fault: two readers may take different ones */
} sources[] = {
    { HTTP_HOST, WSI_TOKEN_HOST, NULL, true },
    { HTTP_ORIGIN, WSI_TOKEN_ORIGIN, NULL, true },
    { HTTP_COOKIE, WSI_TOKEN_HTTP_COOKIE, NULL, false },
    { HTTP_AUTHORIZATION, WSI_TOKEN_HTTP_AUTHORIZATION, NULL, true },
    { HTTP_CONTENT_TYPE, WSI_TOKEN_HTTP_CONTENT_TYPE, NULL, true },
    { HTTP_CONTENT_LENGTH, WSI_TOKEN_HTTP_CONTENT_LENGTH, NULL, true },
    { HTTP_ACCEPT_ENCODING, WSI_TOKEN_HTTP_ACCEPT_ENCODING, NULL, false },
    { HTTP_IF_NONE_MATCH, WSI_TOKEN_HTTP_IF_NONE_MATCH, NULL, false },
    { HTTP_IF_MATCH, WSI_TOKEN_HTTP_IF_MATCH, NULL, false },
    { HTTP_USER_AGENT, WSI_TOKEN_HTTP_USER_AGENT, NULL, false },
    { HTTP_FORWARDED_FOR, WSI_TOKEN_X_FORWARDED_FOR, NULL, false },
    { HTTP_CSRF_TOKEN, CUSTOM, "x-csrf-token:", false },
    { HTTP_IDEMPOTENCY_KEY, CUSTOM, "idempotency-key:", false },
    { HTTP_LAST_EVENT_ID, CUSTOM, "last-event-id:", false },
    { HTTP_SEC_FETCH_SITE, CUSTOM, "sec-fetch-site:", false },
};

static const struct {
    int method;
    enum http_method as;
} methods[] = {
    { LWSHUMETH_GET, HTTP_GET },         { LWSHUMETH_HEAD, HTTP_HEAD },
    { LWSHUMETH_POST, HTTP_POST },       { LWSHUMETH_PUT, HTTP_PUT },
    { LWSHUMETH_PATCH, HTTP_PATCH },     { LWSHUMETH_DELETE, HTTP_DELETE },
    { LWSHUMETH_OPTIONS, HTTP_OPTIONS },
};

static bool is_clean(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7F)
            return false;
    return true;
}

/* 0, or the status to refuse it with. */
static int read_header(struct http_request *out, struct arena *arena, struct lws *wsi, size_t index,
                       const char **why)
{
    const char *custom = sources[index].custom;
    enum lws_token_indexes token = custom ? 0 : (enum lws_token_indexes)sources[index].token;
    int custom_len = custom ? (int)strlen(custom) : 0;
    int len =
        custom ? lws_hdr_custom_length(wsi, custom, custom_len) : lws_hdr_total_length(wsi, token);
    /* A header that is there but empty has no length in libwebsockets: as good as not sent. */
    if (len <= 0)
        return 0;
    if (sources[index].once && lws_hdr_fragment_length(wsi, token, 1) > 0) {
        *why = "a header that may be there once is there twice";
        return 400;
    }
    char *text =
        arena_alloc(arena, (size_t)len + 64); /* fragments are joined by a separator each */
    int got = custom ? lws_hdr_custom_copy(wsi, text, len + 64, custom, custom_len)
                     : lws_hdr_copy(wsi, text, len + 64, token);
    struct str value = str_trim((struct str){ text, got > 0 ? (size_t)got : 0 });
    if (got < 0 || !is_clean(value)) {
        *why = "a header holds control characters or is too long";
        return 400;
    }
    out->headers[sources[index].header] = value;
    return 0;
}

static int read_target(struct http_request *out, struct arena *arena, struct lws *wsi,
                       const char **why)
{
    char *uri = NULL;
    int len = 0, method = lws_http_get_uri_and_method(wsi, &uri, &len);
    *why = "this method is not served";
    size_t i = 0;
    while (i < ARRAY_COUNT(methods) && methods[i].method != method)
        i++;
    if (method < 0 || i == ARRAY_COUNT(methods))
        return 501;
    out->method = methods[i].as;
    out->path = (struct str){ arena_strndup(arena, uri, (size_t)len), (size_t)len };
    *why = "the path is not one that begins with / and is UTF-8 without control characters";
    if (len == 0 || uri[0] != '/' || !is_clean(out->path) || !str_is_utf8(out->path) ||
        strstr(out->path.ptr, "/../") || str_ends_with(out->path, STR("/..")))
        return 400;
    return 0;
}

static int read_args(struct http_request *out, struct arena *arena, struct lws *wsi,
                     const char **why)
{
    for (int i = 0;; i++) {
        int len = lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i);
        if (len <= 0)
            return 0;
        char *text = arena_alloc(arena, (size_t)len + 1);
        int got = lws_hdr_copy_fragment(wsi, text, len + 1, WSI_TOKEN_HTTP_URI_ARGS, i);
        struct str value = { text, got > 0 ? (size_t)got : 0 }, name;
        *why = "an argument of the query is not UTF-8 without control characters";
        if (got < 0 || !is_clean(value) || !str_is_utf8(value))
            return 400;
        *why = "the query has too many arguments";
        if (out->arg_count == HTTP_ARGS_MAX)
            return 400;
        str_cut(&value, '=', &name);
        if (name.len == 0)
            continue;
        if (!value.ptr) /* no '=' at all */
            value = (struct str){ "", 0 };
        out->args[out->arg_count++] = (struct http_arg){ name, value };
    }
}

static int read_length(const struct http_request *request, size_t *out,
                       const struct http_options *options, const char **why)
{
    struct str text = request->headers[HTTP_CONTENT_LENGTH];
    int64_t value = 0;
    *why = "the length of the body is not a number";
    if (text.ptr && (!str_to_int64(text, &value) || value < 0))
        return 400;
    *why = "the body is larger than is taken";
    if ((uint64_t)value > options->body_bytes_max)
        return 413;
    *why = "a request that reads has no body";
    if (value && (request->method == HTTP_GET || request->method == HTTP_HEAD))
        return 400;
    *out = (size_t)value;
    return 0;
}

int request_read(struct http_request *out, size_t *body_bytes, struct arena *arena, struct lws *wsi,
                 const struct http_options *options, const char **why)
{
    lws_get_peer_simple(wsi, out->peer, sizeof out->peer);
    out->is_tls = lws_is_ssl(wsi);
    int status = read_target(out, arena, wsi, why);
    if (status)
        return status;
    /* The library would take the length and let the coding be: two readers, two requests. */
    *why = "bodies with a transfer coding are not taken: send a content-length";
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
        return 501;
    for (size_t i = 0; i < ARRAY_COUNT(sources); i++)
        if ((status = read_header(out, arena, wsi, i, why)) != 0)
            return status;
    *why = "the host header is missing or empty";
    if (!out->headers[HTTP_HOST].len)
        return 400;
    if ((status = read_args(out, arena, wsi, why)) != 0)
        return status;
    return read_length(out, body_bytes, options, why);
}

const struct http_arg *http_arg_find(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->arg_count; i++)
        if (str_is(request->args[i].name, name))
            return &request->args[i];
    return NULL;
}

struct str http_cookie(struct str header, const char *name)
{
    struct str found = { NULL, 0 }, rest = header, pair;
    bool twice = false;
    while (rest.len && str_cut(&rest, ';', &pair)) {
        struct str key;
        pair = str_trim(pair);
        if (!str_cut(&pair, '=', &key) || !str_is(key, name))
            continue;
        twice = twice || found.ptr;
        found = pair;
    }
    return twice ? (struct str){ NULL, 0 } : found;
}

const char *http_method_name(enum http_method method)
{
    static const char *const names[] = {
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"
    };
    MUST((unsigned)method < ARRAY_COUNT(names));
    return names[method];
}

void http_header_add(struct http_response *response, const char *name, const char *value)
{
    for (const char *c = value; *c; c++)
        MUST((unsigned char)*c >= ' ');
    buf_printf(&response->headers, "%s: %s\r\n", name, value);
}
