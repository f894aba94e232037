/*
 * What one contract adds to the account's exposure: Greeks, its profit in each stress scenario,
 * and in each move of a day that VaR and shortfall are counted of. Prices are those of its own vol
 * and its expiry's forward, as the book has them; each is worked out once for an instant of the
 * book, as many orders may ask for it.
 *
 * The day's moves are 500 of a Student distribution with vol changes that go with them (tail.h),
 * made once of a fixed seed and scaled to the index's vol now: VIX where it is told, else what its
 * chain implies at 30 days. Working orders count in each move if they lose there.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "domain/pricing/portable.h"
#include "kernel/guard.h"

enum { UNITS = 256, MOVES = GUARD_MOVES };

/* Sources: t with 4 degrees of freedom fits daily index returns; VIX moves some 7 % a day, against
 * the index. */
static const struct tail_model MODEL = {
    .sigma = 1, .nu = 4, .vol_sigma = 0.07, .correlation = -0.75, .years = 1.0 / 365
};

struct unit {
    uint32_t market, id;
    bool is_used, is_stock, is_known, is_tail_known;
    uint64_t stamp;
    int64_t spot, index;
    double sigma;
    struct risk_vector vector;
};

void guard_exposure_open(struct kernel *k, struct arena *arena)
{
    static const struct tail_name index = { .beta = 1 };
    struct guard *g = k->guard;
    bool wants_tail = g->base.at[RISK_VAR] != RISK_OFF || g->base.at[RISK_SHORTFALL] != RISK_OFF;
    bool wants_stress =
        g->base.at[RISK_STRESS_LOSS] != RISK_OFF || g->base.at[RISK_SHOCK_LOSS] != RISK_OFF;
    g->sigma = NAN;
    g->units = arena_array(arena, struct unit, UNITS);
    if (wants_stress) { /* a limit that is off at open stays off */
        g->stress = arena_new(arena, struct stress_set);
        stress_set_default(g->stress);
        g->account.scenario_count = g->stress->count;
        g->account.grid_count = g->stress->grid_count;
    }
    if (!wants_tail)
        return;
    g->moves = arena_array(arena, struct stress_move, MOVES);
    g->tail_units = arena_array(arena, double, (size_t)UNITS *MOVES);
    g->tail_book = arena_array(arena, double, MOVES);
    g->tail_order = arena_array(arena, double, MOVES);
    g->tail_room = arena_array(arena, double, MOVES);
    MUST(tail_simulate(&MODEL, 20240805, 1, &index, MOVES, g->moves) == ERR_OK);
}

void guard_question_room(const struct guard *g, struct arena *arena, struct unit **units,
                         double **tail_units)
{
    *units = arena_array(arena, struct unit, UNITS);
    *tail_units = g->tail_units ? arena_array(arena, double, (size_t)UNITS *MOVES) : NULL;
}

void guard_needs(struct guard *g)
{
    static const enum risk_limit of_greeks[] = {
#define RISK_MEASURE(name, word, limit) limit,
#include "domain/risk/measures.def"
#undef RISK_MEASURE
        RISK_UNPRICED
    };
    g->needs_stress = g->stress && (g->limits.at[RISK_STRESS_LOSS] != RISK_OFF ||
                                    g->limits.at[RISK_SHOCK_LOSS] != RISK_OFF);
    g->needs_tail = g->moves && (g->limits.at[RISK_VAR] != RISK_OFF ||
                                 g->limits.at[RISK_SHORTFALL] != RISK_OFF);
    g->needs_greeks = g->needs_stress;
    for (size_t i = 0; i < ARRAY_COUNT(of_greeks); i++)
        g->needs_greeks |= g->limits.at[of_greeks[i]] != RISK_OFF;
}

/* ---- the index ------------------------------------------------------------------------------- */

struct index_now {
    struct market *market;
    int64_t level; /* of one index share, micros; PRICE_NONE unknown */
    bool is_real;  /* else the account trades no index, and its first underlying stands in: dollars
                      are the same */
};

/* The S&P 500 as it is quoted here: by SPX itself before what is a tenth of it. */
static struct index_now index_now(struct kernel *k)
{
    struct index_now out = { .market = &k->markets[0], .level = k->markets[0].book.underlying };
    int least = INT32_MAX;
    for (uint32_t i = 0; i < k->market_count; i++) {
        struct market *market = &k->markets[i];
        int scale = risk_index_scale(market->symbol);
        int64_t level;
        if (scale == 0 || scale >= least || market->book.underlying == PRICE_NONE ||
            !money_try_mul(market->book.underlying, scale, &level))
            continue;
        least = scale;
        out = (struct index_now){ market, level, true };
    }
    return out;
}

bool guard_has_index(struct kernel *k)
{
    return index_now(k).is_real;
}

/* ---- one contract ---------------------------------------------------------------------------- */

/* As the book prices it: its vol, and the rate and yield of its expiry's forward. */
static bool option_of(struct market *market, bool is_stock, uint32_t id, struct option_greeks *g,
                      struct stress_option *out)
{
    struct book *book = &market->book;
    *out = (struct stress_option){ .spot = money_to_dollars(book->underlying),
                                   .beta = market->beta,
                                   .multiplier = 1 };
    if (is_stock)
        return true;
    *g = book_option_greeks(book, id);
    const struct contract *c = &book->contracts[id];
    const struct chain_expiry *view = &book->slices[book->slice_of[book->row_of[id]]].view;
    double carry = portable_log(view->forward / out->spot);
    out->strike = c->strike_mills / 1000.0;
    out->years = view->years;
    out->vol = g->iv;
    out->rate = view->years > 0 ? -portable_log(view->discount) / view->years : 0;
    out->yield = view->years > 0 ? out->rate - carry / view->years : 0;
    out->multiplier = c->multiplier;
    out->sign = c->right == OPTION_CALL ? OPTION_SIGN_CALL : OPTION_SIGN_PUT;
    out->is_american = c->style != STYLE_EUROPEAN;
    return isfinite(out->vol) && isfinite(out->rate) && isfinite(out->yield) &&
           isfinite(out->years);
}

static void fill_unit(struct kernel *k, struct market *market, struct unit *unit, double *tail)
{
    const struct guard *guard = k->guard;
    struct option_greeks g = { NAN, 1, 0, 0, 0 };
    struct stress_option option;
    bool is_priced = option_of(market, unit->is_stock, unit->id, &g, &option);
    struct risk_greeks greeks = { .delta = g.delta,
                                  .gamma = g.gamma,
                                  .vega = g.vega,
                                  .theta = g.theta,
                                  .spot = option.spot,
                                  .beta = market->beta,
                                  .index_spot = money_to_dollars(unit->index),
                                  .multiplier = option.multiplier };
    memset(&unit->vector, 0, sizeof unit->vector);
    unit->is_known = risk_vector_greeks(&unit->vector, &greeks);
    if (unit->is_known && guard->needs_stress)
        unit->is_known = is_priced && stress_vector_option(&option, guard->stress, &unit->vector);
    if (guard->needs_tail)
        unit->is_tail_known =
            is_priced && isfinite(guard->sigma) &&
            stress_profits_option(&option, MOVES, guard->moves, guard->sigma, tail);
}

/* NULL when there is no level, or the contract is not listed today. */
static struct unit *unit_of(struct kernel *k, struct market *market, bool is_stock, uint32_t id,
                            double **tail)
{
    struct guard *g = k->guard;
    uint32_t index = (uint32_t)(market - k->markets), at = (id * 31 + index * 7 + is_stock) % UNITS;
    const struct book *book = &market->book;
    int64_t index_level = index_now(k).level;
    struct unit *unit = &g->units[at];
    if (book->underlying == PRICE_NONE || index_level == PRICE_NONE ||
        (!is_stock && id == OPTION_NONE))
        return NULL;
    *tail = g->tail_units ? &g->tail_units[(size_t)at * MOVES] : NULL;
    bool is_same_sigma = g->sigma == unit->sigma || (isnan(g->sigma) && isnan(unit->sigma));
    if (unit->is_used && unit->market == index && unit->id == id && unit->is_stock == is_stock &&
        unit->stamp == book->stamp && unit->spot == book->underlying &&
        unit->index == index_level && is_same_sigma)
        return unit;
    *unit = (struct unit){ .market = index,
                           .id = id,
                           .is_used = true,
                           .is_stock = is_stock,
                           .stamp = book->stamp,
                           .spot = book->underlying,
                           .index = index_level,
                           .sigma = g->sigma };
    fill_unit(k, market, unit, *tail);
    return unit;
}

bool guard_vector(struct kernel *k, struct market *market, bool is_stock, uint32_t id,
                  struct risk_vector *out)
{
    double *tail;
    memset(out, 0, sizeof *out);
    if (!k->guard->needs_greeks) /* nobody asks, and what is not known stops nobody */
        return true;
    const struct unit *unit = unit_of(k, market, is_stock, id, &tail);
    if (!unit || !unit->is_known)
        return false;
    *out = unit->vector;
    return true;
}

/* ---- value at risk --------------------------------------------------------------------------- */

void guard_moves(struct kernel *k)
{
    static const double SESSIONS = 252;
    struct guard *g = k->guard;
    if (!g->needs_tail)
        return;
    double vol = isnan(k->vix) ? book_iv30(&index_now(k).market->book) : k->vix / 100;
    g->sigma = vol > 0 && vol < 10 ? vol / sqrt(SESSIONS) : NAN;
    g->is_tail_known = true;
    memset(g->tail_book, 0, MOVES * sizeof *g->tail_book);
}

static bool add_unit(struct kernel *k, struct market *market, bool is_stock, uint32_t id,
                     double quantity, double *sum)
{
    double *tail;
    const struct unit *unit = unit_of(k, market, is_stock, id, &tail);
    if (!unit || !unit->is_tail_known)
        return false;
    for (int i = 0; i < MOVES; i++)
        sum[i] += quantity * tail[i];
    return true;
}

void guard_tail_hold(struct kernel *k, struct market *market, bool is_stock, uint32_t id,
                     int64_t quantity)
{
    struct guard *g = k->guard;
    if (g->needs_tail)
        g->is_tail_known &= add_unit(k, market, is_stock, id, (double)quantity, g->tail_book);
}

/* One package in each move, into tail_order. */
static bool of_package(struct kernel *k, const struct order_terms *terms)
{
    struct guard *g = k->guard;
    struct market *market = &k->markets[terms->underlying_index];
    bool is_known = true;
    memset(g->tail_order, 0, MOVES * sizeof *g->tail_order);
    for (int i = 0; i < terms->leg_count && is_known; i++) {
        const struct package_leg *leg = &terms->legs[i];
        uint32_t id = leg->is_stock ? OPTION_NONE : book_find(&market->book, &leg->contract);
        is_known = add_unit(k, market, leg->is_stock, id, (double)leg->ratio, g->tail_order);
    }
    return is_known;
}

void guard_tail_work(struct kernel *k, const struct order_terms *terms, int64_t packages)
{
    struct guard *g = k->guard;
    if (!g->needs_tail)
        return;
    g->is_tail_known &= of_package(k, terms);
    for (int i = 0; i < MOVES; i++)
        g->tail_book[i] += fmin(0, (double)packages * g->tail_order[i]);
}

static bool tail_unknown(struct gate_talk *talk, enum risk_limit rule, bool stops)
{
    struct gate_verdict v = { .gate = GATE_IS_SAFE,
                              .word = stops ? GATE_SAYS_NO : GATE_NOT_ASKED,
                              .number = NAN,
                              .limit = NAN,
                              .unit = "dollars",
                              .would_pass = "what only reduces would pass" };
    snprintf(v.rule, sizeof v.rule, "%s", risk_limit_row(rule)->word);
    snprintf(
        v.text, sizeof v.text,
        "%s: unknown; the limit is a known one; %s (a vol of the index or of a position is missing)",
        v.rule, v.would_pass);
    return gate_says(talk, &v);
}

bool guard_tail_now(struct guard *g, struct tail *out)
{
    return g->needs_tail && g->is_tail_known &&
           tail_of_book(MOVES, g->tail_book, g->tail_room, out) == ERR_OK;
}

bool guard_tail(struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk)
{
    static const enum risk_limit rules[] = { RISK_VAR, RISK_SHORTFALL };
    struct guard *g = k->guard;
    if (!g->needs_tail)
        return true;
    bool is_known = g->is_tail_known && of_package(k, ask->terms);
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
        struct risk_limits only = g->limits;
        struct risk_verdict verdict;
        struct gate_verdict said;
        only.at[rules[!i]] = RISK_OFF;
        if (g->limits.at[rules[i]] == RISK_OFF || (ask->reduces && !talk->all))
            continue; /* nobody is locked in by what the day may bring */
        if (!is_known || tail_check(&g->account, &only, MOVES, g->tail_book, g->tail_order,
                                    ask->terms->edit.quantity, g->tail_room, &verdict)) {
            if (!tail_unknown(talk, rules[i], !ask->reduces))
                return false;
            continue;
        }
        verdict.is_allowed |= ask->reduces;
        if (i == 1)
            verdict.rule = RISK_SHORTFALL;
        guard_verdict(k, ask->terms, &verdict, true, &said);
        if (!gate_says(talk, &said))
            return false;
    }
    return true;
}
