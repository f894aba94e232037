#include "adapters/import/text_source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <zip.h>
#include <zstd.h>

#include "base/mem.h"

enum { PACKED_BYTES = 1 << 17, NAME_BYTES = 1024 };

struct text_source {
    char path[NAME_BYTES];
    char name[2 * NAME_BYTES];
    uint64_t taken;

    FILE *file; /* plain and zstd */
    bool started;
    ZSTD_DStream *zstd;
    char *packed; /* PACKED_BYTES read from file */
    ZSTD_inBuffer in;
    size_t zstd_open; /* what the last step said: 0 between frames */
    bool file_ended;

    zip_t *zip;
    zip_int64_t member, member_count;
    zip_file_t *open_member;
    uint64_t member_packed, member_left; /* packed bytes of the open one; not yet counted */
    uint64_t member_unpacked;
    bool any_table;
};

static enum err broken(const struct text_source *text, const char *what)
{
    return err_set(ERR_CORRUPT, "%s: %s: the file is damaged or cut off; get it again", text->path,
                   what);
}

bool text_has_suffix(const char *path, const char *suffixes)
{
    struct str rest = str_from(suffixes), suffix, whole = str_from(path);
    while (str_cut(&rest, ' ', &suffix))
        if (suffix.len && suffix.len <= whole.len &&
            str_equal_nocase(str_slice(whole, whole.len - suffix.len, suffix.len), suffix))
            return true;
    return false;
}

static enum err open_zip(struct text_source *text)
{
    int code = 0;
    text->zip = zip_open(text->path, ZIP_RDONLY, &code);
    if (!text->zip) {
        zip_error_t error;
        zip_error_init_with_code(&error, code);
        enum err err = broken(text, zip_error_strerror(&error));
        zip_error_fini(&error);
        return err;
    }
    text->member = -1;
    text->member_count = zip_get_num_entries(text->zip, 0);
    return ERR_OK;
}

enum err text_open(struct text_source **out, const char *path)
{
    *out = NULL;
    if (strlen(path) >= NAME_BYTES)
        return err_set(ERR_UNSUPPORTED, "%.60s...: the path is longer than %d bytes", path,
                       NAME_BYTES - 1);
    FILE *file = fopen(path, "rb");
    if (!file)
        return err_set(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
    struct text_source *text = mem_alloc(sizeof *text);
    snprintf(text->path, sizeof text->path, "%s", path);
    text->file = file;
    text->packed = mem_alloc(PACKED_BYTES);
    *out = text;

    text->in.src = text->packed;
    text->in.size = fread(text->packed, 1, PACKED_BYTES, file);
    if (ferror(file))
        return err_set(ERR_IO, "%s: %s", path, strerror(errno));
    struct str head = { text->packed, text->in.size };
    if (str_starts_with(head, STR("PK\x03\x04")) || str_starts_with(head, STR("PK\x05\x06")))
        return open_zip(text);
    if (str_starts_with(head, STR("\x28\xb5\x2f\xfd")))
        text->zstd = ZSTD_createDStream();
    else if (str_starts_with(head, STR("\x1f\x8b")))
        return err_set(ERR_UNSUPPORTED, "%s: is packed with gzip: unpack it with gunzip first",
                       path);
    else if (str_starts_with(head, STR("\xfd"
                                       "7zXZ")) ||
             str_starts_with(head, STR("BZh")) || str_starts_with(head, STR("7z\xbc\xaf")) ||
             str_starts_with(head, STR("Rar!")))
        return err_set(ERR_UNSUPPORTED,
                       "%s: is packed in a way that is not read here: unpack it first", path);
    text->taken = text->in.size;
    return ERR_OK;
}

void text_close(struct text_source *text)
{
    if (!text)
        return;
    if (text->open_member)
        zip_fclose(text->open_member);
    if (text->zip)
        zip_discard(text->zip);
    ZSTD_freeDStream(text->zstd);
    if (text->file)
        fclose(text->file);
    mem_free(text->packed);
    mem_free(text);
}

static enum err next_member(struct text_source *text, const char **name, bool *more)
{
    if (text->open_member)
        zip_fclose(text->open_member);
    text->open_member = NULL;
    text->taken += text->member_left;
    text->member_left = 0;
    while (++text->member < text->member_count) {
        zip_stat_t stat;
        if (zip_stat_index(text->zip, (zip_uint64_t)text->member, 0, &stat))
            return broken(text, zip_strerror(text->zip));
        if (!text_has_suffix(stat.name, ".csv .txt .tsv"))
            continue;
        text->open_member = zip_fopen_index(text->zip, (zip_uint64_t)text->member, 0);
        if (!text->open_member && zip_error_code_zip(zip_get_error(text->zip)) == ZIP_ER_NOPASSWD)
            return err_set(ERR_UNSUPPORTED, "%s: %s has a password: unpack it first", text->path,
                           stat.name);
        if (!text->open_member)
            return broken(text, zip_strerror(text->zip));
        text->member_packed = text->member_left = stat.comp_size;
        text->member_unpacked = stat.size ? stat.size : 1;
        snprintf(text->name, sizeof text->name, "%s/%s", text->path, stat.name);
        *name = text->name;
        text->any_table = *more = true;
        return ERR_OK;
    }
    if (!text->any_table)
        return err_set(ERR_CORRUPT, "%s: no .csv, .txt or .tsv in the zip", text->path);
    return ERR_OK;
}

enum err text_next(struct text_source *text, const char **name, bool *more)
{
    *more = false;
    if (text->zip)
        return next_member(text, name, more);
    *name = text->path;
    *more = !text->started;
    text->started = true;
    return ERR_OK;
}

static enum err read_file(struct text_source *text)
{
    text->in.pos = 0;
    text->in.size = fread(text->packed, 1, PACKED_BYTES, text->file);
    if (ferror(text->file))
        return err_set(ERR_IO, "%s: %s", text->path, strerror(errno));
    text->file_ended = text->in.size == 0;
    text->taken += text->in.size;
    return ERR_OK;
}

static enum err read_plain(struct text_source *text, char *out, size_t capacity, size_t *got)
{
    if (text->in.pos == text->in.size) {
        enum err err = read_file(text);
        if (err)
            return err;
    }
    size_t have = text->in.size - text->in.pos;
    *got = have < capacity ? have : capacity;
    memcpy(out, text->packed + text->in.pos, *got);
    text->in.pos += *got;
    return ERR_OK;
}

static enum err read_zstd(struct text_source *text, char *out, size_t capacity, size_t *got)
{
    ZSTD_outBuffer to = { out, capacity, 0 };
    while (!to.pos && capacity) {
        if (text->in.pos == text->in.size && !text->file_ended) {
            enum err err = read_file(text);
            if (err)
                return err;
        }
        /* At the end of the file there may still be text inside the decoder. */
        if (text->file_ended && !text->zstd_open)
            break;
        size_t in_before = text->in.pos;
        text->zstd_open = ZSTD_decompressStream(text->zstd, &to, &text->in);
        if (ZSTD_isError(text->zstd_open))
            return broken(text, ZSTD_getErrorName(text->zstd_open));
        if (text->file_ended && text->zstd_open && !to.pos && in_before == text->in.pos)
            return broken(text, "the zstd frame has no end");
    }
    *got = to.pos;
    return ERR_OK;
}

static enum err read_member(struct text_source *text, char *out, size_t capacity, size_t *got)
{
    zip_int64_t count = zip_fread(text->open_member, out, capacity);
    if (count < 0)
        return broken(text, zip_file_strerror(text->open_member));
    *got = (size_t)count;
    /* libzip does not say how much it took, so spread the packed bytes evenly. */
    uint64_t step =
        (uint64_t)((double)text->member_packed * (double)count / (double)text->member_unpacked);
    step = step < text->member_left ? step : text->member_left;
    text->member_left -= step;
    text->taken += step;
    return ERR_OK;
}

enum err text_read(struct text_source *text, char *out, size_t capacity, size_t *got)
{
    *got = 0;
    if (text->zip)
        return text->open_member ? read_member(text, out, capacity, got) : ERR_OK;
    return text->zstd ? read_zstd(text, out, capacity, got) : read_plain(text, out, capacity, got);
}

uint64_t text_bytes_taken(struct text_source *text)
{
    uint64_t taken = text->taken;
    text->taken = 0;
    return taken;
}
