/* Any message of the server. */
#include "adapters/feed/polygon/polygon_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_record(UNUSED void *context, const struct market_record *record)
{
    MUST(record->kind == RECORD_QUOTE || record->kind == RECORD_TRADE);
    if (record->kind == RECORD_TRADE)
        MUST(record->of.trade.price != PRICE_NONE);
}

static void on_status(UNUSED void *context, enum polygon_status status, UNUSED struct str message)
{
    MUST(status < POLYGON_STATUS_COUNT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct instruments instruments;
    arena_init(&arena, "fuzz", 0);
    instruments_init(&instruments, &arena, 8);
    struct polygon_talk talk = { .instruments = &instruments,
                                 .on_record = on_record,
                                 .on_status = on_status };
    polygon_read(&talk, (struct str){ (const char *)data, size });
    arena_clear(&arena);
    return 0;
}
