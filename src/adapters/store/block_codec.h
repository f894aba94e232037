/*
 * Compressed blocks: the rows of a run of snapshots, one payload a column, bit for bit as they
 * were.
 *
 * A quote is best guessed from the same contract's quote a snapshot before. So a value becomes a
 * small number (in ticks above the block's lowest, 0 where there is none), the guess is taken off,
 * the rest is folded to be unsigned and cut into byte planes, and each plane that is not all zero
 * is packed with zstd. The ask is guessed from the bid beside it. Contracts ascend within a
 * snapshot: what is stored is how many are left out before each, which for a full chain is nothing
 * at all.
 *
 * A block needs nothing from another one: it can be read, damaged and lost alone. All loops are
 * over plain 32-bit lanes, so compilers vectorise them and every machine gives the same bits. On
 * disk: docs/store-format.md.
 */
#ifndef ADAPTERS_STORE_BLOCK_CODEC_H
#define ADAPTERS_STORE_BLOCK_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "adapters/store/column_file.h"
#include "base/err.h"
#include "base/str.h"
#include "domain/types/chain.h"

enum { BLOCK_ROWS_MAX = 1 << 20 };

/* Which rows a block holds: those of a run of snapshots, whose row_counts sum to row_count. */
struct block_shape {
    uint32_t row_count; /* 1 to BLOCK_ROWS_MAX */
    uint32_t contract_count;
    uint32_t snapshot_count;
    const struct chain_snapshot *snapshots; /* of each, row_count counts */
};

/* How two columns hang together. */
enum block_role {
    BLOCK_ALONE,
    BLOCK_LEADS,   /* the bid: the next one may follow it */
    BLOCK_FOLLOWS, /* the ask: comes right behind the one that leads, in the same block */
};

/* Scratch memory and zstd's state; one a thread, for encoding and decoding. */
struct block_codec;
struct block_codec *block_codec_new(void);
void block_codec_free(struct block_codec *codec);          /* NULL is fine */
size_t block_codec_bytes(const struct block_codec *codec); /* of scratch memory */

/*
 * The unit that all of count prices are whole multiples of (PRICE_NONE aside), at most 2^32 - 1: a
 * cent is 10000. start is one that they should divide too, or 0. 1 when nothing is known.
 */
uint32_t block_price_unit(const int64_t *prices, size_t count, uint32_t start);

/* Append a payload to out. contract[] ascends strictly within each snapshot, below contract_count.
 */
void block_encode_contracts(struct block_codec *codec, const struct block_shape *shape,
                            const uint32_t *contract, struct buf *out);
/* type is COLUMN_I64, COLUMN_U32 or COLUMN_F32; unit is of prices, 1 for the others. */
void block_encode_values(struct block_codec *codec, const struct block_shape *shape,
                         const uint32_t *contract, enum column_type type, const void *values,
                         uint32_t unit, enum block_role role, struct buf *out);

/*
 * The other way round. Any bytes are safe: ERR_CORRUPT says what does not hold, and out is then
 * undefined. out has room for block_room(row_count) values. Decoded contracts ascend strictly
 * within each snapshot and are below contract_count.
 */
NODISCARD enum err block_decode_contracts(struct block_codec *codec,
                                          const struct block_shape *shape, const uint8_t *payload,
                                          size_t bytes, uint32_t *contract);
NODISCARD enum err block_decode_values(struct block_codec *codec, const struct block_shape *shape,
                                       const uint32_t *contract, enum column_type type,
                                       const uint8_t *payload, size_t bytes, enum block_role role,
                                       void *values);
/* Whole groups of lanes are written, so that no loop needs a tail. */
static inline size_t block_room(size_t row_count)
{
    return (row_count + 63) / 64 * 64;
}

#endif
