/*
 * The sample market: half a year of made-up SPX and SPY chains, so that the first command works
 * with no outside data. Synthetic: nobody's data, and no forecast.
 *
 * One seeded path: stochastic variance with leverage and rare jumps, a U-shaped day, overnight
 * gaps; SPY follows SPX, pays quarterly dividends. Each expiry's smile is an SSVI slice, so there
 * is no butterfly and no calendar arbitrage in the fair values; quotes are ticks around them.
 * Fourteen snapshots a day, 09:45 to 15:45 every half hour and the close.
 * Source of the smile: J. Gatheral, A. Jacquier, Quantitative Finance 14 (2014), section 4.
 */
#ifndef SERVICES_SAMPLE_SAMPLE_H
#define SERVICES_SAMPLE_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct sample_options {
    const char *store; /* made when it is missing; days of other dates and symbols stay */
    uint64_t seed;
    bool progress;         /* draw a bar on stderr */
    bool (*keep_on)(void); /* asked once a day; NULL always; false ends with ERR_CANCELLED */
};

struct sample_summary {
    size_t days;
    int32_t first_day, last_day;
    uint64_t quotes;
};

/* The same seed makes the same store. Errors: those of the store; nothing is left half done. */
NODISCARD enum err sample_make(const struct sample_options *options,
                               struct sample_summary *summary);

#endif
