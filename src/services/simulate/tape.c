#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "adapters/dbn/dbn.h"
#include "base/date.h"
#include "base/zone.h"
#include "domain/pricing/portable.h"
#include "domain/types/occ_symbol.h"
#include "services/simulate/chain_int.h"
#include "services/simulate/run_int.h"
#include "services/simulate/stream.h"

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
    RECEIVED_AFTER_NS = 200000,
    SWEEPS_MAX = 4 * FLOWS_MAX,
    PRINT_AT_NS = 900000000, /* the second's shares of the underlying */
    NO_SYMBOL = 15, /* a stream that belongs to all symbols */
    PUBLISHER_STOCKS = 95,
    ID_SHIFT = 20
};

/* The option exchanges as the vendor numbers them. */
static const uint16_t venues[] = { 20, 21, 22, 23, 24, 25, 26, 27, 28,
                                   29, 31, 32, 33, 34, 35, 36, 37 };

__extension__ typedef __int128 int128;

struct event {
    int64_t ts; /* ts_event */
    uint32_t order;
    int16_t e, i;
    bool is_trade;
    uint16_t bid_venue, ask_venue; /* of a trade: its venue first */
    uint32_t bid_size, ask_size;   /* of a trade: its size first */
    int64_t bid, ask;              /* of a trade: its price first */
};

struct sweep {
    int second;
    int e, i;
    uint32_t contracts;
    bool informed;
};

struct tape {
    struct maker *m;
    const char *store, *folder;
    struct arena arena;
    struct dbn_metadata metadata;
    struct dbn_writer *quotes, *trades, *underlying;
    uint32_t quote_count, trade_count, underlying_count; /* sequence numbers */
    struct buf seconds, flow;
    struct event *events; /* of the second */
    size_t event_count, event_capacity;
    struct sweep sweeps[SWEEPS_MAX];
    int sweep_count;
    struct rng rng;
    int64_t begin_ts, move_ts, level;
    int64_t shares; /* of the underlying, since the last row of the store */
    int128 share_value;
    enum err err; /* the first */
};

static uint32_t instrument_id(const struct maker *m, int e, int i)
{
    return ((uint32_t)m->symbol + 1) << ID_SHIFT | (m->shown[e][i].handle + 1);
}

static int64_t nanos(int64_t micros)
{
    return micros * 1000;
}

static uint16_t any_venue(struct rng *rng)
{
    return venues[rng_below(rng, ARRAY_COUNT(venues))];
}

/* ---- files ------------------------------------------------------------------------------------
 */

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

static enum err open_file(struct tape *tape, struct dbn_writer **out,
                          const struct dbn_metadata *metadata, const char *schema)
{
    struct dbn_metadata of_file = *metadata;
    for (uint16_t number = 0; number < 32; number++) {
        const char *name = dbn_name(DBN_SCHEMA, number);
        if (name && strcmp(name, schema) == 0)
            of_file.schema = number;
    }
    MUST(of_file.schema != DBN_SCHEMA_MIXED);
    const char *kind = metadata == &tape->metadata ? schema : "underlying";
    return dbn_writer_open(out,
                           arena_printf(&tape->arena, "%s/%d.%s.dbn.zst", tape->folder,
                                        (int)tape->m->path->days[tape->m->day].date, kind),
                           &of_file, true);
}

static enum err close_file(struct dbn_writer **writer, enum err err)
{
    struct dbn_writer *w = *writer;
    *writer = NULL;
    if (!err)
        return dbn_writer_close(w);
    dbn_writer_discard(w);
    return err;
}

/* The symbol that an id stands for on this day. */
static void add_mapping(struct tape *tape, struct dbn_metadata *metadata, const char *symbol,
                        uint32_t id)
{
    int32_t day = tape->m->path->days[tape->m->day].date;
    struct dbn_interval *interval = arena_new(&tape->arena, struct dbn_interval);
    *interval = (struct dbn_interval){ day, date_add(day, 1),
                                       arena_printf(&tape->arena, "%" PRIu32, id) };
    metadata->symbols[metadata->symbol_count++] = symbol;
    metadata->mappings[metadata->mapping_count++] = (struct dbn_mapping){ symbol, 1, interval };
}

static void begin_metadata(struct tape *tape, struct dbn_metadata *metadata, const char *dataset,
                           size_t symbols)
{
    const struct maker *m = tape->m;
    dbn_metadata_init(metadata);
    snprintf(metadata->dataset, sizeof metadata->dataset, "%s", dataset);
    metadata->schema = DBN_SCHEMA_MIXED;
    metadata->start =
        (uint64_t)zone_to_ts(ZONE_UTC, m->path->days[m->day].date, 0); /* definitions come first */
    metadata->end = (uint64_t)(sim_open_ts(m->path, m->day) +
                               m->minute_count * (int64_t)NANOS_PER_MINUTE + 1);
    metadata->stype_in = DBN_STYPE_RAW_SYMBOL;
    metadata->stype_out = DBN_STYPE_INSTRUMENT_ID;
    metadata->symbols = arena_array(&tape->arena, const char *, symbols);
    metadata->mappings = arena_array(&tape->arena, struct dbn_mapping, symbols);
}

static const char *option_name(struct tape *tape, int e, int i)
{
    struct contract c = maker_contract(tape->m, e, i);
    struct occ_symbol symbol = occ_symbol_of(&c);
    char *name = arena_alloc(&tape->arena, OCC_SYMBOL_BYTES);
    occ_symbol_format(name, &symbol, OCC_PADDED);
    return name;
}

/* ---- what is known before the opening ---------------------------------------------------------
 */

static enum err put_definition(struct tape *tape, struct dbn_writer *writer, uint64_t ts, int e,
                               int i, const char *symbol)
{
    const struct maker *m = tape->m;
    struct contract c = maker_contract(m, e, i);
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_DEFINITION);
    struct dbn_definition *d = &any.definition;
    d->hd.publisher_id = DBN_PUBLISHER_OPRA;
    d->hd.instrument_id = instrument_id(m, e, i);
    d->hd.ts_event = ts;
    d->ts_recv = ts;
    d->raw_instrument_id = d->hd.instrument_id;
    d->underlying_id = ((uint32_t)m->symbol + 1) << ID_SHIFT;
    d->expiration = (uint64_t)zone_to_ts(ZONE_UTC, c.expiry, 0);
    d->strike_price = nanos(contract_strike_micros(&c));
    d->min_price_increment = nanos(m->product[e].tick_below_micros);
    d->contract_multiplier = c.multiplier;
    d->instrument_class = c.right;
    d->security_update_action = 'A';
    d->user_defined_instrument = 'N';
    snprintf(d->raw_symbol, sizeof d->raw_symbol, "%s", symbol);
    snprintf(d->asset, sizeof d->asset, "%s", c.root);
    snprintf(d->underlying, sizeof d->underlying, "%s", sim_name(m->symbol));
    snprintf(d->currency, sizeof d->currency, "USD");
    snprintf(d->strike_price_currency, sizeof d->strike_price_currency, "USD");
    snprintf(d->unit_of_measure, sizeof d->unit_of_measure, "USD");
    snprintf(d->exchange, sizeof d->exchange, "OPRA");
    snprintf(d->security_type, sizeof d->security_type, "OPT");
    return dbn_writer_append(writer, d, DBN_TIME_NONE);
}

static enum err put_open_interest(struct tape *tape, struct dbn_writer *writer, uint64_t ts, int e,
                                  int i, uint32_t sequence)
{
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_STAT);
    struct dbn_stat *s = &any.stat;
    s->hd.publisher_id = DBN_PUBLISHER_OPRA;
    s->hd.instrument_id = instrument_id(tape->m, e, i);
    s->hd.ts_event = ts;
    s->ts_recv = ts;
    s->quantity = tape->m->shown[e][i].open_interest;
    s->sequence = sequence;
    s->stat_type = DBN_STAT_OPEN_INTEREST;
    s->update_action = 1;
    return dbn_writer_append(writer, s, DBN_TIME_NONE);
}

static enum err write_morning(struct tape *tape)
{
    struct maker *m = tape->m;
    size_t contracts = 0;
    for (int e = 0; e < m->ladder_count; e++)
        contracts += (size_t)m->ladders[e].strike_count * 2;
    begin_metadata(tape, &tape->metadata, "OPRA.SIM", contracts);
    for (int e = 0; e < m->ladder_count; e++)
        for (int i = 0; i < 2 * m->ladders[e].strike_count; i++)
            add_mapping(tape, &tape->metadata, option_name(tape, e, i), instrument_id(m, e, i));

    struct dbn_writer *definitions = NULL, *statistics = NULL;
    uint64_t ts = (uint64_t)zone_to_ts(ZONE_NEW_YORK, m->path->days[m->day].date,
                                       TIME_OF_DAY(6, 30));
    enum err err = open_file(tape, &definitions, &tape->metadata, "definition");
    if (!err)
        err = open_file(tape, &statistics, &tape->metadata, "statistics");
    uint32_t at = 0;
    for (int e = 0; e < m->ladder_count; e++)
        for (int i = 0; !err && i < 2 * m->ladders[e].strike_count; i++, at++) {
            err = put_definition(tape, definitions, ts + at, e, i, tape->metadata.symbols[at]);
            if (!err)
                err = put_open_interest(tape, statistics, ts + at, e, i, at + 1);
        }
    err = close_file(&definitions, err);
    return close_file(&statistics, err);
}

/* ---- events of a second -----------------------------------------------------------------------
 */

static struct event *add_event(struct tape *tape, int64_t ts, int e, int i)
{
    tape->events = mem_grow(tape->events, &tape->event_capacity, tape->event_count + 1,
                            sizeof *tape->events);
    struct event *event = &tape->events[tape->event_count];
    *event = (struct event){ .ts = ts,
                             .order = (uint32_t)tape->event_count,
                             .e = (int16_t)e,
                             .i = (int16_t)i };
    tape->event_count++;
    return event;
}

static int64_t second_end(const struct tape *tape)
{
    return tape->begin_ts + NANOS_PER_SECOND - RECEIVED_AFTER_NS - 1;
}

static void add_print(struct tape *tape, int64_t ts, int e, int i, int64_t price, uint32_t size)
{
    struct event *event = add_event(tape, ts, e, i);
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
        struct event *event = add_event(tape, from, e, i);
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
        int64_t ts = tape->move_ts + RECEIVED_AFTER_NS;
        if (quoted)
            stream_quote(m->stream, m, ts, SIM_UNDERLYING, level - MICROS_PER_CENT, level + MICROS_PER_CENT, bid_size,
                         ask_size);
        else
            stream_trade(m->stream, m, ts, SIM_UNDERLYING, level, SIZE_NONE, NULL);
        return;
    }
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_MBP1);
    struct dbn_mbp1 *r = &any.mbp1;
    r->hd.publisher_id = PUBLISHER_STOCKS;
    r->hd.instrument_id = ((uint32_t)tape->m->symbol + 1) << ID_SHIFT;
    r->hd.ts_event = (uint64_t)tape->move_ts;
    r->ts_recv = (uint64_t)(tape->move_ts + RECEIVED_AFTER_NS);
    r->sequence = ++tape->underlying_count;
    r->side = 'N';
    r->flags = DBN_FLAG_LAST | DBN_FLAG_TOP_OF_BOOK;
    r->size = 0;
    if (maker_is_quoted(tape->m)) {
        r->action = 'A';
        r->levels[0].bid_px = nanos(level - MICROS_PER_CENT);
        r->levels[0].ask_px = nanos(level + MICROS_PER_CENT);
        r->levels[0].bid_sz = 100 * (1 + (uint32_t)rng_below(&tape->rng, 20));
        r->levels[0].ask_sz = 100 * (1 + (uint32_t)rng_below(&tape->rng, 20));
    } else { /* an index has no book: its value, as a trade of nothing */
        r->action = 'T';
        r->price = nanos(level);
        r->levels[0].bid_sz = r->levels[0].ask_sz = 0;
    }
    tape->err = dbn_writer_append(tape->underlying, r, DBN_TIME_NONE);
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
    if (m->stream) {
        stream_trade(m->stream, m, ts + RECEIVED_AFTER_NS, SIM_UNDERLYING, tape->level, (uint32_t)size, &stands);
        return;
    }
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_MBP1);
    struct dbn_mbp1 *r = &any.mbp1;
    r->hd.publisher_id = PUBLISHER_STOCKS;
    r->hd.instrument_id = ((uint32_t)m->symbol + 1) << ID_SHIFT;
    r->hd.ts_event = (uint64_t)ts;
    r->ts_recv = (uint64_t)(ts + RECEIVED_AFTER_NS);
    r->sequence = ++tape->underlying_count;
    r->action = 'T';
    r->side = 'N';
    r->flags = DBN_FLAG_LAST | DBN_FLAG_TOP_OF_BOOK;
    r->price = nanos(tape->level);
    r->size = (uint32_t)size;
    r->levels[0].bid_px = nanos(stands.bid);
    r->levels[0].ask_px = nanos(stands.ask);
    r->levels[0].bid_sz = r->levels[0].ask_sz = 100;
    tape->err = dbn_writer_append(tape->underlying, r, DBN_TIME_NONE);
}

/* ---- unusual flow -----------------------------------------------------------------------------
 */

void tape_add_flow(struct tape *tape, int e, int i, uint32_t contracts, bool informed)
{
    const struct maker *m = tape->m;
    int parts = 1 + (int)rng_below(&tape->rng, 4);
    for (int k = 0; k < parts && tape->sweep_count < SWEEPS_MAX; k++) {
        uint32_t share = k + 1 < parts ? contracts / (uint32_t)(parts - k) : contracts;
        contracts -= share;
        int second = (int)rng_below(&tape->rng, (uint64_t)m->minutes->count * SIM_SECONDS * 9 / 10);
        if (share)
            tape->sweeps[tape->sweep_count++] =
                (struct sweep){ 60 + second, e, i, share, informed };
    }
}

static void put_flow_line(struct tape *tape, const struct sweep *sweep, int64_t ts, int64_t price,
                          uint32_t size)
{
    char time[TS_TEXT_BYTES], dollars[MONEY_TEXT_BYTES];
    ts_format_iso(time, ZONE_UTC, ts + RECEIVED_AFTER_NS);
    money_format(dollars, price, 2);
    buf_printf(&tape->flow, "%s,%" PRIu32 ",%s,%" PRIu32 ",%s,buy,%s\n", time,
               instrument_id(tape->m, sweep->e, sweep->i), option_name(tape, sweep->e, sweep->i),
               size, dollars, sweep->informed ? "yes" : "no");
}

/* One order over several venues at once, all at the ask. */
static void run_sweep(struct tape *tape, const struct sweep *sweep)
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

/* ---- writing a second -------------------------------------------------------------------------
 */

static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->ts != y->ts)
        return x->ts < y->ts ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static enum err put_trade(struct tape *tape, const struct event *event, uint32_t id)
{
    struct dbn_trade r = { .hd = { .rtype = DBN_RTYPE_TRADE,
                                   .publisher_id = event->bid_venue,
                                   .instrument_id = id,
                                   .ts_event = (uint64_t)event->ts },
                           .price = nanos(event->bid),
                           .size = event->bid_size,
                           .action = 'T',
                           .side = 'N',
                           .flags = DBN_FLAG_LAST | DBN_FLAG_TOP_OF_BOOK | DBN_FLAG_PUBLISHER,
                           .ts_recv = (uint64_t)(event->ts + RECEIVED_AFTER_NS),
                           .sequence = ++tape->trade_count };
    return dbn_writer_append(tape->trades, &r, DBN_TIME_NONE);
}

static enum err put_quote(struct tape *tape, const struct event *event, uint32_t id)
{
    bool has_bid = event->bid > 0;
    struct dbn_cmbp1 r = { .hd = { .rtype = DBN_RTYPE_CMBP1,
                                   .publisher_id = DBN_PUBLISHER_OPRA,
                                   .instrument_id = id,
                                   .ts_event = (uint64_t)event->ts },
                           .price = DBN_PRICE_NONE,
                           .action = 'A',
                           .side = 'N',
                           .flags = DBN_FLAG_LAST | DBN_FLAG_TOP_OF_BOOK | DBN_FLAG_PUBLISHER,
                           .ts_recv = (uint64_t)(event->ts + RECEIVED_AFTER_NS) };
    r.levels[0] = (struct dbn_consolidated_level){
        .bid_px = has_bid ? nanos(event->bid) : DBN_PRICE_NONE,
        .ask_px = nanos(event->ask),
        .bid_sz = has_bid ? event->bid_size : 0,
        .ask_sz = event->ask_size,
        .bid_pb = has_bid ? event->bid_venue : 0,
        .ask_pb = event->ask_venue,
    };
    tape->quote_count++;
    return dbn_writer_append(tape->quotes, &r, DBN_TIME_NONE);
}

static void pass_on(const struct maker *m, const struct event *event)
{
    uint32_t handle = m->shown[event->e][event->i].handle;
    int64_t ts = event->ts + RECEIVED_AFTER_NS;
    if (event->is_trade)
        stream_trade(m->stream, m, ts, handle, event->bid, event->bid_size, &m->shown[event->e][event->i].quote);
    else
        stream_quote(m->stream, m, ts, handle, event->bid > 0 ? event->bid : PRICE_NONE, event->ask,
                     event->bid > 0 ? event->bid_size : 0, event->ask_size);
}

static enum err write_second(struct tape *tape)
{
    struct maker *m = tape->m;
    qsort(tape->events, tape->event_count, sizeof *tape->events, by_time);
    enum err err = tape->err;
    for (size_t k = 0; !err && k < tape->event_count; k++) {
        const struct event *event = &tape->events[k];
        uint32_t id = instrument_id(m, event->e, event->i);
        if (event->is_trade)
            m->shown[event->e][event->i].quote.last = event->bid;
        if (m->stream) {
            pass_on(m, event);
            continue;
        }
        err = event->is_trade ? put_trade(tape, event, id) : put_quote(tape, event, id);
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

/* ---- the truth --------------------------------------------------------------------------------
 */

static void put_truth(struct tape *tape, const struct instant *at, int minute)
{
    const struct maker *m = tape->m;
    const struct sim_day *day = &m->path->days[m->day];
    char time[TS_TEXT_BYTES];
    ts_format_iso(time, ZONE_UTC, tape->move_ts);
    buf_printf(&tape->seconds, "%s,", time);
    truth_decimal(&tape->seconds,
                  m->symbol == SIM_VIX ? at->vix : sim_level(at->state, m->symbol), 4);
    buf_putc(&tape->seconds, ',');
    if (m->symbol != SIM_VIX)
        truth_decimal(&tape->seconds, sim_fair_vol(at->state, m->symbol), 4);
    buf_putc(&tape->seconds, ',');
    truth_decimal(&tape->seconds, at->vix, 2);
    bool broken = day->gap.side && minute / SIM_STEP_MINUTES + 1 >= day->gap.step_first;
    buf_printf(&tape->seconds, ",%s,%s,%s%s\n", sim_regime_name(day->regime),
               sim_trend_name(day->trend),
               !broken                      ? ""
               : day->gap.which == OWN_TECH ? "QQQ "
                                            : "IWM ",
               !broken             ? ""
               : day->gap.side > 0 ? "up"
                                   : "down");
}

static enum err write_truth(struct tape *tape)
{
    const struct maker *m = tape->m;
    const char *stem =
        arena_printf(&tape->arena, "seed-%" PRIu64 ".%s.%d", m->path->seed, sim_name(m->symbol),
                     (int)m->path->days[m->day].date);
    enum err err =
        truth_file(tape->store, arena_printf(&tape->arena, "%s.seconds.csv", stem), &tape->seconds);
    if (!err)
        err = truth_file(tape->store, arena_printf(&tape->arena, "%s.flow.csv", stem), &tape->flow);
    return err;
}

/* ---- the session ------------------------------------------------------------------------------
 */

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
        put_truth(tape, &at, second / SIM_SECONDS);
    return write_second(tape);
}

/* The last value of the underlying is that of the close; options have ended a moment before. */
static void ring_the_bell(struct tape *tape)
{
    const struct maker *m = tape->m;
    const struct sim_state *state = sim_close(m->path, m->day);
    begin_second(tape, m->minutes->count * SIM_SECONDS - 1);
    tape->move_ts = sim_close_ts(m->path, m->day) - RECEIVED_AFTER_NS;
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
    begin_metadata(tape, &stocks, "EQUS.SIM", 1);
    add_mapping(tape, &stocks, name, ((uint32_t)tape->m->symbol + 1) << ID_SHIFT);
    buf_puts(&tape->seconds, "ts,level,fair_vol,vix,regime,trend,break\n");
    buf_puts(&tape->flow, "ts_recv,instrument_id,contract,contracts,price,side,informed\n");
    enum err err = write_morning(tape);
    if (!err)
        err = open_file(tape, &tape->underlying, &stocks, "mbp-1");
    if (!err)
        err = open_file(tape, &tape->trades, &tape->metadata, "trades");
    if (!err)
        err = open_file(tape, &tape->quotes, &tape->metadata, "cmbp-1");
    if (!err)
        err = run_minutes(tape);
    err = close_file(&tape->underlying, err);
    err = close_file(&tape->trades, err);
    err = close_file(&tape->quotes, err);
    return err ? err : write_truth(tape);
}
