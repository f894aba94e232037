/* The command line of the simulation. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/zone.h"
#include "tests/sim/sim.h"

enum { MUTATION_SEEDS = 400 };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct sim sim;

static int run_range(uint64_t first, uint64_t seeds)
{
    double begin = seconds();
    uint64_t fills = 0, submits = 0, recoveries = 0, commands = 0;
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        if (!sim_run(&sim, seed)) {
            printf("seed %llu: %s: %s\nrepeat with: make sim SEEDS=1 FIRST=%llu\n", (unsigned long long)seed,
                   sim.invariant, sim.why, (unsigned long long)seed);
            return 1;
        }
        fills += sim.truth.fills;
        submits += sim.truth.submits;
        recoveries += sim.truth.recoveries;
        commands += sim.truth.commands;
    }
    double took = seconds() - begin;
    printf("seeds %llu to %llu: nothing broke; %llu orders left, %llu executions, %llu commands, %llu crashes; "
           "%.0f seeds a second\n",
           (unsigned long long)first, (unsigned long long)(first + seeds - 1), (unsigned long long)submits,
           (unsigned long long)fills, (unsigned long long)commands, (unsigned long long)recoveries,
           took > 0 ? (double)seeds / took : 0);
    return 0;
}

/* In a child, since a broken program may also stop by itself. True when the seed caught it. */
static bool is_caught(uint64_t seed, char why[SIM_WHY + 64])
{
    int ends[2], status;
    MUST(pipe(ends) == 0);
    pid_t child = fork();
    MUST(child >= 0);
    if (child == 0) {
        close(ends[0]);
        if (!freopen("/dev/null", "w", stderr))
            _exit(2);
        bool ok = sim_run(&sim, seed);
        char text[SIM_WHY + 64];
        int len = snprintf(text, sizeof text, "%s: %s", sim.invariant, sim.why);
        _exit(ok ? 0 : write(ends[1], text, (size_t)len) == len ? 1 : 2);
    }
    close(ends[1]);
    ssize_t len = read(ends[0], why, SIM_WHY + 63);
    why[len > 0 ? len : 0] = '\0';
    close(ends[0]);
    MUST(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status))
        snprintf(why, SIM_WHY + 64, "the program stopped itself (MUST)");
    return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int run_mutations(void)
{
    int missed = 0;
    for (int m = 0; m < mutation_count; m++) {
        mutation_on = m;
        char why[SIM_WHY + 64];
        uint64_t seed = 1;
        while (seed <= MUTATION_SEEDS && !is_caught(seed, why))
            seed++;
        if (seed > MUTATION_SEEDS)
            printf("%-22s NOT CAUGHT in %d seeds: %s\n", mutations[m].name, MUTATION_SEEDS, mutations[m].text);
        else
            printf("%-22s seed %-4llu %s\n", mutations[m].name, (unsigned long long)seed, why);
        fflush(stdout);
        missed += seed > MUTATION_SEEDS;
    }
    return missed != 0;
}

static bool find_mutation(const char *name)
{
    for (mutation_on = mutation_count - 1; mutation_on >= 0; mutation_on--)
        if (!strcmp(mutations[mutation_on].name, name))
            return true;
    return false;
}

static int usage(void)
{
    fprintf(stderr, "usage: sim [--seeds n] [--first k] [--mutation name | --mutations]\n");
    return 2;
}

int main(int argc, char **argv)
{
    uint64_t first = 1, seeds = 1;
    if (zone_init()) {
        fprintf(stderr, "%s\n", err_detail());
        return 2;
    }
    /* Each seed takes the same few megabytes again: keep them. */
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    for (int i = 1; i < argc; i += 2) {
        int64_t number = 0;
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(argv[i], "--mutations"))
            return run_mutations();
        bool is_number = str_to_int64(str_from(value), &number) && number > 0;
        if (!strcmp(argv[i], "--seeds") && is_number)
            seeds = (uint64_t)number;
        else if (!strcmp(argv[i], "--first") && is_number)
            first = (uint64_t)number;
        else if (!strcmp(argv[i], "--mutation") && find_mutation(value))
            continue;
        else
            return usage();
    }
    return run_range(first, seeds);
}
