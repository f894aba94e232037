/* Any JSON against every schema, any arguments as a query: no crash, complaints that are JSON, and
 * what passes has the kinds it promises. */
#include "services/server/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_promise(const char *schema, const json_t *value)
{
    for (size_t i = 0; i < schema_field_count; i++) {
        const struct field *f = &schema_fields[i];
        if (strcmp(f->schema, schema) != 0)
            continue;
        const json_t *member = json_object_get(value, f->name);
        if (f->need == FIELD_NEED)
            MUST(member != NULL);
        if (!member || json_is_null(member))
            continue;
        if (f->kind == KIND_TEXT) {
            MUST(json_is_string(member));
            MUST((int64_t)json_string_length(member) <= f->max);
            MUST(strlen(json_string_value(member)) == json_string_length(member));
        }
        if (f->kind == KIND_WHOLE)
            MUST(json_integer_value(member) >= f->min && json_integer_value(member) <= f->max);
    }
}

static void check_query(const char *schema, struct str text)
{
    struct http_request request = { 0 };
    struct str one;
    while (request.arg_count < HTTP_ARGS_MAX && str_cut(&text, '&', &one)) {
        struct http_arg *arg = &request.args[request.arg_count];
        if (!str_is_utf8(one) || !str_cut(&one, '=', &arg->name) || !arg->name.len)
            continue;
        arg->value = one.ptr ? one : STR("");
        request.arg_count++;
    }
    struct complaints c;
    complaints_init(&c);
    json_t *query = schema_query(&c, schema, true, &request);
    complaints_end(&c);
    json_decref(query);
    complaints_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const char *schema = schemas[data[0] % schema_count].name;
    struct str text = { (const char *)data + 1, size - 1 };
    json_t *value = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    if (!value) {
        check_query(schema, text);
        return 0;
    }
    struct complaints c;
    complaints_init(&c);
    schema_check(&c, schema, value, "/body");
    complaints_end(&c);
    json_t *told = json_loadb(c.text.ptr, c.text.len, 0, NULL);
    MUST(json_is_array(told));
    MUST((json_array_size(told) == 0) == (c.count == 0));
    json_decref(told);
    if (!c.count)
        check_promise(schema, value);
    complaints_free(&c);
    json_decref(value);
    return 0;
}
