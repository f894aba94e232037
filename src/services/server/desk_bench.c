/*
 * The live desk under load: previews at 64 connections; 500 orders a second through the gates, each durable before its
 * answer, while the simulated market streams 100,000 quotes a second; 200 watchers of live chains.
 *
 * Author's guess, two processors with the clients on them: previews 3,000 a second at p99 below 60 ms, as each is a
 * step of the one desk; an order p50 4 ms, p99 30 ms, most of it the disk; a frame below 10 ms from its stamp to
 * the last of 200 readers, for half a processor.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/zone.h"
#include "services/server/chain_board.h"
#include "services/server/server_int.h"
#include "tests/wire.h"

enum { CLIENTS = 64, SECONDS_EACH = 8, SAMPLES_MAX = 200000, WATCHERS = 200, ORDERS_A_SECOND = 500, ORDER_CLIENTS = 16 };

struct session {
    struct server *server;
    int port;
    char cookie[300], csrf[64];
    char high[32], low[32];
};

static int64_t now_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

struct samples {
    uint32_t *micros;
    size_t count;
    atomic_int failed;
};

static void tell(const char *name, struct samples *s, double seconds, int64_t cpu_ns)
{
    qsort(s->micros, s->count, sizeof *s->micros, by_size);
    size_t n = s->count ? s->count : 1;
    printf("%-44s %8.0f/s  p50 %6.2f ms  p99 %7.2f ms  max %7.2f ms  %3.0f %% of a processor, clients included%s\n", name,
           (double)s->count / seconds, s->micros[n / 2] / 1000.0, s->micros[n * 99 / 100] / 1000.0, s->micros[n - 1] / 1000.0,
           (double)cpu_ns / 1e7 / seconds, atomic_load(&s->failed) ? "  FAILED" : "");
}

/* ---- requests ------------------------------------------------------------------------------------ */

static int read_answer(int fd)
{
    char bytes[65536];
    size_t len = 0, whole = 0;
    while (!whole || len < whole) {
        ssize_t got = recv(fd, bytes + len, sizeof bytes - 1 - len, 0);
        if (got <= 0)
            return 0;
        len += (size_t)got;
        bytes[len] = '\0';
        const char *end = strstr(bytes, "\r\n\r\n"), *length = strstr(bytes, "content-length: ");
        if (!whole && end && length)
            whole = (size_t)(end - bytes) + 4 + strtoul(length + 16, NULL, 10);
        if (whole > sizeof bytes - 1)
            return 0;
    }
    return (int)strtol(bytes + 9, NULL, 10);
}

struct load {
    const struct session *session;
    const char *target, *body;
    int wanted, number;
    int64_t interval_ns; /* between two requests of this client; 0: at once */
    atomic_bool *stop;
    struct samples *into;
    pthread_mutex_t *lock;
};

static void *send_many(void *argument)
{
    struct load *l = argument;
    int fd = wire_connect(l->session->port);
    struct buf request = { 0 };
    int64_t next = now_ns(CLOCK_MONOTONIC) + l->interval_ns * l->number / ORDER_CLIENTS;
    uint32_t *micros = mem_alloc(SAMPLES_MAX * sizeof *micros);
    size_t count = 0;
    for (int i = 0; !atomic_load(l->stop) && count < SAMPLES_MAX; i++) {
        buf_clear(&request);
        buf_printf(&request,
                   "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %s\r\nX-CSRF-Token: %s\r\nOrigin: http://127.0.0.1\r\n"
                   "Content-Type: application/json\r\nIdempotency-Key: b%d-%d\r\nContent-Length: %zu\r\n\r\n%s",
                   l->target, l->session->cookie, l->session->csrf, l->number, i, strlen(l->body), l->body);
        if (l->interval_ns) {
            struct timespec t = { next / 1000000000, next % 1000000000 };
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
        }
        /* From when it was due: a late server makes the next ones late, and that counts. */
        int64_t begin = l->interval_ns ? next : now_ns(CLOCK_MONOTONIC);
        next += l->interval_ns;
        wire_send(fd, request.ptr, request.len);
        if (read_answer(fd) != l->wanted)
            atomic_fetch_add(&l->into->failed, 1);
        micros[count++] = (uint32_t)((now_ns(CLOCK_MONOTONIC) - begin) / 1000);
    }
    pthread_mutex_lock(l->lock);
    memcpy(l->into->micros + l->into->count, micros, count * sizeof *micros);
    l->into->count += count;
    pthread_mutex_unlock(l->lock);
    mem_free(micros);
    buf_free(&request);
    close(fd);
    return NULL;
}

static uint64_t quotes_of(struct server *server)
{
    struct desk_shot *shot = live_desk_shot(server->live);
    uint64_t quotes = shot ? shot->quotes : 0;
    mem_free(shot);
    return quotes;
}

static void measure(const struct session *s, const char *name, const char *target, const char *body, int wanted, int clients, int a_second)
{
    pthread_t threads[CLIENTS];
    struct load loads[CLIENTS];
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct samples into = { mem_alloc((size_t)CLIENTS * SAMPLES_MAX * sizeof(uint32_t)), 0, 0 };
    atomic_bool stop = false;
    uint64_t quotes = quotes_of(s->server);
    int64_t cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID), wall = now_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < clients; i++) {
        loads[i] = (struct load){ s, target, body, wanted, i, a_second ? INT64_C(1000000000) * clients / a_second : 0, &stop, &into, &lock };
        MUST(pthread_create(&threads[i], NULL, send_many, &loads[i]) == 0);
    }
    sleep(SECONDS_EACH);
    atomic_store(&stop, true);
    for (int i = 0; i < clients; i++)
        pthread_join(threads[i], NULL);
    double seconds = (double)(now_ns(CLOCK_MONOTONIC) - wall) / 1e9;
    tell(name, &into, seconds, now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    printf("%-44s %8.0f quotes/s meanwhile\n", "", (double)(quotes_of(s->server) - quotes) / seconds);
    mem_free(into.micros);
}

/* ---- watchers ------------------------------------------------------------------------------------ */

/* A reader of WebSocket frames of a server: unmasked, whole. */
struct reader {
    int fd;
    struct buf bytes;
};

/* Takes whole frames out; notes how old each chain frame is. */
static void take_frames(struct reader *r, struct samples *into, uint64_t *rows)
{
    size_t at = 0;
    const unsigned char *p = (const unsigned char *)r->bytes.ptr;
    int64_t now = now_ns(CLOCK_REALTIME);
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
        if ((p[at] & 15) == 2 && len >= CHAIN_HEAD_BYTES && into->count < SAMPLES_MAX) {
            int64_t stamp;
            uint32_t n;
            memcpy(&n, p + at + head + 16, sizeof n);
            memcpy(&stamp, p + at + head + 40, sizeof stamp);
            into->micros[into->count++] = (uint32_t)((now - stamp) / 1000);
            *rows += n;
        }
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
    snprintf(headers, sizeof headers, "Cookie: %s\r\nOrigin: http://127.0.0.1\r\n", s->cookie);
    snprintf(subscribe, sizeof subscribe, "{\"op\":\"subscribe\",\"topic\":\"%s\"}", topic);
    for (int i = 0; i < WATCHERS; i++) {
        readers[i] = (struct reader){ .fd = wire_connect(s->port) };
        MUST(wire_socket_open(readers[i].fd, "/api/v1/stream", headers) == 101);
        MUST(wire_socket_send(readers[i].fd, 1, subscribe, strlen(subscribe)));
        struct epoll_event event = { .events = EPOLLIN, .data.u32 = (uint32_t)i };
        MUST(epoll_ctl(poll, EPOLL_CTL_ADD, readers[i].fd, &event) == 0);
    }
    struct samples into = { mem_alloc(SAMPLES_MAX * sizeof(uint32_t)), 0, 0 };
    uint64_t before = http_counts(s->server->http).bytes_out, rows = 0;
    int64_t cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID), begin = now_ns(CLOCK_MONOTONIC);
    while (now_ns(CLOCK_MONOTONIC) - begin < SECONDS_EACH * INT64_C(1000000000)) {
        struct epoll_event events[64];
        int n = epoll_wait(poll, events, 64, 100);
        for (int i = 0; i < n; i++) {
            struct reader *r = &readers[events[i].data.u32];
            ssize_t got = recv(r->fd, bytes, sizeof bytes, MSG_DONTWAIT);
            if (got > 0)
                buf_append(&r->bytes, bytes, (size_t)got);
            take_frames(r, &into, &rows);
        }
    }
    double seconds = (double)(now_ns(CLOCK_MONOTONIC) - begin) / 1e9;
    char name[80];
    snprintf(name, sizeof name, "%d watchers of %s: frames", WATCHERS, topic);
    tell(name, &into, seconds, now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    printf("%-44s %8.1f MB/s, %.0f rows a frame\n", "", (double)(http_counts(s->server->http).bytes_out - before) / 1e6 / seconds,
           (double)rows / (double)(into.count ? into.count : 1));
    for (int i = 0; i < WATCHERS; i++) {
        close(readers[i].fd);
        buf_free(&readers[i].bytes);
    }
    close(poll);
    mem_free(into.micros);
}

/* ---- the server ---------------------------------------------------------------------------------- */

static char setup[64];

static void on_line(UNUSED void *context, const char *line)
{
    const char *mark = strstr(line, "/setup#");
    if (mark)
        snprintf(setup, sizeof setup, "%.*s", (int)strcspn(mark + 7, " "), mark + 7);
}

static void *run(void *argument)
{
    server_run(argument);
    return NULL;
}

static void log_in(struct session *s)
{
    char body[200];
    struct wire_answer a = { 0 };
    snprintf(body, sizeof body, "{\"token\":\"%s\",\"login\":\"ann\",\"password\":\"seven green bicycles\"}", setup);
    wire_request(&a, s->port, "POST", "/api/v1/setup", "Content-Type: application/json\r\n", body);
    MUST(a.status == 201);
    const char *set = wire_header(&a, "set-cookie"), *csrf = strstr(a.body.ptr, "\"csrf_token\":\"");
    MUST(set != NULL);
    MUST(csrf != NULL);
    snprintf(s->cookie, sizeof s->cookie, "%.*s", (int)strcspn(set, ";"), set);
    snprintf(s->csrf, sizeof s->csrf, "%.*s", (int)strcspn(csrf + 14, "\""), csrf + 14);
    wire_answer_free(&a);
}

/* Two strikes of the front expiry below the market. */
static bool find_strikes(struct session *s)
{
    struct arena arena;
    struct view view;
    bool found = false;
    int32_t front = live_desk_front(s->server->live, STR("SPX"));
    arena_init(&arena, "bench", 0);
    if (front && live_desk_chain(s->server->live, &arena, STR("SPX"), &front, 1, &view) == ERR_OK && view.count) {
        const struct view_expiry *e = &view.expiries[0];
        size_t at = 0;
        while (at < e->count && e->strikes[at].strike_mills / 1000.0 < 0.99 * view.spot)
            at++;
        found = at > 6 && at < e->count && e->strikes[at].put.quote.bid != PRICE_NONE;
        for (int i = 0; found && i < 2; i++)
            snprintf(i ? s->low : s->high, sizeof s->low, "%-6s%06dP%08d", e->root, front % 1000000, e->strikes[at - (i ? 6 : 0)].strike_mills);
    }
    arena_clear(&arena);
    return found;
}

/* The account's own limits would stop the load: of orders a minute. */
static void lift_rate(struct server *server)
{
    char why[DESK_TEXT_BYTES];
    bool is_recovering;
    struct desk *desk = live_desk_get(server->live, why, &is_recovering);
    sleep(1);
    struct desk_shot *shot = live_desk_shot(server->live);
    struct desk_command c = { .command = { .kind = COMMAND_OVERRIDE, .role = BY_OWNER, .limit = RISK_ORDER_RATE, .value = 1000000,
                                           .until_ns = shot->now_ns + 86400 * INT64_C(1000000000), .who = "bench", .why = "load" } };
    struct desk_answer answer;
    if (desk_command(desk, &c, &answer, INT64_C(5000000000)))
        printf("the rate stays limited: %s\n", err_detail());
    mem_free(shot);
}

static void pace(struct server *server, double speed)
{
    char why[DESK_TEXT_BYTES];
    bool is_recovering;
    desk_set_speed(live_desk_get(server->live, why, &is_recovering), speed);
    sleep(1);
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/ironfly-bench-XXXXXX", preview[600], order[600], topic[40];
    struct session s = { 0 };
    pthread_t thread;
    double speed = argc > 1 ? strtod(argv[1], NULL) : 60;
    setvbuf(stdout, NULL, _IOLBF, 0);
    MUST(zone_init() == ERR_OK);
    MUST(mkdtemp(folder) != NULL);
    struct server_options o = { .data = folder, .bind = "127.0.0.1", .cost = password_cost_least, .announce = on_line, .feed = "sim",
                                .symbols = "SPX,SPY,QQQ", .speed = speed, .seed = 1, .cash_micros = INT64_C(10000000) * 1000000 };
    if (server_open(&s.server, &o)) {
        fprintf(stderr, "%s\n", err_detail());
        return 1;
    }
    MUST(pthread_create(&thread, NULL, run, s.server) == 0);
    s.port = server_port(s.server);
    log_in(&s);
    for (int i = 0; i < 300 && !find_strikes(&s); i++)
        usleep(50000);
    lift_rate(s.server);
    snprintf(preview, sizeof preview,
             "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"%s\",\"side\":\"sell\",\"ratio\":1},{\"contract\":\"%s\",\"side\":\"buy\",\"ratio\":1}],"
             "\"quantity\":1,\"type\":\"market\"}",
             s.high, s.low);
    /* At a price that nobody takes, and gone at once: every order passes the gates and the journal. */
    snprintf(order, sizeof order,
             "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"%s\",\"side\":\"sell\",\"ratio\":1},{\"contract\":\"%s\",\"side\":\"buy\",\"ratio\":1}],"
             "\"quantity\":1,\"type\":\"limit\",\"limit_micros\":-29900000,\"time_in_force\":\"ioc\"}",
             s.high, s.low);
    measure(&s, "POST orders, as many as go, 64 connections", "/api/v1/orders", order, 201, CLIENTS, 0);
    measure(&s, "POST orders, 500 a second", "/api/v1/orders", order, 201, ORDER_CLIENTS, ORDERS_A_SECOND);
    measure(&s, "POST orders/preview, 64 connections", "/api/v1/orders/preview", preview, 200, CLIENTS, 0);
    pace(s.server, 1); /* watchers see a market as it is */
    watch_chains(&s, "chain:SPX");
    int32_t front = live_desk_front(s.server->live, STR("SPX"));
    snprintf(topic, sizeof topic, "chain:SPX:%04d-%02d-%02d", front / 10000, front / 100 % 100, front % 100);
    watch_chains(&s, topic);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("peak memory %ld MB\n", usage.ru_maxrss / 1024);
    server_stop(s.server);
    pthread_join(thread, NULL);
    server_close(s.server);
    return 0;
}
