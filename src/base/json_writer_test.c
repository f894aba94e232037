#include "tests/testing.h"

#include <float.h>
#include <stdlib.h>

#include "base/json_writer.h"

TEST(json_writer, writes_nested_values_with_commas_where_they_belong)
{
    struct buf buf = { 0 };
    struct json_writer json = { .out = &buf };
    json_object_begin(&json);
    json_key_cstr(&json, "a", "x");
    json_key(&json, "b");
    json_array_begin(&json);
    json_int(&json, INT64_MIN);
    json_uint(&json, UINT64_MAX);
    json_object_begin(&json);
    json_object_end(&json);
    json_array_begin(&json);
    json_array_end(&json);
    json_bool(&json, true);
    json_array_end(&json);
    json_key_null(&json, "c");
    json_key_date(&json, "d", 20190521);
    json_key_date(&json, "e", 0);
    json_object_end(&json);
    CHECK_STR(buf.ptr, "{\"a\":\"x\",\"b\":[-9223372036854775808,18446744073709551615,{},[],true],"
                       "\"c\":null,\"d\":\"2019-05-21\",\"e\":null}");

    buf_clear(&buf);
    json_cstr(&json, "next line"); /* the writer is as new */
    CHECK_STR(buf.ptr, "\"next line\"");
    buf_free(&buf);
}

TEST(json_writer, escapes_what_json_and_html_cannot_hold)
{
    const struct {
        struct str text;
        const char *want;
    } cases[] = {
        { STR("a\"b\\c"), "\"a\\\"b\\\\c\"" },
        { STR("\n\r\t\b\f\0\x1f\x7f"), "\"\\n\\r\\t\\b\\f\\u0000\\u001f\\u007f\"" },
        { STR("caf\xC3\xA9 \xF0\x9F\x98\x80"), "\"caf\xC3\xA9 \xF0\x9F\x98\x80\"" },
        { STR("caf\xE9!"), "\"caf\xEF\xBF\xBD!\"" },
        { STR("\xC0\xAF"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"" },                 /* overlong */
        { STR("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"" }, /* surrogate */
        { STR("cut \xE2\x82"), "\"cut \xEF\xBF\xBD\xEF\xBF\xBD\"" },
        { STR("a < b </script><!-- /"), "\"a < b \\u003c/script>\\u003c!-- /\"" },
    };
    FOR_EACH (c, cases) {
        struct buf buf = { 0 };
        struct json_writer json = { .out = &buf };
        json_str(&json, c->text);
        CHECK_STR(buf.ptr, c->want);
        CHECK(str_is_utf8(buf_str(&buf)));
        buf_free(&buf);
    }
}

TEST(json_writer, writes_doubles_that_read_back_the_same)
{
    static const struct {
        double value;
        const char *want;
    } cases[] = {
        { 0.1, "0.1" },
        { 1.0 / 3, "0.3333333333333333" },
        { 1e300, "1e+300" },
        { -2.5, "-2.5" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { NAN, "null" },
        { -INFINITY, "null" },
        { 123456789, "123456789" },
        { DBL_MAX, "1.7976931348623157e+308" },
    };
    FOR_EACH (c, cases) {
        struct buf buf = { 0 };
        struct json_writer json = { .out = &buf };
        json_double(&json, c->value);
        CHECK_STR(buf.ptr, c->want);
        CHECK(!isfinite(c->value) || strtod(buf.ptr, NULL) == c->value);
        buf_free(&buf);
    }
}

TEST(json_writer, writes_fixed_point_exactly)
{
    static const struct {
        int64_t value;
        int scale;
        const char *want;
    } cases[] = {
        { 1250000, 6, "1.25" },
        { -1, 6, "-0.000001" },
        { 0, 6, "0" },
        { 100000000, 6, "100" },
        { -7, 0, "-7" },
        { INT64_MIN, 6, "null" },
        { INT64_MAX, 6, "9223372036854.775807" },
    };
    FOR_EACH (c, cases) {
        struct buf buf = { 0 };
        struct json_writer json = { .out = &buf };
        json_fixed(&json, c->value, c->scale);
        CHECK_STR(buf.ptr, c->want);
        buf_free(&buf);
    }
}
