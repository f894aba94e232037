/*
 * What the rows of a table say of the underlying, moment by moment.
 *
 * Every row of a chain repeats the level of its snapshot. One row that says another one is wrong
 * more likely than all the others: the level that most rows give stands, of as many the first, and
 * the rest are a finding. A known level never gives way to none.
 */
#ifndef ADAPTERS_IMPORT_LEVELS_H
#define ADAPTERS_IMPORT_LEVELS_H

#include "adapters/import/import_int.h"

struct day_level; /* of one moment; levels.c */

struct day_levels {
    struct day_level *levels;
    size_t count, capacity;
    uint32_t *slots; /* by moment; 0 is empty, otherwise index + 1 */
    size_t slot_count, moments;
    const char *file; /* of the newest level */
    size_t last;      /* the moment of the row before */
};

/* A level with its quote, PRICE_NONE for what is not known; true when the moment is a new one. */
bool levels_add(struct import *import, struct day_levels *all, struct import_place place,
                int64_t ts_ns, int64_t level, int64_t bid, int64_t ask, uint32_t flags);

/*
 * Hand one level for each moment to writer, which may be NULL, and count rows of others as a
 * finding of "underlying day". Returns the last known level; PRICE_NONE when there is none.
 */
int64_t levels_settle(struct import *import, const struct day_levels *all,
                      struct day_writer *writer, const char *where);

void levels_clear(struct day_levels *all);

#endif
