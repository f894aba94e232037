#include "adapters/import/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "adapters/import/csv_files.h"
#include "adapters/import/files.h"
#include "base/date.h"
#include "domain/types/calendar.h"
#include "domain/types/occ_symbol.h"
#include "domain/types/product.h"

enum { SYMBOL_BYTES = STORE_SYMBOL_BYTES };

/* A file of a layout while it is read. */
struct table {
    struct import *import;
    const struct table_layout *layouts;
    size_t layout_count;
    const struct table_layout *layout; /* the one that fits the file */
    struct csv_reader *csv;
    int columns[TABLE_VIEWS_MAX][ROLE_COUNT]; /* -1: not in this file */
    char underlying[SYMBOL_BYTES];            /* of every row; "" when a column says it */

    /* Answers for the row before, which nearly always hold for the next one too. */
    struct str day_text;
    char day_copy[32];
    int32_t day;
    struct contract terms; /* of root and expiry; strike and right are another's */
    struct product product;
    struct {
        int32_t day;
        enum session session;
        int64_t ts_ns;
    } moments[TABLE_VIEWS_MAX];
};

/* What a row says in one view. */
struct reading {
    const int *columns;
    const struct table_view *view;
    int32_t day;
    struct contract contract;
    const char *underlying;
    bool is_standard;
    int64_t ts_ns;
    struct quote quote;
    int64_t level, level_bid, level_ask;
};

static struct str field(const struct table *table, const struct reading *row, enum table_role role)
{
    int column = row->columns[role];
    return column < 0 ? (struct str){ 0 } : table->csv->fields[column];
}

static enum err bad_field(struct table *table, const struct reading *row, enum table_role role,
                          const char *what, bool *skip)
{
    return csv_bad_field(table->import, table->csv, row->columns[role], what, skip);
}

/* ---- when ------------------------------------------------------------------------------------ */

static enum err read_day(struct table *table, struct reading *row, bool *skip)
{
    struct str text = field(table, row, ROLE_DATE);
    if (text.len == table->day_text.len && text.len &&
        !memcmp(text.ptr, table->day_copy, text.len)) {
        row->day = table->day;
        return ERR_OK;
    }
    int32_t day = 0;
    if (!field_date(text, table->layout->dates, &day) || !day)
        return bad_field(table, row, ROLE_DATE, "not a date (2019-05-21 or 05/21/2019)", skip);
    if (text.len <= sizeof table->day_copy) {
        memcpy(table->day_copy, text.ptr, text.len);
        table->day_text = (struct str){ table->day_copy, text.len };
        table->day = day;
    }
    row->day = day;
    return ERR_OK;
}

static bool read_stamp(const struct table_layout *layout, struct str text, int64_t *ts_ns)
{
    static const int64_t units[] = { [STAMP_SECONDS] = NANOS_PER_SECOND,
                                     [STAMP_MILLIS] = 1000000,
                                     [STAMP_MICROS] = 1000,
                                     [STAMP_NANOS] = 1 };
    if (layout->stamp == STAMP_ISO) {
        if (ts_parse_iso(text, layout->zone, ts_ns))
            return false;
    } else {
        /* Seconds may be written with a fraction. */
        int64_t count;
        if (layout->stamp == STAMP_SECONDS) {
            if (!str_to_fixed(text, 9, ts_ns))
                return false;
        } else if (!str_to_int64(text, &count) ||
                   __builtin_mul_overflow(count, units[layout->stamp], ts_ns)) {
            return false;
        }
    }
    int32_t first = 19000102, last = 21991230;
    return *ts_ns > zone_to_ts(ZONE_UTC, first, 0) && *ts_ns < zone_to_ts(ZONE_UTC, last, 0) &&
           !__builtin_add_overflow(*ts_ns, layout->stamp_shift, ts_ns);
}

/* The moment of a view on a day by the layout's own rule. */
static int64_t ruled_moment(const struct table *table, const struct table_view *view, int32_t day,
                            enum session session)
{
    const struct import_options *options = table->import->options;
    int64_t regular_close = zone_to_ts(ZONE_NEW_YORK, day, TIME_OF_DAY(16, 0));
    int64_t close;
    if (calendar_session(calendar_us(), day, session, NULL, &close))
        close = regular_close; /* closed: the row is left out anyway */
    int64_t equity_close = close;
    if (session != SESSION_EQUITY &&
        calendar_session(calendar_us(), day, SESSION_EQUITY, NULL, &equity_close))
        equity_close = regular_close;

    bool is_fixed = options->has_time || view->clock == CLOCK_FIXED;
    if (!is_fixed)
        return close - view->before_close;
    enum zone zone = options->has_time ? ZONE_NEW_YORK : table->layout->zone;
    int64_t ts =
        zone_to_ts(zone, day, options->has_time ? options->time_of_day : view->time_of_day);
    /* On a half day nothing is quoted at 15:45: as long before the close as on others. */
    return equity_close < regular_close && ts > equity_close ? ts - (regular_close - equity_close)
                                                             : ts;
}

static int64_t moment_by_date(struct table *table, const struct reading *row, int view_index)
{
    enum session session =
        row->view->clock == CLOCK_OPTION ? table->product.session : SESSION_EQUITY;
    __typeof__(table->moments[0]) *known = &table->moments[view_index];
    if (known->day != row->day || known->session != session) {
        known->day = row->day;
        known->session = session;
        known->ts_ns = ruled_moment(table, row->view, row->day, session);
    }
    return known->ts_ns;
}

static enum err read_when(struct table *table, struct reading *row, bool *skip)
{
    row->ts_ns = TS_NONE;
    bool has_date = row->columns[ROLE_DATE] >= 0;
    if (has_date) {
        enum err err = read_day(table, row, skip);
        if (err || *skip)
            return err;
    }
    if (row->columns[ROLE_TIMESTAMP] >= 0) {
        int64_t ts;
        if (!read_stamp(table->layout, field(table, row, ROLE_TIMESTAMP), &ts))
            return bad_field(table, row, ROLE_TIMESTAMP, "not a moment of the kind expected", skip);
        int32_t day = zone_date(table->layout->stamp_is_day ? table->layout->zone : ZONE_NEW_YORK,
                                ts - (table->layout->stamp_is_day ? 0 : 1));
        if (has_date && day != row->day)
            return bad_field(table, row, ROLE_TIMESTAMP, "on another day than the row's date",
                             skip);
        row->day = day;
        if (!table->layout->stamp_is_day)
            row->ts_ns = ts;
    } else if (row->columns[ROLE_TIME] >= 0) {
        int64_t nanos;
        if (!time_of_day_parse(field(table, row, ROLE_TIME), &nanos))
            return bad_field(table, row, ROLE_TIME, "not a time of day (15:45)", skip);
        row->ts_ns = zone_to_ts(table->layout->zone, row->day, nanos);
    }
    return ERR_OK;
}

/*
 * A contract that settles at the close stops being quoted then, also where the others of its class
 * go on for a quarter of an hour: its quote of the day is from before.
 */
static void settle_when(struct table *table, struct reading *row, int view_index)
{
    if (row->ts_ns != TS_NONE)
        return;
    row->ts_ns = moment_by_date(table, row, view_index);
    int64_t settles;
    if (row->view->clock == CLOCK_OPTION && row->contract.expiry == row->day &&
        row->contract.settle == SETTLE_PM &&
        !contract_settle_ts(&row->contract, calendar_us(), &settles) && settles < row->ts_ns)
        row->ts_ns = settles;
}

/* ---- which contract -------------------------------------------------------------------------- */

static bool word_in(struct str text, const struct str words[TABLE_RIGHT_WORDS])
{
    for (int i = 0; i < TABLE_RIGHT_WORDS; i++)
        if (words[i].len && str_equal_nocase(text, words[i]))
            return true;
    return false;
}

static char read_right(const struct table_layout *layout, struct str text)
{
    if (word_in(text, layout->rights.call) || str_equal_nocase(text, STR("C")) ||
        str_equal_nocase(text, STR("call")))
        return OPTION_CALL;
    if (word_in(text, layout->rights.put) || str_equal_nocase(text, STR("P")) ||
        str_equal_nocase(text, STR("put")))
        return OPTION_PUT;
    return 0;
}

static bool read_strike(const struct table_layout *layout, struct str text, int64_t *mills)
{
    int64_t micros;
    bool rounded = false;
    if (!text.len || !field_price(text, &micros, &rounded) || micros <= 0)
        return false;
    if (layout->strike_divisor > 1) {
        micros = (micros + layout->strike_divisor / 2) / layout->strike_divisor;
    }
    /* 23.35999 is how some files write 23.36, so a thousandth off a mill is forgiven. */
    *mills = (micros + 500) / 1000;
    int64_t off = *mills * 1000 - micros;
    return *mills > 0 && *mills <= OCC_STRIKE_MILLS_MAX && off <= 10 && off >= -10;
}

/* "^VIX", "$SPX", ".SPX", "BRK.B" as the roots of options write them. */
static void clean_symbol(char out[SYMBOL_BYTES], struct str text)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len && len + 1 < SYMBOL_BYTES; i++) {
        char c = text.ptr[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            out[len++] = c;
    }
    out[len] = 0;
}

/* The root of an index option whose row names only the index: the monthly one on third Fridays. */
static const char *weekly_root(const char *underlying, int32_t expiry)
{
    static const char *const pairs[][2] = { { "SPX", "SPXW" },
                                            { "NDX", "NDXP" },
                                            { "RUT", "RUTW" } };
    for (size_t i = 0; i < ARRAY_COUNT(pairs); i++)
        if (!strcmp(underlying, pairs[i][0]) && !calendar_is_monthly_expiry(calendar_us(), expiry))
            return pairs[i][1];
    return underlying;
}

static enum err read_expiry(struct table *table, struct reading *row, int32_t *expiry, bool *skip)
{
    if (field_date(field(table, row, ROLE_EXPIRY), table->layout->dates, expiry) && *expiry)
        return ERR_OK;
    return bad_field(table, row, ROLE_EXPIRY, "not a date (2019-05-21 or 05/21/2019)", skip);
}

/* Root, expiry, strike and right from columns of their own. */
static enum err read_parts(struct table *table, struct reading *row, struct occ_symbol *symbol,
                           bool *skip)
{
    char underlying[SYMBOL_BYTES], root[SYMBOL_BYTES];
    clean_symbol(underlying, field(table, row, ROLE_UNDERLYING));
    if (!underlying[0])
        snprintf(underlying, sizeof underlying, "%s", table->underlying);

    enum err err = read_expiry(table, row, &symbol->expiry, skip);
    if (err || *skip)
        return err;
    int64_t mills;
    if (!read_strike(table->layout, field(table, row, ROLE_STRIKE), &mills))
        return bad_field(table, row, ROLE_STRIKE, "not a strike price in dollars and mills", skip);
    symbol->strike_mills = (int32_t)mills;
    symbol->right = (enum option_right)row->view->right;
    if (!symbol->right)
        symbol->right = (enum option_right)read_right(table->layout, field(table, row, ROLE_RIGHT));
    if (!symbol->right)
        return bad_field(table, row, ROLE_RIGHT, "neither call nor put", skip);

    clean_symbol(root, field(table, row, ROLE_ROOT));
    if (!root[0])
        snprintf(root, sizeof root, "%s",
                 table->layout->weekly_roots ? weekly_root(underlying, symbol->expiry)
                                             : underlying);
    size_t len = strlen(root);
    if (!len || len > OCC_ROOT_MAX)
        return bad_field(table, row, row->columns[ROLE_ROOT] >= 0 ? ROLE_ROOT : ROLE_UNDERLYING,
                         "no option root: 1 to 6 letters and digits", skip);
    memset(symbol->root, 0, sizeof symbol->root);
    memcpy(symbol->root, root, len);
    return ERR_OK;
}

/* Where a symbol stands beside columns that say the same, they must. */
static enum err check_parts(struct table *table, struct reading *row,
                            const struct occ_symbol *symbol, bool *skip)
{
    int32_t expiry = symbol->expiry;
    if (row->columns[ROLE_EXPIRY] >= 0) {
        enum err err = read_expiry(table, row, &expiry, skip);
        if (err || *skip)
            return err;
        /* Monthly options before 2015 expired on a Saturday, which vendors write as Friday or not.
         */
        int off = date_diff(expiry, symbol->expiry);
        if (off < -1 || off > 1)
            return bad_field(table, row, ROLE_EXPIRY, "not the expiry that the symbol says", skip);
    }
    int64_t mills;
    if (row->columns[ROLE_STRIKE] >= 0 &&
        (!read_strike(table->layout, field(table, row, ROLE_STRIKE), &mills) ||
         mills != symbol->strike_mills))
        return bad_field(table, row, ROLE_STRIKE, "not the strike that the symbol says", skip);
    if (row->columns[ROLE_RIGHT] >= 0 &&
        read_right(table->layout, field(table, row, ROLE_RIGHT)) != (char)symbol->right)
        return bad_field(table, row, ROLE_RIGHT, "not the right that the symbol says", skip);
    return ERR_OK;
}

/* Does the row's underlying go with the root? VIX binaries (BVZ) and the like do not. */
static bool goes_with(const struct table *table, const struct reading *row)
{
    char named[SYMBOL_BYTES];
    clean_symbol(named, field(table, row, ROLE_UNDERLYING));
    return !named[0] || !strcmp(named, table->product.underlying) ||
           !strcmp(named, table->product.root);
}

static enum err find_terms(struct table *table, struct reading *row,
                           const struct occ_symbol *symbol, bool *skip)
{
    if (table->terms.expiry != symbol->expiry ||
        memcmp(table->terms.root, symbol->root, sizeof symbol->root) != 0) {
        enum err err = product_contract(&table->terms, symbol);
        if (!err)
            err = product_get(&table->product, str_from(symbol->root), symbol->expiry);
        if (err) {
            *skip = true;
            table->terms.expiry = 0;
            return import_bad_row(table->import, csv_place(table->csv, -1), "%s", err_detail());
        }
    }
    row->contract = table->terms;
    row->contract.strike_mills = symbol->strike_mills;
    row->contract.right = (char)symbol->right;
    row->is_standard = !table->product.is_adjusted && goes_with(table, row);
    row->underlying = table->product.underlying;
    return ERR_OK;
}

static enum err read_contract(struct table *table, struct reading *row, bool *skip)
{
    struct occ_symbol symbol = { 0 };
    enum err err;
    if (row->columns[ROLE_SYMBOL] >= 0) {
        if (occ_symbol_parse(&symbol, field(table, row, ROLE_SYMBOL))) {
            *skip = true;
            return import_bad_row(table->import, csv_place(table->csv, row->columns[ROLE_SYMBOL]),
                                  "%s", err_detail());
        }
        err = check_parts(table, row, &symbol, skip);
    } else {
        err = read_parts(table, row, &symbol, skip);
    }
    return err || *skip ? err : find_terms(table, row, &symbol, skip);
}

/* ---- what is quoted -------------------------------------------------------------------------- */

static enum err read_price(struct table *table, const struct reading *row, enum table_role role,
                           int64_t *out, bool *skip)
{
    *out = PRICE_NONE;
    if (*skip || row->columns[role] < 0)
        return ERR_OK;
    bool rounded = false;
    if (!field_price(field(table, row, role), out, &rounded))
        return bad_field(table, row, role, "not a price", skip);
    int32_t divisor = table->layout->price_divisor;
    if (divisor > 1 && *out != PRICE_NONE) {
        rounded |= *out % divisor != 0;
        *out = money_round(*out, divisor) / divisor;
    }
    if (rounded)
        import_found(table->import, FOUND_ROUNDED, csv_place(table->csv, row->columns[role]), NULL);
    return ERR_OK;
}

/* A size of zero says that there is none or that it is not known: nobody quotes zero contracts. */
static enum err read_size(struct table *table, const struct reading *row, enum table_role role,
                          int side, uint32_t *out, bool *skip)
{
    *out = SIZE_NONE;
    if (*skip)
        return ERR_OK;
    bool ok = true;
    if (row->columns[role] >= 0) {
        ok = field_size(field(table, row, role), out);
    } else if (row->columns[ROLE_SIZES] >= 0) {
        role = ROLE_SIZES;
        ok = field_size_pair(field(table, row, role), side, out);
    }
    if (!ok)
        return bad_field(table, row, role, "not a number of contracts", skip);
    if (*out == 0)
        *out = SIZE_NONE;
    return ERR_OK;
}

static enum err read_amount(struct table *table, const struct reading *row, enum table_role role,
                            uint32_t *out, bool *skip)
{
    *out = SIZE_NONE;
    if (*skip || row->columns[role] < 0 || field_size(field(table, row, role), out))
        return ERR_OK;
    return bad_field(table, row, role, "not a number of contracts", skip);
}

static enum err read_vendor(struct table *table, const struct reading *row, enum table_role role,
                            bool zero_missing, double scale, float *out, bool *skip)
{
    double value = NAN;
    *out = NAN;
    if (*skip || row->columns[role] < 0)
        return ERR_OK;
    if (!field_double(field(table, row, role), &value))
        return bad_field(table, row, role, "not a number", skip);
    if (!(zero_missing && value == 0))
        *out = (float)(value * (scale != 0 ? scale : 1));
    return ERR_OK;
}

#define READ(call)                                                                                 \
    do {                                                                                           \
        if ((err = (call)))                                                                        \
            return err;                                                                            \
    } while (0)

static enum err read_quote(struct table *table, struct reading *row, bool *skip)
{
    const struct table_layout *layout = table->layout;
    struct quote *quote = &row->quote;
    enum err err;
    READ(read_price(table, row, ROLE_BID, &quote->bid, skip));
    READ(read_price(table, row, ROLE_ASK, &quote->ask, skip));
    READ(read_price(table, row, ROLE_LAST, &quote->last, skip));
    READ(read_size(table, row, ROLE_BID_SIZE, 0, &quote->bid_size, skip));
    READ(read_size(table, row, ROLE_ASK_SIZE, 1, &quote->ask_size, skip));
    READ(read_amount(table, row, ROLE_VOLUME, &quote->volume, skip));
    READ(read_amount(table, row, ROLE_OPEN_INTEREST, &quote->open_interest, skip));
    READ(read_vendor(table, row, ROLE_IV, layout->zero_iv_missing, layout->iv_scale,
                     &quote->vendor_iv, skip));
    READ(read_vendor(table, row, ROLE_DELTA, layout->zero_delta_missing, 1, &quote->vendor_delta,
                     skip));
    READ(read_price(table, row, ROLE_LEVEL, &row->level, skip));
    READ(read_price(table, row, ROLE_LEVEL_BID, &row->level_bid, skip));
    READ(read_price(table, row, ROLE_LEVEL_ASK, &row->level_ask, skip));
    if (quote->last == 0)
        quote->last = PRICE_NONE; /* not traded */
    return ERR_OK;
}

/* Without a level the middle of a quoted underlying is one. No underlying trades at zero: a level
 * of it is none, and said so; of its bid and ask zero is how "none" is written. */
static void complete_level(const struct table *table, struct reading *row)
{
    if (row->level <= 0 && row->level != PRICE_NONE) {
        struct import_place place = csv_place(table->csv, row->columns[ROLE_LEVEL]);
        char text[128];
        snprintf(text, sizeof text, "column \"%s\": %.10g", place.column,
                 (double)row->level * 1e-6);
        import_found(table->import, FOUND_BAD_LEVEL, place, text);
    }
    int64_t *all[] = { &row->level, &row->level_bid, &row->level_ask };
    for (size_t i = 0; i < ARRAY_COUNT(all); i++)
        if (*all[i] <= 0)
            *all[i] = PRICE_NONE;
    if (row->level == PRICE_NONE && row->level_bid != PRICE_NONE && row->level_ask != PRICE_NONE)
        row->level = (row->level_bid + row->level_ask) / 2;
}

static enum err import_row(struct table *table, int view_index)
{
    struct import *import = table->import;
    struct reading row = { .columns = table->columns[view_index],
                           .view = &table->layout->views[view_index],
                           .quote = QUOTE_EMPTY };
    bool skip = false;
    enum err err = read_when(table, &row, &skip);
    if (!err && !skip)
        err = read_contract(table, &row, &skip);
    if (!err && !skip)
        err = read_quote(table, &row, &skip);
    if (err || skip)
        return err;

    if (!row.is_standard) {
        char name[OCC_SYMBOL_BYTES];
        struct occ_symbol symbol = occ_symbol_of(&row.contract);
        occ_symbol_format(name, &symbol, OCC_COMPACT);
        import_found(import, FOUND_NOT_STANDARD, csv_place(table->csv, -1), name);
        return ERR_OK;
    }
    settle_when(table, &row, view_index);
    complete_level(table, &row);
    err = import_level(import, csv_place(table->csv, -1), row.underlying, row.day, row.ts_ns,
                       row.level, row.level_bid, row.level_ask, row.view->flags);
    return err ? err
               : import_quote(import, csv_place(table->csv, -1), row.underlying, row.day, row.ts_ns,
                              &row.contract, &row.quote);
}

/* ---- files ----------------------------------------------------------------------------------- */

/* Bind the layout's names to the header: the missing one is in *missing when that fails. */
static bool bind(struct table *table, const struct table_layout *layout, const char **missing)
{
    table->layout = layout;
    for (int v = 0; v < layout->view_count; v++)
        for (int role = 0; role < ROLE_COUNT; role++) {
            const char *names = layout->views[v].columns[role];
            bool optional = names && names[0] == '?';
            table->columns[v][role] = names ? csv_column(table->csv, names + optional) : -1;
            if (names && !optional && table->columns[v][role] < 0) {
                *missing = names;
                return false;
            }
        }
    return true;
}

static enum err bind_any(struct table *table)
{
    const char *missing = NULL, *first = NULL;
    for (size_t i = 0; i < table->layout_count; i++) {
        if (bind(table, &table->layouts[i], &missing))
            return ERR_OK;
        first = first ? first : missing;
    }
    struct str rest = str_from(first), name;
    (void)str_cut(&rest, '|', &name);
    struct import_probe probe;
    files_probe(table->import->arena, table->csv->name, &probe);
    const struct import_format *other = files_recognise(&probe);
    if (other && strcmp(other->name, table->import->source) != 0)
        return err_set(ERR_PARSE, "%s:1: is no %s file: it looks like %s, try --format %s",
                       table->csv->name, table->import->source, other->name, other->name);
    return err_set(ERR_PARSE,
                   "%s:1: column \"%.*s\" is missing from the header: is this a file of %s?",
                   table->csv->name, STR_ARG(name), table->import->source);
}

/* "spx" of "spx_eod_202301.txt"; the symbol that was asked for goes before. */
static void underlying_of_file(struct table *table)
{
    const struct import_options *options = table->import->options;
    const char *slash = strrchr(table->csv->name, '/');
    struct str name = str_from(slash ? slash + 1 : table->csv->name);
    size_t len = 0;
    while (len < name.len && ((name.ptr[len] >= 'a' && name.ptr[len] <= 'z') ||
                              (name.ptr[len] >= 'A' && name.ptr[len] <= 'Z')))
        len++;
    table->underlying[0] = 0;
    if (options->symbol_count == 1)
        clean_symbol(table->underlying, str_from(options->symbols[0]));
    else if (table->layout->underlying)
        clean_symbol(table->underlying, str_from(table->layout->underlying));
    else if (table->layout->file_names_underlying && len <= OCC_ROOT_MAX)
        clean_symbol(table->underlying, str_slice(name, 0, len));
}

static enum err begin_file(void *context, struct csv_reader *csv)
{
    struct table *table = context;
    table->csv = csv;
    table->day_text = (struct str){ 0 };
    enum err err = bind_any(table);
    if (!err)
        underlying_of_file(table);
    return err;
}

static enum err import_views(void *context)
{
    struct table *table = context;
    for (int v = 0; v < table->layout->view_count; v++) {
        enum err err = import_row(table, v);
        if (err)
            return err;
    }
    return ERR_OK;
}

enum err table_import(struct import *import, const struct table_layout *layouts, size_t count)
{
    struct table table = { .import = import, .layouts = layouts, .layout_count = count };
    struct csv_rows rows = { begin_file, import_views, &table };
    return csv_files_read(import, layouts[0].separator ? layouts[0].separator : ',', &rows);
}

bool table_header_has(struct str line, char separator, const char *columns)
{
    struct str wanted_rest = str_from(columns), wanted;
    while (str_cut(&wanted_rest, ',', &wanted)) {
        char want[64], have[64];
        size_t want_len = csv_fold_name(wanted, want, sizeof want);
        bool found = false;
        struct str rest = line, name;
        while (!found && str_cut(&rest, separator, &name))
            found = str_equal((struct str){ have, csv_fold_name(name, have, sizeof have) },
                              (struct str){ want, want_len });
        if (!found)
            return false;
    }
    return true;
}
