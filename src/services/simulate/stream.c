#include "services/simulate/stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"
#include "services/simulate/chain_int.h"

struct part { /* one symbol */
    enum sim_symbol symbol;
    struct chain_job job;
    struct maker *maker; /* NULL before the first day */
    struct arena arena;  /* of the day */
    struct contract *contracts;
    uint32_t *open_interest, *row_of; /* row_of: handle -> row of contracts */
    uint32_t count;
};

struct sim_stream {
    struct sim_path path;
    struct part parts[SIM_STREAM_SYMBOLS];
    size_t part_count;
    int day, second;                              /* index; seconds made */
    struct sim_state states[SIM_SECONDS], before; /* of the minute under way; at its beginning */
    double clock[SIM_SECONDS], clock_before;
    struct sim_tick *ticks;
    size_t tick_count, tick_capacity;
    uint8_t part; /* that is being made */
};

/* ---- opening --------------------------------------------------------------------------------- */

static enum err add_symbol(struct sim_stream *stream, struct str name)
{
    for (int s = 0; s < SIM_SYMBOL_COUNT; s++) {
        if (!str_is(name, sim_name((enum sim_symbol)s)))
            continue;
        for (size_t i = 0; i < stream->part_count; i++)
            if (stream->parts[i].symbol == (enum sim_symbol)s)
                return err_set(ERR_USAGE, "symbol %.*s is named twice", STR_ARG(name));
        stream->parts[stream->part_count++].symbol = (enum sim_symbol)s;
        return ERR_OK;
    }
    return err_set(ERR_USAGE, "symbol \"%.*s\" is not simulated; see: ironfly data simulate --help",
                   STR_ARG(name));
}

enum err sim_stream_open(struct sim_stream **out, const char *symbols, uint64_t seed)
{
    _Static_assert((int)SIM_SYMBOL_COUNT <= (int)SIM_STREAM_SYMBOLS, "room for all");
    struct sim_stream *stream = mem_alloc(sizeof *stream);
    struct str rest = str_from(symbols), name;
    enum err err = zone_init();
    while (!err && (str_cut(&rest, ',', &name) ||
                    (name = rest, rest = (struct str){ NULL, 0 }, name.len > 0)))
        err = add_symbol(stream, str_trim(name));
    if (!err && !stream->part_count)
        err = err_set(ERR_USAGE, "no symbol is named");
    if (err) {
        mem_free(stream);
        return err;
    }
    sim_path_make(&stream->path, seed);
    for (size_t i = 0; i < stream->part_count; i++)
        arena_init(&stream->parts[i].arena, "simulated day", 1 << 18);
    stream->day = -1;
    *out = stream;
    return ERR_OK;
}

static void end_day(struct sim_stream *stream)
{
    for (size_t i = 0; i < stream->part_count; i++) {
        maker_close(stream->parts[i].maker);
        stream->parts[i].maker = NULL;
        arena_clear(&stream->parts[i].arena);
    }
}

void sim_stream_close(struct sim_stream *stream)
{
    if (!stream)
        return;
    end_day(stream);
    sim_path_clear(&stream->path);
    mem_free(stream->ticks);
    mem_free(stream);
}

size_t sim_stream_count(const struct sim_stream *stream)
{
    return stream->part_count;
}

const char *sim_stream_symbol(const struct sim_stream *stream, size_t index)
{
    return sim_name(stream->parts[index].symbol);
}

/* ---- a day ----------------------------------------------------------------------------------- */

struct listed {
    struct contract contract;
    uint32_t handle, open_interest;
};

static int compare_listed(const void *left, const void *right)
{
    const struct listed *a = left, *b = right;
    return contract_compare(&a->contract, &b->contract);
}

/* Contracts in their own order, and where each of the maker's stands in it. */
static void list_contracts(struct part *part)
{
    const struct maker *m = part->maker;
    part->count = m->contract_count;
    struct listed *listed = arena_array(&part->arena, struct listed, part->count);
    for (int e = 0; e < m->ladder_count; e++)
        for (int i = 0; i < 2 * m->ladders[e].strike_count; i++) {
            const struct shown *s = &m->shown[e][i];
            listed[s->handle] =
                (struct listed){ maker_contract(m, e, i), s->handle, s->open_interest };
        }
    if (part->count)
        qsort(listed, part->count, sizeof *listed, compare_listed);
    part->contracts = arena_array(&part->arena, struct contract, part->count);
    part->open_interest = arena_array(&part->arena, uint32_t, part->count);
    part->row_of = arena_array(&part->arena, uint32_t, part->count);
    for (uint32_t row = 0; row < part->count; row++) {
        part->contracts[row] = listed[row].contract;
        part->open_interest[row] = listed[row].open_interest;
        part->row_of[listed[row].handle] = row;
    }
}

static enum err begin_day(struct sim_stream *stream, int day)
{
    end_day(stream);
    stream->day = day;
    stream->second = 0;
    stream->before = *sim_open(&stream->path, day);
    stream->clock_before = sim_clock(&stream->path, day, 0);
    for (size_t i = 0; i < stream->part_count; i++) {
        struct part *part = &stream->parts[i];
        stream->part = (uint8_t)i;
        part->job = (struct chain_job){ .path = &stream->path,
                                        .symbol = part->symbol,
                                        .day = day,
                                        .grid = GRID_TICK,
                                        .store = "" };
        enum err err = maker_open(&part->maker, &part->job, NULL, stream);
        if (err)
            return err_add(err, "the simulated market of %d", (int)stream->path.days[day].date);
        list_contracts(part);
    }
    return ERR_OK;
}

enum err sim_stream_day(struct sim_stream *stream, int32_t from)
{
    if (!date_is_valid(from))
        return err_set(ERR_RANGE, "%d is no date", (int)from);
    enum err err = calendar_covers(stream->path.cal, from, date_add(from, 400));
    if (err)
        return err_add(err, "the simulated market of %d", (int)from);
    int day = sim_path_find(&stream->path, date_add(from, -1)) + 1;
    if (day >= stream->path.count)
        return err_set(ERR_RANGE, "there is no session after %d", (int)from);
    return begin_day(stream, day);
}

int32_t sim_stream_date(const struct sim_stream *stream)
{
    return stream->path.days[stream->day].date;
}

double sim_stream_rate(const struct sim_stream *stream)
{
    return stream->path.days[stream->day].rate;
}

int64_t sim_stream_eve_ns(const struct sim_stream *stream)
{
    if (stream->day == 0)
        return INT64_MIN;
    return zone_to_ts(ZONE_NEW_YORK, stream->path.days[stream->day - 1].date, 24 * NANOS_PER_HOUR) -
           1;
}

int64_t sim_stream_open_ns(const struct sim_stream *stream)
{
    return sim_open_ts(&stream->path, stream->day);
}

int64_t sim_stream_close_ns(const struct sim_stream *stream)
{
    return sim_close_ts(&stream->path, stream->day);
}

static int64_t cents(double dollars)
{
    return money_round(money_from_dollars(dollars), MICROS_PER_CENT);
}

int64_t sim_stream_vix_before(const struct sim_stream *stream)
{
    int day = stream->day - 1;
    if (day < 0)
        return PRICE_NONE;
    return cents(sim_vix(&stream->path, day, sim_close(&stream->path, day),
                         sim_clock(&stream->path, day, SIM_STEPS)));
}

/* As series.c has it: the first half hour's end settles the morning. */
static double official(const struct sim_stream *stream, enum sim_symbol symbol, int day, int step)
{
    const struct sim_path *path = &stream->path;
    const struct sim_state *state = &path->days[day].step[step].state;
    return symbol == SIM_VIX ? sim_vix(path, day, state, sim_clock(path, day, step))
                             : sim_level(state, symbol);
}

static int64_t previous_close(const struct sim_stream *stream, enum sim_symbol symbol)
{
    if (stream->day == 0)
        return 0;
    const struct sim_day *today = &stream->path.days[stream->day], *before = today - 1;
    double level = official(stream, symbol, stream->day - 1, before->steps - 1);
    return cents(symbol != SIM_VIX && today->split & 1u << symbol ? level / sim_split_ratio(symbol)
                                                                  : level);
}

void sim_stream_morning(const struct sim_stream *stream, size_t symbol, struct sim_morning *out)
{
    const struct part *part = &stream->parts[symbol];
    const struct sim_day *today = &stream->path.days[stream->day];
    *out = (struct sim_morning){
        .contracts = part->contracts,
        .open_interest = part->open_interest,
        .count = part->count,
        .open_level = cents(official(stream, part->symbol, stream->day, 0)),
        .close_level = cents(official(stream, part->symbol, stream->day, today->steps - 1)),
        .previous_close = previous_close(stream, part->symbol)
    };
    if (part->symbol == SIM_VIX)
        return;
    unsigned bit = 1u << part->symbol;
    if (today->ex & bit)
        out->dividend = cents(today->dividend[part->symbol]);
    if (today->split & bit) {
        out->split_to = (int32_t)lround(sim_split_ratio(part->symbol));
        out->split_from = 1;
    }
    enum { DAYS_AHEAD = 10 };
    for (int d = stream->day + 1; d < stream->path.count; d++) {
        const struct sim_day *then = &stream->path.days[d];
        if (date_diff(then->date, today->date) > DAYS_AHEAD)
            break;
        if (!(then->ex & bit))
            continue;
        out->next_ex = then->date;
        out->next_dividend = cents(then->dividend[part->symbol]);
        break;
    }
}

static int by_known(const void *left, const void *right)
{
    const struct sim_known *a = left, *b = right;
    if (a->known_ns != b->known_ns)
        return a->known_ns < b->known_ns ? -1 : 1;
    if (a->happens_ns != b->happens_ns)
        return a->happens_ns < b->happens_ns ? -1 : 1;
    return (int)a->kind - (int)b->kind;
}

size_t sim_stream_dated(const struct sim_stream *stream, size_t symbol, struct arena *arena,
                        struct sim_known **out)
{
    struct sim_dated *own = NULL, *all;
    enum sim_symbol which = stream->parts[symbol].symbol;
    size_t own_count =
        which == SIM_VIX ? 0 : sim_dated_make(&stream->path, (int)which, arena, &own);
    size_t count = own_count + sim_dated_make(&stream->path, SIM_EVERYBODY, arena, &all);
    *out = arena_array(arena, struct sim_known, count);
    for (size_t i = 0; i < count; i++) {
        const struct sim_dated *from = i < own_count ? &own[i] : &all[i - own_count];
        (*out)[i] = (struct sim_known){ from->kind, from->happens_ns, from->known_ns };
    }
    qsort(*out, count, sizeof **out, by_known);
    return count;
}

/* ---- seconds --------------------------------------------------------------------------------- */

static struct sim_tick *add_tick(struct sim_stream *stream, int64_t ts, uint32_t handle)
{
    stream->ticks = mem_grow(stream->ticks, &stream->tick_capacity, stream->tick_count + 1,
                             sizeof *stream->ticks);
    struct sim_tick *tick = &stream->ticks[stream->tick_count];
    *tick = (struct sim_tick){ .ts_ns = ts,
                               .contract = handle == SIM_UNDERLYING
                                               ? handle
                                               : stream->parts[stream->part].row_of[handle],
                               .symbol = stream->part,
                               .bid = PRICE_NONE,
                               .ask = PRICE_NONE,
                               .bid_size = SIZE_NONE,
                               .ask_size = SIZE_NONE,
                               .price = PRICE_NONE,
                               .order = (uint32_t)stream->tick_count };
    stream->tick_count++;
    return tick;
}

void stream_quote(struct sim_stream *stream, UNUSED const struct maker *m, int64_t ts,
                  uint32_t handle, int64_t bid, int64_t ask, uint32_t bid_size, uint32_t ask_size)
{
    struct sim_tick *tick = add_tick(stream, ts, handle);
    tick->bid = bid;
    tick->ask = ask;
    tick->bid_size = bid_size;
    tick->ask_size = ask_size;
}

void stream_trade(struct sim_stream *stream, UNUSED const struct maker *m, int64_t ts,
                  uint32_t handle, int64_t price, uint32_t size, const struct quote *stands)
{
    struct sim_tick *tick = add_tick(stream, ts, handle);
    tick->is_trade = true;
    tick->price = price;
    tick->size = size;
    if (!stands)
        return;
    tick->bid = stands->bid > 0 ? stands->bid : PRICE_NONE;
    tick->bid_size = stands->bid > 0 ? stands->bid_size : 0;
    tick->ask = stands->ask;
    tick->ask_size = stands->ask_size;
}

static int by_time(const void *left, const void *right)
{
    const struct sim_tick *a = left, *b = right;
    if (a->ts_ns != b->ts_ns)
        return a->ts_ns < b->ts_ns ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static int session_seconds(const struct sim_stream *stream)
{
    return stream->parts[0].maker->minutes->count * SIM_SECONDS;
}

enum err sim_stream_second(struct sim_stream *stream, const struct sim_tick **ticks, size_t *count,
                           bool *more)
{
    stream->tick_count = 0;
    *more = stream->second < session_seconds(stream);
    enum err err = ERR_OK;
    int minute = stream->second / SIM_SECONDS, second = stream->second % SIM_SECONDS;
    if (*more && second == 0)
        sim_seconds_make(stream->parts[0].maker->minutes, minute, stream->states, stream->clock);
    for (size_t i = 0; !err && *more && i < stream->part_count; i++) {
        stream->part = (uint8_t)i;
        struct tape *tape = stream->parts[i].maker->tape;
        err = tape_second(tape, stream->second,
                          second ? &stream->states[second - 1] : &stream->before,
                          second ? stream->clock[second - 1] : stream->clock_before);
        if (!err && stream->second == session_seconds(stream) - 1)
            tape_bell(tape);
    }
    if (*more && second == SIM_SECONDS - 1) {
        stream->before = stream->states[SIM_SECONDS - 1];
        stream->clock_before = stream->clock[SIM_SECONDS - 1];
    }
    stream->second += *more;
    if (stream->tick_count)
        qsort(stream->ticks, stream->tick_count, sizeof *stream->ticks, by_time);
    *ticks = stream->ticks;
    *count = stream->tick_count;
    return err;
}

/* ---- where it is --------------------------------------------------------------------------------
 *
 * Beside the day and the second only what the makers show depends on what was before: a quote
 * stays until it is off.
 */

enum { SAVE_VERSION = 2 };

struct kept { /* of struct shown, without padding */
    int64_t bid, ask, last;
    double worth, intrinsic;
    uint32_t bid_size, ask_size, ordinary_volume, swept_volume, volume, is_shown;
};
_Static_assert(sizeof(struct kept) == 64, "no padding");

void sim_stream_save(const struct sim_stream *stream, struct buf *out)
{
    const int32_t head[4] = { SAVE_VERSION, sim_stream_date(stream), stream->second,
                              (int32_t)stream->part_count };
    buf_append(out, head, sizeof head);
    for (size_t p = 0; p < stream->part_count; p++) {
        const struct maker *m = stream->parts[p].maker;
        const int64_t part[4] = { stream->parts[p].symbol, m->contract_count, *tape_level(m->tape),
                                  m->shares_done };
        buf_append(out, part, sizeof part);
        for (int e = 0; e < m->ladder_count; e++)
            for (int i = 0; i < 2 * m->ladders[e].strike_count; i++) {
                const struct shown *s = &m->shown[e][i];
                const struct kept kept = { s->quote.bid,      s->quote.ask,       s->quote.last,
                                           s->worth,          s->intrinsic,       s->quote.bid_size,
                                           s->quote.ask_size, s->ordinary_volume, s->swept_volume,
                                           s->quote.volume,   s->is_shown };
                buf_append(out, &kept, sizeof kept);
            }
    }
}

static bool take(const uint8_t **bytes, size_t *len, void *out, size_t need)
{
    if (*len < need)
        return false;
    memcpy(out, *bytes, need);
    *bytes += need;
    *len -= need;
    return true;
}

static bool load_part(struct part *part, const uint8_t **bytes, size_t *len)
{
    struct maker *m = part->maker;
    int64_t head[4];
    if (!take(bytes, len, head, sizeof head) || head[0] != (int64_t)part->symbol ||
        head[1] != m->contract_count)
        return false;
    *tape_level(m->tape) = head[2];
    m->shares_done = head[3];
    for (int e = 0; e < m->ladder_count; e++)
        for (int i = 0; i < 2 * m->ladders[e].strike_count; i++) {
            struct shown *s = &m->shown[e][i];
            struct kept kept;
            if (!take(bytes, len, &kept, sizeof kept) || kept.is_shown > 1)
                return false;
            s->quote.bid = kept.bid;
            s->quote.ask = kept.ask;
            s->quote.last = kept.last;
            s->quote.bid_size = kept.bid_size;
            s->quote.ask_size = kept.ask_size;
            s->quote.volume = kept.volume;
            s->quote.open_interest = s->open_interest;
            s->worth = kept.worth;
            s->intrinsic = kept.intrinsic;
            s->ordinary_volume = kept.ordinary_volume;
            s->swept_volume = kept.swept_volume;
            s->is_shown = kept.is_shown == 1;
        }
    return true;
}

enum err sim_stream_load(struct sim_stream *stream, const uint8_t *bytes, size_t len)
{
    int32_t head[4];
    if (!take(&bytes, &len, head, sizeof head) || head[0] != SAVE_VERSION ||
        head[3] != (int32_t)stream->part_count)
        return err_set(
            ERR_CORRUPT,
            "what was kept of the simulated market is of another version, or of other symbols");
    enum err err = sim_stream_day(stream, head[1]);
    if (err)
        return err;
    bool is_whole =
        sim_stream_date(stream) == head[1] && head[2] >= 0 && head[2] <= session_seconds(stream);
    for (size_t p = 0; is_whole && p < stream->part_count; p++)
        is_whole = load_part(&stream->parts[p], &bytes, &len);
    if (!is_whole || len)
        return err_set(ERR_CORRUPT, "what was kept of the simulated market does not fit its day %d",
                       (int)head[1]);
    stream->second = head[2];
    int minute = stream->second / SIM_SECONDS;
    const struct sim_minutes *minutes = stream->parts[0].maker->minutes;
    if (minute > 0) {
        sim_seconds_make(minutes, minute - 1, stream->states, stream->clock);
        stream->before = stream->states[SIM_SECONDS - 1];
        stream->clock_before = stream->clock[SIM_SECONDS - 1];
    }
    if (stream->second % SIM_SECONDS)
        sim_seconds_make(minutes, minute, stream->states, stream->clock);
    return ERR_OK;
}
