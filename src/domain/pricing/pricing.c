#include "domain/pricing/pricing.h"

const char *pricing_status_name(uint8_t status)
{
    static const char *const names[] = {
#define PRICING_STATUS(name, text, meaning) text,
#include "domain/pricing/pricing_status.def"
#undef PRICING_STATUS
    };
    return status < ARRAY_COUNT(names) ? names[status] : "unknown";
}

const char *pricing_status_meaning(uint8_t status)
{
    static const char *const meanings[] = {
#define PRICING_STATUS(name, text, meaning) meaning,
#include "domain/pricing/pricing_status.def"
#undef PRICING_STATUS
    };
    return status < ARRAY_COUNT(meanings) ? meanings[status] : "unknown";
}
