#include "adapters/feed/databento/recent.h"

#include <string.h>

/* Eight bytes at a time, mixed as in SplitMix64. */
static uint64_t hash_of(const void *bytes, size_t len)
{
    uint64_t hash = len * UINT64_C(0x9E3779B97F4A7C15);
    for (const unsigned char *at = bytes; len; at += 8) {
        uint64_t word = 0;
        size_t part = len < 8 ? len : 8;
        memcpy(&word, at, part);
        len -= part;
        hash = (hash ^ word) * UINT64_C(0xBF58476D1CE4E5B9);
        hash ^= hash >> 29;
    }
    hash *= UINT64_C(0x94D049BB133111EB);
    hash ^= hash >> 31;
    return hash ? hash : 1;
}

bool recent_add(struct recent *recent, const void *bytes, size_t len)
{
    uint64_t hash = hash_of(bytes, len);
    size_t set = hash % RECENT_SETS;
    uint64_t *ways = recent->hash[set];
    for (size_t i = 0; i < RECENT_WAYS; i++)
        if (ways[i] == hash)
            return true;
    ways[recent->oldest[set]] = hash;
    recent->oldest[set] = (uint8_t)((recent->oldest[set] + 1) % RECENT_WAYS);
    return false;
}
