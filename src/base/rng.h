/*
 * Random numbers that do not depend on threads, machines or the C library.
 *
 * A counter-based generator: number i of a stream is a pure function of (seed, trial, purpose, i).
 * Streams of different (seed, trial, purpose) never overlap, so every trial and every use takes its
 * own and none disturbs another. Doubles are made with + - * / and sqrt alone, which IEEE 754 fixes
 * to the last bit.
 * Sources: Philox4x32-10 of Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2,
 * 3" (2011); normals by inversion with Wichura's algorithm AS 241 (1988), PPND16.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

struct rng {
    uint32_t key[2];
    uint32_t counter[4]; /* index low, index high, trial, purpose */
    uint32_t words[4];
    int left; /* words not handed out yet */
};

/* purpose: any constant of the caller that tells its use apart, such as an enum. */
void rng_init(struct rng *rng, uint64_t seed, uint32_t trial, uint32_t purpose);

uint32_t rng_u32(struct rng *rng);
uint64_t rng_u64(struct rng *rng);
double rng_uniform(struct rng *rng);                 /* [0, 1), steps of 2^-53 */
uint64_t rng_below(struct rng *rng, uint64_t bound); /* 0 to bound - 1, each as likely; bound > 0 */
double rng_normal(struct rng *rng);                  /* mean 0, variance 1, within +-8.3 */

/* The block function itself: 10 rounds. */
void rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* The quantile of the standard normal distribution, 0 < p < 1, to about 1e-15 relative. */
double rng_normal_quantile(double p);

/* SplitMix64 (Vigna): a small sequential generator for tests and for mixing seeds. */
uint64_t rng_splitmix64(uint64_t *state);

#endif
