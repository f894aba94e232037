/*
 * Any table, with a mapping file that says which column is what: option quotes through the table
 * reader, and the series (bars, dividends, splits, rates, settlement values) here.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "adapters/import/csv_files.h"
#include "adapters/import/mapping.h"
#include "domain/types/calendar.h"
#include "domain/types/rates.h"

struct series_table {
    struct import *import;
    const struct mapping *mapping;
    struct csv_reader *csv;
    int columns[SERIES_COLUMN_COUNT];
    char symbol[STORE_SYMBOL_BYTES]; /* of every row; "" when a column says it */
};

static struct str field(const struct series_table *table, enum series_column column)
{
    int index = table->columns[column];
    return index < 0 ? (struct str){ 0 } : table->csv->fields[index];
}

static enum err bad_field(const struct series_table *table, enum series_column column,
                          const char *what, bool *skip)
{
    return csv_bad_field(table->import, table->csv, table->columns[column], what, skip);
}

static enum err read_price(const struct series_table *table, enum series_column column,
                           int64_t *out, bool *skip)
{
    bool rounded = false;
    *out = PRICE_NONE;
    if (*skip)
        return ERR_OK;
    if (!field_price(field(table, column), out, &rounded))
        return bad_field(table, column, "not a price", skip);
    if (rounded)
        import_found(table->import, FOUND_ROUNDED, csv_place(table->csv, table->columns[column]),
                     NULL);
    if (*out != PRICE_NONE && *out < 0) {
        *skip = true;
        import_found(table->import, FOUND_NEGATIVE, csv_place(table->csv, table->columns[column]),
                     NULL);
    }
    return ERR_OK;
}

/* No index or stock closes or settles at zero: a venue's or vendor's word for "none". */
static void drop_zero(const struct series_table *table, enum series_column column, int64_t price,
                      bool *skip)
{
    if (*skip || price != 0)
        return;
    *skip = true;
    char text[128];
    struct import_place place = csv_place(table->csv, table->columns[column]);
    snprintf(text, sizeof text, "column \"%s\"", place.column);
    import_found(table->import, FOUND_ZERO_CLOSE, place, text);
}

/* Open, high, low and close: all of a bar, one or two of a settlement. */
static enum err read_bar(const struct series_table *table, struct series_row *row, bool *skip)
{
    enum err err = read_price(table, SERIES_COLUMN_OPEN, &row->open, skip);
    if (!err)
        err = read_price(table, SERIES_COLUMN_HIGH, &row->high, skip);
    if (!err)
        err = read_price(table, SERIES_COLUMN_LOW, &row->low, skip);
    if (!err)
        err = read_price(table, SERIES_COLUMN_CLOSE, &row->close, skip);
    drop_zero(table, SERIES_COLUMN_CLOSE, row->close, skip);
    if (!err && !*skip && !field_volume(field(table, SERIES_COLUMN_VOLUME), &row->volume))
        err = bad_field(table, SERIES_COLUMN_VOLUME, "not a volume", skip);
    return err;
}

static enum err read_rate(const struct series_table *table, int64_t *out, bool *skip)
{
    const struct mapping *mapping = table->mapping;
    double quoted, rate = 0;
    struct str text = field(table, SERIES_COLUMN_VALUE);
    if (!text.len || str_is(text, ".")) /* so FRED writes days without a value */
        return ERR_OK;
    if (!field_double(text, &quoted))
        return bad_field(table, SERIES_COLUMN_VALUE, "not a number", skip);
    quoted *= mapping->rate_unit;
    enum err err = ERR_OK;
    if (mapping->rate_basis == RATE_DISCOUNT)
        err = rate_from_discount(quoted, mapping->rate_days, &rate);
    else if (mapping->rate_basis == RATE_SIMPLE)
        err = rate_from_simple(quoted, mapping->rate_days, &rate);
    else if (mapping->rate_basis == RATE_ANNUAL)
        err = rate_from_annual(quoted, &rate);
    else
        rate = quoted;
    if (err || fabs(rate) > 1)
        return bad_field(table, SERIES_COLUMN_VALUE,
                         "no rate between -100 and 100 % a year: is its unit percent?", skip);
    *out = llround(rate * 1e9);
    return ERR_OK;
}

/* "nothing happened" in a table of all days: no dividend, no split. */
static bool is_event(enum mapping_kind kind, int64_t value)
{
    return kind == MAPPING_DIVIDENDS ? value != 0
           : kind == MAPPING_SPLITS  ? value != 0 && value != MICROS_PER_DOLLAR
                                     : true;
}

static enum err read_value(const struct series_table *table, struct series_row *row, bool *skip)
{
    enum mapping_kind kind = table->mapping->kind;
    enum err err = ERR_OK;
    if (*skip)
        return ERR_OK;
    if (kind == MAPPING_BARS || kind == MAPPING_SETTLEMENT)
        err = read_bar(table, row, skip);
    if (!err && kind == MAPPING_RATES)
        err = read_rate(table, &row->value, skip);
    else if (!err && kind != MAPPING_BARS)
        err = read_price(table, SERIES_COLUMN_VALUE, &row->value, skip);
    if (kind == MAPPING_SETTLEMENT)
        drop_zero(table, SERIES_COLUMN_VALUE, row->value, skip);
    if (err || *skip)
        return err;
    bool is_given = kind == MAPPING_BARS ? row->close != PRICE_NONE
                                         : row->value != PRICE_NONE || row->close != PRICE_NONE;
    if (!is_given && (kind == MAPPING_DIVIDENDS || kind == MAPPING_SPLITS))
        *skip = true;
    else if (!is_given) {
        *skip = true;
        import_found(table->import, FOUND_NO_PRICE, csv_place(table->csv, -1), NULL);
    } else if (!is_event(kind, row->value)) {
        *skip = true;
    }
    return ERR_OK;
}

static enum err read_key(const struct series_table *table, char symbol[STORE_SYMBOL_BYTES],
                         int32_t *date, bool *skip)
{
    struct str text =
        table->symbol[0] ? str_from(table->symbol) : field(table, SERIES_COLUMN_SYMBOL);
    if (text.len && strchr("^$", text.ptr[0]))
        text = str_slice(text, 1, text.len);
    if (!text.len || text.len >= STORE_SYMBOL_BYTES)
        return bad_field(table, SERIES_COLUMN_SYMBOL, "no symbol of 1 to 15 characters", skip);
    memcpy(symbol, text.ptr, text.len);
    symbol[text.len] = 0;
    if (!field_date(field(table, SERIES_COLUMN_DATE), table->mapping->layout.dates, date) || !*date)
        return bad_field(table, SERIES_COLUMN_DATE, "not a date (2019-05-21 or 05/21/2019)", skip);
    enum mapping_kind kind = table->mapping->kind;
    if ((kind == MAPPING_BARS || kind == MAPPING_SETTLEMENT) &&
        calendar_day(calendar_us(), *date) == DAY_CLOSED) {
        *skip = true;
        import_found(table->import, FOUND_HOLIDAY, csv_place(table->csv, -1), symbol);
    }
    return ERR_OK;
}

static enum err import_row(void *context)
{
    const struct series_table *table = context;
    static const enum series_kind kinds[] = { [MAPPING_BARS] = SERIES_BARS,
                                              [MAPPING_DIVIDENDS] = SERIES_DIVIDENDS,
                                              [MAPPING_SPLITS] = SERIES_SPLITS,
                                              [MAPPING_RATES] = SERIES_RATES,
                                              [MAPPING_SETTLEMENT] = SERIES_SETTLEMENT };
    struct series_row row = { .value = PRICE_NONE,
                              .open = PRICE_NONE,
                              .high = PRICE_NONE,
                              .low = PRICE_NONE,
                              .close = PRICE_NONE,
                              .volume = -1 };
    char symbol[STORE_SYMBOL_BYTES];
    bool skip = false;
    enum err err = read_key(table, symbol, &row.date, &skip);
    if (!err)
        err = read_value(table, &row, &skip);
    if (err || skip)
        return err;
    return import_series_row(table->import, symbol, kinds[table->mapping->kind], &row);
}

static enum err bind(struct series_table *table)
{
    for (int i = 0; i < SERIES_COLUMN_COUNT; i++) {
        const char *names = table->mapping->series[i];
        bool optional = names && names[0] == '?';
        table->columns[i] = names ? csv_column(table->csv, names + optional) : -1;
        if (names && !optional && table->columns[i] < 0)
            return err_set(ERR_PARSE,
                           "%s:1: column \"%s\" is missing from the header: does the mapping file "
                           "fit?",
                           table->csv->name, names);
    }
    return ERR_OK;
}

/* "VIX9D" of ".../vix9d_yahoo.csv" */
static void symbol_of_file(struct series_table *table)
{
    const char *slash = strrchr(table->csv->name, '/');
    const char *name = slash ? slash + 1 : table->csv->name;
    size_t len = 0;
    for (; len + 1 < sizeof table->symbol; len++) {
        char c = name[len];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
            break;
        table->symbol[len] = c;
    }
    table->symbol[len] = 0;
}

static enum err name_symbol(struct series_table *table)
{
    if (table->mapping->symbol)
        snprintf(table->symbol, sizeof table->symbol, "%s", table->mapping->symbol);
    else if (table->mapping->file_names_symbol)
        symbol_of_file(table);
    bool is_known = table->symbol[0] || table->mapping->series[SERIES_COLUMN_SYMBOL];
    return is_known
               ? ERR_OK
               : err_set(ERR_PARSE, "%s: the file's name starts with no symbol", table->csv->name);
}

static enum err begin_file(void *context, struct csv_reader *csv)
{
    struct series_table *table = context;
    table->csv = csv;
    enum err err = bind(table);
    return err ? err : name_symbol(table);
}

enum err import_csv(struct import *import)
{
    if (!import->options->mapping)
        return err_set(ERR_USAGE, "format csv needs a mapping file that says which column is what: "
                                  "--mapping FILE, see docs/import-csv.md");
    struct mapping mapping;
    enum err err = mapping_read(&mapping, import->arena, import->options->mapping);
    if (err)
        return err;
    if (mapping.kind == MAPPING_QUOTES)
        return table_import(import, &mapping.layout, 1);
    struct series_table table = { .import = import, .mapping = &mapping };
    struct csv_rows rows = { begin_file, import_row, &table };
    return csv_files_read(import, mapping.layout.separator, &rows);
}

/* Any table may be meant, so none is recognised: the person says so. */
bool import_csv_recognise(const struct import_probe *probe)
{
    (void)probe;
    return false;
}
