/*
 * Branch and bound over a program, with cuts at the root.
 *
 * Doubles only propose: which integers to try, which cuts, which multipliers for a dual bound. All
 * three are judged in exact integers, so an error of the simplex could cost time but never the
 * minimum.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "domain/margin/margin_simplex_int.h"

enum {
    CUT_ROUNDS_MAX = 30,
    CUTS_A_ROUND = 16,
    LEVELS_MAX = 128,
    CANDIDATES_MAX = 8,
    PROBE_PIVOTS = 15
};

#define APART 1e-9 /* how far right sides are moved */

struct branch {
    int column;
    bool is_upper, is_second;
    int64_t value;
};

struct simplex {
    struct rows rows;
    struct dictionary level[LEVELS_MAX]; /* solved, one a depth */
    int depth, kept; /* level[0] to level[kept] are those of the path's first branches */
    struct branch path[PROGRAM_BRANCHES_MAX];
    double reduced[NAMES_MAX]; /* by name */
    int64_t lower[PROGRAM_COLUMNS_MAX], upper[PROGRAM_COLUMNS_MAX], trial[PROGRAM_COLUMNS_MAX];
    struct cut cut, cuts[CUTS_A_ROUND];
    double room[STACK_DOUBLES];
    double b[LEVELS_MAX][DICTIONARY_ROWS_MAX], d[LEVELS_MAX][PROGRAM_COLUMNS_MAX];
    int basic[LEVELS_MAX][DICTIONARY_ROWS_MAX], nonbasic[LEVELS_MAX][PROGRAM_COLUMNS_MAX];
};

struct simplex *simplex_new(struct arena *arena)
{
    return arena_new(arena, struct simplex);
}

/* ---- The program's rows ---------------------------------------------------------------------- */

/* What a loss is a multiple of: the common divisor of all that its rows hold. */
static int64_t unit_of(const struct program *p, int loss)
{
    int64_t unit = 0;
    for (int r = p->equal_count; r < p->row_count; r++)
        for (int j = 0; j < p->column_count && p->a[r][loss] != 0; j++)
            if (j != loss)
                unit = margin_divisor(unit, p->a[r][j]);
    return unit > 0 ? unit : 1;
}

static int loss_of_row(const struct program *p, int r)
{
    for (int j = 0; j < p->column_count && p->is_loss_row[r]; j++)
        if (p->columns[j].kind == COLUMN_LOSS && p->a[r][j] != 0)
            return j;
    return -1;
}

static void take_rows(const struct program *p, struct rows *rows)
{
    int64_t unit[PROGRAM_COLUMNS_MAX], cost_size = 1;
    rows->count = p->row_count;
    rows->equal_count = p->equal_count;
    rows->column_count = p->column_count;
    rows->step = 0;
    for (int j = 0; j < p->column_count; j++) {
        rows->is_loss[j] = p->columns[j].kind == COLUMN_LOSS;
        unit[j] = rows->is_loss[j] ? unit_of(p, j) : 1;
        rows->cost[j] = p->columns[j].cost * unit[j];
        rows->most[j] = p->columns[j].most / unit[j] + rows->is_loss[j];
        rows->column_scale[j] = 1.0;
        rows->step = margin_divisor(rows->step, rows->cost[j]);
        if (llabs(rows->cost[j]) > cost_size && llabs(rows->cost[j]) < NOT_ALLOWED)
            cost_size = llabs(rows->cost[j]);
    }
    rows->step = rows->step > 0 ? rows->step : 1;
    rows->cost_scale = (double)cost_size;
    int at = 0;
    for (int r = 0; r < p->row_count; r++) {
        int loss = loss_of_row(p, r);
        rows->first[r] = at;
        rows->right[r] = p->right[r];
        rows->row_scale[r] = 1.0;
        for (int j = 0; j < p->column_count; j++) {
            if (p->a[r][j] == 0)
                continue;
            MUST(at < ENTRIES_MAX);
            rows->column[at] = j;
            rows->entry[at] = loss >= 0 && j != loss ? p->a[r][j] / unit[loss] : p->a[r][j];
            if (loss >= 0 && (double)llabs(rows->entry[at]) > rows->column_scale[loss])
                rows->column_scale[loss] = (double)llabs(rows->entry[at]);
            at++;
        }
    }
    rows->first[p->row_count] = at;
    for (int r = p->equal_count; r < p->row_count; r++) {
        int loss = loss_of_row(p, r);
        if (loss >= 0)
            rows->row_scale[r] = 1.0 / rows->column_scale[loss];
    }
}

static bool add_cut(struct rows *rows, const struct cut *cut)
{
    int r = rows->count, at = rows->first[r];
    if (r == ALL_ROWS_MAX || cut->count > ENTRIES_MAX - at)
        return false;
    double most = 0.0;
    for (int i = 0; i < cut->count; i++) {
        int j = rows->column[at] = cut->column[i];
        double size = fabs((double)cut->entry[i]) * rows->column_scale[j];
        rows->entry[at++] = cut->entry[i];
        most = size > most ? size : most;
    }
    rows->right[r] = cut->right;
    rows->row_scale[r] = 1.0 / most;
    rows->first[++rows->count] = at;
    return true;
}

/* ---- Exact bounds ---------------------------------------------------------------------------- */

static int128 to_fixed(double value)
{
    return fabs(value) < 1e12 ? (int128)(value * 0x1p50) : 0; /* NaN is 0 too */
}

/* A column without a useful upper end must not be worth having more of, not by a bit: rows that pay
 * for a loss give up what is too much. */
static void trim_losses(const struct simplex *s, int128 *y)
{
    const struct rows *rows = &s->rows;
    int128 rest[PROGRAM_COLUMNS_MAX];
    for (int j = 0; j < rows->column_count; j++)
        rest[j] = (int128)rows->cost[j] * ((int128)1 << 50);
    for (int r = 0; r < rows->count; r++)
        for (int e = rows->first[r]; e < rows->first[r + 1] && y[r] != 0; e++)
            rest[rows->column[e]] -= y[r] * rows->entry[e];
    for (int r = rows->equal_count; r < rows->count; r++)
        for (int e = rows->first[r]; e < rows->first[r + 1]; e++) {
            int j = rows->column[e];
            if (!rows->is_loss[j] || s->upper[j] < rows->most[j] || rest[j] >= 0 ||
                rows->entry[e] >= 0 || y[r] >= 0)
                continue;
            int128 size = -(int128)rows->entry[e];
            int128 less = (-rest[j] + size - 1) / size;
            less = less < -y[r] ? less : -y[r];
            y[r] += less;
            rest[j] += less * size;
        }
}

/* Below any bound that could be true, when a product would not fit. */
#define NO_BOUND (-((int128)1 << 120))

static int128 at_end(int128 rest, int64_t end)
{
    int128 size = rest < 0 ? -rest : rest;
    if (end != 0 && size > ((int128)1 << 116) / end)
        return NO_BOUND;
    return rest * end;
}

/* Exact: dual bound of the program between lower and upper, from multipliers of any quality. With
 * with_cost false, of the program without costs: above 0 proves that there is no choice at all. */
static int128 dual_bound(const struct simplex *s, bool with_cost, double size)
{
    const struct rows *rows = &s->rows;
    int128 y[ALL_ROWS_MAX], rest[PROGRAM_COLUMNS_MAX], total = 0;
    for (int r = rows->equal_count; r < rows->count; r++) {
        double value = -s->reduced[SLACK(r)] * size * rows->row_scale[r];
        y[r] = value < 0.0 ? to_fixed(value) : 0;
    }
    for (int i = 0; i < rows->equal_count; i++) {
        double value = -s->reduced[i];
        value += s->reduced[BOUND(i, true)] - s->reduced[BOUND(i, false)];
        y[i] = to_fixed(value * size) + (with_cost ? (int128)rows->cost[i] * ((int128)1 << 50) : 0);
    }
    for (int r = rows->equal_count; r < rows->count; r++)
        for (int e = rows->first[r]; e < rows->first[r + 1] && y[r] != 0; e++)
            if (rows->column[e] < rows->equal_count)
                y[rows->column[e]] -= y[r] * rows->entry[e];
    if (with_cost)
        trim_losses(s, y);
    for (int j = 0; j < rows->column_count; j++)
        rest[j] = with_cost ? (int128)rows->cost[j] * ((int128)1 << 50) : 0;
    for (int r = 0; r < rows->count; r++) {
        if (y[r] == 0)
            continue;
        total += y[r] * rows->right[r];
        for (int e = rows->first[r]; e < rows->first[r + 1]; e++)
            rest[rows->column[e]] -= y[r] * rows->entry[e];
    }
    for (int j = 0; j < rows->column_count; j++) {
        int128 part = at_end(rest[j], rest[j] < 0 ? s->upper[j] : s->lower[j]);
        if (part == NO_BOUND)
            return NO_BOUND;
        total += part;
    }
    return total;
}

static int64_t ceil_fixed(int128 value)
{
    int128 one = (int128)1 << 50;
    int128 floor = value >= 0 ? value / one : -((-value + one - 1) / one);
    if (floor < -NOT_ALLOWED * 1000)
        return -NOT_ALLOWED * 1000;
    return (int64_t)(floor * one == value ? floor : floor + 1);
}

static int64_t ceil_to(int64_t value, int64_t step)
{
    int64_t rest = value % step;
    return rest == 0 ? value : value - rest + (rest > 0 ? step : 0);
}

static void take_reduced(struct simplex *s, const struct dictionary *t, const double *from)
{
    memset(s->reduced, 0, sizeof s->reduced);
    for (int k = 0; k < t->columns; k++)
        s->reduced[t->nonbasic[k]] = from[k];
}

/* The path's bounds on every column, as integers. */
static void set_bounds(const struct program *p, struct simplex *s)
{
    for (int j = 0; j < p->column_count; j++) {
        s->lower[j] = 0;
        s->upper[j] = s->rows.most[j];
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

static int64_t exact_bound(const struct program *p, struct simplex *s, const struct dictionary *t)
{
    take_reduced(s, t, t->d);
    set_bounds(p, s);
    return ceil_to(ceil_fixed(dual_bound(s, true, s->rows.cost_scale)), s->rows.step);
}

/* ---- Dictionaries ---------------------------------------------------------------------------- */

/* Level i lies behind level i - 1, as it was left: as many as there is room for. */
static bool place(struct simplex *s, int i)
{
    struct dictionary *t = &s->level[i];
    const struct dictionary *above = i > 0 ? t - 1 : NULL;
    if (i == LEVELS_MAX)
        return false;
    t->a = above ? above->a + (size_t)above->rows * (size_t)above->columns : s->room;
    t->b = s->b[i];
    t->d = s->d[i];
    t->basic = s->basic[i];
    t->nonbasic = s->nonbasic[i];
    if (!above)
        return true;
    size_t room = (size_t)(s->room + STACK_DOUBLES - t->a) / (size_t)above->columns;
    t->rows_max = room < DICTIONARY_ROWS_MAX ? (int)room : DICTIONARY_ROWS_MAX;
    return t->rows_max > above->rows + 2;
}

static void copy_dictionary(struct dictionary *to, const struct dictionary *from)
{
    size_t columns = (size_t)from->columns, rows = (size_t)from->rows;
    to->rows = from->rows;
    to->columns = from->columns;
    to->z = from->z;
    memcpy(to->a, from->a, rows * columns * sizeof *to->a);
    memcpy(to->b, from->b, rows * sizeof *to->b);
    memcpy(to->d, from->d, columns * sizeof *to->d);
    memcpy(to->basic, from->basic, rows * sizeof *to->basic);
    memcpy(to->nonbasic, from->nonbasic, columns * sizeof *to->nonbasic);
}

/* All shorts uncovered and all longs alone: a choice that always holds, so no first phase. Right
 * sides are moved apart a little, which keeps ties from cycling and cannot move the exact bound. */
static void start(struct simplex *s, struct dictionary *t)
{
    const struct rows *rows = &s->rows;
    int n = rows->equal_count;
    t->rows = 0;
    t->columns = rows->column_count - n;
    t->z = 0.0;
    for (int k = 0; k < t->columns; k++) {
        t->nonbasic[k] = n + k;
        t->d[k] = (double)rows->cost[n + k] * rows->column_scale[n + k] / rows->cost_scale;
    }
    for (int i = 0; i < n; i++) {
        t->basic[i] = i;
        t->b[i] = (double)rows->right[i];
        memset(t->a + (size_t)i * t->columns, 0, (size_t)t->columns * sizeof *t->a);
        for (int e = rows->first[i]; e < rows->first[i + 1]; e++)
            if (rows->column[e] >= n)
                t->a[(size_t)i * t->columns + rows->column[e] - n] = (double)rows->entry[e];
        t->rows++;
    }
    for (int i = 0; i < n; i++) {
        double cost = (double)rows->cost[i] / rows->cost_scale;
        t->z += cost * t->b[i];
        for (int k = 0; k < t->columns; k++)
            t->d[k] -= cost * t->a[(size_t)i * t->columns + k];
    }
    for (int r = n; r < rows->count; r++)
        dictionary_add(t, rows, r);
    for (int r = 0; r < t->rows; r++)
        t->b[r] += APART * (1.0 + (double)(r * 37 % 101) / 101.0);
}

static bool is_whole(double value)
{
    return fabs(value - round(value)) <= WHOLE;
}

/* ---- What is kept ---------------------------------------------------------------------------- */

/* The proposal, rounded, is kept when it holds and costs less. */
static void try_rounded(struct program *p, const struct pool *pool, struct simplex *s,
                        const struct dictionary *t)
{
    memset(s->trial, 0, (size_t)p->column_count * sizeof *s->trial);
    for (int r = 0; r < t->rows; r++)
        if (t->basic[r] < PROGRAM_COLUMNS_MAX)
            s->trial[t->basic[r]] = llround(t->b[r]);
    int128 cost = 0;
    for (int j = 0; j < p->column_count; j++) {
        if (p->columns[j].kind == COLUMN_LOSS)
            s->trial[j] = program_loss(p, pool, p->columns[j].group, s->trial);
        else if (s->trial[j] < 0 || s->trial[j] > p->columns[j].most)
            return;
        cost += (int128)s->trial[j] * p->columns[j].cost;
    }
    if (cost >= p->cost)
        return;
    const struct rows *rows = &s->rows;
    for (int r = 0; r < p->row_count; r++) {
        if (p->is_loss_row[r])
            continue; /* the loss was counted */
        int128 sum = 0;
        for (int e = rows->first[r]; e < rows->first[r + 1]; e++)
            sum += (int128)rows->entry[e] * s->trial[rows->column[e]];
        if (r < p->equal_count ? sum != p->right[r] : sum > p->right[r])
            return;
    }
    p->cost = (int64_t)cost;
    memcpy(p->x, s->trial, (size_t)p->column_count * sizeof *p->x);
}

/* ---- Cuts at the root ------------------------------------------------------------------------ */

/* Cuts that no longer bind only make the dictionary larger. */
static void drop_loose(const struct program *p, struct dictionary *t)
{
    for (int r = t->rows - 1; r >= 0; r--)
        if (t->basic[r] >= SLACK(p->row_count) && t->b[r] > 1e-3)
            dictionary_drop(t, r);
}

static int find_cuts(struct simplex *s, const struct dictionary *t)
{
    int count = 0;
    for (int r = 0; r < t->rows; r++) {
        int j = t->basic[r];
        if (j >= PROGRAM_COLUMNS_MAX || is_whole(t->b[r] * s->rows.column_scale[j]) ||
            !cut_find(&s->rows, t, r, &s->cut))
            continue;
        int at = count < CUTS_A_ROUND ? count++ : CUTS_A_ROUND;
        for (; at > 0 && s->cuts[at - 1].violation < s->cut.violation; at--)
            if (at < CUTS_A_ROUND)
                s->cuts[at] = s->cuts[at - 1];
        if (at < CUTS_A_ROUND)
            s->cuts[at] = s->cut;
    }
    return count;
}

static void add_cuts(struct program *p, const struct pool *pool, struct simplex *s)
{
    struct dictionary *t = &s->level[0];
    double before = t->z;
    for (int round = 0; round < CUT_ROUNDS_MAX; round++) {
        int count = find_cuts(s, t), bad_row;
        int added = 0;
        for (int i = 0; i < count && add_cut(&s->rows, &s->cuts[i]); i++, added++)
            dictionary_add(t, &s->rows, s->rows.count - 1);
        if (added == 0)
            return;
        if (dictionary_dual(t, PIVOTS_MAX, &bad_row) != OPTIMAL)
            return;
        drop_loose(p, t);
        try_rounded(p, pool, s, t);
        if (round % 4 == 3 && t->z < before + 1e-6 * fabs(before))
            return;
        if (round % 4 == 3)
            before = t->z;
    }
}

/* ---- The search ------------------------------------------------------------------------------ */

/* Least cost of making column j go up or down from a value that is not whole. */
static double penalty(const struct dictionary *t, int r, bool up)
{
    double least = INFINITY;
    double part = t->b[r] - floor(t->b[r]);
    double way = up ? 1.0 - part : part;
    const double *row = t->a + (size_t)r * t->columns;
    for (int k = 0; k < t->columns; k++) {
        double p = up ? -row[k] : row[k];
        if (p <= TINY)
            continue;
        double cost = (t->d[k] > 0.0 ? t->d[k] : 0.0) / p;
        least = cost < least ? cost : least;
    }
    return least * way;
}

/* What the path, up to a branch, asks of the branch's column on its side; 0 of nothing. */
static double bound_until(const struct simplex *s, int depth, const struct branch *b)
{
    for (int k = depth - 1; k >= 0; k--)
        if (s->path[k].column == b->column && s->path[k].is_upper == b->is_upper)
            return (double)s->path[k].value;
    return 0.0;
}

static double score_of(double down, double up)
{
    return (fmin(down, 1.0) + 1e-7) * (fmin(up, 1.0) + 1e-7);
}

/* What the cost rises by, at least, on one side of a branch: a few pivots in a copy. */
static double probe(struct simplex *s, const struct dictionary *t, const struct branch *b)
{
    struct dictionary *copy = &s->level[s->kept + 1];
    int bad_row;
    copy_dictionary(copy, t);
    if (!dictionary_bound(copy, b->column, b->is_upper, (double)b->value,
                          bound_until(s, s->depth, b)))
        return 0.0;
    if (dictionary_dual(copy, PROBE_PIVOTS, &bad_row) == INFEASIBLE)
        return 1.0;
    return fmax(copy->z - t->z, 0.0);
}

struct candidate {
    int column;
    double value, down, up, score;
};

static int find_candidates(const struct program *p, const struct dictionary *t,
                           struct candidate *best, int most)
{
    int count = 0;
    for (int r = 0; r < t->rows; r++) {
        int j = t->basic[r];
        if (j >= PROGRAM_COLUMNS_MAX || p->columns[j].kind == COLUMN_LOSS || is_whole(t->b[r]))
            continue;
        struct candidate c = { j, t->b[r], penalty(t, r, false), penalty(t, r, true), 0.0 };
        c.score = score_of(c.down, c.up);
        int at = count < most ? count++ : most;
        for (; at > 0 && (best[at - 1].score < c.score ||
                          (best[at - 1].score == c.score && best[at - 1].column > c.column));
             at--)
            if (at < most)
                best[at] = best[at - 1];
        if (at < most)
            best[at] = c;
    }
    return count;
}

/* The column that costs most either way, measured for the likeliest near the root. False when all
 * are whole. */
static bool pick_branch(const struct program *p, struct simplex *s, const struct dictionary *t,
                        struct branch *out)
{
    struct candidate best[CANDIDATES_MAX];
    int most = s->depth < 12 ? CANDIDATES_MAX : s->depth < 30 ? 3 : 1;
    int count = find_candidates(p, t, best, most);
    if (count == 0)
        return false;
    int chosen = 0;
    bool can_probe = count > 1 && s->kept == s->depth && place(s, s->kept + 1);
    for (int i = 0; i < count && can_probe; i++) {
        struct branch down = { .column = best[i].column,
                               .is_upper = true,
                               .value = (int64_t)floor(best[i].value) };
        struct branch up = { .column = best[i].column, .value = (int64_t)ceil(best[i].value) };
        best[i].down = probe(s, t, &down);
        best[i].up = probe(s, t, &up);
        best[i].score = score_of(best[i].down, best[i].up);
        if (best[i].score > best[chosen].score)
            chosen = i;
    }
    const struct candidate *c = &best[chosen];
    bool is_upper = c->down == c->up ? c->value - floor(c->value) < 0.5 : c->down < c->up;
    *out = (struct branch){ .column = c->column,
                            .is_upper = is_upper,
                            .value = (int64_t)(is_upper ? floor(c->value) : ceil(c->value)) };
    return true;
}

/* The dictionary of the path: from the deepest level above that is kept. */
static enum outcome solve_node(struct simplex *s, struct dictionary **out, int *bad_row)
{
    int from = s->depth - 1 < s->kept ? s->depth - 1 : s->kept;
    while (!place(s, from + 1))
        from--;
    s->kept = from;
    struct dictionary *t = &s->level[from + 1];
    copy_dictionary(t, &s->level[from]);
    *out = t;
    for (int i = from; i < s->depth; i++) {
        const struct branch *b = &s->path[i];
        if (!dictionary_bound(t, b->column, b->is_upper, (double)b->value, bound_until(s, i, b)))
            return GAVE_UP;
    }
    enum outcome outcome = dictionary_dual(t, PIVOTS_MAX, bad_row);
    if (outcome != OPTIMAL)
        return outcome;
    s->kept = from + 1 == s->depth ? s->depth : from;
    return OPTIMAL;
}

/* One node: true when nothing below it can be better than what is known. Otherwise *next is where
 * to branch, if has_next. */
static bool close_node(struct program *p, const struct pool *pool, struct simplex *s,
                       struct branch *next, bool *has_next)
{
    struct dictionary *t = &s->level[0];
    int bad_row = 0;
    enum outcome outcome = s->depth > 0 ? solve_node(s, &t, &bad_row) : OPTIMAL;
    *has_next = false;
    if (outcome == GAVE_UP)
        return false;
    if (outcome == INFEASIBLE) {
        take_reduced(s, t, t->a + (size_t)bad_row * t->columns);
        s->reduced[t->basic[bad_row]] = 1.0;
        set_bounds(p, s);
        return dual_bound(s, false, 1e3) > 0;
    }
    double about = t->z * s->rows.cost_scale + 0.5 + (double)s->rows.step;
    if (s->depth == 0) {
        int64_t bound = exact_bound(p, s, t);
        p->bound = bound > p->bound ? bound : p->bound;
    }
    if (about > (double)p->cost && exact_bound(p, s, t) >= p->cost)
        return true;
    *has_next = pick_branch(p, s, t, next);
    if (*has_next)
        return false;
    try_rounded(p, pool, s, t);
    return exact_bound(p, s, t) >= p->cost;
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

void program_solve(struct program *p, const struct pool *pool, struct simplex *s, bool bound_only,
                   size_t branches_max)
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
    take_rows(p, &s->rows);
    MUST((size_t)DICTIONARY_ROWS_MAX * (size_t)(p->column_count - p->equal_count) <=
         2 * STACK_DOUBLES);
    place(s, 0);
    start(s, &s->level[0]);
    if (dictionary_primal(&s->level[0]) != OPTIMAL)
        return;
    s->depth = s->kept = 0;
    try_rounded(p, pool, s, &s->level[0]);
    if (!bound_only)
        add_cuts(p, pool, s);
    bool is_proven = true, is_open = true;
    while (is_open && p->node_count < branches_max) {
        struct branch next = { .column = 0 };
        bool has_next;
        p->node_count++;
        bool is_closed = close_node(p, pool, s, &next, &has_next);
        if (!is_closed && has_next && !bound_only && s->depth < PROGRAM_BRANCHES_MAX) {
            s->path[s->depth++] = next;
            continue;
        }
        is_proven &= is_closed;
        is_open = !bound_only && backtrack(s);
    }
    p->is_minimal = is_proven && !is_open;
    if (p->is_minimal)
        p->bound = p->cost;
}
