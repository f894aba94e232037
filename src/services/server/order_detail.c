/* The JSON of an order: made once, then changed member by member as records come. */
#include "services/server/order_detail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/orders/order_set.h"
#include "domain/types/occ_symbol.h"
#include "domain/types/product.h"
#include "kernel/ports/order.h"

void json_set_micros(json_t *object, const char *name, int64_t micros)
{
    json_object_set_new(object, name, micros == PRICE_NONE ? json_null() : json_integer(micros));
}

static void set_text(json_t *object, const char *name, const char *text)
{
    json_object_set_new(object, name, text ? json_string(text) : json_null());
}

static json_t *leg_of(const struct package_leg *leg)
{
    static const char *const effects[] = { "auto", "open", "close" };
    char name[OCC_SYMBOL_BYTES] = "stock";
    if (!leg->is_stock) {
        struct occ_symbol symbol = occ_symbol_of(&leg->contract);
        occ_symbol_format(name, &symbol, OCC_PADDED);
    }
    json_t *out = json_object();
    set_text(out, "contract", name);
    set_text(out, "side", leg->ratio > 0 ? "buy" : "sell");
    json_object_set_new(out, "ratio", json_integer(llabs(leg->ratio)));
    set_text(out, "effect",
             (unsigned)leg->effect < ARRAY_COUNT(effects) ? effects[leg->effect] : "auto");
    return out;
}

/* What is asked for: of the legs, and of one version. */
static void set_terms(json_t *order, const struct order_terms *terms)
{
    char text[ORDER_TEXT_BYTES] = "";
    json_t *legs = json_array();
    if (terms)
        order_terms_format(text, terms);
    for (int i = 0; terms && i < terms->leg_count; i++)
        json_array_append_new(legs, leg_of(&terms->legs[i]));
    set_text(order, "text", text);
    set_text(order, "symbol", terms ? terms->underlying : "");
    json_object_set_new(order, "legs", legs);
    char group[24];
    snprintf(group, sizeof group, "%016llx", terms ? (unsigned long long)terms->links.group : 0);
    if (terms && terms->links.kind == GROUP_OCO)
        set_text(order, "oco_group", group);
    if (terms && terms->links.parent) {
        json_object_set_new(order, "parent_id", json_integer((json_int_t)terms->links.parent));
        set_text(order, "exit", terms->links.role == ROLE_STOP ? "stop" : "target");
    }
}

void order_detail_set_edit(json_t *order, const struct order_edit *edit)
{
    json_object_set_new(order, "quantity", json_integer(edit ? edit->quantity : 0));
    set_text(order, "type", edit ? order_type_name(edit->type) : "");
    json_set_micros(order, "limit_micros", edit ? edit->net_price : PRICE_NONE);
    json_set_micros(order, "stop_micros", edit ? edit->stop_price : PRICE_NONE);
    set_text(order, "time_in_force", edit ? order_tif_name(edit->tif) : "");
}

static void read_leg(struct order_terms *terms, const json_t *leg)
{
    struct contract contract;
    struct occ_symbol symbol;
    const char *name = json_string_value(json_object_get(leg, "contract"));
    const char *side = json_string_value(json_object_get(leg, "side"));
    int64_t ratio = json_integer_value(json_object_get(leg, "ratio")) *
                    (side && strcmp(side, "sell") == 0 ? -1 : 1);
    if (!name || strcmp(name, "stock") == 0)
        order_terms_stock(terms, ratio);
    else if (!occ_symbol_parse(&symbol, str_from(name)) && !product_contract(&contract, &symbol))
        order_terms_option(terms, &contract, ratio);
}

void order_detail_set_text(json_t *out, const json_t *order, const struct order_edit *edit)
{
    struct order_terms terms;
    char text[ORDER_TEXT_BYTES];
    size_t at;
    const json_t *leg, *legs = json_object_get(order, "legs");
    const char *symbol = json_string_value(json_object_get(order, "symbol"));
    if (json_array_size(legs) == 0)
        return; /* of one whose legs nobody was told */
    order_terms_init(&terms);
    snprintf(terms.underlying, sizeof terms.underlying, "%s", symbol ? symbol : "");
    json_array_foreach (legs, at, leg)
        read_leg(&terms, leg);
    terms.edit = *edit;
    order_terms_format(text, &terms);
    set_text(out, "text", text);
}

bool order_state_is_open(const char *state)
{
    static const struct {
        const char *word;
        bool is_done;
    } states[] = {
#define IS_DONE_NEW false
#define IS_DONE_OUT false
#define IS_DONE_LIVE false
#define IS_DONE_SHOWN false
#define IS_DONE_DONE true
#define ORDER_STATUS(id, word, group, text) { word, IS_DONE_##group },
#include "domain/orders/order_statuses.def"
#undef ORDER_STATUS
    };
    for (size_t i = 0; i < ARRAY_COUNT(states); i++)
        if (strcmp(states[i].word, state) == 0)
            return !states[i].is_done;
    return true;
}

void order_detail_set_state(json_t *order, const char *state, const char *reason, int64_t ts_ns)
{
    set_text(order, "state", state);
    json_object_set_new(order, "open", json_boolean(order_state_is_open(state)));
    if (reason)
        set_text(order, "reason", reason);
    json_object_set_new(order, "changed_ns", json_integer(ts_ns));
}

void order_detail_set_filled(json_t *order, int64_t filled, int64_t cash, int64_t costs,
                             int64_t multiplier)
{
    json_object_set_new(order, "filled", json_integer(filled));
    json_object_set_new(order, "cash_micros", json_integer(cash));
    json_object_set_new(order, "costs_micros", json_integer(costs));
    int64_t packages = filled * multiplier;
    json_set_micros(order, "average_micros", packages > 0 ? -(cash / packages) : PRICE_NONE);
}

json_t *order_detail_new(const struct order_made *m)
{
    char number[ORDER_NUMBER_BYTES];
    order_number(number, m->id);
    json_t *order = json_object();
    json_object_set_new(order, "id", json_integer((json_int_t)m->id));
    set_text(order, "number", number);
    set_text(order, "desk_id", m->desk_id);
    set_text(order, "account_id", m->account_id);
    set_text(order, "owner", m->owner);
    order_detail_set_state(order, m->state, m->reason, m->ts_ns);
    set_terms(order, m->terms);
    order_detail_set_edit(order, m->edit);
    order_detail_set_filled(order, 0, 0, 0, 1);
    set_text(order, "source", m->source);
    set_text(order, "purpose", m->purpose);
    set_text(order, "strategy", m->strategy);
    json_object_set_new(order, "trade_id", json_integer((json_int_t)m->trade_id));
    set_text(order, "client_id", m->client);
    json_object_set_new(order, "version", json_integer(1));
    json_object_set_new(order, "created_ns", json_integer(m->ts_ns));
    return order;
}

void json_append(struct buf *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    MUST(text != NULL);
    buf_puts(out, text);
    free(text);
}

void order_made_write(struct buf *out, const struct order_made *made)
{
    json_t *order = order_detail_new(made);
    json_append(out, order);
    json_decref(order);
}
