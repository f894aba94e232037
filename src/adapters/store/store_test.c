#include "adapters/store/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/store/store_int.h"
#include "tests/testing.h"

#define DAY 20190521
/* 2019-05-21 13:30 UTC, the opening in New York. */
#define OPEN_NS (INT64_C(1558445400) * 1000000000)
#define MINUTE_NS (INT64_C(60) * 1000000000)

static struct contract spx(int32_t expiry, int32_t strike, char right)
{
    return (struct contract){ "SPX", expiry,         strike * 1000, 100,
                              right, STYLE_EUROPEAN, SETTLE_AM,     DELIVERY_CASH };
}

static struct store *writer_at(const char *path)
{
    struct store *store;
    CHECK_OK(store_open_writer(&store, path));
    return store;
}

static struct day_writer *writer_of(struct store *store, const char *symbol, int32_t day)
{
    struct day_writer *writer;
    CHECK_OK(day_writer_open(&writer, store, symbol, day, "test"));
    return writer;
}

static struct quote two_sided(int64_t bid, int64_t ask)
{
    struct quote quote = QUOTE_EMPTY;
    quote.bid = bid;
    quote.ask = ask;
    return quote;
}

/* A day of one quote whose bid is value. */
static void put_day(struct store *store, const char *symbol, int32_t day, int64_t value)
{
    struct day_writer *writer = writer_of(store, symbol, day);
    struct contract contract = spx(20300118, 2800, 'C');
    int64_t ts = OPEN_NS + (int64_t)(day - DAY) * 1440 * MINUTE_NS;
    struct quote quote = two_sided(value, value + 10000);
    day_writer_quote(writer, ts, day_writer_contract(writer, &contract), &quote);
    CHECK_OK(day_writer_finish(writer, NULL));
}

static int64_t first_bid(const struct store *store, const char *symbol, int32_t day)
{
    struct chain_day read;
    CHECK_OK(chain_day_open(&read, store, symbol, day, true));
    int64_t bid = read.rows.bid[0];
    chain_day_close(&read);
    return bid;
}

TEST(store, a_day_with_every_column_comes_back_as_it_was_written)
{
    struct store *store = writer_at(testing_folder());
    CHECK_OK(store_begin(store));
    struct day_writer *writer = writer_of(store, "SPX", DAY);
    struct contract contracts[] = { spx(20190621, 2800, 'C'), spx(20190621, 2800, 'P'),
                                    spx(20190719, 2850, 'P') };
    uint32_t handle[3];
    for (int c = 0; c < 3; c++)
        handle[c] = day_writer_contract(writer, &contracts[c]);
    for (int s = 0; s < 4; s++) {
        int64_t ts = OPEN_NS + s * MINUTE_NS;
        day_writer_underlying(writer, ts, 2860000000 + s, 2859990000 + s, PRICE_NONE,
                              s == 3 ? SNAPSHOT_CLOSE : 0);
        for (int c = 0; c < 3; c++) {
            int n = s * 3 + c;
            struct quote quote = { n * 10, n * 10 + 5, n * 10 + 2,      n,    n + 1,
                                   n + 2,  n + 3,      0.2F + (float)n, -0.5F };
            day_writer_quote(writer, ts, handle[c], &quote);
        }
    }
    uint64_t conflicts = 7;
    CHECK_OK(day_writer_finish(writer, &conflicts));
    CHECK_EQ(conflicts, 0);
    size_t added, replaced, unchanged;
    CHECK_OK(store_commit(store, &added, &replaced, &unchanged));
    CHECK_EQ(added, 1);
    CHECK_EQ(replaced + unchanged, 0);

    struct chain_day day;
    CHECK_OK(chain_day_open(&day, store, "SPX", DAY, true));
    CHECK_STR(day.underlying, "SPX");
    CHECK_STR(day.source, "test");
    CHECK_EQ(day.day, DAY);
    CHECK_EQ(day.contract_count, 3);
    CHECK_EQ(day.snapshot_count, 4);
    CHECK_EQ(day.rows.count, 12);
    for (int c = 0; c < 3; c++)
        CHECK(memcmp(&day.contracts[c], &contracts[c], sizeof contracts[c]) == 0);
    for (int n = 0; n < 12; n++) {
        CHECK_EQ(day.rows.contract[n], n % 3);
        CHECK_EQ(day.rows.bid[n], n * 10);
        CHECK_EQ(day.rows.ask[n], n * 10 + 5);
        CHECK_EQ(day.rows.last[n], n * 10 + 2);
        CHECK_EQ(day.rows.bid_size[n], n);
        CHECK_EQ(day.rows.ask_size[n], n + 1);
        CHECK_EQ(day.rows.volume[n], n + 2);
        CHECK_EQ(day.rows.open_interest[n], n + 3);
        CHECK(day.rows.vendor_iv[n] == 0.2F + (float)n);
        CHECK(day.rows.vendor_delta[n] == -0.5F);
        CHECK_EQ((uintptr_t)day.rows.bid % 64, 0);
    }
    for (uint32_t s = 0; s < 4; s++) {
        CHECK_EQ(day.snapshots[s].ts_ns, OPEN_NS + s * MINUTE_NS);
        CHECK_EQ(day.snapshots[s].underlying, 2860000000 + s);
        CHECK_EQ(day.snapshots[s].underlying_bid, 2859990000 + s);
        CHECK_EQ(day.snapshots[s].underlying_ask, PRICE_NONE);
        CHECK_EQ(day.snapshots[s].row_first, s * 3);
        CHECK_EQ(day.snapshots[s].row_count, 3);
        CHECK_EQ(day.snapshots[s].flags, s == 3 ? SNAPSHOT_CLOSE : 0);
    }
    chain_day_close(&day);
    chain_day_close(&day);
    store_close(store);
}

TEST(store, columns_that_nobody_filled_are_not_there)
{
    struct store *store = writer_at(testing_folder());
    CHECK_OK(store_begin(store));
    put_day(store, "SPX", DAY, 5);
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    struct chain_day day;
    CHECK_OK(chain_day_open(&day, store, "SPX", DAY, true));
    CHECK_EQ(day.rows.bid[0], 5);
    CHECK(!day.rows.bid_size && !day.rows.ask_size && !day.rows.last && !day.rows.volume);
    CHECK(!day.rows.open_interest && !day.rows.vendor_iv && !day.rows.vendor_delta);
    CHECK_EQ(day.snapshots[0].underlying, PRICE_NONE);
    chain_day_close(&day);
    store_close(store);
}

TEST(store, a_column_filled_late_has_nothing_in_the_rows_before)
{
    struct store *store = writer_at(testing_folder());
    CHECK_OK(store_begin(store));
    struct day_writer *writer = writer_of(store, "SPX", DAY);
    struct contract contract = spx(20190621, 2800, 'C');
    uint32_t handle = day_writer_contract(writer, &contract);
    struct quote quote = two_sided(1, 2);
    for (int s = 0; s < 100; s++) {
        if (s == 70) {
            quote.bid_size = 9;
            quote.vendor_iv = 0.25F;
            quote.last = 4;
        }
        if (s == 80)
            quote.vendor_iv = INFINITY;
        day_writer_quote(writer, OPEN_NS + s * MINUTE_NS, handle, &quote);
    }
    CHECK_OK(day_writer_finish(writer, NULL));
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    struct chain_day day;
    CHECK_OK(chain_day_open(&day, store, "SPX", DAY, true));
    CHECK_EQ(day.rows.bid_size[69], SIZE_NONE);
    CHECK_EQ(day.rows.bid_size[70], 9);
    CHECK_EQ(day.rows.last[69], PRICE_NONE);
    CHECK_EQ(day.rows.last[99], 4);
    CHECK(isnan(day.rows.vendor_iv[69]));
    CHECK(day.rows.vendor_iv[70] == 0.25F);
    CHECK(isnan(day.rows.vendor_iv[80])); /* infinity is not a volatility */
    chain_day_close(&day);
    store_close(store);
}

TEST(store, rows_in_any_order_are_sorted_repeats_dropped_and_conflicts_counted)
{
    struct store *store = writer_at(testing_folder());
    CHECK_OK(store_begin(store));
    struct day_writer *writer = writer_of(store, "SPX", DAY);
    enum { CONTRACTS = 50, INSTANTS = 40 };
    uint32_t handle[CONTRACTS];
    for (int c = CONTRACTS - 1; c >= 0; c--) {
        struct contract contract = spx(20190621, 2000 + c, 'P');
        handle[c] = day_writer_contract(writer, &contract);
        CHECK_EQ(day_writer_contract(writer, &contract), handle[c]);
    }
    /* 7 has no factor in common with 2000, so this visits every pair, far from in order. */
    for (int i = 0; i < CONTRACTS * INSTANTS; i++) {
        int pair = i * 7 % (CONTRACTS * INSTANTS), c = pair % CONTRACTS, s = pair / CONTRACTS;
        struct quote quote = two_sided(pair, pair + 1);
        if (pair % 10 == 0) { /* a different one first: a conflict, and this one loses */
            struct quote other = two_sided(pair - 1, pair);
            day_writer_quote(writer, OPEN_NS + s * MINUTE_NS, handle[c], &other);
        }
        day_writer_quote(writer, OPEN_NS + s * MINUTE_NS, handle[c], &quote);
        if (pair % 3 == 0)
            day_writer_quote(writer, OPEN_NS + s * MINUTE_NS, handle[c], &quote);
    }
    uint64_t conflicts;
    CHECK_OK(day_writer_finish(writer, &conflicts));
    CHECK_EQ(conflicts, CONTRACTS * INSTANTS / 10);
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    struct chain_day day;
    CHECK_OK(chain_day_open(&day, store, "SPX", DAY, true));
    CHECK_EQ(day.rows.count, CONTRACTS * INSTANTS);
    for (uint32_t i = 0; i < day.rows.count; i++) {
        CHECK_EQ(day.rows.bid[i], i);
        CHECK_EQ(day.contracts[day.rows.contract[i]].strike_mills, (2000 + i % CONTRACTS) * 1000);
    }
    chain_day_close(&day);
    store_close(store);
}

TEST(store, what_cannot_be_stored_is_told_when_finishing)
{
    struct store *store = writer_at(testing_folder());
    CHECK_OK(store_begin(store));
    struct contract good = spx(20190621, 2800, 'C'), bad = good, other = good;
    struct quote quote = two_sided(1, 2);

    struct day_writer *writer = writer_of(store, "SPX", DAY);
    CHECK_EQ(day_writer_finish(writer, NULL), ERR_RANGE);
    CHECK_HAS(err_detail(), "no quote");

    bad.strike_mills = 0;
    writer = writer_of(store, "SPX", DAY);
    day_writer_quote(writer, OPEN_NS, day_writer_contract(writer, &bad), &quote);
    CHECK_EQ(day_writer_finish(writer, NULL), ERR_RANGE);
    CHECK_HAS(err_detail(), "not a possible one");

    other.multiplier = 10;
    writer = writer_of(store, "SPX", DAY);
    day_writer_quote(writer, OPEN_NS, day_writer_contract(writer, &good), &quote);
    day_writer_quote(writer, OPEN_NS, day_writer_contract(writer, &other), &quote);
    CHECK_EQ(day_writer_finish(writer, NULL), ERR_RANGE);
    CHECK_HAS(err_detail(), "two multipliers");

    writer = writer_of(store, "SPX", DAY); /* seconds for nanoseconds */
    day_writer_quote(writer, OPEN_NS / 1000000000, day_writer_contract(writer, &good), &quote);
    CHECK_EQ(day_writer_finish(writer, NULL), ERR_RANGE);
    CHECK_HAS(err_detail(), "nanoseconds");

    quote.ask = STORE_PRICE_MAX + 1;
    writer = writer_of(store, "SPX", DAY);
    day_writer_quote(writer, OPEN_NS, day_writer_contract(writer, &good), &quote);
    CHECK_EQ(day_writer_finish(writer, NULL), ERR_RANGE);
    CHECK_HAS(err_detail(), "billion");

    CHECK_EQ(day_writer_open(&writer, store, "SPX", 20190532, "test"), ERR_RANGE);
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    struct chain_day day;
    CHECK_EQ(chain_day_open(&day, store, "SPX", DAY, true), ERR_NOT_FOUND);
    store_close(store);
}

TEST(store, odd_symbols_never_become_file_names)
{
    struct store *store = writer_at(testing_folder());
    CHECK_OK(store_begin(store));
    static const char *const odd[] = { "",         ".",   "..",  ".SPX", "../X",
                                       "A/B",      "spx", "A B", "A\n",  "ABCDEFGHIJKLMNOP",
                                       "\xc3\x84", "A*" };
    FOR_EACH (symbol, odd) {
        struct day_writer *writer;
        struct chain_day day;
        struct series series;
        struct arena arena = { 0 };
        struct series_row row = { .date = DAY, .volume = -1 };
        CHECK_EQ(day_writer_open(&writer, store, *symbol, DAY, "test"), ERR_RANGE);
        CHECK_HAS(err_detail(), "cannot be stored");
        CHECK_EQ(chain_day_open(&day, store, *symbol, DAY, false), ERR_RANGE);
        CHECK_EQ(series_write(store, *symbol, SERIES_BARS, &row, 1), ERR_RANGE);
        CHECK_EQ(series_read(&series, store, &arena, *symbol, SERIES_BARS), ERR_RANGE);
    }
    static const char *const fine[] = { "SPX", "BRK.B", "^VIX", "A-B_C", "ABCDEFGHIJKLMNO" };
    FOR_EACH (symbol, fine)
        put_day(store, *symbol, DAY, 1);
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct store_day *days;
    size_t count, damaged;
    CHECK_OK(store_list(store, &arena, &days, &count, &damaged));
    CHECK_EQ(count, ARRAY_COUNT(fine));
    CHECK_EQ(damaged, 0);
    CHECK_STR(days[0].underlying, "A-B_C");
    arena_clear(&arena);
    store_close(store);
}

TEST(store, a_list_shows_all_days_in_order)
{
    const char *path = testing_folder();
    struct store *store = writer_at(path);
    CHECK_OK(store_begin(store));
    put_day(store, "SPY", DAY + 1, 1);
    put_day(store, "SPX", DAY + 2, 1);
    put_day(store, "SPX", DAY, 1);
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    testing_file(path, "chains/SPX/20190530.ifc", "rubbish", 7);
    testing_file(path, "chains/SPX/notes.txt", "mine", 4);
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct store_day *days;
    size_t count, damaged;
    CHECK_OK(store_list(store, &arena, &days, &count, &damaged));
    CHECK_EQ(count, 3);
    CHECK_EQ(damaged, 1);
    CHECK_STR(days[0].underlying, "SPX");
    CHECK_EQ(days[0].day, DAY);
    CHECK_EQ(days[1].day, DAY + 2);
    CHECK_STR(days[2].underlying, "SPY");
    CHECK_EQ(days[2].contracts, 1);
    CHECK_EQ(days[2].snapshots, 1);
    CHECK_EQ(days[2].quotes, 1);
    CHECK_STR(days[2].source, "test");
    CHECK(days[2].bytes > 1000);
    arena_clear(&arena);
    store_close(store);
}

TEST(store, importing_again_is_unchanged_and_repairs_what_was_damaged)
{
    const char *path = testing_folder();
    struct store *store = writer_at(path);
    size_t added, replaced, unchanged;
    for (int round = 0; round < 4; round++) {
        if (round == 2) { /* damage a column under an intact header */
            char name[256];
            snprintf(name, sizeof name, "%s/chains/SPX/%d.ifc", path, DAY);
            int fd = open(name, O_WRONLY);
            struct stat st;
            CHECK(fd >= 0 && fstat(fd, &st) == 0 && pwrite(fd, "?", 1, st.st_size - 1) == 1);
            close(fd);
            CHECK_EQ(store_check(store, NULL, NULL, NULL), ERR_CORRUPT);
        }
        CHECK_OK(store_begin(store));
        put_day(store, "SPX", DAY, 5);
        put_day(store, "SPX", DAY + 1, round == 3 ? 6 : 5);
        CHECK_OK(store_commit(store, &added, &replaced, &unchanged));
        CHECK_EQ(added, round == 0 ? 2 : 0);
        CHECK_EQ(replaced, round >= 2 ? 1 : 0);
        CHECK_EQ(unchanged, round == 0 ? 0 : round == 1 ? 2 : 1);
        CHECK_OK(store_check(store, NULL, NULL, NULL));
        CHECK(!testing_has_entry(path, ".staging"));
        CHECK(!testing_has_entry(path, ".commit"));
    }
    CHECK_EQ(first_bid(store, "SPX", DAY + 1), 6);
    store_close(store);
}

TEST(store, an_abort_leaves_nothing)
{
    const char *path = testing_folder();
    struct store *store = writer_at(path);
    CHECK_OK(store_begin(store));
    put_day(store, "SPX", DAY, 5);
    CHECK(testing_has_entry(path, ".staging"));
    store_abort(store);
    CHECK(!testing_has_entry(path, ".staging"));
    CHECK(!testing_has_entry(path, "chains"));
    CHECK_OK(store_begin(store));
    put_day(store, "SPX", DAY, 5);
    store_close(store); /* an open transaction goes with it */
    CHECK(!testing_has_entry(path, ".staging"));
    CHECK(!testing_has_entry(path, "chains"));
    struct chain_day day;
    CHECK_OK(store_open(&store, path));
    CHECK_EQ(chain_day_open(&day, store, "SPX", DAY, false), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "no chains of SPX on 20190521");
    store_close(store);
}

TEST(store, two_writers_exclude_each_other_and_name_the_process)
{
    const char *path = testing_folder();
    struct store *store = writer_at(path), *other;
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    CHECK_EQ(store_open_writer(&other, path), ERR_EXISTS);
    CHECK_HAS(err_detail(), pid);
    CHECK_OK(store_open(&other, path)); /* a reader may come in */
    store_close(other);
    store_close(store);
    CHECK_OK(store_open_writer(&store, path));
    store_close(store);
}

TEST(store, a_folder_that_is_no_store_is_not_found)
{
    struct store *store;
    const char *path = testing_folder();
    CHECK_EQ(store_open(&store, path), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "import");
    CHECK_EQ(store_open(&store, "/nowhere/at/all"), ERR_NOT_FOUND);
    testing_file(path, ".ironfly-store", "ironfly store 9\n", 16);
    CHECK_EQ(store_open(&store, path), ERR_UNSUPPORTED);
    CHECK_EQ(store_open_writer(&store, path), ERR_UNSUPPORTED);
    const char *file = testing_file(path, "file", "x", 1);
    CHECK(store_open_writer(&store, file) != ERR_OK);
    store_close(NULL);
}

TEST(store, a_reader_keeps_the_day_it_opened_while_a_new_one_lands)
{
    const char *path = testing_folder();
    struct store *store = writer_at(path), *reader;
    CHECK_OK(store_begin(store));
    put_day(store, "SPX", DAY, 5);
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    CHECK_OK(store_open(&reader, path));
    struct chain_day day;
    CHECK_OK(chain_day_open(&day, reader, "SPX", DAY, true));
    CHECK_OK(store_begin(store));
    put_day(store, "SPX", DAY, 6);
    CHECK_EQ(first_bid(reader, "SPX", DAY), 5); /* staged is not stored */
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    CHECK_EQ(first_bid(reader, "SPX", DAY), 6);
    CHECK_EQ(day.rows.bid[0], 5);
    chain_day_close(&day);
    store_close(reader);
    store_close(store);
}

TEST(store, a_folder_made_for_nothing_goes_again)
{
    char path[512];
    snprintf(path, sizeof path, "%s/new", testing_folder());
    struct store *store;
    CHECK_OK(store_open_writer(&store, path));
    CHECK_OK(store_begin(store));
    store_close(store);
    CHECK_EQ(store_open(&store, path), ERR_NOT_FOUND);
    CHECK(access(path, F_OK) != 0);
}
