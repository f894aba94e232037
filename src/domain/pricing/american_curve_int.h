/*
 * One exercise boundary up to a date, by collocation, one option at a time: what the vectors of
 * american_lanes.c do not cover. The date is the expiry or an ex-date; on it the value is known.
 *
 * The value t years before the date is that of the option held to the date, and a premium (Kim
 * 1990)
 *     integral over u in (0, t - idle) of
 *     sign (q S e^(-qs) Phi(side d1) - r K e^(-rs) Phi(side d2)),  s = t - idle - u,  at S / B(u)
 * for a boundary B that begins `idle` years before the date. At B the slopes of value and payoff
 * agree; where B rises faster than the spot can follow, as after an idle time, slopes tell
 * nothing, and the values are compared. As ln B is smooth in ln u (next to the date ln B - ln
 * limit goes like sqrt(u ln 1/u), after an idle time like sqrt(ln 1/u)), it is interpolated there,
 * at Chebyshev points.
 */
#ifndef DOMAIN_PRICING_AMERICAN_CURVE_INT_H
#define DOMAIN_PRICING_AMERICAN_CURVE_INT_H

#include <stdbool.h>

#include "domain/pricing/american_int.h"
#include "domain/pricing/american_lanes_int.h"

enum { AMERICAN_CURVE_NODES = AMERICAN_COSINES + 1 };

struct american_curve {
    int sign; /* of the payoff */
    int side; /* +1: exercised at and above the boundary, -1: at and below */
    double strike, sigma, rate, yield;
    double idle, span; /* years before the date without, and with, the boundary */
    double steep; /* years of the span, from its near end, in which the boundary outruns the spot */
    double least, most; /* the boundary lies between: where exercise earns more than it costs */
    double log_b[AMERICAN_CURVE_NODES]; /* at span e^(-12 (1 - x) / 2), x = cos(pi i / 24): from
                                           span down */
    double chebyshev[AMERICAN_CURVE_NODES];
};

/* The option held to the date, `years` before it. */
struct american_held {
    struct american_value (*value)(const void *context, double years, double spot);
    const void *context;
};

/* log_b holds a guess, and then the boundary. False when it does not settle. */
bool american_curve_solve(struct american_curve *curve, const struct american_held *held);

/* The boundary at the span's far end. */
double american_curve_end(const struct american_curve *curve);

/*
 * Price, delta and gamma of the premium for a spot that is not exercised, `ahead` years before the
 * span begins (0: at its far end).
 */
struct american_value american_curve_premium(const struct american_curve *curve, double ahead,
                                             double spot);

#endif
