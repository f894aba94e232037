/*
 * A day of one symbol's options, into a day_writer: a pure function of (path, symbol, day, grid),
 * so days can be made in any order and by any thread. With GRID_TICK the day's tape is written too.
 */
#ifndef SERVICES_SIMULATE_CHAIN_H
#define SERVICES_SIMULATE_CHAIN_H

#include "services/simulate/quotes.h"
#include "services/simulate/simulate.h"
#include "services/simulate/smile.h"

/* What the quotes of one expiry at one instant come from. */
struct fair_expiry {
    struct slice slice;
    double forward, discount, years, level;
};

/* Terms of a ladder at an instant, false once it has settled. level: of the underlying, dollars. */
bool fair_expiry(struct fair_expiry *out, const struct surface *surface,
                 const struct ladder *ladder, int day, int64_t ts_ns, double level);

/* The contract that unusual flow went for. ERR_NOT_FOUND when no expiry fits. */
NODISCARD enum err flow_contract(struct contract *out, const struct sim_path *path,
                                 const struct sim_flow *flow);

/* When a session closes; moments of its minutes are counted from 09:30. */
int64_t sim_close_ts(const struct sim_path *path, int day);

int64_t sim_open_ts(const struct sim_path *path, int day);

struct chain_job {
    const struct sim_path *path;
    enum sim_symbol symbol;
    int day;
    enum simulate_grid grid;
    int minutes;       /* of the session that are made, 0 all; not for GRID_EOD */
    const char *store; /* its folder: tapes go there */
    /* Asked after each minute of a session, once for GRID_EOD: false ends with ERR_CANCELLED. */
    bool (*on_minute)(void *context);
    void *context;
};
NODISCARD enum err chain_make(const struct chain_job *job, struct day_writer *writer);

#endif
