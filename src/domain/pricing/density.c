#include "domain/pricing/density.h"

#include <stdlib.h>

#include "domain/pricing/normal_int.h"
#include "domain/pricing/portable_int.h"
#include "domain/pricing/surface_int.h"

/* ---- touching -------------------------------------------------------------------------------- */

static double touch(double spot, double barrier, double forward, double w)
{
    double h = fabs(log_ratio(barrier, spot)), v = sqrt(w);
    double drift = log_ratio(forward, spot) - 0.5 * w, u = barrier > spot ? drift : -drift;
    /* exp(2uh/w) Phi(z) = phi((h - u) / v) M(-z): the factors alone can overflow. */
    double z = (h + u) / v;
    double mirrored = z > 0.0 ? normal_density((h - u) / v) * normal_mills(z)
                              : portable_exp(2.0 * u * h / w) * normal_cdf(-z);
    return fmin(normal_cdf((u - h) / v) + mirrored, 1.0);
}

size_t density_touch(size_t count, const struct touch_terms *t, double *probability,
                     uint8_t *status)
{
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_good = is_positive(t->spot[i]) && is_positive(t->barrier[i]) &&
                       is_positive(t->forward[i]) && is_positive(t->w[i]);
        probability[i] = is_good ? touch(t->spot[i], t->barrier[i], t->forward[i], t->w[i]) : NAN;
        uint8_t answer = !is_good                   ? PRICING_BAD_INPUT
                         : isfinite(probability[i]) ? PRICING_OK
                                                    : PRICING_OUT_OF_RANGE;
        if (status)
            status[i] = answer;
        bad += answer != PRICING_OK;
    }
    return bad;
}

/* ---- payoffs --------------------------------------------------------------------------------- */

static double payoff_at(const struct payoff *p, double spot)
{
    double sum = 0.0;
    for (size_t i = 0; i < p->count; i++) {
        double gain = p->sign[i] ? p->sign[i] * (spot - p->strike[i]) : spot;
        sum += p->quantity[i] * (p->sign[i] ? fmax(gain, 0.0) : gain);
    }
    return sum;
}

/* Of the payoff above every strike. */
static double last_slope(const struct payoff *p)
{
    double slope = 0.0;
    for (size_t i = 0; i < p->count; i++)
        slope += p->sign[i] >= 0 ? p->quantity[i] : 0.0;
    return slope;
}

/* Risk-neutral probability of ending below spot. */
static double below(const struct surface_slice *slice, double spot)
{
    if (!(spot > 0.0))
        return 0.0;
    double k = log_ratio(spot, slice->forward), share;
    return surface_smile(slice, 1, &k, &(struct svi_columns){ .below = &share })
               ? NAN
               : fmin(fmax(share, 0.0), 1.0);
}

static double expected_payoff(const struct surface_slice *slice, const struct payoff *p)
{
    double sum = 0.0, forward = slice->forward;
    for (size_t i = 0; i < p->count; i++) {
        double value = forward;
        if (p->sign[i]) {
            double k = log_ratio(p->strike[i], forward), root = sqrt(surface_at(slice, k).w);
            value = normalised_black(fabs(k), root).price * sqrt(forward * p->strike[i]) +
                    fmax(p->sign[i] * (forward - p->strike[i]), 0.0);
        }
        sum += p->quantity[i] * value;
    }
    return sum;
}

static bool is_payoff(const struct payoff *p)
{
    if (p->count == 0 || p->count > PAYOFF_LEGS_MAX)
        return false;
    for (size_t i = 0; i < p->count; i++) {
        if (p->sign[i] < -1 || p->sign[i] > 1 || !isfinite(p->quantity[i]) ||
            (p->sign[i] && !is_positive(p->strike[i])))
            return false;
    }
    return true;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between two corners the payoff is straight; high may be infinite, with the slope then. */
struct piece {
    double low, high, at_low, at_high; /* net of the cost */
};

static void add_break(struct payoff_odds *odds, double at)
{
    if (odds->break_count < PAYOFF_BREAKS_MAX &&
        (!odds->break_count || at > odds->breaks[odds->break_count - 1]))
        odds->breaks[odds->break_count++] = at;
}

static void add_piece(const struct surface_slice *slice, const struct piece *p,
                      struct payoff_odds *odds)
{
    double low = p->low, high = p->high;
    if (!(p->at_low > 0.0) && !(p->at_high > 0.0)) {
        if (p->at_low == 0.0 && low > 0.0)
            add_break(odds, low);
        return;
    }
    if (!(p->at_low > 0.0) || !(p->at_high > 0.0)) { /* crosses, or starts or ends on the cost */
        double slope = isinf(high) ? p->at_high : (p->at_high - p->at_low) / (high - low);
        double at = low - p->at_low / slope;
        add_break(odds, fmin(fmax(at, low), high));
        *(p->at_low > 0.0 ? &high : &low) = at;
    }
    odds->profit += (isinf(high) ? 1.0 : below(slice, high)) - below(slice, low);
}

uint8_t density_payoff(const struct surface_slice *slice, const struct payoff *payoff, double cost,
                       struct payoff_odds *odds)
{
    double corner[PAYOFF_LEGS_MAX + 1] = { 0.0 };
    size_t corners = 1;
    *odds = (struct payoff_odds){ .profit = NAN, .expected = NAN, .best = NAN, .worst = NAN };
    if (!svi_is_valid(&slice->base) || !is_positive(slice->forward) || !isfinite(cost) ||
        !is_payoff(payoff))
        return PRICING_BAD_INPUT;
    for (size_t i = 0; i < payoff->count; i++)
        if (payoff->sign[i])
            corner[corners++] = payoff->strike[i];
    qsort(corner, corners, sizeof corner[0], compare);
    double slope = last_slope(payoff);
    odds->profit = 0.0;
    odds->best = odds->worst = payoff_at(payoff, 0.0) - cost;
    for (size_t i = 0; i < corners; i++) {
        bool is_last = i + 1 == corners;
        struct piece piece = { .low = corner[i], .high = is_last ? INFINITY : corner[i + 1] };
        piece.at_low = payoff_at(payoff, piece.low) - cost;
        piece.at_high = is_last ? slope : payoff_at(payoff, piece.high) - cost;
        odds->best = fmax(odds->best, piece.at_low);
        odds->worst = fmin(odds->worst, piece.at_low);
        if (is_last && slope == 0.0)
            piece.at_high = piece.at_low;
        if (piece.high > piece.low)
            add_piece(slice, &piece, odds);
    }
    if (slope > 0.0)
        odds->best = INFINITY;
    if (slope < 0.0)
        odds->worst = -INFINITY;
    odds->expected = expected_payoff(slice, payoff);
    odds->profit = fmin(fmax(odds->profit, 0.0), 1.0);
    return isfinite(odds->profit) && isfinite(odds->expected) ? PRICING_OK : PRICING_OUT_OF_RANGE;
}

/* ---- how far --------------------------------------------------------------------------------- */

/* The spot below which S ends with probability p, by halving in k. */
static double spot_at(const struct surface_slice *slice, double p)
{
    enum { HALVINGS = 70 };
    double reach = 40.0 * sqrt(svi_w(&slice->base, 0.0)) + 1.0, low = -reach, high = reach;
    for (int i = 0; i < HALVINGS; i++) {
        double k = 0.5 * (low + high);
        *(below(slice, slice->forward * portable_exp(k)) > p ? &high : &low) = k;
    }
    return slice->forward * portable_exp(0.5 * (low + high));
}

uint8_t density_expected_move(const struct surface_slice *slice, double share,
                              struct expected_move *move)
{
    *move = (struct expected_move){ NAN, NAN, NAN, NAN };
    if (!svi_is_valid(&slice->base) || !is_positive(slice->forward) ||
        !(share > 0.0 && share < 1.0))
        return PRICING_BAD_INPUT;
    double v = sqrt(surface_at(slice, 0.0).w), tail = 0.5 * (1.0 - share);
    move->deviation = slice->forward * v;
    move->straddle = 2.0 * slice->forward * normalised_black(0.0, v).price;
    move->low = spot_at(slice, tail);
    move->high = spot_at(slice, 1.0 - tail);
    return PRICING_OK;
}
