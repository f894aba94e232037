/*
 * Bounded rings between threads: the only places where threads meet.
 *
 * struct ring       one thread pushes, one pops. Neither ever waits for the other.
 * struct ring_many  many threads push, one pops.
 *
 * Elements are copied, all of one size given at init. A full ring refuses the push (false): the
 * pusher decides whether that is back-pressure, a halt, or a count; nothing is ever overwritten.
 * What was written before a push is seen by whoever pops it.
 *
 * Sources: L. Lamport, Specifying concurrent program modules, ACM TOPLAS 5 (1983), for one and one;
 * D. Vyukov, Bounded MPMC queue (1024cores.net, 2010), for many.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/mem.h"

enum { RING_LINE = 64 }; /* of a cache: what the two sides write lies at least so far apart */

struct ring {
    unsigned char *elements;
    size_t element_bytes, mask;
    char gap1[RING_LINE];
    atomic_size_t head; /* pushed so far */
    size_t tail_seen;   /* the pusher's last look at tail */
    char gap2[RING_LINE];
    atomic_size_t tail; /* popped so far */
    size_t head_seen;
    char gap3[RING_LINE];
};

/* Room for at least count elements (rounded up to a power of two) in the arena. */
void ring_init(struct ring *ring, struct arena *arena, size_t count, size_t element_bytes);

/* Copy one in, by the pushing thread. False when it is full. */
NODISCARD bool ring_push(struct ring *ring, const void *element);

/* Copy up to count in, in order; how many went. One look at the other side for all of them. */
size_t ring_push_many(struct ring *ring, const void *elements, size_t count);

/* Copy the oldest out, by the popping thread. False when it is empty. */
NODISCARD bool ring_pop(struct ring *ring, void *element);
size_t ring_pop_many(struct ring *ring, void *elements, size_t count);

/* How many are in it, as seen from either side: the other may have moved on. */
size_t ring_count(struct ring *ring);

struct ring_many {
    unsigned char *elements;
    atomic_size_t *turns; /* whose turn each place is */
    size_t element_bytes, mask;
    char gap1[RING_LINE];
    atomic_size_t head;
    char gap2[RING_LINE];
    size_t tail; /* the popping thread's own */
};

void ring_many_init(struct ring_many *ring, struct arena *arena, size_t count,
                    size_t element_bytes);
NODISCARD bool ring_many_push(struct ring_many *ring, const void *element);
NODISCARD bool ring_many_pop(struct ring_many *ring, void *element);

#endif
