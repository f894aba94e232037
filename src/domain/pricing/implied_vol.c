#include "domain/pricing/implied_vol.h"

#include <float.h>
#include <math.h>

#include "domain/pricing/european_int.h"
#include "domain/pricing/normal_int.h"
#include "domain/pricing/portable_int.h"

/* More than ten times what any double input was seen to need; reaching it is a defect. */
enum { STEPS_MAX = 100 };

/*
 * Start from the normal (Bachelier) model, where the price over the distance to the strike is
 * phi(h) (1 - h M(h)) / h, a function of the one number h = distance / total vol. Newton steps on
 * its logarithm against ln h; the slope is smooth from -1 (near the money) to -h^2 (far out).
 */
static double guess_total_vol(double x, double beta)
{
    double distance = 2.0 * portable_sinh(0.5 * x);
    if (!(distance > 1e-8 * beta))
        return beta / NORMAL_DENSITY_AT_0;
    double log_target = portable_log(beta) - portable_log(distance);
    double h = log_target > -1.5 ? NORMAL_DENSITY_AT_0 * distance / beta : sqrt(-2.0 * log_target);
    if (h > 1.0 && log_target > -1.5)
        h = 1.0;
    for (int i = 0; i < 4; i++) {
        double complement = normal_mills_complement(h);
        double error =
            portable_log(NORMAL_DENSITY_AT_0 * complement / h) - 0.5 * h * h - log_target;
        double slope = -h * normal_mills(h) / complement - 1.0;
        double step = -error / slope;
        h *= portable_exp(fmin(fmax(step, -2.0), 2.0));
    }
    double s = x / h;
    return s < 1.5 ? s * (1.0 + s * s / 24.0 * (1.0 - x * x / 120.0)) : s;
}

/* ln(b(s) / beta), or ln(missing) against its target on the upper side; *slope is its derivative.
 */
static double log_error(double x, double s, double beta, double beta_missing, bool is_upper,
                        double *slope)
{
    struct normalised_black b = normalised_black(x, s);
    if (is_upper) {
        *slope = -b.slope / b.missing;
        return log_ratio(b.missing, beta_missing);
    }
    *slope = 1.0 / b.ratio;
    if (b.price > 0.5 * beta && b.price > 1e-290)
        return log_ratio(b.price, beta);
    double h = x / s, t = 0.5 * s;
    return -0.5 * (h * h + t * t) + portable_log(NORMAL_DENSITY_AT_0 * b.ratio) -
           portable_log(beta);
}

/* Householder's third-order step for f with f''/f' = g - f', where g = b''/b'. */
static double householder_step(double x, double s, double error, double slope)
{
    double newton = -error / slope;
    double ratio = x / s, g = (ratio * ratio - 0.25 * s * s) / s;
    double g_slope = -3.0 * ratio * ratio / (s * s) - 0.25;
    double second = g - slope;
    double third = g * g + g_slope - 3.0 * slope * g + 2.0 * slope * slope;
    double step =
        newton * (1.0 + 0.5 * second * newton) / (1.0 + newton * (second + newton * third / 6.0));
    /* Far from the solution the higher orders can point anywhere. */
    return step * newton > 0.0 && fabs(step) < 3.0 * fabs(newton) ? step : newton;
}

uint8_t implied_total_vol(double x, double beta, double *total_vol)
{
    *total_vol = NAN;
    if (!is_not_negative(x) || !is_not_negative(beta))
        return PRICING_BAD_INPUT;
    if (beta == 0.0)
        return PRICING_ZERO_PRICE;
    double most = portable_exp(-0.5 * x);
    if (beta >= most)
        return PRICING_ABOVE_MAX;
    double inflection = sqrt(2.0 * x), low = 0.0, high = INFINITY;
    if (x > 0.0) {
        if (beta < normalised_black(x, inflection).price)
            high = inflection;
        else
            low = inflection;
    }
    bool is_upper = beta > 0.5 * most && low == inflection;
    double s = guess_total_vol(x, beta);
    if (!(s > low && s < high))
        s = high < INFINITY ? 0.9 * high : fmax(1.2 * low, 1e-300);
    for (int i = 0; i < STEPS_MAX; i++) {
        double slope, error = log_error(x, s, beta, most - beta, is_upper, &slope);
        if (error == 0.0)
            break;
        bool is_high = is_upper ? error < 0.0 : error > 0.0;
        if (is_high)
            high = s;
        else
            low = s;
        double step = householder_step(x, s, error, slope), next = s + step;
        if (!(next > low && next < high)) {
            /* At the last digit the bracket is a few units wide and a step may land on its edge. */
            if (fabs(step) <= 4.0 * DBL_EPSILON * s || high - low <= 2.0 * DBL_EPSILON * s)
                break;
            next = high == INFINITY ? 2.0 * s : low > 0.0 ? 0.5 * (low + high) : 0.25 * high;
            step = next - s;
        }
        /* A fourth-order step this small, on the scale where f bends, leaves nothing to gain. */
        double h = x / s, bend = 1.0 + h * h + s * s;
        s = next;
        if (fabs(step) * bend <= 1e-5 * s) {
            *total_vol = s;
            return PRICING_OK;
        }
        if (i == STEPS_MAX - 1)
            return PRICING_NOT_CONVERGED;
    }
    *total_vol = s;
    return PRICING_OK;
}

/* terms are those of the expiry at this strike, or NULL when either is bad input. */
static uint8_t implied_vol_one(const struct european_terms *terms,
                               const struct black76_expiry *expiry, double strike, int sign,
                               double price, double *sigma)
{
    *sigma = NAN;
    if (!terms || (sign != OPTION_SIGN_CALL && sign != OPTION_SIGN_PUT) || isinf(price))
        return PRICING_BAD_INPUT;
    if (isnan(price))
        return PRICING_NO_PRICE;
    if (terms->years == 0.0)
        return PRICING_EXPIRED;
    double forward = expiry->forward, discount = expiry->discount;
    double gain = forward - strike;
    double value = price;
    if (price < 0.0)
        return PRICING_BELOW_INTRINSIC;
    if (price == 0.0)
        return sign * gain > 0.0 ? PRICING_BELOW_INTRINSIC : PRICING_ZERO_PRICE;
    if (price >= discount * (sign > 0 ? forward : strike))
        return PRICING_ABOVE_MAX;
    if (sign * gain > 0.0) {
        /* What is left over the discounted payoff, without rounding on the way: deep in the money
         * it is all the information there is. */
        double big = forward > strike ? forward : strike,
               small = forward > strike ? strike : forward;
        double gain_error = (big - fabs(gain)) - small;
        value = fma(-discount, fabs(gain), price) - discount * gain_error;
        if (value < 0.0)
            return PRICING_BELOW_INTRINSIC;
        if (value == 0.0)
            return PRICING_AT_INTRINSIC;
    }
    double beta = value / discount / sqrt(forward) / sqrt(strike), total_vol;
    uint8_t status = implied_total_vol(fabs(terms->log_moneyness), beta, &total_vol);
    double answer = total_vol / sqrt(terms->variance_years);
    if (status == PRICING_ZERO_PRICE || status == PRICING_ABOVE_MAX || status == PRICING_BAD_INPUT)
        return PRICING_NO_INFORMATION; /* the price is in range: it was lost in scaling */
    if (status == PRICING_OK && !is_positive(answer))
        return PRICING_NO_INFORMATION;
    if (status == PRICING_OK)
        *sigma = answer;
    return status;
}

size_t implied_vol_chain(const struct black76_expiry *expiry, size_t count, const double *strike,
                         const int8_t *sign, const double *price, double *sigma, uint8_t *status)
{
    struct european_terms terms;
    bool is_good = european_terms_of_expiry(&terms, expiry);
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_row_good = is_good && european_terms_at(&terms, expiry, strike[i]);
        uint8_t row = implied_vol_one(is_row_good ? &terms : NULL, expiry, strike[i], sign[i],
                                      price[i], &sigma[i]);
        if (status)
            status[i] = row;
        bad += row != PRICING_OK;
    }
    return bad;
}

size_t implied_vol(size_t count, const struct black76_terms *terms, const double *price,
                   double *sigma, uint8_t *status)
{
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        struct black76_expiry expiry = { .forward = terms->forward[i],
                                         .discount = terms->discount[i],
                                         .years = terms->years[i] };
        bad += implied_vol_chain(&expiry, 1, &terms->strike[i], &terms->sign[i], &price[i],
                                 &sigma[i], status ? &status[i] : NULL);
    }
    return bad;
}
