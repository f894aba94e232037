/* Slices: never more than asked, never two at a time, done in time where there is a time. */
#include "domain/orders/slicing.h"

#include "base/rng.h"
#include "tests/testing.h"

TEST(slicing, takes_a_part_of_what_is_displayed_and_waits_between)
{
    struct slicing s;
    CHECK_OK(slicing_init(&s,
                          &(struct slice_plan){ .quantity = 20,
                                                .every_ns = 60,
                                                .slice_max = 8,
                                                .displayed_ppm = 500000,
                                                .until_ns = INT64_MAX },
                          1000));
    CHECK_EQ(slicing_next(&s, 1000, 10), 5);
    CHECK_EQ(slicing_next(&s, 2000, 10), 0); /* one is out */
    slicing_filled(&s, 3);
    slicing_ended(&s);
    CHECK_EQ(slicing_next(&s, 1059, 10), 0);
    CHECK_EQ(slicing_next(&s, 1060, 100), 8);
    slicing_filled(&s, 8);
    slicing_ended(&s);
    CHECK_EQ(slicing_next(&s, 1120, INT64_MAX), 8);
    slicing_filled(&s, 8);
    slicing_ended(&s);
    CHECK_EQ(slicing_next(&s, 1180, 10), 1); /* what is left */
    slicing_filled(&s, 1);
    CHECK(!slicing_is_done(&s));
    slicing_ended(&s);
    CHECK(slicing_is_done(&s));
}

TEST(slicing, hurries_to_be_done_in_time)
{
    struct slicing s;
    CHECK_OK(slicing_init(
        &s,
        &(struct slice_plan){ .quantity = 100, .every_ns = 10, .slice_max = 1, .until_ns = 1000 },
        0));
    CHECK_EQ(slicing_next(&s, 0, 50), 1);
    slicing_ended(&s);
    CHECK_EQ(slicing_next(&s, 500, 50), 50);
    slicing_filled(&s, 50);
    slicing_ended(&s);
    CHECK_EQ(slicing_next(&s, 1000, 50), 50);
}

TEST(slicing, never_sends_more_than_is_left)
{
    struct rng rng;
    rng_init(&rng, 3, 0, 0);
    for (int round = 0; round < 500; round++) {
        struct slicing s;
        int64_t quantity = 1 + (int64_t)rng_below(&rng, 300), out = 0;
        CHECK_OK(
            slicing_init(&s,
                         &(struct slice_plan){ .quantity = quantity,
                                               .every_ns = 5,
                                               .slice_max = 1 + (int64_t)rng_below(&rng, 40),
                                               .displayed_ppm = (int32_t)rng_below(&rng, 1000001),
                                               .until_ns = 400 },
                         0));
        for (int64_t now = 0; now < 2000 && !slicing_is_done(&s); now++) {
            int64_t n = slicing_next(&s, now, (int64_t)rng_below(&rng, 60));
            CHECK(n == 0 || out == 0);
            out = n ? n : out;
            CHECK(s.filled + out <= quantity);
            if (out && rng_below(&rng, 3) == 0) {
                slicing_filled(&s, (int64_t)rng_below(&rng, (uint64_t)out + 1));
                slicing_ended(&s);
                out = 0;
            }
        }
        CHECK_EQ(s.filled, quantity);
    }
}

TEST(slicing, refuses_plans_that_make_no_sense)
{
    struct slicing s;
    struct slice_plan good = { .quantity = 5, .every_ns = 1, .slice_max = 1, .until_ns = 10 },
                      plan = good;
    plan.quantity = 0;
    CHECK_EQ(slicing_init(&s, &plan, 0), ERR_RANGE);
    plan = good;
    plan.every_ns = 0;
    CHECK_EQ(slicing_init(&s, &plan, 0), ERR_RANGE);
    plan = good;
    plan.displayed_ppm = 1000001;
    CHECK_EQ(slicing_init(&s, &plan, 0), ERR_RANGE);
    CHECK_EQ(slicing_init(&s, &good, 10), ERR_RANGE);
}
