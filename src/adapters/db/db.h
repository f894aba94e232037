/*
 * What the server remembers: people, sessions, strategies, jobs and runs, orders, alerts, audit.
 *
 *     struct db *db;
 *     err = db_open(&db, "data/ironfly.db");     makes it, or brings its schema up to date
 *     err = db_user_find(db, &arena, login, &user);
 *     db_close(db);
 *
 * A struct db is one connection, used by one thread at a time; every thread opens its own on the
 * same file. Readers never wait; writers wait for one another up to five seconds. Each call is a
 * transaction of its own unless db_begin() was called. What a call says is stored is on the disk
 * when it returns.
 *
 * All SQL is in statements.def and migrations.def; sql.c alone knows that it is SQLite. Texts that
 * come back live in the arena given. Moments are nanoseconds since 1970 UTC, 0 where there is none.
 *
 * Errors of all calls: ERR_NOT_FOUND no such row, ERR_EXISTS it is there already, ERR_IO disk full
 * or failing, ERR_REFUSED permissions, ERR_CORRUPT; err_detail() says which and what to do.
 */
#ifndef ADAPTERS_DB_DB_H
#define ADAPTERS_DB_DB_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

struct db;

NODISCARD enum err db_open(struct db **out, const char *path);
/* A new one in a file of its own, in place of any that is there, gone when it is closed: it takes
 * about 2 MiB of memory however much is in it. One whose program was killed stays until the next;
 * it holds nothing that anybody needs. */
NODISCARD enum err db_open_scratch(struct db **out, const char *path);
int db_schema_version(void);          /* that this program makes and reads */
const char *db_library_version(void); /* of SQLite */
void db_close(struct db *db);         /* NULL is fine; an open transaction is undone */

/* How long a writer waits for another: 5 s at first. For a thread that may not be held up. */
void db_set_patience(struct db *db, int milliseconds);
/* What this connection commits is whole after a crash of the machine, but the last of it may be
 * missing: for what can be made again from elsewhere. */
void db_set_hasty(struct db *db);

NODISCARD enum err db_begin(struct db *db); /* others may read, none may write until the end */
NODISCARD enum err db_commit(struct db *db);
void db_rollback(struct db *db);

/* Sixteen random characters of a-z and 2-7: the identity of a new row. Nobody can guess one. */
enum { DB_ID_BYTES = 17 };
void db_id_make(char out[DB_ID_BYTES]);

/* A list from behind the row whose id is `after` (NULL: the newest), at most limit rows. */
struct db_page {
    const char *after;
    size_t limit;
};

/* ---- keeping it ------------------------------------------------------------------------------ */

/*
 * A consistent copy while others write; appears at path whole or not at all. journal: the desk's,
 * another SQLite file, goes into it where there is one; NULL: none.
 */
NODISCARD enum err db_backup(struct db *db, const char *path, const char *journal);
/*
 * Put a backup in place of path, and the journal in it in place of journal (its folder is made;
 * NULL: left out); no process may have either open. Refuses what is damaged, no backup of ours, or
 * newer than this program.
 */
NODISCARD enum err db_restore(const char *backup, const char *path, const char *journal);
/* Read the whole file and change nothing: is it ours, whole, and of what schema? Errors:
 * ERR_NOT_FOUND, ERR_PARSE (another program's), ERR_UNSUPPORTED (of a newer program), ERR_CORRUPT,
 * ERR_IO. */
struct db_health {
    int schema, schema_newest; /* of the file; of this program */
    int64_t bytes;
};
NODISCARD enum err db_check(const char *path, struct db_health *out);
/* Every row as a line of JSON, {"table":"users","row":{...}}; no password, secret or hash of one.
 */
NODISCARD enum err db_export(struct db *db, FILE *out);
/* Let go of what has run out: sessions, throttles. */
NODISCARD enum err db_prune(struct db *db, int64_t before_ns);

/* ---- roles ----------------------------------------------------------------------------------- */

NODISCARD enum err db_role_put(struct db *db, const char *name, const char *text);
NODISCARD enum err db_role_grant(struct db *db, const char *role, const char *permission);
NODISCARD enum err db_role_permissions(struct db *db, struct arena *arena, const char *role,
                                       const char ***out, size_t *count);
struct db_role {
    const char *name, *text;
};
NODISCARD enum err db_role_list(struct db *db, struct arena *arena, struct db_role **out,
                                size_t *count);

/* ---- people ---------------------------------------------------------------------------------- */

struct db_user {
    const char *id, *login, *role;
    const char *password; /* the hash, as libsodium writes it */
    int64_t created_ns, disabled_ns;
    struct str totp_secret; /* sealed; empty: none */
    bool totp_confirmed;
    int64_t totp_step; /* the last one that was used */
};
/* ERR_EXISTS when the login is taken, in whatever case. */
NODISCARD enum err db_user_add(struct db *db, const struct db_user *user);
NODISCARD enum err db_user_count(struct db *db, int64_t *out);
NODISCARD enum err db_user_count_role(struct db *db, const char *role,
                                      int64_t *out); /* not disabled */
NODISCARD enum err db_user_get(struct db *db, struct arena *arena, const char *id,
                               struct db_user *out);
NODISCARD enum err db_user_find(struct db *db, struct arena *arena, struct str login,
                                struct db_user *out);
NODISCARD enum err db_user_list(struct db *db, struct arena *arena, struct db_page page,
                                struct db_user **out, size_t *count);
NODISCARD enum err db_user_set_password(struct db *db, const char *id, const char *password);
NODISCARD enum err db_user_set_role(struct db *db, const char *id, const char *role);
NODISCARD enum err db_user_set_disabled(struct db *db, const char *id, int64_t disabled_ns);
NODISCARD enum err db_user_set_totp(struct db *db, const char *id, struct str secret,
                                    bool confirmed, int64_t step);
/* ERR_REFUSED when this step or a later one was taken before. */
NODISCARD enum err db_user_take_step(struct db *db, const char *id, int64_t step);
NODISCARD enum err db_recovery_replace(struct db *db, const char *user_id, const struct str *hashes,
                                       size_t count);
NODISCARD enum err db_recovery_take(struct db *db, const char *user_id, struct str hash,
                                    int64_t now_ns);

struct db_session {
    const char *id, *user_id;
    const char *kind; /* "browser" or "access" */
    struct str hash, refresh_hash;
    const char *scopes;  /* permission names with spaces between; "*": all of the role */
    const char *methods; /* "pwd", "pwd otp" */
    int64_t auth_ns, created_ns, seen_ns, access_expires_ns, expires_ns, ended_ns;
    const char *end_reason, *peer, *agent;
};
NODISCARD enum err db_session_add(struct db *db, const struct db_session *session);
NODISCARD enum err db_session_find(struct db *db, struct arena *arena, struct str hash,
                                   struct db_session *out);
NODISCARD enum err db_session_find_refresh(struct db *db, struct arena *arena, struct str hash,
                                           struct db_session *out);
NODISCARD enum err db_session_get(struct db *db, struct arena *arena, const char *id,
                                  struct db_session *out);
NODISCARD enum err db_session_list(struct db *db, struct arena *arena, const char *user_id,
                                   int64_t now_ns, size_t limit, struct db_session **out,
                                   size_t *count);
/* Those that were open at a moment, as far as they are kept: a while after they ended they are
 * gone. */
NODISCARD enum err db_session_at(struct db *db, struct arena *arena, const char *user_id,
                                 int64_t at_ns, size_t limit, struct db_session **out,
                                 size_t *count);
NODISCARD enum err db_session_seen(struct db *db, const char *id, int64_t now_ns,
                                   int64_t access_expires_ns);
NODISCARD enum err db_session_rotate(struct db *db, const char *id, struct str hash,
                                     struct str refresh_hash, int64_t now_ns,
                                     int64_t access_expires_ns);
NODISCARD enum err db_session_authenticated(struct db *db, const char *id, struct str hash,
                                            int64_t now_ns, const char *methods);
NODISCARD enum err db_session_end(struct db *db, const char *id, int64_t now_ns,
                                  const char *reason);
/* All sessions of a user but one ("": all). */
NODISCARD enum err db_session_end_others(struct db *db, const char *user_id, const char *but_id,
                                         int64_t now_ns, const char *reason);
NODISCARD enum err db_refresh_spend(struct db *db, struct str hash, const char *session_id,
                                    int64_t now_ns);
NODISCARD enum err db_refresh_spent(struct db *db, struct arena *arena, struct str hash,
                                    const char **session_id);

struct db_token {
    const char *id, *user_id, *name, *scopes;
    struct str hash;
    int64_t created_ns, expires_ns, used_ns, ended_ns;
};
NODISCARD enum err db_token_add(struct db *db, const struct db_token *token);
NODISCARD enum err db_token_get(struct db *db, struct arena *arena, const char *id,
                                struct db_token *out);
NODISCARD enum err db_token_list(struct db *db, struct arena *arena, const char *user_id,
                                 size_t limit, struct db_token **out, size_t *count);
NODISCARD enum err db_token_count(struct db *db, const char *user_id, int64_t *out);
NODISCARD enum err db_token_used(struct db *db, const char *id, int64_t now_ns);
NODISCARD enum err db_token_end(struct db *db, const char *id, int64_t now_ns);
NODISCARD enum err db_token_end_all(struct db *db, const char *user_id, int64_t now_ns);

struct db_throttle {
    int64_t failures, since_ns, until_ns;
};
/* Zeroes when there is none. */
NODISCARD enum err db_throttle_get(struct db *db, const char *key, struct db_throttle *out);
NODISCARD enum err db_throttle_put(struct db *db, const char *key, struct db_throttle value);
NODISCARD enum err db_throttle_clear(struct db *db, const char *key);

NODISCARD enum err db_setting_put(struct db *db, const char *user_id, const char *key,
                                  struct str value, int64_t now_ns);
NODISCARD enum err db_setting_get(struct db *db, struct arena *arena, const char *user_id,
                                  const char *key, struct str *out);
NODISCARD enum err db_setting_count(struct db *db, const char *user_id, int64_t *out);

/* ---- desks, strategies, orders --------------------------------------------------------------- */

struct db_desk {
    const char *id, *name;
    const char *mode; /* "paper" or "live" */
    int64_t created_ns;
};
NODISCARD enum err db_desk_add(struct db *db, const struct db_desk *desk);
NODISCARD enum err db_desk_list(struct db *db, struct arena *arena, size_t limit,
                                struct db_desk **out, size_t *count);
NODISCARD enum err db_desk_join(struct db *db, const char *desk_id, const char *user_id);

struct db_account {
    const char *id, *desk_id, *name, *venue, *currency;
    int64_t created_ns;
};
NODISCARD enum err db_account_add(struct db *db, const struct db_account *account);
NODISCARD enum err db_account_list(struct db *db, struct arena *arena, size_t limit,
                                   struct db_account **out, size_t *count);

struct db_strategy {
    const char *id, *owner_id, *name;
    int64_t created_ns;
    int64_t version; /* what follows is of this version, the newest unless one was asked for */
    const char *hash, *author_id, *note;
    int64_t version_ns;
    struct str text;
};
/* A new one with its first version; a further version. strategy->version is not read. */
NODISCARD enum err db_strategy_add(struct db *db, const struct db_strategy *strategy);
NODISCARD enum err db_strategy_revise(struct db *db, const struct db_strategy *strategy);
NODISCARD enum err db_strategy_list(struct db *db, struct arena *arena, struct db_page page,
                                    struct db_strategy **out, size_t *count);
NODISCARD enum err db_strategy_get(struct db *db, struct arena *arena, const char *id,
                                   struct db_strategy *out);
NODISCARD enum err db_strategy_get_version(struct db *db, struct arena *arena, const char *id,
                                           int64_t version, struct db_strategy *out);
NODISCARD enum err db_strategy_versions(struct db *db, struct arena *arena, const char *id,
                                        size_t limit, struct db_strategy **out, size_t *count);
NODISCARD enum err db_strategy_archive(struct db *db, const char *id, int64_t now_ns);

struct db_order {
    int64_t id;
    const char *number, *desk_id, *account_id, *owner, *state, *text;
    int64_t quantity;
    int64_t limit_micros; /* PRICE_NONE: none */
    int64_t created_ns, changed_ns;
    struct str detail; /* JSON: the order as it is shown */
    int64_t trade_id;
    const char *asked; /* JSON of a change that is on its way; "" none */
};
/* A new one, or the newest state of one that is there; the same again changes nothing. */
NODISCARD enum err db_order_put(struct db *db, const struct db_order *order);
NODISCARD enum err db_order_get(struct db *db, struct arena *arena, int64_t id,
                                struct db_order *out);
/* desk_id NULL: of all; before_id 0: from the newest. */
NODISCARD enum err db_order_list(struct db *db, struct arena *arena, const char *desk_id,
                                 int64_t before_id, size_t limit, struct db_order **out,
                                 size_t *count);
/* Who sent the first order of a trade. */
NODISCARD enum err db_trade_owner(struct db *db, struct arena *arena, int64_t trade_id,
                                  const char **out);
NODISCARD enum err db_order_last(struct db *db, const char *desk_id,
                                 int64_t *out); /* highest id, 0 none */

/* What happened to an order, numbered from 1: the same number again is the same step. */
struct db_step {
    int64_t order_id, n, ts_ns;
    const char *state;
    int64_t filled;
    const char *text;
};
NODISCARD enum err db_step_count(struct db *db, int64_t order_id, int64_t *out);
NODISCARD enum err db_step_put(struct db *db, const struct db_step *step);
NODISCARD enum err db_step_list(struct db *db, struct arena *arena, int64_t order_id, size_t limit,
                                struct db_step **out, size_t *count);

struct db_fill {
    int64_t id, order_id;
    const char
        *venue_ref; /* the venue's own number: the same again is the same fill, corrected perhaps */
    int64_t ts_ns, quantity, price_micros, costs_micros;
    const char *contract;
};
/* Its order must be there: ERR_REFUSED. */
NODISCARD enum err db_fill_put(struct db *db, const struct db_fill *fill);
NODISCARD enum err db_fill_list(struct db *db, struct arena *arena, int64_t order_id,
                                int64_t before_id, size_t limit, struct db_fill **out,
                                size_t *count);

/* How far the rows above follow the desk's journal: its last record that is in them. */
NODISCARD enum err db_desk_record(struct db *db, const char *desk_id, int64_t *out);
NODISCARD enum err db_desk_set_record(struct db *db, const char *desk_id, int64_t record);

/* How far the rows were at a moment of this machine's clock: what lists could tell then. */
struct db_told {
    int64_t wall_ns, record, sequence, market_ns;
};
NODISCARD enum err db_told_add(struct db *db, const char *desk_id, const struct db_told *told);
/* The last at or before: ERR_NOT_FOUND. */
NODISCARD enum err db_told_at(struct db *db, const char *desk_id, int64_t wall_ns,
                              struct db_told *out);

/* A strategy on the desk. */
struct db_desk_strategy {
    int64_t host;
    const char *owner, *name, *symbol, *hash;
    int64_t closed_trades, pnl_micros, created_ns; /* profit of those */
};
NODISCARD enum err db_desk_strategy_add(struct db *db, const char *desk_id,
                                        const struct db_desk_strategy *strategy);
NODISCARD enum err db_desk_strategy_forget(struct db *db, const char *desk_id, int64_t host);
NODISCARD enum err db_desk_strategy_closed(struct db *db, const char *desk_id, int64_t host,
                                           int64_t pnl_micros);
NODISCARD enum err db_desk_strategy_list(struct db *db, struct arena *arena, const char *desk_id,
                                         size_t limit, struct db_desk_strategy **out,
                                         size_t *count);

/* What things were worth when a day began: the first that is put stays. */
NODISCARD enum err db_mark_put(struct db *db, const char *desk_id, int32_t day, const char *key,
                               int64_t value_micros);
NODISCARD enum err db_mark_get(struct db *db, const char *desk_id, int32_t day, const char *key,
                               int64_t *out);
NODISCARD enum err db_mark_forget(struct db *db, const char *desk_id, int32_t before_day);

/* Bars within a day of what the desk trades on, and running sums of the day (NaN: none): the last
 * that is put stays. */
struct db_bar {
    int64_t ts_ns, open, high, low, close;
};
NODISCARD enum err db_bar_put(struct db *db, const char *desk_id, int32_t day, const char *symbol,
                              const struct db_bar *bar);
/* Oldest first. */
NODISCARD enum err db_bar_list(struct db *db, struct arena *arena, const char *desk_id, int32_t day,
                               const char *symbol, size_t limit, struct db_bar **out,
                               size_t *count);
NODISCARD enum err db_sum_put(struct db *db, const char *desk_id, int32_t day, const char *key,
                              double value);
NODISCARD enum err db_sum_get(struct db *db, const char *desk_id, int32_t day, const char *key,
                              double *out);
/* Bars and sums of the days before. */
NODISCARD enum err db_day_forget(struct db *db, const char *desk_id, int32_t before_day);

struct db_alert {
    const char *id, *owner_id; /* NULL: for everybody */
    const char *level, *source, *text;
    int64_t created_ns, seen_ns;
    const char *seen_by;
};
NODISCARD enum err db_alert_add(struct db *db, const struct db_alert *alert);
NODISCARD enum err db_alert_list(struct db *db, struct arena *arena, const char *user_id,
                                 struct db_page page, struct db_alert **out, size_t *count);
/* Those that stood at a moment: made, and not yet seen. */
NODISCARD enum err db_alert_at(struct db *db, struct arena *arena, const char *user_id,
                               int64_t at_ns, size_t limit, struct db_alert **out, size_t *count);
NODISCARD enum err db_alert_seen(struct db *db, const char *id, const char *user_id,
                                 int64_t now_ns);

/* ---- jobs and what backtests found ----------------------------------------------------------- */

struct db_job {
    const char *id, *owner_id;
    const char *kind;  /* "backtest" */
    const char *state; /* "waiting", "running", "done", "failed", "cancelled" */
    const char *spec;  /* JSON */
    double progress;   /* 0 to 1; NaN unknown */
    const char *text, *error;
    int64_t tries, created_ns, started_ns, ended_ns;
};
/* key NULL: none. ERR_EXISTS when the owner has used the key: find the job by it. */
NODISCARD enum err db_job_add(struct db *db, const struct db_job *job, const char *key);
NODISCARD enum err db_job_get(struct db *db, struct arena *arena, const char *id,
                              struct db_job *out);
NODISCARD enum err db_job_find_key(struct db *db, struct arena *arena, const char *owner_id,
                                   const char *key, struct db_job *out);
NODISCARD enum err db_job_list(struct db *db, struct arena *arena, const char *owner_id,
                               struct db_page page, struct db_job **out, size_t *count);
/* The oldest that waits; marks it as running. ERR_NOT_FOUND when none does. */
NODISCARD enum err db_job_take(struct db *db, struct arena *arena, int64_t now_ns,
                               struct db_job *out);
NODISCARD enum err db_job_progress(struct db *db, const char *id, double progress,
                                   const char *text);
/* ERR_NOT_FOUND when it has ended already. */
NODISCARD enum err db_job_end(struct db *db, const char *id, const char *state, const char *text,
                              const char *error, int64_t now_ns);
/* After a restart: those that were running wait again, or fail when they were tried so often. */
NODISCARD enum err db_job_recover(struct db *db, int64_t tries_max, int64_t now_ns);
NODISCARD enum err db_job_count_state(struct db *db, const char *state, int64_t *out);
NODISCARD enum err db_job_count_open(struct db *db, const char *owner_id, int64_t *out);

struct db_run {
    const char *id; /* of its job */
    const char *owner_id, *strategy, *strategy_hash, *underlying;
    int32_t first_day, last_day;
    int64_t trades, pnl_micros, end_equity_micros;
    double total_return, sharpe, max_drawdown; /* NaN unknown */
    int64_t created_ns;
};
/* With its whole result, which is kept compressed. */
NODISCARD enum err db_run_add(struct db *db, const struct db_run *run, struct str result);
NODISCARD enum err db_run_get(struct db *db, struct arena *arena, const char *id,
                              struct db_run *out);
NODISCARD enum err db_run_list(struct db *db, struct arena *arena, const char *owner_id,
                               struct db_page page, struct db_run **out, size_t *count);
NODISCARD enum err db_run_result(struct db *db, struct arena *arena, const char *id,
                                 struct str *out);
NODISCARD enum err db_run_delete(struct db *db, const char *id);

/* ---- the audit trail: services/audit makes and checks the hashes ----------------------------- */

enum { DB_HASH_BYTES = 32 };
struct db_audit {
    int64_t seq, ts_ns;
    const char *user_id, *event, *object, *peer, *request_id, *data;
    struct str previous, hash;
};
/* seq 0 when it is empty. */
NODISCARD enum err db_audit_last(struct db *db, int64_t *seq, unsigned char hash[DB_HASH_BYTES]);
NODISCARD enum err db_audit_add(struct db *db, const struct db_audit *entry);
NODISCARD enum err db_audit_from(struct db *db, struct arena *arena, int64_t after_seq,
                                 size_t limit, struct db_audit **out, size_t *count);
/* Newest first. Of a filter, what is NULL or 0 does not count. */
struct db_audit_filter {
    const char *user_id;    /* "" the program, or nobody known */
    const char *event;      /* "desk.place", or what stands before a dot: "desk" */
    const char *text;       /* is in event, object, address, request or data; any case */
    int64_t from_ns, to_ns; /* to: without it */
};
NODISCARD enum err db_audit_list(struct db *db, struct arena *arena,
                                 const struct db_audit_filter *filter, int64_t before_seq,
                                 size_t limit, struct db_audit **out, size_t *count);
NODISCARD enum err db_audit_get(struct db *db, struct arena *arena, int64_t seq,
                                struct db_audit *out);
/* The kinds of event that there are, by name. */
NODISCARD enum err db_audit_events(struct db *db, struct arena *arena, const char ***out,
                                   size_t *count);
/* The entry that gave somebody the role of a moment: its data says which. */
NODISCARD enum err db_audit_role(struct db *db, struct arena *arena, const char *user_id,
                                 int64_t at_ns, struct db_audit *out);

#endif
