/*
 * DBN as it arrives: bytes are pushed in pieces of any size, whole records come out.
 *
 *     dbn_stream_init(&stream, "opra", is_zstd);
 *     ... dbn_stream_push(&stream, bytes, len);
 *     while (!(err = dbn_stream_next(&stream, &rec)) && rec)
 *         use(rec);
 *     dbn_stream_clear(&stream);
 *
 * For sockets: it never waits, holds what is not whole yet, and gives the same records whatever the
 * pieces were. The stream begins with metadata (a live gateway sends it first); for files there is
 * dbn_reader in dbn.h.
 */
#ifndef ADAPTERS_DBN_DBN_STREAM_H
#define ADAPTERS_DBN_DBN_STREAM_H

#include "adapters/dbn/dbn.h"

/* Metadata of a live stream names no symbols: more than this is damage. */
#define DBN_STREAM_METADATA_MAX ((size_t)1 << 20)

struct dbn_stream {
    const char *name; /* for messages; outlives the stream */
    bool is_packed;   /* zstd */
    bool has_metadata;
    bool failed;
    bool is_holding;   /* the last unpacking filled its room: more may come without more input */
    void *zstd;        /* ZSTD_DCtx */
    struct buf packed; /* pushed, not unpacked yet */
    size_t packed_at;
    struct buf plain;
    size_t at;     /* what of plain is used up */
    uint64_t base; /* offset in the unpacked stream of plain's first byte */
    uint64_t records, unknown;
    struct dbn_metadata metadata;          /* valid once has_metadata */
    struct arena arena;                    /* of the metadata */
    const struct dbn_layout *layouts[256]; /* by rtype, of its version */
    struct dbn_record record;
};

void dbn_stream_init(struct dbn_stream *stream, const char *name, bool is_packed);
void dbn_stream_clear(struct dbn_stream *stream);

/* Copies. What was pushed before and not taken yet is kept. */
void dbn_stream_push(struct dbn_stream *stream, const void *bytes, size_t len);

/*
 * The next whole record of a known type, NULL until more is pushed; types that are not known are
 * skipped and counted. The record is valid until the next call with this stream.
 * Errors: ERR_CORRUPT, ERR_UNSUPPORTED, with the byte of the stream; nothing comes after one.
 */
NODISCARD enum err dbn_stream_next(struct dbn_stream *stream, const struct dbn_record **rec);

/* Bytes pushed that make no whole record yet: not 0 when a line ends means in mid-record. */
size_t dbn_stream_left(const struct dbn_stream *stream);

#endif
