/*
 * Inside margin: a pool is what may be paired, the options of one underlying with its stock; a
 * program is the choice of a pairing as integers; all costs are whole cents.
 */
#ifndef DOMAIN_MARGIN_MARGIN_INT_H
#define DOMAIN_MARGIN_MARGIN_INT_H

#include "domain/margin/margin.h"
#include "domain/margin/portfolio.h"

__extension__ typedef __int128 int128;

enum {
    POOL_LINES_MAX = MARGIN_LINES_MAX,
    PROGRAM_ROWS_MAX = 400,
    PROGRAM_COLUMNS_MAX = 704,
    PROGRAM_BRANCHES_MAX = 400,
    COLUMN_LINES_MAX = 4,
};

#define NOT_ALLOWED INT64_C(100000000000) /* cents: more than anything that is allowed may cost */

/* Prices of the rules on the book's day for one underlying. */
struct rates {
    const struct margin_rate *at[MARGIN_RATE_NAME_COUNT]; /* NULL: not asked for */
    int32_t leverage_percent;
};

/* Options of one series, netted. Money in cents a contract, rounded up. */
struct option_line {
    uint16_t line; /* the caller's */
    bool is_short, is_leaps, is_european;
    char right;
    int64_t quantity; /* > 0 */
    int64_t when;     /* grows with the moment of expiry */
    int64_t strike;   /* times the multiplier */
    int64_t value;
    int64_t uncovered;       /* shorts: the full requirement, NOT_ALLOWED if it is not */
    int64_t proceeds_micros; /* a contract, exact */
};

struct pool {
    uint16_t underlying;
    enum margin_when when;
    enum margin_account_type type;
    struct rates rates;
    size_t count;
    struct option_line at[POOL_LINES_MAX];
    int64_t multiplier;  /* 0: no options */
    int64_t level_value; /* cents of the underlying for one contract */

    /* Stock that may cover: units of unit_shares, long or short. */
    bool has_stock, is_short_stock, is_own_stock;
    uint16_t stock_line, stock_underlying;
    int64_t shares; /* > 0, all of it */
    int64_t unit_shares, units;
    int64_t unit_value;  /* cents */
    int64_t unit_alone;  /* cents: requirement of a unit by itself */
    int64_t stock_ppm;   /* of its value */
    int64_t rest_alone;  /* cents: requirement of the shares beyond whole units */
    int64_t share_price; /* micros */
};

enum column_kind {
    COLUMN_ALONE,  /* a long by itself, a short uncovered */
    COLUMN_SAVED,  /* a short whose greater side pays */
    COLUMN_SPREAD, /* in the spread of group t */
    COLUMN_STOCK,  /* one line with a unit of stock */
    COLUMN_COLLAR, /* a short and a long with a unit of stock */
    COLUMN_BOX,    /* a long box */
    COLUMN_LOSS,   /* the loss of group t, cents */
};

struct column {
    enum column_kind kind;
    int64_t cost; /* cents each */
    int64_t most; /* upper bound of its integer */
    int group;    /* COLUMN_SPREAD, COLUMN_LOSS */
    int line_count;
    uint16_t line[COLUMN_LINES_MAX];
};

/*
 * Least sum of cost x column with row 0 to equal_count - 1 equal to right, the others at most
 * right; columns 0 to equal_count - 1 are the COLUMN_ALONE of the row of that number.
 */
struct program {
    int row_count, equal_count, column_count;
    int group_count;
    int64_t group_when[POOL_LINES_MAX];
    struct column columns[PROGRAM_COLUMNS_MAX];
    int64_t right[PROGRAM_ROWS_MAX];
    bool is_loss_row[PROGRAM_ROWS_MAX];
    int64_t a[PROGRAM_ROWS_MAX][PROGRAM_COLUMNS_MAX];

    /* Answer. */
    int64_t x[PROGRAM_COLUMNS_MAX];
    int64_t cost, bound;
    bool is_minimal;
    size_t node_count;
};

struct simplex; /* margin_search.c */

struct margin_work {
    size_t branches_max; /* of one search */
    struct pool pool, part;
    struct program program;
    struct simplex *simplex;
    struct margin_line lines[MARGIN_LINES_MAX];
    struct margin_plan plan;
    struct margin_portfolio portfolio;
};

/* margin_book.c */
enum err rates_get(struct rates *out, const struct margin_book *book, uint16_t underlying);
int64_t rate_value(const struct rates *rates, enum margin_rate_name name);
int64_t cents_up(int128 micros);
int128 part_up(int128 amount, int64_t ppm); /* amount x ppm / 1e6, up */
struct pool_cursor {
    const struct margin_book *book;
    const struct margin_terms *terms;
    enum margin_when when;
    uint16_t order[MARGIN_LINES_MAX]; /* lines by underlying, then series */
    int64_t net[MARGIN_LINES_MAX];    /* of each in order; 0 for those added to the one before */
    size_t count, next;
    bool is_cover[MARGIN_UNDERLYINGS_MAX]; /* its stock went to an index */
};
enum err pool_start(struct pool_cursor *cursor, const struct margin_book *book,
                    const struct margin_terms *terms, enum margin_when when);
/* The next underlying's pool; false when there is none left. */
bool pool_next(struct pool_cursor *cursor, struct pool *pool, enum err *err);

/* margin_program.c: exact unless relaxed, which forgets expiries and may only cost less. False when
 * it does not fit. */
bool program_build(struct program *program, const struct pool *pool, bool relaxed);
int64_t program_loss(const struct program *program, const struct pool *pool, int group,
                     const int64_t *x);

/* margin_search.c */
struct simplex *simplex_new(struct arena *arena);
/* Solve, or with bound_only stop after the root, else after so many branches: fills the answer. */
void program_solve(struct program *program, const struct pool *pool, struct simplex *simplex,
                   bool bound_only, size_t branches_max);

/* margin_explain.c: groups of a solved pool into the plan. */
enum err plan_add(struct margin_plan *plan, const struct margin_book *book, const struct pool *pool,
                  const struct program *program);

int64_t stock_hedged(const struct pool *pool, const struct option_line *put_or_call,
                     const struct option_line *sold);

#endif
