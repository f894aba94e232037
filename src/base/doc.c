#include "base/doc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <yaml.h>

#include "base/date.h"
#include "base/zone.h"

/* A node while it grows: its children as a chain, made an array when it ends. */
struct draft {
    struct doc_node node; /* first, so that a finished draft is a node */
    struct draft *first, *last, *next;
};

struct builder {
    struct arena *arena;
    struct doc *doc;
    struct draft *open[DOC_DEPTH_MAX];
    int depth;
    struct draft *root;
    struct str key; /* waits for its value; ptr NULL when none does */
    yaml_mark_t key_mark;
    int documents;
};

static enum err fail_at(const char *name, size_t line, size_t column, const char *why)
{
    return err_set(ERR_PARSE, "%s:%zu:%zu: %s", name, line, column, why);
}

static enum err fail_at_event(const struct builder *b, const yaml_event_t *event, const char *why)
{
    return fail_at(b->doc->name, event->start_mark.line + 1, event->start_mark.column + 1, why);
}

static struct str copy_text(struct arena *arena, const yaml_char_t *text, size_t len)
{
    return (struct str){ arena_strndup(arena, (const char *)text, len), len };
}

static const struct draft *find_draft(const struct draft *map, struct str key)
{
    for (const struct draft *item = map->first; item; item = item->next)
        if (str_equal(item->node.key, key))
            return item;
    return NULL;
}

/* A scalar where a map expects a key. */
static enum err take_key(struct builder *b, const yaml_event_t *event)
{
    struct draft *map = b->open[b->depth - 1];
    struct str key = { (const char *)event->data.scalar.value, event->data.scalar.length };
    if (key.len == 0)
        return fail_at_event(b, event, "a key is empty");
    if (map->node.count == DOC_KEYS_MAX)
        return fail_at_event(b, event, "a map has more than 1000 keys");
    const struct draft *twin = find_draft(map, key);
    if (twin)
        return err_set(ERR_PARSE, "%s:%zu:%zu: key \"%.*s\" is given twice, first in line %d",
                       b->doc->name, event->start_mark.line + 1, event->start_mark.column + 1,
                       (int)(key.len < 60 ? key.len : 60), key.ptr, twin->node.key_line);
    b->key = copy_text(b->arena, event->data.scalar.value, event->data.scalar.length);
    b->key_mark = event->start_mark;
    return ERR_OK;
}

static struct draft *add_node(struct builder *b, const yaml_event_t *event, enum doc_kind kind)
{
    struct draft *draft = arena_new(b->arena, struct draft);
    draft->node.kind = kind;
    draft->node.line = (int)event->start_mark.line + 1;
    draft->node.column = (int)event->start_mark.column + 1;
    draft->node.doc = b->doc;
    if (b->depth == 0) {
        b->root = draft;
        return draft;
    }
    struct draft *parent = b->open[b->depth - 1];
    draft->node.parent = &parent->node;
    draft->node.index = parent->node.count++;
    if (parent->node.kind == DOC_MAP) {
        draft->node.key = b->key;
        draft->node.key_line = (int)b->key_mark.line + 1;
        draft->node.key_column = (int)b->key_mark.column + 1;
        b->key = (struct str){ 0 };
    }
    if (parent->last)
        parent->last->next = draft;
    else
        parent->first = draft;
    parent->last = draft;
    return draft;
}

static enum err begin_node(struct builder *b, const yaml_event_t *event, enum doc_kind kind)
{
    if (b->depth && b->open[b->depth - 1]->node.kind == DOC_MAP && !b->key.ptr)
        return fail_at_event(b, event, "a key is a map or a list, not a name");
    struct draft *draft = add_node(b, event, kind);
    if (b->depth == DOC_DEPTH_MAX)
        return fail_at_event(b, event, "it is nested deeper than 32 levels");
    b->open[b->depth++] = draft;
    return ERR_OK;
}

static void end_node(struct builder *b)
{
    struct draft *draft = b->open[--b->depth];
    const struct doc_node **items =
        arena_array(b->arena, const struct doc_node *, draft->node.count);
    size_t i = 0;
    for (struct draft *item = draft->first; item; item = item->next)
        items[i++] = &item->node;
    draft->node.items = items;
}

static enum err take_scalar(struct builder *b, const yaml_event_t *event)
{
    /* Texts are used as C strings too, where a NUL would hide the rest. */
    if (memchr(event->data.scalar.value, '\0', event->data.scalar.length))
        return fail_at_event(b, event, "a text holds a NUL character (\\0)");
    if (b->depth && b->open[b->depth - 1]->node.kind == DOC_MAP && !b->key.ptr)
        return take_key(b, event);
    struct draft *draft = add_node(b, event, DOC_SCALAR);
    draft->node.is_quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    draft->node.text = copy_text(b->arena, event->data.scalar.value, event->data.scalar.length);
    return ERR_OK;
}

static const char *what_is_refused(const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return "aliases (*name) are not taken: write the value again";
    case YAML_SCALAR_EVENT:
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        break;
    default:
        break;
    }
    if (anchor)
        return "anchors (&name) are not taken: write the value again";
    return tag ? "tags (!name) are not taken" : NULL;
}

static enum err take_event(struct builder *b, const yaml_event_t *event)
{
    const char *refused = what_is_refused(event);
    if (refused)
        return fail_at_event(b, event, refused);
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (b->documents++)
            return fail_at_event(b, event, "a second document begins: keep one in a file");
        return ERR_OK;
    case YAML_SCALAR_EVENT:
        return take_scalar(b, event);
    case YAML_MAPPING_START_EVENT:
        return begin_node(b, event, DOC_MAP);
    case YAML_SEQUENCE_START_EVENT:
        return begin_node(b, event, DOC_LIST);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        end_node(b);
        return ERR_OK;
    default:
        return ERR_OK;
    }
}

/* libyaml says what it found; say what to do where that is known. */
static enum err fail_as_yaml(const char *name, const yaml_parser_t *parser, struct str text)
{
    size_t line = parser->problem_mark.line, column = parser->problem_mark.column;
    const char *problem = parser->problem ? parser->problem : "it is not YAML";
    if (parser->problem_mark.index < text.len && text.ptr[parser->problem_mark.index] == '\t')
        problem = "a tab stands where only spaces may: indent with spaces";
    else if (strcmp(problem, "did not find expected <document start>") == 0)
        problem = "something follows after the end";
    if (parser->context)
        return err_set(ERR_PARSE, "%s:%zu:%zu: %s, %s", name, line + 1, column + 1, problem,
                       parser->context);
    return fail_at(name, line + 1, column + 1, problem);
}

static enum err run_parser(struct builder *b, yaml_parser_t *parser, struct str text)
{
    for (bool done = false; !done;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event))
            return fail_as_yaml(b->doc->name, parser, text);
        enum err err = take_event(b, &event);
        done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        if (err)
            return err;
    }
    return ERR_OK;
}

static enum err check_utf8(const char *name, struct str text)
{
    if (str_is_utf8(text))
        return ERR_OK;
    size_t line_number = 1;
    for (struct str rest = text, line; str_cut(&rest, '\n', &line); line_number++) {
        if (line.len == 0 || str_is_utf8(line))
            continue;
        return err_set(ERR_PARSE,
                       "%s:%zu: there are bytes that are not UTF-8 text: save it as UTF-8", name,
                       line_number);
    }
    return err_set(ERR_PARSE, "%s: it is not UTF-8 text: save it as UTF-8", name);
}

static int hex_unit(const char *text)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/*
 * JSON writes characters beyond U+FFFF as two escapes, \ud83d\ude00, which YAML does not know: turn
 * each pair into YAML's \U0001f600. Returns a heap copy in *out, only when there was a pair.
 */
static bool join_surrogates(struct str text, struct buf *out)
{
    size_t done = 0;
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] != '\\')
            continue;
        bool is_pair = i + 12 <= text.len && memcmp(text.ptr + i, "\\u", 2) == 0 &&
                       memcmp(text.ptr + i + 6, "\\u", 2) == 0;
        int high = is_pair ? hex_unit(text.ptr + i + 2) : -1;
        int low = is_pair ? hex_unit(text.ptr + i + 8) : -1;
        if (high >= 0xD800 && high < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
            buf_append(out, text.ptr + done, i - done);
            buf_printf(out, "\\U%08x", 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
            done = i + 12;
            i += 11;
        } else {
            i++; /* the escaped character is not the start of an escape: "\\u" */
        }
    }
    if (done == 0)
        return false;
    buf_append(out, text.ptr + done, text.len - done);
    return true;
}

static enum err parse_text(struct builder *b, struct str text)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return err_set(ERR_FULL, "%s: no memory for the YAML parser", b->doc->name);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.ptr, text.len);
    enum err err = run_parser(b, &parser, text);
    yaml_parser_delete(&parser);
    return err;
}

enum err doc_parse(struct doc **out, struct arena *arena, const char *name, struct str text)
{
    if (text.len > DOC_BYTES_MAX)
        return err_set(ERR_PARSE, "%s: it has %zu bytes, more than the 1 MiB that are read", name,
                       text.len);
    if (text.len >= 2 &&
        (memcmp(text.ptr, "\xFF\xFE", 2) == 0 || memcmp(text.ptr, "\xFE\xFF", 2) == 0))
        return err_set(ERR_PARSE, "%s: it is UTF-16 text: save it as UTF-8", name);
    if (str_starts_with(text, STR("\xEF\xBB\xBF")))
        text = str_slice(text, 3, text.len);
    enum err err = text.len ? check_utf8(name, text) : ERR_OK;
    if (err)
        return err;
    struct builder b = { .arena = arena, .doc = arena_new(arena, struct doc) };
    b.doc->name = arena_strdup(arena, name);
    struct buf joined = { 0 };
    if (join_surrogates(text, &joined))
        text = buf_str(&joined);
    err = parse_text(&b, text);
    buf_free(&joined);
    if (err)
        return err;
    if (!b.root)
        return err_set(ERR_PARSE, "%s: it is empty", name);
    b.doc->root = &b.root->node;
    *out = b.doc;
    return ERR_OK;
}

enum err doc_read(struct doc **out, struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return err_set(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
    char *bytes = mem_alloc(DOC_BYTES_MAX + 1);
    errno = 0;
    size_t len = fread(bytes, 1, DOC_BYTES_MAX + 1, file);
    enum err err = ERR_OK;
    if (ferror(file))
        err = err_set(ERR_IO, "%s: %s", path, strerror(errno));
    else if (len > DOC_BYTES_MAX)
        err = err_set(ERR_PARSE, "%s: it has more than the 1 MiB that are read", path);
    else
        err = doc_parse(out, arena, path, (struct str){ bytes, len });
    fclose(file);
    mem_free(bytes);
    return err;
}
