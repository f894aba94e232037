/*
 * What an order costs: commission, exchange and regulatory fees, by dated rows.
 *
 * A schedule (fee_schedules.def) says whose customer pays; the amounts are rows of fees.def with
 * their dates and source. A backtest of 2019 uses the rows of 2019; a date without a row is an
 * error, not today's value. The answer carries the rows used, so that a report can show each.
 *
 * Rounding: each line of an order (its commission, its clearing, ...) is rounded up to the cent,
 * and minimums hold for the order. ibkr-lean differs, as LEAN does: every leg is an order of its
 * own, nothing is rounded, and the tier is that of the bid for buys and of the ask for sells, where
 * a missing quote counts as 0.
 */
#ifndef DOMAIN_TYPES_FEES_H
#define DOMAIN_TYPES_FEES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "domain/types/contract.h"
#include "domain/types/money.h"

enum { FEE_LEGS_MAX = 9, FEE_LINES_MAX = 8 * FEE_LEGS_MAX };

enum fee_schedule {
#define FEE_SCHEDULE(name, word, has_market_fees, flags, text) name,
#include "domain/types/fee_schedules.def"
#undef FEE_SCHEDULE
    FEE_SCHEDULE_COUNT
};

enum fee_kind { FEE_KIND_COMMISSION, FEE_KIND_EXCHANGE, FEE_KIND_REGULATORY, FEE_KIND_COUNT };

enum fee_rule {
#define FEE_RULE(name, word, kind) name,
#include "domain/types/fee_rules.def"
#undef FEE_RULE
    FEE_RULE_COUNT
};

enum fee_unit {
    FEE_PER_CONTRACT,
    FEE_PER_SHARE,
    FEE_PER_LEG,
    FEE_PER_ORDER,
    FEE_PER_DOLLAR, /* of the trade's value */
    FEE_PER_MILLION_DOLLARS,
};

struct fee_row {
    const char *schedule;
    enum fee_rule rule;
    const char *key;
    int32_t valid_from, valid_to;
    int64_t premium_from, count_from;
    int64_t value; /* micros per unit */
    enum fee_unit unit;
    const char *source; /* ends in "?" when it wants checking */
};

struct fee_leg {
    const struct contract *contract; /* NULL: stock */
    int64_t quantity;                /* contracts or shares, + buys, - sells; not 0 */
    int64_t price;                   /* of the fill, micros a share, >= 0 */
    int64_t bid, ask;                /* at the fill; PRICE_NONE when there is none */
    bool closes;                     /* an option position is being closed */
};

struct fee_line {
    const struct fee_row *row;
    int leg;        /* -1: the whole order */
    int64_t amount; /* micros, before rounding; negative where a maximum cuts */
};

struct fee_breakdown {
    int64_t commission, exchange, regulatory, total; /* micros, >= 0, rounded */
    bool is_uncertain;                               /* a row used is marked "?" */
    size_t line_count;
    struct fee_line lines[FEE_LINES_MAX];
};

/*
 * The cost of an order that fills at date.
 *   month_contracts   option contracts traded this month before, for volume tiers; >= 0
 * Errors: ERR_RANGE when a rule of the schedule has no row for the date, or a leg makes no sense;
 * ERR_NOT_FOUND for an index option whose exchange fee is not in the table. *out is then untouched.
 */
NODISCARD enum err fees_for_order(struct fee_breakdown *out, enum fee_schedule schedule,
                                  int32_t date, const struct fee_leg *legs, size_t leg_count,
                                  int64_t month_contracts);

/* "ibkr-tiered", and one sentence. */
const char *fee_schedule_name(enum fee_schedule schedule);
const char *fee_schedule_text(enum fee_schedule schedule);
/* Errors: ERR_NOT_FOUND listing the names there are. */
NODISCARD enum err fee_schedule_parse(struct str text, enum fee_schedule *out);

const char *fee_rule_name(enum fee_rule rule); /* "clearing" */
enum fee_kind fee_rule_kind(enum fee_rule rule);

#endif
