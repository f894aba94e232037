/*
 * A WebSocket to somebody else's server, text messages both ways, for vendors' feeds.
 *
 *     ws_open(&ws, &options);
 *     for (;;) { ws_poll(ws); while (ws_next(ws, &message)) read(message); ... ws_send(ws, text); }
 *     ws_close(ws);
 *
 * Nothing here waits, and no thread is started but the C library's for looking a name up: the
 * caller polls, and one thread makes all calls of a client. A lost line is not mended here: close
 * it and open another.
 */
#ifndef NET_WS_CLIENT_H
#define NET_WS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

enum ws_state { WS_CONNECTING, WS_UP, WS_DOWN };

struct ws_options {
    const char *host; /* a name or an address */
    int port;
    const char *path;         /* "/options" */
    bool is_plain;            /* no TLS: for a server on this machine */
    const char *ca_file;      /* PEM, in place of the system's; NULL */
    size_t message_bytes_max; /* a longer one ends the line; 0: 16 MiB */
};

struct ws_client;

/* Begins to connect; whether it works is told by ws_state(). Errors: ERR_USAGE for a host, port or
 * path that cannot be one. */
NODISCARD enum err ws_open(struct ws_client **out, const struct ws_options *options);

/* Do what can be done now. */
void ws_poll(struct ws_client *ws);
enum ws_state ws_state(const struct ws_client *ws);
const char *ws_why(const struct ws_client *ws); /* it is down; "" else. A few words */

/* The next whole message; its text is valid until the next call. Those that came before the line
 * went down are still given. */
bool ws_next(struct ws_client *ws, struct str *message);

/* Queue a text message; it leaves in ws_poll(), in order, once the line is up. */
void ws_send(struct ws_client *ws, struct str text);

void ws_close(struct ws_client *ws); /* NULL is fine */

#endif
