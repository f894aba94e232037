/*
 * Passwords: Argon2id hashes, and which words are no passwords.
 *
 * A hash takes its memory (64 MiB) while it is made or checked: bound how many run at once, and
 * never run one where sockets are served.
 */
#ifndef SERVICES_ACCOUNTS_PASSWORD_H
#define SERVICES_ACCOUNTS_PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct password_cost {
    uint64_t passes;
    size_t bytes;
};
extern const struct password_cost password_cost_default; /* 3 passes over 64 MiB */
extern const struct password_cost
    password_cost_least; /* 2 over 19 MiB: what OWASP asks at least; for tests */

enum { PASSWORD_HASH_BYTES = 128, PASSWORD_LENGTH_MIN = 12, PASSWORD_BYTES_MAX = 256 };

/* "$argon2id$v=19$m=65536,t=3,p=1$...". ERR_IO without memory. */
NODISCARD enum err password_hash(char out[PASSWORD_HASH_BYTES], struct password_cost cost,
                                 struct str password);
/* hash NULL: nobody has it, and finding out takes as long. */
bool password_verify(const char *hash, struct password_cost cost, struct str password);
/* Was it made with other costs than these? */
bool password_is_outdated(const char *hash, struct password_cost cost);

/* ERR_RANGE says what is wrong with it: length, UTF-8, the login in it, common, monotone. */
NODISCARD enum err password_check(struct str password, struct str login);

#endif
