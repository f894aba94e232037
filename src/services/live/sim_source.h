/*
 * The simulated market as a feed: a day of it made as a tape, then played like any other.
 *
 * sim_source_make() writes what is missing of a day below a store's folder, every event of it
 * (services/simulate, grid tick), and replay_day_open() plays it: in real time, faster, paused or
 * step by step. The same seed is the same market each time.
 */
#ifndef SERVICES_LIVE_SIM_SOURCE_H
#define SERVICES_LIVE_SIM_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct sim_wish {
    const char *folder;  /* of the store; made when it is missing */
    const char *symbols; /* "SPY,QQQ,IWM" */
    int32_t day;
    uint64_t seed;
    int minutes; /* of the session, from its opening on; 0 all */
    bool progress;
    bool (*keep_on)(void); /* NULL always */
};

/* Errors: those of simulate_run(); ERR_CANCELLED when keep_on said no. */
NODISCARD enum err sim_source_make(const struct sim_wish *wish);

#endif
