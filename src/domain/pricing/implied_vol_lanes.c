/*
 * The fast path of implied_vol.h: a guess from the normal model and two steps of fourth order, the
 * same for every row. A row that has no vol, or whose last step was not small, is marked odd;
 * implied_vol.c takes those one by one.
 */
#include "domain/pricing/implied_vol_lanes_int.h"

#include "domain/pricing/lanes_math_int.h"

#define VECTORS (LANES_WIDTH == 8 ? 3 : LANES_WIDTH == 4 ? 2 : 1)

struct quote {
    vd x;         /* |ln(forward / strike)| */
    vd scale;     /* sqrt(forward strike) / (price sqrt(2 pi)), of the undiscounted price */
    vd s;         /* total vol, from the guess on */
    vd root;
    vm odd;
};

/*
 * The price out of the money, undiscounted. In the money the discounted payoff is taken off without
 * rounding on the way: there it is all the information that is left.
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
    return value / discount;
}

/*
 * The total vol at which the normal model gives the price, as a polynomial G in w:
 *     nu = (2 P + |F-K|) w G(w),   w^2 = eta = 2 v / ln(1 + r),  r = |F-K| / P,  v = r / (r + 2)
 * (eta is v / atanh(v): J. Choi, K. Kim, M. Kwak, Numerical approximation of the implied volatility
 * under arithmetic Brownian motion, Applied Math. Finance 16, 2009; G is our own Chebyshev fit, 3e-5
 * for r down to 1e-290), then the normal vol turned into the lognormal one by its expansion.
 */
LANES_INLINE vd guess(vd x, vd price, vd distance, vd log_one_plus_r, vd inverse_forward)
{
    static const double c[] = {
        0.49924566410019994, 0.044282503037848954, 0.9212780824249056,  0.24350847275140047,
        -5.369981239300998,  20.888871686286887,   -35.163230971389666, 25.008013599615662,
        -1.0944798870332957, -7.4810159434089645,  2.756827950374251,
    };
    vd straddle = price + price + distance;
    vm is_at = vm_at_most(distance, price * 1e-7);
    vd safe_distance = vd_select(is_at, price, distance);
    vd safe_log = vd_select(is_at, vd_set(1.0), log_one_plus_r);
    vd inverse = 1.0 / (straddle * safe_log * safe_distance);
    vd eta = vd_select(is_at, vd_set(1.0), (distance + distance) * (inverse * safe_distance));
    vd w = vd_sqrt(eta);
    vd nu = straddle * w * vd_polynomial(c, 10, w);
    vd x_over_distance = vd_select(is_at, inverse_forward, x * (inverse * (straddle * safe_log)));
    vd s0 = nu * x_over_distance, z = s0 * s0;
    vd skew = vd_fma(x * x, vd_set(-1.0 / 120.0), vd_set(1.0)) * (1.0 / 24.0);
    return s0 * vd_fma(z, vd_fma(z, vd_set(1.0 / 5760.0), skew), vd_set(1.0));
}

LANES_INLINE struct quote load_quote(const struct implied_vol_job *job, size_t i, bool is_chain)
{
    struct quote q;
    vd sign = vd_load_int8(job->sign + i), strike = vd_load(job->strike + i);
    vd forward = is_chain ? vd_set(job->shared_forward) : vd_load(job->forward + i);
    vd discount = is_chain ? vd_set(job->shared_discount) : vd_load(job->discount + i);
    vm good = vm_and(vm_equal(vd_abs(sign), vd_set(1.0)), vm_within(strike, 1e-6, 1e9));
    if (is_chain) {
        q.root = vd_set(job->shared_root);
    } else {
        vd years = vd_load(job->years + i);
        good = vm_and(good, vm_within(years, 1e-12, 1e4));
        good = vm_and(good, vm_within(forward, 1e-6, 1e9));
        good = vm_and(good, vm_within(discount, 1e-20, 1e20));
        q.root = vd_sqrt(years);
    }
    vd price = fold(forward, strike, discount, sign, vd_load(job->price + i), &good);
    vd distance = vd_abs(forward - strike);
    struct vd_ratio moneyness = vd_ratio_of(vd_max(forward, strike), vd_min(forward, strike));
    struct vd_ratio one_plus_r = vd_ratio_of(price + distance, price);
    vd both = moneyness.sum * one_plus_r.sum, product = both * price;
    good = vm_and(good, vm_within(product, 1e-300, 1e300));
    vd inverse = 1.0 / product, inverse_both = inverse * price;
    q.x = vd_ratio_log(&moneyness, inverse_both * one_plus_r.sum);
    vd log_one_plus_r = vd_ratio_log(&one_plus_r, inverse_both * moneyness.sum);
    q.scale = vd_sqrt(forward * strike) * (both * inverse) * LANES_INV_SQRT_2PI;
    /* 2 / (F + K): with nothing between them, 1 / F. */
    q.s = guess(q.x, price, distance, log_one_plus_r,
                (inverse_both * one_plus_r.sum) * 2.0);
    good = vm_and(good, vm_within(q.s, 1e-9, 4.0));
    good = vm_and(good, vm_at_most(q.x, vd_set(30.0)));
    q.odd = vm_not(good);
    return q;
}

/*
 * One step of third-order Householder on ln b(s) - ln beta for all vectors. With h = x/s, t = s/2,
 *     b / b' = D = M(h - t) - M(h + t)          no exp, and no cancellation in D
 *     ln b   = ln D - (h^2 + t^2) / 2 - ln sqrt(2 pi)
 *     b''/b' = g = h^2 / s - s / 4,             g' = -3 h^2 / s^2 - 1/4
 * and, times D to the powers that make it so, nothing is divided by D.
 */
LANES_INLINE void step(int count, const double *c, int degree, struct quote *q, vd *relative)
{
    vd h[VECTORS], half[VECTORS], near[VECTORS], far[VECTORS], inverse_s[VECTORS];
    struct vd_mills mills[VECTORS];
    for (int u = 0; u < count; u++) {
        inverse_s[u] = 1.0 / q[u].s;
        half[u] = 0.5 * q[u].s;
        h[u] = q[u].x * inverse_s[u];
        near[u] = h[u] - half[u];
        far[u] = h[u] + half[u];
    }
    vd_mills_pairs(count, c, degree, near, far, half, mills);
    for (int u = 0; u < count; u++) {
        vd d = mills[u].difference, s = q[u].s, hh = h[u] * h[u];
        vd error = vd_fma(vd_fma(half[u], half[u], hh), vd_set(-0.5), vd_log(d * q[u].scale));
        vd newton = -error * d;
        vd g = (hh * inverse_s[u] - 0.25 * s), dg = d * g;
        vd slope = vd_fma(hh * inverse_s[u] * inverse_s[u], vd_set(-3.0), vd_set(-0.25));
        vd second = -error * (dg - 1.0);
        vd third = error * error * (vd_fma(d * d, slope, dg * (dg - 3.0)) + 2.0);
        vd top = vd_fma(second, vd_set(0.5), vd_set(1.0));
        vd bottom = vd_fma(third, vd_set(1.0 / 6.0), 1.0 + second);
        vd ratio = top / bottom;
        /* Far from the solution the higher orders can point anywhere. */
        vd move = newton * vd_select(vm_within(ratio, 0.0, 3.0), ratio, vd_set(1.0));
        move = vd_max(move, -0.75 * s);
        relative[u] = vd_abs(move) * inverse_s[u] * (1.0 + hh + s * s);
        q[u].odd = vm_or(q[u].odd, vm_not(vm_at_least(near[u], vd_set(LANES_MILLS_NEAR_MIN))));
        q[u].s = s + move;
    }
}

LANES_INLINE size_t block(const struct implied_vol_job *job, size_t i, int count, bool is_chain)
{
    /* M(a) in the same variable with 2e-7: the last step alone needs every digit. */
    static const double coarse[] = {
        2.9578583652374966,   -4.097058065450438,    4.521228157627929,     -4.008830544269105,
        2.833695673579096,    -1.5504635421684518,   0.6083223809353926,    -0.13154434735446904,
        -0.0132412477697489,  0.018503514885913466,  -0.0029767552451433863, -0.001321712540373668,
        0.00043099239447992577,
    };
    struct quote q[VECTORS];
    vd relative[VECTORS];
    size_t odd = 0;
    for (int u = 0; u < count; u++)
        q[u] = load_quote(job, i + (size_t)u * LANES_WIDTH, is_chain);
    step(count, coarse, 12, q, relative);
    step(count, lanes_mills_coefficients, LANES_MILLS_DEGREE, q, relative);
    for (int u = 0; u < count; u++) {
        size_t at = i + (size_t)u * LANES_WIDTH;
        vd_store(job->sigma + at, q[u].s / q[u].root);
        /* Of fourth order: what is left is this to the fourth power. */
        unsigned bits = vm_bits(vm_or(q[u].odd, vm_not(vm_at_most(relative[u], vd_set(1e-4)))));
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
