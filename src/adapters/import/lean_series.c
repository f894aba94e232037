/* Tables beside the options: daily bars, splits and dividends, the interest rate. */
#include "adapters/import/lean_int.h"
#include "adapters/import/lean_table.h"

#include <errno.h>
#include <stdio.h>

static const struct series_row series_none = { .value = PRICE_NONE,
                                               .open = PRICE_NONE,
                                               .high = PRICE_NONE,
                                               .low = PRICE_NONE,
                                               .close = PRICE_NONE,
                                               .volume = -1 };

enum err lean_read_text(struct arena *arena, const char *path, struct str *out)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return err_set(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
    struct buf text = { 0 };
    char block[16 * 1024];
    size_t got;
    while ((got = fread(block, 1, sizeof block, file)) > 0 && text.len <= LEAN_ZIP_ENTRY_BYTES_MAX)
        buf_append(&text, block, got);
    enum err err = ERR_OK;
    if (ferror(file))
        err = err_set(ERR_IO, "%s: cannot be read", path);
    else if (text.len > LEAN_ZIP_ENTRY_BYTES_MAX)
        err = err_set(ERR_FULL, "%s: is longer than %llu bytes, the limit of a table", path,
                      (unsigned long long)LEAN_ZIP_ENTRY_BYTES_MAX);
    else if (text.len && memchr(text.ptr, '\0', text.len))
        err = err_set(ERR_CORRUPT, "%s: is not text", path);
    fclose(file);
    if (!err)
        *out = (struct str){ arena_strndup(arena, text.ptr, text.len), text.len };
    buf_free(&text);
    return err;
}

enum err lean_daily_bars(struct lean *lean, const struct lean_job *job)
{
    struct lean_only only;
    enum err err = lean_only_open(&only, lean, job->path);
    if (err)
        return err;
    struct lean_bar bar;
    bool more;
    while (!(err = lean_rows_next(&only.rows, &bar, &more)) && more) {
        struct series_row row = series_none;
        row.date = bar.day;
        row.open = bar.trade.open;
        row.high = bar.trade.high;
        row.low = bar.trade.low;
        row.close = bar.trade.close;
        row.volume =
            job->security == LEAN_INDEX ? -1 : bar.volume; /* of an index it means nothing */
        if ((err = import_series_row(lean->import, job->underlying, SERIES_BARS, &row)))
            break;
    }
    import_count_rows(lean->import, only.rows.row);
    lean_only_close(&only);
    lean_count_file(lean, job->path);
    return err;
}

struct factor_file {
    struct lean_factor *factors;
    struct lean_ticker *tickers;
    size_t factor_count, ticker_count;
};

/* The ticker that the shares had on a day; without a map file that of the factor file. */
static void ticker_on(const struct factor_file *file, const char *stem, int32_t day,
                      char out[LEAN_SYMBOL_BYTES])
{
    const char *ticker = lean_map_ticker(file->tickers, file->ticker_count, day);
    lean_symbol_upper(out, ticker ? ticker : stem);
}

static enum err event_rows(struct lean *lean, const struct lean_job *job, const char *ticker,
                           int32_t day, const struct lean_event *event)
{
    struct series_row row = series_none;
    row.date = day;
    enum err err = ERR_OK;
    if (event->dividend_micros == -1) {
        import_remark(lean->import, "%s %d: a dividend without a reference price in %s: left out",
                      ticker, day, lean_short(lean, job->path));
    } else if (event->dividend_micros != PRICE_NONE) {
        row.value = event->dividend_micros;
        err = import_series_row(lean->import, ticker, SERIES_DIVIDENDS, &row);
    }
    if (!err && event->split_e6) {
        row.value = event->split_e6;
        err = import_series_row(lean->import, ticker, SERIES_SPLITS, &row);
    }
    return err;
}

static enum err read_factor_file(struct lean *lean, const struct lean_job *job, struct arena *arena)
{
    struct factor_file file = { 0 };
    struct str text;
    const char *map = lean_find(lean, "equity/usa/map_files/%s.csv", job->underlying);
    enum err err = lean_read_text(arena, job->path, &text);
    if (!err)
        err = lean_factors_parse(arena, job->path, text, &file.factors, &file.factor_count);
    if (!err && map)
        err = lean_read_text(arena, map, &text);
    if (!err && map)
        err = lean_map_parse(arena, map, text, &file.tickers, &file.ticker_count);
    if (err)
        return err;
    import_count_rows(lean->import, file.factor_count);
    lean_count_file(lean, job->path);
    for (size_t i = 0; i + 1 < file.factor_count; i++) {
        char ticker[LEAN_SYMBOL_BYTES];
        int32_t after = file.factors[i].date;
        int32_t day = calendar_next(lean->calendar, after);
        if (!day)
            continue; /* the closing row of 2050, beyond the calendar */
        struct lean_event event = lean_factor_event(&file.factors[i], &file.factors[i + 1]);
        ticker_on(&file, job->underlying, day, ticker);
        if (!lean_wants_symbol(lean, ticker))
            continue;
        if ((err = event_rows(lean, job, ticker, day, &event)))
            return err;
    }
    return ERR_OK;
}

enum err lean_factor_file(struct lean *lean, const struct lean_job *job)
{
    struct arena arena;
    arena_init(&arena, "lean factors", 0);
    enum err err = read_factor_file(lean, job, &arena);
    arena_clear(&arena);
    return err;
}

enum err lean_rate_file(struct lean *lean, const struct lean_job *job)
{
    struct arena arena;
    struct str text;
    struct lean_rate *rates;
    size_t count = 0;
    arena_init(&arena, "lean rates", 0);
    enum err err = lean_read_text(&arena, job->path, &text);
    if (!err)
        err = lean_rates_parse(&arena, job->path, text, &rates, &count);
    for (size_t i = 0; i < count && !err; i++) {
        struct series_row row = series_none;
        row.date = rates[i].date;
        row.value = lean_rate_continuous_e9(rates[i].percent);
        err = import_series_row(lean->import, "USD", SERIES_RATES, &row);
    }
    import_count_rows(lean->import, count);
    lean_count_file(lean, job->path);
    arena_clear(&arena);
    return err;
}
