/*
 * What expiries and dividends do to what trades hold, and the shares that a strategy keeps.
 *
 * Kept shares are a trade of their own: it begins when a strategy first keeps some and ends when
 * they are all gone. They come and go at the price at which the options settled, so that each
 * trade's result is known at its end and the account is worth the same before and after.
 */
#include "domain/life/expiry.h"
#include "kernel/kernel_int.h"

#include <math.h>
#include <stdlib.h>

enum err trade_exercise(struct kernel *k, struct trade *trade, int index, int64_t exercised,
                        int64_t price)
{
    struct trade_leg *leg = &trade->legs[index];
    struct exercise_flow flow;
    enum err err = exercise_flow_of(&flow, &leg->contract, &leg->deliverable, exercised, price);
    if (err)
        return err_add(err, "trade %llu", (unsigned long long)trade->id);
    leg->exit_price = exercise_payoff(&leg->contract, &leg->deliverable, price);
    leg->quantity -= exercised;
    if (!leg->quantity)
        leg->mark = leg->exit_price;
    holding_update(k, trade, index);
    trade_pay(k, trade, flow.cash);
    if (!flow.shares)
        return ERR_OK;
    struct trade_leg *stock = trade_stock(k, trade);
    MUST(stock != NULL);
    int64_t strike = contract_strike_micros(&leg->contract);
    if (stock->entry_quantity == 0) {
        stock->entry_price = strike;
        stock->entry_quantity = flow.shares;
        stock->from_assignment = true;
    }
    stock->quantity += flow.shares;
    stock->mark = price;
    stock->mark_ns = k->now_ns;
    if (stock->quantity == 0)
        stock->exit_price = strike;
    holding_update(k, trade, (int)(stock - trade->legs));
    return ERR_OK;
}

/* Exercise by exception: in the money by a cent or more (OCC rule 805), cash or shares. */
static enum err settle_leg(struct kernel *k, struct trade *trade, int index, int64_t price)
{
    struct trade_leg *leg = &trade->legs[index];
    if (exercise_delivers(&leg->contract, &leg->deliverable, price))
        return trade_exercise(k, trade, index, leg->quantity, price);
    leg->exit_price = leg->mark = 0;
    leg->quantity = 0;
    holding_update(k, trade, index);
    return ERR_OK;
}

int64_t host_shares(const struct kernel *k, const struct host *host)
{
    return host->kept == NONE ? 0 : k->trades[host->kept].legs[0].quantity;
}

/* The trade of the kept shares; NULL when there is no place for another trade. */
static struct trade *kept_trade(struct kernel *k, struct host *host)
{
    if (host->kept != NONE)
        return &k->trades[host->kept];
    uint32_t slot = trade_slot_take(k, host);
    if (slot == NONE)
        return NULL;
    struct trade *trade = &k->trades[slot];
    trade->state = TRADE_KEPT;
    trade->structure = STRUCTURE_KEPT;
    trade->opened_ns = k->now_ns;
    trade->units = 1;
    trade->max_loss = INT64_MAX;
    trade_stock(k, trade);
    trade->legs[0].from_assignment = true;
    host->kept = slot;
    return trade;
}

/* Move shares from a trade to the kept ones, or with fewer than none the other way, at a price. */
static bool move_shares(struct kernel *k, struct trade *trade, int64_t shares, int64_t price)
{
    struct host *host = trade_host(k, trade);
    struct trade *kept = kept_trade(k, host);
    struct trade_leg *from = trade_find_stock(trade);
    if (!kept)
        return false;
    struct trade_leg *to = &kept->legs[0];
    int64_t worth = money_mul(price, shares);
    trade->flows = money_add(trade->flows, worth);
    from->quantity -= shares;
    from->exit_price = price;
    kept->flows = money_sub(kept->flows, worth);
    to->quantity += shares;
    to->mark = price;
    to->mark_ns = k->now_ns;
    if (!to->entry_quantity) {
        to->entry_quantity = shares;
        to->entry_price = price;
        kept->entry_cash = -worth;
        kept->max_loss = shares > 0 ? worth : INT64_MAX;
    }
    holding_update(k, trade, (int)(from - trade->legs));
    holding_update(k, kept, 0);
    trade_revalue(k, trade);
    trade_revalue(k, kept);
    if (!to->quantity) {
        to->exit_price = price;
        kept->reason = CLOSE_SHARES;
        host->kept = NONE;
        trade_end(k, kept, price);
    }
    return true;
}

/* Stock that stays with the strategy leaves the trade. */
static void keep_stock(struct kernel *k, struct trade *trade, int64_t price)
{
    struct trade_leg *stock = trade_find_stock(trade);
    if (stock && stock->quantity && !move_shares(k, trade, stock->quantity, price))
        note(k, NOTE_NO_ROOM,
             "all %u places for open trades are taken; shares stay in the trade that was assigned",
             k->config.limits.trades);
}

/* Shares called away or sold from what the strategy keeps. */
static void use_kept_stock(struct kernel *k, struct trade *trade, int64_t price)
{
    struct trade_leg *stock = trade_find_stock(trade);
    int64_t kept = host_shares(k, trade_host(k, trade));
    if (!stock || !stock->quantity || !kept || (stock->quantity > 0) == (kept > 0))
        return;
    int64_t held = llabs(kept), needed = llabs(stock->quantity);
    move_shares(k, trade, (held < needed ? held : needed) * (stock->quantity > 0 ? 1 : -1), price);
}

static bool is_settled_by(const struct trade_leg *leg, const struct event_settle *settle)
{
    return !leg->is_stock && leg->quantity && leg->contract.expiry == settle->expiry &&
           leg->contract.settle == settle->settle;
}

/* A position without a price would stand at its last mark for ever: that is no result. */
static enum err refuse_unknown_price(const struct kernel *k, const struct market *market,
                                     const struct event_settle *settle)
{
    for (uint32_t i = 0; i < k->trade_high; i++) {
        const struct trade *trade = &k->trades[i];
        if (trade->state == TRADE_FREE || trade_market(k, trade) != market)
            continue;
        for (int j = 0; j < trade->leg_count; j++)
            if (is_settled_by(&trade->legs[j], settle))
                return err_set(
                    ERR_NOT_FOUND,
                    "%s options of %d settle %s, and the store has no price of %s to settle "
                    "them at: import its daily bars or settlement values",
                    market->symbol, settle->expiry, settle->settle == SETTLE_AM ? "AM" : "PM",
                    market->symbol);
    }
    return ERR_OK;
}

void trade_delivered(struct kernel *k, struct trade *trade, int64_t price)
{
    if (!trade_has_options(trade)) {
        if (trade->state != TRADE_REMNANT)
            trade->reason = CLOSE_EXPIRED;
        use_kept_stock(k, trade, price);
        const struct strategy *strategy = trade_host(k, trade)->strategy;
        if (strategy && strategy->assigned == ASSIGNED_KEEP)
            keep_stock(k, trade, price);
    }
    trade_revalue(k, trade);
    trade_bounds(k, trade);
    if (trade_is_empty(trade) && !trade->working)
        trade_end(k, trade, price);
}

/* *any when the trade held something that settled. */
static enum err settle_trade(struct kernel *k, struct trade *trade,
                             const struct event_settle *settle, bool *any)
{
    const struct book *book = &trade_market(k, trade)->book;
    bool touched = false;
    if (trade->state == TRADE_FREE) /* kept shares that another trade of this step used up */
        return ERR_OK;
    for (int j = 0; j < trade->leg_count; j++) {
        if (!is_settled_by(&trade->legs[j], settle))
            continue;
        enum err err = settle_leg(k, trade, j, settle->price);
        if (err)
            return err;
        touched = true;
    }
    if (!touched)
        return ERR_OK;
    *any = true;
    if (settle->source == PRICE_LAST_LEVEL && trade->opened_ns == book->now_ns)
        note(k, NOTE_UNTESTED,
             "a trade settled at the very level at which it was opened, as the day has no "
             "later one: its result says nothing; import the underlying's daily bars");
    trade_delivered(k, trade, settle->price);
    return ERR_OK;
}

static void note_source(struct kernel *k, const struct event_settle *settle)
{
    static const char *const how[PRICE_SOURCE_COUNT] = {
        [PRICE_DAILY_BAR] = "the store's daily bar (open for AM, close for PM)",
        [PRICE_LAST_LEVEL] = "the last level seen on the day",
        [PRICE_FIRST_LEVEL] = "the first level seen on the day",
        [PRICE_STALE_LEVEL] = "the last level before the day, which has no data",
    };
    if (settle->source != PRICE_OFFICIAL && settle->source != PRICE_CLOSE_MARK)
        note(k, NOTE_SETTLE_SOURCE,
             "an expiry was settled %s at %s, as no official value is stored",
             settle->settle == SETTLE_AM ? "AM" : "PM", how[settle->source]);
}

enum err ledger_settle(struct kernel *k, struct market *market, const struct event_settle *settle)
{
    if (settle->price < 0 || settle->price > BOOK_PRICE_MAX) /* PRICE_NONE is below zero */
        return refuse_unknown_price(k, market, settle);
    bool any = false;
    for (uint32_t i = 0; i < k->host_total; i++) {
        struct host *host = &k->hosts[i];
        if (host_market(k, host) != market)
            continue;
        for (uint32_t slot = host->first_trade, next; slot != NONE; slot = next) {
            next = k->trade_next[slot];
            enum err err = settle_trade(k, &k->trades[slot], settle, &any);
            if (err)
                return err;
        }
    }
    k->changes++;
    if (any)
        note_source(k, settle);
    return ERR_OK;
}

void ledger_dividend(struct kernel *k, struct market *market, int64_t amount)
{
    for (uint32_t at = market->stock_holders; at != NONE; at = k->holdings[at].next) {
        struct trade *trade = &k->trades[k->holdings[at].trade];
        trade_pay(k, trade, money_mul(amount, trade->legs[k->holdings[at].leg].quantity));
        trade_bounds(k, trade);
    }
}
