/* Any bytes at a real socket: no crash, no answer of the program to what it refused, and whatever
 * request gets through is whole and clean. */
#include "net/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct http_server *server;

static void on_request(UNUSED void *app, struct http_exchange *x)
{
    const struct http_request *r = &x->request;
    MUST(r->path.len > 0);
    MUST(r->path.ptr[0] == '/');
    MUST(str_is_utf8(r->path));
    MUST(memmem(r->path.ptr, r->path.len, "/../", 4) == NULL);
    MUST(r->headers[HTTP_HOST].len > 0);
    for (int h = 0; h < HTTP_HEADER_COUNT; h++)
        for (size_t i = 0; i < r->headers[h].len; i++)
            MUST((unsigned char)r->headers[h].ptr[i] >= ' ');
    for (size_t i = 0; i < r->arg_count; i++)
        MUST(str_is_utf8(r->args[i].value) || r->args[i].value.len == 0);
    struct str cookie = http_cookie(r->headers[HTTP_COOKIE], "if_session");
    MUST(!cookie.ptr || !memchr(cookie.ptr, ';', cookie.len));
    x->response.status = 200;
    x->response.type = "text/plain";
    buf_puts(&x->response.body, "ok");
    http_answer(x);
}

struct echo {
    struct http_stream *stream;
    struct buf text;
};

static bool echo_next(void *app, struct buf *out, bool *is_binary)
{
    struct echo *e = app;
    *is_binary = false;
    if (!e->text.len)
        return false;
    buf_append(out, e->text.ptr, e->text.len);
    buf_clear(&e->text);
    return true;
}

static bool echo_message(void *app, struct str text, UNUSED bool is_binary)
{
    struct echo *e = app;
    MUST(text.len <= 4096);
    buf_puts(&e->text, "got it");
    http_stream_ready(e->stream);
    return text.len < 100;
}

static void echo_closed(void *app)
{
    struct echo *e = app;
    buf_free(&e->text);
    mem_free(e);
}

static const struct http_stream_ops echo_ops = { echo_next, echo_message, echo_closed };

static int on_socket(UNUSED void *app, const struct http_request *request,
                     struct http_stream *stream, const struct http_stream_ops **ops,
                     void **stream_app)
{
    MUST(request->method == HTTP_GET);
    struct echo *e = mem_alloc(sizeof *e);
    e->stream = stream;
    *ops = &echo_ops;
    *stream_app = e;
    return 0;
}

static void *run(UNUSED void *argument)
{
    http_run(server, 0);
    return NULL;
}

static void start(void)
{
    struct http_options o = { .bind = "127.0.0.1",
                              .body_bytes_max = 4096,
                              .message_bytes_max = 4096,
                              .header_seconds = 1,
                              .body_seconds = 1,
                              .on_request = on_request,
                              .on_socket = on_socket };
    pthread_t thread;
    MUST(http_open(&server, &o) == ERR_OK);
    MUST(pthread_create(&thread, NULL, run, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!server)
        start();
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)http_port(server)),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) {
        char bytes[4096];
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        (void)!send(fd, data, size, MSG_NOSIGNAL);
        shutdown(fd, SHUT_WR);
        while (poll(&wait, 1, 20) > 0 && recv(fd, bytes, sizeof bytes, 0) > 0)
            continue;
    }
    close(fd);
    return 0;
}
