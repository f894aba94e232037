/*
 * What travels, as tables: schemas.def read for checking, describing and testing.
 */
#ifndef SERVICES_SERVER_SCHEMA_H
#define SERVICES_SERVER_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_writer.h"
#include "net/http.h"

enum field_kind {
    KIND_TEXT,
    KIND_WHOLE,
    KIND_NUMBER,
    KIND_BOOL,
    KIND_DAY,
    KIND_NANOS,
    KIND_MICROS,
    KIND_OBJECT,
    KIND_LIST,
    KIND_NUMBERS,
    KIND_ANY
};
enum field_need { FIELD_NEED, FIELD_MAYBE, FIELD_NONE };

struct field {
    const char *schema, *name;
    enum field_kind kind;
    enum field_need need;
    int64_t min, max;
    const char *ref, *text;
};
struct schema {
    const char *name, *text;
};
extern const struct schema schemas[];
extern const size_t schema_count;
extern const struct field schema_fields[];
extern const size_t schema_field_count;

/* What is wrong with a value, collected: at most 20 places. */
struct complaints {
    struct json_writer json; /* an array of FieldProblem */
    struct buf text;
    size_t count;
};
void complaints_init(struct complaints *c);
void complaints_free(struct complaints *c);
void complain(struct complaints *c, const char *at, const char *format, ...) PRINTF_LIKE(3, 4);
void complaints_end(struct complaints *c); /* text is then whole */

/* Does value fit the schema? Unknown members do not. at is where it stands: "/body". */
void schema_check(struct complaints *c, const char *schema, const json_t *value, const char *at);

/* The arguments of a query as an object of the schema (NULL: none are allowed). The caller frees it
 * with json_decref(). list adds the fields of Page. */
json_t *schema_query(struct complaints *c, const char *schema, bool is_list,
                     const struct http_request *request);

/* The OpenAPI 3.1 document, and the same for people (docs/api.md). */
void openapi_write(struct buf *out);
void openapi_markdown(struct buf *out);

#endif
