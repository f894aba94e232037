/*
 * Margin: a book of positions in, what the account must hold out, with the reason.
 *
 *     struct margin_work *work = margin_work_new(&run);          once, at open
 *     margin_strategy(work, &book, &terms, &answer)              Regulation T and FINRA 4210(f)(2)
 *     answer.maintenance.deposit                                 compare with account equity
 *
 * Pure functions: no clock, no I/O, nothing allocated after margin_work_new(). Every number of a
 * rule is a dated row of margin_rates.def; a date without a row is an error. Portfolio margin is in
 * portfolio.h, day trading in intraday.h, orders before they are sent in what_if.h.
 *
 * Four sums of one book, all in micros, since tables of different houses print different ones:
 *   requirement  of all groups: short options with their premium, long options paid in full
 *   proceeds     market value of what is short, which the requirement has counted
 *   deposit      requirement - proceeds: what equity (cash + longs - shorts) must not fall below
 *   cash         requirement - value of what is long: what cash must not fall below
 * They say the same: equity >= deposit is cash >= cash requirement. What a group costs a contract
 * is rounded up to the cent.
 *
 * Pairing. Which long covers which short is ours to choose, and the least requirement is the
 * account's right. The choice is exact, not greedy:
 *
 *   Of the options of one underlying, let a spread be any set with at least as many long as short
 *   calls, and long as short puts, every long expiring on or after every short. It costs the most
 *   it can lose at any one price (FINRA Notice 12-44). Verticals, calendars, diagonals,
 *   butterflies, condors, irons and short boxes are such sets and cost what their own rules say.
 *
 *   1. Two spreads whose shorts all expire by t, and longs all at t or after, may be merged: losses
 *      at one price add up, and the maximum of a sum is at most the sum of maxima. So some best
 *      grouping has at most one spread for each expiry t of a short.
 *   2. The loss of such a spread is convex between long strikes, so its maximum lies at one of
 *      them. It is therefore the least L with L >= loss at each: linear in the quantities.
 *   3. Uncovered shorts cost U each; a short call and a short put together cost the greater U and
 *      the other's premium. Order all shorts by U: a set of shorts can be saved so if and only if,
 *      for every one of them, those at or above it that are saved on its side do not outnumber
 *      those before it uncovered on the other side (Hall's theorem on nested sets). Linear again.
 *   4. Covered, protective, collar, conversion and long box are each one column of their own.
 *   So the least requirement is an integer program with a few dozen rows. It is solved by branch
 *   and bound. Floating point only proposes: what is kept is counted in whole cents, and a branch
 *   is cut only by a dual bound computed in exact integers, so an error of the simplex could cost
 *   time but never the minimum. Cuts (margin_cuts.c) close most of what rounding to
 *   whole contracts costs before the first branch. is_minimal says that the search was finished. It
 *   stops after MARGIN_BRANCHES_MAX branches, of some 20 to 100 us each; bound then says how far
 * off the answer can be. Of 1,000 random books of 24 lines, four expiries and up to ten contracts a
 * line all are finished (docs/margin.md).
 *
 * Beyond MARGIN_EXACT_LINES lines in one underlying, lines are paired expiry by expiry: a legal
 * grouping that may cost too much, and `bound` says what no grouping can go below.
 *
 * Choices. Shares cover options of their own underlying; a fund covers its index (1,000 SPY for an
 * SPX contract) while it has no options of its own in the book and is worth as much as the index.
 * An in-the-money short call caps the value of its stock at the strike: the excess is added to the
 * requirement. A collar and a conversion need one expiry for both options.
 */
#ifndef DOMAIN_MARGIN_MARGIN_H
#define DOMAIN_MARGIN_MARGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "domain/types/contract.h"
#include "domain/types/money.h"

enum {
    MARGIN_LINES_MAX = 256,
    MARGIN_UNDERLYINGS_MAX = 64,
    MARGIN_EXACT_LINES = 24,     /* of one underlying */
    MARGIN_BRANCHES_MAX = 50000, /* of one underlying, then the search stops */
    MARGIN_GROUPS_MAX = 512,
    MARGIN_LEGS_MAX = 2048,
    MARGIN_ROWS_MAX = 4, /* of a group */
    MARGIN_REASON_BYTES = 200,
};

enum margin_class {
    MARGIN_ANY = -1, /* in rows */
#define MARGIN_CLASS(name, word, text) name,
#include "domain/margin/margin_class.def"
#undef MARGIN_CLASS
    MARGIN_CLASS_COUNT
};

enum margin_rule {
#define MARGIN_RULE(name, word, text) name,
#include "domain/margin/margin_rule.def"
#undef MARGIN_RULE
    MARGIN_RULE_COUNT
};

enum margin_rate_name {
#define MARGIN_RATE_NAME(name, word) name,
#include "domain/margin/margin_rate_names.def"
#undef MARGIN_RATE_NAME
    MARGIN_RATE_NAME_COUNT
};

/* One dated number of the rules. */
struct margin_rate {
    enum margin_rate_name name;
    int class; /* MARGIN_ANY or enum margin_class */
    int32_t valid_from, valid_to;
    int64_t value;
    const char *source; /* ends in "?" when it wants checking */
};

struct margin_underlying {
    char name[CONTRACT_ROOT_BYTES]; /* "SPX", NUL-padded */
    enum margin_class class;        /* margin_class_of() knows some */
    int32_t leverage_percent;       /* of a leveraged fund, 300 for three times; 100 or 0: none */
    int64_t level;                  /* micros, > 0 */
    double rate, yield;             /* a year, continuous: portfolio margin alone */
};

struct margin_line {
    uint16_t underlying;      /* index into the book's */
    bool is_stock;            /* shares of the underlying; contract is then not read */
    struct contract contract; /* adjusted contracts are not known here: leave them to a person */
    int64_t quantity;         /* contracts or shares, long is positive, 0 counts as absent */
    int64_t mark;             /* of an option, micros a share, >= 0; stock is marked at the level */
};

/* The lines may come in any order; lines of one series are added up. */
struct margin_book {
    int32_t date;
    const struct margin_underlying *underlyings;
    size_t underlying_count;
    const struct margin_line *lines;
    size_t line_count;
};

enum margin_account_type { MARGIN_ACCOUNT_MARGIN, MARGIN_ACCOUNT_CASH };

/* A house may ask more than the rules, never less: parts per million, 1000000 or 0 is the rule. */
struct margin_house {
    int64_t uncovered_ppm; /* of the 20, 15 and 10 % of uncovered options */
    int64_t stock_ppm;     /* of the percentages of stock */
};

struct margin_terms {
    enum margin_account_type type;
    bool is_portfolio; /* what_if.h then asks portfolio margin; margin_strategy() does not look at
                          it */
    struct margin_house house;
};

/*
 * The rule sets by name: "reg-t" (a margin account under Regulation T), "portfolio", "cash",
 * "none": not asked, *is_asked false. Errors: ERR_NOT_FOUND listing them.
 */
NODISCARD enum err margin_terms_parse(struct str word, struct margin_terms *out, bool *is_asked);

struct margin_leg {
    uint16_t line;    /* the first line of that series, in the caller's order */
    int64_t quantity; /* signed */
};

struct margin_group {
    enum margin_rule rule;
    uint16_t underlying;
    size_t leg_first, leg_count; /* in the plan's legs */
    int64_t requirement;         /* micros, as above */
    int64_t proceeds;
    int64_t long_value;
    const struct margin_rate *rates[MARGIN_ROWS_MAX]; /* used, then NULL */
    char reason[MARGIN_REASON_BYTES];                 /* "why 3,400" */
};

struct margin_plan {
    int64_t requirement, proceeds, long_value, deposit, cash; /* micros, whole book */
    int64_t bound;                                            /* no grouping requires less */
    bool is_minimal;                                          /* proven: requirement == bound */
    bool is_uncertain;                                        /* a rate used is marked "?" */
    size_t node_count;                                        /* branches looked at */
    size_t group_count, leg_count;
    struct margin_group groups[MARGIN_GROUPS_MAX];
    struct margin_leg legs[MARGIN_LEGS_MAX];
};

struct margin_answer {
    struct margin_plan initial;     /* to open it today */
    struct margin_plan maintenance; /* to keep it */
};

/* Room to search in; belongs to the arena. Some ten megabytes. One thread at a time. */
struct margin_work;
struct margin_work *margin_work_new(struct arena *arena);

/*
 * Search no more than so many branches of one underlying from now on, for an answer that is wanted
 * soon: one that is not proven then requires no less than the least pairing, which requires no
 * less than `bound`; the same on every machine.
 */
void margin_work_branches(struct margin_work *work, size_t most);

/*
 * Strategy-based margin of a book.
 * Errors: ERR_RANGE when a line, level or date makes no sense or a sum would overflow, or a rate
 * has no row on that date; ERR_UNSUPPORTED for two multipliers in one underlying; ERR_REFUSED when
 * a cash account may not hold the book; ERR_FULL beyond a maximum above. The answer is then all
 * zero.
 */
NODISCARD enum err margin_strategy(struct margin_work *work, const struct margin_book *book,
                                   const struct margin_terms *terms, struct margin_answer *answer);

/* The same, one of the two, where the other is not wanted. */
enum margin_when { MARGIN_INITIAL, MARGIN_MAINTENANCE };
NODISCARD enum err margin_strategy_plan(struct margin_work *work, const struct margin_book *book,
                                        const struct margin_terms *terms, enum margin_when when,
                                        struct margin_plan *plan);

/* What margin_strategy() checks before anything else: every number in its range. */
NODISCARD enum err margin_book_check(const struct margin_book *book);

/* The row of a rate on a day. Errors: ERR_RANGE when there is none. */
NODISCARD enum err margin_rate_get(enum margin_rate_name name, enum margin_class class,
                                   int32_t date, const struct margin_rate **out);
/* All rows, for a command that lists those marked "?" or due. */
const struct margin_rate *margin_rates(size_t *count);

/* Of margin_products.def; MARGIN_EQUITY for any other. */
enum margin_class margin_class_of(const char *underlying);

const char *margin_class_name(enum margin_class class);        /* "broad_index" */
const char *margin_rule_name(enum margin_rule rule);           /* "covered call" */
const char *margin_rule_text(enum margin_rule rule);           /* what it costs, in a sentence */
const char *margin_rate_name_text(enum margin_rate_name name); /* "uncovered, at least" */

#endif
