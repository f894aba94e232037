#include "services/desk/wire.h"

#include "base/date.h"
#include "base/zone.h"
#include "domain/types/money.h"

/* ---- bytes ----------------------------------------------------------------------------------- */

static void put(struct wire *f, uint64_t value, size_t bytes)
{
    uint8_t little[8];
    for (size_t i = 0; i < bytes; i++)
        little[i] = (uint8_t)(value >> 8 * i);
    buf_append(f->out, little, bytes);
}

static void fail(struct wire *f, const char *name)
{
    if (!f->fault)
        f->fault = name;
}

static uint64_t get(struct wire *f, const char *name, size_t bytes)
{
    if (f->fault || f->len - f->at < bytes) {
        fail(f, name);
        return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)f->in[f->at + i] << 8 * i;
    f->at += bytes;
    return value;
}

/* A number of so many bytes; true when it is to be shown instead. */
static bool number(struct wire *f, const char *name, uint64_t *value, size_t bytes)
{
    if (f->use == WIRE_WRITE)
        put(f, *value, bytes);
    else if (f->use == WIRE_READ)
        *value = get(f, name, bytes);
    return f->use == WIRE_SHOW;
}

/* ---- numbers --------------------------------------------------------------------------------- */

void wire_u8(struct wire *f, const char *name, uint8_t *value)
{
    uint64_t word = *value;
    if (number(f, name, &word, 1))
        json_key_int(f->json, name, *value);
    *value = (uint8_t)word;
}

void wire_i32(struct wire *f, const char *name, int32_t *value)
{
    uint64_t word = (uint32_t)*value;
    if (number(f, name, &word, 4))
        json_key_int(f->json, name, *value);
    *value = (int32_t)(uint32_t)word;
}

void wire_u32(struct wire *f, const char *name, uint32_t *value)
{
    uint64_t word = *value;
    if (number(f, name, &word, 4))
        json_key_int(f->json, name, *value);
    *value = (uint32_t)word;
}

static bool word64(struct wire *f, const char *name, int64_t *value)
{
    uint64_t word = (uint64_t)*value;
    bool shows = number(f, name, &word, 8);
    *value = (int64_t)word;
    return shows;
}

void wire_i64(struct wire *f, const char *name, int64_t *value)
{
    if (word64(f, name, value))
        json_key_int(f->json, name, *value);
}

void wire_u64(struct wire *f, const char *name, uint64_t *value)
{
    if (number(f, name, value, 8)) {
        json_key(f->json, name);
        json_uint(f->json, *value);
    }
}

void wire_price(struct wire *f, const char *name, int64_t *micros)
{
    if (word64(f, name, micros))
        json_key_fixed(f->json, name, *micros, 6);
}

void wire_date(struct wire *f, const char *name, int32_t *yyyymmdd)
{
    uint64_t word = (uint32_t)*yyyymmdd;
    if (number(f, name, &word, 4)) {
        if (date_is_valid(*yyyymmdd) || !*yyyymmdd)
            json_key_date(f->json, name, *yyyymmdd);
        else
            json_key_int(f->json, name, *yyyymmdd);
    }
    *yyyymmdd = (int32_t)(uint32_t)word;
}

void wire_time(struct wire *f, const char *name, int64_t *ts_ns)
{
    if (!word64(f, name, ts_ns))
        return;
    char text[TS_TEXT_BYTES];
    ts_format_iso(text, ZONE_NEW_YORK, *ts_ns);
    json_key_cstr(f->json, name, text[0] ? text : NULL);
}

void wire_bool(struct wire *f, const char *name, bool *value)
{
    uint64_t word = *value;
    if (number(f, name, &word, 1))
        json_key_bool(f->json, name, *value);
    if (word > 1)
        fail(f, name);
    *value = word == 1;
}

void wire_double(struct wire *f, const char *name, double *value)
{
    uint64_t word;
    memcpy(&word, value, sizeof word);
    if (number(f, name, &word, 8))
        json_key_double(f->json, name, *value);
    memcpy(value, &word, sizeof word);
}

bool wire_enum_byte(struct wire *f, const char *name, uint8_t *value, unsigned count)
{
    uint64_t word = *value;
    bool shows = number(f, name, &word, 1);
    if (word >= count) {
        MUST(f->use == WIRE_READ);
        fail(f, name);
        word = 0;
    }
    *value = (uint8_t)word;
    return shows;
}

void wire_shown(struct wire *f, const char *name, const char *text)
{
    json_key_cstr(f->json, name, text);
}

void wire_count(struct wire *f, const char *name, int *count, int max)
{
    MUST(max < 256);
    if (f->use != WIRE_READ)
        MUST(*count >= 0 && *count <= max);
    uint64_t word = (uint64_t)*count;
    number(f, name, &word, 1);
    if (word > (uint64_t)max) {
        fail(f, name);
        word = 0;
    }
    *count = (int)word;
}

/* ---- texts ----------------------------------------------------------------------------------- */

/* The length, then where the bytes are; NULL after a fault. */
static const char *read_text(struct wire *f, const char *name, size_t length_bytes, size_t max,
                             size_t *len)
{
    *len = (size_t)get(f, name, length_bytes);
    if (f->fault || *len > max || f->len - f->at < *len || memchr(f->in + f->at, 0, *len)) {
        fail(f, name);
        *len = 0;
        return NULL;
    }
    const char *text = (const char *)f->in + f->at;
    f->at += *len;
    return text;
}

static void write_text(struct wire *f, const char *text, size_t length_bytes, size_t len)
{
    put(f, len, length_bytes);
    buf_append(f->out, text, len);
}

void wire_chars(struct wire *f, const char *name, char *text, size_t bytes)
{
    size_t len = f->use == WIRE_READ ? 0 : strnlen(text, bytes);
    if (f->use == WIRE_SHOW) {
        json_key_str(f->json, name, (struct str){ text, len });
    } else if (f->use == WIRE_WRITE) {
        write_text(f, text, 2, len);
    } else {
        memset(text, 0, bytes);
        const char *from = read_text(f, name, 2, bytes, &len);
        if (from)
            memcpy(text, from, len);
    }
}

static void text_of(struct wire *f, const char *name, const char **text, size_t length_bytes,
                    size_t max)
{
    size_t len;
    if (f->use == WIRE_SHOW) {
        json_key_cstr(f->json, name, *text);
    } else if (f->use == WIRE_WRITE) {
        len = strlen(*text);
        MUST(len <= max);
        write_text(f, *text, length_bytes, len);
    } else {
        const char *from = read_text(f, name, length_bytes, max, &len);
        *text = from ? arena_strndup(f->arena, from, len) : "";
    }
}

void wire_text(struct wire *f, const char *name, const char **text)
{
    text_of(f, name, text, 2, UINT16_MAX);
}

void wire_long_text(struct wire *f, const char *name, const char **text)
{
    text_of(f, name, text, 4, 1U << 20);
}

/* ---- what is shown --------------------------------------------------------------------------- */

static void key(struct wire *f, const char *name)
{
    if (name)
        json_key(f->json, name);
}

void wire_object(struct wire *f, const char *name)
{
    if (f->use != WIRE_SHOW)
        return;
    key(f, name);
    json_object_begin(f->json);
}

void wire_object_end(struct wire *f)
{
    if (f->use == WIRE_SHOW)
        json_object_end(f->json);
}

void wire_array(struct wire *f, const char *name)
{
    if (f->use != WIRE_SHOW)
        return;
    key(f, name);
    json_array_begin(f->json);
}

void wire_array_end(struct wire *f)
{
    if (f->use == WIRE_SHOW)
        json_array_end(f->json);
}
