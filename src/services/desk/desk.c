#include "services/desk/desk.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/zone.h"
#include "services/desk/desk_int.h"

/* ---- one event --------------------------------------------------------------------------------
 */

static enum err emit_effects(struct desk *desk, const struct effect *effects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct entry record;
        entry_of_effect(&record, &effects[i]);
        enum err err = desk_emit(desk, &record);
        if (err)
            return err;
    }
    return ERR_OK;
}

/* A step is one commit: the event, then what came of it. Only then may the runner ask the venue. */
static enum err on_stepped(void *context, const struct event *event, const struct effect *effects,
                           size_t count)
{
    struct desk *desk = context;
    desk->sequence = event->sequence;
    desk->now_ns = event->ts_ns;
    desk->is_replayed = desk->is_catching_up;
    struct entry record;
    enum err err = entry_of_event(&record, event) ? desk_emit(desk, &record) : ERR_OK;
    if (!err)
        err = emit_effects(desk, effects, count);
    if (!err && desk->options->use == DESK_RUN)
        err = desk_commit(desk);
    return err;
}

static void on_effect(void *context, const struct effect *effect)
{
    const struct desk *desk = context;
    if (desk->options->left && !desk->is_replayed)
        desk->options->left(desk->options->context, effect);
}

static enum err on_after(UNUSED void *context, UNUSED const struct event *event)
{
    return ERR_OK;
}

/* ---- commands ---------------------------------------------------------------------------------
 */

/* What people asked for is in the journal alone: there it comes from while catching up. */
static enum err command_of_journal(struct desk *desk, struct event *event, bool *found)
{
    const struct chain_record *e = &desk->expected;
    *found = desk->is_catching_up && e->kind == ENTRY_COMMAND && e->sequence == desk->sequence + 1;
    if (!*found)
        return ERR_OK;
    struct entry record;
    enum err err = entry_read(&record, desk->arena, e->kind, e->body, e->len);
    event->of.command = record.of.event.of.command;
    return err;
}

static enum err drain_commands(struct desk *desk)
{
    const struct desk_options *o = desk->options;
    for (;;) {
        struct event event = { .ts_ns = desk->now_ns, .kind = EVENT_COMMAND };
        bool found;
        enum err err = command_of_journal(desk, &event, &found);
        if (err)
            return err;
        if (!found && !desk->is_catching_up && o->use == DESK_RUN && o->command)
            found = o->command(o->context, desk->now_ns, desk->commands, &event.of.command);
        if (!found)
            return ERR_OK;
        desk->commands++;
        err = runner_take(&desk->runner, &event);
        if (err)
            return err;
    }
}

/* ---- the session ------------------------------------------------------------------------------
 */

static enum err check_day(struct desk *desk, int32_t day)
{
    struct account account;
    kernel_account(desk->kernel, &account);
    struct entry record = { .kind = ENTRY_CHECK,
                            .of.check = { .day = day,
                                          .cash = account.cash,
                                          .equity = account.equity,
                                          .open_trades = account.open_trades,
                                          .events_hash = kernel_events_hash(desk->kernel),
                                          .effects_hash = kernel_effects_hash(desk->kernel) } };
    enum err err = desk_emit(desk, &record);
    return err || desk->options->use == DESK_REPLAY ? err : desk_commit(desk);
}

static int64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NANOS_PER_SECOND + now.tv_nsec;
}

/* Wait until the data's moment has come, at the pace asked for. Nights and weekends are not waited
 * out. */
static void keep_pace(struct desk *desk, int64_t ts_ns)
{
    double speed = desk->options->speed;
    if (!(speed > 0) || desk->is_catching_up)
        return;
    int64_t wall = wall_ns(), passed = ts_ns - desk->pace_data_ns;
    if (!desk->pace_wall_ns || passed > NANOS_PER_HOUR) {
        desk->pace_data_ns = ts_ns;
        desk->pace_wall_ns = wall;
        return;
    }
    int64_t wait = desk->pace_wall_ns + (int64_t)((double)passed / speed) - wall;
    desk->pace_data_ns = ts_ns;
    desk->pace_wall_ns = wait > 0 ? wall + wait : wall;
    if (wait > 0) {
        struct timespec pause = { wait / NANOS_PER_SECOND, wait % NANOS_PER_SECOND };
        nanosleep(&pause, NULL); /* a signal ends it early: somebody wants the desk to stop */
    }
}

static bool should_stop(const struct desk *desk)
{
    const struct desk_options *o = desk->options;
    if (o->use == DESK_REPLAY)
        return !desk->is_catching_up;
    return o->keep_on &&
           !o->keep_on(o->context, store_feed_days_done(&desk->feed), desk->info.days);
}

static enum err work(struct desk *desk)
{
    const struct runner_watch watch = {
        .context = desk, .effect = on_effect, .stepped = on_stepped, .after = on_after
    };
    desk->runner =
        (struct runner){ .kernel = desk->kernel, .venue = &desk->venue, .watch = &watch };
    while (!should_stop(desk)) {
        struct event event;
        bool more;
        enum err err = desk->feed.ops->next(desk->feed.self, &event, &more);
        if (err)
            return err;
        if (!more) {
            desk->result->is_finished = true;
            break;
        }
        keep_pace(desk, event.ts_ns);
        int32_t day =
            event.kind == EVENT_DAY_END ? kernel_book(desk->kernel, event.underlying)->day : 0;
        err = runner_take(&desk->runner, &event);
        if (!err)
            err = drain_commands(desk);
        if (!err && day)
            err = check_day(desk, day);
        if (err)
            return err;
    }
    if (desk->is_catching_up)
        return err_set(ERR_CORRUPT,
                       "the data ended before the journal did: record %llu is of event %llu, the "
                       "data of %s ends "
                       "with %llu",
                       (unsigned long long)desk->expected.record,
                       (unsigned long long)desk->expected.sequence, desk->begin.store,
                       (unsigned long long)desk->sequence);
    return ERR_OK;
}

/* ---- the result -------------------------------------------------------------------------------
 */

static void add_position(struct desk_result *out, const struct trade_leg *leg,
                         const char *underlying)
{
    for (size_t i = 0; i < out->position_count; i++) {
        struct desk_position *p = &out->positions[i];
        bool same = leg->is_stock
                        ? p->is_stock && strcmp(p->underlying, underlying) == 0
                        : !p->is_stock && contract_compare(&p->contract, &leg->contract) == 0;
        if (same) {
            p->quantity += leg->quantity;
            return;
        }
    }
    struct desk_position *p = &out->positions[out->position_count++];
    *p = (struct desk_position){ .is_stock = leg->is_stock,
                                 .contract = leg->contract,
                                 .quantity = leg->quantity };
    strncpy(p->underlying, underlying, sizeof p->underlying - 1);
}

static int compare_positions(const void *left, const void *right)
{
    const struct desk_position *a = left, *b = right;
    int order = strcmp(a->underlying, b->underlying);
    if (!order)
        order = a->is_stock - b->is_stock;
    return order || a->is_stock ? order : contract_compare(&a->contract, &b->contract);
}

static void collect_positions(struct desk *desk)
{
    struct desk_result *out = desk->result;
    size_t slots, legs = 0, kept = 0;
    const struct trade *trades = kernel_trades(desk->kernel, &slots);
    for (size_t i = 0; i < slots; i++)
        legs += trades[i].state == TRADE_FREE ? 0 : (size_t)trades[i].leg_count;
    out->positions = arena_array(desk->arena, struct desk_position, legs);
    for (size_t i = 0; i < slots; i++)
        for (int k = 0; trades[i].state != TRADE_FREE && k < trades[i].leg_count; k++)
            if (trades[i].legs[k].quantity)
                add_position(out, &trades[i].legs[k], kernel_underlying(desk->kernel, &trades[i]));
    for (size_t i = 0; i < out->position_count; i++)
        if (out->positions[i].quantity)
            out->positions[kept++] = out->positions[i];
    out->position_count = kept;
    qsort(out->positions, kept, sizeof *out->positions, compare_positions);
}

enum err desk_run(struct desk_result *out, struct arena *arena, const struct desk_options *options)
{
    *out = (struct desk_result){ .trouble = "" };
    struct desk desk = { .options = options, .result = out, .arena = arena };
    enum err err = zone_init();
    if (!err && options->use == DESK_RUN)
        err = desk_describe(&desk);
    if (!err)
        err = desk_open_journal(&desk);
    if (!err)
        err = desk_open_run(&desk);
    if (!err)
        err = work(&desk);
    out->begin = desk.begin;
    if (desk.journal)
        out->journal = journal_durable(desk.journal);
    if (desk.kernel) {
        kernel_account(desk.kernel, &out->account);
        out->effects_hash = kernel_effects_hash(desk.kernel);
        collect_positions(&desk);
    }
    desk_close_run(&desk);
    journal_close(desk.journal);
    buf_free(&desk.bytes);
    return err;
}
