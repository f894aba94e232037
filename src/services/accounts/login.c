/* Proving who one is: password, code, and both again. */
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>

#include "services/accounts/accounts_int.h"
#include "services/accounts/throttle.h"
#include "services/accounts/totp.h"

/* ---- codes ----------------------------------------------------------------------------------- */

static void totp_place(char out[64], const char *user_id)
{
    snprintf(out, 64, "users.totp_secret|%s", user_id);
}

enum err totp_secret_open(struct accounts *a, struct arena *arena, const struct db_user *user,
                          struct str *out)
{
    char place[64];
    totp_place(place, user->id);
    return keys_open(&a->keys, arena, place, user->totp_secret, out);
}

static enum err app_code(struct accounts *a, struct db *db, struct arena *arena, int64_t now_ns,
                         const struct db_user *user, struct str code)
{
    struct str secret;
    int64_t step = 0;
    enum err err = totp_secret_open(a, arena, user, &secret);
    if (err)
        return err;
    bool fits = totp_verify(secret, code, now_ns / SECONDS, &step);
    sodium_memzero((char *)secret.ptr, secret.len);
    return fits ? db_user_take_step(db, user->id, step)
                : err_set(ERR_REFUSED, "the code does not fit");
}

/* "ABCDE-fghij klmno" and "abcdefghijklmno" are one code. */
static enum err recovery_code(struct db *db, int64_t now_ns, const struct db_user *user,
                              struct str code)
{
    char plain[RECOVERY_BYTES];
    size_t len = 0;
    for (size_t i = 0; i < code.len && len < sizeof plain; i++)
        if (isalnum((unsigned char)code.ptr[i]))
            plain[len++] = (char)tolower((unsigned char)code.ptr[i]);
    unsigned char hash[KEY_BYTES];
    enum err err =
        db_recovery_take(db, user->id, token_hash(hash, (struct str){ plain, len }), now_ns);
    return err == ERR_NOT_FOUND ? err_set(ERR_REFUSED, "the recovery code is none, or was used")
                                : err;
}

enum err factor_check(struct accounts *a, struct db *db, struct arena *arena,
                      const struct actor *actor, const struct db_user *user, struct str code)
{
    code = str_trim(code);
    if (code.len == TOTP_DIGITS)
        return app_code(a, db, arena, actor->now_ns, user, code);
    enum err err = recovery_code(db, actor->now_ns, user, code);
    if (err)
        return err;
    struct audit_event e = { user->id,    "auth.recovery_used", "",
                             actor->peer, actor->request_id,    NULL };
    return audit_write(db, &a->keys, actor->now_ns, &e);
}

/* ---- between password and code --------------------------------------------------------------- */

/* Sealed and short-lived, so that nothing is stored for people who never come back. */
static void make_challenge(struct accounts *a, struct arena *arena, const struct db_user *user,
                           enum session_kind kind, const char *scopes, int64_t now_ns,
                           char out[CHALLENGE_BYTES])
{
    uint64_t bits = UINT64_MAX;
    if (scopes && !permissions_parse(str_from(scopes), &bits))
        bits = 0;
    int64_t until = now_ns + CHALLENGE_SECONDS * SECONDS;
    char *text = arena_printf(arena, "%s %d %llx %lld", user->id, (int)kind,
                              (unsigned long long)bits, (long long)until);
    struct str sealed = keys_seal(&a->keys, arena, "challenge", str_from(text));
    sodium_bin2base64(out, CHALLENGE_BYTES, (const unsigned char *)sealed.ptr, sealed.len,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

struct challenge {
    char user_id[DB_ID_BYTES];
    enum session_kind kind;
    const char *scopes; /* NULL: all */
};

static enum err read_challenge(struct accounts *a, struct arena *arena, struct str text,
                               int64_t now_ns, struct challenge *out)
{
    unsigned char bytes[CHALLENGE_BYTES];
    size_t len = 0;
    struct str open;
    if (text.len >= CHALLENGE_BYTES ||
        sodium_base642bin(bytes, sizeof bytes, text.ptr, text.len, NULL, &len, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return err_set(ERR_REFUSED, "the challenge is none");
    if (keys_open(&a->keys, arena, "challenge", (struct str){ (char *)bytes, len }, &open))
        return err_set(ERR_REFUSED, "the challenge is none of this server");
    unsigned long long bits = 0;
    long long until = 0;
    int kind = 0;
    /* Sealed by us. NOLINTNEXTLINE(cert-err34-c) */
    MUST(sscanf(open.ptr, "%16s %d %llx %lld", out->user_id, &kind, &bits, &until) == 4);
    out->kind = (enum session_kind)kind;
    struct buf scopes = { 0 };
    if (bits != UINT64_MAX)
        permissions_format(&scopes, bits);
    out->scopes = bits == UINT64_MAX ? NULL : arena_strdup(arena, scopes.ptr ? scopes.ptr : "");
    buf_free(&scopes);
    return until > now_ns ? ERR_OK : err_set(ERR_REFUSED, "the challenge has run out");
}

/* ---- login ----------------------------------------------------------------------------------- */

struct guess {
    char net[64], login[LOGIN_MAX + 1], pair[160];
    bool is_known_device;
};

static bool device_fits(struct accounts *a, struct str cookie, const char *user_id)
{
    struct str id, parts[2] = { str_from(user_id), STR("device") };
    char mac[KEYS_MAC_BYTES];
    keys_mac(mac, a->keys.device, parts, 2);
    return str_cut(&cookie, '.', &id) && str_is(id, user_id) && keys_equal(cookie, str_from(mac));
}

/* How long must this try wait? Counted, whether it will be right or wrong. */
static enum err count_guess(struct db *db, const struct guess *g, int64_t now_ns, int *wait_s)
{
    enum err err = throttle_take(db, THROTTLE_NET, g->net, now_ns, wait_s);
    if (!err && !*wait_s)
        err = throttle_take(db, THROTTLE_PAIR, g->pair, now_ns, wait_s);
    if (!err && !*wait_s && !g->is_known_device)
        err = throttle_take(db, THROTTLE_LOGIN, g->login, now_ns, wait_s);
    return err;
}

static enum err forget_guess(struct db *db, const struct guess *g)
{
    enum err err = throttle_clear(db, THROTTLE_PAIR, g->pair);
    if (!err)
        err = throttle_refund(db, THROTTLE_NET, g->net);
    if (!err && !g->is_known_device)
        err = throttle_refund(db, THROTTLE_LOGIN, g->login);
    return err;
}

static enum err failed(struct accounts *a, struct db *db, const struct actor *actor,
                       const char *user_id, const char *event)
{
    struct audit_event e = { user_id, event, "", actor->peer, actor->request_id, NULL };
    return audit_write(db, &a->keys, actor->now_ns, &e);
}

/* The costs have risen since the hash was made: now is when the password is known. */
static void renew_hash(struct accounts *a, struct db *db, const struct db_user *user,
                       struct str password)
{
    char hash[PASSWORD_HASH_BYTES];
    if (password_is_outdated(user->password, a->cost) && !password_hash(hash, a->cost, password))
        (void)!db_user_set_password(db, user->id, hash);
}

enum err accounts_login(struct accounts *a, struct db *db, const struct actor *actor,
                        const struct login_attempt *attempt, struct login_result *out)
{
    struct arena arena;
    arena_init(&arena, "step", 4096);
    struct db_user user = { 0 };
    struct guess g;
    *out = (struct login_result){ .outcome = LOGIN_WRONG };
    throttle_network(g.net, actor->peer);
    struct str login = str_slice(attempt->login, 0, LOGIN_MAX);
    for (size_t i = 0; i <= login.len; i++)
        g.login[i] = i < login.len ? (char)tolower((unsigned char)login.ptr[i]) : '\0';
    enum err err = db_user_find(db, &arena, attempt->login, &user);
    bool is_user = !err;
    if (err == ERR_NOT_FOUND)
        err = ERR_OK;
    g.is_known_device = is_user && device_fits(a, attempt->device, user.id);
    if (g.is_known_device)
        snprintf(g.pair, sizeof g.pair, "device|%s", user.id);
    else
        snprintf(g.pair, sizeof g.pair, "%s|%s", g.login, g.net);
    if (!err)
        err = count_guess(db, &g, actor->now_ns, &out->wait_s);
    if (err || out->wait_s) {
        out->outcome = out->wait_s ? LOGIN_WAIT : LOGIN_WRONG;
        arena_clear(&arena);
        return err;
    }
    bool right = password_verify(is_user ? user.password : NULL, a->cost, attempt->password) &&
                 !user.disabled_ns;
    if (!right)
        err = failed(a, db, actor, is_user ? user.id : "", "auth.login_failed");
    else
        err = forget_guess(db, &g);
    if (right && !err) {
        renew_hash(a, db, &user, attempt->password);
        out->outcome = user.totp_confirmed ? LOGIN_SECOND_FACTOR : LOGIN_DONE;
        if (user.totp_confirmed)
            make_challenge(a, &arena, &user, attempt->kind, attempt->scopes, actor->now_ns,
                           out->challenge);
        else
            err = session_make(a, db, actor, &user, attempt->kind, attempt->scopes, "pwd", out);
    }
    arena_clear(&arena);
    return err;
}

enum err accounts_second_factor(struct accounts *a, struct db *db, const struct actor *actor,
                                struct str challenge, struct str code, struct login_result *out)
{
    struct arena arena;
    arena_init(&arena, "step", 4096);
    struct challenge c = { 0 };
    struct db_user user;
    *out = (struct login_result){ .outcome = LOGIN_WRONG };
    enum err err = read_challenge(a, &arena, challenge, actor->now_ns, &c);
    if (!err)
        err = db_user_get(db, &arena, c.user_id, &user);
    if (!err && (user.disabled_ns || !user.totp_confirmed))
        err = err_set(ERR_REFUSED, "the user has no second factor any more, or is disabled");
    if (!err)
        err = throttle_take(db, THROTTLE_FACTOR, user.id, actor->now_ns, &out->wait_s);
    if (!err && out->wait_s) {
        out->outcome = LOGIN_WAIT;
    } else if (!err) {
        err = factor_check(a, db, &arena, actor, &user, code);
        if (err == ERR_REFUSED) {
            err = failed(a, db, actor, user.id, "auth.factor_failed");
        } else if (!err) {
            err = throttle_clear(db, THROTTLE_FACTOR, user.id);
            if (!err)
                err = session_make(a, db, actor, &user, c.kind, c.scopes, "pwd otp", out);
            out->outcome = LOGIN_DONE;
        }
    }
    arena_clear(&arena);
    if (err == ERR_REFUSED ||
        err == ERR_NOT_FOUND) /* a stale challenge is a wrong try, not a fault */
        err = ERR_OK;
    return err;
}

/* ---- once more ------------------------------------------------------------------------------- */

static enum err prove_again(struct accounts *a, struct db *db, struct arena *arena,
                            const struct actor *actor, const struct db_user *user,
                            struct str password, struct str code, int *wait_s)
{
    enum throttle_kind kind = user->totp_confirmed ? THROTTLE_FACTOR : THROTTLE_PAIR;
    char name[64];
    snprintf(name, sizeof name, user->totp_confirmed ? "%s" : "device|%s", user->id);
    enum err err = throttle_take(db, kind, name, actor->now_ns, wait_s);
    if (err || *wait_s)
        return err;
    if (user->totp_confirmed)
        err = factor_check(a, db, arena, actor, user, code);
    else if (!password_verify(user->password, a->cost, password))
        err = err_set(ERR_REFUSED, "the password does not fit");
    return err ? err : throttle_clear(db, kind, name);
}

enum err accounts_step_up(struct accounts *a, struct db *db, const struct actor *actor,
                          const struct identity *who, struct str password, struct str code,
                          struct login_result *out)
{
    struct arena arena;
    arena_init(&arena, "step", 4096);
    struct db_user user;
    unsigned char hash[KEY_BYTES];
    char random[KEYS_TOKEN_BYTES];
    *out = (struct login_result){ .outcome = LOGIN_WRONG, .identity = *who };
    enum err err = who->session_id[0]
                       ? db_user_get(db, &arena, who->user_id, &user)
                       : err_set(ERR_REFUSED, "a personal token proves nothing again");
    if (!err)
        err = prove_again(a, db, &arena, actor, &user, password, code, &out->wait_s);
    if (!err && out->wait_s) {
        out->outcome = LOGIN_WAIT;
    } else if (err == ERR_REFUSED) {
        err = failed(a, db, actor, who->user_id, "auth.step_up_failed");
    } else if (!err) {
        keys_random_token(random, 32);
        snprintf(out->token, sizeof out->token, "%s%s", who->is_browser ? "" : "if_at_", random);
        err = db_session_authenticated(db, who->session_id, token_hash(hash, str_from(out->token)),
                                       actor->now_ns, user.totp_confirmed ? "pwd otp" : "pwd");
        token_csrf(a, str_from(out->token), out->identity.csrf);
        out->identity.auth_ns = actor->now_ns;
        out->identity.used_totp = user.totp_confirmed;
        out->outcome = LOGIN_DONE;
    }
    arena_clear(&arena);
    return err;
}

/* ---- the second factor itself ---------------------------------------------------------------- */

enum err accounts_totp_enrol(struct accounts *a, struct db *db, const struct actor *actor,
                             const struct identity *who, struct totp_enrolment *out)
{
    struct arena arena;
    arena_init(&arena, "step", 4096);
    struct db_user user;
    char place[64], base32[TOTP_BASE32_BYTES];
    unsigned char secret[TOTP_SECRET_BYTES];
    *out = (struct totp_enrolment){ 0 };
    enum err err = db_user_get(db, &arena, who->user_id, &user);
    if (!err && user.totp_confirmed)
        err = err_set(ERR_EXISTS, "the second factor is on already; turn it off first");
    if (!err) {
        randombytes_buf(secret, sizeof secret);
        totp_place(place, user.id);
        struct str sealed =
            keys_seal(&a->keys, &arena, place, (struct str){ (char *)secret, sizeof secret });
        err = db_user_set_totp(db, user.id, sealed, false, 0);
        totp_base32(base32, secret);
        snprintf(out->secret, sizeof out->secret, "%s", base32);
        totp_uri(&out->uri, base32, str_from(user.login));
    }
    (void)actor;
    sodium_memzero(secret, sizeof secret);
    arena_clear(&arena);
    return err;
}

static void make_recovery(char out[RECOVERY_BYTES], struct str *hash,
                          unsigned char space[KEY_BYTES])
{
    char plain[DB_ID_BYTES];
    db_id_make(plain);
    plain[15] = '\0';
    snprintf(out, RECOVERY_BYTES, "%.5s-%.5s-%.5s", plain, plain + 5, plain + 10);
    *hash = token_hash(space, (struct str){ plain, 15 });
}

enum err accounts_totp_confirm(struct accounts *a, struct db *db, const struct actor *actor,
                               const struct identity *who, struct str code,
                               char recovery[RECOVERY_CODES][RECOVERY_BYTES])
{
    struct arena arena;
    arena_init(&arena, "step", 4096);
    struct db_user user;
    struct str secret, hashes[RECOVERY_CODES];
    unsigned char spaces[RECOVERY_CODES][KEY_BYTES];
    int64_t step = 0;
    int wait_s = 0;
    enum err err = db_user_get(db, &arena, who->user_id, &user);
    if (!err && (user.totp_confirmed || !user.totp_secret.len))
        err = err_set(ERR_REFUSED, user.totp_confirmed ? "the second factor is on already"
                                                       : "begin with the secret");
    if (!err)
        err = throttle_take(db, THROTTLE_FACTOR, user.id, actor->now_ns, &wait_s);
    if (!err && wait_s)
        err = err_set(ERR_FULL, "too many wrong codes; wait %d seconds", wait_s);
    if (!err)
        err = totp_secret_open(a, &arena, &user, &secret);
    if (!err && !totp_verify(secret, str_trim(code), actor->now_ns / SECONDS, &step))
        err = err_set(ERR_RANGE,
                      "the code does not fit; check the clock of the phone and of this machine");
    for (int i = 0; i < RECOVERY_CODES; i++)
        make_recovery(recovery[i], &hashes[i], spaces[i]);
    if (!err)
        err = db_begin(db);
    if (!err) {
        err = db_user_set_totp(db, user.id, user.totp_secret, true, step);
        if (!err)
            err = db_recovery_replace(db, user.id, hashes, RECOVERY_CODES);
        if (!err)
            err = accounts_note(a, db, actor, user.id, "auth.totp_on", user.id, NULL);
        err = accounts_conclude(db, err);
    }
    if (!err)
        err = throttle_clear(db, THROTTLE_FACTOR, user.id);
    arena_clear(&arena);
    return err;
}
