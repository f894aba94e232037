#include "domain/pricing/svi.h"

#include "domain/pricing/normal_int.h"
#include "domain/pricing/svi_int.h"

bool svi_is_valid(const struct svi *slice)
{
    return isfinite(slice->a) && is_not_negative(slice->b) && fabs(slice->rho) < 1.0 &&
           isfinite(slice->m) && is_positive(slice->sigma) && is_positive(svi_least(slice));
}

/* ---- reading it off -------------------------------------------------------------------------- */

struct reading {
    struct svi_point at;
    double g, density, below;
};

static struct reading read_point(double k, struct svi_point at)
{
    struct reading r = { .at = at };
    double v = sqrt(r.at.w), d2 = -k / v - 0.5 * v, phi = normal_density(d2);
    r.g = svi_g(k, r.at);
    r.density = r.g * phi / v;
    /* The slope of the undiscounted put in the strike, with the slope of the smile in it. */
    r.below = normal_cdf(-d2) + 0.5 * phi * r.at.slope / v;
    return r;
}

static void put(double *column, size_t i, double value)
{
    if (column)
        column[i] = value;
}

static struct reading read_at(const struct svi *slice, double k)
{
    return read_point(k, svi_at(slice, k));
}

uint8_t svi_store(const struct svi_columns *out, size_t i, double k, struct svi_point at)
{
    struct reading r = read_point(k, at);
    bool is_finite = isfinite(r.at.w) && isfinite(r.g) && isfinite(r.density);
    put(out->w, i, is_finite ? r.at.w : NAN);
    put(out->slope, i, is_finite ? r.at.slope : NAN);
    put(out->curvature, i, is_finite ? r.at.curvature : NAN);
    put(out->g, i, is_finite ? r.g : NAN);
    put(out->density, i, is_finite ? r.density : NAN);
    put(out->below, i, is_finite ? r.below : NAN);
    return is_finite ? PRICING_OK : PRICING_OUT_OF_RANGE;
}

size_t svi_slice(const struct svi *slice, size_t count, const double *k,
                 const struct svi_columns *out)
{
    bool is_valid = svi_is_valid(slice);
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_good = is_valid && isfinite(k[i]);
        struct svi_point at = is_good ? svi_at(slice, k[i]) : (struct svi_point){ NAN, NAN, NAN };
        uint8_t status = svi_store(out, i, k[i], at);
        if (!is_good)
            status = PRICING_BAD_INPUT;
        if (out->status)
            out->status[i] = status;
        bad += status != PRICING_OK;
    }
    return bad;
}

/* Newton on the distribution inside a bracket that only shrinks. */
static double quantile(const struct svi *slice, double p)
{
    enum { STEPS_MAX = 200 };
    double v = sqrt(svi_w(slice, 0.0)), low = -v, high = v;
    while (read_at(slice, low).below > p && low > -1e6)
        low *= 2.0;
    while (read_at(slice, high).below < p && high < 1e6)
        high *= 2.0;
    double k = 0.5 * (low + high);
    for (int i = 0; i < STEPS_MAX; i++) {
        struct reading r = read_at(slice, k);
        double off = r.below - p;
        *(off > 0.0 ? &high : &low) = k;
        double next = k - off / r.density;
        if (!(next > low && next < high))
            next = 0.5 * (low + high);
        if (fabs(next - k) <= 1e-15 * (v + fabs(k)))
            return next;
        k = next;
    }
    return k;
}

size_t svi_quantile(const struct svi *slice, size_t count, const double *p, double *k,
                    uint8_t *status)
{
    bool is_free = svi_butterfly(slice, NULL) == PRICING_OK;
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_good = is_free && p[i] > 0.0 && p[i] < 1.0;
        k[i] = is_good ? quantile(slice, p[i]) : NAN;
        if (status)
            status[i] = is_good ? PRICING_OK : PRICING_BAD_INPUT;
        bad += !is_good;
    }
    return bad;
}

/* ---- other forms ----------------------------------------------------------------------------- */

static double sine(double cosine)
{
    return sqrt((1.0 - cosine) * (1.0 + cosine));
}

uint8_t svi_to_jw(const struct svi *s, double years, struct svi_jw *jw)
{
    if (!svi_is_valid(s) || !is_positive(years))
        return PRICING_BAD_INPUT;
    double w = svi_w(s, 0.0), v = sqrt(w);
    *jw = (struct svi_jw){
        .v = w / years,
        .psi = 0.5 * s->b / v * (s->rho - s->m / sqrt(s->m * s->m + s->sigma * s->sigma)),
        .p = s->b * (1.0 - s->rho) / v,
        .c = s->b * (1.0 + s->rho) / v,
        .v_min = svi_least(s) / years,
    };
    return PRICING_OK;
}

/*
 * With m = beta r and sigma = sqrt(1 - beta^2) r, the difference of the two variances is
 * b r (1 - rho beta - sqrt((1 - beta^2)(1 - rho^2))): no case apart for m = 0.
 */
uint8_t svi_from_jw(const struct svi_jw *jw, double years, struct svi *slice)
{
    if (!is_positive(years) || !is_positive(jw->v) || !is_positive(jw->v_min) ||
        !isfinite(jw->psi) || !is_positive(jw->p) || !is_positive(jw->c) || jw->v_min > jw->v)
        return PRICING_BAD_INPUT;
    double v = sqrt(jw->v * years);
    struct svi s = { .b = 0.5 * v * (jw->c + jw->p) };
    s.rho = (jw->c - jw->p) / (jw->c + jw->p);
    double beta = s.rho - 2.0 * jw->psi * v / s.b;
    double gap = 1.0 - s.rho * beta - sine(beta) * sine(s.rho);
    if (!(fabs(beta) < 1.0) || !(gap > 0.0))
        return PRICING_OUT_OF_RANGE;
    double r = (jw->v - jw->v_min) * years / (s.b * gap);
    s.m = beta * r;
    s.sigma = sine(beta) * r;
    s.a = jw->v_min * years - s.b * s.sigma * sine(s.rho);
    if (!svi_is_valid(&s))
        return PRICING_OUT_OF_RANGE;
    *slice = s;
    return PRICING_OK;
}

uint8_t svi_to_natural(const struct svi *s, struct svi_natural *natural)
{
    if (!svi_is_valid(s))
        return PRICING_BAD_INPUT;
    double root = sine(s->rho), omega = 2.0 * s->b * s->sigma / root;
    *natural = (struct svi_natural){ .delta = s->a - 0.5 * omega * root * root,
                                     .mu = s->m + s->rho * s->sigma / root,
                                     .rho = s->rho,
                                     .omega = omega,
                                     .zeta = root / s->sigma };
    return PRICING_OK;
}

uint8_t svi_from_natural(const struct svi_natural *n, struct svi *slice)
{
    if (!(fabs(n->rho) < 1.0) || !is_positive(n->zeta) || !is_not_negative(n->omega))
        return PRICING_BAD_INPUT;
    double root = sine(n->rho);
    struct svi s = { .a = n->delta + 0.5 * n->omega * root * root,
                     .b = 0.5 * n->omega * n->zeta,
                     .rho = n->rho,
                     .m = n->mu - n->rho / n->zeta,
                     .sigma = root / n->zeta };
    if (!svi_is_valid(&s))
        return PRICING_BAD_INPUT;
    *slice = s;
    return PRICING_OK;
}

uint8_t svi_from_ssvi(const struct ssvi *ssvi, struct svi *slice)
{
    if (!is_positive(ssvi->theta) || !is_positive(ssvi->psi))
        return PRICING_BAD_INPUT;
    struct svi_natural natural = { .rho = ssvi->rho,
                                   .omega = ssvi->theta,
                                   .zeta = ssvi->psi / ssvi->theta };
    return svi_from_natural(&natural, slice);
}

/* ---- repairs --------------------------------------------------------------------------------- */

/* The call wing of the SSVI slice with the same at-the-money skew and put wing, and its floor. */
static struct svi_jw closed_form(const struct svi_jw *jw)
{
    struct svi_jw fixed = *jw;
    fixed.c = jw->p + 2.0 * jw->psi;
    double both = jw->p + fixed.c;
    fixed.v_min = jw->v * 4.0 * jw->p * fixed.c / (both * both);
    return fixed;
}

uint8_t svi_repair_closed(const struct svi *slice, double years, struct svi *repaired)
{
    struct svi_jw jw, fixed;
    uint8_t status = svi_to_jw(slice, years, &jw);
    if (status != PRICING_OK)
        return status;
    *repaired = *slice;
    if (svi_butterfly(slice, NULL) == PRICING_OK)
        return PRICING_OK;
    fixed = closed_form(&jw);
    if (svi_from_jw(&fixed, years, repaired) != PRICING_OK)
        return PRICING_ARBITRAGE;
    return svi_butterfly(repaired, NULL);
}

uint8_t svi_repair_wing(const struct svi *slice, double years, struct svi *repaired)
{
    enum { SCAN = 16, HALVINGS = 40 };
    struct svi_jw jw;
    struct svi tried;
    uint8_t status = svi_to_jw(slice, years, &jw);
    if (status != PRICING_OK)
        return status;
    *repaired = *slice;
    if (svi_butterfly(slice, NULL) == PRICING_OK)
        return PRICING_OK;
    /* From the slice's own wing down to the closed form's: the first free one, then bisect. */
    double steep = jw.c, reach = closed_form(&jw).c - jw.c;
    for (int i = 1; i <= SCAN; i++) {
        double flat = jw.c + reach * i / SCAN;
        struct svi_jw wing = { jw.v, jw.psi, jw.p, flat, jw.v_min };
        if (svi_from_jw(&wing, years, &tried) != PRICING_OK ||
            svi_butterfly(&tried, NULL) != PRICING_OK) {
            steep = flat;
            continue;
        }
        *repaired = tried;
        for (int j = 0; j < HALVINGS; j++) {
            wing.c = 0.5 * (steep + flat);
            bool is_free = svi_from_jw(&wing, years, &tried) == PRICING_OK &&
                           svi_butterfly(&tried, NULL) == PRICING_OK;
            *(is_free ? &flat : &steep) = wing.c;
            if (is_free)
                *repaired = tried;
        }
        return PRICING_OK;
    }
    return PRICING_ARBITRAGE;
}
