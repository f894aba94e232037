#include "adapters/broker/sim/exchange_venue.h"

#include <string.h>

struct port {
    struct exchange *exchange;
    struct order_report report; /* the one polled last */
};

static enum err port_request(void *self, const struct order_request *request)
{
    struct port *port = self;
    switch (request->kind) {
    case REQUEST_SUBMIT:
        return exchange_submit(port->exchange, request->order_id, request->version, request->ts_ns,
                               request->terms, request->edit);
    case REQUEST_REPLACE:
        return exchange_replace(port->exchange, request->order_id, request->version, request->ts_ns,
                                request->edit);
    case REQUEST_CANCEL:
        return exchange_cancel(port->exchange, request->order_id, request->ts_ns);
    }
    return err_set(ERR_USAGE, "request %d is none that a venue knows", (int)request->kind);
}

static enum err port_see(void *self, const struct event *event)
{
    struct exchange *x = ((struct port *)self)->exchange;
    switch (event->kind) {
    case EVENT_SESSION:
        return exchange_session(x, event->underlying, event->ts_ns, &event->of.session);
    case EVENT_MARKET:
        return exchange_market(x, event->underlying, event->ts_ns, &event->of.market);
    case EVENT_DAY_END:
        return exchange_day_end(x, event->underlying, event->ts_ns);
    case EVENT_QUOTE: {
        const struct event_quote *quote = &event->of.quote;
        return exchange_quote(x, event->underlying, event->ts_ns,
                              &(struct exchange_quote){ .contract = quote->contract,
                                                        .bid = quote->bid,
                                                        .ask = quote->ask,
                                                        .bid_size = quote->bid_size,
                                                        .ask_size = quote->ask_size,
                                                        .last = quote->last,
                                                        .volume = -1 });
    }
    case EVENT_LEVEL:
        if (!strncmp(event->of.level.symbol, "VIX", sizeof event->of.level.symbol))
            exchange_stress(x, event->of.level.value);
        return ERR_OK;
    default:
        return ERR_OK;
    }
}

static bool port_poll(void *self, int64_t now_ns, struct event *out)
{
    struct port *port = self;
    int64_t due_ns;
    if (!exchange_poll(port->exchange, now_ns, &port->report, &due_ns))
        return false;
    memset(out, 0, sizeof *out);
    out->kind = EVENT_REPORT;
    out->ts_ns = due_ns; /* when it is heard, not when it was said */
    out->of.report = &port->report;
    return true;
}

static int64_t port_next_ns(void *self)
{
    return exchange_next_ns(((struct port *)self)->exchange);
}

static void port_close(UNUSED void *self)
{
}

void exchange_venue_open(struct venue *out, struct exchange **exchange, struct arena *arena,
                         const struct exchange_config *config)
{
    static const struct venue_ops ops = { .name = "sim",
                                          .request = port_request,
                                          .see = port_see,
                                          .poll = port_poll,
                                          .next_ns = port_next_ns,
                                          .close = port_close };
    struct port *port = arena_new(arena, struct port);
    port->exchange = exchange_open(arena, config);
    *exchange = port->exchange;
    *out = (struct venue){ &ops, port };
}
