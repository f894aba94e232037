/*
 * The ZIP files of a LEAN data folder: text entries, read one after the other into one buffer.
 *
 * What is inside is judged before it is unpacked and counted while it is: an entry that is
 * encrypted, or a file that would unpack to more than the limits below, is refused by name.
 */
#ifndef ADAPTERS_IMPORT_LEAN_ZIP_H
#define ADAPTERS_IMPORT_LEAN_ZIP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* A full index chain is 30,000 contracts; a stock's hour bars of 25 years are 3 MB. */
#define LEAN_ZIP_ENTRIES_MAX UINT64_C(200000)
#define LEAN_ZIP_ENTRY_BYTES_MAX (UINT64_C(64) << 20)
#define LEAN_ZIP_BYTES_MAX (UINT64_C(4) << 30) /* of all entries together */

struct lean_zip;

struct lean_entry {
    const char *file; /* as named at open */
    struct str name;  /* "20151224_goog_minute_quote_american_call_7450000_20160115.csv" */
    struct str text;  /* the whole entry */
};

/* ERR_NOT_FOUND, ERR_IO, ERR_CORRUPT (not a zip, or cut short), ERR_FULL (a limit above). */
NODISCARD enum err lean_zip_open(struct lean_zip **out, const char *path);
/* The same over bytes in memory, which must outlive it; name is for messages. */
NODISCARD enum err lean_zip_open_bytes(struct lean_zip **out, const void *bytes, size_t len,
                                       const char *name);
uint64_t lean_zip_count(const struct lean_zip *zip);
/* What its directory says all entries unpack to: an estimate, which the limits do not rely on. */
uint64_t lean_zip_bytes(const struct lean_zip *zip);

/*
 * Unpack entry index, from 0. What *out points at lives until the next read or the close.
 * Errors: ERR_UNSUPPORTED (encrypted, unknown compression), ERR_FULL, ERR_CORRUPT (cut short, wrong
 * checksum, or not text).
 */
NODISCARD enum err lean_zip_read(struct lean_zip *zip, uint64_t index, struct lean_entry *out);
/* The entry of a file that holds exactly one; ERR_CORRUPT when it holds none or more. */
NODISCARD enum err lean_zip_read_only(struct lean_zip *zip, struct lean_entry *out);
void lean_zip_close(struct lean_zip *zip); /* NULL is fine */

#endif
