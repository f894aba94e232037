/*
 * The runner: around the kernel's step, it merges the feed with the venue's reports, gives every
 * event its number, and empties the outbox through the ports (kernel/ports/venue.h says in which
 * order).
 */
#ifndef KERNEL_RUNNER_H
#define KERNEL_RUNNER_H

#include "kernel/kernel.h"
#include "kernel/ports/ports.h"

struct runner_watch {
    void *context;
    /* Every effect, in order. */
    void (*effect)(void *context, const struct effect *effect);
    /* After a step and before anything of it reaches the venue: a desk makes it durable here. May
     * be NULL; an error stops the runner, and nothing of this step leaves. */
    enum err (*stepped)(void *context, const struct event *event, const struct effect *effects,
                        size_t count);
    /* After an event of the feed and everything that followed from it at that instant. */
    enum err (*after)(void *context, const struct event *event);
};

/* Run until the feed ends. Errors: of the feed, the venue, the kernel or watch->after (for example
 * ERR_CANCELLED); all effects until then were shown. */
NODISCARD enum err runner_run(struct kernel *kernel, struct feed *feed, struct venue *venue,
                              const struct runner_watch *watch);

/* The same for one event, and for the venue's reports due until then: what runner_run() does with
 * each. A desk that is fed by hand, a test, calls it. */
struct runner {
    struct kernel *kernel;
    struct venue *venue;
    const struct runner_watch *watch;
    uint64_t sequence; /* of the last event */
};
NODISCARD enum err runner_take(struct runner *runner, struct event *event);

/* What the venue says before a moment, and what follows from it. */
NODISCARD enum err runner_until(struct runner *runner, int64_t ts_ns);

#endif
