#include "services/server/schema.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"

#define SCHEMA(name, text)
#define FIELD(schema, name, kind, need, min, max, ref, text)                                       \
    { #schema, #name, KIND_##kind, FIELD_##need, min, max, ref, text },
const struct field schema_fields[] = {
#include "services/server/schemas.def"
};
#undef SCHEMA
#undef FIELD
#define SCHEMA(name, text) { #name, text },
#define FIELD(...)
const struct schema schemas[] = {
#include "services/server/schemas.def"
};
#undef SCHEMA
#undef FIELD
const size_t schema_count = ARRAY_COUNT(schemas), schema_field_count = ARRAY_COUNT(schema_fields);

enum { COMPLAINTS_MAX = 20, AT_BYTES = 160, DEPTH_MAX = 16 };

void complaints_init(struct complaints *c)
{
    *c = (struct complaints){ 0 };
    c->json.out = &c->text;
    json_array_begin(&c->json);
}

void complaints_end(struct complaints *c)
{
    json_array_end(&c->json);
}

void complaints_free(struct complaints *c)
{
    buf_free(&c->text);
}

void complain(struct complaints *c, const char *at, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (c->count++ >= COMPLAINTS_MAX)
        return;
    json_object_begin(&c->json);
    json_key_cstr(&c->json, "at", at);
    json_key_cstr(&c->json, "text", text);
    json_object_end(&c->json);
}

static const struct field *find_field(const char *schema, const char *name)
{
    for (size_t i = 0; i < schema_field_count; i++)
        if (strcmp(schema_fields[i].schema, schema) == 0 &&
            strcmp(schema_fields[i].name, name) == 0)
            return &schema_fields[i];
    return NULL;
}

static bool is_schema(const char *name)
{
    for (size_t i = 0; name && i < schema_count; i++)
        if (strcmp(schemas[i].name, name) == 0)
            return true;
    return false;
}

static void check_field(struct complaints *c, const struct field *f, const json_t *value,
                        const char *at, int depth);

static void check_object(struct complaints *c, const char *schema, const json_t *value,
                         const char *at, int depth)
{
    char where[AT_BYTES];
    const char *key;
    json_t *member;
    if (depth > DEPTH_MAX || !json_is_object(value)) {
        complain(c, at, "is not an object");
        return;
    }
    json_object_foreach ((json_t *)value, key, member) {
        const struct field *f = find_field(schema, key);
        snprintf(where, sizeof where, "%s/%.64s", at, key);
        if (f)
            check_field(c, f, member, where, depth + 1);
        else
            complain(c, where, "is not a member of %s", schema);
    }
    for (size_t i = 0; i < schema_field_count; i++) {
        const struct field *f = &schema_fields[i];
        if (strcmp(f->schema, schema) != 0 || f->need == FIELD_MAYBE ||
            json_object_get(value, f->name))
            continue;
        snprintf(where, sizeof where, "%s/%s", at, f->name);
        complain(c, where, "is missing");
    }
}

static bool is_word_of(const char *words, struct str text)
{
    struct str rest = str_from(words), word;
    while (str_cut(&rest, ' ', &word))
        if (str_equal(word, text))
            return true;
    return false;
}

static void check_text(struct complaints *c, const struct field *f, const json_t *value,
                       const char *at)
{
    if (!json_is_string(value)) {
        complain(c, at, "is not text");
        return;
    }
    struct str text = { json_string_value(value), json_string_length(value) };
    if ((int64_t)text.len < f->min)
        complain(c, at, f->min == 1 ? "is empty" : "is shorter than %lld bytes", (long long)f->min);
    else if ((int64_t)text.len > f->max)
        complain(c, at, "is longer than %lld bytes", (long long)f->max);
    else if (memchr(text.ptr, '\0', text.len))
        complain(c, at, "holds a NUL");
    else if (f->ref && !is_word_of(f->ref, text))
        complain(c, at, "is not one of: %s", f->ref);
}

static void check_whole(struct complaints *c, const struct field *f, const json_t *value,
                        const char *at)
{
    bool is_bounded = f->kind == KIND_WHOLE || f->max > 0;
    int64_t min = is_bounded ? f->min : INT64_MIN + 1, max = is_bounded ? f->max : INT64_MAX;
    if (!json_is_integer(value))
        complain(c, at, "is not a whole number");
    else if (json_integer_value(value) < min || json_integer_value(value) > max)
        complain(c, at, "is not within %lld and %lld", (long long)min, (long long)max);
}

static void check_list(struct complaints *c, const struct field *f, const json_t *value,
                       const char *at, int depth)
{
    char where[AT_BYTES];
    if (!json_is_array(value)) {
        complain(c, at, "is not a list");
        return;
    }
    if ((int64_t)json_array_size(value) > f->max)
        complain(c, at, "has more than %lld items", (long long)f->max);
    for (size_t i = 0; i < json_array_size(value) && c->count < COMPLAINTS_MAX; i++) {
        const json_t *item = json_array_get(value, i);
        snprintf(where, sizeof where, "%s/%zu", at, i);
        if (is_schema(f->ref))
            check_object(c, f->ref, item, where, depth + 1);
        else if (strcmp(f->ref, "text") == 0 && !json_is_string(item))
            complain(c, where, "is not text");
        else if (strcmp(f->ref, "number") == 0 && !json_is_number(item) && !json_is_null(item))
            complain(c, where, "is not a number");
    }
}

static void check_numbers(struct complaints *c, const struct field *f, const json_t *value,
                          const char *at)
{
    const char *key;
    json_t *member;
    char where[AT_BYTES];
    if (!json_is_object(value)) {
        complain(c, at, "is not an object of numbers");
        return;
    }
    if ((int64_t)json_object_size(value) > f->max)
        complain(c, at, "has more than %lld members", (long long)f->max);
    json_object_foreach ((json_t *)value, key, member) {
        snprintf(where, sizeof where, "%s/%.64s", at, key);
        if (!json_is_number(member))
            complain(c, where, "is not a number");
        else if (!*key || strlen(key) > 64)
            complain(c, where, "has no name, or one longer than 64 bytes");
    }
}

static void check_field(struct complaints *c, const struct field *f, const json_t *value,
                        const char *at, int depth)
{
    if (json_is_null(value)) {
        if (f->need != FIELD_NONE && f->kind != KIND_ANY)
            complain(c, at, "is null");
        return;
    }
    switch (f->kind) {
    case KIND_TEXT:
        check_text(c, f, value, at);
        break;
    case KIND_WHOLE:
    case KIND_NANOS:
    case KIND_MICROS:
        check_whole(c, f, value, at);
        break;
    case KIND_NUMBER:
        if (!json_is_number(value))
            complain(c, at, "is not a number");
        break;
    case KIND_BOOL:
        if (!json_is_boolean(value))
            complain(c, at, "is not true or false");
        break;
    case KIND_DAY:
        if (!json_is_string(value) || json_string_length(value) != 10 ||
            !date_parse(str_from(json_string_value(value))))
            complain(c, at, "is not a day written YYYY-MM-DD");
        break;
    case KIND_OBJECT:
        check_object(c, f->ref, value, at, depth);
        break;
    case KIND_LIST:
        check_list(c, f, value, at, depth);
        break;
    case KIND_NUMBERS:
        check_numbers(c, f, value, at);
        break;
    case KIND_ANY:
        break;
    }
}

void schema_check(struct complaints *c, const char *schema, const json_t *value, const char *at)
{
    MUST(is_schema(schema));
    check_object(c, schema, value, at, 0);
}

/* Text of the query as a value of the field's kind; what does not read stays text, to be refused.
 */
static json_t *query_value(const struct field *f, struct str text)
{
    int64_t whole;
    double number;
    switch (f->kind) {
    case KIND_WHOLE:
    case KIND_NANOS:
    case KIND_MICROS:
        if (str_to_int64(text, &whole))
            return json_integer(whole);
        break;
    case KIND_NUMBER:
        if (str_to_double(text, &number))
            return json_real(number);
        break;
    case KIND_BOOL:
        if (str_is(text, "true") || str_is(text, "false"))
            return json_boolean(str_is(text, "true"));
        break;
    default:
        break;
    }
    return json_stringn(text.ptr, text.len);
}

json_t *schema_query(struct complaints *c, const char *schema, bool is_list,
                     const struct http_request *request)
{
    json_t *out = json_object();
    char at[AT_BYTES], name[65];
    for (size_t i = 0; i < request->arg_count; i++) {
        const struct http_arg *arg = &request->args[i];
        snprintf(name, sizeof name, "%.*s", STR_ARG(arg->name));
        snprintf(at, sizeof at, "/query/%s", name);
        const struct field *f = schema ? find_field(schema, name) : NULL;
        if (!f && is_list)
            f = find_field("Page", name);
        if (!f || arg->name.len >= sizeof name)
            complain(c, at, "is not asked for here");
        else if (json_object_get(out, name))
            complain(c, at, "is there twice");
        else {
            json_t *value = query_value(f, arg->value);
            MUST(value != NULL); /* the server lets UTF-8 through only */
            check_field(c, f, value, at, 0);
            json_object_set_new(out, name, value);
        }
    }
    for (size_t i = 0; schema && i < schema_field_count; i++) {
        const struct field *f = &schema_fields[i];
        if (strcmp(f->schema, schema) == 0 && f->need == FIELD_NEED &&
            !json_object_get(out, f->name)) {
            snprintf(at, sizeof at, "/query/%s", f->name);
            complain(c, at, "is missing");
        }
    }
    return out;
}
