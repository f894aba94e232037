/*
 * Several feeds as one, each an underlying of its own: in order of time, then of kind, then of
 * place.
 *
 * The events of feeds[i] carry underlying i. The feeds are closed with the merged one.
 */
#ifndef ADAPTERS_FEED_MERGED_FEED_H
#define ADAPTERS_FEED_MERGED_FEED_H

#include "base/mem.h"
#include "kernel/ports/ports.h"

/* feeds are copied; count above 0. Memory comes from arena. */
void merged_feed_open(struct feed *out, struct arena *arena, const struct feed *feeds,
                      uint32_t count);

#endif
