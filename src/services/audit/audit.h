/*
 * The audit trail: who did what, when and from where, in a chain of keyed hashes.
 *
 * Each entry's hash covers the entry and the hash before it, under a key that lies beside the
 * store (keys.h): who changes, removes or inserts an entry without that key breaks the chain at
 * that place. What a chain cannot show is that its end was cut off; compare the head (number and
 * hash) with one noted earlier: audit_verify() and `ironfly audit verify` print it.
 */
#ifndef SERVICES_AUDIT_AUDIT_H
#define SERVICES_AUDIT_AUDIT_H

#include "adapters/db/db.h"
#include "services/audit/keys.h"

struct audit_event {
    const char *user_id;    /* who; "" the program itself */
    const char *event;      /* "auth.login" */
    const char *object;     /* what it was done to: an identity or a name; "" none */
    const char *peer;       /* address; "" a terminal */
    const char *request_id; /* "" none */
    const char *data;       /* a JSON object, without secrets; NULL: {} */
};

/* Append in a transaction of its own, or (inside db_begin()) in the one that is open, so that the
 * deed and its entry are stored together. Errors: those of the store, ERR_CORRUPT. */
NODISCARD enum err audit_write(struct db *db, const struct keys *keys, int64_t now_ns,
                               const struct audit_event *event);
NODISCARD enum err audit_append(struct db *db, const struct keys *keys, int64_t now_ns,
                                const struct audit_event *event);

struct audit_head {
    int64_t seq;                      /* of the last entry; 0: there is none */
    char hash[2 * DB_HASH_BYTES + 1]; /* hexadecimal */
};
/* Prove every entry. ERR_CORRUPT names the first that does not fit; *head is then the last good. */
NODISCARD enum err audit_verify(struct db *db, const struct keys *keys, struct audit_head *head);

#endif
