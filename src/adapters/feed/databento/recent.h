/*
 * Which records were here lately, so that those a gateway repeats after a loss are given once.
 *
 * A fixed table of hashes of whole records. When the same record comes again it is known; a record
 * is forgotten when as many newer ones have come as there is room for.
 */
#ifndef ADAPTERS_FEED_DATABENTO_RECENT_H
#define ADAPTERS_FEED_DATABENTO_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECENT_SETS = 1 << 15, RECENT_WAYS = 16 }; /* half a million records, 4 MB */

struct recent {
    uint64_t hash[RECENT_SETS][RECENT_WAYS]; /* 0: free */
    uint8_t oldest[RECENT_SETS];             /* the next to be overwritten */
};

/* Remember a record; true when it was there already. */
bool recent_add(struct recent *recent, const void *bytes, size_t len);

#endif
