#include "domain/types/calendar.h"

#include "base/attr.h"
#include "base/zone.h"

static const struct calendar_row us_rows[] = {
#define CLOSED(date, why) { date, DAY_CLOSED, why },
#define HALF(date, why) { date, DAY_HALF, why },
#define LATE_OPEN(date, why) { date, DAY_LATE, why },
#include "domain/types/calendar_days.def"
#undef CLOSED
#undef HALF
#undef LATE_OPEN
};

static const struct calendar us = { us_rows, ARRAY_COUNT(us_rows), 19980101, 20301231 };

const struct calendar *calendar_us(void)
{
    return &us;
}

static bool covers(const struct calendar *cal, int32_t date)
{
    return date >= cal->first && date <= cal->last;
}

enum err calendar_covers(const struct calendar *cal, int32_t from, int32_t to)
{
    int32_t dates[] = { from, to };
    for (size_t i = 0; i < ARRAY_COUNT(dates); i++) {
        if (!date_is_valid(dates[i]))
            return err_set(ERR_PARSE, "%d is not a calendar day written yyyymmdd", dates[i]);
        if (!covers(cal, dates[i])) {
            char day[DATE_TEXT_BYTES], first[DATE_TEXT_BYTES], last[DATE_TEXT_BYTES];
            date_format(day, dates[i]);
            date_format(first, cal->first);
            date_format(last, cal->last);
            return err_set(
                ERR_RANGE,
                "%s is beyond the exchange calendar, which knows %s to %s: update Ironfly "
                "or choose other days",
                day, first, last);
        }
    }
    return ERR_OK;
}

static const struct calendar_row *find_row(const struct calendar *cal, int32_t date)
{
    size_t low = 0, high = cal->row_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (cal->rows[middle].date < date)
            low = middle + 1;
        else
            high = middle;
    }
    return low < cal->row_count && cal->rows[low].date == date ? &cal->rows[low] : NULL;
}

static bool is_weekend(int32_t date)
{
    enum weekday day = date_weekday(date);
    return day == SATURDAY || day == SUNDAY;
}

enum day_kind calendar_day(const struct calendar *cal, int32_t date)
{
    if (!date_is_valid(date) || !covers(cal, date))
        return DAY_UNKNOWN;
    if (is_weekend(date))
        return DAY_CLOSED;
    const struct calendar_row *row = find_row(cal, date);
    return row ? row->kind : DAY_OPEN;
}

const char *calendar_why(const struct calendar *cal, int32_t date)
{
    switch (calendar_day(cal, date)) {
    case DAY_UNKNOWN:
        return "beyond the calendar";
    case DAY_OPEN:
        return "";
    default:
        return is_weekend(date) ? "weekend" : find_row(cal, date)->why;
    }
}

bool calendar_is_open(const struct calendar *cal, int32_t date)
{
    enum day_kind kind = calendar_day(cal, date);
    MUST(kind != DAY_UNKNOWN);
    return kind != DAY_CLOSED;
}

/* The first business day from date on, stepping by step; 0 beyond the table. */
static int32_t walk(const struct calendar *cal, int32_t date, int step)
{
    MUST(date_is_valid(date));
    while (covers(cal, date)) {
        if (calendar_is_open(cal, date))
            return date;
        date = date_add(date, step);
    }
    return 0;
}

int32_t calendar_next(const struct calendar *cal, int32_t date)
{
    return walk(cal, date_add(date, 1), 1);
}

int32_t calendar_previous(const struct calendar *cal, int32_t date)
{
    return walk(cal, date_add(date, -1), -1);
}

int32_t calendar_on_or_before(const struct calendar *cal, int32_t date)
{
    return walk(cal, date, -1);
}

int32_t calendar_on_or_after(const struct calendar *cal, int32_t date)
{
    return walk(cal, date, 1);
}

int32_t calendar_add(const struct calendar *cal, int32_t date, int count)
{
    for (; count > 0 && date; count--)
        date = calendar_next(cal, date);
    for (; count < 0 && date; count++)
        date = calendar_previous(cal, date);
    return date;
}

int calendar_days_between(const struct calendar *cal, int32_t from, int32_t to)
{
    if (to < from)
        return -calendar_days_between(cal, to, from);
    /* Whole weeks have five weekdays; only the rest and the closures need counting. */
    int32_t first = date_to_days(from) + 1, end = date_to_days(to) + 1;
    int count = (end - first) / 7 * 5;
    for (int32_t day = first + (end - first) / 7 * 7; day < end; day++)
        count += !is_weekend(date_from_days(day));
    MUST(covers(cal, from));
    MUST(covers(cal, to));
    for (size_t i = 0; i < cal->row_count; i++) {
        const struct calendar_row *row = &cal->rows[i];
        count -= row->kind == DAY_CLOSED && row->date > from && row->date <= to &&
                 !is_weekend(row->date);
    }
    return count;
}

enum err calendar_session(const struct calendar *cal, int32_t date, enum session session,
                          int64_t *open_ts_ns, int64_t *close_ts_ns)
{
    enum err err = calendar_covers(cal, date, date);
    if (err)
        return err;
    enum day_kind kind = calendar_day(cal, date);
    if (kind == DAY_CLOSED)
        return err_set(ERR_NOT_FOUND, "%d has no session: %s", date, calendar_why(cal, date));
    int64_t open = kind == DAY_LATE ? TIME_OF_DAY(12, 0) : TIME_OF_DAY(9, 30);
    int64_t close = kind == DAY_HALF ? TIME_OF_DAY(13, 0) : TIME_OF_DAY(16, 0);
    if (session == SESSION_INDEX_OPTION)
        close += 15 * NANOS_PER_MINUTE;
    if (open_ts_ns)
        *open_ts_ns = zone_to_ts(ZONE_NEW_YORK, date, open);
    if (close_ts_ns)
        *close_ts_ns = zone_to_ts(ZONE_NEW_YORK, date, close);
    return ERR_OK;
}

static int32_t third_friday(int year, int month)
{
    int32_t first = date_make(year, month, 1);
    MUST(first != 0);
    return date_add(first, (FRIDAY - (int)date_weekday(first) + 7) % 7 + 14);
}

int32_t calendar_monthly_expiry(const struct calendar *cal, int year, int month)
{
    return calendar_on_or_before(cal, third_friday(year, month));
}

int32_t calendar_weekly_expiry(const struct calendar *cal, int32_t date, enum weekday weekday)
{
    MUST(weekday >= MONDAY);
    MUST(weekday <= FRIDAY);
    int32_t day = date_add(date, (int)weekday - (int)date_weekday(date));
    return weekday == MONDAY ? calendar_on_or_after(cal, day) : calendar_on_or_before(cal, day);
}

int32_t calendar_month_end_expiry(const struct calendar *cal, int year, int month)
{
    int32_t next = month == 12 ? date_make(year + 1, 1, 1) : date_make(year, month + 1, 1);
    MUST(next != 0);
    return calendar_on_or_before(cal, date_add(next, -1));
}

int32_t calendar_vix_expiry(const struct calendar *cal, int year, int month)
{
    int32_t friday = month == 12 ? third_friday(year + 1, 1) : third_friday(year, month + 1);
    int32_t wednesday = date_add(friday, -30);
    if (!covers(cal, wednesday) || !covers(cal, friday))
        return 0;
    if (calendar_is_open(cal, wednesday) && calendar_is_open(cal, friday))
        return wednesday;
    return calendar_previous(cal, wednesday);
}

bool calendar_is_monthly_expiry(const struct calendar *cal, int32_t date)
{
    if (calendar_day(cal, date) == DAY_UNKNOWN)
        return false;
    int32_t friday = third_friday(date_year(date), date_month(date));
    bool saturday = date < 20150201 && date == date_add(friday, 1);
    return saturday || date == calendar_on_or_before(cal, friday);
}
