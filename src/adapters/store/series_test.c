#include <stdlib.h>

#include "adapters/store/store.h"
#include "tests/testing.h"

static struct series_row bar(int32_t date, int64_t close)
{
    return (struct series_row){ date,  0,   PRICE_NONE, close - 1, close + 2, close - 3,
                                close, 100, 0,          0,         0 };
}

static struct series_row value_on(int32_t date, int64_t value)
{
    return (struct series_row){ date,       0,  value, PRICE_NONE, PRICE_NONE, PRICE_NONE,
                                PRICE_NONE, -1, 0,     0,          0 };
}

TEST(series, rows_in_any_order_are_merged_and_new_values_win)
{
    struct store *store;
    struct arena arena;
    arena_init(&arena, "test", 0);
    CHECK_OK(store_open_writer(&store, testing_folder()));
    CHECK_OK(store_begin(store));
    struct series_row first[] = { bar(20190523, 30), bar(20190521, 10), bar(20190521, 11) };
    CHECK_OK(series_write(store, "SPX", SERIES_BARS, first, ARRAY_COUNT(first)));
    struct series_row more[] = { bar(20190522, 20) };
    CHECK_OK(series_write(store, "SPX", SERIES_BARS, more, 1)); /* joins what is staged */
    CHECK_OK(store_commit(store, NULL, NULL, NULL));

    CHECK_OK(store_begin(store));
    struct series_row third[] = { bar(20190523, 33), bar(20190524, 40) };
    CHECK_OK(series_write(store, "SPX", SERIES_BARS, third, ARRAY_COUNT(third)));
    CHECK_OK(store_commit(store, NULL, NULL, NULL));

    struct series series;
    CHECK_OK(series_read(&series, store, &arena, "SPX", SERIES_BARS));
    CHECK_STR(series.symbol, "SPX");
    CHECK_EQ(series.kind, SERIES_BARS);
    CHECK_EQ(series.count, 4);
    static const int64_t closes[] = { 11, 20, 33, 40 };
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(series.rows[i].date, 20190521 + i);
        CHECK_EQ(series.rows[i].close, closes[i]);
        CHECK_EQ(series.rows[i].open, closes[i] - 1);
        CHECK_EQ(series.rows[i].high, closes[i] + 2);
        CHECK_EQ(series.rows[i].low, closes[i] - 3);
        CHECK_EQ(series.rows[i].volume, 100);
        CHECK_EQ(series.rows[i].value, PRICE_NONE);
    }
    CHECK(series_at(&series, 20190520) == NULL);
    CHECK_EQ(series_at(&series, 20190521)->close, 11);
    CHECK_EQ(series_at(&series, 20990101)->close, 40);
    CHECK(series_on(&series, 20190525) == NULL);
    CHECK_EQ(series_on(&series, 20190522)->close, 20);
    arena_clear(&arena);
    store_close(store);
}

TEST(series, a_missing_field_leaves_the_stored_one)
{
    struct store *store;
    struct arena arena;
    arena_init(&arena, "test", 0);
    CHECK_OK(store_open_writer(&store, testing_folder()));
    CHECK_OK(store_begin(store));
    struct series_row am = value_on(20190621, 2960000000), pm = value_on(20190621, PRICE_NONE);
    pm.close = 2950000000;
    CHECK_OK(series_write(store, "SPX", SERIES_SETTLEMENT, &am, 1));
    CHECK_OK(series_write(store, "SPX", SERIES_SETTLEMENT, &pm, 1));
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    struct series series;
    CHECK_OK(series_read(&series, store, &arena, "SPX", SERIES_SETTLEMENT));
    CHECK_EQ(series.count, 1);
    CHECK_EQ(series.rows[0].value, 2960000000);
    CHECK_EQ(series.rows[0].close, 2950000000);
    CHECK_EQ(series.rows[0].open, PRICE_NONE);
    CHECK_EQ(series.rows[0].volume, -1);
    arena_clear(&arena);
    store_close(store);
}

TEST(series, kinds_and_symbols_are_apart_and_listed)
{
    struct store *store;
    struct arena arena;
    arena_init(&arena, "test", 0);
    CHECK_OK(store_open_writer(&store, testing_folder()));
    CHECK_OK(store_begin(store));
    struct series_row row = value_on(20190521, 7);
    CHECK_OK(series_write(store, "SPY", SERIES_DIVIDENDS, &row, 1));
    CHECK_OK(series_write(store, "BRK.B", SERIES_DIVIDENDS, &row, 1));
    CHECK_OK(series_write(store, "USD", SERIES_RATES, &row, 1));
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    char **symbols;
    size_t count;
    CHECK_OK(series_list(store, &arena, SERIES_DIVIDENDS, &symbols, &count));
    CHECK_EQ(count, 2);
    CHECK_STR(symbols[0], "BRK.B");
    CHECK_STR(symbols[1], "SPY");
    CHECK_OK(series_list(store, &arena, SERIES_SPLITS, &symbols, &count));
    CHECK_EQ(count, 0);
    struct series series;
    CHECK_EQ(series_read(&series, store, &arena, "SPY", SERIES_RATES), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "no rates of SPY");
    CHECK_OK(store_check(store, NULL, NULL, &count));
    CHECK_EQ(count, 3);
    arena_clear(&arena);
    store_close(store);
}

TEST(series, impossible_rows_are_refused_and_change_nothing)
{
    struct store *store;
    struct arena arena;
    arena_init(&arena, "test", 0);
    CHECK_OK(store_open_writer(&store, testing_folder()));
    CHECK_OK(store_begin(store));
    struct series_row rows[] = { value_on(20190521, 7), value_on(20190229, 7) };
    CHECK_EQ(series_write(store, "USD", SERIES_RATES, rows, 2), ERR_RANGE);
    CHECK_HAS(err_detail(), "20190229");
    rows[1] = value_on(20190522, INT64_MAX);
    CHECK_EQ(series_write(store, "USD", SERIES_RATES, rows, 2), ERR_RANGE);
    CHECK_OK(series_write(store, "USD", SERIES_RATES, rows, 0));
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    struct series series;
    CHECK_EQ(series_read(&series, store, &arena, "USD", SERIES_RATES), ERR_NOT_FOUND);
    arena_clear(&arena);
    store_close(store);
}
