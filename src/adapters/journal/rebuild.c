/* A damaged journal: its files stay beside, and one that ends at its last whole record takes its
 * place. */
#include "adapters/journal/journal_int.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ASIDE_MAX = 1000 };

static enum err copy_records(sqlite3 *from, const char *path, sqlite3 *to, const char *new_path,
                             const struct journal_state *whole)
{
    sqlite3_stmt *read = NULL, *insert = NULL, *head = NULL;
    enum err err = journal_prepare(from, path, JOURNAL_READ_SQL, &read);
    if (!err)
        err = journal_prepare(to, new_path, "INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                              &insert);
    if (!err)
        err = journal_prepare(to, new_path,
                              "UPDATE head SET record = ?1, sequence = ?2, ts_ns = ?3, hash = ?4"
                              " WHERE record = ?5",
                              &head);
    if (!err)
        err = journal_sql(to, new_path, "BEGIN IMMEDIATE");
    struct journal_state at = { .hash = chain_begin() };
    if (!err)
        sqlite3_bind_int64(read, 1, 1);
    while (!err && at.records < whole->records) {
        struct chain_record record;
        bool more;
        err = journal_step(from, path, read, &at, &record, &more);
        if (!err)
            err = journal_insert(to, new_path, insert, &record, &at.hash);
    }
    if (!err && at.records)
        err = journal_set_head(to, new_path, head, &at, 0);
    if (!err)
        err = journal_sql(to, new_path, "COMMIT");
    sqlite3_finalize(read);
    sqlite3_finalize(insert);
    sqlite3_finalize(head);
    return err;
}

static enum err make_copy(const char *path, const char *new_path, const struct journal_state *whole)
{
    sqlite3 *from = NULL, *to = NULL;
    unlink(new_path);
    enum err err = journal_connect(&to, new_path, NULL, false, true);
    if (!err && whole->records)
        err = journal_connect(&from, path, NULL, true, false);
    if (!err && whole->records)
        err = copy_records(from, path, to, new_path, whole);
    /* Everything into the one file: it is renamed alone. */
    if (!err)
        err = journal_sql(to, new_path, "PRAGMA journal_mode=DELETE;");
    sqlite3_close_v2(from);
    sqlite3_close_v2(to);
    return err;
}

static void sync_folder(const char *path)
{
    char copy[JOURNAL_PATH_MAX + 16];
    snprintf(copy, sizeof copy, "%s", path);
    int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        fsync(folder);
        close(folder);
    }
}

static enum err move_beside(const char *path, int number)
{
    /* The log before the file: without its log a half-moved journal is only older, never mixed. */
    static const char *const ends[] = { "-wal", "-shm", "" };
    for (size_t i = 0; i < ARRAY_COUNT(ends); i++) {
        char from[JOURNAL_PATH_MAX + 16], to[JOURNAL_PATH_MAX + 32];
        snprintf(from, sizeof from, "%s%s", path, ends[i]);
        snprintf(to, sizeof to, "%s.broken-%d%s", path, number, ends[i]);
        if (rename(from, to) != 0 && errno != ENOENT)
            return err_set(ERR_IO, "%s cannot be moved to %s: %s", from, to, strerror(errno));
    }
    return ERR_OK;
}

enum err journal_set_aside(const char *path, const struct journal_state *whole)
{
    char new_path[JOURNAL_PATH_MAX + 16], beside[JOURNAL_PATH_MAX + 32];
    snprintf(new_path, sizeof new_path, "%s.new", path);
    int number = 1;
    for (; number < ASIDE_MAX; number++) {
        snprintf(beside, sizeof beside, "%s.broken-%d", path, number);
        if (access(beside, F_OK) != 0)
            break;
    }
    enum err err = make_copy(path, new_path, whole);
    if (!err)
        err = move_beside(path, number);
    if (err)
        return err_add(err, "setting aside what is damaged of %s", path);
    if (rename(new_path, path) != 0)
        return err_set(ERR_IO, "%s cannot be moved to %s: %s; the damaged journal is %s", new_path,
                       path, strerror(errno), beside);
    sync_folder(path);
    return ERR_OK;
}
