/*
 * What time it is on a tape: from standing still over real time to as fast as it can be read.
 *
 * A pure clock: the wall's time comes in, the tape's time comes out, never going back.
 *
 *     replay_clock_init(&clock, info.first_ns, wall_ns, 10);            ten times real time
 *     for (;;) {
 *         now = replay_clock_now(&clock, wall_ns, live_next_ns(&live));
 *         live_step(&live, now, ...);
 *         sleep for replay_clock_wait(&clock, wall_ns, live_next_ns(&live));
 *     }
 *
 * Paused, it moves only by replay_clock_step(): to the next record and no further, so that a person
 * can look at each. At REPLAY_MAX it jumps to the next record and REPLAY_SLICE_NS beyond, and never
 * waits: the records are the same, and in the same order, as at any other speed.
 */
#ifndef ADAPTERS_FEED_REPLAY_CLOCK_H
#define ADAPTERS_FEED_REPLAY_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define REPLAY_MAX 0.0
#define REPLAY_SLICE_NS INT64_C(10000000) /* 10 ms: the failover looks that often */
#define REPLAY_SPEED_MIN 0.01
#define REPLAY_SPEED_TOP 1000000.0

struct replay_clock {
    double speed; /* tape seconds a second; REPLAY_MAX */
    bool is_paused;
    int64_t tape_ns; /* at wall_ns */
    int64_t wall_ns;
};

/* speed: REPLAY_MAX, or REPLAY_SPEED_MIN to REPLAY_SPEED_TOP. */
void replay_clock_init(struct replay_clock *clock, int64_t first_ns, int64_t wall_ns, double speed);

/* The tape's time now; next_ns: when its next record is due (only used at REPLAY_MAX). */
int64_t replay_clock_now(struct replay_clock *clock, int64_t wall_ns, int64_t next_ns);

void replay_clock_speed(struct replay_clock *clock, int64_t wall_ns, double speed);
void replay_clock_pause(struct replay_clock *clock, int64_t wall_ns, bool is_paused);

/* Paused: move to next_ns. */
void replay_clock_step(struct replay_clock *clock, int64_t next_ns);

/* Wall nanoseconds until next_ns is due: 0 when it is; INT64_MAX while paused. */
int64_t replay_clock_wait(const struct replay_clock *clock, int64_t wall_ns, int64_t next_ns);

#endif
