/*
 * The gateway: what an adapter to a real broker does, over a link that is out to harm it. It sends
 * with one number for ever, asks before it sends again, and asks for everything after it lost its
 * memory. What it hands to the desk may still come late, twice and out of order.
 */
#include <string.h>

#include "base/zone.h"
#include "tests/sim/sim.h"

enum { QUEUE = 2048, PENDING = 256 };
#define ASK_AFTER_NS (40 * NANOS_PER_SECOND)

struct queued {
    int64_t due_ns;
    struct order_report report;
};

struct pending {
    struct order_request request;
    struct order_terms terms;
    struct order_edit edit;
    int64_t next_ns; /* when to ask or send again */
    bool in_use;
};

struct gateway {
    struct sim *sim;
    struct exchange *exchange;
    struct gateway_faults faults;
    struct rng rng;
    bool is_calm;
    struct queued *queue; /* sorted by due_ns, by number */
    uint32_t *order;
    uint32_t head, count; /* of order: a window that moves up */
    uint32_t *unused;     /* places of queue nobody is in: a stack */
    struct pending *pending;
    uint32_t waiting; /* of them in use */
};

static void forget(struct gateway *g)
{
    g->head = g->count = 0;
    for (uint32_t i = 0; i < QUEUE; i++)
        g->unused[i] = i;
}

struct gateway *gateway_open(struct arena *arena, struct sim *sim, struct exchange *exchange,
                             const struct gateway_faults *faults)
{
    struct gateway *g = arena_new(arena, struct gateway);
    *g = (struct gateway){ .sim = sim,
                           .exchange = exchange,
                           .faults = *faults,
                           .queue = arena_array(arena, struct queued, QUEUE),
                           .order = arena_array(arena, uint32_t, 2 * QUEUE),
                           .unused = arena_array(arena, uint32_t, QUEUE),
                           .pending = arena_array(arena, struct pending, PENDING) };
    rng_init(&g->rng, sim->seed, 0, 2);
    forget(g);
    return g;
}

static bool strikes(struct gateway *g, uint32_t ppm)
{
    return !g->is_calm && sim_chance(&g->rng, ppm);
}

static void send(struct gateway *g, const struct pending *p, int64_t ts_ns)
{
    if (strikes(g, g->faults.lose_request_ppm))
        return;
    enum err err = ERR_OK;
    const struct order_request *r = &p->request;
    switch (r->kind) {
    case REQUEST_SUBMIT:
        err = exchange_submit(g->exchange, r->order_id, r->version, ts_ns, &p->terms, &p->edit);
        break;
    case REQUEST_REPLACE:
        err = exchange_replace(g->exchange, r->order_id, r->version, ts_ns, &p->edit);
        break;
    case REQUEST_CANCEL:
        err = exchange_cancel(g->exchange, r->order_id, ts_ns);
        break;
    }
    SIM_CHECK(g->sim, SETUP, err == ERR_OK, "the exchange has no room: %s", err_detail());
}

static struct pending *pending_take(struct gateway *g, enum request_kind kind, uint64_t id)
{
    for (int i = 0; i < PENDING; i++)
        if (g->pending[i].in_use && g->pending[i].request.kind == kind &&
            g->pending[i].request.order_id == id)
            return &g->pending[i];
    for (int i = 0; i < PENDING; i++)
        if (!g->pending[i].in_use)
            return &g->pending[i];
    sim_fail(g->sim, SETUP, "the gateway waits for %d answers", PENDING);
    return &g->pending[0];
}

void gateway_request(struct gateway *g, const struct order_request *request)
{
    struct pending *p = pending_take(g, request->kind, request->order_id);
    g->waiting += !p->in_use;
    *p = (struct pending){ .request = *request,
                           .next_ns = g->sim->now_ns + ASK_AFTER_NS,
                           .in_use = true };
    if (request->terms)
        p->terms = *request->terms;
    if (request->edit)
        p->edit = *request->edit;
    send(g, p, g->sim->now_ns);
}

void gateway_restart(struct gateway *g)
{
    forget(g);
    g->waiting = 0;
    for (int i = 0; i < PENDING; i++)
        g->pending[i].in_use = false;
}

void gateway_resume(struct gateway *g, const struct order_state *order, int64_t now_ns)
{
    /* It may have been sent or not: the number decides. So do the cancel and the replace on their
     * way. */
    struct order_request request = { REQUEST_SUBMIT, order->id,     order->version,
                                     now_ns,         &order->terms, &order->edit };
    gateway_request(g, &request);
    if (order->replace_asked) {
        request = (struct order_request){ REQUEST_REPLACE, order->id,     order->version_asked,
                                          now_ns,          &order->terms, &order->asked };
        gateway_request(g, &request);
    }
    if (order->cancel_asked) {
        request.kind = REQUEST_CANCEL;
        gateway_request(g, &request);
    }
}

/* A report answers what it can be the answer to. */
static void answered(struct gateway *g, const struct order_report *report)
{
    bool ends = report->what == ORDER_SAID_CANCELED || report->what == ORDER_SAID_EXPIRED ||
                report->what == ORDER_SAID_REJECTED || report->what == ORDER_SAID_FILLED;
    for (int i = 0; g->waiting && i < PENDING; i++) {
        struct pending *p = &g->pending[i];
        if (!p->in_use || p->request.order_id != report->order_id)
            continue;
        bool done = ends;
        switch (p->request.kind) {
        case REQUEST_SUBMIT:
            done = true;
            break;
        case REQUEST_CANCEL:
            done |= report->what == ORDER_SAID_CANCEL_REFUSED;
            break;
        case REQUEST_REPLACE:
            done |= (report->what == ORDER_SAID_REPLACED ||
                     report->what == ORDER_SAID_REPLACE_REFUSED ||
                     report->what == ORDER_SAID_WORKING) &&
                    report->version >= p->request.version;
            break;
        }
        p->in_use = !done;
        g->waiting -= done;
    }
}

static bool is_unanswered(const struct gateway *g, enum request_kind kind, uint64_t id)
{
    for (int i = 0; i < PENDING; i++)
        if (g->pending[i].in_use && g->pending[i].request.kind == kind &&
            g->pending[i].request.order_id == id)
            return true;
    return false;
}

static void enqueue(struct gateway *g, const struct order_report *report, int64_t due_ns)
{
    if (g->count == QUEUE) {
        sim_fail(g->sim, SETUP, "the gateway's queue is full");
        return;
    }
    if (g->head + g->count == 2 * QUEUE) {
        memmove(g->order, g->order + g->head, g->count * sizeof *g->order);
        g->head = 0;
    }
    uint32_t slot = g->unused[QUEUE - 1 - g->count];
    g->queue[slot] = (struct queued){ due_ns, *report };
    uint32_t at = g->head + g->count++;
    for (; at > g->head && g->queue[g->order[at - 1]].due_ns > due_ns; at--)
        g->order[at] = g->order[at - 1];
    g->order[at] = slot;
}

static void hear(struct gateway *g, const struct order_report *report, int64_t now_ns)
{
    truth_report(g->sim, report);
    if (report->what == ORDER_SAID_NOT_FOUND)
        return; /* what is pending is sent again by itself */
    /* A cancel that overtook its order is not refused: order and cancel are sent again. */
    if (report->reason == REASON_UNKNOWN_ORDER &&
        is_unanswered(g, REQUEST_SUBMIT, report->order_id))
        return;
    if (strikes(g, g->faults.lose_ppm))
        return;
    answered(g, report);
    int copies = strikes(g, g->faults.double_ppm) ? 2 : 1;
    for (int i = 0; i < copies; i++) {
        int64_t late = strikes(g, g->faults.delay_ppm)
                           ? (int64_t)rng_below(&g->rng, (uint64_t)g->faults.delay_ns)
                           : 0;
        struct order_report copy = *report;
        if (g->faults.clock_ns && !g->is_calm) /* the broker's clock is not ours */
            copy.ts_ns +=
                (int64_t)rng_below(&g->rng, 2 * (uint64_t)g->faults.clock_ns) - g->faults.clock_ns;
        enqueue(g, &copy, now_ns + late);
    }
}

/* Of all orders, or of those of which something is not told yet. */
static void ask_all(struct gateway *g, bool only_open, int64_t now_ns)
{
    const struct truth *t = &g->sim->truth;
    const struct order_set *set = kernel_orders(desk_kernel(g->sim->desk));
    for (uint64_t id = 1; id <= t->order_high; id++) {
        const struct order_state *order = t->orders[id].submitted ? order_set_find(set, id) : NULL;
        bool is_told = only_open && order && order_state_is_settled(order) &&
                       order->filled == t->orders[id].packages;
        if (t->orders[id].submitted && !is_told)
            MUST(exchange_ask(g->exchange, id, now_ns) == ERR_OK);
    }
}

void gateway_work(struct gateway *g, int64_t now_ns)
{
    struct order_report report;
    int64_t due_ns;
    while (exchange_poll(g->exchange, now_ns, &report, &due_ns))
        hear(g, &report, due_ns > now_ns ? due_ns : now_ns);
    for (int i = 0; g->waiting && i < PENDING; i++) {
        struct pending *p = &g->pending[i];
        if (!p->in_use || p->next_ns > now_ns)
            continue;
        /* The same number again is the same order: the exchange tells what it knows of it. */
        p->next_ns = now_ns + ASK_AFTER_NS;
        send(g, p, now_ns);
    }
    if (strikes(g, g->faults.restart_ppm)) {
        uint32_t lost = g->count;
        forget(g); /* what it had not handed over is gone */
        if (lost)
            ask_all(g, false, now_ns);
    }
}

bool gateway_poll(struct gateway *g, int64_t now_ns, struct order_report *out, int64_t *due_ns)
{
    if (!g->count || g->queue[g->order[g->head]].due_ns > now_ns)
        return false;
    uint32_t slot = g->order[g->head];
    *out = g->queue[slot].report;
    *due_ns = g->queue[slot].due_ns;
    g->head++;
    g->count--;
    g->unused[QUEUE - 1 - g->count] = slot;
    return true;
}

int64_t gateway_next_ns(const struct gateway *g)
{
    /* While something is not answered it looks again and again. */
    int64_t beat = g->waiting ? g->sim->now_ns + 20 * NANOS_PER_SECOND : INT64_MAX;
    int64_t next = g->count ? g->queue[g->order[g->head]].due_ns : INT64_MAX;
    return next < beat ? next : beat;
}

void gateway_calm(struct gateway *g, bool is_calm, int64_t now_ns)
{
    g->is_calm = is_calm;
    if (!is_calm)
        return;
    ask_all(g, true, now_ns);
    for (int i = 0; i < PENDING; i++)
        g->pending[i].next_ns = now_ns;
}
