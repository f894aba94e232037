/* Any bytes: metadata, records, zstd frames. What is read can be written and reads back the same.
 */
#include "adapters/dbn/dbn_dump.h"
#include "adapters/dbn/dbn_stream.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_metadata(const struct dbn_metadata *metadata)
{
    struct buf once = { 0 }, twice = { 0 };
    struct arena arena;
    struct dbn_metadata again;
    size_t used_bytes;
    if (metadata->version == 0 || dbn_metadata_encode(metadata, &once))
        return;
    arena_init(&arena, "fuzz", 0);
    MUST(dbn_metadata_decode(&again, &arena, (const uint8_t *)once.ptr, once.len, &used_bytes) ==
         ERR_OK);
    MUST(used_bytes == once.len);
    MUST(dbn_metadata_encode(&again, &twice) == ERR_OK);
    MUST(once.len == twice.len);
    MUST(memcmp(once.ptr, twice.ptr, once.len) == 0);
    arena_clear(&arena);
    buf_free(&once);
    buf_free(&twice);
}

/* As from a socket, in two pieces. */
static void check_stream(const uint8_t *data, size_t size)
{
    for (int packed = 0; packed < 2; packed++) {
        struct dbn_stream stream;
        const struct dbn_record *rec = NULL;
        dbn_stream_init(&stream, "line", packed);
        for (size_t part = 0; part < 2; part++) {
            dbn_stream_push(&stream, data + part * (size / 3), part ? size - size / 3 : size / 3);
            while (!dbn_stream_next(&stream, &rec) && rec)
                MUST(rec->size >= rec->layout->bytes);
        }
        dbn_stream_clear(&stream);
    }
}

/* Everything that can be read goes through our writer and comes back as it was. */
static void check_records(const uint8_t *data, size_t size,
                          const struct dbn_reader_options *options)
{
    struct dbn_reader *reader, *again;
    const struct dbn_record *rec, *same;
    struct dbn_writer *writer;
    struct dbn_metadata metadata;
    struct buf out = { 0 };
    if (dbn_reader_open_memory(&reader, "input", data, size, options))
        return;
    if (dbn_reader_metadata(reader))
        check_metadata(dbn_reader_metadata(reader));
    dbn_metadata_init(&metadata);
    metadata.ts_out = true;
    MUST(dbn_writer_open_memory(&writer, &out, &metadata, size % 2) == ERR_OK);
    while (!dbn_reader_next(reader, &rec) && rec) {
        union dbn_any any;
        dbn_record_get(rec, &any);
        MUST(dbn_writer_append(writer, &any, rec->ts_out) == ERR_OK);
    }
    MUST(dbn_writer_close(writer) == ERR_OK);
    uint64_t count = dbn_reader_records(reader);
    dbn_reader_close(reader);

    MUST(dbn_reader_open_memory(&reader, "input", data, size, options) == ERR_OK);
    MUST(dbn_reader_open_memory(&again, "copy", out.ptr, out.len, NULL) == ERR_OK);
    for (uint64_t i = 0; i < count; i++) {
        union dbn_any any, copy;
        MUST(dbn_reader_next(reader, &rec) == ERR_OK);
        MUST(dbn_reader_next(again, &same) == ERR_OK);
        MUST(rec->ts_out == same->ts_out);
        MUST(dbn_record_time(rec) == dbn_record_time(same));
        dbn_record_get(rec, &any);
        dbn_record_get(same, &copy);
        MUST(memcmp(&any.hd, &copy.hd, sizeof any.hd) == 0);
    }
    MUST(dbn_reader_next(again, &same) == ERR_OK);
    MUST(same == NULL);
    dbn_reader_close(reader);
    dbn_reader_close(again);
    buf_free(&out);
}

static void check_dump(const uint8_t *data, size_t size, const struct dbn_reader_options *fragment)
{
    static FILE *nowhere;
    struct dbn_reader *reader;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    struct dbn_dump_options options = { .format = size % 2 ? DBN_DUMP_JSON : DBN_DUMP_CSV,
                                        .iso_times = size % 4 < 2,
                                        .fragment = *fragment };
    if (dbn_reader_open_memory(&reader, "input", data, size, fragment))
        return;
    dbn_dump_metadata(dbn_reader_metadata(reader), nowhere);
    if (dbn_dump_reader(reader, &options, nowhere, NULL))
        MUST(strncmp(err_detail(), "input: ", 7) == 0);
    dbn_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The first byte says how a fragment is to be taken; the rest is the file. */
    if (size == 0)
        return 0;
    struct dbn_reader_options options = { .version = data[0] % 4, .ts_out = data[0] & 4 };
    check_records(data + 1, size - 1, &options);
    check_dump(data + 1, size - 1, &options);
    check_stream(data + 1, size - 1);
    return 0;
}
