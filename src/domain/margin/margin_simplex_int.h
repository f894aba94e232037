/*
 * Inside the search: a program in rows that are sparse and exact, and dictionaries of doubles
 *     basic = b - a x nonbasic,   cost = z + d x nonbasic
 * that only propose. See V. Chvatal, Linear Programming (1983), chapters 2 and 10.
 */
#ifndef DOMAIN_MARGIN_MARGIN_SIMPLEX_INT_H
#define DOMAIN_MARGIN_MARGIN_SIMPLEX_INT_H

#include "domain/margin/margin_int.h"

enum {
    CUTS_MAX = 96,
    ALL_ROWS_MAX = PROGRAM_ROWS_MAX + CUTS_MAX,
    BOUND_ROWS_MAX = 128, /* of columns, in one dictionary */
    DICTIONARY_ROWS_MAX = ALL_ROWS_MAX + BOUND_ROWS_MAX,
    NAMES_MAX = 3 * PROGRAM_COLUMNS_MAX + ALL_ROWS_MAX,
    PIVOTS_MAX = 3000,
    ENTRIES_MAX = 1 << 17,         /* of all rows that are not 0 */
    STACK_DOUBLES = 3 * 128 * 1024 /* room for dictionaries on the way down */
};

/* Names: a column by its index, the slack of row r, of the lower or upper bound of column j. */
#define SLACK(r) (PROGRAM_COLUMNS_MAX + (r))
#define BOUND(j, is_upper) (PROGRAM_COLUMNS_MAX + ALL_ROWS_MAX + 2 * (j) + (is_upper))

#define TINY 1e-9
#define WHOLE 1e-5    /* closer to an integer is one */
#define FEASIBLE 1e-6 /* far above what moving right sides apart adds up to */

/*
 * The program with every row's entries listed, and cuts behind its own rows. A loss is counted in
 * units: what all entries of its rows share. Rows below equal_count are equal to right, others at
 * most right; all columns and all slacks are whole numbers, which is what cuts live on.
 */
struct rows {
    int count, equal_count, column_count;
    int first[ALL_ROWS_MAX + 1];
    int column[ENTRIES_MAX];
    int64_t entry[ENTRIES_MAX];
    int64_t right[ALL_ROWS_MAX];
    double row_scale[ALL_ROWS_MAX], column_scale[PROGRAM_COLUMNS_MAX];
    int64_t cost[PROGRAM_COLUMNS_MAX]; /* cents each; of a loss, each unit */
    int64_t most[PROGRAM_COLUMNS_MAX]; /* of the column, a loss in units */
    bool is_loss[PROGRAM_COLUMNS_MAX];
    double cost_scale;
    int64_t step; /* every choice costs a multiple of so many cents */
};

struct dictionary {
    int rows, columns, rows_max;
    double z;
    double *b, *d, *a; /* a: rows x columns */
    int *basic, *nonbasic;
};

enum outcome { OPTIMAL, INFEASIBLE, GAVE_UP };

/* margin_simplex.c */
int64_t margin_divisor(int64_t a, int64_t b); /* >= 0 */
enum outcome dictionary_primal(struct dictionary *t);
/* *out_row is the row that cannot be met when INFEASIBLE. */
enum outcome dictionary_dual(struct dictionary *t, int pivots, int *out_row);
/* Ask for column <= value (or >=) in a solved dictionary; before is what it asked for until now, if
 * it did. False when there is no room. */
bool dictionary_bound(struct dictionary *t, int column, bool is_upper, double value, double before);
/* A row of `rows` as a new row of the dictionary. */
void dictionary_add(struct dictionary *t, const struct rows *rows, int row);
void dictionary_drop(struct dictionary *t, int r);

/*
 * margin_cuts.c: rows that no whole choice breaks and the proposal does, from the dictionary's row
 * of a column that is not whole. False when none comes of it. Exact: see there.
 */
struct cut {
    int count;
    int column[PROGRAM_COLUMNS_MAX];
    int64_t entry[PROGRAM_COLUMNS_MAX];
    int64_t right;
    double violation; /* how far the proposal breaks it, over the cut's length */
};
bool cut_find(const struct rows *rows, const struct dictionary *t, int r, struct cut *cut);

#endif
