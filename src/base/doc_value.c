/* Asking a document for values: the half of doc.h that comes after parsing. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/date.h"
#include "base/doc.h"
#include "base/zone.h"

void doc_path(char out[DOC_PATH_BYTES], const struct doc_node *node)
{
    const struct doc_node *chain[DOC_DEPTH_MAX + 1];
    int depth = 0;
    for (; node->parent; node = node->parent) {
        MUST(depth <= DOC_DEPTH_MAX);
        chain[depth++] = node;
    }
    size_t len = 0;
    out[0] = '\0';
    while (depth-- > 0 && len < DOC_PATH_BYTES) {
        const struct doc_node *step = chain[depth];
        int added = step->parent->kind == DOC_MAP
                        ? snprintf(out + len, DOC_PATH_BYTES - len, "%s%.*s", len ? "." : "",
                                   STR_ARG(step->key))
                        : snprintf(out + len, DOC_PATH_BYTES - len, "[%zu]", step->index);
        len += (size_t)added;
    }
}

enum err doc_error(const struct doc_node *node, enum err code, const char *format, ...)
{
    char path[DOC_PATH_BYTES], message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    doc_path(path, node);
    return err_set(code, "%s:%d:%d: %s%s%s", node->doc->name, node->line, node->column, path,
                   path[0] ? ": " : "", message);
}

const struct doc_node *doc_find(const struct doc_node *map, const char *key)
{
    if (!map || map->kind != DOC_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++)
        if (str_is(map->items[i]->key, key))
            return map->items[i];
    return NULL;
}

enum err doc_need(const struct doc_node **out, const struct doc_node *map, const char *key)
{
    enum err err = doc_check_kind(map, DOC_MAP);
    if (err)
        return err;
    const struct doc_node *found = doc_find(map, key);
    if (!found)
        return doc_error(map, ERR_PARSE, "\"%s\" is missing", key);
    *out = found;
    return ERR_OK;
}

bool doc_is_null(const struct doc_node *node)
{
    return node->kind == DOC_SCALAR && !node->is_quoted &&
           (node->text.len == 0 || str_is(node->text, "~") || str_is(node->text, "null"));
}

const char *doc_kind_name(enum doc_kind kind)
{
    return kind == DOC_MAP ? "a map" : kind == DOC_LIST ? "a list" : "a single value";
}

enum err doc_check_kind(const struct doc_node *node, enum doc_kind kind)
{
    if (node->kind == kind)
        return ERR_OK;
    if (doc_is_null(node))
        return doc_error(node, ERR_PARSE, "nothing is here, where %s should be",
                         doc_kind_name(kind));
    return doc_error(node, ERR_PARSE, "%s is here, where %s should be", doc_kind_name(node->kind),
                     doc_kind_name(kind));
}

static bool is_among(struct str text, const char *const names[], size_t count, size_t *out_index)
{
    for (size_t i = 0; i < count; i++) {
        if (str_is(text, names[i])) {
            *out_index = i;
            return true;
        }
    }
    return false;
}

/* ": one of a, b, c" or "; did you mean b", into a message. */
static void describe_names(char *out, size_t bytes, struct str text, const char *const names[],
                           size_t count)
{
    const char *nearest = str_nearest(text, names, count);
    if (nearest) {
        snprintf(out, bytes, "; did you mean \"%s\"?", nearest);
        return;
    }
    size_t len = 0;
    for (size_t i = 0; i < count && len < bytes; i++)
        len +=
            (size_t)snprintf(out + len, bytes - len, "%s%s", i ? ", " : ": known are ", names[i]);
    if (count == 0)
        out[0] = '\0';
}

enum err doc_check_keys(const struct doc_node *map, const char *const keys[], size_t count)
{
    enum err err = doc_check_kind(map, DOC_MAP);
    if (err)
        return err;
    for (size_t i = 0; i < map->count; i++) {
        const struct doc_node *item = map->items[i];
        size_t index;
        if (is_among(item->key, keys, count, &index))
            continue;
        char hint[300], path[DOC_PATH_BYTES];
        describe_names(hint, sizeof(hint), item->key, keys, count);
        doc_path(path, map);
        return err_set(ERR_PARSE, "%s:%d:%d: %s%sunknown key \"%.*s\"%s", map->doc->name,
                       item->key_line, item->key_column, path, path[0] ? ": " : "",
                       (int)(item->key.len < 60 ? item->key.len : 60), item->key.ptr, hint);
    }
    return ERR_OK;
}

/* At most 60 bytes of a scalar, for a message. */
#define SHORT_ARG(node) (int)((node)->text.len < 60 ? (node)->text.len : 60), (node)->text.ptr

static enum err refuse(const struct doc_node *node, const char *wanted)
{
    return doc_error(node, ERR_PARSE, "\"%.*s\" is not %s", SHORT_ARG(node), wanted);
}

/* A scalar that holds something. */
static enum err check_value(const struct doc_node *node, const char *wanted)
{
    if (node->kind != DOC_SCALAR)
        return doc_error(node, ERR_PARSE, "%s is here, where %s should be",
                         doc_kind_name(node->kind), wanted);
    if (doc_is_null(node))
        return doc_error(node, ERR_PARSE, "nothing is here, where %s should be", wanted);
    return ERR_OK;
}

static enum err check_number(const struct doc_node *node, const char *wanted)
{
    enum err err = check_value(node, wanted);
    if (!err && node->is_quoted)
        return doc_error(node, ERR_PARSE, "\"%.*s\" is text in quotes, not %s", SHORT_ARG(node),
                         wanted);
    return err;
}

enum err doc_str(const struct doc_node *node, struct str *out)
{
    enum err err = check_value(node, "text");
    if (!err)
        *out = node->text;
    return err;
}

enum err doc_int64(const struct doc_node *node, int64_t min, int64_t max, int64_t *out)
{
    int64_t value;
    enum err err = check_number(node, "a whole number");
    if (err)
        return err;
    if (!str_to_int64(node->text, &value))
        return refuse(node, "a whole number");
    if (value < min || value > max)
        return doc_error(node, ERR_RANGE, "%lld is not between %lld and %lld", (long long)value,
                         (long long)min, (long long)max);
    *out = value;
    return ERR_OK;
}

enum err doc_double(const struct doc_node *node, double min, double max, double *out)
{
    double value;
    enum err err = check_number(node, "a number");
    if (err)
        return err;
    if (!str_to_double(node->text, &value))
        return refuse(node, "a number");
    if (value < min || value > max)
        return doc_error(node, ERR_RANGE, "%.*s is not between %.10g and %.10g", SHORT_ARG(node),
                         min, max);
    *out = value;
    return ERR_OK;
}

enum err doc_fixed(const struct doc_node *node, int scale_digits, int64_t min, int64_t max,
                   int64_t *out)
{
    int64_t value;
    enum err err = check_number(node, "a number");
    if (err)
        return err;
    if (!str_to_fixed(node->text, scale_digits, &value)) {
        char wanted[64];
        snprintf(wanted, sizeof(wanted), "a number with at most %d decimals", scale_digits);
        return refuse(node, wanted);
    }
    if (value < min || value > max) {
        double scale = pow(10, scale_digits);
        return doc_error(node, ERR_RANGE, "%.*s is not between %.15g and %.15g", SHORT_ARG(node),
                         (double)min / scale, (double)max / scale);
    }
    *out = value;
    return ERR_OK;
}

enum err doc_bool(const struct doc_node *node, bool *out)
{
    enum err err = check_value(node, "true or false");
    if (err)
        return err;
    bool yes = str_is(node->text, "true");
    if (node->is_quoted || (!yes && !str_is(node->text, "false")))
        return refuse(node, "true or false");
    *out = yes;
    return ERR_OK;
}

enum err doc_date(const struct doc_node *node, int32_t *out_yyyymmdd)
{
    enum err err = check_value(node, "a date");
    if (err)
        return err;
    int32_t date = date_parse(node->text);
    if (date == 0)
        return refuse(node, "a date written 2019-05-21");
    *out_yyyymmdd = date;
    return ERR_OK;
}

enum err doc_time_of_day(const struct doc_node *node, int64_t *out_nanos)
{
    enum err err = check_value(node, "a time of day");
    if (!err && !time_of_day_parse(node->text, out_nanos))
        return refuse(node, "a time of day written 09:45 or 15:59:30");
    return err;
}

enum err doc_choice(const struct doc_node *node, const char *const names[], size_t count,
                    size_t *out_index)
{
    enum err err = check_value(node, "a word");
    if (err || is_among(node->text, names, count, out_index))
        return err;
    char hint[300];
    describe_names(hint, sizeof(hint), node->text, names, count);
    return doc_error(node, ERR_PARSE, "\"%.*s\" is not known%s", SHORT_ARG(node), hint);
}
