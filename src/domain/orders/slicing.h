/*
 * A large order as slices over time: each takes a part of what is displayed, and leaves time for
 * more to come. Pure: the caller keeps the state, sends each slice through the gates as an order
 * of its own, and tells what it filled.
 *
 *     struct slicing slicing;
 *     slicing_init(&slicing, &plan, now);
 *     at each quote or timer:  n = slicing_next(&slicing, now, displayed); if n, send n packages
 *     at each fill:            slicing_filled(&slicing, packages)
 *     at its end:              slicing_ended(&slicing)
 */
#ifndef DOMAIN_ORDERS_SLICING_H
#define DOMAIN_ORDERS_SLICING_H

#include "domain/orders/order.h"

struct slice_plan {
    int64_t quantity;      /* packages in all, > 0 */
    int64_t every_ns;      /* between slices, > 0 */
    int64_t slice_max;     /* packages of a slice at most, > 0 */
    int32_t displayed_ppm; /* of the displayed packages a slice takes at most; 0: whatever is
                              displayed */
    int64_t
        until_ns; /* when all should be done: late slices grow to keep up; INT64_MAX: no hurry */
};

struct slicing {
    struct slice_plan plan;
    int64_t began_ns, next_ns;
    int64_t sent, filled; /* packages; sent counts what works now */
    bool is_working;      /* a slice is out: one at a time */
};

/* Errors: ERR_RANGE naming the field. */
NODISCARD enum err slicing_init(struct slicing *out, const struct slice_plan *plan, int64_t now_ns);

/* Packages to send now; 0: wait. displayed: packages that the market shows now; INT64_MAX unknown.
 */
int64_t slicing_next(struct slicing *slicing, int64_t now_ns, int64_t displayed);
void slicing_filled(struct slicing *slicing, int64_t packages);
/* The slice is over, filled or not: what it did not fill comes back. */
void slicing_ended(struct slicing *slicing);
bool slicing_is_done(const struct slicing *slicing);

#endif
