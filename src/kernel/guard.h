/* The account's limits, for the files of this folder: guard.c, guard_margin.c. */
#ifndef KERNEL_GUARD_H
#define KERNEL_GUARD_H

#include "domain/margin/margin.h"
#include "domain/margin/portfolio.h"
#include "domain/risk/plan.h"
#include "domain/risk/tail.h"
#include "domain/risk/watch.h"
#include "domain/risk/margin_gate.h"
#include "kernel/kernel_int.h"
#include "kernel/preview.h"

enum { GUARD_MOVES = 500 }; /* of a day, that VaR is counted of */

struct margin_ask { /* an order as domain/margin wants to see it, for one package or all of it */
    struct margin_order order;
    struct margin_line legs[RISK_LEGS_MAX];
};

struct guard {
    struct risk_limits base, limits; /* as configured; in force with overrides */
    int64_t limits_until_ns;
    bool needs_greeks, needs_stress, needs_tail; /* by a limit in force */
    struct risk_overrides overrides;
    struct risk_watch watch;
    struct risk_account account;
    bool is_built;      /* account is that of ... */
    uint64_t built;     /* ... this generation, ... */
    uint64_t built_but; /* ... without this working order */
    /* guard_exposure.c: room to work in */
    struct unit *units;
    struct stress_set *stress;
    struct stress_move *moves; /* a day's, of an index of vol 1 a day */
    double sigma;              /* of the index's move a day; NaN unknown */
    double *tail_units, *tail_book, *tail_order, *tail_room;
    bool is_tail_known;              /* of the book: each position has a price in each move */
    struct margin_work *margin_work; /* NULL: margin is not asked */
    struct margin_plan *margin_plan; /* scratch */
    struct margin_portfolio *portfolio;
    struct margin_line *lines;
    struct margin_ask *working; /* [MARGIN_WORKING_MAX] */
    struct margin_order *orders;
    struct plan_work *plan_work;
    struct liquidation *plan;
    uint32_t *groups;        /* line -> trade */
    uint8_t *legs;           /* line -> its leg */
    bool *is_kept;           /* line -> not to be closed now */
    bool is_called;          /* a margin call is on */
    bool has_filled;         /* an order of the call did, since it last looked */
    uint64_t called_changes; /* k->changes when it last looked, */
    int64_t called_ns, called_equity, called_deposit;
    int64_t owed; /* at expiry, of all trades at the worst of each; RISK_OFF: unbounded, or with
                     stock */
    uint64_t owed_changes;
};

/* The second half of guard_allows(): margin with the order and those still working. */
bool guard_margin(struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk);
/* What a limit said, as a gate's verdict. */
void guard_verdict(const struct kernel *k, const struct order_terms *terms,
                   const struct risk_verdict *verdict, bool is_asked, struct gate_verdict *out);

/* guard_exposure.c: what one contract (or share, id then OPTION_NONE) adds: Greeks, profits in
 * stress scenarios, in moves of a day. False when it cannot be known. */
bool guard_vector(struct kernel *k, struct market *market, bool is_stock, uint32_t id,
                  struct risk_vector *out);
bool guard_has_index(struct kernel *k);
void guard_exposure_open(struct kernel *k, struct arena *arena);
void guard_needs(struct guard *g);  /* what the limits in force ask for */
void guard_moves(struct kernel *k); /* a count begins: the index's vol now, and an empty book */
void guard_tail_hold(struct kernel *k, struct market *market, bool is_stock, uint32_t id,
                     int64_t quantity);
void guard_tail_work(struct kernel *k, const struct order_terms *terms,
                     int64_t packages); /* at its worst in each move */
/* Room for the contracts that a question prices, as g->units and g->tail_units have for orders. */
void guard_question_room(const struct guard *g, struct arena *arena, struct unit **units,
                         double **tail_units);
/* VaR and shortfall of what account_now() counted; false where they are not known. */
bool guard_tail_now(struct guard *g, struct tail *out);
/* The account as kernel_standing() tells it. */
void guard_standing(struct kernel *k, struct kernel_standing *out);
/* VaR and shortfall with the order. */
bool guard_tail(struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk);

void guard_plan_open(struct kernel *k, struct arena *arena);
/* What the account must hold now (maintenance): equity may not fall below it. False when that
 * cannot be known. */
bool guard_deposit(struct kernel *k, int64_t *out);
/* A limit in force. */
int64_t guard_limit(struct kernel *k, enum risk_limit limit);

#endif
