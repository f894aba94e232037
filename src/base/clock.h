/*
 * What time it is. Only services, adapters and apps ask: the domain is told, with each event, so
 * that a replay sees what the first run saw.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_read_ns(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Nanoseconds since 1970, UTC: for what people read. It jumps when somebody sets the clock. */
static inline int64_t clock_wall_ns(void)
{
    return clock_read_ns(CLOCK_REALTIME);
}

/* Nanoseconds since some moment, never backwards: for how long things take. */
static inline int64_t clock_steady_ns(void)
{
    return clock_read_ns(CLOCK_MONOTONIC);
}

#endif
