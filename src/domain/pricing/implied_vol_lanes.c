/*
 * The fast path of implied_vol.h: a guess from the normal model and two steps of fourth order, the
 * same for every row. A row that has no vol, or whose last step was not small, is marked odd;
 * implied_vol.c takes those one by one.
 */
#include "domain/pricing/implied_vol_lanes_int.h"

#include "domain/pricing/lanes_math_int.h"

#define VECTORS (LANES_WIDTH == 8 ? 4 : LANES_WIDTH == 4 ? 2 : 1)

struct quote {
    vd x;             /* |ln(forward / strike)| */
    vd scale_squared; /* 1 / (2 pi beta^2), beta = price / (discount sqrt(forward strike)) */
    vd s;             /* total vol, from the guess on */
    vd root;
    vm good;
};

/*
 * The price out of the money. In the money the discounted payoff is taken off without rounding on
 * the way: there it is all the information that is left.
 */
LANES_INLINE vd fold(vd forward, vd strike, vd discount, vd sign, vd price, vm *is_good)
{
    vd gain = forward - strike, size = vd_abs(gain);
    vd big = vd_max(forward, strike), small = vd_min(forward, strike);
    vd lost = (big - size) - small; /* of the subtraction above */
    vd rest = vd_fma(-discount, size, price) - discount * lost;
    vd most = discount * vd_select(vm_greater(sign, vd_set(0.0)), forward, strike);
    vd value = vd_select(vm_greater(sign * gain, vd_set(0.0)), rest, price);
    *is_good = vm_and(*is_good, vm_and(vm_greater(value, vd_set(0.0)), vm_less(price, most)));
    return value;
}

/*
 * The total vol at which the normal model gives the price, as a polynomial G in w:
 *     nu = (2 P + |F-K|) w G(w),   w^2 = eta = 2 v / ln(1 + r),  r = |F-K| / P,  v = r / (r + 2)
 * (eta is v / atanh(v): J. Choi, K. Kim, M. Kwak, Numerical approximation of the implied
 * volatility under arithmetic Brownian motion, Applied Math. Finance 16, 2009; G is our own
 * Chebyshev fit, 3e-5 for r down to 1e-290), then the normal vol turned into the lognormal one by
 * its expansion.
 */
LANES_INLINE vd guess(vd x, vd price, vd distance, vd log_one_plus_r)
{
    static const double c[] = {
        0.49924566410019994, 0.044282503037848954, 0.9212780824249056,  0.24350847275140047,
        -5.369981239300998,  20.888871686286887,   -35.163230971389666, 25.008013599615662,
        -1.0944798870332957, -7.4810159434089645,  2.756827950374251,
    };
    vd straddle = price + price + distance, lower = straddle * log_one_plus_r;
    vd inverse = 1.0 / (lower * distance);
    vd eta = vd_min((distance + distance) * (distance * inverse), vd_set(1.0));
    vd w = vd_sqrt(eta);
    vd nu = straddle * w * vd_polynomial(c, 10, w);
    vd s0 = nu * (x * (inverse * lower)), z = s0 * s0;
    vd skew = vd_fma(x * x, vd_set(-1.0 / 2880.0), vd_set(1.0 / 24.0));
    return s0 * vd_fma(z, vd_fma(z, vd_set(1.0 / 5760.0), skew), vd_set(1.0));
}

LANES_INLINE struct quote load_quote(const struct implied_vol_job *job, size_t i, bool is_chain)
{
    /* A strike at the forward counts as this far off while guessing, so that nothing is 0 / 0. */
    const double floor = 0x1p-36;
    struct quote q;
    vd sign = vd_load_int8(job->sign + i), strike = vd_load(job->strike + i);
    vd forward = is_chain ? vd_set(job->shared_forward) : vd_load(job->forward + i);
    vd discount = is_chain ? vd_set(job->shared_discount) : vd_load(job->discount + i);
    vd small = vd_min(forward, strike), big = vd_max(forward, strike);
    vi strange = vd_strangeness(forward) | vd_strangeness(strike);
    vm good = vm_equal(vd_abs(sign), vd_set(1.0));
    if (is_chain) {
        q.root = vd_set(job->shared_root);
    } else {
        vd years = vd_load(job->years + i);
        strange |= vd_strangeness(years) | vd_strangeness(discount);
        q.root = vd_sqrt(years);
    }
    good = vm_and(good, vm_ordinary(strange));
    vd price = fold(forward, strike, discount, sign, vd_load(job->price + i), &good);
    vd distance = vd_max(discount * (big - small), discount * big * floor);
    struct vd_ratio moneyness = vd_ratio_of(big, small);
    vd inverse = 1.0 / (moneyness.sum * price), inverse_price = inverse * moneyness.sum;
    q.x = vd_ratio_log(&moneyness, inverse * price);
    vd one_plus_r = vd_fma(distance, inverse_price, vd_set(1.0));
    vd beta_inverse = discount * inverse_price;
    q.scale_squared = forward * strike * LANES_INV_2PI * (beta_inverse * beta_inverse);
    q.s = guess(vd_max(q.x, vd_set(floor)), price, distance, vd_log_coarse(one_plus_r));
    good = vm_and(good, vm_within(q.s, 1e-9, 4.0));
    /* What is squared must stay in range, and all digits of s must be in ln b. */
    good = vm_and(good, vm_at_most(q.scale_squared, vd_set(1e280)));
    q.good = vm_and(good, vm_at_most(q.x, vd_set(30.0)));
    return q;
}

/*
 * One step of third-order Householder on ln b(s) - ln beta for all vectors. With h = x/s, t = s/2,
 *     b / b' = D = M(h - t) - M(h + t)          no exp, and no cancellation in D
 *     ln b   = ln D - (h^2 + t^2) / 2 - ln sqrt(2 pi)
 *     b''/b' = g = h^2 / s - s / 4,             g' = -3 h^2 / s^2 - 1/4
 * Multiplied through by powers of D nothing is divided by it. The quotient of the step,
 * (1 + a/2) / (1 + u) with u = a + b/6, is taken as (1 + a/2) (1 - u + u^2): steps are small.
 * *newton gets the first-order step over s, where the price bends: what is left is of its fourth
 * power.
 */
LANES_INLINE void step(int count, const double *c, int degree, bool is_coarse, struct quote *q,
                       vd *newton)
{
    vd h[VECTORS], near[VECTORS], far[VECTORS], s[VECTORS], inverse_s[VECTORS];
    struct vd_mills mills[VECTORS];
    for (int u = 0; u < count; u++) {
        s[u] = q[u].s;
        inverse_s[u] = 1.0 / s[u];
        h[u] = q[u].x * inverse_s[u];
        near[u] = vd_fma(s[u], vd_set(-0.5), h[u]);
        far[u] = vd_fma(s[u], vd_set(0.5), h[u]);
    }
    vd_mills_pairs(count, c, degree, near, far, s, mills);
    for (int u = 0; u < count; u++) {
        vd d = mills[u].difference, dd = d * d, hh = h[u] * h[u], ss = s[u] * s[u];
        vd twice = dd * q[u].scale_squared;
        vd log_twice = is_coarse ? vd_log_coarse(twice) : vd_log(twice);
        vd error = 0.5 * (log_twice - vd_fma(ss, vd_set(0.25), hh));
        vd first = error * d, curve = hh * inverse_s[u];
        vd dg = d * vd_fma(s[u], vd_set(-0.25), curve);
        vd slope = vd_fma(curve * inverse_s[u], vd_set(-3.0), vd_set(-0.25));
        vd second = vd_fma(error, -dg, error);
        vd third = error * error * (vd_fma(dd, slope, dg * (dg - 3.0)) + 2.0);
        vd away = vd_fma(third, vd_set(1.0 / 6.0), second);
        vd quotient =
            vd_fma(second, vd_set(0.5), vd_set(1.0)) * vd_fma(away, away - 1.0, vd_set(1.0));
        newton[u] = vd_abs(first) * inverse_s[u] * (1.0 + hh + ss);
        q[u].good = vm_and(q[u].good, vm_at_least(near[u], vd_set(LANES_MILLS_NEAR_MIN)));
        q[u].s = vd_fma(-first, quotient, s[u]);
    }
}

LANES_INLINE size_t block(const struct implied_vol_job *job, size_t i, int count, bool is_chain)
{
    /* M(a) in the same variable, its slope within 2e-5: the last step alone needs every digit. */
    static const double coarse[] = {
        2.9578583652374966,    -4.097072513152183,   4.521232937924831,      -4.008543280671886,
        2.83360109410736,      -1.5520655527127514,  0.6088480047629773,     -0.1278939290620601,
        -0.014435873967776543, 0.014861842891494033, -0.0017873665193844145,
    };
    struct quote q[VECTORS];
    vd newton[VECTORS];
    size_t odd = 0;
    for (int u = 0; u < count; u++)
        q[u] = load_quote(job, i + (size_t)u * LANES_WIDTH, is_chain);
    step(count, coarse, 10, true, q, newton);
    step(count, lanes_mills_coefficients, LANES_MILLS_DEGREE, false, q, newton);
    for (int u = 0; u < count; u++) {
        size_t at = i + (size_t)u * LANES_WIDTH;
        vd_store(job->sigma + at, q[u].s / q[u].root);
        /* Of fourth order: what is left is this to the fourth power. */
        unsigned bits = vm_bits(vm_not(vm_and(q[u].good, vm_at_most(newton[u], vd_set(1e-4)))));
        if (!bits)
            continue;
        for (unsigned lane = 0; lane < LANES_WIDTH; lane++)
            job->odd[at + lane] = bits >> lane & 1u;
        odd += (size_t)__builtin_popcount(bits);
    }
    return odd;
}

LANES_INLINE size_t blocks(const struct implied_vol_job *job, bool is_chain)
{
    size_t i = 0, odd = 0;
    for (; i + VECTORS * LANES_WIDTH <= job->count; i += VECTORS * LANES_WIDTH)
        odd += block(job, i, VECTORS, is_chain);
    for (; i < job->count; i += LANES_WIDTH)
        odd += block(job, i, 1, is_chain);
    return odd;
}

size_t LANES_NAME(implied_vol_kernel)(const struct implied_vol_job *job)
{
    return job->is_chain ? blocks(job, true) : blocks(job, false);
}
