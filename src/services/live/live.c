#include "services/live/live.h"

#include <stdio.h>
#include <string.h>

#include "base/zone.h"

static const struct record_quote no_quote = {
    .bid = PRICE_NONE, .ask = PRICE_NONE, .bid_size = SIZE_NONE, .ask_size = SIZE_NONE
};

const struct live_options live_options_default = { .instruments = 65536 };

void live_init(struct live *live, const struct live_options *options)
{
    memset(live, 0, sizeof *live);
    arena_init(&live->arena, "live", 1 << 20);
    live->options = options ? *options : live_options_default;
    live->now_ns = INT64_MIN;
    live->last_switch.kind = live->last_doubt.kind = RECORD_HEARTBEAT;
    instruments_init(&live->instruments, &live->arena, live->options.instruments);
    live->said = arena_array(&live->arena, struct live_said, live->options.instruments);
}

void live_add(struct live *live, struct source source)
{
    MUST(live->source_count < LIVE_SOURCES);
    struct live_source *s = arena_new(&live->arena, struct live_source);
    s->source = source;
    quotes_init(&s->quotes, &live->arena, live->options.instruments, live->options.limits);
    live->sources[live->source_count++] = s;
    const struct quotes *tables[LIVE_SOURCES];
    for (uint32_t i = 0; i < live->source_count; i++)
        tables[i] = &live->sources[i]->quotes;
    failover_init(&live->failover, live->source_count, tables, live->options.failover);
    if (live->source_count > 1 || live->options.without_board)
        return;
    board_init(&live->board, &live->arena, &s->quotes, live->options.instruments);
    live->board.rate = live->options.rate;
}

void live_feed(struct live *live, struct ring *kernel)
{
    live->kernel = kernel;
}

bool live_conflate(struct live *live, struct conflate *conflate)
{
    if (live->conflator_count == LIVE_CONFLATORS)
        return false;
    live->conflators[live->conflator_count++] = conflate;
    return true;
}

struct quotes *live_quotes(struct live *live)
{
    return &live->sources[live->failover.active < 0 ? 0 : live->failover.active]->quotes;
}

/* ---- publishing ---- */

static bool hand_over(struct live *live, const struct market_record *r)
{
    if (live->kernel && !ring_push(live->kernel, r))
        return false;
    for (uint32_t i = 0; i < live->conflator_count; i++)
        conflate_put(live->conflators[i], r);
    live->counts.published++;
    return true;
}

/* Publish, or hold until there is room: nothing more is taken meanwhile. */
static void publish(struct live *live, const struct market_record *r)
{
    MUST(!live->is_stalled);
    if ((r->kind == RECORD_QUOTE || r->kind == RECORD_LEVEL) && r->instrument != INSTRUMENT_NONE)
        live->said[r->instrument] =
            (struct live_said){ r->ts_ns, r->source, (r->flags & RECORD_VOID) != 0 };
    live->is_stalled = !hand_over(live, r);
    if (live->is_stalled)
        live->held = *r;
}

/* Who said it last, of those that lost nothing since; -1 nobody. */
static int best_source(const struct live *live, uint32_t id)
{
    int active = live->failover.active, best = -1;
    int64_t latest = TS_NONE;
    for (int i = 0; i < (int)live->source_count; i++) {
        const struct quotes *q = &live->sources[i]->quotes;
        int64_t ts = q->slots[id].ts_ns;
        if (ts == TS_NONE || !quotes_is_whole(q, id) || (i != active && live->failover.is_disputed))
            continue;
        if (ts > latest || (ts == latest && i == active)) {
            latest = ts;
            best = i;
        }
    }
    return best;
}

/* The state of one instrument as it is best known. */
static void say_again(struct live *live, uint32_t id)
{
    int best = best_source(live, id);
    bool is_known = best >= 0, was_said = live->said[id].ts_ns != 0;
    if (!is_known && (!was_said || live->said[id].is_void))
        return; /* nobody ever said anything about it, or it is void already */
    const struct quotes *from = &live->sources[is_known ? best : 0]->quotes;
    struct market_record r = quotes_record(from, id);
    if (!is_known) {
        r.flags |= RECORD_VOID;
        r.ts_ns = live->now_ns;
        r.of.quote = no_quote;
    } else if (live->instruments.rows[id].class == INSTRUMENT_INDEX &&
               from->slots[id].last != PRICE_NONE) {
        r.kind = RECORD_LEVEL;
        r.of.level.value = from->slots[id].last;
    }
    r.flags |= RECORD_REFRESH;
    r.source = (uint8_t)(is_known ? best : live->failover.active);
    r.recv_ns = live->now_ns;
    live->counts.refreshed += is_known;
    live->counts.lost += !is_known;
    if (!live->options.without_board)
        board_take(&live->board, &r, r.flags & RECORD_VOID ? RULE_STALE : RULE_NONE);
    publish(live, &r);
}

static void say_all_again(struct live *live)
{
    live->refresh_next = 0;
    live->refresh_end = live->instruments.count;
}

void live_say_again(struct live *live)
{
    say_all_again(live);
}

/* Did a source miss what the other one says of an instrument, and the other nothing since? */
static bool has_missed(const struct live *live, const struct quotes *mine,
                       const struct quotes *theirs, uint32_t id)
{
    const struct quote_slot *s = &theirs->slots[id], *own = &mine->slots[id];
    int64_t patience = live->failover.options.silence_ns;
    if (s->ts_ns == TS_NONE || !quotes_is_whole(theirs, id) ||
        live->now_ns - s->quoted_ns <= patience)
        return false; /* it may still be on its way */
    if (own->ts_ns == TS_NONE)
        return false; /* not one of its instruments: it would not hear of the next change either */
    return s->ts_ns - own->ts_ns > patience ||
           (!quotes_is_whole(mine, id) && s->ts_ns >= own->ts_ns);
}

/* A few instruments a step: what one source missed, the other may know. */
static void sweep(struct live *live)
{
    int active = live->failover.active;
    if (live->source_count < 2 || active < 0 || live->failover.is_disputed)
        return;
    for (uint32_t i = 0; i < LIVE_SWEEP && i < live->instruments.count && !live->is_stalled; i++) {
        uint32_t id = live->sweep_next++ % live->instruments.count;
        for (int mine = 0; mine < 2; mine++) {
            struct quotes *own = &live->sources[mine]->quotes;
            const struct quotes *other = &live->sources[!mine]->quotes;
            bool is_well = live->failover.sources[mine].fit_since_ns != TS_NONE;
            if (!is_well || !has_missed(live, own, other, id))
                continue;
            quotes_adopt(own, other, id, live->now_ns);
            live->counts.filled++;
            if (mine == active && !live->is_stalled)
                say_again(live, id);
        }
    }
}

/* False when the kernel's ring is full. */
static bool catch_up(struct live *live)
{
    if (live->is_stalled)
        live->is_stalled = !hand_over(live, &live->held);
    while (!live->is_stalled && live->refresh_next < live->refresh_end)
        say_again(live, live->refresh_next++);
    return !live->is_stalled;
}

static void change_over(struct live *live, const struct market_record *change)
{
    live->last_switch = *change;
    if (!live->options.without_board)
        board_listen(&live->board, live_quotes(live));
    publish(live, change);
    say_all_again(live);
}

/* ---- taking ---- */

static void void_prices(struct market_record *r)
{
    r->flags |= RECORD_VOID;
    if (r->kind == RECORD_QUOTE)
        r->of.quote = no_quote;
}

static void take(struct live *live, uint32_t source, struct market_record *r)
{
    struct live_source *s = live->sources[source];
    r->source = (uint8_t)source;
    live->counts.records[r->kind]++;
    s->records++;
    if (r->kind == RECORD_LINK) {
        s->last_link = *r;
        s->links++;
    }
    enum rule rule = quotes_take(&s->quotes, r);
    failover_heard(&live->failover, source, r, live->now_ns);
    if (r->kind == RECORD_DEFINITION) {
        if (r->of.definition.class != INSTRUMENT_OPTION && live->source_count > 1)
            (void)failover_watch(&live->failover, r->instrument); /* the first sixteen */
    } else if ((int)source != live->failover.active) {
        return;
    }
    enum rule_action action = rule_action(rule);
    if (action == RULE_DROP)
        return;
    if (action == RULE_VOID) {
        if (r->kind != RECORD_QUOTE)
            return; /* a bad trade or level is no news */
        void_prices(r);
    }
    if (!live->options.without_board)
        board_take(&live->board, r, rule);
    publish(live, r);
    if (r->kind == RECORD_GAP || (r->kind == RECORD_LINK && r->of.link.state == LINK_DOWN))
        say_all_again(live);
}

/* Say when what is published may not be acted on any more, or again; once a second how far two
 * sources are apart. */
static void tell_doubt(struct live *live)
{
    uint32_t instrument;
    enum feed_doubt doubt = failover_doubt(&live->failover, live->now_ns, &instrument);
    bool is_new = doubt != live->doubt;
    bool is_due = doubt == DOUBT_DISPUTED && live->now_ns - live->doubt_ns >= NANOS_PER_SECOND;
    if (live->is_stalled || (!is_new && !is_due))
        return;
    struct market_record r = { .ts_ns = live->now_ns,
                               .recv_ns = live->now_ns,
                               .instrument = instrument,
                               .kind = RECORD_DOUBT,
                               .source = (uint8_t)live->failover.active,
                               .of.doubt = { .doubt = (uint8_t)doubt, .is_repeated = !is_new } };
    failover_mids(&live->failover, instrument, &r.of.doubt.here, &r.of.doubt.there);
    live->doubt = doubt;
    live->doubt_ns = live->now_ns;
    if (is_new) {
        live->last_doubt = r;
        live->counts.doubts++;
    }
    publish(live, &r);
}

static void tick(struct live *live)
{
    struct market_record change;
    if (failover_tick(&live->failover, live->now_ns, &change))
        change_over(live, &change);
    else
        sweep(live);
    tell_doubt(live);
}

/* Another batch when the last one is used up. A source that fails is down for good. */
static void poll_source(struct live *live, struct live_source *s)
{
    if (s->batch_at < s->batch_count || s->failed)
        return;
    s->batch_at = s->batch_count = 0;
    enum err err = source_poll(&s->source, live->now_ns, s->batch, LIVE_BATCH, &s->batch_count);
    if (!err)
        return;
    s->failed = err;
    snprintf(s->why, sizeof s->why, "%s", err_detail());
    MUST(s->batch_count <= LIVE_BATCH);
    struct market_record *down = &s->batch[s->batch_count++];
    *down = (struct market_record){ .ts_ns = live->now_ns,
                                    .recv_ns = live->now_ns,
                                    .instrument = INSTRUMENT_NONE,
                                    .kind = RECORD_LINK,
                                    .of.link = { .state = LINK_DOWN } };
    snprintf(down->of.link.why, sizeof down->of.link.why, "%s", err_name(err));
}

static size_t take_batch(struct live *live, uint32_t source)
{
    struct live_source *s = live->sources[source];
    poll_source(live, s);
    size_t before = s->batch_at;
    while (s->batch_at < s->batch_count && !live->is_stalled)
        take(live, source, &s->batch[s->batch_at++]);
    return s->batch_at - before;
}

static enum err all_failed(const struct live *live)
{
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < live->source_count; i++) {
        const struct live_source *s = live->sources[i];
        if (!s->failed || s->batch_at < s->batch_count)
            return ERR_OK;
        err = err_set(s->failed, "%s", s->why);
    }
    return err;
}

enum err live_step(struct live *live, int64_t now_ns, uint32_t batches, size_t *count)
{
    size_t came = 0;
    MUST(now_ns >= live->now_ns);
    live->now_ns = now_ns;
    for (uint32_t round = 0; round < batches; round++) {
        size_t before = came;
        if (!catch_up(live)) {
            live->counts.stalls++;
            break;
        }
        for (uint32_t i = 0; i < live->source_count && !live->is_stalled; i++)
            came += take_batch(live, i);
        if (!live->is_stalled)
            tick(live);
        if (came == before)
            break;
    }
    if (count)
        *count = came;
    return all_failed(live);
}

int64_t live_next_ns(struct live *live)
{
    int64_t least = INT64_MAX;
    for (uint32_t i = 0; i < live->source_count; i++) {
        struct live_source *s = live->sources[i];
        if (s->batch_at < s->batch_count)
            return live->now_ns;
        int64_t next = s->failed ? INT64_MAX : s->source.ops->next_ns(s->source.self);
        least = next < least ? next : least;
    }
    return least;
}

bool live_is_over(const struct live *live)
{
    if (live->is_stalled || live->refresh_next < live->refresh_end)
        return false;
    for (uint32_t i = 0; i < live->source_count; i++) {
        const struct live_source *s = live->sources[i];
        bool is_over = s->failed || live->failover.sources[i].link == LINK_ENDED;
        if (!is_over || s->batch_at < s->batch_count)
            return false;
    }
    return true;
}

enum rule live_tradable(struct live *live, uint32_t id, int64_t now_ns)
{
    int active = live->failover.active;
    if (active < 0 || id >= live->instruments.count)
        return RULE_UNKNOWN;
    struct quotes *quotes = &live->sources[live->said[id].source]->quotes;
    int64_t heard = live->failover.sources[active].heard_ns;
    if (live->failover.sources[active].link != LINK_UP || now_ns - heard > quotes->limits.stale_ns)
        return RULE_STALE;
    return quotes_tradable(quotes, id, now_ns);
}

uint64_t live_hits(const struct live *live, enum rule rule)
{
    uint64_t hits = 0;
    for (uint32_t i = 0; i < live->source_count; i++)
        hits += live->sources[i]->quotes.hits[rule];
    return hits;
}

void live_close(struct live *live)
{
    for (uint32_t i = 0; i < live->source_count; i++)
        source_close(&live->sources[i]->source);
    arena_clear(&live->arena);
    live->source_count = 0;
}
