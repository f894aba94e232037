#include "domain/pricing/scenario.h"

#include <string.h>

#include "domain/pricing/american.h"
#include "domain/pricing/european.h"
#include "domain/pricing/portable_int.h"
#include "domain/pricing/surface_int.h"

enum { BLOCK = 256 };

double scenario_vol_factor(const struct scenario_rule *rule, double factor, double years)
{
    static const double week = 7.0 / 365.0;
    if (!(rule->tenor_years > 0.0))
        return factor;
    double answer = sqrt(rule->tenor_years / (years > week ? years : week));
    return factor >= 1.0 ? 1.0 + (factor - 1.0) * answer
                         : 1.0 / (1.0 + (1.0 / factor - 1.0) * answer);
}

size_t scenario_grid(const struct scenario_axes *a, struct scenario_point *point)
{
    size_t at = 0;
    for (size_t t = 0; t < a->times; t++)
        for (size_t v = 0; v < a->vols; v++)
            for (size_t m = 0; m < a->moves; m++)
                point[at++] = (struct scenario_point){ a->move[m], a->vol_factor[v], a->years[t],
                                                       a->variance_years[t] };
    return at;
}

static bool is_book(const struct surface *surface, const struct scenario_book *b)
{
    for (size_t i = 0; i < b->count; i++)
        if (!isfinite(b->quantity[i]) || b->sign[i] < -1 || b->sign[i] > 1 ||
            (b->sign[i] && b->slice[i] >= surface->count) || (i && b->slice[i] < b->slice[i - 1]))
            return false;
    return true;
}

static bool is_point(const struct scenario_point *p)
{
    return isfinite(p->move) && is_positive(p->vol_factor) && is_not_negative(p->years) &&
           is_not_negative(p->variance_years);
}

/* One expiry in one world. */
struct world {
    const struct surface *surface;
    const struct surface_slice *slice;
    struct surface_move move;
    double spot, forward, discount; /* then */
    double years, variance_years;   /* left */
    double rate, yield;
    bool is_american;
};

static struct world world_of(const struct surface *surface, const struct surface_slice *slice,
                             double spot, bool is_american, const struct scenario_rule *rule,
                             const struct scenario_point *p)
{
    struct world w = { .surface = surface, .slice = slice, .is_american = is_american };
    double carry = portable_log(slice->forward / spot) / slice->years;
    w.rate = -portable_log(slice->discount) / slice->years;
    w.yield = w.rate - carry;
    w.years = fmax(slice->years - p->years, 0.0);
    w.variance_years = fmax(slice->variance_years - p->variance_years, 0.0);
    if (w.years == 0.0 || w.variance_years == 0.0)
        w.years = w.variance_years = 0.0;
    w.spot = spot * portable_exp(p->move);
    w.forward = w.spot * portable_exp(carry * w.years);
    w.discount = portable_exp(-w.rate * w.years);
    w.move = (struct surface_move){ rule->rule, portable_log(w.forward / slice->forward),
                                    rule->response_short, rule->response_long,
                                    scenario_vol_factor(rule, p->vol_factor, slice->years) };
    return w;
}

struct block {
    size_t count;
    double strike[BLOCK], quantity[BLOCK], sigma[BLOCK], k[BLOCK], w[BLOCK];
    double column[6][BLOCK];
    int8_t sign[BLOCK];
    uint8_t status[BLOCK];
};

static void find_vols(const struct world *world, struct block *b)
{
    double t = world->slice->variance_years;
    for (size_t i = 0; i < b->count; i++)
        b->k[i] = b->strike[i] > 0.0 ? portable_log(b->strike[i] / world->forward) : NAN;
    surface_moved(world->surface, &world->move, t, b->count, b->k, b->w, NULL);
    for (size_t i = 0; i < b->count; i++)
        b->sigma[i] = sqrt(b->w[i] / t);
}

static void price_block(const struct world *world, struct block *b)
{
    const struct pricing_greeks out = { .price = b->column[0],
                                        .delta = b->column[1],
                                        .gamma = b->column[2],
                                        .vega = b->column[3],
                                        .theta = b->column[4],
                                        .rho = b->column[5],
                                        .status = b->status };
    find_vols(world, b);
    if (world->is_american) {
        const struct american_expiry terms = { .spot = world->spot,
                                               .years = world->years,
                                               .variance_years = world->variance_years,
                                               .rate = world->rate,
                                               .yield = world->yield };
        american_chain(&terms, b->count, b->strike, b->sign, b->sigma, &out);
    } else {
        const struct black76_expiry terms = { .forward = world->forward,
                                              .discount = world->discount,
                                              .years = world->years,
                                              .variance_years = world->variance_years,
                                              .spot = world->spot };
        black76_chain(&terms, b->count, b->strike, b->sign, b->sigma, &out);
    }
}

static void add_block(const struct world *world, struct block *b, struct scenario_totals *totals)
{
    price_block(world, b);
    for (size_t i = 0; i < b->count; i++) {
        double q = b->quantity[i];
        bool is_expired = b->status[i] == PRICING_EXPIRED;
        if (b->status[i] != PRICING_OK && !is_expired) {
            totals->unpriced++;
            continue;
        }
        totals->value += q * b->column[0][i];
        totals->delta += q * b->column[1][i];
        if (is_expired)
            continue; /* nothing moves it but the spot */
        totals->gamma += q * b->column[2][i];
        totals->vega += q * b->column[3][i];
        totals->theta += q * b->column[4][i];
        totals->rho += q * b->column[5][i];
    }
    b->count = 0;
}

/* The rows [from, to) are of one slice. */
static void add_slice(const struct world *world, const struct scenario_book *book, size_t from,
                      size_t to, struct scenario_totals *totals)
{
    struct block b;
    b.count = 0;
    for (size_t i = from; i < to; i++) {
        if (!book->sign[i])
            continue;
        b.strike[b.count] = book->strike[i];
        b.sign[b.count] = book->sign[i];
        b.quantity[b.count++] = book->quantity[i];
        if (b.count == BLOCK)
            add_block(world, &b, totals);
    }
    if (b.count)
        add_block(world, &b, totals);
}

static const struct scenario_totals nothing = { NAN, NAN, NAN, NAN, NAN, NAN, 0 };

static struct scenario_totals mark(const struct surface *surface, double spot,
                                   const struct scenario_book *book,
                                   const struct scenario_rule *rule, const struct scenario_point *p)
{
    struct scenario_totals totals = { .value = 0.0 };
    double moved = spot * portable_exp(p->move);
    for (size_t i = 0; i < book->count; i++)
        if (!book->sign[i]) {
            totals.value += book->quantity[i] * moved;
            totals.delta += book->quantity[i];
        }
    for (size_t from = 0, to = 0; from < book->count; from = to) {
        while (to < book->count && book->slice[to] == book->slice[from])
            to++;
        if (book->slice[from] >= surface->count)
            continue; /* the underlying alone */
        struct world world =
            world_of(surface, &surface->slice[book->slice[from]], spot, book->is_american, rule, p);
        add_slice(&world, book, from, to, &totals);
    }
    if (!totals.unpriced && isfinite(totals.value))
        return totals;
    uint32_t unpriced = totals.unpriced ? totals.unpriced : 1;
    totals = nothing;
    totals.unpriced = unpriced;
    return totals;
}

/* The rows [from, to) are of one slice; value[i] is theirs. */
static void value_slice(const struct world *world, const struct scenario_book *book, size_t from,
                        size_t to, double *value)
{
    struct block b;
    for (size_t at = from; at < to; at += b.count) {
        b.count = to - at < BLOCK ? to - at : BLOCK;
        for (size_t i = 0; i < b.count; i++) {
            bool is_option = book->sign[at + i] != 0;
            b.strike[i] = is_option ? book->strike[at + i] : world->spot;
            b.sign[i] = is_option ? book->sign[at + i] : 1;
        }
        price_block(world, &b);
        for (size_t i = 0; i < b.count; i++) {
            bool is_known = b.status[i] == PRICING_OK || b.status[i] == PRICING_EXPIRED;
            if (book->sign[at + i])
                value[at + i] = is_known ? b.column[0][i] : NAN;
        }
    }
}

size_t scenario_values(const struct surface *surface, double spot, const struct scenario_book *book,
                       const struct scenario_rule *rule, size_t count,
                       const struct scenario_point *point, double *value)
{
    bool is_good =
        is_positive(spot) && surface->count <= SURFACE_EXPIRIES_MAX && is_book(surface, book);
    size_t bad = 0;
    for (size_t p = 0; p < count; p++) {
        double *row = value + p * book->count;
        bool can = is_good && is_point(&point[p]);
        for (size_t i = 0; i < book->count; i++)
            row[i] = can && !book->sign[i] ? spot * portable_exp(point[p].move) : NAN;
        for (size_t from = 0, to = 0; can && from < book->count; from = to) {
            while (to < book->count && book->slice[to] == book->slice[from])
                to++;
            if (book->slice[from] >= surface->count)
                continue; /* the underlying alone */
            struct world world = world_of(surface, &surface->slice[book->slice[from]], spot,
                                          book->is_american, rule, &point[p]);
            value_slice(&world, book, from, to, row);
        }
        for (size_t i = 0; i < book->count; i++)
            bad += isnan(row[i]);
    }
    return bad;
}

size_t scenario_mark(const struct surface *surface, double spot, const struct scenario_book *book,
                     const struct scenario_rule *rule, size_t count,
                     const struct scenario_point *point, struct scenario_totals *out)
{
    bool is_good =
        is_positive(spot) && surface->count <= SURFACE_EXPIRIES_MAX && is_book(surface, book);
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_good && is_point(&point[i])) {
            out[i] = mark(surface, spot, book, rule, &point[i]);
        } else {
            out[i] = nothing;
            out[i].unpriced = (uint32_t)book->count;
        }
        bad += out[i].unpriced > 0;
    }
    return bad;
}
