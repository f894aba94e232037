/* One request in a pool's thread: who is it, may they, is it well formed, do it, dress the answer.
 */
#include <arpa/inet.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/zone.h"
#include "domain/strategy/strategy.h"
#include "domain/types/money.h"
#include "services/server/server_int.h"

enum { GZIP_BYTES_MIN = 1024 };

/* ---- problems -------------------------------------------------------------------------------- */

static const char *title_of(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {
        { 400, "Bad request" },
        { 401, "Log in first" },
        { 403, "Not allowed" },
        { 404, "Not found" },
        { 405, "Not this method" },
        { 409, "Exists already" },
        { 412, "Changed meanwhile" },
        { 415, "Not this kind of body" },
        { 421, "Not this host" },
        { 422, "Cannot be used" },
        { 429, "Too many" },
        { 500, "Our fault" },
        { 503, "Busy" },
        { 507, "No space" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(titles); i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Refused";
}

static void begin_problem(struct call *call, int status, const char *code, const char *detail)
{
    buf_clear(&call->response->body);
    call->json = (struct json_writer){ .out = &call->response->body };
    call->response->type = "application/problem+json";
    json_object_begin(&call->json);
    json_key_cstr(&call->json, "type", "about:blank");
    json_key_cstr(&call->json, "title", title_of(status));
    json_key_int(&call->json, "status", status);
    json_key_cstr(&call->json, "code", code);
    json_key_cstr(&call->json, "detail", detail);
    json_key_cstr(&call->json, "request_id", call->request->id);
    if (call->retry_after_s)
        json_key_int(&call->json, "retry_after", call->retry_after_s);
}

void retry_after(struct call *call, int seconds)
{
    char text[16];
    snprintf(text, sizeof text, "%d", seconds);
    http_header_add(call->response, "Retry-After", text);
    call->retry_after_s = seconds;
}

/* Of the machine that we run on, clients see names and no folders. */
static void hide_folders(const struct server *server, char *text)
{
    char catalogue[STRATEGY_PATH_BYTES];
    if (!strchr(text, '/'))
        return;
    str_hide_folder(text, server->store);
    str_hide_folder(text, server->options.data);
    if (strategy_catalogue(catalogue) == ERR_OK)
        str_hide_folder(text, catalogue);
}

int problem(struct call *call, int status, const char *code, const char *format, ...)
{
    char detail[1200];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    hide_folders(call->server, detail);
    begin_problem(call, status, code, detail);
    json_object_end(&call->json);
    if (status == 401)
        http_header_add(call->response, "WWW-Authenticate", "Bearer realm=\"ironfly\"");
    return status;
}

int problem_of(struct call *call, enum err err)
{
    switch (err) {
    case ERR_NOT_FOUND:
        return problem(call, 404, "not_found", "%s", err_detail());
    case ERR_EXISTS:
        return problem(call, 409, "exists", "%s", err_detail());
    case ERR_REFUSED:
        return problem(call, 403, "refused", "%s", err_detail());
    case ERR_PARSE:
    case ERR_RANGE:
    case ERR_USAGE:
    case ERR_UNSUPPORTED:
        return problem(call, 422, "unusable", "%s", err_detail());
    case ERR_FULL:
        return problem(call, 429, "limit", "%s", err_detail());
    default:
        break;
    }
    log_error("server", "request %s: %s: %s", call->request->id, call->route->id, err_detail());
    return problem(call, 500, "internal",
                   "the server could not do it; its log says why, under this request's number");
}

static int problem_fields(struct call *call, int status, struct complaints *c)
{
    complaints_end(c);
    begin_problem(call, status, "fields", "some of what was sent cannot be used; errors says what");
    json_key(&call->json, "errors");
    json_raw(&call->json, buf_str(&c->text));
    json_object_end(&call->json);
    return status;
}

/* ---- members --------------------------------------------------------------------------------- */

struct str call_text(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_string(value)
               ? (struct str){ json_string_value(value), json_string_length(value) }
               : (struct str){ NULL, 0 };
}

int64_t call_whole(const json_t *object, const char *name, int64_t fallback)
{
    const json_t *value = json_object_get(object, name);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool call_bool(const json_t *object, const char *name, bool fallback)
{
    const json_t *value = json_object_get(object, name);
    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

int32_t call_day(const json_t *object, const char *name)
{
    struct str text = call_text(object, name);
    return text.ptr ? date_parse(text) : 0;
}

const char *call_path(const struct call *call, int index)
{
    return arena_strndup(call->arena, call->path_args[index].ptr, call->path_args[index].len);
}

struct db_page call_page(const struct call *call)
{
    struct str after = call_text(call->query, "after");
    return (struct db_page){ after.ptr ? arena_strndup(call->arena, after.ptr, after.len) : NULL,
                             (size_t)call_whole(call->query, "limit", 50) };
}

void list_begin(struct call *call)
{
    json_object_begin(&call->json);
    json_key(&call->json, "items");
    json_array_begin(&call->json);
}

int list_end(struct call *call, const char *next)
{
    json_array_end(&call->json);
    json_key_cstr(&call->json, "next", next);
    json_object_end(&call->json);
    return 200;
}

const char *list_next(const struct call *call, size_t count, const char *last_id)
{
    return count == call_page(call).limit ? last_id : NULL;
}

void json_key_ns(struct json_writer *json, const char *key, int64_t ns)
{
    if (ns == 0 || ns == TS_NONE)
        json_key_null(json, key);
    else
        json_key_int(json, key, ns);
}

void json_key_micros(struct json_writer *json, const char *key, int64_t micros)
{
    if (micros == PRICE_NONE)
        json_key_null(json, key);
    else
        json_key_int(json, key, micros);
}

/* ---- who, from where ------------------------------------------------------------------------- */

static struct str host_name(struct str host)
{
    if (host.len && host.ptr[0] == '[') { /* [::1]:8080 */
        const char *end = memchr(host.ptr, ']', host.len);
        return end ? (struct str){ host.ptr + 1, (size_t)(end - host.ptr - 1) }
                   : (struct str){ NULL, 0 };
    }
    struct str name;
    return str_cut(&host, ':', &name) ? name : host;
}

bool host_is_ours(const struct server *server, struct str host)
{
    char text[INET6_ADDRSTRLEN + 1];
    unsigned char address[16];
    struct str name = host_name(host);
    for (size_t i = 0; i < server->options.host_count; i++)
        if (str_equal_nocase(name, str_from(server->options.hosts[i])))
            return true;
    if (str_equal_nocase(name, STR("localhost")))
        return true;
    /* An address is what was typed: a name that is made to point here later cannot look like one.
     */
    if (name.len == 0 || name.len >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", STR_ARG(name));
    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

bool origin_is_ours(const struct http_request *request)
{
    struct str origin = request->headers[HTTP_ORIGIN];
    if (!origin.ptr)
        return !request->headers[HTTP_SEC_FETCH_SITE].ptr ||
               str_is(request->headers[HTTP_SEC_FETCH_SITE], "same-origin") ||
               str_is(request->headers[HTTP_SEC_FETCH_SITE], "none");
    if (str_starts_with(origin, STR("https://")))
        origin = str_slice(origin, 8, origin.len);
    else if (str_starts_with(origin, STR("http://")) && !request->is_tls)
        origin = str_slice(origin, 7, origin.len);
    else
        return false;
    return str_equal_nocase(origin, request->headers[HTTP_HOST]);
}

const char *peer_of(const struct server *server, const struct http_request *request,
                    struct arena *arena)
{
    struct str list = request->headers[HTTP_FORWARDED_FOR], last = { NULL, 0 };
    if (!server->options.behind_proxy || !list.ptr)
        return request->peer;
    while (str_cut(&list, ',', &last)) /* the last one is what our own proxy saw */
        continue;
    char text[INET6_ADDRSTRLEN + 1];
    unsigned char address[16];
    snprintf(text, sizeof text, "%.*s", STR_ARG(str_trim(last)));
    bool is_address =
        inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
    return is_address ? arena_strdup(arena, text) : request->peer;
}

const char *cookie_name(const struct server *server, const char *name, char out[48])
{
    bool is_secure = server->options.tls_cert || server->options.behind_proxy;
    snprintf(out, 48, "%s%s", is_secure ? "__Host-" : "", name);
    return out;
}

enum err request_identify(struct server *server, struct db *db, const struct http_request *request,
                          int64_t now_ns, struct identity *out)
{
    char name[48];
    struct str bearer = request->headers[HTTP_AUTHORIZATION], scheme;
    if (bearer.ptr) { /* with both, the cookie does not count: it may be there without anybody's
                         will */
        if (!str_cut(&bearer, ' ', &scheme) || !str_equal_nocase(scheme, STR("Bearer")))
            return err_set(ERR_REFUSED, "authorization is not a bearer token");
        return accounts_identify(&server->accounts, db, now_ns, (struct str){ NULL, 0 },
                                 str_trim(bearer), out);
    }
    struct str cookie =
        http_cookie(request->headers[HTTP_COOKIE], cookie_name(server, "if_session", name));
    return accounts_identify(&server->accounts, db, now_ns, cookie, (struct str){ NULL, 0 }, out);
}

static bool is_unsafe(enum http_method method)
{
    return method != HTTP_GET && method != HTTP_HEAD && method != HTTP_OPTIONS;
}

int problem_token(struct call *call)
{
    return problem(call, 403, "personal_token",
                   "a personal token cannot prove who you are: do this with a login of your own, "
                   "in the browser or by /api/v1/auth/login with kind access");
}

/* 0 to go on. */
static int check_access(struct call *call)
{
    const struct route *r = call->route;
    enum err err =
        request_identify(call->server, call->db, call->request, call->now_ns, &call->who);
    if (err && err != ERR_REFUSED && err != ERR_NOT_FOUND)
        return problem_of(call, err);
    call->is_known = !err;
    call->actor.user_id = call->is_known ? call->who.user_id : "";
    /* Requests that change something come from our own page, or carry a token that no page holds.
     */
    bool is_program = call->request->headers[HTTP_AUTHORIZATION].ptr != NULL;
    if (is_unsafe(r->method) && !is_program && !origin_is_ours(call->request))
        return problem(call, 403, "foreign_origin",
                       "this request comes from a page of another origin");
    if (r->access == ANYONE)
        return 0;
    if (!call->is_known)
        return problem(call, 401, "unauthenticated",
                       "log in, or send a token that has not run out");
    /* Browsers say where such a request comes from, and the token alone could have leaked. */
    if (is_unsafe(r->method) && call->who.is_browser && !call->request->headers[HTTP_ORIGIN].ptr)
        return problem(
            call, 403, "no_origin",
            "a cookie needs our own Origin beside it to change something; programs send a token");
    if (is_unsafe(r->method) && call->who.is_browser &&
        !keys_equal(call->request->headers[HTTP_CSRF_TOKEN], str_from(call->who.csrf)))
        return problem(
            call, 403, "csrf",
            "the header X-CSRF-Token is missing or not this session's: see /api/v1/auth/me");
    if (r->access >= 0 && !(call->who.permissions & PERMISSION_BIT(r->access)))
        return problem(call, 403, "forbidden",
                       "this needs the permission %s, which the role %s%s does not have",
                       permission_name((enum permission)r->access), call->who.role,
                       call->who.token_id[0] ? ", or this token," : "");
    bool is_proved = call->now_ns - call->who.auth_ns <= PROVED_SECONDS * INT64_C(1000000000) &&
                     (!call->who.has_totp || call->who.used_totp);
    if (r->flags & ROUTE_PROVED && !is_proved && call->who.token_id[0])
        return problem_token(call);
    if (r->flags & ROUTE_PROVED && !is_proved)
        return problem(
            call, 401, "step_up",
            "this needs a proof that is not older than 15 minutes: /api/v1/auth/step-up");
    return 0;
}

/* ---- what was sent --------------------------------------------------------------------------- */

static bool is_json_type(struct str type)
{
    struct str kind;
    return type.ptr && str_cut(&type, ';', &kind) &&
           str_equal_nocase(str_trim(kind), STR("application/json"));
}

/* 0 to go on. */
static int read_body(struct call *call, struct complaints *c)
{
    const struct http_request *request = call->request;
    if (!call->route->body)
        return request->body.len && !is_json_type(request->headers[HTTP_CONTENT_TYPE])
                   ? problem(call, 415, "media_type", "no body is asked for here")
                   : 0;
    if (!is_json_type(request->headers[HTTP_CONTENT_TYPE]))
        return problem(call, 415, "media_type", "send the body as application/json");
    json_error_t at;
    call->body = json_loadb(request->body.ptr ? request->body.ptr : "", request->body.len,
                            JSON_REJECT_DUPLICATES, &at);
    if (!call->body)
        return problem(call, 400, "not_json", "the body is not JSON: line %d, column %d: %s",
                       at.line, at.column, at.text);
    schema_check(c, call->route->body, call->body, "/body");
    return 0;
}

static int read_input(struct call *call)
{
    struct complaints c;
    complaints_init(&c);
    call->query =
        schema_query(&c, call->route->query, call->route->flags & ROUTE_LIST, call->request);
    int status = read_body(call, &c);
    if (!status && c.count)
        status = problem_fields(call, 422, &c);
    complaints_free(&c);
    return status;
}

/* ---- dressing the answer --------------------------------------------------------------------- */

void add_security_headers(const struct server *server, struct http_response *response)
{
    http_header_add(
        response, "Content-Security-Policy",
        "default-src 'self'; script-src 'self'; style-src 'self'; worker-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; form-action 'self'");
    http_header_add(response, "X-Content-Type-Options", "nosniff");
    http_header_add(response, "X-Frame-Options", "DENY");
    http_header_add(response, "Referrer-Policy", "no-referrer");
    http_header_add(response, "Cross-Origin-Opener-Policy", "same-origin");
    http_header_add(response, "Cross-Origin-Resource-Policy", "same-origin");
    if (server->options.tls_cert || server->options.behind_proxy)
        http_header_add(response, "Strict-Transport-Security", "max-age=31536000");
}

static bool is_listed(struct str header, struct str tag)
{
    struct str one;
    while (header.len && str_cut(&header, ',', &one)) {
        one = str_trim(one);
        if (str_starts_with(one, STR("W/")))
            one = str_slice(one, 2, one.len);
        if (str_equal(one, tag) || str_is(one, "*"))
            return true;
    }
    return false;
}

/* The same bytes have the same tag; who has them already is told so. */
static void add_etag(struct call *call)
{
    unsigned char hash[16];
    char tag[40], hex[33];
    struct http_response *r = call->response;
    crypto_generichash(hash, sizeof hash, (const unsigned char *)r->body.ptr, r->body.len, NULL, 0);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    int len = snprintf(tag, sizeof tag, "\"%s\"", hex);
    http_header_add(r, "ETag", tag);
    if (is_listed(call->request->headers[HTTP_IF_NONE_MATCH], (struct str){ tag, (size_t)len })) {
        r->status = 304;
        buf_clear(&r->body);
    }
}

static bool accepts_gzip(const struct http_request *request)
{
    struct str list = request->headers[HTTP_ACCEPT_ENCODING], one;
    while (list.len && str_cut(&list, ',', &one)) {
        struct str name, q = one;
        if (str_cut(&q, ';', &name) && str_is(str_trim(name), "gzip"))
            return !str_is(str_trim(q), "q=0");
    }
    return false;
}

static void pack(struct call *call)
{
    struct http_response *r = call->response;
    z_stream z = { 0 };
    if (deflateInit2(&z, 5, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    size_t bound = deflateBound(&z, r->body.len);
    struct buf packed = { 0 };
    packed.ptr = mem_grow(NULL, &packed.capacity, bound + 1, 1);
    z.next_in = (unsigned char *)r->body.ptr;
    z.avail_in = (unsigned)r->body.len;
    z.next_out = (unsigned char *)packed.ptr;
    z.avail_out = (unsigned)bound;
    bool ok = deflate(&z, Z_FINISH) == Z_STREAM_END;
    packed.len = z.total_out;
    deflateEnd(&z);
    if (!ok) {
        buf_free(&packed);
        return;
    }
    buf_free(&r->body);
    r->body = packed;
    http_header_add(r, "Content-Encoding", "gzip");
}

static void dress(struct call *call)
{
    struct http_response *r = call->response;
    bool is_read = call->route->method == HTTP_GET;
    add_security_headers(call->server, r);
    http_header_add(r, "Cache-Control",
                    is_read && r->status == 200 ? "private, no-cache" : "no-store");
    http_header_add(r, "Vary", "Accept-Encoding, Authorization, Cookie");
    if (is_read && r->status == 200)
        add_etag(call);
    if (r->body.len >= GZIP_BYTES_MIN && r->body.len < UINT32_MAX / 2 &&
        accepts_gzip(call->request))
        pack(call);
}

void call_run(struct server *server, struct db *db, struct http_exchange *exchange)
{
    unsigned allowed;
    struct call call = {
        .server = server,
        .exchange = exchange,
        .request = &exchange->request,
        .response = &exchange->response,
        .arena = &exchange->memory,
        .db = db,
        .now_ns = clock_wall_ns(),
        .json = { .out = &exchange->response.body },
    };
    struct str agent = str_slice(call.request->headers[HTTP_USER_AGENT], 0, 200);
    call.route = route_find(call.request->method, call.request->path, call.path_args, &allowed);
    MUST(call.route != NULL); /* it was found before the call was queued */
    call.actor =
        (struct actor){ .user_id = "",
                        .peer = peer_of(server, call.request, call.arena),
                        .request_id = call.request->id,
                        .agent = arena_strndup(call.arena, agent.ptr ? agent.ptr : "", agent.len),
                        .now_ns = call.now_ns };
    int status = check_access(&call);
    if (!status)
        status = read_input(&call);
    if (!status) {
        call.response->type =
            call.route->flags & ROUTE_RAW ? call.route->answer : "application/json";
        status = call.route->run(&call);
    }
    if (status == 204)
        call.response->type = NULL;
    call.response->status = status;
    json_decref(call.query);
    json_decref(call.body);
    dress(&call);
    int64_t took = clock_steady_ns() - call.request->begin_ns;
    metrics_count(&server->metrics, (size_t)(call.route - routes), call.response->status, took);
    log_info("http", "%s %s %.*s %d %lld us %s", call.request->id,
             http_method_name(call.request->method), STR_ARG(call.request->path),
             call.response->status, (long long)(took / 1000), call.actor.peer);
    http_answer(exchange);
}
