/* Strategies, jobs, runs, and the rows of the audit trail. */
#include <math.h>
#include <zstd.h>

#include "adapters/db/sql_int.h"

/* ---- strategies ------------------------------------------------------------------------------ */

enum err db_strategy_revise(struct db *db, const struct db_strategy *s)
{
    return sql_run(db, NULL, SQL_STRATEGY_VERSION_ADD, "tsttti", s->id, s->text, s->hash,
                   s->author_id, s->note, s->version_ns);
}

enum err db_strategy_add(struct db *db, const struct db_strategy *s)
{
    enum err err = db_begin(db);
    if (err)
        return err;
    err = sql_run(db, NULL, SQL_STRATEGY_ADD, "ttti", s->id, s->owner_id, s->name, s->created_ns);
    if (err == ERR_EXISTS)
        err = err_set(
            err, "you have a strategy named \"%s\"; choose another name or add a version to it",
            s->name);
    if (!err)
        err = db_strategy_revise(db, s);
    if (!err)
        return db_commit(db);
    db_rollback(db);
    return err;
}

static void read_strategy(struct db *db, struct arena *arena, void *out)
{
    *(struct db_strategy *)out = (struct db_strategy){
        .id = sql_text(db, arena, 0),
        .owner_id = sql_text(db, arena, 1),
        .name = sql_text(db, arena, 2),
        .created_ns = sql_int(db, 3),
        .version = sql_int(db, 4),
        .hash = sql_text(db, arena, 5),
        .author_id = sql_text(db, arena, 6),
        .note = sql_text(db, arena, 7),
        .version_ns = sql_int(db, 8),
        .text = sql_bytes(db, arena, 9),
    };
}

enum err db_strategy_list(struct db *db, struct arena *arena, struct db_page page,
                          struct db_strategy **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_strategy, SQL_STRATEGY_LIST, "ti",
                   page.after, (int64_t)page.limit);
}

enum err db_strategy_get(struct db *db, struct arena *arena, const char *id,
                         struct db_strategy *out)
{
    return sql_one(db, arena, out, read_strategy, SQL_STRATEGY_BY_ID, "t", id);
}

enum err db_strategy_get_version(struct db *db, struct arena *arena, const char *id,
                                 int64_t version, struct db_strategy *out)
{
    return sql_one(db, arena, out, read_strategy, SQL_STRATEGY_VERSION, "ti", id, version);
}

enum err db_strategy_versions(struct db *db, struct arena *arena, const char *id, size_t limit,
                              struct db_strategy **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_strategy, SQL_STRATEGY_VERSIONS, "ti",
                   id, (int64_t)limit);
}

enum err db_strategy_archive(struct db *db, const char *id, int64_t now_ns)
{
    return sql_must(db, SQL_STRATEGY_ARCHIVE, "ti", id, now_ns);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

enum err db_job_add(struct db *db, const struct db_job *j, const char *key)
{
    return sql_run(db, NULL, SQL_JOB_ADD, "ttttit", j->id, j->owner_id, j->kind, j->spec,
                   j->created_ns, key);
}

static void read_job(struct db *db, struct arena *arena, void *out)
{
    *(struct db_job *)out = (struct db_job){
        .id = sql_text(db, arena, 0),
        .owner_id = sql_text(db, arena, 1),
        .kind = sql_text(db, arena, 2),
        .state = sql_text(db, arena, 3),
        .spec = sql_text(db, arena, 4),
        .progress = sql_double(db, 5),
        .text = sql_text(db, arena, 6),
        .error = sql_text(db, arena, 7),
        .tries = sql_int(db, 8),
        .created_ns = sql_int(db, 9),
        .started_ns = sql_int(db, 10),
        .ended_ns = sql_int(db, 11),
    };
}

enum err db_job_get(struct db *db, struct arena *arena, const char *id, struct db_job *out)
{
    return sql_one(db, arena, out, read_job, SQL_JOB_BY_ID, "t", id);
}

enum err db_job_find_key(struct db *db, struct arena *arena, const char *owner_id, const char *key,
                         struct db_job *out)
{
    return sql_one(db, arena, out, read_job, SQL_JOB_BY_KEY, "tt", owner_id, key);
}

enum err db_job_list(struct db *db, struct arena *arena, const char *owner_id, struct db_page page,
                     struct db_job **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_job, SQL_JOB_LIST, "tti", owner_id,
                   page.after, (int64_t)page.limit);
}

enum err db_job_take(struct db *db, struct arena *arena, int64_t now_ns, struct db_job *out)
{
    enum err err = db_begin(db);
    if (err)
        return err;
    err = sql_one(db, arena, out, read_job, SQL_JOB_NEXT, "");
    if (!err)
        err = sql_must(db, SQL_JOB_START, "ti", out->id, now_ns);
    if (!err) {
        out->state = "running";
        out->started_ns = now_ns;
        out->tries++;
        return db_commit(db);
    }
    db_rollback(db);
    return err;
}

enum err db_job_progress(struct db *db, const char *id, double progress, const char *text)
{
    return sql_must(db, SQL_JOB_PROGRESS, "tdt", id, progress, text);
}

enum err db_job_end(struct db *db, const char *id, const char *state, const char *text,
                    const char *error, int64_t now_ns)
{
    return sql_must(db, SQL_JOB_END, "tttti", id, state, text, error, now_ns);
}

enum err db_job_recover(struct db *db, int64_t tries_max, int64_t now_ns)
{
    enum err err = sql_run(
        db, NULL, SQL_JOB_GIVE_UP, "iti", tries_max,
        "the server stopped while it ran, too often; look at the log, then start it again", now_ns);
    return err ? err : sql_run(db, NULL, SQL_JOB_REQUEUE, "i", tries_max);
}

enum err db_job_count_state(struct db *db, const char *state, int64_t *out)
{
    return sql_number(db, out, SQL_JOB_COUNT_STATE, "t", state);
}

enum err db_job_count_open(struct db *db, const char *owner_id, int64_t *out)
{
    return sql_number(db, out, SQL_JOB_COUNT_OPEN, "t", owner_id);
}

/* ---- runs ------------------------------------------------------------------------------------ */

static enum err add_result(struct db *db, const char *id, struct str result)
{
    struct arena arena;
    arena_init(&arena, "step", 0);
    size_t bound = ZSTD_compressBound(result.len);
    char *packed = arena_alloc(&arena, bound);
    size_t len = ZSTD_compress(packed, bound, result.ptr, result.len, 3);
    enum err err = ZSTD_isError(len)
                       ? err_set(ERR_IO, "packing a result: %s", ZSTD_getErrorName(len))
                       : sql_run(db, NULL, SQL_RESULT_ADD, "tib", id, (int64_t)result.len,
                                 ((struct str){ packed, len }));
    arena_clear(&arena);
    return err;
}

enum err db_run_add(struct db *db, const struct db_run *r, struct str result)
{
    enum err err = db_begin(db);
    if (err)
        return err;
    err = sql_run(db, NULL, SQL_RUN_ADD, "tttttiiiiidddi", r->id, r->owner_id, r->strategy,
                  r->strategy_hash, r->underlying, (int64_t)r->first_day, (int64_t)r->last_day,
                  r->trades, r->pnl_micros, r->end_equity_micros, r->total_return, r->sharpe,
                  r->max_drawdown, r->created_ns);
    if (!err)
        err = add_result(db, r->id, result);
    if (!err)
        return db_commit(db);
    db_rollback(db);
    return err;
}

static void read_run(struct db *db, struct arena *arena, void *out)
{
    *(struct db_run *)out = (struct db_run){
        .id = sql_text(db, arena, 0),
        .owner_id = sql_text(db, arena, 1),
        .strategy = sql_text(db, arena, 2),
        .strategy_hash = sql_text(db, arena, 3),
        .underlying = sql_text(db, arena, 4),
        .first_day = (int32_t)sql_int(db, 5),
        .last_day = (int32_t)sql_int(db, 6),
        .trades = sql_int(db, 7),
        .pnl_micros = sql_int(db, 8),
        .end_equity_micros = sql_int(db, 9),
        .total_return = sql_double(db, 10),
        .sharpe = sql_double(db, 11),
        .max_drawdown = sql_double(db, 12),
        .created_ns = sql_int(db, 13),
    };
}

enum err db_run_get(struct db *db, struct arena *arena, const char *id, struct db_run *out)
{
    return sql_one(db, arena, out, read_run, SQL_RUN_BY_ID, "t", id);
}

enum err db_run_list(struct db *db, struct arena *arena, const char *owner_id, struct db_page page,
                     struct db_run **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_run, SQL_RUN_LIST, "tti", owner_id,
                   page.after, (int64_t)page.limit);
}

struct packed {
    int64_t bytes;
    struct str text;
};

static void read_packed(struct db *db, struct arena *arena, void *out)
{
    *(struct packed *)out = (struct packed){ sql_int(db, 0), sql_bytes(db, arena, 1) };
}

enum err db_run_result(struct db *db, struct arena *arena, const char *id, struct str *out)
{
    enum { RESULT_BYTES_MAX = 256 << 20 };
    struct packed packed;
    enum err err = sql_one(db, arena, &packed, read_packed, SQL_RESULT_GET, "t", id);
    if (err)
        return err;
    if (packed.bytes < 0 || packed.bytes > RESULT_BYTES_MAX)
        return err_set(ERR_CORRUPT, "the result of run %s says it is %lld bytes", id,
                       (long long)packed.bytes);
    char *text = arena_alloc(arena, (size_t)packed.bytes + 1);
    size_t len = ZSTD_decompress(text, (size_t)packed.bytes, packed.text.ptr, packed.text.len);
    if (ZSTD_isError(len) || (int64_t)len != packed.bytes)
        return err_set(ERR_CORRUPT, "the result of run %s cannot be unpacked; run it again", id);
    *out = (struct str){ text, len };
    return ERR_OK;
}

enum err db_run_delete(struct db *db, const char *id)
{
    enum err err = db_begin(db);
    if (err)
        return err;
    err = sql_run(db, NULL, SQL_RESULT_DELETE, "t", id);
    if (!err)
        err = sql_must(db, SQL_RUN_DELETE, "t", id);
    if (!err)
        return db_commit(db);
    db_rollback(db);
    return err;
}

/* ---- audit ----------------------------------------------------------------------------------- */

enum err db_audit_last(struct db *db, int64_t *seq, unsigned char hash[DB_HASH_BYTES])
{
    struct arena arena;
    arena_init(&arena, "step", 1024);
    *seq = 0;
    memset(hash, 0, DB_HASH_BYTES);
    enum err err = sql_query(db, SQL_AUDIT_LAST, "");
    bool has_row = false;
    if (!err)
        err = sql_next(db, &has_row);
    if (!err && has_row) {
        struct str bytes = sql_bytes(db, &arena, 1);
        *seq = sql_int(db, 0);
        if (bytes.len == DB_HASH_BYTES)
            memcpy(hash, bytes.ptr, DB_HASH_BYTES);
        else
            err =
                err_set(ERR_CORRUPT, "entry %lld of the audit trail has no hash", (long long)*seq);
    }
    sql_done(db);
    arena_clear(&arena);
    return err;
}

enum err db_audit_add(struct db *db, const struct db_audit *e)
{
    return sql_run(db, NULL, SQL_AUDIT_ADD, "iittttttbb", e->seq, e->ts_ns, e->user_id, e->event,
                   e->object, e->peer, e->request_id, e->data, e->previous, e->hash);
}

static void read_audit(struct db *db, struct arena *arena, void *out)
{
    *(struct db_audit *)out = (struct db_audit){
        .seq = sql_int(db, 0),
        .ts_ns = sql_int(db, 1),
        .user_id = sql_text(db, arena, 2),
        .event = sql_text(db, arena, 3),
        .object = sql_text(db, arena, 4),
        .peer = sql_text(db, arena, 5),
        .request_id = sql_text(db, arena, 6),
        .data = sql_text(db, arena, 7),
        .previous = sql_bytes(db, arena, 8),
        .hash = sql_bytes(db, arena, 9),
    };
}

enum err db_audit_from(struct db *db, struct arena *arena, int64_t after_seq, size_t limit,
                       struct db_audit **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_audit, SQL_AUDIT_FROM, "ii", after_seq,
                   (int64_t)limit);
}

enum err db_audit_list(struct db *db, struct arena *arena, const struct db_audit_filter *f,
                       int64_t before_seq, size_t limit, struct db_audit **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_audit, SQL_AUDIT_LIST, "iitttii",
                   before_seq, (int64_t)limit, f->user_id, f->event, f->text, f->from_ns, f->to_ns);
}

enum err db_audit_get(struct db *db, struct arena *arena, int64_t seq, struct db_audit *out)
{
    return sql_one(db, arena, out, read_audit, SQL_AUDIT_GET, "i", seq);
}

static void read_event(struct db *db, struct arena *arena, void *out)
{
    *(const char **)out = sql_text(db, arena, 0);
}

enum err db_audit_events(struct db *db, struct arena *arena, const char ***out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_event, SQL_AUDIT_EVENTS, "");
}

enum err db_audit_role(struct db *db, struct arena *arena, const char *user_id, int64_t at_ns,
                       struct db_audit *out)
{
    return sql_one(db, arena, out, read_audit, SQL_AUDIT_ROLE, "ti", user_id, at_ns);
}
