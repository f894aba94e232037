#include "adapters/store/xxh64.h"

#include <endian.h>
#include <string.h>

/* The names are the specification's. */
#define PRIME_1 UINT64_C(0x9E3779B185EBCA87)
#define PRIME_2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define PRIME_3 UINT64_C(0x165667B19E3779F9)
#define PRIME_4 UINT64_C(0x85EBCA77C2B2AE63)
#define PRIME_5 UINT64_C(0x27D4EB2F165667C5)

enum { LANES = 4, STRIPE_BYTES = LANES * 8 };

static inline uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

static inline uint64_t read64(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return le64toh(value);
}

static inline uint32_t read32(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return le32toh(value);
}

static inline uint64_t take_lane(uint64_t acc, uint64_t lane)
{
    return rotate(acc + lane * PRIME_2, 31) * PRIME_1;
}

static inline uint64_t merge(uint64_t acc, uint64_t lane_acc)
{
    return (acc ^ take_lane(0, lane_acc)) * PRIME_1 + PRIME_4;
}

/* Steps 1 to 3 for the whole stripes; *at is moved behind them. */
static uint64_t take_stripes(const uint8_t **at, const uint8_t *end, uint64_t seed)
{
    uint64_t a = seed + PRIME_1 + PRIME_2;
    uint64_t b = seed + PRIME_2;
    uint64_t c = seed;
    uint64_t d = seed - PRIME_1;
    const uint8_t *p = *at;
    for (; end - p >= STRIPE_BYTES; p += STRIPE_BYTES) {
        a = take_lane(a, read64(p));
        b = take_lane(b, read64(p + 8));
        c = take_lane(c, read64(p + 16));
        d = take_lane(d, read64(p + 24));
    }
    *at = p;
    uint64_t acc = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
    return merge(merge(merge(merge(acc, a), b), c), d);
}

uint64_t xxh64(const void *bytes, size_t len, uint64_t seed)
{
    static const uint8_t nothing[1];
    const uint8_t *p = len ? bytes : nothing;
    const uint8_t *end = p + len;
    uint64_t acc = len >= STRIPE_BYTES ? take_stripes(&p, end, seed) : seed + PRIME_5;
    acc += (uint64_t)len;

    for (; end - p >= 8; p += 8)
        acc = rotate(acc ^ take_lane(0, read64(p)), 27) * PRIME_1 + PRIME_4;
    for (; end - p >= 4; p += 4)
        acc = rotate(acc ^ read32(p) * PRIME_1, 23) * PRIME_2 + PRIME_3;
    for (; p < end; p++)
        acc = rotate(acc ^ *p * PRIME_5, 11) * PRIME_1;

    acc = (acc ^ acc >> 33) * PRIME_2;
    acc = (acc ^ acc >> 29) * PRIME_3;
    return acc ^ acc >> 32;
}
