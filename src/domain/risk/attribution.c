#include "domain/risk/attribution.h"

#include <math.h>

#include "domain/pricing/european.h"

static const struct attribution NOTHING = { NAN, NAN, NAN, NAN, NAN, NAN,
                                            NAN, NAN, NAN, NAN, NAN, NAN };

/* What one leg is priced with. */
struct inputs {
    double spot, years, vol, rate, yield;
};

struct greeks {
    double price, delta, gamma, vega, theta, rho, vanna, charm, vomma;
};

static bool price_leg(const struct attribution_leg *leg, const struct inputs *at,
                      struct greeks *out)
{
    if (!leg->sign) {
        *out = (struct greeks){ .price = at->spot, .delta = 1.0 };
        return isfinite(at->spot);
    }
    uint8_t status;
    const struct black_scholes_terms terms = { .spot = &at->spot,
                                               .strike = &leg->strike,
                                               .years = &at->years,
                                               .sigma = &at->vol,
                                               .rate = &at->rate,
                                               .yield = &at->yield,
                                               .sign = &leg->sign };
    const struct european_greeks greeks = { .first = { .price = &out->price,
                                                       .delta = &out->delta,
                                                       .gamma = &out->gamma,
                                                       .vega = &out->vega,
                                                       .theta = &out->theta,
                                                       .rho = &out->rho,
                                                       .status = &status },
                                            .vanna = &out->vanna,
                                            .charm = &out->charm,
                                            .vomma = &out->vomma };
    black_scholes_all(1, &terms, NULL, &greeks);
    return status == PRICING_OK || status == PRICING_EXPIRED;
}

static bool add_terms(const struct attribution_step *step, const struct attribution_leg *leg,
                      const struct greeks *g, struct attribution *out)
{
    double q = leg->quantity, move = step->spot_to - step->spot_from;
    double vol = leg->sign ? leg->vol_to - leg->vol_from : 0.0;
    out->delta += q * g->delta * move;
    if (!leg->sign)
        return true;
    out->gamma += 0.5 * q * g->gamma * move * move;
    out->theta += q * g->theta * step->years;
    out->vega += q * g->vega * vol;
    out->vanna += q * g->vanna * move * vol;
    out->volga += 0.5 * q * g->vomma * vol * vol;
    out->charm += q * g->charm * move * step->years;
    out->rho += q * g->rho * (step->rate_to - step->rate_from);
    return isfinite(g->gamma + g->theta + g->vega + g->vanna + g->vomma + g->charm + g->rho);
}

/* Spot, time, vol, rate: each from where the one before left it. */
static bool add_moves(const struct attribution_leg *leg, const struct inputs *from,
                      const struct inputs *to, struct attribution *out)
{
    struct inputs at = *from;
    struct greeks g[5];
    bool is_good = price_leg(leg, &at, &g[0]);
    at.spot = to->spot;
    is_good = is_good && price_leg(leg, &at, &g[1]);
    at.years = to->years;
    is_good = is_good && price_leg(leg, &at, &g[2]);
    at.vol = to->vol;
    is_good = is_good && price_leg(leg, &at, &g[3]);
    at.rate = to->rate;
    is_good = is_good && price_leg(leg, &at, &g[4]);
    if (!is_good)
        return false;
    out->delta += leg->quantity * (g[1].price - g[0].price);
    out->theta += leg->quantity * (g[2].price - g[1].price);
    out->vega += leg->quantity * (g[3].price - g[2].price);
    out->rho += leg->quantity * (g[4].price - g[3].price);
    return true;
}

enum err attribution_of_step(const struct attribution_step *step, size_t leg_count,
                             const struct attribution_leg *legs, struct attribution *out)
{
    struct attribution sum = { .delta = 0.0 };
    for (size_t i = 0; i < leg_count; i++) {
        const struct attribution_leg *leg = &legs[i];
        struct inputs from = { step->spot_from, leg->years, leg->vol_from, step->rate_from,
                               step->yield };
        struct inputs to = { step->spot_to, fmax(leg->years - step->years, 0.0), leg->vol_to,
                             step->rate_to, step->yield };
        struct greeks before, after;
        bool is_good = price_leg(leg, &from, &before) && price_leg(leg, &to, &after);
        if (is_good)
            is_good = step->by_moving ? add_moves(leg, &from, &to, &sum)
                                      : add_terms(step, leg, &before, &sum);
        double model = is_good ? after.price - before.price : NAN;
        bool is_marked = isfinite(leg->mark_from) && isfinite(leg->mark_to);
        double change = is_marked ? leg->mark_to - leg->mark_from : model;
        sum.quote += leg->quantity * (change - model);
        sum.actual += leg->quantity * change;
        if (!is_good || !isfinite(leg->quantity) || !isfinite(sum.actual)) {
            *out = NOTHING;
            return err_set(ERR_RANGE, "attribution: leg %zu has no price at the start or the end",
                           i);
        }
    }
    sum.explained = sum.delta + sum.gamma + sum.theta + sum.vega + sum.vanna + sum.volga +
                    sum.charm + sum.rho + sum.quote;
    sum.residual = sum.actual - sum.explained;
    *out = sum;
    return ERR_OK;
}

void attribution_add(struct attribution *sum, const struct attribution *step)
{
    sum->delta += step->delta;
    sum->gamma += step->gamma;
    sum->theta += step->theta;
    sum->vega += step->vega;
    sum->vanna += step->vanna;
    sum->volga += step->volga;
    sum->charm += step->charm;
    sum->rho += step->rho;
    sum->quote += step->quote;
    sum->explained += step->explained;
    sum->actual += step->actual;
    sum->residual += step->residual;
}

double attribution_quality(const struct attribution *a)
{
    double gross = fabs(a->delta) + fabs(a->gamma) + fabs(a->theta) + fabs(a->vega) +
                   fabs(a->vanna) + fabs(a->volga) + fabs(a->charm) + fabs(a->rho) + fabs(a->quote);
    return gross > 0.0 ? fabs(a->residual) / gross : 0.0;
}
