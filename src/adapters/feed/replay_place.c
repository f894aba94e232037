#include "adapters/feed/replay_place.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "adapters/dbn/dbn.h"
#include "adapters/feed/replay_dbn.h"
#include "adapters/feed/replay_merge.h"

enum {
    DEPTH = 3,
    SCAN_INSTRUMENTS = 1 << 18,
    SCAN_BATCH = 256,
    SCAN_RECORDS = 1 << 18,
    SCAN_MAX = 1 << 26
};

struct tapes {
    struct arena arena;
    const char *paths[REPLAY_PARTS];
    size_t count;
};

static bool is_tape(struct str name)
{
    return str_ends_with(name, STR(".dbn")) || str_ends_with(name, STR(".dbn.zst")) ||
           str_ends_with(name, STR(".dbz"));
}

static enum err add_tape(struct tapes *tapes, const char *path)
{
    if (tapes->count == REPLAY_PARTS)
        return err_set(ERR_FULL,
                       "more than %d tapes: %s is one too many; name a folder with fewer days",
                       REPLAY_PARTS, path);
    tapes->paths[tapes->count++] = path;
    return ERR_OK;
}

static enum err list(struct tapes *tapes, const char *folder, int depth)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return err_set(ERR_IO, "the folder %s cannot be read: %s", folder, strerror(errno));
    enum err err = ERR_OK;
    for (struct dirent *entry; !err && (entry = readdir(dir));) {
        const char *path = arena_printf(&tapes->arena, "%s/%s", folder, entry->d_name);
        struct stat st;
        if (entry->d_name[0] == '.' || stat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode))
            err = depth > 1 ? list(tapes, path, depth - 1) : ERR_OK;
        else if (S_ISREG(st.st_mode) && is_tape(str_from(entry->d_name)))
            err = add_tape(tapes, path);
    }
    closedir(dir);
    return err;
}

/* Definitions first: parts tie in favour of the earlier one. */
static int compare_paths(const void *left, const void *right)
{
    const char *a = *(const char *const *)left, *b = *(const char *const *)right;
    bool a_first = strstr(a, ".definition.") != NULL, b_first = strstr(b, ".definition.") != NULL;
    return a_first != b_first ? b_first - a_first : strcmp(a, b);
}

static enum err find_tapes(struct tapes *tapes, const char *place)
{
    struct stat st;
    *tapes = (struct tapes){ .count = 0 };
    arena_init(&tapes->arena, "tapes", 0);
    if (stat(place, &st) != 0)
        return err_set(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "the tape %s cannot be read: %s",
                       place, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return add_tape(tapes, arena_strdup(&tapes->arena, place));
    enum err err = list(tapes, place, DEPTH);
    if (!err && !tapes->count)
        err = err_set(ERR_NOT_FOUND, "there is no tape (.dbn, .dbn.zst, .dbz) in %s", place);
    qsort(tapes->paths, tapes->count, sizeof *tapes->paths, compare_paths);
    return err;
}

static enum err open_all(struct source *out, int64_t *first_ns, const struct tapes *tapes,
                         struct instruments *instruments)
{
    struct source parts[REPLAY_PARTS];
    *first_ns = INT64_MAX;
    for (size_t i = 0; i < tapes->count; i++) {
        struct replay_dbn_info info;
        enum err err = replay_dbn_open(&parts[i], &info, tapes->paths[i], instruments);
        if (err) {
            while (i-- > 0)
                source_close(&parts[i]);
            return err;
        }
        *first_ns = info.first_ns < *first_ns ? info.first_ns : *first_ns;
    }
    if (tapes->count == 1)
        *out = parts[0];
    else
        replay_merge_open(out, parts, tapes->count);
    return ERR_OK;
}

enum err replay_place_open(struct source *out, int64_t *first_ns, const char *place,
                           struct instruments *instruments)
{
    struct tapes tapes;
    int64_t first;
    enum err err = find_tapes(&tapes, place);
    if (!err)
        err = open_all(out, &first, &tapes, instruments);
    arena_clear(&tapes.arena);
    if (!err && first_ns)
        *first_ns = first;
    return err;
}

/* ---- symbols --------------------------------------------------------------------------------- */

/* The names that a file was asked for; *named: how many of them are instruments of ours. */
static enum err read_head(const char *path, struct instruments *all, size_t *named)
{
    struct dbn_reader *reader;
    enum err err = dbn_reader_open(&reader, path, NULL);
    if (err)
        return err;
    const struct dbn_metadata *m = dbn_reader_metadata(reader);
    bool is_plain = m && strncmp(m->dataset, "GLBX", 4) != 0; /* futures are no market of a desk */
    for (size_t i = 0; is_plain && !err && i < m->mapping_count; i++) {
        uint32_t id;
        if (strpbrk(m->mappings[i].raw_symbol, ".*")) /* "SPY.OPT": a family */
            continue;
        err = instruments_add_named(all, str_from(m->mappings[i].raw_symbol), &id);
        *named += !err;
        err = err == ERR_FULL ? err : ERR_OK;
    }
    dbn_reader_close(reader);
    return err;
}

static enum err read_records(const char *path, struct instruments *all, size_t named)
{
    struct market_record *batch = mem_alloc(SCAN_BATCH * sizeof *batch);
    struct source source;
    size_t seen = 0, got = 1;
    enum err err = replay_dbn_open(&source, NULL, path, all);
    if (err) {
        mem_free(batch);
        return err;
    }
    while (!err && got && (seen < SCAN_RECORDS || (!named && !all->count && seen < SCAN_MAX))) {
        err = source_poll(&source, INT64_MAX, batch, SCAN_BATCH, &got);
        seen += got;
    }
    source_close(&source);
    mem_free(batch);
    return err == ERR_FULL ? err : ERR_OK; /* what is damaged is told when it is played */
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* What can stand in a list of a desk's symbols. */
static bool is_symbol(const struct instrument *i)
{
    if (i->class != INSTRUMENT_STOCK && i->class != INSTRUMENT_INDEX)
        return false;
    for (const char *c = i->symbol; *c; c++)
        if (*c <= ' ' || *c > '~' || *c == ',' || *c == '"' || *c == '\\' || *c == '<')
            return false;
    return true;
}

static enum err write_names(const char **out, struct arena *arena, const struct instruments *all,
                            const char *place, size_t most)
{
    const char **names = arena_array(arena, const char *, all->count + 1);
    size_t count = 0;
    for (uint32_t id = 0; id < all->count; id++)
        if (is_symbol(&all->rows[id]))
            names[count++] = all->rows[id].symbol;
    if (!count)
        return err_set(ERR_NOT_FOUND, "%s has no stock, index or option", place);
    qsort(names, count, sizeof *names, compare_names);
    struct buf text = { 0 };
    for (size_t i = 0; i < count; i++)
        if (!i || strcmp(names[i], names[i - 1]) != 0)
            buf_printf(&text, "%s%s", text.len ? "," : "", names[i]);
    size_t distinct = 1;
    for (size_t i = 0; i < text.len; i++)
        distinct += text.ptr[i] == ',';
    enum err err = ERR_OK;
    if (distinct > most)
        err = err_set(ERR_FULL, "%s has %zu underlyings, and a desk takes %zu: %.200s", place,
                      distinct, most, text.ptr);
    *out = err ? NULL : arena_strndup(arena, text.ptr, text.len);
    buf_free(&text);
    return err;
}

enum err replay_place_symbols(const char **out, struct arena *arena, const char *place, size_t most)
{
    struct tapes tapes;
    struct instruments all;
    enum err err = find_tapes(&tapes, place);
    instruments_init(&all, &tapes.arena, SCAN_INSTRUMENTS);
    for (size_t i = 0; !err && i < tapes.count; i++) {
        size_t named = 0;
        err = read_head(tapes.paths[i], &all, &named);
        if (!err)
            err = read_records(tapes.paths[i], &all, named);
    }
    if (!err)
        err = write_names(out, arena, &all, place, most);
    arena_clear(&tapes.arena);
    return err;
}
