/* The set's inside, for the files of this folder. */
#ifndef DOMAIN_ORDERS_ORDER_SET_INT_H
#define DOMAIN_ORDERS_ORDER_SET_INT_H

#include "domain/orders/id_table.h"
#include "domain/orders/order_set.h"

/* Head of the one block; the arrays follow it at these offsets. Lists are slot numbers. */
struct order_set {
    uint64_t magic, bytes;
    struct order_limits limits;
    uint32_t order_cell_count; /* orders under {0, id}, groups under {1, group} */
    uint32_t fill_cell_count;
    uint32_t reserved;
    uint64_t states_at, fills_at, versions_at, order_cells_at, fill_cells_at;
    uint32_t free_state, free_fill, free_version;
    uint32_t fills_free, versions_free;
    uint32_t open_first, open_last, done_first, done_last, open_count;
    uint32_t dirty_first, dirty_last;
};

static inline struct order_state *states_of(const struct order_set *set)
{
    return (struct order_state *)((char *)(uintptr_t)set + set->states_at);
}
static inline struct order_fill *fills_of(const struct order_set *set)
{
    return (struct order_fill *)((char *)(uintptr_t)set + set->fills_at);
}
static inline struct order_version *versions_of(const struct order_set *set)
{
    return (struct order_version *)((char *)(uintptr_t)set + set->versions_at);
}
static inline struct id_cell *order_cells_of(const struct order_set *set)
{
    return (struct id_cell *)((char *)(uintptr_t)set + set->order_cells_at);
}
static inline struct id_cell *fill_cells_of(const struct order_set *set)
{
    return (struct id_cell *)((char *)(uintptr_t)set + set->fill_cells_at);
}

enum { GROUP_SPACE = 1 }; /* exec_id.high of a group's key in the table of orders */

struct order_state *state_find(const struct order_set *set, uint64_t id);

/* order_fills.c */
NODISCARD enum err report_check(const struct order_state *order, const struct order_report *report);
/* Book what the report says of executions; true when any of it was news. */
bool fills_book(struct order_set *set, struct order_state *order, const struct order_report *report,
                struct order_change *change);
bool order_is_complete(const struct order_state *order);
bool order_is_uneven(const struct order_state *order);

/* order_groups.c */
NODISCARD enum err group_check(const struct order_set *set, const struct order_terms *terms);
void group_join(struct order_set *set, struct order_state *order);
void group_leave(struct order_set *set, struct order_state *order);
bool group_has_open(const struct order_set *set,
                    const struct order_state *order); /* that asks what this one was */
void group_replaced(struct order_state *order,
                    bool accepted); /* what a replacement gave a child is its own, or is not */
void group_touch(struct order_set *set, struct order_state *order);
bool group_is_overfilled(const struct order_set *set, const struct order_state *order);

#endif
