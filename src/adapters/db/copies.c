/* Copies of the store, with the desk's journal in them, and putting them back. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/db/sql_handle_int.h"
#include "base/target.h"

enum { PART_BYTES = 1 << 20, BUSY_TRIES = 500 };

static enum err sync_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    return ok ? ERR_OK : err_set(ERR_IO, "%s: %s", path, strerror(why));
}

/* ---- page by page ---------------------------------------------------------------------------- */

/* A new, empty file, opened; close it in any case. */
static enum err open_new(struct db *to)
{
    unlink(to->path);
    int fd = open(to->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(ERR_IO, "%s cannot be made: %s", to->path, strerror(errno));
    close(fd);
    return sql_open_handle(to, SQLITE_OPEN_READWRITE);
}

static enum err copy_pages(struct db *from, struct db *to)
{
    enum err err = ERR_OK;
    sqlite3_backup *copy = sqlite3_backup_init(to->handle, "main", from->handle, "main");
    if (!copy)
        return sql_fail(to, "copying the store");
    /* All at once: between two steps another's commit would begin it anew, and a desk that writes
     * has no end. Who writes is not held up by who reads. */
    for (int tries = 0; !err; tries++) {
        int code = sqlite3_backup_step(copy, -1);
        if (code == SQLITE_DONE)
            break;
        if ((code == SQLITE_BUSY || code == SQLITE_LOCKED) && tries < BUSY_TRIES)
            sqlite3_sleep(20);
        else
            err =
                err_set(ERR_IO, "copying %s to %s: %s", from->path, to->path, sqlite3_errstr(code));
    }
    if (sqlite3_backup_finish(copy) != SQLITE_OK && !err)
        err = sql_fail(to, "copying the store");
    /* a copy is one file, also where no other process has ever opened it */
    return err ? err : sql_run_text(to, "PRAGMA journal_mode = DELETE", "copying the store");
}

/* ---- the journal in a backup ----------------------------------------------------------------- */

/* Beside a journal lie the segments of its tape, JOURNAL.tape-N (services/desk/tape.h): what a live
 * feed told, without which the journal cannot be read again. Calls for each, with its name's end.
 */
static enum err each_tape(const char *journal, void *context,
                          enum err (*call)(void *context, const char *end, const char *path))
{
    const char *slash = strrchr(journal, '/'), *name = slash ? slash + 1 : journal;
    struct buf folder = { 0 }, path = { 0 };
    buf_printf(&folder, "%.*s", slash ? (int)(slash - journal) : 1, slash ? journal : ".");
    DIR *dir = opendir(folder.ptr);
    enum err err = ERR_OK;
    const struct dirent *e;
    while (dir && !err && (e = readdir(dir)) != NULL) {
        const char *end = e->d_name + strlen(name);
        if (strncmp(e->d_name, name, strlen(name)) != 0 || strncmp(end, ".tape-", 6) != 0)
            continue;
        buf_clear(&path);
        buf_printf(&path, "%s%s", journal, end);
        err = call(context, end, path.ptr);
    }
    if (dir)
        closedir(dir);
    buf_free(&folder);
    buf_free(&path);
    return err;
}

static enum err write_part(struct db *to, const char *end, int part, const void *bytes, size_t len)
{
    sqlite3_stmt *s = NULL;
    bool done = sqlite3_prepare_v2(to->handle, "INSERT INTO backup_journal VALUES(?1, ?2, ?3)", -1,
                                   &s, NULL) == SQLITE_OK &&
                sqlite3_bind_text(s, 1, end, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_bind_int(s, 2, part) == SQLITE_OK &&
                sqlite3_bind_blob(s, 3, bytes, (int)len, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_step(s) == SQLITE_DONE;
    enum err err = done ? ERR_OK : sql_fail(to, "writing the journal into the backup");
    sqlite3_finalize(s);
    return err;
}

/* Part by part; one at least, so that an empty file is one as well. */
static enum err pack_file(void *context, const char *end, const char *path)
{
    struct db *to = context;
    FILE *file = fopen(path, "rb");
    if (!file)
        return err_set(ERR_IO, "%s cannot be read: %s", path, strerror(errno));
    char *bytes = mem_alloc(PART_BYTES);
    enum err err = ERR_OK;
    size_t len;
    for (int part = 0; !err; part++) {
        len = fread(bytes, 1, PART_BYTES, file);
        if (len > 0 || part == 0)
            err = write_part(to, end, part, bytes, len);
        if (len < PART_BYTES)
            break;
    }
    if (!err && ferror(file))
        err = err_set(ERR_IO, "%s cannot be read: %s", path, strerror(errno));
    fclose(file);
    mem_free(bytes);
    return err;
}

static enum err copy_journal(const char *journal, const char *path)
{
    struct db from = { .path = (char *)journal }, copy = { .path = (char *)path };
    enum err err = sql_open_handle(&from, SQLITE_OPEN_READONLY);
    if (!err)
        err = open_new(&copy);
    if (!err)
        err = copy_pages(&from, &copy);
    sqlite3_close(copy.handle);
    sqlite3_close(from.handle);
    return err;
}

/*
 * After the store, and the tape after the journal: each is then as far as the one before, or
 * further. What the journal has more becomes rows when a server starts on it; of the tape no more
 * is read than the journal needs.
 */
static enum err pack_journal(struct db *to, const char *journal)
{
    static const char doing[] = "writing the journal into the backup";
    struct buf beside = { 0 };
    buf_printf(&beside, "%s.journal", to->path);
    enum err err = copy_journal(journal, beside.ptr);
    if (!err)
        err = sql_run_text(to,
                           "BEGIN; CREATE TABLE backup_journal(end TEXT NOT NULL, "
                           "part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY(end, part))",
                           doing);
    if (!err)
        err = pack_file(to, "", beside.ptr);
    if (!err)
        err = each_tape(journal, to, pack_file);
    if (!err)
        err = sql_run_text(to, "COMMIT", doing);
    unlink(beside.ptr);
    buf_free(&beside);
    return err;
}

static bool has_journal(struct db *db)
{
    return sql_pragma_number(db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND "
                                 "name = 'backup_journal'") == 1;
}

/* ---- and out of it --------------------------------------------------------------------------- */

/* The files of a journal, whole on the disk beside their places. */
struct unpacked {
    struct arena arena;
    const char *journal;
    const char **ends; /* of their names: "", ".tape-N" */
    size_t count;
};

static const char *part_of(struct unpacked *u, const char *end)
{
    return arena_printf(&u->arena, "%s%s.part", u->journal, end);
}

static enum err list_ends(struct db *from, struct unpacked *u)
{
    sqlite3_stmt *s = NULL;
    size_t room = (size_t)sql_pragma_number(from, "SELECT count(DISTINCT end) FROM backup_journal");
    u->ends = arena_array(&u->arena, const char *, room);
    if (sqlite3_prepare_v2(from->handle, "SELECT DISTINCT end FROM backup_journal ORDER BY end", -1,
                           &s, NULL) != SQLITE_OK)
        return sql_fail(from, "reading the journal of the backup");
    enum err err = ERR_OK;
    while (!err && u->count < room && sqlite3_step(s) == SQLITE_ROW) {
        const char *end = (const char *)sqlite3_column_text(s, 0);
        if (!end || (*end && strncmp(end, ".tape-", 6) != 0) || strchr(end, '/'))
            err = err_set(ERR_CORRUPT, "%s holds a journal's file of a strange name", from->path);
        else
            u->ends[u->count++] = arena_strdup(&u->arena, end);
    }
    sqlite3_finalize(s);
    return err;
}

static enum err unpack_parts(struct db *from, const char *end, FILE *out, const char *path)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(from->handle,
                                  "SELECT bytes FROM backup_journal WHERE end = ?1 ORDER BY part",
                                  -1, &s, NULL);
    enum err err = ERR_OK;
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(s, 1, end, -1, SQLITE_STATIC);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(s);
        if (code != SQLITE_ROW)
            break;
        size_t len = (size_t)sqlite3_column_bytes(s, 0);
        if (len && fwrite(sqlite3_column_blob(s, 0), 1, len, out) != len) {
            err = err_set(ERR_IO, "%s cannot be written: %s", path, strerror(errno));
            break;
        }
    }
    if (!err && code != SQLITE_DONE)
        err = sql_fail(from, "reading the journal of the backup");
    sqlite3_finalize(s);
    return err;
}

static enum err unpack_file(struct db *from, const char *end, const char *path)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "wb");
    if (!out)
        return err_set(ERR_IO, "%s cannot be made: %s", path, strerror(errno));
    enum err err = unpack_parts(from, end, out, path);
    if (fclose(out) != 0 && !err)
        err = err_set(ERR_IO, "%s cannot be written: %s", path, strerror(errno));
    return err ? err : sync_file(path);
}

static enum err make_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct buf folder = { 0 };
    buf_printf(&folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    enum err err = ERR_OK;
    if (mkdir(folder.ptr, 0700) != 0 && errno != EEXIST)
        err = err_set(ERR_IO, "folder %s cannot be made: %s", folder.ptr, strerror(errno));
    buf_free(&folder);
    return err;
}

static enum err unpack(struct db *from, struct unpacked *u)
{
    if (!u->journal || !has_journal(from))
        return ERR_OK;
    enum err err = make_folder_of(u->journal);
    if (!err)
        err = list_ends(from, u);
    for (size_t i = 0; !err && i < u->count; i++)
        err = unpack_file(from, u->ends[i], part_of(u, u->ends[i]));
    return err;
}

static enum err remove_tape(UNUSED void *context, UNUSED const char *end, const char *path)
{
    return unlink(path) == 0 || errno == ENOENT
               ? ERR_OK
               : err_set(ERR_IO, "%s cannot be removed: %s", path, strerror(errno));
}

static bool is_part(const char *path)
{
    size_t len = strlen(path);
    return len > 5 && strcmp(path + len - 5, ".part") == 0;
}

/* What a tape told after the backup belongs to a journal that is gone. */
static enum err remove_old_tape(void *context, const char *end, const char *path)
{
    return is_part(path) ? ERR_OK : remove_tape(context, end, path);
}

/* ---- backup ---------------------------------------------------------------------------------- */

static enum err put_in_place(const char *part, const char *path)
{
    enum err err = sync_file(part);
    if (!err && rename(part, path) != 0)
        err = err_set(ERR_IO, "%s cannot be renamed to %s: %s", part, path, strerror(errno));
    return err;
}

/* A new file beside path, filled, then renamed to it. finish: what is done to the copy. */
static enum err copy_to(struct db *from, const char *path, const char *journal, const char *finish)
{
    struct buf part = { 0 };
    buf_printf(&part, "%s.part", path);
    struct db to = { .path = part.ptr };
    enum err err = open_new(&to);
    if (!err)
        err = copy_pages(from, &to);
    if (!err && journal)
        err = pack_journal(&to, journal);
    if (!err && finish)
        err = sql_run_text(&to, finish, "finishing the copy");
    sqlite3_close(to.handle);
    if (!err)
        err = put_in_place(part.ptr, path);
    if (err)
        unlink(part.ptr);
    buf_free(&part);
    return err;
}

enum err db_backup(struct db *db, const char *path, const char *journal)
{
    struct arena arena;
    const char *target;
    bool is_there = journal && access(journal, F_OK) == 0;
    arena_init(&arena, "path", 1024);
    enum err err = target_resolve(&target, &arena, path);
    if (!err)
        err = copy_to(db, target, is_there ? journal : NULL, NULL);
    arena_clear(&arena);
    return err;
}

/* ---- checks ---------------------------------------------------------------------------------- */

static enum err check_backup(struct db *db)
{
    if (sql_pragma_number(db, "PRAGMA application_id") != SQL_APPLICATION_ID)
        return err_set(ERR_PARSE, "%s is no database of this program", db->path);
    int newest = db_schema_version();
    if (sql_pragma_number(db, "PRAGMA user_version") > newest)
        return err_set(ERR_UNSUPPORTED, "%s was made by a newer program; use that program",
                       db->path);
    sqlite3_stmt *s = NULL;
    bool whole =
        sqlite3_prepare_v2(db->handle, "PRAGMA integrity_check", -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(s, 0), "ok") == 0;
    sqlite3_finalize(s);
    return whole ? ERR_OK : err_set(ERR_CORRUPT, "%s is damaged; take another backup", db->path);
}

static enum err check_links(struct db *db)
{
    sqlite3_stmt *s = NULL;
    bool broken =
        sqlite3_prepare_v2(db->handle, "PRAGMA foreign_key_check", -1, &s, NULL) != SQLITE_OK ||
        sqlite3_step(s) == SQLITE_ROW;
    sqlite3_finalize(s);
    return broken
               ? err_set(ERR_CORRUPT, "%s is damaged: rows refer to others that are gone", db->path)
               : ERR_OK;
}

enum err db_check(const char *path, struct db_health *out)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return err_set(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
    size_t len = strlen(path) + 1;
    struct db db = { .path = memcpy(mem_alloc(len), path, len) };
    *out = (struct db_health){ .schema_newest = db_schema_version(), .bytes = st.st_size };
    enum err err = sql_open_handle(&db, SQLITE_OPEN_READONLY);
    if (!err)
        out->schema = (int)sql_pragma_number(&db, "PRAGMA user_version");
    if (!err && out->schema < 0)
        err = sql_fail(&db, "reading the store");
    if (!err)
        err = check_backup(&db);
    if (!err)
        err = check_links(&db);
    sqlite3_close(db.handle);
    mem_free(db.path);
    return err;
}

/* ---- restore --------------------------------------------------------------------------------- */

static enum err remove_beside(const char *path)
{
    static const char *const ends[] = { "-wal", "-shm" };
    enum err err = ERR_OK;
    for (size_t i = 0; !err && i < ARRAY_COUNT(ends); i++) {
        struct buf beside = { 0 };
        buf_printf(&beside, "%s%s", path, ends[i]);
        if (unlink(beside.ptr) != 0 && errno != ENOENT)
            err = err_set(ERR_IO, "%s cannot be removed: %s", beside.ptr, strerror(errno));
        buf_free(&beside);
    }
    return err;
}

/* Make the old store one file, so that nothing beside it can be taken for a part of the new one. */
static enum err fold(const char *path)
{
    struct db old = { .path = (char *)path };
    if (access(path, F_OK) == 0 &&
        sqlite3_open_v2(path, &old.handle, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
        sqlite3_exec(old.handle, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE",
                     NULL, NULL, NULL);
    sqlite3_close(old.handle); /* of a damaged one nothing is kept: it is being replaced */
    return remove_beside(path);
}

static enum err place_journal(struct unpacked *u)
{
    enum err err = u->count ? each_tape(u->journal, NULL, remove_old_tape) : ERR_OK;
    for (size_t i = 0; !err && i < u->count; i++)
        err = put_in_place(part_of(u, u->ends[i]),
                           arena_printf(&u->arena, "%s%s", u->journal, u->ends[i]));
    return err;
}

/* What can fail for want of room or rights comes before anything is replaced. */
static enum err restore(struct db *from, const char *path, const char *journal)
{
    struct unpacked u = { .journal = journal };
    arena_init(&u.arena, "restore", 0);
    enum err err = check_backup(from);
    if (!err)
        err = unpack(from, &u);
    if (!err && u.count)
        err = fold(journal);
    if (!err)
        err = fold(path);
    if (!err)
        err = copy_to(from, path, NULL,
                      has_journal(from) ? "DROP TABLE backup_journal; VACUUM" : NULL);
    if (!err)
        err = place_journal(&u);
    for (size_t i = 0; err && i < u.count; i++)
        unlink(part_of(&u, u.ends[i]));
    arena_clear(&u.arena);
    return err;
}

enum err db_restore(const char *backup, const char *path, const char *journal)
{
    if (access(backup, R_OK) != 0)
        return err_set(ERR_NOT_FOUND, "%s cannot be read: %s", backup, strerror(errno));
    size_t len = strlen(backup) + 1;
    struct db from = { .path = memcpy(mem_alloc(len), backup, len) };
    enum err err = sql_open_handle(&from, SQLITE_OPEN_READONLY);
    if (!err)
        err = restore(&from, path, journal);
    sqlite3_close(from.handle);
    mem_free(from.path);
    return err;
}
