/*
 * Trend and momentum from closes and bars. n counts updates (days, or bars of any length).
 *
 *   sma         mean of the last n closes
 *   ema         e + 2 / (n + 1) (x - e), started with the mean of the first n
 *   macd        ema 12 - ema 26; its signal is their ema 9; histogram the difference. Appel (1979)
 *   rsi         100 up / (up + down), up and down Wilder's means of gains and losses of n changes:
 * the plain mean first, then ((n - 1) mean + new) / n. Wilder, New Concepts in Technical Trading
 * Systems (1978), chapter 6. NaN when nothing moved at all adx         Wilder (1978), chapter 4:
 * true range, +DM and -DM smoothed as above; DI = 100 DM / TR; DX = 100 |+DI - -DI| / (+DI + -DI),
 * 0 when neither is above zero; ADX its Wilder mean. Known from bar 2 n on range       highest high
 * and lowest low of n bars, and where the close lies between, 0 to 1 momentum    close / close n
 * updates ago - 1
 *
 * ema, macd, rsi and adx remember everything they saw, ever more faintly: two histories that
 * agree on the last 12 n updates (rsi, adx: 24 n) agree to about ten digits. The others know only
 * their window.
 */
#ifndef DOMAIN_FEATURES_TREND_H
#define DOMAIN_FEATURES_TREND_H

#include "domain/features/gate.h"
#include "domain/features/realised_vol.h"
#include "domain/features/window.h"

struct sma {
    struct feature_gate gate;
    struct window closes;
};
void sma_init(struct sma *sma, struct arena *arena, uint32_t n);
bool sma_update(struct sma *sma, int64_t ts_ns, double close);
double sma_value(const struct sma *sma);

struct ema {
    struct feature_gate gate;
    uint32_t n;
    struct compensated_sum first;
    double mean; /* NaN before n */
};
void ema_init(struct ema *ema, uint32_t n); /* n >= 1 */
bool ema_update(struct ema *ema, int64_t ts_ns, double x);
double ema_value(const struct ema *ema);

struct macd {
    struct ema fast, slow, signal;
};
void macd_init(struct macd *macd, uint32_t fast, uint32_t slow, uint32_t signal); /* 12, 26, 9 */
bool macd_update(struct macd *macd, int64_t ts_ns, double close);
double macd_value(const struct macd *macd);
double macd_signal(const struct macd *macd);
double macd_histogram(const struct macd *macd);

struct rsi {
    struct feature_gate gate;
    uint32_t n;
    double last, up, down; /* sums during the warm-up, then means */
};
void rsi_init(struct rsi *rsi, uint32_t n); /* 14 */
bool rsi_update(struct rsi *rsi, int64_t ts_ns, double close);
double rsi_value(const struct rsi *rsi);

struct adx {
    struct feature_gate gate;
    uint32_t n;
    struct ohlc last;
    double true_range, plus, minus; /* sums during the warm-up, then Wilder's means */
    double dx_sum, adx;
};
void adx_init(struct adx *adx, uint32_t n); /* 14 */
bool adx_update(struct adx *adx, int64_t ts_ns, const struct ohlc *bar);
double adx_value(const struct adx *adx);
double adx_plus_di(const struct adx *adx); /* known from bar n + 1 on; NaN when nothing moved */
double adx_minus_di(const struct adx *adx);

struct price_range {
    struct feature_gate gate;
    struct window highs, lows;
    double close;
};
void price_range_init(struct price_range *range, struct arena *arena, uint32_t n); /* 20 */
bool price_range_update(struct price_range *range, int64_t ts_ns, const struct ohlc *bar);
double price_range_high(const struct price_range *range);
double price_range_low(const struct price_range *range);
double price_range_position(const struct price_range *range); /* NaN when high = low */

struct momentum {
    struct feature_gate gate;
    struct window closes;
};
void momentum_init(struct momentum *momentum, struct arena *arena, uint32_t n);
bool momentum_update(struct momentum *momentum, int64_t ts_ns, double close);
double momentum_value(const struct momentum *momentum);

#endif
