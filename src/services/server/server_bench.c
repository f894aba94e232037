/*
 * What a request costs from the client's side: 64 kept connections, a thread each, and what a topic
 * costs to send to many. Author's guess: 10,000 small reads a second on two processors, p99 below
 * 20 ms, as every request crosses from the sockets' thread to a pool and back; 200 watchers of a
 * topic at 20 frames a second each below half a processor.
 *
 *     server_bench [SECONDS]    of each measurement; default 4
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "services/server/server_int.h"
#include "tests/load.h"

enum { CLIENTS = 64, WATCHERS = 200 };

static void same(void *context, UNUSED int client, UNUSED int number, struct buf *out)
{
    buf_puts(out, context);
}

static void watch_many(const struct load_house *h, double length)
{
    int fds[WATCHERS];
    char headers[400], json[256];
    snprintf(headers, sizeof headers, "Cookie: %s\r\nOrigin: http://127.0.0.1\r\n", h->cookie);
    for (int i = 0; i < WATCHERS; i++) {
        fds[i] = wire_connect(h->port);
        MUST(wire_socket_open(fds[i], "/api/v1/stream", headers) == 101);
        static const char subscribe[] = "{\"op\":\"subscribe\",\"topic\":\"quotes\"}";
        MUST(wire_socket_send(fds[i], 1, subscribe, sizeof subscribe - 1));
    }
    uint64_t before = http_counts(h->server->http).bytes_out;
    int64_t cpu = load_now_ns(CLOCK_PROCESS_CPUTIME_ID), begin = load_now_ns(CLOCK_MONOTONIC);
    for (int i = 0; (double)(load_now_ns(CLOCK_MONOTONIC) - begin) < length * 1e9;
         i++) { /* 1,000 changes a second of 20 things */
        char key[16], drop[65536];
        snprintf(key, sizeof key, "k%d", i % 20);
        snprintf(json, sizeof json, "{\"bid_micros\":%d,\"ask_micros\":%d,\"ts_ns\":%lld}", i,
                 i + 1, (long long)begin);
        hub_put(h->server->hub, TOPIC_QUOTES, key, "", str_from(json));
        usleep(1000);
        for (int k = 0; i % 20 == 0 && k < WATCHERS; k++)
            while (recv(fds[k], drop, sizeof drop, MSG_DONTWAIT) > 0)
                continue;
    }
    double seconds = (double)(load_now_ns(CLOCK_MONOTONIC) - begin) / 1e9;
    printf(
        "%d watchers, 1,000 changes a second  %.1f MB/s sent, %.0f %% of a processor, publisher and readers included\n",
        WATCHERS, (double)(http_counts(h->server->http).bytes_out - before) / 1e6 / seconds,
        (double)(load_now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu) / 1e7 / seconds);
    for (int i = 0; i < WATCHERS; i++)
        close(fds[i]);
}

int main(int argc, char **argv)
{
    static char health[] = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 4;
    char me[500];
    struct load_house h;
    load_open(&h, &(struct server_options){ 0 });
    struct load_plan plan = { "GET /healthz", h.port, CLIENTS, 200, 0, seconds, same, health };
    load_measure(&plan);
    snprintf(me, sizeof me, "GET /api/v1/auth/me HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %s\r\n\r\n",
             h.cookie);
    plan.name = "GET /api/v1/auth/me, logged in";
    plan.context = me;
    load_measure(&plan);
    watch_many(&h, seconds);
    load_close(&h);
    return 0;
}
