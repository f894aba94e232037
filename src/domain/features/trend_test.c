/* Published examples of the trend features, and a plain second way to the others. */
#include "base/rng.h"
#include "domain/features/trend.h"
#include "tests/testing.h"

static struct arena arena = { .name = "test" };

TEST(trend, ema_follows_the_published_example)
{
    /* StockCharts ChartSchool, "Moving Averages": INTC, 10 days, printed to cents. */
    static const double closes[] = { 22.27, 22.19, 22.08, 22.17, 22.18, 22.13, 22.23, 22.43,
                                     22.24, 22.29, 22.15, 22.39, 22.38, 22.61, 23.36, 24.05 };
    static const double printed[] = { 22.22, 22.21, 22.24, 22.27, 22.33, 22.52, 22.80 };
    struct ema ema;
    struct sma sma;
    ema_init(&ema, 10);
    sma_init(&sma, &arena, 10);
    for (size_t i = 0; i < ARRAY_COUNT(closes); i++) {
        CHECK(ema_update(&ema, (int64_t)i, closes[i]));
        CHECK(sma_update(&sma, (int64_t)i, closes[i]));
        if (i < 9)
            CHECK(isnan(ema_value(&ema)) && isnan(sma_value(&sma)));
        else
            CHECK_NEAR(ema_value(&ema), printed[i - 9], 0.0051);
    }
    CHECK_NEAR(sma_value(&sma), 22.613, 1e-12);
    arena_clear(&arena);
}

TEST(trend, rsi_follows_the_published_example)
{
    /* StockCharts ChartSchool, cs-rsi.xls: QQQQ, 14 days, printed to two decimals. */
    static const double closes[] = { 44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955,
                                     45.4245, 45.8433, 46.0826, 45.8931, 46.0328, 45.6140, 46.2820,
                                     46.2820, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439 };
    static const double printed[] = { 70.53, 66.32, 66.55, 69.41, 66.36, 57.97 };
    struct rsi rsi;
    rsi_init(&rsi, 14);
    for (size_t i = 0; i < ARRAY_COUNT(closes); i++) {
        CHECK(rsi_update(&rsi, (int64_t)i, closes[i]));
        if (i < 14)
            CHECK(isnan(rsi_value(&rsi)));
        else
            CHECK_NEAR(rsi_value(&rsi), printed[i - 14], 0.006);
    }
}

TEST(trend, rsi_is_bounded_mirrored_and_unknown_when_nothing_moves)
{
    struct rsi up, down, still;
    rsi_init(&up, 14);
    rsi_init(&down, 14);
    rsi_init(&still, 14);
    struct rng rng;
    rng_init(&rng, 3, 0, 0);
    double x = 0;
    for (int64_t i = 0; i < 300; i++) {
        x += rng_normal(&rng);
        CHECK(rsi_update(&up, i, x) && rsi_update(&down, i, -x) && rsi_update(&still, i, 5));
        CHECK(isnan(rsi_value(&still)));
        if (i >= 14) {
            CHECK(rsi_value(&up) >= 0 && rsi_value(&up) <= 100);
            CHECK_NEAR(rsi_value(&up) + rsi_value(&down), 100, 1e-10);
        }
    }
    rsi_init(&up, 2);
    for (int64_t i = 0; i < 4; i++)
        CHECK(rsi_update(&up, i, (double)i));
    CHECK(rsi_value(&up) == 100);
}

TEST(trend, macd_is_the_difference_of_its_means_from_bar_26_on)
{
    struct macd macd;
    struct ema fast, slow;
    macd_init(&macd, 12, 26, 9);
    ema_init(&fast, 12);
    ema_init(&slow, 26);
    struct rng rng;
    rng_init(&rng, 4, 0, 0);
    double x = 100, line[64], signal = 0;
    for (int i = 0; i < 60; i++) {
        x += rng_normal(&rng);
        CHECK(macd_update(&macd, i, x) && ema_update(&fast, i, x) && ema_update(&slow, i, x));
        line[i] = ema_value(&fast) - ema_value(&slow);
        CHECK_EQ(isnan(macd_value(&macd)), i < 25);
        CHECK_EQ(isnan(macd_histogram(&macd)), i < 33);
        if (i >= 25)
            CHECK(macd_value(&macd) == line[i]);
        if (i < 33)
            continue;
        if (i == 33)
            for (int k = 25; k <= 33; k++)
                signal += line[k] / 9;
        else
            signal = 0.2 * line[i] + 0.8 * signal;
        CHECK_NEAR(macd_signal(&macd), signal, 1e-12);
    }
    CHECK(!macd_update(&macd, 60, NAN));
    CHECK(!macd_update(&macd, 0, 100));
}

/* Wilder's tables worked out column by column, as on paper. */
static double paper_adx(const struct ohlc *bars, int count, int n, double *plus_di)
{
    double tr[400], plus[400], minus[400], dx[400], adx = NAN;
    for (int i = 1; i < count; i++) {
        const struct ohlc *b = &bars[i], *a = &bars[i - 1];
        tr[i] = fmax(b->high - b->low, fmax(fabs(b->high - a->close), fabs(b->low - a->close)));
        double up = b->high - a->high, down = a->low - b->low;
        plus[i] = up > down && up > 0 ? up : 0;
        minus[i] = down > up && down > 0 ? down : 0;
    }
    double tr_sum = 0, plus_sum = 0, minus_sum = 0;
    for (int i = 1; i < count; i++) {
        /* Wilder smooths sums: less an n-th of itself, plus the new. */
        tr_sum += tr[i] - (i > n ? tr_sum / n : 0);
        plus_sum += plus[i] - (i > n ? plus_sum / n : 0);
        minus_sum += minus[i] - (i > n ? minus_sum / n : 0);
        double p = 100 * plus_sum / tr_sum, m = 100 * minus_sum / tr_sum;
        dx[i] = 100 * fabs(p - m) / (p + m);
        *plus_di = p;
        if (i == 2 * n - 1) {
            adx = 0;
            for (int k = n; k <= i; k++)
                adx += dx[k] / n;
        } else if (i > 2 * n - 1) {
            adx = (adx * (n - 1) + dx[i]) / n;
        }
    }
    return adx;
}

TEST(trend, adx_is_wilders_table)
{
    struct ohlc bars[300];
    struct rng rng;
    rng_init(&rng, 6, 0, 0);
    double x = 100;
    struct adx adx;
    adx_init(&adx, 14);
    for (int i = 0; i < 300; i++) {
        double c = x + rng_normal(&rng) + 0.05;
        bars[i] =
            (struct ohlc){ x, fmax(x, c) + rng_uniform(&rng), fmin(x, c) - rng_uniform(&rng), c };
        x = c;
        CHECK(adx_update(&adx, i, &bars[i]));
        CHECK_EQ(isnan(adx_value(&adx)), i < 27);
        CHECK_EQ(isnan(adx_plus_di(&adx)), i < 14);
        if (i >= 27) {
            double di, want = paper_adx(bars, i + 1, 14, &di);
            CHECK_NEAR(adx_value(&adx), want, 1e-9);
            CHECK_NEAR(adx_plus_di(&adx), di, 1e-9);
        }
    }
    /* A straight climb is all direction, a flat line none. */
    adx_init(&adx, 5);
    for (int i = 0; i < 40; i++)
        CHECK(adx_update(&adx, i, &(struct ohlc){ 100.0 + i, 101.0 + i, 99.0 + i, 100.5 + i }));
    CHECK_NEAR(adx_value(&adx), 100, 1e-12);
    CHECK(adx_minus_di(&adx) == 0);
    adx_init(&adx, 5);
    for (int64_t i = 0; i < 40; i++)
        CHECK(adx_update(&adx, i, &(struct ohlc){ 100, 100, 100, 100 }));
    CHECK(adx_value(&adx) == 0);
    CHECK(isnan(adx_plus_di(&adx)));
}

TEST(trend, range_and_momentum_look_back_exactly_n)
{
    struct price_range range;
    struct momentum momentum;
    price_range_init(&range, &arena, 20);
    momentum_init(&momentum, &arena, 20);
    for (int64_t i = 0; i < 50; i++) {
        double c = i == 10 ? 500 : 100 + (double)i;
        CHECK(price_range_update(&range, i, &(struct ohlc){ c, c + 1, c - 2, c }));
        CHECK(momentum_update(&momentum, i, c));
        CHECK_EQ(isnan(price_range_high(&range)), i < 19);
        CHECK_EQ(isnan(momentum_value(&momentum)), i < 20);
        if (i >= 19)
            CHECK(price_range_high(&range) == (i < 30 ? 501 : c + 1));
        if (i >= 30) {
            CHECK(price_range_low(&range) == c - 19 - 2);
            CHECK_NEAR(price_range_position(&range), 21.0 / 22, 1e-15);
        }
        if (i >= 31)
            CHECK_NEAR(momentum_value(&momentum), c / (c - 20) - 1, 1e-15);
    }
    arena_clear(&arena);
}

TEST(window, sums_exactly_and_says_what_it_holds)
{
    struct window w;
    window_init(&w, &arena, 4);
    CHECK(isnan(window_mean(&w, 1)));
    static const double pushed[] = { 7, 1e16, 1, -1e16, 2 };
    FOR_EACH (x, pushed)
        window_push(&w, *x);
    CHECK_EQ(w.count, 4);
    CHECK(window_sum(&w, 4) == 3); /* not 2 or 4, as plain sums give */
    CHECK(window_at(&w, 0) == 2 && window_at(&w, 3) == 1e16);
    CHECK(isnan(window_sum(&w, 5)) && isnan(window_sum(&w, 0)) && isnan(window_variance(&w, 1)));
    CHECK(window_min(&w, 4) == -1e16 && window_max(&w, 2) == 2);
    window_clear(&w);
    for (int i = 0; i < 9; i++)
        window_push(&w, 1e9 + i % 2);
    CHECK_NEAR(window_variance(&w, 4), 1.0 / 3, 1e-15);
    arena_clear(&arena);
}
