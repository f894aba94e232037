#include <stdlib.h>

#include "domain/types/money.h"
#include "services/report/fake_result.h"
#include "services/report/report_int.h"
#include "tests/testing.h"

static char *text_of(struct arena *arena, const struct backtest_result *result,
                     struct report_term term)
{
    struct buf buf = { 0 };
    report_terminal_text(&buf, result, term);
    char *text = arena_strndup(arena, buf.ptr, buf.len);
    buf_free(&buf);
    return text;
}

static size_t widest_line(const char *text)
{
    size_t widest = 0, columns = 0;
    for (; *text; text++) {
        columns = *text == '\n' ? 0 : columns + ((*text & 0xC0) != 0x80);
        widest = columns > widest ? columns : widest;
    }
    return widest;
}

TEST(terminal, lines_fit_the_terminal)
{
    static const int widths[] = { 60, 80, 100, 120, 200 };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result *result = fake_result(&arena, (struct fake_ask){ 126, 5, 5 });
    FOR_EACH (width, widths)
        for (int utf8 = 0; utf8 <= 1; utf8++) {
            char *text =
                text_of(&arena, result, (struct report_term){ .width = *width, .utf8 = utf8 });
            CHECK(widest_line(text) <= (size_t)*width);
            CHECK(strstr(text, " \n") == NULL);
        }
    arena_clear(&arena);
}

TEST(terminal, shows_what_was_run_and_what_came_of_it)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result *result = fake_result(&arena, (struct fake_ask){ 126, 5, 5 });
    result->end_equity = INT64_C(98765500000);
    result->stats.pnl = INT64_C(-1234500000);
    result->stats.total_return = -0.012345;
    char *text = text_of(&arena, result, (struct report_term){ .width = 100, .utf8 = true });
    CHECK_HAS(text, "SPX iron condor, 45 days, 16 delta");
    CHECK_HAS(text, "share: packages fill at the mid less 35 %");
    CHECK_HAS(text, "asked 2019-01-01 to 2019-12-31; found 2019-01-02 to 2019-06-26");
    CHECK_HAS(text, "lost 1,234.50 USD (-1.23 %) after");
    CHECK_HAS(text, "-1,234.50 USD");
    CHECK_HAS(text, "98,765.50 USD");
    CHECK_HAS(text, "the last 12 of 26 trades; --json and --report list all");
    CHECK_HAS(text, "3 x no bid on SPXW 190621P02525000");
    CHECK_HAS(text, "! 14 times: implied volatility");
    CHECK_HAS(text, "2 warnings at the end: read them before trusting the figures.");
    CHECK_HAS(text, "largest drawdown");
    CHECK_HAS(text, "\u2588");
    arena_clear(&arena);
}

TEST(terminal, is_ascii_without_escapes_where_nothing_else_is_asked_for)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result *result = fake_result(&arena, (struct fake_ask){ 60, 2, 5 });
    result->strategy_name = "caf\xc3\xa9";
    char *text = text_of(&arena, result, (struct report_term){ .width = 80 });
    for (const char *c = text; *c; c++)
        CHECK(*c == '\n' || (*c >= ' ' && *c <= '~'));
    CHECK_HAS(text, "caf?");
    char *painted = text_of(&arena, result, (struct report_term){ .width = 80, .colour = true });
    CHECK_HAS(painted, "\033[1mcaf?\033[0m");
    arena_clear(&arena);
}

TEST(terminal, names_cannot_steer_the_terminal)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result *result = fake_empty(&arena);
    struct result_note note = { .warning = true,
                                .count = 1,
                                .text = "line\nbreak \xc2\x9b"
                                        "31m\xe2\x80\xae" };
    result->strategy_name = "\033]0;owned\007 \xff";
    result->notes = &note;
    result->note_count = 1;
    char *text = text_of(&arena, result, (struct report_term){ .width = 80, .utf8 = true });
    CHECK(strchr(text, '\033') == NULL);
    CHECK(strchr(text, '\007') == NULL);
    CHECK(str_is_utf8(str_from(text)));
    CHECK_HAS(text, "]0;owned");
    CHECK_HAS(text, "! line break \uFFFD31m\uFFFD");
    arena_clear(&arena);
}

TEST(terminal, an_empty_result_has_no_numbers_made_up)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    char *text =
        text_of(&arena, fake_empty(&arena), (struct report_term){ .width = 80, .utf8 = true });
    CHECK_HAS(text, "No market data was found");
    CHECK_HAS(text, "found none");
    CHECK_HAS(text, "Sharpe ratio               n/a");
    CHECK_HAS(text, "nothing to draw");
    arena_clear(&arena);
}

TEST(terminal, takes_huge_and_negative_money)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result *result = fake_result(&arena, (struct fake_ask){ 10, 1, 2 });
    struct result_point *points = arena_array(&arena, struct result_point, 3);
    struct result_trade *trade = (struct result_trade *)&result->trades[0];
    points[0] = (struct result_point){ .ts_ns = INT64_C(1558445460000000000), .equity = INT64_MAX };
    points[1] =
        (struct result_point){ .ts_ns = INT64_C(1558445461000000000), .equity = -INT64_MAX };
    points[2] = (struct result_point){ .ts_ns = INT64_C(1558445462000000000), .equity = 0 };
    result->points = points;
    result->point_count = 3;
    trade->pnl = -INT64_MAX;
    ((struct result_trade *)&result->trades[1])->pnl = -INT64_MAX;
    result->end_equity = -INT64_MAX;
    char *text = text_of(&arena, result, (struct report_term){ .width = 80, .utf8 = true });
    CHECK_HAS(text, "-9,223,372,036,854.78");
    CHECK_HAS(text, "9,223,372,036,854.78 \u2502");
    arena_clear(&arena);
}

TEST(terminal, writes_legs_as_traders_do)
{
    struct result_leg legs[3] = {
        { .quantity = -1,
          .contract = { .root = "SPX",
                        .expiry = 20190621,
                        .strike_mills = 2900000,
                        .right = 'C' } },
        { .quantity = 2,
          .contract = { .root = "SPXW",
                        .expiry = 20190719,
                        .strike_mills = 747500,
                        .right = 'P' } },
        { .quantity = 100, .is_stock = true },
    };
    struct result_trade trade = { .legs = legs, .leg_count = 3 };
    struct buf buf = { 0 };
    text_legs(&buf, &trade, ' ', ' ');
    CHECK_STR(buf.ptr, "-1 C2900 21Jun19 SPX +2 P747.5 19Jul19 SPXW +100 shares");
    CHECK(trade_has_several_expiries(&trade));
    buf_clear(&buf);
    legs[1].contract = legs[0].contract;
    legs[1].contract.strike_mills = 2950000;
    trade.leg_count = 2;
    text_legs(&buf, &trade, ' ', ' ');
    CHECK_STR(buf.ptr, "-1 C2900 +2 C2950 21Jun19");
    CHECK(!trade_has_several_expiries(&trade));
    buf_free(&buf);
}

TEST(terminal, formats_figures_for_people)
{
    char text[TEXT_BYTES];
    text_money(text, INT64_C(-1234500000));
    CHECK_STR(text, "-1,234.50");
    text_money_plus(text, INT64_C(1234500000));
    CHECK_STR(text, "+1,234.50");
    text_money_plus(text, 0);
    CHECK_STR(text, "0.00");
    text_money(text, PRICE_NONE);
    CHECK_STR(text, "n/a");
    text_percent(text, -0.012345);
    CHECK_STR(text, "-1.23 %");
    text_percent(text, NAN);
    CHECK_STR(text, "n/a");
    text_number(text, -0.001, 2);
    CHECK_STR(text, "0.00");
    text_number(text, -1234567.891, 2);
    CHECK_STR(text, "-1,234,567.89");
    text_number(text, INFINITY, 2);
    CHECK_STR(text, "unlimited");
    text_when(text, INT64_C(1558445460000000000));
    CHECK_STR(text, "2019-05-21 09:31");
    text_when_short(text, 0);
    CHECK_STR(text, "n/a");
    text_max_loss(text, INT64_MAX);
    CHECK_STR(text, "unbounded");
}

TEST(terminal, a_pipe_gets_plain_text_and_a_full_disk_an_error)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip();
    struct report_term term = report_term_of(full);
    CHECK(!term.colour);
    CHECK(term.width >= 60);
    CHECK_EQ(report_terminal(full, fake_empty(&arena), term), ERR_IO);
    fclose(full);
    arena_clear(&arena);
}

TEST(terminal, of_several_strategies_shows_what_each_brought)
{
    static const int widths[] = { 60, 80, 120 };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result *account = fake_result(&arena, (struct fake_ask){ 10, 2, 5 });
    struct backtest_result each[] = { *account, *account };
    each[0].strategy_name = "first";
    each[1].strategy_name =
        "a second one with a name that is longer than its column can ever be on any terminal";
    each[1].stats.pnl = -7000000;
    account->strategies = each;
    account->strategy_count = 2;
    FOR_EACH (width, widths) {
        char *text = text_of(&arena, account, (struct report_term){ .width = *width });
        CHECK_HAS(text, "Strategies, USD");
        CHECK_HAS(text, "first");
        CHECK_HAS(text, "-7.00");
        CHECK(*width < 80 || widest_line(text) <= (size_t)*width);
    }
    arena_clear(&arena);
}
