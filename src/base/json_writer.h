/*
 * JSON text, written piece by piece to a struct buf: no tree, nothing to free.
 *
 *     struct json_writer json = { .out = &buf };
 *     json_object_begin(&json);
 *     json_key_cstr(&json, "underlying", "SPX");
 *     json_key_fixed(&json, "bid", bid_micros, 6);
 *     json_key(&json, "legs");
 *     json_array_begin(&json);
 *     json_int(&json, 1);
 *     json_array_end(&json);
 *     json_object_end(&json);            {"underlying":"SPX","bid":1.25,"legs":[1]}
 *
 * Commas are the writer's work. Writing in an impossible order (a value without its key, an end
 * that was not begun) is a fault of the program and aborts. After the outermost value ends, the
 * writer is as new: one writer can write many lines. The text is valid UTF-8 whatever the strings
 * hold, and is safe inside an HTML <script> element.
 */
#ifndef BASE_JSON_WRITER_H
#define BASE_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { JSON_DEPTH_MAX = 32 };

struct json_writer {
    struct buf *out; /* not owned */
    int depth;       /* the rest is the writer's own */
    bool has_key;    /* a key waits for its value */
    bool is_object[JSON_DEPTH_MAX];
    bool has_members[JSON_DEPTH_MAX];
};

void json_object_begin(struct json_writer *json);
void json_object_end(struct json_writer *json);
void json_array_begin(struct json_writer *json);
void json_array_end(struct json_writer *json);
void json_key(struct json_writer *json, const char *key);

/* Bytes that are no UTF-8 are written as U+FFFD. */
void json_str(struct json_writer *json, struct str text);
void json_cstr(struct json_writer *json, const char *text); /* NULL writes null */
void json_int(struct json_writer *json, int64_t value);
void json_uint(struct json_writer *json, uint64_t value);
void json_bool(struct json_writer *json, bool value);
void json_none(struct json_writer *json); /* null; jansson has a json_none() of its own */

/* The shortest of 15 to 17 digits that reads back as the same double. NaN and infinity, which JSON
 * cannot say, are written as null. */
void json_double(struct json_writer *json, double value);

/* value / 10^scale_digits as an exact decimal, without trailing zeros: 1250000 with 6 is 1.25.
 * INT64_MIN, "there is none", is written as null. */
void json_fixed(struct json_writer *json, int64_t value, int scale_digits);

/* "2019-05-21"; 0 writes null. */
void json_date(struct json_writer *json, int32_t yyyymmdd);

/* One value that is JSON already. */
void json_raw(struct json_writer *json, struct str value);

/* A key and its value in one call. */
void json_key_str(struct json_writer *json, const char *key, struct str text);
void json_key_cstr(struct json_writer *json, const char *key, const char *text);
void json_key_int(struct json_writer *json, const char *key, int64_t value);
void json_key_bool(struct json_writer *json, const char *key, bool value);
void json_key_null(struct json_writer *json, const char *key);
void json_key_double(struct json_writer *json, const char *key, double value);
void json_key_fixed(struct json_writer *json, const char *key, int64_t value, int scale_digits);
void json_key_date(struct json_writer *json, const char *key, int32_t yyyymmdd);

#endif
