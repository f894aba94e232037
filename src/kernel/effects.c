#include "kernel/kernel_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct effect *effect_add(struct kernel *k, enum effect_kind kind)
{
    MUST(k->effect_count < k->config.limits.effects);
    struct effect *effect = &k->effects[k->effect_count++];
    *effect = (struct effect){ .kind = kind, .ts_ns = k->now_ns };
    return effect;
}

void note(struct kernel *k, enum note_id id, const char *format, ...)
{
    /* Notes are for people: a step that has too many keeps its room for orders and trades. */
    if (k->step_notes == NOTES_PER_STEP)
        return;
    char *text = k->notes[k->step_notes++];
    struct effect *effect = effect_add(k, EFFECT_NOTE);
    effect->of.note.id = id;
    effect->of.note.text = text;
    va_list args;
    va_start(args, format);
    vsnprintf(text, NOTE_BYTES, format, args);
    va_end(args);
}

bool note_is_warning(enum note_id id)
{
    static const bool warnings[] = {
#define NOTE(id, warning, text) warning,
#include "kernel/notes.def"
#undef NOTE
    };
    MUST((unsigned)id < NOTE_COUNT);
    return warnings[id];
}

const char *close_reason_name(enum close_reason reason)
{
    static const char *const names[CLOSE_REASON_COUNT] = {
        [CLOSE_NONE] = "open",       [CLOSE_PROFIT] = "profit",
        [CLOSE_LOSS] = "stop",       [CLOSE_TIME] = "time",
        [CLOSE_DTE] = "dte",         [CLOSE_DAYS_HELD] = "days_held",
        [CLOSE_DELTA] = "delta",     [CLOSE_CONDITION] = "condition",
        [CLOSE_ROLLED] = "rolled",   [CLOSE_EXPIRED] = "expired",
        [CLOSE_COMMAND] = "command", [CLOSE_SHARES] = "delivered",
        [CLOSE_MARGIN] = "margin",   [CLOSE_TRAIL] = "trail",
        [CLOSE_BREACH] = "breach",
    };
    MUST((unsigned)reason < CLOSE_REASON_COUNT);
    return names[reason];
}

/* FNV-1a over 8-byte words, then bytes: quick, and a changed bit changes the result. */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    for (; len >= 8; at += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        hash = (hash ^ word) * UINT64_C(0x100000001b3);
        hash ^= hash >> 29;
    }
    for (; len; at++, len--)
        hash = (hash ^ *at) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t hash_column(uint64_t hash, const void *column, size_t count, size_t size)
{
    return column ? hash_bytes(hash, column, count * size) : hash;
}

static uint64_t hash_edit(uint64_t h, const struct order_edit *edit)
{
    int64_t w[6] = { edit->quantity,   edit->type, edit->net_price,
                     edit->stop_price, edit->tif,  edit->tif_until };
    return hash_bytes(h, w, sizeof w);
}

/* Only fields with a meaning are hashed, never padding. */
static uint64_t hash_terms(uint64_t h, const struct order_terms *terms)
{
    int64_t head[6] = { (int64_t)terms->trade_id, terms->host,  terms->purpose,
                        terms->underlying_index,  terms->flags, terms->leg_count };
    h = hash_bytes(h, head, sizeof head);
    for (int i = 0; i < terms->leg_count; i++) {
        const struct package_leg *leg = &terms->legs[i];
        int64_t w[4] = { leg->is_stock, leg->ratio, leg->bid, leg->ask };
        h = hash_bytes(h, w, sizeof w);
        if (!leg->is_stock)
            h = hash_bytes(h, &leg->contract, sizeof leg->contract);
    }
    return hash_edit(h, &terms->edit);
}

static uint64_t hash_report(uint64_t h, const struct order_report *r)
{
    int64_t head[4] = { (int64_t)r->order_id, r->what, r->version, r->reason };
    h = hash_bytes(h, head, sizeof head);
    for (int i = 0; i < r->fill_count && i < PACKAGE_LEGS_MAX; i++) {
        const struct report_fill *f = &r->fills[i];
        int64_t w[10] = { (int64_t)f->exec.high,
                          (int64_t)f->exec.low,
                          (int64_t)f->corrects.high,
                          (int64_t)f->corrects.low,
                          f->leg,
                          f->quantity,
                          f->price,
                          f->costs.commission,
                          f->costs.exchange,
                          f->costs.regulatory };
        h = hash_bytes(h, w, sizeof w);
    }
    return h;
}

static uint64_t hash_command(uint64_t h, const struct event_command *c)
{
    int64_t head[8] = { c->kind,  c->role,  (int64_t)c->order_id, (int64_t)c->trade_id, c->host,
                        c->limit, c->value, c->until_ns };
    h = hash_bytes(h, head, sizeof head);
    if (c->terms)
        h = hash_terms(h, c->terms);
    if (c->exits)
        h = hash_bytes(h, c->exits, sizeof *c->exits);
    if (c->strategy)
        h = hash_bytes(h, c->strategy->hash, strnlen(c->strategy->hash, sizeof c->strategy->hash));
    return c->edit ? hash_edit(h, c->edit) : h;
}

void hash_event(struct kernel *k, const struct event *event)
{
    uint64_t h = k->events_hash;
    int64_t head[4] = { event->ts_ns, (int64_t)event->sequence, event->kind, event->underlying };
    h = hash_bytes(h, head, sizeof head);
    switch (event->kind) {
    case EVENT_SESSION: {
        const struct event_session *s = &event->of.session;
        int64_t day[3] = { s->day, s->open_ns, s->close_ns };
        h = hash_bytes(h, day, sizeof day);
        h = hash_bytes(h, &s->rate, sizeof s->rate);
        h = hash_column(h, s->contracts, s->contract_count, sizeof *s->contracts);
        h = hash_column(h, s->open_interest, s->contract_count, sizeof *s->open_interest);
        break;
    }
    case EVENT_MARKET: {
        const struct event_market *m = &event->of.market;
        int64_t level[4] = { m->underlying, m->bid, m->ask, m->flags };
        h = hash_bytes(h, level, sizeof level);
        int64_t traded[2] = { m->traded, m->traded_price };
        if (m->traded)
            h = hash_bytes(h, traded, sizeof traded);
        h = hash_column(h, m->rows.contract, m->rows.count, sizeof *m->rows.contract);
        h = hash_column(h, m->rows.bid, m->rows.count, sizeof *m->rows.bid);
        h = hash_column(h, m->rows.ask, m->rows.count, sizeof *m->rows.ask);
        h = hash_column(h, m->rows.bid_size, m->rows.count, sizeof *m->rows.bid_size);
        h = hash_column(h, m->rows.ask_size, m->rows.count, sizeof *m->rows.ask_size);
        break;
    }
    case EVENT_QUOTE: {
        const struct event_quote *q = &event->of.quote;
        int64_t w[5] = { q->contract, (int64_t)((uint64_t)q->bid_size << 32 | q->ask_size), q->bid,
                         q->ask, q->last };
        h = hash_bytes(h, w, sizeof w);
        if (q->traded)
            h = hash_bytes(h, &q->traded, sizeof q->traded);
        break;
    }
    case EVENT_SETTLE: {
        int64_t s[4] = { event->of.settle.expiry, event->of.settle.settle, event->of.settle.price,
                         event->of.settle.source };
        h = hash_bytes(h, s, sizeof s);
        break;
    }
    case EVENT_LEVEL:
        h = hash_bytes(h, event->of.level.symbol, strnlen(event->of.level.symbol, 16));
        h = hash_bytes(h, &event->of.level.value, sizeof event->of.level.value);
        break;
    case EVENT_DECLARE: {
        int64_t w[2] = { event->of.declare.ex_day, event->of.declare.amount };
        h = hash_bytes(h, w, sizeof w);
        break;
    }
    case EVENT_SPLIT: {
        int64_t w[2] = { event->of.split.to, event->of.split.from };
        h = hash_bytes(h, w, sizeof w);
        break;
    }
    case EVENT_ASSIGN: {
        int64_t w[2] = { event->of.assign.quantity, event->of.assign.price };
        h = hash_bytes(hash_bytes(h, w, sizeof w), &event->of.assign.contract,
                       sizeof event->of.assign.contract);
        break;
    }
    case EVENT_DIVIDEND:
        h = hash_bytes(h, &event->of.dividend.amount, sizeof event->of.dividend.amount);
        break;
    case EVENT_REPORT:
        h = hash_report(h, event->of.report);
        break;
    case EVENT_COMMAND:
        h = hash_command(h, &event->of.command);
        break;
    case EVENT_TIMER: {
        int64_t w[2] = { event->of.timer.wall_ns, event->of.timer.steady_ns };
        h = hash_bytes(h, w, sizeof w);
        break;
    }
    case EVENT_DATED: {
        int64_t w[3] = { event->of.dated.kind, event->of.dated.happens_ns,
                         event->of.dated.is_withdrawn };
        h = hash_bytes(h, w, sizeof w);
        break;
    }
    case EVENT_FEED: {
        int64_t w[3] = { event->of.feed.is_doubted, event->of.feed.here, event->of.feed.there };
        h = hash_bytes(hash_bytes(h, w, sizeof w), event->of.feed.why,
                       strnlen(event->of.feed.why, sizeof event->of.feed.why));
        break;
    }
    case EVENT_DAY_END:
    case EVENT_KIND_COUNT:
        break;
    }
    k->events_hash = h;
}

static uint64_t hash_effect(uint64_t h, const struct effect *effect)
{
    int64_t head[2] = { effect->kind, effect->ts_ns };
    h = hash_bytes(h, head, sizeof head);
    const struct order_state *order = effect->of.order.state;
    switch (effect->kind) {
    case EFFECT_SUBMIT:
    case EFFECT_STAGE:
        h = hash_terms(hash_bytes(h, &order->id, sizeof order->id), &order->terms);
        return order->terms.links.parent ? hash_edit(h, &order->edit) : h;
    case EFFECT_REPLACE:
        return hash_edit(hash_bytes(h, &order->id, sizeof order->id), &order->asked);
    case EFFECT_CANCEL:
        return hash_bytes(h, &order->id, sizeof order->id);
    case EFFECT_ORDER: {
        int64_t w[6] = { (int64_t)order->id,      effect->of.order.from, effect->of.order.to,
                         effect->of.order.alarms, order->filled,         order->cash };
        return hash_bytes(h, w, sizeof w);
    }
    case EFFECT_CLOSED: {
        const struct trade *t = effect->of.trade;
        int64_t w[6] = { (int64_t)t->id, t->flows, t->costs, t->spread_cost, t->reason, t->rolls };
        return hash_bytes(h, w, sizeof w);
    }
    case EFFECT_NOTE:
        return hash_bytes(h, effect->of.note.text, strlen(effect->of.note.text));
    }
    return h;
}

const struct effect *kernel_effects(const struct kernel *k, size_t *count)
{
    *count = k->effect_count;
    return k->effects;
}

uint64_t kernel_events_hash(const struct kernel *k)
{
    return k->events_hash;
}

uint64_t kernel_effects_hash(const struct kernel *k)
{
    return k->effects_hash;
}

void effects_hash_step(struct kernel *k)
{
    for (size_t i = 0; i < k->effect_count; i++)
        k->effects_hash = hash_effect(k->effects_hash, &k->effects[i]);
}
