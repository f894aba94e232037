/*
 * The features as a table, and the names of units.
 */
#include "domain/strategy/expr_int.h"

struct feature_row {
    const char *name, *text;
    enum expr_unit unit;
    bool of_trade;
};

enum { SCOPE_MARKET, SCOPE_TRADE };
static const struct feature_row features_table[FEATURE_COUNT] = {
#define FEATURE(id, name, unit, scope, text) { name, text, unit, SCOPE_##scope == SCOPE_TRADE },
#include "domain/features/features.def"
#undef FEATURE
};

const char *feature_name(enum feature_id id)
{
    MUST(id < FEATURE_COUNT);
    return features_table[id].name;
}

const char *feature_text(enum feature_id id)
{
    MUST(id < FEATURE_COUNT);
    return features_table[id].text;
}

enum expr_unit feature_unit(enum feature_id id)
{
    MUST(id < FEATURE_COUNT);
    return features_table[id].unit;
}

bool feature_is_of_trade(enum feature_id id)
{
    MUST(id < FEATURE_COUNT);
    return features_table[id].of_trade;
}

const char *expr_unit_name(enum expr_unit u)
{
    static const char *const names[] = { "number", "ratio", "price",    "days",
                                         "time",   "date",  "condition" };
    MUST((size_t)u < ARRAY_COUNT(names));
    return names[u];
}
