#include "domain/features/macro.h"

#include <math.h>

#include "base/date.h"
#include "base/zone.h"

enum known { YEAR_BEFORE, WEEK_BEFORE };
enum { FOMC = DATED_FOMC, CPI = DATED_CPI };

static const struct {
    int kind;
    int32_t date;
    enum known known;
} rows[] = {
#define MACRO(kind, date, known) { kind, date, known },
#include "domain/features/macro_dates.def"
};

static int64_t known_ns(int32_t date, enum known known)
{
    int32_t day = known == WEEK_BEFORE ? date_add(date, -7) : date_make(date_year(date) - 1, 12, 1);
    return zone_to_ts(ZONE_NEW_YORK, day, 0);
}

size_t macro_events(struct arena *arena, const struct dated_event **out)
{
    struct dated_event *events = arena_array(arena, struct dated_event, ARRAY_COUNT(rows));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        int64_t at = rows[i].kind == FOMC ? TIME_OF_DAY(14, 0) : TIME_OF_DAY(8, 30);
        events[i] = (struct dated_event){ .ts_ns = zone_to_ts(ZONE_NEW_YORK, rows[i].date, at),
                                          .known_ns = known_ns(rows[i].date, rows[i].known),
                                          .withdrawn_ns = INT64_MAX,
                                          .kind = (enum dated_kind)rows[i].kind };
    }
    *out = events;
    return ARRAY_COUNT(rows);
}

double macro_days_to(int64_t now_ns, int64_t event_ns)
{
    if (event_ns == TS_NONE)
        return NAN;
    return date_diff(zone_date(ZONE_NEW_YORK, event_ns), zone_date(ZONE_NEW_YORK, now_ns));
}
