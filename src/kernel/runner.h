/*
 * The runner: around the kernel's step, it merges the feed with the venue's answers, gives every event
 * its number, and empties the outbox through the ports.
 */
#ifndef KERNEL_RUNNER_H
#define KERNEL_RUNNER_H

#include "kernel/kernel.h"
#include "kernel/ports/ports.h"

struct runner_watch {
    void *context;
    /* Every effect, in order. */
    void (*effect)(void *context, const struct effect *effect);
    /* After an event of the feed and everything that followed from it at that instant. */
    enum err (*after)(void *context, const struct event *event);
};

/* Run until the feed ends. Errors: of the feed, the venue, the kernel or watch->after (for example
 * ERR_CANCELLED); all effects until then were shown. */
NODISCARD enum err runner_run(struct kernel *kernel, struct feed *feed, struct broker *broker,
                              const struct runner_watch *watch);

#endif
