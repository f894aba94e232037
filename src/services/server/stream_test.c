/* WebSockets and event streams. */
#include "services/server/house_test.h"

#include <unistd.h>

TEST(server, a_socket_needs_a_login_and_our_own_origin)
{
    struct house h;
    int fd;
    open_house(&h);
    struct client ann = set_up(&h), nobody = { .port = h.port };
    CHECK_EQ(open_socket(&nobody, &fd), 401);
    close(fd);
    char headers[1400];
    snprintf(headers, sizeof headers, "Cookie: %s\r\nOrigin: https://evil.example\r\n",
             ann.cookies);
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
    snprintf(text, sizeof text, "{\"op\":\"subscribe\",\"topic\":\"jobs\",\"resume\":\"%s\"}",
             resume);
    say(fd, text);
    m = next_message(fd);
    check_member(m, "kind", "delta");
    CHECK_EQ(json_array_size(json_object_get(m, "items")), 1); /* a thousand changes, one state */
    CHECK_EQ(json_integer_value(json_object_get(
                 json_object_get(json_array_get(json_object_get(m, "items"), 0), "value"), "n")),
             999);
    CHECK_EQ(json_array_size(json_object_get(m, "gone")), 1); /* b; the other was never his */
    json_decref(m);
    say(fd,
        "{\"op\":\"subscribe\",\"topic\":\"jobs\",\"resume\":\"0123456789abcdef.5\"}"); /* of
                                                                                           another
                                                                                           life */
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
    snprintf(
        text, sizeof text,
        "GET /api/v1/events?topics=alerts,alerts HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n\r\n",
        ann.cookies);
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
    ann.port = h.port;
    struct client vic = add_user(&h, &ann, "vic", "viewer");
    static const char *const refused[][3] = {
        { "alerts,nothing", "topic", "there is no topic \"nothing\"" },
        { "alerts,system", "topic", "there is no topic \"system\"" },
        { "", "topic", "topics names none" },
        { "chain:SPX", "topic", "over the WebSocket alone" },
        { "alerts,jobs", "forbidden", "topic jobs needs the permission research:run" },
    };
    FOR_EACH (row, refused) { /* before the stream begins, and not by silence */
        struct reply r = ask(
            &vic, "GET", arena_printf(&test_arena, "/api/v1/events?topics=%s", (*row)[0]), NULL);
        if (r.status != (strcmp((*row)[1], "topic") == 0 ? 422 : 403))
            fail_msg("%s is answered with %d", (*row)[0], r.status);
        CHECK_STR(text_at(&r, "code"), (*row)[1]);
        CHECK_HAS(text_at(&r, "detail"), (*row)[2]);
        reply_free(&r);
    }
    close_house(&h);
}
