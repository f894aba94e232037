#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "base/zone.h"
#include "services/report/page.h"
#include "services/report/svg_chart.h"
#include "services/view/view_int.h"

enum { CELL_BYTES = 48, LINES_MAX = 6, POINTS = 121, QUOTES_MAX = 512 };

/* Lines of the smiles and cells of the heat map; the page's own colours for all else. */
static const char style[] =
    ".line.s0,.dot.s0{stroke:#3b6fd4}.line.s1,.dot.s1{stroke:#c8553d}.line.s2,.dot.s2{stroke:#2f8f6b}"
    ".line.s3,.dot.s3{stroke:#9a5fc0}.line.s4,.dot.s4{stroke:#b98a1d}.line.s5,.dot.s5{stroke:#4a9fb5}"
    ".dot.s0,.dot.s1,.dot.s2,.dot.s3,.dot.s4,.dot.s5{fill:var(--card);stroke-width:1.3;r:2.2px}\n"
    ".key.s0{background:#3b6fd4}.key.s1{background:#c8553d}.key.s2{background:#2f8f6b}"
    ".key.s3{background:#9a5fc0}.key.s4{background:#b98a1d}.key.s5{background:#4a9fb5}\n"
    ".pair{white-space:nowrap}.heat td{text-align:right;padding:6px 10px;border:2px solid var(--card)}.heat "
    "th{padding:6px 10px}.mesh{stroke:var(--card);stroke-width:.6;stroke-linejoin:round}"
    ".mesh:hover{stroke:var(--ink);stroke-width:1.4}\n"
    ".chain td{padding:3px 8px 3px 0}.chain td.k{font-weight:650;text-align:center;"
    "background:var(--tint)}.chain td.in{background:var(--band)}.chain tr.at td{"
    "border-top:2px solid var(--accent)}\n";

static const char *number(char out[CELL_BYTES], double value, int decimals, const char *unit)
{
    if (isnan(value))
        snprintf(out, CELL_BYTES, "n/a");
    else
        snprintf(out, CELL_BYTES, "%.*f%s", decimals, value, unit);
    return out;
}

static const char *expiry_name(char out[CELL_BYTES], const struct view_expiry *e)
{
    char date[DATE_TEXT_BYTES];
    date_format(date, e->date);
    snprintf(out, CELL_BYTES, "%.8s %s", e->root, date);
    return out;
}

/* ---- head ------------------------------------------------------------------------------------ */

static void put_card(struct buf *out, const char *value, const char *label)
{
    buf_puts(out, "<div class=\"card\">");
    html_element(out, "b", NULL, NULL, value);
    html_element(out, "span", NULL, NULL, label);
    buf_puts(out, "</div>");
}

/* The vol of a month, linear in total variance between the expiries around it. */
static double month_vol(const struct view_fit *fit)
{
    double k = 0, w, years = 30.0 / 365.0;
    return fit->count && !surface_total_variance(&fit->surface, years, 1, &k, &w, NULL)
               ? sqrt(w / years)
               : NAN;
}

static void put_title(struct buf *out, const struct view *view, const struct view_fit *fit)
{
    char when[TS_TEXT_BYTES], text[128], cell[CELL_BYTES];
    ts_format_iso(when, ZONE_NEW_YORK, view->ts_ns);
    when[10] = ' ';
    when[16] = '\0';
    snprintf(text, sizeof text, "%s, %s New York", view->symbol, when);
    html_element(out, "h1", NULL, NULL, text);
    snprintf(text, sizeof text, "%zu expiries, %zu contracts; source: %s", view->count,
             view->contracts, view->source);
    html_element(out, "p", "kicker", NULL, text);
    buf_puts(out, "<div class=\"cards\">");
    put_card(out, number(cell, view->spot, 2, ""), "level");
    put_card(out, number(cell, 100 * month_vol(fit), 2, " %"), "vol of 30 days at the money");
    const struct view_expiry *front = view_front(view);
    if (front) {
        char label[2 * CELL_BYTES], name[CELL_BYTES];
        snprintf(label, sizeof label, "straddle of %s", expiry_name(name, front));
        put_card(out, number(cell, front->straddle, 2, ""), label);
        put_card(out, number(cell, 100 * front->straddle / view->spot, 2, " %"),
                 "of the level: what it is expected to move");
    }
    buf_puts(out, "</div>\n");
}

/* ---- smiles ---------------------------------------------------------------------------------- */

/* Spread over the term, the first and the last among them. */
static size_t choose_lines(const struct view_fit *fit, size_t chosen[LINES_MAX])
{
    size_t n = fit->count < LINES_MAX ? fit->count : LINES_MAX;
    for (size_t i = 0; i < n; i++)
        chosen[i] = n == 1 ? 0 : i * (fit->count - 1) / (n - 1);
    return n;
}

struct smile {
    double x[POINTS], y[POINTS];                     /* moneyness %, vol % */
    double quote_x[QUOTES_MAX], quote_y[QUOTES_MAX]; /* middles, out of the money */
    size_t quotes;
    double low, high; /* of the quotes */
};

static void add_quote(struct smile *s, const struct view_expiry *e, const struct view_strike *at)
{
    double strike = at->strike_mills / 1000.0, sd = e->atm_vol * sqrt(e->years);
    double k = log(strike / e->forward);
    const struct view_side *side = strike < e->forward ? &at->put : &at->call;
    if (isnan(side->iv) || isnan(side->iv_bid) || s->quotes == QUOTES_MAX || k < -4.5 * sd ||
        k > 3.0 * sd)
        return;
    s->quote_x[s->quotes] = 100 * (strike / e->forward - 1);
    s->quote_y[s->quotes++] = 100 * side->iv;
    s->low = fmin(s->low, k);
    s->high = fmax(s->high, k);
}

static void make_smile(struct smile *s, const struct view_fit *fit, size_t i)
{
    const struct view_expiry *e = fit->expiry[i];
    s->quotes = 0;
    s->low = INFINITY;
    s->high = -INFINITY;
    for (size_t q = 0; q < e->count; q++)
        add_quote(s, e, &e->strikes[q]);
    for (int p = 0; p < POINTS; p++) {
        double k = s->low + (s->high - s->low) * p / (POINTS - 1);
        s->x[p] = s->quotes ? 100 * (exp(k) - 1) : NAN;
        s->y[p] = s->quotes ? 100 * slice_vol(&fit->surface.slice[i], k) : NAN;
    }
}

static void widen(double range[2], const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) {
            range[0] = fmin(range[0], values[i]);
            range[1] = fmax(range[1], values[i]);
        }
}

static void put_keys(struct buf *out, const struct view_fit *fit, const size_t *lines, size_t n)
{
    buf_puts(out, "<p class=\"lead\">");
    for (size_t i = 0; i < n; i++) {
        char name[CELL_BYTES];
        buf_printf(out, "<span class=\"pair\"><span class=\"key s%zu\"></span>", i);
        html_text(out, expiry_name(name, fit->expiry[lines[i]]));
        buf_printf(out, " (%d d)</span> ", fit->expiry[lines[i]]->days);
    }
    buf_puts(out, "</p>\n");
}

static void put_smiles(struct buf *out, const struct view_fit *fit)
{
    size_t lines[LINES_MAX], n = choose_lines(fit, lines);
    struct smile *smiles = mem_alloc(LINES_MAX * sizeof *smiles);
    double x[2] = { INFINITY, -INFINITY }, y[2] = { INFINITY, -INFINITY };
    for (size_t i = 0; i < n; i++) {
        make_smile(&smiles[i], fit, lines[i]);
        widen(x, smiles[i].x, POINTS);
        widen(y, smiles[i].y, POINTS);
        widen(y, smiles[i].quote_y, smiles[i].quotes);
    }
    html_section_begin(
        out, "smile", "Smile",
        "Vol by strike, as a distance from the forward. Lines: the fitted surface; dots: the "
        "middle of the quotes out of the money.");
    put_keys(out, fit, lines, n);
    struct chart chart;
    chart_begin(&chart, out,
                (struct chart_spec){ .width = PAGE_WIDE,
                                     .height = 360,
                                     .label = "vol by strike, a line for each expiry",
                                     .x_low = x[0],
                                     .x_high = x[1],
                                     .y_low = y[0],
                                     .y_high = y[1],
                                     .x_unit = CHART_PERCENT,
                                     .y_unit = CHART_PERCENT });
    chart_mark(&chart, "spot", 0);
    for (size_t i = 0; i < n; i++) {
        char name[4];
        snprintf(name, sizeof name, "s%d", (int)i);
        for (size_t q = 0; q < smiles[i].quotes; q++)
            chart_dot(&chart, name, smiles[i].quote_x[q], smiles[i].quote_y[q], NULL);
        chart_line(&chart, name, POINTS, smiles[i].x, smiles[i].y);
    }
    chart_end(&chart);
    html_section_end(out);
    mem_free(smiles);
}

/* ---- term structure -------------------------------------------------------------------------- */

static void put_day_marks(struct chart *chart)
{
    static const int days[] = { 1, 3, 10, 30, 90, 365, 1095 };
    for (size_t i = 0; i < ARRAY_COUNT(days); i++) {
        char text[16];
        double x = log10(days[i]);
        if (x < chart->x_low || x > chart->x_high)
            continue;
        snprintf(text, sizeof text, "%d d", days[i]);
        chart_mark(chart, "grid", x);
        chart_text(chart, "day", x, chart->y_low, 0, -5, text);
    }
}

static void put_term_chart(struct buf *out, const struct view_fit *fit, const char *label, size_t n,
                           const double *x, const double *y)
{
    double range[2] = { INFINITY, -INFINITY };
    widen(range, y, n);
    double room = 0.18 * (range[1] - range[0]); /* for the days below */
    struct chart chart;
    chart_begin(&chart, out,
                (struct chart_spec){ .width = PAGE_HALF,
                                     .height = 280,
                                     .label = label,
                                     .x_low = x[0] - 0.05,
                                     .x_high = x[n - 1] + 0.05,
                                     .y_low = range[0] - room,
                                     .y_high = range[1],
                                     .x_unit = CHART_NO_AXIS,
                                     .y_unit = CHART_PERCENT });
    put_day_marks(&chart);
    chart_line(&chart, "c1", n, x, y);
    for (size_t i = 0; i < n; i++) {
        char name[CELL_BYTES], text[2 * CELL_BYTES];
        snprintf(text, sizeof text, "%s, %d days: %.2f %%", expiry_name(name, fit->expiry[i]),
                 fit->expiry[i]->days, y[i]);
        if (!isnan(y[i]))
            chart_dot(&chart, "c1", x[i], y[i], text);
    }
    chart_end(&chart);
}

static void put_term(struct buf *out, const struct view_fit *fit)
{
    double x[SURFACE_EXPIRIES_MAX], vol[SURFACE_EXPIRIES_MAX], skew[SURFACE_EXPIRIES_MAX];
    for (size_t i = 0; i < fit->count; i++) {
        double vols[SMILE_DELTAS];
        slice_vols(&fit->surface.slice[i], vols);
        x[i] = log10(fmax(fit->expiry[i]->years * 365.0, 0.04));
        vol[i] = 100 * slice_vol(&fit->surface.slice[i], 0.0);
        skew[i] = 100 * (vols[1] - vols[3]);
    }
    html_section_begin(out, "term", "Term structure", "By days to expiry, on a logarithmic scale.");
    buf_puts(out, "<div class=\"two\">");
    html_figure_begin(out, "At the money", "vol at the forward");
    put_term_chart(out, fit, "vol at the money by days to expiry", fit->count, x, vol);
    html_figure_end(out);
    html_figure_begin(out, "Skew", "vol of the 25-delta put less that of the 25-delta call");
    put_term_chart(out, fit, "25-delta skew by days to expiry", fit->count, x, skew);
    html_figure_end(out);
    buf_puts(out, "</div>");
    html_section_end(out);
}

/* ---- surface --------------------------------------------------------------------------------- */

enum { MESH_K = 25, MESH_T = 17, MESH_WIDE = 900, MESH_HIGH = 430 };

struct mesh {
    double k[MESH_K], days[MESH_T]; /* k in sd of the vol at the money */
    double vol[MESH_T][MESH_K];
    double low, high;
};

static void make_mesh(struct mesh *m, const struct view_fit *fit)
{
    double first = fit->expiry[0]->years, last = fit->expiry[fit->count - 1]->years;
    m->low = INFINITY;
    m->high = -INFINITY;
    for (int t = 0; t < MESH_T; t++) {
        double root = sqrt(first) + (sqrt(last) - sqrt(first)) * t / (MESH_T - 1);
        double years = root * root, w, zero = 0;
        m->days[t] = years * 365.0;
        surface_total_variance(&fit->surface, years, 1, &zero, &w, NULL);
        double sd = sqrt(w);
        for (int i = 0; i < MESH_K; i++) {
            m->k[i] = -2.5 + 4.0 * i / (MESH_K - 1);
            double k = m->k[i] * sd;
            double *vol = &m->vol[t][i];
            surface_total_variance(&fit->surface, years, 1, &k, vol, NULL);
            *vol = sqrt(*vol / years);
            m->low = fmin(m->low, *vol);
            m->high = fmax(m->high, *vol);
        }
    }
}

/* From blue over green to red as vol rises. */
static void put_colour(struct buf *out, double share)
{
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    buf_printf(out, "hsl(%d,62%%,%d%%)", (int)(220.0 - 205.0 * share), 52 + (int)(6 * share));
}

/* Seen from the side of the short expiries, a little from above. */
static void project(const struct mesh *m, int t, int i, double *x, double *y)
{
    double across = (double)i / (MESH_K - 1), deep = (double)t / (MESH_T - 1);
    double high = (m->vol[t][i] - m->low) / fmax(m->high - m->low, 1e-9);
    *x = 60 + 560 * across + 220 * deep;
    *y = MESH_HIGH - 40 - 150 * deep - 200 * high;
}

static void put_mesh_cell(struct buf *out, const struct mesh *m, int t, int i)
{
    static const int corner[4][2] = { { 0, 0 }, { 0, 1 }, { 1, 1 }, { 1, 0 } };
    double sum = 0;
    buf_puts(out, "<polygon class=\"mesh\" points=\"");
    for (int c = 0; c < 4; c++) {
        double x, y;
        project(m, t + corner[c][0], i + corner[c][1], &x, &y);
        buf_printf(out, "%.1f,%.1f ", x, y);
        sum += m->vol[t + corner[c][0]][i + corner[c][1]];
    }
    buf_puts(out, "\" fill=\"");
    put_colour(out, (sum / 4 - m->low) / fmax(m->high - m->low, 1e-9));
    buf_printf(out, "\"><title>%.0f days, %+.1f sd: %.2f %%</title></polygon>", m->days[t], m->k[i],
               100 * sum / 4);
}

static void put_mesh_label(struct buf *out, double x, double y, const char *anchor,
                           const char *text)
{
    buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    html_text(out, text);
    buf_puts(out, "</text>");
}

static void put_mesh_labels(struct buf *out, const struct mesh *m)
{
    char text[CELL_BYTES];
    for (int i = 0; i < MESH_K; i += 6) {
        snprintf(text, sizeof text, "%+.1f sd", m->k[i]);
        put_mesh_label(out, 60 + 560.0 * i / (MESH_K - 1), MESH_HIGH - 18, "middle", text);
    }
    for (int t = 0; t < MESH_T; t += 4) {
        double deep = (double)t / (MESH_T - 1);
        snprintf(text, sizeof text, "%.0f d", m->days[t]);
        put_mesh_label(out, 630 + 220 * deep, MESH_HIGH - 36 - 150 * deep, "start", text);
    }
    snprintf(text, sizeof text, "vol %.1f to %.1f %%", 100 * m->low, 100 * m->high);
    put_mesh_label(out, 60, 20, "start", text);
}

static void put_mesh(struct buf *out, const struct view_fit *fit)
{
    struct mesh *m = mem_alloc(sizeof *m);
    make_mesh(m, fit);
    buf_printf(
        out,
        "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"the vol surface\">",
        MESH_WIDE, MESH_HIGH);
    /* Far cells first: near ones cover them. */
    for (int t = MESH_T - 2; t >= 0; t--)
        for (int i = 0; i < MESH_K - 1; i++)
            put_mesh_cell(out, m, t, i);
    put_mesh_labels(out, m);
    buf_puts(out, "</svg>\n");
    mem_free(m);
}

static void put_heat(struct buf *out, const struct view_fit *fit)
{
    double vols[SURFACE_EXPIRIES_MAX][SMILE_DELTAS], range[2] = { INFINITY, -INFINITY };
    for (size_t i = 0; i < fit->count; i++) {
        slice_vols(&fit->surface.slice[i], vols[i]);
        widen(range, vols[i], SMILE_DELTAS);
    }
    buf_puts(out, "<div class=\"scroll\"><table class=\"heat\">");
    struct html_head heads[SMILE_DELTAS + 4] = { { "expiry", NULL, true },
                                                 { "days", NULL, false } };
    for (int d = 0; d < SMILE_DELTAS; d++)
        heads[2 + d] = (struct html_head){ smile_delta_names[d], "vol at that delta, %", false };
    heads[SMILE_DELTAS + 2] = (struct html_head){ "quotes", "used in the fit", false };
    heads[SMILE_DELTAS + 3] =
        (struct html_head){ "error", "median distance from the middle over half the spread",
                            false };
    html_heads(out, heads, SMILE_DELTAS + 4);
    for (size_t i = 0; i < fit->count; i++) {
        char cell[CELL_BYTES];
        buf_puts(out, "<tr>");
        html_element(out, "th", NULL, NULL, expiry_name(cell, fit->expiry[i]));
        html_number_cell(out, number(cell, fit->expiry[i]->days, 0, ""));
        for (int d = 0; d < SMILE_DELTAS; d++) {
            buf_puts(out, "<td style=\"background:color-mix(in srgb,");
            put_colour(out, (vols[i][d] - range[0]) / fmax(range[1] - range[0], 1e-9));
            buf_puts(out, " 35%,transparent)\">");
            html_text(out, number(cell, 100 * vols[i][d], 2, ""));
            buf_puts(out, "</td>");
        }
        html_number_cell(out, number(cell, fit->report[i].used, 0, ""));
        html_number_cell(out, number(cell, fit->report[i].error_median, 3, ""));
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out, "</table></div>\n");
}

static void put_surface(struct buf *out, const struct view_fit *fit)
{
    size_t slice;
    double k;
    html_section_begin(
        out, "surface", "Surface",
        "One smile an expiry, free of arbitrage between them. Strikes in standard deviations "
        "(sd) of the vol at the money; time by its root.");
    if (surface_check(&fit->surface, &slice, &k) != PRICING_OK)
        html_element(out, "p", "warn", NULL, "This surface holds arbitrage.");
    html_figure_begin(out, "Vol by strike and time", NULL);
    put_mesh(out, fit);
    html_figure_end(out);
    put_heat(out, fit);
    html_section_end(out);
}

/* ---- the chain ------------------------------------------------------------------------------- */

static void put_cell(struct buf *out, bool is_inside, const char *text)
{
    html_element(out, "td", is_inside ? "n in" : "n", NULL, text);
}

static const char *size(char out[CELL_BYTES], uint32_t value)
{
    if (value == SIZE_NONE)
        snprintf(out, CELL_BYTES, "n/a");
    else
        snprintf(out, CELL_BYTES, "%" PRIu32, value);
    return out;
}

static double dollars(int64_t micros)
{
    return micros == PRICE_NONE ? NAN : money_to_dollars(micros);
}

static void put_side(struct buf *out, const struct view_side *s, bool is_put, bool is_inside)
{
    char cell[6][CELL_BYTES];
    const char *text[6] = { size(cell[0], s->quote.open_interest),
                            size(cell[1], s->quote.volume),
                            number(cell[2], s->delta, 3, ""),
                            number(cell[3], 100 * s->iv, 2, ""),
                            number(cell[4], dollars(s->quote.bid), 2, ""),
                            number(cell[5], dollars(s->quote.ask), 2, "") };
    static const int order[2][6] = { { 0, 1, 2, 3, 4, 5 }, { 4, 5, 3, 2, 1, 0 } };
    for (int i = 0; i < 6; i++)
        put_cell(out, is_inside, text[order[is_put][i]]);
}

static void put_chain(struct buf *out, const struct view_expiry *e, size_t strikes)
{
    static const struct html_head heads[] = {
        { "open", "open interest", false },
        { "volume", NULL, false },
        { "delta", NULL, false },
        { "vol", "%, of the middle", false },
        { "bid", NULL, false },
        { "ask", NULL, false },
        { "strike", NULL, true },
        { "bid", NULL, false },
        { "ask", NULL, false },
        { "vol", "%, of the middle", false },
        { "delta", NULL, false },
        { "volume", NULL, false },
        { "open", "open interest", false },
    };
    char name[CELL_BYTES], title[2 * CELL_BYTES];
    size_t from, to, nearest = view_nearest(e);
    view_window(e, strikes, &from, &to);
    snprintf(title, sizeof title, "Chain of %s", expiry_name(name, e));
    html_section_begin(out, "chain", title,
                       "Calls on the left, puts on the right; in the money is shaded.");
    buf_puts(out, "<div class=\"scroll\"><table class=\"chain\">");
    html_heads(out, heads, ARRAY_COUNT(heads));
    for (size_t i = from; i < to; i++) {
        const struct view_strike *s = &e->strikes[i];
        char strike[MONEY_TEXT_BYTES];
        money_format(strike, (int64_t)s->strike_mills * 1000, 0);
        bool below = s->strike_mills / 1000.0 < e->forward;
        buf_puts(out, i == nearest ? "<tr class=\"at\">" : "<tr>");
        put_side(out, &s->call, false, below);
        html_element(out, "td", "k", NULL, strike);
        put_side(out, &s->put, true, !below);
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out, "</table></div>\n");
    html_section_end(out);
}

enum err view_html(struct buf *out, const struct view *view, const struct view_fit *fit,
                   const struct view_show *show)
{
    const struct view_expiry *e;
    enum err err = view_choose(view, show, &e);
    if (err)
        return err;
    char title[CELL_BYTES];
    snprintf(title, sizeof title, "%s - chain and surface", view->symbol);
    page_begin(out, title, style);
    put_title(out, view, fit);
    if (fit->count) {
        put_smiles(out, fit);
        put_term(out, fit);
        put_surface(out, fit);
    } else {
        html_section_begin(out, "surface", "Surface", NULL);
        html_nothing(out, pricing_status_meaning(fit->status));
        html_section_end(out);
    }
    put_chain(out, e, show->strikes);
    buf_puts(
        out,
        "<footer><p>Ironfly. Vols are of the middle of bid and ask, on 365 days of 24 hours to the "
        "settlement; times are those of New York.</p></footer>\n");
    page_end(out);
    return ERR_OK;
}
