#include "services/desk/desk.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/zone.h"
#include "services/desk/desk_int.h"

/* ---- one event ------------------------------------------------------------------------------- */

static void note_changed(struct desk *desk, uint32_t market, uint32_t contract)
{
    uint32_t place = contract == QUOTE_UNDERLYING ? 0 : contract + 1;
    uint32_t *at = &desk->changed_at[market][place];
    if (*at == desk->changed_round || desk->changed_all)
        return;
    if (desk->changed_count == CHANGED_MAX) {
        desk->changed_all = true;
        return;
    }
    *at = desk->changed_round;
    desk->changed[desk->changed_count++] = (struct desk_changed){ market, contract };
}

static void watch_market(struct desk *desk, const struct event *event)
{
    if (event->kind == EVENT_QUOTE) {
        note_changed(desk, event->underlying, event->of.quote.contract);
    } else if (event->kind == EVENT_MARKET) {
        const struct quote_rows *rows = &event->of.market.rows;
        note_changed(desk, event->underlying, QUOTE_UNDERLYING);
        for (uint32_t i = 0; i < rows->count; i++)
            note_changed(desk, event->underlying, rows->contract[i]);
    } else if (event->kind == EVENT_SESSION) {
        desk->changed_all = true;
    }
}

/* What the desk itself wants to know of an event. */
static void look_at(struct desk *desk, const struct event *event)
{
    desk->sequence = event->sequence;
    desk->now_ns = event->ts_ns;
    desk->events++;
    desk->is_replayed = desk->is_catching_up;
    if (event->kind == EVENT_SESSION) {
        desk->day = event->of.session.day;
        desk->open_ns = event->of.session.open_ns;
        desk->close_ns = event->of.session.close_ns;
    }
    if (desk->changed)
        watch_market(desk, event);
}

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

/* What the market brought is kept where recovery reads it again. */
static enum err to_tape(struct desk *desk, const struct event *event)
{
    bool is_market =
        event->kind != EVENT_REPORT && event->kind != EVENT_COMMAND && event->kind != EVENT_TIMER;
    return is_market && desk->feed.ops->took ? desk->feed.ops->took(desk->feed.self, event)
                                             : ERR_OK;
}

/* Records of the calendar may wait for the next commit: nothing follows from them yet. */
static bool must_be_durable(const struct event *event, size_t effects)
{
    return effects || event->kind == EVENT_REPORT || event->kind == EVENT_COMMAND ||
           event->kind == EVENT_ASSIGN;
}

/* The event, then what came of it, in one commit. Only then may the runner ask the venue. */
static enum err on_stepped(void *context, const struct event *event, const struct effect *effects,
                           size_t count)
{
    struct desk *desk = context;
    look_at(desk, event);
    enum err err = to_tape(desk, event);
    struct entry record;
    /* By the second a level is market data like any other. */
    bool is_kept = entry_of_event(&record, event) &&
                   (event->kind != EVENT_LEVEL || desk->begin.feed == DESK_STORED);
    if (is_kept && event->kind == EVENT_COMMAND && event->of.command.strategy)
        record.enlisted = desk->texts[desk->strategy_count];
    if (!err && is_kept)
        err = desk_emit(desk, &record);
    if (!err)
        err = emit_effects(desk, effects, count);
    if (!err && desk->options.use == DESK_RUN && must_be_durable(event, count) &&
        !desk->is_gathering)
        err = desk_commit(desk);
    if (kernel_strategy_count(desk->kernel) > desk->strategy_count)
        desk->strategies[desk->strategy_count++] = event->of.command.strategy;
    if (!err && event->kind == EVENT_COMMAND)
        answer_of_step(desk, event, effects, count);
    return err || !desk->back ? err : desk_back_stepped(desk);
}

static void on_effect(void *context, const struct effect *effect)
{
    const struct desk *desk = context;
    if (desk->options.left && !desk->is_replayed)
        desk->options.left(desk->options.context, effect);
}

static enum err on_after(UNUSED void *context, UNUSED const struct event *event)
{
    return ERR_OK;
}

enum err desk_take(struct desk *desk, struct event *event)
{
    if (event->kind == EVENT_COMMAND)
        desk->commands++;
    return runner_take(&desk->runner, event);
}

/* ---- commands and timers that the journal has ------------------------------------------------ */

/* Taken when its turn has come: the numbers say whether it was before the feed's next event or
 * after. */
static enum err take_injected(struct desk *desk, int64_t feed_ns, bool *took)
{
    while (desk->injected_next < desk->injected_count &&
           desk->injected[desk->injected_next].sequence <= desk->sequence)
        desk->injected_next++;
    if (desk->injected_next == desk->injected_count)
        return ERR_OK;
    const struct injected *in = &desk->injected[desk->injected_next];
    if (in->ts_ns > feed_ns)
        return ERR_OK;
    enum err err = runner_until(&desk->runner, in->ts_ns);
    if (err || in->sequence != desk->sequence + 1 || !desk->is_catching_up ||
        desk->expected.record != in->record)
        return err;
    struct entry record;
    err = desk_read_expected(desk, &record);
    if (err)
        return err;
    struct event event = record.of.event;
    event.kind = record.kind == ENTRY_TIMER ? EVENT_TIMER : EVENT_COMMAND;
    event.ts_ns = in->ts_ns;
    if (event.kind == EVENT_COMMAND && event.of.command.kind == COMMAND_ENLIST) {
        uint32_t at = desk->strategy_count;
        err = desk_parse_strategy(desk, record.enlisted.name, str_from(record.enlisted.text),
                                  &event.of.command.strategy, &desk->texts[at]);
        if (err)
            return err_add(err, "a strategy in the journal");
    }
    desk->injected_next++;
    *took = true;
    return desk_take(desk, &event);
}

/* The next moment of the session at which time is told; INT64_MAX: none. */
static int64_t next_timer(const struct desk *desk)
{
    int64_t every = desk->begin.timer_ns;
    if (every <= 0 || desk->now_ns < desk->open_ns || !desk->open_ns)
        return INT64_MAX;
    int64_t at = desk->open_ns + ((desk->now_ns - desk->open_ns) / every + 1) * every;
    return at < desk->close_ns ? at : INT64_MAX;
}

static enum err take_timer(struct desk *desk, int64_t ts_ns)
{
    struct event event = { .ts_ns = ts_ns, .kind = EVENT_TIMER };
    event.of.timer.wall_ns = ts_ns; /* a simulated market's own clock does not jump */
    if (desk->feed.ops->is_wall && desk->feed.ops->is_wall(desk->feed.self)) {
        event.of.timer.wall_ns = clock_wall_ns();
        event.of.timer.steady_ns = clock_steady_ns();
    }
    return desk_take(desk, &event);
}

/* ---- the session ----------------------------------------------------------------------------- */

/* A command that is asked for by a callback: of `ironfly paper --listen`, and of tests. */
static enum err take_called(struct desk *desk)
{
    const struct desk_options *o = &desk->options;
    while (o->command && !desk->is_catching_up && o->use == DESK_RUN) {
        struct event event = { .ts_ns = desk->now_ns, .kind = EVENT_COMMAND };
        if (!o->command(o->context, desk->now_ns, desk->commands, &event.of.command))
            break;
        enum err err = desk_take(desk, &event);
        if (err)
            return err;
    }
    return ERR_OK;
}

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
    desk->wants_snapshot = true;
    return err || desk->options.use == DESK_REPLAY ? err : desk_commit(desk);
}

static enum err take_event(struct desk *desk, struct event *event)
{
    int32_t day = event->kind == EVENT_DAY_END && event->underlying == 0
                      ? kernel_book(desk->kernel, event->underlying)->day
                      : 0;
    enum err err = desk_take(desk, event);
    if (!err && day)
        err = check_day(desk, day);
    return err;
}

static enum err refuse_short_data(const struct desk *desk)
{
    return err_set(
        ERR_CORRUPT,
        "the data ended before the journal did: record %llu is of event %llu, the data of %s ends with %llu",
        (unsigned long long)desk->expected.record, (unsigned long long)desk->expected.sequence,
        desk->begin.store, (unsigned long long)desk->sequence);
}

/* Take the one thing that is next, if it is due. */
enum err desk_advance(struct desk *desk, int64_t market_ns, bool *took)
{
    int64_t feed_ns;
    *took = false;
    if (!desk->is_catching_up && !desk->is_listening && desk->options.use == DESK_RUN) {
        desk->is_listening = true;
        if (desk->feed.ops->caught_up)
            desk->feed.ops->caught_up(desk->feed.self);
        enum err differs = desk_reconcile(desk);
        if (differs)
            return differs;
    }
    enum err err = desk->feed.ops->next_ns(desk->feed.self, &feed_ns);
    if (!err && desk->is_catching_up) {
        err = take_injected(desk, feed_ns, took);
    } else if (!err && desk->options.use == DESK_RUN) {
        int64_t timer_ns = next_timer(desk);
        *took = (timer_ns <= feed_ns || feed_ns == INT64_MIN) && timer_ns <= market_ns &&
                timer_ns != INT64_MAX;
        if (*took)
            err = take_timer(desk, timer_ns);
    }
    if (err || *took)
        return err;
    if (feed_ns == INT64_MAX) {
        desk->is_over = true;
        return desk->is_catching_up ? refuse_short_data(desk) : ERR_OK;
    }
    if (feed_ns == INT64_MIN || (feed_ns > market_ns && !desk->is_catching_up))
        return ERR_OK; /* of a line nothing is known ahead */
    struct event event;
    err = desk->feed.ops->next(desk->feed.self, &event, took);
    if (!err && *took)
        err = take_event(desk, &event);
    if (!err)
        err = take_called(desk);
    return err ? err : desk_snapshot_due(desk);
}

/* ---- the clock ------------------------------------------------------------------------------- */

static void anchor(struct desk *desk, int64_t data_ns, int64_t now_ns)
{
    desk->pace_data_ns = data_ns;
    desk->pace_wall_ns = now_ns;
}

/*
 * What time it is in the market, at the pace asked for. Nights and weekends are not waited out;
 * and who fell behind by more than two seconds (the machine slept, or the pace is beyond it) does
 * not hurry after.
 */
int64_t desk_market_now(struct desk *desk, int64_t now_ns, int64_t next_ns)
{
    static const int64_t NIGHT = NANOS_PER_HOUR, LATE = 2 * NANOS_PER_SECOND;
    if (!(desk->speed > 0))
        return INT64_MAX;
    if (next_ns == INT64_MAX || next_ns == INT64_MIN)
        return next_ns;
    if (!desk->pace_wall_ns || next_ns - desk->now_ns > NIGHT)
        anchor(desk, next_ns, now_ns);
    int64_t market =
        desk->pace_data_ns + (int64_t)((double)(now_ns - desk->pace_wall_ns) * desk->speed);
    if ((double)(market - next_ns) > (double)LATE * desk->speed) {
        anchor(desk, next_ns, now_ns);
        market = next_ns;
    }
    return market;
}

int64_t desk_wait_for(const struct desk *desk, int64_t market_ns, int64_t next_ns)
{
    if (next_ns == INT64_MAX)
        return INT64_MAX;
    if (!(desk->speed > 0) || next_ns <= market_ns)
        return 0;
    return (int64_t)((double)(next_ns - market_ns) / desk->speed) + 1;
}

/* ---- steps ----------------------------------------------------------------------------------- */

const char *desk_phase_name(enum desk_phase phase)
{
    static const char *const names[] = { "catching_up", "waiting", "trading", "stalled", "over" };
    MUST((unsigned)phase < ARRAY_COUNT(names));
    return names[phase];
}

void desk_set_phase(struct desk *desk, enum desk_phase phase)
{
    atomic_store(&desk->phase, (int)phase);
}

static enum desk_phase phase_of(const struct desk *desk)
{
    if (desk->is_catching_up)
        return DESK_CATCHING_UP;
    if (desk->is_over)
        return DESK_OVER;
    return desk->open_ns && desk->now_ns >= desk->open_ns && desk->now_ns < desk->close_ns
               ? DESK_TRADING
               : DESK_WAITING;
}

void desk_look(struct desk *desk, struct desk_view *out)
{
    *out = (struct desk_view){ .kernel = desk->kernel,
                               .phase = phase_of(desk),
                               .now_ns = desk->now_ns,
                               .day = desk->day,
                               .sequence = desk->sequence,
                               .journal = journal_durable(desk->journal),
                               .speed = desk->speed,
                               .commands = desk->commands,
                               .events = desk->events,
                               .changed = desk->changed,
                               .changed_count = desk->changed_count,
                               .is_all = desk->changed_all };
}

static void tell_stepped(struct desk *desk)
{
    const struct desk_watch *w = &desk->options.watch;
    struct desk_view view;
    if (!w->stepped)
        return;
    desk_look(desk, &view);
    w->stepped(w->context, &view);
    desk->changed_count = 0;
    desk->changed_all = false;
    desk->changed_round++;
}

static enum err fail(struct desk *desk, enum err err)
{
    desk->failed = err;
    snprintf(desk->why, sizeof desk->why, "%s", err_detail());
    return err;
}

static enum err step(struct desk *desk, int64_t now_ns, int64_t *wait_ns)
{
    enum { EVENTS_A_STEP = 4096 };
    const struct desk_feed_ops *feed = desk->feed.ops;
    bool is_wall = feed->is_wall && desk->is_listening && feed->is_wall(desk->feed.self);
    int64_t next_ns = INT64_MAX, market_ns = INT64_MAX;
    bool took = true, any = false;
    enum err err = inbox_drain(desk);
    for (int i = 0; !err && took && i < EVENTS_A_STEP; i++) {
        if (is_wall)
            err = feed->poll(desk->feed.self, clock_wall_ns());
        if (!err)
            err = feed->next_ns(desk->feed.self, &next_ns);
        if (err)
            break;
        market_ns = is_wall ? clock_wall_ns() : desk_market_now(desk, now_ns, next_ns);
        err = desk_advance(desk, market_ns, &took);
        any |= took;
    }
    if (!err)
        err = desk_commit(desk);
    if (any && !err)
        tell_stepped(desk);
    int64_t timer_ns = next_timer(desk);
    static const int64_t LINE_NS = 1000000; /* how long a line is left alone */
    *wait_ns = took      ? 0
               : is_wall ? LINE_NS
                         : desk_wait_for(desk, market_ns, timer_ns < next_ns ? timer_ns : next_ns);
    desk_set_phase(desk, phase_of(desk));
    return err;
}

enum err desk_step(struct desk *desk, int64_t now_ns, int64_t *wait_ns)
{
    *wait_ns = INT64_MAX;
    if (atomic_load(&desk->is_stopping))
        return err_set(ERR_CANCELLED, "the desk was asked to stop");
    if (desk->failed)
        return err_set(desk->failed, "%s", desk->why);
    double speed = atomic_load(&desk->speed_asked);
    if (speed != desk->speed) {
        desk->speed = speed;
        desk->pace_wall_ns = 0;
    }
    enum err err = step(desk, now_ns, wait_ns);
    return err && err != ERR_FULL ? fail(desk, err) : err;
}

/* ---- opening and closing --------------------------------------------------------------------- */

static void open_watch(struct desk *desk)
{
    if (!desk->options.watch.stepped)
        return;
    desk->changed = arena_array(&desk->arena, struct desk_changed, CHANGED_MAX);
    desk->changed_round = 1;
    desk->changed_all = true;
    for (uint32_t i = 0; i < desk->market_count; i++)
        desk->changed_at[i] = arena_array(&desk->arena, uint32_t, desk->feed.contracts_max + 1);
}

enum err desk_open_all(struct desk *desk)
{
    enum err err = zone_init();
    if (!err)
        err = inbox_open(desk);
    if (!err && desk->options.use == DESK_RUN)
        err = desk_describe(desk);
    if (!err)
        err = desk_open_journal(desk);
    if (!err)
        err = desk_open_run(desk);
    if (err)
        return err;
    open_watch(desk);
    desk->watch = (struct runner_watch){
        .context = desk, .effect = on_effect, .stepped = on_stepped, .after = on_after
    };
    desk->runner =
        (struct runner){ .kernel = desk->kernel, .venue = &desk->venue, .watch = &desk->watch };
    return desk->options.use == DESK_REPLAY && !desk->until ? desk_checked_open(desk)
                                                            : desk_recover(desk);
}

struct desk *desk_make(const struct desk_options *options)
{
    struct desk *desk = mem_alloc(sizeof *desk);
    desk->options = *options;
    desk->trouble = "";
    arena_init(&desk->arena, "desk", 1 << 20);
    arena_init(&desk->step, "step", 1 << 16);
    desk->strategies = arena_array(&desk->arena, const struct strategy *, DESK_STRATEGIES_MAX + 1);
    desk->texts = arena_array(&desk->arena, struct entry_strategy, DESK_STRATEGIES_MAX + 1);
    desk->answers = mem_alloc(sizeof *desk->answers);
    desk->speed = options->speed;
    atomic_store(&desk->speed_asked, options->speed);
    desk->options.journal = arena_strdup(&desk->arena, options->journal);
    return desk;
}

enum err desk_open(struct desk **out, const struct desk_options *options)
{
    struct desk *desk = *out = desk_make(options);
    enum err err = desk_open_all(desk);
    for (bool took; !err && desk->is_catching_up;)
        err = desk_advance(desk, INT64_MAX, &took);
    if (err) {
        desk_close(desk);
        *out = NULL;
        return err;
    }
    desk_set_phase(desk, phase_of(desk));
    return ERR_OK;
}

void desk_stop(struct desk *desk)
{
    atomic_store(&desk->is_stopping, true);
    desk_wake(desk);
}

void desk_close(struct desk *desk)
{
    if (!desk)
        return;
    atomic_store(&desk->is_stopping, true);
    inbox_close(desk);
    desk_close_run(desk);
    journal_close(desk->journal);
    buf_free(&desk->bytes);
    buf_free(&desk->told);
    mem_free(desk->untold);
    mem_free(desk->injected);
    desk_checked_close(desk);
    mem_free(desk->answers);
    arena_clear(&desk->step);
    arena_clear(&desk->arena);
    mem_free(desk);
}

const char *desk_trouble(const struct desk *desk)
{
    return desk->trouble;
}

const struct entry_begin *desk_begin(const struct desk *desk)
{
    return &desk->begin;
}

const struct live *desk_sources(const struct desk *desk)
{
    return desk->feed.ops->sources ? desk->feed.ops->sources(desk->feed.self) : NULL;
}

void desk_set_speed(struct desk *desk, double speed)
{
    atomic_store(&desk->speed_asked, speed);
    desk_wake(desk);
}
