/*
 * The simulated market: chains, bars and settlement values of a market that never was, for anyone
 * to try things on, with the truth behind them written beside it.
 *
 * One seed is one market from 1998 to the calendar's end; from, to and symbols cut a piece out of
 * it, and every piece of a seed agrees with every other. Synthetic: nobody's data, and no forecast.
 * How it is made and how far it is from real markets: docs/simulated-market.md and
 * simulate_validate().
 */
#ifndef SERVICES_SIMULATE_SIMULATE_H
#define SERVICES_SIMULATE_SIMULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/*
 * How fine the time is: one snapshot at the close, every minute, every second, or every event. The
 * last writes a tape beside the store (docs/simulated-market.md), which then holds what stood at
 * the end of each minute of it.
 */
enum simulate_grid { GRID_EOD, GRID_MINUTE, GRID_SECOND, GRID_TICK };

struct simulate_options {
    const char *store;   /* made when it is missing; what else is in it stays */
    const char *symbols; /* "SPX,SPY"; see simulate_symbols() */
    int32_t from, to;    /* dates, inclusive */
    uint64_t seed;
    enum simulate_grid grid;
    int minutes;   /* of each session, from 09:30 on; 0 all; not with GRID_EOD */
    int threads;   /* 1 to 64; the result is the same */
    bool progress; /* draw a bar on stderr */
    /* Asked before each chain of a day, and each minute of GRID_SECOND and GRID_TICK, from any
     * thread; NULL always. */
    bool (*keep_on)(void);
};

struct simulate_summary {
    size_t days; /* of chains made */
    size_t kept; /* that the store had already from the same seed and grid */
    uint64_t quotes;
};

/* Names that symbols may hold, NULL at the end. */
const char *simulate_symbol(size_t index);

/* "eod", "1m", "1s", "tick". ERR_USAGE. */
NODISCARD enum err simulate_grid_parse(const char *text, enum simulate_grid *out);

/*
 * Make it. Lands month by month: cancelled (ERR_CANCELLED) or killed, the store holds whole months,
 * and the same command again goes on from there. Errors: ERR_USAGE for a symbol that is not known,
 * ERR_RANGE for dates that the calendar does not cover or that hold no session, ERR_EXISTS for a
 * store with other data, real or of another seed, else those of the store.
 */
NODISCARD enum err simulate_run(const struct simulate_options *options,
                                struct simulate_summary *summary);

/*
 * Print simulated beside real: every figure with its source, its distance and whether it is within
 * its tolerance. Returns how many are not. Twelve markets of twenty years each: a few seconds.
 */
int simulate_validate(FILE *out, uint64_t seed);

#endif
