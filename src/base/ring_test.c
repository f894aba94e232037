#include "base/ring.h"

#include <pthread.h>
#include <sched.h>

#include "tests/testing.h"

TEST(ring, is_bounded_and_keeps_the_order)
{
    struct arena arena;
    struct ring ring;
    arena_init(&arena, "test", 0);
    ring_init(&ring, &arena, 5, sizeof(int)); /* rounded up to 8 */
    int value = -1;
    CHECK(!ring_pop(&ring, &value));
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 8; i++)
            CHECK(ring_push(&ring, &i));
        CHECK(!ring_push(&ring, &value));
        CHECK_EQ(ring_count(&ring), 8);
        for (int i = 0; i < 8 - round % 3; i++) {
            CHECK(ring_pop(&ring, &value));
            CHECK_EQ(value, i);
        }
        while (ring_pop(&ring, &value)) {
        }
    }
    arena_clear(&arena);
}

TEST(ring, many_at_once_run_over_the_end)
{
    struct arena arena;
    struct ring ring;
    int in[6] = { 0, 1, 2, 3, 4, 5 }, out[8];
    arena_init(&arena, "test", 0);
    ring_init(&ring, &arena, 8, sizeof(int));
    for (int round = 0; round < 20; round++) {
        CHECK_EQ(ring_push_many(&ring, in, 6), 6);
        CHECK_EQ(ring_push_many(&ring, in, 6), 2);
        CHECK_EQ(ring_pop_many(&ring, out, 8), 8);
        for (int i = 0; i < 8; i++)
            CHECK_EQ(out[i], i % 6);
        CHECK_EQ(ring_pop_many(&ring, out, 8), 0);
        CHECK_EQ(ring_push_many(&ring, in, 3), 3); /* so that the next round starts elsewhere */
        CHECK_EQ(ring_pop_many(&ring, out, 3), 3);
    }
    arena_clear(&arena);
}

enum { SENT = 100000, PUSHERS = 3 };

static void *push_all(void *context)
{
    struct ring *ring = context;
    for (uint64_t n = 1; n <= SENT;) {
        if (ring_push(ring, &(uint64_t[2]){ n, ~n }))
            n++;
        else
            sched_yield(); /* on one core the other side would wait for the end of a slice */
    }
    return NULL;
}

TEST(ring, between_two_threads_nothing_is_lost_doubled_or_torn)
{
    struct arena arena;
    static struct ring ring;
    pthread_t thread;
    arena_init(&arena, "test", 0);
    ring_init(&ring, &arena, 256, 2 * sizeof(uint64_t));
    MUST(pthread_create(&thread, NULL, push_all, &ring) == 0);
    for (uint64_t want = 1; want <= SENT;) {
        uint64_t got[2];
        if (!ring_pop(&ring, got)) {
            sched_yield();
            continue;
        }
        CHECK_EQ(got[0], want);
        CHECK_EQ(got[1], ~want);
        want++;
    }
    pthread_join(thread, NULL);
    arena_clear(&arena);
}

struct pusher {
    struct ring_many *ring;
    uint64_t who;
};

static void *push_own(void *context)
{
    const struct pusher *p = context;
    for (uint64_t n = 0; n < SENT / 10;) {
        if (ring_many_push(p->ring, &(uint64_t[2]){ p->who, n }))
            n++;
        else
            sched_yield();
    }
    return NULL;
}

TEST(ring_many, keeps_each_pushers_order_and_loses_nothing)
{
    struct arena arena;
    static struct ring_many ring;
    struct pusher pushers[PUSHERS];
    pthread_t threads[PUSHERS];
    uint64_t next[PUSHERS] = { 0 }, got[2];
    arena_init(&arena, "test", 0);
    ring_many_init(&ring, &arena, 64, sizeof got);
    CHECK(!ring_many_pop(&ring, got));
    for (uint64_t i = 0; i < PUSHERS; i++) {
        pushers[i] = (struct pusher){ &ring, i };
        MUST(pthread_create(&threads[i], NULL, push_own, &pushers[i]) == 0);
    }
    for (int left = PUSHERS * (SENT / 10); left > 0;) {
        if (!ring_many_pop(&ring, got)) {
            sched_yield();
            continue;
        }
        CHECK(got[0] < PUSHERS);
        CHECK_EQ(got[1], next[got[0]]);
        next[got[0]]++;
        left--;
    }
    for (int i = 0; i < PUSHERS; i++)
        pthread_join(threads[i], NULL);
    CHECK(!ring_many_pop(&ring, got));
    arena_clear(&arena);
}
