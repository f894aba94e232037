#include <stdlib.h>
#include <sys/stat.h>

#include "domain/types/money.h"
#include "services/report/fake_result.h"
#include "services/report/html_check.h"
#include "services/report/html_int.h"
#include "services/report/payoff.h"
#include "tests/testing.h"

static char *page_of(struct arena *arena, const struct backtest_result *result)
{
    struct buf buf = { 0 };
    report_html_text(&buf, result);
    const char *problem = html_problem(buf_str(&buf));
    if (problem)
        fail_msg("%s", problem);
    char *text = arena_strndup(arena, buf.ptr, buf.len);
    buf_free(&buf);
    /* Nothing is fetched and nothing was left uncomputed. */
    CHECK(strstr(text, "http:") == NULL);
    CHECK(strstr(text, "https:") == NULL);
    CHECK(strstr(text, "//") == NULL);
    CHECK(strstr(text, "nan") == NULL);
    CHECK(strstr(text, "\"inf") == NULL);
    CHECK(strstr(text, " inf") == NULL);
    return text;
}

TEST(html, a_page_is_well_formed_and_the_same_each_time)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result *result = fake_result(&arena, (struct fake_ask){ 126, 5, 5 });
    char *page = page_of(&arena, result);
    CHECK_STR(page, page_of(&arena, result));
    CHECK_HAS(page, "<h1>SPX iron condor, 45 days, 16 delta</h1>");
    CHECK_HAS(page, "share: packages fill at the mid less 35 %");
    CHECK_HAS(page, "id=\"payoff\"");
    CHECK_HAS(page, "still open, marked to market");
    CHECK_HAS(page, "no bid on SPXW 190621P02525000");
    CHECK_HAS(page, "SPXW 2019-02-16");
    arena_clear(&arena);
}

TEST(html, an_empty_result_makes_a_page_that_says_so)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    char *page = page_of(&arena, fake_empty(&arena));
    CHECK_HAS(page, "No market data was found");
    CHECK_HAS(page, "No snapshots, so there is nothing to draw.");
    CHECK_HAS(page, "No order was sent.");
    CHECK_HAS(page, "<dd>n/a</dd>");
    arena_clear(&arena);
}

TEST(html, few_and_very_many_rows_both_make_a_page)
{
    static const struct fake_ask asks[] = { { 1, 1, 0 }, { 1, 1, 1 },    { 1, 390, 1 }, { 2, 1, 1 },
                                            { 3, 2, 1 }, { 400, 50, 1 }, { 2600, 1, 1 } };
    struct arena arena;
    arena_init(&arena, "test", 0);
    FOR_EACH (ask, asks) {
        char *page = page_of(&arena, fake_result(&arena, *ask));
        CHECK(strlen(page) < 4500000);
        if (ask->days == 2600) {
            CHECK_HAS(page, "The first 1,600 trades are left out here");
            CHECK_HAS(page, "each bar is the sum of 8 trades in a row");
        }
    }
    arena_clear(&arena);
}

TEST(html, hostile_names_stay_text)
{
    static char evil[] =
        "</title></style><script>alert(1)</script>\" onload='x' \n\x01\xff\xe2\x80\xae&amp;";
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result *result = fake_result(&arena, (struct fake_ask){ 10, 1, 2 });
    struct result_note note = { .count = 2, .text = evil };
    result->strategy_name = result->strategy_path = result->strategy_hash =
        result->strategy_description = evil;
    result->underlying = result->store = result->fill_model = result->fill_text =
        result->fee_schedule = result->fee_text = evil;
    result->program = result->events_hash = result->effects_hash = result->params[0].name = evil;
    result->notes = &note;
    result->note_count = 1;
    for (size_t i = 0; i < result->trade_count; i++) {
        struct result_trade *trade = (struct result_trade *)&result->trades[i];
        trade->structure = evil;
        for (size_t k = 0; k < trade->leg_count; k++) {
            struct result_leg *leg = (struct result_leg *)&trade->legs[k];
            leg->leg_name = evil;
            memcpy(leg->contract.root, "<b>\"'&\xff<", CONTRACT_ROOT_BYTES);
        }
    }
    for (size_t i = 0; i < result->order_count; i++) {
        struct result_order *order = (struct result_order *)&result->orders[i];
        order->number = order->reason = order->text = evil;
        order->status = i % 2 ? "rejected" : evil;
    }
    char *page = page_of(&arena, result);
    CHECK(strstr(page, "<script>alert") == NULL);
    CHECK(strstr(page, "\xe2\x80\xae") == NULL);
    CHECK_HAS(page, "&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39;  "
                    "\uFFFD\uFFFD\uFFFD&amp;amp;");
    arena_clear(&arena);
}

TEST(html, unknown_and_extreme_figures_are_drawn_or_said)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct backtest_result *result = fake_result(&arena, (struct fake_ask){ 12, 2, 3 });
    struct result_point *points = (struct result_point *)result->points;
    struct result_trade *trades = (struct result_trade *)result->trades;
    for (size_t i = 0; i < result->point_count; i++) {
        points[i].delta = points[i].gamma = points[i].vega = points[i].theta = NAN;
        points[i].underlying = PRICE_NONE;
        points[i].equity = i % 3 ? -INT64_MAX : INT64_MAX;
    }
    points[3].delta = INFINITY;
    points[4].ts_ns = 0;
    trades[0].pnl = INT64_MAX;
    trades[1].pnl = -INT64_MAX;
    trades[1].max_loss = INT64_MAX;
    trades[2].best = trades[2].worst = trades[2].underlying_entry = PRICE_NONE;
    result->stats.profit_factor = INFINITY;
    result->stats.max_drawdown = 7.5;
    result->end_equity = -INT64_MAX;
    char *page = page_of(&arena, result);
    CHECK_HAS(page, "Unknown at every snapshot.");
    CHECK_HAS(page, "unbounded");
    CHECK_HAS(page, "<dd>unlimited</dd>");
    CHECK_HAS(page, "-9,223,372,036,854.78 USD");
    CHECK_HAS(page, "750.00 %");
    arena_clear(&arena);
}

TEST(html, is_written_whole_or_not_at_all)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    const char *folder = testing_folder();
    char *path = arena_printf(&arena, "%s/run.html", folder);
    char *nowhere = arena_printf(&arena, "%s/none/run.html", folder);
    struct backtest_result *result = fake_result(&arena, (struct fake_ask){ 5, 1, 2 });
    struct stat st;
    CHECK_OK(report_html(path, result));
    CHECK_EQ(stat(path, &st), 0);
    CHECK(st.st_size > 10000);
    CHECK((st.st_mode & 0400) != 0);
    CHECK_EQ(report_html(nowhere, result), ERR_IO);
    CHECK_HAS(err_detail(), nowhere);
    /* A folder stands where the file should go: the page cannot take its place, nothing is left. */
    CHECK_EQ(report_html(folder, result), ERR_REFUSED);
    CHECK_HAS(err_detail(), folder);
    arena_clear(&arena);
}

TEST(html, of_several_strategies_leads_to_a_page_of_each)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    const char *folder = testing_folder();
    struct backtest_result *account = fake_result(&arena, (struct fake_ask){ 5, 1, 2 });
    struct backtest_result each[] = { *account, *account };
    each[0].strategy_name = "Put-write";
    each[1].strategy_name = "<b>../../x</b>";
    account->strategies = each;
    account->strategy_count = 2;
    CHECK_OK(report_html(arena_printf(&arena, "%s/run.html", folder), account));
    struct stat st;
    CHECK_EQ(stat(arena_printf(&arena, "%s/run-1-put_write.html", folder), &st), 0);
    CHECK_EQ(stat(arena_printf(&arena, "%s/run-2-_b_______x__b_.html", folder), &st), 0);
    char *page = page_of(&arena, account);
    CHECK_HAS(page, "id=\"strategies\"");
    CHECK_HAS(page, "Put-write");
    CHECK(strstr(page, "<b>..") == NULL);
    arena_clear(&arena);
}

static struct result_leg leg(char right, int quantity, int strike, int32_t expiry, double price,
                             double iv)
{
    return (struct result_leg){ .quantity = quantity,
                                .entry_iv = iv,
                                .entry_price = money_from_dollars(price),
                                .contract = { .root = "SPX",
                                              .expiry = expiry,
                                              .strike_mills = strike * 1000,
                                              .multiplier = 100,
                                              .right = right } };
}

TEST(payoff, an_iron_condor_has_its_textbook_figures)
{
    struct result_leg legs[] = { leg('P', 1, 2600, 20190621, 4, NAN),
                                 leg('P', -1, 2650, 20190621, 8, NAN),
                                 leg('C', -1, 2900, 20190621, 9, NAN),
                                 leg('C', 1, 2950, 20190621, 3, NAN) };
    struct result_trade trade = { .legs = legs,
                                  .leg_count = 4,
                                  .entry_cash = 1000 * MICROS_PER_DOLLAR,
                                  .underlying_entry = 2800 * MICROS_PER_DOLLAR };
    struct payoff payoff;
    payoff_make(&payoff, &trade);
    CHECK(payoff.why_not == NULL);
    CHECK(!payoff.is_modelled);
    CHECK_NEAR(payoff.best, 1000, 1e-9);
    CHECK_NEAR(payoff.worst, -4000, 1e-9); /* 50 points wide less 10 of credit */
    CHECK_EQ(payoff.even_count, 2);
    CHECK_NEAR(payoff.even[0], 2640, 1e-6);
    CHECK_NEAR(payoff.even[1], 2910, 1e-6);
}

TEST(payoff, open_ends_are_called_unlimited)
{
    struct result_leg call = leg('C', -2, 100, 20190621, 4.5, NAN);
    struct result_trade trade = { .legs = &call,
                                  .leg_count = 1,
                                  .entry_cash = 900 * MICROS_PER_DOLLAR,
                                  .underlying_entry = 100 * MICROS_PER_DOLLAR };
    struct payoff payoff;
    payoff_make(&payoff, &trade);
    CHECK(isinf(payoff.worst) && payoff.worst < 0);
    CHECK_NEAR(payoff.best, 900, 1e-9);
    CHECK_NEAR(payoff.even[0], 104.5, 1e-6);
    call.quantity = 1;
    call.entry_price = 3000 * MICROS_PER_DOLLAR;
    trade.entry_cash = -300000 * MICROS_PER_DOLLAR; /* break-even far beyond all strikes */
    payoff_make(&payoff, &trade);
    CHECK(isinf(payoff.best) && payoff.best > 0);
    CHECK_NEAR(payoff.worst, -300000, 1e-6);
    CHECK_EQ(payoff.even_count, 1);
    CHECK_NEAR(payoff.even[0], 3100, 1e-6);
}

TEST(payoff, a_covered_call_counts_its_shares)
{
    struct result_leg legs[] = {
        { .is_stock = true, .quantity = 100, .entry_price = 100 * MICROS_PER_DOLLAR },
        leg('C', -1, 110, 20190621, 2, NAN)
    };
    struct result_trade trade = { .legs = legs,
                                  .leg_count = 2,
                                  .entry_cash = -9800 * MICROS_PER_DOLLAR,
                                  .underlying_entry = 100 * MICROS_PER_DOLLAR };
    struct payoff payoff;
    payoff_make(&payoff, &trade);
    CHECK_NEAR(payoff.best, 1200, 1e-9);
    CHECK_NEAR(payoff.worst, -9800, 1e-9);
    CHECK_NEAR(payoff.even[0], 98, 1e-6);
}

TEST(payoff, a_calendar_is_priced_by_its_volatility_or_not_at_all)
{
    struct result_leg legs[] = { leg('C', -1, 2900, 20190621, 40, 0.14),
                                 leg('C', 1, 2900, 20190719, 55, 0.15) };
    struct result_trade trade = { .legs = legs,
                                  .leg_count = 2,
                                  .entry_cash = -1500 * MICROS_PER_DOLLAR,
                                  .underlying_entry = 2890 * MICROS_PER_DOLLAR };
    struct payoff payoff;
    payoff_make(&payoff, &trade);
    CHECK(payoff.why_not == NULL);
    CHECK(payoff.is_modelled);
    /* At the strike the long call is worth about 0.4 S vol sqrt(t): 28 days left, Brenner and
     * Subrahmanyam (1988). */
    CHECK_NEAR(payoff.best, 100 * 0.3989 * 2900 * 0.15 * sqrt(28 / 365.0) - 1500, 25);
    CHECK_NEAR(payoff.worst, -1500, 1e-6);
    CHECK_EQ(payoff.even_count, 2);
    legs[1].entry_iv = NAN;
    payoff_make(&payoff, &trade);
    CHECK_HAS(payoff.why_not, "several expiries");
}

TEST(payoff, legs_that_came_after_the_entry_do_not_count)
{
    struct result_leg legs[] = {
        leg('P', -1, 100, 20190621, 3, NAN),
        { .is_stock = true, .quantity = 100, .entry_price = 100 * MICROS_PER_DOLLAR }
    };
    struct result_trade trade = { .legs = legs,
                                  .leg_count = 2,
                                  .entry_cash = 300 * MICROS_PER_DOLLAR,
                                  .underlying_entry = 105 * MICROS_PER_DOLLAR };
    struct payoff payoff;
    payoff_make(&payoff, &trade);
    CHECK(payoff.why_not == NULL);
    CHECK_NEAR(payoff.best, 300, 1e-9);
    CHECK_NEAR(payoff.worst, -9700, 1e-9);
    trade.entry_cash = 299 * MICROS_PER_DOLLAR;
    payoff_make(&payoff, &trade);
    CHECK_HAS(payoff.why_not, "do not add up");
}
