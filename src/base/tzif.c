#include "base/tzif.h"

#include "base/date.h"
#include "base/mem.h"

enum {
    HEADER_BYTES = 44,
    DAY_S = 86400,
    OFFSET_MAX_S = 26 * 3600, /* RFC 8536 advises -25 to 26 hours */
    YEAR_LAST = 2199,
};

/* Times of the file lie within the years that base/date.h knows, give or take. */
static const int64_t time_limit_s = INT64_C(8000000000);

static enum err corrupt(const char *why)
{
    return err_set(ERR_CORRUPT, "time-zone file: %s", why);
}

/* --- the POSIX rule ------------------------------------------------------------------------- */

struct rule_date {
    char kind; /* 'M' month.week.day, 'J' day 1 to 365 without leap days, '0' day 0 to 365 */
    int month, week, day;
    int32_t time_s; /* wall clock, may be negative or above a day */
};

struct rule {
    int32_t std_offset_s, dst_offset_s;
    bool has_dst;
    struct rule_date start, end;
};

static bool take_char(struct str *text, char c)
{
    if (text->len == 0 || text->ptr[0] != c)
        return false;
    *text = str_slice(*text, 1, text->len);
    return true;
}

static bool take_number(struct str *text, int max, int *out)
{
    int value = 0;
    size_t digits = 0;
    while (digits < text->len && digits < 4 && text->ptr[digits] >= '0' && text->ptr[digits] <= '9')
        value = value * 10 + (text->ptr[digits++] - '0');
    if (digits == 0 || value > max)
        return false;
    *text = str_slice(*text, digits, text->len);
    *out = value;
    return true;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct str *text, int32_t *out_s)
{
    int hour, minute = 0, second = 0;
    bool negative = take_char(text, '-');
    if (!negative)
        take_char(text, '+');
    if (!take_number(text, 167, &hour))
        return false;
    if (take_char(text, ':') && !take_number(text, 59, &minute))
        return false;
    if (take_char(text, ':') && !take_number(text, 59, &second))
        return false;
    int32_t value = hour * 3600 + minute * 60 + second;
    *out_s = negative ? -value : value;
    return true;
}

static bool take_name(struct str *text)
{
    size_t i = 0;
    if (take_char(text, '<')) {
        while (i < text->len && text->ptr[i] != '>')
            i++;
        if (i == text->len)
            return false;
        *text = str_slice(*text, i + 1, text->len);
        return true;
    }
    while (i < text->len && ((text->ptr[i] | 0x20) >= 'a' && (text->ptr[i] | 0x20) <= 'z'))
        i++;
    *text = str_slice(*text, i, text->len);
    return i >= 3;
}

static bool take_rule_date(struct str *text, struct rule_date *date)
{
    *date = (struct rule_date){ .time_s = 2 * 3600 };
    if (take_char(text, 'M')) {
        date->kind = 'M';
        if (!take_number(text, 12, &date->month) || date->month < 1 || !take_char(text, '.') ||
            !take_number(text, 5, &date->week) || date->week < 1 || !take_char(text, '.') ||
            !take_number(text, 6, &date->day))
            return false;
    } else {
        date->kind = take_char(text, 'J') ? 'J' : '0';
        if (!take_number(text, 365, &date->day) || (date->kind == 'J' && date->day < 1))
            return false;
    }
    return !take_char(text, '/') || take_time(text, &date->time_s);
}

static bool read_rule(struct str text, struct rule *rule)
{
    *rule = (struct rule){ 0 };
    if (!take_name(&text) || !take_time(&text, &rule->std_offset_s))
        return false;
    rule->std_offset_s = -rule->std_offset_s; /* POSIX counts hours west of Greenwich */
    if (text.len == 0)
        return true;
    rule->has_dst = true;
    if (!take_name(&text))
        return false;
    rule->dst_offset_s = rule->std_offset_s + 3600;
    if (text.len && text.ptr[0] != ',') {
        if (!take_time(&text, &rule->dst_offset_s))
            return false;
        rule->dst_offset_s = -rule->dst_offset_s;
    }
    return take_char(&text, ',') && take_rule_date(&text, &rule->start) && take_char(&text, ',') &&
           take_rule_date(&text, &rule->end) && text.len == 0;
}

/* Seconds since 1970 that a wall clock shows at the rule's moment in a year. */
static int64_t rule_local_s(const struct rule_date *date, int year)
{
    int32_t new_year = date_to_days(date_make(year, 1, 1));
    int32_t day;
    if (date->kind == 'M') {
        int32_t first = date_make(year, date->month, 1);
        int to_weekday = (date->day - (int)date_weekday(first) + 7) % 7;
        day = date_to_days(first) + to_weekday + 7 * (date->week - 1);
        while (date_month(date_from_days(day)) != date->month)
            day -= 7; /* week 5 is the last one */
    } else if (date->kind == 'J') {
        bool leap = date_make(year, 2, 29) != 0;
        day = new_year + date->day - 1 + (leap && date->day >= 60);
    } else {
        day = new_year + date->day;
    }
    return (int64_t)day * DAY_S + date->time_s;
}

/* --- the table ------------------------------------------------------------------------------ */

static int32_t last_offset(const struct tzif *table)
{
    return table->count ? table->offset_s[table->count - 1] : table->first_offset_s;
}

static enum err add_change(struct tzif *table, int64_t utc_s, int32_t offset_s)
{
    int32_t before_s = last_offset(table);
    /* In a gap or an overlap the offset before the change is used: see zone_to_ts(). */
    int64_t local_s = utc_s + (offset_s > before_s ? offset_s : before_s);
    if (table->count &&
        (utc_s <= table->utc_s[table->count - 1] || local_s <= table->local_s[table->count - 1]))
        return corrupt("its changes of offset do not ascend");
    if (table->count == TZIF_CHANGES_MAX)
        return corrupt("it has more changes of offset than any zone on Earth");
    table->utc_s[table->count] = utc_s;
    table->local_s[table->count] = local_s;
    table->offset_s[table->count] = offset_s;
    table->count++;
    return ERR_OK;
}

static enum err add_rule_years(struct tzif *table, const struct rule *rule)
{
    if (!rule->has_dst)
        return ERR_OK;
    int64_t known_s = table->count ? table->utc_s[table->count - 1] : INT64_MIN;
    int year_first = 1970;
    if (known_s > 0)
        year_first = date_year(date_from_days((int32_t)(known_s / DAY_S)));
    for (int year = year_first; year <= YEAR_LAST; year++) {
        int64_t utc_s[2] = { rule_local_s(&rule->start, year) - rule->std_offset_s,
                             rule_local_s(&rule->end, year) - rule->dst_offset_s };
        int32_t offset_s[2] = { rule->dst_offset_s, rule->std_offset_s };
        int first = utc_s[0] <= utc_s[1] ? 0 : 1; /* the south begins the year in summer */
        for (int k = 0; k < 2; k++) {
            int i = k == 0 ? first : 1 - first;
            if (utc_s[i] <= known_s)
                continue;
            enum err err = add_change(table, utc_s[i], offset_s[i]);
            if (err)
                return err;
        }
    }
    return ERR_OK;
}

/* --- the file ------------------------------------------------------------------------------- */

struct header {
    uint32_t isut_count, isstd_count, leap_count, time_count, type_count, char_count;
};

static uint64_t big_endian(const char *bytes, int count)
{
    uint64_t value = 0;
    for (int i = 0; i < count; i++)
        value = value << 8 | (unsigned char)bytes[i];
    return value;
}

static enum err read_header(struct str file, struct header *header)
{
    if (file.len < HEADER_BYTES || memcmp(file.ptr, "TZif", 4) != 0)
        return corrupt("it does not begin with a TZif header");
    if (file.ptr[4] < '2' || file.ptr[4] > '4')
        return err_set(ERR_UNSUPPORTED, "time-zone file: its TZif version is not 2 to 4");
    uint32_t *fields[] = { &header->isut_count, &header->isstd_count, &header->leap_count,
                           &header->time_count, &header->type_count,  &header->char_count };
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
        *fields[i] = (uint32_t)big_endian(file.ptr + 20 + 4 * i, 4);
        if (*fields[i] > 100000)
            return corrupt("a count in its header is absurd");
    }
    return ERR_OK;
}

static size_t block_bytes(const struct header *h, size_t time_bytes)
{
    return (size_t)h->time_count * (time_bytes + 1) + (size_t)h->type_count * 6 + h->char_count +
           (size_t)h->leap_count * (time_bytes + 4) + h->isstd_count + h->isut_count;
}

static enum err read_types(struct str types, uint32_t count, int32_t offsets_s[256])
{
    for (uint32_t i = 0; i < count; i++) {
        offsets_s[i] = (int32_t)big_endian(types.ptr + 6 * (size_t)i, 4);
        if (offsets_s[i] < -OFFSET_MAX_S || offsets_s[i] > OFFSET_MAX_S)
            return corrupt("an offset from UTC is more than 26 hours");
    }
    return ERR_OK;
}

static enum err read_block(struct tzif *table, const struct header *h, struct str block)
{
    if (h->leap_count)
        return err_set(ERR_UNSUPPORTED, "time-zone file: it counts leap seconds");
    if (h->type_count == 0 || h->type_count > 256)
        return corrupt("it has no or too many kinds of local time");
    int32_t offsets_s[256];
    struct str types = str_slice(block, (size_t)h->time_count * 9, block.len);
    enum err err = read_types(types, h->type_count, offsets_s);
    if (err)
        return err;
    table->first_offset_s = offsets_s[0];
    for (uint32_t i = 0; i < h->time_count; i++) {
        int64_t utc_s = (int64_t)big_endian(block.ptr + 8 * (size_t)i, 8);
        unsigned type = (unsigned char)block.ptr[8 * (size_t)h->time_count + i];
        if (type >= h->type_count)
            return corrupt("a change names a kind of local time that is not there");
        if (utc_s < -time_limit_s && i == 0) {
            table->first_offset_s = offsets_s[type]; /* some compilers write "since the big bang" */
            continue;
        }
        if (utc_s < -time_limit_s || utc_s > time_limit_s)
            return corrupt("a change of offset lies outside the years 1717 to 2223");
        err = add_change(table, utc_s, offsets_s[type]);
        if (err)
            return err;
    }
    return ERR_OK;
}

enum err tzif_parse(struct tzif *out, struct str file)
{
    struct header header;
    enum err err = read_header(file, &header);
    if (err)
        return err;
    /* The first block holds 32-bit times for readers of version 1: step over it. */
    file = str_slice(file, HEADER_BYTES + block_bytes(&header, 4), file.len);
    err = read_header(file, &header);
    if (err)
        return err;
    struct str block = str_slice(file, HEADER_BYTES, block_bytes(&header, 8));
    struct str footer = str_slice(file, HEADER_BYTES + block_bytes(&header, 8), file.len);
    if (block.len < block_bytes(&header, 8) || footer.len < 2 || footer.ptr[0] != '\n')
        return corrupt("it ends too early");
    const char *end = memchr(footer.ptr + 1, '\n', footer.len - 1);
    if (!end)
        return corrupt("it ends too early");
    struct str rule_text = { footer.ptr + 1, (size_t)(end - footer.ptr - 1) };

    struct tzif *table = mem_alloc(sizeof(*table));
    struct rule rule = { 0 };
    err = read_block(table, &header, block);
    if (!err && rule_text.len && !read_rule(rule_text, &rule))
        err = corrupt("the rule in its last line is not of the POSIX form");
    if (!err)
        err = add_rule_years(table, &rule);
    if (!err)
        *out = *table;
    mem_free(table);
    return err;
}

/* --- lookup --------------------------------------------------------------------------------- */

static int32_t offset_at(const struct tzif *table, const int64_t *from_s, int64_t at_s)
{
    int low = 0, high = table->count; /* the first change after at_s */
    while (low < high) {
        int middle = (low + high) / 2;
        if (from_s[middle] <= at_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? table->offset_s[low - 1] : table->first_offset_s;
}

int32_t tzif_offset_at_utc(const struct tzif *table, int64_t utc_s)
{
    return offset_at(table, table->utc_s, utc_s);
}

int32_t tzif_offset_at_local(const struct tzif *table, int64_t local_s)
{
    return offset_at(table, table->local_s, local_s);
}
