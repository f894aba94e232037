#include "adapters/import/fields.h"

#include <math.h>
#include <string.h>

#include "base/date.h"
#include "domain/types/money.h"

enum { EXACT_DIGITS = 15, PRICE_MAX_DOLLARS = 1000000000 };

bool field_price(struct str text, int64_t *micros, bool *rounded)
{
    if (!text.len) {
        *micros = PRICE_NONE;
        return true;
    }
    int64_t value;
    if (text.len > 1 && text.ptr[0] == '+' && text.ptr[1] != '-')
        text = str_slice(text, 1, text.len);
    if (!str_to_fixed(text, 6, &value)) {
        double dollars;
        if (!str_to_double(text, &dollars) || fabs(dollars) > PRICE_MAX_DOLLARS)
            return false;
        value = money_from_dollars(dollars);
        *rounded = true;
    }
    if (value > PRICE_MAX_DOLLARS * MICROS_PER_DOLLAR ||
        value < -PRICE_MAX_DOLLARS * MICROS_PER_DOLLAR)
        return false;
    *micros = value;
    return true;
}

/* A whole number, with nothing but zeros behind a point. */
static bool whole(struct str text, int64_t *out)
{
    double value;
    if (str_to_fixed(text, 0, out))
        return true;
    if (!str_to_double(text, &value) || value != floor(value) || fabs(value) > 1e15)
        return false;
    *out = (int64_t)value; /* 1.5e+07, as spreadsheets write it */
    return true;
}

bool field_size(struct str text, uint32_t *out)
{
    int64_t value = 0;
    if (!text.len)
        *out = SIZE_NONE;
    else if (!whole(text, &value) || value < 0 || value >= (int64_t)SIZE_NONE)
        return false;
    else
        *out = (uint32_t)value;
    return true;
}

bool field_volume(struct str text, int64_t *out)
{
    int64_t value = -1;
    if (text.len && (!whole(text, &value) || value < 0))
        return false;
    *out = value;
    return true;
}

bool field_size_pair(struct str text, int side, uint32_t *out)
{
    const char *x = text.len ? memchr(text.ptr, 'x', text.len) : NULL;
    if (text.len && !x)
        return false;
    struct str half = text;
    if (x && side == 0)
        half.len = (size_t)(x - text.ptr);
    else if (x)
        half = str_slice(text, (size_t)(x - text.ptr) + 1, text.len);
    return field_size(str_trim(half), out);
}

bool field_double(struct str text, double *out)
{
    static const double powers[] = { 1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
    if (!text.len) {
        *out = NAN;
        return true;
    }
    /* Short decimals, nearly all of them: both parts are exact doubles, so one division rounds
     * right. */
    size_t i = text.ptr[0] == '-' ? 1 : 0;
    int64_t digits = 0;
    int count = 0, decimals = -1;
    for (; i < text.len && count < EXACT_DIGITS; i++) {
        char c = text.ptr[i];
        if (c == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (c < '0' || c > '9')
            break;
        digits = digits * 10 + (c - '0');
        count++;
        decimals += decimals >= 0;
    }
    if (i < text.len || !count)
        return str_to_double(text, out);
    double value = (double)digits / powers[decimals > 0 ? decimals : 0];
    *out = text.ptr[0] == '-' ? -value : value;
    return true;
}

static bool read_int(struct str text, int *out)
{
    int64_t value;
    if (text.len > 4 || !str_to_int64(text, &value) || value < 0)
        return false;
    *out = (int)value;
    return true;
}

static bool day_first(struct str text, int32_t *out)
{
    char separator = memchr(text.ptr, '.', text.len)   ? '.'
                     : memchr(text.ptr, '-', text.len) ? '-'
                                                       : '/';
    struct str rest = text, day, month, year;
    int d, m, y;
    if (!str_cut(&rest, separator, &day) || !str_cut(&rest, separator, &month))
        return false;
    year = rest;
    if (year.len != 4 || !read_int(day, &d) || !read_int(month, &m) || !read_int(year, &y))
        return false;
    int32_t date = date_make(y, m, d);
    if (!date)
        return false;
    *out = date;
    return true;
}

bool field_date(struct str text, enum date_order order, int32_t *out)
{
    if (!text.len) {
        *out = 0;
        return true;
    }
    /* A time behind the date is not asked for here: "2019-05-21 00:00:00". */
    const char *blank = memchr(text.ptr, ' ', text.len);
    if (blank)
        text.len = (size_t)(blank - text.ptr);
    else if (text.len > 10 && text.ptr[10] == 'T')
        text.len = 10;
    if (order == DATES_DAY_FIRST)
        return day_first(text, out);
    int32_t date = date_parse(text);
    if (!date)
        return false;
    *out = date;
    return true;
}
