#include "adapters/import/lean_table.h"

#include <math.h>

#include "base/date.h"
#include "domain/types/money.h"

enum { COLUMNS_MAX = 6 };

struct table {
    const char *file;
    struct str rest;
    uint32_t row;
    int32_t date_last;
};

static enum err refuse(const struct table *table, int column, const char *name, struct str field,
                       const char *why)
{
    struct str shown = str_slice(field, 0, 40);
    return err_set(ERR_PARSE, "%s: row %u: column %d (%s): \"%.*s\" %s", table->file, table->row,
                   column + 1, name, STR_ARG(shown), why);
}

static bool next_line(struct table *table, struct str field[COLUMNS_MAX], int *count)
{
    struct str line;
    do {
        if (!table->rest.len || !str_cut(&table->rest, '\n', &line))
            return false;
        table->row++;
        line = str_trim(line);
    } while (!line.len);
    *count = 0;
    while (*count < COLUMNS_MAX && str_cut(&line, ',', &field[*count]))
        ++*count;
    return true;
}

static size_t lines_at_most(struct str text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines;
}

static enum err read_date(struct table *table, struct str field, int32_t *out)
{
    int32_t date = field.len == 8 || field.len == 10 ? date_parse(field) : 0;
    if (!date)
        return refuse(table, 0, "date", field, "is not a date");
    if (date < table->date_last)
        return refuse(table, 0, "date", field, "is before the row above");
    table->date_last = date;
    *out = date;
    return ERR_OK;
}

static enum err wrong_count(const struct table *table, int got, int want)
{
    return err_set(ERR_PARSE, "%s: row %u: has %d columns instead of %d", table->file, table->row,
                   got, want);
}

enum err lean_factors_parse(struct arena *arena, const char *file, struct str text,
                            struct lean_factor **rows, size_t *count)
{
    struct table table = { file, text, 0, 0 };
    struct lean_factor *made = arena_array(arena, struct lean_factor, lines_at_most(text));
    struct str field[COLUMNS_MAX];
    size_t n = 0;
    int columns;
    while (next_line(&table, field, &columns)) {
        if (columns != 4)
            return wrong_count(&table, columns, 4);
        struct lean_factor row;
        enum err err = read_date(&table, field[0], &row.date);
        if (err)
            return err;
        if (!str_to_double(field[1], &row.price) || !(row.price > 0) || row.price > 1e6)
            return refuse(&table, 1, "price factor", field[1], "is not a factor above zero");
        if (!str_to_double(field[2], &row.split) || !(row.split > 0) || row.split > 1e9)
            return refuse(&table, 2, "split factor", field[2], "is not a factor above zero");
        if (!str_to_double(field[3], &row.reference) || row.reference < 0 || row.reference > 1e9)
            return refuse(&table, 3, "reference price", field[3], "is not a price");
        made[n++] = row;
    }
    *rows = made;
    *count = n;
    return ERR_OK;
}

enum err lean_map_parse(struct arena *arena, const char *file, struct str text,
                        struct lean_ticker **rows, size_t *count)
{
    struct table table = { file, text, 0, 0 };
    struct lean_ticker *made = arena_array(arena, struct lean_ticker, lines_at_most(text));
    struct str field[COLUMNS_MAX];
    size_t n = 0;
    int columns;
    while (next_line(&table, field, &columns)) {
        if (columns < 2 ||
            columns > 4) /* old rows lack the exchange, new ones add a mapping mode */
            return wrong_count(&table, columns, 3);
        struct lean_ticker row = { 0 };
        enum err err = read_date(&table, field[0], &row.date);
        if (err)
            return err;
        struct str ticker = field[1];
        if (ticker.len == 0 || ticker.len >= sizeof row.ticker || !str_is_utf8(ticker))
            return refuse(&table, 1, "ticker", ticker, "is not a ticker of up to 15 letters");
        memcpy(row.ticker, ticker.ptr, ticker.len);
        made[n++] = row;
    }
    *rows = made;
    *count = n;
    return ERR_OK;
}

enum err lean_rates_parse(struct arena *arena, const char *file, struct str text,
                          struct lean_rate **rows, size_t *count)
{
    struct table table = { file, text, 0, 0 };
    struct lean_rate *made = arena_array(arena, struct lean_rate, lines_at_most(text));
    struct str field[COLUMNS_MAX];
    size_t n = 0;
    int columns;
    while (next_line(&table, field, &columns)) {
        if (columns != 2)
            return wrong_count(&table, columns, 2);
        if (table.row == 1 && str_is(field[0], "DATE"))
            continue;
        struct lean_rate row;
        enum err err = read_date(&table, field[0], &row.date);
        if (err)
            return err;
        if (!str_to_double(field[1], &row.percent) || !(row.percent > -50) || row.percent > 1000)
            return refuse(&table, 1, "rate", field[1], "is not a rate in percent");
        made[n++] = row;
    }
    *rows = made;
    *count = n;
    return ERR_OK;
}

/* Half a unit of the last of the seven decimals that LEAN writes, and half a cent. */
#define FACTOR_ERROR 0.5e-7
#define REFERENCE_ERROR 0.005

/* The number with the fewest decimals, from cents on, within error of value. */
static int64_t simplest_price(double value, double error)
{
    int64_t micros = money_from_dollars(value);
    for (int64_t step = MICROS_PER_CENT; step > 1; step /= 10) {
        int64_t rounded = money_round(micros, step);
        if (rounded > 0 && fabs(money_to_dollars(rounded) - value) <= error)
            return rounded;
    }
    return micros;
}

static int64_t simplest_ratio_e6(double value, double error)
{
    enum { WHOLE_MAX = 20 };
    for (int whole = 1; whole <= WHOLE_MAX; whole++) {
        double other = round(value * whole);
        if (other >= 1 && fabs(other / whole - value) <= error)
            return llround(other / whole * 1e6);
    }
    return llround(value * 1e6);
}

struct lean_event lean_factor_event(const struct lean_factor *a, const struct lean_factor *b)
{
    struct lean_event event = { a->date, PRICE_NONE, 0 };
    double relative_error = FACTOR_ERROR / a->price + FACTOR_ERROR / b->price;
    double kept = a->price / b->price;
    if (fabs(1 - kept) > relative_error) {
        /* A reference of 0 or 1 marks a row that LEAN made without knowing the price. */
        double dividend = a->reference * (1 - kept);
        double error = a->reference * kept * relative_error + REFERENCE_ERROR * fabs(1 - kept);
        bool unknown = a->reference <= 1 || !(dividend > 0);
        event.dividend_micros = unknown ? -1 : simplest_price(dividend, error);
    }
    double shares = b->split / a->split;
    /* Some split factors were rounded before they were multiplied: AIG's 1.5 is 1.500005. */
    double split_error = shares * (1e-5 + FACTOR_ERROR / a->split + FACTOR_ERROR / b->split);
    if (fabs(1 - shares) > split_error && shares < 1e6)
        event.split_e6 = simplest_ratio_e6(shares, split_error);
    return event;
}

const char *lean_map_ticker(const struct lean_ticker *rows, size_t count, int32_t day)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].date >= day)
            return rows[i].ticker;
    return NULL;
}

int64_t lean_rate_continuous_e9(double percent)
{
    return llround(log1p(percent / 100) * 1e9);
}
