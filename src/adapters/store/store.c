#include "adapters/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "adapters/store/store_int.h"
#include "base/date.h"

static const char marker_name[] = ".ironfly-store";
static const char marker_text[] = "ironfly store 1\n";
static const char lock_name[] = ".lock";

/* ---- names ----------------------------------------------------------------------------------- */

bool store_symbol_is_valid(const char *symbol)
{
    size_t len = strlen(symbol);
    return len > 0 && len < STORE_SYMBOL_BYTES && symbol[0] != '.' &&
           strspn(symbol, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._^-") == len;
}

enum err store_symbol_check(const char *symbol)
{
    if (store_symbol_is_valid(symbol))
        return ERR_OK;
    return err_set(ERR_RANGE,
                   "symbol \"%.40s\" cannot be stored: 1 to %d of A-Z 0-9 . _ ^ -, not starting "
                   "with a dot",
                   symbol, STORE_SYMBOL_BYTES - 1);
}

void chain_file_name(char out[STORE_NAME_BYTES], const char *symbol, int32_t day)
{
    snprintf(out, STORE_NAME_BYTES, "chains/%s/%08d" CHAIN_SUFFIX, symbol, (int)day);
}

void series_file_name(char out[STORE_NAME_BYTES], const char *symbol, enum series_kind kind)
{
    snprintf(out, STORE_NAME_BYTES, "series/%s.%s" SERIES_SUFFIX, symbol, series_kind_name(kind));
}

int32_t chain_file_day(const char *file_name)
{
    struct str text = str_from(file_name);
    int64_t day;
    if (text.len != 8 + strlen(CHAIN_SUFFIX) || !str_ends_with(text, STR(CHAIN_SUFFIX)) ||
        !str_to_int64(str_slice(text, 0, 8), &day) || day < 0 || !date_is_valid((int32_t)day))
        return 0;
    return (int32_t)day;
}

bool series_file_split(const char *file_name, char symbol[STORE_SYMBOL_BYTES],
                       enum series_kind *kind)
{
    for (int k = 0; k < SERIES_KIND_COUNT; k++) {
        char end[32];
        snprintf(end, sizeof end, ".%s" SERIES_SUFFIX, series_kind_name((enum series_kind)k));
        struct str name = str_from(file_name);
        size_t len = name.len - strlen(end);
        if (!str_ends_with(name, str_from(end)) || len >= STORE_SYMBOL_BYTES)
            continue;
        memset(symbol, 0, STORE_SYMBOL_BYTES);
        memcpy(symbol, file_name, len);
        *kind = (enum series_kind)k;
        return store_symbol_is_valid(symbol);
    }
    return false;
}

/* ---- open and close -------------------------------------------------------------------------- */

static enum err open_folder(struct store **out, const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_set(errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO,
                       "store %s: cannot open: %s", path, strerror(errno));
    struct store *store = mem_alloc(sizeof *store);
    size_t len = strlen(path);
    store->path = mem_alloc(len + 1);
    memcpy(store->path, path, len + 1);
    store->folder = fd;
    store->lock = -1;
    store->mapped_max = STORE_MAPPED_MAX;
    *out = store;
    return ERR_OK;
}

/* ERR_NOT_FOUND when the folder is not a store. */
static enum err check_marker(const struct store *store)
{
    char text[sizeof marker_text] = { 0 };
    int fd = openat(store->folder, marker_name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(ERR_NOT_FOUND, "%s is not a store; import some data into it first",
                       store->path);
    ssize_t got = read(fd, text, sizeof text);
    close(fd);
    if (got != (ssize_t)sizeof marker_text - 1 || memcmp(text, marker_text, (size_t)got) != 0)
        return err_set(ERR_UNSUPPORTED,
                       "store %s: %s does not say \"ironfly store 1\"; it is "
                       "damaged or of a newer program",
                       store->path, marker_name);
    return ERR_OK;
}

/* By renaming, so that a kill in between leaves no half of it. */
static enum err write_marker(const struct store *store)
{
    static const char temporary[] = ".staging-marker";
    int fd = openat(store->folder, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool done = fd >= 0 &&
                write(fd, marker_text, sizeof marker_text - 1) == (ssize_t)sizeof marker_text - 1 &&
                fsync(fd) == 0 &&
                renameat(store->folder, temporary, store->folder, marker_name) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    return done ? ERR_OK
                : err_set(ERR_IO, "store %s: cannot write: %s", store->path, strerror(why));
}

enum err store_open(struct store **out, const char *path)
{
    struct store *store;
    enum err err = open_folder(&store, path);
    if (err)
        return err;
    err = check_marker(store);
    if (err)
        store_close(store);
    else
        *out = store;
    return err;
}

/* flock() and not fcntl(): it also keeps two writers of one process apart. It ends with the
 * process. */
static enum err take_lock(struct store *store)
{
    store->lock = openat(store->folder, lock_name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (store->lock < 0)
        return err_set(ERR_IO, "store %s: cannot make the lock file: %s", store->path,
                       strerror(errno));
    char pid[24] = "";
    if (flock(store->lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return err_set(ERR_IO, "store %s: cannot lock: %s", store->path, strerror(errno));
        ssize_t got = pread(store->lock, pid, sizeof pid - 1, 0);
        pid[got > 0 ? got : 0] = '\0';
        return err_set(ERR_EXISTS, "store %s: process %ld is writing to it; wait until it is done",
                       store->path, strtol(pid, NULL, 10));
    }
    /* The number is for people; a full disk may keep it out. */
    int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(store->lock, 0) != 0 || pwrite(store->lock, pid, (size_t)len, 0) != len)
        errno = 0;
    return ERR_OK;
}

/* Under the lock every staging folder belongs to a writer that died. */
static enum err remove_old_staging(const struct store *store)
{
    struct arena arena;
    arena_init(&arena, "staging", 4096);
    char **names;
    size_t count;
    enum err err = folder_names(store->folder, ".", true, &arena, &names, &count);
    for (size_t i = 0; i < count && !err; i++)
        if (str_starts_with(str_from(names[i]), STR(STORE_STAGING_START)))
            err = folder_remove(store->folder, names[i]);
    arena_clear(&arena);
    return err;
}

/* "chains/SPX" of "chains/SPX/20190521.ifc". */
static char *folder_of(struct arena *arena, const char *name)
{
    return arena_strndup(arena, name, (size_t)(strrchr(name, '/') - name));
}

/* Names of a folder stand together: true at the last one, where the folder can be synced. */
static bool ends_its_folder(char **names, size_t count, size_t i)
{
    size_t len = (size_t)(strrchr(names[i], '/') - names[i]) + 1;
    return i + 1 == count || strncmp(names[i], names[i + 1], len) != 0;
}

static enum err move_into_place(const struct store *store, struct arena *arena, const char *name)
{
    enum err err = folder_make(store->folder, folder_of(arena, name));
    char *from = arena_printf(arena, STORE_COMMIT_FOLDER "/%s", name);
    if (!err && renameat(store->folder, from, store->folder, name) != 0)
        err = err_set(ERR_IO, "%s: cannot move into place: %s", name, strerror(errno));
    return err;
}

/* Move the files of a decided transaction into place. Safe to repeat after any interruption. */
static enum err finish_commit(const struct store *store)
{
    if (faccessat(store->folder, STORE_COMMIT_FOLDER, F_OK, 0) != 0)
        return ERR_OK;
    struct arena arena;
    arena_init(&arena, "commit", 0);
    char **names;
    size_t count;
    enum err err = store_names(store, STORE_COMMIT_FOLDER, &arena, &names, &count);
    for (size_t i = 0; i < count && !err; i++) {
        err = move_into_place(store, &arena, names[i]);
        if (!err && ends_its_folder(names, count, i))
            err = folder_sync(store->folder, folder_of(&arena, names[i]));
    }
    if (!err && faccessat(store->folder, "chains", F_OK, 0) == 0)
        err = folder_sync(store->folder, "chains");
    if (!err)
        err = folder_sync(store->folder, ".");
    if (!err)
        err = folder_remove(store->folder, STORE_COMMIT_FOLDER);
    arena_clear(&arena);
    return err;
}

enum err store_open_writer(struct store **out, const char *path)
{
    struct store *store;
    bool is_new = access(path, F_OK) != 0;
    enum err err = folder_make(AT_FDCWD, path);
    if (!err)
        err = open_folder(&store, path);
    if (err)
        return err;
    store->is_made = is_new;
    err = take_lock(store);
    if (!err && faccessat(store->folder, marker_name, F_OK, 0) != 0)
        err = write_marker(store);
    if (!err)
        err = check_marker(store);
    if (!err)
        err = finish_commit(store);
    if (!err)
        err = remove_old_staging(store);
    if (err)
        store_close(store);
    else
        *out = store;
    return err;
}

/* A folder that was made for an import that failed goes again; what else lies there stays. */
static void unmake(const struct store *store)
{
    unlinkat(store->folder, marker_name, 0);
    unlinkat(store->folder, lock_name, 0);
    rmdir(store->path);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    store_abort(store);
    if (store->is_made)
        unmake(store);
    if (store->has_news)
        store_index_refresh(store);
    if (store->lock >= 0)
        close(store->lock);
    close(store->folder);
    mem_free(store->path);
    mem_free(store);
}

void store_set_packing(struct store *store, enum store_packing packing)
{
    store->packing = packing;
}

void store_set_mapped_max(struct store *store, size_t bytes)
{
    store->mapped_max = bytes;
}

const char *store_path(const struct store *store)
{
    return store->path;
}

/* ---- finding files --------------------------------------------------------------------------- */

typedef enum err open_file(struct column_file *out, int folder, const char *path);

/* A file leaves .commit only by the rename that puts it in place: so looking there first and in
 * place second never misses it, and never finds the old one after the new. */
static enum err open_with(open_file *open_one, struct column_file *out, const struct store *store,
                          const char *name)
{
    char path[STORE_NAME_BYTES];
    snprintf(path, sizeof path, STORE_COMMIT_FOLDER "/%s", name);
    enum err err = open_one(out, store->folder, path);
    return err == ERR_NOT_FOUND ? open_one(out, store->folder, name) : err;
}

enum err store_file_open(struct column_file *out, const struct store *store, const char *name)
{
    return open_with(column_file_open, out, store, name);
}

enum err store_file_peek(struct column_file *out, const struct store *store, const char *name)
{
    return open_with(column_file_peek, out, store, name);
}

/* Append the files of one folder that end in suffix. */
static enum err add_names(const struct store *store, const char *base, const char *folder,
                          struct str suffix, struct arena *arena, char ***list, size_t *capacity,
                          size_t *count)
{
    char **names;
    size_t n;
    const char *slash = base[0] ? "/" : "";
    enum err err = folder_names(store->folder, arena_printf(arena, "%s%s%s", base, slash, folder),
                                false, arena, &names, &n);
    if (err)
        return err;
    *list = mem_grow(*list, capacity, *count + n, sizeof **list);
    for (size_t i = 0; i < n; i++)
        if (str_ends_with(str_from(names[i]), suffix))
            (*list)[(*count)++] = arena_printf(arena, "%s/%s", folder, names[i]);
    return ERR_OK;
}

enum err store_names(const struct store *store, const char *base, struct arena *arena,
                     char ***names, size_t *count)
{
    char **list = NULL, **symbols;
    size_t capacity = 0, n = 0, symbol_count;
    const char *slash = base[0] ? "/" : "";
    *names = NULL;
    *count = 0;
    enum err err = folder_names(store->folder, arena_printf(arena, "%s%schains", base, slash),
                                false, arena, &symbols, &symbol_count);
    for (size_t i = 0; i < symbol_count && !err; i++)
        if (store_symbol_is_valid(symbols[i]))
            err = add_names(store, base, arena_printf(arena, "chains/%s", symbols[i]),
                            STR(CHAIN_SUFFIX), arena, &list, &capacity, &n);
    if (!err)
        err = add_names(store, base, "series", STR(SERIES_SUFFIX), arena, &list, &capacity, &n);
    if (!err && n) {
        *names = arena_array(arena, char *, n);
        memcpy(*names, list, n * sizeof *list);
        *count = n;
    }
    mem_free(list);
    return err;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum err store_all_names(const struct store *store, struct arena *arena, char ***names,
                         size_t *count)
{
    char **decided, **placed;
    size_t decided_count, placed_count;
    *names = NULL;
    *count = 0;
    enum err err = store_names(store, STORE_COMMIT_FOLDER, arena, &decided, &decided_count);
    if (!err)
        err = store_names(store, "", arena, &placed, &placed_count);
    if (err)
        return err;
    char **all = arena_array(arena, char *, decided_count + placed_count);
    if (decided_count)
        memcpy(all, decided, decided_count * sizeof *all);
    if (placed_count)
        memcpy(all + decided_count, placed, placed_count * sizeof *all);
    qsort(all, decided_count + placed_count, sizeof *all, compare_names);
    for (size_t i = 0; i < decided_count + placed_count; i++)
        if (i == 0 || strcmp(all[i], all[*count - 1]) != 0)
            all[(*count)++] = all[i];
    *names = all;
    return ERR_OK;
}

/* ---- transactions ---------------------------------------------------------------------------- */

enum err store_begin(struct store *store)
{
    MUST(store->lock >= 0);
    MUST(!store->in_transaction);
    snprintf(store->staging, sizeof store->staging, STORE_STAGING_START "%ld", (long)getpid());
    enum err err = folder_remove(store->folder, store->staging);
    if (!err)
        err = folder_make(store->folder, store->staging);
    if (err)
        return err_add(err, "store %s", store->path);
    store->in_transaction = true;
    store->is_spoiled = false;
    return ERR_OK;
}

enum err store_stage(const struct store *store, const char *name, char out[STORE_NAME_BYTES])
{
    MUST(store->in_transaction);
    snprintf(out, STORE_NAME_BYTES, "%s/%s", store->staging, name);
    char folder[STORE_NAME_BYTES];
    snprintf(folder, sizeof folder, "%s", out);
    *strrchr(folder, '/') = '\0';
    return folder_make(store->folder, folder);
}

/* Wait for the oldest staged files until no more than keep are left; all are taken off, on errors
 * too. */
static enum err sync_staged(struct store *store, int keep)
{
    enum err err = ERR_OK;
    int done = 0;
    for (; store->unsynced_count - done > keep; done++) {
        enum err failed = column_file_sync(store->unsynced[done], "a staged file");
        err = err ? err : failed;
    }
    store->is_spoiled = store->is_spoiled || err;
    store->unsynced_count -= done;
    memmove(store->unsynced, store->unsynced + done,
            (size_t)store->unsynced_count * sizeof store->unsynced[0]);
    return err;
}

enum err store_stage_end(struct store *store, struct column_writer *writer, enum err err)
{
    int fd = -1;
    if (!err)
        err = column_writer_finish(writer, &fd);
    column_writer_drop(writer);
    if (!err) {
        err = sync_staged(store, STORE_UNSYNCED_MAX - 1);
        store->unsynced[store->unsynced_count++] = fd;
    }
    if (!err)
        return ERR_OK;
    err = err_add(err, "store %s", store->path);
    unlinkat(store->folder, writer->name, 0);
    return err;
}

/* The same bytes, not only the same checksums: importing again also repairs a damaged file. */
static bool files_are_equal(int folder, const char *a, const char *b)
{
    static _Thread_local char block[2][32768];
    int fd[2] = { openat(folder, a, O_RDONLY | O_CLOEXEC),
                  openat(folder, b, O_RDONLY | O_CLOEXEC) };
    bool equal = fd[0] >= 0 && fd[1] >= 0;
    for (off_t at = 0; equal;) {
        ssize_t got = pread(fd[0], block[0], sizeof block[0], at);
        ssize_t other = pread(fd[1], block[1], sizeof block[1], at);
        equal = got >= 0 && got == other && memcmp(block[0], block[1], (size_t)got) == 0;
        if (got <= 0)
            break;
        at += got;
    }
    for (int i = 0; i < 2; i++)
        if (fd[i] >= 0)
            close(fd[i]);
    return equal;
}

struct tally {
    size_t added, replaced, unchanged;
};

/* Count what the transaction does, take out what it leaves as it is, sync the rest. */
static enum err weigh(const struct store *store, struct arena *arena, struct tally *tally)
{
    char **names;
    size_t count;
    enum err err = store_names(store, store->staging, arena, &names, &count);
    for (size_t i = 0; i < count && !err; i++) {
        char *staged = arena_printf(arena, "%s/%s", store->staging, names[i]);
        if (faccessat(store->folder, names[i], F_OK, 0) != 0) {
            tally->added++;
        } else if (!files_are_equal(store->folder, staged, names[i])) {
            tally->replaced++;
        } else {
            tally->unchanged++;
            err = folder_remove(store->folder, staged);
        }
        if (err || !ends_its_folder(names, count, i))
            continue;
        err = folder_sync(store->folder, folder_of(arena, staged));
        /* The target folder now, while running out of disk can still be refused. */
        if (!err)
            err = folder_make(store->folder, folder_of(arena, names[i]));
    }
    if (!err &&
        faccessat(store->folder, arena_printf(arena, "%s/chains", store->staging), F_OK, 0) == 0)
        err = folder_sync(store->folder, arena_printf(arena, "%s/chains", store->staging));
    if (!err)
        err = folder_sync(store->folder, store->staging);
    return err;
}

/* The moment of commit. When the disk does not confirm it, it is taken back. */
static enum err decide(const struct store *store)
{
    int folder = store->folder;
    if (renameat(folder, store->staging, folder, STORE_COMMIT_FOLDER) != 0)
        return err_set(ERR_IO, "cannot commit: %s", strerror(errno));
    enum err err = folder_sync(folder, ".");
    if (err && renameat(folder, STORE_COMMIT_FOLDER, folder, store->staging) != 0)
        return err_add(err, "commit is in doubt");
    return err;
}

enum err store_commit(struct store *store, size_t *added, size_t *replaced, size_t *unchanged)
{
    MUST(store->in_transaction);
    struct arena arena;
    arena_init(&arena, "commit", 0);
    struct tally tally = { 0 };
    enum err err = sync_staged(store, 0);
    if (!err && store->is_spoiled)
        err = err_set(ERR_IO, "a staged file did not reach the disk");
    if (!err)
        err = finish_commit(store); /* of a transaction before that could not move its files */
    if (!err)
        err = weigh(store, &arena, &tally);
    bool has_news = tally.added + tally.replaced > 0;
    if (!err && has_news)
        err = decide(store);
    arena_clear(&arena);
    if (err || !has_news)
        store_abort(store);
    if (err)
        return err_add(err, "store %s keeps what it had", store->path);

    /* The transaction stands. Should a move fail now, readers find the file in .commit and the next
     * writer moves it. */
    store->in_transaction = false;
    store->is_made = false;
    store->has_news = store->has_news || has_news;
    (void)!finish_commit(store);
    if (added)
        *added = tally.added;
    if (replaced)
        *replaced = tally.replaced;
    if (unchanged)
        *unchanged = tally.unchanged;
    return ERR_OK;
}

void store_abort(struct store *store)
{
    if (!store->in_transaction)
        return;
    store->in_transaction = false;
    while (store->unsynced_count > 0)
        close(store->unsynced[--store->unsynced_count]);
    /* What cannot be removed now is removed by the next writer. */
    if (folder_remove(store->folder, store->staging))
        return;
}
