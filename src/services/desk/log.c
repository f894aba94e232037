/* Records go into the journal, or, while it is being caught up with, are compared with what it has.
 */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/zone.h"
#include "services/desk/desk_int.h"

enum err desk_read_expected(struct desk *desk, struct entry *out)
{
    const struct chain_record *e = &desk->expected;
    return entry_read(out, &desk->step, e->kind, e->body, e->len);
}

/* ---- what it began with ---------------------------------------------------------------------- */

static enum err refuse_other(const char *what, const char *was, const char *is)
{
    return err_set(ERR_REFUSED,
                   "the journal began with %s %s, not %s: take another file for another run", what,
                   was, is);
}

static enum err check_strategies(const struct entry_begin *was, const struct entry_begin *is)
{
    if (was->strategy_count != is->strategy_count)
        return err_set(
            ERR_REFUSED,
            "the journal began with %d strategies, not %d: take another file for another run",
            was->strategy_count, is->strategy_count);
    for (int i = 0; i < was->strategy_count; i++) {
        const struct entry_strategy *a = &was->strategies[i], *b = &is->strategies[i];
        if (strcmp(a->hash, b->hash) != 0)
            return err_set(ERR_REFUSED,
                           "the journal began with strategy %s of hash %s, not %s of hash %s: take "
                           "another file for another run",
                           a->name, a->hash, b->name, b->hash);
    }
    return ERR_OK;
}

static const char *day_or_open(char out[DATE_TEXT_BYTES], int32_t day)
{
    if (day)
        date_format(out, day);
    else
        snprintf(out, DATE_TEXT_BYTES, "open");
    return out;
}

/* An existing journal goes on with what it began with; asking for something else is a mistake. */
static enum err check_begin(const struct entry_begin *was, const struct entry_begin *is)
{
    static const char *const feeds[] = { "stored days", "the simulated market", "live sources" };
    enum err err = check_strategies(was, is);
    if (err)
        return err;
    if (was->feed != is->feed)
        return refuse_other("a market of",
                            was->feed < ARRAY_COUNT(feeds) ? feeds[was->feed] : "another kind",
                            feeds[is->feed]);
    if (strcmp(was->symbols, is->symbols) != 0)
        return refuse_other("symbols", was->symbols, is->symbols);
    if (strcmp(was->store, is->store) != 0)
        return refuse_other("store", was->store, is->store);
    if (was->from != is->from || was->to != is->to) {
        char day[4][DATE_TEXT_BYTES];
        return err_set(ERR_REFUSED,
                       "the journal began with --from %s --to %s, not %s to %s: take another file "
                       "for another run",
                       day_or_open(day[0], was->from), day_or_open(day[1], was->to),
                       day_or_open(day[2], is->from), day_or_open(day[3], is->to));
    }
    if (strcmp(was->fill, is->fill) != 0)
        return refuse_other("--fill", was->fill, is->fill);
    if (strcmp(was->fees, is->fees) != 0)
        return refuse_other("--fees", was->fees, is->fees);
    if (was->cash != is->cash || was->seed != is->seed)
        return err_set(ERR_REFUSED,
                       "the journal began with other cash or another seed: take another file for "
                       "another run");
    return ERR_OK;
}

static void tell(struct desk *desk, const struct entry *record, const struct desk_moment *moment)
{
    const struct desk_options *o = &desk->options;
    if (o->saw)
        o->saw(o->context, record, moment->is_replayed);
    if (o->watch.record && moment->is_replayed && moment->record >= o->watch_from)
        o->watch.record(o->watch.context, record, moment);
}

/* What a reconciliation found is told again, and follows from nothing that is replayed. */
static enum err pass_difference(struct desk *desk)
{
    struct entry record;
    const struct chain_record *e = &desk->expected;
    enum err err = desk_read_expected(desk, &record);
    const struct desk_moment moment = { e->record, e->sequence, e->ts_ns, true };
    if (!err)
        tell(desk, &record, &moment);
    desk->replayed++;
    return err;
}

enum err desk_load_expected(struct desk *desk)
{
    struct chain_hash hash;
    enum err err;
    do {
        err = journal_next(desk->journal, &desk->expected, &hash, &desk->is_catching_up);
        if (err || !desk->is_catching_up || desk->expected.kind != ENTRY_DIFFERENCE)
            return err;
        err = pass_difference(desk);
    } while (!err);
    return err;
}

static enum err read_begin(struct desk *desk)
{
    struct entry record;
    const struct chain_record *e = &desk->expected;
    if (e->kind != ENTRY_BEGIN)
        return err_set(ERR_CORRUPT, "%s does not begin with what it runs", desk->options.journal);
    enum err err = entry_read(&record, &desk->arena, e->kind, e->body, e->len);
    if (!err && desk->options.use == DESK_RUN)
        err = check_begin(&record.of.begin, &desk->begin);
    if (err)
        return err;
    desk->begin = record.of.begin;
    if (desk->options.use == DESK_REPLAY && desk->options.store)
        desk->begin.store = arena_strdup(&desk->arena, desk->options.store);
    const struct desk_moment moment = { .record = e->record, .is_replayed = true };
    tell(desk, &record, &moment);
    desk->replayed++;
    return desk_load_expected(desk);
}

/* What a replay has to put between the feed's events, so that it is known before its turn comes. */
static enum err scan_injected(struct desk *desk)
{
    enum err err = journal_seek(desk->journal, 1);
    for (;;) {
        struct chain_record r;
        struct chain_hash hash;
        bool more;
        if (!err)
            err = journal_next(desk->journal, &r, &hash, &more);
        if (err || !more)
            return err ? err : journal_seek(desk->journal, 1);
        if (r.kind != ENTRY_COMMAND && r.kind != ENTRY_TIMER)
            continue;
        desk->injected = mem_grow(desk->injected, &desk->injected_capacity,
                                  desk->injected_count + 1, sizeof *desk->injected);
        desk->injected[desk->injected_count++] = (struct injected){ r.record, r.sequence, r.ts_ns };
    }
}

enum err desk_open_journal(struct desk *desk)
{
    const struct desk_options *o = &desk->options;
    bool replays = o->use == DESK_REPLAY;
    struct journal_options options = { .read_only = replays, .set_aside = o->set_aside };
    enum err err = journal_open(&desk->journal, o->journal, &options);
    if (err)
        return err;
    desk->trouble = arena_strdup(&desk->arena, journal_trouble(desk->journal));
    err = scan_injected(desk);
    if (!err)
        err = desk_load_expected(desk);
    if (err)
        return err;
    if (desk->is_catching_up)
        return read_begin(desk);
    if (replays)
        return err_set(ERR_NOT_FOUND, "%s is empty: there is nothing to replay", o->journal);
    struct entry record = { .kind = ENTRY_BEGIN, .of.begin = desk->begin };
    err = desk_emit(desk, &record);
    return err ? err : desk_commit(desk);
}

/* ---- one record ------------------------------------------------------------------------------ */

static void show(struct buf *out, struct arena *arena, uint32_t kind, const uint8_t *bytes,
                 size_t len)
{
    struct entry record;
    const char *name = entry_kind_name(kind);
    buf_puts(out, name ? name : "unknown");
    if (entry_read(&record, arena, kind, bytes, len))
        return;
    struct json_writer json = { .out = out };
    buf_putc(out, ' ');
    json_object_begin(&json);
    entry_show(&json, &record);
    json_object_end(&json);
}

static enum err differs(struct desk *desk, uint32_t kind)
{
    struct buf was = { 0 }, is = { 0 };
    const struct chain_record *e = &desk->expected;
    show(&was, &desk->step, e->kind, e->body, e->len);
    show(&is, &desk->step, kind, (const uint8_t *)desk->bytes.ptr, desk->bytes.len);
    enum err err = err_set(
        ERR_CORRUPT,
        "replay differs at record %llu: the journal has event %llu: %.*s; replayed is event "
        "%llu: %.*s; is it the same data, and the same program?",
        (unsigned long long)e->record, (unsigned long long)e->sequence, STR_ARG(buf_str(&was)),
        (unsigned long long)desk->sequence, STR_ARG(buf_str(&is)));
    buf_free(&was);
    buf_free(&is);
    return err;
}

static enum err compare(struct desk *desk, const struct entry *record, struct desk_moment *moment)
{
    const struct chain_record *e = &desk->expected;
    bool same = e->kind == (uint32_t)record->kind && e->sequence == desk->sequence &&
                e->ts_ns == desk->now_ns && e->len == desk->bytes.len &&
                (e->len == 0 || memcmp(e->body, desk->bytes.ptr, e->len) == 0);
    if (!same)
        return differs(desk, record->kind);
    desk->replayed++;
    moment->record = e->record;
    moment->is_replayed = true;
    return desk_load_expected(desk);
}

/* Kept until it is durable, for whoever watches. */
static void remember(struct desk *desk, uint32_t kind, const struct desk_moment *moment)
{
    if (!desk->options.watch.record)
        return;
    desk->untold = mem_grow(desk->untold, &desk->untold_capacity, desk->untold_count + 1,
                            sizeof *desk->untold);
    desk->untold[desk->untold_count++] =
        (struct untold){ *moment, kind, desk->told.len, desk->bytes.len };
    buf_append(&desk->told, desk->bytes.ptr, desk->bytes.len);
}

enum err desk_emit(struct desk *desk, const struct entry *record)
{
    buf_clear(&desk->bytes);
    entry_write(&desk->bytes, record);
    struct desk_moment moment = { .sequence = desk->sequence, .ts_ns = desk->now_ns };
    enum err err;
    if (desk->is_catching_up) {
        err = compare(desk, record, &moment);
    } else if (desk->options.use == DESK_REPLAY) {
        return err_set(ERR_CORRUPT,
                       "the journal ends in the middle of event %llu: after it comes a %s record",
                       (unsigned long long)desk->sequence, entry_kind_name(record->kind));
    } else {
        struct chain_record out = { .sequence = desk->sequence,
                                    .ts_ns = desk->now_ns,
                                    .kind = record->kind,
                                    .body = (const uint8_t *)desk->bytes.ptr,
                                    .len = desk->bytes.len };
        err = journal_append(desk->journal, &out);
        moment.record = out.record;
        remember(desk, record->kind, &moment);
    }
    if (!err)
        tell(desk, record, &moment);
    return err;
}

static enum err tell_durable(struct desk *desk)
{
    const struct desk_watch *w = &desk->options.watch;
    for (size_t i = 0; i < desk->untold_count; i++) {
        const struct untold *u = &desk->untold[i];
        struct entry entry;
        enum err err = entry_read(&entry, &desk->step, u->kind,
                                  (const uint8_t *)desk->told.ptr + u->at, u->len);
        if (err)
            return err;
        w->record(w->context, &entry, &u->moment);
        arena_clear(&desk->step);
    }
    desk->untold_count = 0;
    buf_clear(&desk->told);
    return ERR_OK;
}

/* The tape first: what the journal has must be possible to take again. */
static enum err make_durable(struct desk *desk)
{
    const struct desk_feed_ops *feed = desk->feed.ops;
    enum err err = feed && feed->sync ? feed->sync(desk->feed.self) : ERR_OK;
    return err ? err : journal_commit(desk->journal);
}

enum err desk_commit(struct desk *desk)
{
    if (!journal_pending(desk->journal))
        return ERR_OK;
    enum err err = make_durable(desk);
    /* Nothing may leave before there is room again: the market waits. */
    while (err == ERR_FULL && !desk->gives_up && !atomic_load(&desk->is_stopping)) {
        desk_set_phase(desk, DESK_STALLED);
        desk_wait(desk, NANOS_PER_SECOND / 5);
        err = make_durable(desk);
    }
    if (err)
        return err_add(err, "trading stops: nothing may leave that is not journaled");
    return tell_durable(desk);
}
