/* Margin point by point, as a client reads it. */
#include <stdlib.h>

#include "services/server/desk_house_test.h"

static double at_point(const json_t *of, size_t point)
{
    return json_number_value(json_array_get(json_object_get(of, "pnl_micros"), point)) / 1e6;
}

/* One put spread is held: it loses most where the market falls furthest, twice as much with
 * another, and nothing with one sold. */
TEST(api_margin, of_a_spread_is_explained_point_by_point)
{
    struct house h;
    struct spread s;
    open_desk(&h);
    struct client ann = set_up(&h), vic = add_user(&h, &ann, "vic", "viewer");
    await_market(&ann, &s);
    struct reply r = send_order(&ann, &s, "\"type\":\"market\"", NULL);
    json_int_t trade = whole_of(r.json, "trade_id");
    reply_free(&r);
    json_decref(await_position(&ann, trade, true));
    json_t *grid = get(&vic, "/api/v1/risk/margin");
    const json_t *group = json_array_get(json_object_get(grid, "groups"), 0),
                 *class = json_array_get(json_object_get(group, "classes"), 0),
                 *row = json_array_get(json_object_get(class, "rows"), 0);
    double width = (atof(s.high + 13) - atof(s.low + 13)) / 1000 * 100,
           asked = (double)whole_of(grid, "portfolio_micros") / 1e6;
    CHECK_STR(text_of(grid, "rules"), "reg-t");
    CHECK_EQ(json_array_size(json_object_get(grid, "groups")), 1);
    CHECK_STR(text_of(group, "name"), "high-cap");
    CHECK_STR(text_of(class, "name"), "SPX");
    CHECK_STR(text_of(row, "symbol"), "SPX");
    CHECK_NEAR(json_number_value(json_array_get(json_object_get(row, "moves"), 0)), -0.08, 1e-12);
    CHECK_EQ(whole_of(group, "worst"), 0);
    CHECK_EQ(whole_of(group, "minimum_micros"), 75000000);
    CHECK_EQ(whole_of(grid, "portfolio_micros"), whole_of(group, "requirement_micros"));
    CHECK_NEAR(-at_point(group, 0), asked, 1e-6);
    CHECK(at_point(row, 0) < at_point(row, 4) && at_point(row, 4) < at_point(row, 9));
    /* Regulation T asks for all that it can lose, the points for what it loses at -8 %: nearly the
     * same, less its price. */
    CHECK_NEAR((double)whole_of(grid, "strategy_initial_micros") / 1e6, width, 0.5 * width);
    CHECK(asked < width);
    r = ask(&vic, "POST", "/api/v1/risk/margin/what-if", order_text(&s, "\"type\":\"market\""));
    check_status(&r, 200);
    CHECK_NEAR((double)whole_of(r.json, "portfolio_micros") / 1e6, 2 * asked,
               0.2 * asked); /* the market has moved meanwhile */
    reply_free(&r);
    r = ask(&vic, "POST", "/api/v1/risk/margin/what-if",
            arena_printf(
                &test_arena,
                "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"%s\",\"side\":\"buy\",\"ratio\":1},"
                "{\"contract\":\"%s\",\"side\":\"sell\",\"ratio\":1}],\"quantity\":1,\"type\":"
                "\"market\"}",
                s.high, s.low));
    check_status(&r, 200);
    CHECK_EQ(whole_of(r.json, "portfolio_micros"), 0);
    CHECK_EQ(whole_of(r.json, "strategy_initial_micros"), 0);
    CHECK_EQ(json_array_size(json_object_get(r.json, "groups")), 0);
    reply_free(&r);
    expect(&vic, "POST", "/api/v1/risk/margin/what-if",
           "{\"symbol\":\"SPX\",\"legs\":[{\"contract\":\"SPXW  "
           "990101C05000000\",\"side\":\"buy\",\"ratio\":1}],\"quantity\":1,\"type\":\"market\"}",
           422);
    json_decref(grid);
    close_house(&h);
}
