/* Published and reference values of the volatility estimators, HAR-RV and bipower variation. */
#include <stdlib.h>

#include "base/rng.h"
#include "base/zone.h"
#include "domain/features/har.h"
#include "domain/features/realised_vol.h"
#include "tests/testing.h"

static struct arena arena = { .name = "test" };

/* The columns of a numeric CSV with a header, row by row. */
static size_t read_rows(const char *path, size_t columns, size_t rows, double out[])
{
    FILE *file = fopen(testing_shared(path), "r");
    CHECK(file != NULL);
    char line[256];
    CHECK(fgets(line, sizeof line, file) != NULL);
    size_t count = 0;
    while (fgets(line, sizeof line, file)) {
        CHECK(count < rows);
        char *at = line;
        for (size_t i = 0; i < columns; i++, at++)
            out[count * columns + i] = strtod(at, &at);
        count++;
    }
    fclose(file);
    return count;
}

TEST(realised_vol, agrees_with_ttr_for_every_estimator)
{
    /* R TTR 0.24.3 volatility(), N = 252: golden-stats/vol_estimators.json */
    static const struct {
        uint32_t n;
        double row100[VOL_ESTIMATOR_COUNT], last[VOL_ESTIMATOR_COUNT];
    } cases[] = {
        { 10,
          { 0.226289638278959, 0.181482255141501, 0.168024339141351, 0.161122256069416,
            0.178875506481521, 0.182329300607248 },
          { 0.238467253533096, 0.164131713328691, 0.145856696798144, 0.136721138748693,
            0.156669701700384, 0.161085773659676 } },
        { 21,
          { 0.189420489415325, 0.169087136316446, 0.157878785742174, 0.154597913570235,
            0.169703733039755, 0.172637934066366 },
          { 0.235303066720241, 0.163427328581404, 0.146368530657733, 0.139013936586076,
            0.161541024579339, 0.161967474191858 } },
        { 63,
          { 0.182991363703656, 0.15555934149401, 0.14728779544758, 0.14612856200962,
            0.161448345495611, 0.164604964930642 },
          { 0.2073557272402, 0.159473070809346, 0.148673764508336, 0.146363084257329,
            0.162619173366193, 0.166107994389209 } },
    };
    NEED_SHARED("golden-stats/data/ohlc_synth_a.csv");
    struct ohlc bars[200];
    size_t count = read_rows("golden-stats/data/ohlc_synth_a.csv", 4, 200, &bars[0].open);
    CHECK_EQ(count, 120);
    FOR_EACH (c, cases) {
        struct realised_vol vol;
        realised_vol_init(&vol, &arena, c->n, 252);
        for (size_t day = 1; day <= count; day++) {
            CHECK(realised_vol_update(&vol, (int64_t)day, &bars[day - 1]));
            for (int e = 0; e < VOL_ESTIMATOR_COUNT; e++) {
                double got = realised_vol_value(&vol, (enum vol_estimator)e);
                bool with_overnight = e == VOL_GARMAN_KLASS_YZ || e == VOL_YANG_ZHANG;
                CHECK_EQ(isnan(got), day < c->n + with_overnight);
                if (day == 100)
                    CHECK_NEAR(got / c->row100[e], 1, 1e-9);
                if (day == count)
                    CHECK_NEAR(got / c->last[e], 1, 1e-9);
            }
        }
        if (c->n != 21)
            continue;
        /* Yang and Zhang (2000), the parts: golden-stats components_a_n21 */
        CHECK_NEAR(window_variance(&vol.o, 21) / 1.66227090651e-05, 1, 1e-10);
        CHECK_NEAR(window_variance(&vol.c, 21) / 0.000154136800206, 1, 1e-10);
    }
    arena_clear(&arena);
}

TEST(realised_vol, weighs_yang_zhang_as_published)
{
    CHECK_NEAR(yang_zhang_k(10), 0.132697311362, 1e-9);
    CHECK_NEAR(yang_zhang_k(21), 0.139344262295, 1e-9);
    CHECK_NEAR(yang_zhang_k(63), 0.143323361436, 1e-9);
}

TEST(realised_vol, of_flat_bars_is_zero_and_bad_bars_never_come_in)
{
    struct realised_vol vol;
    realised_vol_init(&vol, &arena, 5, 252);
    struct ohlc flat = { 100, 100, 100, 100 };
    for (int64_t day = 0; day < 6; day++)
        CHECK(realised_vol_update(&vol, day, &flat));
    static const struct ohlc bad[] = {
        { 100, 99, 98, 99.5 }, /* golden-stats bad_bar: high below the open */
        { 100, 101, 100.5, 101 }, { 100, 101, 99, NAN },
        { 0, 101, 0, 100 },       { 100, INFINITY, 99, 100 },
    };
    FOR_EACH (bar, bad)
        CHECK(!realised_vol_update(&vol, 10, bar));
    CHECK(!realised_vol_update(&vol, 3, &flat)); /* late */
    CHECK_EQ(vol.gate.refused, ARRAY_COUNT(bad) + 1);
    for (int e = 0; e < VOL_ESTIMATOR_COUNT; e++)
        CHECK(realised_vol_value(&vol, (enum vol_estimator)e) == 0.0);
    arena_clear(&arena);
}

TEST(realised_vol, knows_nothing_of_the_price_level_and_forgets_what_left_the_window)
{
    struct realised_vol a, b;
    realised_vol_init(&a, &arena, 20, 252);
    realised_vol_init(&b, &arena, 20, 252);
    struct rng rng;
    rng_init(&rng, 5, 0, 0);
    double x = 100;
    for (int64_t day = 0; day < 90; day++) {
        double c = x * (1 + 0.01 * rng_normal(&rng)), reach = 1 + 0.01 * rng_uniform(&rng);
        struct ohlc bar = { x, fmax(x, c) * reach, fmin(x, c) / reach, c };
        struct ohlc large = { 1024 * bar.open, 1024 * bar.high, 1024 * bar.low, 1024 * bar.close };
        CHECK(realised_vol_update(&a, day, &bar));
        if (day >= 60) /* began later, and holds the same window by the end */
            CHECK(realised_vol_update(&b, day, &large));
        x = c;
    }
    for (int e = 0; e < VOL_ESTIMATOR_COUNT; e++)
        CHECK(realised_vol_value(&a, (enum vol_estimator)e) ==
              realised_vol_value(&b, (enum vol_estimator)e));
    arena_clear(&arena);
}

/* ---- HAR-RV ---- */

TEST(har, agrees_with_statsmodels_in_every_form)
{
    /* golden-stats/har_rv.json: OLS and Newey-West(5) by statsmodels 0.13.5 */
    static const struct {
        enum har_form form;
        double beta[4], error[4], r2, forecast;
    } cases[] = {
        { HAR_LEVEL,
          { 1.22465199526e-05, 0.473902787957, 0.22527372496, 0.192251307661 },
          { 7.73101559763e-06, 0.0838009416754, 0.106632711434, 0.118585018891 },
          0.533798066387,
          8.60753445587e-05 },
        { HAR_LOG,
          { -1.02156759198, 0.433238562328, 0.268552156717, 0.190429769291 },
          { 0.434454953412, 0.0469894130099, 0.064535517218, 0.0826026005499 },
          0.533060089078,
          -9.43569657733 },
        { HAR_SQRT,
          { 0.00108941125446, 0.452044613505, 0.260088377466, 0.175048579471 },
          { 0.00056345509978, 0.0564641408685, 0.0756444971349, 0.0934396403272 },
          0.546164983672,
          0.00909760228782 },
    };
    NEED_SHARED("golden-stats/data/rv_synth_a.csv");
    double rv[700];
    size_t count = read_rows("golden-stats/data/rv_synth_a.csv", 1, 700, rv);
    CHECK_EQ(count, 600);
    FOR_EACH (c, cases) {
        struct har har;
        har_init(&har, &arena, c->form, 1000);
        for (size_t day = 0; day < count; day++)
            CHECK(har_update(&har, (int64_t)day, rv[day]));
        struct har_fit fit;
        CHECK(har_fit(&har, &fit));
        CHECK_EQ(fit.rows, 578);
        for (int i = 0; i < 4; i++) {
            CHECK_NEAR(fit.beta[i] / c->beta[i], 1, 1e-7);
            CHECK_NEAR(fit.error[i] / c->error[i], 1, 1e-7);
        }
        CHECK_NEAR(fit.r2 / c->r2, 1, 1e-7);
        CHECK_NEAR(fit.forecast / c->forecast, 1, 1e-7);
        CHECK(fabs(har_value(&har, 252) - sqrt(252 * 8.6e-5)) < 0.02);
    }
    arena_clear(&arena);
}

TEST(har, is_unknown_without_history_or_movement)
{
    struct har har;
    struct har_fit fit;
    har_init(&har, &arena, HAR_LEVEL, 200);
    for (int64_t day = 0; day < 150; day++) {
        CHECK(
            isnan(har_value(&har, 252))); /* too short, then a constant that tells nothing apart */
        CHECK(har_update(&har, day, 1e-4));
    }
    CHECK(!har_fit(&har, &fit));
    CHECK(isnan(fit.beta[1]));
    CHECK(!har_update(&har, 150, -1e-4));
    CHECK(!har_update(&har, 150, NAN));
    har_init(&har, &arena, HAR_LOG, 200);
    CHECK(!har_update(&har, 0, 0));
    arena_clear(&arena);
}

/* ---- realised variance of a session ---- */

TEST(session_variance, sums_squared_returns_between_grid_instants)
{
    const int64_t open = 1000 * NANOS_PER_MINUTE, step = 5 * NANOS_PER_MINUTE;
    struct session_variance v;
    session_variance_begin(&v, open, step);
    CHECK(isnan(session_variance_rv(&v)));
    CHECK(!session_variance_update(&v, open - 1, 100)); /* before the session */
    static const struct {
        int minute;
        double price;
    } prices[] = {
        { 0, 100 }, { 3, 150 }, { 5, 101 }, { 6, 90 }, { 9, 102 }, { 17, 99 },
    };
    FOR_EACH (p, prices)
        CHECK(session_variance_update(&v, open + p->minute * NANOS_PER_MINUTE, p->price));
    /* Grid: 100 at 0, 101 at 5, 102 at 10, 102 at 15; the 20th minute is not over. */
    double r1 = log(101.0 / 100), r2 = log(102.0 / 101), r4 = log(99.0 / 102);
    CHECK_EQ(v.returns, 3);
    CHECK_NEAR(session_variance_rv(&v), r1 * r1 + r2 * r2, 1e-16);
    CHECK_NEAR(session_variance_bipower(&v), 1.5707963267948966 * 3 / 2 * fabs(r1 * r2), 1e-16);
    session_variance_end(&v, open + 20 * NANOS_PER_MINUTE);
    CHECK_EQ(v.returns, 4);
    CHECK_NEAR(session_variance_rv(&v), r1 * r1 + r2 * r2 + r4 * r4, 1e-16);
}

TEST(session_variance, leaves_a_jump_out_of_the_bipower_variation)
{
    struct session_variance v;
    struct rng rng;
    rng_init(&rng, 11, 0, 0);
    session_variance_begin(&v, 0, NANOS_PER_MINUTE);
    double x = 100, diffusion = 0;
    for (int i = 0; i < 2000; i++) {
        double r = 1e-4 * rng_normal(&rng);
        diffusion += r * r;
        x *= exp(r + (i == 1000 ? 0.003 : 0));
        CHECK(session_variance_update(&v, i * NANOS_PER_MINUTE, x));
    }
    CHECK(session_variance_rv(&v) > diffusion + 0.8 * 0.003 * 0.003);
    CHECK_NEAR(session_variance_bipower(&v) / diffusion, 1, 0.15);
}

TEST(session_variance, counts_silence_as_returns_of_zero_however_long)
{
    struct session_variance v;
    session_variance_begin(&v, 0, 1);
    CHECK(session_variance_update(&v, 0, 100));
    CHECK(session_variance_update(&v, INT64_C(1) << 50, 101)); /* at once, not step by step */
    CHECK_EQ(v.returns, (INT64_C(1) << 50) - 1);
    CHECK(session_variance_rv(&v) == 0);
    session_variance_begin(&v, 0, NANOS_PER_MINUTE);
    CHECK(session_variance_update(&v, 90 * NANOS_PER_MINUTE + 1, 100)); /* starts the grid late */
    CHECK(session_variance_update(&v, 91 * NANOS_PER_MINUTE + 1, 101));
    CHECK_EQ(v.returns, 0);
    CHECK(session_variance_update(&v, 92 * NANOS_PER_MINUTE + 1, 101));
    CHECK_EQ(v.returns, 1);
}
