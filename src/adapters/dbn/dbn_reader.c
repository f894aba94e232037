#include "adapters/dbn/dbn.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "adapters/dbn/dbn_source.h"

enum { BUFFER_BYTES = 256 * 1024, PRELUDE_BYTES = 8, FRAME_HEADER_BYTES = 8 };

struct dbn_reader {
    struct arena arena; /* the metadata and the name */
    struct dbn_source source;
    struct dbn_metadata metadata;
    bool has_metadata, is_packed, ts_out, failed, ended;
    bool is_inferring;                     /* a fragment whose version was not given */
    uint8_t versions;                      /* bit v: the records may be of version v */
    const struct dbn_layout *layouts[256]; /* by rtype; of a fragment, as last seen */
    size_t at, len;                        /* what is left of buffer */
    uint64_t base;                         /* offset of buffer[0] in the unpacked stream */
    uint64_t records, unknown;
    struct dbn_record record;
    uint8_t buffer[BUFFER_BYTES];
};

/* An error at a byte of the unpacked stream, counted from the start of the file. */
static enum err fail_at(struct dbn_reader *reader, enum err code, uint64_t offset)
{
    return err_add(code, "%s: byte %" PRIu64 "%s", reader->source.name, offset,
                   reader->is_packed ? " after unpacking" : "");
}

/* Have at least need bytes in the buffer, or all that is left. */
static enum err fill(struct dbn_reader *reader, size_t need)
{
    MUST(need <= sizeof reader->buffer);
    if (reader->len - reader->at >= need || reader->ended)
        return ERR_OK;
    memmove(reader->buffer, reader->buffer + reader->at, reader->len - reader->at);
    reader->base += reader->at;
    reader->len -= reader->at;
    reader->at = 0;
    while (reader->len < need && !reader->ended) {
        size_t got = 0;
        enum err err = dbn_source_read(&reader->source, reader->buffer + reader->len,
                                       sizeof reader->buffer - reader->len, &got);
        if (err)
            return err;
        reader->len += got;
        reader->ended = got == 0;
    }
    return ERR_OK;
}

/* ---- opening ---- */

/* Exactly len bytes of the stream to *out, which grows only as they arrive. */
static enum err read_exactly(struct dbn_reader *reader, size_t len, struct buf *out)
{
    while (out->len < len) {
        enum err err = fill(reader, 1);
        if (err)
            return err;
        size_t have = reader->len - reader->at, wanted = len - out->len;
        if (have == 0) {
            err_set(ERR_CORRUPT, "the file ends inside the metadata, %zu bytes early", wanted);
            return fail_at(reader, ERR_CORRUPT, reader->base + reader->at);
        }
        buf_append(out, reader->buffer + reader->at, have < wanted ? have : wanted);
        reader->at += have < wanted ? have : wanted;
    }
    return ERR_OK;
}

/* The same from the packed file, past the buffer: what follows is for the unpacking to find. */
static enum err read_packed(struct dbn_reader *reader, size_t len, struct buf *out)
{
    for (size_t got; out->len < len;) {
        char piece[16 * 1024];
        size_t wanted = len - out->len < sizeof piece ? len - out->len : sizeof piece;
        enum err err = dbn_source_read(&reader->source, piece, wanted, &got);
        if (err)
            return err;
        if (got == 0)
            return err_set(ERR_CORRUPT, "%s: byte %" PRIu64 ": the file ends inside the metadata",
                           reader->source.name, reader->source.taken);
        buf_append(out, piece, got);
    }
    return ERR_OK;
}

/* A DBZ file starts with a skippable frame that holds the metadata; frames of records follow. */
static enum err read_dbz(struct dbn_reader *reader)
{
    uint32_t length = 0;
    struct buf content = { 0 };
    enum err err = read_packed(reader, FRAME_HEADER_BYTES, &content);
    if (!err) {
        memcpy(&length, content.ptr + 4, sizeof length);
        buf_clear(&content);
        if (length > DBN_METADATA_BYTES_MAX)
            err = err_set(ERR_CORRUPT, "%s: byte 4: metadata of %" PRIu32 " bytes",
                          reader->source.name, length);
    }
    if (!err)
        err = read_packed(reader, length, &content);
    if (!err) {
        err = dbn_metadata_decode_dbz(&reader->metadata, &reader->arena,
                                      (const uint8_t *)content.ptr, content.len);
        if (err)
            err_add(err, "%s", reader->source.name);
    }
    buf_free(&content);
    reader->has_metadata = true;
    return err;
}

static enum err read_metadata(struct dbn_reader *reader)
{
    uint32_t length;
    size_t used_bytes;
    struct buf bytes = { 0 };
    enum err err = read_exactly(reader, PRELUDE_BYTES, &bytes);
    if (!err) {
        memcpy(&length, bytes.ptr + 4, sizeof length);
        if (length > DBN_METADATA_BYTES_MAX) {
            err_set(ERR_CORRUPT, "metadata of %" PRIu32 " bytes", length);
            err = fail_at(reader, ERR_CORRUPT, 4);
        }
    }
    /* An unknown version says so rather than being read to an end that may lie elsewhere. */
    if (!err && bytes.ptr[3] >= 1 && bytes.ptr[3] <= DBN_VERSION_MAX)
        err = read_exactly(reader, PRELUDE_BYTES + (size_t)length, &bytes);
    if (!err) {
        err = dbn_metadata_decode(&reader->metadata, &reader->arena, (const uint8_t *)bytes.ptr,
                                  bytes.len, &used_bytes);
        if (err)
            err_add(err, "%s", reader->source.name);
    }
    buf_free(&bytes);
    reader->has_metadata = true;
    reader->ts_out = reader->metadata.ts_out;
    return err;
}

static void know_version(struct dbn_reader *reader, int version)
{
    reader->versions = (uint8_t)(1 << (version ? version : 1));
    for (int rtype = 0; rtype < 256; rtype++)
        reader->layouts[rtype] = dbn_layout_find((uint8_t)rtype, version);
}

/* In which versions has a record of rtype exactly this size? As bits. */
static uint8_t versions_of(uint8_t rtype, size_t size, bool ts_out)
{
    uint8_t versions = 0;
    for (int version = 1; version <= DBN_VERSION_MAX; version++) {
        const struct dbn_layout *layout = dbn_layout_find(rtype, version);
        if (layout && size == layout->bytes + (ts_out ? 8 : 0))
            versions |= (uint8_t)(1 << version);
    }
    return versions;
}

/* No metadata: a fragment if it looks like a record, otherwise not ours. */
static enum err start_fragment(struct dbn_reader *reader, const struct dbn_reader_options *options)
{
    const uint8_t *bytes = reader->buffer + reader->at;
    size_t have = reader->len - reader->at;
    int version = options ? options->version : 0;
    reader->ts_out = options && options->ts_out;
    if (version < 0 || version > DBN_VERSION_MAX)
        return err_set(ERR_USAGE, "%s: fragment version %d; it is 1 to %d", reader->source.name,
                       version, DBN_VERSION_MAX);
    if (have == 0)
        return err_set(ERR_PARSE, "%s: the file is empty", reader->source.name);
    if (have < 2 || (!version && !versions_of(bytes[1], bytes[0] * 4u, reader->ts_out))) {
        size_t i = 0;
        char start[3 * 8 + 1] = "";
        for (; i < 8 && i < have; i++)
            snprintf(start + 3 * i, 4, " %02X", bytes[i]);
        return err_set(ERR_PARSE,
                       "%s: not DBN: it starts with%s, which is neither metadata nor a record of "
                       "any version (for a fragment, give --dbn-version 1 to %d)",
                       reader->source.name, start, DBN_VERSION_MAX);
    }
    reader->is_inferring = !version;
    reader->versions = 1 << 1 | 1 << 2 | 1 << 3;
    if (version)
        know_version(reader, version);
    return ERR_OK;
}

static bool is_skippable(const uint8_t *bytes, size_t len)
{
    return len >= 4 && (bytes[0] & 0xF0) == 0x50 && memcmp(bytes + 1, "\x2A\x4D\x18", 3) == 0;
}

static enum err start(struct dbn_reader *reader, const struct dbn_reader_options *options)
{
    const uint8_t *bytes;
    size_t got;
    enum err err = dbn_source_peek(&reader->source, 12, &bytes, &got);
    if (err)
        return err;
    if (is_skippable(bytes, got) && got >= 11 && memcmp(bytes + 8, "DBZ", 3) == 0) {
        err = read_dbz(reader);
        know_version(reader, 0);
        dbn_source_unpack(&reader->source);
        reader->is_packed = true;
        return err;
    }
    if (is_skippable(bytes, got) || (got >= 4 && memcmp(bytes, "\x28\xB5\x2F\xFD", 4) == 0)) {
        dbn_source_unpack(&reader->source);
        reader->is_packed = true;
    }
    err = fill(reader, DBN_RECORD_BYTES_MAX);
    if (err)
        return err;
    if (reader->len < 3 || memcmp(reader->buffer, "DBN", 3) != 0)
        return start_fragment(reader, options);
    err = read_metadata(reader);
    if (!err)
        know_version(reader, reader->metadata.version);
    return err;
}

static struct dbn_reader *new_reader(const char *name)
{
    struct dbn_reader *reader = mem_alloc(sizeof *reader);
    arena_init(&reader->arena, "dbn metadata", 0);
    reader->source.file = -1;
    reader->source.name = arena_strdup(&reader->arena, name);
    return reader;
}

enum err dbn_reader_open(struct dbn_reader **out, const char *path,
                         const struct dbn_reader_options *options)
{
    struct dbn_reader *reader = new_reader(path);
    enum err err = dbn_source_open(&reader->source, reader->source.name);
    if (!err)
        err = start(reader, options);
    if (err) {
        dbn_reader_close(reader);
        reader = NULL;
    }
    *out = reader;
    return err;
}

enum err dbn_reader_open_memory(struct dbn_reader **out, const char *name, const void *bytes,
                                size_t len, const struct dbn_reader_options *options)
{
    struct dbn_reader *reader = new_reader(name);
    dbn_source_open_memory(&reader->source, reader->source.name, bytes, len);
    enum err err = start(reader, options);
    if (err) {
        dbn_reader_close(reader);
        reader = NULL;
    }
    *out = reader;
    return err;
}

const struct dbn_metadata *dbn_reader_metadata(const struct dbn_reader *reader)
{
    return reader->has_metadata ? &reader->metadata : NULL;
}

int dbn_reader_version(const struct dbn_reader *reader)
{
    if (reader->has_metadata)
        return reader->metadata.version;
    for (int version = 1; version <= DBN_VERSION_MAX; version++)
        if (reader->versions == 1 << version)
            return version;
    return 0;
}

uint64_t dbn_reader_records(const struct dbn_reader *reader)
{
    return reader->records;
}

uint64_t dbn_reader_unknown(const struct dbn_reader *reader)
{
    return reader->unknown;
}

uint64_t dbn_reader_file_bytes(const struct dbn_reader *reader, uint64_t *total)
{
    *total = reader->source.total;
    return reader->source.taken;
}

void dbn_reader_close(struct dbn_reader *reader)
{
    if (!reader)
        return;
    dbn_source_close(&reader->source);
    arena_clear(&reader->arena);
    mem_free(reader);
}

/* ---- records ---- */

/* The layout of a fragment's record: its size must be that of some version still possible. */
static const struct dbn_layout *infer_layout(struct dbn_reader *reader, uint8_t rtype, size_t size)
{
    const struct dbn_layout *last = reader->layouts[rtype];
    if (last && size == last->bytes + (reader->ts_out ? 8 : 0))
        return last;
    uint8_t versions = versions_of(rtype, size, reader->ts_out) & reader->versions;
    if (!versions)
        return NULL;
    reader->versions = versions;
    int version = 1;
    while (!(versions >> version & 1))
        version++;
    return reader->layouts[rtype] = dbn_layout_find(rtype, version);
}

/* *layout is NULL, without an error, when the type is unknown. */
static enum err find_layout(struct dbn_reader *reader, uint8_t rtype, size_t size,
                            const struct dbn_layout **layout)
{
    size_t tail = reader->ts_out ? 8 : 0;
    if (reader->is_inferring) {
        *layout = infer_layout(reader, rtype, size);
        if (!*layout && dbn_rtype_name(rtype))
            return err_set(ERR_CORRUPT,
                           "a %s record of %zu bytes fits no version that the records before it "
                           "fit; if this fragment is sound, give --dbn-version 1 to %d",
                           dbn_rtype_name(rtype), size, DBN_VERSION_MAX);
        return ERR_OK;
    }
    *layout = reader->layouts[rtype];
    if (*layout && size < (*layout)->bytes + tail) {
        size_t wanted = (*layout)->bytes + tail;
        *layout = dbn_layout_older(*layout, size - tail);
        if (!*layout)
            return err_set(ERR_CORRUPT, "a %s record of %zu bytes; it needs %zu",
                           dbn_rtype_name(rtype), size, wanted);
    }
    return ERR_OK;
}

static enum err next(struct dbn_reader *reader, const struct dbn_record **rec)
{
    for (;;) {
        enum err err = fill(reader, DBN_RECORD_BYTES_MAX);
        if (err)
            return err;
        size_t left = reader->len - reader->at;
        if (left == 0)
            return ERR_OK;

        const uint8_t *bytes = reader->buffer + reader->at;
        uint64_t offset = reader->base + reader->at;
        size_t size = bytes[0] * 4u;
        if (size < sizeof(struct dbn_header)) {
            err_set(ERR_CORRUPT, "a record of %zu bytes, shorter than its header of 16", size);
            return fail_at(reader, ERR_CORRUPT, offset);
        }
        if (size > left) {
            err_set(ERR_CORRUPT,
                    "a record of %zu bytes, but the file ends after %zu: it was cut off", size,
                    left);
            return fail_at(reader, ERR_CORRUPT, offset);
        }
        const struct dbn_layout *layout;
        err = find_layout(reader, bytes[1], size, &layout);
        if (err)
            return fail_at(reader, err, offset);
        reader->at += size;
        if (!layout) {
            reader->unknown++;
            continue;
        }
        reader->records++;
        struct dbn_record *record = &reader->record;
        *record = (struct dbn_record){ .bytes = bytes,
                                       .size = size,
                                       .layout = layout,
                                       .ts_out = DBN_TIME_NONE,
                                       .offset = offset };
        memcpy(&record->hd, bytes, sizeof record->hd);
        if (reader->ts_out)
            memcpy(&record->ts_out, bytes + size - 8, 8);
        *rec = record;
        return ERR_OK;
    }
}

enum err dbn_reader_next(struct dbn_reader *reader, const struct dbn_record **rec)
{
    *rec = NULL;
    if (reader->failed)
        return err_set(ERR_CORRUPT, "%s: nothing more can be read after the error before",
                       reader->source.name);
    enum err err = next(reader, rec);
    reader->failed = err != ERR_OK;
    return err;
}
