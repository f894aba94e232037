#include <string.h>

#include "adapters/store/block_codec_int.h"
#include "base/mem.h"

struct block_codec *block_codec_new(void)
{
    return mem_alloc(sizeof(struct block_codec));
}

void block_codec_free(struct block_codec *codec)
{
    if (!codec)
        return;
    ZSTD_freeCCtx(codec->pack);
    ZSTD_freeDCtx(codec->unpack);
    mem_free(codec->planes);
    mem_free(codec->lanes);
    mem_free(codec->leader);
    mem_free(codec->folded);
    mem_free(codec->other);
    mem_free(codec->packed);
    mem_free(codec->state);
    mem_free(codec);
}

size_t block_codec_bytes(const struct block_codec *codec)
{
    return codec->room * (WIDE_PLANES + 4 * sizeof(uint32_t)) + codec->packed_capacity +
           codec->state_capacity * sizeof(uint32_t) +
           (codec->pack ? ZSTD_sizeof_CCtx(codec->pack) : 0) +
           (codec->unpack ? ZSTD_sizeof_DCtx(codec->unpack) : 0);
}

void block_codec_prepare(struct block_codec *codec, const struct block_shape *shape)
{
    MUST(shape->row_count > 0);
    MUST(shape->row_count <= BLOCK_ROWS_MAX);
    size_t room = block_room(shape->row_count);
    if (room > codec->room) {
        uint32_t **lanes[] = { &codec->lanes, &codec->leader, &codec->folded, &codec->other };
        mem_free(codec->planes);
        codec->planes = mem_alloc(room * WIDE_PLANES);
        for (size_t i = 0; i < ARRAY_COUNT(lanes); i++) {
            mem_free(*lanes[i]);
            *lanes[i] = mem_alloc(room * sizeof **lanes[i]);
        }
        codec->room = room;
        codec->has_leader = false;
    }
    codec->state = mem_grow(codec->state, &codec->state_capacity, shape->contract_count + 1u,
                            sizeof *codec->state);
    memset(codec->state, 0, shape->contract_count * sizeof *codec->state);
}
