#include "base/mem.h"
#include "base/tzif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tzif table;
    if (tzif_parse(&table, (struct str){ (const char *)data, size }))
        return 0;
    for (int i = 0; i < table.count; i++) {
        MUST(tzif_offset_at_utc(&table, table.utc_s[i]) == table.offset_s[i]);
        MUST(tzif_offset_at_local(&table, table.local_s[i]) == table.offset_s[i]);
        MUST(i == 0 || table.utc_s[i] > table.utc_s[i - 1]);
    }
    return 0;
}
