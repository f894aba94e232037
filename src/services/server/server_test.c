/* The server as its clients see it: over sockets, answers held to the schemas they promise. */
#include "services/server/server.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/zone.h"
#include "services/accounts/totp.h"
#include "services/server/server_int.h"
#include "services/simulate/simulate.h"
#include "tests/testing.h"
#include "tests/wire.h"

static struct arena arena = { .name = "test", .chunk_bytes = 65536 };

struct house {
    struct server *server;
    struct server_options options;
    pthread_t thread;
    int port;
    char setup[64];
};

struct client {
    int port;
    char cookies[1200], csrf[64], bearer[128];
    const char *extra; /* more headers, whole lines */
};

static void make_market(const struct server_options *o, int32_t to)
{
    struct simulate_options market = { .store = arena_printf(&arena, "%s/store", o->data), .symbols = "SPX", .from = 20240102,
                                       .to = to, .seed = 7, .threads = 1 };
    struct simulate_summary summary;
    CHECK_OK(simulate_run(&market, &summary));
}

struct reply {
    int status;
    json_t *json;
    struct wire_answer raw;
};

static void on_line(void *context, const char *line)
{
    struct house *h = context;
    const char *mark = strstr(line, "/setup#");
    if (mark)
        snprintf(h->setup, sizeof h->setup, "%.*s", (int)strcspn(mark + 7, " "), mark + 7);
}

static void *run(void *argument)
{
    server_run(argument);
    return NULL;
}

static void start(struct house *h)
{
    CHECK_OK(server_open(&h->server, &h->options));
    h->port = server_port(h->server);
    MUST(pthread_create(&h->thread, NULL, run, h->server) == 0);
}

static void open_house(struct house *h)
{
    *h = (struct house){ .options = { .data = testing_folder(), .bind = "127.0.0.1", .cost = password_cost_least,
                                      .program = IRONFLY_PROGRAM, .workers = 1, .announce = on_line, .announce_context = h } };
    CHECK_OK(zone_init());
    setenv("IRONFLY_STRATEGIES", IRONFLY_SOURCE_ROOT "/strategies", 1);
    start(h);
}

static void stop(struct house *h)
{
    server_stop(h->server);
    pthread_join(h->thread, NULL);
    server_close(h->server);
}

static void close_house(struct house *h)
{
    stop(h);
    arena_clear(&arena);
}

static void reply_free(struct reply *r)
{
    json_decref(r->json);
    wire_answer_free(&r->raw);
    *r = (struct reply){ 0 };
}

/* Every answer is what the document says it is. */
static void check_contract(const char *method, const char *target, const struct reply *r)
{
    struct str path = { target, strcspn(target, "?") }, args[PATH_ARGS_MAX];
    unsigned allowed;
    enum http_method m = HTTP_GET;
    while (m < HTTP_METHOD_COUNT && strcmp(http_method_name(m), method) != 0)
        m++;
    const struct route *route = route_find(m, path, args, &allowed);
    struct complaints c;
    complaints_init(&c);
    if (r->status >= 400 && r->json)
        schema_check(&c, "Problem", r->json, "");
    else if (route && r->json && !(route->flags & ROUTE_RAW) && route->answer && route->flags & ROUTE_LIST) {
        size_t i;
        json_t *item;
        json_array_foreach(json_object_get(r->json, "items"), i, item)
            schema_check(&c, route->answer, item, "/items");
    } else if (route && r->json && !(route->flags & ROUTE_RAW) && route->answer)
        schema_check(&c, route->answer, r->json, "");
    complaints_end(&c);
    if (c.count)
        fail_msg("%s %s: %s in %s", method, target, c.text.ptr, r->raw.body.ptr);
    complaints_free(&c);
}

static void take_cookies(struct client *c, const struct reply *r)
{
    struct str rest = buf_str(&r->raw.head), line;
    while (rest.len && str_cut(&rest, '\n', &line)) {
        struct str name, value;
        if (!str_cut(&line, ':', &name) || !str_equal_nocase(name, STR("set-cookie")))
            continue;
        line = str_trim(line);
        if (str_cut(&line, ';', &value) && strlen(c->cookies) + value.len + 3 < sizeof c->cookies)
            snprintf(c->cookies + strlen(c->cookies), sizeof c->cookies - strlen(c->cookies), "%s%.*s", c->cookies[0] ? "; " : "",
                     STR_ARG(value));
    }
}

static struct reply ask(struct client *c, const char *method, const char *target, const char *body)
{
    struct reply r = { 0 };
    struct buf headers = { 0 };
    if (c->cookies[0])
        buf_printf(&headers, "Cookie: %s\r\n", c->cookies);
    if (c->csrf[0] && strcmp(method, "GET") != 0)
        buf_printf(&headers, "X-CSRF-Token: %s\r\nOrigin: http://127.0.0.1:%d\r\n", c->csrf, c->port);
    if (c->bearer[0])
        buf_printf(&headers, "Authorization: Bearer %s\r\n", c->bearer);
    if (body)
        buf_puts(&headers, "Content-Type: application/json\r\n");
    if (c->extra)
        buf_puts(&headers, c->extra);
    wire_request(&r.raw, c->port, method, target, headers.ptr ? headers.ptr : "", body);
    r.status = r.raw.status;
    if (r.raw.body.len)
        r.json = json_loadb(r.raw.body.ptr, r.raw.body.len, 0, NULL);
    check_contract(method, target, &r);
    buf_free(&headers);
    return r;
}

static void expect(struct client *c, const char *method, const char *target, const char *body, int status)
{
    struct reply r = ask(c, method, target, body);
    if (r.status != status)
        fail_msg("%s %s is %d, not %d: %s", method, target, r.status, status, r.raw.body.ptr ? r.raw.body.ptr : "");
    reply_free(&r);
}

static const char *text_at(const struct reply *r, const char *name)
{
    const char *text = json_string_value(json_object_get(r->json, name));
    return text ? text : "";
}

static void enter(struct client *c, const struct reply *r)
{
    c->cookies[0] = '\0';
    take_cookies(c, r);
    const json_t *me = json_object_get(r->json, "me");
    const char *csrf = json_string_value(json_object_get(me, "csrf_token"));
    snprintf(c->csrf, sizeof c->csrf, "%s", csrf ? csrf : "");
}

static void log_in(struct client *c, const char *login, const char *password)
{
    char body[400];
    snprintf(body, sizeof body, "{\"login\":\"%s\",\"password\":\"%s\"}", login, password);
    struct reply r = ask(c, "POST", "/api/v1/auth/login", body);
    CHECK_EQ(r.status, 200);
    enter(c, &r);
    reply_free(&r);
}

/* The first admin, ann. */
static struct client set_up(struct house *h)
{
    struct client c = { .port = h->port };
    char body[300];
    snprintf(body, sizeof body, "{\"token\":\"%s\",\"login\":\"ann\",\"password\":\"seven green bicycles\"}", h->setup);
    struct reply r = ask(&c, "POST", "/api/v1/setup", body);
    CHECK_EQ(r.status, 201);
    enter(&c, &r);
    reply_free(&r);
    return c;
}

static struct client add_user(struct house *h, struct client *admin, const char *login, const char *role)
{
    struct client c = { .port = h->port };
    char body[300];
    snprintf(body, sizeof body, "{\"login\":\"%s\",\"password\":\"nine purple lanterns\",\"role\":\"%s\"}", login, role);
    expect(admin, "POST", "/api/v1/users", body, 201);
    log_in(&c, login, "nine purple lanterns");
    return c;
}

/* ---- first start, login --------------------------------------------------------------------- */

TEST(server, the_first_admin_is_made_once_and_by_who_saw_the_log)
{
    struct house h;
    open_house(&h);
    struct client c = { .port = h.port };
    CHECK_EQ(strlen(h.setup), 43);
    struct reply r = ask(&c, "GET", "/api/v1/setup", NULL);
    CHECK(json_is_true(json_object_get(r.json, "needed")));
    reply_free(&r);
    expect(&c, "POST", "/api/v1/setup", "{\"token\":\"guess\",\"login\":\"eve\",\"password\":\"seven green bicycles\"}", 403);
    char body[200];
    snprintf(body, sizeof body, "{\"token\":\"%s\",\"login\":\"ann\",\"password\":\"short\"}", h.setup);
    expect(&c, "POST", "/api/v1/setup", body, 422); /* and the token is still good */
    c = set_up(&h);
    expect(&c, "GET", "/api/v1/auth/me", NULL, 200);
    snprintf(body, sizeof body, "{\"token\":\"%s\",\"login\":\"eve\",\"password\":\"seven green bicycles\"}", h.setup);
    expect(&c, "POST", "/api/v1/setup", body, 409);
    stop(&h);
    h.setup[0] = '\0';
    start(&h); /* after a restart nobody is asked again, and the session goes on */
    CHECK_STR(h.setup, "");
    c.port = h.port;
    expect(&c, "GET", "/api/v1/auth/me", NULL, 200);
    close_house(&h);
}

TEST(server, strangers_get_401_everywhere_but_at_the_door)
{
    struct house h;
    open_house(&h);
    struct client c = { .port = h.port };
    static const char *const open[] = { "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/api/v1/setup" };
    FOR_EACH(path, open)
        expect(&c, "GET", *path, NULL, 200);
    char target[128];
    for (size_t i = 0; i < route_count; i++) {
        if (routes[i].access == ANYONE)
            continue;
        size_t n = 0;
        for (const char *p = routes[i].path; *p; p++) {
            if (*p == '{')
                p += strcspn(p, "}");
            target[n++] = *p == '}' ? 'x' : *p;
        }
        target[n] = '\0';
        struct reply r = ask(&c, http_method_name(routes[i].method), target, routes[i].body ? "{}" : NULL);
        if (r.status != 401)
            fail_msg("%s %s is %d to strangers", http_method_name(routes[i].method), target, r.status);
        reply_free(&r);
    }
    expect(&c, "GET", "/api/v1/none", NULL, 401);
    expect(&c, "GET", "/api/v2/none", NULL, 401);
    expect(&c, "POST", "/api/v1/orders", "{}", 401);
    expect(&c, "GET", "/none", NULL, 404);
    snprintf(c.bearer, sizeof c.bearer, "if_key_aaaaaaaaaaaaaaaa_%043d", 0);
    expect(&c, "GET", "/api/v1/positions", NULL, 401);
    c = set_up(&h);
    expect(&c, "GET", "/api/v1/positions", NULL, 503); /* known, but no desk runs here */
    expect(&c, "GET", "/api/v1/none", NULL, 404);
    expect(&c, "DELETE", "/api/v1/positions", NULL, 405);
    close_house(&h);
}

TEST(server, a_login_with_a_wrong_word_says_nothing_and_slows_down)
{
    struct house h;
    open_house(&h);
    struct client ann = set_up(&h), eve = { .port = h.port };
    struct reply no_user = ask(&eve, "POST", "/api/v1/auth/login", "{\"login\":\"nobody\",\"password\":\"x\"}");
    struct reply wrong = ask(&eve, "POST", "/api/v1/auth/login", "{\"login\":\"ann\",\"password\":\"x\"}");
    CHECK_EQ(no_user.status, 401);
    CHECK_EQ(wrong.status, 401);
    CHECK_STR(text_at(&no_user, "detail"), text_at(&wrong, "detail"));
    CHECK(wire_header(&wrong.raw, "set-cookie") == NULL);
    reply_free(&no_user);
    reply_free(&wrong);
    int last = 0;
    for (int i = 0; i < 12 && last != 429; i++) {
        struct reply r = ask(&eve, "POST", "/api/v1/auth/login", "{\"login\":\"ann\",\"password\":\"y\"}");
        last = r.status;
        if (last == 429)
            CHECK(wire_header(&r.raw, "retry-after") != NULL);
        reply_free(&r);
    }
    CHECK_EQ(last, 429);
    log_in(&ann, "ann", "seven green bicycles"); /* her browser is known: nobody locks her out */
    close_house(&h);
}

static void code_of(char out[8], const char *base32)
{
    unsigned char secret[40] = { 0 };
    uint64_t bits = 0;
    int have = 0;
    size_t n = 0;
    for (const char *c = base32; *c; c++) {
        bits = bits << 5 | (uint64_t)(*c >= 'A' ? *c - 'A' : *c - '2' + 26);
        if ((have += 5) >= 8)
            secret[n++] = (unsigned char)(bits >> (have -= 8));
    }
    snprintf(out, 8, "%06u", totp_code((struct str){ (char *)secret, n }, server_now_ns() / 1000000000 / 30, 6));
}

TEST(server, a_second_factor_is_needed_once_it_is_on)
{
    struct house h;
    char body[400], code[8];
    open_house(&h);
    struct client ann = set_up(&h), fresh = { .port = h.port };
    struct reply r = ask(&ann, "POST", "/api/v1/auth/totp/enrol", NULL);
    CHECK_EQ(r.status, 200);
    code_of(code, text_at(&r, "secret"));
    reply_free(&r);
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", code);
    r = ask(&ann, "POST", "/api/v1/auth/totp/confirm", body);
    CHECK_EQ(r.status, 200);
    const json_t *codes = json_object_get(r.json, "codes");
    CHECK_EQ(json_array_size(codes), RECOVERY_CODES);
    char recovery[32];
    snprintf(recovery, sizeof recovery, "%s", json_string_value(json_array_get(codes, 0)));
    reply_free(&r);
    r = ask(&fresh, "POST", "/api/v1/auth/login", "{\"login\":\"ann\",\"password\":\"seven green bicycles\"}");
    CHECK_STR(text_at(&r, "status"), "second_factor");
    CHECK(wire_header(&r.raw, "set-cookie") == NULL);
    char challenge[256];
    snprintf(challenge, sizeof challenge, "%s", text_at(&r, "challenge"));
    reply_free(&r);
    snprintf(body, sizeof body, "{\"challenge\":\"%s\",\"code\":\"%s\"}", challenge, code);
    expect(&fresh, "POST", "/api/v1/auth/second-factor", body, 401); /* the code was used to switch it on */
    snprintf(body, sizeof body, "{\"challenge\":\"%s\",\"code\":\"%s\"}", challenge, recovery);
    r = ask(&fresh, "POST", "/api/v1/auth/second-factor", body);
    CHECK_EQ(r.status, 200);
    enter(&fresh, &r);
    reply_free(&r);
    expect(&fresh, "GET", "/api/v1/auth/me", NULL, 200);
    expect(&ann, "POST", "/api/v1/auth/tokens", "{\"name\":\"x\",\"scopes\":\"market:read\"}", 401); /* came in without a code */
    expect(&fresh, "POST", "/api/v1/auth/tokens", "{\"name\":\"x\",\"scopes\":\"market:read\"}", 201);
    close_house(&h);
}

TEST(server, programs_renew_their_tokens_and_a_stolen_one_ends_them)
{
    struct house h;
    char body[200], first[100], second[100];
    open_house(&h);
    set_up(&h);
    struct client c = { .port = h.port };
    struct reply r = ask(&c, "POST", "/api/v1/auth/login",
                         "{\"login\":\"ann\",\"password\":\"seven green bicycles\",\"kind\":\"access\",\"scopes\":\"market:read\"}");
    CHECK_EQ(r.status, 200);
    CHECK(wire_header(&r.raw, "set-cookie") == NULL);
    snprintf(c.bearer, sizeof c.bearer, "%s", text_at(&r, "access_token"));
    snprintf(first, sizeof first, "%s", text_at(&r, "refresh_token"));
    reply_free(&r);
    expect(&c, "GET", "/api/v1/symbols", NULL, 200);
    expect(&c, "GET", "/api/v1/users", NULL, 403); /* the role may, this token may not */
    snprintf(body, sizeof body, "{\"refresh_token\":\"%s\"}", first);
    r = ask(&c, "POST", "/api/v1/auth/refresh", body);
    CHECK_EQ(r.status, 200);
    snprintf(c.bearer, sizeof c.bearer, "%s", text_at(&r, "access_token"));
    snprintf(second, sizeof second, "%s", text_at(&r, "refresh_token"));
    reply_free(&r);
    expect(&c, "GET", "/api/v1/symbols", NULL, 200);
    struct client thief = { .port = h.port };
    expect(&thief, "POST", "/api/v1/auth/refresh", body, 401);
    expect(&c, "GET", "/api/v1/symbols", NULL, 401);
    snprintf(body, sizeof body, "{\"refresh_token\":\"%s\"}", second);
    expect(&thief, "POST", "/api/v1/auth/refresh", body, 401);
    close_house(&h);
}

/* ---- attacks -------------------------------------------------------------------------------- */

TEST(server, a_foreign_page_can_do_nothing_with_our_cookie)
{
    struct house h;
    open_house(&h);
    struct client ann = set_up(&h), forged = ann;
    forged.csrf[0] = '\0'; /* cookies go along by themselves, the token does not */
    expect(&forged, "POST", "/api/v1/auth/logout", NULL, 403);
    snprintf(forged.csrf, sizeof forged.csrf, "%032d", 0);
    expect(&forged, "POST", "/api/v1/auth/logout", NULL, 403);
    struct client bare = { .port = h.port };
    bare.extra = "Origin: https://evil.example\r\n";
    expect(&bare, "POST", "/api/v1/auth/login", "{\"login\":\"ann\",\"password\":\"seven green bicycles\"}", 403);
    bare.extra = "Origin: null\r\n";
    expect(&bare, "POST", "/api/v1/auth/login", "{\"login\":\"ann\",\"password\":\"seven green bicycles\"}", 403);
    bare.extra = "Sec-Fetch-Site: cross-site\r\n";
    expect(&bare, "POST", "/api/v1/auth/login", "{\"login\":\"ann\",\"password\":\"seven green bicycles\"}", 403);
    /* A name that was pointed at us later. */
    int fd = wire_connect(h.port);
    struct wire_answer a = { 0 };
    static const char rebound[] = "GET /api/v1/setup HTTP/1.1\r\nHost: evil.example:8080\r\n\r\n";
    CHECK(wire_send(fd, rebound, strlen(rebound)));
    wire_read(fd, &a, false);
    CHECK_EQ(a.status, 421);
    wire_answer_free(&a);
    close(fd);
    expect(&ann, "POST", "/api/v1/auth/logout", NULL, 204);
    close_house(&h);
}

TEST(server, a_session_is_new_at_every_proof_and_dead_after_logout)
{
    struct house h;
    open_house(&h);
    struct client ann = set_up(&h), old = ann;
    struct client fixed = { .port = h.port };
    snprintf(fixed.cookies, sizeof fixed.cookies, "if_session=chosen-by-somebody-else");
    struct reply r = ask(&fixed, "POST", "/api/v1/auth/login", "{\"login\":\"ann\",\"password\":\"seven green bicycles\"}");
    CHECK_EQ(r.status, 200);
    CHECK(strstr(r.raw.head.ptr, "chosen-by-somebody-else") == NULL);
    CHECK_HAS(r.raw.head.ptr, "HttpOnly; SameSite=Strict");
    reply_free(&r);
    r = ask(&ann, "POST", "/api/v1/auth/step-up", "{\"password\":\"seven green bicycles\"}");
    CHECK_EQ(r.status, 200);
    enter(&ann, &r);
    reply_free(&r);
    expect(&old, "GET", "/api/v1/auth/me", NULL, 401);
    expect(&ann, "GET", "/api/v1/auth/me", NULL, 200);
    struct client copy = ann;
    expect(&ann, "POST", "/api/v1/auth/logout", NULL, 204);
    expect(&copy, "GET", "/api/v1/auth/me", NULL, 401);
    close_house(&h);
}

TEST(server, roles_hold_and_nobody_touches_what_is_somebody_elses)
{
    struct house h;
    char target[128];
    open_house(&h);
    struct client ann = set_up(&h), tom = add_user(&h, &ann, "tom", "trader"), vic = add_user(&h, &ann, "vic", "viewer"),
                  tim = add_user(&h, &ann, "tim", "trader");
    expect(&tom, "GET", "/api/v1/users", NULL, 403);
    expect(&tom, "GET", "/api/v1/audit", NULL, 403);
    expect(&vic, "GET", "/api/v1/orders", NULL, 200);
    expect(&vic, "POST", "/api/v1/desk/commands", "{\"command\":\"halt\",\"reason\":\"x\"}", 403);
    expect(&tom, "POST", "/api/v1/desk/commands", "{\"command\":\"halt\",\"reason\":\"x\"}", 503);
    expect(&vic, "POST", "/api/v1/backtests", "{\"strategy\":\"iron_condor\"}", 403);
    char change[64];
    struct reply everybody = ask(&ann, "GET", "/api/v1/users?limit=1", NULL); /* tim, the newest */
    snprintf(change, sizeof change, "/api/v1/users/%s", text_at(&everybody, "next"));
    reply_free(&everybody);
    expect(&tom, "PATCH", change, "{\"role\":\"admin\"}", 403);
    expect(&ann, "PATCH", change, "{\"role\":\"viewer\",\"disabled\":true}", 422);
    expect(&ann, "PATCH", change, "{\"role\":\"emperor\"}", 422);
    expect(&ann, "PATCH", change, "{\"role\":\"viewer\"}", 200);
    expect(&tim, "POST", "/api/v1/backtests", "{\"strategy\":\"iron_condor\"}", 403); /* at once */
    expect(&ann, "PATCH", change, "{\"role\":\"trader\"}", 200);
    expect(&vic, "POST", "/api/v1/users", "{\"login\":\"x\",\"password\":\"y\",\"role\":\"admin\"}", 403);
    struct reply r = ask(&tom, "POST", "/api/v1/auth/tokens", "{\"name\":\"mine\",\"scopes\":\"market:read\"}");
    CHECK_EQ(r.status, 201);
    snprintf(target, sizeof target, "/api/v1/auth/tokens/%s", text_at(&r, "id"));
    reply_free(&r);
    expect(&tim, "DELETE", target, NULL, 404);
    expect(&tom, "DELETE", target, NULL, 204);
    r = ask(&tom, "GET", "/api/v1/auth/sessions", NULL);
    snprintf(target, sizeof target, "/api/v1/auth/sessions/%s",
             json_string_value(json_object_get(json_array_get(json_object_get(r.json, "items"), 0), "id")));
    reply_free(&r);
    expect(&tim, "DELETE", target, NULL, 404);
    r = ask(&tom, "POST", "/api/v1/backtests", "{\"strategy\":\"iron_condor\"}");
    CHECK_EQ(r.status, 202);
    snprintf(target, sizeof target, "/api/v1/jobs/%s", text_at(&r, "id"));
    reply_free(&r);
    expect(&tim, "GET", target, NULL, 404);
    expect(&ann, "GET", target, NULL, 200);
    snprintf(target + strlen(target), sizeof target - strlen(target), "/cancel");
    expect(&tim, "POST", target, "{}", 404);
    expect(&tom, "PUT", "/api/v1/settings/layout", "{\"value\":{\"a\":[1,null]}}", 204);
    expect(&tim, "GET", "/api/v1/settings/layout", NULL, 404);
    r = ask(&tom, "GET", "/api/v1/settings/layout", NULL);
    CHECK_STR(r.raw.body.ptr, "{\"value\":{\"a\":[1,null]}}");
    reply_free(&r);
    expect(&tom, "PUT", "/api/v1/settings/..%2f..%2fetc", "{\"value\":1}", 401 + 3); /* the path folds away: nothing there */
    close_house(&h);
}

TEST(server, what_does_not_fit_the_schema_is_named_field_by_field)
{
    struct house h;
    open_house(&h);
    struct client ann = set_up(&h);
    static const struct {
        const char *target, *body;
        int status;
        const char *has;
    } cases[] = {
        { "/api/v1/backtests", "{", 400, "line 1" },
        { "/api/v1/backtests", "[]", 422, "not an object" },
        { "/api/v1/backtests", "{\"strategy\":\"a\",\"strategy\":\"b\"}", 400, "duplicate" },
        { "/api/v1/backtests", "{\"strategy\":1}", 422, "/body/strategy" },
        { "/api/v1/backtests", "{\"strategy\":\"x\",\"evil\":1}", 422, "/body/evil" },
        { "/api/v1/backtests", "{\"strategy\":\"x\",\"from\":\"2024-02-30\"}", 422, "YYYY-MM-DD" },
        { "/api/v1/backtests", "{\"strategy\":\"x\",\"parameters\":{\"a\":\"b\"}}", 422, "not a number" },
        { "/api/v1/backtests", "{\"strategy\":\"x\",\"fill\":\"cheat\"}", 422, "share mid natural" },
        { "/api/v1/backtests", "{\"strategy\":\"../../etc/passwd\"}", 422, "catalogue" },
        { "/api/v1/backtests", "{}", 422, "strategy" },
        { "/api/v1/backtests", "{\"strategy\":\"\\u0000\"}", 400, "u0000" },
        { "/api/v1/backtests", "{\"strategy\":\"x\",\"seed\":1e400}", 400, "" },
        { "/api/v1/imports", "{\"path\":\"../../../etc/passwd\"}", 422, "inbox" },
        { "/api/v1/imports", "{\"path\":\"/etc/passwd\"}", 422, "inbox" },
        { "/api/v1/imports", "{\"path\":\"a/../../b\"}", 422, "inbox" },
        { "/api/v1/strategies", "{\"name\":\"x\",\"text\":\"nonsense: [\"}", 422, "strategy:2" },
    };
    FOR_EACH(c, cases) {
        struct reply r = ask(&ann, "POST", c->target, c->body);
        if (r.status != c->status || !strstr(r.raw.body.ptr, c->has))
            fail_msg("%s %s: %d %s", c->target, c->body, r.status, r.raw.body.ptr);
        reply_free(&r);
    }
    expect(&ann, "GET", "/api/v1/users?limit=0", NULL, 422);
    expect(&ann, "GET", "/api/v1/users?limit=abc", NULL, 422);
    expect(&ann, "GET", "/api/v1/users?limit=1&limit=2", NULL, 422);
    expect(&ann, "GET", "/api/v1/users?evil=1", NULL, 422);
    expect(&ann, "GET", "/api/v1/users?after=%27%20OR%201%3D1%20--", NULL, 200); /* a row of that name: none */
    ann.extra = "Content-Type: text/plain\r\n";
    struct reply r = { 0 };
    char headers[1600];
    snprintf(headers, sizeof headers, "Cookie: %s\r\nX-CSRF-Token: %s\r\nContent-Type: text/plain\r\n", ann.cookies, ann.csrf);
    wire_request(&r.raw, h.port, "POST", "/api/v1/backtests", headers, "{\"strategy\":\"iron_condor\"}");
    CHECK_EQ(r.raw.status, 415);
    reply_free(&r);
    close_house(&h);
}

TEST(server, deep_and_large_bodies_are_refused_without_harm)
{
    struct house h;
    open_house(&h);
    struct client ann = set_up(&h);
    struct buf deep = { 0 };
    for (int i = 0; i < 200000; i++)
        buf_putc(&deep, '[');
    expect(&ann, "PUT", "/api/v1/settings/x", deep.ptr, 400);
    buf_clear(&deep);
    buf_puts(&deep, "{\"value\":\"");
    for (int i = 0; i < 70000; i++)
        buf_putc(&deep, 'x');
    buf_puts(&deep, "\"}");
    expect(&ann, "PUT", "/api/v1/settings/x", deep.ptr, 422);
    buf_clear(&deep);
    for (int i = 0; i < (1 << 20) + 1; i++)
        buf_putc(&deep, ' ');
    struct reply r = { 0 };
    wire_request(&r.raw, h.port, "PUT", "/api/v1/settings/x", "Content-Type: application/json\r\n", deep.ptr);
    CHECK_EQ(r.raw.status, 413);
    reply_free(&r);
    buf_free(&deep);
    expect(&ann, "GET", "/healthz", NULL, 200);
    close_house(&h);
}

TEST(server, text_comes_back_as_it_was_sent_and_never_as_markup_or_header)
{
    struct house h;
    open_house(&h);
    struct client ann = set_up(&h);
    expect(&ann, "PUT", "/api/v1/settings/note", "{\"value\":\"<script>alert(1)</script>\\r\\nSet-Cookie: x=y\"}", 204);
    struct reply r = ask(&ann, "GET", "/api/v1/settings/note", NULL);
    CHECK_STR(text_at(&r, "value"), "<script>alert(1)</script>\r\nSet-Cookie: x=y");
    CHECK(strstr(r.raw.head.ptr, "x=y") == NULL);
    CHECK_STR(wire_header(&r.raw, "content-type"), "application/json");
    CHECK_STR(wire_header(&r.raw, "x-content-type-options"), "nosniff");
    CHECK_HAS(wire_header(&r.raw, "content-security-policy"), "default-src 'self'");
    reply_free(&r);
    close_house(&h);
}

/* ---- reading -------------------------------------------------------------------------------- */

TEST(server, unchanged_answers_are_not_sent_again_and_large_ones_are_packed)
{
    struct house h;
    open_house(&h);
    struct client c = { .port = h.port };
    struct reply r = ask(&c, "GET", "/api/v1/openapi.json", NULL);
    size_t full = r.raw.body.len;
    CHECK_STR(json_string_value(json_object_get(r.json, "openapi")), "3.1.0");
    char tag[64], header[100];
    snprintf(tag, sizeof tag, "%s", wire_header(&r.raw, "etag"));
    reply_free(&r);
    snprintf(header, sizeof header, "If-None-Match: %s\r\n", tag);
    c.extra = header;
    r = ask(&c, "GET", "/api/v1/openapi.json", NULL);
    CHECK_EQ(r.status, 304);
    CHECK_EQ(r.raw.body.len, 0);
    reply_free(&r);
    c.extra = "Accept-Encoding: gzip\r\n";
    r = ask(&c, "GET", "/api/v1/openapi.json", NULL);
    CHECK_STR(wire_header(&r.raw, "content-encoding"), "gzip");
    CHECK(r.raw.body.len < full / 3);
    reply_free(&r);
    c.extra = NULL;
    r = ask(&c, "GET", "/metrics", NULL);
    CHECK_HAS(r.raw.body.ptr, "ironfly_http_answers_total{route=\"openapi\",status=\"2xx\"} 2");
    CHECK_HAS(r.raw.body.ptr, "ironfly_http_seconds_bucket{le=\"+Inf\"}");
    reply_free(&r);
    close_house(&h);
}

TEST(server, chains_of_the_store_are_read_with_vols_and_greeks)
{
    struct house h;
    open_house(&h);
    struct client ann = set_up(&h);
    expect(&ann, "GET", "/api/v1/symbols", NULL, 200); /* none yet */
    expect(&ann, "GET", "/api/v1/chains/SPX", NULL, 404);
    make_market(&h.options, 20240105);
    struct reply r = ask(&ann, "GET", "/api/v1/symbols", NULL);
    CHECK(json_array_size(json_object_get(r.json, "items")) >= 1);
    reply_free(&r);
    r = ask(&ann, "GET", "/api/v1/symbols/SPX/days?limit=2", NULL);
    CHECK_EQ(json_array_size(json_object_get(r.json, "items")), 2);
    char target[128];
    snprintf(target, sizeof target, "/api/v1/symbols/SPX/days?after=%s", text_at(&r, "next"));
    reply_free(&r);
    expect(&ann, "GET", target, NULL, 200);
    expect(&ann, "GET", "/api/v1/symbols/SPX/bars", NULL, 200);
    r = ask(&ann, "GET", "/api/v1/chains/SPX/expiries?day=2024-01-03", NULL);
    CHECK_EQ(r.status, 200);
    CHECK(json_array_size(json_object_get(r.json, "expiries")) > 1);
    reply_free(&r);
    r = ask(&ann, "GET", "/api/v1/chains/SPX?day=2024-01-03", NULL);
    CHECK_EQ(r.status, 200);
    const json_t *calls = json_object_get(r.json, "calls"), *strikes = json_object_get(r.json, "strikes_micros");
    size_t n = json_array_size(strikes);
    CHECK(n > 5);
    CHECK_EQ(json_array_size(json_object_get(calls, "delta")), n);
    double spot = json_number_value(json_object_get(r.json, "spot")), nearest = 1e9, delta = NAN;
    for (size_t i = 0; i < n; i++) { /* at the money a call has about half a delta */
        double strike = (double)json_integer_value(json_array_get(strikes, i)) / 1e6;
        if (fabs(strike - spot) < nearest) {
            nearest = fabs(strike - spot);
            delta = json_number_value(json_array_get(json_object_get(calls, "delta"), i));
        }
    }
    CHECK_NEAR(delta, 0.5, 0.15);
    reply_free(&r);
    expect(&ann, "GET", "/api/v1/chains/SPX?expiry=1999-01-15", NULL, 404);
    expect(&ann, "GET", "/api/v1/chains/..%2f..%2fetc", NULL, 404);
    expect(&ann, "GET", "/api/v1/chains/NOPE", NULL, 404);
    expect(&ann, "GET", "/api/v1/catalogue", NULL, 200);
    expect(&ann, "GET", "/api/v1/catalogue/iron_condor", NULL, 200);
    expect(&ann, "GET", "/api/v1/catalogue/%2e%2e%2fREADME", NULL, 404);
    close_house(&h);
}

/* ---- work ----------------------------------------------------------------------------------- */

static void wait_for(struct client *c, const char *id, const char *state)
{
    char target[64];
    snprintf(target, sizeof target, "/api/v1/jobs/%s", id);
    for (int i = 0; i < 600; i++) {
        struct reply r = ask(c, "GET", target, NULL);
        bool is_there = strcmp(text_at(&r, "state"), state) == 0, is_over = strcmp(text_at(&r, "state"), "failed") == 0;
        if (is_over && !is_there)
            fail_msg("job failed: %s", text_at(&r, "error"));
        reply_free(&r);
        if (is_there)
            return;
        usleep(50000);
    }
    struct reply r = ask(c, "GET", target, NULL);
    fail_msg("job %s never was %s: %s", id, state, r.raw.body.ptr);
}

TEST(server, a_backtest_runs_in_its_process_and_its_result_is_kept)
{
    struct house h;
    char id[32], target[96];
    open_house(&h);
    struct client ann = set_up(&h), tom = add_user(&h, &ann, "tom", "trader");
    make_market(&h.options, 20240131);
    tom.extra = "Idempotency-Key: once\r\n";
    struct reply r = ask(&tom, "POST", "/api/v1/backtests", "{\"strategy\":\"put_write\",\"seed\":3,\"from\":\"2024-01-02\"}");
    CHECK_EQ(r.status, 202);
    snprintf(id, sizeof id, "%s", text_at(&r, "id"));
    reply_free(&r);
    r = ask(&tom, "POST", "/api/v1/backtests", "{\"strategy\":\"put_write\",\"seed\":3,\"from\":\"2024-01-02\"}");
    CHECK_STR(text_at(&r, "id"), id); /* sent twice, run once */
    reply_free(&r);
    tom.extra = NULL;
    wait_for(&tom, id, "done");
    snprintf(target, sizeof target, "/api/v1/backtests/%s", id);
    expect(&ann, "GET", target, NULL, 200);
    snprintf(target, sizeof target, "/api/v1/backtests/%s/result", id);
    r = ask(&tom, "GET", target, NULL);
    CHECK_STR(text_at(&r, "schema"), "ironfly.backtest/1");
    reply_free(&r);
    expect(&tom, "GET", "/api/v1/backtests", NULL, 200);
    r = ask(&tom, "POST", "/api/v1/backtests", "{\"strategy\":\"no_such_strategy\"}");
    snprintf(id, sizeof id, "%s", text_at(&r, "id"));
    reply_free(&r);
    wait_for(&tom, id, "failed");
    snprintf(target, sizeof target, "/api/v1/backtests/%s", id);
    expect(&tom, "GET", target, NULL, 404);
    close_house(&h);
}

TEST(server, a_saved_strategy_has_versions_and_a_backtest_runs_the_one_of_then)
{
    struct house h;
    open_house(&h);
    struct client ann = set_up(&h), tom = add_user(&h, &ann, "tom", "trader");
    struct reply r = ask(&tom, "GET", "/api/v1/catalogue/put_write", NULL);
    json_t *body = json_pack("{s:s,s:O}", "name", "mine", "text", json_object_get(r.json, "text"));
    char *text = json_dumps(body, 0), target[96], job[200];
    reply_free(&r);
    r = ask(&tom, "POST", "/api/v1/strategies", text);
    CHECK_EQ(r.status, 201);
    snprintf(target, sizeof target, "/api/v1/strategies/%s", text_at(&r, "id"));
    snprintf(job, sizeof job, "{\"strategy_id\":\"%s\"}", text_at(&r, "id"));
    reply_free(&r);
    expect(&tom, "POST", "/api/v1/strategies", text, 409);
    json_object_del(body, "name");
    free(text);
    text = json_dumps(body, 0);
    expect(&tom, "POST", "/api/v1/strategies/check", text, 200);
    r = ask(&tom, "POST", "/api/v1/backtests", job);
    CHECK_EQ(json_integer_value(json_object_get(json_object_get(r.json, "spec"), "version")), 1);
    reply_free(&r);
    char versions[128];
    snprintf(versions, sizeof versions, "%s/versions", target);
    expect(&tom, "POST", versions, text, 201);
    r = ask(&tom, "GET", target, NULL);
    CHECK_EQ(json_integer_value(json_object_get(r.json, "version")), 2);
    reply_free(&r);
    expect(&tom, "GET", versions, NULL, 200);
    struct client tim = add_user(&h, &ann, "tim", "trader");
    expect(&tim, "POST", versions, text, 403);
    expect(&tim, "DELETE", target, NULL, 403);
    expect(&tom, "DELETE", target, NULL, 204);
    expect(&tom, "GET", target, NULL, 404);
    free(text);
    json_decref(body);
    close_house(&h);
}

TEST(server, a_job_is_cancelled_and_one_that_a_restart_cut_runs_again)
{
    struct house h;
    char first[32], second[32], target[96];
    open_house(&h);
    struct client ann = set_up(&h);
    static const char simulation[] = "{\"from\":\"2015-01-02\",\"to\":\"2024-06-28\",\"grid\":\"1m\",\"symbols\":\"SPX\"}";
    struct reply r = ask(&ann, "POST", "/api/v1/simulations", simulation);
    CHECK_EQ(r.status, 202);
    snprintf(first, sizeof first, "%s", text_at(&r, "id"));
    reply_free(&r);
    r = ask(&ann, "POST", "/api/v1/simulations", simulation); /* one at a time: it waits */
    snprintf(second, sizeof second, "%s", text_at(&r, "id"));
    reply_free(&r);
    wait_for(&ann, first, "running");
    stop(&h);
    start(&h);
    ann.port = h.port;
    wait_for(&ann, first, "running");
    snprintf(target, sizeof target, "/api/v1/jobs/%s", first);
    r = ask(&ann, "GET", target, NULL);
    CHECK_EQ(json_integer_value(json_object_get(r.json, "tries")), 2);
    reply_free(&r);
    const char *ids[] = { second, first };
    FOR_EACH(id, ids) {
        snprintf(target, sizeof target, "/api/v1/jobs/%s/cancel", *id);
        expect(&ann, "POST", target, NULL, 202);
        wait_for(&ann, *id, "cancelled");
        expect(&ann, "POST", target, NULL, 409);
    }
    close_house(&h);
}

/* ---- streams -------------------------------------------------------------------------------- */

static int open_socket(const struct client *c, int *fd)
{
    char headers[1400];
    snprintf(headers, sizeof headers, "Cookie: %s\r\nOrigin: http://127.0.0.1\r\n", c->cookies);
    *fd = wire_connect(c->port);
    return wire_socket_open(*fd, "/api/v1/stream", headers);
}

static json_t *next_message(int fd)
{
    struct buf frame = { 0 };
    int opcode = wire_socket_read(fd, &frame);
    json_t *json = opcode == 1 ? json_loadb(frame.ptr, frame.len, 0, NULL) : NULL;
    buf_free(&frame);
    return json;
}

static void say(int fd, const char *text)
{
    CHECK(wire_socket_send(fd, 1, text, strlen(text)));
}

static void check_member(const json_t *message, const char *name, const char *value)
{
    const char *text = json_string_value(json_object_get(message, name));
    if (!text || strcmp(text, value) != 0)
        fail_msg("%s is %s, not %s", name, text ? text : "not there", value);
}

TEST(server, a_socket_needs_a_login_and_our_own_origin)
{
    struct house h;
    int fd;
    open_house(&h);
    struct client ann = set_up(&h), nobody = { .port = h.port };
    CHECK_EQ(open_socket(&nobody, &fd), 401);
    close(fd);
    char headers[1400];
    snprintf(headers, sizeof headers, "Cookie: %s\r\nOrigin: https://evil.example\r\n", ann.cookies);
    fd = wire_connect(h.port);
    CHECK_EQ(wire_socket_open(fd, "/api/v1/stream", headers), 403);
    close(fd);
    fd = wire_connect(h.port);
    CHECK_EQ(wire_socket_open(fd, "/api/v1/elsewhere", headers), 404);
    close(fd);
    CHECK_EQ(open_socket(&ann, &fd), 101);
    close(fd);
    close_house(&h);
}

TEST(server, a_topic_sends_a_snapshot_then_what_changed_and_resumes)
{
    struct house h;
    int fd;
    char resume[64], text[200];
    open_house(&h);
    struct client ann = set_up(&h), tom = add_user(&h, &ann, "tom", "trader");
    hub_put(h.server->hub, TOPIC_JOBS, "a", "", STR("{\"n\":1}"));
    hub_put(h.server->hub, TOPIC_JOBS, "secret", "somebody", STR("{}"));
    CHECK_EQ(open_socket(&tom, &fd), 101);
    say(fd, "{\"op\":\"ping\",\"id\":7}");
    json_t *m = next_message(fd);
    check_member(m, "op", "pong");
    json_decref(m);
    say(fd, "{\"op\":\"subscribe\",\"topic\":\"nothing\"}");
    m = next_message(fd);
    check_member(m, "op", "error");
    json_decref(m);
    say(fd, "{\"op\":\"subscribe\",\"topic\":\"jobs\"}");
    m = next_message(fd);
    check_member(m, "kind", "snapshot");
    CHECK_EQ(json_array_size(json_object_get(m, "items")), 1); /* not somebody else's */
    json_int_t seq = json_integer_value(json_object_get(m, "seq"));
    json_decref(m);
    hub_put(h.server->hub, TOPIC_JOBS, "a", "", STR("{\"n\":2}"));
    m = next_message(fd);
    check_member(m, "kind", "delta");
    CHECK_EQ(json_integer_value(json_object_get(m, "from")), seq);
    snprintf(resume, sizeof resume, "%s", json_string_value(json_object_get(m, "resume")));
    json_decref(m);
    close(fd);

    for (int i = 3; i < 1000; i++) { /* while nobody listens */
        snprintf(text, sizeof text, "{\"n\":%d}", i);
        hub_put(h.server->hub, TOPIC_JOBS, "a", "", str_from(text));
    }
    hub_remove(h.server->hub, TOPIC_JOBS, "secret");
    hub_put(h.server->hub, TOPIC_JOBS, "b", "", STR("{}"));
    hub_remove(h.server->hub, TOPIC_JOBS, "b");
    CHECK_EQ(open_socket(&tom, &fd), 101);
    snprintf(text, sizeof text, "{\"op\":\"subscribe\",\"topic\":\"jobs\",\"resume\":\"%s\"}", resume);
    say(fd, text);
    m = next_message(fd);
    check_member(m, "kind", "delta");
    CHECK_EQ(json_array_size(json_object_get(m, "items")), 1); /* a thousand changes, one state */
    CHECK_EQ(json_integer_value(json_object_get(json_object_get(json_array_get(json_object_get(m, "items"), 0), "value"), "n")), 999);
    CHECK_EQ(json_array_size(json_object_get(m, "gone")), 1); /* b; the other was never his */
    json_decref(m);
    say(fd, "{\"op\":\"subscribe\",\"topic\":\"jobs\",\"resume\":\"0123456789abcdef.5\"}"); /* of another life */
    m = next_message(fd);
    check_member(m, "kind", "snapshot");
    json_decref(m);
    say(fd, "no json");
    struct buf frame = { 0 };
    CHECK_EQ(wire_socket_read(fd, &frame), 8);
    CHECK_EQ((unsigned char)frame.ptr[0] << 8 | (unsigned char)frame.ptr[1], 1008);
    buf_free(&frame);
    close(fd);
    close_house(&h);
}

TEST(server, a_stream_ends_when_its_login_does)
{
    struct house h;
    int fd;
    open_house(&h);
    struct client ann = set_up(&h);
    CHECK_EQ(open_socket(&ann, &fd), 101);
    expect(&ann, "POST", "/api/v1/auth/logout", NULL, 204);
    struct buf frame = { 0 };
    CHECK_EQ(wire_socket_read(fd, &frame), 8);
    CHECK_EQ((unsigned char)frame.ptr[0] << 8 | (unsigned char)frame.ptr[1], 4401);
    buf_free(&frame);
    close(fd);
    close_house(&h);
}

TEST(server, events_carry_the_same_topics)
{
    struct house h;
    char text[1600];
    open_house(&h);
    struct client ann = set_up(&h);
    hub_put(h.server->hub, TOPIC_ALERTS, "a", "", STR("{\"n\":1}"));
    int fd = wire_connect(h.port);
    snprintf(text, sizeof text, "GET /api/v1/events?topics=alerts,nothing HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n\r\n", ann.cookies);
    CHECK(wire_send(fd, text, strlen(text)));
    usleep(300000);
    stop(&h);
    struct wire_answer a = { 0 };
    wire_read(fd, &a, false);
    CHECK_STR(wire_header(&a, "content-type"), "text/event-stream");
    CHECK_HAS(a.body.ptr, "data: {\"topic\":\"alerts\",\"kind\":\"snapshot\"");
    wire_answer_free(&a);
    close(fd);
    start(&h);
    struct client nobody = { .port = h.port };
    expect(&nobody, "GET", "/api/v1/events?topics=alerts", NULL, 401);
    close_house(&h);
}

/* ---- the page, the trail, the rest ---------------------------------------------------------- */

TEST(server, the_page_is_served_with_tags_and_under_a_strict_policy)
{
    struct house h;
    const char *web = testing_folder();
    static const char index[] = "<!doctype html><title>x</title>";
    testing_file(web, "index.html", index, sizeof index - 1);
    MUST(system(arena_printf(&arena, "mkdir %s/assets && head -c 5000 /dev/zero | tr '\\0' 'a' > %s/assets/app-1.js", web, web)) == 0);
    h = (struct house){ .options = { .data = testing_folder(), .bind = "127.0.0.1", .cost = password_cost_least, .web = web,
                                     .program = IRONFLY_PROGRAM } };
    start(&h);
    struct client c = { .port = h.port };
    static const char *const places[] = { "/", "/chain/SPX", "/setup" };
    FOR_EACH(place, places) {
        struct reply r = ask(&c, "GET", *place, NULL);
        CHECK_EQ(r.status, 200);
        CHECK_STR(r.raw.body.ptr, index);
        CHECK_HAS(wire_header(&r.raw, "content-security-policy"), "frame-ancestors 'none'");
        CHECK_STR(wire_header(&r.raw, "cache-control"), "no-cache");
        reply_free(&r);
    }
    c.extra = "Accept-Encoding: br, gzip\r\n";
    struct reply r = ask(&c, "GET", "/assets/app-1.js", NULL);
    CHECK_STR(wire_header(&r.raw, "content-encoding"), "gzip");
    CHECK_HAS(wire_header(&r.raw, "cache-control"), "immutable");
    char header[128];
    snprintf(header, sizeof header, "If-None-Match: %s\r\n", wire_header(&r.raw, "etag"));
    reply_free(&r);
    c.extra = header;
    expect(&c, "GET", "/assets/app-1.js", NULL, 304);
    c.extra = NULL;
    expect(&c, "GET", "/assets/none.js", NULL, 404);
    expect(&c, "GET", "/..%2f..%2fetc/passwd", NULL, 200); /* a place of the page, not a file */
    expect(&c, "POST", "/", NULL, 404);
    close_house(&h);
}

TEST(server, what_happened_is_in_the_trail_and_the_trail_is_whole)
{
    struct house h;
    open_house(&h);
    struct client ann = set_up(&h);
    add_user(&h, &ann, "tom", "trader");
    struct reply r = ask(&ann, "GET", "/api/v1/audit?limit=2", NULL);
    CHECK_EQ(json_array_size(json_object_get(r.json, "items")), 2);
    char target[64];
    snprintf(target, sizeof target, "/api/v1/audit?after=%s", text_at(&r, "next"));
    reply_free(&r);
    expect(&ann, "GET", target, NULL, 200);
    r = ask(&ann, "GET", "/api/v1/audit/verify", NULL);
    CHECK(json_is_true(json_object_get(r.json, "whole")));
    CHECK_EQ(json_integer_value(json_object_get(r.json, "entries")), 4); /* ann made, in; tom made, in */
    reply_free(&r);
    close_house(&h);
}

TEST(server, one_data_folder_has_one_server)
{
    struct house h;
    struct server *second = NULL;
    open_house(&h);
    struct server_options o = h.options;
    CHECK_EQ(server_open(&second, &o), ERR_EXISTS);
    CHECK_HAS(err_detail(), "used by another ironfly");
    o.data = testing_folder();
    o.port = h.port;
    CHECK_EQ(server_open(&second, &o), ERR_EXISTS);
    CHECK_HAS(err_detail(), "taken by another program");
    o.data = "/proc/nowhere";
    CHECK_EQ(server_open(&second, &o), ERR_REFUSED);
    close_house(&h);
}

/* ---- all at once ---------------------------------------------------------------------------- */

struct crowd {
    struct house *h;
    struct client client;
    int number, failed;
};

static void *read_and_write(void *argument)
{
    struct crowd *c = argument;
    char target[64], body[64];
    struct wire_answer a = { 0 };
    for (int i = 0; i < 40; i++) {
        char headers[1600];
        snprintf(headers, sizeof headers, "Cookie: %s\r\nX-CSRF-Token: %s\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n",
                 c->client.cookies, c->client.csrf);
        snprintf(target, sizeof target, "/api/v1/settings/s%d", c->number);
        snprintf(body, sizeof body, "{\"value\":%d}", i);
        wire_request(&a, c->client.port, "PUT", target, headers, body);
        c->failed += a.status != 204;
        wire_request(&a, c->client.port, "GET", target, headers, NULL);
        c->failed += a.status != 200 || strncmp(a.body.ptr, body, a.body.len) != 0;
        wire_request(&a, c->client.port, "GET", i % 2 ? "/api/v1/openapi.json" : "/metrics", headers, NULL);
        c->failed += a.status != 200;
        snprintf(body, sizeof body, "{\"n\":%d}", i);
        hub_put(c->h->server->hub, TOPIC_ALERTS, target, "", str_from(body));
    }
    wire_answer_free(&a);
    return NULL;
}

/* Merges what it is sent until all writers have said their last word. */
static void *listen_well(void *argument)
{
    struct crowd *c = argument;
    int fd, done = 0;
    json_int_t seq = -1;
    if (open_socket(&c->client, &fd) != 101) {
        c->failed++;
        return NULL;
    }
    say(fd, "{\"op\":\"subscribe\",\"topic\":\"alerts\"}");
    while (done < 4) {
        json_t *m = next_message(fd), *item;
        size_t i;
        if (!m) {
            c->failed++;
            break;
        }
        c->failed += seq >= 0 && json_integer_value(json_object_get(m, "from")) != seq;
        seq = json_integer_value(json_object_get(m, "seq"));
        json_array_foreach(json_object_get(m, "items"), i, item)
            done += json_integer_value(json_object_get(json_object_get(item, "value"), "n")) == 39;
        json_decref(m);
    }
    close(fd);
    return NULL;
}

TEST(server, many_clients_at_once_each_get_their_own_and_nothing_is_missed)
{
    struct house h;
    struct crowd crowd[12];
    pthread_t threads[12];
    open_house(&h);
    struct client ann = set_up(&h);
    for (int i = 0; i < 12; i++) {
        crowd[i] = (struct crowd){ &h, ann, i, 0 };
        MUST(pthread_create(&threads[i], NULL, i < 8 ? listen_well : read_and_write, &crowd[i]) == 0);
    }
    for (int i = 11; i >= 0; i--) {
        pthread_join(threads[i], NULL);
        CHECK_EQ(crowd[i].failed, 0);
    }
    close_house(&h);
}

TEST(server, the_document_of_programs_is_the_one_in_docs)
{
    struct buf text = { 0 };
    openapi_markdown(&text);
    FILE *file = fopen(IRONFLY_SOURCE_ROOT "/docs/api.md", "rb");
    CHECK(file != NULL);
    char *kept = arena_alloc(&arena, 1 << 20);
    size_t len = fread(kept, 1, (1 << 20) - 1, file);
    fclose(file);
    if (!str_equal((struct str){ kept, len }, buf_str(&text)))
        fail_msg("docs/api.md is old: ironfly serve --api-page > docs/api.md");
    buf_free(&text);
    arena_clear(&arena);
}
