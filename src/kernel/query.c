/*
 * Questions from outside change nothing: what they make the book and the guard work out is
 * forgotten again.
 *
 * Forwards and the account's exposure are counted once a second, when somebody first asks; a page
 * that asks in between would otherwise decide from which quotes, and a replay, in which nobody
 * asks, would come to something else.
 */
#include <string.h>

#include "kernel/guard.h"

struct query { /* as it was */
    struct guard guard;
    struct risk_pot *underlyings, *strategies;
    double *tail_book;  /* GUARD_MOVES */
    struct unit *units; /* the questions' own: what one priced is not found by an order, which a
                           replay would price anew */
    double *tail_units;
    size_t effect_count;
    int step_notes;
};

void query_open(struct kernel *k, struct arena *arena)
{
    k->query = arena_new(arena, struct query);
    k->query->underlyings = arena_array(arena, struct risk_pot, k->market_count);
    k->query->strategies = arena_array(arena, struct risk_pot, k->host_total);
    k->query->tail_book = arena_array(arena, double, GUARD_MOVES);
    if (k->guard)
        guard_question_room(k->guard, arena, &k->query->units, &k->query->tail_units);
}

void query_begin(struct kernel *k)
{
    struct query *q = k->query;
    const struct guard *g = k->guard;
    for (uint32_t i = 0; i < k->market_count; i++)
        book_ask(&k->markets[i].book);
    q->effect_count = k->effect_count;
    q->step_notes = k->step_notes;
    if (!g)
        return;
    q->guard = *g;
    k->guard->units = q->units;
    k->guard->tail_units = q->tail_units;
    memcpy(q->underlyings, g->account.underlyings,
           g->account.underlying_count * sizeof *q->underlyings);
    memcpy(q->strategies, g->account.strategies, g->account.strategy_count * sizeof *q->strategies);
    if (g->tail_book)
        memcpy(q->tail_book, g->tail_book, GUARD_MOVES * sizeof *q->tail_book);
}

void query_end(struct kernel *k)
{
    const struct query *q = k->query;
    struct guard *g = k->guard;
    for (uint32_t i = 0; i < k->market_count; i++)
        book_asked(&k->markets[i].book);
    k->effect_count = q->effect_count;
    k->step_notes = q->step_notes;
    if (!g)
        return;
    *g = q->guard;
    memcpy(g->account.underlyings, q->underlyings,
           g->account.underlying_count * sizeof *q->underlyings);
    memcpy(g->account.strategies, q->strategies, g->account.strategy_count * sizeof *q->strategies);
    if (g->tail_book)
        memcpy(g->tail_book, q->tail_book, GUARD_MOVES * sizeof *q->tail_book);
}
