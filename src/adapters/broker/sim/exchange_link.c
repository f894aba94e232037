/* The links: requests on their way in, reports on their way out, and what was told before. */
#include <stdarg.h>
#include <stdio.h>

#include "adapters/broker/sim/exchange_int.h"
#include "base/rng.h"

uint32_t exchange_draw(const struct exchange *x, uint64_t id, uint32_t purpose, uint32_t index)
{
    const uint32_t counter[4] = { index, purpose, (uint32_t)id, (uint32_t)(id >> 32) };
    const uint32_t key[2] = { (uint32_t)x->config.seed, (uint32_t)(x->config.seed >> 32) };
    uint32_t words[4];
    rng_philox(counter, key, words);
    return words[0];
}

static int64_t jitter(const struct exchange *x, uint64_t id, uint32_t purpose, uint32_t index)
{
    if (!x->config.jitter_ns)
        return 0;
    return (int64_t)(exchange_draw(x, id, purpose, index) * (double)x->config.jitter_ns /
                     4294967296.0);
}

/* Two heaps by (due_ns, sequence), the same moves for both. */
#define BEFORE(a, b)                                                                               \
    ((a).due_ns < (b).due_ns || ((a).due_ns == (b).due_ns && (a).sequence < (b).sequence))

static void messages_push(struct exchange *x, const struct message *message)
{
    uint32_t at = x->message_count++;
    for (; at > 0 && BEFORE(*message, x->messages[(at - 1) / 2]); at = (at - 1) / 2)
        x->messages[at] = x->messages[(at - 1) / 2];
    x->messages[at] = *message;
}

struct message messages_pop(struct exchange *x)
{
    struct message top = x->messages[0], last = x->messages[--x->message_count];
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < x->message_count; at = child) {
        if (child + 1 < x->message_count && BEFORE(x->messages[child + 1], x->messages[child]))
            child++;
        if (!BEFORE(x->messages[child], last))
            break;
        x->messages[at] = x->messages[child];
    }
    x->messages[at] = last;
    return top;
}

static void out_push(struct exchange *x, const struct outgoing *outgoing)
{
    uint32_t at = x->out_count++;
    for (; at > 0 && BEFORE(*outgoing, x->out[(at - 1) / 2]); at = (at - 1) / 2)
        x->out[at] = x->out[(at - 1) / 2];
    x->out[at] = *outgoing;
}

struct outgoing out_pop(struct exchange *x)
{
    struct outgoing top = x->out[0], last = x->out[--x->out_count];
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < x->out_count; at = child) {
        if (child + 1 < x->out_count && BEFORE(x->out[child + 1], x->out[child]))
            child++;
        if (!BEFORE(x->out[child], last))
            break;
        x->out[at] = x->out[child];
    }
    x->out[at] = last;
    return top;
}

void exchange_say(struct exchange *x, const struct order_report *report, int64_t ts_ns)
{
    if (!x->pool_free_count) {
        x->is_full = true;
        return;
    }
    uint32_t slot = x->pool_free[--x->pool_free_count];
    x->pool[slot] = *report;
    /* One link, first in, first out: jitter delays what follows as well. */
    int64_t due = ts_ns + x->config.answer_ns +
                  jitter(x, report->order_id, DRAW_ANSWER, (uint32_t)(x->sequence & UINT32_MAX));
    x->last_due_ns = due > x->last_due_ns ? due : x->last_due_ns;
    out_push(x, &(struct outgoing){ x->last_due_ns, ++x->sequence, slot });
}

void exchange_tell_v(struct exchange *x, const struct place *place, enum order_input what,
                     int64_t ts_ns, enum reason_code reason, const char *format, va_list args)
{
    struct order_report report = { .what = what,
                                   .order_id = place->id,
                                   .version = place->version,
                                   .ts_ns = ts_ns,
                                   .filled = place->filled,
                                   .reason = reason };
    snprintf(report.broker_id, sizeof report.broker_id, "sim-%llu", (unsigned long long)place->id);
    vsnprintf(report.reason_text, sizeof report.reason_text, format, args);
    exchange_say(x, &report, ts_ns);
}

void exchange_tell(struct exchange *x, const struct place *place, enum order_input what,
                   int64_t ts_ns, enum reason_code reason, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    exchange_tell_v(x, place, what, ts_ns, reason, format, args);
    va_end(args);
}

static struct order_report execution_report(const struct place *place,
                                            const struct execution *execution)
{
    struct order_report report = { .what = ORDER_SAID_FILL,
                                   .order_id = place->id,
                                   .version = execution->version,
                                   .ts_ns = execution->ts_ns,
                                   .filled = execution->filled,
                                   .fill_count = place->terms.leg_count };
    snprintf(report.broker_id, sizeof report.broker_id, "sim-%llu", (unsigned long long)place->id);
    for (int i = 0; i < place->terms.leg_count; i++) {
        int64_t ratio = place->terms.legs[i].ratio;
        report.fills[i] =
            (struct report_fill){ .exec = { place->id,
                                            (uint64_t)execution->n * 16 + (uint64_t)i + 1 },
                                  .leg = i,
                                  .quality = FILL_EXACT,
                                  .quantity = execution->units * (ratio < 0 ? -ratio : ratio),
                                  .price = execution->prices[i] };
    }
    report.fills[0].costs = execution->costs; /* of the order, whose minimums no leg has alone */
    return report;
}

void exchange_tell_execution(struct exchange *x, const struct place *place,
                             const struct execution *execution, int64_t ts_ns)
{
    struct order_report report = execution_report(place, execution);
    exchange_say(x, &report, ts_ns);
}

bool exchange_execution(const struct exchange *x, uint32_t index, struct order_report *out,
                        const struct order_terms **terms)
{
    if (index >= x->config.executions || !x->executions[index].id)
        return false;
    const struct execution *execution = &x->executions[index];
    uint32_t slot = id_table_find(x->cells, x->cell_count, (struct exec_id){ 0, execution->id });
    if (slot == UINT32_MAX || x->places[slot].executions < execution->n)
        return false;
    *terms = &x->places[slot].terms;
    *out = execution_report(&x->places[slot], execution);
    return true;
}

/* All that is remembered of an order, the oldest first. */
void tell_executions(struct exchange *x, const struct place *place, int64_t ts_ns)
{
    for (uint32_t n = 1; n <= place->executions; n++) {
        uint32_t at = place->newest;
        while (at != UINT32_MAX && x->executions[at].id == place->id && x->executions[at].n > n)
            at = x->executions[at].older;
        if (at != UINT32_MAX && x->executions[at].id == place->id && x->executions[at].n == n)
            exchange_tell_execution(x, place, &x->executions[at], ts_ns);
    }
}

enum err message_send(struct exchange *x, const struct message *message, int64_t ts_ns)
{
    if (x->message_count == x->config.reports)
        return err_set(ERR_FULL, "the simulated venue has %u requests on their way",
                       x->message_count);
    struct message sent = *message;
    sent.sequence = ++x->sequence;
    sent.due_ns =
        ts_ns + x->config.submit_ns + jitter(x, message->id, DRAW_SUBMIT, (uint32_t)sent.sequence);
    messages_push(x, &sent);
    return ERR_OK;
}
