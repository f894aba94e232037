#include "adapters/journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "adapters/journal/journal_int.h"

/* ---- opening --------------------------------------------------------------------------------- */

static enum err take_lock(struct journal *j)
{
    char name[JOURNAL_PATH_MAX + 16];
    snprintf(name, sizeof name, "%s-lock", j->path);
    j->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (j->lock < 0)
        return err_set(ERR_IO, "%s cannot be made: %s", name, strerror(errno));
    /* The system gives the lock back when the process ends, however it ends. */
    if (flock(j->lock, LOCK_EX | LOCK_NB) != 0)
        return err_set(ERR_EXISTS, "%s is in use by another desk; stop it first", j->path);
    return ERR_OK;
}

static enum err open_statements(struct journal *j)
{
    enum err err = journal_prepare(j->db, j->path, JOURNAL_READ_SQL, &j->read);
    if (err || j->read_only)
        return err;
    err = journal_prepare(j->db, j->path, "INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                          &j->insert);
    if (err)
        return err;
    return journal_prepare(j->db, j->path,
                           "UPDATE head SET record = ?1, sequence = ?2, ts_ns = ?3, hash = ?4"
                           " WHERE record = ?5",
                           &j->head);
}

/* Find where the chain ends. A damaged one is refused, or set aside when that was asked for. */
static enum err find_end(struct journal *j, const struct journal_options *options)
{
    struct journal_verdict verdict = { 0 };
    if (!options->vfs)
        journal_scan_log(&verdict, j->path);
    bool look_only = j->read_only || verdict.lost_commits;
    enum err err = journal_connect(&j->db, j->path, options->vfs, look_only, !look_only);
    if (err == ERR_CORRUPT) {
        verdict.broken = 1;
        verdict.whole.hash = chain_begin();
        snprintf(verdict.trouble, sizeof verdict.trouble, "%s", err_detail());
    } else if (err) {
        return err;
    } else {
        journal_walk(&verdict, j->db, j->path);
    }
    bool is_damaged = verdict.broken || verdict.lost_commits || verdict.head_broken;
    j->is_whole = !is_damaged;
    snprintf(j->trouble, sizeof j->trouble, "%s", verdict.trouble);
    j->durable = j->appended = verdict.whole;
    if (!is_damaged || j->read_only)
        return ERR_OK;
    if (!options->set_aside || options->vfs)
        return err_set(ERR_CORRUPT,
                       "%s; the %llu records before are whole; go on after them with --set-aside",
                       verdict.trouble, (unsigned long long)verdict.whole.records);
    sqlite3_close_v2(j->db);
    j->db = NULL;
    err = journal_set_aside(j->path, &verdict.whole);
    if (!err)
        err = journal_connect(&j->db, j->path, NULL, false, false);
    j->is_whole = !err;
    return err;
}

enum err journal_open(struct journal **out, const char *path, const struct journal_options *options)
{
    *out = NULL;
    if (strlen(path) > JOURNAL_PATH_MAX)
        return err_set(ERR_RANGE, "the path of the journal is longer than %d characters",
                       JOURNAL_PATH_MAX);
    if (options->read_only && !options->vfs && access(path, R_OK) != 0)
        return err_set(ERR_NOT_FOUND, "there is no journal %s to read", path);
    struct journal *j = mem_alloc(sizeof *j);
    j->path = mem_alloc(strlen(path) + 1);
    memcpy(j->path, path, strlen(path) + 1);
    j->lock = -1;
    j->read_only = options->read_only;
    enum err err = options->vfs || j->read_only ? ERR_OK : take_lock(j);
    if (!err)
        err = find_end(j, options);
    if (!err)
        err = open_statements(j);
    if (err) {
        journal_close(j);
        return err;
    }
    *out = j;
    return ERR_OK;
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    sqlite3_finalize(j->insert);
    sqlite3_finalize(j->head);
    sqlite3_finalize(j->read);
    /* A whole journal is left as one file, so that a copy of it is all of it. */
    if (j->db && j->is_whole && !j->read_only)
        sqlite3_db_config(j->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    sqlite3_close_v2(j->db);
    if (j->lock >= 0)
        close(j->lock);
    mem_free(j->pending);
    buf_free(&j->bodies);
    mem_free(j->path);
    mem_free(j);
}

const char *journal_trouble(const struct journal *j)
{
    return j->trouble;
}

struct journal_state journal_state(const struct journal *j)
{
    return j->appended;
}

struct journal_state journal_durable(const struct journal *j)
{
    return j->durable;
}

size_t journal_pending(const struct journal *j)
{
    return j->pending_count;
}

/* ---- writing --------------------------------------------------------------------------------- */

enum err journal_append(struct journal *j, struct chain_record *record)
{
    MUST(!j->read_only);
    if (record->len > JOURNAL_BODY_MAX)
        return err_set(ERR_RANGE, "a journal record of %zu bytes is beyond the %u that are allowed",
                       record->len, JOURNAL_BODY_MAX);
    const struct journal_state *last = &j->appended;
    if (record->sequence < last->sequence || (last->records && record->ts_ns < last->ts_ns))
        return err_set(ERR_RANGE, "a journal record of event %llu goes back in time",
                       (unsigned long long)record->sequence);
    record->record = last->records + 1;
    j->pending =
        mem_grow(j->pending, &j->pending_capacity, j->pending_count + 1, sizeof *j->pending);
    struct pending_record *p = &j->pending[j->pending_count++];
    *p = (struct pending_record){ .record = *record, .body_at = j->bodies.len };
    p->record.body = NULL;
    p->hash = chain_next(&last->hash, record);
    buf_append(&j->bodies, record->body, record->len);
    j->appended =
        (struct journal_state){ record->record, record->sequence, record->ts_ns, p->hash };
    return ERR_OK;
}

static enum err write_pending(struct journal *j)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < j->pending_count && !err; i++) {
        struct chain_record record = j->pending[i].record;
        record.body = (const uint8_t *)j->bodies.ptr + j->pending[i].body_at;
        err = journal_insert(j->db, j->path, j->insert, &record, &j->pending[i].hash);
    }
    if (!err)
        err = journal_set_head(j->db, j->path, j->head, &j->appended, j->durable.records);
    return err;
}

/* An error's text must outlive the rollback. */
static void roll_back(struct journal *j)
{
    if (!sqlite3_get_autocommit(j->db))
        sqlite3_exec(j->db, "ROLLBACK", NULL, NULL, NULL);
}

enum err journal_commit(struct journal *j)
{
    if (!j->pending_count)
        return ERR_OK;
    enum err err = journal_sql(j->db, j->path, "BEGIN IMMEDIATE");
    if (!err)
        err = write_pending(j);
    if (!err)
        err = journal_sql(j->db, j->path, "COMMIT");
    if (err) {
        roll_back(j);
        return err;
    }
    j->durable = j->appended;
    j->pending_count = 0;
    buf_clear(&j->bodies);
    return ERR_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum err hash_at(struct journal *j, uint64_t record, struct journal_state *out)
{
    *out = (struct journal_state){ .hash = chain_begin() };
    if (record == 0)
        return ERR_OK;
    sqlite3_stmt *read;
    enum err err = journal_prepare(
        j->db, j->path, "SELECT sequence, ts_ns, hash FROM record WHERE record = ?1", &read);
    if (err)
        return err;
    sqlite3_bind_int64(read, 1, (sqlite3_int64)record);
    if (sqlite3_step(read) == SQLITE_ROW && sqlite3_column_bytes(read, 2) == CHAIN_HASH_BYTES) {
        *out = (struct journal_state){ .records = record,
                                       .sequence = (uint64_t)sqlite3_column_int64(read, 0),
                                       .ts_ns = sqlite3_column_int64(read, 1) };
        memcpy(out->hash.bytes, sqlite3_column_blob(read, 2), CHAIN_HASH_BYTES);
    } else {
        err = err_set(ERR_CORRUPT, "%s: record %llu cannot be read", j->path,
                      (unsigned long long)record);
    }
    sqlite3_finalize(read);
    return err;
}

enum err journal_seek(struct journal *j, uint64_t from)
{
    MUST(from > 0);
    if (from > j->durable.records + 1)
        return err_set(ERR_NOT_FOUND, "%s has %llu records: there is none of number %llu", j->path,
                       (unsigned long long)j->durable.records, (unsigned long long)from);
    sqlite3_reset(j->read);
    sqlite3_bind_int64(j->read, 1, (sqlite3_int64)from);
    return hash_at(j, from - 1, &j->cursor);
}

enum err journal_next(struct journal *j, struct chain_record *out, struct chain_hash *hash,
                      bool *more)
{
    enum err err = ERR_OK;
    /* Beyond what opening found whole there may be damage, or what a desk writes while we read. */
    *more = j->cursor.records < j->durable.records;
    if (*more)
        err = journal_step(j->db, j->path, j->read, &j->cursor, out, more);
    if (err || !*more)
        sqlite3_reset(j->read);
    *hash = j->cursor.hash;
    return err;
}

enum err journal_look(struct journal *j)
{
    MUST(j->read_only);
    sqlite3_stmt *head;
    enum err err =
        journal_prepare(j->db, j->path, "SELECT record, sequence, ts_ns FROM head", &head);
    if (err)
        return err;
    struct journal_state now = j->durable;
    if (sqlite3_step(head) == SQLITE_ROW)
        now = (struct journal_state){ .records = (uint64_t)sqlite3_column_int64(head, 0),
                                      .sequence = (uint64_t)sqlite3_column_int64(head, 1),
                                      .ts_ns = sqlite3_column_int64(head, 2) };
    else
        err = journal_sql_error(j->db, j->path, "reading its head");
    sqlite3_finalize(head);
    if (!err && now.records < j->durable.records)
        err = err_set(ERR_CORRUPT, "%s had %llu records and has %llu now", j->path,
                      (unsigned long long)j->durable.records, (unsigned long long)now.records);
    if (!err && now.records > j->durable.records)
        err = hash_at(j, now.records, &now);
    if (!err)
        j->durable = now;
    return err;
}

/* ---- snapshots ------------------------------------------------------------------------------- */

enum { SNAPSHOTS_KEPT = 2 };

static enum err put_snapshot(struct journal *j, sqlite3_stmt *insert, const char *format,
                             const uint8_t *body, size_t len)
{
    struct chain_hash hash = chain_snapshot(&j->durable.hash, body, len);
    sqlite3_bind_int64(insert, 1, (sqlite3_int64)j->durable.records);
    sqlite3_bind_int64(insert, 2, (sqlite3_int64)j->durable.sequence);
    sqlite3_bind_int64(insert, 3, j->durable.ts_ns);
    sqlite3_bind_text(insert, 4, format, -1, SQLITE_STATIC);
    sqlite3_bind_blob64(insert, 5, body, len, SQLITE_STATIC);
    sqlite3_bind_blob64(insert, 6, hash.bytes, sizeof hash.bytes, SQLITE_STATIC);
    if (sqlite3_step(insert) != SQLITE_DONE)
        return journal_sql_error(j->db, j->path, "writing a snapshot");
    return ERR_OK;
}

enum err journal_snapshot_put(struct journal *j, const char *format, const uint8_t *body,
                              size_t len)
{
    MUST(!j->read_only);
    MUST(!j->pending_count);
    if (len > JOURNAL_SNAPSHOT_MAX || strlen(format) >= JOURNAL_FORMAT_BYTES)
        return err_set(ERR_RANGE, "a snapshot of %zu bytes is beyond the %u that are allowed", len,
                       JOURNAL_SNAPSHOT_MAX);
    sqlite3_stmt *insert;
    enum err err = journal_prepare(
        j->db, j->path, "INSERT OR REPLACE INTO snapshot VALUES (?1, ?2, ?3, ?4, ?5, ?6)", &insert);
    if (err)
        return err;
    char drop[160];
    snprintf(drop, sizeof drop,
             "DELETE FROM snapshot WHERE record NOT IN"
             " (SELECT record FROM snapshot ORDER BY record DESC LIMIT %d)",
             SNAPSHOTS_KEPT);
    err = journal_sql(j->db, j->path, "BEGIN IMMEDIATE");
    if (!err)
        err = put_snapshot(j, insert, format, body, len);
    sqlite3_finalize(insert);
    if (!err)
        err = journal_sql(j->db, j->path, drop);
    if (!err)
        err = journal_sql(j->db, j->path, "COMMIT");
    if (err)
        roll_back(j);
    return err;
}

static bool snapshot_holds(struct journal *j, sqlite3_stmt *read, struct journal_state *at)
{
    if (hash_at(j, (uint64_t)sqlite3_column_int64(read, 0), at))
        return false;
    const void *stored = sqlite3_column_blob(read, 2);
    if (!stored || sqlite3_column_bytes(read, 2) != CHAIN_HASH_BYTES)
        return false;
    struct chain_hash hash = chain_snapshot(&at->hash, sqlite3_column_blob(read, 1),
                                            (size_t)sqlite3_column_bytes(read, 1));
    return memcmp(hash.bytes, stored, CHAIN_HASH_BYTES) == 0;
}

enum err journal_snapshot_get(struct journal *j, const char *format, uint64_t upto,
                              struct journal_state *at, struct buf *body, bool *found)
{
    *found = false;
    sqlite3_stmt *read;
    enum err err = journal_prepare(j->db, j->path,
                                   "SELECT record, body, hash FROM snapshot WHERE format = ?1 AND"
                                   " record <= ?2 ORDER BY record DESC",
                                   &read);
    if (err)
        return err;
    uint64_t last = upto < j->durable.records ? upto : j->durable.records;
    sqlite3_bind_text(read, 1, format, -1, SQLITE_STATIC);
    sqlite3_bind_int64(read, 2, (sqlite3_int64)last);
    while (!*found && sqlite3_step(read) == SQLITE_ROW) {
        *found = snapshot_holds(j, read, at); /* a damaged one is passed over for the one before */
        if (*found)
            buf_append(body, sqlite3_column_blob(read, 1), (size_t)sqlite3_column_bytes(read, 1));
    }
    sqlite3_finalize(read);
    return ERR_OK;
}

enum err journal_snapshot_newest(struct journal *j, char format[JOURNAL_FORMAT_BYTES],
                                 uint64_t *record)
{
    format[0] = '\0';
    *record = 0;
    sqlite3_stmt *read;
    enum err err = journal_prepare(
        j->db, j->path, "SELECT record, format FROM snapshot ORDER BY record DESC LIMIT 1", &read);
    if (err)
        return err;
    if (sqlite3_step(read) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(read, 1);
        *record = (uint64_t)sqlite3_column_int64(read, 0);
        snprintf(format, JOURNAL_FORMAT_BYTES, "%s", text ? text : "");
    }
    sqlite3_finalize(read);
    return ERR_OK;
}
