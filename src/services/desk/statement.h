/*
 * The desk's side of a reconciliation (reconcile.h): what a kernel thinks it has.
 */
#ifndef SERVICES_DESK_STATEMENT_H
#define SERVICES_DESK_STATEMENT_H

#include "kernel/kernel.h"
#include "services/desk/reconcile.h"

/*
 * Its lots (each leg of a trade), the orders that a broker may have, the executions it keeps of
 * recent orders, its cash. Lives in arena, but for nothing of the kernel.
 */
void statement_of_kernel(struct statement *out, struct arena *arena, struct kernel *kernel,
                         int32_t day);

/*
 * The report that closes a difference: a missed execution of an order of ours, or that the venue
 * does not know one. False where no report can: a person must look, and strategies should wait
 * (COMMAND_REDUCE).
 */
bool report_of_difference(struct order_report *out, const struct kernel *kernel,
                          const struct difference *diff, int64_t ts_ns);

#endif
