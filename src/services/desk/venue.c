/* Reconciliation with the simulated venue's own statement: what it works and what it has executed.
 */
#include <stdio.h>
#include <string.h>

#include "services/desk/desk_int.h"
#include "services/desk/statement.h"

static void add_orders(struct statement *out, struct arena *arena, const struct exchange *x,
                       uint32_t most)
{
    struct statement_order *orders = arena_array(arena, struct statement_order, most);
    uint64_t id;
    int64_t filled;
    for (const struct order_terms *t;
         (t = exchange_open_order(x, (uint32_t)out->order_count, &id, &filled));) {
        struct statement_order *to = &orders[out->order_count++];
        *to = (struct statement_order){ .order_id = id,
                                        .quantity = t->edit.quantity,
                                        .filled = filled,
                                        .net_price = t->edit.net_price };
        snprintf(to->broker_id, sizeof to->broker_id, "sim-%llu", (unsigned long long)id);
    }
    out->orders = orders;
}

/* Of orders that the kernel still knows: of others it has let go of the executions too. */
static void add_fills(struct statement *out, struct arena *arena, const struct desk *desk,
                      uint32_t most)
{
    struct statement_fill *fills =
        arena_array(arena, struct statement_fill, (size_t)most * PACKAGE_LEGS_MAX);
    for (uint32_t i = 0; i < most; i++) {
        struct order_report report;
        const struct order_terms *terms;
        if (!exchange_execution(desk->exchange, i, &report, &terms) ||
            !order_set_find(kernel_orders(desk->kernel), report.order_id))
            continue;
        for (int k = 0; k < report.fill_count; k++) {
            const struct report_fill *f = &report.fills[k];
            const struct package_leg *leg = &terms->legs[f->leg];
            struct statement_fill *to = &fills[out->fill_count++];
            *to = (struct statement_fill){ .exec = f->exec,
                                           .order_id = report.order_id,
                                           .is_stock = leg->is_stock,
                                           .contract = leg->contract,
                                           .quantity = leg->ratio > 0 ? f->quantity : -f->quantity,
                                           .price = f->price,
                                           .costs = f->costs };
            memcpy(to->underlying, terms->underlying, sizeof to->underlying);
        }
    }
    out->fills = fills;
}

static enum err tell_difference(struct desk *desk, const struct difference *diff)
{
    char text[DIFF_TEXT_BYTES];
    diff_format(text, diff);
    const struct entry record = { .kind = ENTRY_DIFFERENCE,
                                  .of.difference = { .kind = diff_kind_name(diff->kind),
                                                     .text = text } };
    return desk_emit(desk, &record);
}

/* Nothing new is opened until a person has looked. */
static enum err reduce(struct desk *desk)
{
    struct event event = { .ts_ns = desk->now_ns, .kind = EVENT_COMMAND };
    event.of.command =
        (struct event_command){ .kind = COMMAND_REDUCE,
                                .role = BY_OWNER,
                                .who = "desk",
                                .why = "the venue has something else: see the differences" };
    return desk_take(desk, &event);
}

enum err desk_reconcile(struct desk *desk)
{
    if (!desk->sequence || exchange_is_talking(desk->exchange))
        return ERR_OK;
    struct arena arena;
    arena_init(&arena, "reconciliation", 1 << 18);
    struct statement ours, theirs = { .day = desk->day, .cash = PRICE_NONE };
    struct reconciliation found;
    statement_of_kernel(&ours, &arena, desk->kernel, desk->day);
    theirs.positions =
        ours.positions; /* this venue keeps no account: orders and executions are compared */
    theirs.position_count = ours.position_count;
    struct exchange_config config = exchange_config_default(FILL_SHARE, FEES_NONE);
    add_orders(&theirs, &arena, desk->exchange, DESK_ORDERS_MAX * 2);
    add_fills(&theirs, &arena, desk, config.executions);
    enum err err = reconcile(&found, &arena, &ours, &theirs);
    size_t count = 0;
    for (size_t i = 0; !err && i < found.count && found.items[i].kind <= DIFF_ORDER_CHANGED;
         i++, count++)
        err = tell_difference(desk, &found.items[i]);
    if (!err && count)
        err = desk_commit(desk);
    if (!err && count)
        err = reduce(desk);
    arena_clear(&arena);
    return err;
}
