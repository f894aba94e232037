/*
 * What to send when it must be smaller: liquidation, hedges, the kill switch. Plans are lists; the
 * kernel sends them as orders of RISK_BY_PLANNER through the same gates.
 *
 * Liquidation closes packages, not legs. The steps are in the order in which they must fill; after
 * each the deposit (what equity must not fall below) is no higher than before. That holds for
 * options filled in part too, as packages; shares cover by the hundred, so plan again after a part
 * of them. So a condor is not taken apart into naked shorts, and a long that covers somebody else's
 * short stays until that short is gone. How:
 *   1. a group (one trade's lots) is closed whole, those first that need the most deposit alone;
 *   2. a group that must not go whole yet, or has too many legs, goes in parts: short and long
 *      together, shorts before longs;
 *   3. where only another group's long keeps a short covered, the two are closed as one order.
 * Every step is tried with the margin of the whole book before it is taken. Should marks contradict
 * each other so much that every step raises the deposit, the one that raises it least is taken and
 * says so.
 */
#ifndef DOMAIN_RISK_PLAN_H
#define DOMAIN_RISK_PLAN_H

#include "domain/margin/margin.h"
#include "domain/risk/risk.h"

enum {
    PLAN_LEGS_MAX = 8,
    PLAN_STEPS_MAX = 512,
};

#define PLAN_ACROSS UINT32_MAX /* group of a step with legs of several */

struct plan_leg {
    uint16_t line;    /* of the book's lines */
    int64_t quantity; /* to trade, + buys: contracts or shares in all */
};

struct plan_step {
    uint32_t group;
    uint32_t leg_count;
    struct plan_leg legs[PLAN_LEGS_MAX];
    int64_t deposit; /* micros after it has filled */
    bool raises;     /* the deposit, against the promise above */
};

struct liquidation {
    int64_t deposit; /* before */
    size_t step_count;
    bool is_monotone; /* no step raises */
    struct plan_step steps[PLAN_STEPS_MAX];
};

struct liquidation_terms {
    const struct margin_terms *margin; /* is_portfolio: steps are tried with portfolio margin */
    uint32_t legs_max;                 /* of one order: 2 to PLAN_LEGS_MAX; brokers take 4 */
    const uint32_t *groups; /* of each line of the book; one series may be in several groups */
    const bool *is_kept;    /* lines that are not to be closed; NULL: none */
};

/* Room to plan in; belongs to the arena. */
struct plan_work;
struct plan_work *plan_work_new(struct arena *arena);

/*
 * The whole way to flat. margin: room of margin_work_new().
 * Errors: those of margin_strategy() or margin_portfolio(); ERR_FULL beyond PLAN_STEPS_MAX;
 * ERR_RANGE for legs_max. *out is then empty.
 */
NODISCARD enum err liquidation_plan(struct plan_work *work, struct margin_work *margin,
                                    const struct margin_book *book,
                                    const struct liquidation_terms *terms, struct liquidation *out);

/*
 * The least that brings the deposit down to `target`: a margin call. Packages are closed, not
 * legs: n equal parts of one group, of all groups and n the fewest contracts that cure it. Where
 * no group does by itself, the one whose end takes most off the deposit is closed whole first;
 * where none takes anything off, what liquidation_plan() would do next. No step raises the
 * deposit. out->deposit and the steps' as there; it ends with the first step that cures, or flat.
 * Errors: as above.
 */
NODISCARD enum err liquidation_cure(struct plan_work *work, struct margin_work *margin,
                                    const struct margin_book *book,
                                    const struct liquidation_terms *terms, int64_t target,
                                    struct liquidation *out);

/* ---- Hedge ----------------------------------------------------------------------------------- */

enum hedge_mode {
    HEDGE_UNDERLYING, /* each in its own shares, where they can be traded */
    HEDGE_INDEX,      /* all together in one row's shares */
};

struct hedge_row {
    double delta_shares; /* of that underlying, its own shares, what is held */
    double spot, beta;   /* dollars, against the index */
    bool can_trade;      /* an index itself has no shares */
    bool can_short;      /* nothing may be borrowed otherwise */
    int64_t held;        /* shares, which selling comes before borrowing */
};

/*
 * Shares to trade per row (+ buys), whole ones, so that the delta left is no greater than
 * band_shares (of the row in HEDGE_UNDERLYING, of index shares in HEDGE_INDEX); 0 asks for flat
 * within half a share. Never over the top: delta's sign does not turn by more than half a share.
 *   index_spot   what index shares are of, dollars > 0;  index_row   traded in HEDGE_INDEX
 *   left         delta that remains, index shares; may be NULL
 * Errors: ERR_RANGE for numbers that are not finite or a row that is not there; ERR_REFUSED when
 * something that had to be traded cannot be; quantity is then written for those that can.
 */
NODISCARD enum err hedge_plan(size_t count, const struct hedge_row *rows, enum hedge_mode mode,
                              size_t index_row, double index_spot, double band_shares,
                              int64_t *quantity, double *left);

/* ---- Kill switch ----------------------------------------------------------------------------- */

struct kill_order {
    bool reduces;       /* risk_order_reduces() */
    bool is_protective; /* a stop that guards a position */
    int64_t loss;       /* that it could add, micros */
};

/*
 * Which working orders are canceled, in which order: what opens first, the greatest loss first,
 * then what reduces. Protective stops are kept unless everything is to be closed at once (then they
 * could fill beside the planner's orders). sequence[count]: indexes; returns how many are canceled.
 */
size_t kill_plan(size_t count, const struct kill_order *orders, bool flatten, uint32_t *sequence);

#endif
