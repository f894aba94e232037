#include <math.h>

#include "domain/types/money.h"
#include "services/report/html_int.h"
#include "services/report/payoff.h"

enum { TRADES_TRIED = 50 };

/* The last trade whose payoff can be drawn; the last of all, with why not, when none of them can.
 */
static const struct result_trade *choose_trade(struct payoff *payoff,
                                               const struct backtest_result *result)
{
    size_t count = result->trade_count;
    for (size_t i = count; i-- > 0 && count - i <= TRADES_TRIED;) {
        payoff_make(payoff, &result->trades[i]);
        if (!payoff->why_not)
            return &result->trades[i];
    }
    if (count == 0)
        return NULL;
    payoff_make(payoff, &result->trades[count - 1]);
    return &result->trades[count - 1];
}

static double extreme_drawn(const struct payoff *payoff, bool high)
{
    double most = payoff->y[0];
    for (size_t i = 1; i < payoff->count; i++)
        most = high ? fmax(most, payoff->y[i]) : fmin(most, payoff->y[i]);
    return most;
}

/* The middle of the first stretch where the curve is at its highest or lowest. */
static double place_of(const struct payoff *payoff, double value)
{
    double first = NAN, last = NAN;
    for (size_t i = 0; i < payoff->count; i++) {
        if (fabs(payoff->y[i] - value) <= 1e-6 * (1 + fabs(value))) {
            first = isnan(first) ? payoff->x[i] : first;
            last = payoff->x[i];
        } else if (isfinite(first)) {
            break;
        }
    }
    return (first + last) / 2;
}

/* What lies on one side of zero; crossings are set in, so that both areas end on the zero line. */
static size_t clip(const struct payoff *payoff, bool above, double *x, double *y)
{
    size_t n = 0;
    for (size_t i = 0; i < payoff->count; i++) {
        double value = payoff->y[i];
        if (i > 0 && (value < 0) != (payoff->y[i - 1] < 0)) {
            double share = payoff->y[i - 1] / (payoff->y[i - 1] - value);
            x[n] = payoff->x[i - 1] + share * (payoff->x[i] - payoff->x[i - 1]);
            y[n++] = 0;
        }
        x[n] = payoff->x[i];
        y[n++] = above ? fmax(value, 0) : fmin(value, 0);
    }
    return n;
}

static double curve_at(const struct payoff *payoff, double spot)
{
    size_t at = 0;
    while (at + 1 < payoff->count && payoff->x[at] < spot)
        at++;
    return payoff->y[at];
}

static void put_marks(struct chart *chart, const struct payoff *payoff,
                      const struct result_trade *trade)
{
    char number[TEXT_BYTES], text[TEXT_BYTES * 2];
    if (trade->underlying_entry != PRICE_NONE) {
        double spot = money_to_dollars(trade->underlying_entry);
        chart_mark(chart, "spot", spot);
        text_number(number, spot, 2);
        snprintf(text, sizeof text, "at entry %s", number);
        /* On the side that the curve leaves free. */
        bool high = curve_at(payoff, spot) > (chart->y_low + chart->y_high) / 2;
        chart_text(chart, "note", spot, high ? chart->y_low : chart->y_high, 0, high ? -8 : 0,
                   text);
    }
    for (size_t i = 0; i < payoff->even_count; i++) {
        if (payoff->even[i] < chart->x_low || payoff->even[i] > chart->x_high)
            continue;
        text_number(number, payoff->even[i], 2);
        snprintf(text, sizeof text, "break-even at %s", number);
        chart_dot(chart, "c1", payoff->even[i], 0, text);
        /* Beside the curve, on the side where it lies below zero, so that they do not cross. */
        bool rises = i == 0 || i % 2 == 0;
        chart_text(chart, "note", payoff->even[i], 0, rises ? -36 : 36, -8, number);
    }
}

static void put_extreme(struct chart *chart, const struct payoff *payoff, bool best)
{
    double value = best ? payoff->best : payoff->worst, shown = extreme_drawn(payoff, best);
    char number[TEXT_BYTES], text[TEXT_BYTES * 2];
    if (!isfinite(value) || fabs(shown - value) > 1e-6 * (1 + fabs(value)))
        return;
    text_number(number, value, 2);
    snprintf(text, sizeof text, "%s %s USD", best ? "highest" : "lowest", number);
    chart_text(chart, value > 0 ? "gain" : "loss", place_of(payoff, value), value, 0,
               best ? -7 : 16, text);
}

static void put_hovers(struct chart *chart, const struct payoff *payoff)
{
    for (size_t i = 0; i + 2 < payoff->count; i += 2) {
        char spot[TEXT_BYTES], pnl[TEXT_BYTES], text[TEXT_BYTES * 3];
        text_number(spot, payoff->x[i + 1], 2);
        text_number(pnl, payoff->y[i + 1], 2);
        snprintf(text, sizeof text, "underlying at %s: %s USD", spot, pnl);
        chart_hover(chart, payoff->x[i], payoff->x[i + 2], text);
    }
}

static void put_chart(struct page *page, const struct payoff *payoff,
                      const struct result_trade *trade)
{
    double *x = arena_array(page->arena, double, 2 * PAYOFF_POINTS);
    double *y = arena_array(page->arena, double, 2 * PAYOFF_POINTS);
    double low = fmin(0, extreme_drawn(payoff, false)), high = fmax(0, extreme_drawn(payoff, true));
    double room = 0.12 * (high - low); /* for the words above and below */
    struct chart chart;
    chart_begin(&chart, page->out,
                (struct chart_spec){ .width = PAGE_WIDE,
                                     .height = 300,
                                     .label = "Profit and loss at expiry",
                                     .x_low = payoff->x[0],
                                     .x_high = payoff->x[payoff->count - 1],
                                     .x_unit = CHART_NUMBER,
                                     .y_low = low - room,
                                     .y_high = high + room,
                                     .y_unit = CHART_DOLLARS });
    size_t count = clip(payoff, true, x, y);
    chart_area(&chart, "gain", count, x, y, 0);
    count = clip(payoff, false, x, y);
    chart_area(&chart, "loss", count, x, y, 0);
    chart_line(&chart, "c1", payoff->count, payoff->x, payoff->y);
    put_hovers(&chart, payoff);
    put_marks(&chart, payoff, trade);
    put_extreme(&chart, payoff, true);
    put_extreme(&chart, payoff, false);
    chart_end(&chart);
}

static void put_words(struct buf *out, const struct payoff *payoff)
{
    char number[TEXT_BYTES];
    struct buf line = { 0 };
    text_number(number, payoff->best, 2);
    buf_printf(&line, "Highest profit: %s%s. ", isinf(payoff->best) ? "unlimited" : number,
               isinf(payoff->best) ? "" : " USD");
    text_number(number, payoff->worst, 2);
    buf_printf(&line, "Lowest: %s%s. ", isinf(payoff->worst) ? "a loss without bound" : number,
               isinf(payoff->worst) ? "" : " USD");
    buf_puts(&line, payoff->even_count ? "Break-even at " : "No break-even.");
    for (size_t i = 0; i < payoff->even_count; i++) {
        text_number(number, payoff->even[i], 2);
        buf_printf(&line, "%s%s",
                   i == 0                        ? ""
                   : i + 1 == payoff->even_count ? " and "
                                                 : ", ",
                   number);
    }
    if (payoff->even_count)
        buf_putc(&line, '.');
    html_element(out, "p", "lead", NULL, line.ptr);
    buf_free(&line);
}

void html_payoff(struct page *page)
{
    struct payoff *payoff = arena_new(page->arena, struct payoff);
    const struct result_trade *trade = choose_trade(payoff, page->result);
    struct buf *out = page->out, lead = { 0 };
    char opened[TEXT_BYTES];
    if (!trade)
        return;
    text_when(opened, trade->opened_ns);
    buf_printf(&lead, "Trade %llu of %s, ", (unsigned long long)trade->id, opened);
    text_legs(&lead, trade, ' ', ' ');
    buf_puts(
        &lead,
        payoff->is_modelled
            ? ": profit and loss at its first expiry, before costs. Legs that expire later are "
              "valued by Black-Scholes "
              "with their implied volatility at entry, calendar days / 365, rate and dividends 0."
            : ": profit and loss at expiry by the price of the underlying then, before costs.");
    html_section_begin(out, "payoff", "Payoff at entry, USD", lead.ptr);
    if (payoff->why_not) {
        html_nothing(out, payoff->why_not);
    } else {
        buf_puts(out, "<div class=\"scroll wide\">");
        put_chart(page, payoff, trade);
        buf_puts(out, "</div>\n");
        put_words(out, payoff);
    }
    html_section_end(out);
    buf_free(&lead);
}
