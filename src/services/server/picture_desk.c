/* What lists and desk told right behind an event, from the journal. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"
#include "services/server/desk_call.h"
#include "services/server/desk_fold.h"
#include "services/server/live_int.h"
#include "services/server/picture.h"

enum { ORDERS_SHOWN = 500, LOOK_EVERY = 4096 };
static const double FOLD_SHARE = 0.2; /* of the progress: the rest is the kernel's */

struct maker {
    const struct pictures_options *options;
    const struct picture_progress *progress;
    struct arena arena;
    struct db *db; /* scratch: the rows as they were */
    uint64_t sequence, record;
    uint32_t market_feed; /* enum desk_feed */
    struct json_writer *json;
    bool was_open; /* the market's session */

    /* of the event that is asked about */
    bool is_entry, has_command, has_terms, has_exits;
    struct event_command command;
    struct order_terms terms;
    struct order_exits exits; /* where has_exits */
    uint64_t order_id;
    struct order_preview *preview; /* NULL: nothing to tell */
    char no_preview[DESK_TEXT_BYTES];
};

/* ---- the lists ------------------------------------------------------------------------------- */

static enum err open_rows(struct maker *m)
{
    enum err err = db_open_scratch(&m->db, m->options->scratch);
    if (!err)
        err = db_desk_add(m->db, &(struct db_desk){ live_desk_id, "paper desk", "paper", 0 });
    if (!err)
        err = db_account_add(
            m->db, &(struct db_account){ live_account_id, live_desk_id, "paper", "sim", "USD", 0 });
    return err ? err : db_begin(m->db);
}

/* Of the event itself: what was asked, and the order that came of it. */
static void look_at(struct maker *m, const struct entry *e)
{
    if (e->kind == ENTRY_COMMAND) {
        m->has_command = true;
        m->command = e->of.event.of.command;
        m->has_terms = m->command.terms != NULL;
        if (m->has_terms)
            m->terms = *m->command.terms;
        m->has_exits = m->command.exits != NULL;
        if (m->has_exits)
            m->exits = *m->command.exits;
        m->order_id = m->command.order_id;
    }
    if ((e->kind == ENTRY_SUBMIT || e->kind == ENTRY_ORDER) && !m->order_id)
        m->order_id = e->of.order.id;
}

static enum err fold_one(struct maker *m, struct desk_fold *fold, const struct chain_record *r)
{
    struct arena step;
    struct entry e;
    arena_init(&step, "step", 65536);
    enum err err = entry_read(&e, &step, r->kind, r->body, r->len);
    if (!err && r->kind == ENTRY_BEGIN)
        m->market_feed = e.of.begin.feed;
    if (!err && m->is_entry && r->sequence == m->sequence)
        look_at(m, &e);
    if (!err)
        err = desk_fold_take(fold, &step, &e, r->record, r->sequence, r->ts_ns);
    arena_clear(&step);
    return err ? err_add(err, "record %llu of the desk's journal", (unsigned long long)r->record)
               : ERR_OK;
}

static enum err fold(struct maker *m)
{
    struct desk_fold_options options = { .desk_id = live_desk_id,
                                         .account_id = live_account_id,
                                         .keys = m->options->keys };
    struct journal_options jo = { .read_only = true };
    struct journal *journal = NULL;
    enum err err = journal_open(&journal, m->options->journal, &jo);
    if (!err)
        err = open_rows(m);
    if (!err)
        err = journal_seek(journal, 1);
    struct desk_fold *rows = err ? NULL : desk_fold_new(&m->arena, &options, m->db);
    uint64_t all = journal ? journal_durable(journal).records : 0;
    for (bool more = true; !err && more;) {
        struct chain_record r;
        struct chain_hash hash;
        err = journal_next(journal, &r, &hash, &more);
        if (err || !more || r.sequence > m->sequence)
            break;
        m->record = r.record;
        if (r.kind != ENTRY_TIMER && r.kind != ENTRY_LEVEL) /* most of them, and no list has them */
            err = fold_one(m, rows, &r);
        if (!err && r.record % LOOK_EVERY == 0 &&
            !m->progress->keep_on(m->progress->context, FOLD_SHARE * (double)r.record / (double)all,
                                  "reading the journal"))
            err = err_set(ERR_CANCELLED, "it was stopped");
    }
    if (rows)
        desk_fold_drop(rows); /* nobody is to be told */
    journal_close(journal);
    return err ? err : db_commit(m->db);
}

static enum err write_orders(struct maker *m, struct json_writer *json)
{
    struct db_order *orders;
    size_t count;
    enum err err = db_order_list(m->db, &m->arena, NULL, 0, ORDERS_SHOWN, &orders, &count);
    if (err)
        return err;
    json_key(json, "orders");
    json_array_begin(json);
    for (size_t i = 0; i < count; i++)
        json_raw(json, orders[i].detail);
    json_array_end(json);
    if (!m->order_id)
        return ERR_OK;
    json_key(json, "order");
    err = write_order_detail(json, m->db, &m->arena, (int64_t)m->order_id);
    if (err)
        json_none(json); /* none was made of it */
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ---- the desk -------------------------------------------------------------------------------- */

static bool on_replay(void *context, double done)
{
    const struct maker *m = context;
    return m->progress->keep_on(m->progress->context, FOLD_SHARE + (1 - FOLD_SHARE) * done,
                                "replaying the desk");
}

/* Right before the event, the same question as a preview's: with the same state it has the same
 * answer. */
static void ask_gates(struct maker *m, struct desk *desk)
{
    struct preview_order *order = arena_new(&m->arena, struct preview_order);
    *order = (struct preview_order){ .terms = m->terms,
                                     .trade_id = m->command.trade_id,
                                     .has_exits = m->has_exits,
                                     .exits = m->exits,
                                     .role = m->command.role };
    m->preview = arena_new(&m->arena, struct order_preview);
    if (desk_try(desk, order, m->preview) == ERR_OK)
        return;
    snprintf(m->no_preview, sizeof m->no_preview, "%s", err_detail());
    m->preview = NULL;
}

/* The quotes are the book's; Greeks were worked out for whoever looked, and are not kept. */
static void write_leg(struct json_writer *json, const struct trade_leg *leg,
                      const struct book *book)
{
    struct live_greeks g = { NAN, NAN, NAN, NAN, NAN, PRICE_NONE, PRICE_NONE, TS_NONE };
    if (!leg->is_stock && book && leg->id < book->contract_count) {
        int side = book_side(&book->contracts[leg->id]);
        g.bid = book->bid[side][book->row_of[leg->id]];
        g.ask = book->ask[side][book->row_of[leg->id]];
    }
    live_write_leg(json, leg, &g);
}

static const char *owner_of(struct maker *m, const struct trade *t,
                            const struct db_desk_strategy *strategies, size_t count)
{
    const char *owner = "";
    for (size_t i = 0; i < count; i++)
        if (strategies[i].host == (int64_t)t->host)
            return strategies[i].owner;
    return db_trade_owner(m->db, &m->arena, (int64_t)t->id, &owner) ? "" : owner;
}

static void write_trade(struct maker *m, struct json_writer *json, const struct kernel *kernel,
                        const struct trade *t, const char *owner)
{
    const char *symbol = kernel_underlying(kernel, t);
    uint32_t market = kernel_market_find(kernel, symbol);
    const struct book *book = market == UINT32_MAX ? NULL : kernel_book(kernel, market);
    const struct strategy *strategy =
        t->host < kernel_strategy_count(kernel) ? kernel_strategy(kernel, t->host) : NULL;
    int64_t value = 0, marked_ns = INT64_MAX, part;
    bool has_value = true;
    struct buf label = { 0 };
    live_trade_label(&label, t);
    json_object_begin(json);
    json_key_cstr(json, "key", arena_printf(&m->arena, "t%llu", (unsigned long long)t->id));
    json_key_cstr(json, "kind", "trade");
    json_key_int(json, "trade_id", (int64_t)t->id);
    json_key_cstr(json, "account", live_account_id);
    json_key_cstr(json, "symbol", symbol);
    json_key_str(json, "label", buf_str(&label));
    json_key_cstr(json, "strategy", strategy ? strategy->name : NULL);
    json_key_cstr(json, "owner", owner);
    json_key_cstr(json, "state", live_trade_state(t));
    json_key_ns(json, "opened_ns", t->opened_ns);
    json_key_int(json, "quantity", live_trade_packages(t));
    json_key(json, "legs");
    json_array_begin(json);
    for (int i = 0; i < t->leg_count; i++) {
        const struct trade_leg *leg = &t->legs[i];
        int64_t each = leg->is_stock ? 1 : leg->contract.multiplier;
        if (!leg->quantity)
            continue;
        write_leg(json, leg, book);
        has_value = has_value && leg->mark != PRICE_NONE &&
                    money_try_mul(leg->mark, leg->quantity * each, &part) &&
                    money_try_add(value, part, &value);
        if (leg->mark != PRICE_NONE && leg->mark_ns < marked_ns)
            marked_ns = leg->mark_ns;
    }
    json_array_end(json);
    json_key_int(json, "cash_micros", t->flows);
    json_key_int(json, "costs_micros", t->costs);
    json_key_micros(json, "value_micros", has_value ? value : PRICE_NONE);
    json_key_ns(json, "marked_ns", marked_ns == INT64_MAX ? TS_NONE : marked_ns);
    static const char *const unknown[] = { "delta", "gamma", "theta", "vega", "pnl_today_micros" };
    for (size_t i = 0; i < ARRAY_COUNT(unknown); i++)
        json_key_null(json, unknown[i]);
    json_key_micros(json, "pnl_micros", has_value ? trade_pnl(t) : PRICE_NONE);
    json_key_micros(json, "max_loss_micros", t->max_loss == INT64_MAX ? PRICE_NONE : t->max_loss);
    json_key_int(json, "working", t->working);
    json_object_end(json);
    buf_free(&label);
}

static void write_positions(struct maker *m, struct json_writer *json, const struct kernel *kernel)
{
    struct db_desk_strategy *strategies;
    size_t slots, count;
    const struct trade *trades = kernel_trades(kernel, &slots);
    if (db_desk_strategy_list(m->db, &m->arena, live_desk_id, SHOT_STRATEGIES, &strategies, &count))
        count = 0;
    json_key(json, "positions");
    json_array_begin(json);
    for (size_t i = 0; i < slots; i++)
        if (trades[i].state != TRADE_FREE)
            write_trade(m, json, kernel, &trades[i], owner_of(m, &trades[i], strategies, count));
    json_array_end(json);
}

static void write_account(struct maker *m, struct json_writer *json, struct kernel *kernel)
{
    struct account a;
    struct margin_answer *margin = arena_new(&m->arena, struct margin_answer);
    kernel_account(kernel, &a);
    int64_t must = kernel_margin(kernel, margin) ? PRICE_NONE : margin->initial.deposit;
    json_key(json, "account");
    json_object_begin(json);
    json_key_int(json, "cash_micros", a.cash);
    json_key_int(json, "options_micros", a.options);
    json_key_int(json, "stock_micros", a.stock);
    json_key_int(json, "equity_micros", a.equity);
    json_key_micros(json, "margin_micros", must);
    json_key_micros(json, "free_micros", must == PRICE_NONE ? PRICE_NONE : a.equity - must);
    json_key_int(json, "open_trades", a.open_trades);
    json_object_end(json);
}

static void write_quotes(struct json_writer *json, const struct desk *desk,
                         const struct kernel *kernel)
{
    struct str rest = str_from(desk_begin(desk)->symbols), symbol;
    uint32_t count = kernel_market_count(kernel);
    json_key(json, "quotes");
    json_array_begin(json);
    for (uint32_t i = 0; i < count && str_cut(&rest, ',', &symbol); i++) {
        const struct book *book = kernel_book(kernel, i);
        if (!book->day)
            continue;
        json_object_begin(json);
        json_key_str(json, "symbol", symbol);
        json_key_micros(json, "last_micros", book->underlying);
        json_key_micros(json, "bid_micros", book->underlying_bid);
        json_key_micros(json, "ask_micros", book->underlying_ask);
        json_key_micros(json, "previous_close_micros", book->prev_close);
        json_object_end(json);
    }
    json_array_end(json);
}

static void write_gates(struct maker *m, struct json_writer *json)
{
    if (!m->preview)
        return;
    json_key_bool(json, "allowed", m->preview->word != GATE_SAYS_NO);
    json_key(json, "gates");
    json_array_begin(json);
    for (size_t i = 0; i < m->preview->gate_count; i++)
        if (m->preview->gates[i].word != GATE_NOT_ASKED)
            write_gate(json, &m->preview->gates[i]);
    json_array_end(json);
}

static void write_parts(struct maker *m, struct json_writer *json)
{
    static const char *const feeds[] = { "the stored days",
                                         "the simulated market, made again from its seed",
                                         "the tape of the lines" };
    unsigned long long n = (unsigned long long)m->sequence;
    picture_part(json, "orders", "journal",
                 "records 1 to %llu of the journal, put together as the lists are",
                 (unsigned long long)m->record);
    picture_part(
        json, "positions", "journal",
        "the kernel's own, replayed to event %llu; each record came out as the journal has it", n);
    picture_part(json, "account", "journal", "the same kernel's, behind event %llu", n);
    picture_part(json, "quotes", "journal", "%s, up to event %llu",
                 m->market_feed < ARRAY_COUNT(feeds) ? feeds[m->market_feed] : "the feed", n);
    if (m->preview)
        picture_part(json, "gates", "journal",
                     "every gate asked again with the order, right before event %llu", n);
    else if (m->no_preview[0])
        picture_part(json, "gates", "not_kept", "the order cannot be asked about again: %s",
                     m->no_preview);
    picture_part(
        json, "greeks", "not_kept",
        "Greeks, vols and profit by Greek are worked out as they are shown, and kept nowhere");
    if (!m->was_open)
        picture_part(json, "session", "journal", "the market's session was not open");
}

static void look(void *context, struct desk *desk, uint64_t sequence)
{
    struct maker *m = context;
    struct desk_view view;
    if (sequence != m->sequence) {
        if (m->has_command && m->command.kind == COMMAND_PLACE && m->has_terms)
            ask_gates(m, desk);
        return;
    }
    desk_look(desk, &view);
    m->was_open = view.day && view.now_ns < kernel_book(view.kernel, 0)->close_ns;
    json_key_ns(m->json, "market_ns", view.now_ns);
    json_key_cstr(m->json, "state", risk_state_name(kernel_state(view.kernel)));
    write_account(m, m->json, view.kernel);
    write_positions(m, m->json, view.kernel);
    write_quotes(m->json, desk, view.kernel);
}

static enum err make(struct maker *m, struct json_writer *json)
{
    struct desk_options o = { .journal = m->options->journal, .use = DESK_REPLAY };
    struct desk_back back = {
        .sequence = m->sequence, .look = look, .keep_on = on_replay, .context = m
    };
    m->json = json;
    enum err err = fold(m);
    if (!err)
        err = desk_look_back(&o, &back);
    if (err)
        return err;
    json_key_int(json, "sequence", (int64_t)m->sequence);
    json_key_int(json, "record", (int64_t)m->record);
    err = write_orders(m, json);
    write_gates(m, json);
    json_key(json, "parts");
    json_array_begin(json);
    write_parts(m, json);
    json_array_end(json);
    return err;
}

enum err picture_of_desk(struct json_writer *json, const struct pictures_options *options,
                         uint64_t sequence, bool is_entry, const struct picture_progress *progress)
{
    struct maker *m = mem_alloc(sizeof *m);
    *m = (struct maker){
        .options = options, .progress = progress, .sequence = sequence, .is_entry = is_entry
    };
    arena_init(&m->arena, "picture", 1 << 16);
    json_object_begin(json);
    enum err err = make(m, json);
    json_object_end(json);
    db_close(m->db);
    arena_clear(&m->arena);
    mem_free(m);
    return err;
}
