/*
 * A client for tests that says exactly the bytes it is told, right or wrong, and reads what comes
 * back: HTTP/1.1 answers and WebSocket frames. Every wait ends after half a minute.
 */
#ifndef TESTS_WIRE_H
#define TESTS_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct wire_answer {
    int status; /* 0: the connection was closed without an answer */
    struct buf head, body;
};

int wire_connect(int port); /* a socket, or -1 */
/* False when the other end does not take it all. */
bool wire_send(int fd, const void *bytes, size_t len);
/* One answer, by its content-length; reading until the end when it has none. */
void wire_read(int fd, struct wire_answer *out, bool is_head);
void wire_answer_free(struct wire_answer *answer);
/* A header's value within head, or NULL. Valid until the next call in this thread. */
const char *wire_header(const struct wire_answer *answer, const char *name);
/* Is the connection closed by the other end within this many milliseconds? */
bool wire_is_closed(int fd, int milliseconds);

/* Connect, send one request, read its answer, close. headers: whole lines, each with CR LF. */
void wire_request(struct wire_answer *out, int port, const char *method, const char *target,
                  const char *headers, const char *body);

/* The WebSocket handshake; returns the HTTP status, 101 when it is one. */
int wire_socket_open(int fd, const char *target, const char *headers);
/* opcode 1 text, 2 binary, 8 close, 9 ping; masked, as clients must. */
bool wire_socket_send(int fd, int opcode, const void *bytes, size_t len);
/* The next frame that is no ping or pong: its opcode, or -1 at the end of the connection. */
int wire_socket_read(int fd, struct buf *out);

/* Of a line that a server says when it has no admin yet: the token of its first page. False: it is
 * another line. */
bool wire_setup_token(const char *line, char *out, size_t size);

#endif
