/* The live desk as traders see it: orders over HTTP, fills over sockets, crashes in between. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/zone.h"
#include "services/server/chain_board.h"
#include "services/server/house_test.h"

static void open_desk(struct house *h)
{
    prepare_house(h);
    h->options.feed = "sim";
    h->options.symbols = "SPX";
    h->options.speed = 4;
    h->options.seed = 5;
    start(h);
}

static json_t *get(struct client *c, const char *target)
{
    struct reply r = ask(c, "GET", target, NULL);
    if (r.status != 200)
        fail_msg("GET %s is %d: %s", target, r.status, r.raw.body.ptr);
    json_t *json = json_incref(r.json);
    reply_free(&r);
    return json;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static json_int_t whole_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

/* A put spread below the market, of the front expiry. */
struct spread {
    char high[32], low[32]; /* contracts */
    char far[80];           /* a limit that nobody takes: nearly its width */
    long long near_micros;  /* another one */
};

static bool find_spread(struct client *c, struct spread *out)
{
    json_t *chain = get(c, "/api/v1/chains/SPX");
    const json_t *strikes = json_object_get(chain, "strikes_micros"), *bids = json_object_get(json_object_get(chain, "puts"), "bid_micros");
    double spot = json_real_value(json_object_get(chain, "spot"));
    const json_t *expiry = json_object_get(chain, "expiry");
    char day[16] = "";
    snprintf(day, sizeof day, "%.2s%.2s%.2s", text_of(expiry, "expiry") + 2, text_of(expiry, "expiry") + 5, text_of(expiry, "expiry") + 8);
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
    snprintf(out->far, sizeof out->far, "\"type\":\"limit\",\"limit_micros\":-%lld", (high - low) * 1000000 - 100000);
    out->near_micros = -((high - low) * 1000000 - 200000);
    json_decref(chain);
    return low > 0;
}

static void await_market(struct client *c, struct spread *out)
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

static const char *order_text(const struct spread *s, const char *more)
{
    return arena_printf(&test_arena,
                        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"%s\",\"side\":\"sell\",\"ratio\":1},"
                        "{\"contract\":\"%s\",\"side\":\"buy\",\"ratio\":1}],\"quantity\":1,%s}",
                        s->high, s->low, more);
}

/* Send an order; the answer is the caller's. */
static struct reply send_order(struct client *c, const struct spread *s, const char *more, const char *key)
{
    c->extra = key ? arena_printf(&test_arena, "Idempotency-Key: %s\r\n", key) : NULL;
    struct reply r = ask(c, "POST", "/api/v1/orders", order_text(s, more));
    c->extra = NULL;
    return r;
}

static void check_status(const struct reply *r, int status)
{
    if (r->status != status)
        fail_msg("the answer is %d, not %d: %s", r->status, status, r->raw.body.ptr ? r->raw.body.ptr : "");
}

/* Until an order is in a state. */
static json_t *await_order(struct client *c, json_int_t id, const char *state)
{
    char is[400] = "";
    for (int i = 0; i < 200; i++) {
        json_t *detail = get(c, arena_printf(&test_arena, "/api/v1/orders/%lld", (long long)id));
        const json_t *order = json_object_get(detail, "order");
        if (strcmp(text_of(order, "state"), state) == 0)
            return detail;
        snprintf(is, sizeof is, "%s: %s %s", text_of(order, "state"), text_of(order, "text"), text_of(order, "reason"));
        json_decref(detail);
        usleep(20000);
    }
    fail_msg("order %lld does not become %s but is %s", (long long)id, state, is);
    return NULL;
}

/* The next message of a socket in which an item of a topic has a state. */
static void await_item(int fd, const char *topic, json_int_t id, const char *state)
{
    for (int i = 0; i < 500; i++) {
        json_t *m = next_message(fd), *item;
        size_t k;
        bool found = false;
        if (!m)
            break;
        json_array_foreach(json_object_get(m, "items"), k, item) {
            const json_t *value = json_object_get(item, "value");
            found = found || (strcmp(text_of(m, "topic"), topic) == 0 && whole_of(value, "id") == id &&
                              strcmp(text_of(value, "state"), state) == 0);
        }
        json_decref(m);
        if (found)
            return;
    }
    fail_msg("no message says that order %lld is %s", (long long)id, state);
}

static json_t *await_position(struct client *c, json_int_t trade, bool is_there)
{
    for (int i = 0; i < 200; i++) {
        json_t *all = get(c, "/api/v1/positions?by=trade"), *item, *found = NULL;
        size_t k;
        json_array_foreach(json_object_get(all, "items"), k, item) if (whole_of(item, "trade_id") == trade) found = json_incref(item);
        json_decref(all);
        if (!found == !is_there)
            return found;
        json_decref(found);
        usleep(20000);
    }
    fail_msg("the position of trade %lld is %s", (long long)trade, is_there ? "not there" : "still there");
    return NULL;
}

TEST(desk_api, an_order_is_previewed_sent_filled_seen_by_two_and_closed)
{
    struct house h;
    struct spread s;
    int ann_fd, vic_fd;
    open_desk(&h);
    struct client ann = set_up(&h), vic = add_user(&h, &ann, "vic", "viewer");
    await_market(&ann, &s);
    CHECK_EQ(open_socket(&ann, &ann_fd), 101);
    CHECK_EQ(open_socket(&vic, &vic_fd), 101);
    say(ann_fd, "{\"op\":\"subscribe\",\"topic\":\"orders\"}");
    say(vic_fd, "{\"op\":\"subscribe\",\"topic\":\"orders\"}");
    struct reply r = ask(&ann, "POST", "/api/v1/orders/preview", order_text(&s, "\"type\":\"market\""));
    check_status(&r, 200);
    CHECK(json_is_true(json_object_get(r.json, "allowed")));
    CHECK(json_array_size(json_object_get(r.json, "gates")) > 10);
    CHECK_EQ(json_array_size(json_object_get(r.json, "breakevens")), 1);
    json_int_t expected = whole_of(r.json, "max_loss_micros"), fees = whole_of(r.json, "fees_micros");
    CHECK(expected > 0);
    reply_free(&r);
    r = send_order(&ann, &s, "\"type\":\"market\"", "first");
    check_status(&r, 201);
    json_int_t id = whole_of(r.json, "id"), trade = whole_of(r.json, "trade_id");
    CHECK_STR(text_at(&r, "client_id"), "first");
    reply_free(&r);
    await_item(ann_fd, "orders", id, "filled");
    await_item(vic_fd, "orders", id, "filled");
    json_t *detail = await_order(&vic, id, "filled"), *fill;
    const json_t *order = json_object_get(detail, "order");
    json_int_t cash = 0;
    size_t k;
    CHECK_EQ(json_array_size(json_object_get(detail, "fills")), 2);
    json_array_foreach(json_object_get(detail, "fills"), k, fill) cash -= whole_of(fill, "price_micros") * whole_of(fill, "quantity") * 100;
    CHECK_EQ(whole_of(order, "cash_micros"), cash);
    CHECK_EQ(whole_of(order, "average_micros"), -cash / 100);
    CHECK_EQ(whole_of(order, "costs_micros"), fees);
    CHECK(json_array_size(json_object_get(detail, "history")) >= 2);
    json_decref(detail);

    json_t *position = await_position(&ann, trade, true);
    CHECK_STR(text_of(position, "state"), "open");
    CHECK_EQ(json_array_size(json_object_get(position, "legs")), 2);
    CHECK(json_real_value(json_object_get(position, "delta")) > 0); /* short the higher put */
    CHECK_EQ(whole_of(position, "pnl_micros"), whole_of(position, "value_micros") + cash - fees);
    json_decref(position);
    json_t *account = get(&ann, "/api/v1/account");
    const json_t *a = json_array_get(json_object_get(account, "items"), 0);
    CHECK_EQ(whole_of(a, "equity_micros"), whole_of(a, "cash_micros") + whole_of(a, "options_micros"));
    CHECK_EQ(whole_of(a, "cash_micros"), 100000 * INT64_C(1000000) + cash - fees);
    json_decref(account);

    r = ask(&ann, "POST", arena_printf(&test_arena, "/api/v1/positions/t%lld/close", (long long)trade), "{}");
    check_status(&r, 201);
    json_int_t closing = whole_of(r.json, "id");
    reply_free(&r);
    await_item(vic_fd, "orders", closing, "filled");
    CHECK(await_position(&ann, trade, false) == NULL);
    close(ann_fd);
    close(vic_fd);
    close_house(&h);
}

TEST(desk_api, an_order_rests_and_is_changed_and_canceled_by_whose_it_is_alone)
{
    struct house h;
    struct spread s;
    char path[80], cancel[80];
    open_desk(&h);
    struct client ann = set_up(&h), tom = add_user(&h, &ann, "tom", "trader"), tim = add_user(&h, &ann, "tim", "trader"),
                  vic = add_user(&h, &ann, "vic", "viewer");
    await_market(&ann, &s);
    const char *edit = arena_printf(&test_arena, "{\"limit_micros\":%lld}", s.near_micros);
    struct reply r = send_order(&tom, &s, s.far, "k");
    check_status(&r, 201);
    json_int_t id = whole_of(r.json, "id");
    reply_free(&r);
    json_decref(await_order(&tom, id, "working"));
    snprintf(path, sizeof path, "/api/v1/orders/%lld", (long long)id);
    snprintf(cancel, sizeof cancel, "%s/cancel", path);
    expect(&tim, "PUT", path, edit, 403);
    expect(&tim, "POST", cancel, NULL, 403);
    expect(&vic, "PUT", path, edit, 403);
    expect(&vic, "POST", cancel, NULL, 403);
    expect(&vic, "GET", path, NULL, 200);
    expect(&vic, "POST", "/api/v1/orders", order_text(&s, s.far), 403);
    expect(&vic, "POST", "/api/v1/orders/preview", order_text(&s, s.far), 403);
    r = send_order(&tim, &s, s.far, "k"); /* tom's key */
    check_status(&r, 409);
    reply_free(&r);
    r = send_order(&tom, &s, s.far, "k"); /* the same again */
    check_status(&r, 201);
    CHECK_EQ(whole_of(r.json, "id"), id);
    reply_free(&r);
    expect(&tom, "PUT", path, "{}", 422);
    expect(&tom, "PUT", path, "{\"quantity\":0}", 422);
    expect(&tom, "PUT", path, "{\"price\":1}", 422);
    expect(&tom, "PUT", "/api/v1/orders/999999", "{\"quantity\":2}", 404);
    expect(&tom, "PUT", "/api/v1/orders/x", "{\"quantity\":2}", 422);
    expect(&tom, "PUT", path, edit, 202);
    json_t *detail = await_order(&tom, id, "working");
    CHECK_EQ(whole_of(json_object_get(detail, "order"), "limit_micros"), s.near_micros);
    CHECK_EQ(whole_of(json_object_get(detail, "order"), "version"), 2);
    json_decref(detail);
    expect(&ann, "POST", cancel, NULL, 202); /* an admin may */
    json_decref(await_order(&tom, id, "canceled"));
    expect(&tom, "POST", cancel, NULL, 409);
    json_t *all = get(&tom, "/api/v1/orders");
    CHECK_EQ(json_array_size(json_object_get(all, "items")), 1); /* one key, one order */
    json_decref(all);

    r = send_order(&tom, &s, "\"type\":\"market\"", NULL);
    check_status(&r, 201);
    snprintf(path, sizeof path, "/api/v1/positions/t%lld/close", (long long)whole_of(r.json, "trade_id"));
    id = whole_of(r.json, "id");
    json_int_t trade = whole_of(r.json, "trade_id");
    reply_free(&r);
    json_decref(await_order(&tom, id, "filled"));
    json_decref(await_position(&tom, trade, true));
    expect(&tim, "POST", path, "{}", 403);
    expect(&vic, "POST", path, "{}", 403);
    expect(&tom, "POST", "/api/v1/positions/t999999/close", "{}", 404);
    expect(&tom, "POST", "/api/v1/positions/t/close", "{}", 404);
    const char *join = arena_printf(&test_arena, "\"type\":\"market\",\"trade_id\":%lld", (long long)trade);
    expect(&tim, "POST", "/api/v1/orders", order_text(&s, join), 403);
    expect(&tom, "POST", path, "{}", 201);
    close_house(&h);
}

TEST(desk_api, what_cannot_be_an_order_is_named_and_what_may_not_be_is_refused_with_the_rule)
{
    struct house h;
    struct spread s;
    open_desk(&h);
    struct client ann = set_up(&h);
    await_market(&ann, &s);
    static const char *const wrong[] = {
        "{}",
        "{\"symbol\":\"SPX\",\"legs\":[],\"quantity\":1,\"type\":\"market\"}",
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"SPX\",\"side\":\"buy\",\"ratio\":1}],\"quantity\":1,\"type\":\"market\"}",
        "{\"symbol\":\"SPY\",\"legs\":[{\"contract\":\"SPX   250117C05000000\",\"side\":\"buy\",\"ratio\":1}],\"quantity\":1,\"type\":\"market\"}",
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"SPX   250117C05000000\",\"side\":\"both\",\"ratio\":1}],\"quantity\":1,\"type\":\"market\"}",
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"SPX   250117C05000000\",\"side\":\"buy\",\"ratio\":0}],\"quantity\":1,\"type\":\"market\"}",
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"SPX   250117C05000000\",\"side\":\"buy\",\"ratio\":1}],\"quantity\":1,\"type\":\"limit\"}",
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"SPX   250117C05000000\",\"side\":\"buy\",\"ratio\":1}],\"quantity\":1.5,\"type\":\"market\"}",
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"SPX   270117C05000000\",\"side\":\"buy\",\"ratio\":1}],\"quantity\":1,\"type\":\"market\"}",
        "{\"symbol\":\"NONE\",\"legs\":[{\"contract\":\"stock\",\"side\":\"buy\",\"ratio\":1}],\"quantity\":1,\"type\":\"market\"}",
    };
    FOR_EACH(body, wrong)
        for (int i = 0; i < 2; i++)
            expect(&ann, "POST", i ? "/api/v1/orders" : "/api/v1/orders/preview", *body, 422);
    ann.extra = "Idempotency-Key: 12345678901234567890123456789012345678901\r\n";
    expect(&ann, "POST", "/api/v1/orders", order_text(&s, "\"type\":\"market\""), 422);
    ann.extra = NULL;
    const char *huge = arena_printf(&test_arena, "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"%s\",\"side\":\"sell\",\"ratio\":1}],"
                                                 "\"quantity\":600,\"type\":\"market\"}", s.high);
    struct reply r = ask(&ann, "POST", "/api/v1/orders", huge);
    check_status(&r, 422);
    CHECK_HAS(text_at(&r, "detail"), "the limit is");
    reply_free(&r);
    r = ask(&ann, "POST", "/api/v1/orders/preview", huge);
    check_status(&r, 200);
    CHECK(json_is_false(json_object_get(r.json, "allowed")));
    CHECK_HAS(text_at(&r, "reason"), "the limit is");
    reply_free(&r);
    json_t *all = get(&ann, "/api/v1/orders");
    const json_t *refused = json_array_get(json_object_get(all, "items"), 0);
    CHECK_STR(text_of(refused, "state"), "refused");
    CHECK_EQ(json_array_size(json_object_get(refused, "legs")), 1);
    json_decref(all);
    json_t *fills = get(&ann, "/api/v1/fills");
    CHECK_EQ(json_array_size(json_object_get(fills, "items")), 0);
    json_decref(fills);
    close_house(&h);
}

static void command(struct client *c, const char *word, const char *state)
{
    struct reply r = ask(c, "POST", "/api/v1/desk/commands", arena_printf(&test_arena, "{\"command\":\"%s\",\"reason\":\"a test\"}", word));
    check_status(&r, 200);
    CHECK_STR(text_at(&r, "state"), state);
    reply_free(&r);
}

TEST(desk_api, a_desk_is_halted_and_killed_and_strategies_are_armed_and_disarmed)
{
    struct house h;
    struct spread s;
    open_desk(&h);
    struct client ann = set_up(&h), tom = add_user(&h, &ann, "tom", "trader"), tim = add_user(&h, &ann, "tim", "trader"),
                  vic = add_user(&h, &ann, "vic", "viewer");
    await_market(&ann, &s);
    expect(&vic, "POST", "/api/v1/desk/commands", "{\"command\":\"halt\",\"reason\":\"x\"}", 403);
    expect(&tom, "POST", "/api/v1/desk/commands", "{\"command\":\"stop\",\"reason\":\"x\"}", 422);
    expect(&tom, "POST", "/api/v1/desk/commands", "{\"command\":\"halt\"}", 422);
    command(&tom, "halt", "halted");
    struct reply r = send_order(&tom, &s, "\"type\":\"market\"", NULL);
    check_status(&r, 422);
    CHECK_HAS(text_at(&r, "detail"), "halted");
    reply_free(&r);
    command(&tom, "resume", "normal");
    command(&tom, "kill", "killed");
    r = ask(&tom, "POST", "/api/v1/desk/commands", "{\"command\":\"resume\",\"reason\":\"x\"}");
    CHECK(r.status == 422); /* the owner's alone */
    reply_free(&r);
    command(&ann, "resume", "normal");

    expect(&vic, "POST", "/api/v1/desk/strategies", "{\"strategy\":\"iron_condor\"}", 403);
    expect(&tom, "POST", "/api/v1/desk/strategies", "{\"strategy\":\"../../etc/passwd\"}", 422);
    expect(&tom, "POST", "/api/v1/desk/strategies", "{\"strategy\":\"nothing\"}", 422);
    expect(&tom, "POST", "/api/v1/desk/strategies", "{}", 422);
    expect(&tom, "POST", "/api/v1/desk/strategies", "{\"strategy\":\"iron_condor\",\"symbol\":\"QQQ\"}", 422); /* no market of ours */
    r = ask(&tom, "POST", "/api/v1/desk/strategies", "{\"strategy\":\"iron_condor\",\"symbol\":\"SPX\"}");
    check_status(&r, 201);
    CHECK_STR(text_at(&r, "id"), "s0");
    CHECK(json_is_true(json_object_get(r.json, "armed")));
    reply_free(&r);
    expect(&tim, "POST", "/api/v1/desk/strategies/s0/disarm", NULL, 403);
    expect(&tom, "POST", "/api/v1/desk/strategies/s7/disarm", NULL, 404);
    expect(&tom, "POST", "/api/v1/desk/strategies/s/disarm", NULL, 404);
    r = ask(&tom, "POST", "/api/v1/desk/strategies/s0/disarm", NULL);
    check_status(&r, 200);
    CHECK(json_is_false(json_object_get(r.json, "armed")));
    reply_free(&r);
    expect(&ann, "POST", "/api/v1/desk/strategies/s0/arm", NULL, 200);
    json_t *trail = get(&ann, "/api/v1/audit");
    char events[2000] = "";
    json_t *entry;
    size_t i;
    json_array_foreach(json_object_get(trail, "items"), i, entry)
        snprintf(events + strlen(events), sizeof events - strlen(events), " %s", text_of(entry, "event"));
    static const char *const wanted[] = { "desk.halt", "desk.place", "desk.resume", "desk.kill", "desk.enlist", "desk.disarm", "desk.arm" };
    FOR_EACH(event, wanted)
        CHECK_HAS(events, *event);
    json_decref(trail);
    json_t *verdict = get(&ann, "/api/v1/audit/verify");
    CHECK(json_is_true(json_object_get(verdict, "whole")));
    json_decref(verdict);
    close_house(&h);
}

TEST(desk_api, chains_stream_as_frames_and_are_read_as_the_stores_are)
{
    struct house h;
    struct spread s;
    int fd;
    open_desk(&h);
    struct client ann = set_up(&h), vic = add_user(&h, &ann, "vic", "viewer");
    await_market(&ann, &s);
    json_t *chain = get(&vic, "/api/v1/chains/SPX");
    CHECK_STR(text_of(chain, "source"), "live");
    char topic[80], day[16];
    snprintf(day, sizeof day, "%s", text_of(json_object_get(chain, "expiry"), "expiry"));
    snprintf(topic, sizeof topic, "{\"op\":\"subscribe\",\"topic\":\"chain:SPX:%s\"}", day);
    json_decref(chain);
    CHECK_EQ(open_socket(&vic, &fd), 101);
    say(fd, "{\"op\":\"subscribe\",\"topic\":\"chain:ABC\"}");
    json_t *m = next_message(fd);
    check_member(m, "op", "error");
    json_decref(m);
    say(fd, topic);
    m = next_message(fd);
    check_member(m, "op", "subscribed");
    uint32_t number = (uint32_t)whole_of(m, "number"), rows = (uint32_t)json_array_size(json_object_get(m, "contracts"));
    CHECK(rows > 50);
    json_decref(m);
    uint64_t seq = 0;
    uint32_t quoted = 0;
    for (int i = 0; i < 20; i++) {
        struct buf frame = { 0 };
        uint32_t head[6];
        uint64_t at[2];
        CHECK_EQ(wire_socket_read(fd, &frame), 2);
        memcpy(head, frame.ptr, sizeof head); /* tests run on little-endian machines */
        memcpy(at, frame.ptr + 24, sizeof at);
        CHECK_EQ(head[0], CHAIN_MAGIC);
        CHECK_EQ(head[1] >> 16, i ? 2 : 1);
        CHECK_EQ(head[2], number);
        CHECK_EQ(frame.len, CHAIN_HEAD_BYTES + CHAIN_ROW_BYTES * (size_t)head[4]);
        CHECK_EQ(at[1], i ? seq : 0);
        seq = at[0];
        CHECK(i || head[4] == rows);
        quoted += head[4];
        buf_free(&frame);
    }
    CHECK(quoted > rows);
    close(fd);
    json_t *surface = get(&vic, "/api/v1/surface/SPX");
    CHECK(json_array_size(json_object_get(surface, "slices")) > 3);
    json_decref(surface);
    json_t *quotes = get(&vic, "/api/v1/quotes");
    CHECK_EQ(json_array_size(json_object_get(quotes, "items")), 1);
    json_decref(quotes);
    json_decref(get(&vic, "/api/v1/symbols/SPX/intraday?seconds=5"));
    expect(&vic, "GET", "/api/v1/symbols/SPX/intraday?seconds=7", NULL, 422);
    struct reply r = send_order(&ann, &s, "\"type\":\"market\"", NULL);
    json_int_t trade = whole_of(r.json, "trade_id");
    reply_free(&r);
    json_decref(await_position(&ann, trade, true));
    json_t *risk = get(&vic, "/api/v1/risk");
    const json_t *scenarios = json_object_get(risk, "scenarios"), *pnl = json_object_get(scenarios, "pnl");
    size_t moves = json_array_size(json_object_get(scenarios, "moves")), vols = json_array_size(json_object_get(scenarios, "vols"));
    CHECK_EQ(json_array_size(pnl), moves * vols * json_array_size(json_object_get(scenarios, "days")));
    /* A put spread that is short the higher one loses when the market falls far, at any vol. */
    for (size_t v = 0; v < vols; v++)
        CHECK(json_number_value(json_array_get(pnl, v * moves)) < 0);
    CHECK_NEAR(json_number_value(json_array_get(pnl, vols / 2 * moves + moves / 2)), 0, 1e-6);
    json_decref(risk);
    r = ask(&vic, "POST", "/api/v1/risk/what-if", order_text(&s, "\"type\":\"market\""));
    check_status(&r, 200);
    reply_free(&r);
    close_house(&h);
}

/* ---- a killed server ----------------------------------------------------------------------------- */

struct process {
    pid_t pid;
    int port;
    char setup[64];
};

static void spawn_server(struct process *p, const char *data)
{
    int pipes[2];
    const char *argv[] = { "ironfly", "serve", "--data", data, "--port", "0", "--symbols", "SPX", "--speed", "4", "--seed", "5",
                           "--cash",  "5000000", NULL };
    CHECK(pipe(pipes) == 0);
    p->pid = fork();
    CHECK(p->pid >= 0);
    if (p->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
        dup2(pipes[1], 1);
        close(pipes[0]);
        close(pipes[1]);
        execv(IRONFLY_PROGRAM, (char *const *)argv);
        _exit(127);
    }
    close(pipes[1]);
    FILE *out = fdopen(pipes[0], "r");
    char line[600];
    const char *mark;
    p->port = 0;
    while (!p->port && fgets(line, sizeof line, out)) {
        if ((mark = strstr(line, "127.0.0.1:")) != NULL)
            p->port = atoi(mark + 10);
        if (!p->setup[0] && fgets(line, sizeof line, out) && (mark = strstr(line, "/setup#")) != NULL)
            snprintf(p->setup, sizeof p->setup, "%.*s", (int)strcspn(mark + 7, " "), mark + 7);
    }
    fclose(out);
    CHECK(p->port > 0);
}

TEST(desk_api, a_killed_server_loses_no_order_and_doubles_none)
{
    struct process p = { 0 };
    struct spread s;
    char key[32];
    int status;
    CHECK_OK(zone_init());
    setenv("IRONFLY_STRATEGIES", IRONFLY_SOURCE_ROOT "/strategies", 1);
    signal(SIGPIPE, SIG_IGN);
    const char *data = testing_folder();
    spawn_server(&p, data);
    struct house h = { .port = p.port };
    snprintf(h.setup, sizeof h.setup, "%s", p.setup);
    struct client ann = set_up(&h);
    await_market(&ann, &s);
    enum { ROUNDS = 1 };
    int answered = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 4; i++) {
            snprintf(key, sizeof key, "%d-%d", round, i);
            struct reply r = send_order(&ann, &s, i % 2 ? s.far : "\"type\":\"market\"", key);
            check_status(&r, 201);
            answered++;
            reply_free(&r);
        }
        kill(p.pid, SIGKILL); /* right behind the answer */
        waitpid(p.pid, &status, 0);
        spawn_server(&p, data);
        ann.port = p.port;
        await_market(&ann, &s);
        for (int i = 0; i < 4; i++) { /* who had no answer asks again */
            snprintf(key, sizeof key, "%d-%d", round, i);
            struct reply r = send_order(&ann, &s, i % 2 ? s.far : "\"type\":\"market\"", key);
            check_status(&r, 201);
            CHECK_EQ(whole_of(r.json, "id"), round * 4 + i + 1);
            reply_free(&r);
        }
    }
    json_t *all = get(&ann, "/api/v1/orders"), *fills = get(&ann, "/api/v1/fills"), *order;
    size_t k;
    int filled = 0, working = 0;
    CHECK_EQ(json_array_size(json_object_get(all, "items")), answered);
    json_array_foreach(json_object_get(all, "items"), k, order) {
        filled += strcmp(text_of(order, "state"), "filled") == 0;
        working += strcmp(text_of(order, "state"), "working") == 0;
    }
    CHECK_EQ(filled, 2 * ROUNDS);
    CHECK_EQ(working, 2 * ROUNDS);
    CHECK_EQ(json_array_size(json_object_get(fills, "items")), 4 * ROUNDS);
    json_decref(fills);
    json_decref(all);
    json_t *verdict = get(&ann, "/api/v1/audit/verify");
    CHECK(json_is_true(json_object_get(verdict, "whole")));
    json_decref(verdict);
    kill(p.pid, SIGTERM);
    CHECK_EQ(waitpid(p.pid, &status, 0), p.pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    arena_clear(&test_arena);
}

/* ---- all at once --------------------------------------------------------------------------------- */

struct trader {
    struct client client;
    const struct spread *spread;
    int number, sent, previewed;
};

static void *trade(void *argument)
{
    struct trader *t = argument;
    struct arena own = { .name = "trader" };
    char headers[1600], key[64];
    for (int i = 0; i < 12; i++) {
        struct wire_answer a = { 0 };
        snprintf(key, sizeof key, "t%d-%d", t->number, i);
        snprintf(headers, sizeof headers,
                 "Cookie: %s\r\nX-CSRF-Token: %s\r\nOrigin: http://127.0.0.1:%d\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\n",
                 t->client.cookies, t->client.csrf, t->client.port, key);
        const char *body = arena_printf(&own,
                                        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"%s\",\"side\":\"sell\",\"ratio\":1},{\"contract\":\"%s\","
                                        "\"side\":\"buy\",\"ratio\":1}],\"quantity\":1,%s}",
                                        t->spread->high, t->spread->low, t->spread->far);
        wire_request(&a, t->client.port, "POST", i % 3 ? "/api/v1/orders" : "/api/v1/orders/preview", headers, body);
        t->sent += a.status == 201;
        t->previewed += a.status == 200;
        wire_answer_free(&a);
    }
    arena_clear(&own);
    return NULL;
}

TEST(desk_api, many_traders_at_once_get_one_order_each_for_what_they_ask)
{
    enum { TRADERS = 6 };
    struct house h;
    struct spread s;
    struct trader traders[TRADERS];
    pthread_t threads[TRADERS];
    int fds[4], sent = 0;
    open_desk(&h);
    struct client ann = set_up(&h);
    await_market(&ann, &s);
    for (int i = 0; i < 4; i++) { /* that do not read: nobody waits for them */
        CHECK_EQ(open_socket(&ann, &fds[i]), 101);
        say(fds[i], "{\"op\":\"subscribe\",\"topic\":\"orders\"}");
        say(fds[i], "{\"op\":\"subscribe\",\"topic\":\"chain:SPX\"}");
        say(fds[i], "{\"op\":\"subscribe\",\"topic\":\"positions\"}");
    }
    for (int i = 0; i < TRADERS; i++) {
        traders[i] = (struct trader){ .client = ann, .spread = &s, .number = i };
        MUST(pthread_create(&threads[i], NULL, trade, &traders[i]) == 0);
    }
    for (int i = 0; i < TRADERS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_EQ(traders[i].previewed, 4);
        sent += traders[i].sent;
    }
    json_t *all = get(&ann, "/api/v1/orders?limit=500"), *order;
    size_t k;
    json_int_t last = INT64_MAX;
    CHECK(sent > 0);
    /* Some are refused by the limits of the account: those are there as well. */
    CHECK_EQ(json_array_size(json_object_get(all, "items")), 8 * TRADERS);
    json_array_foreach(json_object_get(all, "items"), k, order) {
        CHECK(whole_of(order, "id") < last);
        last = whole_of(order, "id");
    }
    json_decref(all);
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    close_house(&h);
}
