/*
 * What is listed: expiries by the calendar, strikes by where the price has been since.
 *
 *     index, ETF   every session for two weeks, Fridays for nine, month ends for half a year
 * (index), standard months for a year; SPX lists the standard month twice: SPX settles at the
 *                  opening, SPXW at the close
 *     names        Fridays for eight weeks, standard months for a year
 *     VIX          its own monthly expiry for seven months
 *
 * Strikes reach as far as the price is likely to go, finer near the money and near the end. What
 * was listed once stays listed to its expiry, so that positions can be closed; a split lists anew,
 * at the split's prices.
 */
#ifndef SERVICES_SIMULATE_LADDER_H
#define SERVICES_SIMULATE_LADDER_H

#include "domain/types/contract.h"
#include "services/simulate/simulate_int.h"

enum { LADDER_EXPIRIES_MAX = 64, LADDER_STRIKES_MAX = 512 };

struct ladder {
    struct contract base; /* right and strike are each contract's own */
    int64_t settle_ns, last_trade_ns;
    int settle_day; /* index of the session it settles on */
    int list_day; /* index of the session it was listed on, at the earliest the calendar's first */
    bool at_open;
    bool is_monthly;
    int strike_count;
    int32_t strike_mills[LADDER_STRIKES_MAX];
};

struct ladder_expiry {
    int32_t date;
    const char *root;
    int listed_days; /* calendar days before its expiry that it is listed */
    bool is_monthly;
};

/* The expiries listed on a session, soonest first. */
int ladder_expiries(const struct sim_path *path, enum sim_symbol symbol, int day,
                    struct ladder_expiry out[LADDER_EXPIRIES_MAX]);
/* One of them in full. Errors: those of the product table. */
NODISCARD enum err ladder_fill(struct ladder *out, const struct sim_path *path,
                               enum sim_symbol symbol, int day, const struct ladder_expiry *expiry);
/* The strike of the coarse ladder nearest to a price. */
int32_t ladder_round(const struct ladder *ladder, const struct sim_path *path,
                     enum sim_symbol symbol, double price);

#endif
