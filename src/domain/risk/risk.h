/*
 * May this order be sent? Limits as data, an account's exposure, an order in; a verdict out.
 *
 *     risk_limits_default(&limits);                            once; then what a file or person
 * sets risk_account_hold(&account, &unit[i], quantity);         a position changed by so many
 *     risk_order_range(&order, open_quantity, &range);         a working order, at its worst
 *     risk_account_work(&account, &range, +1);                 and -1 when it is gone or changes
 *     risk_check(&account, &limits, &order, &verdict);         the gate: 0.2 us, however large the
 * book
 *
 * Nothing is allocated and nothing is remembered but what is passed in. All numbers that add up are
 * integers, so adding and taking away in any order gives the same sums, to the bit: the incremental
 * form never drifts from risk_account_build().
 *
 * The worst outcome. Of the working orders any subset may fill, each in part. For a measure that
 * adds up (delta, vega, the loss in one stress scenario) the greatest it may become is what is held
 * plus all orders that raise it; the least, plus all that lower it. Both are kept, and a limit
 * holds only if both ends are within it. Orders of which only one can fill (OCO) are joined by
 * risk_range_either().
 *
 * An order is judged by what it makes worse: a measure already beyond its limit does not stop an
 * order that brings it back. An order whose legs all reduce what is held (and what other working
 * orders may reduce) passes limits of position and Greeks: nobody is locked into a position.
 * Stress holds for it too, and so does margin, since selling the long leg alone leaves a naked
 * short; a package that is closed whole lowers both. Margin takes longer to count and is asked
 * apart, after this gate: margin_gate.h.
 *
 * A refusal names the limit, the number, its bound and the largest quantity that passes all limits.
 * Whether the one who sends may, is asked before; who signs, after.
 */
#ifndef DOMAIN_RISK_RISK_H
#define DOMAIN_RISK_RISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "domain/types/money.h"

#define RISK_OFF INT64_MAX /* no limit */

enum risk_role { RISK_ROLE_TRADER, RISK_ROLE_RISK, RISK_ROLE_OWNER, RISK_ROLE_NOBODY };

enum risk_unit {
#define RISK_UNIT(name, word, text, scale) name,
#include "domain/risk/units.def"
#undef RISK_UNIT
    RISK_UNIT_COUNT
};

enum risk_level {
#define RISK_LEVEL(name, word) name,
#include "domain/risk/levels.def"
#undef RISK_LEVEL
    RISK_LEVEL_COUNT
};

enum risk_limit {
#define LIMIT(name, word, unit, level, who, value, help) name,
#include "domain/risk/limits.def"
#undef LIMIT
    RISK_LIMIT_COUNT
};

enum risk_measure {
#define RISK_MEASURE(name, word, limit) name,
#include "domain/risk/measures.def"
#undef RISK_MEASURE
    RISK_MEASURE_COUNT
};

enum risk_state {
#define RISK_STATE(name, word, text) name,
#include "domain/risk/states.def"
#undef RISK_STATE
    RISK_STATE_COUNT
};

struct risk_limit_row {
    const char *word; /* "underlying_loss" */
    enum risk_unit unit;
    enum risk_level level;
    enum risk_role who;
    int64_t value; /* default */
    const char *help;
};

const struct risk_limit_row *risk_limit_row(enum risk_limit limit);
/* Errors: ERR_NOT_FOUND, with the nearest name. */
NODISCARD enum err risk_limit_find(struct str word, enum risk_limit *out);
/* As people write it: "3 %", "50", "12.5", "30" (seconds), "off". Errors: ERR_PARSE, ERR_RANGE. */
NODISCARD enum err risk_limit_parse(enum risk_limit limit, struct str text, int64_t *out);
enum { RISK_VALUE_BYTES = 48 };
void risk_limit_format(char out[RISK_VALUE_BYTES], enum risk_limit limit, int64_t value);
const char *risk_state_name(enum risk_state state);
const char *risk_state_text(enum risk_state state);
const char *risk_measure_name(enum risk_measure measure);
const char *risk_level_name(enum risk_level level);

/* ---- Limits, and overrides for a while ------------------------------------------------------- */

struct risk_limits {
    int64_t at[RISK_LIMIT_COUNT]; /* units.def; RISK_OFF: none. Of both signs where it says so */
};
void risk_limits_default(struct risk_limits *limits);

/* Granted by a role, for a reason, until a moment. The list is the record: rows stay when they end,
 * until the oldest ended one makes room. */
enum { RISK_OVERRIDES_MAX = 32, RISK_WHO_BYTES = 24, RISK_REASON_BYTES = 96 };
#define RISK_OVERRIDE_NS_MAX (INT64_C(7) * 86400 * 1000000000)
struct risk_override {
    enum risk_limit limit;
    int64_t value; /* may be tighter too */
    enum risk_role role;
    char by[RISK_WHO_BYTES];
    char reason[RISK_REASON_BYTES];
    int64_t granted_ts_ns, expires_ts_ns, revoked_ts_ns; /* revoked 0: not */
};
struct risk_overrides {
    size_t count;
    struct risk_override at[RISK_OVERRIDES_MAX];
};

/*
 * Errors: ERR_REFUSED when the role may not override that limit; ERR_RANGE for a value below 0, an
 * expiry not after now or more than a week away; ERR_USAGE without a name or reason, or longer than
 * fits; ERR_FULL when all rows are in force.
 */
NODISCARD enum err risk_override_grant(struct risk_overrides *overrides,
                                       const struct risk_override *grant, int64_t now_ts_ns);
/* Ends all of a limit now. Errors: ERR_NOT_FOUND. */
NODISCARD enum err risk_override_revoke(struct risk_overrides *overrides, enum risk_limit limit,
                                        int64_t now_ts_ns);
/* The limits in force: the latest grant wins. Returns when that next changes, INT64_MAX: never. */
int64_t risk_limits_in_force(const struct risk_limits *limits,
                             const struct risk_overrides *overrides, int64_t now_ts_ns,
                             struct risk_limits *out);

/* ---- Exposure -------------------------------------------------------------------------------- */

/* What one contract (multiplier counted) or one share held long adds: Greeks, then the profit in
 * each stress scenario (stress.h). Micros, micro index shares. */
enum { RISK_SCENARIOS_MAX = 58, RISK_VECTOR_MAX = RISK_MEASURE_COUNT + RISK_SCENARIOS_MAX };
struct risk_vector {
    int64_t at[RISK_VECTOR_MAX];
};

/* Greeks of one share's worth of an option as pricing.h gives them (vega per 1.00, theta a year).
 */
struct risk_greeks {
    double delta, gamma, vega, theta;
    double spot, beta, index_spot;
    double multiplier; /* 100; 1 for shares, whose delta is 1 */
};
/* An index share is one of the S&P 500: SPX's level, or so many times that of XSP or SPY. 0: the
 * symbol is none of these. */
int risk_index_scale(const char *symbol);
/*
 * What an underlying is taken to move with the index, as a factor of logarithms, where nobody has
 * measured it: 1, and of VIX -3.74. That is between its answers to a rising index (-2.99) and a
 * falling one (-4.49); R. Whaley, Understanding the VIX, Journal of Portfolio Management 35 (2009).
 */
double risk_usual_beta(const char *symbol);
/* Writes the measures, leaves the scenarios alone. False when a number is not finite or too large
 * to count with: then the unit is unknown, and NULL goes where its vector would. */
NODISCARD bool risk_vector_greeks(struct risk_vector *out, const struct risk_greeks *greeks);

struct risk_range {
    struct risk_vector up, down; /* >= 0 and <= 0: what may be added at most, either way */
    uint32_t unpriced;           /* legs without a vector */
    bool is_overflow;
};

/* Worst losses at expiry of what is held, and of working orders that open; micros, >= 0. */
struct risk_pot {
    int64_t held, working;
};

/* What the gate knows of an account. The caller owns it all; start from { 0 }. */
struct risk_account {
    enum risk_state state;
    int64_t equity;         /* cash + longs - shorts now; PRICE_NONE: unknown */
    int64_t equity_start;   /* at the start of the day; PRICE_NONE: unknown */
    int64_t flows;          /* deposits less withdrawals since */
    int64_t var, shortfall; /* of the whole book, micros (tail.h); PRICE_NONE: not asked */
    int64_t recent_orders;  /* sent within RISK_RATE_WINDOW */
    size_t scenario_count;  /* of the vectors' scenarios; the first grid_count are the grid */
    size_t grid_count;

    struct risk_pot *underlyings, *strategies; /* rows as the orders' indexes say */
    size_t underlying_count, strategy_count;

    struct risk_vector held;
    struct risk_range working;
    uint32_t unpriced;     /* positions held without a vector */
    bool is_overflow;      /* a sum did not fit: nothing is opened until a rebuild */
    bool is_without_index; /* nothing quoted is an index: limits in index shares are not asked */
};

/* A position changed by quantity (signed). New Greeks: hold the old ones by -quantity, the new ones
 * by +quantity. A position without a vector counts as one unpriced from when it opens till it is
 * flat. */
void risk_account_hold(struct risk_account *account, const struct risk_vector *each,
                       int64_t quantity);
void risk_account_hold_unpriced(struct risk_account *account, bool was_flat, bool is_flat);
/* A working order's range comes (+1) or goes (-1). */
void risk_account_work(struct risk_account *account, const struct risk_range *range, int sign);

/* The same from nothing: positions with their vectors (NULL: unpriced), ranges of working orders.
 * The rest of the account is left alone. */
struct risk_position {
    const struct risk_vector *each;
    int64_t quantity;
};
void risk_account_build(struct risk_account *account, size_t position_count,
                        const struct risk_position *positions, size_t working_count,
                        const struct risk_range *working);

/* Equity less what was there at the start and came in since; PRICE_NONE when unknown. */
int64_t risk_day_profit(const struct risk_account *account);
/* What a limit comes to, in micros, micro shares, ... : per cents of equity become micros, of the
 * lesser of now and the start of the day. RISK_OFF stays; 0 when equity is not above 0. */
int64_t risk_limit_bound(const struct risk_account *account, const struct risk_limits *limits,
                         enum risk_limit limit);

/* ---- The gate -------------------------------------------------------------------------------- */

enum risk_origin { RISK_BY_STRATEGY, RISK_BY_AGENT, RISK_BY_PERSON, RISK_BY_PLANNER };

/*
 * What an order is to the trade it belongs to, where the caller keeps lots by trade. The account's
 * net positions alone do not tell: a short that offsets another trade's long reduces for the
 * account, and is left naked when that is closed. So:
 *   OPENS     never passes as reducing, whatever the account holds
 *   CLOSES    may be sent when only reducing is allowed; where at the broker it opens, since
 *             another trade holds the other side, limits of series, Greeks and stress are asked as
 *             for any that opens
 */
enum risk_effect { RISK_AS_ACCOUNT, RISK_OPENS_TRADE, RISK_CLOSES_TRADE };

enum { RISK_LEGS_MAX = 9 };
struct risk_leg {
    int64_t ratio;                       /* contracts or shares of one package, + buys; not 0 */
    int64_t held;                        /* of that series now, signed */
    int64_t working_buys, working_sells; /* of other orders, both >= 0 */
    const struct risk_vector *each;      /* NULL: unknown */
    bool is_stock;                       /* a hundred shares count as one contract */
};

struct risk_order {
    const struct risk_leg *legs;
    size_t leg_count; /* 1 to RISK_LEGS_MAX */
    int64_t quantity; /* packages, > 0 */
    bool is_package;  /* the venue fills whole packages; else each leg may fill by itself */
    enum risk_origin origin;
    enum risk_effect effect;
    uint32_t underlying, strategy; /* rows of the account's pots; RISK_NO_POT: none */
    int64_t loss_each;   /* worst loss of a package, micros >= 0 (loss.h); 0: it only closes.
                            RISK_OFF: without bound; PRICE_NONE: unknown */
    int64_t price, fair; /* net, micros a share of a package, + debit; PRICE_NONE: none */
    int64_t gross;       /* sum of ratio x price of the legs, a share; PRICE_NONE: unknown */
};
#define RISK_NO_POT UINT32_MAX

struct risk_verdict {
    bool is_allowed;
    enum risk_limit
        rule;       /* that refused: the one that leaves the least; of an allowed order unused */
    int64_t number; /* what it would come to, at the worst */
    int64_t limit;  /* what it may come to, same unit */
    int64_t quantity_max; /* packages that pass every limit; the order's own when allowed */
    int64_t price_max;    /* of RISK_PRICE_AWAY: what would pass; PRICE_NONE else */
    int64_t equity;       /* that per cents are of; PRICE_NONE: unknown */
    int scenario;         /* of RISK_STRESS_LOSS and RISK_SHOCK_LOSS, -1 else */
    uint32_t key;         /* leg, underlying or strategy where the rule is about one, else 0 */
};

/* Does every leg only reduce what is held, even if all other orders fill? */
bool risk_order_reduces(const struct risk_order *order);
/* The range of open_quantity packages of the order still working. */
void risk_order_range(const struct risk_order *order, int64_t open_quantity,
                      struct risk_range *out);
/* Only one of the two can fill: the greater of each end. */
void risk_range_either(struct risk_range *into, const struct risk_range *other);

/*
 * Orders of the planner (plan.h) pass the rate and the limits of position; while only reducing is
 * allowed they may still open a hedge, if it leaves delta less than it was.
 */
void risk_check(const struct risk_account *account, const struct risk_limits *limits,
                const struct risk_order *order, struct risk_verdict *out);

/* The same, and what each limit says by itself, for a preview: verdicts[limit] has the number at
 * the worst, its limit and how many packages it would let pass. is_asked false: it has no bound,
 * or does not concern the order. */
struct risk_word {
    bool is_asked;
    struct risk_verdict verdict;
};
void risk_check_each(const struct risk_account *account, const struct risk_limits *limits,
                     const struct risk_order *order, struct risk_word words[RISK_LIMIT_COUNT],
                     struct risk_verdict *out);

/* "underlying_loss: 12,300.00 dollars at the worst, the limit is 10,000.00 (10 % of equity
 * 100,000.00); 3 would pass". name: of the scenario or key, "" for none. */
enum { RISK_TEXT_BYTES = 256 };
void risk_verdict_text(char out[RISK_TEXT_BYTES], const struct risk_verdict *verdict,
                       const char *name);
/* Of a refusal: "3 would pass", "a price to 1.25 would pass", "what only reduces would pass". */
enum { RISK_PASS_BYTES = 96 };
void risk_pass_text(char out[RISK_PASS_BYTES], const struct risk_verdict *verdict);
/* What the numbers of a verdict count, per cents of equity as dollars: "dollars", "seconds"; *scale
 * of them make one. */
const char *risk_unit_text(enum risk_limit limit, double *scale);
/* A number of a limit as people read it, with its unit: "12,300.00 dollars", "42 seconds", "50
 * index shares". */
void risk_value_text(char out[RISK_VALUE_BYTES], enum risk_limit limit, int64_t value);

#endif
