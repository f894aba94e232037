#include "tests/testing.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/date.h"
#include "base/tzif.h"
#include "base/zone_int.h"

TEST(zone, follows_daylight_saving_where_it_changed)
{
    CHECK_OK(zone_init());
    static const struct {
        enum zone zone;
        int32_t date;
        int hour, offset_hours;
    } cases[] = {
        { ZONE_NEW_YORK, 20190521, 9, -4 }, { ZONE_NEW_YORK, 20190121, 9, -5 },
        { ZONE_CHICAGO, 20190521, 9, -5 },  { ZONE_CHICAGO, 20191103, 12, -6 },
        { ZONE_NEW_YORK, 20060326, 9, -5 }, /* until 2006 it began in April */
        { ZONE_NEW_YORK, 20070326, 9, -4 }, { ZONE_NEW_YORK, 20740701, 9, -4 }, /* by the rule */
        { ZONE_NEW_YORK, 21991231, 9, -5 }, { ZONE_UTC, 20190521, 9, 0 },
    };
    FOR_EACH (c, cases) {
        int64_t ts = zone_to_ts(c->zone, c->date, TIME_OF_DAY(c->hour, 30));
        CHECK_EQ(zone_offset_s(c->zone, ts), c->offset_hours * 3600);
        CHECK_EQ(ts, date_to_days(c->date) * NANOS_PER_DAY +
                         TIME_OF_DAY(c->hour - c->offset_hours, 30));
    }
}

TEST(zone, agrees_with_the_c_library_through_the_years)
{
    CHECK_OK(zone_init());
    for (int zone = ZONE_NEW_YORK; zone < ZONE_COUNT; zone++) {
        setenv("TZ", zone_name((enum zone)zone), 1);
        tzset();
        /* every 7 hours and 13 minutes, so that every hour of the day meets every change */
        for (int64_t s = -2000000000; s < 4000000000; s += 25980 * 11) {
            struct tm tm;
            time_t at = (time_t)s;
            MUST(localtime_r(&at, &tm) != NULL);
            int32_t date;
            int64_t nanos;
            zone_from_ts((enum zone)zone, s * NANOS_PER_SECOND, &date, &nanos);
            CHECK_EQ(date, (tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday);
            CHECK_EQ(nanos / NANOS_PER_SECOND, tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec);
            CHECK_EQ(zone_offset_s((enum zone)zone, s * NANOS_PER_SECOND), tm.tm_gmtoff);
        }
    }
    unsetenv("TZ");
    tzset();
}

TEST(zone, takes_the_first_of_two_and_steps_over_a_gap)
{
    CHECK_OK(zone_init());
    char text[TS_TEXT_BYTES];
    ts_format_iso(text, ZONE_NEW_YORK, zone_to_ts(ZONE_NEW_YORK, 20190310, TIME_OF_DAY(2, 30)));
    CHECK_STR(text, "2019-03-10T03:30:00-04:00");
    ts_format_iso(text, ZONE_NEW_YORK, zone_to_ts(ZONE_NEW_YORK, 20191103, TIME_OF_DAY(1, 30)));
    CHECK_STR(text, "2019-11-03T01:30:00-04:00");
    ts_format_iso(text, ZONE_NEW_YORK, zone_to_ts(ZONE_NEW_YORK, 20191103, TIME_OF_DAY(2, 0)));
    CHECK_STR(text, "2019-11-03T02:00:00-05:00");
    ts_format_iso(text, ZONE_NEW_YORK, zone_to_ts(ZONE_NEW_YORK, 20190521, NANOS_PER_DAY));
    CHECK_STR(text, "2019-05-22T00:00:00-04:00");
}

TEST(zone, writes_and_reads_iso_times)
{
    CHECK_OK(zone_init());
    static const struct {
        const char *read, *utc;
    } cases[] = {
        { "2019-05-21T09:31:00", "2019-05-21T13:31:00Z" },
        { "2019-05-21 09:31", "2019-05-21T13:31:00Z" },
        { "2019-05-21T09:31:00.5Z", "2019-05-21T09:31:00.500Z" },
        { "2019-05-21T09:31:00.000001-0500", "2019-05-21T14:31:00.000001Z" },
        { "1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z" },
        { "2021-01-04T16:00:00+05:30", "2021-01-04T10:30:00Z" },
    };
    FOR_EACH (c, cases) {
        int64_t ts;
        char text[TS_TEXT_BYTES];
        CHECK_OK(ts_parse_iso(str_from(c->read), ZONE_NEW_YORK, &ts));
        ts_format_iso(text, ZONE_UTC, ts);
        CHECK_STR(text, c->utc);
        int64_t again;
        CHECK_OK(ts_parse_iso(str_from(text), ZONE_UTC, &again));
        CHECK_EQ(again, ts);
    }
    static const char *const bad[] = {
        "",
        "2019-05-21",
        "2019-05-21T",
        "2019-02-29T09:31:00",
        "2019-05-21T24:00:00",
        "2019-05-21T09:31:00.",
        "2019-05-21T09:31:00.1234567890Z",
        "2019-05-21T09:31:00ZZ",
        "2019-05-21T9:31",
        "05/21/2019T09:31:00",
        "2019-05-21T09:31:00+25:00",
    };
    int64_t ts = 7;
    FOR_EACH (text, bad)
        CHECK_EQ(ts_parse_iso(str_from(*text), ZONE_UTC, &ts), ERR_PARSE);
    CHECK_EQ(ts, 7);
    char text[TS_TEXT_BYTES];
    ts_format_iso(text, ZONE_UTC, TS_NONE);
    CHECK_STR(text, "");
    ts_format_iso(text, ZONE_NEW_YORK, INT64_MAX); /* no crash at the ends of time */
    ts_format_iso(text, ZONE_NEW_YORK, INT64_MIN + 1);
}

TEST(zone, reads_times_of_day)
{
    int64_t nanos = 7;
    char text[TIME_OF_DAY_TEXT_BYTES];
    CHECK(time_of_day_parse(STR("9:31"), &nanos));
    CHECK_EQ(nanos, TIME_OF_DAY(9, 31));
    CHECK(time_of_day_parse(STR("15:45:30"), &nanos));
    CHECK_EQ(nanos, TIME_OF_DAY(15, 45) + 30 * NANOS_PER_SECOND);
    time_of_day_format(text, nanos);
    CHECK_STR(text, "15:45:30");
    time_of_day_format(text, TIME_OF_DAY(9, 30));
    CHECK_STR(text, "09:30");
    static const char *const bad[] = { "",    "9",       "930",   "09:60",  "24:00",
                                       "9:3", "09:31:0", "-1:00", "09:31 ", "9:31:00.5" };
    FOR_EACH (bad_text, bad)
        CHECK(!time_of_day_parse(str_from(*bad_text), &nanos));
}

TEST(zone, says_what_to_install_when_there_is_no_data)
{
    static struct tzif table;
    CHECK_EQ(zone_load(&table, "/nowhere", ZONE_CHICAGO), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "/nowhere/America/Chicago");
    CHECK_HAS(err_detail(), "install the tzdata package");
    char path[512];
    const char *folder = testing_folder();
    snprintf(path, sizeof(path), "%s/America", folder);
    CHECK_EQ(mkdir(path, 0700), 0);
    testing_file(path, "New_York", "TZif2 and no more", 17);
    CHECK_EQ(zone_load(&table, folder, ZONE_NEW_YORK), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "New_York: time-zone file:");
}

TEST(zone, knows_zones_by_name)
{
    enum zone zone = ZONE_UTC;
    CHECK(zone_parse(STR("America/Chicago"), &zone));
    CHECK_EQ(zone, ZONE_CHICAGO);
    CHECK(zone_parse(STR("et"), &zone));
    CHECK_EQ(zone, ZONE_NEW_YORK);
    CHECK(!zone_parse(STR("Europe/Berlin"), &zone));
}

/* A file with one kind of local time, no change, and a rule. */
static size_t small_file(char *out, const char *rule)
{
    static const char header[] = "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4";
    static const char body[] = "\0\0\0\0\0\0STD";
    char *at = out;
    for (int block = 0; block < 2; block++) {
        memcpy(at, header, 44);
        memcpy(at + 44, body, 10);
        at += 54;
    }
    return 108 + (size_t)snprintf(at, 100, "\n%s\n", rule);
}

TEST(tzif, follows_posix_rules_of_every_form)
{
    static struct tzif table;
    char file[256];
    static const struct {
        const char *rule;
        int64_t utc_s;
        int32_t offset_s;
    } cases[] = {
        { "EST5EDT,M3.2.0,M11.1.0", 1552201199, -18000 }, /* 2019-03-10T06:59:59Z */
        { "EST5EDT,M3.2.0,M11.1.0", 1552201200, -14400 },
        { "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", 1561939200, -7200 }, /* Nuuk, 2019-07-01 */
        { "AEST-10AEDT,M10.1.0,M4.1.0/3", 1546300800, 39600 },     /* Sydney, January */
        { "AEST-10AEDT,M10.1.0,M4.1.0/3", 1561939200, 36000 },
        { "IST-5:30", 1561939200, 19800 },
        { "AAA3BBB,J60/0,J305/0", 1551409199 + 3600 * 3 + 1, -7200 }, /* 1 March, leap or not */
        { "AAA3BBB,59/0,305/0", 1551409199 + 3600 * 3 + 1, -7200 },
    };
    FOR_EACH (c, cases) {
        size_t len = small_file(file, c->rule);
        enum err err = tzif_parse(&table, (struct str){ file, len });
        if (strcmp(c->rule, "IST-5:30") == 0) { /* no changes: the file's own offset stays */
            CHECK_OK(err);
            CHECK_EQ(table.count, 0);
            continue;
        }
        CHECK_OK(err);
        CHECK_EQ(tzif_offset_at_utc(&table, c->utc_s), c->offset_s);
    }
}

TEST(tzif, refuses_damaged_files_with_a_reason)
{
    static struct tzif table;
    char file[256];
    size_t len = small_file(file, "EST5EDT,M3.2.0,M11.1.0");
    for (size_t cut = 0; cut < len; cut++)
        CHECK(tzif_parse(&table, (struct str){ file, cut }) != ERR_OK);
    static const char *const rules[] = { "EST",
                                         "EST5EDT",
                                         "EST5EDT,M3.2.0",
                                         "EST5EDT,M13.2.0,M11.1.0",
                                         "EST5EDT,M3.2.7,M11.1.0",
                                         "E5",
                                         "<EST5",
                                         "EST5EDT,M3.2.0,M11.1.0x" };
    FOR_EACH (rule, rules) {
        len = small_file(file, *rule);
        CHECK_EQ(tzif_parse(&table, (struct str){ file, len }), ERR_CORRUPT);
        CHECK_HAS(err_detail(), "POSIX");
    }
    len = small_file(file, "EST5");
    file[4] = '\0';
    CHECK_EQ(tzif_parse(&table, (struct str){ file, len }), ERR_UNSUPPORTED);
}
