#include "tests/load.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/zone.h"

enum { CLIENTS_MAX = 256 };

/* ---- the server ------------------------------------------------------------------------------ */

static void on_line(void *context, const char *line)
{
    struct load_house *h = context;
    wire_setup_token(line, h->setup, sizeof h->setup);
}

static void *run(void *argument)
{
    server_run(argument);
    return NULL;
}

static void log_in(struct load_house *h)
{
    char body[200];
    struct wire_answer a = { 0 };
    snprintf(body, sizeof body,
             "{\"token\":\"%s\",\"login\":\"ann\",\"password\":\"seven green bicycles\"}",
             h->setup);
    wire_request(&a, h->port, "POST", "/api/v1/setup", "Content-Type: application/json\r\n", body);
    MUST(a.status == 201);
    const char *set = wire_header(&a, "set-cookie"),
               *csrf = strstr(a.body.ptr, "\"csrf_token\":\"");
    MUST(set != NULL);
    MUST(csrf != NULL);
    snprintf(h->cookie, sizeof h->cookie, "%.*s", (int)strcspn(set, ";"), set);
    snprintf(h->csrf, sizeof h->csrf, "%.*s", (int)strcspn(csrf + 14, "\""), csrf + 14);
    wire_answer_free(&a);
}

void load_open(struct load_house *h, const struct server_options *options)
{
    *h = (struct load_house){ .folder = "/tmp/ironfly-bench-XXXXXX" };
    struct server_options o = *options;
    setvbuf(stdout, NULL, _IOLBF, 0);
    MUST(zone_init() == ERR_OK);
    MUST(mkdtemp(h->folder) != NULL);
    o.data = h->folder;
    o.bind = "127.0.0.1";
    o.cost = password_cost_least;
    o.announce = on_line;
    o.announce_context = h;
    if (server_open(&h->server, &o)) {
        fprintf(stderr, "%s\n", err_detail());
        exit(1);
    }
    MUST(pthread_create(&h->thread, NULL, run, h->server) == 0);
    h->port = server_port(h->server);
    log_in(h);
}

static int remove_entry(const char *path, UNUSED const struct stat *st, UNUSED int type,
                        UNUSED struct FTW *ftw)
{
    return remove(path);
}

void load_close(struct load_house *h)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("peak memory %ld MB\n", usage.ru_maxrss / 1024);
    server_stop(h->server);
    pthread_join(h->thread, NULL);
    server_close(h->server);
    nftw(h->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- samples --------------------------------------------------------------------------------- */

int64_t load_now_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void load_samples_open(struct load_samples *s)
{
    *s = (struct load_samples){ .micros = mem_alloc(LOAD_SAMPLES_MAX * sizeof *s->micros) };
}

void load_samples_close(struct load_samples *s)
{
    mem_free(s->micros);
}

void load_samples_add(struct load_samples *s, int64_t since_ns)
{
    if (s->count < LOAD_SAMPLES_MAX)
        s->micros[s->count++] = (uint32_t)((load_now_ns(CLOCK_MONOTONIC) - since_ns) / 1000);
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

void load_tell(const char *name, struct load_samples *s, double seconds, int64_t cpu_ns)
{
    size_t n = s->count ? s->count : 1;
    qsort(s->micros, s->count, sizeof *s->micros, by_size);
    printf(
        "%-44s %8.0f/s  p50 %6.2f ms  p99 %7.2f ms  max %7.2f ms  %3.0f %% of a processor, clients included%s\n",
        name, (double)s->count / seconds, s->micros[n / 2] / 1000.0,
        s->micros[n * 99 / 100] / 1000.0, s->micros[n - 1] / 1000.0, (double)cpu_ns / 1e7 / seconds,
        atomic_load(&s->failed) ? "  FAILED" : "");
}

/* ---- clients --------------------------------------------------------------------------------- */

int load_answer(int fd)
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

struct client {
    const struct load_plan *plan;
    int number;
    atomic_bool *stop;
    struct load_samples samples;
};

static void *send_many(void *argument)
{
    struct client *c = argument;
    const struct load_plan *plan = c->plan;
    int64_t interval_ns = plan->a_second ? INT64_C(1000000000) * plan->clients / plan->a_second : 0;
    int64_t next = load_now_ns(CLOCK_MONOTONIC) + interval_ns * c->number / plan->clients;
    int fd = wire_connect(plan->port);
    struct buf request = { 0 };
    for (int i = 0; !atomic_load(c->stop) && c->samples.count < LOAD_SAMPLES_MAX; i++) {
        buf_clear(&request);
        plan->request(plan->context, c->number, i, &request);
        if (interval_ns) {
            struct timespec t = { next / 1000000000, next % 1000000000 };
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
        }
        /* From when it was due: a late server makes the next ones late, and that counts. */
        int64_t begin = interval_ns ? next : load_now_ns(CLOCK_MONOTONIC);
        next += interval_ns;
        wire_send(fd, request.ptr, request.len);
        if (load_answer(fd) != plan->wanted)
            atomic_fetch_add(&c->samples.failed, 1);
        load_samples_add(&c->samples, begin);
    }
    buf_free(&request);
    close(fd);
    return NULL;
}

static void add_all(struct load_samples *into, const struct load_samples *from)
{
    size_t room = LOAD_SAMPLES_MAX - into->count, count = from->count < room ? from->count : room;
    memcpy(into->micros + into->count, from->micros, count * sizeof *from->micros);
    into->count += count;
    atomic_fetch_add(&into->failed, atomic_load(&from->failed));
}

void load_measure(const struct load_plan *plan)
{
    static struct client clients[CLIENTS_MAX];
    pthread_t threads[CLIENTS_MAX];
    atomic_bool stop = false;
    struct load_samples all;
    MUST(plan->clients <= CLIENTS_MAX);
    load_samples_open(&all);
    int64_t cpu = load_now_ns(CLOCK_PROCESS_CPUTIME_ID), wall = load_now_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < plan->clients; i++) {
        clients[i] = (struct client){ .plan = plan, .number = i, .stop = &stop };
        load_samples_open(&clients[i].samples);
        MUST(pthread_create(&threads[i], NULL, send_many, &clients[i]) == 0);
    }
    struct timespec whole = { (time_t)plan->seconds,
                              (long)((plan->seconds - (double)(time_t)plan->seconds) * 1e9) };
    nanosleep(&whole, NULL);
    atomic_store(&stop, true);
    for (int i = 0; i < plan->clients; i++)
        pthread_join(threads[i], NULL);
    double seconds = (double)(load_now_ns(CLOCK_MONOTONIC) - wall) / 1e9;
    cpu = load_now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    for (int i = 0; i < plan->clients; i++) {
        add_all(&all, &clients[i].samples);
        load_samples_close(&clients[i].samples);
    }
    load_tell(plan->name, &all, seconds, cpu);
    load_samples_close(&all);
}
