/*
 * Values of a strategy file: numbers made of parameters, times, conditions, names.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/date.h"
#include "base/zone.h"
#include "domain/strategy/expr_int.h"
#include "domain/strategy/strategy_int.h"

const char *const leg_kind_words[3] = { "call", "put", "stock" };
const char *const round_words[3] = { "nearest", "down", "up" };
const char *const every_words[7] = { "time", "daily",      "weekly", "monthly",
                                     "once", "expiry_day", "never" };
const char *const margin_words[4] = { "reg-t", "portfolio", "cash", "none" };
const char *const fill_words[5] = { "share", "mid", "natural", "calibrated", "lean" };
const char *const assignment_words[2] = { "rational", "expiry" };
const char *const assigned_words[2] = { "sell", "keep" };

void reader_fail(struct reader *r, const struct doc_node *node, enum err code, const char *format,
                 ...)
{
    char why[400];
    if (r->err)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    r->err = doc_error(node, code, "%s", why);
}

const struct doc_node *read_find(const struct reader *r, const struct doc_node *map,
                                 const char *key)
{
    const struct doc_node *node = r->err || !map ? NULL : doc_find(map, key);
    return node && !doc_is_null(node) ? node : NULL;
}

void read_keys(struct reader *r, const struct doc_node *map, const char *const keys[], size_t count)
{
    if (!r->err)
        r->err = doc_check_keys(map, keys, count);
}

/* ---- numbers ---- */

/* Which parameters does text name? One that nothing names is a slip, refused at the end. */
static void mark_used(struct reader *r, struct str text)
{
    struct token token;
    const char *why;
    size_t pos = 0;
    while (expr_next_token(text, &pos, &token, &why) && token.kind != TOKEN_END) {
        if (token.kind != TOKEN_NAME)
            continue;
        for (size_t i = 0; i < r->constant_count; i++)
            if (str_is(token.text, r->constants[i].name))
                r->is_used[i] = true;
    }
}

static const struct expr *compile(struct reader *r, const struct doc_node *node, struct str text,
                                  enum expr_scope scope, enum expr_unit want)
{
    char path[DOC_PATH_BYTES], where[DOC_PATH_BYTES + 400];
    const struct expr *expr = NULL;
    if (r->err)
        return NULL;
    mark_used(r, text);
    doc_path(path, node);
    snprintf(where, sizeof where, "%.300s:%d:%d: %s", node->doc->name, node->line, node->column,
             path);
    r->err =
        expr_compile(&expr, r->arena, where, text, scope, want, r->constants, r->constant_count);
    return r->err ? NULL : expr;
}

/* Take the sign that belongs to the way a number is written off *text. */
static void take_sign(struct reader *r, const struct doc_node *node, enum written written,
                      struct str *text)
{
    bool percent = str_ends_with(*text, STR("%")), dollars = str_starts_with(*text, STR("$"));
    bool takes_percent = written == WRITTEN_PERCENT || written == WRITTEN_PERCENT_OR_PLAIN;
    if (percent && takes_percent) {
        *text = str_trim(str_slice(*text, 0, text->len - 1));
    } else if (written == WRITTEN_PERCENT) {
        reader_fail(r, node, ERR_PARSE, "write a percent sign: %.*s%%",
                    (int)(text->len < 60 ? text->len : 60), text->ptr);
    } else if (dollars && written == WRITTEN_DOLLARS) {
        *text = str_trim(str_slice(*text, 1, text->len));
    } else if (dollars) {
        reader_fail(r, node, ERR_PARSE, "this is no amount of dollars: leave out the $");
    } else if (percent && written == WRITTEN_DOLLARS) {
        reader_fail(r, node, ERR_PARSE, "this is an amount of dollars, not a percentage");
    }
}

void number_of(struct reader *r, const struct doc_node *node, enum written written, double min,
               double max, double *out)
{
    static const double features[FEATURE_COUNT]; /* none is read */
    struct str text;
    if (r->err)
        return;
    r->err = doc_str(node, &text);
    if (r->err)
        return;
    text = str_trim(text);
    take_sign(r, node, written, &text);
    const struct expr *expr =
        compile(r, node, text, EXPR_PARAMETERS, written == WRITTEN_DAYS ? UNIT_DAYS : UNIT_NUMBER);
    if (!expr)
        return;
    double value = expr_eval(expr, features);
    if (isnan(value))
        reader_fail(r, node, ERR_RANGE, "this has no value: it divides by zero or overflows");
    bool whole = written == WRITTEN_WHOLE || written == WRITTEN_DAYS;
    if (whole && value != floor(value))
        reader_fail(r, node, ERR_RANGE, "%g is not a whole number", value);
    if (value < min || value > max)
        reader_fail(r, node, ERR_RANGE, "%.10g is not between %.10g and %.10g", value, min, max);
    if (!r->err)
        *out = value + 0.0; /* -0 becomes 0 */
}

void read_number(struct reader *r, const struct doc_node *map, const char *key,
                 enum written written, double min, double max, double *out)
{
    const struct doc_node *node = read_find(r, map, key);
    if (node)
        number_of(r, node, written, min, max, out);
}

void read_whole(struct reader *r, const struct doc_node *map, const char *key, enum written written,
                int32_t min, int32_t max, int32_t *out)
{
    double value = *out;
    read_number(r, map, key, written, min, max, &value);
    if (!r->err)
        *out = (int32_t)value;
}

/* ---- times ---- */

void time_of(struct reader *r, const struct doc_node *node, int32_t *out_seconds)
{
    static const int64_t second = 1000000000;
    static const int32_t open = 9 * 3600 + 30 * 60, last = 16 * 3600 + 15 * 60;
    int64_t nanos = 0;
    if (r->err)
        return;
    r->err = doc_time_of_day(node, &nanos);
    if (r->err)
        return;
    if (nanos % second)
        reader_fail(r, node, ERR_RANGE, "times here are whole seconds");
    int32_t seconds = (int32_t)(nanos / second);
    if (seconds < open || seconds > last)
        reader_fail(r, node, ERR_RANGE, "%.*s lies outside the session, 09:30 to 16:15 in New York",
                    STR_ARG(node->text));
    if (!r->err)
        *out_seconds = seconds;
}

void read_time(struct reader *r, const struct doc_node *map, const char *key, int32_t *out_seconds)
{
    const struct doc_node *node = read_find(r, map, key);
    if (node)
        time_of(r, node, out_seconds);
}

/* 90s, 30m, 2h */
void read_duration(struct reader *r, const struct doc_node *map, const char *key, int32_t min,
                   int32_t max, int32_t *out_seconds)
{
    const struct doc_node *node = read_find(r, map, key);
    struct str text;
    int64_t count = 0;
    if (!node)
        return;
    r->err = doc_str(node, &text);
    if (r->err)
        return;
    char last = text.len ? text.ptr[text.len - 1] : '\0';
    int64_t each = last == 's' ? 1 : last == 'm' ? 60 : last == 'h' ? 3600 : 0;
    if (!each || !str_to_int64(str_slice(text, 0, text.len - 1), &count)) {
        reader_fail(r, node, ERR_PARSE, "write a time span as 90s, 30m or 2h");
        return;
    }
    if (count < 0 || count > 100000 || count * each < min || count * each > max) {
        reader_fail(r, node, ERR_RANGE, "%.*s is not between %ds and %ds",
                    (int)(text.len < 60 ? text.len : 60), text.ptr, min, max);
        return;
    }
    *out_seconds = (int32_t)(count * each);
}

void date_of(struct reader *r, const struct doc_node *node, int32_t *out)
{
    if (!r->err)
        r->err = doc_date(node, out);
}

/* ---- conditions, words, names ---- */

void read_formula(struct reader *r, const struct doc_node *map, const char *key,
                  const struct expr **out)
{
    const struct doc_node *node = read_find(r, map, key);
    struct str text;
    if (!node)
        return;
    r->err = doc_str(node, &text);
    const struct expr *expr = r->err ? NULL : compile(r, node, text, EXPR_MARKET, UNIT_NUMBER);
    if (expr)
        *out = expr;
}

void read_condition(struct reader *r, const struct doc_node *map, const char *key,
                    enum expr_scope scope, const struct expr **out)
{
    const struct doc_node *node = read_find(r, map, key);
    struct str text;
    if (!node)
        return;
    r->err = doc_str(node, &text);
    const struct expr *expr = r->err ? NULL : compile(r, node, text, scope, UNIT_BOOL);
    if (expr)
        *out = expr;
}

void read_choice(struct reader *r, const struct doc_node *map, const char *key,
                 const char *const names[], size_t count, size_t *out_index)
{
    const struct doc_node *node = read_find(r, map, key);
    if (node)
        r->err = doc_choice(node, names, count, out_index);
}

void read_name(struct reader *r, const struct doc_node *node, char out[32])
{
    struct str name = node->key;
    bool good = name.len >= 1 && name.len <= 31 && name.ptr[0] >= 'a' && name.ptr[0] <= 'z';
    for (size_t i = 0; i < name.len && good; i++) {
        char c = name.ptr[i];
        good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    }
    if (!good) {
        reader_fail(r, node, ERR_PARSE,
                    "a name is a letter a-z and then at most 30 of a-z, 0-9 and _: short_put");
        return;
    }
    memcpy(out, name.ptr, name.len);
    out[name.len] = '\0';
}
