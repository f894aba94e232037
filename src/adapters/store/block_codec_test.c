#include "adapters/store/block_codec.h"

#include "base/mem.h"
#include "base/rng.h"
#include "tests/testing.h"

/* A block of made snapshots: full, thinned out, empty and single ones in turn. */
struct block {
    struct chain_snapshot snapshots[64];
    struct block_shape shape;
    uint32_t *contract;
    void *values, *again;
    uint32_t *contract_again;
};

enum thinning { FULL, THIN, RUNS, MIXED };

static struct block *block_make(uint64_t *seed, uint32_t contracts, uint32_t snapshots,
                                enum thinning thinning)
{
    struct block *out = mem_alloc(sizeof *out);
    struct block b = { .shape = { .contract_count = contracts, .snapshot_count = snapshots } };
    b.contract = mem_alloc((size_t)contracts * snapshots * sizeof *b.contract);
    for (uint32_t s = 0; s < snapshots; s++) {
        enum thinning now =
            thinning == MIXED ? (enum thinning)(rng_splitmix64(seed) % 3) : thinning;
        uint32_t from = now == RUNS ? (uint32_t)(rng_splitmix64(seed) % (contracts + 1)) : 0;
        uint32_t first = b.shape.row_count;
        for (uint32_t c = from; c < contracts; c++)
            if (now != THIN || rng_splitmix64(seed) % 3 == 0)
                b.contract[b.shape.row_count++] = c;
        b.snapshots[s].row_count = b.shape.row_count - first;
    }
    if (b.shape.row_count == 0) {
        b.contract[b.shape.row_count++] = contracts - 1;
        b.snapshots[snapshots - 1].row_count = 1;
    }
    size_t room = block_room(b.shape.row_count);
    b.values = mem_alloc(room * sizeof(int64_t));
    b.again = mem_alloc(room * sizeof(int64_t));
    b.contract_again = mem_alloc(room * sizeof *b.contract_again);
    *out = b;
    out->shape.snapshots = out->snapshots;
    return out;
}

static void block_free(struct block *b)
{
    mem_free(b->contract);
    mem_free(b->values);
    mem_free(b->again);
    mem_free(b->contract_again);
    mem_free(b);
}

enum pattern {
    CONSTANT,
    MISSING,
    WALK,
    WALK_WITH_GAPS,
    EXTREMES,
    NOISE,
    SMALL_NOISE,
    NEGATIVE,
    ODD,
    PATTERNS
};

static uint64_t value_of(enum pattern pattern, uint32_t i, uint64_t none, uint64_t *seed)
{
    uint64_t r = rng_splitmix64(seed);
    switch (pattern) {
    case CONSTANT:
        return 1250000;
    case MISSING:
        return none;
    case WALK:
        return (1000 + i % 50 * 10 + r % 4) * 50000;
    case WALK_WITH_GAPS:
        return r % 5 == 0 ? none : (1000 + r % 7) * 10000;
    case EXTREMES:
        return r % 4 == 0 ? none : r % 4 == 1 ? 0 : r % 4 == 2 ? none - 1 : none + 1;
    case NOISE:
        return r;
    case SMALL_NOISE:
        return r % 200;
    case NEGATIVE:
        return 0 - r % 1000 * 10000;
    case ODD:
        return i == 7 ? UINT64_C(1) << 62 : i == 9 ? 1 : 999;
    case PATTERNS:
        break;
    }
    return 0;
}

static void fill(struct block *b, enum column_type type, enum pattern pattern, uint64_t *seed)
{
    for (uint32_t i = 0; i < b->shape.row_count; i++)
        if (type == COLUMN_I64)
            ((uint64_t *)b->values)[i] = value_of(pattern, i, (uint64_t)PRICE_NONE, seed);
        else
            ((uint32_t *)b->values)[i] = (uint32_t)value_of(pattern, i, SIZE_NONE, seed);
}

static void check_contracts(struct block_codec *codec, struct block *b)
{
    struct buf out = { 0 };
    block_encode_contracts(codec, &b->shape, b->contract, &out);
    CHECK_OK(
        block_decode_contracts(codec, &b->shape, (uint8_t *)out.ptr, out.len, b->contract_again));
    CHECK(memcmp(b->contract, b->contract_again, b->shape.row_count * sizeof *b->contract) == 0);
    buf_free(&out);
}

static size_t check_values(struct block_codec *codec, struct block *b, enum column_type type,
                           uint32_t unit, enum block_role role)
{
    struct buf out = { 0 };
    block_encode_values(codec, &b->shape, b->contract, type, b->values, unit, role, &out);
    memset(b->again, 0x5a, b->shape.row_count * column_type_bytes(type));
    CHECK_OK(block_decode_values(codec, &b->shape, b->contract, type, (uint8_t *)out.ptr, out.len,
                                 role, b->again));
    CHECK(memcmp(b->values, b->again, b->shape.row_count * column_type_bytes(type)) == 0);
    size_t bytes = out.len;
    buf_free(&out);
    return bytes;
}

TEST(block_codec, every_column_of_every_shape_comes_back_bit_for_bit)
{
    static const struct {
        uint32_t contracts, snapshots;
    } shapes[] = { { 1, 1 },  { 1, 64 }, { 15, 1 }, { 16, 1 },  { 17, 3 },
                   { 63, 1 }, { 64, 2 }, { 65, 7 }, { 300, 9 }, { 5000, 2 } };
    struct block_codec *codec = block_codec_new();
    uint64_t seed = 1;
    FOR_EACH (s, shapes)
        for (int thinning = FULL; thinning <= MIXED; thinning++) {
            struct block *b =
                block_make(&seed, s->contracts, s->snapshots, (enum thinning)thinning);
            check_contracts(codec, b);
            for (int p = 0; p < PATTERNS; p++) {
                static const enum column_type types[] = { COLUMN_I64, COLUMN_U32, COLUMN_F32 };
                FOR_EACH (type, types) {
                    fill(b, *type, (enum pattern)p, &seed);
                    uint32_t unit = *type == COLUMN_I64
                                        ? block_price_unit(b->values, b->shape.row_count, 0)
                                        : 1;
                    check_values(codec, b, *type, unit, BLOCK_ALONE);
                    if (*type == COLUMN_I64) { /* also under a unit that does not divide it */
                        check_values(codec, b, *type, 70000, BLOCK_ALONE);
                        check_values(codec, b, *type, UINT32_MAX, BLOCK_ALONE);
                    }
                }
            }
            block_free(b);
        }
    block_codec_free(codec);
}

TEST(block_codec, an_ask_is_told_from_its_bid_whatever_both_are)
{
    struct block_codec *codec = block_codec_new();
    uint64_t seed = 2;
    struct block *bid = block_make(&seed, 40, 20, MIXED);
    struct block ask = *bid;
    size_t room = block_room(bid->shape.row_count);
    ask.values = mem_alloc(room * sizeof(int64_t));
    for (int p = 0; p < PATTERNS; p++)
        for (int q = 0; q < PATTERNS; q++) {
            struct buf out = { 0 };
            fill(bid, COLUMN_I64, (enum pattern)p, &seed);
            fill(&ask, COLUMN_I64, (enum pattern)q, &seed);
            block_encode_values(codec, &bid->shape, bid->contract, COLUMN_I64, bid->values, 10000,
                                BLOCK_LEADS, &out);
            size_t first = out.len;
            block_encode_values(codec, &bid->shape, bid->contract, COLUMN_I64, ask.values, 10000,
                                BLOCK_FOLLOWS, &out);
            const uint8_t *bytes = (uint8_t *)out.ptr;
            CHECK_OK(block_decode_values(codec, &bid->shape, bid->contract, COLUMN_I64, bytes,
                                         first, BLOCK_LEADS, bid->again));
            CHECK_OK(block_decode_values(codec, &bid->shape, bid->contract, COLUMN_I64,
                                         bytes + first, out.len - first, BLOCK_FOLLOWS,
                                         bid->again));
            CHECK(memcmp(ask.values, bid->again, bid->shape.row_count * sizeof(int64_t)) == 0);
            buf_free(&out);
        }
    mem_free(ask.values);
    block_free(bid);
    block_codec_free(codec);
}

TEST(block_codec, a_quiet_chain_takes_next_to_nothing)
{
    struct block_codec *codec = block_codec_new();
    uint64_t seed = 3;
    struct block *b = block_make(&seed, 300, 50, FULL);
    for (uint32_t i = 0; i < b->shape.row_count; i++)
        ((int64_t *)b->values)[i] = (int64_t)(100 + b->contract[i]) * 50000;
    CHECK_EQ(block_price_unit(b->values, b->shape.row_count, 0), 50000);
    struct buf out = { 0 };
    block_encode_contracts(codec, &b->shape, b->contract, &out);
    CHECK_EQ(out.len, 16); /* a header: nothing is left out anywhere */
    buf_free(&out);
    CHECK(check_values(codec, b, COLUMN_I64, 50000, BLOCK_ALONE) < 1500); /* of 120,000 bytes */
    block_free(b);
    block_codec_free(codec);
}

TEST(block_codec, the_unit_of_prices_is_what_divides_them_all)
{
    int64_t prices[] = { PRICE_NONE, 150000, -50000, 0, 1000000 };
    CHECK_EQ(block_price_unit(prices, 5, 0), 50000);
    CHECK_EQ(block_price_unit(prices, 5, 10000), 10000);
    CHECK_EQ(block_price_unit(prices, 5, 30000), 10000);
    CHECK_EQ(block_price_unit(prices, 1, 0), 1);
    prices[1] = 1;
    CHECK_EQ(block_price_unit(prices, 5, 0), 1);
    prices[0] = prices[1] = prices[2] = prices[3] = prices[4] = INT64_C(1) << 40;
    CHECK_EQ(block_price_unit(prices, 5, 0), 1); /* more than 32 bits hold: none is used */
}

/* Any payload either fails or gives contracts that readers may lean on. */
static void decode_damaged(struct block_codec *codec, struct block *b, const struct buf *payload,
                           enum column_type type)
{
    uint8_t *exact = mem_alloc(payload->len); /* so that sanitizers see the end */
    if (payload->len)
        memcpy(exact, payload->ptr, payload->len);
    if (type != COLUMN_TYPE_END) {
        if (block_decode_values(codec, &b->shape, b->contract, type, exact, payload->len,
                                BLOCK_ALONE, b->again))
            CHECK(strlen(err_detail()) > 10);
    } else if (!block_decode_contracts(codec, &b->shape, exact, payload->len, b->contract_again)) {
        const uint32_t *c = b->contract_again;
        for (uint32_t s = 0; s < b->shape.snapshot_count; s++)
            for (uint32_t i = 0; i < b->shape.snapshots[s].row_count; i++, c++) {
                CHECK(*c < b->shape.contract_count);
                CHECK(i == 0 || c[0] > c[-1]);
            }
    }
    mem_free(exact);
}

TEST(block_codec, damaged_payloads_never_break_a_reader)
{
    struct block_codec *codec = block_codec_new();
    uint64_t seed = 4;
    struct block *b = block_make(&seed, 60, 8, MIXED);
    static const enum column_type types[] = { COLUMN_TYPE_END, COLUMN_I64, COLUMN_U32, COLUMN_F32 };
    FOR_EACH (type, types)
        for (int pattern = 0; pattern < PATTERNS; pattern++) {
            struct buf out = { 0 };
            if (*type == COLUMN_TYPE_END) {
                block_encode_contracts(codec, &b->shape, b->contract, &out);
            } else {
                fill(b, *type, (enum pattern)pattern, &seed);
                block_encode_values(codec, &b->shape, b->contract, *type, b->values,
                                    *type == COLUMN_I64 ? 10000 : 1, BLOCK_ALONE, &out);
            }
            for (size_t at = 0; at < out.len; at += 1 + at / 24)
                for (int bit = 0; bit < 8; bit++) {
                    out.ptr[at] ^= (char)(1 << bit);
                    decode_damaged(codec, b, &out, *type);
                    out.ptr[at] ^= (char)(1 << bit);
                }
            size_t len = out.len;
            for (out.len = 0; out.len < len; out.len += 1 + out.len / 24) {
                decode_damaged(codec, b, &out, *type);
                enum err err =
                    *type == COLUMN_TYPE_END
                        ? block_decode_contracts(codec, &b->shape, (uint8_t *)out.ptr, out.len,
                                                 b->contract_again)
                        : block_decode_values(codec, &b->shape, b->contract, *type,
                                              (uint8_t *)out.ptr, out.len, BLOCK_ALONE, b->again);
                CHECK_EQ(err, ERR_CORRUPT);
            }
            buf_free(&out);
        }
    block_free(b);
    block_codec_free(codec);
}
