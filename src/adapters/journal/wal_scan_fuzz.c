/* Any bytes as a write-ahead log: no crash, and never more commits than frames. */
#include "adapters/journal/wal_scan.h"

#include "base/attr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wal_scan scan = wal_scan(data, size);
    MUST(scan.commits <= scan.frames);
    MUST(scan.frames + scan.lost <= size / 512);
    return 0;
}
