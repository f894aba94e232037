#include "domain/pricing/clock.h"

#include "base/rng.h"
#include "tests/testing.h"

#define HOUR_NS INT64_C(3600000000000)

/* Monday to Friday, 09:30 to 16:00, for some weeks; time 0 is the first Monday's midnight. */
enum { WEEKS = 60, SESSIONS = 5 * WEEKS };
static int64_t opens[SESSIONS], closes[SESSIONS];

static struct clock_sessions week_days(void)
{
    for (int i = 0; i < SESSIONS; i++) {
        int64_t midnight = (i / 5 * 7 + i % 5) * 24 * HOUR_NS;
        opens[i] = midnight + 9 * HOUR_NS + HOUR_NS / 2;
        closes[i] = midnight + 16 * HOUR_NS;
    }
    return (struct clock_sessions){ SESSIONS, opens, closes };
}

static double years_between(const struct variance_clock *clock, const struct clock_sessions *s,
                            int64_t from, int64_t to)
{
    double years;
    CHECK_EQ(variance_clock_years(clock, s, from, to, &years), PRICING_OK);
    return years;
}

TEST(clock, a_year_of_sessions_is_about_a_year_and_parts_add_up)
{
    struct variance_clock clock;
    struct clock_sessions s = week_days();
    CHECK_EQ(variance_clock_init(&clock, NULL), PRICING_OK);
    /* 252 sessions with their nights, and the weekends among them. */
    double year = years_between(&clock, &s, opens[0], opens[252]);
    CHECK_NEAR(year, 1.0, 0.005);
    struct rng rng;
    rng_init(&rng, 41, 0, 1);
    for (int i = 0; i < 1000; i++) {
        int64_t a = opens[0] + (int64_t)rng_below(&rng, (uint64_t)(200 * 24 * HOUR_NS));
        int64_t b = a + (int64_t)rng_below(&rng, (uint64_t)(30 * 24 * HOUR_NS));
        int64_t c = b + (int64_t)rng_below(&rng, (uint64_t)(30 * 24 * HOUR_NS));
        double whole = years_between(&clock, &s, a, c);
        CHECK_NEAR(years_between(&clock, &s, a, b) + years_between(&clock, &s, b, c), whole, 1e-14);
    }
}

TEST(clock, counts_open_closed_and_half_days_by_hand)
{
    struct clock_weights w = { .night = 0.1, .day_off = 0.01, .sessions_per_year = 250.0 };
    for (int i = 0; i < CLOCK_SESSION_MINUTES; i++)
        w.minute[i] = i < 195 ? 2.0 : 1.0;
    struct variance_clock clock;
    struct clock_sessions s = week_days();
    CHECK_EQ(variance_clock_init(&clock, &w), PRICING_OK);
    double day = 195 * 2.0 + 195, night = 1050 * 0.1;
    double year = 250.0 * (day + night) + (365.25 * 1440 - 250.0 * 1440) * 0.01;
    CHECK_NEAR(years_between(&clock, &s, opens[0], closes[0]), day / year, 1e-15);
    CHECK_NEAR(years_between(&clock, &s, opens[0] + HOUR_NS, opens[0] + 2 * HOUR_NS), 120.0 / year,
               1e-15);
    CHECK_NEAR(years_between(&clock, &s, closes[0], opens[1]), night / year, 1e-15);
    /* Friday's close to Monday's open: 65.5 hours, one night of them. */
    CHECK_NEAR(years_between(&clock, &s, closes[4], opens[5]), (night + 2880 * 0.01) / year, 1e-15);
    closes[2] = opens[2] + 3 * HOUR_NS + HOUR_NS / 2; /* 13:00 */
    double half = 210.0 / 390.0;
    CHECK_NEAR(years_between(&clock, &s, opens[2], closes[2]), half * day / year, 1e-15);
    /* Its last minute weighs what a last minute weighs. */
    CHECK_NEAR(years_between(&clock, &s, closes[2] - HOUR_NS / 60, closes[2]), 1.0 / year, 1e-15);
}

TEST(clock, refuses_what_it_cannot_count)
{
    struct variance_clock clock;
    struct clock_sessions s = week_days();
    double years;
    variance_clock_init(&clock, NULL);
    CHECK_EQ(variance_clock_years(&clock, &s, opens[0] - 1, closes[0], &years),
             PRICING_OUT_OF_RANGE);
    CHECK(isnan(years));
    CHECK_EQ(variance_clock_years(&clock, &s, opens[0], closes[SESSIONS - 1] + 1, &years),
             PRICING_OUT_OF_RANGE);
    CHECK_EQ(variance_clock_years(&clock, &s, closes[0], opens[0], &years), PRICING_OK);
    CHECK_NEAR(years, 0.0, 0.0);
    closes[3] = opens[3];
    CHECK_EQ(variance_clock_years(&clock, &s, opens[0], closes[9], &years), PRICING_BAD_INPUT);
    struct clock_weights w;
    clock_weights_default(&w);
    w.night = -1.0;
    CHECK_EQ(variance_clock_init(&clock, &w), PRICING_BAD_INPUT);
}

TEST(clock, learns_its_weights_from_returns)
{
    enum { DAYS = 400 };
    static double minute[DAYS * CLOCK_SESSION_MINUTES], night[DAYS], off[DAYS], off_minutes[DAYS];
    struct clock_weights w;
    struct rng rng;
    rng_init(&rng, 42, 0, 1);
    for (int d = 0; d < DAYS; d++) {
        for (int i = 0; i < CLOCK_SESSION_MINUTES; i++)
            minute[d * CLOCK_SESSION_MINUTES + i] =
                rng_below(&rng, 50) ? 1e-4 * sqrt(1.0 + i / 390.0) * rng_normal(&rng) : NAN;
        bool is_weekend = d % 5 == 4;
        night[d] = is_weekend ? NAN : 2e-3 * rng_normal(&rng);
        off_minutes[d] = is_weekend ? 2880.0 : 0.0;
        off[d] = is_weekend ? sqrt(4e-6 + 2880 * 5e-10) * rng_normal(&rng) : NAN;
    }
    struct clock_returns returns = { DAYS, minute, night, off, off_minutes };
    CHECK_EQ(clock_weights_estimate(&returns, &w), PRICING_OK);
    CHECK_NEAR(w.minute[100], 1e-8 * (1.0 + 100 / 390.0), 0.05e-8);
    CHECK_NEAR(w.minute[350], 1e-8 * (1.0 + 350 / 390.0), 0.08e-8);
    CHECK_NEAR(w.night, 4e-6 / 1050, 0.15 * 4e-6 / 1050);
    CHECK_NEAR(w.day_off, 5e-10, 4e-10);
    returns.days = 19;
    CHECK_EQ(clock_weights_estimate(&returns, &w), PRICING_TOO_FEW_QUOTES);
}

TEST(clock, takes_the_jumps_out_of_a_term_structure)
{
    /* Vol 20 %, a 5 % jump between the second and third expiry, 2 % between fourth and fifth. */
    double t[7] = { 0.02, 0.04, 0.06, 0.08, 0.11, 0.15, 0.25 }, w[7], clean[7];
    double event[3] = { 0.05, 0.1, 0.3 }, found[3];
    for (int i = 0; i < 7; i++)
        w[i] = 0.04 * t[i] + (t[i] > event[0]) * 0.0025 + (t[i] > event[1]) * 0.0004;
    CHECK_EQ(clock_event_variance(7, t, w, 3, event, found, clean), PRICING_OK);
    CHECK_NEAR(found[0], 0.0025, 1e-7);
    CHECK_NEAR(found[1], 0.0004, 1e-7);
    CHECK(isnan(found[2]));
    for (int i = 0; i < 7; i++)
        CHECK_NEAR(clean[i], 0.04 * t[i], 2e-7);

    /* Nothing at the event: nothing is found, and never less than nothing. */
    for (int i = 0; i < 7; i++)
        w[i] = 0.04 * t[i] - (t[i] > event[0]) * 0.0002;
    CHECK_EQ(clock_event_variance(7, t, w, 3, event, found, NULL), PRICING_OK);
    CHECK_NEAR(found[0], 0.0, 0.0);

    double twins[2] = { 0.045, 0.055 };
    for (int i = 0; i < 7; i++)
        w[i] = 0.04 * t[i] + (t[i] > 0.05) * 0.0025;
    CHECK_EQ(clock_event_variance(7, t, w, 2, twins, found, NULL), PRICING_OK);
    CHECK_NEAR(found[0], 0.00125, 1e-7);
    CHECK_NEAR(found[1], 0.00125, 1e-7);
    CHECK_EQ(clock_event_variance(1, t, w, 2, twins, found, NULL), PRICING_TOO_FEW_QUOTES);
    w[3] = NAN;
    CHECK_EQ(clock_event_variance(7, t, w, 2, twins, found, NULL), PRICING_BAD_INPUT);
    CHECK(isnan(found[0]));
}
