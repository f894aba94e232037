#include "adapters/import/text_source.h"
#include "base/mem.h"
#include "tests/testing.h"

#include <zip.h>
#include <zstd.h>

/* All members of a file, one after the other, each followed by '#'. */
static enum err read_file(const char *path, size_t piece, struct buf *out)
{
    struct text_source *text = NULL;
    enum err err = text_open(&text, path);
    const char *name;
    char *bytes = mem_alloc(piece);
    buf_clear(out);
    buf_puts(out, "");
    for (bool more = true; !err && !(err = text_next(text, &name, &more)) && more;) {
        for (size_t got = 1; !err && got;) {
            err = text_read(text, bytes, piece, &got);
            buf_append(out, bytes, got);
        }
        buf_putc(out, '#');
    }
    text_close(text);
    mem_free(bytes);
    return err;
}

static const char *zip_of(const char *folder, const char *name, const char *const members[][2],
                          size_t count)
{
    const char *path = testing_file(folder, name, "", 0);
    int code;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    MUST(zip != NULL);
    for (size_t i = 0; i < count; i++) {
        zip_source_t *source = zip_source_buffer(zip, members[i][1], strlen(members[i][1]), 0);
        MUST(zip_file_add(zip, members[i][0], source, 0) >= 0);
    }
    MUST(zip_close(zip) == 0);
    return path;
}

TEST(text_source, reads_plain_zstd_and_zip_whatever_their_names)
{
    const char *folder = testing_folder();
    struct buf got = { 0 };
    for (size_t piece = 1; piece < 40; piece += 13) {
        CHECK_OK(read_file(testing_file(folder, "a.csv", "a,b\n1,2\n", 8), piece, &got));
        CHECK_STR(got.ptr, "a,b\n1,2\n#");

        /* Two frames, as tools that append write them. */
        char packed[200];
        size_t len = ZSTD_compress(packed, sizeof packed, "a,b\n", 4, 3);
        len += ZSTD_compress(packed + len, sizeof packed - len, "1,2\n", 4, 3);
        CHECK_OK(read_file(testing_file(folder, "no_suffix", packed, len), piece, &got));
        CHECK_STR(got.ptr, "a,b\n1,2\n#");

        static const char *const members[][2] = { { "x/one.csv", "a\n1\n" },
                                                  { "readme.md", "no" },
                                                  { "two.txt", "b\n2\n" } };
        CHECK_OK(read_file(zip_of(folder, "z.csv", members, 3), piece, &got));
        CHECK_STR(got.ptr, "a\n1\n#b\n2\n#");
    }
    CHECK_OK(read_file(testing_file(folder, "empty.csv", "", 0), 10, &got));
    CHECK_STR(got.ptr, "#");
    buf_free(&got);
}

TEST(text_source, refuses_what_is_damaged_or_packed_in_other_ways)
{
    const char *folder = testing_folder();
    struct buf got = { 0 };
    char text[4000], packed[5000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i * i % 23);
    size_t len = ZSTD_compress(packed, sizeof packed, text, sizeof text, 3);
    for (size_t cut = 5; cut < len; cut += 11) {
        CHECK_EQ(read_file(testing_file(folder, "cut.zst", packed, cut), 1000, &got), ERR_CORRUPT);
        CHECK_HAS(err_detail(), "cut.zst: ");
        CHECK_HAS(err_detail(), "damaged or cut off");
    }
    static const char *const none[][2] = { { "readme.md", "no" } };
    CHECK_EQ(read_file(zip_of(folder, "none.zip", none, 1), 10, &got), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "no .csv, .txt or .tsv in the zip");
    CHECK_EQ(read_file(testing_file(folder, "cut.zip", "PK\x03\x04 and no more", 16), 10, &got),
             ERR_CORRUPT);
    CHECK_EQ(read_file(testing_file(folder, "x.gz", "\x1f\x8b\x08", 3), 10, &got), ERR_UNSUPPORTED);
    CHECK_HAS(err_detail(), "gunzip");
    CHECK_EQ(read_file("/nonexistent/x.csv", 10, &got), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "/nonexistent/x.csv");
    buf_free(&got);
}

TEST(text_source, takes_all_bytes_of_a_file)
{
    const char *folder = testing_folder();
    static const char *const members[][2] = { { "one.csv", "a\n1\n2\n3\n" } };
    const char *path = zip_of(folder, "z.zip", members, 1);
    struct text_source *text;
    const char *name;
    bool more;
    char bytes[100];
    size_t got;
    CHECK_OK(text_open(&text, path));
    CHECK_OK(text_next(text, &name, &more));
    CHECK_HAS(name, "z.zip/one.csv");
    do
        CHECK_OK(text_read(text, bytes, sizeof bytes, &got));
    while (got);
    CHECK(text_bytes_taken(text) > 0);
    text_close(text);
    CHECK(text_has_suffix("x/y.CSV.ZST", ".csv .csv.zst"));
    CHECK(!text_has_suffix("x/y.csv.zst", ".csv .zip"));
}
