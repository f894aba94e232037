/* What conditions read in the kernel is what domain/features says, as of the sessions before. */
#include <math.h>

#include "base/rng.h"
#include "base/zone.h"
#include "domain/features/correlation.h"
#include "domain/features/har.h"
#include "domain/features/macro.h"
#include "domain/features/trend.h"
#include "domain/features/vix.h"
#include "domain/pricing/european.h"
#include "domain/types/calendar.h"
#include "kernel/kernel_int.h"
#include "tests/kernel/desk.h"
#include "tests/testing.h"

/* Reads each of the new names, and never trades. */
static const char READER[] =
    "ironfly: 1\n"
    "name: reader\n"
    "underlying: SPX\n"
    "legs:\n"
    "  p: {sell: put, expiry: {dte: 24, min: 1, max: 60}, strike: {delta: 0.16}}\n"
    "entry:\n"
    "  every: daily\n"
    "  when: price < 0 and spread > 0 and day_high > day_low and opening_high > opening_low and\n"
    "    sma200 > ema20 and macd > macd_signal and rsi14 > adx14 and high20 > low20 and return20 > rv20 and\n"
    "    rv_parkinson20 > rv_yang_zhang20 and rv_forecast > iv7 and iv60 > iv90 and term_slope > skew25 and\n"
    "    iv_rank_raw > vix_index and expected_move_1sd > 1 and vix_regime > put_call_volume and\n"
    "    put_call_open > unusual_volume and gamma_exposure > 0\n";

static double read(const struct desk *d, enum feature_id id)
{
    return kernel_features(d->kernel, 0)[id];
}

static void level(struct desk *d, double vix)
{
    int64_t ts = zone_to_ts(ZONE_NEW_YORK, d->day, TIME_OF_DAY(9, 30));
    struct event event = { .ts_ns = ts, .kind = EVENT_LEVEL };
    snprintf(event.of.level.symbol, sizeof event.of.level.symbol, "VIX");
    event.of.level.value = money_from_dollars(vix);
    desk_event(d, &event);
}

TEST(kernel_features, daily_ones_know_the_sessions_before_and_not_today)
{
    static struct desk d;
    desk_open(&d, READER, FILL_MID, FEES_NONE);
    struct arena *arena = &d.arena;
    struct sma sma;
    struct ema ema;
    struct macd macd;
    struct rsi rsi;
    struct momentum momentum;
    struct price_range range;
    sma_init(&sma, arena, 200);
    ema_init(&ema, 20);
    macd_init(&macd, 12, 26, 9);
    rsi_init(&rsi, 14);
    momentum_init(&momentum, arena, 20);
    price_range_init(&range, arena, 20);
    struct rng rng;
    rng_init(&rng, 9, 0, 0);
    int32_t day = 20230103;
    double x = 100;
    for (int i = 0; i < 230; i++, day = calendar_next(calendar_us(), day)) {
        desk_day(&d, day, desk_table(&d)->contracts, 0);
        if (i)
            level(&d, i < 100 ? 15 : 22);
        x = round(1e4 * x * exp(0.01 * rng_normal(&rng))) / 1e4;
        desk_market(&d, "10:00", x);
        static const enum feature_id ids[] = { FEATURE_SMA200, FEATURE_EMA20,    FEATURE_MACD,
                                               FEATURE_RSI14,  FEATURE_RETURN20, FEATURE_HIGH20 };
        double want[] = { sma_value(&sma), ema_value(&ema),           macd_value(&macd),
                          rsi_value(&rsi), momentum_value(&momentum), price_range_high(&range) };
        for (size_t k = 0; k < ARRAY_COUNT(ids); k++)
            if (memcmp(&(double){ read(&d, ids[k]) }, &want[k], sizeof(double)) != 0 &&
                !(isnan(read(&d, ids[k])) && isnan(want[k])))
                fail_msg("%s on session %d: %g, not %g", feature_name(ids[k]), i, read(&d, ids[k]),
                         want[k]);
        CHECK(isnan(read(&d, FEATURE_RV_PARKINSON20)) && isnan(read(&d, FEATURE_RV_FORECAST)));
        CHECK_EQ(isnan(read(&d, FEATURE_RV20)), i < 21);
        CHECK(isnan(read(&d, FEATURE_SPREAD)));
        CHECK(read(&d, FEATURE_DAY_HIGH) == x && read(&d, FEATURE_DAY_LOW) == x);
        if (i == 50)
            CHECK(read(&d, FEATURE_VIX_REGIME) == VIX_NORMAL);
        if (i == 0)
            CHECK(isnan(read(&d, FEATURE_VIX_REGIME)));
        if (i == 100 || i == 101)
            CHECK(read(&d, FEATURE_VIX_REGIME) == (i == 100 ? VIX_NORMAL : VIX_ELEVATED));
        desk_day_end(&d);
        CHECK(sma_update(&sma, i, x) && ema_update(&ema, i, x) && macd_update(&macd, i, x) &&
              rsi_update(&rsi, i, x) && momentum_update(&momentum, i, x) &&
              price_range_update(&range, i, &(struct ohlc){ x, x, x, x }));
    }
    CHECK(!isnan(read(&d, FEATURE_SMA200)));
    CHECK_NEAR(read(&d, FEATURE_RV20), 0.16, 0.08);
    desk_close(&d);
}

TEST(kernel_features, intraday_ones_want_enough_prices)
{
    static struct desk d;
    desk_open(&d, READER, FILL_MID, FEES_NONE);
    d.stock_spread = 0.02;
    struct rng rng;
    rng_init(&rng, 10, 0, 0);
    int32_t day = 20230103;
    double x = 100;
    for (int i = 0; i < 90; i++, day = calendar_next(calendar_us(), day)) {
        desk_day(&d, day, desk_table(&d)->contracts, 0);
        double high = -INFINITY, opening = -INFINITY;
        /* Variance clusters, or a forecast has nothing to go by. */
        double scale = 0.0008 * (1.5 + sin(i / 5.0));
        for (int minute = 0; minute <= 390; minute += 5) {
            char time[8];
            snprintf(time, sizeof time, "%d:%02d", (570 + minute) / 60, (570 + minute) % 60);
            x = round(1e4 * x * exp(scale * rng_normal(&rng))) / 1e4;
            high = fmax(high, x);
            if (minute <= 30)
                opening = high;
            desk_market(&d, time, x);
            CHECK_EQ(isnan(read(&d, FEATURE_OPENING_HIGH)), minute < 30);
            if (minute >= 30)
                CHECK(read(&d, FEATURE_OPENING_HIGH) == opening);
            CHECK(read(&d, FEATURE_DAY_HIGH) == high);
        }
        CHECK_NEAR(read(&d, FEATURE_SPREAD), 0.02, 1e-9);
        CHECK_EQ(isnan(read(&d, FEATURE_RV_YANG_ZHANG20)), i < 21);
        CHECK_EQ(isnan(read(&d, FEATURE_RV_PARKINSON20)), i < 21);
        CHECK_EQ(isnan(read(&d, FEATURE_RV_FORECAST)), i < 1 + HAR_LAGS_MONTH + HAR_ROWS_MIN);
        desk_day_end(&d);
    }
    /* 78 returns of 0.0012 or so a day: 17 % a year */
    CHECK(read(&d, FEATURE_RV_FORECAST) > 0.05 && read(&d, FEATURE_RV_FORECAST) < 0.4);
    CHECK(read(&d, FEATURE_RV_PARKINSON20) > 0.05 && read(&d, FEATURE_RV_PARKINSON20) < 0.4);
    desk_close(&d);
}

/* Contracts of two expiries, 24 and 73 days off, quoted at one vol. */
static uint32_t flat_chain(struct desk *d, struct contract all[DESK_CONTRACTS], double vol,
                           double tilt)
{
    static const int32_t expiries[] = { 20240126, 20240315 };
    uint32_t count = 0;
    for (int e = 0; e < 2; e++)
        for (int k = 0; k < 16; k++) {
            all[count++] = desk_contract("SPXW", expiries[e], 82.5 + 2.5 * k, 'C');
            all[count++] = desk_contract("SPXW", expiries[e], 82.5 + 2.5 * k, 'P');
        }
    desk_day(d, 20240102, all, count);
    int64_t now = zone_to_ts(ZONE_NEW_YORK, 20240102, TIME_OF_DAY(10, 0));
    for (uint32_t i = 0; i < count; i++) {
        int64_t settle = zone_to_ts(ZONE_NEW_YORK, all[i].expiry, TIME_OF_DAY(16, 0));
        double strike = all[i].strike_mills / 1000.0, price;
        double sigma = vol + tilt * (100 - strike) / 100;
        int8_t sign = all[i].right == 'C' ? 1 : -1;
        struct black76_expiry terms = { .forward = 100,
                                        .discount = 1,
                                        .years = (double)(settle - now) / (365.0 * 86400e9) };
        CHECK_EQ(black76_chain(&terms, 1, &strike, &sign, &sigma,
                               &(struct pricing_greeks){ .price = &price }),
                 0);
        desk_quote(d, &all[i], price * 0.995, price * 1.005 + 1e-4);
    }
    return count;
}

TEST(kernel_features, those_of_the_chain_find_one_vol_where_there_is_one)
{
    static struct desk d;
    static struct contract all[DESK_CONTRACTS];
    desk_open(&d, READER, FILL_MID, FEES_NONE);
    flat_chain(&d, all, 0.2, 0);
    desk_market(&d, "10:00", 100);
    CHECK_NEAR(read(&d, FEATURE_IV60), 0.2, 1e-3);
    CHECK_NEAR(read(&d, FEATURE_SKEW25), 0, 2e-3);
    CHECK_NEAR(read(&d, FEATURE_VIX_INDEX), 20, 1); /* strikes 2.5 % apart */
    CHECK(isnan(read(&d, FEATURE_IV7)) && isnan(read(&d, FEATURE_IV90)) &&
          isnan(read(&d, FEATURE_TERM_SLOPE)));
    double straddle = 2 * 100 * 0.3989 * 0.2 * sqrt(24.25 / 365);
    CHECK_NEAR(read(&d, FEATURE_EXPECTED_MOVE_1SD), 1.2533 * straddle, 0.05);
    CHECK(isnan(read(&d, FEATURE_PUT_CALL_VOLUME)) && isnan(read(&d, FEATURE_GAMMA_EXPOSURE)));
    CHECK(isnan(read(&d, FEATURE_UNUSUAL_VOLUME)));
    desk_close(&d);
    desk_open(&d, READER, FILL_MID, FEES_NONE);
    flat_chain(&d, all, 0.2, 0.5); /* puts dearer */
    desk_market(&d, "10:00", 100);
    /* The quarter deltas lie 3 to 4 % from the forward: half of 6 to 7 % of it, and the 24 day
     * expiry weighs most. */
    CHECK_NEAR(read(&d, FEATURE_SKEW25), 0.035, 0.015);
    desk_close(&d);
}

TEST(kernel_features, flow_counts_volume_and_open_interest_of_the_rows)
{
    static struct desk d;
    static struct contract all[DESK_CONTRACTS];
    uint32_t ids[DESK_CONTRACTS], volume[DESK_CONTRACTS], open[DESK_CONTRACTS];
    desk_open(&d, READER, FILL_MID, FEES_NONE);
    uint32_t count = flat_chain(&d, all, 0.2, 0);
    for (uint32_t i = 0; i < count; i++) {
        bool is_put = desk_table(&d)->contracts[i].right == 'P';
        ids[i] = i;
        volume[i] = is_put ? 300 : 100;
        open[i] = is_put ? 100 : 400;
    }
    volume[7] = 5000;
    int64_t ts = zone_to_ts(ZONE_NEW_YORK, 20240102, TIME_OF_DAY(10, 0));
    struct event event = { .ts_ns = ts, .kind = EVENT_MARKET };
    event.of.market = (struct event_market){ .underlying = money_from_dollars(100),
                                             .bid = PRICE_NONE,
                                             .ask = PRICE_NONE,
                                             .rows = { .count = count,
                                                       .contract = ids,
                                                       .bid = desk_table(&d)->bid,
                                                       .ask = desk_table(&d)->ask,
                                                       .volume = volume,
                                                       .open_interest = open } };
    desk_event(&d, &event);
    CHECK_EQ(desk_table(&d)->contracts[7].right, 'P');
    CHECK_NEAR(read(&d, FEATURE_PUT_CALL_VOLUME), (31 * 300 + 5000) / 3200.0, 1e-12);
    CHECK_NEAR(read(&d, FEATURE_PUT_CALL_OPEN), 0.25, 1e-12);
    CHECK(read(&d, FEATURE_UNUSUAL_VOLUME) == 1);
    /* Calls and puts of a strike have one gamma, so the sum is 3/4 of the calls' and positive. */
    CHECK(read(&d, FEATURE_GAMMA_EXPOSURE) > 0);
    /* What a row does not say again stays: the next snapshot gives no volumes. */
    desk_market(&d, "10:01", 100);
    CHECK_NEAR(read(&d, FEATURE_PUT_CALL_OPEN), 0.25, 1e-12);
    desk_close(&d);
}

/* ---- pairs and dates ------------------------------------------------------------------------- */

static const char *const PAIR[] = {
    "ironfly: 1\nname: first\nunderlying: SPX\nlegs:\n"
    "  p: {sell: put, expiry: {dte: 24, min: 1, max: 60}, strike: {delta: 0.16}}\n"
    "entry:\n  every: daily\n  when: price < 0 and days_to_fomc > 2d and days_to_cpi > 1d\n",
    "ironfly: 1\nname: second\nunderlying: SPY\nlegs:\n"
    "  p: {sell: put, expiry: {dte: 24, min: 1, max: 60}, strike: {delta: 0.16}}\n"
    "entry:\n  every: daily\n  when: price < 0 and correlation20 > 0.5 and correlation_break < 3\n",
};

static void end_session(struct desk *d, uint32_t market)
{
    d->market = market;
    desk_day_end(d);
}

TEST(kernel_features, a_pair_s_correlation_is_of_sessions_that_both_have_ended)
{
    static struct desk d;
    desk_open_many(&d, PAIR, 2, FILL_MID);
    struct rolling_correlation together;
    struct correlation_break apart;
    rolling_correlation_init(&together, &d.arena, 20);
    correlation_break_init(&apart, &d.arena, 60, 20);
    struct rng rng;
    rng_init(&rng, 10, 0, 0);
    int32_t day = 20230103;
    double x = 4000, y = 400;
    for (int i = 0; i < 95; i++, day = calendar_next(calendar_us(), day)) {
        double was[2] = { x, y }, z = rng_normal(&rng);
        x = round(1e4 * x * exp(0.01 * z)) / 1e4;
        y = round(1e4 * y * exp(0.009 * (i < 70 ? z : 0) + 0.004 * rng_normal(&rng))) / 1e4;
        for (d.market = 0; d.market < 2; d.market++)
            desk_day(&d, day, desk_table(&d)->contracts, 0);
        for (uint32_t market = 0; market < 2; market++) {
            d.market = market;
            desk_market(&d, "10:00", market ? y : x);
            if (!market)
                continue;
            const double *f = kernel_features(d.kernel, 1);
            double want[] = { rolling_correlation_value(&together),
                              correlation_break_value(&apart) };
            CHECK(isnan(want[0]) ? isnan(f[FEATURE_CORRELATION20])
                                 : f[FEATURE_CORRELATION20] == want[0]);
            CHECK(isnan(want[1]) ? isnan(f[FEATURE_CORRELATION_BREAK])
                                 : f[FEATURE_CORRELATION_BREAK] == want[1]);
            CHECK_EQ(isnan(want[0]), i < 21);
            CHECK_EQ(isnan(want[1]), i < 81);
        }
        /* Either may end first; nothing is taken before both have. */
        end_session(&d, i % 2);
        end_session(&d, !(i % 2));
        if (i) {
            rolling_correlation_update(&together, i, log(x / was[0]), log(y / was[1]));
            correlation_break_update(&apart, i, log(x / was[0]), log(y / was[1]));
        }
    }
    /* Torn apart since the 70th session: the score shows it. */
    CHECK(kernel_features(d.kernel, 1)[FEATURE_CORRELATION_BREAK] > 3);
    CHECK(isnan(kernel_features(d.kernel, 0)[FEATURE_CORRELATION20]));
    desk_close(&d);
}

TEST(kernel_features, days_to_an_announcement_are_those_of_the_published_schedule)
{
    static struct desk d;
    desk_open_many(&d, PAIR, 2, FILL_MID);
    static const struct {
        int32_t day;
        const char *time;
        double fomc, cpi;
    } cases[] = {
        { 20240610, "10:00", 2, 2 },
        { 20240612, "9:45", 0, 29 },
        { 20240612, "14:00", 49, 29 }, /* at that very moment it has happened */
        { 20240613, "10:00", 48, 28 },
    };
    int32_t day = 0;
    FOR_EACH (c, cases) {
        if (c->day != day) {
            if (day)
                desk_day_end(&d);
            desk_day(&d, c->day, desk_table(&d)->contracts, 0);
        }
        day = c->day;
        desk_market(&d, c->time, 5400);
        const double *f = kernel_features(d.kernel, 0);
        CHECK(f[FEATURE_DAYS_TO_FOMC] == c->fomc && f[FEATURE_DAYS_TO_CPI] == c->cpi);
    }
    desk_close(&d);
}

/* ---- what the feed tells --------------------------------------------------------------------- */

static const char TOLD[] =
    "ironfly: 1\nname: told\nunderlying: SPY\nlegs:\n"
    "  p: {sell: put, expiry: {dte: 24, min: 1, max: 60}, strike: {delta: 0.16}}\n"
    "entry:\n  every: daily\n  when: price < 0 and price > vwap and days_to_earnings > 7d and days_since_earnings > 1d and\n"
    "    days_to_dividend > 3d and days_to_fomc > 1d\n";

static void tell(struct desk *d, const char *time, enum dated_kind kind, int32_t date, int hour,
                 bool is_withdrawn)
{
    int64_t nanos;
    CHECK(time_of_day_parse(str_from(time), &nanos));
    struct event event = { .ts_ns = zone_to_ts(ZONE_NEW_YORK, d->day, nanos), .kind = EVENT_DATED };
    event.of.dated =
        (struct event_dated){ kind, zone_to_ts(ZONE_NEW_YORK, date, TIME_OF_DAY(hour, 0)),
                              is_withdrawn };
    desk_event(d, &event);
}

static void traded(struct desk *d, const char *time, double price, int64_t shares, double mean)
{
    int64_t nanos;
    CHECK(time_of_day_parse(str_from(time), &nanos));
    struct event event = { .ts_ns = zone_to_ts(ZONE_NEW_YORK, d->day, nanos),
                           .kind = EVENT_MARKET };
    event.of.market = (struct event_market){ .underlying = money_from_dollars(price),
                                             .bid = PRICE_NONE,
                                             .ask = PRICE_NONE,
                                             .traded = shares,
                                             .traded_price = money_from_dollars(mean) };
    desk_event(d, &event);
}

TEST(kernel_features, dates_are_those_that_the_feed_told_by_then)
{
    static struct desk d;
    desk_open(&d, TOLD, FILL_MID, FEES_NONE);
    desk_day(&d, 20240610, NULL, 0);
    desk_market(&d, "9:40", 500);
    CHECK(isnan(read(&d, FEATURE_DAYS_TO_EARNINGS)));
    CHECK(isnan(read(&d, FEATURE_DAYS_TO_DIVIDEND)));
    CHECK_EQ(read(&d, FEATURE_DAYS_TO_FOMC), 2); /* the program's own table */
    tell(&d, "9:50", DATED_EARNINGS, 20240620, 16, false);
    tell(&d, "9:50", DATED_DIVIDEND, 20240621, 9, false);
    tell(&d, "9:50", DATED_FOMC, 20240618, 14, false); /* a market of its own */
    desk_market(&d, "10:00", 500);
    CHECK_EQ(read(&d, FEATURE_DAYS_TO_EARNINGS), 10);
    CHECK_EQ(read(&d, FEATURE_DAYS_TO_DIVIDEND), 11);
    CHECK_EQ(read(&d, FEATURE_DAYS_TO_FOMC), 8);
    CHECK(isnan(read(&d, FEATURE_DAYS_SINCE_EARNINGS)));
    /* Moved: the old date is no more. */
    tell(&d, "10:10", DATED_EARNINGS, 20240620, 16, true);
    tell(&d, "10:10", DATED_EARNINGS, 20240618, 16, false);
    desk_market(&d, "10:20", 500);
    CHECK_EQ(read(&d, FEATURE_DAYS_TO_EARNINGS), 8);
    desk_day_end(&d);
    desk_day(&d, 20240618, NULL, 0);
    desk_market(&d, "10:00", 500);
    CHECK_EQ(read(&d, FEATURE_DAYS_TO_EARNINGS), 0);
    desk_market(&d, "16:00", 500); /* at that very moment it has happened */
    CHECK(isnan(read(&d, FEATURE_DAYS_TO_EARNINGS)));
    CHECK_EQ(read(&d, FEATURE_DAYS_SINCE_EARNINGS), 0);
    desk_day_end(&d);
    desk_day(&d, 20240620, NULL, 0);
    desk_market(&d, "10:00", 500);
    CHECK_EQ(read(&d, FEATURE_DAYS_SINCE_EARNINGS), 2);
    CHECK_EQ(read(&d, FEATURE_DAYS_TO_DIVIDEND), 1);
    desk_close(&d);
}

TEST(kernel_features, vwap_is_of_the_shares_traded_in_this_session_by_snapshots_or_trade_by_trade)
{
    static struct desk d;
    desk_open(&d, TOLD, FILL_MID, FEES_NONE);
    desk_day(&d, 20240610, NULL, 0);
    desk_market(&d, "9:31", 500);
    CHECK(isnan(read(&d, FEATURE_VWAP)));
    traded(&d, "9:32", 501, 100, 500.50);
    CHECK_NEAR(read(&d, FEATURE_VWAP), 500.50, 1e-9);
    traded(&d, "9:33", 503, 300, 502);
    CHECK_NEAR(read(&d, FEATURE_VWAP), (500.50 + 3 * 502) / 4, 1e-9);
    struct event trade = { .ts_ns = zone_to_ts(ZONE_NEW_YORK, d.day, TIME_OF_DAY(9, 34)),
                           .kind = EVENT_QUOTE };
    trade.of.quote = (struct event_quote){ .contract = QUOTE_UNDERLYING,
                                           .traded = 400,
                                           .bid = money_from_dollars(503.99),
                                           .ask = money_from_dollars(504.01),
                                           .last = money_from_dollars(504) };
    desk_event(&d, &trade);
    desk_market(&d, "9:35", 505); /* none since: the same */
    CHECK_NEAR(read(&d, FEATURE_VWAP), (500.50 + 3 * 502 + 4 * 504) / 8, 1e-9);
    desk_day_end(&d);
    desk_day(&d, 20240611, NULL, 0);
    desk_market(&d, "9:35", 505);
    CHECK(isnan(read(&d, FEATURE_VWAP))); /* a new session begins without any */
    desk_close(&d);
}
