/*
 * What a trade is worth at its first expiry, by the price of the underlying then.
 *
 * Entry cash plus the value of every leg of the entry, before costs. Options of the first expiry
 * have their intrinsic value; options that expire later are priced by Black-Scholes with their
 * implied volatility at entry, the calendar days left / 365, rate and dividends 0.
 */
#ifndef SERVICES_REPORT_PAYOFF_H
#define SERVICES_REPORT_PAYOFF_H

#include <stdbool.h>

#include "services/backtest/result.h"

enum { PAYOFF_POINTS = 256, PAYOFF_EVENS = 16 };

struct payoff {
    const char *why_not; /* NULL: there is one */
    bool is_modelled;    /* options that expire later are in it */
    size_t count;
    double x[PAYOFF_POINTS], y[PAYOFF_POINTS]; /* underlying ascending, dollars; P&L, dollars */
    size_t even_count;
    double even[PAYOFF_EVENS]; /* where it is zero, ascending */
    double best, best_at;      /* from underlying 0 up; INFINITY: unlimited, best_at NaN */
    double worst, worst_at;
};

void payoff_make(struct payoff *payoff, const struct result_trade *trade);

#endif
