/* Coming in, going out, and what guards an account. */
#include <sodium.h>
#include <stdio.h>

#include "services/server/server_int.h"

enum { DEVICE_SECONDS = 365 * 86400, SESSION_SECONDS = 14 * 86400 };

static void set_cookie(struct call *call, const char *name, const char *value, int seconds)
{
    const struct server_options *o = &call->server->options;
    char full[48], text[400];
    snprintf(text, sizeof text, "%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s",
             cookie_name(call->server, name, full), value, seconds,
             o->tls_cert || o->behind_proxy ? "; Secure" : "");
    http_header_add(call->response, "Set-Cookie", text);
}

static void write_me(struct call *call, const struct identity *who)
{
    struct json_writer *json = &call->json;
    json_object_begin(json);
    json_key_cstr(json, "user_id", who->user_id);
    json_key_cstr(json, "login", who->login);
    json_key_cstr(json, "role", who->role);
    json_key(json, "permissions");
    json_array_begin(json);
    for (int i = 0; i < PERMISSION_COUNT; i++)
        if (who->permissions & PERMISSION_BIT(i))
            json_cstr(json, permission_name((enum permission)i));
    json_array_end(json);
    json_key_cstr(json, "csrf_token", who->is_browser ? who->csrf : NULL);
    json_key_bool(json, "second_factor", who->has_totp);
    json_key_int(json, "proved_ns", who->auth_ns);
    json_key_ns(json, "expires_ns", who->expires_ns == INT64_MAX ? 0 : who->expires_ns);
    json_object_end(json);
}

/* A login that is complete: a cookie for browsers, tokens for programs. */
static int welcome(struct call *call, const struct login_result *r, int status)
{
    struct json_writer *json = &call->json;
    bool is_browser = r->identity.is_browser;
    if (is_browser)
        set_cookie(call, "if_session", r->token, SESSION_SECONDS);
    if (is_browser && r->device[0])
        set_cookie(call, "if_device", r->device, DEVICE_SECONDS);
    json_object_begin(json);
    json_key_cstr(json, "status", "done");
    json_key(json, "me");
    write_me(call, &r->identity);
    if (!is_browser) {
        json_key_cstr(json, "access_token", r->token);
        if (r->refresh[0])
            json_key_cstr(json, "refresh_token", r->refresh);
        json_key_int(json, "expires_in", (r->identity.expires_ns - call->now_ns) / 1000000000);
    }
    json_object_end(json);
    return status;
}

static int answer_login(struct call *call, const struct login_result *r, int status)
{
    struct json_writer *json = &call->json;
    switch (r->outcome) {
    case LOGIN_DONE:
        return welcome(call, r, status);
    case LOGIN_SECOND_FACTOR:
        json_object_begin(json);
        json_key_cstr(json, "status", "second_factor");
        json_key_cstr(json, "challenge", r->challenge);
        json_object_end(json);
        return 200;
    case LOGIN_WAIT:
        atomic_fetch_add(&call->server->metrics.logins_failed, 1);
        retry_after(call, r->wait_s);
        return problem(call, 429, "wait", "too many tries; wait %d seconds", r->wait_s);
    case LOGIN_WRONG:
        break;
    }
    atomic_fetch_add(&call->server->metrics.logins_failed, 1);
    return problem(call, 401, "invalid_credentials", "login, password or code do not fit");
}

int api_setup_state(struct call *call)
{
    pthread_mutex_lock(&call->server->setup_lock);
    bool needed = call->server->setup_token[0] != '\0';
    pthread_mutex_unlock(&call->server->setup_lock);
    json_object_begin(&call->json);
    json_key_bool(&call->json, "needed", needed);
    json_object_end(&call->json);
    return 200;
}

/* Under the lock: of two who hold the token, one makes the admin. */
static int setup_locked(struct call *call, struct str login, struct str password)
{
    struct server *server = call->server;
    struct login_result r;
    int64_t people = 1;
    if (!server->setup_token[0])
        return problem(call, 409, "set_up", "there is an admin already; log in");
    if (!keys_equal(call_text(call->body, "token"), str_from(server->setup_token)))
        return problem(
            call, 403, "setup_token",
            "this is not the setup token of this start; look at the log or the terminal");
    enum err err = db_user_count(call->db, &people);
    if (!err && people > 0) /* `ironfly user add` was quicker */
        return problem(call, 409, "set_up", "there is an admin already; log in");
    if (!err)
        err = accounts_add_user(&server->accounts, call->db, &call->actor, login, password, "admin",
                                NULL);
    if (err)
        return problem_of(call, err);
    sodium_memzero(server->setup_token, sizeof server->setup_token);
    struct login_attempt attempt = { login, password, { NULL, 0 }, SESSION_BROWSER, NULL };
    err = accounts_login(&server->accounts, call->db, &call->actor, &attempt, &r);
    return err ? problem_of(call, err) : answer_login(call, &r, 201);
}

int api_setup(struct call *call)
{
    pthread_mutex_lock(&call->server->setup_lock);
    int status =
        setup_locked(call, call_text(call->body, "login"), call_text(call->body, "password"));
    pthread_mutex_unlock(&call->server->setup_lock);
    return status;
}

int api_login(struct call *call)
{
    struct server *server = call->server;
    char name[48];
    uint64_t bits;
    struct str scopes = call_text(call->body, "scopes");
    bool is_access = str_is(call_text(call->body, "kind"), "access");
    if (scopes.ptr && (!is_access || !permissions_parse(scopes, &bits)))
        return problem(call, 422, "scopes", "scopes are permissions, for kind access: %s",
                       is_access ? err_detail() : "this is none");
    struct login_attempt attempt = {
        .login = call_text(call->body, "login"),
        .password = call_text(call->body, "password"),
        .device = http_cookie(call->request->headers[HTTP_COOKIE],
                              cookie_name(server, "if_device", name)),
        .kind = is_access ? SESSION_ACCESS : SESSION_BROWSER,
        .scopes = scopes.ptr ? arena_strndup(call->arena, scopes.ptr, scopes.len) : NULL,
    };
    struct login_result r;
    enum err err = accounts_login(&server->accounts, call->db, &call->actor, &attempt, &r);
    return err ? problem_of(call, err) : answer_login(call, &r, 200);
}

int api_second_factor(struct call *call)
{
    struct login_result r;
    enum err err = accounts_second_factor(&call->server->accounts, call->db, &call->actor,
                                          call_text(call->body, "challenge"),
                                          call_text(call->body, "code"), &r);
    return err ? problem_of(call, err) : answer_login(call, &r, 200);
}

int api_refresh(struct call *call)
{
    struct login_result r;
    enum err err = accounts_refresh(&call->server->accounts, call->db, &call->actor,
                                    call_text(call->body, "refresh_token"), &r);
    if (err == ERR_REFUSED) {
        log_warn("server", "request %s: %s", call->request->id, err_detail());
        return problem(call, 401, "invalid_token",
                       "the refresh token is not good (any more); log in");
    }
    return err ? problem_of(call, err) : answer_login(call, &r, 200);
}

int api_logout(struct call *call)
{
    if (!call->who.session_id[0])
        return problem(call, 409, "no_session",
                       "a personal token is not logged in; end it at /api/v1/auth/tokens");
    enum err err = accounts_logout(&call->server->accounts, call->db, &call->actor, &call->who);
    if (err)
        return problem_of(call, err);
    if (call->who.is_browser) {
        set_cookie(call, "if_session", "", 0);
        http_header_add(call->response, "Clear-Site-Data", "\"cache\", \"storage\"");
    }
    return 204;
}

int api_me(struct call *call)
{
    write_me(call, &call->who);
    return 200;
}

int api_step_up(struct call *call)
{
    struct login_result r;
    if (!call->who.session_id[0])
        return problem_token(call);
    enum err err =
        accounts_step_up(&call->server->accounts, call->db, &call->actor, &call->who,
                         call_text(call->body, "password"), call_text(call->body, "code"), &r);
    return err ? problem_of(call, err) : answer_login(call, &r, 200);
}

int api_password(struct call *call)
{
    enum err err =
        accounts_set_password(&call->server->accounts, call->db, &call->actor, call->who.user_id,
                              call_text(call->body, "password"), call->who.session_id);
    return err ? problem_of(call, err) : 204;
}

int api_totp_enrol(struct call *call)
{
    struct totp_enrolment e;
    enum err err =
        accounts_totp_enrol(&call->server->accounts, call->db, &call->actor, &call->who, &e);
    if (err)
        return problem_of(call, err);
    json_object_begin(&call->json);
    json_key_cstr(&call->json, "secret", e.secret);
    json_key_str(&call->json, "uri", buf_str(&e.uri));
    json_object_end(&call->json);
    sodium_memzero(&e.secret, sizeof e.secret);
    buf_free(&e.uri);
    return 200;
}

int api_totp_confirm(struct call *call)
{
    char codes[RECOVERY_CODES][RECOVERY_BYTES];
    enum err err = accounts_totp_confirm(&call->server->accounts, call->db, &call->actor,
                                         &call->who, call_text(call->body, "code"), codes);
    if (err)
        return problem_of(call, err);
    json_object_begin(&call->json);
    json_key(&call->json, "codes");
    json_array_begin(&call->json);
    for (int i = 0; i < RECOVERY_CODES; i++)
        json_cstr(&call->json, codes[i]);
    json_array_end(&call->json);
    json_object_end(&call->json);
    sodium_memzero(codes, sizeof codes);
    return 200;
}

int api_totp_disable(struct call *call)
{
    enum err err =
        accounts_clear_totp(&call->server->accounts, call->db, &call->actor, call->who.user_id);
    return err ? problem_of(call, err) : 204;
}

/* ---- sessions and tokens of one's own -------------------------------------------------------- */

int api_sessions(struct call *call)
{
    struct db_session *sessions;
    size_t count;
    enum err err = db_session_list(call->db, call->arena, call->who.user_id, call->now_ns, 200,
                                   &sessions, &count);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    for (size_t i = 0; i < count; i++) {
        struct json_writer *json = &call->json;
        json_object_begin(json);
        json_key_cstr(json, "id", sessions[i].id);
        json_key_cstr(json, "kind", sessions[i].kind);
        json_key_cstr(json, "peer", sessions[i].peer);
        json_key_cstr(json, "agent", sessions[i].agent);
        json_key_int(json, "created_ns", sessions[i].created_ns);
        json_key_int(json, "seen_ns", sessions[i].seen_ns);
        json_key_bool(json, "is_this", strcmp(sessions[i].id, call->who.session_id) == 0);
        json_object_end(json);
    }
    return list_end(call, NULL);
}

int api_session_end(struct call *call)
{
    enum err err = accounts_end_session(&call->server->accounts, call->db, &call->actor,
                                        call->who.user_id, call_path(call, 0));
    return err ? problem_of(call, err) : 204;
}

static void write_token(struct call *call, const struct db_token *t, const char *secret)
{
    struct json_writer *json = &call->json;
    json_object_begin(json);
    json_key_cstr(json, "id", t->id);
    json_key_cstr(json, "name", t->name);
    json_key_cstr(json, "scopes", t->scopes);
    json_key_int(json, "created_ns", t->created_ns);
    json_key_ns(json, "expires_ns", t->expires_ns);
    json_key_ns(json, "used_ns", t->used_ns);
    if (secret)
        json_key_cstr(json, "token", secret);
    json_object_end(json);
}

int api_tokens(struct call *call)
{
    struct db_token *tokens;
    size_t count;
    enum err err =
        db_token_list(call->db, call->arena, call->who.user_id, TOKENS_MAX, &tokens, &count);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    for (size_t i = 0; i < count; i++)
        write_token(call, &tokens[i], NULL);
    return list_end(call, NULL);
}

int api_token_add(struct call *call)
{
    uint64_t scopes;
    char id[DB_ID_BYTES], secret[PERSONAL_TOKEN_BYTES];
    struct db_token token;
    if (!permissions_parse(call_text(call->body, "scopes"), &scopes))
        return problem(call, 422, "scopes", "%s", err_detail());
    int64_t expires =
        call->now_ns + call_whole(call->body, "days", 90) * 86400 * INT64_C(1000000000);
    enum err err = accounts_add_token(&call->server->accounts, call->db, &call->actor, &call->who,
                                      call_text(call->body, "name"), scopes, expires, id, secret);
    if (!err)
        err = db_token_get(call->db, call->arena, id, &token);
    if (err)
        return problem_of(call, err);
    write_token(call, &token, secret);
    sodium_memzero(secret, sizeof secret);
    return 201;
}

int api_token_end(struct call *call)
{
    enum err err = accounts_end_token(&call->server->accounts, call->db, &call->actor,
                                      call->who.user_id, call_path(call, 0));
    return err ? problem_of(call, err) : 204;
}
