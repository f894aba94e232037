/*
 * Read and write Databento Binary Encoding (DBN): metadata, then records to the end of the file.
 *
 * Reads versions 1 to 3, plain or zstd (many frames, skippable frames), fragments without metadata,
 * and the legacy DBZ files that came before version 1. Writes version 3. Memory stays the same
 * however large the file is, but for the metadata, which names every symbol.
 *
 *     struct dbn_reader *reader;
 *     enum err err = dbn_reader_open(&reader, path, NULL);
 *     const struct dbn_record *rec = NULL;
 *     while (!err && !(err = dbn_reader_next(reader, &rec)) && rec) {
 *         union dbn_any any;
 *         dbn_record_get(rec, &any);
 *         if (rec->layout->kind == DBN_KIND_TRADE)
 *             use(any.trade.price);
 *     }
 *     dbn_reader_close(reader);
 *
 * Records are in dbn_record.h, symbols of instruments in dbn_symbols.h, text in dbn_dump.h.
 */
#ifndef ADAPTERS_DBN_DBN_H
#define ADAPTERS_DBN_DBN_H

#include "adapters/dbn/dbn_record.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum { DBN_DATASET_BYTES = 16, DBN_SYMBOL_BYTES_V1 = 22, DBN_SYMBOL_BYTES = 71 };
enum { DBN_SCHEMA_MIXED = 0xFFFF, DBN_STYPE_INSTRUMENT_ID = 0, DBN_STYPE_RAW_SYMBOL = 1 };
enum { DBN_STYPE_MIXED = 255 };

/* Larger metadata is refused as damaged: all of OPRA for a month needs a third of it. */
#define DBN_METADATA_BYTES_MAX ((size_t)1 << 30)

struct dbn_interval {
    int32_t start_date, end_date; /* YYYYMMDD in UTC; the end is exclusive */
    const char *symbol;           /* with stype_out instrument_id: the id in decimal text */
};

struct dbn_mapping {
    const char *raw_symbol; /* as it was asked for */
    size_t interval_count;
    struct dbn_interval *intervals;
};

struct dbn_metadata {
    int version;                         /* 1 to 3; 0 is a legacy DBZ file */
    char dataset[DBN_DATASET_BYTES + 1]; /* "OPRA.PILLAR" */
    uint16_t schema;                     /* dbn_name(DBN_SCHEMA, ...); DBN_SCHEMA_MIXED */
    uint64_t start, end;                 /* ns since 1970 UTC; end may be DBN_TIME_NONE */
    uint64_t limit;                      /* of records; 0 is none */
    uint64_t record_count;               /* versions 0 and 1 only; else, or unknown, UINT64_MAX */
    uint8_t stype_in, stype_out;         /* dbn_name(DBN_STYPE, ...); in may be DBN_STYPE_MIXED */
    bool ts_out;                         /* every record ends with its send time */
    uint16_t symbol_bytes;               /* room for one symbol, its NUL included */
    size_t symbol_count, partial_count, not_found_count, mapping_count;
    const char **symbols;   /* asked for and found */
    const char **partial;   /* did not resolve on some day */
    const char **not_found; /* did not resolve on any day */
    struct dbn_mapping *mappings;
};

/* Version 3 metadata with nothing in it but "none" values. */
void dbn_metadata_init(struct dbn_metadata *metadata);

/*
 * Decode the metadata at the start of bytes, version and length words included; *used_bytes is
 * where the records begin. Everything in *out lives in arena. Errors: ERR_CORRUPT, ERR_UNSUPPORTED
 * (a version above 3); the offset is in the text.
 */
NODISCARD enum err dbn_metadata_decode(struct dbn_metadata *out, struct arena *arena,
                                       const uint8_t *bytes, size_t len, size_t *used_bytes);

/*
 * Decode legacy metadata: the content of the skippable zstd frame that a DBZ file starts with. The
 * variable part of it is a zstd frame of its own.
 */
NODISCARD enum err dbn_metadata_decode_dbz(struct dbn_metadata *out, struct arena *arena,
                                           const uint8_t *content, size_t len);

/*
 * Append the encoded metadata in its version, 1 to 3. Decoded metadata encodes to the same bytes.
 * Errors: ERR_UNSUPPORTED for another version, ERR_RANGE for a symbol that is too long; *out is
 * then as before.
 */
NODISCARD enum err dbn_metadata_encode(const struct dbn_metadata *metadata, struct buf *out);

/* ---- reading ---- */

struct dbn_reader;

/* Only a fragment needs telling; of a whole file the metadata says it all, and these are ignored.
 */
struct dbn_reader_options {
    int version; /* of a fragment, 1 to 3; 0 infers it from the size of the records */
    bool ts_out; /* every record of the fragment ends with its send time */
};

/*
 * Open a file, or bytes in memory (which must outlive the reader; name is for messages). options
 * may be NULL. Metadata is read here. Every error names the file and the byte. Errors: ERR_IO,
 * ERR_NOT_FOUND, ERR_CORRUPT, ERR_UNSUPPORTED, ERR_PARSE (not DBN at all).
 */
NODISCARD enum err dbn_reader_open(struct dbn_reader **out, const char *path,
                                   const struct dbn_reader_options *options);
NODISCARD enum err dbn_reader_open_memory(struct dbn_reader **out, const char *name,
                                          const void *bytes, size_t len,
                                          const struct dbn_reader_options *options);

/* NULL for a fragment. Lives as long as the reader. */
const struct dbn_metadata *dbn_reader_metadata(const struct dbn_reader *reader);

/* 0 for DBZ, and for a fragment as long as its records fit several versions. */
int dbn_reader_version(const struct dbn_reader *reader);

/*
 * The next record of a known type; *rec is NULL at the end. Types that this program does not know
 * are skipped and counted. After an error, no more can be read.
 * Errors: ERR_IO; ERR_CORRUPT for damage, a cut-off file, or a size that fits no version.
 */
NODISCARD enum err dbn_reader_next(struct dbn_reader *reader, const struct dbn_record **rec);

/* Records given so far, and records of unknown type skipped. */
uint64_t dbn_reader_records(const struct dbn_reader *reader);
uint64_t dbn_reader_unknown(const struct dbn_reader *reader);

/* How far the reading is, for a progress bar: bytes of the file taken, and its size (0 unknown). */
uint64_t dbn_reader_file_bytes(const struct dbn_reader *reader, uint64_t *total);

/* NULL is fine. */
void dbn_reader_close(struct dbn_reader *reader);

/* ---- writing ---- */

struct dbn_writer;

/*
 * Start a version 3 file with this metadata (its version is taken as 3, its symbol_bytes as 71).
 * The file appears under its name only when dbn_writer_close() succeeds. zstd packs it into one
 * frame with a content checksum. The memory form appends to *memory instead. Errors: ERR_IO;
 * ERR_RANGE for a symbol that is too long.
 */
NODISCARD enum err dbn_writer_open(struct dbn_writer **out, const char *path,
                                   const struct dbn_metadata *metadata, bool zstd);
NODISCARD enum err dbn_writer_open_memory(struct dbn_writer **out, struct buf *memory,
                                          const struct dbn_metadata *metadata, bool zstd);

/*
 * Append one record: a union dbn_any or one of its structs, in the layout of version 3, told by
 * hd.rtype, which must be known. hd.length is set here, reserved bytes are written as zero, and
 * ts_out follows when the metadata says so.
 */
NODISCARD enum err dbn_writer_append(struct dbn_writer *writer, const void *record,
                                     uint64_t ts_out);

/* Finish and free, also after an error; on an error no file is left. */
NODISCARD enum err dbn_writer_close(struct dbn_writer *writer);

/* Free and leave no file. NULL is fine. */
void dbn_writer_discard(struct dbn_writer *writer);

#endif
