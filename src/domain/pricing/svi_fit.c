#include "domain/pricing/svi_fit.h"

#include "domain/pricing/lanes.h"
#include "domain/pricing/svi_fit_int.h"

static const double wing_max =
    1.999; /* Lee's bound is 2: a little inside, so that proofs have room */

/* ---- setting it up --------------------------------------------------------------------------- */

static double wing_bound(double asked, double low)
{
    return fmax(asked > 0.0 ? fmin(asked, wing_max) : wing_max, low * (1.0 + 1e-6));
}

static void set_bounds(struct svi_problem *p, const struct svi_hints *hints)
{
    double least = p->level, spread = p->width;
    const struct svi *near = p->near;
    for (int i = 0; i < SVI_DIMENSIONS; i++) {
        p->low[i] = -INFINITY;
        p->high[i] = INFINITY;
    }
    p->low[SVI_A] = -100.0 * least;
    p->high[SVI_A] = 100.0 * least;
    p->low[SVI_UP] = near ? near->b * (1.0 + near->rho) : 1e-9 * least;
    p->low[SVI_DOWN] = near ? near->b * (1.0 - near->rho) : 1e-9 * least;
    p->high[SVI_UP] = wing_bound(hints->up_max, p->low[SVI_UP]);
    p->high[SVI_DOWN] = wing_bound(hints->down_max, p->low[SVI_DOWN]);
    p->low[SVI_M] = -20.0 * spread;
    p->high[SVI_M] = 20.0 * spread;
    p->low[SVI_SIGMA] = 1e-3 * spread;
    p->high[SVI_SIGMA] = 50.0 * spread;
}

/* Copy the usable quotes; false when there are too few. */
static bool set_quotes(struct svi_problem *p, const struct svi_quotes *quotes,
                       const struct svi_hints *hints)
{
    double sum = 0.0, level = 0.0, width = 0.0;
    p->count = 0;
    for (size_t i = 0; i < quotes->count; i++) {
        double k = quotes->k[i], w = quotes->w[i], q = quotes->weight ? quotes->weight[i] : 1.0;
        if (!svi_is_quote(k, w, q))
            continue;
        p->k[p->count] = k;
        p->w[p->count] = w;
        p->weight[p->count++] = q;
    }
    if (p->count < SVI_QUOTES_MIN)
        return false;
    for (size_t i = 0; i < p->count; i++) {
        double qq = p->weight[i] * p->weight[i];
        sum += qq;
        level += qq * p->w[i];
        width += qq * p->k[i] * p->k[i];
    }
    p->level = level / sum;
    p->width = fmax(sqrt(width / sum), 0.1 * sqrt(p->level));
    p->scale = 1.0 / (sqrt(sum) * p->level);
    for (size_t i = 0; i < p->count; i++)
        p->weight[i] *= p->scale;
    p->padded = p->count;
    while (p->padded % LANES_ROWS) {
        p->k[p->padded] = 0.0;
        p->w[p->padded] = p->level;
        p->weight[p->padded++] = 0.0;
    }
    set_bounds(p, hints);
    return true;
}

static void into_bounds(const struct svi_problem *p, struct svi_vector *v)
{
    for (int i = 0; i < SVI_DIMENSIONS; i++) {
        double room = isfinite(p->high[i] - p->low[i]) ? 1e-6 * (p->high[i] - p->low[i]) : 0.0;
        v->at[i] = fmin(fmax(v->at[i], p->low[i] + room), p->high[i] - room);
    }
}

/* ---- what is free ---------------------------------------------------------------------------- */

/* Where it is not, in *where. */
static bool is_free(const struct svi_problem *p, const struct svi *s, double *where)
{
    return svi_butterfly(s, where) == PRICING_OK &&
           (!p->near || svi_calendar(p->near, s, where) == PRICING_OK);
}

/* The best free slice so far. */
struct best {
    struct svi slice;
    double cost;
};

static bool offer(const struct svi_problem *p, struct best *best, const struct svi *s)
{
    double where;
    if (!is_free(p, s, &where))
        return false;
    struct svi_vector v = svi_to_vector(s);
    double cost = svi_cost(p, &v);
    if (cost < best->cost) {
        best->cost = cost;
        best->slice = *s;
    }
    return true;
}

static struct svi_vector between(const struct svi_vector *from, const struct svi_vector *to,
                                 double t)
{
    struct svi_vector v;
    for (int i = 0; i < SVI_DIMENSIONS; i++)
        v.at[i] = from->at[i] + t * (to->at[i] - from->at[i]);
    return v;
}

/* Offer the first free slice on the straight way from one that is not to one that is. */
static void offer_way(const struct svi_problem *p, struct best *best, const struct svi *from,
                      const struct svi *to)
{
    enum { HALVINGS = 26 };
    struct svi_vector start = svi_to_vector(from), end = svi_to_vector(to);
    double held = 0.0, free = 1.0, where;
    for (int i = 0; i < HALVINGS; i++) {
        double t = i < 3 ? 0.01 * (i + 1) * (i + 1) : 0.5 * (held + free);
        if (t >= free || t <= held)
            t = 0.5 * (held + free);
        struct svi_vector v = between(&start, &end, t);
        struct svi s = svi_of_vector(&v);
        *(is_free(p, &s, &where) ? &free : &held) = t;
        if (free - held < 1e-6)
            break;
    }
    struct svi_vector v = between(&start, &end, free);
    struct svi s = svi_of_vector(&v);
    offer(p, best, &s);
}

/* Lift a slice until it clears the near one; false when that needs more than sampling shows. */
static bool lift(const struct svi_problem *p, struct svi *s)
{
    enum { STEPS = 80, ROUNDS = 4 };
    double where;
    for (int round = 0; round < ROUNDS && p->near; round++) {
        double rise = 0.0;
        for (int i = 0; i <= STEPS; i++) {
            double k = p->width * 12.0 * (2.0 * i / STEPS - 1.0);
            rise = fmax(rise, svi_w(p->near, k) - svi_w(s, k));
        }
        s->a += rise + 1e-6 * p->level * (1 << 4 * round);
        if (svi_calendar(p->near, s, &where) == PRICING_OK)
            break;
        if (isfinite(where))
            s->a += fmax(svi_w(p->near, where) - svi_w(s, where), 0.0);
    }
    return is_free(p, s, &where);
}

/* A free slice with some room: an SSVI slice like the fit, lifted; else the near slice, lifted. */
static struct svi anchor_of(const struct svi_problem *p, const struct svi *fit)
{
    struct svi anchor;
    double theta = fmax(svi_w(fit, 0.0), 0.2 * p->level), steep = 1.0 + fabs(fit->rho);
    double psi = fmin(2.0 * fit->b, 0.9 * fmin(4.0 / steep, 2.0 * sqrt(theta / steep)));
    struct ssvi ssvi = { theta, fit->rho, psi };
    for (int i = 0; i < 6; i++) {
        if (svi_from_ssvi(&ssvi, &anchor) == PRICING_OK) {
            struct svi_vector v = svi_to_vector(&anchor);
            into_bounds(p, &v);
            anchor = svi_of_vector(&v);
            if (lift(p, &anchor))
                return anchor;
        }
        ssvi.theta *= 1.5;
        ssvi.psi *= p->near ? 1.0 : 0.5;
    }
    if (p->near) {
        anchor = *p->near;
        if (lift(p, &anchor))
            return anchor;
        return *p->near;
    }
    return (struct svi){ p->level, 0.0, 0.0, 0.0, p->width };
}

/* ---- the bounded fit ------------------------------------------------------------------------- */

static void add_hinge(struct svi_problem *p, double k)
{
    if (isfinite(k) && fabs(k) < 1e4 && p->hinge_count < SVI_HINGES_MAX)
        p->hinge_k[p->hinge_count++] = k;
}

/* k = m + sigma sinh(u), dense near the bend and reaching far into both wings. */
static void set_hinges(struct svi_problem *p, const struct svi *s)
{
    double t = 1.0 / 256.0;
    p->hinge_count = 0;
    for (int i = 0; i <= 32; i++, t *= 1.4142135623730951)
        add_hinge(p, s->m + 0.5 * s->sigma * (t - 1.0 / t));
}

static uint32_t fit_bounded(struct svi_problem *p, const struct svi *fit, struct best *best)
{
    enum { ROUNDS = 5, STEPS = 20 };
    struct svi anchor = anchor_of(p, fit), s = *fit;
    struct svi_vector v = svi_to_vector(fit);
    double where;
    uint32_t round = 0;
    offer(p, best, &anchor);
    offer_way(p, best, fit, &anchor);
    p->force = 0.1;
    p->g_least = 1e-4;
    set_hinges(p, fit);
    for (; round < ROUNDS; round++) {
        svi_descend(p, &v, STEPS);
        s = svi_of_vector(&v);
        if (is_free(p, &s, &where)) {
            offer(p, best, &s);
            break;
        }
        add_hinge(p, where);
        offer_way(p, best, &s, &anchor);
        p->force *= 10.0;
    }
    p->hinge_count = 0;
    return round + 1;
}

static void offer_repairs(const struct svi_problem *p, const struct svi *fit, struct best *best)
{
    struct svi repaired;
    if (svi_repair_wing(fit, 1.0, &repaired) == PRICING_OK)
        offer(p, best, &repaired);
    if (svi_repair_closed(fit, 1.0, &repaired) == PRICING_OK)
        offer(p, best, &repaired);
}

/* ---- the front door -------------------------------------------------------------------------- */

static const struct svi no_slice = { NAN, NAN, NAN, NAN, NAN };

static void measure(const struct svi_problem *p, double cost, double cost_free, struct svi_fit *fit)
{
    fit->used = (uint32_t)p->count;
    fit->rms = sqrt(cost) * p->level;
    fit->rms_free = sqrt(cost_free) * p->level;
    fit->chi = sqrt(cost / (double)p->count) / p->scale;
}

static double descend_from(const struct svi_problem *p, struct svi_vector *v, uint32_t *steps)
{
    enum { STEPS_MAX = 60 };
    into_bounds(p, v);
    struct svi s = svi_of_vector(v);
    if (!svi_is_valid(&s))
        v->at[SVI_A] += p->level - svi_least(&s);
    *steps += svi_descend(p, v, STEPS_MAX);
    return svi_cost(p, v);
}

/* The fit that may hold arbitrage; returns its cost. Cold, the better of two starts. */
static double fit_free(const struct svi_problem *p, const struct svi *start, struct svi_vector *v,
                       uint32_t *steps)
{
    if (start && svi_is_valid(start)) {
        *v = svi_to_vector(start);
        return descend_from(p, v, steps);
    }
    struct svi_vector guess[2];
    svi_guess(p, guess);
    double first = descend_from(p, &guess[0], steps);
    double second = descend_from(p, &guess[1], steps);
    *v = guess[second < first];
    return fmin(first, second);
}

uint8_t svi_fit(const struct svi_quotes *quotes, const struct svi_hints *hints, struct svi_fit *fit)
{
    static const struct svi_hints none = { .start = NULL };
    hints = hints ? hints : &none;
    const struct svi *start = hints->start, *near = hints->near;
    struct svi_problem p;
    double where;
    *fit = (struct svi_fit){ .slice = no_slice, .rms = NAN, .rms_free = NAN, .chi = NAN };
    if (quotes->count > SVI_QUOTES_MAX || (near && svi_butterfly(near, NULL) != PRICING_OK))
        return PRICING_BAD_INPUT;
    p.near = near;
    p.hinge_count = 0;
    if (!set_quotes(&p, quotes, hints))
        return PRICING_TOO_FEW_QUOTES;
    struct svi_vector v;
    double cost_free = fit_free(&p, start, &v, &fit->steps);
    struct svi s = svi_of_vector(&v);
    struct best best = { s, INFINITY };
    if (is_free(&p, &s, &where)) {
        best.cost = cost_free;
    } else {
        fit->repairs = fit_bounded(&p, &s, &best);
        if (!near)
            offer_repairs(&p, &s, &best);
        if (near && !isfinite(best.cost)) {
            v = svi_to_vector(near);
            best = (struct best){ *near, svi_cost(&p, &v) };
        }
    }
    fit->slice = best.slice;
    measure(&p, best.cost, cost_free, fit);
    return PRICING_OK;
}
