/*
 * The text in a file, whatever it is packed in: plain, zstd (any number of frames), or the .csv,
 * .txt and .tsv members of a zip, one after the other. Unpacks as it is read, in bounded memory;
 * what a file is packed in is seen from its first bytes, not from its name. gzip is refused.
 */
#ifndef ADAPTERS_IMPORT_TEXT_SOURCE_H
#define ADAPTERS_IMPORT_TEXT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct text_source;

/* Errors: ERR_NOT_FOUND, ERR_IO, ERR_UNSUPPORTED (gzip, other packers, encrypted members),
 * ERR_CORRUPT (a damaged zip; one without a table in it). */
NODISCARD enum err text_open(struct text_source **out, const char *path);
void text_close(struct text_source *text); /* NULL is fine */

/*
 * Go to the next member: the first call goes to the first one. *name ("x.zip/y.csv", or the path)
 * lives as long as the source. *more is false when there is none left.
 */
NODISCARD enum err text_next(struct text_source *text, const char **name, bool *more);

/* Read some of the member; *got is 0 at its end and only there. ERR_CORRUPT when it is cut off. */
NODISCARD enum err text_read(struct text_source *text, char *out, size_t capacity, size_t *got);

/* Bytes of the file, as it lies on disk, taken since the last call. */
uint64_t text_bytes_taken(struct text_source *text);

/* Does the path end with one of the endings, separated by spaces (".csv .csv.zst")? Any case. */
bool text_has_suffix(const char *path, const char *suffixes);

#endif
