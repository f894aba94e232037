/*
 * What trades hold, what it is worth, and what fills and settlements do to it.
 *
 * Cash moves in exactly three places: an answer that fills an order, a settlement, a dividend. Each
 * moves the account's cash and the trade's flows by the same amount.
 */
#include "kernel/kernel_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"

uint32_t trade_slot_take(struct kernel *k)
{
    for (uint32_t i = 0; i < k->config.limits.trades; i++) {
        if (k->trades[i].state != TRADE_FREE)
            continue;
        k->trades[i] = (struct trade){ .id = ++k->next_trade_id,
                                       .state = TRADE_OPENING,
                                       .underlying_entry = k->book.underlying,
                                       .underlying_exit = PRICE_NONE };
        if (i >= k->trade_high)
            k->trade_high = i + 1;
        return i;
    }
    return UINT32_MAX;
}

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

/* Stock is worth its last price: that is what statements and settlements use. A quote that makes a leg
 * worth a hundred billion dollars is an error of the source. */
static int64_t leg_quote(const struct kernel *k, const struct trade_leg *leg)
{
    int64_t quote = k->book.underlying;
    if (!leg->is_stock)
        quote = leg->id == OPTION_NONE ? PRICE_NONE : option_mid(&k->book, leg->id);
    double worth = (double)quote * (double)leg->quantity * (double)leg_multiplier(leg);
    return quote == PRICE_NONE || fabs(worth) > 1e17 ? PRICE_NONE : quote;
}

static void trade_revalue(struct trade *trade)
{
    trade->value = 0;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        if (leg->quantity && leg->mark != PRICE_NONE)
            trade->value += money_mul(leg->mark, leg->quantity * leg_multiplier(leg));
    }
}

void ledger_mark(struct kernel *k)
{
    if (k->book.underlying != PRICE_NONE)
        k->shares_mark = k->book.underlying;
    for (uint32_t i = 0; i < k->trade_high; i++) {
        struct trade *trade = &k->trades[i];
        if (trade->state == TRADE_FREE)
            continue;
        for (int j = 0; j < trade->leg_count; j++) {
            struct trade_leg *leg = &trade->legs[j];
            int64_t quote = leg->quantity ? leg_quote(k, leg) : PRICE_NONE;
            if (quote != PRICE_NONE) {
                leg->mark = quote;
                leg->mark_ns = k->now_ns;
            }
        }
        trade_revalue(trade);
        int64_t pnl = trade_pnl(trade);
        if (trade->state == TRADE_OPEN) {
            trade->best = pnl > trade->best ? pnl : trade->best;
            trade->worst = pnl < trade->worst ? pnl : trade->worst;
        }
    }
}

int64_t ledger_equity(const struct kernel *k)
{
    int64_t equity = k->cash;
    for (uint32_t i = 0; i < k->trade_high; i++)
        if (k->trades[i].state != TRADE_FREE)
            equity = money_add(equity, k->trades[i].value);
    return k->shares ? money_add(equity, money_mul(k->shares_mark, k->shares)) : equity;
}

void ledger_relist(struct kernel *k)
{
    for (uint32_t i = 0; i < k->trade_high; i++) {
        struct trade *trade = &k->trades[i];
        for (int j = 0; trade->state != TRADE_FREE && j < trade->leg_count; j++)
            if (!trade->legs[j].is_stock)
                trade->legs[j].id = book_find(&k->book, &trade->legs[j].contract);
    }
}

int32_t trade_dte(const struct kernel *k, const struct trade *trade)
{
    int32_t nearest = -1;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        if (leg->is_stock || !leg->entry_quantity)
            continue;
        /* Legs that settled count too: what was to leave before them must still leave. */
        int32_t dte = date_diff(leg->contract.expiry, k->book.day);
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

static void pay(struct kernel *k, struct trade *trade, int64_t micros)
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

static void trade_end(struct kernel *k, struct trade *trade, int64_t underlying)
{
    struct structure_state *state = &k->structures[trade->structure];
    if (trade->state != TRADE_REMNANT) { /* else this was done when the rest was closed */
        state->open--;
        state->closed_day = k->book.day;
        trade_stamp_exit(k, trade, underlying);
    }
    trade->value = 0;
    effect_add(k, EFFECT_CLOSED)->of.trade = *trade;
    trade->state = TRADE_FREE;
}

static bool is_empty(const struct trade *trade)
{
    for (int i = 0; i < trade->leg_count; i++)
        if (trade->legs[i].quantity)
            return false;
    return true;
}

static struct trade_leg *find_stock(struct trade *trade)
{
    for (int i = 0; i < trade->leg_count; i++)
        if (trade->legs[i].is_stock)
            return &trade->legs[i];
    return NULL;
}

/* The trade's stock, added when it has none yet; NULL when it has no room. */
static struct trade_leg *stock_leg(struct trade *trade)
{
    struct trade_leg *found = find_stock(trade);
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
    pay(k, trade, -money_mul(price, quantity * leg_multiplier(leg)));
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
    int64_t mid = leg_quote(k, leg);
    leg->mark = mid != PRICE_NONE ? mid : leg->mark == PRICE_NONE ? price : leg->mark;
    leg->mark_ns = k->now_ns;
}

static void fill_open(struct kernel *k, struct trade *trade, struct working_order *working,
                      const struct event_answer *answer, int from)
{
    const struct order *order = &working->order;
    int64_t before = trade->flows;
    for (int i = from; i < order->leg_count; i++) {
        const struct order_leg *ol = &order->legs[i];
        MUST(trade->leg_count < TRADE_LEGS_MAX);
        struct trade_leg *leg = &trade->legs[trade->leg_count++];
        *leg = (struct trade_leg){ .is_stock = ol->is_stock,
                                   .spec = working->leg_of[i],
                                   .contract = ol->contract,
                                   .id = OPTION_NONE,
                                   .entry_iv = NAN,
                                   .entry_delta = ol->is_stock ? 1.0 : NAN,
                                   .exit_price = PRICE_NONE,
                                   .mark = PRICE_NONE };
        if (!ol->is_stock) {
            leg->id = book_find(&k->book, &ol->contract);
            struct option_greeks g = book_option_greeks(&k->book, leg->id);
            leg->entry_iv = g.iv;
            leg->entry_delta = g.delta;
        }
        leg_fill(k, trade, leg, ol, answer->legs[i].price, ol->ratio * answer->units);
    }
    trade->entry_cash += trade->flows - before;
    trade->units = answer->units > trade->units ? answer->units : trade->units;
}

static void trade_opened(struct kernel *k, struct trade *trade)
{
    trade->state = TRADE_OPEN;
    trade->opened_ns = k->now_ns;
    struct payoff_leg legs[TRADE_LEGS_MAX + 1];
    size_t count = trade_payoff_legs(trade, legs);
    int64_t cash = trade->entry_cash;
    const struct structure *s = &k->strategy->structures[trade->structure];
    if (s->size.rule == SIZE_SHARES && k->book.underlying != PRICE_NONE) {
        /* Calls written on shares that the strategy holds are covered by them. */
        int64_t shares = 0;
        for (size_t i = 0; i < count; i++)
            if (legs[i].kind == LEG_CALL && legs[i].quantity < 0)
                shares -= legs[i].quantity * legs[i].multiplier;
        legs[count++] = (struct payoff_leg){ .kind = LEG_STOCK, .quantity = shares, .multiplier = 1 };
        cash = money_sub(cash, money_mul(k->book.underlying, shares));
    }
    trade->max_loss = payoff_max_loss(legs, count, cash);
    if (trade->max_loss == INT64_MAX)
        note(k, NOTE_UNBOUNDED, "structure %s: the worst loss is unbounded, and no margin is modelled yet",
             s->name);
    trade_revalue(trade);
    trade->best = trade->worst = trade_pnl(trade);
}

static void after_open(struct kernel *k, struct trade *trade)
{
    if (trade->working)
        return; /* more legs to come */
    struct structure_state *state = &k->structures[trade->structure];
    if (trade->leg_count == 0) {
        trade->state = TRADE_FREE;
        state->open--;
        state->slot_key = SLOT_UNUSED; /* nothing was filled: the slot is tried again while it lasts */
        return;
    }
    if (trade->leg_count < k->strategy->structures[trade->structure].leg_count)
        note(k, NOTE_LEGGED, "structure %s: only %d of %d legs were filled",
             k->strategy->structures[trade->structure].name, trade->leg_count,
             k->strategy->structures[trade->structure].leg_count);
    trade_opened(k, trade);
}

/* Legs of the order that reduce an existing trade: [0, to). */
static void fill_close(struct kernel *k, struct trade *trade, struct working_order *working,
                       const struct event_answer *answer, int to)
{
    for (int i = 0; i < to; i++) {
        const struct order_leg *ol = &working->order.legs[i];
        struct trade_leg *leg = working->leg_of[i] >= 0 ? &trade->legs[working->leg_of[i]] : stock_leg(trade);
        MUST(leg != NULL);
        leg_fill(k, trade, leg, ol, answer->legs[i].price, ol->ratio * answer->units);
    }
    trade_revalue(trade);
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
    if (is_empty(trade)) {
        trade_end(k, trade, k->book.underlying);
    } else if (answer->status == ANSWER_FILLED && only_unwanted_longs(trade)) {
        /* The close was whole; what is left are longs without a bid. */
        trade->state = TRADE_REMNANT;
        trade_stamp_exit(k, trade, k->book.underlying);
        k->structures[trade->structure].open--;
        k->structures[trade->structure].closed_day = k->book.day;
    } else if (answer->status != ANSWER_FILLED) {
        trade->reason = CLOSE_NONE; /* asked again at the next snapshot */
    }
}

static int close_legs(const struct working_order *working)
{
    int count = 0;
    while (count < working->order.leg_count && working->leg_of[count] < 64)
        count++;
    return count;
}

static void fill_roll(struct kernel *k, struct trade *trade, struct working_order *working,
                      const struct event_answer *answer)
{
    const struct order *order = &working->order;
    int split = close_legs(working);
    for (int i = split; i < order->leg_count; i++)
        working->leg_of[i] = (int8_t)(working->leg_of[i] - 64);
    struct trade *next = &k->trades[working->roll_to];
    int64_t total = answer->commission + answer->exchange_fees + answer->regulatory_fees;
    int64_t contracts = order_contracts(order, 0, order->leg_count);
    MUST(contracts > 0);
    int64_t share = total * order_contracts(order, 0, split) / contracts;
    charge(k, trade, share);
    charge(k, next, total - share);
    fill_close(k, trade, working, answer, split);
    fill_open(k, next, working, answer, split);
    next->rolls = trade->rolls + 1;
    k->structures[next->structure].open++;
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
        k->trades[working->roll_to].state = TRADE_FREE;
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
    else if (order->purpose == PURPOSE_STOCK && is_empty(trade))
        trade_end(k, trade, k->book.underlying); /* longs that are left are a position, as a calendar's far leg: it goes on */
}

void ledger_answer(struct kernel *k, const struct event_answer *answer)
{
    struct working_order *working = NULL;
    for (uint32_t i = 0; i < k->config.limits.orders && !working; i++)
        if (k->orders[i].in_use && k->orders[i].order.id == answer->order_id)
            working = &k->orders[i];
    if (!working)
        return; /* answered before: a doubled answer changes nothing */
    struct effect *effect = effect_add(k, EFFECT_ORDER);
    effect->of.order.order = working->order;
    effect->of.order.answer = *answer;
    struct trade *trade = &k->trades[working->trade];
    trade->working--;
    if (answer->status == ANSWER_REJECTED)
        on_rejected(k, trade, working, answer);
    else
        on_filled(k, trade, working, answer);
    order_drop(working);
}

/* ---- settlement ------------------------------------------------------------------------------ */

/* Exercise by exception: in the money by a cent or more (OCC rule 805), cash or shares. */
static void settle_leg(struct kernel *k, struct trade *trade, int index, int64_t price)
{
    struct trade_leg *leg = &trade->legs[index];
    int64_t intrinsic = contract_intrinsic(&leg->contract, price);
    if (leg->contract.delivery == DELIVERY_PHYSICAL && intrinsic < MICROS_PER_CENT)
        intrinsic = 0;
    int64_t count = leg->quantity * leg_multiplier(leg);
    leg->exit_price = intrinsic;
    leg->quantity = 0;
    leg->mark = intrinsic;
    if (!intrinsic)
        return;
    if (leg->contract.delivery == DELIVERY_CASH) {
        pay(k, trade, money_mul(intrinsic, count));
        return;
    }
    int64_t shares = leg->contract.right == OPTION_CALL ? count : -count;
    int64_t strike = contract_strike_micros(&leg->contract);
    struct trade_leg *stock = stock_leg(trade);
    MUST(stock != NULL);
    pay(k, trade, -money_mul(strike, shares));
    if (stock->entry_quantity == 0) {
        stock->entry_price = strike;
        stock->entry_quantity = shares;
        stock->from_assignment = true;
    }
    stock->quantity += shares;
    stock->mark = price;
    stock->mark_ns = k->now_ns;
    if (stock->quantity == 0)
        stock->exit_price = strike;
}

bool trade_has_options(const struct trade *trade)
{
    for (int i = 0; i < trade->leg_count; i++)
        if (!trade->legs[i].is_stock && trade->legs[i].quantity)
            return true;
    return false;
}

/* Stock that stays with the strategy leaves the trade at the settlement price: the trade's result is
 * then known, and the account is worth the same before and after. */
static void keep_stock(struct kernel *k, struct trade *trade, int64_t price)
{
    struct trade_leg *stock = find_stock(trade);
    if (!stock || !stock->quantity)
        return;
    trade->flows = money_add(trade->flows, money_mul(price, stock->quantity));
    k->shares += stock->quantity;
    k->shares_mark = price;
    stock->exit_price = price;
    stock->quantity = 0;
}

/* Shares called away or sold from what the strategy holds outside its trades. */
static void use_held_stock(struct kernel *k, struct trade *trade, int64_t price)
{
    struct trade_leg *stock = find_stock(trade);
    if (!stock || !stock->quantity || !k->shares || (stock->quantity > 0) == (k->shares > 0))
        return;
    int64_t held = llabs(k->shares), needed = llabs(stock->quantity);
    int64_t moved = (held < needed ? held : needed) * (stock->quantity > 0 ? 1 : -1);
    trade->flows = money_add(trade->flows, money_mul(price, moved));
    k->shares += moved;
    stock->quantity -= moved;
    stock->exit_price = price;
}

static bool is_settled_by(const struct trade_leg *leg, const struct event_settle *settle)
{
    return !leg->is_stock && leg->quantity && leg->contract.expiry == settle->expiry &&
           leg->contract.settle == settle->settle;
}

/* A position without a price would stand at its last mark for ever: that is no result. */
static enum err refuse_unknown_price(const struct kernel *k, const struct event_settle *settle)
{
    for (uint32_t i = 0; i < k->trade_high; i++) {
        const struct trade *trade = &k->trades[i];
        for (int j = 0; trade->state != TRADE_FREE && j < trade->leg_count; j++)
            if (is_settled_by(&trade->legs[j], settle))
                return err_set(ERR_NOT_FOUND,
                               "%s options of %d settle %s, and the store has no price of %s to settle "
                               "them at: import its daily bars or settlement values",
                               k->strategy->underlying, settle->expiry,
                               settle->settle == SETTLE_AM ? "AM" : "PM", k->strategy->underlying);
    }
    return ERR_OK;
}

enum err ledger_settle(struct kernel *k, const struct event_settle *settle)
{
    if (settle->price < 0 || settle->price > BOOK_PRICE_MAX) /* PRICE_NONE is below zero */
        return refuse_unknown_price(k, settle);
    bool any = false;
    for (uint32_t i = 0; i < k->trade_high; i++) {
        struct trade *trade = &k->trades[i];
        if (trade->state == TRADE_FREE)
            continue;
        bool touched = false;
        for (int j = 0; j < trade->leg_count; j++) {
            if (!is_settled_by(&trade->legs[j], settle))
                continue;
            settle_leg(k, trade, j, settle->price);
            touched = true;
        }
        any |= touched;
        if (!touched)
            continue;
        if (settle->source == PRICE_LAST_LEVEL && trade->opened_ns == k->book.now_ns)
            note(k, NOTE_UNTESTED, "a trade settled at the very level at which it was opened, as the day has no "
                 "later one: its result says nothing; import the underlying's daily bars");
        if (!trade_has_options(trade)) {
            if (trade->state != TRADE_REMNANT)
                trade->reason = CLOSE_EXPIRED;
            use_held_stock(k, trade, settle->price);
            if (k->strategy->assigned == ASSIGNED_KEEP)
                keep_stock(k, trade, settle->price);
        }
        trade_revalue(trade);
        if (is_empty(trade))
            trade_end(k, trade, settle->price);
    }
    if (any && settle->source != PRICE_OFFICIAL && settle->source != PRICE_CLOSE_MARK) {
        static const char *const how[PRICE_SOURCE_COUNT] = {
            [PRICE_DAILY_BAR] = "the store's daily bar (open for AM, close for PM)",
            [PRICE_LAST_LEVEL] = "the last level seen on the day",
            [PRICE_FIRST_LEVEL] = "the first level seen on the day",
            [PRICE_STALE_LEVEL] = "the last level before the day, which has no data",
        };
        note(k, NOTE_SETTLE_SOURCE, "an expiry was settled %s at %s, as no official value is stored",
             settle->settle == SETTLE_AM ? "AM" : "PM", how[settle->source]);
    }
    return ERR_OK;
}

void ledger_dividend(struct kernel *k, int64_t amount)
{
    for (uint32_t i = 0; i < k->trade_high; i++) {
        struct trade *trade = &k->trades[i];
        for (int j = 0; trade->state != TRADE_FREE && j < trade->leg_count; j++)
            if (trade->legs[j].is_stock && trade->legs[j].quantity)
                pay(k, trade, money_mul(amount, trade->legs[j].quantity));
    }
    k->cash = money_add(k->cash, money_mul(amount, k->shares));
}
