/*
 * Bytes from a file or from memory, unpacked on the way when they are zstd. For this folder only.
 *
 * Keeps one fixed buffer of packed bytes and what libzstd needs for its window (at most 128 MiB, as
 * the frame asks). Reads on past the end of a frame and over skippable frames.
 */
#ifndef ADAPTERS_DBN_DBN_SOURCE_H
#define ADAPTERS_DBN_DBN_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum { DBN_SOURCE_BYTES = 64 * 1024 };

struct dbn_source {
    const char *name; /* the path, for messages */
    int file;         /* -1 when the bytes are in memory */
    const uint8_t *memory;
    size_t memory_len, memory_at;
    uint64_t total;       /* bytes of the file; 0 unknown */
    uint64_t taken;       /* bytes of the file that were used up */
    void *zstd;           /* ZSTD_DCtx once unpacking */
    bool in_frame;        /* unpacking stopped inside a frame */
    size_t in_at, in_len; /* what is left of in[] */
    uint8_t in[DBN_SOURCE_BYTES];
};

/* name must outlive the source. Errors: ERR_IO, ERR_NOT_FOUND. */
NODISCARD enum err dbn_source_open(struct dbn_source *source, const char *path);
void dbn_source_open_memory(struct dbn_source *source, const char *name, const void *bytes,
                            size_t len);
void dbn_source_close(struct dbn_source *source);

/* Look at up to len (<= 16) packed bytes ahead; *got is less only at the end. */
NODISCARD enum err dbn_source_peek(struct dbn_source *source, size_t len, const uint8_t **bytes,
                                   size_t *got);

/* From here on, unpack. */
void dbn_source_unpack(struct dbn_source *source);

/* Read 1 to room bytes, unpacked if so asked; *got is 0 only at a proper end.
 * Errors: ERR_IO; ERR_CORRUPT for damage and for an end inside a frame. */
NODISCARD enum err dbn_source_read(struct dbn_source *source, void *out, size_t room, size_t *got);

/* Unpack all of bytes, appending to *out, refusing more than limit. No name or context in errors.
 */
NODISCARD enum err dbn_unpack(const uint8_t *bytes, size_t len, size_t limit, struct buf *out);

#endif
