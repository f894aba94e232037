#include "adapters/broker/sim/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "adapters/broker/sim/exchange_int.h"
#include "base/zone.h"

struct exchange_config exchange_config_default(enum fill_model model, enum fee_schedule fees)
{
    return (struct exchange_config){ .model = model,
                                     .fees = fees,
                                     .orders = 1024,
                                     .reports = 4096,
                                     .executions = 4096,
                                     .underlyings = 1,
                                     .contracts = 32768 };
}

void exchange_describe(char out[EXCHANGE_TEXT_BYTES], const struct exchange_config *c)
{
    int len =
        snprintf(out, EXCHANGE_TEXT_BYTES, "fill model %s: %s; latency %g ms there, %g ms back",
                 fill_model_name(c->model), fill_model_text(c->model), (double)c->submit_ns / 1e6,
                 (double)c->answer_ns / 1e6);
    if (c->jitter_ns)
        len += snprintf(out + len, EXCHANGE_TEXT_BYTES - (size_t)len, ", up to %g ms more",
                        (double)c->jitter_ns / 1e6);
    if (c->impact_thousandths)
        len += snprintf(out + len, EXCHANGE_TEXT_BYTES - (size_t)len,
                        "; beyond the displayed size %g half-spreads by the square root",
                        c->impact_thousandths / 1e3);
    if (c->reject_ppm || c->partial_ppm)
        snprintf(out + len, EXCHANGE_TEXT_BYTES - (size_t)len,
                 "; %g %% rejected, %g %% filled in parts, at random", c->reject_ppm / 1e4,
                 c->partial_ppm / 1e4);
}

struct exchange *exchange_open(struct arena *arena, const struct exchange_config *config)
{
    MUST(config->orders > 0);
    MUST(config->reports > 0);
    MUST(config->executions > 0);
    MUST(config->underlyings > 0);
    MUST(config->submit_ns >= 0);
    MUST(config->answer_ns >= 0);
    MUST(config->jitter_ns >= 0);
    struct exchange *x = arena_new(arena, struct exchange);
    *x = (struct exchange){ .config = *config,
                            .markets = arena_array(arena, struct market, config->underlyings),
                            .places = arena_array(arena, struct place, config->orders),
                            .cell_count = id_table_cells(config->orders),
                            .open = arena_array(arena, uint32_t, config->orders),
                            .messages = arena_array(arena, struct message, config->reports),
                            .out = arena_array(arena, struct outgoing, config->reports),
                            .pool = arena_array(arena, struct order_report, config->reports),
                            .pool_free = arena_array(arena, uint32_t, config->reports),
                            .pool_free_count = config->reports,
                            .executions = arena_array(arena, struct execution, config->executions),
                            .now_ns = INT64_MIN,
                            .last_due_ns = INT64_MIN,
                            .next_expiry_ns = INT64_MAX,
                            .stress = PRICE_NONE };
    x->cells = arena_array(arena, struct id_cell, x->cell_count);
    id_table_init(x->cells, x->cell_count);
    for (uint32_t i = 0; i < config->reports; i++)
        x->pool_free[i] = config->reports - 1 - i;
    for (uint32_t i = 0; i < config->underlyings; i++) {
        x->markets[i].contracts = arena_array(arena, struct contract, config->contracts);
        x->markets[i].taken = arena_array(arena, struct taken, config->contracts);
        x->markets[i].level = PRICE_NONE;
    }
    known_open(x, arena);
    return x;
}

static void open_remove(struct exchange *x, const struct place *place)
{
    uint32_t slot = (uint32_t)(place - x->places), kept = 0;
    for (uint32_t i = 0; i < x->open_count; i++)
        if (x->open[i] != slot)
            x->open[kept++] = x->open[i];
    x->open_count = kept;
    if (!kept)
        x->next_expiry_ns = INT64_MAX;
}

void exchange_end(struct exchange *x, struct place *place, enum order_input what, int64_t ts_ns,
                  enum reason_code reason, const char *format, ...)
{
    place->state = PLACE_OVER;
    place->end = what;
    open_remove(x, place);
    if (what == ORDER_SAID_FILLED)
        return; /* the executions have told it */
    va_list args;
    va_start(args, format);
    exchange_tell_v(x, place, what, ts_ns, reason, format, args);
    va_end(args);
}

static struct place *place_find(const struct exchange *x, uint64_t id)
{
    uint32_t slot = id_table_find(x->cells, x->cell_count, (struct exec_id){ 0, id });
    return slot == UINT32_MAX ? NULL : &x->places[slot];
}

/* A free place, or that of the order longest over. */
static struct place *place_take(struct exchange *x, uint64_t id)
{
    for (uint32_t i = 0; i < x->config.orders; i++) {
        struct place *place = &x->places[(x->place_next + i) % x->config.orders];
        if (place->state != PLACE_FREE && place->state != PLACE_OVER)
            continue;
        if (place->state == PLACE_OVER)
            id_table_remove(x->cells, x->cell_count, (struct exec_id){ 0, place->id });
        uint32_t slot = (uint32_t)(place - x->places);
        x->place_next = slot + 1;
        memset(place, 0, sizeof *place);
        place->id = id;
        id_table_add(x->cells, x->cell_count, (struct exec_id){ 0, id }, slot);
        return place;
    }
    return NULL;
}

static void legs_locate(struct exchange *x, struct place *place)
{
    const struct market *market = &x->markets[place->terms.underlying_index];
    for (int i = 0; i < place->terms.leg_count; i++) {
        const struct package_leg *leg = &place->terms.legs[i];
        place->rows[i] = leg->is_stock ? UINT32_MAX : market_row(market, &leg->contract);
    }
}

enum err exchange_submit(struct exchange *x, uint64_t id, uint32_t version, int64_t ts_ns,
                         const struct order_terms *terms, const struct order_edit *edit)
{
    if (terms->underlying_index >= x->config.underlyings)
        return err_set(ERR_RANGE, "underlying %u: the simulated venue has %u",
                       terms->underlying_index, x->config.underlyings);
    struct message message = { .kind = MESSAGE_SUBMIT, .id = id, .version = version };
    if (place_find(x, id)) { /* sent again: it is the same order, and asked about */
        message.kind = MESSAGE_ASK;
        return message_send(x, &message, ts_ns);
    }
    if (x->message_count == x->config.reports)
        return message_send(x, &message, ts_ns);
    struct place *place = place_take(x, id);
    if (!place)
        return err_set(ERR_FULL, "the simulated venue has %u orders", x->config.orders);
    place->state = PLACE_COMING;
    place->version = version;
    place->terms = *terms;
    place->terms.edit = *edit;
    place->newest = UINT32_MAX;
    place->best_cost = PRICE_NONE;
    place->queue_ahead = QUEUE_NONE;
    place->volume_seen = -1;
    for (int i = 0; i < terms->leg_count; i++) {
        const struct package_leg *leg = &terms->legs[i];
        place->quotes[i] = (struct leg_quote){ .bid = leg->bid,
                                               .ask = leg->ask,
                                               .last = PRICE_NONE,
                                               .volume = -1,
                                               .bid_size = leg->bid_size,
                                               .ask_size = leg->ask_size,
                                               .ts_ns = ts_ns };
    }
    legs_locate(x, place);
    x->open[x->open_count++] =
        (uint32_t)(place - x->places); /* its quotes are followed from now on */
    return message_send(x, &message, ts_ns);
}

enum err exchange_cancel(struct exchange *x, uint64_t id, int64_t ts_ns)
{
    return message_send(x, &(struct message){ .kind = MESSAGE_CANCEL, .id = id }, ts_ns);
}

enum err exchange_replace(struct exchange *x, uint64_t id, uint32_t version, int64_t ts_ns,
                          const struct order_edit *edit)
{
    return message_send(
        x,
        &(struct message){ .kind = MESSAGE_REPLACE, .id = id, .version = version, .edit = *edit },
        ts_ns);
}

enum err exchange_ask(struct exchange *x, uint64_t id, int64_t ts_ns)
{
    return message_send(x, &(struct message){ .kind = MESSAGE_ASK, .id = id }, ts_ns);
}

static void work(struct exchange *x, struct place *place, int64_t ts_ns)
{
    const struct market *market = &x->markets[place->terms.underlying_index];
    place->is_met = place->is_met || rules_conditions_met(x, place, ts_ns);
    bool is_open = ts_ns >= market->open_ns && ts_ns <= market->close_ns && !market->is_halted;
    place->state = is_open && place->is_met ? PLACE_WORKING : PLACE_HELD;
}

static void arrive_submit(struct exchange *x, struct place *place, int64_t ts_ns)
{
    place->arrived_ns = ts_ns;
    if (x->config.reject_ppm &&
        exchange_draw(x, place->id, DRAW_REJECT, 0) % 1000000 < (uint32_t)x->config.reject_ppm) {
        exchange_end(x, place, ORDER_SAID_REJECTED, ts_ns, REASON_OTHER,
                     "rejected at random, as asked for");
        return;
    }
    if (!rules_accept(x, place, ts_ns))
        return;
    rules_expiry(x, place, ts_ns);
    work(x, place, ts_ns);
    uint64_t before = x->sequence;
    if (place->state == PLACE_WORKING)
        match(x, place, ts_ns, true);
    if (place->state == PLACE_WORKING)
        match_volume(x, place, ts_ns); /* to know who is ahead of it */
    /* An order that traded or ended at once is not acknowledged besides. */
    if (x->sequence == before)
        exchange_tell(x, place,
                      place->state == PLACE_WORKING ? ORDER_SAID_WORKING : ORDER_SAID_HELD, ts_ns,
                      REASON_NONE, "%s", "");
}

static void arrive_cancel(struct exchange *x, struct place *place, const struct message *message)
{
    struct place unknown = { .id = message->id };
    if (!place)
        exchange_tell(x, &unknown, ORDER_SAID_CANCEL_REFUSED, message->due_ns, REASON_UNKNOWN_ORDER,
                      "no order has this number");
    else if (place->state == PLACE_OVER)
        exchange_tell(x, place, ORDER_SAID_CANCEL_REFUSED, message->due_ns, REASON_TOO_LATE,
                      "the order is over");
    else
        exchange_end(x, place, ORDER_SAID_CANCELED, message->due_ns, REASON_NONE,
                     "canceled as asked");
}

static void arrive_replace(struct exchange *x, struct place *place, const struct message *message)
{
    int64_t ts_ns = message->due_ns;
    struct place refused = { .id = message->id, .version = message->version };
    if (place && place->state != PLACE_COMING && message->version == place->version) {
        /* Sent again: it is the same replacement, and acknowledged again. */
        exchange_tell(x, place, ORDER_SAID_REPLACED, ts_ns, REASON_NONE, "%s", "");
        if (place->state == PLACE_OVER)
            exchange_tell(x, place, place->end, ts_ns, REASON_NONE, "%s", "");
        return;
    }
    if (!place || place->state == PLACE_OVER || place->state == PLACE_COMING) {
        exchange_tell(x, &refused, ORDER_SAID_REPLACE_REFUSED, ts_ns,
                      place ? REASON_TOO_LATE : REASON_UNKNOWN_ORDER,
                      "the order is over, or not here");
        return;
    }
    if (message->edit.quantity <= place->filled) {
        exchange_tell(x, &refused, ORDER_SAID_REPLACE_REFUSED, ts_ns, REASON_INVALID,
                      "quantity: %lld, and %lld are filled: %lld or more would pass",
                      (long long)message->edit.quantity, (long long)place->filled,
                      (long long)place->filled + 1);
        return;
    }
    bool keeps_place = message->edit.net_price == place->terms.edit.net_price &&
                       message->edit.quantity <= place->terms.edit.quantity;
    place->terms.edit = message->edit;
    place->version = message->version;
    if (!keeps_place) {
        place->queue_ahead = QUEUE_NONE;
        place->volume_seen = -1;
    }
    rules_expiry(x, place, ts_ns);
    exchange_tell(x, place, ORDER_SAID_REPLACED, ts_ns, REASON_NONE, "%s", "");
    if (place->state == PLACE_WORKING)
        match(x, place, ts_ns, true);
}

static void arrive_ask(struct exchange *x, struct place *place, const struct message *message)
{
    struct place unknown = { .id = message->id };
    if (place)
        tell_executions(x, place, message->due_ns);
    if (!place)
        exchange_tell(x, &unknown, ORDER_SAID_NOT_FOUND, message->due_ns, REASON_UNKNOWN_ORDER,
                      "no order has this number");
    else
        exchange_tell(x, place,
                      place->state == PLACE_OVER      ? place->end
                      : place->state == PLACE_WORKING ? ORDER_SAID_WORKING
                      : place->state == PLACE_HELD    ? ORDER_SAID_HELD
                                                      : ORDER_SAID_PENDING,
                      message->due_ns, REASON_NONE, "%s", "");
}

static void arrive(struct exchange *x, const struct message *message)
{
    struct place *place = place_find(x, message->id);
    switch (message->kind) {
    case MESSAGE_SUBMIT:
        if (place && place->state == PLACE_COMING)
            arrive_submit(x, place, message->due_ns);
        break;
    case MESSAGE_CANCEL:
        arrive_cancel(x, place, message);
        break;
    case MESSAGE_REPLACE:
        arrive_replace(x, place, message);
        break;
    case MESSAGE_ASK:
        arrive_ask(x, place, message);
        break;
    }
}

/* End every order whose time is over strictly before now. */
static void expire(struct exchange *x, int64_t now_ns)
{
    x->next_expiry_ns = INT64_MAX;
    for (uint32_t i = 0; i < x->open_count; i++) {
        struct place *place = &x->places[x->open[i]];
        if (place->state == PLACE_COMING)
            continue;
        if (place->expires_ns >= now_ns) {
            if (place->expires_ns < x->next_expiry_ns)
                x->next_expiry_ns = place->expires_ns;
            continue;
        }
        if (place->terms.edit.tif == ORDER_CLO && place->state == PLACE_WORKING)
            match(x, place, place->expires_ns, true);
        if (place->state != PLACE_OVER)
            exchange_end(x, place, ORDER_SAID_EXPIRED, place->expires_ns, REASON_NONE,
                         "its time in force, %s, is over", order_tif_name(place->terms.edit.tif));
        i--; /* it left the list */
    }
}

/* Let happen what is due until now, in its order. */
static void advance(struct exchange *x, int64_t now_ns)
{
    while (x->message_count && x->messages[0].due_ns <= now_ns) {
        struct message message = messages_pop(x);
        if (x->next_expiry_ns < message.due_ns)
            expire(x, message.due_ns);
        x->now_ns = message.due_ns;
        arrive(x, &message);
    }
    if (x->next_expiry_ns < now_ns)
        expire(x, now_ns);
    x->now_ns = now_ns > x->now_ns ? now_ns : x->now_ns;
}

static enum err check_room(const struct exchange *x)
{
    return x->is_full ? err_set(ERR_FULL, "the simulated venue has %u reports nobody took",
                                x->config.reports)
                      : ERR_OK;
}

static enum err market_begin(struct exchange *x, uint32_t underlying, int64_t ts_ns)
{
    if (underlying >= x->config.underlyings)
        return err_set(ERR_RANGE, "underlying %u: the simulated venue has %u", underlying,
                       x->config.underlyings);
    if (ts_ns > INT64_MIN)
        advance(x, ts_ns - 1);
    return ERR_OK;
}

/* Held orders that may work now do; working ones that may not are held. */
static void rework(struct exchange *x, uint32_t underlying, int64_t ts_ns)
{
    for (uint32_t i = 0; i < x->open_count; i++) {
        struct place *place = &x->places[x->open[i]];
        if (place->terms.underlying_index != underlying || place->state == PLACE_COMING)
            continue;
        enum place_state before = place->state;
        work(x, place, ts_ns);
        if (place->state != before)
            exchange_tell(
                x, place, place->state == PLACE_WORKING ? ORDER_SAID_WORKING : ORDER_SAID_HELD,
                ts_ns, REASON_NONE, "%s", place->state == PLACE_HELD ? "trading stands still" : "");
    }
}

enum err exchange_session(struct exchange *x, uint32_t underlying, int64_t ts_ns,
                          const struct event_session *session)
{
    enum err err = market_begin(x, underlying, ts_ns);
    if (err)
        return err;
    if (session->contract_count > x->config.contracts)
        return err_set(ERR_RANGE, "%u contracts: the simulated venue has room for %u",
                       session->contract_count, x->config.contracts);
    struct market *market = &x->markets[underlying];
    market->day = session->day;
    market->open_ns = session->open_ns;
    market->close_ns = session->close_ns;
    known_session(market, session);
    market->contract_count = session->contract_count;
    if (session->contract_count)
        memcpy(market->contracts, session->contracts,
               session->contract_count * sizeof *market->contracts);
    memset(market->taken, 0, session->contract_count * sizeof *market->taken);
    for (uint32_t i = 0; i < x->open_count; i++) {
        struct place *place = &x->places[x->open[i]];
        if (place->terms.underlying_index != underlying)
            continue;
        legs_locate(x, place);
        for (int leg = 0; leg < place->terms.leg_count; leg++) /* of yesterday */
            place->quotes[leg].bid = place->quotes[leg].ask = PRICE_NONE,
            place->quotes[leg].volume = -1;
        place->volume_seen = -1;
        place->queue_ahead = QUEUE_NONE;
        if (place->state != PLACE_COMING)
            rules_expiry(x, place, ts_ns);
    }
    rework(x, underlying, ts_ns);
    return check_room(x);
}

/* After new quotes: what rests may fill. Orders that end leave the list meanwhile. */
static void match_open(struct exchange *x, uint32_t underlying, int64_t ts_ns)
{
    rework(x, underlying, ts_ns);
    for (uint32_t i = 0; i < x->open_count;) {
        uint32_t slot = x->open[i];
        struct place *place = &x->places[slot];
        if (place->state == PLACE_WORKING && place->terms.underlying_index == underlying) {
            match_volume(x, place, ts_ns);
            if (place->state == PLACE_WORKING)
                match(x, place, ts_ns, false);
        }
        i += i < x->open_count && x->open[i] == slot;
    }
}

static void quote_stock(struct place *place, int64_t bid, int64_t ask, int64_t last, int64_t ts_ns)
{
    if (bid == PRICE_NONE || ask == PRICE_NONE)
        bid = ask = last; /* no bid and ask is stored: its last price */
    for (int i = 0; i < place->terms.leg_count; i++)
        if (place->terms.legs[i].is_stock)
            place->quotes[i] = (struct leg_quote){ .bid = bid,
                                                   .ask = ask,
                                                   .last = last,
                                                   .volume = -1,
                                                   .bid_size = SIZE_NONE,
                                                   .ask_size = SIZE_NONE,
                                                   .ts_ns = ts_ns };
}

static uint32_t row_find(const struct quote_rows *rows, uint32_t contract)
{
    uint32_t low = 0, high = rows->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (rows->contract[middle] < contract)
            low = middle + 1;
        else
            high = middle;
    }
    return low < rows->count && rows->contract[low] == contract ? low : UINT32_MAX;
}

enum err exchange_market(struct exchange *x, uint32_t underlying, int64_t ts_ns,
                         const struct event_market *event)
{
    enum err err = market_begin(x, underlying, ts_ns);
    if (err)
        return err;
    struct market *market = &x->markets[underlying];
    market->level = event->underlying;
    for (uint32_t i = 0; i < event->rows.count && market->known; i++)
        known_see(market, event->rows.contract[i], event->rows.bid[i], event->rows.ask[i]);
    for (uint32_t i = 0; i < x->open_count; i++) {
        struct place *place = &x->places[x->open[i]];
        if (place->terms.underlying_index != underlying)
            continue;
        quote_stock(place, event->bid, event->ask, event->underlying, ts_ns);
        for (int leg = 0; leg < place->terms.leg_count; leg++) {
            uint32_t row = place->rows[leg] == UINT32_MAX
                               ? UINT32_MAX
                               : row_find(&event->rows, place->rows[leg]);
            if (row == UINT32_MAX)
                continue;
            const struct quote_rows *rows = &event->rows;
            place->quotes[leg] = (struct leg_quote){
                .bid = rows->bid[row],
                .ask = rows->ask[row],
                .last = rows->last ? rows->last[row] : PRICE_NONE,
                .volume = rows->volume ? (int64_t)rows->volume[row] : -1,
                .bid_size = rows->bid_size ? rows->bid_size[row] : SIZE_NONE,
                .ask_size = rows->ask_size ? rows->ask_size[row] : SIZE_NONE,
                .ts_ns = ts_ns,
            };
        }
    }
    if (x->open_count)
        match_open(x, underlying, ts_ns);
    return check_room(x);
}

enum err exchange_quote(struct exchange *x, uint32_t underlying, int64_t ts_ns,
                        const struct exchange_quote *quote)
{
    enum err err = market_begin(x, underlying, ts_ns);
    if (err)
        return err;
    bool is_stock = quote->contract == UINT32_MAX;
    if (is_stock && quote->last != PRICE_NONE)
        x->markets[underlying].level = quote->last;
    known_see(&x->markets[underlying], quote->contract, quote->bid, quote->ask);
    for (uint32_t i = 0; i < x->open_count; i++) {
        struct place *place = &x->places[x->open[i]];
        if (place->terms.underlying_index != underlying)
            continue;
        if (is_stock)
            quote_stock(place, quote->bid, quote->ask, x->markets[underlying].level, ts_ns);
        for (int leg = 0; !is_stock && leg < place->terms.leg_count; leg++)
            if (place->rows[leg] == quote->contract)
                place->quotes[leg] =
                    (struct leg_quote){ quote->bid,    quote->ask,      quote->last,
                                        quote->volume, quote->bid_size, quote->ask_size,
                                        ts_ns };
    }
    if (x->open_count)
        match_open(x, underlying, ts_ns);
    return check_room(x);
}

void exchange_stress(struct exchange *x, int64_t vix)
{
    x->stress = vix;
}

enum err exchange_halt(struct exchange *x, uint32_t underlying, int64_t ts_ns, bool is_halted)
{
    enum err err = market_begin(x, underlying, ts_ns);
    if (err)
        return err;
    x->markets[underlying].is_halted = is_halted;
    x->markets[underlying].fresh_ns = ts_ns;
    rework(x, underlying, ts_ns);
    return check_room(x);
}

enum err exchange_day_end(struct exchange *x, uint32_t underlying, int64_t ts_ns)
{
    enum err err = market_begin(x, underlying, ts_ns);
    if (err)
        return err;
    struct market *market = &x->markets[underlying];
    for (uint32_t i = 0; i < x->open_count; i++) {
        struct place *place = &x->places[x->open[i]];
        if (place->terms.underlying_index == underlying && place->state != PLACE_COMING &&
            place->expires_ns <= market->close_ns)
            place->expires_ns = x->next_expiry_ns = ts_ns - 1;
    }
    market->open_ns = INT64_MAX; /* closed until the next session */
    market->close_ns = INT64_MIN;
    expire(x, ts_ns);
    rework(x, underlying, ts_ns);
    return check_room(x);
}

bool exchange_poll(struct exchange *x, int64_t now_ns, struct order_report *out, int64_t *due_ns)
{
    advance(x, now_ns);
    if (!x->out_count || x->out[0].due_ns > now_ns)
        return false;
    struct outgoing top = out_pop(x);
    *out = x->pool[top.report];
    if (due_ns)
        *due_ns = top.due_ns;
    x->pool_free[x->pool_free_count++] = top.report;
    return true;
}

int64_t exchange_next_ns(const struct exchange *x)
{
    int64_t next = x->next_expiry_ns == INT64_MAX ? INT64_MAX : x->next_expiry_ns + 1;
    if (x->message_count && x->messages[0].due_ns < next)
        next = x->messages[0].due_ns;
    if (x->out_count && x->out[0].due_ns < next)
        next = x->out[0].due_ns;
    return next;
}

bool exchange_is_talking(const struct exchange *x)
{
    return x->message_count || x->out_count;
}

const struct order_terms *exchange_open_order(const struct exchange *x, uint32_t place,
                                              uint64_t *id, int64_t *filled)
{
    if (place >= x->open_count)
        return NULL;
    const struct place *order = &x->places[x->open[place]];
    *id = order->id;
    *filled = order->filled;
    return &order->terms;
}
