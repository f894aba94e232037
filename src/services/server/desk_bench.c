/*
 * The live desk under load: previews at 64 connections; 500 orders a second through the gates,
 * each durable before its answer, while the simulated market streams 100,000 quotes a second; 200
 * watchers of live chains.
 *
 * Author's guess, two processors with the clients on them: previews 3,000 a second at p99 below 60
 * ms, as each is a step of the one desk; an order p50 4 ms, p99 30 ms, most of it the disk; a
 * frame below 10 ms from its stamp to the last of 200 readers, for half a processor.
 *
 *     desk_bench [SPEED [SECONDS]]    of the market, default 60; of each measurement, default 8
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "services/server/chain_board.h"
#include "services/server/server_int.h"
#include "tests/load.h"

enum { CLIENTS = 64, WATCHERS = 200, ORDERS_A_SECOND = 500, ORDER_CLIENTS = 16 };

struct session {
    struct load_house house;
    char high[32], low[32]; /* two strikes to trade */
    double seconds;         /* of each measurement */
};

/* ---- requests -------------------------------------------------------------------------------- */

struct post {
    const struct session *session;
    const char *target, *body;
};

static void post(void *context, int client, int number, struct buf *out)
{
    const struct post *p = context;
    const struct load_house *h = &p->session->house;
    buf_printf(
        out,
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %s\r\nX-CSRF-Token: %s\r\nOrigin: http://127.0.0.1\r\n"
        "Content-Type: application/json\r\nIdempotency-Key: b%d-%d\r\nContent-Length: %zu\r\n\r\n%s",
        p->target, h->cookie, h->csrf, client, number, strlen(p->body), p->body);
}

static uint64_t quotes_of(struct server *server)
{
    struct desk_shot *shot = live_desk_shot(server->live);
    uint64_t quotes = shot ? shot->quotes : 0;
    mem_free(shot);
    return quotes;
}

static void measure(const struct session *s, const char *name, const char *target, const char *body,
                    int wanted, int clients, int a_second)
{
    struct post p = { s, target, body };
    struct load_plan plan = {
        name, s->house.port, clients, wanted, a_second, s->seconds, post, &p
    };
    uint64_t quotes = quotes_of(s->house.server);
    int64_t begin = load_now_ns(CLOCK_MONOTONIC);
    load_measure(&plan);
    printf("%-44s %8.0f quotes/s meanwhile\n", "",
           (double)(quotes_of(s->house.server) - quotes) * 1e9 /
               (double)(load_now_ns(CLOCK_MONOTONIC) - begin));
}

/* ---- watchers -------------------------------------------------------------------------------- */

/* A reader of WebSocket frames of a server: unmasked, whole. */
struct reader {
    int fd;
    struct buf bytes;
};

/* Whole chains that begin a topic, and what changes after them. */
struct frames {
    struct load_samples snapshots, early, deltas;
    int64_t settled_ns; /* when all have long begun */
    uint64_t rows;
};

static void note_frame(struct frames *into, const unsigned char *frame, int64_t now_ns)
{
    uint16_t kind;
    uint32_t rows;
    int64_t stamp;
    memcpy(&kind, frame + 6, sizeof kind);
    memcpy(&rows, frame + 16, sizeof rows);
    memcpy(&stamp, frame + 40, sizeof stamp);
    struct load_samples *of = kind == 1 ? &into->snapshots : &into->deltas;
    if (kind != 1 && now_ns < into->settled_ns)
        of = &into->early;
    if (of->count < LOAD_SAMPLES_MAX)
        of->micros[of->count++] = (uint32_t)((now_ns - stamp) / 1000);
    into->rows += kind == 1 ? 0 : rows;
}

/* Takes whole frames out; notes how old each chain frame is. */
static void take_frames(struct reader *r, struct frames *into)
{
    size_t at = 0;
    const unsigned char *p = (const unsigned char *)r->bytes.ptr;
    int64_t now = load_now_ns(CLOCK_REALTIME);
    for (;;) {
        size_t left = r->bytes.len - at, head = 2, len;
        if (left < 2)
            break;
        len = p[at + 1] & 127;
        if (len == 126) {
            if (left < 4)
                break;
            len = (size_t)p[at + 2] << 8 | p[at + 3];
            head = 4;
        } else if (len == 127) {
            if (left < 10)
                break;
            len = 0;
            for (int i = 0; i < 8; i++)
                len = len << 8 | p[at + 2 + i];
            head = 10;
        }
        if (left < head + len)
            break;
        if ((p[at] & 15) == 2 && len >= CHAIN_HEAD_BYTES)
            note_frame(into, p + at + head, now);
        at += head + len;
    }
    memmove(r->bytes.ptr, r->bytes.ptr + at, r->bytes.len - at);
    r->bytes.len -= at;
}

static void watch_chains(const struct session *s, const char *topic)
{
    static struct reader readers[WATCHERS];
    char headers[400], bytes[65536], subscribe[100];
    int poll = epoll_create1(0);
    snprintf(headers, sizeof headers, "Cookie: %s\r\nOrigin: http://127.0.0.1\r\n",
             s->house.cookie);
    snprintf(subscribe, sizeof subscribe, "{\"op\":\"subscribe\",\"topic\":\"%s\"}", topic);
    for (int i = 0; i < WATCHERS; i++) {
        readers[i] = (struct reader){ .fd = wire_connect(s->house.port) };
        MUST(wire_socket_open(readers[i].fd, "/api/v1/stream", headers) == 101);
        MUST(wire_socket_send(readers[i].fd, 1, subscribe, strlen(subscribe)));
        struct epoll_event event = { .events = EPOLLIN, .data.u32 = (uint32_t)i };
        MUST(epoll_ctl(poll, EPOLL_CTL_ADD, readers[i].fd, &event) == 0);
    }
    struct frames into = { .settled_ns = load_now_ns(CLOCK_REALTIME) + INT64_C(1000000000) };
    load_samples_open(&into.snapshots);
    load_samples_open(&into.early);
    load_samples_open(&into.deltas);
    uint64_t before = http_counts(s->house.server->http).bytes_out;
    int64_t cpu = load_now_ns(CLOCK_PROCESS_CPUTIME_ID), begin = load_now_ns(CLOCK_MONOTONIC);
    while ((double)(load_now_ns(CLOCK_MONOTONIC) - begin) < s->seconds * 1e9) {
        struct epoll_event events[64];
        int n = epoll_wait(poll, events, 64, 100);
        for (int i = 0; i < n; i++) {
            struct reader *r = &readers[events[i].data.u32];
            ssize_t got = recv(r->fd, bytes, sizeof bytes, MSG_DONTWAIT);
            if (got > 0)
                buf_append(&r->bytes, bytes, (size_t)got);
            take_frames(r, &into);
        }
    }
    double seconds = (double)(load_now_ns(CLOCK_MONOTONIC) - begin) / 1e9;
    cpu = load_now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    char name[80];
    snprintf(name, sizeof name, "%d watchers of %s: changes", WATCHERS, topic);
    load_tell(name, &into.deltas, seconds, cpu);
    load_tell("  in the first second, while all begin", &into.early, seconds, cpu);
    load_tell("  the snapshots, all asked for at once", &into.snapshots, seconds, cpu);
    printf("%-44s %8.1f MB/s, %.0f rows a frame\n", "",
           (double)(http_counts(s->house.server->http).bytes_out - before) / 1e6 / seconds,
           (double)into.rows / (double)(into.deltas.count ? into.deltas.count : 1));
    load_samples_close(&into.snapshots);
    load_samples_close(&into.early);
    load_samples_close(&into.deltas);
    for (int i = 0; i < WATCHERS; i++) {
        close(readers[i].fd);
        buf_free(&readers[i].bytes);
    }
    close(poll);
}

/* ---- the desk -------------------------------------------------------------------------------- */

/* Two strikes of the front expiry below the market. */
static bool find_strikes(struct session *s)
{
    struct arena arena;
    struct view view;
    bool found = false;
    int32_t front = live_desk_front(s->house.server->live, STR("SPX"));
    arena_init(&arena, "bench", 0);
    if (front &&
        live_desk_chain(s->house.server->live, &arena, STR("SPX"), &front, 1, &view) == ERR_OK &&
        view.count) {
        const struct view_expiry *e = &view.expiries[0];
        size_t at = 0;
        while (at < e->count && e->strikes[at].strike_mills / 1000.0 < 0.99 * view.spot)
            at++;
        found = at > 6 && at < e->count && e->strikes[at].put.quote.bid != PRICE_NONE;
        for (int i = 0; found && i < 2; i++)
            snprintf(i ? s->low : s->high, sizeof s->low, "%-6s%06dP%08d", e->root, front % 1000000,
                     e->strikes[at - (i ? 6 : 0)].strike_mills);
    }
    arena_clear(&arena);
    return found;
}

/* It shows its chains before it takes orders. */
static struct desk *await_desk(struct server *server)
{
    char why[DESK_TEXT_BYTES];
    bool is_recovering;
    struct desk *desk = NULL;
    for (int i = 0; i < 600 && !desk; i++) {
        usleep(i ? 50000 : 0);
        desk = live_desk_get(server->live, why, &is_recovering);
    }
    MUST(desk != NULL);
    return desk;
}

/* The account's own limits would stop the load: of orders a minute. */
static void lift_rate(struct server *server)
{
    struct desk *desk = await_desk(server);
    sleep(1);
    struct desk_shot *shot = live_desk_shot(server->live);
    struct desk_command c = { .command = { .kind = COMMAND_OVERRIDE,
                                           .role = BY_OWNER,
                                           .limit = RISK_ORDER_RATE,
                                           .value = 1000000,
                                           .until_ns = shot->now_ns + 86400 * INT64_C(1000000000),
                                           .who = "bench",
                                           .why = "load" } };
    struct desk_answer answer;
    if (desk_command(desk, &c, &answer, INT64_C(5000000000)))
        printf("the rate stays limited: %s\n", err_detail());
    mem_free(shot);
}

static void pace(struct server *server, double speed)
{
    desk_set_speed(await_desk(server), speed);
    sleep(1);
}

int main(int argc, char **argv)
{
    char preview[600], order[600], topic[40];
    struct session s = { .seconds = argc > 2 ? strtod(argv[2], NULL) : 8 };
    double speed = argc > 1 ? strtod(argv[1], NULL) : 60;
    load_open(&s.house, &(struct server_options){ .feed = "sim",
                                                  .symbols = "SPX,SPY,QQQ",
                                                  .speed = speed,
                                                  .seed = 1,
                                                  .cash_micros = INT64_C(10000000) * 1000000 });
    struct server *server = s.house.server;
    for (int i = 0; i < 300 && !find_strikes(&s); i++)
        usleep(50000);
    lift_rate(server);
    snprintf(
        preview, sizeof preview,
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"%s\",\"side\":\"sell\",\"ratio\":1},{\"contract\":\"%s\",\"side\":\"buy\",\"ratio\":1}],"
        "\"quantity\":1,\"type\":\"market\"}",
        s.high, s.low);
    /* At a price that nobody takes, and gone at once: every order passes the gates and the journal.
     */
    snprintf(
        order, sizeof order,
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"%s\",\"side\":\"sell\",\"ratio\":1},{\"contract\":\"%s\",\"side\":\"buy\",\"ratio\":1}],"
        "\"quantity\":1,\"type\":\"limit\",\"limit_micros\":-29900000,\"time_in_force\":\"ioc\"}",
        s.high, s.low);
    measure(&s, "POST orders, as many as go, 64 connections", "/api/v1/orders", order, 201, CLIENTS,
            0);
    measure(&s, "POST orders, 500 a second", "/api/v1/orders", order, 201, ORDER_CLIENTS,
            ORDERS_A_SECOND);
    measure(&s, "POST orders/preview, 64 connections", "/api/v1/orders/preview", preview, 200,
            CLIENTS, 0);
    pace(server, 1); /* watchers see a market as it is */
    watch_chains(&s, "chain:SPX");
    int32_t front = live_desk_front(server->live, STR("SPX"));
    snprintf(topic, sizeof topic, "chain:SPX:%04d-%02d-%02d", front / 10000, front / 100 % 100,
             front % 100);
    watch_chains(&s, topic);
    load_close(&s.house);
    return 0;
}
