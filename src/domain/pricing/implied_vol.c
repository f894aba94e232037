#include "domain/pricing/implied_vol.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "domain/pricing/european_int.h"
#include "domain/pricing/implied_vol_lanes_int.h"
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

/* Rows at a time. */
enum { CHUNK = 256 };

/* The long way: any doubles, one row. */
static uint8_t solve_row(const struct implied_vol_job *job, const struct black76_expiry *shared,
                         size_t i)
{
    struct black76_expiry own;
    if (!job->is_chain)
        own = (struct black76_expiry){ .forward = job->forward[i],
                                       .discount = job->discount[i],
                                       .years = job->years[i] };
    const struct black76_expiry *expiry = job->is_chain ? shared : &own;
    struct european_terms terms;
    bool is_good = european_terms_of_expiry(&terms, expiry) &&
                   european_terms_at(&terms, expiry, job->strike[i]);
    return implied_vol_one(is_good ? &terms : NULL, expiry, job->strike[i], job->sign[i],
                           job->price[i], &job->sigma[i]);
}

static const double *pad(const double *column, size_t from, size_t count, double room[LANES_ROWS])
{
    if (!column)
        return NULL;
    for (size_t i = 0; i < LANES_ROWS; i++)
        room[i] = column[from + (i < count ? i : count - 1)];
    return room;
}

/* The last rows, fewer than LANES_ROWS: repeat the last one. */
static void run_tail(const struct implied_vol_job *job, size_t from, size_t count, uint8_t *odd)
{
    struct implied_vol_job part = *job;
    double in[5][LANES_ROWS], sigma[LANES_ROWS];
    int8_t sign[LANES_ROWS];
    for (size_t i = 0; i < LANES_ROWS; i++)
        sign[i] = job->sign[from + (i < count ? i : count - 1)];
    part.count = LANES_ROWS;
    part.forward = pad(job->forward, from, count, in[0]);
    part.discount = pad(job->discount, from, count, in[1]);
    part.years = pad(job->years, from, count, in[2]);
    part.strike = pad(job->strike, from, count, in[3]);
    part.price = pad(job->price, from, count, in[4]);
    part.sign = sign;
    part.sigma = sigma;
    part.odd = odd;
    LANES_PICK(implied_vol_kernel)(&part);
    memcpy(job->sigma + from, sigma, count * sizeof *sigma);
}

static size_t run_chunk(const struct implied_vol_job *job, size_t from, size_t count, uint8_t *odd)
{
    if (count < LANES_ROWS) {
        run_tail(job, from, count, odd);
        return count;
    }
    struct implied_vol_job part = *job;
    part.count = count;
    if (!job->is_chain) {
        part.forward += from;
        part.discount += from;
        part.years += from;
    }
    part.strike += from;
    part.price += from;
    part.sign += from;
    part.sigma += from;
    part.odd = odd;
    return LANES_PICK(implied_vol_kernel)(&part);
}

/* is_quick false: the shared terms are outside what the vectors cover. */
static size_t solve(const struct implied_vol_job *job, const struct black76_expiry *shared,
                    bool is_quick, size_t count, uint8_t *status)
{
    size_t bad = 0;
    uint8_t odd[CHUNK];
    for (size_t from = 0, rows; from < count; from += rows) {
        rows = count - from < CHUNK ? count - from : CHUNK;
        if (rows >= LANES_ROWS)
            rows -= rows % LANES_ROWS;
        memset(odd, is_quick ? 0 : 1, sizeof odd);
        size_t odd_count = is_quick ? run_chunk(job, from, rows, odd) : rows;
        if (status)
            memset(status + from, PRICING_OK, rows);
        for (size_t i = 0; odd_count && i < rows; i++) {
            if (!odd[i])
                continue;
            uint8_t row = solve_row(job, shared, from + i);
            if (status)
                status[from + i] = row;
            bad += row != PRICING_OK;
        }
    }
    return bad;
}

size_t implied_vol_chain(const struct black76_expiry *expiry, size_t count, const double *strike,
                         const int8_t *sign, const double *price, double *sigma, uint8_t *status)
{
    double clock = expiry->variance_years == 0.0 ? expiry->years : expiry->variance_years;
    struct implied_vol_job job = { .is_chain = true,
                                   .shared_forward = expiry->forward,
                                   .shared_discount = expiry->discount,
                                   .strike = strike,
                                   .price = price,
                                   .sign = sign,
                                   .sigma = sigma };
    struct european_terms terms;
    bool is_quick = european_terms_of_expiry(&terms, expiry) && expiry->forward >= 1e-6 &&
                    expiry->forward <= 1e9 && expiry->discount >= 1e-20 &&
                    expiry->discount <= 1e20 && expiry->years > 0.0 && clock >= 1e-12 &&
                    clock <= 1e4;
    if (is_quick)
        job.shared_root = sqrt(clock);
    return solve(&job, expiry, is_quick, count, status);
}

size_t implied_vol(size_t count, const struct black76_terms *terms, const double *price,
                   double *sigma, uint8_t *status)
{
    struct implied_vol_job job = { .forward = terms->forward,
                                   .discount = terms->discount,
                                   .years = terms->years,
                                   .strike = terms->strike,
                                   .price = price,
                                   .sign = terms->sign,
                                   .sigma = sigma };
    return solve(&job, NULL, true, count, status);
}
