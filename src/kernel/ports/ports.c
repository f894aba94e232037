#include "kernel/ports/ports.h"

#include <string.h>

const char *event_kind_name(enum event_kind kind)
{
    static const char *const names[] = {
#define EVENT(id, name, priority, text) name,
#include "kernel/ports/events.def"
#undef EVENT
    };
    MUST((unsigned)kind < EVENT_KIND_COUNT);
    return names[kind];
}

int event_priority(enum event_kind kind)
{
    static const int priorities[] = {
#define EVENT(id, name, priority, text) priority,
#include "kernel/ports/events.def"
#undef EVENT
    };
    MUST((unsigned)kind < EVENT_KIND_COUNT);
    return priorities[kind];
}

const char *order_purpose_name(enum order_purpose purpose)
{
    static const char *const names[] = { "open", "close", "roll", "hedge", "stock", "manual" };
    MUST((unsigned)purpose < ARRAY_COUNT(names));
    return names[purpose];
}

const char *command_kind_name(enum command_kind kind)
{
    static const char *const names[COMMAND_KIND_COUNT] = {
        [COMMAND_REDUCE] = "reduce",     [COMMAND_HALT] = "halt",
        [COMMAND_RESUME] = "resume",     [COMMAND_FLATTEN] = "flatten",
        [COMMAND_KILL] = "kill",         [COMMAND_PLACE] = "place",
        [COMMAND_CANCEL] = "cancel",     [COMMAND_REPLACE] = "replace",
        [COMMAND_APPROVE] = "approve",   [COMMAND_DENY] = "deny",
        [COMMAND_CLOSE] = "close",       [COMMAND_ARM] = "arm",
        [COMMAND_DISARM] = "disarm",     [COMMAND_CONFIDENCE] = "confidence",
        [COMMAND_OVERRIDE] = "override", [COMMAND_REVOKE] = "revoke",
        [COMMAND_FAULT] = "fault",       [COMMAND_ENLIST] = "enlist",
    };
    MUST((unsigned)kind < COMMAND_KIND_COUNT);
    return names[kind];
}

void order_number(char out[ORDER_NUMBER_BYTES], uint64_t id)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    memset(out, '0', ORDER_NUMBER_BYTES - 1);
    out[ORDER_NUMBER_BYTES - 1] = '\0';
    memcpy(out, "if", 2);
    for (int at = ORDER_NUMBER_BYTES - 2; id && at >= 2; at--, id /= 36)
        out[at] = digits[id % 36];
}
