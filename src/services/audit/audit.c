#include "services/audit/audit.h"

#include <sodium.h>

static void add_int(crypto_generichash_state *state, int64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)value >> (8 * i));
    crypto_generichash_update(state, bytes, sizeof bytes);
}

static void add_text(crypto_generichash_state *state, const char *text)
{
    size_t len = strlen(text);
    add_int(state, (int64_t)len);
    crypto_generichash_update(state, (const unsigned char *)text, len);
}

static void hash_entry(unsigned char out[DB_HASH_BYTES], const struct keys *keys,
                       const struct db_audit *e, const unsigned char previous[DB_HASH_BYTES])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, keys->audit, KEY_BYTES, DB_HASH_BYTES);
    crypto_generichash_update(&state, previous, DB_HASH_BYTES);
    add_int(&state, e->seq);
    add_int(&state, e->ts_ns);
    const char *const texts[] = {
        e->user_id, e->event, e->object, e->peer, e->request_id, e->data
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        add_text(&state, texts[i]);
    crypto_generichash_final(&state, out, DB_HASH_BYTES);
}

enum err audit_append(struct db *db, const struct keys *keys, int64_t now_ns,
                      const struct audit_event *event)
{
    unsigned char previous[DB_HASH_BYTES], hash[DB_HASH_BYTES];
    int64_t seq = 0;
    enum err err = db_audit_last(db, &seq, previous);
    if (err)
        return err;
    struct db_audit e = {
        .seq = seq + 1,
        .ts_ns = now_ns,
        .user_id = event->user_id,
        .event = event->event,
        .object = event->object,
        .peer = event->peer,
        .request_id = event->request_id,
        .data = event->data ? event->data : "{}",
        .previous = { (char *)previous, sizeof previous },
        .hash = { (char *)hash, sizeof hash },
    };
    hash_entry(hash, keys, &e, previous);
    return db_audit_add(db, &e);
}

enum err audit_write(struct db *db, const struct keys *keys, int64_t now_ns,
                     const struct audit_event *event)
{
    enum err err = db_begin(db);
    if (err)
        return err;
    err = audit_append(db, keys, now_ns, event);
    if (!err)
        return db_commit(db);
    db_rollback(db);
    return err;
}

static enum err check_entry(const struct keys *keys, const struct db_audit *e, int64_t want_seq,
                            unsigned char previous[DB_HASH_BYTES])
{
    unsigned char hash[DB_HASH_BYTES];
    if (e->seq != want_seq)
        return err_set(ERR_CORRUPT, "the audit trail lacks entry %lld", (long long)want_seq);
    if (e->previous.len != DB_HASH_BYTES || memcmp(e->previous.ptr, previous, DB_HASH_BYTES) != 0)
        return err_set(ERR_CORRUPT,
                       "entry %lld of the audit trail does not follow the one before it",
                       (long long)e->seq);
    hash_entry(hash, keys, e, previous);
    if (e->hash.len != DB_HASH_BYTES || sodium_memcmp(e->hash.ptr, hash, DB_HASH_BYTES) != 0)
        return err_set(ERR_CORRUPT,
                       "entry %lld of the audit trail was changed (or secret.key is another)",
                       (long long)e->seq);
    memcpy(previous, hash, DB_HASH_BYTES);
    return ERR_OK;
}

enum err audit_verify(struct db *db, const struct keys *keys, struct audit_head *head)
{
    enum { AT_ONCE = 500 };
    unsigned char previous[DB_HASH_BYTES] = { 0 };
    struct arena arena;
    arena_init(&arena, "step", 0);
    *head = (struct audit_head){ 0 };
    enum err err = ERR_OK;
    for (size_t count = 1; !err && count;) {
        struct db_audit *entries;
        arena_clear(&arena);
        err = db_audit_from(db, &arena, head->seq, AT_ONCE, &entries, &count);
        for (size_t i = 0; !err && i < count; i++) {
            err = check_entry(keys, &entries[i], head->seq + 1, previous);
            if (!err)
                head->seq = entries[i].seq;
        }
    }
    sodium_bin2hex(head->hash, sizeof head->hash, previous, sizeof previous);
    arena_clear(&arena);
    return err;
}
