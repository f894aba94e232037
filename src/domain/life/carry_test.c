#include "domain/life/carry.h"

#include "tests/testing.h"

TEST(carry, turns_a_continuous_rate_into_a_simple_one_over_360)
{
    /* exp(r d / 365) = 1 + s d / 360 */
    double s = carry_simple_rate(0.05, 30);
    CHECK_NEAR(1 + s * 30 / 360, exp(0.05 * 30 / 365), 1e-15);
    CHECK_NEAR(carry_simple_rate(0.0, 1), 0, 0);
}

static struct carry_night night(enum carry_schedule schedule, int64_t dollars)
{
    /* A Friday: three nights. */
    return (struct carry_night){ .schedule = schedule,
                                 .day = 20260717,
                                 .next_day = 20260720,
                                 .cash = dollars * MICROS_PER_DOLLAR,
                                 .benchmark = 0.0425 };
}

TEST(carry, counts_the_weekend)
{
    struct carry_night n = night(CARRY_SCHEDULE_BENCHMARK, 100000);
    struct carry_paid paid;
    CHECK_OK(carry_interest(&paid, &n));
    /* 100,000 (exp(0.0425 3 / 365) - 1) */
    CHECK_EQ(paid.credit, llround(1e11 * (exp(0.0425 * 3 / 365) - 1)));
    CHECK_EQ(paid.debit, 0);
    CHECK(!paid.is_uncertain);
    n.cash = -n.cash;
    int64_t credit = paid.credit;
    CHECK_OK(carry_interest(&paid, &n));
    CHECK_EQ(paid.debit, credit);
    CHECK_EQ(paid.credit, 0);
}

TEST(carry, pays_by_tiers)
{
    struct carry_night n = night(CARRY_SCHEDULE_IBKR, 110000);
    struct carry_paid paid;
    CHECK_OK(carry_interest(&paid, &n));
    double benchmark = carry_simple_rate(0.0425, 3);
    CHECK_NEAR((double)paid.credit, 100000e6 * (benchmark - 0.005) * 3 / 360, 1);
    CHECK(paid.is_uncertain);
    n.cash = 9000 * MICROS_PER_DOLLAR;
    CHECK_OK(carry_interest(&paid, &n));
    CHECK_EQ(paid.credit, 0);
    n.cash = -150000 * MICROS_PER_DOLLAR;
    CHECK_OK(carry_interest(&paid, &n));
    CHECK_NEAR((double)paid.debit,
               (100000e6 * (benchmark + 0.015) + 50000e6 * (benchmark + 0.010)) * 3 / 360, 1);
}

TEST(carry, short_sale_proceeds_earn_nothing)
{
    struct carry_night n = night(CARRY_SCHEDULE_BENCHMARK, 100000);
    struct carry_paid all, less;
    CHECK_OK(carry_interest(&all, &n));
    n.short_value = 60000 * MICROS_PER_DOLLAR;
    CHECK_OK(carry_interest(&less, &n));
    CHECK_NEAR((double)less.credit, 0.4 * (double)all.credit, 1);
    n.short_value = 200000 * MICROS_PER_DOLLAR;
    CHECK_OK(carry_interest(&less, &n));
    CHECK_EQ(less.credit, 0);
    CHECK_EQ(less.debit, 0);
}

TEST(carry, never_pays_interest_below_zero_on_cash_and_asks_for_the_rate_it_needs)
{
    struct carry_night n = night(CARRY_SCHEDULE_IBKR, 500000);
    struct carry_paid paid;
    n.benchmark = 0.001;
    CHECK_OK(carry_interest(&paid, &n));
    CHECK_EQ(paid.credit, 0);
    n.benchmark = NAN;
    CHECK_EQ(carry_interest(&paid, &n), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "USD.rates");
    n.schedule = CARRY_SCHEDULE_NONE;
    CHECK_OK(carry_interest(&paid, &n));
    CHECK_EQ(paid.credit + paid.debit, 0);
    n.next_day = n.day;
    CHECK_EQ(carry_interest(&paid, &n), ERR_RANGE);
}

TEST(carry, borrow_fees_are_taken_on_102_percent_of_whole_dollars)
{
    /* 500 shares at 31.20: 32 x 1.02 x 500 = 16,320; 3 % over a weekend: 16,320 x 0.03 x 3 / 360
     * = 4.08 */
    CHECK_EQ(carry_borrow_fee(500, 31200000, 0.03, 3), 4080000);
    CHECK_EQ(carry_borrow_fee(500, 31200000, 0.03, 0), 0);
    CHECK_EQ(carry_borrow_fee(500, 31200000, -0.03, 3), -4080000);
}

TEST(carry, schedules_have_names)
{
    enum carry_schedule schedule;
    for (int i = 0; i < CARRY_SCHEDULE_COUNT; i++) {
        CHECK_OK(
            carry_schedule_parse(str_from(carry_schedule_name((enum carry_schedule)i)), &schedule));
        CHECK_EQ(schedule, i);
    }
    CHECK_EQ(carry_schedule_parse(STR("nobody"), &schedule), ERR_USAGE);
}
