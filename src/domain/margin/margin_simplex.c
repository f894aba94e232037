/* The simplex in doubles: pivots, primal and dual. What it proposes is judged elsewhere, exactly.
 */
#include <math.h>
#include <string.h>

#include "domain/margin/margin_simplex_int.h"

enum {
    PIVOTS_STEEP =
        60, /* from there on the first row and column that do: Bland's rule ends cycles */
};

int64_t margin_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

static void pivot(struct dictionary *t, int r, int j)
{
    int n = t->columns;
    double *restrict row = t->a + (size_t)r * n;
    double p = row[j];
    for (int k = 0; k < n; k++)
        row[k] /= p;
    row[j] = 1.0 / p;
    t->b[r] /= p;
    for (int i = 0; i < t->rows; i++) {
        double *restrict other = t->a + (size_t)i * n;
        double f = other[j];
        if (i == r || f == 0.0)
            continue;
        for (int k = 0; k < n; k++)
            other[k] -= f * row[k];
        other[j] = -f * row[j];
        t->b[i] -= f * t->b[r];
    }
    double f = t->d[j];
    for (int k = 0; k < n; k++)
        t->d[k] -= f * row[k];
    t->d[j] = -f * row[j];
    t->z += f * t->b[r];
    int name = t->basic[r];
    t->basic[r] = t->nonbasic[j];
    t->nonbasic[j] = name;
}

enum outcome dictionary_primal(struct dictionary *t)
{
    for (int n = 0; n < PIVOTS_MAX; n++) {
        int j = -1;
        for (int k = 0; k < t->columns; k++)
            if (t->d[k] < -TINY && (j < 0 || t->d[k] < t->d[j]))
                j = k;
        if (j < 0)
            return OPTIMAL;
        int r = -1;
        double least = INFINITY, best = 0.0;
        for (int i = 0; i < t->rows; i++) {
            double p = t->a[(size_t)i * t->columns + j];
            if (p <= TINY)
                continue;
            double ratio = t->b[i] / p;
            if (ratio < least - 1e-12 || (ratio < least + 1e-12 && p > best)) {
                least = ratio;
                best = p;
                r = i;
            }
        }
        if (r < 0)
            return GAVE_UP;
        pivot(t, r, j);
    }
    return GAVE_UP;
}

enum outcome dictionary_dual(struct dictionary *t, int pivots, int *out_row)
{
    for (int n = 0; n < pivots; n++) {
        int r = -1;
        for (int i = 0; i < t->rows; i++)
            if (t->b[i] < -FEASIBLE &&
                (r < 0 || (n < PIVOTS_STEEP ? t->b[i] < t->b[r] : t->basic[i] < t->basic[r])))
                r = i;
        if (r < 0)
            return OPTIMAL;
        const double *row = t->a + (size_t)r * t->columns;
        int j = -1;
        double least = INFINITY;
        for (int k = 0; k < t->columns; k++) {
            double p = -row[k];
            if (p <= TINY)
                continue;
            double ratio = (t->d[k] > 1e-11 ? t->d[k] : 0.0) / p;
            bool is_first = j >= 0 && ratio < least + 1e-12 &&
                            (n < PIVOTS_STEEP ? p > -row[j] : t->nonbasic[k] < t->nonbasic[j]);
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

/* A bound that is there already moves: its slack shrinks by as much. */
static bool tighten(struct dictionary *t, int name, double by)
{
    for (int i = 0; i < t->rows; i++)
        if (t->basic[i] == name) {
            t->b[i] -= by;
            return true;
        }
    for (int k = 0; k < t->columns; k++)
        if (t->nonbasic[k] == name) {
            for (int i = 0; i < t->rows; i++)
                t->b[i] -= t->a[(size_t)i * t->columns + k] * by;
            t->z += t->d[k] * by;
            return true;
        }
    return false;
}

bool dictionary_bound(struct dictionary *t, int column, bool is_upper, double value, double before)
{
    double sign = is_upper ? 1.0 : -1.0;
    if (tighten(t, BOUND(column, is_upper), sign * (before - value)))
        return true;
    if (t->rows == t->rows_max)
        return false;
    int n = t->columns, r = t->rows++;
    double *row = t->a + (size_t)r * n;
    for (int k = 0; k < n; k++)
        row[k] = t->nonbasic[k] == column ? sign : 0.0;
    t->b[r] = sign * value;
    t->basic[r] = BOUND(column, is_upper);
    for (int i = 0; i < r; i++)
        if (t->basic[i] == column) {
            for (int k = 0; k < n; k++)
                row[k] = -sign * t->a[(size_t)i * n + k];
            t->b[r] = sign * (value - t->b[i]);
        }
    return true;
}

void dictionary_add(struct dictionary *t, const struct rows *rows, int row)
{
    double weight[PROGRAM_COLUMNS_MAX] = { 0.0 };
    int n = t->columns, r = t->rows++;
    double *to = t->a + (size_t)r * n;
    for (int e = rows->first[row]; e < rows->first[row + 1]; e++) {
        int j = rows->column[e];
        weight[j] = (double)rows->entry[e] * rows->column_scale[j] * rows->row_scale[row];
    }
    for (int k = 0; k < n; k++)
        to[k] = t->nonbasic[k] < PROGRAM_COLUMNS_MAX ? weight[t->nonbasic[k]] : 0.0;
    t->b[r] = (double)rows->right[row] * rows->row_scale[row];
    t->basic[r] = SLACK(row);
    for (int i = 0; i < r; i++) {
        double f = t->basic[i] < PROGRAM_COLUMNS_MAX ? weight[t->basic[i]] : 0.0;
        if (f == 0.0)
            continue;
        t->b[r] -= f * t->b[i];
        for (int k = 0; k < n; k++)
            to[k] -= f * t->a[(size_t)i * n + k];
    }
}

void dictionary_drop(struct dictionary *t, int r)
{
    int last = --t->rows;
    if (r == last)
        return;
    memcpy(t->a + (size_t)r * t->columns, t->a + (size_t)last * t->columns,
           (size_t)t->columns * sizeof *t->a);
    t->b[r] = t->b[last];
    t->basic[r] = t->basic[last];
}
