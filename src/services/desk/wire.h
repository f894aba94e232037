/*
 * One list of fields, three uses: bytes out, bytes in, JSON.
 *
 *     void settle_fields(struct wire *f, struct event_settle *s)
 *     {
 *         wire_i32(f, "expiry", &s->expiry);
 *         wire_price(f, "price", &s->price);
 *     }
 *
 * What is written can therefore be read, and what is shown is what was written. Bytes:
 * little-endian, fields one after the other without padding or names; a text is its length (2
 * bytes) and its bytes; an enumeration one byte; a double its 64 bits. One value has one encoding:
 * reading refuses any other (a bool of 2, a text with a NUL inside), so that bytes that are read
 * are written the same again.
 *
 * Reading bytes that end too early or make no sense sets `fault`; every later field is then zero.
 * Nothing is read beyond the end.
 */
#ifndef SERVICES_DESK_WIRE_H
#define SERVICES_DESK_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_writer.h"
#include "base/mem.h"
#include "base/str.h"

enum wire_use { WIRE_WRITE, WIRE_READ, WIRE_SHOW };

struct wire {
    enum wire_use use;
    uint8_t version;   /* of the record; SHOW: 0 */
    struct buf *out;   /* WRITE */
    const uint8_t *in; /* READ */
    size_t len, at;
    struct arena *arena;      /* READ: where texts and arrays live */
    struct json_writer *json; /* SHOW */
    const char *fault;        /* READ: the name of the first field that cannot be, NULL */
};

void wire_u8(struct wire *f, const char *name, uint8_t *value);
void wire_i32(struct wire *f, const char *name, int32_t *value);
void wire_u32(struct wire *f, const char *name, uint32_t *value);
void wire_i64(struct wire *f, const char *name, int64_t *value);
void wire_u64(struct wire *f, const char *name, uint64_t *value);
void wire_bool(struct wire *f, const char *name, bool *value);
void wire_double(struct wire *f, const char *name, double *value); /* NaN: shown as null */
/* Micros; PRICE_NONE is shown as null, others as dollars. */
void wire_price(struct wire *f, const char *name, int64_t *micros);
void wire_date(struct wire *f, const char *name, int32_t *yyyymmdd);
void wire_time(struct wire *f, const char *name, int64_t *ts_ns); /* shown in New York's */

/* Text in an array inside a struct: bytes is its size; read, the rest is zero. */
void wire_chars(struct wire *f, const char *name, char *text, size_t bytes);
/* Text of any length below 64 KiB; read, it lives in the arena. */
void wire_text(struct wire *f, const char *name, const char **text);
/* Longer text or bytes that are text: length in 4 bytes. */
void wire_long_text(struct wire *f, const char *name, const char **text);

/* An enumeration below count, shown as name_of(value). value points to an int-sized enum. */
#define wire_enum(f, name, value, count, name_of)                                                  \
    do {                                                                                           \
        uint8_t byte_ = (uint8_t) * (value);                                                       \
        if (wire_enum_byte((f), (name), &byte_, (count)))                                          \
            wire_shown((f), (name), (name_of)((__typeof__(*(value)))byte_));                       \
        *(value) = (__typeof__(*(value)))byte_;                                                    \
    } while (0)
/* True when it is to be shown. */
bool wire_enum_byte(struct wire *f, const char *name, uint8_t *value, unsigned count);
void wire_shown(struct wire *f, const char *name, const char *text);

/* How many elements follow, at most max: one byte. */
void wire_count(struct wire *f, const char *name, int *count, int max);

/* Structure of what is shown; nothing in bytes. A NULL name is an element of an array. */
void wire_object(struct wire *f, const char *name);
void wire_object_end(struct wire *f);
void wire_array(struct wire *f, const char *name);
void wire_array_end(struct wire *f);

#endif
