#include "kernel/runner.h"

/* What an effect asks of the venue; false when nothing. */
static bool request_of(const struct effect *effect, struct order_request *out)
{
    const struct order_state *order = effect->of.order.state;
    switch (effect->kind) {
    case EFFECT_SUBMIT:
        *out = (struct order_request){ REQUEST_SUBMIT, order->id,     order->version,
                                       effect->ts_ns,  &order->terms, &order->edit };
        return true;
    case EFFECT_REPLACE:
        *out = (struct order_request){ REQUEST_REPLACE, order->id,     order->version_asked,
                                       effect->ts_ns,   &order->terms, &order->asked };
        return true;
    case EFFECT_CANCEL:
        *out = (struct order_request){ REQUEST_CANCEL, order->id,     order->version,
                                       effect->ts_ns,  &order->terms, &order->edit };
        return true;
    case EFFECT_STAGE:
    case EFFECT_ORDER:
    case EFFECT_CLOSED:
    case EFFECT_NOTE:
        break;
    }
    return false;
}

static enum err step(struct runner *r, struct event *event)
{
    event->sequence = ++r->sequence;
    enum err err = kernel_step(r->kernel, event);
    size_t count;
    const struct effect *effects = kernel_effects(r->kernel, &count);
    if (r->watch->stepped) {
        enum err kept = r->watch->stepped(r->watch->context, event, effects, count);
        err = err ? err : kept;
    }
    for (size_t i = 0; i < count; i++) {
        struct order_request request;
        r->watch->effect(r->watch->context, &effects[i]);
        if (!err && request_of(&effects[i], &request))
            err = r->venue->ops->request(r->venue->self, &request);
    }
    return err;
}

/* Reports that are due, and what follows from them. */
static enum err drain(struct runner *r, int64_t now_ns)
{
    struct event report;
    enum err err = ERR_OK;
    while (!err && r->venue->ops->poll(r->venue->self, now_ns, &report))
        err = step(r, &report);
    return err;
}

enum err runner_until(struct runner *r, int64_t ts_ns)
{
    return r->venue->ops->next_ns(r->venue->self) < ts_ns ? drain(r, ts_ns - 1) : ERR_OK;
}

enum err runner_take(struct runner *r, struct event *event)
{
    /* What the venue says before this instant comes first. */
    enum err err = runner_until(r, event->ts_ns);
    if (!err && r->venue->ops->see)
        err = r->venue->ops->see(r->venue->self, event);
    if (!err)
        err = step(r, event);
    if (!err)
        err = drain(r, event->ts_ns);
    if (!err)
        err = r->watch->after(r->watch->context, event);
    return err;
}

enum err runner_run(struct kernel *kernel, struct feed *feed, struct venue *venue,
                    const struct runner_watch *watch)
{
    struct runner runner = { .kernel = kernel, .venue = venue, .watch = watch };
    for (;;) {
        struct event event;
        bool more;
        enum err err = feed->ops->next(feed->self, &event, &more);
        if (err || !more)
            return err;
        err = runner_take(&runner, &event);
        if (err)
            return err;
    }
}
