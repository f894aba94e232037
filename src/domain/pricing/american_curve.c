#include "domain/pricing/american_curve_int.h"

#include <math.h>
#include <string.h>

#include "domain/pricing/normal_int.h"
#include "domain/pricing/portable_int.h"

enum {
    NODES = AMERICAN_CURVE_NODES,
    LAST = NODES - 1,
    POINTS = 24,
    PRICES = 64,
    ROUNDS_MAX = 50,
    FIRST_ROUNDS = 60,
    DAMPED_FROM = 12
};

/* How far the nodes reach towards the date, in ln(time); nearer to it the boundary is held fixed.
 */
static const double log_reach = 12.0;

/*
 * A last step this small, relative, and times the root of its share of the time: prices feel about
 * ten times of it. The second will do where rounding, or a poor start, lets it not get further.
 */
static const double close_enough = 3e-8, still_good = 1e-5;

static void interpolate(struct american_curve *c)
{
    for (int k = 0; k < NODES; k++) {
        double sum = 0.5 * (c->log_b[0] + (k % 2 ? -c->log_b[LAST] : c->log_b[LAST]));
        for (int i = 1; i < LAST; i++)
            sum += c->log_b[i] * american_cosine(i * k);
        c->chebyshev[k] = sum * (k == 0 || k == LAST ? 1.0 : 2.0) / LAST;
    }
}

/* ln B at time span e^log_time. */
static double log_boundary(const struct american_curve *c, double log_time)
{
    double x = fmax(1.0 + 2.0 * log_time / log_reach, -1.0), now = 0.0, before = 0.0;
    for (int k = LAST; k > 0; k--) {
        double next = c->chebyshev[k] + 2.0 * x * now - before;
        before = now;
        now = next;
    }
    return c->chebyshev[0] + x * now - before;
}

struct density {
    double cdf1, cdf2, bell1, bell2, d1; /* Phi(side d), phi(d) */
};

static double tail_or_rest(double d, double bell)
{
    double tail = bell * normal_mills(fabs(d));
    return d > 0.0 ? 1.0 - tail : tail;
}

static struct density density_at(const struct american_curve *c, double log_ratio, double left,
                                 double vol)
{
    struct density p;
    p.d1 = (log_ratio + (c->rate - c->yield) * left) / vol + 0.5 * vol;
    double d2 = p.d1 - vol;
    p.bell1 = normal_density(p.d1);
    p.bell2 = normal_density(d2);
    p.cdf1 = tail_or_rest(c->side * p.d1, p.bell1);
    p.cdf2 = tail_or_rest(c->side * d2, p.bell2);
    return p;
}

/* What a node's integral takes from its points and does not change from round to round. */
struct part {
    double log_time; /* of u, to the span */
    double left, vol, yielded, discount, by_slope, by_value;
    double own_weight; /* of the node itself in the boundary there */
};

struct grid {
    double log_time[NODES], low, high; /* ln of the limits of the boundary */
    struct part part[NODES][POINTS];
};

static void lay_parts(const struct american_curve *c, double log_time, struct part part[POINTS])
{
    const struct american_point *point = american_points_24();
    double years = c->span * portable_exp(log_time), root = sqrt(years);
    for (int k = 0; k < POINTS; k++) {
        double left = years * point[k].cosine * point[k].cosine;
        part[k] =
            (struct part){ .log_time = log_time + 2.0 * portable_log(point[k].sine),
                           .left = left,
                           .vol = c->sigma * root * point[k].cosine,
                           .yielded = portable_exp(-c->yield * left),
                           .discount = portable_exp(-c->rate * left),
                           .by_slope = 2.0 * point[k].sine * point[k].weight * root / c->sigma,
                           .by_value =
                               2.0 * point[k].sine * point[k].cosine * point[k].weight * years };
    }
}

/* What the exercised earn: the integrals of the premium and of its slope, apart. */
struct flows {
    double kept, paid;  /* by the spot's yield, per spot; by the rate, per strike */
    double owned, owed; /* the same through the density, of the slope */
};

static struct flows flows_at(const struct american_curve *c, double log_b,
                             const struct part part[POINTS])
{
    struct flows f = { .kept = 0.0 };
    for (int k = 0; k < POINTS; k++) {
        struct density p =
            density_at(c, log_b - log_boundary(c, part[k].log_time), part[k].left, part[k].vol);
        f.kept += part[k].by_value * part[k].yielded * p.cdf1;
        f.paid += part[k].by_value * part[k].discount * p.cdf2;
        f.owned += part[k].by_slope * part[k].yielded * p.bell1;
        f.owed += part[k].by_slope * part[k].discount * p.bell2;
    }
    return f;
}

/*
 * A step of Newton's method at one node by slopes: on ln of what delta lacks of the payoff's, less
 * ln of what the flow of the exercised adds to it. The boundary is taken to move as a whole, so
 * that the integrals stay.
 */
static double slope_step(const struct american_curve *c, const struct american_held *held,
                         double log_time, double log_b, const struct part part[POINTS])
{
    double spot = portable_exp(log_b), years = c->idle + c->span * portable_exp(log_time);
    struct american_value value = held->value(held->context, years, spot);
    struct flows f = flows_at(c, log_b, part);
    int sign = c->sign, side = c->side;
    double most = 0.5 * c->sigma * sqrt(years);
    double lacking = -side * (value.delta - sign + sign * c->yield * f.kept);
    double strike_part = c->rate * c->strike / spot * f.owed;
    double earned = sign * (c->yield * f.owned - strike_part);
    if (!(earned > 0.0))
        return side * most;
    if (!(lacking > 0.0))
        return -side * most;
    double slope = -side * spot * value.gamma / lacking - sign * strike_part / earned;
    double step = (portable_log(earned) - portable_log(lacking)) / slope;
    if (!(slope * side < 0.0))
        step = side * (earned < lacking ? most : -most);
    return fmax(fmin(step, most), -most);
}

/* The barycentric weight of node i in the interpolant at x. */
static double weight_at(double x, int i)
{
    double sum = 0.0, own = 0.0;
    for (int j = 0; j < NODES; j++) {
        double away = x - american_cosine(j), size = j == 0 || j == LAST ? 0.5 : 1.0;
        if (away == 0.0)
            return j == i;
        double weight = (j % 2 ? -size : size) / away;
        sum += weight;
        own = j == i ? weight : own;
    }
    return own / sum;
}

/*
 * A step by values, on value less payoff. Below the boundary that is nothing whatever the spot, so
 * the boundary must be come to from above.
 */
static double value_step(const struct american_curve *c, const struct american_held *held,
                         double log_time, double log_b, const struct part part[POINTS])
{
    double spot = portable_exp(log_b), years = c->idle + c->span * portable_exp(log_time);
    struct american_value value = held->value(held->context, years, spot);
    int sign = c->sign, side = c->side;
    double kept = 0.0, paid = 0.0, own = 0.0, most = c->sigma * sqrt(years);
    for (int k = 0; k < POINTS; k++) {
        struct density p =
            density_at(c, log_b - log_boundary(c, part[k].log_time), part[k].left, part[k].vol);
        double by_spot = part[k].by_value * part[k].yielded * c->yield * spot;
        double by_strike = part[k].by_value * part[k].discount * c->rate * c->strike;
        kept += by_spot * p.cdf1;
        paid += by_strike * p.cdf2;
        own += (1.0 - part[k].own_weight) * (by_spot * p.bell1 - by_strike * p.bell2) / part[k].vol;
    }
    double error = value.price + sign * (kept - paid) - sign * (spot - c->strike);
    double whole = spot * (value.delta - sign) + sign * kept, slope = whole + sign * side * own;
    /* The whole boundary's slope never steps over; the node's own, which is less steep, may. */
    if (fabs(slope) < 0.45 * fabs(whole) || slope * whole < 0.0)
        slope = 0.45 * whole;
    double step = -side * whole > 0.0 ? -error / slope : -side * most;
    return fmax(fmin(step, most), -most);
}

/* Where the option held is worth the payoff: the boundary lies on the exercised side of it. */
static double without_premium(const struct american_curve *c, const struct american_held *held,
                              double log_time, double log_b)
{
    double years = c->idle + c->span * portable_exp(log_time), most = c->sigma * sqrt(years);
    for (int round = 0; round < FIRST_ROUNDS; round++) {
        double spot = portable_exp(log_b);
        struct american_value value = held->value(held->context, years, spot);
        double error = value.price - c->sign * (spot - c->strike),
               slope = spot * (value.delta - c->sign);
        double step =
            -c->side * slope > 0.0 ? fmax(fmin(-error / slope, most), -most) : -c->side * most;
        log_b += step;
        if (fabs(step) < 1e-4)
            break;
    }
    return log_b;
}

/* For what is solved by values. */
static void begin_from_above(struct american_curve *c, const struct american_held *held,
                             struct grid *g)
{
    double log_b = c->log_b[LAST];
    for (int i = LAST; i >= 0; i--) {
        c->log_b[i] = log_b = without_premium(c, held, g->log_time[i], log_b);
        for (int k = 0; k < POINTS; k++)
            g->part[i][k].own_weight =
                weight_at(fmax(1.0 + 2.0 * g->part[i][k].log_time / log_reach, -1.0), i);
    }
}

/* One round: node after node from the date on, as each depends on those nearer to it. */
static double improve(struct american_curve *c, const struct american_held *held,
                      const struct grid *g, bool is_damped, double step[NODES])
{
    double moved = 0.0;
    for (int i = LAST; i >= 0; i--) {
        interpolate(c);
        if (c->span * portable_exp(g->log_time[i]) < c->steep)
            step[i] = value_step(c, held, g->log_time[i], c->log_b[i], g->part[i]);
        else
            step[i] = (is_damped ? 0.6 : 1.0) *
                      slope_step(c, held, g->log_time[i], c->log_b[i], g->part[i]);
        double next = fmin(fmax(c->log_b[i] + step[i], g->low), g->high);
        step[i] = isfinite(step[i]) ? next - c->log_b[i] : INFINITY;
        moved = fmax(moved, fabs(step[i]) * portable_exp(0.5 * g->log_time[i]));
        c->log_b[i] = next;
    }
    return moved;
}

/* Steps that shrink alike are the beginning of a geometric series: go where it ends. */
static void extrapolate(struct american_curve *c, const struct grid *g, const double *before,
                        const double *step)
{
    double product = 0.0, square = 0.0;
    for (int i = 0; i < NODES; i++) {
        product += step[i] * before[i];
        square += before[i] * before[i];
    }
    double ratio = product / square;
    for (int i = 0; i < NODES && ratio > -0.9 && ratio < 0.9; i++)
        c->log_b[i] = fmin(fmax(c->log_b[i] + step[i] * ratio / (1.0 - ratio), g->low), g->high);
}

bool american_curve_solve(struct american_curve *c, const struct american_held *held)
{
    struct grid g = { .low = c->least > 0.0 ? portable_log(c->least) : -INFINITY,
                      .high = portable_log(c->most) };
    double step[NODES] = { 0.0 }, before[NODES];
    for (int i = 0; i < NODES; i++) {
        g.log_time[i] = -0.5 * log_reach * (1.0 - american_cosine(i));
        lay_parts(c, g.log_time[i], g.part[i]);
        c->log_b[i] = fmin(fmax(c->log_b[i], g.low), g.high);
    }
    if (c->steep > 0.0)
        begin_from_above(c, held, &g);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        memcpy(before, step, sizeof before);
        double moved = improve(c, held, &g, c->steep > 0.0 || round >= DAMPED_FROM, step);
        if (!(moved < INFINITY))
            return false;
        if (moved < close_enough) {
            interpolate(c);
            return true;
        }
        if (round == ROUNDS_MAX - 1 && moved < still_good) {
            interpolate(c);
            return true;
        }
        if (round % 3 == 2)
            extrapolate(c, &g, before, step);
    }
    return false;
}

double american_curve_end(const struct american_curve *c)
{
    return portable_exp(c->log_b[0]);
}

/*
 * Next to the boundary, delta and gamma gather in the last moments, on a scale that no fixed
 * points see: as in american_lanes.c, there ln B is a straight line and the integrals over the
 * cosine c of
 *     phi(alpha / c + beta c)   and   alpha / c^2 phi(alpha / c + beta c)
 * are known; the points only see what is left over.
 */
struct near {
    double alpha, beta, scale; /* scale: of the slope, in delta */
    double slope, bend;        /* the integrals, and then less what the points see of them */
};

static struct near near_boundary(const struct american_curve *c, double spot)
{
    double vol = c->sigma * sqrt(c->span), rise = 0.0;
    for (int k = 1; k < NODES; k++)
        rise += c->chebyshev[k] * k * k * (2.0 / log_reach);
    double beta = (rise + (c->rate - c->yield) * c->span) / vol - 0.5 * vol;
    struct near n = { .alpha = fmax(-c->side * (portable_log(spot) - c->log_b[0]) / vol, 0.0),
                      .beta = -c->side * fmax(fmin(beta, 30.0), -30.0) };
    n.beta = copysign(fmax(fabs(n.beta), 1e-6), n.beta);
    n.scale = 2.0 * c->sign * c->side * (c->yield * american_curve_end(c) - c->rate * c->strike) *
              c->span / (spot * vol);
    double first = normal_cdf(-n.alpha - n.beta);
    double second =
        portable_exp(fmin(-2.0 * n.alpha * n.beta, 600.0)) * normal_cdf(n.beta - n.alpha);
    n.bend = 0.5 * (first + second);
    n.slope = 0.5 * (second - first) / n.beta;
    return n;
}

struct american_value american_curve_premium(const struct american_curve *c, double ahead,
                                             double spot)
{
    const struct american_point *point = american_points_64();
    double log_spot = portable_log(spot), price = 0.0, delta = 0.0, gamma = 0.0;
    struct near near = near_boundary(c, spot);
    for (int k = 0; k < PRICES; k++) {
        double left = ahead + c->span * point[k].cosine * point[k].cosine,
               vol = c->sigma * sqrt(left);
        double weight = 2.0 * point[k].sine * point[k].cosine * point[k].weight * c->span * c->sign;
        double owned = c->yield * portable_exp(-c->yield * left);
        double owed = c->rate * c->strike * portable_exp(-c->rate * left) / spot;
        struct density p =
            density_at(c, log_spot - log_boundary(c, 2.0 * portable_log(point[k].sine)), left, vol);
        double pull = owned * p.bell1 - owed * p.bell2;
        price += weight * spot * (owned * p.cdf1 - owed * p.cdf2);
        delta += weight * (owned * p.cdf1 + c->side * pull / vol);
        gamma += weight * c->side / (spot * vol) *
                 (owned * p.bell1 * (1.0 - p.d1 / vol) + owed * p.bell2 * p.d1 / vol);
        double ratio = near.alpha / point[k].cosine;
        double model =
            point[k].sine * point[k].weight * normal_density(ratio + near.beta * point[k].cosine);
        near.slope -= model;
        near.bend -= model * ratio / point[k].cosine;
    }
    if (ahead == 0.0) {
        delta += near.scale * near.slope;
        gamma += near.scale * c->side * near.bend / (spot * c->sigma * sqrt(c->span));
    }
    return (struct american_value){ .price = price, .delta = delta, .gamma = gamma };
}
