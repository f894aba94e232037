/* What really happened: counted at the exchange, apart from everything the desk counts for itself.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/life/expiry.h"
#include "tests/sim/sim.h"

const char *invariant_text(enum invariant invariant)
{
    static const char *const texts[] = {
#define INVARIANT(id, text) text,
#include "tests/sim/invariants.def"
#undef INVARIANT
        "setup",
    };
    return texts[invariant];
}

void sim_fail(struct sim *sim, enum invariant invariant, const char *format, ...)
{
    if (sim->has_failed)
        return;
    sim->has_failed = true;
    sim->invariant = invariant;
    va_list args;
    va_start(args, format);
    vsnprintf(sim->why, sizeof sim->why, format, args);
    va_end(args);
}

static struct truth_position *position(struct sim *sim, uint32_t market,
                                       const struct contract *contract)
{
    struct truth *t = &sim->truth;
    for (uint32_t i = 0; i < t->position_count; i++)
        if (contract_compare(&t->positions[i].contract, contract) == 0)
            return &t->positions[i];
    MUST(t->position_count < ARRAY_COUNT(t->positions));
    t->positions[t->position_count] =
        (struct truth_position){ *contract, deliverable_standard(contract), market, 0 };
    return &t->positions[t->position_count++];
}

static int64_t known(int64_t cost)
{
    return cost == PRICE_NONE ? 0 : cost;
}

static void check_halt(struct sim *sim, uint32_t market, int64_t ts_ns)
{
    for (uint32_t i = 0; i < sim->truth.halt_count; i++) {
        const struct truth_halt *h = &sim->truth.halts[i];
        SIM_CHECK(sim, NOTHING_TRADES_IN_A_HALT,
                  h->market != market || ts_ns <= h->from_ns || ts_ns >= h->to_ns,
                  "the exchange traded in market %u while that stood still", market);
    }
}

static bool is_new(struct truth *t, struct exec_id exec)
{
    for (uint32_t e = t->execution_count; e-- > 0;)
        if (exec_id_equal(t->executions[e], exec))
            return false;
    MUST(t->execution_count < SIM_EXECUTIONS);
    t->executions[t->execution_count++] = exec;
    return true;
}

void truth_report(struct sim *sim, const struct order_report *report)
{
    struct truth *t = &sim->truth;
    if (report->what != ORDER_SAID_FILL)
        return;
    struct truth_order *order = &t->orders[report->order_id % SIM_ORDERS];
    SIM_CHECK(sim, NO_ORDER_PAST_A_GATE, order->submitted,
              "order %llu filled, and no gate has seen it", (unsigned long long)report->order_id);
    for (int i = 0; i < report->fill_count; i++) {
        const struct report_fill *fill = &report->fills[i];
        if (!is_new(t, fill->exec))
            continue;
        const struct package_leg *leg = &order->terms->legs[fill->leg];
        uint32_t market = order->terms->underlying_index;
        int64_t quantity = leg->ratio > 0 ? fill->quantity : -fill->quantity;
        t->cash -= fill->price * quantity * package_leg_multiplier(leg);
        t->cash -= known(fill->costs.commission) + known(fill->costs.exchange) +
                   known(fill->costs.regulatory);
        *(leg->is_stock ? &t->shares : &position(sim, market, &leg->contract)->quantity) +=
            quantity;
        if (fill->leg == 0)
            order->packages += fill->quantity / llabs(leg->ratio);
        t->fills++;
        check_halt(sim, market, report->ts_ns);
    }
}

void truth_halt(struct sim *sim, uint32_t market, bool begins, int64_t ts_ns)
{
    struct truth *t = &sim->truth;
    if (begins) {
        MUST(t->halt_count < ARRAY_COUNT(t->halts));
        t->halts[t->halt_count++] = (struct truth_halt){ market, ts_ns, INT64_MAX };
    }
    for (uint32_t i = 0; !begins && i < t->halt_count; i++)
        if (t->halts[i].market == market && t->halts[i].to_ns == INT64_MAX)
            t->halts[i].to_ns = ts_ns;
}

/* ---- what happens to positions */

/* Cash, or shares against the strike: theirs and ours come from domain/life, which published cases
 * test. */
static void exercise(struct sim *sim, struct truth_position *p, int64_t contracts, int64_t price)
{
    struct exercise_flow flow;
    MUST(exercise_flow_of(&flow, &p->contract, &p->deliverable, contracts, price) == ERR_OK);
    sim->truth.cash += flow.cash;
    sim->truth.shares += flow.shares;
    p->quantity -= contracts;
}

/* What a contract brings its holder now, by what it delivers. */
static int64_t worth(const struct truth_position *p, int64_t price)
{
    if (p->contract.delivery == DELIVERY_CASH)
        return contract_intrinsic(&p->contract, price) * p->contract.multiplier;
    int64_t delivered = p->deliverable.shares * price + p->deliverable.cash;
    int64_t gain = delivered - contract_strike_micros(&p->contract) * p->contract.multiplier;
    return p->contract.right == OPTION_CALL ? gain : -gain;
}

void truth_settle(struct sim *sim, uint32_t market, int32_t expiry, int64_t price)
{
    struct truth *t = &sim->truth;
    for (uint32_t i = 0; i < t->position_count; i++) {
        struct truth_position *p = &t->positions[i];
        if (p->market != market || p->contract.expiry != expiry || !p->quantity)
            continue;
        if (worth(p, price) >= MICROS_PER_CENT * p->contract.multiplier)
            exercise(sim, p, p->quantity, price);
        p->quantity = 0;
    }
}

void truth_dividend(struct sim *sim, int64_t amount)
{
    sim->truth.cash += amount * sim->truth.shares;
}

void truth_split(struct sim *sim, int32_t to, int32_t from)
{
    struct truth *t = &sim->truth;
    size_t slots;
    const struct trade *trades = kernel_trades(desk_kernel(sim->desk), &slots);
    int64_t shares = 0;
    t->lot_count = 0;
    t->split_paid = 0;
    for (size_t i = 0; i < slots; i++) {
        for (int j = 0; trades[i].state != TRADE_FREE && j < trades[i].leg_count; j++) {
            const struct trade_leg *leg = &trades[i].legs[j];
            int64_t cash;
            if (!leg->is_stock || !leg->quantity)
                continue;
            shares += adjust_shares(leg->quantity, to, from, MICROS_PER_DOLLAR, &cash);
            MUST(t->lot_count < ARRAY_COUNT(t->lots));
            t->lots[t->lot_count++] = (struct truth_lot){ i, j, leg->quantity };
        }
    }
    int64_t whole = t->shares * to / from;
    SIM_CHECK(sim, POSITIONS_EQUAL_FILLS, llabs(whole - shares) <= (int64_t)slots,
              "%lld shares became %lld, not %lld", (long long)t->shares, (long long)shares,
              (long long)whole);
    t->shares = shares;
    for (uint32_t i = 0; i < t->position_count; i++) {
        struct truth_position *p = &t->positions[i];
        struct adjusted lot = { p->contract, p->deliverable, p->quantity };
        if (p->market != SIM_STOCK)
            continue;
        MUST(adjust_split(&lot, to, from) == ERR_OK);
        p->contract = lot.contract;
        p->deliverable = lot.deliverable;
        p->quantity = lot.quantity;
    }
}

/* Fractions are paid in cash, lot by lot, at the last price that the desk knows: not the same after
 * a crash. */
void truth_split_paid(struct sim *sim, int32_t to, int32_t from)
{
    struct truth *t = &sim->truth;
    size_t slots;
    const struct trade *trades = kernel_trades(desk_kernel(sim->desk), &slots);
    int64_t paid = 0;
    for (uint32_t i = 0; i < t->lot_count; i++) {
        const struct truth_lot *lot = &t->lots[i];
        int64_t cash;
        adjust_shares(lot->shares, to, from, trades[lot->trade].legs[lot->leg].mark, &cash);
        paid += cash;
    }
    t->cash += paid - t->split_paid;
    t->split_paid = paid;
}

void truth_assign(struct sim *sim, struct rng *rng, int32_t day, int64_t price)
{
    struct truth *t = &sim->truth;
    for (uint32_t i = 0; i < t->position_count; i++) {
        struct truth_position *p = &t->positions[i];
        bool can_be = p->market == SIM_STOCK && p->contract.expiry > day && p->quantity &&
                      worth(p, price) > 0;
        if (!can_be || rng_below(rng, 3))
            continue;
        int64_t contracts = 1 + (int64_t)rng_below(rng, (uint64_t)llabs(p->quantity));
        contracts = p->quantity > 0 ? contracts : -contracts;
        MUST(t->assignment_count < ARRAY_COUNT(t->assignments));
        t->assignments[t->assignment_count++] = (struct truth_assignment){
            .event = { .contract = p->contract, .quantity = contracts, .price = price }
        };
        exercise(sim, p, contracts, price);
        t->assigned += (uint64_t)llabs(contracts);
    }
}

/* ---- gates */

/* What a version of it can lose. */
static int64_t loss_of(struct sim *sim, const struct order_state *order,
                       const struct order_edit *edit)
{
    struct order_terms terms = order->terms;
    int64_t net = limits_net(sim, order, edit);
    terms.edit = *edit;
    return net == PRICE_NONE ? INT64_MAX : limits_worst_loss(&terms, net);
}

/* A replacement may lose what the order could that was signed, and no more. */
static void check_signature(struct sim *sim, const struct order_state *order,
                            const struct order_edit *edit, bool is_replaced)
{
    const struct order_terms *terms = &order->terms;
    struct truth_order *known_order = &sim->truth.orders[order->id];
    bool reduces = terms->flags & ORDER_REDUCES, is_manual = terms->host >= sim->strategy_count;
    if (reduces || !is_manual || !limits_one_expiry(terms))
        return;
    int64_t loss = loss_of(sim, order, edit);
    /* A crash may have hidden how it left: then what works now is what was signed. */
    if (sim->seen.is_approved[order->id] && (!is_replaced || !known_order->signed_loss))
        known_order->signed_loss = loss_of(sim, order, &terms->edit);
    SIM_CHECK(sim, NO_ORDER_PAST_A_GATE,
              loss <= sim->sign_above || loss <= known_order->signed_loss,
              "order %llu %s unsigned; it can lose %lld micros, and %lld need a signature",
              (unsigned long long)order->id, is_replaced ? "was changed" : "left", (long long)loss,
              (long long)sim->sign_above);
}

/* A strategy whose file bounds its loss opens nothing that can lose more, least of all without end.
 */
static void check_bound(struct sim *sim, const struct order_state *order)
{
    const struct order_terms *terms = &order->terms;
    double most = sim->strategies[terms->host].max_loss_dollars;
    int64_t net =
        terms->edit.net_price != PRICE_NONE ? terms->edit.net_price : package_net_far(terms);
    if (isnan(most) || net == PRICE_NONE || !limits_one_expiry(terms))
        return;
    int64_t loss = limits_worst_loss(terms, net), step = limits_step(terms);
    SIM_CHECK(sim, NOTHING_NAKED, loss != INT64_MAX,
              "order %llu of a strategy with a bound can lose without one",
              (unsigned long long)order->id);
    SIM_CHECK(sim, NOTHING_NAKED, (double)(loss - step) <= most * 1e6 + 1,
              "order %llu can lose %lld micros, its strategy allows %.0f dollars",
              (unsigned long long)order->id, (long long)loss, most);
}

void truth_keep_terms(struct sim *sim, const struct order_state *order)
{
    struct order_terms *terms = arena_new(&sim->arena, struct order_terms);
    *terms = order->terms;
    sim->truth.orders[order->id].terms = terms;
}

void truth_submit(struct sim *sim, const struct order_state *order)
{
    struct truth *t = &sim->truth;
    enum risk_state state = sim->seen.state;
    MUST(order->id < SIM_ORDERS);
    struct truth_order *known_order = &t->orders[order->id];
    t->order_high = order->id > t->order_high ? order->id : t->order_high;
    SIM_CHECK(sim, NO_ORDER_PAST_A_GATE, !known_order->submitted, "order %llu left twice",
              (unsigned long long)order->id);
    known_order->submitted = true;
    truth_keep_terms(sim, order);
    t->submits++;
    const struct order_terms *terms = &order->terms;
    SIM_CHECK(sim, EXITS_FOLLOW_FILLS,
              !terms->links.parent ||
                  order->edit.quantity <= t->orders[terms->links.parent].packages,
              "order %llu leaves for %lld packages, order %llu has filled %lld",
              (unsigned long long)order->id, (long long)order->edit.quantity,
              (unsigned long long)terms->links.parent,
              (long long)t->orders[terms->links.parent].packages);
    t->exits += terms->links.parent != 0;
    bool reduces = terms->flags & ORDER_REDUCES, is_strategy = terms->host < sim->strategy_count;
    SIM_CHECK(sim, HALT_HOLDS, state == RISK_NORMAL || reduces,
              "order %llu opens while trading is %s", (unsigned long long)order->id,
              risk_state_name(state));
    SIM_CHECK(sim, NOTHING_OPENS_ON_DOUBTED_QUOTES,
              reduces || !sim->seen.is_doubted[terms->underlying_index],
              "order %llu opens while quotes of %s are in doubt", (unsigned long long)order->id,
              terms->underlying);
    for (int i = 0; i < terms->leg_count && !reduces; i++)
        SIM_CHECK(sim, NOTHING_ADJUSTED_IS_OPENED,
                  terms->legs[i].is_stock || terms->legs[i].effect == LEG_CLOSE ||
                      !contract_is_adjusted(&terms->legs[i].contract),
                  "order %llu opens %s", (unsigned long long)order->id,
                  terms->legs[i].contract.root);
    bool is_stopped = state == RISK_HALTED || state == RISK_KILLED;
    SIM_CHECK(sim, HALT_HOLDS, !is_stopped || !is_strategy || terms->purpose == PURPOSE_MANUAL,
              "order %llu of a strategy while trading is %s", (unsigned long long)order->id,
              risk_state_name(state));
    if (is_strategy && !reduces && terms->purpose == PURPOSE_OPEN) {
        int most = sim->strategies[terms->host].max_contracts;
        for (int i = 0; i < terms->leg_count; i++)
            SIM_CHECK(sim, LIMITS_NEVER_PASSED,
                      terms->legs[i].is_stock || !most ||
                          llabs(terms->legs[i].ratio) * terms->edit.quantity <= most,
                      "order %llu has %lld contracts in a leg, at most %d are allowed",
                      (unsigned long long)order->id,
                      (long long)(llabs(terms->legs[i].ratio) * terms->edit.quantity), most);
        check_bound(sim, order);
    }
    check_signature(sim, order, &order->edit, false);
}

void truth_replace(struct sim *sim, const struct order_state *order)
{
    check_signature(sim, order, &order->asked, true);
}

void truth_order_shown(struct sim *sim, const struct effect *effect)
{
    const struct order_state *order = effect->of.order.state;
    MUST(order->id < SIM_ORDERS);
    struct truth_order *t = &sim->truth.orders[order->id];
    sim->truth.order_high = order->id > sim->truth.order_high ? order->id : sim->truth.order_high;
    bool was_done = t->known && order_status_is_done(t->last);
    SIM_CHECK(sim, AN_END_IS_AN_END, !was_done || order_status_is_done(effect->of.order.to),
              "order %llu was %s and is %s", (unsigned long long)order->id,
              order_status_name(t->last), order_status_name(effect->of.order.to));
    SIM_CHECK(sim, NO_FILL_LOST_OR_DOUBLED,
              !(effect->of.order.alarms & (ORDER_ALARM_OVERFILL | ORDER_ALARM_CONFLICT)),
              "order %llu raised alarms %x", (unsigned long long)order->id,
              effect->of.order.alarms);
    t->known = true;
    t->last = effect->of.order.to;
}

/* ---- agreement */

/* Whatever trades hold is what the exchange knows of: nothing is held by us alone. */
static void check_strangers(struct sim *sim, const char *when)
{
    size_t slots;
    const struct trade *trades = kernel_trades(desk_kernel(sim->desk), &slots);
    for (size_t i = 0; i < slots; i++) {
        for (int j = 0; trades[i].state != TRADE_FREE && j < trades[i].leg_count; j++) {
            const struct trade_leg *leg = &trades[i].legs[j];
            bool is_known = leg->is_stock || !leg->quantity;
            for (uint32_t p = 0; p < sim->truth.position_count && !is_known; p++)
                is_known = contract_compare(&sim->truth.positions[p].contract, &leg->contract) == 0;
            SIM_CHECK(sim, POSITIONS_EQUAL_FILLS, is_known,
                      "%s: trade %llu holds %lld of %s %d %g%c, which never traded", when,
                      (unsigned long long)trades[i].id, (long long)leg->quantity,
                      leg->contract.root, leg->contract.expiry, leg->contract.strike_mills / 1000.0,
                      leg->contract.right);
        }
    }
}

void truth_agree(struct sim *sim, const char *when)
{
    struct truth *t = &sim->truth;
    struct kernel *kernel = desk_kernel(sim->desk);
    for (uint64_t id = 1; id <= t->order_high; id++) {
        const struct order_state *order = order_set_find(kernel_orders(kernel), id);
        if (order && t->orders[id].submitted)
            SIM_CHECK(sim, NO_FILL_LOST_OR_DOUBLED, order->filled == t->orders[id].packages,
                      "%s: order %llu has %lld packages filled, the exchange filled %lld", when,
                      (unsigned long long)id, (long long)order->filled,
                      (long long)t->orders[id].packages);
    }
    for (uint32_t i = 0; i < t->position_count; i++) {
        const struct contract *c = &t->positions[i].contract;
        int64_t quantity = limits_held(sim, c, NULL);
        SIM_CHECK(sim, POSITIONS_EQUAL_FILLS, quantity == t->positions[i].quantity,
                  "%s: %lld of %s %d %g%c are held, the exchange says %lld", when,
                  (long long)quantity, c->root, c->expiry, c->strike_mills / 1000.0, c->right,
                  (long long)t->positions[i].quantity);
    }
    int64_t shares = limits_held(sim, NULL, NULL);
    SIM_CHECK(sim, POSITIONS_EQUAL_FILLS, shares == t->shares,
              "%s: %lld shares are held, the exchange says %lld", when, (long long)shares,
              (long long)t->shares);
    check_strangers(sim, when);
    limits_margin_agrees(sim, when);
    struct account account;
    kernel_account(kernel, &account);
    SIM_CHECK(sim, CASH_EQUALS_THE_SUM_OF_FILLS, account.cash == t->cash + account.interest,
              "%s: cash is %lld micros, fills, costs and settlements make %lld, interest %lld",
              when, (long long)account.cash, (long long)t->cash, (long long)account.interest);
}

/* When everything has been told, and what was asked for answered: no exit stands for more than its
 * trade holds. */
void truth_exits(struct sim *sim, const char *when)
{
    const struct kernel *kernel = desk_kernel(sim->desk);
    const struct order_set *set = kernel_orders(kernel);
    size_t slots;
    const struct trade *trades = kernel_trades(kernel, &slots);
    for (const struct order_state *o = order_set_first_open(set); o; o = order_set_next(set, o)) {
        if (!o->terms.links.parent || !order_status_is_sent(o->phase) || o->cancel_asked ||
            o->replace_asked || o->phase == ORDER_UNKNOWN)
            continue;
        for (int i = 0; i < o->terms.leg_count; i++) {
            const struct package_leg *leg = &o->terms.legs[i];
            int64_t held = 0, closes = -leg->ratio * order_state_remaining(o);
            for (size_t t = 0; t < slots; t++)
                for (int j = 0; trades[t].state != TRADE_FREE &&
                                trades[t].id == o->terms.trade_id && j < trades[t].leg_count;
                     j++) {
                    const struct trade_leg *own = &trades[t].legs[j];
                    bool same =
                        leg->is_stock == own->is_stock &&
                        (leg->is_stock || contract_compare(&leg->contract, &own->contract) == 0);
                    held += same ? own->quantity : 0;
                }
            SIM_CHECK(
                sim, EXITS_FOLLOW_FILLS, closes > 0 ? held >= closes : held <= closes,
                "%s: order %llu, an exit, closes %lld of a leg of which trade %llu holds %lld",
                when, (unsigned long long)o->id, (long long)closes,
                (unsigned long long)o->terms.trade_id, (long long)held);
        }
    }
}

void truth_all_over(struct sim *sim)
{
    const struct truth *t = &sim->truth;
    const struct order_set *set = kernel_orders(desk_kernel(sim->desk));
    SIM_CHECK(sim, HALT_HOLDS, !order_set_open_count(set),
              "%u orders are open after a kill and an answer to each cancel",
              order_set_open_count(set));
    for (uint64_t id = 1; id <= t->order_high; id++) {
        const struct order_state *order = order_set_find(set, id);
        SIM_CHECK(sim, EVERY_ORDER_ENDS,
                  !order || (order_status_is_done(order->phase) && order_state_is_settled(order)),
                  "order %llu is %s", (unsigned long long)id,
                  order ? order_status_name(order->phase) : "");
    }
    uint64_t id;
    int64_t filled;
    for (uint32_t place = 0; place < SIM_SENT; place++)
        SIM_CHECK(sim, EVERY_ORDER_ENDS, !exchange_open_order(sim->exchange, place, &id, &filled),
                  "order %llu still works at the exchange", (unsigned long long)id);
}
