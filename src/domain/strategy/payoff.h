/*
 * What a set of legs is worth at expiry: exact piecewise-linear arithmetic in micros.
 *
 * The value of a leg at expiry is its intrinsic value; a sum of such legs is linear between
 * strikes, so its minimum over all prices of the underlying (0 to infinity) lies at 0, at a strike,
 * or at infinity, and is found exactly.
 *
 * Several expiries (calendars, diagonals). The position is valued at the first expiry at which
 * something settles, later options at intrinsic value, which is the least they are worth while they
 * live (deep in-the-money European puts can be quoted a little lower: the interest on the strike).
 * So a long calendar can lose its debit, and a diagonal its debit plus the strikes' distance
 * against it. A long option that expires before the last short one of its right does not cover that
 * one to the end: it counts as worth nothing. So a short calendar is as bad as the naked option it
 * leaves behind.
 */
#ifndef DOMAIN_STRATEGY_PAYOFF_H
#define DOMAIN_STRATEGY_PAYOFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/strategy/strategy.h"

#define PAYOFF_LEGS_MAX 64

struct payoff_leg {
    enum leg_kind kind;
    int64_t quantity;     /* signed contracts, or shares of stock; long is positive */
    int32_t multiplier;   /* 100; 1 for stock */
    int32_t strike_mills; /* not for stock */
    int32_t expiry;       /* yyyymmdd, not for stock */
};

struct payoff_range {    /* of cash + value at expiry, micros: losses are negative */
    int64_t worst, best; /* INT64_MIN, INT64_MAX when unbounded */
    bool worst_unbounded, best_unbounded;
    int64_t worst_at, best_at; /* the underlying there, micros; -1 when unbounded */
};

/*
 * The range of outcomes of legs bought and sold for cash (received +, paid -, micros, for all legs
 * together). Errors: ERR_RANGE when more than PAYOFF_LEGS_MAX legs, a multiplier or strike
 * is not above zero, or the sums leave int64; *out is then untouched.
 */
NODISCARD enum err payoff_range(struct payoff_range *out, const struct payoff_leg *legs,
                                size_t count, int64_t cash);

/* The worst loss, >= 0; INT64_MAX when unbounded or out of range: never more risk than it says. */
int64_t payoff_max_loss(const struct payoff_leg *legs, size_t count, int64_t cash);

/* Value at expiry of all legs together with the underlying at this level (micros), cash included;
 * expiries as above. False when the sums leave int64. */
NODISCARD bool payoff_at(const struct payoff_leg *legs, size_t count, int64_t cash,
                         int64_t underlying, int64_t *out);

#endif
