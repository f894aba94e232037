#include <math.h>
#include <stdio.h>

#include "base/zone.h"
#include "services/simulate/run_int.h"

static const struct series_row EMPTY = { .value = PRICE_NONE,
                                         .open = PRICE_NONE,
                                         .high = PRICE_NONE,
                                         .low = PRICE_NONE,
                                         .close = PRICE_NONE,
                                         .volume = -1 };

static int64_t cents(double dollars)
{
    return money_round(money_from_dollars(dollars), MICROS_PER_CENT);
}

static void bar_take(struct series_row *row, int64_t price, bool is_first)
{
    if (is_first)
        row->open = row->high = row->low = price;
    row->high = price > row->high ? price : row->high;
    row->low = price < row->low ? price : row->low;
    row->close = price;
}

/* High and low are those of the half hours: the minutes between may reach a little farther. */
static struct series_row bar_of(const struct sim_path *path, enum sim_symbol symbol, int day)
{
    struct series_row row = EMPTY;
    row.date = path->days[day].date;
    for (int s = 0; s < path->days[day].steps; s++) {
        const struct sim_state *state = &path->days[day].step[s].state;
        double level = symbol == SIM_VIX ? sim_vix(path, day, state, sim_clock(path, day, s))
                                         : sim_level(state, symbol);
        bar_take(&row, cents(level), s == 0);
    }
    return row;
}

static enum err write_bars(struct store *store, const struct sim_path *path, enum sim_symbol symbol,
                           int first, int from, int to)
{
    struct arena arena;
    arena_init(&arena, "bars", 0);
    size_t n = (size_t)to - (size_t)first + 1;
    struct series_row *rows = arena_array(&arena, struct series_row, n);
    for (size_t i = 0; i < n; i++)
        rows[i] = bar_of(path, symbol, first + (int)i);
    enum err err = series_write(store, sim_name(symbol), SERIES_BARS, rows, n);
    for (size_t i = 0; i < n; i++) { /* the opening settles what settles in the morning */
        rows[i].value = rows[i].open;
        rows[i].open = rows[i].high = rows[i].low = PRICE_NONE;
    }
    size_t skip = (size_t)(from - first);
    if (!err)
        err = series_write(store, sim_name(symbol), SERIES_SETTLEMENT, rows + skip, n - skip);
    arena_clear(&arena);
    return err;
}

static int64_t known_of(const struct sim_dated *dated, size_t count, enum dated_kind kind,
                        int32_t date)
{
    for (size_t i = 0; i < count; i++)
        if (dated[i].kind == kind && dated[i].date == date)
            return dated[i].known_ns / NANOS_PER_SECOND;
    return 0;
}

/* What happens from first on and is known by the close of to, a row a date. */
static enum err write_dated(struct store *store, const struct sim_path *path, int symbol,
                            enum dated_kind kind, enum series_kind series, int first, int to)
{
    struct arena arena;
    struct sim_dated *dated;
    arena_init(&arena, "dated", 0);
    size_t count = sim_dated_make(path, symbol, &arena, &dated), n = 0;
    struct series_row *rows = arena_array(&arena, struct series_row, count);
    for (size_t i = 0; i < count; i++) {
        if (dated[i].kind != kind || dated[i].date < path->days[first].date ||
            dated[i].known_ns > sim_close_ts(path, to))
            continue;
        rows[n] = EMPTY;
        rows[n].date = dated[i].date;
        rows[n].happens_s = dated[i].happens_ns / NANOS_PER_SECOND;
        rows[n++].known_s = dated[i].known_ns / NANOS_PER_SECOND;
    }
    enum err err = series_write(store, symbol < 0 ? "USD" : sim_name(symbol), series, rows, n);
    arena_clear(&arena);
    return err;
}

static enum err write_actions(struct store *store, const struct sim_path *path,
                              enum sim_symbol symbol, int first, int to)
{
    struct arena arena;
    arena_init(&arena, "actions", 0);
    struct series_row *dividends = arena_array(&arena, struct series_row, (size_t)(to - first + 1));
    struct series_row *splits = arena_array(&arena, struct series_row, (size_t)(to - first + 1));
    struct sim_dated *dated;
    size_t dividend_count = 0, split_count = 0,
           dated_count = sim_dated_make(path, (int)symbol, &arena, &dated);
    for (int d = first; d <= to; d++) {
        const struct sim_day *day = &path->days[d];
        if (day->ex & 1u << symbol) {
            struct series_row *row = &dividends[dividend_count++];
            *row = EMPTY;
            row->date = day->date;
            row->value = cents(day->dividend[symbol]);
            row->known_s = known_of(dated, dated_count, DATED_DIVIDEND, day->date);
        }
        if (day->split & 1u << symbol) {
            struct series_row *row = &splits[split_count++];
            *row = EMPTY;
            row->date = day->date;
            row->value = money_from_dollars(sim_split_ratio(symbol));
        }
    }
    enum err err = ERR_OK;
    if (dividend_count)
        err = series_write(store, sim_name(symbol), SERIES_DIVIDENDS, dividends, dividend_count);
    if (!err && split_count)
        err = series_write(store, sim_name(symbol), SERIES_SPLITS, splits, split_count);
    arena_clear(&arena);
    return err;
}

/* ---- futures on VIX
 * --------------------------------------------------------------------------------- */

/* One bar series for each monthly future, named VXF24 as traders do; its life is nine months. */
static enum err write_future(struct store *store, const struct sim_path *path, int32_t settle_date,
                             int from, int to)
{
    static const char month_code[] = "FGHJKMNQUVXZ";
    int settle = sim_path_find(path, settle_date),
        listed = sim_path_find(path, date_add(settle_date, -275));
    int first = listed > from ? listed : from, last = settle < to ? settle : to;
    if (settle < 0 || path->days[settle].date != settle_date || last < first)
        return ERR_OK;
    struct arena arena;
    arena_init(&arena, "future", 0);
    struct series_row *rows = arena_array(&arena, struct series_row, (size_t)(last - first + 1));
    size_t n = 0;
    for (int d = first < 0 ? 0 : first; d <= last; d++) {
        struct series_row *row = &rows[n++];
        *row = EMPTY;
        row->date = path->days[d].date;
        /* On its last day it settles at the opening and trades no more. */
        for (int s = 0; s < (d == settle ? 1 : path->days[d].steps); s++)
            bar_take(row,
                     cents(sim_vix_future(path, &path->days[d].step[s].state, sim_clock(path, d, s),
                                          settle)),
                     s == 0);
    }
    char name[STORE_SYMBOL_BYTES];
    snprintf(name, sizeof name, "VX%c%02d", month_code[date_month(settle_date) - 1],
             date_year(settle_date) % 100);
    enum err err = series_write(store, name, SERIES_BARS, rows, n);
    arena_clear(&arena);
    return err;
}

static enum err write_futures(struct store *store, const struct sim_path *path, int from, int to)
{
    int year = date_year(path->days[from].date), month = date_month(path->days[from].date);
    enum err err = ERR_OK;
    for (; !err; month = month % 12 + 1, year += month == 1) {
        int32_t settle = calendar_vix_expiry(path->cal, year, month);
        if (!settle || date_diff(settle, path->days[to].date) > 275)
            break;
        err = write_future(store, path, settle, from, to);
    }
    return err;
}

enum err series_make(struct store *store, const struct sim_path *path, enum sim_symbol symbol,
                     int first, int from, int to)
{
    enum err err = write_bars(store, path, symbol, first, from, to);
    if (err)
        return err;
    if (symbol == SIM_VIX)
        return write_futures(store, path, from, to);
    err = write_actions(store, path, symbol, first, to);
    return err ? err
               : write_dated(store, path, (int)symbol, DATED_EARNINGS, SERIES_EARNINGS, first, to);
}

enum err series_make_rates(struct store *store, const struct sim_path *path, int first, int to)
{
    struct arena arena;
    arena_init(&arena, "rates", 0);
    struct series_row *rows = arena_array(&arena, struct series_row, (size_t)(to - first + 1));
    size_t n = 0;
    for (int d = first; d <= to; d++)
        if (d == first || path->days[d].rate != path->days[d - 1].rate) {
            rows[n] = EMPTY;
            rows[n].date = path->days[d].date;
            rows[n++].value = (int64_t)(path->days[d].rate * 1e9 + 0.5);
        }
    enum err err = series_write(store, "USD", SERIES_RATES, rows, n);
    arena_clear(&arena);
    if (!err)
        err = write_dated(store, path, SIM_EVERYBODY, DATED_FOMC, SERIES_FOMC, first, to);
    if (!err)
        err = write_dated(store, path, SIM_EVERYBODY, DATED_CPI, SERIES_CPI, first, to);
    return err;
}
