/* Any bytes as a piece of a tape: events until something cannot be; nothing is read beyond the end.
 */
#include "base/str.h"
#include "services/desk/tape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf contracts = { 0 };
    struct event event;
    const char *fault;
    size_t at = 0, before = 0;
    while (tape_read_event(data, size, &at, &contracts, &event, &fault)) {
        MUST(at > before && at <= size);
        MUST((unsigned)event.kind < EVENT_KIND_COUNT);
        before = at;
    }
    MUST(fault || at == size);
    buf_free(&contracts);
    return 0;
}
