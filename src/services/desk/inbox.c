/* What other threads ask: a bounded ring of requests, answered by the desk's thread between two
 * steps. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/zone.h"
#include "services/desk/desk_int.h"

enum { GATHER_MAX = 64 };
enum asking { ASK_COMMAND, ASK_PREVIEW, ASK_READ };

/* Belongs to whoever asked and to the desk, until both have let go. */
struct request {
    atomic_int holders;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done, is_given_up; /* under the lock */
    enum asking kind;
    enum err err;
    char why[DESK_TEXT_BYTES];
    struct desk_command command;
    struct buf name, text; /* of a strategy: a copy */
    struct desk_answer answer;
    struct preview_order order;
    struct order_preview *preview;
    void (*read)(void *context, const struct desk_view *view);
    void *context;
};

/* ---- who is there ---------------------------------------------------------------------------- */

enum err inbox_open(struct desk *desk)
{
    desk->wake[0] = desk->wake[1] = -1;
    ring_many_init(&desk->inbox, &desk->arena, INBOX_ROOM, sizeof(struct request *));
    if (pipe2(desk->wake, O_CLOEXEC | O_NONBLOCK))
        return err_set(ERR_IO, "a pipe to wake the desk by: %s", strerror(errno));
    return ERR_OK;
}

void desk_wake(struct desk *desk)
{
    /* A full pipe wakes just as well. */
    if (desk->wake[1] >= 0 && write(desk->wake[1], "", 1) < 0)
        return;
}

void desk_wait(struct desk *desk, int64_t wait_ns)
{
    int64_t most = wait_ns < NANOS_PER_SECOND ? wait_ns : NANOS_PER_SECOND;
    struct timespec pause = { most / NANOS_PER_SECOND, most % NANOS_PER_SECOND };
    struct pollfd fd = { .fd = desk->wake[0], .events = POLLIN };
    char bytes[64];
    if (most > 0 && ppoll(&fd, 1, &pause, NULL) > 0)
        while (read(desk->wake[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes) {
        }
}

static void let_go(struct request *r)
{
    if (atomic_fetch_sub(&r->holders, 1) > 1)
        return;
    pthread_cond_destroy(&r->done);
    pthread_mutex_destroy(&r->lock);
    buf_free(&r->name);
    buf_free(&r->text);
    mem_free(r);
}

static void finish(struct request *r, enum err err, const char *why)
{
    pthread_mutex_lock(&r->lock);
    r->err = err;
    snprintf(r->why, sizeof r->why, "%s", why);
    r->is_done = true;
    pthread_cond_signal(&r->done);
    pthread_mutex_unlock(&r->lock);
    let_go(r);
}

void inbox_close(struct desk *desk)
{
    struct request *r;
    while (desk->inbox.elements && ring_many_pop(&desk->inbox, &r))
        finish(r, ERR_CANCELLED, "the desk stops");
    for (int i = 0; i < 2; i++)
        if (desk->wake[i] > 0)
            close(desk->wake[i]);
    desk->wake[0] = desk->wake[1] = -1;
}

/* ---- answers that are kept ------------------------------------------------------------------- */

static uint64_t hash_bytes(struct str bytes)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (uint8_t)bytes.ptr[i]) * UINT64_C(0x100000001b3);
    return hash ? hash : 1;
}

static uint64_t hash_client(const char *client)
{
    return hash_bytes(str_from(client));
}

/* Of what it asks for, as the journal has it: a replay comes to the same. Who asks, and as what,
 * may have changed when it is asked again. */
static uint64_t hash_asked(struct desk *desk, const struct event_command *command)
{
    struct entry record = { .kind = ENTRY_COMMAND };
    struct event_command *c = &record.of.event.of.command;
    *c = *command;
    c->role = BY_AGENT;
    memset(c->who, 0, sizeof c->who);
    memset(c->client, 0, sizeof c->client);
    if (c->kind == COMMAND_ENLIST) /* its text is not with the event */
        return 0;
    buf_clear(&desk->bytes);
    entry_write(&desk->bytes, &record);
    return hash_bytes(buf_str(&desk->bytes));
}

const struct desk_answer *answer_find(const struct answers *a, const char *client)
{
    uint64_t hash = hash_client(client);
    for (size_t i = 0; i < DESK_ANSWERS_KEPT; i++)
        if (a->hash[i] == hash && strcmp(a->client[i], client) == 0)
            return &a->answer[i];
    return NULL;
}

void answer_keep(struct answers *a, const char *client, const struct desk_answer *answer)
{
    uint32_t at = a->next;
    a->next = (at + 1) % DESK_ANSWERS_KEPT;
    a->hash[at] = hash_client(client);
    snprintf(a->client[at], sizeof a->client[at], "%s", client);
    a->answer[at] = *answer;
}

/* A note that says no. */
static bool is_refusal(enum note_id id)
{
    return id == NOTE_COMMAND || id == NOTE_GATE || id == NOTE_NO_ROOM;
}

static void take_effect(struct desk_answer *out, const struct effect *effect, bool *left,
                        bool *refused)
{
    switch (effect->kind) {
    case EFFECT_SUBMIT:
    case EFFECT_REPLACE:
    case EFFECT_CANCEL:
    case EFFECT_ORDER: {
        const struct order_state *o = effect->of.order.state;
        *left |= effect->kind != EFFECT_ORDER || effect->of.order.to == ORDER_AWAITING_SIGNATURE;
        if (!out->order_id || out->order_id == o->id) {
            out->order_id = o->id;
            out->trade_id = o->terms.trade_id;
            out->status = order_state_status(o);
        }
        break;
    }
    case EFFECT_STAGE: /* of an order that was told already */
        break;
    case EFFECT_NOTE:
        if (is_refusal(effect->of.note.id) && !*refused) {
            *refused = true;
            snprintf(out->text, sizeof out->text, "%s", effect->of.note.text);
        }
        break;
    case EFFECT_CLOSED:
        break;
    }
}

void answer_of_step(struct desk *desk, const struct event *event, const struct effect *effects,
                    size_t count)
{
    const struct event_command *c = &event->of.command;
    struct desk_answer answer = { .sequence = event->sequence,
                                  .order_id = c->order_id,
                                  .trade_id = c->trade_id };
    bool left = false, refused = false;
    if (c->kind == COMMAND_ENLIST)
        answer.host = kernel_strategy_count(desk->kernel) - 1;
    for (size_t i = 0; i < count; i++)
        take_effect(&answer, &effects[i], &left, &refused);
    if (refused && !left)
        answer.err = ERR_REFUSED;
    else
        answer.text[0] = '\0';
    if (c->client[0]) {
        answer.asked = hash_asked(desk, c);
        answer_keep(desk->answers, c->client, &answer);
    }
    desk->answer = answer;
}

/* ---- taking ---------------------------------------------------------------------------------- */

static enum err find_market(const struct desk *desk, struct order_terms *terms)
{
    terms->underlying[sizeof terms->underlying - 1] = '\0';
    terms->underlying_index = kernel_market_find(desk->kernel, terms->underlying);
    return terms->underlying_index == UINT32_MAX
               ? err_set(ERR_NOT_FOUND, "%s is no market of this desk, which has %s",
                         terms->underlying, desk->begin.symbols)
               : ERR_OK;
}

static enum err prepare(struct desk *desk, struct request *r, struct event_command *out)
{
    struct desk_command *c = &r->command;
    *out = c->command;
    snprintf(out->client, sizeof out->client, "%s", c->client_id);
    out->terms = NULL;
    out->edit = NULL;
    out->exits = NULL;
    out->strategy = NULL;
    if ((unsigned)out->kind >= COMMAND_KIND_COUNT || (unsigned)out->role > BY_OWNER)
        return err_set(ERR_RANGE, "there is no such command, or role");
    if (c->has_terms) {
        enum err err = find_market(desk, &c->terms);
        if (err)
            return err;
        out->terms = &c->terms;
    }
    if (c->has_edit)
        out->edit = &c->edit;
    if (c->has_exits)
        out->exits = &c->exits;
    if (out->kind == COMMAND_REPLACE && !c->has_edit)
        return err_set(ERR_USAGE, "a replace needs what is to be instead");
    if (out->kind != COMMAND_ENLIST)
        return ERR_OK;
    if (!r->text.len)
        return err_set(ERR_USAGE, "no strategy is given");
    if (desk->strategy_count == DESK_STRATEGIES_MAX)
        return err_set(ERR_FULL, "a desk holds %d strategies", DESK_STRATEGIES_MAX);
    return desk_parse_strategy(desk, r->name.ptr ? r->name.ptr : "", buf_str(&r->text),
                               &out->strategy, &desk->texts[desk->strategy_count]);
}

/* What its client id was answered already, when that was for the same. */
static void answer_again(struct desk *desk, struct request *r, const struct desk_answer *before)
{
    struct event_command now;
    r->answer = *before;
    r->answer.is_repeat = true;
    if (!prepare(desk, r, &now) && hash_asked(desk, &now) == before->asked)
        return;
    r->answer.err = ERR_EXISTS;
    snprintf(r->answer.text, sizeof r->answer.text,
             "the id \"%s\" was used to ask for something else", r->command.client_id);
}

/* *waits: its answer waits for the commit; else it has been answered. */
static enum err take_command(struct desk *desk, struct request *r, bool *waits)
{
    *waits = false;
    const struct desk_answer *before =
        r->command.client_id[0] ? answer_find(desk->answers, r->command.client_id) : NULL;
    if (before) {
        answer_again(desk, r, before);
        *waits = true; /* the first of them may have come just now */
        return ERR_OK;
    }
    struct event event = { .kind = EVENT_COMMAND };
    enum err err = prepare(desk, r, &event.of.command);
    if (err) {
        r->answer = (struct desk_answer){ .err = err };
        snprintf(r->answer.text, sizeof r->answer.text, "%s", err_detail());
        finish(r, err, err_detail());
        return ERR_OK;
    }
    event.ts_ns = desk->now_ns;
    err = desk_take(desk, &event);
    if (err) {
        finish(r, err, err_detail());
        return err;
    }
    r->answer = desk->answer;
    *waits = true;
    return ERR_OK;
}

/* The one who asked may have gone away, and what is written to with him: his lock is held
 * meanwhile. */
static void take_question(struct desk *desk, struct request *r)
{
    enum err err = ERR_OK;
    pthread_mutex_lock(&r->lock);
    if (!r->is_given_up && r->kind == ASK_READ) {
        struct desk_view view;
        desk_look(desk, &view);
        view.changed_count = 0;
        view.is_all = true;
        r->read(r->context, &view);
    } else if (!r->is_given_up) {
        err = desk_make_preview(desk, &r->order, r->preview);
    }
    pthread_mutex_unlock(&r->lock);
    finish(r, err, err ? err_detail() : "");
}

/*
 * Commands that came together are one commit: at hundreds a second the disk is what takes time.
 * The simulated venue lives in this process and is replayed along, so nothing outside knows of
 * them before they are durable; whoever wants each effect as it leaves (options.left) gets a
 * commit for each.
 */
enum err inbox_drain(struct desk *desk)
{
    struct request *r, *waiting[GATHER_MAX];
    size_t count = 0;
    enum err err = ERR_OK;
    desk->is_gathering = !desk->options.left;
    for (int i = 0; !err && count < GATHER_MAX && i < INBOX_ROOM && ring_many_pop(&desk->inbox, &r);
         i++) {
        bool waits = false;
        if (r->kind == ASK_COMMAND)
            err = take_command(desk, r, &waits);
        else if ((err = desk_commit(desk)) == ERR_OK) /* nobody is shown what may yet be lost */
            take_question(desk, r);
        else
            finish(r, err, err_detail());
        if (waits)
            waiting[count++] = r;
    }
    desk->is_gathering = false;
    if (!err && count)
        err = desk_commit(desk);
    for (size_t i = 0; i < count; i++)
        finish(waiting[i], err ? err : waiting[i]->answer.err,
               err ? err_detail() : waiting[i]->answer.text);
    return err;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static struct request *make_request(enum asking kind)
{
    struct request *r = mem_alloc(sizeof *r);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->done, &attr);
    pthread_condattr_destroy(&attr);
    atomic_init(&r->holders, 2);
    r->kind = kind;
    return r;
}

/* The asker lets go of r afterwards. */
static enum err ask(struct desk *desk, struct request *r, int64_t patience_ns)
{
    if (atomic_load(&desk->is_stopping)) {
        let_go(r);
        return err_set(ERR_CANCELLED, "the desk stops");
    }
    if (!ring_many_push(&desk->inbox, &r)) {
        let_go(r);
        return err_set(ERR_FULL, "the desk's inbox is full: %d requests wait", INBOX_ROOM);
    }
    desk_wake(desk);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + patience_ns % NANOS_PER_SECOND;
    until.tv_sec += patience_ns / NANOS_PER_SECOND + ns / NANOS_PER_SECOND;
    until.tv_nsec = ns % NANOS_PER_SECOND;
    pthread_mutex_lock(&r->lock);
    int late = 0;
    while (!r->is_done && !late)
        late = pthread_cond_timedwait(&r->done, &r->lock, &until);
    r->is_given_up = !r->is_done;
    bool is_done = r->is_done;
    pthread_mutex_unlock(&r->lock);
    if (!is_done)
        return err_set(ERR_CANCELLED, "the desk did not answer in time; it may still do it");
    return r->err ? err_set(r->err, "%s", r->why) : ERR_OK;
}

enum err desk_command(struct desk *desk, const struct desk_command *command,
                      struct desk_answer *answer, int64_t patience_ns)
{
    struct request *r = make_request(ASK_COMMAND);
    r->command = *command;
    r->command.client_id[DESK_CLIENT_ID_BYTES - 1] = '\0';
    if (command->strategy_name)
        buf_puts(&r->name, command->strategy_name);
    if (command->strategy_text)
        buf_puts(&r->text, command->strategy_text);
    enum err err = ask(desk, r, patience_ns);
    *answer = err == ERR_CANCELLED || err == ERR_FULL ? (struct desk_answer){ 0 } : r->answer;
    answer->err = err;
    snprintf(answer->text, sizeof answer->text, "%s", err ? err_detail() : "");
    let_go(r);
    return err;
}

enum err desk_preview(struct desk *desk, const struct preview_order *order,
                      struct order_preview *out, int64_t patience_ns)
{
    struct request *r = make_request(ASK_PREVIEW);
    r->order = *order;
    r->preview = out;
    enum err err = ask(desk, r, patience_ns);
    let_go(r);
    return err;
}

enum err desk_read(struct desk *desk, void (*read)(void *context, const struct desk_view *view),
                   void *context, int64_t patience_ns)
{
    struct request *r = make_request(ASK_READ);
    r->read = read;
    r->context = context;
    enum err err = ask(desk, r, patience_ns);
    let_go(r);
    return err;
}
