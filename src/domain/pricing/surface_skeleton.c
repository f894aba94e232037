#include "domain/pricing/surface_fit_int.h"

static double cost_of(const struct svi_quotes *q, const struct ssvi *p)
{
    struct svi s;
    if (svi_from_ssvi(p, &s) != PRICING_OK)
        return INFINITY;
    double sum = 0.0;
    for (size_t i = 0; i < q->count; i++) {
        if (!surface_is_quoted(q, i))
            continue;
        double off = (svi_w(&s, q->k[i]) - q->w[i]) * surface_weight(q, i);
        sum += off * off;
    }
    return sum;
}

/* The quote nearest the money carries theta: theta = w - rho psi k to first order. */
struct anchor {
    double k, w;
};

static bool find_anchor(const struct svi_quotes *q, struct anchor *anchor)
{
    *anchor = (struct anchor){ INFINITY, NAN };
    for (size_t i = 0; i < q->count; i++)
        if (surface_is_quoted(q, i) && fabs(q->k[i]) < fabs(anchor->k))
            *anchor = (struct anchor){ q->k[i], q->w[i] };
    return isfinite(anchor->k);
}

/*
 * The slice of this rho and psi, if it is allowed: butterfly by Gatheral-Jacquier's theorem 4.2,
 * calendar by both wings rising and phi falling (Hendriks-Martini). near->theta 0: no slice before.
 */
static bool allowed(const struct ssvi *near, const struct anchor *anchor, double rho, double psi,
                    struct ssvi *out)
{
    double steep = 1.0 + fabs(rho);
    *out = (struct ssvi){ fmax(anchor->w - rho * psi * anchor->k, near->theta), rho, psi };
    if (!(out->theta > 0.0) || !(psi * steep < 4.0) || !(psi * psi * steep <= 4.0 * out->theta))
        return false;
    if (!(near->theta > 0.0))
        return true;
    return psi * (1.0 + rho) >= near->psi * (1.0 + near->rho) &&
           psi * (1.0 - rho) >= near->psi * (1.0 - near->rho) &&
           psi * near->theta <= near->psi * out->theta;
}

struct search {
    const struct svi_quotes *quotes;
    struct ssvi near;
    struct anchor anchor;
    struct ssvi best;
    double cost;
};

static double try_slice(struct search *s, double rho, double psi)
{
    struct ssvi slice;
    if (!allowed(&s->near, &s->anchor, rho, psi, &slice))
        return INFINITY;
    double cost = cost_of(s->quotes, &slice);
    if (cost < s->cost) {
        s->cost = cost;
        s->best = slice;
    }
    return cost;
}

/* Golden section on psi between what the slice before and butterflies leave. */
static void search_psi(struct search *s, double rho)
{
    enum { STEPS = 14 };
    const double golden = 0.6180339887498949;
    double steep = 1.0 + fabs(rho), low = 1e-6,
           high = fmin(3.999 / steep, 2.0 * sqrt(s->anchor.w / steep));
    if (s->near.theta > 0.0) {
        low = s->near.psi *
              fmax((1.0 + s->near.rho) / (1.0 + rho), (1.0 - s->near.rho) / (1.0 - rho)) *
              (1.0 + 1e-12);
        high = fmin(high,
                    s->near.psi * fmax(s->anchor.w, s->near.theta) / s->near.theta * (1.0 - 1e-12));
    }
    if (!(high >= low))
        return;
    double a = high - golden * (high - low), b = low + golden * (high - low);
    double at_a = try_slice(s, rho, a), at_b = try_slice(s, rho, b);
    for (int i = 0; i < STEPS; i++) {
        if (at_a <= at_b) {
            high = b;
            b = a;
            at_b = at_a;
            a = high - golden * (high - low);
            at_a = try_slice(s, rho, a);
        } else {
            low = a;
            a = b;
            at_a = at_b;
            b = low + golden * (high - low);
            at_b = try_slice(s, rho, b);
        }
    }
}

static struct ssvi fit_slice(const struct svi_quotes *quotes, const struct anchor *anchor,
                             const struct ssvi *near)
{
    enum { COARSE = 20, FINE = 4, ROUNDS = 2 };
    struct search s = { quotes, *near, *anchor, *near, INFINITY };
    for (int i = 1; i < COARSE; i++)
        search_psi(&s, 2.0 * i / COARSE - 1.0);
    double step = 2.0 / COARSE;
    for (int round = 0; round < ROUNDS; round++, step /= FINE) {
        double middle = s.best.rho;
        for (int i = 1 - FINE; i < FINE; i++)
            if (i && fabs(middle + step * i / FINE) < 0.999)
                search_psi(&s, middle + step * i / FINE);
    }
    if (isfinite(s.cost))
        return s.best;
    /* No room: the slice before, no lower at the money, is always allowed. */
    if (near->theta > 0.0)
        return (struct ssvi){ fmax(near->theta, anchor->w), near->rho, near->psi };
    return (struct ssvi){ anchor->w, 0.0, fmin(0.1 * sqrt(anchor->w), 1.0) };
}

void surface_skeleton(const struct surface_expiry *expiry, size_t count, struct ssvi *skeleton,
                      uint8_t *status)
{
    struct ssvi near = { 0.0, 0.0, 0.0 };
    for (size_t i = 0; i < count; i++) {
        struct anchor anchor;
        bool has_quotes = find_anchor(&expiry[i].quotes, &anchor);
        if (has_quotes)
            near = fit_slice(&expiry[i].quotes, &anchor, &near);
        skeleton[i] = near.theta > 0.0 ? near : (struct ssvi){ NAN, NAN, NAN };
        status[i] = has_quotes ? PRICING_OK : PRICING_TOO_FEW_QUOTES;
    }
}
