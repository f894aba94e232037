/*
 * What options are worth at an instant: total variance by expiry, and the smile of each.
 *
 * Total variance to an expiry is the integral of the forward variance that the path's own dynamics
 * imply (model_int.h), on the market clock, so events, nights and weekends weigh what they weigh in
 * the path; reports add their night. Each expiry's smile is an SSVI slice:
 *
 *     w(k) = theta/2 (1 + rho x + sqrt((x + rho)^2 + 1 - rho^2)),   x = k psi / sqrt(theta)
 *     psi  = psi30 (1 + c) u^a / (1 + c u^a),   u = theta / theta of 30 days
 *
 * One rho for all expiries, theta ascending, sqrt(theta) psi ascending, psi^2 (1 + |rho|) <= 4 and
 * sqrt(theta) psi (1 + |rho|) <= 4: no butterfly and no calendar arbitrage at any strike. theta is
 * set so that the slice's variance swap is the integral above: the VIX of the chain is the VIX of
 * the path. Source: J. Gatheral, A. Jacquier, Arbitrage-free SVI volatility surfaces, Quantitative
 * Finance 14 (2014), theorems 4.1 and 4.2; the variance swap of a slice: J. Gatheral, The
 * Volatility Surface (2006), chapter 11.
 */
#ifndef SERVICES_SIMULATE_SMILE_H
#define SERVICES_SIMULATE_SMILE_H

#include "services/simulate/simulate_int.h"

enum { SURFACE_PANELS = 12 };

struct surface {
    const struct sim_path *path;
    enum sim_symbol symbol;
    const struct sim_state *state;
    double clock; /* now */
    double
        integral[SURFACE_PANELS + 1]; /* of forward variance, variance days, at the panel edges */
    double rho, psi30, bend, theta30; /* bend is c */
};

struct slice {
    double theta, rho, psi;
};

/* state must outlive the surface. symbol may be SIM_VIX: options on its futures. */
void surface_init(struct surface *out, const struct sim_path *path, enum sim_symbol symbol,
                  const struct sim_state *state, double clock);
/* The slice that settles at a later clock; reports: how many earnings nights lie between. */
struct slice surface_slice(const struct surface *surface, double settle_clock, int reports);
/* Total variance at log-moneyness k = ln(strike / forward). */
double slice_variance(const struct slice *slice, double k);
/* Expected total variance (the variance swap) to a clock; what theta is fitted to. */
double surface_variance(const struct surface *surface, double settle_clock, int reports);

/* The clock at which an option settles: on a session's close, or (at_open) its opening. */
double settle_clock(const struct sim_path *path, int day, bool at_open);

/* VIX points at an instant of a day, interpolated between two Fridays as the index is. */
double sim_vix(const struct sim_path *path, int day, const struct sim_state *state, double clock);
/* The future on it that settles on the opening of a later session. */
double sim_vix_future(const struct sim_path *path, const struct sim_state *state, double clock,
                      int settle_day);

#endif
