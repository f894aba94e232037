/*
 * What only takes back. An order that reduces passes limits of size and halts, so that nobody is
 * locked in; what counts as reducing must then never leave a short uncovered that no gate has seen
 * as such.
 *
 * Every trade passed the gates by itself, with its own worst loss; nothing is netted between
 * trades. So an order reduces when, for its trade, each leg takes from what is held, whatever else
 * of the trade works, and afterwards neither the trade's loss at expiry nor its uncovered shorts
 * are more than before or than they were as entered. The account is asked besides: shares that a
 * strategy keeps cover calls of its trades, which passed so.
 *
 * A trade whose long is the other side of another's short is still closed as what it is: what is
 * left then is a short that passed as an uncovered one when it was opened. At the broker that sale
 * opens, and risk.h holds the limits of portfolio for it.
 */
#include <stdlib.h>

#include "domain/risk/loss.h"
#include "kernel/kernel_int.h"

enum { EXPIRIES_MAX = 128 };

int64_t order_exposed(const struct order_state *order)
{
    if (!order_status_is_done(order->phase))
        return order_status_is_sent(order->phase) ? order_state_remaining(order) : 0;
    return order->said_filled > order->filled ? order->said_filled - order->filled : 0;
}

/* Only one of a group of alternatives can fill. */
static bool is_alternative(const struct order_terms *a, const struct order_terms *b)
{
    bool in_group = a->links.group && a->links.group == b->links.group;
    return in_group && a->links.role != ROLE_PARENT && b->links.role != ROLE_PARENT &&
           a->links.kind != GROUP_OTO;
}

static bool same_leg(const struct package_leg *a, const struct package_leg *b)
{
    return a->is_stock == b->is_stock &&
           (a->is_stock || contract_compare(&a->contract, &b->contract) == 0);
}

/* The same package of the same trade, of which one ends the other. */
static bool is_twin(const struct order_state *a, const struct order_state *b)
{
    bool both_close = a->terms.flags & b->terms.flags &
                      ORDER_REDUCES; /* of openings both may fill before one is called back */
    if (a == b || !both_close || !is_alternative(&a->terms, &b->terms) ||
        a->terms.trade_id != b->terms.trade_id || a->terms.leg_count != b->terms.leg_count)
        return false;
    for (int i = 0; i < a->terms.leg_count; i++)
        if (!same_leg(&a->terms.legs[i], &b->terms.legs[i]) ||
            a->terms.legs[i].ratio != b->terms.legs[i].ratio)
            return false;
    return true;
}

bool order_is_or_excludes(const struct kernel *k, const struct order_state *order, uint64_t id)
{
    const struct order_state *other = id ? order_set_find(k->orders, id) : NULL;
    return order->id == id || (other && is_twin(order, other));
}

/* Of twins that work the one with most left counts for both; one that is over and owed will fill,
 * whatever the other does. */
static bool is_counted_by_twin(const struct kernel *k, const struct order_state *order)
{
    if (!order->terms.links.group || order_status_is_done(order->phase))
        return false;
    int64_t own = order_exposed(order);
    for (const struct order_state *o = order_set_group_next(k->orders, order); o != order;
         o = order_set_group_next(k->orders, o)) {
        int64_t its = order_status_is_done(o->phase) ? 0 : order_exposed(o);
        if ((its > own || (its == own && o->id < order->id)) && is_twin(o, order))
            return true;
    }
    return false;
}

const struct order_state *order_next_exposed(const struct kernel *k,
                                             const struct order_state *order)
{
    bool in_done = order && order_status_is_done(order->phase);
    order = order ? order_set_next(k->orders, order) : order_set_first_open(k->orders);
    for (;;) {
        if (!order && !in_done && k->owed) {
            in_done = true;
            order = order_set_first_done(k->orders);
        }
        if (!order || (order_exposed(order) > 0 && !is_counted_by_twin(k, order)))
            return order;
        order = order_set_next(k->orders, order);
    }
}

uint32_t trade_find(const struct kernel *k, uint64_t id)
{
    for (uint32_t slot = 0; slot < k->trade_high; slot++)
        if (k->trades[slot].state != TRADE_FREE && k->trades[slot].id == id)
            return slot;
    return NONE;
}

size_t order_payoff_legs(const struct order_terms *terms, struct payoff_leg legs[PACKAGE_LEGS_MAX])
{
    for (int i = 0; i < terms->leg_count; i++) {
        const struct package_leg *leg = &terms->legs[i];
        legs[i] = (struct payoff_leg){ .kind = leg->is_stock                        ? LEG_STOCK
                                               : leg->contract.right == OPTION_CALL ? LEG_CALL
                                                                                    : LEG_PUT,
                                       .quantity = leg->ratio,
                                       .multiplier = (int32_t)package_leg_multiplier(leg),
                                       .strike_mills = leg->contract.strike_mills,
                                       .expiry = leg->contract.expiry };
    }
    return (size_t)terms->leg_count;
}

int64_t order_worst_loss(const struct order_terms *terms)
{
    struct payoff_leg legs[PACKAGE_LEGS_MAX];
    int64_t net =
        terms->edit.net_price != PRICE_NONE ? terms->edit.net_price : package_net_far(terms);
    int64_t cash, all;
    if (net == PRICE_NONE || !money_try_mul(-net, order_terms_multiplier(terms), &cash))
        return INT64_MAX;
    int64_t each = payoff_max_loss(legs, order_payoff_legs(terms, legs), cash);
    return each == INT64_MAX || !money_try_mul(each, terms->edit.quantity, &all) ? INT64_MAX : all;
}

/* ---- shorts without cover -------------------------------------------------------------------- */

/* Contracts of one right by expiry, and shares; longs cover shorts that do not outlive them. */
struct cover {
    struct {
        int32_t expiry;
        int64_t longs, shorts;
    } at[2][EXPIRIES_MAX]; /* calls, puts; the latest expiry first */
    int count[2];
    int64_t shares;
    int64_t multiplier;
    bool is_full;
};

static struct cover *cover_init(struct cover *c) /* places are written before they are read */
{
    c->count[0] = c->count[1] = 0;
    c->shares = c->multiplier = 0;
    c->is_full = false;
    return c;
}

static void cover_add(struct cover *c, const struct contract *contract, int64_t quantity)
{
    if (!quantity)
        return;
    if (!contract) {
        c->shares += quantity;
        return;
    }
    int side = contract->right == OPTION_PUT, n = c->count[side], i = 0;
    c->multiplier = contract->multiplier;
    while (i < n && c->at[side][i].expiry > contract->expiry)
        i++;
    if (i == n || c->at[side][i].expiry != contract->expiry) {
        if (n == EXPIRIES_MAX) {
            c->is_full = true;
            return;
        }
        for (int j = n; j > i; j--)
            c->at[side][j] = c->at[side][j - 1];
        c->at[side][i].expiry = contract->expiry;
        c->at[side][i].longs = c->at[side][i].shorts = 0;
        c->count[side]++;
    }
    *(quantity > 0 ? &c->at[side][i].longs : &c->at[side][i].shorts) += llabs(quantity);
}

/* Short contracts of one right that nothing covers. Taking the latest first leaves each short all
 * that can cover it, so no other matching covers more. */
static int64_t uncovered(const struct cover *c, int side)
{
    int64_t longs = 0, left = 0, shares = side ? -c->shares : c->shares;
    for (int i = 0; i < c->count[side]; i++) {
        longs += c->at[side][i].longs;
        int64_t taken = c->at[side][i].shorts < longs ? c->at[side][i].shorts : longs;
        longs -= taken;
        left += c->at[side][i].shorts - taken;
    }
    int64_t by_shares = shares > 0 && c->multiplier ? shares / c->multiplier : 0;
    return left > by_shares ? left - by_shares : 0;
}

static const struct contract *leg_contract(const struct trade_leg *leg)
{
    return leg->is_stock ? NULL : &leg->contract;
}

/* Shares that an assignment or a hedge brought were no part of what passed. */
static int64_t entered(const struct trade *trade, const struct trade_leg *leg)
{
    bool came_later =
        leg->is_stock && (leg->from_assignment || (leg->spec < 0 && trade->structure >= 0));
    return came_later ? 0 : leg->entry_quantity;
}

static void cover_trade(struct cover *c, const struct trade *trade, bool as_entered)
{
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        cover_add(c, leg_contract(leg), as_entered ? entered(trade, leg) : leg->quantity);
    }
}

static void cover_order(struct cover *c, const struct order_terms *terms, int64_t packages)
{
    for (int i = 0; i < terms->leg_count; i++)
        cover_add(c, terms->legs[i].is_stock ? NULL : &terms->legs[i].contract,
                  terms->legs[i].ratio * packages);
}

/* Shorts of a right that the trade passed the gates with as uncovered, of those it still has. */
static int64_t passed_uncovered(const struct kernel *k, const struct trade *trade, int side)
{
    const struct structure *s = trade_structure(k, trade);
    struct cover first;
    int64_t held = 0;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        if (!leg->is_stock && leg->quantity < 0 &&
            (leg->contract.right == OPTION_PUT) == (side == 1))
            held -= leg->quantity;
    }
    if (!held ||
        (s && s->size.rule == SIZE_SHARES && side == 0)) /* calls on shares that are kept */
        return 0;
    cover_trade(cover_init(&first), trade, true);
    int64_t passed = uncovered(&first, side);
    return passed < held ? passed : held;
}

/* ---- one trade ------------------------------------------------------------------------------- */

static bool concerns(const struct order_state *other, const struct order_terms *terms, uint64_t id)
{
    return other->id != id && other->terms.trade_id == terms->trade_id &&
           !is_alternative(&other->terms, terms);
}

int64_t trade_held(const struct trade *trade, const struct package_leg *leg)
{
    int64_t held = 0;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *own = &trade->legs[i];
        if (own->is_stock == leg->is_stock &&
            (leg->is_stock || contract_compare(&own->contract, &leg->contract) == 0))
            held += own->quantity;
    }
    return held;
}

/* Whether any other order that closes works. */
static bool others_close(const struct kernel *k, const struct order_terms *terms, uint64_t id)
{
    for (const struct order_state *o = order_next_exposed(k, NULL); o; o = order_next_exposed(k, o))
        if (o->id != id && o->terms.flags & ORDER_REDUCES && !is_alternative(&o->terms, terms))
            return true;
    return false;
}

/* A leg takes from what is held, and others that work take the same way first; only_closing: of
 * these, what closes. */
static bool leg_takes(const struct kernel *k, const struct trade *trade,
                      const struct order_terms *terms, int at, uint64_t id, bool only_closing)
{
    const struct package_leg *leg = &terms->legs[at];
    int64_t held = trade_held(trade, leg), ratio = 0, traded;
    for (int j = 0; j < terms->leg_count; j++) /* a trade may hold a contract in two legs */
        ratio += same_leg(&terms->legs[j], leg) ? terms->legs[j].ratio : 0;
    if (!ratio) /* bought and sold in one package */
        return true;
    if (!money_try_mul(ratio, terms->edit.quantity, &traded) || !held || (held > 0) == (traded > 0))
        return false;
    int64_t taken = llabs(traded);
    for (const struct order_state *o = order_next_exposed(k, NULL); o; o = order_next_exposed(k, o))
        for (int j = 0; concerns(o, terms, id) && j < o->terms.leg_count; j++) {
            const struct package_leg *other = &o->terms.legs[j];
            if (same_leg(other, leg) && (other->ratio > 0) == (traded > 0) &&
                (!only_closing || other->effect == LEG_CLOSE))
                taken += llabs(other->ratio) * order_exposed(o);
        }
    return taken <= llabs(held);
}

bool order_leg_closes(const struct kernel *k, const struct order_terms *terms, int leg, uint64_t id)
{
    uint32_t slot = trade_find(k, terms->trade_id);
    return slot != NONE && k->hosts[k->trades[slot].host].market == terms->underlying_index &&
           leg_takes(k, &k->trades[slot], terms, leg, id, true);
}

static bool takes_from(const struct kernel *k, const struct trade *trade,
                       const struct order_terms *terms, uint64_t id)
{
    for (int i = 0; i < terms->leg_count; i++)
        if (!leg_takes(k, trade, terms, i, id, false))
            return false;
    return true;
}

struct owing { /* legs of one trade, and what is owed at the worst price at expiry */
    struct loss_leg legs[TRADE_LEGS_MAX];
    size_t count;
};

static void owing_add(struct owing *w, const struct order_terms *terms, int64_t packages)
{
    for (int i = 0; i < terms->leg_count; i++) {
        const struct package_leg *leg = &terms->legs[i];
        for (size_t j = 0; j < w->count; j++)
            if (leg->is_stock ? !w->legs[j].contract
                              : w->legs[j].contract &&
                                    contract_compare(w->legs[j].contract, &leg->contract) == 0) {
                w->legs[j].quantity += leg->ratio * packages;
                break;
            }
    }
}

/* Without bound: the greatest. */
static int64_t owed(const struct owing *w)
{
    int64_t loss = loss_at_expiry(w->legs, w->count, 0, MICROS_PER_DOLLAR, 0);
    return loss == PRICE_NONE ? RISK_OFF : loss;
}

static struct owing owing_of(const struct trade *trade, bool as_entered)
{
    struct owing w = { .count = (size_t)trade->leg_count };
    for (int i = 0; i < trade->leg_count; i++)
        w.legs[i] = (struct loss_leg){ leg_contract(&trade->legs[i]),
                                       as_entered ? entered(trade, &trade->legs[i])
                                                  : trade->legs[i].quantity };
    return w;
}

static bool is_no_worse(int64_t after, int64_t before, int64_t passed)
{
    return after <= (before > passed ? before : passed);
}

/* With nothing else filled, and with all that closes filled first. */
static bool trade_stays_covered(const struct kernel *k, const struct trade *trade,
                                const struct order_terms *terms, uint64_t id)
{
    struct owing first = owing_of(trade, true);
    bool are_others = others_close(k, terms, id);
    for (int with = 0; with < 1 + are_others; with++) {
        struct owing w = owing_of(trade, false);
        struct cover c;
        cover_trade(cover_init(&c), trade, false);
        for (const struct order_state *o = order_next_exposed(k, NULL); with && o;
             o = order_next_exposed(k, o))
            if (concerns(o, terms, id) && o->terms.flags & ORDER_REDUCES) {
                owing_add(&w, &o->terms, order_exposed(o));
                cover_order(&c, &o->terms, order_exposed(o));
            }
        int64_t before = owed(&w), bare[2] = { uncovered(&c, 0), uncovered(&c, 1) };
        owing_add(&w, terms, terms->edit.quantity);
        cover_order(&c, terms, terms->edit.quantity);
        if (c.is_full || !is_no_worse(owed(&w), before, owed(&first)))
            return false;
        for (int side = 0; side < 2; side++)
            if (!is_no_worse(uncovered(&c, side), bare[side], passed_uncovered(k, trade, side)))
                return false;
    }
    return true;
}

/* ---- the account ----------------------------------------------------------------------------- */

static bool account_stays_covered(const struct kernel *k, const struct order_terms *terms,
                                  uint64_t id)
{
    bool are_others = others_close(k, terms, id);
    for (int with = 0; with < 1 + are_others; with++) {
        struct cover c;
        int64_t passed[2] = { 0, 0 };
        cover_init(&c);
        for (uint32_t i = 0; i < k->trade_high; i++) {
            const struct trade *trade = &k->trades[i];
            if (trade->state == TRADE_FREE ||
                k->hosts[trade->host].market != terms->underlying_index)
                continue;
            cover_trade(&c, trade, false);
            for (int side = 0; side < 2; side++)
                passed[side] += passed_uncovered(k, trade, side);
        }
        for (const struct order_state *o = order_next_exposed(k, NULL); with && o;
             o = order_next_exposed(k, o))
            if (o->id != id && o->terms.underlying_index == terms->underlying_index &&
                o->terms.flags & ORDER_REDUCES && !is_alternative(&o->terms, terms))
                cover_order(&c, &o->terms, order_exposed(o));
        int64_t bare[2] = { uncovered(&c, 0), uncovered(&c, 1) };
        cover_order(&c, terms, terms->edit.quantity);
        for (int side = 0; side < 2; side++)
            if (c.is_full || !is_no_worse(uncovered(&c, side), bare[side], passed[side]))
                return false;
    }
    return true;
}

bool order_only_closes(const struct kernel *k, const struct order_terms *terms, uint64_t id)
{
    uint32_t slot = trade_find(k, terms->trade_id);
    if (slot == NONE || k->hosts[k->trades[slot].host].market != terms->underlying_index)
        return false;
    const struct trade *trade = &k->trades[slot];
    return takes_from(k, trade, terms, id) && trade_stays_covered(k, trade, terms, id) &&
           account_stays_covered(k, terms, id);
}
