/* Any text: no crash; what compiles runs, can be written, and reads back as the same program. */
#include "domain/strategy/expr.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct expr *a, const struct expr *b, double fill)
{
    double features[FEATURE_COUNT];
    for (int i = 0; i < FEATURE_COUNT; i++)
        features[i] = fill + i;
    double x = expr_eval(a, features), y = expr_eval(b, features);
    MUST((isnan(x) && isnan(y)) || x == y);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct expr_constant constants[] = { { "p", -0.25 }, { "quite_long", 1e-300 } };
    if (size < 1)
        return 0;
    struct str text = { (const char *)data + 1, size - 1 };
    enum expr_unit want = (enum expr_unit)(data[0] % (UNIT_BOOL + 1));
    enum expr_scope scope = (enum expr_scope)(data[0] / 8 % 3);
    struct arena arena;
    struct buf first = { 0 }, second = { 0 };
    const struct expr *expr, *again;
    arena_init(&arena, "fuzz", 0);
    if (expr_compile(&expr, &arena, "fuzz", text, scope, want, constants, 2) == ERR_OK) {
        expr_format(&first, expr);
        MUST(first.len > 4000 || expr_compile(&again, &arena, "again", buf_str(&first), scope, want,
                                              NULL, 0) == ERR_OK);
        if (first.len <= 4000) {
            expr_format(&second, again);
            MUST(str_equal(buf_str(&first), buf_str(&second)));
            check_same(expr, again, NAN);
            check_same(expr, again, 0);
            check_same(expr, again, 20190601);
            check_same(expr, again, -1e300);
        }
    }
    buf_free(&first);
    buf_free(&second);
    arena_clear(&arena);
    return 0;
}
