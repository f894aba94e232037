/*
 * The keys of a data folder, all made from the 32 bytes in its file secret.key.
 *
 * The file is made at the first start, readable by its owner alone, and belongs to the backups: but
 * not beside the database, as who has both can read what is sealed in it.
 */
#ifndef SERVICES_AUDIT_KEYS_H
#define SERVICES_AUDIT_KEYS_H

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum { KEY_BYTES = 32 };

struct keys {
    unsigned char audit[KEY_BYTES];  /* the chain of the audit trail */
    unsigned char seal[KEY_BYTES];   /* secrets in the database */
    unsigned char csrf[KEY_BYTES];   /* tokens bound to a session */
    unsigned char device[KEY_BYTES]; /* cookies of known devices */
};

/* Read DIR/secret.key, or make it. ERR_REFUSED when others can read it, ERR_CORRUPT, ERR_IO. */
NODISCARD enum err keys_load(struct keys *out, const char *folder);
void keys_forget(struct keys *keys);

/*
 * Encrypt a secret for one place ("users.totp_secret|ID"): elsewhere it does not open. Both give
 * bytes in arena. Errors of opening: ERR_CORRUPT.
 */
struct str keys_seal(const struct keys *keys, struct arena *arena, const char *place,
                     struct str secret);
NODISCARD enum err keys_open(const struct keys *keys, struct arena *arena, const char *place,
                             struct str sealed, struct str *secret);

/* Base64url without padding of random bytes: a token, `bytes` 16 to 32. */
enum { KEYS_TOKEN_BYTES = 44 };
void keys_random_token(char out[KEYS_TOKEN_BYTES], size_t bytes);
/* What is stored of a token: BLAKE2b, 32 bytes. */
void keys_hash(unsigned char out[KEY_BYTES], struct str token);
/* A keyed hash of some parts, as hexadecimal of 16 bytes. */
enum { KEYS_MAC_BYTES = 33 };
void keys_mac(char out[KEYS_MAC_BYTES], const unsigned char key[KEY_BYTES], const struct str *parts,
              size_t count);
/* In a time that does not tell where they differ. */
bool keys_equal(struct str a, struct str b);

#endif
