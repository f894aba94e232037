#include "services/report/html_check.h"

#include <ctype.h>

#include "base/mem.h"
#include "tests/testing.h"

enum { DEPTH_MAX = 64, ATTRIBUTES_MAX = 16 };

struct checker {
    const char *at, *end;
    struct str open[DEPTH_MAX];
    int depth;
};

static struct str take_name(struct checker *c)
{
    const char *from = c->at;
    while (c->at < c->end && (isalnum((unsigned char)*c->at) || *c->at == '-' || *c->at == ':'))
        c->at++;
    return (struct str){ from, (size_t)(c->at - from) };
}

static void skip_space(struct checker *c)
{
    while (c->at < c->end && isspace((unsigned char)*c->at))
        c->at++;
}

static bool entity_is_known(const char *at, const char *end)
{
    static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
    for (size_t i = 0; i < ARRAY_COUNT(known); i++)
        if (str_starts_with((struct str){ at, (size_t)(end - at) }, str_from(known[i])))
            return true;
    return false;
}

static const char *check_attributes(struct checker *c, bool *closed)
{
    struct str seen[ATTRIBUTES_MAX];
    size_t count = 0;
    for (;;) {
        bool spaced = c->at < c->end && isspace((unsigned char)*c->at);
        skip_space(c);
        if (c->at == c->end)
            return "a tag does not end";
        *closed = *c->at == '/';
        if (*closed)
            c->at++;
        if (c->at < c->end && *c->at == '>') {
            c->at++;
            return NULL;
        }
        struct str name = take_name(c);
        if (name.len == 0 || !spaced || *closed)
            return "an attribute has no name, or no space in front";
        for (size_t i = 0; i < count; i++)
            if (str_equal(seen[i], name))
                return "an attribute stands twice";
        if (count == ATTRIBUTES_MAX)
            return "a tag has very many attributes";
        seen[count++] = name;
        if (c->end - c->at < 2 || c->at[0] != '=' || c->at[1] != '"')
            return "an attribute is not quoted";
        for (c->at += 2; c->at < c->end && *c->at != '"'; c->at++)
            if (*c->at == '<' || (*c->at == '&' && !entity_is_known(c->at, c->end)))
                return "an attribute holds bare markup";
        if (c->at == c->end)
            return "an attribute does not end";
        c->at++;
    }
}

static const char *check_tag(struct checker *c)
{
    bool closed, ends = c->at < c->end && *c->at == '/';
    if (ends)
        c->at++;
    struct str name = take_name(c);
    if (name.len == 0)
        return "a bare < stands in the text";
    const char *problem = check_attributes(c, &closed);
    if (problem)
        return problem;
    if (ends) {
        if (c->depth == 0 || !str_equal(c->open[c->depth - 1], name))
            return "an end tag does not fit";
        c->depth--;
        return NULL;
    }
    if (closed)
        return NULL;
    if (c->depth == DEPTH_MAX)
        return "tags are nested too deeply";
    c->open[c->depth++] = name;
    /* Styles and scripts are text up to their end tag. */
    if (str_is(name, "style") || str_is(name, "script"))
        while (c->at < c->end &&
               !str_starts_with((struct str){ c->at, (size_t)(c->end - c->at) }, STR("</")))
            c->at++;
    return NULL;
}

const char *html_problem(struct str page)
{
    struct str doctype = STR("<!DOCTYPE html>\n");
    struct checker c = { .at = page.ptr + doctype.len, .end = page.ptr + page.len };
    if (!str_starts_with(page, doctype))
        return "the page does not begin with its kind";
    if (!str_is_utf8(page))
        return "the page is not UTF-8";
    while (c.at < c.end) {
        const char *problem = NULL;
        char byte = *c.at++;
        if (byte == '<')
            problem = check_tag(&c);
        else if (byte == '>' || (byte == '&' && !entity_is_known(c.at - 1, c.end)))
            problem = "bare markup stands in the text";
        else if ((unsigned char)byte < 0x20 && byte != '\n')
            problem = "a control character stands in the text";
        if (problem)
            return problem;
    }
    return c.depth ? "a tag is not closed" : NULL;
}

TEST(html_check, finds_what_is_wrong)
{
    static const char *const bad[] = { "<p>",
                                       "<p></b>",
                                       "</p>",
                                       "a < b",
                                       "a & b",
                                       "<p a=b></p>",
                                       "<p a=\"<\"></p>",
                                       "<p a=\"1\" a=\"2\"></p>",
                                       "<p \"></p>",
                                       "a > b" };
    char page[128];
    snprintf(page, sizeof page, "<!DOCTYPE html>\n<p class=\"a\" title=\"&lt;\">x<br/>&amp;</p>");
    CHECK(html_problem(str_from(page)) == NULL);
    FOR_EACH (text, bad) {
        snprintf(page, sizeof page, "<!DOCTYPE html>\n%s", *text);
        if (!html_problem(str_from(page)))
            fail_msg("%s passes", *text);
    }
}
