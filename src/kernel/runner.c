#include "kernel/runner.h"

static enum err step(struct kernel *kernel, struct event *event, uint64_t *sequence,
                     struct broker *broker, const struct runner_watch *watch)
{
    event->sequence = ++*sequence;
    enum err err = kernel_step(kernel, event);
    size_t count;
    const struct effect *effects = kernel_effects(kernel, &count);
    for (size_t i = 0; i < count; i++) {
        watch->effect(watch->context, &effects[i]);
        if (!err && effects[i].kind == EFFECT_SUBMIT)
            err = broker->ops->submit(broker->self, effects[i].of.order.order);
    }
    return err;
}

enum err runner_run(struct kernel *kernel, struct feed *feed, struct broker *broker,
                    const struct runner_watch *watch)
{
    uint64_t sequence = 0;
    for (;;) {
        struct event event;
        bool more;
        enum err err = feed->ops->next(feed->self, &event, &more);
        if (err || !more)
            return err;
        err = step(kernel, &event, &sequence, broker, watch);
        struct event answer;
        while (!err && broker->ops->poll(broker->self, event.ts_ns, &answer))
            err = step(kernel, &answer, &sequence, broker, watch);
        if (!err)
            err = watch->after(watch->context, &event);
        if (err)
            return err;
    }
}
