#include "adapters/feed/dbn_map.h"

#include <string.h>

#include "base/zone.h"
#include "domain/types/occ_symbol.h"
#include "domain/types/product.h"

/* Values of ids that are no instrument: looked up in vain; known, and left out. */
#define ID_UNKNOWN (INSTRUMENT_NONE - 1)
#define ID_LEFT_OUT (INSTRUMENT_NONE - 2)

enum { MAP_ROOM = 2 }; /* vendor numbers for each instrument there is room for */
enum { SYSTEM_HEARTBEAT = 0, SYSTEM_SLOW_READER = 2, ERROR_SKIPPED = 7 };
enum { ACTION_PRE_CLOSE = 6, ACTION_TRADING = 7, ACTION_SHORT_SELL = 14 };

void dbn_map_init(struct dbn_map *map, struct arena *arena, struct instruments *instruments,
                  const struct dbn_metadata *metadata)
{
    *map = (struct dbn_map){ .instruments = instruments,
                             .recv_ns = INT64_MIN,
                             .plain_class = INSTRUMENT_STOCK };
    MUST(instruments->capacity < ID_LEFT_OUT);
    dbn_symbols_init(&map->symbols, metadata);
    id_map_init(&map->ids, arena, MAP_ROOM * instruments->capacity);
    map->has_intervals = metadata && metadata->mapping_count;
    if (metadata && strncmp(metadata->dataset, "GLBX", 4) == 0)
        map->plain_class = INSTRUMENT_FUTURE;
}

void dbn_map_clear(struct dbn_map *map)
{
    dbn_symbols_clear(&map->symbols);
}

void dbn_map_forget(struct dbn_map *map)
{
    id_map_clear(&map->ids);
}

/* ---- who ---- */

/* The dense id of a name, or ID_LEFT_OUT. */
static enum err name_id(struct dbn_map *map, struct str name, enum instrument_class plain,
                        uint32_t *id)
{
    struct occ_symbol symbol;
    struct contract contract;
    enum err err;
    *id = ID_LEFT_OUT;
    if (occ_symbol_parse(&symbol, name) == ERR_OK)
        err = product_contract(&contract, &symbol)
                  ? ERR_PARSE
                  : instruments_add_option(map->instruments, &contract, id);
    else
        err = instruments_add(map->instruments, plain, name, id);
    return err == ERR_PARSE ? ERR_OK : err;
}

/* The vendor's number means this name from now on; tells of it when it is an instrument. */
static enum err learn(struct dbn_map *map, uint32_t number, struct str name,
                      enum instrument_class plain, struct market_record *out, size_t *count)
{
    uint32_t id;
    enum err err = name_id(map, name, plain, &id);
    if (err)
        return err;
    if (!id_map_set(&map->ids, number, id))
        return err_set(ERR_FULL, "more than %u vendor numbers for %u instruments", map->ids.count,
                       map->instruments->capacity);
    if (id != ID_LEFT_OUT)
        out[(*count)++] = instruments_definition(map->instruments, id);
    return ERR_OK;
}

/* A number seen for the first time today: its name is in the metadata, or nowhere. */
static enum err look_up(struct dbn_map *map, uint32_t number, uint64_t time,
                        struct market_record *out, size_t *count, uint32_t *id)
{
    const char *name = map->has_intervals ? dbn_symbols_find(&map->symbols, number, time) : NULL;
    enum err err = ERR_OK;
    if (name)
        err = learn(map, number, str_from(name), map->plain_class, out, count);
    *id = name && !err ? id_map_find(&map->ids, number) : ID_UNKNOWN;
    if (!name && !id_map_set(&map->ids, number, ID_UNKNOWN))
        *id = ID_UNKNOWN; /* no room to remember that: it is looked up again */
    return err;
}

static enum err learn_definition(struct dbn_map *map, const struct dbn_definition *d,
                                 struct market_record *out, size_t *count)
{
    struct str name = { d->raw_symbol, strnlen(d->raw_symbol, sizeof d->raw_symbol) };
    enum instrument_class plain = map->plain_class;
    if (d->instrument_class == 'F')
        plain = INSTRUMENT_FUTURE;
    else if (d->instrument_class == 'K')
        plain = INSTRUMENT_STOCK;
    else if (d->instrument_class != 'C' && d->instrument_class != 'P')
        name.len = 0; /* spreads, bonds, currencies */
    size_t before = *count;
    enum err err = learn(map, d->hd.instrument_id, name, plain, out, count);
    if (!err && *count > before)
        out[before].of.definition.is_deleted = d->security_update_action == 'D';
    else if (!err)
        map->unsupported++;
    return err;
}

/* ---- what ---- */

static int64_t micros(int64_t nanos, uint8_t *flags)
{
    if (nanos == DBN_PRICE_NONE)
        return PRICE_NONE;
    int64_t whole = nanos / 1000, rest = nanos % 1000;
    if (rest) {
        *flags |= RECORD_ROUNDED;
        whole += rest >= 500 ? 1 : rest <= -500 ? -1 : 0;
    }
    return whole;
}

static uint8_t flags_of(uint8_t dbn)
{
    return (uint8_t)((dbn & DBN_FLAG_SNAPSHOT ? RECORD_SNAPSHOT : 0) |
                     (dbn & DBN_FLAG_BAD_BOOK ? RECORD_BAD_BOOK : 0));
}

static void put_quote(struct market_record *r, int64_t bid, int64_t ask, uint32_t bid_size,
                      uint32_t ask_size)
{
    r->kind = RECORD_QUOTE;
    r->of.quote = (struct record_quote){ .bid = micros(bid, &r->flags),
                                         .ask = micros(ask, &r->flags),
                                         .bid_size = bid_size,
                                         .ask_size = ask_size };
}

static void put_trade(struct market_record *r, int64_t price, uint32_t size, char side)
{
    r->kind = RECORD_TRADE;
    r->of.trade = (struct record_trade){ .price = micros(price, &r->flags),
                                         .size = size,
                                         .side = side == 'B'   ? 'B'
                                                 : side == 'A' ? 'S'
                                                               : 0 };
}

/* Quotes and trades lie alike up to byte 48 in all their records, and in the first level. */
_Static_assert(sizeof(struct dbn_cmbp1) == sizeof(struct dbn_mbp1), "levels lie alike");
_Static_assert(offsetof(struct dbn_mbp10, levels) == offsetof(struct dbn_cmbp1, levels),
               "levels lie alike");

static void map_book(const struct dbn_record *rec, const struct market_record *head,
                     struct market_record *out, size_t *count)
{
    struct dbn_mbp1 m;
    memcpy(&m, rec->bytes, sizeof m);
    struct market_record *r = &out[(*count)++];
    *r = *head;
    r->flags = flags_of(m.flags);
    bool is_consolidated = rec->layout->kind == DBN_KIND_CMBP1;
    if (!is_consolidated)
        r->sequence = m.sequence;
    put_quote(r, m.levels[0].bid_px, m.levels[0].ask_px, m.levels[0].bid_sz, m.levels[0].ask_sz);
    if (is_consolidated) {
        /* Where the counts of a plain level are, a consolidated one has who quotes. */
        r->of.quote.bid_venue = (uint16_t)m.levels[0].bid_ct;
        r->of.quote.ask_venue = (uint16_t)m.levels[0].ask_ct;
    }
    if (m.action != 'T')
        return;
    struct market_record *t = &out[(*count)++];
    *t = *head;
    t->sequence = r->sequence;
    t->flags = flags_of(m.flags);
    put_trade(t, m.price, m.size, m.side);
}

static void map_interval(const struct dbn_record *rec, const struct market_record *head,
                         struct market_record *out, size_t *count)
{
    struct dbn_bbo b;
    memcpy(&b, rec->bytes, sizeof b);
    struct market_record *r = &out[(*count)++];
    *r = *head;
    r->flags = flags_of(b.flags);
    r->ts_ns = r->recv_ns; /* the state at the interval's end; ts_event is of the last trade */
    put_quote(r, b.levels[0].bid_px, b.levels[0].ask_px, b.levels[0].bid_sz, b.levels[0].ask_sz);
}

static void map_trade(const struct dbn_record *rec, const struct market_record *head,
                      struct market_record *out, size_t *count)
{
    struct dbn_trade t;
    memcpy(&t, rec->bytes, sizeof t);
    struct market_record *r = &out[(*count)++];
    *r = *head;
    r->flags = flags_of(t.flags);
    r->sequence = t.sequence;
    put_trade(r, t.price, t.size, t.side);
}

static uint8_t status_of(const struct dbn_status *s)
{
    if (s->action == ACTION_TRADING || (s->action == ACTION_SHORT_SELL && s->is_trading == 'Y'))
        return MARKET_OPEN;
    if (s->action <= ACTION_PRE_CLOSE) /* rotations, quoting, crosses */
        return s->is_trading == 'Y' ? MARKET_OPEN : MARKET_QUOTING;
    if (s->action >= 8 && s->action <= 10)
        return MARKET_HALTED;
    if (s->action == 12 || s->action == 13 || s->action == 15)
        return MARKET_CLOSED;
    return s->is_trading == 'Y' ? MARKET_OPEN : MARKET_UNKNOWN;
}

/* Records that are about the line, not about an instrument. */
static bool map_line(struct dbn_map *map, const struct dbn_record *rec,
                     const struct market_record *head, struct market_record *out, size_t *count)
{
    union dbn_any any;
    bool is_gap = false;
    if (rec->layout->kind == DBN_KIND_SYSTEM) {
        dbn_record_get(rec, &any);
        is_gap = any.system.code == SYSTEM_SLOW_READER;
        if (!is_gap && any.system.code != SYSTEM_HEARTBEAT &&
            strncmp(any.system.msg, "Heartbeat", 9) != 0)
            return true;
    } else if (rec->layout->kind == DBN_KIND_ERROR) {
        dbn_record_get(rec, &any);
        if (any.error.code != ERROR_SKIPPED) {
            map->unused++;
            return true;
        }
        is_gap = true;
    } else {
        return false;
    }
    struct market_record *r = &out[(*count)++];
    *r = *head;
    r->instrument = INSTRUMENT_NONE;
    r->kind = is_gap ? RECORD_GAP : RECORD_HEARTBEAT;
    if (is_gap)
        r->of.gap = (struct record_gap){ .from_ns = TS_NONE, .to_ns = TS_NONE };
    return true;
}

static enum err map_naming(struct dbn_map *map, const struct dbn_record *rec,
                           struct market_record *out, size_t *count)
{
    union dbn_any any;
    dbn_record_get(rec, &any);
    if (rec->layout->kind == DBN_KIND_DEFINITION)
        return learn_definition(map, &any.definition, out, count);
    const struct dbn_symbol_mapping *m = &any.symbol_mapping;
    const char *text = m->stype_out_symbol[0] ? m->stype_out_symbol : m->stype_in_symbol;
    return learn(map, m->hd.instrument_id, (struct str){ text, strnlen(text, DBN_SYMBOL_BYTES) },
                 map->plain_class, out, count);
}

static void map_rest(struct dbn_map *map, const struct dbn_record *rec,
                     const struct market_record *head, struct market_record *out, size_t *count)
{
    union dbn_any any;
    struct market_record *r = &out[*count];
    *r = *head;
    dbn_record_get(rec, &any);
    if (rec->layout->kind == DBN_KIND_STATUS) {
        r->kind = RECORD_STATUS;
        r->of.status.status = status_of(&any.status);
    } else if (any.stat.stat_type == DBN_STAT_OPEN_INTEREST && any.stat.quantity >= 0 &&
               any.stat.quantity < SIZE_NONE) {
        r->kind = RECORD_INTEREST;
        r->of.interest = (struct record_interest){ SIZE_NONE, (uint32_t)any.stat.quantity };
    } else {
        map->unused++;
        return;
    }
    (*count)++;
}

static bool is_used(enum dbn_kind kind)
{
    return kind != DBN_KIND_MBO && kind != DBN_KIND_OHLCV && kind != DBN_KIND_IMBALANCE;
}

/* Both times of a record; a tape's capture time never goes back. */
static struct market_record head_of(struct dbn_map *map, const struct dbn_record *rec)
{
    uint64_t event = rec->hd.ts_event, recv = dbn_record_time(rec);
    recv = recv > INT64_MAX ? event : recv;
    event = event > INT64_MAX ? recv : event;
    if (recv <= INT64_MAX && (int64_t)recv > map->recv_ns)
        map->recv_ns = (int64_t)recv;
    return (struct market_record){ .ts_ns = event <= INT64_MAX ? (int64_t)event : map->recv_ns,
                                   .recv_ns = map->recv_ns,
                                   .publisher = rec->hd.publisher_id };
}

enum err dbn_map_record(struct dbn_map *map, const struct dbn_record *rec,
                        struct market_record out[DBN_MAP_RECORDS_MAX], size_t *count)
{
    enum dbn_kind kind = rec->layout->kind;
    *count = 0;
    if (!is_used(kind)) {
        map->unused++;
        return ERR_OK;
    }
    struct market_record head = head_of(map, rec);
    if (map_line(map, rec, &head, out, count))
        return ERR_OK;
    uint64_t day = (uint64_t)map->recv_ns / NANOS_PER_DAY;
    if (map->has_intervals && day != map->utc_day) {
        id_map_clear(&map->ids);
        map->utc_day = day;
    }
    enum err err = ERR_OK;
    if (kind == DBN_KIND_DEFINITION || kind == DBN_KIND_SYMBOL_MAPPING) {
        err = map_naming(map, rec, out, count);
    } else {
        uint32_t id = id_map_find(&map->ids, rec->hd.instrument_id);
        if (id == INSTRUMENT_NONE)
            err = look_up(map, rec->hd.instrument_id, (uint64_t)map->recv_ns, out, count, &id);
        if (err)
            return err;
        bool is_price = kind != DBN_KIND_STATUS && kind != DBN_KIND_STAT;
        if (id == ID_LEFT_OUT || (id == ID_UNKNOWN && !is_price)) {
            map->unsupported++;
            return ERR_OK;
        }
        head.instrument = id == ID_UNKNOWN ? INSTRUMENT_NONE : id;
        switch (kind) {
        case DBN_KIND_MBP1:
        case DBN_KIND_MBP10:
        case DBN_KIND_CMBP1:
            map_book(rec, &head, out, count);
            break;
        case DBN_KIND_BBO:
        case DBN_KIND_CBBO:
            map_interval(rec, &head, out, count);
            break;
        case DBN_KIND_TRADE:
            map_trade(rec, &head, out, count);
            break;
        default:
            map_rest(map, rec, &head, out, count);
        }
    }
    if (*count && out[0].kind == RECORD_DEFINITION) {
        out[0].ts_ns = head.ts_ns;
        out[0].recv_ns = head.recv_ns;
    }
    return err;
}
