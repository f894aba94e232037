#include "base/json_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"

/* A value may stand here: write the comma it needs. */
static void begin_value(struct json_writer *json)
{
    if (json->depth == 0)
        return;
    int top = json->depth - 1;
    if (json->is_object[top]) {
        MUST(json->has_key);
        json->has_key = false;
        return;
    }
    if (json->has_members[top])
        buf_putc(json->out, ',');
    json->has_members[top] = true;
}

static void push(struct json_writer *json, bool is_object)
{
    begin_value(json);
    MUST(json->depth < JSON_DEPTH_MAX);
    json->is_object[json->depth] = is_object;
    json->has_members[json->depth] = false;
    json->depth++;
    buf_putc(json->out, is_object ? '{' : '[');
}

static void pop(struct json_writer *json, bool is_object)
{
    MUST(json->depth > 0);
    MUST(!json->has_key);
    json->depth--;
    MUST(json->is_object[json->depth] == is_object);
    buf_putc(json->out, is_object ? '}' : ']');
}

void json_object_begin(struct json_writer *json)
{
    push(json, true);
}

void json_object_end(struct json_writer *json)
{
    pop(json, true);
}

void json_array_begin(struct json_writer *json)
{
    push(json, false);
}

void json_array_end(struct json_writer *json)
{
    pop(json, false);
}

/* Bytes of the UTF-8 character at text, or 0 when there is none (Unicode 15, table 3-7). */
static size_t utf8_char_bytes(const unsigned char *text, size_t len)
{
    if (text[0] < 0x80)
        return 1;
    size_t need = text[0] >= 0xC2 && text[0] <= 0xDF   ? 2
                  : text[0] >= 0xE0 && text[0] <= 0xEF ? 3
                  : text[0] >= 0xF0 && text[0] <= 0xF4 ? 4
                                                       : 0;
    if (need == 0 || need > len)
        return 0;
    unsigned char low = text[0] == 0xE0 ? 0xA0 : text[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = text[0] == 0xED ? 0x9F : text[0] == 0xF4 ? 0x8F : 0xBF;
    if (text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < need; i++)
        if (text[i] < 0x80 || text[i] > 0xBF)
            return 0;
    return need;
}

static void write_ascii(struct buf *out, unsigned char c, bool opens_markup)
{
    static const char short_names[] = "\bb\ff\nn\rr\tt\"\"\\\\";
    for (size_t i = 0; i + 1 < sizeof(short_names); i += 2) {
        if (c == (unsigned char)short_names[i]) {
            buf_putc(out, '\\');
            buf_putc(out, short_names[i + 1]);
            return;
        }
    }
    if (c < 0x20 || c == 0x7F || opens_markup)
        buf_printf(out, "\\u%04x", c);
    else
        buf_putc(out, (char)c);
}

static void write_string(struct buf *out, struct str text)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    buf_putc(out, '"');
    for (size_t i = 0; i < text.len;) {
        size_t count = utf8_char_bytes(bytes + i, text.len - i);
        /* "</script" and "<!--" would end or confuse a script element that carries this text. */
        bool opens_markup =
            bytes[i] == '<' && i + 1 < text.len && (bytes[i + 1] == '/' || bytes[i + 1] == '!');
        if (count == 0)
            buf_puts(out, "\xEF\xBF\xBD");
        else if (count == 1)
            write_ascii(out, bytes[i], opens_markup);
        else
            buf_append(out, bytes + i, count);
        i += count ? count : 1;
    }
    buf_putc(out, '"');
}

void json_key(struct json_writer *json, const char *key)
{
    MUST(json->depth > 0);
    int top = json->depth - 1;
    MUST(json->is_object[top]);
    MUST(!json->has_key);
    if (json->has_members[top])
        buf_putc(json->out, ',');
    json->has_members[top] = true;
    json->has_key = true;
    write_string(json->out, str_from(key));
    buf_putc(json->out, ':');
}

void json_str(struct json_writer *json, struct str text)
{
    begin_value(json);
    write_string(json->out, text);
}

void json_cstr(struct json_writer *json, const char *text)
{
    if (text)
        json_str(json, str_from(text));
    else
        json_none(json);
}

void json_int(struct json_writer *json, int64_t value)
{
    begin_value(json);
    buf_printf(json->out, "%" PRId64, value);
}

void json_uint(struct json_writer *json, uint64_t value)
{
    begin_value(json);
    buf_printf(json->out, "%" PRIu64, value);
}

void json_bool(struct json_writer *json, bool value)
{
    begin_value(json);
    buf_puts(json->out, value ? "true" : "false");
}

void json_none(struct json_writer *json)
{
    begin_value(json);
    buf_puts(json->out, "null");
}

void json_double(struct json_writer *json, double value)
{
    char text[32];
    if (!isfinite(value)) {
        json_none(json);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    begin_value(json);
    buf_puts(json->out, text);
}

void json_fixed(struct json_writer *json, int64_t value, int scale_digits)
{
    MUST(scale_digits >= 0);
    MUST(scale_digits <= 18);
    if (value == INT64_MIN) {
        json_none(json);
        return;
    }
    uint64_t magnitude = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    uint64_t scale = 1;
    for (int i = 0; i < scale_digits; i++)
        scale *= 10;
    uint64_t fraction = magnitude % scale;
    while (scale_digits > 0 && fraction % 10 == 0) {
        fraction /= 10;
        scale_digits--;
    }
    begin_value(json);
    buf_printf(json->out, "%s%" PRIu64, value < 0 ? "-" : "", magnitude / scale);
    if (scale_digits > 0)
        buf_printf(json->out, ".%0*" PRIu64, scale_digits, fraction);
}

void json_date(struct json_writer *json, int32_t yyyymmdd)
{
    char text[DATE_TEXT_BYTES];
    if (yyyymmdd == 0) {
        json_none(json);
        return;
    }
    date_format(text, yyyymmdd);
    json_cstr(json, text);
}

void json_raw(struct json_writer *json, struct str value)
{
    begin_value(json);
    buf_append(json->out, value.ptr, value.len);
}

void json_key_str(struct json_writer *json, const char *key, struct str text)
{
    json_key(json, key);
    json_str(json, text);
}

void json_key_cstr(struct json_writer *json, const char *key, const char *text)
{
    json_key(json, key);
    json_cstr(json, text);
}

void json_key_int(struct json_writer *json, const char *key, int64_t value)
{
    json_key(json, key);
    json_int(json, value);
}

void json_key_bool(struct json_writer *json, const char *key, bool value)
{
    json_key(json, key);
    json_bool(json, value);
}

void json_key_null(struct json_writer *json, const char *key)
{
    json_key(json, key);
    json_none(json);
}

void json_key_double(struct json_writer *json, const char *key, double value)
{
    json_key(json, key);
    json_double(json, value);
}

void json_key_fixed(struct json_writer *json, const char *key, int64_t value, int scale_digits)
{
    json_key(json, key);
    json_fixed(json, value, scale_digits);
}

void json_key_date(struct json_writer *json, const char *key, int32_t yyyymmdd)
{
    json_key(json, key);
    json_date(json, yyyymmdd);
}
