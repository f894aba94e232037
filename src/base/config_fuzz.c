#include "base/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct config config, plain;
    struct doc *doc;
    arena_init(&arena, "fuzz", 0);
    config_init(&config);
    config_init(&plain);
    if (doc_parse(&doc, &arena, "dir/fuzz", (struct str){ (const char *)data, size }) == ERR_OK) {
        enum err err = config_apply(&config, &arena, doc);
        MUST(err == ERR_OK || strncmp(err_detail(), "dir/fuzz:", 9) == 0);
        for (int key = 0; key < CONFIG_COUNT; key++)
            MUST(config_text(&config, (enum config_key)key)[0] != '\0' ||
                 config_text(&plain, (enum config_key)key)[0] == '\0');
        MUST(config_number(&config, CONFIG_CASH) > 0);
    }
    arena_clear(&arena);
    return 0;
}
