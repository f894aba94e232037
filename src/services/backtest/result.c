#include "services/backtest/result.h"

#include "base/attr.h"

const char *order_purpose_name(enum order_purpose purpose)
{
    static const char *const names[] = {
        [PURPOSE_OPEN] = "open",   [PURPOSE_CLOSE] = "close", [PURPOSE_ROLL] = "roll",
        [PURPOSE_HEDGE] = "hedge", [PURPOSE_STOCK] = "stock",
    };
    MUST((size_t)purpose < ARRAY_COUNT(names));
    return names[purpose];
}

const char *close_reason_name(enum close_reason reason)
{
    static const char *const names[CLOSE_REASON_COUNT] = {
        [CLOSE_NONE] = "open",     [CLOSE_PROFIT] = "profit",
        [CLOSE_LOSS] = "stop",     [CLOSE_TIME] = "time",
        [CLOSE_DTE] = "dte",       [CLOSE_DAYS_HELD] = "days_held",
        [CLOSE_DELTA] = "delta",   [CLOSE_CONDITION] = "condition",
        [CLOSE_ROLLED] = "rolled", [CLOSE_EXPIRED] = "expired",
    };
    MUST((size_t)reason < CLOSE_REASON_COUNT);
    return names[reason];
}
