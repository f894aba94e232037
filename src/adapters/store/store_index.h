/*
 * The index: what every chain file of an underlying says of itself, in one small file, so that a
 * listing of ten years opens one file and not 2,500.
 *
 *     STORE/.index/SPX.idx
 *
 * It is a memory, never a truth: an entry holds only while the file it speaks of has the same
 * number, length and times; every other file is read itself. A missing, stale or damaged index
 * costs time and nothing else. It is written by the writer that commits, and by a reader that had
 * to look at many files; both by renaming, and a failure to write it is no error.
 */
#ifndef ADAPTERS_STORE_STORE_INDEX_H
#define ADAPTERS_STORE_STORE_INDEX_H

#include "adapters/store/store_int.h"

#define STORE_INDEX_FOLDER ".index"

/* Which state of a file an entry speaks of. */
struct file_state {
    uint64_t inode;
    uint64_t bytes;
    int64_t changed_ns; /* st_ctim: a rename, a write, a link */
    int64_t written_ns; /* st_mtim */
};

struct index_entry {
    struct store_day day; /* its underlying is the index's */
    struct file_state state;
};

struct store_index {
    const struct index_entry *entries; /* ascending days */
    size_t count;
};

/* false when there is no such file (or it is no plain one). */
bool file_state_get(struct file_state *out, const struct store *store, const char *name);

/* Any bytes (8-byte aligned) as an index, in arena. false, and empty, when they are none. */
bool store_index_parse(struct store_index *out, struct arena *arena, const char *underlying,
                       const void *bytes, size_t size);
/* The index of an underlying, in arena; empty when there is none that can be used. */
void store_index_read(struct store_index *out, const struct store *store, struct arena *arena,
                      const char *underlying);
/* What is known of a day, when its file is still the one; NULL otherwise. */
const struct store_day *store_index_find(const struct store_index *index, int32_t day,
                                         const struct file_state *state);
/* Write the index of an underlying anew; entries are sorted by day. */
void store_index_write(const struct store *store, const char *underlying,
                       const struct index_entry *entries, size_t count);

#endif
