/* What the tests of this folder share. */
#ifndef ADAPTERS_DBN_DBN_TEST_H
#define ADAPTERS_DBN_DBN_TEST_H

#include <stdio.h>
#include <string.h>

#include "adapters/dbn/dbn.h"
#include "adapters/dbn/dbn_source.h"
#include "base/mem.h"
#include "tests/testing.h"

#define DBN_TESTS "data/databento-dbn/dbn-tests/"
#define OPRA "data/databento-dbn/python-tests/OPRA.PILLAR/"
#define PYTHON_TESTS "data/databento-dbn/python-tests/"

/* The bytes of a file, unpacked when they are zstd. */
static inline void load(const char *path, struct buf *out)
{
    struct buf packed = { 0 };
    char piece[4096];
    size_t len;
    FILE *file = fopen(path, "rb");
    MUST(file != NULL);
    while ((len = fread(piece, 1, sizeof piece, file)) > 0)
        buf_append(&packed, piece, len);
    fclose(file);
    buf_clear(out);
    if (packed.len >= 4 && memcmp(packed.ptr, "\x28\xB5\x2F\xFD", 4) == 0)
        MUST(dbn_unpack((const uint8_t *)packed.ptr, packed.len, 1 << 30, out) == ERR_OK);
    else
        buf_append(out, packed.ptr, packed.len);
    buf_free(&packed);
}

/* The record number index (from 0) of a file, as version 3. */
static inline void read_record(const char *path, int index, union dbn_any *out)
{
    struct dbn_reader *reader;
    const struct dbn_record *rec = NULL;
    CHECK_OK(dbn_reader_open(&reader, path, NULL));
    for (int i = 0; i <= index; i++) {
        CHECK_OK(dbn_reader_next(reader, &rec));
        CHECK(rec != NULL);
    }
    dbn_record_get(rec, out);
    dbn_reader_close(reader);
}

/* Write number at offset, as bytes, little-endian: by hand, so that no struct is trusted. */
static inline void poke(uint8_t *bytes, size_t offset, uint64_t number, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[offset + i] = (uint8_t)(number >> 8 * i);
}

#endif
