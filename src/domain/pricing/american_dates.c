#include "domain/pricing/american_int.h"

#include <math.h>
#include <stdlib.h>

#include "domain/pricing/normal_int.h"
#include "domain/pricing/portable_int.h"

/*
 * Cash dividends where exercise, if any, comes just before an ex-date: European options, and calls
 * while waiting costs nothing in between (rate >= 0, yield <= 0). After the last ex-date the value
 * is the European one. Before each ex-date it is the expectation over the normal deviate z of the
 * step value(spot) = discount E[ max(held(then - dividend), payoff(then)) ] by Gauss-Legendre on
 * panels that end where the integrand bends: where the dividend takes all, and where exercise
 * begins. So the price is exact but for the quadrature; delta and gamma put the derivatives on the
 * normal density. With several dividends the value after each is kept as piecewise Chebyshev
 * polynomials in ln(spot).
 */
enum { GAUSS = 16, CUTS_MAX = 64, PANELS_MAX = 96, STEPS_MAX = 200 };

/* Standard deviations beyond which nothing counts: 1e-20 of the density. */
static const double reach = 9.5;

static const struct {
    double at, weight;
} gauss[GAUSS] = {
    { 0.005299532504175033, 0.013576229705877048 }, { 0.02771248846338371, 0.031126761969323947 },
    { 0.06718439880608412, 0.04757925584124639 },   { 0.12229779582249849, 0.06231448562776694 },
    { 0.19106187779867811, 0.07479799440828837 },   { 0.2709916111713863, 0.08457825969750127 },
    { 0.35919822461037054, 0.09130170752246179 },   { 0.4524937450811813, 0.09472530522753425 },
    { 0.5475062549188188, 0.09472530522753425 },    { 0.6408017753896295, 0.09130170752246179 },
    { 0.7290083888286137, 0.08457825969750127 },    { 0.8089381222013219, 0.07479799440828837 },
    { 0.8777022041775016, 0.06231448562776694 },    { 0.9328156011939158, 0.04757925584124639 },
    { 0.9722875115366163, 0.031126761969323947 },   { 0.994700467495825, 0.013576229705877048 },
};

/* cos(pi (2 i + 1) / (2 GAUSS)): where a panel keeps its values. */
static const double chebyshev[GAUSS] = {
    0.9951847266721969,  0.9569403357322088,  0.881921264348355,    0.773010453362737,
    0.6343932841636455,  0.47139673682599764, 0.2902846772544624,   0.0980171403295606,
    -0.0980171403295606, -0.2902846772544624, -0.47139673682599764, -0.6343932841636455,
    -0.773010453362737,  -0.881921264348355,  -0.9569403357322088,  -0.9951847266721969
};

/* The value after an ex-date as a function of the spot then. */
struct level {
    double low, width; /* ln(spot) where the panels begin, and of each */
    int panels;
    double value[PANELS_MAX * GAUSS];
};

struct dates {
    const struct american_option *option;
    bool is_american;
    double years[AMERICAN_DIVIDENDS_MAX + 1]; /* of the ex-dates, after now at 0 */
    double
        exercise[AMERICAN_DIVIDENDS_MAX + 1]; /* spot before ex-date i + 1 from which it is due */
    struct level level[2];                    /* of the ex-date worked on, and of the next */
};

/* What a dead spot is worth: only a put has something to get, at expiry or at once. */
static double dead_value(const struct dates *d, double years)
{
    const struct american_option *o = d->option;
    if (o->sign > 0)
        return 0.0;
    return o->strike * portable_exp(-o->rate * (o->years - years));
}

/* The barycentric formula on one panel; u in (-1, 1). */
static double panel_value(const double *value, double u)
{
    double above = 0.0, below = 0.0;
    for (int k = 0; k < GAUSS; k++) {
        /* sin(theta) of the Chebyshev angle, with alternating sign. */
        double sine = sqrt(1.0 - chebyshev[k] * chebyshev[k]), distance = u - chebyshev[k];
        if (distance == 0.0)
            return value[k];
        double weight = (k % 2 ? -sine : sine) / distance;
        above += weight * value[k];
        below += weight;
    }
    return above / below;
}

static double kept_value(const struct dates *d, size_t index, double spot)
{
    const struct level *level = &d->level[index % 2];
    double first = portable_exp(level->low);
    if (spot <= first) {
        /* Between a dead spot and the first panel: a straight line, over next to nothing. */
        double at_first = panel_value(level->value, -1.0), dead = dead_value(d, d->years[index]);
        return dead + (at_first - dead) * (spot > 0.0 ? spot / first : 0.0);
    }
    double place = (portable_log(spot) - level->low) / level->width;
    int panel = place < level->panels - 1 ? (int)place : level->panels - 1;
    return panel_value(level->value + panel * GAUSS, 2.0 * fmin(place - panel, 1.0) - 1.0);
}

/* Values after ex-date `index` of spots already less the dividend. */
static void held_values(const struct dates *d, size_t index, int count, const double *spot,
                        double *value)
{
    const struct american_option *o = d->option;
    if (index < o->dividend_count) {
        for (int i = 0; i < count; i++)
            value[i] = kept_value(d, index, spot[i]);
        return;
    }
    double strike[GAUSS], years[GAUSS], sigma[GAUSS], rate[GAUSS], yield[GAUSS], safe[GAUSS];
    int8_t sign[GAUSS];
    MUST(count <= GAUSS);
    for (int i = 0; i < count; i++) {
        safe[i] = spot[i] > 1e-12 * o->strike ? spot[i] : o->strike;
        strike[i] = o->strike;
        years[i] = o->years - d->years[index];
        sigma[i] = o->sigma;
        rate[i] = o->rate;
        yield[i] = o->yield;
        sign[i] = (int8_t)o->sign;
    }
    black_scholes((size_t)count,
                  &(struct black_scholes_terms){ safe, strike, years, sigma, rate, yield, sign },
                  &(struct pricing_greeks){ .price = value });
    for (int i = 0; i < count; i++)
        if (!(spot[i] > 1e-12 * o->strike))
            value[i] = dead_value(d, d->years[index]);
}

/* Value just before the ex-date that ends level `index`, held or exercised. */
static void values_before(const struct dates *d, size_t index, int count, const double *spot,
                          double *value)
{
    const struct american_option *o = d->option;
    double rest[GAUSS];
    for (int i = 0; i < count; i++)
        rest[i] = fmax(spot[i] - o->dividend_dollars[index], 0.0);
    held_values(d, index + 1, count, rest, value);
    for (int i = 0; d->is_american && i < count; i++)
        value[i] = fmax(value[i], o->sign * (spot[i] - o->strike));
}

/* The spot before the ex-date where holding and exercise of a call are worth the same. */
static double find_exercise(const struct dates *d, size_t index)
{
    const struct american_option *o = d->option;
    double low = o->strike, high = 2.0 * (o->strike + o->dividend_dollars[index]), held, rest;
    if (!d->is_american)
        return INFINITY;
    for (int i = 0;; i++) {
        rest = high - o->dividend_dollars[index];
        held_values(d, index + 1, 1, &rest, &held);
        if (held < high - o->strike)
            break;
        if (i == 20)
            return INFINITY;
        low = high;
        high *= 2.0;
    }
    for (int i = 0; i < STEPS_MAX && high - low > 1e-14 * high; i++) {
        double middle = 0.5 * (low + high);
        rest = fmax(middle - o->dividend_dollars[index], 0.0);
        held_values(d, index + 1, 1, &rest, &held);
        if (held < middle - o->strike)
            high = middle;
        else
            low = middle;
    }
    return high;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct step {
    double growth, vol; /* ln(then / spot) = growth + vol z */
    double discount;
};

static struct step step_of(const struct dates *d, size_t index)
{
    const struct american_option *o = d->option;
    double dt = o->dividend_years[index] - d->years[index];
    return (struct step){ .growth = (o->rate - o->yield - 0.5 * o->sigma * o->sigma) * dt,
                          .vol = o->sigma * sqrt(dt),
                          .discount = portable_exp(-o->rate * dt) };
}

/* Ends of panels in z: regular ones, and finer where the value after the ex-date bends sharply. */
static int cut_panels(const struct dates *d, size_t index, const struct step *step, double spot,
                      double cut[CUTS_MAX])
{
    static const double grades[] = { 0.0, 1.0, 3.0, 7.0, 15.0 };
    const struct american_option *o = d->option;
    double paid = o->dividend_dollars[index], log_spot = portable_log(spot) + step->growth;
    double next = index + 1 < o->dividend_count ? o->dividend_years[index + 1] : o->years;
    double sharp = o->sigma * sqrt(next - o->dividend_years[index]) / step->vol;
    double most = reach + step->vol;
    double bends[4] = { paid, d->exercise[index], o->strike + paid, INFINITY };
    if (index + 1 < o->dividend_count)
        bends[3] = d->exercise[index + 1] + paid;
    int count = 0;
    for (; count - reach < most; count++)
        cut[count] = count - reach;
    cut[count++] = most;
    for (size_t k = 0; k < ARRAY_COUNT(bends); k++) {
        if (!(bends[k] > 0.0 && bends[k] < INFINITY))
            continue;
        double z = (portable_log(bends[k]) - log_spot) / step->vol;
        for (size_t j = 0; j < (k < 2 ? 1 : ARRAY_COUNT(grades)); j++)
            for (int side = -1; side <= (j ? 1 : -1); side += 2) {
                double at = z + side * grades[j] * fmin(sharp, 1.0);
                if (at > -reach && at < most && count < CUTS_MAX)
                    cut[count++] = at;
            }
    }
    qsort(cut, (size_t)count, sizeof *cut, by_size);
    return count;
}

static struct american_value value_at(const struct dates *d, size_t index, double spot)
{
    struct step step = step_of(d, index);
    double cut[CUTS_MAX], price = 0.0, delta = 0.0, gamma = 0.0;
    int cuts = cut_panels(d, index, &step, spot, cut);
    for (int k = 0; k + 1 < cuts; k++) {
        double length = cut[k + 1] - cut[k], then[GAUSS], value[GAUSS];
        if (!(length > 0.0))
            continue;
        for (int i = 0; i < GAUSS; i++)
            then[i] = spot * portable_exp(step.growth + step.vol * (cut[k] + length * gauss[i].at));
        values_before(d, index, GAUSS, then, value);
        for (int i = 0; i < GAUSS; i++) {
            double z = cut[k] + length * gauss[i].at;
            double part = length * gauss[i].weight * normal_density(z) * value[i];
            price += part;
            delta += part * z;
            gamma += part * (z * z - 1.0 - step.vol * z);
        }
    }
    double scale = step.discount / (spot * step.vol);
    return (struct american_value){ .price = step.discount * price,
                                    .delta = scale * delta,
                                    .gamma = scale * gamma / (spot * step.vol) };
}

/* Keep the value after ex-date `index` where the spot may come to from now. */
static void keep_level(struct dates *d, size_t index)
{
    const struct american_option *o = d->option;
    struct level *level = &d->level[index % 2];
    double years = d->years[index];
    struct step step = step_of(d, index);
    double drift = (o->rate - o->yield - 0.5 * o->sigma * o->sigma) * years, paid = 0.0;
    double width = (reach + o->sigma * sqrt(years)) * o->sigma * sqrt(years);
    for (size_t k = 0; k < index; k++)
        paid += o->dividend_dollars[k] *
                portable_exp((o->rate - o->yield) * (years - o->dividend_years[k]));
    double low = o->spot * portable_exp(drift - width) - paid;
    double high = portable_log(o->spot) + drift + width;
    level->low = portable_log(fmax(low, 1e-4 * o->spot * portable_exp(fmin(drift, 0.0))));
    level->panels = (int)((high - level->low) / fmax(1.5 * step.vol, 1e-3)) + 1;
    if (level->panels > PANELS_MAX)
        level->panels = PANELS_MAX;
    level->width = (high - level->low) / level->panels;
    for (int k = 0; k < level->panels; k++)
        for (int i = 0; i < GAUSS; i++) {
            double u = 0.5 + 0.5 * chebyshev[i];
            level->value[k * GAUSS + i] =
                value_at(d, index, portable_exp(level->low + level->width * (k + u))).price;
        }
}

bool american_dates_cover(const struct american_option *o, bool is_american)
{
    double drift = fabs(o->rate) + fabs(o->yield) + 0.5 * o->sigma * o->sigma;
    if (o->dividend_count == 0 || !(drift * o->years < 50.0) ||
        !(o->sigma * sqrt(o->years) < 5.0) || !(o->sigma * sqrt(o->dividend_years[0]) > 1e-5))
        return false;
    for (size_t i = 1; i < o->dividend_count; i++)
        if (!(o->sigma * sqrt(o->dividend_years[i] - o->dividend_years[i - 1]) > 1e-5))
            return false;
    return !is_american || (o->sign > 0 && o->rate >= 0.0 && o->yield <= 0.0);
}

bool american_dates(const struct american_option *o, bool is_american, struct american_value *value)
{
    struct dates d;
    d.option = o;
    d.is_american = is_american;
    size_t count = o->dividend_count;
    for (size_t i = 0; i <= count; i++)
        d.years[i] = i ? o->dividend_years[i - 1] : 0.0;
    d.exercise[count] = INFINITY;
    for (size_t i = count; i-- > 0;) {
        d.exercise[i] = find_exercise(&d, i);
        if (i > 0)
            keep_level(&d, i);
    }
    *value = value_at(&d, 0, o->spot);
    double payoff = o->sign * (o->spot - o->strike);
    if (is_american && value->price < payoff)
        *value = (struct american_value){ payoff, o->sign, 0.0, true };
    return isfinite(value->price) && isfinite(value->delta) && isfinite(value->gamma);
}
