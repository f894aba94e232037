/* The server as its clients see it: reading, the page, the trail, many at once. */
#include "services/server/house_test.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- reading --------------------------------------------------------------------------------- */

TEST(server, unchanged_answers_are_not_sent_again_and_large_ones_are_packed)
{
    struct house h;
    open_house(&h);
    struct client c = { .port = h.port };
    struct reply r = ask(&c, "GET", "/api/v1/openapi.json", NULL);
    size_t full = r.raw.body.len;
    CHECK_STR(json_string_value(json_object_get(r.json, "openapi")), "3.1.0");
    const json_t *right = json_object_get(json_object_get(r.json, "components"), "schemas");
    right = json_object_get(
        json_object_get(json_object_get(json_object_get(right, "PositionLeg"), "properties"),
                        "right"),
        "enum");
    CHECK_EQ(json_array_size(right), 3);
    CHECK(json_is_null(
        json_array_get(right, 2))); /* shares have none: the words alone would forbid that */
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
    static const char *const names[] = {
        "ironfly_resident_bytes ",        "ironfly_heap_bytes ",
        "ironfly_heap_held_bytes ",       "ironfly_open_files ",
        "ironfly_queue{pool=\"desk\"} 0", "ironfly_stream_frames_total 0",
        "ironfly_stream_resyncs_total 0"
    };
    FOR_EACH (name, names)
        CHECK_HAS(r.raw.body.ptr, *name);
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
    const json_t *calls = json_object_get(r.json, "calls"),
                 *strikes = json_object_get(r.json, "strikes_micros");
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

/* ---- the page, the trail, the rest ----------------------------------------------------------- */

TEST(server, the_page_is_served_with_tags_and_under_a_strict_policy)
{
    struct house h;
    const char *web = testing_folder();
    static const char index[] = "<!doctype html><title>x</title>";
    testing_file(web, "index.html", index, sizeof index - 1);
    MUST(system(arena_printf(
             &test_arena,
             "mkdir %s/assets && head -c 5000 /dev/zero | tr '\\0' 'a' > %s/assets/app-1.js", web,
             web)) == 0);
    h = (struct house){ .options = { .data = testing_folder(),
                                     .bind = "127.0.0.1",
                                     .cost = password_cost_least,
                                     .web = web,
                                     .program = IRONFLY_PROGRAM } };
    start(&h);
    struct client c = { .port = h.port };
    static const char *const places[] = { "/", "/chain/SPX", "/setup" };
    FOR_EACH (place, places) {
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
    CHECK_EQ(json_integer_value(json_object_get(r.json, "entries")),
             4); /* ann made, in; tom made, in */
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

/* ---- all at once ----------------------------------------------------------------------------- */

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
        snprintf(
            headers, sizeof headers,
            "Cookie: %s\r\nX-CSRF-Token: %s\r\nOrigin: http://127.0.0.1:%d\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n",
            c->client.cookies, c->client.csrf, c->client.port);
        snprintf(target, sizeof target, "/api/v1/settings/s%d", c->number);
        snprintf(body, sizeof body, "{\"value\":%d}", i);
        wire_request(&a, c->client.port, "PUT", target, headers, body);
        c->failed += a.status != 204;
        wire_request(&a, c->client.port, "GET", target, headers, NULL);
        c->failed += a.status != 200 || strncmp(a.body.ptr, body, a.body.len) != 0;
        wire_request(&a, c->client.port, "GET", i % 2 ? "/api/v1/openapi.json" : "/metrics",
                     headers, NULL);
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
        json_array_foreach (json_object_get(m, "items"), i, item)
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
        MUST(pthread_create(&threads[i], NULL, i < 8 ? listen_well : read_and_write, &crowd[i]) ==
             0);
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
    char *kept = arena_alloc(&test_arena, 1 << 20);
    size_t len = fread(kept, 1, (1 << 20) - 1, file);
    fclose(file);
    if (!str_equal((struct str){ kept, len }, buf_str(&text)))
        fail_msg("docs/api.md is old: ironfly serve --api-page > docs/api.md");
    buf_free(&text);
    arena_clear(&test_arena);
}
