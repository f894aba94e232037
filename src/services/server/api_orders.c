/* Orders: what would become of one, sending, changing, canceling; orders and fills as they are
 * kept. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/zone.h"
#include "domain/types/occ_symbol.h"
#include "domain/types/product.h"
#include "kernel/preview.h"
#include "services/server/desk_call.h"
#include "services/server/order_detail.h"

/* ---- an order from outside ------------------------------------------------------------------- */

static int read_leg(struct call *call, const json_t *body, struct str symbol, size_t i,
                    struct order_terms *terms)
{
    static const char *const effects[] = { "auto", "open", "close" };
    struct str name = call_text(body, "contract"), effect = call_text(body, "effect");
    int64_t ratio =
        call_whole(body, "ratio", 1) * (str_is(call_text(body, "side"), "sell") ? -1 : 1);
    struct package_leg *leg;
    if (str_is(name, "stock")) {
        leg = order_terms_stock(terms, ratio);
    } else {
        struct occ_symbol parsed;
        struct contract contract;
        char underlying[CONTRACT_ROOT_BYTES];
        if (occ_symbol_parse(&parsed, name) || product_contract(&contract, &parsed))
            return problem(call, 422, "contract", "/body/legs/%zu/contract: %s", i, err_detail());
        product_underlying(
            underlying, (struct str){ contract.root, strnlen(contract.root, CONTRACT_ROOT_BYTES) });
        if (!str_equal((struct str){ underlying, strnlen(underlying, CONTRACT_ROOT_BYTES) },
                       symbol))
            return problem(call, 422, "contract",
                           "/body/legs/%zu/contract: %.*s is an option on %s, not on %.*s", i,
                           STR_ARG(name), underlying, STR_ARG(symbol));
        leg = order_terms_option(terms, &contract, ratio);
    }
    if (!leg)
        return problem(call, 422, "legs", "an order has at most %d legs", PACKAGE_LEGS_MAX);
    for (size_t k = 0; effect.ptr && k < ARRAY_COUNT(effects); k++)
        if (str_is(effect, effects[k]))
            leg->effect = (enum leg_effect)k;
    return 0;
}

/* A word belongs to who says it: with somebody else's one joins nothing. Keyed, as groups are
 * shown and a plain hash of them could be met by trying words. */
static uint64_t group_of(const struct call *call, struct str word)
{
    const struct str parts[] = { STR("oco"), str_from(call->who.user_id), word };
    char mac[KEYS_MAC_BYTES];
    keys_mac(mac, call->server->accounts.keys.csrf, parts, ARRAY_COUNT(parts));
    mac[16] = '\0';
    uint64_t group = strtoull(mac, NULL, 16);
    return group ? group : 1;
}

/* Whether it brings a way out along. */
static bool read_exits(const json_t *body, struct order_exits *exits)
{
    *exits = (struct order_exits){ call_whole(body, "exit_target_micros", PRICE_NONE),
                                   call_whole(body, "exit_stop_micros", PRICE_NONE) };
    return exits->target != PRICE_NONE || exits->stop != PRICE_NONE;
}

/* What the desk says of an order that is not sent. 0, or the status of a problem: there could be no
 * such order. */
static int ask_preview(struct call *call, const json_t *body, const struct order_terms *terms,
                       struct order_preview **out)
{
    struct preview_order *order = arena_new(call->arena, struct preview_order);
    struct desk *desk;
    int status = need_desk(call, &desk);
    if (status)
        return status;
    order->terms = *terms;
    order->has_exits = read_exits(body, &order->exits);
    order->trade_id = (uint64_t)call_whole(body, "trade_id", 0);
    order->role = is_admin(call) ? BY_OWNER : BY_TRADER;
    *out = arena_new(call->arena, struct order_preview);
    enum err err = desk_preview(desk, order, *out, ASK_PATIENCE_NS);
    if (err == ERR_FULL || err == ERR_CANCELLED)
        return problem(call, 503, "desk_busy", "the desk has not answered: %s", err_detail());
    return err ? problem(call, 422, "unusable", "%s", err_detail()) : 0;
}

int read_order(struct call *call, const json_t *body, struct order_terms *terms)
{
    struct str symbol = call_text(body, "symbol"), tif = call_text(body, "time_in_force"),
               oco = call_text(body, "oco");
    const json_t *legs = json_object_get(body, "legs");
    order_terms_init(terms);
    memcpy(terms->underlying, symbol.ptr, symbol.len);
    for (size_t i = 0; i < json_array_size(legs); i++) {
        int status = read_leg(call, json_array_get(legs, i), symbol, i, terms);
        if (status)
            return status;
    }
    terms->edit.quantity = call_whole(body, "quantity", 1);
    enum err err = order_type_parse(&terms->edit.type, call_text(body, "type"));
    if (!err && tif.ptr)
        err = order_tif_parse(&terms->edit.tif, tif);
    terms->edit.net_price = call_whole(body, "limit_micros", PRICE_NONE);
    terms->edit.stop_price = call_whole(body, "stop_micros", PRICE_NONE);
    if (oco.ptr)
        terms->links = (struct order_links){ .group = group_of(call, oco),
                                             .kind = GROUP_OCO,
                                             .role = ROLE_MEMBER };
    if (!err)
        err = order_terms_check(terms);
    if (err)
        return problem_of(call, err);
    struct order_preview *unused;
    return call->route->flags & ROUTE_WHAT_IF ? ask_preview(call, body, terms, &unused) : 0;
}

/* ---- preview --------------------------------------------------------------------------------- */

static void key_money(struct json_writer *json, const char *key, int64_t micros)
{
    json_key_micros(json, key, micros == INT64_MAX ? PRICE_NONE : micros);
}

void write_gate(struct json_writer *json, const struct gate_verdict *g)
{
    json_object_begin(json);
    json_key_cstr(json, "gate", gate_step_name(g->gate));
    json_key_cstr(json, "rule", g->rule);
    json_key_bool(json, "passed", g->word != GATE_SAYS_NO && g->word != GATE_SAYS_SIGN);
    json_key_double(json, "value", g->number);
    json_key_double(json, "limit", g->limit);
    json_key_cstr(json, "unit", g->unit);
    json_key_cstr(json, "text", g->text);
    json_key_cstr(json, "would_pass", g->would_pass[0] ? g->would_pass : NULL);
    json_object_end(json);
}

static void write_leg(struct call *call, const struct order_preview *p, uint32_t market, int i,
                      int64_t market_ns)
{
    const struct package_leg *leg = &p->terms.legs[i];
    struct json_writer *json = &call->json;
    char name[OCC_SYMBOL_BYTES] = "stock";
    struct live_greeks g = { NAN, 1, 0, 0, 0, PRICE_NONE, PRICE_NONE, TS_NONE };
    int64_t quantity = leg->ratio * p->terms.edit.quantity;
    double n = (double)(quantity * package_leg_multiplier(leg));
    if (!leg->is_stock) {
        struct occ_symbol symbol = occ_symbol_of(&leg->contract);
        occ_symbol_format(name, &symbol, OCC_PADDED);
        g = live_desk_greeks(call->server->live, market, &leg->contract);
    }
    json_object_begin(json);
    json_key_cstr(json, "contract", name);
    json_key_int(json, "quantity", quantity);
    json_key_micros(json, "bid_micros", leg->bid);
    json_key_micros(json, "ask_micros", leg->ask);
    json_key_ns(json, "quoted_ns", g.quoted_ns);
    json_key_double(json, "age_ms",
                    g.quoted_ns == TS_NONE || g.quoted_ns > market_ns
                        ? NAN
                        : (double)(market_ns - g.quoted_ns) / 1e6);
    json_key_double(json, "vol", g.vol);
    json_key_double(json, "delta", g.delta * n);
    json_key_double(json, "gamma", g.gamma * n);
    json_key_double(json, "theta", g.theta * n);
    json_key_double(json, "vega", g.vega * n);
    json_object_end(json);
}

/* What a package is worth at expiry, dollars a package, at a level of the underlying. */
static double payoff(const struct order_preview *p, double level, double net_dollars)
{
    double sum = -net_dollars * (double)order_terms_multiplier(&p->terms);
    for (int i = 0; i < p->terms.leg_count; i++) {
        const struct package_leg *leg = &p->terms.legs[i];
        double strike = leg->contract.strike_mills / 1000.0;
        double value = leg->is_stock                        ? level
                       : leg->contract.right == OPTION_CALL ? fmax(level - strike, 0)
                                                            : fmax(strike - level, 0);
        sum += value * (double)(leg->ratio * package_leg_multiplier(leg));
    }
    return sum;
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Between two kinks the payoff is a line; beyond the last strike it goes on as it is. */
static void write_breakevens(struct json_writer *json, const struct order_preview *p, int64_t net)
{
    double at[PACKAGE_LEGS_MAX + 2] = { 0 };
    int count = 1;
    int32_t expiry = 0;
    bool is_one = net != PRICE_NONE;
    for (int i = 0; i < p->terms.leg_count; i++) {
        const struct package_leg *leg = &p->terms.legs[i];
        if (leg->is_stock)
            continue;
        is_one = is_one && (!expiry || expiry == leg->contract.expiry);
        expiry = leg->contract.expiry;
        at[count++] = leg->contract.strike_mills / 1000.0;
    }
    qsort(at, (size_t)count, sizeof at[0], compare_doubles);
    at[count] = 4 * at[count - 1] + 1000;
    json_key(json, "breakevens");
    json_array_begin(json);
    for (int i = 0; is_one && i < count; i++) {
        double low = payoff(p, at[i], money_to_dollars(net)),
               high = payoff(p, at[i + 1], money_to_dollars(net));
        if ((low < 0) != (high < 0))
            json_double(json, at[i] + (at[i + 1] - at[i]) * low / (low - high));
    }
    json_array_end(json);
}

static int64_t fees_of(const struct fill_costs *c)
{
    const int64_t parts[] = { c->commission, c->exchange, c->regulatory };
    int64_t sum = 0;
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        if (parts[i] == PRICE_NONE)
            return PRICE_NONE;
        sum += parts[i];
    }
    return sum;
}

/* Why it would not be sent: the first rule that says no, else the one that wants a signature. */
static const char *reason_of(const struct order_preview *p)
{
    for (int word = GATE_SAYS_NO; word >= GATE_SAYS_SIGN; word--)
        for (size_t i = 0; i < p->gate_count; i++)
            if (p->gates[i].word == (enum gate_word)word)
                return p->gates[i].text;
    return "";
}

static void write_preview(struct call *call, const struct order_preview *p,
                          const struct desk_shot *shot)
{
    struct json_writer *json = &call->json;
    char text[ORDER_TEXT_BYTES];
    uint32_t market = 0;
    int64_t limit = p->terms.edit.net_price, net = limit != PRICE_NONE ? limit : p->net_far;
    while (market < shot->market_count &&
           strcmp(shot->markets[market].symbol, p->terms.underlying) != 0)
        market++;
    bool is_known = market < shot->market_count && shot->markets[market].last != PRICE_NONE;
    order_terms_format(text, &p->terms);
    json_object_begin(json);
    json_key_bool(json, "allowed", p->word != GATE_SAYS_NO);
    json_key_bool(json, "needs_signature", p->word == GATE_SAYS_SIGN);
    json_key_cstr(json, "text", text);
    json_key_cstr(json, "reason", reason_of(p));
    json_key(json, "gates");
    json_array_begin(json);
    for (size_t i = 0; i < p->gate_count; i++)
        if (p->gates[i].word != GATE_NOT_ASKED)
            write_gate(json, &p->gates[i]);
    json_array_end(json);
    json_key(json, "legs");
    json_array_begin(json);
    for (int i = 0; i < p->terms.leg_count; i++)
        write_leg(call, p, market, i, shot->now_ns);
    json_array_end(json);
    json_key_int(json, "market_ns", shot->now_ns);
    json_key_int(json, "sequence", (int64_t)shot->sequence);
    json_key_double(json, "spot", is_known ? money_to_dollars(shot->markets[market].last) : NAN);
    json_key_micros(json, "mid_micros", p->net_mid);
    json_key_micros(json, "natural_micros", p->net_far);
    json_key_micros(json, "near_micros", p->net_near);
    json_key_micros(json, "net_micros", net);
    json_key_micros(json, "cash_micros", p->cash);
    json_key_micros(json, "fees_micros", fees_of(&p->costs));
    key_money(json, "max_loss_micros", p->max_loss);
    json_key_bool(json, "loss_unbounded", p->max_loss == INT64_MAX && net != PRICE_NONE);
    key_money(json, "max_profit_micros", p->max_profit);
    json_key_bool(json, "profit_unbounded", p->max_profit == INT64_MAX && net != PRICE_NONE);
    write_breakevens(json, p, net);
    json_key_micros(json, "margin_before_micros", p->margin_before);
    json_key_micros(json, "margin_after_micros", p->margin_after);
    json_key_int(json, "equity_micros", shot->equity);
    json_key_double(json, "delta", p->delta);
    json_key_double(json, "gamma", p->gamma);
    json_key_double(json, "theta", p->theta);
    json_key_double(json, "vega", p->vega);
    json_object_end(json);
}

int api_order_preview(struct call *call)
{
    struct order_terms *terms = arena_new(call->arena, struct order_terms);
    struct order_preview *preview;
    struct desk *desk;
    int status = need_desk(call, &desk);
    if (!status)
        status = read_order(call, call->body, terms);
    if (!status)
        status = ask_preview(call, call->body, terms, &preview);
    if (status)
        return status;
    struct desk_shot *shot = live_desk_shot(call->server->live);
    if (!shot)
        return problem(call, 503, "desk_busy", "the desk has not begun yet: ask again in a moment");
    write_preview(call, preview, shot);
    mem_free(shot);
    return 200;
}

/* ---- sending --------------------------------------------------------------------------------- */

enum { CLIENT_BYTES_MAX = DESK_CLIENT_ID_BYTES - 1 };

static int read_client(struct call *call, char out[DESK_CLIENT_ID_BYTES])
{
    struct str key = call->request->headers[HTTP_IDEMPOTENCY_KEY];
    bool ok = key.len <= CLIENT_BYTES_MAX;
    for (size_t i = 0; ok && i < key.len; i++)
        ok = key.ptr[i] > ' ' && key.ptr[i] < 0x7f;
    if (!ok)
        return problem(call, 422, "idempotency_key",
                       "an Idempotency-Key is at most %d letters, digits and signs",
                       CLIENT_BYTES_MAX);
    snprintf(out, DESK_CLIENT_ID_BYTES, "%.*s", (int)key.len, key.len ? key.ptr : "");
    return 0;
}

/* The order as it is kept, or, while rows are late, as it was made. */
static int answer_order(struct call *call, const struct desk_answer *answer,
                        const struct order_terms *terms, const char *client, int status)
{
    struct db_order row;
    bool is_there = rows_reach(call->server, answer->sequence, ROWS_PATIENCE_NS) &&
                    db_order_get(call->db, call->arena, (int64_t)answer->order_id, &row) == ERR_OK;
    if (is_there && strcmp(row.owner, call->who.user_id) != 0)
        return problem(call, 409, "used", "this Idempotency-Key is somebody else's");
    if (is_there) {
        json_raw(&call->json, row.detail);
        return status;
    }
    struct order_made made = { .id = answer->order_id,
                               .trade_id = answer->trade_id,
                               .desk_id = live_desk_id,
                               .account_id = live_account_id,
                               .owner = call->who.user_id,
                               .client = client && client[0] ? client : NULL,
                               .source = "person",
                               .purpose = order_purpose_name(PURPOSE_MANUAL),
                               .terms = terms,
                               .edit = terms ? &terms->edit : NULL,
                               .state = order_status_name(answer->status),
                               .reason = answer->text,
                               .ts_ns = call->now_ns };
    order_made_write(&call->response->body, &made);
    return status;
}

int api_order_add(struct call *call)
{
    struct desk_command *command = arena_new(call->arena, struct desk_command);
    struct desk_answer answer;
    char place[64];
    command->command = command_of(call, COMMAND_PLACE, "");
    command->command.trade_id = (uint64_t)call_whole(call->body, "trade_id", 0);
    command->has_terms = true;
    int status = read_client(call, command->client_id);
    if (!status)
        status = read_order(call, call->body, &command->terms);
    command->has_exits = read_exits(call->body, &command->exits);
    if (!status && command->command.trade_id)
        status = own_trade(call, (int64_t)command->command.trade_id);
    if (!status)
        status = ask_desk(call, command, &answer);
    if (status)
        return status;
    if (!answer.order_id)
        return problem(call, 422, "refused", "%s",
                       answer.text[0] ? answer.text : "the desk made no order of it");
    snprintf(place, sizeof place, "/api/v1/orders/%llu", (unsigned long long)answer.order_id);
    http_header_add(call->response, "Location", place);
    return answer_order(call, &answer, &command->terms, command->client_id, 201);
}

/* ---- changing -------------------------------------------------------------------------------- */

/* A number of the path or of ?after; 0 to go on. */
static int read_number(struct call *call, struct str text, const char *name, int64_t *out)
{
    *out = 0;
    if (text.ptr && (!str_to_int64(text, out) || *out < 1))
        return problem(call, 422, name, "%s is not a number from 1", name);
    return 0;
}

static int problem_ended(struct call *call, const char *state)
{
    return problem(call, 409, "ended", "the order is over: it is %s", state);
}

/* An order of the caller's (an admin's: any) that is not over. 0 to go on. */
static int own_order(struct call *call, struct db_order *out)
{
    int64_t id;
    int status = read_number(call, call->path_args[0], "id", &id);
    if (status)
        return status;
    rows_catch_up(call->server);
    enum err err = db_order_get(call->db, call->arena, id, out);
    if (err == ERR_NOT_FOUND)
        return problem(call, 404, "not_found", "there is no such order");
    if (err)
        return problem_of(call, err);
    if (strcmp(out->owner, call->who.user_id) != 0 && !is_admin(call))
        return problem(call, 403, "not_yours", "this order is somebody else's");
    return order_state_is_open(out->state) ? 0 : problem_ended(call, out->state);
}

/* What the order is like right after. */
static int answer_changed(struct call *call, int64_t id, uint64_t sequence, int status)
{
    struct db_order row;
    (void)!rows_reach(call->server, sequence, ROWS_PATIENCE_NS);
    enum err err = db_order_get(call->db, call->arena, id, &row);
    if (err)
        return problem_of(call, err);
    json_raw(&call->json, row.detail);
    return status;
}

/* A command to an order that the desk refused: when the order ended on the way, as if it had ended
 * before. */
static int answer_late(struct call *call, int64_t id, const struct desk_answer *answer, int status)
{
    struct db_order row;
    bool is_over = answer->err == ERR_REFUSED &&
                   rows_reach(call->server, answer->sequence, ROWS_PATIENCE_NS) &&
                   db_order_get(call->db, call->arena, id, &row) == ERR_OK &&
                   !order_state_is_open(row.state);
    return is_over ? problem_ended(call, row.state) : status;
}

int api_order_cancel(struct call *call)
{
    struct db_order order;
    struct desk_answer answer = { .err = ERR_OK };
    struct desk_command *command = arena_new(call->arena, struct desk_command);
    int status = own_order(call, &order);
    if (status)
        return status;
    command->command = command_of(call, COMMAND_CANCEL, "");
    command->command.order_id = (uint64_t)order.id;
    status = ask_desk(call, command, &answer);
    return status ? answer_late(call, order.id, &answer, status)
                  : answer_changed(call, order.id, answer.sequence, 202);
}

/* What is not said stays as it is in force. */
static int read_edit(struct call *call, const struct db_order *order, struct order_edit *edit)
{
    json_t *now = json_loadb(order->detail.ptr, order->detail.len, 0, NULL);
    *edit = (struct order_edit){
        .quantity = call_whole(call->body, "quantity", call_whole(now, "quantity", 1)),
        .net_price =
            call_whole(call->body, "limit_micros", call_whole(now, "limit_micros", PRICE_NONE)),
        .stop_price =
            call_whole(call->body, "stop_micros", call_whole(now, "stop_micros", PRICE_NONE))
    };
    enum err err = order_type_parse(&edit->type, call_text(now, "type"));
    if (!err)
        err = order_tif_parse(&edit->tif, call_text(now, "time_in_force"));
    json_decref(now);
    return err ? problem_of(call, err) : 0;
}

int api_order_replace(struct call *call)
{
    struct db_order order;
    struct desk_answer answer = { .err = ERR_OK };
    struct desk_command *command = arena_new(call->arena, struct desk_command);
    int status = own_order(call, &order);
    if (!status && !json_object_size(call->body))
        status = problem(call, 422, "nothing",
                         "say what shall be different: quantity, limit_micros or stop_micros");
    if (!status)
        status = read_edit(call, &order, &command->edit);
    if (status)
        return status;
    command->command = command_of(call, COMMAND_REPLACE, "");
    command->command.order_id = (uint64_t)order.id;
    command->has_edit = true;
    status = ask_desk(call, command, &answer);
    return status ? answer_late(call, order.id, &answer, status)
                  : answer_changed(call, order.id, answer.sequence, 202);
}

/* ---- positions ------------------------------------------------------------------------------- */

int own_trade(struct call *call, int64_t id)
{
    struct desk_shot *shot = live_desk_shot(call->server->live);
    const struct trade *trade = NULL;
    struct db_desk_strategy *all;
    const char *owner = "";
    size_t count = 0;
    for (uint32_t i = 0; shot && i < shot->trade_count; i++)
        if (shot->trades[i].trade.id == (uint64_t)id)
            trade = &shot->trades[i].trade;
    bool is_strategys = trade && trade->host < shot->strategy_count;
    uint32_t host = trade ? trade->host : 0;
    mem_free(shot);
    rows_catch_up(call->server);
    enum err err = is_strategys ? db_desk_strategy_list(call->db, call->arena, live_desk_id,
                                                        SHOT_STRATEGIES, &all, &count)
                                : db_trade_owner(call->db, call->arena, id, &owner);
    for (size_t i = 0; i < count; i++)
        if (all[i].host == host)
            owner = all[i].owner;
    if (err == ERR_NOT_FOUND)
        return problem(call, 404, "not_found", "there is no such trade");
    if (err)
        return problem_of(call, err);
    return strcmp(owner, call->who.user_id) == 0 || is_admin(call)
               ? 0
               : problem(call, 403, "not_yours", "this trade is somebody else's");
}

/* A close that the desk refused: when there is nothing to close any more, or somebody closes it
 * already, that is the state of things and no fault of the request. */
static int answer_unclosed(struct call *call, struct desk *desk, int64_t id, int status)
{
    if (desk_read(desk, live_desk_refresh, call->server->live, ASK_PATIENCE_NS))
        return status;
    struct desk_shot *shot = live_desk_shot(call->server->live);
    if (!shot)
        return status;
    bool is_there = false, is_working = false;
    for (uint32_t i = 0; i < shot->trade_count; i++)
        if (shot->trades[i].trade.id == (uint64_t)id) {
            is_there = true;
            is_working = shot->trades[i].trade.working > 0;
        }
    mem_free(shot);
    if (!is_there)
        return problem(call, 409, "ended", "the trade is over: nothing of it is held any more");
    return is_working ? problem(call, 409, "working",
                                "orders of the trade are still working: cancel them first")
                      : status;
}

int api_position_close(struct call *call)
{
    struct str key = call->path_args[0];
    struct desk_command *command = arena_new(call->arena, struct desk_command);
    struct desk_answer answer;
    struct desk *desk;
    int64_t id = 0;
    int status = need_desk(call, &desk);
    if (status)
        return status;
    if (key.len < 2 || key.ptr[0] != 't' || !str_to_int64(str_slice(key, 1, key.len), &id) ||
        id < 1)
        return problem(
            call, 404, "not_found",
            "a trade's key is t and its number; what all trades hold of a contract is closed by an order");
    status = own_trade(call, id);
    if (!status)
        status = read_client(call, command->client_id);
    if (status)
        return status;
    command->command = command_of(call, COMMAND_CLOSE, call_text(call->body, "reason").ptr);
    command->command.trade_id = (uint64_t)id;
    answer.err = ERR_OK;
    status = ask_desk(call, command, &answer);
    if (status)
        return answer.err == ERR_REFUSED ? answer_unclosed(call, desk, id, status) : status;
    if (!answer.order_id)
        return problem(call, 422, "refused", "%s",
                       answer.text[0]
                           ? answer.text
                           : "no order could be made: a leg has no quote, or is not listed");
    return answer_order(call, &answer, NULL, command->client_id, 201);
}

/* ---- what is kept ---------------------------------------------------------------------------- */

int api_orders(struct call *call)
{
    struct db_order *orders;
    size_t count;
    int64_t before;
    int status = read_number(call, call_text(call->query, "after"), "after", &before);
    if (status)
        return status;
    rows_catch_up(call->server);
    enum err err =
        db_order_list(call->db, call->arena, NULL, before, call_page(call).limit, &orders, &count);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    for (size_t i = 0; i < count; i++)
        json_raw(&call->json, orders[i].detail);
    const char *last =
        count ? arena_printf(call->arena, "%lld", (long long)orders[count - 1].id) : NULL;
    return list_end(call, list_next(call, count, last));
}

static void write_fill(struct json_writer *json, const struct db_fill *fill)
{
    json_object_begin(json);
    json_key_int(json, "id", fill->id);
    json_key_int(json, "order_id", fill->order_id);
    json_key_cstr(json, "venue_ref", fill->venue_ref);
    json_key_cstr(json, "contract", fill->contract);
    json_key_int(json, "ts_ns", fill->ts_ns);
    json_key_int(json, "quantity", fill->quantity);
    json_key_int(json, "price_micros", fill->price_micros);
    json_key_int(json, "costs_micros", fill->costs_micros);
    json_object_end(json);
}

int api_fills(struct call *call)
{
    struct db_fill *fills;
    size_t count;
    int64_t before;
    int status = read_number(call, call_text(call->query, "after"), "after", &before);
    if (status)
        return status;
    rows_catch_up(call->server);
    enum err err =
        db_fill_list(call->db, call->arena, 0, before, call_page(call).limit, &fills, &count);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    for (size_t i = 0; i < count; i++)
        write_fill(&call->json, &fills[i]);
    const char *last =
        count ? arena_printf(call->arena, "%lld", (long long)fills[count - 1].id) : NULL;
    return list_end(call, list_next(call, count, last));
}

static void write_step(struct json_writer *json, const struct db_step *step)
{
    json_object_begin(json);
    json_key_int(json, "ts_ns", step->ts_ns);
    json_key_cstr(json, "state", step->state);
    json_key_int(json, "filled", step->filled);
    json_key_cstr(json, "text", step->text);
    json_object_end(json);
}

enum err write_order_detail(struct json_writer *json, struct db *db, struct arena *arena,
                            int64_t id)
{
    enum { STEPS_MAX = 1000 };
    struct db_order order;
    struct db_step *steps;
    struct db_fill *fills;
    size_t step_count, fill_count;
    enum err err = db_order_get(db, arena, id, &order);
    if (!err)
        err = db_step_list(db, arena, id, STEPS_MAX, &steps, &step_count);
    if (!err)
        err = db_fill_list(db, arena, id, 0, STEPS_MAX, &fills, &fill_count);
    if (err)
        return err;
    json_object_begin(json);
    json_key(json, "order");
    json_raw(json, order.detail);
    json_key(json, "history");
    json_array_begin(json);
    for (size_t i = 0; i < step_count; i++)
        write_step(json, &steps[i]);
    json_array_end(json);
    json_key(json, "fills");
    json_array_begin(json);
    for (size_t i = fill_count; i-- > 0;)
        write_fill(json, &fills[i]);
    json_array_end(json);
    json_object_end(json);
    return ERR_OK;
}

int api_order(struct call *call)
{
    int64_t id;
    int status = read_number(call, call->path_args[0], "id", &id);
    if (status)
        return status;
    rows_catch_up(call->server);
    enum err err = write_order_detail(&call->json, call->db, call->arena, id);
    return err ? problem_of(call, err) : 200;
}
