/* Roles, users, sessions, tokens, throttles, settings. */
#include <ctype.h>

#include "adapters/db/sql_int.h"

/* ---- roles ----------------------------------------------------------------------------------- */

enum err db_role_put(struct db *db, const char *name, const char *text)
{
    return sql_run(db, NULL, SQL_ROLE_PUT, "tt", name, text);
}

enum err db_role_grant(struct db *db, const char *role, const char *permission)
{
    return sql_run(db, NULL, SQL_ROLE_GRANT, "tt", role, permission);
}

static void read_text(struct db *db, struct arena *arena, void *out)
{
    *(const char **)out = sql_text(db, arena, 0);
}

enum err db_role_permissions(struct db *db, struct arena *arena, const char *role,
                             const char ***out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_text, SQL_ROLE_GRANTS, "t", role);
}

static void read_role(struct db *db, struct arena *arena, void *out)
{
    *(struct db_role *)out = (struct db_role){ sql_text(db, arena, 0), sql_text(db, arena, 1) };
}

enum err db_role_list(struct db *db, struct arena *arena, struct db_role **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_role, SQL_ROLE_LIST, "");
}

/* ---- users ----------------------------------------------------------------------------------- */

enum { LOGIN_BYTES_MAX = 256 };

/* Ann and ann are one person. Beyond ASCII, letters are told apart. */
static struct str fold(char out[LOGIN_BYTES_MAX], struct str login)
{
    size_t len = login.len < LOGIN_BYTES_MAX ? login.len : LOGIN_BYTES_MAX;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)tolower((unsigned char)login.ptr[i]);
    return (struct str){ out, len };
}

enum err db_user_add(struct db *db, const struct db_user *user)
{
    char folded[LOGIN_BYTES_MAX];
    enum err err =
        sql_run(db, NULL, SQL_USER_ADD, "ttstti", user->id, user->login,
                fold(folded, str_from(user->login)), user->password, user->role, user->created_ns);
    return err == ERR_EXISTS
               ? err_set(err, "the login \"%s\" is taken; choose another", user->login)
               : err;
}

enum err db_user_count(struct db *db, int64_t *out)
{
    return sql_number(db, out, SQL_USER_COUNT, "");
}

enum err db_user_count_role(struct db *db, const char *role, int64_t *out)
{
    return sql_number(db, out, SQL_USER_COUNT_ROLE, "t", role);
}

static void read_user(struct db *db, struct arena *arena, void *out)
{
    *(struct db_user *)out = (struct db_user){
        .id = sql_text(db, arena, 0),
        .login = sql_text(db, arena, 1),
        .password = sql_text(db, arena, 2),
        .role = sql_text(db, arena, 3),
        .created_ns = sql_int(db, 4),
        .disabled_ns = sql_int(db, 5),
        .totp_secret = sql_bytes(db, arena, 6),
        .totp_confirmed = sql_int(db, 7) != 0,
        .totp_step = sql_int(db, 8),
    };
}

enum err db_user_get(struct db *db, struct arena *arena, const char *id, struct db_user *out)
{
    return sql_one(db, arena, out, read_user, SQL_USER_BY_ID, "t", id);
}

enum err db_user_find(struct db *db, struct arena *arena, struct str login, struct db_user *out)
{
    char folded[LOGIN_BYTES_MAX];
    return sql_one(db, arena, out, read_user, SQL_USER_BY_LOGIN, "s", fold(folded, login));
}

enum err db_user_list(struct db *db, struct arena *arena, struct db_page page, struct db_user **out,
                      size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_user, SQL_USER_LIST, "ti", page.after,
                   (int64_t)page.limit);
}

enum err db_user_set_password(struct db *db, const char *id, const char *password)
{
    return sql_must(db, SQL_USER_SET_PASSWORD, "tt", id, password);
}

enum err db_user_set_role(struct db *db, const char *id, const char *role)
{
    return sql_must(db, SQL_USER_SET_ROLE, "tt", id, role);
}

enum err db_user_set_disabled(struct db *db, const char *id, int64_t disabled_ns)
{
    return sql_must(db, SQL_USER_SET_DISABLED, "to", id, disabled_ns);
}

enum err db_user_set_totp(struct db *db, const char *id, struct str secret, bool confirmed,
                          int64_t step)
{
    return sql_must(db, SQL_USER_SET_TOTP, "tbii", id, secret, (int64_t)confirmed, step);
}

enum err db_user_take_step(struct db *db, const char *id, int64_t step)
{
    int64_t changed = 0;
    enum err err = sql_run(db, &changed, SQL_USER_TAKE_STEP, "ti", id, step);
    return err ? err : changed ? ERR_OK : err_set(ERR_REFUSED, "this code was used before");
}

enum err db_recovery_replace(struct db *db, const char *user_id, const struct str *hashes,
                             size_t count)
{
    enum err err = sql_run(db, NULL, SQL_RECOVERY_CLEAR, "t", user_id);
    for (size_t i = 0; !err && i < count; i++)
        err = sql_run(db, NULL, SQL_RECOVERY_ADD, "tb", user_id, hashes[i]);
    return err;
}

enum err db_recovery_take(struct db *db, const char *user_id, struct str hash, int64_t now_ns)
{
    return sql_must(db, SQL_RECOVERY_TAKE, "tbi", user_id, hash, now_ns);
}

/* ---- sessions -------------------------------------------------------------------------------- */

enum err db_session_add(struct db *db, const struct db_session *s)
{
    return sql_run(db, NULL, SQL_SESSION_ADD, "tttbbttiiiitt", s->id, s->user_id, s->kind, s->hash,
                   s->refresh_hash, s->scopes, s->methods, s->auth_ns, s->created_ns,
                   s->access_expires_ns, s->expires_ns, s->peer, s->agent);
}

static void read_session(struct db *db, struct arena *arena, void *out)
{
    *(struct db_session *)out = (struct db_session){
        .id = sql_text(db, arena, 0),
        .user_id = sql_text(db, arena, 1),
        .kind = sql_text(db, arena, 2),
        .refresh_hash = sql_bytes(db, arena, 3),
        .scopes = sql_text(db, arena, 4),
        .methods = sql_text(db, arena, 5),
        .auth_ns = sql_int(db, 6),
        .created_ns = sql_int(db, 7),
        .seen_ns = sql_int(db, 8),
        .access_expires_ns = sql_int(db, 9),
        .expires_ns = sql_int(db, 10),
        .ended_ns = sql_int(db, 11),
        .end_reason = sql_text(db, arena, 12),
        .peer = sql_text(db, arena, 13),
        .agent = sql_text(db, arena, 14),
    };
}

enum err db_session_find(struct db *db, struct arena *arena, struct str hash,
                         struct db_session *out)
{
    return sql_one(db, arena, out, read_session, SQL_SESSION_BY_HASH, "b", hash);
}

enum err db_session_find_refresh(struct db *db, struct arena *arena, struct str hash,
                                 struct db_session *out)
{
    return sql_one(db, arena, out, read_session, SQL_SESSION_BY_REFRESH, "b", hash);
}

enum err db_session_get(struct db *db, struct arena *arena, const char *id, struct db_session *out)
{
    return sql_one(db, arena, out, read_session, SQL_SESSION_BY_ID, "t", id);
}

enum err db_session_list(struct db *db, struct arena *arena, const char *user_id, int64_t now_ns,
                         size_t limit, struct db_session **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_session, SQL_SESSION_LIST, "tii",
                   user_id, now_ns, (int64_t)limit);
}

enum err db_session_at(struct db *db, struct arena *arena, const char *user_id, int64_t at_ns,
                       size_t limit, struct db_session **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_session, SQL_SESSION_AT, "tii",
                   user_id, at_ns, (int64_t)limit);
}

enum err db_session_seen(struct db *db, const char *id, int64_t now_ns, int64_t access_expires_ns)
{
    return sql_must(db, SQL_SESSION_SEEN, "tii", id, now_ns, access_expires_ns);
}

enum err db_session_rotate(struct db *db, const char *id, struct str hash, struct str refresh_hash,
                           int64_t now_ns, int64_t access_expires_ns)
{
    return sql_must(db, SQL_SESSION_ROTATE, "tbbii", id, hash, refresh_hash, now_ns,
                    access_expires_ns);
}

enum err db_session_authenticated(struct db *db, const char *id, struct str hash, int64_t now_ns,
                                  const char *methods)
{
    return sql_must(db, SQL_SESSION_AUTH, "tbit", id, hash, now_ns, methods);
}

enum err db_session_end(struct db *db, const char *id, int64_t now_ns, const char *reason)
{
    return sql_must(db, SQL_SESSION_END, "tit", id, now_ns, reason);
}

enum err db_session_end_others(struct db *db, const char *user_id, const char *but_id,
                               int64_t now_ns, const char *reason)
{
    return sql_run(db, NULL, SQL_SESSION_END_OTHERS, "ttit", user_id, but_id, now_ns, reason);
}

enum err db_refresh_spend(struct db *db, struct str hash, const char *session_id, int64_t now_ns)
{
    return sql_run(db, NULL, SQL_REFRESH_USED_ADD, "bti", hash, session_id, now_ns);
}

enum err db_refresh_spent(struct db *db, struct arena *arena, struct str hash,
                          const char **session_id)
{
    return sql_one(db, arena, session_id, read_text, SQL_REFRESH_USED_FIND, "b", hash);
}

/* ---- tokens ---------------------------------------------------------------------------------- */

enum err db_token_add(struct db *db, const struct db_token *t)
{
    return sql_run(db, NULL, SQL_TOKEN_ADD, "tttbtio", t->id, t->user_id, t->name, t->hash,
                   t->scopes, t->created_ns, t->expires_ns);
}

static void read_token(struct db *db, struct arena *arena, void *out)
{
    *(struct db_token *)out = (struct db_token){
        .id = sql_text(db, arena, 0),
        .user_id = sql_text(db, arena, 1),
        .name = sql_text(db, arena, 2),
        .hash = sql_bytes(db, arena, 3),
        .scopes = sql_text(db, arena, 4),
        .created_ns = sql_int(db, 5),
        .expires_ns = sql_int(db, 6),
        .used_ns = sql_int(db, 7),
        .ended_ns = sql_int(db, 8),
    };
}

enum err db_token_get(struct db *db, struct arena *arena, const char *id, struct db_token *out)
{
    return sql_one(db, arena, out, read_token, SQL_TOKEN_BY_ID, "t", id);
}

enum err db_token_list(struct db *db, struct arena *arena, const char *user_id, size_t limit,
                       struct db_token **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_token, SQL_TOKEN_LIST, "ti", user_id,
                   (int64_t)limit);
}

enum err db_token_count(struct db *db, const char *user_id, int64_t *out)
{
    return sql_number(db, out, SQL_TOKEN_COUNT, "t", user_id);
}

enum err db_token_used(struct db *db, const char *id, int64_t now_ns)
{
    return sql_must(db, SQL_TOKEN_USED, "ti", id, now_ns);
}

enum err db_token_end(struct db *db, const char *id, int64_t now_ns)
{
    return sql_must(db, SQL_TOKEN_END, "ti", id, now_ns);
}

enum err db_token_end_all(struct db *db, const char *user_id, int64_t now_ns)
{
    return sql_run(db, NULL, SQL_TOKEN_END_ALL, "ti", user_id, now_ns);
}

/* ---- throttles, settings --------------------------------------------------------------------- */

static void read_throttle(struct db *db, UNUSED struct arena *arena, void *out)
{
    *(struct db_throttle *)out =
        (struct db_throttle){ sql_int(db, 0), sql_int(db, 1), sql_int(db, 2) };
}

enum err db_throttle_get(struct db *db, const char *key, struct db_throttle *out)
{
    *out = (struct db_throttle){ 0 };
    enum err err = sql_one(db, NULL, out, read_throttle, SQL_THROTTLE_FIND, "t", key);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err db_throttle_put(struct db *db, const char *key, struct db_throttle value)
{
    return sql_run(db, NULL, SQL_THROTTLE_PUT, "tiii", key, value.failures, value.since_ns,
                   value.until_ns);
}

enum err db_throttle_clear(struct db *db, const char *key)
{
    return sql_run(db, NULL, SQL_THROTTLE_CLEAR, "t", key);
}

enum err db_setting_put(struct db *db, const char *user_id, const char *key, struct str value,
                        int64_t now_ns)
{
    return sql_run(db, NULL, SQL_SETTING_PUT, "ttsi", user_id, key, value, now_ns);
}

static void read_bytes(struct db *db, struct arena *arena, void *out)
{
    *(struct str *)out = sql_bytes(db, arena, 0);
}

enum err db_setting_get(struct db *db, struct arena *arena, const char *user_id, const char *key,
                        struct str *out)
{
    return sql_one(db, arena, out, read_bytes, SQL_SETTING_GET, "tt", user_id, key);
}

enum err db_setting_count(struct db *db, const char *user_id, int64_t *out)
{
    return sql_number(db, out, SQL_SETTING_COUNT, "t", user_id);
}

enum err db_prune(struct db *db, int64_t before_ns)
{
    enum err err = sql_run(db, NULL, SQL_THROTTLE_PRUNE, "i", before_ns);
    if (!err)
        err = sql_run(db, NULL, SQL_REFRESH_USED_PRUNE, "i", before_ns);
    if (!err)
        err = sql_run(db, NULL, SQL_SESSION_PRUNE, "i", before_ns);
    return err;
}
