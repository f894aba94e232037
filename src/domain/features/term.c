#include "domain/features/term.h"

#include "base/attr.h"
#include "domain/pricing/portable.h"

static bool is_vol(double vol)
{
    return vol > 0 && vol < 1e3;
}

double smile_atm(size_t count, const double *strike, const double *vol, double forward,
                 double gap_max)
{
    if (!feature_is_price(forward))
        return NAN;
    size_t below = SIZE_MAX, above = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        if (!is_vol(vol[i]) || !feature_is_price(strike[i]))
            continue;
        if (strike[i] <= forward)
            below = i;
        if (strike[i] >= forward) {
            above = i;
            break;
        }
    }
    if (below == SIZE_MAX || above == SIZE_MAX)
        return NAN;
    double low = strike[below], high = strike[above];
    if (!(fmax(forward - low, high - forward) <= gap_max * forward))
        return NAN;
    if (below == above || high <= low)
        return vol[below];
    double share = portable_log(forward / low) / portable_log(high / low);
    return vol[below] + share * (vol[above] - vol[below]);
}

double smile_at_delta(size_t count, const double *delta, const double *vol, double target)
{
    double best = NAN, best_low = INFINITY, last_delta = NAN, last_vol = NAN;
    for (size_t i = 0; i < count; i++) {
        double d = fabs(delta[i]);
        if (!is_vol(vol[i]) || !(d <= 1))
            continue;
        double low = fmin(d, last_delta), high = fmax(d, last_delta);
        bool around = !isnan(last_delta) && low <= target && target <= high;
        /* The pair with the smaller delta lies farther out. */
        if (around && high - low <= 0.2 && low < best_low) {
            best_low = low;
            double share = d == last_delta ? 0.0 : (target - last_delta) / (d - last_delta);
            best = last_vol + share * (vol[i] - last_vol);
        }
        last_delta = d;
        last_vol = vol[i];
    }
    return best;
}

double tenor_vol(size_t count, const double *years, const double *vol, double target_years)
{
    double before_t = NAN, before_w = NAN;
    for (size_t i = 0; i < count && target_years > 0; i++) {
        double t = years[i], w = vol[i] * vol[i] * t;
        if (!is_vol(vol[i]) || !(t > 0) || !(t < 1e4))
            continue;
        if (t == target_years)
            return vol[i];
        if (t > target_years) {
            if (isnan(before_t))
                return NAN;
            double at = before_w + (w - before_w) * (target_years - before_t) / (t - before_t);
            return sqrt(at / target_years);
        }
        before_t = t;
        before_w = w;
    }
    return NAN;
}

double forward_variance(double t1, double v1, double t2, double v2)
{
    return t1 >= 0 && t2 > t1 ? (v2 * v2 * t2 - v1 * v1 * t1) / (t2 - t1) : NAN;
}

double forward_vol(double t1, double v1, double t2, double v2)
{
    double variance = forward_variance(t1, v1, t2, v2);
    return variance >= 0 ? sqrt(variance) : NAN;
}

enum term_state term_state(double near, double far, double band)
{
    if (!is_vol(near) || !is_vol(far))
        return TERM_UNKNOWN;
    double ratio = near / far;
    return ratio < 1 - band ? TERM_CONTANGO : ratio > 1 + band ? TERM_BACKWARDATION : TERM_FLAT;
}

const char *term_state_name(enum term_state state)
{
    static const char *const names[] = { "unknown", "contango", "flat", "backwardation" };
    MUST((unsigned)state < ARRAY_COUNT(names));
    return names[state];
}

double expected_move_sigma(double spot, double vol, double days)
{
    return feature_is_price(spot) && is_vol(vol) && days >= 0 ? spot * vol * sqrt(days / 365) : NAN;
}

double expected_move_from_straddle(double straddle)
{
    return straddle >= 0 ? straddle * 1.25331413731550025 : NAN; /* sqrt(pi / 2) */
}

double expected_move_blend(double straddle, double strangle1, double strangle2)
{
    return 0.6 * straddle + 0.3 * strangle1 + 0.1 * strangle2;
}

double expected_move_cover(double distance, double sigma)
{
    return sigma > 0 && distance >= 0 ? erf(distance / sigma * M_SQRT1_2) : NAN;
}
