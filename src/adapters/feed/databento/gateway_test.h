/*
 * A stand-in for Databento's live gateway, on a socket of this machine: as the published protocol
 * says, and as badly as it may behave. Stepped by hand, in the test's own thread.
 */
#ifndef ADAPTERS_FEED_DATABENTO_GATEWAY_TEST_H
#define ADAPTERS_FEED_DATABENTO_GATEWAY_TEST_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapters/dbn/dbn.h"
#include "adapters/feed/databento/lsg.h"
#include "tests/testing.h"

#define GATEWAY_KEY "db-unittestapikey1234567890FFFFF"
#define GATEWAY_CHALLENGE "t7kNhwj4xqR0QYjzFKtBEG2ec2pXJ4FK"

struct gateway {
    int listen_fd, fd, port;
    int logins;          /* connections that asked to be let in */
    bool started;        /* this one said start_session */
    const char *refusal; /* NULL: let in who has the key */
    const char *greeting;
    bool is_packed;   /* what the client asked for */
    struct buf in;    /* received, not read yet */
    struct buf lines; /* all lines of this connection */
};

static inline void gateway_open(struct gateway *g)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    *g = (struct gateway){ .fd = -1, .greeting = "lsg_version=0.4.2" };
    g->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    CHECK(g->listen_fd >= 0);
    CHECK(bind(g->listen_fd, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(g->listen_fd, 4) == 0);
    CHECK(getsockname(g->listen_fd, (struct sockaddr *)&address, &len) == 0);
    g->port = ntohs(address.sin_port);
}

/* Hang up, in the middle of whatever it was. */
static inline void gateway_drop(struct gateway *g)
{
    if (g->fd >= 0)
        close(g->fd);
    g->fd = -1;
    g->started = false;
    buf_clear(&g->in);
    buf_clear(&g->lines);
}

static inline void gateway_close(struct gateway *g)
{
    gateway_drop(g);
    close(g->listen_fd);
    buf_free(&g->in);
    buf_free(&g->lines);
}

/* A client may hang up at any moment, as one does that another gateway has refused: the rest is
 * lost. */
static inline void gateway_send(struct gateway *g, const void *bytes, size_t len)
{
    for (const char *at = bytes; len && g->fd >= 0;) {
        ssize_t sent = send(g->fd, at, len, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) {
            gateway_drop(g);
            return;
        }
        CHECK(sent > 0);
        at += sent;
        len -= (size_t)sent;
    }
}

static inline void gateway_say(struct gateway *g, const char *line)
{
    gateway_send(g, line, strlen(line));
}

static inline void gateway_take_line(struct gateway *g, struct str line)
{
    char want[LSG_AUTH_BYTES];
    buf_append(&g->lines, line.ptr, line.len);
    buf_putc(&g->lines, '\n');
    if (str_starts_with(line, STR("auth="))) {
        g->logins++;
        lsg_auth(want, STR(GATEWAY_CHALLENGE), GATEWAY_KEY);
        bool is_right = str_starts_with(str_slice(line, 5, line.len), str_from(want));
        if (g->refusal || !is_right) {
            gateway_say(g, "success=0|error=");
            gateway_say(g, g->refusal ? g->refusal : "Authentication failed.");
            gateway_say(g, "\n");
            gateway_drop(g);
            return;
        }
        gateway_say(g, "success=1|session_id=5|\n");
    }
    if (str_starts_with(line, STR("start_session")))
        g->started = true;
}

static inline void gateway_step(struct gateway *g)
{
    char bytes[4096];
    if (g->fd < 0) {
        g->fd = accept(g->listen_fd, NULL, NULL);
        if (g->fd < 0)
            return;
        int one = 1; /* what is sent is there at once */
        setsockopt(g->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        gateway_say(g, g->greeting);
        gateway_say(g, "\ncram=" GATEWAY_CHALLENGE "\n");
    }
    ssize_t len = recv(g->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (len == 0 || (len < 0 && errno == ECONNRESET))
        gateway_drop(g);
    if (len <= 0)
        return;
    buf_append(&g->in, bytes, (size_t)len);
    for (char *end; g->fd >= 0 && (end = memchr(g->in.ptr, '\n', g->in.len));) {
        size_t used = (size_t)(end - g->in.ptr) + 1;
        char line[LSG_LINE_MAX * 8];
        CHECK(used <= sizeof line);
        memcpy(line, g->in.ptr, used);
        memmove(g->in.ptr, g->in.ptr + used, g->in.len - used);
        g->in.len -= used;
        gateway_take_line(g, (struct str){ line, used - 1 });
    }
}

/* ---- what it streams ---- */

static inline struct dbn_writer *gateway_begin(struct buf *bytes, bool zstd)
{
    struct dbn_metadata metadata;
    struct dbn_writer *writer;
    dbn_metadata_init(&metadata);
    snprintf(metadata.dataset, sizeof metadata.dataset, "OPRA.PILLAR");
    metadata.schema = DBN_SCHEMA_MIXED;
    metadata.stype_in = DBN_STYPE_MIXED;
    CHECK_OK(dbn_writer_open_memory(&writer, bytes, &metadata, zstd));
    return writer;
}

static inline void gateway_map(struct dbn_writer *writer, uint32_t number, const char *name)
{
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_SYMBOL_MAPPING);
    any.hd.instrument_id = number;
    snprintf(any.symbol_mapping.stype_in_symbol, DBN_SYMBOL_BYTES, "%s", name);
    snprintf(any.symbol_mapping.stype_out_symbol, DBN_SYMBOL_BYTES, "%s", name);
    CHECK_OK(dbn_writer_append(writer, &any, 0));
}

static inline void gateway_quote(struct dbn_writer *writer, uint32_t number, int64_t ns,
                                 int64_t bid, int64_t ask)
{
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_CMBP1);
    any.hd.instrument_id = number;
    any.hd.publisher_id = DBN_PUBLISHER_OPRA;
    any.hd.ts_event = any.cmbp1.ts_recv = (uint64_t)ns;
    any.cmbp1.action = 'A';
    any.cmbp1.side = 'N';
    any.cmbp1.levels[0].bid_px = bid * 10000000;
    any.cmbp1.levels[0].ask_px = ask * 10000000;
    CHECK_OK(dbn_writer_append(writer, &any, 0));
}

static inline void gateway_system(struct dbn_writer *writer, uint8_t code)
{
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_SYSTEM);
    any.system.code = code;
    CHECK_OK(dbn_writer_append(writer, &any, 0));
}

static inline void gateway_error(struct dbn_writer *writer, uint8_t code, const char *text)
{
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_ERROR);
    any.error.code = code;
    snprintf(any.error.err, sizeof any.error.err, "%s", text);
    CHECK_OK(dbn_writer_append(writer, &any, 0));
}

#endif
