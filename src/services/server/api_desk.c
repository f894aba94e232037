/* The live desk as a whole: its state and commands, strategies on it, what it says of accounts,
 * positions, underlyings. */
#include <stdio.h>
#include <stdlib.h>

#include "domain/strategy/strategy.h"
#include "services/server/desk_call.h"

/* ---- asking the desk ------------------------------------------------------------------------- */

static int no_desk(struct call *call)
{
    return problem(call, 503, "no_desk", "no desk runs in this server: start it with --feed sim");
}

int need_desk(struct call *call, struct desk **out)
{
    char why[DESK_TEXT_BYTES];
    bool is_recovering;
    if (!call->server->live)
        return no_desk(call);
    *out = live_desk_get(call->server->live, why, &is_recovering);
    if (*out)
        return 0;
    retry_after(call, 1);
    return problem(call, 503, is_recovering ? "recovering" : "desk_failed", "%s", why);
}

bool is_admin(const struct call *call)
{
    return call->who.permissions & PERMISSION_BIT(MAY_MANAGE_USERS);
}

struct event_command command_of(const struct call *call, enum command_kind kind, const char *why)
{
    struct event_command c = { .kind = kind, .role = is_admin(call) ? BY_OWNER : BY_TRADER };
    snprintf(c.who, sizeof c.who, "%s", call->who.user_id);
    snprintf(c.why, sizeof c.why, "%s", why ? why : "");
    return c;
}

/* A key that was used for something else. */
static int answer_mismatch(struct call *call, const struct desk_answer *answer)
{
    struct db_order row;
    if (answer->order_id && rows_reach(call->server, answer->sequence, ROWS_PATIENCE_NS) &&
        db_order_get(call->db, call->arena, (int64_t)answer->order_id, &row) == ERR_OK)
        return strcmp(row.owner, call->who.user_id) == 0
                   ? problem(
                         call, 422, "idempotency_mismatch",
                         "this Idempotency-Key belongs to order %llu, which was asked for with another body; "
                         "what is new needs a new key",
                         (unsigned long long)answer->order_id)
                   : problem(call, 409, "used", "this Idempotency-Key is somebody else's");
    return problem(
        call, 422, "idempotency_mismatch",
        "this Idempotency-Key was used with another body, of which no order came; what is new needs a new key");
}

/* The last event that anybody was answered about: lists wait until they tell of it. */
static void note_sequence(struct server *server, uint64_t sequence)
{
    unsigned long long before = atomic_load(&server->asked_sequence);
    while (before < sequence &&
           !atomic_compare_exchange_weak(&server->asked_sequence, &before, sequence))
        continue;
}

/* The desk says "cancel by ID could not be done": who asked knows who did, by another name. */
static void hide_asker(const struct call *call, char *text)
{
    char by[DB_ID_BYTES + 4];
    int len = snprintf(by, sizeof by, " by %s", call->who.user_id);
    char *at = strstr(text, by);
    if (at)
        memmove(at, at + len, strlen(at + len) + 1);
}

int ask_desk(struct call *call, const struct desk_command *command, struct desk_answer *answer)
{
    struct desk *desk;
    int status = need_desk(call, &desk);
    if (status)
        return status;
    *answer = (struct desk_answer){ .err = ERR_OK };
    enum err err = desk_command(desk, command, answer, ASK_PATIENCE_NS);
    note_sequence(call->server, answer->sequence);
    switch (err) {
    case ERR_OK:
        return 0;
    case ERR_FULL:
    case ERR_CANCELLED:
        retry_after(call, 1);
        return problem(
            call, 503, "desk_busy",
            "the desk has not answered: %s; what was asked may still be done, ask again with the same Idempotency-Key",
            err_detail());
    case ERR_REFUSED:
        hide_asker(call, answer->text);
        return problem(call, 422, "refused", "%s",
                       answer->text[0] ? answer->text : "the desk says no");
    case ERR_NOT_FOUND:
        return problem(call, 422, "not_found", "%s", err_detail());
    case ERR_EXISTS:
        return answer_mismatch(call, answer);
    default:
        return problem_of(call, err);
    }
}

bool rows_reach(struct server *server, uint64_t sequence, int64_t patience_ns)
{
    struct desk_rows *rows = server->live ? live_desk_rows(server->live) : NULL;
    return !rows || desk_rows_wait(rows, sequence, patience_ns);
}

void rows_catch_up(struct server *server)
{
    (void)!rows_reach(server, atomic_load(&server->asked_sequence), ROWS_PATIENCE_NS);
}

/* ---- state and commands ---------------------------------------------------------------------- */

int api_desk(struct call *call)
{
    if (!call->server->live)
        return no_desk(call);
    live_desk_write(call->server->live, &call->json);
    return 200;
}

int api_desk_command(struct call *call)
{
    static const struct {
        const char *word;
        enum command_kind kind;
    } words[] = { { "halt", COMMAND_HALT },
                  { "reduce", COMMAND_REDUCE },
                  { "resume", COMMAND_RESUME },
                  { "flatten", COMMAND_FLATTEN },
                  { "kill", COMMAND_KILL } };
    struct desk_command command = { 0 };
    struct desk_answer answer;
    struct str word = call_text(call->body, "command");
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        if (str_is(word, words[i].word))
            command.command = command_of(call, words[i].kind, call_text(call->body, "reason").ptr);
    int status = ask_desk(call, &command, &answer);
    if (status)
        return status;
    struct desk *desk;
    status = need_desk(call, &desk);
    if (status)
        return status;
    if (desk_read(desk, live_desk_refresh, call->server->live, ASK_PATIENCE_NS))
        log_warn("server", "the desk's state is shown as of before the command: %s", err_detail());
    return api_desk(call);
}

/* ---- what it says ---------------------------------------------------------------------------- */

static int answer_topic(struct call *call, enum topic topic, const char *prefix)
{
    struct desk *desk;
    int status = need_desk(call, &desk);
    if (status)
        return status;
    list_begin(call);
    hub_write_values(call->server->hub, topic, &call->who, prefix, &call->json);
    return list_end(call, NULL);
}

int api_positions(struct call *call)
{
    struct str by = call_text(call->query, "by");
    return answer_topic(call, TOPIC_POSITIONS, !by.ptr ? NULL : str_is(by, "trade") ? "t" : "c");
}

int api_account(struct call *call)
{
    return answer_topic(call, TOPIC_ACCOUNT, NULL);
}

int api_quotes(struct call *call)
{
    return answer_topic(call, TOPIC_QUOTES, NULL);
}

int api_armed(struct call *call)
{
    return answer_topic(call, TOPIC_STRATEGIES, NULL);
}

/* ---- strategies ------------------------------------------------------------------------------ */

/* In the answer, and in lists at once: who armed it looks there next. */
static void tell_armed(struct call *call, const struct desk_shot *shot, uint32_t host,
                       const struct db_desk_strategy *known)
{
    struct buf text = { 0 };
    struct json_writer json = { .out = &text };
    char key[16];
    snprintf(key, sizeof key, "s%u", host);
    live_write_strategy(&json, shot, host, known);
    hub_put(call->server->hub, TOPIC_STRATEGIES, key, "", buf_str(&text));
    json_raw(&call->json, buf_str(&text));
    buf_free(&text);
}

/* One on the desk, as it is right after the event at hand. */
static int answer_armed(struct call *call, uint32_t host, int status)
{
    struct desk *desk;
    int refused = need_desk(call, &desk);
    if (refused)
        return refused;
    if (desk_read(desk, live_desk_refresh, call->server->live, ASK_PATIENCE_NS))
        return problem(call, 503, "desk_busy",
                       "it is done, but the desk does not tell its state: %s", err_detail());
    rows_catch_up(call->server);
    struct desk_shot *shot = live_desk_shot(call->server->live);
    if (!shot || host >= shot->strategy_count) {
        mem_free(shot);
        return problem(call, 404, "not_found", "there is no such strategy on the desk");
    }
    struct db_desk_strategy *all, known = { .owner = call->who.user_id };
    size_t count;
    if (db_desk_strategy_list(call->db, call->arena, live_desk_id, SHOT_STRATEGIES, &all, &count) ==
        ERR_OK)
        for (size_t i = 0; i < count; i++)
            if (all[i].host == host)
                known = all[i];
    tell_armed(call, shot, host, &known);
    mem_free(shot);
    return status;
}

static enum err parse_strategy(struct call *call, const char *name, struct str text,
                               struct strategy_override *sets, size_t count, struct strategy *out)
{
    return text.ptr ? strategy_parse(out, call->arena, name, text, sets, count)
                    : strategy_load(out, call->arena, name, sets, count);
}

/* 0 when the strategy has all that are named; else what it has. */
static int check_parameters(struct call *call, const char *name, const struct strategy *s,
                            const json_t *asked)
{
    struct buf has = { 0 };
    const char *key, *stray = NULL;
    json_t *value;
    json_object_foreach ((json_t *)asked, key, value) {
        int i = 0;
        while (i < s->param_count && strcmp(s->params[i].name, key) != 0)
            i++;
        if (i == s->param_count && !stray)
            stray = key;
    }
    for (int i = 0; i < s->param_count; i++)
        buf_printf(&has, "%s%s", i ? ", " : "", s->params[i].name);
    int status = stray ? problem(call, 422, "parameter", "%s has no parameter \"%.64s\"; it has %s",
                                 name, stray, has.len ? has.ptr : "none")
                       : 0;
    buf_free(&has);
    return status;
}

/* The strategy that a body names, with its parameters, in canonical form. 0 to go on. */
static int read_strategy(struct call *call, struct strategy *out, struct buf *text)
{
    struct str name = call_text(call->body, "strategy"), id = call_text(call->body, "strategy_id"),
               symbol = call_text(call->body, "symbol");
    struct db_strategy saved = { .name = NULL };
    if (!name.ptr == !id.ptr)
        return problem(call, 422, "strategy",
                       "name either strategy (of the catalogue) or strategy_id (a saved one)");
    if (name.ptr && !is_strategy_name(name))
        return problem(call, 422, "strategy",
                       "strategy is not a name of the catalogue: see /api/v1/catalogue");
    enum err err = ERR_OK;
    int64_t version = call_whole(call->body, "version", 0);
    if (id.ptr)
        err = version ? db_strategy_get_version(call->db, call->arena, id.ptr, version, &saved)
                      : db_strategy_get(call->db, call->arena, id.ptr, &saved);
    if (err == ERR_NOT_FOUND)
        return problem(call, 422, "strategy",
                       "there is no such saved strategy, or not this version of it");
    if (err)
        return problem_of(call, err);
    json_t *parameters = json_object_get(call->body, "parameters"), *value;
    struct strategy_override *sets =
        arena_array(call->arena, struct strategy_override, json_object_size(parameters) + 1);
    const char *key;
    size_t count = 0;
    json_object_foreach (parameters, key, value)
        sets[count++] =
            (struct strategy_override){ arena_strdup(call->arena, key), json_number_value(value) };
    const char *called = id.ptr ? saved.name : name.ptr;
    err = parse_strategy(call, called, saved.text, NULL, 0, out);
    int status = err ? 0 : check_parameters(call, called, out, parameters);
    if (status)
        return status;
    if (!err && count)
        err = parse_strategy(call, called, saved.text, sets, count, out);
    if (err)
        return problem_of(call,
                          err == ERR_IO || err == ERR_NOT_FOUND
                              ? err_set(ERR_USAGE, "the catalogue has no strategy \"%s\"", name.ptr)
                              : err);
    if (symbol.ptr && symbol.len < sizeof out->underlying) {
        memset(out->underlying, 0, sizeof out->underlying);
        memcpy(out->underlying, symbol.ptr, symbol.len);
    }
    strategy_format(text, out);
    return 0;
}

int api_arm(struct call *call)
{
    struct strategy *s = arena_new(call->arena, struct strategy);
    struct desk_command command = { .command = command_of(call, COMMAND_ENLIST, "armed") };
    struct desk_answer answer;
    struct buf text = { 0 };
    int status = read_strategy(call, s, &text);
    if (!status) {
        command.command.value = 1;
        command.strategy_name = s->name;
        command.strategy_text = text.ptr;
        status = ask_desk(call, &command, &answer);
    }
    buf_free(&text);
    return status ? status : answer_armed(call, answer.host, 201);
}

static int set_armed(struct call *call, enum command_kind kind)
{
    struct str id = call->path_args[0];
    struct db_desk_strategy *all;
    size_t count, i = 0;
    int64_t host = -1;
    if (id.len < 2 || id.ptr[0] != 's' || !str_to_int64(str_slice(id, 1, id.len), &host))
        return problem(call, 404, "not_found", "there is no such strategy on the desk");
    rows_catch_up(call->server);
    enum err err =
        db_desk_strategy_list(call->db, call->arena, live_desk_id, SHOT_STRATEGIES, &all, &count);
    if (err)
        return problem_of(call, err);
    while (i < count && all[i].host != host)
        i++;
    if (i == count)
        return problem(call, 404, "not_found", "there is no such strategy on the desk");
    if (strcmp(all[i].owner, call->who.user_id) != 0 && !is_admin(call))
        return problem(call, 403, "not_yours", "this strategy was armed by somebody else");
    struct desk_command command = {
        .command = command_of(call, kind, kind == COMMAND_ARM ? "armed again" : "disarmed")
    };
    struct desk_answer answer;
    command.command.host = (uint32_t)host;
    int status = ask_desk(call, &command, &answer);
    return status ? status : answer_armed(call, (uint32_t)host, 200);
}

int api_arm_again(struct call *call)
{
    return set_armed(call, COMMAND_ARM);
}

int api_disarm(struct call *call)
{
    return set_armed(call, COMMAND_DISARM);
}
