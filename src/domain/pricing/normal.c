#include "domain/pricing/normal_int.h"

#include <math.h>
#include <string.h>

#include "domain/pricing/portable_int.h"

static double horner(const double *c, int degree, double z)
{
    double sum = c[degree];
    for (int i = degree - 1; i >= 0; i--)
        sum = sum * z + c[i];
    return sum;
}

/* Far out M(a) = 1/a (1 - 1/a^2 ...) : beyond this the polynomials' argument only rounds to 1. */
static const double a_max = 1e9;

double normal_mills(double a)
{
    /* (1 + a) M(a) as a polynomial in (a - 5.5) / (a + 5.5): Chebyshev fit in 60 digits. */
    static const double c[] = {
        1.1460994074211677,      -0.22143300769123153,    0.090706169305577761,
        0.0055522446068058586,   -0.053676021870088839,   0.060923796901142156,
        -0.04569574902006078,    0.025621454186090444,    -0.010659188423593494,
        0.0029044639666216134,   -0.0002042168631577392,  -0.00022699942416754202,
        9.7403388516637999e-05,  -1.2147736012067964e-06, -1.176252668483695e-05,
        2.655442423397426e-06,   1.118015403855131e-06,   -5.3936809813167972e-07,
        -9.9144151877048601e-08, 8.9728301044901985e-08,  9.341649444843601e-09,
        -1.3926280016877459e-08, -1.1016632863876649e-09, 1.840407958338363e-09,
        1.4796662947026548e-10,  -1.4616415554901527e-10, -1.3130921996629761e-11,
    };
    if (a > a_max)
        return 1.0 / a;
    return horner(c, 26, (a - 5.5) / (a + 5.5)) / (1.0 + a);
}

double normal_mills_complement(double a)
{
    /* (1 + a)^2 (1 - a M(a)) in (a - 4.5) / (a + 4.5). */
    static const double c[] = {
        1.3138297373284225,      -0.36242975046720394,    -0.092707354031310807,
        0.3116664182452536,      -0.26171087200403026,    0.098577123226761362,
        0.019214605186433642,    -0.046038790629708712,   0.024197460873968193,
        -0.0028113965665617397,  -0.0030940091642828959,  0.0012576030436532372,
        0.00029732364197170025,  -0.00026394843618200654, -3.129977076925502e-05,
        5.1095181613561461e-05,  5.7287699052515346e-06,  -9.9817419011620882e-06,
        -1.7816604802561379e-06, 1.9212034150404476e-06,  6.1013424619440711e-07,
        -3.3458347531506484e-07, -1.9129001375186377e-07, 4.4200289511704695e-08,
        5.1588262312420111e-08,  -2.2049811986168026e-09, -1.1175291181213571e-08,
        -5.7803131388157952e-10, 1.7085409685098089e-09,  1.070590854155877e-10,
        -1.3557242199238828e-10,
    };
    if (a > a_max)
        return 1.0 / a / a;
    double one_plus = 1.0 + a;
    return horner(c, 30, (a - 4.5) / (a + 4.5)) / (one_plus * one_plus);
}

double normal_density(double z)
{
    /* What the square loses to rounding counts for much in the tails. */
    double square = z * z, lost = fma(z, z, -square), e = portable_exp(-0.5 * square);
    return e > 0.0 ? NORMAL_DENSITY_AT_0 * (e - e * (0.5 * lost)) : 0.0;
}

double normal_cdf(double z)
{
    return LANES_PICK(normal_cdf_one)(z);
}

void normal_cdf_column(size_t count, const double *x, double *cdf)
{
    size_t whole = count - count % LANES_ROWS, rest = count - whole;
    LANES_PICK(normal_cdf_kernel)(whole, x, cdf);
    if (rest) {
        double in[LANES_ROWS] = { 0.0 }, out[LANES_ROWS];
        memcpy(in, x + whole, rest * sizeof *in);
        LANES_PICK(normal_cdf_kernel)(LANES_ROWS, in, out);
        memcpy(cdf + whole, out, rest * sizeof *out);
    }
}

/*
 * M(h - t) - M(h + t) for 0 <= t <= h or small. With I_k = (-1)^k M^(k)(h), all positive, the
 * difference is 2 sum over odd k of t^k / k! I_k, and I_(k+1) = k I_(k-1) - h I_k. Forward
 * recurrence loses digits in the high terms only, which count little while t is small against 1 /
 * h.
 */
static double mills_difference_series(double h, double t)
{
    double before = normal_mills(h), now = normal_mills_complement(h);
    double weight = t, sum = t * now;
    for (int k = 1; k < 31; k += 2) {
        double next = k * before - h * now;
        double after = (k + 1) * now - h * next;
        weight *= t * t / ((k + 1) * (k + 2));
        double term = weight * after;
        sum += term;
        if (!(fabs(term) > 1e-17 * sum))
            break;
        before = next;
        now = after;
    }
    return 2.0 * sum;
}

struct normalised_black normalised_black(double x, double s)
{
    double h = x / s, t = 0.5 * s;
    double exponent = 0.5 * (h * h + t * t);
    struct normalised_black b;
    b.slope = NORMAL_DENSITY_AT_0 * portable_exp(-exponent);
    if (t >= h) {
        /* Past the inflection point: b is no longer small, and M(h - t) would overflow. */
        double far = b.slope * normal_mills(h + t);
        double near = portable_exp(-0.5 * x);
        b.missing = near * normal_cdf(h - t) + far;
        if (t <= 0.5) {
            b.ratio = mills_difference_series(h, t);
            b.price = b.slope * b.ratio;
        } else {
            b.price = near * normal_cdf(t - h) - far;
            b.ratio = b.price / b.slope;
        }
        return b;
    }
    if (t <= 0.5 * normal_mills(h))
        b.ratio = mills_difference_series(h, t);
    else
        b.ratio = normal_mills(h - t) - normal_mills(h + t);
    b.price = b.slope * b.ratio;
    b.missing = portable_exp(-0.5 * x) - b.price;
    return b;
}

double log_ratio(double a, double b)
{
    if (a > 0.5 * b && b > 0.5 * a)
        return portable_log1p((a - b) / b);
    double ratio = a / b;
    if (ratio > 1e-300 && ratio < 1e300)
        return portable_log(ratio);
    return portable_log(a) - portable_log(b);
}
