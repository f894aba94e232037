/*
 * Conditions' features that need a history or the whole chain, from domain/features. Daily ones
 * are worked out once, when a session ends; those of the chain when a condition reads them.
 */
#include <math.h>

#include "base/zone.h"
#include "domain/features/correlation.h"
#include "domain/features/flow.h"
#include "domain/features/har.h"
#include "domain/features/macro.h"
#include "domain/features/session.h"
#include "domain/features/term.h"
#include "domain/features/trend.h"
#include "domain/features/vix.h"
#include "domain/pricing/portable.h"
#include "kernel/snapshot_int.h"

enum {
    RICH_PRICES = 60, /* of 390 minutes, for a session's high, low and variance to be the day's */
    VOL_DAYS = 20,
    PAIR_DAYS = 20, /* of a correlation, and of its break against the PAIR_BEFORE before */
    PAIR_BEFORE = 60,
    HAR_HISTORY = 756, /* three years */
};
static const double SESSIONS_PER_YEAR = 252;

struct signals {
    /* this session */
    bool begun;
    struct session_bar bar;
    struct opening_range opening;
    struct vwap vwap;
    struct session_variance variance;
    bool regime_done;
    /* the sessions before */
    struct realised_vol close_vol, range_vol;
    struct har har;
    uint32_t rich_bars, rich_variances; /* sessions in a row */
    struct sma sma200;
    struct ema ema20;
    struct macd macd;
    struct rsi rsi;
    struct adx adx;
    struct price_range range;
    struct momentum momentum;
    struct vix_regime_state regime;
    double last_return; /* log, from the close of return_from to that of return_day */
    int32_t return_from, return_day;
    struct rolling_correlation together; /* with the first market */
    struct correlation_break apart;
    struct event_distance fomc, cpi;      /* of the table of the program */
    struct dated_ahead told[DATED_KINDS]; /* by the feed, which knows better */
    double daily[FEATURE_COUNT];          /* as of the last session end */
};

static const enum feature_id session_ids[] = {
    FEATURE_DAY_HIGH,
    FEATURE_DAY_LOW,
    FEATURE_OPENING_HIGH,
    FEATURE_OPENING_LOW,
    FEATURE_SMA200,
    FEATURE_EMA20,
    FEATURE_MACD,
    FEATURE_MACD_SIGNAL,
    FEATURE_RSI14,
    FEATURE_ADX14,
    FEATURE_HIGH20,
    FEATURE_LOW20,
    FEATURE_RETURN20,
    FEATURE_RV20,
    FEATURE_RV_PARKINSON20,
    FEATURE_RV_YANG_ZHANG20,
    FEATURE_RV_FORECAST,
    FEATURE_VIX_REGIME,
    FEATURE_CORRELATION20,
    FEATURE_CORRELATION_BREAK,
    FEATURE_DAYS_TO_FOMC,
    FEATURE_DAYS_TO_CPI,
    FEATURE_DAYS_TO_EARNINGS,
    FEATURE_DAYS_SINCE_EARNINGS,
    FEATURE_DAYS_TO_DIVIDEND,
    FEATURE_VWAP,
};

void signals_open(struct market *market, struct arena *arena, bool always)
{
    bool wanted = always;
    for (size_t i = 0; i < ARRAY_COUNT(session_ids); i++)
        wanted |= market->wants[session_ids[i]];
    if (!wanted)
        return;
    struct signals *s = market->signals = arena_new(arena, struct signals);
    /* 20 returns lie between 21 closes. */
    realised_vol_init(&s->close_vol, arena, VOL_DAYS + 1, SESSIONS_PER_YEAR);
    realised_vol_init(&s->range_vol, arena, VOL_DAYS, SESSIONS_PER_YEAR);
    har_init(&s->har, arena, HAR_LOG, HAR_HISTORY);
    sma_init(&s->sma200, arena, 200);
    ema_init(&s->ema20, 20);
    macd_init(&s->macd, 12, 26, 9);
    rsi_init(&s->rsi, 14);
    adx_init(&s->adx, 14);
    price_range_init(&s->range, arena, 20);
    momentum_init(&s->momentum, arena, 20);
    vix_regime_init(&s->regime, NULL, 1);
    rolling_correlation_init(&s->together, arena, PAIR_DAYS);
    correlation_break_init(&s->apart, arena, PAIR_BEFORE, PAIR_DAYS);
    const struct dated_event *events;
    size_t count = macro_events(arena, &events);
    MUST(event_distance_init(&s->fomc, DATED_FOMC, events, count) == ERR_OK);
    MUST(event_distance_init(&s->cpi, DATED_CPI, events, count) == ERR_OK);
    for (int kind = 0; kind < DATED_KINDS; kind++)
        dated_ahead_init(&s->told[kind]);
    for (int i = 0; i < FEATURE_COUNT; i++)
        s->daily[i] = NAN;
}

void signals_session(struct market *market)
{
    struct signals *s = market->signals;
    const struct book *book = &market->book;
    if (!s)
        return;
    /* Data may begin before the open: it is no part of the session. */
    session_bar_begin(&s->bar, book->open_ns);
    opening_range_begin(&s->opening, book->open_ns, 30 * NANOS_PER_MINUTE);
    vwap_begin(&s->vwap, book->open_ns);
    session_variance_begin(&s->variance, book->open_ns, 5 * NANOS_PER_MINUTE);
    s->begun = true;
    s->regime_done = false;
}

void signals_price(struct kernel *k, struct market *market)
{
    struct signals *s = market->signals;
    if (!s || !s->begun)
        return;
    int64_t micros = market->book.underlying;
    double price = micros == PRICE_NONE ? NAN : money_to_dollars(micros);
    session_bar_update(&s->bar, k->now_ns, price);
    opening_range_update(&s->opening, k->now_ns, price);
    session_variance_update(&s->variance, k->now_ns, price);
}

void signals_traded(struct kernel *k, struct market *market, int64_t price, int64_t shares)
{
    struct signals *s = market->signals;
    if (s && s->begun && shares > 0 && price != PRICE_NONE)
        vwap_update(&s->vwap, k->now_ns, money_to_dollars(price), (double)shares);
}

void signals_dated(struct kernel *k, struct market *market, const struct event_dated *dated)
{
    struct signals *s = market->signals;
    if (s && (unsigned)dated->kind < DATED_KINDS)
        dated_ahead_tell(&s->told[dated->kind], k->now_ns, dated->happens_ns, dated->is_withdrawn);
}

/* What the feed told, else the table of the program; NULL: there is none. */
static double days_to(struct dated_ahead *told, struct event_distance *table, int64_t now_ns)
{
    dated_ahead_update(told, now_ns);
    if (table)
        event_distance_update(table, now_ns);
    bool from_table = table && !told->has_been_told;
    return macro_days_to(now_ns,
                         from_table ? event_distance_next_ts(table) : dated_ahead_next_ts(told));
}

static double days_since(struct dated_ahead *told, int64_t now_ns)
{
    dated_ahead_update(told, now_ns);
    int64_t last = dated_ahead_last_ts(told);
    return last == TS_NONE ? NAN : -macro_days_to(now_ns, last);
}

static void session_features(struct kernel *k, struct market *market)
{
    struct signals *s = market->signals;
    double *f = market->features;
    if (!s || !s->begun)
        return;
    if (!s->regime_done && !isnan(k->vix))
        s->regime_done = vix_regime_update(&s->regime, k->now_ns, k->vix);
    for (size_t i = 0; i < ARRAY_COUNT(session_ids); i++)
        f[session_ids[i]] = s->daily[session_ids[i]];
    const struct ohlc *bar = session_bar_value(&s->bar);
    f[FEATURE_DAY_HIGH] = bar ? bar->high : NAN;
    f[FEATURE_DAY_LOW] = bar ? bar->low : NAN;
    f[FEATURE_OPENING_HIGH] = opening_range_high(&s->opening);
    f[FEATURE_OPENING_LOW] = opening_range_low(&s->opening);
    const bool *wants = market->wants;
    struct dated_ahead *told = s->told;
    f[FEATURE_DAYS_TO_FOMC] =
        wants[FEATURE_DAYS_TO_FOMC] ? days_to(&told[DATED_FOMC], &s->fomc, k->now_ns) : NAN;
    f[FEATURE_DAYS_TO_CPI] =
        wants[FEATURE_DAYS_TO_CPI] ? days_to(&told[DATED_CPI], &s->cpi, k->now_ns) : NAN;
    f[FEATURE_DAYS_TO_EARNINGS] = days_to(&told[DATED_EARNINGS], NULL, k->now_ns);
    f[FEATURE_DAYS_SINCE_EARNINGS] = days_since(&told[DATED_EARNINGS], k->now_ns);
    f[FEATURE_DAYS_TO_DIVIDEND] = days_to(&told[DATED_DIVIDEND], NULL, k->now_ns);
    f[FEATURE_VWAP] = vwap_value(&s->vwap);
    enum vix_regime regime = vix_regime_value(&s->regime);
    f[FEATURE_VIX_REGIME] = regime == VIX_REGIME_UNKNOWN ? NAN : (double)regime;
}

void signals_market(struct kernel *k, struct market *market)
{
    struct book *book = &market->book;
    const bool *wants = market->wants;
    double *f = market->features;
    session_features(k, market);
    int64_t bid = book->underlying_bid, ask = book->underlying_ask;
    if (quote_mid(bid, ask) != PRICE_NONE)
        f[FEATURE_SPREAD] = money_to_dollars(ask - bid);
    if (wants[FEATURE_EXPECTED_MOVE_1SD])
        f[FEATURE_EXPECTED_MOVE_1SD] = expected_move_from_straddle(book_expected_move(book));
    if (wants[FEATURE_IV7])
        f[FEATURE_IV7] = book_tenor_vol(book, 7);
    if (wants[FEATURE_IV60])
        f[FEATURE_IV60] = book_tenor_vol(book, 60);
    if (wants[FEATURE_IV90] || wants[FEATURE_TERM_SLOPE])
        f[FEATURE_IV90] = book_tenor_vol(book, 90);
    if (wants[FEATURE_TERM_SLOPE])
        f[FEATURE_TERM_SLOPE] = f[FEATURE_IV90] - book_tenor_vol(book, 30);
    if (wants[FEATURE_SKEW25])
        f[FEATURE_SKEW25] = book_skew25(book);
    if (wants[FEATURE_VIX_INDEX])
        f[FEATURE_VIX_INDEX] = book_vix_index(book);
    bool with_gamma = wants[FEATURE_GAMMA_EXPOSURE];
    if (with_gamma || wants[FEATURE_PUT_CALL_VOLUME] || wants[FEATURE_PUT_CALL_OPEN] ||
        wants[FEATURE_UNUSUAL_VOLUME]) {
        struct flow flow;
        book_flow(book, with_gamma, &flow);
        f[FEATURE_PUT_CALL_VOLUME] = flow.put_call_volume;
        f[FEATURE_PUT_CALL_OPEN] = flow.put_call_open;
        f[FEATURE_GAMMA_EXPOSURE] = flow.gamma_exposure;
        f[FEATURE_UNUSUAL_VOLUME] = flow.unusual_known ? (double)flow.unusual : NAN;
    }
}

/* Take the session that is over into the histories. */
static void close_session(struct market *market, int64_t ts, const struct ohlc *bar)
{
    struct signals *s = market->signals;
    const struct book *book = &market->book;
    double last_close = s->close_vol.last_close;
    s->last_return = portable_log(bar->close / last_close);
    s->return_from = s->return_day;
    s->return_day = book->day;
    struct ohlc close_only = { bar->close, bar->close, bar->close, bar->close };
    realised_vol_update(&s->close_vol, ts, &close_only);
    sma_update(&s->sma200, ts, bar->close);
    ema_update(&s->ema20, ts, bar->close);
    macd_update(&s->macd, ts, bar->close);
    rsi_update(&s->rsi, ts, bar->close);
    momentum_update(&s->momentum, ts, bar->close);
    adx_update(&s->adx, ts, bar);
    price_range_update(&s->range, ts, bar);
    realised_vol_update(&s->range_vol, ts, bar);
    int64_t minutes = (book->close_ns - book->open_ns) / NANOS_PER_MINUTE;
    bool rich = (int64_t)s->bar.gate.taken * 390 >= RICH_PRICES * minutes;
    s->rich_bars = rich ? s->rich_bars + 1 : 0;
    session_variance_end(&s->variance, book->close_ns);
    double night = portable_log(bar->open / last_close);
    bool has_variance =
        rich && har_update(&s->har, ts, session_variance_rv(&s->variance) + night * night);
    s->rich_variances = has_variance ? s->rich_variances + 1 : 0;
}

/* A session's returns of a market and of the first one, once both have ended. */
static void take_pair(struct market *first, struct market *market, int64_t ts)
{
    const struct signals *a = first->signals;
    struct signals *b = market->signals;
    if (!a || !b || a == b || a->return_day != b->return_day || a->return_from != b->return_from)
        return; /* one has not ended, or lacks the session before: not the same stretch of time */
    rolling_correlation_update(&b->together, ts, a->last_return, b->last_return);
    correlation_break_update(&b->apart, ts, a->last_return, b->last_return);
    b->daily[FEATURE_CORRELATION20] = rolling_correlation_value(&b->together);
    b->daily[FEATURE_CORRELATION_BREAK] = correlation_break_value(&b->apart);
}

/* The market whose session ends may be any of the two. */
static void take_pairs(struct kernel *k, struct market *market)
{
    struct market *first = &k->markets[0];
    for (uint32_t i = 1; i < k->market_count; i++)
        if (market == first || market == &k->markets[i])
            take_pair(first, &k->markets[i], k->now_ns);
}

void signals_day_end(struct kernel *k, struct market *market)
{
    struct signals *s = market->signals;
    const struct ohlc *bar = s && s->begun ? session_bar_value(&s->bar) : NULL;
    if (!bar)
        return;
    close_session(market, k->now_ns, bar);
    take_pairs(k, market);
    s->begun = false;
    double *f = s->daily;
    f[FEATURE_SMA200] = sma_value(&s->sma200);
    f[FEATURE_EMA20] = ema_value(&s->ema20);
    f[FEATURE_MACD] = macd_value(&s->macd);
    f[FEATURE_MACD_SIGNAL] = macd_signal(&s->macd);
    f[FEATURE_RSI14] = rsi_value(&s->rsi);
    f[FEATURE_ADX14] = adx_value(&s->adx);
    f[FEATURE_HIGH20] = price_range_high(&s->range);
    f[FEATURE_LOW20] = price_range_low(&s->range);
    f[FEATURE_RETURN20] = momentum_value(&s->momentum);
    f[FEATURE_RV20] = realised_vol_value(&s->close_vol, VOL_CLOSE);
    bool rich = s->rich_bars > VOL_DAYS; /* with the close before the first */
    f[FEATURE_RV_PARKINSON20] = rich ? realised_vol_value(&s->range_vol, VOL_PARKINSON) : NAN;
    f[FEATURE_RV_YANG_ZHANG20] = rich ? realised_vol_value(&s->range_vol, VOL_YANG_ZHANG) : NAN;
    f[FEATURE_RV_FORECAST] =
        market->wants[FEATURE_RV_FORECAST] && s->rich_variances >= HAR_LAGS_MONTH
            ? har_value(&s->har, SESSIONS_PER_YEAR)
            : NAN;
}

/* ---- snapshots ------------------------------------------------------------------------------- */

#define FEATURE_GATE_FIELDS(N, B) N(ts_ns) N(taken) N(refused)
IMAGE_TABLE(feature_gate, FEATURE_GATE_FIELDS, 0)

/* Its values lie in the arena, sized at open. */
static void image_window(struct image *im, struct window *w)
{
    uint32_t size = w->size;
    IMAGE(im, w->size);
    image_count(im, "window", &w->count, size);
    IMAGE(im, w->next);
    if (w->size != size || w->next >= size) {
        image_fail(im, "window");
        w->size = size;
        w->next = 0;
    }
    image_array(im, "values", w->values, size, sizeof *w->values);
}

#define SESSION_VARIANCE_FIELDS(N, B)                                                              \
    N(gate)                                                                                        \
    N(step_ns) N(next_ns) N(price) N(grid_price) N(last_return) N(squares) N(products) N(returns)
IMAGE_TABLE(session_variance, SESSION_VARIANCE_FIELDS, 0)
#define EMA_FIELDS(N, B) N(gate) N(n) N(first) N(mean)
IMAGE_TABLE(ema, EMA_FIELDS, 4)
#define RSI_FIELDS(N, B) N(gate) N(n) N(last) N(up) N(down)
IMAGE_TABLE(rsi, RSI_FIELDS, 4)
#define ADX_FIELDS(N, B) N(gate) N(n) N(last) N(true_range) N(plus) N(minus) N(dx_sum) N(adx)
IMAGE_TABLE(adx, ADX_FIELDS, 4)
#define VIX_REGIME_STATE_FIELDS(N, B) N(gate) N(bounds) N(margin) N(regime) N(outside) N(age)
IMAGE_TABLE(vix_regime_state, VIX_REGIME_STATE_FIELDS, 4)
#define OPENING_RANGE_FIELDS(N, B) N(gate) N(end_ns) N(high) N(low)
IMAGE_TABLE(opening_range, OPENING_RANGE_FIELDS, 0)

static void image_realised_vol(struct image *im, struct realised_vol *v)
{
    _Static_assert(sizeof *v == sizeof v->gate + 2 * sizeof(double) + 8 + 5 * sizeof(struct window),
                   "all its fields");
    image_feature_gate(im, &v->gate);
    IMAGE(im, v->per_year);
    IMAGE(im, v->last_close);
    IMAGE(im, v->n);
    struct window *all[] = { &v->r, &v->o, &v->u, &v->d, &v->c };
    for (size_t i = 0; i < ARRAY_COUNT(all); i++)
        if (all[i]->size)
            image_window(im, all[i]);
}

/* The tables of days (fomc, cpi) are the program's; where they are in them is known by the time
 * that was. */
static void image_distance(struct image *im, struct event_distance *d)
{
    image_feature_gate(im, &d->gate);
    IMAGE(im, d->passed);
    if (d->passed > d->count) {
        image_fail(im, "passed");
        d->passed = 0;
    }
}

#define DATED_AHEAD_FIELDS(N, B) N(gate) N(ahead) N(count) N(last_ns) B(has_been_told)
IMAGE_TABLE(dated_ahead, DATED_AHEAD_FIELDS, 11)

static void image_told(struct image *im, struct dated_ahead *told)
{
    image_dated_ahead(im, told);
    if (told->count > DATED_AHEAD) {
        image_fail(im, "ahead");
        told->count = 0;
    }
}

#define SIGNALS_FIELDS(N, B)                                                                       \
    B(begun)                                                                                       \
    B(regime_done)                                                                                 \
    N(rich_bars) N(rich_variances) N(last_return) N(return_from) N(return_day) N(daily)
IMAGE_TABLE(signals, SIGNALS_FIELDS,
            14 + sizeof(struct session_bar) + sizeof(struct opening_range) +
                sizeof(struct session_variance) + 2 * sizeof(struct realised_vol) +
                sizeof(struct har) + sizeof(struct sma) + sizeof(struct ema) + sizeof(struct macd) +
                sizeof(struct rsi) + sizeof(struct adx) + sizeof(struct price_range) +
                sizeof(struct momentum) + sizeof(struct vix_regime_state) +
                sizeof(struct rolling_correlation) + sizeof(struct correlation_break) +
                2 * sizeof(struct event_distance) + sizeof(struct vwap) +
                DATED_KINDS * sizeof(struct dated_ahead))

void image_whole_signals(struct image *im, struct signals *s)
{
    image_mark(im, "signals");
    image_signals(im, s);
    IMAGE(im, s->bar); /* doubles and its gate: no holes */
    image_opening_range(im, &s->opening);
    image_session_variance(im, &s->variance);
    image_realised_vol(im, &s->close_vol);
    image_realised_vol(im, &s->range_vol);
    image_feature_gate(im, &s->har.gate);
    image_window(im, &s->har.rv);
    image_feature_gate(im, &s->sma200.gate);
    image_window(im, &s->sma200.closes);
    image_ema(im, &s->ema20);
    image_ema(im, &s->macd.fast);
    image_ema(im, &s->macd.slow);
    image_ema(im, &s->macd.signal);
    image_rsi(im, &s->rsi);
    image_adx(im, &s->adx);
    image_feature_gate(im, &s->range.gate);
    image_window(im, &s->range.highs);
    image_window(im, &s->range.lows);
    IMAGE(im, s->range.close);
    image_feature_gate(im, &s->momentum.gate);
    image_window(im, &s->momentum.closes);
    image_vix_regime_state(im, &s->regime);
    image_feature_gate(im, &s->together.gate);
    image_window(im, &s->together.x);
    image_window(im, &s->together.y);
    image_feature_gate(im, &s->apart.gate);
    image_window(im, &s->apart.x);
    image_window(im, &s->apart.y);
    image_distance(im, &s->fomc);
    image_distance(im, &s->cpi);
    IMAGE(im, s->vwap); /* doubles and its gate: no holes */
    for (int kind = 0; kind < DATED_KINDS; kind++)
        image_told(im, &s->told[kind]);
}
