#include "domain/market/failover.h"

#include "base/zone.h"

#define NANOS_PER_MS INT64_C(1000000)

const struct failover_options failover_options_default = {
    .silence_ns = 500 * NANOS_PER_MS,
    .confirm_ns = 100 * NANOS_PER_MS,
    .disagree_ns = 500 * NANOS_PER_MS,
    .disagree_micros = 5 * MICROS_PER_CENT,
    .disagree_ratio = 0.0005,
    .recover_ns = 10 * NANOS_PER_SECOND,
    .recover_max_ns = 300 * NANOS_PER_SECOND,
};

static const struct {
    const char *name, *text;
    bool is_failure;
} reasons[] = {
#define SWITCH(id, name, is_failure, text) { name, text, is_failure },
#include "domain/market/switches.def"
#undef SWITCH
};

const char *switch_reason_name(enum switch_reason reason)
{
    return reason < SWITCH_REASON_COUNT ? reasons[reason].name : "unknown";
}

const char *switch_reason_text(enum switch_reason reason)
{
    return reason < SWITCH_REASON_COUNT ? reasons[reason].text : "";
}

static const struct {
    const char *name, *text;
} doubts[] = {
#define DOUBT(id, name, text) { name, text },
#include "domain/market/doubts.def"
#undef DOUBT
};

const char *feed_doubt_name(enum feed_doubt doubt)
{
    return doubt < FEED_DOUBT_COUNT ? doubts[doubt].name : "unknown";
}

const char *feed_doubt_text(enum feed_doubt doubt)
{
    return doubt < FEED_DOUBT_COUNT ? doubts[doubt].text : "";
}

void failover_init(struct failover *f, uint32_t count, const struct quotes *const quotes[],
                   const struct failover_options *options)
{
    MUST(count >= 1);
    MUST(count <= FAILOVER_SOURCES);
    *f = (struct failover){ .options = options ? *options : failover_options_default,
                            .count = count,
                            .active = -1,
                            .agree_since_ns = TS_NONE,
                            .returned_ns = TS_NONE };
    f->recover_ns = f->options.recover_ns;
    for (uint32_t i = 0; i < count; i++)
        f->sources[i] = (struct failover_source){ .quotes = quotes[i],
                                                  .link = LINK_UP,
                                                  .heard_ns = TS_NONE,
                                                  .fit_since_ns = TS_NONE,
                                                  .unfit_since_ns = TS_NONE };
}

bool failover_watch(struct failover *f, uint32_t instrument)
{
    for (uint32_t i = 0; i < f->watched_count; i++)
        if (f->watched[i] == instrument)
            return true;
    if (f->watched_count == FAILOVER_WATCHED)
        return false;
    f->apart_since_ns[f->watched_count] = TS_NONE;
    f->watched[f->watched_count++] = instrument;
    return true;
}

/* ---- do they agree? ---- */

static int64_t mid_of(const struct quotes *quotes, uint32_t id)
{
    const struct quote_slot *s = &quotes->slots[id];
    struct record_quote quote = { .bid = s->bid, .ask = s->ask };
    int64_t mid = record_quote_mid(&quote);
    return mid == PRICE_NONE ? s->last : mid; /* an index has a level only */
}

/* How far apart, PRICE_NONE when one of them has no price. */
static int64_t distance(const struct failover *f, uint32_t id)
{
    int64_t a = mid_of(f->sources[0].quotes, id), b = mid_of(f->sources[1].quotes, id);
    if (a == PRICE_NONE || b == PRICE_NONE)
        return PRICE_NONE;
    return a > b ? a - b : b - a;
}

static bool is_apart(const struct failover *f, uint32_t id)
{
    int64_t apart = distance(f, id);
    return apart > f->options.disagree_micros &&
           (double)apart > f->options.disagree_ratio * (double)mid_of(f->sources[1].quotes, id);
}

static void compare(struct failover *f, uint32_t instrument, int64_t now_ns)
{
    for (uint32_t i = 0; i < f->watched_count; i++) {
        if (f->watched[i] != instrument)
            continue;
        /* What one side said long ago is no opinion: that it is late is the other rules' matter. */
        int64_t a = f->sources[0].quotes->slots[instrument].ts_ns;
        int64_t b = f->sources[1].quotes->slots[instrument].ts_ns;
        bool are_both_new = a != TS_NONE && b != TS_NONE && a - b <= f->options.silence_ns &&
                            b - a <= f->options.silence_ns;
        if (!are_both_new || !is_apart(f, instrument))
            f->apart_since_ns[i] = TS_NONE;
        else if (f->apart_since_ns[i] == TS_NONE)
            f->apart_since_ns[i] = now_ns;
        f->apart_last_ns[i] = now_ns;
    }
}

/* The watched instrument that has been apart for long; -1 none. */
static int disputed(const struct failover *f)
{
    for (uint32_t i = 0; i < f->watched_count; i++)
        if (f->apart_since_ns[i] != TS_NONE &&
            f->apart_last_ns[i] - f->apart_since_ns[i] >= f->options.disagree_ns)
            return (int)i;
    return -1;
}

/* ---- are they well? ---- */

void failover_heard(struct failover *f, uint32_t source, const struct market_record *r,
                    int64_t now_ns)
{
    struct failover_source *s = &f->sources[source];
    s->heard_ns = now_ns;
    if (r->kind == RECORD_LINK)
        s->link = r->of.link.state;
    else if (s->link == LINK_CONNECTING)
        s->link = LINK_UP; /* it speaks */
    if (f->count > 1 && r->instrument != INSTRUMENT_NONE && r->kind <= RECORD_LEVEL)
        compare(f, r->instrument, now_ns);
}

/* Why it cannot be relied on, apart from disagreeing; SWITCH_START: it can. late: by how much. */
static enum switch_reason illness(const struct failover *f, uint32_t source, int64_t now_ns,
                                  int64_t *late)
{
    const struct failover_source *s = &f->sources[source], *other = &f->sources[!source];
    *late = 0;
    if (s->link != LINK_UP)
        return SWITCH_LINK;
    if (f->count < 2 || other->quotes->progress_ns == TS_NONE)
        return s->heard_ns == TS_NONE ? SWITCH_STOPPED : SWITCH_START;
    /* Only against a backup that goes on is silence a fault: markets have quiet moments. */
    int64_t progress = s->quotes->progress_ns;
    *late = progress == TS_NONE ? f->options.silence_ns + 1 : other->quotes->progress_ns - progress;
    if (*late <= f->options.silence_ns)
        return SWITCH_START;
    bool is_silent = s->heard_ns == TS_NONE || now_ns - s->heard_ns > f->options.silence_ns;
    return is_silent ? SWITCH_STOPPED : SWITCH_FROZEN;
}

/* Forward only: a source that has never spoken is not fit either. */
static bool has_spoken(const struct failover_source *s)
{
    return s->quotes->progress_ns != TS_NONE;
}

static void make_switch(struct failover *f, uint32_t to, enum switch_reason reason, int64_t amount,
                        uint32_t instrument, int64_t now_ns, struct market_record *out)
{
    *out = (struct market_record){
        .ts_ns = now_ns,
        .recv_ns = now_ns,
        .instrument = instrument,
        .kind = RECORD_SWITCH,
        .source = (uint8_t)to,
        .of.change = { .from = f->active < 0 ? UINT8_MAX : (uint8_t)f->active,
                       .to = (uint8_t)to,
                       .reason = (uint8_t)reason,
                       .amount = amount },
    };
    f->active = (int)to;
    f->switches++;
    f->failures += reasons[reason].is_failure;
}

/* A return that does not last makes the next one wait twice as long. */
static void learn_from_failure(struct failover *f, int64_t now_ns)
{
    if (f->active != 0)
        return;
    bool has_lasted = f->returned_ns == TS_NONE || now_ns - f->returned_ns >= f->recover_ns;
    int64_t doubled = f->recover_ns > f->options.recover_max_ns / 2 ? f->options.recover_max_ns
                                                                    : f->recover_ns * 2;
    f->recover_ns = has_lasted ? f->options.recover_ns : doubled;
}

static void note_health(struct failover_source *s, bool is_fit, int64_t now_ns)
{
    if (is_fit && s->fit_since_ns == TS_NONE)
        s->fit_since_ns = now_ns;
    if (!is_fit && s->unfit_since_ns == TS_NONE)
        s->unfit_since_ns = now_ns;
    if (is_fit)
        s->unfit_since_ns = TS_NONE;
    else
        s->fit_since_ns = TS_NONE;
}

/* The primary is left although it is well, because the other says something else. */
static bool leave_disputed(struct failover *f, int which, int64_t now_ns, struct market_record *out)
{
    bool is_new = which >= 0 && !f->is_disputed;
    f->is_disputed = which >= 0;
    if (which >= 0)
        f->agree_since_ns = TS_NONE;
    else if (f->agree_since_ns == TS_NONE)
        f->agree_since_ns = now_ns;
    if (!is_new || f->active != 0 || f->sources[1].fit_since_ns == TS_NONE)
        return false;
    uint32_t id = f->watched[which];
    learn_from_failure(f, now_ns);
    make_switch(f, 1, SWITCH_DISAGREES, distance(f, id), id, now_ns, out);
    return true;
}

static bool may_return(const struct failover *f, int64_t now_ns)
{
    int64_t fit = f->sources[0].fit_since_ns;
    return f->active == 1 && fit != TS_NONE && now_ns - fit >= f->recover_ns &&
           f->agree_since_ns != TS_NONE && now_ns - f->agree_since_ns >= f->recover_ns;
}

bool failover_tick(struct failover *f, int64_t now_ns, struct market_record *out)
{
    enum switch_reason ill[FAILOVER_SOURCES];
    int64_t late[FAILOVER_SOURCES];
    for (uint32_t i = 0; i < f->count; i++) {
        ill[i] = illness(f, i, now_ns, &late[i]);
        note_health(&f->sources[i], ill[i] == SWITCH_START && has_spoken(&f->sources[i]), now_ns);
    }
    if (f->active < 0) {
        for (uint32_t i = 0; i < f->count; i++)
            if (f->sources[i].fit_since_ns != TS_NONE) {
                make_switch(f, i, SWITCH_START, 0, INSTRUMENT_NONE, now_ns, out);
                return true;
            }
        return false;
    }
    if (f->count < 2)
        return false;

    uint32_t active = (uint32_t)f->active, other = !active;
    if (ill[active] != SWITCH_START && f->sources[other].fit_since_ns != TS_NONE) {
        bool is_sure = ill[active] == SWITCH_LINK ||
                       now_ns - f->sources[active].unfit_since_ns >= f->options.confirm_ns;
        if (!is_sure)
            return false;
        learn_from_failure(f, now_ns);
        make_switch(f, other, ill[active], late[active], INSTRUMENT_NONE, now_ns, out);
        return true;
    }
    if (leave_disputed(f, disputed(f), now_ns, out))
        return true;
    if (!may_return(f, now_ns))
        return false;
    make_switch(f, 0, SWITCH_RECOVERED, 0, INSTRUMENT_NONE, now_ns, out);
    f->returned_ns = now_ns;
    return true;
}

enum feed_doubt failover_doubt(const struct failover *f, int64_t now_ns, uint32_t *instrument)
{
    uint32_t nowhere;
    instrument = instrument ? instrument : &nowhere;
    *instrument = INSTRUMENT_NONE;
    if (f->active < 0)
        return DOUBT_NONE;
    const struct failover_source *s = &f->sources[f->active];
    if (s->link == LINK_ENDED)
        return DOUBT_NONE;
    if (s->link != LINK_UP)
        return DOUBT_LINK;
    if (f->is_disputed) {
        int which = disputed(f);
        *instrument = which < 0 ? INSTRUMENT_NONE : f->watched[which];
        return DOUBT_DISPUTED;
    }
    bool is_quiet = f->options.quiet_ns && now_ns - s->heard_ns > f->options.quiet_ns;
    return is_quiet ? DOUBT_SILENT : DOUBT_NONE;
}

void failover_mids(const struct failover *f, uint32_t instrument, int64_t *here, int64_t *there)
{
    *here = *there = PRICE_NONE;
    if (instrument == INSTRUMENT_NONE || f->active < 0)
        return;
    *here = mid_of(f->sources[f->active].quotes, instrument);
    if (f->count > 1)
        *there = mid_of(f->sources[!f->active].quotes, instrument);
}
