/* What encoding and decoding share: scratch memory, and how a payload begins. */
#ifndef ADAPTERS_STORE_BLOCK_CODEC_INT_H
#define ADAPTERS_STORE_BLOCK_CODEC_INT_H

#include <zstd.h>

#include "adapters/store/block_codec.h"

/* Written into files: never renumber. */
enum method { METHOD_GAPS = 1, METHOD_LANES = 2, METHOD_WIDE = 3 };
enum predictor { PREDICT_NOTHING = 0, PREDICT_CONTRACT = 1, PREDICT_LEADER = 2 };
enum { FLAG_MISSING = 1 };

/* In front of every payload. Planes follow, lowest first, each behind a uint32_t: its bytes, with
 * PLANE_PLAIN when it is not packed. */
struct payload_header {
    uint8_t method;
    uint8_t predictor;
    uint8_t flags;
    uint8_t planes; /* bit p: plane p is there; all others are zero */
    uint32_t unit;
    int64_t first; /* value = first + lane x unit */
};
_Static_assert(sizeof(struct payload_header) == 16, "no padding in the payload header");

#define PLANE_PLAIN UINT32_C(0x80000000)

/* GROUP: loops run over whole groups of lanes, which every compiler turns into vectors. */
enum { LANE_PLANES = 4, WIDE_PLANES = 8, GROUP = 16 };

struct block_codec {
    ZSTD_CCtx *pack;
    ZSTD_DCtx *unpack;
    size_t room;      /* rows that the arrays below hold; a multiple of 64 */
    uint8_t *planes;  /* WIDE_PLANES x room */
    uint32_t *lanes;  /* of the column at work */
    uint32_t *leader; /* of the last one that leads */
    uint32_t *folded; /* what is cut into planes */
    uint32_t *other;  /* a second candidate, when encoding */
    bool has_leader;
    uint8_t *packed;
    size_t packed_capacity;
    uint32_t *state; /* the last lane of each contract */
    size_t state_capacity;
};

/* Room for a block; the state of all contracts is zero again. */
void block_codec_prepare(struct block_codec *codec, const struct block_shape *shape);

static inline uint8_t *plane_of(const struct block_codec *codec, int plane)
{
    return codec->planes + (size_t)plane * codec->room;
}

#endif
