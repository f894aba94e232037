#include "adapters/import/lean_table.h"

#include "domain/types/money.h"
#include "tests/testing.h"

TEST(lean_table, derives_the_spy_dividend_of_december_2020)
{
    struct lean_factor a = { 20201217, 0.9925053, 1, 372.24 },
                       b = { 20210318, 0.9967360, 1, 391.48 };
    struct lean_event event = lean_factor_event(&a, &b);
    CHECK_EQ(event.dividend_micros, 1580000);
    CHECK_EQ(event.split_e6, 0);
}

TEST(lean_table, knows_splits_from_their_rounded_factors)
{
    static const struct {
        double before, after;
        int64_t shares_e6;
    } cases[] = { { 0.00892857, 0.01785710, 2000000 },
                  { 0.03571430, 0.25, 7000000 },
                  { 0.25, 1, 4000000 },
                  { 2, 1, 500000 },
                  { 7.11111022, 10.66670000, 1500000 } }; /* the last: AIG in 1998 */
    FOR_EACH (c, cases) {
        struct lean_factor a = { 20140606, 1, c->before, 645.57 },
                           b = { 20140806, 1, c->after, 94.97 };
        struct lean_event event = lean_factor_event(&a, &b);
        CHECK_EQ(event.split_e6, c->shares_e6);
        CHECK(event.dividend_micros == PRICE_NONE);
    }
}

TEST(lean_table, a_dividend_without_a_reference_price_is_not_invented)
{
    struct lean_factor a = { 20140606, 0.9, 1, 1 }, b = { 20140806, 1, 1, 94.97 };
    CHECK_EQ(lean_factor_event(&a, &b).dividend_micros, -1);
}

TEST(lean_table, a_ticker_holds_up_to_and_including_its_date)
{
    struct arena arena;
    struct lean_ticker *rows;
    size_t count;
    arena_init(&arena, "test", 0);
    CHECK_OK(lean_map_parse(
        &arena, "twx.csv", STR("19980102,aol,N\n20031015,aol,N\r\n20180615,twx,N"), &rows, &count));
    CHECK_EQ(count, 3);
    CHECK_STR(lean_map_ticker(rows, count, 20031015), "aol");
    CHECK_STR(lean_map_ticker(rows, count, 20031016), "twx");
    CHECK(!lean_map_ticker(rows, count, 20180618));
    arena_clear(&arena);
}

TEST(lean_table, rates_become_continuous)
{
    struct arena arena;
    struct lean_rate *rows;
    size_t count;
    arena_init(&arena, "test", 0);
    CHECK_OK(lean_rates_parse(
        &arena, "r.csv", STR("DATE,PCREDIT8\n2003-01-09,2.25\n2023-07-27,5.50"), &rows, &count));
    CHECK_EQ(count, 2);
    CHECK_EQ(rows[1].date, 20230727);
    CHECK_EQ(lean_rate_continuous_e9(rows[1].percent), 53540767); /* ln 1.055 */
    arena_clear(&arena);
}

TEST(lean_table, says_which_row_and_column_is_wrong)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        { "20201217,0.99,1,372.24\n20201216,1,1,1\n",
          "row 2: column 1 (date): \"20201216\" is before" },
        { "20201217,nan,1,372.24", "row 1: column 2 (price factor)" },
        { "20201217,1,0,372.24", "column 3 (split factor)" },
        { "20201217,1,1", "has 3 columns instead of 4" },
    };
    FOR_EACH (c, cases) {
        struct arena arena;
        struct lean_factor *rows;
        size_t count;
        arena_init(&arena, "test", 0);
        CHECK_EQ(lean_factors_parse(&arena, "spy.csv", str_from(c->text), &rows, &count),
                 ERR_PARSE);
        CHECK_HAS(err_detail(), "spy.csv: row");
        CHECK_HAS(err_detail(), c->why);
        arena_clear(&arena);
    }
}
