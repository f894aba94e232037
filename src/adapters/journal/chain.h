/*
 * The hash chain: every record's hash covers the one before it, so that no record can change,
 * vanish or move without every later hash telling.
 *
 *     hash 0 = H("ironfly journal 1")
 *     hash n = H(hash n-1, record, sequence, ts_ns, kind, length, body)     numbers little-endian
 *
 * H is BLAKE2b with 32 bytes (RFC 7693), from libsodium.
 */
#ifndef ADAPTERS_JOURNAL_CHAIN_H
#define ADAPTERS_JOURNAL_CHAIN_H

#include <stddef.h>
#include <stdint.h>

enum { CHAIN_HASH_BYTES = 32, CHAIN_TEXT_BYTES = 2 * CHAIN_HASH_BYTES + 1 };

struct chain_hash {
    uint8_t bytes[CHAIN_HASH_BYTES];
};

struct chain_record {
    uint64_t record;   /* 1, 2, ...: its place in the chain */
    uint64_t sequence; /* of the event it belongs to */
    int64_t ts_ns;
    uint32_t kind;
    const uint8_t *body;
    size_t len;
};

struct chain_hash chain_begin(void);
struct chain_hash chain_next(const struct chain_hash *before, const struct chain_record *record);

/* Of a snapshot taken after a record: covers the chain so far and the snapshot's bytes. */
struct chain_hash chain_snapshot(const struct chain_hash *at, const uint8_t *body, size_t len);

/* Lower-case hexadecimal and a NUL. */
void chain_format(char out[CHAIN_TEXT_BYTES], const struct chain_hash *hash);

#endif
