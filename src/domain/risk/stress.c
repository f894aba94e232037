#include "domain/risk/stress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "domain/pricing/american.h"
#include "domain/pricing/portable.h"

enum { BLOCK = 32 };
#define THIRTY_DAYS (30.0 / 365.0)
#define PROFIT_MAX 1e15 /* micros of one contract: beyond is nonsense */

static const struct scenario_rule RULE = { .rule = SURFACE_STICKY_DELTA,
                                           .tenor_years = THIRTY_DAYS };

static const struct {
    const char *name;
    double spot_from, spot_to, vol_from, vol_to;
} SHOCKS[] = {
#define STRESS_SHOCK(name, when, spot_from, spot_to, vol_from, vol_to)                             \
    { name, spot_from, spot_to, vol_from, vol_to },
#include "domain/risk/shocks.def"
#undef STRESS_SHOCK
};

enum err stress_set_grid(struct stress_set *set, size_t move_count, const double *spot_factor,
                         size_t vol_count, const double *vol_factor)
{
    set->count = set->grid_count = 0;
    if (move_count > RISK_SCENARIOS_MAX || vol_count > RISK_SCENARIOS_MAX ||
        move_count * vol_count + ARRAY_COUNT(SHOCKS) > RISK_SCENARIOS_MAX)
        return err_set(ERR_FULL,
                       "stress: a grid of %zu by %zu; with the shocks at most %d scenarios",
                       move_count, vol_count, RISK_SCENARIOS_MAX);
    for (size_t v = 0; v < vol_count; v++)
        for (size_t m = 0; m < move_count; m++) {
            if (!(spot_factor[m] > 0.0 && spot_factor[m] < 100.0) ||
                !(vol_factor[v] > 0.0 && vol_factor[v] < 100.0)) {
                set->count = 0;
                return err_set(ERR_RANGE, "stress: factors of spot and vol lie between 0 and 100");
            }
            struct stress_scenario *s = &set->at[set->count++];
            s->move = portable_log(spot_factor[m]);
            s->vol_factor = vol_factor[v];
            snprintf(s->name, sizeof s->name, "spot %+.4g %%, vol %+.4g %%",
                     (spot_factor[m] - 1.0) * 100.0, (vol_factor[v] - 1.0) * 100.0);
        }
    set->grid_count = set->count;
    for (size_t i = 0; i < ARRAY_COUNT(SHOCKS); i++) {
        struct stress_scenario *s = &set->at[set->count++];
        s->move = portable_log(SHOCKS[i].spot_to / SHOCKS[i].spot_from);
        s->vol_factor = SHOCKS[i].vol_to / SHOCKS[i].vol_from;
        snprintf(s->name, sizeof s->name, "%s", SHOCKS[i].name);
    }
    return ERR_OK;
}

void stress_set_default(struct stress_set *set)
{
    static const double spot[] = { 0.85, 0.90, 0.95, 0.98, 1.0, 1.02, 1.05, 1.10 };
    static const double vol[] = { 0.75, 1.0, 1.5 };
    MUST(stress_set_grid(set, ARRAY_COUNT(spot), spot, ARRAY_COUNT(vol), vol) == ERR_OK);
}

static struct scenario_book book_of(const struct stress_under *under, const double *quantity)
{
    return (struct scenario_book){ .count = under->count,
                                   .slice = under->slice,
                                   .strike = under->strike,
                                   .sign = under->sign,
                                   .quantity = quantity,
                                   .is_american = under->is_american };
}

size_t stress_vectors(const struct stress_under *under, const struct stress_set *set, double *room,
                      struct risk_vector *const *vector, bool *is_known)
{
    struct scenario_point points[RISK_SCENARIOS_MAX + 1] = { { .vol_factor = 1.0 } };
    MUST(set->count <= RISK_SCENARIOS_MAX);
    for (size_t s = 0; s < set->count; s++)
        points[s + 1] = (struct scenario_point){ .move = under->beta * set->at[s].move,
                                                 .vol_factor = set->at[s].vol_factor };
    struct scenario_book book = book_of(under, under->multiplier);
    scenario_values(under->surface, under->spot, &book, &RULE, set->count + 1, points, room);
    size_t unknown = 0, n = under->count;
    for (size_t i = 0; i < n; i++) {
        int64_t profit[RISK_SCENARIOS_MAX] = { 0 };
        is_known[i] = true;
        for (size_t s = 0; s < set->count; s++) {
            double micros = (room[(s + 1) * n + i] - room[i]) * under->multiplier[i] * 1e6;
            if (fabs(micros) <= PROFIT_MAX)
                profit[s] = (int64_t)llround(micros);
            else
                is_known[i] = false; /* NaN too */
        }
        unknown += !is_known[i];
        if (is_known[i])
            memcpy(vector[i]->at + RISK_MEASURE_COUNT, profit, sizeof profit);
    }
    return unknown;
}

/* Column 0 is now, the others are the scenarios. */
struct columns {
    double spot[RISK_SCENARIOS_MAX + 1], vol[RISK_SCENARIOS_MAX + 1];
    double strike[RISK_SCENARIOS_MAX + 1], years[RISK_SCENARIOS_MAX + 1];
    double rate[RISK_SCENARIOS_MAX + 1], yield[RISK_SCENARIOS_MAX + 1];
    double price[RISK_SCENARIOS_MAX + 1];
    int8_t sign[RISK_SCENARIOS_MAX + 1];
    uint8_t status[RISK_SCENARIOS_MAX + 1];
};

static void fill(struct columns *c, size_t at, const struct stress_option *o, double move,
                 double vol_factor)
{
    c->spot[at] = o->spot * portable_exp(o->beta * move);
    c->vol[at] = o->vol * scenario_vol_factor(&RULE, vol_factor, o->years);
    c->strike[at] = o->strike;
    c->years[at] = o->years;
    c->rate[at] = o->rate;
    c->yield[at] = o->yield;
    c->sign[at] = o->sign;
}

bool stress_vector_option(const struct stress_option *o, const struct stress_set *set,
                          struct risk_vector *out)
{
    struct columns c;
    int64_t profit[RISK_SCENARIOS_MAX] = { 0 };
    MUST(set->count <= RISK_SCENARIOS_MAX);
    fill(&c, 0, o, 0.0, 1.0);
    for (size_t s = 0; s < set->count; s++)
        fill(&c, s + 1, o, set->at[s].move, set->at[s].vol_factor);
    const struct black_scholes_terms terms = { c.spot, c.strike, c.years, c.vol,
                                               c.rate, c.yield,  c.sign };
    const struct pricing_greeks prices = { .price = c.price, .status = c.status };
    if (o->sign && o->is_american)
        american_columns(set->count + 1, &terms, AMERICAN_FAST, &prices, NULL);
    else if (o->sign)
        black_scholes(set->count + 1, &terms, &prices);
    for (size_t i = 0; i <= set->count; i++) {
        bool is_known = !o->sign || c.status[i] == PRICING_OK || c.status[i] == PRICING_EXPIRED;
        double price = o->sign ? c.price[i] : c.spot[i], now = o->sign ? c.price[0] : c.spot[0];
        double micros = (price - now) * o->multiplier * 1e6;
        if (!is_known || !(fabs(micros) <= PROFIT_MAX))
            return false;
        if (i > 0)
            profit[i - 1] = (int64_t)llround(micros);
    }
    memcpy(out->at + RISK_MEASURE_COUNT, profit, sizeof profit);
    return true;
}

static bool profits_european(const struct stress_option *o, size_t count,
                             const struct stress_move *moves, double scale, double *profit)
{
    struct columns c;
    double now = o->spot;
    for (size_t from = 0; from < count; from += BLOCK) {
        size_t n = count - from < BLOCK ? count - from : BLOCK;
        fill(&c, 0, o, 0.0, 1.0);
        for (size_t i = 0; i < n; i++) {
            const struct stress_move *m = &moves[from + i];
            fill(&c, i + 1, o, m->move * scale, m->vol_factor);
            c.years[i + 1] = o->years > m->years ? o->years - m->years : 0;
        }
        const struct black_scholes_terms terms = { c.spot, c.strike, c.years, c.vol,
                                                   c.rate, c.yield,  c.sign };
        const struct pricing_greeks prices = { .price = c.price, .status = c.status };
        if (o->sign)
            black_scholes(n + 1, &terms, &prices);
        for (size_t i = 0; i <= n; i++) {
            bool is_known = !o->sign || c.status[i] == PRICING_OK || c.status[i] == PRICING_EXPIRED;
            double price = o->sign ? c.price[i] : c.spot[i];
            if (i == 0)
                now = price;
            else
                profit[from + i - 1] = (price - now) * o->multiplier;
            if (!is_known || !(fabs(price) <= PROFIT_MAX))
                return false;
        }
    }
    return true;
}

/* What early exercise is worth: at nodes of the move, from low to high, by two factors of vol; and
 * now. */
enum { PREMIUM_NODES = 25 };
struct premium {
    double low, high, vol[2], now;
    double at[2][PREMIUM_NODES];
};

static void premium_range(struct premium *p, size_t count, const struct stress_move *moves,
                          double scale)
{
    p->low = p->high = moves[0].move * scale;
    p->vol[0] = p->vol[1] = moves[0].vol_factor;
    for (size_t i = 1; i < count; i++) {
        double move = moves[i].move * scale, factor = moves[i].vol_factor;
        p->low = move < p->low ? move : p->low;
        p->high = move > p->high ? move : p->high;
        p->vol[0] = factor < p->vol[0] ? factor : p->vol[0];
        p->vol[1] = factor > p->vol[1] ? factor : p->vol[1];
    }
}

static bool premium_fill(struct premium *p, const struct stress_option *o, double pass)
{
    enum { COUNT = 2 * PREMIUM_NODES + 1 };
    _Static_assert(COUNT <= RISK_SCENARIOS_MAX + 1, "the nodes have columns");
    struct columns c;
    double european[COUNT];
    uint8_t status[COUNT];
    fill(&c, 0, o, 0.0, 1.0);
    for (size_t i = 1; i < COUNT; i++) {
        size_t node = (i - 1) % PREMIUM_NODES;
        fill(&c, i, o, p->low + (p->high - p->low) * (double)node / (PREMIUM_NODES - 1),
             p->vol[(i - 1) / PREMIUM_NODES]);
        c.years[i] = o->years > pass ? o->years - pass : 0;
    }
    const struct black_scholes_terms terms = { c.spot, c.strike, c.years, c.vol,
                                               c.rate, c.yield,  c.sign };
    const struct pricing_greeks american = { .price = c.price, .status = c.status };
    const struct pricing_greeks plain = { .price = european, .status = status };
    american_columns(COUNT, &terms, AMERICAN_FAST, &american, NULL);
    black_scholes(COUNT, &terms, &plain);
    for (size_t i = 0; i < COUNT; i++) {
        if (c.status[i] != PRICING_OK && c.status[i] != PRICING_EXPIRED)
            return false;
        double premium = fmax(c.price[i] - european[i], 0.0);
        *(i ? &p->at[(i - 1) / PREMIUM_NODES][(i - 1) % PREMIUM_NODES] : &p->now) = premium;
    }
    return true;
}

static double premium_at(const struct premium *p, double move, double vol_factor)
{
    double x = p->high > p->low ? (move - p->low) / (p->high - p->low) * (PREMIUM_NODES - 1) : 0.0;
    double v = p->vol[1] > p->vol[0] ? (vol_factor - p->vol[0]) / (p->vol[1] - p->vol[0]) : 0.0;
    int i = x >= PREMIUM_NODES - 1 ? PREMIUM_NODES - 2 : (int)x;
    double part = x - i;
    double calm = p->at[0][i] + part * (p->at[0][i + 1] - p->at[0][i]);
    double wild = p->at[1][i] + part * (p->at[1][i + 1] - p->at[1][i]);
    return calm + v * (wild - calm);
}

/* Of all American prices the European part is exact, and what early exercise adds is smooth: a few
 * nodes of it do. */
bool stress_profits_option(const struct stress_option *o, size_t count,
                           const struct stress_move *moves, double scale, double *profit)
{
    struct premium p;
    if (!profits_european(o, count, moves, scale, profit))
        return false;
    if (!o->sign || !o->is_american || count == 0)
        return true;
    premium_range(&p, count, moves, scale);
    if (!premium_fill(&p, o, moves[0].years))
        return false;
    for (size_t i = 0; i < count; i++)
        profit[i] +=
            (premium_at(&p, moves[i].move * scale, moves[i].vol_factor) - p.now) * o->multiplier;
    return true;
}

size_t stress_profit(const struct stress_under *under, const double *quantity, size_t count,
                     const struct stress_move *moves, double *room, double *profit)
{
    for (size_t i = 0; i < under->count; i++)
        room[i] = quantity[i] * under->multiplier[i];
    struct scenario_book book = book_of(under, room);
    struct scenario_point points[BLOCK] = { { .vol_factor = 1.0 } };
    struct scenario_totals totals[BLOCK];
    scenario_mark(under->surface, under->spot, &book, &RULE, 1, points, totals);
    double now = totals[0].value;
    size_t bad = 0;
    for (size_t from = 0; from < count; from += BLOCK) {
        size_t n = count - from < BLOCK ? count - from : BLOCK;
        for (size_t i = 0; i < n; i++) {
            const struct stress_move *m = &moves[from + i];
            points[i] = (struct scenario_point){ m->move, m->vol_factor, m->years, m->years };
        }
        scenario_mark(under->surface, under->spot, &book, &RULE, n, points, totals);
        for (size_t i = 0; i < n; i++) {
            profit[from + i] += totals[i].value - now;
            bad += !isfinite(profit[from + i]);
        }
    }
    return bad;
}
