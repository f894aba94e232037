/*
 * Reading one day of the SPX chains in tests: series of calls and puts by strike.
 */
#ifndef DOMAIN_PRICING_SPX_CHAIN_TEST_H
#define DOMAIN_PRICING_SPX_CHAIN_TEST_H

#include <stdio.h>

#include <zstd.h>

#include "base/date.h"
#include "base/mem.h"
#include "base/str.h"
#include "tests/testing.h"

enum { SPX_SERIES_MAX = 64, SPX_STRIKES_MAX = 512 };

struct spx_series {
    bool is_am; /* root SPX: settles on the opening of its expiry */
    int32_t expiry;
    int days;
    size_t count;
    double strike[SPX_STRIKES_MAX];
    double bid[2][SPX_STRIKES_MAX], ask[2][SPX_STRIKES_MAX]; /* 0 calls, 1 puts; NaN: no row */
    double iv[2][SPX_STRIKES_MAX], delta[2][SPX_STRIKES_MAX];
};

struct spx_day {
    struct arena arena;
    double underlying;
    size_t count;
    struct spx_series *series[SPX_SERIES_MAX];
};

static inline char *spx_read(struct arena *arena, const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    MUST(file != NULL);
    size_t packed_max = 4u << 20, plain_max = 16u << 20;
    char *packed = arena_alloc(arena, packed_max), *plain = arena_alloc(arena, plain_max);
    size_t packed_len = fread(packed, 1, packed_max, file);
    fclose(file);
    *len = ZSTD_decompress(plain, plain_max, packed, packed_len);
    MUST(!ZSTD_isError(*len));
    return plain;
}

static inline struct spx_series *spx_find(struct spx_day *day, bool is_am, int32_t expiry, int days)
{
    for (size_t i = 0; i < day->count; i++)
        if (day->series[i]->is_am == is_am && day->series[i]->expiry == expiry)
            return day->series[i];
    MUST(day->count < SPX_SERIES_MAX);
    struct spx_series *series = arena_new(&day->arena, struct spx_series);
    series->is_am = is_am;
    series->expiry = expiry;
    series->days = days;
    return day->series[day->count++] = series;
}

static inline size_t spx_strike(struct spx_series *series, double strike)
{
    for (size_t i = series->count; i-- > 0;)
        if (series->strike[i] == strike)
            return i;
    MUST(series->count < SPX_STRIKES_MAX);
    size_t at = series->count++;
    series->strike[at] = strike;
    for (int right = 0; right < 2; right++)
        series->bid[right][at] = series->ask[right][at] = series->iv[right][at] = NAN;
    return at;
}

static inline double spx_number(struct str text)
{
    double value;
    MUST(str_to_double(text, &value));
    return value;
}

static inline void spx_open(struct spx_day *day, const char *path)
{
    size_t len;
    *day = (struct spx_day){ .count = 0 };
    arena_init(&day->arena, "spx day", 1u << 20);
    struct str rest = { spx_read(&day->arena, path, &len), 0 }, line;
    rest.len = len;
    MUST(str_cut(&rest, '\n', &line));
    while (str_cut(&rest, '\n', &line)) {
        struct str fields[17], left = str_trim_right(line);
        int count = 0;
        while (count < 17 && str_cut(&left, ',', &fields[count]))
            count++;
        if (count < 17)
            continue;
        int32_t expiry = date_parse(fields[5]), quoted = date_parse(fields[6]);
        MUST(expiry && quoted);
        day->underlying = spx_number(fields[1]);
        struct spx_series *series = spx_find(day, !str_starts_with(fields[3], STR("SPXW")), expiry,
                                             date_diff(expiry, quoted));
        size_t at = spx_strike(series, spx_number(fields[7]));
        int right = str_is(fields[4], "put");
        series->bid[right][at] = spx_number(fields[10]);
        series->ask[right][at] = spx_number(fields[11]);
        series->iv[right][at] = spx_number(fields[14]);
        series->delta[right][at] = spx_number(fields[15]);
    }
}

static inline void spx_close(struct spx_day *day)
{
    arena_clear(&day->arena);
}

#endif
