/* The tables of routes and schemas as an OpenAPI 3.1 document, and as a page for people. */
#include <stdio.h>

#include "services/server/server_int.h"

static const struct field *fields_of(const char *schema, size_t *count)
{
    const struct field *first = NULL;
    *count = 0;
    for (size_t i = 0; i < schema_field_count; i++) {
        if (strcmp(schema_fields[i].schema, schema) != 0)
            continue;
        first = first ? first : &schema_fields[i];
        ++*count;
    }
    return first;
}

static bool is_schema(const char *name)
{
    for (size_t i = 0; i < schema_count; i++)
        if (strcmp(schemas[i].name, name) == 0)
            return true;
    return false;
}

static void ref(struct json_writer *json, const char *schema)
{
    char text[96];
    snprintf(text, sizeof text, "#/components/schemas/%s", schema);
    json_object_begin(json);
    json_key_cstr(json, "$ref", text);
    json_object_end(json);
}

static void type_of(struct json_writer *json, const char *type, bool nullable)
{
    json_key(json, "type");
    if (!nullable) {
        json_cstr(json, type);
        return;
    }
    json_array_begin(json);
    json_cstr(json, type);
    json_cstr(json, "null");
    json_array_end(json);
}

static void write_enum(struct json_writer *json, const char *words, bool nullable)
{
    struct str rest = str_from(words), word;
    json_key(json, "enum");
    json_array_begin(json);
    while (str_cut(&rest, ' ', &word))
        json_str(json, word);
    if (nullable) /* a type of null alone does not let it through */
        json_none(json);
    json_array_end(json);
}

static void write_items(struct json_writer *json, const struct field *f)
{
    json_key_int(json, "maxItems", f->max);
    json_key(json, "items");
    if (is_schema(f->ref)) {
        ref(json, f->ref);
        return;
    }
    json_object_begin(json);
    type_of(json, strcmp(f->ref, "text") == 0 ? "string" : "number", strcmp(f->ref, "text") != 0);
    json_object_end(json);
}

static void write_value(struct json_writer *json, const struct field *f)
{
    bool nullable = f->need == FIELD_NONE;
    if (f->kind == KIND_OBJECT) {
        ref(json, f->ref);
        return;
    }
    json_object_begin(json);
    if (*f->text)
        json_key_cstr(json, "description", f->text);
    switch (f->kind) {
    case KIND_TEXT:
        type_of(json, "string", nullable);
        json_key_int(json, "minLength", f->min ? 1 : 0);
        json_key_int(json, "maxLength", f->max);
        if (f->ref)
            write_enum(json, f->ref, nullable);
        break;
    case KIND_WHOLE:
        type_of(json, "integer", nullable);
        if (f->min != INT64_MIN)
            json_key_int(json, "minimum", f->min);
        if (f->max != INT64_MAX)
            json_key_int(json, "maximum", f->max);
        break;
    case KIND_NANOS:
    case KIND_MICROS:
        type_of(json, "integer", nullable);
        json_key_cstr(json, "format", "int64");
        json_key_cstr(json, "x-unit",
                      f->kind == KIND_NANOS ? "nanoseconds since 1970 UTC" : "micro-dollars");
        if (f->max > 0) {
            json_key_int(json, "minimum", f->min);
            json_key_int(json, "maximum", f->max);
        }
        break;
    case KIND_NUMBER:
        type_of(json, "number", nullable);
        break;
    case KIND_BOOL:
        type_of(json, "boolean", nullable);
        break;
    case KIND_DAY:
        type_of(json, "string", nullable);
        json_key_cstr(json, "format", "date");
        break;
    case KIND_LIST:
        type_of(json, "array", nullable);
        write_items(json, f);
        break;
    case KIND_NUMBERS:
        type_of(json, "object", nullable);
        json_key_int(json, "maxProperties", f->max);
        json_key(json, "additionalProperties");
        json_object_begin(json);
        json_key_cstr(json, "type", "number");
        json_object_end(json);
        break;
    case KIND_OBJECT:
    case KIND_ANY:
        break;
    }
    json_object_end(json);
}

static void write_schema(struct json_writer *json, const struct schema *s)
{
    size_t count;
    const struct field *fields = fields_of(s->name, &count);
    json_key(json, s->name);
    json_object_begin(json);
    json_key_cstr(json, "description", s->text);
    json_key_cstr(json, "type", "object");
    json_key(json, "properties");
    json_object_begin(json);
    for (size_t i = 0; i < count; i++) {
        json_key(json, fields[i].name);
        write_value(json, &fields[i]);
    }
    json_object_end(json);
    json_key(json, "required");
    json_array_begin(json);
    for (size_t i = 0; i < count; i++)
        if (fields[i].need != FIELD_MAYBE)
            json_cstr(json, fields[i].name);
    json_array_end(json);
    json_key_bool(json, "additionalProperties", false);
    json_object_end(json);
}

static void parameter(struct json_writer *json, const char *in, const struct field *f)
{
    json_object_begin(json);
    json_key_cstr(json, "name", f->name);
    json_key_cstr(json, "in", in);
    json_key_bool(json, "required", f->need == FIELD_NEED);
    json_key(json, "schema");
    write_value(json, f);
    json_object_end(json);
}

static void write_parameters(struct json_writer *json, const struct route *r)
{
    json_key(json, "parameters");
    json_array_begin(json);
    char name[32];
    for (const char *at = strchr(r->path, '{'); at; at = strchr(at + 1, '{')) {
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, "}"), at + 1);
        struct field f = { "", name, KIND_TEXT, FIELD_NEED, 1, 200, NULL, "" };
        parameter(json, "path", &f);
    }
    size_t count;
    const struct field *fields = r->query ? fields_of(r->query, &count) : (count = 0, NULL);
    for (size_t i = 0; i < count; i++)
        parameter(json, "query", &fields[i]);
    json_array_end(json);
}

static void write_answer(struct json_writer *json, const struct route *r)
{
    char status[8];
    snprintf(status, sizeof status, "%d", r->status);
    json_key(json, "responses");
    json_object_begin(json);
    json_key(json, status);
    json_object_begin(json);
    json_key_cstr(json, "description", r->text);
    if (r->answer && r->status != 101) {
        json_key(json, "content");
        json_object_begin(json);
        json_key(json, r->flags & ROUTE_RAW ? r->answer : "application/json");
        json_object_begin(json);
        if (!(r->flags & ROUTE_RAW)) {
            json_key(json, "schema");
            if (r->flags & ROUTE_LIST) {
                json_object_begin(json);
                json_key_cstr(json, "type", "object");
                json_key(json, "required");
                json_array_begin(json);
                json_cstr(json, "items");
                json_cstr(json, "next");
                json_array_end(json);
                json_key(json, "properties");
                json_object_begin(json);
                json_key(json, "items");
                json_object_begin(json);
                json_key_cstr(json, "type", "array");
                json_key(json, "items");
                ref(json, r->answer);
                json_object_end(json);
                json_key(json, "next");
                json_object_begin(json);
                type_of(json, "string", true);
                json_key_cstr(json, "description",
                              "the `after` of the next page; null: there is none");
                json_object_end(json);
                json_object_end(json);
                json_object_end(json);
            } else {
                ref(json, r->answer);
            }
        }
        json_object_end(json);
        json_object_end(json);
    }
    json_object_end(json);
    json_key(json, "default");
    json_object_begin(json);
    json_key_cstr(json, "description", "What went wrong");
    json_key(json, "content");
    json_object_begin(json);
    json_key(json, "application/problem+json");
    json_object_begin(json);
    json_key(json, "schema");
    ref(json, "Problem");
    json_object_end(json);
    json_object_end(json);
    json_object_end(json);
    json_object_end(json);
}

static const char *lower(enum http_method method, char out[8])
{
    const char *name = http_method_name(method);
    size_t i = 0;
    for (; name[i]; i++)
        out[i] = (char)(name[i] - 'A' + 'a');
    out[i] = '\0';
    return out;
}

static void write_route(struct json_writer *json, const struct route *r)
{
    char method[8];
    json_key(json, lower(r->method, method));
    json_object_begin(json);
    json_key_cstr(json, "operationId", r->id);
    json_key_cstr(json, "summary", r->text);
    json_key(json, "security");
    json_array_begin(json);
    static const char *const ways[] = { "session", "bearer" };
    for (size_t i = 0; r->access != ANYONE && i < ARRAY_COUNT(ways); i++) {
        json_object_begin(json);
        json_key(json, ways[i]);
        json_array_begin(json);
        json_array_end(json);
        json_object_end(json);
    }
    json_array_end(json);
    if (r->access >= 0)
        json_key_cstr(json, "x-permission", permission_name((enum permission)r->access));
    write_parameters(json, r);
    if (r->body) {
        json_key(json, "requestBody");
        json_object_begin(json);
        json_key_bool(json, "required", true);
        json_key(json, "content");
        json_object_begin(json);
        json_key(json, "application/json");
        json_object_begin(json);
        json_key(json, "schema");
        ref(json, r->body);
        json_object_end(json);
        json_object_end(json);
        json_object_end(json);
    }
    write_answer(json, r);
    json_object_end(json);
}

static bool is_first_of_path(size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(routes[i].path, routes[index].path) == 0)
            return false;
    return true;
}

static void write_security(struct json_writer *json)
{
    json_key(json, "securitySchemes");
    json_object_begin(json);
    json_key(json, "session");
    json_object_begin(json);
    json_key_cstr(json, "type", "apiKey");
    json_key_cstr(json, "in", "cookie");
    json_key_cstr(json, "name", "__Host-if_session");
    json_key_cstr(
        json, "description",
        "Of a browser; changes also need X-CSRF-Token. Named if_session where there is no TLS.");
    json_object_end(json);
    json_key(json, "bearer");
    json_object_begin(json);
    json_key_cstr(json, "type", "http");
    json_key_cstr(json, "scheme", "bearer");
    json_key_cstr(json, "description", "An access token of ten minutes, or a personal token.");
    json_object_end(json);
    json_object_end(json);
}

void openapi_write(struct buf *out)
{
    struct json_writer json = { .out = out };
    json_object_begin(&json);
    json_key_cstr(&json, "openapi", "3.1.0");
    json_key(&json, "info");
    json_object_begin(&json);
    json_key_cstr(&json, "title", "Ironfly");
    json_key_cstr(&json, "version", IRONFLY_VERSION);
    json_key_cstr(&json, "description", "Made from the tables that route the requests.");
    json_object_end(&json);
    json_key(&json, "paths");
    json_object_begin(&json);
    for (size_t i = 0; i < route_count; i++) {
        if (!is_first_of_path(i))
            continue;
        json_key(&json, routes[i].path);
        json_object_begin(&json);
        for (size_t k = i; k < route_count; k++)
            if (strcmp(routes[k].path, routes[i].path) == 0)
                write_route(&json, &routes[k]);
        json_object_end(&json);
    }
    json_object_end(&json);
    json_key(&json, "components");
    json_object_begin(&json);
    json_key(&json, "schemas");
    json_object_begin(&json);
    for (size_t i = 0; i < schema_count; i++)
        write_schema(&json, &schemas[i]);
    json_object_end(&json);
    write_security(&json);
    json_object_end(&json);
    json_object_end(&json);
}

/* ---- for people ------------------------------------------------------------------------------ */

static const char *kind_words(const struct field *f)
{
    static const char *const words[] = {
        "text",          "whole number", "number", "true or false",   "day",     "nanoseconds",
        "micro-dollars", "object",       "list",   "numbers by name", "any JSON"
    };
    return words[f->kind];
}

static void markdown_schema(struct buf *out, const struct schema *s)
{
    size_t count;
    const struct field *fields = fields_of(s->name, &count);
    buf_printf(out, "\n### %s\n\n%s.\n\n| field | kind | | |\n|---|---|---|---|\n", s->name,
               s->text);
    for (size_t i = 0; i < count; i++) {
        const struct field *f = &fields[i];
        buf_printf(out, "| `%s` | %s", f->name, kind_words(f));
        if (f->ref && f->kind == KIND_TEXT)
            buf_printf(out, ": %s", f->ref);
        else if (f->ref)
            buf_printf(out, " of %s", f->ref);
        buf_printf(out, " | %s | %s |\n",
                   f->need == FIELD_NEED    ? "always"
                   : f->need == FIELD_MAYBE ? "may be left out"
                                            : "may be null",
                   f->text);
    }
}

void openapi_markdown(struct buf *out)
{
    buf_puts(
        out,
        "# The interface for programs\n\n"
        "Made by `ironfly serve --api-page` from the tables that route the requests; do not edit. The same as OpenAPI 3.1:\n"
        "`/api/v1/openapi.json`. How to log in, page through lists and listen to topics: [server.md](server.md).\n\n"
        "| | path | who | takes | answers | |\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &routes[i];
        buf_printf(out, "| %s | `%s` | %s%s | %s%s%s | %d %s%s | %s |\n",
                   http_method_name(r->method), r->path,
                   r->access == ANYONE      ? "anyone"
                   : r->access == LOGGED_IN ? "logged in"
                                            : permission_name((enum permission)r->access),
                   r->flags & ROUTE_PROVED ? ", proved" : "", r->query ? "?" : "",
                   r->query ? r->query : "", r->body ? r->body : "", r->status,
                   r->flags & ROUTE_LIST ? "list of " : "", r->answer ? r->answer : "", r->text);
    }
    buf_puts(
        out,
        "\n\"Proved\": the password or a code was given within the last 15 minutes (`/api/v1/auth/step-up`).\n\n## What travels\n");
    for (size_t i = 0; i < schema_count; i++)
        markdown_schema(out, &schemas[i]);
    buf_puts(out, "\n## Topics\n\n| topic | who | |\n|---|---|---|\n");
    for (int t = 0; t < TOPIC_COUNT; t++)
        buf_printf(out, "| `%s` | %s | %s |\n", topic_name((enum topic)t),
                   permission_name(topic_permission((enum topic)t)), topic_text((enum topic)t));
}
