/*
 * Compiled time-zone files (TZif) as a table of offset changes.
 *
 * Reads versions 2 to 4: the 64-bit block, continued to the end of 2199 by the POSIX rule in the
 * footer. Leap-second ("right/") files are refused: the house counts POSIX seconds.
 * Source: RFC 8536; POSIX.1-2017 section 8.3 (TZ). Callers want base/zone.h.
 */
#ifndef BASE_TZIF_H
#define BASE_TZIF_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum { TZIF_CHANGES_MAX = 1024 };

struct tzif {
    int32_t first_offset_s; /* east of UTC, before the first change */
    int count;
    int64_t utc_s[TZIF_CHANGES_MAX];    /* from this second on ... */
    int64_t local_s[TZIF_CHANGES_MAX];  /* ... or from this reading of a wall clock on ... */
    int32_t offset_s[TZIF_CHANGES_MAX]; /* ... this offset holds; both columns ascend */
};

/* Errors: ERR_CORRUPT says what is wrong with the file, ERR_UNSUPPORTED names what it uses; *out is
 * then untouched. */
NODISCARD enum err tzif_parse(struct tzif *out, struct str file);

/* Seconds east of UTC at a UTC second; at a reading of a wall clock (see zone_to_ts). */
int32_t tzif_offset_at_utc(const struct tzif *table, int64_t utc_s);
int32_t tzif_offset_at_local(const struct tzif *table, int64_t local_s);

#endif
