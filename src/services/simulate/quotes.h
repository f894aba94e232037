/*
 * From what an option is worth to what is quoted and traded: spreads, sizes, volume, open interest.
 *
 * The worth always lies within bid and ask, both on the product's ticks, so parity and the absence
 * of arbitrage hold for whoever must pay the spread. Spreads grow with the price's square root,
 * with intrinsic value, with stress (VIX), in the first minutes of the day and the last of an
 * option. Fitted to the SPX chains of April to June 2019: real.def.
 */
#ifndef SERVICES_SIMULATE_QUOTES_H
#define SERVICES_SIMULATE_QUOTES_H

#include "adapters/store/store.h"
#include "domain/types/product.h"
#include "services/simulate/ladder.h"

struct quote_mood {    /* of an instant */
    double level;      /* of the underlying */
    double spread;     /* of the symbol, from symbols.def */
    double stress;     /* VIX points */
    double days;       /* calendar days to settlement */
    double opening;    /* 0 to 1: how much of the opening's disorder is left */
    bool last_minutes; /* it expires within half an hour */
};

/* Half the spread around a worth, dollars; intrinsic: max(0, forward payoff). */
double quote_half_spread(const struct quote_mood *mood, double worth, double intrinsic);

/* A quote around a worth. Takes three draws of rng: where the middle lies, and the two sizes. */
struct quote quote_make(const struct quote_mood *mood, const struct product *product, double worth,
                        double intrinsic, struct rng *rng);

struct interest { /* what a contract's activity on a day hangs on */
    const struct ladder *ladder;
    uint64_t seed;
    int day;
    double flow;       /* of the symbol */
    bool is_weekly;    /* no expiry on every day: each carries more */
    double level;      /* at the opening */
    double sd;         /* of the log price to settlement, at least an hour's */
    double slow_level; /* mean of the last months, where open interest was built */
    double slow_sd;
};

/* Contracts traded in the day and open in its morning, unusual flow not counted. */
void interest_of(const struct interest *about, int32_t strike_mills, enum option_right right,
                 uint32_t *volume, uint32_t *open);

#endif
