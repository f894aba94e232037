/*
 * What fills do to trades. The order set says which executions count (once each, whatever is told
 * twice or late); here they become positions, cash and costs of the trade that the order belongs
 * to.
 *
 * What one report changed is found by comparing each execution it names before and after: what
 * counted is taken back, what counts now is booked. So busts and corrections need no cases of
 * their own.
 */
#include "kernel/kernel_int.h"

#include <stdlib.h>

/* What an order brings whose trade is over already, as after a late fill: a trade of its own. */
static struct trade *late_trade(struct kernel *k, const struct order_state *order,
                                struct ticket *ticket)
{
    if (ticket->late != NONE && k->trades[ticket->late].id == ticket->late_id &&
        k->trades[ticket->late].state != TRADE_FREE)
        return &k->trades[ticket->late];
    uint32_t slot = trade_slot_take(k, &k->hosts[order->terms.host]);
    if (slot == NONE)
        return NULL;
    struct trade *trade = &k->trades[slot];
    trade->structure = STRUCTURE_MANUAL;
    ticket->late = slot;
    ticket->late_id = trade->id;
    note(
        k, NOTE_LATE_FILL,
        "order %llu was filled after its trade was over; what it brought is trade %llu, which no rule manages",
        (unsigned long long)order->id, (unsigned long long)trade->id);
    return trade;
}

struct trade *ticket_trade(struct kernel *k, const struct order_state *order, struct ticket *ticket)
{
    struct trade *trade = &k->trades[ticket->trade];
    bool is_there = trade->state != TRADE_FREE && trade->id == order->terms.trade_id;
    return is_there ? trade : late_trade(k, order, ticket);
}

/* What a roll opens may be closed again while the rest of it still works: its place may then be
 * another's. */
static struct trade *roll_next(const struct kernel *k, const struct ticket *ticket)
{
    if (ticket->roll_to == NONE)
        return NULL;
    struct trade *next = &k->trades[ticket->roll_to];
    return next->state != TRADE_FREE && next->id == ticket->roll_id ? next : NULL;
}

static struct trade *roll_trade(struct kernel *k, const struct order_state *order,
                                struct ticket *ticket)
{
    struct trade *next = roll_next(k, ticket);
    return next ? next : late_trade(k, order, ticket);
}

static bool opens_roll(const struct ticket *ticket, int leg)
{
    return ticket->roll_to != NONE && leg >= ticket->split;
}

/* The leg of the trade that an order's leg fills, made when it is the first time. */
static struct trade_leg *leg_of(struct kernel *k, struct trade *trade,
                                const struct order_state *order, struct ticket *ticket, int i)
{
    const struct package_leg *to = &order->terms.legs[i];
    int8_t *index = &ticket->leg_of[i];
    /* Its slot may have been taken since, even by the trade that keeps its late fills. */
    bool is_own = trade->id == (opens_roll(ticket, i) ? ticket->roll_id : order->terms.trade_id);
    if (is_own && *index >= 0)
        return &trade->legs[*index];
    if (!is_own || ticket->spec_of[i] < 0) { /* a person's order or a hedge adds to what is there */
        for (int j = 0; j < trade->leg_count; j++) {
            struct trade_leg *leg = &trade->legs[j];
            if (leg->is_stock == to->is_stock &&
                (leg->is_stock || contract_compare(&leg->contract, &to->contract) == 0))
                return leg;
        }
    }
    struct trade_leg *leg = trade_add_leg(k, trade, is_own ? ticket->spec_of[i] : -1,
                                          to->is_stock ? NULL : &to->contract);
    if (leg && is_own)
        *index = (int8_t)(leg - trade->legs);
    return leg;
}

struct moved { /* by one report */
    int64_t cash;
    bool trade, roll, late; /* late: the roll's new trade was over */
};

static void book_leg(struct kernel *k, const struct order_state *order, struct ticket *ticket,
                     int i, int64_t price, int64_t quantity, struct moved *moved)
{
    const struct package_leg *to = &order->terms.legs[i];
    struct trade *trade =
        opens_roll(ticket, i) ? roll_trade(k, order, ticket) : ticket_trade(k, order, ticket);
    struct trade_leg *leg = trade ? leg_of(k, trade, order, ticket, i) : NULL;
    if (!leg) {
        k->failed =
            true; /* a fill that cannot be kept: nothing may go on as if it were not there */
        note(k, NOTE_NO_ROOM, "order %llu was filled, and there is no place left to keep it",
             (unsigned long long)order->id);
        return;
    }
    int64_t signed_quantity = to->ratio > 0 ? quantity : -quantity;
    int64_t before = trade->flows;
    bool is_entry = order->terms.purpose == PURPOSE_OPEN || opens_roll(ticket, i);
    leg_fill(k, trade, leg, to, price, signed_quantity, is_entry);
    if (is_entry)
        trade->entry_cash += trade->flows - before;
    moved->cash += trade->flows - before;
    *(!opens_roll(ticket, i) ? &moved->trade
      : roll_next(k, ticket) ? &moved->roll
                             : &moved->late) = true;
}

/* A package filled at a net price, without leg prices: the mids it was decided on, and the first
 * leg makes up the difference. What does not divide is cash without a leg. */
static void book_package(struct kernel *k, const struct order_state *order, struct ticket *ticket,
                         int64_t net, int64_t packages, struct moved *moved)
{
    const struct order_terms *terms = &order->terms;
    int64_t prices[PACKAGE_LEGS_MAX];
    for (int i = 0; i < terms->leg_count; i++) {
        int64_t mid = quote_mid(terms->legs[i].bid, terms->legs[i].ask);
        prices[i] = mid == PRICE_NONE ? 0 : mid;
    }
    int64_t unit = terms->legs[0].ratio * package_leg_multiplier(&terms->legs[0]);
    int64_t rest = (net - package_net(terms, prices)) * order_terms_multiplier(terms);
    prices[0] += rest / unit;
    if (prices[0] < 0)
        prices[0] = 0;
    for (int i = 0; i < terms->leg_count; i++)
        book_leg(k, order, ticket, i, prices[i], packages * llabs(terms->legs[i].ratio), moved);
}

struct counted { /* an execution as it counts */
    bool counts;
    int leg;
    int64_t quantity, price;
};

static struct counted counted(const struct kernel *k, struct exec_id exec, uint64_t order_id)
{
    const struct order_fill *fill =
        exec_id_is_none(exec) ? NULL : order_set_find_fill(k->orders, exec);
    if (!fill || fill->order_id != order_id || fill->fate != FILL_COUNTS || !fill->quantity)
        return (struct counted){ 0 };
    return (struct counted){ true, fill->leg, fill->quantity, fill->price };
}

static void book_change(struct kernel *k, const struct order_state *order, struct ticket *ticket,
                        const struct counted *before, const struct counted *after,
                        struct moved *moved)
{
    if (before->counts == after->counts && before->leg == after->leg &&
        before->quantity == after->quantity && before->price == after->price)
        return;
    const struct counted *sides[] = { before, after };
    for (int s = 0; s < 2; s++) {
        const struct counted *c = sides[s];
        int64_t quantity = s ? c->quantity : -c->quantity;
        if (c->counts && c->leg == LEG_PACKAGE)
            book_package(k, order, ticket, c->price, quantity, moved);
        else if (c->counts)
            book_leg(k, order, ticket, c->leg, c->price, quantity, moved);
    }
}

/* Contracts, and stock as one, of legs [from, to) of a package. */
static int64_t package_contracts(const struct order_terms *terms, int from, int to)
{
    int64_t contracts = 0;
    for (int i = from; i < to; i++)
        contracts += terms->legs[i].is_stock ? 1 : llabs(terms->legs[i].ratio);
    return contracts;
}

/* Costs of a roll are shared by contracts. */
static void charge(struct kernel *k, const struct order_state *order, struct ticket *ticket,
                   const struct fill_costs *costs)
{
    int64_t total = costs->commission + costs->exchange + costs->regulatory, share = total;
    const struct order_terms *terms = &order->terms;
    if (!total)
        return;
    if (ticket->roll_to != NONE) {
        int64_t all = package_contracts(terms, 0, terms->leg_count);
        share = all > 0 ? total * package_contracts(terms, 0, ticket->split) / all : total;
        struct trade *next = roll_trade(k, order, ticket);
        if (next)
            trade_charge(k, next, total - share);
    }
    struct trade *trade = ticket_trade(k, order, ticket);
    if (trade)
        trade_charge(k, trade, share);
}

/* ---- what follows from fills ----------------------------------------------------------------- */

/* Legs that a roll leaves as they are go to the new trade at their mark: no cash moves, nothing is
 * paid for them, and what they won until now stays with the old trade. */
static void move_legs(struct kernel *k, struct trade *trade, struct trade *next,
                      struct ticket *ticket, int64_t units)
{
    const struct structure *s = trade_structure(k, next);
    int64_t more = units - ticket->moved_units;
    ticket->moved_units = units;
    for (int i = 0; more > 0 && i < ticket->moved_count; i++) {
        struct trade_leg *from = &trade->legs[ticket->moved_from[i]];
        const struct leg_spec *spec = &s->legs[ticket->moved_to[i]];
        int64_t quantity = (int64_t)spec->side * spec->ratio * more;
        int64_t worth = money_mul(from->mark, quantity * leg_multiplier(from));
        MUST(from->mark != PRICE_NONE);
        trade->flows = money_add(trade->flows, worth);
        from->quantity -= quantity;
        from->exit_price = from->mark;
        holding_update(k, trade, ticket->moved_from[i]);
        struct trade_leg *to = NULL;
        for (int j = 0; j < next->leg_count && !to; j++)
            if (next->legs[j].spec == ticket->moved_to[i])
                to = &next->legs[j];
        if (!to)
            to = trade_add_leg(k, next, ticket->moved_to[i],
                               from->is_stock ? NULL : &from->contract);
        MUST(to != NULL);
        next->flows = money_sub(next->flows, worth);
        next->entry_cash = money_sub(next->entry_cash, worth);
        to->quantity += quantity;
        to->entry_quantity = to->quantity;
        to->entry_price = to->mark = from->mark;
        to->mark_ns = from->mark_ns;
        holding_update(k, next, (int)(to - next->legs));
    }
}

static int64_t units_of(const struct ticket *ticket, int64_t packages)
{
    int64_t units = packages / ticket->scale;
    return units > 0 ? units : 1;
}

static void after_entry_fill(struct kernel *k, const struct order_state *order,
                             struct ticket *ticket)
{
    struct trade *trade = &k->trades[ticket->trade];
    int64_t units = units_of(ticket, order->filled);
    trade->units = units > trade->units ? units : trade->units;
    if (trade->state == TRADE_OPENING)
        trade->state = TRADE_OPEN;
    trade_opened(k, trade);
}

static void after_roll_fill(struct kernel *k, const struct order_state *order,
                            struct ticket *ticket)
{
    struct trade *trade = &k->trades[ticket->trade], *next = &k->trades[ticket->roll_to];
    move_legs(k, trade, next, ticket, order->filled / ticket->scale);
    next->units = units_of(ticket, order->filled);
    next->rolls = trade->rolls + 1;
    next->root = trade->root;
    if (next->state == TRADE_OPENING && next->structure != trade->structure)
        trade_host(k, next)->structures[next->structure].open++;
    next->state = TRADE_OPEN;
    trade->reason = CLOSE_ROLLED;
    trade_opened(k, next);
}

/* A person's, or late: it begins with its first fill. */
static void begin_by_hand(struct kernel *k, struct trade *trade)
{
    if (trade->state != TRADE_OPENING)
        return;
    trade->state = TRADE_OPEN;
    trade->units = 1;
    trade->entry_cash = trade->flows;
    trade_opened(k, trade);
}

static void after_fill(struct kernel *k, const struct order_state *order, struct ticket *ticket,
                       const struct moved *moved)
{
    struct trade *late = moved->late ? late_trade(k, order, ticket) : NULL;
    if (late) {
        begin_by_hand(k, late);
        trade_revalue(k, late);
        trade_bounds(k, late);
    }
    struct trade *trade = moved->trade || moved->roll ? ticket_trade(k, order, ticket) : NULL;
    if (!trade)
        return;
    bool is_own = trade->id == order->terms.trade_id;
    if (ticket->roll_to != NONE && moved->roll)
        after_roll_fill(k, order, ticket);
    else if (is_own && order->terms.purpose == PURPOSE_OPEN)
        after_entry_fill(k, order, ticket);
    else
        begin_by_hand(k, trade);
    trade_revalue(k, trade);
    trade_bounds(k, trade);
}

/* ---- the end of an order --------------------------------------------------------------------- */

static bool only_unwanted_longs(const struct trade *trade)
{
    for (int i = 0; i < trade->leg_count; i++)
        if (trade->legs[i].quantity < 0 || (trade->legs[i].is_stock && trade->legs[i].quantity))
            return false;
    return true;
}

static void after_close(struct kernel *k, struct trade *trade, const struct order_state *order)
{
    int64_t underlying = trade_market(k, trade)->book.underlying;
    if (trade_is_empty(trade)) {
        trade_end(k, trade, underlying);
    } else if (order->phase == ORDER_FILLED && only_unwanted_longs(trade) &&
               trade->state == TRADE_OPEN) {
        /* The close was whole; what is left are longs without a bid. */
        trade_entry_over(k, trade);
        trade->state = TRADE_REMNANT;
        trade_stamp_exit(k, trade, underlying);
    } else if (order->phase != ORDER_FILLED && trade->state == TRADE_OPEN) {
        trade->reason = CLOSE_NONE; /* asked again at the next look */
    }
}

static void after_entry(struct kernel *k, struct trade *trade, const struct ticket *ticket)
{
    const struct structure *s = trade_structure(k, trade);
    if (trade->working)
        return; /* more legs to come */
    if (trade->leg_count == 0) {
        struct structure_state *state = &trade_host(k, trade)->structures[trade->structure];
        state->open--;
        if (!ticket->gave_up)
            state->slot_key =
                SLOT_UNUSED; /* nothing was filled: the slot is tried again while it lasts */
        trade_slot_give(k, trade_slot(k, trade));
        return;
    }
    if (trade->leg_count < s->leg_count)
        note(k, NOTE_LEGGED, "structure %s: only %d of %d legs were filled", s->name,
             trade->leg_count, s->leg_count);
    if (trade->max_loss == INT64_MAX)
        note(k, NOTE_UNBOUNDED, "structure %s: the worst loss is unbounded", s->name);
}

static void note_end(struct kernel *k, const struct order_state *order)
{
    if (order->phase == ORDER_REFUSED || order->phase == ORDER_FILLED)
        return;
    if (order->filled)
        note(k, NOTE_PARTLY, "partly filled: %s", order->reason_text);
    else if (order->phase == ORDER_REJECTED || order->reason_text[0])
        note(k, NOTE_REJECTED, "the venue did not fill: %s", order->reason_text);
}

void order_over(struct kernel *k, const struct order_state *order)
{
    struct ticket *ticket = order_ticket(k, order);
    struct trade *trade = &k->trades[ticket->trade];
    note_end(k, order);
    bracket_ended(k, order);
    if (trade->state == TRADE_FREE || trade->id != order->terms.trade_id)
        return; /* over before, told again by a correction */
    MUST(trade->working > 0);
    trade->working--;
    switch ((enum order_purpose)order->terms.purpose) {
    case PURPOSE_OPEN:
        after_entry(k, trade, ticket);
        break;
    case PURPOSE_ROLL: {
        struct trade *next = roll_next(k, ticket); /* NULL: closed again meanwhile */
        if (next && next->leg_count == 0) {
            trade_slot_give(k, ticket->roll_to);
            ticket->roll_to = NONE;
        } else if (next && next->max_loss == INT64_MAX) {
            note(k, NOTE_UNBOUNDED, "structure %s: the worst loss is unbounded",
                 structure_name(k, next));
        }
        after_close(k, trade, order);
        break;
    }
    case PURPOSE_CLOSE:
        after_close(k, trade, order);
        break;
    case PURPOSE_HEDGE:
    case PURPOSE_STOCK:
        /* Longs that are left are a position, as a calendar's far leg: it goes on. */
        if (!trade->working && trade_is_empty(trade))
            trade_end(k, trade, trade_market(k, trade)->book.underlying);
        break;
    case PURPOSE_MANUAL:
        if (trade->working || !trade_is_empty(trade))
            break;
        if (trade->leg_count == 0 && trade->state == TRADE_OPENING)
            trade_slot_give(k, trade_slot(k, trade));
        else
            trade_end(k, trade, trade_market(k, trade)->book.underlying);
        break;
    }
}

/* ---- reports --------------------------------------------------------------------------------- */

static void note_alarms(struct kernel *k, const struct order_state *order, uint32_t alarms)
{
    for (int bit = 0; bit < ORDER_ALARM_COUNT; bit++)
        if (alarms & (1u << bit))
            note(k, NOTE_ORDER_ALARM, "order %llu: %s", (unsigned long long)order->id,
                 order_alarm_name((enum order_alarm)(1u << bit)));
}

void fills_report(struct kernel *k, const struct order_report *report)
{
    enum { NAMED = 2 * PACKAGE_LEGS_MAX };
    const struct order_state *order = order_set_find(k->orders, report->order_id);
    if (!order) {
        note(k, NOTE_UNKNOWN_ORDER, "a report of order %llu, which is not known here: %s",
             (unsigned long long)report->order_id, order_input_name(report->what));
        return;
    }
    struct counted before[NAMED];
    struct exec_id named[NAMED];
    int count = report->fill_count <= PACKAGE_LEGS_MAX ? report->fill_count : 0, named_count = 0;
    for (int i = 0; i < count; i++) {
        named[named_count++] = report->fills[i].exec;
        if (!exec_id_is_none(report->fills[i].corrects))
            named[named_count++] = report->fills[i].corrects;
    }
    for (int i = 0; i < named_count; i++)
        before[i] = counted(k, named[i], report->order_id);
    struct order_change change;
    bool was_done = order_status_is_done(order->phase), was_over = order_state_is_settled(order);
    enum err err = order_set_report(k->orders, report, &change);
    if (err) {
        note(k, NOTE_UNKNOWN_ORDER, "a report was refused: %.150s", err_detail());
        k->failed |= err == ERR_FULL;
        return;
    }
    struct ticket *ticket = order_ticket(k, order);
    struct moved moved = { 0 };
    k->changes++;
    charge(k, order, ticket, &change.costs);
    for (int i = 0; i < named_count; i++) {
        struct counted after = counted(k, named[i], report->order_id);
        book_change(k, order, ticket, &before[i], &after, &moved);
        for (int j = i + 1; j < named_count; j++) /* named twice in one report: booked once */
            if (exec_id_equal(named[i], named[j]))
                before[j] = after;
    }
    struct trade *trade = change.cash == moved.cash ? NULL : ticket_trade(k, order, ticket);
    if (trade)
        trade_pay(k, trade,
                  change.cash - moved.cash); /* what a net price leaves over between legs */
    after_fill(k, order, ticket, &moved);
    if (change.new_fills && k->guard)
        guard_filled(k, &k->trades[ticket->trade]);
    if (change.from != change.to || change.new_fills || change.alarms)
        effect_order(k, &change);
    note_alarms(k, order, change.alarms);
    bracket_told(k, order, report, change.new_fills > 0);
    if (was_done && !was_over)
        k->owed--;
    if (order_status_is_done(order->phase) && !order_state_is_settled(order))
        k->owed++;
    /* Over with executions still owed, as when they were overtaken: what was filled is not known
     * yet. */
    if (!was_over && order_state_is_settled(order))
        order_over(k, order);
    if (!was_done && order->phase == ORDER_REJECTED)
        guard_rejected(k);
    orders_groups(k);
}
