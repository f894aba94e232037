/*
 * Compiler attributes by name, and MUST(): the assertion that stays on in release.
 */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, args) __attribute__((format(printf, text, args)))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
#define CONSTRUCTOR __attribute__((constructor))

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The program is wrong when cond does not hold: says where and aborts, in every build. */
#define MUST(cond) ((cond) ? (void)0 : must_fail(#cond, __FILE__, __LINE__))

NORETURN void must_fail(const char *cond, const char *file, int line);

#endif
