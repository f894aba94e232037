/* An end-of-day chain as QuantConnect lists it: no bid and ask, only a close, and its model's view.
 * The underlying's bar in it is left alone: it is the first minute of the session AFTER the file's
 * date (that of GOOG 2015-12-23 is the 09:30 bar of the 24th), so it would look ahead. */
#include "adapters/import/lean_int.h"

#include <math.h>
#include <stdlib.h>

static enum err universe_row(struct lean *lean, const struct lean_job *job,
                             const struct lean_session *session, const struct product *product,
                             const struct lean_universe_row *row, struct import_place place)
{
    struct quote quote = QUOTE_EMPTY;
    if (row->strike_micros % MICROS_PER_MILL != 0 ||
        row->strike_micros / MICROS_PER_MILL > INT32_MAX) {
        import_found(lean->import, FOUND_ROUNDED_STRIKE, place, NULL);
        return ERR_OK;
    }
    struct contract contract = { .expiry = row->expiry,
                                 .strike_mills = (int32_t)(row->strike_micros / MICROS_PER_MILL),
                                 .multiplier = product->multiplier,
                                 .right = row->right,
                                 .style = (char)product->style,
                                 .settle = (char)product->settle,
                                 .delivery = (char)product->delivery };
    memcpy(contract.root, product->root, sizeof contract.root);
    if (row->close > 0) /* 0 is LEAN's word for none */
        quote.last = row->close;
    quote.volume = row->volume < SIZE_NONE ? (uint32_t)row->volume : SIZE_NONE - 1;
    if (row->open_interest >= 0)
        quote.open_interest = (uint32_t)row->open_interest;
    quote.vendor_iv = (float)row->iv;
    quote.vendor_delta = (float)row->delta;
    return import_quote(lean->import, place, job->underlying, job->day, session->official,
                        &contract, &quote);
}

static enum err read_universe(struct lean *lean, const struct lean_job *job, struct arena *arena,
                              const struct lean_session *session)
{
    struct lean_path file;
    struct lean_rows rows;
    struct lean_universe_row row;
    struct str text;
    char root[LEAN_SYMBOL_BYTES];
    bool more;
    const char *name = lean_short(lean, job->path);
    enum err err = lean_path_parse(&file, str_from(name));
    if (!err)
        err = lean_read_text(arena, job->path, &text);
    if (!err)
        err = lean_universe_init(&rows, job->path, text);
    if (err)
        return err;
    lean_count_file(lean, job->path);
    lean_symbol_upper(root, file.symbol);
    while (!(err = lean_universe_next(&rows, &row, &more)) && more) {
        struct product product;
        struct import_place place = { .file = name, .row = rows.row };
        if (row.is_underlying)
            continue;
        if ((err = product_get(&product, str_from(root), row.expiry)))
            return err_add(err, "%s: row %u", job->path, rows.row);
        if ((err = universe_row(lean, job, session, &product, &row, place)))
            return err;
    }
    import_count_rows(lean->import, rows.row ? rows.row - 1 : 0);
    return err;
}

enum err lean_universe_day(struct lean *lean, const struct lean_job *job)
{
    struct lean_session session;
    struct arena arena;
    enum err err = lean_session(&session, lean, job->underlying, job->day);
    if (err)
        return err_add(err, "%s", job->path);
    arena_init(&arena, "lean universe", 0);
    err = read_universe(lean, job, &arena, &session);
    arena_clear(&arena);
    return err;
}
