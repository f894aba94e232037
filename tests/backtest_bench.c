/*
 * A whole backtest over the sample market: snapshots and quotes a second, and the memory it took.
 *
 * Guesses before measuring: a snapshot of some 2,000 quotes costs 300 us with the pricing of its
 * chain, so 3,000 snapshots/s and 6 M quotes/s; 64 MB above the mapped day. It came out better
 * where few expiries are looked at, as only those are priced: bench/README.md.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/mem.h"
#include "services/backtest/backtest.h"
#include "services/sample/sample.h"

enum { REPEATS = 3 };

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must_ok(enum err err)
{
    if (!err)
        return;
    fprintf(stderr, "backtest_bench: %s\n", err_detail());
    exit(1);
}

/* Resident memory at its highest; pages of mapped day files count while they are mapped. */
static double peak_mb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024.0;
}

static void run(const char *store, const char *strategy)
{
    double best_wall = 0, best_cpu = 0;
    size_t days = 0;
    uint64_t snapshots = 0, quotes = 0;
    for (int r = 0; r < REPEATS; r++) {
        struct backtest_options options = { .strategy = strategy, .store = store };
        struct backtest_result result;
        struct arena arena;
        arena_init(&arena, "run", 1 << 20);
        double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        must_ok(backtest_run(&result, &arena, &options));
        wall = seconds(CLOCK_MONOTONIC) - wall;
        cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        best_wall = r == 0 || wall < best_wall ? wall : best_wall;
        best_cpu = r == 0 || cpu < best_cpu ? cpu : best_cpu;
        days = result.stats.days;
        snapshots = result.stats.snapshots;
        quotes = (uint64_t)result.stats.quotes;
        arena_clear(&arena);
    }
    printf("backtest %-22s %3zu days %5" PRIu64 " snapshots %8" PRIu64 " quotes: %6.2f s, "
           "%7.0f snapshots/s, %6.2f M quotes/s (of processor time %6.2f M), peak %4.0f MB\n",
           strategy, days, snapshots, quotes, best_wall, (double)snapshots / best_wall,
           (double)quotes / 1e6 / best_wall, (double)quotes / 1e6 / best_cpu, peak_mb());
}

int main(void)
{
    static const char *const strategies[] = { "put_write", "iron_condor", "meic" };
    const char *tmp = getenv("TMPDIR");
    char path[256], command[300];
    snprintf(path, sizeof path, "%s/ironfly-bench-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(path))
        return 1;
    struct sample_summary summary;
    double start = seconds(CLOCK_MONOTONIC);
    must_ok(sample_make(&(struct sample_options){ .store = path, .seed = 3 }, &summary));
    start = seconds(CLOCK_MONOTONIC) - start;
    printf("sample market: %zu days, %" PRIu64 " quotes in %.2f s, %.2f M quotes/s, peak %.0f MB\n",
           summary.days, summary.quotes, start, (double)summary.quotes / 1e6 / start, peak_mb());
    for (size_t i = 0; i < ARRAY_COUNT(strategies); i++)
        run(path, strategies[i]);
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    return system(command) ? 1 : 0;
}
