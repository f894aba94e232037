#include "adapters/store/column_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "adapters/store/store_int.h"
#include "adapters/store/xxh64.h"
#include "base/date.h"
#include "tests/testing.h"

#define OPEN_NS (INT64_C(1558445400) * 1000000000)
#define CORPUS IRONFLY_SOURCE_ROOT "/tests/corpus/store/"

/* Offsets in the header, as docs/store-format.md gives them. */
enum {
    AT_ENDIAN = 8,
    AT_VERSION = 12,
    AT_FILE_BYTES = 16,
    AT_COLUMN_COUNT = 24,
    AT_HEADER_BYTES = 28,
    AT_CHECKSUM = 120,
    AT_TABLE = 128,
    ENTRY = 64,
    IN_ENTRY_OFFSET = 32,
    IN_ENTRY_BYTES = 40,
    IN_ENTRY_COUNT = 48,
    IN_ENTRY_CHECKSUM = 56
};

struct image {
    unsigned char *bytes; /* from mem_alloc(), exactly size, so that sanitizers see the end */
    size_t size;
};

static struct image image_read(const char *path)
{
    int fd = open(path, O_RDONLY);
    struct stat st;
    CHECK(fd >= 0 && fstat(fd, &st) == 0);
    struct image image = { mem_alloc((size_t)st.st_size), (size_t)st.st_size };
    CHECK(pread(fd, image.bytes, image.size, 0) == (ssize_t)image.size);
    close(fd);
    return image;
}

static struct image image_copy(const struct image *from, size_t size)
{
    struct image image = { mem_alloc(size), size };
    memcpy(image.bytes, from->bytes, size < from->size ? size : from->size);
    return image;
}

static void set32(struct image *image, size_t at, uint32_t value)
{
    memcpy(image->bytes + at, &value, sizeof value);
}

static void set64(struct image *image, size_t at, uint64_t value)
{
    memcpy(image->bytes + at, &value, sizeof value);
}

static uint64_t get64(const struct image *image, size_t at)
{
    uint64_t value;
    memcpy(&value, image->bytes + at, sizeof value);
    return value;
}

/* Make the header's checksum right, as a forger or a buggy writer would. */
static void seal(struct image *image)
{
    uint32_t header_bytes;
    memcpy(&header_bytes, image->bytes + AT_HEADER_BYTES, sizeof header_bytes);
    if (header_bytes > image->size)
        return;
    set64(image, AT_CHECKSUM, 0);
    set64(image, AT_CHECKSUM, xxh64(image->bytes, header_bytes, 0));
}

/* Open as a chain day or a series and touch everything a reader may touch. */
static enum err open_image(const struct image *image, bool verify)
{
    struct column_file file;
    enum err err = column_file_parse(&file, image->bytes, image->size, "image");
    if (err)
        return err;
    if (strcmp(file.about.kind, CHAIN_KIND) != 0) {
        struct arena arena;
        struct series series;
        arena_init(&arena, "test", 0);
        err = series_decode(&series, &file, &arena);
        arena_clear(&arena);
        return err;
    }
    struct chain_day day;
    err = chain_day_decode(&day, &file, verify);
    if (err)
        return err;
    uint64_t touched = 0;
    for (uint32_t s = 0; s < day.snapshot_count; s++)
        for (uint32_t r = 0; r < day.snapshots[s].row_count; r++) {
            uint32_t row = day.snapshots[s].row_first + r;
            touched += (uint64_t)day.contracts[day.rows.contract[row]].strike_mills +
                       (uint64_t)day.rows.bid[row] + (uint64_t)day.rows.ask[row];
            touched += day.rows.bid_size ? day.rows.bid_size[row] : 0;
            touched += day.rows.vendor_delta ? (uint64_t)day.rows.vendor_delta[row] : 0;
        }
    CHECK(touched != 1);
    chain_day_close(&day);
    return ERR_OK;
}

/* The store of the corpus: two files that this very code writes. */
static const char *write_sample(void)
{
    const char *path = testing_folder();
    struct store *store;
    struct day_writer *writer;
    CHECK_OK(store_open_writer(&store, path));
    CHECK_OK(store_begin(store));
    CHECK_OK(day_writer_open(&writer, store, "SPX", 20190521, "sample"));
    for (int i = 0; i < 9; i++) {
        struct contract contract = { "SPX",     20190621,     2800000 + i % 3 * 5000,
                                     100,       OPTION_PUT,   STYLE_EUROPEAN,
                                     SETTLE_AM, DELIVERY_CASH };
        struct quote quote = { 1000000 + i, 1100000 + i, PRICE_NONE, 10, 20, 5, 7, 0.25F, -0.5F };
        quote.last = i % 2 ? 1050000 : PRICE_NONE;
        day_writer_quote(writer, OPEN_NS + i / 3, day_writer_contract(writer, &contract), &quote);
        day_writer_underlying(writer, OPEN_NS + i / 3, 2860000000, PRICE_NONE, PRICE_NONE,
                              i == 8 ? SNAPSHOT_CLOSE : 0);
    }
    CHECK_OK(day_writer_finish(writer, NULL));
    struct series_row rows[] = {
        { 20190520, 0, PRICE_NONE, 2840, 2850, 2830, 2845, 1000, 0, 0, 0 },
        { 20190521, 0, PRICE_NONE, 2850, 2870, 2850, 2865, -1, 0, 0, 0 },
    };
    CHECK_OK(series_write(store, "SPX", SERIES_BARS, rows, 2));
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    store_close(store);
    return path;
}

static struct image sample_image(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", write_sample(), name);
    return image_read(path);
}

static const char *const sample_names[] = { "chains/SPX/20190521.ifc", "series/SPX.bars.ifs" };

TEST(xxh64, gives_the_published_values)
{
    /* The specification's repository, and the README of the Python binding (xxhash 3.0). */
    CHECK(xxh64(NULL, 0, 0) == UINT64_C(0xEF46DB3751D8E999));
    CHECK(xxh64("abc", 3, 0) == UINT64_C(0x44BC2CF5AD770999));
    CHECK(xxh64("xxhash", 6, 0) == UINT64_C(0x32DD38952C4BC720));
    CHECK(xxh64("xxhash", 6, 20141025) == UINT64_C(0xB559B98D844E0635));
}

TEST(xxh64, agrees_with_the_checksum_in_a_zstd_frame_at_every_length)
{
    /* A zstd frame ends in the low 32 bits of XXH64 of its content (RFC 8878, section 3.1.1). */
    unsigned char text[300], frame[1024];
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    for (size_t len = 0; len < sizeof text; len++) {
        text[len] = (unsigned char)(len * 37 + 11);
        size_t size = ZSTD_compress2(context, frame, sizeof frame, text, len);
        CHECK(!ZSTD_isError(size));
        uint32_t sum;
        memcpy(&sum, frame + size - sizeof sum, sizeof sum);
        CHECK_EQ((uint32_t)xxh64(text, len, 0), sum);
    }
    ZSTD_freeCCtx(context);
}

TEST(column_file, the_format_has_not_moved_by_a_byte)
{
    FOR_EACH (name, sample_names) {
        struct image now = sample_image(*name);
        const char *kept = strrchr(*name, '/') + 1;
        char path[512];
        snprintf(path, sizeof path, CORPUS "%s", kept);
        if (getenv("IRONFLY_WRITE_CORPUS"))
            testing_file(CORPUS, kept, now.bytes, now.size);
        struct image then = image_read(path);
        CHECK_EQ(now.size, then.size);
        CHECK(memcmp(now.bytes, then.bytes, now.size) == 0);
        CHECK_OK(open_image(&then, true));
        mem_free(now.bytes);
        mem_free(then.bytes);
    }
}

TEST(column_file, every_flipped_bit_is_noticed)
{
    FOR_EACH (name, sample_names) {
        struct image image = sample_image(*name);
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
    }
}

TEST(column_file, a_forged_header_is_bounded_by_the_file)
{
    FOR_EACH (name, sample_names) {
        struct image image = sample_image(*name);
        uint32_t header_bytes;
        memcpy(&header_bytes, image.bytes + AT_HEADER_BYTES, sizeof header_bytes);
        static const uint64_t huge[] = {
            0, 1, 3, 255, UINT32_MAX, UINT64_C(1) << 61, UINT64_C(1) << 63, UINT64_MAX
        };
        for (size_t at = 0; at + 8 <= header_bytes; at += 4)
            FOR_EACH (value, huge) {
                struct image bad = image_copy(&image, image.size);
                set64(&bad, at, *value);
                seal(&bad);
                /* Symbol, source and day may differ, and an optional column may get another name.
                 */
                bool is_name = at >= AT_TABLE && (at - AT_TABLE) % ENTRY < COLUMN_NAME_BYTES;
                if (!open_image(&bad, true) && !is_name) {
                    CHECK(memcmp(bad.bytes, image.bytes, 48) == 0);
                    CHECK(memcmp(bad.bytes + 92, image.bytes + 92, AT_CHECKSUM - 92) == 0);
                    CHECK(memcmp(bad.bytes + AT_TABLE, image.bytes + AT_TABLE,
                                 image.size - AT_TABLE) == 0);
                }
                if (open_image(&bad, false))
                    CHECK(strlen(err_detail()) > 10);
                mem_free(bad.bytes);
            }
        mem_free(image.bytes);
    }
}

/* Change one value of a column and make all checksums right again. */
static enum err open_with(const struct image *image, const char *column, size_t index,
                          uint64_t value, size_t value_bytes)
{
    struct image bad = image_copy(image, image->size);
    uint32_t columns;
    memcpy(&columns, bad.bytes + AT_COLUMN_COUNT, sizeof columns);
    bool is_there = false;
    for (uint32_t c = 0; c < columns; c++) {
        size_t entry = AT_TABLE + c * ENTRY;
        if (strcmp((char *)bad.bytes + entry, column) != 0)
            continue;
        uint64_t offset = get64(&bad, entry + IN_ENTRY_OFFSET);
        uint64_t bytes = get64(&bad, entry + IN_ENTRY_BYTES);
        memcpy(bad.bytes + offset + index * value_bytes, &value, value_bytes);
        set64(&bad, entry + IN_ENTRY_CHECKSUM, xxh64(bad.bytes + offset, bytes, 0));
        is_there = true;
    }
    CHECK(is_there);
    seal(&bad);
    /* What readers lean on is refused without verifying too. */
    enum err quick = open_image(&bad, false), err = open_image(&bad, true);
    CHECK_EQ(quick, strncmp(column, "quote.bid", 9) == 0 ? ERR_OK : err);
    mem_free(bad.bytes);
    return err;
}

TEST(column_file, what_readers_lean_on_is_checked_under_right_checksums)
{
    struct image image = sample_image(sample_names[0]);
    static const struct {
        const char *column;
        size_t index;
        uint64_t value;
        size_t bytes;
        const char *why;
    } cases[] = {
        { "contract.expiry", 0, 20190622, 4, "out of order" },
        { "contract.expiry", 1, 20190631, 4, "not a possible one" },
        { "contract.strike_mills", 0, 0, 4, "not a possible one" },
        { "contract.strike_mills", 2, 2800000, 4, "out of order" },
        { "contract.multiplier", 0, 0, 4, "not a possible one" },
        { "contract.right", 0, 'X', 1, "not a possible one" },
        { "contract.style", 0, 'X', 1, "not a possible one" },
        { "contract.settle", 0, 'X', 1, "not a possible one" },
        { "contract.delivery", 0, 'X', 1, "not a possible one" },
        { "contract.root", 1, UINT64_MAX, 8, "not a possible one" },
        { "contract.root", 1, 0, 8, "not a possible one" },
        { "snapshot.ts_ns", 1, OPEN_NS, 8, "out of order" },
        { "snapshot.ts_ns", 0, 0, 8, "not of the day" },
        { "snapshot.row_count", 0, 4, 4, "more rows" },
        { "snapshot.row_count", 2, 2, 4, "8 rows in all, not 9" },
        { "snapshot.row_count", 2, UINT32_MAX, 4, "more rows" },
        { "quote.contract", 2, 3, 4, "name no contract" },
        { "quote.contract", 1, 0, 4, "out of order" },
        { "quote.contract", 8, UINT32_MAX, 4, "name no contract" },
        { "quote.bid", 3, INT64_MAX, 8, "row 3 is not a possible price" },
    };
    FOR_EACH (c, cases) {
        CHECK_EQ(open_with(&image, c->column, c->index, c->value, c->bytes), ERR_CORRUPT);
        CHECK_HAS(err_detail(), c->why);
    }
    mem_free(image.bytes);
    image = sample_image(sample_names[1]);
    CHECK_EQ(open_with(&image, "date", 1, 20190520, 4), ERR_CORRUPT);
    CHECK_EQ(open_with(&image, "date", 1, 20190532, 4), ERR_CORRUPT);
    mem_free(image.bytes);
}

TEST(column_file, every_truncation_is_noticed)
{
    FOR_EACH (name, sample_names) {
        struct image image = sample_image(*name);
        for (size_t size = 0; size < image.size; size++) {
            struct image cut = image_copy(&image, size);
            CHECK_EQ(open_image(&cut, false), ERR_CORRUPT);
            if (size >= AT_TABLE) { /* and with a header that agrees to the length */
                set64(&cut, AT_FILE_BYTES, size);
                seal(&cut);
                CHECK_EQ(open_image(&cut, false), ERR_CORRUPT);
            }
            mem_free(cut.bytes);
        }
        struct image longer = image_copy(&image, image.size + 8);
        CHECK_EQ(open_image(&longer, false), ERR_CORRUPT);
        set64(&longer, AT_FILE_BYTES, longer.size);
        seal(&longer);
        CHECK_EQ(open_image(&longer, false), ERR_CORRUPT);
        CHECK_HAS(err_detail(), "8 bytes follow the last column");
        mem_free(longer.bytes);
        mem_free(image.bytes);
    }
}

TEST(column_file, damage_on_disk_is_one_clear_line)
{
    const char *path = write_sample();
    struct store *store;
    struct chain_day day;
    struct image image = { 0 };
    char name[512];
    CHECK_OK(store_open(&store, path));
    snprintf(name, sizeof name, "%s/%s", path, sample_names[0]);
    image = image_read(name);
    static const struct {
        size_t size, at;
        uint32_t value;
        enum err err;
        const char *why;
    } cases[] = {
        { 0, 0, 0, ERR_CORRUPT, "cut short at 0 bytes" },
        { 100, 0, 0, ERR_CORRUPT, "cut short at 100 bytes" },
        { 1000, 0, 0, ERR_CORRUPT, "1000 bytes where its header says" },
        { 4096, 0, 0x20202020, ERR_CORRUPT, "not an Ironfly column file" },
        { 4096, AT_VERSION, 2, ERR_UNSUPPORTED, "format version 2" },
        { 4096, AT_ENDIAN, 0x04030201, ERR_UNSUPPORTED, "other byte order" },
    };
    FOR_EACH (c, cases) {
        struct image bad = image_copy(&image, c->size < image.size ? c->size : image.size);
        if (c->value)
            set32(&bad, c->at, c->value);
        testing_file(path, sample_names[0], bad.bytes, bad.size);
        CHECK_EQ(chain_day_open(&day, store, "SPX", 20190521, false), c->err);
        CHECK_HAS(err_detail(), sample_names[0]);
        CHECK_HAS(err_detail(), c->why);
        CHECK_EQ(store_check(store, NULL, NULL, NULL), ERR_CORRUPT);
        mem_free(bad.bytes);
    }
    snprintf(name, sizeof name, "%s/chains/SPX/20190522.ifc", path);
    testing_file(path, "chains/SPX/20190522.ifc", image.bytes, image.size);
    CHECK_EQ(chain_day_open(&day, store, "SPX", 20190522, false), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "was it renamed");
    CHECK(unlink(name) == 0 && mkdir(name, 0755) == 0);
    CHECK_EQ(chain_day_open(&day, store, "SPX", 20190522, false), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "not a plain file");
    mem_free(image.bytes);
    store_close(store);
}

static void collect(void *context, const char *text)
{
    struct buf *lines = context;
    buf_printf(lines, "%s\n", text);
}

TEST(store, a_check_names_file_and_column_of_each_damage)
{
    const char *path = write_sample();
    struct store *store;
    CHECK_OK(store_open(&store, path));
    size_t files;
    CHECK_OK(store_check(store, NULL, NULL, &files));
    CHECK_EQ(files, 2);
    FOR_EACH (name, sample_names) {
        char full[512];
        snprintf(full, sizeof full, "%s/%s", path, *name);
        struct image image = image_read(full);
        uint32_t columns;
        memcpy(&columns, image.bytes + AT_COLUMN_COUNT, sizeof columns);
        for (uint32_t c = 0; c < columns; c += columns - 1) /* the first and the last */
            image.bytes[get64(&image, AT_TABLE + c * ENTRY + IN_ENTRY_OFFSET)] ^= 1;
        testing_file(path, *name, image.bytes, image.size);
        mem_free(image.bytes);
    }
    struct buf lines = { 0 };
    CHECK_EQ(store_check(store, collect, &lines, &files), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "4 damages");
    CHECK_HAS(lines.ptr, "chains/SPX/20190521.ifc: column contract.root: checksum");
    CHECK_HAS(lines.ptr, "chains/SPX/20190521.ifc: column quote.vendor_delta: checksum");
    CHECK_HAS(lines.ptr, "series/SPX.bars.ifs: column date: checksum");
    CHECK_HAS(lines.ptr, "series/SPX.bars.ifs: column volume: checksum");
    buf_free(&lines);
    store_close(store);
}
