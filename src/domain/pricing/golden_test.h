/*
 * Reading the golden tables in tests: a CSV with one header line, fields found by name.
 */
#ifndef DOMAIN_PRICING_GOLDEN_TEST_H
#define DOMAIN_PRICING_GOLDEN_TEST_H

#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "tests/testing.h"

struct golden {
    FILE *file;
    char header[1024], line[2048];
    struct str names[40], fields[40];
    int count, row;
};

static inline int golden_split(char *line, struct str fields[40])
{
    struct str rest = str_trim(str_from(line)), field;
    int count = 0;
    while (count < 40 && str_cut(&rest, ',', &field))
        fields[count++] = field;
    return count;
}

static inline void golden_open(struct golden *golden, const char *path)
{
    const char *full = testing_shared(path);
    MUST(full != NULL);
    *golden = (struct golden){ .file = fopen(full, "r") };
    MUST(golden->file != NULL);
    MUST(fgets(golden->header, sizeof golden->header, golden->file) != NULL);
    golden->count = golden_split(golden->header, golden->names);
}

/* The next row; closes the file and returns false at its end. */
static inline bool golden_next(struct golden *golden)
{
    golden->row++;
    if (fgets(golden->line, sizeof golden->line, golden->file)) {
        MUST(golden_split(golden->line, golden->fields) == golden->count);
        return true;
    }
    fclose(golden->file);
    return false;
}

static inline struct str golden_text(const struct golden *golden, const char *name)
{
    for (int i = 0; i < golden->count; i++)
        if (str_is(golden->names[i], name))
            return golden->fields[i];
    fail_msg("the table has no column %s", name);
    return STR("");
}

/* NaN when the field is empty. Takes exponents far below the range of a double, as 0. */
static inline double golden_number(const struct golden *golden, const char *name)
{
    struct str text = golden_text(golden, name);
    char copy[128];
    MUST(text.len < sizeof copy);
    snprintf(copy, sizeof copy, "%.*s", STR_ARG(text));
    return text.len ? strtod(copy, NULL) : NAN;
}

#endif
