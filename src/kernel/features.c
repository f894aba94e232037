/* What conditions read, at this instant. Sessions that are over feed the histories; nothing later
 * does. */
#include "kernel/kernel_int.h"

#include <math.h>

#include "base/date.h"
#include "base/zone.h"

static void want(struct market *market, const struct expr *expr)
{
    for (int id = 0; expr && id < FEATURE_COUNT; id++)
        market->wants[id] |= expr_reads(expr, (enum feature_id)id);
}

void features_want(struct kernel *k, const struct host *host)
{
    const struct strategy *s = host->strategy;
    struct market *market = host_market(k, host);
    bool *wants = market->wants;
    for (int i = 0; i < s->structure_count; i++) {
        want(market, s->structures[i].entry.when);
        want(market, s->structures[i].size.scale);
        want(market, s->structures[i].exit.when);
        want(market, s->structures[i].roll.when);
    }
    market->wants_iv = wants[FEATURE_IV] || wants[FEATURE_IV_RANK] ||
                       wants[FEATURE_IV_PERCENTILE] || wants[FEATURE_IV_RANK_RAW];
    market->features_stamp = UINT64_MAX; /* of these there are none yet */
    /* Correlations are with the first market: it has to keep its returns then. */
    if (market != k->markets)
        k->markets[0].wants[FEATURE_CORRELATION20] |=
            wants[FEATURE_CORRELATION20] || wants[FEATURE_CORRELATION_BREAK];
}

void features_open(struct kernel *k, struct arena *arena)
{
    for (uint32_t h = 0; h < k->host_count; h++)
        features_want(k, &k->hosts[h]);
    for (uint32_t i = 0; i < k->market_count; i++) {
        struct market *market = &k->markets[i];
        for (int f = 0; f < FEATURE_COUNT; f++)
            market->features[f] = NAN;
        /* A strategy that comes later finds the histories that it reads. */
        signals_open(market, arena, k->host_room > k->host_count);
        market->wants_iv |= k->host_room > k->host_count;
    }
}

static double mean_close(const struct market *market, uint32_t sessions)
{
    if (market->close_count < sessions)
        return NAN;
    double sum = 0;
    for (uint32_t i = 0; i < sessions; i++)
        sum += market->close_history[(market->close_count - 1 - i) % CLOSE_HISTORY];
    return sum / sessions;
}

static void iv_standing(const struct market *market, double iv, double *rank, double *raw,
                        double *percentile)
{
    uint32_t n = market->iv_count < IV_HISTORY ? market->iv_count : IV_HISTORY;
    *rank = *raw = *percentile = NAN;
    if (isnan(iv) || n < RANK_MIN_SESSIONS)
        return;
    double low = INFINITY, high = -INFINITY;
    uint32_t below = 0;
    for (uint32_t i = 0; i < n; i++) {
        low = fmin(low, market->iv_history[i]);
        high = fmax(high, market->iv_history[i]);
        below += market->iv_history[i] < iv;
    }
    /* Today is not part of the range, so a new extreme is clamped. */
    if (high > low) {
        *raw = 100.0 * (iv - low) / (high - low);
        *rank = fmin(100.0, fmax(0.0, *raw));
    }
    *percentile = 100.0 * below / n;
}

/* What changes from quote to quote. */
static void features_now(struct kernel *k, struct market *market)
{
    double *f = market->features;
    const struct book *book = &market->book;
    f[FEATURE_PRICE] = book->underlying == PRICE_NONE ? NAN : money_to_dollars(book->underlying);
    f[FEATURE_PREV_CLOSE] =
        book->prev_close == PRICE_NONE ? NAN : money_to_dollars(book->prev_close);
    f[FEATURE_CHANGE] = f[FEATURE_PRICE] / f[FEATURE_PREV_CLOSE] - 1.0;
    f[FEATURE_VIX] = k->vix;
    int32_t date;
    int64_t nanos;
    zone_from_ts(ZONE_NEW_YORK, k->now_ns, &date, &nanos);
    f[FEATURE_DATE] = date;
    f[FEATURE_TIME] = (double)(nanos / NANOS_PER_SECOND);
    f[FEATURE_WEEKDAY] = date_weekday(date);
    f[FEATURE_DAY_OF_MONTH] = date_day(date);
}

void features_market(struct kernel *k, struct market *market)
{
    double *f = market->features;
    struct book *book = &market->book;
    if (market->features_stamp == book->stamp) {
        features_now(k, market);
        return;
    }
    market->features_stamp = book->stamp;
    for (int i = 0; i < FEATURE_COUNT; i++)
        f[i] = NAN;
    features_now(k, market);
    if (market->wants_iv) {
        double iv = book_iv30(book);
        if (!isnan(iv))
            market->iv_today = iv;
        f[FEATURE_IV] = iv;
        iv_standing(market, iv, &f[FEATURE_IV_RANK], &f[FEATURE_IV_RANK_RAW],
                    &f[FEATURE_IV_PERCENTILE]);
    }
    if (market->wants[FEATURE_EXPECTED_MOVE])
        f[FEATURE_EXPECTED_MOVE] = book_expected_move(book);
    f[FEATURE_SMA20] = mean_close(market, 20);
    f[FEATURE_SMA50] = mean_close(market, 50);
    signals_price(k, market);
    signals_market(k, market);
}

void features_host(struct kernel *k, const struct host *host)
{
    double *f = host_market(k, host)->features;
    f[FEATURE_SHARES] = (double)host_shares(k, host);
    uint32_t open = 0;
    for (int i = 0; i < host->strategy->structure_count; i++)
        open += host->structures[i].open;
    f[FEATURE_OPEN_TRADES] = open;
    f[FEATURE_EQUITY] = money_to_dollars(ledger_equity(k));
    f[FEATURE_CONFIDENCE] = host->confidence;
}

double trade_delta_shares(struct kernel *k, const struct trade *trade)
{
    struct book *book = &trade_market(k, trade)->book;
    double delta = 0;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        if (!leg->quantity)
            continue;
        double count = (double)leg->quantity * (double)leg_multiplier(leg);
        delta += leg->is_stock ? count : count * book_option_greeks(book, leg->id).delta;
    }
    return delta;
}

static double max_short_delta(struct kernel *k, const struct trade *trade)
{
    struct book *book = &trade_market(k, trade)->book;
    double most = NAN;
    for (int i = 0; i < trade->leg_count; i++) {
        const struct trade_leg *leg = &trade->legs[i];
        if (leg->is_stock || leg->quantity >= 0)
            continue;
        most = fmax(most, fabs(book_option_greeks(book, leg->id).delta)); /* fmax skips NaN */
    }
    return most;
}

void features_trade(struct kernel *k, const struct trade *trade, double out[FEATURE_COUNT])
{
    const struct market *market = trade_market(k, trade);
    for (int i = 0; i < FEATURE_COUNT; i++)
        out[i] = market->features[i];
    int32_t opened;
    int64_t nanos;
    zone_from_ts(ZONE_NEW_YORK, trade->opened_ns, &opened, &nanos);
    int32_t dte = trade_dte(k, trade);
    out[FEATURE_DTE] = dte < 0 ? NAN : (double)dte;
    out[FEATURE_DAYS_HELD] = date_diff(market->book.day, opened);
    out[FEATURE_PNL] = money_to_dollars(trade_pnl(trade));
    double base = fabs(money_to_dollars(trade->entry_cash));
    out[FEATURE_PNL_PERCENT] =
        base > 0 ? 100.0 * money_to_dollars(trade->flows + trade->value) / base : NAN;
    if (market->wants[FEATURE_TRADE_DELTA])
        out[FEATURE_TRADE_DELTA] = trade_delta_shares(k, trade);
    const struct structure *s = trade_structure(k, trade);
    if (market->wants[FEATURE_MAX_SHORT_DELTA] || !isnan(s->exit.short_delta) ||
        !isnan(s->roll.short_delta))
        out[FEATURE_MAX_SHORT_DELTA] = max_short_delta(k, trade);
}

void features_day_end(struct kernel *k, struct market *market)
{
    if (!isnan(market->iv_today))
        market->iv_history[market->iv_count++ % IV_HISTORY] = market->iv_today;
    market->iv_today = NAN;
    if (market->book.underlying != PRICE_NONE)
        market->close_history[market->close_count++ % CLOSE_HISTORY] =
            money_to_dollars(market->book.underlying);
    signals_day_end(k, market);
}
