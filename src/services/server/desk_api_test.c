/* The live desk as traders see it: orders over HTTP, fills over sockets. */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/zone.h"
#include "services/server/chain_board.h"
#include "services/server/desk_house_test.h"

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
    struct reply r =
        ask(&ann, "POST", "/api/v1/orders/preview", order_text(&s, "\"type\":\"market\""));
    check_status(&r, 200);
    if (!json_is_true(json_object_get(r.json, "allowed")))
        fail_msg("it is refused: %s", text_at(&r, "reason"));
    CHECK(json_array_size(json_object_get(r.json, "gates")) > 10);
    CHECK_EQ(json_array_size(json_object_get(r.json, "breakevens")), 1);
    json_int_t expected = whole_of(r.json, "max_loss_micros"),
               fees = whole_of(r.json, "fees_micros");
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
    json_array_foreach (json_object_get(detail, "fills"), k, fill)
        cash -= whole_of(fill, "price_micros") * whole_of(fill, "quantity") * 100;
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
    CHECK_EQ(whole_of(a, "equity_micros"),
             whole_of(a, "cash_micros") + whole_of(a, "options_micros"));
    CHECK_EQ(whole_of(a, "cash_micros"), 100000 * INT64_C(1000000) + cash - fees);
    json_decref(account);

    r = ask(&ann, "POST",
            arena_printf(&test_arena, "/api/v1/positions/t%lld/close", (long long)trade), "{}");
    check_status(&r, 201);
    json_int_t closing = whole_of(r.json, "id");
    reply_free(&r);
    await_item(vic_fd, "orders", closing, "filled");
    CHECK(await_position(&ann, trade, false) == NULL);
    close(ann_fd);
    close(vic_fd);
    close_house(&h);
}

static const char *in_words(long long micros)
{
    static char text[MONEY_TEXT_BYTES];
    money_format(text, micros, 2);
    return text;
}

TEST(desk_api, an_order_rests_and_is_changed_and_canceled_by_whose_it_is_alone)
{
    struct house h;
    struct spread s;
    char path[80], cancel[80];
    open_desk(&h);
    struct client ann = set_up(&h), tom = add_user(&h, &ann, "tom", "trader"),
                  tim = add_user(&h, &ann, "tim", "trader"),
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
    r = send_order(&tom, &s, "\"type\":\"market\"", "k"); /* another order with it */
    check_status(&r, 422);
    CHECK_STR(text_at(&r, "code"), "idempotency_mismatch");
    CHECK_HAS(text_at(&r, "detail"),
              arena_printf(&test_arena, "belongs to order %lld", (long long)id));
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
    CHECK_HAS(text_of(json_object_get(detail, "order"), "text"), in_words(s.near_micros));
    json_decref(detail);
    expect(&ann, "POST", cancel, NULL, 202); /* an admin may */
    json_decref(await_order(&tom, id, "canceled"));
    expect(&tom, "POST", cancel, NULL, 409);
    json_t *all = get(&tom, "/api/v1/orders");
    CHECK_EQ(json_array_size(json_object_get(all, "items")), 1); /* one key, one order */
    json_decref(all);

    r = send_order(&tom, &s, "\"type\":\"market\"", NULL);
    check_status(&r, 201);
    snprintf(path, sizeof path, "/api/v1/positions/t%lld/close",
             (long long)whole_of(r.json, "trade_id"));
    id = whole_of(r.json, "id");
    json_int_t trade = whole_of(r.json, "trade_id");
    reply_free(&r);
    json_decref(await_order(&tom, id, "filled"));
    json_decref(await_position(&tom, trade, true));
    expect(&tim, "POST", path, "{}", 403);
    expect(&vic, "POST", path, "{}", 403);
    expect(&tom, "POST", "/api/v1/positions/t999999/close", "{}", 404);
    expect(&tom, "POST", "/api/v1/positions/t/close", "{}", 404);
    const char *join =
        arena_printf(&test_arena, "\"type\":\"market\",\"trade_id\":%lld", (long long)trade);
    expect(&tim, "POST", "/api/v1/orders", order_text(&s, join), 403);
    tom.extra = "Idempotency-Key: out\r\n";
    r = ask(&tom, "POST", path, "{\"reason\":\"enough\"}");
    check_status(&r, 201);
    id = whole_of(r.json, "id");
    reply_free(&r);
    r = ask(&tom, "POST", path, "{\"reason\":\"enough\"}");
    check_status(&r, 201);
    CHECK_EQ(whole_of(r.json, "id"), id);
    reply_free(&r);
    r = ask(&tom, "POST", path, "{\"reason\":\"other\"}");
    check_status(&r, 422);
    CHECK_STR(text_at(&r, "code"), "idempotency_mismatch");
    reply_free(&r);
    tom.extra = NULL;
    CHECK(await_position(&tom, trade, false) == NULL);
    r = ask(&tom, "POST", path, "{}"); /* it was there, and is over */
    check_status(&r, 409);
    CHECK_STR(text_at(&r, "code"), "ended");
    reply_free(&r);
    close_house(&h);
}

TEST(desk_api, of_orders_with_one_word_the_others_end_when_one_is_filled)
{
    struct house h;
    struct spread s;
    open_desk(&h);
    struct client ann = set_up(&h), tom = add_user(&h, &ann, "tom", "trader"),
                  tim = add_user(&h, &ann, "tim", "trader");
    await_market(&ann, &s);
    const char *rests = arena_printf(&test_arena, "%s,\"oco\":\"exit\"", s.far);
    struct reply r = send_order(&tom, &s, rests, NULL);
    check_status(&r, 201);
    json_int_t first = whole_of(r.json, "id");
    char group[24];
    snprintf(group, sizeof group, "%s", text_at(&r, "oco_group"));
    CHECK_EQ(strlen(group), 16);
    reply_free(&r);
    r = send_order(&tim, &s, rests, NULL); /* the same word in another's mouth is another one */
    check_status(&r, 201);
    json_int_t others = whole_of(r.json, "id");
    CHECK(strcmp(text_at(&r, "oco_group"), group) != 0);
    reply_free(&r);
    json_decref(await_order(&tom, first, "working"));
    json_decref(await_order(&tim, others, "working"));
    r = ask(&tom, "POST", "/api/v1/orders",
            "{\"symbol\":\"SPX\",\"legs\":[],\"quantity\":1,\"type\":\"market\",\"oco\":\"\"}");
    check_status(&r, 422);
    reply_free(&r);
    r = send_order(&tom, &s, "\"type\":\"market\",\"oco\":\"exit\"", NULL);
    check_status(&r, 201);
    CHECK_STR(text_at(&r, "oco_group"), group);
    json_int_t second = whole_of(r.json, "id");
    reply_free(&r);
    json_decref(await_order(&tom, second, "filled"));
    json_decref(await_order(&tom, first, "canceled"));
    json_decref(await_order(&tim, others, "working"));
    close_house(&h);
}

/* Two of the spread. */
static struct reply send_two(struct client *c, const struct spread *s, const char *more)
{
    struct buf text = { 0 };
    buf_puts(&text, order_text(s, more));
    char *one = strstr(text.ptr, "\"quantity\":1");
    MUST(one != NULL);
    one[strlen("\"quantity\":")] = '2';
    struct reply r = ask(c, "POST", "/api/v1/orders", text.ptr);
    buf_free(&text);
    return r;
}

/* As the page sends them for a position: a limit for the profit, a stop for the loss, each of the
 * whole trade. */
TEST(desk_api, a_target_and_a_stop_of_one_trade_stand_together_and_one_ends_it)
{
    struct house h;
    struct spread s;
    open_desk(&h);
    struct client ann = set_up(&h);
    await_market(&ann, &s);
    struct reply r = send_two(&ann, &s, "\"type\":\"market\"");
    check_status(&r, 201);
    json_int_t trade = whole_of(r.json, "trade_id"), opened = whole_of(r.json, "id");
    reply_free(&r);
    json_decref(await_order(&ann, opened, "filled"));
    json_t *held = await_position(&ann, trade, true);
    CHECK_EQ(whole_of(held, "quantity"), 2);
    CHECK(whole_of(held, "pnl_micros") != 0); /* its costs at least */
    CHECK_EQ(whole_of(held, "pnl_today_micros"),
             whole_of(held, "pnl_micros")); /* it was opened today */
    json_decref(held);

    struct spread back = s;
    memcpy(back.high, s.low, sizeof back.high);
    memcpy(back.low, s.high, sizeof back.low);
    const char *both =
        arena_printf(&test_arena, "\"time_in_force\":\"gtc\",\"trade_id\":%lld,\"oco\":\"exit\"",
                     (long long)trade);
    r = send_two(&ann, &back,
                 arena_printf(&test_arena, "\"type\":\"limit\",\"limit_micros\":50000,%s", both));
    check_status(&r, 201);
    json_int_t target = whole_of(r.json, "id");
    reply_free(&r);
    r = send_two(&ann, &back,
                 arena_printf(&test_arena, "\"type\":\"stop\",\"stop_micros\":900000000,%s", both));
    check_status(&r, 201);
    json_int_t stop = whole_of(r.json, "id");
    reply_free(&r);
    json_decref(await_order(&ann, target, "working"));
    json_decref(await_order(&ann, stop, "working"));

    /* The stop is moved to where the market is: it takes the trade out, and the target with it. */
    r = ask(&ann, "PUT", arena_printf(&test_arena, "/api/v1/orders/%lld", (long long)stop),
            "{\"stop_micros\":50000}");
    check_status(&r, 202);
    reply_free(&r);
    json_decref(await_order(&ann, stop, "filled"));
    json_decref(await_order(&ann, target, "canceled"));
    CHECK(await_position(&ann, trade, false) == NULL);
    close_house(&h);
}

TEST(desk_api, what_is_left_of_a_trade_says_what_it_can_lose)
{
    struct house h;
    struct spread s;
    open_desk(&h);
    struct client ann = set_up(&h);
    await_market(&ann, &s);
    struct reply r = send_two(&ann, &s, "\"type\":\"market\"");
    check_status(&r, 201);
    json_int_t trade = whole_of(r.json, "trade_id");
    reply_free(&r);
    json_t *position = await_position(&ann, trade, true);
    json_int_t whole = whole_of(position, "max_loss_micros");
    CHECK(whole > 0);
    json_decref(position);
    r = ask(&ann, "POST", "/api/v1/orders",
            arena_printf(&test_arena,
                         "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"%s\",\"side\":\"buy\","
                         "\"ratio\":1},{\"contract\":\"%s\",\"side\":\"sell\",\"ratio\":1}],"
                         "\"quantity\":1,\"type\":\"market\",\"trade_id\":%lld}",
                         s.high, s.low, (long long)trade));
    check_status(&r, 201);
    json_decref(await_order(&ann, whole_of(r.json, "id"), "filled"));
    reply_free(&r);
    json_int_t left = whole;
    for (int i = 0; i < 200 && left == whole; i++) {
        position = await_position(&ann, trade, true);
        left = whole_of(position, "max_loss_micros");
        json_decref(position);
        usleep(20000);
    }
    CHECK_EQ(left, (whole + 1) / 2);
    close_house(&h);
}

TEST(desk_api, an_order_brings_its_exits_along)
{
    struct house h;
    struct spread s;
    open_desk(&h);
    struct client ann = set_up(&h);
    await_market(&ann, &s);
    static const char exits[] = "\"exit_target_micros\":50000,\"exit_stop_micros\":900000000";
    struct reply r = ask(
        &ann, "POST", "/api/v1/orders/preview",
        order_text(&s,
                   "\"type\":\"market\",\"exit_target_micros\":100000,\"exit_stop_micros\":50000"));
    check_status(&r, 422);
    CHECK_HAS(
        text_at(&r, "detail"),
        "exits: to close for the target costs 0.10; the limit is less than at the stop, 0.05");
    reply_free(&r);
    r = send_order(&ann, &s,
                   arena_printf(&test_arena, "\"type\":\"market\",\"oco\":\"a\",%s", exits), NULL);
    check_status(&r, 422);
    CHECK_HAS(text_at(&r, "detail"), "exits: the order is one of a group");
    reply_free(&r);

    r = send_two(&ann, &s,
                 arena_printf(&test_arena, "%s,%s", s.far, exits)); /* its price is far: it rests */
    check_status(&r, 201);
    json_int_t resting = whole_of(r.json, "id");
    reply_free(&r);
    json_t *waits = await_order(&ann, resting + 1, "staged");
    const json_t *target = json_object_get(waits, "order");
    CHECK_EQ(whole_of(target, "parent_id"), resting);
    CHECK_STR(json_string_value(json_object_get(target, "exit")), "target");
    CHECK_STR(json_string_value(json_object_get(target, "time_in_force")), "gtc");
    CHECK_EQ(whole_of(target, "quantity"), 2);
    CHECK(json_is_true(json_object_get(target, "open")));
    json_decref(waits);
    expect(&ann, "POST",
           arena_printf(&test_arena, "/api/v1/orders/%lld/cancel", (long long)resting), NULL, 202);
    json_decref(await_order(&ann, resting + 1, "canceled"));
    json_decref(await_order(&ann, resting + 2, "canceled"));

    r = send_two(&ann, &s, arena_printf(&test_arena, "\"type\":\"market\",%s", exits));
    check_status(&r, 201);
    json_int_t opened = whole_of(r.json, "id"), trade = whole_of(r.json, "trade_id");
    reply_free(&r);
    json_decref(await_order(&ann, opened, "filled"));
    json_decref(await_order(&ann, opened + 1, "working"));
    json_t *stop = await_order(&ann, opened + 2, "working");
    CHECK_STR(json_string_value(json_object_get(json_object_get(stop, "order"), "type")), "stop");
    json_decref(stop);
    json_decref(await_position(&ann, trade, true));
    r = ask(&ann, "PUT", arena_printf(&test_arena, "/api/v1/orders/%lld", (long long)(opened + 2)),
            "{\"stop_micros\":50000}");
    check_status(&r, 202);
    reply_free(&r);
    json_decref(await_order(&ann, opened + 2, "filled"));
    json_decref(await_order(&ann, opened + 1, "canceled"));
    CHECK(await_position(&ann, trade, false) == NULL);
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
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"SPX\",\"side\":\"buy\",\"ratio\":1}],"
        "\"quantity\":1,\"type\":\"market\"}",
        "{\"symbol\":\"SPY\",\"legs\":[{\"contract\":\"SPX   "
        "250117C05000000\",\"side\":\"buy\",\"ratio\":1}],\"quantity\":1,\"type\":\"market\"}",
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"SPX   "
        "250117C05000000\",\"side\":\"both\",\"ratio\":1}],\"quantity\":1,\"type\":\"market\"}",
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"SPX   "
        "250117C05000000\",\"side\":\"buy\",\"ratio\":0}],\"quantity\":1,\"type\":\"market\"}",
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"SPX   "
        "250117C05000000\",\"side\":\"buy\",\"ratio\":1}],\"quantity\":1,\"type\":\"limit\"}",
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"SPX   "
        "250117C05000000\",\"side\":\"buy\",\"ratio\":1}],\"quantity\":1.5,\"type\":\"market\"}",
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"SPX   "
        "270117C05000000\",\"side\":\"buy\",\"ratio\":1}],\"quantity\":1,\"type\":\"market\"}",
        "{\"symbol\":\"NONE\",\"legs\":[{\"contract\":\"stock\",\"side\":\"buy\",\"ratio\":1}],"
        "\"quantity\":1,\"type\":\"market\"}",
    };
    FOR_EACH (body, wrong)
        for (int i = 0; i < 2; i++)
            expect(&ann, "POST", i ? "/api/v1/orders" : "/api/v1/orders/preview", *body, 422);
    ann.extra = "Idempotency-Key: 12345678901234567890123456789012345678901\r\n";
    expect(&ann, "POST", "/api/v1/orders", order_text(&s, "\"type\":\"market\""), 422);
    ann.extra = NULL;
    const char *huge = arena_printf(
        &test_arena,
        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"%s\",\"side\":\"sell\",\"ratio\":1}],"
        "\"quantity\":600,\"type\":\"market\"}",
        s.high);
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
    struct reply r =
        ask(c, "POST", "/api/v1/desk/commands",
            arena_printf(&test_arena, "{\"command\":\"%s\",\"reason\":\"a test\"}", word));
    check_status(&r, 200);
    CHECK_STR(text_at(&r, "state"), state);
    reply_free(&r);
}

TEST(desk_api, a_desk_is_halted_and_killed_and_strategies_are_armed_and_disarmed)
{
    struct house h;
    struct spread s;
    open_desk(&h);
    struct client ann = set_up(&h), tom = add_user(&h, &ann, "tom", "trader"),
                  tim = add_user(&h, &ann, "tim", "trader"),
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
    CHECK(r.status == 422);                                             /* the owner's alone */
    CHECK_HAS(text_at(&r, "detail"), "resume could not be done: role"); /* and by no id */
    reply_free(&r);
    command(&ann, "resume", "normal");

    expect(&vic, "POST", "/api/v1/desk/strategies", "{\"strategy\":\"iron_condor\"}", 403);
    expect(&tom, "POST", "/api/v1/desk/strategies", "{\"strategy\":\"../../etc/passwd\"}", 422);
    expect(&tom, "POST", "/api/v1/desk/strategies", "{\"strategy\":\"nothing\"}", 422);
    expect(&tom, "POST", "/api/v1/desk/strategies", "{}", 422);
    expect(&tom, "POST", "/api/v1/desk/strategies",
           "{\"strategy\":\"iron_condor\",\"symbol\":\"QQQ\"}", 422); /* no market of ours */
    r = ask(&tom, "POST", "/api/v1/desk/strategies",
            "{\"strategy\":\"iron_condor\",\"symbol\":\"SPX\",\"parameters\":{\"wings\":1}}");
    check_status(&r, 422);
    CHECK_STR(text_at(&r, "code"), "parameter");
    CHECK_HAS(text_at(&r, "detail"), "iron_condor has no parameter \"wings\"; it has ");
    reply_free(&r);
    r = ask(&tom, "POST", "/api/v1/desk/strategies",
            "{\"strategy\":\"iron_condor\",\"symbol\":\"SPX\"}");
    check_status(&r, 201);
    CHECK_STR(text_at(&r, "id"), "s0");
    CHECK(json_is_true(json_object_get(r.json, "armed")));
    reply_free(&r);
    command(&tom, "halt", "halted");
    r = send_order(&tim, &s, "\"type\":\"market\"", NULL); /* refused, and no strategy's */
    reply_free(&r);
    command(&tom, "resume", "normal");
    json_t *orders = get(&tim, "/api/v1/orders?limit=1");
    const json_t *refused = json_array_get(json_object_get(orders, "items"), 0);
    CHECK_STR(text_of(refused, "state"), "refused");
    CHECK_STR(text_of(refused, "source"), "person");
    CHECK(json_is_null(json_object_get(refused, "strategy")));
    json_decref(orders);
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
    json_array_foreach (json_object_get(trail, "items"), i, entry) {
        const json_t *data = json_object_get(entry, "data");
        snprintf(events + strlen(events), sizeof events - strlen(events), " %s",
                 text_of(entry, "event"));
        if (strcmp(text_of(entry, "event"), "desk.place") == 0) /* what was asked for, in words */
            CHECK_HAS(text_of(data, "order"), "1x SPX -1 SPX");
    }
    static const char *const wanted[] = { "desk.halt",   "desk.place",  "desk.resume", "desk.kill",
                                          "desk.enlist", "desk.disarm", "desk.arm" };
    FOR_EACH (event, wanted)
        CHECK_HAS(events, *event);
    json_decref(trail);
    json_t *verdict = get(&ann, "/api/v1/audit/verify");
    CHECK(json_is_true(json_object_get(verdict, "whole")));
    json_decref(verdict);
    close_house(&h);
}

/* Each contract of the front expiry says how many are held; and what traded today adds up. */
static void check_interest(struct client *c)
{
    json_int_t traded = 0;
    for (int i = 0; i < 500 && !traded; i++) {
        json_t *chain = get(c, "/api/v1/chains/SPX"), *value;
        size_t k;
        for (int side = 0; side < 2; side++) {
            const json_t *of = json_object_get(chain, side ? "puts" : "calls");
            json_array_foreach (json_object_get(of, "open_interest"), k, value)
                CHECK(json_is_integer(value));
            json_array_foreach (json_object_get(of, "volume"), k, value)
                traded += json_integer_value(value);
        }
        json_decref(chain);
        usleep(20000);
    }
    CHECK(traded > 0);
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
    uint32_t number = (uint32_t)whole_of(m, "number"),
             rows = (uint32_t)json_array_size(json_object_get(m, "contracts"));
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
    check_interest(&vic);
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
    const json_t *scenarios = json_object_get(risk, "scenarios"),
                 *pnl = json_object_get(scenarios, "pnl");
    size_t moves = json_array_size(json_object_get(scenarios, "moves")),
           vols = json_array_size(json_object_get(scenarios, "vols"));
    CHECK_EQ(json_array_size(pnl),
             moves * vols * json_array_size(json_object_get(scenarios, "days")));
    /* A put spread that is short the higher one loses when the market falls far, at any vol. */
    for (size_t v = 0; v < vols; v++)
        CHECK(json_number_value(json_array_get(pnl, v * moves)) < 0);
    CHECK_NEAR(json_number_value(json_array_get(pnl, vols / 2 * moves + moves / 2)), 0, 1e-6);
    double worst = json_number_value(json_array_get(pnl, 0)), var = 0, shortfall = 0;
    size_t at;
    const json_t *limit;
    json_array_foreach (json_object_get(risk, "limits"), at, limit) {
        double value = json_number_value(json_object_get(limit, "value"));
        var = strcmp(text_of(limit, "limit"), "var") == 0 ? value : var;
        shortfall = strcmp(text_of(limit, "limit"), "shortfall") == 0 ? value : shortfall;
    }
    CHECK(var > 0 && shortfall > 0.9 * var); /* beyond 97.5 % on average, against 99 % */
    /* What is bounded costs no more than that; a quarter is for marks: one goes from each
     * contract's quotes, one from the surface. */
    CHECK(var < -1.25 * worst);
    json_decref(risk);
    r = ask(&vic, "POST", "/api/v1/risk/what-if", order_text(&s, "\"type\":\"market\""));
    check_status(&r, 200);
    reply_free(&r);
    const char *stray =
        arena_printf(&test_arena, "%s", order_text(&s, "\"type\":\"market\",\"trade_id\":999"));
    static const char *const asks[] = { "/api/v1/orders/preview", "/api/v1/risk/what-if",
                                        "/api/v1/risk/margin/what-if" };
    FOR_EACH (path, asks) { /* what there cannot be has no risk either */
        r = ask(&ann, "POST", *path, stray);
        check_status(&r, 422);
        CHECK_STR(text_at(&r, "detail"), "there is no trade 999 on SPX");
        reply_free(&r);
        r = ask(&ann, "POST", *path,
                "{\"symbol\":\"TSLA\",\"legs\":[{\"contract\":\"stock\",\"side\":\"buy\","
                "\"ratio\":1}],\"quantity\":100,\"type\":\"market\"}");
        check_status(&r, 422);
        CHECK_STR(text_at(&r, "detail"), "there is no market \"TSLA\" here");
        reply_free(&r);
    }
    close_house(&h);
}

/* ---- all at once
 * --------------------------------------------------------------------------------- */

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
                 "Cookie: %s\r\nX-CSRF-Token: %s\r\nOrigin: http://127.0.0.1:%d\r\nContent-Type: "
                 "application/json\r\nIdempotency-Key: %s\r\n",
                 t->client.cookies, t->client.csrf, t->client.port, key);
        const char *body = arena_printf(&own,
                                        "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"%s\","
                                        "\"side\":\"sell\",\"ratio\":1},{\"contract\":\"%s\","
                                        "\"side\":\"buy\",\"ratio\":1}],\"quantity\":1,%s}",
                                        t->spread->high, t->spread->low, t->spread->far);
        wire_request(&a, t->client.port, "POST",
                     i % 3 ? "/api/v1/orders" : "/api/v1/orders/preview", headers, body);
        t->sent += a.status == 201;
        t->previewed += a.status == 200;
        wire_answer_free(&a);
    }
    arena_clear(&own);
    return NULL;
}

struct canceler {
    struct client client;
    char path[80];
    int status;
};

static void *cancel_it(void *argument)
{
    struct canceler *c = argument;
    struct reply r = ask(&c->client, "POST", c->path, NULL);
    c->status = r.status;
    reply_free(&r);
    return NULL;
}

TEST(desk_api, an_order_that_ends_on_the_way_is_answered_as_one_that_ended_before)
{
    enum { ROUNDS = 8, AT_ONCE = 6 };
    struct house h;
    struct spread s;
    open_desk(&h);
    struct client ann = set_up(&h);
    await_market(&ann, &s);
    for (int round = 0; round < ROUNDS; round++) {
        struct canceler all[AT_ONCE];
        pthread_t threads[AT_ONCE];
        struct reply r = send_order(&ann, &s, s.far, NULL);
        check_status(&r, 201);
        json_int_t id = whole_of(r.json, "id");
        reply_free(&r);
        for (int i = 0; i < AT_ONCE; i++) {
            all[i] = (struct canceler){ .client = ann };
            snprintf(all[i].path, sizeof all[i].path, "/api/v1/orders/%lld/cancel", (long long)id);
            MUST(pthread_create(&threads[i], NULL, cancel_it, &all[i]) == 0);
        }
        for (int i = 0; i < AT_ONCE; i++) {
            pthread_join(threads[i], NULL);
            if (all[i].status != 202 && all[i].status != 409)
                fail_msg("a cancel is answered with %d", all[i].status);
        }
        json_decref(await_order(&ann, id, "canceled"));
    }
    close_house(&h);
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
    json_array_foreach (json_object_get(all, "items"), k, order) {
        CHECK(whole_of(order, "id") < last);
        last = whole_of(order, "id");
    }
    json_decref(all);
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    close_house(&h);
}
