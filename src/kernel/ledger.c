/*
 * What trades hold, what it is worth, and what fills do to it.
 *
 * Cash moves in exactly three places: a fill, a settlement, a dividend; interest is the account's
 * (life.c). Each moves the account's cash and the trade's flows by the same amount: trade_pay().
 * What an account has won is at each instant what its trades have won, added. What orders bring is
 * in fills.c, expiries in settle.c.
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
        int64_t best = trade->best, pnl = trade_pnl(trade);
        track_best(trade);
        if (trade->best != best)
            trade_bounds(k, trade); /* a trail goes along */
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
        legs[i] = (struct payoff_leg){ .kind = leg->is_stock                        ? LEG_STOCK
                                               : leg->contract.right == OPTION_CALL ? LEG_CALL
                                                                                    : LEG_PUT,
                                       .quantity = leg->quantity,
                                       .multiplier = (int32_t)leg_multiplier(leg),
                                       .strike_mills = leg->contract.strike_mills,
                                       .expiry = leg->contract.expiry };
    }
    return (size_t)trade->leg_count;
}

/* ---- moving cash ----------------------------------------------------------------------------- */

void trade_pay(struct kernel *k, struct trade *trade, int64_t micros)
{
    k->cash = money_add(k->cash, micros);
    trade->flows = money_add(trade->flows, micros);
}

void trade_charge(struct kernel *k, struct trade *trade, int64_t micros)
{
    k->cash = money_sub(k->cash, micros);
    trade->costs = money_add(trade->costs, micros);
}

void trade_stamp_exit(const struct kernel *k, struct trade *trade, int64_t underlying)
{
    trade->closed_ns = k->now_ns;
    trade->underlying_exit = underlying;
}

/* An entry is over when none of the trades that go back to it is left: until then a partly rolled
 * one counts once toward max_open, in the structure that it is now. */
void trade_entry_over(struct kernel *k, struct trade *trade)
{
    struct host *host = trade_host(k, trade);
    if (trade->structure < 0)
        return;
    for (uint32_t i = host->first_trade; i != NONE; i = k->trade_next[i]) {
        const struct trade *other = &k->trades[i];
        if (other != trade && other->root == trade->root && other->structure == trade->structure &&
            other->state != TRADE_REMNANT)
            return;
    }
    struct structure_state *state = &host->structures[trade->structure];
    state->open--;
    state->closed_day = host_market(k, host)->book.day;
}

void trade_end(struct kernel *k, struct trade *trade, int64_t underlying)
{
    if (trade->state != TRADE_REMNANT) { /* else this was done when the rest was closed */
        trade_entry_over(k, trade);
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

struct trade_leg *trade_stock(struct kernel *k, struct trade *trade)
{
    struct trade_leg *found = trade_find_stock(trade);
    return found ? found : trade_add_leg(k, trade, -1, NULL);
}

/* ---- legs ------------------------------------------------------------------------------------ */

struct trade_leg *trade_add_leg(struct kernel *k, struct trade *trade, int spec,
                                const struct contract *contract)
{
    struct book *book = &trade_market(k, trade)->book;
    if (trade->leg_count == TRADE_LEGS_MAX)
        return NULL;
    struct trade_leg *leg = &trade->legs[trade->leg_count++];
    *leg = (struct trade_leg){ .is_stock = !contract,
                               .spec = (int8_t)spec,
                               .id = OPTION_NONE,
                               .entry_bid = PRICE_NONE,
                               .entry_ask = PRICE_NONE,
                               .entry_iv = NAN,
                               .entry_delta = contract ? NAN : 1.0,
                               .exit_price = PRICE_NONE,
                               .mark = PRICE_NONE };
    if (contract) {
        leg->contract = *contract;
        leg->deliverable = deliverable_standard(contract);
        leg->id = book_find(book, contract);
        struct option_greeks g = book_option_greeks(book, leg->id);
        leg->entry_iv = g.iv;
        leg->entry_delta = g.delta;
    }
    return leg;
}

bool trade_move_lots(struct kernel *k, struct trade *from, int index, int64_t quantity,
                     struct trade *to)
{
    struct trade_leg *leg = &from->legs[index], *place = NULL;
    for (int i = 0; i < to->leg_count && !place; i++)
        if (to->legs[i].is_stock == leg->is_stock &&
            (leg->is_stock || contract_compare(&to->legs[i].contract, &leg->contract) == 0))
            place = &to->legs[i];
    if (!place)
        place = trade_add_leg(k, to, -1, leg->is_stock ? NULL : &leg->contract);
    if (!place)
        return false;
    MUST(leg->mark != PRICE_NONE);
    int64_t worth = money_mul(leg->mark, quantity * leg_multiplier(leg));
    from->flows = money_add(from->flows, worth);
    to->flows = money_sub(to->flows, worth);
    to->entry_cash = money_sub(to->entry_cash, worth);
    leg->quantity -= quantity;
    leg->exit_price = leg->mark;
    place->quantity += quantity;
    place->entry_quantity = place->quantity;
    place->entry_price = place->mark = leg->mark;
    place->mark_ns = leg->mark_ns;
    place->deliverable = leg->deliverable;
    holding_update(k, from, index);
    holding_update(k, to, (int)(place - to->legs));
    return true;
}

/* What crossing the spread cost on one leg: against its mid at the decision. */
static int64_t leg_spread_cost(const struct package_leg *quotes, int64_t price, int64_t quantity)
{
    int64_t mid = quote_mid(quotes->bid, quotes->ask);
    return mid == PRICE_NONE ? 0
                             : money_mul(price - mid, quantity * package_leg_multiplier(quotes));
}

void leg_fill(struct kernel *k, struct trade *trade, struct trade_leg *leg,
              const struct package_leg *quotes, int64_t price, int64_t quantity, bool is_entry)
{
    trade_pay(k, trade, -money_mul(price, quantity * leg_multiplier(leg)));
    trade->spread_cost += leg_spread_cost(quotes, price, quantity);
    bool opens = leg->quantity == 0 || (leg->quantity > 0) == (quantity > 0);
    if (opens && leg->entry_quantity == 0) {
        leg->entry_price = price;
        leg->entry_bid = quotes->bid;
        leg->entry_ask = quotes->ask;
        leg->entry_quantity = quantity;
    } else if (opens && is_entry) {
        double before = (double)leg->entry_price * (double)leg->entry_quantity;
        leg->entry_quantity += quantity;
        leg->entry_price =
            llround((before + (double)price * (double)quantity) / (double)leg->entry_quantity);
    } else if (!opens) {
        leg->exit_price = price;
    }
    leg->quantity += quantity;
    int64_t mid = leg_quote(&trade_market(k, trade)->book, leg);
    leg->mark = mid != PRICE_NONE ? mid : leg->mark == PRICE_NONE ? price : leg->mark;
    leg->mark_ns = k->now_ns;
    holding_update(k, trade, (int)(leg - trade->legs));
}

/* What an entry can lose at expiry as it was filled; calls written on kept shares are covered by
 * them. */
static int64_t entry_loss(const struct kernel *k, const struct trade *trade)
{
    struct payoff_leg legs[TRADE_LEGS_MAX + 1];
    size_t count = trade_payoff_legs(trade, legs);
    int64_t cash = trade->entry_cash, underlying = trade_market(k, trade)->book.underlying;
    const struct structure *s = trade_structure(k, trade);
    if (s && s->size.rule == SIZE_SHARES && underlying != PRICE_NONE) {
        int64_t shares = 0;
        for (size_t i = 0; i < count; i++)
            if (legs[i].kind == LEG_CALL && legs[i].quantity < 0)
                shares -= legs[i].quantity * legs[i].multiplier;
        legs[count++] =
            (struct payoff_leg){ .kind = LEG_STOCK, .quantity = shares, .multiplier = 1 };
        cash = money_sub(cash, money_mul(underlying, shares));
    }
    return payoff_max_loss(legs, count, cash);
}

void trade_opened(struct kernel *k, struct trade *trade)
{
    if (!trade->opened_ns)
        trade->opened_ns = k->now_ns;
    trade->max_loss = entry_loss(k, trade);
    trade_revalue(k, trade);
    if (trade->opened_ns == k->now_ns) /* until the instant is over, its parts are one entry */
        trade->best = trade->worst = trade_pnl(trade);
    trade_bounds(k, trade);
}
