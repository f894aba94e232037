/*
 * A server under load, for benches: a whole one in this process with its first admin logged in,
 * and clients that time their answers.
 */
#ifndef TESTS_LOAD_H
#define TESTS_LOAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "services/server/server.h"
#include "tests/wire.h"

enum { LOAD_SAMPLES_MAX = 200000 };

struct load_house {
    struct server *server;
    pthread_t thread;
    int port;
    char folder[32], setup[64];
    char cookie[300], csrf[64]; /* ann's, the admin */
};

/* data, bind, cost and announce are set here. Ends the program when it cannot be opened. */
void load_open(struct load_house *house, const struct server_options *options);
/* Says how much memory it took at most; removes its folder. */
void load_close(struct load_house *house);

int64_t load_now_ns(clockid_t clock);
/* One answer with few calls, so that little of the figure is ours; its status, 0 for none. */
int load_answer(int fd);

/* Microseconds; room for LOAD_SAMPLES_MAX, what is beyond is not kept. */
struct load_samples {
    uint32_t *micros;
    size_t count;
    atomic_int failed;
};
void load_samples_open(struct load_samples *samples);
void load_samples_close(struct load_samples *samples);
void load_samples_add(struct load_samples *samples, int64_t since_ns); /* CLOCK_MONOTONIC */
/* A line: how many a second, p50, p99, the longest; sorts them. */
void load_tell(const char *name, struct load_samples *samples, double seconds, int64_t cpu_ns);

/* Clients with a kept connection and a thread each. request: whole, of request number `number` of a
 * client. */
struct load_plan {
    const char *name;
    int port, clients, wanted, a_second; /* 0: as many as go */
    double seconds;
    void (*request)(void *context, int client, int number, struct buf *out);
    void *context;
};
void load_measure(const struct load_plan *plan);

#endif
