/*
 * exp, logarithms and the Mills ratio on vectors, for *_lanes.c files.
 *
 * Coefficients: Chebyshev interpolation in 50 digits, each rounded once to double. Errors are the
 * largest seen against 50 digits or the C library, in rounding units of the result (2.2e-16).
 */
#ifndef DOMAIN_PRICING_LANES_MATH_INT_H
#define DOMAIN_PRICING_LANES_MATH_INT_H

#include <math.h>

#include "domain/pricing/lanes_int.h"

#define LANES_INV_SQRT_2PI 0x1.9884533d43651p-2
#define LANES_HALF_LN_2PI 0.91893853320467274178
#define LANES_INV_2PI 0x1.45f306dc9c883p-3

/* ln 2 = high + low; high has 53 bits, which fma takes whole. */
#define LANES_LN2_HIGH 0x1.62e42fefa39efp-1
#define LANES_LN2_LOW 0x1.abc9e3b39803fp-56

/* Added to |x| < 2^51, it leaves round(x) in the low bits. */
#define LANES_ROUNDER 0x1.8p52

/*
 * exp(x), 0.8 units, for |x| <= 700; anything else gives some number.
 * exp(x) = 2^k exp(r), |r| <= ln(2)/2, exp(r) = 1 + r + r^2 Q(r).
 */
static const double lanes_exp_coefficients[] = {
    0.5000000000000001,     0.16666666666666669,    0.04166666666662404,    0.008333333333330055,
    0.0013888888917258759,  0.00019841269863088255, 2.4801521225986432e-05, 2.7557268406190795e-06,
    2.7620121717381933e-07, 2.51004110820149e-08,
};
enum { LANES_EXP_DEGREE = 9 };

/* x = k ln 2 + r; the low bits of `shifted` are k. */
struct vd_reduced {
    vd shifted, r;
};

LANES_INLINE struct vd_reduced vd_exp_reduce(vd x)
{
    vd shifted = vd_fma(x, vd_set(0x1.71547652b82fep+0), vd_set(LANES_ROUNDER));
    vd k = shifted - LANES_ROUNDER;
    vd r = vd_fma(k, vd_set(-LANES_LN2_HIGH), x);
    return (struct vd_reduced){ shifted, vd_fma(k, vd_set(-LANES_LN2_LOW), r) };
}

/* exp(x), given q = Q(r). */
LANES_INLINE vd vd_exp_restore(struct vd_reduced x, vd q)
{
    vd rest = vd_fma(x.r * x.r, q, x.r);
    vd power = (vd)(((vi)x.shifted << 52) + UINT64_C(0x3ff0000000000000));
    return vd_fma(power, rest, power);
}

LANES_INLINE vd vd_exp_near(vd x)
{
    struct vd_reduced reduced = vd_exp_reduce(x);
    return vd_exp_restore(reduced,
                          vd_polynomial(lanes_exp_coefficients, LANES_EXP_DEGREE, reduced.r));
}

/* exp(x) for x <= 700: 0 below -708 (no denormals), NaN for NaN. */
LANES_INLINE vd vd_exp_down(vd x)
{
    return vd_select(vm_less(x, vd_set(-708.0)), vd_set(0.0), vd_exp_near(x));
}

/* exp(x) for any x: infinity above 709. */
LANES_INLINE vd vd_exp(vd x)
{
    return vd_select(vm_greater(x, vd_set(709.0)), vd_set(INFINITY), vd_exp_down(x));
}

/*
 * ln(a/b), as k ln 2 + 2 atanh(f) with f = (a - b 2^k) / (a + b 2^k): the difference is exact, so
 * nothing is lost where a and b are close. a, b, a/b: positive normal numbers; anything else gives
 * some number. *sum gets a + b 2^k and inverse must be its reciprocal: callers who need other
 * reciprocals too make them with one division. Take vd_log_ratio() where that does not matter.
 */
struct vd_ratio {
    vd difference, sum, k;
};

/*
 * k shifted up by 52 bits, with lower bits that do not count: bits of a double, read as a number,
 * run like its binary logarithm, within 0.09.
 */
LANES_INLINE vi vd_ratio_scale(vd a, vd b)
{
    return (vi)a - (vi)b + UINT64_C(0x0008000000000000);
}

LANES_INLINE struct vd_ratio vd_ratio_of(vd a, vd b)
{
    vi scale = vd_ratio_scale(a, b) & UINT64_C(0xfff0000000000000);
    vd scaled = (vd)((vi)b + scale);
    /* k + 2^11 in the low bits of 2^52. */
    vi raised = ((scale + UINT64_C(0x8000000000000000)) >> 52) | UINT64_C(0x4330000000000000);
    return (struct vd_ratio){ a - scaled, a + scaled, (vd)raised - (0x1p52 + 2048.0) };
}

static const double lanes_log_coefficients[] = {
    0.6666666666666666,  0.40000000000008495, 0.2857142856702704,  0.2222222308959263,
    0.18181734405592856, 0.15388995828406524, 0.13207202708794763, 0.1362817820080134,
};
enum { LANES_LOG_DEGREE = 7 };

/* Of f = difference / sum and p = P(f^2). */
LANES_INLINE vd vd_ratio_log_of(vd f, vd p, vd k)
{
    vd low = vd_fma(f * (f * f), p, k * LANES_LN2_LOW);
    return vd_fma(k, vd_set(LANES_LN2_HIGH), vd_fma(f, vd_set(2.0), low));
}

LANES_INLINE vd vd_ratio_log(const struct vd_ratio *ratio, vd inverse_of_sum)
{
    vd f = ratio->difference * inverse_of_sum;
    return vd_ratio_log_of(f, vd_polynomial(lanes_log_coefficients, LANES_LOG_DEGREE, f * f),
                           ratio->k);
}

LANES_INLINE vd vd_log_ratio(vd a, vd b)
{
    struct vd_ratio ratio = vd_ratio_of(a, b);
    return vd_ratio_log(&ratio, 1.0 / ratio.sum);
}

/* ln(x) for positive normal x, 1.5 units. */
LANES_INLINE vd vd_log(vd x)
{
    return vd_log_ratio(x, vd_set(1.0));
}

/* The same within 3e-7, without a division: for guesses and first steps. */
LANES_INLINE vd vd_log_coarse(vd x)
{
    static const double c[] = {
        1.0000000299285867,  -0.5000117051706219,  0.33334110197761774, -0.24927908890861125,
        0.19897862616833567, -0.17734419078301913, 0.16468518275011987, -0.09048489230597122,
    };
    struct vd_ratio ratio = vd_ratio_of(x, vd_set(1.0));
    /* x over 2^k, less 1. */
    vi scale = ((vi)x - UINT64_C(0x3ff0000000000000) + UINT64_C(0x0008000000000000)) &
               UINT64_C(0xfff0000000000000);
    vd f = (vd)((vi)x - scale) - 1.0;
    return vd_fma(f, vd_polynomial(c, 7, f), ratio.k * LANES_LN2_HIGH);
}

/*
 * Mills ratios M(a) = Phi(-a) / phi(a) at near = h - t and far = h + t, and their difference
 * M(near) - M(far), for -1.24 <= near <= far; two_t = 2 t >= 0; `count` vectors side by side (so
 * that their latencies overlap). Beyond 40 arguments count as 40, where phi is 0 in double.
 *
 * M(a) = P(z) i with i = 1 / (a + 5.5) and z = 77/64 - 75/8 i: one polynomial for the whole line.
 * The difference comes from the divided difference of P, which the Horner scheme yields on the way:
 *     M(near) - M(far) = 2 t i_near i_far (P(z_near) - 75/8 i_far P[z_near, z_far])
 * Both terms are positive, so no digit cancels however small t is.
 */
#define LANES_MILLS_NEAR_MIN (-1.24)
#define LANES_MILLS_FAR_MAX 40.0
#define LANES_MILLS_DEGREE 27

static const double lanes_mills_coefficients[LANES_MILLS_DEGREE + 1] = {
    2.9578583652374966,      -4.097057693368901,     4.5212279301027545,
    -4.0088410031819475,     2.8337020800381163,     -1.5503790516382323,
    0.6082704085805145,      -0.1318393942099485,    -0.013058341872525329,
    0.01901251020177869,     -0.00329672451435571,   -0.0017601650855032208,
    0.0007142339142922168,   0.00016854832667822175, -0.00011613138445207631,
    -2.1784597594663814e-05, 1.8146340583629237e-05, 4.135674690653089e-06,
    -2.7534976314907522e-06, -9.54714277974118e-07,  3.7544589371293955e-07,
    2.1968252410243325e-07,  -3.865898468408979e-08, -4.420470084481172e-08,
    1.8090741788336479e-09,  6.682985066966523e-09,  9.309873015594677e-11,
    -5.495779378181599e-10,
};

struct vd_mills {
    vd near, far, difference;
};

LANES_INLINE void vd_mills_pairs(int count, const double *c, int degree, const vd *near,
                                 const vd *far, const vd *two_t, struct vd_mills *out)
{
    enum { MOST = 6 };
    vd i_near[MOST], i_far[MOST], z_near[MOST], z_far[MOST], value[MOST], divided[MOST];
    vd a[MOST], b[MOST], inverse[MOST];
    for (int u = 0; u < count; u++) {
        a[u] = vd_min(near[u], vd_set(LANES_MILLS_FAR_MAX)) + 5.5;
        b[u] = vd_min(far[u], vd_set(LANES_MILLS_FAR_MAX)) + 5.5;
        inverse[u] = 1.0 / (a[u] * b[u]);
    }
    for (int u = 0; u < count; u++) {
        i_far[u] = a[u] * inverse[u];
        /* Below 0 M grows fast: put back what near + 5.5 and the shared division lost. */
        vd lost = vd_min(near[u], vd_set(LANES_MILLS_FAR_MAX)) - (a[u] - 5.5),
           i = b[u] * inverse[u];
        i_near[u] = vd_fma(i, vd_fma(-lost, i, vd_fma(-a[u], i, vd_set(1.0))), i);
        z_near[u] = vd_fma(i_near[u], vd_set(-9.375), vd_set(77.0 / 64.0));
        z_far[u] = vd_fma(i_far[u], vd_set(-9.375), vd_set(77.0 / 64.0));
        divided[u] = vd_set(c[degree]);
        value[u] = vd_fma(divided[u], z_near[u], vd_set(c[degree - 1]));
    }
    LANES_UNROLL
    for (int k = degree - 2; k >= 0; k--) {
        vd coefficient = vd_set(c[k]);
        for (int u = 0; u < count; u++) {
            divided[u] = vd_fma(divided[u], z_far[u], value[u]);
            value[u] = vd_fma(value[u], z_near[u], coefficient);
        }
    }
    for (int u = 0; u < count; u++) {
        vd slope = divided[u] * -9.375; /* of P to i */
        vd value_far = vd_fma(slope, i_far[u] - i_near[u], value[u]);
        out[u].near = value[u] * i_near[u];
        out[u].far = value_far * i_far[u];
        out[u].difference = two_t[u] * (i_near[u] * i_far[u]) * vd_fma(slope, i_far[u], value[u]);
    }
}

/* M(a) for a >= -1.24. */
LANES_INLINE vd vd_mills(vd a)
{
    vd inverse = 1.0 / (vd_min(a, vd_set(LANES_MILLS_FAR_MAX)) + 5.5);
    vd z = vd_fma(inverse, vd_set(-9.375), vd_set(77.0 / 64.0));
    return vd_polynomial(lanes_mills_coefficients, LANES_MILLS_DEGREE, z) * inverse;
}

/* phi(x): exact in the tails too, as what x * x loses to rounding is put back. */
LANES_INLINE vd vd_normal_density(vd x)
{
    vd square = x * x, lost = vd_fma(x, x, -square);
    vd e = vd_exp_down(-0.5 * square);
    return LANES_INV_SQRT_2PI * vd_fma(e, -0.5 * lost, e);
}

/*
 * M(a) for 0 <= a <= 40 to about a rounding unit: vd_mills() with what its argument z loses to
 * rounding put back through the slope, and from 5 on a polynomial in 1 / a^2, where terms no longer
 * cancel.
 */
LANES_INLINE vd vd_mills_exact(vd a)
{
    static const double far[] = {
        0.9999999999999994, -0.9999999999983339, 2.9999999981508645, -14.999998960224495,
        104.99965533916117, -944.9262385855675,  10384.17601656322,  -133998.8732559827,
        1938985.53366792,   -29288891.80213551,  418455800.75429195, -5062512558.580699,
        46119062198.44812,  -271955891092.331,   763900175447.2539,
    };
    vd shifted = a + 5.5, lost = a - (shifted - 5.5), i = 1.0 / shifted;
    vd short_by = vd_fma(-lost, i, vd_fma(-shifted, i, vd_set(1.0)));
    vd z = vd_fma(i, vd_set(-9.375), vd_set(77.0 / 64.0));
    vd z_lost = vd_fma(i, vd_set(-9.375), 77.0 / 64.0 - z) - 9.375 * (i * short_by);
    vd value = vd_polynomial(lanes_mills_coefficients, LANES_MILLS_DEGREE, z), mills = value * i;
    vd slope = vd_fma(vd_fma(a, mills, vd_set(-1.0)), shifted, mills) * (shifted * shifted) *
               (1.0 / 9.375);
    vd correction = vd_fma(value, short_by, slope * z_lost);
    vd near = vd_fma(correction, i, mills), inverse = 1.0 / a;
    vd series = vd_polynomial(far, 14, inverse * inverse);
    return vd_select(vm_less(a, vd_set(5.0)), near, series / a);
}

/*
 * Phi(x), within 6 units of its last place down to 1e-307, below that 0. NaN for NaN.
 * Up to 1 as 1/2 + x R(x^2), beyond as phi(x) M(|x|).
 */
LANES_INLINE vd vd_normal_cdf(vd x)
{
    static const double c[] = {
        0.3989422804014327,     -0.06649038006690543,    0.009973557010035022,
        -0.0011873282154680343, 0.00011543468751655941,  -9.444655793103845e-06,
        6.659679879655231e-07,  -4.1224107514160815e-08, 2.2704137585676e-09,
        -1.106432828275589e-10, 4.0743269774266276e-12,
    };
    vd mills = vd_mills_exact(vd_min(vd_abs(x), vd_set(LANES_MILLS_FAR_MAX)));
    vd tail = vd_normal_density(x) * mills;
    vd far = vd_select(vm_greater(x, vd_set(0.0)), 1.0 - tail, tail);
    vd near = vd_fma(x, vd_polynomial(c, 10, x * x), vd_set(0.5));
    return vd_select(vm_at_most(vd_abs(x), vd_set(1.0)), near, far);
}

#endif
