/*
 * Portfolio margin (FINRA 4210(g), OCC's TIMS): what a book loses when the underlying moves.
 *
 * Every underlying is moved to ten points: five equal steps down to the end of its class's range,
 * five up. Options are valued there at the vol that their mark implies now, American ones by
 * american.h, European ones by european.h, at the rate and yield of their underlying.
 *
 * Profit and loss add up in full inside a class group (SPX, XSP, SPY); class groups of one product
 * group offset by a dated percentage: at each point a group's profit counts for that part of it.
 * What is required of a product group is its greatest loss over the points, and never less than
 * 37.50 for each contract of 100 (long ones too).
 *
 * The answer holds the whole grid, so that nobody has to count it again: a row for each underlying,
 * the sums of class groups, and groups[] with offsets applied. Rows of one class group stand
 * together, class groups of one product group too, in the order of groups[].
 *
 * Golden rows of Cboe's table of 23 February 2007 are met within 0.5 % (portfolio_test.c).
 */
#ifndef DOMAIN_MARGIN_PORTFOLIO_H
#define DOMAIN_MARGIN_PORTFOLIO_H

#include "domain/margin/margin.h"

enum { MARGIN_POINTS = 10 };

/* What is held on one underlying, at each of its points. */
struct margin_grid_row {
    uint16_t underlying;           /* index into the book's */
    size_t class_index;            /* into classes */
    double points[MARGIN_POINTS];  /* parts of its level, as margin_points() has them */
    int64_t profit[MARGIN_POINTS]; /* micros; negative is a loss */
    int64_t minimum;
};

/* Underlyings that add up in full. */
struct margin_class_group {
    char name[16];                 /* "SPX", or the underlying's own name */
    size_t group_index;            /* into groups */
    int64_t profit[MARGIN_POINTS]; /* micros, no offset applied */
    int64_t minimum;
};

struct margin_product_group {
    char name[16];      /* "high-cap", or the underlying's own name */
    int64_t offset_ppm; /* part of a class group's profit that counts; of one alone all */
    int64_t profit[MARGIN_POINTS]; /* micros at each point, offsets applied; negative is a loss */
    int64_t loss;                  /* the greatest of them, >= 0 */
    int worst_point;               /* where that is; -1: it loses at none */
    int64_t minimum;               /* 37.50 a contract */
    int64_t requirement;           /* the greater */
    int binding_point;             /* index into profit, -1 when the minimum binds */
    uint16_t underlying;           /* one of the group */
    char reason[MARGIN_REASON_BYTES];
};

struct margin_portfolio {
    int64_t requirement;   /* micros: what equity (cash + longs - shorts) must not fall below */
    size_t unpriced_count; /* lines whose mark implies no vol: valued at what exercise is worth */
    bool is_uncertain;     /* a row used is marked "?" */
    size_t group_count, class_count, row_count;
    struct margin_product_group groups[MARGIN_UNDERLYINGS_MAX];
    struct margin_class_group classes[MARGIN_UNDERLYINGS_MAX];
    struct margin_grid_row rows[MARGIN_UNDERLYINGS_MAX];
};

/* The points of a class as parts of the level, ascending, without 0: -0.15, -0.12, ... 0.15. */
NODISCARD enum err margin_points(const struct margin_underlying *under, int32_t date,
                                 double points[MARGIN_POINTS]);

/*
 * Errors: as margin_book_check(); ERR_RANGE when rate or yield is not finite or a rate has no row.
 * The answer is then all zero. Takes milliseconds for American books: each line is priced 11 times.
 */
NODISCARD enum err margin_portfolio(const struct margin_book *book,
                                    struct margin_portfolio *answer);

#endif
