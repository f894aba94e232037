/*
 * What trades hold, what it is worth, and what fills do to it.
 *
 * Cash moves in exactly three places: an answer that fills an order, a settlement, a dividend. Each
 * moves the account's cash and the trade's flows by the same amount: trade_pay(). What an account has won
 * is at each instant what its trades have won, added.
 */
#include "kernel/kernel_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"

int64_t leg_multiplier(const struct trade_leg *leg)
{
    return leg->is_stock ? 1 : leg->contract.multiplier;
}

static int64_t option_mid(const struct book *book, uint32_t id)
{
    uint32_t row = book->row_of[id];
    int side = book_side(&book->contracts[id]);
    return quote_mid(book->bid[side][row], book->ask[side][row]);
}

/* A quote that makes a leg worth a hundred billion dollars is an error of the source. */
static bool is_believable(const struct trade_leg *leg, int64_t quote)
{
    double worth = (double)quote * (double)leg->quantity * (double)leg_multiplier(leg);
    return quote != PRICE_NONE && worth <= 1e17 && worth >= -1e17;
}

/* Stock is worth its last price: that is what statements and settlements use. */
static int64_t leg_quote(const struct book *book, const struct trade_leg *leg)
{
    int64_t quote = book->underlying;
    if (!leg->is_stock)
        quote = leg->id == OPTION_NONE ? PRICE_NONE : option_mid(book, leg->id);
    return is_believable(leg, quote) ? quote : PRICE_NONE;
}

static void set_value(struct kernel *k, struct trade *trade, int64_t value)
{
    k->value = money_add(k->value, value - trade->value);
    trade->value = value;
}

void trade_revalue(struct kernel *k, struct trade *trade)
{
    int64_t value = 0;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        if (leg->quantity && leg->mark != PRICE_NONE)
            value += money_mul(leg->mark, leg->quantity * leg_multiplier(leg));
    }
    set_value(k, trade, value);
}

static void track_best(struct trade *trade)
{
    int64_t pnl = trade_pnl(trade);
    trade->best = pnl > trade->best ? pnl : trade->best;
    trade->worst = pnl < trade->worst ? pnl : trade->worst;
}

void ledger_mark(struct kernel *k, struct market *market)
{
    for (uint32_t i = 0; i < k->trade_high; i++) {
        struct trade *trade = &k->trades[i];
        if (trade->state == TRADE_FREE || trade_market(k, trade) != market)
            continue;
        for (int j = 0; j < trade->leg_count; j++) {
            struct trade_leg *leg = &trade->legs[j];
            int64_t quote = leg->quantity ? leg_quote(&market->book, leg) : PRICE_NONE;
            if (quote != PRICE_NONE) {
                leg->mark = quote;
                leg->mark_ns = k->now_ns;
            }
        }
        trade_revalue(k, trade);
        if (trade->state == TRADE_OPEN)
            track_best(trade);
    }
}

void ledger_quote(struct kernel *k, struct market *market, uint32_t id)
{
    bool is_stock = id == OPTION_NONE;
    uint32_t at = is_stock ? market->stock_holders : market->holders[id];
    if (at == NONE)
        return;
    int64_t quote = is_stock ? market->book.underlying : option_mid(&market->book, id);
    for (; at != NONE && quote != PRICE_NONE; at = k->holdings[at].next) {
        struct trade *trade = &k->trades[k->holdings[at].trade];
        struct trade_leg *leg = &trade->legs[k->holdings[at].leg];
        if (!is_believable(leg, quote))
            continue;
        int64_t before = leg->mark == PRICE_NONE ? 0 : leg->mark;
        int64_t change = money_mul(quote - before, leg->quantity * leg_multiplier(leg));
        leg->mark = quote;
        leg->mark_ns = k->now_ns;
        trade->value += change;
        k->value += change;
        if (trade->state != TRADE_OPEN)
            continue;
        track_best(trade);
        int64_t pnl = trade_pnl(trade);
        /* The same trade may hold a contract in two legs: it is looked at twice, and acts once. */
        if ((pnl <= trade->look_low || pnl >= trade->look_high) && !trade->working &&
            k->wanted_count < k->config.limits.trades)
            k->wanted[k->wanted_count++] = trade_slot(k, trade);
    }
}

int64_t ledger_equity(const struct kernel *k)
{
    return money_add(k->cash, k->value);
}

int32_t trade_dte(const struct kernel *k, const struct trade *trade)
{
    int32_t nearest = -1, day = trade_market(k, trade)->book.day;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        if (leg->is_stock || !leg->entry_quantity)
            continue;
        /* Legs that settled count too: what was to leave before them must still leave. */
        int32_t dte = date_diff(leg->contract.expiry, day);
        if (nearest < 0 || dte < nearest)
            nearest = dte > 0 ? dte : 0;
    }
    return nearest;
}

size_t trade_payoff_legs(const struct trade *trade, struct payoff_leg *legs)
{
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        legs[i] = (struct payoff_leg){ .kind = leg->is_stock                         ? LEG_STOCK
                                               : leg->contract.right == OPTION_CALL ? LEG_CALL
                                                                                    : LEG_PUT,
                                       .quantity = leg->quantity,
                                       .multiplier = (int32_t)leg_multiplier(leg),
                                       .strike_mills = leg->contract.strike_mills,
                                       .expiry = leg->contract.expiry };
    }
    return (size_t)trade->leg_count;
}

/* ---- moving cash --------------------------------------------------------------------------- */

void trade_pay(struct kernel *k, struct trade *trade, int64_t micros)
{
    k->cash = money_add(k->cash, micros);
    trade->flows = money_add(trade->flows, micros);
}

static void charge(struct kernel *k, struct trade *trade, int64_t micros)
{
    k->cash = money_sub(k->cash, micros);
    trade->costs = money_add(trade->costs, micros);
}

static void trade_stamp_exit(const struct kernel *k, struct trade *trade, int64_t underlying)
{
    trade->closed_ns = k->now_ns;
    trade->underlying_exit = underlying;
}

/* An entry is over when none of the trades that go back to it is left: until then a partly rolled one
 * counts once toward max_open. */
static void entry_over(struct kernel *k, struct trade *trade)
{
    struct host *host = trade_host(k, trade);
    if (trade->structure < 0)
        return;
    for (uint32_t i = host->first_trade; i != NONE; i = k->trade_next[i]) {
        const struct trade *other = &k->trades[i];
        if (other != trade && other->root == trade->root && other->state != TRADE_REMNANT)
            return;
    }
    struct structure_state *state = &host->structures[trade->structure];
    state->open--;
    state->closed_day = host_market(k, host)->book.day;
}

void trade_end(struct kernel *k, struct trade *trade, int64_t underlying)
{
    if (trade->state != TRADE_REMNANT) { /* else this was done when the rest was closed */
        entry_over(k, trade);
        trade_stamp_exit(k, trade, underlying);
    }
    set_value(k, trade, 0);
    effect_add(k, EFFECT_CLOSED)->of.trade = trade;
    trade_slot_give(k, trade_slot(k, trade));
}

bool trade_is_empty(const struct trade *trade)
{
    for (int i = 0; i < trade->leg_count; i++)
        if (trade->legs[i].quantity)
            return false;
    return true;
}

bool trade_has_options(const struct trade *trade)
{
    for (int i = 0; i < trade->leg_count; i++)
        if (!trade->legs[i].is_stock && trade->legs[i].quantity)
            return true;
    return false;
}

struct trade_leg *trade_find_stock(struct trade *trade)
{
    for (int i = 0; i < trade->leg_count; i++)
        if (trade->legs[i].is_stock)
            return &trade->legs[i];
    return NULL;
}

struct trade_leg *trade_stock(struct trade *trade)
{
    struct trade_leg *found = trade_find_stock(trade);
    if (found || trade->leg_count == TRADE_LEGS_MAX)
        return found;
    struct trade_leg *leg = &trade->legs[trade->leg_count++];
    *leg = (struct trade_leg){ .is_stock = true,
                               .spec = -1,
                               .id = OPTION_NONE,
                               .entry_bid = PRICE_NONE,
                               .entry_ask = PRICE_NONE,
                               .entry_iv = NAN,
                               .entry_delta = 1.0,
                               .exit_price = PRICE_NONE,
                               .mark = PRICE_NONE };
    return leg;
}

/* ---- answers --------------------------------------------------------------------------------- */

static int64_t order_contracts(const struct order *order, int from, int to)
{
    int64_t contracts = 0;
    for (int i = from; i < to; i++)
        contracts += order->legs[i].is_stock ? 1 : llabs(order->legs[i].ratio);
    return contracts;
}

/* What crossing the spread cost on one leg: against its mid at the decision. */
static int64_t leg_spread_cost(const struct order_leg *leg, int64_t price, int64_t quantity)
{
    int64_t mid = quote_mid(leg->bid, leg->ask);
    int64_t multiplier = leg->is_stock ? 1 : leg->contract.multiplier;
    return mid == PRICE_NONE ? 0 : money_mul(price - mid, quantity * multiplier);
}

/* Apply one filled leg: quantity is signed, + bought. Returns the cash received. */
static void leg_fill(struct kernel *k, struct trade *trade, struct trade_leg *leg,
                     const struct order_leg *order_leg, int64_t price, int64_t quantity)
{
    trade_pay(k, trade, -money_mul(price, quantity * leg_multiplier(leg)));
    trade->spread_cost += leg_spread_cost(order_leg, price, quantity);
    bool opens = leg->quantity == 0 || (leg->quantity > 0) == (quantity > 0);
    if (opens && leg->entry_quantity == 0) {
        leg->entry_price = price;
        leg->entry_bid = order_leg->bid;
        leg->entry_ask = order_leg->ask;
        leg->entry_quantity = quantity;
    } else if (!opens) {
        leg->exit_price = price;
    }
    leg->quantity += quantity;
    int64_t mid = leg_quote(&trade_market(k, trade)->book, leg);
    leg->mark = mid != PRICE_NONE ? mid : leg->mark == PRICE_NONE ? price : leg->mark;
    leg->mark_ns = k->now_ns;
    holding_update(k, trade, (int)(leg - trade->legs));
}

static struct trade_leg *add_leg(struct kernel *k, struct trade *trade, int8_t spec, bool is_stock,
                                 const struct contract *contract)
{
    MUST(trade->leg_count < TRADE_LEGS_MAX);
    struct book *book = &trade_market(k, trade)->book;
    struct trade_leg *leg = &trade->legs[trade->leg_count++];
    *leg = (struct trade_leg){ .is_stock = is_stock,
                               .spec = spec,
                               .id = OPTION_NONE,
                               .entry_iv = NAN,
                               .entry_delta = is_stock ? 1.0 : NAN,
                               .exit_price = PRICE_NONE,
                               .mark = PRICE_NONE };
    if (!is_stock) {
        leg->contract = *contract;
        leg->id = book_find(book, contract);
        struct option_greeks g = book_option_greeks(book, leg->id);
        leg->entry_iv = g.iv;
        leg->entry_delta = g.delta;
    }
    return leg;
}

static void fill_open(struct kernel *k, struct trade *trade, struct working_order *working,
                      const struct event_answer *answer, int from)
{
    const struct order *order = &working->order;
    int64_t before = trade->flows;
    for (int i = from; i < order->leg_count; i++) {
        const struct order_leg *ol = &order->legs[i];
        struct trade_leg *leg = add_leg(k, trade, working->leg_of[i], ol->is_stock, &ol->contract);
        leg_fill(k, trade, leg, ol, answer->legs[i].price, ol->ratio * answer->units);
    }
    trade->entry_cash += trade->flows - before;
    trade->units = answer->units > trade->units ? answer->units : trade->units;
    trade_revalue(k, trade);
}

/* Legs that a roll leaves as they are go to the new trade at their mark: no cash moves, nothing is paid for
 * them, and what they won until now stays with the old trade. */
static void move_legs(struct kernel *k, struct trade *trade, struct trade *next,
                      const struct working_order *working, int64_t units)
{
    const struct structure *s = trade_structure(k, next);
    for (int i = 0; i < working->moved_count; i++) {
        struct trade_leg *from = &trade->legs[working->moved_from[i]];
        const struct leg_spec *spec = &s->legs[working->moved_to[i]];
        int64_t quantity = (int64_t)spec->side * spec->ratio * units;
        int64_t worth = money_mul(from->mark, quantity * leg_multiplier(from));
        MUST(from->mark != PRICE_NONE);
        trade->flows = money_add(trade->flows, worth);
        from->quantity -= quantity;
        from->exit_price = from->mark;
        holding_update(k, trade, working->moved_from[i]);
        struct trade_leg *to = add_leg(k, next, working->moved_to[i], from->is_stock, &from->contract);
        next->flows = money_sub(next->flows, worth);
        next->entry_cash = money_sub(next->entry_cash, worth);
        to->quantity = to->entry_quantity = quantity;
        to->entry_price = to->mark = from->mark;
        to->entry_bid = to->entry_ask = PRICE_NONE;
        to->mark_ns = from->mark_ns;
        holding_update(k, next, next->leg_count - 1);
    }
}

static void trade_opened(struct kernel *k, struct trade *trade)
{
    trade->state = TRADE_OPEN;
    trade->opened_ns = k->now_ns;
    struct payoff_leg legs[TRADE_LEGS_MAX + 1];
    size_t count = trade_payoff_legs(trade, legs);
    int64_t cash = trade->entry_cash;
    const struct structure *s = trade_structure(k, trade);
    int64_t underlying = trade_market(k, trade)->book.underlying;
    if (s->size.rule == SIZE_SHARES && underlying != PRICE_NONE) {
        /* Calls written on shares that the strategy holds are covered by them. */
        int64_t shares = 0;
        for (size_t i = 0; i < count; i++)
            if (legs[i].kind == LEG_CALL && legs[i].quantity < 0)
                shares -= legs[i].quantity * legs[i].multiplier;
        legs[count++] = (struct payoff_leg){ .kind = LEG_STOCK, .quantity = shares, .multiplier = 1 };
        cash = money_sub(cash, money_mul(underlying, shares));
    }
    trade->max_loss = payoff_max_loss(legs, count, cash);
    if (trade->max_loss == INT64_MAX)
        note(k, NOTE_UNBOUNDED, "structure %s: the worst loss is unbounded, and no margin is modelled yet",
             s->name);
    trade_revalue(k, trade);
    trade->best = trade->worst = trade_pnl(trade);
    trade_bounds(k, trade);
}

static void after_open(struct kernel *k, struct trade *trade)
{
    if (trade->working)
        return; /* more legs to come */
    struct structure_state *state = &trade_host(k, trade)->structures[trade->structure];
    const struct structure *s = trade_structure(k, trade);
    if (trade->leg_count == 0) {
        trade_slot_give(k, trade_slot(k, trade));
        state->open--;
        state->slot_key = SLOT_UNUSED; /* nothing was filled: the slot is tried again while it lasts */
        return;
    }
    if (trade->leg_count < s->leg_count)
        note(k, NOTE_LEGGED, "structure %s: only %d of %d legs were filled", s->name, trade->leg_count,
             s->leg_count);
    trade_opened(k, trade);
}

/* Legs of the order that reduce an existing trade: [0, to). */
static void fill_close(struct kernel *k, struct trade *trade, struct working_order *working,
                       const struct event_answer *answer, int to)
{
    for (int i = 0; i < to; i++) {
        const struct order_leg *ol = &working->order.legs[i];
        struct trade_leg *leg = working->leg_of[i] >= 0 ? &trade->legs[working->leg_of[i]] : trade_stock(trade);
        MUST(leg != NULL);
        leg_fill(k, trade, leg, ol, answer->legs[i].price, ol->ratio * answer->units);
    }
    trade_revalue(k, trade);
    trade_bounds(k, trade);
}

static bool only_unwanted_longs(const struct trade *trade)
{
    for (int i = 0; i < trade->leg_count; i++)
        if (trade->legs[i].quantity < 0 || (trade->legs[i].is_stock && trade->legs[i].quantity))
            return false;
    return true;
}

static void after_close(struct kernel *k, struct trade *trade, const struct event_answer *answer)
{
    int64_t underlying = trade_market(k, trade)->book.underlying;
    if (trade_is_empty(trade)) {
        trade_end(k, trade, underlying);
    } else if (answer->status == ANSWER_FILLED && only_unwanted_longs(trade)) {
        /* The close was whole; what is left are longs without a bid. */
        entry_over(k, trade);
        trade->state = TRADE_REMNANT;
        trade_stamp_exit(k, trade, underlying);
    } else if (answer->status != ANSWER_FILLED) {
        trade->reason = CLOSE_NONE; /* asked again at the next look */
    }
}

static int close_legs(const struct working_order *working)
{
    int count = 0;
    while (count < working->order.leg_count && working->leg_of[count] < ROLL_LEG)
        count++;
    return count;
}

static void fill_roll(struct kernel *k, struct trade *trade, struct working_order *working,
                      const struct event_answer *answer)
{
    const struct order *order = &working->order;
    int split = close_legs(working);
    for (int i = split; i < order->leg_count; i++)
        working->leg_of[i] = (int8_t)(working->leg_of[i] - ROLL_LEG);
    struct trade *next = &k->trades[working->roll_to];
    int64_t total = answer->commission + answer->exchange_fees + answer->regulatory_fees;
    int64_t contracts = order_contracts(order, 0, order->leg_count);
    MUST(contracts > 0);
    int64_t share = total * order_contracts(order, 0, split) / contracts;
    charge(k, trade, share);
    charge(k, next, total - share);
    fill_close(k, trade, working, answer, split);
    fill_open(k, next, working, answer, split);
    move_legs(k, trade, next, working, answer->units);
    trade_revalue(k, trade);
    next->units = answer->units;
    next->rolls = trade->rolls + 1;
    next->root = trade->root;
    trade_opened(k, next);
    trade->reason = CLOSE_ROLLED;
    after_close(k, trade, answer);
}

static void on_rejected(struct kernel *k, struct trade *trade, struct working_order *working,
                        const struct event_answer *answer)
{
    note(k, NOTE_REJECTED, "the venue did not fill: %s", answer->reason);
    switch (working->order.purpose) {
    case PURPOSE_OPEN:
        after_open(k, trade);
        break;
    case PURPOSE_ROLL:
        trade_slot_give(k, working->roll_to);
        break;
    case PURPOSE_CLOSE:
        trade->reason = CLOSE_NONE;
        break;
    case PURPOSE_HEDGE:
    case PURPOSE_STOCK:
        break;
    }
}

static void on_filled(struct kernel *k, struct trade *trade, struct working_order *working,
                      const struct event_answer *answer)
{
    const struct order *order = &working->order;
    if (answer->status == ANSWER_PARTLY)
        note(k, NOTE_PARTLY, "partly filled: %s", answer->reason);
    if (order->purpose == PURPOSE_ROLL) {
        fill_roll(k, trade, working, answer);
        return;
    }
    charge(k, trade, answer->commission + answer->exchange_fees + answer->regulatory_fees);
    if (order->purpose == PURPOSE_OPEN) {
        fill_open(k, trade, working, answer, 0);
        after_open(k, trade);
        return;
    }
    fill_close(k, trade, working, answer, order->leg_count);
    if (order->purpose == PURPOSE_CLOSE)
        after_close(k, trade, answer);
    else if (order->purpose == PURPOSE_STOCK && trade_is_empty(trade))
        trade_end(k, trade, trade_market(k, trade)->book.underlying); /* longs that are left are a position, as a calendar's far leg: it goes on */
}

void ledger_answer(struct kernel *k, const struct event_answer *answer)
{
    struct working_order *working = NULL;
    for (uint32_t i = 0; i < k->order_high && !working; i++)
        if (k->orders[i].in_use && k->orders[i].order.id == answer->order_id)
            working = &k->orders[i];
    if (!working)
        return; /* answered before: a doubled answer changes nothing */
    struct effect *effect = effect_add(k, EFFECT_ORDER);
    effect->of.order.order = &working->order;
    effect->of.order.answer = answer;
    struct trade *trade = &k->trades[working->trade];
    trade->working--;
    if (answer->status == ANSWER_REJECTED)
        on_rejected(k, trade, working, answer);
    else
        on_filled(k, trade, working, answer);
    order_done(k, working);
}
