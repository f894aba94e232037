#include "adapters/feed/replay_clock.h"

#include "base/attr.h"

static void check_speed(double speed)
{
    MUST(speed == REPLAY_MAX || (speed >= REPLAY_SPEED_MIN && speed <= REPLAY_SPEED_TOP));
}

void replay_clock_init(struct replay_clock *clock, int64_t first_ns, int64_t wall_ns, double speed)
{
    check_speed(speed);
    *clock = (struct replay_clock){ .speed = speed, .tape_ns = first_ns, .wall_ns = wall_ns };
}

static int64_t later(int64_t ts_ns, double by_ns)
{
    return by_ns < (double)(INT64_MAX / 2) && ts_ns < INT64_MAX / 2 ? ts_ns + (int64_t)by_ns
                                                                    : INT64_MAX;
}

int64_t replay_clock_now(struct replay_clock *clock, int64_t wall_ns, int64_t next_ns)
{
    int64_t passed = wall_ns > clock->wall_ns ? wall_ns - clock->wall_ns : 0;
    if (!clock->is_paused && clock->speed == REPLAY_MAX) {
        int64_t next = next_ns > clock->tape_ns ? next_ns : clock->tape_ns;
        if (next_ns != INT64_MAX)
            clock->tape_ns = later(next, (double)REPLAY_SLICE_NS);
    } else if (!clock->is_paused) {
        clock->tape_ns = later(clock->tape_ns, (double)passed * clock->speed);
    }
    clock->wall_ns += passed;
    return clock->tape_ns;
}

void replay_clock_speed(struct replay_clock *clock, int64_t wall_ns, double speed)
{
    check_speed(speed);
    if (clock->speed != REPLAY_MAX)
        replay_clock_now(clock, wall_ns, INT64_MAX);
    clock->wall_ns = wall_ns;
    clock->speed = speed;
}

void replay_clock_pause(struct replay_clock *clock, int64_t wall_ns, bool is_paused)
{
    if (clock->speed != REPLAY_MAX)
        replay_clock_now(clock, wall_ns, INT64_MAX);
    clock->wall_ns = wall_ns;
    clock->is_paused = is_paused;
}

void replay_clock_step(struct replay_clock *clock, int64_t next_ns)
{
    if (next_ns > clock->tape_ns && next_ns != INT64_MAX)
        clock->tape_ns = next_ns;
}

int64_t replay_clock_wait(const struct replay_clock *clock, int64_t wall_ns, int64_t next_ns)
{
    if (clock->is_paused)
        return INT64_MAX;
    if (next_ns == INT64_MAX || next_ns <= clock->tape_ns || clock->speed == REPLAY_MAX)
        return 0;
    double due =
        (double)(next_ns - clock->tape_ns) / clock->speed - (double)(wall_ns - clock->wall_ns);
    return due <= 0 ? 0 : due < 1e18 ? (int64_t)due : INT64_MAX;
}
