#include "services/desk/reconcile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One instrument on both sides: the net of the desk's lots and missed fills, and the venue's. */
struct instrument {
    const struct statement_position *of; /* any holding of it: names it */
    int64_t desk, venue;
    int64_t left; /* venue - desk, not explained yet */
};

struct work {
    struct arena *arena;
    const struct statement *desk, *venue;
    struct difference *items;
    size_t count, capacity;
    struct instrument *instruments;
    size_t instrument_count;
    struct statement_position *lots; /* the desk's, oldest first, less what was taken */
    size_t lot_count;
    int64_t cash; /* that the desk should have after what was explained */
};

static bool is_same(const struct statement_position *a, bool is_stock, const char *underlying,
                    const struct contract *contract)
{
    if (a->is_stock != is_stock)
        return false;
    return is_stock ? strncmp(a->underlying, underlying, sizeof a->underlying) == 0
                    : contract_compare(&a->contract, contract) == 0;
}

static struct difference *add(struct work *w, enum diff_kind kind)
{
    MUST(w->count < w->capacity);
    struct difference *d = &w->items[w->count++];
    *d = (struct difference){ .kind = kind };
    return d;
}

static void name_it(struct difference *d, const struct statement_position *p)
{
    d->is_stock = p->is_stock;
    d->contract = p->contract;
    memcpy(d->underlying, p->underlying, sizeof d->underlying);
}

static struct instrument *instrument_of(struct work *w, const struct statement_position *p)
{
    for (size_t i = 0; i < w->instrument_count; i++)
        if (is_same(w->instruments[i].of, p->is_stock, p->underlying, &p->contract))
            return &w->instruments[i];
    struct instrument *new = &w->instruments[w->instrument_count++];
    *new = (struct instrument){ .of = p };
    return new;
}

/* ---- 1: executions --------------------------------------------------------------------------- */

static bool has_fill(const struct statement *s, struct exec_id exec)
{
    for (size_t i = 0; i < s->fill_count; i++)
        if (exec_id_equal(s->fills[i].exec, exec))
            return true;
    return false;
}

static enum err missed_fills(struct work *w)
{
    for (size_t i = 0; i < w->venue->fill_count; i++) {
        const struct statement_fill *f = &w->venue->fills[i];
        if (has_fill(w->desk, f->exec))
            continue;
        struct difference *d = add(w, DIFF_FILL_MISSED);
        d->fill = f;
        d->is_stock = f->is_stock;
        d->contract = f->contract;
        memcpy(d->underlying, f->underlying, sizeof d->underlying);
        d->quantity = f->quantity;
        d->cash = f->cash;
        struct statement_position *p = arena_new(w->arena, struct statement_position);
        *p = (struct statement_position){ .is_stock = f->is_stock, .contract = f->contract };
        memcpy(p->underlying, f->underlying, sizeof p->underlying);
        struct instrument *in = instrument_of(w, p);
        if (!money_try_add(in->desk, f->quantity, &in->desk) ||
            !money_try_add(w->cash, f->cash, &w->cash))
            return err_set(ERR_RANGE, "reconciliation: an execution of %lld does not fit",
                           (long long)f->quantity);
    }
    return ERR_OK;
}

/* ---- 2: orders ------------------------------------------------------------------------------- */

static const struct statement_order *find_order(const struct statement *s, uint64_t id)
{
    for (size_t i = 0; i < s->order_count; i++)
        if (id && s->orders[i].order_id == id)
            return &s->orders[i];
    return NULL;
}

static void compare_orders(struct work *w)
{
    for (size_t i = 0; i < w->desk->order_count; i++)
        if (!find_order(w->venue, w->desk->orders[i].order_id))
            add(w, DIFF_ORDER_GONE)->order = &w->desk->orders[i];
    for (size_t i = 0; i < w->venue->order_count; i++) {
        const struct statement_order *theirs = &w->venue->orders[i],
                                     *ours = find_order(w->desk, theirs->order_id);
        if (!ours)
            add(w, DIFF_ORDER_FOREIGN)->order = theirs;
        else if (ours->quantity != theirs->quantity || ours->net_price != theirs->net_price)
            add(w, DIFF_ORDER_CHANGED)->order = theirs;
    }
}

/* ---- 3: positions ---------------------------------------------------------------------------- */

static int compare_lots(const void *left, const void *right)
{
    const struct statement_position *a = left, *b = right;
    return (a->trade_id > b->trade_id) - (a->trade_id < b->trade_id);
}

/* Take a signed change from the lots of an instrument that it reduces, oldest first. */
static void take_lots(struct work *w, struct difference *d)
{
    struct diff_lot *taken = arena_array(w->arena, struct diff_lot, w->lot_count);
    int64_t left = d->quantity;
    for (size_t i = 0; i < w->lot_count && left; i++) {
        struct statement_position *lot = &w->lots[i];
        if (!is_same(lot, d->is_stock, d->underlying, &d->contract) || !lot->quantity ||
            (lot->quantity > 0) == (left > 0))
            continue;
        int64_t have = -lot->quantity; /* what a change of the other sign can be at most */
        int64_t take = llabs(have) < llabs(left) ? have : left;
        taken[d->lot_count++] = (struct diff_lot){ lot->trade_id, take };
        lot->quantity += take;
        left -= take;
    }
    d->lots = taken;
}

static struct instrument *stock_of(struct work *w, const char *underlying)
{
    for (size_t i = 0; i < w->instrument_count; i++)
        if (is_same(w->instruments[i].of, true, underlying, NULL))
            return &w->instruments[i];
    return NULL;
}

/*
 * Options that are gone, with their shares there: as many contracts as the unexplained shares have
 * room for. A short call or a long put brings shares short, the others long.
 */
static enum err explain_by_shares(struct work *w, struct instrument *in)
{
    const struct contract *c = &in->of->contract;
    struct instrument *stock = stock_of(w, in->of->underlying);
    bool reduces = in->desk && in->left && (in->left > 0) != (in->desk > 0);
    if (in->of->is_stock || c->delivery != DELIVERY_PHYSICAL || c->multiplier <= 0 || !reduces ||
        !stock)
        return ERR_OK;
    int64_t per =
        (c->right == OPTION_CALL ? 1 : -1) * (in->desk > 0 ? 1 : -1) * (int64_t)c->multiplier;
    if (!stock->left || (stock->left > 0) != (per > 0))
        return ERR_OK;
    int64_t gone = llabs(in->left), held = llabs(in->desk), room = stock->left / per;
    int64_t count = gone < held ? gone : held;
    count = count < room ? count : room;
    if (count <= 0)
        return ERR_OK;
    struct difference *d = add(w, in->desk < 0 ? DIFF_ASSIGNED : DIFF_EXERCISED);
    name_it(d, in->of);
    d->quantity = in->desk > 0 ? -count : count;
    d->shares = per * count;
    if (!money_try_mul(contract_strike_micros(c), -d->shares, &d->cash) ||
        !money_try_add(w->cash, d->cash, &w->cash))
        return err_set(ERR_RANGE,
                       "reconciliation: %lld contracts of %.8s move more money than fits",
                       (long long)count, c->root);
    take_lots(w, d);
    in->desk += d->quantity;
    in->left -= d->quantity;
    stock->left -= d->shares;
    return ERR_OK;
}

static void explain_rest(struct work *w, struct instrument *in)
{
    if (!in->left)
        return;
    bool reduces = in->desk && (in->left > 0) != (in->desk > 0);
    int64_t most = -in->desk; /* what takes all of it away */
    int64_t less = !reduces ? 0 : llabs(in->left) < llabs(most) ? in->left : most;
    if (less) {
        bool expired = !in->of->is_stock && in->of->contract.expiry < w->venue->day && less == most;
        struct difference *d = add(w, expired ? DIFF_EXPIRED : DIFF_CLOSED);
        name_it(d, in->of);
        d->quantity = less;
        take_lots(w, d);
    }
    if (in->left != less) {
        struct difference *d = add(w, DIFF_OPENED);
        name_it(d, in->of);
        d->quantity = in->left - less;
    }
}

static enum err net_positions(struct work *w)
{
    for (int side = 0; side < 2; side++) {
        const struct statement *s = side ? w->venue : w->desk;
        for (size_t i = 0; i < s->position_count; i++) {
            struct instrument *in = instrument_of(w, &s->positions[i]);
            int64_t *sum = side ? &in->venue : &in->desk;
            if (!money_try_add(*sum, s->positions[i].quantity, sum))
                return err_set(ERR_RANGE, "reconciliation: positions of %.16s do not fit",
                               s->positions[i].underlying);
        }
    }
    return ERR_OK;
}

static enum err compare_positions(struct work *w)
{
    for (size_t i = 0; i < w->instrument_count; i++) {
        struct instrument *in = &w->instruments[i];
        if (in->desk == INT64_MIN || !money_try_add(in->venue, -in->desk, &in->left) ||
            in->left == INT64_MIN)
            return err_set(ERR_RANGE, "reconciliation: positions of %.16s do not fit",
                           in->of->underlying);
    }
    /* What is in the money explains shares before what is not: strikes are not known to be, so in
     * the order of the statement; whole contracts either way. */
    enum err err = ERR_OK;
    for (size_t i = 0; i < w->instrument_count && !err; i++)
        err = explain_by_shares(w, &w->instruments[i]);
    for (size_t i = 0; i < w->instrument_count && !err; i++)
        explain_rest(w, &w->instruments[i]);
    return err;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static enum err compare_cash(struct work *w)
{
    int64_t left;
    if (w->desk->cash == PRICE_NONE || w->venue->cash == PRICE_NONE)
        return ERR_OK;
    if (!money_try_add(w->venue->cash, -w->cash, &left))
        return err_set(ERR_RANGE, "reconciliation: cash does not fit");
    if (left)
        add(w, DIFF_CASH)->cash = left;
    return ERR_OK;
}

enum err reconcile(struct reconciliation *out, struct arena *arena, const struct statement *desk,
                   const struct statement *venue)
{
    size_t instruments = desk->position_count + venue->position_count + venue->fill_count;
    struct work w = { .arena = arena,
                      .desk = desk,
                      .venue = venue,
                      .cash = desk->cash == PRICE_NONE ? 0 : desk->cash };
    w.capacity = venue->fill_count + desk->order_count + venue->order_count + 3 * instruments + 1;
    w.items = arena_array(arena, struct difference, w.capacity);
    w.instruments = arena_array(arena, struct instrument, instruments);
    w.lots = arena_array(arena, struct statement_position, desk->position_count);
    w.lot_count = desk->position_count;
    for (size_t i = 0; i < desk->position_count; i++)
        w.lots[i] = desk->positions[i];
    qsort(w.lots, w.lot_count, sizeof *w.lots, compare_lots);
    enum err err = net_positions(&w);
    if (!err)
        err = missed_fills(&w);
    if (!err)
        compare_orders(&w);
    if (!err)
        err = compare_positions(&w);
    if (!err)
        err = compare_cash(&w);
    if (err)
        return err;
    /* By kind, each in the order in which it was found. */
    struct difference *sorted = arena_array(arena, struct difference, w.count);
    size_t at = 0;
    for (int kind = 0; kind < DIFF_KIND_COUNT; kind++)
        for (size_t i = 0; i < w.count; i++)
            if (w.items[i].kind == (enum diff_kind)kind)
                sorted[at++] = w.items[i];
    *out = (struct reconciliation){ sorted, w.count, w.count == 0 };
    return ERR_OK;
}

static const struct {
    const char *word, *text;
} kinds[] = {
#define DIFF(id, word, text) { word, text },
#include "services/desk/differences.def"
#undef DIFF
};

const char *diff_kind_name(enum diff_kind kind)
{
    MUST((unsigned)kind < DIFF_KIND_COUNT);
    return kinds[kind].word;
}

void diff_format(char out[DIFF_TEXT_BYTES], const struct difference *d)
{
    char what[80], cash[MONEY_TEXT_BYTES];
    MUST((unsigned)d->kind < DIFF_KIND_COUNT);
    money_format_people(cash, d->cash);
    if (d->order)
        snprintf(what, sizeof what, "order %llu (%.40s)", (unsigned long long)d->order->order_id,
                 d->order->broker_id);
    else if (d->kind == DIFF_CASH)
        snprintf(what, sizeof what, "cash %s", cash);
    else if (d->is_stock)
        snprintf(what, sizeof what, "%+lld %.16s shares", (long long)d->quantity, d->underlying);
    else
        snprintf(what, sizeof what, "%+lld %.8s %d %g%c", (long long)d->quantity, d->contract.root,
                 d->contract.expiry, d->contract.strike_mills / 1000.0, d->contract.right);
    int len = snprintf(out, DIFF_TEXT_BYTES, "%s: %s", what, kinds[d->kind].text);
    if (d->shares && len > 0 && len < DIFF_TEXT_BYTES)
        snprintf(out + len, DIFF_TEXT_BYTES - (size_t)len, "; %+lld shares, cash %s",
                 (long long)d->shares, cash);
}
