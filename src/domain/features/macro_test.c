#include "base/zone.h"
#include "domain/features/macro.h"
#include "domain/types/calendar.h"
#include "tests/testing.h"

static int64_t at(int32_t date, int hour, int minute)
{
    return zone_to_ts(ZONE_NEW_YORK, date, TIME_OF_DAY(hour, minute));
}

static double days_to(enum dated_kind kind, int64_t now)
{
    struct arena arena;
    const struct dated_event *events;
    arena_init(&arena, "test", 0);
    size_t count = macro_events(&arena, &events);
    struct event_distance distance;
    CHECK_OK(event_distance_init(&distance, kind, events, count));
    CHECK(event_distance_update(&distance, now));
    double days = macro_days_to(now, event_distance_next_ts(&distance));
    arena_clear(&arena);
    return days;
}

TEST(macro, tells_the_days_to_decisions_and_releases)
{
    /* The meeting of 2024-06-12 fell on the day of the May CPI: at 08:30 and at 14:00. */
    CHECK(days_to(DATED_FOMC, at(20240610, 10, 0)) == 2);
    CHECK(days_to(DATED_CPI, at(20240610, 10, 0)) == 2);
    CHECK(days_to(DATED_FOMC, at(20240612, 10, 0)) == 0);
    CHECK(days_to(DATED_CPI, at(20240612, 10, 0)) == 29);  /* 11 July */
    CHECK(days_to(DATED_FOMC, at(20240612, 14, 1)) == 49); /* 31 July */
    /* Across the change of the clocks: days of the calendar. */
    CHECK(days_to(DATED_FOMC, at(20240308, 23, 0)) == 12);
}

TEST(macro, knows_no_schedule_before_it_was_published_and_none_beyond_the_table)
{
    CHECK(days_to(DATED_FOMC, at(20231215, 12, 0)) == 47); /* 31 January, published in autumn */
    CHECK(isnan(days_to(DATED_FOMC, at(20241120, 12, 0))) == false);
    CHECK(days_to(DATED_CPI, at(20251010, 12, 0)) != 14); /* moved at short notice */
    CHECK(days_to(DATED_CPI, at(20251020, 12, 0)) == 4);
    CHECK(isnan(days_to(DATED_CPI, at(20300101, 12, 0))));
    CHECK(isnan(days_to(DATED_FOMC, at(20140101, 12, 0)))); /* the table begins in 2015 */
    CHECK(isnan(macro_days_to(at(20240101, 12, 0), TS_NONE)));
}

TEST(macro, every_date_is_a_weekday_and_in_order)
{
    struct arena arena;
    const struct dated_event *events;
    arena_init(&arena, "test", 0);
    size_t count = macro_events(&arena, &events), of[DATED_KINDS] = { 0 };
    for (size_t i = 0; i < count; i++) {
        CHECK(i == 0 || events[i].ts_ns > events[i - 1].ts_ns);
        CHECK(events[i].known_ns < events[i].ts_ns);
        enum weekday day = date_weekday(zone_date(ZONE_NEW_YORK, events[i].ts_ns));
        CHECK(day != SATURDAY && day != SUNDAY);
        of[events[i].kind]++;
    }
    CHECK(of[DATED_FOMC] >= 95 && of[DATED_CPI] >= 102); /* eight meetings a year */
    arena_clear(&arena);
}
