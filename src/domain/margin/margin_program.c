/* The pairing of a pool as an integer program: margin.h says why these rows are all of it. */
#include <string.h>

#include "domain/margin/margin_int.h"

struct builder {
    struct program *program;
    const struct pool *pool;
    bool relaxed; /* expiries do not matter, what pairs save is given to one of the two */
    int stock_row;
    int chain_row[POOL_LINES_MAX]; /* of a saved short */
    int rank[POOL_LINES_MAX];      /* shorts by uncovered requirement, greatest first */
};

static int add_row(struct program *program, int64_t right)
{
    if (program->row_count >= PROGRAM_ROWS_MAX)
        return -1;
    int row = program->row_count++;
    program->right[row] = right;
    program->is_loss_row[row] = false;
    memset(program->a[row], 0, sizeof program->a[row]);
    return row;
}

static int add_column(struct program *program, enum column_kind kind, int64_t cost, int64_t most)
{
    if (program->column_count >= PROGRAM_COLUMNS_MAX)
        return -1;
    int column = program->column_count++;
    program->columns[column] = (struct column){ .kind = kind, .cost = cost, .most = most };
    return column;
}

static bool use_line(struct program *program, int column, int line, int64_t most)
{
    struct column *c = &program->columns[column];
    c->line[c->line_count++] = (uint16_t)line;
    program->a[line][column] = 1;
    if (c->most > most)
        c->most = most;
    return true;
}

static bool can_save(const struct option_line *o)
{
    return o->is_short && o->uncovered != NOT_ALLOWED;
}

/* Strictly before: the greater requirement; of equals the one whose side leaves more to pay, then
 * calls, then the order of the lines. */
static bool ranks_before(const struct pool *pool, int i, int k)
{
    const struct option_line *a = &pool->at[i], *b = &pool->at[k];
    if (a->uncovered != b->uncovered)
        return a->uncovered > b->uncovered;
    if (a->value != b->value)
        return a->value < b->value;
    if (a->right != b->right)
        return a->right == OPTION_CALL;
    return i < k;
}

static int64_t leaps_loan(const struct pool *pool, const struct option_line *o)
{
    if (!o->is_leaps)
        return 0;
    return o->value - (int64_t)part_up(o->value, rate_value(&pool->rates, MARGIN_RATE_LEAPS));
}

static bool add_lines(struct builder *b)
{
    const struct pool *pool = b->pool;
    for (size_t i = 0; i < pool->count; i++) {
        const struct option_line *o = &pool->at[i];
        int row = add_row(b->program, o->quantity);
        int64_t cost = o->is_short ? o->uncovered : -leaps_loan(pool, o);
        int column = add_column(b->program, COLUMN_ALONE, cost, o->quantity);
        if (row < 0 || column < 0)
            return false;
        MUST(row == column);
        use_line(b->program, column, row, o->quantity);
    }
    b->program->equal_count = b->program->row_count;
    return true;
}

static bool add_saved(struct builder *b)
{
    const struct pool *pool = b->pool;
    if (pool->type == MARGIN_ACCOUNT_CASH)
        return true;
    for (size_t i = 0; i < pool->count; i++) {
        const struct option_line *o = &pool->at[i];
        bool has_partner = false;
        for (size_t k = 0; k < pool->count && can_save(o); k++)
            has_partner |= can_save(&pool->at[k]) && pool->at[k].right != o->right &&
                           ranks_before(pool, (int)k, (int)i);
        if (!has_partner)
            continue;
        int column = add_column(b->program, COLUMN_SAVED, o->value, o->quantity);
        int row = add_row(b->program, 0);
        if (column < 0 || row < 0)
            return false;
        use_line(b->program, column, (int)i, o->quantity);
        b->chain_row[i] = row;
    }
    /* Row of i: those saved on its side at or above it, less those uncovered on the other above. */
    struct program *program = b->program;
    for (int i = 0; i < (int)pool->count; i++)
        for (int j = 0; j < program->column_count && b->chain_row[i] >= 0; j++) {
            int k = program->columns[j].line[0];
            bool same = pool->at[k].right == pool->at[i].right;
            bool above = k == i || ranks_before(pool, k, i);
            if (!can_save(&pool->at[k]) || !above)
                continue;
            if (program->columns[j].kind == COLUMN_SAVED && same)
                program->a[b->chain_row[i]][j] = 1;
            if (program->columns[j].kind == COLUMN_ALONE && !same)
                program->a[b->chain_row[i]][j] = -1;
        }
    return true;
}

static int64_t intrinsic(const struct option_line *o, int64_t at)
{
    int64_t gain = o->right == OPTION_CALL ? at - o->strike : o->strike - at;
    return gain > 0 ? gain : 0;
}

static bool is_member(const struct builder *b, const struct option_line *o, int64_t when)
{
    if (b->relaxed)
        return true;
    if (b->pool->type == MARGIN_ACCOUNT_CASH) /* there they must expire together */
        return o->when == when;
    return o->is_short ? o->when <= when : o->when >= when;
}

/* May these be a spread at all? A cash account takes European ones settled in cash. */
static bool may_spread(const struct builder *b, const struct option_line *o)
{
    return b->pool->type != MARGIN_ACCOUNT_CASH || o->is_european;
}

static bool add_loss_row(struct builder *b, int group, int loss, int64_t at)
{
    struct program *program = b->program;
    int row = add_row(program, 0);
    if (row < 0)
        return false;
    program->is_loss_row[row] = true;
    program->a[row][loss] = -1;
    for (int j = 0; j < program->column_count; j++) {
        const struct column *c = &program->columns[j];
        if (c->kind != COLUMN_SPREAD || c->group != group)
            continue;
        const struct option_line *o = &b->pool->at[c->line[0]];
        program->a[row][j] = o->is_short ? intrinsic(o, at) : -intrinsic(o, at);
    }
    return true;
}

static bool add_balance_row(struct builder *b, int group, char right)
{
    struct program *program = b->program;
    int row = add_row(program, 0);
    if (row < 0)
        return false;
    for (int j = 0; j < program->column_count; j++) {
        const struct column *c = &program->columns[j];
        if (c->kind != COLUMN_SPREAD || c->group != group)
            continue;
        const struct option_line *o = &b->pool->at[c->line[0]];
        if (o->right == right)
            program->a[row][j] = o->is_short ? 1 : -1;
    }
    return true;
}

static bool add_spread(struct builder *b, int64_t when)
{
    const struct pool *pool = b->pool;
    struct program *program = b->program;
    int group = program->group_count;
    bool has[2][2] = { { false } };
    for (size_t i = 0; i < pool->count; i++)
        if (is_member(b, &pool->at[i], when) && may_spread(b, &pool->at[i]))
            has[pool->at[i].right == OPTION_CALL][pool->at[i].is_short] = true;
    bool use[2] = { has[0][0] && has[0][1], has[1][0] && has[1][1] };
    if (!use[0] && !use[1])
        return true;
    program->group_when[program->group_count++] = when;
    for (size_t i = 0; i < pool->count; i++) {
        const struct option_line *o = &pool->at[i];
        /* Longs of a side without shorts still help: a long call pays where short puts do not. */
        if (!is_member(b, o, when) || !may_spread(b, o) ||
            (o->is_short && !use[o->right == OPTION_CALL]))
            continue;
        int column = add_column(program, COLUMN_SPREAD, 0, o->quantity);
        if (column < 0)
            return false;
        program->columns[column].group = group;
        use_line(program, column, (int)i, o->quantity);
    }
    int loss = add_column(program, COLUMN_LOSS, 1, 0);
    if (loss < 0)
        return false;
    program->columns[loss].group = group;
    bool fits = true;
    for (size_t i = 0; i < pool->count && fits; i++) {
        const struct option_line *o = &pool->at[i];
        bool seen = o->is_short || !is_member(b, o, when) || !may_spread(b, o);
        for (size_t k = 0; k < i && !seen; k++)
            seen = !pool->at[k].is_short && is_member(b, &pool->at[k], when) &&
                   may_spread(b, &pool->at[k]) && pool->at[k].strike == o->strike;
        fits = seen || add_loss_row(b, group, loss, o->strike);
    }
    if (use[0] && fits)
        fits = add_balance_row(b, group, OPTION_PUT);
    if (use[1] && fits)
        fits = add_balance_row(b, group, OPTION_CALL);
    return fits;
}

static bool add_spreads(struct builder *b)
{
    const struct pool *pool = b->pool;
    if (b->relaxed)
        return add_spread(b, 0);
    for (size_t i = 0; i < pool->count; i++) {
        bool seen = !pool->at[i].is_short;
        for (size_t k = 0; k < i && !seen; k++)
            seen = pool->at[k].is_short && pool->at[k].when == pool->at[i].when;
        if (!seen && !add_spread(b, pool->at[i].when))
            return false;
    }
    return true;
}

/* The right that a unit of the stock covers when sold, and the one that protects it when held. */
static bool covers(const struct pool *pool, const struct option_line *o)
{
    return o->is_short && (o->right == OPTION_CALL) != pool->is_short_stock;
}

static bool protects(const struct pool *pool, const struct option_line *o)
{
    return !o->is_short && (o->right == OPTION_PUT) != pool->is_short_stock && pool->is_own_stock &&
           pool->when == MARGIN_MAINTENANCE;
}

static bool is_collar(const struct pool *pool, const struct option_line *held,
                      const struct option_line *sold)
{
    if (!protects(pool, held) || !covers(pool, sold) || held->when != sold->when)
        return false;
    return !pool->is_short_stock || held->strike == sold->strike;
}

static bool add_stock_column(struct builder *b, enum column_kind kind, int held, int sold)
{
    const struct pool *pool = b->pool;
    const struct option_line *h = held < 0 ? NULL : &pool->at[held];
    const struct option_line *s = sold < 0 ? NULL : &pool->at[sold];
    int64_t cost = stock_hedged(pool, h, s) - pool->unit_alone;
    int column = add_column(b->program, kind, cost, pool->units);
    if (column < 0)
        return false;
    if (h)
        use_line(b->program, column, held, h->quantity);
    if (s)
        use_line(b->program, column, sold, s->quantity);
    b->program->a[b->stock_row][column] = 1;
    return true;
}

/* Relaxed, a collar is given to the short alone: fewer rows hold it, and none asks for more. */
static bool add_collars(struct builder *b, int sold)
{
    const struct pool *pool = b->pool;
    for (int held = 0; held < (int)pool->count; held++) {
        if (!is_collar(pool, &pool->at[held], &pool->at[sold]))
            continue;
        if (!add_stock_column(b, COLUMN_COLLAR, held, sold))
            return false;
        if (b->relaxed)
            b->program->a[held][b->program->column_count - 1] = 0;
    }
    return true;
}

static bool add_stock(struct builder *b)
{
    const struct pool *pool = b->pool;
    if (!pool->has_stock || pool->units == 0)
        return true;
    b->stock_row = add_row(b->program, pool->units);
    if (b->stock_row < 0)
        return false;
    for (int i = 0; i < (int)pool->count; i++) {
        bool fits = true;
        if (covers(pool, &pool->at[i]))
            fits = add_stock_column(b, COLUMN_STOCK, -1, i) && add_collars(b, i);
        else if (protects(pool, &pool->at[i]) &&
                 stock_hedged(pool, &pool->at[i], NULL) < pool->unit_alone)
            fits = add_stock_column(b, COLUMN_STOCK, i, -1);
        if (!fits)
            return false;
    }
    return true;
}

/* A long box buys the difference of its strikes: what it costs beyond half of that may be lent. */
static bool add_box(struct builder *b, int long_call, int short_put, int long_put, int short_call)
{
    const struct option_line *at = b->pool->at;
    int64_t width = at[long_put].strike - at[long_call].strike;
    int64_t debit =
        at[long_call].value + at[long_put].value - at[short_call].value - at[short_put].value;
    int64_t loan =
        debit - (int64_t)part_up(width, rate_value(&b->pool->rates, MARGIN_RATE_BOX_LONG));
    if (loan <= 0)
        return true;
    int column = add_column(b->program, COLUMN_BOX, -loan, at[long_call].quantity);
    if (column < 0)
        return false;
    const int lines[] = { long_call, short_put, long_put, short_call };
    for (size_t i = 0; i < ARRAY_COUNT(lines); i++)
        use_line(b->program, column, lines[i], at[lines[i]].quantity);
    return true;
}

static int find_line(const struct pool *pool, const struct option_line *like, bool is_short,
                     char right)
{
    for (size_t i = 0; i < pool->count; i++) {
        const struct option_line *o = &pool->at[i];
        if (o->is_short == is_short && o->right == right && o->strike == like->strike &&
            o->when == like->when && o->is_european)
            return (int)i;
    }
    return -1;
}

static bool add_boxes(struct builder *b)
{
    const struct pool *pool = b->pool;
    if (pool->type == MARGIN_ACCOUNT_CASH)
        return true;
    for (int lc = 0; lc < (int)pool->count; lc++) {
        const struct option_line *low = &pool->at[lc];
        int sp = low->right == OPTION_CALL && !low->is_short && low->is_european
                     ? find_line(pool, low, true, OPTION_PUT)
                     : -1;
        for (int lp = 0; lp < (int)pool->count && sp >= 0; lp++) {
            const struct option_line *high = &pool->at[lp];
            if (high->right != OPTION_PUT || high->is_short || !high->is_european ||
                high->when != low->when || high->strike <= low->strike)
                continue;
            int sc = find_line(pool, high, true, OPTION_CALL);
            if (sc >= 0 && !add_box(b, lc, sp, lp, sc))
                return false;
        }
    }
    return true;
}

/* More than the loss of any choice can be. */
static void bound_losses(struct program *program, const struct pool *pool)
{
    int64_t most = 0;
    for (size_t i = 0; i < pool->count; i++) {
        int64_t top = pool->at[i].strike;
        for (size_t k = 0; k < pool->count; k++)
            if (pool->at[k].strike > top)
                top = pool->at[k].strike;
        if (pool->at[i].is_short)
            most += top * pool->at[i].quantity;
    }
    for (int j = 0; j < program->column_count; j++)
        if (program->columns[j].kind == COLUMN_LOSS)
            program->columns[j].most = most;
}

bool program_build(struct program *program, const struct pool *pool, bool relaxed)
{
    struct builder b = { .program = program, .pool = pool, .relaxed = relaxed };
    program->row_count = program->equal_count = program->column_count = program->group_count = 0;
    for (size_t i = 0; i < POOL_LINES_MAX; i++)
        b.chain_row[i] = -1;
    if (!add_lines(&b) || !add_saved(&b) || !add_spreads(&b) || !add_stock(&b) || !add_boxes(&b))
        return false;
    bound_losses(program, pool);
    return true;
}

int64_t program_loss(const struct program *program, const struct pool *pool, int group,
                     const int64_t *x)
{
    int64_t worst = 0;
    for (size_t at = 0; at < pool->count; at++) {
        int64_t loss = 0;
        for (int j = 0; j < program->column_count; j++) {
            const struct column *c = &program->columns[j];
            if (c->kind != COLUMN_SPREAD || c->group != group || x[j] == 0)
                continue;
            const struct option_line *o = &pool->at[c->line[0]];
            int64_t each = intrinsic(o, pool->at[at].strike) * x[j];
            loss += o->is_short ? each : -each;
        }
        if (loss > worst)
            worst = loss;
    }
    return worst;
}
