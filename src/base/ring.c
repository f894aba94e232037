#include "base/ring.h"

#include <string.h>

static size_t power_of_two(size_t count)
{
    size_t size = 2;
    MUST(count <= SIZE_MAX / 4);
    while (size < count)
        size *= 2;
    return size;
}

void ring_init(struct ring *ring, struct arena *arena, size_t count, size_t element_bytes)
{
    size_t size = power_of_two(count);
    memset(ring, 0, sizeof *ring);
    ring->elements = arena_calloc(arena, size, element_bytes);
    ring->element_bytes = element_bytes;
    ring->mask = size - 1;
}

/* In one or two pieces: a batch may run over the end. */
static void copy_in(struct ring *ring, size_t at, const unsigned char *from, size_t count)
{
    size_t start = at & ring->mask, first = ring->mask + 1 - start;
    first = first < count ? first : count;
    memcpy(ring->elements + start * ring->element_bytes, from, first * ring->element_bytes);
    memcpy(ring->elements, from + first * ring->element_bytes,
           (count - first) * ring->element_bytes);
}

static void copy_out(const struct ring *ring, size_t at, unsigned char *to, size_t count)
{
    size_t start = at & ring->mask, first = ring->mask + 1 - start;
    first = first < count ? first : count;
    memcpy(to, ring->elements + start * ring->element_bytes, first * ring->element_bytes);
    memcpy(to + first * ring->element_bytes, ring->elements, (count - first) * ring->element_bytes);
}

size_t ring_push_many(struct ring *ring, const void *elements, size_t count)
{
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    size_t room = ring->mask + 1 - (head - ring->tail_seen);
    if (room < count) {
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        room = ring->mask + 1 - (head - ring->tail_seen);
    }
    count = count < room ? count : room;
    if (count == 0)
        return 0;
    copy_in(ring, head, elements, count);
    atomic_store_explicit(&ring->head, head + count, memory_order_release);
    return count;
}

bool ring_push(struct ring *ring, const void *element)
{
    return ring_push_many(ring, element, 1) == 1;
}

size_t ring_pop_many(struct ring *ring, void *elements, size_t count)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    size_t have = ring->head_seen - tail;
    if (have < count) {
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        have = ring->head_seen - tail;
    }
    count = count < have ? count : have;
    if (count == 0)
        return 0;
    copy_out(ring, tail, elements, count);
    atomic_store_explicit(&ring->tail, tail + count, memory_order_release);
    return count;
}

bool ring_pop(struct ring *ring, void *element)
{
    return ring_pop_many(ring, element, 1) == 1;
}

size_t ring_count(struct ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return atomic_load_explicit(&ring->head, memory_order_acquire) - tail;
}

/* ---- many push ---- */

/* A place's turn counts up by one when it is filled and by the ring's size less one when it is
 * emptied: place i may be filled by number n when its turn is n, and emptied when it is n + 1. */

void ring_many_init(struct ring_many *ring, struct arena *arena, size_t count, size_t element_bytes)
{
    size_t size = power_of_two(count);
    memset(ring, 0, sizeof *ring);
    ring->elements = arena_calloc(arena, size, element_bytes);
    ring->turns = arena_calloc(arena, size, sizeof *ring->turns);
    ring->element_bytes = element_bytes;
    ring->mask = size - 1;
    for (size_t i = 0; i < size; i++)
        atomic_init(&ring->turns[i], i);
}

bool ring_many_push(struct ring_many *ring, const void *element)
{
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    for (;;) {
        atomic_size_t *turn = &ring->turns[head & ring->mask];
        size_t now = atomic_load_explicit(turn, memory_order_acquire);
        if (now == head) {
            if (atomic_compare_exchange_weak_explicit(&ring->head, &head, head + 1,
                                                      memory_order_relaxed, memory_order_relaxed)) {
                memcpy(ring->elements + (head & ring->mask) * ring->element_bytes, element,
                       ring->element_bytes);
                atomic_store_explicit(turn, head + 1, memory_order_release);
                return true;
            }
        } else if ((ptrdiff_t)(now - head) < 0) {
            return false; /* still holds what was pushed a round ago */
        } else {
            head = atomic_load_explicit(&ring->head, memory_order_relaxed);
        }
    }
}

bool ring_many_pop(struct ring_many *ring, void *element)
{
    size_t tail = ring->tail;
    atomic_size_t *turn = &ring->turns[tail & ring->mask];
    if (atomic_load_explicit(turn, memory_order_acquire) != tail + 1)
        return false;
    memcpy(element, ring->elements + (tail & ring->mask) * ring->element_bytes,
           ring->element_bytes);
    atomic_store_explicit(turn, tail + ring->mask + 1, memory_order_release);
    ring->tail = tail + 1;
    return true;
}
