/* Sessions and personal tokens: making them, knowing them again, ending them. */
#include <sodium.h>
#include <stdio.h>

#include "services/accounts/accounts_int.h"

static const char access_prefix[] = "if_at_", refresh_prefix[] = "if_rt_",
                  personal_prefix[] = "if_key_";

struct str token_hash(unsigned char space[KEY_BYTES], struct str token)
{
    keys_hash(space, token);
    return (struct str){ (char *)space, KEY_BYTES };
}

void token_csrf(const struct accounts *a, struct str token, char out[KEYS_MAC_BYTES])
{
    keys_mac(out, a->keys.csrf, &token, 1);
}

enum err identity_fill(struct accounts *a, struct db *db, struct arena *arena,
                       const struct db_user *user, const char *scopes, struct identity *out)
{
    (void)a;
    const char **names;
    size_t count;
    uint64_t granted = 0, wanted = 0, one;
    enum err err = db_role_permissions(db, arena, user->role, &names, &count);
    for (size_t i = 0; !err && i < count; i++)
        if (permissions_parse(str_from(names[i]),
                              &one)) /* a grant of a newer program says nothing here */
            granted |= one;
    if (!err && !permissions_parse(str_from(scopes), &wanted))
        wanted = 0;
    snprintf(out->user_id, sizeof out->user_id, "%s", user->id);
    snprintf(out->login, sizeof out->login, "%s", user->login);
    snprintf(out->role, sizeof out->role, "%s", user->role);
    out->permissions = granted & wanted;
    out->has_totp = user->totp_confirmed;
    return err;
}

static void make_token(char *out, size_t size, const char *prefix)
{
    char random[KEYS_TOKEN_BYTES];
    keys_random_token(random, 32);
    snprintf(out, size, "%s%s", prefix, random);
    sodium_memzero(random, sizeof random);
}

enum err session_make(struct accounts *a, struct db *db, const struct actor *actor,
                      const struct db_user *user, enum session_kind kind, const char *scopes,
                      const char *methods, struct login_result *out)
{
    struct arena arena;
    arena_init(&arena, "step", 4096);
    unsigned char hash[KEY_BYTES], refresh_hash[KEY_BYTES];
    char id[DB_ID_BYTES];
    bool is_access = kind == SESSION_ACCESS;
    db_id_make(id);
    make_token(out->token, sizeof out->token, is_access ? access_prefix : "");
    if (is_access)
        make_token(out->refresh, sizeof out->refresh, refresh_prefix);
    struct db_session s = {
        .id = id,
        .user_id = user->id,
        .kind = is_access ? "access" : "browser",
        .hash = token_hash(hash, str_from(out->token)),
        .refresh_hash =
            is_access ? token_hash(refresh_hash, str_from(out->refresh)) : (struct str){ NULL, 0 },
        .scopes = scopes ? scopes : "*",
        .methods = methods,
        .auth_ns = actor->now_ns,
        .created_ns = actor->now_ns,
        .access_expires_ns = actor->now_ns + (is_access ? ACCESS_SECONDS : IDLE_SECONDS) * SECONDS,
        .expires_ns = actor->now_ns + (is_access ? REFRESH_SECONDS : BROWSER_SECONDS) * SECONDS,
        .peer = actor->peer,
        .agent = actor->agent,
    };
    enum err err = db_begin(db);
    if (!err) {
        err = db_session_add(db, &s);
        if (!err)
            err = identity_fill(a, db, &arena, user, s.scopes, &out->identity);
        if (!err)
            err = accounts_note(a, db, actor, user->id, "auth.login", id,
                                is_access ? "{\"kind\":\"access\"}" : "{\"kind\":\"browser\"}");
        if (!err)
            err = db_commit(db);
        else
            db_rollback(db);
    }
    struct identity *who = &out->identity;
    MUST(who != NULL);
    memcpy(who->session_id, id, sizeof id);
    who->auth_ns = actor->now_ns;
    who->expires_ns = s.access_expires_ns;
    who->is_browser = !is_access;
    who->used_totp = strstr(methods, "otp") != NULL;
    token_csrf(a, str_from(out->token), who->csrf);
    struct str parts[2] = { str_from(user->id), STR("device") };
    char mac[KEYS_MAC_BYTES];
    keys_mac(mac, a->keys.device, parts, 2);
    snprintf(out->device, sizeof out->device, "%s.%s", user->id, mac);
    arena_clear(&arena);
    return err;
}

/* ---- knowing somebody again ------------------------------------------------------------------ */

static enum err refuse(const char *why)
{
    return err_set(ERR_REFUSED, "%s", why);
}

static enum err check_session(const struct db_session *s, int64_t now_ns)
{
    if (s->ended_ns)
        return refuse("the session has ended");
    if (s->expires_ns <= now_ns || s->access_expires_ns <= now_ns)
        return refuse("the session has run out");
    return ERR_OK;
}

static enum err by_session(struct accounts *a, struct db *db, struct arena *arena, int64_t now_ns,
                           struct str token, bool is_cookie, struct identity *out)
{
    unsigned char hash[KEY_BYTES];
    struct db_session s;
    struct db_user user;
    enum err err = db_session_find(db, arena, token_hash(hash, token), &s);
    if (err == ERR_NOT_FOUND)
        return refuse("no such session");
    if (err)
        return err;
    err = check_session(&s, now_ns);
    if (!err && is_cookie != (strcmp(s.kind, "browser") == 0))
        err = refuse("a cookie is no bearer token, and a bearer token no cookie");
    if (!err)
        err = db_user_get(db, arena, s.user_id, &user);
    if (!err && user.disabled_ns)
        err = refuse("the user is disabled");
    if (!err)
        err = identity_fill(a, db, arena, &user, s.scopes, out);
    if (err)
        return err;
    snprintf(out->session_id, sizeof out->session_id, "%s", s.id);
    out->auth_ns = s.auth_ns;
    out->is_browser = is_cookie;
    out->used_totp = strstr(s.methods, "otp") != NULL;
    out->expires_ns = s.access_expires_ns < s.expires_ns ? s.access_expires_ns : s.expires_ns;
    token_csrf(a, token, out->csrf);
    /* Once a minute is often enough to know who is idle, and spares the disk. */
    if (is_cookie && now_ns - s.seen_ns > 60 * SECONDS)
        (void)!db_session_seen(db, s.id, now_ns,
                               now_ns + IDLE_SECONDS * SECONDS); /* busy: the next request will */
    return ERR_OK;
}

/* "if_key_ID_SECRET" */
static enum err by_personal_token(struct accounts *a, struct db *db, struct arena *arena,
                                  int64_t now_ns, struct str text, struct identity *out)
{
    struct str rest = str_slice(text, strlen(personal_prefix), text.len), id;
    if (!str_cut(&rest, '_', &id) || id.len != DB_ID_BYTES - 1 || rest.len < 20)
        return refuse("this is no token");
    struct db_token t;
    struct db_user user;
    unsigned char hash[KEY_BYTES];
    enum err err = db_token_get(db, arena, arena_strndup(arena, id.ptr, id.len), &t);
    if (err == ERR_NOT_FOUND || (!err && !keys_equal(t.hash, token_hash(hash, text))))
        return refuse("no such token");
    if (!err && (t.ended_ns || (t.expires_ns && t.expires_ns <= now_ns)))
        return refuse("the token has ended");
    if (!err)
        err = db_user_get(db, arena, t.user_id, &user);
    if (!err && user.disabled_ns)
        err = refuse("the user is disabled");
    if (!err)
        err = identity_fill(a, db, arena, &user, t.scopes, out);
    if (err)
        return err;
    snprintf(out->token_id, sizeof out->token_id, "%s", t.id);
    out->expires_ns = t.expires_ns ? t.expires_ns : INT64_MAX;
    if (now_ns - t.used_ns > 60 * SECONDS)
        (void)!db_token_used(db, t.id, now_ns);
    return ERR_OK;
}

enum err accounts_identify(struct accounts *a, struct db *db, int64_t now_ns, struct str cookie,
                           struct str bearer, struct identity *out)
{
    struct arena arena;
    arena_init(&arena, "step", 4096);
    *out = (struct identity){ 0 };
    enum err err;
    if (bearer.len && str_starts_with(bearer, str_from(personal_prefix)))
        err = by_personal_token(a, db, &arena, now_ns, bearer, out);
    else if (bearer.len || cookie.len)
        err = by_session(a, db, &arena, now_ns, bearer.len ? bearer : cookie, !bearer.len, out);
    else
        err = refuse("nobody is logged in");
    arena_clear(&arena);
    return err;
}

enum err accounts_still(struct accounts *a, struct db *db, int64_t now_ns,
                        const struct identity *who)
{
    (void)a;
    struct arena arena;
    arena_init(&arena, "step", 4096);
    struct db_user user;
    struct db_session s;
    struct db_token t;
    enum err err = db_user_get(db, &arena, who->user_id, &user);
    if (!err && user.disabled_ns)
        err = refuse("the user is disabled");
    if (!err && strcmp(user.role, who->role) != 0)
        err = refuse("the role has changed");
    if (!err && who->session_id[0] && !(err = db_session_get(db, &arena, who->session_id, &s)))
        err = check_session(&s, now_ns);
    if (!err && who->token_id[0] && !(err = db_token_get(db, &arena, who->token_id, &t)) &&
        (t.ended_ns || (t.expires_ns && t.expires_ns <= now_ns)))
        err = refuse("the token has ended");
    arena_clear(&arena);
    return err;
}

/* ---- renewing and ending --------------------------------------------------------------------- */

/* A refresh token that was used before: whoever holds the newer one is locked out with the thief.
 */
static enum err refresh_reused(struct accounts *a, struct db *db, struct arena *arena,
                               const struct actor *actor, struct str hash)
{
    const char *id;
    struct db_session s;
    enum err err = db_refresh_spent(db, arena, hash, &id);
    if (err == ERR_NOT_FOUND)
        return refuse("no such refresh token");
    if (!err)
        err = db_session_get(db, arena, id, &s);
    if (err)
        return err;
    err = db_session_end(db, id, actor->now_ns, "a refresh token was used twice");
    if (err == ERR_NOT_FOUND)
        return refuse("the session has ended");
    if (!err)
        err = accounts_note(a, db, actor, s.user_id, "auth.refresh_reuse", id, NULL);
    err = accounts_conclude(db, err);
    return err ? err : refuse("a refresh token was used twice: its session is ended");
}

enum err accounts_refresh(struct accounts *a, struct db *db, const struct actor *actor,
                          struct str refresh, struct login_result *out)
{
    struct arena arena;
    arena_init(&arena, "step", 4096);
    unsigned char old[KEY_BYTES], hash[KEY_BYTES], refresh_hash[KEY_BYTES];
    struct db_session s;
    struct db_user user;
    *out = (struct login_result){ .outcome = LOGIN_WRONG };
    struct str old_hash = token_hash(old, refresh);
    enum err err = db_begin(db);
    if (err) {
        arena_clear(&arena);
        return err;
    }
    err = db_session_find_refresh(db, &arena, old_hash, &s);
    if (err == ERR_NOT_FOUND) {
        err = refresh_reused(a, db, &arena, actor, old_hash);
        db_rollback(db);
        arena_clear(&arena);
        return err;
    }
    if (!err && (s.ended_ns || s.expires_ns <= actor->now_ns))
        err = refuse("the session has ended");
    if (!err)
        err = db_user_get(db, &arena, s.user_id, &user);
    if (!err && user.disabled_ns)
        err = refuse("the user is disabled");
    if (!err) {
        make_token(out->token, sizeof out->token, access_prefix);
        make_token(out->refresh, sizeof out->refresh, refresh_prefix);
        err = db_refresh_spend(db, old_hash, s.id, actor->now_ns);
    }
    int64_t until = actor->now_ns + ACCESS_SECONDS * SECONDS;
    if (!err)
        err = db_session_rotate(db, s.id, token_hash(hash, str_from(out->token)),
                                token_hash(refresh_hash, str_from(out->refresh)), actor->now_ns,
                                until);
    if (!err)
        err = identity_fill(a, db, &arena, &user, s.scopes, &out->identity);
    err = accounts_conclude(db, err);
    if (!err) {
        out->outcome = LOGIN_DONE;
        snprintf(out->identity.session_id, sizeof out->identity.session_id, "%s", s.id);
        out->identity.auth_ns = s.auth_ns;
        out->identity.expires_ns = until;
    }
    arena_clear(&arena);
    return err;
}

enum err accounts_logout(struct accounts *a, struct db *db, const struct actor *actor,
                         const struct identity *who)
{
    enum err err = db_begin(db);
    if (err)
        return err;
    err = db_session_end(db, who->session_id, actor->now_ns, "logged out");
    if (!err)
        err = accounts_note(a, db, actor, who->user_id, "auth.logout", who->session_id, NULL);
    return accounts_conclude(db, err);
}

enum err accounts_end_session(struct accounts *a, struct db *db, const struct actor *actor,
                              const char *user_id, const char *session_id)
{
    struct arena arena;
    arena_init(&arena, "step", 4096);
    struct db_session s;
    enum err err = db_begin(db);
    if (err) {
        arena_clear(&arena);
        return err;
    }
    err = db_session_get(db, &arena, session_id, &s);
    if (!err && strcmp(s.user_id, user_id) != 0)
        err = err_set(ERR_NOT_FOUND,
                      "there is no such session"); /* of this user: others have none for them */
    if (!err)
        err = db_session_end(db, session_id, actor->now_ns, "ended by its user");
    if (!err)
        err = accounts_note(a, db, actor, actor->user_id, "auth.session_end", session_id, NULL);
    arena_clear(&arena);
    return accounts_conclude(db, err);
}

/* ---- personal tokens ------------------------------------------------------------------------- */

enum err accounts_add_token(struct accounts *a, struct db *db, const struct actor *actor,
                            const struct identity *who, struct str name, uint64_t scopes,
                            int64_t expires_ns, char id_out[DB_ID_BYTES],
                            char out[PERSONAL_TOKEN_BYTES])
{
    if (scopes & ~who->permissions || !scopes)
        return err_set(ERR_RANGE,
                       "a token may hold one or more of your own permissions, and no other");
    struct arena arena;
    arena_init(&arena, "step", 4096);
    char random[KEYS_TOKEN_BYTES];
    unsigned char hash[KEY_BYTES];
    struct buf text = { 0 };
    int64_t count = 0;
    db_id_make(id_out);
    keys_random_token(random, 32);
    snprintf(out, PERSONAL_TOKEN_BYTES, "%s%s_%s", personal_prefix, id_out, random);
    permissions_format(&text, scopes);
    enum err err = db_begin(db);
    if (!err) {
        err = db_token_count(db, who->user_id, &count);
        if (!err && count >= TOKENS_MAX)
            err = err_set(ERR_FULL, "you have %d tokens; end one first", TOKENS_MAX);
        struct db_token token = { .id = id_out,
                                  .user_id = who->user_id,
                                  .name = arena_strndup(&arena, name.ptr, name.len),
                                  .hash = token_hash(hash, str_from(out)),
                                  .scopes = text.ptr,
                                  .created_ns = actor->now_ns,
                                  .expires_ns = expires_ns };
        if (!err)
            err = db_token_add(db, &token);
        if (!err)
            err = accounts_note(a, db, actor, who->user_id, "token.add", id_out, NULL);
        err = accounts_conclude(db, err);
    }
    sodium_memzero(random, sizeof random);
    buf_free(&text);
    arena_clear(&arena);
    return err;
}

enum err accounts_end_token(struct accounts *a, struct db *db, const struct actor *actor,
                            const char *user_id, const char *token_id)
{
    struct arena arena;
    arena_init(&arena, "step", 4096);
    struct db_token t;
    enum err err = db_begin(db);
    if (err) {
        arena_clear(&arena);
        return err;
    }
    err = db_token_get(db, &arena, token_id, &t);
    if (!err && strcmp(t.user_id, user_id) != 0)
        err = err_set(ERR_NOT_FOUND, "there is no such token");
    if (!err)
        err = db_token_end(db, token_id, actor->now_ns);
    if (!err)
        err = accounts_note(a, db, actor, actor->user_id, "token.end", token_id, NULL);
    arena_clear(&arena);
    return accounts_conclude(db, err);
}
