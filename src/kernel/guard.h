/* The account's limits, for the files of this folder: guard.c, guard_margin.c. */
#ifndef KERNEL_GUARD_H
#define KERNEL_GUARD_H

#include "domain/margin/margin.h"
#include "domain/risk/plan.h"
#include "domain/risk/watch.h"
#include "kernel/kernel_int.h"

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
    struct plan_work *plan_work;
    struct liquidation *plan;
    uint32_t *groups; /* line -> trade */
};

/* The second half of guard_allows(): margin with the order and those still working. */
bool guard_margin(struct kernel *k, const struct order_terms *terms, uint64_t id, char why[RISK_TEXT_BYTES]);

void guard_plan_open(struct kernel *k, struct arena *arena);

#endif
