#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __clang_analyzer__ /* the forms that only callers see */
#undef err_set
#undef err_add
#endif

enum { DETAIL_BYTES = 1024 };

static _Thread_local char detail[DETAIL_BYTES];

enum err err_set(enum err code, const char *format, ...)
{
    /* An argument may point into detail itself, so format aside. */
    char text[DETAIL_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    memcpy(detail, text, sizeof text);
    return code;
}

enum err err_add(enum err code, const char *format, ...)
{
    char text[DETAIL_BYTES];
    va_list args;
    va_start(args, format);
    int used = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (used >= 0 && used < DETAIL_BYTES)
        snprintf(text + used, (size_t)(DETAIL_BYTES - used), ": %s", detail);
    memcpy(detail, text, sizeof text);
    return code;
}

const char *err_detail(void)
{
    return detail;
}

const char *err_name(enum err code)
{
    static const char *const names[] = {
#define ERROR(name, text) #name,
#include "base/errors.def"
#undef ERROR
    };
    MUST((unsigned)code < ERR_COUNT);
    return names[code];
}

const char *err_meaning(enum err code)
{
    static const char *const texts[] = {
#define ERROR(name, text) text,
#include "base/errors.def"
#undef ERROR
    };
    MUST((unsigned)code < ERR_COUNT);
    return texts[code];
}

void must_fail(const char *cond, const char *file, int line)
{
    fprintf(stderr, "ironfly: internal error: %s:%d: MUST(%s) does not hold\n", file, line, cond);
    abort();
}
