/* From a wish to an order at the venue: drafts, the gates, and what happens to working orders. */
#include "kernel/kernel_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void orders_open(struct kernel *k, struct arena *arena)
{
    /* Twice the room: an effect may show an order that is over while a new one takes a place. */
    uint32_t n = 2 * k->config.limits.orders;
    uint32_t fills = k->config.limits.fills ? k->config.limits.fills : 16 * n;
    k->orders = order_set_open(
        arena, &(struct order_limits){ .orders = n, .fills = fills, .versions = 4 * n });
    k->tickets = arena_array(arena, struct ticket, n);
}

struct ticket *order_ticket(const struct kernel *k, const struct order_state *order)
{
    struct ticket *ticket = &k->tickets[order->slot];
    MUST(ticket->order_id == order->id);
    return ticket;
}

void effect_order(struct kernel *k, const struct order_change *change)
{
    struct effect *effect = effect_add(k, EFFECT_ORDER);
    effect->of.order.state = order_set_find(k->orders, change->id);
    effect->of.order.from = change->from;
    effect->of.order.to = change->to;
    effect->of.order.alarms = change->alarms;
}

/* ---- drafts ---------------------------------------------------------------------------------- */

static void draft_begin(const struct kernel *k, struct draft *draft, uint32_t host,
                        uint64_t trade_id, uint32_t slot, enum order_purpose purpose)
{
    const struct market *market = host_market(k, &k->hosts[host]);
    order_terms_init(&draft->terms);
    memcpy(draft->terms.underlying, market->symbol, sizeof draft->terms.underlying);
    draft->terms.underlying_index = (uint32_t)(market - k->markets);
    draft->terms.trade_id = trade_id;
    draft->terms.host = host;
    draft->terms.purpose = purpose;
    draft->terms.day = market->book.day;
    if (purpose == PURPOSE_CLOSE || purpose == PURPOSE_STOCK)
        draft->terms.flags |= ORDER_REDUCES;
    draft->ticket = (struct ticket){
        .trade = slot, .roll_to = NONE, .late = NONE, .split = PACKAGE_LEGS_MAX, .scale = 1
    };
}

void draft_init(struct kernel *k, struct draft *draft, uint32_t slot, enum order_purpose purpose)
{
    draft_begin(k, draft, k->trades[slot].host, k->trades[slot].id, slot, purpose);
}

static bool note_leg(struct draft *draft, struct package_leg *to, int leg, int spec)
{
    if (!to)
        return false;
    int index = (int)(to - draft->terms.legs);
    bool reduces =
        draft->terms.flags & ORDER_REDUCES || (draft->terms.purpose == PURPOSE_ROLL && leg >= 0);
    to->effect = reduces ? LEG_CLOSE : draft->terms.purpose == PURPOSE_HEDGE ? LEG_AUTO : LEG_OPEN;
    draft->ticket.leg_of[index] = (int8_t)leg;
    draft->ticket.spec_of[index] = (int8_t)spec;
    return true;
}

bool draft_add_option(const struct kernel *k, struct draft *draft, uint32_t id, int64_t ratio,
                      int leg, int spec)
{
    const struct book *book = &k->markets[draft->terms.underlying_index].book;
    if (id == OPTION_NONE)
        return false;
    struct package_leg *to = order_terms_option(&draft->terms, &book->contracts[id], ratio);
    if (!note_leg(draft, to, leg, spec))
        return false;
    uint32_t row = book->row_of[id];
    int side = book_side(&book->contracts[id]);
    to->bid = book->bid[side][row];
    to->ask = book->ask[side][row];
    to->bid_size = book->bid_size[side][row];
    to->ask_size = book->ask_size[side][row];
    return true;
}

static bool has_stock_quote(const struct book *book)
{
    return book->underlying_bid != PRICE_NONE && book->underlying_ask != PRICE_NONE;
}

static bool add_stock(const struct kernel *k, struct draft *draft, int64_t ratio, int leg, int spec)
{
    const struct book *book = &k->markets[draft->terms.underlying_index].book;
    struct package_leg *to = order_terms_stock(&draft->terms, ratio);
    if (!note_leg(draft, to, leg, spec))
        return false;
    to->bid = has_stock_quote(book) ? book->underlying_bid : book->underlying;
    to->ask = has_stock_quote(book) ? book->underlying_ask : book->underlying;
    return true;
}

void draft_note_stock(struct kernel *k, const struct draft *draft)
{
    const struct market *market = &k->markets[draft->terms.underlying_index];
    if (!has_stock_quote(&market->book) && market->book.underlying != PRICE_NONE)
        note(k, NOTE_STOCK_NO_QUOTE,
             "%s stock was traded at its last price, as no bid and ask is stored", market->symbol);
}

bool draft_add_stock(struct kernel *k, struct draft *draft, int64_t ratio, int leg, int spec)
{
    if (!add_stock(k, draft, ratio, leg, spec))
        return false;
    draft_note_stock(k, draft);
    return true;
}

bool draft_manual(const struct kernel *k, struct draft *draft, uint32_t slot,
                  const struct order_terms *asked, int64_t *max_loss)
{
    bool is_new = slot == NONE;
    uint32_t host = is_new ? k->host_room + asked->underlying_index : k->trades[slot].host;
    const struct book *book = &k->markets[asked->underlying_index].book;
    draft_begin(k, draft, host, is_new ? k->next_trade_id + 1 : k->trades[slot].id, slot,
                PURPOSE_MANUAL);
    for (int i = 0; i < asked->leg_count && i < PACKAGE_LEGS_MAX; i++) {
        const struct package_leg *leg = &asked->legs[i];
        if (!(leg->is_stock ? add_stock(k, draft, leg->ratio, -1, -1)
                            : draft_add_option(k, draft, book_find(book, &leg->contract),
                                               leg->ratio, -1, -1)))
            return false;
    }
    draft->terms.edit = asked->edit;
    draft->terms.links = asked->links;
    draft->terms.flags |= asked->flags & ~(uint32_t)ORDER_REDUCES;
    for (int i = 0; i < draft->terms.leg_count; i++) {
        enum leg_effect said = asked->legs[i].effect;
        bool closes =
            said == LEG_CLOSE || (said == LEG_AUTO && order_leg_closes(k, &draft->terms, i, 0));
        draft->terms.legs[i].effect = closes ? LEG_CLOSE : LEG_OPEN;
    }
    bool reduces = order_only_closes(k, &draft->terms, 0);
    draft->terms.flags |= reduces ? ORDER_REDUCES : 0;
    *max_loss = reduces ? 0 : order_worst_loss(&draft->terms);
    return draft->terms.leg_count > 0;
}

int64_t common_divisor(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return llabs(a);
}

/* Units of the structure become packages whose ratios have no common divisor. */
void draft_set_quantity(struct draft *draft, int64_t units)
{
    struct order_terms *terms = &draft->terms;
    int64_t divisor = 0;
    for (int i = 0; i < terms->leg_count; i++)
        divisor = common_divisor(divisor, terms->legs[i].ratio);
    if (divisor > 1)
        for (int i = 0; i < terms->leg_count; i++)
            terms->legs[i].ratio /= divisor;
    draft->ticket.scale = divisor > 1 ? divisor : 1;
    if (!money_try_mul(units, draft->ticket.scale, &terms->edit.quantity))
        terms->edit.quantity = INT64_MAX;
}

/* The net price that a worst loss is counted at: a person's is that of the order, a strategy's that
 * of its plan. */
static int64_t price_judged(const struct order_terms *terms)
{
    bool is_limited = terms->purpose == PURPOSE_MANUAL && terms->edit.net_price != PRICE_NONE;
    return is_limited ? terms->edit.net_price : package_net_far(terms);
}

static void refuse(struct kernel *k, const char *why)
{
    note(k, NOTE_GATE, "refused by a gate: %s", why);
}

bool draft_would_go(struct kernel *k, struct draft *draft, int64_t units, int64_t max_loss)
{
    struct draft copy = *draft;
    struct gate_talk talk = { .all = NULL };
    draft_set_quantity(&copy, units);
    work_price(k, &copy);
    if (gates_check(k, &copy.terms, max_loss, 0, false, &talk) != GATE_REFUSE)
        return true;
    refuse(k, talk.why);
    return false;
}

static bool act(struct kernel *k, uint64_t id, enum order_input input, const char *why, bool shows)
{
    struct order_change change;
    if (order_set_act(k->orders, id, input, k->now_ns, why, &change))
        return false;
    if (shows)
        effect_order(k, &change);
    return true;
}

/* The gates' word on a staged order: true when it left, or waits. */
static bool pass_gates(struct kernel *k, const struct order_state *order, bool is_signed)
{
    struct gate_talk talk = { .all = NULL };
    struct order_terms terms = order->terms;
    terms.edit = order->edit; /* an exit may leave for less than it was made for */
    switch (gates_check(k, &terms, order_ticket(k, order)->max_loss, order->id, is_signed, &talk)) {
    case GATE_PASS:
        order_ticket(k, order)->max_loss = talk.max_loss;
        MUST(act(k, order->id, ORDER_SEND, "", false));
        guard_sent(k);
        k->changes++;
        effect_add(k, EFFECT_SUBMIT)->of.order.state = order;
        return true;
    case GATE_SIGN:
        MUST(act(k, order->id, ORDER_ASK_SIGNATURE, talk.why, true));
        note(k, NOTE_SIGNATURE, "order %llu waits for a signature: %s",
             (unsigned long long)order->id, talk.why);
        return true;
    case GATE_REFUSE:
        break;
    }
    MUST(act(k, order->id, ORDER_REFUSE, talk.why, true));
    refuse(k, talk.why);
    return false;
}

bool draft_send(struct kernel *k, struct draft *draft, int64_t units, int64_t max_loss)
{
    draft_set_quantity(draft, units);
    work_price(k, draft);
    draft->ticket.max_loss = max_loss;
    draft->ticket.judged = draft->terms.edit.quantity;
    draft->ticket.judged_price = price_judged(&draft->terms);
    draft->ticket.begun_ns = draft->ticket.stepped_ns = k->now_ns;
    struct gate_talk talk = { .all = NULL };
    const struct order_state *order;
    if (order_set_open_count(k->orders) >= k->config.limits.orders) {
        note(
            k, NOTE_NO_ROOM,
            "orders: %u work already; the limit is %u; this would pass when one is over, and waits for the next look",
            k->config.limits.orders, k->config.limits.orders);
        return false;
    }
    uint64_t id = k->next_order_id + 1;
    if (order_set_stage(k->orders, id, &draft->terms, k->now_ns, &order)) {
        /* The gates say it better where they see it too. */
        refuse(k, gates_check(k, &draft->terms, max_loss, 0, true, &talk) == GATE_REFUSE
                      ? talk.why
                      : err_detail());
        return false;
    }
    k->next_order_id = id;
    draft->ticket.order_id = id;
    k->tickets[order->slot] = draft->ticket;
    if (!pass_gates(k, order, false))
        return false;
    k->trades[draft->ticket.trade].working++;
    return true;
}

/* ---- working orders -------------------------------------------------------------------------- */

void order_cancel(struct kernel *k, const struct order_state *order)
{
    if (order->cancel_asked || order_status_is_done(order->phase))
        return;
    bool was_sent = order_status_is_sent(order->phase);
    if (!act(k, order->id, ORDER_ASK_CANCEL, "", !was_sent))
        return;
    order_ticket(k, order)->is_called_back = true;
    if (was_sent)
        effect_add(k, EFFECT_CANCEL)->of.order.state = order;
    else
        order_over(k, order); /* it never left */
}

/* Of two net prices the worse one; at the market there is no bound. */
static int64_t price_worse(int64_t a, int64_t b)
{
    return a == PRICE_NONE || b == PRICE_NONE ? PRICE_NONE : a > b ? a : b;
}

void order_terms_at_worst(const struct kernel *k, const struct order_state *order,
                          struct order_terms *out)
{
    *out = order->terms;
    out->edit = order->edit;
    out->edit.quantity = order_ticket(k, order)->judged;
    if (order->replace_asked)
        out->edit.net_price = price_worse(order->edit.net_price, order->asked.net_price);
}

/* It can only lose less than what is in force. */
static bool takes_back(const struct order_state *order, const struct order_edit *edit)
{
    const struct order_edit *now = &order->edit;
    return edit->quantity <= now->quantity && edit->type == now->type && edit->tif == now->tif &&
           edit->tif_until == now->tif_until && edit->stop_price == now->stop_price &&
           (edit->net_price == now->net_price ||
            (edit->net_price != PRICE_NONE && now->net_price != PRICE_NONE &&
             edit->net_price < now->net_price));
}

/* What all of it can lose as it would be: a person's order anew; a strategy's plan for so many
 * packages, and what the price goes beyond the plan's. */
static int64_t loss_replaced(const struct ticket *ticket, const struct order_terms *terms)
{
    int64_t price = terms->edit.net_price != PRICE_NONE ? terms->edit.net_price
                                                        : package_net_far(terms),
            loss, beyond;
    if (terms->purpose == PURPOSE_MANUAL)
        return order_worst_loss(terms);
    if (ticket->max_loss == INT64_MAX || price == PRICE_NONE ||
        !money_try_mul((ticket->max_loss + ticket->judged - 1) / ticket->judged,
                       terms->edit.quantity, &loss))
        return INT64_MAX;
    if (ticket->judged_price == PRICE_NONE || price <= ticket->judged_price)
        return loss;
    return money_try_mul(price - ticket->judged_price, order_terms_multiplier(terms), &beyond) &&
                   money_try_mul(beyond, terms->edit.quantity, &beyond) &&
                   !__builtin_add_overflow(loss, beyond, &loss)
               ? loss
               : INT64_MAX;
}

/* The greatest loss of a package stays the order's: a replacement may be refused, and an old
 * version fill. */
static void judge_replaced(struct ticket *ticket, const struct order_terms *terms, int64_t max_loss)
{
    double before = (double)ticket->max_loss / (double)ticket->judged,
           after = (double)max_loss / (double)terms->edit.quantity;
    if (after <= before)
        return;
    ticket->max_loss = max_loss;
    ticket->judged = terms->edit.quantity;
    ticket->judged_price = price_worse(ticket->judged_price, price_judged(terms));
}

/* What the gates count of it: all of an order that grows, else what is still to fill, as the rest
 * is held already: the exit that filled in part takes from what is left. Its loss is that of the
 * whole. *max_loss: what it was judged by. */
static bool replacement_passes(struct kernel *k, const struct order_state *order,
                               const struct order_terms *terms, int64_t *max_loss)
{
    struct gate_talk talk = { .all = NULL };
    const struct ticket *ticket = order_ticket(k, order);
    struct order_terms open = *terms;
    bool has_new_price = terms->edit.net_price != order->edit.net_price ||
                         terms->edit.stop_price != order->edit.stop_price;
    if (has_new_price && !gates_price(terms, &talk)) {
        refuse(k, talk.why);
        return false;
    }
    *max_loss = 0; /* what only takes back is not judged anew, by quotes that may be missing: what
                      was signed stays so */
    if (terms->edit.quantity < 1 || takes_back(order, &terms->edit))
        return true; /* of no packages: the order's own rules say so */
    *max_loss = loss_replaced(ticket, terms);
    if (terms->edit.quantity <= order->edit.quantity && terms->edit.quantity > order->filled)
        open.edit.quantity -= order->filled;
    enum gate gate =
        gates_check(k, &open, *max_loss, order->id, *max_loss <= ticket->max_loss, &talk);
    *max_loss = talk.max_loss;
    if (gate != GATE_PASS)
        refuse(k, talk.why);
    return gate == GATE_PASS;
}

bool order_replace(struct kernel *k, const struct order_state *order, const struct order_edit *edit)
{
    struct order_change change;
    struct order_terms terms = order->terms;
    int64_t max_loss;
    quotes_refresh(k, &terms);
    terms.edit = *edit;
    if (!replacement_passes(k, order, &terms, &max_loss))
        return false;
    if (order_set_replace(k->orders, order->id, edit, k->now_ns, &change)) {
        note(k, NOTE_COMMAND, "order %llu could not be replaced: %.120s",
             (unsigned long long)order->id, err_detail());
        return false;
    }
    judge_replaced(order_ticket(k, order), &terms, max_loss);
    k->changes++;
    effect_add(k, EFFECT_REPLACE)->of.order.state = order;
    return true;
}

/* An order that waited is judged, and leaves, with the quotes of now. */
static void renew_quotes(struct kernel *k, const struct order_state *order)
{
    struct order_terms terms = order->terms;
    quotes_refresh(k, &terms);
    MUST(order_set_requote(k->orders, order->id, &terms) == ERR_OK);
    if (terms.purpose == PURPOSE_MANUAL && !(terms.flags & ORDER_REDUCES)) {
        order_ticket(k, order)->max_loss = order_worst_loss(&order->terms);
        order_ticket(k, order)->judged_price = price_judged(&order->terms);
    }
}

void order_sign(struct kernel *k, const struct order_state *order, bool yes, const char *who)
{
    if (!yes) {
        MUST(act(k, order->id, ORDER_REFUSE, who, true));
        order_over(k, order);
        return;
    }
    MUST(act(k, order->id, ORDER_SIGN, who, true));
    renew_quotes(k, order);
    if (!pass_gates(k, order, true))
        order_over(k, order);
}

void orders_cancel_all(struct kernel *k, bool but_reducing)
{
    for (const struct order_state *order = order_set_first_open(k->orders), *next; order;
         order = next) {
        next = order_set_next(k->orders, order);
        if (!but_reducing || !(order->terms.flags & ORDER_REDUCES))
            order_cancel(k, order);
    }
}

/* It fills or ends by itself, at once. */
static bool is_immediate(const struct order_edit *edit)
{
    return edit->type == ORDER_MARKET || edit->tif == ORDER_IOC || edit->tif == ORDER_FOK;
}

void orders_make_way(struct kernel *k, uint64_t trade_id, bool rests_too)
{
    bool is_stopped =
        k->state == RISK_HALTED || k->state == RISK_KILLED; /* the kernel closes nothing then */
    for (const struct order_state *order = order_set_first_open(k->orders), *next; order;
         order = next) {
        next = order_set_next(k->orders, order);
        bool rests = order->terms.purpose == PURPOSE_MANUAL && !is_immediate(&order->edit);
        bool stays = order->terms.flags & ORDER_REDUCES && (is_stopped || !rests_too || !rests);
        if (!stays && (!trade_id || order->terms.trade_id == trade_id))
            order_cancel(k, order);
    }
}

void orders_lapse(struct kernel *k, uint32_t market, int32_t day)
{
    for (const struct order_state *order = order_set_first_open(k->orders), *next; order;
         order = next) {
        next = order_set_next(k->orders, order);
        bool waits = order->edit.tif == ORDER_GTC || order->edit.tif == ORDER_GTD;
        bool is_of_before = !order_status_is_sent(order->phase) && !waits && order->terms.day < day;
        if (order->terms.underlying_index != market || (day && !is_of_before))
            continue;
        if (!day)
            bracket_lapses(k, order);
        order_cancel(k, order);
    }
}

void orders_groups(struct kernel *k)
{
    struct order_ask ask;
    while (order_set_next_ask(k->orders, &ask)) {
        const struct order_state *order = order_set_find(k->orders, ask.id);
        MUST(order != NULL);
        if (ask.what == ORDER_ASK_CANCEL) {
            order_cancel(k, order);
        } else if (ask.what == ORDER_ASK_REPLACE) {
            if (!order_replace(k, order, &ask.edit)) {
                order_set_group_failed(k->orders, ask.id);
                bracket_stays(k, order);
            }
        } else {
            MUST(order_set_resize(k->orders, ask.id, ask.edit.quantity) == ERR_OK);
            order_ticket(k, order)->judged = ask.edit.quantity;
            renew_quotes(k, order);
            if (!pass_gates(k, order, false))
                order_over(k, order);
        }
    }
}
