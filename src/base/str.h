/*
 * Text: struct str is a view that owns nothing; struct buf is text being written.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "base/err.h"

struct str {
    const char *ptr; /* not NUL-terminated; may be NULL when len is 0 */
    size_t len;
};

/* For printf("%.*s", STR_ARG(text)). */
#define STR_ARG(s) (int)(s).len, (s).ptr

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })

static inline struct str str_from(const char *text)
{
    return (struct str){ text, text ? strlen(text) : 0 };
}

bool str_equal(struct str a, struct str b);
bool str_equal_nocase(struct str a, struct str b); /* ASCII letters only */
bool str_is(struct str a, const char *text);
bool str_starts_with(struct str text, struct str start);
bool str_ends_with(struct str text, struct str end);
struct str str_trim(struct str text); /* spaces, tabs, CR, LF at both ends */
struct str str_trim_right(struct str text);
struct str str_slice(struct str text, size_t from, size_t len); /* clipped to text */

/* Cut the part before the first sep off *rest; false and whole rest when there is none left.
 * An empty last field after a trailing separator is returned too. */
bool str_cut(struct str *rest, char sep, struct str *field);

/*
 * Numbers. The whole text must be the number: no spaces, no sign but '-', no exponent in decimals.
 * Return false, with *out untouched, on anything else or on overflow.
 */
bool str_to_int64(struct str text, int64_t *out);
bool str_to_double(struct str text, double *out); /* finite; an exponent is allowed */

/*
 * A decimal such as "-12.345" times 10^scale_digits, exactly: "1.5" with 6 gives 1500000.
 * Errors: false when it is not a decimal, overflows, or has non-zero digits beyond the scale.
 */
bool str_to_fixed(struct str text, int scale_digits, int64_t *out);

/* A folder's path in a text, with or without what lies in it, as its last name alone: people who
 * are not at the machine have no use for the rest. A folder without a slash stays as it is. */
void str_hide_folder(char *text, const char *folder);

/* The name that text most likely means, for "did you mean": a few typing errors away, or NULL. */
const char *str_nearest(struct str text, const char *const names[], size_t count);

/* Valid UTF-8 without NUL. */
bool str_is_utf8(struct str text);

/* Text or bytes that grow. Start from { 0 }; buf_free() gives it back. ptr is always NUL-terminated
 * once something was written. */
struct buf {
    char *ptr;
    size_t len;
    size_t capacity;
};

void buf_append(struct buf *buf, const void *bytes, size_t len);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_clear(struct buf *buf); /* len 0, memory kept */
void buf_free(struct buf *buf);
static inline struct str buf_str(const struct buf *buf)
{
    return (struct str){ buf->ptr, buf->len };
}

#endif
