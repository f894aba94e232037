#include "domain/types/money.h"
#include "services/report/fake_result.h"
#include "services/report/json_check.h"
#include "services/report/report.h"
#include "tests/testing.h"

static const char *json_of(struct arena *arena, const struct backtest_result *result)
{
    struct buf buf = { 0 };
    report_json(&buf, result);
    CHECK(json_is_valid(buf_str(&buf)));
    CHECK(buf.ptr[buf.len - 1] == '\n');
    CHECK(memchr(buf.ptr, '\n', buf.len) == buf.ptr + buf.len - 1);
    char *text = arena_strndup(arena, buf.ptr, buf.len);
    buf_free(&buf);
    return text;
}

TEST(report_json, says_everything_with_exact_money)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result *result = fake_result(&arena, (struct fake_ask){ 30, 2, 5 });
    result->end_equity = INT64_C(197524000000);
    result->stats.pnl = INT64_C(-2476000001);
    result->seed = UINT64_MAX;
    const char *text = json_of(&arena, result);
    CHECK_HAS(
        text,
        "{\"schema\":\"ironfly.backtest/1\",\"program\":\"ironfly 0.1.0\",\"currency\":\"USD\"");
    CHECK_HAS(text, "\"end_equity\":197524,\"pnl\":-2476.000001,");
    CHECK_HAS(text, "\"start_cash\":100000,");
    CHECK_HAS(text, "\"seed\":18446744073709551615,");
    CHECK_HAS(text, "\"from\":\"2019-01-01\",\"to\":\"2019-12-31\",\"first_day\":\"2019-01-02\"");
    CHECK_HAS(text, "\"root\":\"SPXW\",\"expiry\":\"2019-02-16\",\"right\":\"P\",\"strike\":");
    CHECK_HAS(text, "\"name\":\"short put\",\"kind\":\"option\"");
    CHECK_HAS(text, "\"reason\":\"open\"");
    CHECK_HAS(text, "\"text\":\"interest on cash is not credited\"");
    arena_clear(&arena);
}

TEST(report_json, writes_moments_in_utc_and_in_nanoseconds)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct result_point point = { .ts_ns = INT64_C(1558445460000000001),
                                  .underlying = PRICE_NONE,
                                  .delta = NAN };
    struct backtest_result *result = fake_empty(&arena);
    result->points = &point;
    result->point_count = 1;
    const char *text = json_of(&arena, result);
    CHECK_HAS(text, "\"time\":\"2019-05-21T13:31:00.000000001Z\",\"time_ns\":1558445460000000001,");
    CHECK_HAS(text, "\"underlying\":null,\"delta\":null,\"gamma\":0,");
    arena_clear(&arena);
}

TEST(report_json, writes_what_is_unknown_as_null)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result *result = fake_empty(&arena);
    result->strategy_path = NULL;
    const char *text = json_of(&arena, result);
    CHECK_HAS(text, "\"path\":null,");
    CHECK_HAS(text, "\"total_return\":null,");
    CHECK_HAS(text, "\"max_drawdown_from\":null,\"max_drawdown_from_ns\":null,");
    CHECK_HAS(text, "\"first_day\":null,");
    CHECK_HAS(text, "\"trades\":[],\"orders\":[],\"points\":[]}");
    arena_clear(&arena);
}

TEST(report_json, an_open_trade_without_bound_says_so)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct result_leg leg = { .is_stock = true,
                              .quantity = -100,
                              .entry_price = 0,
                              .entry_bid = PRICE_NONE,
                              .entry_ask = PRICE_NONE,
                              .exit_price = PRICE_NONE,
                              .mark_price = MICROS_PER_CENT,
                              .entry_iv = NAN,
                              .entry_delta = -1,
                              .leg_name = "shares" };
    struct result_trade trade = { .id = 1,
                                  .opened_ns = INT64_C(1558445460000000000),
                                  .units = 1,
                                  .max_loss = INT64_MAX,
                                  .underlying_exit = PRICE_NONE,
                                  .legs = &leg,
                                  .leg_count = 1 };
    struct backtest_result *result = fake_empty(&arena);
    result->trades = &trade;
    result->trade_count = 1;
    const char *text = json_of(&arena, result);
    CHECK_HAS(text, "\"closed\":null,\"closed_ns\":null,\"open\":true,\"reason\":\"open\"");
    CHECK_HAS(text, "\"max_loss\":null,\"max_loss_unbounded\":true");
    CHECK_HAS(text, "{\"name\":\"shares\",\"kind\":\"stock\",\"quantity\":-100,\"entry_price\":0,"
                    "\"entry_bid\":null,");
    CHECK_HAS(text,
              "\"entry_iv\":null,\"entry_delta\":-1,\"exit_price\":null,\"mark_price\":0.01}");
    arena_clear(&arena);
}

TEST(report_json, stays_json_whatever_names_hold)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result *result = fake_empty(&arena);
    struct result_note note = { .count = 1, .text = "\"\\\n\r\t\x01\x7f</script>\xff\xc3" };
    result->strategy_name = "\xed\xa0\x80<script>\"";
    result->notes = &note;
    result->note_count = 1;
    json_of(&arena, result);
    arena_clear(&arena);
}

TEST(report_json, the_same_result_gives_the_same_bytes)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result *result = fake_result(&arena, (struct fake_ask){ 20, 3, 4 });
    CHECK_STR(json_of(&arena, result), json_of(&arena, result));
    arena_clear(&arena);
}

TEST(report_json, of_several_strategies_has_each_as_a_whole)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result *account = fake_result(&arena, (struct fake_ask){ 10, 2, 5 });
    CHECK(strstr(json_of(&arena, account), "\"strategies\"") == NULL);
    struct backtest_result each[] = { *account, *account };
    each[0].strategy_name = "first";
    each[1].strategy_name = "second";
    each[1].stats.pnl = 7000000;
    account->strategies = each;
    account->strategy_count = 2;
    const char *text = json_of(&arena, account);
    CHECK_HAS(text, "\"strategies\":[{\"strategy\":{\"name\":\"first\"");
    CHECK_HAS(text, "{\"strategy\":{\"name\":\"second\"");
    CHECK_HAS(text, "\"pnl\":7,");
    arena_clear(&arena);
}
