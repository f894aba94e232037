#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_equal_nocase(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

bool str_is(struct str a, const char *text)
{
    return str_equal(a, str_from(text));
}

bool str_starts_with(struct str text, struct str start)
{
    return text.len >= start.len && str_equal((struct str){ text.ptr, start.len }, start);
}

bool str_ends_with(struct str text, struct str end)
{
    return text.len >= end.len &&
           str_equal((struct str){ text.ptr + text.len - end.len, end.len }, end);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim_right(struct str text)
{
    while (text.len && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

struct str str_trim(struct str text)
{
    text = str_trim_right(text);
    while (text.len && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    return text;
}

struct str str_slice(struct str text, size_t from, size_t len)
{
    if (from > text.len)
        from = text.len;
    if (len > text.len - from)
        len = text.len - from;
    return (struct str){ text.ptr ? text.ptr + from : NULL, len };
}

bool str_cut(struct str *rest, char sep, struct str *field)
{
    if (!rest->ptr)
        return false;
    const char *at = rest->len ? memchr(rest->ptr, sep, rest->len) : NULL;
    if (!at) {
        *field = *rest;
        *rest = (struct str){ NULL, 0 };
        return true;
    }
    size_t len = (size_t)(at - rest->ptr);
    *field = (struct str){ rest->ptr, len };
    *rest = (struct str){ at + 1, rest->len - len - 1 };
    return true;
}

bool str_to_int64(struct str text, int64_t *out)
{
    return str_to_fixed(text, 0, out) && !memchr(text.ptr, '.', text.len);
}

bool str_to_fixed(struct str text, int scale_digits, int64_t *out)
{
    size_t i = 0;
    bool negative = text.len && text.ptr[0] == '-';
    if (negative)
        i++;
    int64_t value = 0;
    int decimals = -1; /* -1 until the point */
    bool any = false;
    for (; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (c < '0' || c > '9')
            return false;
        any = true;
        if (decimals >= scale_digits) {
            if (c != '0')
                return false; /* would be rounded: the caller decides what that means */
            continue;
        }
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, c - '0', &value)) /* negative: reaches INT64_MIN */
            return false;
        if (decimals >= 0)
            decimals++;
    }
    if (!any)
        return false;
    for (int d = decimals < 0 ? 0 : decimals; d < scale_digits; d++)
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    if (!negative && __builtin_sub_overflow(0, value, &value))
        return false;
    *out = value;
    return true;
}

bool str_to_double(struct str text, double *out)
{
    char copy[64];
    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E'))
            return false; /* no hexadecimal, nan, inf or spaces */
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    char *end;
    double value = strtod(copy, &end);
    if (end != copy + text.len || !isfinite(value))
        return false;
    *out = value;
    return true;
}

/* Levenshtein's distance: how many letters to insert, drop or replace. Both at most 64 long. */
static unsigned edit_distance(struct str a, struct str b)
{
    unsigned row[65];
    for (size_t j = 0; j <= b.len; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.len; j++) {
            unsigned replace = diagonal + (lower(a.ptr[i - 1]) != lower(b.ptr[j - 1]));
            unsigned other = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = replace < other ? replace : other;
        }
    }
    return row[b.len];
}

const char *str_nearest(struct str text, const char *const names[], size_t count)
{
    const char *best = NULL;
    unsigned best_distance = 0;
    for (size_t i = 0; i < count; i++) {
        struct str name = str_from(names[i]);
        if (text.len > 64 || name.len > 64)
            continue;
        unsigned distance = edit_distance(text, name);
        size_t longer = text.len > name.len ? text.len : name.len;
        if (distance <= (longer + 2) / 3 && distance < longer &&
            (!best || distance < best_distance)) {
            best = names[i];
            best_distance = distance;
        }
    }
    return best;
}

static bool is_of_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

void str_hide_folder(char *text, const char *folder)
{
    size_t len = strlen(folder), name = 0;
    while (len > 1 && folder[len - 1] == '/')
        len--;
    for (size_t i = 0; i + 1 < len; i++)
        if (folder[i] == '/')
            name = i + 1;
    for (char *at = text; name > 0; at++) {
        while (*at && strncmp(at, folder, len) != 0)
            at++;
        if (!*at)
            return;
        bool is_within = at > text && (is_of_name(at[-1]) || at[-1] == '/' || at[-1] == '.');
        if (!is_within && !is_of_name(at[len]))
            memmove(at, at + name, strlen(at + name) + 1);
    }
}

bool str_is_utf8(struct str text)
{
    const unsigned char *p = (const unsigned char *)text.ptr;
    const unsigned char *end = p + text.len;
    while (p < end) {
        unsigned char c = *p++;
        if (c == 0)
            return false;
        if (c < 0x80)
            continue;
        int more = c >= 0xF0 && c <= 0xF4 ? 3 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xC2 ? 1 : 0;
        if (more == 0 || c > 0xF4 || end - p < more)
            return false;
        unsigned second = p[0];
        if ((c == 0xE0 && second < 0xA0) || (c == 0xED && second > 0x9F) ||
            (c == 0xF0 && second < 0x90) || (c == 0xF4 && second > 0x8F))
            return false; /* overlong, surrogate, or beyond U+10FFFF */
        for (int i = 0; i < more; i++)
            if ((*p++ & 0xC0) != 0x80)
                return false;
    }
    return true;
}

void buf_append(struct buf *buf, const void *bytes, size_t len)
{
    buf->ptr = mem_grow(buf->ptr, &buf->capacity, buf->len + len + 1, 1);
    if (len)
        memcpy(buf->ptr + buf->len, bytes, len);
    buf->len += len;
    buf->ptr[buf->len] = '\0';
}

void buf_puts(struct buf *buf, const char *text)
{
    buf_append(buf, text, strlen(text));
}

void buf_putc(struct buf *buf, char c)
{
    buf_append(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    char small[512];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    MUST(len >= 0);
    if ((size_t)len < sizeof small) {
        buf_append(buf, small, (size_t)len);
    } else {
        buf->ptr = mem_grow(buf->ptr, &buf->capacity, buf->len + (size_t)len + 1, 1);
        vsnprintf(buf->ptr + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    if (buf->ptr)
        buf->ptr[0] = '\0';
}

void buf_free(struct buf *buf)
{
    mem_free(buf->ptr);
    *buf = (struct buf){ 0 };
}
