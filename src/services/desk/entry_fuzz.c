/* Any bytes as a record of any kind: refused with a reason, or written again byte for byte, and
 * shown. */
#include <string.h>

#include "services/desk/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct arena arena;
    arena_init(&arena, "fuzz", 0);
    struct entry record;
    struct buf again = { 0 }, text = { 0 };
    if (entry_read(&record, &arena, data[0], data + 1, size - 1) == ERR_OK) {
        entry_write(&again, &record);
        MUST(again.len == size - 1);
        MUST(memcmp(again.ptr, data + 1, size - 1) == 0);
        struct json_writer json = { .out = &text };
        json_object_begin(&json);
        entry_show(&json, &record);
        json_object_end(&json);
        MUST(str_is_utf8(buf_str(&text)));
    }
    buf_free(&again);
    buf_free(&text);
    arena_clear(&arena);
    return 0;
}
