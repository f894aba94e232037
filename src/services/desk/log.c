/* Records go into the journal, or, while it is being caught up with, are compared with what it has.
 */
#include <stdio.h>
#include <string.h>

#include "services/desk/desk_int.h"

static enum err load_expected(struct desk *desk)
{
    struct chain_hash hash;
    return journal_next(desk->journal, &desk->expected, &hash, &desk->is_catching_up);
}

static enum err refuse_other(const char *what, const char *was, const char *is)
{
    return err_set(ERR_REFUSED,
                   "the journal began with %s %s, not %s: take another file for another run", what,
                   was, is);
}

/* An existing journal goes on with what it began with; asking for something else is a mistake. */
static enum err check_begin(const struct entry_begin *was, const struct entry_begin *is)
{
    if (strcmp(was->strategy_hash, is->strategy_hash) != 0)
        return err_set(ERR_REFUSED,
                       "the journal began with strategy %s of hash %s, not %s of hash %s: take "
                       "another file for "
                       "another run",
                       was->strategy_name, was->strategy_hash, is->strategy_name,
                       is->strategy_hash);
    if (strcmp(was->store, is->store) != 0)
        return refuse_other("store", was->store, is->store);
    if (was->from != is->from || was->to != is->to)
        return err_set(ERR_REFUSED,
                       "the journal began with --from %d --to %d (0: open), not %d to %d: take "
                       "another file for "
                       "another run",
                       was->from, was->to, is->from, is->to);
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

static enum err read_begin(struct desk *desk)
{
    struct entry record;
    if (desk->expected.kind != ENTRY_BEGIN)
        return err_set(ERR_CORRUPT, "%s does not begin with what it runs", desk->options->journal);
    enum err err = entry_read(&record, desk->arena, desk->expected.kind, desk->expected.body,
                              desk->expected.len);
    if (!err && desk->options->use == DESK_RUN)
        err = check_begin(&record.of.begin, &desk->begin);
    if (err)
        return err;
    desk->begin = record.of.begin;
    if (desk->options->use == DESK_REPLAY && desk->options->store)
        desk->begin.store = desk->options->store;
    if (desk->options->saw)
        desk->options->saw(desk->options->context, &record, true);
    desk->result->replayed++;
    return load_expected(desk);
}

enum err desk_open_journal(struct desk *desk)
{
    const struct desk_options *o = desk->options;
    bool replays = o->use == DESK_REPLAY;
    struct journal_options options = { .read_only = replays, .set_aside = o->set_aside };
    enum err err = journal_open(&desk->journal, o->journal, &options);
    if (err)
        return err;
    desk->result->trouble = arena_strdup(desk->arena, journal_trouble(desk->journal));
    err = journal_seek(desk->journal, 1);
    if (!err)
        err = load_expected(desk);
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
    show(&was, desk->arena, e->kind, e->body, e->len);
    show(&is, desk->arena, kind, (const uint8_t *)desk->bytes.ptr, desk->bytes.len);
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

enum err desk_emit(struct desk *desk, const struct entry *record)
{
    buf_clear(&desk->bytes);
    entry_write(&desk->bytes, record);
    bool replayed = desk->is_catching_up;
    enum err err;
    if (replayed) {
        const struct chain_record *e = &desk->expected;
        bool same = e->kind == (uint32_t)record->kind && e->sequence == desk->sequence &&
                    e->ts_ns == desk->now_ns && e->len == desk->bytes.len &&
                    (e->len == 0 || memcmp(e->body, desk->bytes.ptr, e->len) == 0);
        if (!same)
            return differs(desk, record->kind);
        desk->result->replayed++;
        err = load_expected(desk);
    } else if (desk->options->use == DESK_REPLAY) {
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
    }
    if (!err && desk->options->saw)
        desk->options->saw(desk->options->context, record, replayed);
    return err;
}

enum err desk_commit(struct desk *desk)
{
    enum err err = journal_commit(desk->journal);
    return err ? err_add(err, "trading stops: nothing may leave that is not journaled") : ERR_OK;
}
