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
    uint64_t fills = 0, submits = 0, exits = 0, recoveries = 0, commands = 0;
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        if (!sim_run(&sim, seed)) {
            printf("seed %llu: %s: %s\nrepeat with: make sim SEEDS=1 FIRST=%llu\n",
                   (unsigned long long)seed, invariant_text(sim.invariant), sim.why,
                   (unsigned long long)seed);
            return 1;
        }
        fills += sim.truth.fills;
        submits += sim.truth.submits;
        exits += sim.truth.exits;
        recoveries += sim.truth.recoveries;
        commands += sim.truth.commands;
    }
    double took = seconds() - begin;
    printf(
        "seeds %llu to %llu: nothing broke; %llu orders left, %llu of them the exits of others, %llu executions, %llu commands, %llu crashes; "
        "%.0f seeds a second\n",
        (unsigned long long)first, (unsigned long long)(first + seeds - 1),
        (unsigned long long)submits, (unsigned long long)exits, (unsigned long long)fills,
        (unsigned long long)commands, (unsigned long long)recoveries,
        took > 0 ? (double)seeds / took : 0);
    return 0;
}

struct caught {
    bool is_caught;
    enum invariant by; /* INVARIANT_COUNT: the program stopped itself */
    char why[SIM_WHY];
};

/* In a child, since a broken program may also stop by itself. */
static void try_seed(uint64_t seed, struct caught *out)
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
        struct caught told = { .is_caught = !ok, .by = sim.invariant };
        memcpy(told.why, sim.why, sizeof told.why);
        _exit(write(ends[1], &told, sizeof told) != (ssize_t)sizeof told);
    }
    close(ends[1]);
    bool is_told = read(ends[0], out, sizeof *out) ==
                   (ssize_t)sizeof *out; /* less than a pipe writes at once */
    close(ends[0]);
    MUST(waitpid(child, &status, 0) == child);
    if (is_told && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    *out = (struct caught){ .is_caught = true, .by = INVARIANT_COUNT };
    snprintf(out->why, sizeof out->why, "the program stopped itself (MUST)");
}

/* The first seed that breaks what the mutation is aimed at, as a row of docs/simulation-test.md; 0:
 * none does. */
static uint64_t hunt(const struct mutation *mutation)
{
    struct caught caught;
    uint64_t first = 0;
    for (uint64_t seed = 1; seed <= MUTATION_SEEDS; seed++) {
        try_seed(seed, &caught);
        first = !first && caught.is_caught ? seed : first;
        if (!caught.is_caught || caught.by != mutation->aim)
            continue;
        printf("| %s (`%s`) | %llu | %s |\n", mutation->text, mutation->name,
               (unsigned long long)seed, invariant_text(mutation->aim));
        fprintf(stderr, "  %s: %s\n", mutation->name, caught.why);
        return seed;
    }
    printf("%s: %d seeds do not break \"%s\"", mutation->name, MUTATION_SEEDS,
           invariant_text(mutation->aim));
    printf(first ? "; seed %llu breaks something else\n" : "\n", (unsigned long long)first);
    return 0;
}

static int run_mutations(void)
{
    int missed = 0;
    bool is_broken[INVARIANT_COUNT] = { false };
    for (mutation_on = 0; mutation_on < mutation_count; mutation_on++) {
        const struct mutation *mutation = &mutations[mutation_on];
        bool is_caught = hunt(mutation) > 0;
        is_broken[mutation->aim] |= is_caught;
        missed += !is_caught;
        fflush(stdout);
    }
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        if (!is_broken[i])
            printf("%s: no mutation was seen to break it\n", invariant_text((enum invariant)i));
        missed += !is_broken[i];
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
