#include "adapters/import/lean_row.h"

#include <math.h>

#include "base/date.h"
#include "base/zone.h"
#include "domain/types/money.h"

enum { FIELDS_MAX = 16, PRICE_DOLLARS_MAX = 1000 * 1000 * 1000 };

#define MILLIS_PER_DAY INT64_C(86400000)

static const char *const quote_columns[] = { "time",      "bid open",     "bid high",
                                             "bid low",   "bid close",    "last bid size",
                                             "ask open",  "ask high",     "ask low",
                                             "ask close", "last ask size" };
static const char *const trade_columns[] = { "time", "open", "high", "low", "close", "volume" };
static const char *const interest_columns[] = { "time", "contracts" };
static const char *const universe_columns[] = {
    "expiry", "strike", "right",  "open",          "high",
    "low",    "close",  "volume", "open_interest", "implied_volatility",
    "delta"
};

struct columns {
    const char *const *names;
    int count;
};

static const struct columns bar_columns[LEAN_TICK_COUNT] = {
    [LEAN_TRADE] = { trade_columns, ARRAY_COUNT(trade_columns) },
    [LEAN_QUOTE] = { quote_columns, ARRAY_COUNT(quote_columns) },
    [LEAN_OPEN_INTEREST] = { interest_columns, ARRAY_COUNT(interest_columns) },
};

void lean_rows_init(struct lean_rows *rows, const char *file, struct str entry, struct str text,
                    const struct lean_path *path)
{
    *rows = (struct lean_rows){
        .file = file,
        .entry = entry,
        .rest = text,
        .tick = path->tick,
        .is_minute = path->resolution == LEAN_MINUTE,
        .is_decimal = path->security == LEAN_INDEX,
        .day_of_file = path->day,
        .last_stamp = INT64_MIN,
    };
}

/* "file: entry: row 3: column 5 (bid close): "x" why"; a long field is cut. */
static enum err refuse(const struct lean_rows *rows, int column, const char *name, struct str field,
                       const char *why)
{
    struct str shown = str_slice(field, 0, 40);
    const char *between = rows->entry.len ? ": " : "";
    return err_set(ERR_PARSE, "%s%s%.*s: row %u: column %d (%s): \"%.*s\" %s", rows->file, between,
                   STR_ARG(rows->entry), rows->row, column + 1, name, STR_ARG(shown), why);
}

/* The next line that is not empty, split at its commas. */
static enum err next_fields(struct lean_rows *rows, struct str field[FIELDS_MAX], int *count)
{
    struct str line = { 0 };
    *count = 0;
    do {
        if (!rows->rest.len || !str_cut(&rows->rest, '\n', &line))
            return ERR_OK;
        rows->row++;
        if (line.len && line.ptr[line.len - 1] == '\r')
            line.len--;
    } while (!line.len);
    while (str_cut(&line, ',', &field[*count]))
        if (++*count == FIELDS_MAX)
            break;
    return ERR_OK;
}

static enum err wrong_count(const struct lean_rows *rows, int got, int want)
{
    const char *between = rows->entry.len ? ": " : "";
    return err_set(ERR_PARSE, "%s%s%.*s: row %u: has %s%d columns instead of %d", rows->file,
                   between, STR_ARG(rows->entry), rows->row, got == FIELDS_MAX ? "at least " : "",
                   got, want);
}

/* A price to micros. digits: how many decimals a micro has in the unit of the file. */
static bool read_price(struct str text, int digits, int64_t *out, bool *rounded)
{
    int64_t limit = PRICE_DOLLARS_MAX * MICROS_PER_DOLLAR;
    int64_t value;
    double number;
    if (!str_to_fixed(text, digits, &value)) {
        if (!str_to_double(text, &number) || fabs(number) > 1e12)
            return false;
        value = (int64_t)llround(number * (digits == 6 ? 1e6 : 1e2));
        *rounded = true;
    }
    if (value < 0 || value > limit)
        return false;
    *out = value;
    return true;
}

static bool read_count(struct str text, int64_t limit, int64_t *out)
{
    int64_t value;
    if (!str_to_fixed(text, 0, &value) || value < 0 || value > limit)
        return false;
    *out = value;
    return true;
}

/* Four prices from field[column]; all empty is no side. */
static enum err read_side(struct lean_rows *rows, const struct str *field, int column,
                          const char *const *names, bool may_be_empty, struct lean_side *out)
{
    int64_t price[4];
    int empty = 0;
    bool rounded = false;
    for (int i = 0; i < 4; i++)
        empty += field[column + i].len == 0;
    if (empty == 4 && may_be_empty) {
        *out = (struct lean_side){ PRICE_NONE, PRICE_NONE, PRICE_NONE, PRICE_NONE, 0 };
        return ERR_OK;
    }
    for (int i = 0; i < 4; i++)
        if (!read_price(field[column + i], rows->is_decimal ? 6 : 2, &price[i], &rounded))
            return refuse(rows, column + i, names[column + i], field[column + i], "is not a price");
    rows->rounded += rounded;
    *out = (struct lean_side){ price[0], price[1], price[2], price[3], 0 };
    return ERR_OK;
}

static enum err read_size(const struct lean_rows *rows, const struct str *field, int column,
                          const char *const *names, struct lean_side *out)
{
    int64_t size;
    if (!read_count(field[column], SIZE_NONE - 1, &size))
        return refuse(rows, column, names[column], field[column], "is not a size");
    out->size = (uint32_t)size;
    return ERR_OK;
}

static bool read_stamp(const struct lean_rows *rows, struct str text, struct lean_bar *out)
{
    int64_t millis;
    if (rows->is_minute) {
        /* Bars start on the minute; open interest has the moment of its publication. */
        if (!read_count(text, MILLIS_PER_DAY - 1, &millis) ||
            (rows->tick != LEAN_OPEN_INTEREST && millis % 60000 != 0))
            return false;
        out->day = rows->day_of_file;
        out->start = millis * (NANOS_PER_SECOND / 1000);
        return true;
    }
    if (text.len != 14 || text.ptr[8] != ' ' || text.ptr[11] != ':')
        return false;
    int32_t day = date_parse(str_slice(text, 0, 8));
    int64_t start;
    if (!day || !time_of_day_parse(str_slice(text, 9, 5), &start))
        return false;
    out->day = day;
    out->start = start;
    return true;
}

enum err lean_rows_next(struct lean_rows *rows, struct lean_bar *out, bool *more)
{
    struct str field[FIELDS_MAX];
    const struct columns *columns = &bar_columns[rows->tick];
    const char *const *names = columns->names;
    int count;
    enum err err = next_fields(rows, field, &count);
    *more = !err && count > 0;
    if (err || !*more)
        return err;
    if (count != columns->count)
        return wrong_count(rows, count, columns->count);

    struct lean_bar bar = { 0 };
    if (!read_stamp(rows, field[0], &bar))
        return refuse(rows, 0, names[0], field[0],
                      rows->is_minute ? "is not a minute in milliseconds since midnight"
                                      : "is not YYYYMMDD HH:MM");
    int64_t stamp = date_to_days(bar.day) * NANOS_PER_DAY + bar.start;
    if (stamp < rows->last_stamp)
        return refuse(rows, 0, names[0], field[0], "is before the row above");
    rows->last_stamp = stamp;

    switch (rows->tick) {
    case LEAN_QUOTE:
        err = read_side(rows, field, 1, names, true, &bar.bid);
        if (!err)
            err = read_size(rows, field, 5, names, &bar.bid);
        if (!err)
            err = read_side(rows, field, 6, names, true, &bar.ask);
        if (!err)
            err = read_size(rows, field, 10, names, &bar.ask);
        break;
    case LEAN_TRADE:
        err = read_side(rows, field, 1, names, false, &bar.trade);
        if (!err && !read_count(field[5], INT64_MAX / 4, &bar.volume))
            err = refuse(rows, 5, names[5], field[5], "is not a volume");
        break;
    case LEAN_OPEN_INTEREST:
        if (!read_count(field[1], SIZE_NONE - 1, &bar.volume))
            err = refuse(rows, 1, names[1], field[1], "is not a number of contracts");
        break;
    case LEAN_TICK_COUNT:
        break;
    }
    if (!err)
        *out = bar;
    return err;
}

enum {
    U_EXPIRY,
    U_STRIKE,
    U_RIGHT,
    U_OPEN,
    U_HIGH,
    U_LOW,
    U_CLOSE,
    U_VOLUME,
    U_INTEREST,
    U_IV,
    U_DELTA
};
enum { UNIVERSE_FIELDS = 15 };

enum err lean_universe_init(struct lean_rows *rows, const char *file, struct str text)
{
    *rows = (struct lean_rows){ .file = file, .rest = text, .is_decimal = true };
    struct str field[FIELDS_MAX];
    int count;
    enum err err = next_fields(rows, field, &count);
    if (err)
        return err;
    if (count != UNIVERSE_FIELDS || !str_is(field[0], "#expiry") ||
        !str_is(field[U_CLOSE], "close") || !str_is(field[U_INTEREST], "open_interest") ||
        !str_is(field[U_DELTA], "delta"))
        return err_set(ERR_PARSE,
                       "%s: row 1: is not the header of a universe (#expiry,strike,right,open,...)",
                       file);
    return ERR_OK;
}

/* LEAN writes 0, or 1e-7 and less, for what its model did not solve. */
static bool read_model(struct str text, bool is_iv, double *out)
{
    double value;
    *out = NAN;
    if (!text.len)
        return true;
    if (!str_to_double(text, &value) || fabs(value) > 1e6)
        return false;
    if (!is_iv || value > 1e-6)
        *out = value;
    return true;
}

static enum err read_contract(const struct lean_rows *rows, const struct str *field,
                              struct lean_universe_row *out)
{
    const char *const *names = universe_columns;
    bool rounded = false;
    out->expiry = field[U_EXPIRY].len == 8 ? date_parse(field[U_EXPIRY]) : 0;
    if (!out->expiry)
        return refuse(rows, U_EXPIRY, names[U_EXPIRY], field[U_EXPIRY], "is not a day YYYYMMDD");
    if (!read_price(field[U_STRIKE], 6, &out->strike_micros, &rounded) || out->strike_micros == 0)
        return refuse(rows, U_STRIKE, names[U_STRIKE], field[U_STRIKE], "is not a strike");
    if (!str_is(field[U_RIGHT], "C") && !str_is(field[U_RIGHT], "P"))
        return refuse(rows, U_RIGHT, names[U_RIGHT], field[U_RIGHT], "is not C or P");
    out->right = field[U_RIGHT].ptr[0];
    if (field[U_INTEREST].len && !read_count(field[U_INTEREST], SIZE_NONE - 1, &out->open_interest))
        return refuse(rows, U_INTEREST, names[U_INTEREST], field[U_INTEREST],
                      "is not a number of contracts");
    if (!read_model(field[U_IV], true, &out->iv))
        return refuse(rows, U_IV, names[U_IV], field[U_IV], "is not a number");
    if (!read_model(field[U_DELTA], false, &out->delta))
        return refuse(rows, U_DELTA, names[U_DELTA], field[U_DELTA], "is not a number");
    if (isnan(out->iv))
        out->delta = NAN; /* of the same failed model */
    return ERR_OK;
}

enum err lean_universe_next(struct lean_rows *rows, struct lean_universe_row *out, bool *more)
{
    struct str field[FIELDS_MAX];
    const char *const *names = universe_columns;
    int count;
    bool rounded = false;
    enum err err = next_fields(rows, field, &count);
    *more = !err && count > 0;
    if (err || !*more)
        return err;
    if (count != UNIVERSE_FIELDS)
        return wrong_count(rows, count, UNIVERSE_FIELDS);
    struct lean_universe_row row = { .open_interest = -1, .iv = NAN, .delta = NAN };
    row.is_underlying = field[U_EXPIRY].len == 0 && field[U_STRIKE].len == 0;
    if (!row.is_underlying)
        err = read_contract(rows, field, &row);
    if (err)
        return err;
    if (!read_price(field[U_CLOSE], 6, &row.close, &rounded))
        return refuse(rows, U_CLOSE, names[U_CLOSE], field[U_CLOSE], "is not a price");
    if (!read_count(field[U_VOLUME], INT64_MAX / 4, &row.volume))
        return refuse(rows, U_VOLUME, names[U_VOLUME], field[U_VOLUME], "is not a volume");
    rows->rounded += rounded;
    *out = row;
    return ERR_OK;
}
