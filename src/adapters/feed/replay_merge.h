/*
 * Several tapes as one source, in order of recv_ns; ties go to the one that was added first.
 *
 * For tapes that are parts of one: the files of a day, the symbols of a desk. (Two tellings of the
 * same market are a primary and a backup: services/live/live.h.) It ends when all have ended.
 */
#ifndef ADAPTERS_FEED_REPLAY_MERGE_H
#define ADAPTERS_FEED_REPLAY_MERGE_H

#include "adapters/feed/source.h"

enum { REPLAY_PARTS = 64 };

/* The parts are its own now, and closed with it. Each must be a tape: next_ns() says when. count 1
 * to REPLAY_PARTS. */
void replay_merge_open(struct source *out, const struct source *parts, size_t count);

#endif
