/* What conditions read, at this instant. Sessions that are over feed the histories; nothing later does. */
#include "kernel/kernel_int.h"

#include <math.h>

#include "base/date.h"
#include "base/zone.h"

static void want(struct kernel *k, const struct expr *expr)
{
    for (int id = 0; expr && id < FEATURE_COUNT; id++)
        k->wants[id] |= expr_reads(expr, (enum feature_id)id);
}

void features_open(struct kernel *k, struct arena *arena)
{
    const struct strategy *s = k->strategy;
    for (int i = 0; i < s->structure_count; i++) {
        want(k, s->structures[i].entry.when);
        want(k, s->structures[i].exit.when);
        want(k, s->structures[i].roll.when);
    }
    k->wants_iv = k->wants[FEATURE_IV] || k->wants[FEATURE_IV_RANK] || k->wants[FEATURE_IV_PERCENTILE] ||
                  k->wants[FEATURE_IV_RANK_RAW];
    signals_open(k, arena);
}

static double mean_close(const struct kernel *k, uint32_t sessions)
{
    if (k->close_count < sessions)
        return NAN;
    double sum = 0;
    for (uint32_t i = 0; i < sessions; i++)
        sum += k->close_history[(k->close_count - 1 - i) % CLOSE_HISTORY];
    return sum / sessions;
}

static void iv_standing(const struct kernel *k, double iv, double *rank, double *raw, double *percentile)
{
    uint32_t n = k->iv_count < IV_HISTORY ? k->iv_count : IV_HISTORY;
    *rank = *raw = *percentile = NAN;
    if (isnan(iv) || n < RANK_MIN_SESSIONS)
        return;
    double low = INFINITY, high = -INFINITY;
    uint32_t below = 0;
    for (uint32_t i = 0; i < n; i++) {
        low = fmin(low, k->iv_history[i]);
        high = fmax(high, k->iv_history[i]);
        below += k->iv_history[i] < iv;
    }
    /* Today is not part of the range, so a new extreme is clamped. */
    if (high > low) {
        *raw = 100.0 * (iv - low) / (high - low);
        *rank = fmin(100.0, fmax(0.0, *raw));
    }
    *percentile = 100.0 * below / n;
}

void features_market(struct kernel *k)
{
    double *f = k->market_features;
    for (int i = 0; i < FEATURE_COUNT; i++)
        f[i] = NAN;
    struct book *book = &k->book;
    if (book->underlying != PRICE_NONE)
        f[FEATURE_PRICE] = money_to_dollars(book->underlying);
    if (book->prev_close != PRICE_NONE)
        f[FEATURE_PREV_CLOSE] = money_to_dollars(book->prev_close);
    f[FEATURE_CHANGE] = f[FEATURE_PRICE] / f[FEATURE_PREV_CLOSE] - 1.0;
    f[FEATURE_VIX] = k->vix;
    if (k->wants_iv) {
        double iv = book_iv30(book);
        if (!isnan(iv))
            k->iv_today = iv;
        f[FEATURE_IV] = iv;
        iv_standing(k, iv, &f[FEATURE_IV_RANK], &f[FEATURE_IV_RANK_RAW], &f[FEATURE_IV_PERCENTILE]);
    }
    if (k->wants[FEATURE_EXPECTED_MOVE])
        f[FEATURE_EXPECTED_MOVE] = book_expected_move(book);
    f[FEATURE_SMA20] = mean_close(k, 20);
    f[FEATURE_SMA50] = mean_close(k, 50);
    int32_t date;
    int64_t nanos;
    zone_from_ts(ZONE_NEW_YORK, k->now_ns, &date, &nanos);
    f[FEATURE_DATE] = date;
    f[FEATURE_TIME] = (double)(nanos / 1000000000);
    f[FEATURE_WEEKDAY] = date_weekday(date);
    f[FEATURE_DAY_OF_MONTH] = date_day(date);
    f[FEATURE_SHARES] = (double)k->shares;
    uint32_t open = 0;
    for (int i = 0; i < k->strategy->structure_count; i++)
        open += k->structures[i].open;
    f[FEATURE_OPEN_TRADES] = open;
    f[FEATURE_EQUITY] = money_to_dollars(ledger_equity(k));
    signals_market(k, f);
}

double trade_delta_shares(struct kernel *k, const struct trade *trade)
{
    double delta = 0;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        if (!leg->quantity)
            continue;
        double count = (double)leg->quantity * (double)leg_multiplier(leg);
        delta += leg->is_stock ? count : count * book_option_greeks(&k->book, leg->id).delta;
    }
    return delta;
}

static double max_short_delta(struct kernel *k, const struct trade *trade)
{
    double most = NAN;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        if (leg->is_stock || leg->quantity >= 0)
            continue;
        most = fmax(most, fabs(book_option_greeks(&k->book, leg->id).delta)); /* fmax skips NaN */
    }
    return most;
}

void features_trade(struct kernel *k, const struct trade *trade, double out[FEATURE_COUNT])
{
    for (int i = 0; i < FEATURE_COUNT; i++)
        out[i] = k->market_features[i];
    int32_t opened;
    int64_t nanos;
    zone_from_ts(ZONE_NEW_YORK, trade->opened_ns, &opened, &nanos);
    int32_t dte = trade_dte(k, trade);
    out[FEATURE_DTE] = dte < 0 ? NAN : (double)dte;
    out[FEATURE_DAYS_HELD] = date_diff(k->book.day, opened);
    out[FEATURE_PNL] = money_to_dollars(trade_pnl(trade));
    double base = fabs(money_to_dollars(trade->entry_cash));
    out[FEATURE_PNL_PERCENT] =
        base > 0 ? 100.0 * money_to_dollars(trade->flows + trade->value) / base : NAN;
    if (k->wants[FEATURE_TRADE_DELTA])
        out[FEATURE_TRADE_DELTA] = trade_delta_shares(k, trade);
    const struct structure *s = &k->strategy->structures[trade->structure];
    if (k->wants[FEATURE_MAX_SHORT_DELTA] || !isnan(s->exit.short_delta) || !isnan(s->roll.short_delta))
        out[FEATURE_MAX_SHORT_DELTA] = max_short_delta(k, trade);
}

void features_day_end(struct kernel *k)
{
    if (!isnan(k->iv_today))
        k->iv_history[k->iv_count++ % IV_HISTORY] = k->iv_today;
    k->iv_today = NAN;
    if (k->book.underlying != PRICE_NONE)
        k->close_history[k->close_count++ % CLOSE_HISTORY] = money_to_dollars(k->book.underlying);
    signals_day_end(k);
}
