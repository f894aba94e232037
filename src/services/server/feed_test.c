/* The markets of a live desk but the simulated one: tapes, and vendors' lines against stand-in
 * gateways. */
#include <stdlib.h>
#include <unistd.h>

#include "adapters/feed/databento/gateway_test.h"
#include "services/server/chain_board.h"
#include "services/server/desk_house_test.h"
#include "services/simulate/simulate.h"

struct lines {
    struct gateway options, stocks;
    bool is_open;
};

static void step_lines(struct lines *l)
{
    if (!l || !l->is_open)
        return;
    gateway_step(&l->options);
    gateway_step(&l->stocks);
}

/* The desk, once its feed is in a state; the caller's. lines, which may be NULL, are stepped
 * meanwhile. */
static json_t *await_feed(struct client *c, const char *state, struct lines *lines)
{
    char last[1200] = "";
    for (int i = 0; i < 1500; i++) {
        step_lines(lines);
        json_t *desk = get(c, "/api/v1/desk");
        if (strcmp(text_of(desk, "feed_state"), state) == 0)
            return desk;
        snprintf(last, sizeof last, "%s: %s", text_of(desk, "feed_state"), text_of(desk, "text"));
        json_decref(desk);
        usleep(10000);
    }
    fail_msg("the feed does not become %s but is %s", state, last);
    return NULL;
}

static void await_ready(struct client *c)
{
    int status = 0;
    for (int i = 0; i < 500 && status != 200; i++) {
        struct reply r = ask(c, "GET", "/readyz", NULL);
        status = r.status;
        reply_free(&r);
        usleep(status == 200 ? 0 : 20000);
    }
    CHECK_EQ(status, 200);
}

/* ---- tapes ----------------------------------------------------------------------------------- */

static const char *make_tape(void)
{
    const char *folder = testing_folder();
    struct simulate_options o = { .store = folder,
                                  .symbols = "SPY",
                                  .from = 20250220,
                                  .to = 20250220,
                                  .seed = 3,
                                  .grid = GRID_TICK,
                                  .minutes = 1,
                                  .threads = 1 };
    struct simulate_summary summary;
    CHECK_OK(simulate_run(&o, &summary));
    return folder;
}

/* An order for a put spread, two strikes of the front expiry near the money that are quoted; NULL:
 * none yet. */
static const char *spread_order(struct client *c)
{
    struct reply r = ask(c, "GET", "/api/v1/chains/SPY", NULL);
    const json_t *strikes = json_object_get(r.json, "strikes_micros"),
                 *asks = json_object_get(json_object_get(r.json, "puts"), "ask_micros");
    const json_t *bids = json_object_get(json_object_get(r.json, "puts"), "bid_micros"),
                 *expiry = json_object_get(r.json, "expiry");
    double spot = json_number_value(json_object_get(r.json, "spot"));
    const char *day = text_of(expiry, "expiry"), *order = NULL;
    long long picked[2] = { 0 };
    for (size_t i = 0; i < json_array_size(strikes); i++) {
        long long strike = json_integer_value(json_array_get(strikes, i));
        if ((double)strike > 1e6 * spot || !json_is_integer(json_array_get(asks, i)) ||
            !json_is_integer(json_array_get(bids, i)))
            continue;
        picked[0] = picked[1];
        picked[1] = strike / 1000;
    }
    if (picked[0])
        order = arena_printf(
            &test_arena,
            "{\"symbol\":\"SPY\",\"legs\":[{\"contract\":\"SPY   %.2s%.2s%.2sP%08lld\",\"side\":\"sell\",\"ratio\":1},"
            "{\"contract\":\"SPY   %.2s%.2s%.2sP%08lld\",\"side\":\"buy\",\"ratio\":1}],\"quantity\":1,\"type\":\"market\"}",
            day + 2, day + 5, day + 8, picked[1], day + 2, day + 5, day + 8, picked[0]);
    reply_free(&r);
    return order;
}

static const char *await_spread(struct client *c)
{
    await_ready(c);
    for (int i = 0; i < 1500; i++) {
        const char *order = spread_order(c);
        if (order)
            return order;
        usleep(20000);
    }
    fail_msg("%s", "the tape does not play");
    return NULL;
}

static json_t *await_session(struct client *c, const char *session)
{
    for (int i = 0; i < 1500; i++) {
        json_t *desk = get(c, "/api/v1/desk");
        if (strcmp(text_of(desk, "session"), session) == 0)
            return desk;
        json_decref(desk);
        usleep(10000);
    }
    fail_msg("the session is not %s", session);
    return NULL;
}

static void await_state(struct client *c, json_int_t id, const char *state)
{
    for (int i = 0; i < 1500; i++) {
        json_t *detail = get(c, arena_printf(&test_arena, "/api/v1/orders/%lld", (long long)id));
        bool is_there = strcmp(text_of(json_object_get(detail, "order"), "state"), state) == 0;
        json_decref(detail);
        if (is_there)
            return;
        usleep(10000);
    }
    fail_msg("order %lld is not %s", (long long)id, state);
}

/* What of the day's profit comes from fills, once it is told: slippage and costs, so it is not
 * nothing. */
static double await_trading(struct client *c)
{
    for (int i = 0; i < 1500; i++) {
        json_t *risk = get(c, "/api/v1/risk");
        const json_t *parts = json_object_get(risk, "attribution");
        const json_t *all = json_array_get(parts, json_array_size(parts) - 1);
        double trading = json_number_value(json_object_get(all, "trading"));
        json_decref(risk);
        if (fabs(trading) > 0.1)
            return trading;
        usleep(20000);
    }
    fail_msg("%s", "nothing is said of trading");
    return 0;
}

/* Until SPY's quotes are said to stand still, or to go on. */
static void await_age(struct client *c, bool is_stale)
{
    for (int i = 0; i < 500; i++) {
        json_t *quotes = get(c, "/api/v1/quotes");
        const json_t *spy = json_array_get(json_object_get(quotes, "items"), 0);
        bool is_so = spy && json_is_true(json_object_get(spy, "stale")) == is_stale;
        json_decref(quotes);
        if (is_so)
            return;
        usleep(20000);
    }
    fail_msg("the quotes do not become %s", is_stale ? "old" : "new");
}

/* How many rows of a chain there are, by flags of a snapshot of it. */
static void count_rows(struct client *c, uint32_t *quoted, uint32_t *stale)
{
    struct buf frame = { 0 };
    uint32_t head[6], flags, moment;
    int fd;
    CHECK_EQ(open_socket(c, &fd), 101);
    say(fd, "{\"op\":\"subscribe\",\"topic\":\"chain:SPY\"}");
    json_decref(next_message(fd));
    CHECK_EQ(wire_socket_read(fd, &frame), 2);
    memcpy(head, frame.ptr, sizeof head);
    const char *columns = frame.ptr + CHAIN_HEAD_BYTES + 4 * (size_t)head[4];
    *quoted = *stale = 0;
    for (uint32_t i = 0; i < head[4]; i++) {
        memcpy(&moment, columns + 4 * ((size_t)CHAIN_QUOTED * head[4] + i), 4);
        memcpy(&flags, columns + 4 * ((size_t)CHAIN_FLAGS * head[4] + i), 4);
        *quoted += moment != UINT32_MAX;
        *stale += (flags & CHAIN_IS_STALE) != 0;
    }
    buf_free(&frame);
    close(fd);
}

TEST(server_feed, a_folder_of_tapes_is_a_market_until_it_ends_and_says_so)
{
    struct house h;
    int fd;
    prepare_house(&h);
    h.options.feed = arena_printf(&test_arena, "replay:%s/tape", make_tape());
    h.options.speed = 1; /* a minute: slow machines have to be done before it ends */
    start(&h);
    struct client ann = set_up(&h);
    const char *order = await_spread(&ann);
    json_t *desk = await_session(&ann, "open");
    CHECK_STR(json_string_value(json_array_get(json_object_get(desk, "symbols"), 0)),
              "SPY"); /* the tape's own */
    CHECK_STR(text_of(desk, "feed_state"), "up");
    json_decref(desk);
    await_age(&ann, false);

    CHECK_EQ(open_socket(&ann, &fd), 101);
    say(fd, "{\"op\":\"subscribe\",\"topic\":\"chain:SPY\"}");
    json_t *rows = next_message(fd);
    CHECK(json_array_size(json_object_get(rows, "contracts")) > 100);
    json_decref(rows);
    for (int i = 0; i < 5; i++) {
        struct buf frame = { 0 };
        CHECK_EQ(wire_socket_read(fd, &frame), 2);
        buf_free(&frame);
    }
    close(fd);

    struct reply r = ask(&ann, "POST", "/api/v1/orders", order);
    if (r.status != 201)
        fail_msg("%s", r.raw.body.ptr);
    json_int_t id = json_integer_value(json_object_get(r.json, "id"));
    reply_free(&r);
    await_state(&ann, id, "filled");
    double traded = await_trading(&ann);

    stop(&h);
    h.options.speed = 0.001; /* the session is open, and nothing comes for a long time */
    start(&h);
    ann.port = h.port;
    uint32_t quoted = 0, stale = 0;
    await_ready(&ann);
    await_age(&ann, true);
    for (int i = 0; i < 100 && (quoted == 0 || stale < quoted); i++)
        count_rows(&ann, &quoted, &stale);
    CHECK(quoted > 0);
    CHECK_EQ(stale, quoted);

    stop(&h); /* in the middle of the tape: it is wound to where it was, with what stood then */
    h.options.speed = 30;
    start(&h);
    ann.port = h.port;
    await_spread(&ann);
    await_state(&ann, id, "filled");
    CHECK_NEAR(await_trading(&ann), traded, 5); /* the day's profit is told from its beginning on */
    json_t *positions = get(&ann, "/api/v1/positions");
    CHECK(json_array_size(json_object_get(positions, "items")) > 0);
    json_decref(positions);

    desk = await_feed(&ann, "over", NULL);
    CHECK_HAS(text_of(desk, "text"), "ended at 2025-02-20T09:30:59");
    CHECK_HAS(text_of(desk, "text"), "prices stand still and nothing fills any more");
    json_decref(desk);
    json_decref(await_session(&ann, "closed"));
    expect(&ann, "POST", "/api/v1/orders", order, 422);
    expect(&ann, "GET", "/readyz", NULL, 200);
    close_house(&h);
}

static void take_backup(const char *data, const char *to)
{
    struct db *db;
    CHECK_OK(db_open(&db, arena_printf(&test_arena, "%s/ironfly.db", data)));
    CHECK_OK(db_backup(db, to, arena_printf(&test_arena, "%s/desk/journal", data)));
    db_close(db);
}

static void put_back(const char *backup, const char *data)
{
    CHECK_OK(db_restore(backup, arena_printf(&test_arena, "%s/ironfly.db", data),
                        arena_printf(&test_arena, "%s/desk/journal", data)));
}

/* Its journal says what it did; what the market told it lies in the tape beside. */
TEST(server_feed, a_backup_of_a_desk_on_a_tape_is_one_elsewhere_and_in_its_own_place)
{
    struct house h;
    prepare_house(&h);
    h.options.feed = arena_printf(&test_arena, "replay:%s/tape", make_tape());
    h.options.speed = 5;
    const char *data = h.options.data, *other = arena_strdup(&test_arena, testing_folder());
    const char *backup = arena_printf(&test_arena, "%s/copy", other);
    start(&h);
    struct client ann = set_up(&h);
    struct reply r = ask(&ann, "POST", "/api/v1/orders", await_spread(&ann));
    check_status(&r, 201);
    json_int_t id = whole_of(r.json, "id");
    reply_free(&r);
    await_state(&ann, id, "filled");
    take_backup(data, backup);
    for (int i = 0; i < 2; i++) { /* it goes on, with a segment of the tape for each start */
        stop(&h);
        start(&h);
        ann.port = h.port;
        await_spread(&ann);
    }
    stop(&h);
    put_back(backup, data);
    put_back(backup, other);
    MUST(system(arena_printf(&test_arena, "cp %s/secret.key %s", data, other)) == 0);
    for (int i = 0; i < 4; i++) { /* twice each: the second start reads what the first one wrote */
        h.options.data = i < 2 ? data : other;
        start(&h);
        ann.port = h.port;
        await_spread(&ann);
        await_state(&ann, id, "filled");
        if (i < 3)
            stop(&h);
    }
    close_house(&h);
}

TEST(server_feed, a_vendors_own_tape_of_one_option_is_shown_without_what_it_does_not_tell)
{
    NEED_SHARED("data/databento-dbn/python-tests/OPRA.PILLAR");
    struct house h;
    prepare_house(&h);
    h.options.feed = arena_printf(&test_arena, "replay:%s",
                                  testing_shared("data/databento-dbn/python-tests/OPRA.PILLAR"));
    h.options.speed = 0;
    start(&h);
    struct client ann = set_up(&h);
    json_t *desk = await_feed(&ann, "over", NULL);
    CHECK_STR(json_string_value(json_array_get(json_object_get(desk, "symbols"), 0)), "AAPL");
    json_decref(desk);
    json_t *chain = get(&ann, "/api/v1/chains/AAPL");
    CHECK(json_is_null(json_object_get(chain, "spot"))); /* nobody said what the stock is worth */
    CHECK_EQ(json_integer_value(json_array_get(json_object_get(chain, "strikes_micros"), 0)),
             250000000);
    CHECK(
        json_is_null(json_array_get(json_object_get(json_object_get(chain, "calls"), "delta"), 0)));
    json_decref(chain);
    close_house(&h);
}

TEST(server_feed, what_is_no_tape_is_said_and_the_server_stays)
{
    struct house h;
    prepare_house(&h);
    const char *folder = testing_folder();
    testing_file(folder, "torn.dbn", "DBN\3nonsense", 12);
    h.options.feed = arena_printf(&test_arena, "replay:%s", folder);
    start(&h);
    struct client ann = set_up(&h);
    json_t *desk = await_feed(&ann, "down", NULL);
    CHECK_STR(text_of(desk, "state"), "failed");
    CHECK_HAS(text_of(desk, "text"), "torn.dbn");
    json_decref(desk);
    expect(&ann, "GET", "/readyz", NULL, 503);
    expect(&ann, "GET", "/api/v1/auth/me", NULL, 200);
    close_house(&h);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void open_lines(struct house *h, struct lines *l, const char *key)
{
    prepare_house(h);
    *l = (struct lines){ .is_open = true };
    gateway_open(&l->options);
    gateway_open(&l->stocks);
    h->options.feed = "live";
    h->options.symbols = "SPY";
    h->options.speed = 1;
    h->options.lines = (struct live_lines_options){
        .databento_key = key,
        .options = arena_printf(&test_arena, "OPRA.PILLAR@127.0.0.1:%d", l->options.port),
        .stocks = arena_printf(&test_arena, "EQUS.MINI@127.0.0.1:%d", l->stocks.port),
    };
}

static void close_lines(struct house *h, struct lines *l)
{
    close_house(h);
    gateway_close(&l->options);
    gateway_close(&l->stocks);
}

/* A line is up before it is asked for anything. */
static void await_wish(struct lines *l, const struct gateway *of)
{
    for (int i = 0; i < 1000; i++) {
        step_lines(l);
        if (of->lines.ptr && memmem(of->lines.ptr, of->lines.len, "SPY", 3))
            return;
        usleep(10000);
    }
    fail_msg("%s", "nobody asks for SPY");
}

TEST(server_feed, vendors_lines_are_the_market_and_a_lost_one_is_said)
{
    struct house h;
    struct lines l;
    open_lines(&h, &l, GATEWAY_KEY);
    start(&h);
    struct client ann = set_up(&h);
    json_t *desk = await_feed(&ann, "up", &l);
    CHECK_STR(text_of(desk, "state"), "normal");
    json_decref(desk);
    await_wish(&l, &l.options);
    await_wish(&l, &l.stocks);
    gateway_drop(&l.options);
    desk = await_feed(&ann, "down", NULL); /* nobody answers meanwhile */
    CHECK_HAS(text_of(desk, "text"), "EQUS.MINI at 127.0.0.1:");
    CHECK_HAS(text_of(desk, "text"), "of Databento: down");
    CHECK_HAS(text_of(desk, "text"), "it is tried again");
    CHECK(!strstr(text_of(desk, "text"), GATEWAY_KEY));
    json_decref(desk);
    json_decref(await_feed(&ann, "up", &l));
    await_ready(&ann);
    close_lines(&h, &l);
}

TEST(server_feed, a_wrong_key_and_a_host_that_is_not_there_are_said_and_the_desk_stays)
{
    struct house h;
    struct lines l;
    open_lines(&h, &l, "db-anotherunittestapikey1234FFFF");
    start(&h);
    struct client ann = set_up(&h);
    json_t *desk = await_feed(&ann, "refused", &l);
    CHECK_HAS(text_of(desk, "text"), "Authentication failed");
    CHECK_HAS(text_of(desk, "text"), "start the server anew with what is right");
    CHECK(!strstr(text_of(desk, "text"), "anotherunittest"));
    json_decref(desk);
    await_ready(&ann);
    expect(&ann, "GET", "/api/v1/positions", NULL, 200);
    close_lines(&h, &l);

    open_lines(&h, &l, GATEWAY_KEY);
    h.options.lines.options = "OPRA.PILLAR@127.0.0.1:1";
    start(&h);
    ann = set_up(&h);
    desk = await_feed(&ann, "down", &l);
    CHECK_HAS(text_of(desk, "text"), "cannot connect");
    json_decref(desk);
    await_ready(&ann);
    expect(&ann, "GET", "/api/v1/positions", NULL, 200);
    close_lines(&h, &l);
}

TEST(server_feed, lines_without_a_key_or_with_odd_words_are_refused_at_the_door)
{
    struct house h;
    prepare_house(&h);
    h.options.feed = "live";
    CHECK_EQ(server_open(&h.server, &h.options), ERR_USAGE);
    CHECK_HAS(err_detail(), "DATABENTO_API_KEY is not set");
    h.options.lines.databento_key = GATEWAY_KEY;
    h.options.lines.stocks = "EQUS.MINI@nowhere";
    CHECK_EQ(server_open(&h.server, &h.options), ERR_USAGE);
    CHECK_HAS(err_detail(), "HOST:PORT");
    arena_clear(&test_arena);
}
