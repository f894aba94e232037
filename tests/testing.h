/*
 * Tests over cmocka: TEST(module, says_what_must_hold) registers itself, so a new test is listed
 * nowhere. All *_test.c of one folder make one program; tests/testing.c holds its main().
 *
 * A test that needs ../shared (real data that is not part of the project) starts with
 * NEED_SHARED("data/lean"): without it the test is skipped and says so.
 */
#ifndef TESTS_TESTING_H
#define TESTS_TESTING_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/err.h"

void testing_register(const char *name, void (*run)(void **state));

#define TEST(module, name)                                                                         \
    static void test_##module##_##name(void **state);                                              \
    CONSTRUCTOR static void register_##module##_##name(void)                                       \
    {                                                                                              \
        testing_register(#module ": " #name, test_##module##_##name);                              \
    }                                                                                              \
    static void test_##module##_##name(UNUSED void **state)

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond))                                                                               \
            fail_msg("%s does not hold (err: %s)", #cond, err_detail());                           \
    } while (0)

#define CHECK_EQ(got, want)                                                                        \
    do {                                                                                           \
        long long got_ = (long long)(got), want_ = (long long)(want);                              \
        if (got_ != want_)                                                                         \
            fail_msg("%s is %lld, not %lld (err: %s)", #got, got_, want_, err_detail());           \
    } while (0)

#define CHECK_OK(call)                                                                             \
    do {                                                                                           \
        if ((call) != ERR_OK)                                                                      \
            fail_msg("%s failed: %s", #call, err_detail());                                        \
    } while (0)

#define CHECK_STR(got, want)                                                                       \
    do {                                                                                           \
        const char *got_ = (got), *want_ = (want);                                                 \
        if (strcmp(got_, want_) != 0)                                                              \
            fail_msg("%s is \"%s\", not \"%s\"", #got, got_, want_);                               \
    } while (0)

#define CHECK_HAS(text, part)                                                                      \
    do {                                                                                           \
        const char *text_ = (text), *part_ = (part);                                               \
        if (!strstr(text_, part_))                                                                 \
            fail_msg("\"%s\" does not contain \"%s\"", text_, part_);                              \
    } while (0)

#define CHECK_NEAR(got, want, tolerance)                                                           \
    do {                                                                                           \
        double got_ = (got), want_ = (want), tolerance_ = (tolerance);                             \
        if (!(fabs(got_ - want_) <= tolerance_))                                                   \
            fail_msg("%s is %.17g, not %.17g within %g (off by %g)", #got, got_, want_,            \
                     tolerance_, got_ - want_);                                                    \
    } while (0)

#define FOR_EACH(item, array)                                                                      \
    for (size_t item##_i = 0; item##_i < ARRAY_COUNT(array); item##_i++)                           \
        for (const __typeof__((array)[0]) *item = &(array)[item##_i], *item##_once = item;         \
             item##_once; item##_once = NULL)

/* The path of a file under ../shared, or NULL when it is not there. Valid until the next call. */
const char *testing_shared(const char *path);

/* A fresh empty folder, removed when the test program ends well. Valid until then. */
const char *testing_folder(void);

/* Write bytes to a file in folder; returns its path, valid until the program ends. */
const char *testing_file(const char *folder, const char *name, const void *bytes, size_t len);

/* Does a folder hold a name that begins so? */
bool testing_has_entry(const char *folder, const char *start);

/* How many of a count of random cases to run: all, or the share that IRONFLY_TEST_SHARE=10 asks
 * for, a tenth, where each takes a hundred times longer (tools/check valgrind). */
int testing_share(int count);

#define NEED_SHARED(path)                                                                          \
    do {                                                                                           \
        if (!testing_shared(path)) {                                                               \
            print_message("SKIPPED: needs ../shared/%s, which is not here\n", path);               \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

#endif
