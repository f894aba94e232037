/*
 * Dated short rates: what cash earned, day by day, and how quoted rates become ours.
 *
 * Rates here are continuously compounded, per year of 365 days: 0.05 is 5 %; 1 dollar becomes
 * exp(rate * days / 365). They come from data (the store's rates series); there is none built in.
 */
#ifndef DOMAIN_TYPES_RATES_H
#define DOMAIN_TYPES_RATES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

struct rate_step {
    int32_t date; /* holds from this day on, until the next step */
    double rate;
};

struct rate_curve {
    const struct rate_step *steps; /* ascending dates, no repeats; not owned */
    size_t count;
};

/* Check and wrap steps (not copied). Errors: ERR_RANGE for dates that do not ascend, are no dates,
 * or a rate that is not finite or beyond +-1. */
NODISCARD enum err rate_curve_init(struct rate_curve *out, const struct rate_step *steps,
                                   size_t count);

/* The rate on a day. Errors: ERR_NOT_FOUND before the first step, or without any. */
NODISCARD enum err rate_curve_at(const struct rate_curve *curve, int32_t date, double *out_rate);

/*
 * Quoted rates as continuous ones. Days > 0.
 *   discount    Treasury bills: price = 1 - discount * days / 360, so 0.0235 over 91 days is
 * 0.023898 simple      deposits: 1 + rate * days / 360 annual      compounded once a year: ln(1 +
 * rate) Errors: ERR_RANGE when no price above zero comes of it; *out untouched.
 */
NODISCARD enum err rate_from_discount(double discount, int days, double *out);
NODISCARD enum err rate_from_simple(double simple, int days, double *out);
NODISCARD enum err rate_from_annual(double annual, double *out);

/* exp(-rate * days / 365) */
double rate_discount_factor(double rate, double days);

#endif
