/*
 * Who may come in, and what they may do: first start, login, second factor, sessions, tokens.
 *
 * Three ways in, all ending in a struct identity:
 *   a browser   a session cookie; random, stored as a hash, ends when unused for 12 hours, after 14
 *               days, or at once when revoked; its value changes at every proof of a password or
 *               code
 *   a program   an access token of ten minutes, renewed with a refresh token that works once: the
 *               second use of one ends the session, as either of the two users stole it
 *   a script    a personal token with scopes, until it is revoked or runs out
 *
 * What somebody may do is what the role grants and the scopes leave. Every deed writes the audit
 * trail in its own transaction. Calls with a password take long and much memory: password.h.
 * Errors: ERR_REFUSED with a text for the log (callers tell strangers less), ERR_RANGE for a value
 * to be corrected, and those of the store.
 */
#ifndef SERVICES_ACCOUNTS_ACCOUNTS_H
#define SERVICES_ACCOUNTS_ACCOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "adapters/db/db.h"
#include "services/accounts/password.h"
#include "services/audit/audit.h"

enum permission {
#define PERMISSION(id, name, text) id,
#include "services/accounts/permissions.def"
#undef PERMISSION
    PERMISSION_COUNT
};
const char *permission_name(enum permission permission); /* "market:read" */
const char *permission_text(enum permission permission);
#define PERMISSION_BIT(permission) (UINT64_C(1) << (permission))

/* Read "market:read desk:read"; "*" is all. False, naming the word, when one is none. */
bool permissions_parse(struct str text, uint64_t *out);
void permissions_format(struct buf *out, uint64_t permissions);

struct accounts {
    struct keys keys;
    struct password_cost cost;
};

enum { LOGIN_MAX = 64, TOKENS_MAX = 50, RECOVERY_CODES = 10, RECOVERY_BYTES = 18 };

/* Who asks, for the trail. */
struct actor {
    const char *user_id, *peer, *request_id, *agent;
    int64_t now_ns;
};

struct identity {
    char user_id[DB_ID_BYTES];
    char login[LOGIN_MAX + 1];
    char role[32];
    uint64_t permissions;
    char session_id[DB_ID_BYTES]; /* "" for a personal token */
    char token_id[DB_ID_BYTES];   /* "" but for a personal token */
    bool is_browser;              /* came by cookie: changes need the CSRF token */
    char csrf[KEYS_MAC_BYTES];    /* of this session */
    int64_t auth_ns;    /* when a password or code was last proved; 0 for a personal token */
    int64_t expires_ns; /* when this proof of identity runs out if nothing more is heard */
    bool has_totp, used_totp;
};

/* Read keys and put roles and grants in place. */
NODISCARD enum err accounts_open(struct accounts *out, struct db *db, const char *folder,
                                 struct password_cost cost);

/* ---- people ---------------------------------------------------------------------------------- */

/* The login is 3 to 64 of a-z, A-Z, 0-9 and .-_@ ; the password as password_check(). id_out may be
 * NULL. */
NODISCARD enum err accounts_add_user(struct accounts *a, struct db *db, const struct actor *actor,
                                     struct str login, struct str password, const char *role,
                                     char id_out[DB_ID_BYTES]);
/* Ends all other sessions and all tokens of the user. */
NODISCARD enum err accounts_set_password(struct accounts *a, struct db *db,
                                         const struct actor *actor, const char *user_id,
                                         struct str password, const char *but_session_id);
/* ERR_REFUSED when it would leave no admin. */
NODISCARD enum err accounts_set_role(struct accounts *a, struct db *db, const struct actor *actor,
                                     const char *user_id, const char *role);
NODISCARD enum err accounts_set_disabled(struct accounts *a, struct db *db,
                                         const struct actor *actor, const char *user_id,
                                         bool disabled);
/* For somebody who lost the app: an admin's deed. */
NODISCARD enum err accounts_clear_totp(struct accounts *a, struct db *db, const struct actor *actor,
                                       const char *user_id);

/* ---- coming in ------------------------------------------------------------------------------- */

enum session_kind { SESSION_BROWSER, SESSION_ACCESS };

enum login_outcome {
    LOGIN_DONE,
    LOGIN_SECOND_FACTOR, /* the password was right: ask for a code with challenge */
    LOGIN_WRONG,         /* whatever was wrong: strangers are not told */
    LOGIN_WAIT,          /* too many tries: wait_s */
};

enum { CHALLENGE_BYTES = 256, DEVICE_BYTES = 80 };
struct login_result {
    enum login_outcome outcome;
    int wait_s;
    char challenge[CHALLENGE_BYTES];
    char token[KEYS_TOKEN_BYTES + 8];   /* "if_at_..." or the cookie's value */
    char refresh[KEYS_TOKEN_BYTES + 8]; /* SESSION_ACCESS: "if_rt_..." */
    char device[DEVICE_BYTES];          /* value of the cookie of a known device */
    struct identity identity;
};

struct login_attempt {
    struct str login, password;
    struct str device; /* cookie of a known device, or empty */
    enum session_kind kind;
    const char *scopes; /* NULL: all of the role */
};
NODISCARD enum err accounts_login(struct accounts *a, struct db *db, const struct actor *actor,
                                  const struct login_attempt *attempt, struct login_result *out);
/* The second step: a code of the app, or a recovery code, which works once. */
NODISCARD enum err accounts_second_factor(struct accounts *a, struct db *db,
                                          const struct actor *actor, struct str challenge,
                                          struct str code, struct login_result *out);
/* Prove password or code again (codes where TOTP is on): a new cookie value in out->token. */
NODISCARD enum err accounts_step_up(struct accounts *a, struct db *db, const struct actor *actor,
                                    const struct identity *who, struct str password,
                                    struct str code, struct login_result *out);
NODISCARD enum err accounts_refresh(struct accounts *a, struct db *db, const struct actor *actor,
                                    struct str refresh, struct login_result *out);

/*
 * Whose is this? One of the two is empty: the value of the session cookie; what follows "Bearer ".
 * ERR_REFUSED when it is nobody's (any more).
 */
NODISCARD enum err accounts_identify(struct accounts *a, struct db *db, int64_t now_ns,
                                     struct str cookie, struct str bearer, struct identity *out);
/* Does this identity still hold? For streams that stay open. */
NODISCARD enum err accounts_still(struct accounts *a, struct db *db, int64_t now_ns,
                                  const struct identity *who);

NODISCARD enum err accounts_logout(struct accounts *a, struct db *db, const struct actor *actor,
                                   const struct identity *who);
/* One of the user's own sessions. */
NODISCARD enum err accounts_end_session(struct accounts *a, struct db *db,
                                        const struct actor *actor, const char *user_id,
                                        const char *session_id);

/* ---- second factor, personal tokens ---------------------------------------------------------- */

struct totp_enrolment {
    char secret[40]; /* base32, to type */
    struct buf uri;  /* for a QR code; the caller frees it */
};
/* ERR_REFUSED when it is on already. */
NODISCARD enum err accounts_totp_enrol(struct accounts *a, struct db *db, const struct actor *actor,
                                       const struct identity *who, struct totp_enrolment *out);
NODISCARD enum err accounts_totp_confirm(struct accounts *a, struct db *db,
                                         const struct actor *actor, const struct identity *who,
                                         struct str code,
                                         char recovery[RECOVERY_CODES][RECOVERY_BYTES]);

/* expires_ns 0: never. Scopes must be within the role's. out is shown once. */
enum { PERSONAL_TOKEN_BYTES = 80 };
NODISCARD enum err accounts_add_token(struct accounts *a, struct db *db, const struct actor *actor,
                                      const struct identity *who, struct str name, uint64_t scopes,
                                      int64_t expires_ns, char id_out[DB_ID_BYTES],
                                      char out[PERSONAL_TOKEN_BYTES]);
NODISCARD enum err accounts_end_token(struct accounts *a, struct db *db, const struct actor *actor,
                                      const char *user_id, const char *token_id);

#endif
