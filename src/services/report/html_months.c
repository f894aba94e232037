#include <math.h>

#include "base/date.h"
#include "domain/types/money.h"
#include "services/report/html_int.h"

struct period {
    bool known;
    int64_t begin, end; /* equity */
};

static double return_of(const struct period *period)
{
    return period->known && period->begin > 0 ? (double)period->end / (double)period->begin - 1
                                              : NAN;
}

static void put_cell(struct buf *out, const struct period *period, const char *tag)
{
    char percent[TEXT_BYTES], money[TEXT_BYTES], title[TEXT_BYTES * 2];
    double value = return_of(period);
    if (!period->known) {
        buf_printf(out, "<%s></%s>", tag, tag);
        return;
    }
    int depth = fabs(value) >= 0.05 ? 3 : fabs(value) >= 0.015 ? 2 : fabs(value) >= 0.0005 ? 1 : 0;
    char class_name[] = { value > 0 ? 'u' : 'd', (char)('0' + depth), '\0' };
    int64_t change;
    text_percent(percent, value);
    text_money_plus(money, __builtin_sub_overflow(period->end, period->begin, &change) ? PRICE_NONE
                                                                                       : change);
    snprintf(title, sizeof title, "%s USD", money);
    percent[strcspn(percent, " ")] = '\0'; /* the unit stands above the table */
    html_element(out, tag, isnan(value) || depth == 0 ? NULL : class_name, title, percent);
}

static void put_year(struct buf *out, int year, const struct period months[12])
{
    struct period whole = { 0 };
    buf_printf(out, "<tr><th scope=\"row\">%d</th>", year);
    for (int month = 0; month < 12; month++) {
        put_cell(out, &months[month], "td");
        if (!months[month].known)
            continue;
        if (!whole.known)
            whole.begin = months[month].begin;
        whole.known = true;
        whole.end = months[month].end;
    }
    put_cell(out, &whole, "td");
    buf_puts(out, "</tr>\n");
}

void html_months(struct page *page)
{
    static const char *const names[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
                                         "Aug", "Sep", "Oct", "Nov", "Dec", "Year" };
    const struct backtest_result *result = page->result;
    struct buf *out = page->out;
    struct period months[12] = { 0 };
    int64_t before = result->start_cash;
    int year = 0;
    html_section_begin(out, "months", "Returns by month, %",
                       "Equity at the month's last day / at the last day of the month before (at "
                       "first: starting cash) - 1.");
    if (result->point_count == 0) {
        html_nothing(out, "No snapshots, so there are no returns.");
        html_section_end(out);
        return;
    }
    buf_puts(out, "<div class=\"scroll\"><table class=\"months\"><thead><tr><th></th>");
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        html_element(out, "th", NULL, NULL, names[i]);
    buf_puts(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < result->point_count; i++) {
        int32_t day = ts_day(result->points[i].ts_ns);
        if (day == 0 || !(result->points[i].day_end || i + 1 == result->point_count))
            continue;
        if (year != 0 && date_year(day) != year) {
            put_year(out, year, months);
            memset(months, 0, sizeof months);
        }
        year = date_year(day);
        struct period *month = &months[date_month(day) - 1];
        if (!month->known)
            *month = (struct period){ .known = true, .begin = before };
        month->end = before = result->points[i].equity;
    }
    if (year != 0)
        put_year(out, year, months);
    buf_puts(out, "</tbody></table></div>\n");
    html_section_end(out);
}
