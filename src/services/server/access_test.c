/* Who comes in, who does not, and what strangers can do. */
#include "services/server/house_test.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "services/accounts/totp.h"

/* ---- first start, login ---------------------------------------------------------------------- */

TEST(server, the_first_admin_is_made_once_and_by_who_saw_the_log)
{
    struct house h;
    open_house(&h);
    struct client c = { .port = h.port };
    CHECK_EQ(strlen(h.setup), 43);
    struct reply r = ask(&c, "GET", "/api/v1/setup", NULL);
    CHECK(json_is_true(json_object_get(r.json, "needed")));
    reply_free(&r);
    expect(&c, "POST", "/api/v1/setup",
           "{\"token\":\"guess\",\"login\":\"eve\",\"password\":\"seven green bicycles\"}", 403);
    char body[200];
    snprintf(body, sizeof body, "{\"token\":\"%s\",\"login\":\"ann\",\"password\":\"short\"}",
             h.setup);
    expect(&c, "POST", "/api/v1/setup", body, 422); /* and the token is still good */
    c = set_up(&h);
    expect(&c, "GET", "/api/v1/auth/me", NULL, 200);
    snprintf(body, sizeof body,
             "{\"token\":\"%s\",\"login\":\"eve\",\"password\":\"seven green bicycles\"}", h.setup);
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
    static const char *const open[] = { "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json",
                                        "/api/v1/setup" };
    FOR_EACH (path, open)
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
        struct reply r =
            ask(&c, http_method_name(routes[i].method), target, routes[i].body ? "{}" : NULL);
        if (r.status != 401)
            fail_msg("%s %s is %d to strangers", http_method_name(routes[i].method), target,
                     r.status);
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
    struct reply no_user =
        ask(&eve, "POST", "/api/v1/auth/login", "{\"login\":\"nobody\",\"password\":\"x\"}");
    struct reply wrong =
        ask(&eve, "POST", "/api/v1/auth/login", "{\"login\":\"ann\",\"password\":\"x\"}");
    CHECK_EQ(no_user.status, 401);
    CHECK_EQ(wrong.status, 401);
    CHECK_STR(text_at(&no_user, "detail"), text_at(&wrong, "detail"));
    CHECK(wire_header(&wrong.raw, "set-cookie") == NULL);
    reply_free(&no_user);
    reply_free(&wrong);
    int last = 0;
    for (int i = 0; i < 12 && last != 429; i++) {
        struct reply r =
            ask(&eve, "POST", "/api/v1/auth/login", "{\"login\":\"ann\",\"password\":\"y\"}");
        last = r.status;
        if (last == 429)
            CHECK_EQ(json_integer_value(json_object_get(r.json, "retry_after")),
                     atoi(wire_header(&r.raw, "retry-after")));
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
    snprintf(out, 8, "%06u",
             totp_code((struct str){ (char *)secret, n }, clock_wall_ns() / 1000000000 / 30, 6));
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
    r = ask(&fresh, "POST", "/api/v1/auth/login",
            "{\"login\":\"ann\",\"password\":\"seven green bicycles\"}");
    CHECK_STR(text_at(&r, "status"), "second_factor");
    CHECK(wire_header(&r.raw, "set-cookie") == NULL);
    char challenge[256];
    snprintf(challenge, sizeof challenge, "%s", text_at(&r, "challenge"));
    reply_free(&r);
    snprintf(body, sizeof body, "{\"challenge\":\"%s\",\"code\":\"%s\"}", challenge, code);
    expect(&fresh, "POST", "/api/v1/auth/second-factor", body,
           401); /* the code was used to switch it on */
    snprintf(body, sizeof body, "{\"challenge\":\"%s\",\"code\":\"%s\"}", challenge, recovery);
    r = ask(&fresh, "POST", "/api/v1/auth/second-factor", body);
    CHECK_EQ(r.status, 200);
    enter(&fresh, &r);
    reply_free(&r);
    expect(&fresh, "GET", "/api/v1/auth/me", NULL, 200);
    expect(&ann, "POST", "/api/v1/auth/tokens", "{\"name\":\"x\",\"scopes\":\"market:read\"}",
           401); /* came in without a code */
    expect(&fresh, "POST", "/api/v1/auth/tokens", "{\"name\":\"x\",\"scopes\":\"market:read\"}",
           201);
    close_house(&h);
}

TEST(server, programs_renew_their_tokens_and_a_stolen_one_ends_them)
{
    struct house h;
    char body[200], first[100], second[100];
    open_house(&h);
    set_up(&h);
    struct client c = { .port = h.port };
    struct reply r = ask(
        &c, "POST", "/api/v1/auth/login",
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

/* ---- attacks --------------------------------------------------------------------------------- */

TEST(server, a_foreign_page_can_do_nothing_with_our_cookie)
{
    struct house h;
    open_house(&h);
    struct client ann = set_up(&h), forged = ann;
    forged.csrf[0] = '\0'; /* cookies go along by themselves, the token does not */
    expect(&forged, "POST", "/api/v1/auth/logout", NULL, 403);
    snprintf(forged.csrf, sizeof forged.csrf, "%032d", 0);
    expect(&forged, "POST", "/api/v1/auth/logout", NULL, 403);
    struct wire_answer alone = { 0 };
    wire_request(
        &alone, h.port, "POST", "/api/v1/auth/logout",
        arena_printf(&test_arena, "Cookie: %s\r\nX-CSRF-Token: %s\r\n", ann.cookies, ann.csrf),
        NULL); /* the right token, and nothing says where from */
    CHECK_EQ(alone.status, 403);
    CHECK_HAS(alone.body.ptr, "\"code\":\"no_origin\"");
    wire_answer_free(&alone);
    struct client bare = { .port = h.port };
    bare.extra = "Origin: https://evil.example\r\n";
    expect(&bare, "POST", "/api/v1/auth/login",
           "{\"login\":\"ann\",\"password\":\"seven green bicycles\"}", 403);
    bare.extra = "Origin: null\r\n";
    expect(&bare, "POST", "/api/v1/auth/login",
           "{\"login\":\"ann\",\"password\":\"seven green bicycles\"}", 403);
    bare.extra = "Sec-Fetch-Site: cross-site\r\n";
    expect(&bare, "POST", "/api/v1/auth/login",
           "{\"login\":\"ann\",\"password\":\"seven green bicycles\"}", 403);
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
    struct reply r = ask(&fixed, "POST", "/api/v1/auth/login",
                         "{\"login\":\"ann\",\"password\":\"seven green bicycles\"}");
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
    struct client ann = set_up(&h), tom = add_user(&h, &ann, "tom", "trader"),
                  vic = add_user(&h, &ann, "vic", "viewer"),
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
    expect(&vic, "POST", "/api/v1/users", "{\"login\":\"x\",\"password\":\"y\",\"role\":\"admin\"}",
           403);
    struct reply r =
        ask(&tom, "POST", "/api/v1/auth/tokens", "{\"name\":\"mine\",\"scopes\":\"market:read\"}");
    CHECK_EQ(r.status, 201);
    snprintf(target, sizeof target, "/api/v1/auth/tokens/%s", text_at(&r, "id"));
    struct client program = { .port = h.port };
    snprintf(program.bearer, sizeof program.bearer, "%s", text_at(&r, "token"));
    reply_free(&r);
    r = ask(&program, "POST", "/api/v1/auth/tokens", "{\"name\":\"x\",\"scopes\":\"market:read\"}");
    CHECK_EQ(r.status, 403); /* not to a step-up, which it cannot do */
    CHECK_STR(text_at(&r, "code"), "personal_token");
    reply_free(&r);
    r = ask(&program, "POST", "/api/v1/auth/step-up", "{\"password\":\"nine purple lanterns\"}");
    CHECK_EQ(r.status, 403);
    CHECK_STR(text_at(&r, "code"), "personal_token");
    reply_free(&r);
    r = ask(&ann, "GET", "/api/v1/audit?event=auth.step_up_failed", NULL);
    CHECK_EQ(json_array_size(json_object_get(r.json, "items")), 0);
    reply_free(&r);
    expect(&tim, "DELETE", target, NULL, 404);
    expect(&tom, "DELETE", target, NULL, 204);
    r = ask(&tom, "GET", "/api/v1/auth/sessions", NULL);
    snprintf(target, sizeof target, "/api/v1/auth/sessions/%s",
             json_string_value(
                 json_object_get(json_array_get(json_object_get(r.json, "items"), 0), "id")));
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
    r = ask(&tim, "GET", "/api/v1/settings/layout",
            NULL); /* each has keys of his own, and nothing under this one */
    CHECK_STR(r.raw.body.ptr, "{\"value\":null}");
    reply_free(&r);
    r = ask(&tom, "GET", "/api/v1/settings/layout", NULL);
    CHECK_STR(r.raw.body.ptr, "{\"value\":{\"a\":[1,null]}}");
    reply_free(&r);
    expect(&tom, "PUT", "/api/v1/settings/..%2f..%2fetc", "{\"value\":1}",
           401 + 3); /* the path folds away: nothing there */
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
        { "/api/v1/backtests", "{\"strategy\":\"x\",\"parameters\":{\"a\":\"b\"}}", 422,
          "not a number" },
        { "/api/v1/backtests", "{\"strategy\":\"x\",\"fill\":\"cheat\"}", 422,
          "share mid natural" },
        { "/api/v1/backtests", "{\"strategy\":\"../../etc/passwd\"}", 422, "catalogue" },
        { "/api/v1/backtests", "{}", 422, "strategy" },
        { "/api/v1/backtests", "{\"strategy\":\"\\u0000\"}", 400, "u0000" },
        { "/api/v1/backtests", "{\"strategy\":\"x\",\"seed\":1e400}", 400, "" },
        { "/api/v1/imports", "{\"path\":\"../../../etc/passwd\"}", 422, "inbox" },
        { "/api/v1/imports", "{\"path\":\"/etc/passwd\"}", 422, "inbox" },
        { "/api/v1/imports", "{\"path\":\"a/../../b\"}", 422, "inbox" },
        { "/api/v1/strategies", "{\"name\":\"x\",\"text\":\"nonsense: [\"}", 422, "strategy:2" },
    };
    FOR_EACH (c, cases) {
        struct reply r = ask(&ann, "POST", c->target, c->body);
        if (r.status != c->status || !strstr(r.raw.body.ptr, c->has))
            fail_msg("%s %s: %d %s", c->target, c->body, r.status, r.raw.body.ptr);
        reply_free(&r);
    }
    expect(&ann, "GET", "/api/v1/users?limit=0", NULL, 422);
    expect(&ann, "GET", "/api/v1/users?limit=abc", NULL, 422);
    expect(&ann, "GET", "/api/v1/users?limit=1&limit=2", NULL, 422);
    expect(&ann, "GET", "/api/v1/users?evil=1", NULL, 422);
    expect(&ann, "GET", "/api/v1/users?after=%27%20OR%201%3D1%20--", NULL,
           200); /* a row of that name: none */
    ann.extra = "Content-Type: text/plain\r\n";
    struct reply r = { 0 };
    char headers[1600];
    snprintf(headers, sizeof headers,
             "Cookie: %s\r\nX-CSRF-Token: %s\r\nOrigin: http://127.0.0.1:%d\r\n"
             "Content-Type: text/plain\r\n",
             ann.cookies, ann.csrf, h.port);
    wire_request(&r.raw, h.port, "POST", "/api/v1/backtests", headers,
                 "{\"strategy\":\"iron_condor\"}");
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
    wire_request(&r.raw, h.port, "PUT", "/api/v1/settings/x", "Content-Type: application/json\r\n",
                 deep.ptr);
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
    expect(&ann, "PUT", "/api/v1/settings/note",
           "{\"value\":\"<script>alert(1)</script>\\r\\nSet-Cookie: x=y\"}", 204);
    struct reply r = ask(&ann, "GET", "/api/v1/settings/note", NULL);
    CHECK_STR(text_at(&r, "value"), "<script>alert(1)</script>\r\nSet-Cookie: x=y");
    CHECK(strstr(r.raw.head.ptr, "x=y") == NULL);
    CHECK_STR(wire_header(&r.raw, "content-type"), "application/json");
    CHECK_STR(wire_header(&r.raw, "x-content-type-options"), "nosniff");
    CHECK_HAS(wire_header(&r.raw, "content-security-policy"), "default-src 'self'");
    reply_free(&r);
    close_house(&h);
}
