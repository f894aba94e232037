#include "services/report/json_check.h"

#include "tests/testing.h"

struct reader {
    const char *at, *end;
    int depth;
};

static bool read_value(struct reader *r);

static void skip_space(struct reader *r)
{
    while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at)
        r->at++;
}

static bool take(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static bool take_word(struct reader *r, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
        return false;
    r->at += len;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take_digits(struct reader *r)
{
    const char *from = r->at;
    while (r->at < r->end && is_digit(*r->at))
        r->at++;
    return r->at > from;
}

static bool read_number(struct reader *r)
{
    take(r, '-');
    if (!take(r, '0') && !take_digits(r))
        return false;
    if (take(r, '.') && !take_digits(r))
        return false;
    if (take(r, 'e') || take(r, 'E')) {
        if (!take(r, '+'))
            take(r, '-');
        return take_digits(r);
    }
    return true;
}

static bool read_string(struct reader *r)
{
    if (!take(r, '"'))
        return false;
    const char *from = r->at;
    while (r->at < r->end && *r->at != '"') {
        if ((unsigned char)*r->at < 0x20)
            return false;
        if (*r->at++ != '\\')
            continue;
        if (r->at == r->end || !strchr("\"\\/bfnrtu", *r->at) || !*r->at)
            return false;
        if (*r->at++ != 'u')
            continue;
        for (int i = 0; i < 4; i++, r->at++)
            if (r->at == r->end || !*r->at || !strchr("0123456789abcdefABCDEF", *r->at))
                return false;
    }
    return str_is_utf8((struct str){ from, (size_t)(r->at - from) }) && take(r, '"');
}

static bool read_members(struct reader *r)
{
    struct str keys[64];
    size_t count = 0;
    skip_space(r);
    if (take(r, '}'))
        return true;
    do {
        skip_space(r);
        const char *from = r->at;
        if (!read_string(r) || count == ARRAY_COUNT(keys))
            return false;
        keys[count] = (struct str){ from, (size_t)(r->at - from) };
        for (size_t i = 0; i < count; i++)
            if (str_equal(keys[i], keys[count]))
                return false;
        count++;
        skip_space(r);
        if (!take(r, ':') || !read_value(r))
            return false;
    } while (take(r, ','));
    return take(r, '}');
}

static bool read_elements(struct reader *r)
{
    skip_space(r);
    if (take(r, ']'))
        return true;
    do
        if (!read_value(r))
            return false;
    while (take(r, ','));
    return take(r, ']');
}

static bool read_value(struct reader *r)
{
    skip_space(r);
    if (r->at == r->end || r->depth == 32)
        return false;
    bool good;
    r->depth++;
    if (take(r, '{'))
        good = read_members(r);
    else if (take(r, '['))
        good = read_elements(r);
    else if (*r->at == '"')
        good = read_string(r);
    else if (*r->at == '-' || is_digit(*r->at))
        good = read_number(r);
    else
        good = take_word(r, "true") || take_word(r, "false") || take_word(r, "null");
    r->depth--;
    skip_space(r);
    return good;
}

bool json_is_valid(struct str text)
{
    struct reader reader = { .at = text.ptr, .end = text.ptr + text.len };
    return read_value(&reader) && reader.at == reader.end;
}

TEST(json_check, takes_json_and_nothing_else)
{
    static const char *const good[] = { "{}", " [1, -2.5e3, \"a\\u00e9\\n\", null]\n",
                                        "{\"a\":{\"a\":0}}" };
    static const char *const bad[] = { "",          "{",        "[1,]",    "{\"a\":1,\"a\":2}",
                                       "01",        "nan",      "[1] 2",   "\"\n\"",
                                       "{\"a\" 1}", "\"\xff\"", "\"\\x\"", "[-]",
                                       "[1.]",      "{a:1}" };
    FOR_EACH (text, good)
        CHECK(json_is_valid(str_from(*text)));
    FOR_EACH (text, bad)
        if (json_is_valid(str_from(*text)))
            fail_msg("%s is taken for JSON", *text);
}
