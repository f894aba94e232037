/*
 * Several live lines as one source: a vendor's options and its stocks, which come on lines of their
 * own, are a primary (or a backup) together.
 *
 * Each poll goes round the parts. The group's line is up when all parts' are, down when one is,
 * and ended when all have; its LINK records say so with the reason of the part that changed. For
 * tapes, which know what comes next, see replay_merge.h. Subscribe the parts before they are
 * grouped.
 */
#ifndef ADAPTERS_FEED_GROUP_H
#define ADAPTERS_FEED_GROUP_H

#include "adapters/feed/source.h"

enum { GROUP_PARTS = 8 };

/* The parts are its own now, and closed with it. count 1 to GROUP_PARTS. */
void group_open(struct source *out, const struct source *parts, size_t count);

#endif
