#include "tests/testing.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/zone.h"
#include "domain/types/calendar.h"

TEST(calendar, rows_ascend_lie_on_weekdays_and_stay_inside)
{
    const struct calendar *cal = calendar_us();
    for (size_t i = 0; i < cal->row_count; i++) {
        const struct calendar_row *row = &cal->rows[i];
        CHECK(date_is_valid(row->date));
        CHECK(i == 0 || cal->rows[i - 1].date < row->date);
        CHECK(row->date >= cal->first && row->date <= cal->last);
        CHECK(date_weekday(row->date) != SATURDAY && date_weekday(row->date) != SUNDAY);
    }
}

static int sessions_of(int year)
{
    int count = 0;
    for (int32_t day = year * 10000 + 101; day / 10000 == year; day = date_add(day, 1))
        count += calendar_is_open(calendar_us(), day);
    return count;
}

TEST(calendar, has_the_published_days_of_2026_and_2028)
{
    /* NYSE Group, announcement of 23 December 2025 */
    static const int32_t closed[] = { 20260101, 20260119, 20260216, 20260403, 20260525,
                                      20260619, 20260703, 20260907, 20261126, 20261225,
                                      20280117, 20280221, 20280414, 20280529, 20280619,
                                      20280704, 20280904, 20281123, 20281225 };
    static const int32_t half[] = { 20261127, 20261224, 20280703, 20281124 };
    FOR_EACH (day, closed)
        CHECK_EQ(calendar_day(calendar_us(), *day), DAY_CLOSED);
    FOR_EACH (day, half)
        CHECK_EQ(calendar_day(calendar_us(), *day), DAY_HALF);
    CHECK_EQ(sessions_of(2026), 251);
    CHECK_EQ(sessions_of(2028), 251);
    CHECK_EQ(sessions_of(2001), 248); /* four days lost in September */
    CHECK_EQ(sessions_of(2012), 250);
    CHECK_EQ(sessions_of(2019), 252);
    CHECK_EQ(sessions_of(2025), 250);
}

TEST(calendar, knows_closures_that_nobody_planned)
{
    static const int32_t closed[] = { 20010911, 20010912, 20010913, 20010914, 20040611,
                                      20070102, 20121029, 20121030, 20181205, 20250109 };
    FOR_EACH (day, closed)
        CHECK_EQ(calendar_day(calendar_us(), *day), DAY_CLOSED);
    CHECK_HAS(calendar_why(calendar_us(), 20121029), "Sandy");
    CHECK_STR(calendar_why(calendar_us(), 20190526), "weekend");
    CHECK_STR(calendar_why(calendar_us(), 20190521), "");
}

TEST(calendar, refuses_to_guess_beyond_its_ends)
{
    const struct calendar *cal = calendar_us();
    CHECK_EQ(calendar_covers(cal, 20190521, 20310102), ERR_RANGE);
    CHECK_HAS(err_detail(), "2031-01-02");
    CHECK_EQ(calendar_covers(cal, 19971231, 20190521), ERR_RANGE);
    CHECK_EQ(calendar_covers(cal, 20190229, 20190521), ERR_PARSE);
    CHECK_OK(calendar_covers(cal, 19980101, 20301231));
    CHECK_EQ(calendar_day(cal, 20310102), DAY_UNKNOWN);
    CHECK_EQ(calendar_next(cal, 20301231), 0);
    CHECK_EQ(calendar_previous(cal, 19980102), 0); /* 1 January is closed */
    CHECK_EQ(calendar_add(cal, 20301227, 5), 0);
    CHECK_EQ(calendar_session(cal, 20310102, SESSION_EQUITY, NULL, NULL), ERR_RANGE);
}

TEST(calendar, walks_and_counts_business_days)
{
    const struct calendar *cal = calendar_us();
    CHECK_EQ(calendar_add(cal, 20260702, 1), 20260706); /* golden: T+1 over the long weekend */
    CHECK_EQ(calendar_add(cal, 20260706, -1), 20260702);
    CHECK_EQ(calendar_next(cal, 20190524), 20190528);
    CHECK_EQ(calendar_previous(cal, 20190528), 20190524);
    CHECK_EQ(calendar_on_or_before(cal, 20190527), 20190524);
    CHECK_EQ(calendar_on_or_after(cal, 20190527), 20190528);
    CHECK_EQ(calendar_on_or_after(cal, 20190528), 20190528);
    CHECK_EQ(calendar_days_between(cal, 20190521, 20190521), 0);
    /* the quick count is the slow count */
    int32_t from = 20010903;
    int slow = 0;
    for (int32_t to = from; to < 20030101; to = date_add(to, 1)) {
        slow += to != from && calendar_is_open(cal, to);
        CHECK_EQ(calendar_days_between(cal, from, to), slow);
        CHECK_EQ(calendar_days_between(cal, to, from), -slow);
    }
}

TEST(calendar, gives_sessions_as_moments)
{
    const struct calendar *cal = calendar_us();
    char text[TS_TEXT_BYTES];
    int64_t open, close;
    CHECK_OK(calendar_session(cal, 20190521, SESSION_EQUITY, &open, &close));
    ts_format_iso(text, ZONE_NEW_YORK, open);
    CHECK_STR(text, "2019-05-21T09:30:00-04:00");
    ts_format_iso(text, ZONE_NEW_YORK, close);
    CHECK_STR(text, "2019-05-21T16:00:00-04:00");
    CHECK_OK(calendar_session(cal, 20151224, SESSION_INDEX_OPTION, NULL, &close));
    ts_format_iso(text, ZONE_NEW_YORK, close);
    CHECK_STR(text, "2015-12-24T13:15:00-05:00");
    CHECK_OK(calendar_session(cal, 20020911, SESSION_EQUITY, &open, NULL));
    ts_format_iso(text, ZONE_NEW_YORK, open);
    CHECK_STR(text, "2002-09-11T12:00:00-04:00");
    CHECK_EQ(calendar_session(cal, 20190527, SESSION_EQUITY, &open, &close), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "Memorial Day");
}

TEST(calendar, finds_the_listed_expiries)
{
    const struct calendar *cal = calendar_us();
    static const int32_t monthly[] = {
        20260116, 20260220, 20260320, 20260417, 20260515, 20260618, 20260717, 20260821, 20260918,
        20261016, 20261120, 20261218, 20270115, 20270219, 20270319, 20270416, 20270521, 20270617,
        20270716, 20270820, 20270917, 20271015, 20271119, 20271217, 20280121, 20280218, 20280317,
        20280421, 20280519, 20280616, 20280721, 20280818, 20280915, 20281020, 20281117, 20281215,
    };
    static const int32_t vix[] = { 20260121, 20260218, 20260318, 20260415, 20260519, 20260617,
                                   20260722, 20260819, 20260916, 20261021, 20261118, 20261216 };
    FOR_EACH (day, monthly) {
        CHECK_EQ(calendar_monthly_expiry(cal, date_year(*day), date_month(*day)), *day);
        CHECK(calendar_is_monthly_expiry(cal, *day));
    }
    FOR_EACH (day, vix)
        CHECK_EQ(calendar_vix_expiry(cal, 2026, date_month(*day)), *day);
    CHECK_EQ(calendar_monthly_expiry(cal, 2014, 4), 20140417); /* Good Friday */
    CHECK(calendar_is_monthly_expiry(cal, 20140621));          /* the Saturday in the symbol */
    CHECK(!calendar_is_monthly_expiry(cal, 20190622));
    CHECK_EQ(calendar_weekly_expiry(cal, 20190530, MONDAY), 20190528); /* Memorial Day week */
    CHECK_EQ(calendar_weekly_expiry(cal, 20190701, THURSDAY), 20190703);
    CHECK_EQ(calendar_weekly_expiry(cal, 20190521, WEDNESDAY), 20190522);
    CHECK_EQ(calendar_month_end_expiry(cal, 2019, 6), 20190628);
    CHECK_EQ(calendar_month_end_expiry(cal, 2030, 12), 20301231);
    CHECK_EQ(calendar_vix_expiry(cal, 2030, 12), 0); /* needs January 2031 */
}

/* "M/D/YYYY" of LEAN's file, or 0. */
static int32_t lean_date(const char *text)
{
    return date_parse((struct str){ text, strcspn(text, "\"") });
}

/* Check all quoted dates between the key and its closing bracket; returns how many there were. */
static int check_lean_dates(const char *entry, const char *key, char close, enum day_kind want)
{
    const char *at = strstr(entry, key);
    CHECK(at != NULL);
    const char *end = strchr(at, close);
    int count = 0;
    for (at += strlen(key); at < end; at++) {
        int32_t date = *at == '"' ? lean_date(at + 1) : 0;
        if (!date)
            continue;
        count++;
        enum weekday weekday = date_weekday(date);
        if (weekday == SATURDAY || weekday == SUNDAY) /* three of its rows: no session either way */
            continue;
        if (calendar_day(calendar_us(), date) != want)
            fail_msg("%d is kind %d here, LEAN has it among %s", date,
                     calendar_day(calendar_us(), date), key);
    }
    return count;
}

TEST(calendar, agrees_with_lean_row_by_row)
{
    NEED_SHARED("data/lean/market-hours/market-hours-database.json");
    FILE *file = fopen(testing_shared("data/lean/market-hours/market-hours-database.json"), "rb");
    CHECK(file != NULL);
    enum { BYTES_MAX = 4 << 20 };
    char *text = mem_alloc(BYTES_MAX + 1);
    size_t len = fread(text, 1, BYTES_MAX, file);
    fclose(file);
    CHECK(len < BYTES_MAX);
    const char *entry = strstr(text, "\"Equity-usa-[*]\"");
    CHECK(entry != NULL);
    int closed = check_lean_dates(entry, "\"holidays\"", ']', DAY_CLOSED);
    int half = check_lean_dates(entry, "\"earlyCloses\"", '}', DAY_HALF);
    CHECK_EQ(closed, 293);
    CHECK_EQ(half, 65);
    /* and ours has no more than LEAN, but for early closings that it lacks: 1998 twice, 1999-12-31
     */
    int ours_closed = 0, ours_half = 0;
    for (size_t i = 0; i < calendar_us()->row_count; i++) {
        const struct calendar_row *row = &calendar_us()->rows[i];
        ours_closed += row->kind == DAY_CLOSED && row->date < 20290101;
        ours_half += row->kind == DAY_HALF && row->date < 20290101;
    }
    CHECK_EQ(ours_closed, closed - 2); /* two Saturdays */
    CHECK_EQ(ours_half, half - 1 + 3); /* one Sunday */
    mem_free(text);
}
