/* Pools in, plans out: exact for as many lines as promised, by parts beyond. */
#include <string.h>

#include "domain/margin/margin_int.h"

enum err margin_terms_parse(struct str word, struct margin_terms *out, bool *is_asked)
{
    *out = (struct margin_terms){ .type = str_is(word, "cash") ? MARGIN_ACCOUNT_CASH
                                                               : MARGIN_ACCOUNT_MARGIN,
                                  .is_portfolio = str_is(word, "portfolio") };
    *is_asked = !str_is(word, "none");
    if (!*is_asked || out->is_portfolio || out->type == MARGIN_ACCOUNT_CASH ||
        str_is(word, "reg-t"))
        return ERR_OK;
    return err_set(ERR_USAGE,
                   "margin \"%.*s\" is not known; there are reg-t, portfolio, cash, none",
                   STR_ARG(word));
}

struct margin_work *margin_work_new(struct arena *arena)
{
    struct margin_work *work = arena_new(arena, struct margin_work);
    work->simplex = simplex_new(arena);
    work->branches_max = MARGIN_BRANCHES_MAX;
    return work;
}

void margin_work_branches(struct margin_work *work, size_t most)
{
    work->branches_max = most;
}

static enum err add_pool(struct margin_work *work, const struct margin_book *book,
                         const struct pool *pool, struct margin_plan *plan)
{
    MUST(program_build(&work->program, pool, false));
    program_solve(&work->program, pool, work->simplex, false, work->branches_max);
    plan->is_minimal &= work->program.is_minimal;
    plan->node_count += work->program.node_count;
    return plan_add(plan, book, pool, &work->program);
}

/* Lines from first on, of as few expiries as needed, at most MARGIN_EXACT_LINES. */
static size_t cut_part(struct pool *part, const struct pool *pool, size_t first)
{
    size_t end = first;
    while (end < pool->count && end - first < MARGIN_EXACT_LINES)
        end++;
    if (end < pool->count) {
        size_t whole = end;
        while (whole > first && pool->at[whole - 1].when == pool->at[end].when)
            whole--;
        if (whole > first)
            end = whole;
    }
    part->count = end - first;
    memmove(part->at, pool->at + first, part->count * sizeof *part->at);
    if (first > 0) {
        part->has_stock = false;
        part->units = part->shares = part->unit_alone = part->rest_alone = 0;
    }
    return end;
}

static int64_t base_of(const struct pool *pool)
{
    int64_t base = pool->units * pool->unit_alone + pool->rest_alone;
    for (size_t i = 0; i < pool->count; i++)
        if (!pool->at[i].is_short)
            base += pool->at[i].quantity * pool->at[i].value;
    return base;
}

/* Too many lines to search: what no grouping undercuts is bounded with expiries forgotten. */
static enum err add_large_pool(struct margin_work *work, const struct margin_book *book,
                               const struct pool *pool, struct margin_plan *plan)
{
    int64_t bound = 0;
    if (program_build(&work->program, pool, true)) {
        program_solve(&work->program, pool, work->simplex, true, MARGIN_BRANCHES_MAX);
        bound = base_of(pool) + work->program.bound;
    }
    if (bound < 0)
        bound = 0;
    int64_t before = plan->bound;
    plan->is_minimal = false;
    enum err err = ERR_OK;
    for (size_t first = 0; first < pool->count && !err;) {
        work->part = *pool;
        first = cut_part(&work->part, pool, first);
        err = add_pool(work, book, &work->part, plan);
        plan->is_minimal = false;
    }
    plan->bound = before + bound * MICROS_PER_CENT;
    return err;
}

static void sum_up(struct margin_plan *plan)
{
    for (size_t i = 0; i < plan->group_count; i++) {
        plan->requirement += plan->groups[i].requirement;
        plan->proceeds += plan->groups[i].proceeds;
        plan->long_value += plan->groups[i].long_value;
    }
    plan->deposit = plan->requirement - plan->proceeds;
    plan->cash = plan->requirement - plan->long_value;
}

enum err margin_strategy_plan(struct margin_work *work, const struct margin_book *book,
                              const struct margin_terms *terms, enum margin_when when,
                              struct margin_plan *plan)
{
    plan->requirement = plan->proceeds = plan->long_value = plan->deposit = plan->cash = 0;
    plan->bound = 0;
    plan->node_count = plan->group_count = plan->leg_count = 0;
    plan->is_minimal = true;
    plan->is_uncertain = false;
    struct pool_cursor cursor;
    struct pool *pool = &work->pool;
    enum err err = pool_start(&cursor, book, terms, when);
    while (!err && pool_next(&cursor, pool, &err))
        err = pool->count > MARGIN_EXACT_LINES ? add_large_pool(work, book, pool, plan)
                                               : add_pool(work, book, pool, plan);
    if (err) {
        memset(plan, 0, sizeof *plan);
        return err;
    }
    sum_up(plan);
    return ERR_OK;
}

enum err margin_strategy(struct margin_work *work, const struct margin_book *book,
                         const struct margin_terms *terms, struct margin_answer *answer)
{
    enum err err = margin_strategy_plan(work, book, terms, MARGIN_INITIAL, &answer->initial);
    if (!err)
        err = margin_strategy_plan(work, book, terms, MARGIN_MAINTENANCE, &answer->maintenance);
    if (err)
        memset(answer, 0, sizeof *answer);
    return err;
}
