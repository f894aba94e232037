#include "base/date.h"
#include "base/zone.h"
#include "services/report/svg_chart.h"
#include "tests/testing.h"

TEST(axis, steps_are_round_numbers)
{
    static const struct {
        double low, high;
        int count;
        bool whole;
        double step;
        int decimals;
    } cases[] = {
        { 0, 100, 5, false, 20, 0 },    { 0, 1, 4, false, 0.25, 2 },
        { 0, 1, 4, true, 1, 0 },        { -3, 3, 5, false, 2, 0 },
        { 0, 7e12, 4, false, 2e12, 0 }, { 0.0012, 0.0019, 5, false, 0.0002, 4 },
        { 0, 26, 9, true, 5, 0 },
    };
    FOR_EACH (c, cases) {
        int decimals;
        CHECK_NEAR(nice_step(c->low, c->high, c->count, c->whole, &decimals), c->step,
                   c->step * 1e-12);
        CHECK_EQ(decimals, c->decimals);
    }
}

static struct time_axis make_axis(struct arena *arena, int32_t first, int days, int a_day)
{
    int64_t *ts_ns = arena_array(arena, int64_t, (size_t)(days * a_day));
    int count = 0;
    for (int32_t date = first; count < days * a_day; date = date_add(date, 1)) {
        if (date_weekday(date) == SATURDAY || date_weekday(date) == SUNDAY)
            continue;
        for (int i = 0; i < a_day; i++)
            ts_ns[count++] =
                zone_to_ts(ZONE_NEW_YORK, date, TIME_OF_DAY(9, 30) + i * NANOS_PER_HOUR);
    }
    return time_axis_make(arena, ts_ns, (size_t)count);
}

TEST(axis, days_stand_side_by_side)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct time_axis axis = make_axis(&arena, 20190524, 3, 5); /* Friday, then Monday */
    CHECK_EQ(axis.day_count, 3);
    CHECK_NEAR(time_axis_x(&axis, zone_to_ts(ZONE_NEW_YORK, 20190524, TIME_OF_DAY(9, 30))), 0.1,
               1e-12);
    CHECK_NEAR(time_axis_x(&axis, zone_to_ts(ZONE_NEW_YORK, 20190527, TIME_OF_DAY(11, 30))), 1.5,
               1e-12);
    CHECK(isnan(time_axis_x(&axis, zone_to_ts(ZONE_NEW_YORK, 20190525, TIME_OF_DAY(11, 30)))));
    CHECK(isnan(time_axis_x(&axis, 0)));
    arena_clear(&arena);
}

TEST(axis, a_run_of_any_length_has_some_labels_and_never_too_many)
{
    static const int lengths[] = { 1, 2, 3, 5, 8, 13, 21, 41, 64, 126, 252, 600, 1300, 2600, 6000 };
    struct arena arena;
    struct time_tick ticks[TIME_TICKS_MAX];
    arena_init(&arena, "test", 0);
    FOR_EACH (days, lengths)
        for (size_t most = 4; most <= 13; most += 3) {
            struct time_axis axis = make_axis(&arena, 20190102, *days, 7);
            size_t count = time_ticks(&axis, most, ticks);
            CHECK(count >= 1 || *days > 2000);
            CHECK(count <= most);
            for (size_t i = 1; i < count; i++)
                CHECK((ticks[i].x - ticks[i - 1].x) * (double)most >= (double)axis.day_count * 0.6);
        }
    struct time_axis day = make_axis(&arena, 20190521, 1, 7);
    CHECK(time_ticks(&day, 9, ticks) > 3);
    CHECK_STR(ticks[0].text, "10:00");
    struct time_axis none = { 0 };
    CHECK_EQ(time_ticks(&none, 9, ticks), 0);
    arena_clear(&arena);
}

TEST(svg_chart, thinning_keeps_peaks_and_gaps)
{
    enum { COUNT = 20000 };
    static double x[COUNT], y[COUNT];
    struct buf out = { 0 };
    struct chart chart;
    for (size_t i = 0; i < COUNT; i++) {
        x[i] = (double)i;
        y[i] = i == 7777 ? 100 : 0;
    }
    y[15000] = NAN;
    chart_begin(&chart, &out,
                (struct chart_spec){ .width = 900,
                                     .height = 300,
                                     .label = "a \"chart\" <1>",
                                     .x_low = 0,
                                     .x_high = COUNT,
                                     .y_low = 0,
                                     .y_high = 100 });
    size_t before = out.len;
    chart_line(&chart, "c1", COUNT, x, y);
    char peak[32];
    snprintf(peak, sizeof peak, " %.1f", chart_y(&chart, 100));
    CHECK_HAS(out.ptr + before, peak);
    CHECK(out.len - before < 100000);
    const char *second = strstr(strstr(out.ptr + before, "<path") + 1, "<path");
    CHECK(second != NULL);
    CHECK(strstr(second + 1, "<path") == NULL);
    CHECK_HAS(out.ptr, "aria-label=\"a &quot;chart&quot; &lt;1&gt;\"");
    buf_free(&out);
}

TEST(svg_chart, a_range_without_width_can_be_drawn)
{
    static const double values[] = { 0, 100000, -5, 9e12, 1e-9, NAN };
    FOR_EACH (value, values) {
        struct buf out = { 0 };
        struct chart chart;
        chart_begin(&chart, &out,
                    (struct chart_spec){ .width = 440,
                                         .height = 190,
                                         .label = "flat",
                                         .x_low = *value,
                                         .x_high = *value,
                                         .y_low = *value,
                                         .y_high = *value });
        CHECK(chart.x_high > chart.x_low);
        CHECK(chart.y_high > chart.y_low);
        CHECK(strstr(out.ptr, "nan") == NULL);
        CHECK(strstr(out.ptr, "inf") == NULL);
        buf_free(&out);
    }
}
