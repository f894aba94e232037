#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/zone.h"
#include "domain/types/occ_symbol.h"
#include "services/simulate/run_int.h"
#include "services/simulate/tape_int.h"

enum { PUBLISHER_STOCKS = 95, ID_SHIFT = 20 };

uint32_t tape_underlying_id(const struct maker *m)
{
    return ((uint32_t)m->symbol + 1) << ID_SHIFT;
}

uint32_t tape_instrument_id(const struct maker *m, int e, int i)
{
    return tape_underlying_id(m) | (m->shown[e][i].handle + 1);
}

static int64_t nanos(int64_t micros)
{
    return micros * 1000;
}

enum err tape_file_open(struct tape *tape, struct dbn_writer **out,
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

enum err tape_file_close(struct dbn_writer **writer, enum err err)
{
    struct dbn_writer *w = *writer;
    *writer = NULL;
    if (!err)
        return dbn_writer_close(w);
    dbn_writer_discard(w);
    return err;
}

/* The symbol that an id stands for on this day. */
void tape_metadata_map(struct tape *tape, struct dbn_metadata *metadata, const char *symbol,
                       uint32_t id)
{
    int32_t day = tape->m->path->days[tape->m->day].date;
    struct dbn_interval *interval = arena_new(&tape->arena, struct dbn_interval);
    *interval =
        (struct dbn_interval){ day, date_add(day, 1), arena_printf(&tape->arena, "%" PRIu32, id) };
    metadata->symbols[metadata->symbol_count++] = symbol;
    metadata->mappings[metadata->mapping_count++] = (struct dbn_mapping){ symbol, 1, interval };
}

void tape_metadata_begin(struct tape *tape, struct dbn_metadata *metadata, const char *dataset,
                         size_t symbols)
{
    const struct maker *m = tape->m;
    dbn_metadata_init(metadata);
    snprintf(metadata->dataset, sizeof metadata->dataset, "%s", dataset);
    metadata->schema = DBN_SCHEMA_MIXED;
    metadata->start =
        (uint64_t)zone_to_ts(ZONE_UTC, m->path->days[m->day].date, 0); /* definitions come first */
    metadata->end =
        (uint64_t)(sim_open_ts(m->path, m->day) + m->minute_count * (int64_t)NANOS_PER_MINUTE + 1);
    metadata->stype_in = DBN_STYPE_RAW_SYMBOL;
    metadata->stype_out = DBN_STYPE_INSTRUMENT_ID;
    metadata->symbols = arena_array(&tape->arena, const char *, symbols);
    metadata->mappings = arena_array(&tape->arena, struct dbn_mapping, symbols);
}

const char *tape_option_name(struct tape *tape, int e, int i)
{
    struct contract c = maker_contract(tape->m, e, i);
    struct occ_symbol symbol = occ_symbol_of(&c);
    char *name = arena_alloc(&tape->arena, OCC_SYMBOL_BYTES);
    occ_symbol_format(name, &symbol, OCC_PADDED);
    return name;
}

/* ---- what is known before the opening -------------------------------------------------------- */

static enum err put_definition(struct tape *tape, struct dbn_writer *writer, uint64_t ts, int e,
                               int i, const char *symbol)
{
    const struct maker *m = tape->m;
    struct contract c = maker_contract(m, e, i);
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_DEFINITION);
    struct dbn_definition *d = &any.definition;
    d->hd.publisher_id = DBN_PUBLISHER_OPRA;
    d->hd.instrument_id = tape_instrument_id(m, e, i);
    d->hd.ts_event = ts;
    d->ts_recv = ts;
    d->raw_instrument_id = d->hd.instrument_id;
    d->underlying_id = tape_underlying_id(m);
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
    s->hd.instrument_id = tape_instrument_id(tape->m, e, i);
    s->hd.ts_event = ts;
    s->ts_recv = ts;
    s->quantity = tape->m->shown[e][i].open_interest;
    s->sequence = sequence;
    s->stat_type = DBN_STAT_OPEN_INTEREST;
    s->update_action = 1;
    return dbn_writer_append(writer, s, DBN_TIME_NONE);
}

enum err tape_write_morning(struct tape *tape)
{
    struct maker *m = tape->m;
    size_t contracts = 0;
    for (int e = 0; e < m->ladder_count; e++)
        contracts += (size_t)m->ladders[e].strike_count * 2;
    tape_metadata_begin(tape, &tape->metadata, "OPRA.SIM", contracts);
    for (int e = 0; e < m->ladder_count; e++)
        for (int i = 0; i < 2 * m->ladders[e].strike_count; i++)
            tape_metadata_map(tape, &tape->metadata, tape_option_name(tape, e, i),
                              tape_instrument_id(m, e, i));

    struct dbn_writer *definitions = NULL, *statistics = NULL;
    uint64_t ts =
        (uint64_t)zone_to_ts(ZONE_NEW_YORK, m->path->days[m->day].date, TIME_OF_DAY(6, 30));
    enum err err = tape_file_open(tape, &definitions, &tape->metadata, "definition");
    if (!err)
        err = tape_file_open(tape, &statistics, &tape->metadata, "statistics");
    uint32_t at = 0;
    for (int e = 0; e < m->ladder_count; e++)
        for (int i = 0; !err && i < 2 * m->ladders[e].strike_count; i++, at++) {
            err = put_definition(tape, definitions, ts + at, e, i, tape->metadata.symbols[at]);
            if (!err)
                err = put_open_interest(tape, statistics, ts + at, e, i, at + 1);
        }
    err = tape_file_close(&definitions, err);
    return tape_file_close(&statistics, err);
}

enum err tape_put_trade(struct tape *tape, const struct tape_event *event, uint32_t id)
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
                           .ts_recv = (uint64_t)(event->ts + TAPE_RECEIVED_AFTER_NS),
                           .sequence = ++tape->trade_count };
    return dbn_writer_append(tape->trades, &r, DBN_TIME_NONE);
}

enum err tape_put_quote(struct tape *tape, const struct tape_event *event, uint32_t id)
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
                           .ts_recv = (uint64_t)(event->ts + TAPE_RECEIVED_AFTER_NS) };
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

/* The underlying's quote; an index has no book: its value, as a trade of nothing. */
enum err tape_put_level(struct tape *tape, int64_t level)
{
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_MBP1);
    struct dbn_mbp1 *r = &any.mbp1;
    r->hd.publisher_id = PUBLISHER_STOCKS;
    r->hd.instrument_id = tape_underlying_id(tape->m);
    r->hd.ts_event = (uint64_t)tape->move_ts;
    r->ts_recv = (uint64_t)(tape->move_ts + TAPE_RECEIVED_AFTER_NS);
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
    } else {
        r->action = 'T';
        r->price = nanos(level);
        r->levels[0].bid_sz = r->levels[0].ask_sz = 0;
    }
    return dbn_writer_append(tape->underlying, r, DBN_TIME_NONE);
}

enum err tape_put_shares(struct tape *tape, int64_t ts, uint32_t size, const struct quote *stands)
{
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_MBP1);
    struct dbn_mbp1 *r = &any.mbp1;
    r->hd.publisher_id = PUBLISHER_STOCKS;
    r->hd.instrument_id = tape_underlying_id(tape->m);
    r->hd.ts_event = (uint64_t)ts;
    r->ts_recv = (uint64_t)(ts + TAPE_RECEIVED_AFTER_NS);
    r->sequence = ++tape->underlying_count;
    r->action = 'T';
    r->side = 'N';
    r->flags = DBN_FLAG_LAST | DBN_FLAG_TOP_OF_BOOK;
    r->price = nanos(tape->level);
    r->size = size;
    r->levels[0].bid_px = nanos(stands->bid);
    r->levels[0].ask_px = nanos(stands->ask);
    r->levels[0].bid_sz = stands->bid_size;
    r->levels[0].ask_sz = stands->ask_size;
    return dbn_writer_append(tape->underlying, r, DBN_TIME_NONE);
}

/* ---- the truth ------------------------------------------------------------------------------- */

void tape_put_truth(struct tape *tape, const struct instant *at, int minute)
{
    const struct maker *m = tape->m;
    const struct sim_day *day = &m->path->days[m->day];
    char time[TS_TEXT_BYTES];
    ts_format_iso(time, ZONE_UTC, tape->move_ts);
    buf_printf(&tape->seconds, "%s,", time);
    truth_decimal(&tape->seconds, m->symbol == SIM_VIX ? at->vix : sim_level(at->state, m->symbol),
                  4);
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

enum err tape_write_truth(struct tape *tape)
{
    const struct maker *m = tape->m;
    const char *stem = arena_printf(&tape->arena, "seed-%" PRIu64 ".%s.%d", m->path->seed,
                                    sim_name(m->symbol), (int)m->path->days[m->day].date);
    enum err err =
        truth_file(tape->store, arena_printf(&tape->arena, "%s.seconds.csv", stem), &tape->seconds);
    if (!err)
        err = truth_file(tape->store, arena_printf(&tape->arena, "%s.flow.csv", stem), &tape->flow);
    return err;
}
