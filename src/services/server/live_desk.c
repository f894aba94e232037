/* The desk's thread, and what it hands to the others without ever waiting for them. */
#include "services/server/live_desk.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/zone.h"
#include "domain/margin/margin.h"
#include "domain/risk/risk.h"
#include "services/server/live_int.h"

const char live_desk_id[] = "desk1", live_account_id[] = "main";

static const int64_t SHOT_NS = 200000000, MARGIN_NS = 1000000000, WAIT_NS = 50000000,
                     CASH_DEFAULT = 100000 * MICROS_PER_DOLLAR;
static const int64_t TIMER_NS = 1000000000, SNAPSHOT_NS = 300 * NANOS_PER_SECOND;

/* ---- quotes ---------------------------------------------------------------------------------- */

static void put_price(struct live_market *m, const struct book *book, uint32_t contract,
                      int64_t now_ns)
{
    if (contract >= LIVE_CONTRACTS || contract >= m->count)
        return;
    uint32_t row = book->row_of[contract];
    int side = book_side(&book->contracts[contract]);
    struct market_record r = { .ts_ns = now_ns,
                               .recv_ns = now_ns,
                               .instrument = contract,
                               .publisher = m->session,
                               .kind = RECORD_QUOTE };
    r.of.quote = (struct record_quote){ book->bid[side][row],
                                        book->ask[side][row],
                                        book->bid_size[side][row],
                                        book->ask_size[side][row],
                                        0,
                                        0 };
    r.sequence = book->volume[contract] == SIZE_NONE
                     ? 0
                     : book->volume[contract] + 1; /* on this way it carries the volume */
    int64_t last = book->last[side][row];
    if (last != PRICE_NONE && last != m->lasts[contract]) {
        struct market_record trade = r;
        trade.kind = RECORD_TRADE;
        trade.of.trade = (struct record_trade){ last, SIZE_NONE, 0 };
        m->lasts[contract] = last;
        conflate_put(&m->quotes, &trade);
    }
    conflate_put(&m->quotes, &r);
}

static void put_underlying(struct live_market *m, const struct book *book, int64_t now_ns)
{
    struct market_record r = {
        .ts_ns = now_ns, .recv_ns = now_ns, .instrument = LIVE_UNDERLYING, .publisher = m->session
    };
    if (book->underlying != PRICE_NONE) {
        r.kind = RECORD_TRADE;
        r.of.trade = (struct record_trade){ book->underlying, SIZE_NONE, 0 };
        conflate_put(&m->quotes, &r);
    }
    r.kind = RECORD_QUOTE;
    r.of.quote = (struct record_quote){
        book->underlying_bid, book->underlying_ask, SIZE_NONE, SIZE_NONE, 0, 0
    };
    conflate_put(&m->quotes, &r);
}

/* ---- sessions -------------------------------------------------------------------------------- */

static struct live_market *make_market(struct live_desk *live, uint32_t index)
{
    struct live_market *m = live->markets[index];
    if (m)
        return m;
    m = arena_new(&live->arena, struct live_market);
    conflate_init(&m->quotes, &live->arena, LIVE_CONTRACTS + 1);
    m->lasts = arena_array(&live->arena, int64_t, LIVE_CONTRACTS);
    live->markets[index] = m;
    return m;
}

static bool tell_session(struct live_desk *live, uint32_t index, const struct book *book)
{
    struct live_market *m = make_market(live, index);
    uint32_t count = book->contract_count < LIVE_CONTRACTS ? book->contract_count : LIVE_CONTRACTS;
    struct live_session *s = mem_alloc(sizeof *s);
    *s =
        (struct live_session){ .market = index,
                               .count = count,
                               .number = (uint16_t)(m->session + 1),
                               .day = book->day,
                               .open_ns = book->open_ns,
                               .close_ns = book->close_ns,
                               .previous_close = book->prev_close,
                               .rate = book->rate,
                               .contracts = mem_alloc((count + 1) * sizeof *s->contracts),
                               .open_interest = mem_alloc((count + 1) * sizeof *s->open_interest) };
    memcpy(s->contracts, book->contracts, count * sizeof *s->contracts);
    memcpy(s->open_interest, book->open_interest, count * sizeof *s->open_interest);
    if (!ring_push(&live->sessions, &s)) { /* show's thread is stuck: try again at the next step */
        mem_free(s->contracts);
        mem_free(s->open_interest);
        mem_free(s);
        return false;
    }
    m->session++;
    m->day = book->day;
    m->count = count;
    for (uint32_t i = 0; i < count; i++)
        m->lasts[i] = PRICE_NONE;
    if (index >= atomic_load(&live->market_count))
        atomic_store(&live->market_count, index + 1);
    return true;
}

static void put_market(struct live_desk *live, uint32_t index, const struct book *book,
                       int64_t now_ns)
{
    struct live_market *m = live->markets[index];
    bool is_new = !m || m->day != book->day ||
                  (m->count != book->contract_count && m->count != LIVE_CONTRACTS);
    if (!book->day || (is_new && !tell_session(live, index, book)))
        return;
    m = live->markets[index];
    put_underlying(m, book, now_ns);
    for (uint32_t i = 0; i < m->count; i++)
        put_price(m, book, i, now_ns);
}

static void put_changes(struct live_desk *live, const struct desk_view *view)
{
    uint32_t count = kernel_market_count(view->kernel);
    for (uint32_t i = 0; view->is_all && i < count && i < SHOT_MARKETS; i++)
        put_market(live, i, kernel_book(view->kernel, i), view->now_ns);
    for (size_t i = 0; !view->is_all && i < view->changed_count; i++) {
        const struct desk_changed *c = &view->changed[i];
        struct live_market *m = c->market < SHOT_MARKETS ? live->markets[c->market] : NULL;
        const struct book *book = kernel_book(view->kernel, c->market);
        if (!m || m->day != book->day)
            put_market(live, c->market, book, view->now_ns);
        else if (c->contract == QUOTE_UNDERLYING)
            put_underlying(m, book, view->now_ns);
        else
            put_price(m, book, c->contract, view->now_ns);
    }
    live->quotes += view->changed_count;
    if (view->changed_count)
        atomic_store(&live->quoted_ns, clock_steady_ns());
}

/* ---- shots ----------------------------------------------------------------------------------- */

static void shoot_trades(struct desk_shot *shot, const struct kernel *kernel)
{
    size_t slots;
    const struct trade *trades = kernel_trades(kernel, &slots);
    for (size_t i = 0; i < slots; i++) {
        if (trades[i].state == TRADE_FREE)
            continue;
        for (int k = 0; k < trades[i].leg_count; k++) {
            const struct trade_leg *leg = &trades[i].legs[k];
            int64_t each = leg->is_stock ? 1 : leg->contract.multiplier, value;
            if (leg->quantity && leg->mark != PRICE_NONE &&
                money_try_mul(leg->mark, leg->quantity * each, &value))
                *(leg->is_stock ? &shot->stock : &shot->options) += value;
        }
        if (shot->trade_count == SHOT_TRADES) {
            shot->is_cut = true;
            continue;
        }
        uint32_t market = kernel_market_find(kernel, kernel_underlying(kernel, &trades[i]));
        shot->trades[shot->trade_count++] = (struct shot_trade){ trades[i], market };
    }
}

static void shoot_markets(const struct live_desk *live, struct desk_shot *shot,
                          const struct kernel *kernel)
{
    uint32_t count = kernel_market_count(kernel);
    shot->market_count = count < SHOT_MARKETS ? count : SHOT_MARKETS;
    for (uint32_t i = 0; i < shot->market_count; i++) {
        const struct book *book = kernel_book(kernel, i);
        struct shot_market *m = &shot->markets[i];
        *m = (struct shot_market){ .last = book->underlying,
                                   .bid = book->underlying_bid,
                                   .ask = book->underlying_ask,
                                   .previous_close = book->prev_close,
                                   .open_ns = book->open_ns,
                                   .close_ns = book->close_ns,
                                   .day = book->day };
        snprintf(m->symbol, sizeof m->symbol, "%s", live->symbols[i]);
    }
}

static void shoot_strategies(struct desk_shot *shot, const struct kernel *kernel)
{
    uint32_t count = kernel_strategy_count(kernel);
    shot->strategy_count = count < SHOT_STRATEGIES ? count : SHOT_STRATEGIES;
    for (uint32_t i = 0; i < shot->strategy_count; i++) {
        const struct strategy *s = kernel_strategy(kernel, i);
        struct shot_strategy *to = &shot->strategies[i];
        snprintf(to->name, sizeof to->name, "%s", s->name);
        snprintf(to->symbol, sizeof to->symbol, "%s", s->underlying);
        snprintf(to->hash, sizeof to->hash, "%s", s->hash);
        to->is_armed = kernel_is_armed(kernel, i);
    }
}

/* How far the market's time is behind the pace that it was at, at its best, since the session
 * began. */
static double lag_ms(struct live_desk *live, const struct desk_view *view, int64_t steady_ns)
{
    if (!(view->speed > 0) || view->phase != DESK_TRADING)
        return NAN;
    double behind = (double)(steady_ns - live->pace_steady_ns) -
                    (double)(view->now_ns - live->pace_market_ns) / view->speed;
    if (live->pace_day == view->day && behind >= 0)
        return behind / 1e6;
    live->pace_day = view->day;
    live->pace_steady_ns = steady_ns;
    live->pace_market_ns = view->now_ns;
    return 0;
}

static void shoot(struct live_desk *live, const struct desk_view *view, struct desk_shot *shot)
{
    memset(shot, 0, offsetof(struct desk_shot, trades));
    shot->phase = view->phase;
    shot->state = kernel_state(view->kernel);
    shot->now_ns = view->now_ns;
    shot->day = view->day;
    shot->sequence = view->sequence;
    shot->records = view->journal.records;
    shot->quotes = live->quotes;
    shot->equity = kernel_equity(view->kernel);
    shot->margin = live->margin;
    shot->lag_ms = lag_ms(live, view, live->shot_ns);
    shot->working = order_set_open_count(kernel_orders(view->kernel));
    shoot_markets(live, shot, view->kernel);
    shoot_strategies(shot, view->kernel);
    shoot_trades(shot, view->kernel);
    shot->cash = shot->equity - shot->options - shot->stock;
}

/* Nothing of a book is worked out here: a forward that a person's look had made would not be made
 * in a replay. */
void live_stepped(void *context, const struct desk_view *view)
{
    struct live_desk *live = context;
    int64_t now = clock_steady_ns();
    put_changes(live, view);
    if (now - live->margin_ns >= MARGIN_NS) {
        live->margin_ns = now;
        live->margin = kernel_margin(view->kernel, live->margin_answer)
                           ? PRICE_NONE
                           : live->margin_answer->initial.deposit;
    }
    if (now - live->shot_ns >= SHOT_NS && pthread_mutex_trylock(&live->shot_lock) == 0) {
        live->shot_ns = now;
        shoot(live, view, live->shot);
        live->has_shot = true;
        pthread_mutex_unlock(&live->shot_lock);
    }
    if (live->rows)
        desk_rows_wake(live->rows);
}

void live_desk_refresh(void *context, const struct desk_view *view)
{
    struct live_desk *live = context;
    if (pthread_mutex_trylock(&live->shot_lock) != 0)
        return; /* somebody copies it: what is there is a moment old */
    shoot(live, view, live->shot);
    live->has_shot = true;
    pthread_mutex_unlock(&live->shot_lock);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void fail(struct live_desk *live, const char *what)
{
    log_error("desk", "%s: %s", what, err_detail());
    pthread_mutex_lock(&live->lock);
    live->has_failed = true;
    snprintf(live->text, sizeof live->text, "%s: %.300s", what, err_detail());
    pthread_mutex_unlock(&live->lock);
}

static enum err describe(struct live_desk *live, struct desk_options *o, struct risk_limits *limits,
                         struct margin_terms *margin)
{
    risk_limits_default(limits);
    *o = (struct desk_options){ .journal = live->journal,
                                .use = DESK_RUN,
                                .symbols = live->options.symbols,
                                .seed = live->options.seed,
                                .cash = live->options.cash ? live->options.cash : CASH_DEFAULT,
                                .limits = limits,
                                .margin = margin,
                                .speed = live->options.speed,
                                .timer_ns = TIMER_NS,
                                .snapshot_ns = SNAPSHOT_NS,
                                .watch = { .context = live, .stepped = live_stepped },
                                .context = live };
    return live_source_choose(live, o);
}

static enum err open_rows(struct live_desk *live)
{
    struct desk_rows_options o = { .journal = live->journal,
                                   .db_path = live->options.db_path,
                                   .desk_id = live_desk_id,
                                   .account_id = live_account_id,
                                   .keys = live->options.keys,
                                   .hub = live->options.hub,
                                   .keep = live_keep,
                                   .context = live };
    return desk_rows_open(&live->rows, &o);
}

static enum err open_desk(struct live_desk *live, struct desk **desk)
{
    struct desk_options o;
    struct risk_limits limits;
    struct margin_terms margin = { 0 };
    enum err err = describe(live, &o, &limits, &margin);
    if (!err)
        err = desk_open(desk, &o);
    if (!err)
        err = open_rows(live);
    return err;
}

/* Whether anything comes or not: a line that never was up brings no event to be told with. */
static void look_at_feed(struct live_desk *live, struct desk *desk)
{
    int64_t now = clock_steady_ns();
    struct desk_view view;
    if (now - live->feed_ns < SHOT_NS)
        return;
    live->feed_ns = now;
    desk_look(desk, &view);
    bool is_over = view.phase == DESK_OVER;
    if (is_over) { /* the last that is to be seen of it */
        live->shot_ns = 0;
        live_stepped(live, &view);
    }
    live_source_tell(live, desk, is_over);
}

static void run(struct live_desk *live, struct desk *desk)
{
    bool is_full = false;
    while (!atomic_load(&live->is_stopping)) {
        int64_t wait = WAIT_NS;
        enum err err = desk_step(desk, clock_steady_ns(), &wait);
        if (err && err != ERR_FULL) {
            fail(live, "the desk has stopped");
            return;
        }
        if (err == ERR_FULL && !is_full)
            log_error("desk", "nothing leaves: %s", err_detail());
        is_full = err == ERR_FULL;
        look_at_feed(live, desk);
        desk_wait(desk, wait < WAIT_NS && !is_full ? wait : WAIT_NS);
    }
}

static void take_symbols(struct live_desk *live, const char *list)
{
    struct str rest = str_from(list), symbol;
    for (int i = 0; i < SHOT_MARKETS && str_cut(&rest, ',', &symbol); i++)
        snprintf(live->symbols[i], sizeof live->symbols[i], "%.*s", STR_ARG(str_trim(symbol)));
}

static void *work(void *argument)
{
    struct live_desk *live = argument;
    struct desk *desk = NULL;
    if (open_desk(live, &desk)) {
        fail(live, "the desk cannot be opened");
        desk_close(desk);
        return NULL;
    }
    struct desk_view view;
    take_symbols(live, desk_begin(desk)->symbols);
    desk_look(desk, &view);
    view.is_all = true;
    live_stepped(live, &view);
    pthread_mutex_lock(&live->lock);
    live->recovered = view.journal.records;
    live->cash_first = desk_begin(desk)->cash;
    live->desk = desk;
    snprintf(live->text, sizeof live->text, "%s", desk_trouble(desk));
    pthread_mutex_unlock(&live->lock);
    log_info("desk", "ready behind %llu records of the journal",
             (unsigned long long)view.journal.records);
    run(live, desk);
    return NULL;
}

/* ---- opening and closing --------------------------------------------------------------------- */

static enum err open_store(struct live_desk *live)
{
    struct db_desk *desks;
    size_t count = 0;
    int64_t now = clock_wall_ns();
    enum err err = db_open(&live->db, live->options.db_path);
    if (!err)
        err = db_desk_list(live->db, &live->arena, 100, &desks, &count);
    for (size_t i = 0; !err && i < count; i++)
        if (strcmp(desks[i].id, live_desk_id) == 0)
            return ERR_OK;
    if (!err)
        err = db_desk_add(live->db, &(struct db_desk){ live_desk_id, "paper desk", "paper", now });
    if (!err)
        err = db_account_add(live->db, &(struct db_account){ live_account_id, live_desk_id, "paper",
                                                             "sim", "USD", now });
    return err;
}

enum err live_desk_open(struct live_desk **out, const struct live_desk_options *options)
{
    enum err err = live_source_check(options);
    if (err)
        return err;
    if (mkdir(options->folder, 0700) != 0 && errno != EEXIST)
        return err_set(ERR_REFUSED, "the desk's folder %s cannot be made: %s", options->folder,
                       strerror(errno));
    struct live_desk *live = mem_alloc(sizeof *live);
    live->options = *options;
    arena_init(&live->arena, "desk", 1 << 20);
    pthread_mutex_init(&live->lock, NULL);
    pthread_mutex_init(&live->shot_lock, NULL);
    pthread_mutex_init(&live->mirror_lock, NULL);
    live->journal = arena_printf(&live->arena, "%s/journal", options->folder);
    live->margin = PRICE_NONE;
    live->feed_state = "connecting";
    atomic_init(&live->equity_start, PRICE_NONE);
    live->margin_answer = arena_new(&live->arena, struct margin_answer);
    live->shot = arena_new(&live->arena, struct desk_shot);
    live->shown = arena_new(&live->arena, struct desk_shot);
    arena_init(&live->show_arena, "show", 1 << 16);
    ring_init(&live->sessions, &live->arena, 256, sizeof(struct live_session *));
    err = open_store(live);
    if (err) {
        live_desk_close(live);
        return err;
    }
    live->has_show_thread = pthread_create(&live->show_thread, NULL, live_show, live) == 0;
    live->has_desk_thread = pthread_create(&live->desk_thread, NULL, work, live) == 0;
    MUST(live->has_show_thread);
    MUST(live->has_desk_thread);
    *out = live;
    return ERR_OK;
}

void live_desk_close(struct live_desk *live)
{
    struct live_session *session;
    if (!live)
        return;
    atomic_store(&live->is_stopping, true);
    if (live->has_desk_thread)
        pthread_join(live->desk_thread, NULL);
    desk_rows_close(
        live->rows); /* it takes what is left of the journal, and lets it be one file again */
    desk_close(live->desk);
    if (live->has_show_thread)
        pthread_join(live->show_thread, NULL);
    while (ring_pop(&live->sessions, &session)) {
        mem_free(session->contracts);
        mem_free(session->open_interest);
        mem_free(session);
    }
    for (int i = 0; i < SHOT_MARKETS; i++) {
        if (!live->mirrors[i])
            continue;
        chain_board_close(live->mirrors[i]->board);
        arena_clear(&live->mirrors[i]->arena);
        mem_free(live->mirrors[i]);
    }
    live_topics_close(live);
    arena_clear(&live->show_arena);
    db_close(live->db);
    pthread_mutex_destroy(&live->lock);
    pthread_mutex_destroy(&live->shot_lock);
    pthread_mutex_destroy(&live->mirror_lock);
    arena_clear(&live->arena);
    mem_free(live);
}

/* ---- asking ---------------------------------------------------------------------------------- */

struct desk *live_desk_get(struct live_desk *live, char why[DESK_TEXT_BYTES], bool *is_recovering)
{
    pthread_mutex_lock(&live->lock);
    /* Who asks for positions before they have been shown once would be told that there are none. */
    struct desk *desk = live->has_failed || !atomic_load(&live->is_shown) ? NULL : live->desk;
    *is_recovering = !desk && !live->has_failed;
    snprintf(why, DESK_TEXT_BYTES, "%s",
             live->has_failed ? live->text
                              : "the desk reads its journal again; ask again in a moment");
    pthread_mutex_unlock(&live->lock);
    return desk;
}

struct desk_rows *live_desk_rows(struct live_desk *live)
{
    pthread_mutex_lock(&live->lock);
    struct desk_rows *rows = live->desk ? live->rows : NULL;
    pthread_mutex_unlock(&live->lock);
    return rows;
}

const char *live_desk_feed(const struct live_desk *live)
{
    return live->options.feed;
}

struct desk_shot *live_desk_shot(struct live_desk *live)
{
    struct desk_shot *copy = mem_alloc(sizeof *copy);
    pthread_mutex_lock(&live->shot_lock);
    bool has = live->has_shot;
    if (has)
        memcpy(copy, live->shot,
               offsetof(struct desk_shot, trades) +
                   live->shot->trade_count * sizeof live->shot->trades[0]);
    pthread_mutex_unlock(&live->shot_lock);
    if (!has) {
        mem_free(copy);
        return NULL;
    }
    return copy;
}

bool live_desk_figures(struct live_desk *live, struct desk_figures *out)
{
    pthread_mutex_lock(&live->shot_lock);
    bool has = live->has_shot;
    *out =
        (struct desk_figures){ live->shot->records, live->shot->quotes, live->shot->lag_ms, NAN };
    pthread_mutex_unlock(&live->shot_lock);
    int64_t quoted_ns = atomic_load(&live->quoted_ns);
    if (quoted_ns)
        out->quote_age_ms = (double)(clock_steady_ns() - quoted_ns) / 1e6;
    return has;
}
