#include "adapters/dbn/dbn_stream.h"

#include <inttypes.h>
#include <string.h>

#include <zstd.h>

enum { PRELUDE_BYTES = 8, UNPACK_BYTES = 64 * 1024 };

void dbn_stream_init(struct dbn_stream *stream, const char *name, bool is_packed)
{
    *stream = (struct dbn_stream){ .name = name, .is_packed = is_packed };
    arena_init(&stream->arena, "dbn stream", 0);
}

void dbn_stream_clear(struct dbn_stream *stream)
{
    ZSTD_freeDCtx(stream->zstd);
    buf_free(&stream->packed);
    buf_free(&stream->plain);
    arena_clear(&stream->arena);
    *stream = (struct dbn_stream){ .name = stream->name, .is_packed = stream->is_packed };
}

/* Drop the first used bytes of what waits, once they are worth the move. */
static void shift(struct buf *buf, size_t *used, uint64_t *base)
{
    if (*used < buf->len && *used < UNPACK_BYTES)
        return;
    memmove(buf->ptr, buf->ptr + *used, buf->len - *used);
    buf->len -= *used;
    if (base)
        *base += *used;
    *used = 0;
}

void dbn_stream_push(struct dbn_stream *stream, const void *bytes, size_t len)
{
    struct buf *to = stream->is_packed ? &stream->packed : &stream->plain;
    if (len)
        buf_append(to, bytes, len);
}

static size_t have(const struct dbn_stream *stream)
{
    return stream->plain.len - stream->at;
}

size_t dbn_stream_left(const struct dbn_stream *stream)
{
    return have(stream) + stream->packed.len - stream->packed_at;
}

/* A little more of what is packed; false when there is nothing to unpack. */
static enum err unpack(struct dbn_stream *stream, bool *more)
{
    char piece[UNPACK_BYTES];
    *more = false;
    if (!stream->is_packed || (stream->packed_at == stream->packed.len && !stream->is_holding))
        return ERR_OK;
    if (!stream->zstd)
        stream->zstd = ZSTD_createDCtx();
    MUST(stream->zstd);
    ZSTD_inBuffer in = { stream->packed.ptr, stream->packed.len, stream->packed_at };
    ZSTD_outBuffer out = { piece, sizeof piece, 0 };
    size_t left = ZSTD_decompressStream(stream->zstd, &out, &in);
    if (ZSTD_isError(left))
        return err_set(ERR_CORRUPT, "%s: zstd: %s", stream->name, ZSTD_getErrorName(left));
    stream->is_holding = out.pos == out.size;
    *more = out.pos > 0 || in.pos > stream->packed_at;
    stream->packed_at = in.pos;
    buf_append(&stream->plain, piece, out.pos);
    if (stream->packed_at)
        shift(&stream->packed, &stream->packed_at, NULL);
    return ERR_OK;
}

/* Have at least need bytes, if they are there; *enough says so. */
static enum err want(struct dbn_stream *stream, size_t need, bool *enough)
{
    enum err err = ERR_OK;
    for (bool more = true; have(stream) < need && more && !err;)
        err = unpack(stream, &more);
    *enough = have(stream) >= need;
    return err;
}

static enum err fail(struct dbn_stream *stream, enum err code)
{
    return err_add(code, "%s: byte %" PRIu64 " of the stream", stream->name,
                   stream->base + stream->at);
}

static enum err read_metadata(struct dbn_stream *stream, bool *enough)
{
    uint32_t length;
    enum err err = want(stream, PRELUDE_BYTES, enough);
    if (err || !*enough)
        return err;
    const uint8_t *bytes = (const uint8_t *)stream->plain.ptr + stream->at;
    memcpy(&length, bytes + 4, sizeof length);
    if (memcmp(bytes, "DBN", 3) != 0) {
        err_set(ERR_CORRUPT, "the stream begins with %02X %02X %02X, not with DBN metadata",
                bytes[0], bytes[1], bytes[2]);
        return fail(stream, ERR_CORRUPT);
    }
    if (length > DBN_STREAM_METADATA_MAX) {
        err_set(ERR_CORRUPT, "metadata of %" PRIu32 " bytes", length);
        return fail(stream, ERR_CORRUPT);
    }
    err = want(stream, PRELUDE_BYTES + (size_t)length, enough);
    if (err || !*enough)
        return err;
    size_t used_bytes;
    err = dbn_metadata_decode(&stream->metadata, &stream->arena,
                              (const uint8_t *)stream->plain.ptr + stream->at, have(stream),
                              &used_bytes);
    if (err)
        return fail(stream, err);
    stream->at += used_bytes;
    stream->has_metadata = true;
    for (int rtype = 0; rtype < 256; rtype++)
        stream->layouts[rtype] = dbn_layout_find((uint8_t)rtype, stream->metadata.version);
    return ERR_OK;
}

/* *layout stays NULL when the type is not known. */
static enum err find_layout(struct dbn_stream *stream, uint8_t rtype, size_t size,
                            const struct dbn_layout **layout)
{
    size_t tail = stream->metadata.ts_out ? 8 : 0;
    *layout = stream->layouts[rtype];
    if (!*layout || size >= (*layout)->bytes + tail)
        return ERR_OK;
    size_t wanted = (*layout)->bytes + tail;
    *layout = dbn_layout_older(*layout, size - tail);
    return *layout ? ERR_OK
                   : err_set(ERR_CORRUPT, "a %s record of %zu bytes; it needs %zu",
                             dbn_rtype_name(rtype), size, wanted);
}

static enum err next(struct dbn_stream *stream, const struct dbn_record **rec)
{
    bool enough = true;
    if (stream->at)
        shift(&stream->plain, &stream->at, &stream->base);
    enum err err = stream->has_metadata ? ERR_OK : read_metadata(stream, &enough);
    while (!err && enough) {
        err = want(stream, sizeof(struct dbn_header), &enough);
        if (err || !enough)
            break;
        size_t size = (uint8_t)stream->plain.ptr[stream->at] * 4u;
        if (size < sizeof(struct dbn_header)) {
            err_set(ERR_CORRUPT, "a record of %zu bytes, shorter than its header of 16", size);
            return fail(stream, ERR_CORRUPT);
        }
        err = want(stream, size, &enough);
        if (err || !enough)
            break;
        const uint8_t *bytes = (const uint8_t *)stream->plain.ptr + stream->at;
        const struct dbn_layout *layout;
        err = find_layout(stream, bytes[1], size, &layout);
        if (err)
            return fail(stream, err);
        uint64_t offset = stream->base + stream->at;
        stream->at += size;
        if (!layout) {
            stream->unknown++;
            continue;
        }
        stream->records++;
        stream->record = (struct dbn_record){ .bytes = bytes,
                                              .size = size,
                                              .layout = layout,
                                              .ts_out = DBN_TIME_NONE,
                                              .offset = offset };
        memcpy(&stream->record.hd, bytes, sizeof stream->record.hd);
        if (stream->metadata.ts_out)
            memcpy(&stream->record.ts_out, bytes + size - 8, 8);
        *rec = &stream->record;
        return ERR_OK;
    }
    return err;
}

enum err dbn_stream_next(struct dbn_stream *stream, const struct dbn_record **rec)
{
    *rec = NULL;
    if (stream->failed)
        return err_set(ERR_CORRUPT, "%s: nothing more can be read after the error before",
                       stream->name);
    enum err err = next(stream, rec);
    stream->failed = err != ERR_OK;
    return err;
}
