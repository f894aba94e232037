/*
 * What exercise moves: cash, or shares against the strike; and when a contract settles at all.
 *
 * Signs: long is positive, cash received is positive. exercised counts signed contracts: +2 are two
 * of ours that we exercise, -2 are two of our shorts that are assigned.
 */
#ifndef DOMAIN_LIFE_EXPIRY_H
#define DOMAIN_LIFE_EXPIRY_H

#include "domain/life/adjust.h"
#include "domain/types/calendar.h"
#include "domain/types/product.h"

struct exercise_flow {
    int64_t cash;   /* micros: payoff of a cash-settled option, or the strike against the shares */
    int64_t shares; /* signed change of the stock position */
};

/*
 * What exercise brings beside what it costs, micros a share of contract.multiplier, never
 * negative: the intrinsic value of an ordinary contract; of an adjusted one what it delivers
 * counts, at this price, not the quoted share. deliverable NULL: the standard one. PRICE_NONE when
 * it does not fit.
 */
int64_t exercise_payoff(const struct contract *contract, const struct deliverable *deliverable,
                        int64_t price);

/* exercise_is_due() (exercise.h) of a contract that delivers this; by exception that is a cent a
 * share. */
bool exercise_delivers(const struct contract *contract, const struct deliverable *deliverable,
                       int64_t price);

/*
 * Exercise or assignment of `exercised` contracts at a price of the underlying, micros. For
 * physical delivery the price counts only for a fraction of a share. deliverable NULL: the standard
 * one. Errors: ERR_RANGE when an amount does not fit.
 */
NODISCARD enum err exercise_flow_of(struct exercise_flow *out, const struct contract *contract,
                                    const struct deliverable *deliverable, int64_t exercised,
                                    int64_t price);

/* One line of what is about to expire. */
struct expiring {
    struct contract contract;
    struct deliverable deliverable;
    int64_t quantity; /* signed contracts */
};

/*
 * Everything in the money by the threshold is exercised or assigned at this price: the sum of it.
 * What an account must be able to carry overnight, before a broker's cut-off (cutoff.h) asks.
 */
NODISCARD enum err exercise_flow_at(struct exercise_flow *out, const struct expiring *lines,
                                    size_t count, int64_t price);

enum { SETTLEMENT_VALUE_BYTES = 32 };

/* How and when a contract settles. */
struct settlement {
    enum settle_time time; /* AM or PM */
    enum option_style style;
    enum delivery delivery;
    int32_t settle_day;               /* yyyymmdd */
    int64_t settle_ts, last_trade_ts; /* UTC ns */
    int32_t deliver_day; /* when shares and their price change hands; of cash: the next day */
    char value[SETTLEMENT_VALUE_BYTES]; /* "SOQ (SET)", "official SPX close", "SPY close" */
};

/* Errors: ERR_RANGE beyond the calendar. */
NODISCARD enum err settlement_of(struct settlement *out, const struct contract *contract,
                                 const struct calendar *cal);

/*
 * The day on which a trade in shares (or their delivery) of a day settles: the third business day
 * after until 2017-09-04, the second until 2024-05-27, then the next (SEC Rule 15c6-1). 0 beyond
 * the calendar.
 */
int32_t settlement_stock_day(const struct calendar *cal, int32_t day);

#endif
