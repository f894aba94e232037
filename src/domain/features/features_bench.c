/* Nanoseconds per update and per value, one thread, on a random walk. Guess: 10 ns an update, 1 ns
 * a value held in a window, 200 us for a HAR forecast. */
#include <stdio.h>
#include <time.h>

#include "base/rng.h"
#include "base/zone.h"
#include "domain/features/correlation.h"
#include "domain/features/flow.h"
#include "domain/features/har.h"
#include "domain/features/iv_rank.h"
#include "domain/features/quote.h"
#include "domain/features/realised_vol.h"
#include "domain/features/session.h"
#include "domain/features/trend.h"
#include "domain/features/vix.h"

enum { COUNT = 4096, REPEATS = 50 };

static double price[COUNT], other[COUNT];
static struct ohlc bars[COUNT];
static int64_t clock_ts; /* goes on from one measurement to the next */

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The least of REPEATS runs over the series, per update. */
#define MEASURE(label, count, update)                                                              \
    do {                                                                                           \
        double least = 1e300;                                                                      \
        for (int repeat = 0; repeat < REPEATS; repeat++) {                                         \
            double start = now_ns();                                                               \
            for (int i = 0; i < (count); i++) {                                                    \
                clock_ts++;                                                                        \
                update;                                                                            \
            }                                                                                      \
            least = fmin(least, (now_ns() - start) / (count));                                     \
        }                                                                                          \
        printf("%-44s %10.1f ns\n", label, least);                                                 \
    } while (0)

static double sink;

int main(void)
{
    struct arena arena;
    arena_init(&arena, "bench", 0);
    struct rng rng;
    rng_init(&rng, 1, 0, 1);
    double x = 100, y = 50;
    for (int i = 0; i < COUNT; i++) {
        double was = x, shock = rng_normal(&rng);
        x *= exp(0.001 * shock);
        y *= exp(0.001 * shock + 0.0005 * rng_normal(&rng));
        price[i] = x;
        other[i] = y;
        bars[i] = (struct ohlc){ was, fmax(was, x) * 1.0005, fmin(was, x) * 0.9995, x };
    }
    struct quote_feature quote;
    quote_feature_init(&quote);
    MEASURE("quote: update, mid, spread, microprice", COUNT, {
        quote_feature_update(&quote, clock_ts, 100000000 + i, 100010000 + i, 5 + (uint32_t)i, 7);
        sink += quote_feature_mid(&quote) + quote_feature_spread(&quote) +
                quote_feature_microprice(&quote);
    });
    struct vwap vwap;
    vwap_begin(&vwap, 0);
    MEASURE("vwap: update, value", COUNT, vwap_update(&vwap, clock_ts, price[i], 10);
            sink += vwap_value(&vwap));
    struct opening_range opening;
    opening_range_begin(&opening, clock_ts, 1000);
    MEASURE("opening range: update, value", COUNT,
            opening_range_update(&opening, clock_ts, price[i]);
            sink += opening_range_high(&opening));
    struct session_variance variance;
    session_variance_begin(&variance, clock_ts, 100);
    MEASURE("session variance: update", COUNT,
            session_variance_update(&variance, clock_ts, price[i]));
    struct rsi rsi;
    rsi_init(&rsi, 14);
    MEASURE("rsi 14: update, value", COUNT, rsi_update(&rsi, clock_ts, price[i]);
            sink += rsi_value(&rsi));
    struct macd macd;
    macd_init(&macd, 12, 26, 9);
    MEASURE("macd: update, value", COUNT, macd_update(&macd, clock_ts, price[i]);
            sink += macd_value(&macd));
    struct adx adx;
    adx_init(&adx, 14);
    MEASURE("adx 14: update, value", COUNT, adx_update(&adx, clock_ts, &bars[i]);
            sink += adx_value(&adx));
    struct ewma_break fast;
    ewma_break_init(&fast, 0.9, 0.99, 3, 3);
    MEASURE("ewma break: update with its score", COUNT,
            ewma_break_update(&fast, clock_ts, price[i] - 100, other[i] - 50));
    struct sma sma;
    sma_init(&sma, &arena, 200);
    MEASURE("sma 200: update", COUNT, sma_update(&sma, clock_ts, price[i]));
    MEASURE("sma 200: value", COUNT, sink += sma_value(&sma));
    struct realised_vol vol;
    realised_vol_init(&vol, &arena, 21, 252);
    MEASURE("realised vol 21: update", COUNT, realised_vol_update(&vol, clock_ts, &bars[i]));
    MEASURE("realised vol 21: yang-zhang", COUNT, sink += realised_vol_value(&vol, VOL_YANG_ZHANG));
    struct rolling_correlation rolling;
    rolling_correlation_init(&rolling, &arena, 60);
    MEASURE("rolling correlation 60: update", COUNT,
            rolling_correlation_update(&rolling, clock_ts, price[i] - 100, other[i] - 50));
    MEASURE("rolling correlation 60: value", COUNT, sink += rolling_correlation_value(&rolling));
    struct iv_rank rank;
    iv_rank_init(&rank, &arena, 252, 20);
    MEASURE("iv rank 252: update", COUNT, iv_rank_update(&rank, clock_ts, price[i] / 500));
    MEASURE("iv rank 252: value", COUNT, sink += iv_rank_value(&rank, 0.2).rank);
    struct har har;
    har_init(&har, &arena, HAR_LOG, 600);
    MEASURE("har 600: update", COUNT,
            har_update(&har, clock_ts, 1e-4 * bars[i].close / bars[i].open));
    MEASURE("har 600: fit and forecast", 4, sink += har_value(&har, 252));
    enum { STRIKES = 200 };
    static double strike[STRIKES], call_bid[STRIKES], call_ask[STRIKES], put_bid[STRIKES],
        put_ask[STRIKES];
    for (int i = 0; i < STRIKES; i++) {
        strike[i] = 50.25 + 0.5 * i;
        double value = 3 * exp(-fabs(strike[i] - 100) / 5);
        call_bid[i] = value + fmax(0, 100 - strike[i]);
        put_bid[i] = value + fmax(0, strike[i] - 100);
        call_ask[i] = call_bid[i] * 1.02;
        put_ask[i] = put_bid[i] * 1.02;
    }
    struct forward_quotes quotes = { strike, call_bid, call_ask, put_bid, put_ask };
    struct vix_strip strip;
    MEASURE("vix: one expiry of 200 strikes", 100,
            vix_variance(&quotes, STRIKES, 43200, 0.02, &strip);
            sink += strip.variance);
    printf("%-44s %10.3g\n", "(keeps the work)", sink);
    arena_clear(&arena);
    return 0;
}
