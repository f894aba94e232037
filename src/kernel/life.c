/*
 * What happens to positions between fills and expiry: early assignment, splits, interest, borrow
 * fees.
 *
 * Where a broker does not tell (backtest, paper), holders of what we are short exercise when it is
 * best for them: asked at the end of each day for every American option that is sold, by
 * domain/life. Assignments that a broker tells come as EVENT_ASSIGN and go the same way: spread
 * over the lots at random by seed, delivered at the strike, the rest of the package managed on.
 */
#include "domain/life/adjust.h"
#include "domain/life/assignment.h"
#include "domain/life/exercise.h"
#include "kernel/kernel_int.h"

#include <math.h>
#include <stdlib.h>

#include "base/date.h"
#include "domain/types/calendar.h"

enum { LOTS_MAX = 1024 };

void life_declare(struct market *market, const struct event_declare *declare)
{
    market->declared = *declare;
}

/* What goes ex before the holder can exercise again, dollars a share; 0 when nothing is declared.
 */
static double dividend_next(const struct market *market)
{
    int32_t next = calendar_next(calendar_us(), market->book.day);
    const struct event_declare *d = &market->declared;
    return d->ex_day > market->book.day && d->ex_day <= next ? money_to_dollars(d->amount) : 0;
}

/* Does its holder exercise tonight? */
static bool is_exercised(struct market *market, uint32_t id)
{
    struct book *book = &market->book;
    const struct contract *c = &book->contracts[id];
    uint32_t row = book->row_of[id];
    const struct slice *slice = &book->slices[book->slice_of[row]];
    double years = (double)(slice->settle_ns - book->now_ns) / (365.0 * 86400.0 * 1e9);
    if (c->style != STYLE_AMERICAN || book->underlying == PRICE_NONE || !(years > 0))
        return false;
    int64_t mid = quote_mid(book->bid[book_side(c)][row], book->ask[book_side(c)][row]);
    int64_t intrinsic = contract_intrinsic(c, book->underlying);
    if (!intrinsic || c->expiry <= book->day)
        return false;
    struct exercise_view view = {
        .spot = money_to_dollars(book->underlying),
        .years = years,
        .rate = book->rate,
        .sigma = book_option_greeks(book, id).iv,
        .extrinsic = mid == PRICE_NONE ? NAN : fmax(0, money_to_dollars(mid - intrinsic)),
        .dividend_next = dividend_next(market),
    };
    return exercise_decide(c, &view).is_due;
}

/* ---- assignment ------------------------------------------------------------------------------ */

struct lots {
    uint32_t count;
    uint32_t trade[LOTS_MAX];
    uint16_t leg[LOTS_MAX];
    int64_t held[LOTS_MAX], out[LOTS_MAX];
    int64_t all;
};

/* Our lots of one contract on one side, as positive numbers. */
static void find_lots(const struct kernel *k, const struct market *market, uint32_t id,
                      bool is_short, struct lots *out)
{
    out->count = 0;
    out->all = 0;
    for (uint32_t at = market->holders[id]; at != NONE && out->count < LOTS_MAX;
         at = k->holdings[at].next) {
        const struct holding *h = &k->holdings[at];
        int64_t quantity = k->trades[h->trade].legs[h->leg].quantity;
        if ((quantity < 0) != is_short)
            continue;
        out->trade[out->count] = h->trade;
        out->leg[out->count] = h->leg;
        out->held[out->count++] = llabs(quantity);
        out->all += llabs(quantity);
    }
}

/* contracts of ours, short ones assigned or long ones exercised, at this price of the underlying.
 */
static enum err assign(struct kernel *k, struct market *market, uint32_t id, bool is_short,
                       int64_t contracts, int64_t price)
{
    struct lots *lots = k->lots;
    find_lots(k, market, id, is_short, lots);
    struct contract contract = market->book.contracts[id];
    int64_t most = contracts < lots->all ? contracts : lots->all;
    if (contracts > lots->all)
        note(k, NOTE_ASSIGNED,
             "%lld of %s %d %c%g were assigned, and only %lld are held: reconcile with the broker",
             (long long)contracts, contract.root, contract.expiry, contract.right,
             contract.strike_mills / 1000.0, (long long)lots->all);
    if (!most)
        return ERR_OK;
    struct assignment_key key = { k->config.life.seed, market->book.day, &contract };
    assignment_split(&key, most, lots->held, lots->count, lots->out);
    note(k, NOTE_ASSIGNED, "%s %d %c%g: %lld contracts %s", contract.root, contract.expiry,
         contract.right, contract.strike_mills / 1000.0, (long long)most,
         is_short ? "assigned early" : "exercised");
    for (uint32_t i = 0; i < lots->count; i++) {
        if (!lots->out[i])
            continue;
        struct trade *trade = &k->trades[lots->trade[i]];
        enum err err =
            trade_exercise(k, trade, lots->leg[i], lots->out[i] * (is_short ? -1 : 1), price);
        if (err)
            return err;
        trade_delivered(k, trade, price);
    }
    k->changes++;
    return ERR_OK;
}

enum err life_assign(struct kernel *k, struct market *market, const struct event_assign *event)
{
    uint32_t id = book_find(&market->book, &event->contract);
    int64_t price = event->price != PRICE_NONE ? event->price : market->book.underlying;
    if (id == OPTION_NONE || price == PRICE_NONE) {
        note(
            k, NOTE_ASSIGNED,
            "an assignment of %s %d %c%g cannot be booked: it is not listed, or no price of %s is known",
            event->contract.root, event->contract.expiry, event->contract.right,
            event->contract.strike_mills / 1000.0, market->symbol);
        return ERR_OK;
    }
    return assign(k, market, id, event->quantity < 0, llabs(event->quantity), price);
}

enum err life_day_end(struct kernel *k, struct market *market)
{
    if (!k->config.life.assigns)
        return ERR_OK;
    for (uint32_t id = 0; id < market->book.contract_count; id++) {
        if (market->holders[id] == NONE || !is_exercised(market, id))
            continue;
        find_lots(k, market, id, true, k->lots);
        struct assignment_key key = { k->config.life.seed, market->book.day,
                                      &market->book.contracts[id] };
        int64_t share = k->config.life.share_ppm ? k->config.life.share_ppm : ASSIGNMENT_SHARE_ALL;
        int64_t held = k->lots->all < ASSIGNMENT_HELD_MAX ? k->lots->all : ASSIGNMENT_HELD_MAX;
        int64_t assigned = held ? assignment_draw_share(&key, share, held) : 0;
        enum err err =
            assigned ? assign(k, market, id, true, assigned, market->book.underlying) : ERR_OK;
        if (err)
            return err;
    }
    return ERR_OK;
}

/* ---- interest and fees ----------------------------------------------------------------------- */

static int64_t short_stock(const struct kernel *k)
{
    int64_t value = 0;
    for (uint32_t i = 0; i < k->market_count; i++)
        for (uint32_t at = k->markets[i].stock_holders; at != NONE; at = k->holdings[at].next) {
            const struct trade_leg *leg =
                &k->trades[k->holdings[at].trade].legs[k->holdings[at].leg];
            if (leg->quantity < 0 && leg->mark != PRICE_NONE)
                value = money_add(value, money_mul(leg->mark, -leg->quantity));
        }
    return value;
}

/* The nights since the last session: interest is the account's, borrow fees are the trades'. */
enum err life_nights(struct kernel *k, int32_t from, int32_t to, double benchmark)
{
    const struct kernel_life *life = &k->config.life;
    if (!from || to <= from)
        return ERR_OK;
    if (life->carry != CARRY_SCHEDULE_NONE) {
        struct carry_night night = { life->carry, from, to, k->cash, short_stock(k), benchmark };
        struct carry_paid paid;
        enum err err = carry_interest(&paid, &night);
        if (err == ERR_NOT_FOUND) {
            note(k, NOTE_CARRY, "no interest was counted for nights without a benchmark rate");
            err = ERR_OK;
        } else if (!err) {
            k->interest = money_add(k->interest, paid.credit - paid.debit);
            k->cash = money_add(k->cash, paid.credit - paid.debit);
        }
        if (err)
            return err;
    }
    for (uint32_t i = 0; i < k->market_count && life->borrow_fee > 0; i++)
        for (uint32_t at = k->markets[i].stock_holders; at != NONE; at = k->holdings[at].next) {
            struct trade *trade = &k->trades[k->holdings[at].trade];
            const struct trade_leg *leg = &trade->legs[k->holdings[at].leg];
            if (leg->quantity < 0 && leg->mark != PRICE_NONE && leg->mark > 0)
                trade_charge(k, trade,
                             carry_borrow_fee(-leg->quantity, leg->mark, life->borrow_fee,
                                              date_diff(to, from)));
        }
    return ERR_OK;
}

/* ---- splits ---------------------------------------------------------------------------------- */

static int64_t scale(int64_t price, int32_t to, int32_t from)
{
    return price == PRICE_NONE ? price : llround((double)price * from / to);
}

static enum err split_option(struct trade_leg *leg, int32_t to, int32_t from)
{
    struct adjusted lot = { leg->contract, leg->deliverable, leg->quantity };
    enum err err = adjust_split(&lot, to, from);
    if (err)
        return err;
    /* Value is kept: quantity x multiplier x price is what it was. */
    double before = (double)leg->quantity * leg->contract.multiplier;
    double after = (double)lot.quantity * lot.contract.multiplier;
    double part = after != 0 ? before / after : 1;
    int64_t *prices[] = { &leg->mark, &leg->entry_price, &leg->entry_bid, &leg->entry_ask,
                          &leg->exit_price };
    for (size_t i = 0; i < ARRAY_COUNT(prices); i++)
        if (*prices[i] != PRICE_NONE)
            *prices[i] = llround((double)*prices[i] * part);
    leg->entry_quantity =
        leg->quantity ? leg->entry_quantity * lot.quantity / leg->quantity : leg->entry_quantity;
    leg->quantity = lot.quantity;
    leg->contract = lot.contract;
    leg->deliverable = lot.deliverable;
    return ERR_OK;
}

enum err life_split(struct kernel *k, struct market *market, const struct event_split *split)
{
    orders_lapse(k, (uint32_t)(market - k->markets), 0); /* they ask for what is no more */
    for (uint32_t slot = 0; slot < k->trade_high; slot++) {
        struct trade *trade = &k->trades[slot];
        if (trade->state == TRADE_FREE || trade_market(k, trade) != market)
            continue;
        for (int i = 0; i < trade->leg_count; i++) {
            struct trade_leg *leg = &trade->legs[i];
            enum err err = ERR_OK;
            if (!leg->quantity)
                continue;
            if (leg->is_stock) {
                int64_t cash;
                leg->mark = scale(leg->mark, split->to, split->from);
                leg->entry_price = scale(leg->entry_price, split->to, split->from);
                leg->entry_quantity = leg->entry_quantity * split->to / split->from;
                leg->quantity =
                    adjust_shares(leg->quantity, split->to, split->from, leg->mark, &cash);
                trade_pay(k, trade, cash);
            } else {
                err = split_option(leg, split->to, split->from);
            }
            if (err)
                return err_add(err, "split of %s, %d for %d", market->symbol, split->to,
                               split->from);
            holding_update(k, trade, i);
        }
        trade->underlying_entry = scale(trade->underlying_entry, split->to, split->from);
        trade_revalue(k, trade);
        trade_bounds(k, trade);
    }
    for (int i = 0; i < CLOSE_HISTORY; i++)
        market->close_history[i] *= (double)split->from / split->to;
    if (market->signals)
        note(
            k, NOTE_SPLIT,
            "%s split %d for %d: trend features are of unadjusted prices until their histories are new",
            market->symbol, split->to, split->from);
    market->book.underlying = scale(market->book.underlying, split->to, split->from);
    market->book.prev_close = scale(market->book.prev_close, split->to, split->from);
    k->changes++;
    return ERR_OK;
}

void life_open(struct kernel *k, struct arena *arena)
{
    k->lots = arena_new(arena, struct lots);
}
