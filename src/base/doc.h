/*
 * A YAML or JSON text as a tree whose nodes know their line, so that errors can say where.
 *
 *     struct doc *doc;
 *     if ((err = doc_read(&doc, arena, "fly.yaml"))) return err;
 *     static const char *const keys[] = { "name", "legs" };
 *     if ((err = doc_check_keys(doc->root, keys, ARRAY_COUNT(keys)))) return err;
 *     const struct doc_node *name;
 *     if ((err = doc_need(&name, doc->root, "name"))) return err;
 *
 * Every error reads like  fly.yaml:12:5: legs[0].strike.delta: "abc" is not a number
 *
 * JSON is read as YAML, of which it is a part. Of YAML only maps, lists and scalars are taken:
 * anchors, aliases, tags and several documents are refused, as are duplicate keys, text that is not
 * UTF-8 or holds a NUL, nesting deeper than 32 and texts above 1 MiB. Scalars keep their text; what
 * it means (5 a number or a name) is for the one who asks. Everything lives in the arena given to
 * the parser.
 */
#ifndef BASE_DOC_H
#define BASE_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum { DOC_DEPTH_MAX = 32, DOC_BYTES_MAX = 1 << 20, DOC_KEYS_MAX = 1000 };

enum doc_kind { DOC_SCALAR, DOC_MAP, DOC_LIST };

struct doc;

struct doc_node {
    enum doc_kind kind;
    bool is_quoted; /* scalar in quotes, or a block of text: never a number or null */
    int line;       /* from 1 */
    int column;     /* from 1, in characters */
    int key_line;   /* of the key, when the parent is a map */
    int key_column;
    struct str text; /* of a scalar, escapes resolved; NUL-terminated as well */
    struct str key;  /* when the parent is a map, NUL-terminated as well; else empty */
    size_t index;    /* place in the parent, from 0 */
    size_t count;    /* of a map or list */
    const struct doc_node *const *items; /* in the order of the file */
    const struct doc_node *parent;       /* NULL at the root */
    const struct doc *doc;
};

struct doc {
    const char *name; /* file name for messages */
    const struct doc_node *root;
};

/* Parse text. name is for messages and is copied. Errors: ERR_PARSE, *out untouched. */
NODISCARD enum err doc_parse(struct doc **out, struct arena *arena, const char *name,
                             struct str text);
/* The same from a file. Errors: also ERR_IO, ERR_NOT_FOUND. */
NODISCARD enum err doc_read(struct doc **out, struct arena *arena, const char *path);

/* Set an error at a node and return code: "name:line:column: path: message". */
enum err doc_error(const struct doc_node *node, enum err code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* "legs[0].strike.delta" of a node, NUL-terminated; cut when it does not fit. "" for the root. */
enum { DOC_PATH_BYTES = 256 };
void doc_path(char out[DOC_PATH_BYTES], const struct doc_node *node);

/* A key's value: NULL when there is none or map is NULL or no map; an error at the map instead. */
const struct doc_node *doc_find(const struct doc_node *map, const char *key);
NODISCARD enum err doc_need(const struct doc_node **out, const struct doc_node *map,
                            const char *key);

/* A plain null, ~ or nothing at all. */
bool doc_is_null(const struct doc_node *node);
const char *doc_kind_name(enum doc_kind kind); /* "a map" */

/* Errors: ERR_PARSE at the node when it is something else. */
NODISCARD enum err doc_check_kind(const struct doc_node *node, enum doc_kind kind);
/* Refuse keys of a map that are not among count keys, naming the nearest. Also refuses non-maps. */
NODISCARD enum err doc_check_keys(const struct doc_node *map, const char *const keys[],
                                  size_t count);

/*
 * The value of a scalar. min and max are inclusive. Numbers are not in quotes; everything else may
 * be. Errors: ERR_PARSE (not of the kind) or ERR_RANGE, at the node, *out untouched.
 */
NODISCARD enum err doc_str(const struct doc_node *node, struct str *out);
NODISCARD enum err doc_int64(const struct doc_node *node, int64_t min, int64_t max, int64_t *out);
NODISCARD enum err doc_double(const struct doc_node *node, double min, double max, double *out);
/* A decimal times 10^scale_digits, exactly: micro-dollars with 6. */
NODISCARD enum err doc_fixed(const struct doc_node *node, int scale_digits, int64_t min,
                             int64_t max, int64_t *out);
NODISCARD enum err doc_bool(const struct doc_node *node, bool *out); /* true, false */
NODISCARD enum err doc_date(const struct doc_node *node, int32_t *out_yyyymmdd);
NODISCARD enum err doc_time_of_day(const struct doc_node *node, int64_t *out_nanos);
/* The place of the text among count names; the error lists them, or the nearest when many. */
NODISCARD enum err doc_choice(const struct doc_node *node, const char *const names[], size_t count,
                              size_t *out_index);

#endif
