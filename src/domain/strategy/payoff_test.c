/* Worst losses against values worked out by hand; prices a share are in the comments. */
#include "domain/strategy/payoff.h"

#include "domain/types/money.h"
#include "tests/testing.h"

#define DOLLARS(x) ((int64_t)(x)*MICROS_PER_DOLLAR)
#define CALL(quantity, strike, day)                                                                \
    {                                                                                              \
        LEG_CALL, quantity, 100, (strike)*1000, day                                                \
    }
#define PUT(quantity, strike, day)                                                                 \
    {                                                                                              \
        LEG_PUT, quantity, 100, (strike)*1000, day                                                 \
    }
#define STOCK(quantity)                                                                            \
    {                                                                                              \
        LEG_STOCK, quantity, 1, 0, 0                                                               \
    }
enum { JUN = 20190621, JUL = 20190719 };

TEST(payoff, bounds_an_iron_condor_by_its_width_less_its_credit)
{
    /* 2700/2750 puts, 2900/2960 calls, credit 8.00: worst is the wider side, 60 - 8 = 52 */
    static const struct payoff_leg legs[] = { PUT(1, 2700, JUN), PUT(-1, 2750, JUN),
                                              CALL(-1, 2900, JUN), CALL(1, 2960, JUN) };
    struct payoff_range range;
    CHECK_OK(payoff_range(&range, legs, 4, DOLLARS(800)));
    CHECK_EQ(range.worst, DOLLARS(-5200));
    CHECK_EQ(range.best, DOLLARS(800));
    CHECK(!range.worst_unbounded);
    CHECK(!range.best_unbounded);
    CHECK_EQ(range.worst_at, DOLLARS(2960));
    CHECK_EQ(payoff_max_loss(legs, 4, DOLLARS(800)), DOLLARS(5200));
}

TEST(payoff, knows_butterflies_and_broken_wings)
{
    /* 1:2:1 at 100/105/110 for 1.20: loses the debit, earns 5 - 1.20 at 105 */
    static const struct payoff_leg even[] = { CALL(1, 100, JUN), CALL(-2, 105, JUN),
                                              CALL(1, 110, JUN) };
    struct payoff_range range;
    CHECK_OK(payoff_range(&range, even, 3, DOLLARS(-120)));
    CHECK_EQ(range.worst, DOLLARS(-120));
    CHECK_EQ(range.best, DOLLARS(380));
    CHECK_EQ(range.best_at, DOLLARS(105));
    /* puts 105 / 2 x 100 / 90 for a credit of 0.50: below 90 it is 5 - 10 + 0.50 = -4.50 */
    static const struct payoff_leg broken[] = { PUT(1, 105, JUN), PUT(-2, 100, JUN),
                                                PUT(1, 90, JUN) };
    CHECK_OK(payoff_range(&range, broken, 3, DOLLARS(50)));
    CHECK_EQ(range.worst, DOLLARS(-450));
    CHECK_EQ(range.worst_at, 0);
    CHECK_EQ(range.best, DOLLARS(550));
}

TEST(payoff, finds_what_has_no_bound)
{
    static const struct payoff_leg ratio[] = { CALL(1, 100, JUN), CALL(-2, 110, JUN) };
    static const struct payoff_leg naked_put[] = { PUT(-1, 100, JUN) };
    static const struct payoff_leg back[] = { CALL(-1, 100, JUN), CALL(2, 110, JUN) };
    static const struct payoff_leg short_stock[] = { STOCK(-100) };
    static const struct payoff_leg covered[] = { STOCK(100), CALL(-1, 110, JUN) };
    struct payoff_range range;
    CHECK_OK(payoff_range(&range, ratio, 2, DOLLARS(30)));
    CHECK(range.worst_unbounded);
    CHECK_EQ(range.best, DOLLARS(1030));
    CHECK_EQ(payoff_max_loss(ratio, 2, DOLLARS(30)), INT64_MAX);
    CHECK_EQ(payoff_max_loss(short_stock, 1, DOLLARS(10000)), INT64_MAX);
    /* a naked put is bounded by zero: 100 - 2.50 */
    CHECK_EQ(payoff_max_loss(naked_put, 1, DOLLARS(250)), DOLLARS(9750));
    /* backspread for 1.00: worst at the bought strike, 10 + 1 */
    CHECK_OK(payoff_range(&range, back, 2, DOLLARS(-100)));
    CHECK_EQ(range.worst, DOLLARS(-1100));
    CHECK(range.best_unbounded);
    /* stock at 105, call sold at 3: worst 102, best 110 - 102 */
    CHECK_OK(payoff_range(&range, covered, 2, DOLLARS(-10500 + 300)));
    CHECK_EQ(range.worst, DOLLARS(-10200));
    CHECK_EQ(range.best, DOLLARS(800));
}

TEST(payoff, values_calendars_at_the_first_expiry)
{
    static const struct payoff_leg calendar[] = { CALL(-1, 100, JUN), CALL(1, 100, JUL) };
    static const struct payoff_leg reverse[] = { CALL(1, 100, JUN), CALL(-1, 100, JUL) };
    static const struct payoff_leg reverse_put[] = { PUT(1, 100, JUN), PUT(-1, 100, JUL) };
    static const struct payoff_leg diagonal[] = { CALL(-1, 100, JUN), CALL(1, 105, JUL) };
    static const struct payoff_leg poor_mans[] = { CALL(-1, 110, JUN), CALL(1, 80, JUL) };
    CHECK_EQ(payoff_max_loss(calendar, 2, DOLLARS(-200)), DOLLARS(200));
    CHECK_EQ(payoff_max_loss(reverse, 2, DOLLARS(200)), INT64_MAX);
    CHECK_EQ(payoff_max_loss(reverse_put, 2, DOLLARS(200)), DOLLARS(9800));
    /* the far call is 5 worse than the near one and cost 1.00 net */
    CHECK_EQ(payoff_max_loss(diagonal, 2, DOLLARS(-100)), DOLLARS(600));
    CHECK_EQ(payoff_max_loss(poor_mans, 2, DOLLARS(-2300)), DOLLARS(2300));
}

TEST(payoff, makes_a_box_riskless)
{
    static const struct payoff_leg box[] = { CALL(1, 100, JUN), PUT(-1, 100, JUN),
                                             CALL(-1, 110, JUN), PUT(1, 110, JUN) };
    struct payoff_range range;
    CHECK_OK(payoff_range(&range, box, 4, DOLLARS(-995)));
    CHECK_EQ(range.worst, DOLLARS(5));
    CHECK_EQ(range.best, DOLLARS(5));
    CHECK_EQ(payoff_max_loss(box, 4, DOLLARS(-995)), 0);
}

/* The range must hold at every price: compare with a fine scan. */
TEST(payoff, is_never_passed_by_a_price_in_between)
{
    static const struct payoff_leg legs[] = { PUT(2, 90, JUN), PUT(-3, 95, JUN), CALL(-1, 105, JUN),
                                              CALL(2, 115, JUN), STOCK(-50) };
    struct payoff_range range;
    CHECK_OK(payoff_range(&range, legs, 5, DOLLARS(5200)));
    int64_t worst = INT64_MAX, value;
    for (int64_t cents = 0; cents <= 40000; cents++) {
        CHECK(payoff_at(legs, 5, DOLLARS(5200), cents * MICROS_PER_CENT, &value));
        if (value < worst)
            worst = value;
        CHECK(value >= range.worst);
    }
    CHECK_EQ(worst, range.worst);
}

TEST(payoff, refuses_what_it_cannot_count)
{
    static const struct payoff_leg huge[] = { { LEG_CALL, INT64_MAX / 2, 100, 1000, JUN } };
    static const struct payoff_leg flat[] = { { LEG_CALL, 1, 0, 1000, JUN } };
    static const struct payoff_leg no_strike[] = { { LEG_PUT, 1, 100, 0, JUN } };
    static const struct payoff_leg deep[] = { { LEG_PUT, -INT64_MAX / 2, 100, INT32_MAX, JUN } };
    struct payoff_range range = { .worst = 7 };
    CHECK_EQ(payoff_range(&range, flat, 1, 0), ERR_RANGE);
    CHECK_EQ(payoff_range(&range, no_strike, 1, 0), ERR_RANGE);
    CHECK_EQ(payoff_range(&range, deep, 1, 0), ERR_RANGE);
    CHECK_EQ(payoff_range(&range, huge, PAYOFF_LEGS_MAX + 1, 0), ERR_RANGE);
    CHECK_EQ(range.worst, 7);
    CHECK_EQ(payoff_max_loss(deep, 1, 0), INT64_MAX);
    int64_t value;
    CHECK(!payoff_at(deep, 1, 0, 0, &value));
}
