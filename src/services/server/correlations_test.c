/* Correlations of pairs, by values computed apart (Python's fsum and atanh on the same closes). */
#include "services/server/correlations.h"

#include <math.h>
#include <unistd.h>

#include "base/date.h"
#include "base/zone.h"
#include "domain/types/money.h"
#include "services/server/desk_house_test.h"
#include "tests/testing.h"

enum { CLOSES = 31, MINUTES = 241 };

/* Twenty days together, then ten days apart. */
static const double x_closes[CLOSES] = { 100.0,  100.19, 99.85,  100.84, 101.81, 101.29, 100.97,
                                         101.79, 100.82, 100.68, 100.85, 99.86,  99.17,  99.27,
                                         100.2,  100.82, 100.67, 101.31, 101.99, 102.26, 101.86,
                                         102.09, 101.13, 100.42, 100.24, 99.57,  99.12,  98.6,
                                         98.81,  99.1,   98.14 };
static const double y_closes[CLOSES] = { 50.0,  50.03, 49.94, 50.26, 50.84, 50.56, 50.5,  50.96,
                                         50.38, 50.39, 50.38, 49.95, 49.76, 49.79, 50.23, 50.5,
                                         50.4,  50.58, 50.96, 50.96, 50.91, 50.83, 51.17, 51.11,
                                         50.81, 50.38, 50.68, 50.74, 51.13, 50.97, 50.94 };
static const double RECENT = 0.2237125162224762, BEFORE = 0.7326730236493324,
                    SCORE = 1.343341776208743; /* 8 against 16 */

/* Weekdays up to 1 January 2025. */
static void fill_days(struct series_row rows[CLOSES], const double closes[CLOSES])
{
    int32_t day = 20250101;
    for (size_t i = CLOSES; i-- > 0; day = date_add(day, -1)) {
        while ((date_to_days(day) + 3) % 7 > 4) /* 1970 began on a Thursday: Monday is 0 */
            day = date_add(day, -1);
        rows[i] = (struct series_row){ .date = day,
                                       .value = PRICE_NONE,
                                       .open = PRICE_NONE,
                                       .high = PRICE_NONE,
                                       .low = PRICE_NONE,
                                       .close = money_from_dollars(closes[i]),
                                       .volume = -1 };
    }
}

static struct price_series days_of(struct series_row rows[CLOSES], const double closes[CLOSES])
{
    static const struct series none;
    CHECK_OK(zone_init());
    fill_days(rows, closes);
    struct series bars = { .kind = SERIES_BARS, .count = CLOSES, .rows = rows };
    return price_series_of_days(&test_arena, &bars, &none, &none, 20250102);
}

TEST(correlations, tell_the_recent_the_one_before_and_the_break)
{
    struct series_row rows[CLOSES];
    struct price_series x = days_of(rows, x_closes), y = days_of(rows, y_closes);
    struct pair_reading r = pair_read_days(&test_arena, &x, &y, 8, 16);
    CHECK_EQ(r.n, CLOSES - 1);
    CHECK_NEAR(r.recent, RECENT, 1e-12);
    CHECK_NEAR(r.before, BEFORE, 1e-12);
    CHECK_NEAR(r.score, SCORE, 1e-12);
    r = pair_read_days(&test_arena, &x, &y, 8, 23); /* one return short of a score */
    CHECK_NEAR(r.recent, RECENT, 1e-12);
    CHECK(isnan(r.before) && isnan(r.score));
    arena_clear(&test_arena);
}

TEST(correlations, count_only_moments_that_both_know)
{
    struct series_row rows[CLOSES];
    struct price_series x = days_of(rows, x_closes), y = days_of(rows, y_closes);
    int64_t at[CLOSES];
    double price[CLOSES];
    for (size_t i = 0; i < CLOSES; i++) { /* y is known an hour later on two days */
        at[i] = y.at_ns[i] + (i == 3 || i == 10 ? 3600 * NANOS_PER_SECOND : 0);
        price[i] = y.price[i];
    }
    struct price_series late = { CLOSES, at, price };
    CHECK_EQ(pair_read_days(&test_arena, &x, &late, 8, 16).n, CLOSES - 3);
    struct price_series none = { 0 };
    CHECK_EQ(pair_read_days(&test_arena, &x, &none, 8, 16).n, 0);
    for (size_t i = 20; i < CLOSES; i++) /* a fortnight without both: its return is none */
        at[i] += 14 * NANOS_PER_DAY;
    struct price_series gap = { CLOSES, at, x.price };
    CHECK_EQ(pair_read_days(&test_arena, &gap, &gap, 8, 16).n, CLOSES - 2);
    arena_clear(&test_arena);
}

/* What a split makes of a price is no return, and what a dividend takes from it was paid. */
TEST(correlations, know_splits_and_dividends)
{
    struct series_row rows[CLOSES], split = { .value = 2000000 }, paid = { .value = 500000 };
    CHECK_OK(zone_init());
    fill_days(rows, x_closes);
    split.date = rows[10].date;
    paid.date = rows[20].date;
    for (size_t i = 0; i < CLOSES; i++)
        rows[i].close = i < 10    ? 2 * rows[i].close
                        : i >= 20 ? rows[i].close - 500000
                                  : rows[i].close;
    rows[5].close = PRICE_NONE; /* a bar without a close is none */
    struct series bars = { .count = CLOSES, .rows = rows }, splits = { .count = 1, .rows = &split },
                  dividends = { .count = 1, .rows = &paid };
    struct price_series s =
        price_series_of_days(&test_arena, &bars, &splits, &dividends, rows[30].date);
    CHECK_EQ(s.count, CLOSES - 2); /* nor is what is not before the day */
    CHECK_NEAR(s.price[0], 200, 1e-9);
    CHECK_NEAR(s.price[9] / s.price[8], x_closes[10] / x_closes[9], 1e-12);
    CHECK_NEAR(s.price[19] / s.price[18], x_closes[20] / x_closes[19], 1e-12);
    CHECK_NEAR(s.price[20] / s.price[19], (x_closes[21] - 0.5) / (x_closes[20] - 0.5), 1e-12);
    arena_clear(&test_arena);
}

TEST(correlations, of_minutes_weigh_the_newest_most)
{
    int64_t at[MINUTES];
    double x[MINUTES], y[MINUTES];
    for (int i = 0; i < MINUTES; i++) {
        at[i] = (1000 + i) * 60 * NANOS_PER_SECOND;
        x[i] = 100 * exp(0.01 * sin(0.7 * i) + 0.005 * cos(0.31 * i));
        y[i] = 200 * exp(0.008 * sin(0.7 * i + (i < 210 ? 0 : 1.5)) + 0.004 * cos(0.53 * i));
    }
    struct price_series sx = { MINUTES, at, x }, sy = { MINUTES, at, y };
    struct pair_reading r = pair_read_minutes(&test_arena, &sx, &sy);
    CHECK_EQ(r.n, MINUTES - 1);
    CHECK_NEAR(r.recent, 0.23764618030074844, 1e-9);
    CHECK_NEAR(r.before, 0.6656668654039624, 1e-9);
    CHECK_NEAR(r.score, 2.8277819071303294, 1e-8);
    sx.count = 150; /* the fast one is known, the slow one not yet */
    r = pair_read_minutes(&test_arena, &sx, &sy);
    CHECK(isfinite(r.recent) && isnan(r.before) && isnan(r.score));
    arena_clear(&test_arena);
}

TEST(correlations, of_one_exactly_have_a_score_too)
{
    struct series_row rows[CLOSES];
    struct price_series x = days_of(rows, x_closes), y = days_of(rows, y_closes);
    struct pair_reading r = pair_read_days(&test_arena, &x, &x, 8, 16);
    CHECK_NEAR(r.recent, 1, 1e-12);
    CHECK_NEAR(r.score, 0, 1e-6);
    double doubled[CLOSES];
    for (int i = 0; i < CLOSES; i++) /* exactly together until the last eight closes */
        doubled[i] = i < CLOSES - 8 ? 2 * x.price[i] : y.price[i];
    struct price_series twice = { CLOSES, x.at_ns, doubled };
    r = pair_read_days(&test_arena, &x, &twice, 8, 16);
    CHECK_NEAR(r.before, 1, 1e-12);
    CHECK(r.score > PAIR_ALARM);
    CHECK(isfinite(r.score));
    arena_clear(&test_arena);

    int64_t at[MINUTES];
    double price[MINUTES];
    for (int i = 0; i < MINUTES; i++) {
        at[i] = (1000 + i) * 60 * NANOS_PER_SECOND;
        price[i] = 100 * exp(0.01 * sin(0.7 * i));
    }
    struct price_series minutes = { MINUTES, at, price };
    CHECK_NEAR(pair_read_minutes(&test_arena, &minutes, &minutes).score, 0, 1e-6);
    arena_clear(&test_arena);
}

static double normal(uint64_t *state)
{
    double u[2];
    for (int i = 0; i < 2; i++) { /* xorshift */
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        u[i] = ((double)(*state >> 11) + 0.5) * 0x1p-53;
    }
    return sqrt(-2 * log(u[0])) * cos(6.283185307179586 * u[1]);
}

/* The spread of the score where nothing breaks: 1 within 0.05, of which chance is 0.011 (4000
 * pairs, one standard error). */
static void check_spread(double correlation, uint64_t seed)
{
    enum { PAIRS = 4000 };
    static int64_t at[MINUTES];
    static double x[MINUTES], y[MINUTES];
    double sum = 0, squares = 0;
    struct arena step;
    arena_init(&step, "step", 1 << 14);
    for (int n = 0; n < PAIRS; n++) {
        for (int i = 0; i < MINUTES; i++) {
            double a = normal(&seed),
                   b = correlation * a + sqrt(1 - correlation * correlation) * normal(&seed);
            at[i] = (1000 + i) * 60 * NANOS_PER_SECOND;
            x[i] = i ? x[i - 1] * exp(0.001 * a) : 100;
            y[i] = i ? y[i - 1] * exp(0.001 * b) : 100;
        }
        struct price_series sx = { MINUTES, at, x }, sy = { MINUTES, at, y };
        double score = pair_read_minutes(&step, &sx, &sy).score;
        sum += score;
        squares += score * score;
        arena_clear(&step);
    }
    CHECK_NEAR(sqrt(squares / PAIRS - sum * sum / PAIRS / PAIRS), 1, 0.05);
}

TEST(correlations, of_minutes_have_scores_with_a_spread_of_one)
{
    check_spread(0, 11);
    check_spread(0.6, 12);
    check_spread(0.9, 13);
}

/* ---- over the wire --------------------------------------------------------------------------- */

static void write_bars(const char *store, const char *symbol, const double closes[CLOSES])
{
    struct store *to;
    struct series_row rows[CLOSES + 1];
    fill_days(rows, closes);
    rows[CLOSES] = rows[CLOSES - 1]; /* the desk's own day is not over: what the store knows of it
                                        is not for the desk */
    rows[CLOSES].date = 20250102;
    rows[CLOSES].close = money_from_dollars(1);
    CHECK_OK(store_open_writer(&to, store));
    CHECK_OK(store_begin(to));
    CHECK_OK(series_write(to, symbol, SERIES_BARS, rows, CLOSES + 1));
    CHECK_OK(store_commit(to, NULL, NULL, NULL));
    store_close(to);
}

static void await_desk(struct client *c)
{
    for (int i = 0; i < 1200; i++) {
        struct reply r = ask(c, "GET", "/api/v1/risk/correlations", NULL);
        bool has_begun = r.status == 200;
        reply_free(&r);
        if (has_begun)
            return;
        usleep(50000);
    }
    fail_msg("%s", "the market does not begin");
}

TEST(correlations, are_told_by_the_desk_and_so_is_what_is_missing)
{
    struct house h;
    prepare_house(&h);
    h.options.feed = "sim";
    h.options.symbols = "SPY,QQQ,IWM";
    const char *store = arena_printf(&test_arena, "%s/store", h.options.data);
    write_bars(store, "SPY", x_closes);
    write_bars(store, "QQQ", y_closes);
    start(&h);
    struct client ann = set_up(&h);
    await_desk(&ann);
    json_t *all = get(&ann, "/api/v1/risk/correlations?recent=8&before=16"),
           *pair = json_array_get(json_object_get(all, "pairs"), 0);
    CHECK_EQ(json_array_size(json_object_get(all, "pairs")), 3);
    CHECK_EQ(whole_of(all, "needs"), 24);
    CHECK_STR(text_of(pair, "a"), "SPY");
    CHECK_STR(text_of(pair, "b"), "QQQ");
    CHECK_EQ(whole_of(pair, "n"), CLOSES - 1);
    CHECK_NEAR(json_number_value(json_object_get(pair, "recent")), RECENT, 1e-9);
    CHECK_NEAR(json_number_value(json_object_get(pair, "before")), BEFORE, 1e-9);
    CHECK_NEAR(json_number_value(json_object_get(pair, "score")), SCORE, 1e-9);
    CHECK_NEAR(json_number_value(json_object_get(pair, "p")), erfc(SCORE / sqrt(2)),
               1e-9); /* the only known one: a family of one */
    pair = json_array_get(json_object_get(all, "pairs"), 1); /* IWM has no days */
    CHECK_EQ(whole_of(pair, "n"), 0);
    CHECK(json_is_null(json_object_get(pair, "recent")));
    CHECK(json_is_null(json_object_get(pair, "p")));
    json_t *series = json_object_get(all, "series");
    CHECK_EQ(whole_of(json_array_get(series, 0), "prices"), CLOSES);
    CHECK_EQ(whole_of(json_array_get(series, 2), "prices"), 0);
    json_decref(all);
    all = get(&ann, "/api/v1/risk/correlations?of=minutes");
    CHECK_EQ(json_array_size(json_object_get(all, "pairs")), 3);
    CHECK(whole_of(all, "needs") >= 199);
    json_decref(all);
    expect(&ann, "GET", "/api/v1/risk/correlations?recent=3", NULL, 422);
    expect(&ann, "GET", "/api/v1/risk/correlations?of=years", NULL, 422);
    close_house(&h);
}
