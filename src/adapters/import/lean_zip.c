#include "adapters/import/lean_zip.h"

#include <errno.h>
#include <string.h>

#include <zip.h>

#include "base/mem.h"

struct lean_zip {
    zip_t *zip;
    char *file; /* for messages; owned */
    uint64_t count;
    uint64_t bytes_total; /* unpacked so far */
    struct buf text;
};

static enum err refuse_open(const char *file, zip_error_t *error)
{
    int code = zip_error_code_zip(error);
    int sys = zip_error_code_system(error);
    const char *why = zip_error_strerror(error);
    if (code == ZIP_ER_NOENT)
        return err_set(ERR_NOT_FOUND, "%s: no such file", file);
    if (code == ZIP_ER_OPEN || code == ZIP_ER_READ || code == ZIP_ER_SEEK)
        return err_set(ERR_IO, "%s: %s", file, sys ? strerror(sys) : why);
    return err_set(ERR_CORRUPT, "%s: not a zip file, or cut short (%s): fetch it again", file, why);
}

static enum err open_source(struct lean_zip **out, zip_source_t *source, const char *file)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_t *zip = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (!zip) {
        enum err err = refuse_open(file, &error);
        zip_error_fini(&error);
        zip_source_free(source);
        return err;
    }
    zip_error_fini(&error);
    zip_int64_t count = zip_get_num_entries(zip, 0);
    if (count == 0) { /* a file of no bytes is one too */
        zip_discard(zip);
        return err_set(ERR_CORRUPT, "%s: is an empty zip: fetch it again", file);
    }
    if (count < 0 || (uint64_t)count > LEAN_ZIP_ENTRIES_MAX) {
        zip_discard(zip);
        return err_set(ERR_FULL, "%s: holds %lld entries; the limit is %llu", file,
                       (long long)count, (unsigned long long)LEAN_ZIP_ENTRIES_MAX);
    }
    struct lean_zip *made = mem_alloc(sizeof *made);
    size_t len = strlen(file);
    made->zip = zip;
    made->file = mem_alloc(len + 1);
    memcpy(made->file, file, len);
    made->count = (uint64_t)count;
    *out = made;
    return ERR_OK;
}

enum err lean_zip_open(struct lean_zip **out, const char *path)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_file_create(path, 0, -1, &error);
    if (!source) {
        enum err err = refuse_open(path, &error);
        zip_error_fini(&error);
        return err;
    }
    zip_error_fini(&error);
    return open_source(out, source, path);
}

enum err lean_zip_open_bytes(struct lean_zip **out, const void *bytes, size_t len, const char *name)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes, len, 0, &error);
    if (!source) {
        enum err err = refuse_open(name, &error);
        zip_error_fini(&error);
        return err;
    }
    zip_error_fini(&error);
    return open_source(out, source, name);
}

uint64_t lean_zip_count(const struct lean_zip *zip)
{
    return zip->count;
}

uint64_t lean_zip_bytes(const struct lean_zip *zip)
{
    uint64_t bytes = 0;
    zip_stat_t stat;
    for (uint64_t i = 0; i < zip->count; i++)
        if (zip_stat_index(zip->zip, i, 0, &stat) == 0 && (stat.valid & ZIP_STAT_SIZE) &&
            stat.size <= LEAN_ZIP_ENTRY_BYTES_MAX)
            bytes += stat.size;
    return bytes;
}

/* Sizes in the directory can lie, so what comes out is counted too. */
static enum err unpack(struct lean_zip *zip, zip_file_t *entry, const char *name)
{
    buf_clear(&zip->text);
    char block[64 * 1024];
    for (;;) {
        zip_int64_t got = zip_fread(entry, block, sizeof block);
        if (got < 0)
            return err_set(ERR_CORRUPT, "%s: %s: damaged or cut short (%s): fetch it again",
                           zip->file, name, zip_file_strerror(entry));
        if (got == 0)
            return ERR_OK;
        if (zip->text.len + (uint64_t)got > LEAN_ZIP_ENTRY_BYTES_MAX)
            return err_set(ERR_FULL,
                           "%s: %s: unpacks to more than %llu bytes, the limit of an entry",
                           zip->file, name, (unsigned long long)LEAN_ZIP_ENTRY_BYTES_MAX);
        zip->bytes_total += (uint64_t)got;
        if (zip->bytes_total > LEAN_ZIP_BYTES_MAX)
            return err_set(ERR_FULL, "%s: unpacks to more than %llu bytes, the limit of a file",
                           zip->file, (unsigned long long)LEAN_ZIP_BYTES_MAX);
        buf_append(&zip->text, block, (size_t)got);
    }
}

enum err lean_zip_read(struct lean_zip *zip, uint64_t index, struct lean_entry *out)
{
    MUST(index < zip->count);
    zip_stat_t stat;
    if (zip_stat_index(zip->zip, index, ZIP_FL_ENC_RAW, &stat) != 0 ||
        !(stat.valid & ZIP_STAT_NAME))
        return err_set(ERR_CORRUPT, "%s: entry %llu of the zip has no name", zip->file,
                       (unsigned long long)index + 1);
    /* The name comes from outside and goes into messages. */
    if (strlen(stat.name) > 255 || !str_is_utf8(str_from(stat.name)))
        return err_set(ERR_CORRUPT, "%s: the name of entry %llu is not text of up to 255 bytes",
                       zip->file, (unsigned long long)index + 1);
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) && stat.encryption_method != ZIP_EM_NONE)
        return err_set(ERR_UNSUPPORTED, "%s: %s: is encrypted: unpack it first", zip->file,
                       stat.name);
    if ((stat.valid & ZIP_STAT_SIZE) && stat.size > LEAN_ZIP_ENTRY_BYTES_MAX)
        return err_set(ERR_FULL, "%s: %s: unpacks to %llu bytes; the limit of an entry is %llu",
                       zip->file, stat.name, (unsigned long long)stat.size,
                       (unsigned long long)LEAN_ZIP_ENTRY_BYTES_MAX);

    zip_file_t *entry = zip_fopen_index(zip->zip, index, 0);
    if (!entry) {
        int code = zip_error_code_zip(zip_get_error(zip->zip));
        bool unknown =
            code == ZIP_ER_COMPNOTSUPP || code == ZIP_ER_ENCRNOTSUPP || code == ZIP_ER_NOPASSWD;
        return err_set(unknown ? ERR_UNSUPPORTED : ERR_CORRUPT, "%s: %s: cannot be unpacked (%s)",
                       zip->file, stat.name, zip_strerror(zip->zip));
    }
    enum err err = unpack(zip, entry, stat.name);
    zip_fclose(entry);
    if (err)
        return err;
    *out = (struct lean_entry){ zip->file, str_from(stat.name), buf_str(&zip->text) };
    if (out->text.len && memchr(out->text.ptr, '\0', out->text.len))
        return err_set(ERR_CORRUPT, "%s: %s: is not text", zip->file, stat.name);
    return ERR_OK;
}

enum err lean_zip_read_only(struct lean_zip *zip, struct lean_entry *out)
{
    if (zip->count != 1)
        return err_set(ERR_CORRUPT, "%s: holds %llu entries instead of one", zip->file,
                       (unsigned long long)zip->count);
    return lean_zip_read(zip, 0, out);
}

void lean_zip_close(struct lean_zip *zip)
{
    if (!zip)
        return;
    zip_discard(zip->zip);
    buf_free(&zip->text);
    mem_free(zip->file);
    mem_free(zip);
}
