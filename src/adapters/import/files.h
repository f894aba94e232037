/* The files that the paths of an import mean, and which format their beginnings look like. */
#ifndef ADAPTERS_IMPORT_FILES_H
#define ADAPTERS_IMPORT_FILES_H

#include "adapters/import/import_int.h"

enum { IMPORT_FILES_MAX = 2 * 1000 * 1000, IMPORT_FOLDERS_DEEP = 32 };

struct import_format {
    const char *name, *suffixes, *text;
    enum err (*run)(struct import *import);
    bool (*recognise)(const struct import_probe *probe);
};

/* By index, NULL past the end; by name, NULL when there is none. */
const struct import_format *format_at(size_t index);
const struct import_format *format_find(const char *name);
/* "cboe-spx, hod, ...", in arena. */
const char *format_names(struct arena *arena);

/*
 * Walk the paths: a file that is named is taken, from folders those with a suffix of the format,
 * sorted by path; hidden ones are passed over. suffixes NULL takes all.
 * Errors: ERR_NOT_FOUND (a path; nothing at all), ERR_FULL, ERR_IO.
 */
NODISCARD enum err files_walk(struct arena *arena, const char *const *paths, size_t path_count,
                              const char *suffixes, const struct import_file **files, size_t *count,
                              uint64_t *left);

/* The beginning of a file, in arena; an unreadable one has an empty head. */
void files_probe(struct arena *arena, const char *path, struct import_probe *probe);

/* The one format that recognises the file; NULL when none or several do. */
const struct import_format *files_recognise(const struct import_probe *probe);

#endif
