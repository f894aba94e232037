/*
 * No feature looks ahead: on a random market, whatever happens after an instant changes no bit of
 * any feature up to it. Every feature of this folder is in the list below; a new one belongs there.
 */
#include <stdlib.h>

#include "base/rng.h"
#include "base/zone.h"
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
#include "domain/pricing/pricing.h"
#include "tests/testing.h"

enum { ROWS = 420, STRIKES = 21, EVENTS = 40, VALUES_MAX = 80 };

/* All that becomes known at one instant. */
struct row {
    int64_t ts_ns;
    struct ohlc bar;
    double other, rv, vix, size;
    int64_t bid, ask;
    uint32_t bid_size, ask_size;
    double strike[STRIKES], call_bid[STRIKES], call_ask[STRIKES], put_bid[STRIKES],
        put_ask[STRIKES];
    double vol[STRIKES], delta[STRIKES], gamma[STRIKES];
    int8_t sign[STRIKES];
    uint32_t volume[STRIKES], open[STRIKES];
    double years[2], atm[2];
};

struct market {
    struct row rows[ROWS];
    struct dated_event events[EVENTS];
};

struct everything {
    struct quote_feature quote;
    struct realised_vol vol;
    struct har har[3];
    struct session_variance variance;
    struct sma sma;
    struct ema ema;
    struct macd macd;
    struct rsi rsi;
    struct adx adx;
    struct price_range range;
    struct momentum momentum;
    struct iv_rank iv_rank;
    struct vix_regime_state regime;
    struct put_call put_call;
    struct opening_range opening;
    struct vwap vwap;
    struct session_bar session_bar;
    struct rolling_correlation rolling;
    struct correlation_break window_break;
    struct ewma_pair ewma;
    struct ewma_break ewma_break;
    struct pair_spread spread;
    struct dcc dcc;
    struct event_distance distance;
    struct dated_ahead ahead; /* told what is known by then, and no more */
    const struct dated_event *events;
    int64_t told_ns;
    double last, last_other;
};

static struct arena arena = { .name = "test" };

static void make_market(struct market *m, uint32_t trial)
{
    struct rng rng;
    rng_init(&rng, 77, trial, 0);
    double x = 100, y = 50, vix = 18;
    for (int i = 0; i < ROWS; i++) {
        struct row *r = &m->rows[i];
        double was = x, shock = rng_normal(&rng);
        x *= exp(0.01 * shock);
        y *= exp(0.008 * shock + 0.004 * rng_normal(&rng));
        vix = fmax(9, vix + 0.1 * (18 - vix) - shock + rng_normal(&rng));
        double open = was * exp(0.003 * rng_normal(&rng));
        r->ts_ns = (i + 1) * NANOS_PER_DAY;
        r->bar = (struct ohlc){ open, fmax(open, x) * (1 + 0.01 * rng_uniform(&rng)),
                                fmin(open, x) * (1 - 0.01 * rng_uniform(&rng)), x };
        r->other = y;
        r->rv = 1e-4 * exp(rng_normal(&rng));
        r->vix = vix;
        r->size = 1 + 1000 * rng_uniform(&rng);
        r->bid = money_from_dollars(x - 0.05);
        r->ask = money_from_dollars(x + 0.05);
        r->bid_size = 1 + (uint32_t)rng_below(&rng, 500);
        r->ask_size = 1 + (uint32_t)rng_below(&rng, 500);
        for (int k = 0; k < STRIKES; k++) {
            double strike = r->strike[k] = x * (0.8 + 0.02 * k + 0.001);
            double value =
                x * 0.05 * exp(-fabs(strike / x - 1) * 20) * (1 + 0.05 * rng_uniform(&rng));
            double call = value + fmax(0, x - strike), put = value + fmax(0, strike - x);
            r->call_bid[k] = call * 0.98;
            r->call_ask[k] = call * 1.02;
            r->put_bid[k] = put * 0.98;
            r->put_ask[k] = put * 1.02;
            r->vol[k] = vix / 100 * (1 + 0.05 * rng_uniform(&rng));
            r->delta[k] = -0.05 * (k + rng_uniform(&rng));
            r->gamma[k] = 0.01 * rng_uniform(&rng);
            r->sign[k] = k % 2 ? OPTION_SIGN_CALL : OPTION_SIGN_PUT;
            r->volume[k] = (uint32_t)rng_below(&rng, 3000);
            r->open[k] = (uint32_t)rng_below(&rng, 3000);
        }
        r->years[0] = 0.05;
        r->years[1] = 0.25;
        r->atm[0] = vix / 100;
        r->atm[1] = 0.9 * vix / 100 + 0.02;
    }
    for (int i = 0; i < EVENTS; i++) {
        int64_t day = 8 + 10 * i;
        m->events[i] = (struct dated_event){ day * NANOS_PER_DAY, (day - 7) * NANOS_PER_DAY,
                                             INT64_MAX, DATED_EARNINGS };
    }
}

/* Another future: all that becomes known after row `last` is something else, some of it nonsense.
 */
static void change_future(struct market *m, int last, uint32_t trial)
{
    static struct market other;
    make_market(&other, 1000 + trial);
    struct rng rng;
    rng_init(&rng, 78, trial, 0);
    int64_t now = m->rows[last].ts_ns;
    for (int i = last + 1; i < ROWS; i++) {
        m->rows[i] = other.rows[i];
        if (rng_below(&rng, 10) == 0) {
            m->rows[i].bar.close = m->rows[i].vix = m->rows[i].rv = NAN;
            m->rows[i].bid = PRICE_NONE;
            m->rows[i].other = -1;
        }
        if (rng_below(&rng, 20) == 0)
            m->rows[i].ts_ns -= 50 * NANOS_PER_DAY;
    }
    for (int i = 0; i < EVENTS; i++) {
        struct dated_event *e = &m->events[i];
        if (e->known_ns > now) {
            e->ts_ns += 3 * NANOS_PER_DAY;
            e->known_ns += NANOS_PER_DAY;
        } else if (e->ts_ns > now && rng_below(&rng, 2)) {
            e->withdrawn_ns = now + 1;
        }
    }
}

static void open_everything(struct everything *e, const struct market *m)
{
    *e = (struct everything){ .last = NAN, .last_other = NAN };
    quote_feature_init(&e->quote);
    realised_vol_init(&e->vol, &arena, 21, 252);
    for (int i = 0; i < 3; i++)
        har_init(&e->har[i], &arena, (enum har_form)i, 100);
    session_variance_begin(&e->variance, 0, NANOS_PER_DAY);
    sma_init(&e->sma, &arena, 20);
    ema_init(&e->ema, 20);
    macd_init(&e->macd, 12, 26, 9);
    rsi_init(&e->rsi, 14);
    adx_init(&e->adx, 14);
    price_range_init(&e->range, &arena, 20);
    momentum_init(&e->momentum, &arena, 20);
    iv_rank_init(&e->iv_rank, &arena, 252, 20);
    vix_regime_init(&e->regime, NULL, 1);
    put_call_begin(&e->put_call, 0);
    opening_range_begin(&e->opening, 0, 30 * NANOS_PER_DAY);
    vwap_begin(&e->vwap, 0);
    session_bar_begin(&e->session_bar, 0);
    rolling_correlation_init(&e->rolling, &arena, 60);
    correlation_break_init(&e->window_break, &arena, 60, 20);
    ewma_pair_init(&e->ewma, 0.94);
    ewma_break_init(&e->ewma_break, 0.9, 0.99, 3, 3);
    pair_spread_init(&e->spread, &arena, 60);
    dcc_init(&e->dcc, 0.05, 0.93, 1, 0.6, 1);
    CHECK_OK(event_distance_init(&e->distance, DATED_EARNINGS, m->events, EVENTS));
    dated_ahead_init(&e->ahead);
    e->events = m->events;
    e->told_ns = INT64_MIN;
}

/* As a feed would: each date when it becomes known, and when it is taken back. */
static void tell(struct everything *e, int64_t ts)
{
    for (int i = 0; i < EVENTS && ts > e->told_ns; i++) {
        const struct dated_event *event = &e->events[i];
        if (event->known_ns > e->told_ns && event->known_ns <= ts)
            dated_ahead_tell(&e->ahead, ts, event->ts_ns, false);
        if (event->withdrawn_ns > e->told_ns && event->withdrawn_ns <= ts)
            dated_ahead_tell(&e->ahead, ts, event->ts_ns, true);
    }
    e->told_ns = ts > e->told_ns ? ts : e->told_ns;
    dated_ahead_update(&e->ahead, ts);
}

static void step(struct everything *e, const struct row *r)
{
    int64_t ts = r->ts_ns;
    double close = r->bar.close;
    quote_feature_update(&e->quote, ts, r->bid, r->ask, r->bid_size, r->ask_size);
    realised_vol_update(&e->vol, ts, &r->bar);
    for (int i = 0; i < 3; i++)
        har_update(&e->har[i], ts, r->rv);
    session_variance_update(&e->variance, ts, close);
    sma_update(&e->sma, ts, close);
    ema_update(&e->ema, ts, close);
    macd_update(&e->macd, ts, close);
    rsi_update(&e->rsi, ts, close);
    adx_update(&e->adx, ts, &r->bar);
    price_range_update(&e->range, ts, &r->bar);
    momentum_update(&e->momentum, ts, close);
    vix_regime_update(&e->regime, ts, r->vix);
    put_call_update(&e->put_call, ts, r->sign[0], r->call_bid[0], (uint32_t)r->size);
    put_call_update(&e->put_call, ts, r->sign[1], r->call_bid[1], r->bid_size);
    opening_range_update(&e->opening, ts, close);
    vwap_update(&e->vwap, ts, close, r->size);
    session_bar_update(&e->session_bar, ts, close);
    double x = log(close / e->last), y = log(r->other / e->last_other);
    rolling_correlation_update(&e->rolling, ts, x, y);
    correlation_break_update(&e->window_break, ts, x, y);
    ewma_pair_update(&e->ewma, ts, x, y);
    ewma_break_update(&e->ewma_break, ts, x, y);
    pair_spread_update(&e->spread, ts, close, r->other);
    dcc_update(&e->dcc, ts, 100 * x, 100 * y);
    event_distance_update(&e->distance, ts);
    tell(e, ts);
    e->last = close;
    e->last_other = r->other;
}

struct values {
    int count;
    double at[VALUES_MAX];
    const char *name[VALUES_MAX];
};

static void add(struct values *v, const char *name, double value)
{
    CHECK(v->count < VALUES_MAX);
    v->name[v->count] = name;
    v->at[v->count++] = value;
}
#define ADD(expression) add(v, #expression, expression)

static void read_series(const struct everything *e, struct values *v)
{
    ADD(quote_feature_mid(&e->quote));
    ADD(quote_feature_spread(&e->quote));
    ADD(quote_feature_relative_spread(&e->quote));
    ADD(quote_feature_imbalance(&e->quote));
    ADD(quote_feature_microprice(&e->quote));
    for (int i = 0; i < VOL_ESTIMATOR_COUNT; i++)
        add(v, vol_estimator_name((enum vol_estimator)i),
            realised_vol_value(&e->vol, (enum vol_estimator)i));
    ADD(har_value(&e->har[HAR_LEVEL], 252));
    ADD(har_value(&e->har[HAR_SQRT], 252));
    ADD(har_value(&e->har[HAR_LOG], 252));
    ADD(session_variance_rv(&e->variance));
    ADD(session_variance_bipower(&e->variance));
    ADD(sma_value(&e->sma));
    ADD(ema_value(&e->ema));
    ADD(macd_value(&e->macd));
    ADD(macd_signal(&e->macd));
    ADD(macd_histogram(&e->macd));
    ADD(rsi_value(&e->rsi));
    ADD(adx_value(&e->adx));
    ADD(adx_plus_di(&e->adx));
    ADD(adx_minus_di(&e->adx));
    ADD(price_range_high(&e->range));
    ADD(price_range_low(&e->range));
    ADD(price_range_position(&e->range));
    ADD(momentum_value(&e->momentum));
    ADD(vix_regime_value(&e->regime));
    ADD(put_call_value(&e->put_call));
    ADD(put_call_premium_value(&e->put_call));
    ADD(opening_range_high(&e->opening));
    ADD(opening_range_low(&e->opening));
    ADD(vwap_value(&e->vwap));
    ADD(vwap_deviation(&e->vwap));
    const struct ohlc *bar = session_bar_value(&e->session_bar);
    ADD(bar ? bar->open + bar->high + bar->low + bar->close : NAN);
    ADD(rolling_correlation_value(&e->rolling));
    ADD(correlation_break_value(&e->window_break));
    ADD(ewma_pair_correlation(&e->ewma));
    ADD(ewma_pair_vol_x(&e->ewma));
    ADD(ewma_pair_vol_y(&e->ewma));
    ADD(ewma_pair_beta(&e->ewma));
    ADD(ewma_break_value(&e->ewma_break));
    ADD(ewma_break_is_alarm(&e->ewma_break));
    ADD(pair_spread_value(&e->spread));
    ADD(pair_spread_beta(&e->spread));
    ADD(dcc_value(&e->dcc));
    ADD(event_distance_next(&e->distance));
    ADD(event_distance_last(&e->distance));
    ADD((double)dated_ahead_next_ts(&e->ahead));
    ADD((double)dated_ahead_last_ts(&e->ahead));
}

/* Those made of one instant's columns. */
static void read_chain(struct everything *e, const struct row *r, struct values *v)
{
    double atm = smile_atm(STRIKES, r->strike, r->vol, r->bar.close, 0.05);
    ADD(atm);
    ADD(smile_at_delta(STRIKES, r->delta, r->vol, 0.25));
    ADD(tenor_vol(2, r->years, r->atm, 30.0 / 365));
    ADD(forward_vol(r->years[0], r->atm[0], r->years[1], r->atm[1]));
    ADD(term_state(r->atm[0], r->atm[1], 0.02));
    ADD(expected_move_sigma(r->bar.close, atm, 30));
    struct iv_standing standing = iv_rank_value(&e->iv_rank, atm);
    ADD(standing.rank);
    ADD(standing.rank_raw);
    ADD(standing.percentile);
    iv_rank_update(&e->iv_rank, r->ts_ns, atm);
    struct forward_quotes quotes = { r->strike, r->call_bid, r->call_ask, r->put_bid, r->put_ask };
    struct vix_strip strip;
    vix_variance(&quotes, STRIKES, 43200, 0.02, &strip);
    ADD(strip.variance);
    struct flow_rows rows = { STRIKES, r->sign, r->volume, r->open, r->gamma };
    struct flow flow;
    flow_measure(&rows, r->bar.close, 100, &(struct flow_rule){ 500, 2 }, &flow, NULL);
    ADD(flow.put_call_volume);
    ADD(flow.put_call_open);
    ADD(flow.gamma_exposure);
    ADD(flow.volume_open_max);
    ADD(flow.unusual);
}

static struct values past[ROWS], again[ROWS];

/* cheat: one more feature, the close of the row after. */
static void run(const struct market *m, struct values out[ROWS], bool cheat)
{
    struct everything *e = arena_new(&arena, struct everything);
    open_everything(e, m);
    for (int i = 0; i < ROWS; i++) {
        struct values *v = &out[i];
        v->count = 0;
        step(e, &m->rows[i]);
        read_series(e, v);
        read_chain(e, &m->rows[i], v);
        if (cheat)
            add(v, "a cheat", i + 1 < ROWS ? m->rows[i + 1].bar.close : NAN);
    }
    arena_clear(&arena);
}

/* The name of the first feature that differs in a row from `from` to `to`, NULL when none does. */
static const char *difference(int from, int to)
{
    for (int i = from; i <= to; i++)
        for (int k = 0; k < past[i].count; k++)
            if (memcmp(&past[i].at[k], &again[i].at[k], sizeof(double)) != 0 &&
                !(isnan(past[i].at[k]) && isnan(again[i].at[k])))
                return past[i].name[k];
    return NULL;
}

static struct market market, changed;

TEST(look_ahead, no_feature_changes_with_what_comes_after)
{
    make_market(&market, 0);
    run(&market, past, false);
    static const int cuts[] = { 0, 1, 7, 21, 60, 103, 200, 251, 333, ROWS - 2 };
    FOR_EACH (cut, cuts) {
        changed = market;
        change_future(&changed, *cut, (uint32_t)*cut);
        run(&changed, again, false);
        const char *name = difference(0, *cut);
        if (name)
            fail_msg("%s at or before row %d changes with what comes after it", name, *cut);
        if (!difference(*cut + 1, ROWS - 1))
            fail_msg("another future after row %d changes nothing: the test is blind", *cut);
    }
}

TEST(look_ahead, the_test_catches_a_cheat)
{
    make_market(&market, 0);
    run(&market, past, true);
    changed = market;
    change_future(&changed, 100, 1);
    run(&changed, again, true);
    CHECK(difference(0, 100) != NULL);
    CHECK_STR(difference(0, 100), "a cheat");
    CHECK(difference(0, 99) == NULL);
}

TEST(look_ahead, every_feature_comes_to_be_known_and_none_is_infinite)
{
    make_market(&market, 0);
    run(&market, past, false);
    for (int k = 0; k < past[0].count; k++) {
        int known = 0;
        for (int i = 0; i < ROWS; i++) {
            known += !isnan(past[i].at[k]);
            if (isinf(past[i].at[k]))
                fail_msg("%s is infinite in row %d", past[i].name[k], i);
        }
        if (!known)
            fail_msg("%s is never known", past[0].name[k]);
    }
    for (int i = 0; i < 20; i++) /* a window of 21 bars: a guess would be a number here */
        CHECK(isnan(past[i].at[5]) && isnan(past[i].at[10]));
}
