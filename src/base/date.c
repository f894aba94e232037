#include "base/date.h"

#include <stdio.h>

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

int32_t date_make(int year, int month, int day)
{
    if (year < 1900 || year > 2199 || month < 1 || month > 12 || day < 1 ||
        day > month_days(year, month))
        return 0;
    return year * 10000 + month * 100 + day;
}

bool date_is_valid(int32_t d)
{
    return d > 0 && date_make(date_year(d), date_month(d), date_day(d)) == d;
}

/* Source: H. Hinnant, "chrono-compatible low-level date algorithms": years start in March, so the
 * leap day is the last of its year. */
int32_t date_to_days(int32_t d)
{
    MUST(date_is_valid(d));
    int year = date_year(d) - (date_month(d) <= 2);
    int era = year / 400;
    int year_of_era = year - era * 400;
    int month = date_month(d);
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + date_day(d) - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

int32_t date_from_days(int32_t days)
{
    int z = days + 719468;
    MUST(z >= 0);
    int era = z / 146097;
    int doe = z - era * 146097;
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int mp = (5 * doy + 2) / 153;
    int day = doy - (153 * mp + 2) / 5 + 1;
    int month = mp < 10 ? mp + 3 : mp - 9;
    int year = yoe + era * 400 + (month <= 2);
    return year * 10000 + month * 100 + day;
}

int32_t date_add(int32_t d, int32_t days)
{
    return date_from_days(date_to_days(d) + days);
}

int32_t date_diff(int32_t later, int32_t earlier)
{
    return date_to_days(later) - date_to_days(earlier);
}

enum weekday date_weekday(int32_t d)
{
    int32_t days = date_to_days(d); /* day 0 was a Thursday */
    return (enum weekday)(((days + 4) % 7 + 7) % 7);
}

void date_format(char out[DATE_TEXT_BYTES], int32_t d)
{
    unsigned year = (unsigned)date_year(d) % 10000;
    snprintf(out, DATE_TEXT_BYTES, "%04u-%02u-%02u", year, (unsigned)date_month(d) % 100,
             (unsigned)date_day(d) % 100);
}

static bool digits(struct str text, int *out)
{
    int64_t value;
    if (text.len == 0 || text.len > 8 || text.ptr[0] == '-' || !str_to_int64(text, &value))
        return false;
    *out = (int)value;
    return true;
}

int32_t date_parse(struct str text)
{
    int year, month, day, all;
    if (text.len == 10 && text.ptr[4] == '-' && text.ptr[7] == '-') {
        if (digits(str_slice(text, 0, 4), &year) && digits(str_slice(text, 5, 2), &month) &&
            digits(str_slice(text, 8, 2), &day))
            return date_make(year, month, day);
        return 0;
    }
    if (text.len == 8 && digits(text, &all))
        return date_is_valid(all) ? all : 0;
    struct str rest = text, m, d, y;
    if (text.len >= 8 && text.len <= 10 && str_cut(&rest, '/', &m) && str_cut(&rest, '/', &d) &&
        str_cut(&rest, '/', &y) && !rest.ptr && y.len == 4 && m.len <= 2 && d.len <= 2 &&
        digits(m, &month) && digits(d, &day) && digits(y, &year))
        return date_make(year, month, day);
    return 0;
}
