/*
 * The desk under test: the kernel, and a journal on a disk that may tear, fill up and stop.
 *
 * Every step is one commit before anything leaves. After a crash a new kernel is led through the
 * journal: the tape between the records, and every effect compared with the one that was
 * journaled.
 */
#include <stdlib.h>
#include <string.h>

#include "adapters/journal/fault_vfs_test.h"
#include "adapters/journal/journal.h"
#include "kernel/snapshot.h"
#include "tests/sim/sim.h"

enum record_kind {
    RECORD_REPORT = 1,
    RECORD_COMMAND,
    RECORD_EFFECT,
    RECORD_RESTART,
    RECORD_ASSIGN
};

struct record_command {
    struct event_command command;
    struct order_terms terms;
    struct order_edit edit;
    struct order_exits exits;
};

struct record_assign {
    uint32_t number; /* the broker's */
    struct event_assign assign;
};

struct record_effect {
    uint32_t kind, version;
    uint64_t order_id;
    int64_t quantity, net_price;
};

struct mark { /* where the kernel stood after a commit */
    uint64_t sequence, effects_hash;
};

struct desk {
    struct sim *sim;
    struct arena arena; /* of one life of the program */
    struct kernel *kernel;
    struct journal *journal;
    uint64_t sequence;
    uint32_t next_tape;
    int64_t last_ts;
    struct mark durable, attempted;
    struct mark snapped; /* when the state was kept as bytes; sequence 0: not yet */
    uint32_t snapped_tape;
    int64_t snapped_ts;
    struct buf snapshot;
    int crashes_left;
    bool is_replaying;
};

struct kernel *desk_kernel(struct desk *desk)
{
    return desk->kernel;
}

static void arm_crash(struct desk *d)
{
    struct rng *rng = &d->sim->rng;
    fault_disk.seed = rng_u64(rng);
    fault_disk.crash_at = d->crashes_left > 0 ? 20 + (long)rng_below(rng, 1200) : 0;
}

static void kernel_make(struct desk *d, struct kernel **out)
{
    static const char *const underlyings[] = { "SPX", "XYZ" };
    struct kernel_config config = {
        .strategies = d->sim->strategy_list,
        .strategy_count = d->sim->strategy_count,
        .underlyings = underlyings,
        .underlying_count = d->sim->world.has_stock ? 2 : 1,
        .cash = SIM_CASH,
        .may_trade = true,
        .sign_above = d->sim->sign_above,
        .risk = d->sim->with_risk ? &d->sim->risk : NULL,
        .margin = d->sim->with_margin ? &d->sim->margin : NULL,
        .life = { .seed = d->sim->seed, .carry = d->sim->carry },
        .limits = { .book = { SIM_CONTRACTS, 8 }, .trades = 128, .orders = 64, .effects = 1024 }
    };
    if (kernel_open(out, &d->arena, &config))
        sim_fail(d->sim, SETUP, "the kernel does not open: %s", err_detail());
}

static const struct journal_options on_fault = { .vfs = "fault" };

struct desk *desk_new(struct sim *sim)
{
    struct desk *d = mem_alloc(sizeof *d);
    *d = (struct desk){ .sim = sim,
                        .last_ts = INT64_MIN,
                        .crashes_left = (int)rng_below(&sim->rng, 4) };
    arena_init(&d->arena, "life", 1 << 20);
    fault_wipe();
    fault_vfs();
    fault_disk.room = (size_t)1 << 26;
    kernel_make(d, &d->kernel);
    d->durable.effects_hash = kernel_effects_hash(d->kernel);
    if (journal_open(&d->journal, "desk", &on_fault))
        sim_fail(sim, SETUP, "the journal does not open: %s", err_detail());
    arm_crash(d);
    return d;
}

void desk_free(struct desk *d)
{
    buf_free(&d->snapshot);
    journal_close(d->journal);
    arena_clear(&d->arena);
    mem_free(d);
    fault_wipe();
}

static bool leaves(const struct effect *effect)
{
    return effect->kind == EFFECT_SUBMIT || effect->kind == EFFECT_REPLACE ||
           effect->kind == EFFECT_CANCEL;
}

static struct record_effect record_of(const struct effect *effect)
{
    const struct order_state *order = effect->of.order.state;
    const struct order_edit *edit = effect->kind == EFFECT_REPLACE ? &order->asked : &order->edit;
    return (struct record_effect){ .kind = effect->kind,
                                   .version = effect->kind == EFFECT_REPLACE ? order->version_asked
                                                                             : order->version,
                                   .order_id = order->id,
                                   .quantity = edit->quantity,
                                   .net_price = edit->net_price };
}

static void append(struct desk *d, int64_t ts_ns, uint32_t kind, const void *body, size_t len)
{
    struct chain_record record = {
        .sequence = d->sequence, .ts_ns = ts_ns, .kind = kind, .body = body, .len = len
    };
    if (journal_append(d->journal, &record))
        sim_fail(d->sim, SETUP, "a record was refused: %s", err_detail());
}

static void recover(struct desk *d);

/* Durable, or the machine went down: then the desk is another one when this returns, and false. */
static bool commit(struct desk *d)
{
    d->attempted = (struct mark){ d->sequence, kernel_effects_hash(d->kernel) };
    if (!journal_pending(d->journal))
        return true;
    if (sim_chance(&d->sim->rng, 3000))
        fault_disk.room = fault_used(); /* the disk is full, until somebody makes room */
    for (int tries = 0; journal_commit(d->journal) != ERR_OK; tries++) {
        if (fault_disk.is_down) {
            recover(d);
            return false;
        }
        if (tries > 5) {
            sim_fail(d->sim, RECOVERY_EXACT, "a commit fails on a sound disk: %s", err_detail());
            return false;
        }
        fault_disk.room = (size_t)1 << 26; /* nothing left meanwhile */
    }
    d->durable = d->attempted;
    return true;
}

static void request(struct desk *d, const struct effect *effect)
{
    const struct order_state *order = effect->of.order.state;
    struct order_request r = { REQUEST_SUBMIT, order->id,     order->version,
                               effect->ts_ns,  &order->terms, &order->edit };
    if (effect->kind == EFFECT_SUBMIT) {
        truth_submit(d->sim, order);
        truth_limits(d->sim, order, &order->edit, effect->ts_ns);
    }
    if (effect->kind == EFFECT_REPLACE) {
        int64_t now = order->edit.net_price, asked = order->asked.net_price;
        bool is_worse = now != PRICE_NONE && (asked == PRICE_NONE || asked > now);
        if (order->asked.quantity > order->edit.quantity || is_worse) {
            truth_replace(d->sim, order);
            truth_limits(d->sim, order, &order->asked, effect->ts_ns);
        }
    }
    if (effect->kind == EFFECT_CANCEL)
        r.kind = REQUEST_CANCEL;
    if (effect->kind == EFFECT_REPLACE) {
        r.kind = REQUEST_REPLACE;
        r.version = order->version_asked;
        r.edit = &order->asked;
    }
    gateway_request(d->sim->gateway, &r);
}

/* One event: journal, kernel, journal, commit, and only then what leaves. False after a crash. */
static bool take(struct desk *d, struct event *event, uint32_t kind, const void *body, size_t len)
{
    event->sequence = ++d->sequence;
    event->ts_ns =
        event->ts_ns > d->last_ts ? event->ts_ns : d->last_ts; /* no clock takes the kernel back */
    d->last_ts = event->ts_ns;
    if (body)
        append(d, event->ts_ns, kind, body, len);
    if (kernel_step(d->kernel, event)) {
        sim_fail(d->sim, SETUP, "the kernel stopped: %s", err_detail());
        return false;
    }
    if (event->kind == EVENT_SPLIT)
        truth_split_paid(d->sim, event->of.split.to, event->of.split.from);
    size_t count;
    const struct effect *effects = kernel_effects(d->kernel, &count);
    for (size_t i = 0; i < count; i++) {
        if (!leaves(&effects[i]))
            continue;
        struct record_effect record = record_of(&effects[i]);
        append(d, event->ts_ns, RECORD_EFFECT, &record, sizeof record);
    }
    if (!commit(d))
        return false;
    seen_event(d->sim, d->kernel, event);
    for (size_t i = 0; i < count && !d->sim->has_failed; i++) {
        if (leaves(&effects[i]))
            request(d, &effects[i]);
        else if (effects[i].kind == EFFECT_ORDER)
            truth_order_shown(d->sim, &effects[i]);
    }
    return true;
}

static void take_tape(struct desk *d, uint32_t index)
{
    if (index != d->next_tape) { /* the market went on while nobody looked */
        d->sequence++;
        append(d, d->last_ts == INT64_MIN ? 0 : d->last_ts, RECORD_RESTART, &index, sizeof index);
    }
    d->next_tape = index + 1;
    struct event event = d->sim->world.tape[index].event;
    take(d, &event, 0, NULL, 0);
}

/* The whole state, once a run or so: recovery may begin there as well as at the first record. */
static void keep_snapshot(struct desk *d)
{
    buf_clear(&d->snapshot);
    kernel_snapshot_write(d->kernel, &d->snapshot);
    d->snapped = (struct mark){ d->sequence, kernel_effects_hash(d->kernel) };
    d->snapped_tape = d->next_tape;
    d->snapped_ts = d->last_ts;
}

void desk_tape(struct desk *d, uint32_t index)
{
    take_tape(d, index);
    if (!d->sim->has_failed && sim_chance(&d->sim->rng, 8000))
        keep_snapshot(d);
}

bool desk_command(struct desk *d, struct event *event)
{
    struct record_command record;
    memset(&record, 0, sizeof record);
    record.command = event->of.command;
    if (event->of.command.terms)
        record.terms = *event->of.command.terms;
    if (event->of.command.edit)
        record.edit = *event->of.command.edit;
    if (event->of.command.exits)
        record.exits = *event->of.command.exits;
    return take(d, event, RECORD_COMMAND, &record, sizeof record);
}

void desk_deliver(struct desk *d, int64_t until_ns)
{
    struct order_report report;
    int64_t due_ns;
    while (!d->sim->has_failed && gateway_poll(d->sim->gateway, until_ns, &report, &due_ns)) {
        struct event event = { .ts_ns = due_ns, .kind = EVENT_REPORT };
        event.of.report = &report;
        take(d, &event, RECORD_REPORT, &report, sizeof report);
    }
}

void desk_assignments(struct desk *d)
{
    struct truth *t = &d->sim->truth;
    for (uint32_t i = 0; i < t->assignment_count && !d->sim->has_failed; i++) {
        /* The broker tells it until it is taken: after a crash the journal says whether it was. */
        for (int tries = 0; tries < 8 && !t->assignments[i].is_taken && !d->sim->has_failed;
             tries++) {
            struct event event = { .ts_ns = d->sim->now_ns,
                                   .kind = EVENT_ASSIGN,
                                   .underlying = SIM_STOCK };
            event.of.assign = t->assignments[i].event;
            struct record_assign record;
            memset(&record, 0, sizeof record);
            record.number = i;
            record.assign = event.of.assign;
            t->assignments[i].is_taken |= take(d, &event, RECORD_ASSIGN, &record, sizeof record);
        }
    }
}

/* ---- recovery */

struct replay {
    struct desk *d;
    bool recovers; /* what was commanded is what the journal has */
    struct kernel *kernel;
    uint64_t sequence;
    uint32_t next_tape;
    int64_t last_ts;
    const struct effect *effects; /* of the last step, those that leave not yet compared */
    size_t effect_count, effect_at;
};

static void replay_compare(struct replay *r, const struct chain_record *record)
{
    while (r->effect_at < r->effect_count && !leaves(&r->effects[r->effect_at]))
        r->effect_at++;
    bool is_there = r->effect_at < r->effect_count;
    if (!record) {
        SIM_CHECK(r->d->sim, RECOVERY_EXACT, !is_there,
                  "event %llu has an effect that was not journaled",
                  (unsigned long long)r->sequence);
        return;
    }
    struct record_effect got =
        is_there ? record_of(&r->effects[r->effect_at++]) : (struct record_effect){ 0 };
    SIM_CHECK(r->d->sim, RECOVERY_EXACT,
              is_there && record->len == sizeof got && !memcmp(&got, record->body, sizeof got),
              "effect of event %llu is not the one that was journaled",
              (unsigned long long)r->sequence);
}

static void replay_step(struct replay *r, struct event *event)
{
    replay_compare(r, NULL); /* nothing of the step before may be left over */
    event->sequence = ++r->sequence;
    event->ts_ns = event->ts_ns > r->last_ts ? event->ts_ns : r->last_ts;
    r->last_ts = event->ts_ns;
    if (kernel_step(r->kernel, event))
        sim_fail(r->d->sim, RECOVERY_EXACT, "event %llu: %s", (unsigned long long)r->sequence,
                 err_detail());
    r->effects = kernel_effects(r->kernel, &r->effect_count);
    r->effect_at = 0;
    if (!r->recovers)
        return;
    seen_event(r->d->sim, r->kernel, event);
    if (event->kind == EVENT_SPLIT)
        truth_split_paid(r->d->sim, event->of.split.to, event->of.split.from);
}

static void replay_tape(struct replay *r, uint64_t until)
{
    while (r->sequence < until && !r->d->sim->has_failed) {
        SIM_CHECK(r->d->sim, RECOVERY_EXACT, r->next_tape < r->d->sim->world.count,
                  "the tape ends before event %llu", (unsigned long long)until);
        if (r->d->sim->has_failed)
            return;
        struct event event = r->d->sim->world.tape[r->next_tape++].event;
        replay_step(r, &event);
    }
}

static void replay_record(struct replay *r, const struct chain_record *record)
{
    struct event event = { .ts_ns = record->ts_ns };
    switch ((enum record_kind)record->kind) {
    case RECORD_EFFECT:
        replay_tape(r, record->sequence);
        replay_compare(r, record);
        break;
    case RECORD_RESTART:
        replay_tape(r, record->sequence - 1);
        r->sequence++;
        memcpy(&r->next_tape, record->body, sizeof r->next_tape);
        break;
    case RECORD_REPORT: {
        struct order_report report;
        memcpy(&report, record->body, sizeof report);
        replay_tape(r, record->sequence - 1);
        event.kind = EVENT_REPORT;
        event.of.report = &report;
        replay_step(r, &event);
        break;
    }
    case RECORD_COMMAND: {
        struct record_command command;
        memcpy(&command, record->body, sizeof command);
        replay_tape(r, record->sequence - 1);
        event.kind = EVENT_COMMAND;
        event.of.command = command.command;
        event.of.command.terms = command.command.terms ? &command.terms : NULL;
        event.of.command.edit = command.command.edit ? &command.edit : NULL;
        event.of.command.exits = command.command.exits ? &command.exits : NULL;
        replay_step(r, &event);
        break;
    }
    case RECORD_ASSIGN: {
        struct record_assign assign;
        memcpy(&assign, record->body, sizeof assign);
        replay_tape(r, record->sequence - 1);
        event.kind = EVENT_ASSIGN;
        event.underlying = SIM_STOCK;
        event.of.assign = assign.assign;
        r->d->sim->truth.assignments[assign.number].is_taken = true;
        replay_step(r, &event);
        break;
    }
    }
}

/* From the first record, or from what follows a snapshot. */
static void replay_all(struct replay *r)
{
    uint64_t from = r->sequence;
    if (journal_seek(r->d->journal, 1))
        sim_fail(r->d->sim, RECOVERY_EXACT, "the journal cannot be read: %s", err_detail());
    for (bool more = true; more && !r->d->sim->has_failed;) {
        struct chain_record record;
        struct chain_hash hash;
        if (journal_next(r->d->journal, &record, &hash, &more))
            sim_fail(r->d->sim, RECOVERY_EXACT, "the journal cannot be read: %s", err_detail());
        else if (more && record.sequence > from)
            replay_record(r, &record);
    }
    replay_compare(r, NULL);
}

/* What the market did meanwhile and cannot be missed. */
static void catch_up(struct desk *d, uint32_t until)
{
    for (uint32_t i = d->next_tape; i <= until && i < d->sim->world.count && !d->sim->has_failed;
         i++) {
        enum event_kind kind = d->sim->world.tape[i].event.kind;
        if (sim_is_calendar(kind))
            take_tape(d, i);
    }
}

static void recover(struct desk *d)
{
    struct sim *sim = d->sim;
    uint32_t reached = d->next_tape;
    sim->truth.recoveries++;
    d->crashes_left--;
    journal_close(d->journal);
    fault_restart();
    arena_clear(&d->arena);
    gateway_restart(sim->gateway);
    if (journal_open(&d->journal, "desk", &on_fault)) {
        sim_fail(sim, RECOVERY_EXACT, "the journal does not open again: %s", err_detail());
        return;
    }
    kernel_make(d, &d->kernel);
    struct replay r = { .d = d, .recovers = true, .kernel = d->kernel, .last_ts = INT64_MIN };
    seen_reset(sim);
    for (uint32_t i = 0; i < sim->truth.assignment_count; i++)
        sim->truth.assignments[i].is_taken = false;
    replay_all(&r);
    uint64_t hash = kernel_effects_hash(d->kernel);
    /* The commit under way is there whole, or not at all. A restart's own record stands before the
     * event it made room for, which leaves no trace when nothing follows from it. */
    bool is_one = r.sequence == d->attempted.sequence ? hash == d->attempted.effects_hash
                  : r.sequence == d->durable.sequence ? hash == d->durable.effects_hash
                                                      : r.sequence + 1 == d->durable.sequence ||
                                                            r.sequence + 1 == d->attempted.sequence;
    SIM_CHECK(sim, RECOVERY_EXACT, is_one,
              "after event %llu the state is another than before the crash",
              (unsigned long long)r.sequence);
    if (d->snapped.sequence > r.sequence)
        d->snapped.sequence = 0; /* of events that were never durable */
    d->sequence = r.sequence;
    d->next_tape = r.next_tape;
    d->last_ts = r.last_ts;
    d->durable = d->attempted = (struct mark){ r.sequence, hash };
    arm_crash(d);
    if (sim->has_failed)
        return;
    /* Numbers of orders that never became durable are given again. */
    for (uint64_t id = 0; id <= sim->truth.order_high; id++) {
        const struct order_state *o = order_set_find(kernel_orders(d->kernel), id);
        struct truth_order *t = &sim->truth.orders[id];
        t->known = t->known && (o || t->submitted);
        t->last = o ? order_state_status(o) : t->last;
    }
    for (const struct order_state *o = order_set_first_open(kernel_orders(d->kernel)); o;
         o = order_set_next(kernel_orders(d->kernel), o)) {
        if (!order_status_is_sent(o->phase))
            continue;
        if (!sim->truth.orders[o->id]
                 .submitted) { /* the machine stopped between the disk and the wire */
            sim->truth.orders[o->id].submitted = true;
            truth_keep_terms(sim, o);
        }
        gateway_resume(sim->gateway, o, sim->now_ns);
    }
    if (reached > 0)
        catch_up(d, reached - 1);
}

/* Money, lots and owners of every trade are those of the desk that went through it all. */
static void check_same_trades(struct desk *d, struct kernel *other)
{
    size_t slots, again;
    const struct trade *a = kernel_trades(d->kernel, &slots), *b = kernel_trades(other, &again);
    SIM_CHECK(d->sim, RECOVERY_EXACT,
              slots == again && kernel_equity(d->kernel) == kernel_equity(other) &&
                  kernel_state(d->kernel) == kernel_state(other),
              "the journal and its tape lead to another account");
    for (size_t i = 0; i < slots && !d->sim->has_failed; i++) {
        bool same = a[i].state == b[i].state &&
                    (a[i].state == TRADE_FREE ||
                     (a[i].id == b[i].id && a[i].host == b[i].host && a[i].flows == b[i].flows &&
                      a[i].value == b[i].value && a[i].costs == b[i].costs &&
                      a[i].leg_count == b[i].leg_count));
        for (int j = 0; same && a[i].state != TRADE_FREE && j < a[i].leg_count; j++)
            same = a[i].legs[j].quantity == b[i].legs[j].quantity &&
                   a[i].legs[j].mark == b[i].legs[j].mark;
        SIM_CHECK(d->sim, RECOVERY_EXACT, same,
                  "the journal and its tape lead to another trade in place %zu", i);
    }
}

/* From the snapshot on it is the same again. */
static void check_snapshot(struct desk *d)
{
    if (!d->snapped.sequence || d->sim->has_failed)
        return;
    struct replay r = { .d = d,
                        .sequence = d->snapped.sequence,
                        .next_tape = d->snapped_tape,
                        .last_ts = d->snapped_ts };
    kernel_make(d, &r.kernel);
    if (kernel_snapshot_read(r.kernel, (const uint8_t *)d->snapshot.ptr, d->snapshot.len,
                             d->sim->strategy_list, d->sim->strategy_count)) {
        sim_fail(d->sim, RECOVERY_EXACT, "a snapshot cannot be read: %s", err_detail());
        return;
    }
    replay_all(&r);
    replay_tape(&r, d->sequence);
    SIM_CHECK(d->sim, RECOVERY_EXACT,
              d->sim->has_failed || kernel_effects_hash(r.kernel) == kernel_effects_hash(d->kernel),
              "from the snapshot after event %llu the journal leads to other effects",
              (unsigned long long)d->snapped.sequence);
    if (!d->sim->has_failed)
        check_same_trades(d, r.kernel);
}

void desk_finish(struct desk *d)
{
    struct replay r = { .d = d, .last_ts = INT64_MIN };
    kernel_make(d, &r.kernel);
    replay_all(&r);
    replay_tape(&r, d->sequence); /* what came after the last record */
    if (d->sim->has_failed)
        return;
    SIM_CHECK(d->sim, RECOVERY_EXACT,
              kernel_effects_hash(r.kernel) == kernel_effects_hash(d->kernel),
              "the journal and its tape lead to other effects");
    size_t bytes, again;
    const void *image = order_set_image(kernel_orders(d->kernel), &bytes);
    const void *copy = order_set_image(kernel_orders(r.kernel), &again);
    SIM_CHECK(d->sim, RECOVERY_EXACT, bytes == again && !memcmp(image, copy, bytes),
              "the journal and its tape lead to other orders");
    check_same_trades(d, r.kernel);
    check_snapshot(d);
}
