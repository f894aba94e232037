/* What the risk screen says of underlyings that do not move as the index does. */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "services/server/desk_house_test.h"

/* One quoted call on VIX near its level, to be bought; NULL: none yet. */
static const char *vix_call(struct client *c)
{
    struct reply r = ask(c, "GET", "/api/v1/chains/VIX", NULL);
    const json_t *strikes = json_object_get(r.json, "strikes_micros"),
                 *calls = json_object_get(r.json, "calls"),
                 *bids = json_object_get(calls, "bid_micros"),
                 *expiry = json_object_get(r.json, "expiry");
    double spot = json_number_value(json_object_get(r.json, "spot"));
    const char *day = text_of(expiry, "expiry"), *order = NULL;
    for (size_t i = 0; i < json_array_size(strikes) && !order; i++) {
        long long strike = json_integer_value(json_array_get(strikes, i));
        if ((double)strike > 1e6 * spot && json_is_integer(json_array_get(bids, i)))
            order = arena_printf(
                &test_arena,
                "{\"symbol\":\"VIX\",\"legs\":[{\"contract\":\"%-6s%.2s%.2s%.2sC%08lld\",\"side\":\"buy\",\"ratio\":1}],\"quantity\":5,\"type\":\"market\"}",
                text_of(expiry, "root"), day + 2, day + 5, day + 8, strike / 1000);
    }
    reply_free(&r);
    return order;
}

static const json_t *row_of(const json_t *risk, const char *symbol)
{
    size_t at;
    const json_t *row;
    json_array_foreach (json_object_get(risk, "rows"), at, row)
        if (strcmp(text_of(row, "symbol"), symbol) == 0)
            return row;
    return NULL;
}

/* Once the index is quoted too. */
static bool is_weighted(const json_t *risk)
{
    return json_is_number(json_object_get(row_of(risk, "VIX"), "weighted_delta"));
}

TEST(api_risk, a_call_on_vix_gains_where_the_index_falls)
{
    struct house h;
    const char *order = NULL;
    prepare_house(&h);
    h.options.feed = "sim";
    h.options.symbols = "SPX,VIX";
    h.options.speed = 4;
    h.options.seed = 5;
    start(&h);
    struct client ann = set_up(&h);
    for (int i = 0; i < 1500 && !order; i++, usleep(20000))
        order = vix_call(&ann);
    CHECK(order);
    struct reply r = ask(&ann, "POST", "/api/v1/risk/what-if", order);
    for (int i = 0; i < 500 && !is_weighted(r.json); i++, usleep(20000)) {
        reply_free(&r);
        r = ask(&ann, "POST", "/api/v1/risk/what-if", order);
    }
    check_status(&r, 200);
    const json_t *row = row_of(r.json, "VIX");
    CHECK_NEAR(json_number_value(json_object_get(row, "beta")), -3.7415, 1e-9);
    CHECK(json_number_value(json_object_get(row, "delta")) > 0);
    CHECK(json_number_value(json_object_get(row, "weighted_delta")) < 0);
    const json_t *scenarios = json_object_get(r.json, "scenarios"),
                 *pnl = json_object_get(scenarios, "pnl"),
                 *moves = json_object_get(scenarios, "moves"),
                 *vols = json_object_get(scenarios, "vols");
    size_t n = json_array_size(moves), unchanged = json_array_size(vols) / 2;
    CHECK_NEAR(json_number_value(json_array_get(vols, unchanged)), 1, 1e-12);
    CHECK(json_number_value(json_array_get(moves, 0)) < -0.1);
    CHECK(json_number_value(json_array_get(pnl, unchanged * n)) > 0);
    CHECK(json_number_value(json_array_get(pnl, unchanged * n + n - 1)) < 0);
    reply_free(&r);
    close_house(&h);
}
