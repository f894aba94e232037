/* Any bytes: no crash; what is taken can be written, and reads back with the same hash. */
#include "domain/strategy/strategy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct buf first = { 0 }, second = { 0 };
    arena_init(&arena, "fuzz", 0);
    struct strategy *s = arena_new(&arena, struct strategy),
                    *again = arena_new(&arena, struct strategy);
    if (strategy_parse(s, &arena, "fuzz", (struct str){ (const char *)data, size }, NULL, 0) ==
        ERR_OK) {
        strategy_format(&first, s);
        if (strategy_parse(again, &arena, "again", buf_str(&first), NULL, 0) != ERR_OK)
            must_fail(err_detail(), first.ptr, 0);
        strategy_format(&second, again);
        MUST(str_equal(buf_str(&first), buf_str(&second)));
        MUST(strcmp(s->hash, again->hash) == 0);
    }
    buf_free(&first);
    buf_free(&second);
    arena_clear(&arena);
    return 0;
}
