#include "adapters/store/column_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/store/xxh64.h"
#include "base/mem.h"

/* The high bit, the line ends and the control-Z show a transfer that took the file for text. */
static const char magic[8] = { '\x89', 'I', 'F', 'C', '\r', '\n', '\x1a', '\n' };
static const uint32_t endian_mark = 0x01020304;

struct file_header {
    char magic[8];
    uint32_t endian;
    uint32_t version;
    uint64_t file_bytes;
    uint32_t column_count;
    uint32_t header_bytes; /* this and the column table */
    char kind[16];
    char symbol[16];
    char source[24];
    int32_t day;
    uint32_t reserved32;
    uint64_t reserved64[3];
    uint64_t checksum; /* xxh64 of header_bytes bytes with this field zero */
};

_Static_assert(sizeof(struct file_header) == COLUMN_HEADER_BYTES, "no padding in the header");
_Static_assert(sizeof(struct column_entry) == COLUMN_ENTRY_BYTES, "no padding in the table");
_Static_assert(COLUMN_HEADER_BYTES % COLUMN_ALIGN == 0 && COLUMN_ENTRY_BYTES % COLUMN_ALIGN == 0,
               "the first column follows the table without a gap");

/* In front of a column's blocks: this, block_count times struct column_block, the blocks. */
struct blocks_header {
    uint32_t block_count;
    uint32_t reserved;
    uint64_t checksum; /* xxh64 of the column_blocks, seed block_count */
};
_Static_assert(sizeof(struct blocks_header) == 16, "no padding in the header of blocks");
_Static_assert(sizeof(struct column_block) == 16, "no padding in the directory of blocks");

enum { TABLE_BYTES_MAX = COLUMN_HEADER_BYTES + COLUMN_COUNT_MAX * COLUMN_ENTRY_BYTES };

size_t column_type_bytes(enum column_type type)
{
    static const uint8_t bytes[COLUMN_TYPE_END] = {
        [COLUMN_I64] = 8, [COLUMN_I32] = 4, [COLUMN_U32] = 4,
        [COLUMN_U8] = 1,  [COLUMN_F32] = 4, [COLUMN_TEXT8] = 8,
    };
    MUST(type >= COLUMN_I64);
    MUST(type < COLUMN_TYPE_END);
    return bytes[type];
}

static uint64_t align_up(uint64_t offset)
{
    return (offset + COLUMN_ALIGN - 1) / COLUMN_ALIGN * COLUMN_ALIGN;
}

static uint64_t header_checksum(uint8_t *table, size_t bytes)
{
    memset(table + offsetof(struct file_header, checksum), 0, sizeof(uint64_t));
    return xxh64(table, bytes, 0);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Printable ASCII, NUL at the end, nothing behind the NUL. */
static bool text_is_clean(const char *text, size_t bytes)
{
    size_t len = strnlen(text, bytes);
    if (len == bytes)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] < ' ' || text[i] > '~')
            return false;
    for (size_t i = len; i < bytes; i++)
        if (text[i])
            return false;
    return true;
}

static enum err check_header(const struct file_header *h, uint64_t size, const char *name)
{
    if (memcmp(h->magic, magic, sizeof magic) != 0)
        return err_set(ERR_CORRUPT, "%s: is not an Ironfly column file", name);
    if (h->endian != endian_mark)
        return err_set(ERR_UNSUPPORTED, "%s: was written on a machine of the other byte order",
                       name);
    if (h->version != COLUMN_FILE_VERSION)
        return err_set(ERR_UNSUPPORTED,
                       "%s: has format version %u, this program reads %d; import it again or use "
                       "the program that wrote it",
                       name, h->version, COLUMN_FILE_VERSION);
    if (h->file_bytes != size)
        return err_set(ERR_CORRUPT, "%s: has %llu bytes where its header says %llu", name,
                       (unsigned long long)size, (unsigned long long)h->file_bytes);
    if (h->column_count > COLUMN_COUNT_MAX)
        return err_set(ERR_CORRUPT, "%s: header claims %u columns, at most %d are possible", name,
                       h->column_count, COLUMN_COUNT_MAX);
    if (h->header_bytes != COLUMN_HEADER_BYTES + h->column_count * COLUMN_ENTRY_BYTES ||
        h->header_bytes > size)
        return err_set(ERR_CORRUPT, "%s: header length %u does not fit %u columns", name,
                       h->header_bytes, h->column_count);
    return ERR_OK;
}

static enum err check_entry(const struct column_entry *e, uint64_t offset, uint64_t size,
                            const char *name)
{
    if (!text_is_clean(e->name, sizeof e->name) || !e->name[0])
        return err_set(ERR_CORRUPT, "%s: a column has no readable name", name);
    if (e->encoding != COLUMN_RAW && e->encoding != COLUMN_BLOCKS)
        return err_set(ERR_UNSUPPORTED, "%s: column %s has encoding %u, which this program lacks",
                       name, e->name, e->encoding);
    if (e->type < COLUMN_I64 || e->type >= COLUMN_TYPE_END)
        return err_set(ERR_CORRUPT, "%s: column %s has unknown type %u", name, e->name, e->type);
    if (e->reserved16 || e->reserved32)
        return err_set(ERR_CORRUPT, "%s: column %s has reserved bits set", name, e->name);
    if (e->offset != offset || offset > size || e->bytes > size - offset)
        return err_set(ERR_CORRUPT, "%s: column %s lies outside its place", name, e->name);
    if (e->encoding == COLUMN_RAW &&
        (e->count > e->bytes || e->count * column_type_bytes(e->type) != e->bytes))
        return err_set(ERR_CORRUPT, "%s: column %s has %llu bytes for %llu values", name, e->name,
                       (unsigned long long)e->bytes, (unsigned long long)e->count);
    return ERR_OK;
}

/* Columns lie one after the other in the order of the table: so nothing overlaps, nothing hides. */
static enum err check_table(const struct column_file *file, uint64_t offset)
{
    for (uint32_t i = 0; i < file->column_count; i++) {
        const struct column_entry *e = &file->columns[i];
        offset = align_up(offset);
        enum err err = check_entry(e, offset, file->size, file->name);
        if (err)
            return err;
        offset += e->bytes;
        if (column_file_find(file, e->name) != e)
            return err_set(ERR_CORRUPT, "%s: column %s is there twice", file->name, e->name);
    }
    if (offset != file->size)
        return err_set(ERR_CORRUPT, "%s: %llu bytes follow the last column", file->name,
                       (unsigned long long)(file->size - offset));
    return ERR_OK;
}

/* table holds the first table_bytes of a file of size bytes; it is written to. */
static enum err parse_table(struct column_file *out, uint8_t *table, size_t table_bytes,
                            uint64_t size, const char *name)
{
    struct file_header h;
    if (table_bytes < sizeof h)
        return err_set(ERR_CORRUPT, "%s: is cut short at %llu bytes; import it again", name,
                       (unsigned long long)size);
    memcpy(&h, table, sizeof h);
    enum err err = check_header(&h, size, name);
    if (err)
        return err;
    if (header_checksum(table, h.header_bytes) != h.checksum)
        return err_set(ERR_CORRUPT, "%s: checksum of the header is wrong", name);
    if (!text_is_clean(h.kind, sizeof h.kind) || !text_is_clean(h.symbol, sizeof h.symbol) ||
        !text_is_clean(h.source, sizeof h.source))
        return err_set(ERR_CORRUPT, "%s: kind, symbol or source is not readable text", name);
    if (h.reserved32 || h.reserved64[0] || h.reserved64[1] || h.reserved64[2])
        return err_set(ERR_CORRUPT, "%s: reserved fields of the header are set", name);

    *out = (struct column_file){ .column_count = h.column_count, .size = size };
    out->about.day = h.day;
    memcpy(out->about.kind, h.kind, sizeof h.kind);
    memcpy(out->about.symbol, h.symbol, sizeof h.symbol);
    memcpy(out->about.source, h.source, sizeof h.source);
    memcpy(out->columns, table + sizeof h, h.column_count * sizeof out->columns[0]);
    snprintf(out->name, sizeof out->name, "%s", name);
    return check_table(out, h.header_bytes);
}

enum err column_file_parse(struct column_file *out, const void *bytes, size_t size,
                           const char *name)
{
    MUST((uintptr_t)bytes % 8 == 0);
    uint8_t table[TABLE_BYTES_MAX];
    size_t table_bytes = size < sizeof table ? size : sizeof table;
    if (table_bytes)
        memcpy(table, bytes, table_bytes);
    struct column_file file;
    enum err err = parse_table(&file, table, table_bytes, size, name);
    if (err)
        return err;
    file.bytes = bytes;
    *out = file;
    return ERR_OK;
}

static enum err open_for_reading(int *fd, uint64_t *size, int folder, const char *path)
{
    *fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0)
        return err_set(errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO,
                       "%s: cannot open: %s", path, strerror(errno));
    struct stat st;
    if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode)) {
        *size = (uint64_t)st.st_size;
        return ERR_OK;
    }
    close(*fd);
    return err_set(ERR_CORRUPT, "%s: is not a plain file", path);
}

enum err column_file_open(struct column_file *out, int folder, const char *path)
{
    int fd;
    uint64_t size;
    enum err err = open_for_reading(&fd, &size, folder, path);
    if (err)
        return err;
    if (size < COLUMN_HEADER_BYTES) { /* nothing can be mapped of an empty file */
        close(fd);
        return err_set(ERR_CORRUPT, "%s: is cut short at %llu bytes; import it again", path,
                       (unsigned long long)size);
    }
    void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    int why = errno;
    close(fd);
    if (map == MAP_FAILED)
        return err_set(ERR_IO, "%s: cannot map %llu bytes: %s", path, (unsigned long long)size,
                       strerror(why));
    err = column_file_parse(out, map, size, path);
    if (err)
        munmap(map, size);
    else
        out->is_mapped = true;
    return err;
}

enum err column_file_peek(struct column_file *out, int folder, const char *path)
{
    int fd;
    uint64_t size;
    enum err err = open_for_reading(&fd, &size, folder, path);
    if (err)
        return err;
    uint8_t table[TABLE_BYTES_MAX];
    ssize_t got = pread(fd, table, sizeof table, 0);
    if (got < 0)
        err = err_set(ERR_IO, "%s: cannot read: %s", path, strerror(errno));
    close(fd);
    return err ? err : parse_table(out, table, (size_t)got, size, path);
}

enum err column_file_verify_column(const struct column_file *file, uint32_t i)
{
    MUST(i < file->column_count);
    MUST(file->bytes != NULL);
    const struct column_entry *e = &file->columns[i];
    if (xxh64(file->bytes + e->offset, e->bytes, 0) != e->checksum)
        return err_set(ERR_CORRUPT, "%s: column %s: checksum is wrong; import it again", file->name,
                       e->name);
    uint64_t end = e->offset + e->bytes;
    uint64_t next = i + 1 < file->column_count ? file->columns[i + 1].offset : file->size;
    for (; end < next; end++)
        if (file->bytes[end])
            return err_set(ERR_CORRUPT, "%s: column %s: the gap behind it is not zero", file->name,
                           e->name);
    return ERR_OK;
}

enum err column_file_verify(const struct column_file *file)
{
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < file->column_count && !err; i++)
        err = column_file_verify_column(file, i);
    return err;
}

const struct column_entry *column_file_find(const struct column_file *file, const char *name)
{
    for (uint32_t i = 0; i < file->column_count; i++)
        if (strncmp(file->columns[i].name, name, COLUMN_NAME_BYTES) == 0)
            return &file->columns[i];
    return NULL;
}

enum err column_file_get_optional(const struct column_file *file, const char *name,
                                  enum column_type type, uint64_t count, const void **data)
{
    MUST(file->bytes != NULL);
    const struct column_entry *e = column_file_find(file, name);
    *data = NULL;
    if (!e)
        return ERR_OK;
    if (e->type != type)
        return err_set(ERR_CORRUPT, "%s: column %s has type %u, not %u", file->name, name, e->type,
                       type);
    if (e->count != count)
        return err_set(ERR_CORRUPT, "%s: column %s has %llu values where others have %llu",
                       file->name, name, (unsigned long long)e->count, (unsigned long long)count);
    if (e->encoding != COLUMN_RAW)
        return err_set(ERR_CORRUPT, "%s: column %s is compressed, which it may not be", file->name,
                       name);
    *data = file->bytes + e->offset;
    return ERR_OK;
}

enum err column_file_get(const struct column_file *file, const char *name, enum column_type type,
                         uint64_t count, const void **data)
{
    if (!column_file_find(file, name))
        return err_set(ERR_CORRUPT, "%s: column %s is missing", file->name, name);
    return column_file_get_optional(file, name, type, count, data);
}

enum err column_blocks_get(struct column_blocks *out, const struct column_file *file,
                           const struct column_entry *e)
{
    MUST(file->bytes != NULL);
    struct blocks_header h;
    const uint8_t *bytes = file->bytes + e->offset;
    if (e->encoding != COLUMN_BLOCKS)
        return err_set(ERR_CORRUPT, "%s: column %s is not compressed like the others", file->name,
                       e->name);
    if (e->bytes < sizeof h)
        return err_set(ERR_CORRUPT, "%s: column %s: its directory is cut short", file->name,
                       e->name);
    memcpy(&h, bytes, sizeof h);
    uint64_t rest = e->bytes - sizeof h, values = 0;
    uint64_t directory_bytes = h.block_count * (uint64_t)sizeof(struct column_block);
    if (h.reserved || directory_bytes > rest ||
        xxh64(bytes + sizeof h, directory_bytes, h.block_count) != h.checksum)
        return err_set(ERR_CORRUPT, "%s: column %s: checksum of its directory is wrong", file->name,
                       e->name);
    const struct column_block *block = (const struct column_block *)(bytes + sizeof h);
    rest -= directory_bytes;
    for (uint32_t i = 0; i < h.block_count; i++) {
        if (block[i].values == 0 || block[i].bytes > rest)
            return err_set(ERR_CORRUPT, "%s: column %s: block %u is not a possible one", file->name,
                           e->name, i);
        values += block[i].values;
        rest -= block[i].bytes;
    }
    if (rest || values != e->count)
        return err_set(ERR_CORRUPT, "%s: column %s: its blocks do not add up", file->name, e->name);
    *out = (struct column_blocks){ .entry = e,
                                   .count = h.block_count,
                                   .block = block,
                                   .payload = bytes + sizeof h + directory_bytes };
    return ERR_OK;
}

void column_file_close(struct column_file *file)
{
    if (file->is_mapped)
        munmap((void *)file->bytes, file->size);
    file->is_mapped = false;
    file->bytes = NULL;
}

/* ---- writing --------------------------------------------------------------------------------- */

static enum err write_at(const struct column_writer *writer, const void *bytes, uint64_t len,
                         uint64_t offset)
{
    const uint8_t *p = bytes;
    while (len > 0) {
        ssize_t done = pwrite(writer->fd, p, len, (off_t)offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return err_set(ERR_IO, "%s: cannot write: %s", writer->name,
                           done < 0 ? strerror(errno) : "the disk takes no more");
        p += done;
        len -= (uint64_t)done;
        offset += (uint64_t)done;
    }
    return ERR_OK;
}

enum err column_writer_open(struct column_writer *out, int folder, const char *path,
                            const struct column_about *about, uint32_t column_count)
{
    MUST(column_count <= COLUMN_COUNT_MAX);
    *out = (struct column_writer){
        .about = *about,
        .column_max = column_count,
        .end = COLUMN_HEADER_BYTES + column_count * COLUMN_ENTRY_BYTES,
    };
    snprintf(out->name, sizeof out->name, "%s", path);
    out->fd = openat(folder, path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (out->fd < 0)
        return err_set(ERR_IO, "%s: cannot create: %s", path, strerror(errno));
    return ERR_OK;
}

/* The table's row of a new column. */
static struct column_entry *new_entry(struct column_writer *writer, const char *name,
                                      enum column_type type)
{
    size_t name_len = strlen(name);
    MUST(writer->column_count < writer->column_max);
    MUST(name_len > 0);
    MUST(name_len < COLUMN_NAME_BYTES);
    /* The gap in front is left as a hole, which reads as zeros. */
    struct column_entry *e = &writer->columns[writer->column_count++];
    *e = (struct column_entry){ .type = (uint8_t)type, .offset = align_up(writer->end) };
    memcpy(e->name, name, name_len);
    return e;
}

static void end_entry(struct column_writer *writer, const struct column_entry *e)
{
    writer->end = e->offset + e->bytes;
    /* Let the disk begin while the next column is made; whether it worked, the sync at the end
     * says. */
    if (e->bytes >= 1024 * 1024)
        (void)sync_file_range(writer->fd, (off_t)e->offset, (off_t)e->bytes, SYNC_FILE_RANGE_WRITE);
}

enum err column_writer_add(struct column_writer *writer, const char *name, enum column_type type,
                           const void *data, uint64_t count)
{
    MUST(count <= UINT64_MAX / 16);
    struct column_entry *e = new_entry(writer, name, type);
    e->encoding = COLUMN_RAW;
    e->bytes = count * column_type_bytes(type);
    e->count = count;
    e->checksum = xxh64(data, e->bytes, 0);
    enum err err = write_at(writer, data, e->bytes, e->offset);
    if (!err)
        end_entry(writer, e);
    return err;
}

enum err column_writer_add_blocks(struct column_writer *writer, const char *name,
                                  enum column_type type, const struct column_block *block,
                                  uint32_t block_count, const void *payload)
{
    uint64_t directory_bytes = block_count * (uint64_t)sizeof *block, payload_bytes = 0;
    struct column_entry *e = new_entry(writer, name, type);
    struct blocks_header h = { .block_count = block_count,
                               .checksum = xxh64(block, directory_bytes, block_count) };
    for (uint32_t i = 0; i < block_count; i++) {
        MUST(block[i].values > 0);
        payload_bytes += block[i].bytes;
        e->count += block[i].values;
    }
    e->encoding = COLUMN_BLOCKS;
    e->bytes = sizeof h + directory_bytes + payload_bytes;
    /* In one piece, as the checksum of the column wants it. */
    uint8_t *bytes = mem_alloc(e->bytes);
    memcpy(bytes, &h, sizeof h);
    memcpy(bytes + sizeof h, block, directory_bytes);
    memcpy(bytes + sizeof h + directory_bytes, payload, payload_bytes);
    e->checksum = xxh64(bytes, e->bytes, 0);
    enum err err = write_at(writer, bytes, e->bytes, e->offset);
    mem_free(bytes);
    if (!err)
        end_entry(writer, e);
    return err;
}

static enum err write_header(struct column_writer *writer)
{
    struct file_header h = {
        .endian = endian_mark,
        .version = COLUMN_FILE_VERSION,
        .file_bytes = writer->end,
        .column_count = writer->column_count,
        .header_bytes = COLUMN_HEADER_BYTES + writer->column_count * COLUMN_ENTRY_BYTES,
        .day = writer->about.day,
    };
    memcpy(h.magic, magic, sizeof magic);
    memcpy(h.kind, writer->about.kind, sizeof h.kind);
    memcpy(h.symbol, writer->about.symbol, sizeof h.symbol);
    memcpy(h.source, writer->about.source, sizeof h.source);

    uint8_t table[TABLE_BYTES_MAX];
    memcpy(table, &h, sizeof h);
    memcpy(table + sizeof h, writer->columns, writer->column_count * sizeof writer->columns[0]);
    h.checksum = header_checksum(table, h.header_bytes);
    memcpy(table, &h, sizeof h);
    return write_at(writer, table, h.header_bytes, 0);
}

enum err column_writer_finish(struct column_writer *writer, int *fd)
{
    MUST(writer->column_count == writer->column_max);
    enum err err = write_header(writer);
    /* A file that ends in an empty column may be shorter than its last offset. */
    if (!err && ftruncate(writer->fd, (off_t)writer->end) != 0)
        err = err_set(ERR_IO, "%s: cannot write: %s", writer->name, strerror(errno));
    if (err)
        return err;
    *fd = writer->fd;
    writer->fd = -1;
    return ERR_OK;
}

enum err column_file_sync(int fd, const char *name)
{
    int failed = fsync(fd) != 0;
    int why = errno;
    if (close(fd) != 0 && !failed) {
        failed = 1;
        why = errno;
    }
    return failed ? err_set(ERR_IO, "%s: cannot write: %s", name, strerror(why)) : ERR_OK;
}

void column_writer_drop(struct column_writer *writer)
{
    if (writer->fd >= 0)
        close(writer->fd);
    writer->fd = -1;
}
