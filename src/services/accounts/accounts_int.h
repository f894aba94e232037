/* What the files of accounts share. */
#ifndef SERVICES_ACCOUNTS_ACCOUNTS_INT_H
#define SERVICES_ACCOUNTS_ACCOUNTS_INT_H

#include "services/accounts/accounts.h"

#define SECONDS INT64_C(1000000000)

enum {
    IDLE_SECONDS = 12 * 3600,
    BROWSER_SECONDS = 14 * 86400,
    ACCESS_SECONDS = 600,
    REFRESH_SECONDS = 30 * 86400,
    CHALLENGE_SECONDS = 300,
};

/* Append to the open transaction. data is JSON or NULL. */
NODISCARD enum err accounts_note(struct accounts *a, struct db *db, const struct actor *actor,
                                 const char *user_id, const char *event, const char *object,
                                 const char *data);

/* Commit when err is ERR_OK, else undo; returns what became of it. */
NODISCARD enum err accounts_conclude(struct db *db, enum err err);

/* Make a session for a user who has proved who they are; fills token, refresh, device, identity. */
NODISCARD enum err session_make(struct accounts *a, struct db *db, const struct actor *actor,
                                const struct db_user *user, enum session_kind kind,
                                const char *scopes, const char *methods, struct login_result *out);
/* What a user may do with these scopes; fails only with the store. */
NODISCARD enum err identity_fill(struct accounts *a, struct db *db, struct arena *arena,
                                 const struct db_user *user, const char *scopes,
                                 struct identity *out);
void token_csrf(const struct accounts *a, struct str token, char out[KEYS_MAC_BYTES]);
struct str token_hash(unsigned char space[KEY_BYTES], struct str token);

/* A code of the app or a recovery code, once. ERR_REFUSED when it is neither. */
NODISCARD enum err factor_check(struct accounts *a, struct db *db, struct arena *arena,
                                const struct actor *actor, const struct db_user *user,
                                struct str code);
NODISCARD enum err totp_secret_open(struct accounts *a, struct arena *arena,
                                    const struct db_user *user, struct str *out);

#endif
