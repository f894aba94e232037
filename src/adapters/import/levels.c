#include "adapters/import/levels.h"

#include <stdio.h>
#include <string.h>

/* Wide enough for any mistake of a few rows; rows of more levels than this count as differing. */
enum { LEVELS_A_MOMENT = 16, SLOTS_MIN = 16 };

struct day_level {
    int64_t ts_ns, level, bid, ask;
    uint32_t flags;
    uint32_t next;    /* another level of the same moment, index + 1; 0 is none */
    uint64_t rows;    /* that gave it */
    uint64_t unkept;  /* of the moment's first level: rows of levels beyond LEVELS_A_MOMENT */
    const char *file; /* where it came up */
    uint64_t row;
};

static size_t slot_of(const struct day_levels *all, int64_t ts_ns)
{
    uint64_t hash = (uint64_t)ts_ns * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(hash ^ hash >> 32) & (all->slot_count - 1);
    while (all->slots[at] && all->levels[all->slots[at] - 1].ts_ns != ts_ns)
        at = (at + 1) & (all->slot_count - 1);
    return at;
}

static size_t append(struct day_levels *all, const struct day_level *level)
{
    all->levels = mem_grow(all->levels, &all->capacity, all->count + 1, sizeof *all->levels);
    all->levels[all->count] = *level;
    return all->count++;
}

static void grow_slots(struct day_levels *all)
{
    uint32_t *old = all->slots;
    size_t old_count = all->slot_count;
    all->slot_count = old_count ? old_count * 2 : SLOTS_MIN;
    all->slots = mem_alloc(all->slot_count * sizeof *all->slots);
    for (size_t i = 0; i < old_count; i++)
        if (old[i])
            all->slots[slot_of(all, all->levels[old[i] - 1].ts_ns)] = old[i];
    mem_free(old);
}

/* The first level of a moment: the one of the row before nearly always. */
static struct day_level *moment_at(struct day_levels *all, int64_t ts_ns)
{
    if (all->last < all->count && all->levels[all->last].ts_ns == ts_ns)
        return &all->levels[all->last];
    if (all->moments * 2 >= all->slot_count)
        grow_slots(all);
    size_t at = slot_of(all, ts_ns);
    if (!all->slots[at])
        return NULL;
    all->last = all->slots[at] - 1;
    return &all->levels[all->last];
}

static void agree(struct day_level *level, int64_t bid, int64_t ask, uint32_t flags)
{
    level->rows++;
    level->flags = flags;
    if (bid != PRICE_NONE)
        level->bid = bid;
    if (ask != PRICE_NONE)
        level->ask = ask;
}

/* A place outlives its file by the day's end: the name is kept once for each file in a row. */
static const char *keep_name(struct import *import, struct day_levels *all, const char *file)
{
    if (!all->file || strcmp(all->file, file) != 0)
        all->file = arena_strdup(import->arena, file);
    return all->file;
}

bool levels_add(struct import *import, struct day_levels *all, struct import_place place,
                int64_t ts_ns, int64_t level, int64_t bid, int64_t ask, uint32_t flags)
{
    struct day_level new = { .ts_ns = ts_ns,
                             .level = level,
                             .bid = bid,
                             .ask = ask,
                             .flags = flags,
                             .rows = level != PRICE_NONE,
                             .row = place.row };
    struct day_level *first = moment_at(all, ts_ns);
    if (!first) {
        new.file = keep_name(import, all, place.file);
        all->slots[slot_of(all, ts_ns)] = (uint32_t)all->count + 1;
        all->moments++;
        all->last = append(all, &new);
        return true;
    }
    if (level == PRICE_NONE) {
        first->bid = first->bid == PRICE_NONE ? bid : first->bid;
        first->ask = first->ask == PRICE_NONE ? ask : first->ask;
        return false;
    }
    if (first->level == PRICE_NONE) { /* its rows said nothing: this one is the first to speak */
        first->level = level;
        first->file = keep_name(import, all, place.file);
        first->row = place.row;
    }
    struct day_level *at = first;
    for (size_t i = 1; at->level != level; i++) {
        if (i == LEVELS_A_MOMENT) {
            first->unkept++;
            return false;
        }
        if (!at->next) {
            size_t from = (size_t)(at - all->levels); /* appending may move them */
            new.file = keep_name(import, all, place.file);
            size_t to = append(all, &new);
            all->levels[from].next = (uint32_t)to + 1;
            return false;
        }
        at = &all->levels[at->next - 1];
    }
    agree(at, bid, ask, flags);
    return false;
}

static void report(struct import *import, const struct day_levels *all,
                   const struct day_level *first, const struct day_level *stands, const char *where)
{
    uint64_t rows = first->unkept;
    const struct day_level *odd = NULL; /* the first that does not stand */
    for (const struct day_level *at = first; at;
         at = at->next ? &all->levels[at->next - 1] : NULL) {
        if (at == stands)
            continue;
        rows += at->rows;
        odd = odd ? odd : at;
    }
    if (!odd)
        return;
    char text[128];
    snprintf(text, sizeof text, "%s: %.10g, and %.10g stands", where, (double)odd->level * 1e-6,
             (double)stands->level * 1e-6);
    struct import_place place = { odd->file, odd->row, NULL };
    import_found_many(import, FOUND_LEVEL_CONFLICT, rows, place, text);
}

int64_t levels_settle(struct import *import, const struct day_levels *all,
                      struct day_writer *writer, const char *where)
{
    int64_t last = PRICE_NONE, last_ts = INT64_MIN;
    for (size_t i = 0; i < all->slot_count; i++) {
        if (!all->slots[i])
            continue;
        const struct day_level *first = &all->levels[all->slots[i] - 1], *stands = first;
        for (const struct day_level *at = first; at->next;) {
            at = &all->levels[at->next - 1];
            if (at->rows > stands->rows)
                stands = at;
        }
        if (stands->level != PRICE_NONE && stands->ts_ns > last_ts) {
            last = stands->level;
            last_ts = stands->ts_ns;
        }
        if (!writer)
            continue;
        report(import, all, first, stands, where);
        day_writer_underlying(writer, stands->ts_ns, stands->level, stands->bid, stands->ask,
                              stands->flags);
    }
    return last;
}

void levels_clear(struct day_levels *all)
{
    mem_free(all->levels);
    mem_free(all->slots);
    *all = (struct day_levels){ 0 };
}
