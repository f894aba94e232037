#include "kernel/kernel_int.h"

#include <math.h>
#include <string.h>

enum err kernel_open(struct kernel **out, struct arena *arena, const struct kernel_config *config)
{
    MUST(config->strategy != NULL);
    const struct kernel_limits *limit = &config->limits;
    if (!limit->trades || !limit->orders ||
        limit->effects < kernel_effects_needed(limit->trades, limit->orders))
        return err_set(ERR_RANGE, "kernel limits of %u trades, %u orders, %u effects are too small",
                       limit->trades, limit->orders, limit->effects);
    struct kernel *k = arena_new(arena, struct kernel);
    k->config = *config;
    k->strategy = config->strategy;
    k->cash = config->cash;
    k->shares_mark = PRICE_NONE;
    k->vix = NAN;
    k->iv_today = NAN;
    k->events_hash = k->effects_hash = UINT64_C(0xcbf29ce484222325);
    book_init(&k->book, arena, limit->book);
    k->trades = arena_array(arena, struct trade, limit->trades);
    k->orders = arena_array(arena, struct working_order, limit->orders);
    k->effects = arena_array(arena, struct effect, limit->effects);
    k->views = arena_array(arena, struct chain_expiry, limit->book.slices);
    k->view_index = arena_array(arena, uint32_t, limit->book.slices);
    features_open(k, arena);
    *out = k;
    return ERR_OK;
}

static enum err on_session(struct kernel *k, const struct event_session *session)
{
    enum err err = book_session(&k->book, session);
    if (err)
        return err;
    ledger_relist(k);
    signals_session(k);
    k->day_start_equity = ledger_equity(k);
    k->entries_halted_today = false;
    return ERR_OK;
}

static void on_market(struct kernel *k, const struct event_market *market)
{
    book_market(&k->book, k->now_ns, market);
    ledger_mark(k);
    features_market(k);
    double limit = k->strategy->daily_loss_percent;
    int64_t loss = k->day_start_equity - ledger_equity(k);
    if (!isnan(limit) && !k->entries_halted_today && k->day_start_equity > 0 &&
        (double)loss >= limit / 100.0 * (double)k->day_start_equity) {
        k->entries_halted_today = true;
        note(k, NOTE_DAILY_LOSS, "daily loss limit of %g %% reached: no entries for the rest of the day",
             limit);
    }
    host_manage(k);
    host_enter(k);
}

static void on_command(struct kernel *k, const struct event_command *command)
{
    k->halted = command->kind != COMMAND_RESUME;
    k->flattening = k->halted && (k->flattening || command->kind == COMMAND_FLATTEN);
    if (k->halted)
        note(k, NOTE_HALTED, "trading was halted by %.31s: %.63s", command->who, command->why);
}

static enum err handle(struct kernel *k, const struct event *event)
{
    switch (event->kind) {
    case EVENT_SESSION:
        return on_session(k, &event->of.session);
    case EVENT_MARKET:
        on_market(k, &event->of.market);
        return ERR_OK;
    case EVENT_ANSWER:
        ledger_answer(k, &event->of.answer);
        return ERR_OK;
    case EVENT_SETTLE:
        return ledger_settle(k, &event->of.settle);
    case EVENT_DIVIDEND:
        ledger_dividend(k, event->of.dividend.amount);
        return ERR_OK;
    case EVENT_LEVEL:
        if (strcmp(event->of.level.symbol, "VIX") == 0)
            k->vix = event->of.level.value == PRICE_NONE ? NAN
                                                         : money_to_dollars(event->of.level.value);
        return ERR_OK;
    case EVENT_COMMAND:
        on_command(k, &event->of.command);
        return ERR_OK;
    case EVENT_DAY_END:
        features_day_end(k);
        return ERR_OK;
    case EVENT_KIND_COUNT:
        break;
    }
    must_fail("an event of unknown kind", __FILE__, __LINE__);
}

enum err kernel_step(struct kernel *k, const struct event *event)
{
    k->effect_count = 0;
    k->step_notes = 0;
    if (k->failed)
        return err_set(ERR_FULL, "the kernel stopped at a limit and takes no more events");
    if (event->ts_ns < k->now_ns)
        return err_set(ERR_RANGE, "event %llu (%s) goes back in time",
                       (unsigned long long)event->sequence, event_kind_name(event->kind));
    k->now_ns = event->ts_ns;
    hash_event(k, event);
    enum err err = handle(k, event);
    if (err)
        k->failed = true;
    effects_hash_step(k);
    return err;
}

void kernel_account(struct kernel *k, struct account *out)
{
    *out = (struct account){ .cash = k->cash, .shares = k->shares };
    for (uint32_t i = 0; i < k->trade_high; i++) {
        const struct trade *trade = &k->trades[i];
        if (trade->state == TRADE_FREE)
            continue;
        out->open_trades += trade->state == TRADE_OPEN;
        for (int j = 0; j < trade->leg_count; j++) {
            const struct trade_leg *leg = &trade->legs[j];
            if (!leg->quantity)
                continue;
            int64_t value = leg->mark == PRICE_NONE
                                ? 0
                                : money_mul(leg->mark, leg->quantity * leg_multiplier(leg));
            *(leg->is_stock ? &out->stock : &out->options) += value;
            double count = (double)leg->quantity * (double)leg_multiplier(leg);
            if (leg->is_stock) {
                out->delta += count;
                continue;
            }
            struct option_greeks g = { NAN, NAN, NAN, NAN, NAN };
            if (leg->id != OPTION_NONE)
                g = book_option_greeks(&k->book, leg->id);
            out->delta += g.delta * count;
            out->gamma += g.gamma * count;
            out->vega += g.vega * count / 100.0;
            out->theta += g.theta * count / 365.0;
        }
    }
    if (k->shares) {
        out->stock += money_mul(k->shares_mark, k->shares);
        out->delta += (double)k->shares;
    }
    out->equity = out->cash + out->options + out->stock;
}

const struct trade *kernel_trades(const struct kernel *k, size_t *slots)
{
    *slots = k->trade_high;
    return k->trades;
}

const struct book *kernel_book(const struct kernel *k)
{
    return &k->book;
}
