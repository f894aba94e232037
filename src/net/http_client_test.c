/* One request to a server of ours, over plain sockets and TLS, and to those that are none. */
#include "net/http_client.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/http.h"
#include "tests/testing.h"
#include "tests/wire.h"

struct echo {
    struct http_server *server;
    pthread_t io;
    char url[160];
    struct http_exchange *_Atomic held; /* answered at the end: the server owns it until then */
};

static void on_request(void *app, struct http_exchange *x)
{
    struct echo *e = app;
    struct http_response *r = &x->response;
    const struct str *headers = x->request.headers;
    if (str_is(x->request.path, "/hold")) {
        e->held = x;
        return;
    }
    r->status = str_is(x->request.path, "/none")        ? 204
                : str_is(x->request.path, "/elsewhere") ? 302
                : str_is(x->request.path, "/no")        ? 403
                                                        : 200;
    if (r->status == 302)
        http_header_add(r, "Location", "http://127.0.0.1:1/");
    if (r->status != 204) {
        r->type = "text/plain; charset=utf-8";
        buf_printf(&r->body, "%s %.*s [%.*s] [%.*s] %zu", http_method_name(x->request.method),
                   STR_ARG(x->request.path), STR_ARG(headers[HTTP_AUTHORIZATION]),
                   STR_ARG(headers[HTTP_IDEMPOTENCY_KEY]), x->request.body.len);
    }
    if (str_is(x->request.path, "/large"))
        for (int i = 0; i < 300000; i++)
            buf_puts(&r->body, "0123456789");
    http_answer(x);
}

static void *run(void *argument)
{
    http_run(argument, 1);
    return NULL;
}

static void open_echo(struct echo *e, const char *cert, const char *key)
{
    struct http_options o = {
        .bind = "127.0.0.1", .tls_cert = cert, .tls_key = key, .on_request = on_request, .app = e
    };
    e->held = NULL;
    CHECK_OK(http_open(&e->server, &o));
    snprintf(e->url, sizeof e->url, "http%s://127.0.0.1:%d", cert ? "s" : "", http_port(e->server));
    MUST(pthread_create(&e->io, NULL, run, e->server) == 0);
}

static void close_echo(struct echo *e)
{
    if (e->held) {
        e->held->response.status = 200;
        http_answer(e->held);
    }
    http_stop(e->server);
    pthread_join(e->io, NULL);
    http_close(e->server);
}

static const char *place(const struct echo *e, const char *path)
{
    static char url[256];
    snprintf(url, sizeof url, "%s%s", e->url, path);
    return url;
}

TEST(http_client, sends_what_it_is_told_and_gives_the_answer)
{
    struct echo e;
    struct http_reply reply;
    open_echo(&e, NULL, NULL);
    struct http_call call = { .url = place(&e, "/a/b?c=d"), .bearer = "if_pt_x", .once = "k1" };
    CHECK_OK(http_call(&reply, &call));
    CHECK_EQ(reply.status, 200);
    CHECK_STR(reply.type, "text/plain");
    CHECK_STR(reply.body.ptr, "GET /a/b [Bearer if_pt_x] [k1] 0");
    http_reply_free(&reply);

    call =
        (struct http_call){ .url = place(&e, "/post"), .method = "POST", .body = STR("{\"a\":1}") };
    CHECK_OK(http_call(&reply, &call));
    CHECK_STR(reply.body.ptr, "POST /post [] [] 7");
    http_reply_free(&reply);

    call = (struct http_call){ .url = place(&e, "/empty"), .method = "POST" };
    CHECK_OK(http_call(&reply, &call));
    CHECK_STR(reply.body.ptr, "POST /empty [] [] 0");
    http_reply_free(&reply);

    call = (struct http_call){ .url = place(&e, "/no"), .method = "DELETE" };
    CHECK_OK(http_call(&reply, &call));
    CHECK_EQ(reply.status, 403);
    http_reply_free(&reply);

    call = (struct http_call){ .url = place(&e, "/none"), .method = "PUT", .body = STR("{}") };
    CHECK_OK(http_call(&reply, &call));
    CHECK_EQ(reply.status, 204);
    CHECK_EQ(reply.body.len, 0);
    http_reply_free(&reply);
    close_echo(&e);
}

TEST(http_client, takes_large_bodies_both_ways_up_to_a_bound)
{
    struct echo e;
    struct http_reply reply;
    struct buf body = { 0 };
    open_echo(&e, NULL, NULL);
    while (body.len < 900000)
        buf_puts(&body, "0123456789");
    struct http_call call = { .url = place(&e, "/large"),
                              .method = "POST",
                              .body = buf_str(&body) };
    CHECK_OK(http_call(&reply, &call));
    CHECK_HAS(reply.body.ptr, "POST /large [] [] 900000");
    CHECK(reply.body.len > 3000000);
    http_reply_free(&reply);
    call.body_bytes_max = 1000;
    CHECK_EQ(http_call(&reply, &call), ERR_IO);
    CHECK_HAS(err_detail(), "too long");
    buf_free(&body);
    close_echo(&e);
}

TEST(http_client, follows_no_redirection)
{
    struct echo e;
    struct http_reply reply;
    open_echo(&e, NULL, NULL);
    struct http_call call = { .url = place(&e, "/elsewhere"), .bearer = "secret" };
    CHECK_OK(http_call(&reply, &call));
    CHECK_EQ(reply.status, 302);
    http_reply_free(&reply);
    close_echo(&e);
}

TEST(http_client, says_who_does_not_answer)
{
    struct echo e;
    struct http_reply reply;
    open_echo(&e, NULL, NULL);
    struct http_call call = { .url = place(&e, "/hold"), .seconds = 1 };
    CHECK_EQ(http_call(&reply, &call), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "in time");
    char url[160];
    snprintf(url, sizeof url, "%s/", e.url);
    close_echo(&e);
    call = (struct http_call){ .url = url };
    CHECK_EQ(http_call(&reply, &call), ERR_NOT_FOUND); /* nobody listens there any more */
    CHECK_HAS(err_detail(), "127.0.0.1:");
    call.url = "http://no-such-host.invalid/";
    CHECK_EQ(http_call(&reply, &call), ERR_NOT_FOUND);
}

TEST(http_client, refuses_what_cannot_be_sent)
{
    struct http_reply reply;
    static const char *const urls[] = { "",
                                        "ftp://x/",
                                        "http://",
                                        "http://h:0/",
                                        "http://h:x/",
                                        "http://h/a b",
                                        "http://[::1/",
                                        "http://h/\n" };
    FOR_EACH (url, urls) {
        struct http_call call = { .url = *url };
        CHECK_EQ(http_call(&reply, &call), ERR_USAGE);
    }
    struct http_call call = { .url = "http://127.0.0.1:1/", .bearer = "a\r\nX-Other: b" };
    CHECK_EQ(http_call(&reply, &call), ERR_USAGE);
    CHECK_HAS(err_detail(), "token");
}

TEST(http_client, trusts_only_certificates_that_are_signed)
{
    struct echo e;
    struct http_reply reply;
    char folder[400], command[1200], cert[450], key[450];
    if (system("command -v openssl >/dev/null") != 0)
        skip();
    snprintf(folder, sizeof folder, "%s", testing_folder());
    snprintf(
        command, sizeof command,
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s/key -out %s/cert -days 2 -subj /CN=127.0.0.1 "
        "-addext subjectAltName=IP:127.0.0.1,DNS:localhost 2>/dev/null",
        folder, folder);
    CHECK_EQ(system(command), 0);
    snprintf(cert, sizeof cert, "%s/cert", folder);
    snprintf(key, sizeof key, "%s/key", folder);
    open_echo(&e, cert, key);
    char url[256];
    snprintf(url, sizeof url, "https://localhost%s/x", strrchr(e.url, ':'));
    struct http_call call = { .url = url, .ca_file = cert, .bearer = "t" };
    CHECK_OK(http_call(&reply, &call));
    CHECK_STR(reply.body.ptr, "GET /x [Bearer t] [] 0");
    http_reply_free(&reply);
    call.ca_file = NULL; /* the system's authorities did not sign it */
    CHECK_EQ(http_call(&reply, &call), ERR_NOT_FOUND);
    close_echo(&e);
}
