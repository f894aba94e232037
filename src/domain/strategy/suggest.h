/*
 * Which known name did they mean? For "unknown name 'vx': did you mean 'vix'?".
 */
#ifndef DOMAIN_STRATEGY_SUGGEST_H
#define DOMAIN_STRATEGY_SUGGEST_H

#include "base/str.h"

/* A search among names: start from { .asked = text }, offer them all, read best. */
struct suggestion {
    struct str asked;
    const char *best; /* NULL: nothing is near enough to be a slip of the pen */
    size_t distance;
};

/* Edit distance in letters added, dropped, changed or swapped; at most a third of the length
 * counts, and one is always allowed. Names over 40 characters are never suggested. */
void suggest(struct suggestion *s, const char *name);

#endif
