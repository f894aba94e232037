#include "adapters/import/lean_zip.h"

#include <stdlib.h>

#include <zip.h>

#include "base/mem.h"
#include "tests/testing.h"

/* A zip of one or two entries in memory; encrypted when asked. */
static struct buf make_zip(const char *name, const void *bytes, size_t len, bool twice,
                           bool encrypted)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_source_keep(target);
    zip_t *zip = zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, &error);
    MUST(zip);
    for (int i = 0; i <= twice; i++) {
        char entry[64];
        snprintf(entry, sizeof entry, "%s%s", i ? "2" : "", name);
        zip_int64_t at = zip_file_add(zip, entry, zip_source_buffer(zip, bytes, len, 0), 0);
        MUST(at >= 0);
        if (encrypted)
            MUST(zip_file_set_encryption(zip, (zip_uint64_t)at, ZIP_EM_TRAD_PKWARE, "secret") == 0);
    }
    MUST(zip_close(zip) == 0);
    struct buf out = { 0 };
    char block[4096];
    MUST(zip_source_open(target) == 0);
    for (zip_int64_t got; (got = zip_source_read(target, block, sizeof block)) > 0;)
        buf_append(&out, block, (size_t)got);
    zip_source_close(target);
    zip_source_free(target);
    return out;
}

TEST(lean_zip, unpacks_what_was_packed)
{
    struct buf bytes = make_zip("a.csv", "34200000,1\n", 11, true, false);
    struct lean_zip *zip;
    struct lean_entry entry;
    CHECK_OK(lean_zip_open_bytes(&zip, bytes.ptr, bytes.len, "x.zip"));
    CHECK_EQ(lean_zip_count(zip), 2);
    CHECK_OK(lean_zip_read(zip, 1, &entry));
    CHECK(str_is(entry.name, "2a.csv"));
    CHECK(str_is(entry.text, "34200000,1\n"));
    CHECK_EQ(lean_zip_read_only(zip, &entry), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "x.zip: holds 2 entries instead of one");
    lean_zip_close(zip);
    buf_free(&bytes);
}

TEST(lean_zip, refuses_what_is_no_zip_or_cut_anywhere)
{
    struct lean_zip *zip;
    CHECK_EQ(lean_zip_open(&zip, "/nowhere/x.zip"), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "/nowhere/x.zip");
    CHECK_EQ(lean_zip_open_bytes(&zip, "34200000,1\n", 11, "x.zip"), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "x.zip: not a zip file");

    struct buf bytes = make_zip("a.csv", "34200000,1\n34260000,2\n", 22, false, false);
    for (size_t len = 0; len < bytes.len; len++) {
        CHECK_EQ(lean_zip_open_bytes(&zip, bytes.ptr, len, "x.zip"), ERR_CORRUPT);
        CHECK_HAS(err_detail(), "x.zip");
    }
    buf_free(&bytes);
}

TEST(lean_zip, notices_a_flipped_byte_in_the_text)
{
    static char text[4000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('0' + (i * i / 7) % 10);
    struct buf bytes = make_zip("a.csv", text, sizeof text, false, false);
    struct lean_zip *zip;
    struct lean_entry entry;
    bytes.ptr[60] ^= 0x10;
    CHECK_OK(lean_zip_open_bytes(&zip, bytes.ptr, bytes.len, "x.zip"));
    CHECK_EQ(lean_zip_read(zip, 0, &entry), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "x.zip: a.csv: damaged or cut short");
    lean_zip_close(zip);
    buf_free(&bytes);
}

TEST(lean_zip, refuses_what_is_encrypted_too_large_or_not_text)
{
    struct lean_zip *zip;
    struct lean_entry entry;
    struct buf bytes = make_zip("a.csv", "34200000,1\n", 11, false, true);
    CHECK_OK(lean_zip_open_bytes(&zip, bytes.ptr, bytes.len, "x.zip"));
    CHECK_EQ(lean_zip_read(zip, 0, &entry), ERR_UNSUPPORTED);
    CHECK_HAS(err_detail(), "x.zip: a.csv: is encrypted");
    lean_zip_close(zip);
    buf_free(&bytes);

    bytes = make_zip("a.csv", "1\0002", 3, false, false);
    CHECK_OK(lean_zip_open_bytes(&zip, bytes.ptr, bytes.len, "x.zip"));
    CHECK_EQ(lean_zip_read(zip, 0, &entry), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "is not text");
    lean_zip_close(zip);
    buf_free(&bytes);

    size_t len = LEAN_ZIP_ENTRY_BYTES_MAX + 1;
    char *bomb = mem_alloc(len);
    memset(bomb, '1', len);
    bytes = make_zip("a.csv", bomb, len, false, false);
    mem_free(bomb);
    CHECK(bytes.len < 1000 * 1000);
    CHECK_OK(lean_zip_open_bytes(&zip, bytes.ptr, bytes.len, "x.zip"));
    CHECK_EQ(lean_zip_read(zip, 0, &entry), ERR_FULL);
    CHECK_HAS(err_detail(), "x.zip: a.csv: unpacks to 67108865 bytes; the limit");
    lean_zip_close(zip);

    /* The same with a directory that lies about the size. */
    size_t at = bytes.len;
    while (--at > 0 && memcmp(bytes.ptr + at, "PK\1\2", 4) != 0)
        ;
    memset(bytes.ptr + at + 24, 1, 2);
    memset(bytes.ptr + at + 26, 0, 2);
    CHECK_OK(lean_zip_open_bytes(&zip, bytes.ptr, bytes.len, "x.zip"));
    CHECK(lean_zip_read(zip, 0, &entry) != ERR_OK);
    CHECK_HAS(err_detail(), "x.zip: a.csv");
    lean_zip_close(zip);
    buf_free(&bytes);
}
