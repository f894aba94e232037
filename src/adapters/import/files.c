#include "adapters/import/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "adapters/import/text_source.h"

enum { PROBE_BYTES = 4096 };

static const struct import_format formats[] = {
#define FORMAT(id, name, suffixes, text)                                                           \
    { name, suffixes, text, import_##id, import_##id##_recognise },
#include "adapters/import/formats.def"
#undef FORMAT
};

const struct import_format *format_at(size_t index)
{
    return index < ARRAY_COUNT(formats) ? &formats[index] : NULL;
}

const struct import_format *format_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(formats); i++)
        if (!strcmp(formats[i].name, name))
            return &formats[i];
    return NULL;
}

const char *format_names(struct arena *arena)
{
    const char *names = "";
    for (size_t i = 0; i < ARRAY_COUNT(formats); i++)
        names = arena_printf(arena, "%s%s%s", names, i ? ", " : "", formats[i].name);
    return names;
}

/* ---- walking --------------------------------------------------------------------------------- */

struct walk {
    struct arena *arena;
    const char *suffixes;
    struct import_file *files;
    size_t count, capacity;
    uint64_t left;
    size_t root_bytes; /* of the folder that was named, and its slash */
};

static enum err add_file(struct walk *walk, const char *path, const char *name, uint64_t bytes)
{
    if (walk->count >= IMPORT_FILES_MAX)
        return err_set(ERR_FULL, "more than %d files: import in parts", IMPORT_FILES_MAX);
    walk->files = mem_grow(walk->files, &walk->capacity, walk->count + 1, sizeof *walk->files);
    walk->files[walk->count++] = (struct import_file){ path, name, bytes };
    return ERR_OK;
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Byte order, whatever the locale. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum err walk_path(struct walk *walk, const char *path, int depth);

static enum err walk_folder(struct walk *walk, const char *path, int depth)
{
    if (depth >= IMPORT_FOLDERS_DEEP)
        return err_set(ERR_FULL, "%s: folders are nested more than %d deep", path,
                       IMPORT_FOLDERS_DEEP);
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, not_hidden, by_bytes);
    if (count < 0)
        return err_set(ERR_IO, "%s: %s", path, strerror(errno));
    enum err err = ERR_OK;
    for (int i = 0; i < count; i++) {
        if (!err)
            err = walk_path(walk, arena_printf(walk->arena, "%s/%s", path, entries[i]->d_name),
                            depth + 1);
        free(entries[i]);
    }
    free(entries);
    return err;
}

static enum err walk_path(struct walk *walk, const char *path, int depth)
{
    struct stat st;
    if (stat(path, &st)) {
        if (depth && errno == ENOENT) /* a dangling link, or removed meanwhile */
            return ERR_OK;
        return err_set(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
    }
    if (S_ISDIR(st.st_mode))
        return walk_folder(walk, path, depth);
    if (!S_ISREG(st.st_mode))
        return depth ? ERR_OK : err_set(ERR_UNSUPPORTED, "%s: is no file and no folder", path);
    if (depth && walk->suffixes && !text_has_suffix(path, walk->suffixes)) {
        walk->left++;
        return ERR_OK;
    }
    const char *slash = strrchr(path, '/');
    const char *name = depth ? path + walk->root_bytes : slash ? slash + 1 : path;
    return add_file(walk, path, name, (uint64_t)st.st_size);
}

enum err files_walk(struct arena *arena, const char *const *paths, size_t path_count,
                    const char *suffixes, const struct import_file **files, size_t *count,
                    uint64_t *left)
{
    struct walk walk = { .arena = arena, .suffixes = suffixes };
    enum err err = ERR_OK;
    for (size_t i = 0; i < path_count && !err; i++) {
        size_t len = strlen(paths[i]);
        while (len > 1 && paths[i][len - 1] == '/')
            len--;
        walk.root_bytes = len + 1;
        err = walk_path(&walk, arena_strndup(arena, paths[i], len), 0);
    }
    if (!err && !walk.count)
        err = err_set(ERR_NOT_FOUND, "%s: nothing to import: no file ends in %s",
                      path_count ? paths[0] : "no path", suffixes ? suffixes : "anything");
    if (!err) {
        struct import_file *all = arena_array(arena, struct import_file, walk.count);
        memcpy(all, walk.files, walk.count * sizeof *all);
        *files = all;
        *count = walk.count;
        *left = walk.left;
    }
    mem_free(walk.files);
    return err;
}

/* ---- recognising ----------------------------------------------------------------------------- */

static enum err read_head(struct text_source *text, char *head, size_t *len)
{
    const char *name;
    bool more;
    enum err err = text_next(text, &name, &more);
    *len = 0;
    for (size_t got = 1; !err && more && got && *len < PROBE_BYTES; *len += got)
        err = text_read(text, head + *len, PROBE_BYTES - *len, &got);
    return err;
}

void files_probe(struct arena *arena, const char *path, struct import_probe *probe)
{
    *probe = (struct import_probe){ .path = path, .head = STR(""), .line = STR("") };
    char *head = arena_alloc(arena, PROBE_BYTES);
    size_t len = 0;
    struct text_source *text = NULL;
    /* What could be read before an error is enough to recognise a file by. */
    enum err err = text_open(&text, path);
    if (!err)
        err = read_head(text, head, &len);
    text_close(text);
    probe->head = (struct str){ head, len };
    struct str line = probe->head;
    if (str_starts_with(line, STR("\xef\xbb\xbf")))
        line = str_slice(line, 3, line.len);
    const char *feed = line.len ? memchr(line.ptr, '\n', line.len) : NULL;
    if (feed)
        line.len = (size_t)(feed - line.ptr);
    probe->line = str_trim(line);
    if (err)
        err_set(ERR_OK, "%s", "");
}

const struct import_format *files_recognise(const struct import_probe *probe)
{
    const struct import_format *found = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(formats); i++)
        if (formats[i].recognise(probe)) {
            if (found)
                return NULL;
            found = &formats[i];
        }
    return found;
}
