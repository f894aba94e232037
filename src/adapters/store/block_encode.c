#include <string.h>

#include "adapters/store/block_codec_int.h"
#include "base/mem.h"

/* The loops below are written for vectors, which gcc makes at this level only; clang always does.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

/* Noise that zstd makes smaller by less than a quarter takes longer to unpack than it is worth. */
enum { ZSTD_LEVEL = 1, PLAIN_SHARE = 4 };

static void split_planes(const struct block_codec *codec, const uint32_t *lanes, size_t room,
                         int planes)
{
    for (int p = 0; p < planes; p++) {
        uint8_t *restrict plane = plane_of(codec, p);
        int shift = p * 8;
        for (size_t i = 0; i < room; i += GROUP)
            for (size_t k = 0; k < GROUP; k++)
                plane[i + k] = (uint8_t)(lanes[i + k] >> shift);
    }
}

static uint32_t or_of(const uint32_t *lanes, size_t room)
{
    uint32_t any[GROUP] = { 0 }, all = 0;
    for (size_t i = 0; i < room; i += GROUP)
        for (size_t k = 0; k < GROUP; k++)
            any[k] |= lanes[i + k];
    for (size_t k = 0; k < GROUP; k++)
        all |= any[k];
    return all;
}

/* Small numbers of either sign to small ones without: 0 -1 1 -2 become 0 1 2 3. */
static inline uint32_t fold(uint32_t d)
{
    return d << 1 ^ (uint32_t) - (int32_t)(d >> 31);
}

/* folded = fold(lanes - the same contract's lane before) */
static void predict(uint32_t *restrict state, const struct block_shape *shape,
                    const uint32_t *restrict contract, const uint32_t *restrict lanes,
                    uint32_t *restrict folded)
{
    for (uint32_t s = 0; s < shape->snapshot_count; s++) {
        uint32_t n = shape->snapshots[s].row_count;
        for (uint32_t i = 0; i < n; i++) {
            folded[i] = fold(lanes[i] - state[contract[i]]);
            state[contract[i]] = lanes[i];
        }
        contract += n;
        lanes += n;
        folded += n;
    }
}

/* ---- numbers to lanes, lanes to payloads ----------------------------------------------------- */

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

uint32_t block_price_unit(const int64_t *prices, size_t count, uint32_t start)
{
    uint64_t unit = start;
    for (size_t i = 0; i < count && unit != 1; i++) {
        if (prices[i] == PRICE_NONE)
            continue;
        uint64_t size = prices[i] < 0 ? 0 - (uint64_t)prices[i] : (uint64_t)prices[i];
        if (unit == 0 || size % unit)
            unit = gcd(size, unit);
    }
    return unit > 0 && unit <= UINT32_MAX ? (uint32_t)unit : 1;
}

static void put_plane(struct block_codec *codec, const uint8_t *plane, size_t rows, struct buf *out)
{
    if (!codec->pack) {
        codec->pack = ZSTD_createCCtx();
        MUST(codec->pack != NULL); /* out of memory, like everywhere else */
        /* The block's own checksum covers it, and its length is known. */
        MUST(!ZSTD_isError(
            ZSTD_CCtx_setParameter(codec->pack, ZSTD_c_compressionLevel, ZSTD_LEVEL)));
        MUST(!ZSTD_isError(ZSTD_CCtx_setParameter(codec->pack, ZSTD_c_contentSizeFlag, 0)));
    }
    size_t bound = ZSTD_compressBound(rows);
    codec->packed = mem_grow(codec->packed, &codec->packed_capacity, bound, 1);
    size_t bytes = ZSTD_compress2(codec->pack, codec->packed, bound, plane, rows);
    bool plain = ZSTD_isError(bytes) || bytes > rows - rows / PLAIN_SHARE;
    uint32_t length = (uint32_t)(plain ? rows : bytes);
    uint32_t mark = plain ? length | PLANE_PLAIN : length;
    buf_append(out, &mark, sizeof mark);
    buf_append(out, plain ? plane : codec->packed, length);
}

/* How many planes a lane of these bits needs. */
static int planes_for(uint32_t bits)
{
    return bits == 0 ? 0 : 4 - __builtin_clz(bits) / 8;
}

static void put_payload(struct block_codec *codec, struct payload_header *h, uint32_t *lanes,
                        size_t rows, struct buf *out)
{
    size_t room = block_room(rows);
    memset(lanes + rows, 0, (room - rows) * sizeof *lanes);
    uint32_t bits = or_of(lanes, room);
    int planes = planes_for(bits);
    split_planes(codec, lanes, room, planes);
    for (int p = 0; p < planes; p++)
        h->planes |= (uint8_t)((bits >> p * 8 & 0xff ? 1 : 0) << p);
    buf_append(out, h, sizeof *h);
    for (int p = 0; p < planes; p++)
        if (h->planes >> p & 1)
            put_plane(codec, plane_of(codec, p), rows, out);
}

void block_encode_contracts(struct block_codec *codec, const struct block_shape *shape,
                            const uint32_t *contract, struct buf *out)
{
    block_codec_prepare(codec, shape);
    uint32_t *gap = codec->folded;
    for (uint32_t s = 0; s < shape->snapshot_count; s++) {
        uint32_t next = 0;
        for (uint32_t i = 0; i < shape->snapshots[s].row_count; i++) {
            MUST(*contract >= next);
            *gap++ = *contract - next;
            next = *contract++ + 1;
        }
        MUST(next <= shape->contract_count);
    }
    MUST(gap == codec->folded + shape->row_count);
    struct payload_header h = { .method = METHOD_GAPS, .unit = 1 };
    put_payload(codec, &h, codec->folded, shape->row_count, out);
}

/* Beyond 32 bits of ticks, which no market reaches: the bytes as they are, in planes. */
static void encode_wide(struct block_codec *codec, const int64_t *values, size_t rows,
                        struct buf *out)
{
    struct payload_header h = { .method = METHOD_WIDE, .unit = 1, .planes = 0xff };
    buf_append(out, &h, sizeof h);
    for (int p = 0; p < WIDE_PLANES; p++) {
        uint8_t *plane = plane_of(codec, p);
        for (size_t i = 0; i < rows; i++)
            plane[i] = (uint8_t)((uint64_t)values[i] >> p * 8);
        put_plane(codec, plane, rows, out);
    }
}

/* lane = (value - first) / unit, by a product that is then proved; false when it does not hold. */
static bool divide(uint32_t *restrict lanes, const int64_t *restrict values, size_t rows,
                   const struct payload_header *h)
{
    double scale = 1.0 / h->unit;
    bool missing = h->flags & FLAG_MISSING;
    uint64_t wrong = 0;
    for (size_t i = 0; i < rows; i++) {
        bool none = missing && values[i] == PRICE_NONE;
        uint64_t above = none ? 0 : (uint64_t)values[i] - (uint64_t)h->first;
        uint32_t lane = (uint32_t)(int64_t)((double)(int64_t)above * scale + 0.5);
        wrong |= (uint64_t)lane * h->unit ^ above;
        lanes[i] = lane;
    }
    return wrong == 0;
}

static bool lanes_of_i64(uint32_t *lanes, const int64_t *values, size_t rows,
                         struct payload_header *h)
{
    int64_t low = INT64_MAX, high = INT64_MIN;
    bool missing = false;
    for (size_t i = 0; i < rows; i++) {
        bool none = values[i] == PRICE_NONE;
        missing |= none;
        low = !none && values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    if (high == PRICE_NONE) { /* not a single one */
        memset(lanes, 0, rows * sizeof *lanes);
        h->flags |= FLAG_MISSING;
        return true;
    }
    uint64_t span = (uint64_t)high - (uint64_t)low;
    if (span / h->unit >= UINT32_MAX || span > (uint64_t)INT64_MAX - h->unit)
        return false;
    /* Lane 0 says "none": the lowest is then lane 1. */
    h->flags |= missing ? FLAG_MISSING : 0;
    h->first = (int64_t)((uint64_t)low - (missing ? h->unit : 0));
    return divide(lanes, values, rows, h);
}

static void lanes_of_u32(uint32_t *lanes, const uint32_t *values, size_t rows,
                         struct payload_header *h)
{
    uint32_t low = SIZE_NONE;
    bool missing = false;
    for (size_t i = 0; i < rows; i++) {
        missing |= values[i] == SIZE_NONE;
        low = values[i] < low ? values[i] : low;
    }
    /* At most 2^32 - 2 apart, so one more still fits. */
    h->flags |= missing ? FLAG_MISSING : 0;
    uint32_t first = low - missing;
    h->first = first;
    for (size_t i = 0; i < rows; i++)
        lanes[i] = values[i] == SIZE_NONE && missing ? 0 : values[i] - first;
}

/* About how many bits the lowest two planes would take: their entropy, from a sample, in 1/256 bit
 * a row. */
static uint64_t weight_of(const uint32_t *folded, size_t rows)
{
    uint32_t count[2][256] = { { 0 } }, total = 0;
    uint64_t weight = 0;
    size_t step = rows / 4096 + 1;
    for (size_t i = 0; i < rows; i += step, total++) {
        count[0][folded[i] & 0xff]++;
        count[1][folded[i] >> 8 & 0xff]++;
        weight += folded[i] >> 16 ? 4096 : 0;
    }
    for (int p = 0; p < 2; p++)
        for (int v = 0; v < 256; v++) {
            /* The base-2 logarithm of total/count, by its whole part and a straight line. */
            uint32_t n = count[p][v];
            if (!n)
                continue;
            uint64_t ratio = ((uint64_t)total << 16) / n;
            int log2 = 63 - __builtin_clzll(ratio);
            uint64_t rest = log2 >= 8 ? ratio >> (log2 - 8) : ratio << (8 - log2);
            weight += n * ((uint64_t)(log2 - 16) * 256 + (rest - 256));
        }
    return weight;
}

void block_encode_values(struct block_codec *codec, const struct block_shape *shape,
                         const uint32_t *contract, enum column_type type, const void *values,
                         uint32_t unit, enum block_role role, struct buf *out)
{
    block_codec_prepare(codec, shape);
    size_t rows = shape->row_count;
    bool follows = role == BLOCK_FOLLOWS && codec->has_leader;
    struct payload_header h = { .method = METHOD_LANES, .unit = unit };
    MUST(unit > 0);
    uint32_t *lanes = role == BLOCK_LEADS ? codec->leader : codec->lanes;
    codec->has_leader = false;
    if (type == COLUMN_I64) {
        if (!lanes_of_i64(lanes, values, rows, &h)) {
            encode_wide(codec, values, rows, out);
            return;
        }
    } else if (type == COLUMN_F32) {
        memcpy(lanes, values, rows * sizeof *lanes);
    } else {
        MUST(type == COLUMN_U32);
        lanes_of_u32(lanes, values, rows, &h);
    }
    codec->has_leader = role == BLOCK_LEADS;
    h.predictor = follows ? PREDICT_LEADER : PREDICT_CONTRACT;
    if (follows)
        for (size_t i = 0; i < rows; i++)
            lanes[i] -= codec->leader[i];
    predict(codec->state, shape, contract, lanes, codec->folded);
    uint32_t *best = codec->folded;
    if (!follows && weight_of(lanes, rows) < weight_of(codec->folded, rows)) {
        h.predictor = PREDICT_NOTHING;
        best = codec->other; /* a copy, as a leader's lanes are still needed */
        memcpy(best, lanes, rows * sizeof *best);
    }
    put_payload(codec, &h, best, rows, out);
}
