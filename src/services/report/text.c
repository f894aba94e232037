#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/date.h"
#include "base/zone.h"
#include "domain/types/money.h"
#include "services/report/report_int.h"

static void copy(char out[TEXT_BYTES], const char *text)
{
    snprintf(out, TEXT_BYTES, "%s", text);
}

void text_money(char out[TEXT_BYTES], int64_t micros)
{
    char text[MONEY_TEXT_BYTES];
    money_format_people(text, micros);
    copy(out, micros == PRICE_NONE ? "n/a" : text);
}

void text_money_plus(char out[TEXT_BYTES], int64_t micros)
{
    char text[TEXT_BYTES];
    text_money(text, micros);
    snprintf(out, TEXT_BYTES, "%s%.32s", micros >= MICROS_PER_CENT / 2 ? "+" : "", text);
}

void text_price(char out[TEXT_BYTES], int64_t micros)
{
    char text[MONEY_TEXT_BYTES];
    money_format(text, micros, 2);
    copy(out, micros == PRICE_NONE ? "n/a" : text);
}

void text_max_loss(char out[TEXT_BYTES], int64_t micros)
{
    if (micros == INT64_MAX)
        copy(out, "unbounded");
    else
        text_money(out, micros);
}

/* Put commas between the thousands of a plain decimal. */
static void group(char out[TEXT_BYTES], const char *plain)
{
    size_t at = 0;
    if (*plain == '-')
        out[at++] = *plain++;
    size_t whole = strcspn(plain, ".");
    for (size_t i = 0; plain[i] && at + 2 < TEXT_BYTES; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = plain[i];
    }
    out[at] = '\0';
}

void text_number(char out[TEXT_BYTES], double value, int decimals)
{
    char plain[TEXT_BYTES];
    if (isnan(value)) {
        copy(out, "n/a");
        return;
    }
    if (isinf(value)) {
        copy(out, value < 0 ? "-unlimited" : "unlimited");
        return;
    }
    if (fabs(value) >= 1e15) {
        snprintf(out, TEXT_BYTES, "%.6g", value);
        return;
    }
    snprintf(plain, sizeof plain, "%.*f", decimals, value);
    /* A loss too small to show is no "-0.00". */
    group(out, strspn(plain, "-0.") == strlen(plain) && *plain == '-' ? plain + 1 : plain);
}

void text_percent(char out[TEXT_BYTES], double ratio)
{
    char text[TEXT_BYTES];
    text_number(text, isfinite(ratio) ? ratio * 100 : NAN, 2);
    snprintf(out, TEXT_BYTES, "%.40s%s", text, isfinite(ratio) ? " %" : "");
}

void text_count(char out[TEXT_BYTES], uint64_t count)
{
    char plain[TEXT_BYTES];
    snprintf(plain, sizeof plain, "%" PRIu64, count);
    group(out, plain);
}

void text_date(char out[TEXT_BYTES], int32_t date)
{
    char text[DATE_TEXT_BYTES];
    if (!date_is_valid(date)) {
        copy(out, "n/a");
        return;
    }
    date_format(text, date);
    copy(out, text);
}

void text_day(char out[TEXT_BYTES], int32_t date)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (!date_is_valid(date)) {
        copy(out, "n/a");
        return;
    }
    snprintf(out, TEXT_BYTES, "%02d%.3s%02d", date_day(date), months + 3 * (date_month(date) - 1),
             date_year(date) % 100);
}

/* The wall clock of the exchange; false for a moment that cannot be one. */
static bool wall_clock(int64_t ts_ns, int32_t *date, int64_t *nanos)
{
    if (ts_ns <= 0 || ts_ns / NANOS_PER_DAY >= 84000) /* 2199 */
        return false;
    zone_from_ts(ZONE_NEW_YORK, ts_ns, date, nanos);
    return true;
}

int32_t ts_day(int64_t ts_ns)
{
    int32_t date;
    int64_t nanos;
    return wall_clock(ts_ns, &date, &nanos) ? date : 0;
}

void text_when(char out[TEXT_BYTES], int64_t ts_ns)
{
    int32_t date;
    int64_t nanos;
    char day[TEXT_BYTES], clock[TIME_OF_DAY_TEXT_BYTES];
    if (!wall_clock(ts_ns, &date, &nanos)) {
        copy(out, "n/a");
        return;
    }
    text_date(day, date);
    time_of_day_format(clock, nanos);
    snprintf(out, TEXT_BYTES, "%.16s %s", day, clock);
}

void text_when_short(char out[TEXT_BYTES], int64_t ts_ns)
{
    char day[TEXT_BYTES], clock[TEXT_BYTES];
    text_day(day, ts_day(ts_ns));
    text_time(clock, ts_ns);
    snprintf(out, TEXT_BYTES, "%.16s%s%.16s", day, ts_day(ts_ns) ? " " : "",
             ts_day(ts_ns) ? clock : "");
}

void text_time(char out[TEXT_BYTES], int64_t ts_ns)
{
    int32_t date;
    int64_t nanos;
    char clock[TIME_OF_DAY_TEXT_BYTES];
    if (!wall_clock(ts_ns, &date, &nanos)) {
        copy(out, "n/a");
        return;
    }
    time_of_day_format(clock, nanos);
    snprintf(out, TEXT_BYTES, "%.5s", clock); /* to the minute: rows stay aligned */
}

const char *text_reason(enum close_reason reason)
{
    return reason == CLOSE_DAYS_HELD ? "days held" : close_reason_name(reason);
}

bool trade_has_several_expiries(const struct result_trade *trade)
{
    int32_t expiry = 0;
    for (size_t i = 0; i < trade->leg_count; i++) {
        const struct result_leg *leg = &trade->legs[i];
        if (leg->is_stock)
            continue;
        if (expiry != 0 && leg->contract.expiry != expiry)
            return true;
        expiry = leg->contract.expiry;
    }
    return false;
}

static bool has_several_roots(const struct result_trade *trade)
{
    const char *root = NULL;
    for (size_t i = 0; i < trade->leg_count; i++) {
        if (trade->legs[i].is_stock)
            continue;
        if (root && strncmp(root, trade->legs[i].contract.root, CONTRACT_ROOT_BYTES) != 0)
            return true;
        root = trade->legs[i].contract.root;
    }
    return false;
}

static bool same_series(const struct result_leg *a, const struct result_leg *b)
{
    return a->is_stock == b->is_stock &&
           (a->is_stock || (a->contract.expiry == b->contract.expiry &&
                            strncmp(a->contract.root, b->contract.root, CONTRACT_ROOT_BYTES) == 0));
}

void text_legs(struct buf *out, const struct result_trade *trade, char inner, char outer)
{
    bool roots = has_several_roots(trade);
    for (size_t i = 0; i < trade->leg_count; i++) {
        const struct result_leg *leg = &trade->legs[i];
        const struct contract *contract = &leg->contract;
        char strike[MONEY_TEXT_BYTES], day[TEXT_BYTES];
        if (i > 0)
            buf_putc(out, outer);
        buf_printf(out, "%+" PRId64 "%c", leg->quantity, inner);
        if (leg->is_stock) {
            buf_puts(out, "shares");
            continue;
        }
        money_format(strike, contract_strike_micros(contract), 0);
        buf_printf(out, "%c%s", contract->right == OPTION_PUT ? 'P' : 'C', strike);
        if (i + 1 < trade->leg_count && same_series(leg, &trade->legs[i + 1]))
            continue;
        text_day(day, contract->expiry);
        buf_printf(out, "%c%s", outer, day);
        if (roots)
            buf_printf(out, "%c%.*s", inner, CONTRACT_ROOT_BYTES, contract->root);
    }
}

/* Bytes of a well-formed UTF-8 character, or 0 (Unicode 15, table 3-7). */
static size_t decode(const unsigned char *s, size_t len, uint32_t *c)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t need = s[0] < 0x80       ? 1
                  : s[0] >> 5 == 6  ? 2
                  : s[0] >> 4 == 14 ? 3
                  : s[0] >> 3 == 30 ? 4
                                    : 0;
    if (need == 0 || need > len)
        return 0;
    *c = need == 1 ? s[0] : s[0] & (0x7Fu >> need);
    for (size_t i = 1; i < need; i++) {
        if (s[i] >> 6 != 2)
            return 0;
        *c = *c << 6 | (s[i] & 0x3F);
    }
    bool is_surrogate = *c >= 0xD800 && *c <= 0xDFFF;
    return *c < least[need] || *c > 0x10FFFF || is_surrogate ? 0 : need;
}

uint32_t text_next_rune(struct str text, size_t *at)
{
    uint32_t c = 0;
    size_t bytes = decode((const unsigned char *)text.ptr + *at, text.len - *at, &c);
    *at += bytes ? bytes : 1;
    if (bytes == 0)
        return 0xFFFD;
    if (c == '\n' || c == '\r' || c == '\t' || c == 0x2028 || c == 0x2029)
        return ' ';
    bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0);
    bool turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E ||
                 c == 0x200F || c == 0x061C;
    bool is_noncharacter = (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
    return is_control || turns || is_noncharacter ? 0xFFFD : c;
}

void buf_put_char(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_putc(out, (char)c);
    } else if (c < 0x800) {
        buf_putc(out, (char)(0xC0 | c >> 6));
        buf_putc(out, (char)(0x80 | (c & 0x3F)));
    } else {
        if (c < 0x10000) {
            buf_putc(out, (char)(0xE0 | c >> 12));
        } else {
            buf_putc(out, (char)(0xF0 | c >> 18));
            buf_putc(out, (char)(0x80 | (c >> 12 & 0x3F)));
        }
        buf_putc(out, (char)(0x80 | (c >> 6 & 0x3F)));
        buf_putc(out, (char)(0x80 | (c & 0x3F)));
    }
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

void text_verdict(struct buf *out, const struct backtest_result *result)
{
    const struct result_stats *stats = &result->stats;
    char count[TEXT_BYTES], days[TEXT_BYTES], pnl[TEXT_BYTES], percent[TEXT_BYTES],
        costs[TEXT_BYTES];
    text_count(count, stats->trades);
    text_count(days, stats->days);
    if (stats->days == 0) {
        buf_puts(out, "No market data was found between these dates, so nothing was traded.");
        return;
    }
    if (stats->trades == 0) {
        buf_printf(out, "No trade was opened in %s day%s", days, plural(stats->days));
        text_count(count, stats->rejects);
        if (stats->rejects)
            buf_printf(out, "; %s order%s rejected", count,
                       stats->rejects == 1 ? " was" : "s were");
        buf_puts(out, ".");
        return;
    }
    text_money(pnl, stats->pnl < 0 && stats->pnl > PRICE_NONE ? -stats->pnl : stats->pnl);
    text_percent(percent, stats->total_return);
    text_money(costs, stats->costs);
    buf_printf(out, "%s trade%s in %s day%s %s %s USD (%s) after %s USD of commissions and fees",
               count, plural(stats->trades), days, plural(stats->days),
               stats->pnl < 0 ? "lost" : "made", pnl, percent, costs);
    if (isfinite(stats->max_drawdown)) {
        text_percent(percent, stats->max_drawdown);
        buf_printf(out, "; the deepest fall of the account was %s", percent);
    }
    if (stats->open_trades) {
        text_count(count, stats->open_trades);
        buf_printf(out, ". %s %s still open, marked to market", count,
                   stats->open_trades == 1 ? "trade is" : "trades are");
    }
    buf_puts(out, ".");
}

void text_warnings(struct buf *out, const struct backtest_result *result)
{
    size_t count = 0;
    for (size_t i = 0; i < result->note_count; i++)
        count += result->notes[i].warning;
    if (count)
        buf_printf(out, "%zu warning%s at the end: read %s before trusting the figures.", count,
                   plural(count), count == 1 ? "it" : "them");
}

int64_t sum_or_none(int64_t a, int64_t b)
{
    int64_t sum;
    if (a == PRICE_NONE || b == PRICE_NONE || !money_try_add(a, b, &sum))
        return PRICE_NONE;
    return sum;
}

void derive_reasons(const struct backtest_result *result,
                    struct reason_row rows[CLOSE_REASON_COUNT])
{
    memset(rows, 0, CLOSE_REASON_COUNT * sizeof *rows);
    for (size_t i = 0; i < result->trade_count; i++) {
        const struct result_trade *trade = &result->trades[i];
        MUST((size_t)trade->reason < CLOSE_REASON_COUNT);
        struct reason_row *row = &rows[trade->reason];
        row->trades++;
        row->wins += trade->pnl > 0;
        row->pnl = sum_or_none(row->pnl, trade->pnl);
        row->costs = sum_or_none(row->costs, trade->costs);
    }
}

size_t derive_rejects(const struct backtest_result *result, struct reject_row rows[REJECTS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < result->order_count; i++) {
        const struct result_order *order = &result->orders[i];
        if (!order->status || strcmp(order->status, "rejected") != 0)
            continue;
        const char *reason = text_or(order->reason, "no reason given");
        size_t at = 0;
        while (at < count && strcmp(rows[at].reason, reason) != 0)
            at++;
        if (at == count && count < REJECTS_MAX)
            rows[count++] = (struct reject_row){ .reason = reason };
        if (at == REJECTS_MAX) {
            at = REJECTS_MAX - 1;
            rows[at].reason = "other reasons";
        }
        rows[at].count++;
    }
    for (size_t i = 1; i < count; i++) /* insertion keeps the order of first sight among equals */
        for (size_t j = i; j > 0 && rows[j].count > rows[j - 1].count; j--) {
            struct reject_row swap = rows[j];
            rows[j] = rows[j - 1];
            rows[j - 1] = swap;
        }
    return count;
}
