#include "services/server/house_test.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/zone.h"
#include "services/simulate/simulate.h"

struct arena test_arena = { .name = "test", .chunk_bytes = 65536 };

void make_market(const struct server_options *o, int32_t to)
{
    struct simulate_options market = { .store = arena_printf(&test_arena, "%s/store", o->data),
                                       .symbols = "SPX",
                                       .from = 20240102,
                                       .to = to,
                                       .seed = 7,
                                       .threads = 1 };
    struct simulate_summary summary;
    CHECK_OK(simulate_run(&market, &summary));
}

static void on_line(void *context, const char *line)
{
    struct house *h = context;
    wire_setup_token(line, h->setup, sizeof h->setup);
}

static void *run(void *argument)
{
    server_run(argument);
    return NULL;
}

void start(struct house *h)
{
    CHECK_OK(server_open(&h->server, &h->options));
    h->port = server_port(h->server);
    MUST(pthread_create(&h->thread, NULL, run, h->server) == 0);
}

void prepare_house(struct house *h)
{
    *h = (struct house){ .options = { .data = testing_folder(),
                                      .bind = "127.0.0.1",
                                      .cost = password_cost_least,
                                      .program = IRONFLY_PROGRAM,
                                      .workers = 1,
                                      .announce = on_line,
                                      .announce_context = h } };
    CHECK_OK(zone_init());
    setenv("IRONFLY_STRATEGIES", IRONFLY_SOURCE_ROOT "/strategies", 1);
}

void open_house(struct house *h)
{
    prepare_house(h);
    start(h);
}

void stop(struct house *h)
{
    server_stop(h->server);
    pthread_join(h->thread, NULL);
    server_close(h->server);
}

void close_house(struct house *h)
{
    stop(h);
    arena_clear(&test_arena);
}

void reply_free(struct reply *r)
{
    json_decref(r->json);
    wire_answer_free(&r->raw);
    *r = (struct reply){ 0 };
}

/* Every answer is what the document says it is. */
void check_contract(const char *method, const char *target, const struct reply *r)
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
    else if (route && r->json && !(route->flags & ROUTE_RAW) && route->answer &&
             route->flags & ROUTE_LIST) {
        size_t i;
        json_t *item;
        json_array_foreach (json_object_get(r->json, "items"), i, item)
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
            snprintf(c->cookies + strlen(c->cookies), sizeof c->cookies - strlen(c->cookies),
                     "%s%.*s", c->cookies[0] ? "; " : "", STR_ARG(value));
    }
}

struct reply ask(struct client *c, const char *method, const char *target, const char *body)
{
    struct reply r = { 0 };
    struct buf headers = { 0 };
    if (c->cookies[0])
        buf_printf(&headers, "Cookie: %s\r\n", c->cookies);
    if (c->csrf[0] && strcmp(method, "GET") != 0)
        buf_printf(&headers, "X-CSRF-Token: %s\r\nOrigin: http://127.0.0.1:%d\r\n", c->csrf,
                   c->port);
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

void expect(struct client *c, const char *method, const char *target, const char *body, int status)
{
    struct reply r = ask(c, method, target, body);
    if (r.status != status)
        fail_msg("%s %s is %d, not %d: %s", method, target, r.status, status,
                 r.raw.body.ptr ? r.raw.body.ptr : "");
    reply_free(&r);
}

const char *text_at(const struct reply *r, const char *name)
{
    const char *text = json_string_value(json_object_get(r->json, name));
    return text ? text : "";
}

void enter(struct client *c, const struct reply *r)
{
    c->cookies[0] = '\0';
    take_cookies(c, r);
    const json_t *me = json_object_get(r->json, "me");
    const char *csrf = json_string_value(json_object_get(me, "csrf_token"));
    snprintf(c->csrf, sizeof c->csrf, "%s", csrf ? csrf : "");
}

void log_in(struct client *c, const char *login, const char *password)
{
    char body[400];
    snprintf(body, sizeof body, "{\"login\":\"%s\",\"password\":\"%s\"}", login, password);
    struct reply r = ask(c, "POST", "/api/v1/auth/login", body);
    CHECK_EQ(r.status, 200);
    enter(c, &r);
    reply_free(&r);
}

/* The first admin, ann. */
struct client set_up(struct house *h)
{
    struct client c = { .port = h->port };
    char body[300];
    snprintf(body, sizeof body,
             "{\"token\":\"%s\",\"login\":\"ann\",\"password\":\"seven green bicycles\"}",
             h->setup);
    struct reply r = ask(&c, "POST", "/api/v1/setup", body);
    CHECK_EQ(r.status, 201);
    enter(&c, &r);
    reply_free(&r);
    return c;
}

struct client add_user(struct house *h, struct client *admin, const char *login, const char *role)
{
    struct client c = { .port = h->port };
    char body[300];
    snprintf(body, sizeof body,
             "{\"login\":\"%s\",\"password\":\"nine purple lanterns\",\"role\":\"%s\"}", login,
             role);
    expect(admin, "POST", "/api/v1/users", body, 201);
    log_in(&c, login, "nine purple lanterns");
    return c;
}

int open_socket(const struct client *c, int *fd)
{
    char headers[1400];
    snprintf(headers, sizeof headers, "Cookie: %s\r\nOrigin: http://127.0.0.1\r\n", c->cookies);
    *fd = wire_connect(c->port);
    return wire_socket_open(*fd, "/api/v1/stream", headers);
}

json_t *next_message(int fd)
{
    struct buf frame = { 0 };
    int opcode = wire_socket_read(fd, &frame);
    json_t *json = opcode == 1 ? json_loadb(frame.ptr, frame.len, 0, NULL) : NULL;
    buf_free(&frame);
    return json;
}

void say(int fd, const char *text)
{
    CHECK(wire_socket_send(fd, 1, text, strlen(text)));
}

void check_member(const json_t *message, const char *name, const char *value)
{
    const char *text = json_string_value(json_object_get(message, name));
    if (!text || strcmp(text, value) != 0)
        fail_msg("%s is %s, not %s", name, text ? text : "not there", value);
}
