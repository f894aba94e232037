/* Any moments and any numbers, nonsense among them: no crash, nothing infinite, nothing out of its
 * range; and a refused update changes no value. */
#include <string.h>

#include "domain/features/correlation.h"
#include "domain/features/dated.h"
#include "domain/features/flow.h"
#include "domain/features/har.h"
#include "domain/features/iv_rank.h"
#include "domain/features/quote.h"
#include "domain/features/realised_vol.h"
#include "domain/features/session.h"
#include "domain/features/term.h"
#include "domain/features/trend.h"
#include "domain/features/vix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *at;
    size_t left;
};

static bool take(struct input *in, void *out, size_t bytes)
{
    if (in->left < bytes)
        return false;
    memcpy(out, in->at, bytes);
    in->at += bytes;
    in->left -= bytes;
    return true;
}

/* A macro, so that a failure names its value. */
#define must_lie(value, low, high)                                                                 \
    do {                                                                                           \
        double value_ = (value);                                                                   \
        if (!isnan(value_) && !(value_ >= (low) && value_ <= (high)))                              \
            must_fail(#value " lies in " #low " to " #high, __FILE__, __LINE__);                   \
    } while (0)

static void must_be_finite(double value)
{
    MUST(!isinf(value));
}

struct record {
    int64_t ts;
    double number[4];
    uint32_t sizes[2];
};

static void fuzz_series(struct input in)
{
    struct arena arena;
    arena_init(&arena, "fuzz", 0);
    struct quote_feature quote;
    struct realised_vol vol;
    struct har har;
    struct session_variance variance;
    struct macd macd;
    struct rsi rsi;
    struct adx adx;
    struct price_range range;
    struct iv_rank rank;
    struct vix_regime_state regime;
    struct opening_range opening;
    struct vwap vwap;
    struct rolling_correlation rolling;
    struct ewma_break fast;
    struct pair_spread spread;
    struct dcc dcc;
    quote_feature_init(&quote);
    realised_vol_init(&vol, &arena, 3, 252);
    har_init(&har, &arena, HAR_SQRT, HAR_LAGS_MONTH + HAR_ROWS_MIN);
    session_variance_begin(&variance, 0, 1000);
    macd_init(&macd, 2, 3, 2);
    rsi_init(&rsi, 2);
    adx_init(&adx, 2);
    price_range_init(&range, &arena, 2);
    iv_rank_init(&rank, &arena, 4, 2);
    vix_regime_init(&regime, NULL, 1);
    opening_range_begin(&opening, 0, 100);
    vwap_begin(&vwap, 0);
    rolling_correlation_init(&rolling, &arena, 4);
    ewma_break_init(&fast, 0.5, 0.7, 3, 2);
    pair_spread_init(&spread, &arena, 4);
    dcc_init(&dcc, 0.05, 0.9, 1, 0, 1);
    struct record r;
    while (take(&in, &r, sizeof r)) {
        double a = r.number[0], b = r.number[1];
        struct ohlc bar = { a, b, r.number[2], r.number[3] };
        if (r.sizes[0] & 1) /* bars that can be are rare among any bytes */
            bar = (struct ohlc){ a, fmax(a, b), fmin(a, b), b };
        int64_t bid, ask;
        memcpy(&bid, &a, sizeof bid);
        memcpy(&ask, &b, sizeof ask);
        quote_feature_update(&quote, r.ts, bid, ask, r.sizes[0], r.sizes[1]);
        must_be_finite(quote_feature_mid(&quote));
        must_be_finite(quote_feature_microprice(&quote));
        double before = realised_vol_value(&vol, VOL_YANG_ZHANG);
        if (!realised_vol_update(&vol, r.ts, &bar)) {
            double after = realised_vol_value(&vol, VOL_YANG_ZHANG);
            MUST(memcmp(&before, &after, sizeof after) == 0);
        }
        for (int i = 0; i < VOL_ESTIMATOR_COUNT; i++)
            must_lie(realised_vol_value(&vol, (enum vol_estimator)i), 0, 1e6);
        har_update(&har, r.ts, a);
        session_variance_update(&variance, r.ts, a);
        must_lie(session_variance_rv(&variance), 0, 1e12);
        must_be_finite(session_variance_bipower(&variance));
        macd_update(&macd, r.ts, a);
        must_be_finite(macd_histogram(&macd));
        rsi_update(&rsi, r.ts, a);
        must_lie(rsi_value(&rsi), 0, 100);
        adx_update(&adx, r.ts, &bar);
        must_lie(adx_value(&adx), 0, 100 + 1e-9);
        price_range_update(&range, r.ts, &bar);
        must_lie(price_range_position(&range), 0, 1);
        struct iv_standing s = iv_rank_value(&rank, a);
        must_lie(s.rank, 0, 100);
        must_lie(s.percentile, 0, 100);
        iv_rank_update(&rank, r.ts, b);
        vix_regime_update(&regime, r.ts, a);
        opening_range_update(&opening, r.ts, a);
        MUST(!(opening_range_high(&opening) < opening_range_low(&opening)));
        vwap_update(&vwap, r.ts, a, b);
        must_lie(vwap_value(&vwap), 0, 1e13);
        must_be_finite(vwap_deviation(&vwap));
        rolling_correlation_update(&rolling, r.ts, a, b);
        must_lie(rolling_correlation_value(&rolling), -1, 1);
        ewma_break_update(&fast, r.ts, a, b);
        must_be_finite(ewma_break_value(&fast));
        must_lie(ewma_pair_correlation(&fast.slow), -1, 1);
        must_be_finite(ewma_pair_beta(&fast.slow));
        pair_spread_update(&spread, r.ts, a, b);
        must_be_finite(pair_spread_value(&spread));
        dcc_update(&dcc, r.ts, a, b);
        must_lie(dcc_value(&dcc), -1, 1);
    }
    must_lie(har_value(&har, 252), 0, 1e12);
    arena_clear(&arena);
}

static void fuzz_chain(struct input in)
{
    enum { ROWS = 64 };
    double column[6][ROWS] = { { 0 } };
    uint32_t sizes[2][ROWS] = { { 0 } };
    int8_t sign[ROWS] = { 0 };
    double minutes, rate;
    if (!take(&in, &minutes, sizeof minutes) || !take(&in, &rate, sizeof rate))
        return;
    size_t count = 0;
    while (count < ROWS) {
        double row[6];
        if (!take(&in, row, sizeof row) || !take(&in, &sizes[0][count], 4) ||
            !take(&in, &sizes[1][count], 4) || !take(&in, &sign[count], 1))
            break;
        for (int i = 0; i < 6; i++)
            column[i][count] = row[i];
        count++;
    }
    struct forward_quotes quotes = { column[0], column[1], column[2], column[3], column[4] };
    struct vix_strip strip;
    MUST((vix_variance(&quotes, count, minutes, rate, &strip) == VIX_OK) == !isnan(strip.variance));
    must_be_finite(strip.variance);
    must_be_finite(vix_interpolate(minutes, strip.variance, minutes * 2, fabs(rate), 43200));
    must_lie(smile_atm(count, column[0], column[5], rate, 0.1), 0, 1e3);
    must_lie(smile_at_delta(count, column[1], column[5], 0.25), 0, 1e3);
    must_lie(tenor_vol(count, column[0], column[5], rate), 0, 1e6);
    struct flow_rows rows = { count, sign, sizes[0], sizes[1], column[1] };
    struct flow flow;
    bool unusual[ROWS];
    flow_measure(&rows, rate, 100, &(struct flow_rule){ 500, 2 }, &flow, unusual);
    must_be_finite(flow.put_call_volume);
    must_be_finite(flow.gamma_exposure);
    must_lie(flow.gamma_coverage, 0, 1);
    double adjusted[ROWS];
    holm_adjust(count, column[5], adjusted);
    struct dated_event events[ROWS];
    for (size_t i = 0; i < count; i++) {
        memcpy(&events[i].ts_ns, &column[0][i], 8);
        memcpy(&events[i].known_ns, &column[1][i], 8);
        memcpy(&events[i].withdrawn_ns, &column[2][i], 8);
        events[i].kind = (enum dated_kind)(sign[i] & 7);
    }
    struct event_distance distance;
    if (event_distance_init(&distance, DATED_EARNINGS, events, count))
        return;
    for (size_t i = 0; i < count; i++) {
        int64_t ts;
        memcpy(&ts, &column[3][i], 8);
        event_distance_update(&distance, ts);
        must_lie(event_distance_next(&distance), 0, 1e9);
        must_lie(event_distance_last(&distance), 0, 1e9);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    uint8_t which;
    if (take(&in, &which, 1))
        (which & 1 ? fuzz_chain : fuzz_series)(in);
    return 0;
}
