/* Any text as a mapping file: accepted or refused with a reason. */
#include "adapters/import/mapping.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena, "fuzz", 0);
    struct mapping mapping;
    if (mapping_parse(&mapping, &arena, "fuzz.yaml", (struct str){ (const char *)data, size }))
        MUST(err_detail()[0] != 0);
    else
        MUST(mapping.kind != MAPPING_QUOTES || mapping.layout.view_count == 1);
    arena_clear(&arena);
    return 0;
}
