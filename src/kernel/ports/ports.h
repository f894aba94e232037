/*
 * What the kernel's runner asks of the world: a feed of events and a venue for orders.
 *
 * A backtest, a paper desk and a live desk differ only in what stands behind these two tables.
 */
#ifndef KERNEL_PORTS_PORTS_H
#define KERNEL_PORTS_PORTS_H

#include "base/err.h"
#include "kernel/ports/event.h"
#include "kernel/ports/order.h"

struct feed_ops {
    const char *name;
    /* The next event in order of (ts_ns, priority), views valid until the next call. ERR_OK with *more
     * false at the end. */
    enum err (*next)(void *self, struct event *out, bool *more);
    void (*close)(void *self); /* safe to call once; self is gone afterwards */
};

struct broker_ops {
    const char *name;
    /* Hand an order over. The answer comes from poll(), as an event like any other. */
    enum err (*submit)(void *self, const struct order *order);
    /* The next answer that is due at or before now_ns; false when there is none. */
    bool (*poll)(void *self, int64_t now_ns, struct event *out);
    void (*close)(void *self);
};

struct feed {
    const struct feed_ops *ops;
    void *self;
};
struct broker {
    const struct broker_ops *ops;
    void *self;
};

#endif
