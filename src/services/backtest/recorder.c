#include "services/backtest/recorder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/zone.h"
#include "services/backtest/track.h"
#include "services/backtest/windows.h"

enum { NOTES_MAX = 200 };

#define LIST(type)                                                                                 \
    struct {                                                                                       \
        type *at;                                                                                  \
        size_t count, capacity;                                                                    \
    }
#define LIST_ADD(list)                                                                             \
    ((list).at = mem_grow((list).at, &(list).capacity, (list).count + 1, sizeof *(list).at),       \
     &(list).at[(list).count++])

struct recorder {
    struct arena *arena;
    struct kernel *kernel;
    LIST(struct result_trade) trades;
    LIST(struct result_order) orders;
    LIST(struct result_note) notes;
    LIST(struct result_liquidation) liquidations;
    LIST(struct result_refusal) refusals;
    bool has_margin, changed; /* something filled since margin was counted */
    uint64_t liquidating;     /* order whose row is the last; 0: none */
    struct result_margin margin;
    double margin_sum;
    size_t margin_days;
    int64_t quotes;
    struct windows *windows;
    struct track all;    /* the account */
    struct track *each;  /* of several strategies, by host; NULL for one alone */
    int64_t *closed_pnl; /* likewise */
    uint32_t each_count;
    int64_t start;
    bool (*on_day)(void *context);
    void *on_day_context;
};

struct recorder *recorder_open(struct arena *arena, struct kernel *kernel)
{
    struct recorder *r = arena_new(arena, struct recorder);
    r->arena = arena;
    r->kernel = kernel;
    r->windows = windows_open(arena);
    struct account account;
    kernel_account(kernel, &account);
    r->start = account.equity;
    track_open(&r->all, account.equity);
    int64_t nothing;
    r->has_margin = kernel_deposit(kernel, &nothing) != ERR_NOT_FOUND;
    r->margin = (struct result_margin){ .most = PRICE_NONE, .mean = PRICE_NONE };
    return r;
}

void recorder_each(struct recorder *r, uint32_t count)
{
    r->each = arena_array(r->arena, struct track, count);
    r->closed_pnl = arena_array(r->arena, int64_t, count);
    r->each_count = count;
    for (uint32_t i = 0; i < count; i++)
        track_open(&r->each[i], r->start);
}

void recorder_on_day(struct recorder *r, bool (*day)(void *context), void *context)
{
    r->on_day = day;
    r->on_day_context = context;
}

void recorder_note(struct recorder *r, bool warning, const char *text)
{
    for (size_t i = 0; i < r->notes.count; i++) {
        if (strcmp(r->notes.at[i].text, text) == 0) {
            r->notes.at[i].count++;
            return;
        }
    }
    if (r->notes.count == NOTES_MAX)
        return;
    const char *kept =
        r->notes.count == NOTES_MAX - 1 ? "(more kinds of notes were left out)" : text;
    *LIST_ADD(r->notes) = (struct result_note){ warning, 1, arena_strdup(r->arena, kept) };
}

void recorder_note_windows(struct recorder *r, const struct strategy *strategy, uint32_t underlying)
{
    windows_note(r->windows, strategy, underlying, r);
}

/* ---- orders ---------------------------------------------------------------------------------- */

/* What one leg filled at, on average, micros; PRICE_NONE when it did not. */
static int64_t leg_price(const struct recorder *r, const struct order_state *order, int leg)
{
    const struct order_set *set = kernel_orders(r->kernel);
    double sum = 0, quantity = 0;
    int64_t only = PRICE_NONE;
    for (const struct order_fill *f = order_set_first_fill(set, order); f;
         f = order_set_next_fill(set, f)) {
        if (f->fate != FILL_COUNTS || f->leg != leg)
            continue;
        only = quantity > 0 && f->price != only ? PRICE_NONE : f->price;
        sum += (double)f->price * (double)f->quantity;
        quantity += (double)f->quantity;
    }
    return only != PRICE_NONE ? only : quantity > 0 ? llround(sum / quantity) : PRICE_NONE;
}

static void leg_text(struct buf *buf, const struct order_terms *terms,
                     const struct package_leg *leg)
{
    int64_t quantity = leg->ratio * terms->edit.quantity;
    if (leg->is_stock) {
        buf_printf(buf, "%+lld %s stock", (long long)quantity, terms->underlying);
        return;
    }
    const struct contract *c = &leg->contract;
    buf_printf(buf, "%+lld %s %06d%c%08d", (long long)quantity, c->root, c->expiry % 1000000,
               c->right, c->strike_mills);
}

static const char *order_text(struct recorder *r, const struct order_state *order)
{
    struct buf buf = { 0 };
    for (int i = 0; i < order->terms.leg_count; i++) {
        if (i)
            buf_puts(&buf, "; ");
        leg_text(&buf, &order->terms, &order->terms.legs[i]);
        int64_t filled = leg_price(r, order, i);
        if (filled != PRICE_NONE) {
            char price[MONEY_TEXT_BYTES];
            money_format(price, filled, 2);
            buf_printf(&buf, " @ %s", price);
        }
    }
    const char *text = arena_strndup(r->arena, buf.ptr, buf.len);
    buf_free(&buf);
    return text;
}

static const char *status_text(const struct order_state *order)
{
    if (order->phase == ORDER_FILLED)
        return "filled";
    if (!order_status_is_done(order->phase))
        return order_status_name(order_state_status(order));
    if (order->filled)
        return "partly filled";
    /* Nobody filled it: by our gates, by the venue at once, or it was to fill at once and did not.
     */
    bool is_rest = order->edit.tif != ORDER_IOC &&
                   (order->phase == ORDER_CANCELED || order->phase == ORDER_EXPIRED);
    return is_rest ? order_status_name(order->phase) : "rejected";
}

/* Net of one package at what it filled at; PRICE_NONE when nothing did. */
static int64_t order_net(const struct recorder *r, const struct order_state *order)
{
    int64_t prices[PACKAGE_LEGS_MAX];
    for (int i = 0; i < order->terms.leg_count; i++) {
        prices[i] = leg_price(r, order, i);
        if (prices[i] == PRICE_NONE)
            return PRICE_NONE;
    }
    return package_net(&order->terms, prices);
}

static void add_order(struct recorder *r, const struct order_state *order)
{
    if (order->costs_owed)
        recorder_note(
            r, true,
            "what fills of an order cost is not known, as the fee schedule has no rows of that day: the figures leave it out");
    char number[ORDER_NUMBER_BYTES];
    order_number(number, order->id);
    bool is_whole = order->phase == ORDER_FILLED;
    *LIST_ADD(r->orders) =
        (struct result_order){ .id = order->id,
                               .host = order->terms.host,
                               .number = arena_strdup(r->arena, number),
                               .ts_ns =
                                   order->done_ns != TS_NONE ? order->done_ns : order->changed_ns,
                               .trade_id = order->terms.trade_id,
                               .purpose = (enum order_purpose)order->terms.purpose,
                               .status = status_text(order),
                               .reason = is_whole ? "" : arena_strdup(r->arena, order->reason_text),
                               .text = order_text(r, order),
                               .quantity = order->filled ? order->filled : order->edit.quantity,
                               .net_price = order->filled ? order_net(r, order) : PRICE_NONE,
                               .mid_price = package_net_mid(&order->terms),
                               .commission = order->costs.commission,
                               .exchange_fees = order->costs.exchange,
                               .regulatory_fees = order->costs.regulatory };
}

/* ---- margin ---------------------------------------------------------------------------------- */

/* What the account must hold now; PRICE_NONE when that is not known. */
static int64_t deposit(struct recorder *r)
{
    int64_t now;
    if (!r->has_margin)
        return PRICE_NONE;
    if (kernel_deposit(r->kernel, &now) == ERR_OK)
        return now;
    r->margin.unknown++;
    return PRICE_NONE;
}

static void count_margin(struct recorder *r, int64_t ts_ns, bool is_day_end)
{
    int64_t now = deposit(r);
    r->changed = false;
    if (now == PRICE_NONE)
        return;
    if (r->margin.most == PRICE_NONE || now > r->margin.most) {
        r->margin.most = now;
        r->margin.most_ns = ts_ns;
        r->margin.most_equity = kernel_equity(r->kernel);
    }
    r->margin_sum += is_day_end ? money_to_dollars(now) : 0;
    r->margin_days += is_day_end;
}

/* The planner's: the trade is closed for margin. */
static bool is_liquidation(const struct recorder *r, const struct order_state *order)
{
    size_t slots;
    const struct trade *trades = kernel_trades(r->kernel, &slots);
    for (size_t i = 0; i < slots; i++)
        if (trades[i].state != TRADE_FREE && trades[i].id == order->terms.trade_id)
            return trades[i].reason == CLOSE_MARGIN;
    return false;
}

static void liquidation_begins(struct recorder *r, const struct order_state *order, int64_t ts_ns)
{
    r->liquidating = order->id;
    *LIST_ADD(r->liquidations) =
        (struct result_liquidation){ .ts_ns = ts_ns,
                                     .trade_id = order->terms.trade_id,
                                     .text = "",
                                     .before = deposit(r),
                                     .after = PRICE_NONE,
                                     .equity_before = kernel_equity(r->kernel) };
}

static void liquidation_ends(struct recorder *r, const struct order_state *order)
{
    struct result_liquidation *row = &r->liquidations.at[r->liquidations.count - 1];
    r->liquidating = 0;
    row->text = order_text(r, order);
    row->quantity = order->filled;
    row->after = deposit(r);
    row->equity_after = kernel_equity(r->kernel);
}

static void count_refusal(struct recorder *r, const char *text)
{
    size_t len = strcspn(text, " :");
    for (size_t i = 0; i < r->refusals.count; i++)
        if (strlen(r->refusals.at[i].rule) == len &&
            strncmp(r->refusals.at[i].rule, text, len) == 0) {
            r->refusals.at[i].count++;
            return;
        }
    *LIST_ADD(r->refusals) = (struct result_refusal){ arena_strndup(r->arena, text, len),
                                                      arena_strdup(r->arena, text), 1 };
}

static void on_note(struct recorder *r, const struct effect *effect)
{
    static const char refused[] = "refused by a gate: ", called[] = "margin_call: ";
    const char *text = effect->of.note.text;
    if (effect->of.note.id == NOTE_GATE && strncmp(text, refused, sizeof refused - 1) == 0)
        count_refusal(r, text + sizeof refused - 1);
    r->margin.calls +=
        effect->of.note.id == NOTE_MARGIN_CALL && strncmp(text, called, sizeof called - 1) == 0;
}

/* An order is shown once, when it is over. */
static void on_order(struct recorder *r, const struct effect *effect)
{
    r->changed |= effect->of.order.state->filled > 0;
    if (r->liquidating == effect->of.order.state->id && order_status_is_done(effect->of.order.to))
        liquidation_ends(r, effect->of.order.state);
    if (order_status_is_done(effect->of.order.to) && !order_status_is_done(effect->of.order.from))
        add_order(r, effect->of.order.state);
}

/* ---- trades ---------------------------------------------------------------------------------- */

static const char *spec_name(const struct recorder *r, const struct trade *t,
                             const struct trade_leg *leg)
{
    if (t->structure < 0 && t->structure != STRUCTURE_KEPT)
        return leg->is_stock ? "stock" : "option";
    if (t->structure == STRUCTURE_KEPT)
        return "kept stock";
    if (leg->spec >= 0)
        return kernel_strategy(r->kernel, t->host)->structures[t->structure].legs[leg->spec].name;
    return leg->from_assignment ? "assigned stock" : "hedge";
}

/* A person's trade is of no strategy. */
static const char *strategy_name(const struct recorder *r, const struct trade *t)
{
    const struct strategy *s = kernel_strategy(r->kernel, t->host);
    return s ? s->name : "manual";
}

static const char *structure_name(const struct recorder *r, const struct trade *t)
{
    if (t->structure == STRUCTURE_MANUAL)
        return "manual";
    if (t->structure == STRUCTURE_LIQUIDATED)
        return "liquidated";
    return t->structure < 0 ? "shares"
                            : kernel_strategy(r->kernel, t->host)->structures[t->structure].name;
}

static void add_trade(struct recorder *r, const struct trade *t)
{
    struct result_leg *legs = arena_array(r->arena, struct result_leg, (size_t)t->leg_count);
    for (int i = 0; i < t->leg_count; i++) {
        const struct trade_leg *leg = &t->legs[i];
        legs[i] = (struct result_leg){ .is_stock = leg->is_stock,
                                       .contract = leg->contract,
                                       .quantity = leg->entry_quantity,
                                       .entry_price = leg->entry_price,
                                       .entry_bid = leg->entry_bid,
                                       .entry_ask = leg->entry_ask,
                                       .entry_iv = leg->entry_iv,
                                       .entry_delta = leg->entry_delta,
                                       .exit_price = leg->quantity ? PRICE_NONE : leg->exit_price,
                                       .mark_price = leg->quantity ? leg->mark : PRICE_NONE,
                                       .leg_name = spec_name(r, t, leg) };
    }
    /* Its end is one of its moments: a trade of one day may see no snapshot but the last. */
    int64_t pnl = trade_pnl(t);
    *LIST_ADD(r->trades) = (struct result_trade){ .id = t->id,
                                                  .host = t->host,
                                                  .strategy = strategy_name(r, t),
                                                  .underlying = kernel_underlying(r->kernel, t),
                                                  .structure = structure_name(r, t),
                                                  .opened_ns = t->opened_ns,
                                                  .closed_ns = t->closed_ns,
                                                  .units = t->units,
                                                  .entry_cash = t->entry_cash,
                                                  .exit_cash = t->flows - t->entry_cash + t->value,
                                                  .costs = t->costs,
                                                  .spread_cost = t->spread_cost,
                                                  .pnl = pnl,
                                                  .best = t->best > pnl ? t->best : pnl,
                                                  .worst = t->worst < pnl ? t->worst : pnl,
                                                  .max_loss = t->max_loss,
                                                  .underlying_entry = t->underlying_entry,
                                                  .underlying_exit = t->underlying_exit,
                                                  .rolls = t->rolls,
                                                  .reason = t->closed_ns ? t->reason : CLOSE_NONE,
                                                  .legs = legs,
                                                  .leg_count = (size_t)t->leg_count };
}

static void on_effect(void *context, const struct effect *effect)
{
    struct recorder *r = context;
    switch (effect->kind) {
    case EFFECT_SUBMIT:
        if (is_liquidation(r, effect->of.order.state))
            liquidation_begins(r, effect->of.order.state, effect->ts_ns);
        break;
    case EFFECT_STAGE:
    case EFFECT_REPLACE:
    case EFFECT_CANCEL:
        break;
    case EFFECT_ORDER:
        on_order(r, effect);
        break;
    case EFFECT_CLOSED:
        add_trade(r, effect->of.trade);
        if (effect->of.trade->host < r->each_count)
            r->closed_pnl[effect->of.trade->host] += trade_pnl(effect->of.trade);
        break;
    case EFFECT_NOTE:
        on_note(r, effect);
        recorder_note(r, note_is_warning(effect->of.note.id), effect->of.note.text);
        break;
    }
}

/* ---- points ---------------------------------------------------------------------------------- */

static struct result_point point_of(const struct recorder *r, const struct account *a,
                                    int64_t ts_ns)
{
    return (struct result_point){ .ts_ns = ts_ns,
                                  .equity = a->equity,
                                  .cash = a->cash,
                                  .options = a->options,
                                  .stock = a->stock,
                                  .delta = a->delta,
                                  .gamma = a->gamma,
                                  .vega = a->vega,
                                  .theta = a->theta,
                                  .underlying = kernel_book(r->kernel, 0)->underlying,
                                  .open_trades = a->open_trades };
}

static void take_points(struct recorder *r, int64_t ts_ns, bool is_snapshot)
{
    struct account a;
    kernel_account(r->kernel, &a);
    struct result_point p = point_of(r, &a, ts_ns);
    track_point(&r->all, &p, is_snapshot);
    for (uint32_t i = 0; i < r->each_count; i++) {
        /* As if the whole account were its own, and the others did nothing. */
        kernel_account_of(r->kernel, i, &a);
        a.cash += r->start + r->closed_pnl[i];
        a.equity += r->start + r->closed_pnl[i];
        p = point_of(r, &a, ts_ns);
        track_point(&r->each[i], &p, is_snapshot);
    }
}

static enum err on_after(void *context, const struct event *event)
{
    struct recorder *r = context;
    if (r->has_margin &&
        (event->kind == EVENT_DAY_END || (r->changed && event->kind == EVENT_MARKET)))
        count_margin(r, event->ts_ns, event->kind == EVENT_DAY_END);
    if (event->kind == EVENT_MARKET || event->kind == EVENT_SETTLE) {
        take_points(r, event->ts_ns, event->kind == EVENT_MARKET);
        if (event->kind == EVENT_MARKET) {
            r->quotes += event->of.market.rows.count;
            windows_saw(r->windows, event);
        }
    } else if (event->kind == EVENT_DAY_END && r->all.has_last) {
        track_day_end(&r->all);
        for (uint32_t i = 0; i < r->each_count; i++)
            track_day_end(&r->each[i]);
        if (r->on_day && !r->on_day(r->on_day_context))
            return err_set(ERR_CANCELLED, "the backtest was cancelled; nothing was written");
    }
    return ERR_OK;
}

struct runner_watch recorder_watch(struct recorder *r)
{
    return (struct runner_watch){ .context = r, .effect = on_effect, .after = on_after };
}

static int by_count(const void *left, const void *right)
{
    const struct result_refusal *a = left, *b = right;
    return a->count != b->count ? (a->count < b->count ? 1 : -1) : strcmp(a->rule, b->rule);
}

static int by_id(const void *left, const void *right)
{
    const struct result_trade *a = left, *b = right;
    return (a->id > b->id) - (a->id < b->id);
}

static void *into_arena(struct arena *arena, void *list, size_t count, size_t size)
{
    void *copy = arena_calloc(arena, count, size);
    if (count)
        memcpy(copy, list, count * size);
    mem_free(list);
    return copy;
}

void recorder_finish(struct recorder *r, struct backtest_result *result)
{
    size_t slots;
    const struct order_set *set = kernel_orders(r->kernel);
    for (const struct order_state *o = order_set_first_open(set); o; o = order_set_next(set, o))
        add_order(r, o);
    const struct trade *trades = kernel_trades(r->kernel, &slots);
    for (size_t i = 0; i < slots; i++)
        if (trades[i].state == TRADE_OPEN || trades[i].state == TRADE_REMNANT ||
            trades[i].state == TRADE_KEPT)
            add_trade(r, &trades[i]);
    struct arena *arena = r->arena;
    if (r->trades.count)
        qsort(r->trades.at, r->trades.count, sizeof *r->trades.at, by_id);
    result->trade_count = r->trades.count;
    result->trades = into_arena(arena, r->trades.at, r->trades.count, sizeof *r->trades.at);
    result->order_count = r->orders.count;
    result->orders = into_arena(arena, r->orders.at, r->orders.count, sizeof *r->orders.at);
    result->note_count = r->notes.count;
    result->notes = into_arena(arena, r->notes.at, r->notes.count, sizeof *r->notes.at);
    r->margin.rules = result->margin.rules;
    r->margin.is_asked = result->margin.is_asked;
    if (r->margin_days)
        r->margin.mean = money_from_dollars(r->margin_sum / (double)r->margin_days);
    result->margin = r->margin;
    if (r->refusals.count)
        qsort(r->refusals.at, r->refusals.count, sizeof *r->refusals.at, by_count);
    result->refusal_count = r->refusals.count;
    result->refusals = into_arena(arena, r->refusals.at, r->refusals.count, sizeof *r->refusals.at);
    result->liquidation_count = r->liquidations.count;
    result->liquidations =
        into_arena(arena, r->liquidations.at, r->liquidations.count, sizeof *r->liquidations.at);
    track_finish(&r->all, arena, result, r->quotes);
}

/* Its own of a list of rows that name their host. */
#define OWN_ROWS(type, list)                                                                       \
    do {                                                                                           \
        type *own = arena_array(r->arena, type, account->list##_count);                            \
        for (size_t n = 0; n < account->list##_count; n++)                                         \
            if (account->list##s[n].host == host)                                                  \
                own[out->list##_count++] = account->list##s[n];                                    \
        out->list##s = own;                                                                        \
    } while (0)

void recorder_finish_each(struct recorder *r, const struct backtest_result *account, uint32_t host,
                          struct backtest_result *out)
{
    MUST(host < r->each_count);
    OWN_ROWS(struct result_trade, trade);
    OWN_ROWS(struct result_order, order);
    track_finish(&r->each[host], r->arena, out, r->quotes);
}
