/*
 * Any bytes as a tape through the whole live path: no crash; whatever comes out has prices that
 * passed the rules, or none.
 */
#include <string.h>

#include "adapters/feed/replay_dbn.h"
#include "services/live/live.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(struct ring *ring)
{
    struct market_record r;
    while (ring_pop(ring, &r)) {
        if (r.kind != RECORD_QUOTE)
            continue;
        bool is_void = r.flags & RECORD_VOID;
        MUST(!is_void || r.of.quote.bid == PRICE_NONE);
        if (r.of.quote.bid != PRICE_NONE && r.of.quote.ask != PRICE_NONE)
            MUST(r.of.quote.bid < r.of.quote.ask);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct live live;
    struct arena arena;
    struct ring ring;
    struct source source;
    arena_init(&arena, "fuzz", 0);
    live_init(&live, &(struct live_options){ .instruments = 64 });
    ring_init(&ring, &arena, 256, sizeof(struct market_record));
    live_feed(&live, &ring);
    /* The first half is the primary's tape, the second the backup's, so that they meet. */
    size_t half = size / 2;
    if (!replay_dbn_open_memory(&source, NULL, "a", data, half, &live.instruments))
        live_add(&live, source);
    if (!replay_dbn_open_memory(&source, NULL, "b", data + half, size - half, &live.instruments))
        live_add(&live, source);
    for (int i = 0; i < 10000 && live.source_count && !live_is_over(&live); i++) {
        int64_t next = live_next_ns(&live);
        if (live_step(&live, next > live.now_ns ? next : live.now_ns, 4, NULL))
            break;
        board_refresh(&live.board, live.now_ns, 8);
        look(&ring);
    }
    live_close(&live);
    arena_clear(&arena);
    return 0;
}
