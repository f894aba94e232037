#include "adapters/journal/chain.h"

#include <sodium.h>

#include "base/attr.h"

static const char name[] = "ironfly journal 1";

static void put_number(uint8_t *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> 8 * i);
}

struct chain_hash chain_begin(void)
{
    struct chain_hash hash;
    /* Safe to call more than once, from any thread; nothing may be hashed before. */
    MUST(sodium_init() >= 0);
    crypto_generichash(hash.bytes, sizeof hash.bytes, (const uint8_t *)name, sizeof name - 1, NULL,
                       0);
    return hash;
}

struct chain_hash chain_next(const struct chain_hash *before, const struct chain_record *record)
{
    uint8_t head[32];
    put_number(head, record->record, 8);
    put_number(head + 8, record->sequence, 8);
    put_number(head + 16, (uint64_t)record->ts_ns, 8);
    put_number(head + 24, record->kind, 4);
    put_number(head + 28, record->len, 4);
    struct chain_hash hash;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash.bytes);
    crypto_generichash_update(&state, before->bytes, sizeof before->bytes);
    crypto_generichash_update(&state, head, sizeof head);
    crypto_generichash_update(&state, record->body, record->len);
    crypto_generichash_final(&state, hash.bytes, sizeof hash.bytes);
    return hash;
}

struct chain_hash chain_snapshot(const struct chain_hash *at, const uint8_t *body, size_t len)
{
    /* The chain's hash as the key: a snapshot of another history never fits. */
    struct chain_hash hash;
    crypto_generichash(hash.bytes, sizeof hash.bytes, body, len, at->bytes, sizeof at->bytes);
    return hash;
}

void chain_format(char out[CHAIN_TEXT_BYTES], const struct chain_hash *hash)
{
    sodium_bin2hex(out, CHAIN_TEXT_BYTES, hash->bytes, sizeof hash->bytes);
}
