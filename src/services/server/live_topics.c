/* What a shot of the desk says, as items of topics: positions, account, strategies, underlyings,
 * the desk itself. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/zone.h"
#include "domain/features/term.h"
#include "domain/types/occ_symbol.h"
#include "services/server/live_int.h"
#include "services/server/server_int.h"

enum { PLACES = 8192, PLACE_BYTES = 64, OWNERS_EVERY = 20 };

/* What was said last of a key, so that only changes are said. */
struct place {
    char key[PLACE_BYTES]; /* "" free */
    enum topic topic;
    uint64_t hash;
    unsigned stamp; /* of the publishing that saw it last */
};

/* What is known of a trade beside the kernel's. */
struct owned {
    uint64_t id; /* 0 free */
    char owner[DB_ID_BYTES];
    int32_t day;   /* that start is of */
    int64_t start; /* profit when the day began; PRICE_NONE: it had not begun */
};

struct live_topics {
    struct place places[PLACES];
    struct owned owned[PLACES];
    struct db_desk_strategy strategies[SHOT_STRATEGIES]; /* owners and what is closed; by host */
    struct arena arena;                                  /* of their texts */
    uint32_t strategy_count;
    unsigned stamp;
    int32_t day;
    int64_t equity_start; /* PRICE_NONE */
    struct buf text;
};

/* ---- saying ---------------------------------------------------------------------------------- */

static uint64_t hash_of(struct str text)
{
    uint64_t h = 14695981039346656037U; /* FNV-1a */
    for (size_t i = 0; i < text.len; i++)
        h = (h ^ (unsigned char)text.ptr[i]) * 1099511628211U;
    return h;
}

static struct place *place_of(struct live_topics *t, enum topic topic, const char *key)
{
    size_t at = hash_of(str_from(key)) % PLACES;
    for (size_t i = 0; i < PLACES; i++, at = (at + 1) % PLACES) {
        struct place *p = &t->places[at];
        if (!p->key[0] || (p->topic == topic && strcmp(p->key, key) == 0))
            return p;
    }
    return NULL; /* more than there is room for: said every time */
}

static void say(struct live_desk *live, enum topic topic, const char *key)
{
    struct live_topics *t = live->topics;
    struct place *p = place_of(t, topic, key);
    uint64_t hash = hash_of(buf_str(&t->text));
    if (!p || p->hash != hash || !p->key[0])
        hub_put(live->options.hub, topic, key, "", buf_str(&t->text));
    if (!p)
        return;
    if (!p->key[0])
        snprintf(p->key, sizeof p->key, "%s", key);
    p->topic = topic;
    p->hash = hash;
    p->stamp = t->stamp;
}

/* Positions that are gone. The table is laid out anew then: it is probed without gaps. */
static void forget(struct live_desk *live)
{
    struct live_topics *t = live->topics;
    bool has_gone = false;
    for (size_t i = 0; i < PLACES; i++) {
        struct place *p = &t->places[i];
        if (!p->key[0] || p->topic != TOPIC_POSITIONS || p->stamp == t->stamp)
            continue;
        hub_remove(live->options.hub, TOPIC_POSITIONS, p->key);
        p->hash = 0;
        p->stamp = 0;
        has_gone = true;
    }
    if (!has_gone)
        return;
    struct place *old = mem_alloc(sizeof t->places);
    memcpy(old, t->places, sizeof t->places);
    memset(t->places, 0, sizeof t->places);
    for (size_t i = 0; i < PLACES; i++)
        if (old[i].key[0] && old[i].hash)
            *place_of(t, old[i].topic, old[i].key) = old[i];
    mem_free(old);
}

static struct json_writer begin(struct live_topics *t)
{
    buf_clear(&t->text);
    struct json_writer json = { .out = &t->text };
    json_object_begin(&json);
    return json;
}

/* ---- owners, and what the day began with ----------------------------------------------------- */

static void read_strategies(struct live_desk *live)
{
    struct live_topics *t = live->topics;
    struct db_desk_strategy *all;
    size_t count;
    arena_clear(&t->arena);
    t->strategy_count = 0;
    if (db_desk_strategy_list(live->db, &t->arena, live_desk_id, SHOT_STRATEGIES, &all, &count)) {
        log_warn("desk", "strategies are shown without owners: %s", err_detail());
        return;
    }
    for (size_t i = 0; i < count; i++) {
        while (t->strategy_count < SHOT_STRATEGIES && t->strategy_count <= (uint32_t)all[i].host)
            t->strategies[t->strategy_count++] = (struct db_desk_strategy){ .owner = "" };
        if (all[i].host >= 0 && all[i].host < SHOT_STRATEGIES)
            t->strategies[all[i].host] = all[i];
    }
}

static int64_t mark_of(struct live_desk *live, const char *key)
{
    int64_t value;
    return db_mark_get(live->db, live_desk_id, live->topics->day, key, &value) ? PRICE_NONE : value;
}

static void begin_day(struct live_desk *live, const struct desk_shot *shot)
{
    struct live_topics *t = live->topics;
    char key[32];
    t->day = shot->day;
    memset(t->owned, 0, sizeof t->owned);
    enum err err = db_mark_put(live->db, live_desk_id, shot->day, "equity", shot->equity);
    for (uint32_t i = 0; !err && i < shot->trade_count; i++) {
        const struct trade *trade = &shot->trades[i].trade;
        if (zone_date(ZONE_NEW_YORK, trade->opened_ns) == shot->day)
            continue;
        snprintf(key, sizeof key, "t%llu", (unsigned long long)trade->id);
        err = db_mark_put(live->db, live_desk_id, shot->day, key, trade_pnl(trade));
    }
    if (!err)
        err = db_mark_forget(live->db, live_desk_id, shot->day);
    if (err)
        log_warn("desk", "what the day began with is not kept: %s", err_detail());
    t->equity_start = mark_of(live, "equity");
    atomic_store(&live->equity_start, t->equity_start);
}

static struct owned *owned_of(struct live_desk *live, const struct desk_shot *shot,
                              const struct trade *trade)
{
    struct live_topics *t = live->topics;
    struct owned *o = &t->owned[trade->id % PLACES];
    struct arena step;
    const char *owner = "";
    char key[32];
    bool is_strategys = trade->host < shot->strategy_count;
    if (o->id == trade->id && o->day == t->day && o->owner[0])
        return o;
    arena_init(&step, "step", 1024);
    if (is_strategys)
        owner = trade->host < t->strategy_count ? t->strategies[trade->host].owner : "";
    else if (db_trade_owner(live->db, &step, (int64_t)trade->id, &owner))
        owner = ""; /* its first order is not in the rows yet */
    *o = (struct owned){ .id = trade->id, .day = t->day, .start = 0 };
    snprintf(o->owner, sizeof o->owner, "%s", owner);
    /* One that waits for its first fill has not been there before either. */
    if (trade->opened_ns && zone_date(ZONE_NEW_YORK, trade->opened_ns) != t->day) {
        snprintf(key, sizeof key, "t%llu", (unsigned long long)trade->id);
        o->start = mark_of(live, key);
    }
    arena_clear(&step);
    return o;
}

/* ---- positions ------------------------------------------------------------------------------- */

struct sums {
    double delta, gamma, theta, vega;
    int64_t value, marked_ns;
    bool has_value;
};

void live_leg_name(char out[OCC_SYMBOL_BYTES], const struct trade_leg *leg)
{
    if (leg->is_stock) {
        snprintf(out, OCC_SYMBOL_BYTES, "stock");
        return;
    }
    struct occ_symbol symbol = occ_symbol_of(&leg->contract);
    occ_symbol_format(out, &symbol, OCC_PADDED);
}

static struct live_greeks greeks_of(struct live_desk *live, uint32_t market,
                                    const struct trade_leg *leg)
{
    if (!leg->is_stock)
        return live_desk_greeks(live, market, &leg->contract);
    return (struct live_greeks){ NAN, 1, 0, 0, 0, PRICE_NONE, PRICE_NONE, leg->mark_ns };
}

/* PRICE_NONE: not known. */
static int64_t value_of(const struct trade_leg *leg)
{
    int64_t each = leg->is_stock ? 1 : leg->contract.multiplier, value;
    bool is_known =
        leg->mark != PRICE_NONE && money_try_mul(leg->mark, leg->quantity * each, &value);
    return is_known ? value : PRICE_NONE;
}

/* What is left can lose at expiry, as the trade opened; PRICE_NONE: unbounded, or not known since
 * its legs do not stand as they stood to one another. */
static int64_t worst_left(const struct trade *trade)
{
    const struct trade_leg *first = &trade->legs[0];
    int64_t loss, entry = llabs(first->entry_quantity);
    if (trade->max_loss == INT64_MAX || trade->leg_count == 0 || entry == 0)
        return PRICE_NONE;
    for (int i = 1; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        if ((double)leg->quantity * (double)first->entry_quantity !=
            (double)first->quantity * (double)leg->entry_quantity)
            return PRICE_NONE;
    }
    if (llabs(first->quantity) >= entry)
        return trade->max_loss;
    if (!money_try_mul(trade->max_loss, llabs(first->quantity), &loss))
        return PRICE_NONE;
    return (loss + entry - 1) / entry;
}

void live_write_leg(struct json_writer *json, const struct trade_leg *leg,
                    const struct live_greeks *g)
{
    char name[OCC_SYMBOL_BYTES];
    int64_t each = leg->is_stock ? 1 : leg->contract.multiplier;
    double n = (double)(leg->quantity * each);
    live_leg_name(name, leg);
    json_object_begin(json);
    json_key_cstr(json, "contract", name);
    json_key_cstr(json, "right",
                  leg->is_stock                        ? NULL
                  : leg->contract.right == OPTION_CALL ? "call"
                                                       : "put");
    json_key_micros(json, "strike_micros",
                    leg->is_stock ? PRICE_NONE : contract_strike_micros(&leg->contract));
    json_key_date(json, "expiry", leg->is_stock ? 0 : leg->contract.expiry);
    json_key_int(json, "quantity", leg->quantity);
    json_key_int(json, "multiplier", each);
    json_key_micros(json, "entry_micros", leg->entry_price);
    json_key_micros(json, "mark_micros", leg->mark);
    json_key_micros(json, "bid_micros", g->bid);
    json_key_micros(json, "ask_micros", g->ask);
    json_key_ns(json, "marked_ns", leg->mark == PRICE_NONE ? TS_NONE : leg->mark_ns);
    json_key_micros(json, "value_micros", value_of(leg));
    json_key_double(json, "vol", g->vol);
    json_key_double(json, "delta", g->delta * n);
    json_key_double(json, "gamma", g->gamma * n);
    json_key_double(json, "theta", g->theta * n);
    json_key_double(json, "vega", g->vega * n);
    json_object_end(json);
}

static void add_leg(struct sums *sums, const struct trade_leg *leg, const struct live_greeks *g)
{
    int64_t value = value_of(leg);
    double n = (double)(leg->quantity * (leg->is_stock ? 1 : leg->contract.multiplier));
    sums->delta += g->delta * n;
    sums->gamma += g->gamma * n;
    sums->theta += g->theta * n;
    sums->vega += g->vega * n;
    sums->value += value == PRICE_NONE ? 0 : value;
    sums->has_value = sums->has_value && value != PRICE_NONE;
    if (leg->mark != PRICE_NONE && leg->mark_ns < sums->marked_ns)
        sums->marked_ns = leg->mark_ns;
}

static void write_sums(struct json_writer *json, const struct sums *s)
{
    json_key_micros(json, "value_micros", s->has_value ? s->value : PRICE_NONE);
    json_key_ns(json, "marked_ns", s->marked_ns == INT64_MAX ? TS_NONE : s->marked_ns);
    json_key_double(json, "delta", s->delta);
    json_key_double(json, "gamma", s->gamma);
    json_key_double(json, "theta", s->theta);
    json_key_double(json, "vega", s->vega);
}

/* "-1 SPXW  261120C06000000 +1 ..." */
void live_trade_label(struct buf *out, const struct trade *trade)
{
    char name[OCC_SYMBOL_BYTES];
    for (int i = 0; i < trade->leg_count; i++) {
        if (!trade->legs[i].quantity || out->len > 150)
            continue;
        live_leg_name(name, &trade->legs[i]);
        buf_printf(out, "%s%+lld %s", out->len ? " " : "", (long long)trade->legs[i].quantity,
                   name);
    }
}

/* The kernel counts a person's trade as one, whatever is in it: here it is as many packages as its
 * legs have in common. */
int64_t live_trade_packages(const struct trade *trade)
{
    int64_t all = 0;
    if (trade->structure >= 0)
        return trade->units;
    for (int i = 0; i < trade->leg_count; i++)
        for (int64_t b = llabs(trade->legs[i].quantity); b;) {
            int64_t rest = all % b;
            all = b;
            b = rest;
        }
    return all ? all : trade->units;
}

const char *live_trade_state(const struct trade *trade)
{
    static const char *const states[] = { [TRADE_FREE] = "open",
                                          [TRADE_OPENING] = "opening",
                                          [TRADE_OPEN] = "open",
                                          [TRADE_REMNANT] = "remnant",
                                          [TRADE_KEPT] = "kept" };
    return states[trade->state];
}

static void say_trade(struct live_desk *live, const struct desk_shot *shot,
                      const struct shot_trade *s)
{
    struct live_topics *t = live->topics;
    const struct trade *trade = &s->trade;
    const struct owned *owned = owned_of(live, shot, trade);
    const char *strategy =
        trade->host < shot->strategy_count ? shot->strategies[trade->host].name : NULL;
    struct sums sums = { .has_value = true, .marked_ns = INT64_MAX };
    struct buf label = { 0 };
    char key[32];
    snprintf(key, sizeof key, "t%llu", (unsigned long long)trade->id);
    live_trade_label(&label, trade);
    struct json_writer json = begin(t);
    json_key_cstr(&json, "key", key);
    json_key_cstr(&json, "kind", "trade");
    json_key_int(&json, "trade_id", (int64_t)trade->id);
    json_key_cstr(&json, "account", live_account_id);
    json_key_cstr(&json, "symbol",
                  s->market < shot->market_count ? shot->markets[s->market].symbol : "?");
    json_key_str(&json, "label", buf_str(&label));
    json_key_cstr(&json, "strategy", strategy);
    json_key_cstr(&json, "owner", owned->owner);
    json_key_cstr(&json, "state", live_trade_state(trade));
    json_key_ns(&json, "opened_ns", trade->opened_ns);
    json_key_int(&json, "quantity", live_trade_packages(trade));
    json_key(&json, "legs");
    json_array_begin(&json);
    for (int i = 0; i < trade->leg_count; i++) {
        struct live_greeks g = greeks_of(live, s->market, &trade->legs[i]);
        if (!trade->legs[i].quantity) /* gone: what it was marked at last says nothing now */
            continue;
        live_write_leg(&json, &trade->legs[i], &g);
        add_leg(&sums, &trade->legs[i], &g);
    }
    json_array_end(&json);
    json_key_int(&json, "cash_micros", trade->flows);
    json_key_int(&json, "costs_micros", trade->costs);
    write_sums(&json, &sums);
    json_key_micros(&json, "pnl_micros", sums.has_value ? trade_pnl(trade) : PRICE_NONE);
    json_key_micros(&json, "pnl_today_micros",
                    sums.has_value && owned->start != PRICE_NONE ? trade_pnl(trade) - owned->start
                                                                 : PRICE_NONE);
    json_key_micros(&json, "max_loss_micros", worst_left(trade));
    json_key_int(&json, "working", trade->working);
    json_object_end(&json);
    say(live, TOPIC_POSITIONS, key);
    buf_free(&label);
}

static bool is_same(const struct trade_leg *a, const struct trade_leg *b)
{
    return a->is_stock == b->is_stock &&
           (a->is_stock || contract_compare(&a->contract, &b->contract) == 0);
}

/* What all trades of a market hold of a contract, said at its first holder. */
static void say_contract(struct live_desk *live, const struct desk_shot *shot, uint32_t first,
                         int leg)
{
    struct live_topics *t = live->topics;
    const struct shot_trade *s = &shot->trades[first];
    struct trade_leg sum = s->trade.legs[leg];
    int64_t pnl = 0;
    bool has_pnl = true;
    sum.quantity = 0;
    for (uint32_t i = 0; i < shot->trade_count; i++) {
        const struct trade *trade = &shot->trades[i].trade;
        for (int k = 0; shot->trades[i].market == s->market && k < trade->leg_count; k++) {
            const struct trade_leg *l = &trade->legs[k];
            if (!l->quantity || !is_same(l, &sum))
                continue;
            if (i < first || (i == first && k < leg))
                return; /* said already */
            int64_t each = l->is_stock ? 1 : l->contract.multiplier, part;
            sum.quantity += l->quantity;
            has_pnl = has_pnl && l->mark != PRICE_NONE && l->entry_price != PRICE_NONE &&
                      money_try_mul(l->mark - l->entry_price, l->quantity * each, &part) &&
                      money_try_add(pnl, part, &pnl);
        }
    }
    char name[OCC_SYMBOL_BYTES], key[PLACE_BYTES];
    const char *symbol = s->market < shot->market_count ? shot->markets[s->market].symbol : "?";
    struct sums sums = { .has_value = true, .marked_ns = INT64_MAX };
    live_leg_name(name, &sum);
    snprintf(key, sizeof key, "c%s%s", sum.is_stock ? symbol : "", sum.is_stock ? ":stock" : name);
    struct json_writer json = begin(t);
    json_key_cstr(&json, "key", key);
    json_key_cstr(&json, "kind", "contract");
    json_key_null(&json, "trade_id");
    json_key_cstr(&json, "account", live_account_id);
    json_key_cstr(&json, "symbol", symbol);
    json_key_cstr(&json, "label", name);
    json_key_null(&json, "strategy");
    json_key_cstr(&json, "owner", "");
    json_key_cstr(&json, "state", "open");
    json_key_null(&json, "opened_ns");
    json_key_int(&json, "quantity", sum.quantity);
    json_key(&json, "legs");
    json_array_begin(&json);
    struct live_greeks g = greeks_of(live, s->market, &sum);
    live_write_leg(&json, &sum, &g);
    add_leg(&sums, &sum, &g);
    json_array_end(&json);
    json_key_null(&json, "cash_micros");
    json_key_null(&json, "costs_micros");
    write_sums(&json, &sums);
    json_key_micros(&json, "pnl_micros", has_pnl ? pnl : PRICE_NONE);
    json_key_null(&json, "pnl_today_micros");
    json_key_null(&json, "max_loss_micros");
    json_key_int(&json, "working", 0);
    json_object_end(&json);
    say(live, TOPIC_POSITIONS, key);
}

static void say_positions(struct live_desk *live, const struct desk_shot *shot)
{
    for (uint32_t i = 0; i < shot->trade_count; i++) {
        const struct trade *trade = &shot->trades[i].trade;
        say_trade(live, shot, &shot->trades[i]);
        for (int k = 0; k < trade->leg_count; k++)
            if (trade->legs[k].quantity)
                say_contract(live, shot, i, k);
    }
    forget(live);
}

/* ---- account, underlyings, strategies -------------------------------------------------------- */

static void say_account(struct live_desk *live, const struct desk_shot *shot)
{
    struct live_topics *t = live->topics;
    struct sums sums = { 0 };
    uint32_t held = UINT32_MAX;
    bool is_one = true;
    for (uint32_t i = 0; i < shot->trade_count; i++) {
        const struct trade *trade = &shot->trades[i].trade;
        for (int k = 0; k < trade->leg_count; k++) {
            const struct trade_leg *leg = &trade->legs[k];
            double n = (double)(leg->quantity * (leg->is_stock ? 1 : leg->contract.multiplier));
            if (!leg->quantity)
                continue;
            struct live_greeks g = greeks_of(live, shot->trades[i].market, leg);
            sums.delta += g.delta * n;
            sums.gamma += g.gamma * n;
            sums.theta += g.theta * n;
            sums.vega += g.vega * n;
            is_one = is_one && (held == UINT32_MAX || held == shot->trades[i].market);
            held = shot->trades[i].market;
        }
    }
    uint32_t open = 0;
    for (uint32_t i = 0; i < shot->trade_count; i++)
        open += shot->trades[i].trade.state == TRADE_OPEN;
    struct json_writer json = begin(t);
    json_key_cstr(&json, "id", live_account_id);
    json_key_cstr(&json, "name", "paper");
    json_key_cstr(&json, "mode", "paper");
    json_key_int(&json, "market_ns", shot->now_ns);
    json_key_int(&json, "cash_micros", shot->cash);
    json_key_int(&json, "options_micros", shot->options);
    json_key_int(&json, "stock_micros", shot->stock);
    json_key_int(&json, "equity_micros", shot->equity);
    json_key_micros(&json, "start_micros", t->equity_start);
    json_key_micros(&json, "pnl_today_micros",
                    t->equity_start == PRICE_NONE ? PRICE_NONE : shot->equity - t->equity_start);
    json_key_int(&json, "pnl_micros", shot->equity - live->cash_first);
    json_key_micros(&json, "margin_micros", shot->margin);
    json_key_micros(&json, "free_micros",
                    shot->margin == PRICE_NONE ? PRICE_NONE : shot->equity - shot->margin);
    json_key_double(&json, "delta", is_one ? sums.delta : NAN);
    json_key_double(&json, "gamma", is_one ? sums.gamma : NAN);
    json_key_double(&json, "theta", sums.theta);
    json_key_double(&json, "vega", sums.vega);
    json_key_int(&json, "open_trades", open);
    json_object_end(&json);
    say(live, TOPIC_ACCOUNT, live_account_id);
}

static void say_quotes(struct live_desk *live, const struct desk_shot *shot)
{
    for (uint32_t i = 0; i < shot->market_count; i++) {
        const struct shot_market *m = &shot->markets[i];
        double vol = NAN, move = NAN;
        int64_t moment = TS_NONE;
        bool is_stale = false;
        pthread_mutex_lock(&live->mirror_lock);
        struct mirror *mirror = live->mirrors[i];
        if (mirror && mirror->has_session) {
            vol = book_iv30(&mirror->book);
            move = expected_move_from_straddle(book_expected_move(&mirror->book));
            moment = mirror->underlying_ns;
            is_stale = live_is_stale(mirror);
        }
        pthread_mutex_unlock(&live->mirror_lock);
        struct json_writer json = begin(live->topics);
        json_key_cstr(&json, "symbol", m->symbol);
        json_key_micros(&json, "last_micros", m->last);
        json_key_micros(&json, "bid_micros", m->bid);
        json_key_micros(&json, "ask_micros", m->ask);
        json_key_micros(&json, "previous_close_micros", m->previous_close);
        json_key_ns(&json, "market_ns", moment);
        json_key_double(&json, "vol30", vol);
        json_key_double(&json, "expected_move", move);
        json_key_bool(&json, "stale", is_stale);
        json_object_end(&json);
        say(live, TOPIC_QUOTES, m->symbol);
    }
}

void live_write_strategy(struct json_writer *json, const struct desk_shot *shot, uint32_t host,
                         const struct db_desk_strategy *known)
{
    const struct shot_strategy *s = &shot->strategies[host];
    int64_t open = 0, pnl = known ? known->pnl_micros : 0;
    char id[16];
    for (uint32_t k = 0; k < shot->trade_count; k++) {
        if (shot->trades[k].trade.host != host)
            continue;
        open++;
        pnl += trade_pnl(&shot->trades[k].trade);
    }
    snprintf(id, sizeof id, "s%u", host);
    json_object_begin(json);
    json_key_cstr(json, "id", id);
    json_key_cstr(json, "strategy", s->name);
    json_key_cstr(json, "hash", s->hash);
    json_key_cstr(json, "symbol", s->symbol);
    json_key_cstr(json, "owner", known && known->owner ? known->owner : "");
    json_key_bool(json, "armed", s->is_armed);
    json_key_int(json, "open_trades", open);
    json_key_int(json, "closed_trades", known ? known->closed_trades : 0);
    json_key_int(json, "pnl_micros", pnl);
    json_object_end(json);
}

static void say_strategies(struct live_desk *live, const struct desk_shot *shot)
{
    struct live_topics *t = live->topics;
    char key[16];
    for (uint32_t i = 0; i < shot->strategy_count; i++) {
        snprintf(key, sizeof key, "s%u", i);
        buf_clear(&t->text);
        struct json_writer json = { .out = &t->text };
        live_write_strategy(&json, shot, i, i < t->strategy_count ? &t->strategies[i] : NULL);
        say(live, TOPIC_STRATEGIES, key);
    }
}

/* ---- the desk -------------------------------------------------------------------------------- */

static void write_desk(struct live_desk *live, const struct desk_shot *shot,
                       struct json_writer *json)
{
    static const struct desk_shot none = { .phase = DESK_CATCHING_UP };
    char text[DESK_TEXT_BYTES];
    pthread_mutex_lock(&live->lock);
    bool has_failed = live->has_failed, is_ready = live->desk != NULL && shot;
    snprintf(text, sizeof text, "%s%s%s", live->text,
             live->text[0] && live->feed_text[0] ? "; " : "", has_failed ? "" : live->feed_text);
    const char *feed_state = live->feed_state;
    uint64_t recovered = live->recovered;
    pthread_mutex_unlock(&live->lock);
    const struct desk_shot *s = shot ? shot : &none;
    const struct shot_market *m = s->market_count ? &s->markets[0] : NULL;
    bool is_open =
        s->phase == DESK_TRADING && m && s->now_ns >= m->open_ns && s->now_ns < m->close_ns;
    uint32_t armed = 0, open = 0;
    for (uint32_t i = 0; i < s->strategy_count; i++)
        armed += s->strategies[i].is_armed;
    for (uint32_t i = 0; i < s->trade_count; i++)
        open += s->trades[i].trade.state == TRADE_OPEN;
    if (s->phase == DESK_STALLED && !text[0])
        snprintf(text, sizeof text,
                 "the disk or the feed holds the desk up: nothing leaves until it is well again");
    json_object_begin(json);
    json_key_cstr(json, "mode", "paper");
    json_key_cstr(json, "feed", live->options.feed);
    json_key_cstr(json, "feed_state", has_failed ? "down" : feed_state);
    json_key_cstr(json, "state",
                  has_failed  ? "failed"
                  : !is_ready ? "recovering"
                              : risk_state_name(s->state));
    json_key_cstr(json, "text", text);
    json_key_cstr(json, "session", is_open ? "open" : "closed");
    json_key_date(json, "day", s->day);
    json_key_ns(json, "open_ns", m ? m->open_ns : TS_NONE);
    json_key_ns(json, "close_ns", m ? m->close_ns : TS_NONE);
    json_key_ns(json, "market_ns", s->now_ns);
    json_key_int(json, "now_ns", clock_wall_ns());
    json_key_double(json, "speed", live->options.speed > 0 ? live->options.speed : NAN);
    json_key_double(json, "lag_ms", shot ? s->lag_ms : NAN);
    json_key_int(json, "sequence", (int64_t)s->sequence);
    json_key_int(json, "journal_records", (int64_t)s->records);
    json_key_int(json, "recovered", (int64_t)recovered);
    json_key(json, "symbols");
    json_array_begin(json);
    for (uint32_t i = 0; i < s->market_count; i++)
        json_cstr(json, s->markets[i].symbol);
    json_array_end(json);
    json_key_int(json, "armed", armed);
    json_key_int(json, "working", s->working);
    json_key_int(json, "open_trades", open);
    json_key_int(json, "quotes", (int64_t)s->quotes);
    json_object_end(json);
}

void live_desk_write(struct live_desk *live, struct json_writer *json)
{
    struct desk_shot *shot = live_desk_shot(live);
    write_desk(live, shot, json);
    mem_free(shot);
}

void live_publish(struct live_desk *live, const struct desk_shot *shot)
{
    if (!live->topics)
        live->topics = arena_new(&live->show_arena, struct live_topics);
    struct live_topics *t = live->topics;
    t->stamp++;
    buf_clear(&t->text);
    struct json_writer json = { .out = &t->text };
    write_desk(live, shot, &json);
    say(live, TOPIC_DESK, "desk");
    if (!shot)
        return;
    if (!shot->day) { /* before its first session a desk holds nothing */
        atomic_store(&live->is_shown, true);
        return;
    }
    if (t->day != shot->day)
        begin_day(live, shot);
    if (t->stamp % OWNERS_EVERY == 1 || t->strategy_count != shot->strategy_count)
        read_strategies(live);
    say_quotes(live, shot);
    say_account(live, shot); /* first: who has seen a position finds an account that has it too */
    say_positions(live, shot);
    say_strategies(live, shot);
    live_attribute(live, shot);
    atomic_store(&live->is_shown, true);
}

bool live_desk_start(struct live_desk *live, int64_t *equity)
{
    *equity = atomic_load(&live->equity_start);
    return *equity != PRICE_NONE;
}

void live_topics_close(struct live_desk *live)
{
    if (!live->topics)
        return;
    buf_free(&live->topics->text);
    arena_clear(&live->topics->arena);
}
