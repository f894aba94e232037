/*
 * What a book is worth, and what moves it, now and in worlds that have not come: a grid of spot
 * moves, vol changes and time, re-marked in columns.
 *
 * A book holds options of one underlying, and the underlying itself. At each point of the grid the
 * spot is spot x exp(move), time has passed, and the smile answers by a rule of surface.h; carry
 * and rates stay as the surface's forwards and discounts say, and what is left of an expiry keeps
 * its vols (total variance falls in proportion). What has expired is worth its payoff at the new
 * spot.
 */
#ifndef DOMAIN_PRICING_SCENARIO_H
#define DOMAIN_PRICING_SCENARIO_H

#include "domain/pricing/surface.h"

struct scenario_book {
    size_t count;
    const uint32_t *slice;  /* of the surface; rows by rising slice */
    const double *strike;   /* dollars; not read where sign is 0 */
    const int8_t *sign;     /* OPTION_SIGN_*; 0 is the underlying itself */
    const double *quantity; /* long > 0, times the multiplier: 2 short contracts are -200 */
    bool is_american;       /* exercise at any time; no cash dividends, the carry is a yield */
};

struct scenario_point {
    double move;           /* ln of the factor of the spot */
    double vol_factor;     /* > 0 */
    double years;          /* that pass, calendar; >= 0 */
    double variance_years; /* the same stretch on the variance clock; >= 0 */
};

/*
 * How the smile answers, at every point (struct surface_move says what each is). tenor_years says
 * whose vol_factor the points give, 30 / 365 as for a vol index; other expiries answer by the
 * square root of time, factor - 1 times sqrt(tenor / years), years no shorter than a week; where
 * vols fall the reciprocal does. 0: one factor for all.
 */
struct scenario_rule {
    enum surface_rule rule;
    double response_short, response_long;
    double tenor_years;
};
double scenario_vol_factor(const struct scenario_rule *rule, double factor, double years);

/*
 * Sums over the book, in dollars; units as struct pricing_greeks. All NaN while unpriced is not 0:
 * a sum that leaves out a row would be a false number.
 */
struct scenario_totals {
    double value, delta, gamma, vega, theta, rho;
    uint32_t unpriced; /* rows without a price */
};

/*
 * Mark the book at each point. spot > 0 is today's. Returns how many points have unpriced rows; bad
 * input (a slice that is not there or out of order, a sign, a quantity) makes every row so.
 */
size_t scenario_mark(const struct surface *surface, double spot, const struct scenario_book *book,
                     const struct scenario_rule *rule, size_t count,
                     const struct scenario_point *point, struct scenario_totals *out);

/*
 * What one of each row is worth at each point, dollars a share: value[p count + i]; the quantity is
 * not looked at beyond being finite. NaN where there is no price. Returns how many there are.
 */
size_t scenario_values(const struct surface *surface, double spot, const struct scenario_book *book,
                       const struct scenario_rule *rule, size_t count,
                       const struct scenario_point *point, double *value);

/*
 * Points of a grid: moves x vol factors x times, times slowest: point[(t vols + v) moves + m].
 * years[] and variance_years[] go together. Returns how many there are.
 */
struct scenario_axes {
    size_t moves, vols, times;
    const double *move, *vol_factor, *years, *variance_years;
};
size_t scenario_grid(const struct scenario_axes *axes, struct scenario_point *point);

#endif
