/*
 * The Greeks of a desk in words of money: dollars per move, and all underlyings as one index.
 *
 * From the sums of scenario.h, one row per underlying. Nothing here prices.
 */
#ifndef DOMAIN_PRICING_PORTFOLIO_H
#define DOMAIN_PRICING_PORTFOLIO_H

#include "domain/pricing/scenario.h"

/* What a small, usual move of each thing earns, dollars. */
struct dollar_greeks {
    double delta;      /* spot x delta: the stock position it is like */
    double delta_1pct; /* of a rise by 1 % */
    double gamma_1pct; /* change of delta dollars when the spot rises by 1 % */
    double vega_point; /* of one vol point */
    double theta_day;  /* of one calendar day */
    double rho_bp;     /* of one basis point */
};
struct dollar_greeks portfolio_dollars(const struct scenario_totals *totals, double spot);

/*
 * Underlyings as one index, to first order in each: a move of the index by x % moves underlying i
 * by beta[i] x %. Columns of count; index_spot > 0. delta = sum delta_i spot_i beta_i / index_spot
 * index shares gamma = sum gamma_i spot_i^2 beta_i^2 / index_spot^2 vega, theta, value and rho are
 * plain sums. PRICING_BAD_INPUT, and NaN, when a spot, beta or total is not finite.
 */
uint8_t portfolio_beta_weighted(size_t count, const struct scenario_totals *totals,
                                const double *spot, const double *beta, double index_spot,
                                struct scenario_totals *sum);

#endif
