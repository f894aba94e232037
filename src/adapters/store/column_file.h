/*
 * The container of every market data file: a header, a table of columns, the columns.
 *
 * A column is an array of one plain type, 64-byte aligned, with its own checksum; what the columns
 * mean is the business of chain_day.c, day_writer.c and series.c. Byte by byte:
 * docs/store-format.md.
 *
 * Reading maps the file and hands out pointers into it. The header and the layout are always
 * checked in full; the content of a column only by column_file_verify(). Writing streams one column
 * after the other, so that a file needs no more memory than its largest column.
 */
#ifndef ADAPTERS_STORE_COLUMN_FILE_H
#define ADAPTERS_STORE_COLUMN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    COLUMN_FILE_VERSION = 1,
    COLUMN_NAME_BYTES = 24,
    COLUMN_COUNT_MAX = 64,
    COLUMN_ALIGN = 64,
    COLUMN_HEADER_BYTES = 128,
    COLUMN_ENTRY_BYTES = 64,
};

/* Written into files: never renumber. */
enum column_type {
    COLUMN_I64 = 1,
    COLUMN_I32 = 2,
    COLUMN_U32 = 3,
    COLUMN_U8 = 4,
    COLUMN_F32 = 5,
    COLUMN_TEXT8 = 6, /* 8 bytes of ASCII, NUL-padded, the last one NUL */
    COLUMN_TYPE_END
};

/* How the bytes of a column are laid out. Written into files: never renumber. */
enum column_encoding {
    COLUMN_RAW = 0,    /* an array of the type */
    COLUMN_BLOCKS = 1, /* a directory and compressed blocks: column_blocks_get() */
};

size_t column_type_bytes(enum column_type type);

/* What a file is about. All text is NUL-terminated and NUL-padded. */
struct column_about {
    char kind[16];   /* "chain-day", "bars" */
    char symbol[16]; /* "SPX" */
    char source[24]; /* "cboe-spx" */
    int32_t day;     /* yyyymmdd; 0 when it is of no day */
};

/* A row of the column table, as it lies in the file. */
struct column_entry {
    char name[COLUMN_NAME_BYTES];
    uint8_t type;
    uint8_t encoding;
    uint16_t reserved16;
    uint32_t reserved32;
    uint64_t offset; /* from the start of the file, a multiple of COLUMN_ALIGN */
    uint64_t bytes;
    uint64_t count;
    uint64_t checksum; /* xxh64 of the bytes, seed 0 */
};

struct column_file {
    struct column_about about;
    uint32_t column_count;
    const uint8_t *bytes;
    uint64_t size;
    bool is_mapped;
    struct column_entry columns[COLUMN_COUNT_MAX];
    char name[96]; /* for messages */
};

/*
 * Map the file at path (relative to the open folder, or AT_FDCWD).
 * Errors: ERR_NOT_FOUND; ERR_CORRUPT names what does not hold; ERR_UNSUPPORTED for a newer version,
 * an unknown encoding or the other byte order; ERR_IO. *out is then untouched.
 */
NODISCARD enum err column_file_open(struct column_file *out, int folder, const char *path);

/* Read the header alone: as open, but columns cannot be read (bytes is NULL) nor verified. */
NODISCARD enum err column_file_peek(struct column_file *out, int folder, const char *path);

/* The same on bytes in memory (8-byte aligned), which must outlive *out. */
NODISCARD enum err column_file_parse(struct column_file *out, const void *bytes, size_t size,
                                     const char *name);

/* Check column i against its checksum, and that the gap behind it is zero. ERR_CORRUPT names it. */
NODISCARD enum err column_file_verify_column(const struct column_file *file, uint32_t i);
/* All of them; stops at the first that is damaged. */
NODISCARD enum err column_file_verify(const struct column_file *file);

/* The column's row in the table, or NULL. */
const struct column_entry *column_file_find(const struct column_file *file, const char *name);

/*
 * The content of a raw column in *data: count values of the type. ERR_CORRUPT when it is missing,
 * in blocks, of another type or of another length. An optional column that is missing gives NULL.
 */
NODISCARD enum err column_file_get(const struct column_file *file, const char *name,
                                   enum column_type type, uint64_t count, const void **data);
NODISCARD enum err column_file_get_optional(const struct column_file *file, const char *name,
                                            enum column_type type, uint64_t count,
                                            const void **data);

/*
 * The blocks of a column with that encoding: any run of bytes, each with its own checksum, so that
 * damage stays in one of them.
 */
struct column_block {
    uint32_t values; /* > 0 */
    uint32_t bytes;
    uint64_t checksum; /* xxh64 of the bytes, seed 0 */
};
struct column_blocks {
    const struct column_entry *entry;
    uint32_t count;
    const struct column_block *block; /* in the file */
    const uint8_t *payload;           /* block after block */
};

/* Read the directory, which is always checked in full. ERR_CORRUPT when it is damaged or the column
 * is not in blocks. */
NODISCARD enum err column_blocks_get(struct column_blocks *out, const struct column_file *file,
                                     const struct column_entry *entry);

void column_file_close(struct column_file *file);

/* ---- writing --------------------------------------------------------------------------------- */

struct column_writer {
    int fd;
    struct column_about about;
    uint32_t column_max; /* room reserved in the header */
    uint32_t column_count;
    uint64_t end; /* of what is written so far */
    struct column_entry columns[COLUMN_COUNT_MAX];
    char name[96];
};

/* Make the file (an old one is replaced) with room for exactly column_count columns. ERR_IO. */
NODISCARD enum err column_writer_open(struct column_writer *out, int folder, const char *path,
                                      const struct column_about *about, uint32_t column_count);
/* Append a column of count values. Names are unique, 1 to 23 characters. ERR_IO. */
NODISCARD enum err column_writer_add(struct column_writer *writer, const char *name,
                                     enum column_type type, const void *data, uint64_t count);
/* Append a column in blocks: payload is the blocks' bytes one after the other. ERR_IO. */
NODISCARD enum err column_writer_add_blocks(struct column_writer *writer, const char *name,
                                            enum column_type type, const struct column_block *block,
                                            uint32_t block_count, const void *payload);
/*
 * Write the header; every promised column must be there. *fd is then the caller's: the file is safe
 * only after column_file_sync() on it, which can wait while the disk is busy. ERR_IO.
 */
NODISCARD enum err column_writer_finish(struct column_writer *writer, int *fd);
/* Wait until the disk has the file, and close it. name is for the message. ERR_IO. */
NODISCARD enum err column_file_sync(int fd, const char *name);
/* Close without finishing: the file is worthless and the caller removes it. Safe after finish. */
void column_writer_drop(struct column_writer *writer);

#endif
