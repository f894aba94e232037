#include "domain/pricing/lanes.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[LANES_LEVEL_COUNT] = { "portable", "avx2", "avx512" };

/* Level + 1; 0 until the first call. Two threads that race store the same value. */
static atomic_int chosen;

const char *lanes_level_name(enum lanes_level level)
{
    MUST((unsigned)level < LANES_LEVEL_COUNT);
    return names[level];
}

bool lanes_has(enum lanes_level level)
{
#if defined(__x86_64__)
    /* __builtin_cpu_supports() asks the system too whether it saves the wide registers. */
    bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (level == LANES_AVX512)
        return has_avx2 && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (level == LANES_AVX2)
        return has_avx2;
#endif
    return level == LANES_PORTABLE;
}

static enum lanes_level widest(void)
{
    return lanes_has(LANES_AVX512) ? LANES_AVX512
           : lanes_has(LANES_AVX2) ? LANES_AVX2
                                   : LANES_PORTABLE;
}

enum lanes_level lanes_choose(const char *text, char why[LANES_WHY_BYTES])
{
    enum lanes_level best = widest();
    why[0] = '\0';
    if (!text || !*text)
        return best;
    for (int level = 0; level < LANES_LEVEL_COUNT; level++) {
        if (strcmp(text, names[level]) != 0)
            continue;
        if (lanes_has((enum lanes_level)level))
            return (enum lanes_level)level;
        snprintf(why, LANES_WHY_BYTES, "IRONFLY_SIMD: this machine has no %s; using %s", text,
                 names[best]);
        return best;
    }
    snprintf(why, LANES_WHY_BYTES,
             "IRONFLY_SIMD: \"%.40s\" is not avx512, avx2 or portable; using %s", text,
             names[best]);
    return best;
}

enum lanes_level lanes_level(void)
{
    int known = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (known)
        return (enum lanes_level)(known - 1);
    char why[LANES_WHY_BYTES];
    enum lanes_level level = lanes_choose(getenv("IRONFLY_SIMD"), why);
    if (atomic_exchange(&chosen, (int)level + 1) == 0 && why[0])
        fprintf(stderr, "ironfly: %s\n", why);
    return level;
}

void lanes_use(enum lanes_level level)
{
    MUST(lanes_has(level));
    atomic_store(&chosen, (int)level + 1);
}
