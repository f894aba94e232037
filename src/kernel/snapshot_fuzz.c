/* Any bytes as a kernel's snapshot: refused with a reason, or written again byte for byte. */
#include <string.h>

#include "kernel/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct kernel *open_small(struct arena *arena)
{
    enum { TRADES = 2, ORDERS = 1 };
    static const char *const underlyings[] = { "SPY" };
    static struct risk_limits limits;
    risk_limits_default(&limits);
    const struct kernel_config config = { .underlyings = underlyings,
                                          .underlying_count = 1,
                                          .cash = 1000000,
                                          .may_trade = true,
                                          .sign_above = INT64_MAX,
                                          .risk = &limits,
                                          .limits = { .book = { .contracts = 8, .slices = 4 },
                                                      .trades = TRADES,
                                                      .orders = ORDERS,
                                                      .effects =
                                                          kernel_effects_needed(TRADES, ORDERS) } };
    struct kernel *kernel;
    MUST(kernel_open(&kernel, arena, &config) == ERR_OK);
    return kernel;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena, "fuzz", 1 << 18);
    struct kernel *kernel = open_small(&arena);
    struct buf again = { 0 };
    if (kernel_snapshot_read(kernel, data, size, NULL, 0) == ERR_OK) {
        kernel_snapshot_write(kernel, &again);
        MUST(again.len == size);
        MUST(memcmp(again.ptr, data, size) == 0);
    }
    buf_free(&again);
    arena_clear(&arena);
    return 0;
}
