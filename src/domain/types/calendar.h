/*
 * The exchange calendar: on which days, and from when to when, US equities and options trade.
 *
 * calendar_us() is the built-in table (calendar_days.def), 1998 to 2030. Holidays are data, not
 * rules: beyond the table's ends nothing is guessed. Dates are YYYYMMDD as in base/date.h; moments
 * are UTC nanoseconds as in base/zone.h. Ask calendar_covers() once at the door; then the rest
 * cannot fail for days inside.
 *
 *     const struct calendar *cal = calendar_us();
 *     if ((err = calendar_covers(cal, from, to))) return err;
 */
#ifndef DOMAIN_TYPES_CALENDAR_H
#define DOMAIN_TYPES_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/err.h"

enum day_kind {
    DAY_UNKNOWN, /* beyond the table */
    DAY_CLOSED,  /* weekend, holiday, closure */
    DAY_OPEN,    /* 09:30 to 16:00 */
    DAY_HALF,    /* 09:30 to 13:00 */
    DAY_LATE,    /* 12:00 to 16:00: 2002-09-11 */
};

struct calendar_row {
    int32_t date;
    enum day_kind kind;
    const char *why;
};

/* A table of exceptions; weekdays without a row are open. One's own table is allowed. */
struct calendar {
    const struct calendar_row *rows; /* ascending dates */
    size_t row_count;
    int32_t first, last; /* the table knows these days and those between */
};

const struct calendar *calendar_us(void);

/* Errors: ERR_RANGE naming the day that the table does not know, ERR_PARSE for no calendar day. */
NODISCARD enum err calendar_covers(const struct calendar *cal, int32_t from, int32_t to);

/* Any date; DAY_UNKNOWN beyond the table. */
enum day_kind calendar_day(const struct calendar *cal, int32_t date);
/* "Good Friday", "weekend"; "" for an ordinary day. */
const char *calendar_why(const struct calendar *cal, int32_t date);
/* Is there a session? The day must be covered. */
bool calendar_is_open(const struct calendar *cal, int32_t date);

/*
 * Business days: days with a session. 0 ("no date") where the answer lies beyond the table.
 *   next, previous      the first one after, the last one before date
 *   on_or_before        date itself if it is one, else the last one before; on_or_after likewise
 *   add                 count business days from date on: 1 is next, -1 is previous, 0 is date
 */
int32_t calendar_next(const struct calendar *cal, int32_t date);
int32_t calendar_previous(const struct calendar *cal, int32_t date);
int32_t calendar_on_or_before(const struct calendar *cal, int32_t date);
int32_t calendar_on_or_after(const struct calendar *cal, int32_t date);
int32_t calendar_add(const struct calendar *cal, int32_t date, int count);

/* Business days d with from < d <= to; negative of the reverse when to < from. Both covered. */
int calendar_days_between(const struct calendar *cal, int32_t from, int32_t to);

enum session {
    SESSION_EQUITY,       /* stocks and their options: to 16:00, 13:00 on half days */
    SESSION_INDEX_OPTION, /* index options and those on broad ETFs: 15 minutes longer */
};

/*
 * The regular session of a day, as moments. Either result may be NULL.
 * Errors: ERR_NOT_FOUND when the day is closed, saying why; ERR_RANGE beyond the table.
 */
NODISCARD enum err calendar_session(const struct calendar *cal, int32_t date, enum session session,
                                    int64_t *open_ts_ns, int64_t *close_ts_ns);

/*
 * Listed expiries. 0 where the table does not know the days around.
 *   monthly     the standard one: third Friday, or the business day before when that is closed
 *   weekly      of the week in which date lies, for a weekday: when it is closed, a Monday expiry
 *               moves to the next business day, the others to the one before
 *   month_end   the last business day of the month
 *   vix         30 days before the third Friday of the month after; when that Wednesday or that
 *               Friday is closed, the business day before the Wednesday
 * Sources: Cboe contract specifications of SPX, SPXW and VIX options.
 */
int32_t calendar_monthly_expiry(const struct calendar *cal, int year, int month);
int32_t calendar_weekly_expiry(const struct calendar *cal, int32_t date, enum weekday weekday);
int32_t calendar_month_end_expiry(const struct calendar *cal, int year, int month);
int32_t calendar_vix_expiry(const struct calendar *cal, int year, int month);

/* Is date the standard monthly expiry, or its Saturday as symbols wrote it before February 2015? */
bool calendar_is_monthly_expiry(const struct calendar *cal, int32_t date);

#endif
