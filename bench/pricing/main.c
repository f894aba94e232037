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
        printf("eight multiplications at once take %.2f ns here and now (a free core at 3 GHz: 0.17); where\n"
               "it is more, something shares the core, and ratios of vectors to scalar code suffer\n", ns);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } topics[] = { { "european", bench_european }, { "iv", bench_implied_vol }, { "svi", bench_svi }, { "american", bench_american } };
    pin();
    print_machine();
    if (!bench_has_quantlib())
        puts("QuantLib is not here (Debian: libquantlib0-dev, g++): its rows are missing");
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
        if (argc < 2 || strcmp(argv[1], topics[i].name) == 0)
            topics[i].run();
    return 0;
}
