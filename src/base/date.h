/*
 * Calendar dates as plain integers YYYYMMDD (int32_t), the form files, symbols and people share.
 * Proleptic Gregorian, years 1900 to 2199. 0 is "no date".
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum weekday { SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY };

bool date_is_valid(int32_t yyyymmdd);
int32_t date_make(int year, int month, int day); /* 0 when not a calendar day */
static inline int date_year(int32_t d)
{
    return d / 10000;
}
static inline int date_month(int32_t d)
{
    return d / 100 % 100;
}
static inline int date_day(int32_t d)
{
    return d % 100;
}

/* Days since 1970-01-01 and back. The date must be valid. */
int32_t date_to_days(int32_t yyyymmdd);
int32_t date_from_days(int32_t days);

int32_t date_add(int32_t yyyymmdd, int32_t days);
int32_t date_diff(int32_t later, int32_t earlier); /* in days */
enum weekday date_weekday(int32_t yyyymmdd);

/* "2019-05-21". Reading also takes 20190521, 05/21/2019 and 5/21/2019. 0 when it is none. */
enum { DATE_TEXT_BYTES = 11 };
void date_format(char out[DATE_TEXT_BYTES], int32_t yyyymmdd);
int32_t date_parse(struct str text);

#endif
