#include <string.h>

#include "adapters/store/block_codec_int.h"

/* The loops below are written for vectors, which gcc makes at this level only; clang always does.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

/* The rows of a snapshot name contracts one after the other: then they need not be looked up. */
static bool is_run(const uint32_t *contract, uint32_t count)
{
    return contract[count - 1] - contract[0] == count - 1;
}

static void join_1(uint32_t *restrict out, const uint8_t *restrict a, size_t room)
{
    for (size_t i = 0; i < room; i += GROUP)
        for (size_t k = 0; k < GROUP; k++)
            out[i + k] = a[i + k];
}

static void join_2(uint32_t *restrict out, const uint8_t *restrict a, const uint8_t *restrict b,
                   size_t room)
{
    for (size_t i = 0; i < room; i += GROUP)
        for (size_t k = 0; k < GROUP; k++)
            out[i + k] = (uint32_t)a[i + k] | (uint32_t)b[i + k] << 8;
}

static void join_more(uint32_t *restrict out, const uint8_t *restrict plane, int shift, size_t room)
{
    for (size_t i = 0; i < room; i += GROUP)
        for (size_t k = 0; k < GROUP; k++)
            out[i + k] |= (uint32_t)plane[i + k] << shift;
}

static void join_planes(const struct block_codec *codec, uint32_t *out, size_t room, int planes)
{
    if (planes == 0)
        memset(out, 0, room * sizeof *out);
    else if (planes == 1)
        join_1(out, plane_of(codec, 0), room);
    else
        join_2(out, plane_of(codec, 0), plane_of(codec, 1), room);
    for (int p = 2; p < planes; p++)
        join_more(out, plane_of(codec, p), p * 8, room);
}

static inline uint32_t unfold(uint32_t z)
{
    return z >> 1 ^ (uint32_t) - (int32_t)(z & 1);
}

static void unpredict_run(uint32_t *restrict state, const uint32_t *restrict folded,
                          uint32_t *restrict lanes, uint32_t n)
{
    uint32_t i = 0;
    for (; i + GROUP <= n; i += GROUP)
        for (uint32_t k = 0; k < GROUP; k++) {
            uint32_t lane = state[i + k] + unfold(folded[i + k]);
            state[i + k] = lane;
            lanes[i + k] = lane;
        }
    for (; i < n; i++)
        lanes[i] = state[i] += unfold(folded[i]);
}

static void unpredict(uint32_t *restrict state, const struct block_shape *shape,
                      const uint32_t *restrict contract, const uint32_t *restrict folded,
                      uint32_t *restrict lanes)
{
    for (uint32_t s = 0; s < shape->snapshot_count; s++) {
        uint32_t n = shape->snapshots[s].row_count;
        if (n && is_run(contract, n))
            unpredict_run(state + contract[0], folded, lanes, n);
        else
            for (uint32_t i = 0; i < n; i++)
                lanes[i] = state[contract[i]] += unfold(folded[i]);
        contract += n;
        lanes += n;
        folded += n;
    }
}

static void widen_i64(int64_t *restrict out, const uint32_t *restrict lanes, size_t room,
                      const struct payload_header *h)
{
    uint64_t first = (uint64_t)h->first;
    uint32_t unit = h->unit;
    for (size_t i = 0; i < room; i += GROUP)
        for (size_t k = 0; k < GROUP; k++)
            out[i + k] = (int64_t)(first + (uint64_t)lanes[i + k] * unit);
    if (h->flags & FLAG_MISSING)
        for (size_t i = 0; i < room; i += GROUP)
            for (size_t k = 0; k < GROUP; k++)
                out[i + k] = lanes[i + k] ? out[i + k] : PRICE_NONE;
}

static void widen_u32(uint32_t *restrict out, const uint32_t *restrict lanes, size_t room,
                      const struct payload_header *h)
{
    uint32_t first = (uint32_t)h->first;
    uint32_t unit = h->unit;
    uint32_t missing = h->flags & FLAG_MISSING ? SIZE_NONE : first;
    for (size_t i = 0; i < room; i += GROUP)
        for (size_t k = 0; k < GROUP; k++) {
            uint32_t lane = lanes[i + k];
            out[i + k] = lane ? first + lane * unit : missing;
        }
}

/* ---- payloads to lanes ----------------------------------------------------------------------- */

static enum err corrupt(const char *what)
{
    return err_set(ERR_CORRUPT, "%s", what);
}

static enum err get_plane(struct block_codec *codec, int p, size_t rows, const uint8_t **at,
                          const uint8_t *end)
{
    uint32_t length;
    uint8_t *plane = plane_of(codec, p);
    if ((size_t)(end - *at) < sizeof length)
        return corrupt("a plane is cut short");
    memcpy(&length, *at, sizeof length);
    *at += sizeof length;
    bool plain = length & PLANE_PLAIN;
    length &= ~PLANE_PLAIN;
    if (length > (size_t)(end - *at) || (plain && length != rows))
        return corrupt("a plane has an impossible length");
    if (plain) {
        memcpy(plane, *at, rows);
    } else {
        if (!codec->unpack) {
            codec->unpack = ZSTD_createDCtx();
            MUST(codec->unpack != NULL);
        }
        size_t got = ZSTD_decompressDCtx(codec->unpack, plane, rows, *at, length);
        if (ZSTD_isError(got) || got != rows)
            return corrupt("a plane cannot be unpacked");
    }
    memset(plane + rows, 0, block_room(rows) - rows);
    *at += length;
    return ERR_OK;
}

/* All planes of a payload, those that are not there as zeros; *count is 1 + the highest. */
static enum err get_planes(struct block_codec *codec, const struct payload_header *h, size_t rows,
                           const uint8_t *at, const uint8_t *end, int *count)
{
    *count = h->planes ? 32 - __builtin_clz(h->planes) : 0;
    for (int p = 0; p < *count; p++) {
        if (!(h->planes >> p & 1)) {
            memset(plane_of(codec, p), 0, block_room(rows));
            continue;
        }
        enum err err = get_plane(codec, p, rows, &at, end);
        if (err)
            return err;
    }
    return at == end ? ERR_OK : corrupt("bytes follow the last plane");
}

static enum err get_header(struct payload_header *h, const uint8_t *payload, size_t bytes)
{
    if (bytes < sizeof *h)
        return corrupt("a block is cut short");
    memcpy(h, payload, sizeof *h);
    return ERR_OK;
}

/* From what is left out before each to the contracts themselves. */
static bool add_gaps(const struct block_shape *shape, const uint32_t *restrict gap,
                     uint32_t *restrict contract)
{
    for (uint32_t s = 0; s < shape->snapshot_count; s++) {
        uint32_t n = shape->snapshots[s].row_count;
        uint64_t next = 0;
        for (uint32_t i = 0; i < n; i++) {
            next += gap[i];
            contract[i] = (uint32_t)next++;
        }
        if (next > shape->contract_count)
            return false;
        gap += n;
        contract += n;
    }
    return true;
}

/* The same when nothing is left out. */
static bool count_up(const struct block_shape *shape, uint32_t *restrict contract)
{
    for (uint32_t s = 0; s < shape->snapshot_count; s++) {
        uint32_t n = shape->snapshots[s].row_count, i = 0;
        if (n > shape->contract_count)
            return false;
        for (; i + GROUP <= n; i += GROUP)
            for (uint32_t k = 0; k < GROUP; k++)
                contract[i + k] = i + k;
        for (; i < n; i++)
            contract[i] = i;
        contract += n;
    }
    return true;
}

enum err block_decode_contracts(struct block_codec *codec, const struct block_shape *shape,
                                const uint8_t *payload, size_t bytes, uint32_t *contract)
{
    struct payload_header h;
    int planes = 0;
    block_codec_prepare(codec, shape);
    enum err err = get_header(&h, payload, bytes);
    if (err)
        return err;
    if (h.method != METHOD_GAPS || h.predictor || h.flags || h.planes >> LANE_PLANES ||
        h.unit != 1 || h.first)
        return corrupt("contracts are laid out in an unknown way");
    err = get_planes(codec, &h, shape->row_count, payload + sizeof h, payload + bytes, &planes);
    if (err)
        return err;
    if (planes)
        join_planes(codec, codec->folded, block_room(shape->row_count), planes);
    if (!(planes ? add_gaps(shape, codec->folded, contract) : count_up(shape, contract)))
        return corrupt("a row names no contract");
    return ERR_OK;
}

static enum err decode_wide(struct block_codec *codec, const struct payload_header *h, size_t rows,
                            const uint8_t *at, const uint8_t *end, int64_t *values)
{
    int planes;
    enum err err = get_planes(codec, h, rows, at, end, &planes);
    for (size_t i = 0; i < rows && !err; i++) {
        uint64_t value = 0;
        for (int p = planes - 1; p >= 0; p--)
            value = value << 8 | plane_of(codec, p)[i];
        values[i] = (int64_t)value;
    }
    return err;
}

static bool header_is_possible(const struct payload_header *h, enum column_type type,
                               enum block_role role, bool has_leader)
{
    if (h->method == METHOD_WIDE)
        return type == COLUMN_I64 && !h->predictor && !h->flags && h->unit == 1 && !h->first;
    bool plain = h->unit == 1 && !h->flags && !h->first;
    return h->method == METHOD_LANES && !(h->planes >> LANE_PLANES) && h->unit > 0 &&
           !(h->flags & ~FLAG_MISSING) && (type != COLUMN_F32 || plain) &&
           (type != COLUMN_U32 || (h->unit == 1 && h->first >= 0 && h->first <= UINT32_MAX)) &&
           (h->predictor <= PREDICT_CONTRACT ||
            (h->predictor == PREDICT_LEADER && role == BLOCK_FOLLOWS && has_leader));
}

enum err block_decode_values(struct block_codec *codec, const struct block_shape *shape,
                             const uint32_t *contract, enum column_type type,
                             const uint8_t *payload, size_t bytes, enum block_role role,
                             void *values)
{
    struct payload_header h;
    int planes = 0;
    block_codec_prepare(codec, shape);
    size_t rows = shape->row_count, room = block_room(rows);
    bool has_leader = codec->has_leader;
    codec->has_leader = false;
    enum err err = get_header(&h, payload, bytes);
    if (err)
        return err;
    if (!header_is_possible(&h, type, role, has_leader))
        return corrupt("a block is laid out in an unknown way");
    if (h.method == METHOD_WIDE)
        return decode_wide(codec, &h, rows, payload + sizeof h, payload + bytes, values);
    err = get_planes(codec, &h, rows, payload + sizeof h, payload + bytes, &planes);
    if (err)
        return err;

    uint32_t *lanes = role == BLOCK_LEADS ? codec->leader : codec->lanes;
    join_planes(codec, h.predictor ? codec->folded : lanes, room, planes);
    if (h.predictor)
        unpredict(codec->state, shape, contract, codec->folded, lanes);
    if (h.predictor == PREDICT_LEADER)
        for (size_t i = 0; i < room; i += GROUP)
            for (size_t k = 0; k < GROUP; k++)
                lanes[i + k] += codec->leader[i + k];
    codec->has_leader = role == BLOCK_LEADS;
    if (type == COLUMN_I64)
        widen_i64(values, lanes, room, &h);
    else if (type == COLUMN_U32)
        widen_u32(values, lanes, room, &h);
    else
        memcpy(values, lanes, rows * sizeof *lanes);
    return ERR_OK;
}
