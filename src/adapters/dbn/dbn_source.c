#include "adapters/dbn/dbn_source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zstd.h>

enum err dbn_source_open(struct dbn_source *source, const char *path)
{
    dbn_source_open_memory(source, path, NULL, 0);
    source->file = open(path, O_RDONLY | O_CLOEXEC);
    if (source->file < 0)
        return err_set(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: cannot be opened: %s", path,
                       strerror(errno));
    struct stat status;
    if (fstat(source->file, &status) == 0 && S_ISREG(status.st_mode))
        source->total = (uint64_t)status.st_size;
    return ERR_OK;
}

void dbn_source_open_memory(struct dbn_source *source, const char *name, const void *bytes,
                            size_t len)
{
    source->name = name;
    source->file = -1;
    source->memory = bytes;
    source->memory_len = len;
    source->memory_at = 0;
    source->total = len;
    source->taken = 0;
    source->zstd = NULL;
    source->in_frame = false;
    source->in_at = source->in_len = 0;
}

void dbn_source_close(struct dbn_source *source)
{
    if (source->file >= 0)
        close(source->file);
    source->file = -1;
    ZSTD_freeDCtx(source->zstd);
    source->zstd = NULL;
}

/* Packed bytes as they lie, up to room of them; *got is 0 at the end. */
static enum err read_some(struct dbn_source *source, uint8_t *out, size_t room, size_t *got)
{
    if (source->file < 0) {
        size_t left = source->memory_len - source->memory_at;
        *got = left < room ? left : room;
        if (*got)
            memcpy(out, source->memory + source->memory_at, *got);
        source->memory_at += *got;
        return ERR_OK;
    }
    ssize_t len;
    do
        len = read(source->file, out, room);
    while (len < 0 && errno == EINTR);
    if (len < 0)
        return err_set(ERR_IO, "%s: cannot be read at byte %" PRIu64 ": %s", source->name,
                       source->taken, strerror(errno));
    *got = (size_t)len;
    return ERR_OK;
}

/* Put more bytes behind those in in[]; nothing comes at the end. */
static enum err fill(struct dbn_source *source)
{
    if (source->in_at) {
        memmove(source->in, source->in + source->in_at, source->in_len - source->in_at);
        source->in_len -= source->in_at;
        source->in_at = 0;
    }
    size_t got = 0;
    enum err err =
        read_some(source, source->in + source->in_len, sizeof source->in - source->in_len, &got);
    source->in_len += got;
    return err;
}

enum err dbn_source_peek(struct dbn_source *source, size_t len, const uint8_t **bytes, size_t *got)
{
    MUST(len <= 16);
    for (size_t before = SIZE_MAX; source->in_len - source->in_at < len;) {
        if (source->in_len - source->in_at == before)
            break;
        before = source->in_len - source->in_at;
        enum err err = fill(source);
        if (err)
            return err;
    }
    size_t have = source->in_len - source->in_at;
    *bytes = source->in + source->in_at;
    *got = have < len ? have : len;
    return ERR_OK;
}

void dbn_source_unpack(struct dbn_source *source)
{
    MUST(source->zstd == NULL);
    source->zstd = ZSTD_createDCtx();
    MUST(source->zstd != NULL);
}

static enum err read_packed(struct dbn_source *source, void *out, size_t room, size_t *got)
{
    for (;;) {
        if (source->in_at == source->in_len) {
            enum err err = fill(source);
            if (err)
                return err;
        }
        bool ended = source->in_at == source->in_len;
        if (ended && !source->in_frame)
            return ERR_OK;
        ZSTD_inBuffer in = { source->in, source->in_len, source->in_at };
        ZSTD_outBuffer to = { out, room, 0 };
        size_t left = ZSTD_decompressStream(source->zstd, &to, &in);
        if (ZSTD_isError(left))
            return err_set(ERR_CORRUPT, "%s: byte %" PRIu64 ": zstd: %s", source->name,
                           source->taken, ZSTD_getErrorName(left));
        source->taken += in.pos - source->in_at;
        source->in_at = in.pos;
        source->in_frame = left != 0;
        *got = to.pos;
        if (to.pos)
            return ERR_OK;
        if (ended)
            return err_set(ERR_CORRUPT,
                           "%s: byte %" PRIu64
                           ": the file ends inside a zstd frame: it was cut off",
                           source->name, source->taken);
    }
}

enum err dbn_source_read(struct dbn_source *source, void *out, size_t room, size_t *got)
{
    MUST(room > 0);
    *got = 0;
    if (source->zstd)
        return read_packed(source, out, room, got);
    size_t have = source->in_len - source->in_at; /* looked ahead at */
    if (have) {
        *got = have < room ? have : room;
        memcpy(out, source->in + source->in_at, *got);
        source->in_at += *got;
    } else {
        enum err err = read_some(source, out, room, got);
        if (err)
            return err;
    }
    source->taken += *got;
    return ERR_OK;
}

enum err dbn_unpack(const uint8_t *bytes, size_t len, size_t limit, struct buf *out)
{
    ZSTD_DCtx *zstd = ZSTD_createDCtx();
    MUST(zstd != NULL);
    ZSTD_inBuffer in = { bytes, len, 0 };
    enum err err = ERR_OK;
    size_t left = 1;
    for (;;) {
        char piece[16 * 1024];
        ZSTD_outBuffer to = { piece, sizeof piece, 0 };
        left = ZSTD_decompressStream(zstd, &to, &in);
        if (ZSTD_isError(left))
            err = err_set(ERR_CORRUPT, "zstd: %s", ZSTD_getErrorName(left));
        else if (out->len + to.pos > limit)
            err = err_set(ERR_CORRUPT, "unpacks to more than %zu bytes", limit);
        if (err)
            break;
        buf_append(out, piece, to.pos);
        if (in.pos == len && to.pos < to.size)
            break;
    }
    if (!err && left != 0)
        err = err_set(ERR_CORRUPT, "ends inside a zstd frame");
    ZSTD_freeDCtx(zstd);
    return err;
}
