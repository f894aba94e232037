/*
 * Errors: a code to branch on and a sentence to show.
 *
 * A function that can fail because of the world returns enum err. The text belongs to the thread
 * and lives until the next err_set() on it. Messages are lower case, name the thing and the value,
 * say what is wrong and what to do, and end without a period.
 *
 *     return err_set(ERR_PARSE, "%s:%d: strike \"%s\" is not a number", path, line, text);
 *     ...
 *     if (err) return err_add(err, "importing %s", path);     "importing x.csv: x.csv:3: ..."
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attr.h"

enum err {
#define ERROR(name, text) name,
#include "base/errors.def"
#undef ERROR
    ERR_COUNT
};

/* Set the thread's text and return code, so that failing is one line. */
enum err err_set(enum err code, const char *format, ...) PRINTF_LIKE(2, 3);

/* Put "context: " in front of the thread's text and return code. */
enum err err_add(enum err code, const char *format, ...) PRINTF_LIKE(2, 3);

#ifdef __clang_analyzer__
/* For static analysis, which looks at one file at a time: what these return is their code. */
#define err_set(code, ...) ((void)(err_set)(code, __VA_ARGS__), (code))
#define err_add(code, ...) ((void)(err_add)(code, __VA_ARGS__), (code))
#endif

/* The thread's text; "" when nothing was set. Never NULL. */
const char *err_detail(void);

/* "ERR_PARSE", and what it means in two words. */
const char *err_name(enum err code);
const char *err_meaning(enum err code);

#endif
