#include "domain/pricing/american_int.h"

#include <math.h>

#include "domain/pricing/portable_int.h"

/*
 * Finite differences on ln(spot), Crank-Nicolson in time. Today's spot lies on a node; the steps
 * are short next to expiry and to every ex-date, where the value bends, and start with implicit
 * ones that damp the kink (Rannacher 1984). Exercise is solved exactly in each step by exchanging
 * the set of exercised nodes until it fits (Hintermueller, Ito, Kunisch 2002).
 */
enum { NODES_MAX = 601, STEPS = 80, STEPS_MIN = 16, EXCHANGES_MAX = 12 };

/* Standard deviations from the spot to the edge, where the value without vol is close enough. */
static const double edge_deviations = 6.0;

struct grid {
    const struct american_option *option;
    bool is_american;
    int count, at_spot;
    double step;                 /* in ln(spot) */
    double lower, middle, upper; /* of the operator: dV/dtau = lower V- + middle V + upper V+ */
    double spot[NODES_MAX], payoff[NODES_MAX], value[NODES_MAX];
    bool is_exercised[NODES_MAX];
};

static double payoff_at(const struct american_option *o, double spot)
{
    return fmax(o->sign * (spot - o->strike), 0.0);
}

/* Best payoff at a moment in [from, to], discounted to `now`; between ex-dates, spot as of from. */
static double best_between(const struct american_option *o, double now, double from, double to,
                           double spot)
{
    double growth = o->rate - o->yield, best = 0.0;
    double moments[3] = { from, to, from };
    /* Where the discounted payoff spot e^(-yield t) - strike e^(-rate t) is flat. */
    double turn = portable_log(o->rate * o->strike / (o->yield * spot)) / growth;
    if (isfinite(turn) && turn > 0.0 && turn < to - from)
        moments[2] = from + turn;
    for (int i = 0; i < 3; i++) {
        double then = spot * portable_exp(growth * (moments[i] - from));
        best = fmax(best, payoff_at(o, then) * portable_exp(-o->rate * (moments[i] - now)));
    }
    return best;
}

double american_least_value(const struct american_option *o, double now, double spot)
{
    double best = 0.0, from = now;
    for (size_t i = 0; i <= o->dividend_count; i++) {
        double to = i < o->dividend_count ? o->dividend_years[i] : o->years;
        if (to < now)
            continue;
        best = fmax(best, best_between(o, now, from, to, spot));
        if (i < o->dividend_count)
            spot = fmax(spot * portable_exp((o->rate - o->yield) * (to - from)) -
                            o->dividend_dollars[i],
                        0.0);
        from = to;
    }
    return best;
}

/* At the edges: the value without vol, or without vol and early exercise. */
static double edge_value(const struct grid *g, double now, double spot)
{
    const struct american_option *o = g->option;
    if (g->is_american)
        return american_least_value(o, now, spot);
    double from = now;
    for (size_t i = 0; i < o->dividend_count; i++) {
        double ex = o->dividend_years[i];
        if (ex < now)
            continue;
        spot = fmax(
            spot * portable_exp((o->rate - o->yield) * (ex - from)) - o->dividend_dollars[i], 0.0);
        from = ex;
    }
    spot *= portable_exp((o->rate - o->yield) * (o->years - from));
    return payoff_at(o, spot) * portable_exp(-o->rate * (o->years - now));
}

/* False when the grid would leave the range of a double. */
static bool lay_grid(struct grid *g, const struct american_option *o, bool is_american)
{
    double drift = o->rate - o->yield - 0.5 * o->sigma * o->sigma, paid = 0.0;
    double reach = edge_deviations * o->sigma * sqrt(o->years) + fabs(drift) * o->years;
    for (size_t i = 0; i < o->dividend_count; i++)
        paid += o->dividend_dollars[i];
    if (!(reach < 300.0))
        return false;
    double down = reach - portable_log(fmax(1.0 - paid / o->spot, 0.1)), up = reach;
    g->option = o;
    g->is_american = is_american;
    g->count = NODES_MAX;
    g->step = (down + up) / (NODES_MAX - 1);
    g->at_spot = (int)(down / g->step + 0.5);
    for (int i = 0; i < g->count; i++) {
        g->spot[i] = o->spot * portable_exp((i - g->at_spot) * g->step);
        g->payoff[i] = payoff_at(o, g->spot[i]);
        g->is_exercised[i] = false;
    }
    /* The two values that are known exactly, cash and the asset itself, stay exact on the grid. */
    double spread = o->sigma * o->sigma / (g->step * g->step);
    g->upper =
        (o->rate - o->yield - spread * portable_expm1(-g->step)) / (2.0 * portable_sinh(g->step));
    g->lower = spread - g->upper;
    if (g->upper < 0.0 || g->lower < 0.0) {
        /* Drift outweighs vol on this grid: damp rather than oscillate. */
        double growth = o->rate - o->yield;
        g->upper = growth > 0.0 ? growth / portable_expm1(g->step) : 0.0;
        g->lower = growth < 0.0 ? growth / portable_expm1(-g->step) : 0.0;
    }
    g->middle = -g->upper - g->lower - o->rate;
    return g->step > 0.0 && g->spot[0] > 0.0 && isfinite(g->spot[g->count - 1]) &&
           isfinite(g->middle);
}

/* The payoff averaged over a node's cell where the strike lies in it: keeps second order. */
static double smooth_payoff(const struct grid *g, int i)
{
    const struct american_option *o = g->option;
    double low = portable_log(g->spot[i] / o->strike) - 0.5 * g->step, high = low + g->step;
    if (low >= 0.0 || high <= 0.0)
        return g->payoff[i];
    double area = o->sign > 0 ? portable_expm1(high) - high : low - portable_expm1(low);
    return o->strike * area / g->step;
}

/* Solve the tridiagonal system with exercised nodes held at their payoff. */
static void solve_tridiagonal(const struct grid *g, double weight, const double *right, double *out)
{
    double factor[NODES_MAX];
    int last = g->count - 1;
    factor[0] = 0.0;
    out[0] = right[0];
    for (int i = 1; i < last; i++) {
        if (g->is_exercised[i]) {
            factor[i] = 0.0;
            out[i] = g->payoff[i];
            continue;
        }
        double lower = -weight * g->lower, pivot = 1.0 - weight * g->middle - lower * factor[i - 1];
        factor[i] = -weight * g->upper / pivot;
        out[i] = (right[i] - lower * out[i - 1]) / pivot;
    }
    out[last] = right[last];
    for (int i = last - 1; i >= 0; i--)
        out[i] -= factor[i] * out[i + 1];
}

/* Exercise where holding is worth less than the payoff; false when nothing changed. */
static bool exchange_exercised(struct grid *g, double weight, const double *right,
                               const double *out)
{
    bool changed = false;
    for (int i = 1; i < g->count - 1; i++) {
        double held =
            out[i] - weight * (g->lower * out[i - 1] + g->middle * out[i] + g->upper * out[i + 1]);
        bool is = g->is_exercised[i] ? held >= right[i] : out[i] < g->payoff[i];
        changed |= is != g->is_exercised[i];
        g->is_exercised[i] = is && g->payoff[i] > 0.0;
    }
    return changed;
}

/* One step back in time by dt to `now`; share 0.5 is Crank-Nicolson, 1 implicit. */
static void step_back(struct grid *g, double now, double dt, double share)
{
    double right[NODES_MAX], out[NODES_MAX], explicit_dt = (1.0 - share) * dt, weight = share * dt;
    int last = g->count - 1;
    for (int i = 1; i < last; i++)
        right[i] =
            g->value[i] + explicit_dt * (g->lower * g->value[i - 1] + g->middle * g->value[i] +
                                         g->upper * g->value[i + 1]);
    right[0] = edge_value(g, now, g->spot[0]);
    right[last] = edge_value(g, now, g->spot[last]);
    for (int i = 0; i < EXCHANGES_MAX; i++) {
        solve_tridiagonal(g, weight, right, out);
        if (!g->is_american || !exchange_exercised(g, weight, right, out))
            break;
    }
    for (int i = 0; i <= last; i++)
        g->value[i] = g->is_american ? fmax(out[i], g->payoff[i]) : out[i];
}

/* From `to` back to `from`, the value bending at `to`. */
static void march(struct grid *g, double from, double to)
{
    enum { DAMPED = 4 };
    int steps = (int)(STEPS * (to - from) / g->option->years);
    if (steps < STEPS_MIN)
        steps = STEPS_MIN;
    double now = to;
    for (int k = 1; k <= steps; k++) {
        double done = (double)k / steps, next = to - (to - from) * done * done;
        if (k <= DAMPED) {
            step_back(g, 0.5 * (now + next), now - 0.5 * (now + next), 1.0);
            step_back(g, next, 0.5 * (now + next) - next, 1.0);
        } else {
            step_back(g, next, now - next, 0.5);
        }
        now = next;
    }
}

/* The value between nodes, by the cubic through the four around it. */
static double value_at(const struct grid *g, double now, double spot)
{
    double place = spot > 0.0 ? portable_log(spot / g->spot[0]) / g->step : -1.0;
    if (!(place >= 1.0))
        return edge_value(g, now, spot);
    int i = (int)place < g->count - 3 ? (int)place : g->count - 3;
    double u = place - i;
    const double *v = &g->value[i];
    return -u * (u - 1.0) * (u - 2.0) / 6.0 * v[-1] + (u * u - 1.0) * (u - 2.0) / 2.0 * v[0] -
           u * (u + 1.0) * (u - 2.0) / 2.0 * v[1] + u * (u * u - 1.0) / 6.0 * v[2];
}

/* Just before an ex-date the option is worth what it will be at the lower spot. */
static void pay_dividend(struct grid *g, double when, double dollars)
{
    double before[NODES_MAX];
    for (int i = 0; i < g->count; i++) {
        double held = value_at(g, when, fmax(g->spot[i] - dollars, 0.0));
        before[i] = g->is_american ? fmax(held, g->payoff[i]) : fmax(held, 0.0);
    }
    for (int i = 0; i < g->count; i++)
        g->value[i] = before[i];
}

bool american_grid(const struct american_option *o, bool is_american, struct american_value *value)
{
    struct grid g;
    if (!lay_grid(&g, o, is_american))
        return false;
    for (int i = 0; i < g.count; i++)
        g.value[i] = smooth_payoff(&g, i);
    double to = o->years;
    for (size_t i = o->dividend_count; i-- > 0;) {
        march(&g, o->dividend_years[i], to);
        to = o->dividend_years[i];
        pay_dividend(&g, to, o->dividend_dollars[i]);
    }
    march(&g, 0.0, to);
    const double *v = &g.value[g.at_spot];
    double slope = (v[1] - v[-1]) / (2.0 * g.step);
    double bend = (v[1] - 2.0 * v[0] + v[-1]) / (g.step * g.step);
    double payoff = g.payoff[g.at_spot];
    *value = (struct american_value){ .price = v[0],
                                      .delta = slope / o->spot,
                                      .gamma = (bend - slope) / (o->spot * o->spot) };
    if (is_american && payoff > 0.0 && v[0] <= payoff)
        *value = (struct american_value){ .price = payoff, .delta = o->sign, .is_exercised = true };
    return isfinite(value->price) && isfinite(value->delta) && isfinite(value->gamma);
}
