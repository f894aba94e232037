#include "adapters/db/sql_handle_int.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/json_writer.h"
#include "base/log.h"
#include "domain/types/money.h"

enum { BUSY_MS = 5000, SCRATCH_CACHE_KIB = 2048 };

static const char *const sql_texts[SQL_COUNT] = {
#define STATEMENT(id, sql) sql,
#include "adapters/db/statements.def"
#undef STATEMENT
};

static const struct {
    int number;
    const char *sql;
} migrations[] = {
#define MIGRATION(number, text) { number, text },
#include "adapters/db/migrations.def"
#undef MIGRATION
};

enum err sql_fail(struct db *db, const char *doing)
{
    int code = sqlite3_extended_errcode(db->handle);
    const char *why = sqlite3_errmsg(db->handle);
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY)
        return err_set(ERR_EXISTS, "%s: %s", doing, why);
    switch (code & 0xFF) {
    case SQLITE_FULL:
        return err_set(ERR_IO, "%s: no space is left for %s; make room on its disk", doing,
                       db->path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
        return err_set(ERR_REFUSED,
                       "%s: %s cannot be written: %s; check who owns it and its folder", doing,
                       db->path, why);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return err_set(ERR_CORRUPT, "%s: %s is damaged: %s; restore a backup with: ironfly restore",
                       doing, db->path, why);
    case SQLITE_BUSY:
        return err_set(ERR_IO, "%s: %s is locked by another process for too long", doing, db->path);
    case SQLITE_CONSTRAINT:
        return err_set(ERR_REFUSED, "%s: %s", doing, why);
    default:
        return err_set(ERR_IO, "%s: %s: %s", doing, db->path, why);
    }
}

/* ---- statements ------------------------------------------------------------------------------ */

static bool bind_one(sqlite3_stmt *s, int i, char type, va_list *args)
{
    switch (type) {
    case 'i':
        return sqlite3_bind_int64(s, i, va_arg(*args, int64_t)) == SQLITE_OK;
    case 'o':
    case 'm': {
        int64_t value = va_arg(*args, int64_t), none = type == 'o' ? 0 : PRICE_NONE;
        return (value == none ? sqlite3_bind_null(s, i) : sqlite3_bind_int64(s, i, value)) ==
               SQLITE_OK;
    }
    case 'd':
        return sqlite3_bind_double(s, i, va_arg(*args, double)) ==
               SQLITE_OK; /* NaN is NULL there */
    case 't':
        return sqlite3_bind_text(s, i, va_arg(*args, const char *), -1, SQLITE_TRANSIENT) ==
               SQLITE_OK;
    case 's':
    case 'b': {
        struct str value = va_arg(*args, struct str);
        if (!value.ptr)
            return sqlite3_bind_null(s, i) == SQLITE_OK;
        return (type == 's' ? sqlite3_bind_text(s, i, value.ptr, (int)value.len, SQLITE_TRANSIENT)
                            : sqlite3_bind_blob(s, i, value.ptr, (int)value.len,
                                                SQLITE_TRANSIENT)) == SQLITE_OK;
    }
    default:
        must_fail("a parameter type", __FILE__, __LINE__);
    }
}

static enum err begin(struct db *db, enum statement id, const char *types, va_list *args)
{
    MUST(!db->now); /* one query at a time */
    if (!db->statements[id] &&
        sqlite3_prepare_v3(db->handle, sql_texts[id], -1, SQLITE_PREPARE_PERSISTENT,
                           &db->statements[id], NULL) != SQLITE_OK)
        return sql_fail(db, "preparing a statement");
    sqlite3_stmt *s = db->statements[id];
    MUST(sqlite3_bind_parameter_count(s) == (int)strlen(types));
    for (int i = 0; types[i]; i++)
        if (!bind_one(s, i + 1, types[i], args)) {
            sqlite3_reset(s);
            return sql_fail(db, "binding a value");
        }
    db->now = s;
    return ERR_OK;
}

enum err sql_query(struct db *db, enum statement id, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    enum err err = begin(db, id, types, &args);
    va_end(args);
    return err;
}

enum err sql_next(struct db *db, bool *has_row)
{
    int code = sqlite3_step(db->now);
    *has_row = code == SQLITE_ROW;
    if (*has_row)
        return ERR_OK;
    enum err err = code == SQLITE_DONE ? ERR_OK : sql_fail(db, "the store");
    sql_done(db);
    return err;
}

void sql_done(struct db *db)
{
    if (!db->now)
        return;
    sqlite3_reset(db->now);
    sqlite3_clear_bindings(db->now); /* no secret stays in memory longer than it is used */
    db->now = NULL;
}

int64_t sql_int(struct db *db, int column)
{
    return sqlite3_column_int64(db->now, column);
}

int64_t sql_micros(struct db *db, int column)
{
    return sqlite3_column_type(db->now, column) == SQLITE_NULL
               ? PRICE_NONE
               : sqlite3_column_int64(db->now, column);
}

double sql_double(struct db *db, int column)
{
    return sqlite3_column_type(db->now, column) == SQLITE_NULL
               ? NAN
               : sqlite3_column_double(db->now, column);
}

struct str sql_bytes(struct db *db, struct arena *arena, int column)
{
    if (sqlite3_column_type(db->now, column) == SQLITE_NULL)
        return (struct str){ NULL, 0 };
    const void *bytes = sqlite3_column_blob(db->now, column);
    size_t len = (size_t)sqlite3_column_bytes(db->now, column);
    return (struct str){ arena_strndup(arena, bytes, len), len };
}

const char *sql_text(struct db *db, struct arena *arena, int column)
{
    return sql_bytes(db, arena, column).ptr;
}

/* Step a statement that is begun to its end. */
static enum err finish(struct db *db, int64_t *changed)
{
    bool has_row = true;
    enum err err = ERR_OK;
    while (!err && has_row)
        err = sql_next(db, &has_row);
    if (!err && changed)
        *changed = sqlite3_changes64(db->handle);
    return err;
}

enum err sql_run(struct db *db, int64_t *changed, enum statement id, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    enum err err = begin(db, id, types, &args);
    va_end(args);
    return err ? err : finish(db, changed);
}

enum err sql_must(struct db *db, enum statement id, const char *types, ...)
{
    int64_t changed = 0;
    va_list args;
    va_start(args, types);
    enum err err = begin(db, id, types, &args);
    va_end(args);
    if (!err)
        err = finish(db, &changed);
    return err ? err : changed ? ERR_OK : err_set(ERR_NOT_FOUND, "there is no such row any more");
}

enum err sql_number(struct db *db, int64_t *out, enum statement id, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    enum err err = begin(db, id, types, &args);
    va_end(args);
    bool has_row = false;
    if (!err)
        err = sql_next(db, &has_row);
    if (!err && has_row)
        *out = sql_int(db, 0);
    sql_done(db);
    return err;
}

enum err sql_one(struct db *db, struct arena *arena, void *out, sql_reader read, enum statement id,
                 const char *types, ...)
{
    va_list args;
    va_start(args, types);
    enum err err = begin(db, id, types, &args);
    va_end(args);
    bool has_row = false;
    if (!err)
        err = sql_next(db, &has_row);
    if (!err && has_row)
        read(db, arena, out);
    sql_done(db);
    return err ? err : has_row ? ERR_OK : err_set(ERR_NOT_FOUND, "there is no such row");
}

enum err sql_all(struct db *db, struct arena *arena, void *out_array, size_t *count, size_t size,
                 sql_reader read, enum statement id, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    enum err err = begin(db, id, types, &args);
    va_end(args);
    char *rows = NULL;
    size_t capacity = 0, n = 0;
    for (bool has_row = true; !err && has_row;) {
        err = sql_next(db, &has_row);
        if (err || !has_row)
            break;
        rows = mem_grow(rows, &capacity, n + 1, size);
        memset(rows + n * size, 0, size);
        read(db, arena, rows + n++ * size);
    }
    if (!err) {
        *(void **)out_array = n ? memcpy(arena_alloc(arena, n * size), rows, n * size) : NULL;
        *count = n;
    }
    mem_free(rows);
    return err;
}

/* ---- transactions ---------------------------------------------------------------------------- */

enum err sql_run_text(struct db *db, const char *sql, const char *doing)
{
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK
                                                                        : sql_fail(db, doing);
}

enum err db_begin(struct db *db)
{
    return sql_run_text(db, "BEGIN IMMEDIATE", "beginning a transaction");
}

enum err db_commit(struct db *db)
{
    enum err err = sql_run_text(db, "COMMIT", "storing");
    if (err)
        db_rollback(db);
    return err;
}

void db_rollback(struct db *db)
{
    sql_done(db);
    if (!sqlite3_get_autocommit(db->handle))
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- opening --------------------------------------------------------------------------------- */

int64_t sql_pragma_number(struct db *db, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(db->handle, sql, -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        value = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return value;
}

static enum err migrate(struct db *db)
{
    int newest = migrations[ARRAY_COUNT(migrations) - 1].number;
    int64_t have = sql_pragma_number(db, "PRAGMA user_version");
    if (have == newest)
        return ERR_OK;
    enum err err = db_begin(db);
    if (err)
        return err;
    have = sql_pragma_number(db, "PRAGMA user_version"); /* another process may have been quicker */
    if (have > newest)
        err = err_set(
            ERR_UNSUPPORTED,
            "%s was made by a newer program (schema %lld, this one knows %d); use that program",
            db->path, (long long)have, newest);
    for (size_t i = 0; !err && i < ARRAY_COUNT(migrations); i++)
        if (migrations[i].number > have)
            err = sql_run_text(db, migrations[i].sql, "bringing the schema up to date");
    char mark[96];
    snprintf(mark, sizeof mark, "PRAGMA user_version = %d; PRAGMA application_id = %d", newest,
             SQL_APPLICATION_ID);
    if (!err)
        err = sql_run_text(db, mark, "bringing the schema up to date");
    if (!err)
        return db_commit(db);
    db_rollback(db);
    return err;
}

int db_schema_version(void)
{
    return migrations[ARRAY_COUNT(migrations) - 1].number;
}

const char *db_library_version(void)
{
    return sqlite3_libversion();
}

enum err sql_open_handle(struct db *db, int flags)
{
    if (sqlite3_open_v2(db->path, &db->handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                        NULL) != SQLITE_OK)
        return sql_fail(db, "opening the store");
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    return ERR_OK;
}

enum err db_open(struct db **out, const char *path)
{
    /*
     * A new file is made by us, so that nobody but the owner may read what will be in it. One that
     * is there is never opened but by SQLite: closing it would let go of every lock that this
     * process has on it, and another process that then leaves takes the write-ahead log away under
     * our hands.
     */
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    else if (errno != EEXIST || access(path, R_OK | W_OK) != 0)
        return err_set(errno == ENOSPC ? ERR_IO : ERR_REFUSED,
                       "%s cannot be opened for writing: %s", path, strerror(errno));
    struct db *db = mem_alloc(sizeof *db);
    size_t len = strlen(path) + 1;
    db->path = memcpy(mem_alloc(len), path, len);
    enum err err = sql_open_handle(db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    if (!err)
        err = sql_run_text(
            db,
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
            "PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = ON",
            "opening the store");
    int64_t mark = err ? 0 : sql_pragma_number(db, "PRAGMA application_id");
    if (!err && mark != SQL_APPLICATION_ID &&
        (mark != 0 || sql_pragma_number(db, "SELECT count(*) FROM sqlite_schema") > 0))
        err = err_set(ERR_PARSE, "%s is a database, but not one of this program", path);
    if (!err)
        err = migrate(db);
    if (err) {
        db_close(db);
        return err;
    }
    *out = db;
    return ERR_OK;
}

enum err db_open_scratch(struct db **out, const char *path)
{
    unlink(path); /* of a program that was killed */
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(errno == ENOSPC ? ERR_IO : ERR_REFUSED, "%s cannot be made: %s", path,
                       strerror(errno));
    close(fd);
    struct db *db = mem_alloc(sizeof *db);
    size_t len = strlen(path) + 1;
    db->path = memcpy(mem_alloc(len), path, len);
    db->is_scratch = true;
    enum err err = sql_open_handle(db, SQLITE_OPEN_READWRITE);
    if (!err) /* pages beyond SCRATCH_CACHE_KIB go to the file, those before a change alone are kept
                 to undo it */
        err = sql_run_text(
            db, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON",
            "opening a store to throw away");
    if (!err) {
        char bound[64];
        snprintf(bound, sizeof bound, "PRAGMA cache_size = -%d", SCRATCH_CACHE_KIB);
        err = sql_run_text(db, bound, "opening a store to throw away");
    }
    if (!err)
        err = migrate(db);
    if (err) {
        db_close(db);
        return err;
    }
    *out = db;
    return ERR_OK;
}

void db_set_patience(struct db *db, int milliseconds)
{
    sqlite3_busy_timeout(db->handle, milliseconds);
}

void db_set_hasty(struct db *db)
{
    if (sqlite3_exec(db->handle, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL) != SQLITE_OK)
        log_warn("db", "commits stay as durable as before: %s", sqlite3_errmsg(db->handle));
}

void db_close(struct db *db)
{
    if (!db)
        return;
    db_rollback(db);
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(db->statements[i]);
    sqlite3_close(db->handle);
    if (db->is_scratch)
        unlink(db->path);
    mem_free(db->path);
    mem_free(db);
}

void db_id_make(char out[DB_ID_BYTES])
{
    unsigned char bytes[DB_ID_BYTES - 1];
    MUST(getrandom(bytes, sizeof bytes, 0) == (ssize_t)sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        out[i] = "abcdefghijklmnopqrstuvwxyz234567"[bytes[i] & 31];
    out[DB_ID_BYTES - 1] = '\0';
}

/* ---- export ---------------------------------------------------------------------------------- */

static const struct {
    const char *table, *sql;
} exports[] = {
#define EXPORT(table, columns) { #table, "SELECT " columns " FROM " #table " ORDER BY 1" },
#include "adapters/db/exports.def"
#undef EXPORT
};

static void export_value(struct json_writer *json, sqlite3_stmt *s, int column)
{
    json_key(json, sqlite3_column_name(s, column));
    switch (sqlite3_column_type(s, column)) {
    case SQLITE_INTEGER:
        json_int(json, sqlite3_column_int64(s, column));
        break;
    case SQLITE_FLOAT:
        json_double(json, sqlite3_column_double(s, column));
        break;
    case SQLITE_TEXT:
        json_str(json, (struct str){ (const char *)sqlite3_column_text(s, column),
                                     (size_t)sqlite3_column_bytes(s, column) });
        break;
    default:
        json_none(json);
    }
}

static enum err export_table(struct db *db, size_t index, FILE *out, struct buf *line)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db->handle, exports[index].sql, -1, &s, NULL) != SQLITE_OK)
        return sql_fail(db, "exporting");
    enum err err = ERR_OK;
    int code;
    while (!err && (code = sqlite3_step(s)) == SQLITE_ROW) {
        struct json_writer json = { .out = line };
        buf_clear(line);
        json_object_begin(&json);
        json_key_cstr(&json, "table", exports[index].table);
        json_key(&json, "row");
        json_object_begin(&json);
        for (int i = 0; i < sqlite3_column_count(s); i++)
            export_value(&json, s, i);
        json_object_end(&json);
        json_object_end(&json);
        buf_putc(line, '\n');
        if (fwrite(line->ptr, 1, line->len, out) != line->len)
            err = err_set(ERR_IO, "writing the export: %s", strerror(errno));
    }
    if (!err && code != SQLITE_DONE)
        err = sql_fail(db, "exporting");
    sqlite3_finalize(s);
    return err;
}

enum err db_export(struct db *db, FILE *out)
{
    enum err err = sql_run_text(db, "BEGIN", "exporting"); /* one moment for all tables */
    struct buf line = { 0 };
    for (size_t i = 0; !err && i < ARRAY_COUNT(exports); i++)
        err = export_table(db, i, out, &line);
    if (!err && fflush(out) != 0)
        err = err_set(ERR_IO, "writing the export: %s", strerror(errno));
    buf_free(&line);
    db_rollback(db);
    return err;
}
