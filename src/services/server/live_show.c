/* Show's thread: the desk's market in books of its own, with Greeks, as chain boards, bars and
 * views. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/zone.h"
#include "domain/pricing/european.h"
#include "services/server/live_int.h"

enum { TICK_NS = 50000000, TOPICS_EVERY = 5, GREEKS_NS = 250000000 };
/* Without a quote of anything for so long, what is shown is old; of one market, whose index may be
 * told every 15 seconds alone, without a quote of it or its options for longer. */
static const int64_t LATE_NS = NANOS_PER_SECOND, STALE_NS = 2 * NANOS_PER_SECOND,
                     QUIET_NS = 20 * NANOS_PER_SECOND;

/* ---- sessions -------------------------------------------------------------------------------- */

static uint64_t random_epoch(void)
{
    uint64_t epoch;
    MUST(getrandom(&epoch, sizeof epoch, 0) == (ssize_t)sizeof epoch);
    return epoch;
}

static void allocate(struct mirror *m, uint32_t count)
{
    struct arena *a = &m->arena;
    book_init(&m->book, a, (struct book_limits){ count ? count : 1, LIVE_SLICES });
    m->quoted_ns = arena_array(a, int64_t, count);
    m->is_dirty = arena_array(a, bool, count);
    double **columns[] = { &m->vol, &m->delta, &m->gamma, &m->theta, &m->vega };
    for (size_t i = 0; i < ARRAY_COUNT(columns); i++)
        *columns[i] = arena_array(a, double, count);
    for (size_t i = 0; i < ARRAY_COUNT(m->scratch); i++)
        m->scratch[i] = arena_array(a, double, count);
    m->sign = arena_array(a, int8_t, count);
    m->bars = arena_array(a, struct bar, BARS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        m->quoted_ns[i] = TS_NONE;
        m->vol[i] = m->delta[i] = m->gamma[i] = m->theta[i] = m->vega[i] = NAN;
    }
}

static struct mirror *make_mirror(struct live_desk *live, uint32_t market)
{
    struct mirror *m = mem_alloc(sizeof *m);
    arena_init(&m->arena, "session", 1 << 20);
    m->board = chain_board_open(live->symbols[market], random_epoch());
    return m;
}

static void take_session(struct live_desk *live, const struct live_session *s)
{
    struct mirror *m = live->mirrors[s->market];
    bool is_new = !m;
    if (is_new)
        m = make_mirror(live, s->market);
    struct live_attribution attribution = m->attribution;
    uint32_t bar_count = !is_new && m->book.day == s->day ? m->bar_count : 0,
             bars_kept = bar_count ? m->bars_kept : 0;
    struct bar *bars = mem_alloc((bar_count + 1) * sizeof *bars); /* a day may be listed again */
    if (bar_count)
        memcpy(bars, m->bars, bar_count * sizeof *bars);
    struct chain_board *board = m->board;
    arena_clear(&m->arena);
    struct arena arena = m->arena;
    *m = (struct mirror){ .arena = arena,
                          .board = board,
                          .session = s->number,
                          .attribution = attribution,
                          .has_attribution = !is_new && m->has_attribution,
                          .heard_ns = is_new ? 0 : m->heard_ns,
                          .previous_close = s->previous_close };
    allocate(m, s->count);
    struct event_session e = { .day = s->day,
                               .open_ns = s->open_ns,
                               .close_ns = s->close_ns,
                               .contracts = s->contracts,
                               .contract_count = s->count,
                               .rate = s->rate };
    if (book_session(&m->book, &e)) {
        log_error("desk", "%s is not shown: %s", live->symbols[s->market], err_detail());
        m->book.contract_count = 0;
    }
    memcpy(m->book.open_interest, s->open_interest,
           m->book.contract_count * sizeof *s->open_interest);
    m->underlying_ns = TS_NONE;
    m->has_session = true;
    if (bar_count) {
        memcpy(m->bars, bars, bar_count * sizeof *bars);
        m->bar_count = bar_count;
        m->bars_kept = bars_kept;
    } else {
        live_load_bars(live, m, live->symbols[s->market]);
    }
    mem_free(bars);
    chain_board_lay(m->board, m->book.contracts, m->book.contract_count, s->open_ns);
    live->mirrors[s->market] = m;
}

/* With the lock held. */
static void take_sessions(struct live_desk *live)
{
    struct live_session *s;
    while (ring_pop(&live->sessions, &s)) {
        take_session(live, s);
        mem_free(s->contracts);
        mem_free(s->open_interest);
        mem_free(s);
    }
}

/* ---- quotes ---------------------------------------------------------------------------------- */

static void add_to_bars(struct mirror *m, int64_t ts_ns, int64_t price)
{
    int64_t begin = ts_ns - ts_ns % (BAR_SECONDS * NANOS_PER_SECOND);
    struct bar *last = m->bar_count ? &m->bars[m->bar_count - 1] : NULL;
    if (!last || begin > last->ts_ns) {
        if (m->bar_count == BARS_MAX)
            return;
        m->bars[m->bar_count++] = (struct bar){ begin, price, price, price, price };
        return;
    }
    last->high = price > last->high ? price : last->high;
    last->low = price < last->low ? price : last->low;
    last->close = price;
}

static void take_underlying(struct mirror *m, const struct conflated *c)
{
    const struct record_quote *q = &c->quote.of.quote;
    struct event_quote e = { .contract = QUOTE_UNDERLYING,
                             .bid = q->bid,
                             .ask = q->ask,
                             .bid_size = SIZE_NONE,
                             .ask_size = SIZE_NONE,
                             .last = c->last };
    book_quote(&m->book, c->quote.recv_ns, &e, INT64_MAX);
    m->underlying_ns = c->quote.recv_ns;
    if (m->book.underlying != PRICE_NONE)
        add_to_bars(m, c->quote.recv_ns, m->book.underlying);
    for (uint32_t i = 0; i < m->book.slice_count; i++)
        m->slice_dirty[i] = true;
}

static void take_quote(struct mirror *m, const struct conflated *c)
{
    uint32_t id = c->quote.instrument;
    const struct record_quote *q = &c->quote.of.quote;
    if (id >= m->book.contract_count)
        return;
    struct event_quote e = { .contract = id,
                             .bid = q->bid,
                             .ask = q->ask,
                             .bid_size = q->bid_size,
                             .ask_size = q->ask_size,
                             .last = c->last };
    book_quote(&m->book, c->quote.recv_ns, &e, INT64_MAX);
    if (q->bid != PRICE_NONE || q->ask != PRICE_NONE)
        m->quoted_ns[id] = c->quote.recv_ns;
    m->book.volume[id] = c->quote.sequence ? c->quote.sequence - 1 : SIZE_NONE; /* put_price() */
    m->is_dirty[id] = true;
    m->slice_dirty[m->book.slice_of[m->book.row_of[id]]] = true;
}

static void take_quotes(struct live_desk *live, struct mirror *m, struct conflate *quotes)
{
    struct conflated c;
    bool has_heard = false;
    while (conflate_take(quotes, &c)) {
        has_heard = true;
        if (c.quote.publisher != m->session) /* a session's table is told before its first quote */
            take_sessions(live);
        if (c.quote.publisher != m->session)
            continue; /* of one that is over */
        if (c.quote.instrument == LIVE_UNDERLYING)
            take_underlying(m, &c);
        else
            take_quote(m, &c);
    }
    if (has_heard)
        live->heard_ns = m->heard_ns = clock_steady_ns();
}

/* ---- age ------------------------------------------------------------------------------------- */

static bool is_open(const struct book *b)
{
    return b->now_ns >= b->open_ns && b->now_ns < b->close_ns;
}

bool live_is_stale(const struct mirror *m)
{
    return m->age == LIVE_STALE;
}

static bool is_row_stale(const struct mirror *m, uint32_t id)
{
    const struct book *b = &m->book;
    return m->age == LIVE_STALE || (m->age == LIVE_LATE && b->contracts[id].expiry == b->day);
}

/* A closed market's quotes are its last ones, and no older than they say. */
static void grow_old(struct live_desk *live, struct mirror *m)
{
    int64_t now_ns = clock_steady_ns(), silent_ns = now_ns - live->heard_ns;
    enum live_age age = !is_open(&m->book)                                          ? LIVE_FRESH
                        : silent_ns >= STALE_NS || now_ns - m->heard_ns >= QUIET_NS ? LIVE_STALE
                        : silent_ns >= LATE_NS                                      ? LIVE_LATE
                                                                                    : LIVE_FRESH;
    if (age == m->age)
        return;
    m->age = age;
    for (uint32_t id = 0; id < m->book.contract_count; id++)
        m->is_dirty[id] = m->is_dirty[id] || m->quoted_ns[id] != TS_NONE;
}

/* ---- Greeks ---------------------------------------------------------------------------------- */

static void price_side(struct mirror *m, const struct slice *slice,
                       const struct black76_expiry *terms, int side)
{
    struct book *b = &m->book;
    uint32_t first = slice->row_first, n = slice->view.strike_count;
    double **s = m->scratch;
    for (uint32_t i = 0; i < n; i++) {
        double own = b->iv[side][first + i], other = b->iv[!side][first + i];
        s[0][i] = b->strike_mills[first + i] / 1000.0;
        s[1][i] = isnan(own)
                      ? other
                      : own; /* both of a strike have one vol; out of the money tells it better */
        m->sign[i] = side ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
    }
    struct pricing_greeks out = { .delta = s[2], .gamma = s[3], .theta = s[4], .vega = s[5] };
    black76_chain(terms, n, s[0], m->sign, s[1], &out);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = side ? b->put_id[first + i] : b->call_id[first + i];
        if (id == OPTION_NONE)
            continue;
        m->vol[id] = s[1][i];
        m->delta[id] = s[2][i];
        m->gamma[id] = s[3][i];
        m->theta[id] = s[4][i] / 365.0;
        m->vega[id] = s[5][i] / 100.0;
        m->is_dirty[id] = true;
    }
}

static void refresh_greeks(struct mirror *m, int64_t steady_ns)
{
    struct book *b = &m->book;
    b->stamp++;
    for (uint32_t i = 0; i < b->slice_count; i++) {
        struct slice *slice = &b->slices[i];
        if (!m->slice_dirty[i] || steady_ns - m->slice_ns[i] < GREEKS_NS || !book_greeks(b, slice))
            continue;
        struct black76_expiry terms = { .forward = slice->view.forward,
                                        .discount = slice->view.discount,
                                        .years = slice->view.years,
                                        .spot = b->underlying == PRICE_NONE
                                                    ? 0.0
                                                    : money_to_dollars(b->underlying) };
        for (int side = 0; side < 2; side++)
            price_side(m, slice, &terms, side);
        m->slice_dirty[i] = false;
        m->slice_ns[i] = steady_ns;
    }
}

/* ---- boards ---------------------------------------------------------------------------------- */

static struct chain_row row_of(const struct mirror *m, uint32_t id)
{
    const struct book *b = &m->book;
    uint32_t row = b->row_of[id];
    int side = book_side(&b->contracts[id]);
    bool is_void = m->quoted_ns[id] != TS_NONE && b->bid[side][row] == PRICE_NONE &&
                   b->ask[side][row] == PRICE_NONE;
    return (struct chain_row){ .bid = b->bid[side][row],
                               .ask = b->ask[side][row],
                               .last = b->last[side][row],
                               .bid_size = b->bid_size[side][row],
                               .ask_size = b->ask_size[side][row],
                               .volume = b->volume[id],
                               .interest = b->open_interest[id],
                               .quoted_ns = m->quoted_ns[id],
                               .flags = (is_void ? CHAIN_IS_VOID : 0) |
                                        (is_row_stale(m, id) ? CHAIN_IS_STALE : 0),
                               .vol = m->vol[id],
                               .delta = m->delta[id],
                               .gamma = m->gamma[id],
                               .theta = m->theta[id],
                               .vega = m->vega[id] };
}

static void write_board(struct mirror *m)
{
    const struct book *b = &m->book;
    chain_board_begin(m->board);
    for (uint32_t id = 0; id < b->contract_count; id++) {
        if (!m->is_dirty[id])
            continue;
        struct chain_row row = row_of(m, id);
        chain_board_set(m->board, id, &row);
        m->is_dirty[id] = false;
    }
    chain_board_end(m->board, b->now_ns, b->underlying, is_open(b) ? CHAIN_SESSION_OPEN : 0);
}

static void show_market(struct live_desk *live, uint32_t i, int64_t steady_ns)
{
    struct mirror *m = live->mirrors[i];
    if (!m || !m->has_session)
        return;
    pthread_mutex_lock(&live->mirror_lock);
    take_quotes(live, m, &live->markets[i]->quotes);
    grow_old(live, m);
    refresh_greeks(m, steady_ns);
    write_board(m);
    pthread_mutex_unlock(&live->mirror_lock);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void sleep_until(int64_t steady_ns)
{
    struct timespec t = { steady_ns / 1000000000, steady_ns % 1000000000 };
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static bool take_shot(struct live_desk *live)
{
    pthread_mutex_lock(&live->shot_lock);
    bool has = live->has_shot;
    if (has)
        memcpy(live->shown, live->shot,
               offsetof(struct desk_shot, trades) +
                   live->shot->trade_count * sizeof live->shot->trades[0]);
    pthread_mutex_unlock(&live->shot_lock);
    return has;
}

void *live_show(void *argument)
{
    struct live_desk *live = argument;
    int64_t next = clock_steady_ns();
    for (unsigned tick = 0; !atomic_load(&live->is_stopping); tick++) {
        pthread_mutex_lock(&live->mirror_lock);
        take_sessions(live);
        pthread_mutex_unlock(&live->mirror_lock);
        uint32_t count = atomic_load(&live->market_count);
        for (uint32_t i = 0; i < count; i++)
            show_market(live, i, next);
        if (tick % TOPICS_EVERY == 0)
            live_publish(live, take_shot(live) ? live->shown : NULL);
        if (live->options.woken)
            live->options.woken(live->options.context);
        int64_t now = clock_steady_ns();
        next = next + TICK_NS > now ? next + TICK_NS : now;
        sleep_until(next);
    }
    return NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* With the lock held. */
static struct mirror *find_mirror(struct live_desk *live, struct str symbol)
{
    for (int i = 0; i < SHOT_MARKETS; i++)
        if (live->mirrors[i] && live->mirrors[i]->has_session && str_is(symbol, live->symbols[i]))
            return live->mirrors[i];
    return NULL;
}

struct chain_board *live_desk_board(struct live_desk *live, struct str symbol)
{
    pthread_mutex_lock(&live->mirror_lock);
    struct mirror *m = find_mirror(live, symbol);
    pthread_mutex_unlock(&live->mirror_lock);
    return m ? m->board : NULL;
}

bool live_desk_has(struct live_desk *live, struct str symbol)
{
    return live_desk_board(live, symbol) != NULL;
}

static struct quote quote_of(const struct mirror *m, uint32_t id)
{
    const struct book *b = &m->book;
    uint32_t row = b->row_of[id];
    int side = book_side(&b->contracts[id]);
    struct quote q = QUOTE_EMPTY;
    q.bid = b->bid[side][row];
    q.ask = b->ask[side][row];
    q.bid_size = b->bid_size[side][row];
    q.ask_size = b->ask_size[side][row];
    q.last = b->last[side][row];
    q.volume = b->volume[id];
    q.open_interest = b->open_interest[id];
    return q;
}

static bool is_listed(int32_t expiry, const int32_t *expiries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (expiries[i] == expiry)
            return true;
    return count == 0;
}

enum err live_desk_chain(struct live_desk *live, struct arena *arena, struct str symbol,
                         const int32_t *expiries, size_t expiry_count, struct view *out)
{
    pthread_mutex_lock(&live->mirror_lock);
    struct mirror *m = find_mirror(live, symbol);
    if (!m) {
        pthread_mutex_unlock(&live->mirror_lock);
        return err_set(ERR_NOT_FOUND, "the desk has no chain of \"%.*s\"", STR_ARG(symbol));
    }
    const struct book *b = &m->book;
    struct contract *contracts = arena_array(arena, struct contract, b->contract_count);
    struct quote *quotes = arena_array(arena, struct quote, b->contract_count);
    int64_t *quoted = arena_array(arena, int64_t, b->contract_count);
    uint32_t count = 0;
    for (uint32_t id = 0; id < b->contract_count; id++) {
        if (!is_listed(b->contracts[id].expiry, expiries, expiry_count))
            continue;
        contracts[count] = b->contracts[id];
        quotes[count] = quote_of(m, id);
        quoted[count++] = m->quoted_ns[id];
    }
    *out = (struct view){ .symbol = arena_strndup(arena, symbol.ptr, symbol.len),
                          .source = "live",
                          .day = b->day,
                          .ts_ns = b->now_ns,
                          .underlying = b->underlying,
                          .underlying_bid = b->underlying_bid,
                          .underlying_ask = b->underlying_ask,
                          .rate = isnan(b->rate) ? 0 : b->rate,
                          .has_rate = !isnan(b->rate) };
    pthread_mutex_unlock(&live->mirror_lock);
    view_make(out, arena, contracts, count, quotes, quoted);
    return ERR_OK;
}

int32_t live_desk_front(struct live_desk *live, struct str symbol)
{
    int32_t front = 0;
    pthread_mutex_lock(&live->mirror_lock);
    const struct mirror *m = find_mirror(live, symbol);
    for (uint32_t i = 0; m && !front && i < m->book.slice_count; i++)
        if (m->book.slices[i].view.dte > 0)
            front = m->book.slices[i].view.expiry;
    pthread_mutex_unlock(&live->mirror_lock);
    return front;
}

enum err live_desk_bars(struct live_desk *live, struct str symbol, int64_t seconds,
                        struct json_writer *json)
{
    pthread_mutex_lock(&live->mirror_lock);
    struct mirror *m = find_mirror(live, symbol);
    struct bar sum = { 0 };
    json_array_begin(json);
    for (uint32_t i = 0; m && i <= m->bar_count; i++) {
        const struct bar *b = i < m->bar_count ? &m->bars[i] : NULL;
        int64_t begin = b ? b->ts_ns - b->ts_ns % (seconds * NANOS_PER_SECOND) : 0;
        if (sum.ts_ns && begin != sum.ts_ns) {
            json_object_begin(json);
            json_key_int(json, "ts_ns", sum.ts_ns);
            json_key_int(json, "open_micros", sum.open);
            json_key_int(json, "high_micros", sum.high);
            json_key_int(json, "low_micros", sum.low);
            json_key_int(json, "close_micros", sum.close);
            json_object_end(json);
            sum.ts_ns = 0;
        }
        if (!b)
            break;
        if (!sum.ts_ns)
            sum = (struct bar){ begin, b->open, b->high, b->low, b->close };
        sum.high = b->high > sum.high ? b->high : sum.high;
        sum.low = b->low < sum.low ? b->low : sum.low;
        sum.close = b->close;
    }
    json_array_end(json);
    pthread_mutex_unlock(&live->mirror_lock);
    return m ? ERR_OK : err_set(ERR_NOT_FOUND, "the desk has no market \"%.*s\"", STR_ARG(symbol));
}

size_t live_desk_minutes(struct live_desk *live, struct arena *arena, struct str symbol,
                         int64_t **ends_ns, double **closes)
{
    const int64_t minute = 60 * NANOS_PER_SECOND;
    size_t count = 0, most = 1;
    pthread_mutex_lock(&live->mirror_lock);
    const struct mirror *m = find_mirror(live, symbol);
    for (uint32_t i = 1; m && i < m->bar_count; i++)
        most += m->bars[i].ts_ns / minute != m->bars[i - 1].ts_ns / minute;
    *ends_ns = arena_array(arena, int64_t, most);
    *closes = arena_array(arena, double, most);
    for (uint32_t i = 0; m && i < m->bar_count; i++) {
        int64_t end = m->bars[i].ts_ns - m->bars[i].ts_ns % minute + minute;
        if (end > m->book.now_ns)
            break; /* it goes on */
        count += !count || (*ends_ns)[count - 1] != end;
        (*ends_ns)[count - 1] = end;
        (*closes)[count - 1] = money_to_dollars(m->bars[i].close);
    }
    pthread_mutex_unlock(&live->mirror_lock);
    return count;
}

struct live_greeks live_desk_greeks(struct live_desk *live, uint32_t market,
                                    const struct contract *contract)
{
    struct live_greeks g = { NAN, NAN, NAN, NAN, NAN, PRICE_NONE, PRICE_NONE, TS_NONE };
    pthread_mutex_lock(&live->mirror_lock);
    const struct mirror *m = market < SHOT_MARKETS ? live->mirrors[market] : NULL;
    uint32_t id = m && m->has_session ? book_find(&m->book, contract) : OPTION_NONE;
    if (id != OPTION_NONE) {
        uint32_t row = m->book.row_of[id];
        int side = book_side(contract);
        g = (struct live_greeks){
            m->vol[id],  m->delta[id],           m->gamma[id],           m->theta[id],
            m->vega[id], m->book.bid[side][row], m->book.ask[side][row], m->quoted_ns[id]
        };
    }
    pthread_mutex_unlock(&live->mirror_lock);
    return g;
}

bool live_desk_attribution(struct live_desk *live, uint32_t market, struct live_attribution *out)
{
    pthread_mutex_lock(&live->mirror_lock);
    const struct mirror *m = market < SHOT_MARKETS ? live->mirrors[market] : NULL;
    bool has = m ? m->has_attribution : market >= SHOT_MARKETS && live->has_attribution;
    *out = m ? m->attribution : live->attribution;
    pthread_mutex_unlock(&live->mirror_lock);
    return has;
}
