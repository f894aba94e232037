/*
 * Conditions: text such as "vix < 25 and iv_rank > 30" compiled to a flat typed program.
 *
 * Grammar: or, and, not, comparisons (< <= > >= == !=), + - * /, unary -, parentheses, min(a,b), max(a,b),
 * abs(a), numbers (25, 0.5), 30%, 45d, 15:45, 2019-06-21, features (features.def) and the strategy's
 * parameters. Units are checked: a price is not compared with days; a bare number takes the unit of
 * what it meets. A feature that is unknown at the instant (NaN) makes the whole condition false:
 * expr_eval_bool() says no; nothing is guessed.
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
enum expr_scope { EXPR_MARKET, EXPR_TRADE }; /* which features the slot may read */

struct expr; /* immutable, in the arena of its compiler */

struct expr_constant { /* a strategy's parameter */
    const char *name;
    double value;
};

/*
 * Compile text. where ("x.yaml:12:9: entry.when") starts each message. want is UNIT_BOOL for conditions.
 * Errors: ERR_PARSE with the column in the text, what was found and what was expected.
 */
NODISCARD enum err expr_compile(const struct expr **out, struct arena *arena, const char *where,
                                struct str text, enum expr_scope scope, enum expr_unit want,
                                const struct expr_constant *constants, size_t constant_count);

/* features[FEATURE_COUNT], NaN where unknown; DATE as yyyymmdd, TIME as seconds of the day. NaN when unknown. */
double expr_eval(const struct expr *expr, const double features[FEATURE_COUNT]);
bool expr_eval_bool(const struct expr *expr, const double features[FEATURE_COUNT]);

/* Whether the program reads this feature: so the kernel computes only what is asked. */
bool expr_reads(const struct expr *expr, enum feature_id feature);

const char *feature_name(enum feature_id id);
const char *feature_text(enum feature_id id);
enum expr_unit feature_unit(enum feature_id id);
const char *expr_unit_name(enum expr_unit unit);

#endif
