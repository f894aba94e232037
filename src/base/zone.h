/*
 * Moments in time, and the wall clocks of New York and Chicago.
 *
 * A moment is an int64_t: nanoseconds since 1970-01-01 00:00 UTC, without leap seconds, named ts or
 * ts_ns. A reading of a wall clock is a date (YYYYMMDD) and nanoseconds since its midnight.
 *
 * The rules come from the system's time-zone data ($TZDIR, else /usr/share/zoneinfo), read once per
 * process. Call zone_init() at the start of main() and of a test that needs it, to get an error
 * message; without it the first conversion reads the data and aborts when it is not there.
 * All functions are safe in any thread.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum zone { ZONE_UTC, ZONE_NEW_YORK, ZONE_CHICAGO, ZONE_COUNT };

#define NANOS_PER_SECOND INT64_C(1000000000)
#define NANOS_PER_MINUTE (60 * NANOS_PER_SECOND)
#define NANOS_PER_HOUR (3600 * NANOS_PER_SECOND)
#define NANOS_PER_DAY (86400 * NANOS_PER_SECOND)

/* There is no moment: a time that the source does not give. */
#define TS_NONE INT64_MIN

/* 9:30 is TIME_OF_DAY(9, 30): nanoseconds since midnight. */
#define TIME_OF_DAY(hour, minute) ((hour)*NANOS_PER_HOUR + (minute)*NANOS_PER_MINUTE)

/* Errors: ERR_NOT_FOUND when the data is not installed, ERR_CORRUPT when it cannot be used. */
NODISCARD enum err zone_init(void);

/* "UTC", "America/New_York", "America/Chicago"; and back, also "ET", "CT": false when it is none.
 */
const char *zone_name(enum zone zone);
bool zone_parse(struct str text, enum zone *out);

/*
 * The moment at which a wall clock shows a time of day. nanos_of_day may lie outside the day: 24:00
 * is the next midnight. Where the clock is set forward, times in the gap that it never shows count
 * as if it had not been set yet (02:30 is the moment that shows 03:30); where it is set back, times
 * shown twice mean the first.
 */
int64_t zone_to_ts(enum zone zone, int32_t date, int64_t nanos_of_day);

/* What a wall clock shows at a moment. Either result may be NULL. */
void zone_from_ts(enum zone zone, int64_t ts_ns, int32_t *date, int64_t *nanos_of_day);
int32_t zone_date(enum zone zone, int64_t ts_ns);

/* Seconds east of UTC at a moment: -14400 in a New York summer. */
int32_t zone_offset_s(enum zone zone, int64_t ts_ns);

/* "2019-05-21T09:31:00-04:00", in UTC with "Z", with 3, 6 or 9 decimals where the moment has any;
 * "" for TS_NONE. */
enum { TS_TEXT_BYTES = 40 };
void ts_format_iso(char out[TS_TEXT_BYTES], enum zone zone, int64_t ts_ns);

/*
 * Reads YYYY-MM-DD, then "T" or a space, HH:MM[:SS[.digits]], then Z or +HH:MM or +HHMM or nothing,
 * which means a wall clock in zone. More than nine decimals are refused.
 * Errors: ERR_PARSE, *out_ts_ns untouched.
 */
NODISCARD enum err ts_parse_iso(struct str text, enum zone zone, int64_t *out_ts_ns);

/* Times of day: "9:31", "09:31", "15:45:30". false, *out untouched, when it is none. */
bool time_of_day_parse(struct str text, int64_t *out_nanos);

/* "09:31", or "15:45:30" when there are seconds; fractions are cut. */
enum { TIME_OF_DAY_TEXT_BYTES = 9 };
void time_of_day_format(char out[TIME_OF_DAY_TEXT_BYTES], int64_t nanos_of_day);

#endif
