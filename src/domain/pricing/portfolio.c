#include "domain/pricing/portfolio.h"

#include "domain/pricing/european_int.h"

struct dollar_greeks portfolio_dollars(const struct scenario_totals *t, double spot)
{
    return (struct dollar_greeks){ .delta = t->delta * spot,
                                   .delta_1pct = 0.01 * t->delta * spot,
                                   .gamma_1pct = 0.01 * t->gamma * spot * spot,
                                   .vega_point = 0.01 * t->vega,
                                   .theta_day = t->theta / 365.0,
                                   .rho_bp = 1e-4 * t->rho };
}

uint8_t portfolio_beta_weighted(size_t count, const struct scenario_totals *totals,
                                const double *spot, const double *beta, double index_spot,
                                struct scenario_totals *sum)
{
    struct scenario_totals all = { .value = 0.0 };
    bool is_good = is_positive(index_spot);
    for (size_t i = 0; i < count && is_good; i++) {
        const struct scenario_totals *t = &totals[i];
        double share = beta[i] * (spot[i] / index_spot);
        is_good = is_positive(spot[i]) && isfinite(share) && !t->unpriced;
        all.value += t->value;
        all.delta += t->delta * share;
        all.gamma += t->gamma * share * share;
        all.vega += t->vega;
        all.theta += t->theta;
        all.rho += t->rho;
    }
    is_good =
        is_good && isfinite(all.value + all.delta + all.gamma + all.vega + all.theta + all.rho);
    if (!is_good)
        all = (struct scenario_totals){ NAN, NAN, NAN, NAN, NAN, NAN, (uint32_t)count };
    *sum = all;
    return is_good ? PRICING_OK : PRICING_BAD_INPUT;
}
