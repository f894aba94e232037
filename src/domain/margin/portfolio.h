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
 * Golden rows of Cboe's table of 23 February 2007 are met within 0.5 % (portfolio_test.c).
 */
#ifndef DOMAIN_MARGIN_PORTFOLIO_H
#define DOMAIN_MARGIN_PORTFOLIO_H

#include "domain/margin/margin.h"

enum { MARGIN_POINTS = 10 };

struct margin_product_group {
    char name[16];                 /* "high-cap", or the underlying's own name */
    int64_t profit[MARGIN_POINTS]; /* micros at each point, offsets applied; negative is a loss */
    int64_t loss;                  /* the greatest of them, >= 0 */
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
    size_t group_count;
    struct margin_product_group groups[MARGIN_UNDERLYINGS_MAX];
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
