/* Keeping a store over years: the index, repairs, what is missing, and letting go of old days. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/store/store_index.h"
#include "base/date.h"
#include "tests/testing.h"

#define DAY 20190521
#define OPEN_NS (INT64_C(1558445400) * 1000000000)

static struct contract put_at(int c)
{
    return (struct contract){ "SPX",      20300118,       1000 + c * 5000, 100,
                              OPTION_PUT, STYLE_EUROPEAN, SETTLE_AM,       DELIVERY_CASH };
}

/* A day of so many snapshots and contracts, with sizes and vendor values. */
static void put_day(struct store *store, const char *symbol, int32_t day, int snapshots,
                    int contracts)
{
    struct day_writer *writer;
    int64_t open = OPEN_NS + date_diff(day, DAY) * INT64_C(86400000000000);
    CHECK_OK(day_writer_open(&writer, store, symbol, day, "keep"));
    for (int s = 0; s < snapshots; s++) {
        int64_t ts = open + s * INT64_C(60000000000);
        day_writer_underlying(writer, ts, 100000000 + s, PRICE_NONE, PRICE_NONE, 0);
        for (int c = 0; c < contracts; c++) {
            struct contract contract = put_at(c);
            struct quote quote = QUOTE_EMPTY;
            quote.bid = (s + c) * 10000;
            quote.ask = quote.bid + 20000;
            quote.bid_size = (uint32_t)(s + 1);
            quote.vendor_iv = 0.25F;
            day_writer_quote(writer, ts, day_writer_contract(writer, &contract), &quote);
        }
    }
    CHECK_OK(day_writer_finish(writer, NULL));
}

static struct store *store_new(void)
{
    struct store *store;
    CHECK_OK(store_open_writer(&store, testing_folder()));
    return store;
}

static void commit(struct store *store)
{
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
}

/* Close and open again, so that what is kept on closing is kept. */
static struct store *reopen(struct store *store)
{
    char path[512];
    snprintf(path, sizeof path, "%s", store_path(store));
    store_close(store);
    CHECK_OK(store_open_writer(&store, path));
    return store;
}

static size_t list(const struct store *store, struct arena *arena, struct store_day **days,
                   size_t *damaged)
{
    size_t count;
    CHECK_OK(store_list(store, arena, days, &count, damaged));
    return count;
}

static void path_of(char out[512], const struct store *store, const char *name)
{
    snprintf(out, 512, "%s/%s", store_path(store), name);
}

static void flip(const struct store *store, const char *name, off_t at)
{
    char path[512];
    unsigned char byte = 0;
    path_of(path, store, name);
    int fd = open(path, O_RDWR);
    if (at < 0) {
        struct stat st;
        CHECK(fstat(fd, &st) == 0);
        at += st.st_size;
    }
    CHECK(fd >= 0 && pread(fd, &byte, 1, at) == 1);
    byte ^= 0x10;
    CHECK(pwrite(fd, &byte, 1, at) == 1);
    close(fd);
}

static void collect(void *context, const char *text)
{
    struct buf *lines = context;
    buf_printf(lines, "%s\n", text);
}

/* ---- the index ------------------------------------------------------------------------------- */

static struct store *ten_days(void)
{
    struct store *store = store_new();
    CHECK_OK(store_begin(store));
    for (int d = 0; d < 10; d++)
        put_day(store, d % 2 ? "SPX" : "SPY", date_add(DAY, d), 1, 3);
    commit(store);
    return reopen(store);
}

TEST(store_index, a_listing_asks_the_index_and_not_the_files)
{
    struct store *store = ten_days();
    struct arena arena;
    struct store_index index;
    struct store_day *days;
    size_t damaged;
    arena_init(&arena, "test", 0);
    store_index_read(&index, store, &arena, "SPX");
    CHECK_EQ(index.count, 5); /* written when the writer closed */
    /* An index that tells a tale, of files that are still the same: it is believed. */
    struct index_entry *tale = arena_array(&arena, struct index_entry, 5);
    memcpy(tale, index.entries, 5 * sizeof *tale);
    tale[2].day.quotes = 12345;
    store_index_write(store, "SPX", tale, 5);
    CHECK_EQ(list(store, &arena, &days, &damaged), 10);
    CHECK_EQ(damaged, 0);
    CHECK_EQ(days[2].quotes, 12345);
    CHECK_EQ(days[3].quotes, 3);
    CHECK_STR(days[2].source, "keep");
    CHECK_STR(days[2].underlying, "SPX");
    CHECK_EQ(days[2].day, 20190526);
    /* Not so once the file is another one. */
    CHECK_OK(store_begin(store));
    put_day(store, "SPX", days[2].day, 1, 7);
    commit(store);
    list(store, &arena, &days, &damaged);
    CHECK_EQ(days[2].quotes, 7);
    arena_clear(&arena);
    store_close(store);
}

TEST(store_index, closing_keeps_the_text_of_the_error_before)
{
    struct store *store = store_new();
    CHECK_OK(store_begin(store));
    put_day(store, "SPX", DAY, 1, 1);
    commit(store);
    CHECK_EQ(err_set(ERR_RANGE, "the one to show"), ERR_RANGE);
    store_close(store); /* brings the index up to date */
    CHECK_STR(err_detail(), "the one to show");
}

TEST(store_index, whatever_happens_to_it_the_list_is_right)
{
    struct store *store = ten_days();
    struct arena arena;
    arena_init(&arena, "test", 0);
    char path[512], file[512];
    path_of(path, store, ".index/SPX.idx");
    for (int harm = 0; harm < 7; harm++) {
        struct store_day *days, *again;
        size_t damaged, want = 10;
        struct store_index index;
        list(store, &arena, &days, &damaged); /* the writer brings it up to date */
        store_index_read(&index, store, &arena, "SPX");
        CHECK_EQ(index.count, 5);
        switch (harm) {
        case 0:
            CHECK(unlink(path) == 0);
            break;
        case 1:
            CHECK(truncate(path, 100) == 0);
            break;
        case 2:
            CHECK(truncate(path, 0) == 0);
            break;
        case 3:
            flip(store, ".index/SPX.idx", 30);
            break;
        case 4:
            flip(store, ".index/SPX.idx", -3);
            break;
        case 5:
            CHECK(unlink(path) == 0 && mkdir(path, 0755) == 0);
            break;
        case 6: /* a file that goes without a word */
            path_of(file, store, "chains/SPX/20190522.ifc");
            CHECK(unlink(file) == 0);
            want = 9;
            break;
        }
        if (harm != 6 && harm != 0) {
            store_index_read(&index, store, &arena, "SPX");
            CHECK_EQ(index.count, 0);
        }
        struct store *reader;
        CHECK_OK(store_open(&reader, store_path(store)));
        CHECK_EQ(list(reader, &arena, &again, &damaged), want);
        CHECK_EQ(damaged, 0);
        store_close(reader);
        if (want == 10)
            CHECK(memcmp(days, again, 10 * sizeof *days) == 0);
        if (harm == 5)
            CHECK(rmdir(path) == 0);
    }
    arena_clear(&arena);
    store_close(store);
}

TEST(store_index, a_file_that_is_damaged_later_is_looked_at_again)
{
    struct store *store = ten_days();
    struct arena arena;
    struct store_day *days;
    size_t damaged;
    arena_init(&arena, "test", 0);
    flip(store, "chains/SPX/20190524.ifc", 40);
    CHECK_EQ(list(store, &arena, &days, &damaged), 9);
    CHECK_EQ(damaged, 1);
    CHECK_EQ(list(store, &arena, &days, &damaged), 9);
    CHECK_EQ(damaged, 1);
    arena_clear(&arena);
    store_close(store);
}

TEST(store_index, readers_that_look_at_many_files_write_it_beside_each_other)
{
    struct store *store = store_new();
    CHECK_OK(store_begin(store));
    for (int d = 0; d < 40; d++)
        put_day(store, "SPX", date_add(DAY, d), 1, 1);
    commit(store);
    store = reopen(store);
    struct arena arena;
    arena_init(&arena, "test", 0);
    char path[512];
    path_of(path, store, ".index/SPX.idx");
    CHECK(unlink(path) == 0);
    pid_t children[4];
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        CHECK(children[i] >= 0);
        if (children[i] == 0) {
            struct store *reader;
            struct store_day *days;
            size_t count, bad = 0;
            bool fine = !store_open(&reader, store_path(store));
            for (int k = 0; k < 20 && fine; k++)
                fine = !store_list(reader, &arena, &days, &count, &bad) && count == 40 && bad == 0;
            _exit(fine ? 0 : 1);
        }
    }
    for (int i = 0; i < 4; i++) {
        int status;
        CHECK(waitpid(children[i], &status, 0) == children[i]);
        CHECK_EQ(status, 0);
    }
    struct store_index index;
    store_index_read(&index, store, &arena, "SPX");
    CHECK_EQ(index.count, 40);
    char **names;
    size_t count;
    path_of(path, store, ".index");
    CHECK_OK(folder_names(AT_FDCWD, path, true, &arena, &names, &count));
    CHECK_EQ(count, 1); /* no scraps */
    arena_clear(&arena);
    store_close(store);
}

/* ---- what is missing ------------------------------------------------------------------------- */

TEST(store_missing, gaps_between_days_are_told_by_session)
{
    struct store *store = store_new();
    CHECK_OK(store_begin(store));
    static const int32_t days[] = { 20190520, 20190522, 20190524, 20190528, 20190603 };
    FOR_EACH (day, days)
        put_day(store, "SPX", *day, 1, 1);
    put_day(store, "SPY", 20190520, 1, 1);
    commit(store);
    struct buf lines = { 0 };
    size_t count;
    CHECK_OK(store_missing(store, collect, &lines, &count));
    CHECK_EQ(count, 3);
    /* 27 May 2019 was Memorial Day: nothing is missing between the 24th and the 28th. */
    CHECK_STR(lines.ptr, "SPX: no chains on 2019-05-21\n"
                         "SPX: no chains on 2019-05-23\n"
                         "SPX: no chains from 2019-05-29 to 2019-05-31, 3 sessions\n");
    buf_free(&lines);
    store_close(store);
}

TEST(store_missing, an_import_that_was_killed_is_told_until_it_is_cleared_up)
{
    char path[512];
    snprintf(path, sizeof path, "%s", testing_folder());
    struct store *store;
    CHECK_OK(store_open_writer(&store, path));
    CHECK_OK(store_begin(store));
    put_day(store, "SPX", 20190520, 1, 1);
    commit(store);
    store_close(store);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (store_open_writer(&store, path) || store_begin(store))
            _exit(1);
        put_day(store, "SPX", 20190521, 1, 1);
        put_day(store, "SPX", 20190522, 1, 1);
        (void)kill(getpid(), SIGKILL);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    struct buf lines = { 0 };
    struct store_day *days;
    struct arena arena;
    size_t count;
    arena_init(&arena, "test", 0);
    CHECK_OK(store_open(&store, path));
    CHECK_EQ(list(store, &arena, &days, NULL), 1);
    CHECK_OK(store_missing(store, collect, &lines, &count));
    CHECK_STR(lines.ptr,
              "2 files of a transaction that was cut short and is not in the store; do it "
              "again: chains/SPX/20190521.ifc to chains/SPX/20190522.ifc\n");
    buf_free(&lines);
    store_close(store);
    CHECK_OK(store_open_writer(&store, path));
    CHECK_OK(store_missing(store, NULL, NULL, &count));
    CHECK_EQ(count, 0);
    store_close(store);
    arena_clear(&arena);
}

/* ---- repair ---------------------------------------------------------------------------------- */

/* A place in the file that holds a block of this column. */
static off_t place_of(const struct store *store, const char *symbol, int32_t day, int column,
                      uint32_t b)
{
    struct column_file file;
    struct chain_day tables;
    struct packed_day packed;
    CHECK_OK(chain_file_open(&file, store, symbol, day));
    CHECK_OK(chain_tables_decode(&tables, &file));
    CHECK_OK(packed_day_init(&packed, &tables, &file));
    CHECK(b < packed.block_count);
    off_t at = (off_t)(packed.column[column].payload - file.bytes + packed.at[column][b] + 3);
    packed_day_clear(&packed);
    chain_day_close(&tables);
    column_file_close(&file);
    return at;
}

static struct store *store_to_harm(void)
{
    struct store *store = store_new();
    CHECK_OK(store_begin(store));
    put_day(store, "SPX", 20190520, 90, 200); /* packed: 2 blocks */
    put_day(store, "SPX", 20190521, 90, 200);
    put_day(store, "SPX", 20190522, 2, 20); /* raw */
    put_day(store, "SPX", 20190523, 2, 20);
    put_day(store, "SPX", 20190524, 2, 20);
    struct series_row row = {
        .date = DAY, .value = PRICE_NONE, .open = 1, .high = 1, .low = 1, .close = 1, .volume = -1
    };
    CHECK_OK(series_write(store, "SPX", SERIES_BARS, &row, 1));
    CHECK_OK(series_write(store, "SPY", SERIES_BARS, &row, 1));
    commit(store);
    return store;
}

static off_t raw_place(const struct store *store, int32_t day, const char *column)
{
    struct column_file file;
    CHECK_OK(chain_file_open(&file, store, "SPX", day));
    off_t at = (off_t)column_file_find(&file, column)->offset;
    column_file_close(&file);
    return at;
}

TEST(store_repair, a_sound_store_is_left_alone)
{
    struct store *store = store_to_harm();
    struct store_repaired sum;
    struct buf lines = { 0 };
    CHECK_OK(store_repair(store, false, collect, &lines, &sum));
    CHECK_EQ(sum.files + sum.files_lost + sum.days_kept, 0);
    CHECK_EQ(lines.len, 0);
    store_close(store);
}

TEST(store_repair, damage_is_isolated_named_and_the_rest_reads_again)
{
    struct store *store = store_to_harm();
    flip(store, "chains/SPX/20190520.ifc", place_of(store, "SPX", 20190520, QUOTE_bid, 1));
    flip(store, "chains/SPX/20190521.ifc", place_of(store, "SPX", 20190521, QUOTE_vendor_iv, 0));
    flip(store, "chains/SPX/20190522.ifc", raw_place(store, 20190522, "quote.bid_size"));
    flip(store, "chains/SPX/20190523.ifc", raw_place(store, 20190523, "quote.bid"));
    flip(store, "series/SPX.bars.ifs", -1);
    CHECK_EQ(store_check(store, NULL, NULL, NULL), ERR_CORRUPT);

    struct store_repaired sum, dry;
    struct buf lines = { 0 }, again = { 0 };
    CHECK_OK(store_repair(store, true, collect, &lines, &dry));
    CHECK_EQ(store_check(store, NULL, NULL, NULL), ERR_CORRUPT); /* nothing was done */
    CHECK_OK(store_repair(store, false, collect, &again, &sum));
    CHECK_STR(again.ptr, lines.ptr);
    CHECK(memcmp(&dry, &sum, sizeof sum) == 0);
    CHECK_EQ(sum.files, 5);
    CHECK_EQ(sum.days_kept, 3);
    CHECK_EQ(sum.files_lost, 2);
    CHECK_EQ(sum.snapshots_lost, 8);
    CHECK_EQ(sum.quotes_lost, 1600);
    CHECK_HAS(lines.ptr,
              "20190520.ifc: lost snapshots 83 to 90 of 90, 14:52 to 14:59 UTC, with 1600 "
              "quotes: chains/SPX/20190520.ifc: column quote.bid: block 2 of 2");
    CHECK_HAS(lines.ptr, "20190520.ifc: keeps 82 of 90 snapshots");
    CHECK_HAS(lines.ptr, "20190521.ifc: lost quote.vendor_iv of snapshots 1 to 82");
    CHECK_HAS(lines.ptr, "20190522.ifc: lost column quote.bid_size");
    CHECK_HAS(lines.ptr, "lost whole, import it again: chains/SPX/20190523.ifc: column quote.bid");
    CHECK_HAS(lines.ptr, "lost whole, import it again: series/SPX.bars.ifs");
    CHECK_OK(store_check(store, NULL, NULL, NULL));

    struct chain_day day;
    CHECK_OK(chain_day_open(&day, store, "SPX", 20190520, true));
    CHECK_EQ(day.snapshot_count, 82);
    CHECK_EQ(day.rows.count, 82 * 200);
    for (uint32_t i = 0; i < day.rows.count; i++)
        CHECK_EQ(day.rows.bid[i], (int64_t)(i / 200 + i % 200) * 10000);
    chain_day_close(&day);
    CHECK_OK(chain_day_open(&day, store, "SPX", 20190521, true));
    CHECK_EQ(day.snapshot_count, 90);
    CHECK(isnan(day.rows.vendor_iv[0]) && isnan(day.rows.vendor_iv[82 * 200 - 1]));
    CHECK(day.rows.vendor_iv[82 * 200] == 0.25F);
    CHECK_EQ(day.rows.bid_size[200], 2);
    chain_day_close(&day);
    CHECK_OK(chain_day_open(&day, store, "SPX", 20190522, true));
    CHECK(day.rows.bid_size == NULL);
    CHECK(day.rows.vendor_iv[3] == 0.25F);
    CHECK_STR(day.source, "keep");
    chain_day_close(&day);
    CHECK_EQ(chain_day_open(&day, store, "SPX", 20190523, true), ERR_NOT_FOUND);

    size_t count;
    buf_clear(&lines);
    CHECK_OK(store_missing(store, collect, &lines, &count));
    CHECK_HAS(lines.ptr, "SPX: no chains on 2019-05-23\n");
    CHECK_HAS(lines.ptr,
              "5 files set aside by a repair; import them again: chains/SPX/20190520.ifc");
    CHECK_OK(store_repair(store, false, NULL, NULL, &sum)); /* nothing is left to do */
    CHECK_EQ(sum.files, 0);
    buf_free(&lines);
    buf_free(&again);
    store_close(store);
}

TEST(store_repair, whatever_byte_is_hit_the_store_reads_afterwards)
{
    struct store *store = store_new();
    CHECK_OK(store_begin(store));
    store_set_packing(store, STORE_PACK_ALWAYS);
    put_day(store, "SPX", DAY, 5, 4);
    commit(store);
    char path[512];
    struct stat st;
    path_of(path, store, "chains/SPX/20190521.ifc");
    CHECK(stat(path, &st) == 0);
    for (off_t at = 0; at < st.st_size; at += 89) {
        struct store_repaired sum;
        flip(store, "chains/SPX/20190521.ifc", at);
        CHECK_OK(store_repair(store, false, NULL, NULL, &sum));
        /* A byte order or a version that is not ours is for another program to judge. */
        bool is_ours = at < 8 || at >= 16;
        CHECK_EQ(sum.files, is_ours);
        CHECK_EQ(store_check(store, NULL, NULL, NULL), is_ours ? ERR_OK : ERR_CORRUPT);
        if (unlink(path) != 0) /* gone as a whole */
            CHECK_EQ(sum.files_lost, 1);
        CHECK_OK(store_begin(store));
        put_day(store, "SPX", DAY, 5, 4);
        commit(store);
    }
    store_close(store);
}

/* ---- letting go ------------------------------------------------------------------------------ */

static size_t days_of(const struct store *store, const char *symbol)
{
    struct arena arena;
    struct store_day *days;
    size_t n = 0;
    arena_init(&arena, "test", 0);
    size_t count = list(store, &arena, &days, NULL);
    for (size_t i = 0; i < count; i++)
        n += strcmp(days[i].underlying, symbol) == 0;
    arena_clear(&arena);
    return n;
}

TEST(store_prune, days_older_than_wanted_go_by_kind_and_first_as_a_rehearsal)
{
    struct store *store = store_new();
    CHECK_OK(store_begin(store));
    for (int d = 0; d < 10; d++) {
        put_day(store, "SPX", date_add(20190501, d), d % 2 ? 4 : 1, 2); /* five of each kind */
        put_day(store, "SPY", date_add(20190501, d), 4, 2);
    }
    commit(store);
    struct store_retention rule = { .data = STORE_DATA_INTRADAY, .symbol = "SPX", .keep_days = 3 };
    struct store_pruned sum;
    struct buf lines = { 0 };
    CHECK_OK(store_prune(store, &rule, true, collect, &lines, &sum));
    CHECK_EQ(sum.days, 3); /* of 2, 4, 6, 8 and 10 May, 8 and 10 are among the last three */
    CHECK(sum.bytes > 0);
    CHECK_HAS(lines.ptr, "SPX: 3 intraday days, 20190502 to 20190506");
    CHECK_HAS(lines.ptr, "would go");
    CHECK_EQ(days_of(store, "SPX"), 10);
    CHECK_OK(store_prune(store, &rule, false, NULL, NULL, &sum));
    CHECK_EQ(sum.days, 3);
    CHECK_EQ(days_of(store, "SPX"), 7);
    CHECK_EQ(days_of(store, "SPY"), 10);
    rule = (struct store_retention){ .data = STORE_DATA_DAILY, .keep_days = 5, .today = 20190512 };
    CHECK_OK(store_prune(store, &rule, false, NULL, NULL, &sum));
    CHECK_EQ(sum.days, 4); /* 1, 3, 5, 7; the 9th stays, and SPY has none of the kind */
    CHECK_EQ(days_of(store, "SPX"), 3);
    rule.keep_days = 0;
    CHECK_EQ(store_prune(store, &rule, true, NULL, NULL, &sum), ERR_RANGE);
    rule.keep_days = 1;
    rule.today = 20190532;
    CHECK_EQ(store_prune(store, &rule, true, NULL, NULL, &sum), ERR_RANGE);
    CHECK_OK(store_check(store, NULL, NULL, NULL));
    buf_free(&lines);
    store_close(store);
}

TEST(store_prune, tapes_go_by_the_day_in_their_name_and_nothing_else_does)
{
    struct store *store = store_new();
    char command[1024];
    snprintf(
        command, sizeof command,
        "cd '%s' && mkdir -p tape/SPY tape/QQQ && for d in 20240610 20240611 20240612; do "
        "echo quotes >tape/SPY/$d.cmbp-1.dbn.zst && echo trades >tape/SPY/$d.trades.dbn.zst && "
        "echo quotes >tape/QQQ/$d.cmbp-1.dbn.zst; done && echo mine >tape/SPY/notes.txt",
        store_path(store));
    CHECK_EQ(system(command), 0);
    struct store_retention rule = { .data = STORE_DATA_TAPE, .symbol = "SPY", .keep_days = 2 };
    struct store_pruned sum;
    struct buf lines = { 0 };
    CHECK_OK(store_prune(store, &rule, true, collect, &lines, &sum));
    CHECK_EQ(sum.days, 1);
    CHECK_EQ(sum.bytes, 14);
    CHECK_HAS(lines.ptr, "SPY: tapes of 1 day to 20240610");
    CHECK_OK(store_prune(store, &rule, false, NULL, NULL, &sum));
    snprintf(
        command, sizeof command,
        "cd '%s' && ! ls tape/SPY/20240610* 2>/dev/null && test -f tape/SPY/20240611.trades.dbn.zst "
        "&& test -f tape/QQQ/20240610.cmbp-1.dbn.zst && test -f tape/SPY/notes.txt",
        store_path(store));
    CHECK_EQ(system(command), 0);
    buf_free(&lines);
    store_close(store);
}

TEST(store_prune, series_are_cut_and_never_to_nothing)
{
    struct store *store = store_new();
    CHECK_OK(store_begin(store));
    struct series_row rows[10];
    for (int i = 0; i < 10; i++)
        rows[i] = (struct series_row){ 20190501 + i, 0,  5 + i, PRICE_NONE, PRICE_NONE, PRICE_NONE,
                                       PRICE_NONE,   -1, 0,     0,          0 };
    CHECK_OK(series_write(store, "SPX", SERIES_SETTLEMENT, rows, 10));
    CHECK_OK(series_write(store, "SPX", SERIES_DIVIDENDS, rows, 10));
    commit(store);
    struct store_retention rule = { .data = STORE_DATA_SERIES,
                                    .kind = SERIES_SETTLEMENT,
                                    .keep_days = 4 };
    struct store_pruned sum;
    struct series series;
    struct arena arena;
    arena_init(&arena, "test", 0);
    CHECK_OK(store_prune(store, &rule, true, NULL, NULL, &sum));
    CHECK_EQ(sum.rows, 6);
    CHECK_OK(series_read(&series, store, &arena, "SPX", SERIES_SETTLEMENT));
    CHECK_EQ(series.count, 10);
    CHECK_OK(store_prune(store, &rule, false, NULL, NULL, &sum));
    CHECK_OK(series_read(&series, store, &arena, "SPX", SERIES_SETTLEMENT));
    CHECK_EQ(series.count, 4);
    CHECK_EQ(series.rows[0].date, 20190507);
    CHECK_EQ(series.rows[0].value, 11);
    rule.today = 20250101; /* long ago: the last row stays */
    CHECK_OK(store_prune(store, &rule, false, NULL, NULL, &sum));
    CHECK_OK(series_read(&series, store, &arena, "SPX", SERIES_SETTLEMENT));
    CHECK_EQ(series.count, 1);
    CHECK_OK(series_read(&series, store, &arena, "SPX", SERIES_DIVIDENDS));
    CHECK_EQ(series.count, 10);
    arena_clear(&arena);
    store_close(store);
}
