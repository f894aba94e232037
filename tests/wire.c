#include "tests/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_MS = 30000 };

int wire_connect(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

bool wire_send(int fd, const void *bytes, size_t len)
{
    const char *p = bytes;
    while (len) {
        ssize_t sent = send(fd, p, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        p += sent;
        len -= (size_t)sent;
    }
    return true;
}

static ssize_t read_some(int fd, void *out, size_t len)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    if (poll(&wait, 1, WAIT_MS) <= 0)
        return -1;
    return recv(fd, out, len, 0);
}

const char *wire_header(const struct wire_answer *answer, const char *name)
{
    static _Thread_local char value[2048];
    struct str rest = buf_str(&answer->head), line;
    while (rest.len && str_cut(&rest, '\n', &line)) {
        struct str key;
        if (str_cut(&line, ':', &key) && str_equal_nocase(key, str_from(name))) {
            line = str_trim(line);
            snprintf(value, sizeof value, "%.*s", STR_ARG(line));
            return value;
        }
    }
    return NULL;
}

void wire_read(int fd, struct wire_answer *out, bool is_head)
{
    buf_clear(&out->head);
    buf_clear(&out->body);
    out->status = 0;
    char c;
    while (out->head.len < 64 * 1024 && read_some(fd, &c, 1) == 1) {
        buf_putc(&out->head, c);
        if (str_ends_with(buf_str(&out->head), STR("\r\n\r\n")))
            break;
    }
    if (out->head.len < 12)
        return;
    out->status = (int)strtol(out->head.ptr + 9, NULL, 10);
    const char *text = wire_header(out, "content-length");
    size_t length = text ? strtoul(text, NULL, 10) : SIZE_MAX;
    if (is_head || out->status == 204 || out->status == 304 || out->status == 101)
        length = 0;
    char bytes[65536];
    while (out->body.len < length) {
        size_t want = length - out->body.len;
        ssize_t got = read_some(fd, bytes, want < sizeof bytes ? want : sizeof bytes);
        if (got <= 0)
            return;
        buf_append(&out->body, bytes, (size_t)got);
    }
}

void wire_answer_free(struct wire_answer *answer)
{
    buf_free(&answer->head);
    buf_free(&answer->body);
    answer->status = 0;
}

bool wire_is_closed(int fd, int milliseconds)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    char bytes[4096];
    while (poll(&wait, 1, milliseconds) > 0)
        if (recv(fd, bytes, sizeof bytes, 0) <= 0)
            return true;
    return false;
}

void wire_request(struct wire_answer *out, int port, const char *method, const char *target,
                  const char *headers, const char *body)
{
    out->status = 0;
    int fd = wire_connect(port);
    if (fd < 0)
        return;
    struct buf text = { 0 };
    buf_printf(&text, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s", method, target, port,
               headers ? headers : "");
    if (body)
        buf_printf(&text, "Content-Length: %zu\r\n", strlen(body));
    buf_printf(&text, "\r\n%s", body ? body : "");
    wire_send(fd, text.ptr, text.len);
    wire_read(fd, out, strcmp(method, "HEAD") == 0);
    buf_free(&text);
    close(fd);
}

int wire_socket_open(int fd, const char *target, const char *headers)
{
    struct buf text = { 0 };
    buf_printf(&text,
               "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
               target, headers ? headers : "");
    wire_send(fd, text.ptr, text.len);
    buf_free(&text);
    struct wire_answer answer = { 0 };
    wire_read(fd, &answer, false);
    int status = answer.status;
    wire_answer_free(&answer);
    return status;
}

bool wire_socket_send(int fd, int opcode, const void *bytes, size_t len)
{
    unsigned char head[14] = { (unsigned char)(0x80 | opcode) };
    size_t n = 2;
    if (len < 126)
        head[1] = (unsigned char)(0x80 | len);
    else if (len < 65536) {
        head[1] = 0x80 | 126;
        head[2] = (unsigned char)(len >> 8);
        head[3] = (unsigned char)len;
        n = 4;
    } else {
        head[1] = 0x80 | 127;
        for (int i = 0; i < 8; i++)
            head[2 + i] = (unsigned char)((uint64_t)len >> (56 - 8 * i));
        n = 10;
    }
    static const unsigned char mask[4] = { 1, 2, 3, 4 };
    memcpy(head + n, mask, 4);
    struct buf frame = { 0 };
    buf_append(&frame, head, n + 4);
    for (size_t i = 0; i < len; i++)
        buf_putc(&frame, (char)(((const unsigned char *)bytes)[i] ^ mask[i % 4]));
    bool ok = wire_send(fd, frame.ptr, frame.len);
    buf_free(&frame);
    return ok;
}

static bool read_whole(int fd, void *out, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t got = read_some(fd, (char *)out + done, len - done);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

int wire_socket_read(int fd, struct buf *out)
{
    for (;;) {
        unsigned char head[10];
        if (!read_whole(fd, head, 2))
            return -1;
        uint64_t len = head[1] & 0x7F;
        size_t more = len == 126 ? 2 : len == 127 ? 8 : 0;
        if (more && !read_whole(fd, head + 2, more))
            return -1;
        if (more)
            len = 0;
        for (size_t i = 0; i < more; i++)
            len = len << 8 | head[2 + i];
        buf_clear(out);
        char bytes[4096];
        while (len) {
            size_t part = len < sizeof bytes ? (size_t)len : sizeof bytes;
            if (!read_whole(fd, bytes, part))
                return -1;
            buf_append(out, bytes, part);
            len -= part;
        }
        int opcode = head[0] & 0x0F;
        if (opcode != 9 && opcode != 10)
            return opcode;
    }
}

bool wire_setup_token(const char *line, char *out, size_t size)
{
    const char *mark = strstr(line, "/setup#");
    if (mark)
        snprintf(out, size, "%.*s", (int)strcspn(mark + 7, " "), mark + 7);
    return mark != NULL;
}
