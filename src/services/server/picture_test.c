/* What somebody had been told comes out again: lists as they were, the desk to the last quote, and
 * what was not kept is said. */
#include <sys/stat.h>
#include <unistd.h>

#include "services/server/desk_house_test.h"
#include "base/clock.h"
#include "services/server/live_int.h"
#include "services/server/picture.h"

/* context: where the rows are meanwhile. */
static bool has_scratch(void *context, UNUSED double done, UNUSED const char *text)
{
    struct stat file;
    return stat(context, &file) == 0 && file.st_size > 0;
}

static bool never_ends(UNUSED void *context, UNUSED double done, UNUSED const char *text)
{
    return true;
}

static bool ends_at_once(UNUSED void *context, double done, UNUSED const char *text)
{
    return done < 0.2;
}

/* Ask, and wait for what was seen; the caller's. */
static json_t *see(struct client *c, const char *question)
{
    struct reply r = ask(c, "POST", "/api/v1/audit/pictures", question);
    check_status(&r, 202);
    const char *place = arena_printf(&test_arena, "/api/v1/audit/pictures/%s", text_at(&r, "id"));
    reply_free(&r);
    for (int i = 0; i < 1500; i++) {
        json_t *picture = get(c, place);
        const char *state = text_of(picture, "state");
        if (strcmp(state, "failed") == 0)
            fail_msg("the picture failed: %s", text_of(picture, "error"));
        if (strcmp(state, "done") == 0) {
            json_t *seen = json_incref(json_object_get(picture, "seen"));
            json_decref(picture);
            return seen;
        }
        json_decref(picture);
        usleep(20000);
    }
    fail_msg("%s", "the picture is never done");
    return NULL;
}

static const json_t *item_with(const json_t *list, const char *name, json_int_t value)
{
    const json_t *item;
    size_t k;
    json_array_foreach (list, k, item)
        if (whole_of(item, name) == value)
            return item;
    return NULL;
}

static const char *how_of(const json_t *seen, const char *part)
{
    const json_t *item;
    size_t k;
    json_array_foreach (json_object_get(seen, "parts"), k, item)
        if (strcmp(text_of(item, "part"), part) == 0)
            return text_of(item, "how");
    return "";
}

/* Members that do not move with the market. */
static void check_same_holding(const json_t *was, const json_t *is)
{
    static const char *const members[] = {
        "key",       "symbol",   "label",       "owner",        "state",
        "opened_ns", "quantity", "cash_micros", "costs_micros", "max_loss_micros"
    };
    CHECK(was != NULL);
    CHECK(is != NULL);
    for (size_t i = 0; i < ARRAY_COUNT(members); i++)
        if (!json_equal(json_object_get(was, members[i]), json_object_get(is, members[i])))
            fail_msg("%s is not what it was", members[i]);
    const json_t *leg;
    size_t k;
    json_array_foreach (json_object_get(was, "legs"), k, leg) {
        const json_t *again = json_array_get(json_object_get(is, "legs"), k);
        CHECK_STR(text_of(again, "contract"), text_of(leg, "contract"));
        CHECK_EQ(whole_of(again, "quantity"), whole_of(leg, "quantity"));
        CHECK_EQ(whole_of(again, "entry_micros"), whole_of(leg, "entry_micros"));
    }
}

static int64_t micros_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_integer(value) ? json_integer_value(value) : PRICE_NONE;
}

static json_int_t buy(struct client *c, const struct spread *s, json_int_t *trade)
{
    struct reply r = send_order(c, s, "\"type\":\"market\"", NULL);
    check_status(&r, 201);
    json_int_t id = whole_of(r.json, "id");
    *trade = whole_of(r.json, "trade_id");
    reply_free(&r);
    json_decref(await_order(c, id, "filled"));
    json_decref(await_position(c, *trade, true));
    return id;
}

TEST(picture, of_a_moment_is_what_the_lists_told_then)
{
    struct house h;
    struct spread s;
    json_int_t first, second;
    open_desk(&h);
    struct client ann = set_up(&h), tom = add_user(&h, &ann, "tom", "trader"),
                  vic = add_user(&h, &ann, "vic", "viewer");
    await_market(&ann, &s);
    json_int_t id = buy(&tom, &s, &first);
    usleep(100000); /* what is shown has followed the fill */
    int64_t at_ns = clock_wall_ns();
    json_t *orders = get(&tom, "/api/v1/orders"),
           *positions = get(&tom, "/api/v1/positions?by=trade"),
           *account = get(&tom, "/api/v1/account");
    json_t *detail = await_order(&tom, id, "filled"), *me = get(&tom, "/api/v1/auth/me"),
           *alerts = get(&tom, "/api/v1/alerts");
    json_int_t cash = whole_of(json_array_get(json_object_get(account, "items"), 0), "cash_micros");
    const char *user = text_of(me, "user_id");

    /* The desk goes on: another trade, the first is closed, an alert comes, and tom becomes
     * somebody else. */
    buy(&tom, &s, &second);
    expect(&tom, "POST",
           arena_printf(&test_arena, "/api/v1/positions/t%lld/close", (long long)first), "{}", 201);
    CHECK(await_position(&tom, first, false) == NULL);
    expect(&ann, "PATCH", arena_printf(&test_arena, "/api/v1/users/%s", user),
           "{\"role\":\"viewer\"}", 200);

    const char *question =
        arena_printf(&test_arena, "{\"user_id\":\"%s\",\"at_ns\":%lld}", user, (long long)at_ns);
    expect(&vic, "POST", "/api/v1/audit/pictures", question, 403);
    json_t *seen = see(&ann, question);
    if (!json_equal(json_object_get(seen, "orders"), json_object_get(orders, "items")))
        fail_msg("the orders were %s", json_dumps(json_object_get(orders, "items"), 0));
    CHECK_EQ(json_array_size(json_object_get(seen, "positions")), 1);
    check_same_holding(json_array_get(json_object_get(positions, "items"), 0),
                       item_with(json_object_get(seen, "positions"), "trade_id", first));
    CHECK_EQ(whole_of(json_object_get(seen, "account"), "cash_micros"), cash);
    CHECK(json_equal(json_object_get(seen, "alerts"), json_object_get(alerts, "items")));
    CHECK_STR(text_of(seen, "role"), "trader");
    CHECK_EQ(json_array_size(json_object_get(seen, "sessions")), 1);
    CHECK(whole_of(seen, "told_ns") <= at_ns);
    CHECK_STR(how_of(seen, "orders"), "journal");
    CHECK_STR(how_of(seen, "greeks"), "not_kept");
    CHECK_STR(how_of(seen, "screen"), "not_kept");
    json_decref(seen);

    /* The question itself is in the trail. */
    json_t *trail =
        get(&ann, arena_printf(&test_arena, "/api/v1/audit?event=audit.picture&text=%s", user));
    CHECK_EQ(json_array_size(json_object_get(trail, "items")), 1);
    json_decref(trail);

    /* Of the entry: the order as it was right behind the command, and what each gate said before.
     */
    trail = get(&ann, arena_printf(&test_arena, "/api/v1/audit?event=desk.place&user=%s", user));
    const json_t *entry = json_array_get(json_object_get(trail, "items"), 1);
    CHECK_STR(text_of(entry, "event"), "desk.place");
    seen =
        see(&ann, arena_printf(&test_arena, "{\"entry\":%lld}", (long long)whole_of(entry, "seq")));
    const json_t *order = json_object_get(seen, "order"), *was = json_object_get(detail, "history"),
                 *is = json_object_get(order, "history");
    CHECK_EQ(whole_of(json_object_get(order, "order"), "id"), id);
    CHECK(json_array_size(is) > 0);
    CHECK(json_array_size(is) < json_array_size(was)); /* it was not filled yet */
    for (size_t k = 0; k < json_array_size(is); k++)
        CHECK(json_equal(json_array_get(is, k), json_array_get(was, k)));
    CHECK(json_is_true(json_object_get(seen, "allowed")));
    const json_t *held = item_with(json_object_get(seen, "positions"), "trade_id",
                                   first); /* nothing of it yet: the fill is a later event */
    CHECK(held == NULL || json_array_size(json_object_get(held, "legs")) == 0);
    CHECK_EQ(whole_of(json_object_get(seen, "account"), "cash_micros"), 100000 * INT64_C(1000000));
    CHECK(json_array_size(json_object_get(seen, "gates")) > 10);
    CHECK_EQ(whole_of(seen, "sequence"), whole_of(json_object_get(entry, "data"), "sequence"));
    json_decref(seen);
    json_decref(trail);
    json_decref(orders);
    json_decref(positions);
    json_decref(account);
    json_decref(detail);
    json_decref(me);
    json_decref(alerts);
    close_house(&h);
}

/* An order is asked about as it was sent: its exits are a part of it, and what was refused for them
 * is not allowed without. */
TEST(picture, of_an_order_asks_about_its_exits_too)
{
    struct house h;
    struct spread s;
    open_desk(&h);
    struct client ann = set_up(&h);
    await_market(&ann, &s);
    struct reply r = send_order(
        &ann, &s, "\"type\":\"market\",\"exit_target_micros\":100000,\"exit_stop_micros\":50000",
        NULL);
    check_status(&r, 422);
    reply_free(&r);
    json_t *trail = NULL;
    for (int i = 0; i < 500 && json_array_size(json_object_get(trail, "items")) == 0; i++) {
        json_decref(trail);
        usleep(20000);
        trail = get(&ann, "/api/v1/audit?event=desk.place");
    }
    const json_t *entry = json_array_get(json_object_get(trail, "items"), 0);
    json_t *seen =
        see(&ann, arena_printf(&test_arena, "{\"entry\":%lld}", (long long)whole_of(entry, "seq")));
    CHECK_STR(how_of(seen, "gates"), "not_kept");
    CHECK(json_object_get(seen, "allowed") == NULL);
    json_decref(seen);
    json_decref(trail);
    close_house(&h);
}

/* To the last quote: the desk's own copy of an event, and the same event replayed while the desk
 * goes on. */
TEST(picture, of_an_event_has_the_money_and_the_quotes_of_the_desk)
{
    struct house h;
    struct spread s;
    json_int_t trade;
    open_desk(&h);
    struct client ann = set_up(&h);
    await_market(&ann, &s);
    buy(&ann, &s, &trade);
    struct desk_shot *shot = live_desk_shot(h.server->live);
    CHECK(shot != NULL);
    while (desk_rows_sequence(live_desk_rows(h.server->live)) <=
           shot->sequence) /* the journal is beyond it */
        usleep(20000);
    struct pictures_options o = { .db_path = h.server->db_path,
                                  .journal =
                                      arena_printf(&test_arena, "%s/desk/journal", h.options.data),
                                  .scratch =
                                      arena_printf(&test_arena, "%s/rows.db", h.options.data),
                                  .keys = &h.server->accounts.keys };
    struct picture_progress progress = { has_scratch, (void *)(uintptr_t)o.scratch };
    struct buf text = { 0 };
    struct json_writer json = { .out = &text };
    CHECK_OK(picture_of_desk(&json, &o, shot->sequence, false, &progress));
    json_t *seen = json_loadb(text.ptr, text.len, 0, NULL);
    const json_t *account = json_object_get(seen, "account"),
                 *quote = json_array_get(json_object_get(seen, "quotes"), 0);
    CHECK_EQ(whole_of(account, "equity_micros"), shot->equity);
    CHECK_EQ(whole_of(account, "options_micros"), shot->options);
    CHECK_EQ(whole_of(account, "cash_micros"), shot->cash);
    CHECK_EQ(whole_of(quote, "last_micros"), shot->markets[0].last);
    CHECK_EQ(micros_of(quote, "bid_micros"), shot->markets[0].bid); /* an index has none */
    CHECK_EQ(micros_of(quote, "ask_micros"), shot->markets[0].ask);
    CHECK_EQ(whole_of(seen, "market_ns"), shot->now_ns);
    const json_t *leg = json_array_get(
        json_object_get(json_array_get(json_object_get(seen, "positions"), 0), "legs"), 0);
    CHECK_EQ(whole_of(leg, "mark_micros"), shot->trades[0].trade.legs[0].mark);
    json_decref(seen);
    buf_free(&text);
    CHECK(access(o.scratch, F_OK) != 0);

    progress.keep_on = ends_at_once;
    json = (struct json_writer){ .out = &text };
    CHECK_EQ(picture_of_desk(&json, &o, shot->sequence, false, &progress), ERR_CANCELLED);
    buf_free(&text);
    CHECK(access(o.scratch, F_OK) != 0);
    progress.keep_on = never_ends;
    json = (struct json_writer){ .out = &text };
    CHECK_EQ(picture_of_desk(&json, &o, UINT64_MAX / 4, false, &progress), ERR_NOT_FOUND);
    buf_free(&text);
    mem_free(shot);
    close_house(&h);
}

TEST(picture, questions_that_make_no_sense_are_refused_and_what_was_not_kept_is_said)
{
    struct house h;
    open_house(&h); /* no desk runs */
    struct client ann = set_up(&h), vic = add_user(&h, &ann, "vic", "viewer");
    static const char path[] = "/api/v1/audit/pictures";
    expect(&ann, "POST", path, "{}", 422);
    expect(&ann, "POST", path, "{\"entry\":1,\"user_id\":\"x\",\"at_ns\":1}", 422);
    expect(&ann, "POST", path, "{\"user_id\":\"x\"}", 422);
    expect(&ann, "POST", path, "{\"user_id\":\"nobody\",\"at_ns\":1}", 404);
    expect(&ann, "POST", path, "{\"entry\":999999}", 404);
    expect(&ann, "GET", "/api/v1/audit/pictures/none", NULL, 404);
    expect(&ann, "DELETE", "/api/v1/audit/pictures/none", NULL, 404);
    expect(&vic, "GET", "/api/v1/audit/pictures/none", NULL, 403);
    json_t *seen = see(&ann, "{\"entry\":1}");
    CHECK_STR(how_of(seen, "desk"), "not_kept");
    CHECK(json_object_get(seen, "orders") == NULL);
    json_decref(seen);
    struct reply r = ask(&ann, "POST", path, "{\"entry\":1}");
    check_status(&r, 202);
    const char *place = arena_printf(&test_arena, "%s/%s", path, text_at(&r, "id"));
    reply_free(&r);
    expect(&ann, "DELETE", place, NULL, 204);
    expect(&ann, "GET", place, NULL, 404);

    /* The trail, by who, what, when and any word. */
    json_t *me = get(&ann, "/api/v1/auth/me");
    json_t *trail = get(&ann, "/api/v1/audit?event=user&limit=1");
    CHECK_STR(text_of(json_array_get(json_object_get(trail, "items"), 0), "event"), "user.add");
    json_decref(trail);
    trail = get(&ann, arena_printf(&test_arena, "/api/v1/audit?user=%s&event=audit.picture",
                                   text_of(me, "user_id")));
    CHECK_EQ(json_array_size(json_object_get(trail, "items")), 2);
    json_int_t oldest = whole_of(json_array_get(json_object_get(trail, "items"), 1), "ts_ns");
    json_decref(trail);
    trail = get(&ann, arena_printf(&test_arena, "/api/v1/audit?event=audit.picture&to_ns=%lld",
                                   (long long)oldest + 1));
    CHECK_EQ(json_array_size(json_object_get(trail, "items")), 1);
    json_decref(trail);
    trail = get(&ann, "/api/v1/audit?text=VIEWER");
    CHECK(json_array_size(json_object_get(trail, "items")) >= 1);
    json_decref(trail);
    trail = get(&ann, "/api/v1/audit?event=use");
    CHECK_EQ(json_array_size(json_object_get(trail, "items")), 0);
    json_decref(trail);
    trail = get(&ann, "/api/v1/audit/events");
    CHECK(json_array_size(json_object_get(trail, "events")) >= 3);
    json_decref(trail);
    expect(&ann, "GET", "/api/v1/audit?from_ns=5&to_ns=5", NULL, 422);
    expect(&vic, "GET", "/api/v1/audit/events", NULL, 403);
    json_decref(me);
    close_house(&h);
}

/* An older program's journal, or a damaged one, takes nothing from what else is known of the
 * person. */
TEST(picture, of_a_journal_that_cannot_be_read_still_has_the_person)
{
    struct house h;
    struct db *db;
    open_house(&h); /* no desk runs */
    struct client ann = set_up(&h);
    json_t *me = get(&ann, "/api/v1/auth/me");
    const char *place = arena_printf(&test_arena, "%s/desk", h.options.data);
    mkdir(place, 0700);
    FILE *file = fopen(arena_printf(&test_arena, "%s/journal", place), "w");
    CHECK(file != NULL);
    fputs("this is no journal", file);
    fclose(file);
    CHECK_OK(db_open(&db, h.server->db_path));
    struct audit_event told = { text_of(me, "user_id"), "desk.place", "1", "127.0.0.1", "",
                                "{\"sequence\":7}" };
    CHECK_OK(audit_write(db, &h.server->accounts.keys, clock_wall_ns(), &told));
    db_close(db);
    json_t *trail = get(&ann, "/api/v1/audit?event=desk.place");
    json_int_t entry = whole_of(json_array_get(json_object_get(trail, "items"), 0), "seq");
    json_t *seen = see(&ann, arena_printf(&test_arena, "{\"entry\":%lld}", (long long)entry));
    CHECK_STR(text_of(seen, "role"), "admin");
    CHECK_EQ(json_array_size(json_object_get(seen, "sessions")), 1);
    CHECK_STR(how_of(seen, "desk"), "not_kept");
    CHECK(json_object_get(seen, "orders") == NULL);
    json_decref(seen);
    json_decref(trail);
    json_decref(me);
    close_house(&h);
}

/* A stack that no address space has: no thread begins until it is put back. */
static void set_stack(size_t bytes, size_t *before)
{
    pthread_attr_t threads;
    CHECK_EQ(pthread_getattr_default_np(&threads), 0);
    CHECK_EQ(pthread_attr_getstacksize(&threads, before), 0);
    CHECK_EQ(pthread_attr_setstacksize(&threads, bytes), 0);
    CHECK_EQ(pthread_setattr_default_np(&threads), 0);
    pthread_attr_destroy(&threads);
}

TEST(picture, without_a_thread_is_refused_and_can_be_asked_again)
{
    struct house h;
    size_t stack, huge;
    open_house(&h); /* no desk runs */
    struct client ann = set_up(&h);
    set_stack((size_t)1 << 47, &stack);
    expect(&ann, "POST", "/api/v1/audit/pictures", "{\"entry\":1}", 429);
    set_stack(stack, &huge);
    json_t *trail = get(&ann, "/api/v1/audit?event=audit.picture"); /* nobody looked */
    CHECK_EQ(json_array_size(json_object_get(trail, "items")), 0);
    json_decref(trail);
    json_t *seen = see(&ann, "{\"entry\":1}");
    CHECK_STR(how_of(seen, "desk"), "not_kept");
    json_decref(seen);
    close_house(&h);
}
