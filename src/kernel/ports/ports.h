/*
 * What the kernel's runner asks of the world: a feed of events and a venue for orders (venue.h).
 *
 * A backtest, a paper desk and a live desk differ only in what stands behind these two tables.
 */
#ifndef KERNEL_PORTS_PORTS_H
#define KERNEL_PORTS_PORTS_H

#include "base/err.h"
#include "kernel/ports/event.h"
#include "kernel/ports/order.h"
#include "kernel/ports/venue.h"

struct feed_ops {
    const char *name;
    /* The next event in order of (ts_ns, priority), views valid until the next call. ERR_OK with
     * *more false at the end. */
    enum err (*next)(void *self, struct event *out, bool *more);
    void (*close)(void *self); /* safe to call once; self is gone afterwards */
};

struct feed {
    const struct feed_ops *ops;
    void *self;
};

#endif
