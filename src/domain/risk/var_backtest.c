#include "domain/risk/var_backtest.h"

#include <math.h>

static const struct likelihood_ratio NOTHING = { NAN, NAN };

static double times_log(double n, double p)
{
    return n == 0.0 ? 0.0 : n * log(p);
}

/* P(chi2(1) > value), P(chi2(2) > value) */
static double beyond_1(double value)
{
    return erfc(sqrt(0.5 * fmax(value, 0.0)));
}

static double beyond_2(double value)
{
    return exp(-0.5 * fmax(value, 0.0));
}

struct likelihood_ratio kupiec(int64_t days, int64_t exceedances, double rate)
{
    if (days <= 0 || exceedances < 0 || exceedances > days || !(rate > 0.0 && rate < 1.0))
        return NOTHING;
    double n = (double)days, x = (double)exceedances, seen = x / n;
    double value = -2.0 * (times_log(n - x, 1.0 - rate) + times_log(x, rate) -
                           times_log(n - x, 1.0 - seen) - times_log(x, seen));
    value = fmax(value, 0.0);
    return (struct likelihood_ratio){ value, beyond_1(value) };
}

static double binomial_to(int64_t days, int64_t count, double rate)
{
    double sum = 0.0, n = (double)days;
    for (int64_t k = 0; k <= count && k <= days; k++) {
        double x = (double)k;
        sum += exp(lgamma(n + 1.0) - lgamma(x + 1.0) - lgamma(n - x + 1.0) + x * log(rate) +
                   (n - x) * log1p(-rate));
    }
    return sum < 1.0 ? sum : 1.0;
}

void kupiec_region(int64_t days, double rate, double level, int64_t *least, int64_t *most)
{
    *least = *most = -1;
    for (int64_t x = 0; x <= days; x++) {
        bool is_few = (double)x < rate * (double)days;
        bool passes =
            kupiec(days, x, rate).p >= level || (is_few && binomial_to(days, x, rate) >= level);
        if (passes && *least < 0)
            *least = x;
        if (passes)
            *most = x;
        else if (!is_few)
            break;
    }
}

void christoffersen(size_t days, const bool *exceeds, double rate, struct christoffersen *out)
{
    int64_t n[2][2] = { { 0 } }, total = 0;
    for (size_t i = 0; i < days; i++) {
        total += exceeds[i];
        if (i > 0)
            n[exceeds[i - 1]][exceeds[i]]++;
    }
    *out = (struct christoffersen){
        n[0][0], n[0][1], n[1][0], n[1][1], kupiec((int64_t)days, total, rate), NOTHING, NOTHING
    };
    if (days < 2 || isnan(out->unconditional.value))
        return;
    double a = (double)n[0][0], b = (double)n[0][1], c = (double)n[1][0], d = (double)n[1][1];
    double all = (b + d) / (a + b + c + d);
    double after_0 = a + b > 0.0 ? b / (a + b) : 0.0, after_1 = c + d > 0.0 ? d / (c + d) : 0.0;
    double value =
        -2.0 * (times_log(a + c, 1.0 - all) + times_log(b + d, all) - times_log(a, 1.0 - after_0) -
                times_log(b, after_0) - times_log(c, 1.0 - after_1) - times_log(d, after_1));
    value = fmax(value, 0.0);
    out->independence = (struct likelihood_ratio){ value, beyond_1(value) };
    value += out->unconditional.value;
    out->conditional = (struct likelihood_ratio){ value, beyond_2(value) };
}

struct traffic_light traffic_light(int64_t days, int64_t exceedances, double rate)
{
    static const double plus[] = { 0, 0, 0, 0, 0, 0.40, 0.50, 0.65, 0.75, 0.85, 1.00 };
    struct traffic_light out = { ZONE_GREEN, NAN, NAN };
    if (days <= 0 || exceedances < 0 || exceedances > days || !(rate > 0.0 && rate < 1.0))
        return out;
    out.cumulative = binomial_to(days, exceedances, rate);
    out.zone = out.cumulative < 0.95     ? ZONE_GREEN
               : out.cumulative < 0.9999 ? ZONE_YELLOW
                                         : ZONE_RED;
    if (days == 250 && fabs(rate - 0.01) < 1e-12)
        out.plus_factor = plus[exceedances < 10 ? exceedances : 10];
    return out;
}

double acerbi_szekely(size_t days, const double *profit, const double *var, const double *shortfall,
                      double tail, int64_t *exceedances)
{
    double sum = 0.0;
    int64_t count = 0;
    for (size_t i = 0; i < days; i++) {
        if (!(shortfall[i] > 0.0))
            return NAN;
        if (profit[i] + var[i] >= 0.0)
            continue;
        count++;
        sum += profit[i] / ((double)days * tail * shortfall[i]);
    }
    if (exceedances)
        *exceedances = count;
    return days > 0 && tail > 0.0 ? sum + 1.0 : NAN;
}
