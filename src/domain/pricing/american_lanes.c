#include "domain/pricing/american_lanes_int.h"

#include "domain/pricing/lanes_math_int.h"

/* Everything is compiled into the three schemes; under sanitizers that would be too much code. */
#ifdef IRONFLY_SANITIZED
#define PARTS_INLINE static __attribute__((noinline))
#else
#define PARTS_INLINE LANES_INLINE
#endif

/* A put of strike 1 in each lane, and what all its integrals share. */
struct put {
    vd log_spot, years, root_years, sigma, rate, yield;
    vd log_limit; /* of the boundary at expiry: ln(min(1, rate / yield)) */
    vd total_vol, inverse_vol;
    vd paid, kept, drift; /* rate, yield, and their difference, times years */
    vm by_value;
    bool any_by_value, any_by_slope;
};

enum { NODES_MAX = AMERICAN_NODES_MAX, POINTS_MAX = AMERICAN_POINTS_MAX };

/* exp to 3e-9 for x < 700, never below exp(-200): enough for all but the fine scheme. */
PARTS_INLINE vd short_exp(vd x)
{
    static const double c[] = { 1.0,
                                1.000000037716214,
                                0.5000000047117757,
                                0.16666415516653277,
                                0.04166635289677516,
                                0.008375126398153335,
                                0.0013941108433972674 };
    x = vd_max(x, vd_set(-200.0));
    vd shifted = vd_fma(x, vd_set(0x1.71547652b82fep+0), vd_set(LANES_ROUNDER));
    vd r = vd_fma(shifted - LANES_ROUNDER, vd_set(-LANES_LN2_HIGH), x);
    vd power = (vd)(((vi)shifted << 52) + UINT64_C(0x3ff0000000000000));
    return power * vd_polynomial(c, 6, r);
}

/* The Mills ratio to 1e-9 for a >= 0; from 8 on it counts as at 8, where phi is below 1e-14. */
PARTS_INLINE vd short_mills(vd a)
{
    static const double c[] = {
        2.3791970269764144,      1.3800783940302597,     0.5202198924396324,
        0.10939958135038837,     0.0022393472612662717,  -0.004407741994908466,
        -0.00036193489938045526, 0.00023419532979456633, 1.4196888274102577e-05,
        -1.3478840566929838e-05,
    };
    vd inverse = 1.0 / (vd_min(a, vd_set(8.0)) + 3.5);
    return vd_polynomial(c, 9, vd_fma(inverse, vd_set(10.0625), vd_set(-1.875))) * inverse;
}

PARTS_INLINE vd exp_of(bool is_fine, vd x)
{
    return is_fine ? vd_exp(x) : short_exp(x);
}

PARTS_INLINE vd mills_of(bool is_fine, vd a)
{
    return is_fine ? vd_mills(a) : short_mills(a);
}

/* factor Phi(d), given bell = factor exp(-d^2 / 2). */
PARTS_INLINE vd times_cdf(bool is_fine, vd d, vd bell, vd factor)
{
    vd tail = bell * (LANES_INV_SQRT_2PI * mills_of(is_fine, vd_abs(d)));
    return vd_select(vm_less(d, vd_set(0.0)), tail, factor - tail);
}

/*
 * A first boundary, ln B = log_limit - depth sigma sqrt(tau), at one tau: the value outside it is
 * the European one plus a power of the spot, pasted smoothly, with the correction of M. Li
 * (Analytical approximations for the critical stock prices of American options: a performance
 * comparison, Review of Derivatives Research 13, 2010; QD+). What does not change with the depth:
 */
struct start {
    vd vol, inverse_vol, drift, discount, yielded, decay, power, scale;
};

PARTS_INLINE void start_init(bool is_fine, const struct put *p, double at, struct start *start)
{
    vd paid = p->paid * (at * at), kept = p->kept * (at * at);
    start->vol = p->total_vol * at;
    start->inverse_vol = p->inverse_vol * (1.0 / at);
    start->drift = paid - kept;
    start->discount = exp_of(is_fine, -paid);
    start->yielded = exp_of(is_fine, -kept);
    vd variance = p->sigma * p->sigma;
    start->decay = 0.5 * variance * start->inverse_vol;
    vd series = paid * (1.0 - paid * (0.5 - paid * (1.0 / 6.0)));
    vd h = vd_select(vm_less(paid, vd_set(1e-3)), series, 1.0 - start->discount);
    vd inverse = 1.0 / (variance * h), inverse_h = variance * inverse,
       inverse_variance = h * inverse;
    vd m = 2.0 * p->rate * inverse_variance;
    vd n = 2.0 * (p->rate - p->yield) * inverse_variance - 1.0;
    vd root = vd_sqrt(vd_fma(n, n, 4.0 * m * inverse_h)), inverse_root = 1.0 / root;
    vd lambda_slope = m * inverse_h * inverse_root; /* times h, over root */
    start->power = -0.5 * (n + root) + start->discount * m * inverse_root * inverse_h *
                                           (1.0 - lambda_slope * inverse_root);
    start->scale = 2.0 * inverse_variance * inverse_root;
}

/* A step of Halley's method in ln B; the bend leaves the correction out. */
PARTS_INLINE vd start_step(bool is_fine, const struct put *p, const struct start *start, vd depth)
{
    vd log_b = vd_fma(-depth, start->vol, p->log_limit), b = exp_of(is_fine, log_b);
    vd d1 = vd_fma(vd_set(0.5), start->vol, (log_b + start->drift) * start->inverse_vol);
    vd d2 = d1 - start->vol;
    vd bell1 = start->yielded * exp_of(is_fine, -0.5 * d1 * d1);
    vd bell2 = start->discount * exp_of(is_fine, -0.5 * d2 * d2);
    vd owned = times_cdf(is_fine, -d1, bell1, start->yielded);
    vd owed = times_cdf(is_fine, -d2, bell2, start->discount);
    vd density1 = LANES_INV_SQRT_2PI * bell1, density2 = LANES_INV_SQRT_2PI * bell2;

    /* Slopes are to ln B. */
    vd gain = 1.0 - b - (owed - b * owned), gain_slope = b * (owned - 1.0), inverse = 1.0 / gain;
    vd theta = p->rate * owed - b * vd_fma(density1, start->decay, p->yield * owned);
    vd turned = 1.0 - d1 * start->inverse_vol;
    vd theta_slope = b * (p->yield * (density1 * start->inverse_vol - owned) -
                          density1 * start->decay * turned) -
                     p->rate * density2 * start->inverse_vol;
    vd power = start->power - start->scale * theta * inverse;
    vd power_slope = -start->scale * (theta_slope - theta * gain_slope * inverse);
    vd error = (1.0 - owned) * b + power * gain;
    vd pasted = b * density1 * start->inverse_vol;
    vd slope = pasted + (power - 1.0) * gain_slope + power_slope;
    vd bend = vd_fma(pasted, turned - power, slope), square = slope * slope;
    vd below = vd_min(vd_max(square - 0.5 * error * bend, 0.5 * square), 2.0 * square);
    vd step = vd_min(error * slope * start->inverse_vol / below, vd_set(1.0));
    step = vd_max(step, -0.5 * depth);
    step = vd_select(vm_equal(step, step), step, vd_set(0.0));
    return vd_max(depth + step, vd_set(1e-3));
}

/* ln B at a point with constant weights. */
PARTS_INLINE vd log_boundary_at(const struct put *p, const double *weight, const vd *square,
                                int nodes)
{
    vd sum = weight[0] * square[0];
    for (int j = 1; j < nodes; j++)
        sum = vd_fma(vd_set(weight[j]), square[j], sum);
    return p->log_limit - vd_sqrt(vd_max(sum, vd_set(0.0)));
}

PARTS_INLINE vd square(vd x)
{
    return x * x;
}

/*
 * One round of the fixed point at node i: the boundary that the integral equation gives from the
 * boundary so far. Equation A matches the slopes of value and payoff, B the values; A settles
 * faster, B also where drift outweighs vol. exp(rate u) phi(d2) and exp(yield u) phi(d1) are one
 * exp each, as are the Phi that go with them through the Mills ratio.
 */
PARTS_INLINE vd improve(const struct american_scheme *s, bool is_fine, int nodes, int points,
                        const struct put *p, int i, vd log_b, const vd *squares,
                        const vd *growth_paid, const vd *growth_kept)
{
    double at = s->at[i + 1];
    vd vol = p->total_vol * at, inverse_vol = p->inverse_vol * (1.0 / at),
       drift = p->drift * (at * at);
    vd d1 = vd_fma(vd_set(0.5), vol, (log_b + drift) * inverse_vol), d2 = d1 - vol;
    vd bell1 = exp_of(is_fine, -0.5 * d1 * d1), bell2 = exp_of(is_fine, -0.5 * d2 * d2);
    vd owned = times_cdf(is_fine, d1, bell1, vd_set(1.0));
    vd slope_paid = vd_set(0.0), slope_kept = slope_paid, value_paid = slope_paid,
       value_kept = slope_paid;
    for (int k = 0; k < points; k++) {
        const struct american_part *q = &s->part[i * points + k];
        const double *weight = s->point_weight + (size_t)((i * points + k) * nodes);
        vd part = p->total_vol * q->vol;
        vd log_u = log_boundary_at(p, weight, squares, nodes);
        vd e1 = vd_fma(vd_set(0.5), part,
                       vd_fma(p->drift, vd_set(q->left), log_b - log_u) *
                           (p->inverse_vol * q->inverse_vol));
        vd e2 = e1 - part;
        vd b1 = exp_of(is_fine, vd_fma(p->kept, vd_set(q->passed), -0.5 * e1 * e1));
        vd b2 = exp_of(is_fine, vd_fma(p->paid, vd_set(q->passed), -0.5 * e2 * e2));
        vd by_slope = vd_set(q->by_slope), by_value = vd_set(q->by_value);
        slope_paid = vd_fma(by_slope, b2, slope_paid);
        slope_kept = vd_fma(by_slope, b1, slope_kept);
        value_kept =
            vd_fma(by_value, times_cdf(is_fine, e1, b1, growth_kept[i * points + k]), value_kept);
        if (p->any_by_value)
            value_paid = vd_fma(by_value, times_cdf(is_fine, e2, b2, growth_paid[i * points + k]),
                                value_paid);
    }
    vd below = vd_fma(p->kept, value_kept, owned), ratio = below;
    if (p->any_by_slope) {
        vd bell = LANES_INV_SQRT_2PI * inverse_vol;
        vd above = bell * vd_fma(p->paid * at, slope_paid, bell2);
        ratio = above / vd_fma(bell, vd_fma(p->kept * at, slope_kept, bell1), below);
    }
    if (p->any_by_value) {
        vd above = vd_fma(p->paid, value_paid, times_cdf(is_fine, d2, bell2, vd_set(1.0)));
        ratio = vd_select(p->by_value, above / below, ratio);
    }
    vd next = vd_min(vd_log(ratio) - drift, p->log_limit);
    return vd_select(vm_less(vd_abs(next), vd_set(1e300)), next, log_b);
}

PARTS_INLINE void solve(const struct american_scheme *s, bool is_fine, int nodes, int points,
                        const struct put *p, vd *squares)
{
    vd growth_paid[NODES_MAX * POINTS_MAX], growth_kept[NODES_MAX * POINTS_MAX], log_b[NODES_MAX];
    struct start start[NODES_MAX];
    vd depth[NODES_MAX];
    for (int i = 0; i < nodes; i++) {
        start_init(is_fine, p, s->at[i + 1], &start[i]);
        depth[i] = vd_set(2.0);
        for (int k = i * points; k < (i + 1) * points; k++) {
            growth_kept[k] = exp_of(is_fine, p->kept * s->part[k].passed);
            if (p->any_by_value)
                growth_paid[k] = exp_of(is_fine, p->paid * s->part[k].passed);
        }
    }
    /* Node after node within a step: they do not wait for each other. */
    for (int step = 0; step < s->starts; step++)
        for (int i = 0; i < nodes; i++)
            depth[i] = start_step(is_fine, p, &start[i], depth[i]);
    for (int i = 0; i < nodes; i++) {
        log_b[i] = vd_fma(-depth[i], start[i].vol, p->log_limit);
        squares[i] = square(log_b[i] - p->log_limit);
    }
    for (int round = 0; round < s->rounds; round++) {
        for (int i = 0; i < nodes; i++)
            log_b[i] = improve(s, is_fine, nodes, points, p, i, log_b[i], squares, growth_paid,
                               growth_kept);
        for (int i = 0; i < nodes; i++)
            squares[i] = square(log_b[i] - p->log_limit);
    }
}

/*
 * Next to the boundary, delta and gamma of the premium gather in the last moments, on a scale of
 * ln(spot / boundary) in total vol that no fixed points resolve. There the boundary is a straight
 * line in ln B, and with alpha = ln(spot / boundary) / total vol the integrands are
 *     phi(alpha / c + beta c)   and   alpha / c^2 phi(alpha / c + beta c)
 * over the cosine c in (0, 1), both known in closed form: the points only see what is left over.
 */
struct near {
    vd alpha, beta, slope, bend; /* slope, bend: the two integrals */
};

PARTS_INLINE struct near near_boundary(bool is_fine, vd alpha, vd beta)
{
    struct near n = { .alpha = alpha };
    n.beta = vd_copysign(vd_max(vd_abs(beta), vd_set(1e-6)), beta);
    vd sum = alpha + n.beta, difference = alpha - n.beta, bell = exp_of(is_fine, -0.5 * sum * sum);
    vd first = times_cdf(is_fine, -sum, bell, vd_set(1.0));
    vd factor = exp_of(is_fine, vd_min(-2.0 * alpha * n.beta, vd_set(600.0)));
    vd second = times_cdf(is_fine, -difference, bell, factor);
    n.bend = 0.5 * (first + second);
    n.slope = 0.5 * (second - first) / n.beta;
    return n;
}

PARTS_INLINE void price(const struct american_scheme *s, bool is_fine, bool has_greeks, int nodes,
                        int prices, const struct put *p, const vd *squares,
                        const struct american_job *job, size_t row)
{
    vd spot = vd_load(job->spot + row), depth = vd_sqrt(squares[nodes - 1]);
    vd log_b = p->log_limit - depth;
    vd premium = vd_set(0.0), delta = premium, gamma = premium;
    struct near near = { .alpha = premium };
    vd missing_slope = premium, missing_bend = premium;
    if (has_greeks) {
        vd steep = vd_set(0.0);
        for (int j = 0; j < nodes; j++)
            steep = vd_fma(vd_set(s->slope[j]), squares[j], steep);
        vd rise =
            -0.25 * steep / vd_max(depth, vd_set(1e-300)); /* of ln B over the time to expiry */
        vd beta = (rise + p->drift) * p->inverse_vol - 0.5 * p->total_vol;
        vd alpha = vd_max((p->log_spot - log_b) * p->inverse_vol, vd_set(0.0));
        near = near_boundary(is_fine, alpha, vd_min(vd_max(beta, vd_set(-30.0)), vd_set(30.0)));
        missing_slope = near.slope;
        missing_bend = near.bend;
    }
    vd inverse_spot = 1.0 / spot;
    for (int k = 0; k < prices; k++) {
        const struct american_part *q = &s->price[k];
        vd part = p->total_vol * q->vol, inverse = p->inverse_vol * q->inverse_vol;
        vd log_u = log_boundary_at(p, s->price_weight + (size_t)(k * nodes), squares, nodes);
        vd e1 = vd_fma(vd_set(0.5), part,
                       vd_fma(p->drift, vd_set(q->left), p->log_spot - log_u) * inverse);
        vd e2 = e1 - part;
        vd discount = exp_of(is_fine, p->paid * -q->left),
           yielded = exp_of(is_fine, p->kept * -q->left);
        vd b1 = yielded * exp_of(is_fine, -0.5 * e1 * e1);
        vd b2 = discount * exp_of(is_fine, -0.5 * e2 * e2);
        vd c1 = times_cdf(is_fine, -e1, b1, yielded), c2 = times_cdf(is_fine, -e2, b2, discount);
        vd weight = vd_set(q->by_value);
        premium = vd_fma(weight, p->paid * c2 - p->kept * spot * c1, premium);
        if (has_greeks) {
            vd n1 = LANES_INV_SQRT_2PI * b1 * inverse, n2 = LANES_INV_SQRT_2PI * b2 * inverse;
            n2 = p->paid * n2 * inverse_spot;
            n1 = p->kept * n1;
            delta = vd_fma(weight, n1 - p->kept * c1 - n2, delta);
            gamma = vd_fma(weight, (n2 * e1 * inverse + n1 * (1.0 - e1 * inverse)) * inverse_spot,
                           gamma);
            vd ratio = near.alpha * q->inverse_vol;
            vd model = (0.5 * LANES_INV_SQRT_2PI * q->by_slope) *
                       exp_of(is_fine, -0.5 * square(vd_fma(near.beta, vd_set(q->vol), ratio)));
            missing_slope = missing_slope - model;
            missing_bend = vd_fma(model, ratio * -q->inverse_vol, missing_bend);
        }
    }
    vd_store(job->premium + row, premium);
    vd_store(job->log_boundary + row, log_b);
    if (has_greeks) {
        vd gain =
            2.0 * (p->paid - p->kept * exp_of(is_fine, log_b)) * p->inverse_vol * inverse_spot;
        vd_store(job->delta + row, vd_fma(-gain, missing_slope, delta));
        vd_store(job->gamma + row,
                 vd_fma(gain * p->inverse_vol * inverse_spot, missing_bend, gamma));
    }
}

PARTS_INLINE void work(const struct american_job *job, bool is_fine, int nodes, int points,
                       int prices)
{
    for (size_t row = 0; row < job->count; row += LANES_WIDTH) {
        struct put p = { .years = vd_load(job->years + row),
                         .sigma = vd_load(job->sigma + row),
                         .rate = vd_load(job->rate + row),
                         .yield = vd_load(job->yield + row) };
        p.log_spot = vd_log(vd_load(job->spot + row));
        p.root_years = vd_sqrt(p.years);
        p.total_vol = p.sigma * p.root_years;
        p.inverse_vol = 1.0 / p.total_vol;
        p.paid = p.rate * p.years;
        p.kept = p.yield * p.years;
        p.drift = (p.rate - p.yield) * p.years;
        vm is_below = vm_less(p.rate, p.yield);
        p.log_limit = vd_select(
            is_below, vd_log_ratio(p.rate, vd_select(is_below, p.yield, p.rate)), vd_set(0.0));
        p.by_value = vm_greater(vd_load(job->by_value + row), vd_set(0.5));
        p.any_by_value = vm_any(p.by_value);
        p.any_by_slope = !vm_all(p.by_value);
        vd squares[NODES_MAX];
        solve(job->scheme, is_fine, nodes, points, &p, squares);
        if (job->gamma)
            price(job->scheme, is_fine, true, nodes, prices, &p, squares, job, row);
        else
            price(job->scheme, is_fine, false, nodes, prices, &p, squares, job, row);
    }
}

/* The two short schemes with their sizes known to the compiler. */
void LANES_NAME(american_premiums)(const struct american_job *job)
{
    const struct american_scheme *s = job->scheme;
    if (!s->is_fine && s->nodes == 6 && s->points == 5)
        work(job, false, 6, 5, 15);
    else if (!s->is_fine && s->nodes == 10 && s->points == 9)
        work(job, false, 10, 9, 25);
    else
        work(job, true, s->nodes, s->points, s->prices);
}
