/*
 * What the three reports share: figures as text, and the few sums that only readers need.
 */
#ifndef SERVICES_REPORT_REPORT_INT_H
#define SERVICES_REPORT_REPORT_INT_H

#include "base/mem.h"
#include "services/report/report.h"

enum { TEXT_BYTES = 64 };

/* "-1,234.50", rounded to cents; "n/a" for PRICE_NONE. The plus form marks gains: "+1,234.50". */
void text_money(char out[TEXT_BYTES], int64_t micros);
void text_money_plus(char out[TEXT_BYTES], int64_t micros);
/* A price a share, exact, at least cents: "12.305". */
void text_price(char out[TEXT_BYTES], int64_t micros);
/* A trade's greatest loss at expiry: INT64_MAX is "unbounded". */
void text_max_loss(char out[TEXT_BYTES], int64_t micros);
/* 0.0523 is "5.23 %"; NaN and infinity are "n/a". */
void text_percent(char out[TEXT_BYTES], double ratio);
/* "-1,234.50": thousands separated; "n/a" for NaN, "unlimited" for infinity. */
void text_number(char out[TEXT_BYTES], double value, int decimals);
void text_count(char out[TEXT_BYTES], uint64_t count);
/* "2019-05-21" and "n/a" for 0; "21Jun19", as traders write expiries. */
void text_date(char out[TEXT_BYTES], int32_t date);
void text_day(char out[TEXT_BYTES], int32_t date);
/* New York: "2019-05-21 09:31", with seconds where there are any; then to the minute alone
 * "21May19 09:31" and "09:31". "n/a" for 0 and TS_NONE. */
void text_when(char out[TEXT_BYTES], int64_t ts_ns);
void text_when_short(char out[TEXT_BYTES], int64_t ts_ns);
void text_time(char out[TEXT_BYTES], int64_t ts_ns);
/* The New York date of a moment; 0 when it is none or lies outside 1970 to 2199. */
int32_t ts_day(int64_t ts_ns);

/* "days held" for CLOSE_DAYS_HELD: the words people read. */
const char *text_reason(enum close_reason reason);

/*
 * "-1 C2900 +1 C2950 21Jun19", each expiry after its legs, its root too when the trade has several.
 * inner stands inside "-1 C2900", outer between legs: a caller that wraps lines keeps legs whole.
 */
void text_legs(struct buf *out, const struct result_trade *trade, char inner, char outer);
bool trade_has_several_expiries(const struct result_trade *trade);

/*
 * The next character of text from *at on, which moves behind it. What a report must not carry reads
 * as U+FFFD: bytes that are no UTF-8, control characters, and marks that turn the direction of
 * text. Line breaks and tabs read as spaces.
 */
uint32_t text_next_rune(struct str text, size_t *at);
void buf_put_char(struct buf *out, uint32_t c); /* as UTF-8 */

/* "": the text was NULL or empty; otherwise the text. */
static inline const char *text_or(const char *text, const char *otherwise)
{
    return text && *text ? text : otherwise;
}

/* One sentence that says what happened. */
void text_verdict(struct buf *out, const struct backtest_result *result);

/* "2 warnings at the end: ...", or nothing when there is none: stands before the figures. */
void text_warnings(struct buf *out, const struct backtest_result *result);

/* Sums that cannot be held become PRICE_NONE, as does a sum with one. */
int64_t sum_or_none(int64_t a, int64_t b);

struct reason_row {
    size_t trades, wins;
    int64_t pnl, costs;
};
void derive_reasons(const struct backtest_result *result,
                    struct reason_row rows[CLOSE_REASON_COUNT]);

/* Why orders were rejected, the most frequent first; reasons beyond REJECTS_MAX share one row. */
enum { REJECTS_MAX = 64 };
struct reject_row {
    const char *reason;
    size_t count;
};
size_t derive_rejects(const struct backtest_result *result, struct reject_row rows[REJECTS_MAX]);

#endif
