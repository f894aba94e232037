/* Figures for Prometheus: text format 0.0.4. */
#include <dirent.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "services/server/server_int.h"

static const double bounds_ms[BUCKETS] = { 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 512, 2048 };

void metrics_count(struct metrics *m, size_t route, int status, int64_t duration_ns)
{
    size_t class = (size_t)(status / 100) % 6;
    atomic_fetch_add(&m->by_route[route][class], 1);
    atomic_fetch_add(&m->answered, 1);
    atomic_fetch_add(&m->duration_ns, (unsigned long long)duration_ns);
    for (int i = 0; i < BUCKETS; i++)
        if ((double)duration_ns <= bounds_ms[i] * 1e6)
            atomic_fetch_add(&m->buckets[i], 1);
}

static void one(struct buf *out, const char *name, const char *kind, const char *text,
                unsigned long long value)
{
    buf_printf(out, "# HELP ironfly_%s %s\n# TYPE ironfly_%s %s\nironfly_%s %llu\n", name, text,
               name, kind, name, value);
}

static void routes_part(struct buf *out, struct metrics *m)
{
    buf_puts(out, "# HELP ironfly_http_answers_total Answers by route and class of status.\n"
                  "# TYPE ironfly_http_answers_total counter\n");
    for (size_t i = 0; i < route_count; i++)
        for (int class = 1; class < 6; class ++) {
            unsigned long long n = atomic_load(&m->by_route[i][class]);
            if (n)
                buf_printf(out, "ironfly_http_answers_total{route=\"%s\",status=\"%dxx\"} %llu\n",
                           routes[i].id, class, n);
        }
    buf_puts(
        out,
        "# HELP ironfly_http_seconds From the request to its answer.\n# TYPE ironfly_http_seconds histogram\n");
    for (int i = 0; i < BUCKETS; i++)
        buf_printf(out, "ironfly_http_seconds_bucket{le=\"%g\"} %llu\n", bounds_ms[i] / 1000,
                   (unsigned long long)atomic_load(&m->buckets[i]));
    unsigned long long n = atomic_load(&m->answered);
    buf_printf(
        out,
        "ironfly_http_seconds_bucket{le=\"+Inf\"} %llu\nironfly_http_seconds_sum %.6f\nironfly_http_seconds_count %llu\n",
        n, (double)atomic_load(&m->duration_ns) / 1e9, n);
}

unsigned long long metrics_resident_bytes(void)
{
    unsigned long long resident = 0;
    char line[128], *second;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fgets(line, sizeof line, file) && (second = strchr(line, ' ')))
        resident = strtoull(second, NULL, 10); /* pages: all, resident, ... */
    if (file)
        fclose(file);
    return resident * (unsigned long long)sysconf(_SC_PAGESIZE);
}

unsigned long long metrics_open_files(void)
{
    unsigned long long count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count > 3 ? count - 3 : 0; /* this one, and the two folders */
}

static void memory_part(struct buf *out)
{
    struct mallinfo2 heap = mallinfo2();
    one(out, "resident_bytes", "gauge", "Memory of the process.", metrics_resident_bytes());
    one(out, "heap_bytes", "gauge", "Memory in use from the allocator.",
        (unsigned long long)heap.uordblks + heap.hblkhd);
    one(out, "heap_held_bytes", "gauge", "Memory that the allocator holds, in use or not.",
        (unsigned long long)heap.arena + heap.hblkhd);
    one(out, "open_files", "gauge", "Files and sockets.", metrics_open_files());
}

static void queues_part(struct buf *out, struct server *server)
{
    const struct {
        const char *name;
        struct pool *pool;
    } pools[] = { { "normal", &server->normal },
                  { "slow", &server->slow },
                  { "desk", &server->desk } };
    buf_puts(out,
             "# HELP ironfly_queue Requests that wait for a thread.\n# TYPE ironfly_queue gauge\n");
    for (size_t i = 0; i < ARRAY_COUNT(pools); i++)
        buf_printf(out, "ironfly_queue{pool=\"%s\"} %zu\n", pools[i].name,
                   pool_waiting(pools[i].pool));
}

static void desk_part(struct buf *out, struct server *server)
{
    struct desk_figures f;
    struct desk_rows *rows = server->live ? live_desk_rows(server->live) : NULL;
    if (!server->live || !live_desk_figures(server->live, &f))
        return;
    one(out, "desk_quotes_total", "counter", "Quotes that the live desk took since the start.",
        f.quotes);
    one(out, "desk_journal_records", "gauge", "Records of the desk's journal.", f.records);
    if (rows) {
        uint64_t record = desk_rows_record(rows);
        one(out, "desk_rows_behind", "gauge",
            "Records of the journal that are not in the store yet.",
            f.records > record ? f.records - record : 0);
    }
    if (!isnan(f.lag_ms))
        buf_printf(
            out,
            "# HELP ironfly_desk_lag_seconds How late the desk takes the market.\n# TYPE ironfly_desk_lag_seconds gauge\n"
            "ironfly_desk_lag_seconds %.6f\n",
            f.lag_ms / 1e3);
    if (!isnan(f.quote_age_ms))
        buf_printf(
            out,
            "# HELP ironfly_desk_quote_age_seconds Since the desk took a quote.\n# TYPE ironfly_desk_quote_age_seconds gauge\n"
            "ironfly_desk_quote_age_seconds %.3f\n",
            f.quote_age_ms / 1e3);
}

void metrics_write(struct buf *out, struct server *server)
{
    struct http_counts c = http_counts(server->http);
    struct rusage usage = { 0 };
    getrusage(RUSAGE_SELF, &usage);
    buf_puts(out, "# HELP ironfly_info Version of the program.\n# TYPE ironfly_info gauge\n"
                  "ironfly_info{version=\"" IRONFLY_VERSION "\"} 1\n");
    one(out, "start_time_seconds", "gauge", "When the server started.",
        (unsigned long long)(server->started_ns / 1000000000));
    one(out, "connections_total", "counter", "Sockets since the start.", c.connections);
    one(out, "requests_total", "counter", "Whole requests since the start.", c.requests);
    one(out, "refused_total", "counter", "Requests refused before they were looked at.", c.refused);
    one(out, "busy_total", "counter", "Requests answered 503 as too many waited.",
        atomic_load(&server->metrics.rejected_busy));
    one(out, "logins_failed_total", "counter", "Logins that were wrong or had to wait.",
        atomic_load(&server->metrics.logins_failed));
    one(out, "sent_bytes_total", "counter", "Bytes of answers and frames.", c.bytes_out);
    one(out, "streams", "gauge", "Open WebSockets and event streams.", c.streams_open);
    one(out, "exchanges", "gauge", "Requests under way.", c.exchanges_open);
    one(out, "stream_frames_total", "counter", "Frames of streams since the start.",
        atomic_load(&server->metrics.frames));
    one(out, "stream_resyncs_total", "counter", "Times a client missed a number and asked anew.",
        atomic_load(&server->metrics.resyncs));
    memory_part(out);
    queues_part(out, server);
    desk_part(out, server);
    buf_printf(
        out,
        "# HELP ironfly_cpu_seconds_total Processor time of the process.\n# TYPE ironfly_cpu_seconds_total counter\n"
        "ironfly_cpu_seconds_total %.3f\n",
        (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
            (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    routes_part(out, &server->metrics);
}
