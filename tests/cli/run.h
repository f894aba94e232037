/*
 * The program as its users run it.
 */
#ifndef TESTS_CLI_RUN_H
#define TESTS_CLI_RUN_H

#include <stddef.h>

#include "base/attr.h"

struct ran {
    int status;
    char out[65536], err[4096];
};

/* A file as text, cut to bytes - 1. */
void slurp(const char *path, char *out, size_t bytes);

/* Run `ironfly WORDS` in an empty folder, with no settings of whoever runs the tests. */
struct ran *run(const char *format, ...) PRINTF_LIKE(1, 2);

/* One sample store for all tests of this program. */
const char *sample(void);

#endif
