/* Days whose rows are compressed: the same as raw ones, and damage stays where it is. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "adapters/store/store_int.h"
#include "base/rng.h"
#include "tests/testing.h"

#define DAY 20190521
#define OPEN_NS (INT64_C(1558445400) * 1000000000)
#define CORPUS IRONFLY_SOURCE_ROOT "/tests/corpus/store/"
#define NAME "chains/SPX/20190521.ifc"

enum shape { EVERY_COLUMN = 1, WITH_GAPS = 2 };

static struct contract contract_at(int c)
{
    return (struct contract){ "SPXW",
                              20190601 + c / 100,
                              2500000 + c % 100 * 5000,
                              100,
                              c % 2 ? OPTION_PUT : OPTION_CALL,
                              STYLE_EUROPEAN,
                              SETTLE_PM,
                              DELIVERY_CASH };
}

static struct quote quote_at(int s, int c, int shape, uint64_t *seed)
{
    uint64_t r = rng_splitmix64(seed);
    int64_t bid = (100 + c * 7 + s + (int64_t)(r % 5)) * 50000;
    struct quote quote = QUOTE_EMPTY;
    quote.bid = c % 11 == 3 ? PRICE_NONE : bid;
    quote.ask = bid + 50000 * (int64_t)(1 + r / 8 % 4);
    quote.bid_size = (uint32_t)(r >> 20) % 100;
    quote.ask_size = (uint32_t)(r >> 30) % 100;
    if (shape & EVERY_COLUMN) {
        quote.last = r % 3 ? PRICE_NONE : bid + 10000;
        quote.volume = (uint32_t)(s * c);
        quote.open_interest = (uint32_t)c * 1000;
        quote.vendor_iv = 0.2F + (float)(r % 100) / 1000;
        quote.vendor_delta = r % 4 ? -0.25F : NAN;
    }
    return quote;
}

/* A transaction of one day. */
static void put_day(struct store *store, int contracts, int snapshots, int shape)
{
    struct day_writer *writer;
    uint64_t seed = 5;
    CHECK_OK(store_begin(store));
    CHECK_OK(day_writer_open(&writer, store, "SPX", DAY, "packed"));
    for (int s = 0; s < snapshots; s++) {
        int64_t ts = OPEN_NS + s * INT64_C(60000000000);
        day_writer_underlying(writer, ts, 2860000000 + s * 10000, PRICE_NONE, PRICE_NONE, 0);
        if (s % 7 == 5 && (shape & WITH_GAPS))
            continue; /* a snapshot without rows */
        for (int c = 0; c < contracts; c++) {
            struct contract contract = contract_at(c);
            struct quote quote = quote_at(s, c, shape, &seed);
            uint32_t handle = day_writer_contract(writer, &contract);
            if (!(shape & WITH_GAPS) || rng_splitmix64(&seed) % 4 || s == 0)
                day_writer_quote(writer, ts, handle, &quote);
        }
    }
    CHECK_OK(day_writer_finish(writer, NULL));
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
}

static struct store *store_with(enum store_packing packing, int contracts, int snapshots, int shape)
{
    struct store *store;
    CHECK_OK(store_open_writer(&store, testing_folder()));
    store_set_packing(store, packing);
    put_day(store, contracts, snapshots, shape);
    return store;
}

static bool is_packed(const struct store *store)
{
    struct column_file file;
    CHECK_OK(chain_file_open(&file, store, "SPX", DAY));
    bool packed = chain_is_packed(&file);
    column_file_close(&file);
    return packed;
}

static void check_column(const void *a, const void *b, uint32_t count, size_t bytes)
{
    CHECK((a == NULL) == (b == NULL));
    CHECK(!a || memcmp(a, b, count * bytes) == 0);
}

static void check_rows(const struct quote_rows *a, const struct quote_rows *b)
{
    CHECK_EQ(a->count, b->count);
    if (a->count == 0)
        return;
    check_column(a->contract, b->contract, a->count, sizeof *a->contract);
#define QUOTE_COLUMN(field, ctype, type, kind, needed)                                             \
    check_column(a->field, b->field, a->count, sizeof(ctype));
#include "adapters/store/columns.def"
}

/* The rows of snapshot i in a day that is read whole. */
static struct quote_rows rows_of(const struct chain_day *day, uint32_t i)
{
    uint32_t first = day->snapshots[i].row_first;
    struct quote_rows rows = { .count = day->snapshots[i].row_count,
                               .contract = day->rows.contract + first };
#define QUOTE_COLUMN(field, ctype, type, kind, needed)                                             \
    rows.field = day->rows.field ? day->rows.field + first : NULL;
#include "adapters/store/columns.def"
    return rows;
}

static void check_cursor(const struct store *store, const struct chain_day *day)
{
    struct chain_cursor *cursor;
    const struct chain_snapshot *snapshot;
    struct quote_rows rows, want;
    CHECK_OK(chain_cursor_open(&cursor, store, "SPX", DAY));
    const struct chain_day *about = chain_cursor_day(cursor);
    CHECK_EQ(about->rows.count, day->rows.count);
    CHECK(about->rows.bid == NULL);
    CHECK_EQ(about->contract_count, day->contract_count);
    for (uint32_t c = 0; c < day->contract_count; c++)
        CHECK(contract_compare(&about->contracts[c], &day->contracts[c]) == 0);
    for (uint32_t i = 0; i < day->snapshot_count; i++) {
        CHECK_OK(chain_cursor_next(cursor, &snapshot, &rows));
        CHECK(snapshot == &about->snapshots[i]);
        CHECK_EQ(snapshot->ts_ns, day->snapshots[i].ts_ns);
        want = rows_of(day, i);
        check_rows(&rows, &want);
    }
    CHECK_OK(chain_cursor_next(cursor, &snapshot, &rows));
    CHECK(snapshot == NULL);
    uint64_t seed = 9;
    for (int k = 0; k < 40; k++) { /* and in any order */
        uint32_t i = (uint32_t)(rng_splitmix64(&seed) % day->snapshot_count);
        CHECK_OK(chain_cursor_rows(cursor, i, &rows));
        want = rows_of(day, i);
        check_rows(&rows, &want);
    }
    /* Another day that is not there, and this one again. */
    CHECK_EQ(chain_cursor_turn(cursor, DAY + 1), ERR_NOT_FOUND);
    CHECK_OK(chain_cursor_turn(cursor, DAY));
    CHECK_OK(chain_cursor_next(cursor, &snapshot, &rows));
    want = rows_of(day, 0);
    check_rows(&rows, &want);
    chain_cursor_close(cursor);
}

TEST(packed, a_day_reads_the_same_packed_and_raw_whole_and_by_cursor)
{
    static const struct {
        int contracts, snapshots, shape;
    } days[] = { { 1, 1, 0 },
                 { 9, 3, EVERY_COLUMN },
                 { 150, 90, EVERY_COLUMN | WITH_GAPS },
                 { 150, 70, WITH_GAPS },
                 { 700, 50, 0 } };
    FOR_EACH (d, days) {
        struct store *raw = store_with(STORE_PACK_NEVER, d->contracts, d->snapshots, d->shape);
        struct store *packed = store_with(STORE_PACK_ALWAYS, d->contracts, d->snapshots, d->shape);
        struct chain_day a, b;
        CHECK(!is_packed(raw));
        CHECK(is_packed(packed));
        for (int verify = 0; verify < 2; verify++) {
            CHECK_OK(chain_day_open(&a, raw, "SPX", DAY, verify));
            CHECK_OK(chain_day_open(&b, packed, "SPX", DAY, verify));
            check_rows(&a.rows, &b.rows);
            CHECK_EQ(a.snapshot_count, b.snapshot_count);
            CHECK(memcmp(a.snapshots, b.snapshots, a.snapshot_count * sizeof *a.snapshots) == 0);
            CHECK((uintptr_t)b.rows.bid % 8 == 0);
            chain_day_close(&b);
            chain_day_close(&b);
            check_cursor(raw, &a);
            check_cursor(packed, &a);
            store_set_mapped_max(raw, 1); /* letting go all the time changes nothing */
            store_set_mapped_max(packed, 1);
            chain_day_close(&a);
        }
        CHECK_OK(store_check(packed, NULL, NULL, NULL));
        store_close(raw);
        store_close(packed);
    }
}

TEST(packed, a_cursor_gives_the_columns_that_are_asked_for_and_no_others)
{
    for (int pack = 0; pack < 2; pack++) {
        struct store *store = store_with(pack ? STORE_PACK_ALWAYS : STORE_PACK_NEVER, 150, 90,
                                         EVERY_COLUMN | WITH_GAPS);
        struct chain_day day;
        CHECK_OK(chain_day_open(&day, store, "SPX", DAY, false));
        chain_day_expect(&day, day.rows.bid,
                         day.rows.count *
                             sizeof *day.rows.bid); /* changes nothing that can be seen */
        for (unsigned columns = 0; columns <= CURSOR_ALL; columns++) {
            struct chain_cursor *cursor;
            const struct chain_snapshot *snapshot;
            struct quote_rows rows;
            CHECK_OK(chain_cursor_open_columns(&cursor, store, "SPX", DAY, columns));
            for (uint32_t i = 0; i < day.snapshot_count; i++) {
                CHECK_OK(chain_cursor_next(cursor, &snapshot, &rows));
                struct quote_rows want = rows_of(&day, i);
                if (!(columns & CURSOR_SIZES))
                    want.bid_size = want.ask_size = NULL;
                if (!(columns & CURSOR_LAST))
                    want.last = NULL;
                if (!(columns & CURSOR_FLOW))
                    want.volume = want.open_interest = NULL;
                if (!(columns & CURSOR_VENDOR))
                    want.vendor_iv = want.vendor_delta = NULL;
                check_rows(&rows, &want);
            }
            chain_cursor_close(cursor);
        }
        chain_day_close(&day);
        store_close(store);
    }
}

TEST(packed, long_days_are_packed_unasked_and_small_ones_stay_as_they_are)
{
    static const struct {
        int contracts, snapshots;
        bool packed;
    } cases[] = { { 2000, 1, false },
                  { 100, 15, false },
                  { 40, 100, false },
                  { 42, 100, true },
                  { 200, 100, true } };
    FOR_EACH (c, cases) {
        struct store *store = store_with(STORE_PACK_AUTO, c->contracts, c->snapshots, 0);
        CHECK_EQ(is_packed(store), c->packed);
        put_day(store, c->contracts, c->snapshots, 0); /* again, the same bytes */
        store_close(store);
    }
}

TEST(packed, writing_the_same_day_again_leaves_the_file_alone)
{
    struct store *store = store_with(STORE_PACK_ALWAYS, 60, 40, EVERY_COLUMN);
    struct day_writer *writer;
    uint64_t seed = 5;
    size_t unchanged;
    CHECK_OK(store_begin(store));
    CHECK_OK(day_writer_open(&writer, store, "SPX", DAY, "packed"));
    static struct quote quotes[40][60];
    for (int s = 0; s < 40; s++)
        for (int c = 0; c < 60; c++)
            quotes[s][c] = quote_at(s, c, EVERY_COLUMN, &seed);
    /* Contract by contract and backwards. */
    for (int c = 59; c >= 0; c--)
        for (int s = 39; s >= 0; s--) {
            struct contract contract = contract_at(c);
            int64_t ts = OPEN_NS + s * INT64_C(60000000000);
            day_writer_underlying(writer, ts, 2860000000 + s * 10000, PRICE_NONE, PRICE_NONE, 0);
            day_writer_quote(writer, ts, day_writer_contract(writer, &contract), &quotes[s][c]);
        }
    CHECK_OK(day_writer_finish(writer, NULL));
    CHECK_OK(store_commit(store, NULL, NULL, &unchanged));
    CHECK_EQ(unchanged, 1);
    store_close(store);
}

struct image {
    unsigned char *bytes;
    size_t size;
};

static struct image image_read(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_RDONLY);
    struct stat st;
    CHECK(fd >= 0 && fstat(fd, &st) == 0);
    struct image image = { mem_alloc((size_t)st.st_size), (size_t)st.st_size };
    CHECK(pread(fd, image.bytes, image.size, 0) == (ssize_t)image.size);
    close(fd);
    return image;
}

static enum err open_image(const struct image *image, bool verify)
{
    struct column_file file;
    struct chain_day day;
    enum err err = column_file_parse(&file, image->bytes, image->size, "image");
    if (!err)
        err = chain_day_decode(&day, &file, verify);
    if (!err)
        chain_day_close(&day);
    return err;
}

TEST(packed, the_format_has_not_moved_by_a_byte)
{
    struct store *store = store_with(STORE_PACK_ALWAYS, 12, 40, EVERY_COLUMN | WITH_GAPS);
    struct image now = image_read(store_path(store), NAME);
    if (getenv("IRONFLY_WRITE_CORPUS"))
        testing_file(CORPUS, "packed.ifc", now.bytes, now.size);
    struct image then = image_read(CORPUS, "packed.ifc");
    CHECK_OK(open_image(&then, true));
    /* What zstd makes of the same bytes may change with its version; what is read may not. */
    struct column_file files[2];
    struct chain_day days[2];
    CHECK_OK(column_file_parse(&files[0], now.bytes, now.size, "now"));
    CHECK_OK(column_file_parse(&files[1], then.bytes, then.size, "then"));
    CHECK_OK(chain_day_decode(&days[0], &files[0], true));
    CHECK_OK(chain_day_decode(&days[1], &files[1], true));
    check_rows(&days[0].rows, &days[1].rows);
    chain_day_close(&days[0]);
    chain_day_close(&days[1]);
    if (ZSTD_versionNumber() == 10504) {
        CHECK_EQ(now.size, then.size);
        CHECK(memcmp(now.bytes, then.bytes, now.size) == 0);
    }
    mem_free(now.bytes);
    mem_free(then.bytes);
    store_close(store);
}

TEST(packed, every_flipped_bit_is_noticed)
{
    struct store *store = store_with(STORE_PACK_ALWAYS, 8, 5, EVERY_COLUMN | WITH_GAPS);
    struct image image = image_read(store_path(store), NAME);
    for (size_t at = 0; at < image.size; at++)
        for (int bit = 0; bit < 8; bit += 1 + (at > 256) * 3) {
            image.bytes[at] ^= (unsigned char)(1 << bit);
            enum err err = open_image(&image, true);
            CHECK(err == ERR_CORRUPT || err == ERR_UNSUPPORTED);
            if (open_image(&image, false)) /* may pass: but never crash */
                CHECK(strlen(err_detail()) > 10);
            image.bytes[at] ^= (unsigned char)(1 << bit);
        }
    CHECK_OK(open_image(&image, true));
    mem_free(image.bytes);
    store_close(store);
}

/* Where the payload of a column's block lies in the file. */
static uint64_t place_of_block(const struct store *store, int column, uint32_t b, uint32_t *count)
{
    struct column_file file;
    struct chain_day day;
    struct packed_day packed;
    CHECK_OK(chain_file_open(&file, store, "SPX", DAY));
    CHECK_OK(chain_tables_decode(&day, &file));
    CHECK_OK(packed_day_init(&packed, &day, &file));
    *count = packed.block_count;
    uint64_t place = (uint64_t)(packed.column[column].payload - file.bytes) + packed.at[column][b];
    packed_day_clear(&packed);
    chain_day_close(&day);
    column_file_close(&file);
    return place;
}

static void collect(void *context, const char *text)
{
    struct buf *lines = context;
    buf_printf(lines, "%s\n", text);
}

TEST(packed, a_damaged_block_is_named_and_the_rest_reads)
{
    struct store *store = store_with(STORE_PACK_ALWAYS, 200, 120, 0);
    struct chain_day whole;
    CHECK_OK(chain_day_open(&whole, store, "SPX", DAY, true));
    struct image image = image_read(store_path(store), NAME);
    uint32_t blocks;
    image.bytes[place_of_block(store, QUOTE_ask, 1, &blocks) + 20] ^= 4;
    CHECK_EQ(blocks, 2);
    testing_file(store_path(store), NAME, image.bytes, image.size);

    struct chain_day day;
    struct chain_cursor *cursor;
    const struct chain_snapshot *snapshot;
    struct quote_rows rows, want;
    CHECK_EQ(chain_day_open(&day, store, "SPX", DAY, false), ERR_CORRUPT);
    CHECK_HAS(err_detail(),
              "column quote.ask: block 2 of 2 (snapshots 83 to 120 of 120): checksum");
    CHECK_OK(chain_cursor_open(&cursor, store, "SPX", DAY));
    for (uint32_t i = 0; i < 120; i++) {
        enum err err = chain_cursor_next(cursor, &snapshot, &rows);
        CHECK_EQ(err, i < 82 ? ERR_OK : ERR_CORRUPT);
        want = rows_of(&whole, i);
        if (!err)
            check_rows(&rows, &want);
        else
            CHECK(rows.count == 0 && snapshot == NULL);
    }
    CHECK_OK(chain_cursor_rows(cursor, 3, &rows)); /* and back again */
    want = rows_of(&whole, 3);
    check_rows(&rows, &want);
    chain_cursor_close(cursor);

    struct buf lines = { 0 };
    CHECK_EQ(store_check(store, collect, &lines, NULL), ERR_CORRUPT);
    CHECK_HAS(lines.ptr, NAME ": column quote.ask: block 2 of 2 (snapshots 83 to 120 of 120)");
    buf_free(&lines);
    mem_free(image.bytes);
    chain_day_close(&whole);
    store_close(store);
}

TEST(packed, a_cursor_takes_memory_for_a_block_and_not_for_a_day)
{
    struct store *store = store_with(STORE_PACK_ALWAYS, 200, 400, 0);
    struct chain_cursor *cursor;
    const struct chain_snapshot *snapshot;
    struct quote_rows rows;
    CHECK_OK(chain_cursor_open(&cursor, store, "SPX", DAY));
    do
        CHECK_OK(chain_cursor_next(cursor, &snapshot, &rows));
    while (snapshot);
    CHECK(chain_cursor_bytes(cursor) < 2 << 20); /* 80,000 rows are 2.2 MB */
    chain_cursor_close(cursor);
    struct store_day *days;
    size_t count;
    struct arena arena;
    arena_init(&arena, "test", 0);
    CHECK_OK(store_list(store, &arena, &days, &count, NULL));
    CHECK(days[0].bytes < 6 * days[0].quotes);
    arena_clear(&arena);
    store_close(store);
}

/* Of /proc/self/status, in kB. */
static long status_kb(const char *field)
{
    char line[128];
    long kb = -1;
    FILE *file = fopen("/proc/self/status", "r");
    CHECK(file != NULL);
    while (fgets(line, sizeof line, file))
        if (strncmp(line, field, strlen(field)) == 0)
            kb = strtol(line + strlen(field), NULL, 10);
    fclose(file);
    return kb;
}

TEST(packed, a_cursor_lets_go_of_what_it_mapped_beyond_the_limit)
{
    struct store *store = store_with(STORE_PACK_NEVER, 1000, 1000, 0); /* 28 MB */
    static const long limits_kb[] = { 1024, 65536 };
    FOR_EACH (limit, limits_kb) {
        struct chain_cursor *cursor;
        const struct chain_snapshot *snapshot;
        struct quote_rows rows;
        uint64_t sum = 0;
        store_set_mapped_max(store, (size_t)*limit * 1024);
        long before = status_kb("RssFile:"), most = before;
        CHECK_OK(chain_cursor_open(&cursor, store, "SPX", DAY));
        for (uint32_t i = 0; i < 1000; i++) {
            CHECK_OK(chain_cursor_next(cursor, &snapshot, &rows));
            for (uint32_t r = 0; r < rows.count; r++)
                sum += (uint64_t)rows.bid[r] ^ (uint64_t)rows.ask[r] ^ rows.bid_size[r] ^
                       rows.ask_size[r];
            long now = i % 20 ? most : status_kb("RssFile:");
            most = now > most ? now : most;
        }
        CHECK(sum != 1);
        /* The kernel maps whole folios, up to some MB, in each of five columns. */
        if (*limit == 1024)
            CHECK(most - before < 14 * 1024);
        else
            CHECK(most - before > 24 * 1024);
        chain_cursor_close(cursor);
    }
    store_close(store);
}
