#include "adapters/dbn/dbn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <zstd.h>

enum { PACKED_BYTES = 64 * 1024, LEVEL = 3 };

struct dbn_writer {
    struct arena arena; /* the paths */
    const char *path, *part_path;
    FILE *file; /* or, in memory: */
    struct buf *memory;
    ZSTD_CCtx *zstd; /* NULL: plain */
    bool ts_out;
    enum err err; /* the first failure; the file is not kept then */
    uint8_t packed[PACKED_BYTES];
};

static enum err put(struct dbn_writer *writer, const void *bytes, size_t len)
{
    if (writer->memory)
        buf_append(writer->memory, bytes, len);
    else if (fwrite(bytes, 1, len, writer->file) != len)
        return writer->err =
                   err_set(ERR_IO, "%s: cannot be written: %s", writer->part_path, strerror(errno));
    return ERR_OK;
}

/* Pass bytes on, packed if need be; the last call has len 0 and ends the frame. */
static enum err pack(struct dbn_writer *writer, const void *bytes, size_t len)
{
    if (!writer->zstd)
        return len ? put(writer, bytes, len) : ERR_OK;
    ZSTD_inBuffer in = { bytes, len, 0 };
    for (;;) {
        ZSTD_outBuffer out = { writer->packed, sizeof writer->packed, 0 };
        size_t left =
            ZSTD_compressStream2(writer->zstd, &out, &in, len ? ZSTD_e_continue : ZSTD_e_end);
        MUST(!ZSTD_isError(left));
        enum err err = out.pos ? put(writer, writer->packed, out.pos) : ERR_OK;
        if (err || (len ? in.pos == len : left == 0))
            return err;
    }
}

static enum err begin(struct dbn_writer *writer, const struct dbn_metadata *metadata, bool zstd)
{
    struct dbn_metadata newest = *metadata;
    newest.version = DBN_VERSION_MAX;
    newest.symbol_bytes = DBN_SYMBOL_BYTES;
    writer->ts_out = metadata->ts_out;
    if (zstd) {
        writer->zstd = ZSTD_createCCtx();
        MUST(writer->zstd != NULL);
        MUST(!ZSTD_isError(ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_compressionLevel, LEVEL)));
        MUST(!ZSTD_isError(ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_checksumFlag, 1)));
    }
    struct buf bytes = { 0 };
    enum err err = dbn_metadata_encode(&newest, &bytes);
    if (!err)
        err = pack(writer, bytes.ptr, bytes.len);
    buf_free(&bytes);
    return err;
}

static struct dbn_writer *new_writer(void)
{
    struct dbn_writer *writer = mem_alloc(sizeof *writer);
    arena_init(&writer->arena, "dbn writer", 1024);
    return writer;
}

enum err dbn_writer_open(struct dbn_writer **out, const char *path,
                         const struct dbn_metadata *metadata, bool zstd)
{
    struct dbn_writer *writer = new_writer();
    writer->path = arena_strdup(&writer->arena, path);
    writer->part_path = arena_printf(&writer->arena, "%s.part", path);
    writer->file = fopen(writer->part_path, "wb");
    enum err err = ERR_OK;
    if (!writer->file)
        err = err_set(ERR_IO, "%s: cannot be made: %s", writer->part_path, strerror(errno));
    else if ((err = begin(writer, metadata, zstd)))
        err_add(err, "writing %s", path);
    if (err) {
        dbn_writer_discard(writer);
        writer = NULL;
    }
    *out = writer;
    return err;
}

enum err dbn_writer_open_memory(struct dbn_writer **out, struct buf *memory,
                                const struct dbn_metadata *metadata, bool zstd)
{
    struct dbn_writer *writer = new_writer();
    writer->memory = memory;
    enum err err = begin(writer, metadata, zstd);
    if (err) {
        dbn_writer_discard(writer);
        writer = NULL;
    }
    *out = writer;
    return err;
}

enum err dbn_writer_append(struct dbn_writer *writer, const void *record, uint64_t ts_out)
{
    struct dbn_header hd;
    memcpy(&hd, record, sizeof hd);
    const struct dbn_layout *layout = dbn_layout_find(hd.rtype, DBN_VERSION_MAX);
    MUST(layout != NULL);
    if (writer->err)
        return writer->err;

    uint8_t bytes[sizeof(union dbn_any) + sizeof ts_out];
    size_t size = layout->bytes;
    memcpy(bytes, record, size);
    for (size_t i = 0; i < layout->field_count; i++) {
        const struct dbn_field *field = &layout->fields[i];
        if (field->meaning == DBN_GAP)
            memset(bytes + field->offset, 0, field->bytes);
        for (int k = 0; field->meaning == DBN_LEVELS && k < field->count; k++)
            for (size_t n = 0; n < field->level_field_count; n++)
                if (field->level_fields[n].meaning == DBN_GAP)
                    memset(bytes + field->offset + k * field->bytes + field->level_fields[n].offset,
                           0, field->level_fields[n].bytes);
    }
    if (writer->ts_out) {
        memcpy(bytes + size, &ts_out, sizeof ts_out);
        size += sizeof ts_out;
    }
    bytes[0] = (uint8_t)(size / 4);
    return pack(writer, bytes, size);
}

static void free_writer(struct dbn_writer *writer)
{
    ZSTD_freeCCtx(writer->zstd);
    arena_clear(&writer->arena);
    mem_free(writer);
}

enum err dbn_writer_close(struct dbn_writer *writer)
{
    enum err err = writer->err ? writer->err : pack(writer, NULL, 0);
    if (!err && writer->file) {
        if (fflush(writer->file) != 0 || fsync(fileno(writer->file)) != 0 ||
            rename(writer->part_path, writer->path) != 0)
            err = err_set(ERR_IO, "%s: cannot be finished: %s", writer->path, strerror(errno));
    }
    if (err) {
        dbn_writer_discard(writer);
        return err;
    }
    if (writer->file)
        fclose(writer->file);
    free_writer(writer);
    return ERR_OK;
}

void dbn_writer_discard(struct dbn_writer *writer)
{
    if (!writer)
        return;
    if (writer->file) {
        fclose(writer->file);
        remove(writer->part_path);
    }
    free_writer(writer);
}
