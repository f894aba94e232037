#include "domain/pricing/american_curve_int.h"

#include <math.h>
#include <stdlib.h>

#include "domain/pricing/normal_int.h"
#include "domain/pricing/portable_int.h"

/*
 * Cash dividends, from ex-date to ex-date. After the last one the value is the European one, and a
 * premium where exercise may be due before expiry. Before each it is the expectation over the
 * normal deviate z of the step
 *     value(spot) = discount E[ max(held(then - dividend), payoff(then)) ] + premium
 * by Gauss-Legendre on panels that end where the integrand bends: where the dividend takes all, at
 * the strike, where exercise begins. Calls while rate >= 0 >= yield, and European options, are
 * never exercised in between: no premium. Puts while rate > 0, and other calls, have a boundary in
 * each interval (american_curve_int.h; P. Goettsche, M. Vellekoop, The early exercise premium for
 * the American put under discrete dividends, Mathematical Finance 21, 2011). Delta and gamma put
 * the derivatives on the normal density. With several dividends the value after each is kept as
 * piecewise Chebyshev polynomials in ln(spot), which end at the boundary.
 */
enum { GAUSS = 16, CUTS_MAX = 64, PANELS_MAX = 96, STEPS_MAX = 200, WAITS = 8 };

/* After an idle time of so long the boundary comes up faster than the spot can follow for ten of
 * it. */
enum { STEEP_IDLES = 10 };

/* Shorter than this, in years, a boundary is left out. */
static const double span_least = 1e-7;

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

/*
 * The value after an ex-date as a function of the spot then; after the last one the premium alone.
 * Chebyshev coefficients on each panel.
 */
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

    /* From ex-date i on: the boundary before the next, and where it is at ex-date i; NaN without.
     */
    struct american_curve curve[2];
    double boundary[AMERICAN_DIVIDENDS_MAX + 1];
};

static bool is_exercised(const struct dates *d, size_t index, double spot)
{
    return d->option->sign * (spot - d->boundary[index]) >= 0.0;
}

/* What a dead spot is worth: only a put has something to get, at expiry or at once. */
static double dead_value(const struct dates *d, double years)
{
    const struct american_option *o = d->option;
    if (o->sign > 0)
        return 0.0;
    double waited = o->strike * portable_exp(-o->rate * (o->years - years));
    return d->is_american ? fmax(waited, o->strike) : waited;
}

/* The polynomial of one panel; u in [-1, 1]. */
static double panel_value(const double *coefficient, double u)
{
    double now = 0.0, before = 0.0;
    for (int k = GAUSS - 1; k > 0; k--) {
        double next = coefficient[k] + 2.0 * u * now - before;
        before = now;
        now = next;
    }
    return coefficient[0] + u * now - before;
}

/* From values at the Chebyshev points to coefficients, in place. */
static void interpolate(double value[GAUSS])
{
    double coefficient[GAUSS] = { 0.0 };
    for (int i = 0; i < GAUSS; i++) {
        double before = 1.0, now = chebyshev[i];
        coefficient[0] += 0.5 * value[i];
        for (int k = 1; k < GAUSS; k++) {
            coefficient[k] += now * value[i];
            double next = 2.0 * chebyshev[i] * now - before;
            before = now;
            now = next;
        }
    }
    for (int k = 0; k < GAUSS; k++)
        value[k] = coefficient[k] * (2.0 / GAUSS);
}

static double level_value(const struct level *level, double log_spot)
{
    double place = (log_spot - level->low) / level->width;
    int panel = place < level->panels - 1 ? (int)place : level->panels - 1;
    return panel_value(level->value + panel * GAUSS,
                       2.0 * fmax(fmin(place - panel, 1.0), 0.0) - 1.0);
}

static double kept_value(const struct dates *d, size_t index, double spot)
{
    const struct level *level = &d->level[index % 2];
    const struct american_option *o = d->option;
    if (is_exercised(d, index, spot))
        return spot > 0.0 ? o->sign * (spot - o->strike) : dead_value(d, d->years[index]);
    double first = portable_exp(level->low);
    if (spot <= first) {
        /* Between a dead spot and the first panel: a straight line, over next to nothing. */
        double at_first = level_value(level, level->low), dead = dead_value(d, d->years[index]);
        return dead + (at_first - dead) * (spot > 0.0 ? spot / first : 0.0);
    }
    return level_value(level, portable_log(spot));
}

/* The premium after the last ex-date; the panels end where it is nothing. */
static double kept_premium(const struct dates *d, double spot)
{
    const struct level *level = &d->level[d->option->dividend_count % 2];
    double log_spot = portable_log(spot);
    if (log_spot < level->low || log_spot > level->low + level->width * level->panels)
        return 0.0;
    return level_value(level, log_spot);
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
    bool has_premium = d->is_american && !isnan(d->boundary[index]);
    for (int i = 0; i < count; i++) {
        if (!(spot[i] > 1e-12 * o->strike))
            value[i] = dead_value(d, d->years[index]);
        else if (is_exercised(d, index, spot[i]))
            value[i] = o->sign * (spot[i] - o->strike);
        else if (has_premium)
            value[i] += kept_premium(d, spot[i]);
    }
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
    if (!d->is_american || o->sign < 0)
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

static struct step step_over(const struct american_option *o, double years)
{
    return (struct step){ .growth = (o->rate - o->yield - 0.5 * o->sigma * o->sigma) * years,
                          .vol = o->sigma * sqrt(years),
                          .discount = portable_exp(-o->rate * years) };
}

/*
 * Ends of panels in z: regular ones, and finer where the value after the ex-date bends sharply. For
 * a boundary, whose error counts by its square, fewer and wider ones do.
 */
static int cut_panels(const struct dates *d, size_t index, const struct step *step, double spot,
                      bool is_short, double cut[CUTS_MAX])
{
    static const double grades[] = { 0.0, 1.0, 3.0, 7.0, 15.0 };
    const struct american_option *o = d->option;
    double paid = o->dividend_dollars[index], log_spot = portable_log(spot) + step->growth;
    double next = index + 1 < o->dividend_count ? o->dividend_years[index + 1] : o->years;
    double sharp = o->sigma * sqrt(next - o->dividend_years[index]) / step->vol;
    double least = is_short ? -7.0 : -reach, most = (is_short ? 7.0 : reach) + step->vol;
    double bends[] = { paid, d->exercise[index], o->strike + paid, d->exercise[index + 1] + paid,
                       d->boundary[index + 1] + paid };
    int count = 0;
    double width = is_short ? 2.0 : 1.0;
    for (; least + width * count < most; count++)
        cut[count] = least + width * count;
    cut[count++] = most;
    for (size_t k = 0; k < ARRAY_COUNT(bends); k++) {
        if (!(bends[k] > 0.0 && bends[k] < INFINITY))
            continue;
        double z = (portable_log(bends[k]) - log_spot) / step->vol;
        for (size_t j = 0; j < (k < 2 ? 1 : ARRAY_COUNT(grades)); j += is_short ? 2 : 1)
            for (int side = -1; side <= (j ? 1 : -1); side += 2) {
                double at = z + side * grades[j] * fmin(sharp, 1.0);
                if (at > least && at < most && count < CUTS_MAX)
                    cut[count++] = at;
            }
    }
    qsort(cut, (size_t)count, sizeof *cut, by_size);
    return count;
}

/* The option held for `years`, to ex-date index + 1. */
static struct american_value expect(const struct dates *d, size_t index, double years, double spot,
                                    bool is_short)
{
    struct step step = step_over(d->option, years);
    double cut[CUTS_MAX], price = 0.0, delta = 0.0, gamma = 0.0;
    int cuts = cut_panels(d, index, &step, spot, is_short, cut);
    double start = portable_log(spot) + step.growth;
    for (int k = 0; k + 1 < cuts; k++) {
        double length = cut[k + 1] - cut[k], z[GAUSS], then[GAUSS], density[GAUSS], value[GAUSS];
        if (!(length > 0.0))
            continue;
        for (int i = 0; i < GAUSS; i++)
            z[i] = cut[k] + length * gauss[i].at;
        LANES_PICK(lognormal_kernel)(GAUSS, z, start, step.vol, then, density);
        values_before(d, index, GAUSS, then, value);
        for (int i = 0; i < GAUSS; i++) {
            double part = length * gauss[i].weight * density[i] * value[i];
            price += part;
            delta += part * z[i];
            gamma += part * (z[i] * z[i] - 1.0 - step.vol * z[i]);
        }
    }
    double scale = step.discount / (spot * step.vol);
    return (struct american_value){ .price = step.discount * price,
                                    .delta = scale * delta,
                                    .gamma = scale * gamma / (spot * step.vol) };
}

/* Years from ex-date `index` to the next, or to expiry. */
static double interval_of(const struct dates *d, size_t index)
{
    const struct american_option *o = d->option;
    return (index < o->dividend_count ? o->dividend_years[index] : o->years) - d->years[index];
}

static struct american_value value_at(const struct dates *d, size_t index, double spot)
{
    const struct american_option *o = d->option;
    if (is_exercised(d, index, spot))
        return (struct american_value){ .price = o->sign * (spot - o->strike),
                                        .delta = o->sign,
                                        .is_exercised = true };
    struct american_value value = expect(d, index, interval_of(d, index), spot, false);
    if (!isnan(d->boundary[index])) {
        struct american_value premium = american_curve_premium(&d->curve[index % 2], 0.0, spot);
        value.price += premium.price;
        value.delta += premium.delta;
        value.gamma += premium.gamma;
    }
    return value;
}

struct held_context {
    const struct dates *dates;
    size_t index;
};

static struct american_value held_value(const void *context, double years, double spot)
{
    const struct held_context *at = context;
    const struct american_option *o = at->dates->option;
    if (at->index < o->dividend_count)
        return expect(at->dates, at->index, years, spot, true);
    double vol = o->sigma * sqrt(years), kept = portable_exp(-o->yield * years);
    double d1 = (log_ratio(spot, o->strike) + (o->rate - o->yield) * years) / vol + 0.5 * vol;
    return (struct american_value){ .delta = o->sign * kept * normal_cdf(o->sign * d1),
                                    .gamma = kept * normal_density(d1) / (spot * vol) };
}

/*
 * Before an ex-date a put waits for the dividend, until the interest on the strike is worth more
 * than that and the yield of the spot: the years before ex-date index + 1 without exercise, but
 * for spots below `low`, where none come to. Exercise must beat waiting for any later dividend,
 * too.
 */
static double idle_before(const struct dates *d, size_t index, double low)
{
    const struct american_option *o = d->option;
    double idle = 0.0;
    for (size_t k = index; o->sign < 0 && k < o->dividend_count; k++) {
        double paid = 0.0, wait = 0.0;
        for (size_t i = index; i <= k; i++)
            paid += o->dividend_dollars[i] *
                    portable_exp(o->rate * (o->dividend_years[k] - o->dividend_years[i]));
        for (int i = 0; i < WAITS; i++) {
            double lost = low * portable_exp(o->rate * wait) * -portable_expm1(-o->yield * wait);
            wait = portable_log1p((paid + lost) / o->strike) / o->rate;
        }
        idle = fmax(idle, wait - (o->dividend_years[k] - o->dividend_years[index]));
    }
    return idle;
}

/* Where the boundary comes from, next to the date. */
static double begin_of(const struct dates *d, size_t index, const struct american_curve *c)
{
    const struct american_option *o = d->option;
    bool is_last = index == o->dividend_count;
    if (o->sign > 0)
        return !is_last && d->exercise[index] < INFINITY ? fmax(c->least, d->exercise[index])
                                                         : c->least;
    return !is_last && d->boundary[index + 1] < c->most ? d->boundary[index + 1] : c->most;
}

/* The boundary from ex-date `index` on, until the next; none where it does not matter. */
static bool solve_curve(struct dates *d, size_t index)
{
    const struct american_option *o = d->option;
    struct american_curve *c = &d->curve[index % 2];
    double turn = o->yield > 0.0 ? o->strike * (o->rate / o->yield) : 0.0,
           vol = o->sigma * sqrt(o->years);
    d->boundary[index] = NAN;
    *c = (struct american_curve){ .sign = o->sign,
                                  .side = o->sign,
                                  .strike = o->strike,
                                  .sigma = o->sigma,
                                  .rate = o->rate,
                                  .yield = o->yield,
                                  .least = o->sign > 0 ? fmax(turn, o->strike) : 0.0,
                                  .most = o->sign > 0          ? 1e9 * o->strike
                                          : o->yield > o->rate ? turn
                                                               : o->strike };
    double begin = begin_of(d, index, c), first_idle = idle_before(d, index, 0.0);
    /* How low the boundary may matter: it comes from where it is after the date, or all the way up.
     */
    bool comes_over = index < o->dividend_count && !isnan(d->boundary[index + 1]);
    double low = comes_over
                     ? begin * portable_exp(-6.0 * o->sigma * sqrt(first_idle))
                     : 0.5 * begin * portable_exp(-4.0 * o->sigma * sqrt(interval_of(d, index)));
    c->idle = idle_before(d, index, low);
    c->steep = STEEP_IDLES * c->idle;
    c->span = interval_of(d, index) - c->idle;
    double away = o->sign * portable_log((o->sign > 0 ? c->least : c->most) / o->spot);
    bool is_far = away > fabs(o->rate - o->yield) * o->years + (reach + vol) * vol;
    if (!(c->span > span_least) || is_far)
        return true;
    for (int i = 0; i < AMERICAN_CURVE_NODES; i++) {
        double passed = c->span * portable_exp(-6.0 * (1.0 - american_cosine(i)));
        c->log_b[i] = portable_log(begin) + 1.5 * c->side * o->sigma * sqrt(passed);
    }
    struct held_context at = { d, index };
    if (!american_curve_solve(c, &(struct american_held){ held_value, &at }))
        return false;
    d->boundary[index] = american_curve_end(c);
    return true;
}

/* Where the spot may come to until ex-date `index`, in ln; the panels go no further than a
 * boundary. */
static void range_of(const struct dates *d, size_t index, double *low, double *high)
{
    const struct american_option *o = d->option;
    double years = d->years[index], paid = 0.0;
    double drift = (o->rate - o->yield - 0.5 * o->sigma * o->sigma) * years;
    double width = (reach + o->sigma * sqrt(years)) * o->sigma * sqrt(years);
    for (size_t k = 0; k < index; k++)
        paid += o->dividend_dollars[k] *
                portable_exp((o->rate - o->yield) * (years - o->dividend_years[k]));
    double least = o->spot * portable_exp(drift - width) - paid;
    *low = portable_log(fmax(least, 1e-4 * o->spot * portable_exp(fmin(drift, 0.0))));
    *high = portable_log(o->spot) + drift + width;
    if (index == o->dividend_count) {
        /* The premium fades within so far of the boundary. */
        double bound = portable_log(d->boundary[index]);
        double far = (reach + o->sigma * sqrt(interval_of(d, index))) * o->sigma *
                     sqrt(interval_of(d, index));
        *low = o->sign < 0 ? bound : fmax(*low, bound - far);
        *high = o->sign < 0 ? fmin(*high, bound + far) : bound;
    } else if (!isnan(d->boundary[index])) {
        double bound = portable_log(d->boundary[index]);
        *low = o->sign < 0 ? fmax(*low, bound) : *low;
        *high = o->sign > 0 ? fmin(*high, bound) : *high;
    }
    *high = fmax(*high, *low + 1e-6);
}

/* Keep the value after ex-date `index` where the spot may come to from now. */
static void keep_level(struct dates *d, size_t index)
{
    struct level *level = &d->level[index % 2];
    double vol = d->option->sigma * sqrt(interval_of(d, index)), high;
    bool is_last = index == d->option->dividend_count;
    range_of(d, index, &level->low, &high);
    level->panels = (int)((high - level->low) / fmax(1.5 * vol, 1e-3)) + 1;
    if (level->panels > PANELS_MAX)
        level->panels = PANELS_MAX;
    level->width = (high - level->low) / level->panels;
    for (int k = 0; k < level->panels; k++) {
        for (int i = 0; i < GAUSS; i++) {
            double spot = portable_exp(level->low + level->width * (k + 0.5 + 0.5 * chebyshev[i]));
            level->value[k * GAUSS + i] =
                is_last ? american_curve_premium(&d->curve[index % 2], 0.0, spot).price
                        : value_at(d, index, spot).price;
        }
        interpolate(level->value + k * GAUSS);
    }
}

/* Whether exercise can be due between ex-dates. */
static bool has_curves(const struct american_option *o)
{
    return o->sign < 0 ? o->rate > 0.0 : o->yield > 0.0 || (o->yield == 0.0 && o->rate < 0.0);
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
    if (is_american && o->is_fast && has_curves(o))
        return false;
    /* What is left has, or may have, two boundaries between ex-dates. */
    return !is_american ||
           (o->yield >= 0.0 && (o->sign < 0 || o->rate >= 0.0 || o->yield >= 0.0)) ||
           (o->sign > 0 ? o->rate >= 0.0 : o->rate <= 0.0 && o->yield >= o->rate);
}

bool american_dates(const struct american_option *o, bool is_american, struct american_value *value)
{
    struct dates d;
    d.option = o;
    d.is_american = is_american;
    size_t count = o->dividend_count;
    for (size_t i = 0; i <= count; i++) {
        d.years[i] = i ? o->dividend_years[i - 1] : 0.0;
        d.boundary[i] = NAN;
    }
    d.exercise[count] = INFINITY;
    for (size_t i = count + 1; i-- > 0;) {
        if (i < count)
            d.exercise[i] = find_exercise(&d, i);
        if (is_american && has_curves(o) && !solve_curve(&d, i))
            return false;
        if (i > 0 && (i < count || !isnan(d.boundary[i])))
            keep_level(&d, i);
    }
    *value = value_at(&d, 0, o->spot);
    if (value->price < 0.0)
        value->price = 0.0; /* rounding, next to nothing */
    double payoff = o->sign * (o->spot - o->strike);
    if (is_american && value->price < payoff)
        *value = (struct american_value){ .price = payoff, .delta = o->sign, .is_exercised = true };
    value->boundary = d.boundary[0];
    return isfinite(value->price) && isfinite(value->delta) && isfinite(value->gamma);
}
