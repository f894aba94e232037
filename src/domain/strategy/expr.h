/*
 * Conditions: text such as "vix < 25 and iv_rank > 30" compiled to a flat typed program.
 *
 * Grammar, weakest first: or, and, not, comparisons (< <= > >= == !=, which do not chain), + -, *
 * /, unary -, parentheses; min(a, b), max(a, b), abs(a), percent(a) (a ratio as a number out of
 * 100), number(a) (drops the unit); numbers (25, 0.5), 30%, 45d, 15:45, 2019-06-21; features
 * (features.def) and the strategy's parameters.
 *
 * Units are checked: a price is not compared with days. A bare number, and so a parameter, takes
 * the unit of what it meets, but is never a time or a date. date - date is days, date +- days a
 * date; price / price is a ratio.
 *
 * Unknown. A feature may be unknown at an instant (NaN), and so is what is computed from it; a
 * division by zero is unknown too. Conditions are three-valued: "a or b" is true when a is,
 * whatever b; "not unknown" is unknown. At the end unknown means no: expr_eval_bool() is then
 * false.
 *
 * The program has no jumps and a bounded stack: running it takes a few ns for each name and
 * operator.
 */
#ifndef DOMAIN_STRATEGY_EXPR_H
#define DOMAIN_STRATEGY_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum feature_id {
#define FEATURE(id, name, unit, scope, text) id,
#include "domain/features/features.def"
#undef FEATURE
    FEATURE_COUNT
};

enum expr_unit { UNIT_NUMBER, UNIT_RATIO, UNIT_PRICE, UNIT_DAYS, UNIT_TIME, UNIT_DATE, UNIT_BOOL };
enum expr_scope { /* which features the slot may read */
                  EXPR_MARKET,
                  EXPR_TRADE,      /* those of the market too */
                  EXPR_PARAMETERS, /* none: a number made of numbers and parameters */
};

#define EXPR_CONSTANTS_MAX 32

struct expr; /* immutable, in the arena of its compiler */

struct expr_constant { /* a strategy's parameter */
    const char *name;
    double value;
};

/*
 * Compile text. where ("x.yaml:12:9: entry.when") starts each message. want is UNIT_BOOL for
 * conditions.
 * Errors: ERR_PARSE with the place in the text ("character 7: unknown name 'vx': did you mean
 * 'vix'?"), what was found and what was expected.
 */
NODISCARD enum err expr_compile(const struct expr **out, struct arena *arena, const char *where,
                                struct str text, enum expr_scope scope, enum expr_unit want,
                                const struct expr_constant *constants, size_t constant_count);

/* features[FEATURE_COUNT], NaN where unknown; DATE as yyyymmdd, TIME as seconds of the day. NaN
 * when unknown. */
double expr_eval(const struct expr *expr, const double features[FEATURE_COUNT]);
bool expr_eval_bool(const struct expr *expr, const double features[FEATURE_COUNT]);

/* Whether the program reads this feature: so the kernel computes only what is asked. */
bool expr_reads(const struct expr *expr, enum feature_id feature);
enum expr_unit expr_unit_of(const struct expr *expr);

/* Whether a parameter cannot have this name: a feature, a function or and, or, not has it. */
bool expr_name_is_taken(struct str name);

/* Write the canonical text: parameters as their values, no needless parentheses. It compiles,
 * without parameters, to the same program. */
void expr_format(struct buf *out, const struct expr *expr);

const char *feature_name(enum feature_id id);
const char *feature_text(enum feature_id id);
enum expr_unit feature_unit(enum feature_id id);
bool feature_is_of_trade(enum feature_id id);
const char *expr_unit_name(enum expr_unit unit);

#endif
