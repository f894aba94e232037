/*
 * Branch and bound over a program. The simplex works in doubles on a dictionary
 *     basic = b - a x nonbasic,   cost = z + d x nonbasic
 * and only proposes: which integers to try, and multipliers for a dual bound. Both are then judged
 * in exact integers. See V. Chvatal, Linear Programming (1983), chapters 2 and 10.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "domain/margin/margin_int.h"

enum {
    ROWS = PROGRAM_ROWS_MAX + PROGRAM_BRANCHES_MAX,
    COLUMNS = PROGRAM_COLUMNS_MAX,
    PIVOTS_MAX = 3000,
    PIVOTS_STEEP =
        60, /* from there on the first row and column that do: Bland's rule ends cycles */
};

#define TINY 1e-9
#define WHOLE 1e-4
#define APART 1e-9    /* how far right sides are moved */
#define FEASIBLE 1e-6 /* far above what that adds up to */

/* Names: a column by its index, the slack of row r by COLUMNS + r, of a branch beyond them. */
struct dictionary {
    int rows, columns;
    double b[ROWS], d[COLUMNS];
    int basic[ROWS], nonbasic[COLUMNS];
    double a[ROWS][COLUMNS];
};

struct branch {
    int column;
    bool is_upper, is_second;
    int64_t value;
};

struct simplex {
    struct dictionary root, node;
    double cost_scale, loss_scale;
    int64_t step;                   /* every choice costs a multiple of so many cents */
    double reduced[COLUMNS + ROWS]; /* by name */
    int64_t lower[COLUMNS], upper[COLUMNS], trial[COLUMNS];
    struct branch path[PROGRAM_BRANCHES_MAX];
    int depth;
};

enum outcome { OPTIMAL, INFEASIBLE, GAVE_UP };

struct simplex *simplex_new(struct arena *arena)
{
    return arena_new(arena, struct simplex);
}

static void pivot(struct dictionary *t, int r, int j)
{
    double p = t->a[r][j];
    double *restrict row = t->a[r];
    for (int k = 0; k < t->columns; k++)
        row[k] /= p;
    row[j] = 1.0 / p;
    t->b[r] /= p;
    for (int i = 0; i < t->rows; i++) {
        double f = t->a[i][j];
        if (i == r || f == 0.0)
            continue;
        double *restrict other = t->a[i];
        for (int k = 0; k < t->columns; k++)
            other[k] -= f * row[k];
        other[j] = -f * row[j];
        t->b[i] -= f * t->b[r];
    }
    double f = t->d[j];
    for (int k = 0; k < t->columns; k++)
        t->d[k] -= f * row[k];
    t->d[j] = -f * row[j];
    int name = t->basic[r];
    t->basic[r] = t->nonbasic[j];
    t->nonbasic[j] = name;
}

static enum outcome primal(struct dictionary *t)
{
    for (int n = 0; n < PIVOTS_MAX; n++) {
        int j = -1;
        for (int k = 0; k < t->columns; k++)
            if (t->d[k] < -TINY && (j < 0 || t->d[k] < t->d[j]))
                j = k;
        if (j < 0)
            return OPTIMAL;
        int r = -1;
        double least = INFINITY;
        for (int i = 0; i < t->rows; i++) {
            double p = t->a[i][j];
            if (p <= TINY)
                continue;
            double ratio = t->b[i] / p;
            if (ratio < least - 1e-12 || (ratio < least + 1e-12 && p > t->a[r][j])) {
                least = ratio;
                r = i;
            }
        }
        if (r < 0)
            return GAVE_UP;
        pivot(t, r, j);
    }
    return GAVE_UP;
}

/* *out_row is the row that cannot be met when INFEASIBLE. */
static enum outcome dual(struct dictionary *t, int *out_row)
{
    for (int n = 0; n < PIVOTS_MAX; n++) {
        int r = -1;
        for (int i = 0; i < t->rows; i++)
            if (t->b[i] < -FEASIBLE &&
                (r < 0 || (n < PIVOTS_STEEP ? t->b[i] < t->b[r] : t->basic[i] < t->basic[r])))
                r = i;
        if (r < 0)
            return OPTIMAL;
        int j = -1;
        double least = INFINITY;
        for (int k = 0; k < t->columns; k++) {
            double p = -t->a[r][k];
            if (p <= TINY)
                continue;
            double ratio = (t->d[k] > 1e-11 ? t->d[k] : 0.0) / p;
            bool is_first = j >= 0 && ratio < least + 1e-12 &&
                            (n < PIVOTS_STEEP ? p > -t->a[r][j] : t->nonbasic[k] < t->nonbasic[j]);
            if (ratio < least - 1e-12 || is_first) {
                least = ratio;
                j = k;
            }
        }
        *out_row = r;
        if (j < 0)
            return INFEASIBLE;
        pivot(t, r, j);
    }
    return GAVE_UP;
}

static double scaled(const struct program *p, const struct simplex *s, int row, int column)
{
    double value = (double)p->a[row][column];
    if (!p->is_loss_row[row])
        return value;
    return p->columns[column].kind == COLUMN_LOSS ? value : value / s->loss_scale;
}

static double scaled_cost(const struct program *p, const struct simplex *s, int column)
{
    double cost = (double)p->columns[column].cost / s->cost_scale;
    return p->columns[column].kind == COLUMN_LOSS ? cost * s->loss_scale : cost;
}

static int64_t common(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

/* Prices come in ticks: the divisor that all costs share lets a bound be rounded up to it. */
static int64_t step_of(const struct program *p)
{
    int64_t step = 0;
    for (int j = 0; j < p->column_count; j++)
        if (p->columns[j].kind != COLUMN_LOSS)
            step = common(step, p->columns[j].cost);
    for (int r = p->equal_count; r < p->row_count; r++)
        for (int j = 0; j < p->column_count && p->is_loss_row[r]; j++)
            if (p->columns[j].kind != COLUMN_LOSS)
                step = common(step, p->a[r][j]);
    return step > 0 ? step : 1;
}

static void set_scales(const struct program *p, struct simplex *s)
{
    int64_t cost = 1, loss = 1;
    for (int j = 0; j < p->column_count; j++) {
        int64_t size = p->columns[j].cost < 0 ? -p->columns[j].cost : p->columns[j].cost;
        if (size > cost && size < NOT_ALLOWED)
            cost = size;
        for (int r = p->equal_count; r < p->row_count; r++)
            if (p->is_loss_row[r] && llabs(p->a[r][j]) > loss)
                loss = llabs(p->a[r][j]);
    }
    s->step = step_of(p);
    s->cost_scale = (double)cost;
    s->loss_scale = (double)loss;
}

/* All shorts uncovered and all longs alone: a choice that always holds, so no first phase. Right
 * sides are moved apart a little, which keeps ties from cycling and cannot move the exact bound. */
static void start(const struct program *p, struct simplex *s)
{
    struct dictionary *t = &s->root;
    int n = p->equal_count;
    t->rows = p->row_count;
    t->columns = p->column_count - n;
    for (int k = 0; k < t->columns; k++) {
        t->nonbasic[k] = n + k;
        t->d[k] = scaled_cost(p, s, n + k);
    }
    for (int r = 0; r < t->rows; r++) {
        t->basic[r] = r < n ? r : COLUMNS + r;
        t->b[r] = (double)p->right[r] + APART * (1.0 + (double)(r * 37 % 101) / 101.0);
        for (int k = 0; k < t->columns; k++)
            t->a[r][k] = scaled(p, s, r, n + k);
    }
    for (int i = 0; i < n; i++) {
        double cost = scaled_cost(p, s, i);
        for (int k = 0; k < t->columns; k++)
            t->d[k] -= cost * t->a[i][k];
        for (int r = n; r < t->rows; r++) {
            double f = (double)p->a[r][i]; /* only rows without a scale have these columns */
            if (f == 0.0)
                continue;
            t->b[r] -= f * t->b[i];
            for (int k = 0; k < t->columns; k++)
                t->a[r][k] -= f * t->a[i][k];
        }
    }
}

static int128 to_fixed(double value)
{
    return fabs(value) < 1e12 ? (int128)(value * 0x1p50) : 0; /* NaN is 0 too */
}

/* A cent of loss costs a cent: rows of one loss may together not charge more, not by a bit. */
static void trim_losses(const struct program *p, int128 *y)
{
    for (int j = 0; j < p->column_count; j++) {
        if (p->columns[j].kind != COLUMN_LOSS)
            continue;
        int128 excess = -((int128)1 << 50);
        int largest = -1;
        for (int r = p->equal_count; r < p->row_count; r++) {
            if (!p->is_loss_row[r] || p->a[r][j] == 0)
                continue;
            excess -= y[r];
            if (largest < 0 || y[r] < y[largest])
                largest = r;
        }
        if (excess > 0)
            y[largest] += excess;
    }
}

/* Exact: dual bound of the program between lower and upper, from multipliers of any quality. With
 * with_cost false, of the program without costs: above 0 proves that there is no choice at all. */
static int128 dual_bound(const struct program *p, const struct simplex *s, bool with_cost,
                         double size)
{
    int128 y[PROGRAM_ROWS_MAX];
    int128 total = 0;
    for (int r = p->equal_count; r < p->row_count; r++) {
        double value = -s->reduced[COLUMNS + r] * size;
        if (p->is_loss_row[r]) /* losses have no end: they cannot make a program impossible */
            value = with_cost ? value / s->loss_scale : 0.0;
        y[r] = value < 0.0 ? to_fixed(value) : 0;
    }
    if (with_cost)
        trim_losses(p, y);
    for (int i = 0; i < p->equal_count; i++) {
        double value = -s->reduced[i];
        for (int k = 0; k < s->depth; k++)
            if (s->path[k].column == i)
                value +=
                    s->reduced[COLUMNS + PROGRAM_ROWS_MAX + k] * (s->path[k].is_upper ? 1.0 : -1.0);
        y[i] = to_fixed(value * size) + (with_cost ? (int128)p->columns[i].cost * ((int128)1 << 50) : 0);
        for (int r = p->equal_count; r < p->row_count; r++)
            y[i] -= y[r] * p->a[r][i];
    }
    for (int r = 0; r < p->row_count; r++)
        total += y[r] * p->right[r];
    for (int j = 0; j < p->column_count; j++) {
        int128 rest = with_cost ? (int128)p->columns[j].cost * ((int128)1 << 50) : 0;
        for (int r = 0; r < p->row_count; r++)
            if (p->a[r][j] != 0)
                rest -= y[r] * p->a[r][j];
        total += rest * (rest < 0 ? s->upper[j] : s->lower[j]);
    }
    return total;
}

/* Ask for x[column] <= value or >= value in a solved dictionary. */
static void add_branch(struct dictionary *t, const struct branch *branch, int name)
{
    double value = (double)branch->value, sign = branch->is_upper ? 1.0 : -1.0;
    int r = t->rows++;
    for (int k = 0; k < t->columns; k++)
        t->a[r][k] = t->nonbasic[k] == branch->column ? sign : 0.0;
    t->b[r] = sign * value;
    t->basic[r] = name;
    for (int i = 0; i < r; i++)
        if (t->basic[i] == branch->column) {
            for (int k = 0; k < t->columns; k++)
                t->a[r][k] = -sign * t->a[i][k];
            t->b[r] = sign * (value - t->b[i]);
        }
}

static void copy_root(struct simplex *s)
{
    const struct dictionary *from = &s->root;
    struct dictionary *to = &s->node;
    size_t columns = (size_t)from->columns, rows = (size_t)from->rows;
    to->rows = from->rows;
    to->columns = from->columns;
    memcpy(to->b, from->b, rows * sizeof *to->b);
    memcpy(to->d, from->d, columns * sizeof *to->d);
    memcpy(to->basic, from->basic, rows * sizeof *to->basic);
    memcpy(to->nonbasic, from->nonbasic, columns * sizeof *to->nonbasic);
    for (size_t r = 0; r < rows; r++)
        memcpy(to->a[r], from->a[r], columns * sizeof to->a[r][0]);
}

/* The path's bounds on every column, as integers. */
static void set_bounds(const struct program *p, struct simplex *s)
{
    for (int j = 0; j < p->column_count; j++) {
        s->lower[j] = 0;
        s->upper[j] = p->columns[j].most;
    }
    for (int i = 0; i < s->depth; i++) {
        const struct branch *branch = &s->path[i];
        int j = branch->column;
        if (branch->is_upper && branch->value < s->upper[j])
            s->upper[j] = branch->value;
        if (!branch->is_upper && branch->value > s->lower[j])
            s->lower[j] = branch->value;
    }
}

static enum outcome solve_node(const struct program *p, struct simplex *s, int *bad_row)
{
    copy_root(s);
    set_bounds(p, s);
    enum outcome outcome = OPTIMAL;
    for (int i = 0; i < s->depth && outcome == OPTIMAL; i++) {
        add_branch(&s->node, &s->path[i], COLUMNS + PROGRAM_ROWS_MAX + i);
        outcome = dual(&s->node, bad_row);
    }
    return outcome;
}

static void take_reduced(struct simplex *s, const double *from)
{
    memset(s->reduced, 0, sizeof s->reduced);
    for (int k = 0; k < s->node.columns; k++)
        s->reduced[s->node.nonbasic[k]] = from[k];
}

/* True when the proposal, rounded, is a choice that holds; it is kept when it costs less. */
static bool try_rounded(struct program *p, const struct pool *pool, struct simplex *s)
{
    memset(s->trial, 0, (size_t)p->column_count * sizeof *s->trial);
    for (int r = 0; r < s->node.rows; r++)
        if (s->node.basic[r] < COLUMNS)
            s->trial[s->node.basic[r]] = llround(s->node.b[r]);
    int128 cost = 0;
    for (int j = 0; j < p->column_count; j++) {
        if (p->columns[j].kind == COLUMN_LOSS)
            s->trial[j] = program_loss(p, pool, p->columns[j].group, s->trial);
        else if (s->trial[j] < 0 || s->trial[j] > p->columns[j].most)
            return false;
        cost += (int128)s->trial[j] * p->columns[j].cost;
    }
    for (int r = 0; r < p->row_count; r++) {
        int128 sum = 0;
        for (int j = 0; j < p->column_count; j++)
            if (p->a[r][j] != 0 && s->trial[j] != 0)
                sum += (int128)p->a[r][j] * s->trial[j];
        if (r < p->equal_count ? sum != p->right[r] : sum > p->right[r])
            return false;
    }
    if (cost < p->cost) {
        p->cost = (int64_t)cost;
        memcpy(p->x, s->trial, (size_t)p->column_count * sizeof *p->x);
    }
    return true;
}

/* The first column that is not whole, what stays uncovered before what is paired: the rest mostly
 * follows from it. -1 when all are whole. */
static int pick_branch(const struct program *p, const struct simplex *s, double *out_value)
{
    int best = -1;
    for (int r = 0; r < s->node.rows; r++) {
        int j = s->node.basic[r];
        if (j >= COLUMNS || p->columns[j].kind == COLUMN_LOSS || (best >= 0 && j > best))
            continue;
        if (fabs(s->node.b[r] - round(s->node.b[r])) <= WHOLE)
            continue;
        best = j;
        *out_value = s->node.b[r];
    }
    return best;
}

/* The other side of the last branch that has one; false when the search is over. */
static bool backtrack(struct simplex *s)
{
    while (s->depth > 0) {
        struct branch *last = &s->path[s->depth - 1];
        if (!last->is_second) {
            last->is_second = true;
            last->value += last->is_upper ? 1 : -1;
            last->is_upper = !last->is_upper;
            return true;
        }
        s->depth--;
    }
    return false;
}

static int64_t ceil_fixed(int128 value)
{
    int128 one = (int128)1 << 50;
    int128 floor = value >= 0 ? value / one : -((-value + one - 1) / one);
    return (int64_t)(floor * one == value ? floor : floor + 1);
}

static int64_t ceil_to(int64_t value, int64_t step)
{
    int64_t rest = value % step;
    return rest == 0 ? value : value - rest + (rest > 0 ? step : 0);
}

/* One node: true when nothing below it can be better than what is known. Otherwise *branch says
 * whether there is a proposal to branch on. */
static bool close_node(struct program *p, const struct pool *pool, struct simplex *s, bool *branch)
{
    int bad_row = 0;
    enum outcome outcome = solve_node(p, s, &bad_row);
    *branch = outcome == OPTIMAL;
    if (outcome == GAVE_UP)
        return false;
    if (outcome == INFEASIBLE) {
        take_reduced(s, s->node.a[bad_row]);
        s->reduced[s->node.basic[bad_row]] = 1.0;
        return dual_bound(p, s, false, 1e3) > 0;
    }
    take_reduced(s, s->node.d);
    int64_t bound = ceil_to(ceil_fixed(dual_bound(p, s, true, s->cost_scale)), s->step);
    if (s->depth == 0)
        p->bound = bound;
    if (bound >= p->cost)
        return true;
    try_rounded(p, pool, s);
    return bound >= p->cost;
}

static void alone_first(struct program *p)
{
    memset(p->x, 0, sizeof p->x);
    p->cost = 0;
    for (int j = 0; j < p->equal_count; j++) {
        p->x[j] = p->right[j];
        p->cost += p->right[j] * p->columns[j].cost;
    }
}

/* What cannot be undercut: every line at its cheapest. */
static int64_t plain_bound(const struct program *p)
{
    int128 bound = 0;
    for (int i = 0; i < p->equal_count; i++) {
        int64_t least = p->columns[i].cost;
        for (int j = 0; j < p->column_count; j++)
            if (p->a[i][j] != 0 && p->columns[j].cost < least)
                least = p->columns[j].cost;
        bound += (int128)least * p->right[i];
    }
    return (int64_t)bound;
}

void program_solve(struct program *p, const struct pool *pool, struct simplex *s, bool bound_only)
{
    alone_first(p);
    p->node_count = 0;
    p->bound = plain_bound(p);
    p->is_minimal = p->bound >= p->cost;
    if (p->is_minimal || p->column_count == p->equal_count) {
        p->is_minimal = true;
        p->bound = p->cost;
        return;
    }
    set_scales(p, s);
    start(p, s);
    if (primal(&s->root) != OPTIMAL)
        return;
    s->depth = 0;
    bool is_proven = true, is_open = true;
    while (is_open && p->node_count < PROGRAM_NODES_MAX) {
        p->node_count++;
        double value = 0.0;
        bool can_branch, is_closed = close_node(p, pool, s, &can_branch);
        int column = is_closed || !can_branch || bound_only ? -1 : pick_branch(p, s, &value);
        if (column >= 0 && s->depth < PROGRAM_BRANCHES_MAX) {
            bool down = value - floor(value) < 0.5;
            s->path[s->depth++] =
                (struct branch){ .column = column,
                                 .is_upper = down,
                                 .value = (int64_t)(down ? floor(value) : ceil(value)) };
            continue;
        }
        is_proven &= is_closed;
        is_open = !bound_only && backtrack(s);
    }
    p->is_minimal = is_proven && !is_open;
    if (p->is_minimal)
        p->bound = p->cost;
}
