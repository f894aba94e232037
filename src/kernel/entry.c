/* The strategy host, first half: when to enter, with which legs, how much. */
#include "kernel/kernel_int.h"

#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "domain/types/calendar.h"

enum { NO_SLOT = -1 };

/* The slot that this instant belongs to, NO_SLOT when none: its key changes when the next begins.
 */
static int32_t entry_slot(const struct market *market, const struct entry_spec *entry)
{
    int32_t day = market->book.day, second = (int32_t)market->features[FEATURE_TIME];
    if (!(entry->weekdays & (1u << date_weekday(day))))
        return NO_SLOT;
    if (entry->dates) {
        bool listed = false;
        for (int i = 0; i < entry->date_count; i++)
            listed |= entry->dates[i] == day;
        if (!listed)
            return NO_SLOT;
    }
    int time = entry->time_count - 1;
    while (time >= 0 && entry->times[time] > second)
        time--;
    if (entry->time_count && (time < 0 || second >= entry->times[time] + entry->until))
        return NO_SLOT;
    switch (entry->every) {
    case ENTRY_EVERY_TIME:
        return day * 64 + (time < 0 ? 0 : time);
    case ENTRY_DAILY:
        return day;
    case ENTRY_WEEKLY:
        return (date_to_days(day) + 3) / 7; /* weeks start on Monday */
    case ENTRY_MONTHLY:
        return day / 100;
    case ENTRY_ONCE:
        return 1;
    case ENTRY_EXPIRY_DAY:
        return calendar_is_monthly_expiry(calendar_us(), day) ? day : NO_SLOT;
    case ENTRY_NEVER:
        return NO_SLOT;
    }
    return NO_SLOT;
}

/* Day and time do not fit 32 bits together with 64 slots; days since 1970 do. */
static int32_t slot_key(const struct market *market, const struct entry_spec *entry)
{
    int32_t slot = entry_slot(market, entry);
    if (slot == NO_SLOT || entry->every != ENTRY_EVERY_TIME)
        return slot;
    return date_to_days(market->book.day) * 64 + slot % 64;
}

static bool is_full(const struct host *host)
{
    uint32_t open = 0;
    for (int i = 0; i < host->strategy->structure_count; i++)
        open += host->structures[i].open;
    return host->strategy->max_open && open >= (uint32_t)host->strategy->max_open;
}

static bool is_due(const struct kernel *k, const struct host *host, int structure, int32_t *key)
{
    const struct market *market = host_market(k, host);
    const struct entry_spec *entry = &host->strategy->structures[structure].entry;
    const struct structure_state *state = &host->structures[structure];
    *key = slot_key(market, entry);
    if (*key == NO_SLOT || (state->entered_once && state->slot_key == *key))
        return false;
    if (state->open >= (uint32_t)entry->max_open || is_full(host))
        return false;
    if (state->closed_day && date_diff(market->book.day, state->closed_day) < entry->cooldown_days)
        return false;
    return !entry->when || expr_eval_bool(entry->when, market->features);
}

/* ---- how much -------------------------------------------------------------------------------- */

struct unit {                                      /* one unit of a plan */
    struct payoff_leg legs[STRATEGY_LEGS_MAX + 1]; /* and held shares */
    int64_t cash; /* received + or paid - at the mid, micros; PRICE_NONE unknown */
    int64_t far;  /* the same at the far sides: what an order may have to take */
    int64_t max_loss;
    int64_t secured; /* short puts at their strikes, shares at the underlying */
    int64_t short_call_shares;
};

static int64_t leg_mid(const struct book *book, const struct leg_spec *spec, uint32_t id)
{
    if (spec->kind == LEG_STOCK)
        return book->underlying;
    uint32_t row = book->row_of[id];
    int side = spec->kind == LEG_PUT;
    return quote_mid(book->bid[side][row], book->ask[side][row]);
}

/* Sold at the bid, bought at the ask. */
static int64_t leg_far(const struct book *book, const struct leg_spec *spec, uint32_t id)
{
    bool buys = spec->side > 0;
    if (spec->kind == LEG_STOCK) {
        int64_t quote = buys ? book->underlying_ask : book->underlying_bid;
        return quote != PRICE_NONE ? quote : book->underlying;
    }
    uint32_t row = book->row_of[id];
    int side = spec->kind == LEG_PUT;
    return buys ? book->ask[side][row] : book->bid[side][row];
}

static void add_cash(int64_t *cash, int64_t price, int64_t count)
{
    if (price == PRICE_NONE || *cash == PRICE_NONE)
        *cash = PRICE_NONE;
    else
        *cash -= money_mul(price, count);
}

/* False when one leg of a unit is worth so much that money could not be counted. */
static bool unit_measure(const struct book *book, const struct structure *s,
                         const struct entry_plan *plan, struct unit *unit)
{
    *unit = (struct unit){ 0 };
    int64_t bought = 0;
    for (int i = 0; i < s->leg_count; i++) {
        const struct leg_spec *spec = &s->legs[i];
        const struct contract *c =
            spec->kind == LEG_STOCK ? NULL : &book->contracts[plan->chosen[i].id];
        int64_t count = (int64_t)spec->ratio * (c ? c->multiplier : 1);
        unit->legs[i] = (struct payoff_leg){ .kind = spec->kind,
                                             .quantity = (int64_t)spec->side * spec->ratio,
                                             .multiplier = c ? c->multiplier : 1,
                                             .strike_mills = c ? c->strike_mills : 0,
                                             .expiry = c ? c->expiry : 0 };
        int64_t mid = leg_mid(book, spec, plan->chosen[i].id);
        double each = fmax(fmax((double)mid, (double)leg_far(book, spec, plan->chosen[i].id)),
                           c ? (double)contract_strike_micros(c) : 0.0);
        if (fmax(each, (double)book->underlying) * (double)count > 1e17)
            return false;
        add_cash(&unit->cash, mid, count * spec->side);
        add_cash(&unit->far, leg_far(book, spec, plan->chosen[i].id), count * spec->side);
        if (spec->side < 0 && spec->kind == LEG_PUT)
            unit->secured += money_mul(contract_strike_micros(c), count);
        if (spec->side < 0 && spec->kind == LEG_CALL)
            unit->short_call_shares += count;
        if (spec->kind == LEG_STOCK && spec->side > 0)
            bought += count;
    }
    /* A covered call needs its shares once, not once for the stock and once for the call. */
    int64_t shares = bought > unit->short_call_shares ? bought : unit->short_call_shares;
    if (shares && book->underlying != PRICE_NONE)
        unit->secured += money_mul(book->underlying, shares);
    size_t count = (size_t)s->leg_count;
    /* Calls written on shares that are held are covered by them. */
    if (s->size.rule == SIZE_SHARES && book->underlying != PRICE_NONE)
        unit->legs[count++] = (struct payoff_leg){ .kind = LEG_STOCK,
                                                   .quantity = unit->short_call_shares,
                                                   .multiplier = 1 };
    int64_t paid = s->size.rule == SIZE_SHARES && book->underlying != PRICE_NONE
                       ? money_mul(book->underlying, unit->short_call_shares)
                       : 0;
    unit->max_loss =
        unit->far == PRICE_NONE ? INT64_MAX : payoff_max_loss(unit->legs, count, unit->far - paid);
    return true;
}

static int64_t units_within(double micros, int64_t each)
{
    return each > 0 && micros > 0 ? (int64_t)(micros / (double)each) : 0;
}

/* Shares kept outside trades that no call written on them needs yet. */
static int64_t shares_free(const struct kernel *k, const struct host *host)
{
    int64_t free = host_shares(k, host);
    for (uint32_t i = host->first_trade; i != NONE; i = k->trade_next[i]) {
        const struct trade *trade = &k->trades[i];
        const struct structure *s = trade_structure(k, trade);
        if (!s || s->size.rule != SIZE_SHARES)
            continue;
        for (int j = 0; j < trade->leg_count; j++) {
            const struct trade_leg *leg = &trade->legs[j];
            if (!leg->is_stock && leg->contract.right == OPTION_CALL && leg->quantity < 0)
                free += leg->quantity * leg->contract.multiplier;
        }
    }
    return free;
}

static int64_t units_for(const struct kernel *k, const struct host *host,
                         const struct size_spec *size, const struct unit *unit, char *why,
                         size_t why_bytes)
{
    double part = size->value / 100.0 * (double)ledger_equity(k);
    int64_t units = 0;
    switch (size->rule) {
    case SIZE_CONTRACTS:
        units = (int64_t)size->value;
        break;
    case SIZE_RISK:
        if (unit->max_loss == INT64_MAX) {
            snprintf(why, why_bytes, "size by risk: the worst loss of a unit is unbounded");
            return 0;
        }
        units = units_within(part, unit->max_loss);
        break;
    case SIZE_CASH_SECURED:
        units = units_within(part, unit->secured);
        break;
    case SIZE_PREMIUM:
        units = unit->cash == PRICE_NONE ? 0 : units_within(part, llabs(unit->cash));
        break;
    case SIZE_SHARES:
        units = unit->short_call_shares ? shares_free(k, host) / unit->short_call_shares : 0;
        break;
    }
    if (size->scale) {
        double scale = expr_eval(size->scale, host_market(k, host)->features);
        if (!(scale > 0)) {
            snprintf(why, why_bytes, "size.scale is unknown or not above 0");
            return 0;
        }
        units = (int64_t)fmin((double)units * scale, 1e9);
    }
    if (size->max && units > size->max)
        units = size->max;
    if (units <= 0)
        snprintf(why, why_bytes, "the account is too small for one unit by its size rule");
    return units;
}

/* ---- which legs ------------------------------------------------------------------------------ */

struct choosing {
    struct kernel *k;
    struct book *book;
};

static bool need_greeks(void *context, uint32_t index)
{
    const struct choosing *choosing = context;
    struct kernel *k = choosing->k;
    struct slice *slice = &choosing->book->slices[k->view_index[index]];
    if (!book_greeks(choosing->book, slice))
        return false;
    k->views[index] = slice->view;
    return true;
}

bool entry_plan_make(struct kernel *k, struct host *host, int structure, int64_t units,
                     struct entry_plan *plan, char *why, size_t why_bytes)
{
    const struct structure *s = &host->strategy->structures[structure];
    struct book *book = &host_market(k, host)->book;
    struct choosing choosing = { k, book };
    struct chain_view view = book_view(book, k->views, k->view_index);
    view.need_greeks = need_greeks;
    view.ctx = &choosing;
    struct select_miss miss;
    if (!select_legs(s, &view, plan->chosen, &miss)) {
        /* What was nearest differs from day to day: without it, the same miss is the same note. */
        char text[SELECT_TEXT_BYTES];
        select_miss_format(text, s, &miss);
        char *nearest = strstr(text, " (nearest");
        snprintf(why, why_bytes, "%.*s", nearest ? (int)(nearest - text) : SELECT_TEXT_BYTES, text);
        return false;
    }
    struct unit unit;
    if (!unit_measure(book, s, plan, &unit)) {
        snprintf(why, why_bytes, "one unit has a leg worth more than 100 billion dollars");
        return false;
    }
    plan->units = units ? units : units_for(k, host, &s->size, &unit, why, why_bytes);
    if (plan->units <= 0)
        return false;
    plan->net_mid = unit.cash == PRICE_NONE ? PRICE_NONE : -unit.cash;
    if (unit.max_loss == INT64_MAX || !money_try_mul(unit.max_loss, plan->units, &plan->max_loss))
        plan->max_loss = INT64_MAX;
    const struct entry_spec *entry = &s->entry;
    double credit = unit.cash == PRICE_NONE ? NAN : money_to_dollars(unit.cash) / 100.0;
    if (!isnan(entry->min_credit) && !(credit >= entry->min_credit)) {
        snprintf(why, why_bytes, "the credit is below %g a share", entry->min_credit);
        return false;
    }
    if (!isnan(entry->max_debit) && !(-credit <= entry->max_debit)) {
        snprintf(why, why_bytes, "the debit is above %g a share", entry->max_debit);
        return false;
    }
    return true;
}

uint32_t entry_trade_begin(struct kernel *k, struct host *host, int structure,
                           const struct entry_plan *plan)
{
    uint32_t slot = trade_slot_take(k, host);
    if (slot == NONE) {
        note(k, NOTE_NO_ROOM, "all %u places for open trades are taken; an entry was skipped",
             k->config.limits.trades);
        return slot;
    }
    k->trades[slot].structure = structure;
    k->trades[slot].max_loss = plan->max_loss;
    return slot;
}

/* ---- sending --------------------------------------------------------------------------------- */

static bool build(struct kernel *k, struct draft *draft, const struct structure *s,
                  const struct entry_plan *plan, uint32_t slot, int from, int to)
{
    draft_init(k, draft, slot, PURPOSE_OPEN);
    for (int i = from; i < to; i++) {
        const struct leg_spec *spec = &s->legs[i];
        int64_t ratio = (int64_t)spec->side * spec->ratio;
        if (!(spec->kind == LEG_STOCK
                  ? draft_add_stock(k, draft, ratio, -1, i)
                  : draft_add_option(k, draft, plan->chosen[i].id, ratio, -1, i)))
            return false;
    }
    return true;
}

/* All orders of an entry leave or none: legs that go one by one must not lose their cover at a
 * gate. */
static bool send_entry(struct kernel *k, const struct structure *s, const struct entry_plan *plan,
                       uint32_t slot)
{
    struct draft drafts[STRATEGY_LEGS_MAX];
    int count = 0, step = s->entry.separate_orders ? 1 : s->leg_count;
    for (int from = 0; from < s->leg_count; from += step)
        MUST(build(k, &drafts[count++], s, plan, slot, from, from + step));
    for (int i = 0; count > 1 && i < count; i++)
        if (!draft_would_go(k, &drafts[i], plan->units, plan->max_loss))
            return false;
    int sent = 0;
    for (int i = 0; i < count; i++)
        sent += draft_send(k, &drafts[i], plan->units, plan->max_loss);
    return sent > 0;
}

static void enter(struct kernel *k, struct host *host, int structure, int32_t key)
{
    const struct structure *s = &host->strategy->structures[structure];
    struct structure_state *state = &host->structures[structure];
    int32_t day = host_market(k, host)->book.day;
    struct entry_plan plan = { 0 };
    char why[200] = "";
    if (!entry_plan_make(k, host, structure, 0, &plan, why, sizeof why)) {
        if (state->missed_day != day || state->missed_key != key)
            note(k, NOTE_NO_LEGS, "structure %s found no entry: %s", s->name, why);
        state->missed_day = day;
        state->missed_key = key;
        return;
    }
    uint32_t slot = entry_trade_begin(k, host, structure, &plan);
    if (slot == NONE)
        return;
    state->entered_once = true;
    state->slot_key = key;
    state->open++;
    if (send_entry(k, s, &plan, slot))
        return;
    state->open--;
    trade_slot_give(k, slot);
}

void host_enter(struct kernel *k, struct host *host)
{
    const struct market *market = host_market(k, host);
    if (k->state != RISK_NORMAL || !host->is_armed || k->entries_halted_today ||
        k->now_ns < market->book.open_ns || market->is_doubted)
        return;
    features_host(k, host);
    for (int i = 0; i < host->strategy->structure_count; i++) {
        int32_t key;
        if (is_due(k, host, i, &key))
            enter(k, host, i, key);
    }
}
