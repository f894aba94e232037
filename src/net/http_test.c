#include "net/http.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tests/testing.h"
#include "tests/wire.h"

/* A server whose answers come from another thread, and streams that count. */
struct fixture {
    struct http_server *server;
    pthread_t io;
    int port;
    atomic_int closed_streams;
    bool hold; /* keep exchanges unanswered */
    _Atomic(struct http_exchange *) held;
};

struct counter {
    struct fixture *fixture;
    struct http_stream *stream;
    int next;
    int stop_at;
};

static void *answer_later(void *argument)
{
    struct http_exchange *x = argument;
    struct http_response *r = &x->response;
    r->status = 200;
    r->type = "text/plain";
    buf_printf(&r->body, "%s %.*s", http_method_name(x->request.method), STR_ARG(x->request.path));
    for (size_t i = 0; i < x->request.arg_count; i++)
        buf_printf(&r->body, " [%.*s=%.*s]", STR_ARG(x->request.args[i].name),
                   STR_ARG(x->request.args[i].value));
    if (x->request.body.len)
        buf_printf(&r->body, " body %zu", x->request.body.len);
    if (x->request.headers[HTTP_CSRF_TOKEN].ptr)
        buf_printf(&r->body, " csrf %.*s", STR_ARG(x->request.headers[HTTP_CSRF_TOKEN]));
    if (str_is(x->request.path, "/large"))
        for (int i = 0; i < 300000; i++)
            buf_puts(&r->body, "0123456789");
    http_answer(x);
    return NULL;
}

static bool count_next(void *app, struct buf *out, bool *is_binary)
{
    struct counter *c = app;
    if (c->next >= c->stop_at)
        return false;
    *is_binary = c->next % 2;
    buf_printf(out, "data: %d\n\n", c->next++);
    return true;
}

static bool count_message(void *app, struct str text, UNUSED bool is_binary)
{
    struct counter *c = app;
    if (str_is(text, "bad"))
        return false;
    c->stop_at += (int)text.len;
    http_stream_ready(c->stream);
    return true;
}

static void count_closed(void *app)
{
    struct counter *c = app;
    atomic_fetch_add(&c->fixture->closed_streams, 1);
    mem_free(c);
}

static const struct http_stream_ops count_ops = { count_next, count_message, count_closed };

static struct counter *counter_new(struct fixture *f)
{
    struct counter *c = mem_alloc(sizeof *c);
    *c = (struct counter){ .fixture = f, .stop_at = 3 };
    return c;
}

static void on_request(void *app, struct http_exchange *x)
{
    struct fixture *f = app;
    if (str_is(x->request.path, "/events")) {
        struct counter *c = counter_new(f);
        http_answer_stream(x, &count_ops, c, &c->stream);
        return;
    }
    if (str_is(x->request.path, "/hold")) {
        atomic_store(&f->held, x);
        return;
    }
    pthread_t worker;
    MUST(pthread_create(&worker, NULL, answer_later, x) == 0);
    pthread_detach(worker);
}

static int on_socket(void *app, const struct http_request *request, struct http_stream *stream,
                     const struct http_stream_ops **ops, void **stream_app)
{
    if (!str_is(request->path, "/socket"))
        return 404;
    if (!request->headers[HTTP_AUTHORIZATION].ptr)
        return 401;
    struct counter *c = counter_new(app);
    c->stream = stream;
    *ops = &count_ops;
    *stream_app = c;
    http_stream_ready(stream);
    return 0;
}

static void *run(void *argument)
{
    struct fixture *f = argument;
    http_run(f->server, 5);
    return NULL;
}

static void start(struct fixture *f, struct http_options options)
{
    *f = (struct fixture){ 0 };
    options.bind = "127.0.0.1";
    options.app = f;
    options.on_request = on_request;
    options.on_socket = on_socket;
    CHECK_OK(http_open(&f->server, &options));
    f->port = http_port(f->server);
    MUST(pthread_create(&f->io, NULL, run, f) == 0);
}

static void stop(struct fixture *f)
{
    http_stop(f->server);
    pthread_join(f->io, NULL);
    http_close(f->server);
}

static void check_answer(int port, const char *method, const char *target, const char *headers,
                         const char *body, int status, const char *text)
{
    struct wire_answer a = { 0 };
    wire_request(&a, port, method, target, headers, body);
    CHECK_EQ(a.status, status);
    if (text)
        CHECK_HAS(a.body.ptr ? a.body.ptr : "", text);
    CHECK(wire_header(&a, "x-request-id") != NULL);
    CHECK(wire_header(&a, "server") == NULL);
    wire_answer_free(&a);
}

TEST(http, answers_from_another_thread_with_what_was_sent)
{
    struct fixture f;
    start(&f, (struct http_options){ 0 });
    check_answer(f.port, "GET", "/a%20b/c?x=1&y=%26z&flag", NULL, NULL, 200,
                 "GET /a b/c [x=1] [y=&z] [flag=]");
    check_answer(f.port, "POST", "/p", "X-CSRF-Token: abc\r\n", "hello", 200,
                 "POST /p body 5 csrf abc");
    check_answer(f.port, "PATCH", "/p", NULL, "{}", 200, "PATCH /p body 2");
    check_answer(f.port, "PUT", "/p", NULL, "{}", 200, "PUT /p body 2");
    check_answer(f.port, "DELETE", "/p/1", NULL, NULL, 200, "DELETE /p/1");
    struct wire_answer a = { 0 };
    wire_request(&a, f.port, "HEAD", "/h", NULL, NULL);
    CHECK_EQ(a.status, 200);
    CHECK_STR(wire_header(&a, "content-length"), "7");
    CHECK_EQ(a.body.len, 0);
    wire_request(&a, f.port, "GET", "/large", NULL, NULL);
    CHECK_EQ(a.body.len, 3000010);
    CHECK(memcmp(a.body.ptr + a.body.len - 10, "0123456789", 10) == 0);
    wire_answer_free(&a);
    stop(&f);
}

TEST(http, keeps_a_connection_and_answers_in_order)
{
    struct fixture f;
    start(&f, (struct http_options){ 0 });
    int fd = wire_connect(f.port);
    struct wire_answer a = { 0 };
    static const char first[] =
        "GET /one HTTP/1.1\r\nHost: x\r\n\r\nGET /two HTTP/1.1\r\nHost: x\r\n\r\n";
    CHECK(wire_send(fd, first, strlen(first)));
    wire_read(fd, &a, false);
    CHECK_STR(a.body.ptr, "GET /one");
    wire_read(fd, &a, false);
    CHECK_STR(a.body.ptr, "GET /two");
    static const char third[] = "POST /three HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
    for (size_t i = 0; i < strlen(third); i++) /* byte by byte */
        CHECK(wire_send(fd, third + i, 1));
    wire_read(fd, &a, false);
    CHECK_STR(a.body.ptr, "POST /three body 3");
    wire_answer_free(&a);
    close(fd);
    stop(&f);
}

static void check_refused(int port, const char *bytes, int status)
{
    int fd = wire_connect(port);
    struct wire_answer a = { 0 };
    CHECK(wire_send(fd, bytes, strlen(bytes)));
    wire_read(fd, &a, false);
    if (a.status != status)
        fail_msg("%s got %d, not %d", bytes, a.status, status);
    CHECK(wire_is_closed(fd, 5000));
    wire_answer_free(&a);
    close(fd);
}

TEST(http, refuses_what_could_mean_two_things)
{
    struct fixture f;
    start(&f, (struct http_options){ .body_bytes_max = 1000 });
    static const struct {
        int status;
        const char *bytes;
    } cases[] = {
        { 501,
          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" },
        { 501,
          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello" },
        { 400,
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello" },
        { 400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello" },
        { 400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nhello" },
        { 400, "GET / HTTP/1.1\r\n\r\n" },
        { 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" },
        { 400, "GET / HTTP/1.1\r\nHost:\r\n\r\n" },
        { 400,
          "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n" },
        { 400, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" },
        { 413, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" },
        { 413, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999\r\n\r\n" },
        { 400, "GET /a%01b HTTP/1.1\r\nHost: x\r\n\r\n" },
        { 400, "GET /a%ff HTTP/1.1\r\nHost: x\r\n\r\n" },
    };
    FOR_EACH (c, cases)
        check_refused(f.port, c->bytes, c->status);
    CHECK_EQ(http_counts(f.server).requests, 0);
    CHECK_EQ(http_counts(f.server).refused, ARRAY_COUNT(cases));
    stop(&f);
}

/* Whatever these get, they get no answer of the program, and the server lives on. */
TEST(http, survives_what_is_no_http)
{
    struct fixture f;
    start(&f, (struct http_options){ .header_seconds = 1 });
    static const char *const cases[] = {
        "\r\n\r\n",
        "GET",
        "GET / HTTP/9.9\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n",
        "BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http://evil/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    };
    FOR_EACH (bytes, cases) {
        int fd = wire_connect(f.port);
        wire_send(fd, *bytes, strlen(*bytes));
        struct wire_answer a = { 0 };
        wire_read(fd, &a, false);
        if (a.status == 200 && (strstr(a.body.ptr, "..") || strstr(a.body.ptr, "evil")))
            fail_msg("%s got %s", *bytes, a.body.ptr);
        wire_answer_free(&a);
        close(fd);
    }
    struct buf large = { 0 };
    buf_puts(&large, "GET / HTTP/1.1\r\nHost: x\r\nX-Large: ");
    for (int i = 0; i < 100000; i++)
        buf_putc(&large, 'a');
    buf_puts(&large, "\r\n\r\n");
    int fd = wire_connect(f.port);
    wire_send(fd, large.ptr, large.len);
    struct wire_answer a = { 0 };
    wire_read(fd, &a, false);
    CHECK(a.status != 200);
    wire_answer_free(&a);
    buf_free(&large);
    close(fd);
    check_answer(f.port, "GET", "/alive", NULL, NULL, 200, "GET /alive");
    stop(&f);
}

TEST(http, lets_go_of_those_who_are_slow_on_purpose)
{
    struct fixture f;
    start(&f, (struct http_options){ .header_seconds = 1, .body_seconds = 1 });
    int head = wire_connect(f.port), body = wire_connect(f.port);
    CHECK(wire_send(head, "GET / HTTP/1.1\r\nHost", 20));
    static const char begin[] = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n";
    CHECK(wire_send(body, begin, strlen(begin)));
    bool head_closed = false, body_closed = false;
    for (int i = 0; i < 100 && !(head_closed && body_closed); i++) { /* a byte now and then */
        head_closed = head_closed || !wire_send(head, "a", 1) || wire_is_closed(head, 50);
        body_closed = body_closed || !wire_send(body, "a", 1) || wire_is_closed(body, 50);
    }
    CHECK(head_closed);
    CHECK(body_closed);
    CHECK_EQ(http_counts(f.server).requests, 0);
    close(head);
    close(body);
    stop(&f);
}

TEST(http, takes_a_socket_only_where_its_owner_says_so)
{
    struct fixture f;
    start(&f, (struct http_options){ .message_bytes_max = 1000 });
    int fd = wire_connect(f.port);
    CHECK_EQ(wire_socket_open(fd, "/socket", NULL), 401);
    close(fd);
    fd = wire_connect(f.port);
    CHECK_EQ(wire_socket_open(fd, "/elsewhere", "Authorization: x\r\n"), 404);
    close(fd);

    fd = wire_connect(f.port);
    CHECK_EQ(wire_socket_open(fd, "/socket", "Authorization: x\r\n"), 101);
    struct buf frame = { 0 };
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(wire_socket_read(fd, &frame), i % 2 ? 2 : 1);
        CHECK_EQ(frame.ptr[6], '0' + i);
    }
    CHECK(wire_socket_send(fd, 1, "x", 1));
    CHECK_EQ(wire_socket_read(fd, &frame), 2);
    CHECK(wire_socket_send(fd, 1, "bad", 3));
    CHECK_EQ(wire_socket_read(fd, &frame), 8); /* 1008 */
    CHECK_EQ((unsigned char)frame.ptr[0] << 8 | (unsigned char)frame.ptr[1], 1008);
    close(fd);

    fd = wire_connect(f.port);
    CHECK_EQ(wire_socket_open(fd, "/socket", "Authorization: x\r\n"), 101);
    char large[2000] = { 0 };
    memset(large, 'a', sizeof large);
    CHECK(wire_socket_send(fd, 1, large, sizeof large));
    int opcode = 0;
    while ((opcode = wire_socket_read(fd, &frame)) == 1 || opcode == 2)
        continue;
    CHECK_EQ(opcode, 8);
    CHECK_EQ((unsigned char)frame.ptr[0] << 8 | (unsigned char)frame.ptr[1], 1009);
    close(fd);
    buf_free(&frame);
    stop(&f);
    CHECK_EQ(atomic_load(&f.closed_streams), 2);
}

TEST(http, says_goodbye_to_streams_when_it_stops)
{
    struct fixture f;
    start(&f, (struct http_options){ 0 });
    int socket = wire_connect(f.port);
    CHECK_EQ(wire_socket_open(socket, "/socket", "Authorization: x\r\n"), 101);
    int events = wire_connect(f.port);
    static const char ask[] = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";
    CHECK(wire_send(events, ask, strlen(ask)));
    struct buf frame = { 0 };
    for (int i = 0; i < 3; i++)
        CHECK(wire_socket_read(socket, &frame) > 0);
    stop(&f);
    CHECK_EQ(wire_socket_read(socket, &frame), 8);
    CHECK_EQ((unsigned char)frame.ptr[0] << 8 | (unsigned char)frame.ptr[1], 1001);
    struct wire_answer a = { 0 };
    wire_read(events, &a, false);
    CHECK_EQ(a.status, 200);
    CHECK_STR(wire_header(&a, "content-type"), "text/event-stream");
    CHECK_STR(a.body.ptr, "data: 0\n\ndata: 1\n\ndata: 2\n\n");
    CHECK_EQ(atomic_load(&f.closed_streams), 2);
    wire_answer_free(&a);
    buf_free(&frame);
    close(socket);
    close(events);
}

TEST(http, an_answer_under_way_is_sent_before_the_end_and_one_nobody_waits_for_is_dropped)
{
    struct fixture f;
    start(&f, (struct http_options){ 0 });
    static const char ask[] = "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n";
    int gone = wire_connect(f.port);
    CHECK(wire_send(gone, ask, strlen(ask)));
    struct http_exchange *first, *second;
    while (!(first = atomic_load(&f.held)))
        usleep(1000);
    close(gone);
    int fd = wire_connect(f.port);
    CHECK(wire_send(fd, ask, strlen(ask)));
    while ((second = atomic_load(&f.held)) == first)
        usleep(1000);
    http_stop(f.server);
    usleep(100000);
    answer_later(first);
    answer_later(second);
    struct wire_answer a = { 0 };
    wire_read(fd, &a, false);
    CHECK_STR(a.body.ptr, "GET /hold");
    wire_answer_free(&a);
    close(fd);
    pthread_join(f.io, NULL);
    http_close(f.server);
}

TEST(http, says_why_it_cannot_listen)
{
    struct fixture f;
    start(&f, (struct http_options){ 0 });
    struct http_server *second = NULL;
    struct http_options o = { .bind = "127.0.0.1", .port = f.port };
    CHECK_EQ(http_open(&second, &o), ERR_EXISTS);
    CHECK_HAS(err_detail(), "taken by another program");
    o.bind = "localhost or so";
    CHECK_EQ(http_open(&second, &o), ERR_USAGE);
    o.bind = "192.0.2.1"; /* reserved for documentation: no machine of ours has it */
    CHECK_EQ(http_open(&second, &o), ERR_IO);
    o = (struct http_options){ .bind = "127.0.0.1",
                               .tls_cert = "/nowhere.pem",
                               .tls_key = "/nowhere.key" };
    CHECK_EQ(http_open(&second, &o), ERR_NOT_FOUND);
    o.tls_key = NULL;
    CHECK_EQ(http_open(&second, &o), ERR_USAGE);
    stop(&f);
}

TEST(http, finds_a_cookie_by_its_whole_name_and_once)
{
    struct str header = STR("a=1; session=abc; b=2");
    CHECK(str_is(http_cookie(header, "session"), "abc"));
    CHECK(http_cookie(header, "sess").ptr == NULL);
    CHECK(http_cookie(STR("session=a; session=b"), "session").ptr == NULL);
    CHECK(http_cookie(STR("session"), "session").ptr == NULL);
    CHECK(http_cookie((struct str){ NULL, 0 }, "session").ptr == NULL);
}
