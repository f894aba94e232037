/*
 * Cuts: mixed integer rounding of a row of the dictionary (Gomory's cut), in whole numbers
 * throughout.
 *
 * A row of the dictionary is a sum of the program's rows, each times a multiplier. The multipliers
 * are read off in doubles and taken as fractions of one small denominator D, so that D times the
 * sum is sum of A_j x_j + sum of M_i s_i = B,        A, M, B whole; x, s >= 0 and whole, s being
 * the slacks. Whatever the multipliers are, this is true; only how deep the cut is depends on how
 * well they were read. With A = D q + r, B = D q0 + r0, 0 <= r < D, every whole choice meets sum of
 * (q (D - r0) + max(0, r - r0)) x + the same of s <= q0 (D - r0) (Nemhauser, Wolsey, Integer and
 * Combinatorial Optimization, 1988, II.1.7). Slacks are then put back as what they stand for.
 */
#include <math.h>

#include "domain/margin/margin_simplex_int.h"

enum { DENOMINATOR_MAX = 500 };
#define ENTRY_MAX INT64_C(10000000)
#define RIGHT_MAX INT64_C(1000000000000)

/* What the dictionary's row r makes of every row of the program. */
static void read_multipliers(const struct rows *rows, const struct dictionary *t, int r,
                             double *multiplier)
{
    double by_name[NAMES_MAX] = { 0.0 };
    const double *row = t->a + (size_t)r * t->columns;
    int j = t->basic[r];
    double scale = rows->column_scale[j];
    by_name[j] = 1.0;
    for (int k = 0; k < t->columns; k++)
        by_name[t->nonbasic[k]] = row[k];
    for (int i = 0; i < rows->count; i++)
        multiplier[i] = i < rows->equal_count ? by_name[i] * scale
                                              : by_name[SLACK(i)] * scale * rows->row_scale[i];
    /* An equal row has no slack; its own column stands in for it, which other rows hold too. */
    for (int i = rows->equal_count; i < rows->count; i++)
        for (int e = rows->first[i]; e < rows->first[i + 1] && multiplier[i] != 0.0; e++)
            if (rows->column[e] < rows->equal_count)
                multiplier[rows->column[e]] -= multiplier[i] * (double)rows->entry[e];
}

static bool to_whole(const struct rows *rows, const double *multiplier, int denominator,
                     int64_t *whole)
{
    for (int i = 0; i < rows->count; i++) {
        double value = multiplier[i] * denominator;
        whole[i] = llround(value);
        if (!(fabs(value - (double)whole[i]) < 1e-5) || whole[i] > ENTRY_MAX ||
            whole[i] < -ENTRY_MAX)
            return false;
    }
    return true;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return a % b < 0 ? q - 1 : q;
}

static int64_t rounded(int64_t value, int64_t d, int64_t r0)
{
    int64_t q = floor_div(value, d), r = value - q * d;
    return q * (d - r0) + (r > r0 ? r - r0 : 0);
}

/* Sum up, round, put slacks back. False when nothing is left over to round, or it grows too large.
 */
static bool round_sum(const struct rows *rows, const int64_t *whole, int64_t d, int64_t *entry,
                      int64_t *right)
{
    int128 sum[PROGRAM_COLUMNS_MAX] = { 0 }, total = 0;
    for (int i = 0; i < rows->count; i++)
        for (int e = rows->first[i]; e < rows->first[i + 1] && whole[i] != 0; e++)
            sum[rows->column[e]] += (int128)whole[i] * rows->entry[e];
    for (int i = 0; i < rows->count; i++)
        total += (int128)whole[i] * rows->right[i];
    if (total > RIGHT_MAX || total < -RIGHT_MAX)
        return false;
    int64_t r0 = (int64_t)total - floor_div((int64_t)total, d) * d;
    if (r0 == 0)
        return false;
    int128 out = (int128)floor_div((int64_t)total, d) * (d - r0);
    for (int j = 0; j < rows->column_count; j++) {
        if (sum[j] > RIGHT_MAX || sum[j] < -RIGHT_MAX)
            return false;
        sum[j] = rounded((int64_t)sum[j], d, r0);
    }
    for (int i = rows->equal_count; i < rows->count; i++) {
        int64_t g = rounded(whole[i], d, r0);
        for (int e = rows->first[i]; e < rows->first[i + 1] && g != 0; e++)
            sum[rows->column[e]] -= (int128)g * rows->entry[e];
        out -= (int128)g * rows->right[i];
    }
    for (int j = 0; j < rows->column_count; j++) {
        if (sum[j] > RIGHT_MAX || sum[j] < -RIGHT_MAX)
            return false;
        entry[j] = (int64_t)sum[j];
    }
    if (out > RIGHT_MAX || out < -RIGHT_MAX)
        return false;
    *right = (int64_t)out;
    return true;
}

static bool pack(const struct rows *rows, const struct dictionary *t, const int64_t *entry,
                 int64_t right, struct cut *cut)
{
    double value[PROGRAM_COLUMNS_MAX] = { 0.0 };
    int64_t step = 0;
    for (int j = 0; j < rows->column_count; j++)
        step = margin_divisor(step, entry[j]);
    if (step == 0)
        return false;
    for (int i = 0; i < t->rows; i++)
        if (t->basic[i] < PROGRAM_COLUMNS_MAX)
            value[t->basic[i]] = t->b[i] * rows->column_scale[t->basic[i]];
    double sum = 0.0, length = 0.0;
    cut->count = 0;
    cut->right = floor_div(right, step); /* all else is a multiple of step */
    for (int j = 0; j < rows->column_count; j++) {
        int64_t each = entry[j] / step;
        if (each == 0)
            continue;
        if (each > ENTRY_MAX || each < -ENTRY_MAX)
            return false;
        cut->column[cut->count] = j;
        cut->entry[cut->count++] = each;
        sum += (double)each * value[j];
        length += (double)each * (double)each;
    }
    cut->violation = (sum - (double)cut->right) / sqrt(length);
    return cut->violation > 1e-4;
}

bool cut_find(const struct rows *rows, const struct dictionary *t, int r, struct cut *cut)
{
    double multiplier[ALL_ROWS_MAX];
    int64_t whole[ALL_ROWS_MAX], entry[PROGRAM_COLUMNS_MAX], right;
    read_multipliers(rows, t, r, multiplier);
    for (int d = 2; d <= DENOMINATOR_MAX; d++)
        if (to_whole(rows, multiplier, d, whole))
            return round_sum(rows, whole, d, entry, &right) && pack(rows, t, entry, right, cut);
    return false;
}
