/* The account's limits, for the files of this folder: guard.c, guard_margin.c. */
#ifndef KERNEL_GUARD_H
#define KERNEL_GUARD_H

#include "domain/margin/margin.h"
#include "domain/risk/plan.h"
#include "domain/risk/watch.h"
#include "domain/risk/margin_gate.h"
#include "kernel/kernel_int.h"
#include "kernel/preview.h"

struct margin_ask { /* an order as domain/margin wants to see it, for one package or all of it */
    struct margin_order order;
    struct margin_line legs[RISK_LEGS_MAX];
};

struct guard {
    struct risk_limits base, limits; /* as configured; in force with overrides */
    int64_t limits_until_ns;
    struct risk_overrides overrides;
    struct risk_watch watch;
    struct risk_account account;
    bool is_built;      /* account is that of ... */
    uint64_t built;     /* ... this generation, ... */
    uint64_t built_but; /* ... without this working order */
    struct margin_work *margin_work; /* NULL: margin is not asked */
    struct margin_line *lines;
    struct margin_ask *working;    /* [MARGIN_WORKING_MAX] */
    struct margin_order *orders;
    struct plan_work *plan_work;
    struct liquidation *plan;
    uint32_t *groups; /* line -> trade */
};

/* The second half of guard_allows(): margin with the order and those still working. */
bool guard_margin(struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk);
/* What a limit said, as a gate's verdict. */
void guard_verdict(const struct kernel *k, const struct order_terms *terms, const struct risk_verdict *verdict, bool is_asked,
                   struct gate_verdict *out);

void guard_plan_open(struct kernel *k, struct arena *arena);

#endif
