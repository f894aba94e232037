/* Roles, grants, and what admins do to people. */
#include <ctype.h>
#include <stdio.h>

#include "services/accounts/accounts_int.h"

static const struct {
    const char *name, *text;
} permissions[PERMISSION_COUNT] = {
#define PERMISSION(id, name, text) { name, text },
#include "services/accounts/permissions.def"
#undef PERMISSION
};

const char *permission_name(enum permission permission)
{
    MUST((unsigned)permission < PERMISSION_COUNT);
    return permissions[permission].name;
}

const char *permission_text(enum permission permission)
{
    MUST((unsigned)permission < PERMISSION_COUNT);
    return permissions[permission].text;
}

bool permissions_parse(struct str text, uint64_t *out)
{
    uint64_t found = 0;
    struct str word;
    if (str_is(text, "*")) {
        *out = PERMISSION_BIT(PERMISSION_COUNT) - 1;
        return true;
    }
    while (str_cut(&text, ' ', &word)) {
        if (word.len == 0)
            continue;
        int i = 0;
        while (i < PERMISSION_COUNT && !str_is(word, permissions[i].name))
            i++;
        if (i == PERMISSION_COUNT) {
            (void)err_set(ERR_RANGE, "\"%.*s\" is no permission", STR_ARG(word));
            return false;
        }
        found |= PERMISSION_BIT(i);
    }
    *out = found;
    return true;
}

void permissions_format(struct buf *out, uint64_t bits)
{
    const char *gap = "";
    for (int i = 0; i < PERMISSION_COUNT; i++) {
        if (bits & PERMISSION_BIT(i)) {
            buf_printf(out, "%s%s", gap, permissions[i].name);
            gap = " ";
        }
    }
}

static enum err put_roles(struct db *db)
{
    enum err err = ERR_OK;
#define ROLE(name, text)                                                                           \
    if (!err)                                                                                      \
        err = db_role_put(db, name, text);
#define GRANT(role, permission)                                                                    \
    if (!err)                                                                                      \
        err = db_role_grant(db, role, permissions[permission].name);
#include "services/accounts/roles.def"
#undef ROLE
#undef GRANT
    return err;
}

enum err accounts_open(struct accounts *out, struct db *db, const char *folder,
                       struct password_cost cost)
{
    enum err err = keys_load(&out->keys, folder);
    out->cost = cost;
    if (!err)
        err = db_begin(db);
    if (err)
        return err;
    err = put_roles(db);
    if (!err)
        return db_commit(db);
    db_rollback(db);
    return err;
}

enum err accounts_note(struct accounts *a, struct db *db, const struct actor *actor,
                       const char *user_id, const char *event, const char *object, const char *data)
{
    struct audit_event e = { user_id, event, object, actor->peer, actor->request_id, data };
    return audit_append(db, &a->keys, actor->now_ns, &e);
}

/* End a transaction as its deeds went. */
enum err accounts_conclude(struct db *db, enum err err)
{
    if (!err)
        return db_commit(db);
    db_rollback(db);
    return err;
}

static enum err check_login(struct str login)
{
    bool ok = login.len >= 3 && login.len <= LOGIN_MAX;
    for (size_t i = 0; ok && i < login.len; i++)
        ok = isalnum((unsigned char)login.ptr[i]) || strchr(".-_@", login.ptr[i]);
    return ok ? ERR_OK
              : err_set(ERR_RANGE, "the login is not 3 to %d of letters, digits and .-_@",
                        LOGIN_MAX);
}

enum err accounts_add_user(struct accounts *a, struct db *db, const struct actor *actor,
                           struct str login, struct str password, const char *role,
                           char id_out[DB_ID_BYTES])
{
    char hash[PASSWORD_HASH_BYTES], id[DB_ID_BYTES], name[LOGIN_MAX + 1], data[64];
    enum err err = check_login(login);
    if (!err)
        err = password_check(password, login);
    if (!err)
        err = password_hash(hash, a->cost, password);
    if (!err)
        err = db_begin(db);
    if (err)
        return err;
    db_id_make(id);
    snprintf(name, sizeof name, "%.*s", STR_ARG(login));
    snprintf(data, sizeof data, "{\"role\":\"%.30s\"}", role);
    struct db_user user = {
        .id = id, .login = name, .password = hash, .role = role, .created_ns = actor->now_ns
    };
    err = db_user_add(db, &user);
    if (err == ERR_REFUSED)
        err = err_set(ERR_RANGE, "there is no role \"%s\"", role);
    if (!err)
        err = accounts_note(a, db, actor, actor->user_id, "user.add", id, data);
    if (!err && id_out)
        memcpy(id_out, id, sizeof id);
    return accounts_conclude(db, err);
}

enum err accounts_set_password(struct accounts *a, struct db *db, const struct actor *actor,
                               const char *user_id, struct str password, const char *but_session_id)
{
    struct arena arena;
    arena_init(&arena, "step", 4096);
    struct db_user user;
    char hash[PASSWORD_HASH_BYTES];
    enum err err = db_user_get(db, &arena, user_id, &user);
    if (!err)
        err = password_check(password, str_from(user.login));
    if (!err)
        err = password_hash(hash, a->cost, password);
    if (!err)
        err = db_begin(db);
    if (!err) {
        err = db_user_set_password(db, user_id, hash);
        if (!err)
            err = db_session_end_others(db, user_id, but_session_id, actor->now_ns,
                                        "the password was changed");
        if (!err)
            err = db_token_end_all(db, user_id, actor->now_ns);
        if (!err)
            err = accounts_note(a, db, actor, actor->user_id, "user.password", user_id, NULL);
        err = accounts_conclude(db, err);
    }
    arena_clear(&arena);
    return err;
}

/* May this one go? Not the last who can let others in. */
static enum err check_admin_left(struct db *db, const struct db_user *user)
{
    int64_t admins = 0;
    if (strcmp(user->role, "admin") != 0 || user->disabled_ns)
        return ERR_OK;
    enum err err = db_user_count_role(db, "admin", &admins);
    if (!err && admins <= 1)
        err = err_set(ERR_REFUSED, "\"%s\" is the last admin; make another one first", user->login);
    return err;
}

enum err accounts_set_role(struct accounts *a, struct db *db, const struct actor *actor,
                           const char *user_id, const char *role)
{
    struct arena arena;
    arena_init(&arena, "step", 4096);
    struct db_user user;
    char data[96];
    enum err err = db_begin(db);
    if (err)
        return err;
    err = db_user_get(db, &arena, user_id, &user);
    if (!err && strcmp(role, "admin") != 0)
        err = check_admin_left(db, &user);
    if (!err) {
        snprintf(data, sizeof data, "{\"from\":\"%.30s\",\"to\":\"%.30s\"}", user.role, role);
        err = db_user_set_role(db, user_id, role);
        if (err == ERR_REFUSED)
            err = err_set(ERR_RANGE, "there is no role \"%s\"", role);
    }
    if (!err)
        err = accounts_note(a, db, actor, actor->user_id, "user.role", user_id, data);
    arena_clear(&arena);
    return accounts_conclude(db, err);
}

enum err accounts_set_disabled(struct accounts *a, struct db *db, const struct actor *actor,
                               const char *user_id, bool disabled)
{
    struct arena arena;
    arena_init(&arena, "step", 4096);
    struct db_user user;
    enum err err = db_begin(db);
    if (err)
        return err;
    err = db_user_get(db, &arena, user_id, &user);
    if (!err && disabled)
        err = check_admin_left(db, &user);
    if (!err)
        err = db_user_set_disabled(db, user_id, disabled ? actor->now_ns : 0);
    if (!err && disabled)
        err = db_session_end_others(db, user_id, "", actor->now_ns, "the user was disabled");
    if (!err)
        err = accounts_note(a, db, actor, actor->user_id, disabled ? "user.disable" : "user.enable",
                            user_id, NULL);
    arena_clear(&arena);
    return accounts_conclude(db, err);
}

enum err accounts_clear_totp(struct accounts *a, struct db *db, const struct actor *actor,
                             const char *user_id)
{
    enum err err = db_begin(db);
    if (err)
        return err;
    err = db_user_set_totp(db, user_id, (struct str){ NULL, 0 }, false, 0);
    if (!err)
        err = db_recovery_replace(db, user_id, NULL, 0);
    if (!err)
        err = accounts_note(a, db, actor, actor->user_id, "user.totp_clear", user_id, NULL);
    return accounts_conclude(db, err);
}
