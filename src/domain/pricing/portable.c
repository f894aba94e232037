#include "domain/pricing/portable_int.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* ln 2 in two parts; a whole number below 2^12 times the first is exact. */
static const double ln2_high = 0x1.62e42fefa2p-1, ln2_low = 0x1.9ef35793c7673p-41;

static double power_of_two(int k)
{
    uint64_t bits = (uint64_t)(k + 1023) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* exp(r) - 1 - r for |r| <= 0.35: Taylor, the first term left out is below 1e-17 of the sum. */
static double exp_tail(double r)
{
    static const double c[] = {
        1.0 / 2.0,           1.0 / 6.0,        1.0 / 24.0,        1.0 / 120.0,
        1.0 / 720.0,         1.0 / 5040.0,     1.0 / 40320.0,     1.0 / 362880.0,
        1.0 / 3628800.0,     1.0 / 39916800.0, 1.0 / 479001600.0, 1.0 / 6227020800.0,
        1.0 / 87178291200.0,
    };
    double sum = c[12];
    for (int i = 11; i >= 0; i--)
        sum = sum * r + c[i];
    return r * r * sum;
}

double portable_exp(double x)
{
    if (!(x > -746.0))
        return isnan(x) ? x : 0.0;
    if (x > 710.0)
        return INFINITY;
    int k = (int)(x * 1.4426950408889634074 + (x < 0.0 ? -0.5 : 0.5));
    double high = x - k * ln2_high, low = k * ln2_low, r = high - low;
    double lost = (high - r) - low;
    double value = 1.0 + (r + (exp_tail(r) + lost));
    /* In two steps where the power itself would not be a normal number. */
    int half = k / 2;
    return value * power_of_two(half) * power_of_two(k - half);
}

double portable_expm1(double x)
{
    return fabs(x) <= 0.35 ? x + exp_tail(x) : portable_exp(x) - 1.0;
}

double portable_sinh(double x)
{
    double e = portable_expm1(fabs(x));
    return copysign(0.5 * (e + e / (e + 1.0)), x);
}

/*
 * k ln 2 + ln(1 + f) for f in [-0.3, 0.42]. With s = f / (2 + f), ln(1 + f) = 2 atanh(s) = 2 s + s
 * R(s^2) = f - (f^2/2 - s (f^2/2 + R)): the large part, f, is exact.
 */
static double log_near_one(int k, double f)
{
    static const double c[] = { 2.0 / 3.0,  2.0 / 5.0,  2.0 / 7.0,  2.0 / 9.0,  2.0 / 11.0,
                                2.0 / 13.0, 2.0 / 15.0, 2.0 / 17.0, 2.0 / 19.0, 2.0 / 21.0 };
    double s = f / (2.0 + f), z = s * s, half = 0.5 * f * f, sum = c[9];
    for (int i = 8; i >= 0; i--)
        sum = sum * z + c[i];
    double rest = s * (half + z * sum);
    if (k == 0)
        return f - (half - rest);
    return k * ln2_high - ((half - (rest + k * ln2_low)) - f);
}

double portable_log(double x)
{
    if (!(x > 0.0))
        return x == 0.0 ? -INFINITY : NAN;
    if (isinf(x))
        return x;
    int k = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        k = -54;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    k += (int)(bits >> 52) - 1023;
    bits = (bits & 0xfffffffffffffu) | (UINT64_C(1023) << 52);
    memcpy(&x, &bits, sizeof x);
    if (x > 1.4142135623730951) {
        x *= 0.5;
        k++;
    }
    return log_near_one(k, x - 1.0);
}

double portable_log1p(double x)
{
    if (x >= -0.29 && x <= 0.41)
        return log_near_one(0, x);
    double sum = 1.0 + x;
    return isfinite(sum) && sum > 0.0 ? portable_log(sum) + (x - (sum - 1.0)) / sum
                                      : portable_log(sum);
}
