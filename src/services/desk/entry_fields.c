/* The fields of each kind of journal record, in one list for writing, reading and showing. */
#include "services/desk/entry_int.h"

#include "domain/orders/report.h"

/* ---- words for numbers that only we show ----------------------------------------------------- */

#define WORD_OF(function, type, ...)                                                               \
    static const char *function(type value)                                                        \
    {                                                                                              \
        static const char *const words[] = { __VA_ARGS__ };                                        \
        return words[value];                                                                       \
    }
WORD_OF(leg_effect_name, enum leg_effect, "auto", "open", "close")
WORD_OF(group_kind_name, enum group_kind, "none", "oco", "oto", "bracket")
WORD_OF(group_role_name, enum group_role, "none", "member", "parent", "child", "profit", "stop")
WORD_OF(condition_name, enum condition_kind, "none", "above", "below", "after")
WORD_OF(trigger_name, enum trigger_method, "mid", "last", "bid_ask")
WORD_OF(role_name, enum command_role, "agent", "trader", "risk", "owner")
#undef WORD_OF

static const char *purpose_name(uint32_t purpose)
{
    return order_purpose_name((enum order_purpose)purpose);
}

/* ---- the fields of each kind ----------------------------------------------------------------- */

static void contract_fields(struct wire *f, struct contract *c)
{
    wire_chars(f, "root", c->root, sizeof c->root);
    wire_date(f, "expiry", &c->expiry);
    wire_i32(f, "strike_mills", &c->strike_mills);
    wire_i32(f, "multiplier", &c->multiplier);
    uint8_t letters[4] = { (uint8_t)c->right, (uint8_t)c->style, (uint8_t)c->settle,
                           (uint8_t)c->delivery };
    static const char *const names[] = { "right", "style", "settle", "delivery" };
    for (int i = 0; i < 4; i++) {
        if (f->use != WIRE_SHOW)
            wire_u8(f, names[i], &letters[i]);
        else
            json_key_str(f->json, names[i], (struct str){ (const char *)&letters[i], 1 });
    }
    c->right = (char)letters[0];
    c->style = (char)letters[1];
    c->settle = (char)letters[2];
    c->delivery = (char)letters[3];
}

static void strategy_fields(struct wire *f, struct entry_strategy *s)
{
    wire_text(f, "name", &s->name);
    wire_text(f, "hash", &s->hash);
    wire_long_text(f, "text", &s->text);
    wire_bool(f, "disarmed", &s->is_disarmed);
}

/* With their words, so that a limit that is new or gone is told. */
static void limits_fields(struct wire *f, struct risk_limits *limits)
{
    int count = RISK_LIMIT_COUNT;
    wire_count(f, "limit_count", &count, RISK_LIMIT_COUNT);
    if (count != RISK_LIMIT_COUNT)
        f->fault = f->fault ? f->fault : "limit_count";
    wire_object(f, "limits");
    for (int i = 0; i < RISK_LIMIT_COUNT && !f->fault; i++) {
        const char *word = risk_limit_row((enum risk_limit)i)->word, *is = word;
        if (f->use != WIRE_SHOW)
            wire_text(f, "limit", &is);
        if (strcmp(is, word) != 0)
            f->fault = f->fault ? f->fault : "limit";
        wire_i64(f, word, &limits->at[i]);
    }
    wire_object_end(f);
}

static const char *account_type_name(enum margin_account_type type)
{
    static const char *const names[] = { "margin", "cash" };
    _Static_assert(MARGIN_ACCOUNT_MARGIN == 0 && MARGIN_ACCOUNT_CASH == 1, "in this order");
    return names[type];
}

static void margin_fields(struct wire *f, struct margin_terms *m)
{
    wire_object(f, "margin");
    wire_enum(f, "account", &m->type, MARGIN_ACCOUNT_CASH + 1U, account_type_name);
    wire_bool(f, "portfolio", &m->is_portfolio);
    wire_i64(f, "uncovered_ppm", &m->house.uncovered_ppm);
    wire_i64(f, "stock_ppm", &m->house.stock_ppm);
    wire_object_end(f);
}

static void begin_fields(struct wire *f, struct entry_begin *b)
{
    wire_text(f, "program", &b->program);
    wire_u8(f, "feed", &b->feed);
    wire_text(f, "symbols", &b->symbols);
    wire_text(f, "store", &b->store);
    wire_date(f, "from", &b->from);
    wire_date(f, "to", &b->to);
    wire_text(f, "fill", &b->fill);
    wire_text(f, "fees", &b->fees);
    wire_price(f, "cash", &b->cash);
    wire_u64(f, "seed", &b->seed);
    wire_price(f, "sign_above", &b->sign_above);
    wire_i64(f, "timer_ns", &b->timer_ns);
    wire_bool(f, "has_limits", &b->has_limits);
    if (b->has_limits)
        limits_fields(f, &b->limits);
    wire_bool(f, "has_margin", &b->has_margin);
    if (b->has_margin)
        margin_fields(f, &b->margin);
    wire_count(f, "strategy_count", &b->strategy_count, ENTRY_STRATEGIES_MAX);
    if (f->use == WIRE_READ)
        b->strategies = arena_array(f->arena, struct entry_strategy, (size_t)b->strategy_count);
    wire_array(f, "strategies");
    for (int i = 0; i < b->strategy_count; i++) {
        wire_object(f, NULL);
        strategy_fields(f, &b->strategies[i]);
        wire_object_end(f);
    }
    wire_array_end(f);
}

static void check_fields(struct wire *f, struct entry_check *c)
{
    wire_date(f, "day", &c->day);
    wire_price(f, "cash", &c->cash);
    wire_price(f, "equity", &c->equity);
    wire_u32(f, "open_trades", &c->open_trades);
    wire_u64(f, "events_hash", &c->events_hash);
    wire_u64(f, "effects_hash", &c->effects_hash);
}

static void session_fields(struct wire *f, struct entry_session *r)
{
    struct event_session *s = &r->session;
    wire_u32(f, "market", &r->underlying);
    wire_date(f, "day", &s->day);
    wire_time(f, "open", &s->open_ns);
    wire_time(f, "close", &s->close_ns);
    wire_double(f, "rate", &s->rate);
    wire_u32(f, "contracts", &s->contract_count);
    wire_u64(f, "contracts_hash", &r->contracts_hash);
}

static const char *settle_name(uint8_t letter)
{
    return letter == SETTLE_AM ? "AM" : "PM";
}

static const char *price_source_name(enum price_source source)
{
    static const char *const names[] = { "official",   "daily_bar",   "close_mark",
                                         "last_level", "first_level", "stale_level" };
    _Static_assert(ARRAY_COUNT(names) == PRICE_SOURCE_COUNT, "a name for each source");
    return names[source];
}

static void settle_fields(struct wire *f, struct event *e)
{
    struct event_settle *s = &e->of.settle;
    wire_u32(f, "market", &e->underlying);
    wire_date(f, "expiry", &s->expiry);
    uint8_t letter = (uint8_t)s->settle;
    if (f->use == WIRE_SHOW)
        wire_shown(f, "settle", settle_name(letter));
    else
        wire_u8(f, "settle", &letter);
    s->settle = (char)letter;
    wire_price(f, "price", &s->price);
    wire_enum(f, "source", &s->source, PRICE_SOURCE_COUNT, price_source_name);
}

static void dividend_fields(struct wire *f, struct event *e)
{
    wire_u32(f, "market", &e->underlying);
    wire_price(f, "amount", &e->of.dividend.amount);
}

static void declare_fields(struct wire *f, struct event *e)
{
    wire_u32(f, "market", &e->underlying);
    wire_date(f, "ex_day", &e->of.declare.ex_day);
    wire_price(f, "amount", &e->of.declare.amount);
}

static void split_fields(struct wire *f, struct event *e)
{
    wire_u32(f, "market", &e->underlying);
    wire_i32(f, "to", &e->of.split.to);
    wire_i32(f, "from", &e->of.split.from);
}

static void assign_fields(struct wire *f, struct event *e)
{
    wire_u32(f, "market", &e->underlying);
    contract_fields(f, &e->of.assign.contract);
    wire_i64(f, "quantity", &e->of.assign.quantity);
    wire_price(f, "price", &e->of.assign.price);
}

static void level_fields(struct wire *f, struct event *e)
{
    wire_chars(f, "symbol", e->of.level.symbol, sizeof e->of.level.symbol);
    wire_price(f, "value", &e->of.level.value);
}

static const char *dated_name(uint32_t kind)
{
    return dated_kind_name((enum dated_kind)kind);
}

static void dated_fields(struct wire *f, struct event *e)
{
    struct event_dated *dated = &e->of.dated;
    wire_u32(f, "market", &e->underlying);
    wire_enum(f, "kind", &dated->kind, DATED_KINDS, dated_name);
    wire_time(f, "happens", &dated->happens_ns);
    wire_bool(f, "withdrawn", &dated->is_withdrawn);
}

static void feed_fields(struct wire *f, struct event *e)
{
    struct event_feed *feed = &e->of.feed;
    wire_u32(f, "market", &e->underlying);
    wire_bool(f, "doubted", &feed->is_doubted);
    wire_price(f, "here", &feed->here);
    wire_price(f, "there", &feed->there);
    wire_chars(f, "why", feed->why, sizeof feed->why);
}

static void timer_fields(struct wire *f, struct event *e)
{
    wire_time(f, "wall", &e->of.timer.wall_ns);
    wire_i64(f, "steady_ns", &e->of.timer.steady_ns);
}

static void exec_fields(struct wire *f, struct exec_id *exec)
{
    wire_u64(f, "high", &exec->high);
    wire_u64(f, "low", &exec->low);
}

static const char *fill_quality_name(enum fill_quality quality)
{
    return quality == FILL_EXACT ? "exact" : "derived";
}

static void report_fill_fields(struct wire *f, struct report_fill *fill)
{
    wire_object(f, NULL);
    wire_object(f, "exec");
    exec_fields(f, &fill->exec);
    wire_object_end(f);
    wire_object(f, "corrects");
    exec_fields(f, &fill->corrects);
    wire_object_end(f);
    int32_t leg = fill->leg;
    wire_i32(f, "leg", &leg);
    fill->leg = leg;
    wire_enum(f, "quality", &fill->quality, 2, fill_quality_name);
    wire_i64(f, "quantity", &fill->quantity);
    wire_price(f, "price", &fill->price);
    wire_price(f, "commission", &fill->costs.commission);
    wire_price(f, "exchange", &fill->costs.exchange);
    wire_price(f, "regulatory", &fill->costs.regulatory);
    wire_object_end(f);
}

static void report_fields(struct wire *f, struct order_report *r)
{
    wire_enum(f, "what", &r->what, ORDER_INPUT_COUNT, order_input_name);
    wire_u64(f, "order", &r->order_id);
    wire_u32(f, "version", &r->version);
    wire_time(f, "broker_time", &r->ts_ns);
    wire_chars(f, "broker_id", r->broker_id, sizeof r->broker_id);
    wire_enum(f, "reason", &r->reason, REASON_CODE_COUNT, reason_code_name);
    wire_chars(f, "reason_text", r->reason_text, sizeof r->reason_text);
    wire_count(f, "fills", &r->fill_count, PACKAGE_LEGS_MAX);
    wire_array(f, "fills");
    for (int i = 0; i < r->fill_count; i++)
        report_fill_fields(f, &r->fills[i]);
    wire_array_end(f);
}

static void package_leg_fields(struct wire *f, struct package_leg *leg)
{
    wire_object(f, NULL);
    wire_bool(f, "is_stock", &leg->is_stock);
    wire_enum(f, "effect", &leg->effect, LEG_CLOSE + 1U, leg_effect_name);
    if (!leg->is_stock)
        contract_fields(f, &leg->contract);
    wire_i64(f, "ratio", &leg->ratio);
    wire_price(f, "bid", &leg->bid);
    wire_price(f, "ask", &leg->ask);
    wire_u32(f, "bid_size", &leg->bid_size);
    wire_u32(f, "ask_size", &leg->ask_size);
    wire_object_end(f);
}

static void edit_fields(struct wire *f, const char *name, struct order_edit *e)
{
    wire_object(f, name);
    wire_i64(f, "quantity", &e->quantity);
    wire_enum(f, "type", &e->type, ORDER_TYPE_COUNT, order_type_name);
    wire_price(f, "net_price", &e->net_price);
    wire_price(f, "stop_price", &e->stop_price);
    wire_enum(f, "tif", &e->tif, ORDER_TIF_COUNT, order_tif_name);
    wire_i64(f, "tif_until", &e->tif_until);
    wire_object_end(f);
}

static void links_fields(struct wire *f, struct order_links *l)
{
    wire_object(f, "links");
    wire_u64(f, "group", &l->group);
    wire_u64(f, "parent", &l->parent);
    wire_enum(f, "kind", &l->kind, GROUP_KIND_COUNT, group_kind_name);
    wire_enum(f, "role", &l->role, ROLE_COUNT, group_role_name);
    wire_object_end(f);
}

static void condition_fields(struct wire *f, struct order_condition *c)
{
    wire_object(f, NULL);
    wire_enum(f, "kind", &c->kind, CONDITION_TIME_AFTER + 1U, condition_name);
    wire_i64(f, "value", &c->value);
    wire_object_end(f);
}

static void terms_fields(struct wire *f, struct order_terms *t)
{
    wire_chars(f, "underlying", t->underlying, sizeof t->underlying);
    wire_u32(f, "market", &t->underlying_index);
    wire_u64(f, "trade", &t->trade_id);
    wire_u32(f, "host", &t->host);
    wire_enum(f, "purpose", &t->purpose, PURPOSE_MANUAL + 1U, purpose_name);
    wire_date(f, "day", &t->day);
    wire_count(f, "leg_count", &t->leg_count, PACKAGE_LEGS_MAX);
    wire_array(f, "legs");
    for (int i = 0; i < t->leg_count; i++)
        package_leg_fields(f, &t->legs[i]);
    wire_array_end(f);
    edit_fields(f, "staged", &t->edit);
    wire_price(f, "trail_amount", &t->trail_amount);
    wire_i32(f, "trail_ppm", &t->trail_ppm);
    wire_enum(f, "trigger", &t->trigger, TRIGGER_METHOD_COUNT, trigger_name);
    wire_enum(f, "session", &t->session, ORDER_SESSION_COUNT, order_session_name);
    wire_u32(f, "flags", &t->flags);
    wire_i64(f, "display_quantity", &t->display_quantity);
    wire_price(f, "notional", &t->notional);
    links_fields(f, &t->links);
    wire_array(f, "conditions");
    for (int i = 0; i < ORDER_CONDITIONS_MAX; i++)
        condition_fields(f, &t->conditions[i]);
    wire_array_end(f);
    wire_chars(f, "route", t->route, sizeof t->route);
    wire_u64(f, "ext", &t->ext);
}

static void command_exits_fields(struct wire *f, struct event_command *c)
{
    bool has_exits = c->exits != NULL;
    wire_bool(f, "has_exits", &has_exits);
    if (!has_exits) { /* such a command has the version before this one */
        f->fault = f->fault ? f->fault : f->use == WIRE_READ ? "has_exits" : NULL;
        return;
    }
    struct order_exits exits = { PRICE_NONE, PRICE_NONE };
    if (c->exits)
        exits = *c->exits;
    wire_object(f, "exits");
    wire_price(f, "target", &exits.target);
    wire_price(f, "stop", &exits.stop);
    wire_object_end(f);
    if (f->use == WIRE_READ) {
        struct order_exits *kept = arena_new(f->arena, struct order_exits);
        *kept = exits;
        c->exits = kept;
    }
}

/* What a view points to: in the arena when it is read. */
static void command_order_fields(struct wire *f, struct event_command *c)
{
    bool has_terms = c->terms != NULL, has_edit = c->edit != NULL;
    wire_bool(f, "has_terms", &has_terms);
    if (has_terms) {
        struct order_terms terms = { 0 };
        if (c->terms)
            terms = *c->terms;
        wire_object(f, "terms");
        terms_fields(f, &terms);
        wire_object_end(f);
        if (f->use == WIRE_READ) {
            struct order_terms *kept = arena_new(f->arena, struct order_terms);
            *kept = terms;
            c->terms = kept;
        }
    }
    wire_bool(f, "has_edit", &has_edit);
    if (has_edit) {
        struct order_edit edit = { 0 };
        if (c->edit)
            edit = *c->edit;
        edit_fields(f, "edit", &edit);
        if (f->use == WIRE_READ) {
            struct order_edit *kept = arena_new(f->arena, struct order_edit);
            *kept = edit;
            c->edit = kept;
        }
    }
    if (f->version != COMMAND_WITHOUT_EXITS)
        command_exits_fields(f, c);
}

static void command_fields(struct wire *f, struct entry *r)
{
    struct event_command *c = &r->of.event.of.command;
    wire_enum(f, "command", &c->kind, COMMAND_KIND_COUNT, command_kind_name);
    wire_enum(f, "role", &c->role, BY_OWNER + 1U, role_name);
    wire_chars(f, "who", c->who, sizeof c->who);
    wire_chars(f, "why", c->why, sizeof c->why);
    wire_u64(f, "order", &c->order_id);
    wire_u64(f, "trade", &c->trade_id);
    wire_u32(f, "host", &c->host);
    wire_u32(f, "limit", &c->limit);
    wire_i64(f, "value", &c->value);
    wire_time(f, "until", &c->until_ns);
    wire_chars(f, "client", c->client, sizeof c->client);
    command_order_fields(f, c);
    if (c->kind == COMMAND_ENLIST)
        strategy_fields(f, &r->enlisted);
}

static void submit_fields(struct wire *f, struct entry_order *o)
{
    wire_u64(f, "order", &o->id);
    wire_u32(f, "version", &o->version);
    terms_fields(f, &o->terms);
    edit_fields(f, "edit", &o->edit);
}

static void replace_fields(struct wire *f, struct entry_order *o)
{
    wire_u64(f, "order", &o->id);
    wire_u32(f, "version", &o->version);
    edit_fields(f, "edit", &o->edit);
}

static void cancel_fields(struct wire *f, struct entry_order *o)
{
    wire_u64(f, "order", &o->id);
    wire_u32(f, "version", &o->version);
}

static void order_fields(struct wire *f, struct entry_order *o)
{
    wire_u64(f, "order", &o->id);
    wire_u32(f, "version", &o->version);
    wire_enum(f, "from", &o->from, ORDER_STATUS_COUNT, order_status_name);
    wire_enum(f, "to", &o->to, ORDER_STATUS_COUNT, order_status_name);
    wire_u32(f, "alarms", &o->alarms);
    wire_i64(f, "filled", &o->filled);
    wire_price(f, "cash", &o->cash);
    wire_price(f, "commission", &o->costs.commission);
    wire_price(f, "exchange", &o->costs.exchange);
    wire_price(f, "regulatory", &o->costs.regulatory);
    wire_enum(f, "reason", &o->reason, REASON_CODE_COUNT, reason_code_name);
    wire_chars(f, "reason_text", o->reason_text, sizeof o->reason_text);
}

static void trade_leg_fields(struct wire *f, struct trade_leg *leg)
{
    wire_object(f, NULL);
    wire_bool(f, "is_stock", &leg->is_stock);
    wire_bool(f, "from_assignment", &leg->from_assignment);
    if (!leg->is_stock)
        contract_fields(f, &leg->contract);
    wire_i64(f, "entry_quantity", &leg->entry_quantity);
    wire_price(f, "entry_price", &leg->entry_price);
    wire_price(f, "exit_price", &leg->exit_price);
    wire_object_end(f);
}

static void trade_fields(struct wire *f, struct trade *t)
{
    wire_u64(f, "trade", &t->id);
    wire_u64(f, "root", &t->root);
    wire_u32(f, "host", &t->host);
    int32_t structure = t->structure, rolls = t->rolls;
    wire_i32(f, "structure", &structure);
    t->structure = structure;
    wire_time(f, "opened", &t->opened_ns);
    wire_time(f, "closed", &t->closed_ns);
    wire_enum(f, "reason", &t->reason, CLOSE_REASON_COUNT, close_reason_name);
    wire_i64(f, "units", &t->units);
    wire_price(f, "entry_cash", &t->entry_cash);
    wire_price(f, "flows", &t->flows);
    wire_price(f, "costs", &t->costs);
    wire_price(f, "spread_cost", &t->spread_cost);
    wire_i32(f, "rolls", &rolls);
    t->rolls = rolls;
    wire_count(f, "leg_count", &t->leg_count, TRADE_LEGS_MAX);
    wire_array(f, "legs");
    for (int i = 0; i < t->leg_count; i++)
        trade_leg_fields(f, &t->legs[i]);
    wire_array_end(f);
}

void entry_fields(struct wire *f, struct entry *r)
{
    switch (r->kind) {
    case ENTRY_BEGIN:
        begin_fields(f, &r->of.begin);
        break;
    case ENTRY_DIFFERENCE:
        wire_text(f, "kind", &r->of.difference.kind);
        wire_text(f, "text", &r->of.difference.text);
        break;
    case ENTRY_CHECK:
        check_fields(f, &r->of.check);
        break;
    case ENTRY_SESSION:
        session_fields(f, &r->of.session);
        break;
    case ENTRY_DIVIDEND:
        dividend_fields(f, &r->of.event);
        break;
    case ENTRY_DECLARE:
        declare_fields(f, &r->of.event);
        break;
    case ENTRY_SPLIT:
        split_fields(f, &r->of.event);
        break;
    case ENTRY_ASSIGN:
        assign_fields(f, &r->of.event);
        break;
    case ENTRY_LEVEL:
        level_fields(f, &r->of.event);
        break;
    case ENTRY_SETTLE:
        settle_fields(f, &r->of.event);
        break;
    case ENTRY_DATED:
        dated_fields(f, &r->of.event);
        break;
    case ENTRY_FEED:
        feed_fields(f, &r->of.event);
        break;
    case ENTRY_TIMER:
        timer_fields(f, &r->of.event);
        break;
    case ENTRY_REPORT:
        report_fields(f, (struct order_report *)(uintptr_t)r->of.event.of.report);
        break;
    case ENTRY_COMMAND:
        command_fields(f, r);
        break;
    case ENTRY_DAY_END:
        wire_u32(f, "market", &r->of.event.underlying);
        break;
    case ENTRY_SUBMIT:
    case ENTRY_STAGE:
        submit_fields(f, &r->of.order);
        break;
    case ENTRY_REPLACE:
        replace_fields(f, &r->of.order);
        break;
    case ENTRY_CANCEL:
        cancel_fields(f, &r->of.order);
        break;
    case ENTRY_ORDER:
        order_fields(f, &r->of.order);
        break;
    case ENTRY_CLOSED:
        trade_fields(f, &r->of.trade);
        break;
    case ENTRY_NOTE:
        wire_bool(f, "warning", &r->of.note.is_warning);
        wire_text(f, "text", &r->of.note.text);
        break;
    }
}
