/* make bench-pricing: our pricing beside its peers, on this machine, in one run. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/pricing/bench.h"
#include "domain/pricing/lanes.h"

static void pin(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    int core = sched_getcpu();
    CPU_SET(core < 0 ? 0 : (unsigned)core, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static void print_machine(void)
{
    char line[256], model[256] = "unknown";
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "model name : %255[^\n]", model) == 1)
            break;
    if (file)
        fclose(file);
    printf("machine: %s; widest level %s; compiler %s\n", model, lanes_level_name(lanes_level()),
           __VERSION__);
    double ns = bench_multiply_ns();
    if (ns > 0.0)
        printf(
            "eight multiplications at once take %.2f ns here and now (a free core at 3 GHz: 0.17); where\n"
            "it is more, something shares the core, and ratios of vectors to scalar code suffer\n",
            ns);
}

static const struct {
    const char *name;
    void (*run)(void);
} topics[] = {
    { "european", bench_european },
    { "chain", bench_chain },
    { "threads", bench_threads },
    { "iv", bench_implied_vol },
    { "svi", bench_svi },
    { "american", bench_american },
    { "american-vol", bench_american_vol },
    { "book", bench_book },
};

static bool is_topic(const char *word)
{
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
        if (strcmp(word, topics[i].name) == 0)
            return true;
    return false;
}

static bool is_wanted(const char *topic, int argc, char **argv)
{
    bool has_topics = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], topic) == 0)
            return true;
        has_topics = has_topics || is_topic(argv[i]);
    }
    return !has_topics;
}

static int usage(const char *word)
{
    fprintf(stderr, "pricing_peers: \"%s\" is neither seconds=NUMBER nor a topic. Topics:", word);
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
        fprintf(stderr, " %s", topics[i].name);
    fputs("\n", stderr);
    return 1;
}

/* pricing_peers [TOPIC...] [seconds=NUMBER], the CPU time of each race: short for quiet moments. */
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        double seconds = 0.0;
        if (sscanf(argv[i], "seconds=%lf", &seconds) == 1 && seconds > 0.0)
            bench_seconds = seconds;
        else if (!is_topic(argv[i]))
            return usage(argv[i]);
    }
    pin();
    print_machine();
    if (!bench_has_quantlib())
        puts("QuantLib is not here (Debian: libquantlib0-dev, g++): its rows are missing");
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
        if (is_wanted(topics[i].name, argc, argv))
            topics[i].run();
    return 0;
}
