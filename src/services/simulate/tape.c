#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/zone.h"
#include "domain/pricing/portable.h"
#include "services/simulate/stream.h"
#include "services/simulate/tape_int.h"

/*
 * How a second goes. The state is that of its beginning, so nothing on the tape knows what comes.
 * At one moment of the first half of the second all underlyings move together; the makers of
 * options answer within a fifth of a second, most of them within milliseconds; trades follow until
 * the second ends, each at the quote that stands then. Sweeps come when everything is quiet again.
 */
enum {
    MOVE_BY_NS = 500000000,
    REACTION_NS = 20000,
    REACTION_SPREAD_NS = 180000000,
    SWEEP_FROM_NS = 750000000,
    SWEEP_SPREAD_NS = 150000000,
    SWEEP_PRINT_NS = 400000, /* between the prints of a sweep, at most */
    PRINT_AT_NS = 900000000, /* the second's shares of the underlying */
    NO_SYMBOL = 15           /* a stream that belongs to all symbols */
};

/* The option exchanges as the vendor numbers them. */
static const uint16_t venues[] = { 20, 21, 22, 23, 24, 25, 26, 27, 28,
                                   29, 31, 32, 33, 34, 35, 36, 37 };

static uint16_t any_venue(struct rng *rng)
{
    return venues[rng_below(rng, ARRAY_COUNT(venues))];
}

/* ---- files ----------------------------------------------------------------------------------- */

static enum err make_folder(const char *path)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return ERR_OK;
    return err_set(ERR_IO, "%s cannot be made: %s", path, strerror(errno));
}

enum err tape_open(struct tape **out, struct maker *m, const char *store)
{
    struct tape *tape = mem_alloc(sizeof *tape);
    *out = tape;
    tape->m = m;
    tape->store = store;
    rng_init(&tape->rng, m->path->seed, (uint32_t)m->day, SIM_TAPE + 16u * (uint32_t)m->symbol);
    arena_init(&tape->arena, "tape", 1 << 20);
    if (m->stream)
        return ERR_OK;
    const char *all = arena_printf(&tape->arena, "%s/tape", store);
    tape->folder = arena_printf(&tape->arena, "%s/%s", all, sim_name(m->symbol));
    enum err err = make_folder(all);
    return err ? err : make_folder(tape->folder);
}

void tape_close(struct tape *tape)
{
    if (!tape)
        return;
    dbn_writer_discard(tape->quotes);
    dbn_writer_discard(tape->trades);
    dbn_writer_discard(tape->underlying);
    buf_free(&tape->seconds);
    buf_free(&tape->flow);
    mem_free(tape->events);
    arena_clear(&tape->arena);
    mem_free(tape);
}

/* ---- events of a second ---------------------------------------------------------------------- */

static struct tape_event *add_event(struct tape *tape, int64_t ts, int e, int i)
{
    tape->events =
        mem_grow(tape->events, &tape->event_capacity, tape->event_count + 1, sizeof *tape->events);
    struct tape_event *event = &tape->events[tape->event_count];
    *event = (struct tape_event){
        .ts = ts, .order = (uint32_t)tape->event_count, .e = (int16_t)e, .i = (int16_t)i
    };
    tape->event_count++;
    return event;
}

static int64_t second_end(const struct tape *tape)
{
    return tape->begin_ts + NANOS_PER_SECOND - TAPE_RECEIVED_AFTER_NS - 1;
}

static void add_print(struct tape *tape, int64_t ts, int e, int i, int64_t price, uint32_t size)
{
    struct tape_event *event = add_event(tape, ts, e, i);
    event->is_trade = true;
    event->bid = price;
    event->bid_size = size;
    event->bid_venue = any_venue(&tape->rng);
}

/* At the bid, at the ask, or between them. */
static int64_t print_price(struct tape *tape, int e, const struct quote *quote)
{
    double u = rng_uniform(&tape->rng);
    if (u < 0.44 || quote->bid <= 0)
        return quote->ask;
    if (u < 0.88)
        return quote->bid;
    int64_t middle = (quote->bid + quote->ask) / 2;
    int64_t price = money_floor(middle, product_tick(&tape->m->product[e], middle));
    return price < quote->bid ? quote->bid : price;
}

static uint32_t print_size(struct tape *tape)
{
    double u = rng_uniform(&tape->rng);
    if (u < 0.45)
        return 1;
    if (u < 0.70)
        return 2 + (uint32_t)rng_below(&tape->rng, 4);
    if (u < 0.90)
        return 10;
    return 11 + (uint32_t)rng_below(&tape->rng, 90);
}

void tape_take(struct tape *tape, int e, int i, bool moved, uint32_t traded)
{
    struct shown *s = &tape->m->shown[e][i];
    int64_t from = tape->begin_ts;
    s->is_dirty |= moved || traded;
    if (moved) {
        double u = rng_uniform(&tape->rng);
        from = tape->move_ts + REACTION_NS + (int64_t)(u * u * u * REACTION_SPREAD_NS);
        struct tape_event *event = add_event(tape, from, e, i);
        event->bid = s->quote.bid;
        event->ask = s->quote.ask;
        event->bid_size = s->quote.bid_size;
        event->ask_size = s->quote.ask_size;
        event->bid_venue = any_venue(&tape->rng);
        event->ask_venue = any_venue(&tape->rng);
    }
    while (traded > 0) {
        uint32_t size = print_size(tape);
        size = size < traded ? size : traded;
        int64_t ts = from + 1 + (int64_t)rng_below(&tape->rng, (uint64_t)(second_end(tape) - from));
        add_print(tape, ts, e, i, print_price(tape, e, &s->quote), size);
        traded -= size;
    }
}

void tape_underlying(struct tape *tape, int64_t level)
{
    if (level == tape->level || tape->err)
        return;
    tape->level = level;
    const struct maker *m = tape->m;
    if (m->stream) { /* sizes as below, of the same stream of random numbers */
        bool quoted = maker_is_quoted(m);
        uint32_t bid_size = quoted ? 100 * (1 + (uint32_t)rng_below(&tape->rng, 20)) : SIZE_NONE;
        uint32_t ask_size = quoted ? 100 * (1 + (uint32_t)rng_below(&tape->rng, 20)) : SIZE_NONE;
        int64_t ts = tape->move_ts + TAPE_RECEIVED_AFTER_NS;
        if (quoted)
            stream_quote(m->stream, m, ts, SIM_UNDERLYING, level - MICROS_PER_CENT,
                         level + MICROS_PER_CENT, bid_size, ask_size);
        else
            stream_trade(m->stream, m, ts, SIM_UNDERLYING, level, SIZE_NONE, NULL);
        return;
    }
    tape->err = tape_put_level(tape, level);
}

/* Shares of the underlying, all of a second as one print between bid and ask. */
static void print_shares(struct tape *tape, double share, int64_t ts)
{
    struct maker *m = tape->m;
    int64_t size = maker_shares(m, share);
    if (size <= 0 || tape->err)
        return;
    tape->shares += size;
    tape->share_value += (int128)size * tape->level;
    struct quote stands = QUOTE_EMPTY;
    stands.bid = tape->level - MICROS_PER_CENT;
    stands.ask = tape->level + MICROS_PER_CENT;
    stands.bid_size = stands.ask_size = 100; /* as the tape has it */
    if (m->stream) {
        stream_trade(m->stream, m, ts + TAPE_RECEIVED_AFTER_NS, SIM_UNDERLYING, tape->level,
                     (uint32_t)size, &stands);
        return;
    }
    tape->err = tape_put_shares(tape, ts, (uint32_t)size, &stands);
}

/* ---- unusual flow ---------------------------------------------------------------------------- */

void tape_add_flow(struct tape *tape, int e, int i, uint32_t contracts, bool informed)
{
    const struct maker *m = tape->m;
    int parts = 1 + (int)rng_below(&tape->rng, 4);
    for (int k = 0; k < parts && tape->sweep_count < TAPE_SWEEPS_MAX; k++) {
        uint32_t share = k + 1 < parts ? contracts / (uint32_t)(parts - k) : contracts;
        contracts -= share;
        int second = (int)rng_below(&tape->rng, (uint64_t)m->minutes->count * SIM_SECONDS * 9 / 10);
        if (share)
            tape->sweeps[tape->sweep_count++] =
                (struct tape_sweep){ 60 + second, e, i, share, informed };
    }
}

static void put_flow_line(struct tape *tape, const struct tape_sweep *sweep, int64_t ts,
                          int64_t price, uint32_t size)
{
    char time[TS_TEXT_BYTES], dollars[MONEY_TEXT_BYTES];
    ts_format_iso(time, ZONE_UTC, ts + TAPE_RECEIVED_AFTER_NS);
    money_format(dollars, price, 2);
    buf_printf(&tape->flow, "%s,%" PRIu32 ",%s,%" PRIu32 ",%s,buy,%s\n", time,
               tape_instrument_id(tape->m, sweep->e, sweep->i),
               tape_option_name(tape, sweep->e, sweep->i), size, dollars,
               sweep->informed ? "yes" : "no");
}

/* One order over several venues at once, all at the ask. */
static void run_sweep(struct tape *tape, const struct tape_sweep *sweep)
{
    struct shown *s = &tape->m->shown[sweep->e][sweep->i];
    if (!s->is_shown)
        return;
    int64_t ts = tape->begin_ts + SWEEP_FROM_NS + (int64_t)rng_below(&tape->rng, SWEEP_SPREAD_NS);
    /* Whatever its size, it ends within the second. */
    uint32_t least = sweep->contracts / 100 + 1;
    for (uint32_t left = sweep->contracts; left > 0;) {
        uint32_t size = least + (uint32_t)rng_below(&tape->rng, 10 + least);
        size = size < left ? size : left;
        add_print(tape, ts, sweep->e, sweep->i, s->quote.ask, size);
        if (!tape->m->stream)
            put_flow_line(tape, sweep, ts, s->quote.ask, size);
        ts += 1 + (int64_t)rng_below(&tape->rng, SWEEP_PRINT_NS);
        left -= size;
    }
    s->swept_volume += sweep->contracts;
    s->quote.volume += sweep->contracts;
    s->is_dirty = true;
}

/* ---- writing a second ------------------------------------------------------------------------ */

static int by_time(const void *a, const void *b)
{
    const struct tape_event *x = a, *y = b;
    if (x->ts != y->ts)
        return x->ts < y->ts ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static void pass_on(const struct maker *m, const struct tape_event *event)
{
    uint32_t handle = m->shown[event->e][event->i].handle;
    int64_t ts = event->ts + TAPE_RECEIVED_AFTER_NS;
    if (event->is_trade)
        stream_trade(m->stream, m, ts, handle, event->bid, event->bid_size,
                     &m->shown[event->e][event->i].quote);
    else
        stream_quote(m->stream, m, ts, handle, event->bid > 0 ? event->bid : PRICE_NONE, event->ask,
                     event->bid > 0 ? event->bid_size : 0, event->ask_size);
}

static enum err write_second(struct tape *tape)
{
    struct maker *m = tape->m;
    if (tape->event_count > 1)
        qsort(tape->events, tape->event_count, sizeof *tape->events, by_time);
    enum err err = tape->err;
    for (size_t k = 0; !err && k < tape->event_count; k++) {
        const struct tape_event *event = &tape->events[k];
        uint32_t id = tape_instrument_id(m, event->e, event->i);
        if (event->is_trade)
            m->shown[event->e][event->i].quote.last = event->bid;
        if (m->stream) {
            pass_on(m, event);
            continue;
        }
        err = event->is_trade ? tape_put_trade(tape, event, id) : tape_put_quote(tape, event, id);
    }
    tape->event_count = 0;
    return err;
}

static void write_minute(struct tape *tape, int64_t ts, bool is_close)
{
    struct maker *m = tape->m;
    maker_underlying(m, ts, tape->level, is_close);
    if (tape->shares)
        day_writer_traded(m->writer, ts, tape->shares, (int64_t)(tape->share_value / tape->shares));
    tape->shares = 0;
    tape->share_value = 0;
    for (int e = 0; e < m->ladder_count; e++)
        for (int i = 0; i < 2 * m->ladders[e].strike_count; i++) {
            struct shown *s = &m->shown[e][i];
            if (s->is_dirty)
                day_writer_quote(m->writer, ts, s->handle, &s->quote);
            s->is_dirty = false;
        }
}

/* ---- the session ----------------------------------------------------------------------------- */

static void begin_second(struct tape *tape, int second)
{
    const struct maker *m = tape->m;
    struct rng all;
    rng_init(&all, m->path->seed, (uint32_t)m->day,
             SIM_TAPE + 16u * NO_SYMBOL + 1024u * (uint32_t)(second + 1));
    rng_init(&tape->rng, m->path->seed, (uint32_t)m->day,
             SIM_TAPE + 16u * (uint32_t)m->symbol + 1024u * (uint32_t)(second + 1));
    tape->begin_ts = sim_open_ts(m->path, m->day) + second * NANOS_PER_SECOND;
    tape->move_ts = tape->begin_ts + (int64_t)rng_below(&all, MOVE_BY_NS);
}

static enum err run_second(struct tape *tape, int second, const struct sim_state *state,
                           double clock)
{
    begin_second(tape, second);
    struct instant at = maker_instant(tape->m, second, state, clock);
    at.number = (uint32_t)second;
    maker_show(tape->m, &at, false);
    print_shares(tape, at.share, tape->begin_ts + PRINT_AT_NS);
    for (int k = 0; k < tape->sweep_count; k++)
        if (tape->sweeps[k].second == second)
            run_sweep(tape, &tape->sweeps[k]);
    if (!tape->m->stream)
        tape_put_truth(tape, &at, second / SIM_SECONDS);
    return write_second(tape);
}

/* The last value of the underlying is that of the close; options have ended a moment before. */
static void ring_the_bell(struct tape *tape)
{
    const struct maker *m = tape->m;
    const struct sim_state *state = sim_close(m->path, m->day);
    begin_second(tape, m->minutes->count * SIM_SECONDS - 1);
    tape->move_ts = sim_close_ts(m->path, m->day) - TAPE_RECEIVED_AFTER_NS;
    double level = m->symbol == SIM_VIX
                       ? sim_vix(m->path, m->day, state, sim_clock(m->path, m->day, SIM_STEPS))
                       : sim_level(state, m->symbol);
    tape_underlying(tape, money_round(money_from_dollars(level), MICROS_PER_CENT));
    print_shares(tape, 1, tape->move_ts); /* the closing auction */
}

enum err tape_second(struct tape *tape, int second, const struct sim_state *state, double clock)
{
    return run_second(tape, second, state, clock);
}

void tape_bell(struct tape *tape)
{
    ring_the_bell(tape);
}

int64_t *tape_level(struct tape *tape)
{
    return &tape->level;
}

static enum err run_minutes(struct tape *tape)
{
    struct maker *m = tape->m;
    struct sim_state states[SIM_SECONDS], last = *sim_open(m->path, m->day);
    double clock[SIM_SECONDS], last_clock = sim_clock(m->path, m->day, 0);
    enum err err = ERR_OK;
    for (int minute = 0; !err && minute < m->minute_count; minute++) {
        sim_seconds_make(m->minutes, minute, states, clock);
        for (int s = 0; !err && s < SIM_SECONDS; s++) {
            err = run_second(tape, minute * SIM_SECONDS + s, s ? &states[s - 1] : &last,
                             s ? clock[s - 1] : last_clock);
        }
        last = states[SIM_SECONDS - 1];
        last_clock = clock[SIM_SECONDS - 1];
        bool is_close = minute == m->minutes->count - 1;
        if (is_close)
            ring_the_bell(tape);
        if (!err)
            err = tape->err;
        if (!err)
            write_minute(tape, sim_open_ts(m->path, m->day) + (minute + 1) * NANOS_PER_MINUTE,
                         is_close);
        if (!err)
            err = maker_minute_done(m);
    }
    return err;
}

enum err tape_run(struct tape *tape)
{
    struct dbn_metadata stocks;
    const char *name = sim_name(tape->m->symbol);
    tape_metadata_begin(tape, &stocks, "EQUS.SIM", 1);
    tape_metadata_map(tape, &stocks, name, tape_underlying_id(tape->m));
    buf_puts(&tape->seconds, "ts,level,fair_vol,vix,regime,trend,break\n");
    buf_puts(&tape->flow, "ts_recv,instrument_id,contract,contracts,price,side,informed\n");
    enum err err = tape_write_morning(tape);
    if (!err)
        err = tape_file_open(tape, &tape->underlying, &stocks, "mbp-1");
    if (!err)
        err = tape_file_open(tape, &tape->trades, &tape->metadata, "trades");
    if (!err)
        err = tape_file_open(tape, &tape->quotes, &tape->metadata, "cmbp-1");
    if (!err)
        err = run_minutes(tape);
    err = tape_file_close(&tape->underlying, err);
    err = tape_file_close(&tape->trades, err);
    err = tape_file_close(&tape->quotes, err);
    return err ? err : tape_write_truth(tape);
}
