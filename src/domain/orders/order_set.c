#include "domain/orders/order_set.h"

#include <stdio.h>
#include <string.h>

#include "base/zone.h"
#include "domain/orders/order_set_int.h"

#define SET_MAGIC UINT64_C(0x1f0001726472736f) /* layout 1 */

static uint64_t align(uint64_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

struct order_set *order_set_open(struct arena *arena, const struct order_limits *limits)
{
    MUST(limits->orders > 0);
    MUST(limits->fills > PACKAGE_LEGS_MAX);
    MUST(limits->versions >= limits->orders);
    struct order_set head = { .magic = SET_MAGIC,
                              .limits = *limits,
                              .order_cell_count = id_table_cells(2 * limits->orders),
                              .fill_cell_count = id_table_cells(limits->fills),
                              .free_state = SLOT_NONE,
                              .free_fill = SLOT_NONE,
                              .free_version = SLOT_NONE,
                              .fills_free = limits->fills,
                              .versions_free = limits->versions,
                              .open_first = SLOT_NONE,
                              .open_last = SLOT_NONE,
                              .done_first = SLOT_NONE,
                              .done_last = SLOT_NONE,
                              .dirty_first = SLOT_NONE,
                              .dirty_last = SLOT_NONE };
    head.states_at = align(sizeof head);
    head.fills_at = align(head.states_at + limits->orders * sizeof(struct order_state));
    head.versions_at = align(head.fills_at + limits->fills * sizeof(struct order_fill));
    head.order_cells_at = align(head.versions_at + limits->versions * sizeof(struct order_version));
    head.fill_cells_at =
        align(head.order_cells_at + head.order_cell_count * sizeof(struct id_cell));
    head.bytes = align(head.fill_cells_at + head.fill_cell_count * sizeof(struct id_cell));
    struct order_set *set = arena_alloc(arena, head.bytes);
    *set = head;
    id_table_init(order_cells_of(set), set->order_cell_count);
    id_table_init(fill_cells_of(set), set->fill_cell_count);
    /* The free lists hand out the first places first. */
    for (uint32_t i = limits->orders; i-- > 0; set->free_state = i)
        states_of(set)[i].younger = set->free_state;
    for (uint32_t i = limits->fills; i-- > 0; set->free_fill = i)
        fills_of(set)[i].next = set->free_fill;
    for (uint32_t i = limits->versions; i-- > 0; set->free_version = i)
        versions_of(set)[i].next = set->free_version;
    return set;
}

static struct exec_id order_key(uint64_t id)
{
    return (struct exec_id){ 0, id };
}

struct order_state *state_find(const struct order_set *set, uint64_t id)
{
    uint32_t slot = id_table_find(order_cells_of(set), set->order_cell_count, order_key(id));
    return slot == SLOT_NONE ? NULL : &states_of(set)[slot];
}

const struct order_state *order_set_find(const struct order_set *set, uint64_t id)
{
    return state_find(set, id);
}

const struct order_fill *order_set_find_fill(const struct order_set *set, struct exec_id exec)
{
    uint32_t slot = id_table_find(fill_cells_of(set), set->fill_cell_count, exec);
    return slot == SLOT_NONE ? NULL : &fills_of(set)[slot];
}

/* Two lists, of orders that are not over and of those that are, through older and younger. */
struct list {
    uint32_t *first, *last;
};

static struct list list_of(struct order_set *set, bool done)
{
    return done ? (struct list){ &set->done_first, &set->done_last }
                : (struct list){ &set->open_first, &set->open_last };
}

static void list_append(struct order_set *set, struct list list, struct order_state *order)
{
    order->older = *list.last;
    order->younger = SLOT_NONE;
    if (*list.last == SLOT_NONE)
        *list.first = order->slot;
    else
        states_of(set)[*list.last].younger = order->slot;
    *list.last = order->slot;
}

static void list_remove(struct order_set *set, struct list list, struct order_state *order)
{
    struct order_state *states = states_of(set);
    if (order->older == SLOT_NONE)
        *list.first = order->younger;
    else
        states[order->older].younger = order->younger;
    if (order->younger == SLOT_NONE)
        *list.last = order->older;
    else
        states[order->younger].older = order->older;
}

/* Give an order's place, fills and versions back. */
static void forget(struct order_set *set, struct order_state *order)
{
    MUST(!order->is_dirty);
    group_leave(set, order);
    list_remove(set, list_of(set, true), order);
    id_table_remove(order_cells_of(set), set->order_cell_count, order_key(order->id));
    for (uint32_t at = order->fill_newest, next; at != SLOT_NONE; at = next) {
        struct order_fill *fill = &fills_of(set)[at];
        next = fill->next;
        id_table_remove(fill_cells_of(set), set->fill_cell_count, fill->exec);
        memset(fill, 0, sizeof *fill);
        fill->next = set->free_fill;
        set->free_fill = at;
        set->fills_free++;
    }
    for (uint32_t at = order->version_newest, next; at != SLOT_NONE; at = next) {
        struct order_version *version = &versions_of(set)[at];
        next = version->next;
        memset(version, 0, sizeof *version);
        version->next = set->free_version;
        set->free_version = at;
        set->versions_free++;
    }
    uint32_t slot = order->slot;
    memset(order, 0, sizeof *order);
    order->younger = set->free_state;
    set->free_state = slot;
}

/* The order that ended first and owes no executions, but for one and for a group that are needed
 * right now; members of a group stay as long as one of the group is open. */
static struct order_state *forgettable(struct order_set *set, const struct order_state *keep,
                                       uint64_t keep_group)
{
    struct order_state *states = states_of(set);
    for (uint32_t at = set->done_first; at != SLOT_NONE; at = states[at].younger) {
        struct order_state *order = &states[at];
        bool needed = order == keep || (keep_group && order->terms.links.group == keep_group);
        if (!needed && order_state_is_settled(order) && !order->is_dirty &&
            !group_has_open(set, order))
            return order;
    }
    return NULL;
}

static bool is_filled_under(const struct order_set *set, const struct order_state *order,
                            uint32_t version)
{
    for (uint32_t at = order->fill_newest; at != SLOT_NONE; at = fills_of(set)[at].next)
        if (fills_of(set)[at].version == version)
            return true;
    return false;
}

/* Versions that nothing filled and nobody will speak of again: an exit that grew with each of a
 * thousand fills has as many. */
static void versions_forget(struct order_set *set)
{
    struct order_version *versions = versions_of(set);
    for (uint32_t slot = set->open_first; slot != SLOT_NONE; slot = states_of(set)[slot].younger) {
        struct order_state *order = &states_of(set)[slot];
        for (uint32_t *at = &order->version_newest; *at != SLOT_NONE;) {
            struct order_version *version = &versions[*at];
            bool is_over = version->fate == VERSION_SUPERSEDED || version->fate == VERSION_REFUSED;
            uint32_t gone = *at;
            if (!is_over || is_filled_under(set, order, version->n)) {
                at = &version->next;
                continue;
            }
            *at = version->next;
            memset(version, 0, sizeof *version);
            version->next = set->free_version;
            set->free_version = gone;
            set->versions_free++;
        }
    }
}

/* Forget orders that are over until so much is free; false when that is not enough. */
static bool room_make(struct order_set *set, const struct order_state *keep, uint64_t keep_group,
                      uint32_t fills, uint32_t versions)
{
    if (set->versions_free < versions)
        versions_forget(set);
    while (set->fills_free < fills || set->versions_free < versions) {
        struct order_state *order = forgettable(set, keep, keep_group);
        if (!order)
            break;
        forget(set, order);
    }
    return set->fills_free >= fills && set->versions_free >= versions;
}

static void version_add(struct order_set *set, struct order_state *order,
                        const struct order_edit *edit, int64_t ts_ns)
{
    MUST(set->versions_free > 0);
    uint32_t slot = set->free_version;
    struct order_version *version = &versions_of(set)[slot];
    set->free_version = version->next;
    set->versions_free--;
    memset(version, 0, sizeof *version);
    version->n = ++order->version_last;
    version->fate = VERSION_ASKED;
    version->edit = *edit;
    version->asked_ns = ts_ns;
    version->answered_ns = TS_NONE;
    version->next = order->version_newest;
    order->version_newest = slot;
}

static struct order_version *version_find(struct order_set *set, struct order_state *order,
                                          uint32_t n)
{
    uint32_t at = order->version_newest;
    while (at != SLOT_NONE && versions_of(set)[at].n != n)
        at = versions_of(set)[at].next;
    return at == SLOT_NONE ? NULL : &versions_of(set)[at];
}

/* Field by field, so that no stray byte between fields comes into an image. */
static void terms_copy(struct order_terms *to, const struct order_terms *from)
{
    memset(to, 0, sizeof *to);
    memcpy(to->underlying, from->underlying, sizeof to->underlying);
    to->underlying_index = from->underlying_index;
    to->trade_id = from->trade_id;
    to->host = from->host;
    to->purpose = from->purpose;
    to->day = from->day;
    to->leg_count = from->leg_count;
    for (int i = 0; i < from->leg_count; i++) {
        const struct package_leg *leg = &from->legs[i];
        struct package_leg *copy = &to->legs[i];
        copy->is_stock = leg->is_stock;
        copy->effect = leg->effect;
        if (!leg->is_stock)
            copy->contract = leg->contract;
        copy->ratio = leg->ratio;
        copy->bid = leg->bid;
        copy->ask = leg->ask;
        copy->bid_size = leg->bid_size;
        copy->ask_size = leg->ask_size;
    }
    to->edit.quantity = from->edit.quantity;
    to->edit.type = from->edit.type;
    to->edit.net_price = from->edit.net_price;
    to->edit.stop_price = from->edit.stop_price;
    to->edit.tif = from->edit.tif;
    to->edit.tif_until = from->edit.tif_until;
    to->trail_amount = from->trail_amount;
    to->trail_ppm = from->trail_ppm;
    to->trigger = from->trigger;
    to->session = from->session;
    to->flags = from->flags;
    to->display_quantity = from->display_quantity;
    to->notional = from->notional;
    to->links.group = from->links.group;
    to->links.parent = from->links.parent;
    to->links.kind = from->links.kind;
    to->links.role = from->links.role;
    for (int i = 0; i < ORDER_CONDITIONS_MAX; i++) {
        to->conditions[i].kind = from->conditions[i].kind;
        to->conditions[i].value = from->conditions[i].value;
    }
    memcpy(to->route, from->route, sizeof to->route);
    to->ext = from->ext;
}

enum err order_set_stage(struct order_set *set, uint64_t id, const struct order_terms *terms,
                         int64_t ts_ns, const struct order_state **out)
{
    enum err err = order_terms_check(terms);
    if (err)
        return err;
    if (!id || state_find(set, id))
        return err_set(ERR_EXISTS, "order %llu: the number is 0 or taken", (unsigned long long)id);
    if ((err = group_check(set, terms)))
        return err_add(err, "order %llu", (unsigned long long)id);
    if (set->free_state == SLOT_NONE) {
        struct order_state *old = forgettable(set, NULL, terms->links.group);
        if (!old)
            return err_set(ERR_FULL,
                           "all %u places for orders are taken by orders that are not over",
                           set->limits.orders);
        forget(set, old);
    }
    if (!room_make(set, NULL, terms->links.group, 0, 1))
        return err_set(ERR_FULL, "all %u places for versions of orders are taken",
                       set->limits.versions);
    uint32_t slot = set->free_state;
    struct order_state *order = &states_of(set)[slot];
    set->free_state = order->younger;
    memset(order, 0, sizeof *order);
    order->id = id;
    order->slot = slot;
    order->in_use = true;
    terms_copy(&order->terms, terms);
    order->edit = order->terms.edit;
    order->asked.net_price = order->asked.stop_price = PRICE_NONE;
    order->phase = ORDER_STAGED;
    order->staged_ns = order->changed_ns = ts_ns;
    order->sent_ns = order->done_ns = TS_NONE;
    order->fill_newest = order->version_newest = SLOT_NONE;
    order->dirty_next = SLOT_NONE;
    id_table_add(order_cells_of(set), set->order_cell_count, order_key(id), slot);
    version_add(set, order, &order->edit, ts_ns);
    order->version = 1;
    list_append(set, list_of(set, false), order);
    set->open_count++;
    group_join(set, order);
    group_touch(set, order);
    *out = order;
    return ERR_OK;
}

static void change_begin(struct order_change *change, const struct order_state *order)
{
    *change = (struct order_change){ .id = order->id,
                                     .from = order_state_status(order),
                                     .filled = order->filled };
}

static void change_end(struct order_set *set, struct order_change *change,
                       struct order_state *order, int64_t ts_ns)
{
    change->to = order_state_status(order);
    change->filled = order->filled;
    order->alarms |= change->alarms;
    if (change->is_repeat)
        return;
    order->changed_ns = ts_ns;
    group_touch(set, order);
}

static void phase_set(struct order_set *set, struct order_state *order, enum order_status to,
                      int64_t ts_ns)
{
    bool was_done = order_status_is_done(order->phase), is_done = order_status_is_done(to);
    if (order->phase == ORDER_UNKNOWN && to != ORDER_UNKNOWN)
        order->not_found = 0;
    order->phase = to;
    if (was_done == is_done)
        return;
    list_remove(set, list_of(set, was_done), order);
    list_append(set, list_of(set, is_done), order);
    set->open_count += is_done ? UINT32_MAX : 1;
    order->done_ns = is_done ? ts_ns : TS_NONE;
}

static void replace_end(struct order_set *set, struct order_state *order, enum version_fate fate,
                        int64_t ts_ns)
{
    struct order_version *asked = version_find(set, order, order->version_asked);
    MUST(asked);
    asked->fate = fate;
    asked->answered_ns = ts_ns;
    if (fate == VERSION_IN_FORCE) {
        struct order_version *old = version_find(set, order, order->version);
        MUST(old);
        old->fate = VERSION_SUPERSEDED;
        order->edit = order->asked;
        order->version = order->version_asked;
    }
    order->replace_asked = false;
    order->version_asked = 0;
    group_replaced(order, fate == VERSION_IN_FORCE);
}

static void step_apply(struct order_set *set, struct order_state *order,
                       const struct order_step *step, int64_t ts_ns, struct order_change *change)
{
    change->alarms |= step->alarm;
    order->cancel_asked = (order->cancel_asked || step->begins_cancel) && !step->ends_cancel;
    if (order->replace_asked && step->ends_replace)
        replace_end(set, order, VERSION_REFUSED, ts_ns);
    phase_set(set, order, step->to, ts_ns);
}

enum err order_set_act(struct order_set *set, uint64_t id, enum order_input input, int64_t ts_ns,
                       const char *why, struct order_change *out)
{
    struct order_state *order = state_find(set, id);
    struct order_step step;
    if (!order)
        return err_set(ERR_NOT_FOUND, "order %llu is not here", (unsigned long long)id);
    MUST((unsigned)input < ORDER_SAID_PENDING);
    MUST(input != ORDER_ASK_REPLACE);
    if (!order_step_find(order->phase, input, &step))
        return err_set(ERR_REFUSED, "order %llu: \"%s\" cannot follow \"%s\"",
                       (unsigned long long)id, order_input_name(input),
                       order_status_name(order_state_status(order)));
    change_begin(out, order);
    out->is_repeat = input == ORDER_ASK_CANCEL && order->cancel_asked;
    step_apply(set, order, &step, ts_ns, out);
    if (input == ORDER_SEND)
        order->sent_ns = ts_ns;
    if (input == ORDER_GIVE_UP)
        order->said_filled = order->filled;
    if (input == ORDER_ADOPT)
        order->foreign = true;
    if (input == ORDER_REFUSE || input == ORDER_GIVE_UP)
        snprintf(order->reason_text, sizeof order->reason_text, "%s", why);
    change_end(set, out, order, ts_ns);
    return ERR_OK;
}

enum err order_set_replace(struct order_set *set, uint64_t id, const struct order_edit *edit,
                           int64_t ts_ns, struct order_change *out)
{
    struct order_state *order = state_find(set, id);
    struct order_step step;
    if (!order)
        return err_set(ERR_NOT_FOUND, "order %llu is not here", (unsigned long long)id);
    if (!order_step_find(order->phase, ORDER_ASK_REPLACE, &step) || order->replace_asked ||
        order->cancel_asked)
        return err_set(
            ERR_REFUSED,
            "order %llu: is \"%s\"; only an order that is pending, held or working, with "
            "nothing on its way, can be replaced",
            (unsigned long long)id, order_status_name(order_state_status(order)));
    enum err err = order_edit_check(&order->terms, edit, order->filled);
    if (err)
        return err_add(err, "order %llu", (unsigned long long)id);
    if (!room_make(set, order, 0, 0, 1))
        return err_set(ERR_FULL, "all %u places for versions of orders are taken",
                       set->limits.versions);
    change_begin(out, order);
    struct order_edit *asked = &order->asked;
    asked->quantity = edit->quantity;
    asked->type = edit->type;
    asked->net_price = edit->net_price;
    asked->stop_price = edit->stop_price;
    asked->tif = edit->tif;
    asked->tif_until = edit->tif_until;
    version_add(set, order, asked, ts_ns);
    order->replace_asked = true;
    order->version_asked = order->version_last;
    step_apply(set, order, &step, ts_ns, out);
    change_end(set, out, order, ts_ns);
    return ERR_OK;
}

enum err order_set_resize(struct order_set *set, uint64_t id, int64_t quantity)
{
    struct order_state *order = state_find(set, id);
    if (!order)
        return err_set(ERR_NOT_FOUND, "order %llu is not here", (unsigned long long)id);
    if (order->phase != ORDER_STAGED || quantity < 1 || quantity > order->terms.edit.quantity)
        return err_set(
            ERR_REFUSED, "order %llu: quantity %lld; a staged order can be sent for 1 to %lld",
            (unsigned long long)id, (long long)quantity, (long long)order->terms.edit.quantity);
    order->edit.quantity = quantity;
    version_find(set, order, 1)->edit.quantity = quantity;
    return ERR_OK;
}

enum err order_set_requote(struct order_set *set, uint64_t id, const struct order_terms *terms)
{
    struct order_state *order = state_find(set, id);
    if (!order)
        return err_set(ERR_NOT_FOUND, "order %llu is not here", (unsigned long long)id);
    if ((order->phase != ORDER_STAGED && order->phase != ORDER_AWAITING_SIGNATURE) ||
        terms->leg_count != order->terms.leg_count)
        return err_set(ERR_REFUSED,
                       "order %llu is %s: only one that has not left has quotes to renew",
                       (unsigned long long)id, order_status_name(order->phase));
    for (int i = 0; i < terms->leg_count; i++) {
        struct package_leg *leg = &order->terms.legs[i];
        leg->bid = terms->legs[i].bid;
        leg->ask = terms->legs[i].ask;
        leg->bid_size = terms->legs[i].bid_size;
        leg->ask_size = terms->legs[i].ask_size;
    }
    return ERR_OK;
}

/* The answer to the version in force, or to the one asked for. */
static void version_answer(struct order_set *set, struct order_state *order,
                           const struct order_report *report)
{
    bool accepted = report->what == ORDER_SAID_PENDING || report->what == ORDER_SAID_HELD ||
                    report->what == ORDER_SAID_WORKING || report->what == ORDER_SAID_FILL ||
                    report->what == ORDER_SAID_FILLED || report->what == ORDER_SAID_REPLACED;
    bool asked =
        order->replace_asked && (report->version == order->version_asked ||
                                 (report->version == 0 && report->what == ORDER_SAID_REPLACED));
    if (asked && accepted) /* a word about the new version tells that it is in force */
        replace_end(set, order, VERSION_IN_FORCE, report->ts_ns);
    struct order_version *version =
        version_find(set, order, report->version ? report->version : order->version);
    if (!version)
        return;
    if (version->fate == VERSION_ASKED && version->n == order->version && accepted) {
        version->fate = VERSION_IN_FORCE;
        version->answered_ns = report->ts_ns;
    }
    if (report->broker_id[0]) {
        memset(version->broker_id, 0, sizeof version->broker_id);
        memset(order->broker_id, 0, sizeof order->broker_id);
        snprintf(version->broker_id, sizeof version->broker_id, "%s", report->broker_id);
        snprintf(order->broker_id, sizeof order->broker_id, "%s", report->broker_id);
    }
}

/* How much the broker says is filled: the most it ever said, until it takes an execution back. */
static void count_said(struct order_state *order, const struct order_report *report)
{
    /* All of it: of the version that the broker fills, which may be another than ours when answers
     * were lost. */
    int64_t said = report->what == ORDER_SAID_FILLED && !report->filled ? order->edit.quantity
                                                                        : report->filled;
    bool taken_back = report->what == ORDER_SAID_BUST || report->what == ORDER_SAID_CORRECT;
    if (said > order->said_filled)
        order->said_filled = said;
    if (taken_back && order->said_filled > order->filled)
        order->said_filled = order->filled;
}

/* What follows from fills alone: whole, no longer whole, too much, uneven. */
static void settle_fills(struct order_set *set, struct order_state *order,
                         const struct order_report *report, enum order_status phase_before,
                         struct order_change *change)
{
    struct order_step step;
    bool complete = order_is_complete(order);
    if (complete && order->phase != ORDER_FILLED &&
        order_step_find(order->phase, ORDER_FILLED_UP, &step))
        step_apply(set, order, &step, report->ts_ns, change);
    bool taken_back = report->what == ORDER_SAID_BUST || report->what == ORDER_SAID_CORRECT;
    if (!complete && taken_back && order_step_find(order->phase, ORDER_UNFILLED, &step))
        step_apply(set, order, &step, report->ts_ns, change);
    if (change->new_fills &&
        (order->filled > order->edit.quantity || (complete && order_is_uneven(order))))
        change->alarms |= ORDER_ALARM_OVERFILL;
    if (change->new_fills && group_is_overfilled(set, order))
        change->alarms |= ORDER_ALARM_GROUP;
    bool just_done = order_status_is_done(order->phase) && !order_status_is_done(phase_before);
    bool settled = order_state_is_settled(order);
    if (just_done && !settled)
        change->alarms |= ORDER_ALARM_FILLS_OWED;
    if (just_done && settled && order_is_uneven(order))
        change->alarms |= ORDER_ALARM_LEGGED;
}

enum err order_set_report(struct order_set *set, const struct order_report *report,
                          struct order_change *out)
{
    struct order_state *order = state_find(set, report->order_id);
    if (!order)
        return err_set(ERR_NOT_FOUND, "report \"%s\" of order %llu, which is not here",
                       order_input_name(report->what), (unsigned long long)report->order_id);
    enum err err = report_check(order, report);
    if (err)
        return err_add(err, "order %llu", (unsigned long long)report->order_id);
    /* A correction of something not told yet leaves a mark beside the fill. */
    if (!room_make(set, order, 0, 2 * (uint32_t)report->fill_count, 0))
        return err_set(ERR_FULL, "all %u places for fills are taken by orders that are not over",
                       set->limits.fills);
    change_begin(out, order);
    enum order_status phase = order->phase;
    bool owed = order_status_is_done(phase) && !order_state_is_settled(order);
    bool knew_asked = order->replace_asked, was_cancel = order->cancel_asked;
    bool is_answer =
        report->what == ORDER_SAID_REPLACED || report->what == ORDER_SAID_REPLACE_REFUSED;
    /* Told again. A refusal may name the version that stays as well as the one that is refused:
     * report.h. */
    bool is_old = is_answer && order->replace_asked && report->version &&
                  report->version < order->version_asked &&
                  (report->what == ORDER_SAID_REPLACED || report->version != order->version);
    version_answer(set, order, report);
    bool news = report->fill_count > 0 && fills_book(set, order, report, out);
    struct order_step step;
    if (is_old || (report->fill_count > 0 && !news)) {
        out->is_repeat = true; /* told before: nothing follows a second time */
    } else if (order_step_find(phase, report->what, &step)) {
        step_apply(set, order, &step, report->ts_ns, out);
        if (owed)
            out->alarms &= ~(uint32_t)ORDER_ALARM_LATE_FILL;
        out->is_repeat = !news && order->phase == phase && order->replace_asked == knew_asked &&
                         order->cancel_asked == was_cancel;
    } else {
        out->alarms |= ORDER_ALARM_ILLEGAL;
    }
    count_said(order, report);
    if (report->what == ORDER_SAID_NOT_FOUND && order->phase == ORDER_UNKNOWN)
        order->not_found++;
    if (report->reason != REASON_NONE) {
        order->reason = report->reason;
        memset(order->reason_text, 0, sizeof order->reason_text);
        snprintf(order->reason_text, sizeof order->reason_text, "%s", report->reason_text);
    }
    settle_fills(set, order, report, phase, out);
    change_end(set, out, order, report->ts_ns);
    return ERR_OK;
}

const struct order_state *order_set_first_open(const struct order_set *set)
{
    return set->open_first == SLOT_NONE ? NULL : &states_of(set)[set->open_first];
}

const struct order_state *order_set_first_done(const struct order_set *set)
{
    return set->done_first == SLOT_NONE ? NULL : &states_of(set)[set->done_first];
}

const struct order_state *order_set_next(const struct order_set *set,
                                         const struct order_state *order)
{
    return order->younger == SLOT_NONE ? NULL : &states_of(set)[order->younger];
}

const struct order_fill *order_set_first_fill(const struct order_set *set,
                                              const struct order_state *order)
{
    return order->fill_newest == SLOT_NONE ? NULL : &fills_of(set)[order->fill_newest];
}

const struct order_fill *order_set_next_fill(const struct order_set *set,
                                             const struct order_fill *fill)
{
    return fill->next == SLOT_NONE ? NULL : &fills_of(set)[fill->next];
}

const struct order_version *order_set_first_version(const struct order_set *set,
                                                    const struct order_state *order)
{
    return order->version_newest == SLOT_NONE ? NULL : &versions_of(set)[order->version_newest];
}

const struct order_version *order_set_next_version(const struct order_set *set,
                                                   const struct order_version *version)
{
    return version->next == SLOT_NONE ? NULL : &versions_of(set)[version->next];
}

uint32_t order_set_open_count(const struct order_set *set)
{
    return set->open_count;
}

const void *order_set_image(const struct order_set *set, size_t *bytes)
{
    *bytes = set->bytes;
    return set;
}

enum err order_set_restore(struct order_set *set, const void *image, size_t bytes)
{
    struct order_set head;
    if (bytes < sizeof head)
        return err_set(ERR_CORRUPT, "image of orders: %zu bytes are too few", bytes);
    memcpy(&head, image, sizeof head);
    if (head.magic != SET_MAGIC || head.bytes != bytes || bytes != set->bytes ||
        memcmp(&head.limits, &set->limits, sizeof head.limits) != 0)
        return err_set(
            ERR_CORRUPT, "image of orders: %zu bytes with room for %u orders; expected %llu for %u",
            bytes, head.limits.orders, (unsigned long long)set->bytes, set->limits.orders);
    memcpy(set, image, bytes);
    return ERR_OK;
}

enum order_status order_state_status(const struct order_state *order)
{
    if (!order_status_is_sent(order->phase) || order->phase == ORDER_SENDING ||
        order->phase == ORDER_UNKNOWN)
        return order->phase;
    if (order->cancel_asked)
        return ORDER_CANCELING;
    if (order->replace_asked)
        return ORDER_REPLACING;
    for (int i = 0; i < order->terms.leg_count; i++)
        if (order->filled_leg[i])
            return ORDER_PARTIAL;
    return order->filled_package ? ORDER_PARTIAL : order->phase;
}
