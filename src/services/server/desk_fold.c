#include "services/server/desk_fold.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "domain/orders/order_set.h"
#include "domain/types/occ_symbol.h"
#include "services/server/order_detail.h"
#include "services/server/server_int.h"

enum { TOUCHED_MAX = 4096, STRATEGIES_MAX = 256, TOLD_MAX = 64 };

struct told { /* an alert that is stored and not yet published */
    char id[DB_ID_BYTES];
    struct buf json;
};

struct desk_fold {
    struct desk_fold_options options;
    struct db *db;

    /* The command whose event is at hand: what follows from it is its user's. */
    uint64_t command_sequence, enlist_sequence;
    char who[40], client[64];
    bool has_terms;
    struct order_terms terms;

    struct {
        char owner[40], name[64];
    } strategies[STRATEGIES_MAX];
    uint32_t strategy_count;

    uint64_t touched[TOUCHED_MAX]; /* orders that changed since the last desk_fold_tell() */
    size_t touched_count;
    struct told told[TOLD_MAX];
    size_t told_count;
};

static void touch(struct desk_fold *fold, uint64_t id)
{
    for (size_t i = fold->touched_count; i-- > 0 && fold->touched_count - i < 16;)
        if (fold->touched[i] == id)
            return;
    if (fold->touched_count == TOUCHED_MAX)
        desk_fold_tell(fold);
    fold->touched[fold->touched_count++] = id;
}

static void set_strategy(struct desk_fold *fold, int64_t host, const char *owner, const char *name)
{
    if (host < 0 || host >= STRATEGIES_MAX)
        return;
    snprintf(fold->strategies[host].owner, sizeof fold->strategies[host].owner, "%s", owner);
    snprintf(fold->strategies[host].name, sizeof fold->strategies[host].name, "%s", name);
    if (host >= fold->strategy_count)
        fold->strategy_count = (uint32_t)host + 1;
}

struct desk_fold *desk_fold_new(struct arena *arena, const struct desk_fold_options *options,
                                struct db *db)
{
    struct desk_fold *fold = arena_new(arena, struct desk_fold);
    struct db_desk_strategy *all;
    size_t count;
    fold->options = *options;
    fold->db = db;
    if (db_desk_strategy_list(db, arena, options->desk_id, STRATEGIES_MAX, &all, &count))
        count = 0;
    for (size_t i = 0; i < count; i++)
        set_strategy(fold, all[i].host, all[i].owner, all[i].name);
    return fold;
}

/* ---- orders ---------------------------------------------------------------------------------- */

/* Shares that a package's net price counts for, from what is stored of the order. */
static int64_t multiplier_of(const json_t *order)
{
    const json_t *legs = json_object_get(order, "legs");
    for (size_t i = 0; i < json_array_size(legs); i++) {
        struct occ_symbol symbol;
        const char *name = json_string_value(json_object_get(json_array_get(legs, i), "contract"));
        if (name && strcmp(name, "stock") != 0 &&
            occ_symbol_parse(&symbol, str_from(name)) == ERR_OK)
            return 100;
    }
    return 1;
}

static enum err put_order(struct desk_fold *fold, uint64_t id, json_t *order, const char *asked)
{
    struct buf text = { 0 };
    json_append(&text, order);
    const json_t *limit = json_object_get(order, "limit_micros");
    struct db_order row = {
        .id = (int64_t)id,
        .number = json_string_value(json_object_get(order, "number")),
        .desk_id = fold->options.desk_id,
        .account_id = fold->options.account_id,
        .owner = json_string_value(json_object_get(order, "owner")),
        .state = json_string_value(json_object_get(order, "state")),
        .text = json_string_value(json_object_get(order, "text")),
        .quantity = json_integer_value(json_object_get(order, "quantity")),
        .limit_micros = json_is_integer(limit) ? json_integer_value(limit) : PRICE_NONE,
        .created_ns = json_integer_value(json_object_get(order, "created_ns")),
        .changed_ns = json_integer_value(json_object_get(order, "changed_ns")),
        .detail = buf_str(&text),
        .trade_id = json_integer_value(json_object_get(order, "trade_id")),
        .asked = asked,
    };
    enum err err = db_order_put(fold->db, &row);
    buf_free(&text);
    touch(fold, id);
    return err;
}

static enum err put_step(struct desk_fold *fold, uint64_t id, int64_t ts_ns, const char *state,
                         int64_t filled, const char *text)
{
    int64_t count = 0;
    enum err err = db_step_count(fold->db, (int64_t)id, &count);
    struct db_step step = { (int64_t)id, count + 1, ts_ns, state, filled, text };
    return err ? err : db_step_put(fold->db, &step);
}

/* Made of what its record and, where it is of one, the command say. terms may be NULL. */
static json_t *make_order(const struct desk_fold *fold, const struct entry_order *o,
                          const struct order_terms *terms, const struct order_edit *edit,
                          uint64_t sequence, int64_t ts_ns)
{
    bool is_exit = terms && terms->links.parent; /* its parent came with the client's key */
    bool is_asked = fold->command_sequence == sequence;
    bool is_own = is_asked && fold->has_terms; /* legs of a person's own, which no strategy has */
    uint32_t host = terms && !is_own ? terms->host : UINT32_MAX;
    const char *strategy = host < fold->strategy_count ? fold->strategies[host].name : NULL;
    struct order_made made = { .id = o->id,
                               .trade_id = terms ? terms->trade_id : 0,
                               .desk_id = fold->options.desk_id,
                               .account_id = fold->options.account_id,
                               .owner = is_asked   ? fold->who
                                        : strategy ? fold->strategies[host].owner
                                                   : "",
                               .client =
                                   is_asked && !is_exit && fold->client[0] ? fold->client : NULL,
                               .strategy = strategy,
                               .source = is_asked             ? "person"
                                         : strategy || !terms ? "strategy"
                                                              : "desk",
                               .purpose =
                                   order_purpose_name(is_own  ? PURPOSE_MANUAL
                                                      : terms ? (enum order_purpose)terms->purpose
                                                              : PURPOSE_OPEN),
                               .terms = terms,
                               .edit = edit,
                               .state = order_status_name(o->to),
                               .reason = o->reason_text,
                               .ts_ns = ts_ns };
    return order_detail_new(&made);
}

/* The stored order as JSON, or NULL. */
static enum err load_order(struct desk_fold *fold, struct arena *step, uint64_t id, json_t **out,
                           const char **asked)
{
    struct db_order row;
    *out = NULL;
    *asked = "";
    enum err err = db_order_get(fold->db, step, (int64_t)id, &row);
    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    if (err)
        return err;
    *asked = row.asked;
    *out = json_loadb(row.detail.ptr, row.detail.len, 0, NULL);
    return *out ? ERR_OK
                : err_set(ERR_CORRUPT, "the stored order %llu is no JSON", (unsigned long long)id);
}

static int64_t costs_of(const struct fill_costs *c)
{
    int64_t sum = 0;
    const int64_t parts[] = { c->commission, c->exchange, c->regulatory };
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
        sum += parts[i] == PRICE_NONE ? 0 : parts[i];
    return sum;
}

static enum err on_submit(struct desk_fold *fold, struct arena *step, const struct entry_order *o,
                          uint64_t sequence, int64_t ts_ns)
{
    json_t *order;
    const char *asked;
    enum err err = load_order(fold, step, o->id, &order, &asked);
    if (err)
        return err;
    const char *why = !order                  ? "passed the gates"
                      : o->terms.links.parent ? "its order filled"
                                              : "signed";
    if (!order)
        order = make_order(fold, o, &o->terms, &o->edit, sequence, ts_ns);
    else
        order_detail_set_edit(order, &o->edit); /* an exit leaves for as much as its order filled */
    order_detail_set_text(order, order, &o->edit);
    order_detail_set_state(order, "sending", NULL, ts_ns);
    err = put_order(fold, o->id, order, "");
    json_decref(order);
    return err ? err : put_step(fold, o->id, ts_ns, "sending", 0, why);
}

/* An exit that waits for its order. */
static enum err on_stage(struct desk_fold *fold, const struct entry_order *o, uint64_t sequence,
                         int64_t ts_ns)
{
    const char *state = order_status_name(ORDER_STAGED);
    json_t *order = make_order(fold, o, &o->terms, &o->edit, sequence, ts_ns);
    order_detail_set_state(order, state, NULL, ts_ns);
    enum err err = put_order(fold, o->id, order, "");
    json_decref(order);
    return err ? err : put_step(fold, o->id, ts_ns, state, 0, "waits for its order to fill");
}

/* What a version on its way asks for, until it is in force. */
static enum err on_replace(struct desk_fold *fold, struct arena *step, const struct entry_order *o,
                           int64_t ts_ns)
{
    json_t *order, *edit = json_object();
    const char *before;
    enum err err = load_order(fold, step, o->id, &order, &before);
    if (!err && order) {
        order_detail_set_edit(edit, &o->edit);
        order_detail_set_text(edit, order, &o->edit);
        json_object_set_new(edit, "version", json_integer(o->version));
        struct buf asked = { 0 };
        json_append(&asked, edit);
        err = put_order(fold, o->id, order, asked.ptr);
        buf_free(&asked);
        if (!err)
            err = put_step(fold, o->id, ts_ns, "replacing",
                           json_integer_value(json_object_get(order, "filled")), "");
    }
    json_decref(edit);
    json_decref(order);
    return err;
}

/* The version that was asked for is the one in force now. */
static const char *take_asked(json_t *order, const char *asked, uint32_t version)
{
    json_t *edit = *asked ? json_loads(asked, 0, NULL) : NULL;
    bool is_it = edit && json_integer_value(json_object_get(edit, "version")) == version;
    if (is_it)
        json_object_update(order, edit);
    json_decref(edit);
    json_object_set_new(order, "version", json_integer(version));
    return is_it ? "" : asked;
}

static enum err on_order(struct desk_fold *fold, struct arena *step, const struct entry_order *o,
                         uint64_t sequence, int64_t ts_ns)
{
    json_t *order;
    const char *asked;
    enum err err = load_order(fold, step, o->id, &order, &asked);
    if (err)
        return err;
    if (!order) { /* one that no gate let through: only who asked knows the legs */
        const struct order_terms *terms =
            fold->command_sequence == sequence && fold->has_terms ? &fold->terms : NULL;
        order = make_order(fold, o, terms, terms ? &terms->edit : NULL, sequence, ts_ns);
    }
    const char *state = order_status_name(o->to);
    if (o->version && o->to != ORDER_REPLACING)
        asked = take_asked(order, asked, o->version);
    order_detail_set_state(order, state, o->reason_text[0] ? o->reason_text : NULL, ts_ns);
    order_detail_set_filled(order, o->filled, o->cash, costs_of(&o->costs), multiplier_of(order));
    err = put_order(fold, o->id, order, asked);
    json_decref(order);
    return err ? err : put_step(fold, o->id, ts_ns, state, o->filled, o->reason_text);
}

/* ---- fills ----------------------------------------------------------------------------------- */

static enum err put_fill(struct desk_fold *fold, const json_t *order, uint64_t id,
                         const struct report_fill *f, bool is_bust, int64_t ts_ns)
{
    char ref[40];
    snprintf(ref, sizeof ref, "%016llx%016llx", (unsigned long long)f->exec.high,
             (unsigned long long)f->exec.low);
    const json_t *leg =
        f->leg >= 0 ? json_array_get(json_object_get(order, "legs"), (size_t)f->leg) : NULL;
    const char *contract = json_string_value(json_object_get(leg, "contract")),
               *side = json_string_value(json_object_get(leg, "side"));
    int64_t sign = side && strcmp(side, "sell") == 0 ? -1 : 1;
    struct db_fill row = { .order_id = (int64_t)id,
                           .venue_ref = ref,
                           .ts_ns = ts_ns,
                           .quantity = is_bust ? 0 : sign * f->quantity,
                           .price_micros = f->price,
                           .costs_micros = costs_of(&f->costs),
                           .contract = f->leg == LEG_PACKAGE ? "package"
                                       : contract            ? contract
                                                             : "" };
    return db_fill_put(fold->db, &row);
}

static enum err on_report(struct desk_fold *fold, struct arena *step, const struct order_report *r,
                          int64_t ts_ns)
{
    json_t *order;
    const char *asked;
    if (r->what != ORDER_SAID_FILL && r->what != ORDER_SAID_CORRECT && r->what != ORDER_SAID_BUST)
        return ERR_OK;
    enum err err = load_order(fold, step, r->order_id, &order, &asked);
    for (int i = 0; !err && order && i < r->fill_count; i++)
        err = put_fill(fold, order, r->order_id, &r->fills[i], r->what == ORDER_SAID_BUST, ts_ns);
    json_decref(order);
    return err;
}

/* ---- commands, strategies, alerts ------------------------------------------------------------ */

static enum err on_enlist(struct desk_fold *fold, struct arena *step, const struct entry *e,
                          uint64_t sequence, int64_t ts_ns)
{
    struct strategy *s = arena_new(step, struct strategy);
    const struct entry_strategy *in = &e->enlisted;
    if (strategy_parse(s, step, in->name, str_from(in->text), NULL, 0))
        return ERR_OK; /* the kernel said no to it as well */
    struct db_desk_strategy row = { .host = fold->strategy_count,
                                    .owner = fold->who,
                                    .name = in->name,
                                    .symbol = s->underlying,
                                    .hash = in->hash,
                                    .created_ns = ts_ns };
    set_strategy(fold, row.host, row.owner, row.name);
    fold->enlist_sequence = sequence;
    return db_desk_strategy_add(fold->db, fold->options.desk_id, &row);
}

/* Who asked for what: in the trail once, with the rows. */
static enum err audit_command(struct desk_fold *fold, const struct event_command *c,
                              uint64_t sequence)
{
    char event[40], object[64] = "";
    struct buf data = { 0 };
    struct json_writer json = { .out = &data };
    snprintf(event, sizeof event, "desk.%s", command_kind_name(c->kind));
    if (c->order_id)
        snprintf(object, sizeof object, "order %llu", (unsigned long long)c->order_id);
    else if (c->trade_id)
        snprintf(object, sizeof object, "trade %llu", (unsigned long long)c->trade_id);
    else if (c->kind == COMMAND_ARM || c->kind == COMMAND_DISARM)
        snprintf(object, sizeof object, "strategy %u", c->host);
    json_object_begin(&json);
    json_key_int(&json, "sequence", (int64_t)sequence);
    json_key_cstr(&json, "why", c->why);
    json_key_cstr(&json, "client", c->client);
    if (c->terms) {
        char text[ORDER_TEXT_BYTES];
        order_terms_format(text, c->terms);
        json_key_cstr(&json, "order", text);
    }
    if (c->edit) {
        json_key_int(&json, "quantity", c->edit->quantity);
        json_key_micros(&json, "limit_micros", c->edit->net_price);
        json_key_micros(&json, "stop_micros", c->edit->stop_price);
    }
    json_object_end(&json);
    struct audit_event e = { c->who, event, object, "", "", data.ptr };
    enum err err = audit_append(fold->db, fold->options.keys, clock_wall_ns(), &e);
    buf_free(&data);
    return err;
}

static enum err on_command(struct desk_fold *fold, struct arena *step, const struct entry *e,
                           uint64_t sequence, int64_t ts_ns)
{
    const struct event_command *c = &e->of.event.of.command;
    fold->command_sequence = sequence;
    snprintf(fold->who, sizeof fold->who, "%s", c->who);
    snprintf(fold->client, sizeof fold->client, "%s", c->client);
    fold->has_terms = c->terms != NULL;
    if (c->terms)
        fold->terms = *c->terms;
    enum err err = audit_command(fold, c, sequence);
    return err || c->kind != COMMAND_ENLIST ? err : on_enlist(fold, step, e, sequence, ts_ns);
}

static enum err put_alert(struct desk_fold *fold, uint64_t record, const char *level,
                          const char *text)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    char id[DB_ID_BYTES] = "desk000000000000";
    for (int i = DB_ID_BYTES - 2; i >= 4; i--, record >>= 5)
        id[i] = digits[record & 31]; /* the same record is the same alert */
    struct db_alert alert = {
        .id = id, .level = level, .source = "desk", .text = text, .created_ns = clock_wall_ns()
    };
    enum err err = db_alert_add(fold->db, &alert);
    if (err || fold->told_count == TOLD_MAX)
        return err == ERR_EXISTS ? ERR_OK : err;
    struct told *told = &fold->told[fold->told_count++];
    memcpy(told->id, id, sizeof id);
    struct json_writer json = { .out = &told->json };
    json_object_begin(&json);
    json_key_cstr(&json, "id", id);
    json_key_cstr(&json, "level", level);
    json_key_cstr(&json, "source", "desk");
    json_key_cstr(&json, "text", text);
    json_key_int(&json, "created_ns", alert.created_ns);
    json_key_null(&json, "seen_ns");
    json_object_end(&json);
    return ERR_OK;
}

static enum err on_closed(struct desk_fold *fold, const struct trade *t, uint64_t record)
{
    char text[200], pnl[MONEY_TEXT_BYTES];
    int64_t profit = t->flows - t->costs;
    money_format_people(pnl, profit);
    const char *name = t->host < fold->strategy_count ? fold->strategies[t->host].name : NULL;
    snprintf(text, sizeof text, "trade %llu%s%s is closed (%s): %s", (unsigned long long)t->id,
             name ? " of " : "", name ? name : "", close_reason_name(t->reason), pnl);
    enum err err = put_alert(fold, record, "info", text);
    return err || !name ? err
                        : db_desk_strategy_closed(fold->db, fold->options.desk_id, t->host, profit);
}

static enum err on_note(struct desk_fold *fold, const struct entry *e, uint64_t record,
                        uint64_t sequence)
{
    const char *text = e->of.note.text;
    /* The kernel would not have the strategy after all. */
    if (fold->enlist_sequence == sequence && str_starts_with(str_from(text), STR("enlist by "))) {
        fold->enlist_sequence = 0;
        fold->strategy_count--;
        enum err err =
            db_desk_strategy_forget(fold->db, fold->options.desk_id, fold->strategy_count);
        if (err)
            return err;
    }
    return e->of.note.is_warning ? put_alert(fold, record, "warning", text) : ERR_OK;
}

enum err desk_fold_take(struct desk_fold *fold, struct arena *step, const struct entry *e,
                        uint64_t record, uint64_t sequence, int64_t ts_ns)
{
    switch (e->kind) {
    case ENTRY_COMMAND:
        return on_command(fold, step, e, sequence, ts_ns);
    case ENTRY_SUBMIT:
        return on_submit(fold, step, &e->of.order, sequence, ts_ns);
    case ENTRY_STAGE:
        return on_stage(fold, &e->of.order, sequence, ts_ns);
    case ENTRY_REPLACE:
        return on_replace(fold, step, &e->of.order, ts_ns);
    case ENTRY_ORDER:
        return on_order(fold, step, &e->of.order, sequence, ts_ns);
    case ENTRY_REPORT:
        return on_report(fold, step, e->of.event.of.report, ts_ns);
    case ENTRY_CLOSED:
        return on_closed(fold, &e->of.trade, record);
    case ENTRY_NOTE:
        return on_note(fold, e, record, sequence);
    default:
        return ERR_OK;
    }
}

void desk_fold_tell(struct desk_fold *fold)
{
    struct arena step;
    char key[24];
    struct hub *hub = fold->options.hub;
    arena_init(&step, "step", 4096);
    for (size_t i = 0; hub && i < fold->touched_count; i++) {
        struct db_order row;
        snprintf(key, sizeof key, "%llu", (unsigned long long)fold->touched[i]);
        if (!db_order_get(fold->db, &step, (int64_t)fold->touched[i], &row))
            hub_put(hub, TOPIC_ORDERS, key, "", row.detail);
    }
    for (size_t i = 0; hub && i < fold->told_count; i++)
        hub_put(hub, TOPIC_ALERTS, fold->told[i].id, "", buf_str(&fold->told[i].json));
    desk_fold_drop(fold);
    arena_clear(&step);
}

void desk_fold_drop(struct desk_fold *fold)
{
    for (size_t i = 0; i < fold->told_count; i++)
        buf_free(&fold->told[i].json);
    fold->told_count = 0;
    fold->touched_count = 0;
}
