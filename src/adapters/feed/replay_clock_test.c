#include "adapters/feed/replay_clock.h"

#include "tests/testing.h"

#define S INT64_C(1000000000)

TEST(replay_clock, runs_at_its_speed_and_changes_without_a_jump)
{
    struct replay_clock c;
    replay_clock_init(&c, 1000 * S, 5 * S, 10);
    CHECK_EQ(replay_clock_now(&c, 5 * S, 0), 1000 * S);
    CHECK_EQ(replay_clock_now(&c, 6 * S, 0), 1010 * S);
    CHECK_EQ(replay_clock_wait(&c, 6 * S, 1030 * S), 2 * S);
    replay_clock_speed(&c, 7 * S, 1);
    CHECK_EQ(replay_clock_now(&c, 7 * S, 0), 1020 * S);
    CHECK_EQ(replay_clock_now(&c, 8 * S, 0), 1021 * S);
    CHECK_EQ(replay_clock_now(&c, 7 * S, 0), 1021 * S); /* the wall went back: we do not */
    CHECK_EQ(replay_clock_wait(&c, 8 * S, 1021 * S), 0);
}

TEST(replay_clock, stands_still_while_paused_but_for_steps)
{
    struct replay_clock c;
    replay_clock_init(&c, 1000 * S, 0, 1);
    replay_clock_pause(&c, 2 * S, true);
    CHECK_EQ(replay_clock_now(&c, 50 * S, 0), 1002 * S);
    CHECK_EQ(replay_clock_wait(&c, 50 * S, 1003 * S), INT64_MAX);
    replay_clock_step(&c, 1003 * S);
    CHECK_EQ(replay_clock_now(&c, 60 * S, 0), 1003 * S);
    replay_clock_step(&c, 1001 * S); /* what is due already moves nothing */
    CHECK_EQ(replay_clock_now(&c, 60 * S, 0), 1003 * S);
    replay_clock_pause(&c, 70 * S, false);
    CHECK_EQ(replay_clock_now(&c, 71 * S, 0), 1004 * S);
}

TEST(replay_clock, at_most_speed_jumps_to_what_is_next_and_never_waits)
{
    struct replay_clock c;
    replay_clock_init(&c, 1000 * S, 0, REPLAY_MAX);
    CHECK_EQ(replay_clock_now(&c, 0, 2000 * S), 2000 * S + REPLAY_SLICE_NS);
    CHECK_EQ(replay_clock_now(&c, 0, 2000 * S), 2000 * S + 2 * REPLAY_SLICE_NS);
    CHECK_EQ(replay_clock_wait(&c, 0, 9000 * S), 0);
    int64_t before = replay_clock_now(&c, 0, INT64_MAX);
    CHECK_EQ(replay_clock_now(&c, 0, INT64_MAX), before); /* the end: there is no later */
    replay_clock_pause(&c, 0, true);
    CHECK_EQ(replay_clock_now(&c, 0, 9000 * S), before);
}
