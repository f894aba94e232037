#include "domain/pricing/american_curve_int.h"

#include <math.h>

#include "domain/pricing/normal_int.h"
#include "domain/pricing/portable_int.h"

/*
 * Puts while rate <= 0 and yield < rate: holding the strike costs, so one exercises, but not where
 * the spot is so low that the option on it costs nothing to hold. Exercise is due between a lower
 * boundary, which begins at strike x rate / yield, and an upper one, which begins at the strike;
 * when they meet, looking back from the expiry, none is due before. Above the upper one the value
 * does not know what is below it, and the other way round: each boundary is solved as if alone (L.
 * Andersen, M. Lake, Fast American option pricing: the double-boundary case, Wilmott, 2021). With
 * a rate of 0 the lower one is at 0.
 */

/* Steps towards the moment where the boundaries meet. */
enum { MEETINGS_MAX = 40 };

struct two {
    const struct american_option *put;
    struct american_curve upper, lower;
    bool has_lower;
};

static struct american_value european_value(const void *context, double years, double spot)
{
    const struct american_option *o = context;
    double vol = o->sigma * sqrt(years), kept = portable_exp(-o->yield * years);
    double d1 = (log_ratio(spot, o->strike) + (o->rate - o->yield) * years) / vol + 0.5 * vol;
    return (struct american_value){ .delta = -kept * normal_cdf(-d1),
                                    .gamma = kept * normal_density(d1) / (spot * vol) };
}

/* Below the lower boundary the payoff counts as strike less spot however high the spot gets. */
static struct american_value forward_value(const void *context, double years, double spot)
{
    const struct american_option *o = context;
    (void)spot;
    return (struct american_value){ .delta = -portable_exp(-o->yield * years) };
}

static bool solve_side(struct american_curve *c, double begin, const struct american_held *held)
{
    for (int i = 0; i < AMERICAN_CURVE_NODES; i++) {
        double years = c->span * portable_exp(-6.0 * (1.0 - american_cosine(i)));
        c->log_b[i] = portable_log(begin) + c->side * c->sigma * sqrt(years);
    }
    return american_curve_solve(c, held);
}

/* How far apart the boundaries are `span` years before expiry, in ln; below 0 where they have met.
 */
static double gap_at(struct two *t, double span)
{
    const struct american_option *o = t->put;
    double turn = o->strike * (o->rate / o->yield);
    struct american_curve c = { .sign = OPTION_SIGN_PUT,
                                .side = -1,
                                .strike = o->strike,
                                .sigma = o->sigma,
                                .rate = o->rate,
                                .yield = o->yield,
                                .span = span,
                                .least = turn,
                                .most = o->strike };
    t->upper = t->lower = c;
    t->lower.side = 1;
    if (!solve_side(&t->upper, o->strike, &(struct american_held){ european_value, o }))
        return NAN;
    if (!t->has_lower)
        return INFINITY;
    if (!solve_side(&t->lower, turn, &(struct american_held){ forward_value, o }))
        return NAN;
    return t->upper.log_b[0] - t->lower.log_b[0];
}

/* The years before expiry in which exercise can be due, with both boundaries; NaN: not found. */
static double find_span(struct two *t)
{
    double low = 0.0, high = t->put->years, gap = gap_at(t, high), low_gap = NAN, high_gap = gap;
    if (gap > 0.0)
        return high;
    for (int i = 0; i < MEETINGS_MAX; i++) {
        double share = low_gap / (low_gap - high_gap), next = 0.5 * (low + high);
        /* False position once both ends are known, kept off the ends. */
        if (i % 3 && share > 0.0 && share < 1.0)
            next = low + (high - low) * fmin(fmax(share, 0.02), 0.98);
        gap = gap_at(t, next);
        if (fabs(gap) < 1e-7 || high - low < 1e-9 * high)
            return gap > -1e-6 ? next : NAN;
        if (gap > 0.0) {
            low = next;
            low_gap = gap;
        } else {
            high = next;
            high_gap = gap;
        }
    }
    return NAN;
}

bool american_two_cover(const struct american_option *o)
{
    double vol = o->sigma * sqrt(o->years);
    bool is_put = o->sign < 0;
    double rate = is_put ? o->rate : o->yield, yield = is_put ? o->yield : o->rate;
    return o->dividend_count == 0 && rate <= 0.0 && yield < rate && -yield * o->years <= 10.0 &&
           vol < 10.0;
}

/* A call is a put on the strike, struck at the spot, with rate and yield exchanged. */
static struct american_option as_put(const struct american_option *o)
{
    struct american_option put = *o;
    if (o->sign < 0)
        return put;
    put.sign = OPTION_SIGN_PUT;
    put.spot = o->strike;
    put.strike = o->spot;
    put.rate = o->yield;
    put.yield = o->rate;
    return put;
}

static void as_call(const struct american_option *call, struct american_value *value)
{
    /* V(S, K) = P(K, S) is of degree one: S V_S = V - K P_S, S^2 V_SS = K^2 P_SS. */
    double ratio = call->strike / call->spot;
    value->delta = (value->price - call->strike * value->delta) / call->spot;
    value->gamma *= ratio * ratio;
    value->boundary = call->spot * call->strike / value->boundary;
}

bool american_two(const struct american_option *option, struct american_value *value)
{
    struct american_option put = as_put(option);
    struct two t = { .put = &put, .has_lower = put.rate < 0.0 };
    struct european_terms terms;
    struct european_value european;
    double span = find_span(&t), ahead = put.years - span;
    if (!(span > 0.0) ||
        !european_terms_of_spot(&terms, put.spot, put.strike, put.years, put.rate, put.yield) ||
        european_price(&terms, OPTION_SIGN_PUT, put.sigma, &european) != PRICING_OK)
        return false;
    double upper = american_curve_end(&t.upper),
           lower = t.has_lower ? american_curve_end(&t.lower) : 0.0;
    bool is_due = ahead <= 0.0 && put.spot <= upper && put.spot >= lower;
    *value = (struct american_value){ european.price, european.delta, european.gamma, false,
                                      ahead <= 0.0 ? upper : NAN };
    if (is_due) {
        *value =
            (struct american_value){ put.strike - put.spot, OPTION_SIGN_PUT, 0.0, true, upper };
    } else {
        struct american_value all = american_curve_premium(&t.upper, ahead, put.spot), less = { 0 };
        t.lower.side = -1; /* what of it lies below the lower boundary is not exercised */
        if (t.has_lower)
            less = american_curve_premium(&t.lower, ahead, put.spot);
        value->price += all.price - less.price;
        value->delta += all.delta - less.delta;
        value->gamma += all.gamma - less.gamma;
    }
    if (option->sign > 0)
        as_call(option, value);
    return isfinite(value->price) && isfinite(value->delta) && isfinite(value->gamma);
}
