/*
 * What the kernel's runner asks of whoever takes its orders: a simulated venue, or a broker.
 *
 * Requests go in, reports come out, as events like any other. A simulated venue also sees the
 * market, so that resting orders fill; a broker has its own. The order in which the runner talks
 * to it, for each event of a feed:
 *
 *     see(event)                          the venue's quotes are those of this instant
 *     kernel_step(event)                  the kernel decides
 *     request(...) for each effect        the venue may queue reports now
 *     poll(...) until it has none due     each is a step of the kernel, whose effects are requested
 *                                         too
 *
 * A venue with latency keeps reports until their time: the runner asks next_ns() before it takes
 * the feed's next event, and lets the venue answer first when it is due earlier.
 */
#ifndef KERNEL_PORTS_VENUE_H
#define KERNEL_PORTS_VENUE_H

#include "base/err.h"
#include "domain/orders/order_set.h"
#include "kernel/ports/event.h"

enum request_kind { REQUEST_SUBMIT, REQUEST_REPLACE, REQUEST_CANCEL };

/* Lives until the call returns: a venue copies what it keeps. */
struct order_request {
    enum request_kind kind;
    uint64_t order_id;
    uint32_t version;                /* that is asked for; of a cancel the one in force */
    int64_t ts_ns;                   /* when the kernel decided */
    const struct order_terms *terms; /* as staged */
    const struct order_edit
        *edit; /* SUBMIT and REPLACE: quantity, type, prices as they are to be */
};

struct venue_ops {
    const char *name;
    /* ERR_OK: handed over, which is not yet accepted. An error is one of the link or of ourselves:
     * what the venue itself says no to comes back as a report. */
    enum err (*request)(void *self, const struct order_request *request);
    /* Sessions, snapshots, quotes, settlements, the end of a day; NULL when it needs none. */
    enum err (*see)(void *self, const struct event *event);
    /* The next report due at or before now_ns, as EVENT_REPORT; what it points to lives until the
     * next call. False when there is none. */
    bool (*poll)(void *self, int64_t now_ns, struct event *out);
    /* When the next report is due; INT64_MAX when none is on its way. */
    int64_t (*next_ns)(void *self);
    void (*close)(void *self); /* safe to call once; self is gone afterwards */
};

struct venue {
    const struct venue_ops *ops;
    void *self;
};

#endif
