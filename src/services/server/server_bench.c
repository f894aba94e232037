/*
 * What a request costs from the client's side: 64 kept connections, a thread each, and what a topic
 * costs to send to many. Author's guess: 10,000 small reads a second on two processors, p99 below
 * 20 ms, as every request crosses from the sockets' thread to a pool and back; 200 watchers of a
 * topic at 20 frames a second each below half a processor.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "services/server/server_int.h"
#include "tests/wire.h"

enum { CLIENTS = 64, SECONDS_EACH = 4, SAMPLES_MAX = 200000, WATCHERS = 200 };

struct load {
    int port;
    const char *request;
    atomic_bool *stop;
    uint32_t *micros;
    size_t count;
    int failed;
};

static int64_t now_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Read one answer with few calls, so that little of the figure is ours; its status. */
static int read_answer(int fd)
{
    char bytes[16384];
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

static void *hammer(void *argument)
{
    struct load *l = argument;
    int fd = wire_connect(l->port);
    while (!atomic_load(l->stop) && l->count < SAMPLES_MAX) {
        int64_t begin = now_ns(CLOCK_MONOTONIC);
        wire_send(fd, l->request, strlen(l->request));
        l->failed += read_answer(fd) != 200;
        l->micros[l->count++] = (uint32_t)((now_ns(CLOCK_MONOTONIC) - begin) / 1000);
    }
    close(fd);
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void measure(int port, const char *name, const char *request)
{
    static struct load loads[CLIENTS];
    pthread_t threads[CLIENTS];
    atomic_bool stop = false;
    int64_t cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID), wall = now_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < CLIENTS; i++) {
        loads[i] = (struct load){ port, request, &stop, mem_alloc(SAMPLES_MAX * sizeof(uint32_t)), 0, 0 };
        MUST(pthread_create(&threads[i], NULL, hammer, &loads[i]) == 0);
    }
    sleep(SECONDS_EACH);
    atomic_store(&stop, true);
    size_t total = 0;
    int failed = 0;
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
        total += loads[i].count;
        failed += loads[i].failed;
    }
    double seconds = (double)(now_ns(CLOCK_MONOTONIC) - wall) / 1e9;
    cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    uint32_t *all = mem_alloc((total + 1) * sizeof *all);
    size_t n = 0;
    for (int i = 0; i < CLIENTS; i++) {
        memcpy(all + n, loads[i].micros, loads[i].count * sizeof *all);
        n += loads[i].count;
        mem_free(loads[i].micros);
    }
    qsort(all, n, sizeof *all, by_size);
    printf("%-34s %8.0f/s  p50 %6.2f ms  p99 %6.2f ms  %5.1f us processor each, clients included%s\n", name, (double)n / seconds,
           all[n / 2] / 1000.0, all[n * 99 / 100] / 1000.0, (double)cpu / 1e3 / (double)(n ? n : 1), failed ? "  FAILED" : "");
    mem_free(all);
}

static void watch_many(struct server *server, int port, const char *cookie)
{
    int fds[WATCHERS];
    char headers[400], json[256];
    snprintf(headers, sizeof headers, "Cookie: %s\r\nOrigin: http://127.0.0.1\r\n", cookie);
    for (int i = 0; i < WATCHERS; i++) {
        fds[i] = wire_connect(port);
        MUST(wire_socket_open(fds[i], "/api/v1/stream", headers) == 101);
        static const char subscribe[] = "{\"op\":\"subscribe\",\"topic\":\"quotes\"}";
        MUST(wire_socket_send(fds[i], 1, subscribe, sizeof subscribe - 1));
    }
    uint64_t before = http_counts(server->http).bytes_out;
    int64_t cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID), begin = now_ns(CLOCK_MONOTONIC);
    for (int i = 0; now_ns(CLOCK_MONOTONIC) - begin < SECONDS_EACH * INT64_C(1000000000); i++) { /* 1,000 changes a second of 20 things */
        char key[16], drop[65536];
        snprintf(key, sizeof key, "k%d", i % 20);
        snprintf(json, sizeof json, "{\"bid_micros\":%d,\"ask_micros\":%d,\"ts_ns\":%lld}", i, i + 1, (long long)begin);
        hub_put(server->hub, TOPIC_QUOTES, key, "", str_from(json));
        usleep(1000);
        for (int k = 0; i % 20 == 0 && k < WATCHERS; k++)
            while (recv(fds[k], drop, sizeof drop, MSG_DONTWAIT) > 0)
                continue;
    }
    double seconds = (double)(now_ns(CLOCK_MONOTONIC) - begin) / 1e9;
    printf("%d watchers, 1,000 changes a second  %.1f MB/s sent, %.0f %% of a processor, publisher and readers included\n", WATCHERS,
           (double)(http_counts(server->http).bytes_out - before) / 1e6 / seconds,
           (double)(now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu) / 1e7 / seconds);
    for (int i = 0; i < WATCHERS; i++)
        close(fds[i]);
}

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

int main(void)
{
    char folder[] = "/tmp/ironfly-bench-XXXXXX", body[200], me[500], cookie[300];
    struct server *server;
    pthread_t thread;
    MUST(mkdtemp(folder) != NULL);
    struct server_options o = { .data = folder, .bind = "127.0.0.1", .cost = password_cost_least, .announce = on_line };
    if (server_open(&server, &o)) {
        fprintf(stderr, "%s\n", err_detail());
        return 1;
    }
    MUST(pthread_create(&thread, NULL, run, server) == 0);
    int port = server_port(server);
    snprintf(body, sizeof body, "{\"token\":\"%s\",\"login\":\"ann\",\"password\":\"seven green bicycles\"}", setup);
    struct wire_answer a = { 0 };
    wire_request(&a, port, "POST", "/api/v1/setup", "Content-Type: application/json\r\n", body);
    const char *set = wire_header(&a, "set-cookie");
    MUST(a.status == 201);
    MUST(set != NULL);
    snprintf(cookie, sizeof cookie, "%.*s", (int)strcspn(set, ";"), set);
    snprintf(me, sizeof me, "GET /api/v1/auth/me HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %s\r\n\r\n", cookie);
    measure(port, "GET /healthz", "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    measure(port, "GET /api/v1/auth/me, logged in", me);
    watch_many(server, port, cookie);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("peak memory %ld MB\n", usage.ru_maxrss / 1024);
    server_stop(server);
    pthread_join(thread, NULL);
    server_close(server);
    wire_answer_free(&a);
    return 0;
}
