/*
 * One source, every vector width.
 *
 * Files named x_lanes.c are compiled once per level with LANES_WIDTH set (8, 4 or 2 doubles), and
 * each function in them is named LANES_NAME(f): f_avx512, f_avx2, f_portable. Callers, compiled
 * once, declare all three with LANES_DECLARE() and take the right one at run time:
 *
 *     LANES_DECLARE(size_t, thing_kernel, const struct thing_job *job);       thing_int.h
 *     size_t LANES_NAME(thing_kernel)(const struct thing_job *job) { ... }    thing_lanes.c
 *     size_t odd = LANES_PICK(thing_kernel)(&job);                            thing.c
 *
 * Every level gives the same bits. That holds by construction: lanes never mix (no sums across
 * lanes), each does + - * / sqrt, explicit fma, comparisons and selects, all of which IEEE 754
 * fixes; the build forbids the compiler to fuse on its own. A shortcut taken when no lane needs the
 * long way is fine as long as a select per lane decides which result counts.
 *
 * lanes_int.h has the vector type and its operations, lanes_math_int.h exp, log and the Mills
 * ratio.
 */
#ifndef DOMAIN_PRICING_LANES_H
#define DOMAIN_PRICING_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum lanes_level {
    LANES_PORTABLE, /* any machine; a NEON build widens this one */
    LANES_AVX2,     /* 4 lanes, with FMA */
    LANES_AVX512,   /* 8 lanes; needs F, DQ and VL */
    LANES_LEVEL_COUNT
};

/* Columns are worked on in blocks of a multiple of this many rows, whatever the width. */
enum { LANES_ROWS = 8 };

/*
 * The level in use: the widest that the machine has, or what the environment variable IRONFLY_SIMD
 * (avx512, avx2, portable) asks for. A word that is unknown, or a level that the machine lacks, is
 * said once on stderr and the widest safe level is taken. Decided at the first call.
 */
enum lanes_level lanes_level(void);

/* "avx512", "avx2", "portable". */
const char *lanes_level_name(enum lanes_level level);

/* False when this machine, or this build, lacks the level. */
bool lanes_has(enum lanes_level level);

/*
 * What the text of IRONFLY_SIMD (NULL or "" when not set) leads to. why gets one line when the text
 * could not be followed, else "".
 */
enum { LANES_WHY_BYTES = 160 };
enum lanes_level lanes_choose(const char *text, char why[LANES_WHY_BYTES]);

/* Tests and benches: use this level from now on. MUST be one that the machine has. */
void lanes_use(enum lanes_level level);

#if defined(__x86_64__)
#define LANES_DECLARE(result, name, ...)                                                           \
    result name##_avx512(__VA_ARGS__);                                                             \
    result name##_avx2(__VA_ARGS__);                                                               \
    result name##_portable(__VA_ARGS__)
#define LANES_PICK(name)                                                                           \
    (lanes_level() == LANES_AVX512 ? name##_avx512                                                 \
     : lanes_level() == LANES_AVX2 ? name##_avx2                                                   \
                                   : name##_portable)
#else
#define LANES_DECLARE(result, name, ...) result name##_portable(__VA_ARGS__)
#define LANES_PICK(name) (name##_portable)
#endif

#endif
