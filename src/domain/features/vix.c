#include "domain/features/vix.h"

#include <stdlib.h>

#include "base/attr.h"
#include "domain/pricing/portable.h"

static double mid_of(double bid, double ask)
{
    return bid >= 0 && ask > 0 && bid <= ask && ask < FEATURE_PRICE_MAX ? (bid + ask) / 2 : NAN;
}

static bool has_bid(double bid)
{
    return bid > 0; /* false for NaN */
}

static enum vix_status fail(struct vix_strip *strip, enum vix_status status)
{
    *strip = (struct vix_strip){ .forward = NAN, .k0 = NAN, .variance = NAN, .status = status };
    return status;
}

static bool ascends(const double *strike, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!feature_is_price(strike[i]) || (i && strike[i] <= strike[i - 1]))
            return false;
    return true;
}

/* One option's share of the sum. up, down: the neighbours used; the option's own strike where it
 * has none on a side. */
static double share(double strike, double down, double up, double growth, double price)
{
    double width = down == strike || up == strike ? up - down : (up - down) / 2;
    return width / (strike * strike) * growth * price;
}

struct side {
    const double *strike, *bid, *ask;
    double growth;
    size_t k0, end; /* from k0 (not included) step by step to end */
    int step;
    uint32_t used;
    double sum;     /* of all used but the one nearest to K0, whose other neighbour is K0 */
    double nearest; /* strike; NaN: none */
};

/* Walk outward from K0. An option is added once its outer neighbour is known. */
static void walk(struct side *side)
{
    double inner = side->strike[side->k0], here = NAN, price = NAN;
    int without_bid = 0;
    side->nearest = NAN;
    for (size_t i = side->k0; i != side->end && without_bid < 2;) {
        i += (size_t)side->step;
        double mid = mid_of(side->bid[i], side->ask[i]);
        if (!has_bid(side->bid[i])) {
            without_bid++;
            continue;
        }
        without_bid = 0;
        if (isnan(mid))
            continue;
        double strike = side->strike[i];
        if (isnan(side->nearest))
            side->nearest = strike;
        else
            side->sum += share(here, fmin(inner, strike), fmax(inner, strike), side->growth, price);
        if (!isnan(here))
            inner = here;
        here = strike;
        price = mid;
        side->used++;
        /* inner is now the neighbour of `here` towards K0. */
    }
    if (side->used)
        side->sum += share(here, fmin(inner, here), fmax(inner, here), side->growth, price);
}

/* Less than a clock shows: a variance a year of it is no number. */
static const double VIX_MINUTES_MIN = 1e-9;

enum vix_status vix_variance(const struct forward_quotes *q, size_t count, double minutes,
                             double rate, struct vix_strip *strip)
{
    if (!(minutes >= VIX_MINUTES_MIN) || !(minutes < 1e8) || !(fabs(rate) < 1) ||
        !ascends(q->strike, count))
        return fail(strip, VIX_BAD_INPUT);
    double years = minutes / VIX_MINUTES_PER_YEAR, growth = portable_exp(rate * years);
    double nearest = INFINITY, forward = NAN;
    for (size_t i = 0; i < count; i++) {
        double gap = mid_of(q->call_bid[i], q->call_ask[i]) - mid_of(q->put_bid[i], q->put_ask[i]);
        if (fabs(gap) < nearest) {
            nearest = fabs(gap);
            forward = q->strike[i] + growth * gap;
        }
    }
    size_t k0 = SIZE_MAX;
    for (size_t i = 0; i < count && q->strike[i] <= forward; i++)
        k0 = i;
    if (k0 == SIZE_MAX)
        return fail(strip, VIX_NO_FORWARD);
    double at_k0 =
        (mid_of(q->call_bid[k0], q->call_ask[k0]) + mid_of(q->put_bid[k0], q->put_ask[k0])) / 2;
    if (isnan(at_k0))
        return fail(strip, VIX_NO_FORWARD);
    struct side puts = { q->strike, q->put_bid, q->put_ask, growth, k0, 0, -1, 0, 0, NAN };
    struct side calls = {
        q->strike, q->call_bid, q->call_ask, growth, k0, count - 1, 1, 0, 0, NAN
    };
    walk(&puts);
    walk(&calls);
    if (puts.used < 2 || calls.used < 2)
        return fail(strip, VIX_FEW_STRIKES);
    double sum =
        puts.sum + calls.sum + share(q->strike[k0], puts.nearest, calls.nearest, growth, at_k0);
    double off = forward / q->strike[k0] - 1;
    *strip = (struct vix_strip){ .forward = forward,
                                 .k0 = q->strike[k0],
                                 .variance = (2 * sum - off * off) / years,
                                 .puts = puts.used,
                                 .calls = calls.used,
                                 .options = puts.used + calls.used + 1,
                                 .status = VIX_OK };
    return VIX_OK;
}

double vix_interpolate(double near_minutes, double near_variance, double next_minutes,
                       double next_variance, double target_minutes)
{
    if (!(near_minutes > 0) || !(next_minutes > near_minutes) || !(target_minutes > 0) ||
        !(near_variance >= 0) || !(next_variance >= 0))
        return NAN;
    double near = near_variance * near_minutes, next = next_variance * next_minutes;
    double at =
        near + (next - near) * (target_minutes - near_minutes) / (next_minutes - near_minutes);
    return at > 0 ? 100 * sqrt(at / target_minutes) : NAN;
}

void vix_regime_init(struct vix_regime_state *state, const double bounds[VIX_REGIMES - 1],
                     double margin)
{
    static const double ours[VIX_REGIMES - 1] = { 13, 18, 25, 35 };
    MUST(margin >= 0);
    *state = (struct vix_regime_state){ .margin = margin, .regime = VIX_REGIME_UNKNOWN };
    feature_gate_init(&state->gate);
    for (int i = 0; i < VIX_REGIMES - 1; i++) {
        state->bounds[i] = bounds ? bounds[i] : ours[i];
        MUST(i == 0 || state->bounds[i] > state->bounds[i - 1]);
    }
}

enum vix_regime vix_regime_of(const struct vix_regime_state *state, double level)
{
    if (!(level > 0) || !feature_is_value(level))
        return VIX_REGIME_UNKNOWN;
    int regime = VIX_CALM;
    while (regime < VIX_CRISIS && level >= state->bounds[regime])
        regime++;
    return (enum vix_regime)regime;
}

bool vix_regime_update(struct vix_regime_state *state, int64_t ts_ns, double close)
{
    enum vix_regime now = vix_regime_of(state, close);
    if (!feature_gate_pass(&state->gate, ts_ns, now != VIX_REGIME_UNKNOWN))
        return false;
    enum vix_regime was = state->regime;
    state->age++;
    if (was == VIX_REGIME_UNKNOWN) {
        state->regime = now;
        return true;
    }
    double low = was > VIX_CALM ? state->bounds[was - 1] : 0;
    double high = was < VIX_CRISIS ? state->bounds[was] : INFINITY;
    int side = (close > high + state->margin) - (close < low - state->margin);
    state->outside = side && side * state->outside > 0 ? state->outside + side : side;
    if (abs(state->outside) >= 2) {
        state->regime = now;
        state->outside = 0;
        state->age = 0;
    }
    return true;
}

enum vix_regime vix_regime_value(const struct vix_regime_state *state)
{
    return state->regime;
}

const char *vix_regime_name(enum vix_regime regime)
{
    static const char *const names[] = { "calm",     "normal", "elevated",
                                         "stressed", "crisis", "unknown" };
    MUST((unsigned)regime < ARRAY_COUNT(names));
    return names[regime];
}
