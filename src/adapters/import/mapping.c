#include "adapters/import/mapping.h"

#include <string.h>

#include "base/doc.h"

static const char *const kind_names[] = { "quotes", "bars",  "dividends",
                                          "splits", "rates", "settlement" };
static const char *const role_keys[] = {
#define ROLE(id, key, text) key,
#include "adapters/import/roles.def"
#undef ROLE
};
static const char *const series_keys[] = { "symbol", "date",  "open",   "high",
                                           "low",    "close", "volume", "value" };
_Static_assert(ARRAY_COUNT(kind_names) == MAPPING_KIND_COUNT, "a name for each kind");
_Static_assert(ARRAY_COUNT(series_keys) == SERIES_COLUMN_COUNT, "a key for each column");

/* The place of a scalar among names; fallback when the key is not there. */
static enum err choice(const struct doc_node *map, const char *key, const char *const names[],
                       size_t count, size_t fallback, size_t *out)
{
    const struct doc_node *node = doc_find(map, key);
    *out = fallback;
    return node ? doc_choice(node, names, count, out) : ERR_OK;
}

static enum err flag(const struct doc_node *map, const char *key, bool *out)
{
    const struct doc_node *node = doc_find(map, key);
    return node ? doc_bool(node, out) : ERR_OK;
}

static enum err number(const struct doc_node *map, const char *key, int64_t min, int64_t max,
                       int64_t *out)
{
    const struct doc_node *node = doc_find(map, key);
    return node ? doc_int64(node, min, max, out) : ERR_OK;
}

static enum err text(const struct doc_node *map, const char *key, const char **out)
{
    const struct doc_node *node = doc_find(map, key);
    struct str value;
    enum err err = node ? doc_str(node, &value) : ERR_OK;
    if (node && !err)
        *out = value.ptr;
    return err;
}

/* keys[i] of the map "columns" to names[i]. */
static enum err read_columns(const struct doc_node *root, const char *const keys[], size_t count,
                             const char **names)
{
    const struct doc_node *columns;
    enum err err = doc_need(&columns, root, "columns");
    if (!err)
        err = doc_check_keys(columns, keys, count);
    for (size_t i = 0; i < count && !err; i++)
        err = text(columns, keys[i], &names[i]);
    return err;
}

static enum err read_separator(const struct doc_node *root, char *out)
{
    static const char *const names[] = { ",", ";", "|", "tab" };
    static const char bytes[] = { ',', ';', '|', '\t' };
    size_t index;
    enum err err = choice(root, "separator", names, ARRAY_COUNT(names), 0, &index);
    if (!err)
        *out = bytes[index];
    return err;
}

/* ---- quotes ---------------------------------------------------------------------------------- */

static enum err read_words(const struct doc_node *rights, const char *key,
                           struct str words[TABLE_RIGHT_WORDS])
{
    const struct doc_node *list = doc_find(rights, key);
    if (!list)
        return ERR_OK;
    if (list->kind == DOC_SCALAR)
        return doc_str(list, &words[0]);
    enum err err = doc_check_kind(list, DOC_LIST);
    if (!err && list->count > TABLE_RIGHT_WORDS)
        err = doc_error(list, ERR_RANGE, "more than %d words", TABLE_RIGHT_WORDS);
    for (size_t i = 0; i < list->count && !err; i++)
        err = doc_str(list->items[i], &words[i]);
    return err;
}

static enum err read_rights(const struct doc_node *root, struct table_layout *layout)
{
    static const char *const keys[] = { "call", "put" };
    const struct doc_node *rights = doc_find(root, "rights");
    if (!rights)
        return ERR_OK;
    enum err err = doc_check_keys(rights, keys, ARRAY_COUNT(keys));
    if (!err)
        err = read_words(rights, "call", layout->rights.call);
    if (!err)
        err = read_words(rights, "put", layout->rights.put);
    return err;
}

/* time: close | HH:MM, before_close: minutes. Without a word the close is assumed, and marked. */
static enum err read_time(const struct doc_node *root, struct table_view *view)
{
    const struct doc_node *time = doc_find(root, "time");
    bool from_row = view->columns[ROLE_TIME] || view->columns[ROLE_TIMESTAMP];
    view->clock = CLOCK_EQUITY;
    if (!time && !from_row)
        view->flags |= SNAPSHOT_TIME_ASSUMED;
    if (time && !str_is(time->text, "close")) {
        view->clock = CLOCK_FIXED;
        enum err err = doc_time_of_day(time, &view->time_of_day);
        if (err)
            return err;
    }
    int64_t minutes = 0;
    enum err err = number(root, "before_close", 0, 390, &minutes);
    view->before_close = minutes * NANOS_PER_MINUTE;
    bool is_close = false;
    if (!err)
        err = flag(root, "underlying_is_close", &is_close);
    if (is_close)
        view->flags |= SNAPSHOT_CLOSE;
    return err;
}

static enum err read_stamp(const struct doc_node *root, struct table_layout *layout)
{
    static const char *const names[] = { "iso", "seconds", "milliseconds", "microseconds",
                                         "nanoseconds" };
    size_t stamp;
    enum err err = choice(root, "timestamp", names, ARRAY_COUNT(names), STAMP_ISO, &stamp);
    layout->stamp = (enum table_stamp)stamp;
    const struct doc_node *bar = doc_find(root, "bar");
    if (err || !bar)
        return err;
    int64_t seconds = 0;
    layout->stamp_is_day = str_is(bar->text, "day");
    if (!layout->stamp_is_day)
        err = doc_int64(bar, 1, 86400, &seconds);
    layout->stamp_shift = seconds * NANOS_PER_SECOND;
    return err;
}

static enum err read_scales(const struct doc_node *root, struct table_layout *layout)
{
    static const char *const units[] = { "fraction", "percent" };
    int64_t price = 1, strike = 1;
    size_t unit = 0;
    enum err err = number(root, "price_divisor", 1, 1000000, &price);
    if (!err)
        err = number(root, "strike_divisor", 1, 1000000, &strike);
    if (!err)
        err = choice(root, "iv_unit", units, ARRAY_COUNT(units), 0, &unit);
    if (!err)
        err = flag(root, "zero_iv_missing", &layout->zero_iv_missing);
    if (!err)
        err = flag(root, "zero_delta_missing", &layout->zero_delta_missing);
    layout->price_divisor = (int32_t)price;
    layout->strike_divisor = (int32_t)strike;
    layout->iv_scale = unit ? 0.01 : 1;
    return err;
}

/* What a row of quotes cannot do without. */
static enum err check_quotes(const struct doc_node *root, const struct table_layout *layout)
{
    const char *const *columns = layout->views[0].columns;
    const struct doc_node *node = doc_find(root, "columns");
    bool has_parts = columns[ROLE_EXPIRY] && columns[ROLE_STRIKE] && columns[ROLE_RIGHT] &&
                     (columns[ROLE_ROOT] || columns[ROLE_UNDERLYING] || layout->underlying ||
                      layout->file_names_underlying);
    if (!columns[ROLE_SYMBOL] && !has_parts)
        return doc_error(node, ERR_PARSE,
                         "name the column of the option \"symbol\", or those of \"expiry\", "
                         "\"strike\" and \"right\" with \"root\" or \"underlying\"");
    if (!columns[ROLE_DATE] && !columns[ROLE_TIMESTAMP])
        return doc_error(node, ERR_PARSE, "name the column of the \"date\" or the \"timestamp\"");
    if (columns[ROLE_TIME] && !columns[ROLE_DATE])
        return doc_error(node, ERR_PARSE, "\"time\" needs the column of its \"date\"");
    if (!columns[ROLE_BID] != !columns[ROLE_ASK])
        return doc_error(node, ERR_PARSE, "name both \"bid\" and \"ask\", or neither");
    if (!columns[ROLE_BID] && !columns[ROLE_LAST])
        return doc_error(node, ERR_PARSE, "name \"bid\" and \"ask\", or at least \"last\"");
    return ERR_OK;
}

static enum err read_quotes(const struct doc_node *root, struct mapping *mapping)
{
    struct table_layout *layout = &mapping->layout;
    struct table_view *view = &layout->views[0];
    layout->view_count = 1;
    enum err err = read_columns(root, role_keys, ROLE_COUNT, view->columns);
    const struct doc_node *zone = doc_find(root, "time_zone");
    layout->zone = ZONE_NEW_YORK;
    if (!err && zone && !zone_parse(zone->text, &layout->zone))
        err = doc_error(zone, ERR_PARSE,
                        "\"%.*s\" is none of America/New_York, America/Chicago and UTC",
                        (int)zone->text.len, zone->text.ptr);
    if (!err)
        err = text(root, "underlying", &layout->underlying);
    if (layout->underlying && !strcmp(layout->underlying, "from-file")) {
        layout->underlying = NULL;
        layout->file_names_underlying = true;
    }
    if (!err)
        err = read_time(root, view);
    if (!err)
        err = read_stamp(root, layout);
    if (!err)
        err = read_scales(root, layout);
    if (!err)
        err = read_rights(root, layout);
    if (!err)
        err = flag(root, "weekly_roots", &layout->weekly_roots);
    return err ? err : check_quotes(root, layout);
}

/* ---- series ---------------------------------------------------------------------------------- */

static enum err read_rate(const struct doc_node *root, struct mapping *mapping)
{
    static const char *const keys[] = { "basis", "unit", "days" };
    static const char *const bases[] = { "continuous", "discount", "simple", "annual" };
    static const char *const units[] = { "fraction", "percent" };
    const struct doc_node *rate;
    size_t basis = 0, unit = 0;
    int64_t days = 91;
    enum err err = doc_need(&rate, root, "rate");
    if (!err)
        err = doc_check_keys(rate, keys, ARRAY_COUNT(keys));
    if (!err)
        err = choice(rate, "basis", bases, ARRAY_COUNT(bases), RATE_CONTINUOUS, &basis);
    if (!err)
        err = choice(rate, "unit", units, ARRAY_COUNT(units), 0, &unit);
    if (!err)
        err = number(rate, "days", 1, 36500, &days);
    mapping->rate_basis = (enum rate_basis)basis;
    mapping->rate_unit = unit ? 0.01 : 1;
    mapping->rate_days = (int)days;
    return err;
}

static enum err read_series(const struct doc_node *root, struct mapping *mapping)
{
    enum err err = read_columns(root, series_keys, SERIES_COLUMN_COUNT, mapping->series);
    if (!err)
        err = text(root, "symbol", &mapping->symbol);
    if (!err && mapping->kind == MAPPING_RATES)
        err = read_rate(root, mapping);
    if (err)
        return err;
    if (mapping->symbol && !strcmp(mapping->symbol, "from-file")) {
        mapping->symbol = NULL;
        mapping->file_names_symbol = true;
    }
    const struct doc_node *columns = doc_find(root, "columns");
    if (!mapping->symbol && !mapping->file_names_symbol && !mapping->series[SERIES_COLUMN_SYMBOL])
        return doc_error(root, ERR_PARSE, "name the \"symbol\", or the column that holds it");
    if (!mapping->series[SERIES_COLUMN_DATE])
        return doc_error(columns, ERR_PARSE, "name the column of the \"date\"");
    enum series_column needed =
        mapping->kind == MAPPING_BARS ? SERIES_COLUMN_CLOSE : SERIES_COLUMN_VALUE;
    if (!mapping->series[needed] &&
        !(mapping->kind == MAPPING_SETTLEMENT && mapping->series[SERIES_COLUMN_CLOSE]))
        return doc_error(columns, ERR_PARSE, "name the column of the \"%s\"", series_keys[needed]);
    return ERR_OK;
}

/* ---- the file -------------------------------------------------------------------------------- */

static enum err read_root(struct mapping *mapping, const struct doc_node *root)
{
    static const char *const quote_keys[] = {
        "kind",
        "separator",
        "dates",
        "columns",
        "underlying",
        "time_zone",
        "time",
        "before_close",
        "timestamp",
        "bar",
        "iv_unit",
        "price_divisor",
        "strike_divisor",
        "rights",
        "weekly_roots",
        "zero_iv_missing",
        "zero_delta_missing",
        "underlying_is_close",
    };
    static const char *const table_keys[] = { "kind",    "separator", "dates",
                                              "columns", "symbol",    "rate" };
    static const char *const orders[] = { "auto", "day-first" };
    size_t kind = 0, order = 0;
    enum err err = doc_check_kind(root, DOC_MAP);
    if (!err)
        err = choice(root, "kind", kind_names, MAPPING_KIND_COUNT, MAPPING_QUOTES, &kind);
    mapping->kind = (enum mapping_kind)kind;
    bool quotes = kind == MAPPING_QUOTES;
    /* "rate" belongs to rates alone; it is the last of its keys. */
    if (!err)
        err = quotes ? doc_check_keys(root, quote_keys, ARRAY_COUNT(quote_keys))
                     : doc_check_keys(root, table_keys,
                                      ARRAY_COUNT(table_keys) - (kind != MAPPING_RATES));
    if (!err)
        err = read_separator(root, &mapping->layout.separator);
    if (!err)
        err = choice(root, "dates", orders, ARRAY_COUNT(orders), DATES_AUTO, &order);
    mapping->layout.dates = (enum date_order)order;
    if (err)
        return err;
    return quotes ? read_quotes(root, mapping) : read_series(root, mapping);
}

enum err mapping_read(struct mapping *out, struct arena *arena, const char *path)
{
    struct doc *doc;
    *out = (struct mapping){ 0 };
    enum err err = doc_read(&doc, arena, path);
    return err ? err : read_root(out, doc->root);
}

enum err mapping_parse(struct mapping *out, struct arena *arena, const char *name, struct str yaml)
{
    struct doc *doc;
    *out = (struct mapping){ 0 };
    enum err err = doc_parse(&doc, arena, name, yaml);
    return err ? err : read_root(out, doc->root);
}
