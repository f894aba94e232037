/*
 * XXH64: the 64-bit checksum of every column. It finds accidents, not forgers.
 * Source: xxHash fast digest algorithm, specification version 0.1.1 (Y. Collet, 2018), section 2.
 */
#ifndef ADAPTERS_STORE_XXH64_H
#define ADAPTERS_STORE_XXH64_H

#include <stddef.h>
#include <stdint.h>

/* bytes may be NULL when len is 0. The same on every machine: input is read as little-endian. */
uint64_t xxh64(const void *bytes, size_t len, uint64_t seed);

#endif
