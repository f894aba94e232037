/*
 * What strangers, colleagues and foreign pages try, on every row of the table of routes and of
 * schemas: a row that is added later is tried too, and one with an identity in its path fails here
 * until somebody has said whose things it names.
 */
#include <stdlib.h>
#include <unistd.h>

#include "services/server/desk_house_test.h"

#include "base/clock.h"

/* The path of a route with text in its place. */
static const char *path_with(const struct route *route, const char *text)
{
    const char *open = strchr(route->path, '{');
    if (!open)
        return route->path;
    return arena_printf(&test_arena, "%.*s%s%s", (int)(open - route->path), route->path, text,
                        strchr(open, '}') + 1);
}

/* ---- a body that fits ------------------------------------------------------------------------ */

/* A text of a schema that is to be something else. */
struct swap {
    const char *schema, *field, *text;
    bool has_met;
};

static json_t *sample_of(const char *schema, struct swap *swap);

static json_t *first_word(const char *words)
{
    return json_stringn(words, strcspn(words, " "));
}

static json_t *sample_field(const struct field *f, struct swap *swap)
{
    if (swap && strcmp(f->schema, swap->schema) == 0 && strcmp(f->name, swap->field) == 0) {
        swap->has_met = true;
        return json_string(swap->text);
    }
    switch (f->kind) {
    case KIND_TEXT:
        return f->ref ? first_word(f->ref) : json_string("aaaaaaaaaaaa");
    case KIND_WHOLE:
        return json_integer(f->min > 0 ? f->min : 1);
    case KIND_NUMBER:
        return json_real(1);
    case KIND_BOOL:
        return json_true();
    case KIND_DAY:
        return json_string("2024-01-03");
    case KIND_NANOS:
    case KIND_MICROS:
        return json_integer(1000000);
    case KIND_OBJECT:
        return sample_of(f->ref, swap);
    case KIND_LIST:
        return json_pack("[o]", strcmp(f->ref, "text") == 0     ? json_string("x")
                                : strcmp(f->ref, "number") == 0 ? json_real(1)
                                                                : sample_of(f->ref, swap));
    case KIND_NUMBERS:
        return json_object();
    case KIND_ANY:
        return swap && strcmp(f->schema, swap->schema) == 0 ? json_string(swap->text)
                                                            : json_integer(1);
    }
    return json_null();
}

static json_t *sample_of(const char *schema, struct swap *swap)
{
    json_t *object = json_object();
    for (size_t i = 0; i < schema_field_count; i++) {
        const struct field *f = &schema_fields[i];
        bool is_swapped =
            swap && strcmp(f->schema, swap->schema) == 0 && strcmp(f->name, swap->field) == 0;
        if (strcmp(f->schema, schema) == 0 &&
            (f->need == FIELD_NEED || is_swapped || f->kind == KIND_LIST))
            json_object_set_new(object, f->name, sample_field(f, swap));
    }
    return object;
}

static const char *body_of(const struct route *route, struct swap *swap)
{
    if (!route->body)
        return route->method == HTTP_GET || route->method == HTTP_DELETE ? NULL : "{}";
    json_t *json = sample_of(route->body, swap);
    char *text = json_dumps(json, 0);
    const char *kept = arena_strdup(&test_arena, text);
    free(text);
    json_decref(json);
    return kept;
}

/* ---- whose is it? ---------------------------------------------------------------------------- */

enum whose {
    MINE,  /* another who may do the same to his own is refused, and nothing changes */
    OURS,  /* a thing of the whole desk: who has the permission may */
    WORLD, /* no thing of anybody: a symbol, a name of the catalogue */
};

/* What the identity of each path names. */
static const struct {
    const char *route;
    enum whose whose;
    const char *what;
} identities[] = {
    { "session_end", MINE, "session" },
    { "token_end", MINE, "token" },
    { "user_change", OURS, "user" },
    { "setting", MINE, "setting" },
    { "setting_put", MINE, "setting" },
    { "days", WORLD, "SPX" },
    { "bars", WORLD, "SPX" },
    { "expiries", WORLD, "SPX" },
    { "chain", WORLD, "SPX" },
    { "catalogue_entry", WORLD, "iron_condor" },
    { "strategy", OURS, "strategy" },
    { "strategy_archive", MINE, "strategy" },
    { "strategy_versions", OURS, "strategy" },
    { "strategy_revise", MINE, "strategy" },
    { "backtest", OURS, "backtest" },
    { "backtest_result", OURS, "backtest" },
    { "backtest_delete", MINE, "backtest" },
    { "job", MINE, "job" },
    { "job_cancel", MINE, "job" },
    { "arm_again", MINE, "armed" },
    { "disarm", MINE, "armed" },
    { "intraday", WORLD, "SPX" },
    { "surface", WORLD, "SPX" },
    { "order", OURS, "order" },
    { "order_replace", MINE, "order" },
    { "order_cancel", MINE, "order" },
    { "position_close", MINE, "position" },
    { "alert_seen", MINE, "alert" },
    { "picture", OURS, "picture" },
    { "picture_forget", OURS, "picture" },
};

/* Tom's things, by what they are. */
struct things {
    char of[12][40];
};
static const char *const kinds[] = { "session",  "token",    "user", "setting",
                                     "strategy", "backtest", "job",  "armed",
                                     "order",    "position", "alert" };

static char *thing(struct things *t, const char *what)
{
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
        if (strcmp(kinds[i], what) == 0)
            return t->of[i];
    fail_msg("nothing is known of a %s", what);
    return NULL;
}

static void keep(struct things *t, const char *what, const char *id)
{
    snprintf(thing(t, what), sizeof t->of[0], "%s", id);
}

static void made(struct things *t, const char *what, struct reply r, int status, const char *member)
{
    if (r.status != status)
        fail_msg("a %s: %d %s", what, r.status, r.raw.body.ptr);
    keep(t, what, text_at(&r, member));
    reply_free(&r);
}

static void await_job(struct client *c, const char *id)
{
    for (int i = 0; i < 1500; i++) {
        json_t *job = get(c, arena_printf(&test_arena, "/api/v1/jobs/%s", id));
        bool is_done = strcmp(text_of(job, "state"), "done") == 0;
        json_decref(job);
        if (is_done)
            return;
        usleep(20000);
    }
    fail_msg("job %s is not done", id);
}

static void make_things(struct house *h, struct client *tom, const struct spread *s,
                        struct things *t)
{
    struct reply r = ask(tom, "GET", "/api/v1/auth/me", NULL);
    keep(t, "user", text_at(&r, "user_id"));
    reply_free(&r);
    r = ask(tom, "GET", "/api/v1/auth/sessions", NULL);
    keep(t, "session", text_of(json_array_get(json_object_get(r.json, "items"), 0), "id"));
    reply_free(&r);
    made(t, "token",
         ask(tom, "POST", "/api/v1/auth/tokens", "{\"name\":\"mine\",\"scopes\":\"market:read\"}"),
         201, "id");
    expect(tom, "PUT", "/api/v1/settings/toms", "{\"value\":\"secret\"}", 204);
    keep(t, "setting", "toms");
    r = ask(tom, "GET", "/api/v1/catalogue/put_write", NULL);
    json_t *body = json_pack("{s:s,s:O}", "name", "toms", "text", json_object_get(r.json, "text"));
    char *text = json_dumps(body, 0);
    reply_free(&r);
    made(t, "strategy", ask(tom, "POST", "/api/v1/strategies", text), 201, "id");
    free(text);
    json_decref(body);
    made(t, "job",
         ask(tom, "POST", "/api/v1/backtests",
             "{\"strategy\":\"put_write\",\"from\":\"2024-01-02\"}"),
         202, "id");
    await_job(tom, thing(t, "job"));
    keep(t, "backtest", thing(t, "job"));
    made(t, "armed",
         ask(tom, "POST", "/api/v1/desk/strategies",
             "{\"strategy\":\"iron_condor\",\"symbol\":\"SPX\"}"),
         201, "id");
    r = send_order(tom, s, s->far, NULL);
    check_status(&r, 201);
    snprintf(thing(t, "order"), 40, "%lld", (long long)whole_of(r.json, "id"));
    reply_free(&r);
    json_decref(await_order(tom, atoll(thing(t, "order")), "working"));
    r = send_order(tom, s, "\"type\":\"market\"", NULL);
    check_status(&r, 201);
    json_int_t trade = whole_of(r.json, "trade_id"), id = whole_of(r.json, "id");
    reply_free(&r);
    json_decref(await_order(tom, id, "filled"));
    json_decref(await_position(tom, trade, true));
    snprintf(thing(t, "position"), 40, "t%lld", (long long)trade);
    const struct db_alert alert = { .id = "a1a1a1a1a1a1a1a1",
                                    .owner_id = thing(t, "user"),
                                    .level = "info",
                                    .source = "test",
                                    .text = "for tom alone",
                                    .created_ns = clock_wall_ns() };
    struct db *db;
    CHECK_OK(db_open(&db, h->server->db_path));
    CHECK_OK(db_alert_add(db, &alert));
    db_close(db);
    keep(t, "alert", alert.id);
}

static const char *fitting_body(const struct route *route, const struct spread *s)
{
    if (strcmp(route->id, "order_replace") == 0)
        return arena_printf(&test_arena, "{\"limit_micros\":%lld}", s->near_micros);
    if (strcmp(route->id, "setting_put") == 0)
        return "{\"value\":\"tims\"}";
    return body_of(route, NULL);
}

TEST(attack, nobody_reaches_somebody_elses_thing_by_its_identity)
{
    struct house h;
    struct spread s;
    struct things t = { 0 };
    prepare_house(&h);
    make_market(&h.options, 20240105);
    h.options.feed = "sim";
    h.options.symbols = "SPX";
    h.options.speed = 4;
    h.options.seed = 5;
    start(&h);
    struct client ann = set_up(&h), tom = add_user(&h, &ann, "tom", "trader"),
                  tim = add_user(&h, &ann, "tim", "trader"),
                  vic = add_user(&h, &ann, "vic", "viewer");
    await_market(&ann, &s);
    make_things(&h, &tom, &s, &t);
    size_t tried = 0;
    for (size_t i = 0; i < route_count; i++) {
        const struct route *route = &routes[i];
        if (!strchr(route->path, '{'))
            continue;
        size_t k = 0;
        while (k < ARRAY_COUNT(identities) && strcmp(identities[k].route, route->id) != 0)
            k++;
        if (k == ARRAY_COUNT(identities))
            fail_msg(
                "%s has an identity in its path and no row in this test: whose things does it name?",
                route->path);
        tried++;
        if (identities[k].whose != MINE)
            continue;
        const char *method = http_method_name(route->method), *body = fitting_body(route, &s);
        const char *target = path_with(route, thing(&t, identities[k].what));
        struct client *others[] = { &tim, &vic };
        FOR_EACH (who, others) {
            struct reply r = ask(*who, method, target, body);
            bool is_own =
                strcmp(identities[k].what, "setting") == 0; /* it is his own of that name */
            if (is_own ? r.status != (route->method == HTTP_PUT ? 204 : 200)
                       : r.status != 403 && r.status != 404)
                fail_msg("%s %s of tom's is %d to %s: %s", method, target, r.status,
                         who == &others[0] ? "tim" : "vic", r.raw.body.ptr);
            if (r.raw.body.ptr)
                CHECK(!strstr(r.raw.body.ptr, "secret"));
            reply_free(&r);
        }
    }
    CHECK_EQ(tried, ARRAY_COUNT(identities)); /* and no row without its route */

    /* All of it is as it was. */
    struct reply r = ask(&tom, "GET", "/api/v1/settings/toms", NULL);
    CHECK_STR(text_at(&r, "value"), "secret");
    reply_free(&r);
    expect(&tom, "GET", arena_printf(&test_arena, "/api/v1/strategies/%s", thing(&t, "strategy")),
           NULL, 200);
    expect(&tom, "GET",
           arena_printf(&test_arena, "/api/v1/backtests/%s/result", thing(&t, "backtest")), NULL,
           200);
    expect(&tom, "DELETE", arena_printf(&test_arena, "/api/v1/auth/tokens/%s", thing(&t, "token")),
           NULL, 204);
    json_t *detail = get(&tom, arena_printf(&test_arena, "/api/v1/orders/%s", thing(&t, "order")));
    CHECK_STR(text_of(json_object_get(detail, "order"), "state"), "working");
    CHECK_EQ(whole_of(json_object_get(detail, "order"), "version"), 1);
    json_decref(detail);
    json_t *armed = get(&tom, "/api/v1/desk/strategies");
    CHECK(
        json_is_true(json_object_get(json_array_get(json_object_get(armed, "items"), 0), "armed")));
    json_decref(armed);
    expect(&tom, "POST", "/api/v1/alerts/a1a1a1a1a1a1a1a1/seen", NULL, 204);
    json_decref(await_position(&tom, atoll(thing(&t, "position") + 1), true));
    close_house(&h);
}

/* ---- every route ----------------------------------------------------------------------------- */

static bool may_viewer(const struct route *route)
{
    static const char *const permissions[] = { "market:read", "desk:read" };
    FOR_EACH (word, permissions)
        if (strcmp(permission_name((enum permission)route->access), *word) == 0)
            return true;
    return false;
}

TEST(attack,
     a_viewer_is_refused_whatever_the_role_does_not_grant_and_a_foreign_page_whatever_changes)
{
    struct house h;
    open_house(&h);
    struct client ann = set_up(&h), vic = add_user(&h, &ann, "vic", "viewer"), page = ann;
    page.csrf[0] = '\0'; /* its cookie goes along by itself, the token does not */
    for (size_t i = 0; i < route_count; i++) {
        const struct route *route = &routes[i];
        const char *method = http_method_name(route->method),
                   *target = path_with(route, "aaaaaaaaaaaaaaaa"), *body = body_of(route, NULL);
        if (route->access >= 0 && !may_viewer(route)) {
            struct reply r = ask(&vic, method, target, body);
            if (r.status != 403)
                fail_msg("%s %s is %d to a viewer", method, target, r.status);
            reply_free(&r);
        }
        if (route->method == HTTP_GET || route->access == ANYONE)
            continue;
        struct reply r = ask(&page, method, target, body);
        if (r.status != 403)
            fail_msg("%s %s is %d without our token", method, target, r.status);
        reply_free(&r);
        page.extra = "Origin: https://evil.example\r\n";
        r = ask(&page, method, target, body);
        if (r.status != 403)
            fail_msg("%s %s is %d from a foreign page", method, target, r.status);
        reply_free(&r);
        page.extra = NULL;
    }
    expect(&ann, "GET", "/api/v1/auth/me", NULL, 200);
    close_house(&h);
}

/* Is an answer something that no browser runs, whatever it says? */
static void check_inert(const char *method, const char *target, const struct reply *r)
{
    if (r->status >= 500 && r->status != 503)
        fail_msg("%s %s is %d: %s", method, target, r->status,
                 r->raw.body.ptr ? r->raw.body.ptr : "");
    const char *type = wire_header(&r->raw, "content-type");
    bool is_plain = !r->raw.body.len || (type && (strcmp(type, "application/json") == 0 ||
                                                  strcmp(type, "application/problem+json") == 0 ||
                                                  strcmp(type, "text/event-stream") == 0));
    char has_type[80] = "";
    snprintf(has_type, sizeof has_type, "%s", type ? type : "no type");
    const char *sniff = wire_header(&r->raw, "x-content-type-options");
    if (!is_plain || !sniff || strcmp(sniff, "nosniff") != 0)
        fail_msg("%s %s answers %d as %s, sniffing %s", method, target, r->status, has_type,
                 sniff ? sniff : "allowed");
    if (r->raw.head.ptr &&
        (strstr(r->raw.head.ptr, "evil=1") || strstr(r->raw.head.ptr, "<script")))
        fail_msg("%s %s says it in its head", method, target);
}

TEST(attack, identities_and_queries_may_be_anything_and_do_nothing)
{
    static const char *const texts[] = {
        "%27%20OR%201%3D1%20--",
        "1%3BDROP%20TABLE%20users",
        "..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e%5cwindows",
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "a%0d%0aSet-Cookie:%20evil=1",
        "%00",
        "a%00b",
        "%ff%fe",
        "%F0%9F%92%A3",
        "-1",
        "99999999999999999999999999",
        "NaN",
        "%25s%25n%25n",
        "null",
        "%7B%7D",
    };
    struct house h;
    open_desk(&h);
    struct client ann = set_up(&h);
    struct spread s;
    await_market(&ann, &s);
    const char *many = arena_alloc(&test_arena, 3001);
    memset((char *)many, 'a', 3000);
    ((char *)many)[3000] = '\0';
    for (size_t i = 0; i < route_count; i++) {
        const struct route *route = &routes[i];
        const char *method = http_method_name(route->method);
        if (route->flags & ROUTE_STREAM || route->access == ANYONE)
            continue;
        bool ends_us = strcmp(route->id, "logout") == 0;
        for (size_t k = 0; k <= ARRAY_COUNT(texts) && !ends_us; k++) {
            const char *text = k < ARRAY_COUNT(texts) ? texts[k] : many;
            const char *target = strchr(route->path, '{')
                                     ? path_with(route, text)
                                     : arena_printf(&test_arena, "%s?after=%s&day=%s&%s=1",
                                                    route->path, text, text, text);
            if (!strchr(route->path, '{') && route->method != HTTP_GET)
                break;
            struct reply r = ask(&ann, method, target, body_of(route, NULL));
            bool is_cut =
                !r.status && strstr(text, "%00"); /* no text of ours has that: the line is cut */
            if (!is_cut)
                check_inert(method, target, &r);
            bool has_none =
                route->flags & ROUTE_LIST && json_array_size(json_object_get(r.json, "items")) == 0;
            /* Any word is a name for what a page keeps; what nobody kept under it is null. */
            bool is_nothing = strcmp(route->id, "setting") == 0 && r.status == 200 &&
                              json_is_null(json_object_get(r.json, "value"));
            if (!is_cut && strchr(route->path, '{') && r.status < 400 && !has_none && !is_nothing &&
                strcmp(route->id, "setting_put") != 0)
                fail_msg("%s %s is %d", method, target, r.status);
            reply_free(&r);
        }
    }
    expect(&ann, "GET", "/api/v1/users", NULL, 200); /* the table is still there */
    expect(&ann, "GET", "/api/v1/positions", NULL, 200);
    close_house(&h);
}

/* ---- markup in every text -------------------------------------------------------------------- */

static const char markup[] = "\"><script>alert('1')</script>\r\nSet-Cookie: evil=1",
                  tag[] = "<b>'\"&";

/* False: the body of this route has no such field. */
static bool try_field(struct client *c, const struct route *route, const struct field *f,
                      const char *text)
{
    struct swap swap = { f->schema, f->name, text, false };
    const char *method = http_method_name(route->method), *target = path_with(route, "s0"),
               *body = body_of(route, &swap);
    if (!swap.has_met)
        return false;
    struct reply r = ask(c, method, target, body);
    check_inert(method, target, &r);
    reply_free(&r);
    return true;
}

static bool changes_who_asks(const struct route *route)
{
    static const char *const some[] = { "setup",         "login",   "logout", "password",
                                        "second_factor", "refresh", "step_up" };
    FOR_EACH (id, some)
        if (strcmp(route->id, *id) == 0)
            return true;
    return false;
}

/* Whatever can be read: no answer is markup to a browser, wherever the texts have come to rest. */
static void read_all(struct client *c)
{
    for (size_t i = 0; i < route_count; i++) {
        const struct route *route = &routes[i];
        if (route->method != HTTP_GET || route->flags & ROUTE_STREAM || route->access == ANYONE ||
            strchr(route->path, '{'))
            continue;
        struct reply r = ask(c, "GET", route->path, NULL);
        check_inert("GET", route->path, &r);
        reply_free(&r);
    }
}

TEST(attack, markup_in_every_text_that_is_taken_comes_back_as_text)
{
    struct house h;
    struct spread s;
    size_t fields = 0;
    open_desk(&h);
    struct client ann = set_up(&h);
    await_market(&ann, &s);
    for (size_t i = 0; i < route_count; i++) {
        const struct route *route = &routes[i];
        struct client nobody = { .port = h.port };
        if (!route->body)
            continue;
        for (size_t k = 0; k < schema_field_count; k++) {
            const struct field *f = &schema_fields[k];
            if (f->kind != KIND_TEXT && f->kind != KIND_ANY && f->kind != KIND_DAY)
                continue;
            struct client *who = changes_who_asks(route) ? &nobody : &ann;
            fields +=
                try_field(who, route, f,
                          f->kind == KIND_TEXT && f->max < (int64_t)sizeof markup ? tag : markup);
        }
    }
    CHECK(fields > 60);

    /* What is kept comes back as it was sent. */
    expect(&ann, "POST", "/api/v1/auth/tokens",
           "{\"name\":\"<img src=x onerror=alert(1)>\",\"scopes\":\"market:read\"}", 201);
    json_t *tokens = get(&ann, "/api/v1/auth/tokens"), *token;
    size_t i;
    bool found = false;
    json_array_foreach (json_object_get(tokens, "items"), i, token)
        found |= strcmp(text_of(token, "name"), "<img src=x onerror=alert(1)>") == 0;
    CHECK(found);
    json_decref(tokens);
    struct reply r = ask(&ann, "POST", "/api/v1/desk/commands",
                         "{\"command\":\"halt\",\"reason\":\"</script><svg onload=alert(1)>\"}");
    check_status(&r, 200);
    check_inert("POST", "/api/v1/desk/commands", &r);
    reply_free(&r);
    read_all(&ann);
    struct client nobody = { .port = h.port };
    r = ask(&nobody, "GET", "/metrics", NULL);
    CHECK(!strstr(r.raw.body.ptr, "script"));
    reply_free(&r);
    r = ask(&nobody, "GET", "/%3Cscript%3Ealert(1)%3C/script%3E", NULL);
    CHECK(!strstr(r.raw.body.ptr, "<script>alert"));
    reply_free(&r);
    close_house(&h);
}
