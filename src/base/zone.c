#include "base/zone.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/mem.h"
#include "base/tzif.h"
#include "base/zone_int.h"

static const char *const zone_names[ZONE_COUNT] = { "UTC", "America/New_York", "America/Chicago" };

/* Written once by load_zones() under pthread_once, constant afterwards. */
static struct tzif tables[ZONE_COUNT];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;
static enum err load_err;
static char load_detail[512];

enum err zone_load(struct tzif *out, const char *folder, enum zone zone)
{
    enum { FILE_BYTES_MAX = 1 << 16 };
    char path[512];
    if (snprintf(path, sizeof(path), "%s/%s", folder, zone_names[zone]) >= (int)sizeof(path))
        return err_set(ERR_RANGE, "TZDIR is too long");
    FILE *file = fopen(path, "rb");
    if (!file)
        return err_set(ERR_NOT_FOUND,
                       "%s cannot be read: install the tzdata package, or set TZDIR to the folder "
                       "with the system's time-zone data",
                       path);
    char *bytes = mem_alloc(FILE_BYTES_MAX);
    size_t len = fread(bytes, 1, FILE_BYTES_MAX, file);
    fclose(file);
    enum err err = tzif_parse(out, (struct str){ bytes, len });
    mem_free(bytes);
    return err ? err_add(err, "%s", path) : ERR_OK;
}

static void load_zones(void)
{
    const char *folder = getenv("TZDIR");
    if (!folder || !*folder)
        folder = "/usr/share/zoneinfo";
    for (int zone = ZONE_UTC + 1; zone < ZONE_COUNT && !load_err; zone++)
        load_err = zone_load(&tables[zone], folder, (enum zone)zone);
    if (load_err)
        snprintf(load_detail, sizeof(load_detail), "%s", err_detail());
}

enum err zone_init(void)
{
    pthread_once(&tables_once, load_zones);
    return load_err ? err_set(load_err, "%s", load_detail) : ERR_OK;
}

static const struct tzif *table_of(enum zone zone)
{
    pthread_once(&tables_once, load_zones);
    if (load_err) {
        fprintf(stderr, "ironfly: %s\n", load_detail);
        abort();
    }
    MUST(zone >= 0);
    MUST(zone < ZONE_COUNT);
    return &tables[zone];
}

const char *zone_name(enum zone zone)
{
    MUST(zone >= 0);
    MUST(zone < ZONE_COUNT);
    return zone_names[zone];
}

bool zone_parse(struct str text, enum zone *out)
{
    static const struct {
        const char *name;
        enum zone zone;
    } names[] = {
        { "UTC", ZONE_UTC },
        { "Z", ZONE_UTC },
        { "GMT", ZONE_UTC },
        { "America/New_York", ZONE_NEW_YORK },
        { "ET", ZONE_NEW_YORK },
        { "New York", ZONE_NEW_YORK },
        { "US/Eastern", ZONE_NEW_YORK },
        { "America/Chicago", ZONE_CHICAGO },
        { "CT", ZONE_CHICAGO },
        { "Chicago", ZONE_CHICAGO },
        { "US/Central", ZONE_CHICAGO },
    };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (str_equal_nocase(text, str_from(names[i].name))) {
            *out = names[i].zone;
            return true;
        }
    }
    return false;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t zone_to_ts(enum zone zone, int32_t date, int64_t nanos_of_day)
{
    int64_t local_ns = date_to_days(date) * NANOS_PER_DAY + nanos_of_day;
    int64_t local_s = floor_div(local_ns, NANOS_PER_SECOND);
    return local_ns - tzif_offset_at_local(table_of(zone), local_s) * NANOS_PER_SECOND;
}

int32_t zone_offset_s(enum zone zone, int64_t ts_ns)
{
    return tzif_offset_at_utc(table_of(zone), floor_div(ts_ns, NANOS_PER_SECOND));
}

void zone_from_ts(enum zone zone, int64_t ts_ns, int32_t *date, int64_t *nanos_of_day)
{
    /* In days and the rest, as adding the offset to an extreme ts would overflow. */
    int64_t days = floor_div(ts_ns, NANOS_PER_DAY);
    int64_t nanos = ts_ns % NANOS_PER_DAY;
    nanos += (nanos < 0 ? NANOS_PER_DAY : 0) + zone_offset_s(zone, ts_ns) * NANOS_PER_SECOND;
    int64_t carry = floor_div(nanos, NANOS_PER_DAY);
    if (date)
        *date = date_from_days((int32_t)(days + carry));
    if (nanos_of_day)
        *nanos_of_day = nanos - carry * NANOS_PER_DAY;
}

int32_t zone_date(enum zone zone, int64_t ts_ns)
{
    int32_t date;
    zone_from_ts(zone, ts_ns, &date, NULL);
    return date;
}

void ts_format_iso(char out[TS_TEXT_BYTES], enum zone zone, int64_t ts_ns)
{
    out[0] = '\0';
    if (ts_ns == TS_NONE)
        return;
    int32_t date;
    int64_t nanos;
    zone_from_ts(zone, ts_ns, &date, &nanos);
    int second = (int)(nanos / NANOS_PER_SECOND);
    int fraction = (int)(nanos % NANOS_PER_SECOND);
    char decimals[12] = "", offset[8] = "Z";
    if (fraction % 1000000 == 0 && fraction)
        snprintf(decimals, sizeof(decimals), ".%03d", fraction / 1000000);
    else if (fraction % 1000 == 0 && fraction)
        snprintf(decimals, sizeof(decimals), ".%06d", fraction / 1000);
    else if (fraction)
        snprintf(decimals, sizeof(decimals), ".%09d", fraction);
    if (zone != ZONE_UTC) {
        /* ISO 8601 has no seconds here; only times before 1883 have some. */
        int minutes = zone_offset_s(zone, ts_ns) / 60;
        int size = minutes < 0 ? -minutes : minutes;
        snprintf(offset, sizeof(offset), "%c%02d:%02d", minutes < 0 ? '-' : '+', size / 60,
                 size % 60);
    }
    snprintf(out, TS_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d%s%s", date_year(date),
             date_month(date), date_day(date), second / 3600, second / 60 % 60, second % 60,
             decimals, offset);
}

/* Cut count digits off *text; -1 when they are not there. */
static int take_digits(struct str *text, size_t count)
{
    int value = 0;
    if (text->len < count)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (text->ptr[i] < '0' || text->ptr[i] > '9')
            return -1;
        value = value * 10 + (text->ptr[i] - '0');
    }
    *text = str_slice(*text, count, text->len);
    return value;
}

static bool take_char(struct str *text, char c)
{
    if (text->len == 0 || text->ptr[0] != c)
        return false;
    *text = str_slice(*text, 1, text->len);
    return true;
}

/* HH:MM[:SS[.digits]] at the start of *text. */
static bool take_time(struct str *text, int64_t *out_nanos)
{
    int hour = take_digits(text, 2);
    if (hour < 0 || hour > 23 || !take_char(text, ':'))
        return false;
    int minute = take_digits(text, 2);
    if (minute < 0 || minute > 59)
        return false;
    int second = 0;
    int64_t fraction = 0;
    if (take_char(text, ':')) {
        second = take_digits(text, 2);
        if (second < 0 || second > 59)
            return false;
        if (take_char(text, '.')) {
            int64_t unit = NANOS_PER_SECOND;
            for (int digit; (digit = take_digits(text, 1)) >= 0;) {
                unit /= 10;
                if (unit == 0)
                    return false;
                fraction += digit * unit;
            }
            if (unit == NANOS_PER_SECOND)
                return false;
        }
    }
    *out_nanos = TIME_OF_DAY(hour, minute) + second * NANOS_PER_SECOND + fraction;
    return true;
}

/* +HH:MM, -HHMM, +HH */
static bool take_offset(struct str *text, int64_t *out_nanos)
{
    bool negative = take_char(text, '-');
    if (!negative && !take_char(text, '+'))
        return false;
    int hour = take_digits(text, 2), minute = 0;
    if (hour < 0 || hour > 23)
        return false;
    if (text->len) {
        take_char(text, ':');
        minute = take_digits(text, 2);
        if (minute < 0 || minute > 59)
            return false;
    }
    *out_nanos = TIME_OF_DAY(hour, minute) * (negative ? -1 : 1);
    return true;
}

enum err ts_parse_iso(struct str text, enum zone zone, int64_t *out_ts_ns)
{
    int64_t nanos, offset_ns;
    bool dashed = text.len > 10 && text.ptr[4] == '-';
    int32_t date = dashed ? date_parse(str_slice(text, 0, 10)) : 0;
    struct str rest = str_slice(text, 10, text.len);
    bool ok =
        date != 0 && (take_char(&rest, 'T') || take_char(&rest, ' ')) && take_time(&rest, &nanos);
    if (ok && rest.len == 0) {
        *out_ts_ns = zone_to_ts(zone, date, nanos);
        return ERR_OK;
    }
    if (ok && (take_char(&rest, 'Z') ? (offset_ns = 0, true) : take_offset(&rest, &offset_ns)) &&
        rest.len == 0) {
        *out_ts_ns = date_to_days(date) * NANOS_PER_DAY + nanos - offset_ns;
        return ERR_OK;
    }
    return err_set(ERR_PARSE,
                   "time \"%.*s\" is not of the form 2019-05-21T09:31:00, with Z or an offset such "
                   "as -04:00 or none",
                   (int)(text.len < 60 ? text.len : 60), text.ptr ? text.ptr : "");
}

bool time_of_day_parse(struct str text, int64_t *out_nanos)
{
    char padded[9] = "0";
    if (text.len == 0 || text.len > 8)
        return false;
    size_t pad = text.len >= 2 && text.ptr[1] == ':'; /* "9:31" */
    if (text.len + pad > 8)
        return false;
    memcpy(padded + pad, text.ptr, text.len);
    struct str rest = { padded, text.len + pad };
    int64_t nanos;
    if (!take_time(&rest, &nanos) || rest.len != 0)
        return false;
    *out_nanos = nanos;
    return true;
}

void time_of_day_format(char out[TIME_OF_DAY_TEXT_BYTES], int64_t nanos_of_day)
{
    MUST(nanos_of_day >= 0);
    MUST(nanos_of_day <= NANOS_PER_DAY);
    int second = (int)(nanos_of_day / NANOS_PER_SECOND);
    if (second % 60)
        snprintf(out, TIME_OF_DAY_TEXT_BYTES, "%02d:%02d:%02d", second / 3600, second / 60 % 60,
                 second % 60);
    else
        snprintf(out, TIME_OF_DAY_TEXT_BYTES, "%02d:%02d", second / 3600, second / 60 % 60);
}
