#include "domain/market/record.h"

#include "base/attr.h"

const char *record_kind_name(enum record_kind kind)
{
    static const char *const names[] = {
#define RECORD(id, name, text) name,
#include "domain/market/records.def"
#undef RECORD
    };
    return kind < ARRAY_COUNT(names) ? names[kind] : "unknown";
}

const char *market_status_name(enum market_status status)
{
    static const char *const names[] = { "unknown", "open", "halted", "quoting only", "closed" };
    return status < ARRAY_COUNT(names) ? names[status] : "unknown";
}

const char *link_state_name(enum link_state state)
{
    static const char *const names[] = { "connecting", "up", "down", "ended" };
    return state < ARRAY_COUNT(names) ? names[state] : "unknown";
}
