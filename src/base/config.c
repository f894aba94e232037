#include "base/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum config_kind {
    CONFIG_TEXT,
    CONFIG_PATH,
    CONFIG_FILE,
    CONFIG_SECRET,
    CONFIG_LEVEL,
    CONFIG_FORMAT,
    CONFIG_MONEY,
    CONFIG_WHOLE,
};

static const struct {
    const char *key;
    enum config_kind kind;
    const char *fallback, *text;
} rows[CONFIG_COUNT] = {
#define CONFIG(id, key, kind, fallback, text) { key, kind, fallback, text },
#include "base/config.def"
#undef CONFIG
};

const char *config_key_name(enum config_key key)
{
    MUST(key >= 0);
    MUST(key < CONFIG_COUNT);
    return rows[key].key;
}

const char *config_key_text(enum config_key key)
{
    MUST(key >= 0);
    MUST(key < CONFIG_COUNT);
    return rows[key].text;
}

const char *config_key_default(enum config_key key)
{
    MUST(key >= 0);
    MUST(key < CONFIG_COUNT);
    return rows[key].fallback;
}

const char *config_key_kind(enum config_key key)
{
    static const char *const names[] = {
        [CONFIG_TEXT] = "text",
        [CONFIG_PATH] = "path",
        [CONFIG_FILE] = "path or nothing",
        [CONFIG_SECRET] = "text or nothing",
        [CONFIG_LEVEL] = "level",
        [CONFIG_FORMAT] = "`text` or `json`",
        [CONFIG_MONEY] = "dollars",
        [CONFIG_WHOLE] = "whole number from 0",
    };
    MUST(key >= 0);
    MUST(key < CONFIG_COUNT);
    return names[rows[key].kind];
}

bool config_key_is_secret(enum config_key key)
{
    MUST(key >= 0);
    MUST(key < CONFIG_COUNT);
    return rows[key].kind == CONFIG_SECRET;
}

void config_flag_name(char out[CONFIG_NAME_BYTES], enum config_key key)
{
    int len = snprintf(out, CONFIG_NAME_BYTES, "--%s", config_key_name(key));
    for (int i = 0; i < len; i++)
        if (out[i] == '.')
            out[i] = '-';
}

void config_env_name(char out[CONFIG_NAME_BYTES], enum config_key key)
{
    int len = snprintf(out, CONFIG_NAME_BYTES, "IRONFLY_%s", config_key_name(key));
    for (int i = 0; i < len; i++) {
        if (out[i] == '.')
            out[i] = '_';
        else if (out[i] >= 'a' && out[i] <= 'z')
            out[i] = (char)(out[i] - 'a' + 'A');
    }
}

enum err config_error(const struct config *config, enum config_key key, enum err code,
                      const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    return err_set(code, "%s: %s: %s", config->values[key].where, config_key_name(key), message);
}

/* What is wrong with a text for its kind; NULL when nothing is, and *number is set. */
static const char *check_value(enum config_kind kind, struct str text, int64_t *number)
{
    enum log_level level;
    enum log_format format;
    *number = 0;
    switch (kind) {
    case CONFIG_TEXT:
    case CONFIG_PATH:
        return text.len ? NULL : "is empty";
    case CONFIG_FILE:
    case CONFIG_SECRET:
        return NULL;
    case CONFIG_LEVEL:
        if (!log_level_parse(text, &level))
            return "is not one of debug, info, warn, error, off";
        *number = level;
        return NULL;
    case CONFIG_FORMAT:
        if (!log_format_parse(text, &format))
            return "is not text or json";
        *number = format;
        return NULL;
    case CONFIG_MONEY:
        return str_to_fixed(text, 6, number) && *number > 0
                   ? NULL
                   : "is not dollars above zero with at most 6 decimals";
    case CONFIG_WHOLE:
        return str_to_int64(text, number) && *number >= 0 ? NULL : "is not a whole number from 0";
    }
    return "is of no kind";
}

/* Both strings live as long as the config. */
static enum err set_value(struct config *config, enum config_key key, const char *text,
                          const char *where)
{
    int64_t number;
    const char *wrong = check_value(rows[key].kind, str_from(text), &number);
    if (wrong)
        return err_set(ERR_PARSE, "%s: %s: \"%.60s\" %s", where, rows[key].key, text, wrong);
    config->values[key] = (struct config_value){ text, where, number };
    return ERR_OK;
}

void config_init(struct config *out)
{
    *out = (struct config){ .file = NULL };
    for (int key = 0; key < CONFIG_COUNT; key++)
        MUST(set_value(out, (enum config_key)key, rows[key].fallback, "default") == ERR_OK);
}

/* Paths of a file are relative to its folder, so that it can be used from anywhere. */
static const char *resolve(struct arena *arena, const char *file, struct str path)
{
    const char *slash = strrchr(file, '/');
    if (path.len == 0 || path.ptr[0] == '/' || !slash)
        return arena_strndup(arena, path.ptr, path.len);
    return arena_printf(arena, "%.*s/%.*s", (int)(slash - file), file, STR_ARG(path));
}

static enum err apply_node(struct config *config, struct arena *arena, enum config_key key,
                           const struct doc_node *node)
{
    struct str text;
    enum err err = doc_str(node, &text);
    if (err)
        return err;
    const char *where = arena_printf(arena, "%s:%d:%d", node->doc->name, node->line, node->column);
    const char *value = rows[key].kind == CONFIG_PATH || rows[key].kind == CONFIG_FILE
                            ? resolve(arena, node->doc->name, text)
                            : text.ptr;
    return set_value(config, key, value, where);
}

/* The keys of group (or, for "", the first parts of all keys), without repeats. */
static size_t list_keys(const char *group, const char *keys[CONFIG_COUNT],
                        char space[CONFIG_COUNT][CONFIG_NAME_BYTES])
{
    size_t count = 0, group_len = strlen(group);
    for (int key = 0; key < CONFIG_COUNT; key++) {
        const char *name = rows[key].key;
        if (group_len) {
            if (strncmp(name, group, group_len) != 0 || name[group_len] != '.')
                continue;
            name += group_len + 1;
        }
        snprintf(space[count], CONFIG_NAME_BYTES, "%.*s", (int)strcspn(name, "."), name);
        if (count && strcmp(space[count], space[count - 1]) == 0)
            continue;
        keys[count] = space[count];
        count++;
    }
    return count;
}

static enum err check_keys(const struct doc_node *map, const char *group)
{
    const char *keys[CONFIG_COUNT];
    char space[CONFIG_COUNT][CONFIG_NAME_BYTES];
    size_t count = list_keys(group, keys, space);
    return doc_check_keys(map, keys, count);
}

enum err config_apply(struct config *config, struct arena *arena, const struct doc *doc)
{
    struct config changed = *config;
    enum err err = check_keys(doc->root, "");
    for (int key = 0; key < CONFIG_COUNT && !err; key++) {
        const char *dot = strchr(rows[key].key, '.');
        const struct doc_node *map = doc->root;
        if (dot) {
            const char *group = arena_strndup(arena, rows[key].key, (size_t)(dot - rows[key].key));
            map = doc_find(doc->root, group);
            if (map)
                err = check_keys(map, group);
        }
        const struct doc_node *node = err ? NULL : doc_find(map, dot ? dot + 1 : rows[key].key);
        if (node)
            err = apply_node(&changed, arena, (enum config_key)key, node);
    }
    if (err)
        return err;
    changed.file = doc->name;
    *config = changed;
    return ERR_OK;
}

/* The file to read, or NULL when there is none and none was asked for. */
static const char *find_file(struct arena *arena, const char *path)
{
    const char *named = path ? path : getenv("IRONFLY_CONFIG");
    if (named && *named)
        return named;
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    const char *places[] = {
        "ironfly.yaml",
        xdg && *xdg ? arena_printf(arena, "%s/ironfly/ironfly.yaml", xdg) : NULL,
        home && *home ? arena_printf(arena, "%s/.config/ironfly/ironfly.yaml", home) : NULL,
    };
    for (size_t i = 0; i < ARRAY_COUNT(places); i++)
        if (places[i] && access(places[i], F_OK) == 0)
            return places[i];
    return NULL;
}

enum err config_load(struct config *out, struct arena *arena, const char *path,
                     const struct config_flag *flags, size_t flag_count)
{
    struct config config;
    enum err err = ERR_OK;
    config_init(&config);
    const char *file = find_file(arena, path);
    if (file) {
        struct doc *doc;
        err = doc_read(&doc, arena, file);
        if (!err)
            err = config_apply(&config, arena, doc);
    }
    for (int key = 0; key < CONFIG_COUNT && !err; key++) {
        char name[CONFIG_NAME_BYTES];
        config_env_name(name, (enum config_key)key);
        const char *value = getenv(name);
        if (value && *value)
            err = set_value(&config, (enum config_key)key, arena_strdup(arena, value),
                            arena_strdup(arena, name));
    }
    for (size_t i = 0; i < flag_count && !err; i++) {
        char name[CONFIG_NAME_BYTES];
        config_flag_name(name, flags[i].key);
        err = set_value(&config, flags[i].key, arena_strdup(arena, flags[i].value),
                        arena_strdup(arena, name));
    }
    if (!err)
        *out = config;
    return err;
}
