/* What the journal says to SQLite, and what SQLite's answers mean. */
#include "adapters/journal/journal_int.h"

#include <stdio.h>
#include <string.h>

static const char schema[] =
    "CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), record INTEGER NOT NULL,"
    " sequence INTEGER NOT NULL, ts_ns INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE TABLE record (record INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, ts_ns INTEGER NOT "
    "NULL,"
    " kind INTEGER NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE TABLE snapshot (record INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, ts_ns INTEGER "
    "NOT NULL,"
    " format TEXT NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL) STRICT;"
    "INSERT INTO head VALUES (1, 0, 0, 0, zeroblob(32));";

enum err journal_sql_error(sqlite3 *db, const char *path, const char *what)
{
    int code = sqlite3_errcode(db) & 0xff;
    if (code == SQLITE_FULL)
        return err_set(ERR_FULL, "%s: %s: the disk is full; make room, nothing was lost", path,
                       what);
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return err_set(ERR_EXISTS, "%s: %s: another program is writing this journal", path, what);
    if (code == SQLITE_CORRUPT)
        return err_set(ERR_CORRUPT, "%s: %s: the file is damaged; see: ironfly journal verify",
                       path, what);
    if (code == SQLITE_NOTADB)
        return err_set(ERR_UNSUPPORTED, "%s is not a journal", path);
    return err_set(ERR_IO, "%s: %s: %s", path, what, sqlite3_errmsg(db));
}

enum err journal_sql(sqlite3 *db, const char *path, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return journal_sql_error(db, path, "writing");
    return ERR_OK;
}

enum err journal_prepare(sqlite3 *db, const char *path, const char *sql, sqlite3_stmt **out)
{
    if (sqlite3_prepare_v2(db, sql, -1, out, NULL) != SQLITE_OK)
        return journal_sql_error(db, path, "reading");
    return ERR_OK;
}

static enum err read_number(sqlite3 *db, const char *path, const char *sql, int64_t *out)
{
    sqlite3_stmt *statement;
    enum err err = journal_prepare(db, path, sql, &statement);
    if (err)
        return err;
    *out = 0;
    int step = sqlite3_step(statement);
    if (step == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    else if (step != SQLITE_DONE)
        err = journal_sql_error(db, path, "reading");
    sqlite3_finalize(statement);
    return err;
}

static enum err make_tables(sqlite3 *db, const char *path)
{
    char pragmas[120];
    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id=%d; PRAGMA user_version=%d;",
             JOURNAL_APPLICATION, JOURNAL_VERSION);
    enum err err = journal_sql(db, path, "BEGIN IMMEDIATE");
    if (!err)
        err = journal_sql(db, path, schema);
    if (!err)
        err = journal_sql(db, path, pragmas);
    if (!err)
        err = journal_sql(db, path, "COMMIT");
    return err;
}

static enum err check_format(sqlite3 *db, const char *path, bool create)
{
    int64_t application, version, tables;
    enum err err = read_number(db, path, "PRAGMA application_id", &application);
    if (!err)
        err = read_number(db, path, "PRAGMA user_version", &version);
    if (!err)
        err = read_number(db, path, "SELECT count(*) FROM sqlite_schema", &tables);
    if (err)
        return err;
    if (!application && !version && !tables && create)
        return make_tables(db, path);
    if (application != JOURNAL_APPLICATION)
        return err_set(ERR_UNSUPPORTED, "%s is not a journal", path);
    if (version != JOURNAL_VERSION)
        return err_set(ERR_UNSUPPORTED, "%s is a journal of version %lld; this program knows %d",
                       path, (long long)version, JOURNAL_VERSION);
    return ERR_OK;
}

/* FULL: the log is synced at every commit. The size limit keeps a log that a reader held up from
 * staying large. Nothing is ever cached beyond the commit. */
static const char settings[] = "PRAGMA synchronous=FULL; PRAGMA journal_size_limit=16777216;"
                               "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;";

enum err journal_connect(sqlite3 **out, const char *path, const char *vfs, bool read_only,
                         bool create)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                (read_only ? SQLITE_OPEN_READONLY
                           : SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0));
    *out = NULL;
    if (sqlite3_open_v2(path, out, flags, vfs) != SQLITE_OK) {
        enum err err = *out ? journal_sql_error(*out, path, "opening")
                            : err_set(ERR_IO, "%s: no memory to open it", path);
        sqlite3_close_v2(*out);
        *out = NULL;
        return err;
    }
    sqlite3_busy_timeout(*out, 5000);
    /* Closing would fold the log into the file and delete it: not before it is known to be whole.
     */
    sqlite3_db_config(*out, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    enum err err = read_only ? ERR_OK : journal_sql(*out, path, "PRAGMA journal_mode=WAL;");
    if (!err)
        err = journal_sql(*out, path, settings);
    if (!err)
        err = check_format(*out, path, create);
    if (err) {
        sqlite3_close_v2(*out);
        *out = NULL;
    }
    return err;
}

enum err journal_insert(sqlite3 *db, const char *path, sqlite3_stmt *insert,
                        const struct chain_record *record, const struct chain_hash *hash)
{
    sqlite3_bind_int64(insert, 1, (sqlite3_int64)record->record);
    sqlite3_bind_int64(insert, 2, (sqlite3_int64)record->sequence);
    sqlite3_bind_int64(insert, 3, record->ts_ns);
    sqlite3_bind_int64(insert, 4, record->kind);
    sqlite3_bind_blob64(insert, 5, record->len ? (const void *)record->body : "", record->len,
                        SQLITE_STATIC);
    sqlite3_bind_blob64(insert, 6, hash->bytes, sizeof hash->bytes, SQLITE_STATIC);
    enum err err =
        sqlite3_step(insert) == SQLITE_DONE ? ERR_OK : journal_sql_error(db, path, "writing");
    sqlite3_reset(insert);
    return err;
}

enum err journal_set_head(sqlite3 *db, const char *path, sqlite3_stmt *head,
                          const struct journal_state *state, uint64_t expected)
{
    sqlite3_bind_int64(head, 1, (sqlite3_int64)state->records);
    sqlite3_bind_int64(head, 2, (sqlite3_int64)state->sequence);
    sqlite3_bind_int64(head, 3, state->ts_ns);
    sqlite3_bind_blob64(head, 4, state->hash.bytes, sizeof state->hash.bytes, SQLITE_STATIC);
    sqlite3_bind_int64(head, 5, (sqlite3_int64)expected);
    enum err err =
        sqlite3_step(head) == SQLITE_DONE ? ERR_OK : journal_sql_error(db, path, "writing");
    sqlite3_reset(head);
    if (!err && sqlite3_changes(db) != 1)
        err = err_set(ERR_EXISTS, "%s: another program has written to this journal", path);
    return err;
}

/* Check one row against what must come next; returns why it does not fit, NULL when it does. */
static const char *row_fault(sqlite3_stmt *read, const struct journal_state *before,
                             struct chain_record *out, struct chain_hash *hash)
{
    *out = (struct chain_record){ .record = (uint64_t)sqlite3_column_int64(read, 0),
                                  .sequence = (uint64_t)sqlite3_column_int64(read, 1),
                                  .ts_ns = sqlite3_column_int64(read, 2),
                                  .kind = (uint32_t)sqlite3_column_int64(read, 3),
                                  .body = sqlite3_column_blob(read, 4),
                                  .len = (size_t)sqlite3_column_bytes(read, 4) };
    if (out->record != before->records + 1)
        return "it is missing";
    const void *stored = sqlite3_column_blob(read, 5);
    if (!stored || sqlite3_column_bytes(read, 5) != CHAIN_HASH_BYTES)
        return "it has no hash";
    *hash = chain_next(&before->hash, out);
    if (memcmp(stored, hash->bytes, CHAIN_HASH_BYTES) != 0)
        return "its hash does not fit what it holds and what came before";
    if (out->sequence < before->sequence || (before->records && out->ts_ns < before->ts_ns))
        return "it goes back in time";
    return NULL;
}

enum err journal_step(sqlite3 *db, const char *path, sqlite3_stmt *read,
                      struct journal_state *before, struct chain_record *out, bool *more)
{
    int step = sqlite3_step(read);
    *more = step == SQLITE_ROW;
    if (step == SQLITE_DONE)
        return ERR_OK;
    if (step != SQLITE_ROW) {
        enum err err = journal_sql_error(db, path, "reading");
        return err_add(err, "record %llu", (unsigned long long)before->records + 1);
    }
    struct chain_hash hash;
    const char *fault = row_fault(read, before, out, &hash);
    if (fault)
        return err_set(ERR_CORRUPT, "%s: record %llu is broken: %s", path,
                       (unsigned long long)before->records + 1, fault);
    *before = (struct journal_state){ out->record, out->sequence, out->ts_ns, hash };
    return ERR_OK;
}
