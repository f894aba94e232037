#include "services/server/desk_house_test.h"

#include <unistd.h>

void open_desk(struct house *h)
{
    prepare_house(h);
    h->options.feed = "sim";
    h->options.symbols = "SPX";
    h->options.speed = 4;
    h->options.seed = 5;
    start(h);
}

json_t *get(struct client *c, const char *target)
{
    struct reply r = ask(c, "GET", target, NULL);
    if (r.status != 200)
        fail_msg("GET %s is %d: %s", target, r.status, r.raw.body.ptr);
    json_t *json = json_incref(r.json);
    reply_free(&r);
    return json;
}

const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

json_int_t whole_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

bool find_spread(struct client *c, struct spread *out)
{
    json_t *chain = get(c, "/api/v1/chains/SPX");
    const json_t *strikes = json_object_get(chain, "strikes_micros"),
                 *bids = json_object_get(json_object_get(chain, "puts"), "bid_micros");
    double spot = json_real_value(json_object_get(chain, "spot"));
    const json_t *expiry = json_object_get(chain, "expiry");
    char day[16] = "";
    snprintf(day, sizeof day, "%.2s%.2s%.2s", text_of(expiry, "expiry") + 2,
             text_of(expiry, "expiry") + 5, text_of(expiry, "expiry") + 8);
    long long low = 0, high = 0, kept[3] = { 0 };
    for (size_t i = 0; i < json_array_size(strikes); i++) {
        long long strike = json_integer_value(json_array_get(strikes, i)) / 1000000;
        if (!json_is_integer(json_array_get(bids, i)) || (double)strike > 0.99 * spot)
            continue;
        high = strike;
        low = kept[i % 3];
        kept[i % 3] = strike;
    }
    snprintf(out->high, sizeof out->high, "%-6s%sP%05lld000", text_of(expiry, "root"), day, high);
    snprintf(out->low, sizeof out->low, "%-6s%sP%05lld000", text_of(expiry, "root"), day, low);
    snprintf(out->far, sizeof out->far, "\"type\":\"limit\",\"limit_micros\":-%lld",
             (high - low) * 1000000 - 100000);
    out->near_micros = -((high - low) * 1000000 - 200000);
    json_decref(chain);
    return low > 0;
}

void await_market(struct client *c, struct spread *out)
{
    for (int i = 0; i < 1200; i++) {
        struct reply r = ask(c, "GET", "/readyz", NULL);
        bool is_ready = r.status == 200;
        reply_free(&r);
        r = is_ready ? ask(c, "GET", "/api/v1/chains/SPX", NULL) : (struct reply){ 0 };
        bool has_chain = r.status == 200;
        reply_free(&r);
        if (has_chain && find_spread(c, out))
            return;
        usleep(50000);
    }
    fail_msg("%s", "the market does not begin");
}

const char *order_text(const struct spread *s, const char *more)
{
    return arena_printf(
        &test_arena,
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"%s\",\"side\":\"sell\",\"ratio\":1},"
        "{\"contract\":\"%s\",\"side\":\"buy\",\"ratio\":1}],\"quantity\":1,%s}",
        s->high, s->low, more);
}

/* Send an order; the answer is the caller's. */
struct reply send_order(struct client *c, const struct spread *s, const char *more, const char *key)
{
    c->extra = key ? arena_printf(&test_arena, "Idempotency-Key: %s\r\n", key) : NULL;
    struct reply r = ask(c, "POST", "/api/v1/orders", order_text(s, more));
    c->extra = NULL;
    return r;
}

void check_status(const struct reply *r, int status)
{
    if (r->status != status)
        fail_msg("the answer is %d, not %d: %s", r->status, status,
                 r->raw.body.ptr ? r->raw.body.ptr : "");
}

/* Until an order is in a state. */
json_t *await_order(struct client *c, json_int_t id, const char *state)
{
    char is[400] = "";
    for (int i = 0; i < 1500; i++) {
        json_t *detail = get(c, arena_printf(&test_arena, "/api/v1/orders/%lld", (long long)id));
        const json_t *order = json_object_get(detail, "order");
        if (strcmp(text_of(order, "state"), state) == 0)
            return detail;
        snprintf(is, sizeof is, "%s: %s %s", text_of(order, "state"), text_of(order, "text"),
                 text_of(order, "reason"));
        json_decref(detail);
        usleep(20000);
    }
    fail_msg("order %lld does not become %s but is %s", (long long)id, state, is);
    return NULL;
}

/* The next message of a socket in which an item of a topic has a state. */
void await_item(int fd, const char *topic, json_int_t id, const char *state)
{
    for (int i = 0; i < 1500; i++) {
        json_t *m = next_message(fd), *item;
        size_t k;
        bool found = false;
        if (!m)
            break;
        json_array_foreach (json_object_get(m, "items"), k, item) {
            const json_t *value = json_object_get(item, "value");
            found =
                found || (strcmp(text_of(m, "topic"), topic) == 0 && whole_of(value, "id") == id &&
                          strcmp(text_of(value, "state"), state) == 0);
        }
        json_decref(m);
        if (found)
            return;
    }
    fail_msg("no message says that order %lld is %s", (long long)id, state);
}

json_t *await_position(struct client *c, json_int_t trade, bool is_there)
{
    for (int i = 0; i < 1500; i++) {
        json_t *all = get(c, "/api/v1/positions?by=trade"), *item, *found = NULL;
        size_t k;
        json_array_foreach (json_object_get(all, "items"), k, item)
            if (whole_of(item, "trade_id") == trade)
                found = json_incref(item);
        json_decref(all);
        if (!found == !is_there)
            return found;
        json_decref(found);
        usleep(20000);
    }
    fail_msg("the position of trade %lld is %s", (long long)trade,
             is_there ? "not there" : "still there");
    return NULL;
}
