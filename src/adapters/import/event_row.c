#include "adapters/import/event_row.h"

#include <string.h>

#include "adapters/import/fields.h"
#include "base/zone.h"

static const struct {
    const char *name;
    enum series_kind series;
    bool is_for_all;
    int64_t time_of_day;
} kinds[] = {
    { "earnings", SERIES_EARNINGS, false, 16 * NANOS_PER_HOUR },
    { "dividend", SERIES_DIVIDENDS, false, 9 * NANOS_PER_HOUR + 30 * NANOS_PER_MINUTE },
    { "fomc", SERIES_FOMC, true, 14 * NANOS_PER_HOUR },
    { "cpi", SERIES_CPI, true, 8 * NANOS_PER_HOUR + 30 * NANOS_PER_MINUTE },
};

/* "2024-04-04" or "2024-04-04 09:00", New York; a day alone is its end. 0 when empty. */
static bool read_moment(struct str text, int64_t *seconds)
{
    int32_t date;
    int64_t of_day = 24 * NANOS_PER_HOUR - NANOS_PER_SECOND;
    struct str rest = text, day;
    *seconds = 0;
    if (!text.len)
        return true;
    if (!str_cut(&rest, memchr(text.ptr, 'T', text.len) ? 'T' : ' ', &day) ||
        !field_date(day, DATES_AUTO, &date) || !date ||
        (rest.ptr && !time_of_day_parse(str_trim(rest), &of_day)))
        return false;
    *seconds = zone_to_ts(ZONE_NEW_YORK, date, of_day) / NANOS_PER_SECOND;
    return *seconds > 0;
}

static const char *read_times(struct series_row *row, const struct str fields[EVENT_COLUMNS],
                              int64_t time_of_day, bool may_be_unknown, enum event_column *column)
{
    *column = EVENT_COLUMN_DATE;
    if (!field_date(fields[EVENT_COLUMN_DATE], DATES_AUTO, &row->date) || !row->date)
        return "not a date (2024-05-02)";
    *column = EVENT_COLUMN_TIME;
    if (fields[EVENT_COLUMN_TIME].len &&
        !time_of_day_parse(fields[EVENT_COLUMN_TIME], &time_of_day))
        return "not a time of day (16:30)";
    row->happens_s = zone_to_ts(ZONE_NEW_YORK, row->date, time_of_day) / NANOS_PER_SECOND;
    if (row->happens_s <= 0)
        return "before 1970";
    *column = EVENT_COLUMN_KNOWN;
    if (!read_moment(fields[EVENT_COLUMN_KNOWN], &row->known_s))
        return "not a day or moment (2024-04-04 09:00)";
    if (!row->known_s && !may_be_unknown)
        return "empty: when did the date become known?";
    if (row->known_s > row->happens_s)
        return "later than the event: when did its date become known?";
    *column = EVENT_COLUMN_WITHDRAWN;
    if (!read_moment(fields[EVENT_COLUMN_WITHDRAWN], &row->withdrawn_s))
        return "not a day or moment (2024-04-04 09:00)";
    if (row->withdrawn_s && row->withdrawn_s < row->known_s)
        return "before the date was known";
    return NULL;
}

const char *event_row_read(struct event_row *out, const struct str fields[EVENT_COLUMNS],
                           enum event_column *column)
{
    size_t kind = 0;
    *out = (struct event_row){ .row = { .value = PRICE_NONE,
                                        .open = PRICE_NONE,
                                        .high = PRICE_NONE,
                                        .low = PRICE_NONE,
                                        .close = PRICE_NONE,
                                        .volume = -1 } };
    *column = EVENT_COLUMN_KIND;
    while (kind < ARRAY_COUNT(kinds) &&
           !str_equal_nocase(fields[EVENT_COLUMN_KIND], str_from(kinds[kind].name)))
        kind++;
    if (kind == ARRAY_COUNT(kinds))
        return "none of earnings, dividend, fomc, cpi";
    *column = EVENT_COLUMN_SYMBOL;
    struct str symbol = kinds[kind].is_for_all ? STR("USD") : fields[EVENT_COLUMN_SYMBOL];
    if (!symbol.len || symbol.len >= sizeof out->symbol || memchr(symbol.ptr, '\0', symbol.len))
        return "no symbol of 1 to 15 characters";
    memcpy(out->symbol, symbol.ptr, symbol.len);
    out->series = kinds[kind].series;
    bool is_dividend = out->series == SERIES_DIVIDENDS, is_rounded;
    const char *why = read_times(&out->row, fields, kinds[kind].time_of_day, is_dividend, column);
    if (why || !is_dividend)
        return why;
    out->row.happens_s = 0; /* the date is the ex day, as of any dividend */
    *column = EVENT_COLUMN_AMOUNT;
    if (!field_price(fields[EVENT_COLUMN_AMOUNT], &out->row.value, &is_rounded) ||
        out->row.value == PRICE_NONE || out->row.value <= 0 || out->row.value > STORE_PRICE_MAX)
        return "not an amount in dollars above zero";
    return NULL;
}
