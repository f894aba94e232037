#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/date.h"
#include "base/zone.h"
#include "services/view/view_int.h"

enum { CELL_BYTES = 32 };

/* ---- figures as text: "." is a number that does not exist ------------------------------------ */

static const char *number(char out[CELL_BYTES], double value, int decimals)
{
    if (isnan(value))
        snprintf(out, CELL_BYTES, ".");
    else
        snprintf(out, CELL_BYTES, "%.*f", decimals, value);
    return out;
}

static const char *price(char out[CELL_BYTES], int64_t micros)
{
    return number(out, micros == PRICE_NONE ? NAN : money_to_dollars(micros), 2);
}

static const char *count(char out[CELL_BYTES], bool is_known, uint64_t value)
{
    if (!is_known)
        snprintf(out, CELL_BYTES, ".");
    else if (value >= 10000000)
        snprintf(out, CELL_BYTES, "%" PRIu64 "M", value / 1000000);
    else if (value >= 100000)
        snprintf(out, CELL_BYTES, "%" PRIu64 "k", value / 1000);
    else
        snprintf(out, CELL_BYTES, "%" PRIu64, value);
    return out;
}

static const char *size(char out[CELL_BYTES], uint32_t value)
{
    return count(out, value != SIZE_NONE, value);
}

/* ---- what all begin with --------------------------------------------------------------------- */

static void print_title(FILE *out, const struct view *view)
{
    char when[TS_TEXT_BYTES], level[CELL_BYTES];
    ts_format_iso(when, ZONE_NEW_YORK, view->ts_ns);
    when[10] = ' ';
    when[16] = '\0';
    fprintf(out, "%s  %s   %s New York   source: %s\n", view->symbol,
            isnan(view->spot) ? "level unknown" : number(level, view->spot, 2), when, view->source);
    fprintf(out, "%zu expiries, %zu contracts", view->count, view->contracts);
    if (view->has_rate)
        fprintf(out, ", rate %.2f %%", 100 * view->rate);
    fputs("\n\n", out);
}

static void print_expiries(FILE *out, const struct view *view, const struct view_expiry *chosen)
{
    fprintf(out, "  %-10s  %-6s %5s %10s %8s %8s %9s %8s %8s\n", "expiry", "root", "days",
            "forward", "vol %", "skew", "straddle", "volume", "open");
    for (size_t i = 0; i < view->count; i++) {
        const struct view_expiry *e = &view->expiries[i];
        char date[DATE_TEXT_BYTES], cell[6][CELL_BYTES];
        date_format(date, e->date);
        fprintf(out, "%c %-10s  %-6.8s %5d %10s %8s %8s %9s %8s %8s\n", e == chosen ? '>' : ' ',
                date, e->root, e->days, number(cell[0], e->forward, 2),
                number(cell[1], 100 * e->atm_vol, 2), number(cell[2], 100 * e->skew, 2),
                number(cell[3], e->straddle, 2), count(cell[4], e->has_volume, e->volume),
                count(cell[5], e->has_open_interest, e->open_interest));
    }
    fputs("\nvol: at the money; skew: vol points, 25-delta put less call; \".\": no such number\n",
          out);
}

/* ---- a chain --------------------------------------------------------------------------------- */

static void print_side(FILE *out, const struct view_side *s, bool is_put)
{
    char cell[7][CELL_BYTES];
    const char *delta = number(cell[0], s->delta, 3), *iv = number(cell[1], 100 * s->iv, 2),
               *volume = size(cell[2], s->quote.volume),
               *open = size(cell[3], s->quote.open_interest), *bid = price(cell[4], s->quote.bid),
               *ask = price(cell[5], s->quote.ask);
    if (is_put)
        fprintf(out, "%8s %8s %6s %6s %7s %7s", bid, ask, iv, delta, volume, open);
    else
        fprintf(out, "%7s %7s %6s %6s %8s %8s", open, volume, delta, iv, bid, ask);
}

static void print_strikes(FILE *out, const struct view_expiry *e, size_t strikes)
{
    size_t from, to, nearest = view_nearest(e);
    view_window(e, strikes, &from, &to);
    fprintf(out, "%7s %7s %6s %6s %8s %8s  %9s  %8s %8s %6s %6s %7s %7s\n", "open", "volume",
            "delta", "vol", "bid", "ask", "strike", "bid", "ask", "vol", "delta", "volume", "open");
    for (size_t i = from; i < to; i++) {
        char strike[MONEY_TEXT_BYTES];
        money_format(strike, (int64_t)e->strikes[i].strike_mills * 1000, 0);
        print_side(out, &e->strikes[i].call, false);
        fprintf(out, " %c%9s%c ", i == nearest ? '>' : ' ', strike, i == nearest ? '<' : ' ');
        print_side(out, &e->strikes[i].put, true);
        fputc('\n', out);
    }
    if (to - from < e->count)
        fprintf(out, "%zu of %zu strikes; --strikes 0 shows all\n", to - from, e->count);
}

enum err view_terminal_chain(FILE *out, const struct view *view, const struct view_show *show)
{
    const struct view_expiry *e;
    enum err err = view_choose(view, show, &e);
    if (err)
        return err;
    char date[DATE_TEXT_BYTES];
    date_format(date, e->date);
    print_title(out, view);
    print_expiries(out, view, e);
    fprintf(out, "\n%.8s %s, %d day%s, %s, settles %s%s\n", e->root, date, e->days,
            e->days == 1 ? "" : "s", e->style == STYLE_EUROPEAN ? "European" : "American",
            e->settle == SETTLE_AM ? "at the opening" : "at the close",
            e->is_forward_implied ? "" : "; the forward is the underlying's: no pair tells it");
    fprintf(out, "%-48s%11s%48s\n", "calls", "", "puts");
    print_strikes(out, e, show->strikes);
    return ERR_OK;
}

/* ---- a surface ------------------------------------------------------------------------------- */

void view_terminal_surface(FILE *out, const struct view *view, const struct view_fit *fit)
{
    print_title(out, view);
    if (!fit->count) {
        fprintf(out, "no surface: %s\n", pricing_status_meaning(fit->status));
        return;
    }
    fprintf(out, "%-10s  %-6s %5s %10s", "expiry", "root", "days", "forward");
    for (int d = 0; d < SMILE_DELTAS; d++)
        fprintf(out, " %8s", smile_delta_names[d]);
    fprintf(out, " %7s %7s %7s\n", "quotes", "error", "inside");
    for (size_t i = 0; i < fit->count; i++) {
        const struct view_expiry *e = fit->expiry[i];
        const struct surface_report *r = &fit->report[i];
        double vols[SMILE_DELTAS];
        char date[DATE_TEXT_BYTES], cell[CELL_BYTES];
        date_format(date, e->date);
        slice_vols(&fit->surface.slice[i], vols);
        fprintf(out, "%-10s  %-6.8s %5d %10s", date, e->root, e->days, number(cell, e->forward, 2));
        for (int d = 0; d < SMILE_DELTAS; d++)
            fprintf(out, " %8s", number(cell, 100 * vols[d], 2));
        fprintf(out, " %7u %7s", r->used, number(cell, r->error_median, 3));
        fprintf(out, " %5.0f %%%s%s\n", 100 * r->inside, r->is_w_shaped ? "  W" : "",
                r->is_from_skeleton ? "  few quotes" : "");
    }
    size_t slice;
    double k;
    bool is_free = surface_check(&fit->surface, &slice, &k) == PRICING_OK;
    fprintf(
        out,
        "\nvols in %% at that delta; error: median distance from the middle over half the spread; "
        "inside: quotes whose\nbid and ask hold the smile. %s\n",
        is_free ? "No butterfly and no calendar arbitrage." : "The surface holds arbitrage.");
}
