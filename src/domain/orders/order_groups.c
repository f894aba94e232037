/* OCO, OTO and brackets: rings of members, and what a fill of one asks of the others. */
#include <string.h>

#include "domain/orders/order_set_int.h"

static struct exec_id group_key(uint64_t group)
{
    return (struct exec_id){ GROUP_SPACE, group };
}

static struct order_state *group_member(const struct order_set *set, uint64_t group)
{
    uint32_t slot = id_table_find(order_cells_of(set), set->order_cell_count, group_key(group));
    return slot == SLOT_NONE ? NULL : &states_of(set)[slot];
}

static bool is_one_of_others(enum group_role role) /* of which only one may fill */
{
    return role == ROLE_MEMBER || role == ROLE_PROFIT || role == ROLE_STOP;
}

enum err group_check(const struct order_set *set, const struct order_terms *terms)
{
    const struct order_links *links = &terms->links;
    if (!links->group)
        return ERR_OK;
    const struct order_state *first = group_member(set, links->group), *member = first;
    do {
        if (!member)
            break;
        if (member->terms.links.kind != links->kind)
            return err_set(ERR_RANGE, "links: group %llu is of another kind",
                           (unsigned long long)links->group);
        if (is_one_of_others(links->role) && is_one_of_others(member->terms.links.role) &&
            member->terms.edit.quantity != terms->edit.quantity)
            return err_set(
                ERR_RANGE,
                "links: quantity %lld beside %lld of order %llu; of orders that cancel one "
                "another all have the same",
                (long long)terms->edit.quantity, (long long)member->terms.edit.quantity,
                (unsigned long long)member->id);
        member = &states_of(set)[member->group_next];
    } while (member != first);
    if (!links->parent)
        return ERR_OK;
    const struct order_state *parent = state_find(set, links->parent);
    if (!parent || parent->terms.links.group != links->group ||
        parent->terms.links.role != ROLE_PARENT)
        return err_set(ERR_NOT_FOUND, "links: parent %llu is no parent in group %llu",
                       (unsigned long long)links->parent, (unsigned long long)links->group);
    return ERR_OK;
}

void group_join(struct order_set *set, struct order_state *order)
{
    uint64_t group = order->terms.links.group;
    order->group_next = order->slot;
    if (!group)
        return;
    struct order_state *member = group_member(set, group);
    if (!member) {
        id_table_add(order_cells_of(set), set->order_cell_count, group_key(group), order->slot);
        return;
    }
    order->group_next = member->group_next;
    member->group_next = order->slot;
}

void group_leave(struct order_set *set, struct order_state *order)
{
    uint64_t group = order->terms.links.group;
    if (!group)
        return;
    struct order_state *states = states_of(set), *before = order;
    while (before->group_next != order->slot)
        before = &states[before->group_next];
    before->group_next = order->group_next;
    /* Whoever the table named may be gone: name one that stays. */
    id_table_remove(order_cells_of(set), set->order_cell_count, group_key(group));
    if (before != order)
        id_table_add(order_cells_of(set), set->order_cell_count, group_key(group), before->slot);
    order->group_next = order->slot;
}

bool group_has_open(const struct order_set *set, const struct order_state *order)
{
    if (!order->filled && order->terms.links.role != ROLE_PARENT)
        return false; /* the others do not ask what it was */
    const struct order_state *states = states_of(set), *member = order;
    do {
        if (!order_status_is_done(member->phase))
            return true;
        member = &states[member->group_next];
    } while (member != order);
    return false;
}

void group_touch(struct order_set *set, struct order_state *order)
{
    if (!order->terms.links.group || order->is_dirty)
        return;
    order->is_dirty = true;
    order->dirty_next = SLOT_NONE;
    if (set->dirty_last == SLOT_NONE)
        set->dirty_first = order->slot;
    else
        states_of(set)[set->dirty_last].dirty_next = order->slot;
    set->dirty_last = order->slot;
}

/* Packages that the others of a member's kind have filled. */
static int64_t taken_by_others(const struct order_set *set, const struct order_state *order)
{
    const struct order_state *states = states_of(set);
    int64_t taken = 0;
    if (!is_one_of_others(order->terms.links.role))
        return 0;
    for (const struct order_state *m = &states[order->group_next]; m != order;
         m = &states[m->group_next])
        if (is_one_of_others(m->terms.links.role))
            taken += m->said_filled > m->filled
                         ? m->said_filled
                         : m->filled; /* the broker's word may come before its executions */
    return taken;
}

/* What a child's parent has given it so far; the whole of an order without a parent. */
static int64_t given_of(const struct order_set *set, const struct order_state *order)
{
    if (!order->terms.links.parent)
        return order->terms.edit.quantity;
    const struct order_state *parent = state_find(set, order->terms.links.parent);
    if (!parent)
        return order->quota; /* forgotten only when it is over and filled nothing more */
    return order->terms.edit.quantity * parent->filled / parent->terms.edit.quantity;
}

bool group_is_overfilled(const struct order_set *set, const struct order_state *order)
{
    int64_t taken = taken_by_others(set, order);
    return taken > 0 && order->filled > 0 && taken + order->filled > given_of(set, order);
}

static bool ask_of(struct order_ask *out, const struct order_state *order, enum order_input what,
                   int64_t quantity)
{
    *out = (struct order_ask){ .id = order->id, .what = what, .edit = order->edit };
    out->edit.quantity = quantity;
    return true;
}

static bool parent_is_over(const struct order_set *set, const struct order_state *order)
{
    const struct order_state *parent = state_find(set, order->terms.links.parent);
    return !parent || (order_status_is_done(parent->phase) &&
                       order_state_is_settled(parent)); /* its word may overtake its executions */
}

/* An exit of a bracket has filled: what its parent fills from now on nothing would close. */
static bool exit_has_filled(const struct order_set *set, const struct order_state *parent)
{
    const struct order_state *states = states_of(set);
    if (parent->terms.links.kind != GROUP_BRACKET || parent->terms.links.role != ROLE_PARENT)
        return false;
    for (const struct order_state *m = &states[parent->group_next]; m != parent;
         m = &states[m->group_next])
        if (m->filled > 0)
            return true;
    return false;
}

bool order_set_group_guards(const struct order_set *set, uint64_t parent)
{
    const struct order_state *order = state_find(set, parent), *states = states_of(set);
    if (!order)
        return false;
    for (const struct order_state *m = &states[order->group_next]; m != order;
         m = &states[m->group_next])
        if (m->terms.links.parent == parent && !order_status_is_done(m->phase) && !m->cancel_asked)
            return true;
    return false;
}

/* What the group wants of one member now. */
static bool member_wants(struct order_set *set, struct order_state *order, struct order_ask *out)
{
    if (order_status_is_done(order->phase) || order->cancel_asked)
        return false;
    if (exit_has_filled(set, order))
        return ask_of(out, order, ORDER_ASK_CANCEL, 0);
    if (order->terms.links.role == ROLE_PARENT)
        return false; /* how large it is, is its maker's */
    int64_t given = given_of(set, order), taken = taken_by_others(set, order);
    bool is_child = order->terms.links.parent != 0;
    bool is_taken_back =
        is_child && order_status_is_sent(order->phase); /* a bust: nothing is left to close */
    if ((taken > 0 || is_taken_back) && given - taken <= order->filled)
        return ask_of(out, order, ORDER_ASK_CANCEL, 0);
    if (!order_status_is_sent(order->phase)) {
        if (is_child && given <= 0 && parent_is_over(set, order))
            return ask_of(out, order, ORDER_ASK_CANCEL, 0);
        int64_t most =
            order->terms.edit.quantity; /* the parent may have grown: the rest by a replacement */
        return is_child && given > 0 && order->phase == ORDER_STAGED &&
               ask_of(out, order, ORDER_SEND, given - taken < most ? given - taken : most);
    }
    struct order_step step;
    if (order->replace_asked || !order_step_find(order->phase, ORDER_ASK_REPLACE, &step))
        return false;
    int64_t want = order->edit.quantity;
    if (is_child && given > order->quota)
        want += given - order->quota; /* grow with the parent, and keep what a person changed */
    if (want > given - taken)
        want = given - taken;
    return want != order->edit.quantity && want > 0 && ask_of(out, order, ORDER_ASK_REPLACE, want);
}

const struct order_state *order_set_group_next(const struct order_set *set,
                                               const struct order_state *order)
{
    return &states_of(set)[order->group_next];
}

int64_t order_set_group_left(const struct order_set *set, const struct order_state *order)
{
    int64_t may = given_of(set, order) - taken_by_others(set, order) - order->filled,
            left = order_state_remaining(order);
    return may < 0 ? 0 : may < left ? may : left;
}

static bool asked_before(struct order_set *set, struct order_state *order,
                         const struct order_ask *ask)
{
    if (order->group_asked == ask->what && order->group_asked_quantity == ask->edit.quantity)
        return true;
    order->group_asked = ask->what;
    order->group_asked_quantity = ask->edit.quantity;
    if (order->terms.links.parent && ask->what == ORDER_SEND)
        order->quota = ask->edit.quantity;
    else if (order->terms.links.parent && ask->what == ORDER_ASK_REPLACE)
        order->quota_asked = given_of(set, order);
    return false;
}

void group_replaced(struct order_state *order, bool accepted)
{
    if (accepted && order->quota_asked)
        order->quota = order->quota_asked;
    order->quota_asked = 0;
    if (accepted) /* by whomever it was asked: what the group wants next is news */
        order->group_asked_quantity = 0;
}

void order_set_group_failed(struct order_set *set, uint64_t id)
{
    struct order_state *order = state_find(set, id);
    MUST(order != NULL);
    group_replaced(order, false);
}

bool order_set_next_ask(struct order_set *set, struct order_ask *out)
{
    struct order_state *states = states_of(set);
    while (set->dirty_first != SLOT_NONE) {
        struct order_state *touched = &states[set->dirty_first], *member = touched;
        do {
            if (member_wants(set, member, out) && !asked_before(set, member, out))
                return true; /* the group stays in the queue: there may be more */
            member = &states[member->group_next];
        } while (member != touched);
        touched->is_dirty = false;
        set->dirty_first = touched->dirty_next;
        if (set->dirty_first == SLOT_NONE)
            set->dirty_last = SLOT_NONE;
    }
    return false;
}
